"""The short text: characters to numbers and back, streams that continue, clear errors, and what it is made of."""

import numpy as np
import pytest

from rnncourse.datasets import short_text
from rnncourse.datasets.short_text import ShortText


@pytest.fixture(scope="module")
def text():
    return short_text.load()


def test_it_has_what_the_gates_should_follow(text):
    assert 6000 < len(text.text) < 12000
    assert text.text.count('"') > 80 and text.text.count('"') % 2 == 0
    assert text.text.count("(") == text.text.count(")") > 20
    depth = 0
    for character in text.text:                       # every bracket closes what was opened, sometimes two deep
        depth += (character == "(") - (character == ")")
        assert 0 <= depth <= 2
    assert set("0123456789") <= set(text.vocabulary) and text.vocabulary.isascii()
    assert all(paragraph.count('"') % 2 == 0 for paragraph in text.text.split("\n\n"))


def test_encode_and_decode_are_inverse(text):
    numbers = text.encode(text.text)
    assert numbers.dtype == np.int64 and numbers.min() == 0 and numbers.max() == len(text.vocabulary) - 1
    assert text.decode(numbers) == text.text
    assert text.encode("").shape == (0,) and text.decode(text.encode("")) == ""
    small = ShortText("abca")
    assert small.vocabulary == "abc" and small.encode("cab").tolist() == [2, 0, 1]


def test_one_hot_of_a_text_and_of_numbers(text):
    x = text.one_hot("It rained.")
    assert x.shape == (10, 1, len(text.vocabulary)) and (x.sum(-1) == 1).all()
    assert text.decode(x[:, 0].argmax(-1)) == "It rained."
    numbers = text.stream("train", batch=4)[0][:6]
    wide = text.one_hot(numbers, np.float32)
    assert wide.shape == (6, 4, len(text.vocabulary)) and wide.dtype == np.float32
    np.testing.assert_array_equal(wide.argmax(-1), numbers)


@pytest.mark.parametrize("part, batch", [("train", 1), ("train", 8), ("validation", 1), ("validation", 5)])
def test_stream_columns_continue_one_another(text, part, batch):
    x, y = text.stream(part, batch)
    assert x.shape == y.shape == ((len(text.parts[part]) - 1) // batch, batch)
    assert text.decode(x.T.ravel()) == text.parts[part][:x.size]
    assert text.decode(y.T.ravel()) == text.parts[part][1:x.size + 1]


def test_held_out_part_follows_the_rest(text):
    assert text.parts["train"] + text.parts["validation"] == text.text
    assert abs(len(text.parts["validation"]) / len(text.text) - 0.1) < 0.01
    assert set(text.parts["validation"]) <= set(text.parts["train"])


@pytest.mark.parametrize("ask, message", [
    (lambda t: t.encode("caf\u00e9 ~"), r"unknown character\(s\) '~' 'é', first at position 3; the vocabulary is"),
    (lambda t: t.decode(np.array([0, 999])), r"numbers run from 0 to 999; expected 0 to \d+"),
    (lambda t: t.decode(np.array([-1])), "numbers run from -1"),
    (lambda t: t.decode(np.array([[1]])), r"int64 of shape \(1, 1\)"),
    (lambda t: t.decode(np.array([0.5])), "whole numbers"),
    (lambda t: t.one_hot(np.array([1, 2])), r"try numbers\[:, None\]"),
    (lambda t: t.stream("train", 10**6), "batch=1000000 columns do not fit"),
    (lambda t: t.stream("train", 0), "batch is 0"),
    (lambda t: ShortText("a"), "expected at least 2"),
])
def test_bad_input_says_what_came(text, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(text)


def test_unknown_part(text):
    with pytest.raises(KeyError, match="this text has train, validation"):
        text.stream("test")


def test_it_tells_what_it_is(text):
    assert f"{len(text.text)} characters" in text.describe() and "CC BY 4.0" in text.describe()
    assert "written for this course" in text.describe() and "ShortText" in repr(text)
    assert ShortText(text.text).fingerprint == text.fingerprint != ShortText(text.text + " ").fingerprint
