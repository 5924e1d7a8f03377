"""The simple recurrent network (Elman 1990): h_t = f(x_t W_xh + h_prev W_hh + b_h)."""

import numpy as np

from rnncourse import activations
from rnncourse.cells import _check, _steps
from rnncourse.trace import Trace

LAYOUT = {"W_xh": ((1, "D"), (1, "H")), "W_hh": ((1, "H"), (1, "H")), "b_h": ((1, "H"),)}


def init(rng, input_size, hidden_size, dtype=np.float64):
    """Parameters W_xh (D, H), W_hh (H, H), b_h (H,), uniform in ±1/√H as in torch."""
    _check.sizes(rng, input_size, hidden_size)
    bound = 1 / np.sqrt(hidden_size)
    shapes = {"W_xh": (input_size, hidden_size), "W_hh": (hidden_size, hidden_size), "b_h": (hidden_size,)}
    return {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}


def step(params, x_t, h_prev, activation="tanh"):
    """One step: x_t (B, D) and h_prev (B, H) give h_t (B, H)."""
    x_t, h_prev = _check.one_step(params, LAYOUT, x_t, h_prev=h_prev)
    f = activations.named(activation).value
    return f(x_t @ params["W_xh"] + h_prev @ params["W_hh"] + params["b_h"])


def forward(params, x, h0=None, activation="tanh"):
    """Run over x (T, B, D) from h0 (B, H) or zeros; returns a Trace."""
    x, h0 = _check.run(params, LAYOUT, x, h0=h0)
    f, W_hh = activations.named(activation).value, params["W_hh"]
    h = _steps.times(x, params["W_xh"])
    h += params["b_h"]
    h_prev = h0
    for t in range(len(x)):
        h[t] = f(h[t] + h_prev @ W_hh)
        h_prev = h[t]
    return Trace("rnn", params, x, {"h": h}, h0, activation=activation, preactivations=preactivations)


def backward(params, trace, dh):
    """Backpropagation through time: dh (T, B, H) -> (dparams, dx (T, B, D), dh0 (B, H))."""
    _check.own_trace(params, LAYOUT, trace, "rnn")
    x, W_hh = trace.x, params["W_hh"]
    dh = _check.gradient("dh", dh, trace.h.shape, trace.h.dtype)
    da = activations.named(trace.activation).slope_at(trace.h)    # for all steps; times dh in the loop
    dh_next = np.zeros_like(trace.h0)
    for t in reversed(range(len(x))):
        da_t = da[t]
        da_t *= dh[t] + dh_next
        dh_next = da_t @ W_hh.T
    dparams = {"W_xh": _steps.weight_gradient(x, da), "W_hh": _steps.weight_gradient(trace.h_prev, da),
               "b_h": da.sum((0, 1))}
    return dparams, _steps.times(da, params["W_xh"].T), dh_next


def preactivations(trace):
    """{"h": (T, B, H)}: what went into the activation at each step of a Trace."""
    p = trace.params
    return {"h": trace.x @ p["W_xh"] + trace.h_prev @ p["W_hh"] + p["b_h"]}
