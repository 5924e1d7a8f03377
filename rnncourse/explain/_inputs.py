"""What is to be explained: texts or features, targets and baselines, checked and made into float64 arrays."""

from dataclasses import dataclass

import numpy as np

from rnncourse._trace_check import check_lengths


@dataclass(frozen=True, eq=False)
class Batch:
    """x (T, B, D) float64, 0 in the padding; lengths (B,) whole numbers."""

    x: np.ndarray
    lengths: np.ndarray

    @property
    def rows(self):
        """B."""
        return self.x.shape[1]

    @property
    def mask(self):
        """(T, B) booleans, False on padding."""
        return np.arange(len(self.x))[:, None] < self.lengths


def read(net, x, lengths):
    """The `Batch` of x (T, B) numbers of tokens or (T, B, D) features; what stands in the padding has no effect."""
    if isinstance(x, Batch):
        return x
    x = plain("x", x)
    whole = x.dtype.kind in "iu"
    if x.ndim != (2 if whole else 3):
        raise ValueError(f"x is {x.dtype} of shape {x.shape}; expected whole numbers of tokens (T, B) or features "
                         "(T, B, D), time first. For one text, try x[:, None]")
    if 0 in x.shape:
        raise ValueError(f"x has shape {x.shape}: an empty text, or none; expected at least one step and one row")
    T, B = x.shape[:2]
    lengths = np.full(B, T) if lengths is None else plain("lengths", lengths)
    check_lengths(lengths, T, B)
    mask = np.arange(T)[:, None] < lengths
    x = _embedded(net, x, mask) if whole else _features(net, x, mask)
    return Batch(x, lengths.astype(np.int64))


def _embedded(net, x, mask):
    if net.embedding is None:
        raise ValueError(f"x is {x.dtype}, numbers of tokens, and this network has no embedding; expected features "
                         f"(T, B, D) with D = {net.input_size}, as floats")
    outside = mask & ((x < 0) | (x >= len(net.embedding)))
    if outside.any():
        step, row = np.argwhere(outside)[0]
        raise ValueError(f"token {x[step, row]} (row {row}, step {step}) is outside the vocabulary; expected 0 to "
                         f"{len(net.embedding) - 1}")
    return net.embedding[np.where(mask, x, 0)] * mask[..., None]


def _features(net, x, mask):
    if x.shape[-1] != net.input_size:
        raise ValueError(f"x has {x.shape[-1]} features; this network expects D = {net.input_size}")
    x = np.where(mask[..., None], x, 0).astype(np.float64)
    if not np.isfinite(x).all():
        raise ValueError("x holds NaN or infinity; expected finite numbers. Fill or drop the gaps first")
    return x


def targets(net, target, rows):
    """(B,) whole numbers, 0 to K − 1, from one for all rows or one for each."""
    target = plain("target", target)
    if target.dtype.kind not in "iu" or target.shape not in ((), (rows,)):
        raise ValueError(f"target is {target.dtype} of shape {target.shape}; expected a whole number, the place of a "
                         f"score, or one for each of the {rows} rows")
    target = np.broadcast_to(target, rows).astype(np.int64)
    if target.min() < 0 or target.max() >= net.classes:
        wrong = target[(target < 0) | (target >= net.classes)][0]
        raise ValueError(f"target is {wrong}; this network has {net.classes} score(s), so expected 0 to "
                         f"{net.classes - 1}")
    return target


def baseline(net, given, batch):
    """(T, B, D): what stands for "nothing there": zeros where None; 0 in the padding."""
    given = np.zeros(()) if given is None else plain("baseline", given)
    try:
        full = np.broadcast_to(given, batch.x.shape).astype(np.float64)
    except (ValueError, TypeError):
        raise ValueError(f"baseline is {given.dtype} of shape {given.shape}; expected (D,) = ({net.input_size},) for "
                         f"every step, or (T, B, D) = {batch.x.shape}") from None
    if not np.isfinite(full).all():
        raise ValueError("the baseline holds NaN or infinity; expected finite numbers")
    return full * batch.mask[..., None]


def plain(name, value):
    """`value`, perhaps a tensor, as an array of numbers."""
    value = np.asarray(getattr(value, "detach", lambda: value)())
    if value.dtype.kind not in "iuf":
        raise TypeError(f"{name} is {value.dtype}; expected numbers. For words, encode them first, as "
                        "reviews.padded(texts) does")
    return value
