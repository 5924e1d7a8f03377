"""Exercises of chapter 12: a probe scored on texts held out, a control task, selectivity, a unit held, a direction."""

import numpy as np

from rnncourse.exercises._exercise import exercise


# -- a probe, scored where it has not learnt -----------------------------------------------------------
def _probe(rng, sizes=((5, 8, 2), (4, 7, 1), (6, 20, 4), (4, 12, 3), (8, 9, 2))):
    """Texts of unequal length, in which the property is more or less frequent: so slips in the means show."""
    for texts, steps, D in sizes:
        groups = rng.permuted(np.repeat(np.arange(texts), rng.integers(3, 2 * steps, texts)))
        s = 0.6 * rng.normal(size=(len(groups), D)) + rng.normal(size=(texts, D))[groups]
        z = (s[:, 0] + rng.normal(size=len(s)) > rng.normal(0.5, 0.6, texts)[groups]).astype(float)
        yield {"s": s, "z": z, "groups": groups, "held": rng.permutation(texts)[:max(1, texts // 2)]}


@exercise(cases=_probe, size=6,
          rebuilds=("rnncourse.explain.probes.linear_probe", "rnncourse.explain.probes.probe_with_control"), hints=(
    "Which steps are held out? Those whose text is in `held`: `np.isin` tells where an array has such numbers.",
    "A column of ones beside the states takes care of the bias: `np.column_stack` puts arrays side by side.",
    "`np.linalg.lstsq` solves for the weights (the first thing it returns); give it the rows of the *other* texts.",
    "Almost the solution: the readings of the held-out rows are above one half or not; compare that with z > 0.5, and "
    "take the mean."),
    after="Splitting by `groups` is the whole trick: neighbours of a held-out letter are held out with it.")
def held_out_accuracy(s, z, groups, held):
    """How often is a linear probe right, on texts that it has not learnt from?

    The probe is the least-squares fit of z by s and a bias, without a penalty, over all steps of the other texts.
    It says yes where its reading is above one half.

    s        (N, D)  states
    z        (N,)    1.0 where the property holds, 0.0 where not
    groups   (N,)    the number of the text that each step is from
    held     (G,)    numbers of the texts that are held out
    returns  a number: the share of the held-out steps at which the probe is right
    """
    out = np.isin(groups, held)
    A = np.column_stack([s, np.ones(len(s))])
    w = np.linalg.lstsq(A[~out], z[~out], rcond=None)[0]
    yes = A[out] @ w > 0.5
    return (yes == (z[out] > 0.5)).mean()


def _fitted(s, z, learn, ask, bias=True, middle=0.5):
    A = np.column_stack([s, np.ones(len(s))]) if bias else s
    w = np.linalg.lstsq(A[learn], z[learn], rcond=None)[0]
    return ((A[ask] @ w > middle) == (z[ask] > 0.5)).mean()


@held_out_accuracy.wrong("This is the score on the texts that the probe was fitted to; asked for is the held-out one.")
def _on_its_own_lesson(s, z, groups, held):
    out = np.isin(groups, held)
    return _fitted(s, z, ~out, ~out)


@held_out_accuracy.wrong("The probe was fitted on all texts, the held-out ones too: it has seen what it is asked.")
def _fitted_on_everything(s, z, groups, held):
    out = np.isin(groups, held)
    return _fitted(s, z, np.ones(len(s), bool), out)


@held_out_accuracy.wrong("The two parts are swapped: fitted on the held-out texts, and asked about the others.")
def _swapped(s, z, groups, held):
    out = np.isin(groups, held)
    return _fitted(s, z, out, ~out)


@held_out_accuracy.wrong("Split by steps, not by texts: the last steps are held out, as many as `held` has.")
def _by_steps(s, z, groups, held):
    out = np.arange(len(s)) >= len(s) - np.isin(groups, held).sum()
    return _fitted(s, z, ~out, out)


@held_out_accuracy.wrong("`held` holds numbers of texts, not of steps: `np.isin(groups, held)` finds their steps.")
def _steps_numbered(s, z, groups, held):
    out = np.isin(np.arange(len(s)), held)
    return _fitted(s, z, ~out, out)


@held_out_accuracy.wrong("Correct but for the bias: without a column of ones the reading is 0 wherever the state is 0.")
def _no_bias(s, z, groups, held):
    out = np.isin(groups, held)
    return _fitted(s, z, ~out, out, bias=False)


@held_out_accuracy.wrong("Correct but for the threshold: z is 0 or 1, so the middle is one half, not 0.")
def _threshold_zero(s, z, groups, held):
    out = np.isin(groups, held)
    return _fitted(s, z, ~out, out, middle=0)


@held_out_accuracy.wrong("It leaks: the means are those of *all* texts; what is held out must not help to fit.")
def _centred_by_all(s, z, groups, held):
    out, S = np.isin(groups, held), s - s.mean(0)
    w = np.linalg.lstsq(S[~out], z[~out] - z.mean(), rcond=None)[0]
    return ((S[out] @ w + z.mean() > 0.5) == (z[out] > 0.5)).mean()


@held_out_accuracy.wrong("There is a penalty in it, on the bias, too; asked for is the plain least-squares fit.")
def _penalised(s, z, groups, held):
    out, A = np.isin(groups, held), np.column_stack([s, np.ones(len(s))])
    w = np.linalg.solve(A[~out].T @ A[~out] + np.eye(A.shape[1]), A[~out].T @ z[~out])
    return ((A[out] @ w > 0.5) == (z[out] > 0.5)).mean()


@held_out_accuracy.wrong("The mean of each text's own score: then steps of short texts count more. All count alike.")
def _mean_of_texts(s, z, groups, held):
    out = np.isin(groups, held)
    return np.mean([_fitted(s, z, ~out, groups == text) for text in held if (groups == text).any()])


@held_out_accuracy.wrong("One text at a time was held out, with the others in the lesson; hold all of `held` out.")
def _one_at_a_time(s, z, groups, held):
    return np.mean([held_out_accuracy.reference(s, z, groups, [text]) for text in held])


@held_out_accuracy.wrong("This is the share of *yes* among the held-out steps; compare what it says with z.")
def _share_of_yes(s, z, groups, held):
    out = np.isin(groups, held)
    return _fitted(s, np.where(out, 1.0, z), ~out, out)


@held_out_accuracy.wrong("This is how often it is wrong.")
def _error_rate(s, z, groups, held):
    return 1 - held_out_accuracy.reference(s, z, groups, held)


# -- a control task ----------------------------------------------------------------------------------------
def _words(rng, sizes=((7, 3), (1, 1), (12, 4), (5, 5), (20, 6))):
    for N, types in sizes:
        numbers = rng.choice(500, types, replace=False)
        yield {"words": rng.permutation(np.concatenate([numbers, rng.choice(numbers, N - types)])),
               "lots": rng.integers(0, 3, types) if types != 3 else rng.permutation(3)}    # the first: all different


def _other_words(rng):
    lengths = rng.choice([6, 8, 9, 10, 11, *range(13, 20), *range(21, 30)], 3, replace=False)
    return _words(rng, ((4, 3), (1, 1), *((int(N), int(rng.integers(3, min(N, 9)))) for N in lengths)))


@exercise(cases=_words, hidden=_other_words, size=2, rebuilds=("rnncourse.explain.probes.control_task",), hints=(
    "The same word must get the same class wherever it stands.",
    "`np.unique` sorts the types out; asked for `return_inverse`, it gives for each word the place of its type, too.",
    "Almost the solution: `lots[places]` has one class for each word, if `places` are those of their types."),
    after="Nothing in the text decides these classes. Whoever gets them right on new text knows which word it was.")
def control_labels(words, lots):
    """The labels of a control task: each type of word has one class, drawn by lot, wherever it comes.

    words    (N,)  numbers of words, as in a dictionary; equal numbers are of one type
    lots     (V,)  whole numbers, a class for each of the V types that come. They were drawn already: the first is for
             the type with the lowest number, the second for the next, and so on
    returns  (N,)  the class of each word
    """
    types, type_of = np.unique(words, return_inverse=True)
    return lots[type_of]


@control_labels.wrong("A class for each *position*: equal words got different ones. Then there is nothing to learn.")
def _by_position(words, lots):
    return np.resize(lots, len(words))


@control_labels.wrong("The types are numbered as they first appear; here the lots are in the order of their numbers.")
def _by_first_appearance(words, lots):
    first = {word: k for k, word in enumerate(dict.fromkeys(words.tolist()))}
    return lots[[first[word] for word in words.tolist()]]


@control_labels.note("The words' numbers are not 0 to V − 1: `np.unique` with `return_inverse` numbers the types.")
def _words_as_places(outcome, expected):
    return isinstance(outcome.error, IndexError)


@control_labels.note("The classes themselves are right: `np.array(…)` around the list, and it is done.")
def _a_list_of_them(outcome, expected):
    return isinstance(outcome.value, list) and np.array_equal(outcome.value, expected)


@control_labels.wrong("These are the numbers of the types, not their lots: look the class up, `lots[type_of]`.")
def _type_numbers(words, lots):
    return np.unique(words, return_inverse=True)[1]


@control_labels.wrong("These are the lots, one for each type; asked for is a class for each word.")
def _lots_themselves(words, lots):
    return lots


@control_labels.wrong("The lots are looked up by how often a word comes, not by which type it is.")
def _by_frequency(words, lots):
    _, type_of, times = np.unique(words, return_inverse=True, return_counts=True)
    return lots[np.minimum(times[type_of], len(lots)) - 1]


# -- selectivity ---------------------------------------------------------------------------------------------
def _answers(rng, sizes=((6,), (9,), (20,), (4,), (31,))):
    for N, in sizes:
        truth, control = rng.integers(0, 3, (2, N))
        said = np.where(rng.random(N) < 0.8, truth, rng.integers(0, 3, N))
        control_said = np.where(rng.random(N) < 0.5, control, rng.integers(0, 3, N))
        learnt = np.arange(N) % 3 == 0
        yield {"said": said, "truth": truth, "control_said": np.where(learnt, control, control_said),
               "control": control, "held": ~learnt}


@exercise(cases=_answers, size=2, rebuilds=("rnncourse.explain.probes.probe_with_control",), hints=(
    "An accuracy is a mean of True and False: `(said == truth).mean()`.",
    "Both accuracies are of the held-out places only: index with `held` first.",
    "Almost the solution: accuracy on the task *less* accuracy on the control."),
    after="Near 0 the probe learns anything; far above 0 the property was easier to find than a list by heart.")
def selectivity(said, truth, control_said, control, held):
    """Selectivity of a probe (Hewitt and Liang 2019): accuracy on its task less accuracy on its control task.

    said          (N,)  the probe's classes, and truth (N,) the right ones
    control_said  (N,)  the same kind of probe's classes when it was fitted to the control, and control (N,) the lots
    held          (N,)  booleans: which places were held out, of both
    returns       a number from −1 to 1, over the held-out places
    """
    task = (said[held] == truth[held]).mean()
    return task - (control_said[held] == control[held]).mean()


@selectivity.wrong("The wrong way round: the task comes first, and a good probe has a selectivity above 0.")
def _turned_round(said, truth, control_said, control, held):
    return -selectivity.reference(said, truth, control_said, control, held)


@selectivity.wrong("Over all places, those that the probes were fitted to among them; only the held-out ones count.")
def _over_everything(said, truth, control_said, control, held):
    return selectivity.reference(said, truth, control_said, control, np.ones_like(held))


@selectivity.wrong("Over the places that the probes learnt from; `held` is True where they were held out.")
def _where_it_learnt(said, truth, control_said, control, held):
    return selectivity.reference(said, truth, control_said, control, ~held)


@selectivity.wrong("Without its sign: a probe that is better at the control has a selectivity below 0.")
def _without_sign(said, truth, control_said, control, held):
    return abs(selectivity.reference(said, truth, control_said, control, held))


@selectivity.wrong("The held-out hits are divided by *all* places; index with `held` first, and then take the mean.")
def _by_all_places(said, truth, control_said, control, held):
    return ((said == truth) & held).mean() - ((control_said == control) & held).mean()


@selectivity.wrong("This is the ratio of the two accuracies; asked for is their difference.")
def _ratio(said, truth, control_said, control, held):
    return (said[held] == truth[held]).mean() / (control_said[held] == control[held]).mean()


@selectivity.wrong("The control's classes are compared with the true ones; they belong to the lots in `control`.")
def _control_against_truth(said, truth, control_said, control, held):
    return selectivity.reference(said, truth, control_said, truth, held)


@selectivity.wrong("This is the accuracy on the task; the control's is still to be taken away.")
def _task_alone(said, truth, control_said, control, held):
    return (said[held] == truth[held]).mean()


# -- a unit held, at the read-out -----------------------------------------------------------------------------
def _readout(rng, sizes=((6, 3, 4), (1, 2, 3), (9, 4, 5), (4, 1, 2), (12, 5, 3))):
    for N, H, K in sizes:
        yield {"h": np.tanh(rng.normal(0.4, 1, (N, H))), "W_hy": 2 * rng.normal(size=(H, K)), "b_y": rng.normal(size=K),
               "y": rng.integers(0, K, N), "unit": int(rng.integers(H))}


@exercise(cases=_readout, size=6,
          rebuilds=("rnncourse.explain.ablation.each_cost", "rnncourse.explain.ablation.cost",
                    "rnncourse.explain.ablation.ablate"), hints=(
    "Work on a copy of h, and set the unit's column to that column's mean.",
    "Scores are h W_hy + b_y; the softmax turns each row of them into probabilities.",
    "The surprise is −log2 of the probability that the right class had: `p[np.arange(len(y)), y]`.",
    "Almost the solution: the mean surprise with the unit held, *less* the mean surprise as it was."),
    after="Held at its mean a unit says what it says on average, and nothing about this letter.")
def lost_without(h, W_hy, b_y, y, unit):
    """Bits that a read-out loses, for each letter, when one unit is held at its mean.

    h        (N, H)  hidden states; scores are h W_hy + b_y, and a softmax makes probabilities of them
    W_hy     (H, K), and b_y (K,)
    y        (N,)    the class that was right at each place
    unit     which unit of h is held, at its mean over the N places
    returns  a number: mean surprise in bits (−log2 p of what was right) with the unit held, less the same without
    """
    def surprise(h):
        scores = np.exp(h @ W_hy + b_y)
        p = scores / scores.sum(axis=1, keepdims=True)
        return -np.log2(p[np.arange(len(y)), y]).mean()

    held = h.copy()
    held[:, unit] = h[:, unit].mean()
    return surprise(held) - surprise(h)


def _mean_surprise(h, W_hy, b_y, y, log=np.log2):
    p = np.exp(h @ W_hy + b_y)
    p = p / p.sum(axis=1, keepdims=True)
    return -log(p[np.arange(len(y)), y]).mean()


def _with(h, unit, value):
    held = h.copy()
    held[:, unit] = value
    return held


@lost_without.wrong("The unit is held at 0, where it may never be; asked for is its own mean.")
def _held_at_zero(h, W_hy, b_y, y, unit):
    return _mean_surprise(_with(h, unit, 0.0), W_hy, b_y, y) - _mean_surprise(h, W_hy, b_y, y)


@lost_without.wrong("Held at the mean of all units; asked for is the mean of this one, over the places.")
def _mean_of_all(h, W_hy, b_y, y, unit):
    return _mean_surprise(_with(h, unit, h.mean()), W_hy, b_y, y) - _mean_surprise(h, W_hy, b_y, y)


@lost_without.wrong("Held at each place's mean over the units; asked for is this unit's mean over the places.")
def _mean_over_units(h, W_hy, b_y, y, unit):
    return _mean_surprise(_with(h, unit, h.mean(axis=1)), W_hy, b_y, y) - _mean_surprise(h, W_hy, b_y, y)


@lost_without.wrong("A *row* of h is held, one place; the unit is a column: `held[:, unit]`.")
def _held_row(h, W_hy, b_y, y, unit):
    held = h.copy()
    held[unit] = h[unit].mean()
    return _mean_surprise(held, W_hy, b_y, y) - _mean_surprise(h, W_hy, b_y, y)


@lost_without.wrong("The softmax runs over the places; each *row* of scores is to sum to 1: `axis=1, keepdims=True`.")
def _softmax_over_places(h, W_hy, b_y, y, unit):
    def surprise(h):
        p = np.exp(h @ W_hy + b_y)
        return -np.log2((p / p.sum(axis=0))[np.arange(len(y)), y]).mean()

    return surprise(_with(h, unit, h[:, unit].mean())) - surprise(h)


@lost_without.wrong("Correct but for the unit of measure: these are nats; divide by log 2, or take np.log2.")
def _in_nats(h, W_hy, b_y, y, unit):
    return np.log(2) * lost_without.reference(h, W_hy, b_y, y, unit)


@lost_without.wrong("The wrong way round: what is lost is the surprise with the unit held less that without.")
def _gained(h, W_hy, b_y, y, unit):
    return -lost_without.reference(h, W_hy, b_y, y, unit)


@lost_without.wrong("This is the surprise with the unit held; what it was before is still to be taken away.")
def _only_after(h, W_hy, b_y, y, unit):
    return _mean_surprise(_with(h, unit, h[:, unit].mean()), W_hy, b_y, y)


@lost_without.wrong("Correct but for a mean: the losses of all places are added up.")
def _added_up(h, W_hy, b_y, y, unit):
    return len(y) * lost_without.reference(h, W_hy, b_y, y, unit)


# -- a direction taken out -------------------------------------------------------------------------------------
def _directions(rng, sizes=((6, 2), (9, 3), (20, 4), (5, 1), (30, 5))):
    for N, D in sizes:
        s = rng.normal(size=(N, D)) @ rng.normal(size=(D, D)) + rng.normal(size=D)
        z = (s[:, 0] + rng.normal(size=N) > np.median(s[:, 0])).astype(float)
        z[:2] = 0, 1
        yield {"s": s, "z": z, "w": rng.normal(size=D) + (z - z.mean()) @ (s - s.mean(0)) / N}


@exercise(cases=_directions, size=5, hints=(
    "Take the mean state off first: S = s − s̄. What the probe reads is then r = S w, one number a step.",
    "In which direction does the state go with z? d = (z − z̄) S, a row of D numbers.",
    "Scale d so that the probe reads exactly 1 along it: divide it by d · w.",
    "Almost the solution: take `r[:, None] * d` off s. The mean of s stays where it was."),
    after="Now z has no correlation with any of the D numbers. Try it: `(z - z.mean()) @ erased` is 0 everywhere.")
def erase(s, z, w):
    """Take out of states what a linear probe reads, so that no linear probe finds anything any more.

    With S = s − s̄ and r = S w, the state changes by −r d, where d = (z − z̄) S, scaled so that d · w = 1.
    (Where w is the least-squares probe, the result is as the chapter says; here any w will do.)

    s        (N, D)  states
    z        (N,)    1.0 where the property holds, 0.0 where not
    w        (D,)    the probe's weights
    returns  (N, D)
    """
    S = s - s.mean(axis=0)
    r = S @ w
    d = (z - z.mean()) @ S
    d = d / (d @ w)
    return s - r[:, None] * d


@erase.wrong("The direction of the *weights* is taken out. Then this probe reads nothing, and the next one still does.")
def _along_the_weights(s, z, w):
    return s - ((s - s.mean(0)) @ w)[:, None] * w / (w @ w)


@erase.wrong("Correct but for the mean: r = S w is of the states less their mean; else all states are moved.")
def _not_centred(s, z, w):
    d = (z - z.mean()) @ (s - s.mean(0))
    return s - (s @ w)[:, None] * d / (d @ w)


@erase.wrong("Correct but for the mean of s, which is gone: change s, not S.")
def _mean_gone(s, z, w):
    return erase.reference(s, z, w) - s.mean(0)


@erase.wrong("Correct but for the scale of d: divide it by d · w, so that the probe reads 1 along it.")
def _not_scaled(s, z, w):
    S = s - s.mean(0)
    return s - (S @ w)[:, None] * ((z - z.mean()) @ S)


@erase.wrong("d is scaled to length 1; it must be scaled so that d · w = 1.")
def _length_one(s, z, w):
    S = s - s.mean(0)
    d = (z - z.mean()) @ S
    return s - (S @ w)[:, None] * d / np.sqrt(d @ d)


@erase.wrong("d = z s without the means: then it points to where the states are as well; take z̄ off z, and s̄ off s.")
def _direction_not_centred(s, z, w):
    d = z @ s
    return s - ((s - s.mean(0)) @ w)[:, None] * d / (d @ w)


@erase.wrong("r and d have changed places: read with w, r = S w, and go along d, not the other way round.")
def _swapped_places(s, z, w):
    S = s - s.mean(0)
    d = (z - z.mean()) @ S
    return s - (S @ (d / (d @ w)))[:, None] * w


@erase.wrong("The sign is turned: what the probe reads is doubled, not taken out.")
def _doubled(s, z, w):
    return 2 * s - erase.reference(s, z, w)


@erase.wrong("The whole unit with the largest weight is set to its mean; a direction has a share of every unit.")
def _one_unit(s, z, w):
    erased = s.copy()
    erased[:, np.abs(w).argmax()] = s[:, np.abs(w).argmax()].mean()
    return erased
