"""The solutions of chapter 09's exercises against torch, the library and SciPy, on every input of their checks."""

import numpy as np
import pytest
import torch
from exercise_checks import Oracles, exercises, told
from scipy.ndimage import label
from scipy.stats import pearsonr

from rnncourse.cells import gru
from rnncourse.exercises import states as ex
from rnncourse.explain.saturation import saturation
from rnncourse.explain.tracking import which_unit
from rnncourse.recording import record
from rnncourse.trace import Trace

oracles = Oracles()


@pytest.mark.parametrize("exercise", exercises(ex), ids=lambda e: e.name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-12)


@oracles.of(ex.gru_gates)
def _(W_ih, W_hh, b_ih, b_hh, x, h):
    """Step by step, by torch's functions, from the state that was there before."""
    r, z, before = [], [], torch.zeros(h.shape[1:], dtype=torch.float64)
    for x_t, h_t in zip(torch.tensor(x), torch.tensor(h), strict=True):
        a = (torch.nn.functional.linear(x_t, torch.tensor(W_ih), torch.tensor(b_ih))
             + torch.nn.functional.linear(before, torch.tensor(W_hh), torch.tensor(b_hh)))
        (r_t, z_t), before = a.sigmoid().chunk(3, -1)[:2], h_t
        r.append(r_t.numpy()), z.append(z_t.numpy())
    return np.array(r), np.array(z)


def test_the_gates_are_those_of_a_recorded_gru():
    torch.manual_seed(1)
    layer, x = torch.nn.GRU(3, 4).double(), torch.randn(6, 2, 3).double()
    trace = record(layer, x)
    weights = [value.detach().numpy() for value in layer.parameters()]
    r, z = ex.gru_gates.reference(*weights, x.numpy(), trace.h)
    assert np.abs(r - trace.r).max() < 1e-12 and np.abs(z - trace.z).max() < 1e-12


@oracles.of(ex.saturated)
def _(gate, lengths, high, low):
    """The library's, on a Trace whose update gate these values are."""
    T, B, H = gate.shape
    gate = np.where((np.arange(T)[:, None] < lengths)[..., None], gate, 0)
    zeros = np.zeros((T, B, H))
    trace = Trace("gru", gru.init(np.random.default_rng(0), 2, H), np.zeros((T, B, 2)),
                  {"r": zeros, "z": gate, "n": zeros, "h": zeros}, zeros[0], lengths=lengths)
    found = saturation(trace, "z", high, low)
    return found.above, found.below


@oracles.of(ex.chosen_and_scored)
def _(states, values, choose, score):
    row = which_unit({("h", 0): states}, values, choose, score, count=1)[0]
    assert np.isclose(abs(pearsonr(states[score, row.unit], values[score])[0]), abs(row.score))
    return row.unit, row.score


@oracles.of(ex.stretches)
def _(values, threshold, shortest):
    numbers, count = label(values > threshold)
    places = [np.flatnonzero(numbers == k + 1) for k in range(count)]
    return [(int(each[0]), int(each[-1]) + 1) for each in places if len(each) >= shortest]


def _with_the_input_by_rows(W_ih, W_hh, b_ih, b_hh, x, h):
    return x @ W_ih + h @ W_hh, h


def _as_an_array(values, threshold, shortest):
    return np.array(ex.stretches.reference(values, threshold, shortest))


@pytest.mark.parametrize(("exercise", "answer", "says"), [
    (ex.gru_gates, _with_the_input_by_rows, "multiply with their transposes"),
    (ex.stretches, _as_an_array, "a *list* of pairs")])
def test_a_likely_slip_is_named(exercise, answer, says):
    assert says in " ".join(told(exercise.check(answer)).split())


def _as_lists(values, threshold, shortest):
    return [list(pair) for pair in ex.stretches.reference(values, threshold, shortest)]


def _as_numpys(values, threshold, shortest):
    return [(np.int64(start), np.int64(stop)) for start, stop in ex.stretches.reference(values, threshold, shortest)]


@pytest.mark.parametrize("answer", [_as_lists, _as_numpys])
def test_pairs_may_be_lists_and_numbers_numpys(answer):
    assert ex.stretches.check(answer).status == "correct"


def _all_but_the_middle(values, threshold, shortest):
    pairs = ex.stretches.reference(values, threshold, shortest)
    return [pairs[0], pairs[-1]] if pairs else []


def _as_texts(values, threshold, shortest):
    return [f"{start}-{stop}" for start, stop in ex.stretches.reference(values, threshold, shortest)]


def test_the_pairs_are_shown_and_other_lists_are_refused():
    says = told(ex.stretches.check(_all_but_the_middle))
    assert "came: [(1, 3), (1, 3)]" in says and "expected: [(1, 3)]" in says and "a tuple" not in says
    assert ex.stretches.check(_as_texts).status == "not yet"


def test_every_choice_by_another_measure_takes_another_unit_somewhere():
    for mistake in ("_covariance", "_products", "_largest_r", "_chosen_on_both", "_chosen_on_score"):
        others = [getattr(ex, mistake)(**case)[0] for case in ex.chosen_and_scored.cases()]
        assert others != [ex.chosen_and_scored.reference(**case)[0] for case in ex.chosen_and_scored.cases()], mistake
