"""Integrated gradients beside captum's, at equal error; LRP and decomposition beside a plain loop over steps.

`python -m benchmarks.attribution` prints the tables; `integrated()`, `at_equal_gap()` and `loops()` give their rows.
One thread; the two in turn within each round; a ratio is that of the best times, since a busy machine only adds.
Both explain the same float64 network, and each table first checks that they find the same.
"""

import time

import numpy as np
import torch
from captum.attr import IntegratedGradients
from threadpoolctl import threadpool_limits
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks import _plain
from rnncourse import training
from rnncourse.explain import attribution, decomposition
from rnncourse.explain.lrp import lrp
from rnncourse.explain.model import Explained
from rnncourse.training import models

CASES = [    # cell, T, B, D, H, layers: T is the longest row, the others are drawn between T/3 and T
    ("lstm", 30, 32, 64, 128, 1), ("gru", 30, 32, 64, 128, 1), ("rnn", 30, 32, 64, 128, 1), ("lstm", 100, 8, 32, 64, 1),
    ("lstm", 30, 1, 16, 32, 1), ("lstm", 30, 16, 32, 64, 2)]
NODES, GAP, MOST_NODES = 20, 1e-3, 2560
LOOPS = [("rnn", 20, 32, 32, 64), ("lstm", 20, 32, 32, 64), ("gru", 20, 32, 32, 64)]


class Case:
    """A model in torch with a batch for it, and the same as Explained."""

    def __init__(self, cell, T, B, D, H, layers=1, seed=0):
        rng = np.random.default_rng(seed)
        self.recurrent, self.readout = training.seeded(seed, lambda: (
            {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell](D, H, layers), nn.Linear(H, 4)))
        for module in (self.recurrent, self.readout):
            module.double().requires_grad_(False)    # so that captum asks for the gradient of x alone
        self.lengths = np.sort(rng.integers(T // 3, T + 1, B))[::-1].copy()
        self.lengths[0] = T
        self.x = rng.normal(size=(T, B, D)) * (np.arange(T)[:, None] < self.lengths)[..., None]
        self.target = rng.integers(4, size=B)
        self.net = Explained(self.recurrent, self.readout)

    def forward(self, x):
        """captum's forward: x (B, T, D), the rows as often as it likes."""
        lengths = torch.as_tensor(np.tile(self.lengths, len(x) // len(self.lengths)))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        h, _ = self.recurrent(packed)
        rows = nn.utils.rnn.pad_packed_sequence(h, batch_first=True)[0]
        return self.readout(rows[torch.arange(len(x)), lengths - 1])

    def captum(self, nodes):
        x = torch.as_tensor(self.x).transpose(0, 1)
        found = IntegratedGradients(self.forward).attribute(x, torch.zeros_like(x), torch.as_tensor(self.target),
                                                            n_steps=nodes, method="gausslegendre")
        return found.transpose(0, 1).detach().numpy()

    def ours(self, **settings):
        return attribution.integrated_gradients(self.net, self.x, self.target, self.lengths, **settings).values


def integrated(rounds=5):
    """Rows {"case", "captum_ms", "ours / captum"} with the same nodes: the same sum, so the same error."""
    rows = []
    for case in CASES:
        made = Case(*case)
        ways = {"captum": lambda made=made: made.captum(NODES),
                "ours": lambda made=made: made.ours(nodes=NODES, tolerance=None)}
        _same(ways["captum"](), ways["ours"](), 1e-6, case)    # captum weighs its nodes in float32
        best = _best(ways, rounds)
        rows.append({"case": _name(case), "captum_ms": 1e3 * best["captum"],
                     "ours / captum": best["ours"] / best["captum"]})
    return rows


def at_equal_gap(rounds=3):
    """One row: a trained classifier of reviews, no row's sum to miss F(x) − F(baseline) by more than GAP.

    captum gets the fewest nodes of 20, 40, 80, … that come that far; ours gets the tolerance.
    """
    made, nodes = _trained(), NODES
    change = attribution.gradient_times_input(made.net, made.x, made.target, made.lengths).conservation.expected

    def gap(values):
        return float(np.abs(values.sum((0, 2)) - change).max())

    while (reached := gap(made.captum(nodes))) > GAP and nodes < MOST_NODES:
        nodes *= 2
    tolerance = GAP / 4 / max(1, np.abs(change).max())
    ways = {"captum": lambda: made.captum(nodes), "ours": lambda: made.ours(tolerance=tolerance)}
    best = _best(ways, rounds)
    return {"nodes": nodes, "captum gap": reached, "our gap": gap(ways["ours"]()), "captum_ms": 1e3 * best["captum"],
            "ours / captum": best["ours"] / best["captum"]}


def loops(rounds=3):
    """Rows {"case", "what", "ours_ms", "loop / ours"}: a batch in one call, and row by row, step by step."""
    rows = []
    for case in LOOPS:
        made = Case(*case)
        for what, ways in (("LRP", _lrp_ways(made)), ("decomposition", _decomposition_ways(made))):
            _same(ways["loop"](), ways["ours"](), 1e-8, (case, what))
            best = _best(ways, rounds)
            rows.append({"case": _name((*case, 1)), "what": what, "ours_ms": 1e3 * best["ours"],
                         "loop / ours": best["loop"] / best["ours"]})
    return rows


def _rows(made):
    """Each row alone, cut to its length, with its target."""
    return [(made.x[:end, b], made.target[b]) for b, end in enumerate(made.lengths)]


def _lrp_ways(made):
    net = made.net
    params = net.layers[0]["forward"]
    return {"ours": lambda: lrp(net, made.x, made.target, made.lengths, 1).tokens.sum(0),
            "loop": lambda: [_plain.lrp(net.cell, params, net.W_hy, net.b_y, x, k)[0].sum() for x, k in _rows(made)]}


def _decomposition_ways(made):
    """All but the first two steps as the phrase."""
    net, steps = made.net, np.arange(len(made.x))[:, None]
    params, phrase = net.layers[0]["forward"], (steps >= 2) & (steps < made.lengths)
    return {"ours": lambda: decomposition.of_phrase(net, made.x, made.target, phrase, made.lengths).beta,
            "loop": lambda: [_plain.decompose(net.cell, params, x, np.arange(len(x)) >= 2)[0] @ net.W_hy[:, k]
                             for x, k in _rows(made)]}


def _trained():
    """A Case of an LSTM trained on reviews, and 64 of its test reviews, embedded."""
    from rnncourse.datasets import sentiment

    reviews, made = sentiment.sample(np.random.default_rng(0), 1600), Case.__new__(Case)
    model = training.seeded(0, lambda: models.NameModel(reviews.symbols, 2, 16, 32, both=False))
    training.fit(model, lambda rng: [tuple(map(torch.as_tensor, b)) for b in reviews.batches("train", 32, rng)],
                 nn.functional.cross_entropy, epochs=8, learning_rate=1e-2, progress=False)
    model.double().requires_grad_(False)
    texts, labels = reviews.part("test")
    numbers, made.lengths = reviews.padded(texts[:64])
    made.net, made.recurrent, made.readout = Explained.of(model), model.recurrent, model.readout
    made.x, made.target = made.net.read(numbers, made.lengths).x, labels[:64]
    return made


def _best(ways, rounds):
    """{way: seconds of its best round}; on one thread process time is what the clock would show if nothing else ran."""
    times = {way: [] for way in ways}
    for _ in range(rounds):
        for way, act in ways.items():
            start = time.process_time()
            act()
            times[way].append(time.process_time() - start)
    return {way: min(spent) for way, spent in times.items()}


def _same(theirs, ours, tolerance, case):
    """No race between ways that compute different things."""
    gap = np.abs(np.asarray(theirs) - ours).max() / max(1.0, np.abs(ours).max())
    if not gap < tolerance:
        raise AssertionError(f"{case}: the two differ by {gap:.1e}")


def _name(case):
    cell, T, B, D, H, layers = case
    return f"{cell} {layers}x{H}, T={T} B={B} D={D}"


def main():
    """The three tables."""
    torch.set_num_threads(1)
    with threadpool_limits(1):
        print(f"{f'integrated gradients, {NODES} nodes, float64':44}{'captum ms':>11}{'ours/captum':>13}")
        for row in integrated():
            print(f"{row['case']:44}{row['captum_ms']:11.1f}{row['ours / captum']:12.2f}x", flush=True)
        row = at_equal_gap()
        name = f"trained LSTM, 64 reviews, gap below {GAP:g}"
        print(f"{name:44}{row['captum_ms']:11.1f}{row['ours / captum']:12.2f}x   captum at {row['nodes']} "
              f"nodes: gap {row['captum gap']:.1e}; ours {row['our gap']:.1e}", flush=True)
        print(f"\n{'a batch in one call, float64':44}{'ours ms':>11}{'plain loop':>13}")
        for row in loops():
            name = f"{row['what']}, {row['case']}"
            print(f"{name:44}{row['ours_ms']:11.1f}{row['loop / ours']:12.1f}x", flush=True)


if __name__ == "__main__":
    main()
