"""Explorer of chapter 02: how many steps may the blame walk back, and how much of the gradient is left?"""

from dataclasses import dataclass

import numpy as np

from rnncourse.cells import bptt, rnn
from rnncourse.explorers.base import Explorer, choice, slider
from rnncourse.losses import squared_error
from rnncourse.plots.triangle import TruncationScene


@dataclass(frozen=True, eq=False)
class TruncatedRun:
    """A gradient cut to a span of steps, and what the picture adds: item sizes (T, T); way -> cosine for each span."""

    span: int
    way: str
    result: bptt.Truncated
    size: np.ndarray
    cosines: dict


def truncated_run(G, span, way):
    """The `TruncatedRun` of items G (T, T, H, H), cut to `span` steps by "chunk" or by "window"."""
    cosines = {w: np.array([bptt.truncated(G, size, w).cosine for size in range(1, len(G) + 1)])
               for w in ("chunk", "window")}
    return TruncatedRun(span, way, bptt.truncated(G, span, way), np.linalg.norm(G, axis=(2, 3)), cosines)


class Truncation(Explorer):
    """The triangle G[k, t] of W_hh under truncation. `Truncation(params, x, target)`, for one sequence.

    params  W_xh, W_hh, b_h of the recurrent layer and W_hy, b_y of the read-out
    x, target  (T, 1, D) and (T, 1, K); the loss is the mean squared error
    """

    span = slider(7, low=1, high=28, step=1, label="span S", unit="steps kept")
    way = choice("chunk", options=("chunk", "window"), label="cut by")
    scale = slider(1.0, low=0, high=2, step=0.05, label="scale of W_hh", unit="times")

    size = (9, 3.9)

    def __init__(self, params, x, target, **state):
        self.run, self._items = (params, x, target), {}
        span = slider(min(7, len(x)), low=1, high=len(x), step=1, label="span S", unit="steps kept")
        super().__init__(controls={"span": span}, **state)

    @classmethod
    def example(cls):
        """A small random network over four weeks of random numbers."""
        rng = np.random.default_rng(0)
        params = rnn.init(rng, 2, 4) | {"W_hy": rng.normal(size=(4, 1)), "b_y": np.zeros(1)}
        return cls(params, rng.normal(size=(28, 1, 2)), rng.normal(size=(28, 1, 1)))

    def items(self, scale):
        """G (T, T, H, H) of W_hh, with W_hh that many times as large; kept until the scale moves."""
        if scale not in self._items:
            params, x, target = self.run
            recurrent = {"W_xh": params["W_xh"], "W_hh": scale * params["W_hh"], "b_h": params["b_h"]}
            trace = rnn.forward(recurrent, x)
            _, dy = squared_error(trace.h @ params["W_hy"] + params["b_y"], target)
            self._items = {scale: bptt.itemised_recurrent(trace, dy @ params["W_hy"].T)}
        return self._items[scale]

    def compute(self, span, way, scale):
        """The plain function, on this network's items."""
        return truncated_run(self.items(scale), int(span), way)

    def scene(self, figure):
        """The triangle of this network's steps."""
        return TruncationScene(figure, len(self.run[1]))

    def describe(self, run):
        """What the cut leaves, in words."""
        cut = {"chunk": f"pieces of {run.span} steps", "window": f"a window of {run.span} steps"}[self.way]
        here, there = run.result.items
        return (f"With {cut}, {here} of {there} items are kept. What is left has {run.result.length:.2f} times the "
                f"length of the full gradient, and the cosine between the two is {run.result.cosine:.3f}.")
