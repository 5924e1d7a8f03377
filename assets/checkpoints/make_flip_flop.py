"""Train networks on the 3-bit flip-flop and count their fixed points: `python assets/checkpoints/make_flip_flop.py`.

Three cells of 16 units, each with four seeds. What is recorded of each network: its error, the share of bits that it
has right, and its fixed points without input (`explain.dynamics`), by the number of unstable modes; and how many
different answers its stable points give: 8 is every setting of three bits.
"""

import functools

import families
import numpy as np
from make_text_model import FallingAdam

from rnncourse import training
from rnncourse.datasets import memory
from rnncourse.explain import dynamics
from rnncourse.explain.model import Explained
from rnncourse.training import models

CELLS = ("rnn", "lstm", "gru")
BITS, UNITS, STEPS, P, BATCH = 3, 16, 48, 0.25, 64
EPOCHS, BATCHES, LEARNING_RATE = 30, 50, 0.01


def drawn(rng, count=BATCHES, batch=BATCH):
    """`count` batches (x, target) of the task."""
    for _ in range(count):
        task = memory.flip_flop(rng, BITS, STEPS, batch, P)
        yield task.x, task.target


def squared_error(y, target):
    """The mean over steps, rows and bits."""
    return ((y - target) ** 2).mean()


def train(cell, seed, epochs=EPOCHS):
    """(model, Run): a StepModel with the weights of its last epoch."""
    model = training.seeded(seed, lambda: models.StepModel(BITS, BITS, UNITS, cell))
    run = training.fit(model, drawn, squared_error, epochs=epochs, learning_rate=LEARNING_RATE, seed=seed,
                       optimizer=functools.partial(FallingAdam, iterations=epochs * BATCHES))
    return model, run


def scores(model, seed=1000):
    """{name: number} on new sequences, in float64: squared error, and the share of bits with the right sign."""
    task = memory.flip_flop(np.random.default_rng(seed), BITS, 200, 100, P)
    net = Explained.of(model)
    y = net.predict(net.trace(task.x).h)
    return {"squared error": float(((y - task.target) ** 2).mean()),
            "right": float((np.sign(y) == task.target).mean())}


def fixed_points(model, starts=512):
    """(what is recorded of them, `FixedPoints`): without input, from states that the task leads to."""
    net, task = Explained.of(model), memory.flip_flop(np.random.default_rng(7), BITS, STEPS, BATCH, P)
    trace = net.trace(task.x)
    states = np.concatenate([trace.h, trace.c], axis=-1) if net.cell == "lstm" else trace.h
    found = dynamics.fixed_points(net, starts=starts, states=states, rng=np.random.default_rng(0))
    codes = np.unique(np.sign(net.predict(found.stable[:, :net.hidden_size])), axis=0)
    return {"fixed points": len(found), "by unstable modes": {str(m): n for m, n in found.counts.items()},
            "index": found.index, "stable codes": len(codes)}, found


def one(cell, seed, epochs):
    """A trained network and what is recorded of it."""
    model, _ = train(cell, seed, epochs)
    return model, scores(model) | fixed_points(model)[0]


def main(arguments=None):
    """Train, score, count and write flip_flop.safetensors."""
    asked = families.options(__doc__, arguments, EPOCHS, CELLS, range(4))
    made, told = families.make(asked, one)
    families.keep(asked, "flip_flop", made, {
        "task": f"the {BITS}-bit flip-flop: the sign of the latest pulse of each bit", "scores": told, "baseline": 1.0,
        "batch": BATCH, "steps": STEPS, "pulses": P, "learning rate": LEARNING_RATE})


if __name__ == "__main__":
    main()
