"""Short reviews out of a small grammar: whether they praise, and which words decide it, is known by construction.

    not at all boring but too long            the plot was very clever and the music was never dull

What a review means (`read` is these rules, word by word):
- a word of praise counts +2, a word of blame −2; "long" and its like count nothing, but −2 after "too"
- "very" and "really" double what follows; "quite" and its like change nothing
- "not" turns it round and halves it, "not at all" and "never" turn it round: not good −1, never good −2
- clauses add up, but "but" sets aside all that was said before it

So a word's effect hangs on its neighbours and on what comes later. The grammar is our own and much simpler than
English, where what stands before a "but" still counts for something.
"""

import difflib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnncourse.datasets import _padding
from rnncourse.datasets._frozen import fingerprint, read_only
from rnncourse.datasets._name_lists import draw
from rnncourse.datasets._padding import PADDING

PRAISE = ("good", "great", "funny", "clever", "moving", "lovely", "charming", "brilliant", "gripping", "fresh")
BLAME = ("bad", "awful", "boring", "silly", "dull", "clumsy", "stale", "poor", "tedious", "flat")
NEUTRAL = ("long", "short", "loud", "quiet", "slow", "fast", "dark", "serious")
NOUNS = ("film", "plot", "music", "ending", "acting", "story", "cast", "dialogue")
DOUBLING, IDLE = ("very", "really"), ("quite", "rather", "fairly")
ASIDES = (("we", "saw", "it", "on", "sunday"), ("i", "went", "with", "friends"), ("they", "sold", "ice", "cream"))
VOCABULARY = tuple(sorted({*PRAISE, *BLAME, *NEUTRAL, *NOUNS, *DOUBLING, *IDLE, *(word for a in ASIDES for word in a),
                           "the", "was", "and", "but", "not", "never", "at", "all", "too"}))
NUMBER = {word: place + 1 for place, word in enumerate(VOCABULARY)}
BEFORE_PRAISE_OR_BLAME = ((), (), (), ("not",), ("never",), ("not", "at", "all"), ("not", "very"),
                          ("very",), ("really",), ("quite",), ("rather",), ("fairly",))
BEFORE_NEUTRAL = ((), ("quite",), ("very",), ("too",), ("not", "too"), ("never", "too"))
NEUTRAL_CHANCE, ASIDE_CHANCE, SHORT_CHANCE, BUT_CHANCE, MOST_CLAUSES = 0.25, 0.15, 0.3, 0.35, 4
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


# -- what a review means -----------------------------------------------------------------------------
def read(words):
    """(T,) the score after each word, from left to right; the last one is the review's: above 0 it praises."""
    total, factor, too, scores = 0.0, 1.0, False, []
    for place, word in enumerate(words):
        if word in ("the", "and", "but"):
            total, factor, too = 0.0 if word == "but" else total, 1.0, False       # a new clause begins
        elif word in PRAISE or word in BLAME or word in NEUTRAL:
            total, factor, too = total + factor * _worth(word, too), 1.0, False
        elif word == "too":
            too = True
        else:
            factor *= _factor(words, place)
        scores.append(total)
    return np.array(scores)


def _worth(adjective, too):
    if adjective in NEUTRAL:
        return -2.0 if too else 0.0
    return 2.0 if adjective in PRAISE else -2.0


def _factor(words, place):
    if words[place] in DOUBLING or (words[place] == "all" and tuple(words[max(place - 2, 0):place]) == ("not", "at")):
        return 2.0                                                                 # not at all: −1/2 times 2
    return {"not": -0.5, "never": -1.0}.get(words[place], 1.0)


def responsible(words):
    """(T,) bool: the words without which, one at a time, the score would be another."""
    score = read(words)[-1]
    without = [list(words[:t]) + list(words[t + 1:]) for t in range(len(words))]
    return np.array([(read(rest)[-1] if rest else 0.0) != score for rest in without])


# -- the grammar -------------------------------------------------------------------------------------
def sample(rng, count=2000):
    """`Reviews`: `count` different reviews of one to four clauses, as many that praise as that blame, shuffled."""
    if count < 2 or count % 2:
        raise ValueError(f"count is {count}; expected an even number, 2 or more: half of the reviews praise")
    wanted, found = {0: count // 2, 1: count // 2}, {}
    while len(found) < count:
        words = _review(rng)
        label = int(read(words)[-1] > 0)
        if read(words)[-1] != 0 and words not in found and wanted[label]:
            wanted[label] -= 1
            found[words] = label
    texts = list(found)
    return Reviews(tuple(texts[k] for k in rng.permutation(count)))


def _review(rng):
    clauses = [_clause(rng) for _ in range(rng.integers(1, MOST_CLAUSES + 1))]
    if rng.random() < ASIDE_CHANCE:
        clauses.insert(rng.integers(len(clauses) + 1), _pick(rng, ASIDES))
    words = clauses[0]
    for clause in clauses[1:]:
        contrast = clause not in ASIDES and rng.random() < BUT_CHANCE
        words += ("but" if contrast else "and", *clause)
    return words


def _clause(rng):
    subject = () if rng.random() < SHORT_CHANCE else ("the", _pick(rng, NOUNS), "was")
    if rng.random() < NEUTRAL_CHANCE:
        return (*subject, *_pick(rng, BEFORE_NEUTRAL), _pick(rng, NEUTRAL))
    return (*subject, *_pick(rng, BEFORE_PRAISE_OR_BLAME), _pick(rng, PRAISE + BLAME))


def _pick(rng, choices):
    return choices[rng.integers(len(choices))]


@dataclass(frozen=True, eq=False, repr=False)
class Reviews:
    """Reviews with their labels, scores and responsible words, in three parts, and as numbers.

    texts    N tuples of words, all of them in `vocabulary`

    A part is drawn by a hash of the sentence (70 % train, 10 % validation, 20 % test): no sentence stands in two
    parts, not even in those of two samples.
    """

    texts: tuple

    def __post_init__(self):
        object.__setattr__(self, "texts", tuple(map(tuple, self.texts)))
        for words in self.texts:
            self.encode(words)

    # -- what they mean --------------------------------------------------------------------------
    @cached_property
    def scores(self):
        """(N,) float64, read-only: above 0 praises, below 0 blames."""
        return read_only([read(words)[-1] for words in self.texts])

    @property
    def labels(self):
        """(N,) int64: 1 praises, 0 does not."""
        return (self.scores > 0).astype(np.int64)

    @cached_property
    def responsible(self):
        """N arrays (T,) of bool: without which words, one at a time, the score would be another."""
        return tuple(read_only(responsible(words)) for words in self.texts)

    # -- numbers ---------------------------------------------------------------------------------
    @property
    def vocabulary(self):
        """The words, sorted and fixed; the number of a word is its place plus 1."""
        return VOCABULARY

    @property
    def symbols(self):
        """How many numbers there are: one for each word, and 0 for padding."""
        return len(VOCABULARY) + 1

    def encode(self, words):
        """(T,) int64 for a sequence of words, or a text whose words stand apart by spaces."""
        words = words.replace(",", " ").lower().split() if isinstance(words, str) else list(words)
        if not words:
            raise ValueError("the review is empty; expected at least one word")
        for word in words:
            if word not in NUMBER:
                near = difflib.get_close_matches(word, VOCABULARY, 3)
                raise ValueError(f"{word!r} is not among the {len(VOCABULARY)} words; try "
                                 f"{' or '.join(map(repr, near)) or 'a word of `vocabulary`'}")
        return np.array([NUMBER[word] for word in words], np.int64)

    def decode(self, numbers):
        """The list of words behind numbers (T,); padding is left away."""
        return [VOCABULARY[number - 1] for number in _padding.checked(numbers, self.symbols).tolist()
                if number != PADDING]

    def padded(self, texts):
        """x (T, B) int64, each column a review and then zeros; lengths (B,) int64."""
        if isinstance(texts, str) or not len(texts):
            raise ValueError(f"texts is {texts!r}; expected a list of reviews. For one, try [{texts or 'good'!r}]")
        return _padding.stack([self.encode(words) for words in texts])

    # -- parts -----------------------------------------------------------------------------------
    def rows(self, part):
        """(n,) the places of a part's reviews in `texts`."""
        if part not in SHARES:
            raise KeyError(f"no part {part!r}; these reviews have {', '.join(SHARES)}")
        return np.array([k for k, words in enumerate(self.texts) if part_of(words) == part], np.int64)

    def part(self, part="train"):
        """(list of reviews, (n,) labels) of "train", "validation" or "test"."""
        rows = self.rows(part)
        return [self.texts[k] for k in rows], self.labels[rows]

    def batches(self, part="train", batch=64, rng=None):
        """An iterator of (x (T, B), lengths (B,), y (B,)) over a part once, in random order with `rng`."""
        texts, labels = self.part(part)
        pieces = _padding.in_pieces(np.arange(len(texts)) if rng is None else rng.permutation(len(texts)), batch)
        return ((*self.padded([texts[k] for k in here]), labels[here]) for here in pieces)

    def __len__(self):
        return len(self.texts)

    @property
    def fingerprint(self):
        """16 hex digits that change with any word of any review, or of the vocabulary."""
        return fingerprint(np.frombuffer(repr((VOCABULARY, self.texts)).encode(), np.uint8))

    def describe(self):
        """Sizes, rules, source and licence, as a text to print."""
        lengths, share = [len(words) for words in self.texts], np.mean(np.concatenate(self.responsible))
        parts = ", ".join(f"{part} {len(self.rows(part))}" for part in SHARES)
        return (f"{len(self)} reviews of {min(lengths)} to {max(lengths)} words ({parts}), {self.labels.sum()} praise\n"
                f"  example       {' '.join(self.texts[0])}\n"
                f"  responsible   {share:.0%} of the words change the score when they are left out\n"
                f"  vocabulary    {len(VOCABULARY)} words\n"
                f"  source        a grammar written for this course\n  licence       MIT, as the course's code")

    def __repr__(self):
        return f"Reviews: {len(self)}, {self.labels.sum()} praise; {' '.join(self.texts[0])!r} …"


def part_of(words):
    """The part that a review belongs to in every sample: "train", "validation" or "test"."""
    place = draw(" ".join(words), "review")
    return "train" if place < 0.7 else "validation" if place < 0.8 else "test"
