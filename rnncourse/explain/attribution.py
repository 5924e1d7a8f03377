"""Which inputs made this score? Gradient, gradient × input, integrated gradients, occlusion: one `Attribution` each.

    net = model.Explained.of(classifier)
    found = attribution.integrated_gradients(net, numbers, target=1, lengths=lengths)
    found.tokens, found.values, found.conservation

All take a whole batch: x (T, B) numbers of tokens or (T, B, D) features, lengths (B,), a target for all rows or one for
each. What is explained is the score itself, before any softmax. The padding gets exactly 0.
"""

from dataclasses import dataclass

import numpy as np

from rnncourse.explain import _inputs
from rnncourse.explain._gradient import blame, project, through_input
from rnncourse.explain._result import Attribution, Conservation
from rnncourse.explain.model import turned

__all__ = ["Attribution", "Conservation", "gradient", "gradient_times_input", "integrated_gradients", "occlusion"]

AT_ONCE = 1_000_000    # numbers in one array of gates: what fits memory, and nearly a processor's cache
SHORTEST = 2.0**-12    # a stretch of the line that is not cut any further
RULES = ("gauss-legendre", "midpoint", "right")


def gradient(net, x, target, lengths=None):
    """∂F/∂x: by how much the score moves for a small change of each feature. Nothing must sum to anything.

    `tokens` sums it over the features of a step, which says little; `norms` is the length of each step's gradient.
    """
    batch, target = _given(net, x, target, lengths)
    return _attribution("gradient", net, batch, target, _gradient(net, batch, target))


def gradient_times_input(net, x, target, lengths=None, baseline=None):
    """(x − baseline) ∂F/∂x, the baseline zeros where None: the score's change if F were affine all the way there."""
    batch, target = _given(net, x, target, lengths)
    base = _inputs.baseline(net, baseline, batch)
    values = (batch.x - base) * _gradient(net, batch, target)
    return _to_baseline("gradient × input", net, batch, target, values, base, "where F is affine in x")


def integrated_gradients(net, x, target, lengths=None, baseline=None, nodes=20, rule="gauss-legendre",
                         tolerance=1e-6):
    """(x − baseline) ∫ ∂F/∂x dα along the straight line from the baseline (α = 0) to x (α = 1).

    baseline   (D,) for every step, or (T, B, D); zeros where None
    nodes      at how many places on a stretch of the line the gradient is taken
    rule       how they are placed and weighed: "gauss-legendre" (exact for polynomials of degree 2·nodes − 1),
               "midpoint" (error falls as 1/nodes²), "right", the right Riemann sum (as 1/nodes)
    tolerance  a stretch on which the sum misses the change of F by more than this (times |F(x) − F(baseline)| where
               that is above 1) is cut in two, row by row, up to 12 times. None: one stretch, from 0 to 1

    Σ values = F(x) − F(baseline), but for the error of the rule: `conservation` has the gap. A network that was
    trained well jumps somewhere on the line, and 20 nodes for all of it then miss it by far.
    Source: Sundararajan, Taly, Yan 2017, "Axiomatic attribution for deep networks".
    """
    batch, target = _given(net, x, target, lengths)
    base = _inputs.baseline(net, baseline, batch)
    line = _Line(net, batch, target, base, *_places(nodes, rule))
    everywhere = np.arange(batch.rows), np.zeros(batch.rows), np.ones(batch.rows)
    F_start, F_end = line.score(*everywhere[:2]), line.score(everywhere[0], everywhere[2])
    values = _stretches(line, *everywhere, F_start, F_end, _allowed(tolerance, F_end - F_start), np.zeros_like(batch.x))
    report = Conservation("Σ values", "F(x) − F(baseline)", values.sum((0, 2)), F_end - F_start)
    return _attribution(f"integrated gradients ({nodes} nodes, {rule})", net, batch, target, values, F_end, report)


def occlusion(net, x, target, lengths=None, baseline=None, each="step"):
    """F(x) − F(x with one piece put to the baseline): what the score loses, piece by piece.

    each      "step": all features of a step together, values (T, B, 1); "feature": one by one, values (T, B, D)
    baseline  (D,) for every step, or (T, B, D); zeros where None

    It runs the network once for each piece. The pieces' losses need not sum to anything: two words that say the same
    lose nothing one at a time.
    """
    if each not in ("step", "feature"):
        raise ValueError(f"each is {each!r}; expected 'step' or 'feature', what is put to the baseline at a time")
    batch, target = _given(net, x, target, lengths)
    base = _inputs.baseline(net, baseline, batch)
    scores = _scores(net, batch, target)
    T, B, D = batch.x.shape
    values = np.zeros((T, B, 1 if each == "step" else D))
    pieces = np.argwhere(np.repeat(batch.mask[..., None], values.shape[-1], axis=-1))    # (N, 3): t, b, which
    at_once = max(1, AT_ONCE // (T * net.hidden_size * 4))
    for some in (pieces[k:k + at_once] for k in range(0, len(pieces), at_once)):
        t, b, d = some.T
        without, place = batch.x[:, b], np.arange(len(some))
        if each == "step":
            without[t, place] = base[t, b]
        else:
            without[t, place, d] = base[t, b, d]
        lost = scores[b] - _scores(net, _inputs.Batch(without, batch.lengths[b]), target[b])
        values[t, b, d] = lost
    return _to_baseline(f"occlusion of each {each}", net, batch, target, values, base, "where F is affine in x")


# -- the gradient, averaged along a line -----------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class _Line:
    """The line from the baseline (α = 0) to x (α = 1), and a rule: `places` (n,) on 0 to 1 and their `weights`."""

    net: object
    batch: _inputs.Batch
    target: np.ndarray
    base: np.ndarray
    places: np.ndarray
    weights: np.ndarray

    def score(self, rows, alpha):
        """(N,): F at α (N,) of each of `rows` (N,)."""
        way = self.batch.x[:, rows] - self.base[:, rows]
        there = _inputs.Batch(self.base[:, rows] + alpha[:, None] * way, self.batch.lengths[rows])
        return _scores(self.net, there, self.target[rows])

    def mean_gradient(self, rows, low, high):
        """(T, N, D): ∂F/∂x of `rows` (N,), averaged over α from low (N,) to high (N,).

        On the line the first layer's input is a_x = (base W_x + b) + α (x − base) W_x, so W_x is used once for all
        nodes; and the mean over the nodes is taken before it is used again, on the way back.
        """
        net, found = self.net, np.zeros((len(self.batch.x), len(rows), self.batch.x.shape[-1]))
        order = np.argsort(-self.batch.lengths[rows], kind="stable")
        at_once = max(1, AT_ONCE // (len(self.batch.x) * len(self.places) * net.gates))
        for some in (order[k:k + at_once] for k in range(0, len(order), at_once)):
            here, lengths = rows[some], self.batch.lengths[rows[some]]
            T, nodes = lengths[0], len(self.places)
            start, end = self.base[:T, here], self.batch.x[:T, here]
            alpha = low[some, None] + (high - low)[some, None] * self.places
            a = {d: _on_the_line(net, d, turned(d)(start, lengths), turned(d)(end - start, lengths), alpha)
                 for d in net.directions}
            da = blame(net, a, np.repeat(lengths, nodes), np.repeat(self.target[here], nodes))
            mean = {d: np.einsum("tbka,k->tba", each.reshape(T, len(some), nodes, -1), self.weights)
                    for d, each in da.items()}
            found[:T, some] = through_input(net, 0, mean, lengths)
        return found


def _stretches(line, rows, low, high, F_low, F_high, allowed, values):
    """`values` (T, B, D) with the integral over each stretch low to high (N,) of `rows` (N,) added, halved as needed.

    A stretch comes out if its sum is its change of F, F_high − F_low, within allowed (B,); it is not cut below 2⁻¹².
    """
    while len(rows):
        change = line.batch.x[:, rows] - line.base[:, rows]
        found = (high - low)[:, None] * line.mean_gradient(rows, low, high) * change
        gap = np.abs(found.sum((0, 2)) - (F_high - F_low))
        done = (gap <= allowed[rows]) | (high - low <= SHORTEST)
        np.add.at(values, (slice(None), rows[done]), found[:, done])
        rows, low, high, F_low, F_high = (each[~done] for each in (rows, low, high, F_low, F_high))
        middle = (low + high) / 2
        F_middle = line.score(rows, middle) if len(rows) else middle
        rows = np.tile(rows, 2)
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
        F_low, F_high = np.concatenate([F_low, F_middle]), np.concatenate([F_middle, F_high])
    return values


def _gradient(net, batch, target):
    """(T, B, D): ∂F/∂x at x."""
    one = np.ones(batch.rows)
    return _Line(net, batch, target, 0 * batch.x, np.ones(1), np.ones(1)).mean_gradient(np.arange(batch.rows), one, one)


def _on_the_line(net, direction, start, way, alpha):
    """(T, B × nodes, gates × H): what goes into the gates at each alpha (B, nodes)."""
    at_start = project(net, 0, direction, start)[:, :, None]
    along = project(net, 0, direction, way, bias=False)[:, :, None]
    a = alpha[..., None] * along
    a += at_start
    return a.reshape(*a.shape[:1], -1, a.shape[-1])


def _allowed(tolerance, change):
    """(B,): by how much a stretch may miss."""
    if tolerance is None:
        return np.full(change.shape, np.inf)
    if not tolerance > 0:
        raise ValueError(f"tolerance is {tolerance}; expected a number above 0, or None for one stretch of `nodes`")
    return tolerance * np.maximum(1, np.abs(change))


def _places(nodes, rule):
    """(places, weights) on 0 to 1."""
    if not isinstance(nodes, (int, np.integer)) or nodes < 1:
        raise ValueError(f"nodes is {nodes!r}; expected a whole number, 1 or more; 20 is enough for most")
    if rule == "gauss-legendre":
        places, weights = np.polynomial.legendre.leggauss(nodes)    # on −1 to 1
        return (places + 1) / 2, weights / 2
    if rule not in RULES:
        raise ValueError(f"no rule {rule!r}; choose one of {', '.join(RULES)}")
    shift = 0.5 if rule == "midpoint" else 0.0
    return (np.arange(1, nodes + 1) - shift) / nodes, np.full(nodes, 1 / nodes)


# -- what goes in, what comes out --------------------------------------------------------------------------
def _given(net, x, target, lengths):
    batch = net.read(x, lengths)
    return batch, _inputs.targets(net, target, batch.rows)


def _scores(net, batch, target):
    """(B,): F of each row."""
    return net.scores(batch)[np.arange(batch.rows), target]


def _attribution(method, net, batch, target, values, scores=None, conservation=None):
    scores = _scores(net, batch, target) if scores is None else scores
    return Attribution(method, values, target, scores, batch.lengths, conservation)


def _to_baseline(method, net, batch, target, values, base, only=None):
    """An Attribution whose values are to sum to F(x) − F(baseline)."""
    scores = _scores(net, batch, target)
    change = scores - _scores(net, _inputs.Batch(base, batch.lengths), target)
    report = Conservation("Σ values", "F(x) − F(baseline)", values.sum((0, 2)), change, only)
    return _attribution(method, net, batch, target, values, scores, report)
