"""An automaton drawn as a graph: states on a ring, accepting ones doubled, an arrow for each letter or letters.

On a ring no straight line from state to state passes a third one, and ours are bent only a little: an edge never runs
through a state. The order round the ring is the one with the shortest edges.
"""

import itertools
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb

from rnncourse.plots.palette import INK, LOOK, PAPER, QUIET, REFERENCE
from rnncourse.plots.stamp import Stamp

COLOURS = tuple(LOOK[signal].colour for signal in "hcingofz")     # of states 0, 1, …; further ones are grey
MOST = 12                 # states that there is room for
SEARCHED = 8              # up to so many, the order round the ring is looked for
REACH = 1.75              # the ring has radius 1; the picture goes so far
CIRCLE = np.stack([np.cos(turn := np.linspace(0, 2 * np.pi, 49)), np.sin(turn)], axis=1)


def colour_of(state):
    """The colour of a state, in the graph and wherever else the state is shown."""
    return COLOURS[state] if 0 <= state < len(COLOURS) else REFERENCE


def automaton(ax, drawn, lit=None, names=None, title=None):
    """Draw an `Automaton` on ax; `lit` is a state to fill with its colour, `names` what stands in the circles."""
    graph = Graph(ax)
    graph.update(drawn, lit, names)
    if title is not None:
        ax.set_title(title)
    return ax


class Graph:
    """A frame for automata: `update` shows another one. `moving` lists the artists that change."""

    def __init__(self, ax):
        ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal", xticks=[], yticks=[])
        ax.grid(False)
        for side in ax.spines.values():
            side.set_visible(False)
        self.edges = ax.add_collection(LineCollection([], colors=QUIET, linewidths=1.5, zorder=2), autolim=False)
        self.heads = ax.add_collection(PolyCollection([], facecolors=QUIET, zorder=2), autolim=False)
        self.discs = ax.add_collection(PolyCollection([], linewidths=2, zorder=3), autolim=False)
        self.rings = ax.add_collection(LineCollection([], linewidths=1.4, zorder=3.1), autolim=False)
        self.names = [self._stamp(ax, fontsize=11, fontweight="bold", zorder=4) for _ in range(MOST)]
        self.letters = [self._stamp(ax, fontsize=10, zorder=4) for _ in range(MOST * 3)]
        self.note = self._stamp(ax, fontsize=10, color=QUIET)
        self.moving = [self.edges, self.heads, self.discs, self.rings, *self.names, *self.letters, self.note]

    def update(self, drawn, lit=None, names=None):
        """Show an `Automaton` of up to 12 states; of a larger one, only how many it has."""
        shown = drawn.states <= MOST
        found = layout(drawn) if shown else Layout(np.zeros((0, 2)), 0.2)
        self.note.set_text("" if shown else f"{drawn.states} states: too many to draw")
        self.edges.set_segments([edge.line for edge in found.edges] + list(found.start))
        self.heads.set_verts([_head(line) for line in [edge.line for edge in found.edges] + list(found.start)])
        self.heads.set_facecolors(QUIET)
        self._states(found, drawn, lit, names)
        written = [edge for edge in found.edges if edge.says][:len(self.letters)]
        for stamp, edge in itertools.zip_longest(self.letters, written):
            stamp.set_text(edge.says if edge else "")
            stamp.set_position(edge.place if edge else (0, 0))

    def _states(self, found, drawn, lit, names):
        colours = [colour_of(state) for state in range(len(found.places))]
        self.discs.set_verts([place + found.radius * CIRCLE for place in found.places])
        self.discs.set_facecolors([c if lit is None or k == lit else _pale(c) for k, c in enumerate(colours)])
        self.discs.set_edgecolors(colours)
        accepting = [state for state in range(len(found.places)) if drawn.accepting[state]]
        self.rings.set_segments([found.places[state] + 0.78 * found.radius * CIRCLE for state in accepting])
        self.rings.set_colors([PAPER if lit is None or state == lit else colours[state] for state in accepting])
        for state, stamp in enumerate(self.names):
            there = state < len(found.places)
            stamp.set_text((str(state) if names is None else names[state]) if there else "")
            stamp.set_position(found.places[state] if there else (0, 0))
            stamp.set_color("white" if lit is None or state == lit else INK)

    @staticmethod
    def _stamp(ax, **style):
        return ax.add_artist(Stamp(0, 0, "", **{"color": INK, "ha": "center", "clip_on": False} | style))


# -- where things stand ------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Edge:
    """An arrow from state to state: `line` (N, 2) from rim to rim; its letters `says`, and their `place` (2,)."""

    source: int
    target: int
    says: str
    line: np.ndarray
    place: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the parts stand: `places` (n, 2) and `radius` of the states, `edges`, and the line of the `start` arrow."""

    places: np.ndarray
    radius: float
    edges: tuple = ()
    start: tuple = ()


def layout(drawn):
    """The `Layout` of an `Automaton`: start at the left, the others round the ring clockwise in the order found."""
    return _layout(drawn.alphabet, drawn.step, drawn.start)


@lru_cache(256)
def _layout(alphabet, step, start):
    n, letters = len(step), {}
    for source, row in enumerate(step):
        for letter, target in zip(alphabet, row, strict=True):
            letters.setdefault((source, target), []).append(str(letter))
    places = _ring(n)[_order(step, start)]
    radius = 0.27 if n <= 5 else min(0.27, 0.52 * np.sin(np.pi / n))
    left = places[start] - [radius, 0]
    arrow = np.linspace(left - [0.42, 0], left - [0.02, 0], 20)
    edges = [_loop(places, source, radius, ", ".join(says), source == start) if source == target else
             _arrow(places, source, target, radius, ", ".join(says), (target, source) in letters)
             for (source, target), says in letters.items()]
    return Layout(places, radius, _labelled(edges, places, radius, arrow), (arrow,))


def _ring(n):
    """(n, 2): places on the ring, the first at the left, then clockwise; one state alone in the middle."""
    turn = np.pi - 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(turn), np.sin(turn)], axis=1) * (n > 1)


def _order(step, start):
    """(n,): the place on the ring of each state. Of all orders the one whose edges are shortest, clockwise if equal."""
    n = len(step)
    others = [state for state in range(n) if state != start]
    if n > SEARCHED or n < 3:
        return np.array([0 if s == start else 1 + others.index(s) for s in range(n)])
    tried = np.array(list(itertools.permutations(range(1, n))))
    place = np.zeros((len(tried), n), int)
    place[:, others] = tried
    source, target = np.array([(s, t) for s, row in enumerate(step) for t in set(row) - {s}]).reshape(-1, 2).T
    on = _ring(n)
    length = np.linalg.norm(on[:, None] - on, axis=2)[place[:, source], place[:, target]].sum(1)
    back = ((place[:, target] - place[:, source]) % n).sum(1)
    return place[np.lexsort((back, np.round(length, 6)))[0]]


def _arrow(places, source, target, radius, says, both):
    """An edge bent to its left: one that comes back lies beside it. Less bent where a state stands in the way.

    One across the ring that has no way back is bent towards the middle, away from those between neighbours.
    """
    a, b = places[source], places[target]
    far = np.linalg.norm(b - a)
    aside = np.array([a[1] - b[1], b[0] - a[0]]) / far
    if not both and far > 2 * np.sin(np.pi / len(places)) + 1e-6 and (a + b) @ aside > 1e-6:
        aside = -aside
    others = np.delete(places, [source, target], axis=0)
    t = np.linspace(0, 1, 61)[:, None]
    for bend in np.sqrt(far) * np.array(((0.2,) if both else ()) + (0.1, 0.06, 0.03)):
        line = (1 - t) * a + t * b + 4 * t * (1 - t) * bend * aside
        if _clear(line, others) > radius + 0.07:
            break
    free = (np.linalg.norm(line - a, axis=1) > radius) & (np.linalg.norm(line - b, axis=1) > radius + 0.02)
    return Edge(source, target, says, line[free])


def _loop(places, state, radius, says, starts):
    middle = places[state]
    turn = np.arctan2(middle[1], middle[0]) if middle.any() else np.pi / 2
    if starts and len(places) > 1:
        turn -= np.pi / 3                                     # clear of the arrow that comes in from the left
    out, size = np.array([np.cos(turn), np.sin(turn)]), 0.8 * radius
    line = middle + (radius + 0.55 * size) * out + size * CIRCLE[:-1] @ np.array([out, [-out[1], out[0]]])
    outside = np.linalg.norm(line - middle, axis=1) > radius + 0.01
    first = int(np.flatnonzero(outside & ~np.roll(outside, 1))[0])
    line = np.roll(line, -first, axis=0)[:outside.sum()]
    room = 0.13 + 0.045 * len(says) * abs(out[0])             # letters are wide, not high
    return Edge(state, state, says, line, middle + (radius + 1.55 * size + room) * out)


def _labelled(edges, places, radius, arrow):
    """The edges, each with a place for its letters where states, other edges and letters are farthest."""
    placed = {edge: edge.place for edge in edges if edge.place is not None}
    for edge in sorted(set(edges) - set(placed), key=lambda edge: len(edge.line)):
        tangent = np.gradient(edge.line, axis=0)
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / np.linalg.norm(tangent, axis=1, keepdims=True)
        at = (np.array([0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74]) * (len(edge.line) - 1)).astype(int)
        tried = np.concatenate([edge.line[at] + side * (0.13 + 0.02 * len(edge.says)) * normal[at] for side in (1, -1)])
        lines = np.concatenate([other.line for other in edges if other is not edge] + [arrow])
        room = np.min([_nearest(tried, places) - radius, _nearest(tried, lines),
                       _nearest(tried, np.array([*placed.values()]).reshape(-1, 2)) - 0.1], axis=0)
        placed[edge] = tried[np.argmax(np.round(np.minimum(room, 0.2), 2))]       # the first that has room enough
    return tuple(replace(edge, place=placed[edge]) for edge in edges)


def _nearest(points, others):
    """(N,): how far each point (N, 2) is from the nearest of the others."""
    return np.linalg.norm(points[:, None] - others, axis=2).min(1, initial=np.inf)


def _clear(line, others):
    return _nearest(line, others).min()


def _head(line, length=0.13, width=0.05):
    tip = line[-1]
    behind = line[np.flatnonzero(np.linalg.norm(line - tip, axis=1) >= length)[-1]]
    along = (tip - behind) / np.linalg.norm(tip - behind)
    aside = np.array([-along[1], along[0]])
    return np.array([tip, tip - length * along + width * aside, tip - length * along - width * aside])


def _pale(colour):
    return tuple(0.8 * p + 0.2 * c for p, c in zip(to_rgb(PAPER), to_rgb(colour), strict=True))
