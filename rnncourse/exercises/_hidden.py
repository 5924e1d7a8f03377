"""Inputs that no learner has seen: other sizes and other numbers, drawn from a seed."""

import inspect
import warnings
import zlib

import numpy as np

from rnncourse.exercises._compare import equal
from rnncourse.exercises._limits import random_state_kept
from rnncourse.exercises._run import fresh

DRAWS = 100    # how often inputs are drawn anew until they show every known mistake; most often once is enough


def other_sizes(rng, sizes):
    """Rows like those of `sizes`, in which every whole number above 1 is another than any of its column.

    0 and 1 stay where they are (a single step, a single row, an absent axis), and so does what is no whole number.
    Within a row the drawn numbers differ, so that no matrix is square by chance; in rows of unequal length, all
    numbers count as one column.
    """
    ragged = len({len(row) for row in sizes}) > 1
    columns = [sum(sizes, ())] * max(map(len, sizes)) if ragged else list(zip(*sizes, strict=True))
    pools = [_others(column) for column in columns]
    return tuple(_row(rng, row, pools) for row in sizes)


def _is_size(entry):
    return isinstance(entry, int) and not isinstance(entry, bool) and entry > 1


def _others(column):
    seen = {entry for entry in column if _is_size(entry)}
    return [n for n in range(min(seen, default=2), max(seen, default=2) + 6) if n not in seen]


def _row(rng, row, pools):
    drawn = []
    for entry, pool in zip(row, pools, strict=False):
        free = [n for n in pool if n not in drawn] or pool
        drawn.append(int(rng.choice(free)) if _is_size(entry) else entry)
    return tuple(drawn)


def drawn_cases(exercise, generator, hidden, seed):
    """The hidden inputs of an exercise for a seed, the same each time; drawn until they show every known mistake.

    generator   what gives the visible inputs: (rng, sizes=…) -> dicts
    hidden      what gives the hidden ones: rng -> dicts; None where the generator does it with other sizes
    """
    names = list(inspect.signature(exercise.reference).parameters)
    for draw in range(DRAWS):
        rng = np.random.default_rng([seed, zlib.crc32(exercise.name.encode()), draw])
        found = hidden(rng) if hidden else generator(rng, other_sizes(rng, _usual_sizes(generator)))
        cases = [{name: case[name] for name in names} for case in found]
        if shows_every_mistake(exercise, cases):
            return cases
    raise RuntimeError(f"{exercise.name}: {DRAWS} draws with the seed {seed} and none shows every known mistake")


def _usual_sizes(generator):
    return list(inspect.signature(generator).parameters.values())[1].default


def shows_every_mistake(exercise, cases):
    """Whether each known mistake gives another answer than the solution on at least one of the cases."""
    expected = [exercise.reference(*fresh(case).values()) for case in cases]
    with random_state_kept(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return all(any(_differs(wrong, case, right, exercise.tolerance)
                       for case, right in zip(cases, expected, strict=True))
                   for wrong in exercise.mistakes.values())


def _differs(wrong, case, right, tolerance):
    try:
        return not equal(wrong(*fresh(case).values()), right, tolerance)
    except Exception:    # a mistake may also be one that stops with an error
        return True
