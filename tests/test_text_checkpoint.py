"""The shipped text model reaches its score: exactly on our own story, within a tolerance on this Python's corpus."""

import math
import re
import subprocess
import sys

import checkpoint_scripts
import numpy as np
import pytest
import torch

from rnncourse import sampling, training
from rnncourse.datasets import text
from rnncourse.training import models
from rnncourse.validate import ngram

FOLDER = checkpoint_scripts.FOLDER
FILE = FOLDER / "text_lstm2.safetensors"
TOLERANCE = 0.15      # bits per character between the texts of two versions of Python


@pytest.fixture(scope="module")
def script():
    """assets/checkpoints/make_text_model.py as a module."""
    return checkpoint_scripts.load("make_text_model")


@pytest.fixture(scope="module")
def metadata():
    return training.shipped_metadata("text_lstm2")


@pytest.fixture(scope="module")
def model():
    return training.shipped("text_lstm2").double()


# -- the score --------------------------------------------------------------------------------------
def test_it_reaches_its_score_on_the_short_story(script, model, metadata):
    """The story is ours, so the bits are the recorded ones on every machine and every Python."""
    assert metadata["short story"] == text.short().fingerprint
    recorded = metadata["scores"]["short story bits per character"]
    assert abs(script.bits(model, text.encode(text.short().text)) - recorded) < 1e-6


def test_a_changed_weight_would_be_noticed(script, model, metadata):
    changed = training.shipped("text_lstm2").double()
    with torch.no_grad():
        changed.recurrent.weight_hh_l0[0, 0] += 1e-2
    recorded = metadata["scores"]["short story bits per character"]
    assert abs(script.bits(changed, text.encode(text.short().text)) - recorded) > 1e-6


def test_it_reaches_its_score_on_this_pythons_corpus_and_beats_the_5_gram(script, model, metadata):
    corpus = text.standard_library()
    same = corpus.fingerprint == metadata["data"]
    reached = script.bits(model, corpus.numbers("test"), batch=1 if same else 10)
    assert abs(reached - metadata["scores"]["test bits per character"]) < (1e-6 if same else TOLERANCE)
    counted = ngram.fit(corpus.numbers("train"), order=5).bits_per_character(corpus.numbers("test"))
    assert reached < counted - 0.1
    if same:
        assert abs(counted - metadata["scores"]["test bits, 5-gram"]) < 1e-9


def test_what_the_file_says_of_itself(metadata):
    assert FILE.stat().st_size < 2_000_000
    assert {"task", "command", "scores", "samples", "seed", "seconds", "data", "python", "source"} <= set(metadata)
    assert (FOLDER.parent.parent / metadata["command"].split()[1]).is_file()
    scores = metadata["scores"]
    for part in ("validation", "test"):
        assert scores[f"{part} bits per character"] < scores[f"{part} bits, 5-gram"] - 0.1
    assert scores["test bits per character"] <= 2.15
    assert min(metadata["validation bits by epoch"]) == pytest.approx(scores["validation bits per character"], abs=0.02)


def test_four_samples_grow_more_like_the_text(metadata):
    """The last two write words that stand in the text; the first two hardly any. A 5-gram finds the last likeliest."""
    samples = metadata["samples"]
    assert len(samples) == 4 and all(s["text"].startswith("def ") and len(s["text"]) == 404 for s in samples)
    read = [s["characters read"] for s in samples]
    assert read == sorted(read) and read[0] < 0.02 * read[-1]
    train = text.standard_library().numbers("train")
    known = set(re.findall("[a-z]{4,}", text.decode(train)))
    shares = [np.mean([word in known for word in re.findall("[a-z]{4,}", s["text"])]) for s in samples]
    assert max(shares[:2]) < 0.2 < 0.3 < min(shares[2:])
    bits = [ngram.fit(train, order=5).bits_per_character(text.encode(s["text"])) for s in samples]
    assert bits[-1] < min(bits[:-1]) - 0.5


# -- the script -------------------------------------------------------------------------------------
@pytest.fixture
def small():
    return training.seeded(0, lambda: models.TextModel(hidden_size=6, embedding_size=4)).double().eval()


def test_bits_are_those_of_one_long_reading(script, small):
    numbers = text.short().numbers("test")
    with torch.no_grad():
        logits = small(torch.from_numpy(numbers[:-1, None]))[0][:, 0].numpy()
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    by_hand = -np.log2(p[np.arange(len(p)), numbers[1:]]).mean()
    for steps in (7, 100, 10_000):
        assert abs(script.bits(small, numbers, steps=steps) - by_hand) < 1e-12
    assert 1e-9 < abs(script.bits(small, numbers, batch=5) - by_hand) < 0.05       # each column starts cold


def test_a_sample_is_drawn_given_all_that_was_said(script, small):
    said = script.write_on(small, np.random.default_rng(2), "ab", 12)
    rng, again = np.random.default_rng(2), "ab"
    for _ in range(12):
        with torch.no_grad():
            logits = small(torch.from_numpy(text.encode(again))[:, None])[0][-1, 0].numpy()
        again += text.decode([sampling.draw(rng, sampling.next_probabilities(logits))])
    assert said == again and len(said) == 14


def test_the_learning_rate_falls_to_a_hundredth(script):
    weight = torch.nn.Parameter(torch.zeros(1))
    adam, rates = script.FallingAdam([weight], lr=0.2, iterations=100), []
    for _ in range(100):
        weight.grad = torch.ones(1)
        adam.step()
        rates.append(adam.param_groups[0]["lr"])
    assert rates[0] == pytest.approx(0.2) and rates[50] == pytest.approx(0.101) and rates[-1] < 0.0021
    assert all(later < earlier for earlier, later in zip(rates, rates[1:], strict=False))


def test_training_lowers_the_bits_and_samples_stand_at_their_moments(script):
    story = text.short()
    model, run, samples = script.train(story, epochs=8, seed=0, hidden_size=16)
    assert run.history["bits"][-1] < run.history["bits"][0] - 0.3 < math.log2(97) and run.best == 7
    per_epoch = story.batches("train", script.COLUMNS, script.PIECE)
    assert len(per_epoch) == 6 and script.MOMENTS == (0.01, 0.05, 0.25)                   # of 48 batches: 0, 2, 12
    read = [0, 2 * script.COLUMNS * script.PIECE, 2 * per_epoch.characters, 8 * per_epoch.characters]
    assert [s["characters read"] for s in samples] == read
    assert samples[-1]["text"] == script.write_on(model, np.random.default_rng(0))


def test_the_command_as_written_makes_a_checkpoint(tmp_path):
    command = [sys.executable, str(FOLDER / "make_text_model.py"), "--epochs", "1", "--characters", "40000",
               "--hidden-size", "8", "--folder", str(tmp_path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "text_lstm2.safetensors" in printed
    checkpoint = training.read(tmp_path / "text_lstm2.safetensors")
    assert checkpoint.build().recurrent.hidden_size == 8 and checkpoint.metadata["characters"] == 40_000
