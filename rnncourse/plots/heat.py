"""Units × time for every signal of a Trace: one map a signal, one under the other, on the same steps."""

import numpy as np

from rnncourse.plots.gates import ENDS, shown
from rnncourse.plots.palette import DIVERGING, LOOK, SEQUENTIAL
from rnncourse.trace import SIGNALS

LETTERS = 110    # so many stand under a map without touching
FEW = 8          # units that are all numbered


def signals(figure, trace, names=None, row=0, units=None):
    """Draw one row of a Trace of one layer into `figure`: a heat map for each signal. Returns the axes, top to bottom.

    names  which signals: all of the cell where None; "x" and pre-activations "a_f" too
    units  which units, in which order, from top to bottom: all in their own where None

    Gates run from 0 to 1; all else is centred on zero, c and pre-activations with their own reach. Where the Trace has
    tokens, they stand under the lowest map. A good height is about 1.1 inches a signal.
    """
    if trace.parts:
        raise ValueError(f"this Trace has {trace.layers} layer(s) in {len(trace.directions)} direction(s); pick one, "
                         "as in trace.at(layer=0)")
    one, names = trace.row(row), names or SIGNALS[trace.cell]
    axes = np.atleast_1d(figure.subplots(len(names), sharex=True))
    for ax, name in zip(axes, names, strict=True):
        values = one[name][:, 0]
        heat(ax, values if units is None or name == "x" else values[:, units], name)
        if units is not None and name != "x":
            at = range(len(units)) if len(units) <= FEW else (0, len(units) - 1)
            ax.set_yticks(at, [str(units[k]) for k in at])
    for ax in axes[:-1]:
        ax.tick_params(axis="x", length=0)
    _letters(axes[-1], None if one.tokens is None else one.tokens[0], one.steps)
    return axes


def heat(ax, values, name, bar=True):
    """Heat map of one signal's values (T, H), in the range that this signal has: steps to the right, a unit a row."""
    low, high = _range(values, name)
    image = ax.imshow(values.T, aspect="auto", cmap=SEQUENTIAL if low == 0 else DIVERGING, vmin=low, vmax=high)
    base = name.removeprefix("a_")
    squash = "tanh" if base in "gn" else "σ" if base in "iforz" else "f"
    words = LOOK[base].words if base == name else f"before {squash}"
    ax.set_ylabel(f"${name if base == name else f'a_{base}'}$\n{words}", rotation=0, ha="right", va="center",
                  color=LOOK[base].colour, labelpad=26)
    ax.set_yticks([0, values.shape[1] - 1])
    ax.grid(False)
    if bar:
        ax.figure.colorbar(image, ax=ax, pad=0.01, aspect=9, ticks=[low, high] if low == 0 else [low, 0, high],
                           format=lambda tick, _: f"{tick:.2g}".replace("-", "−"))
    return ax


def _range(values, name):
    """That of the signal itself; for c, pre-activations, and the h of an RNN that leaves −1 to 1, its reach here."""
    reach = max(1e-3, float(np.abs(values).max()))
    return ENDS[name] if name in ENDS and reach <= 1 else (-reach, reach)


def _letters(ax, tokens, steps):
    """Tokens under the map where they fit, the numbers of the steps where they do not."""
    if tokens is None or len(tokens) > LETTERS:
        ax.set_xlabel("step t" if tokens is None else "step t: one a token")
        return
    longest = max(len(str(token)) for token in tokens)
    ax.set_xticks(range(steps), [shown(str(token)) for token in tokens], fontsize=10 if len(tokens) < 70 else 8,
                  rotation=60 if longest > 2 and longest * steps > 100 else 0)
    ax.tick_params(axis="x", length=0)
