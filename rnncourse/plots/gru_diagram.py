"""A GRU beside an LSTM, both drawn to one scale: the state's way through each, valves at the gates, numbers on it.

`BesideScene(figure)` draws once what never changes, and `update(numbers)` moves the rest; `numbers` has `gru` and
`lstm`, as `rnncourse.cells.wires` reads them out of a Trace. `gru_cell(numbers)` is the GRU alone, for print.
"""

from rnncourse import activations
from rnncourse.plots import cell_parts as parts
from rnncourse.plots.cell_parts import THICKNESS, factor, plain, signed
from rnncourse.plots.kept import still
from rnncourse.plots.palette import INK, LOOK, QUIET

HEIGHT, GRU_WIDE, LSTM_WIDE, GAP = 58, 52, 55, 4    # drawing units, ten to an inch
SIZE = ((GRU_WIDE + GAP + LSTM_WIDE) / 10, HEIGHT / 10)
HIGHWAY, SIGNS, LANE = 38.5, 44.6, 30.4         # heights: the state's pipe, the names over it, what lies under it
BOTTOM, TOP = 11.2, 25.2                        # of a gate's panel
FIRST, SECOND, TITLE = 52.4, 48.9, 56.2         # the equations' lines, the name
FULL_C, FULL_A, REACH = 3.0, 3.0, 8.0           # what holds a c, a wire into a gate; the ends of a curve's a-axis
HALF_H = THICKNESS / 2                          # of a pipe that holds 1.0
GRIP = parts.Valve.DEPTH / 2


class Cell:
    """What both drawings share; `left` is where this one begins on the sheet."""

    def __init__(self, ax, left):
        self.ax, self.left, self.parts = ax, left, []

    def at(self, x, y):
        """A point of this cell on the sheet."""
        return self.left + x, y

    def show(self, part, *names):
        """Keep a part that moves, with the names of the numbers that it shows."""
        self.parts.append((part, names))

    def pipe(self, name, start, end, full, signal):
        """A pipe for the number called `name`."""
        self.show(parts.Pipe(self.ax, self.at(*start), self.at(*end), full, signal), name)

    def label(self, name, label, at, width, signal=None, size=9.5):
        """A symbol that stays, and right of it the number that changes."""
        colour = LOOK[signal].colour if signal else INK
        parts.symbol(self.ax, self.at(*at), label, color=colour, fontsize=size + 2)
        self.show(parts.Words(self.ax, self.at(at[0] + width, at[1]), signed, colour, size, bold=signal is not None),
                  name)

    def equation(self, equation, y, width, names, write):
        """An equation that stays, and after it the same with its numbers."""
        parts.symbol(self.ax, self.at(0.3, y), equation, fontsize=11.5)
        self.show(parts.Words(self.ax, self.at(0.3 + width, y), write, size=10), *names.split())

    def frame(self, title, right):
        """The cell's name, and the box round what is inside it."""
        parts.symbol(self.ax, self.at(0.3, TITLE), title, fontsize=12, fontweight="bold")
        parts.box(self.ax, self.at(4, 0.4), (right - 4, HIGHWAY + FULL_C * HALF_H + 0.5), "#cfccc2", "#f7f6f1")

    def control(self, signal, *points):
        """The line by which a gate holds its valve."""
        parts.control(self.ax, [self.at(*point) for point in points], signal)

    def panel(self, name, x, half, words):
        """A gate: its curve, where it stands on it, its value."""
        ax, look, left = self.ax, LOOK[name], x - half
        parts.box(ax, self.at(left, BOTTOM), (2 * half, TOP - BOTTOM), edge=look.colour, zorder=parts.PIPES)
        parts.symbol(ax, self.at(left + 0.9, TOP - 1.9), f"${name}$", color=look.colour, fontsize=11.5)
        parts.symbol(ax, self.at(left + 0.9, TOP - 6.8), words, color=look.colour, fontsize=8.5)
        squash, low, write = ((activations.tanh.value, -1, signed) if name in "gn" else
                              (activations.sigmoid.value, 0, plain))
        self.show(parts.Words(ax, self.at(x + half - 0.7, TOP - 1.9), write, look.colour, 11, "right", bold=True), name)
        self.show(parts.Words(ax, self.at(left + 0.9, TOP - 4.4), lambda a: f"a = {signed(a)}", size=8.5), f"a_{name}")
        corner, size = self.at(left + 0.9, BOTTOM + 0.8), (2 * half - 1.8, TOP - BOTTOM - 6.6)
        self.show(parts.Curve(ax, corner, size, squash, REACH, low, look.colour), f"a_{name}", name)


class GRU(Cell):
    """h_t = z h_{t−1} + (1 − z) n: one gate holds both valves of the state."""

    R, Z, N, HALF, EDGE = 11.6, 25.6, 39.6, 6.4, 47.6

    def __init__(self, ax, left=0):
        super().__init__(ax, left)
        self.frame("GRU", self.EDGE - 0.6)
        self._state()
        self._reset()
        for name, x, words in (("r", self.R, "reset"), ("z", self.Z, "update"), ("n", self.N, "cand.")):
            self.panel(name, x, self.HALF, words)

    def _state(self):
        z, n = self.Z, self.N
        for name, start, end in (("h_prev", 0, z - GRIP), ("kept", z - GRIP, n), ("h", n, self.EDGE)):
            self.pipe(name, (start, HIGHWAY), (end, HIGHWAY), 1.0, "h")
        parts.arrow_head(self.ax, self.at(self.EDGE, HIGHWAY), "h", half=2.2, size=3.4)
        self.pipe("n", (n, TOP), (n, LANE - GRIP), 1.0, "n")
        self.pipe("written", (n, LANE - GRIP), (n, HIGHWAY - HALF_H), 1.0, "n")
        self.pipe("written", (n, HIGHWAY - HALF_H), (n, HIGHWAY), 1.0, None)
        parts.node(self.ax, self.at(n, HIGHWAY), "+")
        self.control("z", (z, TOP), (z, HIGHWAY - HALF_H))
        self.control("z", (z, LANE), (n - HALF_H, LANE))
        self.show(parts.Valve(self.ax, self.at(z, HIGHWAY), 1.0, "z"), "z")
        self.show(parts.Valve(self.ax, self.at(n, LANE), 1.0, "z", level=False), "new")
        parts.symbol(self.ax, self.at(z + 3.2, LANE + 1.5), "$1 - z$", color=LOOK["z"].colour, fontsize=10)
        self.label("h_prev", "$h_{t-1}$", (0.3, SIGNS), 5.4, "h", 11)
        self.label("kept", "$z\\,h_{t-1}$", (z + 1, HIGHWAY + 3.2), 5.4)
        self.label("written", "$(1-z)\\,n$", (n - 13.2, HIGHWAY - 3.7), 6.9)
        self.label("h", "$h_t$", (42.6, SIGNS), 3.4, "h", 11)
        self.equation("$h_t = z\\,h_{t-1} + (1-z)\\,n$", FIRST, 17.4, "z h_prev new n h",
                      lambda z, h_prev, new, n, h: f"≈  {plain(z)} × {factor(h_prev)} + {plain(new)} × {factor(n)}  "
                                                   f"≈  {plain(h)}")

    def _reset(self):
        r, y, arrive = self.R, 6.9, self.N - 3.6
        at = self.at
        self.show(parts.Wire(self.ax, [at(4.2, y), at(r, y)], FULL_A), "h_n")
        self.show(parts.Wire(self.ax, [at(r, y), at(arrive, y), at(arrive, BOTTOM)], FULL_A), "reset")
        self.show(parts.Wire(self.ax, [at(4.2, 2.2), at(self.N + 2, 2.2), at(self.N + 2, BOTTOM)], FULL_A), "x_n")
        self.control("r", (r, BOTTOM), (r, y + HALF_H))
        self.show(parts.Valve(self.ax, at(r, y), 1.0, "r"), "r")
        self.label("h_n", "$h_n$", (4.6, 9.3), 2.7, size=8.5)
        self.label("reset", "$r\\,h_n$", (r + 2, 9.3), 3.8, size=8.5)
        self.label("x_n", "$x_n$", (4.6, 4.4), 2.7, size=8.5)
        for where, words in (((r + 10.6, 9.3), "$h_n = w_h h_{t-1} + b_h$"), ((r + 2, 4.4), "$x_n = w_x x_t + b$")):
            parts.symbol(self.ax, at(*where), words, fontsize=9, color=QUIET)
        self.equation("$n = \\tanh(x_n + r\\,h_n)$", SECOND, 15.4, "x_n r h_n n",
                      lambda x_n, r, h_n, n: f"≈  tanh({plain(x_n)} + {plain(r)} × {factor(h_n)})  ≈  {plain(n)}")


class LSTM(Cell):
    """c_t = f c_{t−1} + i g and h_t = o tanh(c_t): three gates, each with a valve of its own."""

    F, I, G, O, HALF, EDGE = 9.8, 21.4, 33.0, 44.6, 5.4, 50.4
    TANH = 39.2

    def __init__(self, ax, left=0):
        super().__init__(ax, left)
        self.frame("LSTM", self.EDGE - 0.2)
        self._state()
        self._shown()
        for name, x, words in (("f", self.F, "forget"), ("i", self.I, "input"), ("g", self.G, "cand."),
                               ("o", self.O, "output")):
            self.panel(name, x, self.HALF, words)
        parts.symbol(ax, self.at(4.6, 7.6), "A flow is as thick as its value:", fontsize=9, color=QUIET)
        for value, x in ((1.0, 4.6), (-1.0, 14.6)):
            parts.Pipe(ax, self.at(x, 4), self.at(x + 3.6, 4), 1.0, None).update(value)
            parts.symbol(ax, self.at(x + 4.2, 4), signed(value), fontsize=9, color=QUIET)
        parts.symbol(ax, self.at(24, 4), "Wires into $n$ are drawn thinner.", fontsize=9, color=QUIET)

    def _state(self):
        f, g, floor = self.F, self.G, HIGHWAY - FULL_C * HALF_H
        for name, start, end in (("c_prev", 0, f - GRIP), ("kept", f - GRIP, g), ("c", g, self.EDGE)):
            self.pipe(name, (start, HIGHWAY), (end, HIGHWAY), FULL_C, "c")
        parts.arrow_head(self.ax, self.at(self.EDGE, HIGHWAY), "c", half=FULL_C * HALF_H + 0.7, size=4)
        self.pipe("g", (g, TOP), (g, LANE - GRIP), 1.0, "g")
        self.pipe("written", (g, LANE - GRIP), (g, floor), 1.0, "g")
        self.pipe("written", (g, floor), (g, HIGHWAY), 1.0, None)
        parts.node(self.ax, self.at(g, HIGHWAY), "+")
        self.control("f", (f, TOP), (f, floor))
        self.control("i", (self.I, TOP), (self.I, LANE), (g - HALF_H, LANE))
        self.show(parts.Valve(self.ax, self.at(f, HIGHWAY), FULL_C, "f"), "f")
        self.show(parts.Valve(self.ax, self.at(g, LANE), 1.0, "i", level=False), "i")
        self.label("c_prev", "$c_{t-1}$", (0.3, SIGNS), 5.2, "c", 11)
        self.label("kept", "$f\\,c_{t-1}$", (17, SIGNS), 5.4)
        self.label("written", "$i\\,g$", (g - 8.9, LANE + 2.2), 2.4)
        self.label("c", "$c_t$", (45.6, SIGNS), 3.4, "c", 11)
        self.equation("$c_t = f\\,c_{t-1} + i\\,g$", FIRST, 12.6, "f c_prev i g c",
                      lambda f, c_prev, i, g, c: f"≈  {plain(f)} × {factor(c_prev)} + {plain(i)} × {factor(g)}  "
                                                 f"≈  {plain(c)}")

    def _shown(self):
        tap, o, tanh = self.TANH, self.O + 1.4, activations.tanh.value
        self.show(parts.Wire(self.ax, [self.at(tap, HIGHWAY - FULL_C * HALF_H), self.at(tap, LANE + 2.6)], FULL_C), "c")
        parts.box(self.ax, self.at(tap - 3.2, LANE - 2.6), (6.4, 5.2), edge=INK, zorder=parts.PIPES)
        self.show(parts.Curve(self.ax, self.at(tap - 2.6, LANE - 2), (5.2, 4), tanh, FULL_C, -1, INK), "c", "tanh_c")
        self.pipe("tanh_c", (tap + 3.2, LANE), (o - GRIP, LANE), 1.0, "c")
        self.pipe("h", (o - GRIP, LANE), (self.EDGE, LANE), 1.0, "h")
        parts.arrow_head(self.ax, self.at(self.EDGE, LANE), "h", half=2.0, size=3)
        self.control("o", (o, TOP), (o, LANE - HALF_H))
        self.show(parts.Valve(self.ax, self.at(o, LANE), 1.0, "o"), "o")
        self.label("h", "$h_t$", (46.8, LANE - 3.2), 2.5, "h", 9)
        self.equation("$h_t = o\\,\\tanh c_t$", SECOND, 10.8, "o tanh_c h",
                      lambda o, tanh_c, h: f"≈  {plain(o)} × {factor(tanh_c)}  ≈  {plain(h)}")


class BesideScene:
    """Both cells on one figure: the artists that move in `moving`, and `update(numbers)`."""

    def __init__(self, figure):
        ax = self.ax = parts.sheet(figure, GRU_WIDE + GAP + LSTM_WIDE, HEIGHT)
        self.gru, self.lstm = GRU(ax), LSTM(ax, GRU_WIDE + GAP)
        self.moving = _moving(self.gru) + _moving(self.lstm)

    def update(self, numbers):
        """Show `numbers.gru` and `numbers.lstm`: name -> value, as `wires.gru` and `wires.lstm` give them."""
        _fill(self.gru, numbers.gru)
        _fill(self.lstm, numbers.lstm)
        return self


class GRUScene:
    """The GRU alone, at the same size."""

    def __init__(self, figure):
        self.ax = parts.sheet(figure, GRU_WIDE, HEIGHT)
        self.gru = GRU(self.ax)
        self.moving = _moving(self.gru)

    def update(self, numbers):
        """Show `numbers`: name -> value for every wire, as `wires.gru` gives them."""
        _fill(self.gru, numbers)
        return self


def gru_cell(numbers):
    """The drawing of a GRU as a figure of its own, for print."""
    return still(GRUScene, (GRU_WIDE / 10, HEIGHT / 10), numbers)


def _moving(cell):
    return [artist for part, _ in cell.parts for artist in part.moving]


def _fill(cell, numbers):
    for part, names in cell.parts:
        part.update(*(numbers[name] for name in names))
