"""Phase portrait of two units: one step's arrows, the curves on which a unit stands still, fixed points, two runs."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from rnncourse.plots.palette import INK, LOOK, PAPER, QUIET, REFERENCE

MARKS = {"stable": ("o", INK, 11), "saddle": ("D", PAPER, 9), "unstable": ("o", PAPER, 11),
         "borderline": ("s", REFERENCE, 9), "kink": ("^", REFERENCE, 10)}
RUNS = {"A": {"color": LOOK["h"].colour, "linestyle": "-", "marker": "o"},
        "B": {"color": INK, "linestyle": "--", "marker": "s", "markerfacecolor": PAPER}}
PLACES = {"left": 0.085, "right": 0.985, "top": 0.93, "bottom": 0.015, "wspace": 0.2, "hspace": 0.3}
STILL = ({"colors": QUIET, "linewidths": 1.5}, {"colors": QUIET, "linewidths": 1.5, "linestyles": (0, (3, 2))})


def plane(ax, portrait):
    """Draw a `Portrait` on ax, without legend."""
    drawn = Plane(ax)
    drawn.update(portrait)
    return ax


class Plane:
    """The plane of both states: the static frame, and `moving` artists that `update` sets to a Portrait."""

    def __init__(self, ax):
        self.ax = ax
        ax.set(xlabel="state of unit 1", ylabel="state of unit 2", aspect="equal")
        ax.grid(False)
        self._square = None
        self.still = [ax.add_collection(LineCollection([], zorder=2, **look), autolim=False) for look in STILL]
        self.lines = LineCollection([], colors=INK, linewidths=5, alpha=0.55, zorder=2.2)
        ax.add_collection(self.lines, autolim=False)
        self.runs = {name: ax.plot([], [], markersize=3.5, linewidth=1.2, zorder=2.4, **look)[0]
                     for name, look in RUNS.items()}
        self.names = {name: _name(ax, name, look["color"]) for name, look in RUNS.items()}
        self.points = {kind: ax.plot([], [], marker, markerfacecolor=face, markeredgecolor=INK, markersize=size,
                                     markeredgewidth=1.6, zorder=2.8)[0]
                       for kind, (marker, face, size) in MARKS.items()}
        self.arrows = ax.quiver(*np.zeros((4, 1)), angles="xy", scale_units="xy", scale=1, color=REFERENCE, width=0.004,
                                headwidth=4.5, headlength=5, headaxislength=4.5, minlength=0, zorder=1.5)
        self.moving = [self.arrows, *self.still, self.lines, *self.runs.values(), *self.points.values(),
                       *self.names.values()]

    def update(self, portrait):
        """Move everything to a Portrait."""
        if self._square != portrait.square:
            self._square = portrait.square
            self.ax.set(xlim=portrait.square, ylim=portrait.square)
        _set_arrows(self.arrows, *portrait.arrows)
        for drawn, lines in zip(self.still, portrait.nullclines, strict=True):
            drawn.set_segments(lines)
        self.lines.set_segments(portrait.fixed.lines)
        kinds = np.array(portrait.fixed.kinds)
        for kind, drawn in self.points.items():
            drawn.set_data(*portrait.fixed.points[kinds == kind].T)
        for name, path in portrait.paths.items():
            self.runs[name].set_data(*path.T)
            self.names[name].set_position(path[0])


def _name(ax, name, colour):
    return ax.text(0, 0, name, color=colour, fontweight="bold", ha="center", va="center", zorder=3, clip_on=True,
                   bbox={"facecolor": PAPER, "edgecolor": colour, "boxstyle": "circle,pad=0.15"})


def _set_arrows(quiver, states, moves):
    if len(states) != quiver.N:
        quiver.N = len(states)
    quiver.XY = states
    quiver.set_offsets(states)
    quiver.set_UVC(*moves.T)


class PhaseScene:
    """The plane at the left, both units of both runs over time at the right, the key below in a place of its own."""

    def __init__(self, figure):
        figure.set_layout_engine("none")    # fixed places: they stay where they are when the square changes
        places = figure.subplot_mosaic([["plane", "unit 1"], ["plane", "unit 2"], ["gap", "gap"], ["key", "key"]],
                                       width_ratios=[1, 1.1], height_ratios=[1, 1, 0.08, 0.14],
                                       gridspec_kw=PLACES)
        places.pop("gap").remove()
        self.plane = Plane(places["plane"])
        places["plane"].set_title("where a step leads")
        places["plane"].set_anchor("N")
        self.over_time = places["unit 1"], places["unit 2"]
        self.lines = [{name: ax.plot([], [], markersize=3, linewidth=1.4, **look)[0] for name, look in RUNS.items()}
                      for ax in self.over_time]
        for unit, ax in enumerate(self.over_time, 1):
            ax.set(ylabel=f"state of unit {unit}", xlim=(-0.5, 40.5))
        self.over_time[0].set_title("the runs A and B over time")
        self.over_time[1].set_xlabel("step t")
        key(places["key"])
        self._square = None
        self.moving = [*self.plane.moving, *(line for lines in self.lines for line in lines.values())]

    def update(self, portrait):
        """Move everything to a Portrait."""
        self.plane.update(portrait)
        if self._square != portrait.square:
            self._square = portrait.square
            for ax in self.over_time:
                ax.set_ylim(portrait.square)
        for unit, lines in enumerate(self.lines):
            for name, path in portrait.paths.items():
                lines[name].set_data(np.arange(len(path)), path[:, unit])


def key(ax):
    """Say what each mark in the plane means, in an axes that holds nothing else."""
    marks = [Line2D([], [], linestyle="", marker=marker, markerfacecolor=face, markeredgecolor=INK, label=kind,
                    markersize=size * 0.7) for kind, (marker, face, size) in MARKS.items()]
    still = [Line2D([], [], color=QUIET, linewidth=1.5, linestyle=style, label=f"unit {unit} stands still")
             for unit, style in ((1, "-"), (2, (0, (3, 2))))]
    runs = [Line2D([], [], markersize=4, label=f"run {name}", **look) for name, look in RUNS.items()]
    ax.axis("off")
    ax.legend(handles=[*marks, *still, *runs], loc="center", ncols=9, fontsize=8.5, columnspacing=1.1,
              handletextpad=0.4, handlelength=1.8, borderaxespad=0)
    return ax
