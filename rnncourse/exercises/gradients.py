"""Exercises of chapter 03: products of Jacobians, what fades and what grows, clipping, an orthogonal start."""

import numpy as np

from rnncourse.exercises._exercise import exercise

SIZES = ((2, 2), (1, 3), (3, 1), (4, 3), (6, 4))    # T, H


# -- the Jacobian from the start to the end ----------------------------------------------------------
def _runs(rng, sizes=SIZES):
    for T, H in sizes:
        yield {"W_hh": rng.normal(size=(H, H)), "h": np.tanh(rng.normal(size=(T, H)))}


@exercise(cases=_runs, size=4,
          rebuilds=("rnncourse.cells.jacobians.state_jacobians", "rnncourse.cells.jacobians.products",
                    "rnncourse.cells.jacobians.fading"), hints=(
    "One step's Jacobian is diag(1 − h_t²) W_hhᵀ, with the state *after* the step in it.",
    "The chain rule puts the latest step on the left: J_T ⋯ J_2 J_1. So each new step multiplies from the left.",
    "Almost the solution: start from `np.eye(H)`; in the loop `J = np.diag(1 - h_t**2) @ W_hh.T @ J`."),
    after="What becomes of a small change at the start is this product, and not any one of its factors.")
def jacobian_from_start(W_hh, h):
    """∂h_T/∂h_0 of a tanh RNN, for one row: entry [i, j] is how unit i at the end moves with unit j at the start.

    W_hh     (H, H)  in our row form, h_t = tanh(x_t W_xh + h_prev W_hh + b_h)
    h        (T, H)  the states after the steps 1 to T
    returns  (H, H)
    """
    J = np.eye(len(W_hh))
    for h_t in h:
        J = np.diag(1 - h_t ** 2) @ W_hh.T @ J
    return J


def _chain(factors, latest_left=True):
    product = np.eye(len(factors[0]))
    for J in factors:
        product = J @ product if latest_left else product @ J
    return product


@jacobian_from_start.wrong("Correct for a single step: the factors are in the wrong order, the latest belongs left.")
def _wrong_order(W_hh, h):
    return _chain([np.diag(1 - h_t ** 2) @ W_hh.T for h_t in h], latest_left=False)


@jacobian_from_start.wrong(
    "The slopes stand on the wrong side: diag(1 − h²) belongs left of W_hhᵀ, it scales the rows.")
def _slopes_on_the_right(W_hh, h):
    return _chain([W_hh.T @ np.diag(1 - h_t ** 2) for h_t in h])


@jacobian_from_start.wrong("W_hh is not transposed: rows are states here, and a Jacobian acts on columns.")
def _not_transposed(W_hh, h):
    return _chain([np.diag(1 - h_t ** 2) @ W_hh for h_t in h])


@jacobian_from_start.wrong("The transpose of the answer: entry [i, j] is ∂(unit i at the end)/∂(unit j at the start).")
def _transposed(W_hh, h):
    return jacobian_from_start.reference(W_hh, h).T


@jacobian_from_start.wrong("Correct for a linear network: the slope of tanh, 1 − h², is missing.")
def _slope_missing(W_hh, h):
    return _chain([W_hh.T for _ in h])


@jacobian_from_start.wrong("One step short: the last state's own step is left out of the product.")
def _last_left_out(W_hh, h):
    return _chain([np.eye(h.shape[1]), *(np.diag(1 - h_t ** 2) @ W_hh.T for h_t in h[:-1])])


@jacobian_from_start.wrong("The factors are multiplied entry by entry; a chain of Jacobians is a matrix product, `@`.")
def _entry_by_entry(W_hh, h):
    return np.prod([np.diag(1 - h_t ** 2) @ W_hh.T for h_t in h], axis=0)


@jacobian_from_start.wrong("Correct but for one tanh too many: h_t has been through it, the slope is 1 − h_t².")
def _tanh_twice(W_hh, h):
    return _chain([np.diag(1 - np.tanh(h_t) ** 2) @ W_hh.T for h_t in h])


@jacobian_from_start.wrong("Correct but for the square: the slope of tanh is 1 − h_t², not 1 − h_t.")
def _square_missing(W_hh, h):
    return _chain([np.diag(1 - h_t) @ W_hh.T for h_t in h])


@jacobian_from_start.wrong("One step short: from h_0 to h_T it is T steps, and the first one's factor is left out.")
def _first_left_out(W_hh, h):
    return _chain([np.eye(h.shape[1]), *(np.diag(1 - h_t ** 2) @ W_hh.T for h_t in h[1:])])


@jacobian_from_start.wrong("Nothing but zeros. A product that starts from zeros stays zero: start from `np.eye(H)`.")
def _from_zeros(W_hh, h):
    return np.zeros_like(W_hh)


@jacobian_from_start.wrong("Correct for a single step: the factors are added, and a chain multiplies them.")
def _added_up(W_hh, h):
    return sum(np.diag(1 - h_t ** 2) @ W_hh.T for h_t in h)


@jacobian_from_start.note("`1 − h_t²` is a vector: `np.diag(…)` makes a matrix of it, `[:, None] *` scales the rows.")
def _no_matrix(outcome, expected):
    return outcome.value is not None and np.ndim(outcome.value) < 2


# -- how much of a change is left ----------------------------------------------------------------------
def _jacobians(rng, sizes=SIZES):
    for T, H in sizes:
        yield {"J": rng.normal(size=(T, H, H)) / np.sqrt(H)}


@exercise(cases=_jacobians, size=6,
          rebuilds=("rnncourse.cells.jacobians.products", "rnncourse.cells.jacobians.fading"), hints=(
    "The product for t is the product for t + 1, with one more factor on its right.",
    "`np.linalg.norm`, with a 2 behind the matrix, is its largest singular value: the most that it stretches anything.",
    "Almost the solution: walk back, `P = P @ J[t]` for t from T − 1 down to 0, and write the norm of P at place t."),
    after="The norm of a product, not the product of the norms: the second only says how large the first could be.")
def norms_to_the_end(J):
    """How much a small change before each step can still move the last state: ‖J[T−1] ... J[t+1] J[t]‖ for each t.

    J        (T, H, H)  J[t] is the Jacobian of step t, counted from 0
    returns  (T,)       entry t: the largest singular value of the product of J[t] and all later ones
    """
    norms, P = np.zeros(len(J)), np.eye(J.shape[1])
    for t in reversed(range(len(J))):
        P = P @ J[t]
        norms[t] = np.linalg.norm(P, 2)
    return norms


def _norms(J, norm, step):
    norms, P = np.zeros(len(J)), np.eye(J.shape[1])
    for t in reversed(range(len(J))):
        P = step(P, J[t])
        norms[t] = norm(P)
    return norms


def _stretch(P):
    return np.linalg.norm(P, 2)


@norms_to_the_end.wrong("Correct for the last step: this is the product of the norms, a bound, not the product's norm.")
def _the_bound(J):
    return np.cumprod([_stretch(step) for step in J[::-1]])[::-1]


@norms_to_the_end.wrong(
    "The factors stand in the wrong order: later steps on the left, J[T−1] ⋯ J[t]; the earliest on the right.")
def _joined_on_the_left(J):
    return _norms(J, _stretch, lambda P, step: step @ P)


@norms_to_the_end.wrong("This is the length of all entries together (Frobenius); asked for is `np.linalg.norm(P, 2)`.")
def _frobenius(J):
    return _norms(J, np.linalg.norm, np.matmul)


@norms_to_the_end.wrong("This is each product's spectral radius; how far it stretches is its largest singular value.")
def _radius(J):
    return _norms(J, lambda P: np.abs(np.linalg.eigvals(P)).max(), np.matmul)


@norms_to_the_end.wrong("Shifted by one: J[t] belongs into the product for t, so the last entry is ‖J[T−1]‖, not 1.")
def _one_factor_short(J):
    return np.append(norms_to_the_end.reference(J)[1:], 1.0)


@norms_to_the_end.wrong("This walks forward: entry t is the product of the steps 0 to t. Asked for is t to T − 1.")
def _from_the_start(J):
    return np.array([_stretch(_chain(J[:t + 1])) for t in range(len(J))])


@norms_to_the_end.wrong("Correct for the last step: each norm is of one step alone; multiply J[t] with all later ones.")
def _single_steps(J):
    return np.array([_stretch(step) for step in J])


@norms_to_the_end.wrong("The last factor J[T−1] is left out: `range(t + 1, T)` ends with T − 1.")
def _last_left_out(J):
    return np.array([_stretch(_chain([J[t], *J[t + 1:-1]])) for t in range(len(J))])


@norms_to_the_end.wrong("`*` multiplies entry by entry; a product of Jacobians is `@`.")
def _times_entries(J):
    return _norms(J, _stretch, np.multiply)


@norms_to_the_end.wrong(
    "The right norms in the wrong order: walking back, the last step's comes first; turn them round.")
def _in_order_of_the_walk(J):
    return norms_to_the_end.reference(J)[::-1]


# -- one step and in the long run -----------------------------------------------------------------------
def _matrices(rng):
    turn = np.array([[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]])
    for W in (np.array([[0.9, 5.0], [0.0, 0.9]]), 0.8 * turn, np.array([[-1.5]]), np.diag([0.5, -1.2]),
              rng.normal(size=(3, 3)), rng.normal(size=(4, 4)) / 2):
        yield {"W_hh": W}


def _other_matrices(rng):
    """The same kinds as above, wider: a shear, a turn that shrinks, a single number, a diagonal, and any two."""
    n, turn = int(rng.integers(5, 8)), np.linalg.qr(rng.normal(size=(6, 6)))[0]
    for W in (rng.uniform(0.5, 0.9) * np.eye(n) + rng.uniform(1, 5) * np.eye(n, k=1), rng.uniform(0.5, 0.9) * turn,
              -rng.uniform(1.1, 2, (1, 1)), np.diag([*rng.uniform(0.1, 1, 4), -rng.uniform(1.1, 2)]),
              rng.normal(size=(n, n)) / 2, rng.normal(size=(8, 8)) / 3):
        yield {"W_hh": W}


@exercise(cases=_matrices, hidden=_other_matrices, size=3, returns=("in_one_step", "in_the_long_run"), hints=(
    "The most that one multiplication can stretch is the largest singular value. Over many steps the direction with "
    "the largest eigenvalue wins.",
    "Eigenvalues may be negative, or complex: what counts is their size, `abs`. `np.linalg` has all that is needed.",
    "Almost the solution: `np.linalg.norm(W_hh, 2)`, and the largest of `np.abs(np.linalg.eigvals(W_hh))`."),
    after="A matrix can stretch at first and shrink in the end: the singular value sees only the next step.")
def growth(W_hh):
    """How fast the state of a linear RNN, h_t = h_{t−1} W_hh, can grow: in one step, and per step in the long run.

    W_hh     (H, H)
    returns  two numbers: the largest factor by which one step can lengthen any state,
             and the factor per step in the limit of ever more steps, exactly
    """
    in_one_step = np.linalg.norm(W_hh, 2)
    in_the_long_run = np.abs(np.linalg.eigvals(W_hh)).max()
    return in_one_step, in_the_long_run


@growth.wrong("In the long run it is the size of an eigenvalue that counts: `abs`, also of a negative or complex one.")
def _real_part(W_hh):
    return np.linalg.norm(W_hh, 2), np.linalg.eigvals(W_hh).real.max()


@growth.wrong("The determinant is the product of all eigenvalues; a single one above 1 is enough to grow.")
def _determinant(W_hh):
    return np.linalg.norm(W_hh, 2), np.abs(np.linalg.det(W_hh))


@growth.wrong("In one step the singular value counts, not the eigenvalue; they differ where W_hh is not normal.")
def _radius_twice(W_hh):
    radius = np.abs(np.linalg.eigvals(W_hh)).max()
    return radius, radius


@growth.wrong("In the long run the singular value decides nothing: what stretches once need not do so again.")
def _singular_twice(W_hh):
    return np.linalg.norm(W_hh, 2), np.linalg.norm(W_hh, 2)


@growth.wrong(
    "`np.linalg.norm(W)` is the length of all entries together; with a 2 behind it, the largest singular value.")
def _frobenius_norm(W_hh):
    return np.linalg.norm(W_hh), np.abs(np.linalg.eigvals(W_hh)).max()


@growth.wrong("`np.linalg.norm(W)` is the length of all entries together (Frobenius); neither number is that.")
def _frobenius_twice(W_hh):
    return np.linalg.norm(W_hh), np.linalg.norm(W_hh)


@growth.wrong("The root of a high power comes near the limit and never there: exactly, it is the spectral radius.")
def _root_of_a_power(W_hh):
    return np.linalg.norm(W_hh, 2), np.linalg.norm(np.linalg.matrix_power(W_hh, 200), 2) ** (1 / 200)


@growth.wrong("The two numbers are in the wrong order: first one step, then the long run.")
def _exchanged(W_hh):
    return growth.reference(W_hh)[::-1]


@growth.wrong("`eigvalsh` is for symmetric matrices and reads one half of this one only; take `eigvals`.")
def _as_if_symmetric(W_hh):
    return np.linalg.norm(W_hh, 2), np.abs(np.linalg.eigvalsh(W_hh)).max()


@growth.wrong("The eigenvalues come in no order: take the largest size, not the first one.")
def _first_eigenvalue(W_hh):
    return np.linalg.norm(W_hh, 2), np.abs(np.linalg.eigvals(W_hh))[0]


@growth.note("Measured over many steps? That comes nearer and nearer; where it leads to is the spectral radius.")
def _measured(outcome, expected):
    one, long_run = outcome.value
    return np.isrealobj(long_run) and np.isclose(one, expected[0]) and abs(long_run / expected[1] - 1) < 0.15


# -- clipping ---------------------------------------------------------------------------------------------
def _gradients(rng, sizes=((1, 2, 1.0), (2, 2, 1.0), (3, 1, 0.1), (2, 3, 100.0), (4, 3, 2.5))):
    for D, H, limit in sizes:
        yield {"grads": {"W_xh": rng.normal(size=(D, H)), "W_hh": 3 * rng.normal(size=(H, H)),
                         "b_h": 0.1 * rng.normal(size=H)}, "limit": limit}


@exercise(cases=_gradients, size=4, returns=("the new gradient", "clipped"),
          rebuilds=("rnncourse.optimizers.clip_by_norm", "rnncourse.optimizers.norm"), hints=(
    "All arrays together are one long vector. Its length: the root of the sum of all squares, of all arrays.",
    "One factor for all arrays keeps the direction: limit / length where the length is above the limit, else 1.",
    "Almost the solution: `factor = min(1, limit / length)`, a new dict of `factor * g`, and whether the length was "
    "above the limit."),
    after="One factor for all: the step gets shorter and keeps its direction.")
def clip_together(grads, limit):
    """Shorten a gradient that is too long, all arrays by the same factor, and say whether it was.

    grads    a dict of arrays: together they are one vector
    limit    the largest length that is let through, a number above 0
    returns  two things: a new dict with the same keys (a gradient no longer than the limit stays as it is),
             and whether it was too long: True or False
    """
    length = np.sqrt(sum((g ** 2).sum() for g in grads.values()))
    factor = min(1.0, limit / length)
    clipped = {name: factor * g for name, g in grads.items()}
    return clipped, length > limit


def _scaled(grads, factor):
    return {name: factor * g for name, g in grads.items()}


def _length(grads):
    return np.sqrt(sum((g ** 2).sum() for g in grads.values()))


def _cut(grads, limit, length):
    """The answer for another notion of the length."""
    return _scaled(grads, min(1.0, limit / length)), length > limit


@clip_together.wrong("Each array is clipped by its own length, which turns the direction; one factor for all of them.")
def _each_on_its_own(grads, limit):
    each = {name: min(1.0, limit / np.linalg.norm(g)) * g for name, g in grads.items()}
    return each, _length(grads) > limit


@clip_together.wrong("Each entry is clipped by itself, which turns the direction; one factor for all of them.")
def _each_entry(grads, limit):
    return {name: np.clip(g, -limit, limit) for name, g in grads.items()}, _length(grads) > limit


@clip_together.wrong("Correct for long gradients; but one shorter than the limit is made longer. It stays as it is.")
def _always_to_the_limit(grads, limit):
    return _scaled(grads, limit / _length(grads)), _length(grads) > limit


@clip_together.wrong("The length is the root of the sum of squares; here the root is missing.")
def _root_missing(grads, limit):
    return _cut(grads, limit, _length(grads) ** 2)


@clip_together.wrong("The lengths of the arrays are added up; add up their squares, and take the root at the end.")
def _lengths_added(grads, limit):
    return _cut(grads, limit, sum(np.linalg.norm(g) for g in grads.values()))


@clip_together.wrong("Correct for short gradients; a long one stays long: it is divided, but not brought to the limit.")
def _not_to_the_limit(grads, limit):
    length = _length(grads)
    return _scaled(grads, 1.0 if length <= limit else 1 / length), length > limit


@clip_together.wrong(
    "A long gradient stays long, a short one is made longer: take the smaller factor, `min`, not `max`.")
def _larger_factor(grads, limit):
    return _scaled(grads, max(1.0, limit / _length(grads))), _length(grads) > limit


@clip_together.wrong("The fraction is upside down: limit / length makes a long gradient shorter.")
def _upside_down(grads, limit):
    return _scaled(grads, min(1.0, _length(grads) / limit)), _length(grads) > limit


@clip_together.wrong("This is the length of the longest array; asked for is that of all together, as one vector.")
def _longest_array(grads, limit):
    return _cut(grads, limit, max(np.linalg.norm(g) for g in grads.values()))


@clip_together.wrong(
    "Of a matrix `np.linalg.norm(g, 2)` is the largest singular value; without the 2 it is the length.")
def _singular_values(grads, limit):
    return _cut(grads, limit, np.sqrt(sum(np.linalg.norm(g, 2) ** 2 for g in grads.values())))


@clip_together.wrong("The length is the root of the sum of all squares; here it is their mean.")
def _mean_of_squares(grads, limit):
    return _cut(grads, limit, np.sqrt(sum((g ** 2).mean() for g in grads.values())))


@clip_together.wrong(
    "Nearly: the 1e-6 beside the length, which torch has, ends a little below the limit. Leave it out.")
def _with_epsilon(grads, limit):
    return _scaled(grads, min(1.0, limit / (_length(grads) + 1e-6))), _length(grads) > limit


@clip_together.wrong("The right gradient; but the second answer is turned round: True where it was too long.")
def _told_the_other_way(grads, limit):
    return _scaled(grads, min(1.0, limit / _length(grads))), _length(grads) <= limit


@clip_together.wrong("The right gradient; but the second answer is about the new length, and that is never too long.")
def _new_length_compared(grads, limit):
    return _scaled(grads, min(1.0, limit / _length(grads))), False


@clip_together.note("Whether it was too long is asked, not how long or by which factor: `length > limit`.")
def _a_number_told(outcome, expected):
    second = outcome.value[1] if isinstance(outcome.value, (tuple, list)) else None
    return isinstance(second, (int, float, np.number)) and not isinstance(second, (bool, np.bool_))


# -- an orthogonal start --------------------------------------------------------------------------------------
def _squares(rng, sizes=((2,), (1,), (3,), (3,), (5,))):
    for H, in sizes:
        yield {"A": rng.normal(size=(H, H))}


@exercise(cases=_squares, size=2, hints=(
    "Every matrix is a turn, a stretch along the axes, and another turn: A = U diag(s) Vᵀ. Which part must go?",
    "`np.linalg.svd` returns U, s and Vᵀ, the last one transposed already.",
    "With every s set to 1, the stretch in the middle is the identity."),
    after="It neither stretches nor shrinks anything: a linear RNN that starts here keeps every gradient's length.")
def nearest_orthogonal(A):
    """The orthogonal matrix nearest to A: as A, but with every singular value set to 1.

    A        (H, H)  for example random numbers; not singular
    returns  (H, H)
    """
    U, s, Vt = np.linalg.svd(A)
    return U @ Vt


@nearest_orthogonal.wrong("Orthogonal, but not the nearest: this is Q of the QR decomposition.")
def _from_qr(A):
    return np.linalg.qr(A)[0]


@nearest_orthogonal.wrong("Only the largest singular value is 1 now: dividing by a number shrinks all of them alike.")
def _divided_by_largest(A):
    return A / np.linalg.norm(A, 2)


@nearest_orthogonal.wrong("Each column has length 1, but the columns are not at right angles.")
def _columns_of_length_one(A):
    return A / np.linalg.norm(A, axis=0)


@nearest_orthogonal.wrong("Correct but for V: numpy returns it transposed already, so do not transpose it again.")
def _transposed_again(A):
    U, _, Vt = np.linalg.svd(A)
    return U @ Vt.T


@nearest_orthogonal.wrong("This is A again: the singular values are still in it.")
def _values_kept(A):
    U, s, Vt = np.linalg.svd(A)
    return U @ np.diag(s) @ Vt


@nearest_orthogonal.wrong("The two turns are in the wrong order: U comes first, Vᵀ last, as in A = U diag(s) Vᵀ.")
def _turns_exchanged(A):
    U, _, Vt = np.linalg.svd(A)
    return Vt @ U


@nearest_orthogonal.wrong("Each row has length 1, but the rows are not at right angles.")
def _rows_of_length_one(A):
    return A / np.linalg.norm(A, axis=1, keepdims=True)


@nearest_orthogonal.wrong("Dividing by one number shrinks all singular values alike; each of them must become 1.")
def _divided_by_length(A):
    return A / np.linalg.norm(A)


@nearest_orthogonal.wrong("This is U alone, one of the two turns; A = U diag(s) Vᵀ has another one.")
def _one_turn(A):
    return np.linalg.svd(A)[0]


@nearest_orthogonal.wrong("Orthogonal, but not the nearest: this is Q of the QR decomposition, its signs put right.")
def _from_qr_with_signs(A):
    Q, upper = np.linalg.qr(A)
    return Q * np.sign(np.diag(upper))


@nearest_orthogonal.wrong("`*` multiplies entry by entry; turns follow one another as `@`.")
def _turns_entry_by_entry(A):
    U, _, Vt = np.linalg.svd(A)
    return U * Vt


@nearest_orthogonal.note("numpy's s is a vector, the diagonal alone: `np.diag(s)` is the matrix. Is it needed here?")
def _no_matrix_left(outcome, expected):
    return np.ndim(outcome.value) == 1 and isinstance(outcome.value, np.ndarray)
