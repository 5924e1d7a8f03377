"""One look for each signal, the same in every equation, drawing, plot and slider of the course.

Colours stand at least 3:1 against white and against Lab's dark page, and stay apart for the common
kinds of colour-blindness among the signals of one cell; line styles keep them apart in grey print.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How a signal is drawn: `colour` as "#rrggbb", a matplotlib `linestyle`, and what it is in words."""

    colour: str
    linestyle: object
    words: str

    @property
    def line(self):
        """The keyword arguments of `ax.plot` for this signal."""
        return {"color": self.colour, "linestyle": self.linestyle}


LOOK = {
    "x": Look("#857d92", (0, (1, 1)), "input"),
    "h": Look("#5865f2", "-", "hidden state"),
    "c": Look("#e8500b", (0, (6, 2)), "cell state"),
    "i": Look("#04985a", "-.", "input gate"),
    "f": Look("#8449b8", (0, (4, 1.5)), "forget gate"),
    "g": Look("#a04b12", (0, (2, 1.2)), "candidate"),
    "o": Look("#3a6e5e", (0, (5, 1, 1, 1, 1, 1)), "output gate"),
    "r": Look("#d01020", "-.", "reset gate"),
    "z": Look("#bd18c6", (0, (4, 1.5)), "update gate"),
    "n": Look("#c07c0a", (0, (2, 1.2)), "candidate"),
}

INK, QUIET, GRID, PAPER = "#1f2229", "#6b707b", "#e4e4df", "#fdfdfb"
TARGET, REFERENCE, WARNING = "#1f2229", "#8b909a", "#d01020"

DIVERGING, SEQUENTIAL = "RdBu_r", "cividis"
