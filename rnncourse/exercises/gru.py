"""Exercises of chapter 05: the papers' GRU, a step back, export to ONNX, whose weight is in a state, equal budgets."""

import numpy as np

from rnncourse.activations import sigmoid
from rnncourse.exercises._exercise import exercise

SIZES = ((3, 2, 1, 2), (1, 2, 3, 2), (2, 1, 2, 3), (5, 3, 2, 4), (4, 1, 1, 1))    # T, B, D, H


def _blocks(array):
    return np.split(array, 3, axis=-1)


# -- the step of the paper ---------------------------------------------------------------------------------
def _steps(rng, sizes=SIZES):
    for _, B, D, H in sizes:
        yield {"W_x": rng.normal(size=(D, 3 * H)), "W_h": rng.normal(size=(H, 3 * H)), "b": rng.normal(size=3 * H),
               "x_t": rng.normal(size=(B, D)), "h_prev": rng.uniform(-1, 1, (B, H))}


@exercise(cases=_steps, size=6, rebuilds=("rnncourse.cells.gru.step", "rnncourse.cells.gru.forward"), hints=(
    "Split W_x, W_h and b into three blocks each. r and z are as in the chapter.",
    "The reset comes first here: r multiplies h_prev, and then comes the matrix: `(r * h_prev) @ W_hn`.",
    "Almost the solution: z = 1 takes the new state, so `z * n + (1 - z) * h_prev`."),
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


def _step(W_x, W_h, b, x_t, h_prev, reset="before", keeps=False, order="rzn", r_of=lambda r: r,
          squash=np.tanh):
    x = dict(zip(order, _blocks(x_t @ W_x + b), strict=True))
    W = dict(zip(order, _blocks(W_h), strict=True))
    r, z = (sigmoid.value(x[gate] + h_prev @ W[gate]) for gate in "rz")
    r = r_of(r)
    past = (r * h_prev) @ W["n"] if reset == "before" else r * (h_prev @ W["n"])
    n = squash(x["n"] + past)
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


@papers_step.wrong("Correct but for the candidate, which goes through tanh, not through σ.")
def _candidate_through_sigmoid(W_x, W_h, b, x_t, h_prev):
    return _step(W_x, W_h, b, x_t, h_prev, squash=sigmoid.value)


@papers_step.wrong("Correct but for the bias b, which is missing.")
def _without_bias(W_x, W_h, b, x_t, h_prev):
    return _step(W_x, W_h, 0 * b, x_t, h_prev)


@papers_step.wrong("The reset went into the last line too: what is kept is h_prev itself; only n sees r ⊙ h_prev.")
def _reset_kept(W_x, W_h, b, x_t, h_prev):
    r, z, _ = (sigmoid.value(a) for a in _blocks(x_t @ W_x + h_prev @ W_h + b))
    return papers_step.reference(W_x, W_h, b, x_t, h_prev) - (1 - z) * (1 - r) * h_prev


@papers_step.note("`sigmoid(a)` gives two things, the value and the slope. A gate is `sigmoid.value(a)`.")
def _pair_for_a_value(outcome, expected):
    return np.ndim(outcome.value) == 3 and not isinstance(outcome.value, tuple)


# -- one step back ------------------------------------------------------------------------------------------
def _states(rng, sizes=SIZES):
    for _, B, _, H in sizes:
        yield {"z": rng.uniform(0, 1, (B, H)), "n": rng.uniform(-1, 1, (B, H)), "h_prev": rng.uniform(-1, 1, (B, H)),
               "dh_t": rng.normal(size=(B, H))}


@exercise(cases=_states, size=1, returns=("dz", "dn", "dh_prev"), rebuilds=("rnncourse.cells.gru.backward",), hints=(
    "Three numbers go into h_t unit by unit, so three derivatives: what does h_t gain when z grows a little?",
    "h_t = h_prev z + n − n z. The slope along z is h_prev − n, along n it is 1 − z, along h_prev it is z.",
    "Almost the solution: each slope times dh_t, `dh_t * (h_prev - n)`, `dh_t * (1 - z)`, `dh_t * z`."),
    after="dh_t z is the GRU's highway: no matrix, no squashing. The rest of dh_prev comes through r, z and n.")
def state_backward(z, n, h_prev, dh_t):
    """One step back along the state of a GRU: h_t = z h_prev + (1 − z) n, with z = 1 keeping the old state.

    z, n     (B, H)  the update gate and the candidate of this step
    h_prev   (B, H)  the state before it
    dh_t     (B, H)  dL/dh_t, all that came back to h_t
    returns  dz, dn and the part of dh_prev that comes straight along the state, (B, H) each
    """
    return dh_t * (h_prev - n), dh_t * (1 - z), dh_t * z


@state_backward.wrong("Correct but for the sign of dz: where h_prev is above n, a larger z makes h_t larger.")
def _sign_of_dz(z, n, h_prev, dh_t):
    return dh_t * (n - h_prev), dh_t * (1 - z), dh_t * z


@state_backward.wrong("Correct but for dz: z also takes away from the candidate's share, so its slope is h_prev − n.")
def _old_part_only(z, n, h_prev, dh_t):
    return dh_t * h_prev, dh_t * (1 - z), dh_t * z


@state_backward.wrong("The shares are exchanged: h_prev has the share z, and n has 1 − z.")
def _shares_exchanged(z, n, h_prev, dh_t):
    return dh_t * (h_prev - n), dh_t * z, dh_t * (1 - z)


@state_backward.wrong("These are the slopes alone; each is multiplied with dh_t, the blame that came back.")
def _slopes_only(z, n, h_prev, dh_t):
    return h_prev - n, 1 - z, z


@state_backward.wrong("These are da_z and da_n. Asked for are dz and dn, before the activations' slopes.")
def _through_the_activations(z, n, h_prev, dh_t):
    return dh_t * (h_prev - n) * z * (1 - z), dh_t * (1 - z) * (1 - n ** 2), dh_t * z


@state_backward.wrong("This is the way back where z = 1 takes the new state; here z = 1 keeps the old one.")
def _z_takes_the_new(z, n, h_prev, dh_t):
    return dh_t * (n - h_prev), dh_t * z, dh_t * (1 - z)


@state_backward.wrong("Correct but for dz: z also brings in h_prev, so its slope is h_prev − n.")
def _new_part_only(z, n, h_prev, dh_t):
    return -dh_t * n, dh_t * (1 - z), dh_t * z


@state_backward.wrong("Correct but for dz: this is da_z. z (1 − z) is the slope of σ, one step further back.")
def _through_sigmoid(z, n, h_prev, dh_t):
    return dh_t * (h_prev - n) * z * (1 - z), dh_t * (1 - z), dh_t * z


@state_backward.wrong("Correct but for dn: this is da_n. 1 − n² is the slope of tanh, one step further back.")
def _through_tanh(z, n, h_prev, dh_t):
    return dh_t * (h_prev - n), dh_t * (1 - z) * (1 - n ** 2), dh_t * z


@state_backward.wrong("The slope of (1 − z) n along n is 1 − z, without n; that of z h_prev along h_prev is z.")
def _products_for_slopes(z, n, h_prev, dh_t):
    return dh_t * (h_prev - n), dh_t * (1 - z) * n, dh_t * z * h_prev


# -- to ONNX -------------------------------------------------------------------------------------------------
def _params(rng, sizes=SIZES):
    for _, _, D, H in sizes:
        yield {"params": {"W_x": rng.normal(size=(D, 3 * H)), "W_h": rng.normal(size=(H, 3 * H)),
                          "b": rng.normal(size=3 * H), "b_hn": rng.normal(size=H)}}


@exercise(cases=_params, size=6, hints=(
    "First the order: ours is r, z, n and ONNX wants z, r, h. The first two blocks of everything change places.",
    "ONNX multiplies from the other side: `.T` for both matrices, after the blocks were reordered.",
    "B has six blocks: b in the order z, r, n; then 0, 0 and b_hn. `np.concatenate` puts them together."),
    after="The same network in another house. ONNX's default is linear_before_reset = 0: with it, the numbers differ.")
def to_onnx(params):
    """Translate a GRU of the course into the arrays of ONNX's GRU with linear_before_reset = 1, for one direction.

    ONNX packs z, r, h (its h is our n) as rows of W and R. Its B holds six blocks, Wb_z Wb_r Wb_h Rb_z Rb_r Rb_h:
    z = σ(X W_zᵀ + H R_zᵀ + Wb_z + Rb_z), r likewise, h = tanh(X W_hᵀ + Wb_h + r ⊙ (H R_hᵀ + Rb_h)), and z = 1
    keeps the old state. Where Wb and Rb are only ever added, put all of it into Wb and 0 into Rb.

    params   W_x (D, 3H), W_h (H, 3H), b (3H,) in the order r, z, n, and b_hn (H,)
    returns  a dict with W (3H, D), R (3H, H), B (6H,)
    """
    def reordered(array):
        r, z, n = np.split(array, 3, axis=-1)
        return np.concatenate([z, r, n], axis=-1)

    none = np.zeros(2 * len(params["b_hn"]))
    return {"W": reordered(params["W_x"]).T, "R": reordered(params["W_h"]).T,
            "B": np.concatenate([reordered(params["b"]), none, params["b_hn"]])}


def _exported(params, order=(1, 0, 2), biases=None):
    def reordered(array):
        return np.concatenate([_blocks(array)[k] for k in order], axis=-1)

    H = len(params["b_hn"])
    second = np.concatenate([np.zeros(2 * H), params["b_hn"]])
    return {"W": reordered(params["W_x"]).T, "R": reordered(params["W_h"]).T,
            "B": np.concatenate([reordered(params["b"]), second]) if biases is None else biases(reordered, second)}


@to_onnx.wrong("Correct but for the order of the blocks: ONNX wants z, r, h, so r and z must change places.")
def _order_kept(params):
    return _exported(params, order=(0, 1, 2))


@to_onnx.wrong("The blocks are reversed, h z r; only the first two change places: z, r, h.")
def _order_reversed(params):
    return _exported(params, order=(2, 1, 0))


@to_onnx.wrong("Correct but for b_hn: it stands inside r ⊙ (…), so it is Rb_h, the sixth block, and not part of Wb_h.")
def _all_added(params):
    return _exported(params, biases=lambda order, second: np.concatenate([order(params["b"]) + second, 0 * second]))


@to_onnx.wrong("Correct but for b_hn, which is lost: it is Rb_h, the sixth block of B.")
def _recurrent_bias_lost(params):
    return _exported(params, biases=lambda order, second: np.concatenate([order(params["b"]), 0 * second]))


@to_onnx.wrong("Correct but for the halves of B, which are exchanged: Wb comes first, then Rb.")
def _halves_exchanged(params):
    return _exported(params, biases=lambda order, second: np.concatenate([second, order(params["b"])]))


@to_onnx.wrong("Correct but for the biases that count twice: Wb holds all of b, and Rb of z and r holds it once more.")
def _counted_twice(params):
    H = len(params["b_hn"])
    return _exported(params, biases=lambda order, second: np.concatenate(
        [order(params["b"]), order(params["b"])[:2 * H], params["b_hn"]]))


@to_onnx.wrong("Correct but for the transpose: ONNX has the blocks as rows, W (3H, D) and R (3H, H).")
def _not_transposed(params):
    found = _exported(params)
    return found | {"W": found["W"].T, "R": found["R"].T}


@to_onnx.wrong("Correct but for B, whose blocks change places as well: z, r, h.")
def _bias_order_kept(params):
    return _exported(params, biases=lambda order, second: np.concatenate([params["b"], second]))


@to_onnx.wrong("Correct but for R, whose blocks change places as well: z, r, h.")
def _recurrent_order_kept(params):
    return _exported(params) | {"R": params["W_h"].T}


@to_onnx.wrong("W and R are right. B holds six blocks, and these are Wb alone; Rb follows: 0, 0 and b_hn.")
def _three_blocks(params):
    return _exported(params, biases=lambda order, second: order(params["b"]))


@to_onnx.wrong("W and R are right. B holds six blocks: Rb_z and Rb_r are 0, but they have their places before b_hn.")
def _four_blocks(params):
    return _exported(params, biases=lambda order, second: np.concatenate([order(params["b"]), params["b_hn"]]))


@to_onnx.wrong("W and R are right. In B each of the two 0 stands for a whole block: `np.zeros(2 * H)`.")
def _two_zeros(params):
    return _exported(params, biases=lambda order, second: np.concatenate([order(params["b"]), [0, 0], params["b_hn"]]))


@to_onnx.wrong("Correct but for the second half of B: b_hn is its last block, after the two of zeros.")
def _recurrent_bias_first(params):
    H = len(params["b_hn"])
    return _exported(params, biases=lambda order, second: np.concatenate([order(params["b"]), np.roll(second, H)]))


@to_onnx.note("After `.T` the blocks lie along the first axis: let them change places before it.")
def _transposed_too_early(outcome, expected):
    return isinstance(outcome.error, ValueError) and "equal division" in str(outcome.error)


# -- whose weight is in a state ------------------------------------------------------------------------------------
def _gates(rng, sizes=SIZES):
    for T, B, _, H in sizes:
        yield {"z": rng.uniform(0, 1, (T, B, H))}


@exercise(cases=_gates, size=6,
          rebuilds=("rnncourse.cells.unrolling.weights", "rnncourse.cells.unrolling.contributions"), hints=(
    "Step j gives its candidate the share 1 − z_j, and each later step k keeps z_k of it. The start is "
    "kept by all of them.",
    "T + 1 entries: the start at index 0, step j at index j + 1.",
    "Almost the solution: go through the steps in order; at each, multiply all that was written so "
    "far by z[j], then write 1 − z[j]."),
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


@weights_of_steps.wrong(
    "One gate is left out: for the last step the product is empty, for the one before it is z of the last step.")
def _last_gate_left_out(z):
    return _weighted(np.prod(z, axis=0), lambda j: slice(j + 1, -1), lambda j: 1 - z[j], z)


@weights_of_steps.wrong("Correct for the steps; but of the start the product of all z is left, not all of it.")
def _start_whole(z):
    return _weighted(np.ones_like(z[0]), lambda j: slice(j + 1, None), lambda j: 1 - z[j], z)


@weights_of_steps.note("There are T + 1 entries, one more than steps: the start at index 0, step j at index j + 1.")
def _beyond_the_last(outcome, expected):
    return isinstance(outcome.error, IndexError) or np.shape(outcome.value)[:1] == (len(expected) - 1,)


# -- an equal budget ------------------------------------------------------------------------------------------------
# (6, 5): both budgets exactly equal; (1, 12) and (2, 5) tell the ways to forget a bias apart
BUDGETS = ((3, 10), (1, 1), (8, 100), (1, 7), (65, 128), (6, 5), (1, 12), (2, 5))    # D, H of the LSTM


def _budgets(rng, sizes=BUDGETS):
    for D, H in sizes:
        yield {"input_size": D, "lstm_hidden": H}


def _other_budgets(rng):
    """Among them one where both budgets are exactly equal, and many small ones, where a forgotten bias shows."""
    pairs = [(D, H) for D in range(1, 60) for H in range(2, 40) if (D, H) not in BUDGETS]
    equal = [(D, H) for D, H in pairs if any(n * (3 * (D + n + 1) + 1) == _lstm_size(D, H) for n in range(H, 2 * H))]
    small = [(D, H) for D, H in pairs if D < 6]
    drawn = (equal[rng.integers(len(equal))], *(small[k] for k in rng.integers(len(small), size=6)),
             *(pairs[k] for k in rng.integers(len(pairs), size=5)))
    return _budgets(rng, drawn)


def _lstm_size(D, H):
    return 4 * (D * H + H * H + H)


@exercise(cases=_budgets, hidden=_other_budgets, size=6, hints=(
    "An LSTM has four blocks of (D H + H H + H) numbers. A GRU has three, and b_hn, another H.",
    "Count up from 1: is the next larger GRU still within the budget?",
    "Almost the solution: `while gru(H + 1) <= budget: H = H + 1`, and return H."),
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


@same_budget.wrong("b_hn is not counted: besides b the GRU has one more number for each unit.")
def _without_b_hn(input_size, lstm_hidden):
    return _largest(input_size, _lstm_size(input_size, lstm_hidden), lambda D, H: 3 * H * (D + H + 1))


@same_budget.wrong("This counts two biases for each gate, as torch has them; the course has one b, and b_hn.")
def _biases_of_torch(input_size, lstm_hidden):
    return _largest(input_size, 4 * lstm_hidden * (input_size + lstm_hidden + 2), lambda D, H: 3 * H * (D + H + 2))


@same_budget.wrong("Correct but where both have exactly as many: no more than the LSTM is `<=`, not `<`.")
def _strictly_less(input_size, lstm_hidden):
    return _largest(input_size, _lstm_size(input_size, lstm_hidden) - 1, lambda D, H: H * (3 * (D + H + 1) + 1))


@same_budget.wrong("The nearest number of units may lie above the budget: round down, `int` or `//`.")
def _nearest(input_size, lstm_hidden):
    k = 3 * input_size + 4
    return round((-k + np.sqrt(k * k + 12 * _lstm_size(input_size, lstm_hidden))) / 6)


@same_budget.note("The largest whole number that is within the budget: round down, `int(…)` or `//`.")
def _no_whole_number(outcome, expected):
    return isinstance(outcome.value, float)
