"""Who wrote this state: the parts sum to the state exactly, and a GRU's shares to 1."""

import cell_checks
import numpy as np
import pytest

from rnncourse.cells import gru, lstm, rnn, unrolling


def run(cell, steps=12):
    params, x, state, _ = cell_checks.random_run(cell, (steps, 3, 2, 4), seed=5)
    return cell.forward(params, x, *state)


@pytest.mark.parametrize("steps", [1, 12])
@pytest.mark.parametrize("cell", [lstm, gru], ids=cell_checks.name_of)
def test_the_parts_sum_to_the_state(cell, steps):
    trace = run(cell, steps)
    state = trace.c if cell is lstm else trace.h
    for at in range(-1, steps):
        written, from_start = unrolling.contributions(trace, at)
        assert len(written) == range(steps)[at] + 1
        assert np.abs(written.sum(0) + from_start - state[at]).max() < 2e-15


def test_the_weights_are_the_products_of_the_sum():
    """The formula by a slow double loop, for one unit of one row."""
    for trace in (run(lstm), run(gru)):
        keep, write = (trace.f, trace.i) if trace.cell == "lstm" else (trace.z, 1 - trace.z)
        weights, start = unrolling.weights(trace)
        for j in range(12):
            expected = write[j, 1, 2] * np.prod([keep[k, 1, 2] for k in range(j + 1, 12)])
            assert weights[j, 1, 2] == pytest.approx(expected, rel=1e-13)
        assert start[1, 2] == pytest.approx(np.prod(keep[:, 1, 2]), rel=1e-13)


def test_shares_sum_to_one_in_a_gru_and_not_in_an_lstm():
    for at in (0, 5, -1):
        shares, start = unrolling.weights(run(gru), at)
        assert np.abs(shares.sum(0) + start - 1).max() < 1e-15
        shares, start = unrolling.weights(run(lstm), at)
        assert np.abs(shares.sum(0) + start - 1).max() > 0.1


def test_a_gate_shut_forgets_everything_before():
    params, x, state, _ = cell_checks.random_run(lstm, (4, 2, 3, 5))
    params["b"][5:10] = -60.0    # f = 0
    written, from_start = unrolling.contributions(lstm.forward(params, x, *state))
    assert np.abs(written[:-1]).max() < 1e-20 > np.abs(from_start).max()


def test_an_rnn_has_nothing_to_unroll():
    for function in (unrolling.weights, unrolling.contributions):
        with pytest.raises(ValueError, match="this is a Trace of cell 'rnn'; expected lstm or gru"):
            function(run(rnn))


def test_a_step_that_is_not_there():
    with pytest.raises(IndexError, match="no step 12 in a Trace of 12 steps; expected −12 to 11"):
        unrolling.weights(run(lstm), at=12)
