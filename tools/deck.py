"""A chapter's cells as slides. A tag says what of a cell goes on the wall; the words stay the chapter's own.

One tag is one slide: "slide", or "slide:" and what to show, parts between bars; a tag that starts with "part" adds to
the slide before it.

    eq, eq 2, eq 1-2     the cell's displayed formulas
    list, table          its list, its table
    code                 the whole cell without docstrings; "code def step": the statement that begins so
    print, print 2-4     what the cell printed, or these lines of it
    picture              the figure and the first sentence of its caption; "picture left": that half of it
                         (right, top, bottom), "picture top 52": cut near 52 % of the height
    alt words            the sentence of the figure's text alternative that begins so
    head words           the heading: the sentence that begins so, or "head from ... to"
    any other words      the sentence of the cell (or of the caption) that begins so, or "from ... to", both included

A bare "slide" on a figure's cell is "picture", on a short code cell "code | print", on a prediction the whole question.
The title, the goals and the exercises need no tag.
"""

import ast
import base64
import html
import re
from dataclasses import dataclass, field, replace

from tools.halves import SIDES, half
from tools.picking import Unclear, Words, is_question

MOST_LINES = 9     # of code, or of what was printed
CAPTION = 26       # words of a caption, where no tag chooses


@dataclass(frozen=True)
class Part:
    """One thing on a slide. kind: words list table equation code printed picture; a picture has its alt text."""

    kind: str
    text: str
    alt: str = ""
    png: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Slide:
    """A heading and its parts, the ids of the cells it comes from, and the teacher's notes (Markdown)."""

    kind: str
    heading: str
    parts: tuple
    cells: tuple
    notes: str = ""


def slides_of(notebook):
    """The slides of an executed chapter, in order."""
    reader = _Reader(notebook)
    title, goals = _opening(notebook.cells[0])
    slides = [title, goals]
    for number, cell in enumerate(notebook.cells):
        for tag in cell.metadata.get("tags", ()):
            if re.match(r"slide\b|part\b", tag):
                _add(slides, reader, number, tag)
        if cell.source.startswith("## Exercises") or "\n## Exercises" in cell.source:
            slides.append(_exercises(notebook.cells[number:]))
    return _with_notes(slides, notebook)


def _add(slides, reader, number, tag):
    asked = [part.strip() for part in tag.partition(":")[2].split("|") if part.strip()]
    try:
        heading, parts = reader.read(number, asked)
    except Unclear as trouble:
        raise Unclear(f"cell {number + 1}, tag {tag!r}: {trouble}") from None
    cell, explorer = reader.cells[number].id, ".still(" in reader.cells[number].source
    if tag.startswith("part"):
        before = slides.pop()
        slides.append(Slide(_kind(before.heading, before.parts + parts), before.heading, before.parts + parts,
                            tuple(dict.fromkeys((*before.cells, cell)))))
    else:
        slides.append(Slide("explorer" if explorer else _kind(heading, parts), heading, parts, (cell,)))


def _kind(heading, parts):
    kinds = [part.kind for part in parts]
    if "picture" in kinds:
        return "picture"
    asks = heading.startswith("Predict") or parts[0].text.startswith("**Predict")
    if set(kinds) <= {"words", "list"} and (asks or kinds[-1:] == ["words"] and is_question(parts[-1].text)):
        return "question"
    return next((kind for kind in ("equation", "code", "printed", "table", "list") if kind in kinds), "words")


# -- title, goals, exercises --------------------------------------------------------------------------
def _opening(cell):
    words = Words(cell.source)
    goals = words.lists[0]
    leading = words.text[:goals[0]].strip().split("\n\n")[-1]
    return (Slide("title", words.headings[0][1], (), (cell.id,)),
            Slide("list", leading.rstrip(":"), (Part("list", words.text[slice(*goals)]),), (cell.id,)))


def _exercises(cells):
    """The exercises' names, each with what its function is for."""
    rows, ids, name = [], [], ""
    for cell in cells:
        if cell.cell_type == "markdown" and (found := re.search(r"^\*\*\d+(?:\.| ·) (.+?)\*\*", cell.source, re.M)):
            name = found[1]
        if cell.cell_type == "code" and ".check(" in cell.source:
            function = next(node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef))
            task = Words(ast.get_docstring(function)).first(0)
            task = re.sub(":$", ".", task)
            rows.append(f"{len(rows) + 1}. **{name}** `{function.name}`: {_plain(task)}")
            ids.append(cell.id)
    return Slide("exercises", "Exercises", (Part("list", "\n".join(rows)),), tuple(ids))


def _plain(text):
    """Text that is no Markdown, as Markdown; code in backticks stays code."""
    return re.sub(r"(`[^`]*`)|([_*\\])", lambda m: m[1] or "\\" + m[2], " ".join(text.split()))


# -- notes --------------------------------------------------------------------------------------------
def _with_notes(slides, notebook):
    """Each slide with the text of its cells and of all that follow up to the next slide's."""
    places = {cell.id: k for k, cell in enumerate(notebook.cells)}
    starts = [places[slide.cells[0]] for slide in slides]
    done = []
    for slide, start, following in zip(slides, starts, [*starts[1:], len(notebook.cells)], strict=True):
        end = max(following, places[slide.cells[-1]] + 1, start + 1)
        told = [_told(cell) for cell in notebook.cells[start:end]]
        done.append(Slide(slide.kind, slide.heading, slide.parts, slide.cells, "\n\n".join(filter(None, told))))
    return done


def _told(cell):
    """A cell as text for the teacher: prose as it stands, of a figure the caption and what it shows."""
    if cell.cell_type == "markdown":
        return cell.source
    figures = [f"*Figure.* {_plain(part.text)}\n\n*What it shows.* {_plain(part.alt)}" for part in _figures(cell)]
    return "\n\n".join(figures)


# -- what a tag asks for ------------------------------------------------------------------------------
class _Reader:
    """Reads parts out of the cells of one notebook."""

    def __init__(self, notebook):
        self.cells = notebook.cells
        self.words = [Words(c.source) if c.cell_type == "markdown" else None for c in self.cells]

    def read(self, number, asked):
        """(heading, parts) of what is asked of that cell; nothing asked: its default."""
        cell = self.cells[number]
        heads = [a[5:] for a in asked if a.startswith("head ")]
        asked = [a for a in asked if not a.startswith("head ")]
        own, parts, lead, place = (self._prose if cell.cell_type == "markdown" else self._code)(number, asked)
        heading = own.pick(heads[0])[0].rstrip(".:") if heads else lead or self._heading(number, place)
        if not parts:
            raise Unclear("nothing to show")
        source = " ".join(cell.source.split())
        for k, (part, after) in enumerate(zip(parts, parts[1:], strict=False)):
            if part.kind == "words" and after.kind == "equation" and part.text[-20:] not in source:
                parts[k] = Part("words", re.sub(r"\.$", ":", part.text))    # the stop is ours: the sentence goes on
        if parts[-1].kind == "words":    # nothing follows what ends in a colon
            parts[-1] = Part("words", re.sub(":$", ".", parts[-1].text))
        return heading, tuple(parts)

    def _heading(self, number, place):
        """The nearest heading above a place in a cell."""
        for k in range(number, -1, -1):
            if self.words[k]:
                above = [text for start, text in self.words[k].headings if k < number or start <= place]
                if above:
                    return above[-1]
        raise Unclear("no heading above it")

    def _prose(self, number, asked):
        words = self.words[number]
        parts, lead, first = [], "", None
        for ask in asked or ["..."]:
            kind, _, which = ask.partition(" ")
            if kind == "eq":
                found = [words.formulas[k] for k in _range(which, len(words.formulas))]
                place, new = found[0][0], [Part("equation", tex) for _, tex in found]
            elif kind in ("list", "table") and (not which or which.isdigit()):
                place, text = words.block(kind, int(which or 1))
                new = [Part(kind, text)]
            else:
                text, place, bold = words.question() if ask == "..." else words.pick(ask)
                lead = lead or bold
                new = [Part("words", text)] if text else []
            parts += new
            first = place if first is None else first
        return words, parts, lead, first

    def _code(self, number, asked):
        cell, parts = self.cells[number], []
        figures = _figures(cell)
        caption = Words(figures[0].text) if figures else Words("")
        for ask in asked or self._default(cell, figures):
            kind, _, which = ask.partition(" ")
            if kind == "picture":
                parts.append(_picture(figures, which.split()))
            elif kind == "code":
                parts.append(Part("code", _statements(cell.source, which)))
            elif kind == "print":
                lines = printed(cell).splitlines()
                parts.append(Part("printed", "\n".join(lines[k] for k in _range(which, len(lines)))))
            elif kind == "alt" and figures:
                parts.append(Part("words", Words(figures[0].alt).pick(which)[0]))
            else:
                parts.append(Part("words", caption.pick(ask)[0]))
        if [p.kind for p in parts] == ["picture"]:
            parts.append(Part("words", caption.first(CAPTION)))
        parts = [Part("picture", "", p.alt, p.png) if p.kind == "picture" else p for p in parts]
        return caption, parts, "", 0

    def _default(self, cell, figures):
        if figures:
            return ["picture"]
        return ["code", "print"] if printed(cell) else ["code"]


def _range(words, length):
    """The places, from 0, that "", "2" or "1-3" mean."""
    first, last = (int(n) for n in (words or f"1-{length}").split("-")) if "-" in (words or "-") else (int(words),) * 2
    if not 1 <= first <= last <= length:
        raise Unclear(f"asks for {first} to {last} of {length}")
    return range(first - 1, last)


def _statements(source, which):
    """The statements of a cell from the one that begins with `which` ("a ... b": to the one that begins with b)."""
    lines, body = source.splitlines(), ast.parse(source).body
    if not which:
        return _without_docstrings(lines, body)
    begun = []
    for anchor in which.split(" ... "):
        found = [k for k, node in enumerate(body) if lines[node.lineno - 1].startswith(anchor)]
        if not found:
            raise Unclear(f"no statement begins with {anchor!r}")
        begun.append(found[0])
    return _without_docstrings(lines, body[begun[0]:begun[-1] + 1])


def _without_docstrings(lines, statements):
    told = [node.body[0] for node in statements if isinstance(node, ast.FunctionDef) and ast.get_docstring(node)]
    left_out = {number for node in told for number in range(node.lineno, node.end_lineno + 1)}
    kept = range(statements[0].lineno, statements[-1].end_lineno + 1)
    return "\n".join(lines[number - 1] for number in kept if number not in left_out)


def printed(cell):
    """All that a cell printed, and the text of a value that it ended with."""
    said = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.get("outputs", ())
            if o.output_type == "stream" or "text/html" not in o.get("data", {})]
    return "\n".join(text.rstrip("\n") for text in said)


def _picture(figures, which):
    """The figure of that number, whole or one half of it, for ["2"], ["left"], ["2", "top", "52"]."""
    number = int(which.pop(0)) if which and which[0].isdigit() else 1
    figure = figures[number - 1]
    if not which:
        return figure
    if which[0] not in SIDES:
        raise Unclear(f"no side {which[0]!r} of a picture; there are {', '.join(SIDES)}")
    try:
        return replace(figure, png=half(figure.png, which[0], float(which[1]) / 100 if which[1:] else None))
    except ValueError as trouble:
        raise Unclear(str(trouble)) from None


def _figures(cell):
    """The figures of a cell: its PNG, its alt text, and its caption as the part's text."""
    found = []
    for output in cell.get("outputs", ()):
        page = output.get("data", {}).get("text/html", "")
        if page.startswith("<figure"):
            alt = re.search(r'<img alt="([^"]*)"', page)[1]
            caption = re.search(r"<figcaption[^>]*>(.*?)</figcaption>", page, re.S)[1]
            png = base64.b64decode(output["data"]["image/png"])
            found.append(Part("picture", html.unescape(caption), html.unescape(alt), png))
    return found
