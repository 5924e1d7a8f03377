"""One review under all methods: a row for each word, a panel of bars for each method, the sum below each."""

from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection

from rnncourse.plots.attribution import AGAINST, FOR
from rnncourse.plots.moving import Moving
from rnncourse.plots.palette import INK, QUIET, REFERENCE

REACH, LEAST = 1.12, 1e-9    # the end of each panel, in parts of its longest bar; below this a panel has no bars


@dataclass(frozen=True, eq=False)
class Column:
    """One method's answer.

    values    (T,) what each word gets
    signed    whether values speak for the target or against it
    below     two short texts under the panel: its sum, and what it must be
    """

    values: np.ndarray
    signed: bool
    below: tuple


@dataclass(frozen=True, eq=False)
class Compared:
    """What is shown: `words` (T texts), `decides` (T,) booleans, `columns` name -> `Column`.

    numbers  the name of the method whose values stand beside its bars
    score    F, for saying it in words
    """

    words: tuple
    decides: np.ndarray
    columns: dict
    numbers: str
    score: float


class ComparedScene(Moving):
    """Panels side by side that share their rows. names: the methods; longest: words there is room for."""

    def __init__(self, figure, names, longest):
        figure.set_layout_engine("none")
        self.longest, self.moving, self.bars, self.below = longest, [], {}, {}
        left, right, low, high = 0.125, 0.995, 0.125, 0.9
        wide = (right - left) / len(names)
        for k, name in enumerate(names):
            ax = figure.add_axes((left + k * wide, low, wide * 0.93, high - low))
            self._panel(ax, name)
            if k == 0:
                self.words = [self._stamp(ax, -REACH - 0.12, 0, fontsize=10, ha="right") for _ in range(longest)]
            self.numbers = getattr(self, "numbers", {}) | {
                name: [self._stamp(ax, 0, 0, fontsize=7.5, color=QUIET) for _ in range(longest)]}

    def update(self, found):
        """Show a `Compared`."""
        T = len(found.words)
        pitch = min(1 / T, 1 / 8)
        rows = (np.arange(T) + 0.5) * pitch
        for k, word in enumerate(self.words):
            word.set_position((-REACH - 0.12, rows[k] if k < T else 0))
            word.set_text((f"● {found.words[k]}" if found.decides[k] else found.words[k]) if k < T else "")
        for name, column in found.columns.items():
            self._bars(name, column, rows, pitch)
            for stamp, words in zip(self.below[name], column.below, strict=True):
                stamp.set_text(words)
            self._numbers(name, column, rows, shown=name == found.numbers)
        return self

    def _bars(self, name, column, rows, pitch):
        longest = max(np.abs(column.values).max(), LEAST)
        bars, height = self.bars[name]
        bars.set_segments([[(0, row), (value / longest, row)] for row, value in zip(rows, column.values, strict=True)])
        bars.set_color([REFERENCE if not column.signed else FOR if value >= 0 else AGAINST for value in column.values])
        bars.set_linewidth(0.66 * pitch * height)

    def _numbers(self, name, column, rows, shown):
        longest = max(np.abs(column.values).max(), LEAST)
        for k, stamp in enumerate(self.numbers[name]):
            if not shown or k >= len(rows):
                stamp.set_text("")
                continue
            value = column.values[k]
            stamp.set_horizontalalignment("left" if value < 0 else "right")    # on the side where there is no bar
            stamp.set_position(((0.06 if value < 0 else -0.06) if column.signed else -0.06, rows[k]))
            stamp.set_text(f"{value:+.2f}".replace("-", "−") if column.signed else f"{value:.2f}")
            stamp.set_color(INK if abs(value) == longest else QUIET)

    def _panel(self, ax, name):
        ax.set(xlim=(-REACH, REACH), ylim=(1, 0), xticks=[], yticks=[])
        ax.set_title(name, fontsize=9.5, loc="center", pad=6)
        ax.axvline(0, color=QUIET, linewidth=0.8)
        ax.grid(False)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        bars = LineCollection([], capstyle="butt", zorder=2)
        ax.add_collection(bars, autolim=False)
        self.bars[name] = bars, ax.get_window_extent().height * 72 / ax.figure.dpi
        self.moving.append(bars)
        self.below[name] = [self._stamp(ax, 0, 1.045 + 0.052 * k, fontsize=8.5, ha="center",
                                        color=(INK, QUIET)[k]) for k in range(2)]
