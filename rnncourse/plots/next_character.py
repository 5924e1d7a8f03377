"""What a text model says comes next: the likeliest characters before and after temperature and top-k, and how
surprised it was by each character of the prompt."""

from dataclasses import dataclass

import numpy as np

from rnncourse.plots.gates import shown
from rnncourse.plots.moving import Moving
from rnncourse.plots.palette import LOOK, PAPER, QUIET, REFERENCE

LIKELIEST = 20
MOST_BITS = 20    # a bar of the prompt that goes further ends here, with a mark


@dataclass(frozen=True, eq=False)
class NextSymbols:
    """What the picture shows, for a prompt of T symbols and K possible ones.

    prompt    T texts, one for each symbol
    surprise  (T,) bits: −log2 of the probability that each symbol had before it came; NaN for the first
    symbols   K texts
    own       (K,) the model's probabilities of the next symbol
    now       (K,) what temperature and top-k make of them
    """

    prompt: tuple
    surprise: np.ndarray
    symbols: tuple
    own: np.ndarray
    now: np.ndarray

    @property
    def order(self):
        """(K,) the symbols' numbers, likeliest first; temperature and top-k never change it."""
        return np.argsort(-self.own, kind="stable")


class NextCharacterScene(Moving):
    """Two rows: surprise over the prompt's places (`longest` of them), and the likeliest next characters."""

    def __init__(self, figure, longest):
        figure.set_layout_engine("none")
        self.longest, self.moving = longest, []
        self._above(figure.add_axes((0.1, 0.735, 0.89, 0.175)))
        self._below(figure.add_axes((0.1, 0.135, 0.89, 0.405)))

    def update(self, found):
        """Show a `NextSymbols`."""
        heights = np.clip(np.nan_to_num(found.surprise), 0, MOST_BITS)
        self.surprise.set_segments([[(t, 0), (t, bits)] for t, bits in enumerate(heights)])
        beyond = np.flatnonzero(np.nan_to_num(found.surprise) > MOST_BITS)
        self.beyond.set_data(beyond, np.full(len(beyond), 0.93 * MOST_BITS))
        for t, letter in enumerate(self.letters):
            letter.set_text(shown(found.prompt[t]) if t < len(found.prompt) else "")
        first = found.order[:LIKELIEST]
        own, now = ([*p[first], p[found.order[LIKELIEST:]].sum()] for p in (found.own, found.now))
        self.own.set_segments([[(k, 0), (k, p)] for k, p in enumerate(own)])
        self.now.set_segments([[(k, 0), (k, p)] for k, p in enumerate(now)])
        for k, p in enumerate(now):
            self.shares[k].set_position((k, max(p, own[k]) + 0.07))
            self.shares[k].set_text(percent(p) if p > 0 else "–")
        for name, number in zip(self.names, first, strict=False):
            name.set_text(shown(found.symbols[number]))
        return self

    def _above(self, ax):
        ax.set(xlim=(-0.9, self.longest - 0.1), ylim=(0, MOST_BITS), xticks=[], yticks=[0, 10, 20], ylabel="bits")
        ax.set_title("How surprised it was by each character after the first")
        self.surprise = self._bars(ax, LOOK["h"].colour, 8)
        self.beyond, = ax.plot([], [], "^", color=PAPER, markersize=5, zorder=3)
        self.moving.append(self.beyond)
        self.letters = [self._stamp(ax, t, -0.17 * MOST_BITS, ha="center", fontsize=13) for t in range(self.longest)]

    def _below(self, ax):
        ax.set(xlim=(-0.7, LIKELIEST + 0.7), ylim=(0, 1.12), xticks=[], ylabel="probability")
        ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
        ax.set_title("What it says comes next", pad=22)
        self.own = self._bars(ax, REFERENCE, 23, alpha=0.45)
        self.now = self._bars(ax, LOOK["h"].colour, 11)
        self.names = [self._stamp(ax, k, -0.085, ha="center", fontsize=12) for k in range(LIKELIEST)]
        ax.annotate("all\nothers", (LIKELIEST, 0), (0, -4), textcoords="offset points", ha="center", va="top",
                    fontsize=8.5, color=QUIET, linespacing=1.1)
        self.shares = [self._stamp(ax, k, 0, ha="center", fontsize=8.5, color=QUIET) for k in range(LIKELIEST + 1)]
        for x, width, words, style in ((0.0, 23, "the model's own", {"color": REFERENCE, "alpha": 0.45}),
                                       (0.175, 11, "with temperature and top-k, in %", {"color": LOOK["h"].colour})):
            ax.plot([x, x + 0.016], [1.07, 1.07], transform=ax.transAxes, linewidth=width / 2, clip_on=False,
                    solid_capstyle="butt", **style)
            ax.text(x + 0.024, 1.07, words, transform=ax.transAxes, va="center", fontsize=9.5, color=QUIET)


def percent(p):
    """A probability in at most three characters: 100, 42, 1.3, <.1."""
    return f"{100 * p:.0f}" if p >= 0.0995 else f"{100 * p:.1f}" if p >= 0.0005 else "<.1"
