"""A model as a drawing: its layers from bottom to top, unrolled over a few steps, sizes and parameters beside them."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rnncourse.plots.palette import INK, LOOK, PAPER, QUIET

APART, HIGH = 1.35, 0.5                                  # from one step to the next; the height of a box
PLACES = {1: (0.0,), 2: (-0.27, 0.27)}                   # where the boxes of one or two directions stand
WIDE = {1: 0.66, 2: 0.5}
LABELS = {"embedding": "look up", "linear": "$Wh+b$", "lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


def structure(ax, found, steps=3, output="each"):
    """Draw a `Structure`. A good height is 0.75 inches for each row: a layer, a second one where it reads both ways.

    steps   how many steps are shown; the arrows at the right lead on to the next
    output  "each": what follows the recurrent layers reads every step; "last": the last one alone. The model's
            `forward` decides it, and only you have read it
    """
    if output not in ("each", "last"):
        raise ValueError(f"output is {output!r}; expected 'each' or 'last', the steps that are read out")
    top = max((k for k, part in enumerate(found.parts) if part.recurrent), default=-1)
    for t in range(steps):
        says = output == "each" or t == steps - 1
        _value(ax, t, 0, "x", LOOK["x"].colour)
        height = _column(ax, t, found.parts if says else found.parts[:top + 1])
        if says:
            _between(ax, t, height, found.parts[-1], None)
            _value(ax, t, height, "h" if top == len(found.parts) - 1 else "y", INK)
    row = 1
    for part in found.parts:
        _along(ax, row, steps, part)
        _words(ax, row, steps, part)
        row += _rows(part)
    return _frame(ax, row, steps, found)


def _rows(part):
    return max(1, len(part.directions))


def _column(ax, t, parts):
    """The boxes of one step and the arrows between them; returns the row above the last."""
    row, below = 1, None
    for part in parts:
        _between(ax, t, row, below, part)
        places = PLACES[_rows(part)]
        for k, place in enumerate(places):
            _box(ax, t * APART + place, row + k, part, WIDE[len(places)])
        row, below = row + len(places), part
    return row


def _between(ax, t, row, below, above):
    """From what stands below row `row` into what begins there; the two directions of a layer read and give as one."""
    sources, targets = (PLACES[1 if part is None else _rows(part)] for part in (below, above))
    colour = LOOK["x"].colour if below is None else INK
    if sources == targets == PLACES[1]:
        return _arrow(ax, t * APART, row - 1 + HIGH / 2, row - HIGH / 2, colour)
    bar = row - 0.5
    for k, place in enumerate(sources):
        source = row - len(sources) + k + HIGH / 2
        ax.plot([t * APART + place] * 2, [source, bar], color=colour, linewidth=1.6, zorder=1)
    ends = [t * APART + place for place in (*sources, *targets)]
    ax.plot([min(ends), max(ends)], [bar, bar], color=colour, linewidth=1.6, zorder=1)
    for k, place in enumerate(targets):
        _arrow(ax, t * APART + place, bar, row + k - HIGH / 2, colour)


def _arrow(ax, x, low, high, colour):
    ax.add_patch(FancyArrowPatch((x, low), (x, high), color=colour, linewidth=1.6, arrowstyle="-|>",
                                 mutation_scale=11, shrinkA=0, shrinkB=1, zorder=1))


def _box(ax, x, row, part, wide):
    colour = LOOK["h"].colour if part.recurrent else QUIET
    ax.add_patch(FancyBboxPatch((x - wide / 2, row - HIGH / 2), wide, HIGH, linewidth=1.6, edgecolor=colour, zorder=3,
                                boxstyle="round,pad=0,rounding_size=0.08",
                                facecolor=colour if part.recurrent else PAPER))
    label = LABELS.get(part.kind, part.kind)
    ax.text(x, row, label, ha="center", va="center", zorder=4, color=PAPER if part.recurrent else INK,
            fontsize=9.5 if len(label) < 9 else 7)


def _along(ax, row, steps, part):
    """The states from step to step: h, of an LSTM c above it; the backward direction hands them to the left."""
    places = PLACES[_rows(part)]
    for k, direction in enumerate(part.directions):
        wide = WIDE[len(places)] / 2
        for name, height in zip(part.states, (-0.1, 0.1) if part.kind == "lstm" else (0,), strict=True):
            for t in range(-1, steps):
                left = max(t * APART + wide, -0.9 - places[k]) + places[k]
                right = min((t + 1) * APART - wide, (steps - 1) * APART + 0.9 - places[k]) + places[k]
                ends = (left, right) if direction == "forward" else (right, left)
                ax.add_patch(FancyArrowPatch(*((x, row + k + height) for x in ends), color=LOOK[name].colour,
                                             linewidth=1.8, arrowstyle="-|>", mutation_scale=11, shrinkA=1, shrinkB=1))
            ax.text(APART / 2 + places[k], row + k + height + (0.06 if height >= 0 else -0.07), f"${name}$",
                    color=LOOK[name].colour, ha="center", va="bottom" if height >= 0 else "top", fontsize=10)


def _words(ax, row, steps, part):
    """Beside a row: what the layer is, and how many numbers it has learnt."""
    at = _beside(steps)
    ax.text(at, row + 0.03, part.words.replace("->", "→"), va="bottom", fontsize=10)
    ax.text(at, row - 0.05, f"{part.parameters:,} parameters" if part.parameters else "no parameters", va="top",
            fontsize=9, color=QUIET)
    if len(part.directions) > 1:
        ax.text(at, row + 1, "… and its backward direction", va="center", fontsize=10)


def _beside(steps):
    return (steps - 1) * APART + 1.05


def _value(ax, t, row, name, colour):
    ax.text(t * APART, row, f"${name}_{{{t + 1}}}$", ha="center", va="center", color=colour, fontsize=13)


def _frame(ax, rows, steps, found):
    ax.text(_beside(steps), 0, "one input a step", va="center", color=QUIET, fontsize=9)
    ax.set(xlim=(-1, _beside(steps) + 3.55), ylim=(-0.4, rows + 0.4))
    ax.axis("off")
    ax.set_title(f"{found.model}: {found.total:,} parameters, the same at every step")
    return ax
