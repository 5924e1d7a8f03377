"""The solutions of chapter 13's exercises against the library, scikit-learn and brute force, on every input."""

import itertools
from collections import Counter

import numpy as np
import pytest
from exercise_checks import Oracles, exercises, said
from sklearn.decomposition import PCA

from rnncourse.cells.networks import Network
from rnncourse.exercises import simplify as ex
from rnncourse.explain import automata
from rnncourse.explain import simplify as library
from rnncourse.explain.automata import Automaton
from rnncourse.explain.model import Explained

oracles = Oracles()


@pytest.mark.parametrize("exercise", exercises(ex), ids=lambda e: e.name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-10)


@oracles.of(ex.kernel)
def _(W_xh, W_hh, W_hy, steps):
    cell = {"W_xh": W_xh, "W_hh": W_hh, "b_h": np.zeros(len(W_hh))}
    network = Network("rnn", ({"forward": cell},), {"W_hy": W_hy, "b_y": np.zeros(W_hy.shape[1])})
    return library.kernel(Explained.of(network, activation="linear"), steps).weights


def test_a_pulse_writes_the_kernel_into_the_output():
    case = ex.kernel.cases()[-1]
    h, answer = case["W_xh"][1], []                      # a pulse on feature 1 at step 0, then silence
    for _ in range(case["steps"]):
        answer.append(h @ case["W_hy"])
        h = h @ case["W_hh"]
    np.testing.assert_allclose(ex.kernel.reference(**case)[:, 1], answer, atol=1e-12)


@oracles.of(ex.keep)
def _(h, k):
    found = PCA(k).fit(h)
    return found.inverse_transform(found.transform(h))


@oracles.of(ex.where_to)
def _(before, after, clusters):
    counts = [Counter(after[before == c].tolist()) for c in range(clusters)]
    return np.array([min(count, key=lambda goal, count=count: (-count[goal], goal)) for count in counts])


def _machine(step, accepting, start=0):
    return Automaton(range(step.shape[1]), step, accepting, start)


@oracles.of(ex.merge)
def _(step, accepting):
    words = automata.every_word(range(step.shape[1]), 7)     # enough for up to 8 states
    looks = [tuple(_machine(step, accepting, s).accepts(word) for word in words) for s in range(len(step))]
    return np.array([list(dict.fromkeys(looks)).index(look) for look in looks])


def test_merged_machines_are_as_small_as_the_librarys():
    for case in ex.merge.cases():
        group, machine = ex.merge.reference(**case), _machine(**case)
        reached = list(machine.words())
        assert len({group[state] for state in reached}) == automata.minimise(machine).states


@oracles.of(ex.first_difference)
def _(step_a, accepting_a, step_b, accepting_b):
    for length in range(len(step_a) + len(step_b)):
        for word in itertools.product(range(step_a.shape[1]), repeat=length):
            a = b = 0
            for letter in word:
                a, b = step_a[a, letter], step_b[b, letter]
            if accepting_a[a] != accepting_b[b]:
                return length
    return -1


def test_the_inputs_hold_equal_machines_and_long_and_empty_words():
    found = {ex.first_difference.reference(**case) for case in ex.first_difference.cases()}
    assert {-1, 0, 1} <= found and max(found) == 6


def test_a_difference_may_come_after_more_letters_than_either_has_states():
    assert any(ex.first_difference.reference(**case) > max(len(case["step_a"]), len(case["step_b"]))
               for case in ex.first_difference.cases())


def _as_the_chapter_does(step, accepting):
    group = np.array(accepting, int)
    while True:
        _, finer = np.unique(np.column_stack([group, group[step]]), axis=0, return_inverse=True)
        if finer.max() + 1 == len(set(group)):
            return finer.ravel()
        group = finer.ravel()


@pytest.mark.parametrize(("exercise", "answer", "says"), [
    (ex.merge, _as_the_chapter_does, "the groups are right and their numbers are not"),
    (ex.keep, lambda h, k: (h - h.mean(0)) @ np.linalg.svd(h - h.mean(0))[2][:k].T, "Back to states"),
    (ex.merge, lambda step, accepting: np.array(accepting, int) * 0, "All states began in one group"),
    (ex.where_to, lambda before, after, clusters: np.array([dict(zip(before, after, strict=True))[c]
                                                            for c in range(clusters)]), "The last state seen")])
def test_a_likely_slip_is_named(exercise, answer, says):
    assert says in " ".join(said(exercise, answer).split())
