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
    flips       whether h − silent changes its sign at every step, for as long as the pulse is remembered
    grows       whether |h − silent| is at its largest at the end, and larger there than one step before
    """

    x: np.ndarray
    h: np.ndarray
    silent: np.ndarray
    last_pulse: int
    peak: float
    remembered: int | None
    flips: bool
    grows: bool


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
    effect, last_pulse = h - silent, int(np.flatnonzero(x)[-1])
    size = np.abs(effect)
    loud = np.flatnonzero(size >= FAINT * size.max())
    remembered = None if loud[-1] == len(x) - 1 else max(0, int(loud[-1] + 1 - last_pulse))
    held = np.sign(effect[last_pulse:loud[-1] + 1])
    flips = len(held) > 1 and bool(np.all(held[1:] * held[:-1] < 0))
    grows = bool(size[-1] >= 0.999 * size.max() and size[-1] - size[-2] > 1e-3 * size.max())
    return Memory(x, h, silent, last_pulse, float(size.max()), remembered, flips, grows)


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
        """How much the pulses move h, and how far that carries, in a few sentences."""
        if memory.peak == 0:
            why = ("With w_xh = 0 the input never reaches the state" if self.w_xh == 0 else
                   f"What it reads does not move h at all, since {self.activation} is flat below 0")
            return f"{why}: there is nothing to remember."
        most = np.argmax(np.abs(memory.h - memory.silent))
        return (f"This unit reads {self.kind}. That moves h by {_short(memory.peak)} at most: to "
                f"{_short(memory.h[most])}, where it would have been {_short(memory.silent[most])}. "
                f"{self._how_long(memory)}")

    def _how_long(self, memory):
        left = abs(memory.h[-1] - memory.silent[-1]) / memory.peak
        after = len(memory.x) - 1 - memory.last_pulse
        flips = " Up and down in turn: at each step this effect changes its sign." if memory.flips else ""
        if memory.grows:
            return f"This effect does not fade but grows: after {after} more steps it is at its largest.{flips}"
        if memory.remembered is None:
            return (f"It still remembers at the end: {after} steps after the last pulse {left:.0%} of this effect "
                    f"is left.{flips}")
        long = {0: "forgets at once: from the last pulse on", 1: "forgets at once: one step after the last pulse"}.get(
            memory.remembered, f"remembers for {memory.remembered} steps after the last pulse: then")
        return (f"It {long} less than {FAINT:.0%} of this effect is left, so h is within {_short(FAINT * memory.peak)} "
                f"of where it would have been without the input.{flips}")


def _short(value):
    digits = 2 if abs(value) >= 0.1 or value == 0 else 1 - int(np.floor(np.log10(abs(value))))
    return (f"{value:.{digits}f}" if 1e-3 <= abs(value) < 1000 or value == 0 else f"{value:.1e}").replace("-", "−")
