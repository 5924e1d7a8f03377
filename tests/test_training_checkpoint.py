"""Checkpoints: whole or not at all, and nothing in one can run code."""

import json
import os
import pickle
import struct

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from rnncourse import assets, training
from rnncourse.training import checkpoint, models


def small(seed=0, **options):
    return training.seeded(seed, lambda: models.TextModel(**({"classes": 7, "hidden_size": 4, "embedding_size": 3}
                                                              | options)))


def same(one, two):
    ours, theirs = one.state_dict(), two.state_dict()
    return list(ours) == list(theirs) and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.safetensors"


@pytest.fixture
def saved(path):
    return training.save(path, small(), {"scores": {"bits": 2.5}, "command": "made here"})


# -- there and back ---------------------------------------------------------------------------------
def test_what_was_saved_comes_back(saved):
    found = training.read(saved)
    assert found.metadata == {"scores": {"bits": 2.5}, "command": "made here", "model": small().metadata()}
    model = found.build()
    assert same(model, small()) and not model.training and all(p.requires_grad for p in model.parameters())
    x = torch.tensor([[1, 2], [3, 6]])
    assert torch.equal(model(x)[0], small()(x)[0])
    other = small(seed=1)
    assert training.load(saved, other) == found.metadata and same(other, small())
    assert "made here" in repr(found) and "a.safetensors" in repr(found)


def test_building_draws_nothing_and_shares_nothing(saved):
    torch.manual_seed(3)
    state = torch.get_rng_state()
    found = training.read(saved)
    one, two = found.build(), found.build()
    assert torch.equal(torch.get_rng_state(), state)
    with torch.no_grad():
        one.readout.bias += 1
    assert same(two, small()) and same(found.build(), small())


def test_equal_contents_give_equal_bytes(tmp_path):
    one = training.save(tmp_path / "1", small(), {"b": 1, "a": [2, None]})
    two = training.save(tmp_path / "2", small(), {"a": [2, None], "b": 1})
    assert one.read_bytes() == two.read_bytes() != training.save(two, small(seed=1), {"a": 1}).read_bytes()


def test_several_models_in_one_file(path):
    both = {"lstm 0": small(), "gru 1": small(1, cell="gru", layers=1)}
    training.save(path, both, {"task": "two"})
    found = training.read(path).build()
    assert set(found) == set(both) and all(same(found[name], both[name]) for name in both)
    assert isinstance(found["gru 1"].recurrent, nn.GRU)


def test_any_module_can_be_saved_and_weights_may_be_tied_or_transposed(path):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
            self.b.weight = self.a.weight
            self.register_buffer("turned", torch.arange(6.0).reshape(2, 3).T)

    model, other = Tied(), Tied()
    training.save(path, model)
    training.load(path, other)
    assert same(model, other) and torch.equal(other.turned, model.turned)
    with pytest.raises(ValueError, match="does not say which model it is, only its weights: make the model yourself"):
        training.read(path).build()


def test_float64_is_kept_and_float32_fits_into_it(path):
    training.save(path, small().double())
    assert training.read(path).build().readout.weight.dtype == torch.float64
    with pytest.raises(ValueError, match=r"readout.bias: torch.float64 in the file, torch.float32 in the model"):
        training.load(path, small())
    training.save(path, small())
    wide = small(seed=1).double()
    training.load(path, wide)
    assert same(wide, small().double())


# -- whole or not at all ----------------------------------------------------------------------------
@pytest.mark.parametrize("where, error", [("replace", OSError), ("replace", KeyboardInterrupt), ("fsync", OSError)])
def test_a_broken_off_save_leaves_the_old_file_and_nothing_else(saved, monkeypatch, where, error):
    before = saved.read_bytes()

    def broken(*_):
        raise error("disk full")
    monkeypatch.setattr(os, where, broken)
    with pytest.raises(error):
        training.save(saved, small(seed=1))
    assert saved.read_bytes() == before and [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_a_file_is_never_seen_half_written(saved, monkeypatch):
    before, seen, replace = saved.read_bytes(), [], os.replace

    def watching(source, target):
        seen.append((saved.read_bytes() == before, same(training.read(source).build(), small(seed=1))))
        replace(source, target)
    monkeypatch.setattr(os, "replace", watching)
    training.save(saved, small(seed=1))
    assert seen == [(True, True)] and same(training.read(saved).build(), small(seed=1))


@pytest.mark.parametrize("metadata, message", [
    ({"scores": np.float32(1)}, r"metadata cannot be written as JSON: .*float32.*try float\(…\) or .tolist\(\)"),
    ({"score": float("nan")}, "metadata cannot be written as JSON"),
    ({"model": "mine"}, "metadata has 'model', where the model's own metadata"),
])
def test_metadata_that_cannot_be_kept(path, metadata, message):
    with pytest.raises(ValueError, match=message):
        training.save(path, small(), metadata)
    assert not list(path.parent.iterdir())


def test_what_else_cannot_be_saved(path, tmp_path):
    with pytest.raises(TypeError, match="model is a dict_keys; expected a torch.nn.Module"):
        training.save(path, {}.keys())
    with pytest.raises(TypeError, match="model 'a' is a int; expected a torch.nn.Module"):
        training.save(path, {"a": 1})
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere to write a.safetensors in; make it first"):
        training.save(tmp_path / "nowhere" / "a.safetensors", small())


# -- files that cannot be read ----------------------------------------------------------------------
def test_a_file_cut_short_at_any_place_is_refused(saved):
    whole = saved.read_bytes()
    for size in [0, 1, 7, 8, 9, 100, len(whole) // 2, len(whole) - 1]:
        saved.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=f"a.safetensors is cut short: {size} bytes"):
            training.read(saved)
    saved.write_bytes(whole + b"more")
    with pytest.raises(ValueError, match="is no checkpoint, or a damaged one"):
        training.read(saved)


def framed(header):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text


TENSOR = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize("data, message", [
    (b"just some words, longer than eight bytes", "is no checkpoint: expected a safetensors file"),
    (framed(b"{not json}"), "is no checkpoint: its head is not that of"),
    (framed([1]) + b"0" * 9, "is no checkpoint"),
    (framed({"w": 3}), "is no checkpoint: its head"),
    (framed(b"{" + b'"a":{' * 100_000), "is no checkpoint: its head"),
    (framed({"w": TENSOR | {"shape": [2]}}) + b"0000", "is no checkpoint, or a damaged one"),
    (framed({"w": TENSOR | {"dtype": "F99"}}) + b"0000", "is no checkpoint, or a damaged one"),
    (framed({"__metadata__": {"rnncourse": "{"}, "w": TENSOR}) + b"0000", "the metadata of .* is no JSON"),
    (framed({"__metadata__": {"rnncourse": "[]"}, "w": TENSOR}) + b"0000", "the metadata of .* is a list"),
])
def test_a_file_that_is_something_else(path, data, message):
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        training.read(path)


def test_a_missing_file_or_a_folder(saved, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint .*b\.safetensors; .* holds a\.safetensors"):
        training.read(tmp_path / "b.safetensors")
    with pytest.raises(FileNotFoundError, match="holds none"):
        training.load(tmp_path / "nowhere" / "b", small())
    with pytest.raises(IsADirectoryError, match="is a folder"):
        training.read(tmp_path)


class Trap:
    """Unpickled, it makes a file."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (str(self.mark), "w")


@pytest.mark.parametrize("write", [
    lambda trap, path: path.write_bytes(pickle.dumps(trap)),
    lambda trap, path: torch.save(trap, path),
    lambda trap, path: torch.save({"w": trap}, path, _use_new_zipfile_serialization=False),
    lambda trap, path: path.write_bytes(pickle.dumps(trap, protocol=0)),
    lambda trap, path: np.save(path.open("wb"), np.array([trap], object), allow_pickle=True),
], ids=["pickle", "torch.save", "old torch.save", "text pickle", "npy"])
def test_opening_a_strangers_file_runs_none_of_its_code(tmp_path, path, write):
    mark = tmp_path / "the trap went off"
    write(Trap(mark), path)
    for ask in (training.read, lambda p: training.load(p, small())):
        with pytest.raises(ValueError, match="is a pickle, as torch.save writes it|no checkpoint|is cut short"):
            ask(path)
    assert not mark.exists()


def test_the_trap_is_a_trap(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "mark"))).close()
    assert (tmp_path / "mark").exists()


def test_a_head_whose_length_begins_as_a_pickle_does_is_read(path):
    for words in range(40):
        training.save(path, small(), {"note": "8 bytes." * words})
        assert training.read(path).metadata["note"] == "8 bytes." * words
        if path.read_bytes()[:1] == b"\x80":
            return
    raise AssertionError("no head of such a length came up")


# -- another architecture ---------------------------------------------------------------------------
def test_another_architecture_is_listed_and_the_model_keeps_its_weights(saved):
    for other in (small(seed=1, hidden_size=5), small(seed=1, cell="gru"), small(seed=1, layers=1)):
        before = {name: value.clone() for name, value in other.state_dict().items()}
        with pytest.raises(ValueError, match="is of another architecture than this TextModel") as caught:
            training.load(saved, other)
        for name, value in other.state_dict().items():
            assert torch.equal(value, before[name])
        wrong = {name for name, value in small().state_dict().items()
                 if name not in before or before[name].shape != value.shape}
        assert wrong and all(name in str(caught.value) for name in wrong)
    with pytest.raises(ValueError, match=r"recurrent.weight_ih_l1: \(16, 4\) in the file, not in the model"):
        training.load(saved, small(layers=1))
    with pytest.raises(ValueError, match=r"bias: \(1,\) in the model, not in the file(.|\n)*… and 1 more"):
        training.load(saved, nn.Linear(1, 1))


def with_metadata(path, metadata, tensors=None):
    tensors = small().state_dict() if tensors is None else tensors
    path.write_bytes(safetensors.torch.save(dict(tensors), {"rnncourse": json.dumps(metadata)}))
    return training.read(path)


@pytest.mark.parametrize("told, message", [
    ({"kind": "os.system"}, "no model of kind 'os.system'; there are TextModel, ForecastModel, StepModel, NameModel"),
    ({"kind": "__import__", "name": "os"}, "no model of kind '__import__'"),
    ({"kind": ["TextModel"]}, r"no model of kind \['TextModel'\]"),
    ({"kind": "TextModel", "device": "x"}, "a TextModel cannot be made from"),
    ({"kind": "TextModel", "cell": "os"}, "no cell 'os'; choose one of lstm, gru, rnn"),
    ({"kind": "TextModel", "layers": -1}, "layers is -1; expected a whole number from 1 to 64"),
    ({"kind": "TextModel", "hidden_size": 10**9}, "says that its model has hidden_size 1000000000, and no tensor in"),
    ({"kind": "TextModel", "classes": 7, "hidden_size": 5, "embedding_size": 3}, "is of another architecture"),
    ("TextModel", "says 'TextModel' of its model"),
])
def test_metadata_that_lies(path, told, message):
    with pytest.raises(ValueError, match=message):
        with_metadata(path, {"model": told}).build()


def test_several_that_lie(path):
    with pytest.raises(ValueError, match="holds no weights of a"):
        with_metadata(path, {"models": {"a": small().metadata()}}).build()
    with pytest.raises(ValueError, match="says 3 of its models"):
        with_metadata(path, {"models": 3}).build()


# -- shipped ----------------------------------------------------------------------------------------
def test_shipped_models_are_built_by_name(tmp_path, monkeypatch):
    (tmp_path / "checkpoints").mkdir()
    training.save(tmp_path / "checkpoints" / "mine.safetensors", small(), {"scores": {"bits": 1.0}})
    monkeypatch.setattr(assets, "path", lambda name: tmp_path / name)
    assert same(training.shipped("mine"), small()) and training.shipped_metadata("mine")["scores"] == {"bits": 1.0}
    with pytest.raises(ValueError, match="no shipped model 'yours'; there are mine"):
        training.shipped("yours")
    with pytest.raises(ValueError, match="no shipped model"):
        training.shipped("../checkpoints/mine")


def test_what_ships_can_be_opened_and_says_how_it_was_made():
    for file in assets.path(checkpoint.FOLDER).glob("*.safetensors"):
        found = training.read(file)
        assert file.stat().st_size <= 2_000_000 and {"command", "scores"} <= set(found.metadata), file.name
        assert found.build() and training.shipped(file.stem)
