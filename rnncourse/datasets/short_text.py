"""A short prose text that we wrote for the course, and its characters as numbers.

It is rich in quotation marks, brackets and numbers, which open something that must be closed again: a network that
reads it character by character has something to remember.
"""

from dataclasses import dataclass

import numpy as np

from rnncourse import assets
from rnncourse.datasets import _characters
from rnncourse.datasets._frozen import fingerprint, read_only

SOURCE = "written for this course"
LICENCE = "CC BY 4.0, as the course's own texts"
HELD_OUT = 0.1      # the last tenth is for validation


def load():
    """The `ShortText` of assets/data/short_text.txt."""
    return ShortText(assets.path("data/short_text.txt").read_text(encoding="utf-8"))


@dataclass(frozen=True, repr=False)
class ShortText:
    """A text and the vocabulary of its characters.

    `encode` and `decode` go from characters to whole numbers and back; `one_hot` makes a network's input;
    `stream` cuts the text into parallel columns for training.
    """

    text: str

    def __post_init__(self):
        if len(self.text) < 2:
            raise ValueError(f"the text has {len(self.text)} character(s); expected at least 2")

    @property
    def vocabulary(self):
        """The D characters of the text, sorted; a character's number is its place in here."""
        return "".join(sorted(set(self.text)))

    @property
    def parts(self):
        """{"train": …, "validation": …}: the text in two, the last tenth held out."""
        cut = round(len(self.text) * (1 - HELD_OUT))
        return {"train": self.text[:cut], "validation": self.text[cut:]}

    def encode(self, text):
        """(len(text),) whole numbers 0 to D − 1, one for each character."""
        return _characters.encode(text, self.vocabulary)

    def decode(self, numbers):
        """The text behind whole numbers of shape (N,)."""
        return _characters.decode(numbers, self.vocabulary)

    def one_hot(self, text, dtype=np.float64):
        """(T, B, D): a text (B = 1), or whole numbers (T, B), with a 1 at each character's place."""
        numbers = self.encode(text)[:, None] if isinstance(text, str) else np.asarray(text)
        return _characters.one_hot(numbers, self.vocabulary, dtype)

    def stream(self, part="train", batch=8):
        """Whole numbers x (T, B) and y (T, B), y the character after x; column b continues where b − 1 ended."""
        if part not in self.parts:
            raise KeyError(f"no part {part!r}; this text has {', '.join(self.parts)}")
        if batch < 1:
            raise ValueError(f"batch is {batch}; expected at least one column")
        numbers = self.encode(self.parts[part])
        steps = (len(numbers) - 1) // batch
        if steps < 1:
            raise ValueError(f"batch={batch} columns do not fit into {len(numbers)} characters; try a smaller batch")
        place = np.arange(steps)[:, None] + steps * np.arange(batch)
        return read_only(numbers[place]), read_only(numbers[place + 1])

    @property
    def fingerprint(self):
        """16 hex digits that change when any character changes."""
        return fingerprint(np.frombuffer(self.text.encode("utf-8"), np.uint8))

    def describe(self):
        """Size, vocabulary, source and licence, as a text to print."""
        parts = ", ".join(f"{name} {len(text)}" for name, text in self.parts.items())
        return (f"A short text of our own: {len(self.text)} characters ({parts}), {len(self.vocabulary)} different\n"
                f"  vocabulary    {self.vocabulary!r}\n  source        {SOURCE}\n  licence       {LICENCE}")

    def __repr__(self):
        return f"ShortText: {len(self.text)} characters, {len(self.vocabulary)} different ones: {self.text[:48]!r} …"
