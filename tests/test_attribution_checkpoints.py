"""The shipped readers of reviews and adders of numbers still reach what is recorded; the scripts learn."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from checkpoint_scripts import FOLDER, load

from rnncourse import training
from rnncourse.datasets import memory, sentiment
from rnncourse.explain.model import Explained

NAMES = [f"{cell} {seed}" for cell in ("lstm", "gru") for seed in range(5)]


@pytest.fixture(scope="module")
def readers():
    return load("make_sentiment"), training.shipped("sentiment"), training.shipped_metadata("sentiment")


@pytest.fixture(scope="module")
def adders():
    return load("make_addition"), training.shipped("addition"), training.shipped_metadata("addition")


# -- reviews ---------------------------------------------------------------------------------------------------
def test_the_reviews_are_those_they_learnt_from(readers):
    script, _, told = readers
    assert script.reviews().fingerprint == told["data"]
    assert tuple(told["vocabulary"]) == sentiment.VOCABULARY


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_reaches_what_is_recorded(readers, name):
    script, made, told = readers
    recorded = told["scores"][name]
    scores = script.scores(made[name])
    assert scores == pytest.approx({key: recorded[key] for key in scores})
    assert scores["test"] > 0.98 and scores["seven clauses and more"] > 0.9


def test_counting_words_is_far_behind(readers):
    """The order decides: otherwise a network's knowledge of words alone would explain its score."""
    script, _, told = readers
    assert script.baselines() == pytest.approx(told["baselines"])
    assert told["baselines"]["word counts"] < 0.7 < min(entry["test"] for entry in told["scores"].values())


def test_longer_reviews_are_new_and_long(readers):
    texts = readers[0].longer().texts
    assert len(texts) == 1000 and not set(texts) & set(readers[0].reviews().texts)
    assert all(sum(word in ("and", "but") for word in words) >= 6 for words in texts)


def test_a_broken_reader_would_be_noticed(readers):
    script, _, told = readers
    model = training.shipped("sentiment")["gru 0"]
    with torch.no_grad():
        model.recurrent.weight_hh_l0[:] *= 0.8
    assert script.scores(model)["test"] < told["scores"]["gru 0"]["test"] - 0.005


# -- sums ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_an_adder_reaches_what_is_recorded(adders, name):
    script, made, told = adders
    recorded = told["scores"][name]
    scores = script.scores(made[name])
    assert scores == pytest.approx({key: recorded[key] for key in scores}, rel=1e-6)
    assert scores["right"] > 0.95 and scores["squared error"] < told["baseline"] / 100


def test_the_sum_follows_the_marked_numbers_alone(adders):
    """Another number without a marker changes the answer by less than another number with one does, a lot."""
    net, rng = Explained.of(adders[1]["gru 0"]), np.random.default_rng(4)
    task = memory.adding(rng, 20, 50)
    other = np.array(task.x)
    other[..., 0] = np.where(task.x[..., 1] > 0, other[..., 0], rng.random(other.shape[:2]))
    assert np.abs(net.scores(other) - net.scores(task.x)).max() < 0.1


# -- files and scripts ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["sentiment", "addition"])
def test_what_the_file_says_of_itself(name):
    metadata = training.shipped_metadata(name)
    assert (FOLDER / f"{name}.safetensors").stat().st_size < 300_000
    assert {"task", "command", "scores", "epochs", "batch", "learning rate", "seeds"} <= set(metadata)
    assert list(metadata["scores"]) == sorted(NAMES) and set(training.shipped(name)) == set(NAMES)
    assert (FOLDER.parent.parent / metadata["command"].split()[1]).is_file()
    assert name in (FOLDER / "README.md").read_text()


def test_the_commands_write_their_files(readers, adders, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(adders[0], "BATCHES", 20)
    few = sentiment.sample(np.random.default_rng(2), 400)
    monkeypatch.setattr(readers[0], "reviews", lambda: few)
    for script in (readers[0], adders[0]):
        script.main(["--epochs", "1", "--cells", "gru", "--seeds", "7", "--folder", str(tmp_path)])
    for name in ("sentiment", "addition"):
        assert list(training.read(tmp_path / f"{name}.safetensors").metadata["scores"]) == ["gru 7"]


def test_same_seed_same_weights(adders, monkeypatch):
    monkeypatch.setattr(adders[0], "BATCHES", 5)
    first, again, other = (adders[0].train("lstm", seed, epochs=1)[0] for seed in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not torch.equal(first.readout.weight, other.readout.weight)


@pytest.mark.parametrize("name", ["make_sentiment", "make_addition"])
def test_the_command_explains_itself(name):
    said = subprocess.run([sys.executable, FOLDER / f"{name}.py", "--help"], capture_output=True, check=True).stdout
    assert b"--epochs" in said
