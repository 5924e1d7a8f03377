"""Train a classifier of last names, an LSTM in both directions: `python assets/checkpoints/make_names.py`.

In each batch a third of the letters is hidden, drawn anew (number 0, whose embedding is 0): without it the network
knows its 8,000 names by heart within ten epochs and gains nothing. The weights with the fewest bits on the validation
part are kept; the test part is read once, at the end. More seeds are trained only to tell how far the scores
depend on the seed. Hidden share, sizes and learning rate were chosen by the validation part.
"""

import argparse
import copy
import functools
import math
import time
from pathlib import Path

import fitting
import numpy as np
import torch
from make_text_model import FallingAdam

from rnncourse import training
from rnncourse.datasets import names
from rnncourse.training import models
from rnncourse.validate import ngram

BATCH, LEARNING_RATE, HIDDEN, PATIENCE = 64, 0.004, 0.35, 6
ORDERS = (1, 2, 3, 4, 5)


def logits(model, data, part):
    """(N, K) scores and (N,) labels of a part, in the dtype of the model."""
    listed, labels = data.part(part)
    x, lengths = data.padded(listed)
    with torch.no_grad():
        return model(torch.from_numpy(x), torch.from_numpy(lengths)).numpy(), labels


def figures(scores, labels):
    """Accuracy, the share of names whose language is among the two likeliest, and the mean accuracy of a language."""
    order = np.argsort(-scores, axis=1, kind="stable")
    right = order[:, 0] == labels
    return {"accuracy": float(right.mean()), "top-2": float((order[:, :2] == labels[:, None]).any(1).mean()),
            "macro accuracy": float(np.mean([right[labels == k].mean() for k in np.unique(labels)]))}


def bits(model, data, part="validation"):
    """The mean surprise at the right language."""
    scores, labels = logits(model, data, part)
    return training.cross_entropy(torch.from_numpy(scores), torch.tensor(labels)).item() / math.log(2)


def hiding(batches, rng):
    """The batches with a share of their letters hidden, drawn anew each time; at least the lengths stay."""
    for x, lengths, y in batches:
        yield np.where(rng.random(x.shape) < HIDDEN, names.PADDING, x), lengths, y


def train(data, seed, epochs, **sizes):
    """(model, Run): a NameModel with its best weights."""
    iterations = epochs * math.ceil(len(data.part("train")[0]) / BATCH)
    model = training.seeded(seed, lambda: models.NameModel(data.symbols, len(data.languages), **sizes))
    run = training.fit(model, lambda rng: hiding(data.batches("train", BATCH, rng), rng), training.cross_entropy,
                       epochs=epochs, patience=PATIENCE, learning_rate=LEARNING_RATE, seed=seed,
                       optimizer=functools.partial(FallingAdam, iterations=iterations),
                       validate=lambda model: {"bits": bits(model, data)})
    return model, run


def counted(data, part, order):
    """(N, K) log2 of share · probability of each name, by an n-gram for each language; the end of a name counts."""
    def whole(listed):
        return [np.append(data.encode(name), names.PADDING) for name in listed]

    listed, labels = data.part("train")
    read, share = whole(data.part(part)[0]), np.log2(np.bincount(labels) / len(labels))
    grams = [ngram.fit(whole([name for name, label in zip(listed, labels, strict=True) if label == k]), order,
                       data.symbols) for k in range(len(data.languages))]
    return np.stack([share[k] - [each.sum() for each in gram.bits(read)] for k, gram in enumerate(grams)], axis=1)


def baselines(data):
    """{name: figures} on the test part: the commonest language, and n-grams of the order best on validation."""
    labels = data.part("test")[1]
    commonest = np.bincount(data.part("train")[1], minlength=len(data.languages)).astype(float)
    best = max(ORDERS, key=lambda order: figures(counted(data, "validation", order),
                                                 data.part("validation")[1])["accuracy"])
    return {"majority": figures(np.tile(commonest, (len(labels), 1)), labels),
            f"{best}-gram for each language": figures(counted(data, "test", best), labels)}


def scores(model, data):
    """{part: figures} of the model in float64."""
    exact = copy.deepcopy(model).double()
    return {part: figures(*logits(exact, data, part)) for part in names.SHARES}


def main(arguments=None):
    """Train, score and write names_lstm.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--embedding-size", type=int, default=64)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="the first one's network is kept")
    parser.add_argument("--folder", type=Path, default=fitting.HERE, help="where the .safetensors goes")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    data, found, start = names.load(), [], time.process_time()
    for seed in asked.seeds:
        model, run = train(data, seed, asked.epochs, hidden_size=asked.hidden_size, embedding_size=asked.embedding_size)
        found.append((model, run, scores(model, data), time.process_time() - start))
        start = time.process_time()
        print(f"seed {seed}: {found[-1][2]['test']} after {found[-1][3]:.0f} s", flush=True)
    model, run, reached, seconds = found[0]
    metadata = {"task": "the language of a last name, from its letters", "scores": reached,
                "test by seed": {str(seed): each[2]["test"] for seed, each in zip(asked.seeds, found, strict=True)},
                "baselines": baselines(data), "ceiling": data.ceiling("test"), "languages": list(data.languages),
                "alphabet": data.alphabet, "data": data.fingerprint, "source": data.source, "seed": asked.seeds[0],
                "seconds": round(seconds), "validation bits by epoch": run.history["bits"].tolist(),
                "hidden share of letters": HIDDEN, "batch": BATCH, "learning rate": LEARNING_RATE,
                "torch": torch.__version__, "command": "python assets/checkpoints/make_names.py"}
    path = training.save(asked.folder / "names_lstm.safetensors", model, metadata)
    print(training.read(path), f"\n  {path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
