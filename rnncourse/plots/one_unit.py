"""A one-unit memory over time: the input's pulses above, the state below, and the stretch that it remembers."""

import numpy as np

from rnncourse.plots.palette import LOOK, QUIET

HEIGHTS = (1.25, 5, 25)    # of the state's axis: the first that holds it


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
        self.remark = self.below.text(0, 0, "", va="top", color=LOOK["h"].colour, fontweight="bold", zorder=3)
        self.moving = [self.stems, self.tips, self.span, self.silent, self.h, self.remark]

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
        self.h.set_data(steps, memory.h)
        self.silent.set_data(steps, memory.silent)
        self._fit(len(steps), max(np.abs(memory.h).max(), np.abs(memory.silent).max()))
        self._mark(steps, memory)

    def _fit(self, steps, peak):
        """Choose the height of the state's axis; only a change of it makes the whole picture be drawn again."""
        height = next((h for h in HEIGHTS if peak <= h), HEIGHTS[-1])
        for ax, ends in ((self.below.set_ylim, (-height, height)), (self.below.set_xlim, (0.5, steps + 0.5))):
            if (self.below.get_ylim() if ax == self.below.set_ylim else self.below.get_xlim()) != ends:
                ax(*ends)

    def _mark(self, steps, memory):
        start = steps[memory.last_pulse]
        end = steps[-1] if memory.remembered is None else start + memory.remembered
        self.span.set_x(start), self.span.set_width(end - start)
        steps_long = "1 step" if memory.remembered == 1 else f"{memory.remembered} steps"
        long = "still there at the end" if memory.remembered is None else f"remembered for {steps_long}"
        self.remark.set_text(long if memory.peak > 0 else "")
        self.remark.set_position((start + 0.3, 0.94 * self.below.get_ylim()[1]))
