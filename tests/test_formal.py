"""Tomita's languages: rule and automaton say the same, the counts of ORACLES, words built to be accepted, batches."""

import itertools

import numpy as np
import pytest
from planting import plant

from rnncourse.datasets import formal

STATES = {1: 2, 2: 3, 3: 5, 4: 4, 5: 4, 6: 3, 7: 5}
COUNTS = {1: (1,) * 8, 2: (1, 0) * 4, 3: (1, 2, 3, 6, 10, 18, 31, 54), 4: (1, 2, 4, 7, 13, 24, 44, 81),
          5: (1, 0, 2, 0, 8, 0, 32, 0), 6: (1, 0, 2, 2, 6, 10, 22, 42), 7: (1, 2, 4, 8, 15, 26, 42, 64)}
each = pytest.mark.parametrize("number", formal.NUMBERS)


def check_rule_is_automaton(module, number, longest=12):
    language = module.TOMITA[number]
    for word in module.every_word(longest):
        assert language.accepting[language.path(word)[-1]] == language.accepts(word), word


def check_counts(module, number):
    """Counted in two ways: word by word with the rule, and along the automaton."""
    language = module.TOMITA[number]
    by_rule = tuple(sum(map(language.accepts, module.every_word(n, n))) for n in range(8))
    assert by_rule == COUNTS[number] == tuple(language.count(n) for n in range(8))
    assert [language.count(n) + language.count(n, accepted=False) for n in (0, 5, 300)] == [1, 32, 2**300]


def check_is_smallest(module, number):
    """Every state is reached, and any two are told apart by some continuation: no automaton has fewer states."""
    language = module.TOMITA[number]
    reached = {state for word in module.every_word(6) for state in language.path(word)}
    assert reached == set(range(language.states)) and language.states == STATES[number]

    def verdicts(state):
        return tuple(_ends(language, state, word) for word in module.every_word(5))

    assert len({verdicts(state) for state in reached}) == language.states


def _ends(language, state, word):
    for letter in word:
        state = language.step[state][int(letter)]
    return language.accepting[state]


CHECKS = (check_rule_is_automaton, check_counts, check_is_smallest)


@each
@pytest.mark.parametrize("check", CHECKS)
def test_language(check, number):
    check(formal, number)


@pytest.mark.parametrize("number, old, new, caught_by", [
    (3, '"10" not in "".join(odd)', '"10" not in "".join(k if len(list(r)) % 2 else "-" '
     'for k, r in itertools.groupby(word))', "check_rule_is_automaton check_counts"),   # "immediately followed"
    (3, "(2, 3), (4, 4)), {2, 4}", "(3, 3), (4, 4)), {2, 4}", "check_rule_is_automaton check_counts"),
    (7, '"0*1*0*1*"', '"1*0*1*0*"', "check_rule_is_automaton"),
    (6, "((1, 2), (2, 0), (0, 1))", "((1, 2), (2, 0), (1, 0))", "check_rule_is_automaton"),
    (2, "((2, 1), (0, 2), (2, 2)), {1, 2}", "((2, 1), (0, 2), (3, 2), (2, 3)), {1, 2, 3}", "check_is_smallest"),
    (4, '"000" not in word', '"00" not in word', "check_rule_is_automaton check_counts"),
    (5, "== 0,", "!= 3,", "check_rule_is_automaton check_counts"),
])
def test_planted_bugs_are_caught(number, old, new, caught_by):
    mutant = plant(formal, (old, new))
    for name in caught_by.split():
        with pytest.raises(AssertionError):
            globals()[name](mutant, number)


def test_immediately_followed_would_count_otherwise():
    """The trap of language 3: with only the next run of 0s looked at, lengths 6 and 7 have 32 and 56 words."""
    def next_only(word):
        runs = [(k, len(list(r)) % 2) for k, r in itertools.groupby(word)]
        return (("1", 1), ("0", 1)) not in zip(runs, runs[1:], strict=False)
    assert [sum(map(next_only, formal.every_word(n, n))) for n in (6, 7)] == [32, 56]


# -- words ----------------------------------------------------------------------------------------------------
@each
@pytest.mark.parametrize("accepted", [True, False])
def test_drawn_words_are_as_asked(number, accepted):
    language, rng = formal.tomita(number), np.random.default_rng(0)
    for length in language.lengths(15, accepted)[::3] + language.lengths(1500, accepted)[-1:]:
        word = language.draw(rng, length, accepted)
        assert len(word) == length and language.accepts(word) == accepted


def test_drawn_evenly():
    language, rng = formal.tomita(4), np.random.default_rng(0)
    drawn = [language.draw(rng, 5) for _ in range(4800)]
    counts = [drawn.count(word) for word in formal.every_word(5, 5) if language.accepts(word)]
    assert len(counts) == 24 and sum(counts) == 4800
    assert min(counts) > 150 and max(counts) < 250        # 200 each, standard deviation 14


@each
def test_lengths_are_those_with_words(number):
    language = formal.tomita(number)
    for accepted in (True, False):
        slow = [n for n in range(9) if any(language.accepts(w) == accepted for w in formal.every_word(n, n))]
        assert language.lengths(8, accepted) == slow


@each
def test_balanced_words(number):
    language = formal.tomita(number)
    words = formal.balanced(language, np.random.default_rng(3), count=400, longest=12)
    verdicts = [language.accepts(word) for word in words]
    assert sum(verdicts) == 200 and verdicts[::2] == [True] * 200
    assert max(map(len, words)) == 12 and min(map(len, words)) <= 1 + (number == 7) * 3
    misses = words[1::4]
    near = [any(language.accepts(w[:k] + "10"[int(w[k])] + w[k + 1:]) for k in range(len(w))) for w in misses]
    assert sum(near) > 80    # a few lengths have no near miss: 0, and those at which every word belongs


@each
def test_long_words_half_accepted(number):
    language = formal.tomita(number)
    words = formal.long_words(language, np.random.default_rng(1), count=40, shortest=80, longest=120)
    assert all(80 <= len(word) <= 120 for word in words)
    assert sum(map(language.accepts, words)) == 20
    at_random = ["".join(np.random.default_rng(k).choice(["0", "1"], 100)) for k in range(50)]
    if number in (1, 2, 3, 4, 7):
        assert sum(map(language.accepts, at_random)) == 0        # on these a constant "no" would look right


def test_near_misses():
    rng = np.random.default_rng(0)
    assert formal.nearly(formal.tomita(1), rng, 6).count("0") == 1
    assert formal.nearly(formal.tomita(2), rng, 3) is None        # no word of length 3 belongs
    assert formal.nearly(formal.tomita(7), rng, 2) is None        # all words of length 2 belong
    assert formal.nearly(formal.tomita(1), rng, 0) is None


def test_same_rng_same_words():
    words = [formal.balanced(formal.tomita(3), np.random.default_rng(seed), 50) for seed in (4, 4, 5)]
    assert words[0] == words[1] != words[2]


# -- batches --------------------------------------------------------------------------------------------------
@each
def test_padded_against_slow_reading(number):
    language = formal.tomita(number)
    words = formal.balanced(language, np.random.default_rng(2), 30, 9)
    batch = formal.padded(language, words)
    assert batch.x.shape == (1 + max(map(len, words)), 30, 2) and batch.words == tuple(words)
    for b, word in enumerate(words):
        assert batch.lengths[b] == len(word) + 1 and not batch.x[0, b].any()
        for t in range(len(batch.x)):
            inside = t <= len(word)
            letter = {(1, 0): "0", (0, 1): "1", (0, 0): ""}[tuple(batch.x[t, b])]
            assert letter == (word[t - 1] if inside and t else "")
            assert batch.target[t, b] == (language.accepts(word[:t]) if inside else formal.SILENCE)
        assert batch.labels[b] == language.accepts(word)


def test_arrays_cannot_be_written_to():
    batch = formal.padded(formal.tomita(1), ["", "01"])
    with pytest.raises(ValueError, match="read-only"):
        batch.x[0] = 1
    assert "2, 1 of them in the language" in repr(batch) and "1*" in repr(formal.tomita(1))


@pytest.mark.parametrize("act, error, says", [
    (lambda: formal.tomita(8), ValueError, "no Tomita language 8; they have the numbers 1 to 7"),
    (lambda: formal.tomita(2).draw(np.random.default_rng(0), 3), ValueError,
     r"no word of length 3 is in \(10\)\*; try length 4"),
    (lambda: formal.tomita(1).count(-1), ValueError, "length is -1; expected a whole number"),
    (lambda: formal.tomita(1).count(True), ValueError, "length is True"),
    (lambda: formal.tomita(1).accepts("012"), ValueError, "holds '2'; expected the letters 0 and 1 only"),
    (lambda: formal.tomita(1).accepts(101), TypeError, "a word is 101; expected a text"),
    (lambda: formal.padded(formal.tomita(1), []), ValueError, "words is empty"),
    (lambda: formal.balanced(formal.tomita(7), np.random.default_rng(0), 8, longest=2), ValueError,
     r"lengths 0 to 2 have no word outside 0\*1\*0\*1\*; try longest=3"),
    (lambda: formal.balanced(formal.tomita(7), np.random.default_rng(0), 8, longest=2, shortest=3), ValueError,
     "lengths 3 to 2"),
])
def test_errors(act, error, says):
    with pytest.raises(error, match=says):
        act()
