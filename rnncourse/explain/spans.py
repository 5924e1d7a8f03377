"""Where else are these units on? Pick a span of a text; find the other spans in which the same units are on.

    where_else(states["h", 0], span=(120, 131), threshold=0.3)

After Strobelt, Gehrmann, Pfister & Rush (2018), "LSTMVis: a tool for visual analysis of hidden state dynamics in
recurrent neural networks".
"""

from dataclasses import dataclass

import numpy as np

from rnncourse.explain._places import finite


@dataclass(frozen=True, eq=False, repr=False)
class Spans:
    """Where the units of one span are on again; the most units shared first, then the fewest others on.

    span       (start, stop) of the question
    units      (n,) the units that are on in the whole of it
    spans      ((start, stop), …) elsewhere, each as long as its shared units stay on together
    shared     (units, …) of each: which of them are on in the whole of it
    others     (number, …) of each: how many units are on there that were not in the question
    """

    span: tuple
    threshold: float
    units: np.ndarray
    spans: tuple
    shared: tuple
    others: tuple
    highest: float

    def __len__(self):
        return len(self.spans)

    def __repr__(self):
        asked = f"Spans like {self.span[0]} to {self.span[1]}: {len(self.units)} unit(s) above {self.threshold:g} there"
        if not len(self.units):
            return f"{asked}. The highest stays above {self.highest:.2f}; try a lower threshold or a shorter span"
        if not self.spans:
            return f"{asked} ({', '.join(map(str, self.units))}), and nowhere else so long; try a shorter span"
        return "\n".join([asked] + [f"  {start} to {stop}: shares {len(units)}, {others} other(s) on"
                                    for (start, stop), units, others in
                                    zip(self.spans, self.shared, self.others, strict=True)])


def where_else(states, span, threshold, count=10):
    """The `Spans` in which the units that are on throughout `span` are on again, at most `count`.

    states     (N, H); a unit is on where it is above `threshold`. For units that are low there, give −states
    span       (start, stop), counted from 0, the stop not included

    The match of LSTMVis (Strobelt et al. 2018): shared units count for a place, further units that are on against it.
    A place must hold them for as many steps as the span has; spans do not overlap one another, nor the question.
    """
    states = finite("states", states, 2, "(N, H)")
    start, stop = _span(span, len(states))
    length, on = stop - start, states > threshold
    units = np.flatnonzero(on[start:stop].all(0))
    running = np.concatenate([np.zeros((1, on.shape[1]), np.int32), np.cumsum(on, 0, dtype=np.int32)])
    whole = running[length:] - running[:-length] == length       # (N − length + 1, H): on from here for so long
    shared = whole[:, units].sum(1)
    others, free = whole.sum(1) - shared, np.ones(len(states), bool)
    free[start:stop] = False
    found = []
    for here in np.lexsort((others, -shared)):
        if len(found) == count or not shared[here]:
            break
        if free[here:here + length].all():
            its = units[whole[here, units]]
            first, last = _stretch(on[:, its].all(1) & free, here)
            free[first:last] = False
            found.append(((first, last), its, int(on[first:last].all(0).sum() - len(its))))
    spans, each, rest = zip(*found, strict=True) if found else ((), (), ())
    return Spans((start, stop), threshold, units, spans, each, rest, float(states[start:stop].min(0).max()))


def _stretch(holds, here):
    """(first, last) of the run of True in `holds` (N,) that `here` lies in, the last not included."""
    gaps = np.flatnonzero(~holds)
    after = np.searchsorted(gaps, here)
    return (int(gaps[after - 1]) + 1 if after else 0), (int(gaps[after]) if after < len(gaps) else len(holds))


def _span(span, steps):
    start, stop = span
    whole = all(isinstance(place, (int, np.integer)) for place in span)
    if not (whole and 0 <= start < stop <= steps):
        raise ValueError(f"the span is {span}; expected (start, stop), whole numbers with 0 ≤ start < stop ≤ {steps}")
    return int(start), int(stop)
