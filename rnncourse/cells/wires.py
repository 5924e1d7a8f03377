"""What flowed on every wire of one unit of a gated cell at one step: a Trace read like a circuit diagram."""

import numpy as np

from rnncourse.cells import _check


def lstm(trace, t=-1, row=0, unit=0):
    """Name -> number for unit `unit` of row `row` at step `t` of an LSTM's Trace.

    x_into_f, h_into_f, b_into_f and their sum a_f, likewise for i, g, o; f, i, g, o; c_prev, kept = f c_prev,
    written = i g, c = kept + written; tanh_c, h = o tanh_c; h_prev. And x where the cell reads one number.
    """
    _check.whole_forward(trace, "lstm")
    found = {name: trace[name][t, row, unit] for name in "ifgoch"}
    found |= {"h_prev": trace.h_prev[t, row, unit], "c_prev": trace.c_prev[t, row, unit]}
    packed = (np.split(trace.params[name], 4, axis=-1) for name in ("W_x", "W_h", "b"))
    for name, W_x, W_h, b in zip("ifgo", *packed, strict=True):
        found[f"x_into_{name}"] = trace.x[t, row] @ W_x[:, unit]
        found[f"h_into_{name}"] = trace.h_prev[t, row] @ W_h[:, unit]
        found[f"b_into_{name}"] = b[unit]
        found[f"a_{name}"] = trace[f"a_{name}"][t, row, unit]
    found |= {"kept": found["f"] * found["c_prev"], "written": found["i"] * found["g"], "tanh_c": np.tanh(found["c"])}
    if trace.x.shape[2] == 1:
        found["x"] = trace.x[t, row, 0]
    return {name: float(value) for name, value in found.items()}


def gru(trace, t=-1, row=0, unit=0):
    """Name -> number for unit `unit` of row `row` at step `t` of a GRU's Trace.

    x_into_r, h_into_r, b_into_r and their sum a_r, likewise for z; x_n = x W_xn + b_n, h_n = h_prev W_hn + b_hn,
    reset = r h_n, a_n = x_n + reset; r, z, n; h_prev, kept = z h_prev, new = 1 − z, written = new n,
    h = kept + written. And x where the cell reads one number.
    """
    _check.whole_forward(trace, "gru")
    p, H = trace.params, trace.hidden_size
    found = {name: trace[name][t, row, unit] for name in "rznh"} | {"h_prev": trace.h_prev[t, row, unit]}
    from_x, from_h = (np.split(signal[t, row] @ p[name], 3)
                      for signal, name in ((trace.x, "W_x"), (trace.h_prev, "W_h")))
    b = p["b"].reshape(3, H)
    for k, name in enumerate("rz"):
        found |= {f"x_into_{name}": from_x[k][unit], f"h_into_{name}": from_h[k][unit], f"b_into_{name}": b[k, unit]}
    found |= {f"a_{name}": trace[f"a_{name}"][t, row, unit] for name in "rzn"}
    found |= {"x_n": from_x[2][unit] + b[2, unit], "h_n": from_h[2][unit] + p["b_hn"][unit], "new": 1 - found["z"]}
    found |= {"reset": found["r"] * found["h_n"], "kept": found["z"] * found["h_prev"],
              "written": found["new"] * found["n"]}
    if trace.x.shape[2] == 1:
        found["x"] = trace.x[t, row, 0]
    return {name: float(value) for name, value in found.items()}
