"""Train a 2×128 LSTM on Python's own source and documentation: `python assets/checkpoints/make_text_model.py`.

The text runs in 16 parallel columns, 100 characters at a time, and the state is carried from one piece to the next.
The weights with the fewest bits per character on the validation part are kept; the test part is read once, at the
end. The corpus is that of the Python that runs the script, so another version's network has other numbers.
"""

import argparse
import copy
import functools
import math
import platform
import time
from pathlib import Path

import fitting
import numpy as np
import torch

from rnncourse import sampling, training
from rnncourse.datasets import text
from rnncourse.training import models
from rnncourse.validate import ngram

COLUMNS, PIECE, LEARNING_RATE, ORDER = 16, 100, 0.004, 5
PROMPT, LENGTH = "def ", 400
MOMENTS = (0.01, 0.05, 0.25)     # of the training; the fourth sample is drawn from the weights that are kept


class FallingAdam(torch.optim.Adam):
    """Adam whose learning rate falls along a half cosine to a hundredth over so many iterations."""

    def __init__(self, weights, lr, iterations):
        super().__init__(weights, lr=lr)
        self.highest, self.iterations, self.done = lr, iterations, 0

    def step(self, closure=None):
        """One update, at the rate of this iteration."""
        rate = self.highest * (0.505 + 0.495 * math.cos(math.pi * self.done / self.iterations))
        for group in self.param_groups:
            group["lr"] = rate
        self.done += 1
        return super().step(closure)


def bits(model, numbers, batch=1, steps=1000):
    """Bits per character over whole numbers (N,), read in `batch` columns from a zero state that is carried on."""
    total, state, read = 0.0, None, text.Batches(numbers, batch, min(steps, (len(numbers) - 1) // batch))
    with torch.no_grad():
        for x, y in read:
            logits, state = model(torch.from_numpy(x), state)
            total += training.cross_entropy(logits, torch.from_numpy(y)).item() * y.size
    return total / read.characters / math.log(2)


def write_on(model, rng, prompt=PROMPT, length=LENGTH):
    """The prompt and `length` characters that the model goes on with, each drawn at temperature 1."""
    said, state, x = [], None, torch.from_numpy(text.encode(prompt))[:, None]
    with torch.no_grad():
        for _ in range(length):
            logits, state = model(x, state)
            said.append(sampling.draw(rng, sampling.next_probabilities(logits[-1, 0].numpy())))
            x = torch.tensor([[said[-1]]])
    return prompt + text.decode(said)


class Diary:
    """Batches for `training.fit`, read again each epoch; at some iterations the model in training writes a sample."""

    def __init__(self, model, batches, iterations, seed):
        self.model, self.batches, self.iterations, self.seed = model, batches, set(iterations), seed
        self.done, self.read, self.samples = 0, 0, []

    def __call__(self, rng):
        for x, y in self.batches:
            if self.done in self.iterations:
                self.write()
            self.done += 1
            self.read += x.size
            yield x, y

    def write(self):
        """Keep a sample; the same random numbers each time."""
        said = write_on(self.model, np.random.default_rng(self.seed))
        self.samples.append({"characters read": self.read, "text": said})


def train(corpus, epochs, seed, **sizes):
    """(model, Run, samples): a TextModel with its best weights, and what it wrote at the MOMENTS and at the end."""
    batches = corpus.batches("train", COLUMNS, PIECE)
    iterations, held_out = epochs * len(batches), corpus.numbers("validation")
    model = training.seeded(seed, lambda: models.TextModel(**sizes))
    diary = Diary(model, batches, [round(moment * iterations) for moment in MOMENTS], seed)
    run = training.fit(model, diary, training.cross_entropy, epochs=epochs, carry=True, seed=seed,
                       learning_rate=LEARNING_RATE, optimizer=functools.partial(FallingAdam, iterations=iterations),
                       validate=lambda model: {"bits": bits(model, held_out, batch=10)})
    diary.write()
    return model, run, diary.samples


def scores(model, corpus):
    """Bits per character in float64, each part as one sequence, beside an n-gram that read the same training part."""
    exact, counted, found = copy.deepcopy(model).double(), ngram.fit(corpus.numbers("train"), ORDER), {}
    for part in ("validation", "test"):
        found[f"{part} bits per character"] = bits(exact, corpus.numbers(part))
        found[f"{part} bits, {ORDER}-gram"] = counted.bits_per_character(corpus.numbers(part))
    return found | {"short story bits per character": bits(exact, text.encode(text.short().text))}


def main(arguments=None):
    """Train, score and write text_lstm2.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--characters", type=int, default=1_000_000)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=fitting.HERE, help="where the .safetensors goes")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    corpus, start = text.standard_library(asked.characters), time.process_time()
    model, run, samples = train(corpus, asked.epochs, asked.seed, hidden_size=asked.hidden_size)
    seconds = round(time.process_time() - start)      # of computing, on one thread: an idle machine's clock
    metadata = {"task": "the next character of Python's own source and documentation; bits per character, each part "
                        "as one sequence from a zero state", "command": "python assets/checkpoints/make_text_model.py",
                "scores": scores(model, corpus), "samples": samples, "seed": asked.seed, "epochs": asked.epochs,
                "seconds": seconds, "validation bits by epoch": run.history["bits"].tolist(),
                "columns": COLUMNS, "piece": PIECE, "learning rate": LEARNING_RATE, "characters": len(corpus),
                "source": corpus.source, "data": corpus.fingerprint, "short story": text.short().fingerprint,
                "python": platform.python_version(), "torch": torch.__version__}
    path = training.save(asked.folder / "text_lstm2.safetensors", model, metadata)
    print(training.read(path), f"\n  {path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
