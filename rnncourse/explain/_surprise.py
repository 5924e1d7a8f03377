"""The loss of a network's scores, row by row: at every step, or once at each row's end."""

import numpy as np

from rnncourse.explain import _inputs
from rnncourse.losses import NATS_PER

END = {"forward": lambda lengths: lengths - 1, "backward": np.zeros_like}    # the step that each direction reads last


def mean(losses, counted):
    """(…,): the mean over all predictions, from those of rows (…, B), of which each has `counted` (B,)."""
    return np.nan_to_num(losses) @ counted / counted.sum()


class Predictions:
    """What a network was to say on a batch: its loss, from the h of its top layer.

    target (T, B), −1 where nothing is to be said, or (B,), at each row's end; measure "bits" or "nats"
    """

    def __init__(self, net, batch, target, measure):
        if measure not in NATS_PER:
            raise ValueError(f"unknown measure {measure!r}; choose one of {', '.join(NATS_PER)}")
        if net.classes < 2:
            raise ValueError("this network has one score, and no classes to be surprised by; try `ablate`, and compare "
                             "its scores with what they should be")
        self.net, self.batch, self.measure = net, batch, measure
        target = _inputs.plain("target", target)
        self.each_step = target.shape == batch.mask.shape
        if self.each_step:
            self.valid = batch.mask & (target >= 0)
            target = np.where(self.valid, target, 0)
            target = _inputs.targets(net, target.ravel(), target.size).reshape(target.shape)
        else:
            self.valid, target = np.ones((1, batch.rows), bool), _inputs.targets(net, target, batch.rows)[None]
        self.target = target
        if not self.valid.any():
            raise ValueError("every target is -1, or stands in the padding; expected one class to predict at least")

    @property
    def counted(self):
        """(B,): how many predictions each row has."""
        return self.valid.sum(0)

    def losses(self, tops):
        """(S, B): the mean loss of each row, NaN where it has no target, from the top h (T, S, B, H × directions)."""
        if not self.each_step:
            tops = self._ends(tops)
        scores = self.net.predict(tops)
        scores -= scores.max(-1, keepdims=True)
        right = np.take_along_axis(scores, self.target[:, None, :, None], -1)[..., 0]
        # −log softmax(a)[k] = log Σ_j exp(a_j) − a_k
        surprise = np.log(np.exp(scores, out=scores).sum(-1)) - right
        total = (surprise * self.valid[:, None]).sum(0) / NATS_PER[self.measure]
        return np.where(self.counted, total / np.maximum(self.counted, 1), np.nan)

    def _ends(self, tops):
        """(1, S, B, H × directions): what each direction ends with."""
        rows, parts = np.arange(self.batch.rows), np.split(tops, len(self.net.directions), axis=-1)
        ends = [END[way](self.batch.lengths) for way in self.net.directions]
        return np.concatenate([part[end, :, rows].swapaxes(0, 1) for part, end in zip(parts, ends, strict=True)],
                              -1)[None]
