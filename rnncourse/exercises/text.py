"""Exercises of chapter 06: bits, columns of a stream, a state carried on, two guessers mixed, the nucleus."""

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

SIZES = ((2, 3, 4), (1, 2, 3), (3, 1, 5), (4, 2, 3), (5, 3, 6))    # T, B, K


def _log_softmax(logits):
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def _softmax(logits, axis=-1):
    powers = np.exp(logits - logits.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


# -- bits per character --------------------------------------------------------------------------------
def _predictions(rng, sizes=SIZES):
    for T, B, K in sizes:
        yield {"log_p": _log_softmax(2 * rng.normal(size=(T, B, K))), "targets": rng.integers(0, K, (T, B))}


def _right(log_p, targets):
    return np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]


@exercise(cases=_predictions, size=2, rebuilds=("rnncourse.losses.softmax_cross_entropy",), hints=(
    "At each place only one of the K numbers counts: the one of the character that really came.",
    "The surprise in nats is minus the mean of these. One bit is log 2 = 0.693… nats: there are *more* bits than nats.",
    "Almost the solution: `np.take_along_axis(log_p, targets[..., None], axis=-1)` picks the right ones, (T, B, 1)."),
    after="torch's cross_entropy gives nats; whoever quotes its loss as bits makes a model look better by a third.")
def bits_per_character(log_p, targets):
    """How surprised is a model by what came, in bits per character? From its log-probabilities in nats.

    log_p    (T, B, K)  natural logarithm of the probability that the model gives each of K characters
    targets  (T, B)     the number of the character that really came
    returns  a number: the mean over all places of −log2 of the probability of what came
    """
    right = np.take_along_axis(log_p, targets[..., None], axis=-1)
    return -right.mean() / np.log(2)


@bits_per_character.wrong("Correct but for the unit: these are nats. One bit is log 2 nats, so divide by `np.log(2)`.")
def _nats(log_p, targets):
    return -_right(log_p, targets).mean()


@bits_per_character.wrong("Multiplied by log 2 where it is divided: there are more bits than nats, not fewer.")
def _multiplied(log_p, targets):
    return -_right(log_p, targets).mean() * np.log(2)


@bits_per_character.wrong("Correct but for the sign: a log-probability is below 0, a surprise above.")
def _minus_missing(log_p, targets):
    return _right(log_p, targets).mean() / np.log(2)


@bits_per_character.wrong("This is the sum over all places. Per character means the mean.")
def _summed(log_p, targets):
    return -_right(log_p, targets).sum() / np.log(2)


@bits_per_character.wrong("Summed over the T steps and averaged over the rows only; each row has T characters.")
def _mean_of_rows(log_p, targets):
    return -_right(log_p, targets).sum(0).mean() / np.log(2)


@bits_per_character.wrong("Divided by T, the steps of one row, where it is T · B: each of the B rows has T characters.")
def _divided_by_T(log_p, targets):
    return -_right(log_p, targets).sum() / len(targets) / np.log(2)


@bits_per_character.wrong("The mean runs over all K characters; only the one that really came counts.")
def _all_classes(log_p, targets):
    return -log_p.mean() / np.log(2)


@bits_per_character.wrong(
    "`log_p[..., targets]` pairs every place with every target. `np.take_along_axis` takes one for each place.")
def _every_place_with_every_target(log_p, targets):
    return -log_p[..., targets].mean() / np.log(2)


@bits_per_character.wrong("The logarithm of the mean probability came; asked for is the mean of the logarithms.")
def _log_of_mean(log_p, targets):
    return -np.log2(np.exp(_right(log_p, targets)).mean())


@bits_per_character.wrong("This is the perplexity, 2 to the bits: among how many characters it is as if one guessed.")
def _perplexity(log_p, targets):
    return np.exp(-_right(log_p, targets).mean())


@bits_per_character.wrong("The surprise at the model's own favourite; what counts is the character that really came.")
def _at_the_favourite(log_p, targets):
    return -log_p.max(-1).mean() / np.log(2)


@bits_per_character.wrong("This is how unsure the model is (its entropy); it does not look at what really came.")
def _entropy(log_p, targets):
    return -(np.exp(log_p) * log_p).sum(-1).mean() / np.log(2)


@bits_per_character.note("log_p holds logarithms already: they are negative, and a second logarithm of them is NaN.")
def _logarithm_of_a_logarithm(outcome, expected):
    return np.isnan(outcome.value)


@bits_per_character.note("One number for each place came; the mean over all of them is asked for.")
def _one_for_each_place(outcome, expected):
    return np.ndim(outcome.value) in (2, 3)


@bits_per_character.note(
    "`np.take_along_axis` wants as many axes in targets (T, B) as in log_p (T, B, K): `targets[..., None]` adds one.")
def _targets_lack_an_axis(outcome, expected):
    return isinstance(outcome.error, ValueError) and "same number of dimensions" in str(outcome.error)


# -- a batch of columns --------------------------------------------------------------------------------
def _streams(rng, sizes=((12, 3, 2, 0), (10, 1, 3, 2), (11, 2, 1, 3), (13, 4, 3, 0), (27, 3, 4, 1))):
    for N, batch, steps, k in sizes:
        yield {"numbers": rng.permutation(97)[:N], "batch": batch, "steps": steps, "k": k}


def _other_streams(rng):
    sizes = []
    for batch in (1, *rng.integers(2, 6, 5)):
        N = int(rng.integers(28, 60))
        steps = int(rng.integers(1, 5))
        sizes.append((N, int(batch), steps, int(rng.integers((N - 1) // batch // steps))))
    return _streams(rng, sizes)


@exercise(cases=_streams, hidden=_other_streams, size=3, returns=("x", "y"),
          rebuilds=("rnncourse.datasets.text.Text.batches",), hints=(
    "First the columns: L = (N − 1) // batch characters each. Column b starts at place b · L of the text.",
    "Batch k holds steps k · steps to (k + 1) · steps − 1 of every column: time down, columns side by side.",
    "Almost the solution: make an array `place` of shape (T, B) out of a column `np.arange(steps)[:, None]` and a row "
    "`L * np.arange(batch)`; y is what stands one place further in the text."),
    after="So a state carried from batch k to batch k + 1 meets, in each column, the character that follows.")
def column_batch(numbers, batch, steps, k):
    """Batch k of a text cut into parallel columns, so that each column goes on where it stopped in batch k − 1.

    The text is cut into `batch` columns of L = (N − 1) // batch characters, one after another; what is left over is
    dropped. Batch 0 has the first `steps` characters of every column, batch 1 the next, and so on.

    numbers  (N,)       the text, one number a character
    batch, steps        how many columns B, and how many characters T of each
    k                   which batch, counted from 0; all of it lies inside the columns
    returns  x (T, B) and y (T, B): for each place of x the character that follows it in the text
    """
    L = (len(numbers) - 1) // batch
    place = np.arange(k * steps, (k + 1) * steps)[:, None] + L * np.arange(batch)
    return numbers[place], numbers[place + 1]


def _at(numbers, place, following=1):
    return numbers[place % len(numbers)], numbers[(place + following) % len(numbers)]


@column_batch.wrong(
    "The columns are interleaved: neighbours in the text stand side by side, so no column is a readable text.")
def _interleaved(numbers, batch, steps, k):
    place = (k * steps + np.arange(steps))[:, None] * batch + np.arange(batch)
    return _at(numbers, place)


@column_batch.wrong(
    "Each batch is a block of the text cut into columns; in the next batch no column goes on where it stopped.")
def _block(numbers, batch, steps, k):
    place = k * steps * batch + np.arange(steps)[:, None] + steps * np.arange(batch)
    return _at(numbers, place)


@column_batch.wrong("The targets are not shifted: y is x itself, and a network only has to copy what it reads.")
def _not_shifted(numbers, batch, steps, k):
    x, _ = column_batch.reference(numbers, batch, steps, k)
    return x, x.copy()


@column_batch.wrong("The targets are shifted the wrong way: y is the character before, which the network has read.")
def _the_one_before(numbers, batch, steps, k):
    L = (len(numbers) - 1) // batch
    place = np.arange(k * steps, (k + 1) * steps)[:, None] + L * np.arange(batch)
    return _at(numbers, place, -1)


@column_batch.wrong("y is x shifted to the side: the neighbouring column. Time is axis 0.")
def _shifted_sideways(numbers, batch, steps, k):
    x, _ = column_batch.reference(numbers, batch, steps, k)
    return x, np.roll(x, -1, axis=1)


@column_batch.wrong(
    "`np.roll` puts the batch's first characters at its end; the last step's target stands in the next batch.")
def _rolled(numbers, batch, steps, k):
    x, _ = column_batch.reference(numbers, batch, steps, k)
    return x, np.roll(x, -1, axis=0)


@column_batch.wrong("Right, but (B, T): rows of text. The course keeps time first, so give (T, B), the transpose.")
def _batch_first(numbers, batch, steps, k):
    x, y = column_batch.reference(numbers, batch, steps, k)
    return x.T, y.T


@column_batch.wrong("This is batch 0, whatever k is.")
def _always_the_first(numbers, batch, steps, k):
    return column_batch.reference(numbers, batch, steps, 0)


@column_batch.wrong("From one batch to the next only one step is gone; batch k begins at step k · steps.")
def _one_step_on(numbers, batch, steps, k):
    L = (len(numbers) - 1) // batch
    return _at(numbers, k + np.arange(steps)[:, None] + L * np.arange(batch))


@column_batch.wrong(
    "Correct but for the columns' length: (N − 1) // batch, as the last character has none that follows it.")
def _length_of_all(numbers, batch, steps, k):
    L = len(numbers) // batch
    return _at(numbers, np.arange(k * steps, (k + 1) * steps)[:, None] + L * np.arange(batch))


@column_batch.wrong("The columns' length is cut down to whole batches; here L is (N − 1) // batch as it is.")
def _whole_batches(numbers, batch, steps, k):
    L = (len(numbers) - 1) // batch // steps * steps
    return _at(numbers, np.arange(k * steps, (k + 1) * steps)[:, None] + L * np.arange(batch))


# -- a state carried on --------------------------------------------------------------------------------
def _reader(rng, K, most, H=3):
    """A small network with a state: run(x (T, B), state) -> log-probabilities (T, B, K), state (B, H); T ≤ most."""
    W_xh, W_hh, W_hy = rng.normal(size=(K, H)), rng.normal(size=(H, H)), 2 * rng.normal(size=(H, K))

    def run(x, state):
        if len(x) > most:
            raise ValueError(f"run was given a piece of {len(x)} characters a column; expected at most steps = {most}")
        if state is not None and np.shape(state) != (x.shape[1], H):
            raise ValueError(f"run was given the state {state!r:.40}; expected None at the start, and after that the "
                             "state that run gave back")
        state, log_p = np.zeros((x.shape[1], H)) if state is None else state, []
        for x_t in x:
            state = np.tanh(W_xh[x_t] + state @ W_hh)
            log_p.append(_log_softmax(state @ W_hy))
        return np.array(log_p), state

    return run


def _long_streams(rng, sizes=((7, 2, 3, 3), (1, 3, 4, 1), (5, 1, 4, 2), (9, 2, 3, 4), (8, 3, 5, 4))):
    for N, B, K, steps in sizes:
        run = _reader(rng, K, steps)
        yield {"run": run, "x": rng.integers(0, K, (N, B)), "y": rng.integers(0, K, (N, B)), "steps": steps}


def _pieces(run, x, y, steps, carry=True):
    """The log-probabilities of what came, (T, B), a piece at a time."""
    state = None
    for start in range(0, len(x), steps):
        log_p, new = run(x[start:start + steps], state)
        state = new if carry else None
        yield _right(log_p, y[start:start + steps])


@exercise(cases=_long_streams, size=7, rebuilds=("rnncourse.losses.softmax_cross_entropy",), hints=(
    "A loop over `range(0, N, steps)`. Before it the state is None; in it, `run` gives a new one for the next piece.",
    "The last piece may be shorter, so a mean of means would be wrong: add the surprises up, and divide once by N · B.",
    "Almost the solution: `x[start:start + steps]` is a piece, the last one too, for a slice may reach over the end."),
    after="Cut as you like, the score stays the same: that is what carrying the state means.")
def carried_bits(run, x, y, steps):
    """Bits per character of a long stream that is read `steps` characters at a time, the state carried on.

    run      a function: run(piece (T, B), state) -> log_p (T, B, K) in nats, and the state after the piece.
             The first piece gets the state None
    x, y     (N, B)  characters and, for each, the one that follows
    steps    characters of each column in a piece; the last piece may have fewer
    returns  a number: the mean over all N · B places
    """
    state, nats = None, 0.0
    for start in range(0, len(x), steps):
        piece = slice(start, start + steps)
        log_p, state = run(x[piece], state)
        nats -= np.take_along_axis(log_p, y[piece][..., None], axis=-1).sum()
    return nats / y.size / np.log(2)


@carried_bits.wrong("Correct for the first piece; but each later one starts from an empty state again. Carry it on.")
def _state_emptied(run, x, y, steps):
    return -sum(piece.sum() for piece in _pieces(run, x, y, steps, carry=False)) / y.size / np.log(2)


@carried_bits.wrong(
    "Correct where all pieces are as long; a mean of the pieces' means gives the short last one too much weight.")
def _mean_of_means(run, x, y, steps):
    return -np.mean([piece.mean() for piece in _pieces(run, x, y, steps)]) / np.log(2)


@carried_bits.wrong("Correct but for the unit: these are nats; divide by `np.log(2)`.")
def _carried_nats(run, x, y, steps):
    return carried_bits.reference(run, x, y, steps) * np.log(2)


@carried_bits.wrong("The pieces overlap: each begins `steps` after the one before, `range(0, len(x), steps)`.")
def _overlapping(run, x, y, steps):
    state, nats = None, 0.0
    for start in range(len(x)):
        log_p, state = run(x[start:start + steps], state)
        nats -= _right(log_p, y[start:start + steps]).sum()
    return nats / y.size / np.log(2)


@carried_bits.wrong("Only the last piece is counted; add up all of them.")
def _last_piece(run, x, y, steps):
    *_, last = _pieces(run, x, y, steps)
    return -last.mean() / np.log(2)


@carried_bits.wrong("Only the first piece is counted: a `return` inside the loop ends it at once.")
def _first_piece(run, x, y, steps):
    return -next(_pieces(run, x, y, steps)).mean() / np.log(2)


@carried_bits.wrong("The short last piece is left out; its characters count as well.")
def _short_piece_left_out(run, x, y, steps):
    kept = [piece for piece in _pieces(run, x, y, steps) if len(piece) == steps]
    count = sum(piece.size for piece in kept)
    return -sum(piece.sum() for piece in kept) / count / np.log(2) if count else np.nan


@carried_bits.wrong(
    "The short last piece is dropped: `len(x) // steps` counts the whole ones only. `range(0, len(x), steps)` has all.")
def _short_piece_dropped(run, x, y, steps):
    return -sum(piece.sum() for piece in _pieces(run, x, y, steps) if len(piece) == steps) / y.size / np.log(2)


@carried_bits.wrong("Correct but for the sign: a log-probability is below 0, a surprise above.")
def _carried_minus(run, x, y, steps):
    return -carried_bits.reference(run, x, y, steps)


@carried_bits.wrong("This is the sum over all places; per character means divided by their number, N · B.")
def _carried_sum(run, x, y, steps):
    return carried_bits.reference(run, x, y, steps) * y.size


@carried_bits.wrong("Divided by N where it is N · B: each of the B columns has N characters.")
def _divided_by_steps(run, x, y, steps):
    return carried_bits.reference(run, x, y, steps) * y.shape[1]


@carried_bits.wrong("Divided by `steps`, the length of one piece; the sum runs over all N · B places.")
def _divided_by_piece(run, x, y, steps):
    return carried_bits.reference(run, x, y, steps) * y.size / steps


@carried_bits.note("`run` gives two things, log_p and the state: `log_p, state = run(x[piece], state)`.")
def _one_thing_of_two(outcome, expected):
    return isinstance(outcome.error, (AttributeError, TypeError)) and "tuple" in str(outcome.error)


@carried_bits.note("Is y cut as x is? The targets of a piece are `y[start:start + steps]`.")
def _y_whole(outcome, expected):
    return isinstance(outcome.error, (IndexError, ValueError)) and "broadcast" in str(outcome.error)


@carried_bits.note("The pieces are not all as long: the last one may be shorter. Add up their sums, piece by piece.")
def _ragged(outcome, expected):
    return isinstance(outcome.error, ValueError) and "inhomogeneous" in str(outcome.error)


# -- two guessers in one -------------------------------------------------------------------------------
def _two_guessers(rng, sizes=((4, 3), (1, 2), (6, 1), (9, 5), (7, 4))):
    for N, M in sizes:
        yield {"p": rng.uniform(0.01, 1, N), "q": rng.uniform(0.01, 1, N), "weights": rng.uniform(0.05, 0.95, M)}


@exercise(cases=_two_guessers, size=2, hints=(
    "Mix the *probabilities* first, w p + (1 − w) q at each place; take the logarithm of the mixture then.",
    "All weights and all places at once: `weights[:, None]` has the shape (M, 1), and with (N,) it makes (M, N).",
    "Almost the solution: the bits are `-np.log2(mixture)`, and their mean over the last axis has the shape (M,)."),
    after="A mixture that beats both its parts says that each of them knows something which the other does not.")
def mixed_bits(p, q, weights):
    """Bits per character of two guessers mixed: at each place the mixture gives what came w p + (1 − w) q.

    p        (N,)  the probability that the one gave, at each of N places, to the character that really came
    q        (N,)  what the other gave it
    weights  (M,)  shares w of p to try, numbers from 0 to 1
    returns  (M,)  for each w the mean over the places of −log2 of the mixed probability
    """
    mixture = weights[:, None] * p + (1 - weights[:, None]) * q
    return -np.log2(mixture).mean(axis=-1)


def _mix(p, q, weights):
    return weights[:, None] * p + (1 - weights[:, None]) * q


@mixed_bits.wrong("The bits are mixed, not the probabilities; the logarithm comes after the mixing.")
def _bits_mixed(p, q, weights):
    return _mix(-np.log2(p), -np.log2(q), weights).mean(-1)


@mixed_bits.wrong("The weights have changed places: w is the share of p, and q gets the rest.")
def _weights_swapped(p, q, weights):
    return -np.log2(_mix(q, p, weights)).mean(-1)


@mixed_bits.wrong("Correct but for the unit: these are nats; `np.log2` gives bits.")
def _mixed_nats(p, q, weights):
    return -np.log(_mix(p, q, weights)).mean(-1)


@mixed_bits.wrong("The mean comes before the logarithm; each place has a surprise of its own: average those.")
def _mean_first(p, q, weights):
    return -np.log2(_mix(p, q, weights).mean(-1))


@mixed_bits.wrong("q has no weight: w p + q can be more than 1. It gets 1 − w.")
def _rest_missing(p, q, weights):
    return -np.log2(weights[:, None] * p + q).mean(-1)


@mixed_bits.wrong("This is the sum over the N places; per character means the mean.")
def _sum_of_places(p, q, weights):
    return -np.log2(_mix(p, q, weights)).sum(-1)


@mixed_bits.wrong("Correct but for the sign: log2 of a probability is below 0, a surprise above.")
def _negative_bits(p, q, weights):
    return np.log2(_mix(p, q, weights)).mean(-1)


@mixed_bits.wrong("At each place the larger of the two is taken: nobody knows beforehand which of them will be right.")
def _the_better_one(p, q, weights):
    return np.full(len(weights), -np.log2(np.maximum(p, q)).mean())


@mixed_bits.note("One number for each weight and place came; take the mean over the places, axis −1.")
def _no_mean(outcome, expected):
    return np.ndim(outcome.value) == 2


@mixed_bits.note("weights (M,) and p (N,) do not fit; `weights[:, None]` is (M, 1), and with (N,) gives (M, N).")
def _no_new_axis(outcome, expected):
    return isinstance(outcome.error, ValueError) and "broadcast" in str(outcome.error)


@mixed_bits.note("One number came for all M weights. Take the mean over the places only, axis −1: one for each weight.")
def _one_number(outcome, expected):
    return not outcome.error and np.ndim(outcome.value) == 0


# -- temperature, and the nucleus ----------------------------------------------------------------------
LOGITS = ((2, 4, 0.5, 0.9), (1, 3, 2.0, 0.7), (3, 5, 1.6, 0.75), (2, 6, 1.5, 0.6), (3, 3, 0.8, 0.95), (2, 8, 0.9, 0.8))


def _logits(rng, sizes=LOGITS):
    for B, K, temperature, p in sizes:
        yield {"logits": 0.7 * rng.normal(size=(B, K)), "temperature": temperature, "p": p}
    if sizes is not LOGITS:
        return
    flat, sharp = (.11, .2, .14, .105, .13, .095, .12, .1), (.3, .03, .42, .15, .06, .025, .01, .005)
    yield {"logits": 1.25 * np.log([flat, sharp]), "temperature": 1.25, "p": 0.5}


def _other_logits(rng):
    sizes = other_sizes(rng, (*LOGITS, *LOGITS))
    heats, shares = rng.uniform(0.5, 2.2, len(sizes)).round(2), rng.uniform(0.5, 0.95, len(sizes)).round(2)
    return _logits(rng, [(*row[:2], float(t), float(p)) for row, t, p in zip(sizes, heats, shares, strict=True)])


@exercise(cases=_logits, hidden=_other_logits, size=6, rebuilds=("rnncourse.sampling.next_probabilities",), hints=(
    "First the temperature: divide the *logits* by it. Then the softmax, so that each row adds up to 1.",
    "Sort each row from large to small (`np.sort`, then `[:, ::-1]`) and add up as you go (`np.cumsum`). A character "
    "stays where the sum *before* it is still below p: so the one that crosses p stays too.",
    "Find the smallest probability that stays in each row, `.min(axis=-1, keepdims=True)`, set what is smaller to 0, "
    "and divide by the row's new sum.",
    "Almost the solution: the sum before each is `np.cumsum(large, axis=-1) - large`; where that is not below p, put a "
    "1 in the place of the probability before you take the minimum."),
    after="Top-k keeps as many after `import nump` as after a full stop; a nucleus keeps few where the model is sure.")
def nucleus(logits, temperature, p):
    """Probabilities to draw from, with a temperature and only the nucleus kept: the likeliest that reach p together.

    q is the softmax of logits / temperature. In each row the likeliest characters stay, as few as have a sum of at
    least p; all others get 0, and the row is scaled to add up to 1.

    logits       (B, K)  one score for each of K characters
    temperature  a number above 0; 1 leaves the probabilities as they are
    p            a number between 0 and 1; no sum is exactly p, and no two scores of a row are equal
    returns      (B, K)
    """
    scaled = logits / temperature
    q = np.exp(scaled) / np.exp(scaled).sum(axis=-1, keepdims=True)
    large = np.sort(q, axis=-1)[:, ::-1]
    smallest = np.where(np.cumsum(large, axis=-1) - large < p, large, 1).min(axis=-1, keepdims=True)
    kept = np.where(q >= smallest, q, 0)
    return kept / kept.sum(axis=-1, keepdims=True)


def _cut(q, p):
    """(kept, scaled to 1): each row of q with 0 outside its nucleus."""
    large = -np.sort(-q, axis=-1)
    kept = np.where(q >= np.where(np.cumsum(large, -1) - large < p, large, np.inf).min(-1, keepdims=True), q, 0)
    return kept, kept / kept.sum(-1, keepdims=True)


@nucleus.wrong("The temperature changed nothing: applied after the softmax it only scales. Divide the logits by it.")
def _temperature_after(logits, temperature, p):
    return _cut(_softmax(logits), p)[1]


@nucleus.wrong("A softmax of a softmax: the temperature divides the logits, not the probabilities.")
def _softmax_twice(logits, temperature, p):
    return _cut(_softmax(_softmax(logits) / temperature), p)[1]


@nucleus.wrong("Multiplied by the temperature where it is divided: a low one must sharpen, not flatten.")
def _multiplied_by_it(logits, temperature, p):
    return _cut(_softmax(logits * temperature), p)[1]


@nucleus.wrong("The softmax runs over the rows of the batch, axis 0; each row is a distribution of its own.")
def _over_the_batch(logits, temperature, p):
    return _cut(_softmax(logits / temperature, axis=0), p)[1]


@nucleus.wrong("All rows together were scaled to 1. Each row is a distribution: `.sum(axis=-1, keepdims=True)`.")
def _one_sum_for_all(logits, temperature, p):
    powers = np.exp(logits / temperature)
    return _cut(powers / powers.sum(), p)[1]


@nucleus.wrong("At the end all rows together add up to 1. Each row must: `.sum(axis=-1, keepdims=True)`.")
def _scaled_over_all(logits, temperature, p):
    kept, _ = _cut(_softmax(logits / temperature), p)
    return kept / kept.sum()


@nucleus.wrong("Correct but for the last step: after the cut a row adds up to less than 1. Scale it again.")
def _not_scaled_again(logits, temperature, p):
    return _cut(_softmax(logits / temperature), p)[0]


@nucleus.wrong("The cut is not made: all K characters are kept.")
def _nothing_cut(logits, temperature, p):
    return _softmax(logits / temperature)


@nucleus.wrong("The one that crosses p is left out, so the rest adds up to less than p; it belongs to the nucleus.")
def _crossing_left_out(logits, temperature, p):
    q = _softmax(logits / temperature)
    large = -np.sort(-q, axis=-1)
    kept = np.where(q >= np.where(np.cumsum(large, -1) <= p, large, 1).min(-1, keepdims=True), q, 0)
    return kept / kept.sum(-1, keepdims=True)


@nucleus.wrong("One too many is kept: it stops at the first whose sum reaches p; the one after it goes.")
def _one_too_many(logits, temperature, p):
    q = _softmax(logits / temperature)
    kept, _ = _cut(q, p)
    following = np.where(kept > 0, 0, q).max(-1, keepdims=True)
    kept = np.where(q >= following, q, 0)
    return kept / kept.sum(-1, keepdims=True)


@nucleus.wrong("The sum runs from the smallest up, so the tail is kept: sort from large to small, `[:, ::-1]`.")
def _from_the_smallest(logits, temperature, p):
    q = _softmax(logits / temperature)
    small = np.sort(q, axis=-1)
    largest = np.where(np.cumsum(small, -1) - small < p, small, 0).max(-1, keepdims=True)
    kept = np.where(q <= largest, q, 0)
    return kept / kept.sum(-1, keepdims=True)


@nucleus.wrong("The kept probabilities are sorted; each must stay in the place of its own character.")
def _sorted(logits, temperature, p):
    return -np.sort(-_cut(_softmax(logits / temperature), p)[1], axis=-1)


@nucleus.wrong("The nucleus is found before the temperature; it must be the nucleus of softmax(logits / temperature).")
def _cut_before(logits, temperature, p):
    kept, _ = _cut(_softmax(logits), p)
    return _softmax(np.where(kept > 0, logits / temperature, -np.inf))


@nucleus.wrong("What is cut off gets the score 0, which is a score like another; its probability must be 0.")
def _score_of_zero(logits, temperature, p):
    kept, _ = _cut(_softmax(logits / temperature), p)
    return _softmax(np.where(kept > 0, logits / temperature, 0))


@nucleus.wrong(
    "The sums run in the order of the alphabet, not from the likeliest down: sort each row from large to small first.")
def _not_sorted(logits, temperature, p):
    q = _softmax(logits / temperature)
    kept = np.where(np.cumsum(q, -1) - q < p, q, 0)
    return kept / kept.sum(-1, keepdims=True)


@nucleus.wrong("What stays was found in the sorted row, and then cut out of the unsorted one: their places differ.")
def _sorted_mask(logits, temperature, p):
    q = _softmax(logits / temperature)
    large = -np.sort(-q, axis=-1)
    kept = np.where(np.cumsum(large, -1) - large < p, q, 0)
    return kept / kept.sum(-1, keepdims=True)


@nucleus.wrong(
    "The sorting is not undone: sorting by `order` once more mixes anew. Its inverse is `np.argsort(order, axis=-1)`.")
def _not_the_inverse(logits, temperature, p):
    kept = _cut(_softmax(logits / temperature), p)[1]
    order = np.argsort(-_softmax(logits / temperature), axis=-1)
    return np.take_along_axis(np.take_along_axis(kept, order, -1), order, -1)


@nucleus.wrong("One threshold for all rows; each has its own: `.min(axis=-1, keepdims=True)`.")
def _one_threshold(logits, temperature, p):
    q = _softmax(logits / temperature)
    kept = np.where(q >= np.where(_cut(q, p)[0] > 0, q, 1).min(), q, 0)
    return kept / kept.sum(-1, keepdims=True)


@nucleus.wrong("All rows keep as many as the one that needs most; each row has a count of its own.")
def _one_count(logits, temperature, p):
    return _first_of_each(_softmax(logits / temperature), lambda count: count.max(), p)


@nucleus.wrong("All rows keep as many as the first one; each row has a count of its own.")
def _count_of_the_first(logits, temperature, p):
    return _first_of_each(_softmax(logits / temperature), lambda count: count[0], p)


@nucleus.wrong("The counts of all rows are added up; each row has a count of its own: `.sum(axis=-1)`.")
def _counts_added(logits, temperature, p):
    return _first_of_each(_softmax(logits / temperature), lambda count: (count - 1).sum() + 1, p)


def _first_of_each(q, choose, p):
    """Rows of q with the same number kept in each: the one that is chosen from the sizes (B,) of their nuclei."""
    place = np.argsort(np.argsort(-q, axis=-1), axis=-1)
    kept = np.where(place < choose((_cut(q, p)[0] > 0).sum(-1)), q, 0)
    return kept / kept.sum(-1, keepdims=True)


@nucleus.note("Each row has a count and a threshold of its own: `axis=-1, keepdims=True`.")
def _rows_do_not_fit(outcome, expected):
    return isinstance(outcome.error, ValueError) and "broadcast" in str(outcome.error)


@nucleus.note("One number for each row: drawn already? What is asked for are the probabilities, (B, K).")
def _no_probabilities(outcome, expected):
    return np.ndim(outcome.value) == 1 and len(outcome.value) == len(expected)


@nucleus.note("In one row nothing is left. Is p a threshold for each single probability? It is one for their sum.")
def _nothing_left(outcome, expected):
    return np.isnan(outcome.value).all(-1).any()
