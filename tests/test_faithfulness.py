"""Faithfulness: curves with known ends and a known best order, agreement as scikit-learn has it, controls that bite."""

import itertools
import warnings

import explain_checks
import numpy as np
import pytest
import torch
from explain_checks import D, Twin, linear_rnn
from planting import plant
from sklearn.metrics import roc_auc_score

from rnncourse import training
from rnncourse.datasets import sentiment
from rnncourse.explain import attribution, decomposition, faithfulness, known_answers
from rnncourse.explain.gate_attention import gate_attention
from rnncourse.explain.lrp import lrp
from rnncourse.explain.model import Explained
from rnncourse.training import models

LAB = explain_checks.Lab()


@pytest.fixture
def given():
    twin = Twin("lstm", 1, True)
    return {"net": twin.explained(LAB), "x": twin.x, "target": twin.target, "lengths": twin.lengths,
            "order": np.random.default_rng(1).normal(size=twin.x.shape[:2])}


# -- curves --------------------------------------------------------------------------------------------------
def check_curves_take_the_steps_in_order(room, given):
    """Row by row, by hand: round(share × length) steps with the largest order are the baseline's, or are there."""
    base = np.full(D, 0.4)
    for what in ("deletion", "insertion"):
        curve = getattr(room, what)(**given, baseline=base, points=5)
        for s, share in enumerate((0, 0.25, 0.5, 0.75, 1)):
            for b, end in enumerate(given["lengths"]):
                top = sorted(range(end), key=lambda t, b=b: -given["order"][t, b])[:int(np.round(share * end))]
                chosen = np.isin(np.arange(end), top)
                x = np.where((chosen == (what == "insertion"))[:, None], given["x"][:end, b], base)
                expected = given["net"].scores(x[:, None])[0, given["target"][b]]
                assert abs(curve.scores[s, b] - expected) < 1e-12, (what, share, b)


def check_the_best_order_of_an_affine_score(room, given):
    """There what a step does is known, and no other order of 4 steps has a larger area."""
    net, x = linear_rnn(LAB), np.random.default_rng(2).normal(size=(4, 1, D))
    effect = attribution.occlusion(net, x, 1).tokens
    for curve in (room.deletion, room.insertion):
        areas = {order: curve(net, x, 1, np.array(order)[:, None], points=5).area[0]
                 for order in itertools.permutations(range(4))}
        best = curve(net, x, 1, effect, points=5).area[0]
        worst = curve(net, x, 1, -effect, points=5).area[0]
        assert abs(best - max(areas.values())) < 1e-12 and abs(worst - min(areas.values())) < 1e-12
        assert best > worst + 0.1


CURVES = [check_curves_take_the_steps_in_order, check_the_best_order_of_an_affine_score]


@pytest.mark.parametrize("check", CURVES, ids=lambda check: check.__name__)
def test(check, given):
    check(faithfulness, given)


@pytest.mark.parametrize("old, new, by", [
    ("np.where(batch.mask, -order, np.inf)", "np.where(batch.mask, order, np.inf)", CURVES),
    ("np.where(batch.mask, -order, np.inf)", "-order", CURVES[:1]),
    ("descending = np.argsort(np.where(batch.mask, -order, np.inf), axis=0, kind=\"stable\")\n"
     "    return np.argsort(descending, axis=0, kind=\"stable\")",
     "return np.argsort(np.where(batch.mask, -order, np.inf), axis=0)", CURVES),
    ("np.round(part * batch.lengths)", "np.round(part * len(batch.x))", CURVES[:1]),
    ('-change if self.what == "deletion" else change', "change", CURVES[1:]),
    ("np.where(chosen, base, batch.x) if what", "np.where(chosen, 0, batch.x) if what", CURVES[:1]),
], ids=["the least important first", "the padding goes first", "order taken for ranks", "shares of the longest row",
        "deletion counts gains", "zeros for the baseline"])
def test_the_checks_catch(old, new, by, given):
    mutant = plant(faithfulness, (old, new))
    for check in by:
        with pytest.raises(AssertionError):
            check(mutant, given)


def test_curves_say_what_they_are(given):
    curve = faithfulness.deletion(**given)
    assert curve.share.tolist() == np.linspace(0, 1, 11).tolist() and curve.scores.shape == (11, 4)
    assert "Deletion curve of 4 row(s), mean score at 0%: " in repr(curve) and "mean area" in repr(curve)


@pytest.mark.parametrize("change, message", [
    ({"order": np.ones((7, 3))}, r"the order is \(7, 3\); expected \(T, B\) = \(7, 4\)"),
    ({"order": np.full((7, 4), np.nan)}, "the order holds NaN"), ({"points": 1}, "points is 1; expected a"),
    ({"target": 9}, "target is 9"), ({"baseline": np.ones(2)}, "baseline is float64")])
def test_bad_curves_say_what_came(given, change, message):
    with pytest.raises(ValueError, match=message):
        faithfulness.deletion(**given | change)


# -- known answers -------------------------------------------------------------------------------------------------
def test_agreement_is_scikit_learns():
    rng, lengths = np.random.default_rng(0), np.array([9, 5, 1, 6, 4])
    tokens, known = np.round(rng.normal(size=(9, 5)), 1), rng.random((9, 5)) < 0.4    # with ties
    known[:6, 3], known[:4, 4] = True, False                                          # all decide, none does
    found = known_answers.agreement(tokens, known, lengths)
    for b in (0, 1):
        end = lengths[b]
        assert found.auc[b] == pytest.approx(roc_auc_score(known[:end, b], np.abs(tokens[:end, b])), abs=1e-12)
        k = known[:end, b].sum()
        top = np.argsort(-np.abs(tokens[:end, b]), kind="stable")[:k]
        assert found.hits[b] == known[top, b].mean()
    assert np.isnan(found.auc[[2, 3, 4]]).all() and found.hits[3] == 1 and np.isnan(found.hits[4])
    rows = [known[:end, b] for b, end in enumerate(lengths)]
    again = known_answers.agreement(-tokens, rows, lengths)                           # without sign; rows as a list
    np.testing.assert_array_equal(again.auc, found.auc)
    assert "Agreement on 2 row(s)" in repr(found) and "3 row(s) without a contrast" in repr(found)


def test_agreement_at_its_ends():
    known = np.array([[True], [False], [True], [False]])
    assert known_answers.agreement(known.astype(float), known).auc[0] == 1
    assert known_answers.agreement(1.0 - known, known).auc[0] == 0
    assert known_answers.agreement(np.ones((4, 1)), known).auc[0] == 0.5


@pytest.mark.parametrize("tokens, responsible, message", [
    (np.ones((3, 2)), np.ones((3, 2)), r"responsible is float64 of shape \(3, 2\)"),
    (np.ones((3, 2)), np.ones((2, 2), bool), r"expected booleans \(T, B\) = \(3, 2\)"),
    (np.ones((3, 2)), [[True] * 3, [True] * 2], "holds 2 rows of 3, 2 … steps; expected 2 of 3, 3"),
    (np.ones(3), np.ones(3, bool), r"tokens are \(3,\); expected \(T, B\)"),
    (np.full((3, 2), np.nan), np.ones((3, 2), bool), "tokens hold NaN")])
def test_bad_agreement_says_what_came(tokens, responsible, message):
    with pytest.raises(ValueError, match=message):
        known_answers.agreement(tokens, responsible)


def test_a_ranking_tells_when_the_best_changes():
    same = known_answers.Ranking({"a": np.array([0.9, 0.8]), "b": np.array([0.7, 0.7])})
    flip = known_answers.Ranking({"a": np.array([0.9, 0.6]), "b": np.array([0.7, 0.7])})
    assert not same.flips and flip.flips and flip.best == {"a": 1, "b": 1}
    assert "is always the same" in repr(same) and "differs between networks" in repr(flip)
    assert "0.850 ± 0.071" in repr(same) and "0.800 to 0.900" in repr(same)


# -- on a trained network ----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def reviews():
    return sentiment.sample(np.random.default_rng(0), 1600)


@pytest.fixture(scope="module")
def held_out(reviews):
    texts, labels = reviews.part("test")
    x, lengths = reviews.padded(texts)
    return {"x": x, "lengths": lengths}, labels, [reviews.responsible[k] for k in reviews.rows("test")]


@pytest.fixture(scope="module")
def nets(reviews):
    """(trained, untrained)."""
    def make():
        return models.NameModel(reviews.symbols, 2, 16, 24, both=False, cell="gru")

    def loss(scores, labels):
        return torch.nn.functional.cross_entropy(scores, labels)

    def batches(rng):
        return [tuple(map(torch.as_tensor, batch)) for batch in reviews.batches("train", 32, rng)]

    model = training.seeded(0, make)
    training.fit(model, batches, loss, epochs=8, learning_rate=1e-2, progress=False)
    return Explained.of(model), Explained.of(training.seeded(0, make))


def test_only_a_network_that_has_learnt_is_worth_explaining(nets, held_out):
    trained, untrained = nets
    given, labels, _ = held_out
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = faithfulness.worth_explaining(trained, given["x"], labels, given["lengths"])
    assert found.right > 0.85 and 0.5 <= found.constant < 0.6 and found.count == len(labels)
    own = (trained.scores(**given).argmax(1) == labels).mean()
    assert found.right == own and f"right on {own:.1%}" in repr(found)
    with pytest.warns(faithfulness.InaccurateModel, match="has not learnt what it is to be explained for"):
        faithfulness.worth_explaining(untrained, given["x"], labels, given["lengths"])


METHODS = {"gradient": lambda *a: attribution.gradient(*a).norms, "gradient × input": attribution.gradient_times_input,
           "integrated gradients": lambda *a: attribution.integrated_gradients(*a, tolerance=1e-2),
           "occlusion": attribution.occlusion, "LRP": lrp, "LRP, biases": lambda *a: lrp(*a, bias_factor=1),
           "decomposition": decomposition.of_words,
           "gates": lambda net, x, target, lengths: gate_attention(net.trace(x, lengths)).tokens}


def test_every_method_finds_the_words_that_decide_and_chance_does_not(nets, held_out):
    given, labels, responsible = held_out
    rng = np.random.default_rng(0)
    methods = METHODS | {"chance": lambda net, x, *_: rng.random(x.shape)}
    found = known_answers.compare(nets[:1], methods, given["x"], labels, responsible, given["lengths"])
    assert 0.43 < found.auc["chance"][0] < 0.57
    for name in METHODS:
        assert found.auc[name][0] > 0.67, name
    assert found.auc["occlusion"][0] > 0.8
    before = known_answers.compare(nets[1:], {"IG": METHODS["integrated gradients"]}, given["x"], labels, responsible,
                                   given["lengths"])
    assert before.auc["IG"][0] < found.auc["integrated gradients"][0] - 0.1


def test_a_target_may_be_the_networks_own_choice(nets, held_out):
    given, _, responsible = held_out
    seen = []
    known_answers.compare(nets, {"own": lambda net, x, target, lengths: seen.append(target) or np.ones(x.shape)},
                          given["x"], lambda net: net.scores(**given).argmax(1), responsible, given["lengths"])
    assert [np.array_equal(target, net.scores(**given).argmax(1)) for target, net in zip(seen, nets, strict=True)]


def test_an_explanations_order_loses_the_score_faster_than_chance(nets, held_out):
    given, labels, _ = held_out
    rng = np.random.default_rng(0)
    chance = rng.random(given["x"].shape)
    found = METHODS["integrated gradients"](nets[0], given["x"], labels, given["lengths"]).tokens
    for curve in (faithfulness.deletion, faithfulness.insertion):
        areas = [curve(nets[0], given["x"], labels, order, given["lengths"]).area.mean() for order in (found, chance)]
        assert areas[0] > 1.5 * areas[1] > 0


# -- shuffled weights --------------------------------------------------------------------------------------------------
def test_shuffled_weights_are_the_same_numbers_elsewhere(nets):
    net, before = nets[0], nets[0].layers[0]["forward"]["W_h"].copy()
    other = faithfulness.shuffled(net, np.random.default_rng(0))
    for name, value in net.layers[0]["forward"].items():
        mixed = other.layers[0]["forward"][name]
        assert mixed.shape == value.shape and not np.array_equal(mixed, value)
        assert np.array_equal(np.sort(mixed.ravel()), np.sort(value.ravel()))
    for name in ("W_hy", "b_y", "embedding"):
        assert np.array_equal(np.sort(getattr(other, name).ravel()), np.sort(getattr(net, name).ravel()))
    assert not np.array_equal(other.embedding, net.embedding)
    assert np.array_equal(net.layers[0]["forward"]["W_h"], before)


def test_an_explanation_that_does_not_look_at_the_weights_is_found_out(nets, held_out):
    given, labels, _ = held_out
    x, lengths = given["x"][:, :60], given["lengths"][:60]

    def position(net, x, target, lengths):
        return np.arange(1.0, len(x) + 1)[:, None] * np.ones(x.shape)

    blind, seeing = (faithfulness.against_shuffled_weights(nets[0], method, x, labels[:60], lengths,
                                                           np.random.default_rng(0), draws=3)
                     for method in (position, METHODS["integrated gradients"]))
    assert blind.mean == pytest.approx(1) and blind.spread == pytest.approx(0, abs=1e-12)
    assert seeing.mean < 0.5 and seeing.correlations.shape == (3, 60)
    assert np.isnan(seeing.correlations[:, lengths <= 2]).all()
    assert "weights +1.00 ± 0.00" in repr(blind)
    again = faithfulness.against_shuffled_weights(nets[0], METHODS["integrated gradients"], x, labels[:60], lengths,
                                                  np.random.default_rng(0), draws=3)
    np.testing.assert_array_equal(again.correlations, seeing.correlations)


def test_randomness_arrives_as_rng(nets):
    with pytest.raises(TypeError, match="rng is None; expected a random generator"):
        faithfulness.against_shuffled_weights(nets[0], lrp, np.ones((3, 2), int), 0)
