"""The itemised gradient G[k, t] as a triangle: loss steps down, use steps to the right."""

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from rnncourse.plots.palette import LOOK, REFERENCE, SEQUENTIAL, WARNING

DECADES = 3    # the colours span this many powers of ten below the largest item
WAYS = {"chunk": {"color": LOOK["h"].colour}, "window": {"color": LOOK["c"].colour, "linestyle": LOOK["c"].linestyle}}


def triangle(ax, size, kept=None):
    """Draw the sizes (T, T) of the items on a logarithmic scale; where `kept` (T, T) is False, the item is grey."""
    ax.imshow(triangle_colours(size, kept))
    return _label(ax)


def triangle_colours(size, kept=None):
    """(T, T, 4): the items' colours, 1/1000 of the largest and less all alike; nothing where an item is exactly 0."""
    level = 1 + np.log10(np.maximum(size / size.max(), 10.0 ** -DECADES)) / DECADES    # 0 to 1
    colours = colormaps[SEQUENTIAL](level)
    if kept is not None:
        colours[~kept] = colormaps["Greys"](0.25 + 0.35 * level[~kept])
    colours[size == 0] = 0    # above all where t > k
    return colours


def _label(ax, cax=None):
    scale = ScalarMappable(Normalize(-DECADES, 0), SEQUENTIAL)    # of its own: a kept canvas must not see it move
    bar = ax.figure.colorbar(scale, ax=ax, cax=cax, pad=0.02, ticks=range(-DECADES, 1))
    bar.ax.set_yticklabels([f"≤ 1/{10 ** DECADES}", *(f"1/{10 ** -e}" for e in range(1 - DECADES, 0)), "1"])
    bar.ax.set_title("size", fontsize=9, loc="center")
    ax.set(xlabel="t: step of the use", ylabel="k: step of the loss", title="blame G[k, t]")
    ax.grid(False)
    return ax


class TruncationScene:
    """The triangle with dropped items grey; beside it the cosine to the full one for every span, this one marked."""

    def __init__(self, figure, steps):
        left, bar, right = figure.subplots(1, 3, width_ratios=[1, 0.05, 1])
        extent = (-0.5, steps - 0.5, steps - 0.5, -0.5)
        self.items = left.imshow(np.zeros((steps, steps, 4)), extent=extent, zorder=3, aspect="auto")
        _label(left, bar)
        self.lines = {way: right.plot([], [], label=way, **style)[0] for way, style in WAYS.items()}
        right.legend(loc="lower right")
        self.here, = right.plot([], [], "o", color=WARNING, markersize=9)
        right.axhline(1, color=REFERENCE, linewidth=1)
        right.set(xlim=(0, steps + 1), ylim=(-0.1, 1.1), xlabel="span S: steps kept",
                  ylabel="cosine to the full gradient", title="direction of what is left")
        self.moving = [self.items, *self.lines.values(), self.here]

    def update(self, run):
        """Show a `TruncatedRun`."""
        self.items.set_data(triangle_colours(run.size, run.result.kept))
        for way, line in self.lines.items():
            line.set_data(np.arange(1, len(run.size) + 1), run.cosines[way])
        self.here.set_data([run.span], [run.result.cosine])
