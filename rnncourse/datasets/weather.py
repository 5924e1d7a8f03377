"""Seattle's daily weather 2012–2015: five columns in plain units, a chronological split, nothing leaking backwards.

The numbers are NOAA's, as the package `vega_datasets` ships them; the file is read from that package on this
machine, and the network is never asked.

The package's own column `weather` is left out. It was put together from several fields of the station's reports, and
the habit of reporting changed: "rain" stands on 191 days in 2012, on 60 in 2013, 3 in 2014 and 5 in 2015, while the
days on which precipitation was measured were 177, 152, 150 and 144. A model trained on the first years would learn
a word that the last years no longer use. `wet`, which is precipitation > 0, means the same in every year.
"""

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from rnncourse.datasets import _daily_csv, _windows
from rnncourse.datasets._frozen import fingerprint, read_only
from rnncourse.datasets._windows import SEASON, NextDay, Windows  # noqa: F401  (part of the interface)

UNITS = {"temp_max": "°C", "temp_min": "°C", "precipitation": "mm", "wind": "m/s", "wet": "0 or 1"}
SPLIT = {"train": ("2012-01-01", "2013-12-31"), "validation": ("2014-01-01", "2014-12-31"),
         "test": ("2015-01-01", "2015-12-31")}
SOURCE = "NOAA daily records for Seattle, as bundled in the Python package vega_datasets 0.9 (seattle-weather.csv)"
LICENCE = ("public domain: a work of the US government, see https://www.weather.gov/disclaimer; "
           "the package that carries it is MIT-licensed")
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}      # of a learner's own days, in order
FEWEST = 30
ENOUGH = "for a climatology and intervals over blocks of days, two and a half years or more"


def load(path=None):
    """The `Weather` of the years 2012 to 2015. `path`: a file of one's own with the same columns, one line a day."""
    found = _bundled() if path is None else Path(path).expanduser()
    if not found.is_file():
        raise FileNotFoundError(f"no weather file at {found}. Try: pip install --force-reinstall vega_datasets")
    dates, columns, _ = _daily_csv.read(found, wanted=[name for name in UNITS if name != "wet"])
    columns["wet"] = (columns["precipitation"] > 0).astype(float)
    return Weather(dates, np.stack([columns[name] for name in UNITS], axis=1))


def from_csv(path, target, date="date", columns=None, split=None, units=None):
    """The `Weather` of a learner's own CSV file: one line a day, none missing, in order, a number in each column.

    target   the column to forecast                    date   the column that holds the days (2012-01-31 or 2012/01/31)
    columns  which to read, the target among them; left out: all that hold numbers
    split    part -> (first day, last day), as `SPLIT`; left out: the first 60 % train, the next 20 % validation
    units    column -> unit, for print; "0 or 1" leaves a column unscaled
    Raises ValueError, naming line and column of the first thing that does not fit.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"no file at {path}")
    wanted = None if columns is None else list(dict.fromkeys([target, *columns]))
    dates, found, left_out = _daily_csv.read(path, date, wanted)
    if target not in found:
        raise ValueError(f"{path.name} has no column {target!r} of numbers to forecast; it has {', '.join(found)}")
    if len(dates) < FEWEST:
        raise ValueError(f"{path.name} has {len(dates)} days; expected at least {FEWEST}; {ENOUGH}")
    source = path.name + (f" (left out: {', '.join(left_out)})" if left_out else "")
    units = {name: (units or {}).get(name, "") for name in found}
    return Weather(dates, np.stack(list(found.values()), axis=1), split or _by_share(dates), units, target,
                   place=path.stem, source=source, licence="the learner's own")


@dataclass(frozen=True, eq=False, repr=False)
class Weather:
    """Daily weather with its dates, and where training ends.

    dates   (N,) datetime64[D], one after the other with no gap
    values  (N, D) float64: temp_max °C, temp_min °C, precipitation mm, wind m/s, wet 0 or 1 (`names`, `units`)
    split   part -> (first day, last day); "train" comes before "validation", and that before "test"
    target  the column that is forecast

    `weather["wind"]` is a column in its unit. `scaled` is what a network is fed. Arrays are read-only.
    """

    dates: np.ndarray
    values: np.ndarray
    split: dict = field(default_factory=lambda: SPLIT)
    units: dict = field(default_factory=lambda: UNITS)
    target: str = "temp_max"
    place: str = "Seattle"
    source: str = SOURCE
    licence: str = LICENCE

    def __post_init__(self):
        object.__setattr__(self, "dates", read_only(self.dates, "datetime64[D]"))
        object.__setattr__(self, "values", read_only(self.values, float))
        object.__setattr__(self, "split", MappingProxyType(dict(self.split)))
        object.__setattr__(self, "units", MappingProxyType(dict(self.units)))
        _check(self)

    # -- columns -------------------------------------------------------------------------------
    @property
    def names(self):
        """The D columns of `values`, in order; `units` has each one's unit."""
        return tuple(self.units)

    def __getitem__(self, name):
        """(N,): one column in its own unit."""
        if name not in self.units:
            raise KeyError(f"no column {name!r}; this data has {', '.join(self.names)}" + _why_no_label(name))
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
        """(D,): each column's mean over the training days; 0 for `wet`, which stays 0 or 1."""
        return np.where(self._as_is, 0.0, self.values[self.days("train")].mean(0))

    @property
    def std(self):
        """(D,): each column's standard deviation over the training days; 1 for `wet`."""
        return np.where(self._as_is, 1.0, self.values[self.days("train")].std(0))

    @property
    def _as_is(self):
        return np.array([unit == UNITS["wet"] for unit in self.units.values()])

    @property
    def scaled(self):
        """(N, D): (values − mean) / std, without a unit."""
        return (self.values - self.mean) / self.std

    def scale(self, values, name=None):
        """An array in the unit of column `name` (left out: the target), of any shape, in the scale of `scaled`."""
        column = self._column(name)
        return (np.asarray(values) - self.mean[column]) / self.std[column]

    def unscale(self, scaled, name=None):
        """An array in the scale of `scaled`, of any shape, back in the unit of column `name`."""
        column = self._column(name)
        return np.asarray(scaled) * self.std[column] + self.mean[column]

    def _column(self, name):
        name = self.target if name is None else name
        return self.names.index(name) if name in self.units else self[name]

    # -- sequences -------------------------------------------------------------------------------
    def next_day(self, part="train", days=28, every=None):
        """Stretches of `days` days of `part`, each day with the maximum temperature of the day after it.

        A stretch begins every `every` days (left out: where the last one ended), and lies in `part` with all
        its days and all its targets; days that do not fill a stretch are left over at the end. Returns `NextDay`.
        """
        return _windows.next_day(self, part, days, every)

    def windows(self, part="train", history=28, horizon=1, features=None, every=1):
        """Each day of `part` with the `history` days up to it, and the target `horizon` days after it: `Windows`.

        horizon   days ahead, or several: horizon=[1, 7] -> y (N, 2)
        features  columns to see; left out: all measured ones. "season" adds sine and cosine of the day of the year
        every     a forecast every so many days
        History and target lie in `part`, so no window looks across the split.
        """
        return _windows.windows(self, part, history, horizon, features, every)

    # -- in words --------------------------------------------------------------------------------
    @property
    def fingerprint(self):
        """16 hex digits that change when any date or value changes."""
        return fingerprint(self.dates.astype("int64"), self.values)

    def describe(self):
        """Source, licence, size, units and split, as a text to print."""
        lines = [f"{self.place}'s weather, {len(self.dates)} days from {self.dates[0]} to {self.dates[-1]}", ""]
        lines += [f"  {name:14s}{unit:8s}{column.min():6.1f} to {column.max():.1f}, mean {column.mean():.1f}"
                  for (name, unit), column in zip(self.units.items(), self.values.T, strict=True)]
        lines += ["", *(f"  {part:14s}{first} to {last}, {self.days(part).stop - self.days(part).start} days"
                        for part, (first, last) in self.split.items())]
        return "\n".join([*lines, "", f"  source        {self.source}", f"  licence       {self.licence}"])

    def __repr__(self):
        parts = ", ".join(f"{part} {self.days(part).stop - self.days(part).start}" for part in self.split)
        return (f"Weather of {self.place}: {len(self.dates)} days from {self.dates[0]} to {self.dates[-1]} ({parts}); "
                + ", ".join(f"{name} [{unit}]" if unit else name for name, unit in self.units.items()))


def _bundled():
    """Where vega_datasets keeps its file. The package itself is not imported: it would load pandas for one table."""
    package = importlib.util.find_spec("vega_datasets")
    if package is None:
        raise ModuleNotFoundError("the weather data come with the package vega_datasets, which is not installed. "
                                  "Try: pip install vega_datasets", name="vega_datasets")
    return Path(package.origin).parent / "_data" / "seattle-weather.csv"


def _by_share(dates):
    """A split by position, in the shares of `SHARES`."""
    edges = np.round(np.cumsum([0, *SHARES.values()]) * len(dates)).astype(int)
    return {part: (str(dates[first]), str(dates[after - 1]))
            for part, first, after in zip(SHARES, edges, edges[1:], strict=False)}


def _check(data):
    if data.dates.ndim != 1 or data.values.shape != (len(data.dates), len(data.units)):
        raise ValueError(f"dates are {data.dates.shape} and values {data.values.shape}; "
                         f"expected (N,) and (N, {len(data.units)}): {', '.join(data.units)}")
    if data.target not in data.units:
        raise ValueError(f"target is {data.target!r}; expected one of {', '.join(data.units)}")
    gaps = np.flatnonzero(np.diff(data.dates).astype(int) != 1)
    if len(gaps):
        raise ValueError(f"after {data.dates[gaps[0]]} comes {data.dates[gaps[0] + 1]}; expected every day once, "
                         f"in order ({len(gaps)} such place(s)). Try sorting, one line a day, and filling the gaps (or "
                         "cut windows round them, as exercise 1 of chapter 07)")
    if not np.isfinite(data.values).all():
        day, column = np.argwhere(~np.isfinite(data.values))[0]
        raise ValueError(f"{data.names[column]} is {data.values[day, column]} on {data.dates[day]}; "
                         "expected a number")
    edges = [np.datetime64(day, "D") for part in data.split.values() for day in part]
    forward = all(first < last for first, last in zip(edges, edges[1:], strict=False))
    if list(data.split) != list(SPLIT) or not forward or edges[0] < data.dates[0] or edges[-1] > data.dates[-1]:
        raise ValueError(f"split is {dict(data.split)}; expected {', '.join(SPLIT)}, one after the other without "
                         f"overlap, within {data.dates[0]} to {data.dates[-1]}")
    constant = [name for name, std in zip(data.names, data.std, strict=True) if std == 0]
    if constant:
        raise ValueError(f"{', '.join(constant)} never changes in the training days; leave it out")


def _why_no_label(name):
    return ". The package's own 'weather' changes its meaning over the years; use 'wet'" if name == "weather" else ""
