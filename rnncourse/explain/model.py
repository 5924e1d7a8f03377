"""Explained: a recurrent network opened for explaining: embedding or plain input, recurrent layers, linear read-out.

    net = Explained(module.lstm, module.linear, module.embedding)     # three torch modules of your own classifier
    net = Explained.of(model)                                         # a model of the course, or one that is no more
    net.verify(numbers, model(...), lengths)                          # is it the same network? Then explain it

What is explained is F, the score of one target: F = h_last W_hy + b_y, with h_last the top layer's h at the last
step of each row (of a backward layer: at the row's first step, which it reads last). No softmax: scores add up, chances
do not. Everything is NumPy, float64, whatever the model's own precision: gaps in a report are then the method's and
not rounding.
"""

import copy
from types import MappingProxyType

import numpy as np

from rnncourse import activations
from rnncourse.cells import gru, lstm, rnn
from rnncourse.cells.networks import Network
from rnncourse.explain import _inputs
from rnncourse.trace import Trace, reverse_rows

ROOMS = {"rnn": rnn, "lstm": lstm, "gru": gru}
FIRST = {"rnn": ("W_xh", "W_hh", "b_h"), "lstm": ("W_x", "W_h", "b"), "gru": ("W_x", "W_h", "b")}


class Explained:
    """A network as numbers, for the methods of rnncourse.explain. It is a copy: the model it came from stays as it is.

    cell        "rnn", "lstm" or "gru"
    layers      for each layer {"forward": params} or {"forward": params, "backward": params}
    W_hy, b_y   (H × directions, K) and (K,), the read-out
    embedding   (V, D), or None where the input is numbers
    activation  of an RNN: "tanh", "relu", "sigmoid" or "linear"; None for the gated cells
    start       {(layer, direction): (h0,) or (h0, c0)}, each (H,): the state that each row starts from
    """

    def __init__(self, recurrent, readout, embedding=None, state=None):
        """recurrent a torch.nn.RNN, LSTM or GRU; readout a torch.nn.Linear; embedding a torch.nn.Embedding or None.

        state  what every row starts from: h0, or (h0, c0) for an LSTM, each (layers × directions, H); zeros where None

        TypeError or ValueError, with its name, for a layer that these explanations would not be exact for.
        """
        from rnncourse.explain import _modules

        self._fill(*_modules.network(recurrent, readout, embedding), state)

    @classmethod
    def of(cls, model, activation=None, state=None):
        """From a whole model: a torch module, a `cells.networks.Network`, or a checkpoint with `params` and `readout`.

        A torch module must hold one recurrent layer stack, one Linear and at most one Embedding, under any names, and
        besides only what evaluation passes over (Dropout, Identity). How they are wired is its own affair: `verify`.
        `activation` is that of an RNN that comes as numbers: "tanh" where None.
        """
        made = cls.__new__(cls)
        if hasattr(model, "named_modules"):
            from rnncourse.explain import _modules

            made._fill(*_modules.whole(model), state)
        else:
            made._fill(_network(model), activation, state)
        return made

    def _fill(self, network, activation, state):
        self.cell = network.cell
        self.activation = (activations.named(activation or "tanh").name if self.cell == "rnn" else None)
        self.layers = tuple({direction: MappingProxyType({name: _kept(f"{name} of layer {place}, {direction}", value)
                                                          for name, value in params.items()})
                             for direction, params in layer.items()} for place, layer in enumerate(network.layers))
        self.W_hy, self.b_y = (_kept(f"{name} of the read-out", network.readout[name]) for name in ("W_hy", "b_y"))
        self.embedding = None if network.embedding is None else _kept("the embedding", network.embedding)
        self.start = _start(self, state)

    # -- sizes ---------------------------------------------------------------------------------
    @property
    def classes(self):
        """K, how many scores come out."""
        return len(self.b_y)

    @property
    def input_size(self):
        """D, the features of one step: the width of the embedding, or of the input itself."""
        return len(self.layers[0]["forward"][FIRST[self.cell][0]])

    @property
    def hidden_size(self):
        """H, the units of one layer in one direction."""
        return len(self.layers[0]["forward"][FIRST[self.cell][1]])

    @property
    def gates(self):
        """The width of what a step sends into its gates: H, 3H or 4H."""
        return self.layers[0]["forward"][FIRST[self.cell][1]].shape[1]

    @property
    def directions(self):
        """("forward",) or ("forward", "backward")."""
        return tuple(self.layers[0])

    # -- running -------------------------------------------------------------------------------
    def read(self, x, lengths=None):
        """x checked: a `Batch` of x (T, B, D) float64 with 0 in the padding, and lengths (B,)."""
        return _inputs.read(self, x, lengths)

    def scores(self, x, lengths=None):
        """(B, K): the scores of each row, for x (T, B) numbers of tokens or (T, B, D) features."""
        return self.predict(self.last(self.trace(x, lengths)))

    def predict(self, h_last):
        """h_last (B, H × directions) -> scores (B, K) = h_last W_hy + b_y."""
        return h_last @ self.W_hy + self.b_y

    def last(self, trace):
        """(B, H × directions): what the read-out reads of a Trace of this network."""
        return np.concatenate([trace.at(-1, direction).last() for direction in self.directions], axis=-1)

    def trace(self, x, lengths=None):
        """All that happens on x: the Trace of one layer, or a stack of Traces. Beyond its length a row holds 0."""
        batch = self.read(x, lengths)
        parts, x = [], batch.x
        for layer in range(len(self.layers)):
            here = [self._layer(x, batch, layer, direction) for direction in self.directions]
            parts += here
            x = np.concatenate([part.h for part in here], axis=-1)
        return parts[0] if len(parts) == 1 else Trace.stack(parts)

    def _layer(self, x, batch, layer, direction):
        turn, room = turned(direction), ROOMS[self.cell]
        start = [np.tile(s, (batch.rows, 1)) for s in self.start[layer, direction]]
        options = {"activation": self.activation} if self.cell == "rnn" else {}
        run = room.forward(self.layers[layer][direction], turn(x, batch.lengths), *start, **options)
        signals = {name: turn(np.where(batch.mask[..., None], values, 0), batch.lengths)
                   for name, values in run.signals.items()}
        return Trace(self.cell, run.params, x, signals, *start, activation=self.activation, lengths=batch.lengths,
                     layer=layer, direction=direction, preactivations=room.preactivations)

    # -- is it the model, and is it any good -----------------------------------------------------
    def verify(self, x, scores, lengths=None, tolerance=1e-4):
        """The largest gap between these scores and `scores` (B, K), those of the model itself.

        ValueError where it is above `tolerance` times the largest score (at least 1): then the model does something
        that this network does not (another read-out step, a function between), and an explanation would be of another.
        """
        own = np.asarray(getattr(scores, "detach", lambda: scores)(), float)
        ours = self.scores(x, lengths)
        if own.shape != ours.shape:
            raise ValueError(f"the model's own scores are {own.shape}; expected (B, K) = {ours.shape}")
        gap = np.abs(own - ours).max()
        if not gap <= tolerance * max(1.0, np.abs(ours).max()):
            raise ValueError(f"the model's own scores differ from this network's by up to {gap:.2g}. Its layers are "
                             "the same, so it wires them otherwise: does it read h at each row's own last step, in "
                             "evaluation mode, with nothing between? Such a model cannot be explained exactly here")
        return float(gap)

    def changed(self, change):
        """The same network with `change` (array -> array) applied to each weight array; the start stays."""
        made = copy.copy(self)
        made.layers = tuple({direction: MappingProxyType({name: _kept(name, change(value))
                                                          for name, value in params.items()})
                             for direction, params in layer.items()} for layer in self.layers)
        made.W_hy, made.b_y = _kept("W_hy", change(self.W_hy)), _kept("b_y", change(self.b_y))
        made.embedding = None if self.embedding is None else _kept("the embedding", change(self.embedding))
        return made

    def __repr__(self):
        reads = f"{self.input_size} features" if self.embedding is None else (
            f"{len(self.embedding)} tokens -> {self.input_size} features")
        kind = f"{self.cell} ({self.activation})" if self.activation else self.cell
        both = " in both directions" if len(self.directions) > 1 else ""
        return (f"Explained: {reads} -> {len(self.layers)} × {kind} of {self.hidden_size} units{both} -> h of the last "
                f"step -> {self.classes} score{'s' * (self.classes > 1)}")


def turned(direction):
    """The function (array (T, B, …), lengths) -> the same in the reading order of `direction`; it undoes itself."""
    return reverse_rows if direction == "backward" else lambda array, lengths: array


def _network(model):
    """A `Network` of a Network, or of what has `cell`, `params` and `readout`."""
    if isinstance(model, Network):
        return model
    if not all(getattr(model, name, None) for name in ("cell", "params", "readout")):
        raise TypeError(f"the model is {type(model).__name__}; expected a torch module, a cells.networks.Network or a "
                        "checkpoint with params and readout. For a file: training.read(path).build()")
    return Network(model.cell, ({"forward": model.params},), model.readout)


def _kept(name, value):
    """A read-only float64 copy, finite."""
    value = np.array(value, np.float64)
    if not np.isfinite(value).all():
        raise ValueError(f"{name} holds NaN or infinity: {np.count_nonzero(~np.isfinite(value))} of {value.size} "
                         "weights. There is nothing to explain; did the training diverge?")
    value.flags.writeable = False
    return value


def _start(net, state):
    places = [(layer, direction) for layer in range(len(net.layers)) for direction in net.directions]
    names, shape = ("h0", "c0") if net.cell == "lstm" else ("h0",), (len(places), net.hidden_size)
    if state is None:
        state = [np.zeros(shape) for _ in names]
    given = list(state) if isinstance(state, (tuple, list)) else [state]
    if len(given) != len(names):
        raise ValueError(f"state holds {len(given)} array(s); expected {' and '.join(names)} for cell {net.cell!r}")
    given = [_kept(name, getattr(value, "detach", lambda value=value: value)())
             for name, value in zip(names, given, strict=True)]
    for name, value in zip(names, given, strict=True):
        if value.shape != shape:
            raise ValueError(f"{name} is {value.shape}; expected (layers × directions, H) = {shape}, for every row")
    return {place: tuple(value[k] for value in given) for k, place in enumerate(places)}
