"""Does a Trace fit together? Checked whenever one is made: what came, what was expected, what to try."""

import numpy as np


def check(trace, cells, directions):
    """Raise ValueError or TypeError where the fields of `trace` contradict each other. `cells`: cell -> signals."""
    if trace.cell not in cells:
        raise ValueError(f"unknown cell {trace.cell!r}; expected one of {', '.join(cells)}")
    if trace.parts:
        return parts_agree(trace.parts)
    if trace.x.ndim != 3 or 0 in trace.x.shape:
        raise ValueError(f"x has shape {trace.x.shape}; expected (T, B, D): time, batch, features, each at least 1")
    _signals(trace, cells[trace.cell])
    if trace.direction not in directions:
        raise ValueError(f"unknown direction {trace.direction!r}; expected one of {', '.join(directions)}")
    if (trace.activation is None) == (trace.cell == "rnn"):
        raise ValueError(f"activation is {trace.activation!r} for cell {trace.cell!r}; an RNN has one, "
                         "as in activation='tanh', and the gated cells have None")
    if trace.lengths is not None:
        check_lengths(trace.lengths, trace.steps, trace.batch)
    if trace.tokens is not None:
        _tokens(trace)


def _signals(trace, names):
    if set(trace.signals) != set(names):
        raise ValueError(f"signals are {', '.join(trace.signals) or 'none'}; a Trace of cell {trace.cell!r} has "
                         f"{', '.join(names)}")
    shape = (trace.steps, trace.batch, trace.signals["h"].shape[-1] if trace.signals["h"].ndim else 0)
    for name in names:
        if trace.signals[name].shape != shape:
            raise ValueError(f"{name} is {trace.signals[name].shape}; expected (T, B, H) = {shape}, "
                             "with T and B of x and H of h")
    _start("h0", trace.h0, shape[1:])
    if (trace.c0 is None) == (trace.cell == "lstm"):
        raise ValueError(f"c0 is {'missing' if trace.c0 is None else 'given'} for cell {trace.cell!r}; "
                         "an LSTM starts from h0 and c0, the other cells from h0 alone")
    if trace.c0 is not None:
        _start("c0", trace.c0, shape[1:])


def _start(name, state, shape):
    if state is None or state.shape != shape:
        raise ValueError(f"{name} is {'missing' if state is None else state.shape}; expected (B, H) = {shape}")


def check_lengths(lengths, steps, batch):
    """Raise where `lengths` is not an array of `batch` whole numbers from 1 to `steps`."""
    if lengths.dtype.kind not in "iu":
        raise TypeError(f"lengths are {lengths.dtype}; expected whole numbers. Try lengths.astype(int)")
    if lengths.shape != (batch,):
        raise ValueError(f"lengths have shape {lengths.shape}; expected one for each row, (B,) = {(batch,)}")
    if lengths.min() < 1 or lengths.max() > steps:
        row = int(np.argmax((lengths < 1) | (lengths > steps)))
        raise ValueError(f"row {row} has length {lengths[row]}; expected 1 to T = {steps}. "
                         "Leave empty sequences out of the batch")


def _tokens(trace):
    if len(trace.tokens) != trace.batch:
        raise ValueError(f"tokens hold {len(trace.tokens)} rows; expected B = {trace.batch}, a sequence for each row. "
                         "For one sequence, try tokens=[sequence]")
    ends = [trace.steps] * trace.batch if trace.lengths is None else trace.lengths
    for row, (tokens, length) in enumerate(zip(trace.tokens, ends, strict=True)):
        if len(tokens) != length:
            raise ValueError(f"row {row} has {len(tokens)} tokens and {length} steps; expected one token for each step")


def parts_agree(parts):
    """Raise ValueError where `parts` are not the layers and directions of one network, run on one batch."""
    places = [(p.layer, p.direction) for p in parts]
    if not places or len(set(places)) < len(places):
        raise ValueError(f"parts are {places}; expected each layer and direction once")
    for what in ("cell", "steps", "batch", "hidden_size"):
        found = {getattr(p, what) for p in parts}
        if len(found) > 1:
            raise ValueError(f"parts differ in {what}: {', '.join(map(str, sorted(found)))}; "
                             "expected one network on one batch")
