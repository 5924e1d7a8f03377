"""Contextual decomposition: β + γ = h, nothing from an empty phrase, all from a whole one, the paper's own numbers."""

import decomposition_checks
import explain_checks
import numpy as np
import pytest
import torch

from rnncourse.explain import decomposition
from rnncourse.explain.model import Explained
from rnncourse.training import models

LAB = explain_checks.Lab()


@pytest.mark.parametrize("check", decomposition_checks.DECOMPOSITION, ids=lambda check: check.__name__)
def test(check):
    check(LAB)


@pytest.fixture
def given():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    return {"net": Explained.of(models.NameModel(20, 4, 5, 7)), "x": rng.integers(1, 20, size=(6, 3)), "target": 1,
            "lengths": np.array([6, 3, 4])}


def test_a_span_is_the_same_phrase_in_every_row(given):
    mask = np.zeros((6, 3), bool)
    mask[1:3] = True
    span, marked = (decomposition.of_phrase(**given, phrase=phrase) for phrase in ((1, 3), mask))
    assert np.array_equal(span.beta, marked.beta) and np.array_equal(span.phrase, mask)


def test_it_says_what_it_is(given):
    text = repr(decomposition.of_phrase(**given, phrase=(1, 3)))
    assert "Decomposition of 3 row(s)" in text and "steps [1, 2]: β" in text and "β + γ + b_y = F(x): largest" in text
    assert "word by word" in repr(decomposition.of_words(**given))


def test_words_in_pieces_are_the_same(given, monkeypatch):
    whole = decomposition.of_words(**given).values
    monkeypatch.setattr(decomposition, "AT_ONCE", 100)
    np.testing.assert_allclose(decomposition.of_words(**given).values, whole, atol=1e-15)


@pytest.mark.parametrize("phrase, message", [
    ((1, 4), "the phrase runs from 1 to 4; .* the length of row 1"), ((-1, 2), "runs from -1 to 2"),
    ((2, 1), "runs from 2 to 1"), (np.ones((6, 2), bool), r"expected booleans \(T, B\) = \(6, 3\)"),
    (np.ones((6, 3), int), "the phrase is int64"), (np.ones((6, 3), bool), "holds step 3 of row 1, whose length is 3")])
def test_bad_phrases_say_what_came(given, phrase, message):
    with pytest.raises(ValueError, match=message):
        decomposition.of_phrase(**given, phrase=phrase)


def test_other_bad_input(given):
    with pytest.raises(ValueError, match="target is 4"):
        decomposition.of_words(**given | {"target": 4})
    with pytest.raises(ValueError, match="outside the vocabulary"):
        decomposition.of_words(**given | {"x": given["x"] + 19})
