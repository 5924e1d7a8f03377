"""The itemised gradient G[k, t] as a triangle: loss steps down, use steps to the right."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from rnncourse.plots.palette import LOOK, REFERENCE, SEQUENTIAL, WARNING

DECADES = 3    # the colours span this many powers of ten below the largest item


def triangle(ax, size, kept=None):
    """Draw the sizes (T, T) of the items on a logarithmic scale; where `kept` (T, T) is False, the item is grey."""
    low = triangle_levels(size)
    ax.imshow(np.ma.array(low, mask=_hidden(size, kept)), cmap=SEQUENTIAL, vmin=-DECADES, vmax=0)
    if kept is not None:
        dropped = np.ma.array(low, mask=_hidden(size, ~kept))
        ax.imshow(dropped, cmap="Greys", vmin=-2 * DECADES, vmax=DECADES)
    return _label(ax)


def _label(ax):
    scale = ScalarMappable(Normalize(-DECADES, 0), SEQUENTIAL)    # of its own: a kept canvas must not see it move
    bar = ax.figure.colorbar(scale, ax=ax, pad=0.02, ticks=range(-DECADES, 1))
    bar.ax.set_yticklabels(["1" if e == 0 else f"1/{10 ** -e}" for e in range(-DECADES, 1)])
    bar.set_label("size, largest = 1")
    ax.set(xlabel="t: step of the use", ylabel="k: step of the loss", title="blame G[k, t]")
    ax.grid(False)
    return ax


def triangle_levels(size):
    """log₁₀ of the sizes, largest = 0, cut off at the bottom of the scale."""
    return np.log10(np.maximum(size / size.max(), 10.0 ** -DECADES))


def _hidden(size, kept):
    future = np.triu(np.ones_like(size, bool), 1)
    return future if kept is None else future | ~kept


class TruncationScene:
    """The triangle with dropped items grey; beside it the cosine to the full gradient for every K, the present K marked."""

    def __init__(self, figure):
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
        steps = 28
        extent = (-0.5, steps - 0.5, steps - 0.5, -0.5)
        self.dropped = left.imshow(np.zeros((steps, steps)), cmap="Greys", vmin=-2 * DECADES, vmax=DECADES, extent=extent, zorder=3)
        self.kept = left.imshow(np.zeros((steps, steps)), cmap=SEQUENTIAL, vmin=-DECADES, vmax=0, extent=extent, zorder=3)
        _label(left)
        self.line, = right.plot([], [], color=LOOK["h"].colour)
        self.here, = right.plot([], [], "o", color=WARNING, markersize=9)
        right.axhline(1, color=REFERENCE, linewidth=1)
        right.set(xlim=(0, steps + 1), ylim=(-0.3, 1.1), xlabel="K: steps walked back",
                  ylabel="cosine to the full gradient", title="direction of what is left")
        self.moving = [self.dropped, self.kept, self.line, self.here]

    def update(self, run):
        """Show a `TruncatedRun`."""
        low = triangle_levels(run.size)
        self.dropped.set_data(np.ma.array(low, mask=_hidden(run.size, ~run.result.kept)))
        self.kept.set_data(np.ma.array(low, mask=_hidden(run.size, run.result.kept)))
        self.line.set_data(np.arange(1, len(low) + 1), run.cosines)
        self.here.set_data([run.K], [run.cosines[run.K - 1]])
