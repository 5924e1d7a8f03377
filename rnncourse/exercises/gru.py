"""Exercises of chapter 05: the papers' GRU, translations between conventions, who wrote the state, equal budgets."""

import numpy as np

from rnncourse.activations import sigmoid
from rnncourse.exercises._exercise import exercise

SIZES = ((3, 2, 1, 2), (1, 2, 3, 2), (2, 1, 2, 3), (5, 3, 2, 4), (4, 1, 1, 1))    # T, B, D, H


def _blocks(array):
    return np.split(array, 3, axis=-1)


# -- the step of the paper ---------------------------------------------------------------------------------
def _steps(rng):
    for _, B, D, H in SIZES:
        yield {"W_x": rng.normal(size=(D, 3 * H)), "W_h": rng.normal(size=(H, 3 * H)), "b": rng.normal(size=3 * H),
               "x_t": rng.normal(size=(B, D)), "h_prev": rng.uniform(-1, 1, (B, H))}


@exercise(cases=_steps, size=6, hints=(
    "Split W_x, W_h and b into three blocks each. r and z are as in the chapter.",
    "The reset comes first here: r multiplies h_prev, and then comes the matrix: `(r * h_prev) @ W_hn`.",
    "The last line: z = 1 takes the new state, so `z * n + (1 - z) * h_prev`."),
    after="Two readings of one name. The numbers differ, so say which you mean, and check which your library means.")
def papers_step(W_x, W_h, b, x_t, h_prev):
    """One step of the GRU as in Chung et al. 2014: the reset acts before the matmul, and z = 1 takes the *new* state.

    r = σ(x_t W_xr + h_prev W_hr + b_r), z likewise; n = tanh(x_t W_xn + (r ⊙ h_prev) W_hn + b_n);
    h_t = z ⊙ n + (1 − z) ⊙ h_prev. σ is `rnncourse.activations.sigmoid.value`.

    W_x      (D, 3H), W_h (H, 3H), b (3H,), packed in the order r, z, n
    x_t      (B, D),  h_prev (B, H)
    returns  (B, H)  h_t
    """
    x_r, x_z, x_n = np.split(x_t @ W_x + b, 3, axis=-1)
    W_hr, W_hz, W_hn = np.split(W_h, 3, axis=-1)
    r = sigmoid.value(x_r + h_prev @ W_hr)
    z = sigmoid.value(x_z + h_prev @ W_hz)
    n = np.tanh(x_n + (r * h_prev) @ W_hn)
    return z * n + (1 - z) * h_prev


def _step(W_x, W_h, b, x_t, h_prev, reset="before", keeps=False, order="rzn", r_of=lambda r: r):
    x = dict(zip(order, _blocks(x_t @ W_x + b), strict=True))
    W = dict(zip(order, _blocks(W_h), strict=True))
    r, z = (sigmoid.value(x[gate] + h_prev @ W[gate]) for gate in "rz")
    r = r_of(r)
    past = (r * h_prev) @ W["n"] if reset == "before" else r * (h_prev @ W["n"])
    n = np.tanh(x["n"] + past)
    return z * h_prev + (1 - z) * n if keeps else z * n + (1 - z) * h_prev


@papers_step.wrong(
    "Correct but for the reset: here it acts before the matmul, (r ⊙ h_prev) W_hn, not after it as in torch.")
def _reset_after(W_x, W_h, b, x_t, h_prev):
    return _step(W_x, W_h, b, x_t, h_prev, reset="after")


@papers_step.wrong("Correct but for z, which is turned round: here z = 1 takes the new state n.")
def _z_keeps(W_x, W_h, b, x_t, h_prev):
    return _step(W_x, W_h, b, x_t, h_prev, keeps=True)


@papers_step.wrong(
    "This is the course's and torch's GRU: the reset acts after the matmul, and z = 1 keeps the old state.")
def _ours(W_x, W_h, b, x_t, h_prev):
    return _step(W_x, W_h, b, x_t, h_prev, reset="after", keeps=True)


@papers_step.wrong("The reset gate has no effect: n sees all of h_prev.")
def _reset_without_effect(W_x, W_h, b, x_t, h_prev):
    return _step(W_x, W_h, b, x_t, h_prev, r_of=np.ones_like)


@papers_step.wrong("r and z are exchanged: packed in the order r, z, n, the reset gate comes first.")
def _z_first(W_x, W_h, b, x_t, h_prev):
    return _step(W_x, W_h, b, x_t, h_prev, order="zrn")


@papers_step.wrong("Only the new part z ⊙ n came; what is kept of the old state, (1 − z) ⊙ h_prev, is missing.")
def _old_part_missing(W_x, W_h, b, x_t, h_prev):
    z = sigmoid.value(_blocks(x_t @ W_x + b)[1] + h_prev @ _blocks(W_h)[1])
    return _step(W_x, W_h, b, x_t, h_prev) - (1 - z) * h_prev


# -- turning z round ------------------------------------------------------------------------------------------
def _other_z(rng):
    for _, _, D, H in SIZES:
        yield {"params": {"W_x": rng.normal(size=(D, 3 * H)), "W_h": rng.normal(size=(H, 3 * H)),
                          "b": rng.normal(size=3 * H), "b_hn": rng.normal(size=H)}}


@exercise(cases=_other_z, size=4, hints=(
    "Their z should become our 1 − z. And 1 − σ(a) is a sigmoid again: of what?",
    "1 − σ(a) = σ(−a). So the pre-activation of z must change its sign, and a is a sum of three things.",
    "Copy all arrays; then `array[..., H:2 * H] *= -1` for W_x, W_h and b, with H the width of b_hn."),
    after="What looks like another network is the same one, with a sign turned: a convention is not a result.")
def turn_z(params):
    """Translate a GRU in which z = 1 takes the new state into ours, in which z = 1 keeps the old one.

    All else is as ours. Change the weights so that our step gives the same h_t; the given params stay as they are.

    params   W_x (D, 3H), W_h (H, 3H), b (3H,) in the order r, z, n, and b_hn (H,)
    returns  a new dict with the same keys and shapes
    """
    H, ours = len(params["b_hn"]), {name: array.copy() for name, array in params.items()}
    for name in ("W_x", "W_h", "b"):
        ours[name][..., H:2 * H] *= -1
    return ours


def _with_block(params, change, block=1, names=("W_x", "W_h", "b")):
    H, ours = len(params["b_hn"]), {name: array.copy() for name, array in params.items()}
    for name in names:
        ours[name][..., block * H:(block + 1) * H] = change(ours[name][..., block * H:(block + 1) * H])
    return ours


@turn_z.wrong("It is the gate that becomes 1 − z, not its weights: 1 − σ(a) = σ(−a), so the weights change their sign.")
def _one_minus_weights(params):
    return _with_block(params, lambda part: 1 - part)


@turn_z.wrong("Correct but for the bias: it is part of z's pre-activation, and changes its sign as well.")
def _bias_forgotten(params):
    return _with_block(params, lambda part: -part, names=("W_x", "W_h"))


@turn_z.wrong(
    "Correct but for W_h: what comes from h_prev is part of z's pre-activation, and changes its sign as well.")
def _state_forgotten(params):
    return _with_block(params, lambda part: -part, names=("W_x", "b"))


@turn_z.wrong("The first block was changed; packed in the order r, z, n it belongs to the reset gate, z is the second.")
def _reset_turned(params):
    return _with_block(params, lambda part: -part, block=0)


@turn_z.wrong("Everything changed its sign, r and n too; only the blocks of z do.")
def _all_turned(params):
    return {name: -array for name, array in params.items()}


@turn_z.wrong("Nothing has changed: these are the same weights.")
def _unchanged(params):
    return params


# -- from Keras --------------------------------------------------------------------------------------------------
def _keras(rng):
    for _, _, D, H in SIZES:
        yield {"kernel": rng.normal(size=(D, 3 * H)), "recurrent_kernel": rng.normal(size=(H, 3 * H)),
               "bias": rng.normal(size=(2, 3 * H))}


@exercise(cases=_keras, size=7, hints=(
    "First the order: Keras has z, r, h and we have r, z, n. The first two blocks of everything change places.",
    "The two biases: in r and z they are only ever added to one another, so their sum will do. Where not?",
    "In n the recurrent bias stands inside r ⊙ (…), the other outside: b gets bias[0]'s block, b_hn bias[1]'s."),
    after="Weights that were trained elsewhere run here, and give the same numbers.")
def from_keras(kernel, recurrent_kernel, bias):
    """Translate the weights of a Keras GRU (reset_after=True, its default) into ours.

    Keras packs z, r, h (its h is our n). It adds bias[0] beside the inputs and bias[1] beside the state, so that
    n = tanh(x W_xn + bias[0] + r ⊙ (h_prev W_hn + bias[1])). Its z = 1 keeps the old state, as ours.

    kernel   (D, 3H), recurrent_kernel (H, 3H), bias (2, 3H)
    returns  a dict with W_x (D, 3H), W_h (H, 3H), b (3H,) in the order r, z, n, and b_hn (H,)
    """
    def reordered(array):
        z, r, n = np.split(array, 3, axis=-1)
        return np.concatenate([r, z, n], axis=-1)

    H = len(recurrent_kernel)
    b, b_state = reordered(bias[0]), reordered(bias[1])
    b[:2 * H] += b_state[:2 * H]
    return {"W_x": reordered(kernel), "W_h": reordered(recurrent_kernel), "b": b, "b_hn": b_state[2 * H:]}


def _translated(kernel, recurrent_kernel, bias, order=(1, 0, 2), b=None, b_hn=None):
    def reordered(array):
        return np.concatenate([_blocks(array)[k] for k in order], axis=-1)

    H = len(recurrent_kernel)
    both = reordered(bias[0]) + reordered(bias[1]) * (np.arange(3 * H) < 2 * H)
    return {"W_x": reordered(kernel), "W_h": reordered(recurrent_kernel), "b": both if b is None else b(reordered),
            "b_hn": reordered(bias[1])[2 * H:] if b_hn is None else b_hn(reordered)}


@from_keras.wrong("Correct but for the order of the blocks: Keras has z, r, h, and z and r must change places.")
def _order_kept(kernel, recurrent_kernel, bias):
    return _translated(kernel, recurrent_kernel, bias, order=(0, 1, 2))


@from_keras.wrong("The blocks are reversed, h r z; only the first two change places: r, z, n.")
def _order_reversed(kernel, recurrent_kernel, bias):
    return _translated(kernel, recurrent_kernel, bias, order=(2, 1, 0))


@from_keras.wrong(
    "Correct but for n's two biases: the recurrent one stands inside r ⊙ (…), so it is b_hn and not part of b.")
def _all_added(kernel, recurrent_kernel, bias):
    return _translated(kernel, recurrent_kernel, bias, b=lambda order: order(bias[0] + bias[1]),
                       b_hn=lambda order: np.zeros(len(recurrent_kernel)))


@from_keras.wrong("Correct but for a bias that counts twice: n's recurrent bias is in b_hn, and in b as well.")
def _added_twice(kernel, recurrent_kernel, bias):
    return _translated(kernel, recurrent_kernel, bias, b=lambda order: order(bias[0] + bias[1]))


@from_keras.wrong("Correct but for r and z: their recurrent bias, bias[1], is lost.")
def _recurrent_bias_lost(kernel, recurrent_kernel, bias):
    return _translated(kernel, recurrent_kernel, bias, b=lambda order: order(bias[0]))


@from_keras.wrong(
    "Correct but for n's two biases, which are exchanged: bias[0] stands beside the inputs, bias[1] in b_hn.")
def _biases_exchanged(kernel, recurrent_kernel, bias):
    H = len(recurrent_kernel)
    return _translated(kernel, recurrent_kernel, bias, b_hn=lambda order: order(bias[0])[2 * H:],
                       b=lambda order: np.concatenate([order(bias[0] + bias[1])[:2 * H], order(bias[1])[2 * H:]]))


# -- who wrote the state ------------------------------------------------------------------------------------------
def _gates(rng):
    for T, B, _, H in SIZES:
        yield {"z": rng.uniform(0, 1, (T, B, H))}


@exercise(cases=_gates, size=6, hints=(
    "Step j writes the share 1 − z_j, and each later step k keeps z_k of it. The start is kept by all of them.",
    "T + 1 entries: the start at index 0, step j at index j + 1.",
    "Go through the steps in order: at each, multiply all that was written so far by z[j], then write 1 − z[j]."),
    after="They sum to 1 in every unit: the state is a weighted mean of the start and all candidates.")
def weights_of_steps(z):
    """How much each step's candidate n_j, and the start h_0, weigh in the last state h_T of a GRU.

    h_T = Σ_j (Π_{k>j} z_k) (1 − z_j) n_j + (Π_k z_k) h_0

    z        (T, B, H)  the update gate of each step; z = 1 keeps the old state
    returns  (T + 1, B, H)  first the start's weight, then one for each step
    """
    weights = np.ones((len(z) + 1, *z.shape[1:]))
    for j in range(len(z)):
        weights[:j + 1] *= z[j]
        weights[j + 1] = 1 - z[j]
    return weights


def _weighted(first, gates, write, z):
    """`first`, then for each step j `write(j)` times the product of z over the slice `gates(j)`."""
    return np.stack([first, *(write(j) * np.prod(z[gates(j)], axis=0) for j in range(len(z)))])


@weights_of_steps.wrong("The step's own z_j is in its product; it acts on what was there before, so take k > j only.")
def _own_gate_too(z):
    return _weighted(np.prod(z, axis=0), lambda j: slice(j, None), lambda j: 1 - z[j], z)


@weights_of_steps.wrong(
    "Correct for the start; but a step writes 1 − z_j of its candidate, and this factor is missing.")
def _written_whole(z):
    return _weighted(np.prod(z, axis=0), lambda j: slice(j + 1, None), lambda j: 1.0, z)


@weights_of_steps.wrong("z and 1 − z are exchanged: z = 1 keeps the old state.")
def _z_takes(z):
    return weights_of_steps.reference(1 - z)


@weights_of_steps.wrong("Correct for the steps; but the start is still there too, with the product of all z.")
def _start_lost(z):
    return _weighted(np.zeros_like(z[0]), lambda j: slice(j + 1, None), lambda j: 1 - z[j], z)


@weights_of_steps.wrong("Correct weights, but the start stands last; it belongs before the steps.")
def _start_last(z):
    return np.roll(weights_of_steps.reference(z), -1, axis=0)


@weights_of_steps.wrong("The product runs over the steps before j; what a step wrote is kept by the gates after it.")
def _gates_before(z):
    return _weighted(np.prod(z, axis=0), lambda j: slice(0, j), lambda j: 1 - z[j], z)


# -- an equal budget ------------------------------------------------------------------------------------------------
def _budgets(rng):
    for D, H in ((3, 10), (1, 1), (8, 100), (1, 7), (65, 128)):
        yield {"input_size": D, "lstm_hidden": H}


def _lstm_size(D, H):
    return 4 * (D * H + H * H + H)


@exercise(cases=_budgets, size=6, hints=(
    "An LSTM has four blocks of (D H + H H + H) numbers. A GRU has three, and b_hn, another H.",
    "Count up from 1: is the next larger GRU still within the budget?",
    "`while gru(H + 1) <= budget: H = H + 1`, and return H."),
    after="Now the comparison is fair: at equal hidden sizes the LSTM would have had a third more to learn with.")
def same_budget(input_size, lstm_hidden):
    """How many units may a GRU have so that it has no more parameters than an LSTM of `lstm_hidden` units?

    Both with the layout of the course: LSTM W_x (D, 4H), W_h (H, 4H), b (4H,);
    GRU W_x (D, 3H), W_h (H, 3H), b (3H,), b_hn (H,).

    input_size   D, the same for both
    lstm_hidden  H of the LSTM
    returns      a whole number, the largest H of a GRU that is within the LSTM's budget
    """
    D, budget = input_size, 4 * lstm_hidden * (input_size + lstm_hidden + 1)

    def gru(H):
        return 3 * (D * H + H * H + H) + H

    H = 1
    while gru(H + 1) <= budget:
        H = H + 1
    return H


def _largest(D, budget, size):
    return max(H for H in range(1, 1000) if size(D, H) <= budget)


@same_budget.wrong("One unit too many: this is the first GRU that is over the budget.")
def _first_over(input_size, lstm_hidden):
    return same_budget.reference(input_size, lstm_hidden) + 1


@same_budget.wrong(
    "Four thirds of the units have far more than four thirds of the parameters: W_h grows with the square.")
def _four_thirds(input_size, lstm_hidden):
    return 4 * lstm_hidden // 3


@same_budget.wrong("This is the same number of units; asked for is the same number of parameters.")
def _same_units(input_size, lstm_hidden):
    return lstm_hidden


@same_budget.wrong("Counted without W_x and the biases; they belong to the budget as well.")
def _only_recurrent(input_size, lstm_hidden):
    return _largest(input_size, 4 * lstm_hidden ** 2, lambda D, H: 3 * H * H)


@same_budget.wrong("The GRU is counted with four blocks, as an LSTM; it has three, r, z and n.")
def _four_blocks(input_size, lstm_hidden):
    return _largest(input_size, _lstm_size(input_size, lstm_hidden), lambda D, H: _lstm_size(D, H) + H)


@same_budget.wrong("Counted without the biases: b has a number for each gate and unit, and the GRU has b_hn besides.")
def _without_biases(input_size, lstm_hidden):
    return _largest(input_size, 4 * lstm_hidden * (input_size + lstm_hidden), lambda D, H: 3 * H * (D + H))
