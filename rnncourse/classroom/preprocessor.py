"""What stands in nbgrader's autograder in the place of running students' code: two of its preprocessors.

Restored makes the notebook anew before anything else looks at it; Isolated writes the verdict into it. So the command
`nbgrader autograde` and the button in Lab are as safe as `rnncourse classroom grade`.
"""

import re
from collections import defaultdict
from pathlib import Path

from bleach import clean
from nbconvert.filters import markdown2html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from rnncourse.classroom import bubblewrap, judge, restore, verdicts


class _OfACourse(NbGraderPreprocessor):
    def task(self, resources):
        """The verdicts.Task of the notebook that is being converted."""
        names, coursedir = resources["nbgrader"], self._coursedir()
        assignment = names["assignment"]
        if names["notebook"] != assignment:
            raise restore.Unreadable(f"its notebook is {names['notebook']}; expected {assignment}")
        release = coursedir.format_path(coursedir.release_directory, ".", assignment)
        with Gradebook(names["db_url"]) as gradebook:
            given = verdicts.given(gradebook, assignment, names["notebook"], Path(release, f"{assignment}.ipynb"))
        return verdicts.Task(Path(coursedir.root).resolve(), assignment, given,
                             Path(coursedir.root, coursedir.submitted_directory).resolve())

    def _coursedir(self):
        owner = self.parent
        while not hasattr(owner, "coursedir"):
            owner = owner.parent
        return owner.coursedir


class Restored(_OfACourse):
    """The notebook made anew: the student's sources, the release's cells in their places, nothing else."""

    def preprocess(self, nb, resources):
        """A new notebook in the place of `nb`; raises restore.Unreadable."""
        task = self.task(resources)
        raw = restore.handed_in(task.notebook(resources["nbgrader"]["student"]))
        return made(restore.restored(restore.cells(raw), task.given), task.given), resources


class Isolated(_OfACourse):
    """In the place of nbgrader's Execute: the judge's verdict, stored or made now; no code is run in this process."""

    def preprocess(self, nb, resources):
        """Give every cell its outputs: the student's own from the sandbox, the points from the judge."""
        task, student = self.task(resources), resources["nbgrader"]["student"]
        verdict = task.stored(student)
        if verdict is None:
            bubblewrap.trial()
            verdict = task.judged(student)
        if "unreadable" in verdict:
            raise restore.Unreadable(verdict["unreadable"])
        write(nb, verdict)
        return nb, resources


def made(cells, given):
    """A notebook of restored cells. The student's Markdown loses its HTML: it is shown in the teacher's browser."""
    known, whole = {one.id: one for one in given}, []
    for cell in cells:
        one = known.get(cell.id)
        if cell.kind == "code":
            new = new_code_cell(cell.source)
        elif one and cell.source == one.source:
            new = new_markdown_cell(cell.source)
        else:
            new = new_markdown_cell(restore.harmless(_first(cell.source, restore.MOST_WORDS)))
        if one:
            new.metadata["nbgrader"] = _metadata(one)
        whole.append(new)
    return new_notebook(cells=whole, metadata={"language_info": {"name": "python"}})


def _first(text, most):
    return text if len(text) <= most else f"{text[:most]}\n\n(The text goes on; {most} letters are shown.)"


def _metadata(one):
    found = {"grade_id": one.id, "grade": one.grade, "solution": one.solution, "locked": one.locked,
             "task": one.task, "schema_version": 3, "checksum": one.checksum, "cell_type": one.kind}
    return found | ({"points": one.points} if one.grade or one.task else {})


def write(nb, verdict):
    """Write outputs and points of a verdict into a restored notebook; its digest goes into the notebook's metadata."""
    shown = defaultdict(list)
    for cell in verdict["outputs"]:
        shown[cell["source"]].append(cell["outputs"])
    for cell in nb.cells:
        if cell.cell_type == "code":
            mark = verdict["marks"].get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            kept = shown[judge.source_digest(cell.source)]
            cell.outputs = _points(mark) if mark else [new_output(**part) for part in (kept.pop(0) if kept else [])]
            if mark:                             # this page is given back, and who knows the seed has all hidden inputs
                cell.source = re.sub(r"\bseed=\d+", "seed=...", cell.source)
    nb.metadata["rnncourse"] = {"verdict": verdict["digest"]}


def _points(mark):
    """A graded cell's output: nbgrader reads the last one as its points."""
    return [new_output("stream", name="stdout", text=mark["text"] + "\n"),
            new_output("execute_result", data={"text/plain": repr(float(mark["points"]))}, execution_count=None)]


SANITIZE = [Restored, ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
AUTOGRADE = [Isolated, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]


def configure(config):
    """What nbgrader_config.py calls: the two preprocessors in their places, and no HTML of a student's in a page."""
    config.Autograde.sanitize_preprocessors = SANITIZE
    config.Autograde.autograde_preprocessors = AUTOGRADE
    config.HTMLExporter.sanitize_html = True
    config.HTMLExporter.filters = {"markdown2html": markdown}


TAGS = {"a", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li",
        "ol", "p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}
ATTRIBUTES = {"*": ["class", "id"], "a": ["href", "title"], "img": ["alt", "title"]}    # no picture from elsewhere


def markdown(source):
    """The HTML of a Markdown cell, of which only text, lists, tables, pictures and plain links are left."""
    return clean(markdown2html(source), tags=TAGS, attributes=ATTRIBUTES, protocols={"http", "https", "mailto"})
