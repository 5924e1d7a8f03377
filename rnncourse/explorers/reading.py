"""A text read letter by letter by a trained network, for explorers: a letter typed at the end costs one step."""

import numpy as np

from rnncourse.cells import gru, lstm, rnn
from rnncourse.trace import SIGNALS, Trace

WINDOW = 64    # letters that a score is followed back over
CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}


class Reading:
    """A text of N symbols read by a `Network` that reads forward, from an empty state.

    numbers  (N,) the symbols
    signals  for each layer {name: (N, 1, H)}; inputs: for each layer what it read, (N, 1, ·)
    scores   (N, K) after each symbol
    """

    def __init__(self, network, numbers, signals, inputs, scores):
        self.network, self.numbers, self.signals = network, numbers, signals
        self.inputs, self.scores = inputs, scores

    @classmethod
    def of(cls, network, numbers, before=None):
        """The Reading of numbers (N,); `before`, another Reading by the same network, spares what they share."""
        if any("backward" in layer for layer in network.layers):
            raise ValueError("this network reads in both directions: after a letter it knows those to come; expected "
                             "one that reads forward only")
        same = 0 if before is None else _shared(numbers, before.numbers)
        x, signals, inputs = network.inputs(np.asarray(numbers)[same:, None]), [], []
        for layer in range(len(network.layers)):
            state = before.state(layer, same - 1) if same else ()
            inputs.append(_joined(before and before.inputs[layer], x, same))
            if same < len(numbers):
                trace = network.trace(x, layer, state=state)
                new, x = trace.signals, trace.h
            else:
                new, x = {name: [] for name in SIGNALS[network.cell]}, x[:0]
            signals.append({name: _joined(before and before.signals[layer][name], values, same)
                            for name, values in new.items()})
        return cls(network, np.asarray(numbers), signals, inputs, network.predict(signals[-1]["h"][:, 0]))

    def state(self, layer, step):
        """(h,) or (h, c), (1, H) each, after letter `step`; zeros before the first."""
        names = [name for name in "hc" if name in self.signals[layer]]
        return tuple(self.signals[layer][name][step] if step >= 0 else 0 * self.signals[layer][name][0]
                     for name in names)

    def back(self, step, number, window=WINDOW):
        """(N,) ‖∂ score of symbol `number` after letter `step` / ∂ input of each letter‖; 0 beyond the window."""
        start, found = max(0, step + 1 - window), np.zeros(len(self.numbers))
        dh = np.zeros_like(self.signals[-1]["h"][start:step + 1])
        dh[-1, 0] = self.network.readout["W_hy"][:, number]
        for layer in range(len(self.signals) - 1, -1, -1):
            part = self._trace(layer, start, step + 1)
            _, dh, *_ = CELLS[self.network.cell].backward(part.params, part, dh)
        found[start:step + 1] = np.linalg.norm(dh[:, 0], axis=-1)
        return found

    def _trace(self, layer, start, stop):
        cell, params = self.network.cell, self.network.layers[layer]["forward"]
        part = {name: values[start:stop] for name, values in self.signals[layer].items()}
        return Trace(cell, params, self.inputs[layer][start:stop], part, *self.state(layer, start - 1),
                     activation="tanh" if cell == "rnn" else None)


def _shared(one, other):
    """How many entries two sequences have in common at their start."""
    n = min(len(one), len(other))
    differ = np.flatnonzero(np.asarray(one)[:n] != np.asarray(other)[:n])
    return int(differ[0]) if len(differ) else n


def _joined(before, new, same):
    if not same:
        return np.asarray(new)
    return np.concatenate([before[:same], new]) if len(new) else before[:same]
