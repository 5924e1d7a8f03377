"""The judge: every exercise through a real sandbox, errors told as by the ordinary check, marks to the point."""

import json
import os
import time

import classroom_checks as checks
import numpy as np
import pytest

from rnncourse.classroom import judge, lent, restore
from rnncourse.classroom.limits import Limits
from rnncourse.classroom.sandbox import Ended, Sandbox

TOPICS = ("start_here", "recurrence", "bptt", "gradients", "lstm", "gru", "text", "weather", "names", "states",
          "dynamics", "attribution", "probes", "simplify")
SET_UP = "import numpy as np\nfrom rnncourse.activations import sigmoid"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return lent.package(tmp_path_factory.mktemp("lent"), *TOPICS)


@pytest.fixture(scope="module")
def box(package):
    with Sandbox(package, Limits(cell=20, call=5)) as sandbox:
        yield sandbox


def verdict(box, exercise, *sources, name=None, seed=7):
    submission = judge._Submission([SET_UP, *sources], box)
    submission.outputs()
    return exercise.judge(submission.runner(name or exercise.name), exercise.hidden_cases(seed))


class Already(judge._Submission):
    """A submission whose cells have been run in a sandbox that stays open."""

    def _replayed(self, shown=None):
        pass


@pytest.fixture(scope="module")
def all_solved(box):
    """A sandbox in which every solution of the course is defined, as topic_name."""
    box.start()
    box.run(SET_UP)
    for topic in TOPICS:
        for name, exercise in lent.exercises(topic).items():
            box.run(exercise.source.replace(f"def {name}(", f"def {topic}_{name}(", 1))
    return Already([], box)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_solution_is_judged_correct_through_the_pipe(all_solved, topic):
    for name, exercise in lent.exercises(topic).items():
        found = exercise.judge(all_solved.runner(f"{topic}_{name}"), exercise.hidden_cases(11))
        assert found.status == "correct", found
    assert not all_solved.met


EXERCISES = {name: exercise for topic in TOPICS for name, exercise in lent.exercises(topic).items()}
NUMERICAL, WHO_WROTE = EXERCISES["numerical_gradient"], EXERCISES["who_wrote"]


def one(source, exercise=WHO_WROTE):
    """A solution's stub line for `exercise` with another body."""
    names = ", ".join(exercise.cases()[0])
    return f"def {exercise.name}({names}):\n    {source}\n"


def test_a_stub_is_not_attempted(box):
    assert verdict(box, WHO_WROTE, WHO_WROTE.stub).status == "not attempted"


def test_what_is_not_there_is_not_attempted(box):
    assert verdict(box, WHO_WROTE, "x = 1").status == "not attempted"


def test_a_cell_that_cannot_be_run_is_told(box):
    """Not as a stub that nobody touched: the student wrote something, and Python could not read it."""
    submission = judge._Submission([SET_UP, "def who_wrote(i, f, g)\n    return i"], box)
    submission.outputs()
    mark = judge._mark(submission, WHO_WROTE, "who_wrote", 7, 3.0)
    assert (mark.points, mark.status) == (0.0, "not yet")
    assert "The cell that defines it stopped with SyntaxError: expected ':'" in mark.text


def test_a_known_mistake_is_named(box):
    found = verdict(box, NUMERICAL, """
def numerical_gradient(f, w, step):
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        move = np.zeros_like(w)
        move[place] = step
        slopes[place] = (f(w + move) - f(w)) / step
    return slopes""")
    assert "one-sided" in found.mistake


def test_an_error_is_told_with_its_line(box):
    found = str(verdict(box, WHO_WROTE, "def who_wrote(i, f, g):\n    a = 1\n    return i[100]"))
    assert "stopped with IndexError" in found and "line 3: `return i[100]`" in found


@pytest.mark.parametrize("body, said", [
    ("i *= 2; return i", "changes its input i"), ("print('hello'); return 1", "hello"), ("i + 1", "return"),
    ("return [i]", "a list"), ("return i.astype('float32')", "float32"), ("return i.astype(object)", "object"),
    ("return i.astype(str)", "a ndarray"), ("return (k for k in i)", "a generator"), ("return sigmoid", "function"),
    ("return 10 ** 400", "int_of_more"), ("raise SystemExit", "ended Python"), ("return who_wrote(i, f, g)", "itself"),
    ("return i * np.nan", "NaN")])
def test_what_comes_is_told_as_by_the_ordinary_check(box, body, said):
    found = verdict(box, WHO_WROTE, one(body))
    assert found.status == "not yet" and said in str(found)


# -- functions that are given: they stay outside -------------------------------------------------------
def test_a_function_that_is_given_is_answered_outside(box):
    assert verdict(box, NUMERICAL, NUMERICAL.source).status == "correct"
    found = verdict(box, NUMERICAL, one("return open.__globals__ if 0 else vars(f)", NUMERICAL))
    assert "_place" in str(found) and "cubic" not in str(found)    # there is nothing of it in there


@pytest.mark.parametrize("body, said", [
    ("f('x')", "Error"), ("f(w, w)", "TypeError"), ("f(np.zeros(10 ** 6))", "far too large"), ("f(f)", "Error"),
    ("f([[[[w]]]])", "Error"), ("f(np.array([None]))", "Error")])
def test_a_function_that_is_given_something_odd_says_so(box, body, said):
    found = verdict(box, NUMERICAL, one(f"return {body}", NUMERICAL))
    assert found.status == "not yet" and said in str(found)


def test_a_function_is_not_answered_without_end(package):
    with Sandbox(package, Limits(asks=50)) as small:
        assert "asked more than 50 times" in str(verdict(small, NUMERICAL, one("while True: f(w)", NUMERICAL)))


# -- ends --------------------------------------------------------------------------------------------
def test_a_call_that_ends_the_sandbox_costs_its_own_exercise_only(package):
    sources = [SET_UP, one("import os; os._exit(3)"), NUMERICAL.source]
    with Sandbox(package) as fresh:
        submission = judge._Submission(sources, fresh)
        submission.outputs()
        first = WHO_WROTE.judge(submission.runner("who_wrote"), WHO_WROTE.hidden_cases(1))
        second = NUMERICAL.judge(submission.runner("numerical_gradient"), NUMERICAL.hidden_cases(1))
    assert "ended Python (exit code 3)" in str(first) and second.status == "correct"
    assert submission.met == ["who_wrote: it ended Python (exit code 3)"]
    assert submission.starts == fresh.limits.starts - 2


def test_who_ends_it_each_time_is_not_started_for_ever(package):
    sources = [f"import os; os._exit({k})" for k in range(9)]
    with Sandbox(package, Limits(starts=3)) as fresh:
        submission = judge._Submission([*sources, WHO_WROTE.source], fresh)
        submission.outputs()
        found = WHO_WROTE.judge(submission.runner("who_wrote"), WHO_WROTE.hidden_cases(1))
    assert found.status == "not yet" and "started 3 times" in str(found) and len(submission.met) == 3


def test_many_cells_that_sleep_take_no_longer_than_all_of_it_may(package):
    with Sandbox(package, Limits(whole=3.0)) as fresh:
        submission = judge._Submission(["import time\ndef who_wrote(i, f, g): pass", *["time.sleep(1)"] * 30], fresh)
        started = time.monotonic()
        submission.outputs()
        found = WHO_WROTE.judge(submission.runner("who_wrote"), WHO_WROTE.hidden_cases(7))
    assert time.monotonic() - started < 12 and found.status == "not yet"
    assert submission.met == ["it took more than 3 seconds in all"]


def test_a_sandbox_that_is_asked_too_late_has_ended(package):
    with Sandbox(package, Limits(cell=0.3)) as fresh:
        with pytest.raises(Ended, match="no answer within 0.3 seconds of computing"):
            fresh.run("while True: pass")
        with pytest.raises(Ended, match="no answer within 1.2 seconds"):
            fresh.run("import time; time.sleep(100)")


# -- the whole of a notebook -----------------------------------------------------------------------------
def given(*names):
    return [restore.Given(f"mark-{name}", "code", "", "", grade=True, locked=True, points=2.0) for name in names]


def test_marks_of_a_notebook(package):
    whole = json.dumps({"cells": [{"cell_type": "code", "source": text} for text in (
        SET_UP, WHO_WROTE.source, "1 + 1", "plt", "cell_backward = ...")]}).encode()
    with Sandbox(package) as fresh:
        found = judge.judge(whole, "lstm", given("who_wrote", "cell_backward", "peephole_step", "unheard_of"),
                            judge.seeds("secret", "04_lstm"), fresh)
    assert [mark["points"] for mark in found["marks"].values()] == [2.0, 0.0, 0.0, 0.0]
    assert [mark["status"] for mark in found["marks"].values()] == ["correct", "not attempted", "not attempted",
                                                                    "not yet"]
    shown = [cell["outputs"] for cell in found["outputs"][:4]]
    assert shown[:2] == [[], []] and shown[2][0]["text"] == "2\n" and "NameError" in shown[3][0]["text"]


def test_an_answer_that_breaks_the_comparison_gets_nothing(box, monkeypatch):
    def stumbles(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(WHO_WROTE, "judge", stumbles)
    submission = Already([], box)
    mark = judge._mark(submission, WHO_WROTE, "who_wrote", 1, 3.0)
    assert (mark.points, mark.status) == (0.0, "not yet") and "ZeroDivisionError" in submission.met[0]


def test_seeds_differ_by_course_assignment_and_exercise():
    seen = {judge.seeds(secret, assignment)(name) for secret in "ab" for assignment in "cd" for name in "ef"}
    assert len(seen) == 8 and judge.seeds("a", "c")("e") == judge.seeds("a", "c")("e")


def test_a_verdict_is_known_by_all_that_it_rests_on():
    one = given("who_wrote")
    seen = {judge.digest(*what) for what in (
        (b"x", "lstm", one, "s"), (b"y", "lstm", one, "s"), (b"x", "gru", one, "s"), (b"x", "lstm", one * 2, "s"),
        (b"x", "lstm", one, "t"))}
    assert len(seen) == 5


# -- notebooks made anew ---------------------------------------------------------------------------------
def cells(*what):
    return [restore.Cell(*one) for one in what]


RELEASED = [restore.Given("set-up", "code", "import x", "", locked=True), restore.Given("f", "code", "...", "",
            solution=True), restore.Given("mark-f", "code", "marks", "", grade=True, locked=True),
            restore.Given("written", "markdown", "here", "", grade=True, solution=True)]


@pytest.mark.parametrize("found, restored", [
    ([], [("set-up", "import x"), ("mark-f", "marks"), ("written", "here")]),
    ([("code", "mine", "f"), ("code", "2.0", "mark-f")],
     [("set-up", "import x"), ("f", "mine"), ("mark-f", "marks"), ("written", "here")]),
    ([("code", "a", "f"), ("code", "b", "f"), ("code", "x", "mark-f"), ("markdown", "y", "mark-f")],
     [("set-up", "import x"), (None, "a"), ("f", "b"), ("mark-f", "marks"), ("written", "here")]),
    ([("markdown", "mine", "f"), ("code", "c", "no such"), ("code", "words", "written")],
     [("set-up", "import x"), ("f", "mine"), ("mark-f", "marks"), (None, "c"), ("written", "words")])])
def test_the_releases_cells_are_put_back(found, restored):
    whole = restore.restored(cells(*found), RELEASED)
    assert [(cell.id, cell.source) for cell in whole] == restored
    assert all(cell.kind == next((one.kind for one in RELEASED if one.id == cell.id), cell.kind) for cell in whole)


def test_a_folder_a_pipe_or_a_device_in_the_notebooks_place_is_no_file(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "folder", tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(restore.Unreadable, match="it is no file"):
            restore.content(path)


def test_only_graded_cells_are_not_run():
    whole = restore.restored(cells(("code", "mine", "f"), ("code", "free"), ("markdown", "text"), ("raw", "raw")),
                             RELEASED)
    assert restore.run(whole, RELEASED) == ["import x", "mine", "free"]


def test_markdown_without_html():
    assert restore.harmless("a < b, a<2, <b>x</b> <!-- --> <?x") == "a < b, a<2, < b>x< /b> < !-- --> < ?x"
    assert restore.harmless("a & b, R&D, &lt; [x](java\\script\t:y)") == "a & b, R& D, & lt; [x](java\\script :y)"


# -- what the sandbox gets -------------------------------------------------------------------------------
def test_no_line_of_a_solution_is_in_the_sandboxs_package(package):
    there = {}
    for path in package.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            there.setdefault("".join(line.split()), path)
    found = [(exercise.name, line) for exercise in EXERCISES.values() for line in body(exercise)
             if len(line) >= 24 and line in there]
    assert found == []
    assert sum(len(line) >= 24 for exercise in EXERCISES.values() for line in body(exercise)) > 150


def body(exercise):
    """The lines of a solution below its docstring, without spaces."""
    return ["".join(line.split()) for line in checks.body(exercise)]


def test_neither_known_mistakes_nor_hints_nor_hidden_cases_are_in_it(package):
    whole = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    for exercise in EXERCISES.values():
        for text in (*exercise.mistakes, *exercise.hints, exercise.after):
            assert text not in whole
    assert not {"hidden_cases", "drawn_cases", "first_difference(came"} & set(whole.split())
    assert {path.name for path in (package / "rnncourse" / "classroom").glob("*.py")} == {
        "__init__.py", "marks.py", "server.py", "wire.py"}


@pytest.mark.parametrize("use", [
    "from rnncourse.cells.lstm import forward as borrowed; borrowed(1, 2)",
    "import rnncourse.cells as c; c.lstm.step()", "from rnncourse.cells import lstm; lstm.backward(*range(3))",
    "from rnncourse.explain.simplify import Components; Components.of(1)",
    "import importlib, sys; importlib.reload(sys.modules['rnncourse.cells.lstm']).forward()"])
def test_what_is_rebuilt_raises_and_says_why(box, use):
    shown = "".join(part[1] for part in box.run(f"import rnncourse.cells.lstm\n{use}") if part[0] == "text")
    assert "NotToBeUsed" in shown and "is what this exercise asks you to write" in shown


def test_what_is_not_rebuilt_works(box):
    assert box.run("from rnncourse.losses import softmax\nsoftmax(np.zeros((1, 2)))")[0][1] == "array([[0.5, 0.5]])\n"
    assert box.run("from rnncourse import assets\nassets.path('checkpoints').is_dir()")[0][1] == "True\n"


def test_a_function_that_is_not_there_cannot_be_taken_away(tmp_path, monkeypatch):
    monkeypatch.setattr(WHO_WROTE, "rebuilds", ("rnncourse.cells.lstm.no_such",))
    with pytest.raises(LookupError, match="no_such"):
        lent.package(tmp_path, "lstm")


def test_the_numpy_chapters_load_no_torch(box):
    assert box.run("import sys\n'torch' in sys.modules, 'matplotlib' in sys.modules")[0][1] == "(False, False)\n"


def test_values_are_the_same_inside(box):
    box.run("def twice(x): return x")
    value = {"a": np.arange(4.0), "b": [1, (2.5, "x")]}
    came, error, printed, changed = box.call("twice", {"x": value}, 5)
    assert error is None and printed == "" and changed == {} and np.array_equal(came["a"], value["a"])
    assert came["b"] == value["b"]
