"""Forecasts that cost nothing, which a model has to beat: as today, as usual at this time of the year, as a year ago.

Each takes `Windows` (of `rnncourse.datasets.weather`) and answers (N, K) in the unit of their y: a row for each day
of forecast, a column for each horizon. `windows.errors(forecast)` scores any of them, and any model, in the same way.
"""

from dataclasses import dataclass

import numpy as np

DAYS = 365                              # of the calendar used here: 29 February shares the place of 28 February
FEBRUARY_28 = 58                        # its place when 1 January has place 0


def persistence(windows):
    """(N, K): "as today": the target column on the day of the forecast, for every horizon."""
    return np.repeat(_at(windows.weather, windows.dates[:, None]), len(windows.horizons), axis=1)


def climatology(windows, width=31):
    """(N, K): "as usual on this day": the mean of the training years around the target's day of the year.

    width  days over which the mean is taken, the target's day in their middle (odd, 1 to 365). See `Climate`.
    """
    return climate(windows.weather, width)(windows.target_dates)


def same_day_last_year(windows):
    """(N, K): "as a year ago": the target column a year before the target's day; 28 February for 29 February.

    Raises ValueError where the data have no year before, or where that day is not yet over on the day of forecast.
    """
    before = year_before(windows.target_dates)
    if (before > windows.dates[:, None]).any():
        raise ValueError(f"horizon {max(windows.horizons)} looks more than a year ahead: the same day last year is "
                         "not known on the day of the forecast")
    if before.min() < windows.weather.dates[0]:
        raise ValueError(f"{before.min()} is before the first day of the data, {windows.weather.dates[0]}; the part "
                         f"{windows.part!r} has no year before it. Try a later part")
    return _at(windows.weather, before)


@dataclass(frozen=True, eq=False)
class Climate:
    """What is usual on each day of the year, from the training years alone. `climate(dates)` reads it off.

    usual  (365,): place 0 is 1 January, place 364 is 31 December; 29 February reads the place of 28 February
    width  over how many neighbouring days each mean was taken, round the turn of the year
    """

    usual: np.ndarray
    width: int

    def __call__(self, dates):
        """An array of dates of any shape -> what is usual on those days, in the target's unit."""
        return self.usual[place_in_year(dates)]


def climate(weather, width=31):
    """The `Climate` of a `Weather`'s target column: means over its training days, each day counted once.

    Raises ValueError where the width does not fit, or some stretch of the year has no training day at all.
    """
    if width not in range(1, DAYS + 1, 2):
        raise ValueError(f"width is {width!r}; expected an odd number of days, 1 to {DAYS}")
    days = weather.days("train")
    place, values = place_in_year(weather.dates[days]), weather[weather.target][days]
    total, count = (_around(np.bincount(place, weights, DAYS), width) for weights in (values, np.ones(len(values))))
    if (count < 0.5).any():
        raise ValueError(f"no training day lies within {width // 2} days of place {int(np.argmin(count))} of the year; "
                         "climatology needs a whole year of training days. Try a larger width, or more years")
    return Climate(total / count, width)


def place_in_year(dates):
    """Dates of any shape -> whole numbers 0 to 364; 29 February has the place of 28 February, in every year."""
    dates = np.asarray(dates, "datetime64[D]")
    year = dates.astype("datetime64[Y]")
    place = (dates - year.astype("datetime64[D]")).astype(int)
    leap = ((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(int) == DAYS + 1
    return place - (leap & (place > FEBRUARY_28))


def year_before(dates):
    """Dates of any shape -> the same day of the month, a year earlier; 28 February for 29 February."""
    dates = np.asarray(dates, "datetime64[D]")
    month = dates.astype("datetime64[M]")
    last = (month - 11).astype("datetime64[D]") - 1                     # the last day of that month, a year earlier
    return np.minimum((month - 12).astype("datetime64[D]") + (dates - month.astype("datetime64[D]")), last)


def _around(sums, width):
    """(365,): the sum over `width` neighbours, round the turn of the year."""
    half = width // 2
    running = np.cumsum(np.concatenate([[0.0], sums[DAYS - half:], sums, sums[:half]]))
    return running[width:] - running[:-width]


def _at(weather, dates):
    return weather[weather.target][(dates - weather.dates[0]).astype(int)]
