"""Weights as pictures: each block is its own part of the array, zero is the middle of the colours."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnncourse.cells import gru, lstm, rnn
from rnncourse.plots import weights as room
from rnncourse.plots.palette import DIVERGING, LOOK

GATES = {rnn: "h", lstm: "ifgo", gru: "rzn"}


@pytest.fixture
def figure():
    fig = plt.figure(figsize=(9, 5))
    yield fig
    plt.close(fig)


@pytest.mark.parametrize("cell", GATES, ids=lambda cell: cell.__name__)
def test_every_block_stands_under_its_gate_and_beside_its_array(figure, cell):
    params = {name: np.random.default_rng(1).normal(size=value.shape)
              for name, value in cell.init(np.random.default_rng(0), 3, 5).items()}
    axes = room.weights(figure, params)
    largest = max(np.abs(value).max() for value in params.values())
    for row, (name, array) in enumerate(params.items()):
        for column, gate in enumerate(GATES[cell]):
            ax = axes[row, column]
            if name == "b_hn" and gate != "n":
                assert not ax.axison
                continue
            block = array if name == "b_hn" else array[..., 5 * column:5 * (column + 1)]
            np.testing.assert_array_equal(ax.images[0].get_array(), np.atleast_2d(block))
            assert ax.images[0].get_clim() == (-largest, largest)
            assert ax.images[0].get_cmap().name == DIVERGING
    assert [axes[0, k].get_title("center") for k in range(len(GATES[cell]))] == [
        f"${gate}$  {LOOK[gate].words}" for gate in GATES[cell]]
    labelled = [ax.get_ylabel().split("$")[1] for ax in axes.flat if ax.get_ylabel()]
    assert labelled == [room.NAMES[name] for name in params]
    assert all("unit" in [ax.get_xlabel() for ax in axes[:, k]] for k in range(axes.shape[1]))


def test_a_chosen_reach_holds_in_every_block_and_says_that_some_weights_are_beyond(figure):
    params = lstm.init(np.random.default_rng(0), 3, 5) | {"b": np.linspace(-3, 3, 20)}
    axes = room.weights(figure, params, reach=0.5)
    assert {ax.images[0].get_clim() for ax in axes.flat} == {(-0.5, 0.5)}
    assert axes[0, 0].images[0].get_clim() == (-0.5, 0.5)
    bar = next(ax for ax in figure.axes if ax.get_ylabel() == "weight")
    assert bar._colorbar.extend == "both"


def test_one_matrix_with_its_sides_named(figure):
    W = np.arange(-6.0, 4.0).reshape(2, 5)
    ax = room.matrix(figure.subplots(), W, "unit", "class")
    np.testing.assert_array_equal(ax.images[0].get_array(), W)
    assert ax.images[0].get_clim() == (-6, 6) and (ax.get_xlabel(), ax.get_ylabel()) == ("class", "unit")
