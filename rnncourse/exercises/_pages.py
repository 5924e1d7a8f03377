"""What a learner gets to see: a Verdict, a Hint, a Solution. Plain text, and HTML or Markdown in a notebook."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

STATUSES = ("not attempted", "not yet", "correct")
_COLOUR = {"not attempted": "var(--jp-border-color1, #888)", "not yet": "var(--jp-warn-color1, #b35900)",
           "correct": "var(--jp-success-color1, #2e7d32)"}
_SIGN = {"not attempted": "○", "not yet": "◐", "correct": "●"}


@dataclass(frozen=True, repr=False, eq=False)
class Verdict:
    """The answer of a check.

    status    "not attempted", "not yet" or "correct"
    message   one sentence
    details   (label, text) pairs that say where: the input, what came, what was expected
    inputs    name -> value of the input where it went wrong, to try by hand: `mine(*verdict.inputs.values())`
    mistake   the name of the known mistake, where it is one
    """

    exercise: str
    status: str
    message: str
    details: tuple = ()
    inputs: Mapping = field(default_factory=dict)
    mistake: str | None = None

    def __repr__(self):
        head = f"{_SIGN[self.status]} {self.exercise}: {self.status}. {self.message}".rstrip()
        width = max((len(label) for label, _ in self.details), default=0)
        lines = [f"    {label:<{width}}  {_indented(text, width + 6)}" for label, text in self.details]
        return "\n".join([head, *lines])

    def _repr_html_(self):
        colour = _COLOUR[self.status]
        rows = "".join(_row(label, text) for label, text in self.details)
        table = f'<table style="margin:.4em 0 0 0; border-collapse:collapse">{rows}</table>' if rows else ""
        return (f'<div role="status" style="border-left:4px solid {colour}; padding:.4em .8em; color:inherit">'
                f'<span style="color:{colour}" aria-hidden="true">{_SIGN[self.status]}</span> '
                f"<strong>{html.escape(self.exercise)}: {self.status}.</strong> {_inline(self.message)}{table}</div>")


@dataclass(frozen=True, repr=False, eq=False)
class Hint:
    """Hint number `number` of `total`."""

    exercise: str
    text: str
    number: int
    total: int

    @property
    def _after(self):
        if self.number < self.total:
            return ""
        return f"That was the last one; `.solution()` shows one way to write {self.exercise}."

    def __repr__(self):
        return f"Hint {self.number} of {self.total} for {self.exercise}: {self.text}\n{self._after}".rstrip()

    def _repr_markdown_(self):
        head = f"**Hint {self.number} of {self.total}** for `{self.exercise}`"
        return f"{head}: {self.text}\n\n{self._after}".rstrip()


@dataclass(frozen=True, repr=False, eq=False)
class Solution:
    """The source that a check compares with."""

    exercise: str
    source: str

    def __repr__(self):
        return self.source

    def _repr_markdown_(self):
        return f"One way to write `{self.exercise}`; the check compares with this one.\n\n```python\n{self.source}\n```"


def _indented(text, width):
    return text.replace("\n", "\n" + " " * width)


def _row(label, text):
    cell = "padding:.1em .8em .1em 0; text-align:left; vertical-align:top; background:transparent; border:none"
    pre = "margin:0; color:inherit; background:transparent; white-space:pre-wrap"
    body = f'<pre style="{pre}">{html.escape(text)}</pre>' if "\n" in text else _inline(text)
    head = f'<th scope="row" style="{cell}; white-space:nowrap">{html.escape(label)}</th>'
    return (f'<tr style="background:transparent">{head}'
            f'<td style="{cell}">{body}</td></tr>')


def _inline(text):
    """Escaped text, in which `code` is set as code."""
    return re.sub(r"`([^`]+)`", r'<code style="color:inherit">\1</code>', html.escape(text))
