"""Answers as learners really give them, chapter by chapter: what a check says to each must help with just that."""

import math

import numpy as np
import pytest
from exercise_checks import said, told

from rnncourse.activations import sigmoid
from rnncourse.cells import rnn
from rnncourse.exercises import bptt, gradients, gru, lstm, recurrence, start_here
from rnncourse.exercises._exercise import Exercise


# -- 00 ------------------------------------------------------------------------------------------
def test_a_rounded_number_is_seen_as_rounded():
    def rounded(x_t, h_prev, w_xh, w_hh, b):
        return round(float(np.tanh(w_xh * x_t + w_hh * h_prev + b)), 3)

    assert "Rounded? Return it as it is." in said(start_here.one_step, rounded)
    assert "float32" not in said(start_here.one_step, rounded)
    assert "Rounded?" in said(start_here.project, lambda x_t, W: (x_t @ W.T).round(1))
    assert "Rounded?" not in said(start_here.project, lambda x_t, W: (x_t @ W.T) + 0.1)


def test_a_count_that_comes_out_between_two_steps_is_rounded_up():
    def logs(keep, share):
        return math.log(share) / math.log(keep)

    between = said(start_here.steps_until, logs)
    assert "round up: `math.ceil(…)`" in between and "`//`" not in between
    assert "`int(np.ceil(…))`" in said(start_here.steps_until, lambda k, s: np.ceil(logs(k, s)))
    for rounding in (int, round, lambda value: int(value // 1)):
        assert "Round up: `math.ceil`" in start_here.steps_until.check(lambda k, s, r=rounding: r(logs(k, s))).message
    right = start_here.steps_until.check(lambda k, s: math.ceil(logs(k, s)))
    assert right.status == "correct"


def test_a_transposed_answer_is_called_so_once():
    assert said(start_here.project, lambda x_t, W: W @ x_t.T).count("transposed") == 1


# -- 01 ------------------------------------------------------------------------------------------
def in_pieces(params, pieces, h0, carry=-1, join=0):
    """Piece by piece with the library; `carry` is the step whose state goes on, None where none does."""
    states, h = [], h0
    for x in pieces:
        states.append(rnn.forward(params, x, h).h)
        h = None if carry is None else states[-1][carry]
    return np.concatenate(states, axis=join)


@pytest.mark.parametrize("fn, words", [
    (lambda p, x, h0: in_pieces(p, x, h0, join=1), "joined along another axis: time is axis 0."),
    (lambda p, x, h0: in_pieces(p, x, h0, carry=0), "carry on its last one, `[-1]`"),
    (lambda p, x, h0: np.concatenate([rnn.forward(p, piece).h for piece in x]), "every piece starts from zeros"),
    (lambda p, x, h0: in_pieces(p, x, h0, carry=None), "each later one starts from zeros again"),
])
def test_pieces_as_learners_join_them(fn, words):
    pieces = recurrence.run_in_pieces.cases()
    assert len({len(x) for x in pieces[0]["pieces"]}) == 1        # equal lengths: joining along axis 1 is no error
    answer = said(recurrence.run_in_pieces, fn)
    assert words in answer and "an axis too many" not in answer


def test_each_part_that_is_counted_once_a_step_has_its_name():
    def count(D, H, K, T, inputs=False, state=False, read_out=False):
        return D * H * (T if inputs or state else 1) + (H * H + H) * (T if state else 1) + (H + 1) * K * (
            T if read_out else 1)

    check = recurrence.count_parameters.check
    assert check(count).status == "correct"
    for part, words in {"inputs": "W_xh reads every step", "state": "the same W_xh, W_hh and b_h serve every step",
                        "read_out": "the same read-out serves every step"}.items():
        assert words in check(lambda D, H, K, T, part=part: count(D, H, K, T, **{part: True})).message


# -- 02 ------------------------------------------------------------------------------------------
def test_a_mask_as_an_index_loses_the_padding():
    answer = said(bptt.masked_blame, lambda y, t, mask: 2 * (y - t)[mask] / (mask.sum() * y.shape[2]))
    assert "leaves the padding out; it must stay, as 0" in answer and "axis too many" not in answer
    assert "input: 1 of 5" in answer and "mask (3, 2) = [[ True True] [ True" in answer and "False" in answer


def test_the_first_input_of_masked_blame_has_padding():
    first = bptt.masked_blame.cases()[0]["mask"]
    assert first.any() and not first.all()


def moved_in_place(f, w, step):
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        w[place] += step
        up = f(w)
        w[place] -= 2 * step
        slopes[place] = (up - f(w)) / (2 * step)
        w[place] += step
    return slopes


def two_names(f, w, step):
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        up = w
        down = w
        up[place] += step
        down[place] -= step
        slopes[place] = (f(up) - f(down)) / (2 * step)
    return slopes


def two_names_one_after_the_other(f, w, step):
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        up = w
        up[place] += step
        above = f(up)
        down = w
        down[place] -= step
        slopes[place] = (above - f(down)) / (2 * step)
    return slopes


def test_an_input_put_back_leaves_a_trace_of_rounding():
    assert "You put it back, but rounding leaves a trace; work on a copy." in said(bptt.numerical_gradient,
                                                                                   moved_in_place)


@pytest.mark.parametrize("fn, words", [(two_names, "`up = w` is no copy: both names are one array"),
                                       (two_names_one_after_the_other, "`down = w` is no copy")])
def test_a_second_name_is_no_copy(fn, words):
    verdict = bptt.numerical_gradient.check(fn)
    assert verdict.mistake and words in verdict.message


def in_chunks(W_hh, h, h0, dh_out, size, end=min, before=None, skip=False):
    """The way by chunks from front to back, as most write it first."""
    total, T = np.zeros_like(W_hh), len(h)
    for start in range(0, T, size):
        if skip and start + size > T:
            break
        dh_next = np.zeros_like(h0)
        for t in range(end(start + size, T) - 1, start - 1, -1):
            da_t = (dh_out[t] + dh_next) * (1 - h[t] ** 2)
            h_prev = h0 if t == 0 or (before and t == start) else h[t - 1]
            total += h_prev.T @ da_t
            dh_next = da_t @ W_hh.T
    return total


def test_chunks_as_learners_write_them():
    def check(**change):
        return bptt.chunked_gradient.check(lambda W_hh, h, h0, dh_out, size: in_chunks(W_hh, h, h0, dh_out, size,
                                                                                       **change))

    assert check().status == "correct"
    assert "at a cut the state before is h[t − 1], not h0" in check(before=True).message
    beyond = told(check(end=lambda stop, T: stop))
    assert "IndexError" in beyond and "last chunk may be shorter" in beyond and "`min(start + size, T)`" in beyond
    assert "single step or row" not in beyond
    assert "The last chunk is left out" in check(skip=True).message


def test_blame_from_outside_goes_through_the_slope_as_well():
    def after_the_step(W_hh, h, dh_out):
        dh_next = np.zeros_like(h[0])
        for t in reversed(range(len(h))):
            dh_next = (dh_next * (1 - h[t] ** 2)) @ W_hh.T
            dh_next = dh_next + dh_out[t]
        return dh_next

    def after_the_slope(W_hh, h, dh_out):
        dh_next = np.zeros_like(h[0])
        for t in reversed(range(len(h))):
            dh_next = (dh_out[t] + (1 - h[t] ** 2) * dh_next) @ W_hh.T
        return dh_next

    for fn in (after_the_step, after_the_slope):
        assert "add `dh_out[t]` before the slope" in bptt.start_gradient.check(fn).message


def test_two_names_of_the_backward_step_are_in_its_messages():
    answer = said(bptt.sigmoid_backward_step, lambda params, x_t, h_prev, h_t, dh_t: params)
    assert "blame and dh_prev" in answer and "`return blame, dh_prev`" in answer


# -- 03 ------------------------------------------------------------------------------------------
def chain(W_hh, h, slope=lambda h_t: np.diag(1 - h_t ** 2), start=None):
    J = np.eye(len(W_hh)) if start is None else start
    for h_t in h:
        J = slope(h_t) @ W_hh.T @ J
    return J


def norms_forward(J, stop=0):
    """Each product from its own step on, as most write it first."""
    norms = np.zeros(len(J))
    for t in range(len(J)):
        P = J[t]
        for k in range(t + 1, len(J) - stop):
            P = J[k] @ P
        norms[t] = np.linalg.norm(P, 2)
    return norms


def after_hundred_steps(W_hh):
    many = np.linalg.norm(np.linalg.matrix_power(W_hh, 100), 2) ** (1 / 100)
    return np.linalg.norm(W_hh, 2), many


def clipped(grads, limit, length=lambda arrays: np.sqrt(sum((g ** 2).sum() for g in arrays)), epsilon=0.0):
    size = length(list(grads.values()))
    return {name: g * min(1, limit / (size + epsilon)) for name, g in grads.items()}, size > limit


def svd_without_values(A):
    U, s, Vt = np.linalg.svd(A)
    return U @ np.ones_like(s) @ Vt


@pytest.mark.parametrize("exercise, fn, words", [
    (gradients.jacobian_from_start, lambda W, h: chain(W, h, lambda s: np.diag(1 - np.tanh(s) ** 2)), "one tanh too"),
    (gradients.jacobian_from_start, lambda W, h: chain(W, h, start=np.zeros_like(W)), "start from `np.eye(H)`"),
    (gradients.jacobian_from_start, lambda W, h: chain(W, h[1:]), "the first one's factor is left out"),
    (gradients.jacobian_from_start, lambda W, h: chain(W, h, lambda h_t: 1 - h_t ** 2), "`np.diag(…)` makes a matrix"),
    (gradients.norms_to_the_end, lambda J: norms_forward(J, 1), "The last factor J[T−1] is left out"),
    (gradients.norms_to_the_end, lambda J: norms_forward(J)[::-1].copy(), "turn them round"),
    (gradients.norms_to_the_end, lambda J: np.append(norms_forward(J), 1.0), "one entry too many, the last"),
    (gradients.growth, after_hundred_steps, "That comes nearer and nearer"),
    (gradients.growth, lambda W: (np.linalg.svd(W)[1], 1.0), "One of its entries is the answer"),
    (gradients.growth, lambda W: (np.linalg.norm(W, 2), max(np.linalg.eigvals(W + 0j))), "expected a real number"),
    (gradients.growth, lambda W: (np.linalg.norm(W), np.linalg.norm(W)), "(Frobenius); neither number is that"),
    (gradients.clip_together, lambda g, n: clipped(g, n, epsilon=1e-6), "the 1e-6 beside the length"),
    (gradients.clip_together, lambda g, n: clipped(g, n, lambda a: np.linalg.norm(np.concatenate(a))), "a.ravel()"),
    (gradients.clip_together, lambda g, n: (list(clipped(g, n)[0].values()), True), "makes a dict"),
    (gradients.clip_together, lambda g, n: clipped(g, n)[0], "expected 2 things"),
    (gradients.clip_together, lambda g, n: (clipped(g, n)[0], 0.5), "not how long or by which factor"),
    (gradients.nearest_orthogonal, svd_without_values, "numpy's s is a vector"),
    (gradients.nearest_orthogonal, lambda A: np.linalg.svd(A), "Several things came"),
    (gradients.nearest_orthogonal, lambda A: A / np.linalg.norm(A, axis=1)[:, None], "rows are not at right angles"),
])
def test_gradients_as_learners_write_them(exercise, fn, words):
    assert words in said(exercise, fn)


# -- 04 ------------------------------------------------------------------------------------------
def lstm_step(params, x_t, h_prev, c_prev, gate=None, value=0.0, peep=(0, 0, 0), squash=sigmoid.value):
    a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"], 4, axis=-1)
    i, f, g = squash(a_i + peep[0] * c_prev), squash(a_f + peep[1] * c_prev), np.tanh(a_g)
    i, f, g = (value if gate == name else part for name, part in (("i", i), ("f", f), ("g", g)))
    c = np.multiply(f, c_prev) + np.multiply(i, g)
    o = value if gate == "o" else squash(a_o + peep[2] * c)
    return np.multiply(o, np.tanh(c)), c


def cell_without_slope(f, o, c, dh_t, dc_next):
    dc_t = dc_next + dh_t * o * np.tanh(c)
    return dc_t, f * dc_t


def cell_with(f, dc_t):
    return dc_t, f * dc_t


def peeping_first(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    """Computes the cell without peepholes, and then lets all three gates look at it."""
    _, seen = lstm_step(params, x_t, h_prev, c_prev)
    a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"], 4, axis=-1)
    c = sigmoid.value(a_f + p_f * seen) * c_prev + sigmoid.value(a_i + p_i * seen) * np.tanh(a_g)
    return sigmoid.value(a_o + p_o * c) * np.tanh(c), c


def open_for_ever(steps, share):
    f = share ** (1 // steps)
    return math.log(f / (1 - f))


def beyond_the_last(i, f, g):
    written = i * g
    for j in range(len(f)):
        written[j] *= f[j + 1]
    return written


@pytest.mark.parametrize("exercise, fn, words", [
    (lstm.who_wrote, lambda i, f, g: i * g * np.cumprod(f, axis=0), "over the steps up to j"),
    (lstm.who_wrote, lambda i, f, g: i * g * np.prod(f, 0), "product of all the gates"),
    (lstm.who_wrote, lambda i, f, g: i * g * f, "own forget gate"),
    (lstm.who_wrote, lambda i, f, g: abs(lstm.who_wrote.reference(i, f, g)), "Correct but for the sign"),
    (lstm.who_wrote, beyond_the_last, "After the last step comes no gate"),
    (lstm.who_wrote, lambda i, f, g: lstm.who_wrote.reference(i, f, g).sum(0), "the sum of the answer over axis 0"),
    (lstm.cell_backward, lambda f, o, c, dh, dc: cell_with(f, dc + dh * o * (1 - np.tanh(c))), "The square is missing"),
    (lstm.cell_backward, lambda f, o, c, dh, dc: cell_with(f, dc + dh * np.tanh(c) * (1 - np.tanh(c) ** 2)),
     "stands where o belongs"),
    (lstm.cell_backward, cell_without_slope, "where its slope belongs"),
    (lstm.cell_backward, lambda f, o, c, dh, dc: (dc + dh * o * (1 - np.tanh(c) ** 2), dc * f), "not of dc_next alone"),
    (lstm.cell_backward, lambda f, o, c, dh, dc: dc + dh, "An array of shape (1, 2) came; expected 2 things"),
    (lstm.held_step, lambda p, x, h, c, gate, value: lstm_step(p, x, h, c, gate, value, squash=sigmoid), "two things"),
    (lstm.held_step, lambda p, x, h, c, gate, value: lstm_step(p, x, h, c, *((gate, value) if gate != "g" else ())),
     "the candidate \"g\" can be held as well"),
    (lstm.peephole_step, lambda p, i, f, o, x, h, c: lstm_step(p, x, h, c, peep=(i @ c, f, o)), "no matrix product"),
    (lstm.peephole_step, lambda p, i, f, o, x, h, c: lstm_step(p, x, h, c, peep=(f, i, o)), "p_i goes into a_i"),
    (lstm.peephole_step, lambda p, i, f, o, x, h, c: peeping_first(p, i, f, o, x, h, c), "they see c_prev"),
    (lstm.forget_bias_for, lambda steps, share: np.log(steps), "rule of thumb"),
    (lstm.forget_bias_for, lambda steps, share: share ^ (1 / steps), "A power is written `**`"),
    (lstm.forget_bias_for, open_for_ever, "is it `1 // steps`, which is 0?"),
])
def test_lstm_as_learners_write_it(exercise, fn, words):
    assert words in said(exercise, fn)


# -- 05 ------------------------------------------------------------------------------------------
def with_the_formula(rounding):
    def same_budget(D, H):
        k = 3 * D + 4
        return rounding((-k + math.sqrt(k * k + 48 * H * (D + H + 1))) / 6)
    return same_budget


def transposed_first(params):
    r, z, n = np.split(params["W_x"].T, 3, axis=-1)
    return {"W": np.concatenate([z, r, n], axis=-1)}


def without_the_start(z):
    return np.stack([(1 - z[j]) * np.prod(z[j + 1:], axis=0) for j in range(len(z))])


@pytest.mark.parametrize("exercise, fn, words", [
    (gru.state_backward, lambda z, n, h, dh: (dh * (1 - z), dh * (h - n), dh * z), "in the wrong order"),
    (gru.state_backward, lambda z, n, h, dh: (dh * (h - n), dh * (1 - z)), "`return dz, dn, dh_prev`"),
    (gru.state_backward, lambda z, n, h, dh: (dh * (n - h), dh * z, dh * (1 - z)), "z = 1 takes the new state"),
    (gru.to_onnx, transposed_first, "let them change places before it"),
    (gru.weights_of_steps, without_the_start, "There are T + 1 entries"),
    (gru.same_budget, with_the_formula(float), "round down"), (gru.same_budget, with_the_formula(round), "round down"),
])
def test_gru_as_learners_write_it(exercise, fn, words):
    assert words in said(exercise, fn)


def test_the_formula_rounded_down_is_right():
    assert gru.same_budget.check(with_the_formula(int)).status == "correct"


# -- anything at all -------------------------------------------------------------------------------
EXERCISES = [e for module in (start_here, recurrence, bptt, gradients, lstm, gru) for e in vars(module).values()
             if isinstance(e, Exercise)]
STRANGE = ([], (), [[1], [1, 2]], ((1, 2), 3), "word", object(), 1j, np.nan, np.inf, True, {}, {1: 2}, range(3), len,
           np.array([]), np.array("a"), np.array([None, 1]), np.zeros((2, 0, 3)), np.array(2.0), np.ma.array([1.0]),
           np.array([True, False]), np.float32(0.5), (np.eye(2),) * 2, (np.eye(2),) * 3, [np.eye(2), "a"],
           {"W_xh": None, "W_hh": [], "b_h": "x"})


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_whatever_comes_back_the_check_answers(exercise):
    for value in STRANGE:
        verdict = exercise.check(lambda *inputs, value=value: value)
        assert verdict.status == "not yet" and repr(verdict) and verdict._repr_html_()
    for error in (IndexError("far"), ValueError(), ZeroDivisionError("0"), KeyError(3), AttributeError("x")):
        def raises(*inputs, error=error):
            raise error
        assert type(error).__name__ in told(exercise.check(raises))
