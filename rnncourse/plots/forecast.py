"""Forecasts of the days ahead: their errors over the horizon, and one method's forecasts beside what came."""

from dataclasses import dataclass

import numpy as np

from rnncourse.plots.palette import INK, LOOK, QUIET, REFERENCE
from rnncourse.plots.stamp import Stamp

METHODS = {    # name -> how it is drawn, here and in chapter 07
    "persistence": {"color": REFERENCE, "linestyle": (0, (1, 1)), "marker": "o"},
    "climatology": {"color": LOOK["i"].colour, "linestyle": "-.", "marker": "^"},
    "ridge": {"color": LOOK["c"].colour, "linestyle": (0, (6, 2)), "marker": "s"},
    "LSTM": {"color": LOOK["h"].colour, "linestyle": "-", "marker": "D"},
}
FIRST, STEP = 2, 14    # which days of the stretch have their date under them


@dataclass(frozen=True, eq=False)
class HorizonErrors:
    """What the picture shows.

    horizons  (K,) days ahead, 1 and up
    errors    method -> (K,) mean absolute errors in °C
    horizon   the one that is looked at; method: the one whose forecasts are shown
    dates     (S,) datetime64[D], the days of the stretch; truth, shown (S,) °C: what came, and what was said so many
              days before
    """

    horizons: np.ndarray
    errors: dict
    horizon: int
    method: str
    dates: np.ndarray
    truth: np.ndarray
    shown: np.ndarray

    @property
    def now(self):
        """Method -> its mean absolute error at the horizon looked at."""
        return {name: float(values[self.horizon - 1]) for name, values in self.errors.items()}


class ForecastScene:
    """Left: errors over the horizon. Right: a stretch of days, what was forecast and what came.

    horizons, methods  those there will be; top: °C at the errors' upper end; days: of the stretch; ends: of its axis
    """

    def __init__(self, figure, horizons, methods, top, days, ends):
        figure.set_layout_engine("none")
        self.days, self.moving = days, []
        self._errors(figure.add_axes((0.065, 0.15, 0.355, 0.61)), horizons, methods, top)
        self._stretch(figure.add_axes((0.5, 0.15, 0.485, 0.61)), ends)

    def update(self, found):
        """Show a `HorizonErrors`."""
        for name, line in self.lines.items():
            line.set_ydata(found.errors[name])
            self.dots[name].set_data([found.horizon], [found.now[name]])
            self.values[name].set_text(f"{found.now[name]:.2f}")
        self.here.set_xdata([found.horizon] * 2)
        self.truth.set_ydata(found.truth)
        self.shown.set_ydata(found.shown)
        for line in (self.shown, self.key):
            line.set_color(METHODS[found.method]["color"])
        self.gap.set_data(np.arange(self.days), found.truth, found.shown)
        ahead = "1 day" if found.horizon == 1 else f"{found.horizon} days"
        self.said.set_text(f"what {found.method} said {ahead} before")
        for k, (label, date) in enumerate(zip(self.labels, found.dates[FIRST::STEP].astype(object), strict=True)):
            label.set_text(f"{date.day} {date:%b}{'' if k else f' {date.year}'}")
        return self

    def _errors(self, ax, horizons, methods, top):
        ax.set(xlim=(horizons[0] - 0.5, horizons[-1] + 0.5), ylim=(0, top), xlabel="horizon: days ahead",
               ylabel="mean absolute error, °C", xticks=horizons[::2])
        ax.text(0, 1.3, "How far off they are, and at this horizon", fontsize=11, transform=ax.transAxes, va="center")
        self.here = self._line(ax, [1, 1], [0, top], color=QUIET, linewidth=1)
        self.lines, self.dots, self.values = {}, {}, {}
        for k, name in enumerate(methods):
            look, nothing = METHODS[name], np.full(len(horizons), np.nan)
            self.lines[name] = self._line(ax, horizons, nothing, linewidth=1.7, **{**look, "marker": None})
            self.dots[name] = self._line(ax, [], [], **{**look, "linestyle": "none"}, markersize=6,
                                         markeredgecolor="white")
            x, y = (0.0, 0.53)[k % 2], (1.19, 1.07)[k // 2]
            ax.plot([x, x + 0.06], [y, y], transform=ax.transAxes, clip_on=False, markersize=5, linewidth=1.7,
                    **{**look, "marker": None})
            ax.plot([x + 0.03], [y], transform=ax.transAxes, clip_on=False, markersize=5, **look)
            ax.text(x + 0.08, y, name, transform=ax.transAxes, va="center", fontsize=9.5, color=QUIET)
            self.values[name] = self._stamp(ax, x + 0.45, y, transform=ax.transAxes, ha="right", fontweight="bold")

    def _stretch(self, ax, ends):
        ax.set(xlim=(-0.7, self.days - 0.3), ylim=ends, ylabel="maximum temperature, °C")
        days = range(FIRST, self.days, STEP)
        ax.set_xticks(days, [""] * len(days))
        at, nothing = np.arange(self.days), np.full(self.days, np.nan)
        self.gap = ax.fill_between(at, nothing, nothing, color=REFERENCE, alpha=0.25, linewidth=0)
        self.moving.append(self.gap)
        self.shown = self._line(ax, at, nothing, linewidth=2)
        self.truth = self._line(ax, at, nothing, color=INK, marker="o", markersize=3, linewidth=0.8)
        ax.text(0, 1.3, "One of them, day by day", fontsize=11, transform=ax.transAxes, va="center")
        ax.plot([0, 0.05], [1.19, 1.19], transform=ax.transAxes, clip_on=False, color=INK, marker="o", markersize=3,
                linewidth=0.8)
        ax.text(0.07, 1.19, "what came", transform=ax.transAxes, va="center", fontsize=9.5, color=QUIET)
        self.said = self._stamp(ax, 0.07, 1.07, transform=ax.transAxes, color=QUIET, fontsize=9.5)
        self.key = self._line(ax, [0, 0.05], [1.07, 1.07], transform=ax.transAxes, clip_on=False, linewidth=2)
        low, high = ends
        self.labels = [self._stamp(ax, day, low - 0.09 * (high - low), ha="center", fontsize=9, color=INK)
                       for day in days]

    def _line(self, ax, x, y, **style):
        line, = ax.plot(x, y, **style)
        self.moving.append(line)
        return line

    def _stamp(self, ax, x, y, **style):
        stamp = ax.add_artist(Stamp(x, y, "", **{"fontsize": 9.5, "clip_on": False} | style))
        self.moving.append(stamp)
        return stamp
