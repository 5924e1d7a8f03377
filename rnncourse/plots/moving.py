"""What scenes with stamps and bars share: each new part goes onto its axes and into `moving`."""

from matplotlib.collections import LineCollection

from rnncourse.plots.palette import INK
from rnncourse.plots.stamp import Stamp


class Moving:
    """A base for a scene; `self.moving` is the list of what its canvas draws anew at each update."""

    def _stamp(self, ax, x, y, **style):
        """An empty `Stamp` at x, y."""
        stamp = ax.add_artist(Stamp(x, y, "", **{"color": INK, "clip_on": False} | style))
        self.moving.append(stamp)
        return stamp

    def _bars(self, ax, colour, width, **style):
        """No bars yet, each to be a segment as wide as so many points."""
        bars = LineCollection([], colors=colour, linewidths=width, capstyle="butt", zorder=2, **style)
        ax.add_collection(bars, autolim=False)
        self.moving.append(bars)
        return bars
