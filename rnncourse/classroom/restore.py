"""A handed-in notebook, made anew from what can be trusted: the sources of its cells, and the release's own cells.

Everything else in the file is the student's to change: points, locks, ids, outputs, attachments, metadata of every
kind. None of it is kept.
"""

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

LARGEST = 20_000_000
MOST_CELLS = 2_000
MOST_LETTERS = 500_000     # of all cells together; a solved chapter has some 20,000
MOST_WORDS = 20_000        # letters of one Markdown cell: what makes a page of it takes squared time


class Unreadable(Exception):
    """A hand-in that cannot be graded; the message says why."""


@dataclass(frozen=True)
class Cell:
    """A cell of a hand-in; `id` is its grade_id where it takes the place of one of the release's."""

    kind: str
    source: str
    id: str | None = None


@dataclass(frozen=True)
class Given:
    """A cell of the release that nbgrader knows: what it is, and its text as it was given out, hidden part included."""

    id: str
    kind: str
    source: str
    checksum: str
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    points: float = 0.0

    @property
    def stays(self):
        """Whether its text is the teacher's: the student's changes do not count."""
        return not self.solution

    @property
    def judged(self):
        """Whether its points come from the judge."""
        return self.grade and not self.solution and self.kind == "code"


def content(path):
    """The bytes of a hand-in; raises Unreadable for a link, a folder, a device and for more than 20 MB."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable("it is a link to another file" if os.path.islink(path) else error.strerror.lower()) from None
    known = os.fstat(descriptor)
    if not stat.S_ISREG(known.st_mode):
        os.close(descriptor)
        raise Unreadable("it is no file")
    with open(descriptor, "rb") as file:
        if known.st_size > LARGEST:
            raise Unreadable(f"it is {known.st_size / 1e6:.0f} MB large; at most {LARGEST / 1e6:.0f} MB are read")
        return file.read(LARGEST + 1)


def handed_in(path):
    """The bytes of submitted/STUDENT/NAME/NAME.ipynb; raises Unreadable also where its folders are somebody else's."""
    folder = Path(path).parent
    if folder.is_symlink() or folder.parent.is_symlink():
        raise Unreadable("its folder is a link to another one")
    return content(path)


def cells(raw):
    """The cells of a notebook's bytes; raises Unreadable where it is none."""
    if not raw.strip():
        raise Unreadable("it is empty")
    try:
        notebook = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Unreadable("it is not a notebook: no JSON") from None
    found = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(found, list):
        raise Unreadable("it is not a notebook, or one of a format before version 4: it has no list of cells")
    if len(found) > MOST_CELLS:
        raise Unreadable(f"it has {len(found)} cells; at most {MOST_CELLS} are read")
    whole = [_cell(cell) for cell in found]
    if (letters := sum(len(cell.source) for cell in whole)) > MOST_LETTERS:
        raise Unreadable(f"its cells hold {letters} letters; at most {MOST_LETTERS} are read")
    return whole


def _cell(cell):
    if not isinstance(cell, dict):
        raise Unreadable("it is not a notebook: something stands in the place of a cell")
    source, kind = cell.get("source", ""), cell.get("cell_type")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str) or kind not in ("code", "markdown", "raw"):
        raise Unreadable("it is not a notebook: a cell without text or kind")
    source = source.encode("utf-8", "replace").decode("utf-8")    # halves of surrogate pairs
    nbgrader = _inside(_inside(cell, "metadata"), "nbgrader")
    name = nbgrader.get("grade_id")
    return Cell(kind, source, name if isinstance(name, str) else None)


def _inside(mapping, key):
    value = mapping.get(key)
    return value if isinstance(value, dict) else {}


def restored(found, given):
    """The cells `found`, in which each cell of the release stands once, in its place, and with its own text.

    found  Cells of a hand-in, which claim what they like to be
    given  the Givens of the release, in order
    """
    known = {one.id: one for one in given}
    own = _places(found, known)
    whole = []
    for place, cell in enumerate(found):
        one = known.get(cell.id)
        if one is None or one.solution and own[one.id] != place:
            whole.append(Cell(cell.kind, cell.source))
        elif own[one.id] == place:
            whole.append(Cell(one.kind, one.source if one.stays else cell.source, one.id))
    return _missing_put_back(whole, given)


def _places(found, known):
    """id -> the place of the one cell that is it: the first of those that stay, the last of an answer's copies."""
    places = {}
    for place, cell in enumerate(found):
        if cell.id in known and (known[cell.id].solution or cell.id not in places):
            places[cell.id] = place
    return places


def _missing_put_back(whole, given):
    for number, one in enumerate(given):
        there = {cell.id: place for place, cell in enumerate(whole) if cell.id}
        if one.id in there or one.solution and not one.grade:    # an answer may stand anywhere: its stub would hide it
            continue
        before = [there[other.id] for other in given[:number] if other.id in there]
        whole.insert(before[-1] + 1 if before else 0, Cell(one.kind, one.source, one.id))
    return whole


def run(whole, given):
    """The sources of a restored notebook's cells that are run: all code but what is graded."""
    judged = {one.id for one in given if one.judged}
    return [cell.source for cell in whole if cell.kind == "code" and cell.id not in judged]


def harmless(text):
    """Markdown in which nothing is left that could run in the reader's browser.

    A `<` that would begin a tag gets a space behind it, so does the `&` of `&#115;`, and the address of a link that is
    a script gets one before its colon, which makes it none.
    """
    text = re.sub(r"&(?=[#A-Za-z])", "& ", re.sub(r"<(?=[A-Za-z/!?])", "< ", text))
    return _SCRIPTS.sub(lambda found: f"{found[1]} :", text)


_BETWEEN = r"[\x00-\x20\\]*"    # what Markdown takes out or a browser overlooks
_SCRIPTS = re.compile(f"({'|'.join(_BETWEEN.join(word) for word in ('javascript', 'vbscript', 'data'))}){_BETWEEN}:",
                      re.IGNORECASE)
