"""LRP and contextual decomposition as their papers write them: one text, one step, one connection at a time.

What rnncourse.explain is measured against, and a second opinion for its tests. One layer, read forward; parameters as
in rnncourse.cells; x (T, D); the score is h_T W_hy[:, target] + b_y[target]; the state starts at zero.
"""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


# -- relevance ---------------------------------------------------------------------------------------------------
def messages(x, W, b, z, R, fan_in, epsilon, bias_factor):
    """(N,): what each of x (N,) gets of R (M,) at the sums z = x W + … + b (M,)."""
    sign = np.where(z < 0, -1.0, 1.0)
    shares = (W * x[:, None] + bias_factor * (b + epsilon * sign) / fan_in) / (z + epsilon * sign)
    return (shares * R).sum(1)


def lrp(cell, p, W_hy, b_y, x, target, epsilon=0.001, bias_factor=1.0):
    """(R (T, D), R of the start)."""
    run = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}[cell](p, x)
    T, D = x.shape
    H = len(W_hy)
    identity, none, R_x = np.eye(H), np.zeros(H), np.zeros_like(x)
    score = run["h"][T] @ W_hy[:, target] + b_y[target]
    R_h = messages(run["h"][T], W_hy[:, [target]], b_y[target], score, score, H, epsilon, bias_factor)
    R_c = np.zeros(H)
    for t in reversed(range(T)):
        x_t, h_prev = x[t], run["h"][t]
        if cell == "lstm":
            total, kept, new = run["c"][t + 1], run["f"][t] * run["c"][t], run["i"][t] * run["g"][t]
            R_c = R_c + R_h
        else:
            total, R_c = run["h"][t + 1], R_h
            if cell == "gru":
                kept, new = run["z"][t] * h_prev, (1 - run["z"][t]) * run["n"][t]
        if cell == "rnn":
            R_new, R_c = R_c, none
        else:
            R_new = messages(new, identity, none, total, R_c, 2, epsilon, 0) + _half(total, R_c, epsilon, bias_factor)
            R_c = messages(kept, identity, none, total, R_c, 2, epsilon, 0) + _half(total, R_c, epsilon, bias_factor)
        a, W_x, W_h, b = (run["a"][t], run["W_x"], run["W_h"][t], run["b"][t])
        R_x[t] = messages(x_t, W_x, b, a, R_new, D + H, epsilon, bias_factor)
        R_h = messages(h_prev, W_h, b, a, R_new, D + H, epsilon, bias_factor)
        if cell == "gru":
            R_h, R_c = R_h + R_c, none
    return R_x, R_h.sum() + R_c.sum()


def _half(total, R, epsilon, bias_factor):
    sign = np.where(total < 0, -1.0, 1.0)
    return bias_factor * epsilon * sign / 2 / (total + epsilon * sign) * R


def _rnn(p, x):
    h, a = [np.zeros(len(p["W_hh"]))], []
    for x_t in x:
        a.append(x_t @ p["W_xh"] + h[-1] @ p["W_hh"] + p["b_h"])
        h.append(np.tanh(a[-1]))
    return {"h": h, "a": a, "W_x": p["W_xh"], "W_h": [p["W_hh"]] * len(x), "b": [p["b_h"]] * len(x)}


def _lstm(p, x):
    H = len(p["W_h"])
    run = {"h": [np.zeros(H)], "c": [np.zeros(H)], "i": [], "f": [], "g": [], "o": [], "a": [],
           "W_x": p["W_x"][:, 2 * H:3 * H], "W_h": [p["W_h"][:, 2 * H:3 * H]] * len(x),
           "b": [p["b"][2 * H:3 * H]] * len(x)}
    for x_t in x:
        i, f, a, o = np.split(x_t @ p["W_x"] + run["h"][-1] @ p["W_h"] + p["b"], 4)
        for name, value in zip("ifgoa", (sigmoid(i), sigmoid(f), np.tanh(a), sigmoid(o), a), strict=True):
            run[name].append(value)
        run["c"].append(run["f"][-1] * run["c"][-1] + run["i"][-1] * run["g"][-1])
        run["h"].append(run["o"][-1] * np.tanh(run["c"][-1]))
    return run


def _gru(p, x):
    H = len(p["W_h"])
    run = {"h": [np.zeros(H)], "z": [], "n": [], "a": [], "W_x": p["W_x"][:, 2 * H:], "W_h": [], "b": []}
    for x_t in x:
        h_prev = run["h"][-1]
        (x_r, x_z, x_n), (h_r, h_z, h_n) = np.split(x_t @ p["W_x"] + p["b"], 3), np.split(h_prev @ p["W_h"], 3)
        r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
        a = x_n + r * (h_n + p["b_hn"])
        run["z"].append(z)
        run["n"].append(np.tanh(a))
        run["a"].append(a)
        run["W_h"].append(r * p["W_h"][:, 2 * H:])
        run["b"].append(p["b"][2 * H:] + r * p["b_hn"])
        run["h"].append((1 - z) * run["n"][-1] + z * h_prev)
    return run
