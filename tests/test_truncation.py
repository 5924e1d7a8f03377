"""Truncation read off the triangle: the masked sums are what the truncated backward passes give."""

import numpy as np
import pytest

from rnncourse.cells import bptt, gru, lstm, rnn


@pytest.mark.parametrize("cell", [rnn, lstm, gru])
@pytest.mark.parametrize("way, backward", [("chunk", bptt.truncated_by_chunk), ("window", bptt.truncated_by_window)])
@pytest.mark.parametrize("size", [1, 3, 4, 11, 30])
def test_the_kept_items_sum_to_the_truncated_gradient(cell, way, backward, size):
    rng = np.random.default_rng(size)
    trace = cell.forward(cell.init(rng, 2, 3), rng.normal(size=(11, 2, 2)))
    dh = rng.normal(size=trace.h.shape)
    expected = backward(trace, dh, size)
    for name, G in bptt.itemised_gradient(trace, dh).items():
        np.testing.assert_allclose(bptt.truncated(G, size, way).gradient, expected[name], atol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "linear"])
@pytest.mark.parametrize("T", [1, 9])
def test_all_losses_side_by_side_give_the_same_items(activation, T):
    rng = np.random.default_rng(T)
    params, x, h0 = rnn.init(rng, 2, 3), rng.normal(size=(T, 1, 2)), rng.normal(size=(1, 3))
    trace = rnn.forward(params, x, h0=h0, activation=activation)
    dh = rng.normal(size=trace.h.shape)
    one_by_one = bptt.itemised_gradient(trace, dh)["W_hh"]
    np.testing.assert_allclose(bptt.itemised_recurrent(trace, dh), one_by_one, atol=1e-14)


def test_side_by_side_wants_an_rnn_of_one_row():
    rng = np.random.default_rng(0)
    trace = gru.forward(gru.init(rng, 2, 3), rng.normal(size=(4, 1, 2)))
    with pytest.raises(ValueError, match="expected an RNN's with one. Try itemised_gradient"):
        bptt.itemised_recurrent(trace, np.zeros_like(trace.h))


def test_length_and_cosine_are_those_of_the_kept_sum():
    G = np.zeros((2, 2, 2))
    G[0, 0], G[1, 1], G[1, 0] = [1, 0], [1, 0], [0, 2]
    result = bptt.truncated(G, 1, "window")
    assert (result.items, result.gradient.tolist()) == ((2, 3), [2, 0])
    assert result.length == pytest.approx(2 / np.sqrt(8)) and result.cosine == pytest.approx(np.sqrt(0.5))
    assert bptt.truncated(G, 2, "window").cosine == pytest.approx(1)


@pytest.mark.parametrize("size, way, message", [(0, "chunk", "expected a whole number of steps"),
                                                (2.5, "window", "expected a whole number of steps"),
                                                (2, "block", "expected 'chunk' or 'window'")])
def test_a_size_or_way_that_makes_no_sense_is_refused(size, way, message):
    with pytest.raises(ValueError, match=message):
        bptt.kept_items(5, size, way)
