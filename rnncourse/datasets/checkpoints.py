"""Networks that were trained beforehand, and the curves of trainings too long for a page: numbers, never code.

Each lies in assets/checkpoints/ as one .npz, beside the script that made it. `save` and `load` go through plain
arrays and a JSON text, so a checkpoint is read with `allow_pickle=False` and cannot run anything.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from rnncourse import assets
from rnncourse.datasets._frozen import read_only

FOLDER = "checkpoints"
GROUPS = ("params", "readout", "curves")


def names():
    """What `load` can load."""
    return tuple(sorted(file.stem for file in assets.path(FOLDER).glob("*.npz")))


def load(name):
    """The `Checkpoint` of that name, from assets/checkpoints."""
    if name not in names():
        raise ValueError(f"no checkpoint {name!r}; there are {', '.join(names()) or 'none'}")
    return read(assets.path(f"{FOLDER}/{name}.npz"))


def tensors(name):
    """Name -> array of the .safetensors checkpoint of that name, as torch's module keeps them; read without torch."""
    from safetensors.numpy import load_file

    return load_file(assets.path(f"{FOLDER}/{name}.safetensors"))


@dataclass(frozen=True, eq=False, repr=False)
class Checkpoint:
    """A trained recurrent layer with its linear read-out, or the curves of a training, or both.

    params    as the cell of `rnncourse.cells` wants it, float64; empty where only curves are kept
    readout   {"W_hy": (H, K), "b_y": (K,)}, float64; empty where only curves are kept
    curves    name -> (N,) or (N, M) numbers recorded while training
    metadata  cell, task, command, seed, data (fingerprint of what it was trained on), scores, seconds, …
    """

    name: str
    metadata: MappingProxyType
    params: MappingProxyType = field(default_factory=dict)
    readout: MappingProxyType = field(default_factory=dict)
    curves: MappingProxyType = field(default_factory=dict)

    def __post_init__(self):
        for group in GROUPS:
            arrays = {name: read_only(array) for name, array in getattr(self, group).items()}
            object.__setattr__(self, group, MappingProxyType(arrays))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    @property
    def cell(self):
        """The room of `rnncourse.cells` that runs it: "rnn", "lstm", "gru"; None where only curves are kept."""
        return self.metadata.get("cell")

    @property
    def scores(self):
        """What was measured when it was made: name -> number."""
        return MappingProxyType(self.metadata["scores"])

    @property
    def size(self):
        """How many numbers were trained, the read-out's included."""
        return sum(array.size for group in (self.params, self.readout) for array in group.values())

    def predict(self, h):
        """h (…, H) -> y (…, K) = h W_hy + b_y, the read-out that was trained with the cell."""
        if not self.readout:
            raise ValueError(f"checkpoint {self.name!r} keeps curves only and cannot predict")
        W_hy, b_y = self.readout["W_hy"], self.readout["b_y"]
        if np.shape(h)[-1:] != W_hy.shape[:1]:
            raise ValueError(f"h is {np.shape(h)}; expected (…, H) with H = {len(W_hy)}")
        return h @ W_hy + b_y

    def __repr__(self):
        kind = f"{self.cell}, {self.size} numbers" if self.params else f"curves of {', '.join(self.curves)}"
        scores = "".join(f"\n  {name:40s}{value:.4g}" for name, value in self.scores.items())
        return (f"Checkpoint {self.name}: {kind}\n  {self.metadata['task']}{scores}\n"
                f"  made by: {self.metadata['command']}")


def save(path, metadata, params=None, readout=None, curves=None):
    """Write a checkpoint, its arrays in float32; equal contents give equal bytes. Returns the path."""
    groups = zip(GROUPS, (params, readout, curves), strict=True)
    arrays = {f"{group}/{name}": np.asarray(array)
              for group, members in groups for name, array in (members or {}).items()}
    bad = [name for name, array in arrays.items() if array.dtype.kind not in "fiu"]
    if bad:
        raise TypeError(f"{', '.join(bad)}: expected arrays of numbers")
    small = {name: array.astype(np.float32) for name, array in arrays.items()}
    np.savez_compressed(path, metadata=np.array(json.dumps(metadata, sort_keys=True)), **small)
    return Path(path)


def read(path):
    """The `Checkpoint` in the file at `path`."""
    groups = {group: {} for group in GROUPS}
    with np.load(path, allow_pickle=False) as file:
        metadata = json.loads(str(file["metadata"]))
        for key in file.files:
            group, _, name = key.partition("/")
            if group in groups:
                groups[group][name] = file[key].astype(np.float64)
    return Checkpoint(Path(path).stem, metadata, **groups)
