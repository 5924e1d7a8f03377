"""A class of thirty, the whole way with the real nbgrader: release, hand-ins of every kind, grade, feedback, export.

What each student gets is computed from what the student was made to hand in, and from nothing else.
"""

import ast
import csv
import inspect
import json
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import nbformat
import pytest

from rnncourse.classroom import assignment, bubblewrap
from rnncourse.classroom.lent import exercises
from rnncourse.classroom.limits import Limits
from rnncourse.cli import main
from rnncourse.exercises import bptt

NAME = "02_bptt"                     # NumPy only, and one exercise is given a function, which has to be called back
KNOWN = exercises("bptt")
WORTH = {name: assignment.points(exercise) for name, exercise in KNOWN.items()}
ALL = sum(WORTH.values())
SECRET = "05" * 32
LIMITS = Limits(cell=4.0, call=1.0)
FIRST, SECOND, *_ = KNOWN


# -- what students write -------------------------------------------------------------------------------
def wrong(name, mistaken):
    """The source of a cell that defines the exercise `name` with one of its known mistakes, and needs nothing else."""
    parts = [textwrap.dedent(inspect.getsource(fn)) for fn in helpers()]
    parts += [f"class {one}:\n    @staticmethod\n{textwrap.indent(solved(one), '    ')}\n    reference = {one}"
              for one in KNOWN]
    source = textwrap.dedent(inspect.getsource(mistaken))
    lines = source.splitlines()[ast.parse(source).body[0].lineno - 1:]
    parts += ["\n".join(lines), f"return {mistaken.__name__}"]
    return f"def make():\n{textwrap.indent(chr(10).join(parts), '    ')}\n\n{name} = make()"


def helpers():
    decorated = {fn for exercise in KNOWN.values() for fn in (*exercise.mistakes.values(), *exercise.notes.values())}
    return [fn for fn in vars(bptt).values() if inspect.isfunction(fn) and fn.__module__ == bptt.__name__
            and fn not in decorated and not inspect.isgeneratorfunction(fn) and not fn.__name__.startswith("_other")]


def solved(name):
    return KNOWN[name].source


def by_heart(name):
    """Answers the visible inputs, and nothing else: what the check in the notebook calls correct."""
    cases = KNOWN[name].cases()
    answers = [(tuple(v.tolist() for v in case.values()), KNOWN[name].reference(**case).tolist()) for case in cases]
    arguments = ", ".join(inspect.signature(KNOWN[name].reference).parameters)
    return (f"def {name}({arguments}):\n    for inputs, answer in {answers!r}:\n"
            f"        if tuple(value.tolist() for value in ({arguments})) == inputs:\n"
            f"            return np.array(answer)\n    return {arguments.split(',')[0]}")


def instead(name, body):
    arguments = ", ".join(inspect.signature(KNOWN[name].reference).parameters)
    return f"def {name}({arguments}):\n{textwrap.indent(body, '    ')}"


class Student:
    """A released notebook on its way through a student's hands, and the points that it must get."""

    def __init__(self, released, right=KNOWN):
        self.notebook, self.right = nbformat.from_dict(json.loads(json.dumps(released))), set(right)
        for name in right:
            self.write(name, solved(name))

    def cell(self, grade_id):
        return next(c for c in self.notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)

    def write(self, name, source, right=True):
        self.cell(name).source = source
        self.right = self.right | {name} if right else self.right - {name}
        return self

    def insert(self, source, after="set-up"):
        place = self.notebook.cells.index(self.cell(after))
        self.notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(source))
        return self

    def remove(self, grade_id, right=True):
        self.notebook.cells.remove(self.cell(grade_id))
        self.right -= set() if right else {grade_id}
        return self

    @property
    def points(self):
        return sum(WORTH[name] for name in self.right)

    @property
    def raw(self):
        return nbformat.writes(self.notebook).encode()


def plan(released, other):
    """student -> Student, or (bytes, points) of what is no notebook of this assignment."""
    def new(right=KNOWN):
        return Student(released, right)

    made = {}
    for k in range(max(len(exercise.mistakes) for exercise in KNOWN.values())):
        made[f"wrong-{k}"] = one = new()
        for name, exercise in KNOWN.items():
            if k < len(exercise.mistakes):
                one.write(name, wrong(name, list(exercise.mistakes.values())[k]), right=False)
    made |= {
        "correct": new(),
        "untouched": new(()),
        "half": new((FIRST, SECOND)),
        "raises": new(()).write(FIRST, instead(FIRST, "raise NotImplementedError"), right=False),
        "loud": new().insert("import sys, warnings\nprint('oh', file=sys.stderr)\nwarnings.warn('ah')", FIRST),
        "by-heart": new().write(FIRST, by_heart(FIRST), right=False),
        "endless-cell": new().insert("while True:\n    pass"),
        "endless-function": new().write(FIRST, instead(FIRST, "while True:\n    pass"), right=False),
        "exit-cell": new().insert("import os\nos._exit(0)", SECOND),
        "exit-function": new().write(SECOND, instead(SECOND, "import os\nos._exit(0)"), right=False),
        "segfault": new().write(SECOND, instead(SECOND, "import ctypes\nctypes.string_at(0)"), right=False),
        "no-test": new().remove(f"mark-{FIRST}"),
        "no-tests": new(()).remove(f"mark-{FIRST}").remove(f"mark-{SECOND}"),
        "no-answer": new().remove(SECOND, right=False),
        "syntax": new().write(FIRST, "def masked_blame(y, target, mask)\n    return y", right=False),
        "changed-test": new((FIRST,)),
        "changed-points": new((FIRST,)),
        "other-chapter": (nbformat.writes(other).encode(), 0),
        "no-json": (b"This is not a notebook. I had no time.", 0),
    }
    made["changed-test"].cell(f"mark-{SECOND}").source = "100"
    made["changed-points"].cell(f"mark-{FIRST}").metadata.nbgrader.points = 100
    return made | {"empty": (b"", 0)}


# -- the whole way -------------------------------------------------------------------------------------
def typed(course, *words):
    """A command of nbgrader's, as a teacher types it in the course's folder; it must go well and be quiet about it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=course, capture_output=True, text=True,
                          env=dict(os.environ, PATH=path))
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not [line for line in said.splitlines() if "ERROR" in line or "WARNING" in line or "Traceback" in line], said


def roster(path, students):
    """A CSV file; the first two students have one name."""
    lines = [f"{student},{'Kim' if k < 2 else student.title()},Lee,{student}@school.example"
             for k, student in enumerate(students)]
    path.write_text("id,first_name,last_name,email\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course that was graded: (folder, plan, report)."""
    from rnncourse.classroom import grading

    bubblewrap.trial()    # says what is missing
    room = tmp_path_factory.mktemp("class")
    course = room / "course"
    with pytest.MonkeyPatch.context() as patch:                   # the same hidden inputs each time
        patch.setattr("secrets.token_hex", lambda size: SECRET)
        assert main(["classroom", "new", str(course)]) == 0
    typed(course, "generate_assignment", NAME)
    typed(course, "generate_assignment", "04_lstm")
    typed(course, "release_assignment", NAME)
    released, other = (nbformat.read(course / "release" / name / f"{name}.ipynb", 4) for name in (NAME, "04_lstm"))
    planned = plan(released, other)
    assert len(planned) >= 30
    students = roster(room / "class.csv", [*planned, "absent"])
    assert main(["classroom", "students", str(students), "--course", str(course)]) == 0
    hand_in(room, course, planned)
    report, = grading.grade(course, NAME, jobs=2, limits=LIMITS)
    return course, planned, report


def hand_in(room, course, planned):
    """Most of them in a zip file; what no collecting lets through, straight into its place, as it comes on a hub."""
    with zipfile.ZipFile(room / "hand-ins.zip", "w") as archive:
        for student, one in planned.items():
            if isinstance(one, Student):
                archive.writestr(f"{student}_{NAME}.ipynb", one.raw)
    assert main(["classroom", "collect", NAME, str(room / "hand-ins.zip"), "--course", str(course)]) == 0
    for student, one in planned.items():
        if not isinstance(one, Student):
            path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_bytes(one[0])


def points(one):
    return one.points if isinstance(one, Student) else one[1]


def marks(course):
    """student -> score of NAME, from nbgrader's own export."""
    typed(course, "export", "--to", "marks.csv")
    with open(course / "marks.csv", encoding="utf-8", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == NAME}


def test_every_mark_is_what_it_must_be(graded):
    course, planned, report = graded
    found = marks(course)
    assert {student: float(found[student]["score"]) for student in planned} == {
        student: points(one) for student, one in planned.items()}, str(report)
    assert float(found["absent"]["score"] or 0) == 0
    assert {float(row["max_score"]) for row in found.values()} == {ALL + 4.0}    # 4 for the written answer


def test_the_plan_gives_every_exercise_to_some_and_not_to_others_and_holds_every_known_mistake(graded):
    _, planned, _ = graded
    everything = [one for one in planned.values() if isinstance(one, Student)]
    for name, exercise in KNOWN.items():
        assert 0 < sum(name in one.right for one in everything) < len(everything)
        cells = [one.cell(name).source for one in everything if name not in one.right and name in ids(one)]
        assert all(any(f"return {fn.__name__}\n" in cell for cell in cells) for fn in exercise.mistakes.values())


def ids(one):
    return {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in one.notebook.cells}


def test_every_known_mistake_is_called_by_its_name(graded):
    course, planned, _ = graded
    for student in (student for student in planned if student.startswith("wrong-")):
        stored = json.loads((course / ".rnncourse" / "verdicts" / NAME / f"{student}.json").read_text(encoding="utf-8"))
        for name, exercise in KNOWN.items():
            messages, k = list(exercise.mistakes), int(student.removeprefix("wrong-"))
            text = stored["marks"][f"mark-{name}"]["text"]
            assert (messages[k] if k < len(messages) else exercise.after) in text, (student, name, text)


def test_the_report_has_a_line_for_each_and_says_what_happened(graded):
    _, planned, report = graded
    lines = {line.student: line for line in report.lines}
    assert lines.keys() == planned.keys() and not report.failed
    assert {student for student, line in lines.items() if line.refused} == {"no-json", "empty"}
    assert {"endless-cell", "exit-cell", "exit-function", "segfault"} <= {
        student for student, line in lines.items() if line.met}
    assert not any(lines[student].met for student in ("correct", "loud", "untouched", "wrong-0"))
    assert lines["untouched"].said == {f"mark-{name}": "not attempted" for name in KNOWN}


def test_grading_again_changes_no_mark_and_one_given_by_hand_stays(graded):
    from nbgrader.api import Gradebook

    from rnncourse.classroom import grading

    course, planned, _ = graded
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "course") as book:
        assert book.find_grade("written", NAME, NAME, "untouched").needs_manual_grade is False    # nothing was written
        book.find_grade("written", NAME, NAME, "loud").manual_score = 3
        book.db.commit()
    grading.grade(course, NAME, again=["loud"], limits=LIMITS)
    by_hand = {"loud": 3}
    assert {student: float(row["score"]) for student, row in marks(course).items() if student in planned} == {
        student: points(one) + by_hand.get(student, 0) for student, one in planned.items()}


def test_feedback_tells_the_verdict_and_not_the_seed(graded):
    course, planned, _ = graded
    student, k = "wrong-6", 6                                     # some of it is right, some wrong
    typed(course, "generate_feedback", NAME, "--student", student)
    page = (course / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    for name, exercise in KNOWN.items():
        says = exercise.after if name in planned[student].right else list(exercise.mistakes)[k]
        assert says.split("`")[0][:25] in page, name
    assert (course / ".rnncourse" / "seed").read_text().strip() not in page
