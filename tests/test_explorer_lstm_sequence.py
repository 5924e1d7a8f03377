"""The trained LSTM under its explorer: untouched means untouched, held means held, and the scores are the model's."""

import numpy as np
import pytest

from rnncourse.cells import lstm
from rnncourse.datasets import checkpoints, short_text, weather
from rnncourse.explorers.lstm_sequence import FREE, HELD, ONE, OPEN, SHUT, LSTMSequence, clamp, text_task

MODEL, SEATTLE, STORY = checkpoints.load("lstm_weather"), weather.load(), short_text.load()


@pytest.fixture(scope="module")
def explorer():
    return LSTMSequence.weather(MODEL, SEATTLE)


@pytest.fixture(autouse=True)
def untouched(explorer):
    explorer.reset()


GATES = {"f": FREE, "i": FREE, "g": FREE, "o": FREE, "f_at": 0.1, "i_at": 0.2, "g_at": -0.3, "o_at": 0.4}


@pytest.mark.parametrize(("change", "holds"), [
    ({}, {}), ({"f": OPEN}, {"f": 1.0}), ({"o": SHUT}, {"o": 0.0}), ({"g": HELD}, {"g": -0.3}),
    ({"i": HELD, "f": SHUT}, {"f": 0.0, "i": 0.2})])
def test_the_controls_say_what_is_held(change, holds):
    assert clamp(GATES | change) == holds


def test_every_gate_its_own_is_the_plain_run(explorer):
    explorer.stretch, explorer.unit = 3, 7
    run = explorer.numbers
    trace = lstm.forward(MODEL.params, explorer.task.x[:, [3]])
    for name in "ifgoch":
        assert (run.untouched[name] == trace[name][:, 0, 7]).all()
        assert (run.held[name] == run.untouched[name]).all()
    assert (run.held["output"] == run.untouched["output"]).all()


def test_a_held_gate_is_held_and_the_grey_run_is_not(explorer):
    grey = explorer.numbers.untouched["f"].copy()
    explorer.f_at, explorer.f = 0.35, HELD
    assert (explorer.numbers.held["f"] == 0.35).all() and (explorer.numbers.untouched["f"] == grey).all()
    explorer.f, explorer.o = OPEN, SHUT
    assert (explorer.numbers.held["f"] == 1).all() and (explorer.numbers.held["h"] == 0).all()


def test_one_unit_alone_can_be_held(explorer):
    explorer.o, explorer.unit = SHUT, 4
    all_units = explorer.numbers.held["output"].copy()
    assert np.ptp(all_units) < 1e-12    # nothing shows: the forecast is the read-out's bias
    explorer.units = ONE
    assert (explorer.numbers.held["h"] == 0).all() and np.ptp(explorer.numbers.held["output"]) > 1


def test_the_forecast_and_its_error_are_the_datasets_own(explorer):
    explorer.stretch = 5
    stretches = SEATTLE.next_day("validation", days=28)
    trace = lstm.forward(MODEL.params, stretches.x[:, [5]])
    ours = SEATTLE.unscale(MODEL.predict(trace.h))
    assert np.abs(explorer.numbers.untouched["output"] - ours[:, 0, 0]).max() < 1e-12
    error = np.abs(ours - stretches.celsius[:, [5]]).mean()
    same = np.abs(stretches.persistence[:, 5] - stretches.celsius[:, 5]).mean()
    assert f"as trained {error:.2f} °C" in explorer.words and f"\"as today\" {same:.2f} °C" in explorer.words


def test_held_at_can_be_moved_only_where_it_counts(explorer):
    assert explorer.controls["f_at"].disabled
    explorer.f = HELD
    assert not explorer.controls["f_at"].disabled and explorer.controls["i_at"].disabled


def test_it_says_what_is_held(explorer):
    explorer.i = SHUT
    assert "The input gate i of all units is held at 0.00." in explorer.words
    explorer.reset()
    assert "Every gate is its own; a hold would be of all units." in explorer.words
    assert "28 days from 1 Jan 2014" in explorer.words


def test_a_move_redraws_what_moved_and_nothing_else(explorer):
    before = explorer._canvas.redraws
    for name, value in (("f", HELD), ("f_at", 0.9), ("unit", 3), ("stretch", 2), ("g", HELD), ("units", ONE)):
        setattr(explorer, name, value)
    assert explorer._canvas.redraws == before and explorer.error is None


@pytest.fixture(scope="module")
def model():
    """A random model of the text: what is tested here does not need a trained one."""
    rng, size = np.random.default_rng(0), len(STORY.vocabulary)
    return checkpoints.Checkpoint("random", {}, lstm.init(rng, size, 6),
                                  {"W_hy": rng.normal(size=(6, size)), "b_y": np.zeros(size)})


def read_back(labels):
    return "".join(labels).replace("␣", " ").replace("⏎", "\n")


def test_surprise_is_the_bits_of_the_character_that_came(model):
    task = text_task(model, STORY)
    h = lstm.forward(task.params, task.x).h[:, [2]]
    p = np.exp(model.predict(h[:, 0]))
    p /= p.sum(1, keepdims=True)
    values, piece = task.read(h, 2), read_back(task.labels[2])
    assert np.isnan(values[0]) and values.shape == (48,)
    for t in (1, 17, 47):
        assert values[t] == pytest.approx(-np.log2(p[t - 1, STORY.vocabulary.index(piece[t])]))
    assert task.score(values, 2) == pytest.approx(values[1:].mean())


def test_the_pieces_are_held_out_text(model):
    task, page = text_task(model, STORY), STORY.parts["validation"]
    pieces = [read_back(labels) for labels in task.labels]
    assert len(pieces) > 5 and all(page[page.index(piece) - 1].isspace() for piece in pieces)
    assert all((task.x[:, n] == STORY.one_hot(piece)[:, 0]).all() for n, piece in enumerate(pieces))
    assert any("\n" in piece for piece in pieces)    # the text as it is: nothing was smoothed over


def test_the_text_explorer_runs(model):
    explorer = LSTMSequence.text(model, STORY, f=OPEN)
    assert "blind guess 5.98" in explorer.words and (explorer.numbers.held["f"] == 1).all()


def test_weather_stretches_lie_in_the_validation_year(explorer):
    assert explorer.task.x.shape == (28, 13, 5) and (explorer.task.x == SEATTLE.next_day("validation").x).all()
    assert explorer.task.labels[0][3] == "4 Jan 2014"
