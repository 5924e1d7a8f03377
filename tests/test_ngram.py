"""The n-gram: probabilities that sum to 1, values by hand, and a slow dictionary of counts that must agree with it."""

import math
import time
from collections import Counter, defaultdict

import numpy as np
import pytest
from planting import plant

from rnncourse.datasets import text
from rnncourse.validate import ngram


class Slow:
    """Witten–Bell as its formula reads, one symbol at a time, with dictionaries. The specification."""

    def __init__(self, sequences, order, classes):
        self.order, self.classes = order, classes
        self.after = defaultdict(Counter)                 # what followed each context, contexts of every length
        for sequence in sequences:
            for place, symbol in enumerate(sequence):
                for length in range(min(order - 1, place) + 1 if order else 0):
                    self.after[tuple(sequence[place - length:place])][symbol] += 1

    def probability(self, symbol, context):
        context = tuple(context)[-(self.order - 1):] if self.order > 1 else ()
        return self._p(symbol, context) if self.order else 1 / self.classes

    def _p(self, symbol, context):
        lower = self._p(symbol, context[1:]) if context else 1 / self.classes
        seen = self.after.get(context)
        if not seen:
            return lower
        return (seen[symbol] + len(seen) * lower) / (seen.total() + len(seen))

    def bits(self, sequence):
        return [-math.log2(self.probability(s, sequence[:place])) for place, s in enumerate(sequence)]


def random_sequences(seed):
    """Few symbols, clumped, so that contexts come again; among them sequences of one symbol and of none."""
    rng = np.random.default_rng(seed)
    classes, order = int(rng.integers(1, 6)), int(rng.integers(0, 6))
    weights = rng.dirichlet(np.full(classes, 0.7))
    lengths = [*rng.integers(0, 25, 3).tolist(), 1]
    return [rng.choice(classes, n, p=weights) for n in lengths], order, classes, rng


# -- against the slow one ---------------------------------------------------------------------------
def agrees_with_the_slow_one(module):
    """Bits of seen and of unseen sequences, and probabilities after contexts of every kind, to 1e-12."""
    for seed in range(40):
        sequences, order, classes, rng = random_sequences(seed)
        model, slow = module.fit(sequences, order, classes), Slow([s.tolist() for s in sequences], order, classes)
        unseen = [rng.integers(0, classes, n) for n in (0, 1, 2, 40)]
        for sequence, bits in zip(sequences + unseen, model.bits(sequences + unseen), strict=True):
            np.testing.assert_allclose(bits, slow.bits(sequence.tolist()), rtol=0, atol=1e-12)
        for length in range(8):
            context = rng.integers(0, classes, length)
            p = model.probabilities(context)
            assert p.shape == (classes,) and abs(p.sum() - 1) < 1e-12 and p.min() > 0
            np.testing.assert_allclose(p, [slow.probability(s, context.tolist()) for s in range(classes)], atol=1e-12)


def test_it_agrees_with_the_slow_one():
    agrees_with_the_slow_one(ngram)


@pytest.mark.parametrize("changes", [
    [("[place >= length - 1]", "[np.arange(len(flat)) >= length - 1]")],           # counts across sequence ends
    [("np.flatnonzero(place >= length - 1)", "np.flatnonzero(np.arange(len(flat)) >= length - 1)")],
    [("p[here] = (count[known] + kinds * p[here])", "p[here] = (count[known] + kinds / self.classes)")],  # to p_0
    [("p *= len(followers)", "p = len(followers) / self.classes + 0 * p")],
    [("/ (total[known] + kinds)", "/ (total[known] + 1)")],                         # no longer sums to 1
    [("known = total > 0", "known = count > 0")],                                   # the zero counts left out
    [("kinds = np.diff(self.starts)", "kinds = self.totals")],                      # totals taken for kinds
    [("break      ", "p = np.full(self.classes, 1 / self.classes); break  ")],      # unseen context: uniform
    [("context[-length]", "context[length - 1]")],                                  # context read from its start
    [("range(1, int(order) + 1)", "range(1, int(order) + 2)")],                     # an order too many
], ids=lambda changes: changes[0][1][:40])
def test_a_planted_bug_is_caught(changes):
    with pytest.raises((AssertionError, ValueError, IndexError)):
        agrees_with_the_slow_one(plant(ngram, *changes))


# -- by hand ----------------------------------------------------------------------------------------
def test_order_0_is_uniform():
    model = ngram.fit(text.encode("abcabc"), order=0)
    np.testing.assert_array_equal(model.probabilities(text.encode("abc")), np.full(97, 1 / 97))
    assert abs(model.bits_per_character(text.encode("any text")) - math.log2(97)) < 1e-12


def test_order_1_by_hand():
    """aab: 2 kinds in 3, so p(a) = (2 + 2/4)/5, p(b) = (1 + 2/4)/5, and 0.1 for each of the two that never came."""
    model = ngram.fit([0, 0, 1], order=1, classes=4)
    np.testing.assert_allclose(model.probabilities([1, 1]), [0.5, 0.3, 0.1, 0.1], rtol=1e-15)
    np.testing.assert_allclose(model.bits([0, 1, 3]), -np.log2([0.5, 0.3, 0.1]), rtol=1e-15)
    assert abs(model.bits_per_character([0, 1, 3]) - np.mean(-np.log2([0.5, 0.3, 0.1]))) < 1e-15


def test_order_2_by_hand():
    """After a came a and b, once each: (1 + 2 p_1)/(2 + 2). After b nothing came, so p_1 stands."""
    model = ngram.fit([0, 0, 1], order=2, classes=4)
    np.testing.assert_allclose(model.probabilities([0]), [0.5, 0.4, 0.05, 0.05], rtol=1e-15)
    np.testing.assert_allclose(model.probabilities([1]), [0.5, 0.3, 0.1, 0.1], rtol=1e-15)
    np.testing.assert_allclose(model.probabilities(), [0.5, 0.3, 0.1, 0.1], rtol=1e-15)


def test_nothing_is_counted_across_the_end_of_a_sequence():
    apart, joined = ngram.fit([[0, 1], [2, 3]], order=2, classes=4), ngram.fit([0, 1, 2, 3], order=2, classes=4)
    np.testing.assert_array_equal(apart.probabilities([1]), apart.probabilities([]))
    assert joined.probabilities([1])[2] > joined.probabilities([])[2]
    first, second = apart.bits([[0, 1], [2, 3]])
    assert len(first) == len(second) == 2 and second[0] == -np.log2(apart.probabilities([])[2])


def test_many_sequences_one_by_one_or_together():
    sequences, _, classes, _ = random_sequences(5)
    model = ngram.fit(sequences, 3, classes)
    together = model.bits(sequences)
    assert len(together) == len(sequences)
    for sequence, bits in zip(sequences, together, strict=True):
        np.testing.assert_array_equal(bits, model.bits(sequence))
    assert abs(model.bits_per_character(sequences) - np.concatenate(together).mean()) < 1e-15


# -- a real text ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def story():
    return text.short()


def test_bits_are_the_logarithms_of_probabilities_at_each_place(story):
    for order in range(7):
        model, numbers = ngram.fit(story.numbers("train"), order), story.numbers("test")
        bits = model.bits(numbers)
        assert bits.shape == numbers.shape
        for place in range(0, len(numbers), 7):
            p = model.probabilities(numbers[:place])
            assert abs(p.sum() - 1) < 1e-12
            assert abs(bits[place] + math.log2(p[numbers[place]])) < 1e-12


def test_a_longer_look_helps_on_held_out_text_up_to_a_point(story):
    bits = [ngram.fit(story.numbers("train"), order).bits_per_character(story.numbers("test")) for order in range(5)]
    assert all(better < worse - 0.1 for worse, better in zip(bits[:3], bits[1:4], strict=True))
    assert bits[4] < bits[2] < bits[0] == pytest.approx(math.log2(97))
    seen = ngram.fit(story.numbers("train"), 4).bits_per_character(story.numbers("train"))
    assert seen < bits[4] - 0.5                               # what was counted itself looks far too good


def test_a_million_characters_are_fitted_in_seconds():
    numbers = text.standard_library().text
    start = time.process_time()
    model = ngram.fit(text.encode(numbers), order=5)
    assert time.process_time() - start < 3 and "97 symbols" in repr(model)
    start = time.process_time()
    assert model.bits(text.encode(numbers)).mean() < 2.3 and time.process_time() - start < 3


def test_the_longest_order_still_counts_right():
    """97⁹ fits into 63 bits; one symbol more would not."""
    numbers = text.encode("".join(text.VOCABULARY[::-1]) * 2)
    model = ngram.fit(numbers, order=9)
    after = model.probabilities(numbers[:50])
    assert after.argmax() == numbers[50] and model.order == 9
    assert min(level.grams.min() for level in model.levels) >= 0
    two = ngram.fit(np.tile([0, 1, 1], 60), order=62, classes=2)
    assert two.probabilities(np.tile([0, 1, 1], 40)).argmax() == 0


# -- sampling ---------------------------------------------------------------------------------------
def test_samples_follow_the_probabilities():
    model = ngram.fit(np.random.default_rng(0).integers(0, 3, 50), order=2, classes=4)
    rng = np.random.default_rng(1)
    drawn = model.sample(rng, [1], 5_000)
    pairs = np.bincount(drawn[:-1] * 4 + drawn[1:], minlength=16).reshape(4, 4)
    for context in range(3):
        share = pairs[context] / pairs[context].sum()
        np.testing.assert_allclose(share, model.probabilities([context]), atol=0.04)


def test_samples_are_repeatable_and_sharpened(story):
    model, prompt = ngram.fit(story.numbers("train"), 4), text.encode("The ")
    one, two = (model.sample(np.random.default_rng(3), prompt, 60) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (60,) and one.dtype == np.int64 and model.sample(np.random.default_rng(3), [], 0).shape == (0,)
    coldest = model.sample(np.random.default_rng(0), prompt, 30, temperature=0)
    np.testing.assert_array_equal(coldest, model.sample(np.random.default_rng(9), prompt, 30, top_k=1))
    known = prompt.tolist()
    for symbol in coldest.tolist():
        assert symbol == model.probabilities(known).argmax()
        known.append(symbol)
    few = model.sample(np.random.default_rng(4), prompt, 200, top_k=2)
    known = prompt.tolist()
    for symbol in few.tolist():
        assert symbol in np.argsort(-model.probabilities(known), kind="stable")[:2]
        known.append(symbol)
    assert (ngram.fit([0], 0, 5).sample(np.random.default_rng(0), [], 400) == np.arange(5)[:, None]).any(1).all()


def test_a_text_shorter_than_the_order_is_guessed_as_far_as_it_goes():
    long = ngram.fit(text.encode("abcabcabc"), order=6)
    short = text.encode("ab")
    whole = [-np.log2(long.probabilities(short[:k])[short[k]]) for k in range(2)]
    np.testing.assert_allclose(long.bits(short), whole, atol=1e-12)
    assert ngram.fit(short, order=6).order == 6


# -- bad input --------------------------------------------------------------------------------------
@pytest.mark.parametrize("ask, message", [
    (lambda: ngram.fit(text.encode("ab"), order=10), "order is 10; expected a whole number from 0 to 9 for 97 classes"),
    (lambda: ngram.fit(text.encode("ab"), order=-1), "order is -1"),
    (lambda: ngram.fit(text.encode("ab"), order=1.5), "order is 1.5"),
    (lambda: ngram.fit([0], classes=0), "classes is 0"),
    (lambda: ngram.fit([]), "nothing to count"),
    (lambda: ngram.fit([[], []]), "nothing to count"),
    (lambda: ngram.fit([0, 4], 2, 4), "run from 0 to 4; expected 0 to 3, as classes=4"),
    (lambda: ngram.fit([0.5, 1.0]), r"float64 of shape \(2,\).*text.encode"),
    (lambda: ngram.fit("abc"), r"the symbols are <U3 of shape \(\)"),
    (lambda: ngram.fit([0, 1], 2, 4).probabilities([-1]), "run from -1"),
    (lambda: ngram.fit([0, 1], 2, 4).bits([7]), "run from 7 to 7"),
    (lambda: ngram.fit([0, 1], 2, 4).bits_per_character([]), "nothing to guess"),
    (lambda: ngram.fit([0, 1], 2, 4).sample(np.random.default_rng(0), [], -1), "length is -1"),
])
def test_bad_input_says_what_came(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()
