"""One LSTM cell of one unit as a drawing: the state's way through it, valves at the gates, a number on every wire.

`LSTMScene(figure)` draws once what never changes, and `update(numbers)` moves the rest; `numbers` is what
`rnncourse.cells.wires.lstm` reads out of a Trace. `lstm_cell(numbers)` is the whole picture, for print.
"""

from rnncourse import activations
from rnncourse.plots import cell_parts as parts
from rnncourse.plots.cell_parts import THICKNESS, factor, plain, signed
from rnncourse.plots.kept import still
from rnncourse.plots.palette import INK, LOOK, QUIET

WIDTH, HEIGHT = 100, 66                         # drawing units
SIZE = (10, 6.6)                                # inches that suit the size of the letters
FULL_C, FULL_X, FULL_A, REACH = 3.0, 2.0, 3.0, 8.0   # what holds a c, an x, a wire into a gate; a curve's a-axis
HIGHWAY, LANE, BUS_H, BUS_X = 51.5, 39.6, 9.0, 3.4   # heights of the pipes of c, of h, and of the inputs
ROOF, FLOOR, SIGNS = HIGHWAY + FULL_C * THICKNESS / 2, HIGHWAY - FULL_C * THICKNESS / 2, 58.2
GATES = {"f": 16.5, "i": 37.0, "g": 57.5, "o": 78.0}     # the middle of each gate's panel
BOTTOM, TOP, HALF = 17.2, 32.4, 8.6                      # of a gate's panel
LEFT, RIGHT, EDGE = 7.3, 87.6, 95.0             # the cell's frame; where the state leaves the drawing
TAP = 69.5                                      # where h reads the highway
SOURCES = ("x", "$w_x x$", -6.6, BUS_X), ("h", "$w_h h$", -0.9, BUS_H), ("b", "$b$", 4.8, 12)    # of a gate
GRIP = parts.Valve.DEPTH / 2


class LSTMScene:
    """Static parts on `figure`, the artists that move in `moving`, and `update(numbers)`."""

    def __init__(self, figure):
        ax = self.ax = parts.sheet(figure, WIDTH, HEIGHT)
        self.parts = []
        parts.box(ax, (LEFT, 0.2), (RIGHT - LEFT, ROOF + 0.9), edge="#cfccc2", face="#f7f6f1")
        self._keeping()
        self._writing()
        self._reading()
        self._inputs()
        for name, x in GATES.items():
            self._gate(name, x)
        self._key()
        self.moving = [artist for part, _ in self.parts for artist in part.moving]

    def update(self, numbers):
        """Show `numbers`: name -> value for every wire, as `wires.lstm` gives them."""
        for part, names in self.parts:
            part.update(*(numbers[name] for name in names))
        return self

    def _show(self, part, *names):
        self.parts.append((part, names))

    def _pipe(self, name, start, end, full, signal):
        self._show(parts.Pipe(self.ax, start, end, full, signal), name)

    def _label(self, name, label, at, width, signal=None, size=9.5):
        """A symbol that stays, and right of it the number that changes."""
        colour = LOOK[signal].colour if signal else INK
        parts.symbol(self.ax, at, label, color=colour, fontsize=size + 2)
        self._show(parts.Words(self.ax, (at[0] + width, at[1]), signed, colour, size, bold=signal is not None), name)

    # -- c_t = f c_{t−1} + i g -------------------------------------------------------------------
    def _keeping(self):
        ax, f, plus = self.ax, GATES["f"], GATES["g"]
        for name, start, end in (("c_prev", 0, f - GRIP), ("kept", f - GRIP, plus), ("c", plus, EDGE)):
            self._pipe(name, (start, HIGHWAY), (end, HIGHWAY), FULL_C, "c")
        parts.arrow_head(ax, (EDGE, HIGHWAY), "c", half=FULL_C * THICKNESS / 2 + 0.9, size=4.6)
        parts.control(ax, [(f, TOP), (f, FLOOR)], "f")
        self._show(parts.Valve(ax, (f, HIGHWAY), FULL_C, "f"), "f")
        self._label("c_prev", "$c_{t-1}$", (0.3, SIGNS), 5.2, "c", 11)
        self._label("kept", "$f\\,c_{t-1}$", (31.5, SIGNS), 5.6)
        self._label("c", "$c_t$", (90.2, SIGNS), 3.4, "c", 11)
        self._equation("$c_t = f\\,c_{t-1} + i\\,g$", (0.3, 63.4), 12.9, "f c_prev i g c",
                       lambda f, c_prev, i, g, c: f"≈  {plain(f)} × {factor(c_prev)} + {plain(i)} × {factor(g)}  "
                                                  f"≈  {plain(c)}")

    def _writing(self):
        ax, g = self.ax, GATES["g"]
        self._pipe("g", (g, TOP), (g, LANE - GRIP), 1.0, "g")
        self._pipe("written", (g, LANE - GRIP), (g, FLOOR), 1.0, "g")
        self._pipe("written", (g, FLOOR), (g, HIGHWAY), 1.0, None)
        parts.node(ax, (g, HIGHWAY), "+")
        parts.control(ax, [(GATES["i"], TOP), (GATES["i"], LANE), (g - THICKNESS / 2, LANE)], "i")
        self._show(parts.Valve(ax, (g, LANE), 1.0, "i", level=False), "i")
        self._label("written", "$i\\,g$", (g - 8.2, LANE + 4.4), 2.4)

    # -- h_t = o tanh(c_t) -----------------------------------------------------------------------
    def _reading(self):
        ax, valve, tanh = self.ax, GATES["o"] + 3, activations.tanh.value
        self._show(parts.Wire(ax, [(TAP, FLOOR), (TAP, LANE + 3)], FULL_C), "c")
        parts.box(ax, (TAP - 4, LANE - 3.2), (8, 6.4), edge=INK, zorder=parts.PIPES)
        self._show(parts.Curve(ax, (TAP - 3.2, LANE - 2.5), (6.4, 5), tanh, FULL_C, -1, INK), "c", "tanh_c")
        self._pipe("tanh_c", (TAP + 4, LANE), (valve - GRIP, LANE), 1.0, "c")
        self._pipe("h", (valve - GRIP, LANE), (EDGE, LANE), 1.0, "h")
        parts.arrow_head(ax, (EDGE, LANE), "h", half=2.2, size=3.4)
        parts.control(ax, [(valve, TOP), (valve, LANE - THICKNESS / 2)], "o")
        self._show(parts.Valve(ax, (valve, LANE), 1.0, "o"), "o")
        self._label("tanh_c", "$\\tanh c_t$", (TAP + 4.6, LANE + 4.1), 6.2)
        self._label("h", "$h_t$", (90.2, LANE + 4.1), 3.4, "h", 11)
        self._equation("$h_t = o\\,\\tanh c_t$", (62, 63.4), 11.1, "o tanh_c h",
                       lambda o, tanh_c, h: f"≈  {plain(o)} × {factor(tanh_c)}  ≈  {plain(h)}")

    def _equation(self, equation, at, width, names, write):
        parts.symbol(self.ax, at, equation, fontsize=12)
        self._show(parts.Words(self.ax, (at[0] + width, at[1]), write, size=10.5), *names.split())

    # -- what goes into the gates ----------------------------------------------------------------
    def _inputs(self):
        for name, label, y, full in (("h_prev", "$h_{t-1}$", BUS_H, 1.0), ("x", "$x_t$", BUS_X, FULL_X)):
            self._pipe(name, (LEFT - 0.6, y), (GATES["o"] + HALF, y), full, name[0])
            colour = LOOK[name[0]].colour
            parts.symbol(self.ax, (0.2, y + 1.5), label, color=colour, fontsize=13)
            self._show(parts.Words(self.ax, (0.2, y - 1.1), signed, colour, 10, bold=True), name)

    def _gate(self, name, x):
        ax, look, left = self.ax, LOOK[name], x - HALF
        parts.box(ax, (left, BOTTOM), (2 * HALF, TOP - BOTTOM), edge=look.colour, zorder=parts.PIPES)
        parts.symbol(ax, (left + 0.9, TOP - 2), f"${name}$  {look.words}", color=look.colour, fontsize=10)
        squash, low, write = ((activations.tanh.value, -1, signed) if name == "g" else
                              (activations.sigmoid.value, 0, plain))
        self._show(parts.Words(ax, (x + HALF - 0.8, TOP - 2), write, look.colour, 12, "right", bold=True), name)
        self._show(parts.Words(ax, (left + 1.2, TOP - 5), lambda a: f"a = {signed(a)}", size=9), f"a_{name}")
        frame = (left + 1, BOTTOM + 1), (2 * HALF - 2, TOP - BOTTOM - 5)
        self._show(parts.Curve(ax, *frame, squash, REACH, low, look.colour), f"a_{name}", name)
        for source, label, shift, start in SOURCES:
            at = x + shift
            self._show(parts.Wire(ax, [(at, start), (at, BOTTOM)], FULL_A), f"{source}_into_{name}")
            parts.symbol(ax, (at + 0.7, BOTTOM - 1.6), label, fontsize=9, color=QUIET)
            self._show(parts.Words(ax, (at + 0.7, BOTTOM - 3.7), size=8.5), f"{source}_into_{name}")

    def _key(self):
        taps = [(x + shift, y) for x in GATES.values() for _, _, shift, y in SOURCES]
        self.ax.plot(*zip(*taps, strict=True), "o", markersize=3.6, color=QUIET, zorder=parts.VALVES)
        for line, y in (("a flow is as thick as its value,", 46.2), ("darkest where it fills its pipe", 44.4)):
            parts.symbol(self.ax, (18.4, y), line, fontsize=9, color=QUIET)
        for value, x in ((1.0, 18.4), (-1.0, 27.8)):
            parts.Pipe(self.ax, (x, 41.4), (x + 3.6, 41.4), 1.0, None).update(value)
            parts.symbol(self.ax, (x + 4.2, 41.4), signed(value), fontsize=9, color=QUIET)


def lstm_cell(numbers):
    """The drawing as a figure of its own, for print."""
    return still(LSTMScene, SIZE, numbers)
