"""Reviews out of a grammar: a second reader agrees on every meaning, and no count of words gives the label away."""

import json
import re
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from rnncourse.datasets import sentiment
from rnncourse.datasets.sentiment import BLAME, IDLE, NEUTRAL, NOUNS, PRAISE, Reviews

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def reviews():
    return sentiment.sample(np.random.default_rng(5), 1200)


# -- a second reader, slow and by other means: regular expressions over whole clauses, exact fractions -------
ADJECTIVE = "|".join(PRAISE + BLAME + NEUTRAL)


def meaning(words):
    """The score: what stands after the last "but", cut into clauses at "and" and "the", each worked out alone."""
    after = re.split(r"\bbut\b", " ".join(words))[-1]
    return sum((clause_meaning(clause) for clause in re.split(r"\b(?:and|the)\b", after)), Fraction(0))


def clause_meaning(clause):
    total = Fraction(0)
    for before, adjective in re.findall(rf"(.*?)\b({ADJECTIVE})\b", clause):
        too = bool(re.search(r"\btoo\b", before))
        value = Fraction(-2 if adjective in BLAME or too and adjective in NEUTRAL else 2 if adjective in PRAISE else 0)
        before = re.sub(r"\bnot at all\b", "wholly-not", before)
        for pattern, factor in ((r"\b(very|really)\b", 2), (r"\bwholly-not\b", -1), (r"\bnever\b", -1),
                                (r"(?<!wholly-)\bnot\b", Fraction(-1, 2))):
            value *= Fraction(factor) ** len(re.findall(pattern, before))
        total += value
    return total


@pytest.mark.parametrize("text, score", [
    ("the film was good", 2), ("not at all boring but too long", -2), ("not good", -1), ("never good", -2),
    ("not at all good", -2), ("not very good", -2), ("very dull", -4), ("quite long", 0), ("too long", -2),
    ("the plot was not too slow", 1), ("never too dark", 2), ("awful and very bad but good", 2),
    ("awful but good but dull", -2), ("good and not good", 1), ("very long and fresh", 2), ("not bad", 1)])
def test_meanings_that_a_reader_can_check(text, score):
    words = text.split()
    assert sentiment.read(words)[-1] == score == meaning(words)


def test_a_second_reader_agrees_on_every_review(reviews):
    for words, score, label in zip(reviews.texts, reviews.scores, reviews.labels, strict=True):
        assert meaning(words) == score != 0 and label == (score > 0)


def test_a_second_reader_agrees_on_words_in_any_order():
    rng = np.random.default_rng(0)
    common = ["good", "dull", "long", "not", "never", "very", "too", "but", "and", "the", "at", "all", "quite", "was"]
    for _ in range(2000):
        words = [common[k] for k in rng.integers(len(common), size=rng.integers(1, 12))]
        assert sentiment.read(words)[-1] == meaning(words), words


def test_the_score_so_far_is_that_of_the_words_so_far(reviews):
    for words in reviews.texts[:100]:
        so_far = sentiment.read(words)
        assert so_far.shape == (len(words),)
        assert [sentiment.read(words[:t + 1])[-1] for t in range(len(words))] == so_far.tolist()


# -- responsible words -----------------------------------------------------------------------------------
def test_responsible_words_are_those_whose_absence_changes_the_score(reviews):
    for words, marked in zip(reviews.texts, reviews.responsible, strict=True):
        without = [meaning(words[:t] + words[t + 1:]) != meaning(words) for t in range(len(words))]
        assert marked.dtype == bool and marked.tolist() == without


@pytest.mark.parametrize("text, responsible", [
    ("the film was not at all boring but the plot was too long", "but too long"),
    ("the film was good but the plot was clever", "but clever"),
    ("quite good and long", "good"), ("not at all very good", "not at all very good"),
    ("dark but moving", "moving"), ("we saw it on sunday and never dull", "never dull")])
def test_which_words_are_responsible(text, responsible):
    words = text.split()
    assert [w for w, marked in zip(words, sentiment.responsible(words), strict=True) if marked] == responsible.split()


OTHER = {**dict.fromkeys(PRAISE, BLAME), **dict.fromkeys(BLAME, PRAISE), "not": IDLE, "never": IDLE, "very": IDLE,
         "really": IDLE, "too": IDLE, "but": ("and",)}
ALIKE = {word: kind for kind in (PRAISE, BLAME, NEUTRAL, NOUNS, IDLE, ("very", "really")) for word in kind}


def test_changing_a_responsible_word_changes_the_score_and_another_never(reviews):
    rng, changed, kept = np.random.default_rng(1), 0, 0
    for words, score, marked in zip(reviews.texts, reviews.scores, reviews.responsible, strict=True):
        for t, word in enumerate(words):
            kind = OTHER.get(word) if marked[t] else OTHER.get(word, ALIKE.get(word))
            if kind is None:
                continue
            other = meaning((*words[:t], kind[rng.integers(len(kind))], *words[t + 1:]))
            if marked[t]:
                assert other != score, (words, t)
                changed += 1
            elif word in (*PRAISE, *BLAME, *NOUNS, *IDLE):          # set aside by a "but", or without any weight
                assert other == score, (words, t)
                kept += 1
    assert changed > 2000 and kept > 2000


def test_a_flipped_adjective_flips_a_short_review():
    for praise, blame in zip(PRAISE, BLAME, strict=True):
        for before in ("", "not ", "never ", "not at all ", "very ", "awful but "):
            assert meaning((before + praise).split()) == -meaning((before + blame).split()) != 0


# -- the sample ------------------------------------------------------------------------------------------
def test_labels_are_balanced_and_reviews_differ(reviews):
    assert len(reviews) == len(set(reviews.texts)) == 1200 and reviews.labels.sum() == 600
    for seed in range(5):         # shuffled: what fills up the second label does not stand at the end
        assert len(set(sentiment.sample(np.random.default_rng(seed), 300).labels[-8:].tolist())) == 2
    for part in PARTS:
        assert 0.4 < reviews.part(part)[1].mean() < 0.6


def test_same_seed_same_reviews(reviews):
    assert sentiment.sample(np.random.default_rng(5), 1200).fingerprint == reviews.fingerprint
    assert sentiment.sample(np.random.default_rng(6), 1200).fingerprint != reviews.fingerprint


def test_parts_share_no_sentence_even_between_samples(reviews):
    other = sentiment.sample(np.random.default_rng(6), 1200)
    sets = [{*reviews.part(part)[0], *other.part(part)[0]} for part in PARTS]
    assert not (sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])
    assert sorted(np.concatenate([reviews.rows(part) for part in PARTS])) == list(range(1200))
    np.testing.assert_allclose([len(s) for s in sets], [0.7 * 2400, 0.1 * 2400, 0.2 * 2400], rtol=0.15)
    texts, labels = reviews.part("test")
    assert all((meaning(words) > 0) == label for words, label in zip(texts, labels, strict=True))


def test_every_kind_of_word_occurs(reviews):
    assert {word for words in reviews.texts for word in words} == set(reviews.vocabulary)
    assert any("but" in words[words.index("but") + 1:] for words in reviews.texts if "but" in words)
    share = np.concatenate(reviews.responsible).mean()
    assert 0.15 < share < 0.5


def test_counts_of_words_do_not_give_the_label_away():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    many = sentiment.sample(np.random.default_rng(0), 4000)
    (train, train_y), (test, test_y) = many.part("train"), many.part("test")
    for most, limit in ((1, 0.75), (2, 0.88)):                                # words; pairs of neighbours too
        counts = CountVectorizer(ngram_range=(1, most), token_pattern=r"\S+")
        model = LogisticRegression(max_iter=2000).fit(counts.fit_transform(map(" ".join, train)), train_y)
        accuracy = model.score(counts.transform(map(" ".join, test)), test_y)
        assert 0.52 < accuracy < limit, (most, accuracy)


# -- numbers -----------------------------------------------------------------------------------------------
def test_words_and_numbers(reviews):
    assert sorted(reviews.vocabulary) == list(reviews.vocabulary) and len(set(reviews.vocabulary)) == 63
    assert reviews.symbols == 64
    every = reviews.encode(reviews.vocabulary)
    assert every.tolist() == list(range(1, 64)) and reviews.decode(every) == list(reviews.vocabulary)
    text = "Not at all boring, but too long"
    assert reviews.decode(reviews.encode(text)) == ["not", "at", "all", "boring", "but", "too", "long"]
    x, lengths = reviews.padded(["very good", ("the", "film", "was", "dull"), "fresh"])
    assert x.shape == (4, 3) and lengths.tolist() == [2, 4, 1] and ((x > 0).sum(0) == lengths).all()
    assert reviews.decode(x[:, 1]) == ["the", "film", "was", "dull"] and (x[1:, 2] == 0).all()


def test_batches_hold_each_review_once_with_its_label(reviews):
    found = {}
    for x, lengths, y in reviews.batches("test", 50, np.random.default_rng(0)):
        assert x.shape == (lengths.max(), len(y)) and len(y) <= 50
        found |= {tuple(reviews.decode(x[:, b])): y[b] for b in range(len(y))}
    assert found == dict(zip(*reviews.part("test"), strict=True))
    first = next(reviews.batches("test", 50))[2]
    assert (first == reviews.part("test")[1][:50]).all()


@pytest.mark.parametrize("ask, message", [
    (lambda r: r.encode("the film was goood"), "'goood' is not among the 63 words; try 'good'"),
    (lambda r: r.encode("xyzzy"), "try a word of `vocabulary`"),
    (lambda r: r.encode(""), "the review is empty"),
    (lambda r: r.encode(" , "), "the review is empty"),
    (lambda r: r.padded("good"), r"try \['good'\]"),
    (lambda r: r.padded([]), "expected a list of reviews"),
    (lambda r: r.decode([64]), "expected 0 to 63"),
    (lambda r: r.batches("test", 0), "batch is 0"),
    (lambda r: Reviews([("good", "bananas")]), "'bananas' is not among"),
    (lambda r: sentiment.sample(np.random.default_rng(0), 7), "count is 7; expected an even number"),
    (lambda r: sentiment.sample(np.random.default_rng(0), 0), "count is 0"),
])
def test_bad_input_says_what_came(reviews, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(reviews)
    with pytest.raises(KeyError, match="these reviews have train, validation, test"):
        reviews.part("dev")


def test_what_it_hands_out_cannot_be_changed(reviews):
    for array in (reviews.scores, reviews.responsible[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_it_tells_what_it_is(reviews):
    text = reviews.describe()
    assert "1200 reviews" in text and "600 praise" in text and "63 words" in text and "MIT" in text
    assert " ".join(reviews.texts[0]) in text and "Reviews: 1200" in repr(reviews)


def test_importing_the_module_is_light():
    code = ("import rnncourse.datasets.sentiment, sys, json\n"
            "print(json.dumps([m for m in ('faker', 'torch', 'pandas', 'sklearn') if m in sys.modules]))")
    assert json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) == []
