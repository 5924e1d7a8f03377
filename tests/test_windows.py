"""Windows for a forecast: no day to come in x, no day of another part in x or y; and a learner's own CSV file."""

from dataclasses import replace

import numpy as np
import pytest

from rnncourse.datasets import _windows, weather

DATA = weather.load()
PARTS = tuple(DATA.split)


def leak(windows):
    """None, or in words what the windows know and must not. Found by altering days, not by reading the code.

    windows(data) -> Windows. Training days are put in another order, which keeps the scale as it is; later days get
    100 added. Days outside a part must move neither x nor y, days after the day of a forecast not its x, and the
    target's own day must move y.
    """
    plain = windows(DATA)
    first, last = (np.datetime64(day) for day in DATA.split[plain.part])
    outside = windows(_altered((DATA.dates < first) | (DATA.dates > last)))
    if not (_same(outside.x, plain.x) and _same(outside.y, plain.y)):
        return "a day outside the part"
    for place in {0, len(plain) // 2, len(plain) - 1}:
        later = windows(_altered(DATA.dates > plain.dates[place]))
        if not _same(later.x[:, place], plain.x[:, place]):
            return "a day after the day of the forecast"
        moved = replace(DATA, values=DATA.values + 100 * (DATA.dates == plain.target_dates[place, 0])[:, None])
        if windows(moved).y[place, 0] != plain.y[place, 0] + 100:
            return "y is not the target day's"
    return None


def _altered(days):
    """The data with `days` altered, by a turn where they are training days, so that mean and std stay."""
    values, train = DATA.values.copy(), days & (DATA.dates <= np.datetime64(DATA.split["train"][1]))
    values[train] = values[train][::-1]
    values[days & ~train] += 100
    return replace(DATA, values=values)


def _same(one, other):
    return np.allclose(one, other, rtol=0, atol=1e-9)


def drawn(count, history, horizon):
    """`count` random settings: part, history up to, horizons up to, every."""
    rng = np.random.default_rng(7)
    for n in range(count):
        horizons = rng.choice(np.arange(1, horizon + 1), rng.integers(1, 5), replace=False)
        yield PARTS[n % 3], int(rng.integers(1, history + 1)), horizons.tolist(), int(rng.integers(1, 20))


# -- no window crosses the split ---------------------------------------------------------------------------------
@pytest.mark.parametrize("part, history, horizon, every", [*drawn(30, 200, 60), ("test", 1, [1], 1)])
def test_windows_equal_a_slow_reading_and_stay_in_their_part(part, history, horizon, every):
    got, (first, last) = DATA.windows(part, history, horizon, every=every), map(np.datetime64, DATA.split[part])
    row, scaled, found = {day: n for n, day in enumerate(DATA.dates)}, DATA.scaled, 0
    today = first + history - 1
    while today + max(horizon) <= last:
        assert got.dates[found] == today
        days = [today - history + 1 + k for k in range(history)]
        np.testing.assert_array_equal(got.x[:, found], [scaled[row[day]] for day in days])
        np.testing.assert_array_equal(got.y[found], [DATA["temp_max"][row[today + days]] for days in horizon])
        np.testing.assert_array_equal(got.target_dates[found], [today + days for days in horizon])
        assert first <= days[0] and got.target_dates[found].max() <= last
        today, found = today + every, found + 1
    assert len(got) == found > 0 and got.history == history


@pytest.mark.parametrize("part, history, horizon, every", [*drawn(30, 150, 30)])
def test_no_leak(part, history, horizon, every):
    assert leak(lambda data: data.windows(part, history, horizon, ["temp_max", "wind", "season"], every)) is None


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize("what", ["target in history", "a day before the part", "scale of all days", "wrong target"])
def test_a_planted_leak_of_one_day_is_caught(part, what, monkeypatch):
    days, scaled = _windows.days_of_forecast, weather.Weather.scaled
    if what == "target in history":             # the history ends a day too late, as after an off-by-one in a slice
        monkeypatch.setattr(weather.Weather, "scaled", property(lambda self: np.roll(scaled.fget(self), -1, axis=0)))
    elif what == "a day before the part":
        monkeypatch.setattr(_windows, "days_of_forecast", lambda span, history, furthest: days(
            slice(span.start - 1, span.stop), history, furthest))
    elif what == "scale of all days":
        monkeypatch.setattr(weather.Weather, "mean", property(lambda self: self.values.mean(0)))
    else:
        monkeypatch.setattr(weather.Weather, "__getitem__", lambda self, name: np.roll(
            self.values[:, self.names.index(name)], 1))
    assert leak(lambda data: data.windows(part, 14, 1)) is not None


def test_a_target_beyond_the_part_is_caught(monkeypatch):
    days = _windows.days_of_forecast
    monkeypatch.setattr(_windows, "days_of_forecast", lambda span, history, furthest: days(span, history, furthest - 1))
    assert leak(lambda data: data.windows("validation", 14, 7)) == "a day outside the part"


# -- values ---------------------------------------------------------------------------------------------------------
def test_shapes_and_units():
    got = DATA.windows("test", history=28, horizon=[1, 7])
    assert got.x.shape == (28, 331, 5) and got.y.shape == (331, 2) and len(got) == 331     # 365 − 27 − 7
    assert got.y[0].tolist() == [DATA["temp_max"][DATA.days("test")][day] for day in (28, 34)]
    np.testing.assert_allclose(DATA.unscale(got.scaled_y), got.y, atol=1e-12)
    np.testing.assert_array_equal(got.flat[3].reshape(28, 5), got.x[:, 3])
    assert "331 forecasts made from 2015-01-28 to 2015-12-24" in repr(got) and "1, 7 day(s) later in °C" in repr(got)
    with pytest.raises(ValueError, match="read-only"):
        got.x[0] = 0


def test_features_and_season():
    got = DATA.windows("train", history=3, horizon=1, features=["wind", "season"])
    assert got.channels == ("wind", "year sin", "year cos") and got.x.shape[2] == 3
    np.testing.assert_array_equal(got.x[-1, :, 0], DATA.scaled[2:730, 3])
    np.testing.assert_allclose(got.x[0, 0, 1:], [0, 1], atol=1e-15)                       # 1 January 2012
    july = np.flatnonzero(got.dates == np.datetime64("2012-07-02"))[0]                    # half of a leap year is over
    np.testing.assert_allclose(got.x[-1, july, 1:], [0, -1], atol=1e-2)
    np.testing.assert_allclose((got.x[..., 1:] ** 2).sum(-1), 1)
    assert DATA.windows("train", features="temp_max").x.shape[2] == 1


def test_errors_and_common_days():
    got = DATA.windows("validation", history=5, horizon=[1, 2])
    np.testing.assert_allclose(got.errors(got.y + [1, -2]), np.tile([1.0, 2.0], (len(got), 1)), atol=1e-12)
    longer = DATA.windows("validation", history=50, horizon=[1, 2])
    same = got.on(longer.dates)
    np.testing.assert_array_equal(same.dates, longer.dates)
    np.testing.assert_array_equal(same.y, longer.y)
    np.testing.assert_array_equal(same.x, longer.x[-5:])


# -- doors ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ask, message", [
    ({"history": 365}, "history=365 and horizon=1 need 366 days in a row; the part 'test' has 365. Try a shorter"),
    ({"history": 5000}, "the part 'test' has 365"),
    ({"history": 7, "horizon": 400}, "history=7 and horizon=400 need 407 days .* Try a shorter horizon"),
    ({"history": 0}, "history is 0; expected a whole number of days, at least 1"),
    ({"history": 2.5}, "history is 2.5"),
    ({"horizon": 0}, "horizon is 0; expected a whole number of days, at least 1: 1 is the day after the last day"),
    ({"horizon": [1, -7]}, "horizon is -7"),
    ({"horizon": 1.0}, "horizon is 1.0"),
    ({"horizon": True}, "horizon is True"),
    ({"horizon": []}, r"horizon is \[\]; expected a number of days"),
    ({"horizon": [2, 2]}, "several different ones"),
    ({"every": 0}, "every is 0"),
    ({"features": ["humidity"]}, "expected some of temp_max, .* and 'season' .*: no 'humidity'"),
    ({"features": []}, r"features are \(\); expected some of temp_max"),
    ({"features": ["wind", "wind"]}, "each once"),
])
def test_bad_windows_say_what_came(ask, message):
    with pytest.raises(ValueError, match=message):
        DATA.windows("test", **ask)


def test_the_longest_window_that_fits_is_one():
    assert len(DATA.windows("test", history=364, horizon=1)) == 1
    with pytest.raises(KeyError, match="this data has train, validation, test"):
        DATA.windows("dev")


def test_bad_forecasts_and_days():
    got = DATA.windows("test")
    with pytest.raises(ValueError, match=r"forecast is \(337,\); expected \(N, K\) = \(337, 1\).*forecast\[:, None\]"):
        got.errors(got.y[:, 0])
    with pytest.raises(ValueError, match="none of the 1 dates is a day of forecast here; these run from 2015-01-28"):
        got.on(["2014-01-01"])


# -- a learner's own file ---------------------------------------------------------------------------------------------
def lines(days=40, **changed):
    """A file's lines, header at 0: date, warmth, rain, note; `changed`: line3="…" replaces a line."""
    first = np.datetime64("2021-03-01")
    made = ["date,warmth,rain,note"] + [f"{first + n},{n % 7 + 0.5},{n % 3},dry" for n in range(days)]
    for name, text in changed.items():
        made[int(name.removeprefix("line"))] = text
    return "\n".join(made) + "\n"


@pytest.fixture
def own(tmp_path):
    def read(text, **options):
        path = tmp_path / "own.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return weather.from_csv(path, **{"target": "warmth", **options})
    return read


def test_own_file_is_cut_and_scaled_like_seattles(own):
    data = own(lines(50), units={"warmth": "°C"})
    assert data.names == ("warmth", "rain") and data.target == "warmth" and "left out: note" in data.describe()
    assert [data.days(part) for part in PARTS] == [slice(0, 30), slice(30, 40), slice(40, 50)]
    np.testing.assert_allclose(data.scaled[:30].mean(0), 0, atol=1e-14)
    got = data.windows("test", history=3, horizon=2)
    np.testing.assert_array_equal(got.y[:, 0], data["warmth"][44:50])
    assert "warmth 2 day(s) later in °C" in repr(got) and "Weather of own" in repr(data)
    assert own(lines(50), columns=["warmth"]).names == ("warmth",)
    assert own(lines(50), target="rain").target == "rain"


def test_seattles_file_reads_the_same_either_way():
    data = weather.from_csv(weather._bundled(), target="temp_max", split=DATA.split)
    assert set(data.names) == set(DATA.names) - {"wet"}
    for name in data.names:
        np.testing.assert_array_equal(data[name], DATA[name])
    features = ["temp_max", "temp_min"]
    np.testing.assert_array_equal(data.windows("test", features=features).x, DATA.windows("test", features=features).x)


@pytest.mark.parametrize("text, options, message", [
    (lines(line3="2021-03-03,,0,dry"), {},
     "line 4 of own.csv, 2021-03-03: warmth is ''; expected a number. 1 of 40 days"),
    (lines(line3="2021-03-03,3,NaN,dry"), {}, "line 4 of own.csv, 2021-03-03: rain is 'NaN'.*columns="),
    (lines(line3="2021-03-03,warm,0,dry", line9="2021-03-09,,0,dry"), {}, "warmth is 'warm'.* 2 of 40 days"),
    (lines(line3="2021-03-03,inf,0,dry"), {}, "warmth is 'inf'"),
    (lines(line3="2021-03-03"), {}, "line 4 .*warmth is ''"),
    (lines(line3='2021-03-03,"3,4",0,dry'), {}, "warmth is '3,4'.*A decimal comma.*3.4"),
    (lines(line5="5.3.2021,1,1,dry"), {}, "line 6 of own.csv: '5.3.2021' is not a date; expected year-month-day"),
    (lines(line5=",1,1,dry"), {}, "line 6 of own.csv: '' is not a date"),
    (lines(line5="2021-02-30,1,1,dry"), {}, "'2021-02-30' is not a date"),
    (lines(line5="2021-03-04,1,1,dry"), {}, "after 2021-03-04 comes 2021-03-04; expected every day once, in order"),
    (lines().replace("2021-03-10,2.5,0,dry\n", ""), {},
     r"after 2021-03-09 comes 2021-03-11; .*1 such place.*filling the gaps"),
    (lines(7), {}, "own.csv has 7 days; expected at least 30"),
    (lines(0), {}, "no days after it"),
    ("", {}, "own.csv is empty"),
    (lines(), {"target": "temp_max"}, "no column 'temp_max' of numbers to forecast; it has warmth, rain"),
    (lines(), {"target": "note"}, "no column 'note' of numbers"),
    (lines(), {"date": "day"}, r"lacks the column\(s\) day; its first line has date, warmth, rain, note"),
    (lines(), {"columns": ["humidity"]}, r"lacks the column\(s\) humidity"),
    (lines(), {"columns": ["note"]}, "note is 'dry'; expected a number. 40 of 40"),
    (lines().replace(",", ";"), {}, "separated by semicolons"),
    ("date,warmth\n2021-03-01,23 °C\n".encode("latin-1"), {}, "own.csv is not UTF-8"),
    (lines().replace("dry", "1"), {}, "note never changes in the training days; leave it out"),
    (lines(), {"split": {"train": ("2021-03-01", "2021-05-01")}}, "expected train, validation, test"),
])
def test_bad_files_say_where(own, text, options, message):
    with pytest.raises(ValueError, match=message):
        own(text, **options)


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file at .*nothing.csv"):
        weather.from_csv(tmp_path / "nothing.csv", target="warmth")


@pytest.mark.parametrize("read", [lambda path: weather.from_csv(path, target="temp_max"), weather.load])
def test_a_tilde_is_the_home(tmp_path, monkeypatch, read):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "mine.csv").write_bytes(weather._bundled().read_bytes())
    assert len(read("~/mine.csv").dates) == 1461
