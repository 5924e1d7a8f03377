"""The gradient through time taken apart: pieces of a run, the itemised gradient G[k, t], truncated backpropagation.

A weight is used at every step, and every later loss blames each use: dLoss/dW = Σ_k Σ_{t≤k} G[k, t], with k the
step of the loss and t the step of the use. Truncated backpropagation leaves out items of this sum.
"""

from dataclasses import dataclass, replace

import numpy as np

from rnncourse import activations
from rnncourse.cells import _check, gru, lstm, rnn

CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}


def piece(trace, start, stop):
    """The Trace of steps start to stop − 1 alone; it starts from the state that the whole run had there."""
    _check.whole_forward(trace, *CELLS)
    if not 0 <= start < stop <= trace.steps:
        raise ValueError(f"no steps from {start} to {stop} in a Trace of {trace.steps}; "
                         f"expected 0 <= start < stop <= {trace.steps}")
    c0 = None if trace.c0 is None else trace.c_prev[start]
    tokens = None if trace.tokens is None else tuple(row[start:stop] for row in trace.tokens)
    return replace(trace, x=trace.x[start:stop], h0=trace.h_prev[start], c0=c0, tokens=tokens,
                   signals={name: values[start:stop] for name, values in trace.signals.items()})


def itemised_gradient(trace, dh):
    """G: parameter name -> (T, T, *its shape). G[k, t] is what the loss at step k blames on the use at step t.

    dh (T, B, H) is dLoss/dh from outside, as for `backward`. G[k, t] = 0 for t > k; G.sum((0, 1)) is dLoss/dW.
    It costs T²/2 backward steps and T² copies of the parameters: for short runs of small cells.
    """
    dh, T = _check_input(trace, dh, size=1), trace.steps
    uses = [piece(trace, t, t + 1) for t in range(T)]
    G = {name: np.zeros((T, T, *np.shape(p)), dh.dtype) for name, p in trace.params.items()}
    for k in range(T):
        dstate = {"dh": dh[k]}
        for t in reversed(range(k + 1)):
            dparams, dstate = _backward(uses[t], **dstate)
            for name, d in dparams.items():
                G[name][k, t] = d
    return G


def itemised_recurrent(trace, dh):
    """G (T, T, H, H) of W_hh alone, for an RNN's Trace of one row: all T losses walk back side by side.

    The same items as `itemised_gradient(trace, dh)["W_hh"]`, in T steps instead of T²/2.
    """
    dh = _check_input(trace, dh, size=1)
    if trace.cell != "rnn" or trace.batch != 1:
        raise ValueError(f"this is a Trace of cell {trace.cell!r} with {trace.batch} row(s); "
                         "expected an RNN's with one. Try itemised_gradient, which takes any")
    T, H = dh.shape[0], dh.shape[2]
    slope, W_hhT = activations.named(trace.activation).slope_at(trace.h[:, 0]), trace.params["W_hh"].T
    G, walking = np.zeros((T, T, H, H), dh.dtype), np.zeros((T, H), dh.dtype)    # walking: a row for each loss
    for t in reversed(range(T)):
        walking[t] = dh[t, 0]
        da = walking * slope[t]
        G[:, t] = trace.h_prev[t, 0][:, None] * da[:, None, :]
        walking = da @ W_hhT
    return G


def truncated_by_chunk(trace, dh, size):
    """dparams when the run is cut into chunks of `size` steps: the state is carried on, the blame stops at the cut.

    It keeps the items G[k, t] with t in k's own chunk: a loss right after a cut looks back no further than that.
    """
    dh = _check_input(trace, dh, size)
    cuts = range(0, trace.steps, size)
    chunks = [slice(start, min(start + size, trace.steps)) for start in cuts]
    return _sum(CELLS[trace.cell].backward(trace.params, piece(trace, c.start, c.stop), dh[c])[0] for c in chunks)


def truncated_by_window(trace, dh, size):
    """dparams when each loss looks back over `size` steps, its own among them.

    It keeps the items G[k, t] with k − t < size, and costs a backward pass over `size` steps for each of the T losses.
    """
    dh = _check_input(trace, dh, size)

    def from_loss(k):
        window = piece(trace, max(0, k + 1 - size), k + 1)
        only_k = np.zeros_like(window.h)
        only_k[-1] = dh[k]
        return CELLS[trace.cell].backward(trace.params, window, only_k)[0]

    return _sum(from_loss(k) for k in range(trace.steps))


@dataclass(frozen=True, eq=False)
class Truncated:
    """What truncation leaves of a gradient, beside the full one.

    kept      (T, T) booleans, which items G[k, t] are in the sum
    gradient  their sum, shaped like the weight
    length    ‖gradient‖, with the full gradient's length as 1
    cosine    of the angle to the full gradient: 1 is the same direction
    """

    kept: np.ndarray
    gradient: np.ndarray
    length: float
    cosine: float

    @property
    def items(self):
        """How many items are kept, and how many there are with t ≤ k."""
        steps = len(self.kept)
        return int(self.kept.sum()), steps * (steps + 1) // 2


def kept_items(steps, size, way):
    """(T, T) booleans: the items G[k, t] that truncation to `size` steps keeps, by "chunk" or by "window"."""
    _check_size(size)
    if way not in ("chunk", "window"):
        raise ValueError(f"way is {way!r}; expected 'chunk' or 'window'")
    k, t = np.indices((steps, steps))
    return (t <= k) & ((k // size == t // size) if way == "chunk" else (k - t < size))


def truncated(G, size, way):
    """The `Truncated` gradient that the items G (T, T, *shape) of one weight give when truncated to `size` steps."""
    kept, full = kept_items(len(G), size, way), G.sum((0, 1))
    gradient = G[kept].sum(0)
    lengths = np.linalg.norm(gradient), np.linalg.norm(full)
    return Truncated(kept, gradient, lengths[0] / lengths[1], np.vdot(gradient, full) / (lengths[0] * lengths[1]))


def _backward(use, dh, dc=None):
    """Back over one step: dparams of this use, and the blame for the state before it as {"dh"} or {"dh", "dc"}."""
    if use.cell == "lstm":
        dparams, _, (dh0, dc0) = lstm.backward(use.params, use, dh[None], dc_last=dc)
        return dparams, {"dh": dh0, "dc": dc0}
    dparams, _, dh0 = CELLS[use.cell].backward(use.params, use, dh[None])
    return dparams, {"dh": dh0}


def _sum(gradients):
    total = {}
    for dparams in gradients:
        total = {name: total.get(name, 0) + d for name, d in dparams.items()}
    return total


def _check_size(size):
    if size != int(size) or size < 1:
        raise ValueError(f"size is {size}; expected a whole number of steps, at least 1")


def _check_input(trace, dh, size):
    _check_size(size)
    _check.whole_forward(trace, *CELLS)
    return _check.gradient("dh", dh, trace.h.shape, trace.h.dtype)
