"""forward + backward of each cell beside torch.nn's, and beside a loop of torch operations with autograd.

`python -m benchmarks.cells` prints a table; `run()` gives its rows. float32, one thread on every side, the three in
turn within each round. All three compute the same: h at every step, and the gradients of the weights, of x and of
the start. Times are CPU times, which on one thread are what an idle machine's clock would show. A ratio is that of
the best times, since a busy machine only adds; the median of the rounds' ratios stands beside it.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from rnncourse.cells import gru, lstm, rnn

CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}
SHAPES = [(25, 1, 65, 100), (100, 1, 64, 128), (100, 32, 64, 128), (50, 64, 128, 256), (200, 16, 8, 32),
          (100, 128, 64, 512)]    # T, B, D, H
SECONDS = 1.5    # to spend on a row, with at least MIN_ROUNDS rounds
MIN_ROUNDS, MAX_ROUNDS = 5, 60


def run(cells=tuple(CELLS), shapes=tuple(SHAPES), seconds=SECONDS):
    """Rows {"cell", "shape", "ours_ms", "torch_ms", "ours / torch", "median", "loop / torch"}, one a cell and shape."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            return [_row(name, shape, seconds) for name in cells for shape in shapes]
    finally:
        torch.set_num_threads(threads)


def geometric_mean(rows, what="ours / torch"):
    """{cell: geometric mean of a ratio over its shapes}."""
    cells = dict.fromkeys(row["cell"] for row in rows)
    return {cell: statistics.geometric_mean(row[what] for row in rows if row["cell"] == cell) for cell in cells}


@dataclass
class Case:
    """The same weights, input and outside gradient for all three sides, as NumPy arrays and as tensors."""

    name: str
    params: dict
    x: np.ndarray
    dh: np.ndarray

    @classmethod
    def of(cls, name, shape):
        T, B, D, H = shape
        rng = np.random.default_rng(0)
        x, dh = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
        return cls(name, CELLS[name].init(rng, D, H, dtype=np.float32), x.astype(np.float32), dh.astype(np.float32))

    def ways(self):
        return {"ours": self.ours(), "torch": self.module(), "loop": self.loop()}

    def ours(self) -> Callable:
        cell = CELLS[self.name]

        def both():
            trace = cell.forward(self.params, self.x)
            return trace.h, cell.backward(self.params, trace, self.dh)[1]
        return both

    def module(self) -> Callable:
        (D, _), (H, _) = (p.shape for p in list(self.params.values())[:2])
        net = getattr(torch.nn, self.name.upper())(D, H)
        W_x, W_h, b, *b_hn = (torch.from_numpy(p) for p in self.params.values())
        with torch.no_grad():
            for parameter, value in zip(net.parameters(), (W_x.T, W_h.T, b, torch.zeros_like(b)), strict=True):
                parameter.copy_(value)
            if b_hn:
                net.bias_hh_l0[2 * H:] = b_hn[0]
        return self._with_autograd(net.parameters(), lambda x: net(x)[0])

    def loop(self) -> Callable:
        p = {name: torch.tensor(value, requires_grad=True) for name, value in self.params.items()}
        step = {"rnn": _rnn_step, "lstm": _lstm_step, "gru": _gru_step}[self.name]

        def forward(x):
            H = list(p.values())[1].shape[0]
            state, out = (torch.zeros(x.shape[1], H),) * 2, []
            for x_t in x:
                state = step(p, x_t, *state)
                out.append(state[0])
            return torch.stack(out)
        return self._with_autograd(p.values(), forward)

    def _with_autograd(self, parameters, forward):
        x, dh, parameters = torch.tensor(self.x, requires_grad=True), torch.tensor(self.dh), list(parameters)

        def both():
            for leaf in (*parameters, x):
                leaf.grad = None
            h = forward(x)
            h.backward(dh)
            return h.detach().numpy(), x.grad.numpy()
        return both


def _rnn_step(p, x_t, h, c):
    return torch.tanh(x_t @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]), c


def _lstm_step(p, x_t, h, c):
    i, f, g, o = (x_t @ p["W_x"] + h @ p["W_h"] + p["b"]).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _gru_step(p, x_t, h, c):
    x_r, x_z, x_n = (x_t @ p["W_x"] + p["b"]).chunk(3, dim=-1)
    h_r, h_z, h_n = (h @ p["W_h"]).chunk(3, dim=-1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    return (1 - z) * torch.tanh(x_n + r * (h_n + p["b_hn"])) + z * h, c


def _row(name, shape, seconds):
    ways = Case.of(name, shape).ways()
    _same({way: act() for way, act in ways.items()}, f"{name} {shape}")    # this warms up, too
    times, until = {way: [] for way in ways}, time.perf_counter() + seconds
    while len(times["ours"]) < MIN_ROUNDS or (time.perf_counter() < until and len(times["ours"]) < MAX_ROUNDS):
        for way, act in ways.items():
            start = time.process_time_ns()
            act()
            times[way].append(1e-6 * (time.process_time_ns() - start))
    best = {way: min(t) for way, t in times.items()}
    return {"cell": name, "shape": shape, "ours_ms": best["ours"], "torch_ms": best["torch"],
            "ours / torch": best["ours"] / best["torch"], "loop / torch": best["loop"] / best["torch"],
            "median": statistics.median(a / b for a, b in zip(times["ours"], times["torch"], strict=True))}


def _same(results, where):
    """No race between sides that compute different things."""
    for way, arrays in results.items():
        for ours, theirs in zip(results["ours"], arrays, strict=True):
            gap = np.abs(ours - theirs).max() / np.abs(theirs).max()
            if not gap < 1e-4:
                raise AssertionError(f"{where}: {way} differs from ours by {gap:.1e} of the largest number")


def main():
    """The table, with the geometric mean of each cell."""
    print(f"{'forward + backward, float32, one thread':32}{'ours ms':>10}{'torch ms':>10}{'ours/torch':>12}"
          f"{'median':>9}{'autograd loop/torch':>21}")
    for cell in CELLS:
        rows = run(cells=(cell,))
        for row in rows:
            print(f"{cell:5}T, B, D, H = {', '.join(map(str, row['shape'])):17}{row['ours_ms']:9.2f}"
                  f"{row['torch_ms']:10.2f}{row['ours / torch']:12.2f}{row['median']:9.2f}{row['loop / torch']:21.2f}",
                  flush=True)
        means = [geometric_mean(rows, what)[cell] for what in ("ours / torch", "median", "loop / torch")]
        print(f"{cell:5}{'geometric mean':27}{'':20}{means[0]:12.2f}{means[1]:9.2f}{means[2]:21.2f}\n")


if __name__ == "__main__":
    main()
