"""Seattle's daily weather 2012–2015: five columns in plain units, a chronological split, nothing leaking backwards.

The numbers are NOAA's, as the package `vega_datasets` ships them; the file is read from that package on this
machine, and the network is never asked.

The package's own column `weather` is left out. It was put together from several fields of the station's reports, and
the habit of reporting changed: "rain" stands on 191 days in 2012, on 60 in 2013, 3 in 2014 and 5 in 2015, while the
days on which precipitation was measured were 177, 152, 150 and 144. A model trained on the first years would learn
a word that the last years no longer use. `wet`, which is precipitation > 0, means the same in every year.
"""

import csv
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from rnncourse.datasets._frozen import fingerprint, read_only

UNITS = {"temp_max": "°C", "temp_min": "°C", "precipitation": "mm", "wind": "m/s", "wet": "0 or 1"}
SPLIT = {"train": ("2012-01-01", "2013-12-31"), "validation": ("2014-01-01", "2014-12-31"),
         "test": ("2015-01-01", "2015-12-31")}
SOURCE = "NOAA daily records for Seattle, as bundled in the Python package vega_datasets 0.9 (seattle-weather.csv)"
LICENCE = ("public domain: a work of the US government, see https://www.weather.gov/disclaimer; "
           "the package that carries it is MIT-licensed")


def load(path=None):
    """The `Weather` of the years 2012 to 2015. `path`: a file of one's own with the same columns, one line a day."""
    found = _bundled() if path is None else Path(path)
    dates, columns = _read(found)
    columns["wet"] = (columns["precipitation"] > 0).astype(float)
    return Weather(dates, np.stack([columns[name] for name in UNITS], axis=1))


@dataclass(frozen=True, eq=False, repr=False)
class Weather:
    """Daily weather with its dates, and where training ends.

    dates   (N,) datetime64[D], one after the other with no gap
    values  (N, 5) float64: temp_max °C, temp_min °C, precipitation mm, wind m/s, wet 0 or 1 (`names`, `units`)
    split   part -> (first day, last day); "train" comes before "validation", and that before "test"

    `weather["wind"]` is a column in its unit. `scaled` is what a network is fed. Arrays are read-only.
    """

    dates: np.ndarray
    values: np.ndarray
    split: dict = field(default_factory=lambda: SPLIT)

    def __post_init__(self):
        object.__setattr__(self, "dates", read_only(self.dates, "datetime64[D]"))
        object.__setattr__(self, "values", read_only(self.values, float))
        object.__setattr__(self, "split", MappingProxyType(dict(self.split)))
        _check(self)

    # -- columns -------------------------------------------------------------------------------
    @property
    def names(self):
        """The five columns of `values`, in order."""
        return tuple(UNITS)

    @property
    def units(self):
        """Column -> its unit."""
        return MappingProxyType(UNITS)

    def __getitem__(self, name):
        """(N,): one column in its own unit."""
        if name not in UNITS:
            raise KeyError(f"no column {name!r}; this data has {', '.join(UNITS)}" + _why_no_label(name))
        return self.values[:, self.names.index(name)]

    def days(self, part):
        """The rows of `part` ("train", "validation" or "test") as a slice of dates and values."""
        if part not in self.split:
            raise KeyError(f"no part {part!r}; this data has {', '.join(self.split)}")
        first, last = (np.datetime64(day, "D") for day in self.split[part])
        return slice(int((first - self.dates[0]).astype(int)), int((last - self.dates[0]).astype(int)) + 1)

    # -- scaling, fitted on the training days alone ----------------------------------------------
    @property
    def mean(self):
        """(5,): each column's mean over the training days; 0 for `wet`, which stays 0 or 1."""
        return np.where(np.array(self.names) == "wet", 0.0, self.values[self.days("train")].mean(0))

    @property
    def std(self):
        """(5,): each column's standard deviation over the training days; 1 for `wet`."""
        return np.where(np.array(self.names) == "wet", 1.0, self.values[self.days("train")].std(0))

    @property
    def scaled(self):
        """(N, 5): (values − mean) / std, without a unit."""
        return (self.values - self.mean) / self.std

    def unscale(self, scaled, name="temp_max"):
        """An array in the scale of `scaled`, of any shape, back in the unit of column `name`."""
        column = self.names.index(name) if name in UNITS else self[name]
        return np.asarray(scaled) * self.std[column] + self.mean[column]

    # -- sequences -------------------------------------------------------------------------------
    def next_day(self, part="train", days=28, every=None):
        """Stretches of `days` days of `part`, each day with the maximum temperature of the day after it.

        A stretch begins every `every` days (left out: where the last one ended), and lies in `part` with all
        its days and all its targets; days that do not fill a stretch are left over at the end. Returns `NextDay`.
        """
        span, every = self.days(part), days if every is None else every
        length = span.stop - span.start
        if not 1 <= days < length or every < 1:
            raise ValueError(f"days={days}, every={every}; expected 1 ≤ days ≤ {length - 1} (the part {part!r} has "
                             f"{length} days, and each needs a day after it) and every ≥ 1")
        starts = np.arange(span.start, span.stop - days, every)
        day = starts + np.arange(days)[:, None]                              # (T, B): row numbers in `values`
        target = self.scaled[day + 1][..., [self.names.index("temp_max")]]
        return NextDay(self, part, self.dates[day], self.scaled[day], target)

    # -- in words --------------------------------------------------------------------------------
    @property
    def fingerprint(self):
        """16 hex digits that change when any date or value changes."""
        return fingerprint(self.dates.astype("int64"), self.values)

    def describe(self):
        """Source, licence, size, units and split, as a text to print."""
        lines = [f"Seattle's weather, {len(self.dates)} days from {self.dates[0]} to {self.dates[-1]}", ""]
        lines += [f"  {name:14s}{unit:8s}{column.min():6.1f} to {column.max():.1f}, mean {column.mean():.1f}"
                  for (name, unit), column in zip(UNITS.items(), self.values.T, strict=True)]
        lines += ["", *(f"  {part:14s}{first} to {last}, {self.days(part).stop - self.days(part).start} days"
                        for part, (first, last) in self.split.items())]
        return "\n".join([*lines, "", f"  source        {SOURCE}", f"  licence       {LICENCE}"])

    def __repr__(self):
        parts = ", ".join(f"{part} {self.days(part).stop - self.days(part).start}" for part in self.split)
        return (f"Weather of Seattle: {len(self.dates)} days from {self.dates[0]} to {self.dates[-1]} ({parts}); "
                + ", ".join(f"{name} [{unit}]" for name, unit in UNITS.items()))


@dataclass(frozen=True, eq=False, repr=False)
class NextDay:
    """Sequences for "how warm will tomorrow be?", from `Weather.next_day`.

    dates  (T, B) datetime64[D]: the day on which each input was measured; the target is the day after
    x      (T, B, 5) scaled inputs, columns as in `Weather.names`
    y      (T, B, 1) scaled target: tomorrow's maximum temperature
    """

    weather: Weather
    part: str
    dates: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        for name in ("dates", "x", "y"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def celsius(self):
        """(T, B, 1): the target in °C."""
        return self.weather.unscale(self.y)

    @property
    def persistence(self):
        """(T, B, 1): the forecast "tomorrow as today" in °C, which every model has to beat."""
        return self.weather.unscale(self.x[..., [self.weather.names.index("temp_max")]])

    def error(self, prediction):
        """Mean absolute error in °C of a scaled prediction (T, B, 1)."""
        if np.shape(prediction) != self.y.shape:
            raise ValueError(f"prediction is {np.shape(prediction)}; expected (T, B, 1) = {self.y.shape}")
        return float(np.abs(self.weather.unscale(prediction) - self.celsius).mean())

    def __repr__(self):
        (steps, batch), first, last = self.dates.shape, self.dates[0, 0], self.dates[-1, -1]
        return (f"NextDay, {self.part}: {batch} stretches of {steps} days between {first} and {last}; "
                f"x {self.x.shape}, y {self.y.shape} = tomorrow's maximum temperature, both scaled")


def _bundled():
    """Where vega_datasets keeps its file. The package itself is not imported: it would load pandas for one table."""
    package = importlib.util.find_spec("vega_datasets")
    if package is None:
        raise ModuleNotFoundError("the weather data come with the package vega_datasets, which is not installed. "
                                  "Try: pip install vega_datasets", name="vega_datasets")
    return Path(package.origin).parent / "_data" / "seattle-weather.csv"


def _read(path):
    if not path.is_file():
        raise FileNotFoundError(f"no weather file at {path}. Try: pip install --force-reinstall vega_datasets")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    measured = [name for name in UNITS if name != "wet"]
    missing = {"date", *measured} - set(rows[0] if rows else ())
    if missing:
        raise ValueError(f"{path.name} lacks the column(s) {', '.join(sorted(missing))}")
    dates = np.array([row["date"].replace("/", "-") for row in rows], "datetime64[D]")
    return dates, {name: np.array([float(row[name]) for row in rows]) for name in measured}


def _check(data):
    if data.dates.ndim != 1 or data.values.shape != (len(data.dates), len(UNITS)):
        raise ValueError(f"dates are {data.dates.shape} and values {data.values.shape}; "
                         f"expected (N,) and (N, {len(UNITS)}): {', '.join(UNITS)}")
    gaps = np.flatnonzero(np.diff(data.dates).astype(int) != 1)
    if len(gaps):
        raise ValueError(f"after {data.dates[gaps[0]]} comes {data.dates[gaps[0] + 1]}; "
                         "expected every day once, in order")
    if not np.isfinite(data.values).all():
        day, column = np.argwhere(~np.isfinite(data.values))[0]
        raise ValueError(f"{tuple(UNITS)[column]} is {data.values[day, column]} on {data.dates[day]}; "
                         "expected a number")
    edges = [np.datetime64(day, "D") for part in data.split.values() for day in part]
    forward = all(first < last for first, last in zip(edges, edges[1:], strict=False))
    if list(data.split) != list(SPLIT) or not forward or edges[0] < data.dates[0] or edges[-1] > data.dates[-1]:
        raise ValueError(f"split is {dict(data.split)}; expected {', '.join(SPLIT)}, one after the other without "
                         f"overlap, within {data.dates[0]} to {data.dates[-1]}")


def _why_no_label(name):
    return ". The package's own 'weather' changes its meaning over the years; use 'wet'" if name == "weather" else ""
