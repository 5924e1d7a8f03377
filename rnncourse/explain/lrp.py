"""Layer-wise relevance propagation (LRP): the score is handed back, layer by layer, to what it was summed from.

At a sum z_j = Σ_i w_ij x_i + b_j each part takes the share of the relevance R_j that it has of the sum:

    R_i = Σ_j (w_ij x_i + bias_factor (b_j + ε sign z_j) / N) / (z_j + ε sign z_j) · R_j        N parts, the fan-in

ε keeps small sums from giving huge shares. Where a gate multiplies a signal, the gate gets 0 and the signal all; tanh
passes on what it gets. So in an LSTM c_t splits between f ⊙ c_prev and i ⊙ g, and g between x and h_prev; in a GRU h_t
splits between z ⊙ h_prev and (1 − z) ⊙ n.

Source: Arras, Montavon, Müller, Samek 2017, "Explaining recurrent neural network predictions in sentiment analysis",
for the LSTM; the GRU by the same rules.
"""

import numpy as np

from rnncourse.cells import _steps
from rnncourse.explain import _inputs
from rnncourse.explain._result import Attribution, Conservation
from rnncourse.explain.model import turned


def lrp(net, x, target, lengths=None, bias_factor=0.0, epsilon=0.001):
    """The relevance R of each input, as an `Attribution`: values (T, B, D).

    x            (T, B) numbers of tokens or (T, B, D) features; target for all rows or one for each; lengths (B,)
    bias_factor  1: the share of biases and ε is handed on, equally to all parts of the sum; 0: it stays with them
    epsilon      0 or more; relevance at a sum of exactly 0 is lost where epsilon is 0

    parts["start"] is what came out at h0 and c0, parts["biases"] what biases and ε kept. With both, Σ R is the score:
    exactly, for any ε and bias_factor. With bias_factor 1 the start gets a share even where h0 = c0 = 0.
    """
    rule = _Rule(bias_factor, epsilon)
    batch = net.read(x, lengths)
    target, trace = _inputs.targets(net, target, batch.rows), net.trace(batch)
    scores = net.predict(net.last(trace))[np.arange(batch.rows), target]
    R_h, start = _from_the_score(net, trace, target, scores, rule), 0.0
    for layer in reversed(range(len(net.layers))):
        R_x = 0.0
        for direction in net.directions:
            turn, part = turned(direction), trace.at(layer, direction).as_read()
            here, left = THROUGH[net.cell](part, turn(R_h[direction], batch.lengths), rule)
            R_x = R_x + turn(here, batch.lengths)
            start = start + left
        R_h = dict(zip(net.directions, np.split(R_x, len(net.directions), axis=-1), strict=True)) if layer else None
    parts = {"start": start, "biases": rule.kept}
    total = R_x.sum((0, 2)) + start + rule.kept
    report = Conservation("Σ R + R of the start + R of the biases", "F(x)", total, scores)
    name = f"LRP (bias_factor {bias_factor:g}, ε {epsilon:g})"
    return Attribution(name, R_x, target, scores, batch.lengths, report, parts)


class _Rule:
    """The rule with its settings, and what biases and ε have kept so far: (B,)."""

    def __init__(self, bias_factor, epsilon):
        if not 0 <= bias_factor <= 1:
            raise ValueError(f"bias_factor is {bias_factor}; expected 0 (biases keep their share) to 1 (all handed on)")
        if not 0 <= epsilon < np.inf:
            raise ValueError(f"epsilon is {epsilon}; expected 0 or more; 0.001 is usual")
        self.bias_factor, self.epsilon, self.kept = bias_factor, epsilon, 0.0

    def share(self, z, R):
        """(R / (z + ε sign z), ε sign z): what one unit of each sum gets, and ε's own part of the sum. sign 0 is +1."""
        extra = np.where(z < 0, -self.epsilon, self.epsilon)
        whole = z + extra
        return np.divide(R, whole, out=np.zeros_like(R), where=whole != 0), extra

    def of_the_bias(self, share, bias, fan_in):
        """(B, 1): what each part of the sums (B, M) gets from their biases (ε's part among them); the rest is kept."""
        R_b = (share * bias).sum(-1, keepdims=True)
        self.kept = self.kept + (1 - self.bias_factor) * R_b[:, 0]
        return self.bias_factor * R_b / fan_in

    def of_two(self, first, second, R):
        """R of the two parts of first + second, unit by unit: fan-in 2."""
        share, extra = self.share(first + second, R)
        self.kept = self.kept + (1 - self.bias_factor) * (share * extra).sum(-1)
        half = self.bias_factor * share * extra / 2
        return first * share + half, second * share + half


def _from_the_score(net, trace, target, scores, rule):
    """{direction: R_h (T, B, H)}, in the order of x: at the step where the read-out reads h, 0 elsewhere."""
    h_last, b = net.last(trace), net.b_y[target][:, None]
    share, extra = rule.share(scores[:, None], scores[:, None])
    R = h_last * net.W_hy.T[target] * share + rule.of_the_bias(share, b + extra, h_last.shape[1])
    R_h = {}
    for direction, column in zip(net.directions, np.split(R, len(net.directions), axis=-1), strict=True):
        R_h[direction] = np.zeros((trace.steps, trace.batch, net.hidden_size))
        steps = trace.at(-1).lengths - 1 if direction == "forward" else 0
        R_h[direction][steps, np.arange(trace.batch)] = column
    return R_h


# -- through one layer: its Trace and R_h (T, B, H) -> R_x (T, B, D), and R of the start (B,) ------------------
def _rnn(trace, R_h, rule):
    p, a, h_prev, fan_in = trace.params, trace["a_h"], trace.h_prev, trace.x.shape[-1] + trace.hidden_size
    share, of_bias, R_next = _work(R_h)
    for t in reversed(range(trace.steps)):
        R_a = R_h[t] + R_next                                      # h = f(a): all that h gets goes to a
        share[t], extra = rule.share(a[t], R_a)                    # a = x W_xh + h_prev W_hh + b_h
        of_bias[t] = rule.of_the_bias(share[t], p["b_h"] + extra, fan_in)
        R_next = h_prev[t] * (share[t] @ p["W_hh"].T) + of_bias[t]
    return trace.x * _steps.times(share, p["W_xh"].T) + of_bias, R_next.sum(-1)


def _lstm(trace, R_h, rule):
    H, a_g, h_prev, fan_in = trace.hidden_size, trace["a_g"], trace.h_prev, trace.x.shape[-1] + trace.hidden_size
    W_xg, W_hg, b_g = (trace.params[name][..., 2 * H:3 * H] for name in ("W_x", "W_h", "b"))
    kept, new = trace.f * trace.c_prev, trace.i * trace.g
    share, of_bias, R_next = _work(R_h)
    R_c_next = np.zeros_like(R_next)
    for t in reversed(range(trace.steps)):
        R_c = R_c_next + R_h[t] + R_next                           # h = o tanh(c): o gets 0, c all
        R_c_next, R_g = rule.of_two(kept[t], new[t], R_c)          # c = f c_prev + i g
        share[t], extra = rule.share(a_g[t], R_g)                  # a_g = x W_xg + h_prev W_hg + b_g
        of_bias[t] = rule.of_the_bias(share[t], b_g + extra, fan_in)
        R_next = h_prev[t] * (share[t] @ W_hg.T) + of_bias[t]
    return trace.x * _steps.times(share, W_xg.T) + of_bias, (R_next + R_c_next).sum(-1)


def _gru(trace, R_h, rule):
    H, a_n, h_prev, fan_in = trace.hidden_size, trace["a_n"], trace.h_prev, trace.x.shape[-1] + trace.hidden_size
    W_xn, W_hn, b_n = (trace.params[name][..., 2 * H:] for name in ("W_x", "W_h", "b"))
    kept, new, bias = trace.z * h_prev, (1 - trace.z) * trace.n, b_n + trace.r * trace.params["b_hn"]
    share, of_bias, R_next = _work(R_h)
    for t in reversed(range(trace.steps)):
        R_kept, R_n = rule.of_two(kept[t], new[t], R_h[t] + R_next)    # h = z h_prev + (1 − z) n
        share[t], extra = rule.share(a_n[t], R_n)                  # a_n = x W_xn + b_n + r (h_prev W_hn + b_hn)
        of_bias[t] = rule.of_the_bias(share[t], bias[t] + extra, fan_in)
        R_next = R_kept + h_prev[t] * ((trace.r[t] * share[t]) @ W_hn.T) + of_bias[t]
    return trace.x * _steps.times(share, W_xn.T) + of_bias, R_next.sum(-1)


def _work(R_h):
    """Room for the shares of each step (T, B, H) and of its biases (T, B, 1), and R of the step after the last: 0."""
    return np.empty_like(R_h), np.empty((*R_h.shape[:2], 1)), np.zeros_like(R_h[0])


THROUGH = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}
