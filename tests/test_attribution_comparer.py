"""The explorer of chapter 11 shows the library's numbers, says what holds of their sums, and answers what is typed."""

import numpy as np
import pytest

from rnncourse import training
from rnncourse.datasets import sentiment
from rnncourse.explain import attribution, decomposition, faithfulness, lrp
from rnncourse.explain.gate_attention import gate_attention
from rnncourse.explain.model import Explained
from rnncourse.explorers.attribution_comparer import (
    BASELINES,
    METHODS,
    REVIEWS,
    START,
    AttributionComparer,
    all_methods,
    baseline,
    split,
)


@pytest.fixture(scope="module")
def explorer():
    return AttributionComparer.example()


@pytest.fixture(autouse=True)
def again(explorer):
    explorer.reset()


def test_the_networks_are_the_shipped_ones(explorer):
    made = training.shipped("sentiment")
    assert {f"{cell} {seed}" for cell, seed in explorer.nets} == set(made)
    x, lengths = REVIEWS.padded(["never dull", "too long but clever"])
    for (cell, seed), net in explorer.nets.items():
        np.testing.assert_allclose(net.scores(x, lengths), Explained.of(made[f"{cell} {seed}"]).scores(x, lengths))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_what_it_shows_is_the_librarys(explorer, cell):
    with explorer.hold():
        explorer.cell, explorer.seed, explorer.target, explorer.base = cell, 3, "blame", "the word was"
    net, x = explorer.nets[cell, 3], REVIEWS.encode(START)[:, None]
    base, shown = net.embedding[sentiment.NUMBER["was"]], explorer.numbers
    expected = [attribution.gradient(net, x, 0).norms,
                attribution.gradient_times_input(net, x, 0, baseline=base).tokens,
                attribution.occlusion(net, x, 0, baseline=base).tokens,
                attribution.integrated_gradients(net, x, 0, baseline=base).tokens, lrp.lrp(net, x, 0).tokens,
                decomposition.of_words(net, x, 0).tokens, gate_attention(net.trace(x)).tokens]
    for name, values in zip(METHODS, expected, strict=True):
        np.testing.assert_allclose(shown.columns[name].values, values[:, 0], atol=1e-3, err_msg=name)
    assert shown.score == pytest.approx(net.scores(x)[0, 0])
    assert list(shown.decides) == list(sentiment.responsible(START.split()))


def test_the_sums_stand_beside_what_they_must_be(explorer):
    net = explorer.nets["gru", 1]
    columns = all_methods(net, REVIEWS.encode(START), 1, np.zeros(16))
    x = REVIEWS.encode(START)[:, None]
    change = net.scores(x)[0, 1] - net.scores(np.zeros((12, 1, 16)))[0, 1]
    shown = f"{change:+.2f}".replace("-", "−")
    assert columns["integrated grad."].below == (f"Σ {shown}", f"must be {shown}")
    assert columns["occlusion"].below[1] == f"need not be {shown}"
    total, start = columns["gate attention"].values.sum(), gate_attention(net.trace(x)).start.mean()
    assert columns["gate attention"].below == (f"Σ {total:.2f}", f"+ start {start:.2f} = 1")
    assert total + start == pytest.approx(1)
    total, rest = columns["LRP"].below
    words, rest = (float(number.replace("−", "-")) for number in (total.split()[1], rest.split()[0]))
    assert words + rest == pytest.approx(net.scores(x)[0, 1], abs=0.011)


@pytest.mark.parametrize("name", BASELINES)
def test_the_baselines_are_what_they_are_called(explorer, name):
    net = explorer.nets["lstm", 0]
    row = baseline(net, name)
    if name.startswith("the word"):
        assert (row == net.embedding[sentiment.NUMBER[name.split()[-1]]]).all()
    else:
        assert np.allclose(row, 0 if name == "zeros" else net.embedding[1:].mean(0))


def test_shuffled_weights_are_another_network_the_same_each_time(explorer):
    trained = explorer.numbers
    explorer.weights = "shuffled"
    other = faithfulness.shuffled(explorer.nets["lstm", 0], np.random.default_rng(0))
    assert explorer.numbers.score == pytest.approx(other.scores(REVIEWS.encode(START)[:, None])[0, 1])
    assert "shuffled weights" in explorer.words and explorer.numbers.score != trained.score


def test_the_words_say_what_the_picture_shows(explorer):
    assert "LSTM of seed 0: score for praise +2.87; the grammar says praise (+2)" in explorer.words
    assert "decided by but, not, at, all, boring" in explorer.words
    explorer.review = "the film was long"
    assert "neither (+0), decided by no single word" in explorer.words


def test_a_review_is_split_into_words_that_are_known_or_not():
    words, known = split("Not, at all borin")
    assert words == ("not", "at", "all", "borin") and known.tolist() == [True, True, True, False]
    assert split("")[0] == ()
    assert split("Never dull! Not bad, was it? No.")[0] == ("never", "dull", "not", "bad", "was", "it", "no")


def test_an_unknown_word_has_a_row_without_bars_and_is_named(explorer):
    explorer.review = "nice and never dul"
    whole = all_methods(explorer.nets["lstm", 0], REVIEWS.encode("and never"), 1, np.zeros(16))
    shown = explorer.numbers
    assert shown.words == ("nice?", "and", "never", "dul?")
    for name, column in shown.columns.items():
        np.testing.assert_allclose(column.values, [0, *whole[name].values, 0], atol=1e-3)
    assert "Left out, as the networks have not learnt it: “nice” (try “ice”), “dul” (try “dull”)" in explorer.words
    explorer.review = "Nice"
    assert explorer.numbers.words == ("nice?",) and "nothing is read yet" in explorer.words


def test_a_long_unknown_word_is_shortened_in_the_picture(explorer):
    explorer.review = "x" * 130 + " good"
    assert explorer.numbers.words == ("x" * 9 + "…?", "good")
    assert f"learnt it: “{'x' * 9}…”" in explorer.words
    explorer.review = "not tedious"
    assert explorer.numbers.words == ("not", "tedious")           # a known word is never cut


def test_an_unknown_word_is_never_among_the_strongest(explorer):
    explorer.review = "zzz good qqq"
    strongest = explorer.words.split("Strongest words")[1].split("Left out")[0]
    assert "?" not in strongest and "zzz" not in strongest and strongest.count("good") == len(METHODS)


def test_signed_methods_keep_their_sign_where_all_is_positive(explorer):
    explorer.review = "good"
    values = {name: column.values[0] for name, column in explorer.numbers.columns.items()}
    assert values["occlusion"] > 0
    assert f"occlusion good {values['occlusion']:+.2f};" in explorer.words
    assert f"gate attention good {values['gate attention']:.2f}" in explorer.words


@pytest.mark.parametrize(("review", "says"), [
    ("", "review is empty. Type a few words"), ("very " * 20 + "good", "has 21 words; there is room for 20"),
    ("not ☃ good", "“☃” is in no English word"), ("漢字", "“漢” is in no"),
    ("good & bad", "“&” is in no English word")])
def test_what_cannot_be_read_is_answered_and_the_last_picture_stays(explorer, review, says):
    before = explorer.picture.png, explorer.words
    explorer.controls["review"].value = review
    assert says in explorer.picture.problem and explorer.error is None
    assert (explorer.picture.png, explorer.words) == before
    with pytest.raises(ValueError, match=says.split(".")[0]):
        AttributionComparer(explorer.nets, review=review)
