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
