"""The cells: torch's values and gradients, the properties of a recurrence, one dtype throughout, nothing written to."""

import cell_checks
import numpy as np
import pytest

from rnncourse.activations import sigmoid
from rnncourse.cells import gru, lstm, rnn

CELLS = [rnn, lstm, gru]


@pytest.mark.parametrize("check", cell_checks.ALL, ids=lambda check: check.__name__)
@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_every_cell(cell, check):
    check(cell)


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_float32_agrees_with_torch_to_rounding(cell):
    cell_checks.equals_torch(cell, np.float32, forward_gap=2e-6, gradient_gap=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_one_dtype_throughout(cell, dtype):
    for options in cell_checks.options_of(cell):
        params, x, state, dh = cell_checks.random_run(cell, (4, 2, 3, 5), dtype=dtype)
        trace = cell.forward(params, x, *state, **options)
        dparams, dx, dstate = cell.backward(params, trace, dh)
        found = {**dparams, **trace.signals, "x": trace.x, "h0": trace.h0, "h_prev": trace.h_prev, "dx": dx,
                 **{f"a_{k}": trace[f"a_{k}"] for k in ("h" if cell is rnn else trace.signals) if k not in "hc"},
                 **{f"dstate {k}": s for k, s in enumerate(cell_checks.as_tuple(dstate))},
                 **{f"step {k}": s for k, s in
                    enumerate(cell_checks.as_tuple(cell.step(params, x[0], *state, **options)))}}
        assert {name: a.dtype for name, a in found.items() if a.dtype != dtype} == {}
        assert cell.forward(params, x, **options).h.dtype == dtype


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_the_callers_arrays_stay_as_they_were(cell):
    params, x, state, dh = cell_checks.random_run(cell, (4, 2, 3, 5))
    given = [*params.values(), x, *state, dh]
    before = [a.copy() for a in given]
    trace = cell.forward(params, x, *state)
    signals = {name: values.copy() for name, values in trace.signals.items()}
    cell.backward(params, trace, dh)
    for a, copy in zip(given, before, strict=True):
        assert (a == copy).all()
        assert a.flags.writeable
    assert all((trace[name] == values).all() for name, values in signals.items())
    for k, start in enumerate(state):
        start[:] = 7.0    # and the Trace does not change with the caller's state afterwards
        assert not ((trace.h0, trace.c0)[k] == 7.0).any()


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_inputs_may_be_views(cell):
    params, x, state, dh = cell_checks.random_run(cell, (5, 2, 3, 4))
    views = x[::-1].copy()[::-1], dh.transpose(1, 0, 2).copy().transpose(1, 0, 2)
    usual, trace = cell.forward(params, x, *state), cell.forward(params, views[0], *state)
    assert (usual.h == trace.h).all()
    turned = {name: np.asfortranarray(p) for name, p in params.items()}
    ours, expected = cell.backward(turned, trace, views[1])[0], cell.backward(params, usual, dh)[0]
    for name in params:
        cell_checks.assert_close(ours[name], expected[name], 1e-13, name)


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_preactivations_are_what_went_into_each_gate(cell):
    params, x, state, _ = cell_checks.random_run(cell, (5, 2, 3, 4))
    trace = cell.forward(params, x, *state)
    for name in {"rnn": "h", "lstm": "ifgo", "gru": "rzn"}[cell_checks.name_of(cell)]:
        squash = np.tanh if name in "hgn" else sigmoid.value
        cell_checks.assert_close(squash(trace[f"a_{name}"]), trace[name], 1e-14, name)


def test_init_is_uniform_within_one_over_root_H():
    for cell in CELLS:
        params = cell.init(np.random.default_rng(0), 50, 100)
        for name, p in params.items():
            assert np.abs(p).max() <= 0.1
            assert np.abs(p).max() > 0.09
            assert abs(p.mean()) < 0.03, name
        again = cell.init(np.random.default_rng(0), 50, 100)
        assert all((params[name] == again[name]).all() for name in params)


def test_forget_bias_is_the_whole_bias_of_the_forget_gates_alone():
    plain = lstm.init(np.random.default_rng(0), 3, 4)
    biased = lstm.init(np.random.default_rng(0), 3, 4, forget_bias=1.5)
    assert (biased["b"][4:8] == 1.5).all()
    assert (np.delete(biased["b"], np.s_[4:8]) == np.delete(plain["b"], np.s_[4:8])).all()


def test_large_inputs_saturate_and_stay_finite():
    for cell in CELLS:
        for dtype in (np.float32, np.float64):
            params, x, state, dh = cell_checks.random_run(cell, (4, 2, 3, 5), dtype=dtype)
            with np.errstate(all="raise", under="ignore"):
                trace = cell.forward(params, x * dtype(1e4), *state)
                dparams, dx, _ = cell.backward(params, trace, dh)
            assert all(np.isfinite(a).all() for a in (*trace.signals.values(), dx, *dparams.values()))


def test_the_gru_keeps_its_state_where_z_is_one():
    params, x, (h0,), _ = cell_checks.random_run(gru, (5, 2, 3, 4))
    params["b"][4:8] = 60.0    # z = 1 for every unit
    trace = gru.forward(params, x, h0)
    assert (trace.h == h0).all()
    params["b"][4:8] = -60.0   # z = 0: nothing of the old state is kept beside n
    trace = gru.forward(params, x, h0)
    cell_checks.assert_close(trace.h, trace.n, 1e-14, "h")


def test_the_lstm_carries_c_unchanged_with_gates_open_and_shut():
    params, x, (h0, c0), _ = cell_checks.random_run(lstm, (5, 2, 3, 4))
    params["b"][0:4], params["b"][4:8] = -60.0, 60.0    # i = 0, f = 1
    cell_checks.assert_close(lstm.forward(params, x, h0, c0).c, np.broadcast_to(c0, (5, 2, 4)), 1e-15, "c")
