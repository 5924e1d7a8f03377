"""Exercises of chapter 10: principal components, the Jacobian of a step, Newton, stability, and what lasts."""

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

# -- principal components -----------------------------------------------------------------------------
CLOUDS = ((3, 2, 1), (1, 3, 1), (6, 3, 2), (9, 4, 1), (5, 4, 3), (8, 6, 2))    # N, S, k


def _clouds(rng, sizes=CLOUDS):
    for N, S, k in sizes:
        yield {"states": 2 + rng.normal(size=(N, S)) * rng.uniform(0.2, 2, S), "k": k}


def _other_clouds(rng):
    return _clouds(rng, [(N, S, int(rng.integers(1, max(2, min(N, S) - 1)))) for N, S, _ in other_sizes(rng, CLOUDS)])


@exercise(cases=_clouds, hidden=_other_clouds, size=3,
          rebuilds=("rnncourse.explain.simplify.components", "rnncourse.explain.simplify.Components.of",
                    "rnncourse.explain.simplify.Components.project"), hints=(
    "Directions of largest variance are meant about the mean: subtract it first, and add it again at the end.",
    "`np.linalg.svd(…, full_matrices=False)` returns U, σ and V transposed, whose *rows* are the directions.",
    "Almost the solution: with V[:k] for the first k rows, `(states - mean) @ V[:k].T` are the places, and "
    "`… @ V[:k]` leads back."),
    after="Run a network with this after each step, and you know what it can do in k directions: chapter 13 does.")
def project(states, k):
    """The states as they are in their first k principal components: the nearest ones that can be reached there.

    states   (N, S)
    k        how many components
    returns  (N, S): the mean, and what lies along the first k directions from it
    """
    mean = states.mean(0)
    V = np.linalg.svd(states - mean, full_matrices=False)[2]
    return mean + (states - mean) @ V[:k].T @ V[:k]


def _directions(states):
    return np.linalg.svd(states, full_matrices=False)[2]


def _along(states, V, mean):
    return mean + (states - mean) @ V.T @ V


@project.wrong("The mean was not subtracted: the first direction then points at the mean, not along the variance.")
def _not_centred(states, k):
    return _along(states, _directions(states)[:k], 0)


@project.wrong("The directions come from states whose mean was not subtracted; subtract it before the SVD too.")
def _directions_not_centred(states, k):
    return _along(states, _directions(states)[:k], states.mean(0))


@project.wrong("Correct but for the mean: add it again at the end.")
def _mean_not_added(states, k):
    mean = states.mean(0)
    return _along(states - mean, _directions(states - mean)[:k], 0)


@project.wrong("The directions are the rows of what the SVD returns last; these are its columns.")
def _columns(states, k):
    mean = states.mean(0)
    V = np.linalg.svd(states - mean, full_matrices=True)[2]
    return _along(states, V[:, :k].T, mean)


@project.wrong("These are the last k directions, those of least variance. (`eigh` gives the smallest first.)")
def _last(states, k):
    mean = states.mean(0)
    return _along(states, np.linalg.svd(states - mean, full_matrices=True)[2][-k:], mean)


@project.wrong("The mean is one over all numbers; each of the S has a mean of its own: `states.mean(0)`.")
def _one_mean(states, k):
    mean = states.mean()
    return _along(states, _directions(states - mean)[:k], mean)


@project.wrong("The mean was taken along each state; it is the mean over the states: `states.mean(0)`.")
def _mean_of_rows(states, k):
    mean = states.mean(1, keepdims=True)
    return _along(states, _directions(states - mean)[:k], mean)


@project.wrong("These are the places along the directions, (N, k); asked for are the states there, (N, S).")
def _places(states, k):
    mean = states.mean(0)
    return (states - mean) @ np.linalg.svd(states - mean, full_matrices=True)[2][:k].T


# -- the Jacobian of a step -----------------------------------------------------------------------------
def _steps(rng, sizes=((1, 2), (1, 1), (3, 2), (2, 4), (4, 3))):
    for D, H in sizes:
        yield {"W_xh": rng.normal(size=(D, H)), "W_hh": rng.normal(size=(H, H)), "b_h": rng.normal(size=H),
               "x": rng.normal(size=D), "h": np.tanh(rng.normal(size=H))}


@exercise(cases=_steps, size=2,
          rebuilds=("rnncourse.explain.autonomous.Autonomous.jacobian",
                    "rnncourse.explain.autonomous.Autonomous.both", "rnncourse.cells.jacobians.state_jacobians"),
          hints=(
    "The slope of tanh is 1 − tanh², and tanh here is the state *after* the step.",
    "Entry [i, j] is ∂(unit i after)/∂(unit j before) = slope_i · W_hh[j, i].",
    "Almost the solution: take the step, `after = …`; then `np.diag(1 - after ** 2) @ W_hh.T`."),
    after="Only at a fixed point are the state before and the state after the same; everywhere else it matters which.")
def jacobian(W_xh, W_hh, b_h, x, h):
    """∂F/∂h of one tanh step F(h) = tanh(x W_xh + h W_hh + b_h), at any state h, fixed point or not.

    W_xh, W_hh, b_h   (D, H), (H, H), (H,)
    x, h              (D,) the input that is held, (H,) the state before the step
    returns           (H, H): entry [i, j] is how unit i after the step moves with unit j before it
    """
    after = np.tanh(x @ W_xh + h @ W_hh + b_h)
    return np.diag(1 - after ** 2) @ W_hh.T


def _after(W_xh, W_hh, b_h, x, h):
    return np.tanh(x @ W_xh + h @ W_hh + b_h)


@jacobian.wrong("Right at a fixed point only: the slope is that of the state after the step, take the step first.")
def _slope_before(W_xh, W_hh, b_h, x, h):
    return np.diag(1 - h ** 2) @ W_hh.T


@jacobian.wrong("The slope is 1 − tanh(a)²; this squares a, what goes into tanh. Take the step first.")
def _square_of_what_enters(W_xh, W_hh, b_h, x, h):
    return np.diag(1 - (x @ W_xh + h @ W_hh + b_h) ** 2) @ W_hh.T


@jacobian.wrong("This steps with columns, W_hh @ h. States are rows here: h @ W_hh.")
def _step_of_columns(W_xh, W_hh, b_h, x, h):
    return np.diag(1 - np.tanh(W_xh.T @ x + W_hh @ h + b_h) ** 2) @ W_hh.T


@jacobian.wrong("W_hh is not transposed: rows are states here, and a Jacobian acts on columns.")
def _not_transposed(W_xh, W_hh, b_h, x, h):
    return np.diag(1 - _after(W_xh, W_hh, b_h, x, h) ** 2) @ W_hh


@jacobian.wrong("The transpose of the answer: entry [i, j] is ∂(unit i after)/∂(unit j before).")
def _transposed(W_xh, W_hh, b_h, x, h):
    return jacobian.reference(W_xh, W_hh, b_h, x, h).T


@jacobian.wrong("The slopes stand on the wrong side: they scale the rows, one for each unit after the step.")
def _slopes_right(W_xh, W_hh, b_h, x, h):
    return W_hh.T @ np.diag(1 - _after(W_xh, W_hh, b_h, x, h) ** 2)


@jacobian.wrong("Correct for a linear network: the slope of tanh is missing.")
def _no_slope(W_xh, W_hh, b_h, x, h):
    return W_hh.T.copy()


@jacobian.wrong("The input is left out: it moves the state after the step, and so the slope there.")
def _no_input(W_xh, W_hh, b_h, x, h):
    return np.diag(1 - np.tanh(h @ W_hh + b_h) ** 2) @ W_hh.T


@jacobian.wrong("The bias is left out: it moves the state after the step, and so the slope there.")
def _no_bias(W_xh, W_hh, b_h, x, h):
    return np.diag(1 - np.tanh(x @ W_xh + h @ W_hh) ** 2) @ W_hh.T


@jacobian.wrong("Correct but for the square: the slope of tanh is 1 − tanh².")
def _no_square(W_xh, W_hh, b_h, x, h):
    return np.diag(1 - _after(W_xh, W_hh, b_h, x, h)) @ W_hh.T


@jacobian.note("`1 − after²` is a vector: `np.diag(…)` makes a matrix of it, `[:, None] *` scales the rows.")
def _no_matrix(outcome, expected):
    return outcome.value is not None and np.ndim(outcome.value) < 2


# -- Newton -----------------------------------------------------------------------------------------------
def _places_to_go(rng, sizes=((2,), (1,), (3,), (4,), (6,))):
    for H, in sizes:
        yield {"h": rng.normal(size=H), "ahead": rng.normal(size=H), "J": rng.normal(size=(H, H)) / np.sqrt(H)}


@exercise(cases=_places_to_go, size=1,
          rebuilds=("rnncourse.explain._newton.newton", "rnncourse.explain.dynamics.fixed_points"), hints=(
    "Replace F by its tangent, F(h + d) ≈ ahead + J d, and ask that the step leads nowhere: ahead + J d = h + d.",
    "That is a linear system for d: (I − J) d = ahead − h. `np.linalg.solve(A, b)` solves A d = b.",
    "Almost the solution: h plus `np.linalg.solve(np.eye(len(h)) - J, ahead - h)`."),
    after="A few of these from enough starts, and the fixed points are found; watch that each one has arrived.")
def newton_step(h, ahead, J):
    """The next guess of Newton's method for a fixed point of h ← F(h).

    h        (H,) the guess so far
    ahead    (H,) F(h), one step of the network later
    J        (H, H) ∂F/∂h there, columns: a small change d of h changes F(h) by J @ d
    returns  (H,)
    """
    return h + np.linalg.solve(np.eye(len(h)) - J, ahead - h)


def _solved(A, b):
    return np.linalg.solve(A, b)


@newton_step.wrong("This runs the network one step; it leads to stable points only. Newton follows the tangent.")
def _one_step(h, ahead, J):
    return ahead.copy()


@newton_step.wrong("The wrong sign: away from the fixed point. It is (I − J) d = ahead − h, and then h + d.")
def _away(h, ahead, J):
    return h - _solved(np.eye(len(h)) - J, ahead - h)


@newton_step.wrong("This looks for F(h) = h with the slope of F alone; the slope of F(h) − h is J − I.")
def _identity_missing(h, ahead, J):
    return h - _solved(J, ahead - h)


@newton_step.wrong("The Jacobian is transposed: it acts on columns already, as J @ d.")
def _transposed_solve(h, ahead, J):
    return h + _solved(np.eye(len(h)) - J.T, ahead - h)


@newton_step.wrong("This is the step d alone; the next guess is h + d.")
def _step_alone(h, ahead, J):
    return _solved(np.eye(len(h)) - J, ahead - h)


@newton_step.wrong("Correct for one unit: 1 − J subtracts from every entry; the identity matrix is `np.eye(len(h))`.")
def _ones(h, ahead, J):
    return h + _solved(1 - J, ahead - h) if len(h) > 0 else h


@newton_step.wrong("Correct for one unit: units move each other, so it takes a linear system, not a division each.")
def _each_unit(h, ahead, J):
    return h + (ahead - h) / (1 - np.diag(J))


@newton_step.wrong("A division by each entry of I − J; what is wanted is the d with (I − J) @ d = ahead − h: "
                   "`np.linalg.solve`.")
def _divided(h, ahead, J):
    return h + (ahead - h) / (np.eye(len(h)) - J)


@newton_step.wrong("The gap is multiplied by I − J; it has to be divided by it: solve (I − J) d = ahead − h.")
def _multiplied(h, ahead, J):
    return h + (np.eye(len(h)) - J) @ (ahead - h)


@newton_step.wrong("The step starts from F(h); it is to start from h.")
def _from_ahead(h, ahead, J):
    return ahead + _solved(np.eye(len(h)) - J, ahead - h)


# -- stability ----------------------------------------------------------------------------------------------
def _fixed_points(rng):
    turn = np.array([[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]])
    for J in (np.array([[-1.5]]), 1.1 * turn, np.array([[0.9, 5.0], [0.0, 0.9]]), np.diag([0.5, -1.2, 1.3]),
              -0.5 * np.eye(2), rng.normal(size=(4, 4)), rng.normal(size=(6, 6)) / 4):
        yield {"J": J}


def _other_fixed_points(rng):
    """The same kinds as above, wider: one number, a turn that grows, a shear, a diagonal, one that shrinks, any two."""
    n, turn = int(rng.choice((5, 7, 9))), np.linalg.qr(rng.normal(size=(5, 5)))[0]
    for J in (-rng.uniform(1.1, 2, (1, 1)), rng.uniform(1.05, 1.3) * turn,
              rng.uniform(0.5, 0.9) * np.eye(n) + rng.uniform(1, 3) * np.eye(n, k=1),
              np.diag(rng.permutation([0.5, 0.1, *rng.uniform(1.1, 2, 2), *-rng.uniform(1.1, 2, 3)])),
              -rng.uniform(0.2, 0.8) * np.eye(n), rng.normal(size=(5, 5)), rng.normal(size=(8, 8)) / 5):
        yield {"J": J}


@exercise(cases=_fixed_points, hidden=_other_fixed_points, size=2, returns=("ways_out", "stable"),
          rebuilds=("rnncourse.explain.dynamics.fixed_points",), hints=(
    "After n steps a change along an eigenvector is λⁿ times as large: what counts is the size of λ.",
    "Eigenvalues may be negative or complex: their size is `np.abs`. Each of a complex pair counts.",
    "Almost the solution: count where `np.abs(np.linalg.eigvals(J))` is above 1; stable is a count of 0."),
    after="|λ| and not its real part, because the network steps; in continuous time it is the other way round.")
def ways_out(J):
    """In how many directions a small change grows at a fixed point, and whether the point is stable.

    J        (H, H) the Jacobian of one step there; no eigenvalue has size 1 exactly
    returns  two things: how many eigenvalues make a change grow from step to step, and True or False
    """
    growing = int((np.abs(np.linalg.eigvals(J)) > 1).sum())
    return growing, growing == 0


def _counted(which):
    return int(which.sum()), not which.any()


@ways_out.wrong("The rule for continuous time, real part above or below 0. A network that steps: |λ| and 1.")
def _continuous_time(J):
    return _counted(np.linalg.eigvals(J).real > 0)


@ways_out.wrong("The real part does not tell the size: −1.5 and complex λ can grow too. Take `np.abs`.")
def _real_part(J):
    return _counted(np.linalg.eigvals(J).real > 1)


@ways_out.wrong("These are singular values, what one step can stretch. In the long run eigenvalues decide.")
def _singular(J):
    return _counted(np.linalg.svd(J, compute_uv=False) > 1)


@ways_out.wrong("The other way round: these are the directions that shrink.")
def _shrinking(J):
    which = np.abs(np.linalg.eigvals(J)) < 1
    return int(which.sum()), bool(which.all())


@ways_out.wrong("The count is right; but one direction that shrinks is not enough to be stable, all must.")
def _any_shrinks(J):
    sizes = np.abs(np.linalg.eigvals(J))
    return int((sizes > 1).sum()), bool((sizes < 1).any())


@ways_out.wrong("The count is right, the other answer turned round: a point is stable where nothing grows.")
def _turned_round(J):
    growing = int((np.abs(np.linalg.eigvals(J)) > 1).sum())
    return growing, growing > 0


@ways_out.wrong("`eigvalsh` is for symmetric matrices and reads one half of this one only; take `eigvals`.")
def _as_if_symmetric(J):
    return _counted(np.abs(np.linalg.eigvalsh(J)) > 1)


@ways_out.wrong("A complex pair counts twice: its two eigenvalues span a plane, two directions.")
def _pair_once(J):
    values = np.linalg.eigvals(J)
    return _counted(np.abs(values[values.imag >= 0]) > 1)


@ways_out.wrong("The diagonal holds the eigenvalues of triangular matrices only; take `np.linalg.eigvals`.")
def _diagonal(J):
    return _counted(np.abs(np.diag(J)) > 1)


@ways_out.wrong("These are the eigenvalues of I − J, or their distance from 1. What grows is told by |λ| of J.")
def _of_i_minus_j(J):
    return _counted(np.abs(np.linalg.eigvals(np.eye(len(J)) - J)) > 1)


# -- what lasts ---------------------------------------------------------------------------------------------
def _leaks(rng):
    yield {"J": np.array([[0.3, 0.8], [0.0, 0.95]]), "change": np.array([1.0, -0.5])}
    yield from _slow(rng, ((1, 0.9), (2, 0.99), (3, 0.97), (4, -0.98), (6, 1.01)))


def _other_leaks(rng):
    slow = (*rng.uniform(0.9, 1.02, 4), -rng.uniform(0.9, 1.02))
    return _slow(rng, zip((1, 5, 7, 8, 5), map(float, slow), strict=True))


def _slow(rng, sizes):
    for S, slow in sizes:
        values = np.append(slow, rng.uniform(-0.7, 0.7, S - 1))
        V = np.eye(S) + 0.5 * rng.normal(size=(S, S)) / np.sqrt(S)
        yield {"J": V @ np.diag(values) @ np.linalg.inv(V), "change": rng.normal(size=S)}


@exercise(cases=_leaks, hidden=_other_leaks, size=3, rebuilds=("rnncourse.explain.dynamics.slow_modes",), hints=(
    "Write the change in eigenvectors, change = Σ a_k v_k. All parts but that of the largest |λ| fade away.",
    "`np.linalg.eig` returns the eigenvectors v_k as columns of V. The amounts a are the solution of V a = change.",
    "Almost the solution: with k the place of the largest `np.abs(values)`, `V[:, k]` times the k-th entry of "
    "`np.linalg.solve(V, change)`."),
    after="The k-th row of V⁻¹ is the left eigenvector, the reader: it sees its own direction and none of the others.")
def what_lasts(J, change):
    """The part of a change of the state along the slowest direction: what is left when all else has faded.

    J        (S, S) the Jacobian of a step; its eigenvalue of largest size is real and alone
    change   (S,)   a small change of the state
    returns  (S,)   the part of the change along the eigenvector of that eigenvalue, before any step is taken
    """
    values, V = np.linalg.eig(J)
    slowest = np.abs(values).argmax()
    return V[:, slowest].real * np.linalg.solve(V, change)[slowest].real


def _eigen(J):
    values, V = np.linalg.eig(J)
    return np.abs(values).argmax(), values.real, V.real


@what_lasts.wrong("Projected at right angles, v (v · change): eigenvectors are not at right angles, so others "
                  "leak in. The reader is the left eigenvector.")
def _at_right_angles(J, change):
    k, _, V = _eigen(J)
    return V[:, k] * (V[:, k] @ change)


@what_lasts.wrong("Reader and direction are exchanged: read with the left eigenvector, and go along the right one.")
def _exchanged(J, change):
    k, _, V = _eigen(J)
    return np.linalg.inv(V)[k] * (V[:, k] @ change)


@what_lasts.wrong("Projected on the left eigenvector; it reads, and the direction that remains is the right one.")
def _on_the_reader(J, change):
    k, _, V = _eigen(J)
    reader = np.linalg.inv(V)[k]
    return reader * (reader @ change) / (reader @ reader)


@what_lasts.wrong("The reader is not scaled: `eig` gives left eigenvectors u of length 1, and they read rightly once "
                  "u · v = 1. Divide by u @ v.")
def _reader_not_scaled(J, change):
    k, _, V = _eigen(J)
    values, U = np.linalg.eig(J.T)
    return V[:, k] * (U[:, np.abs(values).argmax()].real @ change)


@what_lasts.wrong("One step too late: this has been multiplied by λ once.")
def _one_step_later(J, change):
    return J @ what_lasts.reference(J, change)


@what_lasts.wrong("This is the whole change one step later; asked for is its slow part.")
def _whole_change(J, change):
    return J @ change


@what_lasts.wrong("The eigenvectors are the columns of V; this took a row.")
def _row(J, change):
    k, _, V = _eigen(J)
    return V[k] * np.linalg.solve(V, change)[k]


@what_lasts.wrong("This is the part that fades fastest: the slowest has the largest |λ|.")
def _fastest(J, change):
    _, values, V = _eigen(J)
    k = np.abs(values).argmin()
    return V[:, k] * np.linalg.solve(V, change)[k] if len(J) > 1 else change.copy()


@what_lasts.wrong("The largest eigenvalue may be negative: take the largest `np.abs`.")
def _largest_signed(J, change):
    _, values, V = _eigen(J)
    k = values.argmax()
    return V[:, k] * np.linalg.solve(V, change)[k]


@what_lasts.wrong("The eigenvalues come in no order: look for the one of largest size, do not take the first.")
def _first(J, change):
    _, _, V = _eigen(J)
    return V[:, 0] * np.linalg.solve(V, change)[0]


@what_lasts.wrong("What is left after removing the slow part: asked for is the slow part itself.")
def _the_rest(J, change):
    return change - what_lasts.reference(J, change)


@what_lasts.note("The amount along the direction is one number; asked for is the vector, amount times direction.")
def _a_number(outcome, expected):
    return np.ndim(outcome.value) == 0 and np.ndim(expected) == 1


@what_lasts.note("The direction is right, the amount is not. The amount is u @ change with u · v = 1, before any step; "
                 "running J on changes it by λ at every step.")
def _right_direction(outcome, expected):
    value = outcome.value
    if np.shape(value) != np.shape(expected) or np.size(expected) < 2 or np.iscomplexobj(value):
        return False
    sizes = np.linalg.norm(value) * np.linalg.norm(expected)
    return bool(sizes > 0 and abs(value @ expected) > (1 - 1e-9) * sizes)
