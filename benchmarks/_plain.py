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


# -- contextual decomposition ----------------------------------------------------------------------------------------
def shapley(f, *parts):
    """(2,): what each of two arrays makes of f(their sum + the rest): its mean gain over the two orders."""
    first, second, *rest = parts
    rest = sum(rest, np.zeros_like(first))
    one = (f(first + rest) - f(rest) + f(first + second + rest) - f(second + rest)) / 2
    two = (f(second + rest) - f(rest) + f(first + second + rest) - f(first + rest)) / 2
    return one, two


def decompose(cell, p, x, phrase):
    """(β, γ) of the last h: x (T, D), phrase (T,) booleans."""
    if cell == "rnn":
        return _rnn_in_two(p, x, phrase)
    H = len(p["W_h"])
    beta, gamma, beta_c, gamma_c = np.zeros((4, H))
    for x_t, inside in zip(x, phrase, strict=True):
        rel, irrel = (x_t, 0 * x_t) if inside else (0 * x_t, x_t)
        if cell == "lstm":
            part = {}
            for k, name in enumerate("ifg"):
                gate = slice(k * H, (k + 1) * H)
                f, b = np.tanh if name == "g" else sigmoid, p["b"][gate]
                u, v = (a @ p["W_x"][:, gate] + h @ p["W_h"][:, gate] for a, h in ((rel, beta), (irrel, gamma)))
                part[name] = (*shapley(f, u, v, b), f(b))
            new_c, new_gamma_c = 0.0, 0.0
            for m, of_i in enumerate(part["i"]):
                for n, of_g in enumerate(part["g"]):
                    to_beta = 1 not in (m, n) and ((m, n) != (2, 2) or inside)
                    new_c, new_gamma_c = new_c + to_beta * of_i * of_g, new_gamma_c + (not to_beta) * of_i * of_g
            for m, of_f in enumerate(part["f"]):
                new_c, new_gamma_c = new_c + (m != 1) * of_f * beta_c, new_gamma_c + (m == 1) * of_f * beta_c
                new_gamma_c = new_gamma_c + of_f * gamma_c
            beta_c, gamma_c = new_c, new_gamma_c
            gate = slice(3 * H, 4 * H)
            o = sigmoid(x_t @ p["W_x"][:, gate] + (beta + gamma) @ p["W_h"][:, gate] + p["b"][gate])
            beta, gamma = (o * part for part in shapley(np.tanh, beta_c, gamma_c))
        else:
            beta, gamma = _gru_in_two(p, rel, irrel, inside, beta, gamma)
    return beta, gamma


def _rnn_in_two(p, x, phrase):
    beta, gamma = np.zeros((2, len(p["W_hh"])))
    for x_t, inside in zip(x, phrase, strict=True):
        u = x_t * inside @ p["W_xh"] + beta @ p["W_hh"]
        v = x_t * (not inside) @ p["W_xh"] + gamma @ p["W_hh"]
        beta, gamma = shapley(np.tanh, u, v, p["b_h"])
        beta, gamma = beta + inside * np.tanh(p["b_h"]), gamma + (not inside) * np.tanh(p["b_h"])
    return beta, gamma


def _gru_in_two(p, rel, irrel, inside, beta, gamma):
    H = len(beta)
    part = {}
    for k, name in enumerate("rz"):
        gate = slice(k * H, (k + 1) * H)
        u, v = (a @ p["W_x"][:, gate] + h @ p["W_h"][:, gate] for a, h in ((rel, beta), (irrel, gamma)))
        part[name] = (*shapley(sigmoid, u, v, p["b"][gate]), sigmoid(p["b"][gate]))
    into_n = [rel @ p["W_x"][:, 2 * H:], irrel @ p["W_x"][:, 2 * H:], p["b"][2 * H:]]
    from_h = beta @ p["W_h"][:, 2 * H:], gamma @ p["W_h"][:, 2 * H:], p["b_hn"]
    for m, of_r in enumerate(part["r"]):
        for n, of_h in enumerate(from_h):
            to = 1 if 1 in (m, n) else 2 if (m, n) == (2, 2) else 0
            into_n[to] = into_n[to] + of_r * of_h
    new = (*shapley(np.tanh, *into_n), np.tanh(into_n[2]))
    after = [0.0, 0.0]
    for m, of_z in enumerate(part["z"]):
        for n, of_n in enumerate(new):
            to = 1 if 1 in (m, n) or (m, n) == (2, 2) and not inside else 0
            after[to] = after[to] + ((m == 2) - of_z) * of_n
        after[m == 1] = after[m == 1] + of_z * beta
        after[1] = after[1] + of_z * gamma
    return after
