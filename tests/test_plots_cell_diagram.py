"""The cell's drawing is to scale: flows, valves, dots and numbers stand where the wires' numbers put them."""

import numpy as np
import pytest
from drawing_checks import nothing_leaves_the_sheet_and_no_two_numbers_touch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rnncourse.explorers.lstm_cell import LSTMCell, one_cell
from rnncourse.plots import cell_parts as parts
from rnncourse.plots.cell_diagram import GATES, SIZE, LSTMScene, lstm_cell
from rnncourse.plots.stamp import Stamp

START = {name: trait.default_value for name, trait in vars(LSTMCell).items() if hasattr(trait, "default_value")}


def scene(**state):
    numbers = one_cell(**START | state)
    return LSTMScene(Figure(figsize=SIZE)).update(numbers), numbers


def parts_for(drawn, kind, *names):
    return [part for part, shown in drawn.parts if type(part) is kind and shown == names]


@pytest.mark.parametrize("state", [{}, {"c_prev": -2.0, "f_b": -2.0, "x": -1.7},
                                   {"c_prev": 2.0, "f_b": 6.0, "g_b": 6.0}])
def test_every_flow_is_as_thick_as_its_value_and_its_colour_tells_the_sign(state):
    drawn, numbers = scene(**state)
    flows = [(part, names[0]) for part, names in drawn.parts if type(part) is parts.Pipe]
    assert {name for _, name in flows} == {"c_prev", "kept", "c", "g", "written", "tanh_c", "h", "h_prev", "x"}
    for pipe, name in flows:
        thick = pipe.flow.get_height() if pipe.level else pipe.flow.get_width()
        assert thick == pytest.approx(abs(numbers[name]) * parts.THICKNESS, abs=1e-9), name
        red, _, blue, _ = pipe.flow.get_facecolor()
        assert (red > blue) == (numbers[name] > 0), name


def test_no_slider_can_overfill_the_highway():
    for c_prev, g_b in ((2.0, 6.0), (-2.0, -6.0)):
        numbers = one_cell(**START | {"c_prev": c_prev, "g_b": g_b, "f_b": 6.0, "i_b": 6.0, "x": 0.0})
        pipe, = parts_for(scene()[0], parts.Pipe, "c")
        assert 2.9 < abs(numbers["c"]) <= pipe.full


@pytest.mark.parametrize("gate", "fio")
def test_a_valve_leaves_open_the_share_that_its_gate_gives(gate):
    for bias in (-6.0, -0.4, 2.0, 6.0):
        drawn, numbers = scene(**{f"{gate}_b": bias})
        valve, = parts_for(drawn, parts.Valve, gate)
        plates = sum(p.get_height() if valve.level else p.get_width() for p in valve.moving)
        assert 1 - plates / valve.wide == pytest.approx(numbers[gate], abs=1e-12)
        near, far = (p.get_y() if valve.level else p.get_x() for p in valve.moving)
        assert far - near == pytest.approx(valve.wide * (1 + numbers[gate]) / 2)    # one at each wall


def test_after_a_valve_the_flow_fits_through_its_gap():
    drawn, numbers = scene(f_b=-1.0, c_prev=2.0)
    kept, valve = parts_for(drawn, parts.Pipe, "kept")[0], parts_for(drawn, parts.Valve, "f")[0]
    assert kept.flow.get_height() <= valve.wide * numbers["f"]


@pytest.mark.parametrize("gate", "figo")
def test_the_dot_stands_on_the_curve(gate):
    drawn, numbers = scene(**{f"{gate}_b": -1.3})
    curve, = parts_for(drawn, parts.Curve, f"a_{gate}", gate)
    (x,), (y,) = curve.dot.get_data()
    line, = (line for line in drawn.ax.lines if len(line.get_xdata()) == 121 and line.get_xdata()[0] == curve.x
             and np.ptp(line.get_ydata()) > 1)
    assert np.interp(x, *line.get_data()) == pytest.approx(y, abs=0.05)
    assert (x - curve.x) / curve.width == pytest.approx((numbers[f"a_{gate}"] / 8 + 1) / 2)


def test_a_dot_far_out_stays_in_its_frame():
    drawn, numbers = scene(f_b=6.0, f_x=3.0, x=2.0)
    curve, = parts_for(drawn, parts.Curve, "a_f", "f")
    assert numbers["a_f"] > 8 and curve.dot.get_xdata()[0] == curve.x + curve.width


def test_every_number_is_written_as_it_is():
    drawn, numbers = scene()
    written = {names: part.text.get_text() for part, names in drawn.parts if type(part) is parts.Words}
    assert written["c",] == f"{numbers['c']:+.2f}" == "+1.60"
    assert written["f",] == f"{numbers['f']:.2f}" == "0.79"
    assert written["a_i",] == "a = +0.85" and written["h_into_f",] == "−0.15" and written["b_into_g",] == "0.00"
    assert written["f", "c_prev", "i", "g", "c"] == "≈  0.79 × 1.20 + 0.70 × 0.93  ≈  1.60"
    assert {f"{source}_into_{gate}" for source in "xhb" for gate in GATES} <= {n for names in written for n in names}


def test_numbers_near_zero_have_no_sign():
    assert parts.signed(-0.001) == "0.00" == parts.plain(0.001)
    assert (parts.factor(-0.5), parts.factor(0.5), parts.signed(-2)) == ("(−0.50)", "0.50", "−2.00")


def test_nothing_leaves_the_sheet_and_no_two_numbers_touch():
    for state in ({}, {"c_prev": -2.0, "x": -2.0, "h_prev": -1.0, "f_b": -6.0, "o_b": -6.0, "i_b": -6.0, "g_b": -6.0,
                       "f_x": -3.0, "i_x": -3.0, "g_x": -3.0, "o_x": -3.0}):
        nothing_leaves_the_sheet_and_no_two_numbers_touch(lstm_cell(one_cell(**START | state)))


def test_a_stamp_puts_about_the_same_ink_as_plain_text():
    """Against matplotlib's own Text: the same amount of ink, in the same place to half a pixel."""
    for align in ("left", "center", "right"):
        found = []
        for kind in (Stamp, None):
            figure = Figure(figsize=(2, 0.5), dpi=84)
            canvas, ax = FigureCanvasAgg(figure), figure.add_axes((0, 0, 1, 1))
            ax.set_axis_off()
            style = {"fontsize": 10, "ha": align, "va": "center", "color": "#000000"}
            ax.add_artist(Stamp(0.5, 0.5, "≈ −12.34", **style)) if kind else ax.text(0.5, 0.5, "≈ −12.34", **style)
            canvas.draw()
            ink = 255.0 - np.asarray(canvas.buffer_rgba())[..., 0]
            found.append((ink.sum(), *(np.average(np.indices(ink.shape)[axis], weights=ink) for axis in (0, 1))))
        (ink, row, column), (ink_text, row_text, column_text) = found
        assert ink == pytest.approx(ink_text, rel=0.08)
        assert abs(row - row_text) < 1.1 and abs(column - column_text) < 0.6


def test_one_cell_is_the_equations():
    rng = np.random.default_rng(0)
    state = {name: rng.uniform(-1, 1) for name in START}
    n, s = one_cell(**state), lambda a: 1 / (1 + np.exp(-a))
    a = {k: state[f"{k}_x"] * state["x"] + state[f"{k}_h"] * state["h_prev"] + state[f"{k}_b"] for k in "ifgo"}
    c = s(a["f"]) * state["c_prev"] + s(a["i"]) * np.tanh(a["g"])
    assert n["c"] == pytest.approx(c, abs=1e-15) and n["h"] == pytest.approx(s(a["o"]) * np.tanh(c), abs=1e-15)
    assert n["x"] == state["x"]


def test_the_frame_of_a_valve_is_where_its_plates_are():
    drawn, _ = scene(f_b=-6.0)
    valve, = parts_for(drawn, parts.Valve, "f")
    frame = [p for p in drawn.ax.patches if type(p) is Rectangle and p.get_height() == valve.wide
             and p.get_width() == valve.DEPTH]
    assert len(frame) == 1 and frame[0].get_x() == valve.moving[0].get_x()
