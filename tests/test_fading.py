"""Fading and its explorer's plain functions: bounds in order, known matrices, and the picture's numbers."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnncourse.cells import gru, jacobians, lstm, rnn
from rnncourse.explorers.gradient_in_time import MATRICES, gradient_in_time, recurrent_weights
from rnncourse.plots.fading import FLOOR, FadingScene, arriving, fading_lines


@pytest.mark.parametrize("cell, options", [(rnn, {"activation": "tanh"}), (rnn, {"activation": "relu"}),
                                           (rnn, {"activation": "sigmoid"}), (lstm, {}), (gru, {})])
def test_what_arrives_stays_below_both_bounds_and_is_the_norm_of_the_product(cell, options):
    rng = np.random.default_rng(1)
    trace = cell.forward(cell.init(rng, 2, 4), rng.normal(size=(9, 2, 2)), **options)
    found = jacobians.fading(trace, row=1)
    J = jacobians.state_jacobians(trace)[:, 1]
    slow = np.eye(J.shape[1])
    for t in range(9):
        slow = J[t] @ slow
    assert found.exact[0] == pytest.approx(np.linalg.norm(slow, 2), rel=1e-10)
    assert found.one_by_one[-1] == pytest.approx(np.linalg.norm(J[-1], 2))
    assert (found.exact <= found.one_by_one * (1 + 1e-12)).all()
    if cell is rnn:
        assert (found.one_by_one <= found.bound * (1 + 1e-12)).all()
    else:
        assert found.bound is None


def test_a_sigmoid_has_a_quarter_of_the_slope_in_its_bound():
    W = recurrent_weights("random", 1.0)
    assert gradient_in_time(W, "sigmoid").bound[-1] == pytest.approx(np.linalg.norm(W, 2) / 4)


@pytest.mark.parametrize("matrix", MATRICES)
def test_the_spectral_radius_is_the_one_asked_for(matrix):
    W = recurrent_weights(matrix, 0.7)
    assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(0.7, abs=0.02 if matrix == "non-normal" else 1e-9)
    if matrix == "orthogonal":
        np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), 0.7)


def test_linear_and_orthogonal_loses_nothing_and_a_louder_tanh_loses_more():
    Q = recurrent_weights("orthogonal", 1.0)
    np.testing.assert_allclose(gradient_in_time(Q, "linear").exact, 1, atol=1e-12)
    quiet, loud = (gradient_in_time(Q, "tanh", loudness).exact[0] for loudness in (0.1, 1.0))
    assert loud < quiet < 1


def test_an_unknown_matrix_is_refused():
    with pytest.raises(ValueError, match="expected one of random, orthogonal, non-normal"):
        recurrent_weights("round", 1.0)


def test_the_pictures_carry_the_numbers():
    found = gradient_in_time(recurrent_weights("random", 1.5))
    scene = FadingScene(plt.figure())
    scene.update(found)
    steps, values = scene.lines["exact"].get_data()
    assert (steps[0], values[0], steps[-1]) == (0, 1, 50)
    np.testing.assert_allclose(values[1:], np.clip(found.exact[::-1], FLOOR, 1 / FLOOR))
    ax = fading_lines(plt.figure().subplots(), found)
    np.testing.assert_allclose(ax.lines[1].get_ydata()[1:], np.clip(found.one_by_one[::-1], FLOOR, 1 / FLOOR))
    ax = arriving(plt.figure().subplots(), {"RNN": found})
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.maximum(found.exact, FLOOR))
