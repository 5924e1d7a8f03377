"""Four networks on the adding problem, T = 100: `python assets/checkpoints/make_adding.py`. Keeps their curves.

A tanh RNN, a ReLU RNN that starts from W_hh = I (after Le, Jaitly & Hinton 2015, whose W_xh starts smaller), an LSTM
and a GRU, of 64 units each, see batches that are drawn anew each time; the test batch is the same for all and never
trained on. The plain networks get a smaller learning rate than the gated ones.
"""

import fitting
import numpy as np

from rnncourse import losses
from rnncourse.datasets import memory

STEPS, UNITS, BATCH, TESTED = 100, 64, 32, 500
NETWORKS = {"tanh RNN": ("rnn", {"activation": "tanh"}, 0.001),         # cell, options of its forward, learning rate
            "identity ReLU RNN": ("rnn", {"activation": "relu"}, 0.001),
            "LSTM": ("lstm", {}, 0.01), "GRU": ("gru", {}, 0.01)}


def start(name, rng):
    """The model before training, float32."""
    cell = NETWORKS[name][0]
    model = fitting.new_model(rng, cell, 2, UNITS, 1, np.float32, **({"forget_bias": 1} if cell == "lstm" else {}))
    if name == "identity ReLU RNN":
        model["cell"] |= {"W_hh": np.eye(UNITS, dtype=np.float32), "b_h": np.zeros(UNITS, np.float32)}
    return model


def error(task, y):
    """Mean squared error at the steps that count, and its gradient."""
    return losses.squared_error(y, task.target, task.mask)


def train(name, seed, iterations, every=50):
    """(N, 2): iteration and test error while one network learns."""
    cell, forward, learning_rate = NETWORKS[name]
    rng, test = np.random.default_rng(seed), memory.adding(np.random.default_rng(0), STEPS, TESTED)
    test_x = test.x.astype(np.float32)

    def step(model, k):
        task = memory.adding(rng, STEPS, BATCH)
        return fitting.gradients(model, cell, task.x.astype(np.float32), lambda y: error(task, y), **forward)[:2]

    def watch(model):
        return error(test, fitting.run(model, cell, test_x, **forward)[1])[0]

    return fitting.fit(start(name, rng), step, iterations, learning_rate, falling=False, watch=watch,
                       every=every)[1]["watched"]


def main(arguments=None):
    """Train all four and write adding_curves.npz."""
    asked, curves, seconds = fitting.options(__doc__, iterations=2500).parse_args(arguments), {}, {}
    for name in NETWORKS:
        clock = fitting.Clock()
        curves[name] = train(name, asked.seed, asked.iterations)
        seconds[name] = clock.seconds()
        print(f"{name}: test error {curves[name][-1, 1]:.4f} after {seconds[name]} s", flush=True)
    test = memory.adding(np.random.default_rng(0), STEPS, TESTED)
    metadata = {"scores": {**{name: float(curve[-1, 1]) for name, curve in curves.items()},
                           "best constant guess": test.baseline,
                           "best constant guess, on the same rows": error(test, np.ones_like(test.target))[0]},
                "data": "drawn by rnncourse.datasets.memory.adding", "seed": asked.seed, "seconds": seconds,
                "iterations": asked.iterations, "units": UNITS, "steps": STEPS, "batch": BATCH,
                "learning rates": {name: network[2] for name, network in NETWORKS.items()},
                "task": f"adding problem, T = {STEPS}, {UNITS} units; mean squared error on {TESTED} unseen rows. "
                        "Each curve: iteration, error", "command": "python assets/checkpoints/make_adding.py"}
    fitting.keep(asked.folder, "adding_curves", metadata, curves=curves)


if __name__ == "__main__":
    main()
