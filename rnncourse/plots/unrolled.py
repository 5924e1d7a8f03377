"""The unrolled network as a drawing: one box a step, the same weights at each; and its four arrangements."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rnncourse.plots.palette import INK, LOOK, PAPER, QUIET

ARRANGEMENTS = {
    "one-to-one": ([True], [True]),
    "one-to-many": ([True, False, False], [True] * 3),
    "many-to-one": ([True] * 3, [False, False, True]),
    "many-to-many": ([True] * 3, [True] * 3),
}
"""Name -> (at which steps something is read, at which steps something is said)."""

X, H, Y = LOOK["x"].colour, LOOK["h"].colour, INK
WIDE, HIGH = 0.62, 0.42


def folded(ax):
    """The network as it is: one box whose state goes back into it through a delay of one step."""
    _up(ax, 0, 1, 2, "x_t", "W_{xh}", X)
    _up(ax, 0, 2, 3, "y_t", "W_{hy}", Y)
    _box(ax, 0, 2, "h_t", H, filled=True)
    ax.add_patch(FancyArrowPatch((WIDE / 2, 2.12), (WIDE / 2, 1.88), color=H, linewidth=2.4, arrowstyle="-|>",
                                 connectionstyle="arc3,rad=-2.2", mutation_scale=15, shrinkA=2, shrinkB=2))
    ax.text(WIDE / 2 + 0.45, 2.0, "$W_{hh}$\none step later", color=H, va="center", fontsize=9, linespacing=1.35)
    return _frame(ax, -0.6, 1.6, "as it is")


def unrolled(ax, reads, says=None, weights=True, first=1, title="", start=True):
    """Draw one box a step from left to right: the same network at later and later times.

    reads    booleans, one a step: whether an input comes in
    says     booleans, one a step: whether an output is taken (left out: at every step)
    weights  write W_xh, W_hh, W_hy at the arrows
    first    number of the first step
    start    draw the arrow of h_0
    """
    says = [True] * len(reads) if says is None else says
    if len(reads) != len(says):
        raise ValueError(f"reads has {len(reads)} steps and says {len(says)}; expected one entry a step in both")
    for k, (reading, saying) in enumerate(zip(reads, says, strict=True)):
        t = k + first
        if reading:
            _up(ax, k, 1, 2, f"x_{{{t}}}", "W_{xh}" * weights, X)
        if saying:
            _up(ax, k, 2, 3, f"y_{{{t}}}", "W_{hy}" * weights, Y)
        _box(ax, k, 2, f"h_{{{t}}}", H, filled=True)
        if k or start:
            _on(ax, k, "W_{hh}" * weights)
    if start:
        ax.text(-0.83, 2, f"$h_{{{first - 1}}}$", color=H, ha="right", va="center", fontsize=12)
    alone = 0.3 * (len(reads) == 1)
    return _frame(ax, -1.15 if start else -0.5 - alone, len(reads) - 0.5 + alone, title)


def arrangement(ax, name):
    """Draw one of ARRANGEMENTS, without the names of the weights."""
    if name not in ARRANGEMENTS:
        raise ValueError(f"no arrangement {name!r}; there are {', '.join(ARRANGEMENTS)}")
    reads, says = ARRANGEMENTS[name]
    return unrolled(ax, reads, says, weights=False, title=name.replace("-", " "), start=False)


def _up(ax, k, low, high, name, weight, colour):
    """An arrow from row `low` to row `high` at step k, with its weight's name, and a box for what is not the state."""
    ax.add_patch(FancyArrowPatch((k, low + HIGH / 2), (k, high - HIGH / 2), color=colour, linewidth=2,
                                 arrowstyle="-|>", mutation_scale=13, shrinkA=2, shrinkB=2))
    _box(ax, k, low if low == 1 else high, name, colour)
    if weight:
        ax.text(k + 0.06, (low + high) / 2, f"${weight}$", color=colour, va="center", fontsize=10)


def _on(ax, k, weight):
    """The arrow from step k − 1 to step k."""
    ax.add_patch(FancyArrowPatch((k - 1 + WIDE / 2 if k else -0.8, 2), (k - WIDE / 2, 2), color=H, linewidth=2.4,
                                 arrowstyle="-|>", mutation_scale=15, shrinkA=2, shrinkB=2))
    if weight:
        ax.text(k - 0.5 if k else -0.55, 2.13, f"${weight}$", color=H, ha="center", fontsize=10)


def _box(ax, k, row, name, colour, filled=False):
    ax.add_patch(FancyBboxPatch((k - WIDE / 2, row - HIGH / 2), WIDE, HIGH, boxstyle="round,pad=0,rounding_size=0.09",
                                facecolor=colour if filled else PAPER, edgecolor=colour, linewidth=1.6, zorder=3))
    ax.text(k, row, f"${name}$", color=PAPER if filled else colour, ha="center", va="center", fontsize=12, zorder=4)


def _frame(ax, left, right, title):
    ax.set(xlim=(left, right), ylim=(0.6, 3.4), aspect="equal")
    ax.axis("off")
    ax.set_title(title, color=QUIET)
    return ax
