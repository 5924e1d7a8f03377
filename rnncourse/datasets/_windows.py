"""Sequences cut out of daily weather, each with what came after it, and no day of another part in them."""

from dataclasses import dataclass, replace

import numpy as np

from rnncourse.datasets._frozen import freeze

SEASON = "season"                       # a feature of the calendar, not a measured column; it fills two channels
SEASON_CHANNELS = ("year sin", "year cos")


@dataclass(frozen=True, eq=False, repr=False)
class Windows:
    """Histories for "how warm will it be so many days from now?", from `Weather.windows`.

    x         (T, N, D) scaled: `history` = T days, the last of which is the day of the forecast; channels `channels`
    y         (N, K) °C: the target column, 1 … K of `horizons` days after the day of the forecast
    dates     (N,) datetime64[D]: the day of the forecast, in order
    horizons  (K,) whole numbers of days
    """

    weather: object
    part: str
    features: tuple
    horizons: tuple
    dates: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        freeze(self, "dates", "x", "y")

    def __len__(self):
        return len(self.dates)

    @property
    def history(self):
        """T: how many days each history has."""
        return len(self.x)

    @property
    def channels(self):
        """The D channels of x, in order: the features' names, "season" spelt out as sine and cosine."""
        return tuple(c for name in self.features for c in (SEASON_CHANNELS if name == SEASON else (name,)))

    @property
    def target_dates(self):
        """(N, K) datetime64[D]: the day whose temperature stands in y."""
        return self.dates[:, None] + np.array(self.horizons)

    @property
    def scaled_y(self):
        """(N, K): y without a unit, as a network learns it; `weather.unscale` leads back to °C."""
        return self.weather.scale(self.y)

    @property
    def flat(self):
        """(N, T·D): each history as one row, oldest day first, for models without a memory (ridge, forest)."""
        return self.x.transpose(1, 0, 2).reshape(len(self), -1)

    def errors(self, forecast):
        """(N, K): how far a forecast (N, K) in °C is from what came, without sign."""
        if np.shape(forecast) != self.y.shape:
            raise ValueError(f"forecast is {np.shape(forecast)}; expected (N, K) = {self.y.shape}: a row for each of "
                             f"the {len(self)} days, a column for each horizon" + _try_column(forecast, self.y))
        return np.abs(np.asarray(forecast) - self.y)

    def on(self, dates):
        """The windows whose day of forecast is one of `dates`: for comparing histories of different length fairly."""
        kept = np.isin(self.dates, np.asarray(dates, "datetime64[D]"))
        if not kept.any():
            raise ValueError(f"none of the {np.size(dates)} dates is a day of forecast here; "
                             f"these run from {self.dates[0]} to {self.dates[-1]}")
        return replace(self, dates=self.dates[kept], x=self.x[:, kept], y=self.y[kept])

    def __repr__(self):
        days = ", ".join(map(str, self.horizons))
        return (f"Windows, {self.part}: {len(self)} forecasts made from {self.dates[0]} to {self.dates[-1]}; "
                f"x {self.x.shape} scaled, y {self.y.shape} = {self.weather.target} {days} day(s) later in "
                f"{self.weather.units[self.weather.target] or 'its unit'}")


@dataclass(frozen=True, eq=False, repr=False)
class NextDay:
    """Sequences for "how warm will tomorrow be?", asked on each day, from `Weather.next_day`.

    dates  (T, B) datetime64[D]: the day on which each input was measured; the target is the day after
    x      (T, B, D) scaled inputs, columns as in `Weather.names`
    y      (T, B, 1) scaled target: tomorrow's maximum temperature
    """

    weather: object
    part: str
    dates: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        freeze(self, "dates", "x", "y")

    @property
    def celsius(self):
        """(T, B, 1): the target in °C."""
        return self.weather.unscale(self.y)

    @property
    def persistence(self):
        """(T, B, 1): the forecast "tomorrow as today" in °C, which every model has to beat."""
        return self.weather.unscale(self.x[..., [self.weather.names.index(self.weather.target)]])

    def error(self, prediction):
        """Mean absolute error in °C of a scaled prediction (T, B, 1)."""
        if np.shape(prediction) != self.y.shape:
            raise ValueError(f"prediction is {np.shape(prediction)}; expected (T, B, 1) = {self.y.shape}")
        return float(np.abs(self.weather.unscale(prediction) - self.celsius).mean())

    def __repr__(self):
        (steps, batch), first, last = self.dates.shape, self.dates[0, 0], self.dates[-1, -1]
        return (f"NextDay, {self.part}: {batch} stretches of {steps} days between {first} and {last}; "
                f"x {self.x.shape}, y {self.y.shape} = tomorrow's maximum temperature, both scaled")


def next_day(weather, part, days, every):
    """The `NextDay` of stretches of `days` days, one beginning every `every` days."""
    span, every = weather.days(part), days if every is None else every
    length = span.stop - span.start
    if not 1 <= days < length or every < 1:
        raise ValueError(f"days={days}, every={every}; expected 1 ≤ days ≤ {length - 1} (the part {part!r} has "
                         f"{length} days, and each needs a day after it) and every ≥ 1")
    day = np.arange(span.start, span.stop - days, every) + np.arange(days)[:, None]      # (T, B): rows of `values`
    target = weather.scaled[day + 1][..., [weather.names.index(weather.target)]]
    return NextDay(weather, part, weather.dates[day], weather.scaled[day], target)


def windows(weather, part, history, horizon, features, every):
    """The `Windows` of all days of `part` that have `history` days up to them and each horizon's day after them."""
    features = weather.names if features is None else _features(features, weather.names)
    horizons, span = _horizons(horizon), weather.days(part)
    history, every = _whole("history", history), _whole("every", every)
    now = days_of_forecast(span, history, max(horizons))
    if not len(now):
        raise ValueError(f"history={history} and horizon={max(horizons)} need {history + max(horizons)} days in a "
                         f"row; the part {part!r} has {span.stop - span.start}. Try a shorter "
                         f"{'horizon' if max(horizons) > history else 'history'}")
    now = now[::every]
    days = now + np.arange(1 - history, 1)[:, None]                          # (T, N): rows of `values`
    later = now[:, None] + np.array(horizons)                                # (N, K)
    return Windows(weather, part, features, horizons, weather.dates[now],
                   channels(weather, features)[days], weather[weather.target][later])


def days_of_forecast(span, history, furthest):
    """The rows of the part `span` that have their whole history before them, and their furthest target, in it."""
    return np.arange(span.start + history - 1, span.stop - furthest)


def channels(weather, features):
    """(days, D): what a model may be fed of each day, scaled."""
    measured = dict(zip(weather.names, weather.scaled.T, strict=True))
    season = np.stack(season_of(weather.dates), axis=1)
    return np.concatenate([season if name == SEASON else measured[name][:, None] for name in features], axis=1)


def season_of(dates):
    """Sine and cosine of the place in the year, 0 on 1 January: 31 December and 1 January lie side by side."""
    year = dates.astype("datetime64[Y]")
    first, after = year.astype("datetime64[D]"), (year + 1).astype("datetime64[D]")
    angle = 2 * np.pi * (dates - first).astype(float) / (after - first).astype(float)
    return np.sin(angle), np.cos(angle)


def _features(features, names):
    asked = (features,) if isinstance(features, str) else tuple(features)
    unknown = [name for name in asked if name not in (*names, SEASON)]
    if unknown or not asked or len(set(asked)) < len(asked):
        raise ValueError(f"features are {asked}; expected some of {', '.join(names)} and {SEASON!r} (sine and cosine "
                         f"of the day of the year), each once" + (f": no {unknown[0]!r}" if unknown else ""))
    return asked


def _horizons(horizon):
    asked = tuple(np.ravel(horizon).tolist())
    if not asked or len(set(asked)) < len(asked):
        raise ValueError(f"horizon is {horizon!r}; expected a number of days, or several different ones")
    return tuple(_whole("horizon", days, ": 1 is the day after the last day of the history") for days in asked)


def _whole(name, number, hint=""):
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
        raise ValueError(f"{name} is {number!r}; expected a whole number of days, at least 1{hint}")
    return int(number)


def _try_column(forecast, y):
    return ". Try forecast[:, None]" if np.shape(forecast) == y.shape[:1] and y.shape[1] == 1 else ""
