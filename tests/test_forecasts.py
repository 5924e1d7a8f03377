"""Forecasts that cost nothing: each against a slow reading of the days, and none looks where it must not."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from rnncourse.datasets import weather
from rnncourse.validate import forecasts

DATA = weather.load()
WARMTH = dict(zip(DATA.dates.tolist(), DATA["temp_max"].tolist(), strict=True))       # datetime.date -> °C
TRAIN = {day: value for day, value in WARMTH.items() if day.year < 2014}


def of_days(windows, forecast):
    """[(day of forecast, day of the target, forecast)] of one horizon."""
    return zip(windows.dates.tolist(), windows.target_dates[:, 0].tolist(), forecast[:, 0].tolist(), strict=True)


def flat_years(days=3 * 365 + 366, first="2012-01-01"):
    """Four years in which every day has the same warmth but for a wave of the year, the same each year."""
    dates = np.datetime64(first) + np.arange(days)
    place = forecasts.place_in_year(dates)
    values = np.tile(np.cos(2 * np.pi * place / 365)[:, None], (1, 5)) * 10
    return replace(DATA, dates=dates, values=values)


# -- persistence --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("horizon", [1, 7])
def test_persistence_is_the_day_of_the_forecast(horizon):
    windows = DATA.windows("test", history=10, horizon=horizon)
    for today, _, said in of_days(windows, forecasts.persistence(windows)):
        assert said == WARMTH[today]


def test_persistence_needs_no_temperature_among_the_features_and_serves_all_horizons():
    windows = DATA.windows("test", history=10, horizon=[1, 3, 7], features=["wind"])
    said = forecasts.persistence(windows)
    assert said.shape == windows.y.shape and (said == said[:, :1]).all()


def test_next_day_persistence_is_the_mean_step_of_the_year():
    windows = DATA.windows("test", history=1, horizon=1)
    steps = np.abs(np.diff(DATA["temp_max"][DATA.days("test")]))
    np.testing.assert_allclose(windows.errors(forecasts.persistence(windows))[:, 0], steps, atol=1e-12)


# -- same day last year ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("part", ["validation", "test"])
def test_same_day_last_year_has_the_same_month_and_day(part):
    windows = DATA.windows(part, history=5, horizon=7)
    for _, target, said in of_days(windows, forecasts.same_day_last_year(windows)):
        assert said == WARMTH[target.replace(year=target.year - 1)]


@pytest.mark.parametrize("day, before", [("2016-02-29", "2015-02-28"), ("2013-02-28", "2012-02-28"),
                                         ("2013-03-01", "2012-03-01"), ("2012-03-01", "2011-03-01"),
                                         ("2016-12-31", "2015-12-31"), ("2015-01-01", "2014-01-01")])
def test_a_year_before(day, before):
    assert str(forecasts.year_before(day)) == before


def test_every_day_of_a_century_has_a_year_before():
    days = np.arange("1896-01-01", "1996-01-01", dtype="datetime64[D]")
    for day, before in zip(days.tolist()[::7], forecasts.year_before(days).tolist()[::7], strict=True):
        try:
            assert before == day.replace(year=day.year - 1)
        except ValueError:
            assert (day.month, day.day) == (2, 29) and before == date(day.year - 1, 2, 28)


def test_same_day_last_year_needs_a_year_before_that_is_over():
    with pytest.raises(ValueError, match="2011-01-29 is before the first day of the data, 2012-01-01; the part 't"):
        forecasts.same_day_last_year(DATA.windows("train", history=28, horizon=1))
    both = replace(flat_years(), split={"train": ("2012-01-01", "2012-12-31"),
                                        "validation": ("2013-01-01", "2013-02-01"),
                                        "test": ("2013-03-01", "2015-12-01")})
    with pytest.raises(ValueError, match="horizon 400 looks more than a year ahead"):
        forecasts.same_day_last_year(both.windows("test", history=5, horizon=400))
    assert len(forecasts.same_day_last_year(both.windows("test", history=5, horizon=365)))


# -- climatology -------------------------------------------------------------------------------------------------------
def test_place_in_year_counts_every_year_to_365():
    days = np.arange("2012-01-01", "2013-01-01", dtype="datetime64[D]")
    place = forecasts.place_in_year(days)
    assert place[0] == 0 and place[-1] == 364
    assert np.bincount(place).tolist() == [2 if n == 58 else 1 for n in range(365)]
    for day, found in zip(days.tolist(), place.tolist(), strict=True):
        plain = date(2013, day.month, min(day.day, 28) if day.month == 2 else day.day)
        assert found == (plain - date(2013, 1, 1)).days


@pytest.mark.parametrize("width", [1, 31, 365])
def test_climatology_is_a_mean_of_training_days_near_that_day_of_the_year(width):
    windows = DATA.windows("test", history=20, horizon=7)
    said = forecasts.climatology(windows, width)
    for row in (0, 9, 31, 200, len(windows) - 1):
        middle = windows.target_dates[row, 0].tolist().replace(year=2013)
        near = {(middle + timedelta(days=k)).strftime("%m-%d") for k in range(-(width // 2), width // 2 + 1)}
        near |= {"02-29"} if "02-28" in near else set()
        values = [value for day, value in TRAIN.items() if day.strftime("%m-%d") in near]
        np.testing.assert_allclose(said[row, 0], np.mean(values), rtol=1e-12)


def test_climatology_knows_the_training_years_alone():
    values = DATA.values.copy()
    values[DATA.days("validation").start:] += 50
    windows, other = (data.windows("test", horizon=[1, 7]) for data in (DATA, replace(DATA, values=values)))
    np.testing.assert_array_equal(forecasts.climatology(windows), forecasts.climatology(other))


def test_where_every_year_is_alike_climatology_and_last_year_are_right():
    windows = flat_years().windows("test", horizon=[1, 7])
    assert windows.errors(forecasts.same_day_last_year(windows)).max() < 1e-12
    assert windows.errors(forecasts.climatology(windows, width=1)).max() < 1e-12
    assert 0.01 < windows.errors(forecasts.climatology(windows, width=31)).max() < 0.2      # smoothing flattens a wave


def test_climate_runs_smoothly_through_the_turn_of_the_year_and_29_february():
    usual = forecasts.climate(DATA, width=31)
    assert abs(usual("2015-12-31") - usual("2016-01-01")) < 0.5
    assert usual("2016-02-29") == usual("2016-02-28") == usual("2015-02-28")
    assert usual(np.array([["2015-07-01"], ["2015-01-01"]], "datetime64[D]")).shape == (2, 1)


@pytest.mark.parametrize("width", [0, 30, 367, -1, 1.5])
def test_bad_width(width):
    with pytest.raises(ValueError, match="expected an odd number of days, 1 to 365"):
        forecasts.climate(DATA, width)


def test_climatology_of_half_a_year_is_refused():
    short = replace(DATA, split={**DATA.split, "train": ("2012-01-01", "2012-06-30")})
    with pytest.raises(ValueError, match="needs a whole year of training days"):
        forecasts.climate(short, 31)


def test_figures_of_the_test_year():
    """Measured once; the data are pinned, so they hold to the last digit shown."""
    found = {}
    for horizon in (1, 7):
        windows = DATA.windows("test", history=28, horizon=horizon)
        for method in (forecasts.persistence, forecasts.climatology, forecasts.same_day_last_year):
            found[method.__name__, horizon] = round(float(windows.errors(method(windows)).mean()), 3)
    assert found == {("persistence", 1): 2.251, ("climatology", 1): 3.259, ("same_day_last_year", 1): 3.823,
                     ("persistence", 7): 3.800, ("climatology", 7): 3.286, ("same_day_last_year", 7): 3.861}
