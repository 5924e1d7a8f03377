"""Explorer of chapter 07: how far ahead, and from how many days? Errors of four methods, all on the same days."""

from functools import cached_property, lru_cache

import numpy as np

from rnncourse.cells.networks import Network
from rnncourse.datasets import checkpoints, weather
from rnncourse.explorers.base import Explorer, choice, slider
from rnncourse.plots.forecast import METHODS, ForecastScene, HorizonErrors
from rnncourse.validate import forecasts

LONGEST, FURTHEST, STRETCH = 60, 14, 46    # days of history, days ahead, days of the stretch that is shown
LEADS = tuple(range(1, FURTHEST + 1))


def ridge(x, y, alpha):
    """Weights W (D, K) and b (K,) of y ≈ x W + b that minimise ‖y − x W − b‖² + alpha ‖W‖²; b goes free.

    x (N, D), y (N, K). The same as scikit-learn's Ridge(alpha).fit(x, y), from the normal equations.
    """
    x_mean, y_mean = x.mean(0), y.mean(0)
    centred = x - x_mean
    # (XᵀX + alpha I) W = Xᵀ(Y − mean)
    gram = centred.T @ centred
    gram.flat[::len(gram) + 1] += alpha
    W = np.linalg.solve(gram, centred.T @ (y - y_mean))
    return W, y_mean - x_mean @ W


class Ahead:
    """Forecasts 1 to 14 days ahead of one part of a `Weather`, from any history up to 60 days, by four methods.

    model  a `Network` or torch ForecastModel whose outputs are the days 1, 2, … 14 ahead, fed with `features`
    All are made on the same days: those with 60 days before and 14 days after them within the part.
    """

    def __init__(self, data, model, part="validation", features=None):
        self.features = [*data.names, weather.SEASON] if features is None else features
        self.weather, self.part, self.model = data, part, Network.of(model)
        self.windows = data.windows(part, LONGEST, LEADS, self.features)
        if self.model.classes != FURTHEST:
            raise ValueError(f"the model gives {self.model.classes} numbers; expected {FURTHEST}, the days 1 to "
                             f"{FURTHEST} ahead")
        self.free = {"persistence": forecasts.persistence(self.windows),
                     "climatology": forecasts.climatology(self.windows)}
        self.ridge, self.errors = lru_cache(200)(self.ridge), lru_cache(200)(self.errors)

    def forecast(self, method, history, alpha):
        """(N, 14) °C of "persistence", "climatology", "ridge" or "LSTM"."""
        if method in self.free:
            return self.free[method]
        return self.ridge(history, alpha) if method == "ridge" else self.network(history)

    def errors(self, history, alpha):
        """Method -> (14,) mean absolute errors in °C over the days."""
        return {name: self.windows.errors(self.forecast(name, history, alpha)).mean(0) for name in METHODS}

    def ridge(self, history, alpha):
        """(N, 14) °C: ridge regression on the last `history` days, fitted anew on the training years."""
        x, y = self._training
        width = history * self.windows.x.shape[2]
        W, b = ridge(x[history - 1:, -width:], y[history - 1:], alpha)
        return self._flat[:, -width:] @ W + b

    def network(self, history):
        """(N, 14) °C: the network, started from zero `history` days before."""
        days = np.arange(len(self.windows)) + LONGEST - 1
        return self._read_out[history - 1, days - (history - 1)]

    @cached_property
    def _flat(self):
        return self.windows.flat

    @cached_property
    def _training(self):
        """x (N, 60 · D), y (N, 14): every training day that has 14 days after it; days before the first are left 0."""
        whole = self.weather.windows("train", 1, LEADS, self.features)
        days = np.concatenate([np.zeros((LONGEST - 1, whole.x.shape[2])), whole.x[0]])
        return np.concatenate([days[t:t + len(whole)] for t in range(LONGEST)], axis=1), whole.y

    @cached_property
    def _read_out(self):
        """(60, S, 14) °C: [n − 1, s] is what the network says after n days that began with day s of the part.

        One run serves all histories: the run that began on day s has seen a history of n days on day s + n − 1.
        """
        channels = np.concatenate([self.windows.x[:, 0], self.windows.x[-1, 1:]])             # (S, D): day by day
        reach = np.minimum(np.arange(LONGEST)[:, None] + np.arange(len(channels)), len(channels) - 1)
        h, _ = self.model.run(channels[reach])
        return self.weather.unscale(self.model.predict(h))


class ForecastHorizon(Explorer):
    """History and horizon: what persistence, climatology, ridge and an LSTM are off, and one of them beside the truth.

    data, model, part, features  as for `Ahead`
    """

    history = slider(28, low=1, high=LONGEST, step=1, label="history", unit="day(s)")
    horizon = slider(1, low=1, high=FURTHEST, step=1, label="horizon", unit="day(s) ahead")
    shrink = slider(2, low=0, high=4, step=0.25, label="ridge alpha", unit="(log10)")
    method = choice("LSTM", list(METHODS), label="beside what came")
    begin = slider(0, low=0, high=200, step=1, label="show from", unit="days on")

    size, narrowest = (9, 3.9), 170

    def __init__(self, data, model, part="validation", features=None, **state):
        self.ahead = Ahead(data, model, part, features)
        self._most = len(self.ahead.windows) - FURTHEST + 1 - STRETCH
        super().__init__(controls={"begin": slider(0, 0, self._most, 1, label="show from", unit="days on")},
                         **state)

    @classmethod
    def example(cls):
        """Seattle's year 2014 and the course's LSTM; 2014 also said when to stop its training, which flatters it."""
        return cls(weather.load(), Network.from_tensors(checkpoints.tensors("weather_ahead")))

    def scene(self, figure):
        """The picture, with axes that fit every history and horizon."""
        y, ahead = self.ahead.windows.y, self.ahead
        extremes = ((history, alpha) for history in (1, LONGEST) for alpha in (1.0, 1e4))     # none leaves the axis
        top = np.ceil(2 * max(values.max() for one in extremes for values in ahead.errors(*one).values())) / 2
        return ForecastScene(figure, LEADS, tuple(METHODS), top, STRETCH, (np.floor(y.min()) - 3, np.ceil(y.max()) + 3))

    def compute(self, history, horizon, shrink, method, begin):
        """The errors of all methods, and one method's forecasts over the stretch, as `HorizonErrors`."""
        history, horizon, alpha, windows = int(history), int(horizon), 10.0 ** shrink, self.ahead.windows
        made = int(begin) + FURTHEST - horizon + np.arange(STRETCH)      # rows of the forecasts for these target days
        said = self.ahead.forecast(method, history, alpha)
        return HorizonErrors(np.array(LEADS), self.ahead.errors(history, alpha), horizon, method,
                             windows.target_dates[made, horizon - 1], windows.y[made, horizon - 1],
                             said[made, horizon - 1])

    def describe(self, found):
        """The errors at this horizon, and how the stretch went."""
        ahead, days = ("day" if found.horizon == 1 else "days"), ("day" if self.history == 1 else "days")
        off = ", ".join(f"{name} {value:.2f}" for name, value in sorted(found.now.items(), key=lambda item: item[1]))
        here = np.abs(found.shown - found.truth).mean()
        return (f"{found.horizon} {ahead} ahead from {int(self.history)} {days}, mean error in °C over "
                f"{len(self.ahead.windows)} forecasts: {off} (ridge with alpha = {_plain(10 ** self.shrink)}). Over "
                f"the {STRETCH} days from {found.dates[0]}, {found.method} is off by {here:.2f} °C.")


def _plain(number):
    """Three digits, and none of them a power of ten: "1.78", "17.8", "10,000"."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
