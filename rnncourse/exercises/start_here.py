"""Exercises of chapter 00: small ones, to learn how a check answers."""

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes


# -- one step ------------------------------------------------------------------------------------
def _one_unit(rng, first=((1.0, 0.5, 0.8, 0.9, -0.2),)):
    for row in (*first, *rng.normal(size=(5, 5)).round(2)):
        x_t, h_prev, w_xh, w_hh, b = map(float, row)
        yield {"x_t": x_t, "h_prev": h_prev, "w_xh": w_xh, "w_hh": w_hh, "b": b}


@exercise(cases=_one_unit, hidden=lambda rng: _one_unit(rng, ()), size=2,
          rebuilds=("rnncourse.cells.rnn.step", "rnncourse.cells.rnn.forward"), hints=(
    "First the sum of three things: what came in, times its weight; what is remembered, times its weight; the bias.",
    "Then tanh of the sum. Do not print it, `return` it: the check can only see what comes back.",
    "Almost the solution: `a = w_xh * x_t + …`, and then `return np.tanh(a)`."),
    after="This one line is the whole of a recurrent network; everything else is more units and more steps.")
def one_step(x_t, h_prev, w_xh, w_hh, b):
    """One step of a one-unit memory: h_t = tanh(w_xh x_t + w_hh h_prev + b).

    x_t     the input of this step, a number
    h_prev  the state before it, a number
    w_xh, w_hh, b   the weight of the input, the weight of the state, the bias
    returns  h_t, the new state, a number
    """
    a = w_xh * x_t + w_hh * h_prev + b
    return np.tanh(a)


@one_step.wrong("Correct but for tanh: the sum is right, and the activation is missing.")
def _without_tanh(x_t, h_prev, w_xh, w_hh, b):
    return w_xh * x_t + w_hh * h_prev + b


@one_step.wrong("Correct but for the memory: h_prev is not used, so the unit forgets everything.")
def _without_memory(x_t, h_prev, w_xh, w_hh, b):
    return np.tanh(w_xh * x_t + b)


@one_step.wrong("Correct but for the bias b, which belongs into the sum.")
def _without_bias(x_t, h_prev, w_xh, w_hh, b):
    return np.tanh(w_xh * x_t + w_hh * h_prev)


@one_step.wrong("Correct but for the place of b: it belongs into the sum, before tanh.")
def _bias_after_tanh(x_t, h_prev, w_xh, w_hh, b):
    return np.tanh(w_xh * x_t + w_hh * h_prev) + b


@one_step.wrong("The two weights are exchanged: w_xh belongs to the input, w_hh to the state.")
def _weights_exchanged(x_t, h_prev, w_xh, w_hh, b):
    return np.tanh(w_hh * x_t + w_xh * h_prev + b)


# -- how long it remembers -------------------------------------------------------------------------
def _fading(rng, pairs=((0.5, 0.25), (0.9, 0.5), (0.99, 0.05), (0.5, 1.0), (0.25, 0.5), (0.75, 0.01))):
    for keep, share in pairs:
        yield {"keep": keep, "share": share}


def _other_fading(rng):
    """One comes out even, one has nothing to wait for; the others lie above a whole number of steps, two far above."""
    kept, steps = rng.uniform(0.4, 0.95, 5).round(2), rng.integers(2, 9, 5)
    above = (*rng.uniform(0.1, 0.4, 3), *rng.uniform(0.6, 0.9, 2))
    between = ((float(k), float(k ** (n + part))) for k, n, part in zip(kept, steps, above, strict=True))
    return _fading(rng, ((0.5, 0.5 ** int(rng.integers(3, 9))), (float(rng.uniform(0.1, 0.9)), 1.0), *between))


@exercise(cases=_fading, hidden=_other_fading, size=4, hints=(
    "After one step `keep` is left, after two `keep * keep`. A `while` loop can count until little enough is left.",
    "Two names: `left = 1.0` and `steps = 0`. In the loop both change.",
    "Almost the solution: `while left > share:` stops as soon as at most the share is left, and does not even "
    "start when share is 1."),
    after="A weight of 0.9 sounds like much, and half of the memory is gone after a week of steps.")
def steps_until(keep, share):
    """After how many steps is at most `share` of a memory left, when each step keeps `keep` of it?

    Before the first step all of it is there, a share of 1.

    keep     a number between 0 and 1
    share    a number above 0, at most 1
    returns  a whole number: the fewest steps after which at most `share` is left
    """
    left, steps = 1.0, 0
    while left > share:
        left, steps = left * keep, steps + 1
    return steps


@steps_until.note("Where it lies between two whole numbers, round up: `math.ceil(…)`, or `int(np.ceil(…))`.")
def _no_whole_number(outcome, expected):
    return isinstance(outcome.value, float)


@steps_until.wrong("Correct where it comes out even; else this rounds down. Round up: `math.ceil`, not `int` or `//`.")
def _rounded_down(keep, share):
    return int(np.floor(np.log(share) / np.log(keep)))


@steps_until.wrong("Correct where the nearest lies above; else more than the share is left. Round up: `math.ceil`.")
def _rounded_to_nearest(keep, share):
    return round(np.log(share) / np.log(keep))


@steps_until.wrong("Correct but for one step too few: after that many, more than the share is still left.")
def _one_too_few(keep, share):
    return max(steps_until.reference(keep, share) - 1, 0)


@steps_until.wrong("Correct but for one step too many: count the steps, not the values from the first to the last.")
def _one_too_many(keep, share):
    return steps_until.reference(keep, share) + 1


@steps_until.wrong("Correct but where exactly the share is left: at most is `<=`, so the loop goes on while `>`.")
def _until_less(keep, share):
    left, steps = 1.0, 0
    while left >= share:
        left, steps = left * keep, steps + 1
    return steps


@steps_until.wrong("Each step keeps a share of what is left; this takes the same amount away at every step.")
def _straight_line(keep, share):
    return int(np.ceil((1 - share) / (1 - keep)))


# -- reading the notation ----------------------------------------------------------------------------
SEQUENCES = ((3, 2, 2, 1), (1, 2, 3, 0), (4, 1, 1, 0), (2, 4, 3, 3), (5, 5, 5, 2))    # T, B, D, row


def _sequences(rng, sizes=SEQUENCES):
    for T, B, D, row in sizes:
        yield {"x": rng.normal(size=(T, B, D)).round(2), "row": row}


def _other_sequences(rng):
    return _sequences(rng, [(T, B, D, int(rng.integers(B))) for T, B, D, _ in other_sizes(rng, SEQUENCES)])


@exercise(cases=_sequences, hidden=_other_sequences, size=1, hints=(
    "The axes come in the order of the letters: the first index is the step, the second the row.",
    "The last entry along an axis has the index −1."),
    after="(T, B, D), time first: every array of a sequence has its axes in this order, through the whole course.")
def last_input(x, row):
    """The input that one row of the batch reads at its last step.

    x        (T, B, D)  T steps, B rows, D numbers in each input
    row      which row, counted from 0
    returns  (D,)
    """
    return x[-1, row]


@last_input.wrong("The axes are read as (B, T, D); here time comes first: (T, B, D).")
def _batch_first(x, row):
    return x[row, -1]


@last_input.wrong("This is the row's first input; the last one has the index −1.")
def _first_input(x, row):
    return x[0, row]


@last_input.wrong("Correct step, but all the rows of the batch came; pick the one that is asked for.")
def _all_rows(x, row):
    return x[-1]


@last_input.wrong("Correct row, but all of its steps came; pick the last one.")
def _all_steps(x, row):
    return x[:, row]


# -- a shape error -------------------------------------------------------------------------------------
def _from_torch(rng, sizes=((2, 3, 2), (1, 2, 4), (3, 2, 2), (4, 1, 3), (2, 2, 2))):
    for B, D, H in sizes:
        yield {"x_t": rng.normal(size=(B, D)).round(2), "W": rng.normal(size=(H, D)).round(2)}


@exercise(cases=_from_torch, size=1, hints=(
    "In `a @ b` the last axis of a meets the first axis of b: they must be equally long. Here D must meet D.",
    "Almost the solution: `W.T` is W with its two axes exchanged."),
    after="A shape that does not fit stops you at once. A square matrix fits both ways, and nothing warns you.")
def project(x_t, W):
    """What the inputs put into the state, when the weights come from torch, which stores them as (H, D).

    `x_t @ W` stops with an error about shapes, or gives wrong numbers where D = H. Mend it.

    x_t      (B, D)  one input for each row of the batch
    W        (H, D)  the weights, as torch stores them
    returns  (B, H)
    """
    return x_t @ W.T


@project.wrong("The right numbers, transposed: rows are examples here, so (B, H) is wanted and (H, B) came.")
def _transposed(x_t, W):
    return W @ x_t.T


@project.wrong("W has a shape that fits and the wrong numbers: `reshape` refills in reading order, `.T` turns.")
def _reshaped(x_t, W):
    return x_t @ W.reshape(W.shape[::-1])
