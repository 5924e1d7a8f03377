"""Train networks on the 3-bit flip-flop and count their fixed points: `python assets/checkpoints/make_flip_flop.py`.

Three cells of 16 units, each with four seeds. What is recorded of each network: its error, the share of bits that it
has right, and its fixed points without input (`explain.dynamics`), by the number of unstable modes; and how many
different answers its stable points give: 8 is every setting of three bits.
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


def main(arguments=None):
    """Train, score, count and write flip_flop.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--cells", nargs="+", default=list(CELLS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--folder", type=Path, default=fitting.HERE, help="where the .safetensors goes")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    made, told = {}, {}
    for cell in asked.cells:
        for seed in asked.seeds:
            start, name = time.process_time(), f"{cell} {seed}"
            made[name], run = train(cell, seed, asked.epochs)
            seconds = time.process_time() - start
            told[name] = scores(made[name]) | fixed_points(made[name])[0] | {"seconds": round(seconds, 1)}
            print(f"{name}: {told[name]}", flush=True)
    metadata = {"task": f"the {BITS}-bit flip-flop: the sign of the latest pulse of each bit", "scores": told,
                "baseline": 1.0, "command": "python assets/checkpoints/make_flip_flop.py", "epochs": asked.epochs,
                "batch": BATCH, "steps": STEPS, "pulses": P, "learning rate": LEARNING_RATE, "seeds": asked.seeds}
    path = training.save(asked.folder / "flip_flop.safetensors", made, metadata)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
