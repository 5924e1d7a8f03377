"""Errors of several methods with their intervals, and their differences to one of them against 0: side by side."""

import numpy as np

from rnncourse.plots.palette import INK, LOOK, QUIET, REFERENCE, WARNING

BETTER, WORSE = LOOK["h"].colour, WARNING


def errors(ax, rows, unit="°C"):
    """A row for each method, first on top: a dot at its mean error, a bar from low to high where it has an interval.

    rows  name -> a number, or an interval with low, middle and high
    """
    for place, (_, value) in enumerate(rows.items()):
        if hasattr(value, "middle"):
            ax.plot([value.low, value.high], [place, place], color=INK, linewidth=2, solid_capstyle="butt")
        middle = getattr(value, "middle", value)
        ax.plot(middle, place, "o", color=INK, markersize=3.5)              # smaller than the shortest bar is wide
        ax.annotate(f"{middle:.2f}", (getattr(value, "high", middle), place), xytext=(7, 0),
                    textcoords="offset points", va="center", fontsize=9, color=QUIET)
    ax.set_xlabel(f"mean absolute error, {unit}")
    ax.margins(x=0.15)
    return _rows(ax, list(rows))


def differences(ax, rows, against, unit="°C"):
    """A row for each method: the interval of its error minus that of `against`, with a line at 0.

    rows  name -> an interval with low, middle, high and excludes_zero; None for a row that stays empty

    An interval left of 0 is drawn full, in blue; one right of 0 full, in red; one with 0 inside hollow, in grey.
    """
    ax.axvline(0, color=INK, linewidth=1)
    for place, interval in enumerate(rows.values()):
        if interval is None:
            continue
        colour = REFERENCE if not interval.excludes_zero else BETTER if interval.high < 0 else WORSE
        ax.plot([interval.low, interval.high], [place, place], color=colour, linewidth=2.5, solid_capstyle="butt")
        ax.plot(interval.middle, place, "o", color=colour, markersize=6, markeredgewidth=1.5,
                markerfacecolor=colour if interval.excludes_zero else "white")
    ax.set_xlabel(f"error − error of {against}, {unit}")
    return _rows(ax, list(rows))


def _rows(ax, names):
    ax.set_yticks(np.arange(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(False, axis="y")
    return ax
