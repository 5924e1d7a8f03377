"""Tomita's seven languages over {0, 1} (Tomita 1982): each as a rule, and as its smallest automaton, written by hand.

A word is a text of the letters 0 and 1, or empty. Learning such a language means to say of every word whether it
belongs: the whole truth is known, so what a network has learnt can be compared with it state by state.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnncourse.datasets import _padding
from rnncourse.datasets._frozen import freeze

ALPHABET = ("0", "1")
SILENCE = -1     # the target of padding: no verdict is asked for there
NUMBERS = range(1, 8)


@dataclass(frozen=True, eq=False, repr=False)
class Language:
    """A language over {0, 1}, told twice.

    rule       the rule as a function of a word: what defines the language
    step       the smallest automaton: step[state][letter] is the next state, state 0 the first
    accepting  whether a word that ends in that state belongs
    """

    number: int
    name: str
    says: str
    rule: Callable
    step: tuple
    accepting: tuple
    alphabet: tuple = ALPHABET
    start: int = 0

    @property
    def states(self):
        """How many states the smallest automaton has."""
        return len(self.step)

    def accepts(self, word):
        """Whether the word belongs, by the rule."""
        return bool(self.rule(_checked(word)))

    def path(self, word):
        """The states that the automaton goes through, one more than the word has letters."""
        states = [self.start]
        for letter in _checked(word):
            states.append(self.step[states[-1]][int(letter)])
        return states

    def count(self, length, accepted=True):
        """How many words of that length belong (or do not), exact, however large."""
        return self._ways(length, accepted)[length][self.start]

    def draw(self, rng, length, accepted=True):
        """One word of that length, evenly from all that belong (or do not); ValueError where there is none.

        It is built letter by letter: each letter has the share of the words that lie behind it.
        """
        ways = self._ways(length, accepted)
        if not ways[length][self.start]:
            raise ValueError(f"no word of length {length} is {'in' if accepted else 'outside'} {self.name}; "
                             f"try length {length + 1}, or one of `lengths`")
        state, word = self.start, ""
        for left in reversed(range(length)):
            zero, one = (ways[left][self.step[state][letter]] for letter in (0, 1))
            letter = int(rng.random() >= zero / (zero + one))    # whole numbers: no length is too long
            state, word = self.step[state][letter], word + ALPHABET[letter]
        return word

    def lengths(self, longest, accepted=True):
        """The lengths 0 … longest of which there is a word that belongs (or does not)."""
        return [n for n, row in enumerate(self._ways(longest, accepted)) if row[self.start]]

    def _ways(self, length, accepted):
        """ways[n][state]: how many words of length n lead from there to a state that accepts (or does not)."""
        if not isinstance(length, (int, np.integer)) or isinstance(length, bool) or length < 0:
            raise ValueError(f"length is {length!r}; expected a whole number ≥ 0")
        ways = [[int(end == accepted) for end in self.accepting]]
        for _ in range(length):
            ways.append([ways[-1][zero] + ways[-1][one] for zero, one in self.step])
        return ways

    def __repr__(self):
        return f"Tomita {self.number}, {self.name}: {self.says}; smallest automaton of {self.states} states"


def _no_late_odd_zeros(word):
    """3: whether no odd run of 1s has any odd run of 0s after it, next to it or further on."""
    odd = [letter for letter, run in itertools.groupby(word) if len(list(run)) % 2]
    return "10" not in "".join(odd)


def _table(number, name, says, rule, step, rejecting):
    return Language(number, name, says, rule, step, tuple(state not in rejecting for state in range(len(step))))


TOMITA = {each.number: each for each in (
    _table(1, "1*", "only 1s", lambda word: "0" not in word,
           ((1, 0), (1, 1)), {1}),
    _table(2, "(10)*", "10, again and again", lambda word: word == "10" * (len(word) // 2),
           ((2, 1), (0, 2), (2, 2)), {1, 2}),
    # 0: no odd run of 1s yet, in none; 1: in an odd one; then, after an odd one: 2 in an odd run of 0s, 3 not; 4: lost
    _table(3, "no odd 1s, then odd 0s", "no odd run of 1s with an odd run of 0s anywhere later", _no_late_odd_zeros,
           ((0, 1), (2, 0), (3, 4), (2, 3), (4, 4)), {2, 4}),
    _table(4, "no 000", "never three 0s in a row", lambda word: "000" not in word,
           ((1, 0), (2, 0), (3, 0), (3, 3)), {3}),
    # bit 1 of the state: an odd number of 0s so far; bit 0: an odd number of 1s
    _table(5, "even 0s, even 1s", "an even number of 0s and an even number of 1s",
           lambda word: word.count("0") % 2 == word.count("1") % 2 == 0,
           ((2, 1), (3, 0), (0, 3), (1, 2)), {1, 2, 3}),
    _table(6, "#0 − #1 ≡ 0 mod 3", "the number of 0s less that of 1s divides by 3",
           lambda word: (word.count("0") - word.count("1")) % 3 == 0,
           ((1, 2), (2, 0), (0, 1)), {1, 2}),
    _table(7, "0*1*0*1*", "at most two blocks of 1s, each after a block of 0s; a block may be empty",
           lambda word: re.fullmatch("0*1*0*1*", word) is not None,
           ((0, 1), (2, 1), (2, 3), (4, 3), (4, 4)), {4}),
)}


def tomita(number):
    """The `Language` of that number, 1 to 7."""
    if number not in TOMITA:
        raise ValueError(f"no Tomita language {number!r}; they have the numbers 1 to 7")
    return TOMITA[number]


# -- words -------------------------------------------------------------------------------------------------
def every_word(longest, shortest=0):
    """All words of length shortest … longest, the shorter first, in the order of counting."""
    for length in range(shortest, longest + 1):
        yield from map("".join, itertools.product(ALPHABET, repeat=length))


def nearly(language, rng, length):
    """A word outside the language that one changed letter would bring in: a near miss. None where there is none.

    Random words lie far outside 1*, so a network that looks at a few letters tells them apart; near misses ask for all.
    """
    if not language.count(length):
        return None
    word = language.draw(rng, length)
    for place in rng.permutation(length):
        changed = word[:place] + ALPHABET[word[place] == "0"] + word[place + 1:]
        if not language.accepts(changed):
            return changed
    return None


def balanced(language, rng, count=256, longest=15, shortest=0):
    """`count` words, every second one in the language; of the others, half are near misses. Lengths drawn evenly.

    Words may come twice: short ones are few.
    """
    if not 0 <= shortest <= longest or count < 1:
        raise ValueError(f"count is {count}, lengths {shortest} to {longest}; expected at least one word, and "
                         "0 ≤ shortest ≤ longest")
    into, out = ([n for n in language.lengths(longest, accepted) if n >= shortest] for accepted in (True, False))
    if not into or not out:
        raise ValueError(f"lengths {shortest} to {longest} have no word {'outside' if into else 'in'} {language.name}; "
                         f"try longest={longest + 1}")
    words = []
    for k in range(count):
        miss = nearly(language, rng, int(rng.choice(into))) if k % 4 == 1 else None
        wanted = into if k % 2 == 0 else out
        words.append(language.draw(rng, int(rng.choice(wanted)), k % 2 == 0) if miss is None else miss)
    return words


def long_words(language, rng, count=100, shortest=50, longest=200):
    """`count` long words, balanced as in `balanced`: every second one is built to be accepted.

    Random long words would nearly all lie outside 1, 2 and 7, and ever more of them outside 3 and 4: on them a
    constant "no" looks right.
    """
    return balanced(language, rng, count, longest, shortest)


# -- for a network -------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Words:
    """Words as a padded batch, time-major. Step 0 is silent: what a network says there is about the empty word.

    x        (T, B, 2) float64: 0 0 at step 0, then 1 0 for the letter 0 and 0 1 for the letter 1; 0 0 in the padding.
             T is the longest word's length + 1
    target   (T, B) int64: 1 where the word so far belongs, 0 where not, −1 in the padding (`SILENCE`)
    lengths  (B,) int64: steps of each row, the silent one included
    words    B words
    """

    x: np.ndarray
    target: np.ndarray
    lengths: np.ndarray
    words: tuple

    def __post_init__(self):
        freeze(self, "x", "target", "lengths")

    @property
    def labels(self):
        """(B,): whether each whole word belongs."""
        return self.target[self.lengths - 1, np.arange(len(self.words))]

    def __repr__(self):
        return (f"Words: {len(self.words)}, {int(self.labels.sum())} of them in the language; "
                f"x {self.x.shape}, lengths {self.lengths.min()} to {self.lengths.max()}")


def padded(language, words):
    """`Words`: a batch of the words with a verdict for each of their beginnings."""
    words = tuple(map(_checked, words))
    if not words:
        raise ValueError("words is empty; expected at least one word, such as '' or '0110'")
    numbers, lengths = _padding.stack([[3, *(1 + int(letter) for letter in word)] for word in words])
    verdicts, _ = _padding.stack([[2 + language.accepting[state] for state in language.path(word)] for word in words])
    letters = np.array([[0, 0], [1, 0], [0, 1], [0, 0]], np.float64)    # padding, 0, 1, silence
    return Words(letters[numbers], np.where(verdicts == _padding.PADDING, SILENCE, verdicts - 2), lengths, words)


def _checked(word):
    if not isinstance(word, str):
        raise TypeError(f"a word is {word!r}; expected a text of 0 and 1, such as '0110'. Are these words in a list?")
    wrong = set(word) - set(ALPHABET)
    if wrong:
        raise ValueError(f"the word {word[:20]!r} holds {sorted(wrong)[0]!r}; expected the letters 0 and 1 only")
    return word
