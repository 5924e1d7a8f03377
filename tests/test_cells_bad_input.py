"""What the cells refuse: the message says what came, what was expected, and where it helps what to try."""

from dataclasses import replace

import cell_checks
import numpy as np
import pytest

from rnncourse.cells import gru, jacobians, lstm, rnn
from rnncourse.trace import Trace

CELLS = [rnn, lstm, gru]
each_cell = pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)


def given(cell, dtype=np.float64):
    params, x, state, dh = cell_checks.random_run(cell, (4, 2, 3, 5), dtype=dtype)
    return params, x, state, dh


def with_nan(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


def refuse(kind, message):
    return pytest.raises(kind, match=message)


# -- the input ---------------------------------------------------------------------------------------------
@each_cell
@pytest.mark.parametrize("change, kind, message", [
    (lambda x: x[:, 0], ValueError,
     r"x has shape \(4, 3\); expected \(T, B, D\).*For one sequence .* try x\[:, None, :\]"),
    (lambda x: x[..., :2], ValueError, r"x has 2 features \(shape \(4, 2, 2\)\); these parameters expect D = 3"),
    (lambda x: x[:0], ValueError, r"x has shape \(0, 2, 3\); expected at least one step, one row and one feature"),
    (lambda x: x[:, :0], ValueError, r"x has shape \(4, 0, 3\); expected at least one step, one row"),
    (lambda x: x.astype(int), TypeError, r"x is int64; expected float32 or float64. Try x.astype\(np.float64\)"),
    (lambda x: x.astype(complex), TypeError, "x is complex128; expected float32 or float64"),
    (lambda x: x.astype(np.float32), TypeError,
     r"x is float32 and the parameters are float64; expected one dtype. Try x.astype\(np.float64\)"),
    (with_nan, ValueError, "x holds NaN or infinity; expected finite numbers. Fill or drop the gaps first"),
    (lambda x: x / 0, ValueError, "x holds NaN or infinity"),
    (lambda x: [], ValueError, r"x has shape \(0,\); expected \(T, B, D\)"),
], ids=["no batch", "features", "T=0", "B=0", "integers", "complex", "float32", "NaN", "infinity", "empty list"])
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_input(cell, change, kind, message):
    params, x, state, _ = given(cell)
    with refuse(kind, message):
        cell.forward(params, change(x), *state)


@each_cell
def test_start(cell):
    params, x, state, _ = given(cell)
    for k, name in enumerate(("h0", "c0")[:len(state)]):
        for wrong, kind, message in [
            (state[k][0], ValueError, rf"{name} is \(5,\); expected \(B, H\) = \(2, 5\)"),
            (state[k][None], ValueError, rf"{name} is \(1, 2, 5\); expected \(B, H\)"),
            (state[k][:1], ValueError, rf"{name} is \(1, 5\); expected \(B, H\) = \(2, 5\)"),
            (with_nan(state[k]), ValueError, f"{name} holds NaN"),
            (np.zeros((2, 5), int), TypeError, f"{name} is int64; expected float32 or float64"),
        ]:
            changed = [*state[:k], wrong, *state[k + 1:]]
            with refuse(kind, message):
                cell.forward(params, x, *changed)


# -- the parameters ------------------------------------------------------------------------------------------
@each_cell
def test_parameters(cell):
    params, x, state, dh = given(cell)
    trace = cell.forward(params, x, *state)
    W_x, W_h, b = list(params)[:3]
    H = {"rnn": "H", "lstm": "4H", "gru": "3H"}[cell_checks.name_of(cell)]
    short = {name: p for name, p in params.items() if name != b}
    for wrong, kind, message in [
        (short, ValueError, rf"parameters are \[.*\]; expected a mapping of \['W_.*{b}.*\]. Try this cell's own init"),
        ({**params, "W_hy": W_h}, ValueError, "parameters are .*W_hy.*; expected a mapping of"),
        (list(params.values()), ValueError, "parameters are list; expected a mapping"),
        ({**params, W_h: params[W_h][:, :-1]}, ValueError,
         rf"{W_h} is \(5, \d+\); expected \(H, {H}\) with D = 3, H = 5, the rows of {W_x} and {W_h}"),
        ({**params, W_x: params[W_x].T}, ValueError, rf"{W_x} is \(\d+, 3\); expected \(D, {H}\)"),
        ({**params, W_x: params[W_x][0]}, ValueError, rf"{W_x} is \(\d+,\); expected \(D, {H}\)"),
        ({**params, b: params[b][None]}, ValueError, rf"{b} is \(1, \d+\); expected \({H}\)"),
        ({**params, b: params[b].astype(np.float32)}, TypeError, "parameters are float32 and float64; expected all"),
        ({name: np.ones(p.shape, int) for name, p in params.items()}, TypeError, "parameters are int64; expected all"),
    ]:
        for call in (lambda p: cell.forward(p, x, *state), lambda p: cell.step(p, x[0], *state),
                     lambda p: cell.backward(p, trace, dh)):
            with refuse(kind, message):
                call(wrong)


@each_cell
def test_parameters_of_another_cell(cell):
    _, x, state, _ = given(cell)
    other = CELLS[CELLS.index(cell) - 1]
    with refuse(ValueError, r"parameters are \[.*\]; expected a mapping of .* Try this cell's own init"):
        cell.forward(other.init(np.random.default_rng(0), 3, 5), x, *state)


@each_cell
@pytest.mark.parametrize("arguments, kind, message", [
    ((0, 3, 5), TypeError, r"rng is 0; expected a random generator. Try np.random.default_rng\(0\)"),
    ((np.random.default_rng(0), 0, 5), ValueError, "input_size is 0; expected a whole number, at least 1"),
    ((np.random.default_rng(0), 3, 2.5), ValueError, "hidden_size is 2.5; expected a whole number, at least 1"),
])
def test_init(cell, arguments, kind, message):
    with refuse(kind, message):
        cell.init(*arguments)


# -- one step ----------------------------------------------------------------------------------------------
@each_cell
def test_step(cell):
    params, x, state, _ = given(cell)
    for x_t, now, kind, message in [
        (x[0, 0], state, ValueError, r"x_t has shape \(3,\); expected \(B, D\): batch, features.*try x_t\[None, :\]"),
        (x[0, :, :2], state, ValueError, "x has 2 features .*; these parameters expect D = 3"),
        (with_nan(x[0]), state, ValueError, "x_t holds NaN"),
        (x[0].astype(np.float32), state, TypeError, "x is float32 and the parameters are float64"),
        (x[0], [s[:1] for s in state], ValueError, r"h_prev is \(1, 5\); expected \(B, H\) = \(2, 5\)"),
        (x[0], [*state[:-1], state[-1].astype(int)], TypeError, "_prev is int64; expected float32 or float64"),
    ]:
        with refuse(kind, message):
            cell.step(params, x_t, *now)


@pytest.mark.parametrize("call", [lambda p, x, h: rnn.forward(p, x, h, activation="gelu"),
                                  lambda p, x, h: rnn.step(p, x[0], h, activation="gelu")])
def test_activation(call):
    params, x, state, _ = given(rnn)
    with refuse(ValueError, "unknown activation 'gelu'; choose one of tanh, relu, sigmoid, linear"):
        call(params, x, *state)


# -- backward ------------------------------------------------------------------------------------------------
@each_cell
def test_outside_gradient(cell):
    params, x, state, dh = given(cell)
    trace = cell.forward(params, x, *state)
    for wrong, kind, message in [
        (dh[-1], ValueError, r"dh is \(2, 5\); expected \(4, 2, 5\), the shape of what it is the gradient of"),
        (dh[:3], ValueError, r"dh is \(3, 2, 5\); expected \(4, 2, 5\)"),
        (dh[..., :1], ValueError, r"dh is \(4, 2, 1\); expected \(4, 2, 5\)"),
        (with_nan(dh), ValueError, "dh holds NaN or infinity"),
        (np.ones(dh.shape, int), TypeError, "dh is int64; expected float32 or float64"),
    ]:
        with refuse(kind, message):
            cell.backward(params, trace, wrong)


def test_outside_gradient_of_c():
    params, x, state, dh = given(lstm)
    with refuse(ValueError, r"dc_last is \(4, 2, 5\); expected \(2, 5\)"):
        lstm.backward(params, lstm.forward(params, x, *state), dh, dc_last=dh)


@each_cell
def test_trace_of_another_cell(cell):
    params, x, state, dh = given(cell)
    other = CELLS[CELLS.index(cell) - 1]
    its_params, its_x, its_state, _ = given(other)
    trace = other.forward(its_params, its_x, *its_state)
    name, its_name = cell_checks.name_of(cell), cell_checks.name_of(other)
    with refuse(ValueError, f"this is a Trace of cell '{its_name}'; expected {name}"):
        cell.backward(params, trace, dh)


@each_cell
def test_trace_that_is_none_or_of_other_sizes(cell):
    params, x, state, dh = given(cell)
    with refuse(TypeError, "the trace is ndarray; expected a Trace, as forward returns it"):
        cell.backward(params, x, dh)
    larger = cell.init(np.random.default_rng(0), 3, 6)
    with refuse(ValueError, r"the parameters have \(D, H\) = \(3, 6\), the Trace \(3, 5\);.*Try trace.params"):
        cell.backward(larger, cell.forward(params, x, *state), dh)


@each_cell
def test_traces_that_are_no_plain_run(cell):
    params, x, state, dh = given(cell)
    trace = cell.forward(params, x, *state)
    turned = replace(trace, direction="backward")
    for wrong, message in [
        (turned, "this Trace was read backward; expected direction 'forward'. Try trace.as_read"),
        (replace(trace, lengths=np.array([4, 2])), "padded, lengths 2 to 4; expected rows of 4 steps.*trace.row"),
        (Trace.stack([trace, turned]), r"this Trace has 1 layer\(s\) in 2 direction\(s\); pick one, as in trace.at"),
    ]:
        for call in (lambda t: cell.backward(params, t, dh), jacobians.state_jacobians):
            with refuse(ValueError, message):
                call(wrong)
    whole = replace(trace, lengths=np.array([4, 4]))    # lengths that cut nothing are no padding
    assert np.array_equal(cell.backward(params, whole, dh)[1], cell.backward(params, trace, dh)[1])
