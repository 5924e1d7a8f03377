"""What every recording must satisfy: plain functions that raise AssertionError where it does not hold.

test_recording.py runs them on `record`, and once more with each planted bug. The oracle is torch alone: its modules'
outputs, and its cells (`LSTMCell`, …) walked step by step.
"""

import numpy as np
import torch
from torch import nn

from rnncourse.cells import gru, lstm, rnn
from rnncourse.recording import params_from_torch, record
from rnncourse.trace import reverse_rows

CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}
KINDS = ["tanh", "relu", "lstm", "gru"]
NETS = [    # layers, bidirectional, batch_first, bias
    (1, False, False, True), (1, True, True, True), (2, False, True, False), (3, False, False, True),
    (2, True, False, True), (2, True, True, False)]
BATCHES = [    # T, B, D, H, lengths
    (7, 3, 2, 4, None), (1, 1, 3, 2, None), (5, 1, 4, 4, (5,)), (8, 5, 3, 5, (3, 8, 3, 1, 6)), (6, 3, 2, 3, (4, 4, 2)),
    (1, 4, 1, 3, (1, 1, 1, 1))]
LOOSE = {torch.float32: 2e-6, torch.float64: 1e-12}


def make(kind, net=NETS[0], D=3, H=4, dtype=torch.float64, seed=0):
    """A module with weights drawn from ±1, so that gates do more than hover at ½."""
    layers, bidirectional, batch_first, bias = net
    options = {"nonlinearity": kind} if kind in ("tanh", "relu") else {}
    base = {"lstm": nn.LSTM, "gru": nn.GRU}.get(kind, nn.RNN)
    module = base(D, H, layers, bias=bias, batch_first=batch_first, bidirectional=bidirectional, dtype=dtype, **options)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in module.parameters():
            weight.uniform_(-1, 1, generator=generator)
    return module


def draw(module, batch, seed=0):
    """x as the module takes it and a random state, for (T, B, D, H, lengths)."""
    T, B, D, H, _ = batch
    generator, dtype = torch.Generator().manual_seed(seed), module.weight_ih_l0.dtype
    x = torch.randn((B, T, D) if module.batch_first else (T, B, D), generator=generator, dtype=dtype)
    rows = module.num_layers * (1 + module.bidirectional)
    states = [torch.randn(rows, B, H, generator=generator, dtype=dtype) for _ in range(2)]
    return x, tuple(states) if isinstance(module, nn.LSTM) else states[0]


def by_steps(module, x, lengths, state):
    """{(layer, direction): {signal: (T, B, H)}}: every row alone, one torch cell step after the other."""
    x = x.transpose(0, 1) if module.batch_first else x
    T, B, _ = x.shape
    ends = lengths or (T,) * B
    state = state if isinstance(state, tuple) else (state,)
    found, directions = {}, ("forward", "backward")[:1 + module.bidirectional]
    with torch.no_grad():
        for layer in range(module.num_layers):
            for d, direction in enumerate(directions):
                index = layer * len(directions) + d
                walk = _Walk(module, layer, direction == "backward", x.shape[-1])
                found[layer, direction] = walk.batch(x, ends, [s[index] for s in state])
            x = torch.cat([found[layer, direction]["h"] for direction in directions], -1)
    return {key: {name: v.numpy() for name, v in signals.items()} for key, signals in found.items()}


class _Walk:
    """One torch cell with the weights of one layer in one direction."""

    def __init__(self, module, layer, backward, width):
        self.backward = backward
        self.kind = {nn.RNN: "rnn", nn.LSTM: "lstm", nn.GRU: "gru"}[type(module)]
        self.names = {"rnn": "h", "lstm": "ifgoch", "gru": "rznh"}[self.kind]
        options = {"nonlinearity": module.nonlinearity} if self.kind == "rnn" else {}
        base = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}[self.kind]
        self.cell = base(width, module.hidden_size, bias=module.bias, dtype=module.weight_ih_l0.dtype, **options)
        for name, weight in self.cell.named_parameters():
            weight.copy_(getattr(module, f"{name}_l{layer}{'_reverse' * backward}"))

    def batch(self, x, ends, state):
        signals = {name: torch.zeros(*x.shape[:2], self.cell.hidden_size, dtype=x.dtype) for name in self.names}
        for b, end in enumerate(ends):
            now = [s[b:b + 1] for s in state]
            for t in reversed(range(end)) if self.backward else range(end):
                values, now = self.step(x[t, b:b + 1], now)
                for name in self.names:
                    signals[name][t, b] = values[name][0]
        return signals

    def step(self, x_t, now):
        c = self.cell
        if self.kind == "lstm":
            h, c_t = c(x_t, tuple(now))
            a = nn.functional.linear(x_t, c.weight_ih, c.bias_ih) + nn.functional.linear(now[0], c.weight_hh, c.bias_hh)
            i, f, g, o = a.chunk(4, -1)
            return {"i": i.sigmoid(), "f": f.sigmoid(), "g": g.tanh(), "o": o.sigmoid(), "c": c_t, "h": h}, [h, c_t]
        h = c(x_t, now[0])
        if self.kind == "rnn":
            return {"h": h}, [h]
        x_r, x_z, x_n = nn.functional.linear(x_t, c.weight_ih, c.bias_ih).chunk(3, -1)
        h_r, h_z, h_n = nn.functional.linear(now[0], c.weight_hh, c.bias_hh).chunk(3, -1)
        r = (x_r + h_r).sigmoid()
        return {"r": r, "z": (x_z + h_z).sigmoid(), "n": (x_n + r * h_n).tanh(), "h": h}, [h]


def parts(trace):
    return trace.parts or (trace,)


def close(ours, theirs, tolerance, what):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, expected {theirs.shape}"
    gap = np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max())
    assert gap <= tolerance, f"{what}: off by {gap:.1e}, allowed {tolerance:.0e}"


def check_every_signal_is_that_of_a_step_by_step_run(kind, net, batch, dtype=torch.float64, seed=0):
    module = make(kind, net, *batch[2:4], dtype, seed)
    x, state = draw(module, batch, seed)
    trace = record(module, x, batch[4], state)
    expected = by_steps(module, x, batch[4], state)
    assert [(p.layer, p.direction) for p in parts(trace)] == list(expected)
    for part in parts(trace):
        for name, values in expected[part.layer, part.direction].items():
            where = f"{kind} {net} {batch}: {name} of layer {part.layer}, {part.direction}"
            close(part[name], values, LOOSE[dtype], where)
            assert part[name].dtype == values.dtype


def check_output_and_ends_are_the_modules_own(kind, net, batch, dtype=torch.float64, seed=0):
    module = make(kind, net, *batch[2:4], dtype, seed)
    x, state = draw(module, batch, seed)
    trace = record(module, x, batch[4], state)
    packed = x
    if batch[4]:
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(batch[4]), module.batch_first, enforce_sorted=False)
    with torch.no_grad():
        out, last = module(packed, state)
    if batch[4]:
        out, _ = nn.utils.rnn.pad_packed_sequence(out, module.batch_first, total_length=batch[0])
    out = out.transpose(0, 1) if module.batch_first else out
    close(trace.output, out, LOOSE[dtype], "output")
    for name, theirs in zip("hc", last if isinstance(last, tuple) else (last,), strict=False):
        close(np.stack([p.last(name) for p in parts(trace)]), theirs, LOOSE[dtype], f"last {name}")


def check_the_cells_give_the_same(kind, net, batch, dtype=torch.float64, seed=0):
    """cells.forward with params_from_torch, each part run in its own reading order, every row alone."""
    module = make(kind, net, *batch[2:4], dtype, seed)
    x, state = draw(module, batch, seed)
    for index, part in enumerate(parts(record(module, x, batch[4], state))):
        params, read = params_from_torch(module, part.layer, part.direction), part.as_read()
        starts = [s[index].numpy() for s in (state if isinstance(state, tuple) else (state,))]
        options = {"activation": module.nonlinearity} if part.cell == "rnn" else {}
        for b, end in enumerate(batch[4] or (part.steps,) * part.batch):
            ours = CELLS[part.cell].forward(params, read.x[:end, b:b + 1], *(s[b:b + 1] for s in starts), **options)
            for name in part.signals:
                close(read[name][:end, b:b + 1], ours[name], LOOSE[dtype], f"{name} of layer {part.layer}")


def check_gradients_are_torchs(kind, batch, bidirectional=False, seed=0):
    """cells.backward on the recorded Trace against torch's autograd: weights, x and the states that it started from."""
    module = make(kind, (1, bidirectional, False, True), *batch[2:4], seed=seed)
    x, state = draw(module, batch, seed)
    x.requires_grad_()
    state = tuple(s.requires_grad_() for s in (state if isinstance(state, tuple) else (state,)))
    trace = record(module, x, batch[4], state if len(state) == 2 else state[0])
    given = x
    if batch[4]:
        given = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(batch[4]), enforce_sorted=False)
    out, _ = module(given, state if len(state) == 2 else state[0])
    if batch[4]:
        out, _ = nn.utils.rnn.pad_packed_sequence(out, total_length=batch[0])
    dh = torch.randn(out.shape, generator=torch.Generator().manual_seed(1), dtype=out.dtype)
    (out * dh).sum().backward()
    H, dx = module.hidden_size, np.zeros(x.shape)
    for d, part in enumerate(parts(trace)):
        expected, dparams = _gradients(module, part), []
        for b in range(part.batch):
            row = part.row(b).as_read()
            row_dh = dh[:row.steps, b:b + 1, d * H:(d + 1) * H].numpy()
            drow, dx_row, dstate = CELLS[part.cell].backward(row.params, row, _turn(part, row_dh))
            dparams.append(drow)
            dx[:row.steps, b:b + 1] += _turn(part, dx_row)
            for ours, theirs in zip(dstate if isinstance(dstate, tuple) else (dstate,), state, strict=True):
                close(ours, theirs.grad[d, b:b + 1], 1e-10, "dstate")
        for name, theirs in expected.items():
            close(sum(p[name] for p in dparams), theirs, 1e-10, f"d{name}")
    close(dx, x.grad, 1e-10, "dx")


def _turn(part, values):
    """What belongs to x's steps, in the order in which this part read them; and back again."""
    return reverse_rows(values) if part.direction == "backward" else values


def _gradients(module, part):
    """torch's gradients under the cells' names; each of the two biases has the gradient of their sum."""
    H, tail = module.hidden_size, f"_l{part.layer}{'_reverse' * (part.direction == 'backward')}"
    weight_ih, weight_hh, bias_ih, bias_hh = (getattr(module, name + tail).grad
                                              for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    names = ("W_xh", "W_hh", "b_h") if part.cell == "rnn" else ("W_x", "W_h", "b")
    found = dict(zip(names, (weight_ih.T, weight_hh.T, bias_ih), strict=True))
    return found | {"b_hn": bias_hh[2 * H:]} if part.cell == "gru" else found
