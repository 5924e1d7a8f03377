"""One question a chapter to be answered in words and marked by hand; they stand in templates/written_answers.md.

Each asks for the chapter's own pictures and for the reasoning that goes with them, so that the learner has to go back
to the page, and cannot be answered by a definition.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

PATH = Path(__file__).parent / "templates" / "written_answers.md"


@dataclass(frozen=True)
class Question:
    """`text` is Markdown for the learner; `says` are (points, what a full answer says) for whoever marks it."""

    text: str
    says: tuple

    @property
    def points(self):
        """What a full answer is worth."""
        return sum(worth for worth, _ in self.says)

    def marking(self):
        """The marking, a line of Markdown each."""
        return [f"- ({worth}) {what}" for worth, what in self.says]


@functools.cache
def questions():
    """The name of an assignment, as 04_lstm -> its Question."""
    parts = re.split(r"^## (\w+)\n", PATH.read_text(encoding="utf-8"), flags=re.M)[1:]
    return {name: _question(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _question(text):
    asked, *says = re.split(r"^- \((\d+)\) ", text, flags=re.M)
    return Question(" ".join(asked.split()), tuple(
        (int(worth), " ".join(what.split())) for worth, what in zip(says[::2], says[1::2], strict=True)))
