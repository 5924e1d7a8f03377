"""The shipped classifier of names reaches its recorded scores, and its script still learns."""

import subprocess
import sys
from types import SimpleNamespace

import checkpoint_scripts
import numpy as np
import pytest
import torch

from rnncourse import training
from rnncourse.datasets import names
from rnncourse.datasets.names import Names

FOLDER = checkpoint_scripts.FOLDER
TOLERANCE = 0.03      # of an accuracy on the 2,500 names of another version of Faker: three standard errors


@pytest.fixture(scope="module")
def script():
    """assets/checkpoints/make_names.py as a module."""
    return checkpoint_scripts.load("make_names")


@pytest.fixture(scope="module")
def metadata():
    return training.shipped_metadata("names_lstm")


@pytest.fixture(scope="module")
def model():
    return training.shipped("names_lstm").double()


@pytest.fixture(scope="module")
def data():
    return names.load()


def slow_figures(model, data, part):
    """One name at a time, nothing padded or packed: accuracy, top-2, macro accuracy."""
    right, second, by_language = 0, 0, {}
    listed, labels = data.part(part)
    for name, label in zip(listed, labels.tolist(), strict=True):
        with torch.no_grad():
            h, _ = model.recurrent(model.embedding(torch.from_numpy(data.encode(name))))       # (T, 2H), no batch
            H = model.recurrent.hidden_size
            scores = model.readout(torch.cat([h[-1, :H], h[0, H:]])).numpy()
        above = int((scores > scores[label]).sum())
        right, second = right + (above == 0), second + (above < 2)
        by_language.setdefault(label, []).append(above == 0)
    return {"accuracy": right / len(listed), "top-2": second / len(listed),
            "macro accuracy": float(np.mean([np.mean(hits) for hits in by_language.values()]))}


# -- the scores -----------------------------------------------------------------------------------------
def test_it_reaches_its_scores(script, model, metadata, data):
    same = data.fingerprint == metadata["data"]
    for part, recorded in metadata["scores"].items():
        reached = script.figures(*script.logits(model, data, part))
        for name in recorded:
            assert abs(reached[name] - recorded[name]) < (5e-4 if same else TOLERANCE), (part, name)


def test_the_pinned_faker_gives_the_names_it_learnt_from(metadata, data):
    if data.source != metadata["source"]:
        pytest.skip(f"made with {metadata['source']}; here are {data.source}")
    assert data.fingerprint == metadata["data"]


def test_letters_and_languages_are_those_it_learnt(model, metadata, data):
    assert metadata["alphabet"] == data.alphabet and metadata["languages"] == list(data.languages)
    assert model.embedding.num_embeddings == data.symbols and model.readout.out_features == len(data.languages)


def test_one_name_at_a_time_gives_the_same_scores(script, model, data):
    """A second reading: were a direction read at the padding, or lengths off by one, these would differ."""
    assert slow_figures(model, data, "validation") == pytest.approx(
        script.figures(*script.logits(model, data, "validation")), abs=1e-12)


def test_it_is_worth_having(metadata):
    reached, baselines = metadata["scores"]["test"], metadata["baselines"]
    assert reached["accuracy"] > 0.72 and reached["top-2"] > 0.83 and reached["macro accuracy"] > 0.66
    assert reached["accuracy"] > 5 * baselines["majority"]["accuracy"]
    assert reached["accuracy"] < metadata["ceiling"] < 1
    counted = next(figures for name, figures in baselines.items() if "gram" in name)
    assert abs(reached["accuracy"] - counted["accuracy"]) < 0.05        # counting letters does about as well: told


def test_baselines_are_the_recorded_ones(script, metadata, data):
    if data.fingerprint != metadata["data"]:
        pytest.skip("another version of Faker has other names")
    found = script.baselines(data)
    assert found.keys() == metadata["baselines"].keys()
    for name, figures in found.items():
        assert figures == pytest.approx(metadata["baselines"][name], abs=1e-9)
    listed, labels = data.part("test")
    assert metadata["baselines"]["majority"]["accuracy"] == pytest.approx(
        np.mean(labels == np.bincount(data.part("train")[1]).argmax()))


def test_a_changed_weight_would_be_noticed(script, metadata, data):
    changed = training.shipped("names_lstm").double()
    with torch.no_grad():
        changed.embedding.weight[data.encode("a")[0]] += 0.5
    reached = script.figures(*script.logits(changed, data, "test"))
    assert abs(reached["accuracy"] - metadata["scores"]["test"]["accuracy"]) > 5e-4


def test_padding_has_no_effect(model, data):
    alone = model(*map(torch.from_numpy, data.padded(["Li"])))
    beside = model(*map(torch.from_numpy, data.padded(["Li", "van den Broeck"])))
    torch.testing.assert_close(alone[0], beside[0], rtol=0, atol=1e-12)


def test_names_that_nobody_doubts(model, data):
    for name, language in [("Ó Súilleabháin", "Irish"), ("Hämäläinen", "Finnish"), ("Çəmənzadə", "Azerbaijani"),
                           ("van der Waals", "Dutch"), ("Nkosi", "Zulu"), ("Procházková", "Czech")]:
        with torch.no_grad():
            two = model(*map(torch.from_numpy, data.padded([name])))[0].topk(2).indices
        assert language in [data.languages[k] for k in two], name


# -- the file and the script ------------------------------------------------------------------------------
def test_what_the_file_says_of_itself(metadata):
    assert (FOLDER / "names_lstm.safetensors").stat().st_size < 1_000_000
    assert {"task", "command", "scores", "seed", "seconds", "data", "source", "baselines"} <= set(metadata)
    assert (FOLDER.parent.parent / metadata["command"].split()[1]).is_file()
    assert metadata["test by seed"][str(metadata["seed"])] == metadata["scores"]["test"]


@pytest.fixture(scope="module")
def small():
    ends = {"Left": ["ari", "elo", "ino"], "Right": ["sson", "berg", "qvist"]}
    return Names({language: [f"{a}{b}{end}" for a in "bdfgklmnprst" for b in "aeou" for end in endings]
                  for language, endings in ends.items()})


def test_the_script_learns(script, small):
    model, _ = script.train(small, seed=0, epochs=25, hidden_size=16, embedding_size=8)
    assert script.scores(model, small)["test"]["accuracy"] > 0.85
    found = script.baselines(small)
    assert any("gram" in name and figures["accuracy"] > 0.9 for name, figures in found.items())


def test_same_seed_same_weights(script, small):
    first, again, other = (script.train(small, seed, epochs=1, hidden_size=4, embedding_size=4)[0]
                           for seed in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not torch.equal(first.readout.weight, other.readout.weight)


def test_hiding_hides_a_share_and_keeps_lengths_and_labels(script):
    x, lengths, y = np.ones((50, 80), int), np.full(80, 50), np.arange(80)
    (hidden, kept, labels), = script.hiding([(x, lengths, y)], np.random.default_rng(0))
    assert abs((hidden == 0).mean() - script.HIDDEN) < 0.03 and (x == 1).all()
    assert (kept == lengths).all() and (labels == y).all()


def test_figures_by_hand(script):
    scores = np.array([[3.0, 2, 1], [1, 3, 2], [2, 3, 1], [1, 2, 3.0]])
    assert script.figures(scores, np.array([0, 1, 0, 0])) == {
        "accuracy": 0.5, "top-2": 0.75, "macro accuracy": pytest.approx((1 / 3 + 1) / 2)}


def test_the_command_writes_a_file(script, small, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "names", SimpleNamespace(load=lambda: small, SHARES=names.SHARES, PADDING=0))
    script.main(["--epochs", "2", "--hidden-size", "8", "--embedding-size", "4", "--seeds", "3", "4",
                 "--folder", str(tmp_path)])
    told = training.read(tmp_path / "names_lstm.safetensors").metadata
    assert told["seed"] == 3 and set(told["test by seed"]) == {"3", "4"} and told["data"] == small.fingerprint


def test_the_command_explains_itself():
    said = subprocess.run([sys.executable, FOLDER / "make_names.py", "--help"], capture_output=True, check=True).stdout
    assert b"--seeds" in said and b"both directions" in said
