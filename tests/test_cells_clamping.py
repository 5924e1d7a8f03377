"""Gates held at a value: nothing held is the plain run; what is held has the consequences known in closed form."""

import numpy as np
import pytest

from rnncourse.cells import lstm, unrolling
from rnncourse.cells.clamping import run_clamped


@pytest.fixture
def run():
    """params, x, h0, c0 of a random LSTM: T = 9, B = 2, D = 3, H = 4."""
    rng = np.random.default_rng(4)
    return {"params": lstm.init(rng, 3, 4), "x": rng.normal(size=(9, 2, 3)), "h0": rng.normal(size=(2, 4)),
            "c0": rng.normal(size=(2, 4))}


def same(a, b):
    return all((a[name] == b[name]).all() for name in "ifgoch")


@pytest.mark.parametrize("nothing", [None, {}])
def test_nothing_held_is_the_plain_run_bit_for_bit(run, nothing):
    assert same(run_clamped(**run, clamp=nothing), lstm.forward(**run))


def test_holding_no_unit_is_the_plain_run(run):
    held, free = run_clamped(**run, clamp={"f": 0.5, "o": 0.1}, units=[]), lstm.forward(**run)
    assert all(np.abs(held[name] - free[name]).max() < 1e-14 for name in "ifgoch")


@pytest.mark.parametrize("name", "ifgo")
def test_holding_a_gate_where_it_stood_anyway_changes_nothing(run, name):
    """One step: the value that the gate took by itself, given as (H,) for one row, gives the same step."""
    one = {**run, "x": run["x"][:1, :1], "h0": run["h0"][:1], "c0": run["c0"][:1]}
    free = lstm.forward(**one)
    held = run_clamped(**one, clamp={name: free[name][0, 0]})
    assert np.abs(held.h - free.h).max() < 1e-15 and np.abs(held.c - free.c).max() < 1e-15


def test_keep_all_and_write_nothing_leaves_c_at_its_start(run):
    trace = run_clamped(**run, clamp={"f": 1.0, "i": 0.0})
    assert (trace.c == run["c0"]).all()
    assert np.ptp(trace.o, axis=0).max() > 1e-3    # the free gates still listen


def test_shut_output_hides_everything_and_the_gates_hear_x_alone(run):
    trace = run_clamped(**run, clamp={"o": 0.0})
    assert (trace.h == 0).all() and np.abs(trace.c).max() > 0.1
    a_f = (run["x"] @ run["params"]["W_x"] + run["params"]["b"])[1:, :, 4:8]
    assert np.abs(trace["a_f"][1:] - a_f).max() < 1e-15


def test_shut_forget_gate_leaves_only_what_was_just_written(run):
    trace = run_clamped(**run, clamp={"f": 0.0})
    assert (trace.c == trace.i * trace.g).all()


def test_forget_gate_held_at_a_half_decays_geometrically(run):
    trace = run_clamped(**run, clamp={"f": 0.5, "i": 0.0})
    halves = 0.5 ** np.arange(1, 10)[:, None, None]
    assert (trace.c == halves * run["c0"]).all()


def test_open_forget_gate_makes_c_a_running_sum(run):
    trace = run_clamped(**run, clamp={"f": 1.0, "i": 1.0, "g": 0.25})
    assert np.allclose(trace.c - run["c0"], 0.25 * np.arange(1, 10)[:, None, None], rtol=0, atol=1e-15)


@pytest.mark.parametrize("name, value", [("c", 2.5), ("h", -0.75)])
def test_a_state_that_is_held_stands_still_and_the_next_steps_read_it(run, name, value):
    trace = run_clamped(**run, clamp={name: value}, units=[2])
    assert (trace[name][:, :, 2] == value).all() and np.ptp(trace[name][:, :, 1], axis=0).max() > 1e-3
    h, c = run["h0"], run["c0"]
    for t, x_t in enumerate(run["x"]):
        h, c = lstm.step(run["params"], x_t, h, c)
        if name == "c":
            c[:, 2] = value
            a_o = trace["a_o"][t, :, 2]
            h[:, 2] = np.tanh(value) / (1 + np.exp(-a_o))
        else:
            h[:, 2] = value
        assert np.abs(trace.h[t] - h).max() < 1e-14 and np.abs(trace.c[t] - c).max() < 1e-14


def test_every_clamped_run_unrolls_exactly(run):
    trace = run_clamped(**run, clamp={"i": 0.3, "f": 0.9})
    written, start = unrolling.contributions(trace)
    assert np.abs(written.sum(0) + start - trace.c[-1]).max() < 1e-14


def test_units_that_are_not_held_are_free(run):
    trace = run_clamped(**run, clamp={"f": 1.0}, units=[1, 3])
    assert (trace.f[:, :, [1, 3]] == 1).all() and (trace.f[:, :, [0, 2]] < 1).all()
    first_f = lstm.forward(**run).f[0]
    assert (trace.f[0, :, [0, 2]] == first_f[:, [0, 2]].T).all()


def test_one_value_for_each_unit(run):
    values = np.array([0, 0.2, 0.7, 1])
    assert (run_clamped(**run, clamp={"o": values}).o == values).all()


def test_the_trace_tells_what_the_weights_had_asked_for(run):
    trace = run_clamped(**run, clamp={"f": 1.0})
    a = trace.x @ run["params"]["W_x"] + trace.h_prev @ run["params"]["W_h"] + run["params"]["b"]
    assert np.abs(trace["a_f"] - a[..., 4:8]).max() < 1e-15


def test_float32_stays_float32_and_the_arrays_stay_as_found(run):
    params = {name: p.astype(np.float32) for name, p in run["params"].items()}
    before = {name: p.copy() for name, p in params.items()}
    trace = run_clamped(params, run["x"].astype(np.float32), {"f": np.full(4, 0.3)})
    assert {trace[name].dtype for name in "ifgoch"} == {np.dtype(np.float32)}
    assert all((params[name] == before[name]).all() for name in params)


@pytest.mark.parametrize(("clamp", "units", "message"), [
    ({"x": 0.5}, None, "nothing to hold called 'x'; an LSTM has the gates i, f, o"),
    ({"f": 1.5}, None, "f is to be held at 1.5; expected 0 to 1"),
    ({"g": -1.01}, None, "g is to be held at -1.01; expected -1 to 1"),
    ({"o": np.nan}, None, "o is to be held at nan; expected 0 to 1"),
    ({"o": np.zeros(3)}, None, r"shape \(3,\); expected one number, or \(H,\) = \(4,\)"),
    ({"o": 0.0}, [4], r"units are \[4\]; expected numbers from 0 to 3"),
    ({"o": 0.0}, [-1], r"units are \[-1\]; expected numbers from 0 to 3"),
])
def test_refusals_say_what_came_and_what_was_expected(run, clamp, units, message):
    with pytest.raises(ValueError, match=message):
        run_clamped(**run, clamp=clamp, units=units)
