"""Explorer of chapter 05: one GRU cell beside one LSTM cell, the same input, a slider for every weight of both."""

from typing import NamedTuple

import numpy as np

from rnncourse.cells import gru, wires
from rnncourse.explorers.base import Explorer, slider
from rnncourse.explorers.lstm_cell import gate_sliders, one_cell
from rnncourse.plots.cell_parts import plain
from rnncourse.plots.gru_diagram import SIZE, BesideScene

PACKED = "rzn"    # the order in which the arrays hold the gates


class TwoCells(NamedTuple):
    """The number on each wire of both cells."""

    gru: dict
    lstm: dict


def one_gru(x, h_prev, **weights):
    """One step of a GRU of one unit with one input; returns the number on each of its wires.

    `weights` are r_x, r_h, r_b for the reset gate's w_x, w_h and b, likewise z_…, n_…; and n_hb, the candidate's b_h.
    """
    params = {"W_x": np.array([[weights[f"{gate}_x"] for gate in PACKED]]),
              "W_h": np.array([[weights[f"{gate}_h"] for gate in PACKED]]),
              "b": np.array([weights[f"{gate}_b"] for gate in PACKED]), "b_hn": np.array([weights["n_hb"]])}
    return wires.gru(gru.forward(params, np.array([[[x]]]), np.array([[h_prev]])))


def two_cells(x, h_prev, c_prev, **weights):
    """One step of each cell, with the same x and h_prev; `weights` as for `one_gru` and `one_cell` together."""
    own = {name: value for name, value in weights.items() if name[0] in PACKED}
    rest = {name: value for name, value in weights.items() if name[0] not in PACKED}
    return TwoCells(one_gru(x, h_prev, **own), one_cell(x, h_prev, c_prev, **rest))


def _share(value):
    """How far a gate is open, in words where the rounded number would say that it is open or shut entirely."""
    return "nearly 100%" if value >= 0.9995 else "nearly nothing" if value < 0.0005 else f"{value:.1%}"


class GRUBesideLSTM(Explorer):
    """Every number that goes into a GRU cell and an LSTM cell under a slider, and the state's way through both.

    At the start the LSTM's f is the GRU's z, its i is 1 − z, and both candidates have the same weights.
    """

    x = slider(1.0, low=-2, high=2, step=0.1, label="x_t", unit="(±2)", signal="x", group="both read")
    h_prev = slider(0.6, low=-1, high=1, step=0.05, label="h_{t−1}", unit="(±1)", signal="h", group="both read")
    c_prev = slider(0.6, low=-2, high=2, step=0.1, label="c_{t−1}", unit="(LSTM)", signal="c", group="both read")
    vars().update(gate_sliders("r", "GRU: reset r", (-1.0, 0.5, 0.3)))
    vars().update(gate_sliders("z", "GRU: update z", (-0.5, 0.5, 1.0)))
    vars().update(gate_sliders("n", "GRU: candidate n", (-1.5, 1.0, 0.0)))
    n_hb = slider(0.0, low=-3, high=3, step=0.1, label="b_h", unit="inside r", signal="n",
                  group=("GRU: candidate n", "n"))
    vars().update(gate_sliders("f", "LSTM: forget f", (-0.5, 0.5, 1.0)))
    vars().update(gate_sliders("i", "LSTM: input i", (0.5, -0.5, -1.0)))
    vars().update(gate_sliders("g", "LSTM: candidate g", (-1.5, 1.0, 0.0)))
    vars().update(gate_sliders("o", "LSTM: output o", (0.5, 1.0, 0.5)))

    compute = staticmethod(two_cells)
    scene, size, narrowest = BesideScene, SIZE, 190

    def describe(self, numbers):
        """What each cell keeps and takes, and what comes out of it."""
        g, s = ({name: plain(value) for name, value in cell.items()} for cell in numbers)
        gru, lstm = ({name: _share(value) for name, value in cell.items()} for cell in numbers)
        return (f"GRU: one gate keeps {gru['z']} of the state {g['h_prev']} and takes {gru['new']} of the "
                f"candidate {g['n']}, into which the reset gate lets {gru['r']} of what the old state says, "
                f"{g['h_n']}; the new state is {g['h']}. "
                f"LSTM: it keeps {lstm['f']} of the cell state {s['c_prev']} and takes {lstm['i']} of the "
                f"candidate {s['g']}; the new cell state is {s['c']}, of whose tanh it shows {lstm['o']}: "
                f"{s['h']}.")
