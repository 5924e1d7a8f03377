"""Probes on states whose answer is known: a direction, a memory of tokens, nothing at all; neighbours by hand."""

import numpy as np
import pytest
from planting import plant
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler

from rnncourse.explain import _probing, probes

N, H, TEXTS = 2000, 8, 20
GROUPS = np.repeat(np.arange(TEXTS), N // TEXTS)


class Rooms:
    """explain.probes with bugs in it or in _probing: Rooms(_probing=[(old, new)])."""

    def __init__(self, probes_=(), _probing_=()):
        made = plant(_probing, *_probing_)
        self.probes = plant(probes, *probes_)
        self.probes.fit, self.probes.Split, self.probes.kind_of = made.fit, made.Split, made.kind_of


def rng(seed=0):
    return np.random.default_rng(seed)


def states_with_a_direction(seed=0, margin=1.0):
    """States (N, H) of unequal scale and place, labels that one direction tells apart, and that direction."""
    draw = rng(seed)
    direction, states = draw.normal(size=H), draw.normal(size=(N, H))
    labels = states @ direction > 0
    states += margin * np.where(labels, 1, -1)[:, None] * direction / np.linalg.norm(direction)
    return states * 10.0**np.arange(-3, H - 3) + 100, labels


def check_what_a_direction_tells_is_found_without_fault(rooms):
    states, labels = states_with_a_direction()
    for its in (labels, labels.astype(float), labels.astype(int), np.where(labels, "in", "out")):
        probe = rooms.probes.linear_probe(states, its, GROUPS, rng=rng())
        assert probe.kind == "classes" and probe.score == probe.accuracy == 1.0
        assert probe.weights.shape == (H,) and np.array_equal(probe.predict(states), its)
        assert 0.4 < probe.majority < 0.6
        assert ((probe.scores(states) > 0) == (its == probe.classes[1])).all()


def check_what_is_not_there_is_not_found(rooms):
    states, labels = rng(1).normal(size=(N, H)), rng(2).random(N) < 0.8
    probe = rooms.probes.linear_probe(states, labels, GROUPS, rng=rng())
    assert abs(probe.accuracy - probe.majority) < 0.03 and abs(probe.majority - 0.8) < 0.05
    number = rooms.probes.linear_probe(states, rng(2).normal(size=N), GROUPS, rng=rng())
    assert number.kind == "number" and abs(number.score) < 0.05 and -0.05 < number.baseline <= 0


def check_it_is_scored_on_texts_it_has_not_seen(rooms):
    """States that name their text, labels that the text decides at random: known by heart in training, chance outside.

    A probe that held out single steps would be right on all of them.
    """
    right, most = [], []
    for seed in range(12):
        texts = 40
        groups = np.repeat(np.arange(texts), 50)
        names, labels = rng(seed).normal(size=(texts, 60)), rng(100 + seed).random(texts) < 0.5
        states = names[groups] + 0.1 * rng(seed).normal(size=(len(groups), 60))
        probe = rooms.probes.linear_probe(states, labels[groups], groups, rng=rng(seed))
        right.append(probe.accuracy)
        most.append(probe.majority)
        assert 8 <= len(probe.groups) <= 12 and probe.held_out == 50 * len(probe.groups)
        assert probe.trained + probe.held_out == len(groups) and set(probe.groups) <= set(range(texts))
        held = np.isin(groups, probe.groups)
        assert (probe.predict(states[~held]) == labels[groups][~held]).all()
        assert abs((probe.predict(states[held]) == labels[groups][held]).mean() - probe.accuracy) < 1e-12
        for name, score in probe.by_group.items():
            mine = groups == name
            assert abs((probe.predict(states[mine]) == labels[name]).mean() - score) < 1e-12
        train = labels[groups][~held]
        assert probe.majority == (labels[groups][held] == (train.mean() > 0.5)).mean()
    assert 0.3 < np.mean(right) < 0.7, f"{np.mean(right)} on texts it should know nothing of"


def check_it_is_scikit_learns(rooms):
    draw, states = rng(3), rng(4).normal(size=(N, H)) * 5 + 2
    classes = (states[:, :3] + 4 * draw.normal(size=(N, 3))).argmax(1)
    number = states @ draw.normal(size=H) + 8 * draw.normal(size=N)
    for labels, model in ((classes, LogisticRegression(max_iter=1000)), (number, Ridge())):
        probe = rooms.probes.linear_probe(states, labels, GROUPS, rng=rng(5))
        held = np.isin(GROUPS, probe.groups)
        scale = StandardScaler().fit(states[~held])
        model.fit(scale.transform(states[~held]), labels[~held])
        said = model.predict(scale.transform(states[held]))
        np.testing.assert_allclose(probe.predict(states[held]), said, rtol=1e-9)
        np.testing.assert_allclose(probe.weights, np.squeeze(model.coef_.T), rtol=1e-9)
        own = r2_score(labels[held], said) if probe.kind == "number" else (said == labels[held]).mean()
        assert abs(probe.score - own) < 1e-12
        if probe.kind == "number":
            constant = r2_score(labels[held], np.full(held.sum(), labels[~held].mean()))
            assert abs(probe.baseline - constant) < 1e-12 and abs(
                np.mean([probe.by_group[g] for g in probe.groups]) - ((said - labels[held])**2).mean()) < 1e-9
            with pytest.raises(ValueError, match="this probe predicts a number"):
                assert probe.accuracy


def check_the_control_is_a_class_for_each_type(rooms):
    tokens, labels = rng(0).integers(500, size=20_000), rng(1).random(20_000) < 0.2
    control = rooms.probes.control_task(tokens, labels, rng=rng(2))
    of_type = [control[tokens == t] for t in range(500)]
    assert control.shape == labels.shape and control.dtype == labels.dtype
    assert all(len(set(its.tolist())) == 1 for its in of_type)
    assert abs(np.mean([its[0] for its in of_type]) - 0.2) < 0.06      # as often as in the labels
    assert not np.array_equal(control, rooms.probes.control_task(tokens, labels, rng=rng(3)))
    for seed in range(50):
        two = rooms.probes.control_task(np.array(["a", "b"] * 50), np.arange(100) < 2, rng=rng(seed))
        assert len(set(two.tolist())) == 2


def check_the_control_unmasks_a_memory(rooms):
    """States that are the token's own vector: with few types any labels of types can be read off them, with many none.

    And states that hold the property and nothing of the token: selectivity near its largest.
    """
    few, many = rng(0).integers(6, size=N), rng(0).integers(1500, size=N)
    vectors = rng(1).normal(size=(1500, H)) * 3
    vocal = np.array([0, 1, 0, 1, 1, 0] * 250, bool)
    known = rooms.probes.probe_with_control(vectors[few], vocal[few], few, GROUPS, rng=rng(2))
    assert known.task.accuracy == known.control.accuracy == 1.0 and known.selectivity == 0
    hidden = rooms.probes.probe_with_control(vectors[many], vocal[many], many, GROUPS, rng=rng(2))
    assert hidden.control.accuracy < hidden.control.majority + 0.1
    states, labels = states_with_a_direction()
    both = rooms.probes.probe_with_control(states, labels, many, GROUPS, rng=rng(2))
    assert both.task.accuracy == 1 and both.selectivity > 0.35
    assert both.task.groups == both.control.groups and abs(
        both.selectivity - (both.task.accuracy - both.control.accuracy)) < 1e-12
    assert repr(both).startswith(f"selectivity {both.selectivity:+.3f}")
    numbers = rooms.probes.probe_with_control(states, rng(7).normal(size=N), few, GROUPS, rng=rng(2))
    assert numbers.task.kind == numbers.control.kind == "number"


def check_neighbours(rooms):
    vectors, names = np.array([[2, 0], [5, 5], [1, 0.1], [-1, 0], [0, 2.0]]), list("abcde")
    found = rooms.probes.neighbours(vectors, names, "a", 4)
    assert found.names == ("c", "b", "e", "d")
    np.testing.assert_allclose(found.nearness, [1 / np.sqrt(1.01), np.sqrt(0.5), 0, -1], atol=1e-15)
    near = rooms.probes.neighbours(vectors, "abcde", "a", 3, "distance")
    assert near.names == ("c", "e", "d")
    np.testing.assert_allclose(near.nearness, [np.sqrt(1.01), np.sqrt(8), 3])
    assert repr(found) == "Neighbours of 'a' by cosine: 'c' 1.00, 'b' 0.71, 'e' 0.00, 'd' -1.00"


CHECKS = [check_what_a_direction_tells_is_found_without_fault, check_what_is_not_there_is_not_found,
          check_it_is_scored_on_texts_it_has_not_seen, check_it_is_scikit_learns,
          check_the_control_is_a_class_for_each_type, check_the_control_unmasks_a_memory, check_neighbours]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check):
    check(Rooms())


@pytest.mark.parametrize("changes, by", [
    ({"_probing_": [("held = np.isin(each, order[:out])", "held = np.arange(len(each)) % 4 == 0")]}, CHECKS[2:3]),
    ({"_probing_": [("mean, spread = train.mean(0), train.std(0)", "mean, spread = 0 * train[0], 1 + 0 * train[0]")]},
     CHECKS[3:4]),
    ({"_probing_": [("names[counts.argmax()]", "names[counts.argmin()]")]}, CHECKS[1:3]),
    ({"_probing_": [("known.mean())**2", "asked.mean())**2")]}, CHECKS[3:4]),
    ({"_probing_": [("of_group[split.groups == name]", "of_group[split.groups >= name]")]}, CHECKS[2:3]),
    ({"probes_": [("return drawn[each]", "return rng.permutation(labels)")]}, CHECKS[4:6]),
    ({"probes_": [("rng.choice(labels, len(types))", "rng.choice(np.unique(labels), len(types))")]}, CHECKS[4:5]),
    ({"probes_": [("if len(np.unique(drawn)) > 1:", "if True:")]}, CHECKS[4:5]),
    ({"probes_": [("for its in (labels, for_types)", "for its in (for_types, labels)")]}, CHECKS[5:6]),
    ({"probes_": [("- self.mean) / self.spread", "- self.mean) * self.spread")]}, [CHECKS[0], CHECKS[3]]),
    ({"probes_": [("(length * length[place])", "length")]}, CHECKS[6:]),
    ({"probes_": [("order = order[order != place]", "order = order")]}, CHECKS[6:]),
], ids=["steps held out, not texts", "not standardised", "the rarest class always", "mean of the held-out",
        "a text's score is others', too", "control not by type", "classes drawn evenly", "a control of one class",
        "task and control exchanged", "times the spread", "cosine of other lengths", "its own neighbour"])
def test_the_checks_catch(changes, by):
    rooms = Rooms(**changes)
    for check in by:
        with pytest.raises((AssertionError, ValueError)):
            check(rooms)


def test_the_same_rng_gives_the_same_probe():
    states, labels = states_with_a_direction(margin=0)
    labels ^= rng(9).random(N) < 0.2
    first, second, other = (probes.linear_probe(states, labels, GROUPS, rng=rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.groups == second.groups != other.groups
    assert repr(first).startswith(f"Probe of 8 units: accuracy {first.accuracy:.1%}, always the most frequent class")
    number = probes.linear_probe(states, labels.astype(float), GROUPS, rng=rng(1), kind="number")
    assert repr(number).startswith(f"Probe of 8 units: R² {number.score:.3f}, always the mean {number.baseline:.3f}")


def test_a_unit_that_rests_says_nothing():
    states, labels = states_with_a_direction()
    states = np.column_stack([states, np.full(N, 0.1 + 0.2)])
    probe = probes.linear_probe(states, labels, GROUPS, rng=rng())
    assert abs(probe.weights[-1]) < 1e-6 and probe.accuracy == 1


# -- doors --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change, error, message", [
    ({"groups": np.zeros(N)}, ValueError, r"there is one group, .*; expected two or more texts"),
    ({"labels": np.ones(N, bool)}, ValueError, "steps for fitting have one class only"),
    ({"labels": GROUPS == 3}, ValueError, "have one class only"),
    ({"labels": np.full(N, np.nan)}, ValueError, r"labels hold NaN or infinity at 2000 step\(s\)"),
    ({"labels": np.ones((N, 2))}, ValueError, r"labels are \(2000, 2\); expected \(2000,\)"),
    ({"labels": np.array([None] * N)}, TypeError, "labels are object; expected numbers, booleans or strings"),
    ({"groups": np.zeros(3)}, ValueError, r"groups are \(3,\); expected \(2000,\)"),
    ({"states": np.full((N, H), np.nan)}, ValueError, "states holds NaN or infinity"),
    ({"states": np.ones(N)}, ValueError, r"states is \(2000,\); expected \(N, H\)"),
    ({"kind": "rank"}, ValueError, "kind is 'rank'; expected 'classes' or 'number'"),
    ({"labels": np.array(["a", "b"] * (N // 2)), "kind": "number"}, ValueError, "the labels are strings"),
    ({"rng": 3}, TypeError, r"rng is 3; expected a random generator. Try np.random.default_rng\(0\)"),
])
def test_bad_input_to_a_probe(change, error, message):
    states, labels = states_with_a_direction()
    given = {"states": states, "labels": labels, "groups": GROUPS, "rng": rng()} | change
    with pytest.raises(error, match=message):
        probes.linear_probe(**given)


def test_too_few_steps():
    states, labels = states_with_a_direction()
    with pytest.raises(ValueError, match=r"step\(s\) for fitting; expected at least 20"):
        probes.linear_probe(states[:16], np.arange(16) % 2, np.arange(16) // 4, rng=rng())
    with pytest.raises(ValueError, match=r"3 step\(s\) held out; expected at least 5"):
        probes.linear_probe(states[:60], np.arange(60) % 2, np.where(np.arange(60) < 3, 1, 0) + np.zeros(60),
                            rng=_order([1, 0]))


def _order(order):
    """A generator that permutes as told."""
    class Told(np.random.Generator):
        def permutation(self, count):
            return np.array(order)

    return Told(np.random.PCG64(0))


def test_bad_input_to_the_others():
    with pytest.raises(ValueError, match=r"there are 1 token type\(s\) and 2 label\(s\)"):
        probes.control_task(np.zeros(4), np.array([0, 1, 0, 1]), rng=rng())
    with pytest.raises(ValueError, match=r"tokens are \(3,\) and labels \(4,\)"):
        probes.control_task(np.zeros(3), np.zeros(4), rng=rng())
    with pytest.raises(TypeError, match="rng is None"):
        probes.control_task(np.zeros(4), np.zeros(4), rng=None)
    vectors = np.eye(3)
    for arguments, message in (((vectors, "ab", "a"), "2 names for 3 vectors"),
                               ((vectors, "abc", "d"), "no 'd' among the 3 names; there are 'a', 'b', 'c'"),
                               ((vectors, "abc", "a", 3), "count is 3; expected 1 to 2"),
                               ((vectors, "abc", "a", 1, "dot"), "metric is 'dot'; expected 'cosine' or 'distance'"),
                               ((vectors * [1, 1, 0], "abc", "a", 1), "the vector of 'c' is 0 and has no direction"),
                               ((vectors * np.nan, "abc", "a", 1), "vectors holds NaN")):
        with pytest.raises(ValueError, match=message):
            probes.neighbours(*arguments)
