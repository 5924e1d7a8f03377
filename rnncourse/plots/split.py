"""Windows near the day where one part of the data ends and the next begins: inside one part, or across, and how."""

from rnncourse.plots.palette import GRID, INK, LOOK, QUIET, TARGET, WARNING


def windows_at_split(ax, history, horizon, last_days, parts=("train", "validation")):
    """A row for each window: a bar for its history, a diamond for its target; hollow where it crosses day 0.

    Red where the target alone lies beyond: a leak, if it is trained on. Grey where the history reaches back.

    last_days  the windows' last days, counted from the split: the second part begins with day 0
    """
    ax.axvspan(-0.5, 1000, color=GRID, zorder=0)
    ax.axvline(-0.5, color=INK, linewidth=1)
    for row, last in enumerate(last_days):
        first, target = last - history + 1, last + horizon
        crosses = (first < 0) != (target < 0)
        leaks = last < 0 <= target
        colour = WARNING if leaks else QUIET if crosses else LOOK["x"].colour
        ax.barh(row, history, left=first - 0.5, height=0.5, zorder=2, color="none" if crosses else colour,
                edgecolor=colour, linewidth=1.5)
        ax.plot(target, row, "D", color=colour if crosses else TARGET, markersize=6, zorder=3,
                markerfacecolor="white" if crosses else TARGET)
        if crosses:
            says = "a leak, if trained on" if leaks else "no leak; left out for simplicity"
            ax.text(target + 1.2, row, says, va="center", fontsize=9, color=colour)
    low, high = min(last_days) - history - 1, max(last_days) + horizon + 2
    ax.set(xlim=(low, high), ylim=(len(last_days) - 0.4, -1.4), yticks=[], xlabel="day, counted from the split")
    ax.text(-1.5, -1.05, parts[0], ha="right", va="center", color=QUIET)
    ax.text(0.5, -1.05, parts[1], ha="left", va="center", color=QUIET)
    ax.spines["left"].set_visible(False)
    ax.grid(False)
    return ax
