"""A model's weights to a file and back: safetensors, numbers and a JSON text, so that opening one runs nobody's code.

    training.save("mine.safetensors", model, {"command": "python train.py", "scores": {"bits": 2.1}})
    model = training.read("mine.safetensors").build()
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import safetensors.torch
import torch
from safetensors import SafetensorError

from rnncourse import assets
from rnncourse.training import models

FOLDER = "checkpoints"
KEY = "rnncourse"             # our JSON text stands under this name in the file's own metadata
OURS = ("model", "models")    # what `save` itself writes into the metadata
PICKLES = (b"PK\x03\x04", b"\x80")    # how a file of torch.save, and a bare pickle, begin


def save(path, model, metadata=None):
    """Write the weights of `model` to a file, with metadata; returns the path.

    model     a torch.nn.Module, or {name: module} for several in one file
    metadata  {name: what JSON can hold}: scores, seed, command, data. What a model's own metadata() says goes in too

    The file appears whole or not at all, and an older one stays until then. Equal contents give equal bytes.
    """
    path, metadata = Path(path), dict(metadata or {})
    taken = [name for name in OURS if name in metadata]
    if taken:
        raise ValueError(f"metadata has {taken[0]!r}, where the model's own metadata() goes; try another name")
    several = isinstance(model, Mapping)
    parts = dict(model) if several else {"": model}
    told = {name: part.metadata() for name, part in parts.items() if hasattr(part, "metadata")}
    if told:
        metadata |= {"models": told} if several else {"model": told[""]}
    tensors = {_full(name, key): value.detach().cpu().clone(memory_format=torch.contiguous_format)
               for name, part in parts.items() for key, value in _weights(name, part).items()}
    text = _json(metadata)
    _write_whole(path, safetensors.torch.save(tensors, metadata={KEY: text}))
    return path


def read(path):
    """The `Checkpoint` in the file at `path`: its numbers and what it says of itself, whatever model it was."""
    path = Path(path)
    data = _bytes(path)
    header = _header(path, data)
    try:
        tensors = safetensors.torch.load(data)
    except SafetensorError as error:
        raise ValueError(f"{path} is no checkpoint, or a damaged one: {error}") from None
    told = header.get("__metadata__", {}).get(KEY, "{}")
    try:
        metadata = json.loads(told)
    except ValueError as error:
        raise ValueError(f"the metadata of {path} is no JSON: {error}") from None
    if not isinstance(metadata, dict):
        raise ValueError(f"the metadata of {path} is a {type(metadata).__name__}; expected names and values")
    return Checkpoint(path, MappingProxyType(metadata), MappingProxyType(tensors))


def load(path, model):
    """Fill `model` with the weights of the file at `path`, in place; returns the file's metadata.

    ValueError lists the names and shapes that differ where the file is of another architecture; the model then keeps
    its weights.
    """
    checkpoint = read(path)
    _fill(model, checkpoint.tensors, checkpoint.path)
    return checkpoint.metadata


def shipped(name):
    """The trained model of that name from assets/checkpoints, in evaluation mode; {name: model} where it holds several.

    `shipped_metadata(name)` tells its scores and the command that made it.
    """
    return read(_shipped_path(name)).build()


def shipped_metadata(name):
    """What the shipped checkpoint of that name says of itself: scores, seed, data, command."""
    return read(_shipped_path(name)).metadata


@dataclass(frozen=True, eq=False, repr=False)
class Checkpoint:
    """What a file holds: `metadata` and `tensors` {name: tensor}; `build` makes the model where the file says which."""

    path: Path
    metadata: MappingProxyType
    tensors: MappingProxyType

    def build(self):
        """A new model with these weights, in evaluation mode; {name: model} where several were saved."""
        if "models" in self.metadata:
            several = self.metadata["models"]
            if not isinstance(several, dict):
                raise ValueError(f"{self.path} says {several!r} of its models; expected {{name: metadata}}")
            return {name: self._build(told, f"{name}/") for name, told in several.items()}
        if "model" not in self.metadata:
            raise ValueError(f"{self.path} does not say which model it is, only its weights: make the model yourself, "
                             f"then training.load({self.path.name!r}, model)")
        return self._build(self.metadata["model"], "")

    def _build(self, told, prefix):
        tensors = {name.removeprefix(prefix): value for name, value in self.tensors.items() if name.startswith(prefix)}
        if not tensors:
            raise ValueError(f"{self.path} holds no weights of {prefix.removesuffix('/') or 'its model'}")
        if not isinstance(told, dict):
            raise ValueError(f"{self.path} says {told!r} of its model; expected what metadata() of a model gives")
        self._check_sizes(told, tensors)
        with torch.random.fork_rng():    # the new model's own weights are drawn, and thrown away
            model = models.build(told)
        if tensors[next(iter(tensors))].dtype == torch.float64:
            model.double()
        _fill(model, tensors, self.path)
        return model.eval()

    def _check_sizes(self, told, tensors):
        """A false size in a stranger's file must not take all memory: none is above what the file itself holds."""
        largest = max([len(tensors), *(size for value in tensors.values() for size in value.shape)])
        for name, size in told.items():
            if isinstance(size, int) and size > largest:
                raise ValueError(f"{self.path} says that its model has {name} {size}, and no tensor in it has more "
                                 f"than {largest}: it is damaged, or not what it says")

    def __repr__(self):
        count = sum(value.numel() for value in self.tensors.values())
        lines = [f"Checkpoint {self.path.name}: {count} numbers in {len(self.tensors)} tensors"]
        return "\n".join(lines + [f"  {name}: {value}" for name, value in self.metadata.items()])


def _full(name, key):
    return f"{name}/{key}" if name else key


def _weights(name, part):
    if not isinstance(part, torch.nn.Module):
        raise TypeError(f"model{f' {name!r}' * bool(name)} is a {type(part).__name__}; expected a torch.nn.Module")
    return part.state_dict()


def _json(metadata):
    try:
        return json.dumps(metadata, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"metadata cannot be written as JSON: {error}. Expected text, finite numbers, lists and "
                         "dicts; try float(…) or .tolist()") from None


def _write_whole(path, data):
    """Write beside, then rename: whoever reads meanwhile sees the old file or the new one."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} in; make it first")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _bytes(path):
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; expected a file that training.save wrote")
    if not path.exists():
        there = sorted(p.name for p in path.parent.glob("*.safetensors")) if path.parent.is_dir() else []
        raise FileNotFoundError(f"no checkpoint {path}; {path.parent} holds {', '.join(there) or 'none'}")
    return path.read_bytes()


def _header(path, data):
    """The JSON at the start of the file, after 8 bytes with its length: dtype, shape and place of each tensor."""
    if data.startswith(PICKLES) and data[8:9] != b"{":    # the length of a head may begin with the same byte
        raise ValueError(f"{path} is a pickle, as torch.save writes it: opening it can run code, so it was not opened. "
                         "If it is yours: torch.load(path, weights_only=True), then training.save")
    end = 8 + int.from_bytes(data[:8], "little")
    if len(data) >= 9 and data[8:9] != b"{":
        raise ValueError(f"{path} is no checkpoint: expected a safetensors file, as training.save writes it")
    if len(data) < max(end, 9):
        raise ValueError(f"{path} is cut short: {len(data)} bytes, and its head alone needs {max(end, 9)}. "
                         "Copy or save it again")
    try:
        header = json.loads(data[8:end])
        needed = end + max((told["data_offsets"][1] for name, told in header.items() if name != "__metadata__"),
                           default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise ValueError(f"{path} is no checkpoint: its head is not that of a safetensors file") from None
    if len(data) < needed:
        raise ValueError(f"{path} is cut short: {len(data)} bytes of {needed}. Copy or save it again")
    return header


def _fill(model, tensors, path):
    _compare(model, tensors, path)
    model.load_state_dict(dict(tensors))


def _compare(model, tensors, path):
    """ValueError where names, shapes or dtypes do not fit the model: all of them, up to a dozen lines."""
    ours, faults = model.state_dict(), []
    for name in sorted(set(ours) | set(tensors)):
        if name not in tensors:
            faults.append(f"{name}: {tuple(ours[name].shape)} in the model, not in the file")
        elif name not in ours:
            faults.append(f"{name}: {tuple(tensors[name].shape)} in the file, not in the model")
        elif ours[name].shape != tensors[name].shape:
            faults.append(f"{name}: {tuple(tensors[name].shape)} in the file, {tuple(ours[name].shape)} in the model")
        elif torch.promote_types(ours[name].dtype, tensors[name].dtype) != ours[name].dtype:
            faults.append(f"{name}: {tensors[name].dtype} in the file, {ours[name].dtype} in the model")
    if faults:
        more = [f"… and {len(faults) - 12} more"] if len(faults) > 12 else []
        raise ValueError(f"{path} is of another architecture than this {type(model).__name__}:\n  "
                         + "\n  ".join(faults[:12] + more))


def _shipped_path(name):
    there = {file.stem: file for file in sorted(assets.path(FOLDER).glob("*.safetensors"))}
    if name not in there:
        raise ValueError(f"no shipped model {name!r}; there are {', '.join(there) or 'none'}")
    return there[name]
