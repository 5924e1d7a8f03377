"""A Trace read wire by wire: each number is the Trace's own, and they add up as the cell's equations say."""

import numpy as np
import pytest

from rnncourse.cells import gru, lstm, rnn, wires


@pytest.fixture
def trace():
    rng = np.random.default_rng(2)
    x, h0, c0 = (rng.normal(size=shape) for shape in ((5, 2, 3), (2, 4), (2, 4)))
    return lstm.forward(lstm.init(rng, 3, 4), x, h0, c0)


@pytest.mark.parametrize("where", [(0, 0, 0), (3, 1, 2), (-1, 0, 3)])
def test_the_wires_add_up_to_the_cell(trace, where):
    n = wires.lstm(trace, *where)
    for gate in "ifgo":
        into = n[f"x_into_{gate}"] + n[f"h_into_{gate}"] + n[f"b_into_{gate}"]
        assert into == pytest.approx(n[f"a_{gate}"], abs=1e-14)
        squash = np.tanh if gate == "g" else lambda a: 1 / (1 + np.exp(-a))
        assert squash(n[f"a_{gate}"]) == pytest.approx(n[gate], abs=1e-14)
    assert n["c"] == pytest.approx(n["f"] * n["c_prev"] + n["i"] * n["g"], abs=1e-15) == n["kept"] + n["written"]
    assert n["h"] == pytest.approx(n["o"] * np.tanh(n["c"]), abs=1e-15)
    assert n["h"] == trace.h[where]


def test_x_is_named_only_where_it_is_one_number(trace):
    assert "x" not in wires.lstm(trace)
    one = lstm.forward(lstm.init(np.random.default_rng(0), 1, 1), np.full((1, 1, 1), 0.7))
    assert wires.lstm(one)["x"] == 0.7


def test_another_cell_is_refused():
    other = rnn.forward(rnn.init(np.random.default_rng(0), 1, 1), np.ones((2, 1, 1)))
    with pytest.raises(ValueError, match="this is a Trace of cell 'rnn'; expected lstm"):
        wires.lstm(other)


@pytest.mark.parametrize("where", [(0, 0, 0), (3, 1, 2), (-1, 0, 3)])
def test_the_wires_of_a_gru_add_up_to_the_cell(where):
    rng = np.random.default_rng(3)
    params = gru.init(rng, 3, 4)
    trace = gru.forward(params, rng.normal(size=(5, 2, 3)), rng.normal(size=(2, 4)))
    n, (t, row, unit) = wires.gru(trace, *where), where
    for gate in "rz":
        into = n[f"x_into_{gate}"] + n[f"h_into_{gate}"] + n[f"b_into_{gate}"]
        assert into == pytest.approx(n[f"a_{gate}"], abs=1e-14)
        assert 1 / (1 + np.exp(-into)) == pytest.approx(n[gate], abs=1e-14)
    assert n["h_n"] == pytest.approx(trace.h_prev[t, row] @ params["W_h"][:, 8 + unit] + params["b_hn"][unit])
    assert n["x_n"] == pytest.approx(trace.x[t, row] @ params["W_x"][:, 8 + unit] + params["b"][8 + unit])
    assert n["x_n"] + n["r"] * n["h_n"] == pytest.approx(n["a_n"], abs=1e-14)
    assert np.tanh(n["x_n"] + n["reset"]) == pytest.approx(n["n"], abs=1e-14)
    assert n["h"] == pytest.approx(n["z"] * n["h_prev"] + (1 - n["z"]) * n["n"], abs=1e-15)
    assert n["h"] == pytest.approx(n["kept"] + n["written"], abs=1e-15) == trace.h[where]
    assert n["h_prev"] == trace.h_prev[where] and "x" not in n


def test_a_lone_number_read_by_a_gru_is_named_and_an_lstm_is_refused(trace):
    one = gru.forward(gru.init(np.random.default_rng(0), 1, 1), np.full((1, 1, 1), 0.7))
    assert wires.gru(one)["x"] == 0.7
    with pytest.raises(ValueError, match="this is a Trace of cell 'lstm'; expected gru"):
        wires.gru(trace)
