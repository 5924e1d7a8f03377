"""What the searches for fixed points share: points told apart, and where along a line a pattern of ReLU holds."""

import numpy as np


def distinct(points, radius):
    """The points (N, S) without those that lie within the larger of two radii (N,) of an earlier one; sorted."""
    kept = []
    for k, point in enumerate(points):
        if not kept or (np.abs(points[kept] - point).max(1) > np.maximum(radius[kept], radius[k])).all():
            kept.append(k)
    points = points[kept]
    return points[np.lexsort(np.round(points, 9).T[::-1])]


def radius(margin):
    """How far from a root a state may stand whose step moves it by 1e-12, times ten; margin: σ_min of I − J there."""
    return np.clip(1e-11 / np.maximum(margin, 1e-16), 1e-7, 1e-2)


def where(W_hh, b_h, h, along, pattern, reach=100.0):
    """(low, high): for which s in ±reach the state h + s·along has active units where `pattern` has 1, others where 0.

    low > high where for none.
    """
    sign = np.where(np.array(pattern) == 1, 1, -1)
    a, slope = sign * (h @ W_hh + b_h), sign * (along @ W_hh)    # wanted: a + s·slope ≥ 0 for every unit
    low, high = -reach, reach
    for start, rise in zip(a, slope, strict=True):
        if abs(rise) > 1e-12:
            low, high = (max(low, -start / rise), high) if rise > 0 else (low, min(high, -start / rise))
        elif start < -1e-12:
            return 1.0, -1.0
    return low, high
