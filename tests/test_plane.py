"""Two units as a map of the plane: fixed points against closed forms and interval arithmetic, fates against theory."""

import numpy as np
import pytest

from rnncourse import activations
from rnncourse.cells import jacobians, rnn
from rnncourse.explain import plane

EYE, ZERO = np.eye(2), np.zeros(2)


def turn(angle, size=1.0):
    c, s = np.cos(angle), np.sin(angle)
    return size * np.array([[c, s], [-s, c]])


# -- closed forms --------------------------------------------------------------------------------
@pytest.mark.parametrize(("w", "root", "slope"), [(2.0, 0.957504, 0.166372), (1.5, 0.858560, 0.394313)])
def test_two_uncoupled_units_have_nine_fixed_points(w, root, slope):
    found = plane.fixed_points(w * EYE, ZERO)
    assert len(found.points) == 9
    assert [found.count(kind) for kind in plane.KINDS] == [4, 4, 1, 0, 0]
    for point, eigenvalues, kind in zip(found.points, found.eigenvalues, found.kinds, strict=True):
        np.testing.assert_allclose(np.minimum(np.abs(np.abs(point) - root), np.abs(point)), 0, atol=5e-7)
        expected = sorted(slope if abs(h) > 0.5 else w for h in point)
        np.testing.assert_allclose(sorted(eigenvalues.real), expected, atol=5e-6)
        assert kind == ("stable", "saddle", "unstable")[sum(h == pytest.approx(0) for h in point)]


def test_the_pitchfork_at_w_1_is_one_point_on_the_border():
    for W, count, kind in [(0.99, 1, "stable"), (1.0, 1, "borderline"), (1.01, 9, "unstable")]:
        found = plane.fixed_points(W * EYE, ZERO)
        origin = np.abs(found.points).max(1).argmin()
        assert len(found.points) == count and found.kinds[origin] == kind
        np.testing.assert_allclose(found.points[origin], 0, atol=1e-3 if kind == "borderline" else 1e-9)


def test_a_sigmoid_unit_with_centred_bias_has_its_fixed_points_about_a_half():
    # σ(w h − w/2) − ½ = ½ tanh(w (h − ½)/2): with u = 2h − 1, u = tanh(w u / 4)
    found = plane.fixed_points(8 * EYE, np.full(2, -4.0), "sigmoid")
    assert [found.count(kind) for kind in plane.KINDS] == [4, 4, 1, 0, 0]
    np.testing.assert_allclose(found.points.max(), (1 + 0.957504) / 2, atol=5e-7)


def test_linear_solves_the_linear_system():
    rng = np.random.default_rng(0)
    for _ in range(20):
        W, b = rng.normal(size=(2, 2)), rng.normal(size=2)
        found = plane.fixed_points(W, b, "linear")
        np.testing.assert_allclose(found.points, [np.linalg.solve((EYE - W).T, b)], rtol=1e-9)
        size = np.abs(np.linalg.eigvals(W))
        assert found.kinds == (("stable", "saddle", "unstable")[(size > 1).sum()],)


def test_relu_pattern_by_pattern():
    # both units active: h = 2h − 0.5 → 0.5; resting: 0. Uncoupled, so all four combinations
    found = plane.fixed_points(2 * EYE, np.full(2, -0.5), "relu")
    np.testing.assert_allclose(found.points, [[0, 0], [0, 0.5], [0.5, 0], [0.5, 0.5]], atol=1e-12)
    assert found.kinds == ("stable", "saddle", "saddle", "unstable")
    assert plane.fixed_points(2 * EYE, ZERO, "relu").kinds == ("kink",)
    assert len(plane.fixed_points(2 * EYE, np.full(2, 0.5), "relu").points) == 0      # the solution is at −0.5


@pytest.mark.parametrize(("activation", "low"), [("linear", -100), ("relu", 0)])
def test_a_line_of_fixed_points_is_a_line(activation, low):
    found = plane.fixed_points(np.diag([1.0, 0.5]), np.array([0.0, 0.2]), activation)
    np.testing.assert_allclose(found.lines, [[[low, 0.4], [100, 0.4]]], atol=1e-9)
    assert len(found.points) == 0 and not found.plane
    drift = plane.fixed_points(np.diag([1.0, 0.5]), np.array([0.1, 0.2]), activation)
    assert len(drift.points) == len(drift.lines) == 0
    assert plane.fixed_points(EYE, ZERO, activation).plane


# -- against what knows nothing of Newton ------------------------------------------------------------
def every_fixed_point(W, b, f):
    """All fixed points, proved complete: boxes without one are discarded by interval arithmetic, and a box is
    kept only when Krawczyk's test shows that exactly one lies in it. Slow."""
    centre, radius, roots = np.array([[0.0031, -0.0017]]), np.array([[1.02, 1.02]]), []
    for _ in range(60):
        radius = radius * 1.01
        a, reach = centre @ W + b, radius @ np.abs(W)
        low, high = f.value(a - reach), f.value(a + reach)
        alive = ((low <= centre + radius) & (high >= centre - radius)).all(1)
        centre, radius = centre[alive], radius[alive]
        nearest = np.abs(a[alive]) - reach[alive]                    # slopes fall away from a = 0
        steep = f(np.maximum(nearest, 0))[1]
        flat = f(np.abs(a[alive]) + reach[alive])[1]
        again = []
        for m, r, s_low, s_high in zip(centre, radius, flat, steep, strict=True):
            mid, spread = (s_low + s_high) / 2, (s_high - s_low) / 2
            M = EYE - mid[:, None] * W.T
            Y = np.linalg.pinv(M)
            value = f.value(m @ W + b)
            k = m - Y @ (m - value)
            k_radius = (np.abs(EYE - Y @ M) + np.abs(Y) @ (spread[:, None] * np.abs(W.T))) @ r
            if (np.abs(k - m) > k_radius + r).any():
                continue
            if (np.abs(k - m) + k_radius < r).all():
                roots.append(k)
            else:
                again += [(m + r / 2 * s, r / 2) for s in ([-1, -1], [-1, 1], [1, -1], [1, 1])]
        if not again:
            break
        assert len(again) < 20_000
        centre, radius = (np.array(part) for part in zip(*again, strict=True))
    else:
        raise AssertionError("undecided boxes remain")
    polished = []
    for root in roots:
        for _ in range(30):
            value, slope = f(root @ W + b)
            root = root + np.linalg.solve(EYE - slope[:, None] * W.T, value - root)
        if not any(np.abs(root - other).max() < 1e-9 for other in polished):
            polished.append(root)
    return np.array(sorted(polished, key=lambda p: tuple(np.round(p, 9))))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_newton_finds_all_that_interval_arithmetic_proves(activation):
    rng = np.random.default_rng(3)
    size = {"tanh": 3.0, "sigmoid": 10.0}[activation]
    seen = set()
    for _ in range(25):
        W = rng.uniform(-size, size, (2, 2)) * rng.choice([0.05, 1], (2, 2)) + rng.choice([0, size], 1) * EYE
        b = rng.uniform(-0.5, 0.5, 2) - (W.sum(0) / 2 if activation == "sigmoid" else 0)
        expected = every_fixed_point(W, b, activations.named(activation))
        found = plane.fixed_points(W, b, activation)
        np.testing.assert_allclose(found.points, expected, atol=1e-9)
        seen.add(len(expected))
        # the index: Σ sign det(I − J) = 1 over all fixed points of a map into a bounded square
        assert np.sign(np.prod(1 - found.eigenvalues, axis=1).real).sum() == 1
    assert {1, 3, 9} <= seen


def test_eigenvalues_are_those_of_the_cell_s_own_jacobian():
    W, b = np.array([[1.7, -0.8], [0.9, 1.2]]), np.array([0.1, -0.2])
    found = plane.fixed_points(W, b)
    params = {"W_xh": np.zeros((1, 2)), "W_hh": W, "b_h": b}
    trace = rnn.forward(params, np.zeros((1, len(found.points), 1)), h0=found.points)
    np.testing.assert_allclose(trace.last(), found.points, atol=1e-12)
    J = jacobians.state_jacobians(trace)[0]
    np.testing.assert_allclose(np.sort_complex(np.linalg.eigvals(J)), np.sort_complex(found.eigenvalues), atol=1e-9)


# -- fates -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("W", "b", "activation", "fate", "period"), [
    (2 * EYE, ZERO, "tanh", "settles", 1),
    (turn(np.pi / 2, 1.2), ZERO, "tanh", "cycles", 4),
    (np.diag([-2.0, 0.5]), ZERO, "tanh", "cycles", 2),
    (turn(0.64, 1.5), ZERO, "tanh", "moves on", 0),
    (turn(0.64), np.array([0.1, 0.2]), "linear", "moves on", 0),
    (turn(2 * np.pi / 5), np.array([0.1, 0.2]), "linear", "cycles", 5),
    (turn(0.64, 1.01), ZERO, "linear", "runs away", 0),
    (turn(0.64, 0.9), ZERO, "linear", "settles", 1),
    (EYE, np.array([0.1, 0.0]), "linear", "runs away", 0),
    (np.diag([0.99, 0.5]), np.array([1.0, 0.0]), "linear", "moves on", 0),
    (6 * EYE, np.ones(2), "relu", "runs away", 0),
    (EYE, ZERO, "relu", "settles", 1),
])
def test_where_the_state_goes(W, b, activation, fate, period):
    found = plane.runs(W, b, plane.starts(activation), activation)
    assert set(found.fates) == {fate} and set(found.periods) == {period}
    assert np.isfinite(found.paths).all()


def test_runs_end_at_the_stable_points_and_nowhere_else():
    rng = np.random.default_rng(4)
    for _ in range(20):
        W, b = rng.uniform(-3, 3, (2, 2)), rng.uniform(-0.5, 0.5, 2)
        points = plane.fixed_points(W, b)
        stable = points.points[np.array(points.kinds) == "stable"]
        for end in plane.ends(plane.runs(W, b, plane.starts())):
            assert np.abs(stable - end).max(1).min() < 1e-4


def test_nullclines_cross_where_the_fixed_points_are():
    W, b = np.array([[1.7, -0.8], [0.9, 1.2]]), np.array([0.1, -0.2])
    for unit, lines in enumerate(plane.nullclines(W, b)):
        on = np.concatenate(lines)
        change = plane.step(W, b, on) - on
        assert np.abs(change[:, unit]).max() < 2e-3 < np.abs(change[:, 1 - unit]).max()
        for point in plane.fixed_points(W, b).points:
            assert np.linalg.norm(on - point, axis=1).min() < 0.03


# -- doors ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("W", "b", "message"), [
    (np.eye(3), np.zeros(3), r"W_hh is \(3, 3\) and b_h \(3,\); expected \(2, 2\) and \(2,\)"),
    (np.full((2, 2), np.nan), ZERO, "NaN or infinity"),
])
def test_wrong_weights_are_named(W, b, message):
    with pytest.raises(ValueError, match=message):
        plane.fixed_points(W, b)
    with pytest.raises(ValueError, match=message):
        plane.runs(W, b, np.zeros((1, 2)))


def test_too_few_steps_and_unknown_activations_are_named():
    with pytest.raises(ValueError, match="steps = 10; expected at least 100"):
        plane.runs(EYE, ZERO, np.zeros((1, 2)), steps=10)
    with pytest.raises(ValueError, match="unknown activation 'step'"):
        plane.fixed_points(EYE, ZERO, "step")
