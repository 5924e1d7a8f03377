"""Exercises of chapter 08: padding, the joined classifier, last states of both directions, two ways of scoring."""

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

SIZES = ((3, 2, 2, 2), (1, 3, 3, 2), (4, 1, 2, 3), (5, 3, 4, 3), (6, 4, 3, 2))    # T, B, D or K, H


def _lengths(rng, T, B):
    """(B,) lengths from 1 to T; the first row is shorter than the longest where that can be."""
    lengths = rng.integers(1, T + 1, B)
    lengths[0], lengths[-1] = max(T - 1, 1), T
    return lengths


# -- names of unequal length in one array --------------------------------------------------------------
NAMES = ((3, 5), (1, 1), (4,), (2, 6, 1), (5, 3, 4, 5))    # letters in each name


def _names(rng, sizes=NAMES):
    for lengths in sizes:
        yield {"names": [rng.integers(1, 27, length) for length in lengths]}


def _other_names(rng):
    return _names(rng, [(*row, 1) for row in other_sizes(rng, NAMES)])


@exercise(cases=_names, hidden=_other_names, size=5, returns=("x", "lengths"),
          rebuilds=("rnncourse.datasets._padding.stack", "rnncourse.datasets.names.Names.padded"), hints=(
    "How many rows and columns has x? As many steps as the longest name has letters, and a column for each name.",
    "Start from zeros of that shape, whole numbers, and write each name into its own column, from step 0 on.",
    "Almost the solution: the letters of name b go to `x[:lengths[b], b]`."),
    after="From here on one array holds the whole batch, and `lengths` alone knows which of its zeros are no letters.")
def pad(names):
    """Put names of unequal length into one array, a column each, with 0 after a name's end.

    names    a list of B arrays (T_b,) of letter numbers, whole numbers from 1 on; 0 is no letter
    returns  x (T, B), T the length of the longest; and lengths (B,), how many letters each name has
    """
    lengths = np.array([len(name) for name in names])
    x = np.zeros((lengths.max(), len(names)), dtype=int)
    for b, name in enumerate(names):
        x[:lengths[b], b] = name
    return x, lengths


@pad.note("`np.zeros` makes real numbers. A letter's number will be the number of a row, so give it `dtype=int`.")
def _real_numbers(outcome, expected):
    return outcome.value[0].dtype == float and outcome.value[0].shape == expected[0].shape


@pad.note("Names of unequal length make no array: start from zeros, and write each name into its own column.")
def _no_room_made(outcome, expected):
    return "inhomogeneous" in str(outcome.error) or "broadcast input array" in str(outcome.error)


@pad.note("Both are arrays: `np.array(lengths)` makes one of a list.")
def _lengths_as_a_list(outcome, expected):
    return isinstance(outcome.value[1], list)


@pad.wrong("Correct but for the axes: time comes first, so a name is a column of x, not a row.")
def _a_row_each(names):
    x, lengths = pad.reference(names)
    return x.T, lengths


@pad.wrong("Correct but for the lengths: they count the letters; the *place* of the last letter is one less.")
def _place_of_the_last(names):
    x, lengths = pad.reference(names)
    return x, lengths - 1


@pad.wrong("Correct but for the lengths: the padding is counted as well, so every name seems to be as long as x.")
def _padding_counted(names):
    x, lengths = pad.reference(names)
    return x, np.full_like(lengths, len(x))


@pad.wrong("Correct but for the axis of the lengths: a name is a column of x, so its letters are counted along axis 0.")
def _counted_along_the_names(names):
    x, _ = pad.reference(names)
    return x, np.count_nonzero(x, axis=1)


@pad.wrong("The padding stands in front. Here it comes after the name's end: letter t stands at step t.")
def _padded_in_front(names):
    x, lengths = pad.reference(names)
    return np.stack([np.roll(column, len(x) - n) for column, n in zip(x.T, lengths, strict=True)], axis=1), lengths


@pad.wrong("Correct but for the padding's number, −1; here it is 0, which is no letter's number.")
def _minus_one(names):
    x, lengths = pad.reference(names)
    return x - (x == 0), lengths


@pad.wrong("Every name is cut to the length of the shortest; the longest decides, and the others are filled with 0.")
def _cut_to_the_shortest(names):
    x, lengths = pad.reference(names)
    return x[:lengths.min()], lengths


@pad.wrong("The names were sorted by length. The order of the batch stays: labels stand in the same order elsewhere.")
def _sorted(names):
    return pad.reference(sorted(names, key=len, reverse=True))


@pad.wrong("The last letter of each name is missing: `x[:n]` already ends before n, so no `- 1` there.")
def _last_letter_missing(names):
    x, lengths = pad.reference(names)
    return x * (np.arange(len(x))[:, None] < lengths - 1), lengths


# -- the classic classifier ---------------------------------------------------------------------------
def _joined(rng, sizes=SIZES):
    for T, B, D, H in sizes:
        K = D + 1
        yield {"W_ih": rng.normal(size=(D + H, H)) / max(2, H / 1.5), "b_h": rng.normal(size=H),
               "W_io": rng.normal(size=(D + H, K)), "b_o": rng.normal(size=K), "x": rng.normal(size=(T, B, D))}


@exercise(cases=_joined, size=6, hints=(
    "The state starts as zeros (B, H). At each letter join x_t and the state side by side, (B, D + H).",
    "Both matrices read the *same* joined row: the one makes the next state, the other the scores. "
    "So the last scores read the last letter and the state *before* it.",
    "A log-softmax takes from each row of scores the log of the sum of their exponentials, so that afterwards the "
    "exponentials of a row add up to 1.",
    "Almost the solution: `np.concatenate([x_t, h], axis=1)` is the joined row, and "
    "`np.log(np.exp(scores).sum(axis=1, keepdims=True))` a column, one number for each name, to be taken from its "
    "scores."),
    after="This is the whole classifier of the tutorial; there is no activation in it anywhere before the log-softmax.")
def joined_classifier(W_ih, b_h, W_io, b_o, x):
    """Log-probabilities of the languages after the last letter: input and state joined, no activation.

    At each letter the joined row [x_t, h_{t−1}] gives the next state, [x_t, h_{t−1}] W_ih + b_h, and the scores,
    [x_t, h_{t−1}] W_io + b_o. The state starts at 0. A log-softmax over the languages follows the last scores.

    W_ih     (D + H, H), and b_h (H,)
    W_io     (D + H, K), and b_o (K,)
    x        (T, B, D)  names of T letters
    returns  (B, K)
    """
    h = np.zeros((x.shape[1], len(b_h)))
    for x_t in x:
        joined = np.concatenate([x_t, h], axis=1)
        h = joined @ W_ih + b_h
    scores = joined @ W_io + b_o
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def _scores(W_ih, b_h, W_io, b_o, x, activation=lambda a: a, last_joined=lambda x_t, h_prev, h: (x_t, h_prev)):
    h = np.zeros((x.shape[1], len(b_h)))
    for x_t in x:
        h_prev, h = h, activation(np.concatenate([x_t, h], axis=1) @ W_ih + b_h)
    return np.concatenate(last_joined(x_t, h_prev, h), axis=1) @ W_io + b_o


def _log_softmax(scores, axis=1):
    return scores - np.log(np.exp(scores).sum(axis=axis, keepdims=True))


@joined_classifier.wrong(
    "Correct but for the axis of the log-softmax: the languages of one name add up to 1, not the names of a language.")
def _over_the_names(W_ih, b_h, W_io, b_o, x):
    return _log_softmax(_scores(W_ih, b_h, W_io, b_o, x), axis=0)


@joined_classifier.wrong("Correct up to the end: one sum runs over all names and languages; take one for each row.")
def _over_everything(W_ih, b_h, W_io, b_o, x):
    return _log_softmax(_scores(W_ih, b_h, W_io, b_o, x), axis=None)


@joined_classifier.wrong("These are the scores; the log-softmax after them is missing.")
def _no_softmax(W_ih, b_h, W_io, b_o, x):
    return _scores(W_ih, b_h, W_io, b_o, x)


@joined_classifier.wrong("These are probabilities; their logarithm is asked for.")
def _no_log(W_ih, b_h, W_io, b_o, x):
    return np.exp(joined_classifier.reference(W_ih, b_h, W_io, b_o, x))


@joined_classifier.wrong("There is a tanh in the step. A better network perhaps, but the classic one has none.")
def _with_tanh(W_ih, b_h, W_io, b_o, x):
    return _log_softmax(_scores(W_ih, b_h, W_io, b_o, x, activation=np.tanh))


@joined_classifier.wrong(
    "The last scores read the last letter twice: once as x_T, once inside the state after it. "
    "They are made of the same joined row as the state: [x_T, h_{T−1}].")
def _new_state(W_ih, b_h, W_io, b_o, x):
    return _log_softmax(_scores(W_ih, b_h, W_io, b_o, x, last_joined=lambda x_t, h_prev, h: (x_t, h)))


@joined_classifier.wrong("Correct for one letter: the state is not carried on, so only the last letter is read.")
def _state_not_carried(W_ih, b_h, W_io, b_o, x):
    return joined_classifier.reference(W_ih, b_h, W_io, b_o, x[-1:])


@joined_classifier.wrong("These are the log-probabilities after the first letter; asked for are those after the last.")
def _first_letter_only(W_ih, b_h, W_io, b_o, x):
    return joined_classifier.reference(W_ih, b_h, W_io, b_o, x[:1])


@joined_classifier.wrong("Correct but for the bias of the step: b_h is left out.")
def _bias_left_out(W_ih, b_h, W_io, b_o, x):
    return joined_classifier.reference(W_ih, 0 * b_h, W_io, b_o, x)


@joined_classifier.wrong("Correct but for the bias of the scores: b_o is left out.")
def _bias_of_the_scores_left_out(W_ih, b_h, W_io, b_o, x):
    return joined_classifier.reference(W_ih, b_h, W_io, 0 * b_o, x)


@joined_classifier.wrong("The names are read backwards: the loop starts at the first letter, x[0].")
def _backwards(W_ih, b_h, W_io, b_o, x):
    return joined_classifier.reference(W_ih, b_h, W_io, b_o, x[::-1])


@joined_classifier.wrong("The scores of all letters are added up; asked for are those of the last letter alone.")
def _summed_over_letters(W_ih, b_h, W_io, b_o, x):
    return _log_softmax(sum(_scores(W_ih, b_h, W_io, b_o, x[:t + 1]) for t in range(len(x))))


@joined_classifier.wrong("There is a ReLU in the step, a maximum with 0. The classic one has no activation.")
def _with_relu(W_ih, b_h, W_io, b_o, x):
    return _log_softmax(_scores(W_ih, b_h, W_io, b_o, x, activation=lambda a: np.maximum(a, 0)))


@joined_classifier.wrong(
    "The state stands first in the joined row. Here it is [x_t, h], and the rows of the weights are in that order.")
def _state_first(W_ih, b_h, W_io, b_o, x):
    D = x.shape[2]
    swapped = (np.concatenate([W[-D:], W[:-D]]) for W in (W_ih, W_io))    # as if the rows stood the other way round
    W_ih, W_io = swapped
    return joined_classifier.reference(W_ih, b_h, W_io, b_o, x)


@joined_classifier.note("A sum over a row's languages must stay a column, to be taken from the row: `keepdims=True`.")
def _sum_not_kept(outcome, expected):
    return f"shapes {expected.shape} ({len(expected)},)".replace(" ", "") in str(outcome.error).replace(" ", "")


@joined_classifier.note("Scores may be negative: a softmax divides their *exponentials* by the sum of these.")
def _log_of_the_scores(outcome, expected):
    return outcome.value.shape == expected.shape and np.isnan(outcome.value).any()


@joined_classifier.note("Time comes first: `for x_t in x` walks through the letters, and each x_t is (B, D).")
def _rows_for_time(outcome, expected):
    return outcome.value.ndim == 2 and len(outcome.value) != len(expected)


@joined_classifier.note("Join the features, side by side: (B, D) and (B, H) become (B, D + H), which is `axis=1`.")
def _joined_along_the_rows(outcome, expected):
    return "concatenation axis" in str(outcome.error)


# -- the last state of both directions ---------------------------------------------------------------------
def _outputs(rng, sizes=SIZES):
    for T, B, _, H in sizes:
        lengths = _lengths(rng, T, B)
        out = rng.normal(size=(T, B, 2 * H))
        yield {"out": out * (np.arange(T)[:, None, None] < lengths[:, None]), "lengths": lengths}


@exercise(cases=_outputs, size=4, hints=(
    "Cut the last axis in two halves: the first H numbers are the forward direction's, the rest the backward one's.",
    "The forward direction has read a whole name at its last letter, step lengths − 1. Where has the backward one?",
    "`out[lengths - 1, np.arange(B), :H]` picks a step of its own for each name. "
    "The backward direction comes to its end at step 0, for every name."),
    after="torch hands out the same two states as `h_n[0]` and `h_n[1]` if the batch was packed.")
def last_states(out, lengths):
    """The last state of both directions, side by side: what each holds when it has read the whole name.

    out      (T, B, 2H)  outputs of a layer that reads both ways: first the forward direction's H numbers, then
             the backward one's; each letter's states stand at that letter's step, and padding is 0
    lengths  (B,)       letters in each name, from 1 to T
    returns  (B, 2H)    forward first
    """
    H, rows = out.shape[2] // 2, np.arange(out.shape[1])
    forward = out[lengths - 1, rows, :H]
    backward = out[0, :, H:]
    return np.concatenate([forward, backward], axis=1)


def _states_at(out, forward, backward):
    H, rows = out.shape[2] // 2, np.arange(out.shape[1])
    return np.concatenate([out[forward, rows, :H], out[backward, rows, H:]], axis=1)


@last_states.wrong("This is `out[-1]`: padding for the shorter names, and the backward direction has only begun there.")
def _the_last_step(out, lengths):
    return out[-1]


@last_states.wrong(
    "The forward half is right. At a name's last letter the backward direction has only begun: it has read one letter.")
def _both_at_the_last_letter(out, lengths):
    return _states_at(out, lengths - 1, lengths - 1)


@last_states.wrong(
    "The backward half is right. At step T − 1 the shorter names have padding; the last letter stands at lengths − 1.")
def _forward_reads_the_padding(out, lengths):
    return _states_at(out, -1, 0)


@last_states.wrong("The forward half is right. The backward direction comes to its end at step 0, not at step T − 1.")
def _backward_at_the_end(out, lengths):
    return _states_at(out, lengths - 1, -1)


@last_states.wrong("The backward half is right. At step 0 the forward direction has read one letter only.")
def _both_at_step_0(out, lengths):
    return out[0]


@last_states.wrong("The two ends are swapped: forward ends at the last letter, backward at the first.")
def _ends_swapped(out, lengths):
    return _states_at(out, 0, lengths - 1)


@last_states.wrong("Correct but for the order of the halves: forward comes first.")
def _halves_swapped(out, lengths):
    right = last_states.reference(out, lengths)
    H = out.shape[2] // 2
    return np.concatenate([right[:, H:], right[:, :H]], axis=1)


@last_states.wrong("The forward half stands one letter too early: lengths − 2. The last letter is at lengths − 1.")
def _one_too_early(out, lengths):
    return _states_at(out, lengths - 2, 0)


@last_states.wrong("This is the mean over all steps, padding included; asked for are the two last states.")
def _mean_over_steps(out, lengths):
    return out.mean(axis=0)


@last_states.wrong("This is the mean over each name's letters; asked for are two of its states, the last ones.")
def _mean_over_letters(out, lengths):
    return out.sum(axis=0) / lengths[:, None]


@last_states.wrong("This is the largest over all steps, for each number by itself; asked for are the two last states.")
def _largest(out, lengths):
    return out.max(axis=0)


@last_states.wrong("Correct but for the halves: the forward direction's H numbers come first: `:H`, not `::2`.")
def _every_other_number(out, lengths):
    rows = np.arange(out.shape[1])
    return np.concatenate([out[lengths - 1, rows, ::2], out[0, :, 1::2]], axis=1)


@last_states.note("The letters are at steps 0 to lengths − 1; `lengths` itself is one past the last one.")
def _one_too_late(outcome, expected):
    return isinstance(outcome.error, IndexError) and "out of bounds" in str(outcome.error)


@last_states.note("`out[lengths - 1]` takes a whole batch for each name. One step for each name takes two indices: "
                  "`out[lengths - 1, np.arange(B)]`.")
def _a_batch_each(outcome, expected):
    if outcome.error:                        # joined with a half of two axes
        return "3 dimension(s)" in str(outcome.error)
    return outcome.value.ndim == 3 and outcome.value.size != expected.size


@last_states.note("Side by side, not on top of one another: `np.concatenate([…, …], axis=1)`.")
def _on_top(outcome, expected):
    return outcome.value.size == expected.size and outcome.value.shape != expected.shape


# -- the right language among the first k ------------------------------------------------------------------
SCORED = ((4, 3, 2), (1, 4, 1), (6, 5, 2), (9, 4, 3), (5, 6, 1), (7, 3, 3))    # B, K, k


def _scored(rng, sizes=SCORED):
    for B, K, k in sizes:
        yield {"scores": rng.normal(size=(B, K)), "labels": rng.integers(0, K, B), "k": k}


def _other_scored(rng):
    return _scored(rng, [(B, K, int(rng.integers(1, K))) for B, K, _ in other_sizes(rng, SCORED)])


@exercise(cases=_scored, hidden=_other_scored, size=2, hints=(
    "When is a name's own language among its k highest? When fewer than k languages have a higher score.",
    "Compare the own language's score with all scores of its row, count along the row, and see for how many names the "
    "count is below k.",
    "Almost the solution: `scores[np.arange(len(labels)), labels]` is the score of each name's own language; "
    "with `[:, None]` it can be compared with whole rows."),
    after="With k = 1 it is plain accuracy, with k = K it is 1: look at both ends before you trust a score.")
def top_k_accuracy(scores, labels, k):
    """The share of names whose own language is among the k that got the highest scores. No two scores are equal.

    scores   (B, K)  one score for each language
    labels   (B,)    the number of each name's own language
    k        from 1 to K
    returns  a number from 0 to 1
    """
    own = scores[np.arange(len(labels)), labels]
    return float(((scores > own[:, None]).sum(axis=1) < k).mean())


def _ranks(scores, labels):
    """(B,): how many languages have a higher score than the name's own."""
    return (scores > scores[np.arange(len(labels)), labels][:, None]).sum(1)


@top_k_accuracy.wrong("A label counts here if it is among the first k of *any* name; look in the name's own row only.")
def _anywhere(scores, labels, k):
    return float(np.isin(labels, np.argsort(scores, axis=1)[:, -k:]).mean())


@top_k_accuracy.wrong(
    "`np.argsort` does not give ranks: its first entry is the *language* with the highest score, not the place of "
    "language 0. Look for the label among the first k entries of its row.")
def _argsort_for_ranks(scores, labels, k):
    return float((np.argsort(-scores, axis=1)[np.arange(len(labels)), labels] < k).mean())


@top_k_accuracy.wrong("Sorted along the wrong axis: a row holds one name, so `axis=1`; `axis=0` compares names.")
def _sorted_over_the_names(scores, labels, k):
    return float(np.isin(labels, np.argsort(-scores, axis=0)[:k]).mean())


@top_k_accuracy.wrong("This is in per cent; asked for is a share from 0 to 1.")
def _per_cent(scores, labels, k):
    return 100 * top_k_accuracy.reference(scores, labels, k)


@top_k_accuracy.wrong("These are the k *lowest*: `np.argsort` puts the smallest first, so take the last k.")
def _lowest(scores, labels, k):
    return float((_ranks(-scores, labels) < k).mean())


@top_k_accuracy.wrong("Only the k-th place counts here; a name whose language comes earlier is right as well.")
def _exactly_the_kth(scores, labels, k):
    return float((_ranks(scores, labels) == k - 1).mean())


@top_k_accuracy.wrong("One place too many: fewer than k higher scores means the own language is among the first k.")
def _one_too_many(scores, labels, k):
    return float((_ranks(scores, labels) <= k).mean())


@top_k_accuracy.wrong("One place too few: with k = 1 this is always 0.")
def _one_too_few(scores, labels, k):
    return float((_ranks(scores, labels) < k - 1).mean())


@top_k_accuracy.wrong("This is plain accuracy, whatever k is.")
def _only_the_first(scores, labels, k):
    return float((_ranks(scores, labels) < 1).mean())


@top_k_accuracy.wrong("This counts the names; asked for is their share, from 0 to 1.")
def _counted(scores, labels, k):
    return float((_ranks(scores, labels) < k).sum())


@top_k_accuracy.wrong("Divided by k as well: each name has one language of its own, so it is right once or not at all.")
def _divided_by_k(scores, labels, k):
    return float((_ranks(scores, labels) < k).mean() / k)


@top_k_accuracy.wrong("This is the share that is wrong: 1 minus what is asked for.")
def _errors(scores, labels, k):
    return float((_ranks(scores, labels) >= k).mean())


# -- who is taken for whom -----------------------------------------------------------------------------------
def _guesses(rng, sizes=((5, 2), (1, 3), (12, 3), (20, 4), (6, 5))):
    for B, K in sizes:
        labels, guesses = rng.integers(0, K - (B > 5), B), rng.integers(0, K, B)
        guesses[0] = (labels[0] + 1) % K
        if B > 1:
            labels[-1], guesses[-1] = labels[0], guesses[0]    # the same mistake twice
        yield {"labels": labels, "guesses": guesses, "classes": K}


@exercise(cases=_guesses, size=4, hints=(
    "A table of zeros, whole numbers, `classes` by `classes`. Each name adds 1 to one cell of it. To which?",
    "Row: what it is. Column: what it was taken for. A loop over the names does it.",
    "`zip(labels, guesses)` walks through both at once."),
    after="A row's sum is the number of names of that language; the diagonal over it is the share that is found.")
def confusion(labels, guesses, classes):
    """Count who is taken for whom: entry [i, j] says how many names of language i were guessed to be of j.

    labels   (B,)  the number of each name's own language
    guesses  (B,)  the number of the language guessed
    classes  K, how many languages there are; some may have no name here
    returns  (K, K) whole numbers
    """
    table = np.zeros((classes, classes), dtype=int)
    for label, guess in zip(labels, guesses, strict=True):
        table[label, guess] += 1
    return table


@confusion.note("A count is a whole number: `np.zeros(…, dtype=int)`.")
def _counts_as_real_numbers(outcome, expected):
    return outcome.value.dtype == float and np.array_equal(outcome.value, expected)


@confusion.wrong("Row and column are swapped: a row holds the names of one language, a column what was guessed.")
def _swapped(labels, guesses, classes):
    return confusion.reference(guesses, labels, classes)


@confusion.wrong(
    "Every pair is counted once at most: `table[labels, guesses] += 1` reads, adds and writes all at once, so what "
    "occurs twice adds 1. `np.add.at(table, (labels, guesses), 1)` or a loop counts each.")
def _once_at_most(labels, guesses, classes):
    table = np.zeros((classes, classes), dtype=int)
    table[labels, guesses] += 1
    return table


@confusion.wrong(
    "Every pair is counted once at most: `table[labels, guesses] += 1` reads, adds and writes all at once, so what "
    "occurs twice adds 1. `np.add.at(table, (labels, guesses), 1)` or a loop counts each; and a count is a whole "
    "number, `np.zeros(…, dtype=int)`.")
def _once_at_most_in_real_numbers(labels, guesses, classes):
    return _once_at_most(labels, guesses, classes).astype(float)


@confusion.wrong(
    "All rows are one and the same: `[[0] * K] * K` repeats one list. `np.zeros((K, K), dtype=int)` has K rows.")
def _one_row_for_all(labels, guesses, classes):
    return np.tile(np.bincount(guesses, minlength=classes), (classes, 1))


@confusion.wrong("Only the mistakes are counted; right guesses belong on the diagonal.")
def _mistakes_only(labels, guesses, classes):
    table = confusion.reference(labels, guesses, classes)
    return table - np.diag(np.diag(table))


@confusion.wrong("Only the right guesses are counted; the mistakes belong beside the diagonal.")
def _right_only(labels, guesses, classes):
    return np.diag(np.diag(confusion.reference(labels, guesses, classes)))


@confusion.wrong("Counted both ways: a name of i taken for j adds to [i, j] only, not to [j, i] as well.")
def _both_ways(labels, guesses, classes):
    table = confusion.reference(labels, guesses, classes)
    return table + table.T


@confusion.wrong("These are shares of each row; asked for are the counts.")
def _shares(labels, guesses, classes):
    table = confusion.reference(labels, guesses, classes)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)


@confusion.note("Languages without a name keep their row and column: K is `classes`, not the largest label.")
def _too_small(outcome, expected):
    return outcome.value.ndim == 2 and outcome.value.shape != expected.shape
