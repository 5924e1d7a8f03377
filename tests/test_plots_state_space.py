"""The picture of a state space puts each mark where the view says, the near over the far, and says what each means."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from rnncourse.explorers.state_space import flight
from rnncourse.plots import state_space
from rnncourse.plots.kept import KeptCanvas, still
from rnncourse.plots.palette import LOOK


@pytest.fixture
def drawn():
    return state_space.Space(Figure(figsize=(5, 5)).subplots())


@pytest.mark.parametrize("chosen", [{}, {"azimuth": 60, "elevation": -20, "zoom": 2.0},
                                    {"cell": "LSTM", "higher": False}])
def test_points_stand_where_they_are_seen_the_far_ones_first(drawn, chosen):
    found = flight(**chosen)
    drawn.update(found)
    places, near = found.view.of(found.world.points[found.shown])
    order = near.argsort(kind="stable")
    assert np.allclose(drawn.points.get_offsets(), places[order])
    sizes, kinds = drawn.points.get_sizes(), found.world.found.unstable[found.shown][order]
    assert np.allclose(sizes, state_space.SIZES[kinds] * found.view.larger(near[order]) ** 2)
    for kind in range(4):
        assert (np.diff(sizes[kinds == kind]) >= 0).all()                        # nearer: larger
    edges = drawn.points.get_edgecolor()[:, :3].sum(1)
    assert (np.diff(edges) <= 1e-12).all()                                       # nearer: darker


def test_each_kind_has_its_mark(drawn):
    found = flight()
    drawn.update(found)
    order = found.view.of(found.world.points)[1].argsort(kind="stable")
    for path, kind in zip(drawn.points.get_paths(), found.world.found.unstable[order], strict=True):
        assert np.array_equal(path.vertices, state_space.PATHS[kind].vertices)


def test_the_run_ends_at_the_step_and_its_tail_is_brighter(drawn):
    found = flight(step=20)
    drawn.update(found)
    assert len(drawn.path.get_segments()) == 19
    assert np.allclose(drawn.here.get_xydata()[0], found.view.of(found.path[19])[0])
    drawn.update(flight(step=1))
    assert len(drawn.path.get_segments()) == 0


def test_nothing_shown_is_drawn_as_nothing_and_comes_back(drawn):
    drawn.update(flight(stable=False, saddles=False, higher=False, arms=True))
    assert len(drawn.points.get_offsets()) == len(drawn.arms.get_segments()) == 0
    drawn.update(flight(arms=True))
    assert len(drawn.points.get_offsets()) == 27
    assert len(drawn.arms.get_segments()) == 8 + 12 + 2 * 6 + 3
    drawn.update(flight())
    assert len(drawn.arms.get_segments()) == 0


def test_directions_that_grow_and_slow_ones_have_their_colours(drawn):
    """Up to the fog: 8 green ones at stable points alone, orange at the others."""
    for chosen, look, count in (({"saddles": False, "higher": False}, "i", 8), ({"stable": False}, "c", 27)):
        drawn.update(flight(arms=True, **chosen))
        colours = drawn.arms.get_color()[:, :3]
        pure, paper = (np.array(to_rgb(c)) for c in (LOOK[look].colour, state_space.PAPER))
        share = (colours - pure) @ (paper - pure) / ((paper - pure) @ (paper - pure))
        assert len(colours) == count and np.allclose(colours, pure + share[:, None] * (paper - pure))


def test_the_colours_of_directions_are_named_only_where_directions_are_drawn(drawn):
    for arms in (True, False):
        drawn.update(flight(arms=arms))
        assert [text.get_visible() for text in drawn.says] == [arms, arms]
    assert [(text.get_text(), text.get_color()) for text in drawn.says] == [
        ("direction that grows", LOOK["c"].colour), ("slowest direction", LOOK["i"].colour)]


def test_answers_pulses_and_the_step():
    figure, found = Figure(figsize=(9, 4.9)), flight(step=30)
    scene = state_space.StateSpaceScene(figure)
    scene.update(found)
    for bit, answer in enumerate(scene.answers):
        assert np.array_equal(answer.answer.get_ydata(), found.y[:, bit])
        assert np.array_equal(answer.target.get_ydata(), found.target[:, bit])
        assert answer.now.get_xdata() == [30, 30]
        assert len(answer.pulses.get_segments()) == (found.x[:, bit] != 0).sum()
    assert {artist.figure for artist in scene.moving} == {figure}


def test_the_key_names_every_mark_and_nothing_overlaps_or_is_cut():
    figure = still(state_space.StateSpaceScene, (9, 4.9), flight(arms=True))
    figure.canvas.draw()
    space, key, *answers = figure.axes
    said = [text.get_text() for text in key.get_legend().get_texts()]
    assert said[:4] == [kind["says"] for kind in state_space.KINDS]
    boxes = [key.get_legend().get_window_extent(), *(ax.get_tightbbox() for ax in answers)]
    for place, box in enumerate(boxes):
        assert (figure.bbox.min <= box.min).all() and (box.max <= figure.bbox.max).all()
        assert not any(box.overlaps(other) for other in boxes[:place])


def test_space_draws_on_the_given_axes_and_returns_them():
    ax = Figure().subplots()
    assert state_space.space(ax, flight()) is ax


def test_a_move_and_back_gives_the_same_picture():
    canvas = KeptCanvas(state_space.StateSpaceScene, (9, 4.9))
    canvas.show(flight())
    first = canvas.pixels().copy()
    canvas.show(flight(cell="GRU", azimuth=100, arms=True, stable=False))
    canvas.show(flight())
    np.testing.assert_array_equal(canvas.pixels(), first)
    assert canvas.redraws == 1
