"""Run somebody's function on one input and note everything that came of it: value, error, printing, changed inputs."""

import dis
import types
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rnncourse.exercises._limits import TimeUp, printing_kept, time_limit


@dataclass(frozen=True)
class Outcome:
    """What one call did: `value` or `error`, the `printed` text, and the inputs it `changed`, name -> value now."""

    value: object = None
    error: BaseException | None = None
    printed: str = ""
    changed: Mapping = field(default_factory=dict)


def call(fn, inputs, seconds):
    """Call `fn` with fresh copies of `inputs` (name -> value, in order); never raises, except KeyboardInterrupt."""
    given = fresh(inputs)
    value = error = None
    with printing_kept() as printed, np.errstate(all="ignore"):
        try:
            with time_limit(seconds):
                value = fresh(fn(*given.values()))
        except (Exception, SystemExit, TimeUp) as caught:
            error = caught
    changed = {name: given[name] for name in inputs if not same(inputs[name], given[name])}
    return Outcome(value, error, printed.text, changed)


def fresh(value):
    """A deep copy of numbers, arrays, lists, tuples and mappings; functions are passed on."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Mapping):
        return {key: fresh(entry) for key, entry in value.items()}
    if type(value) in (list, tuple):
        return type(value)(fresh(entry) for entry in value)
    return value


def same(a, b, within=0.0):
    """Whether two inputs are equal, to the last bit or `within` an absolute difference; NaN equal to NaN."""
    if isinstance(a, np.ndarray):
        return (isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape
                and np.allclose(a, b, rtol=0, atol=within, equal_nan=True))
    if isinstance(a, Mapping):
        return isinstance(b, Mapping) and a.keys() == b.keys() and all(same(a[key], b[key], within) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y, within) for x, y in zip(a, b, strict=True))
    return a is b or a == b


def untouched(fn):
    """Whether `fn` is a stub still: it reads no argument and no name, so its body is `...`, `pass` or a string.

    A body of `raise NotImplementedError` is told by its error, not here.
    """
    if not isinstance(fn, types.FunctionType):
        return False
    code = fn.__code__
    arguments = code.co_argcount + code.co_kwonlyargcount
    return not code.co_names and not code.co_freevars and code.co_nlocals == arguments and not _reads_arguments(code)


def _reads_arguments(code):
    return any(step.opname.startswith("LOAD_FAST") for step in dis.get_instructions(code))


def names_from_outside(fn):
    """Arrays and numbers that `fn` reads from the notebook instead of from its arguments."""
    if not isinstance(fn, types.FunctionType):
        return ()
    data = (np.ndarray, np.number, int, float, list, dict)
    return tuple(name for name in fn.__code__.co_names
                 if isinstance(fn.__globals__.get(name), data) and not isinstance(fn.__globals__[name], bool))
