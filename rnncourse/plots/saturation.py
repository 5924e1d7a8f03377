"""The saturation scatter: a dot a unit, to the right how often its gate is open, upward how often it is shut."""

import numpy as np
from matplotlib import colormaps

from rnncourse.plots.palette import LOOK, QUIET, REFERENCE, SEQUENTIAL

MARKERS = "o^sDvP*X"


def saturation(ax, found, legend=True):
    """Draw a `Saturation`: below the diagonal lie all units; colour and shape are the layer. Returns `ax`."""
    ax.plot([0, 1], [1, 0], color=REFERENCE, linewidth=1, zorder=1)
    for layer, (colour, marker) in layer_looks(found.layer).items():
        here = found.layer == layer
        ax.scatter(found.above[here], found.below[here], s=34, color=colour, marker=marker, alpha=0.75, linewidth=0.4,
                   edgecolor="white", label=f"layer {layer}", clip_on=False, zorder=3)
    ax.annotate("never in between", (0.5, 0.5), xytext=(6, 6), textcoords="offset points", rotation=-45, color=QUIET,
                ha="center", va="center", fontsize=9)
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal",
           xlabel=f"open: share of the time above {found.high:g}",
           ylabel=f"shut: share of the time below {found.low:g}", title=f"{found.gate}: {LOOK[found.gate].words}")
    ax.grid(True, axis="both")
    if legend:
        ax.legend(loc="upper right")
    return ax


def layer_looks(layers):
    """{layer: (colour, marker)}: from dark to light, and a shape of its own for grey print."""
    present = [int(layer) for layer in np.unique(layers)]
    shades = colormaps[SEQUENTIAL](np.linspace(0.1, 0.6, max(2, len(present))))
    return {layer: (tuple(shades[k]), MARKERS[k % len(MARKERS)]) for k, layer in enumerate(present)}
