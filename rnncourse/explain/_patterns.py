"""Fixed points of a ReLU or linear network exactly: for each pattern of active units, one linear system."""

from dataclasses import dataclass

import numpy as np

from rnncourse.explain._points import distinct, where

MOST = 16        # units: 2¹⁶ = 65,536 patterns
CHUNK = 4096     # patterns at a time
REACH = 100.0    # where lines are cut off


@dataclass(frozen=True, eq=False)
class Still:
    """A line, plane, … of states that all step to themselves: point + any combination of directions, near the point.

    pattern     (H,) booleans: the units that are active there
    point       (H,)
    directions  (k, H), orthonormal
    ends        (2, H): for a line, where the pattern ends or ±100; None from a plane on
    """

    pattern: np.ndarray
    point: np.ndarray
    directions: np.ndarray
    ends: np.ndarray | None


def solve(W_hh, b_h, activation):
    """(points (N, H), list of `Still`): all h with h = f(h W_hh + b_h), f ReLU or linear, H ≤ 16 for ReLU."""
    H = len(b_h)
    if activation == "relu" and H > MOST:
        raise ValueError(f"{H} units have 2^{H} patterns of active ones; exact enumeration goes to H = {MOST}. "
                         "Try exact=False, a search")
    patterns = _patterns(H) if activation == "relu" else [np.ones((1, H), bool)]
    points, still = [np.empty((0, H))], []
    for chunk in patterns:
        found, singular = _regular(W_hh, b_h, chunk, activation)
        points.append(found)
        for pattern in singular:
            _singular(W_hh, b_h, pattern, activation, points, still)
    points = np.concatenate(points)
    points = distinct(points, np.full(len(points), 1e-9))
    for each in still:
        points = points[~_holds(W_hh, b_h, each.pattern, points, activation)]
    return points, _without_edges(W_hh, b_h, activation, still)


def _patterns(H):
    for start in range(0, 2**H, CHUNK):
        numbers = np.arange(start, min(start + CHUNK, 2**H))
        yield (numbers[:, None] >> np.arange(H)) & 1 == 1


def _regular(W_hh, b_h, patterns, activation):
    """The solutions that lie in their own pattern, and the patterns whose I − J is singular or nearly so."""
    A = np.eye(len(b_h)) - patterns[:, :, None] * W_hh.T          # I − J, J = diag(active) W_hhᵀ
    size = np.linalg.norm(A, axis=2).prod(1)                      # |det A| is at most the product of the rows' lengths
    singular = np.abs(np.linalg.det(A)) <= 1e-10 * size
    A[singular] = np.eye(len(b_h))
    h = np.linalg.solve(A, (patterns * b_h)[..., None])[..., 0]
    return h[_fits(W_hh, b_h, h, patterns, activation) & ~singular], patterns[singular]


def _fits(W_hh, b_h, h, pattern, activation):
    if activation == "linear":
        return np.ones(len(h), bool)
    a = h @ W_hh + b_h
    slack = 1e-9 * (1 + np.abs(h).max(-1, keepdims=True))
    return (np.where(pattern, a, -a) >= -slack).all(-1)


def _singular(W_hh, b_h, pattern, activation, points, still):
    """What one pattern with a singular I − J holds, added to points or still: nothing, a point, a line, a plane, …"""
    A, b = np.eye(len(b_h)) - pattern[:, None] * W_hh.T, pattern * b_h
    U, s, Vt = np.linalg.svd(A)
    rank = int((s > 1e-11 * max(1, s[0])).sum())
    h = Vt[:rank].T @ ((U.T @ b)[:rank] / s[:rank])
    if np.abs(A @ h - b).max() > 1e-10 * (1 + np.abs(h).max()):
        return                                                    # no solution: states of this pattern only drift
    free = Vt[rank:]
    if not len(free):
        points.append(h[None][_fits(W_hh, b_h, h[None], pattern, activation)])
    elif len(free) == 1:
        low, high = (-REACH, REACH) if activation == "linear" else where(W_hh, b_h, h, free[0], pattern, REACH)
        if high - low > 1e-9:
            ends = h + np.array([[low], [high]]) * free
            still.append(Still(pattern, ends.mean(0), free, ends))
        elif low <= high + 1e-12:
            points.append((h + low * free[0])[None])
    else:
        inside = h if activation == "linear" else _inside(W_hh, b_h, h, free, pattern)
        if inside is not None:
            still.append(Still(pattern, inside, free, None))


def _inside(W_hh, b_h, h, free, pattern):
    """A state h + z·free well inside its pattern, by a linear programme; None where there is none."""
    from scipy.optimize import linprog

    sign = np.where(pattern, 1, -1)
    slope = sign[:, None] * (free @ W_hh).T
    moving = np.abs(slope).max(1) > 1e-12
    a = sign * (h @ W_hh + b_h)
    if (a[~moving] < -1e-12).any():
        return None
    # the largest t with a + slope z ≥ t for every unit that moves
    cost, bounds = np.append(np.zeros(len(free)), -1.0), [(-REACH, REACH)] * len(free) + [(None, 1.0)]
    found = linprog(cost, A_ub=np.column_stack([-slope[moving], np.ones(moving.sum())]), b_ub=a[moving], bounds=bounds)
    return h + found.x[:-1] @ free if found.success and found.x[-1] > 1e-9 else None


def _holds(W_hh, b_h, pattern, h, activation):
    """Which of the states h (N, H) are fixed points by this pattern, its border included."""
    stays = np.abs(pattern * (h @ W_hh + b_h) - h).max(-1, initial=0) < 1e-8 * (1 + np.abs(h).max(-1, initial=0))
    return stays & _fits(W_hh, b_h, h, pattern, activation)


def _without_edges(W_hh, b_h, activation, still):
    """Without those that are the edge of a larger one, or one that was there already."""
    larger_first = sorted(still, key=lambda each: -len(each.directions))
    kept = []
    for each in larger_first:
        if not any(_holds(W_hh, b_h, other.pattern, each.point[None], activation)[0] for other in kept):
            kept.append(each)
    return kept
