"""Train readers of short reviews, LSTM and GRU, five seeds each: `python assets/checkpoints/make_sentiment.py`.

The reviews come from a grammar of our own, so what each means and which words decide it is known. The network reads
word by word and is asked once, at the end: blame (score 0) or praise (score 1). Recorded of each: the share of unseen
reviews that it judges rightly, also of those with "but", with a turning word, and of more clauses than it learnt from.
"""

import functools
import math

import families
import numpy as np
import torch
from make_text_model import FallingAdam

from rnncourse import training
from rnncourse.datasets import sentiment
from rnncourse.explain.model import Explained
from rnncourse.training import models

CELLS = ("lstm", "gru")
UNITS, EMBEDDING, BATCH = 32, 16, 64
REVIEWS, EPOCHS, LEARNING_RATE, WEIGHT_DECAY = 8000, 12, 0.005, 1e-4
TURNING = {"not", "never"}


@functools.cache
def reviews():
    """The reviews that all networks learn from and are tested on."""
    return sentiment.sample(np.random.default_rng(0), REVIEWS)


@functools.cache
def longer(count=1000):
    """Reviews of seven to twelve clauses, twice or three times what was learnt from."""
    rng, found = np.random.default_rng(1), []
    whole = sentiment.sample(rng, REVIEWS).texts
    while len(found) < count:
        parts = [whole[k] for k in rng.integers(len(whole), size=3)]
        words = (*parts[0], "and", *parts[1], "and", *parts[2])
        if sum(word in ("and", "but") for word in words) >= 6 and sentiment.read(words)[-1] != 0:
            found.append(words)
    return sentiment.Reviews(tuple(found))


def weight_decayed(weights, lr, iterations):
    """FallingAdam whose weights shrink a little: without it the scores grow to hundreds."""
    optimizer = FallingAdam(weights, lr, iterations)
    for group in optimizer.param_groups:
        group["weight_decay"] = WEIGHT_DECAY
    return optimizer


def train(cell, seed, epochs=EPOCHS):
    """(model, Run): a NameModel, one direction, with the weights of its best epoch on the validation part."""
    data = reviews()
    iterations = epochs * math.ceil(len(data.rows("train")) / BATCH)
    model = training.seeded(seed, lambda: models.NameModel(data.symbols, 2, EMBEDDING, UNITS, both=False, cell=cell))
    run = training.fit(model, lambda rng: data.batches("train", BATCH, rng), training.cross_entropy, epochs=epochs,
                       learning_rate=LEARNING_RATE, seed=seed,
                       optimizer=functools.partial(weight_decayed, iterations=iterations),
                       validate=lambda model: {"nats": nats(model, data)})
    return model, run


def nats(model, data):
    """The mean surprise at the right label on the validation part."""
    texts, labels = data.part("validation")
    x, lengths = data.padded(texts)
    return training.cross_entropy(model(torch.from_numpy(x), torch.from_numpy(lengths)), torch.tensor(labels)).item()


def right(model, data, texts, labels):
    """(n,) booleans, in float64: which reviews the network judges rightly."""
    return Explained.of(model).scores(*data.padded(texts)).argmax(1) == labels


def scores(model):
    """{name: share of reviews judged rightly}."""
    data = reviews()
    texts, labels = data.part("test")
    found = right(model, data, texts, labels)
    but, turned = (np.array([bool(set(words) & wanted) for words in texts]) for wanted in ({"but"}, TURNING))
    return {"test": float(found.mean()), "with but": float(found[but].mean()),
            "with not or never": float(found[turned].mean()),
            "seven clauses and more": float(right(model, longer(), longer().texts, longer().labels).mean())}


def baselines():
    """{name: share}: the commonest label, and a logistic regression on how often each word occurs."""
    from sklearn.linear_model import LogisticRegression

    data, parts = reviews(), {}
    for part in ("train", "test"):
        texts, labels = data.part(part)
        parts[part] = np.stack([np.bincount(data.encode(words), minlength=data.symbols) for words in texts]), labels
    counted = LogisticRegression(max_iter=2000).fit(*parts["train"])
    share = parts["test"][1].mean()
    return {"commonest label": float(max(share, 1 - share)), "word counts": float(counted.score(*parts["test"]))}


def one(cell, seed, epochs):
    """A trained network and what is recorded of it."""
    model, run = train(cell, seed, epochs)
    return model, scores(model) | {"validation nats": float(run.history["nats"].min())}


def main(arguments=None):
    """Train, score and write sentiment.safetensors."""
    asked = families.options(__doc__, arguments, EPOCHS, CELLS, range(5))
    made, told = families.make(asked, one)
    families.keep(asked, "sentiment", made, {
        "task": "does a review praise (1) or blame (0)?", "scores": told, "baselines": baselines(),
        "vocabulary": list(reviews().vocabulary), "data": reviews().fingerprint, "reviews": REVIEWS, "batch": BATCH,
        "learning rate": LEARNING_RATE, "weight decay": WEIGHT_DECAY})


if __name__ == "__main__":
    main()
