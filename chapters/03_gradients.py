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
# # 03 · Why does memory fade?
#
# In chapter 02 the blame for the last forecast fell almost wholly on the last few days. Nothing in the derivation asked
# for that. It comes from a product: on each step back, the blame is multiplied once more. This chapter looks at that
# product, sees it fade, explode, or, with luck and care, arrive; and asks what can be done.
#
# After it you can
#
# - write the Jacobian of one step, and the product of many, in the right order;
# - say which number decides between fading and exploding, and which numbers only seem to;
# - clip a gradient, and say what clipping mends and what it cannot;
# - start a network so that gradients arrive;
# - compare how far back a plain RNN, an LSTM and a GRU can be blamed.
#
# To have read: chapters 01 and 02; singular values, at least by name. Time: about 80 minutes, a third of them for the
# exercises; running it all takes under half a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse.cells import gru, jacobians, lstm, rnn
from rnncourse.notebook import begin, show
from rnncourse.plots.palette import LOOK, QUIET, REFERENCE, WARNING

begin()

# %% [markdown] tags=["slide"]
# **Predict first.** Multiply fifty numbers. If each is 0.9, how much is left? And if each is 1.1? Guess both before you
# run the next cell.

# %% tags=["slide: print"]
print(f"0.9 fifty times: {0.9 ** 50:.4f}      1.1 fifty times: {1.1 ** 50:.0f}")

# %% [markdown] tags=["slide: eq 2 | How does a small change"]
# That is the whole trouble, with one number. A network has a matrix instead, and another one at each step.
#
# ## One step, as a matrix
#
# How does a small change of yesterday's state change today's? Each unit $i$ of yesterday moves each unit $j$ of today a
# little; all these slopes together are the **Jacobian** of the step. From $a_t = x_t W_{xh} + h_{t-1} W_{hh} + b_h$ and
# $h_t = \tanh(a_t)$,
#
# $$\frac{\partial h_{t,j}}{\partial h_{t-1,i}} = \frac{\partial h_{t,j}}{\partial a_{t,j}} \cdot
#   \frac{\partial a_{t,j}}{\partial h_{t-1,i}} = (1 - h_{t,j}^2)\; W_{ij}$$
#
# Put $j$ in rows and $i$ in columns, so that $J_t$ times a column of changes is the column of changes one step later:
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2)\, W_{hh}^\top$$

# %%
H, T = 8, 30
rng = np.random.default_rng(3)
params = {"W_xh": rng.normal(0, 0.5, (1, H)), "W_hh": rng.normal(0, 1 / np.sqrt(H), (H, H)), "b_h": np.zeros(H)}
trace = rnn.forward(params, rng.normal(size=(T, 1, 1)))
h = trace.h[:, 0]                                   # (T, H): one sequence is enough


def jacobian(h_t, W_hh):
    """∂h_t / ∂h_{t−1} (H, H) of a tanh step that ended in h_t (H,)."""
    return np.diag(1 - h_t ** 2) @ W_hh.T


J = np.array([jacobian(h_t, params["W_hh"]) for h_t in h])
print("J", J.shape, ": one matrix for each of the", T, "steps")

# %% [markdown]
# A slope can be measured, as in chapter 02: nudge each unit of the state before a step by a tiny amount, up and down,
# and see where the step ends.

# %%
t, eps = 12, 6e-6
def nudged(by):
    return rnn.step(params, trace.x[t], h[t - 1:t] + by)[0]


measured = np.array([(nudged(eps * unit) - nudged(-eps * unit)) / (2 * eps) for unit in np.eye(H)]).T
print("measured = derived within 1e-8:", np.abs(measured - J[t]).max() < 1e-8)
print("the library's state_jacobians, the same:", np.allclose(jacobians.state_jacobians(trace)[:, 0], J, atol=1e-14))

# %% [markdown] tags=["slide: eq | Each step multiplies ... left"]
# ## Many steps: the product
#
# A change of $h_t$ goes through step $t+1$, then $t+2$, and so on to $T$. Each step multiplies from the left, so the
# **latest stands on the left**:
#
# $$\frac{\partial h_T}{\partial h_t} = J_T\, J_{T-1} \cdots J_{t+1}$$
#
# In code the steps count from 0: `J[t]` is the formula's $J_{t+1}$, and `P[t]` is $\partial h_T / \partial h_t$. Read
# from the other side, this is the backward pass of chapter 02. There a row of blame was multiplied by
# $\operatorname{diag}(1-h^2)\,W_{hh}^\top$, last step first, and that is the same product.

# %%
def to_the_end(J):
    """P[t] = J[T−1] ... J[t]: how the last state moves with the state before step t (steps counted from 0)."""
    later, P = np.eye(J.shape[1]), np.empty_like(J)
    for t in reversed(range(len(J))):
        later = P[t] = later @ J[t]
    return P


P = to_the_end(J)
blame = rng.normal(size=(T, 1, H)) * (np.arange(T) == T - 1)[:, None, None]    # only the last state has a loss
_, _, dh0 = rnn.backward(params, trace, blame)
print("blame at the end times the product = backpropagated to the start, within 1e-14:",
      np.abs(blame[-1] @ P[0] - dh0).max() < 1e-14)

# %% [markdown] tags=["slide: eq | A product is at most ... its weights"]
# ## How large is a matrix?
#
# For fading one asks for the *longest* that a change of length 1 can become. That is the largest singular value,
# written $\|P\|$. Two facts about it carry the chapter. A product is at most as long as its factors allow, and a step
# is at most as steep as its activation and its weights:
#
# $$\|J_T \cdots J_{t+1}\| \;\le\; \prod_{k=t+1}^{T} \|J_k\| \;\le\; (\gamma\, \sigma_{\max})^{T-t},$$
#
# with $\sigma_{\max}$ the largest singular value of $W_{hh}$ and $\gamma$ the activation's largest slope: 1 for tanh,
# ReLU and linear, ¼ for the sigmoid. The first holds because $\|AB\| \le \|A\|\,\|B\|$; the second because $J_k$ is a
# diagonal of slopes, none above $\gamma$, times $W_{hh}^\top$.

# %%
exact = np.linalg.norm(P, 2, axis=(1, 2))
one_by_one = np.cumprod(np.linalg.norm(J, 2, axis=(1, 2))[::-1])[::-1]
sigma_max = np.linalg.norm(params["W_hh"], 2)
print(f"σ_max = {sigma_max:.2f};  over {T} steps: what arrives {exact[0]:.1e}, "
      f"at most by steps {one_by_one[0]:.1e}, at most by weights {sigma_max ** T:.1e}")
assert exact[0] < one_by_one[0] < sigma_max ** T

# %% tags=["slide"]
from rnncourse.plots.fading import arriving, fading_lines

fading = jacobians.fading(trace)                    # the three curves, from the library
assert np.allclose(fading.exact, exact) and np.allclose(fading.one_by_one, one_by_one)
fig, ax = plt.subplots(figsize=(8.5, 3.4))
fading_lines(ax, fading)
show(fig, alt="Three lines over the steps walked back, on a logarithmic axis: what arrives falls, while the two bounds "
     "above it rise.",
     caption="What arrives (solid) fades. Both bounds hold, and both rise: σ_max above 1 would allow an explosion, and "
     "there is none.")

# %% [markdown] tags=["slide: So a bound above"]
# So a bound above is not a promise. $\gamma\,\sigma_{\max} < 1$ is **enough** for fading: the largest possible product
# shrinks. $\gamma\,\sigma_{\max} > 1$ is **needed** for exploding, and by itself says nothing at all.
#
# ## What decides?
#
# Take the activation away and let nothing come in: $h_t = h_{t-1} W$. Then every Jacobian is the same, and the product
# is a power, $(W^\top)^n$. Four small matrices show what counts. Beside $\sigma_{\max}$ stand two other numbers that
# are often asked: the *spectral radius*, the size of the largest eigenvalue, and the determinant, the product of all
# eigenvalues.

# %%
matrices = {"scaled turn": 0.95 * np.array([[0.6, -0.8], [0.8, 0.6]]),
            "one feeds the other": np.array([[0.9, 5.0], [0.0, 0.9]]),
            "dead end": np.array([[0.0, 10.0], [0.0, 0.0]]),
            "up and down": np.array([[1.03, 0.0], [0.0, 0.01]])}
steps = np.arange(1, 121)
powers = {name: [np.linalg.norm(np.linalg.matrix_power(W, n), 2) for n in steps] for name, W in matrices.items()}
print(f"{'':20}  σ_max   radius  |det|   1 step  10 steps  120 steps   120th root of that")
for name, W in matrices.items():
    radius = np.abs(np.linalg.eigvals(W)).max()
    print(f"{name:20}  {np.linalg.norm(W, 2):5.2f}   {radius:5.2f}   {abs(np.linalg.det(W)):5.2f}  "
          f"{powers[name][0]:6.2f}   {powers[name][9]:6.2f}    {powers[name][-1]:7.4f}   "
          f"{powers[name][-1] ** (1 / 120):.3f}")

# %% tags=["slide: picture | Three fade ... twentyfold"]
fig, ax = plt.subplots(figsize=(8, 3))
for (name, values), look in zip(powers.items(), ("h", "c", "i", "f"), strict=True):
    ax.plot(steps, values, label=name, **LOOK[look].line)
ax.axhline(1, color=QUIET, linewidth=1)
ax.set(xlabel="steps n", ylabel="‖Wⁿ‖", xlim=(0, 120), title="four matrices, each multiplied with itself")
ax.legend()
show(fig, alt="Four curves over 120 steps: one falls from the start, one rises to nearly 20 before it falls, one is "
     "10 at step 1 and 0 from step 2 on, one starts at 1 and grows ever faster.",
     caption="Three fade in the end, but 'one feeds the other' first grows nearly twentyfold, and the 'dead end', "
     "with the largest σ_max of all, is exactly zero after two steps. 'Up and down' explodes, with |det| near 0.")

# %% [markdown] tags=["slide: What decides is ... replaces it"]
# What decides is the largest singular value of the **product**; no number of a single factor replaces it. In the long
# run it grows by the spectral radius per step: look at the last column, which comes near the radius and comes nearer
# the more steps there are. On the way there, a *non-normal* matrix, one whose eigenvectors are not at right angles,
# may do the opposite for a long time. The determinant tells nothing: one large number hides behind a small one.
#
# With tanh, the slopes $1-h^2$ come in between. None is above 1, so no single step gets longer, and both bounds shrink,
# the more the louder the network: a saturated unit lets nothing through. The product mostly shrinks with them. (It need
# not: a slope may also break a cancellation between two units.)

# %%
from rnncourse.explorers.gradient_in_time import gradient_in_time, recurrent_weights

for loudness in (0.1, 1.0, 3.0):
    far = gradient_in_time(recurrent_weights("random", spectral_radius=1.0), "tanh", loudness).exact[0]
    print(f"input of standard deviation {loudness}: of a gradient, at most {far:.1e} is left after 50 steps")

# %% [markdown]
# The explorer asks the same of 16 units. Each reads noise of its own ($W_{xh} = I$). The matrix is scaled to the
# spectral radius that you choose; it may be random, orthogonal, or non-normal: each unit feeds itself and, as
# strongly, the next.

# %%
from rnncourse.explorers.gradient_in_time import GradientInTime

explorer = GradientInTime()
explorer

# %% tags=["slide"]
show(explorer.still(), alt=explorer.words,
     caption="The explorer, standing still: 16 units, 50 steps. Solid: what arrives. Dashed, dotted: the bounds.")

# %% [markdown] tags=["slide: head Things to try | can you make a gradient explode | Why does it not matter"]
# Things to try:
#
# - Choose *linear* and *orthogonal*, radius 1. Then change to *tanh*. Then turn the input down to 0.
# - *Linear* and *non-normal*: between which two stops of the radius does a gradient of 50 steps go over from fading to
#   growing? It is not at 1.
# - *Sigmoid*: can you make a gradient explode at all?
# - *ReLU* with a radius of 1.4: turn the input up and down. Why does it not matter, until it is 0?
#
# <details><summary>What there is to see</summary>
#
# An orthogonal linear network loses nothing; tanh loses, unless nothing comes in and the state stays at 0, where tanh
# has the slope 1. The non-normal one goes over far below 1, because it grows for many more than 50 steps before it
# fades. The sigmoid's slope is at most ¼, and even the bound of the weights stays below 1. Scaling the
# input of a ReLU network scales all its states, so the same units are on, and the slopes are the same; with no input,
# all are off.
# </details>
#
# ## Exploding, and the clip
#
# Fading is quiet: training goes on, and never learns what lies far back. Exploding is loud. Here is one tanh unit,
# $h_t = \tanh(w\, h_{t-1} + b)$, for 40 steps from $h_0 = 0.2$; the loss asks that it end at 0.3. Only $w$ moves.

# %%
def loss_and_slope(w, b=-0.02, target=0.3, start=0.2, steps=40):
    """The loss of one unit after `steps` steps, and its derivative by w, backpropagated."""
    unit = {"W_xh": np.zeros((1, 1)), "W_hh": np.array([[w]]), "b_h": np.array([b])}
    run = rnn.forward(unit, np.zeros((steps, 1, 1)), h0=np.array([[start]]))
    dh = np.zeros_like(run.h)
    dh[-1] = 2 * (run.h[-1] - target)
    return float((run.h[-1, 0, 0] - target) ** 2), rnn.backward(unit, run, dh)[0]["W_hh"][0, 0]


w = np.linspace(0.8, 1.6, 400)
loss, slope = np.array([loss_and_slope(value) for value in w]).T
steepest = np.abs(slope).argmax()
size = np.abs(slope)
print(f"steepest at w = {w[steepest]:.2f}: |slope| {size[steepest]:.0f};  the median over all w: {np.median(size):.1f}")
rate = 0.02
landing = w[steepest] - rate * slope[steepest]
print(f"one step of gradient descent with learning rate {rate} leads from there to w = {landing:.2f}")

# %% tags=["slide: picture | A cliff | One step of"]
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3))
left.plot(w, loss, color=LOOK["h"].colour)
left.set(xlabel="w", ylabel="loss", title="the loss of one weight")
right.semilogy(w, size, color=LOOK["c"].colour)
right.set(xlabel="w", ylabel="|slope|", title="its slope")
show(fig, alt="Left: the loss rises, drops in a sudden cliff at w about 1.1, and rises again. Right: its slope on a "
     "logarithmic axis has a sharp peak there.",
     caption="A cliff: its slope is tens of times the usual one. The two notches beside the peak are its top and its "
     "foot, where the slope is 0. One step of gradient descent taken from the cliff leaves the picture.")

# %% [markdown] tags=["slide: eq | At the cliff"]
# At the cliff the *direction* is still right; only the length is absurd. So we keep the direction and limit the length.
# All parameters are one long vector for this, and shrink together (Pascanu, Mikolov & Bengio 2013):
#
# $$\text{if } \|d\| > \text{limit}: \quad d \leftarrow d \cdot \frac{\text{limit}}{\|d\|}$$

# %%
def clip_by_norm(grads, limit):
    norm = np.sqrt(sum((d ** 2).sum() for d in grads.values()))
    return {name: d * min(1, limit / norm) for name, d in grads.items()}, norm


def descend(w, limit, learning_rate=0.02, steps=30):
    """Gradient descent from w, each slope clipped to `limit`; returns all w on the way."""
    path = [w]
    for _ in range(steps):
        grads, _ = clip_by_norm({"w": np.array([loss_and_slope(path[-1])[1]])}, limit)
        path.append(path[-1] - learning_rate * grads["w"][0])
    return path


for limit in (np.inf, 0.1):
    path = descend(w[steepest] + 0.002, limit)
    print(f"limit {limit:4}: first step from w = {path[0]:.3f} to {path[1]:.3f}, after {len(path) - 1} steps loss "
          f"{loss_and_slope(path[-1])[0]:.4f}")

# %% [markdown] tags=["slide: Clipping mends | An **orthogonal** ... no length"]
# Clipping mends exploding. It cannot mend fading: a gradient of $10^{-6}$ could be made longer, but by then it is
# drowned in the blame of the last few steps, to which it is added.
#
# ## A good start
#
# If products fade or explode, start with a matrix whose products do neither. An **orthogonal** matrix turns and
# mirrors; it changes no length. All its singular values are 1, and so are those of every power of it.

# %%
Q = np.linalg.qr(np.random.default_rng(0).normal(size=(64, 64)))[0]
values = np.linalg.svd(np.linalg.matrix_power(Q, 500), compute_uv=False)
print("after 500 steps all singular values are 1 within 1e-12:", np.abs(values - 1).max() < 1e-12)

# %% [markdown]
# It holds for a linear network. With tanh the slopes come in again, and how much is lost depends on how loud the
# network is. With ReLU there is a neighbour of the same idea: start with the **identity** matrix, each unit
# remembering itself (Le, Jaitly & Hinton 2015). A unit that is on has slope exactly 1; one that is off, exactly 0.

# %%
H = 32
orthogonal = recurrent_weights("orthogonal", 1.0, H)
uniform = np.random.default_rng(4).uniform(-1, 1, (H, H)) / np.sqrt(H)
starts = {"uniform ±1/√H, tanh": gradient_in_time(uniform, "tanh", 0.3),
          "orthogonal, tanh": gradient_in_time(orthogonal, "tanh", 0.3),
          "orthogonal, linear": gradient_in_time(orthogonal, "linear", 0.3),
          "identity, ReLU, input around 0": gradient_in_time(np.eye(H), "relu", 0.3),
          "identity, ReLU, input around ½": gradient_in_time(np.eye(H), "relu", 0.3, bias=0.5)}
for name, found in starts.items():
    print(f"{name:32} at most {found.exact[0]:7.1e} of a gradient is left after 50 steps")

# %% tags=["slide: picture | torch's usual ... as well"]
looks = dict(zip(starts, [{"color": QUIET}, *(LOOK[signal].line for signal in "hicf")], strict=True))
fig, ax = plt.subplots(figsize=(9, 3.4))
arriving(ax, starts, looks)
ax.set(title="five starts, 32 units, input of standard deviation 0.3")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1), handlelength=4)
show(fig, alt="Lines over 50 steps back on a logarithmic axis. The uniform start falls far, orthogonal with tanh falls "
     "gently, identity ReLU around 0 breaks off, orthogonal linear and identity ReLU around one half stay at 1.",
     caption="torch's usual uniform start (grey) loses far more than orthogonal tanh, which loses a lot as well. "
     "Identity ReLU shows its luckiest unit: one that was never off is enough for 1. Drawn at 10⁻¹²: nothing is left.")

# %%
quiet = rnn.forward({"W_xh": np.eye(H), "W_hh": np.eye(H), "b_h": np.zeros(H)},
                    0.3 * np.random.default_rng(1).normal(size=(50, 1, H)), activation="relu").h[:, 0]
never_off = [(quiet[-back:] > 0).all(0).sum() for back in (1, 10, 20, 30, 40, 50)]
print("identity, ReLU, input around 0: of 32 units, never off during the last 1, 10, 20, 30, 40, 50 steps:",
      *never_off)

# %% [markdown]
# ## Another way out: gates
#
# A start holds only at the start. The LSTM of chapter 04 and the GRU of chapter 05 take another road: a state that is
# *added to*, and gates that say how much of it is kept. Here they are as black boxes; we only ask how far back they
# can be blamed. All three read the same forty days of Seattle's weather, none is trained.
#
# One thing to be careful about. The LSTM's state is the pair $s = (h, c)$, so its Jacobian is $2H \times 2H$. The block
# from $h$ to $h$ alone is *not* a chain: on the way the change passes through $c$ as well.

# %%
from rnncourse.datasets import weather

x = weather.load().next_day("validation", days=40).x[:, :1]
rng = np.random.default_rng(5)
networks = {"RNN": (rnn, rnn.init(rng, 5, 24)), "GRU": (gru, gru.init(rng, 5, 24)),
            "LSTM, forget bias 0": (lstm, lstm.init(rng, 5, 24, forget_bias=0.0)),
            "LSTM, forget bias 3": (lstm, lstm.init(rng, 5, 24, forget_bias=3.0))}
runs = {name: cell.forward(p, x) for name, (cell, p) in networks.items()}
faded = {name: jacobians.fading(run) for name, run in runs.items()}
for name, found in faded.items():
    print(f"{name:20} ‖∂s_T/∂s_t‖ over 20 steps {found.exact[-20]:.1e},  at most {found.one_by_one[-20]:.1e}")

# %% tags=["slide"]
looks = {"RNN": {"color": QUIET}, "GRU": LOOK["z"].line, "LSTM, forget bias 0": LOOK["c"].line,
         "LSTM, forget bias 3": LOOK["f"].line}
fig, ax = plt.subplots(figsize=(8, 3.2))
arriving(ax, faded, looks)
ax.set(title="an untrained RNN, GRU and LSTM on forty days of weather")
show(fig, alt="Four lines on a logarithmic axis: RNN, GRU and LSTM with forget bias 0 fall side by side to 1e-7, the "
     "LSTM with forget bias 3 stays a little above 1.",
     caption="At the start of training the gates stand half open, and GRU and LSTM fade hardly more slowly than the "
     "RNN. A forget gate that starts nearly open (bias 3) keeps the way free.")

# %% [markdown]
# Two checks on what has been said about the LSTM. The lower right block of the product, $\partial c_T/\partial c_t$,
# is all the ways from cell to cell; the direct one, along which nothing is squashed, is the product of the forget
# gates alone. And the $h$-to-$h$ blocks multiplied with each other are something else than the $h$-to-$h$ block of the
# product:

# %%
H = 24
J = jacobians.state_jacobians(runs["LSTM, forget bias 3"])[-20:, 0]
P = jacobians.products(J)[0]
only_h = jacobians.products(J[:, :H, :H])[0]
print(f"over 20 steps: ‖∂c_T/∂c_t‖ = {np.linalg.norm(P[H:, H:], 2):.3f}, "
      f"‖∂h_T/∂h_t‖ = {np.linalg.norm(P[:H, :H], 2):.4f}")
direct = runs["LSTM, forget bias 3"].f[-20:, 0].prod(0)
print(f"the direct way alone, the product of the forget gates: at most {direct.max():.3f}")
print(f"the h-to-h blocks alone, multiplied: {np.linalg.norm(only_h, 2):.1e}: not the same thing")

# %% [markdown] tags=["slide: A hundred numbers ... these two. | Always saying 1 ... 1/6"]
# ## Does it matter? The adding problem
#
# Hochreiter & Schmidhuber (1997) made a task for this. A hundred numbers come in, one in each half carries a mark, and
# at the end the network has to say the sum of these two. Always saying 1 has a mean squared error of 1/6. Whoever
# remembers the later one alone, and guesses ½ for the other, comes to 1/12.

# %%
from rnncourse.datasets import checkpoints, memory

task = memory.adding(np.random.default_rng(6), steps=100, batch=1)
print(task)
marked = np.flatnonzero(task.x[:, 0, 1])
numbers = task.x[marked, 0, 0]
print("marked steps", marked, " their numbers", numbers.round(2), " to be said", task.target[-1, 0].round(2))

# %% [markdown]
# The trainings take minutes, so their curves were made beforehand, with the library's NumPy cells; the command that
# made them is printed below. One seed each, and two learning rates: the plain networks learn with a smaller one.

# %%
adding = checkpoints.load("adding_curves")
print(adding)
print("learning rates:", adding.metadata["learning rates"])

# %% tags=["slide: picture | The tanh RNN ... learn the task"]
looks = {"tanh RNN": {"color": QUIET}, "identity ReLU RNN": LOOK["i"].line, "LSTM": LOOK["f"].line,
         "GRU": LOOK["z"].line}
fig, ax = plt.subplots(figsize=(8, 3.2))
for name, curve in adding.curves.items():
    ax.semilogy(curve[:, 0], curve[:, 1], label=name, **looks[name])
ax.axhline(task.baseline, color=WARNING, linewidth=1, linestyle=":", label="always say 1")
ax.axhline(task.baseline / 2, color=REFERENCE, linewidth=1, linestyle=":", label="the later mark alone")
ax.set(xlabel="iteration", ylabel="mean squared error", title="adding problem, 100 steps, 64 units")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1), handlelength=4)
show(fig, alt="Error over iterations on a logarithmic axis. The tanh RNN stays at the line of the constant guess; the "
     "identity ReLU RNN, the LSTM and the GRU fall well below it.",
     caption="The tanh RNN never leaves the constant guess; even the later mark alone would bring it to the lower "
     "dotted line. The other three learn the task. How soon depends on the learning rate too: the order says little.")

# %% [markdown]
# Is it the gradient? The weights before training are quickly made again; how much of a gradient comes back over all 100
# steps?

# %%
rng = np.random.default_rng(0)
before = {"tanh RNN": rnn.forward(rnn.init(rng, 2, 64), task.x), "GRU": gru.forward(gru.init(rng, 2, 64), task.x),
          "LSTM, forget bias 1": lstm.forward(lstm.init(rng, 2, 64, forget_bias=1.0), task.x),
          "identity ReLU RNN": rnn.forward(rnn.init(rng, 2, 64) | {"W_hh": np.eye(64), "b_h": np.zeros(64)}, task.x,
                                           activation="relu")}
for name, run in before.items():
    product = jacobians.products(jacobians.state_jacobians(run)[:, 0])[0]
    print(f"{name:20} at most {np.linalg.norm(product, 2):.0e} of a gradient is left after 100 steps, before training")

# %% [markdown]
# For the tanh RNN next to nothing comes back, and for the GRU no more, although it learns. So a gradient at the start
# is not a verdict. The GRU's gates can open while it trains, first for marks near the end; whether they do is a
# question for chapter 05, which looks at trained ones.

# %% [markdown] tags=["slide: the same plain tanh ... over 40 | Which will it"]
# And live, on a task short enough for a page: the same plain tanh network, over 10 steps and over 40. Which will it
# learn in 400 iterations?

# %%
from rnncourse import losses, optimizers


def train_adding(steps, iterations=400, H=24):
    """Train a tanh RNN on the adding problem; returns its error on rows that it never saw."""
    rng = np.random.default_rng(7)
    model = {"cell": rnn.init(rng, 2, H), "W_hy": rng.normal(0, 0.2, (H, 1)), "b_y": np.zeros(1)}
    optimizer, state = optimizers.Adam(0.01), None
    for _ in range(iterations):
        task = memory.adding(rng, steps, 32)
        run = rnn.forward(model["cell"], task.x)
        _, dy = losses.squared_error(run.h @ model["W_hy"] + model["b_y"], task.target, task.mask)
        grads = {"cell": rnn.backward(model["cell"], run, dy @ model["W_hy"].T)[0],
                 "W_hy": np.einsum("tbh,tbk->hk", run.h, dy), "b_y": dy.sum((0, 1))}
        model, state = optimizer.update(model, optimizers.clip_by_norm(grads, 1.0)[0], state)
    test = memory.adding(np.random.default_rng(8), steps, 500)
    y = rnn.forward(model["cell"], test.x).h @ model["W_hy"] + model["b_y"]
    return losses.squared_error(y, test.target, test.mask)[0]


# %% tags=["slide: print", "nbval-ignore-output"]
short, long = train_adding(10), train_adding(40)
print(f"always say 1: {task.baseline:.3f}    10 steps: {short:.3f}    40 steps: {long:.3f}")
assert short < 0.1 < long

# %% [markdown]
# The same network, the same number of iterations: over 10 steps it learns to add, over 40 it does not leave the guess.

# %% [markdown]
# ## Exercises

# %%
from rnncourse.exercises import gradients as exercises

# %% [markdown]
# **1. From the start to the end.** The Jacobian of a whole run. Mind the order, and on which side the slopes stand.

# %%
def jacobian_from_start(W_hh, h):
    """∂h_T/∂h_0 of a tanh RNN, for one row: entry [i, j] is how unit i at the end moves with unit j at the start.

    W_hh     (H, H)  in our row form, h_t = tanh(x_t W_xh + h_prev W_hh + b_h)
    h        (T, H)  the states after the steps 1 to T
    returns  (H, H)
    """
    ...    # about 4 lines


exercises.jacobian_from_start.check(jacobian_from_start)

# %%
# exercises.jacobian_from_start.hint()
# exercises.jacobian_from_start.solution()

# %% [markdown]
# **2. How much arrives.** From the Jacobians of all steps, the curve of the pictures above.

# %%
def norms_to_the_end(J):
    """How much a small change before each step can still move the last state: ‖J[T−1] ... J[t+1] J[t]‖ for each t.

    J        (T, H, H)  J[t] is the Jacobian of step t, counted from 0
    returns  (T,)       entry t: the largest singular value of the product of J[t] and all later ones
    """
    ...    # about 6 lines


exercises.norms_to_the_end.check(norms_to_the_end)

# %%
# exercises.norms_to_the_end.hint()
# exercises.norms_to_the_end.solution()

# %% [markdown]
# **3. Two numbers of one matrix.** The most that one step can do, and what remains in the long run.

# %%
def growth(W_hh):
    """How fast the state of a linear RNN, h_t = h_{t−1} W_hh, can grow: in one step, and per step in the long run.

    W_hh     (H, H)
    returns  two numbers: the largest factor by which one step can lengthen any state,
             and the factor per step in the limit of ever more steps, exactly
    """
    ...    # about 3 lines


exercises.growth.check(growth)

# %%
# exercises.growth.hint()
# exercises.growth.solution()

# %% [markdown]
# **4. The clip.** Shorten a gradient of many arrays without turning it.

# %%
def clip_together(grads, limit):
    """Shorten a gradient that is too long, all arrays by the same factor, and say whether it was.

    grads    a dict of arrays: together they are one vector
    limit    the largest length that is let through, a number above 0
    returns  two things: a new dict with the same keys (a gradient no longer than the limit stays as it is),
             and whether it was too long: True or False
    """
    ...    # about 4 lines


exercises.clip_together.check(clip_together)

# %%
# exercises.clip_together.hint()
# exercises.clip_together.solution()

# %% [markdown]
# **5. A good start.** Keep a random matrix's directions, set all its singular values to 1.

# %%
def nearest_orthogonal(A):
    """The orthogonal matrix nearest to A: as A, but with every singular value set to 1.

    A        (H, H)  for example random numbers; not singular
    returns  (H, H)
    """
    ...    # about 2 lines


exercises.nearest_orthogonal.check(nearest_orthogonal)

# %%
# exercises.nearest_orthogonal.hint()
# exercises.nearest_orthogonal.solution()

# %% [markdown] tags=["slide: The gradient explodes ... below. | The first half | The second half ... before it fades"]
# ## Where this misleads
#
# **A limit.** A gradient measures what a *tiny* change does. A unit that sits safely at +1 keeps its sign for a
# thousand steps, and its gradient is nearly 0: it remembers, and cannot be blamed. Small gradients mean that something
# is hard to *learn* from far back, not that nothing is *kept* from there. Chapter 10 looks at such memories.
#
# **A common mistake in print.** "The gradient explodes if the largest eigenvalue of $W_{hh}$ is above 1, and vanishes
# if it is below." The first half forgets the activation's slopes: in the explorer a tanh network with radius 1.5 fades
# as long as an input keeps its units away from 0, and explodes without one. The second half forgets that a product may
# grow for many steps before it fades: see 'one feeds the other', whose eigenvalues are both 0.9.

# %%
for loudness in (0.5, 0.0):
    far = gradient_in_time(recurrent_weights("random", spectral_radius=1.5), "tanh", loudness).exact[0]
    print(f"tanh, radius 1.5, input of standard deviation {loudness}: at most {far:.0e} is left after 50 steps")

# %% [markdown] tags=["slide: Because blame on ... it at 1"]
# ## Recap
#
# Why does memory fade? Because blame on its way back is multiplied by one Jacobian a step, and a product of many
# factors is either tiny or huge unless something holds it at 1. The activation's slopes shorten each step; the weights
# may do either. Clipping tames the explosion. Against fading there are starts that keep lengths, and gates that keep a
# way open: they are the next chapter.
#
# ## References
#
# - S. Hochreiter, 1991: *Untersuchungen zu dynamischen neuronalen Netzen.* Diploma thesis, TU München.
# - Y. Bengio, P. Simard and P. Frasconi, 1994: *Learning long-term dependencies with gradient descent is difficult.*
#   IEEE Transactions on Neural Networks 5(2).
# - S. Hochreiter and J. Schmidhuber, 1997: *Long short-term memory.* Neural Computation 9(8). The adding problem.
# - R. Pascanu, T. Mikolov and Y. Bengio, 2013: *On the difficulty of training recurrent neural networks.* ICML. The
#   bounds and the clip.
# - A. M. Saxe, J. L. McClelland and S. Ganguli, 2014: *Exact solutions to the nonlinear dynamics of learning in deep
#   linear neural networks.* ICLR. Orthogonal starts.
# - Q. V. Le, N. Jaitly and G. E. Hinton, 2015: *A simple way to initialize recurrent networks of rectified linear
#   units.* arXiv:1504.00941.
# - L. N. Trefethen and M. Embree, 2005: *Spectra and Pseudospectra.* Princeton University Press. Non-normal matrices.
