"""torch modules as numbers, for `Explained`: which layers can be explained exactly; an error names any other."""

from torch import nn

from rnncourse.cells.networks import SUFFIX, Network
from rnncourse.recording import modules

PASSED_OVER = (nn.Dropout, nn.Identity)    # in evaluation they change nothing


def network(recurrent, readout, embedding):
    """(Network, activation or None) of three torch modules."""
    modules.check(recurrent)
    linear, table = _linear(readout), _table(embedding)
    _fit(recurrent, linear, table)
    tensors = {f"recurrent.{name}": getattr(recurrent, name) for name in _names(recurrent)}
    tensors["readout.weight"] = linear.weight
    tensors["readout.bias"] = linear.weight.new_zeros(linear.out_features) if linear.bias is None else linear.bias
    if table is not None:
        tensors["embedding.weight"] = table.weight
    made = Network.from_tensors({name: value.detach().cpu().numpy() for name, value in tensors.items()})
    return made, getattr(recurrent, "nonlinearity", None)


def whole(model):
    """(Network, activation) of a module that holds a recurrent stack, a Linear, perhaps an Embedding, and no more."""
    if modules.base_of(model):
        raise ValueError(f"this is a torch.nn.{type(model).__name__} alone; expected a read-out too, for a score to "
                         "explain. Try Explained(recurrent, readout)")
    leaves = [(name, m) for name, m in model.named_modules()
              if not list(m.children()) and not isinstance(m, PASSED_OVER) and m is not model]
    kinds = {"recurrent layer": lambda m: modules.base_of(m), "Linear": lambda m: isinstance(m, nn.Linear),
             "Embedding": lambda m: isinstance(m, nn.Embedding)}
    found = {kind: [(name, m) for name, m in leaves if test(m)] for kind, test in kinds.items()}
    others = [(name, m) for name, m in leaves if not any(test(m) for test in kinds.values())]
    others += [pair for kind in kinds for pair in found[kind][1:]]
    if others:
        named = ", ".join(f"{name!r} ({type(m).__name__})" for name, m in others)
        raise ValueError(f"this {type(model).__name__} cannot be explained exactly, for it also has {named}; expected "
                         "one recurrent stack, one Linear that reads it, at most one Embedding")
    missing = [kind for kind in ("recurrent layer", "Linear") if not found[kind]]
    if missing:
        raise ValueError(f"this {type(model).__name__} has no {' and no '.join(missing)}; it holds "
                         f"{', '.join(f'{name!r} ({type(m).__name__})' for name, m in leaves) or 'no layers'}")
    parts = [found[kind][0][1] if found[kind] else None for kind in ("recurrent layer", "Linear", "Embedding")]
    known = {id(weight) for part in parts if part is not None for weight in part.parameters()}
    loose = [name for name, weight in model.named_parameters() if id(weight) not in known]
    if loose:
        raise ValueError(f"this {type(model).__name__} has weights outside its layers: {', '.join(loose)}. What it "
                         "does with them cannot be explained exactly")
    return network(*parts)


def _names(recurrent):
    kinds = ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * recurrent.bias
    return [f"{kind}_l{layer}{SUFFIX[direction]}" for kind in kinds for layer in range(recurrent.num_layers)
            for direction in modules.directions(recurrent)]


def _linear(readout):
    """The Linear that `readout` is, or holds beside what evaluation passes over."""
    if isinstance(readout, nn.Linear):
        return readout
    inside = dict(readout.named_children()) if isinstance(readout, nn.Sequential) else {}
    used = {name: m for name, m in inside.items() if not isinstance(m, PASSED_OVER)}
    if len(used) == 1 and isinstance(next(iter(used.values())), nn.Linear):
        return next(iter(used.values()))
    holds = f", which holds {', '.join(f'{name!r} ({type(m).__name__})' for name, m in used.items())}" if used else ""
    raise TypeError(f"readout is {type(readout).__name__}{holds}; only a linear read-out can be explained exactly: "
                    "expected one torch.nn.Linear. A softmax at the end can be left out: scores are explained")


def _table(embedding):
    if embedding is None:
        return None
    if not isinstance(embedding, nn.Embedding):
        raise TypeError(f"embedding is {type(embedding).__name__}; expected a torch.nn.Embedding, or None where the "
                        "input is numbers")
    if embedding.max_norm is not None:
        raise ValueError(f"this Embedding has max_norm={embedding.max_norm} and rescales its rows as it is used; "
                         "expected max_norm=None")
    return embedding


def _fit(recurrent, linear, table):
    kind, width = type(recurrent).__name__, recurrent.hidden_size * len(modules.directions(recurrent))
    if table is not None and table.embedding_dim != recurrent.input_size:
        raise ValueError(f"the embedding gives {table.embedding_dim} features and this {kind} reads "
                         f"{recurrent.input_size}; expected the same number")
    if linear.in_features != width:
        raise ValueError(f"the read-out reads {linear.in_features} features and this {kind} gives {width} "
                         "(H × directions); expected the same number")
