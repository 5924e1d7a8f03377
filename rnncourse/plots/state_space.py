"""A state space in three components, seen from one side: runs, fixed points by stability, directions; a run's answers.

What is nearer is larger and darker, and of two fixed points the nearer covers the other. Lines never cover a point.
"""

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import IdentityTransform

from rnncourse.plots.palette import INK, LOOK, PAPER, QUIET, REFERENCE, TARGET

KINDS = ({"marker": "o", "face": INK, "size": 80, "says": "stable"},
         {"marker": "D", "face": PAPER, "size": 46, "says": "saddle, one way out"},
         {"marker": "s", "face": PAPER, "size": 46, "says": "two ways out"},
         {"marker": "^", "face": PAPER, "size": 62, "says": "three ways out"})
PATHS = [MarkerStyle(kind["marker"]).get_path().transformed(MarkerStyle(kind["marker"]).get_transform())
         for kind in KINDS]
FACES = np.array([to_rgb(kind["face"]) for kind in KINDS])
SIZES = np.array([kind["size"] for kind in KINDS])
AXES = ("PC 1", "PC 2", "PC 3")
TAIL = 6          # steps of the run that stay bright
SPAN = 1.12       # half the height of the picture, in radii at zoom 1
DEPTHS = np.linspace(0, 1, 4)     # shades of the other runs, from far to near
CORNER = np.array([-0.86, -0.86])


def space(ax, found):
    """Draw a `Flight` on ax, without key."""
    Space(ax).update(found)
    return ax


class Space:
    """The space of one network: `moving` artists that `update` sets to a Flight."""

    def __init__(self, ax):
        ax.set(xlim=(-SPAN, SPAN), ylim=(-SPAN, SPAN), aspect="equal", xticks=[], yticks=[])
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(False)
        self.crowd = [ax.plot([], [], linewidth=0.6, zorder=2 + share / 100, color=_foggy(
            REFERENCE, np.array([2 * share - 1]), fade=0.5, paler=0.4)[0])[0] for share in DEPTHS]
        self.edges, self.path, self.arms, self.axes = (
            ax.add_collection(LineCollection([], zorder=place, linewidths=width, **more), autolim=False)
            for place, width, more in ((2.1, 1.4, {"linestyles": [(0, (2, 2))]}), (2.3, 1.8, {}),
                                       (2.7, 2.2, {}), (2.05, 1.2, {"colors": QUIET})))
        self.points = PathCollection(PATHS, sizes=[1], linewidths=1.5, zorder=2.6, offset_transform=ax.transData,
                                     offsets=np.zeros((1, 2)))
        self.points.set_transform(IdentityTransform())
        ax.add_collection(self.points, autolim=False)
        self.here = ax.plot([], [], "o", markersize=11, markerfacecolor=LOOK["h"].colour, markeredgecolor=PAPER,
                            markeredgewidth=1.5, zorder=2.9)[0]
        self.names = [ax.text(0, 0, name, color=QUIET, fontsize=8.5, ha="center", va="center", zorder=2.06,
                              clip_on=True) for name in AXES]
        self.says = [ax.text(0.99, 0.06 - 0.05 * line, says, transform=ax.transAxes, ha="right", va="bottom",
                             fontsize=8.5, color=LOOK[look].colour, zorder=2.95)
                     for line, (says, look) in enumerate((("direction that grows", "c"), ("slowest direction", "i")))]
        self.moving = [*self.crowd, self.axes, self.edges, self.path, self.points, self.arms, self.here, *self.names,
                       *self.says]

    def update(self, found):
        """Move everything to a Flight."""
        here, view = found.world, found.view
        self._others(view, here.crowd)
        _lines(self.edges, view, here.edges, QUIET, fade=0.6)
        self._run(found)
        _points(self.points, view, here, found.shown)
        arms = here.arms[found.shown].reshape(-1, 2, 3) if found.arms else np.empty((0, 2, 3))
        modes = np.repeat(here.found.unstable[found.shown], 3)[~np.isnan(arms[:, 0, 0])] if len(arms) else []
        colours = np.where(np.array(modes)[:, None] > 0, to_rgb(LOOK["c"].colour), to_rgb(LOOK["i"].colour)) if len(
            arms) else None
        _lines(self.arms, view, arms[~np.isnan(arms[:, 0, 0])], colours, fade=0.5)
        for text in self.says:
            text.set_visible(found.arms)
        ends = CORNER + 0.13 * view.axes[:2].T
        self.axes.set_segments([(CORNER, end) for end in ends])
        for name, end in zip(self.names, ends, strict=True):
            name.set_position(CORNER + 1.55 * (end - CORNER))

    def _others(self, view, runs):
        """The other runs (C, T, 3), in a few shades by depth: a line each, broken where another shade goes on."""
        places, near = view.of(runs)
        pieces = np.stack([places[:, :-1], places[:, 1:], np.full_like(places[:, 1:], np.nan)], axis=2)
        depth = np.abs((near[:, :-1, None] + near[:, 1:, None]) / 2 - (2 * DEPTHS - 1)).argmin(-1)
        for shade, line in enumerate(self.crowd):
            line.set_data(*pieces[depth == shade].reshape(-1, 2).T)

    def _run(self, found):
        """The run up to the step looked at, its last few steps in full colour, and where it is."""
        path = found.path[:found.step]
        fresh = np.arange(1, len(path)) >= found.step - TAIL
        _lines(self.path, found.view, np.stack([path[:-1], path[1:]], axis=1), LOOK["h"].colour, fade=0.4,
               paler=np.where(fresh, 0, 0.55))
        place, near = found.view.of(path[-1])
        self.here.set_data([place[0]], [place[1]])
        self.here.set_markersize(11 * found.view.larger(near))


def _lines(drawn, view, segments, colour, fade, paler=0.0):
    """Segments (n, 2, 3), the far ones first and paler: up to the share `fade` towards the paper."""
    if not len(segments):
        drawn.set_segments([])
        return
    places, near = view.of(segments)
    near = near.mean(1)
    order = np.argsort(near, kind="stable")
    drawn.set_segments(places[order])
    drawn.set_color(_foggy(colour, near, fade, paler)[order])


def _foggy(colour, near, fade, paler=0.0):
    """(n, 3) colours, the farther the nearer to the paper's."""
    rgb = np.broadcast_to(to_rgb(colour) if isinstance(colour, str) else colour, (len(near), 3))
    share = np.clip(fade * (1 - near) / 2 + paler, 0, 0.92)[:, None]
    return (1 - share) * rgb + share * np.array(to_rgb(PAPER))


def _points(drawn, view, here, shown):
    """The fixed points that are shown, the far ones first, each with the mark of its stability."""
    places, near = view.of(here.points[shown])
    order = np.argsort(near, kind="stable")
    kind = np.minimum(here.found.unstable[shown], 3)[order]
    near = near[order]
    drawn.set_paths([PATHS[k] for k in kind] or PATHS)
    drawn.set_offsets(places[order].reshape(-1, 2))
    drawn.set_sizes(SIZES[kind] * view.larger(near) ** 2 if len(kind) else [0])
    drawn.set_facecolor(_foggy(FACES[kind], near, 0.55))
    drawn.set_edgecolor(_foggy(INK, near, 0.55))


class StateSpaceScene:
    """The space at the left with its key below, what the network answers at each step of the run at the right."""

    def __init__(self, figure):
        figure.set_layout_engine("none")
        self.space = Space(figure.add_axes((0.0, 0.09, 0.56, 0.9)))
        key(figure.add_axes((0.0, 0.0, 1.0, 0.085)))
        self.answers = []
        for bit in range(3):
            ax = figure.add_axes((0.62, 0.71 - 0.27 * bit, 0.365, 0.21))
            ax.set(xlim=(0.3, 40.7), ylim=(-1.45, 1.45), yticks=[-1, 0, 1], ylabel=f"bit {bit + 1}")
            ax.tick_params(labelbottom=bit == 2)
            self.answers.append(Answer(ax))
        self.answers[0].ax.set_title("pulses, and what the network answers")
        self.answers[2].ax.set_xlabel("step of the run")
        self.moving = [*self.space.moving, *(artist for answer in self.answers for artist in answer.moving)]

    def update(self, found):
        """Move everything to a Flight."""
        self.space.update(found)
        for bit, answer in enumerate(self.answers):
            answer.update(found.x[:, bit], found.y[:, bit], found.target[:, bit], found.step)


class Answer:
    """One bit over the steps of a run: pulses as stems, the target, the network's answer, the step looked at."""

    def __init__(self, ax):
        self.ax = ax
        self.now = ax.plot([], [], color=REFERENCE, linewidth=6, alpha=0.45, zorder=1.8)[0]
        self.target = ax.plot([], [], color=TARGET, linewidth=1.0, linestyle=(0, (3, 2)), zorder=2.1)[0]
        self.answer = ax.plot([], [], linewidth=1.8, zorder=2.2, **LOOK["h"].line)[0]
        self.pulses = ax.add_collection(LineCollection([], colors=LOOK["x"].colour, linewidths=3, zorder=2),
                                        autolim=False)
        self.moving = [self.now, self.pulses, self.target, self.answer]

    def update(self, x, y, target, step):
        """x, y, target (T,); step from 1."""
        steps = np.arange(1, len(x) + 1)
        self.now.set_data([step, step], [-1.4, 1.4])
        self.target.set_data(steps, target)
        self.answer.set_data(steps, y)
        self.pulses.set_segments([[(t, 0), (t, value)] for t, value in zip(steps, x, strict=True) if value])


def key(ax):
    """Say what each mark means, in an axes that holds nothing else."""
    marks = [Line2D([], [], linestyle="", marker=kind["marker"], markerfacecolor=kind["face"], markeredgecolor=INK,
                    markersize=kind["size"] ** 0.5 * 0.85, label=kind["says"]) for kind in KINDS]
    lines = [Line2D([], [], label="the run", linewidth=2, **LOOK["h"].line),
             Line2D([], [], color=LOOK["x"].colour, linewidth=3, label="pulse"),
             Line2D([], [], color=TARGET, linewidth=1, linestyle=(0, (3, 2)), label="should answer")]
    ax.axis("off")
    ax.legend(handles=[*marks, *lines], loc="center", ncols=7, fontsize=8.5, columnspacing=1.5, handletextpad=0.4,
              handlelength=1.5, borderaxespad=0)
    return ax
