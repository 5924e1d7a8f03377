"""Trace: what a recurrent network did on one batch, step by step. The one thing passed between floors."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Callable

import numpy as np

SIGNALS = {"rnn": ("h",), "lstm": ("i", "f", "g", "o", "c", "h"), "gru": ("r", "z", "n", "h")}


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """One layer, in one direction, run over one batch; or several of these (`parts`), with `at` to pick one.

    cell        "rnn", "lstm" or "gru"
    params      the parameters that made it, under the names of `rnncourse.cells`
    x           (T, B, D), what this layer read
    signals     name -> (T, B, H): h for the RNN, i f g o c h for the LSTM, r z n h for the GRU
    h0, c0      (B, H), the state before the first step (c0: LSTM only)
    activation  of an RNN: "tanh", "relu", "sigmoid" or "linear"
    lengths     (B,) whole numbers, or None where every row is T long; beyond its length a row holds 0
    tokens      what stands behind each input, for pictures: a sequence for each row of the batch, or None
    direction   "forward", or "backward" for a layer that read each row from its end. Position t always
                belongs to x[t]; `h_prev` is the state before that step in the layer's own reading order.

    `trace.h`, `trace["h"]` and `trace.f` are signals; `trace["a_f"]` is the pre-activation of f,
    computed when asked for. Arrays are read-only.
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
    preactivations: Callable | None = field(default=None, compare=False)
    parts: tuple = ()

    def __post_init__(self):
        for name in ("x", "h0", "c0", "lengths"):
            object.__setattr__(self, name, _read_only(getattr(self, name)))
        frozen = {name: _read_only(array) for name, array in self.signals.items()}
        object.__setattr__(self, "signals", MappingProxyType(frozen))

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
        lengths = np.full(self.batch, self.steps) if self.lengths is None else self.lengths
        return np.arange(self.steps)[:, None] < lengths

    # -- signals -------------------------------------------------------------------------------
    def __getitem__(self, name):
        if name == "x":
            return self.x
        if name in self.signals:
            return self.signals[name]
        if name.startswith("a_") and not self.parts:
            found = self.preactivations(self)
            if name[2:] in found:
                return found[name[2:]]
        raise KeyError(self._missing(name))

    def __getattr__(self, name):
        if not name.startswith("_") and name in self.signals:
            return self.signals[name]
        raise AttributeError(self._missing(name) if not name.startswith("_") else name)

    def _missing(self, name):
        if self.parts and (name in SIGNALS[self.cell] or name.startswith("a_")):
            return (f"this Trace has {self.layers} layer(s) in {len(self.directions)} direction(s), so {name!r} "
                    f"alone is ambiguous; try trace.at(layer=0, direction='forward')[{name!r}]")
        known = ", ".join(["x", *SIGNALS[self.cell]])
        return f"no signal {name!r} in a Trace of cell {self.cell!r}; it has {known}, and a_<name> for pre-activations"

    @property
    def h_prev(self):
        """(T, B, H): the h that each step started from; the first one read starts from h0."""
        return self._previous("h", self.h0)

    @property
    def c_prev(self):
        """(T, B, H): the c that each step of an LSTM started from; the first one read starts from c0."""
        return self._previous("c", self.c0)

    def _previous(self, name, start):
        values = self[name]
        before = np.empty_like(values)
        if self.direction == "forward":
            before[1:], before[:1] = values[:-1], start
            return before
        before[:-1] = values[1:]
        last = (np.full(self.batch, self.steps) if self.lengths is None else self.lengths) - 1
        before[last, np.arange(self.batch)] = start
        return before

    def last(self, name="h"):
        """(B, H): the signal at the last step that this layer read, row by row (torch's h_n and c_n)."""
        values = self[name]
        if self.direction == "backward":
            return values[0]
        ends = np.full(self.batch, self.steps) if self.lengths is None else self.lengths
        return values[ends - 1, np.arange(self.batch)]

    # -- layers and directions -----------------------------------------------------------------
    @property
    def layers(self):
        """The number of layers stacked."""
        return 1 + max(p.layer for p in self.parts) if self.parts else 1

    @property
    def directions(self):
        """("forward",) or ("forward", "backward")."""
        return tuple(dict.fromkeys(p.direction for p in self.parts)) if self.parts else (self.direction,)

    def at(self, layer=-1, direction="forward"):
        """The Trace of one layer (counted from 0, or from the end with −1) in one direction."""
        wanted = layer + self.layers if layer < 0 else layer
        for part in self.parts or (replace(self, layer=0),):
            if part.layer == wanted and part.direction == direction:
                return part
        raise ValueError(f"no layer {layer} in direction {direction!r}; this Trace has layers 0 to "
                         f"{self.layers - 1} in {' and '.join(self.directions)}")

    @property
    def output(self):
        """(T, B, H or 2H): what the network gives on: the top layer's h, both directions side by side."""
        return np.concatenate([self.at(-1, d)["h"] for d in self.directions], axis=-1)

    # -- in a notebook -------------------------------------------------------------------------
    def __repr__(self):
        size = f"T={self.steps}, B={self.batch}, D={self.x.shape[2]}, H={self.hidden_size}"
        stack = f", {self.layers} layers, {' + '.join(self.directions)}" if self.parts else ""
        kind = f", {self.activation}" if self.activation else ""
        padded = "" if self.lengths is None else f", lengths {self.lengths.min()} to {self.lengths.max()}"
        return f"Trace of {self.cell}{kind}: {size}{stack}{padded}, {self.x.dtype}; signals {' '.join(SIGNALS[self.cell])}"


def _read_only(array):
    """A view that cannot be written through; the caller's own array stays as it was."""
    if array is None:
        return None
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
