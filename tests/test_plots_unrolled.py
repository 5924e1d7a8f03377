"""The unrolled drawing: which boxes and weights stand where, for each arrangement."""

from collections import Counter

import matplotlib.pyplot as plt
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rnncourse.plots import unrolled
from rnncourse.plots.style import styled


@pytest.fixture
def ax():
    with styled():
        figure, ax = plt.subplots(figsize=(3, 3.6))
        yield ax
    plt.close(figure)


def texts(ax):
    return Counter(text.get_text() for text in ax.texts)


def test_the_same_three_weights_stand_at_every_step(ax):
    assert unrolled.unrolled(ax, [True] * 4) is ax
    found = texts(ax)
    assert (found["$W_{xh}$"], found["$W_{hh}$"], found["$W_{hy}$"]) == (4, 4, 4)
    assert all(found[f"${letter}_{{{t}}}$"] == 1 for letter in "xhy" for t in (1, 2, 3, 4)) and found["$h_{0}$"] == 1
    assert len([p for p in ax.patches if isinstance(p, FancyArrowPatch)]) == 12


@pytest.mark.parametrize(("name", "reads", "says", "arrows"), [
    ("one-to-one", {1}, {1}, 2), ("one-to-many", {1}, {1, 2, 3}, 6),
    ("many-to-one", {1, 2, 3}, {3}, 6), ("many-to-many", {1, 2, 3}, {1, 2, 3}, 8)])
def test_each_arrangement_reads_and_says_where_it_should(ax, name, reads, says, arrows):
    unrolled.arrangement(ax, name)
    found = texts(ax)
    assert {t for t in range(1, 5) if found[f"$x_{{{t}}}$"]} == reads
    assert {t for t in range(1, 5) if found[f"$y_{{{t}}}$"]} == says
    assert len([p for p in ax.patches if isinstance(p, FancyArrowPatch)]) == arrows
    assert ax.get_title(loc="left") == name.replace("-", " ")


def test_the_folded_network_has_one_box_of_each_and_a_loop(ax):
    unrolled.folded(ax)
    assert len([p for p in ax.patches if isinstance(p, FancyBboxPatch)]) == 3
    ends = [p._posA_posB for p in ax.patches if isinstance(p, FancyArrowPatch)]
    loop, = (pair for pair in ends if pair[0][0] > 0)
    (x_0, y_0), (x_1, y_1) = loop
    assert x_0 == x_1 and y_0 > y_1


@pytest.mark.parametrize("draw", [unrolled.folded, lambda ax: unrolled.unrolled(ax, [True] * 4),
                                  lambda ax: unrolled.arrangement(ax, "one-to-one")])
def test_nothing_is_drawn_outside_the_frame(ax, draw):
    draw(ax)
    ax.figure.canvas.draw()
    frame = ax.get_window_extent()
    for artist in [*ax.texts, *(p for p in ax.patches if isinstance(p, FancyBboxPatch))]:
        box = artist.get_window_extent()
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1, artist


def test_wrong_names_and_lengths_are_named(ax):
    with pytest.raises(ValueError, match="no arrangement 'two-to-one'; there are one-to-one"):
        unrolled.arrangement(ax, "two-to-one")
    with pytest.raises(ValueError, match="reads has 2 steps and says 1"):
        unrolled.unrolled(ax, [True, True], [True])
