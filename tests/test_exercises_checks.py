"""A clumsy student: every way to miss is answered kindly and precisely, and nothing outside is disturbed."""

import random
import signal
import sys
import threading
import time

import numpy as np
import pytest

from rnncourse.exercises import start_here
from rnncourse.exercises._compare import first_difference
from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._limits import TimeUp, time_limit


def _pairs(rng):
    for B, H in ((2, 3), (1, 2), (3, 3)):
        yield {"x": rng.normal(size=(B, H)), "params": {"W_hh": rng.normal(size=(H, H))}}


@exercise(cases=_pairs, size=1, hints=("One.", "Two."), after="Well.", seconds=0.4)
def product(x, params):
    """x times W_hh.

    x        (B, H)
    returns  (B, H)
    """
    return x @ params["W_hh"]


@product.wrong("Correct but for the transpose of W_hh.")
def _transposed(x, params):
    return x @ params["W_hh"].T


def told(verdict):
    """All of a verdict in one string."""
    return f"{verdict.message} " + " ".join(f"{label}: {text}" for label, text in verdict.details)


def answer(fn, status="not yet"):
    verdict = product.check(fn)
    assert verdict.status == status, verdict
    return told(verdict)


# -- not attempted -------------------------------------------------------------------------------------
def test_nothing_written_yet_is_neutral():
    def dots(x, params):
        ...

    def says(x, params):
        """A docstring."""

    def half(x, params):
        h = ...
        return h

    def raises(x, params):
        raise NotImplementedError("your turn")

    def both(x, params):
        return ..., ...

    for stub in (None, ..., dots, says, half, raises, both):
        assert "in the place of the `...`" in answer(stub, "not attempted")


# -- what came back --------------------------------------------------------------------------------------
def test_nothing_returned_is_told_from_a_stub():
    def forgot(x, params):
        y = x @ params["W_hh"]    # noqa: F841

    def prints(x, params):
        print("here:", (x @ params["W_hh"]).shape)

    assert "`return` is missing" in answer(forgot)
    assert "nobody can compute with" in answer(prints) and "printed: here: (2, 3)" in answer(prints)


def test_the_first_difference_says_where_and_what():
    def one_entry(x, params):
        y = x @ params["W_hh"]
        if len(y) == 3:
            y[2, 1] = 7.5
        return y

    said = answer(one_entry)
    assert "differs at [2, 1]: 7.5 came, " in said and "(1 of 9 entries differ)" in said
    assert "input: 3 of 3: x (3, 3), params {W_hh (3, 3)}" in said
    assert "All that differs lies at index 2 of axis 0" in said


@pytest.mark.parametrize("change, said", [
    (lambda y: list(y), "is a list; expected an array of shape (2, 3)"),
    (lambda y: y.T, "has shape (3, 2); expected (2, 3)"),
    (lambda y: y.T, "The right numbers, transposed"),
    (lambda y: y[None], "is there an axis too many"),
    (lambda y: np.stack([y / 2, y / 2]), "A sum over axis 0 is missing"),
    (lambda y: y.astype(np.float32), "is float32; expected float64"),
    (lambda y: y.astype(int), "An array made of whole numbers"),
    (lambda y: y + 0j, "is complex128; expected float64"),
    (lambda y: y.astype(object), "array of objects"),
    (lambda y: y * np.nan, "6 of 6 entries are NaN or infinite"),
    (lambda y: -y, "the sign turned round"),
    (lambda y: y / 4, "Each entry is 0.25 times the expected one"),
    (lambda y: y[:, ::-1], "in reverse along axis 1"),
    (lambda y: 0 * y, "Nothing but zeros came"),
    (lambda y: y + 1e-7, "Nearly right"),
    (lambda y: y.sum, "is a function that was not called"),
    (lambda y: (entry for entry in y), "`yield` in the place of `return`"),
    (lambda y: {"y": y}, "is a dict; expected an array"),
])
def test_each_kind_of_wrong_answer_has_its_words(change, said):
    assert said in answer(lambda x, params: change(x @ params["W_hh"])).replace("It is", "is")


def test_a_right_answer_by_another_way_is_correct():
    def loops(x, params):
        print("busy")
        W = params["W_hh"]
        return np.array([[sum(x[b, i] * W[i, j] for i in range(len(W))) for j in range(len(W))] for b in range(len(x))])

    assert "Well. (3 inputs tried.)" in answer(loops, "correct")


def test_several_things_and_dicts():
    two, names = (np.zeros(2), np.ones(2)), ("dx", "dh")
    assert first_difference(two, two, 1e-9, names) is None
    assert "wrong order" in first_difference(two[::-1], two, 1e-9, names).says
    assert "expected 2 things" in first_difference(two[0], two, 1e-9, names).says
    assert "return dx, dh" in first_difference(two[0], two, 1e-9, names).notes[0]
    assert first_difference((two[0], two[0]), two, 1e-9, names).says.startswith("dh differs at [0]")
    assert "other keys" in first_difference({"a": 1}, {"b": 1}, 1e-9).says
    assert "b[" not in first_difference({"b": 1.0}, {"b": 2.0}, 1e-9).says
    assert "whole number" in first_difference(2.0, 2, 1e-9).notes[0]
    assert first_difference(np.array(2.0), 2.0, 1e-9) is None and first_difference(np.int64(2), 2, 1e-9) is None
    assert first_difference(True, 1, 1e-9) is not None and first_difference(1, True, 1e-9) is not None


# -- errors ----------------------------------------------------------------------------------------------
def test_errors_give_type_line_and_advice():
    def names(x, params):
        return x @ W_hh    # noqa: F821

    def numpys(x, params):
        return tanh(x)    # noqa: F821

    def keys(x, params):
        return params["Whh"]

    def shapes(x, params):
        return params["W_hh"] @ x

    def index(x, params):
        return x[len(x)]

    def mine(x, params):
        raise ValueError("my own")

    said = answer(names)
    assert "NameError: name 'W_hh' is not defined" in said and "`params[\"W_hh\"]`" in said
    assert f"line {names.__code__.co_firstlineno + 1}: `return x @ W_hh" in said
    assert "`np.tanh`" in answer(numpys)
    assert "The keys of params: W_hh." in answer(keys)
    assert "last axis of a must be as long as the first of b" in answer(shapes)
    assert "counted from 0" in answer(index)
    assert "ValueError: my own." in answer(mine)


def test_wrong_arguments_and_no_function():
    assert "came: product(x)" in answer(lambda x: x).replace("(x):", "(x)")
    assert "without calling it: `.check(product)`" in answer(np.zeros(3))


def test_a_number_read_from_the_notebook_is_pointed_at():
    space = {"np": np, "W_hh": np.eye(3)}
    exec("def product(x, params):\n    return x @ W_hh", space)
    assert "reads `W_hh` from the notebook" in answer(space["product"])


def test_leaving_python_and_endless_recursion():
    def leaves(x, params):
        sys.exit(1)

    def deeper(x, params):
        return deeper(x, params)

    assert "ended Python (SystemExit)" in answer(leaves)
    assert "calls itself without end" in answer(deeper)


def test_the_learners_own_stop_button_works():
    def stopped(x, params):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        product.check(stopped)


# -- endless loops -----------------------------------------------------------------------------------------
def endless(x, params):
    while True: pass    # noqa: E701


def sleeping(x, params):
    time.sleep(30)


def swallowing(x, params):
    while True:
        try:    # noqa: SIM105
            time.sleep(0.001)
        except:    # noqa: E722
            pass


@pytest.mark.parametrize("fn", [endless, sleeping, swallowing])
def test_an_endless_loop_is_stopped(fn):
    began = time.monotonic()
    said = answer(fn)
    assert "did not come to an end" in said and "It may take 0.4 seconds for all inputs together." in said
    assert time.monotonic() - began < 5


def test_an_endless_loop_is_stopped_in_another_thread_too():
    found = []
    thread = threading.Thread(target=lambda: found.append(product.check(endless)), daemon=True)
    thread.start()
    thread.join(10)
    assert found and "did not come to an end" in found[0].message


def test_slow_on_each_input_is_slow_in_sum():
    def slow(x, params):
        time.sleep(0.2)
        return x @ params["W_hh"]

    assert "did not come to an end" in answer(slow)


def test_alarms_and_tracing_are_as_before():
    rang, before = [], signal.signal(signal.SIGALRM, lambda *_: rang.append(True))
    mine = signal.getsignal(signal.SIGALRM)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.8)
        answer(swallowing)
        assert signal.getsignal(signal.SIGALRM) is mine and sys.gettrace() is None
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] < 0.8
        time.sleep(0.8)
        assert rang
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(TimeUp), time_limit(0.05):
        time.sleep(1)


# -- manners -------------------------------------------------------------------------------------------------
def test_changed_inputs_are_noticed_and_later_inputs_stay_whole():
    def in_place(x, params):
        x *= 2
        return x @ params["W_hh"] / 2

    def in_params(x, params):
        params["W_hh"][:] = 0
        return x

    assert "changes its input x" in answer(in_place) and "`x.copy()`" in answer(in_place)
    assert "changes its input params" in answer(in_params) and "make a new dict" in answer(in_params)
    assert "Well." in answer(lambda x, params: x @ params["W_hh"], "correct")


def test_answers_that_change_from_call_to_call():
    calls = []

    def counts(x, params):
        calls.append(1)
        return x @ params["W_hh"] + (len(calls) > 4)

    assert "given twice, got two different answers" in answer(counts)


def test_one_buffer_for_all_answers_is_fine():
    buffer = np.empty((9, 9))

    def reuses(x, params):
        y = buffer[:x.shape[0], :x.shape[1]]
        y[:] = x @ params["W_hh"]
        return y

    answer(reuses, "correct")


def test_global_random_state_stays():
    import torch

    def noisy(x, params):
        np.random.seed(1), random.seed(1), torch.manual_seed(1)
        return x + np.random.rand(*x.shape) + random.random()

    states = np.random.get_state()[1].copy(), random.getstate(), torch.get_rng_state()
    answer(noisy)
    assert np.array_equal(np.random.get_state()[1], states[0]) and random.getstate() == states[1]
    assert torch.equal(torch.get_rng_state(), states[2])


def test_endless_printing_is_not_kept():
    def chatty(x, params):
        while True:
            print("again " * 100)

    assert len(answer(chatty)) < 3000


def test_the_input_that_failed_can_be_taken_home():
    def wrong(x, params):
        return x + 1

    verdict = product.check(wrong)
    assert list(verdict.inputs) == ["x", "params"]
    assert wrong(*verdict.inputs.values()).shape == (2, 3)


# -- how it looks -----------------------------------------------------------------------------------------------
def test_the_text_is_the_same_each_time_and_holds_no_addresses():
    def wrong(x, params):
        return object()

    assert repr(product.check(wrong)) == repr(product.check(wrong))
    assert product.check(endless)._repr_html_() == product.check(endless)._repr_html_()
    assert "0x" not in repr(product.check(wrong)) and "/tmp" not in repr(product.check(endless))


def test_html_is_escaped_and_follows_the_theme():
    def raises(x, params):
        raise ValueError("<b>&</b>")

    page = product.check(raises)._repr_html_()
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in page and "<b>" not in page
    assert "var(--jp-" in page and "color:inherit" in page and "<code" in page
    assert "background:#" not in page


def test_text_of_the_three_answers():
    assert repr(product.check(None)) == ("○ product: not attempted. "
                                         "Write it in the place of the `...`, and run the cell again.")
    assert repr(product.check(lambda x, params: x @ params["W_hh"])) == "● product: correct. Well. (3 inputs tried.)"
    lines = repr(product.check(_transposed)).splitlines()
    assert lines[0] == "◐ product: not yet. Correct but for the transpose of W_hh."
    assert lines[1].startswith("    input     1 of 3: x (2, 3)")


def test_hint_solution_and_stub():
    first, last = product.hint(), product.hint()
    assert repr(first) == "Hint 1 of 2 for product: One."
    assert repr(last).startswith("Hint 2 of 2 for product: Two.\nThat was the last one")
    assert repr(product.solution()).startswith("def product(x, params):")
    assert "```python\ndef product" in product.solution()._repr_markdown_()
    assert product.stub == ('def product(x, params):\n    """x times W_hh.\n\n    x        (B, H)\n'
                            '    returns  (B, H)\n    """\n    ...    # about 1 line')
    assert "x times W_hh. About 1 line." in repr(product)


def test_a_first_chapter_student_who_loops_for_ever():
    def steps_until(keep, share):
        left, steps = 1.0, 0
        while left > share:
            steps = steps + 1
        return steps

    start_here.steps_until.seconds, before = 0.2, start_here.steps_until.seconds
    try:
        assert "does anything in the loop change it?" in told(start_here.steps_until.check(steps_until))
    finally:
        start_here.steps_until.seconds = before
