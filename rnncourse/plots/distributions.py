"""Distributions over a training: as bands of quantiles, as ridges, one a snapshot; Lyapunov exponents as lines."""

import numpy as np

from rnncourse.plots.palette import INK, LOOK, QUIET, REFERENCE


def bands(ax, found):
    """Draw a `Distribution` over the updates: median as a line, the middle half dark, 5 to 95 % pale. Returns `ax`."""
    colour = _colour(found)
    for low in range(len(found.levels) // 2):
        ax.fill_between(found.updates, found.quantiles[:, low], found.quantiles[:, -1 - low], color=colour,
                        alpha=0.18 + 0.14 * low, linewidth=0,
                        label=f"{100 * found.levels[low]:.0f} to {100 * found.levels[-1 - low]:.0f} %")
    ax.plot(found.updates, found.quantiles[:, len(found.levels) // 2], color=colour, label="median")
    if found.logarithmic:
        ax.set_yscale("log")
    else:
        _room(ax, found)
    ax.set(xlabel="updates", ylabel=_unit(found), title=_title(found))
    ax.legend(loc="best")
    return ax


def ridges(ax, found, overlap=1.8):
    """Draw a `Distribution` as hills, one a snapshot, the earliest at the back; each is as high as its bins are full.

    overlap  the height of the fullest bin of all, in steps from one ridge to the next
    """
    colour, middles = _colour(found), (found.edges[:-1] + found.edges[1:]) / 2
    scale = overlap / found.shares.max()
    for k, shares in enumerate(found.shares):
        base = len(found.shares) - 1 - k
        ax.fill_between(middles, base, base + scale * shares, facecolor=colour, alpha=0.3, linewidth=0, zorder=2 + k)
        ax.plot(middles, base + scale * shares, color=colour, linewidth=1.3, zorder=2 + k + 0.5)
    if found.logarithmic:
        ax.set_xscale("log")
    else:
        ax.locator_params(axis="x", nbins=5)
    count = len(found.updates)
    ax.set_yticks(range(count - 1, -1, -1), [f"{update:,}" for update in found.updates])
    ax.set(ylabel="updates", xlabel=_unit(found), title=_title(found), ylim=(-0.15, count - 1 + overlap + 0.2))
    ax.tick_params(axis="y", length=0)
    return ax


def exponents(ax, updates, values):
    """Draw Lyapunov exponents (N, S) over the updates: each a thin line, the largest thick; above 0 changes grow."""
    ax.axhline(0, color=REFERENCE, linewidth=1)
    ax.plot(updates, np.where(np.isfinite(values[:, 1:]), values[:, 1:], np.nan), color=QUIET, linewidth=0.7, alpha=0.6)
    ax.plot(updates, values[:, 0], color=LOOK["h"].colour, linewidth=2.4, zorder=3)
    ax.annotate("the largest", (updates[-1], values[-1, 0]), xytext=(0, 4), textcoords="offset points", ha="right",
                fontweight="bold", color=LOOK["h"].colour)
    ax.annotate("above 0: small changes grow", (0, 0), (4, 3), xycoords=("axes fraction", "data"),
                textcoords="offset points", color=QUIET, fontsize=9)
    ax.set(xlabel="updates", ylabel="λ, nats a step", title="Lyapunov exponents")
    return ax


def _colour(found):
    return LOOK[found.name].colour if found.name in LOOK else INK


def _unit(found):
    return "size of an entry" if found.logarithmic else "value"


def _title(found):
    if found.logarithmic:
        return f"gradient of {found.name}"
    return f"{found.name}: {LOOK[found.name].words}"


def _room(ax, found):
    """The whole range that the signal has."""
    low, high = found.edges[0], found.edges[-1]
    ax.set_ylim(low - 0.03 * (high - low), high + 0.03 * (high - low))
