"""Training on text, characters a second: the course's ways beside a loop as most tutorials write it.

`python -m benchmarks.text` prints a table; `run()` gives its rows. Everything on one thread, float32, from the same
weights, on the same batches, with clipping and Adam; the ways in turn within each round. Times are CPU times, and a
ratio is that of the best ones, since a busy machine only adds; the median of the rounds' ratios stands beside it.

The ways: `loop`, torch, one character after the other: input and hidden joined in one linear layer for the RNN,
nn.LSTMCell for the LSTM, the losses added up. `fit`, torch's whole-sequence module through `training.fit`. `NumPy`,
forward and backward of `rnncourse.cells`. Before they are timed, their losses on the first batch are compared.
"""

import copy
import itertools
import statistics
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from rnncourse import cells, losses, optimizers, training
from rnncourse.datasets import text
from rnncourse.recording import params_from_torch
from rnncourse.training import models

CASES = [("rnn", 1, 32, 64), ("rnn", 1, 1, 64), ("lstm", 2, 32, 64), ("lstm", 2, 1, 64)]    # cell, layers, B, T
HIDDEN, CHARACTERS = 128, 8192      # units, and characters that each way trains on in a round
LEARNING_RATE, CLIP = 1e-3, 1.0
SECONDS, MIN_ROUNDS, MAX_ROUNDS = 12, 3, 30


def run(cases=tuple(CASES), seconds=SECONDS):
    """Rows {"case", "loop", "fit / loop", "NumPy / loop" and their medians}: characters a second, and ratios of it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            return [_row(case, seconds) for case in cases]
    finally:
        torch.set_num_threads(threads)


# -- the three ways: each a function of batches that trains on them and gives the loss of each, in nats a character ---
def fit(start, cell):
    """The course's way with torch: the whole sequence in one call."""
    model = copy.deepcopy(start)

    def train(batches):
        run = training.fit(model, batches, training.cross_entropy, epochs=1, learning_rate=LEARNING_RATE, clip=CLIP,
                           carry=True, progress=False)
        return run.iterations["loss"]

    return train


def loop(start, cell):
    """As most tutorials write it: one character after the other."""
    model = Joined(start) if cell == "rnn" else Stepped(start)
    optimizer, criterion = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE), nn.CrossEntropyLoss()

    def train(batches):
        state, kept = model.initial(batches[0][0].shape[1]), []
        for x, y in batches:
            x, y = torch.from_numpy(x), torch.from_numpy(y)
            loss, state = 0, [tuple(part.detach() for part in layer) for layer in state]
            optimizer.zero_grad()
            for x_t, y_t in zip(x, y, strict=True):
                output, state = model(x_t, state)
                loss += criterion(output, y_t)
            loss = loss / len(x)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            kept.append(loss.item())
        return kept

    return train


class Joined(nn.Module):
    """The plain RNN with input and hidden in one linear layer, a one-hot character at a time."""

    def __init__(self, start):
        super().__init__()
        D, H, K = start.embedding.num_embeddings, start.recurrent.hidden_size, start.readout.out_features
        self.i2h, self.h2o = nn.Linear(D + H, H), nn.Linear(H, K)
        params, W_hy, b_y = weights(start)
        with torch.no_grad():
            self.i2h.weight.copy_(torch.from_numpy(np.concatenate([params[0]["W_xh"], params[0]["W_hh"]]).T))
            for mine, theirs in ((self.i2h.bias, params[0]["b_h"]), (self.h2o.weight, W_hy.T), (self.h2o.bias, b_y)):
                mine.copy_(torch.from_numpy(theirs))

    def initial(self, batch):
        return [(torch.zeros(batch, self.i2h.out_features),)]

    def forward(self, x_t, state):
        one_hot = nn.functional.one_hot(x_t, self.i2h.in_features - self.i2h.out_features).float()
        h = torch.tanh(self.i2h(torch.cat((one_hot, state[0][0]), 1)))
        return self.h2o(h), [(h,)]


class Stepped(nn.Module):
    """The LSTM out of nn.LSTMCell, a character at a time."""

    def __init__(self, start):
        super().__init__()
        self.embedding, self.h2o = copy.deepcopy(start.embedding), copy.deepcopy(start.readout)
        recurrent, sizes = start.recurrent, [start.embedding.embedding_dim, start.recurrent.hidden_size]
        self.cells = nn.ModuleList(nn.LSTMCell(sizes[layer > 0], sizes[1]) for layer in range(recurrent.num_layers))
        with torch.no_grad():
            for layer, cell in enumerate(self.cells):
                for name, value in cell.named_parameters():
                    value.copy_(getattr(recurrent, f"{name}_l{layer}"))

    def initial(self, batch):
        return [(torch.zeros(batch, cell.hidden_size),) * 2 for cell in self.cells]

    def forward(self, x_t, state):
        h, kept = self.embedding(x_t), []
        for cell, before in zip(self.cells, state, strict=True):
            kept.append(cell(h, before))
            h = kept[-1][0]
        return self.h2o(h), kept


def in_numpy(start, cell):
    """The cells of the course: forward and backward over the whole sequence, layer by layer."""
    params, W_hy, b_y = weights(start)
    model = {"cells": dict(enumerate(params)), "W_hy": W_hy, "b_y": b_y}
    optimizer, memory, one_hot = optimizers.Adam(LEARNING_RATE), None, np.eye(len(params[0][FIRST[cell]]), dtype="f4")

    def train(batches):
        nonlocal model, memory
        state, kept = [{} for _ in params], []
        for x, y in batches:
            value, grads, state = gradients(model, CELLS[cell], one_hot[x], y, state)
            model, memory = optimizer.update(model, optimizers.clip_by_norm(grads, CLIP)[0], memory)
            kept.append(value)
        return kept

    return train


def gradients(model, cell, x, y, state):
    """(loss, gradients shaped as the model, the state to carry) of one batch."""
    traces = []
    for params, before in zip(model["cells"].values(), state, strict=True):
        traces.append(cell.forward(params, traces[-1].h if traces else x, **before))
    h = traces[-1].h
    value, dy = losses.softmax_cross_entropy(h @ model["W_hy"] + model["b_y"], y)
    flat_h, flat_dy, dh, dcells = h.reshape(-1, h.shape[-1]), dy.reshape(-1, dy.shape[-1]), dy @ model["W_hy"].T, {}
    for layer in reversed(range(len(traces))):
        dcells[layer], dh = cell.backward(model["cells"][layer], traces[layer], dh)[:2]
    last = [{f"{name}0": trace.last(name) for name in ("h", "c") if name in trace.signals} for trace in traces]
    return value, {"cells": dcells, "W_hy": flat_h.T @ flat_dy, "b_y": flat_dy.sum(0)}, last


CELLS, FIRST = {"rnn": cells.rnn, "lstm": cells.lstm}, {"rnn": "W_xh", "lstm": "W_x"}
WAYS = {"loop": loop, "fit": fit, "NumPy": in_numpy}


def weights(start):
    """(parameters of each layer, W_hy, b_y) of a TextModel in NumPy, its embedding multiplied into the first layer."""
    recurrent, readout = start.recurrent, start.readout
    params = [params_from_torch(recurrent, layer) for layer in range(recurrent.num_layers)]
    first = "W_xh" if "W_xh" in params[0] else "W_x"
    params[0][first] = start.embedding.weight.detach().numpy() @ params[0][first]
    return params, readout.weight.detach().numpy().T.copy(), readout.bias.detach().numpy().copy()


# -- measuring --------------------------------------------------------------------------------------
def _row(case, seconds):
    cell, layers, B, T = case
    start = training.seeded(0, lambda: models.TextModel(hidden_size=HIDDEN, layers=layers, cell=cell))
    batches = list(itertools.islice(text.standard_library(100_000).batches("train", B, T), CHARACTERS // (B * T)))
    ways = {name: make(start, cell) for name, make in WAYS.items()}
    _same({name: train(batches[:2])[0] for name, train in ways.items()}, case)    # this warms up, too
    times, until = {name: [] for name in ways}, time.perf_counter() + seconds
    while len(times["loop"]) < MIN_ROUNDS or (time.perf_counter() < until and len(times["loop"]) < MAX_ROUNDS):
        for name, train in ways.items():
            began = time.process_time()
            train(batches)
            times[name].append(time.process_time() - began)
    rates = {name: CHARACTERS / min(spent) for name, spent in times.items()}
    row = {"case": case, **rates}
    for name in ("fit", "NumPy"):
        row[f"{name} / loop"] = rates[name] / rates["loop"]
        row[f"{name} median"] = statistics.median(a / b for a, b in zip(times["loop"], times[name], strict=True))
    return row


def _same(first_losses, case):
    """No race between ways that compute different things."""
    if max(first_losses.values()) - min(first_losses.values()) > 1e-4:
        raise AssertionError(f"{case}: the losses on the first batch differ: {first_losses}")


def main():
    """The table: characters a second, and how many times those of the loop."""
    print(f"{'training, float32, one thread':34}{'loop':>11}{'fit':>11}{'NumPy':>11}{'fit/loop':>11}{'median':>8}"
          f"{'NumPy/loop':>12}{'median':>8}")
    for case in CASES:
        row, = run(cases=(case,))
        cell, layers, B, T = case
        print(f"{f'{cell} {layers}x{HIDDEN}, {B} columns of {T}':34}" + "".join(f"{row[way]:9,.0f}/s" for way in WAYS)
              + f"{row['fit / loop']:10.1f}x{row['fit median']:7.1f}x{row['NumPy / loop']:11.1f}x"
              f"{row['NumPy median']:7.1f}x", flush=True)


if __name__ == "__main__":
    main()
