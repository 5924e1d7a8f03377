"""Every exercise of every chapter: stub, known mistakes, solution, hints; and the stubs that stand in the chapters."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnncourse.exercises._exercise import Exercise

CHAPTERS = {"start_here": "00_start_here", "recurrence": "01_recurrence", "bptt": "02_bptt",
            "gradients": "03_gradients", "lstm": "04_lstm", "gru": "05_gru",
            "text": "06_text", "weather": "07_weather", "names": "08_names", "states": "09_states",
            "dynamics": "10_dynamics", "attribution": "11_attribution", "probes": "12_probes",
            "simplify": "13_simplify"}
MODULES = {topic: importlib.import_module(f"rnncourse.exercises.{topic}") for topic in CHAPTERS}
EXERCISES = [(topic, value) for topic, module in MODULES.items() for value in vars(module).values()
             if isinstance(value, Exercise)]
each = pytest.mark.parametrize("exercise", [pytest.param(e, id=f"{topic}.{e.name}") for topic, e in EXERCISES])
each_mistake = pytest.mark.parametrize("exercise, message, mistaken", [
    pytest.param(e, message, fn, id=f"{topic}.{e.name}{fn.__name__}")
    for topic, e in EXERCISES for message, fn in e.mistakes.items()])
ROOT = Path(__file__).parent.parent


def defined(source, name):
    """The function that `source` defines, in a namespace with what a chapter has."""
    from rnncourse.activations import sigmoid
    space = {"np": np, "sigmoid": sigmoid}
    exec(source, space)
    return space[name]


@pytest.mark.parametrize("topic", CHAPTERS)
def test_a_chapter_has_three_to_five(topic):
    assert 3 <= sum(t == topic for t, _ in EXERCISES) <= 5


@each
def test_the_stub_is_not_attempted(exercise):
    verdict = exercise.check(defined(exercise.stub, exercise.name))
    assert (verdict.status, verdict.details) == ("not attempted", ())


@each
def test_a_stub_that_raises_is_not_attempted(exercise):
    stub = exercise.stub.replace("    ...    #", "    raise NotImplementedError    #")
    assert exercise.check(defined(stub, exercise.name)).status == "not attempted"


@each
def test_the_solution_as_shown_is_correct(exercise):
    verdict = exercise.check(defined(repr(exercise.solution()), exercise.name))
    assert verdict.status == "correct", verdict
    assert exercise.after in verdict.message


@each_mistake
def test_a_known_mistake_is_called_by_its_name(exercise, message, mistaken):
    verdict = exercise.check(mistaken)
    assert (verdict.status, verdict.mistake, verdict.message) == ("not yet", message, message), verdict
    assert {"input", "where", "came", "expected"} <= {label for label, _ in verdict.details}
    with np.errstate(all="ignore"):
        came, expected = (fn(*verdict.inputs.values()) for fn in (mistaken, exercise.reference))
    assert repr(came) != repr(expected)          # the input in the verdict does show the mistake


@each
def test_the_same_inputs_each_time_all_in_float64(exercise):
    def arrays(value):
        if isinstance(value, np.ndarray):
            return [value]
        entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [array for entry in entries for array in arrays(entry)]

    one, other = ([arrays(case) for case in exercise.cases()] for _ in range(2))
    assert 4 <= len(one) <= 12
    for a, b in zip(one, other, strict=True):
        assert all(map(np.array_equal, a, b)) and all(x.dtype in (np.float64, np.int64, np.bool_) for x in a)


@each
def test_sizes_of_one_are_among_the_inputs(exercise):
    """T = 1 and B = 1 where the docstring speaks of T and B; never only square matrices."""
    doc = inspect.getdoc(exercise.reference)
    leading = re.search(r"^(\w+)(?:, \w+)*\s+\((T, B|B|T), \w+", doc, re.M)
    if leading is None:
        return
    name, axes = leading[1], leading[2].split(", ")
    shapes = [case[name].shape for case in exercise.cases()]
    for place, axis in enumerate(axes):
        assert 1 in {shape[place] for shape in shapes}, f"no input with {axis} = 1"
        assert max(shape[place] for shape in shapes) > 2 - (axis == "B"), f"no input with a larger {axis}"


@each
def test_starts_are_not_zero(exercise):
    for case in exercise.cases():
        for name in {"h0", "h_prev", "c_prev", "dc_next"} & case.keys():
            assert np.all(case[name] != 0)


@each
def test_the_size_hint_is_honest(exercise):
    body = ast.parse(exercise.source).body[0].body[1:]
    lines = exercise.source.splitlines()[body[0].lineno - 1:]
    code = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    assert abs(len(code) - exercise.size) <= 1


@each
def test_hints_come_in_steps_and_then_stay(exercise):
    fresh = Exercise(exercise.reference, None, 1, exercise.hints, "", "", 0, 1)
    total = len(fresh.hints)
    given = [fresh.hint() for _ in range(total + 1)]
    assert 1 < total < 5 and [hint.number for hint in given] == [*range(1, total + 1), total]
    assert "solution()" in repr(given[-1]) and "solution()" not in repr(given[0])
    assert given[0].text in given[0]._repr_markdown_()


def right_sides(source):
    """What a piece of code puts into names, returns or stands for, as written by ast; from 12 characters on."""
    try:
        tree = ast.parse(source)
    except SyntaxError:                          # `with … in it`, or half a line
        return set()
    values = (ast.unparse(node.value) for node in ast.walk(tree)
              if isinstance(node, (ast.Assign, ast.Return, ast.Expr)) and node.value)
    return {value for value in values if len(value) >= 12}


@each
def test_a_hint_that_gives_a_whole_line_is_the_last_and_says_so(exercise):
    solution = right_sides(exercise.source)
    for number, hint in enumerate(exercise.hints, 1):
        given = set().union(*map(right_sides, re.findall(r"`([^`]+)`", hint))) & solution
        if given or hint.startswith("Almost"):
            assert number == len(exercise.hints) and hint.startswith("Almost the solution: "), (hint, given)


def test_messages_are_different_everywhere_within_an_exercise():
    for _, exercise in EXERCISES:
        assert len(exercise.mistakes) >= 2
        functions = list(exercise.mistakes.values())
        assert len(set(functions)) == len(functions)


# -- the chapters -----------------------------------------------------------------------------------
@pytest.mark.parametrize("topic", CHAPTERS)
def test_stubs_in_the_chapter_are_the_declared_ones(topic):
    chapter = ROOT / "chapters" / f"{CHAPTERS[topic]}.py"
    text = chapter.read_text() if chapter.exists() else ""
    checked = re.findall(r"^exercises\.(\w+)\.check\((\w+)\)", text, re.M)
    if f"import {topic} as exercises" not in text and not checked:
        return                                   # a chapter still to come
    declared = {e.name: e for t, e in EXERCISES if t == topic}
    assert sorted(checked) == sorted((name, name) for name in declared)
    for name, exercise in declared.items():
        assert f"{exercise.stub}\n" in text, f"the stub of {name} in {chapter.name} is not print(exercises.{name}.stub)"


def test_the_exercises_load_neither_torch_nor_drawing():
    code = ("import sys; " + "; ".join(f"import rnncourse.exercises.{t}" for t in CHAPTERS)
            + "; print(sorted({'torch', 'matplotlib', 'ipywidgets', 'IPython'} & set(sys.modules)))")
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
