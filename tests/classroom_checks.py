"""A small course for the tests of grading: one assignment, and hand-ins made of its release."""

import ast
import atexit
import copy
import functools
import json
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from unittest import mock

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from rnncourse.classroom import assignment, course, grading
from rnncourse.classroom.lent import exercises

ASSIGNMENT, TOPIC = "04_lstm", "lstm"


def lay(folder):
    """A course in `folder` with one assignment, generated; returns the folder."""
    shutil.copytree(_template(), folder)
    return folder


@functools.cache
def _template():
    """The course that the others are copies of: nbgrader takes seconds for its first gradebook."""
    holder = tempfile.TemporaryDirectory()
    atexit.register(holder.cleanup)
    folder = Path(holder.name) / "course"
    with mock.patch.object(assignment, "chapters", lambda: [ASSIGNMENT]):
        course.new(folder)
    with course.tools_on_path():
        result = NbGraderAPI(config=grading._config(folder)).generate_assignment(ASSIGNMENT, create=True)
    assert result["success"], result
    return folder


def release(folder):
    """The notebook as it was given out."""
    return nbformat.read(folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)


def answered(folder, **instead):
    """The release with every exercise solved; `instead` gives another source for some."""
    whole = release(folder)
    for name, exercise in exercises(TOPIC).items():
        cell(whole, name).source = instead.get(name, exercise.source)
    return whole


def cell(notebook, grade_id):
    return next(one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def hand_in(folder, student, notebook):
    """Put a notebook, or whatever bytes, where nbgrader looks for a student's hand-in; returns the path."""
    path = folder / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    raw = notebook if isinstance(notebook, bytes) else json.dumps(copy.deepcopy(notebook)).encode()
    path.write_bytes(raw)
    return path


def marks(folder, student):
    """grade_id -> points in the gradebook, without `mark-`."""
    with warnings.catch_warnings(), Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        warnings.simplefilter("ignore")
        found = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
        return {grade.name.removeprefix("mark-"): grade.score for grade in found if grade.name != "written"}


def autograded(folder, student):
    """The graded notebook's text."""
    return (folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")


def environment():
    """For a Python of its own: nbgrader finds its tools, one thread."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return dict(os.environ, PATH=path, OMP_NUM_THREADS="1")


def body(exercise):
    """The lines of a solution below its docstring."""
    return exercise.source.splitlines()[ast.parse(exercise.source).body[0].body[1].lineno - 1:]
