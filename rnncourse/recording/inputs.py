"""What `record` was given: checked, and turned into time-major tensors."""

import numpy as np
import torch
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnncourse._trace_check import check_lengths
from rnncourse.recording import modules


def read(module, x, lengths, state):
    """x (T, B, D) with 0 in the padding, lengths (B,) or None, state [h0] or [h0, c0], each (layers × dirs, B, H)."""
    if isinstance(x, PackedSequence):
        if lengths is not None:
            raise ValueError("a PackedSequence knows its lengths; expected lengths=None with it")
        packed = PackedSequence(_tensor(module, "x", x.data, finite=False), *x[1:])
        x, lengths = pad_packed_sequence(packed)
        unbatched = False
    else:
        x = _tensor(module, "x", x, finite=False)
        unbatched = x.ndim == 2
        x = _time_major(module, x)
    T, B, D = x.shape
    if module.input_size != D:
        raise ValueError(f"x has {D} features; this {type(module).__name__} expects D = {module.input_size}. "
                         f"It reads {_layout(module)}, and x, time first, is {tuple(x.shape)}")
    if lengths is not None:
        lengths = lengths.cpu().numpy() if isinstance(lengths, torch.Tensor) else np.asarray(lengths)
        check_lengths(lengths, T, B)
        lengths = lengths.astype(np.int64)    # a copy, and what torch packs by
        padding = torch.arange(T)[:, None] >= torch.from_numpy(lengths)
        if padding.any():
            x = x.masked_fill(padding[..., None], 0)
    _finite("x", x)
    return x, lengths, _state(module, state, B, unbatched)


def _layout(module):
    return "(B, T, D), batch first" if module.batch_first else "(T, B, D), time first"


def _time_major(module, x):
    if x.ndim not in (2, 3):
        raise ValueError(f"x has shape {tuple(x.shape)}; this {type(module).__name__} expects {_layout(module)}, "
                         "or (T, D) for one sequence")
    if 0 in x.shape:
        raise ValueError(f"x has shape {tuple(x.shape)}; expected at least one step, one row and one feature")
    if x.ndim == 2:
        return x[:, None]
    return x.transpose(0, 1) if module.batch_first else x


def _state(module, state, batch, unbatched):
    names = ("h0", "c0") if modules.cell_of(module) == "lstm" else ("h0",)
    rows = module.num_layers * len(modules.directions(module))
    if state is None:
        dtype = module.weight_ih_l0.dtype
        return [torch.zeros(rows, batch, module.hidden_size, dtype=dtype) for _ in names]
    given = state if isinstance(state, (tuple, list)) else (state,)
    if len(given) != len(names) or len(names) == 1 and given is state:
        raise ValueError(f"state is {_kind(state)}; this {type(module).__name__} expects "
                         f"{'the pair (h0, c0)' if len(names) == 2 else 'the tensor h0 alone'}")
    shape = (rows, module.hidden_size) if unbatched else (rows, batch, module.hidden_size)
    meaning = "(layers × directions, H)" if unbatched else "(layers × directions, B, H)"
    found = []
    for name, value in zip(names, given, strict=True):
        value = _tensor(module, name, value)
        if tuple(value.shape) != shape:
            raise ValueError(f"{name} is {tuple(value.shape)}; expected {meaning} = {shape}")
        found.append(value[:, None] if unbatched else value)
    return found


def _kind(state):
    return f"a {type(state).__name__} of {len(state)}" if isinstance(state, (tuple, list)) else "one tensor"


def _tensor(module, name, value, finite=True):
    """`value` as a detached tensor with the dtype of the module's weights, on the CPU."""
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value)
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name} is a {type(value).__name__}; expected a tensor. Try torch.as_tensor({name})")
    wanted = module.weight_ih_l0.dtype
    if value.dtype != wanted:
        if value.is_floating_point():
            advice = f"Try {name}.to({wanted})"
        else:
            advice = f"Numbers of tokens need an embedding, or torch.nn.functional.one_hot({name}, D).to({wanted})"
        raise TypeError(f"{name} is {value.dtype}; the module's weights are {wanted}. {advice}")
    if value.device.type != "cpu":
        raise ValueError(f"{name} is on device {value.device}; expected the CPU. Try {name}.cpu()")
    if finite:
        _finite(name, value)
    return value.detach()


def _finite(name, value):
    if value.numel() and not (value.max().isfinite() and value.min().isfinite()):
        raise ValueError(f"{name} holds NaN or infinity; expected finite numbers. Fill or drop the gaps first")
