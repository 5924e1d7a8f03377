"""Recording: a torch module and an input -> Trace, with every gate and state; weights to and from torch.

torch's RNN, LSTM and GRU give their h and keep their gates to themselves. But all h are all that the gates need:
h_prev and x enter one matmul for all steps, and only the LSTM's c needs a loop. So a recording is cheap, follows what
torch computed instead of drifting away from it, and can be checked: the gates must give that h again.
"""

import numpy as np

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

    Every call checks itself. The h that follows from the gates and the last states must equal what the module gave, to
    1e-5 in float32 and 1e-12 in float64, relative to the largest value if that is above 1; for a unit of an LSTM to the
    largest c that it went through, times √(1 + T/1000), for h hangs on c, and c carries its rounding on. If not,
    RuntimeError says by how much. TypeError or ValueError where the module or the input does not fit.
    """
    modules.check(module)
    x, lengths, state = inputs.read(module, x, lengths, state)
    with modules.at_rest(module):
        h, last = modules.run(module, x, lengths, state)
        parts = []
        for layer in range(module.num_layers):
            top = layer == module.num_layers - 1
            single = module if top and layer == 0 else modules.single_layer(module, layer)
            here = [s[len(parts):len(parts) + len(modules.directions(module))] for s in state]
            out = h if top else modules.run(single, x, lengths, here)[0]
            parts += _parts(module, layer, x, out, here, lengths, tokens)
            x = out
    for index, part in enumerate(parts):
        _same_end(part, [s[index].numpy() for s in last])
    return parts[0] if len(parts) == 1 else Trace.stack(parts)


def _parts(module, layer, x, out, state, lengths, tokens):
    """A Trace for each direction of one layer: x (T, B, D) what it read, out (T, B, directions × H) its h."""
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
    _agree(gap, _reach(h, signals), f"h from the recomputed gates and the module's own h differ at {where}")
    signals = {name: turn(values, lengths) for name, values in signals.items()}
    return Trace(cell, params, x, {**signals, "h": h}, *state, activation=activation, lengths=lengths, tokens=tokens,
                 layer=layer, direction=direction, preactivations=CELLS[cell].preactivations)


def _same_end(part, own):
    """The last h (and c) of a Trace are those that the module gave."""
    for name, theirs in zip("hc", own, strict=False):
        signals = {"c": part.c} if part.cell == "lstm" else {}
        _agree(np.abs(part.last(name) - theirs).max(axis=0), _reach(part.h, signals),
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
