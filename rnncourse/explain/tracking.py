"""Which unit tracks this? All units of a network, ranked by how well each predicts a property of the text.

    states = states_of_text(net.trace(x))                         # {("h", 0): (N, H), ("c", 0): …, ("h", 1): …}
    ranking = which_unit(states, inside_a_string, train, test)    # chosen on train, scored on test

After Karpathy, Johnson & Li (2015), "Visualizing and understanding recurrent networks", who looked for such units by
eye. A unit that predicts a property need not be what the network uses: see `explain.ablation`.
"""

from dataclasses import dataclass, replace

import numpy as np

from rnncourse.explain._places import finite, places
from rnncourse.trace import Trace

ROTATIONS = 100
CHANCE = 0.95      # the share of rotated properties that stay below the chance level
NEAREST = 0.05     # no rotation is by less than this share of the part


def states_of_text(trace, signals=None):
    """{(signal, layer): (N, H)} of a Trace, or of a stack of them; N counts the steps of row 0, then of row 1, ….

    signals  which, as in ("h", "f"); where None h, and c where there is one. Padding is left out. For a layer that
             reads backward the key is (signal, layer, "backward").
    """
    if not isinstance(trace, Trace):
        raise TypeError(f"the trace is {type(trace).__name__}; expected a Trace, as net.trace(x, lengths) gives it")
    names = signals or (("h", "c") if trace.cell == "lstm" else ("h",))
    found, valid = {}, trace.mask.T
    for part in trace.parts or (trace,):
        for name in (names,) if isinstance(names, str) else names:
            place = (name, part.layer) if part.direction == "forward" else (name, part.layer, part.direction)
            found[place] = part[name].swapaxes(0, 1)[valid]
    return found


# -- which unit ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """One unit: where it is, and how it follows the property.

    signal, layer, direction, unit   its place, counted from 0
    sign    +1 or −1: whether it goes up with the property, on the training part
    score   sign × r on the held-out part, r the correlation (Pearson's); −1 to 1, and below 0 where it turned round
    auc     held out, for a yes/no property: how often the unit (times sign) is higher where the property holds than
            where it does not, 0 to 1, 0.5 by chance; None for a number
    train   |r| on the training part, by which it was chosen
    """

    signal: str
    layer: int
    unit: int
    sign: int
    score: float
    train: float
    auc: float | None = None
    direction: str = "forward"

    @property
    def place(self):
        """The key of the states it is from."""
        return (self.signal, self.layer) + ((self.direction,) if self.direction != "forward" else ())

    def __str__(self):
        back = " (backward)" * (self.direction != "forward")
        return f"{self.signal} of layer {self.layer}, unit {self.unit}{back}"


@dataclass(frozen=True, eq=False, repr=False)
class Ranking:
    """Units, the best on the training part first, with their scores on the held-out part.

    rows    the best `Row`s; ranking[0] is the first of them
    kind    "yes/no" or "number"
    chance  the held-out score that the best unit stays below for 95 % of the properties that have nothing to do with
            the text: this one, rotated in time
    units   how many were ranked
    """

    rows: tuple
    kind: str
    chance: float
    units: int

    def __getitem__(self, number):
        return self.rows[number]

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        auc = "   AUC" * (self.kind == "yes/no")
        head = f"{'rank  unit':34s}  sign  held-out |r|{auc}   (train)"
        lines = [f"{rank:4d}  {row!s:28s}  {row.sign:+4d}  {row.score:12.2f}"
                 + ("" if row.auc is None else f"  {row.auc:4.2f}") + f"   ({row.train:.2f})"
                 for rank, row in enumerate(self.rows, 1)]
        return "\n".join([f"Ranking of {self.units} units by a {self.kind} property; chance {self.chance:.2f}",
                          head, *lines])


def which_unit(states, values, train, test, count=10):
    """The `Ranking` of the `count` units that predict a property best.

    states  {(signal, layer): (N, H)}, as `states_of_text` gives it
    values  (N,) the property at the same steps; 0 and 1 alone make it a yes/no property
    train, test  slices, numbers of steps or (N,) booleans, in the order of time and without a step in common: whole
            texts, so that nothing near a training step is held out

    Units are chosen by |r| on the training part. For a yes/no property r is the point-biserial correlation: how far
    the mean inside lies from the mean outside, in standard deviations, so one scale serves all properties. It is
    below 1 even for a unit that tells the two apart without fault; that is what `auc` tells.

    Neighbouring steps are alike, so steps in random order would give a chance level far too low. Instead the property
    is rotated in time, 100 times, on both parts; each time a best unit is chosen, and scored on the held-out part.
    """
    states, values = _checked(states, values)
    parts = [places(name, part, len(values)) for name, part in (("train", train), ("test", test))]
    if np.intersect1d(*parts).size:
        raise ValueError("train and test share steps; expected none in common, better texts apart")
    for name, part in zip(("train", "test"), parts, strict=True):
        if np.ptp(values[part]) == 0:
            raise ValueError(f"the property is {values[part][0]:g} at all {len(part)} steps of {name}; expected one "
                             "that changes there. Try a longer part")
    r, held = (_correlations(states, values, part) for part in parts)
    yes_no = set(np.unique(values)) <= {0, 1}
    units = [(*place, "forward")[:3] + (unit,) for place, each in states.items() for unit in range(each.shape[1])]
    rows = []
    for n in np.argsort(-np.abs(r[:, 0]), kind="stable")[:count]:
        (signal, layer, direction, unit), sign = units[n], -1 if r[n, 0] < 0 else 1
        row = Row(signal, layer, unit, sign, float(sign * held[n, 0]), float(abs(r[n, 0])), direction=direction)
        auc = area(sign * states[row.place][parts[1], unit], values[parts[1]]) if yes_no else None
        rows.append(replace(row, auc=auc))
    return Ranking(tuple(rows), "yes/no" if yes_no else "number", _chance(r[:, 1:], held[:, 1:]), len(units))


def area(scores, holds):
    """The area under the ROC: how often a score where it holds is above one where it does not, ties counting half.

    scores (N,), holds (N,) 0 or 1, both of them there. (Mann & Whitney 1947's U, as a share.)
    """
    from scipy.stats import rankdata

    holds = np.asarray(holds) > 0
    yes, no = holds.sum(), (~holds).sum()
    return float((rankdata(scores)[holds].sum() - yes * (yes + 1) / 2) / (yes * no))


def _chance(r, held):
    """Of rotated properties, (units, rotations) each: the held-out score that 95 % of the chosen units stay below."""
    best = np.abs(r).argmax(0), np.arange(r.shape[1])
    return float(np.quantile(np.sign(r[best]) * held[best], CHANCE))


def _correlations(states, values, part):
    """(units, 1 + rotations): r of each unit, over the steps in `part`, with the property as it is and rotated."""
    values = values[part]
    steps = np.round(np.linspace(NEAREST, 1 - NEAREST, ROTATIONS) * len(values)).astype(int)
    turned = values[(np.arange(len(values))[:, None] - np.array([0, *steps])) % len(values)]
    turned -= values.mean()
    turned /= np.sqrt((turned[:, 0] ** 2).sum())
    found = []
    for each in states.values():
        each = each[part]
        spread = each.std(0) * np.sqrt(len(each))
        moves = spread > 1e-12 * np.sqrt(len(each)) * np.maximum(1, np.abs(each).max(0))
        found.append(np.where(moves, 1 / np.where(moves, spread, 1), 0)[:, None] * (each.T @ turned))
    return np.concatenate(found)


def _checked(states, values):
    values = finite("values", values, 1, "(N,), the property at each step")
    if not isinstance(states, dict) or not states:
        raise TypeError(f"states are {type(states).__name__}; expected {{(signal, layer): (N, H)}} with at least one. "
                        "Try states_of_text(trace), or {('h', 0): your array}")
    states = {place: finite(f"states {place}", each, 2, "(N, H)") for place, each in states.items()}
    for place, each in states.items():
        if len(each) != len(values):
            raise ValueError(f"states {place} have {len(each)} steps and values {len(values)}; expected as many")
    return states, values
