"""What holds at each character of a Python-like text: is it inside a string, how deep in brackets, how far in the line?

    PROPERTIES["inside a string"].of('print("hi")')      # (11,) numbers: 0 0 0 0 0 0 1 1 1 0 0

Each value is known once its character has been read: the value at n depends on text[:n + 1] and on nothing after it,
so a network that has read as far could know it. An opening quote or bracket is inside already, a closing one no more,
and a newline begins the next line: its place in the line is 0.

What cannot be known yet is not: behind \"\" an empty string has ended, and the third quote of \"\"\" opens another.
A quote right behind a word opens nothing ("don't"), unless the word is a prefix as r or b, or a keyword as in. As in
Python before 3.12, an f-string is a string as a whole. A text that begins in the midst of a string or of brackets is
misread until these end: read whole texts from their beginnings (`modules.held_out`).
"""

import keyword
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

OPENING, CLOSING, QUOTES = "([{", ")]}", "'\""
PREFIXES = {"r", "u", "b", "f", "br", "rb", "fr", "rf"}


@dataclass(frozen=True)
class Property:
    """One thing that holds, or a number, at each character.

    name   "inside a string", …
    says   what its value says, in words
    kind   "yes/no" (values 0 and 1) or "number"
    of     text -> (len(text),) float64, read-only; TypeError for what is no str
    """

    name: str
    says: str
    kind: str
    of: Callable

    def __repr__(self):
        return f"{self.name} ({self.kind}): {self.says}"


# -- strings, comments, brackets ----------------------------------------------------------------------
class Reader:
    """Reads Python character by character; `string`, `comment` and `depth` hold after the last character read."""

    def __init__(self):
        self.string, self.comment, self.depth = False, False, 0
        self._quote, self._triple = "", False    # of the string that we are in, or have just left
        self._escaped = False                    # a backslash stands before the next character of the string
        self._inside = 0                         # characters of the string since its opening quote or quotes
        self._quotes = 0                         # quotes in a row that may end a triple-quoted string
        self._empty = False                      # the last character ended an empty string
        self._word = ""                          # letters, digits and _ right before the next character

    def read(self, character):
        """Take one character in."""
        if self.comment:
            self.comment = character != "\n"
        elif self.string:
            self._read_string(character)
        else:
            self._read_code(character)

    def _read_string(self, character):
        ends = False
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped, self._quotes = True, 0
        elif character == self._quote:
            self._quotes += 1
            ends = self._quotes == (3 if self._triple else 1)
        else:
            self._quotes = 0
            ends = character == "\n" and not self._triple
        if ends:
            self.string, self._empty = False, self._inside == 0 and not self._triple and character == self._quote
        self._inside += 1

    def _read_code(self, character):
        third = self._empty and character == self._quote
        self._empty = False
        if third or character in QUOTES and self._may_open():
            self.string, self._quote, self._triple = True, character, third
            self._escaped, self._inside, self._quotes = False, 0, 0
        elif character == "#":
            self.comment = True
        elif character in OPENING:
            self.depth += 1
        elif character in CLOSING:
            self.depth = max(0, self.depth - 1)
        self._word = self._word + character if _in_word(character) else ""

    def _may_open(self):
        return not self._word or self._word.lower() in PREFIXES or keyword.iskeyword(self._word)


@lru_cache(4)
def _syntax(text):
    """(3, N) float64: inside a string, inside a comment, depth of brackets, after each character."""
    found, reader = [], Reader()
    for character in text:
        reader.read(character)
        found.append((reader.string, reader.comment, reader.depth))
    return _read_only(np.array(found, np.float64).T)


# -- lines and words ------------------------------------------------------------------------------------
def _in_word(character):
    return character.isalnum() or character == "_"


def _since(begins):
    """(N,): how many places since the last one where `begins` (N,) is True; the place before the first counts too."""
    places = np.arange(len(begins))
    return places - np.maximum.accumulate(np.where(begins, places, -1))


def _place_in_line(text):
    return _since(_where(text, "\n"))


def _indentation(text):
    place, blank = _place_in_line(text), _where(text, " \t")
    at_start = _since(~blank) >= place    # nothing but blanks since the line began
    last = np.maximum.accumulate(np.where(at_start, np.arange(len(text)), -1))
    return np.where(last >= 0, place[last], 0)


def _place_in_word(text):
    return _since(~np.fromiter(map(_in_word, text), bool, len(text)))


def _where(text, characters):
    return np.isin(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4"), [ord(c) for c in characters])


def _read_only(values):
    values.flags.writeable = False
    return values


def _property(name, kind, says, of):
    def checked(text):
        if not isinstance(text, str):
            raise TypeError(f"the text is {type(text).__name__}; expected str. For a Text of the course, try its .text")
        return _read_only(np.asarray(of(text), np.float64) if text else np.empty(0))

    return Property(name, says, kind, checked)


_ALL = (
    _property("inside a string", "yes/no", "1 from the opening quote to the last character before the closing one",
              lambda text: _syntax(text)[0]),
    _property("inside brackets", "yes/no", "1 where (, [ or { is open; those in strings and comments do not count",
              lambda text: _syntax(text)[2] > 0),
    _property("inside a comment", "yes/no", "1 from # to the last character of its line",
              lambda text: _syntax(text)[1]),
    _property("bracket depth", "number", "how many of ( [ { are open", lambda text: _syntax(text)[2]),
    _property("indentation", "number", "blanks that this line began with, as far as it has been read", _indentation),
    _property("place in the line", "number", "characters since the newline, this one included", _place_in_line),
    _property("place in the word", "number", "letters, digits and _ in a row up to here; 0 outside a word",
              _place_in_word),
)
PROPERTIES = MappingProxyType({one.name: one for one in _ALL})
