"""What the scripts in this folder share: a cell with a linear read-out, its gradient, and a training loop, in NumPy."""

import argparse
import math
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")     # read when NumPy loads: these matrices are too small to share out

import numpy as np  # noqa: E402

from rnncourse import optimizers  # noqa: E402
from rnncourse.cells import gru, lstm, rnn  # noqa: E402
from rnncourse.datasets import checkpoints  # noqa: E402

HERE = Path(__file__).resolve().parent
CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}


def options(description, iterations, seed=1):
    """The command line of a script: what all of them understand. `add_argument` for more, then `parse_args()`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--iterations", type=int, default=iterations)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--folder", type=Path, default=HERE, help="where the .npz goes")
    return parser


def new_model(rng, cell, input_size, hidden_size, outputs, dtype=np.float64, **init):
    """{"cell": parameters of the cell, "W_hy": (H, K), "b_y": (K,)}, the read-out uniform in ±1/√H, its bias 0."""
    bound = 1 / np.sqrt(hidden_size)
    return {"cell": CELLS[cell].init(rng, input_size, hidden_size, dtype=dtype, **init),
            "W_hy": rng.uniform(-bound, bound, (hidden_size, outputs)).astype(dtype), "b_y": np.zeros(outputs, dtype)}


def run(model, cell, x, **forward):
    """The Trace over x (T, B, D) and the prediction y (T, B, K) = h W_hy + b_y."""
    trace = CELLS[cell].forward(model["cell"], x, **forward)
    return trace, trace.h @ model["W_hy"] + model["b_y"]


def gradients(model, cell, x, loss, **forward):
    """(loss, gradients shaped as the model, Trace); `loss` takes y and returns (number, dy)."""
    trace, y = run(model, cell, x, **forward)
    value, dy = loss(y)
    dcell = CELLS[cell].backward(model["cell"], trace, dy @ model["W_hy"].T)[0]
    flat_h, flat_dy = trace.h.reshape(-1, trace.hidden_size), dy.reshape(-1, dy.shape[-1])
    return value, {"cell": dcell, "W_hy": flat_h.T @ flat_dy, "b_y": flat_dy.sum(0)}, trace


def fit(model, step, iterations, learning_rate, falling=True, watch=None, every=25):
    """Train with Adam, the gradient's norm clipped at 1; a falling learning rate ends, along a half cosine, at 1/100.

    step(model, k) -> (loss, gradients) of iteration k; watch(model) -> a number to keep small, asked every `every`
    iterations. Returns the model that `watch` liked best (the last one without `watch`), and the curves.
    """
    state, losses, watched, best = None, [], [], (np.inf, model)
    for k in range(iterations):
        value, grads = step(model, k)
        losses.append(value)
        # math, not NumPy: a float64 scalar of NumPy's would turn float32 parameters into float64
        rate = learning_rate * (0.505 + 0.495 * math.cos(math.pi * k / iterations) if falling else 1)
        model, state = optimizers.Adam(rate).update(model, optimizers.clip_by_norm(grads, 1.0)[0], state)
        if watch and ((k + 1) % every == 0 or k + 1 == iterations):
            watched.append((k + 1, watch(model)))
            best = min(best, (watched[-1][1], model), key=lambda pair: pair[0])
    curves = {"loss": np.array(losses), **({"watched": np.array(watched)} if watch else {})}
    return (best[1] if watch else model), curves


def as_kept(model):
    """The model as a checkpoint gives it back: every number rounded to float32, in float64 arrays. Score this one."""
    def rounded(array):
        return array.astype(np.float32).astype(np.float64)

    return {"cell": {name: rounded(array) for name, array in model["cell"].items()},
            "W_hy": rounded(model["W_hy"]), "b_y": rounded(model["b_y"])}


def keep(folder, name, metadata, model=None, curves=None):
    """Write the checkpoint and print it."""
    params, readout = (model["cell"], {key: model[key] for key in ("W_hy", "b_y")}) if model else (None, None)
    path = checkpoints.save(folder / f"{name}.npz", metadata, params, readout, curves)
    print(checkpoints.read(path), f"\n  {path.name}: {path.stat().st_size / 1000:.0f} kB")


class Clock:
    """Seconds since it was made."""

    def __init__(self):
        self.start = time.perf_counter()

    def seconds(self):
        """Rounded to whole seconds: for orientation, not for comparison."""
        return round(time.perf_counter() - self.start)
