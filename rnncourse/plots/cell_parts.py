"""The parts of a cell's drawing: pipes in which a value flows, valves that let a share of it through, gates.

Each part draws what never changes when it is made, holds what moves in `moving`, and has `update(…)` for it.
One scale holds everywhere: a flow is as thick as its value (`THICKNESS` drawing units for 1.0), a valve leaves
open the share that its gate gives, and red flows are positive, blue ones negative, as in every map of the course.
The shade is each pipe's own: darkest where the flow fills it.
"""

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle

from rnncourse.plots.palette import DIVERGING, INK, LOOK, PAPER
from rnncourse.plots.stamp import Stamp

THICKNESS = 8 / 3
INSIDE = "#e9e7e0"   # an empty pipe
COLOURS = [tuple(colour) for colour in colormaps[DIVERGING](np.linspace(0, 1, 256))]

# in drawing order; what stays lies lowest, so that a kept canvas redraws little besides what moves
BEHIND, PIPES, STATIC, FLOWS, VALVES, WORDS = range(1, 7)


def sheet(figure, width, height):
    """`figure` as one sheet of width × height drawing units; returns its axes, which do not show."""
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()
    return ax


def signed(value):
    """A number as it stands on a wire, +0.50 or −0.50: a minus as wide as the plus, and no sign on 0.00."""
    text = f"{value:+.2f}"
    return text.replace("-", "−") if float(text) else "0.00"


def plain(value):
    """A number without a plus, as a gate's: 0.50."""
    return signed(value).lstrip("+")


def factor(value):
    """A number as it stands after ×: 0.50 or (−0.50)."""
    return f"({plain(value)})" if signed(value)[0] == "−" else plain(value)


def flow_colour(value, full=1.0):
    """Red where positive, blue where negative, stronger the nearer to `full`; never so pale that it disappears."""
    strength = 0.22 + 0.24 * min(abs(value) / full, 1)
    return COLOURS[round(255 * (0.5 + strength if value >= 0 else 0.5 - strength))]


class Pipe:
    """A straight pipe for one signal from `start` to `end`, wide enough for the value `full`.

    Without a `signal` it has no walls: only the flow is drawn, over what lies there.
    """

    def __init__(self, ax, start, end, full, signal=None):
        (x0, y0), (x1, y1) = start, end
        self.level, self.full = y0 == y1, full
        self.middle = y0 if self.level else x0
        wide = full * THICKNESS
        low = (min(x0, x1), y0 - wide / 2) if self.level else (x0 - wide / 2, min(y0, y1))
        size = (abs(x1 - x0), wide) if self.level else (wide, abs(y1 - y0))
        if signal:
            ax.add_patch(Rectangle(low, *size, facecolor=INSIDE, edgecolor="none", zorder=PIPES))
        for side in (-wide / 2, wide / 2) if signal else ():
            xs, ys = ([x0, x1], [y0 + side] * 2) if self.level else ([x0 + side] * 2, [y0, y1])
            ax.plot(xs, ys, color=LOOK[signal].colour, linewidth=1.3, zorder=PIPES, solid_capstyle="butt")
        self.flow = ax.add_patch(Rectangle(low, *size, edgecolor="none", zorder=FLOWS + (signal is None) / 2))
        self.moving = [self.flow]

    def update(self, value):
        """Let `value` flow: thickness by size, colour by sign. Beyond `full` the pipe is simply full."""
        thick = min(abs(value), self.full) * THICKNESS
        self.flow.set_visible(thick > 0.01)    # no hairline where the number reads 0.00
        self.flow.set_facecolor(flow_colour(value, self.full))
        if self.level:
            self.flow.set(y=self.middle - thick / 2, height=thick)
        else:
            self.flow.set(x=self.middle - thick / 2, width=thick)


class Wire:
    """A thin path through `points` that shows sign and size of a value by colour and width.

    Its sleeve keeps it apart from the flows that it crosses.
    """

    def __init__(self, ax, points, full):
        self.full = full
        xs, ys = zip(*points, strict=True)
        sleeve, = ax.plot(xs, ys, color=INSIDE, linewidth=7, zorder=FLOWS, solid_capstyle="butt")
        self.line, = ax.plot(xs, ys, zorder=FLOWS, solid_capstyle="butt")
        self.moving = [sleeve, self.line]

    def update(self, value):
        """Show `value`: at `full` the wire is 5 points wide."""
        self.line.set(color=flow_colour(value, self.full), linewidth=5 * min(abs(value) / self.full, 1))


class Valve:
    """Two plates across a pipe; the gap between them is the share that the gate lets through."""

    DEPTH = 1.7

    def __init__(self, ax, centre, full, signal, level=True):
        self.level, self.wide, colour = level, full * THICKNESS, LOOK[signal].colour
        size = (self.DEPTH, self.wide) if level else (self.wide, self.DEPTH)
        low = centre[0] - size[0] / 2, centre[1] - size[1] / 2
        self.end = (low[1] if level else low[0]) + self.wide
        ax.add_patch(Rectangle(low, *size, facecolor="none", edgecolor=colour, linewidth=1.2, zorder=VALVES))
        self.moving = [ax.add_patch(Rectangle(low, *size, facecolor=colour, edgecolor="none", zorder=VALVES))
                       for _ in range(2)]

    def update(self, opening):
        """Open to `opening`, from 0 (shut) to 1 (open)."""
        plate = (1 - min(max(opening, 0), 1)) * self.wide / 2
        near, far = self.moving
        if self.level:
            near.set_height(plate)
            far.set(y=self.end - plate, height=plate)
        else:
            near.set_width(plate)
            far.set(x=self.end - plate, width=plate)


class Curve:
    """A squashing function drawn in a small frame, with a dot where the cell stands on it."""

    def __init__(self, ax, corner, size, function, reach, low, colour):
        (self.x, self.y), (self.width, self.height) = corner, size
        self.reach, self.low, self.colour = reach, low, colour
        a = np.linspace(-reach, reach, 121)
        ax.plot(*self._at(a, np.full_like(a, 0.0)), color="#c9c7c0", linewidth=0.8, zorder=PIPES)
        ax.plot([self.x + self.width / 2] * 2, [self.y, self.y + self.height], color="#c9c7c0", linewidth=0.8,
                zorder=PIPES)
        ax.plot(*self._at(a, function(a)), color=colour, linewidth=1.8, zorder=STATIC)
        self.drop, = ax.plot([], [], color=colour, linewidth=0.9, linestyle=":", zorder=FLOWS)
        self.dot, = ax.plot([], [], "o", color=colour, markersize=6.5, markeredgecolor=PAPER, markeredgewidth=1.1,
                            zorder=VALVES)
        self.moving = [self.drop, self.dot]

    def _at(self, a, value):
        across = np.clip(np.asarray(a) / self.reach, -1, 1)
        return self.x + self.width * (1 + across) / 2, self.y + self.height * (value - self.low) / (1 - self.low)

    def update(self, a, value):
        """Move the dot to (a, value); an `a` beyond the frame stands at its edge."""
        x, y = self._at(a, value)
        self.drop.set_data([x, x], [self._at(0, 0.0)[1], y])
        self.dot.set_data([x], [y])


class Words:
    """A piece of text that changes: a number on a wire, an equation with its numbers in it.

    `write` makes the text of the numbers that `update` is given.
    """

    def __init__(self, ax, at, write=signed, colour=INK, size=9.5, align="left", bold=False):
        self.write = write
        self.text = ax.add_artist(Stamp(*at, "", color=colour, fontsize=size, ha=align, zorder=WORDS,
                                        fontweight="bold" if bold else "normal"))
        self.moving = [self.text]

    def update(self, *values):
        """Write `values`."""
        self.text.set_text(self.write(*values))


def box(ax, corner, size, edge, face="white", zorder=BEHIND):
    """A frame with round corners."""
    ax.add_patch(FancyBboxPatch(corner, *size, boxstyle="round,pad=0,rounding_size=1.1", facecolor=face,
                                edgecolor=edge, linewidth=1.2, zorder=zorder))


def node(ax, centre, symbol, radius=1.9):
    """A round node with a symbol, as + where two flows meet."""
    ax.add_patch(Circle(centre, radius, facecolor=PAPER, edgecolor=INK, linewidth=1.3, zorder=VALVES))
    ax.text(*centre, symbol, fontsize=15, ha="center", va="center_baseline", zorder=WORDS)


def symbol(ax, at, text, **style):
    """Text that stays: a name, an equation."""
    ax.text(*at, text, **{"va": "center", "zorder": STATIC} | style)


def control(ax, points, signal):
    """The line by which a gate holds its valve."""
    xs, ys = zip(*points, strict=True)
    ax.plot(xs, ys, color=LOOK[signal].colour, linewidth=1.6, zorder=STATIC)


def arrow_head(ax, base, signal, half, size):
    """A head at the end of a level pipe, pointing right from `base`: `half` its height, `size` its length."""
    x, y = base
    ax.add_patch(Polygon([(x, y + half), (x + size, y), (x, y - half)], facecolor=LOOK[signal].colour, zorder=PIPES))
