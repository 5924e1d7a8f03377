"""The drawings of chapter 11: every bar, phrase, line and dot stands for its number, and nothing overlaps."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from rnncourse.plots import attribution as draw
from rnncourse.plots.compared import Column, Compared, ComparedScene

WORDS = ["never", "dull"]


@pytest.fixture
def ax():
    figure = plt.figure(figsize=(8, 4))
    yield figure.subplots()
    plt.close(figure)


def test_bars_beside_words_have_their_lengths_signs_and_numbers(ax):
    assert draw.beside_words(ax, WORDS, np.array([1.5, -0.25]), [True, False]) is ax
    assert [bar.get_width() for bar in ax.patches] == [1.5, -0.25]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [draw.FOR, draw.AGAINST]
    assert [text.get_text() for text in ax.texts] == ["+1.50", "−0.25"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["● never", "dull"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]            # the first word on top


def test_values_without_sign_are_grey_from_0_on(ax):
    draw.beside_words(ax, WORDS, np.array([1.0, 2.0]), signed=False, numbers=False)
    assert ax.get_xlim()[0] == 0 and not ax.texts
    assert {to_hex(bar.get_facecolor()) for bar in ax.patches} == {draw.REFERENCE}


def test_all_zeros_are_drawn(ax):
    draw.beside_words(ax, WORDS, np.zeros(2))
    assert ax.get_xlim()[1] > 0


def test_phrases_never_cover_one_another_and_carry_their_numbers(ax):
    spans = [(0, 1, 0.1), (1, 2, -0.9), (2, 3, 0.2), (0, 2, 2.0), (1, 3, 1.0), (0, 3, -2.5)]
    draw.phrases(ax, ["a", "b", "c"], spans)
    boxes = [(bar.get_x(), bar.get_x() + bar.get_width(), bar.get_y()) for bar in ax.patches]
    for k, (left, right, level) in enumerate(boxes):
        assert not [other for other in boxes[k + 1:] if other[2] == level and other[0] < right and left < other[1]]
    assert {text.get_text() for text in ax.texts} == {"+0.10", "−0.90", "+0.20", "+2.00", "+1.00", "−2.50"}
    drawn = zip(ax.patches, sorted(spans, key=lambda span: span[1] - span[0]), strict=True)
    assert {to_hex(bar.get_facecolor()) for bar, (_, _, value) in drawn if value < 0} == {draw.AGAINST}


def test_the_nodes_stand_below_the_lines(ax):
    draw.along_the_line(ax, np.linspace(0, 1, 5), np.arange(10.0).reshape(5, 2), [0.1, 0.9])
    *lines, ticks = ax.lines
    assert len(lines) == 2 and list(ticks.get_xdata()) == [0.1, 0.9] and set(ticks.get_ydata()) == {0.03}
    assert ax.get_ylim()[0] < 0 and lines[-1].get_linewidth() > lines[0].get_linewidth()


def test_errors_of_rules_and_the_powers_beside_them(ax):
    draw.rule_errors(ax, [10, 20], {"right": [0.2, 0.1], "midpoint": [0.04, 0.01]}, {"right": 1, "midpoint": 2})
    solid = [line.get_ydata() for line in ax.lines if line.get_marker() == "o"]
    dotted = [line.get_ydata() for line in ax.lines if line.get_linestyle() == ":"]
    assert [list(gap) for gap in solid] == [[0.2, 0.1], [0.04, 0.01]]
    assert [gap[0] / gap[1] for gap in dotted] == pytest.approx([2, 4])


def test_each_network_is_a_dot_and_the_first_in_each_is_red(ax):
    axes = ax.figure.subplots(1, 2)
    first, second = {"a": [0.6, 0.95], "b": [0.9, 0.9]}, {"a": [1.0, 1.0], "b": [0.85, 1.0]}
    assert draw.two_tasks(axes, first, second, ["one", "other"]) is axes
    grey, red = (sorted(map(tuple, dots.get_offsets().round(2))) for dots in axes[0].collections[:2])
    assert grey == [(0.6, 0.74), (0.9, 0.26)] and red == [(0.9, -0.26), (0.95, 1.26)]       # b has the higher mean
    assert to_hex(axes[0].collections[1].get_facecolor()[0]) == draw.FOR
    assert sorted(x for x, _ in axes[1].collections[1].get_offsets()) == [1, 1, 1]          # level with the best
    assert [text.get_text() for text in axes[0].texts] == ["0.900", "0.775"]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["b", "a"]
    assert not axes[1].yaxis.get_tick_params()["labelleft"]


def test_the_control_of_a_deletion_curve_is_dashed(ax):
    draw.falling(ax, np.array([0, 0.5, 1]), {"occlusion": [3, 1, 0], "random": [3, 2, 0]}, "random")
    assert [line.get_linestyle() == "-" for line in ax.lines] == [True, False]
    assert list(ax.lines[0].get_xdata()) == [0, 50, 100]


# -- the scene of the explorer ------------------------------------------------------------------------------
@pytest.fixture
def scene():
    figure = plt.figure(figsize=(9.6, 5))
    yield ComparedScene(figure, ["one", "other"], 6)
    plt.close(figure)


def compared(words, numbers="one"):
    values = np.linspace(-1, 2, len(words))
    return Compared(words, np.arange(len(words)) == 1,
                    {"one": Column(values, True, ("Σ +1", "must be +1")),
                     "other": Column(np.abs(values), False, ("Σ 2", ""))}, numbers, 0.5)


def test_the_bars_are_the_values_in_parts_of_the_longest(scene):
    scene.update(compared(("a", "b", "c")))
    ends = [segment[1][0] for segment in scene.bars["one"][0].get_segments()]
    assert ends == pytest.approx([-0.5, 0.25, 1])
    assert [to_hex(colour) for colour in scene.bars["one"][0].get_colors()] == [draw.AGAINST, draw.FOR, draw.FOR]
    assert [stamp.get_text() for stamp in scene.words] == ["a", "● b", "c", "", "", ""]
    assert [stamp.get_text() for stamp in scene.below["one"]] == ["Σ +1", "must be +1"]


def test_numbers_stand_beside_the_chosen_method_alone(scene):
    scene.update(compared(("a", "b", "c"), "other"))
    assert [stamp.get_text() for stamp in scene.numbers["one"]] == [""] * 6
    assert [stamp.get_text() for stamp in scene.numbers["other"]][:3] == ["1.00", "0.50", "2.00"]


@pytest.mark.parametrize("count", [1, 6])
def test_rows_lie_within_the_panel_whatever_their_number(scene, count):
    scene.update(compared(tuple("abcdef"[:count])))
    rows = [segment[0][1] for segment in scene.bars["one"][0].get_segments()]
    assert 0 < min(rows) <= max(rows) < 1 and len(rows) == count


def test_all_zeros_and_nothing_at_all_are_drawn(scene):
    nothing = {name: Column(np.zeros(0), True, ("", "")) for name in ("one", "other")}
    scene.update(Compared(("d…",), np.array([False]), {name: Column(np.zeros(1), True, ("", "")) for name in nothing},
                          "one", 0.0))
    assert [segment[1][0] for segment in scene.bars["one"][0].get_segments()] == [0]
