"""A text coloured by one unit: under each letter the likeliest next ones, above it how far back a score looks.

All letters are put together into one picture from kept glyphs: a thousand separate texts would cost a second.
"""

from dataclasses import dataclass
from functools import lru_cache, partial
from math import ceil

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties

from rnncourse.plots.gates import luminance, shown
from rnncourse.plots.palette import DIVERGING, INK, LOOK, PAPER, QUIET
from rnncourse.plots.stamp import Stamp

FAMILY = "DejaVu Sans Mono"
COLUMNS, LINES, GUESSES = 52, 4, 5
LETTER, BAR, GUESS, GAP = 1.5, 1.15, 1.0, 0.55     # heights of the rows of a line, in rows of guesses
PALE = np.array(to_rgb(PAPER))
SHADES = colormaps[DIVERGING]                      # asked for anew, it would make its table anew
SURE = np.array(to_rgb("#b9bfcc"))                 # behind a guess of probability 1


@dataclass(frozen=True, eq=False)
class ColouredText:
    """N letters and what a unit and the model say at each.

    text    str of N letters
    values  (N,) the unit after each letter was read; `reach`: the value with full colour, −reach its opposite
    name    of unit and signal, in words
    guesses (N, 5) texts, what the model thinks comes next, likeliest first, or None; `shares` (N, 5) how likely
    back    (N,) how strongly a score at letter `at` hangs on each letter, 0 after it; or None
    lowest  where the key of the colours begins: 0 for a gate, −reach where None
    """

    text: str
    values: np.ndarray
    reach: float
    name: str = ""
    guesses: np.ndarray | None = None
    shares: np.ndarray | None = None
    back: np.ndarray | None = None
    at: int | None = None
    lowest: float | None = None


def coloured_text(ax, shown_text, columns=COLUMNS, lines=None):
    """Draw a `ColouredText` on the whole of `ax`, broken at its newlines where `lines` allow it. Returns `ax`."""
    ax.set_axis_off()
    rows = LETTER + GAP + BAR * (shown_text.back is not None) + GUESS * GUESSES * (shown_text.guesses is not None)
    sheet = ax.add_artist(Sheet(ax, columns, lines or len(broken(shown_text.text, columns, 999)), rows))
    sheet.take(shown_text)
    return ax


def broken(text, columns, lines):
    """[(start, stop), …] of the lines that a text is shown in: broken at newlines, or, where these are too many, only
    where a line is full."""
    found, start = [], 0
    for place, character in enumerate(text):
        if character == "\n" or place - start == columns - 1 or place == len(text) - 1:
            found.append((start, place + 1))
            start = place + 1
    if len(found) <= lines:
        return found
    return [(start, min(start + columns, len(text))) for start in range(0, len(text), columns)]


class Sheet(Artist):
    """The letters, their colours, the guesses under them and the bars above them, as one picture that fills `ax`.

    columns, lines  how many letters fit side by side, and how many lines there is room for
    rows            the height of a line, in rows of guesses
    """

    def __init__(self, ax, columns, lines, rows):
        super().__init__()
        self.box, self.columns, self.lines, self.rows, self._shown = ax, columns, lines, rows, None
        self._key = self._below = self._alive = None

    def take(self, found):
        """Show a `ColouredText`."""
        self._shown = found
        self.stale = True

    def get_window_extent(self, renderer=None):
        """The pixels of its axes."""
        return self.box.get_window_extent(renderer)

    def draw(self, renderer):
        """Put the picture on the canvas."""
        self.stale = False
        if self.get_visible() and self._shown is not None:
            box, gc = self.box.get_window_extent(renderer), renderer.new_gc()
            picture = self.picture(int(box.width), int(box.height), renderer.dpi)
            renderer.draw_image(gc, int(box.x0), int(box.y1) - len(picture), picture[::-1])

    def picture(self, width, height, dpi):
        """(height, width, 4) bytes. The guesses of one text are drawn once: most moves change colours and bars only."""
        found, wide = self._shown, width // self.columns
        key = id(found.guesses), id(found.shares), found.text, width, height, dpi
        if key != self._key:
            self._below = np.full((height, width, 4), 255, np.uint8)
            self._below[..., :3] = np.round(255 * PALE)
            self._draw(self._below, [row for row in self._rows(found) if row[0] not in (_bars, _letters)], wide, dpi)
            self._key, self._alive = key, found    # kept alive, so that no other array gets its id
        sheet = self._below.copy()
        self._draw(sheet, [row for row in self._rows(found) if row[0] in (_bars, _letters)], wide, dpi)
        return sheet

    def _draw(self, sheet, rows, wide, dpi):
        row = len(sheet) / (self.lines * self.rows)
        for line, (start, stop) in enumerate(broken(self._shown.text, self.columns, self.lines)[:self.lines]):
            for draw, below, high in rows:
                top = (line * self.rows + below) * row
                cells = sheet[round(top):round(top + 0.96 * high * row), :wide * (stop - start)]
                draw(cells, self._shown, slice(start, stop), wide, dpi)

    def _rows(self, found):
        """[(what draws it, how far below the line's top it begins, its height), …]."""
        bars = BAR if found.back is not None else 0
        count = 0 if found.guesses is None else found.guesses.shape[1]
        return [*[(_bars, 0, BAR)][:bars > 0], (_letters, bars, LETTER),
                *((partial(_guess, k), bars + LETTER + k * GUESS, GUESS) for k in range(count))]


def _letters(cells, found, part, wide, dpi):
    colours = SHADES((found.values[part] / found.reach + 1) / 2)[:, :3]
    inks = np.where(luminance(colours)[:, None] < 0.18, 1.0, 0.0) * np.ones(3)
    _write(cells, found.text[part], colours, inks, 11.0, wide, dpi)
    if found.at is not None and part.start <= found.at < part.stop:
        _frame(cells[:, wide * (found.at - part.start):wide * (found.at - part.start + 1)], dpi)


def _guess(k, cells, found, part, wide, dpi):
    shares = found.shares[part, k, None]
    inks = np.array(to_rgb(INK)) * np.ones((len(shares), 1))
    _write(cells, found.guesses[part, k], PALE + shares * (SURE - PALE), inks, 8.5, wide, dpi)


def _bars(cells, found, part, wide, dpi):
    top, height = max(found.back.max(), 1e-300), len(cells)
    heights = np.round(found.back[part] / top * (height - 2)).astype(int)
    filled = np.arange(height)[:, None] >= height - heights             # (height, letters)
    filled = np.repeat(filled, wide, axis=1)
    filled[:, ::wide] = False                                            # a gap between two bars
    cells[filled] = (*np.round(255 * np.array(to_rgb(LOOK["x"].colour))).astype(int), 255)
    cells[-1, :, :3] = np.round(255 * np.array(to_rgb(LOOK["x"].colour)))    # the ground on which they stand


def _write(cells, letters, colours, inks, size, wide, dpi):
    """Letters (N,) side by side into cells (height, N · wide, 4), on colours (N, 3) and in inks (N, 3), 0 to 1."""
    height = len(cells)
    glyphs = np.stack([_glyph(letter, size, wide, height, dpi) for letter in letters], axis=1)    # (height, N, wide)
    paper = np.round(255 * colours).astype(np.int16)[:, None]                                     # (N, 1, 3)
    there = (np.round(255 * inks).astype(np.int16)[:, None] - paper)
    mixed = paper + (glyphs[..., None] * there >> 8).astype(np.int16)                     # (height, N, wide, 3)
    cells[..., :3] = mixed.reshape(height, -1, 3)


def _frame(cell, dpi):
    thick = max(2, round(dpi / 42))
    edge = np.ones(cell.shape[:2], bool)
    edge[thick:-thick, thick:-thick] = False
    cell[edge] = (*np.round(255 * np.array(to_rgb(INK))).astype(int), 255)


@lru_cache(8192)
def _glyph(letter, size, wide, height, dpi):
    """(height, wide) whole numbers 0 to 256: how much ink the letter puts on each pixel of its cell."""
    canvas = RendererAgg(wide, height, dpi)
    font, sign = FontProperties(family=FAMILY, size=size), shown(letter)
    width, tall, descent = canvas.get_text_width_height_descent("x", font, False)
    canvas.draw_text(canvas.new_gc(), (wide - width) / 2, ceil((height + tall - descent) / 2) + 1, sign, font, 0)
    ink = np.asarray(canvas.buffer_rgba())[..., 3].astype(np.int32)
    return ink + (ink > 127)


class ColouredTextScene:
    """The sheet with its names at the left, and the colours' key above it."""

    def __init__(self, figure):
        figure.set_layout_engine("none")
        self.head = figure.add_axes((0.095, 0.925, 0.895, 0.06))
        self.head.set(xlim=(0, 1), ylim=(0, 1)), self.head.set_axis_off()
        body = figure.add_axes((0.095, 0.01, 0.895, 0.9))
        body.set(xlim=(0, COLUMNS), ylim=(0, LINES)), body.set_axis_off()
        rows = BAR + LETTER + GUESS * GUESSES + GAP
        self.sheet = body.add_artist(Sheet(body, COLUMNS, LINES, rows))
        self._names(body, rows)
        self.key = self.head.imshow(np.linspace(-1, 1, 120)[None], extent=(0.75, 0.93, 0.25, 0.85), aspect="auto",
                                    cmap=DIVERGING, vmin=-1, vmax=1)
        self.head.set(xlim=(0, 1), ylim=(0, 1))
        style = {"fontsize": 10, "color": INK, "clip_on": False}
        self.name = self.head.add_artist(Stamp(0, 0.55, "", ha="left", **style))
        self.low = self.head.add_artist(Stamp(0.742, 0.55, "", ha="right", **style))
        self.high = self.head.add_artist(Stamp(0.938, 0.55, "", ha="left", **style))
        self.moving = [self.sheet, self.key, self.name, self.low, self.high]

    def update(self, found):
        """Show a `ColouredText`."""
        self.sheet.take(found)
        self.name.set_text(found.name)
        lowest = -found.reach if found.lowest is None else found.lowest
        self.key.set_data(np.linspace(lowest / found.reach, 1, 120)[None])
        self.low.set_text(f"{lowest:.1f}".replace("-", "−"))
        self.high.set_text(f"+{found.reach:.1f}")
        return self

    @staticmethod
    def _names(ax, rows):
        middle = {"looks back": BAR / 2, "the text": BAR + LETTER / 2}
        middle |= {name: BAR + LETTER + (k + 0.5) * GUESS
                   for k, name in enumerate(("next: 1st", "2nd", "3rd", "4th", "5th"))}
        for line in range(LINES):
            for words, place in middle.items():
                ax.text(-0.5, LINES - line - place / rows, words, ha="right", va="center", fontsize=7.5, color=QUIET,
                        clip_on=False)
