"""People's last names in twenty languages, for "which language is this name from?". Offline, from the package Faker.

A name is not an origin. The lists say which names are frequent or on record in a country or language; a person's
name says how it is spelt and little else, and nothing should be decided about anyone by a guess from it.
"""

import functools
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from rnncourse.datasets import _name_lists, _padding, _spelling
from rnncourse.datasets._frozen import fingerprint, read_only
from rnncourse.datasets._padding import PADDING

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}
SOURCE = "lists of last names in the Python package Faker {version}, faker.providers.person"
LICENCE = "MIT, Faker's own; its lists come from public statistics and lists, named in its source files"


@functools.cache
def load():
    """The `Names` of twenty languages, at most 1,000 of each."""
    lists, version = _name_lists.read()
    return Names(lists, SOURCE.format(version=version), LICENCE, _name_lists.ODD)


@dataclass(frozen=True, eq=False, repr=False)
class Names:
    """Names by language, in three parts, and as numbers.

    lists     {language: names}: at least two languages. Spellings that repeat within a language count once
    source, licence   where the names come from
    odd       {language: what to know about its list}

    A label is the place of a language in `languages`. Names keep the spelling of their list; a network reads small
    letters (`encode`), so that capitals tell nothing. Names with a character outside the `alphabet` are in `left_out`.

    Parts are drawn by a hash of the name's stem (70 % train, 10 % validation, 20 % test): the forms of a name (Horák,
    Horáková; García, Garcia) stand in one part, and no name changes its part when a list grows. A name that several
    languages share stands once in each of them, and all of these in one part, so that it is never both learnt from
    and tested on; whoever guesses one language gets the other rows wrong. `ceiling` says what that costs.
    """

    lists: dict
    source: str = "the reader's own lists"
    licence: str = "the reader's own"
    odd: dict = field(default_factory=dict)

    def __post_init__(self):
        if len(self.lists) < 2:
            raise ValueError(f"{len(self.lists)} language(s): {', '.join(self.lists) or 'none'}; expected at least "
                             "two, or there is nothing to tell apart")
        lists, left_out = {}, {}
        for language in sorted(self.lists):
            lists[language], left_out[language] = _sorted_out(language, self.lists[language])
        object.__setattr__(self, "lists", lists)
        object.__setattr__(self, "left_out", left_out)
        object.__setattr__(self, "_parts", self._drawn())

    def _drawn(self):
        parts = {part: ([], []) for part in SHARES}
        for label, language in enumerate(self.languages):
            for name in self.lists[language]:
                names, labels = parts[part_of(name)]
                names.append(name)
                labels.append(label)
        for part in parts:
            missing = set(range(len(self.languages))) - set(parts[part][1])
            if missing:
                raise ValueError(f"no name of {', '.join(self.languages[k] for k in sorted(missing))} fell into the "
                                 f"part {part!r}; try longer lists, 50 names or more of each language")
        return {part: (tuple(names), read_only(labels, np.int64)) for part, (names, labels) in parts.items()}

    # -- what there is ---------------------------------------------------------------------------
    @property
    def languages(self):
        """The K languages, sorted; a label is a place in here."""
        return tuple(self.lists)

    @property
    def alphabet(self):
        """The characters that a network can be given; the number of a character is its place plus 1."""
        return _spelling.ALPHABET

    @property
    def symbols(self):
        """How many numbers there are: the alphabet's, and 0 for padding."""
        return len(self.alphabet) + 1

    @property
    def shared(self):
        """{spelling: languages} of the names that stand in several languages."""
        languages = defaultdict(list)
        for language, names in self.lists.items():
            for name in names:
                languages[_spelling.spell(name)].append(language)
        return {name: tuple(found) for name, found in sorted(languages.items()) if len(found) > 1}

    def __len__(self):
        return sum(map(len, self.lists.values()))

    # -- parts -----------------------------------------------------------------------------------
    def part(self, part="train"):
        """(list of names, (N,) int64 labels) of "train", "validation" or "test", language after language."""
        if part not in self._parts:
            raise KeyError(f"no part {part!r}; these names have {', '.join(SHARES)}")
        names, labels = self._parts[part]
        return list(names), labels

    @property
    def weights(self):
        """(K,) weights N / (K n_k) for a loss in which each language counts the same; their mean over "train" is 1."""
        count = np.bincount(self.part("train")[1], minlength=len(self.languages))
        return count.sum() / (len(count) * count)

    def ceiling(self, part="test"):
        """The largest accuracy that any guess from the spelling can reach: shared names are right in one language."""
        names, _ = self.part(part)
        return len(set(map(_spelling.spell, names))) / len(names)

    # -- numbers ---------------------------------------------------------------------------------
    def encode(self, name):
        """(T,) int64: the numbers, 1 and up, of the name's small letters."""
        return np.array([self.alphabet.index(letter) + 1 for letter in _spelling.refuse_unknown(name)], np.int64)

    def decode(self, numbers):
        """The spelling behind numbers (T,); padding is left away."""
        numbers = _padding.checked(numbers, self.symbols)
        return "".join(self.alphabet[number - 1] for number in numbers.tolist() if number != PADDING)

    def padded(self, names):
        """x (T, B) int64, each column a name and then zeros, T that of the longest; lengths (B,) int64."""
        if isinstance(names, str) or not len(names):
            raise ValueError(f"names is {names!r}; expected a list of names. For one, try [{names or 'name'!r}]")
        return _padding.stack([self.encode(name) for name in names])

    def batches(self, part="train", batch=64, rng=None, balanced=False):
        """An iterator of (x (T, B), lengths (B,), y (B,)) over a part once; the last may be smaller.

        With `rng` in random order, except that names of like length share a batch, so that little of x is padding
        (T is the length of the batch's longest name). balanced=True draws as many names with replacement, each
        language equally often on average.
        """
        if balanced and rng is None:
            raise ValueError("balanced=True draws names at random; try rng=np.random.default_rng(0)")
        names, labels = self.part(part)
        rows = self._rows(labels, rng, balanced)
        pieces = _padding.in_pieces(rows, batch) if rng is None else _padding.of_like_length(
            rows, np.array([len(_spelling.spell(name)) for name in names]), batch, rng)
        return ((*self.padded([names[row] for row in here]), labels[here]) for here in pieces)

    def _rows(self, labels, rng, balanced):
        if rng is None:
            return np.arange(len(labels))
        if not balanced:
            return rng.permutation(len(labels))
        chance = 1 / np.bincount(labels, minlength=len(self.languages))[labels]
        return rng.choice(len(labels), len(labels), p=chance / chance.sum())

    # -- what it tells -----------------------------------------------------------------------------
    @property
    def fingerprint(self):
        """16 hex digits that change with any name, label, part or character of the alphabet."""
        text = repr((self.alphabet, [(part, names, labels.tolist()) for part, (names, labels) in self._parts.items()]))
        return fingerprint(np.frombuffer(text.encode("utf-8"), np.uint8))

    def describe(self):
        """Sizes, source, licence, what is odd about each list, and how duplicates are treated, as a text to print."""
        counts = {part: Counter(self.part(part)[1].tolist()) for part in SHARES}
        rows = [f"  {language:<12}" + "".join(f"{counts[part][k]:>7}" for part in SHARES) + "   "
                + self.odd.get(language, "") for k, language in enumerate(self.languages)]
        total = f"  {'together':<12}" + "".join(f"{len(self.part(part)[0]):>7}" for part in SHARES)
        left_out = [name for names in self.left_out.values() for name in names]
        return "\n".join([
            f"{len(self)} last names in {len(self.languages)} languages",
            f"  {'':<12}" + "".join(f"{part[:5]:>7}" for part in SHARES), *map(str.rstrip, rows), total,
            f"  shared      {len(self.shared)} spellings stand in several languages: one row in each, all in one part; "
            f"no guess\n              gets more than {math.floor(1000 * self.ceiling('test')) / 10} % "
            "of the test names right",
            f"  left out    {len(left_out)} with characters outside the alphabet"
            + (f": {'; '.join(left_out[:4])}" if left_out else ""),
            f"  alphabet    {self.alphabet!r}", f"  source      {self.source}", f"  licence     {self.licence}"])

    def __repr__(self):
        return f"Names: {len(self)} in {len(self.languages)} languages, {', '.join(self.languages)}"


def part_of(name):
    """The part that a name belongs to, whatever its language: "train", "validation" or "test"."""
    place = _name_lists.draw(_spelling.stem(name), "part")
    for part, share in SHARES.items():
        place -= share
        if place < 0:
            return part
    return part


def _sorted_out(language, names):
    """(names kept, names left out because of their characters), spellings that repeat once."""
    kept, left_out = {}, []
    for name in names:
        spelling = _spelling.spell(name)
        if spelling and set(spelling) <= set(_spelling.ALPHABET):
            kept.setdefault(spelling, name)
        else:
            left_out.append(name)
    if not kept:
        raise ValueError(f"{language} has no name that fits the alphabet {_spelling.ALPHABET!r}; "
                         f"came: {', '.join(map(repr, left_out[:3])) or 'no names'}")
    return tuple(kept.values()), tuple(left_out)
