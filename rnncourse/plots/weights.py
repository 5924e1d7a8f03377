"""Weights as pictures: a block for each gate, what is read downward, units to the right; red above 0, blue below."""

import numpy as np

from rnncourse.plots.palette import DIVERGING, LOOK

GATES = {1: ("h",), 3: ("r", "z", "n"), 4: ("i", "f", "g", "o")}
NAMES = {"W_xh": "W_{xh}", "W_hh": "W_{hh}", "b_h": "b_h", "W_x": "W_x", "W_h": "W_h", "b": "b", "b_hn": "b_{hn}"}
READS = {"W_xh": "input", "W_x": "input", "W_hh": "$h$ before", "W_h": "$h$ before"}


def weights(figure, params, reach=None):
    """Draw the `params` of one layer of any cell: a row for each array, a column for each gate. Returns the axes.

    params  {name: array} as `cells`, Trace.params or `params_from_torch` give them
    reach   the size with the full colour, the same in all blocks; the largest size of all where None
    """
    blocks = _blocks(params)
    names, gates = (list(dict.fromkeys(each)) for each in zip(*blocks, strict=True))
    largest = max(float(np.abs(block).max()) for block in blocks.values())
    axes = figure.subplots(len(names), len(gates), squeeze=False, height_ratios=_heights(blocks, names))
    lowest = {gate: name for name, gate in blocks}
    image = None
    for row, name in enumerate(names):
        for column, gate in enumerate(gates):
            ax = axes[row, column]
            if (name, gate) not in blocks:
                ax.set_axis_off()
                continue
            image = _block(ax, blocks[name, gate], reach or largest)
            _label(ax, name, gate, row, column, params[name], name == lowest[gate])
    extend = "both" if (reach or largest) < largest else "neither"
    figure.colorbar(image, ax=axes, pad=0.01, aspect=40, extend=extend, label="weight")
    return axes


def matrix(ax, W, rows, columns, reach=None):
    """Draw one matrix W; `rows` and `columns` say what stands along its sides. Returns `ax`."""
    largest = float(np.abs(W).max())
    image = _block(ax, W, reach or largest)
    ax.figure.colorbar(image, ax=ax, pad=0.01, extend="both" if (reach or largest) < largest else "neither",
                       label="weight")
    ax.set(xlabel=columns, ylabel=rows)
    return ax


def _blocks(params):
    """{(name, gate): (rows, H)}; b_hn of a GRU belongs to n alone."""
    H = params["W_hh" if "W_hh" in params else "W_h"].shape[0]
    found = {}
    for name, array in params.items():
        array = np.atleast_2d(array)
        gates = ("n",) if name == "b_hn" else GATES[array.shape[1] // H]
        found |= {(name, gate): block for gate, block in zip(gates, np.split(array, len(gates), axis=1), strict=True)}
    return found


def _heights(blocks, names):
    """Of each row, for squares of one size as far as that lets a small one be seen."""
    shapes = {name: block.shape for (name, _), block in blocks.items()}
    return [0.16 if shapes[name][0] == 1 else float(np.clip(shapes[name][0] / shapes[name][1], 0.25, 1))
            for name in names]


def _block(ax, values, reach):
    ax.grid(False)
    return ax.imshow(values, aspect="auto", cmap=DIVERGING, vmin=-reach, vmax=reach)


def _label(ax, name, gate, row, column, array, last):
    if row == 0:
        ax.set_title(f"${gate}$  {LOOK[gate].words}", color=LOOK[gate].colour, loc="center")
    if column == 0 or name == "b_hn":
        ax.set_ylabel(f"${NAMES[name]}$" + (f"\n{READS[name]}" if name in READS else ""), rotation=0, ha="right",
                      va="center", labelpad=8)
    ax.set_yticks([0, len(array) - 1] if array.ndim > 1 and column == 0 else [])
    ax.set_xticks([0, ax.images[0].get_array().shape[1] - 1] if last else [])
    if last:
        ax.set_xlabel("unit")
    ax.tick_params(length=0)
