"""What probes read out of states, and what is lost where it is taken away: drawings for chapter 12."""

from dataclasses import dataclass

import numpy as np

from rnncourse.plots.gates import shown
from rnncourse.plots.moving import Moving
from rnncourse.plots.palette import INK, LOOK, QUIET, REFERENCE, WARNING

PALE = 0.16
READING, NEXT = (-0.3, 1.3), 18    # ends of the axis of readings; how many next symbols are shown


def reading(ax, letters, values, holds, middle=0.5):
    """A probe's reading (T,) letter by letter, over the letters; shaded where the property holds (T,) in truth."""
    at = np.arange(len(letters))
    ax.axhline(middle, color=REFERENCE, linestyle=":", linewidth=1)
    ax.plot(at, values, color=LOOK["h"].colour, marker="o", markersize=3, linewidth=1.4)
    for start, stop in _runs(np.asarray(holds) > 0.5):
        ax.axvspan(start - 0.5, stop - 0.5, color=LOOK["c"].colour, alpha=PALE, linewidth=0)
    ax.set(xlim=(-0.8, len(letters) - 0.2))
    ax.set_xticks(at, [shown(letter) for letter in letters], fontsize=9)
    ax.tick_params(axis="x", length=0, pad=2)
    ax.grid(False)
    return ax


def sources(ax, table, names):
    """How often each of several sources is right. table: {property: (S,) shares}; names: the S sources, worst first.

    A row for each property, a mark for each source; the last source is the one in question, and is drawn full.
    """
    marks, last = ("|", "s", "D", "^", "v", "o"), len(names) - 1
    for row, shares in enumerate(table.values()):
        ax.plot([min(shares), max(shares)], [row, row], color=QUIET, linewidth=0.8, zorder=1)
        for k, share in enumerate(shares):
            ax.plot(share, row, **_mark(marks[k], k == last), label=names[k] if not row else None)
    ax.set_yticks(range(len(table)), table)
    ax.set(ylim=(len(table) - 0.5, -0.5))
    ax.set_xticks(ticks := np.arange(0.5, 1.01, 0.1), [f"{tick:.0%}" for tick in ticks])
    ax.grid(False, axis="y")
    ax.legend(ncols=len(names), loc="upper center", bbox_to_anchor=(0.4, -0.2), columnspacing=1, handletextpad=0.2)
    return ax


def _mark(marker, own):
    colour = LOOK["h"].colour if own else INK
    return {"marker": marker, "linestyle": "none", "color": colour, "markersize": 9 if own else 7,
            "markeredgewidth": 1.4, "markerfacecolor": colour if own else "none", "zorder": 3 if own else 2}


def selectivity(ax, rows):
    """Task beside control accuracy, a row each: {name: (task, control)}; the number at the end is the selectivity."""
    for row, (task, control) in enumerate(rows.values()):
        ax.plot([control, task], [row, row], color=REFERENCE, linewidth=5, alpha=0.5, solid_capstyle="butt", zorder=1)
        ax.plot(task, row, "o", color=LOOK["h"].colour, markersize=9, label="the task" if not row else None)
        ax.plot(control, row, "x", color=WARNING, markersize=8, markeredgewidth=2,
                label="control: random classes" if not row else None)
        ax.text(1.012, row, f"{100 * (task - control):.1f}", va="center", color=INK, transform=ax.get_yaxis_transform())
    ax.text(1.012, -0.75, "selectivity", va="center", fontsize=9, color=QUIET, transform=ax.get_yaxis_transform())
    ax.set_yticks(range(len(rows)), rows)
    ax.set(ylim=(len(rows) - 0.5, -0.6), xlabel="accuracy on held-out pieces")
    ax.grid(False, axis="y")
    ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    return ax


def cause(ax, known, lost, names=None):
    """Each unit a mark: how well it goes with a property (|r|) against what is lost without it.

    known, lost  {layer: (H,)}; names: {(layer, unit): words} written beside marks
    """
    ax.axhline(0, color=REFERENCE, linewidth=0.8)
    for (layer, r), marker, look in zip(known.items(), ("o", "^"), ("c", "h"), strict=False):
        ax.plot(r, lost[layer], marker, color=LOOK[look].colour, markersize=5, alpha=0.6, markeredgewidth=0,
                label=f"layer {layer}")
    for (layer, unit), words in (names or {}).items():
        ax.annotate(words, (known[layer][unit], lost[layer][unit]), xytext=(-14, 22), textcoords="offset points",
                    ha="right", va="center", color=INK, arrowprops={"arrowstyle": "-", "color": QUIET, "shrinkB": 4})
    ax.set(xlim=(0, None))
    ax.margins(y=0.14)
    ax.legend(loc="upper left")
    return ax


def known_and_used(ax, found):
    """Properties as dots: how well known (x) against how much is lost without (y); a bar for what controls lose.

    found  {name: (known, lost, controls' losses (K,))}; each name is written at its dot, the bar goes from the least
           to the most of the controls
    """
    ax.axhline(0, color=REFERENCE, linewidth=0.8)
    for k, (name, (known, lost, controls)) in enumerate(found.items()):
        ax.plot([known, known], [min(controls), max(controls)], color=REFERENCE, linewidth=6, alpha=0.5, zorder=1,
                solid_capstyle="butt", label="another piece's" if not k else None)
        ax.plot(known, lost, "o", color=LOOK["h"].colour, markersize=8, label="the property" if not k else None)
        ax.annotate(name, (known, lost), xytext=(8, 3), textcoords="offset points", va="center", color=INK)
    ax.set_xlim(-0.6, 1.4 * max(known for known, *_ in found.values()))
    ax.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    return ax


def _runs(holds):
    """(start, stop) of each run of True in (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(int)))
    return list(zip(edges[::2], edges[1::2], strict=True))


# -- the explorer -----------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class ReadAndHeld:
    """What the explorer shows of a text of T letters: as the network reads it, and with a cell held.

    letters, holds          T texts; (T,) whether the property holds, in truth
    reading, reading_held   (T,) the probe's reading, 1 yes and 0 no
    c, c_held               (T,) the cell
    p, p_held               (K,) probabilities of the next symbol after the last letter; symbols: K texts
    reader                  the property's name
    reach                   how far up and down the cell is drawn
    """

    letters: tuple
    holds: np.ndarray
    reading: np.ndarray
    reading_held: np.ndarray
    c: np.ndarray
    c_held: np.ndarray
    p: np.ndarray
    p_held: np.ndarray
    symbols: tuple
    reader: str
    reach: float = 6


class ProbeScene(Moving):
    """Three rows: the probe's reading and the cell over the letters, and what is likely to come next."""

    def __init__(self, figure, longest):
        figure.set_layout_engine("none")
        self.longest, self.moving = longest, []
        self._readings(figure.add_axes((0.1, 0.685, 0.885, 0.235)))
        self._cell(figure.add_axes((0.1, 0.41, 0.885, 0.205)))
        self._next(figure.add_axes((0.1, 0.09, 0.885, 0.2)))

    def update(self, found):
        """Show a `ReadAndHeld`."""
        at = np.arange(len(found.letters))
        self.title.set_text(f"“{found.reader}”, as the probe reads it, letter by letter")
        self.before.set_data(at, np.clip(found.reading, *READING))
        self.after.set_data(at, np.clip(found.reading_held, *READING))
        self.truth.set_segments([[(start - 0.5, READING[0]), (stop - 0.5, READING[0])]
                                 for start, stop in _runs(np.asarray(found.holds) > 0.5)])
        self.c.set_data(at, np.clip(found.c / found.reach, -1, 1))    # as a share of the reach
        self.c_held.set_data(at, np.clip(found.c_held / found.reach, -1, 1))
        for stamp, sign in zip(self.ends, ("≤ −", "≥ "), strict=True):
            stamp.set_text(f"{sign}{found.reach:g}")
        for t, stamp in enumerate(self.letters):
            stamp.set_text(shown(found.letters[t]) if t < len(found.letters) else "")
        order = np.argsort(-np.maximum(found.p, found.p_held), kind="stable")[:NEXT]
        self.p.set_segments([[(k, 0), (k, found.p[n])] for k, n in enumerate(order)])
        self.p_held.set_segments([[(k, 0), (k, found.p_held[n])] for k, n in enumerate(order)])
        for name, n in zip(self.names, order, strict=True):
            name.set_text(shown(found.symbols[n]))
        return self

    def _readings(self, ax):
        self._over_letters(ax, READING)
        ax.set_yticks([0, 0.5, 1], ["no", "", "yes"])
        ax.axhline(0.5, color=REFERENCE, linestyle=":", linewidth=1)
        self.title = self._stamp(ax, -0.7, READING[1] + 0.2, ha="left", fontsize=10.5)
        self.before, self.after = self._pair(ax, LOOK["h"].colour)
        self.truth = self._bars(ax, LOOK["c"].colour, 7, alpha=0.45)
        for x, words, style in ((0.62, "as it is", {"color": REFERENCE, "linewidth": 5, "alpha": 0.45}),
                                (0.745, "cell held", {"color": LOOK["h"].colour, "linewidth": 1.8}),
                                (0.89, "holds, in truth", {"color": LOOK["c"].colour, "linewidth": 7, "alpha": 0.45})):
            ax.plot([x - 0.034, x - 0.014], [1.13, 1.13], transform=ax.transAxes, clip_on=False, **style)
            ax.text(x, 1.13, words, transform=ax.transAxes, va="center", fontsize=9, color=QUIET)

    def _cell(self, ax):
        self._over_letters(ax, (-1, 1))
        ax.set_yticks([-1, 0, 1], ["", "0", ""])
        self.ends = [self._stamp(ax, -1.35, at, ha="right", va="center", fontsize=10) for at in (-1, 1)]
        ax.set_ylabel("cell state c", labelpad=29)
        self.c, self.c_held = self._pair(ax, LOOK["c"].colour)
        self.letters = [self._stamp(ax, t, -1.42, ha="center", fontsize=12.5) for t in range(self.longest)]

    def _next(self, ax):
        ax.set(xlim=(-0.7, NEXT - 0.3), ylim=(0, 1), xticks=[])
        ax.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
        ax.set_title("What comes next, it says, after the last letter", fontsize=10.5)
        self.p = self._bars(ax, REFERENCE, 22, alpha=0.45)
        self.p_held = self._bars(ax, LOOK["h"].colour, 10)
        self.names = [self._stamp(ax, k, -0.14, ha="center", fontsize=12) for k in range(NEXT)]

    def _over_letters(self, ax, ends):
        room = 0.08 * (ends[1] - ends[0])
        ax.set(xlim=(-0.9, self.longest - 0.1), ylim=(ends[0] - room, ends[1] + room), xticks=[])
        ax.grid(False)

    def _pair(self, ax, colour):
        before, = ax.plot([], [], color=REFERENCE, linewidth=5, alpha=0.45)
        after, = ax.plot([], [], color=colour, linewidth=1.8, marker="o", markersize=3)
        self.moving += [before, after]
        return before, after
