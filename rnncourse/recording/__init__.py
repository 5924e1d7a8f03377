"""Recording: a torch module and an input -> Trace, with every gate and state; weights to and from torch.

torch's RNN, LSTM and GRU give their h and keep their gates to themselves. But all h are all that the gates need:
h_prev and x enter one matmul for all steps, and only the LSTM's c needs a loop. So a recording is cheap, follows what
torch computed instead of drifting away from it, and can be checked: the gates must give that h again.
"""

import numpy as np
import torch

from rnncourse.cells import gru, lstm, rnn
from rnncourse.recording import gates, inputs, modules
from rnncourse.recording.weights import params_from_torch, params_to_torch
from rnncourse.trace import Trace, reverse_rows

__all__ = ["params_from_torch", "params_to_torch", "record"]

CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}
TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-12}


def record(module, x, lengths=None, state=None, tokens=None):
    """Run `module`, a torch.nn.RNN, LSTM or GRU, over x and keep all that happened: a Trace, time-major NumPy arrays.

    x        a tensor as the module takes it: (T, B, D), (B, T, D) where it is batch_first, (T, D) for one sequence,
             or a PackedSequence (its rows come back in the order they had before packing)
    lengths  (B,) whole numbers from 1 to T, for padded rows; what stands in the padding has no effect
    state    h0, or (h0, c0) for an LSTM: (layers × directions, B, H) each, as the module takes it; zeros where None
    tokens   a sequence for each row of the batch, one token for each step: kept in the Trace, for pictures

    One layer in one direction gives its Trace; more give a Trace of `parts`, with `trace.at(layer, direction)` to
    pick one. `trace["a_f"]` computes a pre-activation.

    The module runs as in evaluation, without gradients and without dropout between layers, even where it is in
    training mode. It is left as found: mode, weights, gradients, random state; its hooks do not fire. (Weights that
    a hook computes before each call, as torch.nn.utils.prune does, are those of the last call.) The Trace holds copies
    of the weights, and a view of x: give a clone if you will overwrite x.

    Each layer runs by itself, as torch runs it, and the top one's h are the module's own: the module too runs, over all
    steps; of a stack over more than 2,048 steps, over the first 2,048, for all would take most of the time.

    Every call checks itself. The h that follows from the gates and the last states must equal what the module gave, to
    1e-5 in float32 and 1e-12 in float64, relative to the largest value if that is above 1; for a unit of an LSTM to the
    largest c that it went through, times √(1 + T/1000), for h hangs on c, and c carries its rounding on. If not,
    RuntimeError says by how much. TypeError or ValueError where the module or the input does not fit.
    """
    modules.check(module)
    x, lengths, state = inputs.read(module, x, lengths, state)
    with modules.at_rest(module):
        found, last = _layers(module, x, lengths, state, tokens)
    for index, (part, reach) in enumerate(found):
        _same_end(part, [s[index].numpy() for s in last], reach)
    return found[0][0] if len(found) == 1 else Trace.stack([part for part, _ in found])


def _layers(module, x, lengths, state, tokens):
    """[(Trace, its reach), …] for every layer and direction, and the last states that torch gave."""
    own, last = _own(module, x, lengths, state)
    whole, directions = len(own) == len(x), len(modules.directions(module))
    found, ends, read = [], [], x
    for layer in range(module.num_layers):
        here = [s[len(found):len(found) + directions] for s in state]
        if whole and layer == module.num_layers - 1:
            out = own
        else:
            out, end = modules.run(modules.single_layer(module, layer), read, lengths, here)
            ends.append(end)
        found += _parts(module, layer, read, out, here, lengths, tokens)
        read = out
    if not whole:
        _same_start(*found[-1], own.numpy())
        last = [torch.cat(each) for each in zip(*ends, strict=True)]
    return found, last


def _own(module, x, lengths, state):
    """The module's own h and last states; where it would take long, those of the first PIECE steps."""
    if module.num_layers > 1 and not module.bidirectional and len(x) > modules.PIECE:
        x, lengths = x[:modules.PIECE], None if lengths is None else np.minimum(lengths, modules.PIECE)
    return modules.run(module, x, lengths, state)


def _parts(module, layer, x, out, state, lengths, tokens):
    """(Trace, its reach) for each direction of a layer that read x (T, B, D) and gave out (T, B, directions × H)."""
    outs = np.split(out.numpy(), len(modules.directions(module)), axis=-1)
    return [_part(module, layer, direction, x.numpy(), h, [s[d].numpy().copy() for s in state], lengths, tokens)
            for d, (direction, h) in enumerate(zip(modules.directions(module), outs, strict=True))]


def _part(module, layer, direction, x, h, state, lengths, tokens):
    cell, activation = modules.cell_of(module), getattr(module, "nonlinearity", None)
    params = params_from_torch(module, layer, direction)
    where = f"layer {layer}, {direction}"
    if not (np.isfinite(h.max()) and np.isfinite(h.min())):
        raise ValueError(f"the module's own h holds NaN or infinity at {where}; expected finite numbers. "
                         "Either it overflows, or a weight is not finite")
    turn = reverse_rows if direction == "backward" else lambda array, lengths: array
    signals, gap = gates.recompute(cell, params, turn(x, lengths), turn(h, lengths), state, lengths, activation)
    reach = _reach(h, signals)
    _agree(gap, reach, f"h from the recomputed gates and the module's own h differ at {where}")
    signals = {name: turn(values, lengths) for name, values in signals.items()}
    trace = Trace(cell, params, x, {**signals, "h": h}, *state, activation=activation, lengths=lengths, tokens=tokens,
                  layer=layer, direction=direction, preactivations=CELLS[cell].preactivations)
    return trace, reach


def _same_start(part, reach, own):
    """The top layer's h, which came layer by layer, begin with those that the module gave, own (steps, B, H)."""
    _agree(np.abs(part.h[:len(own)] - own).max(axis=(0, 1)), reach,
           f"h of the layers one by one and the module's own h differ in the first {len(own)} steps")


def _same_end(part, own, reach):
    """The last h (and c) of a Trace are those that the module gave."""
    for name, theirs in zip("hc", own, strict=False):
        _agree(np.abs(part.last(name) - theirs).max(axis=0), reach,
               f"the last {name} recorded and the module's own differ at layer {part.layer}, {part.direction}")


def _reach(h, signals):
    """(H,): how large the values were that each unit's h came from; at least 1."""
    reach = np.full(h.shape[-1], max(1.0, h.max(), -h.min()), h.dtype)
    c = signals.get("c")
    if c is None:
        return reach
    walk = np.sqrt(1 + len(h) / 1000)    # c is a sum over the steps, and its rounding a random walk
    return np.max([reach, walk * c.max(axis=(0, 1)), -walk * c.min(axis=(0, 1))], axis=0).astype(h.dtype)


def _agree(gaps, reach, what):
    """RuntimeError where the gap (H,) of a unit is above rounding for values as large as its `reach` (H,)."""
    allowed = TOLERANCE[reach.dtype] * reach
    worst = np.argmax(gaps / allowed)    # of NaN, the first
    if not gaps[worst] <= allowed[worst]:
        advice = "" if reach.dtype == np.float64 else (
            "To tell rounding from a mistake, try record(copy.deepcopy(module).double(), x.double()). ")
        raise RuntimeError(f"{what}: by {gaps[worst]:.1e}, and {reach.dtype} allows {allowed[worst]:.0e}. {advice}"
                           "A gap in float64 means that the module does not compute what its weights say")
