"""GRU beside LSTM: both drawings are to one scale, and every number stands where its own cell's wires put it."""

import numpy as np
import pytest
from drawing_checks import nothing_leaves_the_sheet_and_no_two_numbers_touch
from matplotlib.figure import Figure

from rnncourse.cells import gru
from rnncourse.explorers.gru_beside_lstm import GRUBesideLSTM, one_gru, two_cells
from rnncourse.plots import cell_parts as parts
from rnncourse.plots.gru_diagram import SIZE, BesideScene, gru_cell

START = {name: trait.default_value for name, trait in vars(GRUBesideLSTM).items() if hasattr(trait, "default_value")}
FLOWS = {"gru": {"h_prev", "kept", "h", "n", "written"},
         "lstm": {"c_prev", "kept", "c", "g", "written", "tanh_c", "h"}}
ENDS = [{}, {"c_prev": -2.0, "h_prev": -1.0, "x": -2.0, "z_b": -6.0, "n_hb": -3.0},
        {name: -abs(trait) - 1 if name[-1] != "b" else -6.0 for name, trait in START.items() if "_" in name
         and not name.endswith("prev")} | {"h_prev": -1.0, "c_prev": -2.0, "x": 2.0},
        {"z_b": 6.0, "f_b": 6.0, "r_b": 6.0, "n_b": 6.0, "n_x": 3.0, "x": 2.0, "i_b": 6.0, "g_b": 6.0, "c_prev": 2.0}]


def scene(**state):
    numbers = two_cells(**START | state)
    return BesideScene(Figure(figsize=SIZE)).update(numbers), numbers


def parts_for(cell, kind, *names):
    return [part for part, shown in cell.parts if type(part) is kind and shown == names]


@pytest.mark.parametrize("state", ENDS)
@pytest.mark.parametrize("which", ["gru", "lstm"])
def test_every_flow_is_as_thick_as_its_value_and_its_colour_tells_the_sign(which, state):
    drawn, numbers = scene(**state)
    cell, numbers = getattr(drawn, which), getattr(numbers, which)
    flows = [(part, names[0]) for part, names in cell.parts if type(part) is parts.Pipe]
    assert {name for _, name in flows} == FLOWS[which]
    for pipe, name in flows:
        assert abs(numbers[name]) <= pipe.full, name
        thick = pipe.flow.get_height() if pipe.level else pipe.flow.get_width()
        assert thick == pytest.approx(abs(numbers[name]) * parts.THICKNESS, abs=1e-9), name
        red, _, blue, _ = pipe.flow.get_facecolor()
        assert abs(numbers[name]) < 1e-3 or (red > blue) == (numbers[name] > 0), name


@pytest.mark.parametrize("which, gate, shown", [("gru", "z", "z"), ("gru", "z", "new"), ("gru", "r", "r"),
                                                ("lstm", "f", "f"), ("lstm", "i", "i"), ("lstm", "o", "o")])
def test_a_valve_leaves_open_the_share_that_its_gate_gives(which, gate, shown):
    for bias in (-6.0, -0.4, 2.0, 6.0):
        drawn, numbers = scene(**{f"{gate}_b": bias})
        valve, = parts_for(getattr(drawn, which), parts.Valve, shown)
        plates = sum(p.get_height() if valve.level else p.get_width() for p in valve.moving)
        assert 1 - plates / valve.wide == pytest.approx(getattr(numbers, which)[shown], abs=1e-12)


def test_the_two_valves_of_z_open_to_one_together():
    for bias in (-3.0, 0.0, 3.0):
        drawn, _ = scene(z_b=bias)
        open_to = [1 - sum(p.get_height() if v.level else p.get_width() for p in v.moving) / v.wide
                   for name in ("z", "new") for v in parts_for(drawn.gru, parts.Valve, name)]
        assert len(open_to) == 2 and sum(open_to) == pytest.approx(1)


@pytest.mark.parametrize("which, gate", [*(("gru", gate) for gate in "rzn"), *(("lstm", gate) for gate in "figo")])
def test_the_dot_stands_on_the_curve(which, gate):
    drawn, numbers = scene(**{f"{gate}_b": -1.3})
    curve, = parts_for(getattr(drawn, which), parts.Curve, f"a_{gate}", gate)
    (x,), (y,) = curve.dot.get_data()
    line, = (line for line in drawn.ax.lines if len(line.get_xdata()) == 121 and line.get_xdata()[0] == curve.x
             and np.ptp(line.get_ydata()) > 1)
    assert np.interp(x, *line.get_data()) == pytest.approx(y, abs=0.05)
    assert (x - curve.x) / curve.width == pytest.approx((getattr(numbers, which)[f"a_{gate}"] / 8 + 1) / 2)


def test_every_number_is_written_as_it_is():
    drawn, _ = scene()
    written = {names: part.text.get_text() for part, names in drawn.gru.parts if type(part) is parts.Words}
    assert written["z", "h_prev", "new", "n", "h"] == "≈  0.69 × 0.60 + 0.31 × (−0.85)  ≈  0.15"
    assert written["x_n", "r", "h_n", "n"] == "≈  tanh(−1.50 + 0.40 × 0.60)  ≈  −0.85"
    assert written["h",] == "+0.15" and written["reset",] == "+0.24" and written["written",] == "−0.26"
    written = {names: part.text.get_text() for part, names in drawn.lstm.parts if type(part) is parts.Words}
    assert written["f", "c_prev", "i", "g", "c"] == "≈  0.69 × 0.60 + 0.31 × (−0.72)  ≈  0.19"
    assert written["a_o",] == "a = +1.60" and written["h",] == "+0.16"


@pytest.mark.parametrize("state", ENDS)
def test_nothing_leaves_the_sheet_and_no_two_numbers_touch(state):
    numbers = two_cells(**START | state)
    alone, both = gru_cell(numbers.gru), scene(**state)[0].ax.figure
    for figure in (alone, both):
        nothing_leaves_the_sheet_and_no_two_numbers_touch(figure)


def test_one_gru_is_the_equations_and_the_librarys_step():
    rng = np.random.default_rng(0)
    s = {name: rng.uniform(-1, 1) for name in START}
    found = one_gru(s["x"], s["h_prev"], **{k: v for k, v in s.items() if k[0] in "rzn"})
    r, z = (1 / (1 + np.exp(-(s[f"{k}_x"] * s["x"] + s[f"{k}_h"] * s["h_prev"] + s[f"{k}_b"]))) for k in "rz")
    n = np.tanh(s["n_x"] * s["x"] + s["n_b"] + r * (s["n_h"] * s["h_prev"] + s["n_hb"]))
    assert (found["r"], found["z"], found["n"]) == pytest.approx((r, z, n), abs=1e-15)
    assert found["h"] == pytest.approx(z * s["h_prev"] + (1 - z) * n, abs=1e-15)
    params = {"W_x": np.array([[s["r_x"], s["z_x"], s["n_x"]]]), "W_h": np.array([[s["r_h"], s["z_h"], s["n_h"]]]),
              "b": np.array([s["r_b"], s["z_b"], s["n_b"]]), "b_hn": np.array([s["n_hb"]])}
    assert found["h"] == gru.step(params, np.array([[s["x"]]]), np.array([[s["h_prev"]]]))[0, 0]


def test_at_the_start_the_lstm_is_coupled_as_the_gru_is():
    numbers = GRUBesideLSTM().numbers
    assert numbers.lstm["f"] == pytest.approx(numbers.gru["z"], abs=1e-15)
    assert numbers.lstm["i"] == pytest.approx(numbers.gru["new"], abs=1e-15)
    assert numbers.lstm["kept"] == pytest.approx(numbers.gru["kept"], abs=1e-15)
    open_reset = two_cells(**START | {"r_b": 6.0, "r_x": 3.0})
    assert open_reset.lstm["g"] == pytest.approx(open_reset.gru["n"], abs=1e-3)
    assert open_reset.lstm["c"] == pytest.approx(open_reset.gru["h"], abs=1e-3)


def test_it_says_what_both_cells_do():
    explorer = GRUBesideLSTM()
    assert "one gate keeps 69.0% of the state 0.60 and takes 31.0% of the candidate −0.85" in explorer.words
    assert "the new cell state is 0.19, of whose tanh it shows 83.2%: 0.16." in explorer.words


def test_a_gate_that_is_not_wholly_shut_is_not_called_shut():
    explorer = GRUBesideLSTM()
    explorer.z_b, explorer.z_x, explorer.x, explorer.n_h, explorer.h_prev = 6.0, 3.0, 2.0, -0.001, 0.0
    assert "one gate keeps nearly 100% of the state 0.00 and takes nearly nothing of the candidate" in explorer.words
    assert "−0.00" not in explorer.words and "-0.00" not in explorer.words
