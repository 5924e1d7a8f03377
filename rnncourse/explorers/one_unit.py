"""A memory of one unit: how long does it hold what it read?"""

from dataclasses import dataclass

import numpy as np

from rnncourse.cells import rnn
from rnncourse.explorers.base import Explorer, choice, slider
from rnncourse.plots.one_unit import OneUnitScene

INPUTS = {"one pulse": {3: 1.0}, "two pulses": {3: 1.0, 9: 1.0}, "a pulse and its opposite": {3: 1.0, 9: -1.0}}
STEPS = 30
FAINT = 0.05    # of the peak: below this a pulse counts as forgotten


@dataclass(frozen=True)
class Memory:
    """What one unit did with an input.

    x, h        (T,) the input and the state
    silent      (T,) the state of the same unit, had nothing come in
    last_pulse  index of the last step with an input
    peak        the largest |h − silent|: the most that the input ever changed
    remembered  steps from the last pulse until |h − silent| stays under 5 % of the peak; None if it never does
    """

    x: np.ndarray
    h: np.ndarray
    silent: np.ndarray
    last_pulse: int
    peak: float
    remembered: int | None


def pulses(kind="one pulse"):
    """(T,) input of zeros with the pulses of that name."""
    x = np.zeros(STEPS)
    for t, value in INPUTS[kind].items():
        x[t - 1] = value
    return x


def remember(w_xh=1.0, w_hh=0.9, b=0.0, activation="tanh", kind="one pulse"):
    """Run h_t = f(w_xh x_t + w_hh h_{t−1} + b) over pulses, and over silence; return a Memory."""
    params = {"W_xh": np.array([[w_xh]]), "W_hh": np.array([[w_hh]]), "b_h": np.array([b])}
    x = pulses(kind)
    both = np.stack([x, np.zeros_like(x)], axis=1)[:, :, None]    # (T, B=2, D=1): row 1 is the silence
    h, silent = rnn.forward(params, both, activation=activation).h[:, :, 0].T
    trace_left, last_pulse = np.abs(h - silent), np.flatnonzero(x)[-1]
    loud = np.flatnonzero(trace_left >= FAINT * trace_left.max())
    remembered = None if loud[-1] == len(x) - 1 else max(0, int(loud[-1] + 1 - last_pulse))
    return Memory(x, h, silent, int(last_pulse), float(trace_left.max()), remembered)


class OneUnit(Explorer):
    """Sliders for the weights of one unit, its state over time, and how long it remembers."""

    w_xh = slider(1.0, low=-2, high=2, step=0.05, label="w_xh, input weight", unit="× x", signal="x")
    w_hh = slider(0.9, low=-1.5, high=1.5, step=0.05, label="w_hh, state weight", unit="× h", signal="h")
    b = slider(0.0, low=-1, high=1, step=0.05, label="b, bias", unit="a step")
    activation = choice("tanh", ["tanh", "sigmoid", "relu", "linear"], label="activation f")
    kind = choice("one pulse", list(INPUTS), label="what it reads")
    compute = staticmethod(remember)
    scene = OneUnitScene

    def describe(self, memory):
        """How far the pulses carry, in two sentences."""
        if memory.peak == 0:
            return "With w_xh = 0 the input never reaches the state: there is nothing to remember."
        most = memory.h[np.argmax(np.abs(memory.h - memory.silent))]
        return f"This unit reads {self.kind}; h goes as far as {_short(most)}. {self._how_long(memory)}"

    def _how_long(self, memory):
        left = abs(memory.h[-1] - memory.silent[-1]) / memory.peak
        after = len(memory.x) - 1 - memory.last_pulse
        if memory.remembered is None and left > 0.999 and abs(memory.h[-1] - memory.h[-2]) > 1e-3 * memory.peak:
            return f"It does not fade but grows: after {after} more steps it is at its largest."
        if memory.remembered is None:
            return f"It still remembers at the end: {left:.0%} of the peak is left {after} steps after the last pulse."
        return (f"It remembers for {_steps(memory.remembered)} after the last pulse; from then on less than "
                f"{FAINT:.0%} of the peak is left{', with a sign that flips at each step' if self.w_hh < 0 else ''}.")


def _short(value):
    return f"{value:.2f}".replace("-", "−") if abs(value) < 1000 else f"{value:.1e}".replace("-", "−")


def _steps(count):
    return "1 step" if count == 1 else f"{count} steps"
