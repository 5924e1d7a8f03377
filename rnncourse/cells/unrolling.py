"""Who wrote this state? A gated cell's state, taken apart exactly into what each step wrote and what is left of it.

    LSTM  c_T = Σ_j (Π_{k>j} f_k) i_j g_j       + (Π f) c_0
    GRU   h_T = Σ_j (Π_{k>j} z_k) (1 − z_j) n_j + (Π z) h_0

Products and sums are unit by unit; the gates are taken as they were, though earlier inputs moved them too.
"""

import numpy as np

from rnncourse.cells import _check


def weights(trace, at=-1):
    """How much of what step j wrote is still in the state at step `at`: (weights (at+1, B, H), start (B, H)).

    LSTM: weights[j] = (Π_{k>j} f_k) i_j, start = Π f. GRU: weights[j] = (Π_{k>j} z_k) (1 − z_j), start = Π z;
    there they are shares, weights.sum(0) + start = 1. Steps count from 0; at = −1 is the last.
    """
    _check.whole_forward(trace, "lstm", "gru")
    if not -trace.steps <= at < trace.steps:
        raise IndexError(f"no step {at} in a Trace of {trace.steps} steps; "
                         f"expected −{trace.steps} to {trace.steps - 1}")
    steps = range(trace.steps)[at] + 1
    keep, write = (trace.f, trace.i) if trace.cell == "lstm" else (trace.z, 1 - trace.z)
    # from_here[j] = Π_{k≥j} keep_k, so that what step j wrote is scaled by from_here[j + 1]
    from_here = np.cumprod(keep[:steps][::-1], axis=0)[::-1]
    after = np.concatenate([from_here[1:], np.ones_like(from_here[:1])])
    return after * write[:steps], from_here[0]


def contributions(trace, at=-1):
    """What each step, and the start, put into the state at step `at`: (written (at+1, B, H), from_start (B, H)).

    written.sum(0) + from_start is that state: c of an LSTM, h of a GRU. Steps count from 0; at = −1 is the last.
    """
    share, start = weights(trace, at)
    content, origin = (trace.g, trace.c0) if trace.cell == "lstm" else (trace.n, trace.h0)
    return share * content[:len(share)], start * origin
