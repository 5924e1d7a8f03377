"""Find the first difference between the answer that came and the one expected, and say it in words."""

import itertools
import numbers
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """`says` in one sentence what differs; `came` and `expected` show both; `notes` are observations that help."""

    says: str
    came: str
    expected: str
    notes: tuple = ()


def first_difference(came, expected, tolerance, name="the answer"):
    """The first Difference, or None where `came` equals `expected` within `tolerance`, type and shape included.

    `name` says what it is called; where several things are returned, one name for each.
    """
    if isinstance(expected, tuple):
        return _in_tuple(came, expected, tolerance, name)
    if isinstance(expected, Mapping):
        return _in_mapping(came, expected, tolerance, name)
    if _is_pairs(expected) and _is_pairs(came):
        return _in_pairs(came, expected, name)
    if isinstance(expected, np.ndarray):
        return _in_array(came, expected, tolerance, name)
    return _in_number(came, expected, tolerance, name)


def equal(came, expected, tolerance):
    """Whether both are equal within `tolerance`, type and shape included."""
    names = ("",) * len(expected) if isinstance(expected, tuple) else ""
    return first_difference(came, expected, tolerance, names) is None


# -- several things ------------------------------------------------------------------------------
def _in_tuple(came, expected, tolerance, names):
    if isinstance(names, str):
        names = tuple(f"{names}[{k}]" for k in range(len(expected)))
    wanted = " and ".join(names)
    if isinstance(came, np.ndarray) and came.ndim == 1 and not any(np.ndim(one) for one in expected):
        came = tuple(came)                       # numbers in one array are as good as one after the other
    if not isinstance(came, (tuple, list)):
        return Difference(f"{_thing(came)} came; expected {len(expected)} things", shown(came), wanted,
                          (f"End with `return {', '.join(names)}`.",))
    if len(came) != len(expected):
        return Difference(f"{len(came)} things came; expected {len(expected)}", shown(came), wanted,
                          (f"End with `return {', '.join(names)}`.",))
    for one, other, name in zip(came, expected, names, strict=True):
        difference = first_difference(one, other, tolerance, name)
        if difference and (order := _order(came, expected, tolerance)):
            return Difference("the right answers, in the wrong order", ", ".join(names[k] for k in order),
                              f"{', '.join(names)}, in this order")
        if difference:
            return difference
    return None


def _order(came, expected, tolerance):
    """The places in `expected` of what came, where it is all there in another order; else None."""
    orders = itertools.permutations(range(len(expected)))
    return next((order for order in orders if order != tuple(range(len(expected)))
                 and all(equal(one, expected[k], tolerance) for one, k in zip(came, order, strict=True))), None)


def _is_pairs(value):
    """Whether it is a list of nothing but pairs of whole numbers, (start, stop) or [start, stop]."""
    def whole(entry):
        return isinstance(entry, numbers.Integral) and not isinstance(entry, bool)

    return isinstance(value, list) and all(
        isinstance(pair, (tuple, list)) and len(pair) == 2 and all(map(whole, pair)) for pair in value)


def _in_pairs(came, expected, name):
    came, expected = ([tuple(map(int, pair)) for pair in pairs] for pairs in (came, expected))
    if came == expected:
        return None
    show = tuple(f"[{', '.join(map(str, pairs[:8]))}{', …' if len(pairs) > 8 else ''}]" for pairs in (came, expected))
    return Difference(f"{name} differs: {len(came)} pair{'s' * (len(came) != 1)} came, {len(expected)} expected"
                      if len(came) != len(expected) else f"{name} differs", *show)


def _in_mapping(came, expected, tolerance, name):
    wanted = ", ".join(expected)
    if not isinstance(came, Mapping):
        return Difference(f"{name} is {_thing(came)}; expected a dict with {wanted}", shown(came), shown(expected),
                          ("`{name: … for name in …}` or `{\"name\": …}` makes a dict.",))
    if set(came) != set(expected):
        return Difference(f"{name} has other keys than expected", ", ".join(map(str, came)) or "no keys", wanted)
    names = {key: str(key) if name == "the answer" else f"{name}[{key!r}]" for key in expected}
    found = (first_difference(came[key], expected[key], tolerance, names[key]) for key in expected)
    return next(filter(None, found), None)


# -- one number, word or truth value ---------------------------------------------------------------
def _in_number(came, expected, tolerance, name):
    if isinstance(came, np.ndarray) and came.ndim == 0:
        came = came[()]
    show = (shown(came), shown(expected))
    if isinstance(expected, (bool, np.bool_)):
        fits, kind = isinstance(came, (bool, np.bool_)), "True or False"
    elif isinstance(expected, numbers.Integral):
        fits, kind = isinstance(came, numbers.Integral) and not isinstance(came, bool), "a whole number"
    elif isinstance(expected, numbers.Real):
        fits, kind = isinstance(came, numbers.Real) and not isinstance(came, bool), _number_word(came)
    else:
        fits, kind = isinstance(came, type(expected)), _thing(expected)
    if not fits:
        return Difference(f"{name} is {_thing(came)}; expected {kind}", *show, _number_notes(came, expected))
    if isinstance(expected, numbers.Real) and not isinstance(expected, numbers.Integral):
        if _close(came, expected, tolerance):
            return None
        a, b = _figures(came, expected)
        return Difference(f"{name} differs: {a} came, {b} expected", *show, _real_notes(came, expected))
    return None if came == expected else Difference(f"{name} differs: {show[0]} came, {show[1]} expected", *show)


def _number_word(came):
    return "a real number" if isinstance(came, (complex, np.complexfloating)) else "a number"


def _real_notes(came, expected):
    if not np.isfinite(came):
        return ("A division by 0, a log of 0, an overflow?",)
    if _rounded(came, expected):
        return ("Rounded? Return it as it is.",)
    if _close(came, expected, 1e-5):
        return ("Nearly right: is something rounded on the way, as with float32?",)
    return ("The right number with the sign turned round.",) if _close(-came, expected, 1e-9) else ()


def _number_notes(came, expected):
    if isinstance(came, np.ndarray) and came.size == 1:
        return ("It is an array with one entry; `.item()` or `[0]` takes the number out.",)
    if isinstance(came, np.ndarray) and came.dtype.kind in "fiu" and _close(came, expected, 1e-9).any():
        return ("One of its entries is the answer: which?",)
    if isinstance(expected, numbers.Integral) and isinstance(came, float):
        return ("A count is a whole number. `math.ceil` rounds up, `int` and `//` round down: which is asked for?",)
    if isinstance(came, (complex, np.complexfloating)):
        return ("Eigenvalues come as complex numbers: `abs` gives their size.",)
    return ()


# -- arrays --------------------------------------------------------------------------------------
def _in_array(came, expected, tolerance, name):
    show = (shown(came), shown(expected))
    if not isinstance(came, np.ndarray):
        return Difference(f"{name} is {_thing(came)}; expected an array of shape {expected.shape}", *show,
                          _not_array_notes(came))
    if came.shape != expected.shape:
        return Difference(f"{name} has shape {came.shape}; expected {expected.shape}", *show,
                          _shape_notes(came, expected, tolerance))
    if came.dtype != expected.dtype:
        return Difference(f"{name} is {came.dtype}; expected {expected.dtype}", *show, _dtype_notes(came, expected))
    wrong = ~_close(came, expected, tolerance)
    if not wrong.any():
        return None
    return Difference(f"{name} differs {_first_entry(came, expected, wrong)}", *show,
                      _value_notes(came, expected, wrong, tolerance))


def _close(came, expected, tolerance):
    with np.errstate(all="ignore"):
        near = np.abs(came - expected) <= tolerance * (1 + np.abs(expected))
    return near | (came == expected)


def _first_entry(came, expected, wrong):
    index = tuple(int(k) for k in np.argwhere(wrong)[0])
    where = f"at [{', '.join(map(str, index))}]" if index else ""
    a, b = _figures(came[index], expected[index])
    return f"{where}: {a} came, {b} expected ({wrong.sum()} of {wrong.size} entries differ)"


def _figures(a, b):
    """Both numbers with as many digits as it takes to tell them apart."""
    for digits in (4, 8, 12, 17):
        pair = tuple(f"{float(np.real(v)):.{digits}g}" for v in (a, b))
        if pair[0] != pair[1]:
            break
    return pair


def _not_array_notes(came):
    if isinstance(came, tuple):
        return ("Several things came, as after `return a, b` or from a function that returns several; which is it?",)
    if isinstance(came, list):
        return ("`np.array(…)` or `np.stack(…)` makes an array of a list.",)
    if callable(came):
        return ("It is a function that was not called: is a pair of parentheses missing?",)
    if type(came).__module__.split(".")[0] == "torch":
        return ("This chapter computes in NumPy: `.numpy()` gives the array of a tensor.",)
    return ()


def _dtype_notes(came, expected):
    if came.dtype == object:
        return ("An array of objects comes from rows of unequal length: do they all have the same shape?",)
    if came.dtype.kind == "c":
        return ("Complex numbers come from `np.linalg.eig`; was it meant here?",)
    if came.dtype.kind in "iu":
        return ("An array made of whole numbers rounds what is written into it: give it `dtype=float`.",)
    return (f"The inputs are {expected.dtype}: nothing needs to be rounded on the way.",)


def _shape_notes(came, expected, tolerance):
    def right(array):
        return array.shape == expected.shape and bool(_close(array, expected, tolerance).all())

    if came.dtype.kind not in "fiu":
        return ()
    if right(came.T):
        return ("The right numbers, transposed.",)
    if came.size == expected.size and right(came.reshape(expected.shape)):
        return ("The right numbers in another shape: " + (
            "is there an axis too many or too few?" if came.ndim != expected.ndim else "joined along another axis?"),)
    for axis in range(came.ndim):
        if right(came.sum(axis)):
            return (f"A sum over axis {axis} is missing.",)
    for axis in range(expected.ndim):
        if came.shape == (total := expected.sum(axis)).shape and _close(came, total, tolerance).all():
            return (f"This is the sum of the answer over axis {axis}.",)
    if came.ndim == expected.ndim and came.shape[1:] == expected.shape[1:] and abs(len(came) - len(expected)) == 1:
        return _one_more_or_less(came, expected, tolerance)
    if came.ndim == expected.ndim + 1 and any(right(entry) for entry in came):
        return ("One entry along the first axis is the answer, and all of them came.",)
    return ()


def _one_more_or_less(came, expected, tolerance):
    longer, shorter = (came, expected) if len(came) > len(expected) else (expected, came)
    found = "one entry too many" if longer is came else "one entry is missing"
    for rest, place in ((longer[1:], "first"), (longer[:-1], "last")):
        if _close(rest, shorter, tolerance).all():
            return (f"Along axis 0 {found}, the {place}; the rest is right.",)
    return ()


def _value_notes(came, expected, wrong, tolerance):
    bad = ~np.isfinite(came)
    if bad.any() and np.isfinite(expected).all():
        return (f"{bad.sum()} of {bad.size} entries are NaN or infinite: a division by 0, a log of 0, an overflow?",)
    notes = []
    if _rounded(came, expected):
        notes.append("Rounded? Return it as it is.")
    elif _close(came, expected, 1e-5).all():
        notes.append("Nearly right: is something rounded on the way, as with float32, or a step size too large?")
    elif came.ndim == 2 and came.shape[0] == came.shape[1] and _close(came.T, expected, tolerance).all():
        notes.append("The right numbers, transposed: with a square matrix no shape complains.")
    elif came.size > 1:
        notes += _pattern(came, expected, wrong, tolerance)
    return tuple(notes)


def _rounded(came, expected):
    """Whether `came` is what `expected` becomes when it is rounded to some places after the point."""
    return bool(np.any(came)) and any(np.array_equal(came, np.round(expected, places)) for places in range(1, 9))


def _pattern(came, expected, wrong, tolerance):
    if not came.any():
        return ["Nothing but zeros came."]
    if _close(-came, expected, tolerance).all():
        return ["The right numbers with the sign turned round."]
    factor = np.vdot(expected, came) / max(np.vdot(expected, expected), 1e-300)
    if abs(factor) > 1e-6 and _close(came / factor, expected, tolerance).all():
        return [f"Each entry is {factor:.4g} times the expected one."]
    for axis in range(came.ndim):
        if came.shape[axis] > 1 and _close(np.flip(came, axis), expected, tolerance).all():
            return [f"The right numbers, in reverse along axis {axis}."]
    return _where(wrong)


def _where(wrong):
    """Say it where all wrong entries lie at one place of an axis of three or more."""
    for axis, size in enumerate(wrong.shape):
        hit = np.unique(np.nonzero(wrong)[axis])
        if size > 2 and len(hit) == 1:
            return [f"All that differs lies at index {hit[0]} of axis {axis}; the rest is right."]
        if size > 2 and len(hit) == size - 1:
            right = next(k for k in range(size) if k not in hit)
            return [f"Index {right} of axis {axis} is right, the others are not."]
    return []


# -- showing values --------------------------------------------------------------------------------
def _thing(value):
    """A value's kind with its article: "a list", "an array of shape (2, 3)", "None"."""
    if value is None or value is Ellipsis:
        return "None" if value is None else "still `...`"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, np.generic):
        return f"a complex number ({value.dtype})" if value.dtype.kind == "c" else f"a number ({value.dtype})"
    known = {"int": "a whole number", "float": "a number", "str": "a string", "bool": "True or False",
             "complex": "a complex number", "tuple": "a tuple", "SVDResult": "a tuple (SVDResult)",
             "function": "a function", "builtin_function_or_method": "a function", "Tensor": "a torch Tensor",
             "generator": "a generator (`yield` in the place of `return`?)",
             "coroutine": "a coroutine (`async def` in the place of `def`?)"}
    word = type(value).__name__
    return known.get(word, f"{'an' if word[0] in 'aeiouAEIOU' else 'a'} {word}")


def shown(value, width=92):
    """A value in a line or a few: small arrays whole, larger ones abbreviated, always with their shape."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=4, suppress_small=True, threshold=24, edgeitems=2, max_line_width=width)
        return f"{value.shape} {value.dtype}\n{text}" if "\n" in text or len(text) > 40 else f"{value.shape} {text}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_brief(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        opening, closing = "()" if isinstance(value, tuple) else "[]"
        more = ", …" if len(value) > 6 else ""
        return opening + ", ".join(_brief(entry) for entry in value[:6]) + more + closing
    return _brief(value)


def _brief(value):
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    if isinstance(value, (bool, np.bool_, str, numbers.Integral)):
        return repr(value.item() if isinstance(value, np.generic) else value)[:60]
    if isinstance(value, numbers.Real):
        return f"{float(value):.10g}" + ".0" * float(value).is_integer()
    return "..." if value is Ellipsis else _thing(value)


def inputs_shown(inputs):
    """All inputs in a line: the shape of each array, the entries of the small ones, the value of each number."""
    return ", ".join(f"{name} {_input(value)}" for name, value in inputs.items())


def _input(value):
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=4, suppress_small=True)
        if value.dtype == bool and value.size <= 8:    # a small mask in one line
            return f"{value.shape} = {' '.join(text.split())}"
        return f"{value.shape} = {text}" if value.size <= 4 and "\n" not in text else f"{value.shape}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} {np.shape(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (list, tuple)) and value and all(isinstance(entry, np.ndarray) for entry in value):
        return "[" + ", ".join(str(entry.shape) for entry in value) + "]"
    return f"= {shown(value)}"
