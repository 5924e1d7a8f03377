"""Signals over time: as lines, one signal or several, and as a heat map of units by steps."""

import numpy as np

from rnncourse.plots.palette import DIVERGING, LOOK, QUIET, SEQUENTIAL


def over_time(ax, signals, steps=None, label_ends=True):
    """Draw named signals (name -> (T,) values) as lines with the signal's own look; names stand at the lines' ends."""
    for name, values in signals.items():
        look = LOOK[name.split("_")[0]]
        at = np.arange(len(values)) if steps is None else steps
        ax.plot(at, values, label=f"{name}: {look.words}", **look.line)
    ax.set_xlabel("step t")
    if label_ends:
        name_ends(ax, {name: values[-1] for name, values in signals.items()}, at[-1])
    return ax


def name_ends(ax, ends, x):
    """Write each name at height ends[name] right of x, in its colour, pushed apart where two would overlap."""
    low, high = ax.get_ylim()
    apart = (high - low) * 13 / (ax.get_window_extent().height * 72 / ax.figure.dpi)    # 13 points
    height = -np.inf
    for name in sorted(ends, key=ends.get):
        height = max(ends[name], height + apart)
        ax.annotate(name, (x, height), xytext=(7, 0), textcoords="offset points", va="center", fontweight="bold",
                    color=LOOK[name.split("_")[0]].colour, annotation_clip=False).set_in_layout(False)
    ax.set_ylim(low, high)
    return ax


def units_by_steps(ax, values, low=None, high=None, tokens=None, label="unit", bar=None):
    """Heat map of (T, H) values: steps to the right, a unit a row. Signed values get a map centred on zero.

    `label` names the rows, `bar` says beside the colour bar what is shown.
    """
    signed = values.min() < 0
    top = np.abs(values).max() if high is None else high
    bottom = -top if signed else 0
    image = ax.imshow(values.T, aspect="auto", cmap=DIVERGING if signed else SEQUENTIAL,
                      vmin=bottom if low is None else low, vmax=top)
    ax.figure.colorbar(image, ax=ax, pad=0.01, label=bar or "")
    ax.set(xlabel="step t", ylabel=label)
    ax.grid(False)
    if tokens is not None:
        ax.set_xticks(range(len(tokens)), [{" ": "␣", "\n": "⏎"}.get(token, token) for token in tokens])
        ax.set_xlabel("")
    return ax


def curve(ax, values, label=None, smooth=1, **style):
    """A loss or score over iterations; `smooth` > 1 draws a running mean over so many, the raw values pale behind."""
    values = np.asarray(values)
    if smooth > 1:
        ax.plot(values, alpha=0.25, linewidth=1, **{"color": QUIET} | style)
        values, start = np.convolve(values, np.ones(smooth) / smooth, "valid"), smooth - 1
        ax.plot(np.arange(start, start + len(values)), values, label=label, **style)
    else:
        ax.plot(values, label=label, **style)
    ax.set_xlabel("iteration")
    return ax
