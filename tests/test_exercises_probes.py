"""The solutions of chapter 12's exercises against scikit-learn and torch, on every input of their checks."""

import numpy as np
import pytest
import torch
from exercise_checks import Oracles, exercises
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score

from rnncourse.exercises import probes as ex

oracles = Oracles()


@pytest.mark.parametrize("exercise", exercises(ex), ids=lambda e: e.name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-9)


@oracles.of(ex.held_out_accuracy)
def _(s, z, groups, held):
    out = np.array([group in held for group in groups])
    read = LinearRegression().fit(s[~out], z[~out]).predict(s[out])
    return accuracy_score(z[out] > 0.5, read > 0.5)


@oracles.of(ex.control_labels)
def _(words, lots):
    by_type = dict(zip(sorted(set(words.tolist())), lots.tolist(), strict=True))
    return np.array([by_type[word] for word in words.tolist()])


@oracles.of(ex.selectivity)
def _(said, truth, control_said, control, held):
    return accuracy_score(truth[held], said[held]) - accuracy_score(control[held], control_said[held])


@oracles.of(ex.lost_without)
def _(h, W_hy, b_y, y, unit):
    h, W_hy, b_y, y = (torch.tensor(each) for each in (h, W_hy, b_y, y))
    others = torch.arange(h.shape[1]) != unit
    scores = h[:, others] @ W_hy[others] + h[:, unit].mean() * W_hy[unit] + b_y
    loss = torch.nn.functional.cross_entropy
    return (loss(scores, y) - loss(h @ W_hy + b_y, y)).item() / np.log(2)


@oracles.of(ex.erase)
def _(s, z, w):
    up, down = s[z > 0.5].mean(0), s[z < 0.5].mean(0)                 # (z − z̄) S goes along their difference
    return s - np.outer((s - s.mean(0)) @ w, (up - down) / ((up - down) @ w))


def test_what_was_erased_is_in_no_number_any_more():
    for case in ex.erase.cases():
        erased, z = ex.erase.reference(**case), case["z"]
        assert np.abs(erased[z > 0.5].mean(0) - erased[z < 0.5].mean(0)).max() < 1e-12
        assert erased.mean(0) == pytest.approx(case["s"].mean(0), abs=1e-12)


def test_the_control_is_the_librarys():
    """With the lots that the library draws from the same generator."""
    from rnncourse.explain import probes

    rng = np.random.default_rng(5)
    words, kinds = rng.integers(0, 9, 40), rng.integers(0, 3, 40)
    lots = np.random.default_rng(1).choice(kinds, len(np.unique(words)))
    theirs = probes.control_task(words, kinds, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(ex.control_labels.reference(words, lots), theirs)


def _mean_kept_as_an_array(s, z, groups, held):
    return np.array([ex.held_out_accuracy.reference(s, z, groups, held)])


def _words_for_places(words, lots):
    return lots[words]


def _a_list(words, lots):
    return list(ex.control_labels.reference(words, lots))


@pytest.mark.parametrize(("exercise", "answer", "says"), [
    (ex.control_labels, _a_list, "The classes themselves are right"),
    (ex.control_labels, _words_for_places, "`np.unique` with `return_inverse` numbers the types"),
    (ex.held_out_accuracy, _mean_kept_as_an_array, "expected")])
def test_a_likely_slip_is_named(exercise, answer, says):
    assert says in " ".join(str(exercise.check(answer)).split())
