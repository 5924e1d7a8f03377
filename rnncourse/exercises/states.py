"""Exercises of chapter 09: a GRU's gates from its states, saturated gates, choose and score, where a unit is on."""

import numpy as np

from rnncourse.activations import sigmoid
from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

SIZES = ((3, 1, 2, 2), (1, 2, 3, 2), (4, 3, 2, 3), (6, 2, 5, 4))    # T, B, D, H


# -- what torch keeps to itself --------------------------------------------------------------------------
def _layers(rng, sizes=SIZES):
    for T, B, D, H in sizes:
        yield {"W_ih": rng.normal(size=(3 * H, D)), "W_hh": rng.normal(size=(3 * H, H)),
               "b_ih": rng.normal(size=3 * H), "b_hh": rng.normal(size=3 * H),
               "x": rng.normal(size=(T, B, D)), "h": np.tanh(rng.normal(size=(T, B, H)))}


@exercise(cases=_layers, size=5, returns=("r", "z"),
          rebuilds=("rnncourse.recording.record", "rnncourse.recording.gates.recompute",
                    "rnncourse.cells.gru.forward", "rnncourse.cells.gru.preactivations"), hints=(
    "The gates of step t read x_t and h_{t−1}. h_{t−1} for all steps at once is h, a step later, with zeros in front.",
    "One product for all steps and all blocks: x times W_ih transposed, and h_prev times W_hh transposed, plus both "
    "biases, is (T, B, 3H).",
    "Almost the solution: `np.concatenate([np.zeros_like(h[:1]), h[:-1]])` is h_prev, and "
    "`np.split(a, 3, axis=-1)` gives the three blocks."),
    after="The third block, n, is not as simple: there the reset gate acts on its part of W_hh h before the sum.")
def gru_gates(W_ih, W_hh, b_ih, b_hh, x, h):
    """The reset and the update gate of every step of a torch.nn.GRU layer, from the h that it gave.

    torch keeps the three blocks of each weight one under the other, in the order r, z, n, H rows each. The layer
    started from h = 0. σ is `rnncourse.activations.sigmoid.value`.

    W_ih     (3H, D), and b_ih (3H,)
    W_hh     (3H, H), and b_hh (3H,)
    x        (T, B, D)  what the layer read
    h        (T, B, H)  its state after each step
    returns  r and z, (T, B, H) each
    """
    h_prev = np.concatenate([np.zeros_like(h[:1]), h[:-1]])
    a = x @ W_ih.T + h_prev @ W_hh.T + b_ih + b_hh
    r, z, _ = np.split(a, 3, axis=-1)
    return sigmoid.value(r), sigmoid.value(z)


def _blocks(W_ih, W_hh, b_ih, b_hh, x, h_prev):
    return np.split(x @ W_ih.T + h_prev @ W_hh.T + b_ih + b_hh, 3, axis=-1)


@gru_gates.wrong("Each gate has read h_t, the state that it helped to make. It reads the one before: h_{t−1}.")
def _present_state(W_ih, W_hh, b_ih, b_hh, x, h):
    r, z, _ = _blocks(W_ih, W_hh, b_ih, b_hh, x, h)
    return sigmoid.value(r), sigmoid.value(z)


@gru_gates.wrong("Correct but for the order: torch's blocks are r, z, n, the reset gate first.")
def _swapped(W_ih, W_hh, b_ih, b_hh, x, h):
    return gru_gates.reference(W_ih, W_hh, b_ih, b_hh, x, h)[::-1]


@gru_gates.wrong("These are the second and the third block: the blocks are r, z, n, and n is the candidate.")
def _second_and_third(W_ih, W_hh, b_ih, b_hh, x, h):
    h_prev = np.concatenate([np.zeros_like(h[:1]), h[:-1]])
    _, z, n = _blocks(W_ih, W_hh, b_ih, b_hh, x, h_prev)
    return sigmoid.value(z), sigmoid.value(n)


@gru_gates.wrong("Correct but for the second bias: torch has two, b_ih and b_hh, and the gates get both.")
def _one_bias(W_ih, W_hh, b_ih, b_hh, x, h):
    return gru_gates.reference(W_ih, W_hh, b_ih, 0 * b_hh, x, h)


@gru_gates.wrong("Correct but for the first bias: torch has two, b_ih and b_hh, and the gates get both.")
def _other_bias(W_ih, W_hh, b_ih, b_hh, x, h):
    return gru_gates.reference(W_ih, W_hh, 0 * b_ih, b_hh, x, h)


@gru_gates.wrong("These are the sums before the σ: a gate lies between 0 and 1.")
def _no_sigmoid(W_ih, W_hh, b_ih, b_hh, x, h):
    h_prev = np.concatenate([np.zeros_like(h[:1]), h[:-1]])
    return tuple(_blocks(W_ih, W_hh, b_ih, b_hh, x, h_prev)[:2])


@gru_gates.wrong("Correct for the first step: after it, the state before is h of the step before, not 0.")
def _always_zero(W_ih, W_hh, b_ih, b_hh, x, h):
    return gru_gates.reference(W_ih, W_hh, b_ih, b_hh, x, 0 * h)


@gru_gates.wrong("Correct but for the first step: before it there was none, h = 0. `np.roll` puts the last one there.")
def _rolled(W_ih, W_hh, b_ih, b_hh, x, h):
    r, z, _ = _blocks(W_ih, W_hh, b_ih, b_hh, x, np.roll(h, 1, axis=0))
    return sigmoid.value(r), sigmoid.value(z)


@gru_gates.wrong("The second one is 1 − z: how much is new. z itself says how much of the state before is kept.")
def _one_minus(W_ih, W_hh, b_ih, b_hh, x, h):
    r, z = gru_gates.reference(W_ih, W_hh, b_ih, b_hh, x, h)
    return r, 1 - z


@gru_gates.wrong("The reset gate is right; the update gate is a gate, too: σ, from 0 to 1. tanh is for the candidate.")
def _tanh_on_z(W_ih, W_hh, b_ih, b_hh, x, h):
    h_prev = np.concatenate([np.zeros_like(h[:1]), h[:-1]])
    r, z, _ = _blocks(W_ih, W_hh, b_ih, b_hh, x, h_prev)
    return sigmoid.value(r), np.tanh(z)


@gru_gates.note("torch's weights are (3H, D) and (3H, H): multiply with their transposes, `x @ W_ih.T`.")
def _not_transposed(outcome, expected):
    return "matmul" in str(outcome.error) or "mismatch" in str(outcome.error)


# -- open or shut -----------------------------------------------------------------------------------------
GATES = ((2, 1, 2), (1, 3, 2), (5, 3, 3), (9, 4, 2))    # T, B, H


def _gates(rng, sizes=GATES, high=0.8, low=0.3):
    for T, B, H in sizes:
        lengths = rng.integers(1, T + 1, B)
        lengths[-1], lengths[0] = T, max(1, T // 2)
        gate = rng.beta(0.5, 0.5, (T, B, H))
        gate[0, 0, :2] = high, low                                        # on the thresholds: neither open nor shut
        yield {"gate": gate, "lengths": lengths, "high": high, "low": low}


def _other_gates(rng):
    return _gates(rng, other_sizes(rng, GATES), *(float(limit) for limit in rng.uniform((0.6, 0.1), (0.9, 0.4))))


@exercise(cases=_gates, hidden=_other_gates, size=3, returns=("above", "below"),
          rebuilds=("rnncourse.explain.saturation.saturation",), hints=(
    "Which places are no padding? Step t of row b counts where t is less than lengths[b]: a mask (T, B).",
    "`gate[mask]` picks all valid steps of all rows: (steps, H). A mean over its first axis does the rest.",
    "Almost the solution: `np.arange(len(gate))[:, None] < lengths` is the mask, and the mean of booleans is a share."),
    after="A unit at (1, 0) never forgets, one at (0, 1) forgets everything at each step: see where they lie.")
def saturated(gate, lengths, high, low):
    """How much of the time each unit's gate is open, and how much it is shut; padding does not count.

    gate     (T, B, H)  values from 0 to 1; what stands in the padding means nothing
    lengths  (B,)       steps in each row, from 1 to T
    high     above it a gate is open
    low      below it a gate is shut
    returns  above and below, (H,) each: shares of all steps of all rows together
    """
    mask = np.arange(len(gate))[:, None] < lengths
    valid = gate[mask]
    return (valid > high).mean(0), (valid < low).mean(0)


@saturated.wrong("The padding is counted: what stands behind the end of a row is no step of it.")
def _padding_counted(gate, lengths, high, low):
    return (gate > high).mean((0, 1)), (gate < low).mean((0, 1))


@saturated.wrong("A value equal to `high` or `low` counts here; asked for is *above* the one and *below* the other.")
def _equal_is_saturated(gate, lengths, high, low):
    return saturated.reference(gate, lengths, np.nextafter(high, -np.inf), np.nextafter(low, np.inf))


@saturated.wrong("The padding was put to 0 and is counted as shut; leave it out, below as well as above.")
def _padding_shut(gate, lengths, high, low):
    inside = (np.arange(len(gate))[:, None] < lengths)[..., None]
    above, _ = saturated.reference(gate, lengths, high, low)
    return above, (gate * inside < low).sum((0, 1)) / lengths.sum()


@saturated.wrong("The padding was put to 0, and so it counts as steps, all of them shut. Leave it out.")
def _padding_at_zero(gate, lengths, high, low):
    return _padding_counted(gate * (np.arange(len(gate))[:, None] < lengths)[..., None], lengths, high, low)


@saturated.wrong("Correct but for the order: first the share above `high`, then the share below `low`.")
def _order(gate, lengths, high, low):
    return saturated.reference(gate, lengths, high, low)[::-1]


@saturated.wrong("Each row counts as much as any other, as a mean of shares. Asked for is the share of all steps.")
def _mean_of_rows(gate, lengths, high, low):
    rows = [gate[:n, b] for b, n in enumerate(lengths)]
    return np.mean([(r > high).mean(0) for r in rows], 0), np.mean([(r < low).mean(0) for r in rows], 0)


@saturated.wrong("Correct, but one number for the whole layer; asked for is one for each unit.")
def _one_number(gate, lengths, high, low):
    return tuple(each.mean() for each in saturated.reference(gate, lengths, high, low))


@saturated.wrong("These are numbers of steps; divide by how many valid steps there are.")
def _counted(gate, lengths, high, low):
    return tuple(each * lengths.sum() for each in saturated.reference(gate, lengths, high, low))


@saturated.wrong("The padding is left out above, but all T · B steps are divided by; divide by the valid ones alone.")
def _divided_by_all(gate, lengths, high, low):
    share = lengths.sum() / (gate.shape[0] * gate.shape[1])
    return tuple(each * share for each in saturated.reference(gate, lengths, high, low))


@saturated.wrong("The last step of each row is left out: step t counts where t < lengths, and steps begin at 0.")
def _one_too_few(gate, lengths, high, low):
    return saturated.reference(gate, np.maximum(lengths - 1, 1), high, low)


# -- chosen here, scored there ----------------------------------------------------------------------------
def _tracked(rng, sizes=((12, 2, 0), (20, 4, 0), (30, 5, 1), (40, 3, 1))):
    for N, H, turned in sizes:
        values, states = rng.normal(size=N), rng.normal(size=(N, H))
        half = N // 2
        states[:half, 1] -= 2 * values[:half]                            # the one to choose goes down with it …
        states[half:, 1] += (2 if turned else -1) * values[half:]        # … and turns round, or does not
        states[half:, 0] += 3 * values[half:]                            # the best where nobody may choose
        states[:, -1] *= 30 if H > 2 else 1                              # much moved, and by nothing of this
        places = rng.permutation(half), half + rng.permutation(N - half)
        yield {"states": states + 5 * rng.normal(size=H), "values": values + 2, "choose": places[0],
               "score": places[1]}


@exercise(cases=_tracked, size=4, returns=("unit", "score"),
          rebuilds=("rnncourse.explain.tracking.which_unit",), hints=(
    "Two parts, two roles: on `choose` find the unit and its sign, on `score` only compute.",
    "For one unit and one part, `np.corrcoef(states[part, k], values[part])[0, 1]` is r.",
    "Almost the solution: with `r` the list of all units' correlations on `choose`, the unit is "
    "`np.argmax(np.abs(r))`, and the score is `np.sign(r[unit])` times r of this unit on `score`."),
    after="A score below 0 is possible, and honest: |r| on both parts would hide that a unit has turned round.")
def chosen_and_scored(states, values, choose, score):
    """Choose the unit that follows a property best on one part of the text, and score it on another.

    The best is the one with the largest |r| on the part to choose on, r Pearson's correlation. Its score is r on the
    other part, times the sign that r had where the unit was chosen: below 0 if it has turned round.

    states   (N, H)  each unit at N places; all of them move in both parts
    values   (N,)    the property
    choose   (M,)    the places to choose on, whole numbers
    score    (L,)    the places to score on
    returns  unit, score
    """
    r = np.array([np.corrcoef(unit[choose], values[choose])[0, 1] for unit in states.T])
    unit = int(np.argmax(np.abs(r)))
    there = np.corrcoef(states[score, unit], values[score])[0, 1]
    return unit, np.sign(r[unit]) * there


def _r(states, values, part):
    return np.array([np.corrcoef(unit[part], values[part])[0, 1] for unit in states.T])


@chosen_and_scored.wrong("The unit is chosen where it is scored: that is the best of many by looking at the answer.")
def _chosen_on_score(states, values, choose, score):
    r = _r(states, values, score)
    unit = int(np.argmax(np.abs(r)))
    return unit, abs(r[unit])


@chosen_and_scored.wrong("The right unit, but its score is that of the part where it was chosen: too good.")
def _scored_on_choose(states, values, choose, score):
    r = _r(states, values, choose)
    unit = int(np.argmax(np.abs(r)))
    return unit, abs(r[unit])


@chosen_and_scored.wrong("Chosen over both parts together, so the part to score on had a say.")
def _chosen_on_both(states, values, choose, score):
    r = _r(states, values, np.concatenate([choose, score]))
    unit = int(np.argmax(np.abs(r)))
    return unit, np.sign(r[unit]) * _r(states, values, score)[unit]


@chosen_and_scored.wrong("The right unit, but |r| as its score hides that it may have turned round.")
def _size_of_the_score(states, values, choose, score):
    unit, found = chosen_and_scored.reference(states, values, choose, score)
    return unit, abs(found)


@chosen_and_scored.wrong("The right unit, but without the sign that r had where it was chosen: going down with it is "
                         "following it, too.")
def _without_sign(states, values, choose, score):
    unit, _ = chosen_and_scored.reference(states, values, choose, score)
    return unit, _r(states, values, score)[unit]


def _score_of(unit, states, values, choose, score):
    return unit, np.sign(_r(states, values, choose)[unit]) * _r(states, values, score)[unit]


@chosen_and_scored.wrong("The unit with the largest covariance is chosen: that goes to whichever moves most. r divides "
                         "by both spreads.")
def _covariance(states, values, choose, score):
    part = states[choose] - states[choose].mean(0)
    unit = int(np.argmax(np.abs(part.T @ (values[choose] - values[choose].mean()))))
    return _score_of(unit, states, values, choose, score)


@chosen_and_scored.wrong("The unit with the largest sum of products is chosen: without taking both means off first, "
                         "that goes to whichever is far from 0.")
def _products(states, values, choose, score):
    return _score_of(int(np.argmax(np.abs(states[choose].T @ values[choose]))), states, values, choose, score)


@chosen_and_scored.wrong("The largest r, not the largest |r|: a unit that goes down with the property is passed over.")
def _largest_r(states, values, choose, score):
    unit = int(np.argmax(_r(states, values, choose)))
    return unit, _r(states, values, score)[unit]


# -- where it is on ---------------------------------------------------------------------------------------
def _runs(rng):
    for on, shortest in (("0110", 1), ("1", 1), ("000", 2), ("1101110", 2), ("0111101", 1), ("11011", 2),
                         ("1011101100111", 3)):
        values = np.array([0.5 + (1 if sign == "1" else -1) * rng.uniform(0.1, 1) for sign in on])
        yield {"values": values, "threshold": 0.5, "shortest": shortest}
    yield {"values": np.array([0.5, 1.0, 0.5, 2.0, 2.0]), "threshold": 0.5, "shortest": 1}
    yield {"values": np.array([0.8, -0.9, -2.0, 0.1, 1.0, 1.5, -0.7]), "threshold": 0.5, "shortest": 1}


def _other_runs(rng):
    """On at the first place and at the last, places on the threshold, others far below 0; and one place alone."""
    threshold = float(rng.uniform(0.3, 0.9))
    for N, shortest in ((1, 1), (6, 1), (8, 2), (10, 2), (16, 3), (19, 1)):
        on = np.repeat(rng.random(N) < 0.5, rng.integers(1, 4, N))[:N] | np.isin(np.arange(N), (0, N - 1))
        away = rng.uniform(0.1, 3, N) * np.where(rng.random(N) < 0.2, 0, 1)
        yield {"values": np.where(on, threshold + np.maximum(away, 0.05), threshold - away), "threshold": threshold,
               "shortest": shortest}


@exercise(cases=_runs, hidden=_other_runs, size=5, rebuilds=("rnncourse.explain.spans.where_else",), hints=(
    "Walk through the places with an eye on one thing: does a stretch begin here, or end here?",
    "It begins where the unit is on and was not before, and ends where it is on no more. What if it is on at the very "
    "first place, or still on at the last?",
    "Put a False before and after. Then beginnings and ends come in turn, at the places where `on` changes.",
    "Almost the solution: with `on = np.concatenate([[False], values > threshold, [False]])`, the changes are "
    "`np.flatnonzero(on[1:] != on[:-1])`: their `[::2]` are the starts, their `[1::2]` the stops."),
    after="With the stretches of several units at once, and those that share most of them first, this is LSTMVis.")
def stretches(values, threshold, shortest):
    """The stretches over which a unit stays above a threshold, from left to right.

    values     (N,)  the unit after each character
    threshold  on means: above it
    shortest   stretches of fewer places than this are left out, a whole number ≥ 1
    returns    a list of (start, stop), the stop not included
    """
    on = np.concatenate([[False], values > threshold, [False]])
    changes = np.flatnonzero(on[1:] != on[:-1])
    pairs = zip(changes[::2], changes[1::2], strict=True)
    return [(int(start), int(stop)) for start, stop in pairs if stop - start >= shortest]


def _all_of(values, threshold):
    return stretches.reference(values, threshold, 1)


@stretches.wrong("Correct but for the stops: they are not included, so each is one behind the last place that is on.")
def _stop_included(values, threshold, shortest):
    return [(start, stop - 1) for start, stop in stretches.reference(values, threshold, shortest)]


@stretches.wrong("Correct but for a stretch that is still on at the last place: it ends there, at N.")
def _open_end_lost(values, threshold, shortest):
    return [pair for pair in stretches.reference(values, threshold, shortest) if pair[1] < len(values)]


@stretches.wrong("Correct but for a stretch that is on at the very first place: it begins there, at 0.")
def _first_lost(values, threshold, shortest):
    return [pair for pair in stretches.reference(values, threshold, shortest) if pair[0] > 0]


@stretches.wrong("Short ones are not left out: keep those of at least `shortest` places.")
def _short_ones_kept(values, threshold, shortest):
    return _all_of(values, threshold)


@stretches.wrong("Those of exactly `shortest` places are left out as well; only *fewer* is too short.")
def _more_than_shortest(values, threshold, shortest):
    return [(a, b) for a, b in _all_of(values, threshold) if b - a > shortest]


@stretches.wrong("A value equal to the threshold counts as on here; on means *above* it.")
def _equal_counts(values, threshold, shortest):
    return stretches.reference(values, np.nextafter(threshold, -np.inf), shortest)


@stretches.wrong("On means *above* the threshold; far below 0 is not on, so without `abs`.")
def _absolute(values, threshold, shortest):
    return stretches.reference(np.abs(values), threshold, shortest)


@stretches.wrong("These are start and length; asked for are start and stop.")
def _start_and_length(values, threshold, shortest):
    return [(start, stop - start) for start, stop in stretches.reference(values, threshold, shortest)]


@stretches.note("Numbers of NumPy's are fine; what is asked for is a *list* of pairs (start, stop).")
def _array_of_pairs(outcome, expected):
    return isinstance(outcome.value, np.ndarray) and outcome.value.tolist() == [list(pair) for pair in expected]
