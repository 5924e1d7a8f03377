"""The notebook of one assignment: a chapter's exercises with their points, and one question to be answered in writing.

The cells carry nbgrader's metadata (schema 3). An exercise's solution is taken from where it stands, once, for all.
"""

import hashlib
import json

import nbformat

from rnncourse import assets
from rnncourse.classroom.judge import PREFIX as MARK  # grade_id of a cell with points: this and the exercise's name
from rnncourse.classroom.lent import exercises
from rnncourse.classroom.verdicts import topic
from rnncourse.classroom.written import questions

SCHEMA = 3
WRITTEN = "written"        # grade_id of the written answer
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def chapters():
    """The names of all assignments, in order: each chapter's file name without its end, as 04_lstm."""
    return [path.stem for path in sorted(assets.chapters().glob("[0-9][0-9]_*.ipynb"))]


def points(exercise):
    """1 point for a solution of up to two lines, 2 up to four, 3 up to seven, 4 for a longer one."""
    return 1 + sum(exercise.size > lines for lines in (2, 4, 7))


def notebook(name, seed):
    """The source notebook of an assignment, with solutions and hidden tests.

    name  of the chapter, as 04_lstm
    seed  exercise's name -> the seed of its hidden inputs
    """
    known = exercises(topic(name))
    question = questions()[name]
    cells = [*_opening(name, known, question)]
    for number, exercise in enumerate(known.values(), 1):
        cells += _exercise(topic(name), number, exercise, seed(exercise.name))
    cells += _written(question)
    return nbformat.v4.new_notebook(cells=_with_ids(name, cells), metadata={"kernelspec": KERNEL})


# -- cells -------------------------------------------------------------------------------------------
def _opening(name, known, question):
    total = sum(map(points, known.values()))
    yield _markdown(f"""# {_title(name)}

The exercises of chapter {name[:2]}, to be handed in: {total} points for {len(known)} functions, and
{question.points} for a question to be answered in words.

- Write each function in the place of the `...`. The cell below it checks it at once, as often as you like.
- Your points come from inputs that you do not see: of other sizes, with other numbers. A function that is right for
  every size gets them; one that knows the visible answers does not.
- Leave the cells marked *graded* as they are. What you compute goes into the functions.
- Then restart the kernel, run all cells, save, and hand in this file under its own name, `{name}.ipynb`.""",
                    "opening", locked=True)
    yield _code(_set_up(topic(name), known), "set-up", locked=True)


def _title(name):
    text = (assets.chapters() / f"{name}.ipynb").read_text(encoding="utf-8")
    first = "".join(json.loads(text)["cells"][0]["source"])
    return first.splitlines()[0].removeprefix("# ")


def _set_up(room, known):
    sigmoid = any("sigmoid" in exercise.source for exercise in known.values())
    lines = ["import numpy as np", "", *(["from rnncourse.activations import sigmoid"] if sigmoid else []),
             f"from rnncourse.exercises import {room} as exercises"]
    return "\n".join(lines)


def _exercise(room, number, exercise, seed):
    name, worth = exercise.name, points(exercise)
    yield _markdown(f"## {number} · `{name}` ({_points(worth)})\n\n{exercise.task}\n\n"
                    f"`exercises.{name}.hint()` in a cell of your own gives a hint, and each time the next one.")
    yield _code(solution(exercise), name, solution=True)
    yield _code(f"exercises.{name}.check({name})")
    yield _code(f"""# Graded: {_points(worth)}. The hidden inputs are put in here when it is graded.
from rnncourse.classroom import marks
### BEGIN HIDDEN TESTS
marks.points("{room}", "{name}", globals().get("{name}"), out_of={worth}, seed={seed})
### END HIDDEN TESTS""", MARK + name, grade=True, locked=True, points=worth)


def solution(exercise):
    """The solution's source, its body between the marks at which nbgrader cuts it out."""
    stub = exercise.stub.splitlines()
    head, hint = stub[:-1], stub[-1].partition("#")[2]
    body = exercise.source.splitlines()[len(head):]
    return "\n".join([*head, f"    #{hint}", "    ### BEGIN SOLUTION", *body, "    ### END SOLUTION"])


def _written(question):
    yield _markdown(f"## In words ({_points(question.points)})\n\n{question.text}", "question", locked=True)
    yield _markdown("\n".join(["### BEGIN SOLUTION", "*A full answer says:*", "", *question.marking(),
                               "### END SOLUTION"]),
                    WRITTEN, grade=True, solution=True, points=question.points)


def _points(number):
    return f"{number} point{'s' * (number != 1)}"


# -- nbgrader's metadata -----------------------------------------------------------------------------
def _markdown(source, grade_id=None, **what):
    return nbformat.v4.new_markdown_cell(source, metadata=_metadata(grade_id, "markdown", **what))


def _code(source, grade_id=None, **what):
    return nbformat.v4.new_code_cell(source, metadata=_metadata(grade_id, "code", **what))


def _metadata(grade_id, kind, grade=False, solution=False, locked=False, points=None):
    if grade_id is None:
        return {}
    mark = {"schema_version": SCHEMA, "grade_id": grade_id, "cell_type": kind, "grade": grade, "solution": solution,
            "locked": locked, "task": False}
    return {"nbgrader": mark | ({"points": points} if grade else {})}


def _with_ids(name, cells):
    """The same ids each time the course is laid out, so that two layings can be compared."""
    for place, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{name}/{place}".encode()).hexdigest()[:8]
    return cells
