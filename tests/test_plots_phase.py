"""The phase picture puts each mark where the numbers say."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from rnncourse.explorers.phase_portrait import portrait
from rnncourse.plots import phase
from rnncourse.plots.kept import KeptCanvas, still


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_marks_stand_at_the_fixed_points_of_their_kind(ax):
    found = portrait()
    drawn = phase.Plane(ax)
    drawn.update(found)
    for kind, count in {"stable": 4, "saddle": 4, "unstable": 1, "borderline": 0, "kink": 0}.items():
        expected = found.fixed.points[np.array(found.fixed.kinds) == kind]
        np.testing.assert_array_equal(drawn.points[kind].get_xydata(), expected)
        assert len(expected) == count


def test_runs_names_arrows_and_curves_follow_the_portrait(ax):
    drawn = phase.Plane(ax)
    for found in (portrait(), portrait(1.0, 0.0, 0.0, 0.5, 0.0, 0.2, "relu")):
        drawn.update(found)
        for name in "AB":
            np.testing.assert_array_equal(drawn.runs[name].get_xydata(), found.paths[name])
            assert drawn.names[name].get_position() == tuple(found.paths[name][0])
        np.testing.assert_array_equal(drawn.arrows.get_offsets(), found.arrows[0])
        np.testing.assert_array_equal(np.column_stack([drawn.arrows.U, drawn.arrows.V]), found.arrows[1])
        assert [len(lines.get_segments()) for lines in drawn.still] == [len(lines) for lines in found.nullclines]
        assert len(drawn.lines.get_segments()) == len(found.fixed.lines)
        assert ax.get_xlim() == ax.get_ylim() == found.square


def test_the_scene_shows_unit_1_above_and_unit_2_below():
    figure = Figure(figsize=(9, 5))
    scene, found = phase.PhaseScene(figure), portrait(0.6, 0.3, -0.3, 0.6)
    scene.update(found)
    for unit, lines in enumerate(scene.lines):
        for name in "AB":
            np.testing.assert_array_equal(lines[name].get_ydata(), found.paths[name][:, unit])
    figure.canvas.draw()
    assert {artist.figure for artist in scene.moving} == {figure}


def test_plane_draws_on_the_given_axes_and_returns_them(ax):
    assert phase.plane(ax, portrait()) is ax and ax.get_xlabel() == "state of unit 1"


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "linear"])
def test_the_key_names_every_mark_and_nothing_is_cut_off(activation):
    figure = still(phase.PhaseScene, (9, 4.9), portrait(activation=activation))
    figure.canvas.draw()
    plane, *_, key = figure.axes
    assert [text.get_text() for text in key.get_legend().get_texts()] == [
        *phase.MARKS, "unit 1 stands still", "unit 2 stands still", "run A", "run B"]
    boxes = [key.get_legend().get_window_extent(), *(ax.get_tightbbox() for ax in figure.axes[:3])]
    for box in boxes:
        assert (figure.bbox.min <= box.min).all() and (box.max <= figure.bbox.max).all()
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:k]), k


def test_a_square_that_changes_and_comes_back_gives_the_same_picture():
    canvas, found = KeptCanvas(phase.PhaseScene, (9, 4.9)), portrait()
    canvas.show(found)
    first = canvas.pixels().copy()
    canvas.show(portrait(activation="relu"))
    canvas.show(found)
    np.testing.assert_array_equal(canvas.pixels(), first)
