"""Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000)."""

import numpy as np

from rnncourse.activations import sigmoid
from rnncourse.cells import _check
from rnncourse.trace import Trace


def init(rng, input_size, hidden_size, forget_bias=None, dtype=np.float64):
    """Parameters W_x (D, 4H), W_h (H, 4H), b (4H,) in the order i, f, g, o, uniform in ±1/√H as in torch.

    `forget_bias`, where given, is the bias of every forget gate.
    """
    H, bound = hidden_size, 1 / np.sqrt(hidden_size)
    shapes = {"W_x": (input_size, 4 * H), "W_h": (H, 4 * H), "b": (4 * H,)}
    params = {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}
    if forget_bias is not None:
        params["b"][H:2 * H] = forget_bias
    return params


def step(params, x_t, h_prev, c_prev):
    """One step: x_t (B, D), h_prev and c_prev (B, H) give h_t and c_t (B, H)."""
    a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"], 4, axis=-1)
    i, f, o = sigmoid.value(a_i), sigmoid.value(a_f), sigmoid.value(a_o)
    g = np.tanh(a_g)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def forward(params, x, h0=None, c0=None):
    """Run over x (T, B, D) from h0 and c0 (B, H) or zeros; returns a Trace."""
    x, h0, c0 = _check_input(params, x, h0, c0)
    gates = x @ params["W_x"] + params["b"]
    i, f, g, o = np.split(gates, 4, axis=-1)
    c, h = np.empty_like(i), np.empty_like(i)
    h_prev, c_prev = h0, c0
    for t in range(len(x)):
        gates[t] += h_prev @ params["W_h"]
        for gate in (i, f, o):
            gate[t] = sigmoid.value(gate[t])
        g[t] = np.tanh(g[t])
        c_prev = c[t] = f[t] * c_prev + i[t] * g[t]
        h_prev = h[t] = o[t] * np.tanh(c[t])
    return Trace("lstm", params, x, {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}, h0, c0,
                 preactivations=preactivations)


def backward(params, trace, dh, dc_last=None):
    """Backpropagation through time.

    dh (T, B, H) is dLoss/dh from outside, dc_last (B, H) dLoss/dc of the last step.
    Returns dparams, dx (T, B, D) and (dh0, dc0), each (B, H).
    """
    x, i, f, g, o, c_prev = trace.x, trace.i, trace.f, trace.g, trace.o, trace.c_prev
    tanh_c = np.tanh(trace.c)
    da = np.empty((*trace.h.shape[:2], 4 * trace.hidden_size), x.dtype)
    da_i, da_f, da_g, da_o = np.split(da, 4, axis=-1)
    dh_next, dc_next = np.zeros_like(trace.h0), np.zeros_like(trace.c0) if dc_last is None else dc_last
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        dc_t = dc_next + dh_t * o[t] * (1 - tanh_c[t] ** 2)
        da_i[t] = dc_t * g[t] * i[t] * (1 - i[t])
        da_f[t] = dc_t * c_prev[t] * f[t] * (1 - f[t])
        da_g[t] = dc_t * i[t] * (1 - g[t] ** 2)
        da_o[t] = dh_t * tanh_c[t] * o[t] * (1 - o[t])
        dh_next, dc_next = da[t] @ params["W_h"].T, dc_t * f[t]
    flat = da.reshape(-1, da.shape[-1])
    dparams = {"W_x": x.reshape(len(flat), -1).T @ flat, "W_h": trace.h_prev.reshape(len(flat), -1).T @ flat,
               "b": flat.sum(0)}
    return dparams, da @ params["W_x"].T, (dh_next, dc_next)


def preactivations(trace):
    """{"i", "f", "g", "o"}: (T, B, H) each, what went into each gate at each step of a Trace."""
    p = trace.params
    return dict(zip("ifgo", np.split(trace.x @ p["W_x"] + trace.h_prev @ p["W_h"] + p["b"], 4, axis=-1),
                    strict=True))


def _check_input(params, x, h0, c0):
    D, H = np.shape(params["W_x"])[0], np.shape(params["W_h"])[0]
    _check.parameters(params, {"W_x": ((D, 4 * H), "(D, 4H)"), "W_h": ((H, 4 * H), "(H, 4H)"),
                               "b": ((4 * H,), "(4H,)")})
    x = _check.sequence(x, D)
    return x, _check.state("h0", h0, x.shape[1], H, x.dtype), _check.state("c0", c0, x.shape[1], H, x.dtype)
