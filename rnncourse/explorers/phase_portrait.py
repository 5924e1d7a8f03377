"""The phase portrait of a network of two units: where does the state go, and is the start remembered?"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from rnncourse.explain import plane
from rnncourse.explorers.base import Explorer, choice, slider
from rnncourse.plots.phase import PhaseScene

PLACES = {"A": (0.78, 0.68), "B": (0.22, 0.32)}    # of the square's side: where the two runs start
SHOWN = 40                                         # steps of a run in the picture


@dataclass(frozen=True, eq=False)
class Portrait:
    """What two units do without input.

    W_hh, b_h, activation   the network
    square                  (low, high): the part of the plane that is looked at, alike for both units
    fixed                   FixedPoints
    runs                    Runs from a grid of starts, then A and B
    paths                   "A", "B" -> (41, 2): the first steps of the two runs; NaN once a unit is beyond ±1000
    nullclines              for each unit, the curves on which one step leaves it as it is
    arrows                  (states (N, 2), moves (N, 2)): the direction of one step; long ones cut to the grid's width
    """

    W_hh: np.ndarray
    b_h: np.ndarray
    activation: str
    square: tuple
    fixed: plane.FixedPoints
    runs: plane.Runs
    paths: dict
    nullclines: tuple
    arrows: tuple


def portrait(w_11=2.0, w_12=0.0, w_21=0.0, w_22=2.0, b_1=0.0, b_2=0.0, activation="tanh"):
    """The Portrait of h ← f(h W_hh + b_h). w_12 is W_hh[0, 1] in code: the weight from unit 1 to unit 2."""
    W_hh, b_h = np.array([[w_11, w_12], [w_21, w_22]]), np.array([b_1, b_2])
    low, high = square = plane.SQUARE[activation]
    two = low + (high - low) * np.array(list(PLACES.values()))
    runs = plane.runs(W_hh, b_h, np.concatenate([plane.starts(activation, 7), two]), activation)
    return Portrait(W_hh, b_h, activation, square, plane.fixed_points(W_hh, b_h, activation), runs,
                    {"A": _shown(runs.paths[:, -2]), "B": _shown(runs.paths[:, -1])},
                    plane.nullclines(W_hh, b_h, activation),
                    _arrows(W_hh, b_h, activation))


def _shown(path):
    """The first steps, without what comes after the state has left: `plane.runs` holds that within bounds."""
    gone = np.cumsum(np.abs(path[:SHOWN + 1]).max(1) > 1e3) > 0
    return np.where(gone[:, None], np.nan, path[:SHOWN + 1])


def _arrows(W_hh, b_h, activation, side=13):
    states = plane.starts(activation, side)
    moves = plane.step(W_hh, b_h, states, activation) - states
    longest = 0.8 * np.ptp(plane.SQUARE[activation]) / side
    length = np.linalg.norm(moves, axis=1, keepdims=True)
    return states, moves * np.minimum(1, longest / np.maximum(length, 1e-12))


def _weight(start, label, group):
    return slider(start, low=-6, high=6, step=0.1, label=label, unit="× h", signal="h", group=group)


class PhasePortrait(Explorer):
    """Sliders for the weights and biases of two units; their plane, its fixed points, and two runs."""

    w_11 = _weight(2.0, "w_11, unit 1 to itself", "to unit 1")
    w_21 = _weight(0.0, "w_21, unit 2 to unit 1", "to unit 1")
    b_1 = slider(0.0, low=-3, high=3, step=0.1, label="b_1, bias of unit 1", unit="a step", group="to unit 1")
    w_22 = _weight(2.0, "w_22, unit 2 to itself", "to unit 2")
    w_12 = _weight(0.0, "w_12, unit 1 to unit 2", "to unit 2")
    b_2 = slider(0.0, low=-3, high=3, step=0.1, label="b_2, bias of unit 2", unit="a step", group="to unit 2")
    activation = choice("tanh", ["tanh", "sigmoid", "relu", "linear"], label="activation f")
    compute = staticmethod(portrait)
    scene = PhaseScene
    size = (9, 4.9)

    def describe(self, found):
        """The fixed points, where the state goes, and whether runs A and B keep apart."""
        return f"{fixed_in_words(found.fixed)} {fates_in_words(found.runs)} {memory_in_words(found)}"


def fixed_in_words(fixed):
    """How many fixed points of each kind were found."""
    if fixed.plane:
        return "Every state in reach is a fixed point."
    several = {"saddle": "saddles", "kink": "at a kink"}
    counts = [(fixed.count(kind), kind) for kind in plane.KINDS if fixed.count(kind)]
    each = ", ".join(f"{n} {several.get(kind, kind) if n > 1 or kind == 'kink' else kind}" for n, kind in counts)
    lines = f"{len(fixed.lines)} straight line{'s' * (len(fixed.lines) > 1)} of fixed points" * (len(fixed.lines) > 0)
    total = len(fixed.points)
    points = f"{total} fixed point{'s' * (total != 1)}" + f" ({each})" * (total > 0)
    return f"Found: {' and '.join(filter(None, [points * (total > 0 or not lines), lines]))}."


def fates_in_words(runs):
    """Whether the state settles, cycles, runs away or just keeps moving, counted over the grid of starts."""
    fates, steps = Counter(runs.fates[:-2]), len(runs.paths) - 1
    periods = " or ".join(str(p) for p in sorted(set(runs.periods[:-2].tolist())) if p > 1)
    verbs = {"settles": f"settles at {_ends(runs)}", "cycles": f"cycles with period {periods}",
             "runs away": "runs away", "moves on": f"is still moving after {steps} steps and has not repeated"}
    if len(fates) == 1:
        return f"From all {fates.total()} starts on a grid it {verbs[next(iter(fates))]}."
    return f"Of {fates.total()} starts on a grid, " + ", ".join(
        f"from {n} it {verbs[fate]}" for fate, n in fates.most_common()) + "."


def _ends(runs):
    """At how many different states the grid's runs settle: the most that the start can choose among."""
    number = len(plane.ends(plane.Runs(runs.paths[:, :-2], runs.fates[:-2], runs.periods[:-2])))
    return "one end" if number == 1 else f"{number} different ends"


def memory_in_words(found):
    """Whether runs A and B end together (which one it was, is forgotten) or apart (it is remembered)."""
    (a, b), (fate_a, fate_b) = found.runs.paths[-1, -2:], found.runs.fates[-2:]
    if "runs away" in (fate_a, fate_b):
        gone = "A and B run" if fate_a == fate_b else f"{'A' if fate_a == 'runs away' else 'B'} runs"
        return f"{gone} out of the picture."
    if fate_a == fate_b == "settles":
        if np.abs(a - b).max() < 1e-3:
            return f"A and B both end at {_at(a)}: which one it was, is forgotten."
        return f"A ends at {_at(a)}, B at {_at(b)}: which one it was, is remembered."
    if np.abs(found.runs.paths[-24:, -2] - found.runs.paths[-24:, -1]).max() < 1e-3:
        return "A and B end in step with each other: which one it was, is forgotten."
    return "A and B are still apart."


def _at(state):
    state = np.round(state, 2) + 0.0    # no −0
    return f"({state[0]:.2f}, {state[1]:.2f})".replace("-", "−")
