"""An automaton out of a trained network: by clustering its states, or by asking it (L*).

    network = Recogniser(model, {"0": [1, 0], "1": [0, 1]}, begin=[0, 0])
    found = from_clusters(network, words)              # or: from_questions(network, words)
    trial = automata.falsify(found.automaton, network, long_words)

What comes out describes the network, not the language that it was trained on. Whether the two are one is a question
for `automata.equivalent`.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from rnncourse.explain import automata, lstar
from rnncourse.explain.automata import Automaton
from rnncourse.explain.recogniser import BATCH

COUNTS = (*range(2, 25), 32, 40, 48, 64)      # of clusters, tried in this order


# -- by clustering -------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Watched:
    """What a network does while it reads: what clustering starts from.

    words     B words, and said (B,), whether the network accepts each
    states    (N, S), those that it goes through, each once; the first is its start
    after     {letter: (N, S)}, where each of them goes by that letter
    verdicts  (N,), what the network says in each
    """

    words: tuple
    said: np.ndarray
    states: np.ndarray
    after: dict
    verdicts: np.ndarray

    def __repr__(self):
        return f"Watched: {len(self.words)} words, over which the network goes through {len(self.states)} states"


def watch(recogniser, words):
    """`Watched`. ValueError where all states are one point, for there is nothing to cluster."""
    words = tuple(words)
    said, states = np.zeros(len(words), bool), [recogniser.start[None]]
    for piece in range(0, len(words), BATCH):
        path, lengths = recogniser.run(words[piece:piece + BATCH])
        said[piece:piece + BATCH] = recogniser.verdicts(path[lengths, np.arange(len(lengths))])
        states.append(path[np.arange(len(path))[:, None] <= lengths])
    states = _distinct(np.concatenate(states), len(words))
    after = {letter: recogniser.step(states, letter) for letter in recogniser.alphabet}
    return Watched(words, said, states, after, recogniser.verdicts(states))


@dataclass(frozen=True, eq=False, repr=False)
class Extraction:
    """What clustering a network's states gave.

    automaton  the smallest automaton of what was found
    raw        the one before: a state for each cluster
    centres    (C, S), the clusters' centres
    merged     (C,): which state of `automaton` each cluster became; −1 for a cluster that no word reaches
    agreement  share of the given words on which automaton and network say the same
    purity     share of the steps out of a cluster, and of the verdicts in it, that the automaton's agree with
    accuracy   share of the words on which the network is right; None where no labels were given
    lonely     how many clusters hold a single state: what is said of them rests on that one
    """

    automaton: Automaton
    raw: Automaton
    centres: np.ndarray
    merged: np.ndarray
    agreement: float
    purity: float
    accuracy: float | None
    lonely: int

    def cluster(self, states):
        """(N,): the cluster of each of the states (N, S), that of the nearest centre."""
        return _nearest(states, self.centres)

    def state(self, states):
        """(N,): the automaton's state for each of the network's states (N, S)."""
        return self.merged[self.cluster(states)]

    def __repr__(self):
        right = "" if self.accuracy is None else f", which is right on {self.accuracy:.1%} of them"
        return (f"Extraction: {len(self.centres)} clusters, {self.automaton.states} states when minimised; "
                f"it says what the network says on {self.agreement:.1%} of the words{right}")


def from_clusters(recogniser, words, clusters=None, labels=None, rng=None):
    """`Extraction`: the network's states over `words` clustered, and the steps between the clusters counted.

    words     or what `watch` made of them: then several numbers of clusters can be tried, and it is run once
    clusters  how many; where None, the first of 2 … 24, 32, 40, 48, 64 whose automaton says what the network says on
              every word (where none does, the one that does so most often, with a warning)
    labels    whether each word belongs, to warn of a network that has not learnt it
    rng       np.random.default_rng(0) where None

    Where a cluster's states go by a letter is asked of the network for each of them; the most decide, and so with the
    verdicts. ValueError where the states cannot be clustered.
    """
    seen = words if isinstance(words, Watched) else watch(recogniser, words)
    accuracy, seed = _look(seen.said, labels), _seed(rng)
    best = None
    for count in _counts(clusters, len(seen.states)):
        centres, own = _clustered(seen.states, count, seed)
        raw, purity = _counted(seen, centres, own)
        agreement = np.mean([raw.accepts(word) for word in seen.words] == seen.said)
        if best is None or agreement > best[0]:
            best = agreement, raw, centres, purity, int((np.bincount(own, minlength=count) == 1).sum())
        if agreement == 1:
            break
    return _extraction(best, accuracy, clusters)


def _extraction(best, accuracy, clusters):
    agreement, raw, centres, purity, lonely = best
    if agreement < 1 and clusters is None:
        warnings.warn(f"no automaton from {COUNTS[0]} to {COUNTS[-1]} clusters says what the network says on every "
                      f"word; the best one does on {agreement:.1%}. The states may form no clusters", stacklevel=3)
    if lonely and clusters is not None:
        warnings.warn(f"{lonely} of {len(centres)} clusters hold a single state: what is said of them rests on that "
                      "one. Try fewer clusters, or more words", stacklevel=3)
    group = automata.groups(raw)
    merged = np.array([group.get(cluster, -1) for cluster in range(len(centres))])
    return Extraction(automata.minimise(raw), raw, centres, merged, float(agreement), float(purity), accuracy, lonely)


def _look(said, labels):
    """The network's accuracy, or None without labels; a warning where it has learnt nothing, or not all."""
    if not len(said):
        raise ValueError("words is empty; expected the words over which the network is watched")
    if said.all() or not said.any():
        warnings.warn(f"the network {'accepts' if said[0] else 'rejects'} all {len(said)} words: an untrained network "
                      "does so. Its automaton will be a constant answer", stacklevel=3)
    if labels is None:
        return None
    labels = np.asarray(labels)
    if labels.shape != said.shape:
        raise ValueError(f"labels are {labels.shape}; expected ({len(said)},), one for each word")
    accuracy = float((said == (labels > 0)).mean())
    if accuracy < 0.99:
        warnings.warn(f"the network is right on {accuracy:.1%} of the words: its automaton tells what it does, which "
                      "is not the language it was to learn", stacklevel=3)
    return accuracy


def _distinct(states, words):
    """(N, S): the states, each once (to 1e-6), in the order that they came; the start stays first."""
    _, first = np.unique(np.round(states, 6), axis=0, return_index=True)
    states = states[np.sort(first)]
    if words and np.ptp(states, axis=0).max() < 1e-3:
        raise ValueError(f"over {words} words the network's states differ by at most "
                         f"{np.ptp(states, axis=0).max():.1g}: all one point, nothing to cluster. Is it trained?")
    return states


def _counts(clusters, distinct):
    if clusters is None:
        return [count for count in COUNTS if count <= distinct]
    if not isinstance(clusters, (int, np.integer)) or not 1 <= clusters <= distinct:
        raise ValueError(f"clusters is {clusters!r} and the network goes through {distinct} distinct states; expected "
                         "at least 1, and no more than these: a cluster needs a state of its own")
    return [clusters]


def _clustered(states, count, seed):
    """(centres (C, S), cluster (N,)) by k-means."""
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=4, random_state=seed).fit(states)
    return found.cluster_centers_, found.labels_


def _counted(seen, centres, own):
    """(Automaton with a state for each cluster, purity): the most states of a cluster decide where it goes."""
    count, verdicts = len(centres), seen.verdicts
    yes = np.bincount(own, weights=verdicts, minlength=count) / np.bincount(own, minlength=count)
    right, step = [np.where(yes[own] > 0.5, verdicts, ~verdicts).mean()], []
    for after in seen.after.values():
        goes = np.zeros((count, count))
        np.add.at(goes, (own, _nearest(after, centres)), 1)
        step.append(goes.argmax(1))
        right.append(goes.max(1).sum() / goes.sum())
    return Automaton(tuple(seen.after), np.stack(step, axis=1), yes > 0.5, own[0]), np.mean(right)


def _nearest(states, centres):
    return ((states ** 2).sum(1)[:, None] - 2 * states @ centres.T + (centres ** 2).sum(1)).argmin(1)


def _seed(rng):
    return int((np.random.default_rng(0) if rng is None else rng).integers(2**31))


# -- by asking -----------------------------------------------------------------------------------------------
def from_questions(recogniser, words, most_states=64):
    """L* with the network as teacher (Weiss, Goldberg & Yahav 2018 ask in a subtler way): `lstar.Learnt`.

    A counter-example is the first of `words` on which network and guess differ, the shorter words first. That no word
    is left proves nothing about other words: `automata.falsify` with longer ones.
    """
    words = sorted(words, key=len)
    said = recogniser.accepts(words)
    _look(said, None)

    def counter_example(guess):
        return next((word for word, yes in zip(words, said, strict=True) if guess.accepts(word) != yes), None)

    return lstar.lstar(recogniser.alphabet, recogniser.accepts, counter_example, most_states)
