"""Characters to whole numbers and back, by a vocabulary: a sorted text in which a character's place is its number."""

import numpy as np


def encode(text, vocabulary, advice=None):
    """(len(text),) int64: the place of each character in `vocabulary`. `advice` ends the error on unknown ones."""
    known, codes = _codes(vocabulary), _codes(text)
    places = np.searchsorted(known, codes).clip(max=len(known) - 1)
    unknown = known[places] != codes
    if unknown.any():
        different = sorted({text[place] for place in np.flatnonzero(unknown).tolist()})
        shown = " ".join(map(repr, different[:10])) + (f" and {len(different) - 10} more" if different[10:] else "")
        raise ValueError(f"unknown character(s) {shown}, first at position {unknown.argmax()}; "
                         f"{advice or f'the vocabulary is {vocabulary!r}'}")
    return places.astype(np.int64)


def decode(numbers, vocabulary):
    """The text behind whole numbers of shape (N,)."""
    numbers = np.asarray(numbers)
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
        raise ValueError(f"numbers are {numbers.dtype} of shape {numbers.shape}; expected whole numbers (N,)")
    check_range(numbers, vocabulary)
    return "".join(vocabulary[number] for number in numbers.tolist())


def one_hot(numbers, vocabulary, dtype=np.float64):
    """(T, B, D) from whole numbers (T, B), with a 1 at each character's place."""
    numbers = np.asarray(numbers)
    if numbers.ndim != 2:
        raise ValueError(f"numbers are {numbers.shape}; expected (T, B). For one sequence, try numbers[:, None]")
    check_range(numbers, vocabulary)
    return np.eye(len(vocabulary), dtype=dtype)[numbers]


def check_range(numbers, vocabulary):
    """Refuse numbers that are no place in the vocabulary."""
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < len(vocabulary)):
        raise ValueError(f"numbers run from {numbers.min()} to {numbers.max()}; expected 0 to {len(vocabulary) - 1}")


def _codes(text):
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
