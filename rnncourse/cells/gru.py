"""The gated recurrent unit (Cho et al. 2014), with the reset gate after the matmul as in torch."""

import numpy as np

from rnncourse.activations import sigmoid
from rnncourse.cells import _check
from rnncourse.trace import Trace


def init(rng, input_size, hidden_size, dtype=np.float64):
    """Parameters W_x (D, 3H), W_h (H, 3H), b (3H,) in the order r, z, n, and b_hn (H,); uniform in ±1/√H."""
    H, bound = hidden_size, 1 / np.sqrt(hidden_size)
    shapes = {"W_x": (input_size, 3 * H), "W_h": (H, 3 * H), "b": (3 * H,), "b_hn": (H,)}
    return {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}


def step(params, x_t, h_prev):
    """One step: x_t (B, D) and h_prev (B, H) give h_t (B, H). z = 1 keeps the old state."""
    x_r, x_z, x_n = np.split(x_t @ params["W_x"] + params["b"], 3, axis=-1)
    h_r, h_z, h_n = np.split(h_prev @ params["W_h"], 3, axis=-1)
    r, z = sigmoid.value(x_r + h_r), sigmoid.value(x_z + h_z)
    n = np.tanh(x_n + r * (h_n + params["b_hn"]))
    return (1 - z) * n + z * h_prev


def forward(params, x, h0=None):
    """Run over x (T, B, D) from h0 (B, H) or zeros; returns a Trace."""
    x, h0 = _check_input(params, x, h0)
    gates = x @ params["W_x"] + params["b"]
    r, z, n = np.split(gates, 3, axis=-1)
    h = np.empty_like(n)
    h_prev = h0
    for t in range(len(x)):
        h_r, h_z, h_n = np.split(h_prev @ params["W_h"], 3, axis=-1)
        r[t], z[t] = sigmoid.value(r[t] + h_r), sigmoid.value(z[t] + h_z)
        n[t] = np.tanh(n[t] + r[t] * (h_n + params["b_hn"]))
        h_prev = h[t] = (1 - z[t]) * n[t] + z[t] * h_prev
    return Trace("gru", params, x, {"r": r, "z": z, "n": n, "h": h}, h0, preactivations=preactivations)


def backward(params, trace, dh):
    """Backpropagation through time: dh (T, B, H) -> (dparams, dx (T, B, D), dh0 (B, H))."""
    x, r, z, n, h_prev, H = trace.x, trace.r, trace.z, trace.n, trace.h_prev, trace.hidden_size
    h_n = h_prev @ params["W_h"][:, 2 * H:] + params["b_hn"]
    da_x, da_h = np.empty((2, *h_prev.shape[:2], 3 * H), x.dtype)    # at the inputs' and the state's matmul
    dh_next = np.zeros_like(trace.h0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        da_n = dh_t * (1 - z[t]) * (1 - n[t] ** 2)
        da_z = dh_t * (h_prev[t] - n[t]) * z[t] * (1 - z[t])
        da_r = da_n * h_n[t] * r[t] * (1 - r[t])
        da_x[t] = np.concatenate([da_r, da_z, da_n], axis=-1)
        da_h[t] = np.concatenate([da_r, da_z, da_n * r[t]], axis=-1)
        dh_next = dh_t * z[t] + da_h[t] @ params["W_h"].T
    flat_x, flat_h = da_x.reshape(-1, 3 * H), da_h.reshape(-1, 3 * H)
    dparams = {"W_x": x.reshape(len(flat_x), -1).T @ flat_x, "W_h": h_prev.reshape(len(flat_x), -1).T @ flat_h,
               "b": flat_x.sum(0), "b_hn": flat_h[:, 2 * H:].sum(0)}
    return dparams, da_x @ params["W_x"].T, dh_next


def preactivations(trace):
    """{"r", "z", "n"}: (T, B, H) each, what went into each gate at each step of a Trace."""
    p = trace.params
    x_r, x_z, x_n = np.split(trace.x @ p["W_x"] + p["b"], 3, axis=-1)
    h_r, h_z, h_n = np.split(trace.h_prev @ p["W_h"], 3, axis=-1)
    a_r = x_r + h_r
    return {"r": a_r, "z": x_z + h_z, "n": x_n + sigmoid.value(a_r) * (h_n + p["b_hn"])}


def _check_input(params, x, h0):
    D, H = np.shape(params["W_x"])[0], np.shape(params["W_h"])[0]
    _check.parameters(params, {"W_x": ((D, 3 * H), "(D, 3H)"), "W_h": ((H, 3 * H), "(H, 3H)"), "b": ((3 * H,), "(3H,)"),
                               "b_hn": ((H,), "(H,)")})
    x = _check.sequence(x, D)
    return x, _check.state("h0", h0, x.shape[1], H, x.dtype)
