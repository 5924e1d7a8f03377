"""Drawings of probes: every reading, share and loss stands where the numbers put it."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from rnncourse.plots import probe
from rnncourse.plots.palette import LOOK


@pytest.fixture
def ax():
    fig, ax = plt.subplots(figsize=(8, 3))
    yield ax
    plt.close(fig)


def lines(ax, marker):
    return [line for line in ax.lines if line.get_marker() == marker]


def test_a_reading_stands_over_its_letter_and_the_truth_is_shaded(ax):
    probe.reading(ax, "f(a b)\n", np.linspace(-0.1, 1.1, 7), [0, 1, 1, 1, 1, 0, 0])
    curve, = lines(ax, "o")
    np.testing.assert_allclose(curve.get_ydata(), np.linspace(-0.1, 1.1, 7))
    assert [label.get_text() for label in ax.get_xticklabels()] == list("f(a␣b)⏎")
    shade, = ax.patches
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == (0.5, 4.5)


def test_sources_have_a_row_a_property_and_a_mark_a_source(ax):
    table = {"one": [0.6, 0.7, 0.95], "two": [0.9, 0.99, 0.98]}
    probe.sources(ax, table, ["majority", "letter", "trained"])
    own = [line for line in ax.lines if line.get_marker() == "D"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in own] == [(0.95, 0), (0.98, 1)]
    assert {to_hex(line.get_color()) for line in own} == {LOOK["h"].colour}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["majority", "letter", "trained"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"] and ax.yaxis_inverted()


def test_selectivity_is_task_less_control(ax):
    probe.selectivity(ax, {"linear": (0.972, 0.712), "MLP": (0.973, 0.98)})
    assert [text.get_text() for text in ax.texts] == ["26.0", "-0.7", "selectivity"]
    assert [line.get_xdata()[0] for line in lines(ax, "o")] == [0.972, 0.973]
    assert [line.get_xdata()[0] for line in lines(ax, "x")] == [0.712, 0.98]


def test_cause_puts_each_unit_at_what_it_knows_and_costs(ax):
    rng = np.random.default_rng(0)
    known, lost = ({layer: rng.random(6) for layer in (0, 1)} for _ in range(2))
    probe.cause(ax, known, lost, {(1, 4): "that one"})
    for layer, marker in ((0, "o"), (1, "^")):
        dots, = lines(ax, marker)
        np.testing.assert_array_equal(dots.get_xydata(), np.stack([known[layer], lost[layer]], axis=1))
    note, = ax.texts
    assert note.get_text() == "that one" and note.xy == (known[1][4], lost[1][4])


def test_known_and_used_has_a_dot_and_a_bar_of_its_controls(ax):
    probe.known_and_used(ax, {"a": (10.0, 0.1, [0.01, -0.01, 0.0]), "b": (3.0, 0.02, [0.0, 0.01])})
    assert [tuple(line.get_xydata()[0]) for line in lines(ax, "o")] == [(10, 0.1), (3, 0.02)]
    bars = [line.get_xydata().tolist() for line in ax.lines if line.get_linewidth() == 6]
    assert bars == [[[10, -0.01], [10, 0.01]], [[3, 0], [3, 0.01]]]
    assert [text.get_text() for text in ax.texts] == ["a", "b"]


@pytest.mark.parametrize(("holds", "runs"), [([], []), ([0, 0], []), ([1, 1], [(0, 2)]),
                                             ([1, 0, 1, 1], [(0, 1), (2, 4)])])
def test_runs_of_true(holds, runs):
    assert probe._runs(np.array(holds, bool)) == runs
