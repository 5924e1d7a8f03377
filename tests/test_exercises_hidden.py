"""Hidden inputs of every exercise: other sizes and numbers than the visible ones; and what each one rebuilds."""

import functools
import importlib

import numpy as np
import pytest
from test_exercises import CHAPTERS, EXERCISES, defined, each

from rnncourse.exercises import recurrence
from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes, shows_every_mistake
from rnncourse.exercises._run import call, fresh, same

SEEDS = (0, 2**255 + 19)    # a course's secret is as long as the second


def judged(exercise, fn, cases):
    return exercise.judge(lambda inputs, seconds: call(fn, inputs, seconds), cases, fn)


@functools.cache
def hidden(exercise, seed):
    return exercise.hidden_cases(seed)


def shapes(value):
    """The shapes of all arrays and lengths of all lists in an input."""
    if isinstance(value, dict | list):
        entries = value.values() if isinstance(value, dict) else value
        return (len(value), *(shapes(entry) for entry in entries))
    return value.shape if isinstance(value, np.ndarray) else ()


def alike(a, b):
    """Equal inputs; functions count as equal."""
    return a.keys() == b.keys() and all(callable(a[k]) or same(a[k], b[k]) for k in a)


@each
def test_no_hidden_input_has_the_sizes_or_numbers_of_a_visible_one(exercise):
    visible, sizes = exercise.cases(), {shapes(case) for case in exercise.cases()}
    for seed in SEEDS:
        unseen = hidden(exercise, seed)
        assert len(unseen) >= 4
        assert sum(alike(one, other) for one in unseen for other in visible) <= 1    # all sizes 1: may recur
        if any(isinstance(value, np.ndarray | list | dict) for value in visible[0].values()):
            assert sum(shapes(case) in sizes for case in unseen) <= 1


@each
def test_sizes_of_one_are_among_the_hidden_inputs_where_they_are_among_the_visible(exercise):
    def ones(cases):
        return {(name, axis) for case in cases for name, value in case.items() if isinstance(value, np.ndarray)
                for axis, size in enumerate(value.shape) if size == 1}

    for seed in SEEDS:
        assert ones(exercise.cases()) <= ones(hidden(exercise, seed))


@each
def test_same_seed_same_inputs_and_another_seed_others(exercise):
    one, again, other = hidden(exercise, 0), exercise.hidden_cases(0), hidden(exercise, SEEDS[1])
    assert all(map(alike, one, again))
    assert sum(map(alike, one, other)) <= 1


@each
def test_solution_stub_and_mistakes_on_hidden_inputs(exercise):
    for seed in SEEDS:
        assert judged(exercise, exercise.reference, hidden(exercise, seed)).status == "correct"
        assert shows_every_mistake(exercise, hidden(exercise, seed))
    unseen = hidden(exercise, SEEDS[1])
    for message, mistaken in list(exercise.mistakes.items())[:3]:    # each of them costs all the calls of a check
        assert judged(exercise, mistaken, unseen).status == "not yet", message
    assert judged(exercise, defined(exercise.stub, exercise.name), unseen).status == "not attempted"


@each
def test_who_learnt_the_visible_answers_by_heart_has_not_written_it(exercise):
    visible = exercise.cases()
    answers = [exercise.reference(*fresh(case).values()) for case in visible]

    def by_heart(*given):
        for case, answer in zip(visible, answers, strict=True):
            if all(callable(v) or same(v, g) for v, g in zip(case.values(), given, strict=True)):
                return fresh(answer)
        return fresh(answers[0])

    if not any(callable(value) for value in visible[0].values()):
        assert judged(exercise, by_heart, visible).status == "correct"
    assert judged(exercise, by_heart, hidden(exercise, 0)).status == "not yet"


@each
def test_hidden_inputs_stay_as_they_are_when_the_last_digit_of_a_number_changes(exercise):
    """A right answer that rounds otherwise than the solution is right still."""
    rng = np.random.default_rng(0)

    def nudged(value):
        if isinstance(value, np.ndarray) and value.dtype == float:
            return value * (1 + 1e-15 * rng.normal(size=value.shape))
        if isinstance(value, dict | list):
            return ({k: nudged(v) for k, v in value.items()} if isinstance(value, dict) else [*map(nudged, value)])
        return value

    if exercise.name in ("saturated", "stretches", "area_under_roc"):    # these ask about equal numbers, on purpose
        return
    for case in hidden(exercise, 0):
        with np.errstate(all="raise"):
            one, other = (exercise.reference(*fresh(each).values()) for each in (case, nudged(case)))
        assert exercise._alike(*(call(lambda *_, value=value: value, {}, 1) for value in (one, other)))


def test_inputs_are_drawn_anew_until_they_show_every_known_mistake():
    drawn = []

    def numbers(rng, sizes=((2,), (3,))):
        drawn.append(sizes)
        for _ in sizes:
            yield {"a": int(rng.integers(2))}

    @exercise(cases=numbers, size=1, hints=("",), after="")
    def double(a):
        return 2 * a

    @double.wrong("Always 0.")
    def _zero(a):
        return 0

    for seed in range(20):
        assert shows_every_mistake(double, double.hidden_cases(seed))
    assert len(drawn) > 20 and not any(set(sizes) & {(2,), (3,)} for sizes in drawn)


def test_what_no_input_can_show_is_said():
    @exercise(cases=lambda rng, sizes=((2,),): [{"a": 0} for _ in sizes], size=1, hints=("",), after="")
    def double(a):
        return 2 * a

    double.wrong("Always 0.")(lambda a: 0)
    with pytest.raises(RuntimeError, match="double: 100 draws .* none shows every known mistake"):
        double.hidden_cases(3)


def test_other_sizes_keep_ones_and_never_are_square_by_chance():
    rng, sizes = np.random.default_rng(0), recurrence.SIZES
    for _ in range(50):
        for row, drawn in zip(sizes, other_sizes(rng, sizes), strict=True):
            assert all(one == other if one < 2 else other > 1 for one, other in zip(row, drawn, strict=True))
            more = [n for n in drawn if n > 1]
            assert len(set(more)) == len(more) and drawn not in sizes
    assert other_sizes(rng, ((1, 0.5, "g", 0),)) == ((1, 0.5, "g", 0),)


def resolved(dotted):
    """The object that a dotted name means: the longest module there is, then attributes."""
    words = dotted.split(".")
    for cut in range(len(words), 0, -1):
        try:
            found = importlib.import_module(".".join(words[:cut]))
        except ModuleNotFoundError:
            continue
        return functools.reduce(getattr, words[cut:], found)
    raise ModuleNotFoundError(dotted)


@each
def test_what_an_exercise_rebuilds_is_a_function_of_the_library(exercise):
    for name in exercise.rebuilds:
        assert callable(resolved(name)), name
        assert not name.startswith("rnncourse.exercises")


def test_no_exercise_with_a_twin_in_the_library_keeps_it_secret():
    """Where a function of the library has the exercise's own name, the exercise says so."""
    known = {topic: {e.name: e.rebuilds for t, e in EXERCISES if t == topic} for topic in CHAPTERS}
    assert any("kernel" in name for name in known["simplify"]["kernel"])
    assert sum(map(bool, (e.rebuilds for _, e in EXERCISES))) > len(EXERCISES) / 2
