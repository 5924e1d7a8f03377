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
# # 04 · What do the gates hold?
#
# Chapter 03 ended badly for the simple network: every step pushes its whole memory through a matrix and a squashing
# function, and what was there fades. The **long short-term memory** (LSTM) keeps a second state that is only ever
# scaled and added to, never squashed, and puts three valves, the **gates**, around it. This chapter takes one such cell
# apart until no number in it is a secret, then looks into two that were trained, and puts its hands on their gates.
#
# After it you can
#
# - write an LSTM step from its six equations, and say what each gate is for;
# - take any cell state apart, exactly, into what each step wrote into it;
# - choose a forget bias by the time that the cell should remember;
# - say what the "gradient highway" is, and what it does not promise;
# - hold a gate of a trained model and measure what that costs, which is not the same as looking at it.
#
# To have read: chapters 01 to 03. Time: about 110 minutes, a third of them for the exercises; running it all takes
# half a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse.notebook import begin, show
from rnncourse.plots.palette import INK, LOOK, REFERENCE

begin()
rng = np.random.default_rng(4)

# %% [markdown] tags=["slide"]
# **Predict first.** A unit holds a number, 0.3 or 0.9. Then 28 quiet days follow: no input. A simple unit computes
# $h \leftarrow \tanh(w\,h)$ each day. Is there a weight $w$ with which you could still tell, after the 28 days, which
# of the two numbers it was? Guess for $w = 0.9$, $w = 1$ and $w = 1.5$.

# %% [markdown]
# ## A state that is not squashed

# %%
def quiet_days(start, update, days=28):
    """The value after each of so many days, when `update` makes tomorrow's out of today's."""
    values = [start]
    for _ in range(days):
        values.append(update(values[-1]))
    return np.array(values)


rules = {"tanh(0.9 h)": lambda h: np.tanh(0.9 * h), "tanh(1.0 h)": lambda h: np.tanh(h),
         "tanh(1.5 h)": lambda h: np.tanh(1.5 * h), "0.98 c": lambda c: 0.98 * c}
ends = {name: (quiet_days(0.3, rule)[-1], quiet_days(0.9, rule)[-1]) for name, rule in rules.items()}
for name, (low, high) in ends.items():
    print(f"{name:12}  0.3 -> {low:.2f}   0.9 -> {high:.2f}   still apart by {high - low:.2f}")
widest = max(np.diff([quiet_days(start, lambda h, w=w: np.tanh(w * h))[-1] for start in (0.3, 0.9)])[0]
             for w in np.linspace(-3, 3, 601))
print(f"the best of 601 weights from -3 to 3 leaves them apart by {widest:.2f}")

# %% tags=["slide"]
fig, axes = plt.subplots(1, 4, figsize=(10, 2.5), sharey=True)
for ax, (name, rule) in zip(axes, rules.items(), strict=True):
    look = LOOK["c" if name.endswith("c") else "h"]
    for start in (0.3, 0.9):
        ax.plot(quiet_days(start, rule), color=look.colour)
    ax.set(title=name, ylim=(0, 1), xlabel="quiet days")
show(fig, alt="Four small plots of two curves that start at 0.3 and 0.9. Under tanh(0.9 h) both sink to zero, under "
     "tanh(h) both sink towards 0.2, under tanh(1.5 h) both run to 0.86. Under 0.98 c they sink slowly and stay apart.",
     caption="Squashed again and again, two memories become one: both fade, or both run to the same fixed point. "
     "Scaled by a number near 1, and not squashed, they stay apart.")
apart = {name: high - low for name, (low, high) in ends.items()}
assert max(apart[name] for name in rules if "tanh" in name) < 0.05 and widest < 0.05 and apart["0.98 c"] > 0.3

# %% [markdown] tags=["slide: eq | list"]
# Three weights were tried in the picture, and 601 by the cell before it. How far apart are the two numbers still, with
# the best of them? Hardly at all: with a small weight both fade, with a large one both run to the same fixed point. The
# rule on the right keeps them apart: it takes a *share* of the old state and squashes nothing. So the LSTM keeps a
# state of its own, the **cell state** $c$, with exactly this rule, and with something to add when there is something to
# store:
#
# $${\color{#e8500b}c_t} \;=\; {\color{#8449b8}f_t} \odot {\color{#e8500b}c_{t-1}} \;+\;
#   {\color{#04985a}i_t} \odot {\color{#a04b12}g_t}$$
#
# - ${\color{#8449b8}f_t}$, the **forget gate**: the share of the old cell state that stays, from 0 to 1;
# - ${\color{#a04b12}g_t}$, the **candidate**: what might be written, from −1 to 1;
# - ${\color{#04985a}i_t}$, the **input gate**: the share of it that is written, from 0 to 1.
#
# The sign $\odot$ means unit by unit: each unit has its own three numbers, new ones at each step.
#
# ## Six equations, six lines
#
# Where do the gates come from? From the input and the hidden state, by the step of chapter 01. There are four of them,
# each with its own weights. A number from 0 to 1 is what a sigmoid gives, $\sigma(a) = 1 / (1 + e^{-a})$. We go through
# one step of one unit with one input, so that every array holds a single number (or four).

# %%
from rnncourse.activations import sigmoid

W_x, W_h = np.array([[1.0, 0.5, 1.5, 0.5]]), np.array([[0.5, 0.5, -0.5, 1.0]])    # (D, 4H), (H, 4H): i, f, g, o
b = np.array([0.0, 1.0, 0.0, 0.5])                                                # (4H,)
x_t, h_prev, c_prev = np.array([[1.0]]), np.array([[-0.3]]), np.array([[1.2]])    # (B, D), (B, H), (B, H)

a_i, a_f, a_g, a_o = np.split(x_t @ W_x + h_prev @ W_h + b, 4, axis=-1)           # (B, H) each
print(f"a_i {a_i[0, 0]:+.2f}   a_f {a_f[0, 0]:+.2f}   a_g {a_g[0, 0]:+.2f}   a_o {a_o[0, 0]:+.2f}")

# %% [markdown] tags=["slide: Only the candidate may be negative | eq"]
# The four weight matrices lie side by side in one array, in torch's order **i, f, g, o**, so that one product does
# all of them. Now the gates. Only the candidate may be negative, so only it gets a tanh:
#
# $${\color{#04985a}i_t} = \sigma(x_t W_{xi} + h_{t-1} W_{hi} + b_i) \qquad
#   {\color{#8449b8}f_t} = \sigma(x_t W_{xf} + h_{t-1} W_{hf} + b_f)$$
# $${\color{#a04b12}g_t} = \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g) \qquad
#   {\color{#3a6e5e}o_t} = \sigma(x_t W_{xo} + h_{t-1} W_{ho} + b_o)$$

# %% tags=["part: code i = ... o ="]
i = sigmoid.value(a_i)
f = sigmoid.value(a_f)
g = np.tanh(a_g)
o = sigmoid.value(a_o)
print(f"i {i[0, 0]:.2f}   f {f[0, 0]:.2f}   g {g[0, 0]:+.2f}   o {o[0, 0]:.2f}")

# %% [markdown] tags=["slide: eq | What it shows is the hidden state ... ever learn of $c$"]
# The fifth equation is the sum from above. The sixth says what the outside gets to see: the **output gate**
# ${\color{#3a6e5e}o_t}$ shows a share of the cell state, squashed into −1 to 1. What it shows is the hidden state
# ${\color{#5865f2}h_t}$, and that is all that the next layer, the read-out and the gates of the next step ever learn
# of $c$.
#
# $${\color{#e8500b}c_t} = {\color{#8449b8}f_t} \odot {\color{#e8500b}c_{t-1}} +
#   {\color{#04985a}i_t} \odot {\color{#a04b12}g_t} \qquad\qquad
#   {\color{#5865f2}h_t} = {\color{#3a6e5e}o_t} \odot \tanh({\color{#e8500b}c_t})$$

# %%
c = f * c_prev + i * g
h = o * np.tanh(c)
print(f"c {c_prev[0, 0]:+.2f} -> {c[0, 0]:+.2f}      h {h_prev[0, 0]:+.2f} -> {h[0, 0]:+.2f}")

# %% [markdown]
# That is the whole cell. Here it is as a drawing, with the same numbers: the cell state runs through along the top,
# and the gates are valves. `one_cell` runs the library's LSTM with one unit and gives the number on each wire.

# %% tags=["slide: picture | A flow is ... its pipe"]
from rnncourse.explorers.lstm_cell import LSTMCell, one_cell
from rnncourse.plots.cell_diagram import lstm_cell

numbers = one_cell(x=1.0, h_prev=-0.3, c_prev=1.2, i_x=1.0, f_x=0.5, g_x=1.5, o_x=0.5, i_h=0.5, f_h=0.5, g_h=-0.5,
                   o_h=1.0, i_b=0.0, f_b=1.0, g_b=0.0, o_b=0.5)
assert abs(numbers["c"] - c[0, 0]) < 1e-15 and abs(numbers["h"] - h[0, 0]) < 1e-15
show(lstm_cell(numbers), alt="Drawing of an LSTM cell. The cell state 1.20 enters at the upper left, passes a forget "
     "gate that is 79 % open, meets the candidate 0.93 let in by an input gate 70 % open, and leaves as 1.60. A copy "
     "goes through tanh and an output gate 67 % open and leaves as the hidden state 0.62. Below, each gate's sigmoid "
     "curve with a dot where it stands, and the three numbers that add up to its pre-activation.",
     caption="The way of the state. A flow is as thick as its value, red above 0 and blue below, darkest where it "
     "fills its pipe; a valve leaves open the share that its gate gives. Each gate stands somewhere on its curve, put "
     "there by three numbers: weight times input, weight times hidden state, bias. (These wires are drawn thinner, for "
     "they grow large.)")

# %% [markdown]
# And here it is in your hands. The picture above is what the explorer shows at its start.

# %%
LSTMCell()

# %% [markdown]
# Things to try, with a guess before each:
#
# 1. Make the cell keep what it has, to two digits. Which two sliders are enough?
# 2. Make it forget all of it and store nearly the *sign* of $x_t$ instead.
# 3. Shut the output gate ($b$ of $o$ to −6). What does the rest of the network now know about $c_t$? And the cell's
#    own gates, at the next step?
# 4. Set $w_h$ of the forget gate to 3 and move $h_{t-1}$. A cell can decide to forget by what it has shown itself.
#
# <details><summary>What there is to see</summary>
#
# (1) The biases of $f$ and $i$: the one at 6, the other at −6. A sigmoid is never quite 1 or 0, so a little is lost and
# a little is written, which two digits do not show. (2) The other way round, $b$ of $f$ at −6 and of $i$ at 6, and
# $w_x$ of $g$ at 3: then $g$ is close to +1 or −1 unless $x_t$ is small. A tanh is smooth, so near 0 it says more than
# the sign. (3) Almost nothing: $h_t$ is close to 0 whatever $c_t$ is, so the rest of the network does not hear of it,
# nor do the cell's own gates. But $c_t$ is still there, and can be shown on a later day. (4) Shown much ($h_{t-1}$ near
# 1) the gate is wide open, shown the opposite it is mostly shut. What the cell *holds* makes no difference to the gate:
# it hears $h$ only.
# </details>
#
# ## From one step to a layer
#
# With $D$ inputs and $H$ units nothing changes but the shapes: $W_x$ is $(D, 4H)$, $W_h$ is $(H, 4H)$, and row by row
# each unit's gates hear *all* inputs and all hidden states. The loop is that of chapter 01 with two states to carry.

# %%
def step(params, x_t, h_prev, c_prev):
    """x_t (B, D), h_prev and c_prev (B, H): the new h and c, (B, H) each."""
    a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"], 4, axis=-1)
    i, f, g, o = sigmoid.value(a_i), sigmoid.value(a_f), np.tanh(a_g), sigmoid.value(a_o)
    c = f * c_prev + i * g
    return o * np.tanh(c), c


def forward(params, x, h, c):
    """x (T, B, D): all hidden states (T, B, H), and the last cell state."""
    states = []
    for x_t in x:
        h, c = step(params, x_t, h, c)
        states.append(h)
    return np.array(states), c


# %% [markdown]
# The same numbers as the library's `lstm.forward` and torch's `nn.LSTM`? With random weights, several rows, and starts
# that are not zero. torch keeps the transposed weights and two biases, of which ours is the sum.

# %%
import torch

from rnncourse.cells import lstm

T, B, D, H = 9, 3, 5, 4
params = lstm.init(rng, input_size=D, hidden_size=H)
x, h0, c0 = rng.normal(size=(T, B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))
ours, c_last = forward(params, x, h0, c0)
trace = lstm.forward(params, x, h0, c0)

peer = torch.nn.LSTM(D, H).double()
theirs = {"weight_ih_l0": params["W_x"].T, "weight_hh_l0": params["W_h"].T, "bias_ih_l0": params["b"],
          "bias_hh_l0": 0 * params["b"]}
peer.load_state_dict({name: torch.tensor(value) for name, value in theirs.items()})
with torch.no_grad():
    out, (_, c_torch) = peer(torch.tensor(x), (torch.tensor(h0)[None], torch.tensor(c0)[None]))
gaps = [np.abs(ours - trace.h).max(), np.abs(ours - out.numpy()).max(), np.abs(c_last - c_torch[0].numpy()).max()]
print("ours = library = torch within 1e-12:", max(gaps) < 1e-12)
assert max(gaps) < 1e-12

# %% [markdown]
# From here on we use the library. Its `forward` returns a Trace that has kept everything: `trace.f`, `trace.c`, and the
# pre-activations as `trace["a_f"]`.
#
# ## A trained one
#
# To see what gates hold, the weights must mean something. Two small LSTMs were trained beforehand, with the library's
# NumPy cells, by the scripts that lie beside them. The first reads Seattle's weather (chapter 02) and says each day how
# warm tomorrow gets. **Is it any good?** Nobody should explain a model that is not. We ask about a year it never saw.

# %%
from rnncourse.datasets import checkpoints, weather

forecaster, seattle = checkpoints.load("lstm_weather"), weather.load()
year = seattle.next_day("test", days=364)
run = lstm.forward(forecaster.params, year.x)
ours, same_as_today = year.error(forecaster.predict(run.h)), np.abs(year.celsius - year.persistence).mean()
print(run)
print(f"mean error over 2015: the LSTM {ours:.2f} °C,  same as today {same_as_today:.2f} °C")
assert ours < same_as_today

# %% [markdown]
# It beats "same as today", and not by much: keep that in mind, everything below is about a model of modest merit.
#
# ### Two weeks of weather, gate by gate
#
# The forget gates hear five numbers a day. We take the unit whose forget gate moves most over the year, and ask which
# of the five numbers it goes with. A year has a season, and any two things with a season go together: so we ask once
# more, of the day-to-day changes, after a mean over 31 days has been taken away.

# %%
def correlations(values, others):
    """(H, D): the correlation of each column of values (T, H) with each column of others (T, D)."""
    return np.corrcoef(values.T, others.T)[:values.shape[1], values.shape[1]:]


unit = int(run.f[:, 0].std(0).argmax())
found = correlations(run.f[:, 0], year.x[:, 0])[unit]
print(f"the forget gate of unit {unit} moves between {run.f[:, 0, unit].min():.2f} and {run.f[:, 0, unit].max():.2f}")
print("its correlation with", ", ".join(f"{name} {r:+.2f}" for name, r in zip(seattle.names, found, strict=True)))


def without_season(values):
    """values (T,) less their mean over the 31 days around; the first and last 15 days are left out."""
    return values[15:-15] - np.convolve(values, np.ones(31) / 31, mode="valid")


from_day_to_day = np.corrcoef(without_season(run.f[:, 0, unit]), without_season(year.x[:, 0, 0]))[0, 1]
print(f"with temp_max from day to day, without the season {from_day_to_day:+.2f}")
assert found[0] < -0.8 and found[0] + 0.2 < from_day_to_day < -0.5

# %% tags=["slide: picture | While it cools ... it falls"]
from rnncourse.plots import gates

days = slice(238, 252)
dates = [f"{day:%a} {day.day}" for day in year.dates[days, 0].astype(object)]
signals = {name: run[name][days, 0, unit] for name in "figoch"}
fig, axes = plt.subplots(7, figsize=(9, 6.4), sharex=True, height_ratios=[1.6, 1, 1, 1, 1, 1, 1])
axes[0].plot(range(14), seattle["temp_max"][seattle.days("test")][days], color=INK, marker="o", markersize=4)
axes[0].set_ylabel("maximum °C", rotation=0, ha="right", va="center", labelpad=10)
axes[0].tick_params(axis="x", length=0)
gates.rows(axes[1:], signals, dates)
show(fig, alt=f"Seven rows over two weeks of late summer 2015. The top row is the maximum temperature. Below are the "
     f"gates f, i, g, o and the states c and h of unit {unit}. The forget gate rises in the first four days, sinks, "
     "rises once more and falls in the last days.",
     caption=f"Two weeks from 27 August 2015, and one unit. While it cools (27 to 30 August) the forget gate of unit "
     f"{unit} rises, at most half open; while it warms (from 6 September) it falls. In between it drifts though the "
     "temperature hardly moves: it does not follow the temperature alone.")
peak, back_up = run.f[days, 0, unit][:7].argmax(), run.f[days, 0, unit][10:]
assert peak == 3 and run.f[days, 0, unit].max() < 0.55 and (np.diff(back_up) < 0).all()

# %% [markdown] tags=["slide: eq 2 | This is exact ... each step"]
# Much of the large correlation was the season; what is left from day to day is real, and weaker. A gate is not a switch
# here: it lives between its ends. And that it moves with the temperature is no proof that the model *needs* it to move.
# We come back to that with our hands on the gate.
#
# ## Who wrote this cell?
#
# Because $c$ is only ever scaled and added to, its history can be told without remainder. Put the equation into
# itself:
#
# $$\begin{aligned}
# {\color{#e8500b}c_1} &= f_1 c_0 + i_1 g_1 \\
# {\color{#e8500b}c_2} &= f_2 c_1 + i_2 g_2 = f_2 f_1 c_0 + f_2\, i_1 g_1 + i_2 g_2 \\
# {\color{#e8500b}c_3} &= f_3 c_2 + i_3 g_3 = f_3 f_2 f_1 c_0 + f_3 f_2\, i_1 g_1 + f_3\, i_2 g_2 + i_3 g_3
# \end{aligned}$$
#
# Each step writes $i_j g_j$, and every later forget gate takes its share. After $T$ steps (all products unit by unit):
#
# $${\color{#e8500b}c_T} \;=\; \sum_{j=1}^{T} \Big( \prod_{k=j+1}^{T} {\color{#8449b8}f_k} \Big)\,
#   {\color{#04985a}i_j}\, {\color{#a04b12}g_j} \;+\; \Big( \prod_{k=1}^{T} {\color{#8449b8}f_k} \Big)\, c_0$$
#
# This is exact, and it has no counterpart in the simple network: there, tanh mixes everything at each step. As a table,
# step by step: whatever is in the cell is scaled, and today's writing is put beside it. (From an empty start the last
# term is 0.)

# %%
def writing_table(trace, row=0):
    """(T, T, H): entry [j, t] is what step j wrote of the cell state at step t; c_0 must be 0."""
    T, H = trace.steps, trace.hidden_size
    table = np.zeros((T, T, H))
    for t in range(T):
        if t > 0:
            table[:t, t] = trace.f[t, row] * table[:t, t - 1]
        table[t, t] = trace.i[t, row] * trace.g[t, row]
    return table


month = lstm.forward(forecaster.params, year.x[238:266])     # four weeks from 27 August, from an empty start
table = writing_table(month)
print("table", table.shape, "  its columns add up to c:", np.abs(table.sum(0) - month.c[:, 0]).max() < 1e-12)
assert np.abs(table.sum(0) - month.c[:, 0]).max() < 1e-12

# %% [markdown]
# The library does the same from the formula. Here is the table of our unit, and of another one that keeps longer.

# %% tags=["slide"]
from rnncourse.cells import unrolling

written, from_start = unrolling.contributions(month)
assert np.abs(written[:, 0] - table[:, -1]).max() < 1e-12 and (from_start == 0).all()
longest = int(month.f.mean((0, 1)).argmax())
labels = [f"{day.day} {day:%b}" for day in year.dates[238:266, 0].astype(object)]
fig, axes = plt.subplots(1, 2, figsize=(10.5, 4.3))
for ax, k in zip(axes, (unit, longest), strict=True):
    gates.writers(ax, table[:, :, k], labels, every=7)
    ax.set_title(f"unit {k}: mean forget gate {month.f[:, 0, k].mean():.2f}")
show(fig, alt="Two triangular heat maps. Rows are the days on which something was written, columns the days on "
     "which it is still in the cell. Colours fade to the right, in the left map sooner than in the right one.",
     caption="Read a column from top to bottom: that is one day's cell state, written by that many days. Read a row to "
     "the right: that is one day's writing, as it fades. A column's sum is the cell state itself.")

# %%
def last_week(trace):
    """(H,): which part of all that is in each cell at the end was written in the last 7 days, by size."""
    sizes = np.abs(unrolling.contributions(trace)[0][:, 0])
    return sizes[-7:].sum(0) / sizes.sum(0)


seed = forecaster.metadata["seed"]                            # the training began from these numbers
start = lstm.forward(lstm.init(np.random.default_rng(seed), 5, month.hidden_size), month.x)
recent, recent_at_start = last_week(month), last_week(start)
print(f"forget gates on average: as trained {month.f.mean():.2f}, before training {start.f.mean():.2f}")
print(f"written in the last 7 of 28 days: unit {unit} {recent[unit]:.0%}, unit {longest} {recent[longest]:.0%}")
for name, found in (("as trained", recent), ("before training", recent_at_start)):
    print(f"{name:16} all units on average {found.mean():.1%}, below 93 % in {(found < 0.93).sum()} of {len(found)}")
assert recent.mean() > 0.95 and recent_at_start.mean() > 0.95 and recent_at_start.min() > 0.93 > np.sort(recent)[2]

# %% [markdown]
# So this network, free to remember for a month, mostly lives in the last week. A fresh one, never trained, does the
# same: with forget gates near one half nothing else is possible. Training changed that for a few units only. All of
# this is a statement about what is *in* the cell. It treats the gates as given: an earlier day may also have moved a
# later gate, and that does not show here.
#
# ### A sentence
#
# The second LSTM reads a short story that was written for this course, one character at a time, and guesses the next
# one. Again: is it any good? In bits, the number of yes-or-no questions that a guess leaves open on average.

# %%
from rnncourse import losses
from rnncourse.datasets import short_text

reader, story = checkpoints.load("lstm_text"), short_text.load()
x, y = story.stream("validation", batch=1)                   # the last tenth, never trained on
held_out = lstm.forward(reader.params, story.one_hot(x))


def bits(h):
    """Bits per character of the held-out text, given the hidden states (T, 1, H)."""
    return losses.softmax_cross_entropy(reader.predict(h), y, unit="bits")[0]


by_frequency = reader.scores["validation bits, frequencies alone"]
print(f"the LSTM {bits(held_out.h):.2f} bits,  by the frequency of each character {by_frequency:.2f} bits,  "
      f"blindly {np.log2(len(story.vocabulary)):.2f} bits")
assert bits(held_out.h) < by_frequency - 1

# %% [markdown]
# Good enough to look into. What would be worth remembering in a text? How far into a word we are; whether a bracket is
# open; whether somebody is speaking. For each of the three, and each unit, we ask how well the cell state follows it on
# the text that the model learned from, and take the best unit. Then the control: the same unit on the held-out text.

# %%
def what_is_going_on(text):
    """(N, 3): letters since the word began, inside brackets (0 or 1), inside quotation marks (0 or 1)."""
    rows, word, bracket, quote = [], 0, 0, 0
    for character in text:
        word = word + 1 if character.isalpha() else 0
        bracket = {"(": 1, ")": 0}.get(character, bracket)
        quote = 1 - quote if character == '"' else 0 if character == "\n" else quote
        rows.append((word, bracket, quote))
    return np.array(rows, float)


learned = story.parts["train"]
seen = lstm.forward(reader.params, story.one_hot(learned))
match = correlations(seen.c[:, 0], what_is_going_on(learned))
control = correlations(held_out.c[:, 0], what_is_going_on(story.decode(x[:, 0])))
best = np.abs(match).argmax(0)
for k, name in enumerate(("place in the word", "inside brackets", "inside quotation marks")):
    print(f"{name:24} unit {best[k]:2}: {match[best[k], k]:+.2f} on what it learned from, "
          f"{control[best[k], k]:+.2f} on held-out text")

# %% [markdown]
# Is that much? The best of many units looks good by chance alone. So we shift the labels against the text, by so much
# that they have nothing to do with it any more, and look for the best unit again, 20 times. And the place in the word
# has a rival: perhaps the unit knows only *which* character it has just read. We compute what the mean of $c$ for each
# character says, and what is left when both are compared within one and the same character.

# %%
def by_character(values, numbers):
    """values (N,) replaced by their mean over all places where the same character, numbers (N,), stands."""
    return (np.bincount(numbers, values) / np.maximum(np.bincount(numbers), 1))[numbers]


going_on, numbers = what_is_going_on(learned), story.encode(learned)
shifts = rng.integers(1000, len(learned) - 1000, 20)
chance = np.max([np.abs(correlations(seen.c[:, 0], np.roll(going_on, by, axis=0))).max(0) for by in shifts], axis=0)
print("the best that 20 shifted labels reach:", ", ".join(f"{r:.2f}" for r in chance))
print(f"{learned.count('(')} brackets opened, {learned.count(chr(34))} quotation marks in {len(learned)} characters")
c, place = seen.c[:, 0, best[0]], going_on[:, 0]
c_mean, place_mean = by_character(c, numbers), by_character(place, numbers)
within = np.corrcoef(c - c_mean, place - place_mean)[0, 1]
print(f"c with its mean for the character alone {np.corrcoef(c, c_mean)[0, 1]:.2f}; "
      f"with the place in the word, within one character {within:.2f}")
assert match[best[0], 0] > 0.45 and within > 0.45 and np.corrcoef(c, c_mean)[0, 1] > match[best[0], 0]
assert abs(match[best[1], 1]) < 1.5 * chance[1] and abs(match[best[2], 2]) > 1.3 * chance[2]

# %% [markdown]
# A correlation of 1 or −1 would be a perfect follower. The place in the word has a unit that follows it in part
# ($r=0.5$, a quarter of the variance), and goes on doing so in text that was never seen. Which character it is tells
# more about this unit than the place does, but within one character the place still counts. For quotation marks the
# best unit is a weak one, above chance. For brackets there is none: the best is about as good as chance, and on
# held-out text it is gone. Our text has so few of them that the model may have had little to win. The famous pictures
# of a "bracket unit" were searched for among many units, in larger models and far more text. Here is the word unit over
# a held-out sentence.

# %% tags=["slide: picture | At every space ... step by step"]
word_unit, stretch = best[0], slice(200, 264)
sentence = story.decode(x[stretch, 0])
signals = {name: held_out[name][stretch, 0, word_unit] for name in "figoch"}
fig, axes = plt.subplots(6, figsize=(10.5, 5.6), sharex=True)
gates.rows(axes, signals, sentence)
show(fig, alt=f"Six rows under one another, f, i, g, o, c and h of unit {word_unit}, over 64 characters. The cell "
     "state is below 0 at every space and climbs, with setbacks, over many words; the forget gate jumps from letter to "
     "letter.",
     caption=f"Unit {word_unit} over a held-out sentence; a space is drawn as ␣. At every space c is below 0; by the "
     "end of three words in four it stands higher than at their first letter, but not step by step. Its forget gate is "
     "a busy one: it shuts and opens within a single word.")
assert match[word_unit, 0] > 0.4 and control[word_unit, 0] > 0.3

# %% [markdown]
# Sixty-four characters are a taste. Over all the held-out text:

# %%
import re

page, c = story.decode(x[:, 0]), held_out.c[:, 0, word_unit]
words = [c[found.start():found.end()] for found in re.finditer(r"[^\W\d_]{2,}", page)]       # two letters or more
steps = np.concatenate([np.diff(word) for word in words])
higher, throughout = np.mean([w[-1] > w[0] for w in words]), np.mean([(np.diff(w) > 0).all() for w in words])
highest = c[[character == " " for character in page]].max()
print(f"{len(words)} words: c rises from a letter to the next {(steps > 0).mean():.0%} of the time, "
      f"throughout the word in {throughout:.0%}")
print(f"it ends higher than it began in {higher:.0%}; its highest value at a space is {highest:.2f}")
assert highest < 0 and 0.7 < higher < 0.8 and throughout < 0.3

# %%
fig, ax = plt.subplots(figsize=(10, 2.4))
gates.coloured_text(ax, story.decode(x[200:456, 0]), held_out.c[200:456, 0, word_unit])
show(fig, alt="Four lines of the story. The background of each character is red or blue by the cell state. Spaces are "
     "blue throughout; many longer words turn towards red by their end.",
     caption="The same unit over four lines: each character stands on the colour of the cell state after it was read.")

# %% [markdown] tags=["slide: Before training ... was stored | Half of it is left after | eq"]
# ## The forget bias: how long is long?
#
# Before training the weights are small, so what inputs and states add to $a_f$ is small too, and on average
# $f \approx \sigma(b_f)$. After $n$ steps $f^n$ is left of what was stored. Half of it is left after
#
# $$n_{1/2} = \frac{\log \tfrac12}{\log \sigma(b_f)} \quad \text{steps.}$$

# %%
biases = np.array([-1.0, 0.0, 1.0, 3.0, 5.0])
kept_share = sigmoid.value(biases)
half_life = np.log(0.5) / np.log(kept_share)
for bias, share, steps in zip(biases, kept_share, half_life, strict=True):
    print(f"b_f = {bias:2.0f}   f = {share:.3f}   half is left after {steps:5.1f} steps, {share ** 28:.1e} after 28")

# %% [markdown] tags=["slide: A task of pure memory ... first one was | Predict before you run"]
# With a bias around 0, where torch starts (Keras starts at 1, chapter 05), a fresh LSTM loses half of its memory at
# *every* step. The mend is one line, `params["b"][H:2 * H] = 1`, or `lstm.init(…, forget_bias=1)` here. Does it matter
# in training? A task of pure memory tells: one symbol is shown and marked, 12 others follow that do not matter, then
# the network must say which the first one was. How many iterations until it can? Four biases, three seeds each, and a
# limit at which a run was given up. Predict before you run: which of the biases can learn it?

# %%
experiment = checkpoints.load("forget_bias")
needed, limit, delay = experiment.curves["iterations"], experiment.metadata["iterations"], experiment.metadata["delay"]
print(f"{delay} symbols between, {experiment.metadata['units']} units, given up after {limit} iterations")
for bias, *counts in needed:
    said = ", ".join("not learned" if count >= limit else f"{count:.0f} iterations" for count in counts)
    print(f"b_f = {bias:2.0f}   share left at the end {sigmoid.value(bias) ** delay:.1e}   {said}")
mean = dict(zip(needed[:, 0], needed[:, 1:].mean(1), strict=True))
assert delay == 12 and mean[-1] == limit and mean[0] > limit / 2 and limit / 5 > mean[1] > mean[3]

# %% tags=["slide: picture | Right: iterations until ... a dot for each seed"]
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
n = np.geomspace(0.2, 200, 200)
for bias, share, half in zip(biases, kept_share, half_life, strict=True):
    left.semilogx(n, share ** n, color=LOOK["f"].colour)
    left.annotate(f"{bias:.0f}".replace("-", "−"), (half, 0.5), xytext=(4, 3), textcoords="offset points")
left.axvline(delay, color=REFERENCE, linestyle="--", linewidth=1.2)
left.set(xlabel="steps n", ylabel="share that is left", title="what a forget bias keeps, before training")
for place, (_, *counts) in enumerate(needed):
    right.bar(place, np.mean(counts), color=LOOK["f"].colour, width=0.6, alpha=1 if max(counts) < limit else 0.3)
    right.plot([place] * len(counts), counts, "o", color=INK, markersize=5)
right.axhline(limit, color=REFERENCE, linestyle="--", linewidth=1.2)
right.set_xticks(range(len(needed)), [f"{bias:.0f}".replace("-", "−") for bias in needed[:, 0]])
right.set(xlabel="forget bias at the start", ylabel="iterations needed", title=f"learning to recall over {delay} steps")
show(fig, alt="Left: falling curves of what is left after n steps, on a logarithmic axis, for forget biases −1, 0, 1, "
     "3 and 5; each larger bias moves the fall to the right, and at the dashed line 3 and 5 have most left. Right: "
     "bars of the iterations needed for biases −1, 0, 1 and 3; the first two stand at the limit or near it, the last "
     "two are short.",
     caption="Left: each curve carries its bias where half is left; the dashed line is the task's span. Right: "
     "iterations until the task is learned, a dot for each seed; in pale bars a run was stopped at the "
     "limit, not having learned it, and counts as the limit: these bars are a lower bound. The script that made this "
     "stands beside the checkpoint.")

# %% [markdown]
# The order is the one that the half-lives tell: the longer a fresh cell holds, the sooner it learns to hold on purpose.
# With a bias of 1 a few hundredths are left at the end, and that is enough to start from: a small gradient that points
# the right way presumably opens the gates a little, and then it is not so small any more. With 0 it is a hundred times
# less, and most runs were given up; with −1 all of them. So a bias of 1 is sound advice for spans like this one, longer
# spans want more, and the time that you expect to bridge says how much (exercise 5).
#
# This was one task, made to need memory. Our forecaster started from biases near 0, and as we saw it lives in its last
# week.

# %% [markdown] tags=["slide: eq 1 | Along the sum ... squashing function"]
# ## The gradient highway
#
# How does blame travel back through a cell? Along the sum: if $c_t$ moves by a little, $c_{t+1}$ moves by $f_{t+1}$
# times that. No matrix, no slope of a squashing function. Over many steps, along this **direct path**,
#
# $$\frac{\partial c_T}{\partial c_t}\bigg|_{\text{direct}} = \prod_{k=t+1}^{T} {\color{#8449b8}f_k}$$
#
# the same product that told us who wrote the cell. But it is not the whole derivative. $c_t$ also shows in $h_t$, $h_t$
# moves all four gates of step $t+1$, and these move $c_{t+1}$. The full $\partial c_T / \partial c_t$ has every such
# detour in it. Over one step, written for small changes in columns, where a diagonal matrix means unit by unit:
#
# $$\frac{\partial c_{t+1}}{\partial c_t} = \operatorname{diag}({\color{#8449b8}f_{t+1}}) +
#   \frac{\partial c_{t+1}}{\partial h_t}\, \operatorname{diag}\big(o_t \odot (1 - \tanh^2 c_t)\big)$$
#
# The first term is the road. The second is the first stretch of a detour, with the slope of a tanh, and $\partial
# c_{t+1} / \partial h_t$ has the matrices $W_h$ in it, as in chapter 03. (A detour may also stay in $h$ for several
# steps before it comes back to $c$.) We compute all of it as the product of the Jacobians of the whole state $s = (h,
# c)$, take the block from $c$ to $c$, and trust it only after we have nudged one cell by hand and watched. We nudge the
# one where the detours show most: the unit that moves all others most.

# %%
from rnncourse.cells import jacobians

T, H = month.steps, month.hidden_size
P = jacobians.products(jacobians.state_jacobians(month)[:, 0])    # P[t]: from the state before step t to the last one
full = P[:, H:, H:]                                               # (T, H, H): from that c to the last c
direct = np.cumprod(month.f[::-1, 0], axis=0)[::-1]               # (T, H): the same, along the sum alone


def last_c(t, nudge):
    """The last cell state, had c before step t been a little different."""
    return lstm.forward(forecaster.params, month.x[t:], month.h_prev[t], month.c_prev[t] + nudge).c[-1, 0]


t, eps = 21, 1e-6
others = np.abs(full[t] * (1 - np.eye(H))).sum(0)    # (H,): how much each unit moves all the others
k = int(others.argmax())
nudge = eps * np.eye(H)[k]
watched = (last_c(t, nudge) - last_c(t, -nudge)) / (2 * eps)
print("nudged and watched = the Jacobians' product, within 1e-8:", np.abs(watched - full[t][:, k]).max() < 1e-8)
print(f"unit {k} on itself over {T - t} steps: full {full[t][k, k]:.3f}, direct path alone {direct[t, k]:.3f}")
print(f"on all the other cells: full {others[k]:.3f}, direct path alone 0")
assert np.abs(watched - full[t][:, k]).max() < 1e-8 and others[k] > 0.05

# %% [markdown]
# The direct path is not the whole: along it a cell moves only itself, along the detours it moves all the others too.
# Now the sizes over all distances, for the forecaster as trained and as it was before training; and beside it fresh
# networks of the same size on the same four weeks: a simple RNN, and LSTMs with several forget biases.

# %%
from rnncourse.cells import rnn


def size(matrices):
    """The largest singular value of each matrix: how much the most lucky direction grows."""
    return np.linalg.norm(matrices, 2, axis=(-2, -1))


fresh = {"RNN": rnn.forward(rnn.init(np.random.default_rng(0), 5, H), month.x)}
for bias in (0, 1, 3):
    fresh[f"LSTM, b_f = {bias}"] = lstm.forward(lstm.init(np.random.default_rng(0), 5, H, forget_bias=bias), month.x)
reach = {}
for name, trace in fresh.items():
    product = jacobians.products(jacobians.state_jacobians(trace)[:, 0])
    reach[name] = size(product if name == "RNN" else product[:, H:, H:])[::-1]
for name, sizes in reach.items():
    print(f"{name:15} after 7 steps {sizes[6]:.1e}, after 28 {sizes[27]:.1e}")
full_at_start = jacobians.products(jacobians.state_jacobians(start)[:, 0])[:, H:, H:]
direct_at_start = np.cumprod(start.f[::-1, 0], axis=0)[::-1]
for name, whole, road in (("as trained", full, direct), ("before training", full_at_start, direct_at_start)):
    print(f"the forecaster {name:15} after 28: full {size(whole)[0]:.1e}, direct path alone {road[0].max():.1e}")
direct_3 = np.cumprod(fresh["LSTM, b_f = 3"].f[::-1, 0], axis=0).max(1)
print(f"bias 3, the direct path alone: after 28 steps {direct_3[-1]:.1e}")

# %% tags=["slide: picture | Right: how far ... forget bias"]
back = np.arange(1, T + 1)
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for whole, road, name, shade in ((full, direct, "as trained", 1), (full_at_start, direct_at_start, "at start", 0.4)):
    left.semilogy(back, size(whole)[::-1], color=LOOK["c"].colour, alpha=shade, label=f"full, {name}")
    left.semilogy(back, road.max(1)[::-1], color=LOOK["f"].colour, alpha=shade, linestyle="--", label=f"direct, {name}")
left.set(title="the forecaster", xlabel="steps back", ylabel="size of the derivative")
right.semilogy(back, reach["RNN"], color=LOOK["h"].colour, label="RNN, h to h")
for bias, shade in ((0, 0.35), (1, 0.65), (3, 1.0)):
    right.semilogy(back, reach[f"LSTM, b_f = {bias}"], color=LOOK["c"].colour, alpha=shade, label=f"bias {bias}, full")
right.semilogy(back, direct_3, color=LOOK["f"].colour, linestyle="--", label="bias 3, direct")
right.set(title="fresh networks", xlabel="steps back")
left.legend(loc="lower left"), right.legend(loc="lower left")
show(fig, alt="Two plots with a logarithmic scale. Left: for the forecaster both the full derivative and "
     "the dashed direct path fall, the direct path faster; before training, paler, both fall faster still. "
     "Right: a fresh RNN falls fastest, LSTMs more slowly the larger their forget bias; with bias 3 the full "
     "derivative even grows, while its direct path falls.",
     caption="Left: both fade, the direct path sooner; what is left after four weeks came by detours. Pale: the same "
     "network before its training, which opened the road somewhat. Right: how far blame reaches at the start of "
     "training is mostly decided by the forget bias; with a bias of 3 the detours carry most.")
assert (size(full)[::-1][7:] > direct.max(1)[::-1][7:]).all() and 10 * direct.max(1)[0] < size(full)[0] < 0.1
assert size(full)[0] > 10 * size(full_at_start)[0] and direct[0].max() > 10 * direct_at_start[0].max()
assert reach["RNN"][-1] < reach["LSTM, b_f = 0"][-1] < reach["LSTM, b_f = 1"][-1] < reach["LSTM, b_f = 3"][-1]
assert reach["LSTM, b_f = 3"][-1] > 3 * direct_3[-1]

# %% [markdown] tags=["slide: So: the highway ... opening a forget gate | It does not promise ... stopped there"]
# So: the highway lets a network *choose* not to fade, one unit at a time, by opening a forget gate. It does not promise
# that nothing fades: our forecaster started with the road nearly shut, opened it somewhat, and stopped there. Whether a
# month would have helped it, this run cannot say. Nor does it bound anything from above: with many open gates the
# detours add up, and a gradient may grow. Clipping (chapter 03) stays in use for LSTMs.
#
# ## Hands on the gates
#
# Looking at a gate tells what it does. It does not tell what it is *for*. For that, hold it: open, or shut, or at some
# value, leave everything else as it is, and see what changes. `run_clamped` is the forward loop with one line more.
# With nothing held it is the plain run, and where the outcome is known beforehand it had better come out:

# %%
from rnncourse.cells.clamping import run_clamped

untouched = run_clamped(forecaster.params, year.x, clamp={})
c0 = rng.normal(size=(1, H))
kept = run_clamped(forecaster.params, year.x, clamp={"f": 1.0, "i": 0.0}, c0=c0)
hidden = run_clamped(forecaster.params, year.x, clamp={"o": 0.0})
print("nothing held = the plain run, bit for bit:", (untouched.h == run.h).all())
print("f open and i shut: c is c_0 after", kept.steps, "days:", (kept.c == c0).all())
print("o shut: h is 0 throughout:", (hidden.h == 0).all(), "  and c still moves:", np.ptp(hidden.c) > 1)
assert (untouched.h == run.h).all() and (kept.c == c0).all() and (hidden.h == 0).all()

# %% [markdown] tags=["slide"]
# **Predict.** Four things can be held: i, f, g, o, of all units at once. Each held open, or shut, or frozen at its own
# average over the year, unit by unit. Which of these hurts the forecast most? Is there one that does not hurt?

# %%
def cost(params, x, score):
    """Gate -> what was done -> the score, with that gate of all units held."""
    free = lstm.forward(params, x)
    ways = {"shut (0)": lambda gate: 0.0, "open (1)": lambda gate: 1.0,
            "frozen at its mean": lambda gate: free[gate].mean((0, 1))}
    return {gate: {way: score(run_clamped(params, x, {gate: value(gate)}).h) for way, value in ways.items()}
            for gate in "ifgo"}


celsius = cost(forecaster.params, year.x, lambda h: year.error(forecaster.predict(h)))
in_bits = cost(reader.params, story.one_hot(x), bits)
print(f"as trained {ours:.3f} °C, \"same as today\" {same_as_today:.3f} °C; as trained {bits(held_out.h):.3f} bits\n")
for title, costs in (("weather, °C", celsius), ("text, bits", in_bits)):
    print(f"{title:12}", *(f"{way:>20}" for way in costs["i"]))
    for gate, scores in costs.items():
        print(f"{gate:12}", *(f"{score:20.3f}" for score in scores.values()))
assert celsius["f"]["open (1)"] > max(celsius[gate]["shut (0)"] for gate in "ifgo")
assert all(abs(celsius[gate]["frozen at its mean"] - same_as_today) < 0.01 for gate in "io")

# %% tags=["slide: picture | What each hand ... at its mean"]
fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.6))
plain = {"weather, mean error in °C": (celsius, ours), "text, bits per character": (in_bits, bits(held_out.h))}
for ax, (title, (costs, free)) in zip(axes, plain.items(), strict=True):
    for k, (gate, scores) in enumerate(costs.items()):
        for place, score in enumerate(scores.values()):
            ax.bar(k + 0.27 * (place - 1), score, width=0.24, color=LOOK[gate].colour, alpha=(0.35, 0.65, 1)[place])
    ax.axhline(free, color=INK, linewidth=1.2)
    ax.text(3.5, free, " as trained", va="center", fontsize=9)
    ax.set_xticks(range(4), [f"${gate}$\n0, 1, mean" for gate in costs])
    ax.set(title=title, xlim=(-0.5, 3.5))
axes[0].axhline(same_as_today, color=REFERENCE, linestyle="--", linewidth=1.2)
axes[0].text(3.5, same_as_today + 0.1, " same as today", va="bottom", fontsize=9)
show(fig, alt="Two bar charts, weather and text. For each of i, f, g, o three bars: shut, open, frozen at its mean. A "
     "line marks the error as trained. Most clamps cost much; some bars stand hardly above the line.",
     caption="What each hand on a gate costs. Pale: shut. Middle: open (g at 1). Full colour: frozen at its mean. The "
     "line is the model as trained, the dashed one \"same as today\".")

# %% [markdown]
# Shut i, or g at 0: nothing is ever written, and the forecast is a constant. Shut o: the same from the outside. Forget
# gates held open, which sounds like a good thing for a memory: each cell sums up everything it ever read, and the
# weather forecast is worse than that of a network with no memory and no output at all. (That $f$ open and $g$ open cost
# almost the same there is a coincidence.) Freezing $i$ or $o$ looks cheap in the left picture, but the model had little
# to lose: it takes away the whole advantage over "same as today", to within a hundredth of a degree.
#
# And now the quiet one. The forecaster's forget gates move from day to day, with the temperature, as we saw above and
# could have written a nice story about. Frozen at their means they do just as well. We print how far the freezing moved
# the gates, for it would prove little had they hardly moved before. And as the means were taken from the very year that
# is scored, we try those of the training years too:

# %%
frozen = celsius["f"]["frozen at its mean"]
other_years = lstm.forward(forecaster.params, seattle.next_day("train", days=364).x).f.mean((0, 1))
elsewhere = year.error(forecaster.predict(run_clamped(forecaster.params, year.x, {"f": other_years}).h))
print(f"forget gates free {ours:.2f} °C, frozen {frozen:.2f} °C, at the training years' means {elsewhere:.2f} °C")
print(f"the freezing moved a forget gate by {np.abs(run.f - run.f.mean(0)).mean():.2f} on average, "
      f"that of unit {unit} by {np.abs(run.f - run.f.mean(0))[..., unit].mean():.2f}")
print(f"candidate frozen {celsius['g']['frozen at its mean']:.2f} °C")
assert abs(frozen - ours) < 0.1 and abs(elsewhere - frozen) < 0.01 and celsius["g"]["frozen at its mean"] > ours + 1
assert in_bits["f"]["frozen at its mean"] > bits(held_out.h) + 0.05

# %% [markdown] tags=["slide: What this one model needs ... not their movement"]
# What this one model needs of its forget gates is their *values*, a time scale for each unit, and not their movement.
# The text model does lose by it. Now hold what you like, over four weeks of 2014 at a time:

# %%
from rnncourse.explorers.lstm_sequence import LSTMSequence

explorer = LSTMSequence.weather(forecaster, seattle, stretch=5, unit=unit)
explorer

# %% [markdown]
# The same explorer with a gate held, for print: the forget gate of all units at 0.9.

# %% tags=["slide: picture | alt Unit | Grey is the run ... 0.9"]
with explorer.hold():
    explorer.f, explorer.f_at = "held at", 0.9
show(explorer.still(), alt=explorer.words, caption="Grey is the run as trained, colour the run with the forget gates "
     "held at 0.9. The cell state leaves its grey twin and the forecasts leave with it, although every weight is as it "
     "was.")
explorer.reset()

# %%
LSTMSequence.text(reader, story, unit=int(word_unit))

# %% [markdown]
# Things to try:
#
# 1. Hold the forget gate of *this unit only* at 0.9, and compare with all units. Then at 0.5.
# 2. Hold $f$ at 1 and $i$ at 0. The cell keeps exactly what it started with. What was that, what is $h$ then, and why
#    is the forecast one and the same number every day?
# 3. In the text, shut the input gate. One would expect the model to fall back on the frequencies of the characters.
#    Does it?
#
# <details><summary>What there is to see</summary>
#
# (1) In this stretch one unit at 0.9 costs a little, all of them at 0.9 cost far more: each error goes into all the
# gates of the next step, and the errors of many units into one forecast. At 0.5, about their mean, even all of them
# together cost nothing to speak of. (2) It started with $c_0 = 0$, so $c$ and with it $h$ stay 0, and what is left of
# $h_t W_{hy} + b_y$ is the bias of the read-out: one number, the same every day. (3) It does not. With $h = 0$ the
# model says the softmax of its read-out's bias, which is nearly flat: its bits (in the table above) are hardly better
# than blind guessing, far from the frequencies' own. Nothing asked that bias to know the frequencies, since while the
# model was learning $h$ was never 0.
# </details>
#
# ## A variant: peepholes
#
# In the plain cell a gate sees $h$, which is what the output gate lets out. While that gate is shut the others are
# blind to the cell that they guard. *Peepholes* give each gate a look at its own cell, one weight a unit:
#
# $$i_t = \sigma(\dots + p_i \odot c_{t-1}) \qquad f_t = \sigma(\dots + p_f \odot c_{t-1}) \qquad
#   o_t = \sigma(\dots + p_o \odot {\color{#e8500b}c_t})$$
#
# The output gate comes last and may see the *new* cell. It helps where exact timing counts, and hardly elsewhere, so
# torch's LSTM has none. The third exercise is to write it.
#
# ## Exercises
#
# A check answers at once, and can be run as often as you like. `.hint()` gives the next hint, `.solution()` shows ours.
#
# **1. Who wrote it, from the formula.** Above, the table grew step by step. Write its last column straight from the
# formula with the product.

# %%
from rnncourse.exercises import lstm as exercises

def who_wrote(i, f, g):
    """How much of the last cell state c_T did each step write? (Π_{k>j} f_k) i_j g_j for each step j.

    i, f, g  (T, B, H)  input gate, forget gate and candidate of each step
    returns  (T, B, H)  entry j: what is left at the end of that which step j wrote
    """
    ...    # about 5 lines


exercises.who_wrote.check(who_wrote)

# %%
# exercises.who_wrote.hint()
# exercises.who_wrote.solution()

# %% [markdown]
# **2. One step back.** The backward pass along the cell, in two lines. This is where the highway stands in the code.

# %%
def cell_backward(f, o, c, dh_t, dc_next):
    """One step back along the cell state of an LSTM: c_t = f c_prev + i g, h_t = o tanh(c_t).

    f, o     (B, H)  the gates of this step
    c        (B, H)  c_t, the cell state after it
    dh_t     (B, H)  dL/dh_t, all that came back to h_t
    dc_next  (B, H)  what came back to c_t from the next step
    returns  dc_t (B, H), all that came back to c_t; and dc_prev (B, H), what goes on to the cell state before
    """
    ...    # about 2 lines


exercises.cell_backward.check(cell_backward)

# %%
# exercises.cell_backward.hint()
# exercises.cell_backward.solution()

# %% [markdown]
# **3. Peepholes.**

# %%
def peephole_step(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    """One step of an LSTM with peepholes: i and f see the cell state before the step, o sees the one after it.

    a_i and a_f get p_i c_prev and p_f c_prev added, a_o gets p_o c_t, each unit its own cell only.
    σ is `rnncourse.activations.sigmoid.value`.

    params   W_x (D, 4H), W_h (H, 4H), b (4H,), packed in the order i, f, g, o
    p_i, p_f, p_o  (H,)  the weights of the peepholes
    x_t      (B, D),  h_prev and c_prev (B, H)
    returns  h (B, H) and c (B, H)
    """
    ...    # about 6 lines


exercises.peephole_step.check(peephole_step)

# %%
# exercises.peephole_step.hint()
# exercises.peephole_step.solution()

# %% [markdown]
# **4. A hand on a gate.** One step with one gate held, the heart of `run_clamped`.

# %%
def held_step(params, x_t, h_prev, c_prev, gate, value):
    """One LSTM step in which one gate is held at a value, whatever the input says.

    σ is `rnncourse.activations.sigmoid.value`.

    params   W_x (D, 4H), W_h (H, 4H), b (4H,), packed in the order i, f, g, o
    x_t      (B, D),  h_prev and c_prev (B, H)
    gate     "i", "f", "g" or "o"
    value    what every unit's gate is held at, a number
    returns  h (B, H) and c (B, H)
    """
    ...    # about 8 lines


exercises.held_step.check(held_step)

# %%
# exercises.held_step.hint()
# exercises.held_step.solution()

# %% [markdown]
# **5. A bias for a memory.** Turn the half-life round: which bias keeps a given share for so many steps?

# %%
def forget_bias_for(steps, share):
    """The forget gates' bias b with which `share` of the cell state is left after `steps` steps.

    The bias is all that goes into these gates: inputs and states add nothing.

    steps    a whole number, 1 or more
    share    a number between 0 and 1
    returns  b, a number: σ(b) ** steps = share
    """
    ...    # about 2 lines


exercises.forget_bias_for.check(forget_bias_for)

# %%
# exercises.forget_bias_for.hint()
# exercises.forget_bias_for.solution()

# %% [markdown]
# ## Where this misleads
#
# **A limit.** We held one gate at a time, in two small models, and gates stand in for each other. That the forecaster
# does without moving forget gates holds for this one network, trained with this seed: trained anew with fixed gates, or
# with more data, the answer may differ. And the picture "who wrote this cell" takes the gates as given; who moved the
# *gates* is another question (chapter 11).
#
# **A look is not a test.** A gate's mean says nothing of its weight in the matter. Here are both, side by side:

# %%
print("      mean |gate|   cost of freezing it, bits")
for gate in "ifgo":
    mean, extra = np.abs(held_out[gate]).mean(), in_bits[gate]["frozen at its mean"] - bits(held_out.h)
    print(f"text   {gate}  {mean:8.2f} {extra:12.2f}")
assert np.abs(held_out.i).mean() > np.abs(held_out.o).mean()
assert in_bits["i"]["frozen at its mean"] < in_bits["o"]["frozen at its mean"] - 0.3

# %% [markdown] tags=["slide: Hochreiter and ... has a forget gate. | It has not ... error carousel"]
# The input gates stand wide open and could as well be fixed; the output gates stand half open on average, and
# much depends on *when*.
#
# **A common mistake in print.** "Hochreiter and Schmidhuber's LSTM of 1997 has a forget gate." It has not: its cell
# could only add, $c_t = c_{t-1} + i_t g_t$, a loop that the paper calls the constant error carousel. The forget gate
# came with Gers, Schmidhuber and Cummins in 2000, because in a long stream such a cell grows without end. One line
# shows the reason, since the cell of 1997 is ours with $f$ held at 1 (a network trained that way would write more
# carefully, but it too could only add):

# %%
carousel = run_clamped(forecaster.params, year.x, clamp={"f": 1.0})
for day in (28, 182, 364):
    print(f"after {day:3} days the largest |c|:  forget gates as trained {np.abs(run.c[day - 1]).max():5.1f}   "
          f"without {np.abs(carousel.c[day - 1]).max():6.1f}")
assert np.abs(carousel.c[-1]).max() > 10 * np.abs(run.c[-1]).max()

# %% [markdown]
# A second one, "LSTMs solve the vanishing gradient", you have seen refuted above: with a forget bias of 0 a fresh
# LSTM's gradient vanishes, and our trained one's still fades. A third costs people days: ONNX packs the four gates in
# another order than torch, the shapes fit all the same, and nothing crashes. Chapter 05 has the table.

# %% [markdown] tags=["slide: What a gate's movement ... measure"]
# ## Recap: what do the gates hold?
#
# They hold the cell state, each in its own way. The forget gate holds on to what is there: its products are the time
# scale of each unit, and the direct road for the gradient. The input gate holds back what might be written, the output
# gate what might be shown. The cell state itself holds a sum, and that is why it can be taken apart to the last digit.
# What a gate's movement is *worth* cannot be seen, only tried: hold it, and measure.
#
# ## References
#
# - Sepp Hochreiter, Jürgen Schmidhuber (1997). Long short-term memory. *Neural Computation* 9(8), 1735–1780.
# - Felix A. Gers, Jürgen Schmidhuber, Fred Cummins (2000). Learning to forget: continual prediction with LSTM.
#   *Neural Computation* 12(10), 2451–2471.
# - Felix A. Gers, Nicol N. Schraudolph, Jürgen Schmidhuber (2002). Learning precise timing with LSTM recurrent networks
#   (peepholes). *Journal of Machine Learning Research* 3, 115–143.
# - Corentin Tallec, Yann Ollivier (2018). Can recurrent neural networks warp time? (biases by time scale). *ICLR*.
#   arXiv:1804.11188.
# - Rafal Jozefowicz, Wojciech Zaremba, Ilya Sutskever (2015). An empirical exploration of recurrent network
#   architectures (the forget bias of 1). *ICML*, 2342–2350.
# - Klaus Greff, Rupesh K. Srivastava, Jan Koutník, Bas R. Steunebrink, Jürgen Schmidhuber (2017). LSTM: a search space
#   odyssey. *IEEE Transactions on Neural Networks and Learning Systems* 28(10), 2222–2232.
# - Andrej Karpathy, Justin Johnson, Li Fei-Fei (2015). Visualizing and understanding recurrent networks (units that
#   follow quotation marks, brackets, the place in a line). arXiv:1506.02078.
