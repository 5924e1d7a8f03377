"""Running a network with some units of one layer held at a value: many interventions side by side."""

import numpy as np

from rnncourse import activations
from rnncourse.activations import sigmoid
from rnncourse.explain import _inputs
from rnncourse.explain.model import FIRST, ROOMS, turned
from rnncourse.trace import SIGNALS

RANGE = dict.fromkeys("ifozr", (0, 1)) | dict.fromkeys("gnh", (-1, 1))
AT_ONCE = 20_000_000    # numbers that one array of a run over several interventions may hold


class Run:
    """A network over one batch, with units of one layer held: many interventions side by side, as rows of a batch.

    An intervention is (units (n,), values (n,)).
    """

    def __init__(self, net, batch, layer, signal, direction):
        self.net, self.batch, self.layer, self.signal, self.direction = net, batch, layer, signal, direction
        _check(net, layer, signal, direction)
        self.trace = net.trace(batch)
        self.part = self.trace.at(layer, direction)
        self.values = self.part[signal][batch.mask]    # (steps, H), as the network does

    def intervention(self, units, how):
        """(units, values) from what a user says."""
        H, units = self.net.hidden_size, np.asarray(units, int if np.size(units) == 0 else None).reshape(-1)
        if units.dtype.kind not in "iu" or (units.size and not 0 <= units.min() <= units.max() < H):
            raise ValueError(f"units are {units.tolist()}; expected whole numbers from 0 to {H - 1}")
        if len(set(units.tolist())) < len(units):
            raise ValueError(f"units are {units.tolist()}; expected each of them once")
        return units, self._values(units, how)

    def _values(self, units, how):
        if isinstance(how, str):
            if how not in ("zero", "mean"):
                raise ValueError(f"how is {how!r}; expected 'zero', 'mean', a number, or one for each of the units")
            return self.values[:, units].mean(0) if how == "mean" else np.zeros(len(units))
        value = _inputs.plain("how", how).astype(float)
        if value.shape not in ((), units.shape) or not np.isfinite(value).all():
            raise ValueError(f"how is {value.tolist()}; expected one finite number, or {len(units)}, one a unit")
        low, high = _range(self.net, self.signal)
        if value.size and not low <= value.min() <= value.max() <= high:
            raise ValueError(f"{self.signal} is to be held at {value.tolist()}; expected {low:g} to {high:g}, all that "
                             "a cell can give it")
        return np.broadcast_to(value, units.shape)

    def controls(self, chosen, how, count):
        """Interventions on as many other units, pushed as hard as the chosen ones: the nearest of each, in turn."""
        units, values = chosen
        rest = np.setdiff1d(np.arange(self.net.hidden_size), units)
        found = []
        for rank in range(min(count, len(rest) - len(units) + 1)):
            taken = []
            for unit, value in zip(units, values, strict=True):
                to = self.values[:, rest].mean(0) if isinstance(how, str) and how == "mean" else value
                gap = np.abs(_push(self.values[:, rest], to) - _push(self.values[:, unit], value))
                free = [n for n in rest[np.argsort(gap, kind="stable")] if n not in taken]
                taken.append(int(free[min(rank, len(free) - 1)]))
            found.append((np.array(taken), self._values(np.array(taken), how)))
        return found

    def push(self, intervention):
        """How far an intervention moves its units from what they do: the root of the mean of Σ moves²."""
        units, values = intervention
        return np.sqrt((_push(self.values[:, units], values) ** 2).sum())

    def tops(self, interventions):
        """(T, S, B, H × directions): h of the top layer at every step, under each of S interventions."""
        S, (T, B, H) = len(interventions), self.part.h.shape
        held, to = np.zeros((2, S, H))
        for row, (units, values) in enumerate(interventions):
            held[row, units], to[row, units] = 1, values
        held, to = (np.repeat(each, B, axis=0) for each in (held > 0, to))
        lengths, turn = np.tile(self.batch.lengths, S), turned(self.direction)
        here = {way: np.tile(self.trace.at(self.layer, way).h, (1, S, 1)) for way in self.net.directions
                if way != self.direction}
        read = turn(self.part.x, self.batch.lengths)
        here[self.direction] = turn(_held(self.net, self.part, read, self.signal, held, to), lengths)
        h = np.concatenate([here[way] for way in self.net.directions], -1)
        for above in range(self.layer + 1, len(self.net.layers)):
            h = np.concatenate([_read_on(self.net, above, way, h, lengths) for way in self.net.directions], -1)
        return h.reshape(T, S, B, -1)

    def losses(self, interventions, predictions):
        """(S, B): the mean loss of each row under each intervention."""
        one = self.batch.x.shape[0] * self.batch.rows * max(4 * self.net.hidden_size, self.net.classes)
        size = max(1, AT_ONCE // one)
        return np.concatenate([predictions.losses(self.tops(interventions[first:first + size]))
                               for first in range(0, len(interventions), size)])


def _held(net, part, x, signal, held, to):
    """h (T, S·B, H) of one layer over x (T, B, D), in reading order, with `signal` held at `to` where `held` (S·B, H).

    All S rows of a batch's row read the same x: what x sends into the gates is computed once.
    """
    def hold(name, value):
        if name == signal:
            np.copyto(value, to, where=held)
        return value

    p, H, times = part.params, part.hidden_size, (len(held) // part.batch, 1)
    W_x, W_h, b = (p[name] for name in FIRST[net.cell])
    h = hold("h", np.tile(part.h0, times))
    c = hold("c", np.tile(part.c0, times)) if net.cell == "lstm" else None
    every, f = np.empty((len(x), *h.shape)), activations.named(net.activation or "tanh").value
    for t, a in enumerate((x.reshape(-1, x.shape[-1]) @ W_x + b).reshape(*x.shape[:2], -1)):
        a, a_h = np.tile(a, times), h @ W_h
        if net.cell == "rnn":
            h = hold("h", f(a + a_h))
        elif net.cell == "lstm":
            a += a_h
            gates = sigmoid.value(a)
            i, f_t, o = (hold(name, gates[:, k * H:(k + 1) * H]) for k, name in ((0, "i"), (1, "f"), (3, "o")))
            c = hold("c", f_t * c + i * hold("g", np.tanh(a[:, 2 * H:3 * H])))
            h = hold("h", o * np.tanh(c))
        else:
            gates = sigmoid.value(a[:, :2 * H] + a_h[:, :2 * H])
            r, z = hold("r", gates[:, :H]), hold("z", gates[:, H:])
            n = hold("n", np.tanh(a[:, 2 * H:] + r * (a_h[:, 2 * H:] + p["b_hn"])))
            h = hold("h", (1 - z) * n + z * h)
        every[t] = h
    return every


def _read_on(net, layer, way, x, lengths):
    """h (T, rows, H) of a layer above, in one direction, over x (T, rows, ·); nothing is held in it."""
    turn, start = turned(way), [np.tile(s, (x.shape[1], 1)) for s in net.start[layer, way]]
    options = {"activation": net.activation} if net.cell == "rnn" else {}
    return turn(ROOMS[net.cell].forward(net.layers[layer][way], turn(x, lengths), *start, **options).h, lengths)


def _push(values, to):
    return np.sqrt(((values - to) ** 2).mean(0))


def _range(net, signal):
    if signal == "c":
        return -np.inf, np.inf
    if net.cell == "rnn":
        return {"tanh": (-1, 1), "relu": (0, np.inf), "sigmoid": (0, 1)}.get(net.activation, (-np.inf, np.inf))
    return RANGE[signal]


def _check(net, layer, signal, direction):
    if not isinstance(layer, (int, np.integer)) or not 0 <= layer < len(net.layers):
        raise ValueError(f"layer is {layer!r}; this network has {len(net.layers)}, so expected 0 to "
                         f"{len(net.layers) - 1}")
    if signal not in SIGNALS[net.cell]:
        raise ValueError(f"no signal {signal!r} to hold in cell {net.cell!r}; it has {', '.join(SIGNALS[net.cell])}")
    if direction not in net.directions:
        raise ValueError(f"direction is {direction!r}; this network has {' and '.join(net.directions)}")
