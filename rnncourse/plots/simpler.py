"""Pictures of chapter 13: what is lost with fewer components, and states in a plane, coloured by an automaton's."""

from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from rnncourse.plots.automaton import COLOURS, Graph, colour_of
from rnncourse.plots.palette import INK, PAPER, QUIET, REFERENCE, WARNING
from rnncourse.plots.stamp import Stamp


def lost_lines(ax, lost, looks, room=0.26):
    """A line for each `Lost` of {name: Lost}: its score over the number of components kept; its name where it begins.

    looks  {name: how its line is drawn}
    room   share of the axis that is kept for the names, at the left
    """
    for name, found in lost.items():
        ax.plot(found.ks, found.scores, marker="o", markersize=3.5, **looks[name])
        ax.annotate(name, (found.ks[0], found.scores[0]), xytext=(-7, 0), textcoords="offset points", fontsize=9,
                    fontweight="bold", color=looks[name]["color"], ha="right", va="center")
    ks = np.unique(np.concatenate([found.ks for found in lost.values()]))
    to, back = ax.transScale.transform, ax.transScale.inverted().transform
    (low, _), (high, _) = to([(ks[0], 1), (ks[-1], 1)])
    ax.set(xlabel="components kept, k", ylabel="share that is right", ylim=(0, 1.04), xticks=ks, xticklabels=ks,
           xlim=(back((low - room / (1 - room) * (high - low), 1))[0], back((high + 0.03 * (high - low), 1))[0]))
    ax.minorticks_off()
    return ax


def places(ax, xy, states, names=True, size=3.0):
    """Points (N, 2) in the colour of their automaton's state (N,), its number over the middle of each group."""
    for state in np.unique(states):
        own = xy[states == state]
        ax.plot(*own.T, "o", markersize=size, color=colour_of(state), alpha=0.55, markeredgewidth=0, zorder=2)
        if names and state >= 0:
            ax.text(*_middle(own), str(state), fontsize=10, fontweight="bold", color=INK, ha="center", va="center",
                    zorder=5, bbox={"boxstyle": "circle,pad=0.2", "facecolor": PAPER, "edgecolor": colour_of(state)})
    ax.set(xlabel="first component", ylabel="second component")
    ax.grid(False)
    return ax


def _middle(points):
    """The one of the points (N, 2) that is nearest to their median: it lies among them, wherever they lie."""
    return points[((points - np.median(points, axis=0)) ** 2).sum(1).argmin()]


def path(ax, xy, colour=INK):
    """A run (T, 2) through the plane, a dot for each step, its start open, its end filled."""
    ax.plot(*xy.T, ".-", color=colour, linewidth=1.0, markersize=3.5, zorder=3)
    ax.plot(*xy[0], "o", color=colour, markerfacecolor=PAPER, markersize=7, zorder=6)
    ax.plot(*xy[-1], "o", color=colour, markersize=7, zorder=6)
    return ax


def held(ax, margins, turns=None):
    """By how much the yes leads, (T,), while a letter is held: above 0 the network says yes."""
    ax.axhline(0, color=REFERENCE, linewidth=1)
    ax.plot(np.arange(len(margins)), margins, color=INK)
    ax.set(xlabel="letters read", ylabel="yes ahead of no, in score")
    if turns is not None:
        ax.axvline(turns, color=QUIET, linewidth=1, linestyle=":")
    return ax


# -- the scene of the explorer ---------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Beside:
    """What is shown: a word of T letters, read by a network, and by the automaton drawn out of the network's states.

    word, at   the word, and how many of its letters have been read
    limits     ((low, high), (low, high)) of the plane
    points     (N, 2) states that the network goes through, and own (N,), the automaton's state of each, −1 for none
    path       (T + 1, 2), the network's states on this word, and seen (T + 1,), the automaton's state of each
    automaton  and lit (T + 1,), its own states on this word
    verdicts   {"language": (T + 1,) booleans, "network": …, "automaton": …} after 0, 1, … T letters
    """

    word: str
    at: int
    limits: tuple
    points: np.ndarray
    own: np.ndarray
    path: np.ndarray
    seen: np.ndarray
    automaton: object
    lit: np.ndarray
    verdicts: dict


class BesideScene:
    """The plane at the left, the automaton at the right, and below each verdict after each letter.

    longest  letters that there is room for
    """

    def __init__(self, figure, longest):
        figure.set_layout_engine("none")
        self.longest, self._limits = longest, None
        self._in_plane(figure.add_axes((0.075, 0.39, 0.48, 0.53)))
        graph = figure.add_axes((0.585, 0.3, 0.41, 0.62))
        graph.set_title("the automaton drawn out of them", fontsize=10.5)
        graph.set_anchor("N")
        self.graph = Graph(graph)
        self._below(figure.add_axes((0.12, 0.055, 0.865, 0.2)))
        self.moving = [*self.groups.values(), self.under, *self.numbers, self.way, self.start, self.here,
                       *self.graph.moving, *self.dots.values(), self.mark, *self.letters]

    def update(self, found):
        """Show a `Beside`."""
        if self._limits != found.limits:
            self._limits = found.limits
            self.plane.set(xlim=found.limits[0], ylim=found.limits[1])
        shown = found.own < len(COLOURS)
        for state, drawn in self.groups.items():
            drawn.set_data(*found.points[found.own == state if state is not None else (found.own < 0) | ~shown].T)
        named = np.unique(found.own[shown & (found.own >= 0)])
        middles = {state: _middle(found.points[found.own == state]) for state in named}
        self.under.set_data(*np.array([*middles.values()]).reshape(-1, 2).T)
        for state, stamp in enumerate(self.numbers):
            stamp.set_text(str(state) if state in middles else "")
            stamp.set_position(middles.get(state, (0, 0)))
        self.way.set_data(*found.path[:found.at + 1].T)
        self.start.set_data(*found.path[:1].T)
        self.here.set_data(*found.path[found.at:found.at + 1].T)
        self.graph.update(found.automaton, lit=int(found.lit[found.at]))
        self._verdicts(found)
        return self

    def _verdicts(self, found):
        T = len(found.word)
        step = self.longest / max(T + 1, 16)
        columns = step * (np.arange(T + 1) + 0.5)
        truth = found.verdicts["language"]
        for (yes, right), drawn in self.dots.items():
            row, column = np.nonzero([(says == yes) & ((says == truth) == right) for says in found.verdicts.values()])
            drawn.set_data(columns[column], row)
        self.mark.set_xdata([columns[found.at]])
        for stamp, letter, x in zip_longest(self.letters, "·" + found.word, columns):
            stamp.set_text(letter or "")
            stamp.set_position((x or 0, -1))

    def _in_plane(self, ax):
        ax.set(xlabel="first component", ylabel="second component")
        ax.set_title("states of the network, in its own plane", fontsize=10.5)
        ax.grid(False)
        self.plane = ax
        self.groups = {state: ax.plot([], [], "o", markersize=3, color=REFERENCE if state is None else colour_of(state),
                                      alpha=0.55, markeredgewidth=0, zorder=2)[0]
                       for state in (None, *range(len(COLOURS)))}
        self.under, = ax.plot([], [], "o", color=PAPER, markersize=13, alpha=0.8, markeredgewidth=0, zorder=4.5)
        self.numbers = [ax.add_artist(Stamp(0, 0, "", fontsize=11, fontweight="bold", color=INK, ha="center", zorder=5,
                                            clip_on=True)) for _ in COLOURS]
        self.way, = ax.plot([], [], "-", color=INK, linewidth=1.1, zorder=3)
        self.start, = ax.plot([], [], "o", color=INK, markerfacecolor=PAPER, markersize=7, zorder=4)
        self.here, = ax.plot([], [], "o", color=INK, markersize=10, alpha=0.75, zorder=4)

    def _below(self, ax):
        ax.set(xlim=(0, self.longest), ylim=(2.6, -1.6), xticks=[], yticks=range(3))
        ax.set_yticklabels(["truth", "network", "automaton"])
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
        for side in ax.spines.values():
            side.set_visible(False)
        self.dots = {(yes, right): ax.plot([], [], "o", color=INK if right else WARNING, markersize=6,
                                           markerfacecolor=None if yes else PAPER)[0]
                     for yes in (True, False) for right in (True, False)}
        self.mark, = ax.plot([0], [-1.75], "v", color=INK, markersize=6, clip_on=False)
        self.letters = [ax.add_artist(Stamp(0, 0, "", fontsize=9, color=INK, ha="center", clip_on=False))
                        for _ in range(self.longest + 1)]
        ax.text(0, 3.0, "filled: yes, it belongs.   hollow: no.   red: not as the truth.   · the empty word",
                color=QUIET, fontsize=8.5, va="center")
