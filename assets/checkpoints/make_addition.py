"""Train networks to add two marked numbers, LSTM and GRU, 5 seeds each: `python assets/checkpoints/make_addition.py`.

Twenty numbers come one by one, two of them with a marker: what is their sum? So it is known which two steps decide.
Recorded of each network: its squared error, and the share of sums that it has right to within 0.04, the criterion of
Hochreiter and Schmidhuber (1997).
"""

import functools

import families
import numpy as np
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


def one(cell, seed, epochs):
    """A trained network and what is recorded of it."""
    model, _ = train(cell, seed, epochs)
    return model, scores(model)


def main(arguments=None):
    """Train, score and write addition.safetensors."""
    asked = families.options(__doc__, arguments, EPOCHS, CELLS, range(5))
    made, told = families.make(asked, one)
    families.keep(asked, "addition", made, {
        "task": f"the sum of the two marked numbers among {STEPS}", "scores": told, "baseline": 1 / 6, "batch": BATCH,
        "steps": STEPS, "within": WITHIN, "learning rate": LEARNING_RATE})


if __name__ == "__main__":
    main()
