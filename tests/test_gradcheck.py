"""The gradient check finds right gradients right and wrong ones wrong."""

import numpy as np
import pytest

from rnncourse import gradcheck

A = np.random.default_rng(0).normal(size=(3, 4))


def test_a_known_slope():
    numerical = gradcheck.numerical(lambda a: np.sin(a).sum(), A)
    assert numerical.shape == A.shape
    assert gradcheck.relative_error(np.cos(A), numerical) < 1e-9


def test_one_number_moves_at_a_time():
    """Where the numbers meet, one left where it was moved to would show in the others' slopes."""
    assert gradcheck.relative_error(np.exp(A.sum() / 9) / 9 * np.ones_like(A),
                                    gradcheck.numerical(lambda a: np.exp(a.sum() / 9), A)) < 1e-8


def test_the_array_stays_and_scalars_work():
    copy = A.copy()
    gradcheck.numerical(lambda a: (a * a).sum(), A)
    assert (copy == A).all()
    assert gradcheck.numerical(lambda a: a ** 3, np.array(2.0)) == pytest.approx(12)


def test_the_error_is_relative_to_ours():
    assert gradcheck.relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.5])) == pytest.approx(0.1)
    assert gradcheck.relative_error(np.zeros(2), np.zeros(2)) == 0
    assert gradcheck.relative_error(np.zeros(2), np.ones(2)) == float("inf")


def test_a_wrong_gradient_stands_out():
    errors = gradcheck.relative_errors(lambda a: (np.sin(a["W"]) * a["b"]).sum(), {"W": A, "b": A[0]},
                                       {"W": np.cos(A) * A[0], "b": np.cos(A).sum(0)})
    assert errors["W"] < 1e-8
    assert errors["b"] > 0.1


def test_only_the_gradients_given_are_checked():
    assert set(gradcheck.relative_errors(lambda a: a["W"].sum(), {"W": A, "x": A}, {"W": np.ones_like(A)})) == {"W"}


def test_what_it_refuses():
    with pytest.raises(TypeError, match="the array is float32; expected float64"):
        gradcheck.numerical(np.sum, A.astype(np.float32))
    with pytest.raises(ValueError, match=r"the loss is an array \(3, 4\); expected one number. Try .sum\(\)"):
        gradcheck.numerical(lambda a: a, A)
    with pytest.raises(ValueError, match=r"our gradient is \(3, 4\) and the reference \(4, 3\)"):
        gradcheck.relative_error(A, A.T)
    with pytest.raises(ValueError, match=r"gradients hold \['V'\], which are not among the arrays \['W'\]"):
        gradcheck.relative_errors(np.sum, {"W": A}, {"V": A})
