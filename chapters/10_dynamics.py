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
# # 10 · Where does the state go?
#
# Between two inputs a recurrent network is left alone with its own state. It steps, and steps again, and goes
# somewhere: to rest, round in circles, or on and on. Where it *can* go is decided by the weights, and one can find
# out: not by watching many runs, but by asking the map itself for the places where it stands still. This chapter does
# that for a network that remembers three bits, and for one that counts praise and blame.
#
# After it you can
#
# - see the states of a network in three dimensions, and say how much that picture leaves out;
# - find fixed points by Newton's method, and tell from eigenvalues which of them hold a state and which let it go;
# - check whether a list of fixed points can be complete, and know what the check cannot see;
# - predict the next steps of a network near a point with one matrix;
# - tell a memory of separate places from a memory along a line, and a line from something that only looks like one.
#
# To have read: chapters 01 and 03 (fixed points, Jacobians); eigenvalues, at least by name. Time: about 100 minutes, a
# third of them for the exercises; running it all takes about half a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse import training
from rnncourse.datasets import memory, sentiment
from rnncourse.explain.model import Explained
from rnncourse.notebook import begin, show

begin()

# %% [markdown] tags=["slide: Leave it without pulses | list"]
# **Predict first.** Each of three inputs is 0 three times out of four, and else a pulse of $+1$ or $-1$. The network
# has to answer, at every step and for each of the three, what sign the latest pulse had: three switches, a *flip-flop*
# of three bits (Sussillo & Barak 2013). Its state has 16 numbers. Leave it without pulses.
#
# 1. At how many different states can it come to rest?
# 2. Are there other states that step to themselves exactly, at which nevertheless no run ever ends? How many?

# %%
net = Explained.of(training.shipped("flip_flop")["rnn 0"])
task = memory.flip_flop(np.random.default_rng(7), bits=3, steps=48, batch=64, p=0.25)
h = net.trace(task.x).h                                              # (T, B, H)
answer = net.predict(h)
print("states", h.shape, f"  mean squared error {((answer - task.target) ** 2).mean():.4f}, best constant guess 1")
print(f"answers with the right sign: {(np.sign(answer) == task.target).mean():.1%};  "
      f"steps without any pulse: {(task.x == 0).all(2).mean():.0%}")

# %% [markdown] tags=["slide: eq | **Principal components** are"]
# It does what it should, so it is worth explaining. The network is a plain tanh RNN of 16 units, trained beforehand
# (`assets/checkpoints/make_flip_flop.py`); without pulses its step is $F(h) = \tanh(h W_{hh} + b_h)$.
#
# ## Sixteen numbers in a picture
#
# A state is a point in a space of 16 dimensions. **Principal components** are the directions in which the states vary
# most: subtract the mean, and take the singular value decomposition of what is left,
#
# $$\text{states} - \text{mean} = U \operatorname{diag}(\sigma)\, V^\top .$$
#
# The rows of $V^\top$ are the directions, at right angles to each other; $\sigma_k^2 / (N-1)$ is the variance along the
# $k$-th, the largest first.

# %%
states = h.reshape(-1, 16)                                           # N = T · B states
mean = states.mean(0)
_, sigma, directions = np.linalg.svd(states - mean, full_matrices=False)
variance = sigma ** 2 / (len(states) - 1)
places = (states - mean) @ directions[:3].T                          # (N, 3)
print("share of the variance in the first 1, 2, 3, 4:", (np.cumsum(variance) / variance.sum())[:4].round(3))

# %%
from sklearn.decomposition import PCA

from rnncourse.explain import simplify

theirs, ours = PCA().fit(states), simplify.components(net, task.x)
sign = np.sign((theirs.components_ * directions).sum(1, keepdims=True))
assert np.allclose(theirs.components_, sign * directions, atol=1e-8)
assert np.allclose(theirs.explained_variance_, variance) and np.allclose(ours.variance, variance)
print("ours = scikit-learn's but for the sign of each direction, = the library's components: True")

# %% [markdown]
# The sign is nobody's choice: if $v$ is a direction of largest variance, so is $-v$. Three components hold nearly all
# of the variance. Here are the states in the first two and in the first and third:

# %% tags=["slide: picture | How many there are"]
from rnncourse.plots.palette import INK, LOOK, PAPER, QUIET, REFERENCE

fig, axes = plt.subplots(1, 2, figsize=(9, 3.6))
for ax, other in zip(axes, (1, 2), strict=True):
    ax.plot(places[:, 0], places[:, other], ".", color=LOOK["h"].colour, markersize=3, alpha=0.25)
    ax.set(xlabel="component 1", ylabel=f"component {other + 1}", aspect="equal")
fig.suptitle("the states of a flip-flop, from two sides")
show(fig, alt="Two clouds of points. In each, nearly all points lie in a few clumps, large ones "
     "with smaller ones around.",
     caption="Most of the time the state is in one of a few clumps. How many there are, and what lies between them, "
     "such a picture can suggest, and cannot prove.")

# %% [markdown] tags=["slide: A **fixed point** is ... h^*)$. | Are there others"]
# PCA shows *where the states were*. It knows nothing of the network; ask the network.
#
# ## One unit first
#
# Take one unit that feeds itself: $h \leftarrow \tanh(w\,h)$. A **fixed point** is a state that steps to itself,
# $h^* = \tanh(w\,h^*)$. Zero is one, whatever $w$ is. Are there others, and does a state nearby come nearer or leave?
# After a step, a small distance from $h^*$ has been multiplied by the slope there, $F'(h^*) = w\,(1 - h^{*2})$: it
# shrinks if that is less than 1 in size.
#
# To find $h^*$, follow the slope (Newton). From a state $h$, look for the step $d$ that leads to a fixed point, with
# $F$ replaced by its tangent: $F(h) + F'(h)\,d = h + d$, so $d = (F(h) - h) / (1 - F'(h))$.

# %%
def newton_1d(h, w, b=0.0, steps=50):
    """From each start h (N,) to a fixed point of h ← tanh(w h + b), where the method gets there."""
    for _ in range(steps):
        F = np.tanh(w * h + b)
        h = np.clip(h + (F - h) / (1 - w * (1 - F ** 2)), -1, 1)
    return h


for w in (0.5, 1.5, 2.0):
    found = np.unique(newton_1d(np.array([-0.9, 0.01, 0.9]), w).round(9)) + 0.0
    print(f"w = {w}:", "   ".join(f"h* = {point:+.6f}, slope {w * (1 - point ** 2):.6f}" for point in found))

# %% [markdown]
# Up to $w = 1$ there is one resting place. Beyond, zero has become a watershed, and two new points have split from it,
# one on each side: a *pitchfork*. Two places to rest are a memory of one bit.

# %% tags=["slide"]
w_values = np.linspace(0.2, 3, 280)
branch = np.array([newton_1d(np.array([0.99]), w)[0] for w in w_values])
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
left.plot(w_values, branch, color=INK)
left.plot(w_values, -branch, color=INK)
left.plot(w_values[w_values > 1], 0 * w_values[w_values > 1], "--", color=QUIET)
left.set(xlabel="weight w", ylabel="fixed points h*", title="one resting place becomes two")
grid = np.linspace(-1.1, 1.1, 200)
right.plot(grid, grid, color=REFERENCE, linewidth=1)
right.plot(grid, np.tanh(2 * grid), color=LOOK["h"].colour)
meet = newton_1d(np.array([-0.9, 0.01, 0.9]), 2.0)
right.plot(meet[[0, 2]], meet[[0, 2]], "o", color=INK, markersize=9)
right.plot(0, 0, "D", markerfacecolor=PAPER, markeredgecolor=INK, markersize=8)
right.set(xlabel="h before the step", ylabel="tanh(2h), after it", title="w = 2: where curve and diagonal meet")
show(fig, alt="Left: one line at zero until w = 1, where it splits into two branches towards plus and minus 1; the "
     "middle goes on dashed. Right: the curve tanh(2h) crosses the diagonal three times.",
     caption="Left: the pitchfork; solid lines attract, the dashed one repels. Right: the curve is flatter than the "
     "diagonal where it attracts (dots) and steeper where it repels (diamond).")

# %% [markdown] tags=["slide: eq | Nothing changes but"]
# ## Sixteen units
#
# Nothing changes but the kind of object. The slope becomes the Jacobian of chapter 03, and the division a linear
# system:
#
# $$J(h) = \operatorname{diag}\big(1 - F(h)^2\big)\, W_{hh}^\top, \qquad
#   \big(I - J(h)\big)\, d = F(h) - h, \qquad h \leftarrow h + d .$$
#
# We start from 2,000 places, each a random mixture of four states that occurred, because what lies *between* states is
# wanted too.

# %%
W, b = (net.layers[0]["forward"][name] for name in ("W_hh", "b_h"))


def F(h):
    return np.tanh(h @ W + b)


def J(h):
    return (1 - F(h) ** 2)[..., :, None] * W.T


def newton(h, steps=30):
    for _ in range(steps):
        h = h + np.linalg.solve(np.eye(16) - J(h), (F(h) - h)[..., None])[..., 0]
    return h


rng = np.random.default_rng(0)
starts = np.einsum("nk,nkh->nh", rng.dirichlet(np.ones(4), 2000), states[rng.integers(len(states), size=(2000, 4))])
ends = newton(starts)
arrived = np.abs(F(ends) - ends).max(1) < 1e-12
points = np.unique(ends[arrived].round(8), axis=0)
print(f"arrived: {arrived.mean():.0%} of the starts;  different fixed points: {len(points)}")

# %% [markdown]
# Twenty-seven. The library's `fixed_points` does the same with more care (it takes shorter steps where a full one does
# not help, searches again between what it has found, and tells nearby points apart by how well each is determined).
# From here on we use it.

# %%
from rnncourse.explain import dynamics

found = dynamics.fixed_points(net, states=h, rng=np.random.default_rng(0))
apart = np.abs(found.points[:, None] - points).max(2)
assert len(found) == len(points) and apart.min(0).max() < 1e-6 and apart.min(1).max() < 1e-6
assert np.allclose(found.jacobians, J(found.points))
print(found)

# %% [markdown] tags=["slide: So a fixed point ... a few"]
# ## Which of them hold?
#
# Close to a fixed point, $F(h^* + \varepsilon) \approx h^* + J\varepsilon$, and after $n$ steps $J^n \varepsilon$.
# Write $\varepsilon$ in eigenvectors of $J$: each part is multiplied by its own $\lambda$ at every step. So a fixed
# point is **stable** if every $|\lambda| < 1$. If some are larger it is a **saddle**: the state is drawn in from most
# directions, and pushed out along a few.

# %%
for modes, count in found.counts.items():
    chosen = found.unstable == modes
    sizes = np.abs(found.eigenvalues[chosen])
    print(f"{count:2} with {modes} eigenvalues above 1 in size;  the largest |λ| there: "
          f"{sizes[:, 0].min():.3f} to {sizes[:, 0].max():.3f}")
nudged = found.stable + rng.normal(0, 0.1, found.stable.shape)
for _ in range(60):
    nudged = F(nudged)
back = np.allclose(nudged, found.stable, atol=1e-6)
print("nudged by about 0.1 in each unit, after 60 steps the stable ones are back:", back)
print("what the network answers there:", *sorted(np.sign(net.predict(found.stable)).astype(int).tolist()))

# %% [markdown]
# So the answer to the first question is 8, one for each setting of three bits, and to the second 19. And there is
# order in them. What does the network answer *at* the other nineteen?

# %%
answers = net.predict(found.points)
lattice = np.round(answers) + 0.0
for modes in range(4):
    rows = lattice[found.unstable == modes]
    print(f"{modes} ways out: {len(rows):2} points; bits at about 0:", *set((rows == 0).sum(1).tolist()))
assert len(np.unique(lattice, axis=0)) == 27
print(f"largest distance of an answer from −1, 0 or 1: {np.abs(answers - lattice).max():.2f}")

# %% [markdown] tags=["slide: The 27 points ... its centre | A bit at 0"]
# The 27 points are all combinations of $-1, 0, +1$: the 8 corners of a cube, the 12 middles of its edges, the 6 middles
# of its faces, and its centre. A bit at 0 is undecided, and each undecided bit is one way out. It is as if the network
# were three separate one-unit networks with $w > 1$, each with its three fixed points, $3 \cdot 3 \cdot 3 = 27$.

# %%
from rnncourse.explain.autonomous import Autonomous


def tanh_rnn(W_hh):
    """The step h ← tanh(h W_hh), as the library takes it."""
    return Autonomous("rnn", {"W_xh": np.zeros((1, len(W_hh))), "W_hh": W_hh, "b_h": np.zeros(len(W_hh))},
                      np.zeros(1), "tanh")


print("three separate units with w = 2:", dynamics.fixed_points(tanh_rnn(2 * np.eye(3))).counts)

# %% [markdown]
# ## Fly through it
#
# The explorer shows the first three principal components of any of twelve such networks: plain RNN, LSTM and GRU, four
# seeds each. For the LSTM the state is $(h, c)$, 32 numbers. Near things are larger and darker. The blue dot is the
# state at the chosen step of a run; faint lines are other runs.

# %%
from rnncourse.explorers.state_space import StateSpace

explorer = StateSpace()
explorer

# %% tags=["slide: picture | Dots: ... cube | Diamonds: ... centre"]
show(explorer.still(), alt=explorer.words,
     caption="The explorer, standing still. Dots: stable, the corners of a cube. Diamonds: saddles on its edges; "
     "squares on its faces; the triangle at its centre. Dashed: the edges, between memories that differ in one bit.")

# %% [markdown]
# Things to try:
#
# - Turn the azimuth from end to end with the arrow keys. Is every corner joined to three others?
# - Switch on *directions*. Which way do the orange ones point, and how many cross at a square?
# - Set *pulses* to 0.5 and walk through the run with *step*. Where does the state go, and what does it answer?
# - Look at the LSTM and the GRU, and at other seeds. What is always so, and what is not?
#
# <details><summary>What there is to see</summary>
#
# Each corner has three edges, one for each bit. At a diamond the one direction that grows lies along its edge, at a
# square two cross, at the triangle three. In this network, RNN seed 0, half a pulse brings the state about as far as
# the saddle in the middle of the edge: from step 19 on it hesitates there, with an answer near 0, and slowly leaves.
# That is not always so: in LSTM seed 0 half a pulse is too weak at step 19 and the old bit soon stands again, in LSTM
# seed 2 it is enough and the new one does. The cube is found in all twelve networks, but bent and turned differently in
# each.
# </details>
#
# ## Twelve networks
#
# One network is an anecdote. Here are all twelve. The search starts from 128 places; where the count of signs, which
# the next section explains, says that a point is missing, it starts again from four times as many.

# %% tags=["nbval-ignore-output"]
from rnncourse.explain.autonomous import states_of

nets = {name: Explained.of(model) for name, model in training.shipped("flip_flop").items()}
counted = {}
for name, each in nets.items():
    tries, again = 128, True
    while again and tries <= 2048:
        result = dynamics.fixed_points(each, starts=tries, states=states_of(each.trace(task.x)),
                                       rng=np.random.default_rng(0))
        again, tries = result.incomplete, 4 * tries
    counted[name] = result
    print(f"{name:7} {result.counts}  index {result.index}  starts {tries // 4}")

# %% tags=["nbval-ignore-output"]
whole = [name for name, result in counted.items() if result.counts == {0: 8, 1: 12, 2: 6, 3: 1}]
eight = [name for name, result in counted.items() if result.counts[0] == 8]
print(f"8 stable points: {len(eight)} of {len(nets)} networks;  27 = 8 + 12 + 6 + 1: {len(whole)} of {len(nets)}")
assert len(eight) == 12 and len(whole) >= 11

# %% [markdown] tags=["slide: Give each point the sign | the signs of *all* ... exactly 1"]
# | | cells | stable points | the others |
# |---|---|---|---|
# | Sussillo & Barak 2013 | one tanh network, larger, in continuous time | 8 | saddles, which mediate transitions |
# | here, shipped | RNN, LSTM, GRU of 16 units, 4 seeds each | 8 in all twelve | 12 + 6 + 1 in all twelve |
#
# The task demands eight *attractors*. That they are points, in each of the three cells, and that the rest of a cube
# comes with them, is what was found; near the end of this chapter a network does it otherwise. (Ours differ from the
# paper's network in nearly everything but the task, and the comparison goes no further than the table.)
#
# ## Is that all of them?
#
# A search that has found 27 points may have missed others. For bounded networks there is a check that costs nothing.
# Give each point the sign of $\det(I - J)$. The step maps a box into itself (with tanh, all states in $[-1, 1]^{16}$),
# and for such maps the signs of *all* fixed points add up to exactly 1, if none of them is degenerate (Lefschetz's
# fixed-point theorem). In one dimension one can see it: a curve that starts above the diagonal and ends below it
# crosses downwards once more often than upwards. Since $\det(I - J) = \prod_k (1 - \lambda_k)$, only real
# $\lambda > 1$ turn the sign: complex ones come in pairs, and $1 - \lambda$ is positive for $\lambda < -1$ too.

# %%
signs = np.sign(np.linalg.det(np.eye(16) - found.jacobians)).astype(int)
for modes in range(4):
    print(f"{modes} ways out: signs {set(signs[found.unstable == modes].tolist())}")
growing = found.eigenvalues[np.abs(found.eigenvalues) > 1]
print("here each |λ| above 1 is a real λ above 1:", bool(((growing.imag == 0) & (growing.real > 1)).all()))
print("8 − 12 + 6 − 1 =", signs.sum())

# %% [markdown]
# Now lose some on purpose, and see whether the check notices.

# %%
stable, saddle = np.flatnonzero(found.unstable == 0), np.flatnonzero(found.unstable == 1)
for says, lost in (("one saddle", saddle[:1]), ("two saddles", saddle[:2]),
                   ("a saddle and a stable point", [saddle[0], stable[0]]), ("all but one memory", range(1, 27))):
    index = np.delete(signs, list(lost)).sum()
    print(f"without {says:28} the signs add up to {index:2}: {'nothing noticed' if index == 1 else 'noticed'}")

# %% [markdown]
# A single missing point always shows. A missing *pair* of opposite signs never does, and someone who found a single
# memory and stopped would have passed. The check can refute a list; it cannot prove one. It happens by itself, too:
# search with one start for each corner, edge, face and centre of the cube, instead of many random ones. Look for a list
# that is short of 27 and has the index 1.

# %% tags=["nbval-ignore-output"]
def from_a_cube(each, corners):
    """`FixedPoints` from 27 starts: the means of the corners whose bits agree with a code of −1, 0, 1."""
    bits = np.sign(each.predict(corners[:, :16]))
    codes = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3), -1).reshape(-1, 3)
    starts = [corners[((code == 0) | (code == bits)).all(1)].mean(0) for code in codes]
    return dynamics.fixed_points(each, starts=np.array(starts), rounds=1)


passed = 0
for name, each in nets.items():
    result = from_a_cube(each, counted[name].stable)
    if len(result) < len(counted[name]):
        passed += result.index == 1
        print(f"{name}: {len(result)} of {len(counted[name])} found, index {result.index}")
assert passed

# %% [markdown]
# There it is: points are missing, as many of one sign as of the other, and the count is content. Had one found only
# this list, nobody could tell from the count whether the search had missed some or the network has no more.
#
# ## Slow is not still
#
# Many programs look for fixed points differently: they minimise $q(h) = \tfrac12 \|F(h) - h\|^2$, half the
# square of the speed, and call fixed what is slow enough (Sussillo & Barak 2013 do so, and *want* the slow points too).
# But $q$ may have a minimum where nothing is fixed. One unit with a bias shows it: $h \leftarrow \tanh(1.5\,h + b)$.

# %%
def q_of(h, b):
    return 0.5 * (np.tanh(1.5 * h + b) - h) ** 2


grid_q = np.linspace(-1, 1, 20001)
for bias in (0.15, 0.21):
    q = q_of(grid_q, bias)
    minima = np.flatnonzero((q[1:-1] < q[:-2]) & (q[1:-1] < q[2:])) + 1
    ends = newton_1d(np.linspace(-1, 1, 41), 1.5, bias, 200)
    still = np.unique(ends[q_of(ends, bias) < 1e-28].round(6))
    print(f"b = {bias}: minima of q at {grid_q[minima].round(2)}, q there {', '.join(f'{v:.0e}' for v in q[minima])}; "
          f"fixed points {still.round(3)}")
thrown = [newton_1d(np.array([-0.6]), 1.5, 0.21, steps)[0] for steps in range(7)]
print("Newton from near the ghost, step by step:", "  ".join(f"{h:.2f}" for h in thrown))

# %% [markdown]
# (At a fixed point $q$ is 0; the tiny numbers above say how far the grid misses it.) At $b = 0.21$ two fixed points
# have met and vanished, and left a **ghost**: a place where $q$ has a minimum, $F$ nearly touches the diagonal, and a
# run dawdles for many steps before it goes on. A tolerance of $10^{-4}$ would call it fixed.

# %% tags=["slide: picture | Left: ... floor"]
path = [-1.0]
while len(path) < 121:
    path.append(np.tanh(1.5 * path[-1] + 0.21))
dawdles = (np.abs(np.diff(path))[:np.argmax(np.array(path) > 0)] < 0.01).sum()
print(f"before it is above 0, {dawdles} steps move it by less than 0.01")
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
for bias, look in ((0.15, LOOK["h"]), (0.21, LOOK["c"])):
    left.semilogy(grid_q, q_of(grid_q, bias) + 1e-12, label=f"b = {bias}", **look.line)
left.set(xlabel="h", ylabel="q(h)", ylim=(1e-9, 1), xticks=[-1, -0.5, 0, 0.5, 1], title="a minimum of q that is not 0")
left.legend()
right.plot(path, color=LOOK["c"].colour, marker=".")
right.set(xlabel="step", ylabel="h", title="b = 0.21: the ghost holds a run, for a while")
show(fig, alt="Left: q on a logarithmic axis; for b = 0.15 three sharp dips to zero, for b = 0.21 one dip to zero and "
     "a rounded one that ends far above. Right: a run starts at −1, creeps along near −0.6 for many steps, then rises "
     "to 0.9.",
     caption="Left: a true fixed point is a dip without end; the ghost's dip has a floor. Right: the run slows down "
     "near −0.6 until it looks at rest, and is not.")

# %% [markdown] tags=["slide: A small $q$ says ... Newton tells"]
# A small $q$ says *slow*. Whether it is *still*, Newton tells: close to a fixed point it goes on until nothing but
# rounding is left; near a ghost it is thrown about. Slow places matter too, as we shall see; they only must not be
# counted as something else.
#
# ## What the saddles do
#
# A full pulse throws the state from one corner beyond the middle of the edge, and it falls into the next corner. What
# if the pulse is weaker? Somewhere there is a strength that is *just* not enough. Find it by halving.

# %%
bit, old = 0, 1.0
start = found.stable[(np.sign(net.predict(found.stable)) == [old, -1, 1]).all(1)][0]       # where + − + is kept
W_xh = net.layers[0]["forward"]["W_xh"]


def after(strength, steps=40):
    """(steps, 16): the states after one pulse against bit 1, of this strength."""
    x = np.zeros((steps, 1, 3))
    x[0, 0, bit] = -old * strength
    path = [start]
    for x_t in x[:, 0]:
        path.append(np.tanh(x_t @ W_xh + path[-1] @ W + b))
    return np.array(path)


low, high = 0.0, 1.0
for _ in range(45):
    middle = (low + high) / 2
    flipped = np.sign(net.predict(after(middle, 120)[-1]))[bit] != old
    low, high = (low, middle) if flipped else (middle, high)
print(f"a pulse flips the bit from a strength of {high:.3f} on")

# %%
others = np.flatnonzero(found.unstable > 0)
distances = np.linalg.norm(after(high)[:, None] - found.points[others], axis=2).min(0)
nearest = others[distances.argmin()]
print(f"of the 19 others, the run comes nearest to a {found.kinds[nearest]} with {found.unstable[nearest]} way out")
print(f"the network answers {answers[nearest].round(1) + 0.0} there; nearer than 0.00001: {distances.min() < 1e-5}")
assert found.unstable[nearest] == 1 and distances.min() < 1e-5

# %% [markdown]
# It goes to the saddle in the middle of that edge, and there it waits. All states that run *into* a saddle form a wall,
# and the wall parts the two memories: whatever ends on this side stays, whatever ends beyond it flips. That is what a
# saddle does for a memory. It is seldom visited; it stands where the decision falls.
#
# ## One matrix predicts the next steps
#
# Near the saddle the network is nearly linear, $h_{t+1} \approx F(h^*) + A\,(h_t - h^*) + B\,x_t$ with $A = J(h^*)$. So
# we know how fast the run should leave: by the largest eigenvalue, every step.

# %% tags=["slide: picture | Left: ... then part"]
linear = dynamics.linearise(net, found.points[nearest])
grows = np.abs(found.eigenvalues[nearest][0])
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
pulses = ((0.3, ":", 3, (6, -11)), (high - 1e-3, "-.", 17, (8, -10)), (high, "-", 30, (0, 4)),
          (high + 1e-3, "--", 17, (8, 3)), (1.0, ":", 1, (8, 4)))
for strength, style, at, offset in pulses:
    curve = net.predict(after(strength, 36))[:, bit] * old
    left.plot(curve, linestyle=style, color=LOOK["h"].colour)
    left.annotate(f"{strength:.4f}", (at, curve[at]), xytext=offset, textcoords="offset points", fontsize=9)
left.set(xlabel="step", ylabel="answer for the bit", ylim=(-1.3, 1.2), title="pulses of five strengths")
away = np.linalg.norm(after(high + 1e-3, 36) - found.points[nearest], axis=1)
near = np.arange(away.argmin(), 28)
right.semilogy(away, color=LOOK["h"].colour, label="the run")
right.semilogy(near, away.min() * grows ** (near - near[0]), "--", color=INK, label=f"× {grows:.3f} a step")
right.set(xlabel="step", ylabel="distance from the saddle", title="leaving a saddle", ylim=(away.min() / 2, 3))
right.legend()
show(fig, alt="Left: five curves of the answer; the weakest returns to 1, the strongest falls to −1 at once, three "
     "of nearly equal strength hover at 0, and two of them leave. Right: the distance from the saddle on a logarithmic "
     "axis falls, then rises along a straight dashed line until it levels off.",
     caption="Left: three pulses that differ by a thousandth hover together, then part. Right: the run leaves along "
     "the straight line that one eigenvalue predicts, until it is too far away for a linear law.")

# %%
print("steps ahead   error of the linear network, starting 0.01 / 0.1 / 1 from the saddle")
ahead = {size: (found.points[nearest] + size * np.ones(16) / 4,) * 2 for size in (0.01, 0.1, 1.0)}
for steps in range(1, 9):
    ahead = {size: (F(true), linear.step(guess[None])[0]) for size, (true, guess) in ahead.items()}
    if steps in (1, 2, 4, 8):
        print(f"{steps:11}   ", "   ".join(f"{np.linalg.norm(true - guess):.1e}" for true, guess in ahead.values()))
    if steps == 1:
        error = np.subtract(*ahead[0.1])
outwards = dynamics.slow_modes(found.jacobians[nearest], 16)
k = np.abs(outwards.eigenvalues).argmax()
print(f"of the first error, {np.linalg.norm(error):.1e}, "
      f"{abs(outwards.readers[k] @ error):.1e} lies along the direction that grows")

# %% [markdown]
# A tenth of the distance, about a hundredth of the error: what was left out is quadratic. That is why the dashed line
# and the run part in the end. And why does the error fall first? What each step leaves out lies mostly along directions
# in which the saddle draws in, and shrinks; the small part along the one that pushes out grows, and takes over.
#
# ## A control
#
# Would any network of 16 units show a cube? Shuffle the entries of $W_{hh}$: the same numbers, in other places.
# That alone would also make the matrix weaker, so each is scaled to the spectral radius (largest $|\lambda|$) it had.

# %% tags=["slide: print"]
params = dict(net.layers[0]["forward"])


def radius(matrix):
    return np.abs(np.linalg.eigvals(matrix)).max()


for seed in range(5):
    shuffled = np.random.default_rng(seed).permutation(W.ravel()).reshape(W.shape)
    weaker, shuffled = radius(shuffled), shuffled * radius(W) / radius(shuffled)
    control = dynamics.fixed_points(Autonomous("rnn", params | {"W_hh": shuffled}, np.zeros(3), "tanh"), starts=128)
    print(f"shuffled, seed {seed}: {control.counts}, spectral radius {weaker:.2f}, scaled to {radius(shuffled):.2f}")
    assert len(control) < 9
print(f"trained:          {found.counts}, spectral radius {radius(W):.2f}")

# %% [markdown] tags=["part: It takes the arrangement", "slide: Places that stay ... below"]
# It takes the arrangement, not the numbers or their size.
#
# ## A memory along a line
#
# Three bits want separate places. A *count* wants something else: after each word of praise a little up, after each
# word of blame a little down, and between them stay. Places that stay, next to each other without a gap, are a **line
# attractor**: along the line an eigenvalue of 1, in all other directions below. Maheswaranathan and others (2019) found
# such lines, approximately, in RNNs, LSTMs and GRUs that had learnt to judge reviews.
#
# First the plainest case. A GRU of 16 units reads one word at a time, one in five praises, one in five blames, the rest
# are nouns, and is asked after every word for the sum so far.

# %%
told = training.shipped_metadata("valence")
words, worth = told["words"], np.array(told["worth"])
counter = Explained.of(training.shipped("valence")["gru 0"])
rng = np.random.default_rng(5)
text = np.where(rng.random((40, 300)) < 0.4, rng.integers(0, 20, (40, 300)), rng.integers(20, 28, (40, 300)))
total = worth[text].cumsum(0)
read_states = counter.trace(np.eye(28)[text]).h                      # (40, 300, 16)
said = counter.predict(read_states)[..., 0]
print(f"mean squared error {((said - total) ** 2).mean():.4f};  always 0: {(total ** 2).mean():.2f}")
plane = simplify.components(counter, np.eye(28)[text])
print("share of the variance in components 1, 2, 3:", (plane.variance / plane.variance.sum())[:3].round(3))

# %% [markdown]
# It counts, and its states lie nearly along one direction. "Left alone" now means: reading nouns. Hold one noun,
# *film*, and ask what stands still, and what the Jacobian says at states that occurred.

# %%
film = np.eye(28)[words.index("film")]
left_alone = Autonomous.of(counter, film)
still = dynamics.fixed_points(left_alone, states=read_states, starts=128, rng=np.random.default_rng(0))
rest = left_alone.run(read_states[-1, :200], 20)[-1]               # 200 states, after 20 nouns
values = -np.sort(-np.abs(np.linalg.eigvals(left_alone.jacobian(rest))), axis=1)
at = counter.predict(still.points)[:, 0]
print("fixed points:", ", ".join(f"{still.kinds[k]} at a count of {at[k]:.1f}" for k in at.argsort()))
print("|λ| along the way, median over 200 states:", np.median(values, axis=0)[:3].round(3))
for says, limit in (("all", np.inf), ("counts below 6", 6)):
    chosen = values[np.abs(counter.predict(rest)[:, 0]) < limit]
    print(f"{says} ({len(chosen)} states): the largest from {chosen[:, 0].min():.3f} to "
          f"{chosen[:, 0].max():.3f}, the second up to {chosen[:, 1].max():.3f}")
plot = Autonomous.of(counter, np.eye(28)[words.index("plot")])
other = dynamics.fixed_points(plot, states=read_states, starts=128, rng=np.random.default_rng(0))
largest = np.abs(np.linalg.eigvals(plot.jacobian(rest))).max(1)
print(f"with 'plot' in the place of 'film': {len(other)} fixed points; the median largest |λ| {np.median(largest):.3f}")

# %% [markdown]
# There is no line of fixed points, only two ends and a saddle between them, if one insists on *still*. (With another
# noun other points stand still; the slow line is common.) But along the way, away from the ends, one eigenvalue
# is within a few thousandths of 1, and the others are clearly below; towards the ends the first two come nearer to each
# other. The line leaks, slowly: an **approximate** line attractor. This is the case for which slow points are worth
# having. How slowly?

# %%
def counts_of(states):
    return counter.predict(states)[:, 0]


counts = total[-1, :200]
later = np.stack([counts_of(s) for s in left_alone.run(read_states[-1, :200], 200)])        # (201, 200)
for nouns in (1, 10, 50, 200):
    print(f"after {nouns:3} nouns the count has moved by {np.median(np.abs(later[nouns] - later[0])):.2f} (median)")

# %% [markdown]
# ## What each word writes
#
# A word changes the state by some $\varepsilon$. Part of it fades within some ten words; what lasts is its part along
# the slow direction. To read that part off one needs the **left** eigenvector $u$ of the eigenvalue near 1, scaled so
# that $u \cdot v = 1$: for $\varepsilon = \sum_k a_k v_k$ it returns $a_1$ and nothing of the others. The direction $v$
# itself would be the wrong reader, because eigenvectors are not at right angles.

# %%
middle = rest[np.abs(counts_of(rest)).argmin()]
mode = dynamics.slow_modes(left_alone.jacobian(middle[None])[0], 1)
direction, reader = mode.directions[0], mode.readers[0]
per_unit = (direction @ counter.W_hy)[0]                           # how much the count moves along the direction
now = middle[None]
written = np.array([Autonomous.of(counter, x).step(now)[0] - left_alone.step(now)[0] for x in np.eye(28)])    # (28, 16)
read = written @ reader * per_unit
by_direction = written @ direction * per_unit
for kind, which in (("praise", worth == 1), ("blame", worth == -1), ("nouns", worth == 0)):
    print(f"{kind:7} by the reader {read[which].min():+.2f} to {read[which].max():+.2f};   by the direction itself "
          f"{by_direction[which].min():+.2f} to {by_direction[which].max():+.2f}")
print(f"eigenvalue {mode.eigenvalues[0].real:.4f}: a change e-folds in {mode.steps[0]:.0f} words; angle between reader "
      f"and direction {np.degrees(np.arccos(reader @ direction / np.linalg.norm(reader))):.0f}°")
great = Autonomous.of(counter, np.eye(28)[words.index("great")]).step(now)
change = (left_alone.run(great, 10) - left_alone.run(left_alone.step(now), 10))[[0, 5, 10], 0]             # (3, 16)
fades = np.linalg.norm(change - np.outer(change @ reader, direction), axis=1)
print("'great' instead of 'film', after 0, 5, 10 more nouns: the change", np.linalg.norm(change, axis=1).round(3),
      "of which off the slow direction", fades.round(3))

# %% [markdown]
# By its reader, every word of praise is worth about $+1$, every word of blame about $-1$, and the nouns nothing,
# although nobody told the network which words are alike. The direction in the reader's place gives the right signs and
# the wrong sizes.
#
# So a text moves the state along the line. To see the line more than what fades, we let five nouns pass after each word
# that counts, and sixteen before the first.

# %% tags=["slide: picture | Right: ... nearly where it is"]
sentence = ["great", "good", "brilliant", "awful", "lovely", "moving", "bad", "boring", "dull", "poor", "stale"]
spaced = ["film"] * 16 + [word for each in sentence for word in (each, *["film"] * 5)]
walk = plane.of(counter.trace(np.eye(28)[[words.index(word) for word in spaced]][:, None]).h[16:, 0], 2)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
beads = plane.of(rest, 2)
dots = left.scatter(*beads.T, c=counts_of(rest), cmap="RdBu_r", vmin=-10, vmax=10, s=36,
                    edgecolors=QUIET, linewidths=0.4)
fig.colorbar(dots, ax=left, label="the network's count")
left.set(xlabel="component 1", ylabel="component 2", title="one bead for each whole number")
for place in range(-2, 5):
    level = np.median(beads[np.round(counts_of(rest)) == place, 0])
    right.plot([0, 67], [level, level], color=REFERENCE, linewidth=0.8)
    right.annotate(f"{place:+d}" if place else "0", (67, level), xytext=(3, -3), textcoords="offset points", fontsize=8)
right.plot(walk[:, 0], marker=".", markersize=4, linewidth=1, color=LOOK["h"].colour)
for number, word in enumerate(sentence):
    right.annotate(word, (6 * number, walk[6 * number, 0]), fontsize=8, xytext=(0, 6), textcoords="offset points")
right.set(xlabel="words read", ylabel="component 1", title="a text climbs and descends them", xlim=(-2, 74))
show(fig, alt="Left: clusters of points lie like beads along an arc, coloured from blue, below 0, to red, above. "
     "Right: a staircase over 66 words, up by one bead with each word of praise, down with each word of blame.",
     caption="Left: 200 texts, twenty nouns after their end, coloured by the count. Right: one text, after sixteen "
     "nouns; grey lines are the beads of −2 to 4. Between two words that count, five nouns leave the state nearly "
     "where it is.")

# %% [markdown]
# ## And in the judge of reviews?
#
# The shipped networks of chapter 11 read reviews with *not*, *never*, *too* and *but*, and are asked once, at the end,
# for praise or blame. Have they a line too? Their way of being left alone is a clause that says nothing: *and the film
# was long*. Five words are five steps; taken together they are a map like any other, and its Jacobian is the product of
# the five.

# %%
reviews = sentiment.sample(np.random.default_rng(1), 2000)
without_but = [review for review in reviews.part("test")[0] if "but" not in review]
x, lengths = reviews.padded(without_but)
sums = np.array([sentiment.read(review)[-1] for review in without_but])
judges = {name: Explained.of(model) for name, model in training.shipped("sentiment").items()}
rightly = [np.mean((judge.scores(x, lengths).argmax(1) == 1) == (sums > 0)) for judge in judges.values()]
print(f"{len(sums)} unseen reviews, 10 networks: {min(rightly):.1%} to {max(rightly):.1%} judged rightly")


# %%
def clause(judge, begins="and"):
    """The five maps s ← F(s) of '… the film was long'."""
    return [Autonomous.of(judge, sentiment.NUMBER[word]) for word in (begins, "the", "film", "was", "long")]


def ends_of(judge):
    """(N, S): the state at the end of each review."""
    return states_of(judge.trace(x, lengths))[lengths - 1, np.arange(len(lengths))]


def verdicts(judge, states):
    """(N,): the score of praise minus that of blame."""
    return np.diff(judge.predict(states[:, :judge.hidden_size]))[:, 0]


def largest_of_five(s, five):
    """The middle 80 % of the largest |λ| of five words together, over states s (N, S), in words."""
    product = np.eye(s.shape[1])
    for word in five:
        s, step = word.both(s)
        product = step @ product
    largest = np.abs(np.linalg.eigvals(product)).max(1)
    return f"{np.quantile(largest, 0.1):.2f} to {np.quantile(largest, 0.9):.2f}"


def read_on(s, five):
    """The states (N, S) after five words."""
    for word in five:
        s = word.step(s)
    return s


print("largest |λ| of five words, the middle 80%;  counter, five nouns:", largest_of_five(rest, [left_alone] * 5))
for name, judge in judges.items():
    once = read_on(ends_of(judge)[:50], clause(judge))
    print(f"{name}, the second empty clause: {largest_of_five(once, clause(judge))}")

# %% [markdown]
# (The first empty clause is left to what fades fast, as the twenty nouns were with the counter.) On a line it would be
# 1.00 throughout. The counter comes close to that. Here it is well below 1 after some reviews and, in most networks,
# above 1 after others: a slope with valleys. So let the reviews go on saying nothing, clause after clause, until a
# clause moves none of them by more than a millionth, and see where they end.

# %%
margins = {}
for name, judge in judges.items():
    s, five, moved, different = ends_of(judge), clause(judge), 1, []
    margins[name] = [verdicts(judge, s)]
    while moved > 1e-6 and len(margins[name]) < 400:
        earlier, s = s, read_on(s, five)
        moved = np.abs(s - earlier).max()
        margins[name].append(verdicts(judge, s))
    assert moved <= 1e-6
    last = margins[name][-1]
    for state in s:
        if all(np.abs(state - one).max() > 0.01 for one in different):
            different.append(state)
    changed = np.mean(np.sign(last) != np.sign(margins[name][0]))
    print(f"{name}: settled after {5 * len(margins[name]) - 5:3} empty words; {len(last)} reviews at {len(different)} "
          f"place(s), praise minus blame {' '.join(f'{v:+.1f}' for v in np.unique(last.round(1)))}; "
          f"verdict changed for {changed:.0%}")

# %% tags=["slide: picture | The counter keeps | Of the judges"]
fig, axes = plt.subplots(1, 3, figsize=(9.6, 3.6))
red_blue = plt.get_cmap("RdBu_r")
for ax, lines, levels, title in ((axes[0], later[:101:5], counts, "the counter keeps the number"),
                                 (axes[1], margins["gru 0"][:21], sums, "judge gru 0: the sign"),
                                 (axes[2], margins["lstm 2"][:21], sums, "judge lstm 2: nothing")):
    for level in (-4, -2, -1, 1, 2, 4):
        curve = [np.median(each[levels == level]) for each in lines]
        ax.plot(range(0, 101, 5), curve, color=red_blue(0.5 + np.sign(level) * (0.2 + abs(level) / 14)), marker=".")
        ax.annotate(f"{level:+d}", (0, curve[0]), xytext=(-22, -3), textcoords="offset points", fontsize=9)
    ax.set(xlabel="empty words since", title=title, xlim=(-25, 102), xticks=[0, 50, 100])
axes[0].set_ylabel("the network's count (median)")
axes[1].set_ylabel("praise minus blame (median)")
show(fig, alt="Left: six lines, from −4 to +4, stay nearly level over 100 words. Middle: six lines join into an upper "
     "and a lower bundle. Right: all six end low, at blame.",
     caption="Numbers at the left: the true sum. The counter keeps the number, nearly. Of the judges gru 0 keeps the "
     "sign; in lstm 2 every review ends at blame.")

# %% [markdown]
# So: **no line attractor here.** What lasts, in each of the ten networks, is at most a choice among a few resting
# places, and in some not even the verdict. (On the way down the slope weak and strong can still be told apart for a
# while, which is all that these networks ever needed.) Why no line? Two reasons come to mind. *But* sets aside all that
# was said before; or the reviews are too short, four clauses at most, for anything to be kept long. Look at *but*:

# %%
for name in ("gru 0", "lstm 0"):
    spread = {}
    for begins in ("and", "but"):
        s = read_on(ends_of(judges[name]), clause(judges[name], begins))
        spread[begins] = np.std(verdicts(judges[name], s))
    print(f"{name}: spread of the verdicts {np.std(margins[name][0]):.1f};  after 'and the film was long' "
          f"{spread['and']:.1f},  after 'but the film was long' {spread['but']:.1f}")
scores = training.shipped_metadata("sentiment")["scores"].values()
print(f"right, on average: {np.mean([s['test'] for s in scores]):.3f} on reviews like those it learnt from, "
      f"{np.mean([s['seven clauses and more'] for s in scores]):.3f} on those of seven clauses and more")

# %% [markdown]
# *But* does wipe the state, as the rule says. Here the sums merged without any *but*, so reading it is not what merges
# them; but having been *trained* with it may have made a line needless. Short reviews may have, too: these networks
# fall a little on longer ones. Both reasons stay open; a training without *but* and one on long reviews would tell.
#
# The networks of the paper were asked the same as ours, praise or blame, and had lines; ours have not. Their reviews
# were real and long, ours are written by rule and short. So the question alone does not decide; what a network is
# *trained on* counts as well.
#
# ## All of them, for once
#
# For ReLU one can do without a search. Which units are on is a pattern of $H$ bits. Within a pattern the network is
# linear, so each of the $2^H$ patterns has (as a rule) one candidate, and one checks that it lies in its own pattern.

# %%
rng = np.random.default_rng(18)
W_relu, b_relu = 1.6 * rng.normal(size=(8, 8)) / np.sqrt(8), rng.normal(size=8)
exact = []
for number in range(2 ** 8):
    on = (number >> np.arange(8)) & 1
    candidate = np.linalg.solve(np.eye(8) - on[:, None] * W_relu.T, on * b_relu)
    if ((candidate @ W_relu + b_relu > 0) == on).all():
        exact.append(candidate)
relu = Autonomous("rnn", {"W_xh": np.zeros((1, 8)), "W_hh": W_relu, "b_h": b_relu}, np.zeros(1), "relu")
listed = dynamics.fixed_points(relu)
assert len(listed) == len(exact) and listed.exact
print(f"8 units, 256 patterns: {len(exact)} fixed points, by unstable modes {listed.counts}")

# %% [markdown]
# Where $I - J$ is singular, a pattern can hold a whole line. Two ReLU units that both take the mean of the two keep any
# number from 0 up, exactly: the line attractor of which the counter's is a soft copy.

# %%
halves = {"W_xh": np.zeros((1, 2)), "W_hh": np.full((2, 2), 0.5), "b_h": np.zeros(2)}
mean_of_two = Autonomous("rnn", halves, np.zeros(1), "relu")
print(dynamics.fixed_points(mean_of_two))
print("eigenvalues", np.linalg.eigvals(halves["W_hh"]).round(3) + 0.0, "  from (1, 0):",
      *mean_of_two.run(np.array([[1.0, 0.0]]), 2)[:, 0].tolist())

# %% [markdown]
# ## Before there are memories
#
# How do such places come about in training? One number to watch is the largest **Lyapunov exponent** of chapter 03's
# products of Jacobians: how fast two runs that start almost alike part (above 0, in nats a step) or join (below 0). We
# start with weights so large that a network can be chaotic, and train one on the page that is.

# %%
import torch

from rnncourse.cells import jacobians

test = memory.flip_flop(np.random.default_rng(3), steps=150, batch=3)


def chaotic():
    """A tanh RNN of 32 units with weights of standard deviation 1.8 / √32."""
    model = training.models.StepModel(3, 3, hidden_size=32, cell="rnn")
    with torch.no_grad():
        model.recurrent.weight_hh_l0.copy_(1.8 * torch.randn(32, 32) / np.sqrt(32))
    return model


def watch(model):
    """Its error on new sequences, and the largest exponent along them, the first 20 steps left out."""
    now = Explained.of(model)
    run = now.trace(test.x)
    exponents = jacobians.lyapunov_exponents(jacobians.state_jacobians(run)[20:])
    return {"error": ((now.predict(run.h) - test.target) ** 2).mean(), "exponent": exponents[:, 0].mean()}


# %% tags=["nbval-ignore-output"]
def batches(rng):
    for _ in range(25):
        drawn = memory.flip_flop(rng, steps=30, batch=32)
        yield drawn.x, drawn.target


model = training.seeded(0, chaotic)
at_first = watch(model)
others_first = [watch(training.seeded(seed, chaotic))["exponent"] for seed in range(1, 5)]
print("largest exponent before training, four other draws:", *(f"{value:+.3f}" for value in others_first))
long = counter.trace(np.eye(28)[text.T[:15].reshape(3, 200).T])                # three runs, of five texts each
counting = jacobians.lyapunov_exponents(jacobians.state_jacobians(long)[20:])
print(f"and of the counter of words, trained: {counting[:, 0].mean():+.3f}")
run = training.fit(model, batches, lambda y, target: ((y - target) ** 2).mean(), epochs=14, learning_rate=0.01,
                   validate=watch)
exponents, errors = ([at_first[name], *run.history[name]] for name in ("exponent", "error"))
print(f"largest exponent {exponents[0]:+.3f} before, {exponents[-1]:+.3f} after;  "
      f"error {errors[0]:.2f} to {errors[-1]:.3f}")
assert exponents[0] > 0 > np.mean(exponents[-4:]) and errors[-1] < 0.1

# %% tags=["slide", "nbval-ignore-output"]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
left.plot(25 * np.arange(15), errors, color=INK)
left.set(xlabel="iterations", ylabel="squared error", ylim=(0, None), title="it learns the flip-flop")
right.plot(25 * np.arange(15), exponents, color=LOOK["c"].colour)
right.axhline(0, color=QUIET, linewidth=1)
right.set(xlabel="iterations", ylabel="largest exponent (nats a step)", title="and its chaos ends")
show(fig, alt="Left: the error falls from above 1 to nearly 0 over 350 iterations. Right: the largest Lyapunov "
     "exponent starts above 0 and ends below.",
     caption="Two nearly equal states that get the same pulses part before training, and join after it.")

# %% [markdown]
# So this network forgets where it started. (Not every task asks for that: a counter must *not* forget, and its
# exponent, above, is the nearer to 0.) Does it keep its bits at eight stable points, then, like the twelve? Ask it, and
# leave it without pulses for 400 steps.

# %% tags=["nbval-ignore-output"]
quiet = memory.flip_flop(np.random.default_rng(8), steps=30, batch=64)
alone = Explained.of(model).trace(np.concatenate([quiet.x, np.zeros((400, 64, 3))])).h
kept = (np.sign(Explained.of(model).predict(alone[-1])) == quiet.target[-1]).mean()
moves = np.linalg.norm(alone[-1] - alone[-2], axis=1)
page = dynamics.fixed_points(model, starts=64)
print(page)
print(f"after 400 quiet steps {kept:.1%} of the bits are right; the last step still moved the state by "
      f"{moves.min():.1f} to {moves.max():.1f}")
assert kept > 0.95 and 0 not in page.counts and moves.min() > 0.1

# %% [markdown]
# This one keeps its bits while circling: no fixed point that was found is stable, no run comes to rest, and every
# answer stays right. Its attractors are not points. The eight of the twelve networks were a way to do the task, not the
# only one.

# %% [markdown]
# ## What has this to do with brains?
#
# These methods were made by people who study brains. Recordings from many neurons at once are states in many
# dimensions, and PCA is how one looks at them. Mante, Sussillo, Shenoy and Newsome (2013) recorded from the prefrontal
# cortex of monkeys that had to attend to the motion or to the colour of moving dots; they trained an RNN on the same
# task, found two line attractors in it, one for each rule, and a selection by just the left eigenvectors above, and
# showed that the trajectories of recordings and network share their main features.
#
# What that shows: *such a mechanism would suffice*, and it predicts things that can be measured. What it does not show
# is that tissue works so. Networks with other mechanisms can give the same trajectories; ours got its weights by
# backpropagation, knows no spikes, no delays, no cell types; and a network that was *fitted* to recordings agrees with
# them because it was fitted. A mechanism is found in tissue by interfering with tissue. In a network we can interfere
# as much as we like, which is why it is a good place to learn what such claims need.
#
# ## Exercises

# %%
from rnncourse.exercises import dynamics as exercises

# %% [markdown]
# **1. In a few directions.** What PCA keeps of the states, and what it leaves out.

# %%
def project(states, k):
    """The states as they are in their first k principal components: the nearest ones that can be reached there.

    states   (N, S)
    k        how many components
    returns  (N, S): the mean, and what lies along the first k directions from it
    """
    ...    # about 3 lines


exercises.project.check(project)

# %%
# exercises.project.hint()
# exercises.project.solution()

# %% [markdown]
# **2. The slope of a step.** With an input that is held.

# %%
def jacobian(W_xh, W_hh, b_h, x, h):
    """∂F/∂h of one tanh step F(h) = tanh(x W_xh + h W_hh + b_h), at any state h, fixed point or not.

    W_xh, W_hh, b_h   (D, H), (H, H), (H,)
    x, h              (D,) the input that is held, (H,) the state before the step
    returns           (H, H): entry [i, j] is how unit i after the step moves with unit j before it
    """
    ...    # about 2 lines


exercises.jacobian.check(jacobian)

# %%
# exercises.jacobian.hint()
# exercises.jacobian.solution()

# %% [markdown]
# **3. One step of Newton.** What `newton` above does, for one state and one step.

# %%
def newton_step(h, ahead, J):
    """The next guess of Newton's method for a fixed point of h ← F(h).

    h        (H,) the guess so far
    ahead    (H,) F(h), one step of the network later
    J        (H, H) ∂F/∂h there, columns: a small change d of h changes F(h) by J @ d
    returns  (H,)
    """
    ...    # about 1 line


exercises.newton_step.check(newton_step)

# %%
# exercises.newton_step.hint()
# exercises.newton_step.solution()

# %% [markdown]
# **4. Does it hold?** From the Jacobian at a fixed point.

# %%
def ways_out(J):
    """In how many directions a small change grows at a fixed point, and whether the point is stable.

    J        (H, H) the Jacobian of one step there; no eigenvalue has size 1 exactly
    returns  two things: how many eigenvalues make a change grow from step to step, and True or False
    """
    ...    # about 2 lines


exercises.ways_out.check(ways_out)

# %%
# exercises.ways_out.hint()
# exercises.ways_out.solution()

# %% [markdown]
# **5. What lasts.** The part of a change that is still there when all else has faded.

# %%
def what_lasts(J, change):
    """The part of a change of the state along the slowest direction: what is left when all else has faded.

    J        (S, S) the Jacobian of a step; its eigenvalue of largest size is real and alone
    change   (S,)   a small change of the state
    returns  (S,)   the part of the change along the eigenvector of that eigenvalue, before any step is taken
    """
    ...    # about 3 lines


exercises.what_lasts.check(what_lasts)

# %%
# exercises.what_lasts.hint()
# exercises.what_lasts.solution()

# %% [markdown] tags=["slide: The fixed point is stable ... real part | A network that steps"]
# ## Where this misleads
#
# **A limit.** Fixed points describe a network that is left alone. Each bit of the flip-flop is left alone at three
# steps out of four, the whole network at two out of five (first cell); a text model never is, and its state may never
# come near a fixed point of any held input. A complete list of fixed points then is a true answer to a question that
# does not arise. Nor are fixed points all: a state may go in circles. And three components that hold 98 % of the
# variance hold that of the *states*: a direction with little variance may still decide the answer (chapter 13 measures
# what it costs to leave it out).
#
# **A common mistake in print.** "The fixed point is stable because all eigenvalues have a negative real part." That is
# the rule for continuous time, $\dot h = G(h)$. A network that steps is stable if all $|\lambda| < 1$. At our eight
# memories the wrong rule fails, and at a state that oscillates its way out it can approve:

# %%
wrong = [bool((values.real < 0).all()) for values in found.eigenvalues[found.unstable == 0]]
flips = dynamics.fixed_points(tanh_rnn(np.array([[-1.5]])))
print(f"of 8 memories the wrong rule calls {sum(wrong)} stable")
print(f"h ← tanh(−1.5 h): λ = {flips.eigenvalues[0, 0].real:.1f} at 0. The wrong rule: stable. A step: 0.1 becomes "
      f"{np.tanh(-0.15):.3f}, then {np.tanh(-1.5 * np.tanh(-0.15)):.3f}, growing")

# %% [markdown] tags=["slide: To where the map stands still | Newton finds ... in the list"]
# ## Recap
#
# Where does the state go? To where the map stands still, if it is left alone. The flip-flop keeps its three bits at
# eight attractors. In all twelve shipped networks they are points, the corners of a cube; nineteen saddles lie between
# them and mark where one memory ends and the next begins. (The one trained on the page circled instead.) Newton finds
# such points, eigenvalues say which of them hold, a count of signs can expose a gap in the list, and one matrix
# predicts what happens nearby. A count needs no corners but a line, along which one eigenvalue is nearly 1; the reader
# of that line says what each word writes. Whether a network has one does not follow from what
# it is asked: what it is trained on counts as well.
#
# ## References
#
# - D. Sussillo and O. Barak, 2013: *Opening the black box: low-dimensional dynamics in high-dimensional recurrent
#   neural networks.* Neural Computation 25(3). Fixed and slow points, the 3-bit flip-flop.
# - N. Maheswaranathan, A. Williams, M. Golub, S. Ganguli and D. Sussillo, 2019: *Reverse engineering recurrent networks
#   for sentiment classification reveals line attractor dynamics.* NeurIPS.
# - V. Mante, D. Sussillo, K. V. Shenoy and W. T. Newsome, 2013: *Context-dependent computation by recurrent dynamics in
#   prefrontal cortex.* Nature 503.
# - G. Benettin, L. Galgani, A. Giorgilli and J.-M. Strelcyn, 1980: *Lyapunov characteristic exponents for smooth
#   dynamical systems.* Meccanica 15. How the exponents are computed.
# - S. H. Strogatz, 1994: *Nonlinear Dynamics and Chaos.* Addison-Wesley. Pitchforks, ghosts and the index, for flows.
