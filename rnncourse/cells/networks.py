"""A whole trained network in NumPy: an embedding, layers of one cell, a linear read-out, from a torch module's tensors.

What a torch module with `embedding`, `recurrent` and `readout` keeps under its own names, `Network.from_tensors` turns
into the `params` of `rnncourse.cells`: so a checkpoint runs, step by step, where no torch is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnncourse.cells import gru, lstm, rnn

CELLS = {1: rnn, 3: gru, 4: lstm}    # blocks of H rows in torch's weight_hh -> the room that runs it
WORDS = {"rnn": ("W_xh", "W_hh", "b_h"), "gru": ("W_x", "W_h", "b"), "lstm": ("W_x", "W_h", "b")}
SUFFIX = {"forward": "", "backward": "_reverse"}


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A recurrent network as numbers, float64.

    cell       "rnn", "lstm" or "gru"
    layers     for each layer {"forward": params} or {"forward": params, "backward": params}
    readout    {"W_hy": (H × directions, K), "b_y": (K,)}
    embedding  (symbols, E): what stands for each symbol, or None where the input is numbers
    """

    cell: str
    layers: tuple
    readout: Mapping
    embedding: np.ndarray | None = None

    @classmethod
    def of(cls, model):
        """The network of a torch module with `recurrent`, `readout` and perhaps `embedding`; a Network stays itself."""
        if isinstance(model, cls):
            return model
        if not hasattr(model, "state_dict"):
            raise TypeError(f"the model is {type(model).__name__}; expected a Network, or a torch module as those of "
                            "rnncourse.training.models")
        return cls.from_tensors({name: value.detach().cpu().numpy() for name, value in model.state_dict().items()})

    @classmethod
    def from_tensors(cls, tensors):
        """The network of tensors under torch's names: embedding.weight, recurrent.weight_ih_l0, …, readout.bias."""
        tensors = {name: np.array(value, np.float64) for name, value in tensors.items()}
        missing = {"recurrent.weight_ih_l0", "recurrent.weight_hh_l0", "readout.weight", "readout.bias"} - set(tensors)
        if missing:
            raise ValueError(f"the tensors lack {', '.join(sorted(missing))}; there are {', '.join(sorted(tensors))}")
        known = {name.removeprefix("recurrent.") for name in tensors}
        depth = sum(f"weight_hh_l{layer}" in known for layer in range(len(known)))
        layers = tuple({direction: _params(tensors, f"_l{layer}{end}") for direction, end in SUFFIX.items()
                        if f"weight_hh_l{layer}{end}" in known} for layer in range(depth))
        rows, width = tensors["recurrent.weight_hh_l0"].shape
        readout = {"W_hy": tensors["readout.weight"].T, "b_y": tensors["readout.bias"]}
        return cls(_name(CELLS[rows // width]), layers, readout, tensors.get("embedding.weight"))

    @property
    def classes(self):
        """K, how many scores come out."""
        return len(self.readout["b_y"])

    def inputs(self, x):
        """x (T, B) whole numbers as their embeddings (T, B, E); (T, B, D) as it is, float64."""
        x = np.asarray(x)
        if self.embedding is None:
            return x.astype(np.float64)
        if x.ndim != 2 or x.dtype.kind not in "iu":
            raise ValueError(f"x is {x.dtype} of shape {x.shape}; expected the numbers of symbols (T, B)")
        if x.size and not 0 <= x.min() <= x.max() < len(self.embedding):
            raise ValueError(f"x runs from {x.min()} to {x.max()}; expected 0 to {len(self.embedding) - 1}")
        return self.embedding[x]

    def trace(self, x, layer=0, direction="forward", state=()):
        """One layer over its input (T, B, ·), from `state` (h0 or h0, c0), as a Trace in the order that it reads."""
        return _room(self.cell).forward(self.layers[layer][direction], x, *state)

    def run(self, x, state=None):
        """x (T, B) or (T, B, D) through all layers, forward: h (T, B, H) of the last, and the state after step T.

        `state`, for each layer h0 or (h0, c0) of shape (B, H), is what a former run returned; zeros where None.
        """
        if any(len(layer) > 1 for layer in self.layers):
            raise ValueError("this network reads in both directions and cannot go on from a state; try `trace`")
        h, after = self.inputs(x), []
        for layer, _ in enumerate(self.layers):
            trace = self.trace(h, layer, state=state[layer] if state else ())
            h = trace.h
            after.append((h[-1], trace.c[-1]) if self.cell == "lstm" else (h[-1],))
        return h, tuple(after)

    def predict(self, h):
        """h (…, H × directions) -> scores (…, K) = h W_hy + b_y."""
        return h @ self.readout["W_hy"] + self.readout["b_y"]

    def __repr__(self):
        first = next(iter(self.layers[0].values()))
        reads = "numbers" if self.embedding is None else f"{len(self.embedding)} symbols"
        return (f"Network: {reads} -> {len(self.layers)} × {self.cell} of {len(first[WORDS[self.cell][1]])} units"
                f"{' in both directions' if len(self.layers[0]) > 1 else ''} -> {self.classes} scores")


def _params(tensors, end):
    """The params of one layer in one direction: torch keeps the transposes, and two biases."""
    W_ih, W_hh = (tensors[f"recurrent.weight_{kind}{end}"].T for kind in ("ih", "hh"))
    none = np.zeros(W_hh.shape[1])
    b_ih, b_hh = (tensors.get(f"recurrent.bias_{kind}{end}", none) for kind in ("ih", "hh"))
    if W_hh.shape[1] % len(W_hh) or W_hh.shape[1] // len(W_hh) not in CELLS:
        raise ValueError(f"recurrent.weight_hh{end} is {W_hh.T.shape}; expected (H, H), (3H, H) or (4H, H)")
    cell, b = _name(CELLS[W_hh.shape[1] // len(W_hh)]), b_ih + b_hh
    H = len(W_hh)
    if cell == "gru":    # the reset gate acts on its part of b_hh
        b[2 * H:] = b_ih[2 * H:]
    params = dict(zip(WORDS[cell], (np.ascontiguousarray(W_ih), np.ascontiguousarray(W_hh), b), strict=True))
    return params | {"b_hn": b_hh[2 * H:].copy()} if cell == "gru" else params


def _name(room):
    return room.__name__.rpartition(".")[2]


def _room(cell):
    return next(room for room in CELLS.values() if _name(room) == cell)
