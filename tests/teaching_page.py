"""A teaching page and the chapter it is about: sections, plans, quotes, places, quiz, and checks to be computed.

What a page may write, so that a test can hold it against the chapter:

`…`         stands in the chapter word for word: in a cell, a stored output, a caption, or in the chapter's exercises
            (free are the quiz, code between ```, commands, and files of this repository)
*§ Name*    a heading of the chapter, or a paragraph that begins with **Name** ("Predict first", "1. One step").
            Where a paragraph or a row of a table names places, its quotes stand in one of them
a number    with a decimal point, a per cent sign or four digits (but for years) is a quote, a formula, or stands in
            board or quiz
<!-- check: LINES -->    Python, with np; the last line is a comparison that holds. What it compares with is a number
            that the section's text gives
"""

import ast
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = ("Goals", "Plan for 45 minutes", "Plan for 90 minutes", "Ask for a prediction", "The misconception",
            "On the board", "Exit quiz", "If something goes wrong")
CODE_BLOCK = re.compile(r"```.*?```", re.S)
CHECK = re.compile(r"<!-- check:(.*?)-->", re.S)
QUOTE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
PLACE = re.compile(r"\*§ ([^*]+?)\*")
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+?\$", re.S)
COMMANDS = ("rnncourse ", "make ", "nbgrader ")


def squeezed(text):
    """The text with every run of white space as one space."""
    return " ".join(text.split())


# -- the chapter -------------------------------------------------------------------------------------
@cache
def cells(stem):
    """[(kind, source, outputs)] of a chapter as executed; outputs as text: printed, captions, alternative texts."""
    notebook = json.loads((ROOT / "chapters" / f"{stem}.ipynb").read_text())
    return [(cell["cell_type"], "".join(cell["source"]), _outputs(cell)) for cell in notebook["cells"]]


def _outputs(cell):
    texts = []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        texts += ["".join(output.get("text", "")), "".join(data.get("text/plain", ""))]
        texts += re.findall(r'alt="([^"]*)"', "".join(data.get("text/html", "")))
    return "\n".join(texts)


@cache
def whole(stem):
    """All that a chapter and its exercises say, squeezed."""
    exercises = ROOT / "rnncourse" / "exercises" / f"{stem[3:]}.py"
    return squeezed("\n".join(f"{source}\n{outputs}" for _, source, outputs in cells(stem)) + exercises.read_text())


@cache
def places(stem):
    """name -> all that stands there, squeezed: from a heading to the next of its rank, from a label to any heading."""
    lines, open_places, found = _lines(stem), {}, {}
    for line, prose in lines:
        heading = re.match(r"(#+) (.+)", line) if prose else None
        label = re.match(r"\*\*(.+?)\.?\*\*", line) if prose else None
        if heading:
            open_places = {name: rank for name, rank in open_places.items() if rank < len(heading[1])}
            open_places[heading[2].strip()] = len(heading[1])
        elif label:
            open_places[squeezed(label[1])] = 9
        for name in open_places:
            found[name] = f"{found.get(name, '')} {line}"
    return {name: squeezed(text) for name, text in found.items()}


@cache
def exercises(stem):
    """The names of a chapter's exercises, in order."""
    return [name for kind, source, _ in cells(stem) if kind == "code"
            for name in re.findall(r"^exercises\.(\w+)\.check\(", source, flags=re.M)]


def _lines(stem):
    for kind, source, outputs in cells(stem):
        yield from ((line, kind == "markdown") for line in source.splitlines())
        yield from ((line, False) for line in outputs.splitlines())


# -- the page ----------------------------------------------------------------------------------------
@dataclass
class Question:
    """One question of the quiz: its options and why the wrong ones tempt, by letter, and the letters said right."""

    text: str
    options: dict = field(default_factory=dict)
    tempts: dict = field(default_factory=dict)
    right: list = field(default_factory=list)


@dataclass
class Page:
    """A teaching page: stem of its chapter, lines before the first section, and the sections' texts by name."""

    stem: str
    head: str
    sections: dict

    @classmethod
    def of(cls, stem, text):
        head, *parts = re.split(r"^## ", text, flags=re.M)
        return cls(stem, head, {p.split("\n", 1)[0].strip(): p.split("\n", 1)[1] for p in parts})

    def questions(self):
        found = []
        for line in _whole_items(self.sections["Exit quiz"]):
            if begun := re.match(r"\*\*\d\.\*\* (.+)", line):
                found.append(Question(begun[1]))
            elif option := re.match(r"- ([A-Z])\. (.+)", line):
                found[-1].options[option[1]] = option[2]
            elif why := re.match(r"- \*([A-Z])\*: (.+)", line):
                found[-1].tempts[why[1]] = why[2]
            elif line.startswith("Answer:"):
                found[-1].right += re.findall(r"\*\*([A-Z])\*\*", line)
        return found

    def plan(self, minutes):
        """Rows (minutes, what happens, with what) of a plan's table."""
        rows = re.findall(r"^\|(.+)\|$", self.sections[f"Plan for {minutes} minutes"], flags=re.M)
        return [tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", row)) for row in rows][2:]

    def paragraphs(self):
        """(section, paragraph, item of a list or row of a table), without checks and blocks of code."""
        for name, text in self.sections.items():
            text = CODE_BLOCK.sub("", CHECK.sub("", text))
            yield from ((name, item) for item in _whole_items(text))


def _whole_items(text):
    """Paragraphs, items of lists and rows of tables, each as one line."""
    found, fresh = [], True
    for line in text.splitlines():
        fresh = fresh or line.startswith(("- ", "|", "**", "Answer:"))
        if line.strip() and fresh:
            found.append(line.strip())
        elif line.strip():
            found[-1] += " " + line.strip().removeprefix("> ")
        fresh = not line.strip()
    return found


def wrong_quotes(page):
    """Quotes that do not stand in the chapter, or not where the paragraph says; places that there are not."""
    for name, item in page.paragraphs():
        named = [squeezed(place) for place in PLACE.findall(item)]
        yield from (f"{name}: no place {place!r} in the chapter" for place in named if place not in places(page.stem))
        where = [places(page.stem)[place] for place in named if place in places(page.stem)]
        if name == "Exit quiz":
            continue
        for quote in map(squeezed, QUOTE.findall(item)):
            if quote.startswith(COMMANDS) or "/" in quote and (ROOT / quote).exists():
                continue
            if quote not in whole(page.stem):
                yield f"{name}: {quote!r} is not in the chapter"
            elif where and not any(quote in text for text in where) and not _of_the_exercises(page.stem, quote):
                yield f"{name}: {quote!r} is in the chapter, but not in {' or '.join(named)}"


def _of_the_exercises(stem, quote):
    return quote in squeezed((ROOT / "rnncourse" / "exercises" / f"{stem[3:]}.py").read_text())


def loose_numbers(page):
    """Numbers with a decimal point, a per cent sign or four digits (years are free) that are not quoted."""
    for name, item in page.paragraphs():
        if name in ("On the board", "Exit quiz"):
            continue
        left = FORMULA.sub("", PLACE.sub("", QUOTE.sub("", item)))
        for number in re.findall(r"\d+\.\d+|\d+ ?%|(?!(?:19|20)\d\d\b)\d{4,}", left):
            yield f"{name}: {number} is not quoted: {item[:60]}"


# -- what a page computes ----------------------------------------------------------------------------
def checks(page):
    """(section, code) of each check on the page."""
    return [(name, code.strip()) for name, text in page.sections.items() for code in CHECK.findall(text)]


def fails(page, name, code):
    """What is wrong with a check, in words; None where it holds and the section's text gives its numbers."""
    *before, last = ast.parse(code).body
    scope = {"np": np}
    exec(compile(ast.Module(before, []), "check", "exec"), scope)
    if not isinstance(last, ast.Expr) or not any(isinstance(node, ast.Compare) for node in ast.walk(last)):
        return f"{name}: the last line of a check is a comparison; {code!r}"
    if not np.all(eval(compile(ast.Expression(last.value), "check", "eval"), scope)):
        return f"{name}: does not hold: {code}"
    missing = sorted(_compared_with(last) - _numbers(page.sections[name]))
    return f"{name}: {missing} is computed, and the text does not give it: {code}" if missing else None


def _compared_with(tree):
    """The numbers on the right of the comparisons, without their signs."""
    right = [part for node in ast.walk(tree) if isinstance(node, ast.Compare) for part in node.comparators]
    constants = [n.value for part in right for n in ast.walk(part) if isinstance(n, ast.Constant)]
    return {float(abs(value)) for value in constants if isinstance(value, (int, float)) and not isinstance(value, bool)}


def _numbers(text):
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", CHECK.sub("", text))}
