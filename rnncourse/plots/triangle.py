"""The itemised gradient G[k, t] as a triangle: loss steps down, use steps to the right."""

import numpy as np

from rnncourse.plots.palette import SEQUENTIAL

DECADES = 3    # the colours span this many powers of ten below the largest item


def triangle(ax, size, kept=None):
    """Draw the sizes (T, T) of the items on a logarithmic scale; where `kept` (T, T) is False, the item is grey."""
    low = triangle_levels(size)
    image = ax.imshow(np.ma.array(low, mask=_hidden(size, kept)), cmap=SEQUENTIAL, vmin=-DECADES, vmax=0)
    if kept is not None:
        dropped = np.ma.array(low, mask=_hidden(size, ~kept))
        ax.imshow(dropped, cmap="Greys", vmin=-DECADES, vmax=DECADES)
    bar = ax.figure.colorbar(image, ax=ax, pad=0.02, ticks=range(-DECADES, 1))
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
