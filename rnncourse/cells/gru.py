"""The gated recurrent unit (Cho et al. 2014), with the reset gate after the matmul as in torch."""

import numpy as np

from rnncourse.activations import sigmoid, tanh
from rnncourse.cells import _check, _steps
from rnncourse.trace import Trace

LAYOUT = {"W_x": ((1, "D"), (3, "H")), "W_h": ((1, "H"), (3, "H")), "b": ((3, "H"),), "b_hn": ((1, "H"),)}


def init(rng, input_size, hidden_size, dtype=np.float64):
    """Parameters W_x (D, 3H), W_h (H, 3H), b (3H,) in the order r, z, n, and b_hn (H,); uniform in ±1/√H."""
    _check.sizes(rng, input_size, hidden_size)
    H, bound = hidden_size, 1 / np.sqrt(hidden_size)
    shapes = {"W_x": (input_size, 3 * H), "W_h": (H, 3 * H), "b": (3 * H,), "b_hn": (H,)}
    return {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}


def step(params, x_t, h_prev):
    """One step: x_t (B, D) and h_prev (B, H) give h_t (B, H). z = 1 keeps the old state."""
    x_t, h_prev = _check.one_step(params, LAYOUT, x_t, h_prev=h_prev)
    x_r, x_z, x_n = np.split(x_t @ params["W_x"] + params["b"], 3, axis=-1)
    h_r, h_z, h_n = np.split(h_prev @ params["W_h"], 3, axis=-1)
    r, z = sigmoid.value(x_r + h_r), sigmoid.value(x_z + h_z)
    n = np.tanh(x_n + r * (h_n + params["b_hn"]))
    return (1 - z) * n + z * h_prev


def forward(params, x, h0=None):
    """Run over x (T, B, D) from h0 (B, H) or zeros; returns a Trace."""
    x, h0 = _check.run(params, LAYOUT, x, h0=h0)
    W_h, b_hn, H = params["W_h"], params["b_hn"], h0.shape[1]
    gates = _steps.times(x, params["W_x"])
    gates += params["b"]
    r, z, n = _steps.gates(gates, 3)
    rz, h = gates[..., :2 * H], np.empty(n.shape, n.dtype)
    h_prev = h0
    for t in range(len(x)):
        a_h = h_prev @ W_h
        rz[t] = sigmoid.value(rz[t] + a_h[:, :2 * H])
        n[t] = np.tanh(n[t] + r[t] * (a_h[:, 2 * H:] + b_hn))
        h[t] = (1 - z[t]) * n[t] + z[t] * h_prev
        h_prev = h[t]
    return Trace("gru", params, x, {"r": r, "z": z, "n": n, "h": h}, h0, preactivations=preactivations)


def backward(params, trace, dh):
    """Backpropagation through time: dh (T, B, H) -> (dparams, dx (T, B, D), dh0 (B, H))."""
    _check.own_trace(params, LAYOUT, trace, "gru")
    x, r, z, n, h_prev = trace.x, trace.r, trace.z, trace.n, trace.h_prev
    dh = _check.gradient("dh", dh, trace.h.shape, trace.h.dtype)
    W_h, H = params["W_h"], trace.hidden_size
    h_n = _steps.times(h_prev, W_h[:, 2 * H:]) + params["b_hn"]

    # For all steps at once: what turns dh into blame, at the state's matmul (da) and in n (da_n).
    da = np.empty((*r.shape[:2], 3 * H), r.dtype)
    da_r, da_z, da_hn = _steps.gates(da, 3)
    da_n = (1 - z) * tanh.slope_at(n)                          # h = (1 − z) n + z h_prev
    np.multiply(h_prev - n, sigmoid.slope_at(z), out=da_z)
    np.multiply(da_n * h_n, sigmoid.slope_at(r), out=da_r)     # n = tanh(… + r h_n)
    np.multiply(da_n, r, out=da_hn)
    dh_next = np.zeros_like(trace.h0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        da_t, da_nt = da[t], da_n[t]
        da_t *= np.concatenate([dh_t, dh_t, dh_t], axis=-1)
        da_nt *= dh_t
        dh_next = dh_t * z[t] + da_t @ W_h.T

    dparams = {"W_h": _steps.weight_gradient(h_prev, da), "b_hn": da_hn.sum((0, 1))}
    da_hn[:] = da_n    # the inputs' matmul goes into n past the reset gate
    dparams |= {"W_x": _steps.weight_gradient(x, da), "b": da.sum((0, 1))}
    return {name: dparams[name] for name in LAYOUT}, _steps.times(da, params["W_x"].T), dh_next


def preactivations(trace):
    """{"r", "z", "n"}: (T, B, H) each, what went into each gate at each step of a Trace."""
    p = trace.params
    x_r, x_z, x_n = np.split(trace.x @ p["W_x"] + p["b"], 3, axis=-1)
    h_r, h_z, h_n = np.split(trace.h_prev @ p["W_h"], 3, axis=-1)
    a_r = x_r + h_r
    return {"r": a_r, "z": x_z + h_z, "n": x_n + sigmoid.value(a_r) * (h_n + p["b_hn"])}
