"""Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000)."""

import numpy as np

from rnncourse.activations import sigmoid, tanh
from rnncourse.cells import _check, _steps
from rnncourse.trace import Trace

LAYOUT = {"W_x": ((1, "D"), (4, "H")), "W_h": ((1, "H"), (4, "H")), "b": ((4, "H"),)}


def init(rng, input_size, hidden_size, forget_bias=None, dtype=np.float64):
    """Parameters W_x (D, 4H), W_h (H, 4H), b (4H,) in the order i, f, g, o, uniform in ±1/√H as in torch.

    `forget_bias`, where given, is the bias of every forget gate.
    """
    _check.sizes(rng, input_size, hidden_size)
    H, bound = hidden_size, 1 / np.sqrt(hidden_size)
    shapes = {"W_x": (input_size, 4 * H), "W_h": (H, 4 * H), "b": (4 * H,)}
    params = {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}
    if forget_bias is not None:
        params["b"][H:2 * H] = forget_bias
    return params


def step(params, x_t, h_prev, c_prev):
    """One step: x_t (B, D), h_prev and c_prev (B, H) give h_t and c_t (B, H)."""
    x_t, h_prev, c_prev = _check.one_step(params, LAYOUT, x_t, h_prev=h_prev, c_prev=c_prev)
    a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"], 4, axis=-1)
    i, f, o = sigmoid.value(a_i), sigmoid.value(a_f), sigmoid.value(a_o)
    g = np.tanh(a_g)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def forward(params, x, h0=None, c0=None):
    """Run over x (T, B, D) from h0 and c0 (B, H) or zeros; returns a Trace."""
    x, h0, c0 = _check.run(params, LAYOUT, x, h0=h0, c0=c0)
    # σ(a) = ½ + ½ tanh(a/2): with the inner ½ in the weights, one tanh serves all four gates
    scale, shift = _tanh_to_gates(h0)
    W_h = params["W_h"] * scale[0]
    gates = _steps.times(x, params["W_x"] * scale[0])
    gates += params["b"] * scale[0]
    i, f, g, o = _steps.gates(gates, 4)
    c, h = np.empty((2, *gates.shape[:2], h0.shape[1]), x.dtype)
    h_prev, c_prev = h0, c0
    for t in range(len(x)):
        a = gates[t]
        a += h_prev @ W_h
        np.tanh(a, out=a)
        a *= scale
        a += shift
        c_prev = np.add(f[t] * c_prev, i[t] * g[t], out=c[t])
        h_prev = np.multiply(o[t], np.tanh(c_prev), out=h[t])
    return Trace("lstm", params, x, {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}, h0, c0,
                 preactivations=preactivations)


def backward(params, trace, dh, dc_last=None):
    """Backpropagation through time.

    dh (T, B, H) is dLoss/dh from outside, dc_last (B, H) dLoss/dc of the last step.
    Returns dparams, dx (T, B, D) and (dh0, dc0), each (B, H).
    """
    _check.own_trace(params, LAYOUT, trace, "lstm")
    x, i, f, g, o, c_prev = trace.x, trace.i, trace.f, trace.g, trace.o, trace.c_prev
    dh = _check.gradient("dh", dh, trace.h.shape, trace.h.dtype)
    dc_next = _check.gradient("dc_last", dc_last, trace.c0.shape, trace.c0.dtype)
    dh_next = np.zeros_like(dc_next)
    W_hT, tanh_c = params["W_h"].T, np.tanh(trace.c)

    # For all steps at once: what turns dc (for i, f, g) or dh (for o, and for c itself) into blame.
    da = np.empty((*f.shape[:2], 4 * f.shape[2]), f.dtype)
    da_i, da_f, da_g, da_o = _steps.gates(da, 4)
    np.multiply(g, sigmoid.slope_at(i), out=da_i)         # c = f c_prev + i g
    np.multiply(c_prev, sigmoid.slope_at(f), out=da_f)
    np.multiply(i, tanh.slope_at(g), out=da_g)
    np.multiply(tanh_c, sigmoid.slope_at(o), out=da_o)    # h = o tanh(c)
    into_c = o * tanh.slope_at(tanh_c)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        dc_t = dc_next + dh_t * into_c[t]
        da_t = da[t]
        da_t *= np.concatenate([dc_t, dc_t, dc_t, dh_t], axis=-1)
        dh_next = da_t @ W_hT
        dc_next = dc_t * f[t]

    dparams = {"W_x": _steps.weight_gradient(x, da), "W_h": _steps.weight_gradient(trace.h_prev, da),
               "b": da.sum((0, 1))}
    return dparams, _steps.times(da, params["W_x"].T), (dh_next, dc_next)


def preactivations(trace):
    """{"i", "f", "g", "o"}: (T, B, H) each, what went into each gate at each step of a Trace."""
    p = trace.params
    return dict(zip("ifgo", np.split(trace.x @ p["W_x"] + trace.h_prev @ p["W_h"] + p["b"], 4, axis=-1),
                    strict=True))


def _tanh_to_gates(h0):
    """scale and shift (B, 4H) that make i, f, o out of tanh(a/2) and leave g = tanh(a) as it is."""
    B, H = h0.shape
    scale, shift = np.full((2, B, 4, H), 0.5, h0.dtype)
    scale[:, 2], shift[:, 2] = 1, 0
    return scale.reshape(B, 4 * H), shift.reshape(B, 4 * H)
