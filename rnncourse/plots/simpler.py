"""Pictures of chapter 13: what is lost with fewer components, and states in a plane, coloured by an automaton's."""

import numpy as np

from rnncourse.plots.automaton import colour_of
from rnncourse.plots.palette import INK, PAPER, QUIET, REFERENCE


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
            middle = own[((own - np.median(own, axis=0)) ** 2).sum(1).argmin()]
            ax.text(*middle, str(state), fontsize=10, fontweight="bold", color=INK, ha="center", va="center", zorder=5,
                    bbox={"boxstyle": "circle,pad=0.2", "facecolor": PAPER, "edgecolor": colour_of(state)})
    ax.set(xlabel="first component", ylabel="second component")
    ax.grid(False)
    return ax


def path(ax, xy, colour=INK):
    """A run (T, 2) through the plane, its start open, its end filled."""
    ax.plot(*xy.T, "-", color=colour, linewidth=1.2, zorder=3)
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
