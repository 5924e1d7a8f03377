"""Seattle's weather: the package's numbers, the split, and nothing leaking from later years into earlier ones."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from rnncourse.datasets import weather


@pytest.fixture(scope="module")
def data():
    return weather.load()


@pytest.fixture(scope="module")
def table():
    from vega_datasets import local_data

    return local_data.seattle_weather()


# -- the numbers are the package's ------------------------------------------------------------------
def test_columns_and_dates_are_those_of_the_package(data, table):
    for name in ("temp_max", "temp_min", "precipitation", "wind"):
        np.testing.assert_array_equal(data[name], table[name])
    np.testing.assert_array_equal(data["wet"], table["precipitation"] > 0)
    np.testing.assert_array_equal(data.dates, table["date"].to_numpy().astype("datetime64[D]"))
    assert data.values.shape == (1461, 5)


def test_the_figures_in_the_docstring(data, table):
    year = table["date"].dt.year
    assert [int(((table["weather"] == "rain") & (year == y)).sum()) for y in range(2012, 2016)] == [191, 60, 3, 5]
    assert [int(data["wet"][data.dates.astype("datetime64[Y]") == np.datetime64(f"{y}")].sum())
            for y in range(2012, 2016)] == [177, 152, 150, 144]
    assert "191 days in 2012, on 60 in 2013, 3 in 2014 and 5 in 2015" in weather.__doc__
    assert "177, 152, 150 and 144" in weather.__doc__


def test_the_label_is_not_a_column(data):
    assert "weather" not in data.names
    with pytest.raises(KeyError, match="changes its meaning over the years; use 'wet'"):
        data["weather"]


def test_units_and_plausible_values(data):
    assert data.names == ("temp_max", "temp_min", "precipitation", "wind", "wet")
    assert [data.units[name] for name in data.names] == ["°C", "°C", "mm", "m/s", "0 or 1"]
    assert (data["temp_max"] >= data["temp_min"]).all() and data["temp_max"].max() < 45    # °C, not °F


def test_loading_needs_no_network_and_no_pandas():
    code = ("import socket, sys\n"
            "def refuse(*a, **k): raise OSError('the network was asked')\n"
            "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
            "from rnncourse.datasets import weather; weather.load()\n"
            "heavy = {'pandas', 'torch', 'matplotlib', 'ipywidgets'} & set(sys.modules)\n"
            "assert not heavy, heavy")
    subprocess.run([sys.executable, "-c", code], check=True)


# -- the split, and the scaling that sees the training days alone ------------------------------------------
def test_split_covers_every_day_once_and_in_order(data):
    spans = [data.days(part) for part in ("train", "validation", "test")]
    assert [data.dates[s][[0, -1]].astype(str).tolist() for s in spans] == [
        ["2012-01-01", "2013-12-31"], ["2014-01-01", "2014-12-31"], ["2015-01-01", "2015-12-31"]]
    assert spans[0].start == 0 and spans[0].stop == spans[1].start and spans[1].stop == spans[2].start
    assert spans[2].stop == len(data.dates)


@pytest.mark.parametrize("part, unchanged", [("test", ("train", "validation")), ("validation", ("train",))])
def test_altering_a_later_part_leaves_scaling_and_earlier_arrays_bit_equal(data, part, unchanged):
    altered = data.values.copy()
    altered[data.days(part)] = 1000 + np.random.default_rng(0).normal(size=altered[data.days(part)].shape)
    other = replace(data, values=altered)
    np.testing.assert_array_equal(other.mean, data.mean)
    np.testing.assert_array_equal(other.std, data.std)
    for name in unchanged:
        ours, theirs = data.next_day(name), other.next_day(name)
        np.testing.assert_array_equal(ours.x, theirs.x)
        np.testing.assert_array_equal(ours.y, theirs.y)
    assert not np.array_equal(other.next_day(part).x, data.next_day(part).x)     # the alteration is real
    assert other.fingerprint != data.fingerprint


def test_scaling_is_that_of_the_training_days(data):
    train = data.scaled[data.days("train")]
    np.testing.assert_allclose(train.mean(0)[:4], 0, atol=1e-13)
    np.testing.assert_allclose(train.std(0)[:4], 1, atol=1e-13)
    np.testing.assert_array_equal(data.scaled[:, 4], data["wet"])
    np.testing.assert_allclose(data.mean[0], data["temp_max"][:731].mean(), rtol=1e-14)   # 366 + 365 days
    for column, name in enumerate(data.names):
        np.testing.assert_allclose(data.unscale(data.scaled[:, column], name), data[name], atol=1e-12)


# -- sequences ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("part, days, every", [("train", 28, None), ("train", 7, 3), ("validation", 30, 1),
                                               ("test", 364, None)])
def test_next_day_equals_a_slow_reading(data, part, days, every):
    sequences, span, scaled = data.next_day(part, days=days, every=every), data.days(part), data.scaled
    starts = list(range(span.start, span.stop - days, every or days))
    assert sequences.x.shape == (days, len(starts), 5) and sequences.y.shape == (days, len(starts), 1)
    for b, first in enumerate(starts):
        for t in range(days):
            today, tomorrow = data.dates[first + t], data.dates[first + t + 1]
            assert sequences.dates[t, b] == today and tomorrow == today + 1
            np.testing.assert_array_equal(sequences.x[t, b], scaled[first + t])
            assert sequences.y[t, b, 0] == scaled[first + t + 1, 0]
    assert sequences.dates.min() >= data.dates[span.start] and sequences.dates.max() + 1 <= data.dates[span.stop - 1]


def test_targets_and_persistence_in_celsius(data):
    year = data.next_day("test", days=364)
    np.testing.assert_allclose(year.persistence[:, 0, 0], data["temp_max"][data.days("test")][:-1], atol=1e-12)
    np.testing.assert_allclose(year.celsius[:, 0, 0], data["temp_max"][data.days("test")][1:], atol=1e-12)
    by_hand = np.abs(np.diff(data["temp_max"][data.days("test")])).mean()
    assert abs(year.error(year.x[..., :1]) - by_hand) < 1e-12
    assert year.error(year.y) == 0


def test_prints_what_it_is(data):
    assert "1461 days from 2012-01-01 to 2015-12-31" in repr(data)
    assert "2012-01-01 to 2013-12-31, 731 days" in data.describe()
    for told in ("NOAA", "public domain", "MIT", "mm", "°C", "m/s"):
        assert told in data.describe()
    assert "x (28, 26, 5), y (28, 26, 1)" in repr(data.next_day())


def test_nothing_can_be_written_into(data):
    for array in (data.values, data.dates, data.next_day().x, data.next_day().y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(TypeError):
        data.split["test"] = ("2012-01-01", "2012-01-02")


# -- doors ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ask, message", [
    (lambda d: d.next_day("train", days=731), r"1 ≤ days ≤ 730 \(the part 'train' has 731 days"),
    (lambda d: d.next_day("train", days=0), "days=0"),
    (lambda d: d.next_day("train", every=0), "every ≥ 1"),
    (lambda d: d.next_day().error(np.zeros((28, 26))), r"prediction is \(28, 26\); expected \(T, B, 1\) = \(28, 26,"),
    (lambda d: replace(d, dates=d.dates[::-1]), "expected every day once"),
    (lambda d: replace(d, values=d.values[:, :4]), r"values \(1461, 4\)"),
    (lambda d: replace(d, values=np.full_like(d.values, np.nan)), "temp_max is nan on 2012-01-01"),
    (lambda d: replace(d, split={**d.split, "validation": ("2013-12-31", "2014-12-31")}), "without overlap"),
    (lambda d: replace(d, split={"train": ("2012-01-01", "2013-12-31")}), "expected train, validation, test"),
])
def test_bad_input_says_what_came(data, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(data)


def test_unknown_part_and_column(data):
    with pytest.raises(KeyError, match="this data has train, validation, test"):
        data.next_day("dev")
    with pytest.raises(KeyError, match="this data has temp_max, temp_min"):
        data.unscale(0.0, "humidity")


def test_missing_package_and_bad_file(monkeypatch, tmp_path):
    monkeypatch.setattr(weather.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install vega_datasets"):
        weather.load()
    with pytest.raises(FileNotFoundError, match="no weather file"):
        weather.load(tmp_path / "nothing.csv")
    (tmp_path / "short.csv").write_text("date,temp_max\n2012-01-01,3\n")
    with pytest.raises(ValueError, match="short.csv lacks the column.*precipitation, temp_min, wind"):
        weather.load(tmp_path / "short.csv")
