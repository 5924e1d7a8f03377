"""Confusion matrix: rows truth, columns said, shares of the row, numbers where they can be read."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnncourse.plots.confusion import matrix

COUNTS = np.array([[8, 2, 0], [1, 0, 3], [0, 0, 0]])


@pytest.fixture
def ax():
    figure, ax = plt.subplots(figsize=(4, 3.5))
    yield ax
    plt.close(figure)


def test_rows_are_truth_columns_what_was_said_and_shares_sum_to_one_in_a_row(ax):
    assert matrix(ax, COUNTS, ["a", "b", "c"]) is ax
    shown = ax.images[0].get_array()
    np.testing.assert_allclose(shown[:2].filled(-1), [[0.8, 0.2, 0], [0.25, 0, 0.75]])
    assert np.ma.getmaskarray(shown)[2].all()    # a class that never came has no share
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("said", "is") and ax.images[0].get_clim() == (0, 1)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert {text.get_text(): text.get_position() for text in ax.texts} == {
        "80": (0, 0), "20": (1, 0), "25": (0, 1), "75": (2, 1)}
    assert ax.get_ylim()[0] > ax.get_ylim()[1]    # the first class on top


def test_numbers_are_left_out_where_there_is_no_room(ax):
    K = 40
    matrix(ax, np.full((K, K), 5) + 100 * np.eye(K, dtype=int), [f"language {k}" for k in range(K)])
    assert list(ax.texts) == []


def test_numbers_fit_their_cells_and_can_be_read(ax):
    figure = ax.figure
    figure.set_size_inches(9, 7.4)
    matrix(ax, np.full((20, 20), 5) + 90 * np.eye(20, dtype=int), [f"language {k}" for k in range(20)])
    figure.draw_without_rendering()
    cell = ax.get_window_extent().width / 20
    assert len(ax.texts) == 400 and max(t.get_window_extent().width for t in ax.texts) < cell
    inks = {text.get_color() for text in ax.texts}
    assert inks == {"white", "black"}


@pytest.mark.parametrize(("counts", "labels"), [
    (COUNTS, "ab"), (COUNTS[:2], "ab"), (COUNTS / 2, "abc"), (-COUNTS, "abc")])
def test_bad_input_is_told(ax, counts, labels):
    with pytest.raises(ValueError, match="expected whole numbers"):
        matrix(ax, counts, labels)
