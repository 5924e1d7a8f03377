"""What is taken for what: a confusion matrix, each row a class as it is, each column what was said."""

import numpy as np
from matplotlib import colormaps

from rnncourse.plots.gates import luminance
from rnncourse.plots.palette import SEQUENTIAL

READABLE = 7.5    # points a cell needs at least, to hold a number


def matrix(ax, counts, labels):
    """Draw how often class i was said to be class j, as shares of each row; returns `ax`.

    counts  (K, K) whole numbers: row i the class as it is, column j what was said
    labels  K names
    A cell shows its share in percent where there is room and it is at least 1; the colour bar is a share, too. A class
    that never came is left empty.
    """
    counts, labels = np.asarray(counts), list(labels)
    _check(counts, labels)
    rows = counts.sum(1, keepdims=True)
    shares = np.divide(counts, rows, out=np.full(counts.shape, np.nan), where=rows > 0)
    image = ax.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1, zorder=2)
    ax.set(xlabel="said", ylabel="is")
    ax.set_xticks(range(len(labels)), labels, rotation=90 if max(map(len, labels)) > 3 else 0)
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(length=0)
    ax.grid(False)
    ax.figure.colorbar(image, ax=ax, pad=0.02, label="share of the row")
    _numbers(ax, shares)
    return ax


def _numbers(ax, shares):
    ax.figure.draw_without_rendering()    # so that a layout engine has said how large a cell is
    cell = ax.get_window_extent().height * 72 / ax.figure.dpi / len(shares)
    size = min(10, 0.55 * cell)
    if size < READABLE * 0.55:
        return
    white = luminance(colormaps[SEQUENTIAL](np.nan_to_num(shares)).reshape(-1, 4)[:, :3]).reshape(shares.shape) < 0.18
    for i, j in np.argwhere(np.nan_to_num(shares) >= 0.01):
        ax.text(j, i, f"{100 * shares[i, j]:.0f}", ha="center", va="center", fontsize=size, zorder=3,
                color="white" if white[i, j] else "black")


def _check(counts, labels):
    if counts.shape != (len(labels), len(labels)) or counts.dtype.kind not in "iu" or (counts < 0).any():
        raise ValueError(f"counts are {counts.dtype} of shape {counts.shape} with {len(labels)} labels; expected whole "
                         "numbers (K, K), none below 0, and K labels")
