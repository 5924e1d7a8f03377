"""What a training leaves behind: the Run, and the ledger in which the loop writes while it runs."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

OWN = ("loss", "gradient norm", "seconds")    # names of the history that `validate` cannot take


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The history of one training; the model itself was changed in place.

    history     name -> (E,), one number for each epoch that was completed: "loss" and "gradient norm" (before clipping)
                as means over the epoch's batches, "seconds" of training without validation, then validate's names
    iterations  "loss" and "gradient norm" -> (N,), one number for each batch, those of an unfinished epoch included
    best        place in the history of the epoch whose weights the model now has; None where the model has others
                (the last ones, or those from before: see `fit`)
    stopped     "done", "early" (patience ran out) or "interrupted" (Ctrl-C)
    seconds     the whole training, validation included
    watched     the name in the history that was watched: validate's first, or None without validate
    seed        the seed of the training
    """

    history: MappingProxyType
    iterations: MappingProxyType
    best: int | None
    stopped: str
    seconds: float
    watched: str | None
    seed: int

    @property
    def epochs(self):
        """How many epochs were completed."""
        return len(self.history["loss"])

    def __repr__(self):
        count = f"{self.epochs} epoch{'' if self.epochs == 1 else 's'}, {len(self.iterations['loss'])} batches"
        if not self.epochs:
            return f"Run: {count}, {self.stopped}"
        lines = [f"Run: {count}, {self.stopped}; seed {self.seed}",
                 f"  loss {self.history['loss'][0]:.4g} in the first epoch, {self.history['loss'][-1]:.4g} in the last"]
        if self.watched and self.best is not None:
            lines.append(f"  {self.watched} {self.history[self.watched][self.best]:.4g} at its best, after epoch "
                         f"{self.best + 1}: these weights were kept")
        return "\n".join(lines)


class Ledger:
    """Where the loop writes: each batch at once, an epoch only when all of it is known."""

    def __init__(self):
        self.losses, self.norms, self.epochs = [], [], []

    def batch(self, loss, norm):
        """Note one batch."""
        self.losses.append(loss)
        self.norms.append(norm)

    def epoch(self, seconds, batches, scores):
        """Note that an epoch of so many batches is complete; scores {name: number} are what validate said of it."""
        own = (np.mean(self.losses[-batches:]), np.mean(self.norms[-batches:]), seconds)
        self.epochs.append(dict(zip(OWN, map(float, own), strict=True)) | scores)

    def run(self, best, stopped, seconds, watched, seed):
        """All of it as a Run."""
        names = dict.fromkeys(OWN) if not self.epochs else self.epochs[0]
        history = {name: _kept([epoch[name] for epoch in self.epochs]) for name in names}
        iterations = {"loss": _kept(self.losses), "gradient norm": _kept(self.norms)}
        return Run(MappingProxyType(history), MappingProxyType(iterations), best, stopped, seconds, watched, seed)


def _kept(values):
    array = np.array(values, float)
    array.flags.writeable = False
    return array
