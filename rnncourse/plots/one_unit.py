"""A one-unit memory over time: the input's pulses above, the state below, and the stretch that it remembers."""

import numpy as np

from rnncourse.plots.palette import LOOK, QUIET

HEIGHTS = (1.25, 5, 25)    # of the state's axis: the first that holds it
ROOM = 1.35                # the axis goes up to this many heights, so that the remark stands above the curve


class OneUnitScene:
    """Draws what `rnncourse.explorers.one_unit.remember` returns."""

    def __init__(self, figure):
        self.above, self.below = figure.subplots(2, sharex=True, height_ratios=[1, 2.4])
        self._axes()
        quiet = {"color": QUIET, "linewidth": 1, "zorder": 1.9}
        self.above.axhline(0, **quiet), self.below.axhline(0, **quiet)
        self.stems = self.above.vlines([], 0, [], color=LOOK["x"].colour, linewidth=3, zorder=2)
        self.tips, = self.above.plot([], [], "o", color=LOOK["x"].colour, markersize=6)
        self.span = self.below.axvspan(0, 1, color=LOOK["h"].colour, alpha=0.09, zorder=1.5, linewidth=0)
        self.silent, = self.below.plot([], [], ":", color=QUIET, linewidth=1.6, zorder=2.1)
        self.h, = self.below.plot([], [], "-o", color=LOOK["h"].colour, markersize=4.5, zorder=2.3)
        gone = {"linestyle": "none", "color": LOOK["h"].colour, "markersize": 5, "zorder": 2.3}
        self.above_it, = self.below.plot([], [], "^", **gone)
        self.below_it, = self.below.plot([], [], "v", **gone)
        self.remark = self.below.text(0, 0, "", va="top", color=LOOK["h"].colour, fontweight="bold", zorder=3)
        self.moving = [self.stems, self.tips, self.span, self.silent, self.h, self.above_it, self.below_it,
                       self.remark]

    def _axes(self):
        self.above.set(ylim=(-1.35, 1.35), yticks=[-1, 0, 1], ylabel="input x")
        self.below.set(xlabel="step t", ylabel="state h")
        self.above.set_title("what the unit reads")
        self.below.set_title("what it holds (dotted: the same unit, had nothing come in)")

    def update(self, memory):
        """Move everything to a Memory."""
        steps = np.arange(1, len(memory.x) + 1)
        came = np.flatnonzero(memory.x)
        self.stems.set_segments([[(steps[t], 0), (steps[t], memory.x[t])] for t in came])
        self.tips.set_data(steps[came], memory.x[came])
        height = self._fit(len(steps), max(np.abs(memory.h).max(), np.abs(memory.silent).max()))
        self._draw(steps, memory, height)
        self._mark(steps, memory)

    def _fit(self, steps, peak):
        """Choose the height of the state's axis; only a change of it makes the whole picture be drawn again."""
        height = next((h for h in HEIGHTS if peak <= h), HEIGHTS[-1])
        for ax, ends in ((self.below.set_ylim, (-height, ROOM * height)), (self.below.set_xlim, (0.5, steps + 0.5))):
            if (self.below.get_ylim() if ax == self.below.set_ylim else self.below.get_xlim()) != ends:
                ax(*ends)
        return height

    def _draw(self, steps, memory, height):
        """The states that the axis holds as lines; where h is beyond it, an arrow head at its edge."""
        for line, values in ((self.h, memory.h), (self.silent, memory.silent)):
            line.set_data(steps, np.where(np.abs(values) <= height, values, np.nan))
        for heads, beyond, edge in ((self.above_it, memory.h > height, height),
                                    (self.below_it, memory.h < -height, -height)):
            heads.set_data(steps[beyond], np.full(beyond.sum(), 0.94 * edge))

    def _mark(self, steps, memory):
        start = steps[memory.last_pulse]
        end = steps[-1] if memory.remembered is None else start + memory.remembered
        self.span.set_x(start), self.span.set_width(end - start)
        long = ("still growing at the end" if memory.grows else "still there at the end"
                if memory.remembered is None else "forgotten at once"
                if memory.remembered < 2 else f"remembered for {memory.remembered} steps")
        heads = "".join(sign for sign, line in (("▲", self.above_it), ("▼", self.below_it)) if len(line.get_xdata()))
        parts = [long] * (memory.peak > 0) + [f"{heads} h is beyond this axis"] * bool(heads)
        self.remark.set_text("; ".join(parts))
        self.remark.set_position((start + 0.3, 0.97 * self.below.get_ylim()[1]))
