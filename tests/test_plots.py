"""The look: contrast, colour-blindness, grey print; shared drawings put the numbers where they belong."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnncourse import plots
from rnncourse.plots import signals
from rnncourse.plots.palette import LOOK

CELLS = {"lstm": "xhcifgo", "gru": "xhrzn"}

# Machado, Oliveira & Fernandes 2009, severity 1: how linear RGB looks without one kind of cone
SEEN_BY = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868],
                        [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968],
                        [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779],
                        [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}


def linear_rgb(colour):
    s = np.array(matplotlib.colors.to_rgb(colour))
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Ottosson's OKLab: distances in it follow what the eye sees."""
    lms = np.cbrt(np.clip(rgb, 0, 1) @ np.array([[0.4122214708, 0.2119034982, 0.0883024619],
                                                 [0.5363325363, 0.6806995451, 0.2817188376],
                                                 [0.0514459929, 0.1073969566, 0.6299787005]]))
    return lms @ np.array([[0.2104542553, 1.9779984951, 0.0259040371], [0.7936177850, -2.4285922050, 0.7827717662],
                           [-0.0040720468, 0.4505937099, -0.8086757660]])


def contrast(one, other):
    low, high = sorted(linear_rgb(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", LOOK)
def test_each_signal_is_readable_on_white_and_on_labs_dark_page(name):
    assert contrast(LOOK[name].colour, "#ffffff") >= 3
    assert contrast(LOOK[name].colour, "#111111") >= 3


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("eye", SEEN_BY)
def test_the_signals_of_a_cell_stay_apart_for_every_eye(cell, eye):
    seen = np.array([oklab(linear_rgb(LOOK[name].colour) @ SEEN_BY[eye].T) for name in CELLS[cell]])
    gaps = np.linalg.norm(seen[:, None] - seen, axis=-1) + np.eye(len(seen))
    assert gaps.min() > 0.06, (eye, gaps.round(3))


@pytest.mark.parametrize("cell", CELLS)
def test_in_grey_print_line_styles_tell_the_gates_apart(cell):
    styles = [str(LOOK[name].linestyle) for name in CELLS[cell]]
    assert len(set(styles)) == len(styles)


def test_lines_carry_the_values_and_the_looks_of_their_signals():
    ax = signals.over_time(plt.figure().subplots(), {"f": np.array([0.1, 0.9]), "c": np.array([1.0, -1.0])})
    f, c = ax.lines
    np.testing.assert_array_equal(f.get_ydata(), [0.1, 0.9])
    assert (f.get_color(), c.get_color()) == (LOOK["f"].colour, LOOK["c"].colour)


def test_names_at_the_ends_never_overlap():
    ax = plt.figure(figsize=(5, 3)).subplots()
    signals.over_time(ax, {name: np.array([0.0, 0.5]) for name in "ifgo"})
    ax.figure.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    assert len(boxes) == 4
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in zip(boxes, boxes[1:], strict=False))


def test_a_heat_map_of_signed_values_is_centred_on_zero_and_has_a_unit_a_row():
    values = np.array([[-1.0, 0.5, 0.0], [0.25, 3.0, 0.0]])
    ax = signals.units_by_steps(plt.figure().subplots(), values, bar="state")
    image = ax.images[0]
    np.testing.assert_array_equal(image.get_array(), values.T)
    assert image.get_clim() == (-3, 3)
    assert image.colorbar.ax.get_ylabel() == "state"
    assert signals.units_by_steps(plt.figure().subplots(), np.abs(values)).images[0].get_clim() == (0, 3)


def test_the_style_sheet_is_found_and_used():
    with matplotlib.rc_context():
        plots.use_style()
        assert not matplotlib.rcParams["axes.spines.top"]
