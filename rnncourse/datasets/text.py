"""A text to read character by character: what every Python brings along, or a file of your own.

The vocabulary is fixed, not read off the text: newline, the 95 printable ASCII characters, and one symbol for
everything else. So a network that was trained on one text can read any other, and any other Python's.
"""

import platform
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from rnncourse import assets
from rnncourse.datasets import _characters, _standard_library, short_text
from rnncourse.datasets._frozen import fingerprint

OTHER = "\ufffd"
VOCABULARY = "\n" + "".join(map(chr, range(32, 127))) + OTHER
SPLIT = {"train": 0.9, "validation": 0.05, "test": 0.05}
PYTHON_LICENCE = "PSF License Agreement, see help('LICENSE') or https://docs.python.org/3/license.html"
TAB = 8             # columns
ENOUGH = 20         # characters: then every part has some
MUCH_MAPPED = 0.05  # a larger share of U+FFFD, and guessing it is no longer guessing the text


# -- characters and numbers -------------------------------------------------------------------------
def encode(text):
    """(len(text),) int64, the place of each character in VOCABULARY. Refuses others; `from_text` maps them."""
    return _characters.encode(text, VOCABULARY, "the vocabulary is newline, printable ASCII and U+FFFD. "
                              "text.from_text or text.from_file map the rest to U+FFFD and count it")


def decode(numbers):
    """The text behind whole numbers (N,) from 0 to 96."""
    return _characters.decode(numbers, VOCABULARY)


def one_hot(numbers, dtype=np.float64):
    """(T, B, 97) from whole numbers (T, B), with a 1 at each character's place."""
    return _characters.one_hot(numbers, VOCABULARY, dtype)


# -- where a text comes from ------------------------------------------------------------------------
def standard_library(characters=1_000_000):
    """The `Text` of the Python that runs: openings of its modules, and its documentation, in turn.

    Another version of Python has another text, with another fingerprint. Each module gives at most its first 8000
    characters and stands in one place, and a paragraph that several topics of the documentation share is taken
    once: what is held out at the end was not read before.
    """
    if characters < 2 or characters != int(characters):
        raise ValueError(f"characters is {characters}; expected a whole number ≥ 2")
    kinds, taken, length = Counter(), [], 0
    for kind, _, piece in _standard_library.pieces():
        if length < characters:
            kinds[kind] += 1
            taken.append(_plain(piece))
            length += len(taken[-1])
    if length < characters:
        raise ValueError(f"characters is {characters}, but this Python gives {length}; ask for fewer, "
                         "or use text.from_file with a longer text of your own")
    source = (f"Python {platform.python_version()}: the openings of {kinds['source']} modules of its standard library "
              f"and {kinds['documentation']} pieces of its documentation (pydoc_data.topics)")
    return from_text("".join(taken)[:int(characters)], source, PYTHON_LICENCE)


def from_file(path):
    """The `Text` of a file of your own, in UTF-8."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"{path} is a folder; name a file in it" if path.is_dir() else
                                f"no file {path} seen from {Path.cwd()}; check the name, or give the whole path")
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError(f"{path} is UTF-16: it begins with its mark, {data[:2].hex(' ').upper()}. Save it as UTF-8 "
                         f"in an editor, or try text.from_text(Path({str(path)!r}).read_text(encoding='utf-16'))")
    try:
        string = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: byte 0x{data[error.start]:02x} at position {error.start}. Save it as "
                         "UTF-8 in an editor, or, if you know its encoding, try "
                         f"text.from_text(Path({str(path)!r}).read_text(encoding='latin-1'))") from None
    if len(string) < 2:
        raise ValueError(f"{path} {'has one character' if string else 'is empty'}; expected a text of at least 2")
    return from_text(string, f"the file {Path(path).name}")


def from_text(string, source="a text of your own", licence="not known: yours to say"):
    """The `Text` of a string: CR LF and CR become newlines, tabs spaces, and what VOCABULARY lacks U+FFFD."""
    if not isinstance(string, str):
        raise TypeError(f"the text is {type(string).__name__}; expected str. For a file, try text.from_file(path)")
    plain = _plain(string)
    lacking = f"[^{re.escape(VOCABULARY)}]"
    mapped = Counter(re.findall(lacking, plain))
    return Text(re.sub(lacking, OTHER, plain), source, licence, dict(mapped.most_common()))


def _plain(string):
    return re.sub("\r\n?", "\n", string).expandtabs(TAB)


def short():
    """The `Text` of the course's own short story, for tests: the same everywhere, over the same 97 symbols."""
    story = assets.path("data/short_text.txt").read_text(encoding="utf-8")
    return from_text(story, f"a short text, {short_text.SOURCE}", short_text.LICENCE)


# -- the text ---------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Text:
    """A text over VOCABULARY, and where training ends.

    text     str, over VOCABULARY
    source   where it comes from, in words; `licence` likewise
    mapped   {character: how often} of what became U+FFFD, the most frequent first
    """

    text: str
    source: str
    licence: str
    mapped: MappingProxyType = field(default_factory=dict)

    def __post_init__(self):
        if len(self.text) < 2:
            raise ValueError(f"the text has {len(self.text)} character(s); expected at least 2")
        encode(self.text)
        object.__setattr__(self, "mapped", MappingProxyType(dict(self.mapped)))

    @property
    def parts(self):
        """{"train": …, "validation": …, "test": …}: the text in three, by position: 90, 5 and 5 of 100."""
        ends = np.cumsum([0, *SPLIT.values()]) * len(self.text)
        ends = [round(end) for end in ends]
        return {name: self.text[start:end] for name, start, end in zip(SPLIT, ends[:-1], ends[1:], strict=True)}

    def numbers(self, part):
        """(N,) int64: the characters of "train", "validation" or "test"; refuses a part that has none."""
        if part not in SPLIT:
            raise KeyError(f"no part {part!r}; this text has {', '.join(SPLIT)}")
        if not self.parts[part]:
            raise ValueError(f"the {part} part is empty: it is {SPLIT[part]:.0%} of a text of {len(self)} characters. "
                             f"Expected a text of at least {ENOUGH}, better of thousands; try a longer one")
        return encode(self.parts[part])

    def batches(self, part, batch=32, steps=64):
        """The part as `Batches`: `batch` columns side by side, read `steps` characters at a time."""
        return Batches(self.numbers(part), batch, steps)

    def one_hot(self, numbers, dtype=np.float64):
        """(T, B, 97) from whole numbers (T, B), with a 1 at each character's place."""
        return one_hot(numbers, dtype)

    def __len__(self):
        return len(self.text)

    @property
    def fingerprint(self):
        """16 hex digits that change when any character changes."""
        return fingerprint(np.frombuffer(self.text.encode("utf-8"), np.uint8))

    def describe(self):
        """Source, licence, size and what was mapped, as a text to print."""
        parts = ", ".join(f"{name} {len(text):,}" for name, text in self.parts.items())
        count = sum(self.mapped.values())
        others = ", ".join(f"{character!r} {times}" for character, times in list(self.mapped.items())[:6])
        outside = f"{count} ({count / len(self):.2%}){f': {others}' if others else ''}"
        warning = (f"\n  CAREFUL       {count / len(self):.0%} of this text is one and the same symbol, U+FFFD, which "
                   "is easily guessed: bits on it say little" if count > MUCH_MAPPED * len(self) else "")
        return (f"{len(self):,} characters ({parts})\n"
                f"  source        {self.source}\n  licence       {self.licence}\n"
                f"  vocabulary    {len(VOCABULARY)} symbols: newline, printable ASCII, U+FFFD for the rest\n"
                f"  now U+FFFD    {outside}{', …' if len(self.mapped) > 6 else ''}\n"
                f"  line ends are newlines, tabs are spaces (every {TAB} columns)\n"
                f"  fingerprint   {self.fingerprint}{warning}")

    def __repr__(self):
        return f"Text: {len(self):,} characters of {self.source}"


class Batches:
    """A stretch of text in columns: iterate for (x, y), int64 (T, B) each, y the characters after x.

    The text is cut into B columns of equal length; what is left over, fewer than B characters, is dropped. Each
    batch takes the next `steps` characters of every column, the last one what remains: column b of a batch goes on
    where column b of the batch before ended, so a state that is carried on reads one unbroken text. Iterate again
    to read it again.
    """

    def __init__(self, numbers, batch=32, steps=64):
        for name, value in (("batch", batch), ("steps", steps)):
            if int(value) != value or value < 1:
                raise ValueError(f"{name} is {value}; expected a whole number ≥ 1")
        self.steps, self.length = int(steps), (len(numbers) - 1) // int(batch)
        if self.length < steps:
            raise ValueError(f"{len(numbers)} characters are too few for batch={batch} columns of steps={steps} and "
                             f"one more, {batch * steps + 1} in all; try fewer columns or steps, or a longer text")
        read = self.length * int(batch)
        self.x, self.y = (numbers[start:start + read].reshape(-1, self.length).T for start in (0, 1))

    def __len__(self):
        return -(-self.length // self.steps)

    def __iter__(self):
        for start in range(0, self.length, self.steps):
            piece = slice(start, start + self.steps)
            yield self.x[piece].copy(order="C"), self.y[piece].copy(order="C")

    @property
    def characters(self):
        """How many characters are predicted in one reading."""
        return self.y.size

    def __repr__(self):
        return (f"Batches: {len(self)} of x, y ({self.steps}, {self.x.shape[1]}); "
                f"{self.characters:,} characters in one reading")
