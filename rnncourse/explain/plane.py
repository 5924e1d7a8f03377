"""A network of two units as a map of the plane, h ← f(h W_hh + b_h): its fixed points, and where the state goes.

Nothing comes in from outside; an input that stays the same is part of b_h. W_hh (2, 2) and b_h (2,) are float64.
Two units only: every state is then a point of a picture. Larger networks come in chapter 10.
"""

from dataclasses import dataclass

import contourpy
import numpy as np

from rnncourse import activations
from rnncourse.explain._points import distinct, radius, where

SQUARE = {"tanh": (-1.2, 1.2), "sigmoid": (-0.1, 1.1), "relu": (-0.5, 3.5), "linear": (-3.0, 3.0)}
"""The square that is looked at, in both units: all that tanh and sigmoid can reach, a part for the two others."""

PATTERNS = {"linear": ((1, 1),), "relu": ((0, 0), (0, 1), (1, 0), (1, 1))}
KINDS = ("stable", "saddle", "unstable", "borderline", "kink")
BOUNDED = ("tanh", "sigmoid")


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """The states that step to themselves.

    points       (N, 2)
    eigenvalues  (N, 2) complex, of the state Jacobian diag(f'(a)) W_hhᵀ there; NaN at a kink of ReLU
    kinds        N of "stable" (both |λ| < 1), "saddle" (one), "unstable" (none), "borderline" (a |λ| within
                 1e-6 of 1: the eigenvalues do not decide), "kink" (a pre-activation of ReLU is 0: no slope there)
    lines        (M, 2, 2): the ends of straight lines of fixed points, cut off at 100 (linear and ReLU only)
    plane        True where even a whole region stands still (linear and ReLU only)
    """

    points: np.ndarray
    eigenvalues: np.ndarray
    kinds: tuple
    lines: np.ndarray
    plane: bool = False

    def count(self, kind):
        """How many are of this kind."""
        return self.kinds.count(kind)


@dataclass(frozen=True, eq=False)
class Runs:
    """Where the state goes from many starts.

    paths    (steps + 1, B, 2), the starts first
    fates    B of "settles", "cycles", "runs away", "moves on" (none of these within the steps that were run)
    periods  (B,) steps after which a cycle repeats; 1 where it settles, 0 where neither
    """

    paths: np.ndarray
    fates: tuple
    periods: np.ndarray


def step(W_hh, b_h, h, activation="tanh"):
    """The states h (…, 2) one step later, with no input."""
    return activations.named(activation).value(h @ W_hh + b_h)


def grid(activation="tanh", side=25):
    """(side², 2) states, evenly over the square that is looked at."""
    at = np.linspace(*SQUARE[activation], side)
    return np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)


def starts(activation="tanh", side=9):
    """(side², 2) states over the square, a little off its symmetric places, where a run could balance on a saddle."""
    low, high = SQUARE[activation]
    at = low + (np.arange(side) + 0.5) / side * (high - low)
    return np.stack(np.meshgrid(at + 0.0137 * (high - low), at - 0.0071 * (high - low)), axis=-1).reshape(-1, 2)


def fixed_points(W_hh, b_h, activation="tanh"):
    """Every state with h = f(h W_hh + b_h): `FixedPoints`, to 1e-9 where I − J is not near singular.

    linear and ReLU: solved exactly, for each pattern of active units. tanh and sigmoid: Newton's method from a grid of
    starts, which is a search: two fixed points about to merge may both be missed.
    """
    W_hh, b_h = _check(W_hh, b_h)
    f = activations.named(activation)
    lines, plane = np.empty((0, 2, 2)), False
    if activation in PATTERNS:
        points, lines, plane = _solve(W_hh, b_h, activation)
    else:
        points = _newton(W_hh, b_h, f)
    a = points @ W_hh + b_h
    eigenvalues = np.linalg.eigvals(f(a)[1][:, :, None] * W_hh.T).astype(complex)
    if activation == "relu":
        eigenvalues[(np.abs(a) < 1e-9).any(1)] = np.nan
    return FixedPoints(points, eigenvalues, tuple(map(_kind, np.abs(eigenvalues))), lines, plane)


def runs(W_hh, b_h, starts, activation="tanh", steps=240):
    """Run from each of `starts` (B, 2) and say how it ends: `Runs`. States are held within ±1e9."""
    W_hh, b_h = _check(W_hh, b_h)
    if steps < 100:
        raise ValueError(f"steps = {steps}; expected at least 100, to tell a slow approach from a cycle")
    f, bounded = activations.named(activation).value, activation in BOUNDED
    paths = np.empty((steps + 1, *np.shape(starts)))
    h = paths[0] = starts
    for t in range(1, steps + 1):
        h = paths[t] = f(h @ W_hh + b_h) if bounded else np.clip(f(h @ W_hh + b_h), -1e9, 1e9)
    periods = _periods(paths)
    away = np.zeros(len(periods), bool) if bounded else _leaving(paths)
    fates = np.select([away, periods == 1, periods > 1], ["runs away", "settles", "cycles"], "moves on")
    return Runs(paths, tuple(fates.tolist()), np.where(away, 0, periods))


def ends(found, tolerance=1e-3):
    """(E, 2): the distinct states at which `Runs` have settled."""
    settled = found.paths[-1][found.periods == 1]
    return distinct(settled, np.full(len(settled), tolerance))


def nullclines(W_hh, b_h, activation="tanh", side=81):
    """For each unit, the curves on which a step leaves this unit as it is: two lists of (n, 2) lines.

    Where the two units' curves cross lies a fixed point. Traced on a grid of side² states.
    """
    at = np.linspace(*SQUARE[activation], side)
    states = grid(activation, side)
    change = (step(W_hh, b_h, states, activation) - states).reshape(side, side, 2)
    return tuple(contourpy.contour_generator(at, at, change[..., unit]).lines(0.0) for unit in (0, 1))


# -- fixed points ----------------------------------------------------------------------------------
def _newton(W_hh, b_h, f, side=21):
    """Newton's method on F(h) − h = 0: twelve steps from a grid of states, then many from the few that got close."""
    h = _newton_steps(W_hh, b_h, f, grid(f.name, side), 12)
    close = np.abs(f.value(h @ W_hh + b_h) - h).max(1) < 1e-3
    h = _newton_steps(W_hh, b_h, f, np.unique(np.round(h[close], 9), axis=0), 40)
    value, slope = f(h @ W_hh + b_h)
    gap = np.abs(value - h).max(1)
    order = np.argsort(gap)[:np.count_nonzero(gap < 1e-12)]
    margin = np.linalg.svd(np.eye(2) - slope[order][:, :, None] * W_hh.T, compute_uv=False)[:, -1]
    return distinct(h[order], radius(margin))


def _newton_steps(W_hh, b_h, f, h, steps):
    """h − F(h) has the derivative I − J with J = diag(f') W_hhᵀ: a 2×2 system for each state, by Cramer's rule."""
    low, high = SQUARE[f.name]
    (w_11, w_12), (w_21, w_22) = W_hh
    h_1, h_2 = h.T
    for _ in range(steps):
        value_1, slope_1 = f(h_1 * w_11 + h_2 * w_21 + b_h[0])
        value_2, slope_2 = f(h_1 * w_12 + h_2 * w_22 + b_h[1])
        m_11, m_12, m_21, m_22 = 1 - slope_1 * w_11, -slope_1 * w_21, -slope_2 * w_12, 1 - slope_2 * w_22
        gap_1, gap_2, det = value_1 - h_1, value_2 - h_2, m_11 * m_22 - m_12 * m_21
        det = np.where(np.abs(det) < 1e-14, 1e-14, det)
        h_1, h_2 = (np.clip(h_1 + (m_22 * gap_1 - m_12 * gap_2) / det, low, high),
                    np.clip(h_2 + (m_11 * gap_2 - m_21 * gap_1) / det, low, high))
    return np.stack([h_1, h_2], axis=1)


def _solve(W_hh, b_h, activation):
    """(points, lines, plane): for each pattern S of active units, h = (h W_hh + b_h) S is a linear system."""
    points, lines = [], []
    if np.array_equal(W_hh, np.eye(2)) and not b_h.any():
        return np.empty((0, 2)), np.empty((0, 2, 2)), True
    for pattern in PATTERNS[activation]:
        S = np.diag(pattern).astype(float)
        A, b = (np.eye(2) - W_hh @ S).T, b_h @ S
        h = np.linalg.lstsq(A, b, rcond=1e-12)[0]
        if np.abs(A @ h - b).max() > 1e-12 * (1 + np.abs(h).max()):
            continue                                            # no solution: states of this pattern only drift
        whole_line = np.linalg.matrix_rank(A, tol=1e-12) == 1
        along = np.linalg.svd(A)[2][-1] if whole_line else np.zeros(2)
        low, high = where(W_hh, b_h, h, along, pattern) if activation == "relu" else (-100.0, 100.0)
        if whole_line and high - low > 1e-9:
            lines.append(sorted([tuple(h + low * along), tuple(h + high * along)]))
        elif low <= high:
            points.append(h)
    lines = np.unique(np.round(np.reshape(lines, (-1, 2, 2)), 12), axis=0)
    points = distinct(np.reshape(points, (-1, 2)), np.full(len(points), 1e-9))
    on_a_line = (np.abs(points[:, None, None] - lines).max(-1) < 1e-9).any((1, 2))
    return points[~on_a_line], lines, False


def _kind(sizes):
    if np.isnan(sizes).any():
        return "kink"
    if (np.abs(sizes - 1) < 1e-6).any():
        return "borderline"
    return ("stable", "saddle", "unstable")[int((sizes > 1).sum())]


# -- fates -----------------------------------------------------------------------------------------
def _periods(paths, longest=12):
    """(B,): the smallest p ≤ longest with h_t = h_{t−p} over the last steps, 0 where there is none."""
    tail = paths[-2 * longest:]
    tolerance = 1e-6 * (1 + np.abs(tail[-1]).max(1))
    periods = np.zeros(paths.shape[1], int)
    for p in range(longest, 0, -1):
        periods[(np.abs(tail[p:] - tail[:-p]).max((0, 2)) < tolerance)] = p
    return periods


def _leaving(paths):
    """(B,) True where the state gets ever larger and its steps do not get shorter: third against last quarter."""
    quarter = len(paths) // 4
    size, length = np.abs(paths).max(2), np.abs(np.diff(paths, axis=0)).max(2)
    before, after = slice(-2 * quarter, -quarter), slice(-quarter, None)
    larger = size[after].max(0) > 1.01 * size[before].max(0)
    return (size[-1] > 9e8) | (larger & (length[after].max(0) > 0.99 * length[before].max(0)))


def _check(W_hh, b_h):
    W_hh, b_h = np.asarray(W_hh, float), np.asarray(b_h, float)
    if W_hh.shape != (2, 2) or b_h.shape != (2,):
        raise ValueError(f"W_hh is {W_hh.shape} and b_h {b_h.shape}; expected (2, 2) and (2,): "
                         "this is for networks of two units")
    if not (np.isfinite(W_hh).all() and np.isfinite(b_h).all()):
        raise ValueError("W_hh or b_h holds NaN or infinity; expected finite numbers")
    return W_hh, b_h
