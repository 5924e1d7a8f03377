"""The simple recurrent network (Elman 1990): h_t = f(x_t W_xh + h_prev W_hh + b_h)."""

import numpy as np

from rnncourse import activations
from rnncourse.cells import _check
from rnncourse.trace import Trace


def init(rng, input_size, hidden_size, dtype=np.float64):
    """Parameters W_xh (D, H), W_hh (H, H), b_h (H,), uniform in ±1/√H as in torch."""
    bound = 1 / np.sqrt(hidden_size)
    shapes = {"W_xh": (input_size, hidden_size), "W_hh": (hidden_size, hidden_size), "b_h": (hidden_size,)}
    return {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}


def step(params, x_t, h_prev, activation="tanh"):
    """One step: x_t (B, D) and h_prev (B, H) give h_t (B, H)."""
    f = activations.named(activation).value
    return f(x_t @ params["W_xh"] + h_prev @ params["W_hh"] + params["b_h"])


def forward(params, x, h0=None, activation="tanh"):
    """Run over x (T, B, D) from h0 (B, H) or zeros; returns a Trace."""
    x, h0 = _check_input(params, x, h0)
    f = activations.named(activation).value
    h = x @ params["W_xh"] + params["b_h"]
    h_prev = h0
    for t in range(len(x)):
        h_prev = h[t] = f(h[t] + h_prev @ params["W_hh"])
    return Trace("rnn", params, x, {"h": h}, h0, activation=activation, preactivations=preactivations)


def backward(params, trace, dh):
    """Backpropagation through time: dh (T, B, H) -> (dparams, dx (T, B, D), dh0 (B, H))."""
    x, h, slope_at = trace.x, trace.h, activations.named(trace.activation).slope_at
    da = np.empty_like(h)
    dh_next = np.zeros_like(trace.h0)
    for t in reversed(range(len(x))):
        da[t] = (dh[t] + dh_next) * slope_at(h[t])
        dh_next = da[t] @ params["W_hh"].T
    flat = da.reshape(-1, da.shape[-1])
    dparams = {"W_xh": x.reshape(len(flat), -1).T @ flat, "W_hh": trace.h_prev.reshape(len(flat), -1).T @ flat,
               "b_h": flat.sum(0)}
    return dparams, da @ params["W_xh"].T, dh_next


def preactivations(trace):
    """{"h": (T, B, H)}: what went into the activation at each step of a Trace."""
    p = trace.params
    return {"h": trace.x @ p["W_xh"] + trace.h_prev @ p["W_hh"] + p["b_h"]}


def _check_input(params, x, h0):
    D, H = np.shape(params["W_xh"])
    _check.parameters(params, {"W_xh": ((D, H), "(D, H)"), "W_hh": ((H, H), "(H, H)"), "b_h": ((H,), "(H,)")})
    x = _check.sequence(x, D)
    return x, _check.state("h0", h0, x.shape[1], H, x.dtype)
