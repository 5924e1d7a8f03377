"""Exercises of chapter 02: a backward step, blame that reaches the start, truncation by hand, slopes measured."""

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

SIZES = ((3, 2, 1, 2), (1, 2, 3, 2), (2, 1, 2, 3), (5, 3, 2, 4), (7, 2, 3, 3))    # T, B, D, H


def _weights(rng, D, H):
    return {"W_xh": rng.normal(size=(D, H)), "W_hh": rng.normal(size=(H, H)) / np.sqrt(H), "b_h": rng.normal(size=H)}


def _states(params, x, h0, f=np.tanh):
    states, h = [], h0
    for x_t in x:
        h = f(x_t @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        states.append(h)
    return np.stack(states)


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


# -- the blame of a forecast, with padding -----------------------------------------------------------
def _forecasts(rng, sizes=SIZES):
    for T, B, K, _ in sizes:
        lengths = rng.integers(1, T + 1, B)
        lengths[0], lengths[-1] = T, max(T - 1, 1)    # padding from the first input on, so that it shows at once
        yield {"y": rng.normal(size=(T, B, K)), "target": rng.normal(size=(T, B, K)),
               "mask": np.arange(T)[:, None] < lengths}


@exercise(cases=_forecasts, size=2, rebuilds=("rnncourse.losses.squared_error",), hints=(
    "Without a mask: the derivative of (y − target)² is 2 (y − target), and the mean divides by their number.",
    "With a mask: padding gets no blame at all, and it does not count among the N forecasts either.",
    "Almost the solution: `mask[..., None]` has the shape (T, B, 1); multiplied with an array (T, B, K), it makes the "
    "padding 0. N is `mask.sum()` times K."),
    after="Every loss over sequences of unequal length needs this, and N is where it goes wrong.")
def masked_blame(y, target, mask):
    """dL/dy for the mean squared error over those forecasts only where `mask` is True.

    y, target  (T, B, K)
    mask       (T, B)  True where a row has a forecast, False on its padding; at least one is True
    returns    (T, B, K)  dL/dy with L = (1/N) Σ (y − target)², N = K · (number of True in mask)
    """
    N = mask.sum() * y.shape[2]
    return 2 * (y - target) * mask[..., None] / N


@masked_blame.note("Indexing with a mask leaves the padding out; it must stay, as 0. Multiply with `mask[..., None]`.")
def _indexed_with_the_mask(outcome, expected):
    return np.ndim(outcome.value) in (1, 2)


@masked_blame.wrong("Correct where nothing is padding; but padding is counted in N, which makes all blame too small.")
def _divided_by_all(y, target, mask):
    return 2 * (y - target) * mask[..., None] / y.size


@masked_blame.wrong("Correct for the real forecasts; but the padding gets blame as well.")
def _padding_blamed(y, target, mask):
    return 2 * (y - target) / (mask.sum() * y.shape[2])


@masked_blame.wrong("Correct without padding: this is the plain mean over all T·B·K numbers, the mask is not used.")
def _mask_unused(y, target, mask):
    return 2 * (y - target) / y.size


@masked_blame.wrong("Correct but for the factor 2: the derivative of a square is twice the thing.")
def _without_two(y, target, mask):
    return (y - target) * mask[..., None] / (mask.sum() * y.shape[2])


@masked_blame.wrong("Correct but for the sign: L rises with y where y is above its target.")
def _sign_turned(y, target, mask):
    return -masked_blame.reference(y, target, mask)


@masked_blame.wrong("Correct but for N: each of a forecast's K numbers counts, so N is K times the number of True.")
def _features_not_counted(y, target, mask):
    return 2 * (y - target) * mask[..., None] / mask.sum()


# -- one step back, through a sigmoid ------------------------------------------------------------------
def _sigmoid_steps(rng, sizes=SIZES):
    for _, B, D, H in sizes:
        params, x_t, h_prev = _weights(rng, D, H), rng.normal(size=(B, D)), rng.uniform(0, 1, (B, H))
        h_t = _sigmoid(x_t @ params["W_xh"] + h_prev @ params["W_hh"] + params["b_h"])
        yield {"params": params, "x_t": x_t, "h_prev": h_prev, "h_t": h_t, "dh_t": rng.normal(size=(B, H))}


@exercise(cases=_sigmoid_steps, size=3, returns=("blame", "dh_prev"),
          rebuilds=("rnncourse.cells.rnn.backward",), hints=(
    "Only one of the three derivatives is another one: the way through the activation.",
    "The slope of the sigmoid is σ(a) (1 − σ(a)). And σ(a) is known already: it is h_t.",
    "Almost the solution: `da_t = dh_t * h_t * (1 - h_t)`; the rest stands in the chapter."),
    after="A new activation changes one factor of the backward pass. The sigmoid lets a quarter through at most.")
def sigmoid_backward_step(params, x_t, h_prev, h_t, dh_t):
    """One step back through h_t = σ(x_t W_xh + h_prev W_hh + b_h), with the sigmoid in the place of tanh.

    params   W_xh (D, H), W_hh (H, H), b_h (H,)
    x_t      (B, D)
    h_prev   (B, H)  the state before the step, and h_t (B, H) the one after it
    dh_t     (B, H)  dL/dh_t, all that came back to h_t
    returns  blame, a dict with dL/dW_xh, dL/dW_hh, dL/db_h under the names of params; and dh_prev (B, H)
    """
    da_t = dh_t * h_t * (1 - h_t)
    blame = {"W_xh": x_t.T @ da_t, "W_hh": h_prev.T @ da_t, "b_h": da_t.sum(0)}
    return blame, da_t @ params["W_hh"].T


def _step_back(params, x_t, h_prev, da_t, W_back=None):
    blame = {"W_xh": x_t.T @ da_t, "W_hh": h_prev.T @ da_t, "b_h": da_t.sum(0)}
    return blame, da_t @ (params["W_hh"].T if W_back is None else W_back)


@sigmoid_backward_step.wrong("Correct but for the slope: 1 − h² is tanh's, and this activation is the sigmoid.")
def _slope_of_tanh(params, x_t, h_prev, h_t, dh_t):
    return _step_back(params, x_t, h_prev, dh_t * (1 - h_t ** 2))


@sigmoid_backward_step.wrong("Correct but for the activation's slope, which is missing: da_t is not dh_t.")
def _slope_missing(params, x_t, h_prev, h_t, dh_t):
    return _step_back(params, x_t, h_prev, dh_t)


@sigmoid_backward_step.wrong("Correct but for one σ too many: h_t is σ(a) already, the slope is h_t (1 − h_t).")
def _sigmoid_twice(params, x_t, h_prev, h_t, dh_t):
    s = _sigmoid(h_t)
    return _step_back(params, x_t, h_prev, dh_t * s * (1 - s))


@sigmoid_backward_step.wrong("Correct but for dh_prev: the way back is W_hhᵀ; W_hh fits as well, being square.")
def _not_transposed(params, x_t, h_prev, h_t, dh_t):
    return _step_back(params, x_t, h_prev, dh_t * h_t * (1 - h_t), params["W_hh"])


@sigmoid_backward_step.wrong("Correct but for W_hh's blame: the matrix multiplied h_prev in this step, not h_t.")
def _state_after(params, x_t, h_prev, h_t, dh_t):
    return _step_back(params, x_t, h_t, dh_t * h_t * (1 - h_t))


@sigmoid_backward_step.wrong("Correct but for b_h: every row of the batch used the bias, so it takes their sum.")
def _mean_over_rows(params, x_t, h_prev, h_t, dh_t):
    blame, dh_prev = _step_back(params, x_t, h_prev, dh_t * h_t * (1 - h_t))
    return blame | {"b_h": blame["b_h"] / len(dh_t)}, dh_prev


# -- blame that reaches the start ----------------------------------------------------------------------
def _backward_cases(rng, sizes=SIZES):
    for T, B, D, H in sizes:
        params, x, h0 = _weights(rng, D, H), rng.normal(size=(T, B, D)), rng.normal(size=(B, H))
        yield {"W_hh": params["W_hh"], "h": _states(params, x, h0), "dh_out": rng.normal(size=(T, B, H)),
               "params": params, "x": x, "h0": h0}


@exercise(cases=_backward_cases, size=5,
          rebuilds=("rnncourse.cells.rnn.backward", "rnncourse.cells.bptt.itemised_gradient"), hints=(
    "The same loop as `backward`, from the last step to the first, without the blame of the weights.",
    "At each step: what comes from outside plus what comes from the next step; times the slope; through W_hhᵀ.",
    "Before the loop `dh_next` is zero. After it, `dh_next` is what came to the state before the first step: h0."),
    after="With this a network can learn its own first state: h0 becomes one more parameter.")
def start_gradient(W_hh, h, dh_out):
    """dL/dh0 of a tanh RNN: how much of the blame walks back all the way, to the state before the first step.

    W_hh     (H, H)
    h        (T, B, H)  the states after each step
    dh_out   (T, B, H)  dL/dh from outside: what each step's own loss says
    returns  (B, H)     dL/dh0
    """
    dh_next = np.zeros_like(h[0])
    for t in reversed(range(len(h))):
        da_t = (dh_out[t] + dh_next) * (1 - h[t] ** 2)
        dh_next = da_t @ W_hh.T
    return dh_next


@start_gradient.wrong("Correct for a single step: dh_next is dropped, so the blame of all later steps is lost.")
def _next_dropped(W_hh, h, dh_out):
    return dh_out[0] * (1 - h[0] ** 2) @ W_hh.T


@start_gradient.wrong("Correct but for the slope of tanh, 1 − h², which is missing at every step.")
def _no_slope(W_hh, h, dh_out):
    return _walk(W_hh, np.zeros_like(h), dh_out)


@start_gradient.wrong("One step short: this is all that comes to the first state h_1, and h0 lies one more step back.")
def _one_step_short(W_hh, h, dh_out):
    return dh_out[0] + (_walk(W_hh, h[1:], dh_out[1:]) if len(h) > 1 else 0)


@start_gradient.wrong("The loop ends one step early: `range(T - 1, 0, -1)` stops before 0, so step 0 is left out.")
def _first_step_left_out(W_hh, h, dh_out):
    return _walk(W_hh, h[1:], dh_out[1:]) if len(h) > 1 else np.zeros_like(h[0])


@start_gradient.wrong("The way back goes through W_hhᵀ; here it goes through W_hh, which is square, so both fit.")
def _forward_matrix(W_hh, h, dh_out):
    return _walk(W_hh.T, h, dh_out)


@start_gradient.wrong(
    "Correct but for the place of dh_out: add `dh_out[t]` before the slope; the loss of step t reads h_t, after tanh.")
def _added_after_the_slope(W_hh, h, dh_out):
    dh_next = np.zeros_like(h[0])
    for t in reversed(range(len(h))):
        dh_next = (dh_out[t] + dh_next * (1 - h[t] ** 2)) @ W_hh.T
    return dh_next


@start_gradient.wrong(
    "Correct but for the place of dh_out: add `dh_out[t]` before the slope and W_hhᵀ, through which it walks as well.")
def _added_after_the_step(W_hh, h, dh_out):
    dh_next = np.zeros_like(h[0])
    for t in reversed(range(len(h))):
        dh_next = dh_next * (1 - h[t] ** 2) @ W_hh.T + dh_out[t]
    return dh_next


@start_gradient.wrong("Correct where only the last step has a loss: the dh_out[t] of all steps before is left out.")
def _only_the_last(W_hh, h, dh_out):
    only = np.zeros_like(dh_out)
    only[-1] = dh_out[-1]
    return _walk(W_hh, h, only)


@start_gradient.wrong("The loop runs forward in time; blame starts at the last step, for which nothing is next.")
def _forward_in_time(W_hh, h, dh_out):
    return _walk(W_hh, h[::-1], dh_out[::-1])


def _walk(W_hh, h, dh_out):
    dh_next = np.zeros_like(dh_out[0])
    for t in reversed(range(len(h))):
        dh_next = (dh_out[t] + dh_next) * (1 - h[t] ** 2) @ W_hh.T
    return dh_next


# -- truncation, by hand ---------------------------------------------------------------------------------
def _chunk_cases(rng, chunks=(2, 1, 2, 3, 3), sizes=SIZES):
    for size, case in zip(chunks, _backward_cases(rng, sizes), strict=True):
        yield case | {"size": size}


def _other_chunk_cases(rng):
    sizes = other_sizes(rng, SIZES)
    return _chunk_cases(rng, [int(rng.integers(1, T + 1)) for T, *_ in sizes], sizes)


@exercise(cases=_chunk_cases, hidden=_other_chunk_cases, size=7,
          rebuilds=("rnncourse.cells.rnn.backward", "rnncourse.cells.bptt.truncated_by_chunk",
                    "rnncourse.cells.bptt.itemised_recurrent", "rnncourse.cells.bptt.truncated"), hints=(
    "Take the loop of the chapter. Only one thing is added: where a chunk ends, nothing comes from the next step.",
    "Walking back, one enters a new chunk at its last step t: `(t + 1) % size == 0`. Then `dh_next` becomes zero.",
    "Almost the solution: `h_prev = h[t - 1] if t > 0 else h0`, whether or not a chunk begins at t: "
    "the state is not cut."),
    after="The state crosses the cut, the blame does not: this is all that truncation is.")
def chunked_gradient(W_hh, h, h0, dh_out, size):
    """dL/dW_hh of a tanh RNN, truncated by chunks: steps 0 … size − 1, then size … 2 size − 1, and so on.

    No blame passes from a chunk to the one before it. The states were carried on across every cut.

    W_hh     (H, H)
    h        (T, B, H)  the states after each step, h0 (B, H) the one before the first
    dh_out   (T, B, H)  dL/dh from outside
    size     steps in a chunk; the last chunk may have fewer
    returns  (H, H)
    """
    total, dh_next = np.zeros_like(W_hh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        if (t + 1) % size == 0:
            dh_next = np.zeros_like(h0)
        da_t = (dh_out[t] + dh_next) * (1 - h[t] ** 2)
        total += (h[t - 1] if t > 0 else h0).T @ da_t
        dh_next = da_t @ W_hh.T
    return total


@chunked_gradient.note("The last chunk may be shorter: it ends before `min(start + size, T)`.")
def _beyond_the_last(outcome, expected):
    return isinstance(outcome.error, IndexError)


def _chunked(W_hh, h, h0, dh_out, cut, state_at_cut=None):
    total, dh_next = np.zeros_like(W_hh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        da_t = (dh_out[t] + dh_next * (not cut(t + 1))) * (1 - h[t] ** 2)
        h_prev = h[t - 1] if t > 0 else h0
        if state_at_cut is not None and t > 0 and cut(t):
            h_prev = state_at_cut
        total += h_prev.T @ da_t
        dh_next = da_t @ W_hh.T
    return total


@chunked_gradient.wrong("This is the full gradient: the blame walks across the cuts.")
def _not_cut(W_hh, h, h0, dh_out, size):
    return _chunked(W_hh, h, h0, dh_out, lambda t: False)


@chunked_gradient.wrong("Correct but for the state at a cut, which is carried on: only the blame stops there.")
def _state_cut_too(W_hh, h, h0, dh_out, size):
    return _chunked(W_hh, h, h0, dh_out, lambda t: t % size == 0, np.zeros_like(h0))


@chunked_gradient.wrong("Correct but for the state: at a cut the state before is h[t − 1], not h0; only blame stops.")
def _start_at_each_cut(W_hh, h, h0, dh_out, size):
    return _chunked(W_hh, h, h0, dh_out, lambda t: t % size == 0, h0)


@chunked_gradient.wrong("The last chunk is left out where it is shorter than the others; it counts as well.")
def _short_chunk_left_out(W_hh, h, h0, dh_out, size):
    whole = len(h) // size * size
    return _chunked(W_hh, h[:whole], h0, dh_out[:whole], lambda t: t % size == 0)


@chunked_gradient.wrong("Only one chunk's gradient came; add up those of all chunks.")
def _last_chunk_only(W_hh, h, h0, dh_out, size):
    start = (len(h) - 1) // size * size
    before = h[start - 1] if start else h0
    return _chunked(W_hh, h[start:], before, dh_out[start:], lambda t: False)


@chunked_gradient.wrong("Each cut lies one step too early: the first chunk is steps 0 to size − 1.")
def _cut_one_early(W_hh, h, h0, dh_out, size):
    return _chunked(W_hh, h, h0, dh_out, lambda t: (t + 1) % size == 0)


@chunked_gradient.wrong(
    "Each cut lies one step too late: where `t % size == 0` a chunk begins; it ends one step before.")
def _cut_one_late(W_hh, h, h0, dh_out, size):
    return _chunked(W_hh, h, h0, dh_out, lambda t: (t - 1) % size == 0)


@chunked_gradient.wrong("The chunks are counted from the end; they start at the first step, and the last is short.")
def _counted_from_end(W_hh, h, h0, dh_out, size):
    return _chunked(W_hh, h, h0, dh_out, lambda t: (len(h) - t) % size == 0)


@chunked_gradient.wrong(
    "This is truncation by a window: each loss looks back `size` steps. Chunks cut at fixed places.")
def _window(W_hh, h, h0, dh_out, size):
    total = np.zeros_like(W_hh)
    for k in range(len(h)):
        dh = dh_out[k]
        for t in range(k, max(k - size, -1), -1):
            da_t = dh * (1 - h[t] ** 2)
            total += (h[t - 1] if t > 0 else h0).T @ da_t
            dh = da_t @ W_hh.T
    return total


@chunked_gradient.wrong("Correct but for the start: at step 0 the matrix multiplied h0, which is not zero here.")
def _start_ignored(W_hh, h, h0, dh_out, size):
    return chunked_gradient.reference(W_hh, h, np.zeros_like(h0), dh_out, size)


@chunked_gradient.wrong("Correct but for step 0: there `h[t - 1]` is h[-1], the last state of all; before it was h0.")
def _start_is_the_end(W_hh, h, h0, dh_out, size):
    return chunked_gradient.reference(W_hh, h, h[-1], dh_out, size)


# -- slopes, measured ------------------------------------------------------------------------------------
SHAPES = ((2,), (1,), (2, 3), (3, 1), (2, 1, 2))


def _functions(rng, shapes=SHAPES, share=1.0, step=1e-4):
    def cubic(w):
        return float((w ** 3).sum() / 3 + share * w.sum() ** 2)

    def wave(w):
        return float(np.sin(w).prod() + share * w.ravel()[0])

    for f, shape in zip((cubic, wave, cubic, wave, cubic), shapes, strict=True):
        yield {"f": f, "w": rng.normal(size=shape), "step": step}


def _other_functions(rng):
    return _functions(rng, other_sizes(rng, SHAPES), share=rng.uniform(0.3, 0.8), step=float(rng.uniform(1, 3)) * 1e-4)


@exercise(cases=_functions, hidden=_other_functions, size=7, tolerance=1e-8,
          rebuilds=("rnncourse.gradcheck.numerical",), hints=(
    "One entry at a time: up by `step`, down by `step`, and the difference over 2 · step.",
    "`for place in np.ndindex(w.shape):` visits each entry, whatever the number of axes; `w[place]` is that entry.",
    "Almost the solution: `up = w.copy()`, then `up[place] += step`; so the next entry meets w as it was."),
    after="Two runs for each number: too slow to train with, and the best judge of any backward pass.")
def numerical_gradient(f, w, step):
    """The slope of f at w along each entry of w, measured by central differences.

    f        a function: an array like w -> a number
    w        an array of any shape; it stays as it was
    step     how far to go up and down
    returns  an array of w's shape: for each entry (f with that entry raised by step
             − f with it lowered by step) / (2 step)
    """
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[place] += step
        down[place] -= step
        slopes[place] = (f(up) - f(down)) / (2 * step)
    return slopes


@numerical_gradient.wrong("This is the one-sided difference (f(w + step) − f(w)) / step; its error is far larger.")
def _one_sided(f, w, step):
    return _differences(f, w, lambda up, down, middle: (up - middle) / step, step)


@numerical_gradient.wrong("Correct but for the divisor: from w − step to w + step it is 2 · step.")
def _half_the_divisor(f, w, step):
    return _differences(f, w, lambda up, down, middle: (up - down) / step, step)


@numerical_gradient.wrong("Correct but for the sign: up minus down, not down minus up.")
def _down_minus_up(f, w, step):
    return _differences(f, w, lambda up, down, middle: (down - up) / (2 * step), step)


@numerical_gradient.wrong("All entries are moved at once, so each slope is the sum of all; move one at a time.")
def _all_at_once(f, w, step):
    return np.full_like(w, (f(w + step) - f(w - step)) / (2 * step))


@numerical_gradient.wrong(
    "Nothing but zeros. Was it `up = w`? `up = w` is no copy: both names are one array. `w.copy()` makes a copy.")
def _no_copy(f, w, step):
    return np.zeros_like(w)


@numerical_gradient.wrong(
    "Half of a one-sided difference. `down = w` is no copy: both names are one array, so down only takes back what up "
    "had added.")
def _taken_back(f, w, step):
    return _differences(f, w, lambda up, down, middle: (up - middle) / (2 * step), step)


@numerical_gradient.wrong("Correct for the first entry: it is not put back, so later slopes are measured elsewhere.")
def _not_put_back(f, w, step):
    slopes, moved = np.zeros_like(w), w.copy()
    for place in np.ndindex(w.shape):
        moved[place] += step
        up = f(moved)
        moved[place] -= 2 * step
        slopes[place] = (up - f(moved)) / (2 * step)
    return slopes


def _differences(f, w, slope, step):
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        move = np.zeros_like(w)
        move[place] = step
        slopes[place] = slope(f(w + move), f(w - move), f(w))
    return slopes
