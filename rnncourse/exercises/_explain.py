"""Say kindly what stopped a learner's function: the error, the line, and what to look at."""

import difflib
import linecache
import re
import traceback

import numpy as np

from rnncourse.exercises._limits import TimeUp


def explain(error, fn, inputs):
    """(headline, notes on the line, notes of advice) for an error that `fn` raised on `inputs`."""
    if isinstance(error, TimeUp):
        return "it did not come to an end, so it was stopped", (), (
            "A `while` loop ends when its condition turns false: does anything in the loop change it?",)
    if isinstance(error, RecursionError):
        return "it calls itself without end (RecursionError)", (), (
            "Is the function called by its own name inside itself, where another one was meant?",)
    if isinstance(error, SystemExit):
        return "it ended Python (SystemExit)", (), (
            "`return` leaves a function; `exit` and `quit` leave everything.",)
    said = re.sub(r"0x[0-9a-f]+", "0x…", str(error)).strip().split("\n")[0][:200]
    said = said.removesuffix(".")
    headline = f"it stopped with {type(error).__name__}{': ' + said if said else ''}"
    return headline, _line(error, fn), _advice(error, said, fn, inputs)


def _line(error, fn):
    """The line of the learner's code that raised, as deep down as it is still theirs."""
    if getattr(error, "where", ""):              # the function is far away, and whoever ran it has noted the line
        return (error.where,)
    code = getattr(fn, "__code__", None)
    theirs = [step for step in traceback.extract_tb(error.__traceback__) if code and step.filename == code.co_filename]
    if not theirs:
        return ()
    number = theirs[-1].lineno
    text = (theirs[-1].line or linecache.getline(theirs[-1].filename, number)).strip()
    return (f"line {number}: `{text}`" if text else f"line {number}",)


def _advice(error, said, fn, inputs):
    if isinstance(error, NameError):
        return _names(error, fn, inputs)
    if isinstance(error, KeyError):
        keys = [f"{name}: {', '.join(map(str, value))}" for name, value in inputs.items() if isinstance(value, dict)]
        return tuple(f"The keys of {entry}." for entry in keys)
    if isinstance(error, (IndexError, np.exceptions.AxisError)) and "broadcast" not in said:
        return ("Places are counted from 0, so the last of T is T − 1. Mind the inputs with a single step or row.",)
    for pattern, advice in _SAID:
        if re.search(pattern, said):
            return (advice,)
    return ()


_SAID = (
    (r"matmul|not aligned|mismatch in its core", "In `a @ b` the last axis of a must be as long as the first of b. "
     "Write the shapes under the line: `print(a.shape, b.shape)` is allowed here."),
    (r"equal division", "`np.split(a, 4)` cuts along the first axis; `axis=-1` along the last one. "
     "Along which do the blocks lie?"),
    (r"`?indices`? and `?arr`?", "`np.take_along_axis(a, i, axis=-1)` wants as many axes in i as in a: `i[..., None]` "
     "adds one at the end."),
    (r"same number of dimensions", "`np.concatenate` wants equally many axes in all of them: `a[None]` adds one in "
     "front, `a.ravel()` makes a flat."),
    (r"inhomogeneous", "These things have unequal shapes. Pieces of unequal length are joined by `np.concatenate`; and "
     "where a function returns several things, as `eig` and `svd` do, take one of them."),
    (r"array element with a sequence", "Several numbers are put where one belongs: which of them is meant?"),
    (r"for \^", "A power is written `**`; `^` is another thing in Python."),
    (r"broadcast", "Two shapes that do not fit entry by entry: compared from the right, "
     "each pair of sizes must be equal, or one of them 1."),
    (r"output array.*read-only|assignment destination", "Work on a copy: `array = array.copy()`."),
    (r"truth value of an array", "`if` wants one True or False, and here is an array of them: `np.where`, "
     "or `.any()`, `.all()`."),
    (r"not callable", "Something stands before parentheses that is no function: is a `*` or `@` missing, "
     "or does a name hide a function?"),
    (r"not subscriptable", "Square brackets after something that has no entries."),
    (r"has no attribute", "Is it spelled as in the library? `dir(…)` or the Tab key lists what there is."),
    (r"only integer|indices must be integers", "An index is a whole number: `//` or `int(…)`."),
    (r"positional argument", "A function inside yours is called with another number of arguments than it takes."),
    (r"unsupported operand type", "One side is no number or array: is it None, a list, or a word?"),
    (r"division by zero", "Which input makes the divisor 0? Treat it on its own."),
    (r"math domain error", "A logarithm or root of something it is not defined for."),
    (r"[Ss]ingular matrix", "This matrix has no inverse; is one needed?"),
)


def _names(error, fn, inputs):
    missing = getattr(error, "name", None) or ""
    if isinstance(error, UnboundLocalError):
        return ("It is read before anything was put into it: give it a value further up, or before the loop.",)
    known = {*inputs, *getattr(fn, "__globals__", {})}
    inside = [name for value in inputs.values() if isinstance(value, dict) for name in value]
    if missing in inside:
        return (f"It lies inside params: `params[\"{missing}\"]`.",)
    if missing in inputs:
        return (f"Your function calls this argument by another name: its first line says `{_first_line(fn)}`.",)
    if hasattr(np, missing):
        return (f"NumPy's function is `np.{missing}`.",)
    close = difflib.get_close_matches(missing, sorted(name for name in known if not name.startswith("_")), 1)
    return (f"Was `{close[0]}` meant?",) if close else ("Is it spelled right, and defined in a cell that was run?",)


def _first_line(fn):
    code = fn.__code__
    return f"def {fn.__name__}({', '.join(code.co_varnames[:code.co_argcount])})"
