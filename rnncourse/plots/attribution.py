"""Which input decided: bars beside the words, phrases over a sentence, sums along a line, methods on two tasks."""

import numpy as np

from rnncourse.plots.palette import INK, LOOK, QUIET, REFERENCE

FOR, AGAINST = "#b2182b", "#2166ac"    # what speaks for the target, and against it: the ends of the diverging map


def colours(values):
    """A colour for each value: for the target, or against it."""
    return [FOR if value >= 0 else AGAINST for value in np.asarray(values)]


def beside_words(ax, words, values, decides=None, signed=True, reach=None, numbers=True):
    """A bar for each word, the first on top; words that are known to decide are bold with a dot. Returns `ax`.

    values  (T,); signed: red to the right speaks for the target, blue to the left against it. Else grey, from 0 on
    reach   the end of the axis; the largest value where None
    """
    values, rows = np.asarray(values, float), np.arange(len(words))
    ax.barh(rows, values, color=colours(values) if signed else REFERENCE, height=0.72, zorder=2)
    reach = (np.abs(values).max() or 1) if reach is None else reach
    room = 1.55 if numbers else 1.08
    ax.set(ylim=(len(words) - 0.4, -0.6), xlim=(-room * reach if signed and values.min() < 0 else 0, room * reach))
    ax.axvline(0, color=QUIET, linewidth=0.8)
    ax.set_yticks(rows, [f"● {word}" if known else word for word, known in
                         zip(words, np.zeros(len(words), bool) if decides is None else decides, strict=True)])
    for label, known in zip(ax.get_yticklabels(), () if decides is None else decides, strict=False):
        label.set_fontweight("bold" if known else "normal")
    if numbers:
        for row, value in enumerate(values):
            ax.annotate(f"{value:+.2f}".replace("-", "−") if signed else f"{value:.2f}", (value, row), va="center",
                        xytext=(4 if value >= 0 else -4, 0), textcoords="offset points", fontsize=8, color=QUIET,
                        ha="left" if value >= 0 else "right")
    ax.tick_params(axis="y", length=0)
    ax.set_xticks([0])
    ax.grid(False)
    return ax


def phrases(ax, words, spans):
    """What phrases made, one above the other: each a bar over its words, red for the target and blue against it.

    spans  (start, stop, value) of each phrase, words start to stop − 1; stacked so that none covers another
    """
    reach, levels = max(abs(value) for _, _, value in spans), []
    for start, stop, value in sorted(spans, key=lambda span: span[1] - span[0]):
        level = next((k for k, taken in enumerate(levels) if all(stop <= a or start >= b for a, b in taken)),
                     len(levels))
        levels += [[]] * (level == len(levels))
        levels[level] = [*levels[level], (start, stop)]
        strength = 0.15 + 0.85 * abs(value) / reach
        ax.barh(level, stop - start - 0.08, left=start + 0.04, height=0.74, color=FOR if value >= 0 else AGAINST,
                alpha=strength)
        ax.text((start + stop) / 2, level, f"{value:+.2f}".replace("-", "−"), ha="center", va="center", fontsize=9,
                color="white" if strength > 0.55 else INK)
    ax.set(xlim=(0, len(words)), ylim=(-0.55, len(levels) - 0.45), yticks=[])
    ax.set_xticks(np.arange(len(words)) + 0.5, words)
    ax.tick_params(axis="x", length=0)
    ax.grid(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    return ax


def along_the_line(ax, alpha, scores, nodes):
    """F from the baseline (α = 0) to the reviews (α = 1), scores (A, B), the last one stressed; ticks at the nodes."""
    for k, line in enumerate(np.asarray(scores).T):
        last = k == np.shape(scores)[1] - 1
        ax.plot(alpha, line, color=LOOK["h"].colour, alpha=1 if last else 0.45, linewidth=2.4 if last else 1.6)
    ax.plot(nodes, np.full(len(nodes), 0.03), "|", color=INK, markersize=8, transform=ax.get_xaxis_transform())
    ax.set(xlabel="α, from the baseline to the review", ylabel="score F")
    ax.set_ylim(np.min(scores) - 0.14 * np.ptp(scores), None)
    return ax


def rule_errors(ax, counts, gaps, powers):
    """How far each rule's sum is from F(x) − F(baseline), by its number of nodes, on logarithmic axes.

    gaps    rule -> (n,) gaps; powers: rule -> the power of 1/n that it should follow (drawn dotted), or None
    """
    looks = dict(zip(gaps, (LOOK["c"], LOOK["f"], LOOK["h"]), strict=False))
    for rule, gap in gaps.items():
        ax.loglog(counts, gap, "o-", color=looks[rule].colour, markersize=4)
        ax.annotate(rule, (counts[-1], gap[-1]), xytext=(7, 0), textcoords="offset points", va="center",
                    color=looks[rule].colour, fontweight="bold", annotation_clip=False)
        if powers.get(rule):
            ax.loglog(counts, 0.3 * gap[-1] * (counts[-1] / np.asarray(counts, float)) ** powers[rule], ":",
                      color=QUIET, linewidth=1.2)    # below the gaps, so that both are seen
    ax.set_xticks(counts, [str(count) for count in counts])
    ax.minorticks_off()
    ax.set(xlabel="nodes", ylabel="|Σ values − change of F|")
    return ax


def two_tasks(axes, first, second, titles):
    """Methods on two tasks: name -> (S,) areas of S networks. A row for each method, a panel for each task.

    A dot is one network, the first on top of its row; red where this method is ahead of all others in this network, or
    level with the best. The short line is the mean, also in numbers. Rows go by the mean on the first task.
    """
    names = sorted(first, key=lambda name: -np.mean(first[name]))
    for ax, task, title in zip(axes, (first, second), titles, strict=True):
        table = np.array([task[name] for name in names])                       # (methods, S)
        rows = np.arange(len(names))[:, None] + np.linspace(-0.26, 0.26, table.shape[1])
        best = table >= table.max(0) - 1e-9
        ax.scatter(table[~best], rows[~best], s=17, color=REFERENCE, zorder=2)
        ax.scatter(table[best], rows[best], s=24, color=FOR, zorder=3)
        ax.vlines(table.mean(1), rows[:, 0] - 0.1, rows[:, -1] + 0.1, color=INK, linewidth=1.2)
        for row, mean in enumerate(table.mean(1)):
            ax.annotate(f"{mean:.3f}", (1.04, row), va="center", fontsize=9, color=INK)
        ax.axvline(0.5, color=QUIET, linewidth=1, linestyle=(0, (2, 2)))
        ax.set(xlim=(0.46, 1.14), ylim=(len(names) - 0.5, -0.5), xlabel="area under ROC", title=title)
        ax.set_xticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
        ax.set_yticks(range(len(names)), names)
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
    axes[1].tick_params(labelleft=False)
    return axes


def falling(ax, share, curves, control):
    """Score against the share (S,) of words taken away: name -> (S,), the one named `control` grey and dashed.

    The lines begin and end together, so their names stand in a legend.
    """
    palette = [LOOK[name].colour for name in ("h", "c", "i", "f", "n", "r")]
    for k, (name, scores) in enumerate(curves.items()):
        colour = REFERENCE if name == control else palette[k % len(palette)]
        ax.plot(100 * share, scores, color=colour, linestyle=(0, (4, 2)) if name == control else "-", label=name)
    ax.set(xlabel="share of the words taken away, in %", ylabel="mean score F")
    ax.legend(loc="upper right")
    return ax
