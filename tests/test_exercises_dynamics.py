"""The solutions of chapter 10's exercises against scikit-learn, torch and the library, on every input of a check."""

import numpy as np
import pytest
import torch
from exercise_checks import Oracles, exercises, said
from sklearn.decomposition import PCA

from rnncourse.cells import jacobians, rnn
from rnncourse.exercises import dynamics as ex
from rnncourse.explain import dynamics, simplify
from rnncourse.explain.autonomous import Autonomous

oracles = Oracles()


@pytest.mark.parametrize("exercise", exercises(ex), ids=lambda e: e.name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-9)


@oracles.of(ex.project)
def _(states, k):
    if len(states) == 1:
        return states                                    # no variance: the mean itself
    fitted = PCA(k).fit(states)
    return fitted.inverse_transform(fitted.transform(states))


def test_projecting_is_the_library_s():
    rng = np.random.default_rng(0)
    states = rng.normal(size=(30, 5))
    basis = simplify.Components(states.mean(0), np.linalg.svd(states - states.mean(0))[2], np.ones(5))
    for k in range(1, 6):
        assert np.allclose(ex.project.reference(states, k), basis.project(states, k))


@oracles.of(ex.jacobian)
def _(W_xh, W_hh, b_h, x, h):
    params = {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h}
    return jacobians.state_jacobians(rnn.forward(params, x[None, None], h[None]))[0, 0]


def test_the_jacobian_is_torch_s():
    for case in ex.jacobian.cases():
        W_xh, W_hh, b_h, x, h = (torch.tensor(case[name]) for name in ("W_xh", "W_hh", "b_h", "x", "h"))
        found = torch.autograd.functional.jacobian(lambda s: torch.tanh(x @ W_xh + s @ W_hh + b_h), h)    # noqa: B023
        assert np.allclose(ex.jacobian.reference(**case), found.numpy(), atol=1e-12)


@oracles.of(ex.newton_step)
def _(h, ahead, J):
    """The fixed point of the tangent, s = ahead + J (s − h), in one linear system for s itself."""
    return torch.linalg.lstsq(torch.eye(len(h), dtype=torch.float64) - torch.tensor(J),
                              torch.tensor(ahead - J @ h)[:, None]).solution[:, 0].numpy()


def test_newton_arrives_where_the_library_does():
    W, b = np.array([[2.0, 0.3], [-0.2, 1.8]]), np.array([0.1, -0.05])
    h = np.array([0.9, 0.8])
    for _ in range(20):
        ahead = np.tanh(h @ W + b)
        h = ex.newton_step.reference(h, ahead, np.diag(1 - ahead ** 2) @ W.T)
    params = {"W_xh": np.zeros((1, 2)), "W_hh": W, "b_h": b}
    found = dynamics.fixed_points(Autonomous("rnn", params, np.zeros(1), "tanh"))
    assert np.abs(found.points - h).max(1).min() < 1e-10


@oracles.of(ex.ways_out)
def _(J):
    sizes = torch.linalg.eigvals(torch.tensor(J)).abs().numpy()
    stable = bool(np.linalg.norm(np.linalg.matrix_power(J, 500)) < 1e-6)    # at most 1.5⁵⁰⁰ where it grows
    return int(np.sum(sizes > 1)), stable


@oracles.of(ex.what_lasts)
def _(J, change):
    """Run it: after many steps, divided by the growth of the slow part."""
    size = np.abs(np.linalg.eigvals(J)).max()
    return np.linalg.matrix_power(J / size, 400) @ change


def test_what_lasts_is_read_by_the_library_s_reader():
    for case in ex.what_lasts.cases():
        mode = dynamics.slow_modes(case["J"], 1)
        ours = mode.directions[0] * (mode.readers[0] @ case["change"])
        assert np.allclose(ours, ex.what_lasts.reference(**case))


def _eigh_of_the_covariance(states, k):
    mean = states.mean(0)
    V = np.linalg.eigh((states - mean).T @ (states - mean))[1].T[:k]
    return mean + (states - mean) @ V.T @ V


def _minus_solve_of_minus(h, ahead, J):
    return h + np.linalg.solve(J - np.eye(len(h)), ahead - h)


def _rows_as_readers(J, change):
    values, V = np.linalg.eig(J)
    k = np.abs(values).argmax()
    return np.linalg.solve(V, change)[k].real


def _what_enters_tanh(W_xh, W_hh, b_h, x, h):
    return np.diag(1 - (x @ W_xh + h @ W_hh + b_h) ** 2) @ W_hh.T


def _column_form(W_xh, W_hh, b_h, x, h):
    a = np.tanh(W_xh.T @ x + W_hh @ h + b_h)
    return np.diag(1 - a ** 2) @ W_hh.T


def _division(h, ahead, J):
    return h + (ahead - h) / (np.eye(len(h)) - J)


def _flag_inverted(J):
    growing = int((np.abs(np.linalg.eigvals(J)) > 1).sum())
    return growing, growing > 0


def _unscaled_left_eigenvector(J, change):
    left, U = np.linalg.eig(J.T)
    right, V = np.linalg.eig(J)
    return (V[:, np.abs(right).argmax()] * (U[:, np.abs(left).argmax()] @ change)).real


def _run_on(J, change):
    return np.linalg.matrix_power(J, 50) @ change


@pytest.mark.parametrize(("exercise", "answer", "says"), [
    (ex.jacobian, _what_enters_tanh, "this squares a"),
    (ex.jacobian, _column_form, "States are rows here"),
    (ex.newton_step, _division, "division by each entry"),
    (ex.ways_out, _flag_inverted, "turned round"),
    (ex.what_lasts, _unscaled_left_eigenvector, "The reader is not scaled"),
    (ex.what_lasts, _run_on, "The direction is right, the amount is not"),
    (ex.project, _eigh_of_the_covariance, "least variance"),
    (ex.newton_step, _minus_solve_of_minus, "The wrong sign"),
    (ex.what_lasts, _rows_as_readers, "asked for is the vector")])
def test_a_likely_slip_is_named(exercise, answer, says):
    assert says in " ".join(said(exercise, answer).split())
