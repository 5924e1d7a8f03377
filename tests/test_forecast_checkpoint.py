"""The shipped forecasters still reach the scores that are written in their files, and the script still learns."""

import subprocess
import sys
from dataclasses import replace

import checkpoint_scripts
import numpy as np
import pytest
import torch

from rnncourse import training
from rnncourse.datasets import weather
from rnncourse.training import models
from rnncourse.validate import forecasts, intervals

DATA = weather.load()
FOLDER = checkpoint_scripts.FOLDER
FEATURES = [*DATA.names, weather.SEASON]
SETS = {"weather_forecast": range(5), "weather_again": range(5, 10)}


@pytest.fixture(scope="module")
def script():
    """assets/checkpoints/make_forecasts.py as a module."""
    return checkpoint_scripts.load("make_forecasts")


@pytest.fixture(scope="module")
def shipped():
    return {name: training.shipped(name) for name in SETS}


def test_the_sets_hold_every_cell_lead_and_seed(shipped):
    for name, seeds in SETS.items():
        wanted = {f"{cell}-{lead}-{seed}" for cell in ("rnn", "lstm", "gru") for lead in (1, 7) for seed in seeds}
        assert set(shipped[name]) == set(training.shipped_metadata(name)["scores"]) == wanted
        assert training.shipped_metadata(name)["seeds"] == list(seeds)
        assert all(model.metadata()["cell"] == key.split("-")[0] for key, model in shipped[name].items())


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize("lead", [1, 7])
def test_forecasts_reach_their_recorded_scores(shipped, name, part, lead):
    windows, scores = DATA.windows(part, 28, lead, FEATURES), training.shipped_metadata(name)["scores"]
    x = torch.tensor(windows.x)
    for key, model in shipped[name].items():
        if f"-{lead}-" in key:
            with torch.no_grad():
                said = DATA.unscale(model.double()(x).numpy())
            assert abs(windows.errors(said).mean() - scores[key][f"{part} error, °C"]) < 5e-4, key


def test_a_changed_weight_would_be_noticed(script):
    windows = DATA.windows("test", 28, 1, FEATURES)
    model = training.shipped("weather_forecast")["lstm-1-0"].double()
    score = training.shipped_metadata("weather_forecast")["scores"]["lstm-1-0"]["test error, °C"]
    assert abs(windows.errors(script.forecast(model, windows)).mean() - score) < 5e-4
    with torch.no_grad():
        model.recurrent.weight_hh_l0[0] += 0.1
    assert abs(windows.errors(script.forecast(model, windows)).mean() - score) > 5e-4


def test_ahead_reaches_its_recorded_score_and_works_from_any_history(script):
    model, told = training.shipped("weather_ahead").double(), training.shipped_metadata("weather_ahead")
    for part in ("validation", "test"):
        windows = DATA.windows(part, 60, range(1, 15), FEATURES)
        errors = [windows.errors(script.forecast(model, windows, history)) for history in (1, 3, 7, 14, 28, 60)]
        assert abs(np.mean(errors) - told["scores"][f"{part} error, °C"]) < 5e-4
        usual = windows.errors(forecasts.climatology(windows)).mean(0)
        assert (errors[2].mean(0) < usual).all()                # from a week on, better than the calendar at every lead
    assert model.metadata()["horizons"] == 14 and told["leads"] == list(range(1, 15))


def test_baselines_are_what_they_were(script):
    """Not the forest: it takes its time, and its trees are another version's business. Ridge and the free ones."""
    for lead, recorded in training.shipped_metadata("weather_forecast")["baselines"].items():
        learn, _, test = script.parts(DATA, 28, int(lead))
        for name, method in (("persistence", forecasts.persistence), ("climatology", forecasts.climatology),
                             ("same day last year", forecasts.same_day_last_year)):
            assert abs(test.errors(method(test)).mean() - recorded[name]["test error, °C"]) < 1e-9
        for name in ("ridge, 28 days", "ridge, history chosen"):
            history, alpha = recorded[name]["history"], recorded[name]["setting"]
            fitted = script.ridge(alpha).fit(script.flat(learn, history), learn.y[:, 0])
            said = fitted.predict(script.flat(test, history))[:, None]
            assert abs(test.errors(said).mean() - recorded[name]["test error, °C"]) < 5e-4


def test_both_sets_of_seeds_tell_the_same_story(shipped, script):
    """Where a winner is named, and where not: the LSTM (errors of each day, mean over seeds) against free forecasts."""
    story = {}
    for name in SETS:
        for lead in (1, 7):
            windows = script.parts(DATA, 28, lead)
            test = windows[2]
            lstm = np.mean([test.errors(script.forecast(model.double(), test))[:, 0]
                            for key, model in shipped[name].items() if key.startswith(f"lstm-{lead}-")], axis=0)
            for method in (forecasts.persistence, forecasts.climatology):
                got = intervals.paired_blocks(lstm, test.errors(method(test))[:, 0], rng=np.random.default_rng(0))
                story[name, lead, method.__name__] = got.excludes_zero
    for lead, method, given in ((1, "persistence", False), (1, "climatology", True), (7, "persistence", True),
                                (7, "climatology", False)):
        assert [story[name, lead, method] for name in SETS] == [given, given], (lead, method)


def test_files_are_small_and_told():
    names = [*SETS, "weather_ahead"]
    assert sum((FOLDER / f"{name}.safetensors").stat().st_size for name in names) < 600_000
    for name in names:
        told = training.shipped_metadata(name)
        assert {"task", "command", "seeds", "seconds", "data", "inputs", "target", "history", "leads"} <= set(told)
        assert told["data"] == DATA.fingerprint and told["inputs"] == FEATURES
        assert told["command"] == f"python assets/checkpoints/make_forecasts.py {name.removeprefix('weather_')}"


# -- the script, shortened ---------------------------------------------------------------------------------------------
def test_every_day_has_the_targets_of_its_own_day(script):
    learn = DATA.windows("train", 5, [1, 3], FEATURES)
    targets = DATA.unscale(script.every_day(DATA, learn))
    assert targets.shape == (5, len(learn), 2)
    np.testing.assert_allclose(targets[-1], learn.y, atol=1e-12)
    for t, n, k in ((0, 0, 0), (3, 100, 1), (4, len(learn) - 1, 1)):
        row = 5 - 1 + n - (4 - t) + (1, 3)[k]
        np.testing.assert_allclose(targets[t, n, k], DATA["temp_max"][row], atol=1e-12)


def test_every_day_gives_on_day_t_what_the_model_gives_from_the_first_t_days(script):
    model = training.seeded(0, lambda: models.ForecastModel(3, 4, 2, "lstm")).double()
    x = torch.randn(6, 5, 3, dtype=torch.float64)
    with torch.no_grad():
        every = script.EveryDay(model)(x)
        for days in (1, 4, 6):
            torch.testing.assert_close(every[days - 1], model(x[:days]))


def test_weights_of_short_histories_and_near_leads_average_to_one(script):
    assert abs(script.weighted(torch.ones(7, 2, 3), torch.zeros(7, 2, 3)) - 1) < 1e-6
    early = torch.zeros(7, 2, 3)
    early[0, :, 0] = 1
    assert script.weighted(early, torch.zeros(7, 2, 3)) > 3 * script.weighted(early.flip(0, 2), torch.zeros(7, 2, 3))


def test_training_learns_and_same_seed_gives_same_numbers(script):
    windows = script.parts(DATA, 7, 1)
    (one, run), (other, _) = (script.train("gru", windows, [3], epochs=4)[0] for _ in range(2))
    assert run.history["loss"][-1] < 0.7 * run.history["loss"][0]
    for mine, theirs in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_the_test_year_has_no_say_in_training(script):
    """Weights are the same to the bit when every day of 2015 is another."""
    values = DATA.values.copy()
    values[DATA.days("test")] += 30
    made = [script.train("rnn", script.parts(data, 7, 1), [0], epochs=3)[0][0]
            for data in (DATA, replace(DATA, values=values))]
    for mine, theirs in zip(*(model.parameters() for model in made), strict=True):
        assert torch.equal(mine, theirs)


def test_the_command_as_written_makes_a_checkpoint(tmp_path):
    command = [sys.executable, str(FOLDER / "make_forecasts.py"), "ahead", "--epochs", "1", "--folder", str(tmp_path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "weather_ahead.safetensors" in printed
    assert training.read(tmp_path / "weather_ahead.safetensors").build().metadata()["horizons"] == 14
