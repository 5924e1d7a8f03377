"""What a classifier believes after each letter of a name, and which reading direction gave it the score."""

from dataclasses import dataclass

import numpy as np

from rnncourse.plots.moving import Moving
from rnncourse.plots.palette import INK, LOOK, QUIET, SEQUENTIAL

NAMED = 3      # so many beliefs have their number beside them


@dataclass(frozen=True, eq=False)
class Beliefs:
    """What a name classifier says as a name of T letters grows. Row t: after t letters; row 0: before the first.

    forward, backward  (T + 1, K): what each direction's reading of these t letters adds to the scores; the backward
                       one is 0 where the model reads in one direction
    bias               (K,): the scores before any letter
    """

    forward: np.ndarray
    backward: np.ndarray
    bias: np.ndarray

    @property
    def both(self):
        """(T + 1, K) probabilities: the model's own."""
        return _softmax(self.bias + self.forward + self.backward)

    @property
    def left_to_right(self):
        """(T + 1, K) probabilities if the backward reading's part is left out of the scores."""
        return _softmax(self.bias + self.forward)


@dataclass(frozen=True, eq=False)
class NameRead:
    """What is shown: `letters` (T texts), `belief` (T + 1, K), and the two parts (K,) of the scores at row `at`.

    A part that has no say in the belief is nan, and is not drawn.
    """

    letters: tuple
    belief: np.ndarray
    at: int
    forward: np.ndarray
    backward: np.ndarray


class BeliefScene(Moving):
    """Three panels that share their rows, a language each: belief by letter, belief at one of them, parts of the score.

    languages  K names; longest: letters there is room for; reach: the end of the score's axis
    """

    def __init__(self, figure, languages, longest, reach):
        figure.set_layout_engine("none")
        self.longest, self.reach, self.rows, self.moving = longest, reach, np.arange(len(languages)), []
        self._by_letter(figure.add_axes((0.135, 0.115, 0.445, 0.79)), languages)
        self._now(figure.add_axes((0.6, 0.115, 0.15, 0.79)))
        self._parts(figure.add_axes((0.775, 0.115, 0.21, 0.79)))

    def update(self, found):
        """Show a `NameRead`."""
        T, wide = len(found.letters), 2 if 2 * len(found.letters) < self.longest else 1    # short names: wide columns
        self.cells.set_data(found.belief.T)
        self.cells.set_extent((0, wide * (T + 1), len(self.rows) - 0.5, -0.5))
        self.mark.set_xdata([wide * (found.at + 0.5)])
        for k, letter in enumerate(self.letters):
            letter.set_position((wide * (k + 0.5), len(self.rows)))
            letter.set_text(("·", *found.letters)[k] if k <= T else "")
        belief = found.belief[found.at]
        self.bars.set_segments([[(0, row), (share, row)] for row, share in enumerate(belief)])
        for stamp, row in zip(self.shares, np.argsort(-belief, kind="stable"), strict=False):
            inside = belief[row] > 0.7
            stamp.set_position((belief[row] - 0.34 if inside else belief[row] + 0.04, row))
            stamp.set_text(f"{100 * belief[row]:.0f} %" if belief[row] >= 0.005 else "")
            stamp.set_color("white" if inside else INK)
        for dots, part in ((self.forward, found.forward), (self.backward, found.backward)):
            dots.set_xdata(np.clip(part - part.mean(), -self.reach, self.reach))
        return self

    def _by_letter(self, ax, languages):
        self._frame(ax, "Belief after each letter", (0, self.longest + 1))
        ax.set_yticks(self.rows, languages)
        self.cells = ax.imshow(np.zeros((len(languages), 1)), cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto",
                               extent=(0, self.longest + 1, len(languages) - 0.5, -0.5), zorder=2)
        self.mark, = ax.plot([0], [-0.75], "v", color=INK, markersize=6, clip_on=False)
        self.letters = [self._stamp(ax, k, 0, fontsize=11, ha="center") for k in range(self.longest + 1)]
        ax.text(0, len(languages) + 1.15, "dark: none, bright yellow: sure.   · before the first letter", fontsize=8.5,
                color=QUIET, va="center")
        self.moving += [self.cells, self.mark]

    def _now(self, ax):
        self._frame(ax, "At ▼, in %", (0, 1))
        ax.set_xticks([0, 0.5, 1], ["0", "50", "100"])
        ax.set_yticks(self.rows, [""] * len(self.rows))
        row = ax.get_window_extent().height * 72 / ax.figure.dpi / len(self.rows)    # points
        self.bars = self._bars(ax, LOOK["h"].colour, 0.72 * row)
        self.shares = [self._stamp(ax, 0, k, fontsize=8.5) for k in range(NAMED)]

    def _parts(self, ax):
        self._frame(ax, "What each reading adds", (-1.06 * self.reach, 1.06 * self.reach))
        ax.set_yticks(self.rows, [""] * len(self.rows))
        ax.grid(True, axis="y")
        ax.axvline(0, color=QUIET, linewidth=0.8)
        end = int(0.85 * self.reach)
        ax.set_xticks([-end, 0, end], [f"−{end}", "0", f"+{end}"])
        looks = ((">", LOOK["h"].colour, "read from the left"), ("<", LOOK["c"].colour, "read from the right"))
        self.forward, self.backward = (ax.plot(np.zeros(len(self.rows)), self.rows, marker, color=colour, markersize=6,
                                               clip_on=False)[0] for marker, colour, _ in looks)
        for k, (marker, colour, words) in enumerate(looks):
            y = -0.085 - 0.033 * k
            ax.plot([0.1], [y], marker, color=colour, markersize=6, transform=ax.transAxes, clip_on=False)
            ax.text(0.16, y, words, transform=ax.transAxes, va="center", fontsize=8.5, color=QUIET)
        self.moving += [self.forward, self.backward]

    def _frame(self, ax, title, ends):
        ax.set(xlim=ends, ylim=(len(self.rows) - 0.5, -0.5), xticks=[])
        ax.set_title(title, fontsize=10.5, pad=14)    # clear of the mark, which stands above its column
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)


def _softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
