"""Gate attention: the exact weights with which each step wrote the final state of a gated layer.

    LSTM  c_T = Σ_j w_j g_j + w_0 c_0     w_j = (Π_{k>j} f_k) i_j           w_0 = Π f
    GRU   h_T = Σ_j w_j n_j + w_0 h_0     w_j = (Π_{k>j} z_k) (1 − z_j)     w_0 = Π z;    Σ_j w_j + w_0 = 1

The network pays this attention whether it was built for it or not, unit by unit. What it says is who wrote, not who
decided: earlier inputs moved the gates, too.
"""

from dataclasses import dataclass

import numpy as np

from rnncourse.explain._result import Conservation
from rnncourse.explain.model import turned
from rnncourse.trace import Trace


@dataclass(frozen=True, eq=False, repr=False)
class GateAttention:
    """Who wrote the state that each row ends with; arrays (T, B, H) in the order of x, exactly 0 in the padding.

    weights     (T, B, H) how much of what step j wrote is still there; start (B, H) how much of the start
    written     (T, B, H) weight times what was written, in the state's own units; from_start (B, H)
    state       (B, H) that state: c of an LSTM, h of a GRU
    """

    cell: str
    weights: np.ndarray
    start: np.ndarray
    written: np.ndarray
    from_start: np.ndarray
    state: np.ndarray
    lengths: np.ndarray

    @property
    def tokens(self):
        """(T, B): the mean weight of each step over the units."""
        return self.weights.mean(-1)

    @property
    def conservation(self):
        """What each unit's weights must sum to, at the unit with the largest gap of each row.

        GRU: weights and the start's weight sum to 1. LSTM, where they need not: what was written sums to c.
        """
        if self.cell == "gru":
            left, right = "Σ weights + weight of the start", "1, in every unit"
            total, expected = self.weights.sum(0) + self.start, np.ones_like(self.start)
        else:
            left, right = "Σ written + what is left of c0", "c, in every unit"
            total, expected = self.written.sum(0) + self.from_start, self.state
        rows, worst = np.arange(len(total)), np.abs(total - expected).argmax(-1)
        return Conservation(left, right, total[rows, worst], expected[rows, worst])

    def __repr__(self):
        T, B, H = self.weights.shape
        shown = self.tokens[:self.lengths[0], 0][-8:]
        row = "… " * bool(self.lengths[0] > len(shown)) + " ".join(f"{value:.3g}" for value in shown)
        return (f"GateAttention of {self.cell}: {B} row(s) of {self.lengths.min()} to {self.lengths.max()} steps, "
                f"{H} units\n  row 0         mean weight of each step: {row}; of the start {self.start[0].mean():.3g}\n"
                f"  conservation  {self.conservation}")


def gate_attention(trace):
    """The `GateAttention` of an LSTM's or a GRU's Trace: one layer, one direction; rows may be padded.

    For a stack, pick one: gate_attention(trace.at(layer=1)). A layer that reads backward ends at each row's first step.
    """
    if not isinstance(trace, Trace):
        raise TypeError(f"the trace is {type(trace).__name__}; expected a Trace, as net.trace(x, lengths) gives it")
    if trace.parts:
        raise ValueError(f"this Trace has {trace.layers} layer(s) in {len(trace.directions)} direction(s); "
                         "pick one, as in trace.at(layer=0)")
    if trace.cell == "rnn":
        raise ValueError("an RNN has no gates: each step writes its whole state anew. Expected an LSTM or a GRU")
    part, turn = trace.as_read(), turned(trace.direction)
    lengths = np.full(trace.batch, trace.steps) if trace.lengths is None else trace.lengths
    mask = part.mask[..., None]
    keep, write, content, origin, state = (
        (part.f, part.i, part.g, part.c0, part.c) if part.cell == "lstm" else
        (part.z, 1 - part.z, part.n, part.h0, part.h))
    keep, write = np.where(mask, keep, 1), np.where(mask, write, 0)    # the padding keeps all and writes nothing
    from_here = np.cumprod(keep[::-1], axis=0)[::-1]                   # Π_{k≥j} keep_k
    after = np.concatenate([from_here[1:], np.ones_like(from_here[:1])])
    weights, start = after * write, from_here[0]
    end = state[lengths - 1, np.arange(part.batch)]
    return GateAttention(part.cell, turn(weights, lengths), start, turn(weights * content, lengths), start * origin,
                         end, lengths)
