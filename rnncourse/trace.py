"""Trace: what a recurrent network did on one batch, step by step. The one thing passed between floors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

import numpy as np

from rnncourse import _trace_show as show
from rnncourse._trace_check import check, parts_agree

SIGNALS = {"rnn": ("h",), "lstm": ("i", "f", "g", "o", "c", "h"), "gru": ("r", "z", "n", "h")}
DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """One layer, in one direction, run over one batch; or several of these, made by `stack`, with `at` to pick one.

    cell        "rnn", "lstm" or "gru"
    params      the parameters that made it, under the names of `rnncourse.cells`
    x           (T, B, D), what this layer read
    signals     name -> (T, B, H): h for the RNN, i f g o c h for the LSTM, r z n h for the GRU
    h0, c0      (B, H), the state before the first step (c0: LSTM only)
    activation  of an RNN: "tanh", "relu", "sigmoid" or "linear"
    lengths     (B,) whole numbers, or None where every row is T long; beyond its length a row holds 0
    tokens      what stands behind each input, for pictures: a sequence for each row of the batch, or None
    layer       which layer of a stack this is, counted from 0
    direction   "forward", or "backward" for a layer that read each row from its end. Position t always
                belongs to x[t]; `h_prev` is the state before that step in the layer's own reading order.
    preactivations  a function of this Trace that gives gate -> (T, B, H), what went into each gate

    `trace.h`, `trace["h"]` and `trace.f` are signals; `trace["a_f"]` is the pre-activation of f,
    computed when asked for. Arrays are read-only views: they follow an array that its owner changes.

    A stack has `parts`, one Trace for each layer and direction, and no signals of its own. Its x is what the lowest
    layer read, its params are {(layer, direction): params}, its h0 and c0 (layers × directions, B, H) as in torch.
    """

    cell: str
    params: Mapping
    x: np.ndarray
    signals: Mapping
    h0: np.ndarray
    c0: np.ndarray | None = None
    activation: str | None = None
    lengths: np.ndarray | None = None
    tokens: tuple | None = None
    layer: int = 0
    direction: str = "forward"
    preactivations: Callable | None = None
    parts: tuple = ()

    def __post_init__(self):
        keep = {name: _read_only(getattr(self, name)) for name in ("x", "h0", "c0", "lengths")}
        for name in ("params", "signals"):
            keep[name] = MappingProxyType({key: _read_only(value) for key, value in getattr(self, name).items()})
        keep["tokens"] = None if self.tokens is None else tuple(self.tokens)
        for name, value in keep.items():
            object.__setattr__(self, name, value)    # the way round `frozen`
        check(self, SIGNALS, DIRECTIONS)

    def __reduce__(self):    # a read-only mapping cannot be copied or pickled; a dict can
        if self.parts:
            return Trace.stack, (self.parts,)
        values = (getattr(self, f.name) for f in fields(self))
        return Trace, tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in values)

    @classmethod
    def stack(cls, parts):
        """The Trace of a stacked or bidirectional network: `parts` in torch's order, forward before backward."""
        parts_agree(parts)
        first = parts[0]
        c0 = None if first.c0 is None else np.stack([p.c0 for p in parts])
        return cls(first.cell, {(p.layer, p.direction): p.params for p in parts}, first.x, {},
                   np.stack([p.h0 for p in parts]), c0, first.activation, first.lengths, first.tokens,
                   parts=tuple(parts))

    # -- sizes ---------------------------------------------------------------------------------
    @property
    def steps(self):
        """T, the number of steps."""
        return self.x.shape[0]

    @property
    def batch(self):
        """B, the number of rows."""
        return self.x.shape[1]

    @property
    def hidden_size(self):
        """H, the number of units."""
        return self.h0.shape[-1]

    @property
    def mask(self):
        """(T, B) booleans: True where a row has an input, False on its padding."""
        return np.arange(self.steps)[:, None] < self._ends

    @property
    def _ends(self):
        return np.full(self.batch, self.steps) if self.lengths is None else self.lengths

    # -- signals -------------------------------------------------------------------------------
    def __getitem__(self, name):
        if name == "x":
            return self.x
        if name in self.signals:
            return self.signals[name]
        if isinstance(name, str) and name.startswith("a_") and self.preactivations:
            found = self.preactivations(self)
            if name[2:] in found:
                return self._without_padding(found[name[2:]])
        raise KeyError(self._missing(name))

    def __getattr__(self, name):
        if not name.startswith("_") and name in self.signals:
            return self.signals[name]
        raise AttributeError(name if name.startswith("_") else self._missing(name))

    def __dir__(self):    # what the Tab key offers
        return [*super().__dir__(), *self.signals]

    def _missing(self, name):
        if self.parts and (name in SIGNALS[self.cell] or str(name).startswith("a_")):
            return (f"{name!r} alone is ambiguous: this Trace has {show.extent(self)}; "
                    f"try trace.at(layer=0, direction='forward')[{name!r}]")
        if str(name).startswith("a_") and not self.preactivations:
            return f"no {name!r}: this Trace was made without `preactivations`"
        known = ", ".join(["x", *SIGNALS[self.cell]])
        return f"no signal {name!r} in a Trace of cell {self.cell!r}; it has {known}, and a_<gate> for pre-activations"

    @property
    def h_prev(self):
        """(T, B, H): the h that each step started from; the first one read starts from h0."""
        return self._before("h", self.h0)

    @property
    def c_prev(self):
        """(T, B, H): the c that each step of an LSTM started from; the first one read starts from c0."""
        return self._before("c", self.c0)

    def _before(self, name, start):
        values = self[name]
        before = np.empty_like(values)
        if self.direction == "forward":
            before[1:], before[0] = values[:-1], start
        else:
            before[:-1] = values[1:]
            before[self._ends - 1, np.arange(self.batch)] = start
        return self._without_padding(before)

    def _without_padding(self, values):
        if self.lengths is not None:
            values[~self.mask] = 0
        return values

    def last(self, name="h"):
        """(B, H): the signal at the last step that this layer read, row by row (torch's h_n and c_n)."""
        values = self[name]
        if self.direction == "backward":
            return values[0]
        return values[-1] if self.lengths is None else values[self._ends - 1, np.arange(self.batch)]

    def as_read(self):
        """This layer's Trace with each row in the order in which it was read, so with direction "forward".

        For a backward layer: each row is reversed within its own length. `cells.backward` wants this order.
        """
        if self.parts:
            raise ValueError(f"as_read needs one layer in one direction; this Trace has {show.extent(self)}. "
                             "Try trace.at(layer=0, direction='backward').as_read()")
        if self.direction == "forward":
            return self
        tokens = self.tokens and tuple(row[::-1] for row in self.tokens)
        return replace(self, x=reverse_rows(self.x, self.lengths), direction="forward", tokens=tokens,
                       signals={name: reverse_rows(values, self.lengths) for name, values in self.signals.items()})

    def row(self, b):
        """The Trace of row b alone, cut to its length: B = 1 and no padding."""
        if not 0 <= b < self.batch:
            raise IndexError(f"no row {b}; this Trace has rows 0 to {self.batch - 1}")
        if self.parts:
            return Trace.stack([p.row(b) for p in self.parts])
        end, one = self._ends[b], slice(b, b + 1)
        return replace(self, x=self.x[:end, one], h0=self.h0[one], c0=None if self.c0 is None else self.c0[one],
                       lengths=None, tokens=self.tokens and self.tokens[one],
                       signals={name: values[:end, one] for name, values in self.signals.items()})

    # -- layers and directions -----------------------------------------------------------------
    @property
    def layers(self):
        """The number of layers."""
        return len({p.layer for p in self._all})

    @property
    def directions(self):
        """("forward",) or ("forward", "backward")."""
        return tuple(dict.fromkeys(p.direction for p in self._all))

    @property
    def _all(self):
        return self.parts or (self,)

    def at(self, layer=-1, direction="forward"):
        """The Trace of one layer (counted from 0, or from the top with −1) in one direction."""
        present = sorted({p.layer for p in self._all})
        wanted = present[layer] if -len(present) <= layer < 0 else layer
        for part in self._all:
            if (part.layer, part.direction) == (wanted, direction):
                return part
        raise ValueError(f"no layer {layer} in direction {direction!r}; this Trace has "
                         f"layer {' and '.join(map(str, present))}, {' and '.join(self.directions)}")

    @property
    def output(self):
        """(T, B, H or 2H): what the network gives on: the top layer's h, both directions side by side."""
        top = [self.at(-1, direction).h for direction in self.directions]
        return top[0] if len(top) == 1 else np.concatenate(top, axis=-1)

    # -- in a notebook -------------------------------------------------------------------------
    def __repr__(self):
        return show.line(self, SIGNALS[self.cell])

    def _repr_html_(self):
        return show.table(self, SIGNALS[self.cell])


def reverse_rows(array, lengths=None):
    """`array` (T, B, …) with each row reversed within its own length; the padding behind it stays where it is."""
    if lengths is None:
        return array[::-1]
    t = np.arange(len(array))[:, None]
    return array[np.where(t < lengths, lengths - 1 - t, t), np.arange(len(lengths))]


def _read_only(array):
    """A view that cannot be written through; the caller's own array stays as it was. Mappings and None stay."""
    if array is None or isinstance(array, Mapping):
        return array
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
