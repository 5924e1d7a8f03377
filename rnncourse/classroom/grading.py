"""Grade the submissions of a course: judge them all, a few at a time, then enter the marks by nbgrader, one by one.

A verdict is a file that is written whole or not at all, and is found again by the digest of what was handed in; marks
are set, never added. So a run that was killed goes on where it stopped, and a second run changes nothing.
"""

import json
import os
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import Execute
from tqdm import tqdm
from traitlets.config import Config, PyFileConfigLoader

from rnncourse.classroom import Trouble, bubblewrap, one_line, restore, verdicts
from rnncourse.classroom.preprocessor import Isolated
from rnncourse.classroom.report import Line, Report


def grade(course, assignment=None, jobs=2, again=(), unsafe=False, limits=None):
    """Grade all submissions of an assignment, or of all that have some; returns a list of report.Report.

    course   the course's folder, with nbgrader_config.py
    jobs     how many submissions are judged at a time
    again    students whose submission is judged anew, though there is a verdict on it already
    unsafe   run students' code as nbgrader does by itself, with this user's rights and without a sandbox

    Raises Trouble for whatever the teacher can mend, before anything is judged.
    """
    course = Path(course).resolve()
    config = _config(course)
    if not unsafe:
        bubblewrap.trial()
    names = [assignment] if assignment else _handed_in(course, config)
    if not names:
        raise Trouble(f"nothing is handed in: {course / 'submitted'} has no STUDENT/ASSIGNMENT folders. "
                      "`rnncourse classroom collect` puts hand-ins there")
    return [_Run(course, config, name, jobs, again, unsafe, limits).report() for name in names]


def _config(course):
    if not (course / "nbgrader_config.py").is_file():
        raise Trouble(f"{course} is no course: it has no nbgrader_config.py. `rnncourse classroom new` makes one; "
                      "--course names another folder")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    return config


def _handed_in(course, config):
    folder = course / config.CourseDirectory.get("submitted_directory", "submitted")
    return sorted({path.name for path in folder.glob("*/*") if path.is_dir()})


class _Run:
    """One assignment's grading."""

    def __init__(self, course, config, assignment, jobs, again, unsafe, limits):
        self.assignment, self.jobs, self.unsafe = assignment, max(1, jobs), unsafe
        self.config = Config(config)
        if unsafe:
            self.config.Autograde.autograde_preprocessors = [
                Execute if one is Isolated else one for one in self.config.Autograde.autograde_preprocessors]
        self.nbgrader = NbGraderAPI(config=self.config)
        directory = self.nbgrader.coursedir
        self.submitted = Path(course, directory.submitted_directory)
        self.autograded = Path(course, directory.autograded_directory)
        self.students = sorted(path.parent.name for path in self.submitted.glob(f"*/{assignment}") if path.is_dir())
        if not self.students:
            raise Trouble(f"nothing is handed in for {assignment}: no {self.submitted}/STUDENT/{assignment}. Is it the "
                          "assignment's name? `rnncourse classroom collect` puts hand-ins there")
        self.again = set(self.students if again is True else again)
        if strange := sorted(self.again - set(self.students)):
            raise Trouble(f"no submission of {assignment} by {', '.join(strange)}: there are "
                          f"{', '.join(self.students[:8]) or 'none'}{' …' if len(self.students) > 8 else ''}")
        self.task = self._task(course, Path(course, directory.release_directory, assignment, f"{assignment}.ipynb"),
                               limits)

    def _task(self, course, release, limits):
        with Gradebook(self.nbgrader.coursedir.db_url) as gradebook:
            try:
                given = verdicts.given(gradebook, self.assignment, self.assignment, release)
            except MissingEntry:
                raise Trouble(f"the gradebook knows no {self.assignment}. `nbgrader generate_assignment "
                              f"{self.assignment}` enters it; was it given out from this course?") from None
        return verdicts.Task(course, self.assignment, given, self.submitted, **({"limits": limits} if limits else {}))

    def report(self):
        """Judge and enter all; returns the report, which is written as a file as well."""
        found = {} if self.unsafe else self._judged()
        lines = [self._entered(student, found.get(student)) for student in self._shown(self.students, "marks entered")]
        made = Report(self.assignment, tuple(lines), self.unsafe)
        made.write(self.task.course / ".rnncourse" / "report")
        return made

    def _shown(self, things, what, total=None):
        return tqdm(things, total=total, desc=f"{self.assignment}: {what}", unit=" submissions", mininterval=0.2)

    # -- judging ---------------------------------------------------------------------------------
    def _judged(self):
        """student -> verdict, or the Trouble that kept the judge from one."""
        found = {student: self.task.stored(student) for student in self.students if student not in self.again}
        left = [student for student in self.students if not found.get(student)]
        if left:
            verdicts.package(self.task.topic)    # made once, before several want it at a time
        with ThreadPoolExecutor(self.jobs) as pool:
            waiting = {pool.submit(self.task.judged, student): student for student in left}
            try:
                with self._shown(as_completed(waiting), "judged", len(waiting)) as shown:
                    for done in shown:
                        student = waiting[done]
                        shown.set_postfix_str(one_line(student))
                        error = done.exception()
                        if error and not isinstance(error, Trouble):
                            raise error
                        found[student] = error or done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return found

    # -- entering --------------------------------------------------------------------------------
    def _entered(self, student, verdict):
        """Let nbgrader enter one submission's marks; returns its Line of the report."""
        if isinstance(verdict, Trouble):
            return Line(student, failed=f"not judged: {verdict}. No mark was changed")
        refused = self._refused(student, verdict)
        if refused:
            self._nothing(student)
            return Line(student, refused=refused, marks={one.id: 0.0 for one in self.task.given if one.judged},
                        out_of=self._out_of())
        if student in self.again or self.unsafe or self._mark(student) != verdict["digest"]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")    # nbgrader's own, of its database, for each submission
                result = self.nbgrader.autograde(self.assignment, student, force=True, create=True)
            if not result["success"]:
                said = (result.get("log") or result.get("error") or "").strip().splitlines()
                why = next((line for line in reversed(said) if "Error" in line or "Exception" in line), "no reason")
                return Line(student, failed=f"nbgrader did not enter it: {why.strip()[:300]}")
        return self._line(student, verdict)

    def _refused(self, student, verdict):
        """Why a hand-in is no notebook of this assignment; None where it is one."""
        notebook = self.task.notebook(student)
        if not os.path.lexists(notebook):
            others = sorted(path.name for path in notebook.parent.iterdir())
            return f"no {notebook.name} was handed in, but {', '.join(others[:5]) or 'nothing'}"
        if verdict and "unreadable" in verdict:
            return verdict["unreadable"]
        try:
            restore.cells(restore.handed_in(notebook))
        except restore.Unreadable as unreadable:
            return str(unreadable)
        return None

    def _nothing(self, student):
        """0 in the gradebook for each of its marks; a mark given by hand stays."""
        with Gradebook(self.nbgrader.coursedir.db_url) as gradebook:
            gradebook.update_or_create_student(student)
            submission = gradebook.update_or_create_submission(self.assignment, student)
            for notebook in submission.notebooks:
                for mark in notebook.grades:
                    mark.auto_score, mark.needs_manual_grade = 0, False
            gradebook.db.commit()

    def _mark(self, student):
        """The digest of the verdict that stands in a student's autograded notebook, if there is one."""
        path = self.autograded / student / self.assignment / f"{self.assignment}.ipynb"
        try:
            return json.loads(path.read_text(encoding="utf-8"))["metadata"]["rnncourse"]["verdict"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _line(self, student, verdict):
        """What the gradebook now says, beside what the judge said."""
        with Gradebook(self.nbgrader.coursedir.db_url) as gradebook:
            notebook = gradebook.find_submission_notebook(self.assignment, self.assignment, student)
            marks = {grade.name: grade.auto_score for grade in notebook.grades}
        judged = [one.id for one in self.task.given if one.judged]
        said = {name: mark["status"] for name, mark in (verdict or {"marks": {}})["marks"].items()}
        return Line(student, {name: marks.get(name) for name in judged}, said, self._out_of(),
                    tuple((verdict or {}).get("met", ())))

    def _out_of(self):
        return {one.id: one.points for one in self.task.given if one.judged}
