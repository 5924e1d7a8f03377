"""Gates over a sequence: every row, colour and cell of the picture is the number that it stands for."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.figure import Figure

from rnncourse.plots import gates
from rnncourse.plots.clamped_run import ROWS, ClampedRun, ClampedScene, Frame
from rnncourse.plots.palette import DIVERGING, LOOK, WARNING


@pytest.fixture
def figure():
    fig = plt.figure()
    yield fig
    plt.close(fig)


def test_rows_draw_each_signal_in_its_own_look_and_range(figure):
    signals = {"f": np.array([0.1, 0.9, 0.5]), "g": np.array([-0.4, 0.2, 0.1]), "c": np.array([-3.0, 1.0, 2.0])}
    axes = gates.rows(figure.subplots(3), signals, "a b")
    for ax, (name, values) in zip(axes, signals.items(), strict=True):
        assert (ax.lines[0].get_ydata() == values).all() and ax.lines[0].get_color() == LOOK[name].colour
        low, high = ax.get_ylim()
        assert low < values.min() and values.max() < high
    assert axes[0].get_ylim()[0] == pytest.approx(-0.04) and axes[0].get_ylim()[1] == pytest.approx(1.04)
    assert axes[2].get_ylim()[0] == pytest.approx(-axes[2].get_ylim()[1])    # c is centred on zero
    assert [t.get_text() for t in axes[2].get_yticklabels()] == ["−3", "0", "3"]             # and has a scale
    assert list(axes[2].get_yticks()) == [-3, 0, 3] and [t.get_text() for t in axes[0].get_yticklabels()] == ["0", "1"]
    assert [t.get_text() for t in axes[2].get_xticklabels()] == ["a", "␣", "b"]


def test_coloured_text_puts_each_character_on_its_own_value(figure):
    ax = gates.coloured_text(figure.add_subplot(), "ab c\nd", np.array([0.5, -1.0, 0.0, 0.2, 0.1, 0.3]), width=4)
    cells = ax.images[0].get_array()
    assert cells.shape == (2, 4) and cells[1, 1] == 0.3 and np.ma.getmaskarray(cells)[1, 2:].all()
    assert ax.images[0].get_clim() == (-1.0, 1.0)    # centred on zero
    found = {t.get_text(): t.get_position() for t in ax.texts}
    assert found == {"a": (0, 0), "b": (1, 0), "␣": (2, 0), "c": (3, 0), "⏎": (0, 1), "d": (1, 1)}


def test_letters_on_coloured_text_stay_readable(figure):
    """At least 4.5:1 between letter and ground, all along the map."""
    values = np.linspace(-1, 1, 41)
    ax = gates.coloured_text(figure.add_subplot(), "x" * 41, values)

    def luminance(rgb):
        rgb = np.array(rgb)
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    for text, value in zip(ax.texts, values, strict=True):
        ink = luminance(plt.matplotlib.colors.to_rgb(text.get_color()))
        ground = luminance(colormaps[DIVERGING]((value + 1) / 2)[:3])
        assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5, value


def test_writers_show_nothing_before_it_was_written(figure):
    table = np.arange(1.0, 10).reshape(3, 3)
    ax = gates.writers(figure.add_subplot(), table, ["Mo", "Tu", "We"], every=2)
    shown = ax.images[0].get_array()
    assert np.ma.getmaskarray(shown).tolist() == [[False] * 3, [True, False, False], [True, True, False]]
    assert shown[0, 2] == 3.0 and ax.images[0].get_clim() == (-9.0, 9.0)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["Mo", "We"]


# -- the explorer's scene ----------------------------------------------------------------------------
def a_run(c=1.0, truth=True, holds=None):
    rng = np.random.default_rng(0)
    signals = [{name: rng.uniform(0, 1, 5) for name in "ifgoh"} | {"c": np.full(5, c), "output": rng.normal(size=5)}
               for _ in range(2)]
    return ClampedRun(*signals, np.arange(5.0) if truth else None, tuple("ab de"), holds or {}, 2.0, "score 1.23")


def test_the_scene_shows_both_runs_the_truth_and_the_words():
    scene, run = ClampedScene(Figure(), Frame(5, "°C", (-5, 5), True)), a_run(holds={"f": 0.25, "g": -1.0})
    scene.update(run)
    for name in (*ROWS, "output"):
        before, now = scene.rows[name]
        unit = 2.0 if name == "c" else 1.0    # the row of c is filled by the reach of the unit
        assert (unit * before.get_ydata() == run.untouched[name]).all()
        assert (unit * now.get_ydata() == run.held[name]).all()
    assert [label.get_text() for label in scene.c_ends] == ["−2", "2"]
    assert (scene.truth.get_ydata() == run.truth).all()
    assert [stamp.get_text() for stamp in scene.labels] == list(run.labels)
    assert {name: note.get_text() for name, note in scene.notes.items()} == {
        "f": "held at 0.25", "g": "held at −1.00", "i": "", "o": "", "c": "", "h": ""}
    assert scene.score.get_text() == "score 1.23"


def test_a_cell_state_beyond_the_frame_is_said():
    scene = ClampedScene(Figure(), Frame(5, "°C", (-5, 5), True)).update(a_run(c=-7.31))
    assert scene.notes["c"].get_text() == "to −7.3" and scene.notes["c"].get_color() == WARNING
    assert scene.update(a_run(c=1.0)).notes["c"].get_text() == ""


def test_an_output_beyond_the_frame_is_said():
    scene, run = ClampedScene(Figure(), Frame(5, "bits", (0, 17), False)), a_run(truth=False)
    run.held["output"][:] = [np.nan, 3, 26.13, 5, 1]    # the first character is nobody's surprise
    assert scene.update(run).beyond.get_text() == "to 26.1" and scene.beyond.get_color() == WARNING
    run.held["output"][2] = 4.0
    assert scene.update(run).beyond.get_text() == ""


def test_an_output_below_the_frame_is_said_too():
    scene, run = ClampedScene(Figure(), Frame(5, "°C", (-6, 42), True)), a_run()
    run.held["output"][1] = -9.04
    assert scene.update(run).beyond.get_text() == "to −9.0"


def test_the_score_stands_clear_of_the_curves():
    figure = Figure(figsize=(10, 6.4))
    scene = ClampedScene(figure, Frame(5, "bits", (0, 17), False)).update(a_run(truth=False))
    figure.draw_without_rendering()
    above, below = (scene.rows[name][0].axes.get_window_extent() for name in ("h", "output"))
    _, y = scene.score.get_transform().transform(scene.score.get_position())
    half = scene.score.get_fontsize() * figure.dpi / 72 / 2
    assert below.y1 + half < y < above.y0 - half


def test_without_a_truth_there_are_no_dots():
    scene = ClampedScene(Figure(), Frame(5, "bits", (0, 5), False)).update(a_run(truth=False))
    assert np.isnan(scene.truth.get_ydata()).all()


def test_everything_that_moves_is_listed():
    """An artist that `update` changes and `moving` does not list would be left standing on the kept canvas."""
    figure = Figure()
    scene = ClampedScene(figure, Frame(5, "°C", (-5, 5), True)).update(a_run())
    figure.draw_without_rendering()
    for artist in figure.findobj():
        artist.stale = False
    scene.update(a_run(c=-5.0, holds={"i": 1.0}))
    changed = [a for a in figure.findobj() if a.stale and a not in scene.moving and not a.get_children()]
    assert changed == []
