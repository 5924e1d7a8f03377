"""Sequences of different lengths as one array: each a column, zeros after its end."""

import numpy as np

PADDING = 0      # stands for nothing; letters and words are numbered from 1


def stack(columns):
    """x (T, B) int64 of B sequences of whole numbers, T the longest's length, and lengths (B,) int64."""
    lengths = np.array([len(column) for column in columns], np.int64)
    x = np.full((lengths.max(), len(columns)), PADDING, np.int64)
    for b, column in enumerate(columns):
        x[:len(column), b] = column
    return x, lengths


def in_pieces(rows, batch):
    """The rows, `batch` at a time; the last piece may be smaller."""
    if batch < 1:
        raise ValueError(f"batch is {batch}; expected at least one")
    return [rows[start:start + batch] for start in range(0, len(rows), batch)]


def of_like_length(rows, lengths, batch, rng):
    """The rows, in random order, in pieces whose sequences are of like length; the pieces in random order.

    16 pieces' worth of rows at a time are sorted by length and cut, so pieces differ from epoch to epoch.
    """
    pieces = []
    for rows_here in in_pieces(rows, 16 * batch):
        pieces += in_pieces(rows_here[np.argsort(lengths[rows_here], kind="stable")], batch)
    return [pieces[k] for k in rng.permutation(len(pieces))]


def checked(numbers, symbols):
    """Whole numbers (T,) in 0 … symbols − 1, as an array, or a ValueError."""
    numbers = np.asarray(numbers)
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
        raise ValueError(f"numbers are {numbers.dtype} of shape {numbers.shape}; expected whole numbers (T,)")
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < symbols):
        raise ValueError(f"numbers run from {numbers.min()} to {numbers.max()}; expected 0 to {symbols - 1}")
    return numbers
