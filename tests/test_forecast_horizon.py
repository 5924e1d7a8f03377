"""The forecasts under the explorer of chapter 07 are scikit-learn's, torch's and the data's own, for every history."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from rnncourse.datasets import weather
from rnncourse.explorers.forecast_horizon import LEADS, LONGEST, STRETCH, Ahead, ForecastHorizon, ridge
from rnncourse.training import models
from rnncourse.validate import forecasts

SEATTLE = weather.load()


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return models.ForecastModel(7, 8, 14).double()


@pytest.fixture(scope="module")
def ahead(model):
    return Ahead(SEATTLE, model)


@pytest.mark.parametrize("alpha", [0.1, 10, 1000.0])
def test_ridge_is_scikit_learns(alpha):
    rng = np.random.default_rng(0)
    x, y = rng.normal(2, 3, (50, 8)), rng.normal(5, 2, (50, 3))
    W, b = ridge(x, y, alpha)
    theirs = Ridge(alpha=alpha).fit(x, y)
    np.testing.assert_allclose(W, theirs.coef_.T, atol=1e-10)
    np.testing.assert_allclose(b, theirs.intercept_, atol=1e-10)


@pytest.mark.parametrize("history", [1, 2, 13, 60])
def test_each_history_is_fitted_on_all_its_training_windows(ahead, history):
    train = SEATTLE.windows("train", history, LEADS, ahead.features)
    test = SEATTLE.windows("validation", history, LEADS, ahead.features).on(ahead.windows.dates)
    theirs = Ridge(alpha=30.0).fit(train.flat, train.y)
    np.testing.assert_allclose(ahead.ridge(history, 30.0), theirs.predict(test.flat), atol=1e-8)


@pytest.mark.parametrize("history", [1, 2, 13, 59, 60])
def test_the_network_reads_each_history_as_torch_does(ahead, model, history):
    test = SEATTLE.windows("validation", history, LEADS, ahead.features).on(ahead.windows.dates)
    with torch.no_grad():
        theirs = SEATTLE.unscale(model(torch.from_numpy(test.x.copy())).numpy())
    np.testing.assert_allclose(ahead.network(history), theirs, atol=1e-10)


def test_errors_are_the_means_over_the_same_days(ahead):
    errors, windows = ahead.errors(7, 10.0), ahead.windows
    assert len(windows) == 365 - (LONGEST - 1) - max(LEADS) == 292
    for name, said in (("persistence", forecasts.persistence(windows)), ("climatology", forecasts.climatology(windows)),
                       ("ridge", ahead.ridge(7, 10.0)), ("LSTM", ahead.network(7))):
        np.testing.assert_allclose(errors[name], np.abs(said - windows.y).mean(0))


def test_the_stretch_shows_what_came_and_what_was_said_so_many_days_before(model):
    explorer = ForecastHorizon(SEATTLE, model, begin=31, horizon=5, method="persistence")
    found, maximum = explorer.numbers, SEATTLE["temp_max"]
    rows = (found.dates - SEATTLE.dates[0]).astype(int)
    assert len(found.dates) == STRETCH and (np.diff(rows) == 1).all()
    np.testing.assert_allclose(found.truth, maximum[rows])
    np.testing.assert_allclose(found.shown, maximum[rows - 5])
    before = found.dates
    explorer.horizon = 14
    assert (explorer.numbers.dates == before).all()    # the days stay while the horizon moves
    np.testing.assert_allclose(explorer.numbers.shown, maximum[rows - 14])
    explorer.begin = explorer.controls["begin"].max
    explorer.horizon = 1
    assert explorer.numbers.dates[-1] <= np.datetime64("2014-12-31") and explorer.error is None


def test_words_name_the_errors_best_first(model):
    explorer = ForecastHorizon(SEATTLE, model, history=1, horizon=7)
    now = explorer.numbers.now
    assert f"persistence {now['persistence']:.2f}" in explorer.words and "from 1 day," in explorer.words
    told = [explorer.words.index(f"{name} {now[name]:.2f}") for name in sorted(now, key=now.get)]
    assert told == sorted(told)


@pytest.mark.parametrize("history, shrink, alpha", [(1, 4, "10,000"), (60, 4, "10,000"), (1, 0, "1)"),
                                                    (7, 1.25, "17.8)")])
def test_no_setting_of_the_sliders_leaves_the_axis_and_alpha_is_a_plain_number(model, history, shrink, alpha):
    explorer = ForecastHorizon(SEATTLE, model, history=history, shrink=shrink)
    left = explorer.still().axes[0]
    assert max(values.max() for values in explorer.numbers.errors.values()) < left.get_ylim()[1]
    assert f"alpha = {alpha}" in explorer.words


def test_a_model_of_other_outputs_is_refused():
    with pytest.raises(ValueError, match="the model gives 2 numbers; expected 14"):
        ForecastHorizon(SEATTLE, models.ForecastModel(7, 8, 2))
