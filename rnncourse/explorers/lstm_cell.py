"""Explorer of chapter 04: one LSTM cell, its three inputs, its twelve weights, and the state's way through it."""

import numpy as np

from rnncourse.cells import lstm, wires
from rnncourse.explorers.base import Explorer, slider
from rnncourse.plots.cell_diagram import SIZE, LSTMScene

PACKED = "ifgo"    # the order in which the arrays hold the gates


def one_cell(x, h_prev, c_prev, **weights):
    """One step of an LSTM of one unit with one input; returns the number on each of its wires.

    `weights` are f_x, f_h, f_b for the forget gate's w_x, w_h and b, likewise i_…, g_…, o_….
    """
    params = {"W_x": np.array([[weights[f"{gate}_x"] for gate in PACKED]]),
              "W_h": np.array([[weights[f"{gate}_h"] for gate in PACKED]]),
              "b": np.array([weights[f"{gate}_b"] for gate in PACKED])}
    trace = lstm.forward(params, np.array([[[x]]]), np.array([[h_prev]]), np.array([[c_prev]]))
    return wires.lstm(trace)


def gate_sliders(gate, words, starts):
    """The three sliders of one gate, under its name."""
    labels = {"x": ("w_x", "× x", 3), "h": ("w_h", "× h", 3), "b": ("b", "added", 6)}
    return {f"{gate}_{source}": slider(start, low=-reach, high=reach, step=0.1, label=label, unit=unit, signal=gate,
                                       group=(words, gate))
            for (source, (label, unit, reach)), start in zip(labels.items(), starts, strict=True)}


class LSTMCell(Explorer):
    """Every number that goes into one LSTM cell under a slider, and every number inside it in the picture."""

    x = slider(1.0, low=-2, high=2, step=0.1, label="x_t", unit="(±2)", signal="x", group="reads")
    h_prev = slider(-0.3, low=-1, high=1, step=0.05, label="h_{t−1}", unit="(±1)", signal="h", group="reads")
    c_prev = slider(1.2, low=-2, high=2, step=0.1, label="c_{t−1}", unit="(±2)", signal="c", group="reads")
    vars().update(gate_sliders("f", "forget gate f", (0.5, 0.5, 1.0)))
    vars().update(gate_sliders("i", "input gate i", (1.0, 0.5, 0.0)))
    vars().update(gate_sliders("g", "candidate g", (1.5, -0.5, 0.0)))
    vars().update(gate_sliders("o", "output gate o", (0.5, 1.0, 0.5)))

    compute = staticmethod(one_cell)
    scene, size, narrowest = LSTMScene, SIZE, 140

    def describe(self, numbers):
        """What the valves let through, and what comes out."""
        n = {name: f"{value:.2f}".replace("-", "−") for name, value in numbers.items()}
        return (f"The forget gate keeps {numbers['f']:.0%} of the old cell state {n['c_prev']}, which leaves "
                f"{n['kept']}; the input gate lets {numbers['i']:.0%} of the candidate {n['g']} in, which adds "
                f"{n['written']}. The new cell state is {n['c']}. The output gate shows {numbers['o']:.0%} of "
                f"its tanh: the hidden state is {n['h']}.")
