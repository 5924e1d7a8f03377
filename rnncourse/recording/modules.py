"""torch modules: which can be recorded, and how to run one, or one layer of one, so that it is left as found."""

from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

KINDS = {nn.RNN: "rnn", nn.LSTM: "lstm", nn.GRU: "gru"}
PIECE = 2048    # steps: a whole number of what a matmul takes at a time, so that the pieces round as the whole does
FLOATS = (torch.float32, torch.float64)


def base_of(module):
    """torch.nn.RNN, LSTM or GRU, whichever `module` is; None for anything else."""
    return next((kind for kind in KINDS if isinstance(module, kind)), None)


def cell_of(module):
    """ "rnn", "lstm" or "gru"."""
    return KINDS[base_of(module)]


def directions(module):
    """("forward",) or ("forward", "backward")."""
    return ("forward", "backward") if module.bidirectional else ("forward",)


def check(module):
    """TypeError or ValueError where `module` is not a float32 or float64 RNN, LSTM or GRU on the CPU."""
    kind, base = type(module).__name__, base_of(module)
    if base is None:
        raise TypeError(f"expected a torch.nn.RNN, LSTM or GRU; got {kind}{_advice(module)}")
    if type(module).forward is not base.forward:
        raise TypeError(f"{kind} has a forward of its own, so its gates are not those of torch.nn.{base.__name__}; "
                        f"expected a torch.nn.{base.__name__} as torch runs it")
    if module.proj_size:
        raise ValueError(f"this {kind} projects its h to proj_size={module.proj_size}; expected proj_size=0. "
                         "An LSTM without projection, followed by a Linear, can be recorded")
    for name, weight in module.named_parameters():
        if weight.device.type != "cpu":
            raise ValueError(f"{name} is on device {weight.device}; expected the CPU. Try copy.deepcopy(module).cpu()")
        if weight.dtype not in FLOATS:
            raise TypeError(f"{name} is {weight.dtype}; expected float32 or float64. "
                            "Try copy.deepcopy(module).float()")


def _advice(module):
    if isinstance(module, nn.RNNCellBase):
        whole = type(module).__name__.removesuffix("Cell")
        return f", which runs one step and no sequence. Try a torch.nn.{whole} with the same weights"
    if not isinstance(module, nn.Module):
        return ". Give the module itself"
    inside = [(name, type(m).__name__) for name, m in module.named_modules() if base_of(m)]
    if not inside:
        return " and found none inside it. For the cells of rnncourse, forward gives the Trace"
    named = ", ".join(f"{name!r} ({kind})" for name, kind in inside)
    first = inside[0][0]
    return f", which holds {named}. Try record(model.get_submodule({first!r}), x) with the x that this layer reads"


@contextmanager
def at_rest(module):
    """Inside: evaluation mode, no gradients, no autocast. Afterwards every mode is what it was."""
    modes = [(m, m.training) for m in module.modules()]
    try:
        for m, _ in modes:
            m.training = False
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            yield
    finally:
        for m, training in modes:
            m.training = training


def run(module, x, lengths, state):
    """The module's own h (T, B, directions × H) and last states [h_n] or [h_n, c_n], for time-major x (T, B, D).

    It calls `forward` and not the module, so that no hook fires. A long sequence goes piece by piece, each from the
    state that the last one left: what torch keeps while it runs then fits a processor's cache.
    """
    if lengths is None and not module.bidirectional and len(x) > PIECE:
        return _piece_by_piece(module, x, state)
    hx = tuple(state) if len(state) == 2 else state[0]
    if lengths is not None:
        packed = pack_padded_sequence(x, torch.from_numpy(lengths), enforce_sorted=False)
        out, last = module.forward(packed, hx)
        out, _ = pad_packed_sequence(out, total_length=len(x))
    elif module.batch_first:
        out, last = module.forward(x.transpose(0, 1), hx)
        out = out.transpose(0, 1)
    else:
        out, last = module.forward(x, hx)
    return out, list(last) if isinstance(last, tuple) else [last]


def _piece_by_piece(module, x, state):
    h = x.new_empty(*x.shape[:2], module.hidden_size)
    for start in range(0, len(x), PIECE):
        now = slice(start, start + PIECE)
        h[now], state = run(module, x[now], None, state)
    return h, state


def single_layer(module, layer):
    """One layer of `module` as a module of its own. It shares the weights: nothing is copied, nothing drawn."""
    width = module.hidden_size * len(directions(module)) if layer else module.input_size
    options = {"nonlinearity": module.nonlinearity} if cell_of(module) == "rnn" else {}
    single = base_of(module)(width, module.hidden_size, bias=module.bias, bidirectional=module.bidirectional,
                             device="meta", **options).eval()
    for name, _ in list(single.named_parameters()):
        weight = getattr(module, name.replace("_l0", f"_l{layer}"))
        setattr(single, name, nn.Parameter(weight.detach(), requires_grad=False))
    return single
