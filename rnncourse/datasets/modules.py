"""Whole openings of the standard library's modules, each a text by itself, that no training on the corpus has seen.

`text.standard_library` is one long text, in which a piece may end in the midst of a string. What is asked about strings
and brackets must begin at a beginning; and what is held out must be held out as whole texts.
"""

from dataclasses import dataclass

from rnncourse.datasets import _standard_library, text


@dataclass(frozen=True, repr=False)
class Module:
    """The opening of one module: at most its first 8000 characters, over text.VOCABULARY, whole paragraphs."""

    name: str
    text: str

    def __repr__(self):
        return f"Module {self.name}: {len(self.text)} characters"


def held_out(count=None, characters=1_000_000):
    """The first `count` `Module`s (all where None) behind the training part of `text.standard_library(characters)`.

    A network that was trained on that part has read nothing of them. Another version of Python has others.
    ValueError where there are fewer than `count`.
    """
    trained, position, found = text.SPLIT["train"] * characters, 0, []
    for kind, name, piece in _standard_library.pieces():
        made = text.from_text(piece).text
        if position >= trained and kind == "source":
            found.append(Module(name, made))
        position += len(made)
    if count is not None and not 1 <= count <= len(found):
        raise ValueError(f"count is {count}; this Python has {len(found)} modules behind the first {trained:,.0f} "
                         "characters of its corpus, so expected 1 to that many")
    return tuple(found[:count])
