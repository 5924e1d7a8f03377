"""Does an explanation say what the network does? Four tests, each with a control; none needs a human's opinion.

- is the network worth explaining: is it right more often than a constant answer (`worth_explaining`)
- take the steps away, the most important first: a faithful order loses the score at once (`deletion`, `insertion`)
- where the words that decide are known: does it point at them (`known_answers`, a file of its own)
- shuffle the weights: an explanation that looks the same as before did not look at them (`against_shuffled_weights`)
"""

import warnings
from dataclasses import dataclass

import numpy as np

from rnncourse.explain import _inputs


# -- is it worth explaining -----------------------------------------------------------------------------------
class InaccurateModel(UserWarning):
    """The network that is to be explained is hardly better than a constant answer."""


@dataclass(frozen=True)
class Accuracy:
    """How often the network is right, on `count` rows, and how often the most frequent answer would be."""

    right: float
    constant: float
    count: int

    @property
    def learnt(self):
        """Whether `right` is above `constant` by more than two standard errors."""
        return self.right > self.constant + 2 * np.sqrt(self.right * (1 - self.right) / self.count)

    def __repr__(self):
        return f"right on {self.right:.1%} of {self.count} rows; the most frequent answer on {self.constant:.1%}"


def worth_explaining(net, x, labels, lengths=None):
    """The `Accuracy` of a classifier on rows it was not trained on; warns InaccurateModel where it has learnt little.

    labels  (B,) the right class of each row
    """
    batch = net.read(x, lengths)
    labels = _inputs.targets(net, labels, batch.rows)
    right = float((net.scores(batch).argmax(1) == labels).mean())
    found = Accuracy(right, float(np.bincount(labels).max() / len(labels)), len(labels))
    if not found.learnt:
        warnings.warn(f"this network is {found}: it has not learnt what it is to be explained for. What an explanation "
                      "says of it says little about the task", InaccurateModel, stacklevel=2)
    return found


# -- taking away, putting in -------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Curve:
    """The score while steps go or come, the most important first.

    what    "deletion" or "insertion"
    share   (S,) the share of each row's steps that have gone, or come: 0 to 1
    scores  (S, B) F at each share
    """

    what: str
    share: np.ndarray
    scores: np.ndarray

    @property
    def area(self):
        """(B,): how far the score is from where it began, on average over the shares.

        Deletion: the mean loss F(x) − F; insertion: the mean gain. Larger is more faithful. Compare a random order.
        """
        change = self.scores - self.scores[0]
        return np.trapezoid(-change if self.what == "deletion" else change, self.share, axis=0)

    def __repr__(self):
        mean = self.scores.mean(1)
        shown = ", ".join(f"{s:.0%}: {mean[np.abs(self.share - s).argmin()]:.3g}" for s in (0, 0.25, 0.5, 0.75, 1))
        return f"{self.what.capitalize()} curve of {self.scores.shape[1]} row(s), mean score at {shown}; " \
               f"mean area {self.area.mean():.3g}"


def deletion(net, x, target, order, lengths=None, baseline=None, points=11):
    """The `Curve` of F while the steps of each row go, those with the largest `order` (T, B) first.

    A step that has gone is the baseline (zeros where None). `order` is what an explanation says, as in found.tokens:
    steps that speak for the target go first, so its score should fall. For a control, rng.random(order.shape).
    """
    return _curve("deletion", net, x, target, order, lengths, baseline, points)


def insertion(net, x, target, order, lengths=None, baseline=None, points=11):
    """The `Curve` of F while steps come into the baseline, those with the largest `order` (T, B) first."""
    return _curve("insertion", net, x, target, order, lengths, baseline, points)


def _curve(what, net, x, target, order, lengths, baseline, points):
    batch = net.read(x, lengths)
    target, base = _inputs.targets(net, target, batch.rows), _inputs.baseline(net, baseline, batch)
    if not isinstance(points, (int, np.integer)) or points < 2:
        raise ValueError(f"points is {points!r}; expected a whole number, 2 or more: both ends are among them")
    rank = _ranks(_given_order(order, batch), batch)
    share, scores = np.linspace(0, 1, points), []
    for part in share:
        chosen = (rank < np.round(part * batch.lengths))[..., None]
        there = np.where(chosen, base, batch.x) if what == "deletion" else np.where(chosen, batch.x, base)
        scores.append(net.scores(_inputs.Batch(there, batch.lengths))[np.arange(batch.rows), target])
    return Curve(what, share, np.array(scores))


def _given_order(order, batch):
    order = _inputs.plain("order", order).astype(float)
    if order.shape != batch.mask.shape:
        raise ValueError(f"the order is {order.shape}; expected (T, B) = {batch.mask.shape}, as found.tokens")
    if np.isnan(order[batch.mask]).any():
        raise ValueError("the order holds NaN; expected numbers to rank the steps by")
    return order


def _ranks(order, batch):
    """(T, B): 0 for the largest of each row, then 1, …; the padding comes last."""
    descending = np.argsort(np.where(batch.mask, -order, np.inf), axis=0, kind="stable")
    return np.argsort(descending, axis=0, kind="stable")


# -- shuffled weights --------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Sanity:
    """How like an explanation is to that of the same network with its weights shuffled: rank correlations (S, B)."""

    correlations: np.ndarray

    @property
    def mean(self):
        """The mean over draws and rows; 1 would say that the weights do not matter."""
        return float(np.nanmean(self.correlations))

    @property
    def spread(self):
        """The standard deviation of the draws' means."""
        return float(np.nanmean(self.correlations, axis=1).std(ddof=min(1, len(self.correlations) - 1)))

    def __repr__(self):
        return (f"Sanity: rank correlation with the explanations of {len(self.correlations)} network(s) of shuffled "
                f"weights {self.mean:+.2f} ± {self.spread:.2f} (1 = the weights make no difference)")


def shuffled(net, rng):
    """The same network with the entries of each of its weight arrays in another order: an `Explained`."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng is {rng!r}; expected a random generator. Try np.random.default_rng(0)")
    return net.changed(lambda array: rng.permutation(array.ravel()).reshape(array.shape))


def against_shuffled_weights(net, method, x, target, lengths=None, rng=None, draws=5):
    """The `Sanity` of a method: |tokens| on this network beside those on `draws` networks of shuffled weights.

    method  a function (net, x, target, lengths) that gives an Attribution, or (T, B); rng a random generator

    Rows of one or two steps are left out (NaN): two numbers are always in order, one way or the other.
    """
    from scipy.stats import spearmanr

    batch = net.read(x, lengths)
    own, correlations = _strength(method, net, x, target, lengths), np.full((draws, batch.rows), np.nan)
    for k in range(draws):
        other = _strength(method, shuffled(net, rng), x, target, lengths)
        for b, end in enumerate(batch.lengths):
            if end > 2 and np.ptp(own[:end, b]) and np.ptp(other[:end, b]):
                correlations[k, b] = spearmanr(own[:end, b], other[:end, b]).statistic
    return Sanity(correlations)


def _strength(method, net, x, target, lengths):
    found = method(net, x, target, lengths)
    return np.abs(getattr(found, "tokens", found))

