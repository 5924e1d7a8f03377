"""Verdicts of a course's submissions: judged each in a process of its own, kept in files, found again by digest."""

import contextlib
import functools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rnncourse.classroom import Trouble, judge, lent, restore
from rnncourse.classroom.limits import Limits

PATIENCE = 2.0    # how many times `Limits.whole` a judge's process may last, start and comparisons included


@dataclass(frozen=True)
class Task:
    """One assignment of a course, with all that its submissions are judged by.

    course      the course's folder
    assignment  its name, which is the notebook's name as well: 04_lstm
    given       the release's cells, from the gradebook
    submitted   the folder of the hand-ins
    """

    course: Path
    assignment: str
    given: tuple
    submitted: Path
    limits: Limits = field(default_factory=Limits)

    @property
    def topic(self):
        return topic(self.assignment)

    @property
    def secret(self):
        path = self.course / ".rnncourse" / "seed"
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError:
            raise Trouble(f"{path} is missing: the hidden inputs are drawn from it. Is {self.course} a course made by "
                          "`rnncourse classroom new`? Put the file back from a copy") from None

    def notebook(self, student):
        """Where a student's hand-in lies."""
        return self.submitted / student / self.assignment / f"{self.assignment}.ipynb"

    def path(self, student):
        """Where the verdict on it is kept."""
        return self.course / ".rnncourse" / "verdicts" / self.assignment / f"{student}.json"

    def stored(self, student):
        """The verdict that is kept, where it is on this very hand-in, release and course; else None."""
        try:
            found = json.loads(self.path(student).read_text(encoding="utf-8"))
            raw = restore.handed_in(self.notebook(student))
        except (OSError, ValueError, restore.Unreadable):
            return None
        return found if found.get("digest") == judge.digest(raw, self.topic, self.given, self.secret) else None

    def judged(self, student):
        """Judge one hand-in now, in a process of its own; returns the verdict and keeps it in its file."""
        job = {"student": student, "assignment": self.assignment, "topic": self.topic, "secret": self.secret,
               "path": str(self.notebook(student)), "given": [asdict(one) for one in self.given],
               "lent": str(package(self.topic)), "hidden": [str(self.course)], "limits": asdict(self.limits),
               "to": str(self.path(student))}
        try:
            done = subprocess.run([sys.executable, "-m", "rnncourse.classroom.judge"], input=json.dumps(job),
                                  text=True, capture_output=True, env=dict(os.environ, OMP_NUM_THREADS="1"),
                                  timeout=PATIENCE * self.limits.whole)
        except subprocess.TimeoutExpired:
            raise Trouble(f"judging {student} took more than {PATIENCE * self.limits.whole:g} seconds") from None
        if done.returncode:
            raise Trouble(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else
                          f"the judge's process ended with code {done.returncode}")
        return json.loads(self.path(student).read_text(encoding="utf-8"))


def topic(assignment):
    """The exercises' module of an assignment: lstm for 04_lstm."""
    return assignment.partition("_")[2] or assignment


def given(gradebook, assignment, notebook, release=None):
    """The release's cells as nbgrader's gradebook has them, in the order of the released notebook.

    gradebook  nbgrader.api.Gradebook
    release    path of the released notebook, for the order; without it the gradebook's
    """
    known = gradebook.find_notebook(notebook, assignment)
    points = {one.name: one.max_score for one in (*known.grade_cells, *known.task_cells)}
    grades, solutions, tasks = ({one.name for one in cells} for cells in (
        known.grade_cells, known.solution_cells, known.task_cells))
    found = [restore.Given(one.name, one.cell_type, one.source, one.checksum, one.name in grades,
                           one.name in solutions, one.locked, one.name in tasks, float(points.get(one.name) or 0))
             for one in known.source_cells]
    order = {}
    with contextlib.suppress(OSError, TypeError, restore.Unreadable):
        order = {cell.id: place for place, cell in enumerate(restore.cells(Path(release).read_bytes()))}
    return tuple(sorted(found, key=lambda one: order.get(one.id, len(order))))


@functools.cache
def package(name):
    """The folder with the sandbox's package for a topic, made once in this process and taken away at its end."""
    folder = tempfile.TemporaryDirectory(prefix="rnncourse-")
    _KEPT.append(folder)
    return lent.package(folder.name, name)


_KEPT = []
