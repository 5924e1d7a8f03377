"""What a torch model is made of, layer by layer: kinds, sizes, and how many numbers each layer has learnt.

    print(structure(model))         # any torch model; of its recurrent stack, each layer stands by itself
"""

from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from rnncourse.recording import modules

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
WORDS = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "embedding": "Embedding", "linear": "Linear"}
GATES = {"rnn": (), "lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n")}


@dataclass(frozen=True, eq=False)
class Part:
    """One layer of a model.

    name        where the model keeps it ("recurrent", "encoder.lstm"); "" for the model itself
    kind        "rnn", "lstm", "gru", "embedding", "linear", or the class name of any other module
    reads       how many features come in, for an embedding how many tokens there are; None where it does not say
    gives       how many go out: H × directions for a recurrent layer; None where it does not say
    layer       place in its recurrent stack, from 0; None for what is not recurrent
    hidden_size H of a recurrent layer, else None
    directions  ("forward",), ("forward", "backward"), or () for what is not recurrent
    weights     {torch's name: shape}
    parameters  how many numbers these are
    """

    name: str
    kind: str
    reads: int | None
    gives: int | None
    weights: MappingProxyType
    parameters: int
    layer: int | None = None
    hidden_size: int | None = None
    directions: tuple = ()

    @property
    def recurrent(self):
        """Whether it has a state that it hands on from step to step."""
        return self.layer is not None

    @property
    def states(self):
        """What is handed on: ("h", "c") for an LSTM, ("h",) for an RNN or a GRU, () for any other."""
        return () if not self.recurrent else ("h", "c") if self.kind == "lstm" else ("h",)

    @property
    def gates(self):
        """("i", "f", "g", "o"), ("r", "z", "n") or ()."""
        return GATES.get(self.kind, ())

    @property
    def words(self):
        """What it is, and its sizes: "LSTM, layer 0: 64 -> 128 units"."""
        words = WORDS.get(self.kind, self.kind) + (f", layer {self.layer}" if self.recurrent else "")
        if self.reads is None:
            return words
        came = f"{self.reads} tokens" if self.kind == "embedding" else f"{self.reads}"
        both = " in both directions" if len(self.directions) > 1 else ""
        went = f"{self.hidden_size} units{both}" if self.recurrent else f"{self.gives}"
        return f"{words}: {came} -> {went}"


@dataclass(frozen=True, eq=False, repr=False)
class Structure:
    """A model's layers, in the order in which the model defines them (how they are wired is its `forward`'s affair).

    model  its class's name
    parts  a `Part` for each layer; weights that belong to no layer of torch's stand with the module that has them
    total  how many numbers the whole model has, each counted once even where two layers share it
    still  how many of them are not trained (requires_grad=False)
    """

    model: str
    parts: tuple
    total: int
    still: int

    @property
    def recurrent(self):
        """The recurrent layers, from the lowest."""
        return tuple(part for part in self.parts if part.recurrent)

    def __repr__(self):
        wide = max([len(part.words) for part in self.parts], default=0)
        named = max([len(part.name) for part in self.parts], default=0)
        still = f", {self.still:,} of them not trained" * bool(self.still)
        lines = [f"{self.model}: {self.total:,} parameters{still}"]
        lines += [f"  {part.name:{named}}  {part.words:{wide}}  {part.parameters:>11,}" for part in self.parts]
        extra = sum(part.parameters for part in self.parts) - self.total
        return "\n".join(lines + [f"  {extra:,} of these are shared by layers, and counted once above"] * bool(extra))


def structure(model):
    """The `Structure` of a torch module: an RNN, LSTM or GRU, or a whole model of whatever layers. Nothing runs."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"the model is {type(model).__name__}; expected a torch.nn.Module. For a checkpoint, try "
                        "training.read(path).build()")
    parts = tuple(part for name, module in model.named_modules() for part in _parts(name, module))
    if not parts:
        raise ValueError(f"this {type(model).__name__} has no layers and no weights")
    every = list(model.parameters())    # torch gives a shared one once
    return Structure(type(model).__name__, parts, sum(p.numel() for p in every),
                     sum(p.numel() for p in every if not p.requires_grad))


def _parts(name, module):
    """The parts that a module adds by itself: a recurrent stack its layers, another leaf one, a container none."""
    if modules.base_of(module):
        return [_layer(name, module, layer) for layer in range(module.num_layers)]
    own = dict(module.named_parameters(recurse=False))
    if not own and (list(module.children()) or isinstance(module, CONTAINERS)):
        return []
    return [Part(name, _kind(module), *_sizes(module), *_counted(own))]


def _layer(name, module, layer):
    ends = [f"_l{layer}"] + [f"_l{layer}_reverse"] * module.bidirectional
    own = {key: value for key, value in module.named_parameters() if key.endswith(tuple(ends))}
    directions = modules.directions(module)
    width = (module.proj_size or module.hidden_size) * len(directions)
    return Part(name, modules.cell_of(module), width if layer else module.input_size, width, *_counted(own), layer,
                module.hidden_size, directions)


def _kind(module):
    return {nn.Embedding: "embedding", nn.Linear: "linear"}.get(type(module), type(module).__name__)


def _sizes(module):
    names = {"embedding": ("num_embeddings", "embedding_dim")}.get(_kind(module), ("in_features", "out_features"))
    return [getattr(module, name, None) for name in names]


def _counted(own):
    return (MappingProxyType({key: tuple(value.shape) for key, value in own.items()}),
            sum(value.numel() for value in own.values()))
