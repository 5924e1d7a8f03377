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
# half a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from rnncourse.notebook import begin, show
from rnncourse.plots.palette import INK, LOOK

begin()

# %% [markdown]
# **Predict first.** Among the 256 units there is one whose cell state counts the characters since the line began, as
# well as any unit follows anything here. There is also one that is high inside brackets and low outside. We shall hold
# each of the two still while the network reads code that it has never seen. How much does it lose: nothing, a
# hundredth of a bit per character, a tenth? The same for both?
#
# ## Is it worth explaining?
#
# Two layers of 128 LSTM units, trained to guess the next character of Python's own source and help pages. Before
# anything else: is it any good? On text that neither has seen, beside the 5-gram of chapter 06:

# %% tags=["nbval-ignore-output"]
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

# %% [markdown]
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

# %%
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
fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.1))
weights.matrix(left, low.params["W_x"][:, forget], "input", "unit", reach=2)
weights.matrix(right, low.params["W_h"][:, forget], "$h$ before", "unit", reach=2)
show(fig, alt="Two blocks of small red and blue dots: input weights, 64 rows, and recurrent weights, 128 rows, for 128 "
     "units in columns. They look like noise, with a few paler and darker columns.",
     caption="Columns are units. Here and there a darker or paler column: a gate that hears more than others, or less. "
     "Beyond that no meaning can be read off: which unit stands where is a matter of chance.")

# %% [markdown]
# **Heat maps.** Every unit at every step. To make slow and fast units visible, they are put in order: the most open
# forget gate on top.

# %%
from rnncourse.plots import heat

order = np.argsort(-low.f.mean((0, 1)))
fig = plt.figure(figsize=(10, 4.2))
first = record(model.recurrent, embedded[:96], tokens=[PAGE[:96]]).at(layer=0)
heat.signals(fig, first, names="fch", units=order)
show(fig, alt="Three heat maps over 96 characters: forget gate, cell state and hidden state of 128 units. "
     "The top of the cell-state map has long horizontal stripes; gates and hidden states flicker from letter to "
     "letter, except where blanks follow one another.",
     caption="Look for lines. Horizontal ones in c, at the top, are units that hold something for long. Where f and h "
     "stand still for some steps, blanks follow blanks. The rest flickers with each letter.")
at_newline = low.f[np.array(list(PAGE)) == "\n", 0].mean()
print(f"mean forget gate: at newlines {at_newline:.3f}, elsewhere "
      f"{low.f[np.array(list(PAGE)) != chr(10), 0].mean():.3f}")

# %% [markdown]
# Worth drawing for any model: a layer that is all one colour is dead or stuck. But what a *single* unit does cannot be
# read off 128 rows.
#
# **Saturated gates.** A gate above 0.9 is open, below 0.1 shut. How much of the time? For this we need more text, and
# text that was held out: openings of modules of your Python's library that the network was not trained on, 24 of them,
# each from its 2000th character on, for 800 characters. (It has read what stands before, so its state is warm.)

# %% tags=["nbval-ignore-output"]
from rnncourse.datasets import modules
from rnncourse.explain.saturation import saturation

LEAD, READ = 2000, 800
texts = [one.text for one in modules.held_out() if len(one.text) > LEAD + READ][:24]
x = torch.tensor(np.stack([text.encode(one[:LEAD + READ]) for one in texts], axis=1))      # (T, 24)


def read(model):
    """Trace of the model over those stretches, from the state that it has at their beginning."""
    with torch.no_grad():
        _, state = model.recurrent(model.embedding(x[:LEAD]))
        return record(model.recurrent, model.embedding(x[LEAD:]), state=state)


run = read(model.float())                                        # twice as quick, and the model is put back below
print(saturation(run, "f"))

# %% tags=["nbval-ignore-output"]
from rnncourse.plots.saturation import saturation as draw_saturation

fig, axes = plt.subplots(1, 3, figsize=(9.5, 3.5), sharey=True)
for ax, gate in zip(axes, "ifo", strict=True):
    draw_saturation(ax, saturation(run, gate), legend=gate == "i")
show(fig, alt="Three scatter plots for input, forget and output gate: to the right the share of time open, upward the "
     "share of time shut. Dots lie all over the triangle, many near the lower right corner for the forget gate of the "
     "upper layer.",
     caption="A dot is a unit; on the diagonal it is never in between. Lower right in the middle panel: a forget "
     "gate that is nearly always open, a memory. Upper left: one that is nearly always shut, a unit that lives from "
     "letter to letter.")
found = saturation(run, "f")
for layer in (0, 1):
    here = found.layer == layer
    print(f"layer {layer}: forget gates saturated {1 - found.between[here].mean():.0%} of the time; units open more "
          f"than nine tenths of the time: {(found.above[here] > 0.9).sum()}, shut: {(found.below[here] > 0.9).sum()}")
assert (found.above[found.layer == 1] > 0.9).sum() > (found.above[found.layer == 0] > 0.9).sum()

# %% [markdown]
# This picture comes from Karpathy, Johnson and Li (2015), who counted in the same way, with the same thresholds. They
# found many forget gates that are open nearly always, and so do we, mostly in the upper layer. They also found the
# gates of the first layer far less often saturated than those above, and said that they could not explain it. Ours does
# not show that: both layers are saturated most of the time. So it is no law of such networks.
#
# ## A unit found by eye
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

# %%
from rnncourse.plots.coloured_text import ColouredText, coloured_text

fig, ax = plt.subplots(figsize=(9, 0.5))
unit = sign * everything[:, pick]
coloured_text(ax, ColouredText(PAGE[line], unit[line], np.abs(unit).max()))
show(fig, alt="One line of code, each letter on a colour: what stands in quotation marks is dark red, all else pale.",
     caption="Red where the unit is high: it comes with the opening quotation mark and goes with the closing one. "
     "Would you publish it?")

# %% [markdown]
# A perfect quote unit. Now the rest of the same page, which was not looked at when it was chosen.

# %%
fig, ax = plt.subplots(figsize=(9, 2.2))
coloured_text(ax, ColouredText(PAGE, unit, np.abs(unit).max()))
show(fig, alt="The whole page, coloured by the same unit. Other strings are red as well, but so is much that is none.",
     caption="The same unit over the page. It is as red where some lines begin, in a return, and between two strings.")
rest = np.setdiff1d(np.arange(len(PAGE)), np.arange(len(PAGE))[line])
fallen = sign * correlation(everything[rest][:, [pick]], inside[rest])[0]
print(f"|r| on the line where it was chosen {abs(r[pick]):.2f}, on the rest of the page {fallen:.2f}")
assert fallen < 0.5

# %% [markdown]
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
# something. And the comment's unit loses much of its $r$ on the other modules, and ends not far above chance.
#
# What do others report? Karpathy, Johnson and Li show units for the length of a line, for quotation marks, for
# brackets, in pictures like ours, chosen by eye out of many; they give no number of this kind. So there is nothing to
# compare with, digit by digit: our numbers, about three quarters for the line and above two thirds for the brackets,
# say that such units can be found, and that they are no perfect counters.
#
# Here are three of them on our page.

# %%
FOUND = {"place in the line": ("c", 0, 24), "inside brackets": ("c", 0, 39), "indentation": ("c", 0, 61)}
fig, axes = plt.subplots(3, figsize=(9, 6.6))
for ax, (name, (signal, layer, unit)) in zip(axes, FOUND.items(), strict=True):
    values = page.at(layer)[signal][:, 0, unit]
    coloured_text(ax, ColouredText(PAGE, values, np.abs(values).max()))
    ax.set_title(f"{name}: {signal} of layer {layer}, unit {unit}")
show(fig, alt="The page three times. In the first, every line goes from pale at its beginning to dark blue at its end. "
     "In the second, letters inside brackets are paler or red, those outside blue. In the third, lines that are "
     "indented further are more strongly coloured.",
     caption="Three units that were chosen on other text. The first counts down through each line and begins anew. The "
     "second jumps at each round bracket; square ones it marks badly, and it lets go of the outer bracket when an "
     "inner one closes. The third rises with the blanks of the indentation and holds to the line's end.")
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

# %%
fig, axes = plt.subplots(2, figsize=(9, 4.4))
for ax, (layer, unit, says) in zip(axes, ((0, 63, "the winner"), (1, 76, "the best in code alone")), strict=True):
    values = page.at(layer).c[:, 0, unit]
    coloured_text(ax, ColouredText(PAGE, values, np.abs(values).max()))
    ax.set_title(f"{says}: c of layer {layer}, unit {unit}")
show(fig, alt="The page twice. In the first nearly all letters are red, whether in a string or not. In the second the "
     "letters inside quotation marks are white and all others blue.",
     caption="On this page of code, without any documentation, the winner knows nothing of the strings. The other unit "
     "is near 0 (white) from each opening mark to its closing one, and below 0 (blue) everywhere else.")

# %% [markdown]
# The winner was a documentation unit. The unit that follows *quotation marks* is another one, in the upper layer, and
# its $|r|$ is small: a few characters in a hundred are inside such a string, and $r$ is modest where one side is rare.
# Its AUC says that it hardly ever errs. Two lessons in one row: a property is what the *texts* make of it, and one
# number is not enough.
#
# ## Followed is not used
#
# Back to the question of the beginning. A unit that follows something may be what the network uses for it, or a
# by-product that nobody reads. To tell them apart we hold it: the cell state of this one unit stands still at its mean,
# everything else runs on.

# %%
from rnncourse.activations import sigmoid


def held_run(params, x, unit, value):
    """h (T, B, H) of an LSTM layer over x (T, B, D) in which the cell state of one unit stands still at a value."""
    h, c = np.zeros((2, x.shape[1], len(params["W_h"])))
    c[:, unit], states = value, []
    for x_t in x:
        a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h @ params["W_h"] + params["b"], 4, axis=-1)
        c = sigmoid.value(a_f) * c + sigmoid.value(a_i) * np.tanh(a_g)
        c[:, unit] = value
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
# should surprise the network more without it. Five units, on the modules that they were not chosen on.

# %% tags=["nbval-ignore-output"]
from rnncourse.losses import softmax

piece = np.stack([text.encode(one[LEAD:LEAD + 401]) for one in texts[12:]], axis=1)
came = np.array([[text.VOCABULARY[k] for k in row] for row in piece[1:]])              # (400, 12)
blank = np.stack([PROPERTIES["indentation"].of(one)[LEAD:LEAD + 401] for one in texts[12:]], axis=1)[1:]
place = np.stack([PROPERTIES["place in the line"].of(one)[LEAD:LEAD + 401] for one in texts[12:]], axis=1)[1:]
KINDS = {"newlines": came == "\n", "first of a line": place == blank + 1,
         "closing brackets": np.isin(came, list(")]}")), "quotation marks": np.isin(came, ["'", '"']),
         "all characters": came != ""}


def surprise(scores):
    """(T, B) bits of the characters that came."""
    return -np.log2(np.take_along_axis(softmax(scores), piece[1:len(scores) + 1, :, None], axis=-1)[..., 0])


whole = surprise(ablate(network, piece[:-1], units=[], layer=0))
HELD = FOUND | {"quoted in code": quote, "documentation": (winner.signal, winner.layer, winner.unit)}
lost = {name: surprise(ablate(network, piece[:-1], [unit], layer, "mean", signal)) - whole
        for name, (signal, layer, unit) in HELD.items()}
table = np.array([[change[where].mean() for where in KINDS.values()] for change in lost.values()])
print({kind: int(where.sum()) for kind, where in KINDS.items()})

# %% tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(10, 3.5))
image = ax.imshow(np.clip(table, -1, 1), cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
for (row, column), value in np.ndenumerate(table):
    ax.text(column, row, f"{np.round(value, 2) + 0:+.2f}".replace("-", "−"), ha="center", va="center",
            color="white" if abs(value) > 0.7 else INK)
ax.set_xticks(range(len(KINDS)), KINDS)
ax.set_yticks(range(len(HELD)), [f"{name}: layer {layer}, unit {unit}" for name, (_, layer, unit) in HELD.items()])
ax.set(title="three of five followers are used for what they follow", xlabel="at which characters")
ax.grid(False), fig.colorbar(image, ax=ax, pad=0.02, extend="both", label="bits lost each")
show(fig, alt="A table of five units by five kinds of characters. The bracket unit costs several bits at closing "
     "brackets, the indentation unit about one bit at the first character of a line, the quote unit about one bit at "
     "quotation marks. The unit of the line and the documentation unit cost nothing anywhere.",
     caption="A row is a unit that is held, a column where the loss is counted. Three units are used for what they "
     "follow: each costs most where it should. Two rows are blank: they follow something, and nobody misses them.")
at = {name: dict(zip(KINDS, row, strict=True)) for name, row in zip(HELD, table, strict=True)}
assert at["inside brackets"]["closing brackets"] > 1 and at["indentation"]["first of a line"] > 0.3
assert np.abs(table[0]).max() < 0.1 and at["place in the line"]["all characters"] < 0.005

# %% [markdown]
# The unit that counts through the line is among the best followers of the whole network, and it can be stopped without
# any loss. How can that be? Its cell state runs far beyond what a tanh lets through, and $c$ leaves the cell only as
# $o \odot \tanh(c)$:

# %% tags=["nbval-ignore-output"]
for name, (_, layer, unit) in FOUND.items():
    c_unit, h_unit = run.at(layer).c[..., unit], run.at(layer).h[..., unit]
    values = over_texts(PROPERTIES[name].of)
    seen = correlation(h_unit.T.reshape(-1, 1).astype(float), values)[0]
    print(f"{name:18} |c| above 3, where tanh is flat: {(np.abs(c_unit) > 3).mean():4.0%} of the time; |r| of its h: "
          f"{abs(seen):.2f}")
silent = (surprise(ablate(network, piece[:200], [24], 0, "zero", "h")) - whole[:200]).mean()
print(f"the h of the unit of the line held at 0: {silent:+.3f} bits per character")
assert (np.abs(run.at(0).c[..., 24]) > 3).mean() > 0.6

# %% [markdown]
# It counts in a room without windows. (A by-product, perhaps, of a forget gate that stays open until the newline.) What
# leaves the room is its output gate, with a sign, and that is worth a little. The count is not. Only $h$ can be used by
# anybody; pictures of $c$, as ours, show more than the network itself can see.
#
# Is the bracket unit's loss much, though? A unit that moves much costs more to hold than one that rests, whatever it
# means. So the control: the ten other units of the layer whose cell states move about as much, each held in the same
# way, and the loss at the same places. (`ablation.cost` in the library picks such controls by itself.)

# %% tags=["nbval-ignore-output"]
spread = run.at(0).c.std((0, 1))                                                      # (128,)
alike = [int(k) for k in np.argsort(np.abs(spread - spread[39])) if k != 39][:10]
closing = KINDS["closing brackets"][:200]
others = [(surprise(ablate(network, piece[:200], [unit], 0, "mean", "c")) - whole[:200])[closing].mean()
          for unit in alike]
mine = lost["inside brackets"][:200][closing].mean()
print(f"at {closing.sum()} closing brackets, bits lost each: unit 39 {mine:+.2f}; ten others from {min(others):+.2f} "
      f"to {max(others):+.2f}")
assert mine > 2 * max(others) and mine > 1

# %% [markdown]
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

# %% tags=["nbval-ignore-output"]
leaves = np.array([line.strip().startswith(("raise", "return")) for line in read_text.split("\n") for _ in line + " "])
share = np.mean([leaves[a:b].any() for a, b in found.spans])
print(f"in a line that begins with raise or return: {share:.0%} of what was found, {leaves.mean():.0%} of all the text")
assert share > 3 * leaves.mean()

# %% [markdown]
# We asked for one `raise` and got others, and `return`: the units share that a statement *leaves the function*, a kind
# that nobody had named before. That is what this search is for: to come upon a hypothesis. Whoever then counts, as the
# last line does, has begun to test it, and no more: all these units are on together at many other places as well, and
# the search has put those first where the fewest *other* units are on.
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

# %%
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

explorer = UnitPicker(network)
explorer

# %%
with explorer.hold():
    explorer.unit, explorer.letter = 39, 72
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
# it to about 0, however many are still open. (2) It sinks with each new line, a comma lifts it again, and an empty line
# ends it: code that it learnt from hardly ever goes on there. (3) Every quotation mark puts it near 0, single or
# double, and the second one lets it fall below again; an apostrophe in a comment lifts it half-way, and nothing takes
# it back before the line ends. (4) $c$ runs away, and $h$ jumps between 0 and −1: tanh of a large number is 1 in size,
# however large, and what is left to see is the output gate. (5) The story is easily made up, and mostly does not last.
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

# %% tags=["nbval-ignore-output"]
from rnncourse.plots import distributions

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(10.5, 3.3))
for ax, name in ((left, "f"), (middle, "h")):
    distributions.ridges(ax, watching.distribution(watch.snapshots, name))
distributions.bands(right, watching.gradient_distribution(watch.snapshots, "recurrent.weight_hh_l0"))
show(fig, alt="Hills for the forget gate and the hidden state at six moments. Each begins as one hill in the middle "
     "and is pulled apart to the ends. Right: a band for the sizes of gradient entries, over many powers of ten.",
     caption="From top to bottom, the training goes on. The gates begin around one half and are pulled open, some "
     "shut; h spreads to its ends. Right: the sizes of the entries of one gradient, 5 to 95 % of them, "
     "over many powers of ten.")

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
# | captum (Kokhlikyan and others 2020) | attribution to inputs, layers, units | single gates and steps inside an LSTM |
# | LSTMVis (Strobelt and others 2018) | states over a text, where else they are on | cause; what was not exported |
# | RNNVis (Ming and others 2017) | clusters of units, and of words they answer to | gates; cause |
# | LIT (Tenney and others 2020) | data, scores, attribution, changed texts | gates, unless your wrapper returns them |
# | ecco (Alammar 2021) | units of Transformer language models | recurrent networks |
#
# (captum hooks *modules*; `torch.nn.LSTM` is a single one, and its gates are none, which is why it stops there.) None
# of these searches all units for a property with a chance level beside it, or holds a unit's cell state and counts what
# is lost. That takes the network's equations, and you have them.
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
# **3. Chosen here, scored there.** The rule that our unit found by eye did not survive.

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

# %% [markdown]
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
from numpy.linalg import lstsq

values = over_texts(PROPERTIES["inside brackets"].of)
others = np.delete(everything, [k for k, (_, layer, unit) in enumerate(names) if (layer, unit) == (0, 39)], axis=1)


def read_off(states):
    """r on the modules for scoring, of the best linear mixture of all columns, found on those for choosing."""
    wide = np.column_stack([states, np.ones(len(states))])
    mixture = lstsq(wide[choose], values[choose], rcond=1e-4)[0]
    return correlation((wide[score] @ mixture)[:, None], values[score])[0]


alone = abs(correlation(everything[score][:, [names.index(("c", 0, 39))]], values[score])[0])
without, hundred = read_off(others), read_off(others[:, np.random.default_rng(9).permutation(510)[:100]])
print(f"brackets, read off unit 39 alone r = {alone:.2f}, off all the other units {without:.2f}, off 100 of these at "
      f"random {hundred:.2f}")
assert min(without, hundred) > 0.4

# %% [markdown]
# So brackets can be read off the others as well, nearly as well as off the one unit. (All of them together need not do
# better than a hundred: a mixture of 510 columns learns its own texts by heart.) And yet holding this unit cost the
# network dearly at each closing bracket. Both are true: the knowledge is in many places, and *this* network relies on
# one.

# %% [markdown]
# ## Recap: what is each unit doing?
#
# Of most of them we cannot say. A few follow something that has a name, on text that they were not chosen on, far above
# chance and above an untrained network: brackets, indentation, quotation marks, the place in the line. Of these, some
# are used for it: hold the bracket unit, and closing brackets come as a surprise. The counter of the line is not: it is
# the better picture, and nobody reads it. So: choose on one text and score on another, put chance and an untrained
# network beside it, ask what the property means in *these* texts, and before you say "for", hold the unit.
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
# - Ian Tenney and others (2020). The Language Interpretability Tool. *EMNLP: System Demonstrations*.
# - J Alammar (2021). Ecco: an open source library for the explainability of Transformer language models. *ACL: System
#   Demonstrations*.
# - The texts: Python's standard library, under the licence of the Python Software Foundation; our page of code was
#   written for this course.
