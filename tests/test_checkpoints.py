"""Checkpoints: the recorded scores hold when computed anew, the data are the same, and the scripts still learn."""

import importlib
import subprocess
import sys

import numpy as np
import pytest

from rnncourse import assets, cells, losses
from rnncourse.datasets import checkpoints, memory, short_text, weather

FOLDER = assets.path("checkpoints")
CELLS = {"lstm": cells.lstm, "gru": cells.gru}


@pytest.fixture
def script(monkeypatch):
    """A script of assets/checkpoints as a module: script("make_weather")."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


def run(checkpoint, x):
    return checkpoint.predict(CELLS[checkpoint.cell].forward(checkpoint.params, x).h)


# -- the recorded scores ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["lstm_weather", "gru_weather"])
@pytest.mark.parametrize("part", ["validation", "test"])
def test_weather_scores_hold(name, part):
    checkpoint, year = checkpoints.load(name), weather.load().next_day(part, days=364)
    assert abs(year.error(run(checkpoint, year.x)) - checkpoint.scores[f"{part} error, °C"]) < 1e-9
    persistence = np.abs(year.persistence - year.celsius).mean()
    assert abs(persistence - checkpoint.scores[f"{part} error of persistence, °C"]) < 1e-9
    assert checkpoint.scores[f"{part} error, °C"] < persistence


@pytest.mark.parametrize("part", ["train", "validation"])
def test_text_scores_hold(part):
    checkpoint, text = checkpoints.load("lstm_text"), short_text.load()
    x, y = text.stream(part, batch=1)
    bits = losses.softmax_cross_entropy(run(checkpoint, text.one_hot(x)), y, unit="bits")[0]
    assert abs(bits - checkpoint.scores[f"{part} bits per character"]) < 1e-9
    counts = {c: text.parts["train"].count(c) + 1 for c in text.vocabulary}
    by_frequency = np.mean([-np.log2(counts[c] / sum(counts.values())) for c in text.parts[part][1:]])
    assert abs(by_frequency - checkpoint.scores[f"{part} bits, frequencies alone"]) < 1e-9
    assert bits < 0.7 * by_frequency


def test_a_changed_weight_would_be_noticed():
    checkpoint, year = checkpoints.load("lstm_weather"), weather.load().next_day("test", days=364)
    params = {name: array.copy() for name, array in checkpoint.params.items()}
    params["W_h"][0, 0] += 1e-3
    error = year.error(checkpoint.predict(cells.lstm.forward(params, year.x).h))
    assert abs(error - checkpoint.scores["test error, °C"]) > 1e-9


def test_recorded_data_are_the_data_of_today():
    for name in ("lstm_weather", "gru_weather"):
        assert checkpoints.load(name).metadata["data"] == weather.load().fingerprint
        assert tuple(checkpoints.load(name).metadata["inputs"]) == weather.load().names
    assert checkpoints.load("lstm_text").metadata["data"] == short_text.load().fingerprint
    assert "".join(checkpoints.load("lstm_text").metadata["inputs"]) == short_text.load().vocabulary


def test_adding_curves_end_at_their_scores_and_tell_the_known_story():
    checkpoint = checkpoints.load("adding_curves")
    for name, curve in checkpoint.curves.items():
        assert curve.shape[1] == 2 and (np.diff(curve[:, 0]) > 0).all()
        assert curve[-1, 0] == checkpoint.metadata["iterations"]
        assert abs(curve[-1, 1] - checkpoint.scores[name]) < 1e-7           # curves are kept in float32
    baseline = memory.adding(np.random.default_rng(0)).baseline
    assert checkpoint.scores["best constant guess"] == baseline
    assert checkpoint.scores["tanh RNN"] > 0.9 * baseline
    for name in ("identity ReLU RNN", "LSTM", "GRU"):
        assert checkpoint.scores[name] < 0.1 * baseline


def test_forget_bias_runs_reach_the_criterion_sooner_with_open_gates():
    checkpoint = checkpoints.load("forget_bias")
    table = {row[0]: row[1:] for row in checkpoint.curves["iterations"].tolist()}
    assert set(table) == {-1, 0, 1, 3}
    assert max(table[3]) < min(table[1]) and max(table[1]) < min(table[0]) and max(table[1]) < min(table[-1])
    assert checkpoint.scores["LSTM, forget bias 3"] == np.mean(table[3])
    assert checkpoint.scores["GRU"] == np.mean(checkpoint.curves["GRU"])


# -- the file ---------------------------------------------------------------------------------------
def test_every_file_is_small_described_and_loads_without_pickle():
    assert {"lstm_weather", "gru_weather", "lstm_text", "adding_curves", "forget_bias"} <= set(checkpoints.names())
    for name in checkpoints.names():
        checkpoint, path = checkpoints.load(name), FOLDER / f"{name}.npz"
        assert path.stat().st_size < 200_000
        assert {"task", "command", "seed", "data", "scores"} <= set(checkpoint.metadata)
        made_by = checkpoint.metadata["command"].split()[1]
        assert (assets.path("checkpoints").parent.parent / made_by).is_file()
        for shown in (name, checkpoint.metadata["command"], *checkpoint.scores):
            assert shown in repr(checkpoint)
        for array in (*checkpoint.params.values(), *checkpoint.readout.values(), *checkpoint.curves.values()):
            assert array.dtype == np.float64 and not array.flags.writeable
    with np.load(FOLDER / "lstm_weather.npz", allow_pickle=False) as file:
        assert all(file[key].dtype.kind in "fU" for key in file.files)


def test_save_and_read_are_inverse_and_repeatable(tmp_path):
    arrays = {"W": np.arange(6.0).reshape(2, 3)}
    metadata = {"cell": "rnn", "scores": {"error": 0.5}, "task": "none", "command": "none"}
    one = checkpoints.save(tmp_path / "a.npz", metadata, params=arrays, curves={"loss of A": np.ones(3)})
    two = checkpoints.save(tmp_path / "b.npz", metadata, params=arrays, curves={"loss of A": np.ones(3)})
    assert one.read_bytes() == two.read_bytes()
    back = checkpoints.read(one)
    np.testing.assert_array_equal(back.params["W"], arrays["W"])
    assert list(back.curves) == ["loss of A"] and dict(back.metadata) == metadata and back.size == 6
    with pytest.raises(ValueError, match="keeps curves only"):
        back.predict(np.zeros((1, 2)))
    with pytest.raises(TypeError, match="expected arrays of numbers"):
        checkpoints.save(tmp_path / "c.npz", metadata, params={"W": np.array([object()])})


def test_doors():
    with pytest.raises(ValueError, match="no checkpoint 'lstm_wether'; there are .*lstm_weather"):
        checkpoints.load("lstm_wether")
    with pytest.raises(ValueError, match=r"h is \(4, 7\); expected \(…, H\) with H = 20"):
        checkpoints.load("lstm_weather").predict(np.zeros((4, 7)))


# -- the scripts, shortened -------------------------------------------------------------------------
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_weather_training_lowers_the_loss(script, cell):
    curves = script("make_weather").train(cell, weather.load(), 8, 30, np.random.default_rng(0), 0.02)[1]
    assert curves["loss"][-5:].mean() < 0.5 * curves["loss"][:5].mean()


def test_text_training_lowers_the_loss(script):
    curves = script("make_text").train(short_text.load(), 16, 30, np.random.default_rng(0), 0.02)[1]
    assert curves["loss"][-5:].mean() < 0.9 * curves["loss"][:3].mean()


def test_text_training_carries_the_state_within_a_reading_and_not_beyond(script, monkeypatch):
    make_text, given = script("make_text"), []
    gradients = make_text.fitting.gradients

    def watched(model, cell, x, loss, **state):
        value, grads, trace = gradients(model, cell, x, loss, **state)
        given.append((state.get("h0"), trace.last("h")))
        return value, grads, trace

    monkeypatch.setattr(make_text.fitting, "gradients", watched)
    monkeypatch.setattr(make_text, "PIECE", 400)
    make_text.train(short_text.load(), 4, 5, np.random.default_rng(0))          # three pieces are one reading
    assert [h0 is None for h0, _ in given] == [True, False, False, True, False]
    np.testing.assert_array_equal(given[1][0], given[0][1])
    np.testing.assert_array_equal(given[2][0], given[1][1])


def test_forget_bias_script_stops_at_the_criterion(script, monkeypatch):
    forget = script("make_forget_bias")
    monkeypatch.setattr(forget, "DELAY", 1)
    assert 0 < forget.iterations_needed("lstm", 0, 400, forget_bias=1) < 400
    assert forget.iterations_needed("lstm", 0, 3, forget_bias=1) == 3


@pytest.mark.parametrize("name", ["tanh RNN", "identity ReLU RNN", "LSTM", "GRU"])
def test_adding_training_runs(script, name, monkeypatch):
    adding = script("make_adding")
    monkeypatch.setattr(adding, "STEPS", 20)
    monkeypatch.setattr(adding, "TESTED", 20)
    curve = adding.train(name, 0, 6, every=3)
    assert curve.shape == (2, 2) and np.isfinite(curve).all()


@pytest.mark.parametrize("name", ["tanh RNN", "LSTM"])
def test_a_float32_model_stays_float32(script, name):
    fitting, adding = script("fitting"), script("make_adding")
    model, task = adding.start(name, np.random.default_rng(0)), memory.adding(np.random.default_rng(1), 5, 2)
    cell, forward, _ = adding.NETWORKS[name]

    def step(model, k):
        return fitting.gradients(model, cell, task.x.astype(np.float32), lambda y: adding.error(task, y), **forward)[:2]

    trained = fitting.fit(model, step, 2, 0.01)[0]
    assert {array.dtype for array in (*trained["cell"].values(), trained["W_hy"])} == {np.dtype(np.float32)}


def test_identity_start(script):
    model = script("make_adding").start("identity ReLU RNN", np.random.default_rng(0))
    np.testing.assert_array_equal(model["cell"]["W_hh"], np.eye(64))
    assert not model["cell"]["b_h"].any() and model["cell"]["W_xh"].any()


def test_read_out_gradient_is_the_numerical_one(script):
    fitting, rng = script("fitting"), np.random.default_rng(3)
    x, target = rng.normal(size=(4, 2, 3)), rng.normal(size=(4, 2, 2))
    model = fitting.new_model(rng, "gru", 3, 5, 2)

    def loss(y):
        return losses.squared_error(y, target)

    grads = fitting.gradients(model, "gru", x, loss)[1]
    for name, place in (("W_hy", (1, 0)), ("b_y", (1,))):
        ends = []
        for nudge in (6e-6, -6e-6):
            moved = model[name].copy()
            moved[place] += nudge
            ends.append(loss(fitting.run({**model, name: moved}, "gru", x)[1])[0])
        assert abs((ends[0] - ends[1]) / 12e-6 - grads[name][place]) < 1e-8


def test_the_command_as_written_makes_a_checkpoint(tmp_path):
    command = [sys.executable, str(FOLDER / "make_weather.py"), "gru", "--iterations", "3", "--folder", str(tmp_path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "gru_weather.npz" in printed and checkpoints.read(tmp_path / "gru_weather.npz").cell == "gru"


def test_tensors_are_read_without_torch(tmp_path, monkeypatch):
    from safetensors.numpy import save_file

    (tmp_path / "checkpoints").mkdir()
    save_file({"readout.bias": np.arange(3, dtype=np.float32)}, tmp_path / "checkpoints" / "small.safetensors")
    monkeypatch.setattr(checkpoints.assets, "path", lambda name: tmp_path / name)
    assert {name: array.tolist() for name, array in checkpoints.tensors("small").items()} == {
        "readout.bias": [0.0, 1.0, 2.0]}
