"""What a probe is made of: texts held out as a whole, standardised states, one fit, one score."""

from dataclasses import dataclass

import numpy as np

HELD_OUT = 0.25     # of the steps, in whole groups
FEWEST = 20         # steps in training; held out, a quarter of it


def kind_of(labels, kind):
    """"classes" or "number", as asked for or as the labels are."""
    if kind not in (None, "classes", "number"):
        raise ValueError(f"kind is {kind!r}; expected 'classes' or 'number'")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError(f"labels hold NaN or infinity at {np.count_nonzero(~np.isfinite(labels))} step(s); expected a "
                         "label for each. Leave those steps out, of states, groups and tokens too")
    if labels.dtype.kind not in "biufUS":
        raise TypeError(f"labels are {labels.dtype}; expected numbers, booleans or strings")
    if kind == "number" and labels.dtype.kind in "US":
        raise ValueError("kind is 'number' and the labels are strings; expected numbers, or kind='classes'")
    if kind is None:
        kind = "number" if labels.dtype.kind == "f" and not np.isin(labels, (0, 1)).all() else "classes"
    return kind


@dataclass(frozen=True, eq=False)
class Split:
    """Steps for fitting and steps held out, and the group of each of the latter."""

    train: np.ndarray
    test: np.ndarray
    groups: np.ndarray

    @classmethod
    def drawn(cls, groups, labels, kind, rng):
        """Whole groups, in an order that rng draws, until a quarter of the steps is held out; one stays at least."""
        names, each = np.unique(groups, return_inverse=True)
        if len(names) < 2:
            raise ValueError(f"there is one group, {names[0]!r}; expected two or more texts, or none can be held out. "
                             "For one long text, cut it into pieces: groups = np.arange(N) // 2000")
        order, sizes = rng.permutation(len(names)), np.bincount(each)
        out = 1 + np.searchsorted(np.cumsum(sizes[order])[:-2], HELD_OUT * len(groups))
        held = np.isin(each, order[:out])
        split = cls(np.flatnonzero(~held), np.flatnonzero(held), groups[held])
        split.check(labels, kind)
        return split

    def check(self, labels, kind):
        """Enough steps, and more than one label, on both sides."""
        what = "class" if kind == "classes" else "number"
        for name, part, fewest in (("for fitting", self.train, FEWEST), ("held out", self.test, FEWEST // 4)):
            if len(part) < fewest:
                raise ValueError(f"{len(part)} step(s) {name}; expected at least {fewest}, better thousands. Give more "
                                 "texts, or longer ones")
            if len(np.unique(labels[part])) < 2:
                raise ValueError(f"the {len(part)} steps {name} have one {what} only, {labels[part][0]!r}; expected "
                                 "two or more. Give more texts, or another rng")


def fit(states, labels, kind, split):
    """The fields of a Probe behind its kind, in their order: score, baseline, weights, …."""
    from sklearn.linear_model import LogisticRegression, Ridge

    train, test = states[split.train], states[split.test]
    mean, spread = train.mean(0), train.std(0)
    spread = np.where(spread > 1e-12 * np.maximum(1, np.abs(mean)), spread, 1)    # a unit that rests says nothing
    known, asked = labels[split.train], labels[split.test]
    model = LogisticRegression(max_iter=1000) if kind == "classes" else Ridge()
    model.fit((train - mean) / spread, known)
    said = model.predict((test - mean) / spread)
    weights = np.asarray(model.coef_).T
    if kind == "classes":
        names, counts = np.unique(known, return_counts=True)
        right, constant = said == asked, float((asked == names[counts.argmax()]).mean())
        score, classes, of_group = float(right.mean()), model.classes_, right
    else:
        wrong, off = (said - asked)**2, (asked - known.mean())**2
        variance = ((asked - asked.mean())**2).mean()
        score, constant, classes, of_group = 1 - wrong.mean() / variance, 1 - off.mean() / variance, None, wrong
    by_group = {name.item(): float(of_group[split.groups == name].mean()) for name in np.unique(split.groups)}
    shape = (len(weights),) if weights.ndim == 1 or weights.shape[1] == 1 else weights.shape
    return (float(score), float(constant), weights.reshape(shape), np.squeeze(model.intercept_), mean, spread, classes,
            by_group, len(train), len(test))
