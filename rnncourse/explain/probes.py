"""What does the state know? A linear probe on texts held out, beside a control task that no state should know.

    probe = linear_probe(states, inside_a_string, groups, rng=rng)
    both = probe_with_control(states, inside_a_string, tokens, groups, rng=rng)
    both.selectivity                              # accuracy on the task − accuracy on the control

A probe learns, too. What it reaches may be its own memory of which token means what; so it is given labels that are
drawn at random for each token type, where there is nothing to know but the type (Hewitt & Liang 2019, "Designing and
interpreting probes with control tasks"). And what a probe finds need not be used by the network: `explain.ablation`.
"""

from dataclasses import dataclass

import numpy as np

from rnncourse.explain._places import finite
from rnncourse.explain._probing import Split, fit, kind_of


@dataclass(frozen=True, eq=False, repr=False)
class Probe:
    """A linear read-out of states, fitted on some texts and scored on others.

    kind       "classes" (logistic regression) or "number" (ridge regression)
    score      on the texts held out: the share that is right, or R², the share of the variance that is explained
    baseline   the same of a constant: the most frequent class of training, or its mean
    weights    (H,), or (H, classes) where there are more than two, in score units for each standard deviation of a
               state, so that units can be compared; intercept one number, or (classes,)
    mean, spread  (H,) of the states in training, which they are standardised with
    classes    what there is to tell apart; None for a number
    by_group   {group: score} of each held-out text; of a number, the mean squared error
    trained, held_out  how many steps
    """

    kind: str
    score: float
    baseline: float
    weights: np.ndarray
    intercept: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    classes: np.ndarray | None
    by_group: dict
    trained: int
    held_out: int

    @property
    def accuracy(self):
        """The share of held-out steps that is right; only for classes."""
        return self._of_classes(self.score)

    @property
    def majority(self):
        """The share that is right if the most frequent class of training is always said; only for classes."""
        return self._of_classes(self.baseline)

    @property
    def groups(self):
        """The texts held out."""
        return tuple(self.by_group)

    def scores(self, states):
        """(N,) or (N, classes), the read-out of states (N, H). Of two classes, above 0 speaks for the second."""
        return (np.asarray(states) - self.mean) / self.spread @ self.weights + self.intercept

    def predict(self, states):
        """(N,) classes or numbers for states (N, H)."""
        scores = self.scores(states)
        if self.kind == "number":
            return scores
        return self.classes[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(-1)]

    def _of_classes(self, value):
        if self.kind != "classes":
            raise ValueError("this probe predicts a number; its score is R². Try probe.score and probe.baseline")
        return value

    def __repr__(self):
        told = (f"R² {self.score:.3f}, always the mean {self.baseline:.3f}" if self.kind == "number" else
                f"accuracy {self.score:.1%}, always the most frequent class {self.baseline:.1%}")
        return (f"Probe of {len(self.weights)} units: {told}; fitted on {self.trained:,} steps, scored on "
                f"{self.held_out:,} of {len(self.by_group)} other text(s)")


def linear_probe(states, labels, groups, *, rng, kind=None):
    """The `Probe` of labels (N,) from states (N, H).

    groups  (N,) which text or sequence each step is from; about a quarter of the steps is held out, in whole groups
            that rng draws: neighbouring steps are alike, and a probe scored on them is scored on what it has seen
    kind    "classes" or "number"; where None, booleans, whole numbers, strings, and floats that are all 0 or 1 are
            classes

    Logistic regression (or ridge regression) on standardised states, both with scikit-learn's penalty 1. ValueError
    for one group, one class, NaN, or too few steps.
    """
    states, labels, kind, split = _read(states, labels, groups, rng, kind)
    return Probe(kind, *fit(states, labels, kind, split))


def control_task(tokens, labels, *, rng):
    """Labels (N,) for a control: each token type gets one of `labels`, drawn as often as these occur, for good.

    tokens (N,) numbers or strings, what was read at each step; labels (N,) those of the task. ValueError where there
    is one token type or one label: then nothing can be drawn.
    """
    _generator(rng)
    tokens, labels = np.asarray(tokens), np.asarray(labels)
    if tokens.ndim != 1 or tokens.shape != labels.shape:
        raise ValueError(f"tokens are {tokens.shape} and labels {labels.shape}; expected (N,) both, one for each step")
    types, each = np.unique(tokens, return_inverse=True)
    if len(types) < 2 or len(np.unique(labels)) < 2:
        raise ValueError(f"there are {len(types)} token type(s) and {len(np.unique(labels))} label(s); expected two of "
                         "each at least, or the control has one class only")
    while True:
        drawn = rng.choice(labels, len(types))
        if len(np.unique(drawn)) > 1:
            return drawn[each]


@dataclass(frozen=True, eq=False, repr=False)
class Controlled:
    """A `Probe` of the task and one of the control, on the same texts."""

    task: Probe
    control: Probe

    @property
    def selectivity(self):
        """Score on the task less score on the control. Near 0: what the probe reaches, it reaches on anything."""
        return self.task.score - self.control.score

    def __repr__(self):
        return f"selectivity {self.selectivity:+.3f}\n  task     {self.task}\n  control  {self.control}"


def probe_with_control(states, labels, tokens, groups, *, rng, kind=None):
    """`Controlled`: a probe of the labels and one of `control_task(tokens, labels)`, fitted and scored on equal texts.

    Arguments as for `linear_probe` and `control_task`. The control's own baseline stands beside it: a class drawn for
    a frequent token makes it higher than the task's.
    """
    states, labels, kind, split = _read(states, labels, groups, rng, kind)
    for_types = control_task(tokens, labels, rng=rng)
    return Controlled(*(Probe(kind, *fit(states, its, kind, split)) for its in (labels, for_types)))


def _read(states, labels, groups, rng, kind):
    _generator(rng)
    states, labels, groups = finite("states", states, 2, "(N, H)"), np.asarray(labels), np.asarray(groups)
    for name, each in (("labels", labels), ("groups", groups)):
        if each.shape != (len(states),):
            raise ValueError(f"{name} are {each.shape}; expected ({len(states)},), one for each step of the states")
    kind = kind_of(labels, kind)
    return states, labels, kind, Split.drawn(groups, labels, kind, rng)


def _generator(rng):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng is {rng!r}; expected a random generator. Try np.random.default_rng(0)")


# -- neighbours -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Neighbours:
    """The nearest of one name among vectors, the nearest first.

    name, names   of whom, and who they are
    nearness      (count,) cosine of the angle (1: same direction), or distance (0: same place)
    """

    name: str
    names: tuple
    nearness: np.ndarray
    metric: str

    def __repr__(self):
        told = ", ".join(f"{name!r} {near:.2f}" for name, near in zip(self.names, self.nearness, strict=True))
        return f"Neighbours of {self.name!r} by {self.metric}: {told}"


def neighbours(vectors, names, which, count=5, metric="cosine"):
    """The `count` nearest `Neighbours` of one row of vectors (V, E), such as an embedding; the row itself left out.

    names  V of them: words, or the characters of a vocabulary; which, one of them
    metric "cosine" or "distance" (Euclidean)
    """
    vectors, names = finite("vectors", vectors, 2, "(V, E)"), list(names)
    if len(names) != len(vectors):
        raise ValueError(f"there are {len(names)} names for {len(vectors)} vectors; expected as many")
    if which not in names:
        raise ValueError(f"no {which!r} among the {len(names)} names; there are {', '.join(map(repr, names[:8]))}, …")
    if metric not in ("cosine", "distance"):
        raise ValueError(f"metric is {metric!r}; expected 'cosine' or 'distance'")
    if not 1 <= count < len(names):
        raise ValueError(f"count is {count}; expected 1 to {len(names) - 1}")
    place = names.index(which)
    near = _cosines(vectors, names, place) if metric == "cosine" else np.sqrt(((vectors - vectors[place])**2).sum(1))
    order = np.argsort(-near if metric == "cosine" else near, kind="stable")
    order = order[order != place][:count]
    return Neighbours(which, tuple(names[n] for n in order), near[order], metric)


def _cosines(vectors, names, place):
    length = np.sqrt((vectors * vectors).sum(1))
    if not length.all():
        raise ValueError(f"the vector of {names[length.argmin()]!r} is 0 and has no direction; try metric='distance'")
    return vectors @ vectors[place] / (length * length[place])
