"""Training torch modules: one loop with its history, several seeds, models of the course, files that run no code.

    model = training.seeded(0, lambda: models.TextModel(hidden_size=32))
    run = training.fit(model, text.batches("train"), training.cross_entropy, validate=bits, epochs=5, carry=True)
"""

from rnncourse.training import models
from rnncourse.training.checkpoint import Checkpoint, load, read, save, shipped, shipped_metadata
from rnncourse.training.history import Run
from rnncourse.training.loop import fit
from rnncourse.training.losses import cross_entropy
from rnncourse.training.seeds import seeded, several

__all__ = ["Checkpoint", "Run", "cross_entropy", "fit", "load", "models", "read", "save", "seeded", "several",
           "shipped", "shipped_metadata"]
