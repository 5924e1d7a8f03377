"""Exercises of chapter 01: reading out, carrying a state on, counting weights, running on one's own output."""

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

SIZES = ((2, 2, 1, 3, 2), (1, 2, 3, 2, 1), (3, 1, 2, 4, 3), (5, 3, 2, 4, 2), (6, 4, 3, 3, 3))    # T, B, D, H, K


def _weights(rng, D, H):
    return {"W_xh": rng.normal(size=(D, H)), "W_hh": rng.normal(size=(H, H)) / np.sqrt(H), "b_h": rng.normal(size=H)}


# -- many to one -----------------------------------------------------------------------------------
def _padded(rng, sizes=SIZES):
    for T, B, _, H, K in sizes:
        lengths = rng.integers(1, T + 1, B)
        lengths[0] = T
        yield {"h": rng.normal(size=(T, B, H)), "lengths": lengths, "W_hy": rng.normal(size=(H, K)),
               "b_y": rng.normal(size=K)}


@exercise(cases=_padded, size=2, hints=(
    "Row b has been read to its end after `lengths[b]` steps. Which index is its last step, counted from 0?",
    "Two arrays of whole numbers as indices pick one entry for each pair: `h[[4, 2], [0, 1]]` is step 4 of row 0 "
    "and step 2 of row 1.",
    "Almost the solution: `np.arange(len(lengths))` numbers the rows, `lengths - 1` the steps."),
    after="Many to one is this: read all, answer once, and never look at the padding.")
def read_out(h, lengths, W_hy, b_y):
    """Many to one: y = h W_hy + b_y, read at each row's own last step.

    h        (T, B, H)  states; beyond its length a row holds padding, which means nothing
    lengths  (B,)       how many steps each row has, from 1 to T
    W_hy     (H, K)     and b_y (K,), the read-out
    returns  (B, K)     y of each row
    """
    last = h[lengths - 1, np.arange(len(lengths))]
    return last @ W_hy + b_y


@read_out.wrong("Correct for rows that fill all T steps; the shorter ones are read at the padding.")
def _read_at_the_padding(h, lengths, W_hy, b_y):
    return h[-1] @ W_hy + b_y


@read_out.wrong("Correct, but one step too late: after `lengths` steps the last one has the index `lengths - 1`.")
def _one_step_too_late(h, lengths, W_hy, b_y):
    return h[np.minimum(lengths, len(h) - 1), np.arange(len(lengths))] @ W_hy + b_y


@read_out.wrong("Correct but for the read-out's own bias: b_y is missing.")
def _without_bias(h, lengths, W_hy, b_y):
    return h[lengths - 1, np.arange(len(lengths))] @ W_hy


@read_out.wrong("This is the mean over each row's steps; asked for is its last step alone.")
def _mean_over_time(h, lengths, W_hy, b_y):
    mask = np.arange(len(h))[:, None] < lengths
    return (h * mask[..., None]).sum(0) / lengths[:, None] @ W_hy + b_y


# -- a state carried on ------------------------------------------------------------------------------
def _pieces(rng, cuts=((1, 1), (2, 1, 3), (1,), (2, 3), (1, 4)), sizes=SIZES):
    for cut, (_, B, D, H, _) in zip(cuts, sizes, strict=True):
        yield {"params": _weights(rng, D, H), "pieces": [rng.normal(size=(T, B, D)) for T in cut],
               "h0": rng.normal(size=(B, H))}


def _other_pieces(rng):
    cuts = [(1,), *(tuple(rng.integers(1, 5, rng.integers(2, 5))) for _ in SIZES[1:])]
    return _pieces(rng, [cuts[k] for k in rng.permutation(len(cuts))], other_sizes(rng, SIZES))


@exercise(cases=_pieces, hidden=_other_pieces, size=7,
          rebuilds=("rnncourse.cells.rnn.forward", "rnncourse.cells.rnn.step"), hints=(
    "One name, `h`, is enough for the state. Give it its first value once, before both loops.",
    "Two loops, one inside the other: over the pieces, and over the steps of a piece. No line between the two "
    "loops touches `h`.",
    "Collect each step's state in a list and `np.stack` it at the end: that puts time first."),
    after="A long sequence read in pieces gives the same states, as long as somebody carries the last one over.")
def run_in_pieces(params, pieces, h0):
    """Read a sequence that arrives in pieces, and give all states as if it had come whole.

    params   W_xh (D, H), W_hh (H, H), b_h (H,), with tanh
    pieces   a list of arrays (T_1, B, D), (T_2, B, D), …: one sequence, cut in time
    h0       (B, H)  the state before the first piece
    returns  (T_1 + T_2 + …, B, H)  the states of all steps, in order
    """
    states, h = [], h0
    for x in pieces:
        for x_t in x:
            # h_t = tanh(x_t W_xh + h_{t−1} W_hh + b_h)
            h = np.tanh(x_t @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
            states.append(h)
    return np.stack(states)


@run_in_pieces.wrong("Correct within the first piece: each later one starts from zeros again, no state is carried.")
def _reset_to_zero(params, pieces, h0):
    starts = [h0] + [np.zeros_like(h0)] * (len(pieces) - 1)
    return np.concatenate([_run(params, x, h) for x, h in zip(pieces, starts, strict=True)])


@run_in_pieces.wrong("Correct within the first piece: each later one starts from h0 again, no state is carried.")
def _reset_to_start(params, pieces, h0):
    return np.concatenate([_run(params, x, h0) for x in pieces])


@run_in_pieces.wrong("Correct but for the start: h0 is ignored, the first step starts from zeros.")
def _start_ignored(params, pieces, h0):
    return _run(params, np.concatenate(pieces), np.zeros_like(h0))


@run_in_pieces.wrong("h0 is not used, and no state is carried: every piece starts from zeros.")
def _each_from_zeros(params, pieces, h0):
    return np.concatenate([_run(params, x, np.zeros_like(h0)) for x in pieces])


@run_in_pieces.wrong("A later piece starts from the first state of the one before; carry on its last one, `[-1]`.")
def _first_state_carried(params, pieces, h0):
    states, h = [], h0
    for x in pieces:
        states.append(_run(params, x, h))
        h = states[-1][0]
    return np.concatenate(states)


@run_in_pieces.note("The right numbers, joined along another axis: time is axis 0.")
def _joined_elsewhere(outcome, expected):
    came = outcome.value
    return (came.ndim == 3 and came.shape != expected.shape and came.size == expected.size
            and np.allclose(np.sort(came, axis=None), np.sort(expected, axis=None), rtol=0, atol=1e-9))


@run_in_pieces.wrong("Correct but for tanh: the states are the pre-activations.")
def _without_tanh(params, pieces, h0):
    return _run(params, np.concatenate(pieces), h0, f=lambda a: a)


@run_in_pieces.wrong("Correct but for the memory: h_{t−1} W_hh is missing, so each step forgets all that came before.")
def _without_memory(params, pieces, h0):
    return np.tanh(np.concatenate(pieces) @ params["W_xh"] + params["b_h"])


def _run(params, x, h, f=np.tanh):
    states = []
    for x_t in x:
        h = f(x_t @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        states.append(h)
    return np.stack(states)


# -- counting weights --------------------------------------------------------------------------------
def _sizes(rng, sizes=((1, 1, 1, 1), (1, 2, 1, 10), (3, 4, 2, 1), (5, 8, 5, 365), (4, 100, 1, 30))):
    for D, H, K, T in sizes:
        yield {"input_size": D, "hidden_size": H, "output_size": K, "steps": T}


@exercise(cases=_sizes, size=3, hints=(
    "List the arrays: W_xh, W_hh, b_h for the state, W_hy, b_y for the read-out. An array's count is the product "
    "of its sizes.",
    "Which of these arrays get larger when the sequence gets longer?"),
    after="A year of days costs no more weights than one day: the same ones are used at every step.")
def count_parameters(input_size, hidden_size, output_size, steps):
    """How many numbers does training adjust, in a simple RNN with a read-out that runs over `steps` steps?

    The state has W_xh, W_hh and b_h, the read-out W_hy and b_y. The start h0 is zero and not trained.

    input_size D, hidden_size H, output_size K, steps T: whole numbers
    returns  a whole number
    """
    state = input_size * hidden_size + hidden_size * hidden_size + hidden_size
    read_out = hidden_size * output_size + output_size
    return state + read_out


@count_parameters.wrong("Correct for one step: the weights are shared, so more steps need no more of them.")
def _times_steps(input_size, hidden_size, output_size, steps):
    return steps * count_parameters.reference(input_size, hidden_size, output_size, steps)


@count_parameters.wrong("Correct for one step: W_xh reads every step, the same one, so it counts once.")
def _inputs_times_steps(input_size, hidden_size, output_size, steps):
    once = count_parameters.reference(input_size, hidden_size, output_size, steps)
    return once + (steps - 1) * input_size * hidden_size


@count_parameters.wrong("Correct for one step: the same read-out serves every step, so W_hy and b_y count once.")
def _read_out_times_steps(input_size, hidden_size, output_size, steps):
    once = count_parameters.reference(input_size, hidden_size, output_size, steps)
    return once + (steps - 1) * (hidden_size + 1) * output_size


@count_parameters.wrong("Correct for one step: the same W_xh, W_hh and b_h serve every step, so they count once.")
def _state_times_steps(input_size, hidden_size, output_size, steps):
    once = count_parameters.reference(input_size, hidden_size, output_size, steps)
    return once + (steps - 1) * (input_size + hidden_size + 1) * hidden_size


@count_parameters.wrong("Correct but for the biases: b_h has H numbers and b_y has K.")
def _without_biases(input_size, hidden_size, output_size, steps):
    return (input_size + hidden_size + output_size) * hidden_size


@count_parameters.wrong("Correct but for one bias too many: torch keeps two for the state, here their sum is one.")
def _two_biases(input_size, hidden_size, output_size, steps):
    return count_parameters.reference(input_size, hidden_size, output_size, steps) + hidden_size


@count_parameters.wrong("Correct for the state; the read-out W_hy and b_y is not counted.")
def _without_read_out(input_size, hidden_size, output_size, steps):
    return (input_size + hidden_size + 1) * hidden_size


@count_parameters.wrong("Correct but for W_hh, which is (H, H): every unit of the state feeds every other one.")
def _state_not_square(input_size, hidden_size, output_size, steps):
    return (input_size + 2) * hidden_size + (hidden_size + 1) * output_size


# -- one to many -------------------------------------------------------------------------------------
def _starts(rng, sizes=SIZES):
    for T, B, D, H, _ in sizes:
        yield {"params": _weights(rng, D, H), "W_hy": rng.normal(size=(H, D)), "b_y": rng.normal(size=D),
               "h0": rng.normal(size=(B, H)), "y0": rng.normal(size=(B, D)), "steps": T}


@exercise(cases=_starts, size=7, rebuilds=("rnncourse.cells.rnn.forward", "rnncourse.cells.rnn.step"), hints=(
    "Two names live through the loop: the state `h` and the last output `y`.",
    "In a step: first the new state, from `y` and `h`; then the new output, from the new state.",
    "Almost the solution: `y = y0` before the loop; in it `h = np.tanh(y @ W_xh + …)`, then `y = h @ W_hy + b_y`, "
    "then keep `y`."),
    after="A network that reads its own output goes on without any input: so it can write text, letter by letter.")
def run_on_its_own(params, W_hy, b_y, h0, y0, steps):
    """One to many: the output of each step, y_t = h_t W_hy + b_y, is the input of the next.

    params   W_xh (D, H), W_hh (H, H), b_h (H,), with tanh
    W_hy     (H, D)  and b_y (D,), the read-out: as wide as an input
    h0       (B, H)  the state before the first step
    y0       (B, D)  the input of the first step
    steps    T, how many outputs are wanted
    returns  (T, B, D)  y_1, …, y_T; y0 is not among them
    """
    outputs, h, y = [], h0, y0
    for _ in range(steps):
        h = np.tanh(y @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        y = h @ W_hy + b_y
        outputs.append(y)
    return np.stack(outputs)


@run_on_its_own.wrong("Correct for the first step: every later one reads y0 again in the place of the last output.")
def _always_the_first(params, W_hy, b_y, h0, y0, steps):
    return _run(params, np.stack([y0] * steps), h0) @ W_hy + b_y


@run_on_its_own.wrong("Correct for the first step: every later one reads zeros in the place of the last output.")
def _then_nothing(params, W_hy, b_y, h0, y0, steps):
    return _run(params, np.stack([y0] + [np.zeros_like(y0)] * (steps - 1)), h0) @ W_hy + b_y


@run_on_its_own.wrong("Correct, but shifted by one: y0 stands first, and the last output is missing.")
def _start_among_outputs(params, W_hy, b_y, h0, y0, steps):
    outputs = run_on_its_own.reference(params, W_hy, b_y, h0, y0, steps)
    return np.concatenate([y0[None], outputs[:-1]])


@run_on_its_own.wrong("Each output is read from the state before the step; it belongs to the new one.")
def _read_too_early(params, W_hy, b_y, h0, y0, steps):
    outputs, h, y = [], h0, y0
    for _ in range(steps):
        y, h = h @ W_hy + b_y, np.tanh(y @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        outputs.append(y)
    return np.stack(outputs)


@run_on_its_own.wrong("y0 is never read: the output comes before the step here. First the new state, then its output.")
def _read_out_first(params, W_hy, b_y, h0, y0, steps):
    outputs, h = [], h0
    for _ in range(steps):
        y = h @ W_hy + b_y
        h = np.tanh(y @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        outputs.append(y)
    return np.stack(outputs)


@run_on_its_own.wrong("Correct, but one too many: y0 stands first; asked for are y_1 to y_T.")
def _start_as_one_more(params, W_hy, b_y, h0, y0, steps):
    return np.concatenate([y0[None], run_on_its_own.reference(params, W_hy, b_y, h0, y0, steps)])


@run_on_its_own.wrong("The read-out is linear: y_t = h_t W_hy + b_y, with no tanh around it.")
def _tanh_on_the_output(params, W_hy, b_y, h0, y0, steps):
    outputs, h, y = [], h0, y0
    for _ in range(steps):
        h = np.tanh(y @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        y = np.tanh(h @ W_hy + b_y)
        outputs.append(y)
    return np.stack(outputs)


@run_on_its_own.wrong("These are the states h_1 to h_T, and rightly so; asked for are the outputs read from them.")
def _states(params, W_hy, b_y, h0, y0, steps):
    states, h, y = [], h0, y0
    for _ in range(steps):
        h = np.tanh(y @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        y = h @ W_hy + b_y
        states.append(h)
    return np.stack(states)


@run_on_its_own.wrong("Correct outputs, but the state is lost: each step starts from h0 again.")
def _state_lost(params, W_hy, b_y, h0, y0, steps):
    outputs, y = [], y0
    for _ in range(steps):
        y = np.tanh(y @ params["W_xh"] + h0 @ params["W_hh"] + params["b_h"]) @ W_hy + b_y
        outputs.append(y)
    return np.stack(outputs)


# -- from the papers' form -----------------------------------------------------------------------------
def _columns(rng, sizes=((1, 2), (3, 2), (2, 2), (4, 3), (1, 1))):
    for D, H in sizes:
        yield {"W": rng.normal(size=(H, D)), "U": rng.normal(size=(H, H)), "b": rng.normal(size=(H, 1))}


@exercise(cases=_columns, size=1, hints=(
    "In the papers an example is a column, here it is a row. What turns one into the other?",
    "The transpose of a product is the product of the transposes, in the other order: (W x)ᵀ = xᵀ Wᵀ.",
    "U is square, so no shape will complain. `b` becomes flat: `b[:, 0]` or `b.ravel()`."),
    after="Every formula of a paper can be read here now: transpose it, from the last factor to the first.")
def from_columns(W, U, b):
    """Papers write h_t = tanh(W x_t + U h_{t−1} + b) with columns. Give the same network in our row form.

    W        (H, D)  acts on a column x_t (D, 1)
    U        (H, H)  acts on a column h (H, 1)
    b        (H, 1)  a column as well
    returns  a dict with W_xh (D, H), W_hh (H, H) and b_h (H,)
    """
    return {"W_xh": W.T, "W_hh": U.T, "b_h": b[:, 0]}


@from_columns.wrong("Correct but for W_hh: U is square, so it fits as it is, and still it must be transposed.")
def _state_not_transposed(W, U, b):
    return {"W_xh": W.T, "W_hh": U, "b_h": b[:, 0]}


@from_columns.wrong("W_xh has the right shape, not the right numbers: `reshape` refills in reading order, `.T` turns.")
def _reshaped(W, U, b):
    return {"W_xh": W.reshape(W.shape[::-1]), "W_hh": U.T, "b_h": b[:, 0]}


@from_columns.wrong("W_hh is the inverse of U; asked for is its transpose (the two agree where U is orthogonal).")
def _inverted(W, U, b):
    return {"W_xh": W.T, "W_hh": np.linalg.inv(U), "b_h": b[:, 0]}
