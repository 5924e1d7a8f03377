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
# # 02 · How does blame travel back in time?
#
# Today's forecast was wrong. Which weights are to blame, and at which of the past days? A recurrent network uses the
# *same* weights every day, and what it did three weeks ago may still sit in its state. This chapter sends the blame
# back, one day at a time, until every use of every weight has its share. That is **backpropagation through time**
# (BPTT), and it is all that training a recurrent network needs.
#
# After it you can
#
# - derive the backward pass of a recurrent network, with every factor in it, the activation's slope included;
# - write it as one step and one loop, and prove it right against numerical slopes and against torch;
# - read the triangle $G[k,t]$: what the loss at step $k$ blames on the weight's use at step $t$;
# - say exactly what truncation leaves out;
# - train a small network on real weather, and hold it against "same as today".
#
# To have read: chapter 01. Time: about 80 minutes, half of them for the exercises; running it all takes half a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse.notebook import begin, show
from rnncourse.plots.palette import LOOK, QUIET, REFERENCE

begin()
rng = np.random.default_rng(2)

# %% [markdown] tags=["slide"]
# **Predict first.** A network reads four weeks of weather, 28 days, and forecasts after each day. Its weight matrix
# $W_{hh}$ is used on every day. On how many of those days does the *last* forecast depend on it? And how will the blame
# for that last forecast be spread over them: evenly, more on the early days, or more on the late ones? Write your guess
# down; the triangle below will answer.

# %% [markdown] tags=["slide: eq"]
# ## The run that we will blame
#
# First the forward pass of chapter 01, with a read-out and a loss. The network reads five numbers a day (highest and
# lowest temperature, rain and wind, scaled, and wet or not) and says after each day how warm *tomorrow* will get:
#
# $$a_t = {\color{#857d92}x_t} W_{xh} + {\color{#5865f2}h_{t-1}} W_{hh} + b_h \qquad
#   {\color{#5865f2}h_t} = \tanh(a_t) \qquad y_t = {\color{#5865f2}h_t} W_{hy} + b_y$$
#
# $$L = \frac1N \sum_{\text{rows}} \sum_{t} (y_t - \text{target}_t)^2,
#   \qquad N = T \cdot B \text{ forecasts: } T \text{ days in } B \text{ rows.}$$
#
# In formulas $h_0$ is the start and $h_1$ the state after the first day. In code the start is `h0`, the days are
# counted from 0, and `h[0]` is the state after the first day.

# %%
from rnncourse.datasets import weather

seattle = weather.load()
days = seattle.next_day("train", days=28, every=28)    # stretches of four weeks
print("inputs ", days.x.shape, "(T, B, D): days, stretches, numbers a day")
print("targets", days.y.shape, "(T, B, 1): tomorrow's highest temperature, scaled")

# %%
H = 6


def start(rng, D=5, H=H):
    """Small random weights; the biases start at 0."""
    return {"W_xh": rng.normal(0, 0.4, (D, H)), "W_hh": rng.normal(0, 1 / np.sqrt(H), (H, H)), "b_h": np.zeros(H),
            "W_hy": rng.normal(0, 1 / np.sqrt(H), (H, 1)), "b_y": np.zeros(1)}


def forward(p, x, h_prev):
    """x (T, B, D) and the first state (B, H): all states h (T, B, H) and forecasts y (T, B, 1)."""
    h = []
    for x_t in x:
        h_prev = np.tanh(x_t @ p["W_xh"] + h_prev @ p["W_hh"] + p["b_h"])
        h.append(h_prev)
    h = np.array(h)
    return h, h @ p["W_hy"] + p["b_y"]


# %%
p, x, target = start(rng), days.x, days.y
h0 = np.zeros((x.shape[1], H))
h, y = forward(p, x, h0)
print("states", h.shape, " forecasts", y.shape, f" loss {np.mean((y - target) ** 2):.3f}")

# %% [markdown] tags=["slide: eq | It goes two ways ... $a_{t+1}$."]
# The backward pass will need every $h_t$ again. That is why `forward` keeps them all: the memory that training takes
# grows with the length of the sequence.
#
# ## Two ways out of every state
#
# Blame is a derivative. We write $dh_t$ for $\partial L / \partial h_t$: how much the loss would rise if this state
# rose a little, everything that follows included. It has the shape of $h_t$.
#
# Follow $h_t$ forward. It goes two ways: **up**, into today's forecast $y_t$, and **on**, into tomorrow's
# pre-activation $a_{t+1}$. The loss feels it along both, and a derivative along two paths is the sum of the two:
#
# $$dh_t \;=\; \underbrace{dy_t\, W_{hy}^\top}_{\text{up: today's forecast}}
#   \;+\; \underbrace{dh_{\text{next}}}_{\text{on: all later days}}$$
#
# The first part is known at once: $dy_t = \frac{2}{N}(y_t - \text{target}_t)$, and $h_t$ reaches $y_t$ through
# $W_{hy}$, so the blame comes back through its transpose (step 3 below shows why). The second part has to come from
# the day after, which has to have it from the day after that. So we start at the **last** day, for which nothing is
# next, and walk back.

# %%
T, N = len(x), target.size
dy = 2 * (y - target) / N
dh_out = dy @ p["W_hy"].T
print("dy", dy.shape, " dh_out", dh_out.shape, ": the part of the blame that needs no walking")

# %% [markdown] tags=["slide: eq | Three small derivatives take us one day back"]
# ## One step back
#
# Say we hold $dh_t$, up and on together. Three small derivatives take us one day back. Take one row of the batch and
# write out the sum behind the matrix product, with $W$ for $W_{hh}$: $a_{t,j} = \sum_i h_{t-1,i}\, W_{ij} + \dots$
#
# 1. **Through the activation.** $h_{t,j} = \tanh(a_{t,j})$, and the slope of tanh at $a$ is $1 - \tanh^2 a$. That is
#    $1 - h_{t,j}^2$: the slope can be read off the value itself. Each unit by itself:
#    $$da_t = dh_t \odot (1 - h_t^2)$$
# 2. **To the weight's use on this day.** Pretend that each day has a copy $W^{(t)}$ of its own, all with the same
#    numbers. $a_{t,j}$ depends on this day's copy with slope $h_{t-1,i}$. Summed over the rows of the batch, each of
#    which used the same copy:
#    $$dW_{hh}^{(t)} = h_{t-1}^\top\, da_t \qquad dW_{xh}^{(t)} = x_t^\top\, da_t
#    \qquad db_h^{(t)} = \textstyle\sum_{\text{rows}} da_t$$
#    Whoever moves the one true weight moves all copies at once, so its derivative is the sum over all of them.
# 3. **To yesterday's state.** $a_{t,j}$ depends on $h_{t-1,i}$ with slope $W_{ij}$, and $h_{t-1,i}$ feeds *every* unit
#    $j$. What walks back is $dh_{\text{next},i} = \sum_j da_{t,j} W_{ij}$, a product with the transpose:
#    $$dh_{\text{next}} = da_t\, W_{hh}^\top$$
#    It is the *on* part of $dh_{t-1}$; the *up* part, from that day's own forecast, is added when we get there.
#
# The name `dh_next` is said from the day before: "the blame that came to me from the next day".

# %% tags=["slide: code def backward_step"]
def backward_step(p, x_t, h_prev, h_t, dh_t):
    """The blame dh_t (B, H) of one state: to this day's use of the weights, and to the state before."""
    da_t = dh_t * (1 - h_t ** 2)
    blame = {"W_xh": x_t.T @ da_t, "W_hh": h_prev.T @ da_t, "b_h": da_t.sum(0)}
    dh_next = da_t @ p["W_hh"].T
    return blame, dh_next


blame, dh_next = backward_step(p, x[-1], h[-2], h[-1], dh_out[-1])
for name, d in blame.items():
    print(f"{name:5} {str(p[name].shape):7} and its blame on the last day {d.shape}")

# %% [markdown] tags=["slide: A derivative has the shape ... missing", "slide: From the last day ... to the total"]
# A derivative has the shape of what it is the derivative of. If the shapes do not fit, a transpose is missing; check
# this before anything else.
#
# ## The loop
#
# From the last day to the first. Each day adds its use of the weights to the total, and hands `dh_next` on.

# %% tags=["part: code def backward"]
def backward(p, x, h, h0, dh_out, step=backward_step):
    """Backpropagation through time: dh_out (T, B, H) -> dL/dW for the recurrent weights."""
    total = {name: np.zeros_like(p[name]) for name in ("W_xh", "W_hh", "b_h")}
    dh_next = np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h0
        blame, dh_next = step(p, x[t], h_prev, h[t], dh_out[t] + dh_next)
        for name in total:
            total[name] += blame[name]
    return total


grad = backward(p, x, h, h0, dh_out)
print({name: d.shape for name, d in grad.items()})

# %% [markdown]
# The read-out has no memory. Its derivatives are plain sums over days and rows, $dW_{hy} = \sum_t h_t^\top dy_t$ and
# $db_y = \sum_{t,\text{rows}} dy_t$; `einsum` writes the first in one go ("multiply, and sum over t and b").

# %%
grad["W_hy"] = np.einsum("tbh,tbk->hk", h, dy)
grad["b_y"] = dy.sum((0, 1))
assert all(grad[name].shape == p[name].shape for name in p)

# %% [markdown] tags=["slide: eq | It takes two whole runs"]
# ## Is it right?
#
# A wrong gradient seldom crashes. It trains, only worse, and one blames the learning rate. So we check. A derivative
# is a slope, and a slope can be measured: move one weight up and down by a little, and see what the loss does.
#
# $$\frac{\partial L}{\partial W_{ij}} \approx \frac{L(W_{ij} + \epsilon) - L(W_{ij} - \epsilon)}{2 \epsilon}$$
#
# It takes two whole runs for each single number. It is far too slow to train with, and needs no derivation at all,
# which makes it a good judge.

# %%
def loss_of(p):
    return np.mean((forward(p, x, h0)[1] - target) ** 2)


def measured_slope(p, name, place, eps=6e-6):
    up, down = p[name].copy(), p[name].copy()
    up[place] += eps
    down[place] -= eps
    return (loss_of({**p, name: up}) - loss_of({**p, name: down})) / (2 * eps)


for place in [(0, 0), (2, 5)]:
    print(f"W_hh{place}: measured {measured_slope(p, 'W_hh', place):+.6f}, backpropagated {grad['W_hh'][place]:+.6f}")

# %% [markdown]
# Two numbers agree. Now all of them; the library's `gradcheck.numerical` measures every slope of an array.

# %%
from rnncourse import gradcheck

recurrent_names = ("W_xh", "W_hh", "b_h")
measured = {name: gradcheck.numerical(lambda W, name=name: loss_of({**p, name: W}), p[name])
            for name in recurrent_names}


def compare(ours):
    """How far from the measured slopes, as a share of their length; and the cosine of the angle between the two."""
    a, b = (np.concatenate([grads[name].ravel() for name in recurrent_names]) for grads in (ours, measured))
    return np.linalg.norm(a - b) / np.linalg.norm(b), a @ b / np.linalg.norm(a) / np.linalg.norm(b)


far, cosine = compare(grad)
print("within 1e-7 of the measured slopes:", far < 1e-7)
assert far < 1e-7

# %% [markdown] tags=["slide: Would we have noticed | Here are two ... `dh_next`"]
# Would we have noticed a mistake? Here are two that are easy to make, and easy to find in print: leaving the
# activation's slope out, and dropping `dh_next`.

# %% tags=["slide: print"]
def without_slope(p, x_t, h_prev, h_t, dh_t):
    return {"W_xh": x_t.T @ dh_t, "W_hh": h_prev.T @ dh_t, "b_h": dh_t.sum(0)}, dh_t @ p["W_hh"].T


def without_next(p, x_t, h_prev, h_t, dh_t):
    return backward_step(p, x_t, h_prev, h_t, dh_t)[0], np.zeros_like(dh_t)


for mistake, wrong_step in {"no slope": without_slope, "no dh_next": without_next}.items():
    far, cosine = compare(backward(p, x, h, h0, dh_out, wrong_step))
    print(f"{mistake:11} off by {far:.2f} of the gradient's length, cosine {cosine:.2f}")
    assert far > 0.1 and cosine > 0.5

# %% [markdown] tags=["part: Both are far off ... right way"]
# Both are far off, and both still point roughly the right way. That is what makes such mistakes so hard to notice: no
# shape is wrong and nothing stops.
#
# The course's library has the same backward pass, and torch finds the same numbers by recording what was computed:

# %%
import torch

from rnncourse.cells import rnn

recurrent = {name: p[name] for name in ("W_xh", "W_hh", "b_h")}
trace = rnn.forward(recurrent, x)
dparams, dx, dh0 = rnn.backward(recurrent, trace, dh_out)

leaves = {name: torch.tensor(value, requires_grad=True) for name, value in p.items()}
h_t, loss = torch.zeros(h0.shape, dtype=torch.float64), 0
for x_t, target_t in zip(torch.tensor(x), torch.tensor(target), strict=True):
    h_t = torch.tanh(x_t @ leaves["W_xh"] + h_t @ leaves["W_hh"] + leaves["b_h"])
    loss = loss + ((h_t @ leaves["W_hy"] + leaves["b_y"] - target_t) ** 2).sum() / N
loss.backward()

largest = max(np.abs(leaves[name].grad.numpy() - grad[name]).max() for name in grad)
library = max(np.abs(dparams[name] - grad[name]).max() for name in dparams)
print("ours = torch's within 1e-12:", largest < 1e-12, "  ours = the library's within 1e-12:", library < 1e-12)
assert largest < 1e-12 and library < 1e-12

# %% [markdown] tags=["slide: eq"]
# For the triangle and the training we keep our own functions; from *Truncation* on we use the library's.
#
# ## The triangle: who blames whom
#
# The total hides what we came for. It is a sum over days of *use*, and each of these is itself a sum over the later
# days of *loss*. Let us keep the items apart:
#
# $$G[k, t] = \text{what the loss at step } k \text{ blames on the use of } W_{hh} \text{ at step } t, \qquad
#   \frac{\partial L}{\partial W_{hh}} = \sum_k \sum_{t \le k} G[k, t]$$
#
# To get one row, let only day $k$'s forecast count, and walk back from there.

# %%
def blame_of(k, p, x, h, h0, dh_out):
    """Row k of the triangle: (T, H, H), what the loss at step k blames on each step's use of W_hh."""
    row, dh = np.zeros((len(x), *p["W_hh"].shape)), dh_out[k]
    for t in reversed(range(k + 1)):
        blame, dh = backward_step(p, x[t], h[t - 1] if t > 0 else h0, h[t], dh)
        row[t] = blame["W_hh"]
    return row


G = np.array([blame_of(k, p, x, h, h0, dh_out) for k in range(T)])
print("G", G.shape, ": for each k and t a whole matrix like W_hh")
print("all items together are the gradient, within 1e-12:", np.abs(G.sum((0, 1)) - grad["W_hh"]).max() < 1e-12)
print("largest item with t > k:", np.abs(G[np.triu_indices(T, 1)]).max(), "(the future is not to blame)")

# %% [markdown]
# Each item is a matrix; its size $\|G[k,t]\|$ is one number, and one number is one cell of a picture. Here it is for
# the untrained network.

# %% tags=["slide: picture left | the size of each | Nothing lies right", "slide: picture right | the last loss blames ... was used there"]
from rnncourse.plots.triangle import triangle

size = np.linalg.norm(G, axis=(2, 3))
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), width_ratios=[1.1, 1])
triangle(left, size)
right.bar(range(T), size[-1] / size[-1].max(), color=LOOK["h"].colour)
right.set(xlabel="t: step of the use", ylabel="blame, largest = 1", title=f"the last row: the loss at step k = {T - 1}")
show(fig, alt="Left: a lower triangle of cells, brightest along the diagonal and darker towards the left. Right: bars "
     "of the last row, tallest at the last steps and near zero for the early ones.",
     caption="Left: the size of each G[k, t]. Nothing lies right of the diagonal. Right: the last loss blames mostly "
     "the last few uses; the early days get next to nothing, although the same weight was used there.")

# %%
recent = size[-1, -5:].sum() / size[-1].sum()
print(f"of all the sizes in the last row, the last 5 of {T} days hold {recent:.0%}")
assert recent > 0.5

# %% [markdown] tags=["slide: it fades on the way back | Why it fades"]
# So the last forecast depends on every use but one: on day 0 the matrix multiplied the empty start $h_0 = 0$, and the
# first column is left white. And the blame is spread very unevenly: it fades on the way back. Why it fades, and when it
# explodes instead, is chapter 03.

# %% [markdown]
# ## The training loop
#
# All that training needs is there now. Forward, loss, backward, and then the update: each weight takes a small step
# against its gradient, $W \leftarrow W - \eta\, dW$. Some gradients are far too long, and one step along them would
# throw the weights far off; so the length is limited first (chapter 03 says why). The loop keeps the length before the
# limit.

# %%
from rnncourse import losses, optimizers


def train(p, x, target, steps, learning_rate=0.1, limit=1.0):
    """Gradient descent on whole sequences; returns the weights, and for each iteration the loss and the length."""
    history, h0 = [], np.zeros((x.shape[1], p["W_hh"].shape[0]))
    for _ in range(steps):
        h, y = forward(p, x, h0)
        loss, dy = losses.squared_error(y, target)
        dh_out = dy @ p["W_hy"].T
        grad = backward(p, x, h, h0, dh_out) | {"W_hy": np.einsum("tbh,tbk->hk", h, dy), "b_y": dy.sum((0, 1))}
        grad, length = optimizers.clip_by_norm(grad, limit)
        p = {name: p[name] - learning_rate * grad[name] for name in p}
        history.append((loss, length))
    return p, np.array(history)


# %% tags=["nbval-ignore-output"]
more = seattle.next_day("train", days=28, every=7)
trained, history = train(start(rng, H=16), more.x, more.y, steps=400)
loss, length = history.T
print(f"loss {loss[0]:.3f} -> {loss[-1]:.3f};  gradients longer than the limit: {(length > 1).sum()} of {len(length)}")
same_as_today = np.mean(((more.celsius - more.persistence) / seattle.std[0]) ** 2)
reached = np.argmax(loss < same_as_today)
print(f"'same as today' on the same days: {same_as_today:.3f};  reached after {reached} iterations")
assert loss[-1] < same_as_today < loss[0]

# %% tags=["slide", "nbval-ignore-output"]
from rnncourse.plots.signals import curve

fig, ax = plt.subplots(figsize=(7, 3))
curve(ax, loss, color=LOOK["h"].colour)
ax.axhline(same_as_today, color=REFERENCE, linestyle=":")
ax.text(400, same_as_today, "same as today", ha="right", va="bottom", color=QUIET)
ax.set(ylim=(0, None), ylabel="loss (scaled, squared)", title="training on Seattle, 2012 and 2013")
show(fig, alt="A falling curve: it drops within a few iterations, bends, and creeps below a dotted line marked 'same "
     "as today'.",
     caption="The loss drops fast until the network is as good as 'tomorrow as today' (dotted). What it gains beyond, "
     "it gains slowly.")

# %% [markdown] tags=["slide: And \"tomorrow will ... by how much will the network beat it?"]
# A falling loss on the training years says little. The year 2014 was never used. And "tomorrow will be as warm as
# today" is a forecast too, one that costs nothing. Before you run the next cell: by how much will the network beat it?
# (It learned on stretches of 28 days and now runs through 364 in one go: the step is the same on every day, so the loop
# may be as long as we like.)

# %% tags=["slide: print", "nbval-ignore-output"]
year = seattle.next_day("validation", days=364)
forecast = forward(trained, year.x, np.zeros((1, 16)))[1]
network = year.error(forecast)
same_as_today = np.abs(year.celsius - year.persistence).mean()
print(f"mean error over {forecast.size} days of 2014:  network {network:.2f} °C,  same as today {same_as_today:.2f} °C")
assert 1.9 < network < 2.5 and 2.2 < same_as_today < 2.4

# %% [markdown] tags=["part: The gap is small | Whether it is ... seeds"]
# The gap is small. Whether it is more than luck takes intervals and several seeds; chapter 07 does that and lets the
# numbers decide. What this chapter claims is only that the gradient is right.

# %% [markdown] tags=["slide: list | Both are the same sum | Nothing else is"]
# ## Truncation: stop walking
#
# A text has a million characters. Nobody walks back through all of them: memory and time grow with each step. The walk
# is stopped after a *span* of $S$ steps, and in the triangle one sees exactly what that means. There are two ways:
#
# - **Chunks.** Cut the sequence into pieces of $S$ steps. The *state* is carried across the cut, the *blame* stops at
#   it. A loss right after a cut looks back over one step only. It is cheap, and it is what nearly everybody does.
# - **A window.** Every loss looks back over $S$ steps, its own among them: $k - t < S$. It is fairer, and costs a walk
#   of $S$ steps for each single loss.
#
# Both are the same sum with some of the items left out. Nothing else is approximated. We look at the network that has
# just been trained, over the first four weeks of 2014; the library's `itemised_gradient` gives the triangle.

# %%
def kept(T, span, way):
    """(T, T) booleans: which items G[k, t] truncation to `span` steps keeps."""
    k, t = np.indices((T, T))
    return (t <= k) & ((k // span == t // span) if way == "chunk" else (k - t < span))


from rnncourse.cells import bptt

recurrent = {name: trained[name] for name in ("W_xh", "W_hh", "b_h")}
stretch = seattle.next_day("validation", days=28)       # the first stretch of 2014, one row
trace = rnn.forward(recurrent, stretch.x[:, :1])
_, dy = losses.squared_error(trace.h @ trained["W_hy"] + trained["b_y"], stretch.y[:, :1])
dh_out = dy @ trained["W_hy"].T
G = bptt.itemised_gradient(trace, dh_out)["W_hh"]       # the triangle of the trained network

# %%
for span in (4, 10):
    chunk = bptt.truncated_by_chunk(trace, dh_out, span)["W_hh"]
    window = bptt.truncated_by_window(trace, dh_out, span)["W_hh"]
    same = [np.abs(G[kept(T, span, way)].sum(0) - d).max() < 1e-12
            for way, d in (("chunk", chunk), ("window", window))]
    print(f"span {span:2}: masked sum = backward passes that stop: chunk {same[0]}, window {same[1]}")
    assert all(same)

# %% [markdown]
# The function that the explorer below runs, called by hand first. It answers: how much of the gradient is left?

# %% tags=["nbval-ignore-output"]
result = bptt.truncated(G, size=7, way="chunk")
print("items kept: {} of {}".format(*result.items))
print(f"length of what is left, full gradient = 1: {result.length:.2f};  its direction: cosine {result.cosine:.3f}")
assert 0.5 < result.cosine < 1

# %%
from rnncourse.explorers.truncation import Truncation

explorer = Truncation(trained, stretch.x[:, :1], stretch.y[:, :1])
explorer

# %% tags=["slide: picture | Kept items are ... every span", "nbval-ignore-output"]
show(explorer.still(), alt=explorer.words,
     caption="The explorer, standing still. Kept items are coloured, dropped ones grey; right, how well "
     "the direction of what is left agrees with the full gradient for every span, the present one marked.")

# %% [markdown] tags=["slide: The window's line | The chunks' line zigzags ... long items | So a longer span"]
# The window's line rises and stays. The chunks' line zigzags, because it matters *where* the cuts fall: one right
# before a day with a large loss drops that day's long items. So a longer span can be worse than a shorter one.
#
# Things to try:
#
# - From which span on does the cosine stay above 0.99, once with chunks, once with the window?
# - Choose *window*, a span of 7, and raise the scale of $W_{hh}$. What happens to the band along the diagonal, and to
#   the cosine?
# - In the bottom row, can you find a scale at which the early days matter more than the late ones? If not, why not?
#   (Chapter 03.)
#
# ## Exercises
#
# Each check answers at once. `.hint()` gives a hint, and another when asked again; `.solution()` shows ours.

# %%
from rnncourse.exercises import bptt as exercises

# %% [markdown]
# **1. Where the blame starts.** Sequences in a batch have different lengths; the shorter ones are padded. Padding must
# not be blamed. Write $dy$ for a loss with a mask.

# %%
def masked_blame(y, target, mask):
    """dL/dy for the mean squared error over those forecasts only where `mask` is True.

    y, target  (T, B, K)
    mask       (T, B)  True where a row has a forecast, False on its padding; at least one is True
    returns    (T, B, K)  dL/dy with L = (1/N) Σ (y − target)², N = K · (number of True in mask)
    """
    ...    # about 2 lines


exercises.masked_blame.check(masked_blame)

# %%
# exercises.masked_blame.hint()
# exercises.masked_blame.solution()

# %% [markdown]
# **2. Another slope.** One step back with the sigmoid in the place of tanh. What is its slope, read off the value?

# %%
def sigmoid_backward_step(params, x_t, h_prev, h_t, dh_t):
    """One step back through h_t = σ(x_t W_xh + h_prev W_hh + b_h), with the sigmoid in the place of tanh.

    params   W_xh (D, H), W_hh (H, H), b_h (H,)
    x_t      (B, D)
    h_prev   (B, H)  the state before the step, and h_t (B, H) the one after it
    dh_t     (B, H)  dL/dh_t, all that came back to h_t
    returns  blame, a dict with dL/dW_xh, dL/dW_hh, dL/db_h under the names of params; and dh_prev (B, H)
    """
    ...    # about 3 lines


exercises.sigmoid_backward_step.check(sigmoid_backward_step)

# %%
# exercises.sigmoid_backward_step.hint()
# exercises.sigmoid_backward_step.solution()

# %% [markdown]
# **3. All the way.** What does the loss blame on the state *before* the first step? Only the walk itself is needed.

# %%
def start_gradient(W_hh, h, dh_out):
    """dL/dh0 of a tanh RNN: how much of the blame walks back all the way, to the state before the first step.

    W_hh     (H, H)
    h        (T, B, H)  the states after each step
    dh_out   (T, B, H)  dL/dh from outside: what each step's own loss says
    returns  (B, H)     dL/dh0
    """
    ...    # about 5 lines


exercises.start_gradient.check(start_gradient)

# %%
# exercises.start_gradient.hint()
# exercises.start_gradient.solution()

# %% [markdown]
# **4. Truncation by hand.** The gradient of $W_{hh}$ with the walk cut into chunks.

# %%
def chunked_gradient(W_hh, h, h0, dh_out, size):
    """dL/dW_hh of a tanh RNN, truncated by chunks: steps 0 … size − 1, then size … 2 size − 1, and so on.

    No blame passes from a chunk to the one before it. The states were carried on across every cut.

    W_hh     (H, H)
    h        (T, B, H)  the states after each step, h0 (B, H) the one before the first
    dh_out   (T, B, H)  dL/dh from outside
    size     steps in a chunk; the last chunk may have fewer
    returns  (H, H)
    """
    ...    # about 7 lines


exercises.chunked_gradient.check(chunked_gradient)

# %%
# exercises.chunked_gradient.hint()
# exercises.chunked_gradient.solution()

# %% [markdown]
# **5. The judge.** Measure every slope of any function of an array.

# %%
def numerical_gradient(f, w, step):
    """The slope of f at w along each entry of w, measured by central differences.

    f        a function: an array like w -> a number
    w        an array of any shape; it stays as it was
    step     how far to go up and down
    returns  an array of w's shape: for each entry (f with that entry raised by step
             − f with it lowered by step) / (2 step)
    """
    ...    # about 7 lines


exercises.numerical_gradient.check(numerical_gradient)

# %%
# exercises.numerical_gradient.hint()
# exercises.numerical_gradient.solution()

# %% [markdown] tags=["slide: Truncated to ... longer than $S$ | Not so: ... long ago. | What truncation takes"]
# ## Where this misleads
#
# **A limit.** "Truncated to $S$ steps, a network cannot remember longer than $S$." Not so: the *state* is carried
# across the cut, so it may hold something from long ago. What truncation takes away is the *blame*: a habit of
# remembering that pays off only after more than $S$ steps is never rewarded for it. And the triangle shows sizes.
# Large items can cancel: a small gradient is not a sign that nothing depends on this weight.
#
# **A common mistake in print.** The step from one state to the one before is often given as $\partial h_t / \partial
# h_{t-1} = W_{hh}$, or its power $W_{hh}^{T-t}$. The activation's slope is missing. In our row form the full factor is
# $dh_{\text{next}} = (dh_t \odot (1 - h_t^2))\, W_{hh}^\top$, and the check above showed how far off one is without it.

# %% [markdown] tags=["slide: From each state it came ... day before."]
# ## Recap
#
# How does blame travel back in time? From each state it came two ways, from today's loss and from the next day's
# state; the two are added, go through the activation's slope, leave a share with this day's use of the weights, and
# pass through $W_{hh}^\top$ to the day before. Summed over all days this is the exact gradient. Truncation leaves out
# items of a triangle, and nothing else.
#
# ## References
#
# - P. J. Werbos, 1990: *Backpropagation through time: what it does and how to do it.* Proceedings of the IEEE 78(10).
# - R. J. Williams and J. Peng, 1990: *An efficient gradient-based algorithm for on-line training of recurrent network
#   trajectories.* Neural Computation 2(4). Truncation, by window and by chunk.
# - R. Pascanu, T. Mikolov and Y. Bengio, 2013: *On the difficulty of training recurrent neural networks.* ICML.
#   Clipping.
# - I. Goodfellow, Y. Bengio and A. Courville, 2016: *Deep Learning*, section 10.2.2. MIT Press.
# - Weather: NOAA daily records for Seattle, as bundled in the package vega_datasets.
