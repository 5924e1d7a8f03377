"""Cause, not correlation: hold a unit at a value while the network runs, and see what its output loses.

    ablate(net, x, units=[39], layer=0)                       # the scores of a network in which h of unit 39 is 0
    cost(net, x, target, units=[39], layer=0)                 # what that costs, beside other units pushed as hard
    each_cost(net, x, target, layer=0)                        # what each unit of the layer costs, one at a time

A unit is held from the start on (in h0 and c0, too), in one signal: h, c, or a gate. With h held at 0 the network is
the one whose weights out of this unit are 0. Nothing is trained anew: what is lost is what this network does with the
unit, not what another could do without it.
"""

from dataclasses import dataclass

import numpy as np

from rnncourse.explain._holding import Run
from rnncourse.explain._surprise import Predictions, mean
from rnncourse.explain.model import Explained


def ablate(net, x, units, layer=0, how="zero", signal="h", lengths=None, direction="forward"):
    """Scores (T, B, K) at every step, with `units` of one layer held; in the padding they mean nothing.

    net     an `Explained`, or what `Explained.of` takes: a torch model, a cells.networks.Network
    x       (T, B) numbers of tokens or (T, B, D) features
    units   numbers from 0 to H − 1; none of them changes nothing
    how     "zero", "mean" (each unit's own over the valid steps of x), a number, or one for each of the units
    signal  "h"; of an LSTM also "c", "i", "f", "g", "o"; of a GRU also "r", "z", "n"
    """
    net = _explained(net)
    run = Run(net, net.read(x, lengths), layer, signal, direction)
    return net.predict(run.tops([run.intervention(units, how)])[:, 0])


@dataclass(frozen=True, eq=False, repr=False)
class Cost:
    """What it costs to hold some units of a layer, and what it costs to hold others, pushed about as hard.

    before, after  (B,) mean loss of each row, in `measure` ("bits" or "nats") a prediction; NaN where it has none
    counted        (B,) predictions in each row
    others         (C, n) the units of each control; others_after (C, B) the loss with them held
    pushes         (C,) how hard each control is pushed, as a multiple of how hard the units are. Read it first: a unit
                   that moves more than any other has no equals, and the comparison flatters it
    """

    what: str
    measure: str
    before: np.ndarray
    after: np.ndarray
    counted: np.ndarray
    others: np.ndarray
    others_after: np.ndarray
    pushes: np.ndarray

    @property
    def lost(self):
        """The mean loss that holding the units adds, over all predictions."""
        return float(mean(self.after - self.before, self.counted))

    @property
    def others_lost(self):
        """(C,): the same for each control."""
        return mean(self.others_after - self.before, self.counted)

    @property
    def as_much(self):
        """How many of the controls lose at least as much."""
        return int((self.others_lost >= self.lost).sum())

    def __repr__(self):
        told = (f"{self.what}: {mean(self.before, self.counted):.3f} → {mean(self.after, self.counted):.3f} "
                f"{self.measure}, {self.lost:+.3f} for each of {self.counted.sum()} predictions")
        if not len(self.others):
            return f"Cost of {told}; no other units to compare with"
        low, middle, high = np.quantile(self.others_lost, [0, 0.5, 1])
        return (f"Cost of {told}; others, pushed {self.pushes.min():.2g} to {self.pushes.max():.2g} times as hard: "
                f"{middle:+.3f} ({low:+.3f} to {high:+.3f}), {self.as_much} of {len(self.others)} lose as much")


def cost(net, x, target, units, layer=0, how="zero", signal="h", lengths=None, measure="bits", controls=20,
         direction="forward"):
    """The `Cost` of holding `units`, the other arguments as for `ablate`.

    target   (T, B) the right class at each step, −1 where none is to be predicted; or (B,) the right class of each
             row, read at its end. The loss is −log softmax(scores)[target]
    measure  "bits" or "nats"

    The controls: up to `controls` times as many other units of the same layer, held in the same way. For each of
    `units` they are those whose push, the root mean square of (what the unit does − what it is held at), is most like
    its own; for "mean" that is the standard deviation. A unit that moves much costs more than one that rests, whatever
    it means.
    """
    net = _explained(net)
    run = Run(net, net.read(x, lengths), layer, signal, direction)
    predictions = Predictions(net, run.batch, target, measure)
    chosen = run.intervention(units, how)
    if not len(chosen[0]):
        raise ValueError("units is empty; expected at least one unit to hold")
    others = run.controls(chosen, how, controls)
    losses = run.losses([run.intervention([], 0.0), chosen, *others], predictions)
    called = f"{'units' if len(chosen[0]) > 1 else 'unit'} {', '.join(map(str, chosen[0]))} of layer {layer}"
    what = f"holding {signal} of {called} at {how if isinstance(how, str) else np.round(how, 3)}"
    return Cost(what, measure, losses[0], losses[1], predictions.counted,
                np.array([each for each, _ in others]).reshape(-1, len(chosen[0])), losses[2:],
                np.array([run.push(each) / max(run.push(chosen), np.finfo(float).tiny) for each in others]))


def each_cost(net, x, target, layer=0, how="zero", signal="h", lengths=None, measure="bits", direction="forward"):
    """(H,): the mean loss that holding each unit of a layer adds, one unit at a time; arguments as for `cost`."""
    net = _explained(net)
    run = Run(net, net.read(x, lengths), layer, signal, direction)
    predictions = Predictions(net, run.batch, target, measure)
    held = [run.intervention([], 0.0)] + [run.intervention([unit], how) for unit in range(net.hidden_size)]
    losses = mean(run.losses(held, predictions), predictions.counted)
    return losses[1:] - losses[0]


def _explained(net):
    return net if isinstance(net, Explained) else Explained.of(net)
