"""Errors and differences stand where their numbers say, and look as their verdict says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnncourse.plots import verdict
from rnncourse.plots.palette import REFERENCE
from rnncourse.validate.intervals import Interval


def interval(low, high):
    return Interval(low, (low + high) / 2, high, 0.95, "a test")


@pytest.fixture
def ax():
    figure = plt.figure()
    yield figure.subplots()
    plt.close(figure)


def test_errors_stand_at_their_numbers_with_a_bar_where_there_is_an_interval(ax):
    assert verdict.errors(ax, {"as today": 2.25, "LSTM": interval(2.0, 2.1)}) is ax
    dots = [line.get_xydata().tolist() for line in ax.lines if line.get_marker() == "o"]
    bars = [line.get_xydata().tolist() for line in ax.lines if line.get_marker() != "o"]
    assert dots == [[[2.25, 0.0]], [[2.05, 1.0]]] and bars == [[[2.0, 1.0], [2.1, 1.0]]]
    assert [text.get_text() for text in ax.texts] == ["2.25", "2.05"]


def test_the_first_row_is_on_top_and_each_has_its_name(ax):
    verdict.errors(ax, {"one": 1.0, "two": 2.0})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]
    bottom, top = ax.get_ylim()
    assert bottom > 1 > 0 > top


def test_only_an_interval_that_leaves_0_out_is_drawn_full_and_in_colour(ax):
    verdict.differences(ax, {"less": interval(-0.4, -0.1), "both": interval(-0.1, 0.3), "more": interval(0.1, 0.2),
                             "itself": None}, "ridge")
    dots = {line.get_ydata()[0]: line for line in ax.lines if line.get_marker() == "o"}
    assert [dots[k].get_color() for k in (0, 1, 2)] == [verdict.BETTER, REFERENCE, verdict.WORSE]
    assert [dots[k].get_markerfacecolor() == "white" for k in (0, 1, 2)] == [False, True, False]
    assert set(dots) == {0, 1, 2} and len(ax.get_yticklabels()) == 4
    assert np.allclose(dots[0].get_xdata(), -0.25) and "ridge" in ax.get_xlabel()


def test_there_is_a_line_at_0(ax):
    verdict.differences(ax, {"a": interval(1, 2)}, "b")
    assert list(ax.lines[0].get_xdata()) == [0, 0]
    low, high = ax.get_xlim()
    assert low < 0 < high
