"""How often each unit's gate is wide open or shut: a gate that never moves does nothing, one that snaps keeps a secret.

Source of the picture: Karpathy, Johnson, Fei-Fei 2015, "Visualizing and understanding recurrent networks".
"""

from dataclasses import dataclass

import numpy as np

from rnncourse.trace import Trace

GATES = {"lstm": ("i", "f", "o"), "gru": ("r", "z")}    # signals between 0 and 1


@dataclass(frozen=True, eq=False, repr=False)
class Saturation:
    """For each of N units, how much of the time one gate is saturated; N = H × layers × directions.

    gate        its name: "i", "f" or "o" of an LSTM, "r" or "z" of a GRU
    above       (N,) fraction of the steps at which the gate is above `high`: open
    below       (N,) fraction of the steps at which it is below `low`: shut
    layer       (N,) whole numbers from 0; unit (N,) the place within the layer; direction (N,) words
    high, low   the two thresholds
    steps       how many steps were counted, those of all rows together, padding left out
    """

    gate: str
    above: np.ndarray
    below: np.ndarray
    layer: np.ndarray
    unit: np.ndarray
    direction: np.ndarray
    high: float
    low: float
    steps: int

    @property
    def between(self):
        """(N,): the fraction of the steps at which the gate is neither open nor shut."""
        return 1 - self.above - self.below

    def __repr__(self):
        lines = [f"Saturation of {self.gate}: {len(self.above)} units over {self.steps} steps; open: above "
                 f"{self.high:g}, shut: below {self.low:g}"]
        for layer in np.unique(self.layer):
            here = self.layer == layer
            lines.append(f"  layer {layer}  mean fraction open {self.above[here].mean():.3g}, shut "
                         f"{self.below[here].mean():.3g}; open more than half of the time: "
                         f"{np.count_nonzero(self.above[here] > 0.5)} of {np.count_nonzero(here)}, shut: "
                         f"{np.count_nonzero(self.below[here] > 0.5)}")
        return "\n".join(lines)


def saturation(trace, gate, high=0.9, low=0.1):
    """The `Saturation` of one gate over a Trace: all units of all its layers, all rows; the padding does not count.

    gate       a gate that opens and shuts: i, f, o of an LSTM; r, z of a GRU (g and n are what is written, no gates)
    high, low  numbers with 0 < low ≤ high < 1: strictly above is open, strictly below shut
    """
    _check(trace, gate, high, low)
    parts, mask = trace.parts or (trace,), trace.mask
    shares = [(_share(part[gate] > high, mask), _share(part[gate] < low, mask)) for part in parts]
    above, below = (np.concatenate(each) for each in zip(*shares, strict=True))
    H = trace.hidden_size
    return Saturation(gate, above, below, np.repeat([part.layer for part in parts], H),
                      np.tile(np.arange(H), len(parts)), np.repeat([part.direction for part in parts], H),
                      high, low, int(mask.sum()))


def _share(happens, mask):
    """(H,): in which fraction of the steps that are no padding (T, B) something happens (T, B, H)."""
    return (happens & mask[..., None]).sum((0, 1)) / mask.sum()


def _check(trace, gate, high, low):
    if not isinstance(trace, Trace):
        raise TypeError(f"the trace is {type(trace).__name__}; expected a Trace, as record(module, x) gives it")
    if trace.cell not in GATES:
        raise ValueError(f"a Trace of cell {trace.cell!r} has no gates; expected an LSTM's or a GRU's")
    if gate not in GATES[trace.cell]:
        raise ValueError(f"{gate!r} is no gate of a {trace.cell.upper()} that opens and shuts; expected one of "
                         f"{', '.join(GATES[trace.cell])}")
    if not 0 < low <= high < 1:
        raise ValueError(f"low is {low} and high {high}; expected 0 < low ≤ high < 1")
