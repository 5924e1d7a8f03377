"""Train a GRU on each of Tomita's languages and extract its automaton: `python assets/checkpoints/make_tomita.py`.

12 units; the training words are balanced and up to 15 letters long, in every fourth batch up to 50, and the network is
asked for its verdict after each letter. Recorded of each: the share of verdicts that are right on every word up to 12
letters, and on long words (50 to 200) of which half were built to be accepted; and the automata that come out of it, by
clusters and by questions.
"""

import argparse
import functools
import time
from pathlib import Path

import fitting
import numpy as np
import torch
from make_text_model import FallingAdam
from torch.nn import functional

from rnncourse import training
from rnncourse.datasets import formal
from rnncourse.explain import automata, extraction
from rnncourse.explain.recogniser import Recogniser
from rnncourse.training import models

UNITS, BATCH, LONGEST = 12, 64, 15
EPOCHS, BATCHES, LEARNING_RATE = 20, 50, 0.01
LONG_EVERY, LONG_BATCH, LONG = 4, 32, 50      # without some long words a network may lose its place in longer ones
INPUTS, SILENCE = {"0": [1.0, 0.0], "1": [0.0, 1.0]}, [0.0, 0.0]


def drawn(language, rng, count=BATCHES):
    """`count` batches (x, target): balanced words with a verdict after each letter; every fourth is of long ones."""
    for k in range(count):
        size, longest = (LONG_BATCH, LONG) if k % LONG_EVERY == 0 else (BATCH, LONGEST)
        words = formal.padded(language, formal.balanced(language, rng, size, longest))
        yield words.x, words.target


def surprise(logits, target):
    """The mean cross-entropy of the verdicts, padding left out."""
    return functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=formal.SILENCE)


def train(language, seed, epochs=EPOCHS):
    """(model, Run): a StepModel with the weights of its last epoch."""
    model = training.seeded(seed, lambda: models.StepModel(2, 2, UNITS, "gru"))
    falling = functools.partial(FallingAdam, iterations=epochs * BATCHES)
    run = training.fit(model, lambda rng: drawn(language, rng), surprise, epochs=epochs, seed=seed,
                       learning_rate=LEARNING_RATE, optimizer=falling)
    return model, run


def recogniser(model):
    """The network as a reader of words."""
    return Recogniser(model, INPUTS, begin=SILENCE)


def watched(language, rng, longest=9):
    """The words over which the network is watched while its automaton is extracted."""
    return list(formal.every_word(longest)) + formal.balanced(language, rng, 100, 30, 10)


def right(network, language, words):
    """Share of the words on which the network says what is true."""
    truth = np.array([language.accepts(word) for word in words])
    return float((network.accepts(words) == truth).mean())


def extracted(network, language):
    """({what is recorded: number}, `Extraction`, `Learnt`)."""
    words = watched(language, np.random.default_rng(3))
    labels = [language.accepts(word) for word in words]
    clusters = extraction.from_clusters(network, words, labels=labels)
    asked = extraction.from_questions(network, words)
    truth = automata.Automaton.of(language)
    return {"clusters": len(clusters.centres), "states": clusters.automaton.states,
            "same language": automata.equivalent(clusters.automaton, truth) is None,
            "states by questions": asked.automaton.states, "words asked": asked.asked,
            "same language by questions": automata.equivalent(asked.automaton, truth) is None}, clusters, asked


def scores(network, language):
    """{name: number}: the shares of right verdicts."""
    long = formal.long_words(language, np.random.default_rng(5), 400)
    return {"right up to 12 letters": right(network, language, list(formal.every_word(12))),
            "right on 50 to 200 letters": right(network, language, long)}


def main(arguments=None):
    """Train, score, extract and write tomita.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--languages", type=int, nargs="+", default=list(formal.NUMBERS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=fitting.HERE, help="where the .safetensors goes")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    made, told = {}, {}
    for number in asked.languages:
        start, language, name = time.process_time(), formal.tomita(number), str(number)
        made[name], run = train(language, asked.seed, asked.epochs)
        seconds, network = time.process_time() - start, recogniser(made[name])
        told[name] = (scores(network, language) | extracted(network, language)[0]
                      | {"last loss": float(run.history["loss"][-1]), "seconds": round(seconds, 1)})
        print(f"{language!r}\n   {told[name]}", flush=True)
    metadata = {"task": "Tomita's languages: does the word so far belong?", "scores": told, "seed": asked.seed,
                "command": "python assets/checkpoints/make_tomita.py", "epochs": asked.epochs, "batch": BATCH,
                "longest training words": [LONGEST, LONG], "learning rate": LEARNING_RATE}
    path = training.save(asked.folder / "tomita.safetensors", made, metadata)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
