# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 09 · What is each unit doing?
#
# The network of chapter 06 has 256 units. Nobody gave them tasks, and yet people who looked into such networks came
# back with units for brackets, for quotation marks, for the place in a line. How does one find such a unit? And how
# does one know that one has found it, and not merely seen it? This chapter opens the network, looks at it in all the
# usual ways, and then does to each look what one should do to it: tries it on other text, and holds the unit to see
# what is lost.
#
# After it you can
#
# - get every gate and state out of a standard torch model, which keeps them to itself;
# - read the usual pictures: structure, weights, heat maps, saturated gates, a text coloured by one unit;
# - ask *which unit follows this?*, with held-out text, a chance level and an untrained network beside it;
# - tell a unit that follows something from one that the network uses for it;
# - say what TensorBoard and other tools show of such a network, and what they cannot.
#
# To have read: chapters 04 and 06. Time: about 110 minutes, a third of them for the exercises; running it all takes
# about three quarters of a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from rnncourse.notebook import begin, show
from rnncourse.plots.palette import INK, LOOK

begin()

# %% [markdown] tags=["slide: there is one ... began | There is also | We shall hold | How much ... both?"]
# **Predict first.** Among the 256 units there is one whose cell state counts the characters since the line began, about
# as well as any unit follows anything here. There is also one that is high inside brackets and low outside. We shall
# hold each of the two still while the network reads code that it has never seen. How much does it lose: nothing, a
# hundredth of a bit per character, a tenth? The same for both?
#
# ## Is it worth explaining?
#
# Two layers of 128 LSTM units, trained to guess the next character of Python's own source and help pages. Before
# anything else: is it any good? On text that neither has seen, beside the 5-gram of chapter 06:

# %% tags=["slide: print", "nbval-ignore-output"]
from rnncourse import training
from rnncourse.datasets import text
from rnncourse.validate import ngram

model, corpus = training.shipped("text_lstm2").double(), text.standard_library()
held_out = corpus.numbers("test")[:12_001]
x, y = next(iter(text.Batches(held_out, batch=20, steps=600)))
with torch.no_grad():
    ours = training.cross_entropy(model(torch.tensor(x))[0], torch.tensor(y)).item() / np.log(2)
counted = ngram.fit(corpus.numbers("train"), order=5).bits_per_character(held_out)
print(f"the network {ours:.2f} bits per character, the 5-gram {counted:.2f}, the blind guess {np.log2(97):.2f}")
assert ours < counted - 0.05

# %% [markdown]
# Better than counting, and far from perfect. What it knows is worth a look; what it gets wrong, no unit will explain.
#
# ## What torch tells, and what it keeps to itself
#
# We need a page that everybody has: a few lines of code, written for this chapter, with brackets in brackets, quotation
# marks, and three depths of indentation. (Every result on this page of ours is the same on every computer; what uses
# your Python's library differs a little.)

# %%
PAGE = """def shelf(names, size=(4, 3)):
    if not names:
        raise ValueError('no name given')
    rows = [('box', n) for n in names[:size[0]]]
    print('rows:', len(rows), 'of', size)
    return rows
"""
numbers = torch.tensor(text.encode(PAGE))[:, None]                     # (T, 1)
with torch.no_grad():
    embedded = model.embedding(numbers)                                # (T, 1, 64)
    h, (h_last, c_last) = model.recurrent(embedded)
print("h of the upper layer, every step", tuple(h.shape))
print("h and c of both layers, last step", tuple(h_last.shape), tuple(c_last.shape))

# %% [markdown] tags=["slide: eq | Only $c$ needs a loop"]
# That is all. No gate; of the cell states only the last; of the lower layer, half of the network, nothing in between.
# But what torch keeps to itself can be computed: a gate at step $t$ needs $x_t$, $h_{t-1}$ and the weights, and *all*
# $h$ of a layer are at hand once the layer runs alone. (In rows, with $W_x = W_{ih}^\top$ and so on:)
#
# $${\color{#04985a}i_t},\, {\color{#8449b8}f_t},\, {\color{#a04b12}g_t},\, {\color{#3a6e5e}o_t} \;=\;
#   \sigma,\, \sigma,\, \tanh,\, \sigma \,\big(x_t W_x + {\color{#5865f2}h_{t-1}} W_h + b_{ih} + b_{hh}\big)$$
#
# So: run the lower layer by itself, take its $h$, and recompute its gates for all steps at once. Only $c$ needs a loop.

# %%
def gates_and_c(layer, x, h):
    """i, f, g, o, c (T, B, H) of one torch.nn.LSTM layer that read x (T, B, D) from an empty state and gave h."""
    before = torch.cat([torch.zeros_like(h[:1]), h[:-1]])              # h_{t−1}
    a = x @ layer.weight_ih_l0.T + before @ layer.weight_hh_l0.T + layer.bias_ih_l0 + layer.bias_hh_l0
    i, f, g, o = a.chunk(4, dim=-1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    c = [i[0] * g[0]]
    for t in range(1, len(x)):
        c.append(f[t] * c[-1] + i[t] * g[t])
    return i, f, g, o, torch.stack(c)


lower = torch.nn.LSTM(64, 128).double()
lower.load_state_dict({name: value for name, value in model.recurrent.state_dict().items() if name.endswith("_l0")})
with torch.no_grad():
    h_lower = lower(embedded)[0]
    i, f, g, o, c = gates_and_c(lower, embedded, h_lower)
print("o tanh(c) gives torch's h again, within 1e-12:", bool((o * c.tanh() - h_lower).abs().max() < 1e-12))
assert (c[-1] - c_last[0]).abs().max() < 1e-12 and (o * c.tanh() - h_lower).abs().max() < 1e-12

# %% [markdown]
# `record` does this for every layer, direction and cell of torch's, and checks itself each time as we just did. What it
# returns is the Trace of chapter 04, one for each layer.

# %%
from rnncourse.recording import record

page = record(model.recurrent, embedded, tokens=[PAGE])
print(page)
recomputed = dict(zip("ifgoc", (i, f, g, o, c), strict=True))
gaps = [np.abs(page.at(layer=0)[name] - ours.numpy()).max() for name, ours in recomputed.items()]
print("our gates = the recorded ones within 1e-12:", max(gaps) < 1e-12)
assert max(gaps) < 1e-12 and np.abs(page.output - h.numpy()).max() < 1e-12

# %% [markdown]
# ## The usual pictures
#
# **Structure.** What is there, of which size, and what is read by what. All of it can be read off the module.

# %% tags=["slide: picture | The drawing says"]
from rnncourse.plots.structure import structure as draw_structure
from rnncourse.recording.structure import structure

made = structure(model)
print(made)
fig, ax = plt.subplots(figsize=(9, 3.6))
draw_structure(ax, made)
show(fig, alt="A model as a drawing, unrolled over three steps: from bottom to top the input x, an embedding, two "
     "layers of LSTM units whose states go on to the right, and a linear layer that gives the scores y.",
     caption="From bottom to top at each step, from left to right in time. Nearly all parameters sit in the two "
     "recurrent layers. The drawing says what can happen, nothing of what does.")

# %% [markdown]
# **Weights.** All that the forget gates of the lower layer hear: from the letter that is read, and from the state
# before. (`weights.weights` draws all gates side by side, for any layer of any cell.)

# %%
from rnncourse.plots import weights

low = page.at(layer=0)
forget = slice(128, 256)                                               # the second block: i, f, g, o
fig, (left, right) = plt.subplots(1, 2, figsize=(5.8, 2.5))
weights.matrix(left, low.params["W_x"][:, forget], "input", "unit", reach=2)
weights.matrix(right, low.params["W_h"][:, forget], "$h$ before", "unit", reach=2)
show(fig, alt="Two blocks of small red and blue dots: input weights, 64 rows, and recurrent weights, 128 rows, for 128 "
     "units in columns. They look like noise, with a few paler and darker columns.",
     caption="Columns are units. Here and there a darker or paler column: a gate that hears more than others, or less. "
     "Beyond that no meaning can be read off: which unit stands where is a matter of chance.")

# %% [markdown]
# **Heat maps.** Every unit at every step. To make slow and fast units visible, they are put in order: the most open
# forget gate on top. (Of $c$ all beyond $\pm 5$ has the same colour.)

# %% tags=["slide: picture | Horizontal ones ... for long"]
from rnncourse.plots import heat

order = np.argsort(-low.f.mean((0, 1)))
fig = plt.figure(figsize=(8.2, 3.5))
first = record(model.recurrent, embedded[:64], tokens=[PAGE[:64]]).at(layer=0)
axes = heat.signals(fig, first, names="fch", units=order)
axes[1].images[0].set_clim(-5, 5)                                      # or a few large values leave the rest white
axes[1].images[0].colorbar.set_ticks([-5, 0, 5], labels=["≤ −5", "0", "≥ 5"])
for ax in axes:
    ax.set_yticks([0, 127], ["most open", "least open"])
show(fig, alt="Three heat maps over 64 characters: forget gate, cell state and hidden state of 128 units. "
     "The top of the cell-state map has long horizontal stripes; gates and hidden states flicker from letter to "
     "letter, except where blanks follow one another.",
     caption="Look for lines. Horizontal ones in c, at the top, are units that hold something for long. Where f and h "
     "stand still for some steps, blanks follow blanks. The rest flickers with each letter.")

# %% [markdown]
# Worth drawing for any model: a layer that is all one colour is dead or stuck. But what a *single* unit does cannot be
# read off 128 rows.
#
# **Saturated gates.** A gate above 0.9 is open, below 0.1 shut. How much of the time? For this we need more text, and
# text that was held out: openings of modules of your Python's library that the network was not trained on, 24 of them.
# It reads the first 2000 characters of each to warm up; the next 800 are counted.

# %% tags=["nbval-ignore-output"]
from rnncourse.datasets import modules
from rnncourse.explain.saturation import saturation

LEAD, READ = 2000, 800
texts = [one.text for one in modules.held_out() if len(one.text) > LEAD + READ][:24]
x = torch.tensor(np.stack([text.encode(one[:LEAD + READ]) for one in texts], axis=1))      # (T, 24)


def read(model, start=None):
    """Trace of the model over those stretches, from the state that it has at their beginning."""
    with torch.no_grad():
        _, state = model.recurrent(model.embedding(x[:LEAD]), start)
        return record(model.recurrent, model.embedding(x[LEAD:]), state=state)


run = read(model.float())                                        # twice as quick, and the model is put back below
print(saturation(run, "f"))

# %% tags=["slide: picture | A dot is ... in between. | Lower right ... a memory", "nbval-ignore-output"]
from rnncourse.plots.saturation import saturation as draw_saturation

fig, axes = plt.subplots(1, 3, figsize=(8.4, 3.1), sharey=True)
for ax, gate in zip(axes, "ifo", strict=True):
    draw_saturation(ax, saturation(run, gate), legend=gate == "i")
show(fig, alt="Three scatter plots for input, forget and output gate: to the right the share of time open, upward the "
     "share of time shut. Dots lie all over the triangle, many near the lower right corner for the forget gate of the "
     "upper layer.",
     caption="A dot is a unit; on the diagonal it is never in between. Lower right in the middle panel: a forget "
     "gate that is nearly always open, a memory. The upper left corner of that panel, for units that live from letter "
     "to letter, is as good as empty.")
for gate in "ifo":
    found = saturation(run, gate)
    shares = [1 - found.between[found.layer == layer].mean() for layer in (0, 1)]
    print(f"{gate}: saturated {shares[0]:.0%} of the time in the lower layer, {shares[1]:.0%} in the upper")
    assert min(shares) > 0.5
found = saturation(run, "f")
for layer in (0, 1):
    here = found.layer == layer
    print(f"layer {layer}: forget gates open more than nine tenths of the time: {(found.above[here] > 0.9).sum()}, "
          f"shut: {(found.below[here] > 0.9).sum()}")
assert (found.above[found.layer == 1] > 0.9).sum() > (found.above[found.layer == 0] > 0.9).sum()

# %% [markdown]
# This picture comes from Karpathy, Johnson and Li (2015), who counted in the same way, with the same thresholds. They
# found many forget gates that are open nearly always, and so do we, mostly in the upper layer. They also report
# that the gates of the first layer are saturated far less often than those above, in all the models that they trained,
# and that they cannot explain it. Ours does not show that: whichever gate we take, both layers are saturated most of
# the time. One network on one kind of text refutes nothing, but what they saw need not be so.
#
# ## A unit found on one line
#
# Now the picture that made these networks famous: a text, each letter on the colour of one unit. Let us look for a unit
# that knows whether we are inside a string. Of all 512 signals ($h$ and $c$ of 256 units) we take the one that goes
# with it best on the third line of our page.

# %%
from rnncourse.datasets.properties import PROPERTIES
from rnncourse.explain.tracking import states_of_text

inside = PROPERTIES["inside a string"].of(PAGE)                    # (T,) 0 or 1, from the opening quote on
on_page = states_of_text(page)                                     # {("h", 0): (T, 128), ("c", 0): …, …}
names = [(*place, unit) for place in on_page for unit in range(128)]
everything = np.concatenate(list(on_page.values()), axis=1)        # (T, 512)


def correlation(states, values):
    """(K,): Pearson's r of each column of states (N, K) with values (N,)."""
    states, values = states - states.mean(0), values - values.mean()
    return states.T @ values / np.sqrt((states ** 2).sum(0) * (values ** 2).sum())


line = slice(PAGE.index("        raise"), PAGE.index("    rows"))
r = correlation(everything[line], inside[line])
pick = int(np.abs(r).argmax())
sign = np.sign(r[pick])
print("of 512 signals the best on this line is", names[pick], f"with |r| = {abs(r[pick]):.2f}")
assert abs(r[pick]) > 0.9

# %% tags=["slide"]
from rnncourse.plots.coloured_text import ColouredText, coloured_text

fig, ax = plt.subplots(figsize=(9, 0.5))
unit = sign * everything[:, pick]
coloured_text(ax, ColouredText(PAGE[line], unit[line], np.abs(unit).max()))
show(fig, alt="One line of code, each letter on a colour: what stands in quotation marks is dark red, all else pale.",
     caption="Red where the unit is high: it comes with the opening quotation mark and goes with the closing one. "
     "Would you publish it?")

# %% [markdown]
# A perfect quote unit. Now the rest of the same page, which was not looked at when it was chosen.

# %% tags=["slide: picture | The same unit | It is as red"]
fig, ax = plt.subplots(figsize=(9, 2.2))
coloured_text(ax, ColouredText(PAGE, unit, np.abs(unit).max()))
show(fig, alt="The whole page, coloured by the same unit. Other strings are red as well, but so is much that is none.",
     caption="The same unit over the page. It is as red where some lines begin, in a return, and between two strings.")
rest = np.setdiff1d(np.arange(len(PAGE)), np.arange(len(PAGE))[line])
fallen = sign * correlation(everything[rest][:, [pick]], inside[rest])[0]
print(f"|r| on the line where it was chosen {abs(r[pick]):.2f}, on the rest of the page {fallen:.2f}")
assert fallen < 0.5

# %% [markdown] tags=["slide: *Choose* ... half."]
# It falls. No trick was needed for it: 512 signals, a line of some forty characters, and whoever looks for a pattern
# finds one. Nothing in the first picture could have warned us.
#
# ## Which unit follows this? On other text, please
#
# The same question, asked properly. *Choose* the unit on one half of the held-out texts (the first 12 modules), *score*
# it on the other half. As a few lines:

# %% tags=["nbval-ignore-output"]
states = states_of_text(run)
everything = np.concatenate(list(states.values()), axis=1).astype(float)      # (24 · 800, 512)
N = len(everything)
choose, score = np.arange(N // 2), np.arange(N // 2, N)                        # whole modules, none in both


def over_texts(of):
    """(N,): a property, a function of a text, at the places that were read."""
    return np.concatenate([of(one)[LEAD:LEAD + READ] for one in texts])


def choose_and_score(states, values):
    """(place in a table of all units, |r| where it was chosen, score on the other modules)."""
    r = correlation(states[choose], values[choose])
    best = int(np.abs(r).argmax())
    return best, abs(r[best]), np.sign(r[best]) * correlation(states[score, best][:, None], values[score])[0]


values = over_texts(PROPERTIES["inside brackets"].of)
best, there, again = choose_and_score(everything, values)
print(f"inside brackets: {names[best]}, |r| {there:.2f} where it was chosen, {again:.2f} on other modules")

# %% [markdown]
# The library's `which_unit` does this, and adds what such a number needs beside it. For a property that is there or
# not, the **AUC**: how often the unit is higher at a place inside than at a place outside (0.5 is chance, 1 never
# wrong). And a **chance level**: the best of 512 looks good by luck alone, so the property is shifted against the text,
# a hundred times, and each time the best unit is chosen and scored anew; 95 in 100 stay below that level. (Shuffling
# single characters would give a level far too low: neighbours are alike.)

# %% tags=["nbval-ignore-output"]
from rnncourse.explain.tracking import which_unit

ranking = which_unit(states, values, choose, score, count=3)
print(ranking)
assert (ranking[0].signal, ranking[0].layer, ranking[0].unit) == names[best] and abs(ranking[0].score - again) < 1e-3

# %% [markdown]
# There is one more rival. A network that was **never trained** has 256 units too, they carry echoes of the last
# characters, and some of that goes with anything. So we ask it the same.

# %% tags=["nbval-ignore-output"]
untrained = read(training.seeded(0, training.models.TextModel))
untrained = np.concatenate(list(states_of_text(untrained).values()), axis=1)
ASKED = ("place in the line", "indentation", "place in the word", "inside brackets", "inside a string",
         "inside a comment")
ranked = {}
print("                                                   chosen  other modules        untrained")
for name in ASKED:
    values = over_texts(PROPERTIES[name].of)
    ranked[name] = ranking = which_unit(states, values, choose, score, count=3)
    first, rival = ranking[0], choose_and_score(untrained, values)[2]
    auc = "" if first.auc is None else f"AUC {first.auc:.2f}"
    print(f"{name:18} {str(first):24} |r| {first.train:.2f}    {first.score:.2f} {auc:8} "
          f"chance {ranking.chance:.2f}   {rival:+.2f}")

# %% [markdown]
# Read the row of the word: its unit looks fine, and the best unit of an untrained network does about as well. So that
# one need not have learnt anything. For the line, the indentation and the brackets it is otherwise: here training made
# something. And the comment's unit loses some of its $r$ on the other modules, and ends not far above chance. (The
# rival is one network, drawn once; another draw would give somewhat other numbers.)
#
# What do others report? Karpathy, Johnson and Li show units for the length of a line, for quotation marks, for
# brackets, in pictures like ours, chosen by eye out of many; they give no number of this kind. So there is nothing to
# compare with, digit by digit: our numbers, about three quarters for the line and above two thirds for the brackets,
# say that such units can be found, and that they are no perfect counters.
#
# Here are three of them on our page.

# %% tags=["slide: picture | Three units ... text. | The first counts ... next | The second jumps ... round bracket"]
FOUND = {"place in the line": ("c", 0, 24), "inside brackets": ("c", 0, 39), "indentation": ("c", 0, 61)}
fig, axes = plt.subplots(3, figsize=(8, 6))
for ax, (name, (signal, layer, unit)) in zip(axes, FOUND.items(), strict=True):
    values = page.at(layer)[signal][:, 0, unit]
    coloured_text(ax, ColouredText(PAGE, values, np.abs(values).max()))
    ax.set_title(f"{name}: {signal} of layer {layer}, unit {unit}")
show(fig, alt="The page three times. In the first, most lines go from pale at their beginning to dark blue at their "
     "end. In the second, letters inside brackets are paler or red, those outside blue. In the third, lines that are "
     "indented further are more strongly coloured.",
     caption="Three units that were chosen on other text. The first counts down through the line and begins anew with "
     "the next; in the first and the fourth line it falls back before the end. The second jumps at each round bracket; "
     "square ones it marks badly, and it lets go of the outer bracket when an inner one closes. The third rises with "
     "the blanks of the indentation, and fades along the line.")
for name, place in FOUND.items():
    values = page.at(place[1])[place[0]][:, 0, place[2]]
    print(f"{name:18} on this page r = {correlation(values[:, None], PROPERTIES[name].of(PAGE))[0]:+.2f}")

# %% tags=["nbval-ignore-output"]
for name, place in FOUND.items():
    best = [(row.signal, row.layer, row.unit) for row in ranked[name].rows]
    print(f"{name:18} {place} is number {best.index(place) + 1} in the table of your Python's modules")
    assert ranked[name][best.index(place)].score > 0.4

# %% [markdown]
# ### What does "inside a string" mean?
#
# The row of the string deserves a second look. It is far above chance, and far above the untrained network. A quote
# unit? In these texts nearly all that is inside a string is **documentation**, in triple quotes: prose, not code. A
# unit that tells prose from code would win that row and know nothing of quotation marks. So we leave the documentation
# out, and ask about strings within code alone.

# %% tags=["nbval-ignore-output"]
def triple(text):
    """(N,) booleans: inside a string that began with three quotation marks."""
    inside = PROPERTIES["inside a string"].of(text) > 0
    begins = inside & ~np.roll(inside, 1)
    is_triple = np.array([False] + [text[n - 2:n + 1] in ('"""', "'''") for n in np.flatnonzero(begins)])
    return inside & is_triple[np.cumsum(begins)]


in_code = np.flatnonzero(~over_texts(triple))
quoted = over_texts(PROPERTIES["inside a string"].of)
again = which_unit(states, quoted, np.intersect1d(choose, in_code), np.intersect1d(score, in_code), count=2)
winner = ranked["inside a string"][0]
other = np.intersect1d(score, in_code)
left = winner.sign * correlation(states[winner.place][other][:, [winner.unit]].astype(float), quoted[other])[0]
print(f"{str(winner)}: {winner.score:.2f} with the documentation, {left:.2f} without\n\n{again}")
assert left < 0.3 < winner.score and again[0].auc > 0.9
quote = (again[0].signal, again[0].layer, again[0].unit)

# %% tags=["nbval-ignore-output"]
follows = again[0].sign * states[again[0].place][:, again[0].unit]                 # the other unit, high inside
chosen_on = np.intersect1d(choose, in_code)
edges = np.quantile(follows[chosen_on], np.linspace(0, 1, 200))
edge = max(edges, key=lambda edge: correlation((follows[chosen_on] > edge)[:, None] + 0.0, quoted[chosen_on])[0]
           if (follows[chosen_on] > edge).any() else -1)
above, really = follows[other] > edge, quoted[other] > 0
print(f"{really.mean():.0%} of these places are inside a string. Outside, the unit has a standard deviation of "
      f"{follows[other][~really].std():.1f}, inside {follows[other][really].std():.1f}")
print(f"above {edge:.2f} or not: r = {correlation(above[:, None] + 0.0, quoted[other])[0]:.2f}; "
      f"{(above & really).sum() / really.sum():.0%} of what is inside lies above it, and of what lies above it "
      f"{(above & really).sum() / above.sum():.0%} is inside")

# %% tags=["slide"]
fig, axes = plt.subplots(2, figsize=(9, 4.4))
for ax, (layer, unit, says) in zip(axes, ((0, 63, "the winner"), (1, 76, "the best in code alone")), strict=True):
    values = page.at(layer).c[:, 0, unit]
    coloured_text(ax, ColouredText(PAGE, values, np.abs(values).max()))
    ax.set_title(f"{says}: c of layer {layer}, unit {unit}")
show(fig, alt="The page twice. In the first nearly all letters are red, whether in a string or not. In the second the "
     "letters inside quotation marks are white and all others blue.",
     caption="On this page of code, without any documentation, the winner knows nothing of the strings. The other unit "
     "is near 0 (white) from each opening mark to its closing one, and below 0 (blue) elsewhere.")

# %% [markdown] tags=["slide: a property is ... enough", "slide: A unit that follows ... reads."]
# The winner was a documentation unit. The unit that follows *quotation marks* is another one, in the upper layer, and
# its $|r|$ is small although it hardly ever errs. Why? $r$ asks for a straight line: one value inside, one outside.
# Inside a string this unit has one, near 0; outside, any value below 0 will do, and $r$ counts that as noise. Ask only
# whether it is above a threshold, as the last line does, and $r$ is high. The AUC, which asks for order alone, said so
# from the start. Two lessons in one row: a property is what the *texts* make of it, and one number is not enough.
#
# ## Followed is not used
#
# Back to the question of the beginning. A unit that follows something may be what the network uses for it, or a
# by-product that nobody reads. To tell them apart we hold it: the cell state of this one unit stands still at one
# value, everything else runs on.

# %%
from rnncourse.activations import sigmoid


def held_run(params, x, unit=None, value=0.0):
    """h (T, B, H) of an LSTM layer over x (T, B, D) in which the cell state of one unit stands still at a value.

    unit, value  a number each, or one for every row of the batch; without a unit nothing is held
    """
    h, c = np.zeros((2, x.shape[1], len(params["W_h"])))
    rows, states = np.arange(x.shape[1]), []
    for x_t in x:
        a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h @ params["W_h"] + params["b"], 4, axis=-1)
        c = sigmoid.value(a_f) * c + sigmoid.value(a_i) * np.tanh(a_g)
        if unit is not None:
            c[rows, unit] = value
        h = sigmoid.value(a_o) * np.tanh(c)
        states.append(h)
    return np.array(states)


from rnncourse.cells.networks import Network
from rnncourse.explain.ablation import ablate

network = Network.of(model.double())
codes = text.encode(PAGE)[:, None]
h_held = held_run(network.layers[0]["forward"], network.inputs(codes), unit=39, value=-2.0)
ours = network.predict(network.trace(h_held, layer=1).h)
library = ablate(network, codes, units=[39], layer=0, how=-2.0, signal="c")
print("ours = the library's within 1e-12:", np.abs(ours - library).max() < 1e-12)
assert np.abs(ours - library).max() < 1e-12

# %% [markdown]
# What is lost, over all characters and at those where it should matter: if a unit knows of brackets, a closing bracket
# should surprise the network more without it. Five units, on the modules that they were not chosen on. (The network
# reads 100 characters of each to warm up; the next 400 are counted.)
#
# Held at which value? The mean is usual. But a unit that swings between two ends is hardly ever at its mean, and each
# end *says* something. So we hold each at three values: a low and a high one of its own (5 and 95 % of its values, on
# the modules for choosing, lie below), and the mean.

# %% tags=["nbval-ignore-output"]
from rnncourse.losses import softmax

WARM, COUNTED = 100, 400
piece = np.stack([text.encode(one[LEAD - WARM:LEAD + COUNTED + 1]) for one in texts[12:]], axis=1)     # (501, 12)
came = np.array([[text.VOCABULARY[k] for k in row] for row in piece[WARM + 1:]])                       # (400, 12)
blank, place = (np.stack([PROPERTIES[name].of(one)[LEAD + 1:LEAD + COUNTED + 1] for one in texts[12:]], axis=1)
                for name in ("indentation", "place in the line"))
KINDS = {"newlines": came == "\n", "first of a line": place == blank + 1,
         "closing brackets": np.isin(came, list(")]}")), "quotation marks": np.isin(came, ["'", '"']),
         "all characters": came != ""}
lower, upper = (layer["forward"] for layer in network.layers)

# %% tags=["nbval-ignore-output"]
def surprise(layer, units, values):
    """(K, 400, 12) bits of the characters that came, with c of units[k] held at values[k]: K runs side by side."""
    K, (_, B) = len(units), piece.shape
    x, held = network.inputs(piece[:-1]), (np.repeat(units, B), np.repeat(values, B))
    x = held_run(lower, np.tile(x, (1, K, 1)), *held) if layer == 0 else np.tile(held_run(lower, x), (1, K, 1))
    scores = network.predict((held_run(upper, x) if layer == 0 else held_run(upper, x, *held))[WARM:])
    bits = -np.log2(np.take_along_axis(softmax(scores), np.tile(piece[WARM + 1:], (1, K))[..., None], axis=-1))
    return bits.reshape(COUNTED, K, B).swapaxes(0, 1)


def bits_held(unit, layer, how, signal):
    """(400, 12): the same by the library's `ablate`; `unit` None holds nothing."""
    scores = ablate(network, piece[:-1], [] if unit is None else [unit], layer, how, signal)[WARM:]
    return -np.log2(np.take_along_axis(softmax(scores), piece[WARM + 1:, :, None], axis=-1)[..., 0])

# %% tags=["nbval-ignore-output"]
whole = bits_held(None, 0, "zero", "c")
HELD = FOUND | {"quoted in code": quote, "documentation": (winner.signal, winner.layer, winner.unit)}
values_of, lost = {}, {}
for name, (_, layer, unit) in HELD.items():
    usual = run.at(layer).c[:, :12, unit]                                              # on the modules for choosing
    values_of[name] = [*np.quantile(usual, [0.05, 0.95]), usual.mean()]
    change = surprise(layer, [unit] * 3, values_of[name]) - whole
    lost[name] = np.array([[each[where].mean() for where in KINDS.values()] for each in change])   # (3, kinds)
print({kind: int(where.sum()) for kind, where in KINDS.items()})
print("held at the mean, bits lost")
for name, (*_, mean) in lost.items():
    bits = (f"{kind} {np.round(value, 2) + 0:.2f}" for kind, value in zip(KINDS, mean, strict=True))
    print(f"{name:18}", ", ".join(bits))

# %% tags=["slide: picture | A row is ... blue gained", "nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(8.5, 4.1))
table = np.concatenate([changes[:2] for changes in lost.values()])                     # (10, kinds)
ax.imshow(np.clip(table, -1, 1), cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
for (row, column), value in np.ndenumerate(table):
    ax.text(column, row, f"{np.round(value, 2) + 0:+.2f}".replace("-", "−"), ha="center", va="center",
            color="white" if abs(value) > 0.7 else INK)
ax.set_xticks(range(len(KINDS)), KINDS)
ax.set_yticks(range(len(table)), [f"{name}: {end} ({value:.1f})".replace("-", "−") for name in HELD
                                  for end, value in zip(("low", "high"), values_of[name], strict=False)])
ax.hlines(np.arange(1.5, 9, 2), -0.5, 4.5, color=INK, lw=0.8)
ax.set(title="bits lost: three of five followers change what the network expects", xlabel="at which characters")
ax.grid(False)
show(fig, alt="A table: five units, each held low and held high, by five kinds of characters. The bracket unit held "
     "low costs several bits at closing brackets; held high it costs at newlines, and closing brackets become "
     "cheaper. The quote unit likewise, at quotation marks. The indentation unit costs about a bit at the first "
     "character of a line when held high, and next to nothing there when held low. The units of the line and of the "
     "documentation cost nothing anywhere.",
     caption="A row is a unit and the value at which it is held, a column where the loss is counted; red is lost, blue "
     "gained. "
     "Held at its value outside brackets, the network is surprised by each closing bracket; held at its value inside, "
     "no longer, but by the newlines. Four rows are blank: their units follow something, and nobody misses them.")
at = {name: dict(zip(KINDS, changes.T, strict=True)) for name, changes in lost.items()}
low, high, mean = at["inside brackets"]["closing brackets"]
assert low > 1.5 > 0 > high and mean > 1.5 and at["inside brackets"]["newlines"][1] > 0.2
assert np.ptp(at["indentation"]["first of a line"]) > 0.4 and np.abs(lost["place in the line"]).max() < 0.1

# %% [markdown] tags=["slide: over all characters ... are few | The counter costs", "slide: The unit that counts ... any loss. | Their cell states ... \\tanh(c)$"]
# Read it row by row. The bracket unit and the quote unit tell one story from both ends. Held as if *outside*, the
# network does not expect what closes. Held as if *inside*, it does, at every place: what closes costs less than before
# (blue), and a newline, which seldom comes there, costs more. That is what "used for it" should look like. The
# indentation unit swings far to both sides and has no neutral value: at the first character of a line it costs about a
# bit at one end, next to nothing at the other, and at the mean whatever the mean of these texts makes of it. Whoever
# prints one number for it has chosen it by choosing the value.
#
# And the blue at newlines with the bracket unit low, and the quote unit? A newline mostly comes outside brackets and
# strings. Whoever never believes to be inside is right more often there, and gains a little.
#
# So, your prediction: over all characters, the bracket unit held at its mean costs some hundredths of a bit per
# character, since brackets are few. The counter costs nothing at all.
#
# The unit that counts through the line is among the best followers of the whole network, and it can be stopped without
# any loss. The documentation unit too. How can that be? Their cell states run far beyond what a tanh lets through, and
# $c$ leaves the cell only as $o \odot \tanh(c)$:

# %% tags=["nbval-ignore-output"]
for name, (_, layer, unit) in (FOUND | {"inside a string": HELD["documentation"]}).items():
    c_unit, h_unit = run.at(layer).c[..., unit], run.at(layer).h[..., unit]
    values = over_texts(PROPERTIES[name].of)
    seen = correlation(h_unit.T.reshape(-1, 1).astype(float), values)[0]
    print(f"{name:18} |c| above 3, where tanh is flat: {(np.abs(c_unit) > 3).mean():4.0%} of the time; |r| of its h: "
          f"{abs(seen):.2f}")
silent = (bits_held(24, 0, "zero", "h") - whole).mean()
print(f"the h of the unit of the line held at 0: {silent:+.3f} bits per character")
counting, newline = np.abs(run.at(0).c[..., 24]), x[LEAD:].numpy() == text.encode("\n")[0]
far = newline[1:] & (counting[:-1] > 3)
print(f"of the newlines that find it beyond 3, {(counting[1:] < counting[:-1] / 2)[far].mean():.0%} take it down by "
      f"half or more; median forget gate at newlines {np.median(run.at(0).f[..., 24][newline]):.2f}, elsewhere "
      f"{np.median(run.at(0).f[..., 24][~newline]):.2f}")
assert (np.abs(run.at(0).c[..., 24]) > 3).mean() > 0.6

# %% [markdown] tags=["part: It counts in a room"]
# It counts in a room without windows. (A by-product, perhaps, of a forget gate that mostly stays open until the
# newline.) What leaves the room is its output gate, with a sign, and that is worth a little. The count is not. Only $h$
# can be used by anybody; pictures of $c$, as ours, show more than the network itself can see.
#
# Are the losses of the three others much, though? A unit that moves much costs more to hold than one that rests,
# whatever it means. So the control: for each, the four other units of its layer whose cell states move most nearly as
# much, each held at both its ends, and the loss at the same places. (`ablation.cost` in the library picks controls by
# itself.)

# %% tags=["nbval-ignore-output"]
AT = {"inside brackets": "closing brackets", "indentation": "first of a line", "quoted in code": "quotation marks"}
for name, kind in AT.items():
    _, layer, unit = HELD[name]
    spread = run.at(layer).c.std((0, 1))                                              # (128,)
    alike = [int(k) for k in np.argsort(np.abs(spread - spread[unit])) if k != unit][:4]
    ends = np.quantile(run.at(layer).c[:, :12, alike], [0.05, 0.95], axis=(0, 1)).ravel()     # (8,)
    others = (surprise(layer, alike * 2, ends) - whole)[:, KINDS[kind]].mean(1)
    mine = at[name][kind][:2].max()
    print(f"{name:15} at {KINDS[kind].sum():3} {kind}: unit {unit} up to {mine:+.2f}, the others {min(others):+.2f} "
          f"to {max(others):+.2f}")
    assert mine > 1.5 * others.max() and mine > 0.3

# %% [markdown] tags=["slide: Instead of a property ... are on"]
# Chapter 12 goes on from here: what a whole state knows, and what holding several units does.
#
# ## Where else is this on?
#
# The question can be turned round. Instead of a property and the best unit, take a stretch of text, see which units are
# *on* there, above a threshold, and look for other stretches where the same units are on. This is what LSTMVis
# (Strobelt and others 2018) is built for. As a few lines, for the cell states of the upper layer and the first `raise
# Va`:

# %% tags=["nbval-ignore-output"]
from rnncourse.explain.spans import where_else

read_text, cells, threshold = "".join(one[LEAD:LEAD + READ] for one in texts), states["c", 1], 1.0
start = read_text.index(" raise Va") + 1
span, on = (start, start + 8), cells > threshold                 # on (N, 128)
units = np.flatnonzero(on[span[0]:span[1]].all(0))               # on throughout the span
together = on[:, units].all(1)                                   # (N,): all of them at once
print(f"{read_text[span[0]:span[1]]!r} has {len(units)} units on; all of them are on at {together.mean():.0%} "
      "of places")

found = where_else(cells, span, threshold, count=8)
assert np.array_equal(found.units, units) and all(together[a:b].all() for (a, b), its in zip(
    found.spans, found.shared, strict=True) if len(its) == len(units))
for (a, b), its in zip(found.spans, found.shared, strict=True):
    print(f"  {len(its):2} shared   {read_text[a - 14:a]!r:>24}  {read_text[a:b]!r}")

# %% [markdown] tags=["part: these units share ... *leaves the function*"]
# We asked for one `raise`, and what came first is `raise` and `return`. A hypothesis, then: these units share that a
# statement *leaves the function*, a kind that nobody had named before. To come upon such a hypothesis is what the
# search is for. Now test it: on *all* stretches of eight characters or more over which all these units are on.

# %% tags=["nbval-ignore-output"]
leaves = np.array([line.strip().startswith(("raise", "return")) for line in read_text.split("\n")
                   for _ in line + " "])[:len(read_text)]
turns = np.flatnonzero(np.diff(np.r_[0, together, 0]))
stretches = [(a, b) for a, b in turns.reshape(-1, 2) if b - a >= 8]
first_found, of_all = (np.mean([leaves[a:b].any() for a, b in these]) for these in (found.spans, stretches))
print(f"touching a line that begins with raise or return: {first_found:.0%} of the {len(found)} that the search put "
      f"first, {of_all:.0%} of all {len(stretches)} stretches; {leaves.mean():.0%} of all the text")
assert of_all < 0.5 < first_found

# %% [markdown] tags=["part: The hypothesis fails | The top of a list ... the list."]
# The hypothesis fails. Where all these units are on, it is most often something else; the few at the top are `raise`
# and `return` because, among equals, the search puts those first where the fewest *other* units are on. The top of a
# list is not the list. Without the last line, we should have believed it.
#
# ## How far back does it look?
#
# The score of the next character depends on all characters before it. On each by how much? Nudge the embedding of one
# letter a little, and see how much the score moves: the length of its gradient, $\lVert \partial\,\text{score} /
# \partial x_t \rVert$. torch gives it in three lines, for the likeliest next character after the open bracket of
# `names[:size[0`:

# %%
from rnncourse.explain.looking_back import looking_back
from rnncourse.explain.model import Explained

step = PAGE.index("size[0") + 5
inputs = embedded[:step + 1].detach().requires_grad_()
scores = model.readout(model.recurrent(inputs)[0])[step, 0]
scores.max().backward()
norms = inputs.grad[:, 0].norm(dim=-1).numpy()

looked = looking_back(Explained.of(model), codes[:, 0], step)
print(f"after …{PAGE[step - 12:step + 1]!r} the likeliest is {text.VOCABULARY[scores.argmax()]!r};",
      "ours = the library's within 1e-12:", np.abs(norms - looked.norms).max() < 1e-12)
half = np.searchsorted(np.cumsum(norms[::-1]), norms.sum() / 2) + 1
print(f"half of the sum of all {step + 1} lengths lies in the last {half} characters")
assert np.abs(norms - looked.norms).max() < 1e-12

# %% tags=["slide: picture | Left: ... everywhere"]
every = looking_back(Explained.of(model), codes[:, 0], np.arange(40, len(PAGE))).norms      # (S, T)
back = np.array([row[step::-1][:40] / row.max() for step, row in zip(range(40, len(PAGE)), every, strict=True)])
fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.4), width_ratios=[1.6, 1])
left.bar(range(step - 39, step + 1), norms[-40:], color=LOOK["x"].colour)
left.set_xticks(range(step - 39, step + 1), [{" ": "␣", "\n": "⏎"}.get(s, s) for s in PAGE[step - 39:step + 1]])
left.set(title="what the next score hangs on, at one place", ylabel="length of the gradient"), left.grid(False)
right.fill_between(range(40), *np.quantile(back, [0.25, 0.75], axis=0), color=LOOK["x"].colour, alpha=0.3)
right.semilogy(range(40), np.median(back, axis=0), color=LOOK["x"].colour)
right.set(xlabel="characters back", ylabel="share of the largest", title="at all places")
show(fig, alt="Left: bars over 40 letters, high for the last few, low before. Right: a curve that falls a hundredfold "
     "within 40 characters, on a logarithmic scale, first steeply and then less so.",
     caption="Left: the last few characters weigh most, as they do nearly everywhere. Right: the median over all "
     "places of the page, and the middle half. It fades fast and then slowly; no edge beyond which nothing counts.")

# %% [markdown]
# A gradient speaks of *small* nudges at *this* place. A unit that is saturated, such as the counter above, shows
# nothing to it, nor would a bracket unit that sits firmly in its corner. Chapter 11 has other ways to ask, with their
# own faults.
#
# ## Your own text
#
# All of it at once, on what you type. Each letter stands on the colour of one unit; below it, the five likeliest next
# characters, the surer the darker; above, for the letter that you point at (framed), how strongly the likeliest next
# character hangs on each letter before it.

# %%
from rnncourse.explorers.unit_picker import UnitPicker

explorer = UnitPicker(network, unit=39, letter=72)
explorer

# %% tags=["slide"]
show(explorer.still(), alt=explorer.words, caption="The explorer with the bracket unit, pointing at a letter behind an "
     "open bracket (framed). Blue outside, red inside round brackets. The bars over the letters say what the next one "
     "hangs on.")

# %% [markdown]
# Things to try, with a guess before each:
#
# 1. Lower layer, $c$, unit 39. Open three brackets inside one another, `f(g(h(a`, then close them one by one. Does it
#    count them, or only know that one is open?
# 2. Leave a bracket open, and go on for three lines. How long does it remember?
# 3. Upper layer, $c$, unit 76. Type a string in single quotes, then one in double quotes, and an apostrophe as in
#    `don't`, within a comment and without.
# 4. Lower layer, unit 24: $c$, and then $h$. Where does the count go?
# 5. Pick any unit by chance and make up a story of what it does, on one line. Then type another line.
#
# <details><summary>What there is to see</summary>
#
# (1) It does not count. Each opening bracket puts it to the same value, whatever it was before; each closing one takes
# it to about 0, however many are still open. (2) It sinks from line to line, and a comma lifts it again. After two or
# three lines without one it is below 0, and an empty line takes it further down. (3) Every quotation mark puts it near
# 0, single or double, and the second one lets it fall below again; an apostrophe in a comment lifts it half-way, and
# nothing takes it back before the line ends. (4) $c$ runs away, and $h$ jumps between 0 and −1: tanh of a large number
# is 1 in size, however large, and what is left to see is the output gate. (5) The story is easily made up, and mostly
# does not last.
# </details>
#
# ## While it learns
#
# How did the gates come to be as they are? We watch a small network of the same kind in its first 120 updates: at six
# moments, every signal on one fixed piece of text (the *probe*), and the gradients of the batch.

# %% tags=["nbval-ignore-output"]
from itertools import islice

from rnncourse.training import watching

probe, _ = next(iter(text.Batches(corpus.numbers("validation")[:2001], batch=10, steps=200)))
watch = watching.Watch(torch.tensor(probe), at=[0, 5, 15, 30, 60, 119])
small = training.seeded(0, lambda: training.models.TextModel(hidden_size=48, layers=1, embedding_size=24))
fitted = training.fit(small, lambda rng: islice(corpus.batches("train", 32, 50), 120), training.cross_entropy, epochs=1,
                      learning_rate=0.01, carry=True, watch=watch, progress=False)
bits = fitted.iterations["loss"] / np.log(2)
print(f"{bits[0]:.2f} -> {bits[-10:].mean():.2f} bits per character in {len(bits)} updates")
for snapshot in watch.snapshots:
    gate = snapshot.trace.f
    print(f"after {snapshot.update:3}: forget gates above 0.9 {(gate > 0.9).mean():4.0%}, "
          f"below 0.1 {(gate < 0.1).mean():4.0%}")
assert bits[-10:].mean() < 4.6 and (watch.snapshots[0].trace.f > 0.9).mean() < 0.01 < (gate > 0.9).mean()

# %% tags=["slide: picture | The gates begin ... at 0", "nbval-ignore-output"]
from rnncourse.plots import distributions

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(10.5, 3.3))
for ax, name in ((left, "f"), (middle, "h")):
    distributions.ridges(ax, watching.distribution(watch.snapshots, name))
distributions.bands(right, watching.gradient_distribution(watch.snapshots, "recurrent.weight_hh_l0"))
show(fig, alt="Hills for the forget gate and the hidden state at six moments. Each begins as one hill in the middle "
     "and is pulled apart to the ends. Right: a band for the sizes of gradient entries, over many powers of ten.",
     caption="From top to bottom, the training goes on. The gates begin around one half and are pulled open, some "
     "shut; h spreads towards its ends, and keeps its peak at 0. Right: the sizes of the entries of one "
     "gradient, 5 to 95 % of them, over many powers of ten.")

# %% [markdown]
# What to look for in such a picture: a signal that is pulled to *one* end and stays there (a layer that is stuck), one
# that never moves from where it began (a layer that does not learn), gradients that sink from moment to moment.
#
# ### The same in TensorBoard
#
# TensorBoard is where most people look at this. torch writes its files, and `training.tensorboard.log` hands it all
# that we have: curves, histograms, the graph, a figure.

# %% tags=["nbval-ignore-output"]
import tempfile

from rnncourse.training import tensorboard

with tempfile.TemporaryDirectory() as runs:
    figure, ax = plt.subplots(figsize=(4, 3))
    draw_saturation(ax, saturation(watch.snapshots[-1].trace, "f"))
    folder = tensorboard.log(f"{runs}/small", fitted, snapshots=watch.snapshots, model=small,
                             example=torch.tensor(probe[:20]), figures={"saturation of f": figure})
    plt.close(figure)
    logged = tensorboard.contents(folder)
print(f"{len(logged.scalars)} scalars, {len(logged.histograms)} histograms, {len(logged.images)} picture, a graph of "
      f"{len(logged.graph)} nodes")
steps, values = logged.scalars["update/loss"]
print(f"update/loss: {len(steps)} values, the same as ours: {np.allclose(values, fitted.iterations['loss'])}")
print("histograms:", ", ".join(list(logged.histograms)[:6]), "…")
assert len(values) == len(bits) and "layer_0/f" in logged.histograms

# %% [markdown]
# In a folder that stays, say `runs/small`, this command, in a terminal, serves a page at `localhost:6006`:
#
#     tensorboard --logdir runs
#
# There you find, read back above from the files themselves: under *Scalars* the loss at each update, the length of each
# gradient; under *Distributions* and *Histograms* each signal and each gradient over the training, the ridges of our
# picture; under *Graphs* the model's operations, in which the whole LSTM is **one** box; under *Images* the scatter.
# It shows what one gave it. The gates are in there because *we* recorded them: torch's writer logs nothing by itself,
# and what it is usually given are weights and gradients, and no gate.
#
# ## Which tools there are, and what each cannot show
#
# | tool | shows of a recurrent network | cannot show |
# |---|---|---|
# | TensorBoard | curves, histograms, graph, pictures | any gate or state that you have not logged |
# | Netron | the graph in a model file | what happens in it: an LSTM is one node |
# | captum (Kokhlikyan and others 2020) | attribution to inputs, and to h of the upper layer | gates, c, lower layers |
# | LSTMVis (Strobelt and others 2018) | any exported states over a text, where else they are on | cause |
# | RNNVis (Ming and others 2017) | clusters of units, and of words they answer to | gates; cause |
# | diagNNose (Jumelet 2020) | states of LSTM language models, probes with control tasks | what holding a unit does |
# | NeuroX (Dalvi and others 2019) | units ranked for a concept, and left out in turn | gates; c between steps |
# | LIT (Tenney and others 2020) | data, scores, attribution, changed texts | gates, unless your wrapper returns them |
# | ecco (Alammar 2021) | units of Transformer language models | recurrent networks |
#
# (captum hooks *modules*. `torch.nn.LSTM` is a single one, and what comes out of it is the upper layer's $h$ at each
# step; gates, cell states between the steps and the lower layers never come out. Older versions stop at its tuple of
# outputs.) The parts of this chapter are all there somewhere: to rank units, to ask for a control, to leave a unit out.
# What none of these does for you is to hold one *cell state* at a value and count what is lost, and where. That takes
# the network's equations, and you have them.
#
# ## Exercises
#
# Each has a check that answers at once, hints in steps, and a solution.

# %%
from rnncourse.exercises import states as exercises

# %% [markdown]
# **1. What torch keeps to itself.** The gates of a GRU this time, for all steps at once.

# %%
def gru_gates(W_ih, W_hh, b_ih, b_hh, x, h):
    """The reset and the update gate of every step of a torch.nn.GRU layer, from the h that it gave.

    torch keeps the three blocks of each weight one under the other, in the order r, z, n, H rows each. The layer
    started from h = 0. σ is `rnncourse.activations.sigmoid.value`.

    W_ih     (3H, D), and b_ih (3H,)
    W_hh     (3H, H), and b_hh (3H,)
    x        (T, B, D)  what the layer read
    h        (T, B, H)  its state after each step
    returns  r and z, (T, B, H) each
    """
    ...    # about 5 lines


exercises.gru_gates.check(gru_gates)

# %%
# exercises.gru_gates.hint()
# exercises.gru_gates.solution()

# %% [markdown]
# **2. Open or shut.** The two numbers behind each dot of the saturation picture, for texts of unequal length.

# %%
def saturated(gate, lengths, high, low):
    """How much of the time each unit's gate is open, and how much it is shut; padding does not count.

    gate     (T, B, H)  values from 0 to 1; what stands in the padding means nothing
    lengths  (B,)       steps in each row, from 1 to T
    high     above it a gate is open
    low      below it a gate is shut
    returns  above and below, (H,) each: shares of all steps of all rows together
    """
    ...    # about 3 lines


exercises.saturated.check(saturated)

# %%
# exercises.saturated.hint()
# exercises.saturated.solution()

# %% [markdown]
# **3. Chosen here, scored there.** The rule that our unit from one line did not survive.

# %%
def chosen_and_scored(states, values, choose, score):
    """Choose the unit that follows a property best on one part of the text, and score it on another.

    The best is the one with the largest |r| on the part to choose on, r Pearson's correlation. Its score is r on the
    other part, times the sign that r had where the unit was chosen: below 0 if it has turned round.

    states   (N, H)  each unit at N places; all of them move in both parts
    values   (N,)    the property
    choose   (M,)    the places to choose on, whole numbers
    score    (L,)    the places to score on
    returns  unit, score
    """
    ...    # about 4 lines


exercises.chosen_and_scored.check(chosen_and_scored)

# %%
# exercises.chosen_and_scored.hint()
# exercises.chosen_and_scored.solution()

# %% [markdown]
# **4. Where it is on.** The stretches over which one unit is on: what LSTMVis draws under a text.

# %%
def stretches(values, threshold, shortest):
    """The stretches over which a unit stays above a threshold, from left to right.

    values     (N,)  the unit after each character
    threshold  on means: above it
    shortest   stretches of fewer places than this are left out, a whole number ≥ 1
    returns    a list of (start, stop), the stop not included
    """
    ...    # about 5 lines


exercises.stretches.check(stretches)

# %%
# exercises.stretches.hint()
# exercises.stretches.solution()

# %% [markdown] tags=["slide: *Enough to read it off* ... the unit"]
# ## Where this misleads
#
# **A limit.** We asked about single units, because single units can be drawn. A network has no reason to keep one thing
# in one unit: what no unit follows may well be known, spread over many, and a probe (chapter 12) finds it. And our list
# of properties is ours. What a unit does that we did not think to ask for, none of these tables shows; holding a unit
# at its mean, too, puts the network into a state in which it may never have been.
#
# **A common mistake in print.** "The network has a *sentiment neuron*, so that is where it keeps sentiment." Radford,
# Jozefowicz and Sutskever (2017) trained a network of 4096 units on reviews, character by character, and found that one
# single unit tells praise from blame nearly as well as all units together. That is true, was shown on held-out reviews,
# and setting the unit even changed what the network wrote. What does *not* follow is that sentiment is kept there and
# nowhere else. Donnelly and Roegiest (2019) took the unit away: a classifier on the others hardly suffered, and a
# hundred units taken at random did better than the famous one. *Enough to read it off* is not *needed*: the first is a
# correlation, the second asks for a hand on the unit. We can ask our own network the same: which units follow the
# brackets, when the famous one is left out?

# %% tags=["nbval-ignore-output"]
import copy

values = over_texts(PROPERTIES["inside brackets"].of)
rest = [k for k, (_, layer, unit) in enumerate(names) if (layer, unit) != (0, 39)]


def read_off(states):
    """r on the modules for scoring of a linear mixture of all columns (ridge, its λ chosen on those for choosing)."""
    z = (states - states[choose].mean(0)) / (states[choose].std(0) + 1e-9)

    def fitted(on, to, ridges):
        products, goal = z[on].T @ z[on], z[on].T @ (values[on] - values[on].mean())
        mixtures = [np.linalg.solve(products + ridge * np.eye(len(goal)), goal) for ridge in ridges]
        return correlation(z[to] @ np.array(mixtures).T, values[to])

    ridges, (one, two) = np.array([10, 100, 1000, 10_000]), np.split(choose, 2)
    best = ridges[(fitted(one, two, ridges) + fitted(two, one, ridges)).argmax()]
    return fitted(choose, score, [best])[0]


def with_39_held(model, value):
    """A copy in which c of unit 39 of the lower layer never changes (i = 0, f = 1), and the state to start it from."""
    held, state = copy.deepcopy(model), torch.zeros(2, 2, len(texts), 128)             # h and c of both layers
    with torch.no_grad():
        for name, parameter in held.recurrent.named_parameters():
            if name.endswith("l0"):
                parameter[[39, 128 + 39]] = 0
        held.recurrent.bias_ih_l0[39], held.recurrent.bias_ih_l0[128 + 39] = -50, 50
    state[1, 0, :, 39] = float(value)
    return held, tuple(state)

# %% tags=["nbval-ignore-output"]
stopped = read(*with_39_held(copy.deepcopy(model).float(), values_of["inside brackets"][2]))
assert np.ptp(stopped.at(0).c[..., 39]) == 0
stopped = np.concatenate(list(states_of_text(stopped).values()), axis=1)
rng, found = np.random.default_rng(9), {}
for which, table in (("all others", everything[:, rest]), ("all others, with 39 held", stopped[:, rest]),
                     ("an untrained network", untrained)):
    draws = [read_off(table[:, rng.permutation(table.shape[1])[:100]]) for _ in range(5)]
    found[which] = read_off(table), np.median(draws)
    print(f"{which:25} r = {found[which][0]:.2f}; off 100 at random, five draws, {min(draws):.2f} to {max(draws):.2f}")
alone = abs(correlation(everything[score][:, [names.index(("c", 0, 39))]], values[score])[0])
print(f"{'unit 39 alone':25} r = {alone:.2f}")
assert found["all others"][0] > found["all others, with 39 held"][0] > found["an untrained network"][0]

# %% [markdown]
# So brackets can be read off the others as well, all together about as well as off the one unit, or better. But the
# others *hear* unit 39 at each step: part of what they know is its echo. With 39 held it can no longer speak, and what
# is left is less; still more than an untrained network gives. So the knowledge is partly echo, partly elsewhere. And
# holding this one unit cost the network dearly at each closing bracket, whatever the others know. *Readable in many
# places* and *used in one* are both true.

# %% [markdown] tags=["slide: So: choose on one ... than one value"]
# ## Recap: what is each unit doing?
#
# Of most of them we cannot say. A few follow something that has a name, on text that they were not chosen on, far above
# chance and above an untrained network: brackets, indentation, quotation marks, the place in the line. Of these, some
# are used for it: hold the bracket unit, and closing brackets come as a surprise. The counter of the line is not: it
# follows about as well as they do, and nobody reads it. So: choose on one text and score on another, put chance and an
# untrained network beside it, ask what the property means in *these* texts, and before you say "for", hold the unit, at
# more than one value.
#
# ## References
#
# - Andrej Karpathy, Justin Johnson, Li Fei-Fei (2015). Visualizing and understanding recurrent networks.
#   arXiv:1506.02078. Text coloured by a unit; saturated gates.
# - Hendrik Strobelt, Sebastian Gehrmann, Hanspeter Pfister, Alexander M. Rush (2018). LSTMVis: a tool for visual
#   analysis of hidden state dynamics in recurrent neural networks. *IEEE Transactions on Visualization and Computer
#   Graphics* 24(1), 667–676.
# - Yao Ming, Shaozu Cao, Ruixiang Zhang, Zhen Li, Yuanzhe Chen, Yangqiu Song, Huamin Qu (2017). Understanding hidden
#   memories of recurrent neural networks (RNNVis). *IEEE VAST*.
# - Alec Radford, Rafal Jozefowicz, Ilya Sutskever (2017). Learning to generate reviews and discovering sentiment.
#   arXiv:1704.01444.
# - Jonathan Donnelly, Adam Roegiest (2019). On interpretability and feature representations: an analysis of the
#   sentiment neuron. *ECIR*.
# - Narine Kokhlikyan and others (2020). Captum: a unified and generic model interpretability library for PyTorch.
#   arXiv:2009.07896.
# - Jaap Jumelet (2020). diagNNose: a library for neural activation analysis. *BlackboxNLP*. arXiv:2011.06819.
# - Fahim Dalvi and others (2019). NeuroX: a toolkit for analyzing individual neurons in neural networks. *AAAI*.
# - Ian Tenney and others (2020). The Language Interpretability Tool. *EMNLP: System Demonstrations*.
# - J Alammar (2021). Ecco: an open source library for the explainability of Transformer language models. *ACL: System
#   Demonstrations*.
# - The texts: Python's standard library, under the licence of the Python Software Foundation; our page of code was
#   written for this course.
