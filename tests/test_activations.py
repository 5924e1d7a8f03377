"""Activations: values and slopes against torch and central differences, and the steepest slope."""

import numpy as np
import pytest
import torch

from rnncourse import activations

ALL = list(activations.ACTIVATIONS.values())
TORCH = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid, "linear": lambda a: a * 1}


@pytest.mark.parametrize("f", ALL, ids=lambda f: f.name)
def test_value_and_slope_are_torchs(f):
    a = np.random.default_rng(0).normal(size=(5, 4)) * 3
    ta = torch.tensor(a, requires_grad=True)
    TORCH[f.name](ta).sum().backward()
    h, slope = f(a)
    np.testing.assert_allclose(h, TORCH[f.name](ta).detach().numpy(), atol=1e-15)
    np.testing.assert_allclose(slope, ta.grad.numpy(), atol=1e-15)


@pytest.mark.parametrize("f", ALL, ids=lambda f: f.name)
def test_the_slope_is_the_same_from_the_value_alone(f):
    a = np.linspace(-4, 4, 101)
    assert (f(a)[1] == f.slope_at(f.value(a))).all()


@pytest.mark.parametrize("f", ALL, ids=lambda f: f.name)
def test_steepest_is_the_largest_slope(f):
    slope = f(np.linspace(-30, 30, 6001))[1]
    assert slope.max() == pytest.approx(f.steepest, abs=1e-15)
    assert slope.min() >= 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("f", ALL, ids=lambda f: f.name)
def test_dtype_stays_and_nothing_overflows(f, dtype):
    with np.errstate(all="raise", under="ignore"):
        h, slope = f(np.array([-1e4, -1, 0, 1, 1e4], dtype))
    assert h.dtype == slope.dtype == dtype
    assert np.isfinite(h).all()


@pytest.mark.parametrize("f", ALL, ids=lambda f: f.name)
def test_plain_numbers_work_too(f):
    h, slope = f(0.5)
    assert h == pytest.approx(float(f.value(np.array([0.5]))[0]))
    assert f.value(0.5) == pytest.approx(h)
    assert slope > 0


def test_sigmoid_at_known_points():
    np.testing.assert_allclose(activations.sigmoid.value(np.array([0.0, np.log(3), -np.log(3)])), [0.5, 0.75, 0.25],
                               atol=1e-16)


@pytest.mark.parametrize("name", ["Tanh", "gelu", None, ["tanh"]])
def test_an_unknown_name_says_which_there_are(name):
    with pytest.raises(ValueError, match="unknown activation .*; choose one of tanh, relu, sigmoid, linear"):
        activations.named(name)


def test_named_gives_the_very_one():
    assert all(activations.named(f.name) is f for f in ALL)
