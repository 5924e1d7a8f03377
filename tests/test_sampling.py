"""Sampling: softmax at temperature 1, argmax at 0, exactly k stay, and draws that come as often as they should."""

import numpy as np
import pytest

from rnncourse.losses import softmax
from rnncourse.sampling import draw, next_probabilities

LOGITS = np.random.default_rng(3).normal(size=(4, 97))


def test_temperature_one_and_all_symbols_is_softmax():
    np.testing.assert_allclose(next_probabilities(LOGITS), softmax(LOGITS), atol=1e-15)
    np.testing.assert_allclose(next_probabilities(LOGITS, top_k=97), softmax(LOGITS), atol=1e-15)


@pytest.mark.parametrize("temperature", [0.05, 0.5, 1, 3.0, 1e6])
@pytest.mark.parametrize("top_k", [None, 1, 5, 96])
def test_it_sums_to_one_and_exactly_k_stay(temperature, top_k):
    p = next_probabilities(LOGITS, temperature, top_k)
    np.testing.assert_allclose(p.sum(-1), 1)
    if temperature >= 0.5:    # at 0.05 the unlikely may round to 0
        assert ((p > 0).sum(-1) == (top_k or 97)).all()


def test_temperature_is_a_power_of_the_probabilities():
    power = softmax(LOGITS) ** (1 / 0.7)
    np.testing.assert_allclose(next_probabilities(LOGITS, 0.7), power / power.sum(-1, keepdims=True), atol=1e-15)
    entropy = [-(p * np.log(p)).sum() for p in (next_probabilities(LOGITS[0], T) for T in (0.5, 1, 2, 4))]
    assert (np.diff(entropy) > 0).all()


def test_towards_zero_the_likeliest_alone_stays():
    likeliest = np.eye(97)[LOGITS.argmax(-1)]
    np.testing.assert_allclose(next_probabilities(LOGITS, 1e-5), likeliest, atol=1e-12)
    assert (next_probabilities(LOGITS, 0) == likeliest).all()
    assert (next_probabilities(1e4 * LOGITS, 1e-9) == likeliest).all()    # and nothing overflows


def test_top_k_renormalises_what_stays():
    p, all_of_them = next_probabilities([3.0, 1.0, 2.0, 0.0], top_k=2), softmax(np.array([3.0, 1.0, 2.0, 0.0]))
    np.testing.assert_allclose(p, [all_of_them[0], 0, all_of_them[2], 0] / (all_of_them[0] + all_of_them[2]))


def test_of_equals_the_lower_number_stays():
    assert next_probabilities([1.0, 1.0, 1.0, 0.0], top_k=2).tolist() == [0.5, 0.5, 0, 0]
    assert next_probabilities([0.0, 1.0, 1.0], 0).tolist() == [0, 1, 0]


def test_logarithms_of_probabilities_are_logits():
    p = np.array([0.5, 0.0, 0.3, 0.2])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(next_probabilities(np.log(p)), p)
        assert next_probabilities(np.log(p), 2.0)[1] == 0 and next_probabilities(np.log(p), top_k=4)[1] == 0


@pytest.mark.parametrize(("arguments", "says"), [
    (([1.0], -1), "temperature is -1; expected 0"), (([1.0], np.nan), "temperature is nan"),
    (([1.0, 2.0], 1, 3), "top_k is 3; expected a whole number from 1 to 2"), (([1.0, 2.0], 1, 0), "top_k is 0"),
    (([1.0, 2.0], 1, 1.5), "top_k is 1.5"), (([np.nan, 2.0],), "NaN"), (([-np.inf, -np.inf],), "only"),
    ((3.0,), r"logits are \(\)")])
def test_bad_input_is_told(arguments, says):
    with pytest.raises(ValueError, match=says):
        next_probabilities(*arguments)


def test_draws_come_as_often_as_they_should():
    p, rng = np.array([0.1, 0.0, 0.6, 0.3]), np.random.default_rng(0)
    counts = np.bincount([draw(rng, p) for _ in range(4000)], minlength=4)
    assert counts[1] == 0
    expected = 4000 * p[[0, 2, 3]]
    assert (np.abs(counts[[0, 2, 3]] - expected) < 4 * np.sqrt(expected)).all()    # about four standard deviations
    assert [draw(np.random.default_rng(5), p) for _ in range(3)] == [draw(np.random.default_rng(5), p)] * 3


class _Top:
    """A generator that always draws the largest number below 1."""

    def __new__(cls):
        rng = np.random.default_rng(0)
        return type("Top", (np.random.Generator,), {"random": lambda self: np.nextafter(1, 0)})(rng.bit_generator)


def test_rounding_never_reaches_past_the_last_possible_symbol():
    assert draw(_Top(), np.array([0.5, 0.5, 0.0])) == 1
    assert draw(_Top(), np.array([0.1] * 10 + [0.0])) == 9


def test_draw_tells_bad_input():
    with pytest.raises(TypeError, match="random generator"):
        draw(0, [1.0])
    with pytest.raises(ValueError, match=r"\(2,\) and sum to 0.9"):
        draw(np.random.default_rng(0), [0.5, 0.4])
