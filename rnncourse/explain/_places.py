"""Checks that tracking and probes share: finite arrays over steps, and parts of them."""

import numpy as np

from rnncourse.explain._inputs import plain


def finite(name, array, axes, expected):
    """`array`, perhaps a tensor, as float64 with so many axes, at least one step, and no NaN or infinity."""
    array = np.asarray(array, bool).astype(float) if np.asarray(array).dtype == bool else plain(name, array)
    if array.ndim != axes or 0 in array.shape:
        raise ValueError(f"{name} is {array.shape}; expected {expected}, at least one")
    array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        raise ValueError(f"{name} holds NaN or infinity at {len(bad)} place(s), the first {bad[0].tolist()}; expected "
                         "finite numbers. Did the training diverge, or is this padding?")
    return array


def places(name, part, count):
    """(n,) numbers of steps from a slice, numbers, or (N,) booleans; at least 3 of them."""
    if not isinstance(part, slice):
        part = np.asarray(part)
        if part.dtype.kind not in "biu" or part.ndim != 1 or (part.dtype == bool and len(part) != count):
            raise ValueError(f"{name} is {part.dtype} of shape {part.shape}; expected a slice, whole numbers of steps, "
                             f"or ({count},) booleans")
        if part.dtype != bool and part.size and not -count <= part.min() <= part.max() < count:
            raise ValueError(f"{name} has steps from {part.min()} to {part.max()}; expected 0 to {count - 1}")
    found = np.arange(count)[part]
    if len(found) < 3:
        raise ValueError(f"{name} has {len(found)} step(s) of {count}; expected at least 3, better thousands")
    return found
