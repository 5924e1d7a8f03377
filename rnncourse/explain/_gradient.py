"""∂F/∂a_x of many runs at once, with a_x = x W_x + b what the input sends into the first layer's gates.

The same equations as `backward` of the cells, without the gradients of the weights, and for rows of different lengths:
rows stand in order of length, longest first, and step t runs the first counts[t] of them. Everything below works on
`a` (T, N, gates × H) and overwrites it: integrated gradients runs 20 times the rows, and memory is what it costs.
"""

import numpy as np

from rnncourse import activations
from rnncourse.explain.model import FIRST, turned


def blame(net, a, lengths, targets):
    """∂F/∂a of the first layer: {direction: (T, N, gates × H)}, 0 in the padding; `a` is used up.

    a        {direction: (T, N, gates × H)} = x W_x + b, each in its own reading order
    lengths  (N,), none longer than the one before; targets (N,)
    """
    return through_runs(net, runs(net, a, lengths), lengths, targets)


def runs(net, a, lengths):
    """What `through_runs` goes back through: for each layer {direction: its h, c and gates}."""
    counts, kept = _counts(lengths), []
    for layer in range(len(net.layers)):
        if layer:    # what the layer below gives, side by side, through this layer's W_x
            h = _in_order_of_x({d: run["h"][1:] for d, run in kept[-1].items()}, lengths)
            a = {d: project(net, layer, d, turned(d)(h, lengths)) for d in net.directions}
        kept.append({d: _forward(net, layer, d, a[d], counts) for d in net.directions})
    return kept


def through_runs(net, kept, lengths, targets):
    """∂F/∂a of the first layer, as `blame` gives it; the gates in `kept` are used up."""
    counts, ends = _counts(lengths), lengths - 1
    dh = _at_the_end(net, kept[-1], ends, targets)
    for layer in reversed(range(len(net.layers))):
        da = {d: _backward(net, layer, d, kept[layer][d], dh[d], counts) for d in net.directions}
        if layer:
            dx = through_input(net, layer, da, lengths)
            dh = {d: turned(d)(part, lengths)
                  for d, part in zip(net.directions, np.split(dx, len(net.directions), axis=-1), strict=True)}
    return da


def _counts(lengths):
    """For each step, how many rows are still running; lengths fall."""
    return [int(n) for n in (np.arange(lengths[0])[:, None] < lengths).sum(1)]


def project(net, layer, direction, x, bias=True):
    """(T, N, gates × H) = x W_x + b for x (T, N, D), in this direction's reading order."""
    W_x, _, b = (net.layers[layer][direction][name] for name in FIRST[net.cell])
    a = (x.reshape(-1, x.shape[-1]) @ W_x).reshape(*x.shape[:2], -1)
    if bias:
        a += b
    return a


def through_input(net, layer, da, lengths):
    """(T, N, D): ∂F/∂x of a layer from {direction: da}, the sum over its directions."""
    return sum(turned(d)((each.reshape(-1, each.shape[-1]) @ net.layers[layer][d][FIRST[net.cell][0]].T)
                         .reshape(*each.shape[:2], -1), lengths) for d, each in da.items())


def _in_order_of_x(h, lengths):
    return np.concatenate([turned(d)(each, lengths) for d, each in h.items()], axis=-1)


def _at_the_end(net, top, ends, targets):
    """{direction: dh (T, N, H)}: F = h_last W_hy + b_y, so dh at each row's last step read is the target's column."""
    columns = np.split(net.W_hy.T[targets], len(net.directions), axis=-1)
    dh = {}
    for (direction, run), column in zip(top.items(), columns, strict=True):
        dh[direction] = np.zeros_like(run["h"][1:])
        dh[direction][ends, np.arange(len(ends))] = column
    return dh


def _forward(net, layer, direction, a, counts):
    """The run of one layer: h (T + 1, N, H) with its start first (c too), and the gates where `a` was."""
    T, N, _ = a.shape
    states = []
    for start in net.start[layer, direction]:
        states.append(np.zeros((T + 1, N, net.hidden_size)))
        states[-1][0] = start
    run = dict(zip("hc", states, strict=False)) | {"gates": a}
    {"rnn": _rnn_forward, "lstm": _lstm_forward, "gru": _gru_forward}[net.cell](
        net, net.layers[layer][direction], run, counts)
    return run


def _backward(net, layer, direction, run, dh, counts):
    """da (T, N, gates × H), written where the gates were; 0 in the padding."""
    {"rnn": _rnn_backward, "lstm": _lstm_backward, "gru": _gru_backward}[net.cell](
        net, net.layers[layer][direction], run, dh, counts)
    for t, n in enumerate(counts):
        run["gates"][t, n:] = 0
    return run["gates"]


# -- the RNN: h = f(a_x + h_prev W_hh) ------------------------------------------------------------------
def _rnn_forward(net, p, run, counts):
    a, h, f = run["gates"], run["h"], activations.named(net.activation).value
    for t, n in enumerate(counts):
        h[t + 1, :n] = f(a[t, :n] + h[t, :n] @ p["W_hh"])


def _rnn_backward(net, p, run, dh, counts):
    slope_at, W_hhT, dh_next = activations.named(net.activation).slope_at, p["W_hh"].T, np.zeros_like(dh[0])
    for t, n in reversed(list(enumerate(counts))):
        da = np.multiply(dh[t, :n] + dh_next[:n], slope_at(run["h"][t + 1, :n]), out=run["gates"][t, :n])
        np.matmul(da, W_hhT, out=dh_next[:n])


# -- the LSTM: c = f c_prev + i g, h = o tanh(c) ----------------------------------------------------------
def _lstm_forward(net, p, run, counts):
    H, h, c = net.hidden_size, run["h"], run["c"]
    scale = np.repeat([0.5, 0.5, 1, 0.5], H)    # σ(a) = ½ + ½ tanh(a/2) for i, f, o; tanh for g
    W_h, from_h = p["W_h"] * scale, np.empty_like(run["gates"][0])
    tanh_c = run["tanh_c"] = np.empty_like(h[1:])
    run["gates"] *= scale
    for t, n in enumerate(counts):
        a = run["gates"][t, :n]
        a += np.matmul(h[t, :n], W_h, out=from_h[:n])
        np.tanh(a, out=a)
        a *= scale
        a += 1 - scale
        i, f, g, o = (a[:, k * H:(k + 1) * H] for k in range(4))
        c_t = np.multiply(f, c[t, :n], out=c[t + 1, :n])
        c_t += i * g
        np.multiply(o, np.tanh(c_t, out=tanh_c[t, :n]), out=h[t + 1, :n])


def _lstm_backward(net, p, run, dh, counts):
    H, c, W_hT = net.hidden_size, run["c"], np.ascontiguousarray(p["W_h"].T)
    dh_next, dc_next = np.zeros((2, *dh[0].shape))
    for t, n in reversed(list(enumerate(counts))):
        a, tanh_c = run["gates"][t, :n], run["tanh_c"][t, :n]
        i, f, g, o = (a[:, k * H:(k + 1) * H] for k in range(4))
        dh_t = dh_next[:n]
        dh_t += dh[t, :n]
        dh_o = dh_t * o
        dc = dc_next[:n]
        dc += dh_o * (1 - tanh_c * tanh_c)
        dc_next_now = dc * f
        dc_i = dc * i
        o[...] = dh_o * tanh_c * (1 - o)          # dh tanh(c) σ'(a_o)
        f[...] = dc_next_now * c[t, :n] * (1 - f)    # dc c_prev σ'(a_f)
        i[...] = dc_i * g * (1 - i)               # dc g σ'(a_i)
        g[...] = (dc_i - dc_i * g * g)            # dc i tanh'(a_g)
        dc[...] = dc_next_now
        np.matmul(a, W_hT, out=dh_t)


# -- the GRU: n = tanh(a_n + r (h_prev W_hn + b_hn)), h = (1 − z) n + z h_prev ------------------------------
def _gru_forward(net, p, run, counts):
    H, h = net.hidden_size, run["h"]
    from_h = run["from_h"] = np.empty_like(h[1:])    # h_prev W_hn + b_hn
    for t, n in enumerate(counts):
        a, a_h = run["gates"][t, :n], h[t, :n] @ p["W_h"]
        r, z, new = (a[:, k * H:(k + 1) * H] for k in range(3))
        a[:, :2 * H] = activations.sigmoid.value(a[:, :2 * H] + a_h[:, :2 * H])
        np.add(a_h[:, 2 * H:], p["b_hn"], out=from_h[t, :n])
        new[...] = np.tanh(new + r * from_h[t, :n])
        h[t + 1, :n] = new + z * (h[t, :n] - new)


def _gru_backward(net, p, run, dh, counts):
    H, W_hT, dh_next = net.hidden_size, np.ascontiguousarray(p["W_h"].T), np.zeros_like(dh[0])
    for t, n in reversed(list(enumerate(counts))):
        a = run["gates"][t, :n]
        r, z, new = (a[:, k * H:(k + 1) * H] for k in range(3))
        dh_t = dh[t, :n] + dh_next[:n]
        da_n = dh_t * (1 - z) * (1 - new * new)
        da_r = da_n * run["from_h"][t, :n] * r * (1 - r)
        da_z = dh_t * (run["h"][t, :n] - new) * z * (1 - z)
        dh_past = dh_t * z
        r[...], z[...], new[...] = da_r, da_z, da_n * r    # at the state's matmul the reset gate stands before n
        dh_next[:n] = dh_past + a @ W_hT
        new[...] = da_n
