"""The assignment of each chapter: nbgrader takes it, the release is worth nothing as it stands, the source all."""

import contextlib
import io
import json
import os
import subprocess
import sys

import pytest
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from nbgrader.utils import determine_grade
from traitlets.config import Config

from rnncourse.classroom import assignment, marks
from rnncourse.classroom.judge import seeds
from rnncourse.classroom.lent import exercises
from rnncourse.classroom.written import questions

CHAPTERS = assignment.chapters()
each_chapter = pytest.mark.parametrize("name", CHAPTERS)


def notebook(name):
    return assignment.notebook(name, seeds("5" * 64, name))


def released(name):
    """As nbgrader gives it out: without solutions and hidden tests."""
    config, found = Config(), notebook(name)
    config.ClearSolutions.code_stub = {"python": "..."}
    for step in (ClearSolutions(config=config), ClearHiddenTests(config=config)):
        found, _ = step.preprocess(found, {})
    return found


def graded_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def run(whole, also=None):
    """grade_id -> output cells as a kernel would give them: run the code cells, each graded one with its value."""
    space, found = {}, {}
    for cell in whole.cells:
        if cell.cell_type != "code":
            continue
        *lines, last = cell.source.rstrip().split("\n### END")[0].splitlines()
        printed, errors, value = io.StringIO(), io.StringIO(), None
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors):
            if graded_id(cell) in (also or {}):
                exec(also[graded_id(cell)], space)
            elif last.startswith("marks."):
                exec("\n".join(lines), space)
                value = eval(last, space)
            else:
                with contextlib.suppress(NameError):               # a kernel goes on after an error, too
                    exec(cell.source, space)
        found[graded_id(cell)] = (value, printed.getvalue(), errors.getvalue())
    return found


def points_of(name, whole, also=None):
    """grade_id -> what nbgrader's own rule makes of the outputs."""
    source, found = {graded_id(cell): cell for cell in notebook(name).cells}, {}
    for grade_id, (value, _, errors) in run(whole, also).items():
        if str(grade_id).startswith(assignment.MARK):
            cell = source[grade_id]
            cell.outputs = [{"output_type": "stream", "name": "stderr", "text": errors}] if errors else []
            if value is not None:
                cell.outputs.append({"output_type": "execute_result", "data": {"text/plain": repr(value)},
                                     "metadata": {}, "execution_count": 1})
            cell.outputs = [type(cell)(output) for output in cell.outputs]
            found[grade_id] = determine_grade(cell)[0]
    return found


def with_hidden_tests(name, whole):
    """A hand-in as it is graded: nbgrader puts the graded cells back as they stand in the source."""
    source = {graded_id(cell): cell.source for cell in notebook(name).cells}
    for cell in whole.cells:
        if str(graded_id(cell)).startswith(assignment.MARK):
            cell.source = source[graded_id(cell)]
    return whole


@each_chapter
def test_the_release_is_worth_0_everywhere_and_the_source_everything(name):
    full = {assignment.MARK + one: assignment.points(exercise)
            for one, exercise in exercises(assignment.topic(name)).items()}
    assert points_of(name, notebook(name)) == full
    assert points_of(name, with_hidden_tests(name, released(name))) == dict.fromkeys(full, 0)


@each_chapter
def test_nbgraders_validator_takes_source_and_release(name):
    for whole in (notebook(name), released(name)):
        MetadataValidatorV3().validate_nb(whole)
        assert all(not cell.metadata or cell.metadata.nbgrader.schema_version == 3 for cell in whole.cells)


@each_chapter
def test_the_release_tells_no_solution_no_seed_and_no_marking(name):
    text = json.dumps(released(name))
    secret = seeds("5" * 64, name)
    for one, exercise in exercises(assignment.topic(name)).items():
        last = exercise.source.splitlines()[-1].strip()
        assert json.dumps(last)[1:-1] not in text
        assert str(secret(one)) not in text
        assert "def " + one in text
    assert not any(json.dumps(says)[1:-1] in text for _, says in questions()[name].says)
    assert "SOLUTION" not in text and "HIDDEN" not in text


@each_chapter
def test_every_chapter_asks_one_question_in_words(name):
    question = questions()[name]
    assert question.points == 4 and len(question.says) == 4 and len(question.text) > 200
    manual = [cell for cell in notebook(name).cells if cell.cell_type == "markdown"
              and cell.metadata.get("nbgrader", {}).get("grade")]
    assert [(graded_id(cell), cell.metadata.nbgrader.points) for cell in manual] == [(assignment.WRITTEN, 4)]


def test_there_is_a_question_for_each_chapter_and_for_no_other():
    assert list(questions()) == CHAPTERS


def test_points_grow_with_the_solution():
    sizes = {exercise.size: assignment.points(exercise) for name in CHAPTERS
             for exercise in exercises(assignment.topic(name)).values()}
    assert [sizes[lines] for lines in (1, 2, 3, 4, 5, 7, 8)] == [1, 1, 2, 2, 3, 3, 4] and max(sizes.values()) == 4


def test_the_same_secret_gives_the_same_notebook_and_another_one_other_seeds():
    one, again = notebook("04_lstm"), notebook("04_lstm")
    other = assignment.notebook("04_lstm", seeds("6" * 64, "04_lstm"))
    assert one == again
    assert [a.source == b.source for a, b in zip(one.cells, other.cells, strict=True)].count(False) == 5


# -- a graded cell the plain way ---------------------------------------------------------------------------
def judged(fn, capfd, **more):
    found = marks.points("lstm", "cell_backward", fn, out_of=2, seed=7, **more)
    said = capfd.readouterr()
    assert said.err == ""
    return found, said.out


def test_a_right_function_gets_its_points(capfd):
    found, said = judged(exercises("lstm")["cell_backward"].reference, capfd)
    assert found == 2 and said.startswith("cell_backward: correct.")


class Strange:
    """Breaks when anything is asked of it."""

    def __getattribute__(self, name):
        raise ValueError("no")


def noisy(f, o, c, dh_t, dc_next):
    print("oh", file=sys.stderr)
    import warnings
    warnings.warn("ah", stacklevel=1)
    return dh_t, dc_next


@pytest.mark.filterwarnings("ignore:ah")
@pytest.mark.parametrize("fn, status", [
    (None, "not attempted"), (..., "not attempted"), (3, "not yet"), ("strange", "not yet"), (noisy, "not yet"),
    (lambda: 0, "not yet"), (lambda f, o, c, dh_t, dc_next: sys.exit(3), "not yet"),
    (lambda f, o, c, dh_t, dc_next: 1 / 0, "not yet"), (print, "not yet")])
def test_whatever_else_is_handed_in_gets_0_and_says_so_on_stdout(fn, status, capfd):
    found, said = judged(Strange() if fn == "strange" else fn, capfd)
    assert found == 0 and said.startswith(f"cell_backward: {status}.")


def test_a_name_that_does_not_exist_gets_0(capfd):
    also = {"cell_backward": "pass"}                                # the student has deleted the function
    assert points_of("04_lstm", notebook("04_lstm"), also)["mark-cell_backward"] == 0
    assert capfd.readouterr().err == ""


def test_the_message_tells_no_hidden_input(capfd):
    seen = []

    def spy(f, o, c, dh_t, dc_next):
        seen.append(f)
        return dc_next, dc_next

    _, said = judged(spy, capfd)
    assert len(said) < 400 and not any(f"{value:.4f}" in said for f in seen for value in f.ravel())


# -- a Python without nbgrader --------------------------------------------------------------------------------
def test_without_nbgrader_the_extra_is_named_and_the_rest_works(tmp_path):
    (tmp_path / "nbgrader.py").write_text("raise ImportError('not here')")
    hide = ("import sys, importlib.util; found = importlib.util.find_spec; "
            "importlib.util.find_spec = lambda name, *a: None if name == 'nbgrader' else found(name, *a); "
            "from rnncourse.cli import main; sys.exit(main(sys.argv[1:]))")
    done = subprocess.run([sys.executable, "-c", hide, "classroom", "new", str(tmp_path / "c")], text=True,
                          capture_output=True, env=dict(os.environ, PYTHONPATH=str(tmp_path)))
    assert done.returncode == 1 and "rnncourse[class]" in done.stderr and "Traceback" not in done.stderr
    helped = subprocess.run([sys.executable, "-c", hide, "classroom", "--help"], text=True, capture_output=True)
    assert helped.returncode == 0 and "--unsafe" in helped.stdout
