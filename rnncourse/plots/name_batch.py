"""Names of unequal length in one batch, as drawings: padded, packed, and where both directions come to their end."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from rnncourse.plots.palette import GRID, INK, LOOK, QUIET, WARNING

X, H = LOOK["x"].colour, LOOK["h"].colour


def padded(ax, names):
    """A row for each name, steps to the right; an empty cell with a 0 is padding, which a network must not read."""
    steps = max(map(len, names))
    for row, name in enumerate(names):
        for t in range(steps):
            _cell(ax, t, row, name[t] if t < len(name) else "0", real=t < len(name))
        ax.text(steps - 0.2, row, f"{len(name)}", va="center", color=QUIET)
    ax.text(steps - 0.2, -0.85, "length", va="center", ha="center", fontsize=9, color=QUIET)
    return _frame(ax, steps, names, f"padded: {steps} × {len(names)} cells, {_padding(names)} of them padding")


def packed(ax, names):
    """The same, longest first, without padding: the small number counts the letters in the order of the packed array.

    Under each step stands how many names still have a letter there.
    """
    ordered = sorted(names, key=len, reverse=True)
    steps, number = len(ordered[0]), 0
    for t in range(steps):
        alive = sum(len(name) > t for name in ordered)
        for row in range(alive):
            _cell(ax, t, row, ordered[row][t], real=True)
            ax.text(t + 0.4, row - 0.24, str(number), ha="right", va="center", fontsize=8, color=QUIET)
            number += 1
        ax.text(t, len(names) - 0.2, str(alive), ha="center", va="center", color=H, fontweight="bold")
    ax.text(-0.75, len(names) - 0.2, "names read", ha="right", va="center", fontsize=9, color=H)
    return _frame(ax, steps, ordered, f"packed: {number} letters, step by step")


def both_directions(ax, name, steps):
    """One name in a batch of `steps` steps, under a layer that reads it both ways.

    Full boxes are the two last states, which have read the whole name; the dashed frame is the output at the last
    step of the batch, `out[-1]`.
    """
    if len(name) > steps:
        raise ValueError(f"{name!r} has {len(name)} letters and the batch {steps} steps; expected at least as many")
    last = len(name) - 1
    for t in range(steps):
        real = t <= last
        _cell(ax, t, 2, name[t] if real else "0", real)
        for row, full in ((1, t == last), (0, t == 0)):
            _state(ax, t, row, real, full)
    for t in range(last):
        _arrow(ax, t, t + 1, 1)
        _arrow(ax, t + 1, t, 0)
    ax.add_patch(Rectangle((steps - 1.48, -0.48), 0.96, 1.96, fill=False, edgecolor=WARNING, linestyle="--",
                           linewidth=1.6))
    ax.text(steps - 1, -0.75, "out[-1]", ha="center", va="center", color=WARNING, fontsize=9)
    if last < steps - 1:
        ax.text(steps - 1, 0.5, "padding", ha="center", va="center", fontsize=8, color=WARNING)
    ax.text(last, 0.5, f"all {len(name)} read", ha="center", va="center", fontsize=8, color=H)
    ax.text(0, -0.5, f"all {len(name)} read", ha="center", va="center", fontsize=8, color=H)
    ax.set(xlim=(-1.9, steps - 0.4), ylim=(2.6, -1.05), aspect="equal")
    ax.set_axis_off()
    for row, words in ((2, "letters"), (1, "forward →"), (0, "backward ←")):
        ax.text(-0.65, row, words, ha="right", va="center", fontsize=9, color=X if row == 2 else H)
    return ax


def _padding(names):
    return max(map(len, names)) * len(names) - sum(map(len, names))


def _cell(ax, x, y, letter, real):
    ax.add_patch(Rectangle((x - 0.46, y - 0.4), 0.92, 0.8, facecolor=_pale(X) if real else "none",
                           edgecolor=X if real else GRID, linewidth=1))
    ax.text(x, y, letter, ha="center", va="center", fontsize=11 if real else 8, color=INK if real else QUIET)


def _state(ax, x, y, real, full):
    style = {"boxstyle": "round,pad=0,rounding_size=0.14", "linewidth": 1.4}
    ax.add_patch(FancyBboxPatch((x - 0.26, y - 0.22), 0.52, 0.44, edgecolor=H if real else GRID,
                                facecolor=H if full else _pale(H) if real else "none", **style))


def _arrow(ax, start, end, row):
    way = 1 if end > start else -1
    ax.add_patch(FancyArrowPatch((start + way * 0.28, row), (end - way * 0.28, row), color=H, linewidth=1.6,
                                 arrowstyle="-|>", mutation_scale=10, shrinkA=1, shrinkB=1))


def _pale(colour):
    return (*(int(colour[k:k + 2], 16) / 255 for k in (1, 3, 5)), 0.16)


def _frame(ax, steps, names, title):
    ax.set(xlim=(-0.7, steps + 0.3), ylim=(len(names) + 0.3, -1.2), aspect="equal")
    ax.set_yticks(range(len(names)), [""] * len(names))
    ax.set_xticks(range(steps), [str(t) for t in range(steps)])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_title(title, fontsize=10)
    return ax
