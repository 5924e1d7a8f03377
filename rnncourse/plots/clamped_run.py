"""One unit of an LSTM over a sequence, untouched and with gates held, and what it does to the output."""

from dataclasses import dataclass

import numpy as np
from matplotlib.lines import Line2D

from rnncourse.plots.palette import INK, LOOK, QUIET, REFERENCE, WARNING
from rnncourse.plots.stamp import Stamp

ROWS = {"f": (0, 1), "i": (0, 1), "g": (-1, 1), "o": (0, 1), "c": (-1, 1), "h": (-1, 1)}
HEIGHTS = (1, 1, 1, 1, 1.3, 1.3, 2.6)
LEFT, RIGHT, MARGIN = 0.13, 0.985, -0.142    # of the figure; where a row's name begins, left of its axes
LINE = 0.026                                 # of the figure's height, which the score takes above the output


@dataclass(frozen=True, eq=False)
class ClampedRun:
    """What the picture shows. Values are (T,) each, of one unit.

    untouched, held  name -> values for i f g o c h, and "output"
    truth            what the output should have been, or None where it should just be small
    labels           T short texts, one under each step ("" for none)
    holds            name -> the value that the gate is held at, for those that are
    c_reach          what fills the row of c: the largest |c| of this unit, untouched
    score            one line: what the output is worth, untouched and held
    """

    untouched: dict
    held: dict
    truth: np.ndarray | None
    labels: tuple
    holds: dict
    c_reach: float
    score: str


@dataclass(frozen=True)
class Frame:
    """What stays when the sequence changes: T steps, name and ends of the output's axis, whether there is a truth."""

    steps: int
    output: str
    ends: tuple
    has_truth: bool


class ClampedScene:
    """Seven rows over one time axis: f, i, g, o, c, h, and the output. Grey is the untouched run."""

    def __init__(self, figure, frame):
        figure.set_layout_engine("none")
        self.frame, self.moving = frame, []
        grid = {"height_ratios": HEIGHTS, "left": LEFT, "right": RIGHT, "top": 0.945, "bottom": 0.06, "hspace": 0.22}
        *rows, last = figure.subplots(len(HEIGHTS), gridspec_kw=grid)
        self.rows = {name: self._row(ax, name) for name, ax in zip(ROWS, rows, strict=True)}
        self.rows["output"] = self._output(last)
        self.notes = {name: self._stamp(ax, (MARGIN, 0.16), transform=ax.transAxes, fontweight="bold",
                                        color=LOOK[name].colour if name in "figo" else WARNING)
                      for name, ax in zip(ROWS, rows, strict=True)}
        left = -0.7 - 0.012 * frame.steps
        self.c_ends = [self._stamp(rows[4], (left, end), ha="right", fontsize=8) for end in (-1, 1)]
        self.score = self._stamp(last, (0.008, 1.12), transform=last.transAxes, fontsize=10)
        self.beyond = self._stamp(last, (MARGIN, 0.05), transform=last.transAxes, fontweight="bold", color=WARNING)
        self.labels = [self._stamp(last, (t, frame.ends[0] - 0.09 * (frame.ends[1] - frame.ends[0])), ha="center",
                                   color=INK) for t in range(frame.steps)]
        self._legend(figure)

    def update(self, run):
        """Show a `ClampedRun`."""
        for name, (before, now) in self.rows.items():
            unit = run.c_reach if name == "c" else 1    # c has no range of its own: the unit's reach fills the row
            before.set_ydata(run.untouched[name] / unit)
            now.set_ydata(run.held[name] / unit)
        for sign, label in zip("−+", self.c_ends, strict=True):
            label.set_text(f"{sign}{run.c_reach:.2g}".lstrip("+"))
        self.truth.set_ydata(np.full(self.frame.steps, np.nan) if run.truth is None else run.truth)
        for name, note in self.notes.items():
            note.set_text(f"held at {run.holds[name]:.2f}".replace("-", "−") if name in run.holds else "")
        if np.abs(run.held["c"]).max() > 1.08 * run.c_reach:
            self.notes["c"].set_text(_to(max(run.held["c"], key=abs)))
        low, high = np.nanmin(run.held["output"]), np.nanmax(run.held["output"])
        self.beyond.set_text(_to(high) if high > self.frame.ends[1] else _to(low) if low < self.frame.ends[0] else "")
        self.score.set_text(run.score)
        for label, text in zip(self.labels, run.labels, strict=True):
            label.set_text(text)
        return self

    def _row(self, ax, name):
        low, high = ROWS[name]
        room = 0.08 * (high - low)
        ax.set(xlim=(-0.7, self.frame.steps - 0.3), ylim=(low - room, high + room), xticks=[])
        ticks = [0] if name == "c" else [low, high] if name in "fio" else [low, 0, high]
        ax.set_yticks(ticks, [str(tick).replace("-", "−") for tick in ticks], fontsize=8)
        ax.text(MARGIN, 0.58, f"${name}$  {LOOK[name].words}", fontsize=9.5, color=LOOK[name].colour, va="center",
                transform=ax.transAxes)
        return self._lines(ax, LOOK[name].colour)

    def _output(self, ax):
        left, low, width, height = ax.get_position().bounds
        ax.set_position((left, low, width, height - LINE))
        ax.set(xlim=(-0.7, self.frame.steps - 0.3), ylim=self.frame.ends, xticks=[])
        ax.tick_params(axis="y", labelsize=8)
        ax.text(MARGIN, 0.5, self.frame.output, fontsize=9.5, va="center", transform=ax.transAxes, linespacing=1.4)
        lines = self._lines(ax, LOOK["h"].colour)
        none = np.full(self.frame.steps, np.nan)
        self.truth, = ax.plot(np.arange(self.frame.steps), none, "o", color=INK, markersize=4)
        self.moving.append(self.truth)
        return lines

    def _lines(self, ax, colour):
        at, none = np.arange(self.frame.steps), np.full(self.frame.steps, np.nan)
        before, = ax.plot(at, none, color=REFERENCE, linewidth=3.2, alpha=0.55)
        now, = ax.plot(at, none, color=colour, linewidth=1.7)
        self.moving += [before, now]
        return before, now

    def _stamp(self, ax, at, **style):
        stamp = ax.add_artist(Stamp(*at, "", **{"fontsize": 9, "clip_on": False} | style))
        self.moving.append(stamp)
        return stamp

    def _legend(self, figure):
        styles = (("as trained", {"color": REFERENCE, "linewidth": 3.2, "alpha": 0.55}),
                  ("with gates held", {"color": LOOK["h"].colour, "linewidth": 1.7}),
                  ("what came", {"color": INK, "marker": "o", "markersize": 4, "linestyle": "none"}))
        for k, (words, style) in enumerate(styles[:3 if self.frame.has_truth else 2]):
            x = LEFT + 0.005 + 0.19 * k
            xs = [x + 0.02] if "marker" in style else [x, x + 0.03]
            figure.add_artist(Line2D(xs, [0.972] * len(xs), **style))
            figure.text(x + 0.04, 0.972, words, fontsize=9.5, va="center", color=QUIET)


def _to(value):
    """How far a curve goes that leaves its frame."""
    return f"to {value:.1f}".replace("-", "−")
