"""The three scenes of chapters 06 to 08: every bar, dot and cell is the number that it stands for."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from rnncourse.plots.belief import BeliefScene, NameRead
from rnncourse.plots.forecast import METHODS, ForecastScene, HorizonErrors
from rnncourse.plots.next_character import LIKELIEST, MOST_BITS, NextCharacterScene, NextSymbols, percent


def nothing_unlisted_moves(scene, figure, change):
    """An artist that `update` changes and `moving` does not list would be left standing on the kept canvas."""
    figure.draw_without_rendering()
    for artist in figure.findobj():
        artist.stale = False
    change()
    assert [a for a in figure.findobj() if a.stale and a not in scene.moving and not a.get_children()] == []


# -- next character ----------------------------------------------------------------------------------
def symbols(k=97, kept=5, prompt=("a", " ", "\n")):
    own = np.random.default_rng(0).dirichlet(np.full(k, 0.3))
    now = np.where(np.argsort(np.argsort(-own)) < kept, own, 0)
    surprise = np.array([np.nan, 2.5, 30.0])[:len(prompt)]
    return NextSymbols(prompt, surprise, tuple(map(chr, range(33, 33 + k))), own, now / now.sum())


def test_bars_are_the_probabilities_before_and_after_likeliest_first():
    scene, found = NextCharacterScene(Figure(), 10), symbols()
    scene.update(found)
    order = np.argsort(-found.own)
    own, now = (np.array([segment[1, 1] for segment in bars.get_segments()]) for bars in (scene.own, scene.now))
    np.testing.assert_allclose(own[:LIKELIEST], found.own[order][:LIKELIEST])
    np.testing.assert_allclose(now[:LIKELIEST], found.now[order][:LIKELIEST])
    assert own.sum() == pytest.approx(1) and now.sum() == pytest.approx(1)    # "all others" included
    assert [name.get_text() for name in scene.names] == [found.symbols[n] for n in order[:LIKELIEST]]
    shares = [share.get_text() for share in scene.shares]
    assert shares[5:] == ["–"] * 16 and shares[0] == percent(found.now[order[0]])


def test_surprise_stands_over_its_character_and_signs_can_be_seen():
    scene = NextCharacterScene(Figure(), 10).update(symbols())
    assert [tuple(segment[1]) for segment in scene.surprise.get_segments()] == [(0, 0), (1, 2.5), (2, MOST_BITS)]
    assert [letter.get_text() for letter in scene.letters] == ["a", "␣", "⏎", *[""] * 7]
    assert scene.beyond.get_xdata().tolist() == [2], "a bar that is cut is marked"
    assert not len(scene.update(symbols(prompt=("a", "b"))).beyond.get_xdata())


def test_percent_is_short_and_never_rounds_a_chance_to_nothing():
    assert [percent(p) for p in (1, 0.425, 0.0998, 0.013, 0.0006, 1e-9)] == ["100", "42", "10", "1.3", "0.1", "<.1"]


def test_next_character_lists_what_moves():
    figure = Figure()
    scene = NextCharacterScene(figure, 10).update(symbols())
    nothing_unlisted_moves(scene, figure, lambda: scene.update(symbols(kept=2, prompt=("b", "c"))))


# -- forecast ------------------------------------------------------------------------------------------
def horizon_errors(horizon=2, method="ridge"):
    errors = {name: np.arange(1.0, 5) + k for k, name in enumerate(METHODS)}
    dates = np.datetime64("2014-02-26") + np.arange(20)
    return HorizonErrors(np.arange(1, 5), errors, horizon, method, dates, np.arange(20.0), np.arange(20.0) + 1)


def forecast_scene(figure):
    return ForecastScene(figure, (1, 2, 3, 4), tuple(METHODS), 9, 20, (-5, 40))


def test_errors_and_forecasts_are_drawn_where_they_are():
    scene = forecast_scene(Figure()).update(horizon_errors())
    for k, name in enumerate(METHODS):
        assert (scene.lines[name].get_ydata() == np.arange(1.0, 5) + k).all()
        assert (*scene.dots[name].get_xdata(), *scene.dots[name].get_ydata()) == (2, 2 + k)
        assert scene.values[name].get_text() == f"{2 + k:.2f}"
    assert (scene.truth.get_ydata() == np.arange(20.0)).all() and (scene.shown.get_ydata() == np.arange(20.0) + 1).all()
    assert scene.said.get_text() == "what ridge said 2 days before"
    assert scene.shown.get_color() == scene.key.get_color() == METHODS["ridge"]["color"]
    assert [label.get_text() for label in scene.labels] == ["28 Feb 2014", "14 Mar"]
    assert scene.update(horizon_errors(1, "LSTM")).said.get_text() == "what LSTM said 1 day before"


def test_forecast_lists_what_moves():
    figure = Figure()
    scene = forecast_scene(figure).update(horizon_errors())
    nothing_unlisted_moves(scene, figure, lambda: scene.update(horizon_errors(4, "LSTM")))


# -- belief --------------------------------------------------------------------------------------------
def name_read(letters="anna", at=2):
    rng = np.random.default_rng(len(letters))
    belief = rng.dirichlet(np.ones(5), len(letters) + 1)
    belief[at] = [0.05, 0.8, 0.1, 0.03, 0.02]
    return NameRead(tuple(letters), belief, at, np.array([1.0, 3, 0, 0, 1]), np.array([0.0, 0, 0, 0, 50]))


def test_cells_bars_and_parts_are_the_beliefs():
    scene, found = BeliefScene(Figure(), "ABCDE", 12, 4.0), name_read()
    scene.update(found)
    assert (scene.cells.get_array() == found.belief.T).all()
    assert [segment[1].tolist() for segment in scene.bars.get_segments()] == [[p, k] for k, p in enumerate(
        found.belief[2])]
    shares = {stamp.get_position()[1]: stamp.get_text() for stamp in scene.shares}
    assert shares == {1: "80 %", 2: "10 %", 0: "5 %"}
    np.testing.assert_allclose(scene.forward.get_xdata(), [0, 2, -1, -1, 0])    # less their mean
    assert scene.backward.get_xdata().tolist() == [-4, -4, -4, -4, 4]            # and within the axis


@pytest.mark.parametrize(("letters", "wide"), [("anna", 2), ("annabellina", 1)])
def test_letters_and_mark_stand_under_and_over_their_column(letters, wide):
    scene = BeliefScene(Figure(), "ABCDE", 12, 4.0).update(name_read(letters))
    left, right, *_ = scene.cells.get_extent()
    assert (left, right) == (0, wide * (len(letters) + 1)) and right <= scene.longest + 1
    columns = [(stamp.get_text(), stamp.get_position()[0]) for stamp in scene.letters if stamp.get_text()]
    assert columns == [(letter, wide * (k + 0.5)) for k, letter in enumerate("·" + letters)]
    assert scene.mark.get_xdata() == [wide * 2.5]


def test_belief_lists_what_moves():
    figure = Figure()
    scene = BeliefScene(figure, "ABCDE", 12, 4.0).update(name_read())
    nothing_unlisted_moves(scene, figure, lambda: scene.update(name_read("annabellina", 5)))
