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
# # 01 · How can a network remember?
#
# A network is a function: numbers in, numbers out. Call a function twice with the same input, and it gives the same
# answer twice. It cannot know what happened yesterday. Yet to read a sentence, to follow a tune or to forecast
# tomorrow's weather, one has to. This chapter adds one arrow to a network, and gives it a past.
#
# After it you can
#
# - write one step of a recurrent network, and the loop over time, and say the shape of everything in it;
# - explain why a year of inputs needs no more weights than a day;
# - tell one-to-one, one-to-many, many-to-one and many-to-many apart, and run each;
# - set weights by hand so that a unit keeps an exact running average, or holds one bit for ever;
# - read a phase portrait, and say from it what a network of two units remembers.
#
# To have read: chapter 00. Time: about 100 minutes, a third of them for the exercises; running it all takes about ten
# seconds.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse.exercises import recurrence as exercises
from rnncourse.notebook import begin, show

begin()
rng = np.random.default_rng(1)

# %% [markdown] tags=["slide: In the second one ... same in both | list"]
# **Predict first.** Here are two sequences of five days, one number a day. In the second one, something happened on the
# first day; the last four days are the same in both. A network reads a sequence day by day and answers after each day.
#
# 1. It sees *only today's number*. Can its last answers differ between the two sequences?
# 2. It may also keep *a few numbers* from one day to the next. Can they differ now?

# %%
x = np.zeros((5, 2, 1))    # (T, B, D): 5 days, 2 sequences, 1 number a day
x[0, 1] = 1.0              # sequence 1, first day
for b in range(2):
    print(f"sequence {b}:", x[:, b, 0])

# %% [markdown]
# The order of the axes is the course's, and torch's: **time first** $(T, B, D)$. $T$ steps, $B$ sequences side by
# side (the batch), $D$ numbers at each step. So `x[t]` is what *all* sequences read at step $t$: an array $(B, D)$,
# one row a sequence.
#
# ## Without a past
#
# A layer of an ordinary network: multiply, add, bend. It has $H$ units, and reads one day at a time.

# %%
D, H = 1, 3
W, b = rng.normal(size=(D, H)), np.zeros(H)
answers = np.tanh(x @ W + b)    # every day of every sequence, each for itself
print("answers", answers.shape, "(T, B, H)")
print("last day, both sequences alike:", np.array_equal(answers[-1, 0], answers[-1, 1]))

# %% [markdown] tags=["slide: eq | Subscripts read as ... state to the state."]
# So the answer to the first question is no, and no training will change it: the same number goes in, so the same answer
# comes out. Whatever it is that remembers must come in *beside* today's input.
#
# ## One step
#
# So give the layer, beside today's input $x_t$, what it answered itself one step before. That answer is called the
# **hidden state** $h$:
#
# $${\color{#5865f2}h_t} = f\big({\color{#857d92}x_t} W_{xh} + {\color{#5865f2}h_{t-1}} W_{hh} + b_h\big)$$
#
# Subscripts read as "from, to": $W_{xh}$ leads from the input to the state, $W_{hh}$ from the state to the state. $f$
# is the **activation**, for now $\tanh$. This is Elman's network (1990), and what people mean by "a simple RNN".

# %% tags=["slide: code def step"]
def step(p, x_t, h_prev):
    """x_t (B, D) and h_prev (B, H) give h_t (B, H)."""
    return np.tanh(x_t @ p["W_xh"] + h_prev @ p["W_hh"] + p["b_h"])


p = {"W_xh": W, "W_hh": rng.normal(size=(H, H)), "b_h": b}
h0 = np.zeros((2, H))    # nothing has happened yet
h1 = step(p, x[0], h0)
print(h1.round(3))

# %% [markdown]
# Can you say the shape of each term before you run the next cell? $B = 2$, $D = 1$, $H = 3$.

# %%
for name, array in {"x_t": x[0], "x_t W_xh": x[0] @ p["W_xh"], "h_prev": h0, "h_prev W_hh": h0 @ p["W_hh"],
                    "b_h": p["b_h"], "h_t": h1}.items():
    print(f"{name:12} {array.shape}")

# %% [markdown]
# Both products end as $(B, H)$, so they can be added; $b_h$ is the same for every row. Each row is one sequence, and no
# row ever touches another.
#
# **In papers** an example is a *column*, and the same step reads $h_t = \tanh(W\,x_t + U\,h_{t-1} + b)$. It is our
# line, transposed: $(x_t W_{xh})^\top = W_{xh}^\top x_t^\top$, so their $W$ is our $W_{xh}^\top$ and their $U$ our
# $W_{hh}^\top$. Said once, and shown once:

# %%
x_t, h_prev = rng.normal(size=(2, D)), rng.normal(size=(2, H))
W_paper, U_paper, b_paper = p["W_xh"].T, p["W_hh"].T, p["b_h"][:, None]
columns = np.tanh(W_paper @ x_t.T + U_paper @ h_prev.T + b_paper)
print("rows", step(p, x_t, h_prev).shape, " columns", columns.shape)
print("one is the other, transposed:", np.allclose(step(p, x_t, h_prev), columns.T, rtol=0, atol=1e-12))

# %% [markdown] tags=["slide: A sequence is read ... the next"]
# ## The loop
#
# A sequence is read by taking that step again and again. What comes out of one step goes into the next. That is all.

# %%
def forward(p, x, h0):
    """x (T, B, D) and the first state h0 (B, H) give the states of all steps, (T, B, H)."""
    states, h = [], h0
    for x_t in x:
        h = step(p, x_t, h)
        states.append(h)
    return np.stack(states)


h = forward(p, x, h0)
print("states", h.shape, "(T, B, H)")
print("last day, both sequences alike:", np.array_equal(h[-1, 0], h[-1, 1]))

# %% [markdown]
# The second answer is yes. On the last day both sequences read the same number, and the states differ, because they
# came from different states, which came from different states, back to the first day. Here is that way:

# %% tags=["slide: picture | Right: the event"]
from rnncourse.plots.palette import INK, LOOK, QUIET, REFERENCE

fig, axes = plt.subplots(1, 2, figsize=(9, 2.9), sharey=True)
quiet, event = {"color": REFERENCE, "marker": "s", "linestyle": "--"}, {"color": LOOK["h"].colour, "marker": "o"}
for ax, values, title in zip(axes, (answers, h), ("without a past", "with a state"), strict=True):
    ax.plot(range(1, 6), values[:, 1, 0], **event, label="sequence 1: an event on day 1")
    ax.plot(range(1, 6), values[:, 0, 0], **quiet, label="sequence 0: nothing happened")
    ax.set(xlabel="step t", title=title, xticks=range(1, 6))
axes[0].set_ylabel("first unit")
axes[0].legend(loc="lower right")
show(fig, alt="Two panels, five steps each. Left: the two lines differ at step 1 and lie on each other from step 2 on. "
     "Right: the line of sequence 0 stays at zero, the line of sequence 1 swings up and down to the last step.",
     caption="Left: after day 1 the two sequences look the same, so the answers are the same. Right: the event of "
     "day 1 is over, and still moves the state on day 5.")

# %% [markdown]
# To be sure what it is that remembers, take it away. With $W_{hh} = 0$ nothing comes from the step before:

# %%
cut = p | {"W_hh": np.zeros((H, H))}
h_cut = forward(cut, x, h0)
print("with W_hh = 0, last day, both sequences alike:", np.array_equal(h_cut[-1, 0], h_cut[-1, 1]))
assert np.abs(h[-1, 0] - h[-1, 1]).max() > 0.01 and np.array_equal(h_cut[-1, 0], h_cut[-1, 1])

# %% [markdown] tags=["slide: So memory is not ... of its past", "slide: eq | The read-out has no memory"]
# So memory is not in the weights, which never change here, and not in the inputs, which are gone. It is in the
# **state**: $H$ numbers, all that the network has of its past.
#
# ## What is said aloud
#
# The state is the network's own notebook. What we want to hear is read out of it, by another small layer:
#
# $$y_t = g\big({\color{#5865f2}h_t} W_{hy} + b_y\big)$$
#
# $g$ depends on the task: none for a temperature, a softmax for a choice among words. The read-out has no memory of its
# own: it needs no loop, and takes all steps at once.

# %%
K = 2
W_hy, b_y = rng.normal(size=(H, K)), np.zeros(K)
y = h @ W_hy + b_y
print("states", h.shape, " outputs", y.shape, "(T, B, K)")

# %% [markdown]
# ## The drawing
#
# On the left the network as it is, with the one arrow that is new. On the right the same network **unrolled**: one copy
# for each step, side by side. The copies are a way to draw time. There are not four networks, and not four $W_{hh}$.

# %% tags=["slide"]
from rnncourse.plots import unrolled

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=[2.2, 4.65])
unrolled.folded(left)
unrolled.unrolled(right, reads=[True] * 4, title="unrolled over four steps")
show(fig, alt="Left: a box h with an arrow W_hh from itself to itself; x below feeds it by W_xh, it feeds y by W_hy. "
     "Right: four such boxes in a row, h1 to h4, each joined to the next by an arrow W_hh, each with its x and y.",
     caption="Follow any way from x₁ to y₄: up, along, along, along, up. Each blue arrow multiplies by the same W_hh.")

# %% [markdown]
# ## The same weights at every step
#
# How else could a network see the last $T$ days? It could read them all at once, as one long input of $T \cdot D$
# numbers. Compare what there is to learn, for five numbers a day and 32 units:

# %% tags=["slide: print"]
def weights_of_window(T, D=5, H=32):
    """A layer that reads T days at once: a weight for every number of every day, and a bias a unit."""
    return T * D * H + H


def weights_of_rnn(D=5, H=32):
    arrays = {"W_xh": np.zeros((D, H)), "W_hh": np.zeros((H, H)), "b_h": np.zeros(H)}
    return sum(array.size for array in arrays.values())


for T in (1, 7, 28, 365):
    print(f"T = {T:3}: window {weights_of_window(T):6}   recurrent {weights_of_rnn():6}")

# %% [markdown]
# The recurrent network loses at one day, it is about even at a week, and from then on it wins: its count does not
# contain $T$. Sharing weights over time buys two more things. One set of weights reads **any length**:

# %%
for T in (1, 5, 1000):
    print(f"{T:4} steps in, states", forward(p, np.zeros((T, 2, D)), h0).shape)

# %% [markdown]
# And what it does with an event does not depend on **when** the event comes. Move the event by two days, and the states
# move by two days (here the quiet state is 0, so nothing else happens before):

# %%
late = np.zeros((7, 2, D))
late[2:] = x
print("the same states, two steps later:", np.allclose(forward(p, late, h0)[2:], h, rtol=0, atol=1e-12))

# %% [markdown]
# A network that reads a window would have to learn "a storm on Monday" and "a storm on Tuesday" apart.
#
# ## One run is two runs
#
# The state is *all* that a step needs of the past. So a long sequence can be cut anywhere, if the last state of one
# piece becomes the first of the next:

# %% tags=["slide: print"]
first = forward(p, x[:2], h0)
carried = forward(p, x[2:], first[-1])
forgot = forward(p, x[2:], h0)
for name, second in {"state carried over": carried, "started from zeros again": forgot}.items():
    print(f"{name:25} equal to the whole run: {np.allclose(np.concatenate([first, second]), h, rtol=0, atol=1e-12)}")

# %% [markdown]
# ## The same numbers from torch
#
# `torch.nn.RNN` is this loop. Two things differ on paper only: it stores each matrix transposed, as in the papers,
# and it keeps two biases, of which only the sum matters. We give it our weights and compare; beside it the course's
# own library.

# %%
import torch

from rnncourse.cells import rnn

module = torch.nn.RNN(input_size=D, hidden_size=H, dtype=torch.float64)
with torch.no_grad():
    module.weight_ih_l0.copy_(torch.tensor(p["W_xh"].T))
    module.weight_hh_l0.copy_(torch.tensor(p["W_hh"].T))
    module.bias_ih_l0.copy_(torch.tensor(p["b_h"]))
    module.bias_hh_l0.zero_()
    states, last = module(torch.tensor(x))

trace = rnn.forward(p, x)
print("torch's states", tuple(states.shape), " its last state", tuple(last.shape))
print("ours = torch's within 1e-12:", np.abs(states.numpy() - h).max() < 1e-12)
print("ours = the library's within 1e-12:", np.abs(trace.h - h).max() < 1e-12)
assert np.abs(states.numpy() - h).max() < 1e-12 and np.abs(trace.h - h).max() < 1e-12

# %% [markdown]
# From here on we use the library's `rnn.step` and `rnn.forward`. The latter returns a **Trace**, which holds the run
# step by step and says what it is:

# %%
trace

# %% [markdown]
# ## Four arrangements
#
# A step *may* read something and *may* say something. Which steps do which, makes four arrangements, and nearly every
# use of a recurrent network is one of them.

# %% tags=["slide"]
fig, axes = plt.subplots(1, 4, figsize=(9, 2.3), width_ratios=[1.6, 3, 3, 3])
for ax, name in zip(axes, unrolled.ARRANGEMENTS, strict=True):
    unrolled.arrangement(ax, name)
show(fig, alt="Four small drawings. One to one: a single x, h, y. One to many: x under the first step only, y over "
     "all three. Many to one: x under all three steps, y over the last only. Many to many: x and y at all three steps.",
     caption="Grey boxes are read, black ones said. The blue chain in the middle is the same in all four.")

# %% [markdown] tags=["slide: table"]
# | | in | out | where it occurs |
# |---|---|---|---|
# | **one to one** | one thing | one thing | an ordinary network; no memory needed |
# | **one to many** | a start | a sequence | a tune from its first note, a caption for a picture |
# | **many to one** | a sequence | one answer | which language is this name from (chapter 08), is this review kind |
# | **many to many** | a sequence | an answer a step | tomorrow's weather, every day (02); the next letter (06) |
#
# Translation is two of them in a row: many to one reads the sentence, one to many writes the other (chapter 16).
# (Chapters 06 and later are planned.)
#
# Each is two or three lines. Five days, two sequences, four units, two outputs:

# %%
x, p = rng.normal(size=(5, 2, 1)), rnn.init(rng, input_size=1, hidden_size=4)
W_hy, b_y = rng.normal(size=(4, 2)), np.zeros(2)

h = rnn.step(p, x[0], np.zeros((2, 4)))                  # one to one: a single step
y = h @ W_hy + b_y
print("one to one  ", x[0].shape, "->", y.shape)

# %%
only_first = np.concatenate([x[:1], np.zeros((4, 2, 1))])    # one to many: after the first step, nothing to read
y = rnn.forward(p, only_first).h @ W_hy + b_y
print("one to many ", x[0].shape, "->", y.shape)

# %%
y = rnn.forward(p, x).last() @ W_hy + b_y                # many to one: read all, say one thing at the end
print("many to one ", x.shape, "->", y.shape)

# %%
y = rnn.forward(p, x).h @ W_hy + b_y                     # many to many: say something at every step
print("many to many", x.shape, "->", y.shape)

# %% [markdown] tags=["slide: Whoever then reads ... never had"]
# **A pitfall: padding.** Names have different lengths; to stand in one array, the short ones are filled up
# with zeros. To the network these zeros are inputs like others: the state moves on. Whoever then reads `h[-1]` reads a
# state that the sequence never had.

# %%
short, padded = x[:3, :1], np.concatenate([x[:3, :1], np.zeros((2, 1, 1))])
after_padding, at_its_end = rnn.forward(p, padded).h[-1], rnn.forward(p, padded).h[2]
print("h[-1] of the padded row is its true last state:", np.allclose(after_padding, rnn.forward(p, short).last()))
print("h[2], at its own last step, is:                ", np.allclose(at_its_end, rnn.forward(p, short).last()))

# %% [markdown] tags=["slide: eq | for which $f$"]
# ## What the activation does to a memory
#
# $f$ has been $\tanh$. Four are common. Each bends what comes in; what matters for a memory is what becomes of a number
# that goes through $f$ *again and again*. So we let one unit read a single pulse, $+1$ or $-1$, and then nothing:
#
# $${\color{#5865f2}h_t} = f(w\,{\color{#5865f2}h_{t-1}} + {\color{#857d92}x_t})$$
#
# **Predict:** for which $f$ do the two pulses still make a difference of more than 0.1 after 30 steps, for $w = 0.9$?
# For $w = 1.5$?

# %%
def after_a_pulse(activation, w, pulse, steps=30):
    """(T,) states of one unit that reads a pulse at step 1 and nothing after it."""
    x = np.zeros((steps, 1, 1))
    x[0] = pulse
    one = {"W_xh": np.ones((1, 1)), "W_hh": np.full((1, 1), w), "b_h": np.zeros(1)}
    return rnn.forward(one, x, activation=activation).h[:, 0, 0]


names = ("linear", "sigmoid", "tanh", "relu")
for w in (0.9, 1.5):
    for name in names:
        up, down = after_a_pulse(name, w, +1)[-1], after_a_pulse(name, w, -1)[-1]
        print(f"w = {w}  {name:8} after +1: {up:11.3f}  after −1: {down:11.3f}  apart by > 0.1: {abs(up - down) > 0.1}")

# %% tags=["slide"]
from rnncourse import activations

fig, axes = plt.subplots(2, 4, figsize=(10, 4.6), sharey="row", sharex="row", height_ratios=[1, 1.3])
a, looks = np.linspace(-3, 3, 121), {0.9: (REFERENCE, "--"), 1.5: (LOOK["h"].colour, "-")}
for (above, below), name in zip(axes.T, names, strict=True):
    value, slope = activations.named(name)(a)
    above.plot(a, value, color=INK)
    above.plot(a, slope, color=QUIET, linestyle=":")
    above.set(title="ReLU" if name == "relu" else name, ylim=(-1.5, 1.5), xlabel="a")
    for w, (colour, style) in looks.items():
        for pulse in (1, -1):
            below.plot(range(1, 31), after_a_pulse(name, w, pulse), color=colour, linestyle=style)
    below.set(ylim=(-2, 2), xlabel="step t")
axes[0, 0].set_ylabel("f(a), dotted: slope")
axes[1, 0].set_ylabel("state after ±1\n(w = 0.9 dashed, 1.5 solid)")
show(fig, alt="Four columns. Above, each activation and its slope. Below, the state after a pulse of +1 and of −1. "
     "Linear fades for w = 0.9 and leaves the picture for w = 1.5, and so does ReLU after +1; after −1 it stays at 0. "
     "Sigmoid: for each w both curves join in a few steps. Tanh fades for w = 0.9, stays at about ±0.86 for w = 1.5.",
     caption="Only tanh with w = 1.5 both remembers and stays in the picture: it settles at one of two values, and "
     "which one tells the sign of a pulse long gone.")

# %%
held = after_a_pulse("tanh", 1.5, +1, steps=200)
assert abs(held[-1] - np.tanh(1.5 * held[-1])) < 1e-12 and np.allclose(after_a_pulse("linear", 1.0, 0.7), 0.7)
print(f"tanh, w = 1.5, after 200 steps: {held[-1]:.6f}, and one step later: {np.tanh(1.5 * held[-1]):.6f}")
print("linear, w = 1: every state is the pulse itself:", np.unique(after_a_pulse("linear", 1.0, 0.7)))

# %% [markdown] tags=["slide: eq 1 | Where the arrow has no length | head Where does the state go", "slide: list 2"]
# So the answer is: for $w = 0.9$ none, what is left of the pulses are remnants; for $w = 1.5$ all but the sigmoid. But
# only tanh both tells the pulses apart and stays in the picture. Four characters, then:
#
# - **linear** multiplies by $w$ at each step. For $|w| < 1$ it fades, for $|w| > 1$ it runs away; only at exactly
#   $w = 1$ it holds *any* number for ever (and at $w = -1$ any amount, its sign turning at every step). A perfect
#   memory, and one on a knife's edge.
# - **sigmoid** is flat (its slope is never above ¼) and pulls every past to the same value: a poor memory here.
# - **tanh** bends both ends down. With $w > 1$ what is small grows, what is large is held back, and the state comes
#   to rest at one of two values. That is a memory of one **bit**, and it does not need an exact weight.
# - **ReLU** is linear above 0, and loses whatever is below: the $-1$ never got in.
#
# ## Where does the state go?
#
# With two units the state is a dot in a plane, and a step moves the dot. If nothing comes in, the move depends on where
# the dot is and on nothing else:
#
# $${\color{#5865f2}h} \;\leftarrow\; f\big({\color{#5865f2}h}\, W_{hh} + b_h\big)$$
#
# (An input that stays the same all the time just adds to $b_h$, so a bias can stand for it.) So one can draw, at
# every place, an arrow in the direction of the step (long ones are cut short, so the arrows show where to, not how
# far). Where the arrow has no length, the dot stays. That is a **fixed point**: $h^* = f(h^* W_{hh} + b_h)$.
#
# Will the dot stay there when it is pushed a little? Push it by a small $\delta$, and one step later it is off by
#
# $$f\big((h^* + \delta) W_{hh} + b_h\big) - h^* \;\approx\; (\delta\, W_{hh}) \odot f'(a^*),
#   \qquad a^* = h^* W_{hh} + b_h$$
#
# where $\odot$ multiplies unit by unit. Written as a column, $\delta$ is multiplied by the **Jacobian**
# $J = \mathrm{diag}(f'(a^*))\, W_{hh}^\top$, at every step again, and the eigenvalues $\lambda$ of $J$ decide:
#
# - both $|\lambda| < 1$: every push fades in the end. The point is **stable**, and what comes near is drawn in;
# - both $|\lambda| > 1$: every push grows. The point is **unstable**;
# - one of each: a **saddle**. It pulls in along one direction and throws out along another.
#
# Two cases are left open, and the picture marks them so: **borderline**, where some $|\lambda| = 1$ and the small terms
# that we dropped decide; and a **kink**, where ReLU has no slope to take.
#
# The function that draws the portrait finds the fixed points (by Newton's method from many starts), and runs two
# states, A and B, from different starts. We call it by hand first. Two units that leave each other alone, each with
# $w = 2$ on itself: how many fixed points will there be? One such unit has three (the two that it settles at, and 0,
# where it balances).

# %%
from rnncourse.explorers.phase_portrait import PhasePortrait, portrait

two_bits = portrait(w_11=2.0, w_12=0.0, w_21=0.0, w_22=2.0)
fixed = two_bits.fixed
for point, eigenvalues, kind in zip(fixed.points, fixed.eigenvalues, fixed.kinds, strict=True):
    place = ", ".join(f"{value + 0.0:+.6f}" for value in point.round(9))
    print(f"({place})   |λ| = {', '.join(f'{size:.3f}' for size in sorted(abs(eigenvalues)))}   {kind}")

# %% [markdown]
# Nine: each unit may sit high, low or in the middle, and only the four corners are stable. Two units, four places to
# rest, two bits. The found points are checked in the plainest way, by taking a step from them:

# %%
p2 = {"W_xh": np.zeros((1, 2)), "W_hh": two_bits.W_hh, "b_h": two_bits.b_h}
stepped = rnn.step(p2, np.zeros((9, 1)), fixed.points)
print("a step from each leads back to it, within 1e-9:", np.abs(stepped - fixed.points).max() < 1e-9)
assert [fixed.count(kind) for kind in ("stable", "saddle", "unstable")] == [4, 4, 1]
assert np.abs(np.abs(fixed.points).max() - 0.957504) < 1e-6 and np.abs(stepped - fixed.points).max() < 1e-9

# %% [markdown]
# Three networks of two tanh units, without biases. What does each remember of its start?

# %% tags=["slide: picture | Left: ... forgotten | Middle: ... chooses one | Right: ... for ever"]
from rnncourse.plots import phase

fades = portrait(w_11=0.6, w_12=0.3, w_21=-0.3, w_22=0.6)
turns = portrait(w_11=1.2, w_12=0.9, w_21=-0.9, w_22=1.2)
fig = plt.figure(figsize=(10, 4.1))
places = fig.subplot_mosaic([["fades", "holds", "turns"], ["key", "key", "key"]], height_ratios=[1, 0.09])
for name, found in {"fades": fades, "holds": two_bits, "turns": turns}.items():
    phase.plane(places[name], found)
    places[name].set(title=name, ylabel="state of unit 2" if name == "fades" else "")
phase.key(places["key"])
show(fig, alt="Three planes with arrows. Fades: one stable point in the middle, A and B both curl into it. Holds: nine "
     "fixed points, A goes to the upper right corner, B to the lower left one. Turns: one unstable point in the "
     "middle, A and B circle around it on the same ring.",
     caption="The arrows show where to, not how far: long ones are cut short. Left: all starts end in the middle, the "
     "start is forgotten. Middle: four corners, and the start chooses one. Right: no place to rest, the state goes "
     "round for ever. What is left of the start is where on the ring it is: a clock.")

# %% [markdown]
# The explorer has all six numbers as sliders, and tells in words what it found. `w_12` leads from unit 1 to unit 2.

# %%
explorer = PhasePortrait()
explorer

# %% tags=["slide: picture | Left the direction ... cross"]
show(explorer.still(), alt=explorer.words,
     caption="The explorer, standing still. Left, the direction of each step (long arrows are cut short): on a grey "
     "line one unit stands still, so fixed points are where a solid and a dashed line cross. Right, the two runs over "
     "time.")

# %% [markdown]
# Things to try:
#
# - Bring `w_11` down from 2 to 1. Watch three columns of fixed points become one, and one of the bits with them. At
#   which value does it happen?
# - Set `w_11 = w_22 = 0` and `w_12 = w_21 = 2`: two units that hold each other. How many stable points are left, and
#   what does the state do that starts between them?
# - Now make one of the two negative. Is there any *stable* place left to rest?
# - With `b_1`, how strong must a constant input be until only one of unit 1's two values is left? That is how a new
#   event overwrites an old one.
# - Choose *linear* with `w_11 = 1`, `w_22 = 0.5`: a whole line of fixed points, a memory for an amount. Now touch
#   `w_11`.
#
# <details><summary>What there is to see</summary>
#
# - It happens at 1. Above it there are nine fixed points and four ends, below it three and two: unit 2's bit is left,
#   unit 1's is gone. At exactly 1 the points are borderline and the runs are still moving after hundreds of steps:
#   unit 1 does fade, but ever more slowly: the nearer to 0, the less tanh changes what goes through it.
# - Two stable points: both units high, or both low. But about half of the starts never get there. Where the two signs
#   differ, each unit hands the other its sign, and the state swaps between the two other corners for ever (period 2).
#   So "it settles" is not the whole story: a bit can be held by swapping, too.
# - No. The only fixed point is the middle, and it is unstable; from everywhere the state goes round four corners
#   (period 4).
# - Between 0.5 and 0.6, of either sign: there nine fixed points become three. Unit 1 then ends on the side of its
#   input, whatever it held before. Unit 2 keeps its bit.
# - A little below 1 everything fades to the middle, a little above 1 all runs leave the picture.
#
# </details>
#
# ## A real past: Seattle's weather
#
# Four years of daily weather in Seattle. We take the highest temperature of each day.

# %%
from rnncourse.datasets import weather

seattle = weather.load()
print(seattle.describe())

# %% [markdown]
# ### A memory set by hand
#
# A linear unit with $w_{hh} = 1 - \alpha$ and $w_{xh} = \alpha$ mixes a little of today into what it has:
#
# $${\color{#5865f2}h_t} = \alpha\,{\color{#857d92}x_t} + (1 - \alpha)\,{\color{#5865f2}h_{t-1}}$$
#
# $${\color{#5865f2}h_T} = \sum_{t=1}^{T} \underbrace{\alpha (1-\alpha)^{T-t}}_{\text{share of day } t}
#   {\color{#857d92}x_t} + (1-\alpha)^T {\color{#5865f2}h_0}$$
#
# Put the first equation into itself again and again, and the second one follows. So the state is an average of *all*
# days, in which a day counts for less the longer ago it is. Statisticians know it as the exponentially weighted
# average, and pandas has it. It is a recurrent network of one unit.

# %%
def average(alpha, x):
    """(T,) exponentially weighted average of x (T,), by a linear RNN with one unit that starts at x[0]."""
    p = {"W_xh": np.array([[alpha]]), "W_hh": np.array([[1 - alpha]]), "b_h": np.zeros(1)}
    return rnn.forward(p, x[:, None, None], h0=x[None, :1], activation="linear").h[:, 0, 0]


import pandas as pd

warmest = seattle["temp_max"]
slow = average(0.1, warmest)
theirs = pd.Series(warmest).ewm(alpha=0.1, adjust=False).mean().to_numpy()
print("the unit = pandas' ewm within 1e-9:", np.abs(slow - theirs).max() < 1e-9)
assert np.abs(slow - theirs).max() < 1e-9

# %%
shares = 0.1 * 0.9 ** np.arange(len(warmest))[::-1]
written_out = shares @ warmest + 0.9 ** len(warmest) * warmest[0]
print("the last state = the sum of shares within 1e-9:", abs(slow[-1] - written_out) < 1e-9)
print(f"shares of the last 7 days together {shares[-7:].sum():.2f}, of the last 30 days {shares[-30:].sum():.2f}")

# %% tags=["slide"]
from matplotlib.dates import DateFormatter

from rnncourse.plots.signals import over_time

spring = slice(*np.searchsorted(seattle.dates, [np.datetime64("2014-03-01"), np.datetime64("2014-07-01")]))
fig, ax = plt.subplots(figsize=(9, 3.1))
over_time(ax, {"x": warmest[spring], "h": slow[spring]}, steps=seattle.dates[spring], label_ends=False)
ax.set(ylabel="highest temperature, °C", xlabel="", title="Seattle, spring of 2014: each day, and a unit with α = 0.1")
ax.xaxis.set_major_formatter(DateFormatter("%d %b"))
ax.legend(["x: the day", "h: the unit's state"], loc="upper left")
show(fig, alt="A jagged dotted line of daily temperatures, rising from about 10 to 25 °C, and a smooth blue line that "
     "follows it, later and with small waves only.",
     caption="The state follows the season and lets single days pass. Its price: after a jump it is late by days.")

# %% [markdown]
# ### Does the memory help to forecast?
#
# A forecast of tomorrow's highest temperature. The one to beat is **persistence**: tomorrow as today. We judge by the
# mean absolute error over the year 2014, which has had no say in anything; 2015 stays closed here. Chapter 07
# asks again, with more care.

# %%
train, check = seattle.days("train"), seattle.days("validation")


def error(forecast, days):
    """Mean absolute error in °C when forecast[t] is for day t + 1; the last day of `days` has no tomorrow."""
    today = np.arange(days.start, days.stop - 1)
    return np.abs(forecast[today] - warmest[today + 1]).mean()


print(f"persistence                  {error(warmest, check):.3f} °C")
for alpha in (0.9, 0.5, 0.1):
    print(f"the average, α = {alpha}         {error(average(alpha, warmest), check):.3f} °C")

# %% [markdown]
# None of these three beats persistence, and the longer the memory, the worse: the average is *late*. The memory is
# exact, and as a forecast of 2014 it is worse than no memory at all. Alone.
#
# Now two units: one without memory ($w_{hh} = 0$, it holds today), one slow. And a read-out $y_t = h_t W_{hy} + b_y$,
# whose three numbers are fitted to the training years, 2012 and 2013, by least squares. How slow the second unit
# should be is chosen on the training years, too.

# %%
def two_units(alpha):
    """(T, 2) states of a linear RNN: unit 1 holds today, unit 2 the average."""
    p = {"W_xh": np.array([[1.0, alpha]]), "W_hh": np.diag([0.0, 1 - alpha]), "b_h": np.zeros(2)}
    return rnn.forward(p, warmest[:, None, None], h0=np.full((1, 2), warmest[0]), activation="linear").h[:, 0]


def fitted(alpha):
    """(forecasts (T,), W_hy and b_y in one) with the read-out that suits the training years best."""
    h = np.column_stack([two_units(alpha), np.ones(len(warmest))])
    today = np.arange(train.start, train.stop - 1)
    W = np.linalg.lstsq(h[today], warmest[today + 1], rcond=None)[0]
    return h @ W, W


best = min((0.5, 0.2, 0.1, 0.05, 0.02), key=lambda alpha: error(fitted(alpha)[0], train))
forecast, W = fitted(best)
print(f"chosen on the training years: α = {best};  W_hy = {W[0]:.2f}, {W[1]:.2f};  b_y = {W[2]:.2f}")
print(f"2014: persistence {error(warmest, check):.3f} °C, two units {error(forecast, check):.3f} °C")
gain = 1 - error(forecast, check) / error(warmest, check)
print(f"smaller by {gain:.1%}")
assert 0.02 < gain < 0.06

# %% [markdown]
# Read the weights: mostly today, and for the rest what the last weeks were like. A warm day in a cool month will
# hardly last. So a memory can pay, here a little, when the read-out may set it against the present. Whether such a
# small gain is more than luck takes intervals; chapter 07 decides with them, and lets a trained network try for more.
#
# ### A network that nobody set
#
# What does a network remember whose weights are random, before any training? Eight tanh units read all five numbers
# of each day of the year 2014, scaled with the mean and spread of the training years.

# %%
from rnncourse.plots.signals import units_by_steps

year = seattle.scaled[check][:, None, :]    # (T, B, D) = (365, 1, 5)
untrained = rnn.init(np.random.default_rng(3), input_size=5, hidden_size=8)
trace = rnn.forward(untrained, year)
fig, ax = plt.subplots(figsize=(9, 2.9))
units_by_steps(ax, trace.h[:, 0], label="unit", bar="state")
ax.set(xlabel="day of 2014", title="states of an untrained network over a year of weather")
summer_minus_winter = trace.h[181:243, 0].mean(0) - trace.h[:59, 0].mean(0)    # July and August; January and February
print("summer − winter, unit by unit:", *(f"{change:+.2f}" for change in summer_minus_winter))
show(fig, alt="A heat map, eight units by 365 days. Some units are of one colour in winter and of the other in "
     "summer; all are crossed by thin stripes of single days.",
     caption="Nobody trained this. Still, unit 1 is red in winter and blue in summer, unit 7 the other way round, and "
     "unit 0 turns from pale to blue. Single days show as stripes: random weights pass on what they are given.")
assert summer_minus_winter[:2].max() < -0.3 and summer_minus_winter[7] > 0.3

# %% [markdown]
# The heat map shows what the state takes *in*. What does it *keep*? The test: read the same year from two different
# starts. As long as the two states differ, the start is remembered.

# %%
starts = np.random.default_rng(4).uniform(-1, 1, (2, 1, 8))
a, b = (rnn.forward(untrained, year, h0=start).h[:, 0] for start in starts)
apart = np.linalg.norm(a - b, axis=1) / np.linalg.norm(starts[0] - starts[1])
days = int(np.argmax(apart < 0.01)) + 1
print(f"the difference of the two starts is below 1% after {days} days, below 1e-6 after {np.argmax(apart < 1e-6) + 1}")
left = apart[:30] / np.append(1.0, apart[:29])    # what each of the first 30 days leaves of the difference
print(f"on average each day leaves {apart[29] ** (1 / 30):.0%} of it; the single days from {left.min():.0%} "
      f"to {left.max():.0%}")

# %%
fig, ax = plt.subplots(figsize=(9, 2.6))
ax.semilogy(range(1, 31), apart[:30], color=LOOK["h"].colour)
ax.set(xlabel="day", ylabel="difference, start = 1", title="two starts, one weather: how fast the start is forgotten")
ax.axhline(0.01, color=REFERENCE, linestyle="--")
ax.text(30, 0.02, "1%", color=INK, ha="right")
show(fig, alt="A line that falls, with small bends, nearly straight on a logarithmic axis, past 1% after a few days.",
     caption="A logarithmic axis. The days differ, but in the long run the line falls as a straight one would: on "
     "average each day leaves the fraction printed above. Chapter 03 asks where this number comes from.")
assert 2 < days < 30

# %% [markdown]
# A recurrent network *can* remember. This one does for some days. Both are true, and the rest of the course lives in
# between.
#
# ## Exercises
#
# Write each in the place of the `...` and run the cell. The check compares with slow, obvious code on several shapes,
# and names the first difference.
#
# **1 · How many numbers?** For the whole network, read-out included.

# %%
def count_parameters(input_size, hidden_size, output_size, steps):
    """How many numbers does training adjust, in a simple RNN with a read-out that runs over `steps` steps?

    The state has W_xh, W_hh and b_h, the read-out W_hy and b_y. The start h0 is zero and not trained.

    input_size D, hidden_size H, output_size K, steps T: whole numbers
    returns  a whole number
    """
    ...    # about 3 lines


exercises.count_parameters.check(count_parameters)

# %%
# exercises.count_parameters.hint()
# exercises.count_parameters.solution()

# %% [markdown]
# **2 · From a paper.** A paper prints columns. You want rows.

# %%
def from_columns(W, U, b):
    """Papers write h_t = tanh(W x_t + U h_{t−1} + b) with columns. Give the same network in our row form.

    W        (H, D)  acts on a column x_t (D, 1)
    U        (H, H)  acts on a column h (H, 1)
    b        (H, 1)  a column as well
    returns  a dict with W_xh (D, H), W_hh (H, H) and b_h (H,)
    """
    ...    # about 1 line


exercises.from_columns.check(from_columns)

# %%
# exercises.from_columns.hint()
# exercises.from_columns.solution()

# %% [markdown]
# **3 · Piece by piece.** A year of data arrives week by week.

# %%
def run_in_pieces(params, pieces, h0):
    """Read a sequence that arrives in pieces, and give all states as if it had come whole.

    params   W_xh (D, H), W_hh (H, H), b_h (H,), with tanh
    pieces   a list of arrays (T_1, B, D), (T_2, B, D), …: one sequence, cut in time
    h0       (B, H)  the state before the first piece
    returns  (T_1 + T_2 + …, B, H)  the states of all steps, in order
    """
    ...    # about 7 lines


exercises.run_in_pieces.check(run_in_pieces)

# %%
# exercises.run_in_pieces.hint()
# exercises.run_in_pieces.solution()

# %% [markdown]
# **4 · Many to one, with padding.** Each row has its own length.

# %%
def read_out(h, lengths, W_hy, b_y):
    """Many to one: y = h W_hy + b_y, read at each row's own last step.

    h        (T, B, H)  states; beyond its length a row holds padding, which means nothing
    lengths  (B,)       how many steps each row has, from 1 to T
    W_hy     (H, K)     and b_y (K,), the read-out
    returns  (B, K)     y of each row
    """
    ...    # about 2 lines


exercises.read_out.check(read_out)

# %%
# exercises.read_out.hint()
# exercises.read_out.solution()

# %% [markdown]
# **5 · One to many.** After the first step our network had nothing to read. It could read what it just said.

# %%
def run_on_its_own(params, W_hy, b_y, h0, y0, steps):
    """One to many: the output of each step, y_t = h_t W_hy + b_y, is the input of the next.

    params   W_xh (D, H), W_hh (H, H), b_h (H,), with tanh
    W_hy     (H, D)  and b_y (D,), the read-out: as wide as an input
    h0       (B, H)  the state before the first step
    y0       (B, D)  the input of the first step
    steps    T, how many outputs are wanted
    returns  (T, B, D)  y_1, …, y_T; y0 is not among them
    """
    ...    # about 7 lines


exercises.run_on_its_own.check(run_on_its_own)

# %%
# exercises.run_on_its_own.hint()
# exercises.run_on_its_own.solution()

# %% [markdown] tags=["slide: Taken as a way | Taken as a count ... it is wrong"]
# ## Where this misleads
#
# **A limit.** The memories that worked here, the average and the two bits, worked because *we* chose the weights. The
# network that nobody set forgot its start within days. That a state can hold something does not say that training
# will find the weights for it, and for long spans it often does not: chapter 03 shows why, 04 and 05 what helps. A
# phase portrait, too, shows less than it seems to: it is the network *without input*. With weather coming in every
# day the dot is pushed at every step, and the picture changes under it.
#
# **A mistake in print.** Under many an unrolled drawing one reads that an RNN over $T$ steps is a deep network "with
# $T$ layers". Taken as a way to compute, it is. Taken as a count of what is learned, it is wrong, and so are drawings
# that number the matrices $W_1, W_2, \dots$ from left to right. From it come two more mistakes: that an RNN needs
# sequences of one fixed length, and that a longer sequence means more to learn. Count:

# %% tags=["part: print 1-2"]
module = torch.nn.RNN(input_size=5, hidden_size=32)
for T in (5, 500):
    states, _ = module(torch.zeros(T, 1, 5))
    print(f"{T:3} steps: states {tuple(states.shape)}, parameters {sum(w.numel() for w in module.parameters())}")

layers = torch.nn.RNN(input_size=5, hidden_size=32, num_layers=5)
print(f"five layers, which is something else: {sum(w.numel() for w in layers.parameters())}")

# %% [markdown] tags=["slide: The state is all ... is gone | What kind of memory ... runs away"]
# (torch's count has 32 numbers more than ours: its second bias.)
#
# ## Recap
#
# **How can a network remember?** By reading, at each step, its own state of the step before.
#
# - One step: $h_t = f(x_t W_{xh} + h_{t-1} W_{hh} + b_h)$. One loop. A read-out $y_t = g(h_t W_{hy} + b_y)$ when
#   something is to be said.
# - The same weights at every step: any length, no more parameters, and an event means the same whenever it comes.
# - The state is all that is left of the past. Carry it over, and two runs are one; cut $W_{hh}$, and the memory is
#   gone.
# - What kind of memory it is, weights and activation decide together: it fades, holds a bit, holds an amount, goes
#   round, or runs away.
# - A memory can be exact and still not help: on the weather of 2014, three averages alone lost against "tomorrow as
#   today".
#
# Next: chapter 02, how such a network is trained.
#
# ## References
#
# - J. L. Elman (1990), "Finding Structure in Time", *Cognitive Science* 14(2), 179–211. The simple recurrent network.
# - M. I. Jordan (1986), "Serial Order: A Parallel Distributed Processing Approach", Technical Report 8604, Institute
#   for Cognitive Science, University of California, San Diego. Its state is fed by the output instead.
# - D. E. Rumelhart, G. E. Hinton, R. J. Williams (1986), "Learning Internal Representations by Error Propagation", in
#   *Parallel Distributed Processing*, vol. 1, MIT Press, 318–362. Unrolling a recurrent network in time.
# - A. Karpathy (2015), "The Unreasonable Effectiveness of Recurrent Neural Networks",
#   karpathy.github.io/2015/05/21/rnn-effectiveness. Made the drawing of the arrangements known.
# - D. Sussillo, O. Barak (2013), "Opening the Black Box: Low-Dimensional Dynamics in High-Dimensional Recurrent
#   Neural Networks", *Neural Computation* 25(3), 626–649. Fixed points as a way to understand a network.
# - C. C. Holt (1957; printed 2004), "Forecasting Seasonals and Trends by Exponentially Weighted Moving Averages",
#   *International Journal of Forecasting* 20(1), 5–10. The unit that averages.
