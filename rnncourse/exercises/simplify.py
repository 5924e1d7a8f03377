"""Exercises of chapter 13: a linear network's kernel, the first components, automata counted, merged and compared."""

import itertools

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

SIZES = ((1, 1, 1, 2), (1, 2, 3, 1), (3, 3, 2, 2), (6, 2, 4, 3), (5, 4, 3, 1))    # steps, D, H, K


# -- a linear network's kernel -------------------------------------------------------------------------------
def _linear(rng, sizes=SIZES):
    for steps, D, H, K in sizes:
        yield {"W_xh": rng.normal(size=(D, H)), "W_hh": rng.normal(size=(H, H)), "W_hy": rng.normal(size=(H, K)),
               "steps": steps}


@exercise(cases=_linear, size=5, rebuilds=("rnncourse.explain.simplify.kernel",), hints=(
    "An input enters through W_xh, goes through W_hh once for each step that it is old, and leaves through W_hy.",
    "Today's input has age 0: it has not gone through W_hh at all. So the first entry is W_xh W_hy.",
    "Almost the solution: keep `enters`, W_xh at first; at each age append `enters @ W_hy` to a list, and then set "
    "`enters = enters @ W_hh`. `np.array` of the list is the kernel."),
    after="These tables and a constant are the whole network; nothing about it is left to explain.")
def kernel(W_xh, W_hh, W_hy, steps):
    """What each input adds to the output of a linear RNN, by its age: h_t = x_t W_xh + h_{t−1} W_hh, y_t = h_t W_hy.

    W_xh     (D, H), W_hh (H, H) and W_hy (H, K)
    steps    how many ages, at least 1
    returns  (steps, D, K)  entry [k]: what an input that came k steps ago is multiplied by; k = 0 is the newest
    """
    weights, enters = [], W_xh
    for _ in range(steps):
        weights.append(enters @ W_hy)
        enters = enters @ W_hh
    return np.array(weights)


@kernel.wrong("Off by one: the newest input, k = 0, has not gone through W_hh yet. Append first, then multiply.")
def _one_power_too_many(W_xh, W_hh, W_hy, steps):
    return kernel.reference(W_xh @ W_hh, W_hh, W_hy, steps)


@kernel.wrong("Correct but for the order of the ages: entry 0 is the newest input, and the oldest stands last.")
def _oldest_first(W_xh, W_hh, W_hy, steps):
    return kernel.reference(W_xh, W_hh, W_hy, steps)[::-1]


@kernel.wrong("W_hh is transposed. In our row form the state multiplies from the left: enters @ W_hh.")
def _transposed(W_xh, W_hh, W_hy, steps):
    return kernel.reference(W_xh, W_hh.T, W_hy, steps)


@kernel.wrong("The entries are added up as they come: entry k holds the answer to an input that stays on for k steps "
              "more. Each input is to be counted once.")
def _added_up(W_xh, W_hh, W_hy, steps):
    return np.cumsum(kernel.reference(W_xh, W_hh, W_hy, steps), axis=0)


@kernel.wrong("`W_hh ** k` raises each entry to a power. A matrix is multiplied with itself: `np.linalg.matrix_power`, "
              "or one `@` a step.")
def _powers_of_entries(W_xh, W_hh, W_hy, steps):
    return np.array([W_xh @ W_hh ** k @ W_hy for k in range(steps)])


@kernel.wrong("Every age has the same weights: after each entry, `enters` must go through W_hh once.")
def _never_older(W_xh, W_hh, W_hy, steps):
    return np.array([W_xh @ W_hy for _ in range(steps)])


# -- the first components --------------------------------------------------------------------------------------
CLOUD = ((2, 2, 1), (6, 3, 1), (9, 4, 2), (12, 3, 3), (20, 5, 2))    # N, H, k


def _cloud(rng, sizes=CLOUD):
    for N, H, k in sizes:
        yield {"h": rng.normal(size=(N, H)) * np.arange(1, H + 1) + 3 * rng.normal(size=H), "k": k}


def _other_cloud(rng):
    return _cloud(rng, [(N, H, int(rng.integers(1, min(N, H)))) for N, H, _ in other_sizes(rng, CLOUD)])


@exercise(cases=_cloud, hidden=_other_cloud, size=4,
          rebuilds=("rnncourse.explain.simplify.components", "rnncourse.explain.simplify.Components.of",
                    "rnncourse.explain.simplify.Components.project"), hints=(
    "Components are directions in which states differ from their mean: take the mean away first.",
    "`U, s, V = np.linalg.svd(…, full_matrices=False)` gives the directions as the *rows* of V, strongest first.",
    "How far a state goes along the first k: multiply by the transpose of these rows, (N, k). Back: by the rows.",
    "Almost the solution: with d for the states less their mean, `d @ V[:k].T @ V[:k]` is what the first k hold; the "
    "mean must be added again."),
    after="A network that is put back onto these states at every step runs in k numbers.")
def keep(h, k):
    """The states that are nearest to the given ones among those that the first k principal components reach.

    h        (N, H)  states, N at least 2
    k        how many components to keep, from 1 to H
    returns  (N, H)
    """
    mean = h.mean(axis=0)
    _, _, V = np.linalg.svd(h - mean, full_matrices=False)
    along = (h - mean) @ V[:k].T
    return mean + along @ V[:k]


def _directions(h):
    return np.linalg.svd(h - h.mean(axis=0), full_matrices=False)[2]


@keep.wrong("The mean was not taken away. PCA asks how states differ from their mean; else the first direction mostly "
            "points at the mean.")
def _without_mean(h, k):
    V = np.linalg.svd(h, full_matrices=False)[2]
    return h @ V[:k].T @ V[:k]


@keep.wrong("Correct but for the mean: it was taken away, and not added again at the end.")
def _mean_not_added(h, k):
    V = _directions(h)
    return (h - h.mean(axis=0)) @ V[:k].T @ V[:k]


@keep.wrong("The directions are the *rows* of what `np.linalg.svd` gives third: V[:k], not V[:, :k].")
def _columns(h, k):
    V, mean = _directions(h), h.mean(axis=0)
    return mean + (h - mean) @ V[:, :k] @ V[:, :k].T


@keep.wrong("These are the *last* k components, those of least variance. `svd` gives the strongest first.")
def _weakest(h, k):
    V, mean = _directions(h), h.mean(axis=0)
    return mean + (h - mean) @ V[-k:].T @ V[-k:]


@keep.wrong("One mean over all units and states was taken; each unit has a mean of its own: `axis=0`.")
def _one_mean(h, k):
    V = np.linalg.svd(h - h.mean(), full_matrices=False)[2]
    return h.mean() + (h - h.mean()) @ V[:k].T @ V[:k]


@keep.wrong("All k directions were meant: only the k-th is kept here. `V[:k]` holds the first k rows.")
def _only_the_kth(h, k):
    V, mean = _directions(h)[k - 1:k], h.mean(axis=0)
    return mean + (h - mean) @ V.T @ V


@keep.note("These are the places along the components, (N, k). Back to states: multiply by V[:k], and add the mean.")
def _not_taken_back(outcome, expected):
    return outcome.value.ndim == 2 and outcome.value.shape[0] == len(expected) != outcome.value.shape[1]


# -- where a cluster goes ----------------------------------------------------------------------------------------
def _steps(rng):
    yield {"before": np.array([0, 1, 0, 1, 0]), "after": np.array([1, 0, 1, 1, 0]), "clusters": 2}
    yield from _moves(rng, ((1, 1), (12, 3), (40, 4), (25, 5), (60, 6)))


def _other_steps(rng):
    lengths = (13, 18, 27, 33, 50) + rng.integers(0, 5)
    return _moves(rng, ((1, 1), *((int(N), int(rng.integers(2, 9))) for N in lengths)))


def _moves(rng, sizes):
    for N, C in sizes:
        before = np.concatenate([np.arange(C), rng.integers(0, C, N - C)]) if N > C else np.arange(C)
        yield {"before": before, "after": rng.integers(0, C, len(before)), "clusters": C}


@exercise(cases=_steps, hidden=_other_steps, size=4, rebuilds=("rnncourse.explain.extraction.from_clusters",), hints=(
    "A table of counts, `clusters` by `clusters`: how often did a step lead from cluster i to cluster j?",
    "The most decide: in each row, the place of the largest count.",
    "Almost the solution: add 1 to `goes[b, a]` for each pair, then `goes.argmax(axis=1)`, which takes the smaller "
    "number where two are equal."),
    after="With one such row for each letter, and the majority's verdict in each cluster, that is an automaton.")
def where_to(before, after, clusters):
    """Where one letter leads from each cluster: where most of its states go, the smaller number where two are equal.

    before    (N,)  the cluster of each state before the letter; each cluster has at least one state
    after     (N,)  the cluster after it
    clusters  C, how many there are
    returns   (C,)  whole numbers
    """
    goes = np.zeros((clusters, clusters), dtype=int)
    for b, a in zip(before, after, strict=True):
        goes[b, a] += 1
    return goes.argmax(axis=1)


@where_to.wrong("The last state seen decides: a later one overwrites what came before. Count, and let the most decide.")
def _the_last(before, after, clusters):
    goes = np.zeros(clusters, dtype=int)
    goes[before] = after
    return goes


@where_to.wrong("The first state seen decides; count all of them, and let the most decide.")
def _the_first(before, after, clusters):
    return np.array([after[list(before).index(c)] for c in range(clusters)])


@where_to.wrong("Rows and columns are exchanged: this says where most of those that *arrive* in a cluster came from.")
def _where_from(before, after, clusters):
    return where_to.reference_table(before, after, clusters).argmax(axis=0)


@where_to.wrong("The mean of the clusters' numbers, rounded. The numbers are names: between 1 and 3 there is no 2.")
def _mean_of_names(before, after, clusters):
    return np.array([round(after[before == c].mean()) for c in range(clusters)])


@where_to.wrong("The median of the clusters' numbers. They are names, their order means nothing: the most decide.")
def _median_of_names(before, after, clusters):
    return np.array([int(np.median(after[before == c])) for c in range(clusters)])


@where_to.wrong("Each pair is counted once at most: `goes[before, after] += 1` reads, adds and writes all at once. "
                "`np.add.at(goes, (before, after), 1)` or a loop counts each.")
def _once_at_most(before, after, clusters):
    goes = np.zeros((clusters, clusters), dtype=int)
    goes[before, after] += 1
    return goes.argmax(axis=1)


@where_to.wrong("Where two are equal the larger number is taken; the smaller one is asked for.")
def _larger_of_equals(before, after, clusters):
    goes = where_to.reference_table(before, after, clusters)
    return clusters - 1 - goes[:, ::-1].argmax(axis=1)


def _table(before, after, clusters):
    goes = np.zeros((clusters, clusters), dtype=int)
    np.add.at(goes, (before, after), 1)
    return goes


where_to.reference_table = _table


# -- merge what is the same ------------------------------------------------------------------------------------
def _machine(rng, n, letters=2):
    return {"step": rng.integers(0, n, (n, letters)), "accepting": rng.random(n) < 0.4}


def _machines(rng):
    yield {"step": np.array([[0, 0]]), "accepting": np.array([True])}
    yield {"step": np.array([[1, 2], [3, 0], [0, 3], [2, 1]]), "accepting": np.array([True, False, False, True])}
    # a chain: 0 → 1 → 2 → 3 → 4 by letter 0; only the end accepts, and each state takes one round more to be found
    yield {"step": np.array([[1, 0], [2, 1], [3, 2], [4, 3], [4, 4]]), "accepting": np.arange(5) == 4}
    # letter 1 alone tells 0 and 2 apart
    yield {"step": np.array([[0, 1], [1, 1], [2, 2]]), "accepting": np.array([False, True, False])}
    # 0 and 1 lead into the same two groups, by exchanged letters
    yield {"step": np.array([[2, 3], [3, 2], [2, 2], [3, 3]]), "accepting": np.array([False, False, True, False])}
    for n, letters in ((6, 2), (8, 2), (7, 3)):
        case = _machine(rng, n // 2 + 1, letters)
        copies = np.arange(n) % len(case["step"])                    # states twice: something to be merged
        yield {"step": case["step"][copies], "accepting": case["accepting"][copies]}


def _other_machines(rng):
    """Each kind of machine above, with some of its states twice, under other names, and its letters in an order."""
    yield {"step": np.array([[0, 0]]), "accepting": np.array([False])}
    for case in itertools.islice(_machines(rng), 1, None):
        step, accepting = _twice(rng, case["step"], case["accepting"], int(rng.integers(9, 14)))
        name = rng.permutation(len(step))
        yield {"step": name[step][np.argsort(name)], "accepting": accepting[np.argsort(name)]}


def _twice(rng, step, accepting, n, letters=None):
    """The same machine with n states, some of them copies that some arrows lead to, and its letters permuted."""
    original = np.append(np.arange(len(step)), rng.integers(0, len(step), n - len(step)))
    step = step[:, rng.permutation(step.shape[1]) if letters is None else letters]
    copies = [np.flatnonzero(original == state) for state in range(len(step))]
    arrows = [[rng.choice(copies[state]) for state in row] for row in step[original]]
    return np.array(arrows), accepting[original]


@exercise(cases=_machines, hidden=_other_machines, size=7,
          rebuilds=("rnncourse.explain.automata.minimise", "rnncourse.explain.automata.groups"), hints=(
    "Begin with two groups: states that accept, and states that do not. (The empty word tells them apart.)",
    "Two states of a group stay together as long as each letter leads both into the same group. So a state's *look* is "
    "its own group and the groups that its letters lead to.",
    "Same look, same group; and again with the finer groups, until their number does not grow any more.",
    "Almost the solution: `looks = [(group[s], *group[step[s]]) for s in range(n)]`, and a state's new group is the "
    "place of its look among the different ones in order, `list(dict.fromkeys(looks))`."),
    after="Whatever number of clusters you began with, this is the smallest automaton that says the same.")
def merge(step, accepting):
    """The group of each state of an automaton: one group for states that no word tells apart.

    step       (n, L)  whole numbers: step[s, a] is the state after letter a in state s
    accepting  (n,)    booleans: whether a word that ends there is accepted
    returns    (n,)    whole numbers: groups numbered 0, 1, … in the order in which their first states come
    """
    group, before = np.array(accepting, dtype=int), 0
    while True:
        looks = [(group[s], *group[step[s]]) for s in range(len(step))]
        names = list(dict.fromkeys(looks))
        group = np.array([names.index(look) for look in looks])
        if len(names) == before:
            return group
        before = len(names)


def _named(looks):
    names = list(dict.fromkeys(looks))
    return np.array([names.index(look) for look in looks])


def _rounds(step, accepting, rounds, look=lambda group, row: (group, *row), first=None):
    group = np.array(accepting, dtype=int) if first is None else first
    for _ in range(rounds):
        group = _named([look(group[s], group[step[s]]) for s in range(len(step))])
    return group


@merge.wrong("All states began in one group, and so nothing ever told two of them apart. The first division is by the "
             "verdict: accepting or not.")
def _no_first_split(step, accepting):
    return _rounds(step, accepting, len(step), first=np.zeros(len(step), dtype=int))


@merge.wrong("Only the first division: by the verdict. States of one group may go, by some letter, into different "
             "groups; then divide again.")
def _by_verdict_only(step, accepting):
    return _named([(yes,) for yes in np.array(accepting)])


@merge.wrong("One round too few: dividing may make a difference that divides others. Go on until the number of groups "
             "stays the same.")
def _one_round(step, accepting):
    return _rounds(step, accepting, 1)


@merge.wrong("Only the first letter is looked at. A state's look holds the groups that *all* its letters lead to.")
def _first_letter(step, accepting):
    return _rounds(step, accepting, len(step), lambda group, row: (group, row[0]))


@merge.wrong("A state's own group is missing in its look: an accepting and a rejecting state with the same steps fall "
             "together again.")
def _own_group_forgotten(step, accepting):
    return _rounds(step, accepting, len(step), lambda group, row: tuple(row))


@merge.wrong("It counts *which* letter leads to which group: two states that lead into the same groups by different "
             "letters are told apart. Keep the letters' order in a look; nothing is to be sorted, no set to be made.")
def _letters_exchanged(step, accepting):
    return _rounds(step, accepting, len(step), lambda group, row: (group, *sorted(row)))


@merge.wrong("The *states* that letters lead to are compared, not their groups: then only exact copies are merged.")
def _same_steps(step, accepting):
    return _named([(bool(accepting[s]), *step[s]) for s in range(len(step))])


@merge.wrong("Right groups under other numbers: group 0 is that of state 0, and further numbers come in order of the "
             "states.")
def _other_numbers(step, accepting):
    group = merge.reference(step, accepting)
    return group.max() - group


@merge.note("On this input the groups are right and their numbers are not. Number them in the order in which their "
            "first states come, that of state 0 first; `dict.fromkeys(looks)` keeps that order, sorting does not.")
def _numbered_otherwise(outcome, expected):
    pairs = set(zip(outcome.value.tolist(), expected.tolist(), strict=True))
    return len(pairs) == len(set(outcome.value.tolist())) == len(set(expected.tolist()))


# -- are they the same ---------------------------------------------------------------------------------------------
def _pairs(rng):
    def pair(step_a, accepting_a, step_b, accepting_b):
        return {"step_a": np.array(step_a), "accepting_a": np.array(accepting_a), "step_b": np.array(step_b),
                "accepting_b": np.array(accepting_b)}

    yield pair([[0, 0]], [True], [[0, 0]], [False])                                    # the empty word
    yield pair([[1, 0], [1, 1]], [True, False], [[1, 0], [2, 2], [1, 1]], [True, False, False])     # 1*, told twice
    yield pair([[1, 0], [2, 0], [3, 0], [3, 3]], [True, True, True, False], [[0, 0]], [True])    # no 000; everything
    yield pair([[1, 2], [1, 1], [3, 3], [4, 4], [4, 4]], [False, True, False, False, True], [[0, 0]], [False])
    yield pair([[1, 1], [2, 2], [0, 0]], [True, False, False], [[1, 1], [2, 2], [3, 3], [3, 3]],
               [True, False, False, False])                                             # every third length, or none
    # a cycle of 3 and one of 5: the first difference comes after more letters than either has states
    yield pair([[1, 1], [2, 2], [0, 0]], [True, False, True], [[1, 1], [2, 2], [3, 3], [4, 4], [0, 0]],
               [True, False, True, True, False])
    for n in (4, 5, 6):
        a, b = _machine(rng, n), _machine(rng, n - 1)
        b["accepting"][0] = a["accepting"][0]
        yield pair(a["step"], a["accepting"], b["step"], b["accepting"])


def _other_pairs(rng):
    """Each kind of pair above, the one and the other exchanged, with some states twice; and two cycles, drawn anew."""
    yield {f"{name}_{side}": value for side, yes in (("a", False), ("b", True))
           for name, value in (("step", np.array([[0, 0]])), ("accepting", np.array([yes])))}
    for case in _pairs(rng):
        letters, sides = rng.permutation(case["step_a"].shape[1]), {}
        for side, other in ("ab", "ba"):
            step, accepting = case[f"step_{other}"], case[f"accepting_{other}"]
            found = _twice(rng, step, accepting, int(rng.integers(7, 10)), letters)
            sides |= {f"step_{side}": found[0], f"accepting_{side}": found[1]}
        yield sides
    yield _two_cycles(rng)


def _two_cycles(rng):
    """Two machines that count, for which the first difference comes after more letters than either has states."""
    while True:
        n, m = rng.choice(np.arange(4, 9), 2, replace=False)
        accepting = rng.random(n) < 0.5, np.zeros(m, bool)
        accepting[1][:] = accepting[0][np.arange(m) % n]
        k = np.arange(n * m)
        if (differ := np.flatnonzero(accepting[0][k % n] != accepting[1][k % m])).size and differ[0] > max(n, m):
            steps = [np.repeat((np.arange(size)[:, None] + 1) % size, 2, axis=1) for size in (n, m)]
            return {"step_a": steps[0], "accepting_a": accepting[0], "step_b": steps[1], "accepting_b": accepting[1]}


@exercise(cases=_pairs, hidden=_other_pairs, size=9,
          rebuilds=("rnncourse.explain.automata.equivalent", "rnncourse.explain.automata.falsify"), hints=(
    "Read the same word with both at once: what counts is the *pair* of states. Both start in state 0.",
    "A pair of which one accepts and the other does not: the word that led there tells them apart.",
    "Try shorter words first: a list of pairs still to look at, each with its word's length, new ones put at the end. "
    "A pair that was met before leads to nothing new.",
    "Almost the solution: a `for` over the list may append to it, and comes to what was appended. If the two verdicts "
    "differ, return the length; else append the pair after each letter, one longer, unless it was met."),
    after="No word of any length is left unchecked, although there are infinitely many: there are only so many pairs.")
def first_difference(step_a, accepting_a, step_b, accepting_b):
    """How long is the shortest word that one automaton accepts and the other rejects? −1 where there is none.

    step_a       (n, L)  whole numbers: step_a[s, k] is the state after letter k in state s; it starts in state 0
    accepting_a  (n,)    booleans: whether a word that ends there is accepted
    step_b       (m, L)  and accepting_b (m,): the other automaton, over the same L letters
    returns      a whole number: 0 for the empty word, −1 where both accept the same words
    """
    todo, met = [(0, 0, 0)], {(0, 0)}
    for a, b, length in todo:    # the list grows while it is walked through: shorter words stand before longer ones
        if accepting_a[a] != accepting_b[b]:
            return length
        for pair in zip(step_a[a].tolist(), step_b[b].tolist(), strict=True):
            if pair not in met:
                met.add(pair)
                todo.append((*pair, length + 1))
    return -1


def _searched(step_a, accepting_a, step_b, accepting_b, differ=None, letters=None, deep=False, longest=None):
    todo, met = [((0, 0), 0)], {(0, 0)}
    differ = differ or (lambda a, b: accepting_a[a] != accepting_b[b])
    while todo:
        (a, b), length = todo.pop(-1 if deep else 0)
        if differ(a, b):
            return length
        for pair in list(zip(step_a[a].tolist(), step_b[b].tolist(), strict=True))[:letters]:
            if pair not in met and (longest is None or length < longest):
                met.add(pair)
                todo.append((pair, length + 1))
    return -1


@first_difference.wrong("A difference was found, but not by a shortest word: take the pair that has waited longest, "
                        "from the *front* of the list.")
def _deep(step_a, accepting_a, step_b, accepting_b):
    return _searched(step_a, accepting_a, step_b, accepting_b, deep=True)


@first_difference.wrong("The numbers of states are compared. They are names; what counts is whether each accepts.")
def _names_compared(step_a, accepting_a, step_b, accepting_b):
    return _searched(step_a, accepting_a, step_b, accepting_b, differ=lambda a, b: a != b)


@first_difference.wrong("Only the first letter is followed; from each pair every letter leads on.")
def _one_letter(step_a, accepting_a, step_b, accepting_b):
    return _searched(step_a, accepting_a, step_b, accepting_b, letters=1)


@first_difference.wrong("Only words of up to n letters are tried. A shortest difference may be longer than either "
                        "automaton has states: go on until no new pair comes.")
def _short_words(step_a, accepting_a, step_b, accepting_b):
    return _searched(step_a, accepting_a, step_b, accepting_b, longest=len(step_a) - 1)


@first_difference.wrong("Only words of up to as many letters as the larger automaton has states are tried. *Pairs* of "
                        "states come one after the other, and there may be n · m of them: go on until none is new.")
def _words_of_the_larger(step_a, accepting_a, step_b, accepting_b):
    return _searched(step_a, accepting_a, step_b, accepting_b, longest=max(len(step_a), len(step_b)))


@first_difference.wrong("The empty word is left out: before the first letter the starts themselves may differ.")
def _no_empty_word(step_a, accepting_a, step_b, accepting_b):
    found = _searched(step_a, accepting_a, step_b, accepting_b)
    if found:
        return found
    pairs = zip(step_a[0].tolist(), step_b[0].tolist(), strict=True)
    return 1 if any(accepting_a[a] != accepting_b[b] for a, b in pairs) else -1
