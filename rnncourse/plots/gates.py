"""Gates over a sequence: one row for each signal, a text coloured by a state, and who wrote a cell state when."""

import numpy as np
from matplotlib import colormaps

from rnncourse.plots.palette import DIVERGING, LOOK

ENDS = dict.fromkeys("iforz", (0, 1)) | dict.fromkeys("gnh", (-1, 1))


def rows(axes, signals, labels=None):
    """One signal on each of `axes`: name -> (T,) values of one unit. Gates get their whole range; c its own,
    with its largest size here at both ends.

    labels  T short texts under the lowest row: characters, days. Returns `axes`.
    """
    for ax, (name, values) in zip(axes, signals.items(), strict=True):
        look, steps = LOOK[name], np.arange(len(values))
        ax.plot(steps, values, color=look.colour, linewidth=1.8)
        ax.fill_between(steps, values, 0, color=look.colour, alpha=0.16, linewidth=0)
        reach = max(1e-3, np.abs(values).max())
        low, high = ENDS.get(name, (-reach, reach))
        ax.set(xlim=(-0.6, len(values) - 0.4), ylim=(low - 0.04 * (high - low), high + 0.04 * (high - low)), xticks=[])
        ticks = [low, high] if name in "iforz" else [low, 0, high]
        ax.set_yticks(ticks, [f"{tick:.2g}".replace("-", "−") for tick in ticks])
        ax.set_ylabel(f"${name}$  {look.words}", rotation=0, ha="right", va="center", color=look.colour, labelpad=10)
        ax.tick_params(axis="x", length=0)
    if labels is not None:
        axes[-1].set_xticks(range(len(labels)), [shown(label) for label in labels])
    return axes


def coloured_text(ax, text, values, width=64, reach=None):
    """`text` in lines of `width`, each character on the colour of its value: red above 0, blue below, `reach` full."""
    reach = np.abs(values).max() if reach is None else reach
    cells = np.full(-(-len(text) // width) * width, np.nan)
    cells[:len(text)] = values
    image = ax.imshow(cells.reshape(-1, width), cmap=DIVERGING, vmin=-reach, vmax=reach, aspect="auto")
    dark = luminance(colormaps[DIVERGING]((np.asarray(values) / reach + 1) / 2)[:, :3]) < 0.18    # white reads better
    for k, (character, white) in enumerate(zip(text, dark, strict=True)):
        ax.text(k % width, k // width, shown(character), ha="center", va="center", fontsize=9.5,
                family="DejaVu Sans Mono", color="white" if white else "black")
    ax.set_axis_off()
    ax.figure.colorbar(image, ax=ax, pad=0.01, shrink=0.9)
    return ax


def writers(ax, table, labels=None, every=1):
    """Who wrote a cell state: table[j, t] is what step j wrote of the state at step t; nothing for j > t.

    labels  names of the steps, shown at each `every`-th one on both axes. Returns `ax`.
    """
    table = np.where(np.tri(len(table)).T > 0, table, np.nan)
    reach = np.nanmax(np.abs(table))
    image = ax.imshow(table, cmap=DIVERGING, vmin=-reach, vmax=reach, aspect="auto")
    ax.figure.colorbar(image, ax=ax, pad=0.01, label="part of $c_t$")
    ax.set(xlabel="in the cell state at step t", ylabel="written at step j")
    ax.grid(False)
    if labels is not None:
        at = range(0, len(labels), every)
        ax.set_xticks(at, [labels[k] for k in at])
        ax.set_yticks(at, [labels[k] for k in at])
    return ax


def shown(character):
    """A space and a line's end as signs that can be seen."""
    return {" ": "␣", "\n": "⏎"}.get(character, character)


def luminance(rgb):
    """Relative luminance of (N, 3) sRGB colours, as WCAG defines it."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
