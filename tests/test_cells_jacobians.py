"""State Jacobians: against numerical ones and backward, their products, bounds, examples that mislead, exponents."""

import cell_checks
import numpy as np
import pytest

from rnncourse import activations, gradcheck
from rnncourse.cells import gru, jacobians, lstm, rnn

CELLS = [rnn, lstm, gru]
T, B, D, H = 8, 2, 3, 4


def run(cell, steps=T, seed=3, **options):
    params, x, state, _ = cell_checks.random_run(cell, (steps, B, D, H), seed)
    return cell.forward(params, x, *state, **options)


def rnn_with(W_hh, steps, activation="linear"):
    """A run without input of an RNN with this W_hh, from a random start."""
    size, rng = len(W_hh), np.random.default_rng(0)
    params = {"W_xh": np.zeros((1, size)), "W_hh": np.asarray(W_hh, float), "b_h": np.zeros(size)}
    return rnn.forward(params, np.zeros((steps, 1, 1)), rng.normal(size=(1, size)), activation=activation)


def norms(matrices):
    return np.linalg.norm(matrices, 2, axis=(-2, -1))


# -- one step ------------------------------------------------------------------------------------------
def numerical_jacobian(cell, trace, t, row, options):
    """∂s/∂s_prev of one step of one row by central differences of `step`."""
    def after(s):
        parts = np.split(s[None], 2, axis=1) if cell is lstm else [s[None]]
        now = cell.step(trace.params, trace.x[t, row:row + 1], *parts, **options)
        return np.concatenate(cell_checks.as_tuple(now), axis=1)[0]

    before = np.concatenate([s[t, row] for s in ([trace.h_prev, trace.c_prev] if cell is lstm else [trace.h_prev])])
    return np.array([gradcheck.numerical(lambda s, m=m: after(s)[m], before) for m in range(len(before))])


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_each_number_is_a_central_difference_of_step(cell):
    for options in cell_checks.options_of(cell):
        trace = run(cell, **options)
        J, size = jacobians.state_jacobians(trace), 2 * H if cell is lstm else H
        assert J.shape == (T, B, size, size)
        for t, row in ((0, 0), (T - 1, 1)):
            assert gradcheck.relative_error(J[t, row], numerical_jacobian(cell, trace, t, row, options)) < 1e-7


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_the_product_is_what_backward_carries_to_the_start(cell):
    """Row m of P[0] is backward's dstate for the loss 's_m at the last step', also by way of dc_last."""
    trace = run(cell)
    P = jacobians.products(jacobians.state_jacobians(trace))
    for m in range(P.shape[-1]):
        dh, dc = np.zeros((T, B, H)), {"dc_last": np.zeros((B, H))} if cell is lstm else {}
        (dh[-1] if m < H else dc["dc_last"])[:, m % H] = 1
        dstate = cell_checks.as_tuple(cell.backward(trace.params, trace, dh, **dc)[2])
        cell_checks.assert_close(P[0][:, m], np.concatenate(dstate, axis=-1), 1e-15, f"row {m}")


def test_products_have_the_latest_on_the_left():
    J = np.random.default_rng(0).normal(size=(3, 2, 2))
    P = jacobians.products(J)
    cell_checks.assert_close(P[0], J[2] @ J[1] @ J[0], 1e-14, "P[0]")
    cell_checks.assert_close(P[1], J[2] @ J[1], 1e-14, "P[1]")
    assert (P[2] == J[2]).all()


def test_the_lstms_h_block_alone_is_no_chain():
    """h_t reaches h_T mostly by way of c: 20 steps of the h-to-h blocks lose nearly everything."""
    rng = np.random.default_rng(0)
    params = lstm.init(rng, D, H, forget_bias=3.0)
    J = jacobians.state_jacobians(lstm.forward(params, rng.normal(size=(20, 1, D))))[:, 0]
    whole = norms(jacobians.products(J)[0][:H, :H])
    blocks = norms(jacobians.products(J[:, :H, :H])[0])
    assert blocks < 1e-6 * whole


# -- bounds ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_the_product_is_never_larger_than_the_product_of_norms(cell):
    for seed in range(5):
        for options in cell_checks.options_of(cell):
            J = jacobians.state_jacobians(run(cell, steps=20, seed=seed, **options))
            bound = np.cumprod(norms(J)[::-1], axis=0)[::-1]
            assert (norms(jacobians.products(J)) <= bound * (1 + 1e-12)).all()


@pytest.mark.parametrize("activation", list(activations.ACTIVATIONS))
def test_an_rnn_stays_below_its_steepest_slope_times_sigma_max(activation):
    trace = run(rnn, steps=20, activation=activation)
    largest = activations.named(activation).steepest * np.linalg.norm(trace.params["W_hh"], 2)
    bound = largest ** np.arange(20, 0, -1.0)
    assert (norms(jacobians.products(jacobians.state_jacobians(trace))) <= bound[:, None] * (1 + 1e-12)).all()


# -- what does and does not decide ------------------------------------------------------------------------
def test_a_large_singular_value_alone_explodes_nothing():
    J = jacobians.state_jacobians(rnn_with([[0, 10], [0, 0]], 2))
    assert norms(J)[0] == pytest.approx(10)
    assert (jacobians.products(J)[0] == 0).all()


def test_a_non_normal_matrix_grows_before_it_fades():
    W = [[0.9, 5], [0, 0.9]]
    growth = [norms(jacobians.products(jacobians.state_jacobians(rnn_with(W, n)))[0, 0]) for n in (1, 10, 400)]
    assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(0.9)
    assert growth[1] == pytest.approx(19.4, abs=0.05)
    assert growth[1] > growth[0] > 1 > 1e-12 > growth[2]


def test_the_growth_in_the_end_is_the_spectral_radius():
    W = [[0.9, 5], [0, 0.8]]
    size = norms(jacobians.products(jacobians.state_jacobians(rnn_with(W, 400)))[:, 0])
    assert size[0] / size[1] == pytest.approx(0.9, rel=1e-9)


def test_the_determinant_tells_nothing():
    grows, fades = (jacobians.products(jacobians.state_jacobians(rnn_with(np.diag(d), 50)))[0, 0]
                    for d in ([2, 0.1], [0.5, 0.4]))
    assert np.linalg.det(np.diag([2, 0.1])) == pytest.approx(np.linalg.det(np.diag([0.5, 0.4])))
    assert norms(grows) > 1e15 > 1 > 1e-15 > norms(fades)


def test_a_linear_orthogonal_rnn_keeps_every_length():
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(16, 16)))[0]
    P = jacobians.products(jacobians.state_jacobians(rnn_with(Q, 500)))[:, 0]
    assert np.abs(np.linalg.svd(P, compute_uv=False) - 1).max() < 1e-13


# -- Lyapunov exponents ------------------------------------------------------------------------------------
def test_exponents_of_a_constant_map_near_its_eigenvalues_as_one_over_T():
    W = np.random.default_rng(1).normal(size=(4, 4)) / 2
    expected = np.sort(np.log(np.abs(np.linalg.eigvals(W))))[::-1]
    errors = [np.abs(jacobians.lyapunov_exponents(np.broadcast_to(W, (n, 4, 4))) - expected).max()
              for n in (100, 1000, 10000)]
    assert errors[0] < 0.05
    assert 5 < errors[0] / errors[1] < 20
    assert 5 < errors[1] / errors[2] < 20


def test_exponents_take_the_steps_in_their_order():
    """A, B, C over and over: log |eig(C B A)| / 3 a step; eig(A B C) is another matrix's."""
    A, B_, C = np.random.default_rng(0).normal(size=(3, 3, 3))
    found = jacobians.lyapunov_exponents(np.tile([A, B_, C], (1000, 1, 1)))
    right, wrong = (np.sort(np.log(np.abs(np.linalg.eigvals(M))))[::-1] / 3 for M in (C @ B_ @ A, A @ B_ @ C))
    assert np.abs(found - right).max() < 2e-3
    assert np.abs(found - wrong).max() > 2e-2


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_exponents_sum_to_the_mean_log_determinant(cell):
    for steps in (1, 3, 200):
        J = jacobians.state_jacobians(run(cell, steps=steps))
        found = jacobians.lyapunov_exponents(J)
        assert found.shape == (B, J.shape[-1])
        assert (np.diff(found) <= 0).all()
        np.testing.assert_allclose(found.sum(-1), np.linalg.slogdet(J)[1].mean(0), rtol=1e-11)


def test_a_relu_that_is_off_has_an_exponent_of_minus_infinity():
    J = jacobians.state_jacobians(run(rnn, activation="relu"))
    assert (np.linalg.det(J) == 0).any(axis=0).all()
    assert (jacobians.lyapunov_exponents(J)[:, -1] == -np.inf).all()


@pytest.mark.parametrize("function", [jacobians.products, jacobians.lyapunov_exponents])
def test_what_is_no_stack_of_jacobians(function):
    for wrong in (np.eye(3), np.ones((4, 2, 3)), np.ones((0, 3, 3))):
        with pytest.raises(ValueError, match=r"jacobians are \(.*\); expected \(T, …, S, S\)"):
            function(wrong)
