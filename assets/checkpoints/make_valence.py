"""Train networks to keep a running count of praise and blame: `python assets/checkpoints/make_valence.py`.

Words come at random: one in five praises (+1), one in five blames (−1), the others are nouns and count nothing. After
each word the network is asked for the sum so far. No rules, no order: the plainest task that a line of states solves.
Three cells of 16 units, three seeds each. Recorded: the squared error on new texts, of the length that was learnt and
of three times that, beside the best constant guess.
"""

import functools

import families
import numpy as np
from make_text_model import FallingAdam

from rnncourse import training
from rnncourse.datasets import sentiment
from rnncourse.explain.model import Explained
from rnncourse.training import models

WORDS = sentiment.PRAISE + sentiment.BLAME + sentiment.NOUNS
WORTH = np.repeat([1, -1, 0], [len(sentiment.PRAISE), len(sentiment.BLAME), len(sentiment.NOUNS)])
CELLS, SEEDS = ("gru", "lstm", "rnn"), (0, 1, 2)
UNITS, STEPS, BATCH, CHANCE = 16, 40, 32, 0.2
EPOCHS, BATCHES, LEARNING_RATE = 40, 50, 0.01


def texts(rng, steps=STEPS, batch=BATCH):
    """x (T, B, 28) one-hot words, target (T, B, 1): the sum so far."""
    kind = rng.choice(3, size=(steps, batch), p=[CHANCE, CHANCE, 1 - 2 * CHANCE])
    start, count = np.array([0, 10, 20]), np.array([10, 10, 8])
    word = start[kind] + (rng.random((steps, batch)) * count[kind]).astype(int)
    return np.eye(len(WORDS))[word], np.cumsum(WORTH[word], axis=0)[..., None].astype(float)


def drawn(rng, count=BATCHES):
    """`count` batches of the task."""
    for _ in range(count):
        yield texts(rng)


def squared_error(y, target):
    """The mean over steps and texts."""
    return ((y - target) ** 2).mean()


def train(cell, seed, epochs=EPOCHS):
    """A StepModel with the weights of its last epoch."""
    model = training.seeded(seed, lambda: models.StepModel(len(WORDS), 1, UNITS, cell))
    training.fit(model, drawn, squared_error, epochs=epochs, learning_rate=LEARNING_RATE, seed=seed,
                 optimizer=functools.partial(FallingAdam, iterations=epochs * BATCHES))
    return model


def scores(model):
    """{name: number} on new texts, in float64."""
    net, found = Explained.of(model), {}
    for name, steps in (("squared error", STEPS), ("squared error, three times as long", 3 * STEPS)):
        x, target = texts(np.random.default_rng(1000), steps, 500)
        found[name] = float(((net.predict(net.trace(x).h) - target) ** 2).mean())
        found[name.replace("squared error", "constant guess")] = float((target ** 2).mean())
    return found


def one(cell, seed, epochs):
    """A trained network and what is recorded of it."""
    model = train(cell, seed, epochs)
    return model, scores(model)


def main(arguments=None):
    """Train, score and write valence.safetensors."""
    asked = families.options(__doc__, arguments, EPOCHS, CELLS, SEEDS)
    made, told = families.make(asked, one)
    families.keep(asked, "valence", made, {
        "task": "the sum so far: +1 for each word of praise, −1 for each of blame", "scores": told,
        "words": list(WORDS), "worth": WORTH.tolist(), "batch": BATCH, "steps": STEPS, "chance": CHANCE,
        "learning rate": LEARNING_RATE})


if __name__ == "__main__":
    main()
