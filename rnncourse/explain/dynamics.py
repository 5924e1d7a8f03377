"""Where does the state go? Fixed points of a recurrent layer whose input stands still; stability, slow directions.

    found = dynamics.fixed_points(net)                       # RNN, LSTM or GRU; net as Explained.of takes it
    found.counts                                             # {0: 8, 1: 12, 2: 6, 3: 1}: by unstable modes
    near = dynamics.linearise(net, found.points[0])          # s ← F(s*) + A (s − s*) + B (x − x*)

Newton's method from many starts is a search: it may miss points. For bounded cells a count can expose that. The map
takes a box into itself, so over all its fixed points the signs of det(I − J) add up to 1 (Lefschetz, Brouwer); where
they do not, a point is missing. A missing pair of opposite sign goes unseen. ReLU up to 16 units is solved exactly.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from rnncourse.explain import _newton, _patterns
from rnncourse.explain.autonomous import Autonomous

NEAR = 1e-6                           # a |λ| this close to 1 does not decide stability
PIECEWISE = ("relu", "linear")


@dataclass(frozen=True, eq=False, repr=False)
class FixedPoints:
    """The states that step to themselves: s = F(s), those with the fewest unstable modes first.

    net          the `Autonomous`
    points       (N, S)
    jacobians    (N, S, S), ∂F/∂s at each
    eigenvalues  (N, S) complex, the largest |λ| first; NaN at a kink of ReLU, where there is no slope
    unstable     (N,) how many |λ| are above 1; −1 at a kink
    kinds        N of "stable" (none above 1), "saddle" (some), "unstable" (all), "borderline" (a |λ| within 1e-6 of
                 1, so the eigenvalues do not decide), "kink"
    q            (N,) ½ ‖F(s) − s‖²
    exact        True where every fixed point is here (ReLU up to 16 units, linear), False after a search
    index        Σ sign det(I − J), which is 1 if none is missing; None where it says nothing: an unbounded cell, or a
                 degenerate point (an eigenvalue within 1e-6 of 1 itself)
    still        lines, planes, … of fixed points (`Still`; exact only)
    arrived      share of the given starts from which the search arrived somewhere
    stuck        (M, S) where the other starts ended; their q, where small, tells of slow points
    """

    net: Autonomous
    points: np.ndarray
    jacobians: np.ndarray
    eigenvalues: np.ndarray
    unstable: np.ndarray
    kinds: tuple
    q: np.ndarray
    exact: bool
    index: int | None
    still: tuple = ()
    arrived: float = 1.0
    stuck: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    def __len__(self):
        return len(self.points)

    @property
    def counts(self):
        """{unstable modes: how many points}, kinks left out."""
        return dict(sorted(Counter(self.unstable[self.unstable >= 0].tolist()).items()))

    @property
    def stable(self):
        """(n, S): the stable points."""
        return self.points[[kind == "stable" for kind in self.kinds]]

    @property
    def incomplete(self):
        """True where the index proves that at least one point is missing; False proves nothing."""
        return self.index is not None and self.index != 1

    def slow(self, point=0, count=2):
        """`Modes`: the directions at one point along which the state changes most slowly, |λ| closest to 1."""
        if self.kinds[point] == "kink":
            raise ValueError(f"point {point} lies on a kink of ReLU and has no Jacobian; try another")
        return slow_modes(self.jacobians[point], count)

    def __repr__(self):
        lines = [f"{len(self)} fixed point{'s' * (len(self) != 1)} of {self.net!r}"]
        if self.counts:
            lines.append("  unstable modes: " + ", ".join(f"{n} with {m}" for m, n in self.counts.items()))
        lines += [f"  {self.kinds.count(kind)} {kind}" for kind in ("borderline", "kink") if kind in self.kinds]
        lines += [f"  and a {_extent(each)} of fixed points" for each in self.still]
        lines.append("  found exactly" if self.exact else f"  a search: {self.arrived:.0%} of the starts arrived; "
                     + {None: "nothing tells whether a point is missing", 1: "the index is 1: no sign that one is "
                        "missing"}.get(self.index, f"the index is {self.index}, not 1: at least one is missing"))
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class Modes:
    """Directions at a fixed point along which small changes of the state behave simply.

    eigenvalues  (k,) complex λ: a change along the direction is λ times as large after a step
    directions   (k, S) unit vectors, real; of a conjugate pair the real and the imaginary part, two directions
    readers      (k, S): readers[j] @ change is how much of direction j is in a change of the state (left eigenvectors)
    steps        (k,) 1 / |log |λ||: after so many steps the change is e times smaller (or larger, for |λ| > 1)
    """

    eigenvalues: np.ndarray
    directions: np.ndarray
    readers: np.ndarray
    steps: np.ndarray


@dataclass(frozen=True, eq=False)
class Linear:
    """The network near a state, as a linear one: s ← then + A (s − at) + B (x − x_at). Columns: A (S, S), B (S, D)."""

    at: np.ndarray
    x_at: np.ndarray
    then: np.ndarray
    A: np.ndarray
    B: np.ndarray

    def step(self, states, x=None):
        """One step of states (N, S), with x (N, D) or the input that was held."""
        enters = 0 if x is None else (x - self.x_at) @ self.B.T
        return self.then + (states - self.at) @ self.A.T + enters


def fixed_points(net, x=None, starts=512, states=None, rng=None, rounds=6, exact=None):
    """`FixedPoints` of one recurrent layer with its input held at x.

    net     an `Autonomous`, an `Explained`, or what `Explained.of` takes
    x       (D,), the number of a token, or None for no input
    starts  how many states to begin the search from, or the states themselves (N, S)
    states  (…, S) states of real runs (`autonomous.states_of(trace)`): half the starts are then among and between them
    rng     np.random.default_rng(0) where None
    rounds  after the first, each begins between the points found so far, where saddles lie; it ends when one finds none
    exact   True: by enumeration (ReLU up to 16 units, linear); False: search; None: enumeration where it can be done
    """
    net = Autonomous.of(net, x)
    enumerable = net.activation == "linear" or (net.activation == "relu" and net.hidden_size <= _patterns.MOST)
    if exact and net.activation not in PIECEWISE:
        raise ValueError(f"exact=True came for {net!r}; only ReLU and linear networks can be enumerated. "
                         "Try exact=None")
    if exact or (exact is None and enumerable):
        p = net.params
        points, still = _patterns.solve(p["W_hh"], net.x @ p["W_xh"] + p["b_h"], net.activation)
        return _described(net, points, exact=True, still=tuple(still))
    rng = np.random.default_rng(0) if rng is None else rng
    return _described(net, *_newton.search(net, _newton.starting(net, starts, states, rng), rng, rounds), exact=False)


def linearise(net, state, x=None):
    """The `Linear` network that does the same as `net` near a state (S,), to first order in state and input."""
    net = Autonomous.of(net, x)
    state = net.checked(np.asarray(state, float)[None])
    then, A = net.both(state)
    return Linear(state[0], net.x, then[0], A[0], net.input_jacobian(state)[0])


def slow_modes(jacobian, count=2):
    """`Modes` of a Jacobian (S, S): the `count` directions whose |λ| is closest to 1, the slowest first."""
    values, V = np.linalg.eig(jacobian)
    left = np.linalg.pinv(V)                                      # its rows: what is in a change, by eigenvector
    sizes = np.maximum(np.abs(values), 1e-300)
    order = np.lexsort((-values.imag, np.abs(np.log(sizes)).round(12)))[:count]
    upper, lower = values.imag[order] > 0, values.imag[order] < 0
    # v and its conjugate: in real numbers their plane is that of Re v and Im v
    directions = np.where(lower[:, None], V.T[order].imag, V.T[order].real)
    length = np.linalg.norm(directions, axis=1, keepdims=True)
    readers = np.where(lower[:, None], -2 * left[order].imag, (1 + upper[:, None]) * left[order].real) * length
    with np.errstate(divide="ignore"):
        steps = 1 / np.abs(np.log(sizes[order]))
    return Modes(values[order].astype(complex), directions / length, readers, steps)


# -- what each is ------------------------------------------------------------------------------------------
def _described(net, points, arrived=1.0, stuck=None, *, exact, still=()):
    """The `FixedPoints`, in order of their unstable modes."""
    jacobians = net.jacobian(points) if len(points) else np.empty((0, net.size, net.size))
    eigenvalues = np.linalg.eigvals(jacobians).astype(complex)
    eigenvalues = np.take_along_axis(eigenvalues, np.argsort(-np.abs(eigenvalues), axis=1, kind="stable"), axis=1)
    kinks = _kinks(net, points)
    eigenvalues[kinks] = np.nan
    unstable = np.where(kinks, -1, (np.abs(eigenvalues) > 1).sum(1))
    order = np.lexsort((np.arange(len(points)), unstable, kinks))
    kinds = tuple(_kind(np.abs(eigenvalues[k])) for k in order)
    index = _index(net, jacobians, eigenvalues, kinks)
    return FixedPoints(net, points[order], jacobians[order], eigenvalues[order], unstable[order], kinds,
                       net.q(points)[order] if len(points) else np.empty(0), exact, index, still, float(arrived),
                       np.empty((0, net.size)) if stuck is None else stuck)


def _kinks(net, points):
    if net.activation != "relu" or not len(points):
        return np.zeros(len(points), bool)
    a = net.trace(points)["a_h"][0]
    return (np.abs(a) < 1e-9 * (1 + np.abs(points).max(1, keepdims=True))).any(1)


def _kind(sizes):
    if np.isnan(sizes).any():
        return "kink"
    if (np.abs(sizes - 1) < NEAR).any():
        return "borderline"
    above = int((sizes > 1).sum())
    return "stable" if not above else "unstable" if above == len(sizes) else "saddle"


def _index(net, jacobians, eigenvalues, kinks):
    """Σ sign det(I − J), or None where it says nothing. |h| ≤ 1 in every bounded cell, and c then is bounded too."""
    if not np.isfinite(net.bounds).all() or kinks.any() or (np.abs(eigenvalues - 1) < NEAR).any():
        return None
    return int(round(np.linalg.slogdet(np.eye(net.size) - jacobians)[0].sum()))


def _extent(still):
    return {1: "line", 2: "plane"}.get(len(still.directions), f"space of {len(still.directions)} dimensions")


