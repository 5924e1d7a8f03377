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
# # 00 · Does everything work here?
#
# Before the first equation, ten minutes to see that this machine is ready, how a chapter works, and how things are
# written in this course. On the way you meet the smallest network that can remember anything: one unit.
#
# After it you can
#
# - run a chapter, move an explorer, and let a check look at what you wrote;
# - read the course's notation, and say what every letter's shape is;
# - keep apart three words that are often mixed up: *transparent*, *interpretable*, *verifiable*.
#
# To have read: nothing. To know: Python, and having met a neural network once. Time: about 30 minutes, a third of them
# for the exercises; running it all takes a few seconds.
#
# A notebook is a column of *cells*. Click on a cell and press **Shift + Enter**: it runs, and the next one is chosen.
# Each chapter begins with a set-up cell like the one below; run it first.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse.notebook import begin, show
from rnncourse.plots.palette import LOOK
begin()

# %% [markdown]
# ## Is this machine ready?
#
# Some of the questions that `rnncourse doctor` asks in a terminal. Each line says *ok*, or what is wrong and the mend.

# %% tags=["nbval-ignore-output"]
from rnncourse.cli import doctor

checks = [doctor.packages, doctor.torch_works, doctor.widgets, doctor.memory]
assert doctor.run(checks) == 0, "something above is WRONG; its line says how to mend it"

# %% [markdown] tags=["slide"]
# ## How a chapter works
#
# Each chapter asks one question; it is the title. You will be asked to **guess** before you run something: please do,
# even if you are wrong, and best when you are wrong. Then an idea becomes an equation, the equation becomes code of a
# few lines, and the code becomes a picture. What you have written by hand is then held against the course's library
# and against torch. At the end stand exercises, each with a check, and a section on where all this misleads.
#
# **Predict first.** A unit has a state $h$, a number. At every step it keeps nine tenths of it, and adds what comes in.
# A single 1 comes in at step 3, and then nothing any more. How many steps later is less than a tenth of it left?

# %% tags=["part: code h ... for"]
h, kept = 0.0, []
for x_t in [0, 0, 1] + 27 * [0]:
    h = 0.9 * h + x_t
    kept.append(h)
below = next(t for t, value in enumerate(kept) if t > 2 and value < 0.1)
print(f"a tenth: below it {below - 2} steps after the pulse, where {kept[below]:.3f} is left")

# %% [markdown] tags=["slide: Ten is a natural guess | Losing a tenth", "slide: eq | Each signal has one colour"]
# Ten is a natural guess. Losing a tenth *of what is left* takes much longer than losing a tenth of the whole.
#
# ## The smallest memory
#
# This was a recurrent network with one unit. In full it reads
#
# $${\color{#5865f2}h_t} = f(w_{xh}\, {\color{#857d92}x_t} + w_{hh}\, {\color{#5865f2}h_{t-1}} + b)$$
#
# with $w_{xh}$ the weight of the input, $w_{hh}$ the weight of its own past, a bias $b$, and an *activation* $f$ that
# may bend the result; above it was missing. With *tanh* the state stays between −1 and 1. Each signal has one colour
# throughout the course, in equations as in pictures.

# %% tags=["slide: code def run_unit"]
def run_unit(x, w_xh, w_hh, b, f=np.tanh):
    """The states h_1 … h_T of one unit that starts from 0."""
    h, states = 0.0, []
    for x_t in x:
        h = f(w_xh * x_t + w_hh * h + b)
        states.append(h)
    return np.array(states)


pulse = np.array([0, 0, 1] + 27 * [0.0])
print("tanh, w_hh = 0.9:", run_unit(pulse, 1, 0.9, 0)[:8].round(3))

# %% tags=["slide"]
from rnncourse.plots.signals import over_time

fig, ax = plt.subplots(figsize=(8, 2.8))
steps = np.arange(1, 31)
ax.vlines(steps, 0, pulse, color=LOOK["x"].colour, linewidth=3, label="x: input")
over_time(ax, {"h": run_unit(pulse, 1, 0.9, 0)}, steps=steps)
ax.set(title="one unit, one pulse", ylabel="value")
ax.legend()
show(fig, alt="A single bar of height 1 at step 3; a solid line jumps up with it and then sinks slowly towards zero.",
     caption="The input (bar) is gone after one step. The state (line) holds a fading trace of it: that is memory.")

# %% [markdown]
# The library's version of the same, called by hand. It asks for another threshold, a twentieth, and this time tanh
# bends the state. Where the state is large, tanh shortens it, so the unit forgets faster at first than the straight
# one.

# %%
from rnncourse.explorers.one_unit import OneUnit, remember

memory = remember(w_xh=1.0, w_hh=0.9, b=0.0, activation="tanh", kind="one pulse")
assert np.allclose(memory.h, run_unit(memory.x, 1, 0.9, 0))
print(f"the pulse came at step {memory.last_pulse + 1}; "
      f"less than 5% of its peak is left after {memory.remembered} steps")

# %% [markdown] tags=["slide: This is an **explorer**"]
# And around this function, sliders. This is an **explorer**; each chapter has one. It works by mouse and by keyboard
# (Tab to a slider, then the arrow keys), and the line under the picture says in words what it shows.

# %%
explorer = OneUnit()
explorer

# %% tags=["slide: picture"]
show(explorer.still(), alt=explorer.words,
     caption="The explorer, standing still, for paper and for pages without a running Python.")

# %% [markdown] tags=["slide: head Things to try | Make the memory ... = 1$?", "slide: table"]
# Things to try:
#
# - Make the memory as long as you can with *tanh*. What happens beyond $w_{hh} = 1$?
# - Choose *linear* and $w_{hh} = 1$, then $1.05$, then $-0.9$.
# - Choose *a pulse and its opposite*, and *linear*. For which $w_{hh}$ does the second wipe out the first exactly?
# - Choose *sigmoid*. Why is $h$ never 0?
#
# <details><summary>What there is to see</summary>
#
# Beyond 1 a tanh unit does not forget at all: pushed once, it stays up. A linear unit with weight 1 keeps everything
# for ever; above 1 it grows without end; with a negative weight it changes its sign at every step. The opposite pulse
# wipes out the first only where nothing was lost in between, at $w_{hh} = 1$. And a sigmoid is never 0: it gives ½
# where nothing at all comes in, so its state rests somewhere above 0, and a pulse is a departure from there.
# </details>
#
# ## Notation, on one page
#
# A network has many units, reads several numbers at each step, and works on several sequences at once. Then the letters
# stand for arrays, and each axis has a name:
#
# | letter | what | shape |
# |---|---|---|
# | $T$, $B$ | number of steps; sequences in the batch | |
# | $D$, $H$, $K$ | numbers in each input; hidden units; numbers in each output | |
# | $x$ and $x_t$ | inputs of all steps, and of one step | `(T, B, D)`, `(B, D)` |
# | $h$ and $h_t$ | states after all steps, and after one | `(T, B, H)`, `(B, H)` |
# | $W_{xh}$, $W_{hh}$, $b_h$ | weights and bias of the state | `(D, H)`, `(H, H)`, `(H,)` |
# | $W_{hy}$, $b_y$ | weights and bias of the output | `(H, K)`, `(K,)` |
# | $a$ | what goes into an activation | as what comes out |
# | $dh$ | derivative of the loss by $h$ | as $h$ |
#
# **Time comes first**, then the batch. Examples are **rows**, so a step reads from left to right: $x_t W_{xh}$. The
# letters of a weight tell its axes: $W_{xh}$ takes an $x$ and gives an $h$. Papers often write columns, $W x_t$; torch
# stores the transpose. Chapter 01 shows that it is the same.

# %%
from rnncourse.cells import rnn

rng = np.random.default_rng(0)
T, B, D, H = 30, 2, 3, 4
params = rnn.init(rng, input_size=D, hidden_size=H)
trace = rnn.forward(params, rng.normal(size=(T, B, D)))
print({name: array.shape for name, array in params.items()})
print(trace)

# %% [markdown]
# A `Trace` is what the library hands around: all that a network did on a batch, by name.

# %%
print("h of all steps", trace.h.shape, "  the last one", trace.last().shape)
print("units of row 0 at the last step:", trace.h[-1, 0].round(2))

# %% [markdown] tags=["slide: list"]
# ## Three words to keep apart
#
# Networks judge people: who is invited, who gets a loan, which message is hidden. Whoever is judged may ask *why*, and
# whoever answers will use words that sound alike. In this course they mean different things.
#
# - **Transparent**: nothing is hidden. Every weight and every state can be looked at.
# - **Interpretable**: somebody can say in words, rightly, what it does and why.
# - **Verifiable**: a stated property can be shown to hold, for every input that is allowed.
#
# Our unit is all three. Here it is once more, linear, and with its three numbers in view.

# %%
w_xh, w_hh, b = 1.0, 0.9, 0.0
half_life = np.log(0.5) / np.log(w_hh)
print(f"transparent:   w_xh = {w_xh}, w_hh = {w_hh}, b = {b}")
print("interpretable: 'a sum of all inputs, each losing a tenth a step; "
      f"half of it is gone after {half_life:.1f} steps'")

# %% [markdown] tags=["slide: The claim: ... reaches 10 | That is a proof"]
# And verifiable. The claim: *if no input is larger than 1 in size, the state never reaches 10.* The state is a sum of
# inputs with the positive weights $1, 0.9, 0.9^2, \dots$, so it is largest when every input is 1, and then $h_t = 1 +
# 0.9 + 0.9^2 + \dots + 0.9^{t-1} = 10\,(1 - 0.9^t) < 10$. That is a proof: it holds for inputs that nobody has tried.
# Trying them anyway can only support it, or refute it.

# %% tags=["part: print"]
worst = run_unit(np.ones(60), w_xh, w_hh, b, f=lambda a: a)
tried = [np.abs(run_unit(rng.uniform(-1, 1, 60), w_xh, w_hh, b, f=lambda a: a)).max() for _ in range(1000)]
print(f"worst case: {worst.max():.3f}   largest of 1000 random runs: {max(tried):.3f}   bound: 10")
assert max(tried) < worst.max() < 10
assert np.allclose(worst, 10 * (1 - 0.9 ** np.arange(1, 61)))

# %% [markdown] tags=["slide: *We tested it ... different sentences"]
# Look at the two numbers: a thousand random runs come nowhere near what is possible. *We tested it a lot* and *it is
# proved* are two different sentences.
#
# Now a larger network, and a trained one: an LSTM (chapter 04) that guesses the next character of a short text. Is it
# transparent? Interpretable? Verifiable?

# %%
from rnncourse.datasets import checkpoints

trained = checkpoints.load("lstm_text")
print(trained)

# %% tags=["slide"]
W = trained.params["W_h"]
fig, ax = plt.subplots(figsize=(8, 3))
image = ax.imshow(W, cmap="RdBu_r", vmin=-np.abs(W).max(), vmax=np.abs(W).max(), aspect="auto")
fig.colorbar(image, ax=ax, label="weight")
ax.set(xlabel="to a gate of a unit", ylabel="from unit", title="its recurrent weights")
ax.grid(False)
show(fig, alt="A wide rectangle of small red and blue cells without any order that the eye would find.",
     caption="All of it in view, and no word of what it does: transparent is not interpretable.")

# %% [markdown] tags=["slide: The state of an LSTM ... (−1 1)"]
# Transparent, yes: every number can be printed. Interpretable, not by looking at these; chapters 04 and following will
# work for it. Verifiable? *Some* things always are. The state of an LSTM is $o \cdot \tanh(c)$, a number between 0 and
# 1 times one between −1 and 1: whatever the network reads, no state ever leaves (−1, 1).

# %%
from rnncourse.cells import lstm

noise = lstm.forward(trained.params, 100 * rng.normal(size=(200, 5, len(trained.params["W_x"]))))
print(f"largest |h| on wild input: {np.abs(noise.h).max():.3f}, still not above 1")
assert np.abs(noise.h).max() <= 1

# %% [markdown] tags=["slide: A fluent explanation | And a property that is proved"]
# To whoever is judged, the difference matters. Publishing the weights makes a model transparent, and answers nobody's
# question. A fluent explanation may be wrong: it has to be checked against what the model really does. And a property
# that is proved, even a small one, can be relied on. The later chapters of this course make interpretations, and then
# test them.
#
# ## Exercises: a check to pass
#
# Below are four small functions to write. Each has a stub, three dots where your lines go, and a check beneath. As
# long as the dots stand, the check says *not attempted*; no harm done, and the chapter still runs. Write your lines in
# their place and run the cell again. If something differs, the check says where it first differs, and if it knows the
# mistake, its name. Try a wrong answer on purpose: it is a good way to get to know it.

# %%
from rnncourse.exercises import start_here as exercises

# %% [markdown]
# **1. One step.** The equation above, as a function.

# %%
def one_step(x_t, h_prev, w_xh, w_hh, b):
    """One step of a one-unit memory: h_t = tanh(w_xh x_t + w_hh h_prev + b).

    x_t     the input of this step, a number
    h_prev  the state before it, a number
    w_xh, w_hh, b   the weight of the input, the weight of the state, the bias
    returns  h_t, the new state, a number
    """
    ...    # about 2 lines


exercises.one_step.check(one_step)

# %%
# exercises.one_step.hint()
# exercises.one_step.solution()

# %% [markdown]
# **2. How long?** The guess from the beginning, for any unit that keeps a share of its state.

# %%
def steps_until(keep, share):
    """After how many steps is at most `share` of a memory left, when each step keeps `keep` of it?

    Before the first step all of it is there, a share of 1.

    keep     a number between 0 and 1
    share    a number above 0, at most 1
    returns  a whole number: the fewest steps after which at most `share` is left
    """
    ...    # about 4 lines


exercises.steps_until.check(steps_until)

# %%
# exercises.steps_until.hint()
# exercises.steps_until.solution()

# %% [markdown]
# **3. Time comes first.** Take the right piece out of an array (T, B, D).

# %%
def last_input(x, row):
    """The input that one row of the batch reads at its last step.

    x        (T, B, D)  T steps, B rows, D numbers in each input
    row      which row, counted from 0
    returns  (D,)
    """
    ...    # about 1 line


exercises.last_input.check(last_input)

# %%
# exercises.last_input.hint()
# exercises.last_input.solution()

# %% [markdown]
# **4. An error about shapes.** The most frequent error in this field; learn to read it.

# %%
def project(x_t, W):
    """What the inputs put into the state, when the weights come from torch, which stores them as (H, D).

    `x_t @ W` stops with an error about shapes, or gives wrong numbers where D = H. Mend it.

    x_t      (B, D)  one input for each row of the batch
    W        (H, D)  the weights, as torch stores them
    returns  (B, H)
    """
    ...    # about 1 line


exercises.project.check(project)

# %%
# exercises.project.hint()
# exercises.project.solution()

# %% [markdown] tags=["slide: The model is open source | Open weights are *transparent*."]
# ## Where this misleads
#
# **A limit.** One unit with one weight can be understood at a glance, and so can its whole behaviour. It does not
# follow that a network of such units can be understood unit by unit; chapters 09 to 13 are about what can be done
# instead.
#
# **A common mistake in print.** "The model is open source, so it is explainable." Open weights are *transparent*.
# Whether anyone can say what they do is another question, and whether what is said is true is a third.

# %% [markdown] tags=["slide: You have met the smallest memory"]
# ## Recap
#
# Does everything work here? The doctor said so, the explorer moved, and a check has answered. You have met the smallest
# memory there is: a number that keeps a part of itself. Chapter 01 builds a network of them.
#
# ## References
#
# - F. Doshi-Velez and B. Kim, 2017: *Towards a rigorous science of interpretable machine learning.* arXiv:1702.08608.
# - Z. C. Lipton, 2018: *The mythos of model interpretability.* Communications of the ACM 61(10).
# - C. Rudin, 2019: *Stop explaining black box machine learning models for high stakes decisions and use interpretable
#   models instead.* Nature Machine Intelligence 1.
