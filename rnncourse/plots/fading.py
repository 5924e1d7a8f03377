"""Gradients over the steps they walk back, on a logarithmic axis, beside what bounds them."""

import numpy as np

from rnncourse.plots.palette import INK, QUIET, REFERENCE

FLOOR = 1e-12    # what is smaller is drawn here: to float64 it is gone
STYLES = {
    "exact": ("what arrives, $\\|\\partial h_T / \\partial h_t\\|$", {"color": INK, "linewidth": 2.4}),
    "one_by_one": ("at most, by steps, $\\prod \\|J_k\\|$", {"color": QUIET, "linestyle": (0, (5, 2))}),
    "bound": ("at most, by weights, $(\\gamma \\sigma_{max})^{T-t}$", {"color": REFERENCE, "linestyle": (0, (1, 1.5))}),
}


def fading_lines(ax, fading, **exact):
    """Draw a `Fading`: what arrives and its bounds over the steps walked back."""
    lines = _empty_lines(ax, [name for name in STYLES if getattr(fading, name) is not None])
    lines["exact"].set(**exact)
    _set(lines, fading)
    top = max(10.0, np.max(fading.one_by_one))
    ax.set(xlim=(0, len(fading.exact)), ylim=(max(FLOOR, 0.3 * fading.exact.min()), 3 * top))
    return ax


def arriving(ax, curves, looks=None):
    """Draw name -> `Fading`, only what arrives, one line each. looks: name -> keyword arguments of `ax.plot`."""
    for name, fading in curves.items():
        ax.semilogy(fading.steps_back, np.maximum(fading.exact, FLOOR), label=name, **(looks or {}).get(name, {}))
    ax.axhline(1, color=REFERENCE, linewidth=1)
    ax.set(xlabel="steps walked back, T − t", ylabel="what arrives, at most")
    ax.legend(handlelength=4)
    return ax


class FadingScene:
    """A `Fading` on fixed axes from 10⁻¹² to 10¹², so that nothing but the curves moves."""

    def __init__(self, figure):
        ax = figure.subplots()
        self.lines = _empty_lines(ax, STYLES)
        ax.set(xlim=(0, 50), ylim=(FLOOR, 1 / FLOOR), title="a gradient on its way back")
        self.moving = list(self.lines.values())

    def update(self, fading):
        """Show a `Fading`."""
        _set(self.lines, fading)


def _empty_lines(ax, names):
    lines = {name: ax.semilogy([], [], label=STYLES[name][0], **STYLES[name][1])[0] for name in names}
    ax.axhline(1, color=REFERENCE, linewidth=1)
    ax.set(xlabel="steps walked back, T − t", ylabel="share of a gradient")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), handlelength=4)
    return lines


def _set(lines, fading):
    for name, line in lines.items():
        values = getattr(fading, name)
        line.set_data(np.r_[0, fading.steps_back[::-1]], np.r_[1, np.clip(values[::-1], FLOOR, 1 / FLOOR)])
