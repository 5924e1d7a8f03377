"""Train networks to add two marked numbers, LSTM and GRU, 5 seeds each: `python assets/checkpoints/make_addition.py`.

Twenty numbers come one by one, two of them with a marker: what is their sum? So it is known which two steps decide.
Recorded of each network: its squared error, and the share of sums that it has right to within 0.04, the criterion of
Hochreiter and Schmidhuber (1997).
"""

import argparse
import functools
import time
from pathlib import Path

import fitting
import numpy as np
import torch
from make_text_model import FallingAdam

from rnncourse import training
from rnncourse.datasets import memory
from rnncourse.explain.model import Explained
from rnncourse.training import models

CELLS = ("lstm", "gru")
UNITS, STEPS, BATCH, WITHIN = 16, 20, 64, 0.04
EPOCHS, BATCHES, LEARNING_RATE = 40, 100, 0.01


def drawn(rng, count=BATCHES):
    """`count` batches (x (T, B, 2), sums (B, 1)), each drawn anew."""
    for _ in range(count):
        task = memory.adding(rng, STEPS, BATCH)
        yield task.x, task.target[-1]


def squared_error(y, target):
    """The mean over the rows."""
    return ((y - target) ** 2).mean()


def train(cell, seed, epochs=EPOCHS):
    """(model, Run): a ForecastModel with the weights of its last epoch."""
    model = training.seeded(seed, lambda: models.ForecastModel(2, UNITS, 1, cell))
    run = training.fit(model, drawn, squared_error, epochs=epochs, learning_rate=LEARNING_RATE, seed=seed,
                       optimizer=functools.partial(FallingAdam, iterations=epochs * BATCHES))
    return model, run


def scores(model, seed=1000, count=2000):
    """{name: number} on new sequences, in float64."""
    task = memory.adding(np.random.default_rng(seed), STEPS, count)
    missed = Explained.of(model).scores(task.x) - task.target[-1]
    return {"squared error": float((missed**2).mean()), "right": float((np.abs(missed) < WITHIN).mean())}


def main(arguments=None):
    """Train, score and write addition.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--cells", nargs="+", default=list(CELLS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--folder", type=Path, default=fitting.HERE, help="where the .safetensors goes")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    made, told = {}, {}
    for cell in asked.cells:
        for seed in asked.seeds:
            start, name = time.process_time(), f"{cell} {seed}"
            made[name], _ = train(cell, seed, asked.epochs)
            told[name] = scores(made[name]) | {"seconds": round(time.process_time() - start, 1)}
            print(f"{name}: {told[name]}", flush=True)
    metadata = {"task": f"the sum of the two marked numbers among {STEPS}", "scores": told, "baseline": 1 / 6,
                "command": "python assets/checkpoints/make_addition.py", "epochs": asked.epochs, "batch": BATCH,
                "steps": STEPS, "within": WITHIN, "learning rate": LEARNING_RATE, "seeds": asked.seeds}
    path = training.save(asked.folder / "addition.safetensors", made, metadata)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
