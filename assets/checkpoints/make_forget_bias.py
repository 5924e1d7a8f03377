"""How soon does an LSTM remember, by the bias of its forget gate? `python assets/checkpoints/make_forget_bias.py`.

Delayed recall over 12 steps, 32 units, and for comparison a GRU. Kept: the number of iterations until the loss on
unseen rows falls below a tenth of what the best constant guess scores; the last iteration if it never does.
"""

import fitting
import numpy as np

from rnncourse import losses, optimizers
from rnncourse.datasets import memory

DELAY, UNITS, BATCH, TESTED, EVERY = 12, 32, 32, 200, 10
BIASES, SEEDS = (-1, 0, 1, 3), (1, 2, 3)


def iterations_needed(cell, seed, most, **init):
    """Iterations of Adam until the loss on unseen rows is below a tenth of the baseline, at most `most`."""
    rng, test = np.random.default_rng(seed), memory.delayed_recall(np.random.default_rng(0), DELAY, TESTED)
    model = fitting.new_model(rng, cell, test.x.shape[2], UNITS, test.classes, np.float32, **init)
    optimizer, state = optimizers.Adam(learning_rate=0.003), None
    for k in range(most):
        if k % EVERY == 0 and loss(test)(fitting.run(model, cell, inputs(test))[1])[0] < test.baseline / 10:
            return k
        task = memory.delayed_recall(rng, DELAY, BATCH)
        grads = fitting.gradients(model, cell, inputs(task), loss(task))[1]
        model, state = optimizer.update(model, optimizers.clip_by_norm(grads, 1.0)[0], state)
    return most


def inputs(task):
    """x in float32."""
    return task.x.astype(np.float32)


def loss(task):
    """The function y -> (nats at the last step, dy)."""
    return lambda y: losses.softmax_cross_entropy(y, task.target, task.mask)


def main(arguments=None):
    """Run each bias with each seed and write forget_bias.npz."""
    asked, clock = fitting.options(__doc__, iterations=3000).parse_args(arguments), fitting.Clock()
    rows = [[bias, *(iterations_needed("lstm", seed, asked.iterations, forget_bias=bias) for seed in SEEDS)]
            for bias in BIASES]
    gru = [iterations_needed("gru", seed, asked.iterations) for seed in SEEDS]
    metadata = {"scores": {**{f"LSTM, forget bias {row[0]}": float(np.mean(row[1:])) for row in rows},
                           "GRU": float(np.mean(gru))},
                "data": "drawn by rnncourse.datasets.memory.delayed_recall", "seed": list(SEEDS),
                "iterations": asked.iterations, "delay": DELAY, "units": UNITS, "seconds": clock.seconds(),
                "task": f"delayed recall over {DELAY} steps, {UNITS} units: iterations until the loss on unseen rows "
                        f"is a tenth of the baseline, mean over the seeds; {asked.iterations}: not reached",
                "command": "python assets/checkpoints/make_forget_bias.py"}
    fitting.keep(asked.folder, "forget_bias", metadata,
                 curves={"iterations": np.array(rows, float), "GRU": np.array(gru, float)})


if __name__ == "__main__":
    main()
