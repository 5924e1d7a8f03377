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
# # 05 · Can two gates do the work of three?
#
# The LSTM of chapter 04 has three gates and carries two states. Is all of that needed? The **gated recurrent unit**
# (GRU) makes do with two gates and one state. This chapter builds it, proves what it can and cannot hold, and sets it
# beside the LSTM on the same weather. And because GRUs are written down in more ways than one, there is a page of
# translations; those for torch, Keras and ONNX, and the turned $z$, are run.
#
# After it you can
#
# - write a GRU step from its four equations, and say why its state is an average;
# - tell how much weight each step's candidate has in a state, and why these weights sum to 1;
# - tell the two reset conventions apart, and the two meanings of $z$, and say which one you have in your hands;
# - carry weights between torch, Keras, ONNX and the papers, and prove that you did it right;
# - compare two networks without claiming more than was measured.
#
# To have read: chapters 01, 02 and 04. Time: about 95 minutes, a third of them for the exercises; running it all takes
# half a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse.notebook import begin, show
from rnncourse.plots.palette import DIVERGING, INK, LOOK, REFERENCE

begin()
rng = np.random.default_rng(5)

# %% [markdown] tags=["slide"]
# **Predict first.** Take an LSTM and a GRU with 20 units each, trained in the same way to forecast Seattle's weather.
# The GRU has three blocks of weights where the LSTM has four. Will it forecast worse? Will it be a quarter faster?
# And one more: what could an LSTM hold that a GRU cannot? Write three guesses down.

# %% [markdown] tags=["slide: eq | Whoever writes ... to write."]
# ## One gate for two jobs
#
# An LSTM decides twice: how much of the old to keep ($f$), and how much of the new to write ($i$). Often these are one
# decision. Whoever writes on a full page must wipe first, and whoever wipes does it to write. So tie them together:
# keep a share $z$ and write the rest, $1 - z$. With one state, and $n$ for the candidate, that is
#
# $${\color{#5865f2}h_t} = {\color{#bd18c6}z_t} \odot {\color{#5865f2}h_{t-1}} +
#   (1 - {\color{#bd18c6}z_t}) \odot {\color{#c07c0a}n_t}$$
#
# You may know this rule with a fixed $z$. It is the *leaky average*, and it smooths any series of numbers. Here it is
# on half a year of temperatures; $z$ says how slowly it leaks.

# %%
def leaky_average(values, z):
    """The average after each value, from a start at the first: keeps a share z and takes 1 − z of the new."""
    h, states = values[0], []
    for value in values:
        h = z * h + (1 - z) * value
        states.append(h)
    return np.array(states)


from rnncourse.datasets import weather

seattle = weather.load()
celsius = seattle["temp_max"][seattle.days("test")][:182]
smooth = {z: leaky_average(celsius, z) for z in (0.5, 0.9, 0.98)}
for z, states in smooth.items():
    print(f"z = {z:.2f}: moves by {np.abs(np.diff(states)).mean():.2f} °C a day (the weather by "
          f"{np.abs(np.diff(celsius)).mean():.2f})")

# %% tags=["slide"]
fig, ax = plt.subplots(figsize=(9, 3))
ax.plot(celsius, ".", color=REFERENCE, markersize=4)
for (z, states), shade in zip(smooth.items(), (0.35, 0.65, 1), strict=True):
    ax.plot(states, color=LOOK["h"].colour, alpha=shade, linewidth=1.8, label=f"z = {z}")
ax.set(xlabel="day of 2015", ylabel="maximum °C", xlim=(0, 181))
ax.legend(loc="upper left")
show(fig, alt="Grey dots, the daily maxima from January to June 2015, rise from about 6 to about 31 degrees. A line "
     "with z of 0.5 follows them closely, one with 0.9 smoothly, one with 0.98 lags weeks behind.",
     caption="The larger z, the slower the average: it holds more of the past, and hears less of today.")

# %% [markdown] tags=["slide: eq"]
# A GRU does this in each unit, with two refinements: $z$ is not fixed but a **gate** that looks at the input and the
# state at every step; and what is averaged is not the input but a **candidate** $n$ that the network makes itself.
#
# ## Four equations
#
# Two gates, in the pattern that you know. The **update gate** $z$ says how much of the state stays. The **reset gate**
# $r$ says how much of the old state may take part in making the candidate. Then the candidate, then the average:
#
# $${\color{#d01020}r_t} = \sigma(x_t W_{xr} + h_{t-1} W_{hr} + b_r) \qquad
#   {\color{#bd18c6}z_t} = \sigma(x_t W_{xz} + h_{t-1} W_{hz} + b_z)$$
# $${\color{#c07c0a}n_t} = \tanh\big(x_t W_{xn} + b_n + {\color{#d01020}r_t} \odot (h_{t-1} W_{hn} + b_{hn})\big)$$
# $${\color{#5865f2}h_t} = {\color{#bd18c6}z_t} \odot {\color{#5865f2}h_{t-1}} +
#   (1 - {\color{#bd18c6}z_t}) \odot {\color{#c07c0a}n_t}$$
#
# Why has the candidate two biases? $b_{hn}$ stands inside the bracket, where the reset gate can shut it off together
# with the old state; $b_n$ stands outside, where it cannot. In $r$ and $z$ two biases would only ever be added, so one
# will do. One step, with one unit and one input:

# %% tags=["part: code r ... h ="]
from rnncourse.activations import sigmoid

W_x, W_h = np.array([[-1.0, -0.5, -1.5]]), np.array([[0.5, 0.5, 1.0]])    # (D, 3H), (H, 3H): r, z, n side by side
b, b_hn = np.array([0.3, 1.0, 0.0]), np.array([0.0])                      # (3H,), (H,)
x_t, h_prev = np.array([[1.0]]), np.array([[0.6]])                        # (B, D), (B, H)

x_r, x_z, x_n = np.split(x_t @ W_x + b, 3, axis=-1)     # what the input says to each, (B, H)
h_r, h_z, h_n = np.split(h_prev @ W_h, 3, axis=-1)      # what the old state says to each
r, z = sigmoid.value(x_r + h_r), sigmoid.value(x_z + h_z)
n = np.tanh(x_n + r * (h_n + b_hn))
h = z * h_prev + (1 - z) * n
print(f"r {r[0, 0]:.2f}   z {z[0, 0]:.2f}   n {n[0, 0]:+.2f}      h {h_prev[0, 0]:+.2f} -> {h[0, 0]:+.2f}")

# %% tags=["slide"]
from rnncourse.explorers.gru_beside_lstm import GRUBesideLSTM, one_gru
from rnncourse.plots.gru_diagram import gru_cell

numbers = one_gru(x=1.0, h_prev=0.6, r_x=-1.0, r_h=0.5, r_b=0.3, z_x=-0.5, z_h=0.5, z_b=1.0,
                  n_x=-1.5, n_h=1.0, n_b=0.0, n_hb=0.0)
assert abs(numbers["h"] - h[0, 0]) < 1e-15
show(gru_cell(numbers), alt="Drawing of a GRU cell. The state 0.60 enters at the left and passes a valve that the "
     "update gate holds 69 % open. The same gate holds a second valve 31 % open, through which the candidate −0.85 "
     "comes up from below. They meet, and the state leaves as 0.15. Below, the reset gate lets 40 % of what the old "
     "state says into the candidate.",
     caption="One gate, two valves: as far as z opens the way for the old state, it shuts it for the candidate. The "
     "reset gate sits on another wire, that from the old state into the candidate.")

# %% [markdown]
# Note what is *not* there. No second state: what the cell holds is what it shows. No tanh on the way out: an average of
# numbers between −1 and 1 stays there. And no output gate: that one *is* missed. An LSTM can hold something and keep it
# to itself for later; what a GRU unit holds, everybody hears at every step.
#
# ## A layer, and is it right?
#
# With $D$ inputs and $H$ units only the shapes change.

# %%
def gates(params, x_t, h_prev):
    """x_t (B, D), h_prev (B, H): r, z and n, (B, H) each."""
    x_r, x_z, x_n = np.split(x_t @ params["W_x"] + params["b"], 3, axis=-1)
    h_r, h_z, h_n = np.split(h_prev @ params["W_h"], 3, axis=-1)
    r, z = sigmoid.value(x_r + h_r), sigmoid.value(x_z + h_z)
    return r, z, np.tanh(x_n + r * (h_n + params["b_hn"]))


def step(params, x_t, h_prev):
    """One step: the new state, (B, H)."""
    r, z, n = gates(params, x_t, h_prev)
    return z * h_prev + (1 - z) * n


def run(step, params, x, h):
    """All states (T, B, H) of x (T, B, D) from the start h (B, H)."""
    states = []
    for x_t in x:
        h = step(params, x_t, h)
        states.append(h)
    return np.array(states)


# %% [markdown]
# Against the library, and against a real `torch.nn.GRU` with its own random weights. torch keeps each matrix
# transposed, and **two** biases for everything, one beside the input and one beside the state.

# %%
import torch

from rnncourse.cells import gru, lstm
from rnncourse.recording import params_from_torch

torch.manual_seed(0)
T, B, D, H = 9, 3, 5, 4
peer = torch.nn.GRU(D, H).double()
W_ih, W_hh, b_ih, b_hh = (weight.detach().numpy() for weight in peer.parameters())
both_biases = b_ih + b_hh * (np.arange(3 * H) < 2 * H)      # in r and z they add up; in n the second is b_hn
params = {"W_x": W_ih.T, "W_h": W_hh.T, "b": both_biases, "b_hn": b_hh[2 * H:]}
assert all((params[name] == value).all() for name, value in params_from_torch(peer).items())   # the library's way

x, h0 = rng.normal(size=(T, B, D)), rng.normal(size=(B, H))
trace = gru.forward(params, x, h0)
with torch.no_grad():
    out = peer(torch.tensor(x), torch.tensor(h0)[None])[0].numpy()
ours = run(step, params, x, h0)
gaps = np.abs(ours - trace.h).max(), np.abs(ours - out).max()
print("ours = library within 1e-12:", gaps[0] < 1e-12, "  ours = torch within 1e-12:", gaps[1] < 1e-12)
assert max(gaps) < 1e-12

# %% [markdown]
# From here on we use the library's `gru.forward` and `gru.backward`. The backward pass is chapter 02's with more
# branches: blame for $h_t$ goes straight on to $h_{t-1}$, scaled by $z_t$ and by nothing else, and through the two
# gates and the candidate. The second exercise is its first line; here is the judge of chapter 02 on all of it.

# %%
from rnncourse import gradcheck

dh = rng.normal(size=trace.h.shape)             # any blame from outside will do
dparams, dx, dh0 = gru.backward(params, trace, dh)
arrays = params | {"x": x, "h0": h0}


def loss(a):
    return (gru.forward({name: a[name] for name in params}, a["x"], a["h0"]).h * dh).sum()


errors = gradcheck.relative_errors(loss, arrays, dparams | {"x": dx, "h0": dh0})
print("backpropagated = measured, relative distance below 1e-7:", *(name for name, e in errors.items() if e < 1e-7))
assert max(errors.values()) < 1e-7

# %% [markdown]
# ## GRU beside LSTM
#
# Both cells read the same input, drawn to the same scale. At the start the LSTM's sliders are set so that it does what
# the GRU does as nearly as it can: $f$ has the weights of $z$; $i$ has the same with the sign turned, and since
# $\sigma(-a) = 1 - \sigma(a)$ this makes $i = 1 - f$; the candidates have equal weights. What is left of the difference
# is $r$, which the LSTM lacks, and the way out through tanh and $o$, which the GRU lacks.

# %%
explorer = GRUBesideLSTM()
explorer

# %% tags=["slide: picture | Left one gate ... of its own"]
show(explorer.still(), alt=explorer.words, caption="The explorer at its start. Left, one gate holds two valves; right, "
     "each valve has a gate of its own, and the pipe of the cell state is three times as wide: c may leave −1 … 1, h "
     "never does.")

# %% [markdown] tags=["slide: head Things to try | Make the LSTM keep", "slide: eq | The state is a weighted"]
# Things to try, with a guess before each:
#
# 1. Raise $b$ of $r$ to 6. Now $n$ and $g$ agree. What else does, and what still does not?
# 2. Make the LSTM keep everything *and* write everything ($b$ of $f$ and of $i$ to 6). Can you make the GRU do that?
# 3. Shut $r$ ($b$ to −6). What does the candidate still know of the past? And what does the state?
# 4. Set $b$ of $z$ to 6 and move $x$. The GRU's state hardly moves. With which two LSTM sliders does $c$ stay as still?
#    And why does $h_t$ still move?
#
# <details><summary>What there is to see</summary>
#
# With $r$ wide open the candidates agree, and with them the GRU's new $h$ and the LSTM's new $c$, as long as $h_{t-1}$
# and $c_{t-1}$ are set alike. What the LSTM *shows* still differs: its $h$ has gone through tanh and $o$. With $f$ and
# $i$ both open, $c$ is the old plus the candidate, and may pass 1. The GRU can never go beyond 1, since $1 - z$ falls
# as $z$ rises. When $r$ is shut, $n$ knows next to nothing of the past, yet $z$ still keeps a share of the state. And
# $c$ stays still with $f$ wide open and $i$ shut ($b$ of $f$ to 6, $b$ of $i$ to −6); but $o$ still hears $x$, so $h_t$
# moves.
#
# </details>
#
# ## Whose weight is in this state?
#
# As for the LSTM, the state can be taken apart without remainder. Put the last equation into itself, as in chapter 04:
#
# $${\color{#5865f2}h_T} \;=\; \sum_{j=1}^{T} \Big( \prod_{k=j+1}^{T} {\color{#bd18c6}z_k} \Big)
#   (1 - {\color{#bd18c6}z_j})\, {\color{#c07c0a}n_j} \;+\; \Big( \prod_{k=1}^{T} {\color{#bd18c6}z_k} \Big)\, h_0$$
#
# Step $j$ gives its candidate the share $1 - z_j$, and every later step keeps its $z_k$ of that. Now add up all the
# shares. After one step they are $(1 - z_1)$ for the candidate and $z_1$ for the start: together 1. And if they sum to
# 1 after step $t-1$, then after step $t$ all of them have been multiplied by $z_t$, so they sum to $z_t$, and the new
# share $1 - z_t$ makes it 1 again. **The state is a weighted average of the start and all candidates, always, whatever
# the gates do.**
#
# A weight is not yet a contribution: where $n_j$ is near 0 a large share writes little. And the LSTM's weights,
# $i_j \prod_{k>j} f_k$, have no such law. We take the two trained forecasters, of which more below, and
# four weeks of real weather.

# %%
from rnncourse.cells import unrolling
from rnncourse.datasets import checkpoints

year = seattle.next_day("test", days=364)
lstm_model, gru_model = checkpoints.load("lstm_weather"), checkpoints.load("gru_weather")
month = {"gru": gru.forward(gru_model.params, year.x[238:266]),
         "lstm": lstm.forward(lstm_model.params, year.x[238:266])}      # from 27 August, from an empty start
sums = {}
for name, trace in month.items():
    weights, start = unrolling.weights(trace)
    sums[name] = weights.sum(0)[0] + start[0]
    print(f"{name:4}: weights {weights.shape}, with the start's they sum to between {sums[name].min():.2f} and "
          f"{sums[name].max():.2f}")
print("the GRU's sum to 1 in every unit, within 1e-12:", np.abs(sums["gru"] - 1).max() < 1e-12)
assert np.abs(sums["gru"] - 1).max() < 1e-12 and np.ptp(sums["lstm"]) > 0.5


# %%
def shares_by_week(trace, unit):
    """(5, T): at each step, how much weight the start and each of four weeks have in the state of a unit."""
    table = np.zeros((5, trace.steps))
    for t in range(trace.steps):
        weights, start = unrolling.weights(trace, at=t)
        table[0, t] = start[0, unit]
        np.add.at(table[1:, t], np.arange(t + 1) // 7, weights[:, 0, unit])
    return table


slowest = {"gru": int(month["gru"].z.mean((0, 1)).argmax()), "lstm": int(month["lstm"].f.mean((0, 1)).argmax())}
shares = {name: shares_by_week(month[name], unit) for name, unit in slowest.items()}
for name, table in shares.items():
    print(f"{name:4}, unit {slowest[name]:2}, last day: start and four weeks weigh", np.round(table[:, -1], 2))

# %% tags=["slide: picture | The GRU deals ... one goes | The LSTM's weights"]
fig, (left, middle, right) = plt.subplots(1, 3, figsize=(10.5, 3.3), width_ratios=[1, 1, 0.9])
for ax, name, look in ((left, "gru", LOOK["h"]), (middle, "lstm", LOOK["c"])):
    shades = ["#c9c7c0"] + [(*plt.matplotlib.colors.to_rgb(look.colour), a) for a in (0.25, 0.45, 0.7, 1)]
    ax.stackplot(range(28), shares[name], colors=shades, step="mid",
                 labels=["the start", "week 1", "week 2", "week 3", "week 4"])
    ax.axhline(1, color=INK, linewidth=1)
    ax.set(xlabel="day", xlim=(0, 27), title=f"{name.upper()}, unit {slowest[name]}: whose weight")
left.set(ylabel="weight, stacked", ylim=middle.get_ylim())
left.legend(loc="upper right", fontsize=8)
for name, look, marker in (("gru", LOOK["h"], "o"), ("lstm", LOOK["c"], "s")):
    right.plot(sums[name], marker, color=look.colour, label=name.upper())
right.set(xlabel="unit", title="sum of all weights, last day", ylim=(0, None))
right.legend(loc="lower right")
show(fig, alt="Three plots. Left: stacked areas of the GRU's weights by week always reach exactly 1. Middle: the "
     "LSTM's reach different heights from day to day. Right: the sums of 20 units, for the GRU a row of dots at 1, for "
     "the LSTM scattered squares.",
     caption="In the slowest unit of each. The GRU deals out one whole, and a new week can come in only as an old one "
     "goes. The LSTM's weights need not sum to anything: the height changes from day to day.")

# %% [markdown] tags=["slide: cannot **count far**: ... earlier ones"]
# ## What two gates cannot hold
#
# An average stays among the numbers that it averages. So a GRU's state, once within −1 … 1, never leaves it, and it
# cannot **count far**: each further 1 has to come out of the share of the earlier ones. An LSTM counts with its gates
# open, $c_t = c_{t-1} + g_t$. We let one unit of each read 20 brackets that open (1) and 20 that close (−1): the GRU
# with three fixed update gates, and a candidate of 1 or −1.

# %%
marks = [1.0] * 20 + [-1.0] * 20
counter = GRUBesideLSTM.compute
wide_open = {f"{gate}_{part}": 0.0 for gate in "rznfigo" for part in "xhb"} | {"n_hb": 0.0}
wide_open |= {"f_b": 30.0, "i_b": 30.0, "o_b": 30.0, "g_x": 30.0, "n_x": 30.0}      # f, i, o = 1; n and g are ±1
held, shown, gru_held = [0.0], [0.0], {z_b: [0.0] for z_b in (0, 2, 4)}
for mark in marks:
    lstm_cell = counter(x=mark, h_prev=0.0, c_prev=held[-1], **wide_open).lstm
    held.append(lstm_cell["c"])
    shown.append(lstm_cell["h"])
    for z_b, states in gru_held.items():
        states.append(counter(x=mark, h_prev=states[-1], c_prev=0.0, **wide_open | {"z_b": z_b}).gru["h"])

counts = {"LSTM c": held, "LSTM h": shown}
counts |= {f"GRU h, z = {sigmoid.value(np.array(z_b)):.2f}": states for z_b, states in gru_held.items()}
print(f"{'':17} 19 up   20 up   20 up, 19 down   20 up, 20 down")
for name, states in counts.items():
    at = {moment: np.round(states[moment], 2) + 0.0 for moment in (19, 20, 39, 40)}
    print(f"{name:17} {at[19]:5.2f}   {at[20]:5.2f}   {at[39]:14.2f}   {at[40]:14.2f}")
print("tanh 19 = tanh 20 in float64:", np.tanh(19.0) == np.tanh(20.0))
print(f"two of the counts 0 to 20 in an interval of length 2: no more than {2 / 20} apart")
assert abs(held[40]) < 1e-9 and abs(held[39] - 1) < 1e-9 and abs(shown[40]) < 1e-9 and shown[39] > 0.7
assert shown[19] == shown[20] and all(abs(states[40]) > 0.05 for states in gru_held.values())
assert all(np.diff(np.sort(states[:21])).min() <= 2 / 20 for states in gru_held.values())

# %% tags=["slide: picture | The LSTM's c ... shows that"]
fig, (left, middle, right) = plt.subplots(1, 3, figsize=(10.5, 2.9), layout="constrained")
left.plot(held, color=LOOK["c"].colour, marker=".")
middle.plot(shown, color=LOOK["h"].colour, marker=".")
for (z_b, states), shade in zip(gru_held.items(), (0.4, 0.7, 1), strict=True):
    right.plot(states, color=LOOK["h"].colour, alpha=shade, marker=".")
    right.annotate(f"z = {sigmoid.value(np.array(z_b)):.2f}", (40, states[-1]), xytext=(6, 0),
                   textcoords="offset points", va="center", fontsize=8, annotation_clip=False)
for ax, title in ((left, "LSTM: c"), (middle, "LSTM: h"), (right, "GRU: h, for three z")):
    ax.axhline(0, color=REFERENCE, linestyle="--", linewidth=1)
    ax.set(title=title, xlabel="marks read", xticks=range(0, 41, 10))
for ax in (middle, right):
    ax.set_ylim(-1.1, 1.1)
show(fig, alt="Three plots over 40 marks, 20 up and 20 down. Left: the LSTM's c rises in a straight line from 0 to 20 "
     "and falls in a straight line back to 0. Middle: its h rises to 1 within three marks, stays there, and falls to 0 "
     "in the last three. Right: the GRU's h in three curves, which rise ever more slowly, turn after 20 marks, cross 0 "
     "before the end and finish below it.",
     caption="The LSTM's c comes back to 0 with the last closing mark, and its h shows that. The GRU's state crosses 0 "
     "too early: with small z it forgets that there was more than one mark, with large z each mark counts for little, "
     "and a later one for more than an earlier one.")

# %% [markdown] tags=["slide: eq | These are two networks"]
# After as many closings as openings the LSTM's $c$ is back at 0, and one short of that it is 1, which $h$ shows. The
# GRU's $h$ is back at 0 for none of the three $z$. (How *high* the count stands, $h$ does not show: tanh 19 and tanh 20
# are the same number.) And there is a limit for every gate: 21 different counts share an interval of length 2, so two
# of them lie no more than 0.1 apart, and for $N$ counts $2/(N-1)$, however the gates are set. Nothing bounds $c$ like
# that.
#
# That is a limit of one unit's *state*, and several GRU units may share out a count in some code of their own; but a
# clean counter, as for brackets that open and close, is what the LSTM has and the GRU lacks (Weiss and others, 2018).
# Two gates do *not* do all the work of three. The question is whether your task needs that work.
#
# ## Two resets with one name
#
# Where does the reset gate act? After the matrix, as above and in torch; or before it, as in the published paper:
#
# $$\text{after:}\quad r \odot (h W_{hn} + b_{hn}) \qquad\qquad \text{before:}\quad (r \odot h)\, W_{hn} + b_{hn}$$
#
# A gate is a diagonal matrix, $r \odot h = h \operatorname{diag}(r)$. So *after* is $h\, W \operatorname{diag}(r)$:
# each **column** of $W$ is scaled, what one unit *hears*. *Before* is $h \operatorname{diag}(r)\, W$: each **row** is
# scaled, what one unit *says* to all the others. These are two networks, not two spellings of one.

# %% tags=["slide: picture | After the matmul ... of it | before it unit 2 ... speaks at 40%"]
def step_before(params, x_t, h_prev):
    """One step with the reset before the matmul, otherwise as ours."""
    r, z, _ = gates(params, x_t, h_prev)
    x_n = (x_t @ params["W_x"] + params["b"])[:, -r.shape[1]:]
    n = np.tanh(x_n + (r * h_prev) @ params["W_h"][:, -r.shape[1]:] + params["b_hn"])
    return z * h_prev + (1 - z) * n


W, r = rng.normal(size=(6, 6)), np.array([1, 1, 0.05, 1, 0.4, 1])
fig, axes = plt.subplots(1, 3, figsize=(9.5, 2.9))
for ax, M, title in zip(axes, (W, W * r, r[:, None] * W),
                        ("W", "after: W diag(r)", "before: diag(r) W"), strict=True):
    ax.imshow(M, cmap=DIVERGING, vmin=-2.5, vmax=2.5)
    ax.set(title=title, xlabel="hears", ylabel="says", xticks=range(6), yticks=range(6))
    ax.grid(False)
show(fig, alt="Three heat maps of 6 by 6 cells. In the second, columns 2 and 4 are pale; in the third, rows 2 and 4.",
     caption=f"A reset gate that is nearly shut in unit 2 ({r[2]:.0%}) and more than half shut in unit 4. After the "
     f"matmul the candidate of unit 2 is all but deaf to the past, and that of unit 4 hears {r[4]:.0%} of it; before "
     f"it, unit 2 is all but mute in everybody's candidates, and unit 4 speaks at {r[4]:.0%}. The gates, and the state "
     "that z keeps, are not touched.")

# %% [markdown]
# How far apart are they? And when are they equal? Where $W \operatorname{diag}(r) = \operatorname{diag}(r)\, W$ the
# step is the same: entry by entry $W_{ij} r_j = r_i W_{ij}$, so $r$ must be equal in any two units that talk to one
# another. And since $b_{hn}$ stands behind the gate in one and not in the other, it must be 0 besides, or $r$ be 1.

# %%
def with_reset(params, bias):
    """The same cell with a reset gate that hears nothing but its bias: 0 makes r = ½, and 40 opens it wholly."""
    new, H = {name: value.copy() for name, value in params.items()}, len(params["b_hn"])
    new["W_x"][:, :H], new["W_h"][:, :H], new["b"][:H] = 0, 0, bias
    return new


cell = gru.init(rng, input_size=D, hidden_size=H)
no_bias, alone = cell | {"b_hn": 0 * cell["b_hn"]}, {name: value.copy() for name, value in cell.items()}
alone["W_h"][:, 2 * H:] *= np.eye(H)            # in the candidate each unit hears only itself
cases = {"one random cell": cell, "r = 1 throughout": with_reset(cell, 40.0),
         "r = ½ in all units": with_reset(cell, 0.0), "r = ½ in all units, b_hn = 0": with_reset(no_bias, 0.0),
         "each unit hears itself, b_hn = 0": alone | {"b_hn": 0 * cell["b_hn"]}}
for name, params in cases.items():
    gap = np.abs(run(step, params, x, h0) - run(step_before, params, x, h0)).max()
    print(f"{name:34} " + ("the same within 1e-12" if gap < 1e-12 else f"up to {gap:.3f} apart"))
    assert (gap < 1e-12) == (name not in ("one random cell", "r = ½ in all units"))

# %% [markdown] tags=["slide: A network must be run ... *trained*"]
# Scaled rows are not scaled columns, and which are scaled changes at every step: no fixed rearrangement of the weights
# makes one out of the other. A network must be *run* in the convention in which it was *trained*. "After" is what cuDNN
# computes, the library under torch and Keras on graphics cards, and both have it as their default. One product
# $h\,[W_{hr}\, W_{hz}\, W_{hn}]$ then serves all three, where "before" must wait for $r$ and multiply once more. By the
# way, the paper itself changed: in its first version on arXiv the reset comes after the matrix, in the published one
# before it (Keras' documentation tells its two variants apart by these versions).
#
# ## The translation page
#
# | who | LSTM blocks | GRU blocks | matrices | biases | reset | $z = 1$ |
# |---|---|---|---|---|---|---|
# | this course | i f g o | r z n | rows are examples | one, and $b_{hn}$ | after | keeps |
# | torch, cuDNN | i f g o | r z n | transposed | two, both trained | after | keeps |
# | Keras | i f c o | z r h | as ours | LSTM one, GRU two | after (1) | keeps |
# | ONNX | i o f c | z r h | transposed | two, joined in one array | before (2) | keeps |
# | Cho et al. 2014, EMNLP | – | – | columns | left out | before | keeps |
# | Chung et al. 2014 | – | – | columns | left out | before | takes the new |
# | makemore (a GRU by hand) | – | one matrix for each | transposed | one | before | takes the new |
#
# c and h in the lists of blocks are other names for the candidates, our g and n. (1) With `reset_after=True`, which is
# the default in the signature, although the text of the documentation calls the other variant the default. (2) With
# `linear_before_reset=0`, the default; 1 is "after", and torch's GRUs need it.
#
# Keras and ONNX are not installed here, so we cannot run *them*. Each step below is written from its documentation, as
# plainly as possible, and our translation is proved against that; torch's was proved above against torch itself. One
# tool does all the packing.

# %%
def repack(array, order, into):
    """Reorder the equal blocks on the last axis, one letter a block: repack(W, "iofg", "ifgo")."""
    blocks = dict(zip(order, np.split(array, len(order), axis=-1), strict=True))
    return np.concatenate([blocks[letter] for letter in into], axis=-1)


print(repack(np.array(list("iofg")), "iofg", "ifgo"))
x_t, h_prev, c_prev = rng.normal(size=(B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))
σ = sigmoid.value


def same(name, theirs, ours):
    """Print and assert that two results agree."""
    gap = max(np.abs(a - b).max() for a, b in zip(theirs, ours, strict=True))
    print(f"{name}: the same within 1e-12: {gap < 1e-12}")
    assert gap < 1e-12


# %% [markdown]
# **Keras.** Its LSTM needs no translation at all: i, f, c, o is our i, f, g, o under another name. (But it starts with
# a forget bias of 1, `unit_forget_bias=True`, where torch starts near 0.) Its GRU has z first, and two rows of biases.

# %%
def keras_lstm(kernel, recurrent_kernel, bias, x_t, h, c):
    z = x_t @ kernel + h @ recurrent_kernel + bias
    i, f, candidate, o = np.split(z, 4, axis=1)
    c = σ(f) * c + σ(i) * np.tanh(candidate)
    return σ(o) * np.tanh(c), c


def keras_gru(kernel, recurrent_kernel, bias, x_t, h):      # reset_after=True
    x_z, x_r, x_h = np.split(x_t @ kernel + bias[0], 3, axis=1)
    h_z, h_r, h_h = np.split(h @ recurrent_kernel + bias[1], 3, axis=1)
    z, r = σ(x_z + h_z), σ(x_r + h_r)
    return z * h + (1 - z) * np.tanh(x_h + r * h_h)


k4, rk4, b4 = rng.normal(size=(D, 4 * H)), rng.normal(size=(H, 4 * H)), rng.normal(size=4 * H)
same("Keras LSTM", keras_lstm(k4, rk4, b4, x_t, h_prev, c_prev),
     lstm.step({"W_x": k4, "W_h": rk4, "b": b4}, x_t, h_prev, c_prev))

k3, rk3, b3 = rng.normal(size=(D, 3 * H)), rng.normal(size=(H, 3 * H)), rng.normal(size=(2, 3 * H))
b_x, b_h = repack(b3, "zrn", "rzn")
ours = {"W_x": repack(k3, "zrn", "rzn"), "W_h": repack(rk3, "zrn", "rzn"),
        "b": b_x + b_h * (np.arange(3 * H) < 2 * H), "b_hn": b_h[2 * H:]}
same("Keras GRU ", [keras_gru(k3, rk3, b3, x_t, h_prev)], [gru.step(ours, x_t, h_prev)])


# %% [markdown]
# **ONNX.** Weights are transposed as in torch, but the blocks of the LSTM stand in an order of their own. One direction
# of one layer; `B` holds the input's biases, then the state's.

# %%
def onnx_lstm(W, R, B, x_t, h, c):
    W_b, R_b = np.split(B, 2)
    i, o, f, candidate = np.split(x_t @ W.T + h @ R.T + W_b + R_b, 4, axis=1)
    c = σ(f) * c + σ(i) * np.tanh(candidate)
    return σ(o) * np.tanh(c), c


def onnx_gru(W, R, B, x_t, h, linear_before_reset=0):
    (W_z, W_r, W_h), (R_z, R_r, R_h) = np.split(W, 3), np.split(R, 3)
    Wb_z, Wb_r, Wb_h, Rb_z, Rb_r, Rb_h = np.split(B, 6)
    z, r = σ(x_t @ W_z.T + h @ R_z.T + Wb_z + Rb_z), σ(x_t @ W_r.T + h @ R_r.T + Wb_r + Rb_r)
    past = r * (h @ R_h.T + Rb_h) if linear_before_reset else (r * h) @ R_h.T + Rb_h
    return (1 - z) * np.tanh(x_t @ W_h.T + past + Wb_h) + z * h


W, R, bias = rng.normal(size=(4 * H, D)), rng.normal(size=(4 * H, H)), rng.normal(size=8 * H)
ours = {"W_x": repack(W.T, "iofg", "ifgo"), "W_h": repack(R.T, "iofg", "ifgo"),
        "b": repack(sum(np.split(bias, 2)), "iofg", "ifgo")}
same("ONNX LSTM", onnx_lstm(W, R, bias, x_t, h_prev, c_prev), lstm.step(ours, x_t, h_prev, c_prev))

# %%
W, R, bias = rng.normal(size=(3 * H, D)), rng.normal(size=(3 * H, H)), rng.normal(size=6 * H)
b_x, b_h = (repack(half, "zrn", "rzn") for half in np.split(bias, 2))
ours = {"W_x": repack(W.T, "zrn", "rzn"), "W_h": repack(R.T, "zrn", "rzn"),
        "b": b_x + b_h * (np.arange(3 * H) < 2 * H), "b_hn": b_h[2 * H:]}
same("ONNX GRU, linear_before_reset = 1, the library", [onnx_gru(W, R, bias, x_t, h_prev, 1)],
     [gru.step(ours, x_t, h_prev)])
same("ONNX GRU, its default 0, our step with the reset before", [onnx_gru(W, R, bias, x_t, h_prev)],
     [step_before(ours, x_t, h_prev)])


# %% [markdown]
# **The papers.** Cho and others (EMNLP 2014) have the reset before the matrix, and $z$ as ours: that is `step_before`
# without biases. Chung and others, in the same year and with some of the same authors, let $z = 1$ take the *new*
# state. For that there is a translation, and a pretty one: $1 - \sigma(a) = \sigma(-a)$, so turn the sign of everything
# that goes into $z$.

# %%
def step_takes(params, x_t, h_prev):
    """As ours, but z = 1 takes the new state."""
    _, z, n = gates(params, x_t, h_prev)
    return z * n + (1 - z) * h_prev


theirs = gru.init(rng, input_size=D, hidden_size=H)
sign = np.repeat([1, -1, 1], H)                 # r, z, n
ours = theirs | {name: theirs[name] * sign for name in ("W_x", "W_h", "b")}
same("z turned round", [step_takes(theirs, x_t, h_prev)], [gru.step(ours, x_t, h_prev)])

# %% [markdown]
# **Two biases that train.** torch's two biases and our one compute the same. They do not *learn* the same: both of
# torch's get the full gradient, so their sum moves twice as far. One step of gradient descent on equal networks:

# %%
peer = torch.nn.GRU(D, H).double()
before = params_from_torch(peer)
dparams = gru.backward(before, gru.forward(before, x), np.ones((T, B, H)))[0]
optimizer = torch.optim.SGD(peer.parameters(), lr=0.001)
peer(torch.tensor(x))[0].sum().backward()
optimizer.step()
moved = {name: (value - before[name]) / (-0.001 * dparams[name]) for name, value in params_from_torch(peer).items()}
farther = {"W_x": moved["W_x"], "W_h": moved["W_h"], "b of r and z": moved["b"][:2 * H], "b of n": moved["b"][2 * H:],
           "b_hn": moved["b_hn"]}
for name, ratio in farther.items():
    print(f"{name:13} torch moves {ratio.mean():.2f} times as far as one bias would")
assert np.allclose(farther["b of r and z"], 2) and np.allclose(farther["b of n"], 1) and np.allclose(moved["b_hn"], 1)

# %% [markdown]
# That is no mistake on either side, but it is why two programs that agree to the last digit before training part ways
# after one step. To compare training, freeze torch's `bias_hh` at 0, except for the part that is $b_{hn}$.
#
# ## LSTM and GRU on the same weather
#
# Now the question of the title. Both forecasters were trained by one script, with the same data, 20 units, the same
# number of iterations and one seed each. First the facts, computed anew in float64.

# %% tags=["slide: print"]
models = {"LSTM": (lstm, lstm_model), "GRU": (gru, gru_model)}
runs = {name: cell.forward(model.params, year.x) for name, (cell, model) in models.items()}
daily = {name: np.abs(seattle.unscale(model.predict(runs[name].h), "temp_max") - year.celsius)[:, 0, 0]
         for name, (_, model) in models.items()}
daily["as today"] = np.abs(year.persistence - year.celsius)[:, 0, 0]
for name, (_, model) in models.items():
    print(f"{name:9} {model.size} numbers   mean error over 2015 {daily[name].mean():.3f} °C   "
          f"(validation {model.scores['validation error, °C']:.3f})   seed {model.metadata['seed']}")
print(f"as today     0 numbers   mean error over 2015 {daily['as today'].mean():.3f} °C")
assert all(abs(daily[name].mean() - m.scores["test error, °C"]) < 1e-6 for name, (_, m) in models.items())

# %% [markdown]
# The GRU needs about a quarter fewer numbers and has a slightly smaller error. Is it better? Look at how the difference
# behaves: cut the year into 13 stretches of four weeks, and compare in each.

# %%
difference = (daily["LSTM"] - daily["GRU"]).reshape(13, 28).mean(1)
gain = {name: (daily["as today"] - daily[name]).reshape(13, 28).mean(1) for name in models}
print("gain of              the year   by stretches         ahead in")
for name, values in {"GRU on LSTM": difference, **{f"{name} on 'as today'": v for name, v in gain.items()}}.items():
    print(f"{name:18} {values.mean():+.3f} °C   {values.min():+.2f} to {values.max():+.2f} °C   "
          f"{(values > 0).sum():2} of 13")
assert abs(difference.mean()) < 0.2 * difference.std() and difference.min() < 0 < difference.max()

# %% tags=["slide: picture | Upward ... LSTM"]
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
for (name, (_, model)), signal in zip(models.items(), "ch", strict=True):
    left.plot(*model.curves["watched"].T, color=LOOK[signal].colour, marker=".", label=name)
as_today = lstm_model.scores["validation error of persistence, °C"]
left.axhline(as_today, color=REFERENCE, linestyle="--", label="as today")
left.set(xlabel="iteration", ylabel="error in 2014, °C", title="while training", ylim=(2.05, 2.8))
left.legend()
right.bar(range(1, 14), difference, color=[LOOK["h" if d > 0 else "c"].colour for d in difference])
right.axhline(0, color=INK, linewidth=1)
right.axhline(difference.mean(), color=REFERENCE, linestyle="--")
right.set(xlabel="stretch of four weeks in 2015", ylabel="LSTM's error − GRU's, °C", title="who is ahead?",
          xticks=range(1, 14))
show(fig, alt="Left: the validation error of both falls over the iterations below the dashed line of 'as today', "
     "the GRU's a little below the LSTM's all the way. Right: 13 bars, some above zero and some below; their mean is "
     "nearly zero.",
     caption="Left: in 2014, the year by which the best iteration was chosen, the GRU is a little ahead. Right: in "
     "2015, which played no part. Upward the GRU is ahead, downward the LSTM; the dashed mean is far smaller than most "
     "bars.")

# %% [markdown] tags=["slide: **no difference ... show.** | here a GRU ... LSTM."]
# The verdict: **no difference that this can show.** The mean is a small fraction of what the difference is in most
# stretches, and the sign changes from one to the next. And this is one seed of each on one year; another seed might
# turn the order round. Even the gain on "as today" is not there in every stretch. Chapters 07 and 14 do it with several
# seeds and intervals. What can be said is: here a GRU with fewer numbers came out level with an LSTM. To say that it
# is the *gates*, both would need the same number of numbers (the fifth exercise) and several seeds.
#
# ## Is it faster?
#
# Three blocks in place of four: a quarter less to multiply. Forward and backward, the library's and torch's, on one
# thread, for the size of our forecaster and for a larger one. Each is timed several times in turn; the best counts.

# %% tags=["nbval-ignore-output"]
import time

from rnncourse.recording import params_to_torch

torch.set_num_threads(1)


def both_ways(cell, T, B, D, H):
    """Forward and backward as two functions without arguments: the library's, and torch's with the same weights."""
    params = cell.init(rng, D, H, dtype=np.float32)
    x, dh = (rng.normal(size=(T, B, size)).astype(np.float32) for size in (D, H))
    module, x_torch, dh_torch = params_to_torch(params), torch.tensor(x, requires_grad=True), torch.tensor(dh)
    return (lambda: cell.backward(params, cell.forward(params, x), dh)), (lambda: module(x_torch)[0].backward(dh_torch))


def best_times(ways, rounds=8):
    """Name -> milliseconds of processor time: the best of several rounds, taken in turn."""
    best = dict.fromkeys(ways, np.inf)
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            way()
            best[name] = min(best[name], 1000 * (time.process_time() - start))
    return best


# %% tags=["slide: print", "nbval-ignore-output"]
torch_alone = torch.backends.mkldnn
for shape in ((28, 32, 5, 20), (100, 32, 64, 128)):
    (ours_lstm, torch_lstm), (ours_gru, torch_gru) = both_ways(lstm, *shape), both_ways(gru, *shape)
    ways = {"LSTM": ours_lstm, "GRU": ours_gru, "torch LSTM": torch_lstm, "torch GRU": torch_gru}
    ms = best_times(ways)
    torch_alone.enabled = False                  # torch without the library oneDNN
    plain = best_times({name: way for name, way in ways.items() if "torch" in name})
    torch_alone.enabled = True
    print(f"(T, B, D, H) = {shape}")
    for who, l, g in (("the course's cells", ms["LSTM"], ms["GRU"]), ("torch", ms["torch LSTM"], ms["torch GRU"]),
                      ("torch, oneDNN off", plain["torch LSTM"], plain["torch GRU"])):
        print(f"   {who:19} LSTM {l:6.1f} ms   GRU {g:6.1f} ms   GRU / LSTM {g / l:.2f}")
        assert 0.3 < g / l < 8

# %% [markdown]
# On the machine where this page was made: in our cells the GRU needs as much time as the LSTM at the small size, where
# the work is in the many small steps, and somewhat less at the large one, where it is in the matrices. In torch the GRU
# is *slower* than the LSTM, and the third line shows why: torch hands the LSTM over to the library oneDNN, and the GRU
# not. With oneDNN switched off the LSTM loses its lead. So "the GRU is faster" is a statement about a program, a size
# and a machine, and has to be measured.
#
# ## The same week, in both
#
# What do the gates do? Two weeks of late summer, and in each network the unit whose keeping gate ($f$ in the LSTM, $z$
# in the GRU) moves most over the year.

# %% tags=["slide"]
from rnncourse.plots import gates as gate_plots

busiest = {"LSTM": int(runs["LSTM"].f[:, 0].std(0).argmax()), "GRU": int(runs["GRU"].z[:, 0].std(0).argmax())}
days, dates = slice(238, 252), [f"{day.astype(object):%-d}" for day in year.dates[238:252, 0]]
fig, axes = plt.subplots(7, 2, figsize=(10.5, 6))
for column, (name, signals) in zip(axes.T, (("LSTM", "figoch"), ("GRU", "zrnh")), strict=True):
    column[0].plot(range(14), seattle["temp_max"][seattle.days("test")][days], color=INK, marker="o", markersize=3)
    column[0].set(title=f"{name}, unit {busiest[name]}", xlim=(-0.6, 13.6), xticks=[])
    column[0].set_ylabel("maximum °C", rotation=0, ha="right", va="center", labelpad=10)
    chosen = {signal: runs[name][signal][days, 0, busiest[name]] for signal in signals}
    gate_plots.rows(column[1:1 + len(signals)], chosen, dates)
    for ax in column[1 + len(signals):]:
        ax.set_axis_off()
show(fig, alt="Two columns of plots over 14 days. On top of each the maximum temperature. Left the LSTM's f, i, g, o, "
     "c and h, right the GRU's z, r, n and h. Both f and z are low on the first, warm days, highest on 30 "
     "August, lower on the cool days after it, higher again around 6 September and low at the warm end.",
     caption="Two weeks from 27 August 2015. Both gates are low on the warmest days, rise while it cools to 30 August, "
     "sink although it stays cool, and rise once more around 6 September.")

# %%
def without_season(values, days=31):
    """Each day's departure from the mean of the days around it, fewer at either end of the year."""
    window = np.ones(days)
    return values - np.convolve(values, window, "same") / np.convolve(np.ones_like(values), window, "same")


gate = {name: runs[name][signal][:, 0, busiest[name]] for name, signal in (("LSTM", "f"), ("GRU", "z"))}
for name, values in gate.items():
    found = np.corrcoef(values, year.x[:, 0].T)[0, 1:]
    print(f"{name:4} unit {busiest[name]}: {values.min():.2f} to {values.max():.2f}; correlation with",
          ", ".join(f"{feature} {c:+.2f}" for feature, c in zip(seattle.names, found, strict=True)))

three = np.array([gate["LSTM"], gate["GRU"], year.x[:, 0, seattle.names.index("temp_max")]])
print("\ncorrelation                  f with z   f with temp_max   z with temp_max")
for label, series in (("as they are", three), ("less the mean of 31 days", [without_season(row) for row in three])):
    C = np.corrcoef(series)
    print(f"{label:26} {C[0, 1]:+10.2f} {C[0, 2]:+17.2f} {C[1, 2]:+17.2f}")
    assert C[0, 1] > max(-C[0, 2], -C[1, 2]) > 0.3

# %% [markdown]
# Both gates follow the season. Take the season away, and what is left of the bond with the temperature is much looser.
# The two gates go together, with the season and without it, more closely than either follows the temperature from day
# to day. Two networks trained apart, on the same days and by the same script, came upon much the same habit, in gates
# with different names. That such a
# movement need not matter to the forecast you have seen in chapter 04, with your hands on the gate.
#
# ## Exercises
#
# `.hint()` gives the next hint, `.solution()` shows ours.
#
# **1. The other paper.** Write the step of Chung and others: reset before the matrix, and $z = 1$ takes the new state.

# %%
from rnncourse.exercises import gru as exercises


def papers_step(W_x, W_h, b, x_t, h_prev):
    """One step of the GRU as in Chung et al. 2014: the reset acts before the matmul, and z = 1 takes the *new* state.

    r = σ(x_t W_xr + h_prev W_hr + b_r), z likewise; n = tanh(x_t W_xn + (r ⊙ h_prev) W_hn + b_n);
    h_t = z ⊙ n + (1 − z) ⊙ h_prev. σ is `rnncourse.activations.sigmoid.value`.

    W_x      (D, 3H), W_h (H, 3H), b (3H,), packed in the order r, z, n
    x_t      (B, D),  h_prev (B, H)
    returns  (B, H)  h_t
    """
    ...    # about 6 lines


exercises.papers_step.check(papers_step)

# %%
# exercises.papers_step.hint()
# exercises.papers_step.solution()

# %% [markdown]
# **2. One step back.** Blame $dh_t$ has arrived at the state. What goes to the gate, to the candidate, and straight on
# to the state before? The GRU's gradient highway is the third of them.

# %%
def state_backward(z, n, h_prev, dh_t):
    """One step back along the state of a GRU: h_t = z h_prev + (1 − z) n, with z = 1 keeping the old state.

    z, n     (B, H)  the update gate and the candidate of this step
    h_prev   (B, H)  the state before it
    dh_t     (B, H)  dL/dh_t, all that came back to h_t
    returns  dz, dn and the part of dh_prev that comes straight along the state, (B, H) each
    """
    ...    # about 1 line


exercises.state_backward.check(state_backward)

# %%
# exercises.state_backward.hint()
# exercises.state_backward.solution()

# %% [markdown]
# **3. Export.** Above we read ONNX' arrays. Now write them: a GRU of the course as ONNX wants it.

# %%
def to_onnx(params):
    """Translate a GRU of the course into the arrays of ONNX's GRU with linear_before_reset = 1, for one direction.

    ONNX packs z, r, h (its h is our n) as rows of W and R. Its B holds six blocks, Wb_z Wb_r Wb_h Rb_z Rb_r Rb_h:
    z = σ(X W_zᵀ + H R_zᵀ + Wb_z + Rb_z), r likewise, h = tanh(X W_hᵀ + Wb_h + r ⊙ (H R_hᵀ + Rb_h)), and z = 1
    keeps the old state. Where Wb and Rb are only ever added, put all of it into Wb and 0 into Rb.

    params   W_x (D, 3H), W_h (H, 3H), b (3H,) in the order r, z, n, and b_hn (H,)
    returns  a dict with W (3H, D), R (3H, H), B (6H,)
    """
    ...    # about 6 lines


exercises.to_onnx.check(to_onnx)

# %%
# exercises.to_onnx.hint()
# exercises.to_onnx.solution()

# %% [markdown]
# **4. Whose weight.** The shares of the start and of every step, from the gates alone.

# %%
def weights_of_steps(z):
    """How much each step's candidate n_j, and the start h_0, weigh in the last state h_T of a GRU.

    h_T = Σ_j (Π_{k>j} z_k) (1 − z_j) n_j + (Π_k z_k) h_0

    z        (T, B, H)  the update gate of each step; z = 1 keeps the old state
    returns  (T + 1, B, H)  first the start's weight, then one for each step
    """
    ...    # about 6 lines


exercises.weights_of_steps.check(weights_of_steps)

# %%
# exercises.weights_of_steps.hint()
# exercises.weights_of_steps.solution()

# %% [markdown]
# **5. A fair comparison.** Equal hidden sizes are not equal budgets. How large may a GRU be for the price of an LSTM?

# %%
def same_budget(input_size, lstm_hidden):
    """How many units may a GRU have so that it has no more parameters than an LSTM of `lstm_hidden` units?

    Both with the layout of the course: LSTM W_x (D, 4H), W_h (H, 4H), b (4H,);
    GRU W_x (D, 3H), W_h (H, 3H), b (3H,), b_hn (H,).

    input_size   D, the same for both
    lstm_hidden  H of the LSTM
    returns      a whole number, the largest H of a GRU that is within the LSTM's budget
    """
    ...    # about 6 lines


exercises.same_budget.check(same_budget)

# %%
# exercises.same_budget.hint()
# exercises.same_budget.solution()

# %% [markdown] tags=["slide: The letter $z$ ... one paper. | The shapes fit"]
# ## Where this misleads
#
# **A limit.** "The GRU has fewer gates, so it is smaller, faster and just as good." Each part needs its *where*.
# Smaller: at equal hidden size. Faster: in some program, at some size; you have seen torch do the opposite. As good: on
# one task, one year, one seed of each, within a difference that is smaller than its own ups and downs. For counting, a
# single unit of each is not alike (above); trained networks were not compared. And the weights in a state take the
# gates as given: an old day that moved a later gate does not show in them.
#
# **A common mistake in print**: the equations of one source with the weights, or the words, of another. The letter $z$
# turns round between two papers of the same year, and the reset gate changes sides between two versions of one paper.
# Even Keras' documentation says in its text that the default has the reset before the matrix, while the signature next
# to it says `reset_after=True`. The shapes fit, nothing crashes. What would it do to our forecaster, which was trained
# in torch's convention?

# %% tags=["part: print"]
own, start = gru_model.params, np.zeros((1, gru_model.params["W_h"].shape[0]))
exchanged = own | {name: repack(own[name], "zrn", "rzn") for name in ("W_x", "W_h", "b")}
readings = {"as it was trained": (step, own), "the reset before the matrix": (step_before, own),
            "r and z exchanged": (step, exchanged), "z turned round": (step_takes, own)}
error = {name: year.error(gru_model.predict(run(how, params, year.x, start)))
         for name, (how, params) in readings.items()}
for name, value in error.items():
    print(f"{name:28} {value:.2f} °C")
print(f"{'same as today':28} {daily['as today'].mean():.2f} °C")
assert all(value > error["as it was trained"] + 0.02 for value in list(error.values())[1:])
assert error["the reset before the matrix"] < daily["as today"].mean()

# %% [markdown] tags=["slide: One gate that keeps ... sum to 1 | The price: ... show."]
# A forecast comes out each time. With the reset on the wrong side it even beats "same as today", and nobody would ask
# what is wrong with it. That is why every translation that this chapter runs ends in an `assert`.
#
# ## Recap: can two gates do the work of three?
#
# Mostly. One gate that keeps $z$ and writes $1 - z$ replaces two, and makes the state a weighted average whose weights
# sum to 1; such a state needs no squashing. The price: it cannot count far, and cannot hold what it does not show. On
# Seattle's weather the two networks could not be told apart, and which is faster depended on the program. And "a GRU"
# is not one thing: say where the reset acts and what $z = 1$ means, and prove a translation by running it.
#
# ## References
#
# - Kyunghyun Cho, Bart van Merriënboer, Caglar Gulcehre, Dzmitry Bahdanau, Fethi Bougares, Holger Schwenk, Yoshua
#   Bengio (2014). Learning phrase representations using RNN encoder–decoder for statistical machine translation.
#   *EMNLP*, 1724–1734. The GRU; the first version of the preprint is arXiv:1406.1078v1.
# - Junyoung Chung, Caglar Gulcehre, Kyunghyun Cho, Yoshua Bengio (2014). Empirical evaluation of gated recurrent neural
#   networks on sequence modeling. arXiv:1412.3555. The other $z$; GRU and LSTM found comparable.
# - Klaus Greff, Rupesh K. Srivastava, Jan Koutník, Bas R. Steunebrink, Jürgen Schmidhuber (2017). LSTM: a search space
#   odyssey. *IEEE Transactions on Neural Networks and Learning Systems* 28(10), 2222–2232. Among the variants: input
#   and forget gate coupled.
# - Gail Weiss, Yoav Goldberg, Eran Yahav (2018). On the practical computational power of finite precision RNNs for
#   language recognition. *ACL* (short papers), 740–745. LSTMs count, GRUs do not.
# - Documentation, for the translation page: torch.nn.GRU (PyTorch), keras.layers.GRU and LSTM (Keras 3), the operators
#   GRU and LSTM (ONNX, opset 22). Andrej Karpathy's makemore, class GRUCell.
# - Weather: NOAA daily records for Seattle, as bundled in the package vega_datasets.
