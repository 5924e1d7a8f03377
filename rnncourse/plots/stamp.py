"""Numbers that change with every move of a slider, put together from kept letters instead of drawn anew.

Laying out and drawing the letters of a number costs matplotlib about a millisecond; a picture may hold thirty.
"""

from functools import lru_cache
from math import ceil

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

FAMILY = "DejaVu Sans"    # the course's own, and always there: matplotlib brings it
KEPT = 256       # wordings that one text remembers
PHASES = 4       # a letter may stand at so many places within a pixel
MIDDLE = 0.27    # of a line above its baseline, as a share of the font's size: where va="center" puts it


class Stamp(Text):
    """One line of plain text whose middle stands at a fixed place; each letter is drawn once and kept.

    On canvases that are not made of pixels (PDF, SVG) it is a plain Text.
    """

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **{"va": "center"} | options)
        self._pictures, self._made_for = {}, None

    def draw(self, renderer):
        """Put the wording on the canvas."""
        if not isinstance(renderer, RendererAgg):
            return super().draw(renderer)
        self.stale = False
        if self.get_visible() and self.get_text():
            renderer.draw_image(renderer.new_gc(), *self._picture(renderer.dpi))
        return None

    def _picture(self, dpi):
        """(left, low, (height, width, 4) bytes): where the letters stand, and the letters."""
        look = dpi, self.get_color(), *self.get_transform().transform(self.get_position())
        if look != self._made_for or len(self._pictures) > KEPT:
            self._pictures, self._made_for = {}, look
        words = self.get_text()
        if words not in self._pictures:
            self._pictures[words] = self._compose(words, dpi)
        return self._pictures[words]

    def _compose(self, words, dpi):
        font = self.get_fontsize(), self.get_fontweight(), dpi
        margin, above, below = _frame(font)
        places = np.cumsum([0.0, *(_advance(letter, *font) for letter in words)])
        left = self._made_for[2] - places[-1] * {"left": 0, "center": 0.5, "right": 1}[self.get_horizontalalignment()]
        start = left % 1
        ink = np.zeros((above + below, ceil(places[-1]) + 2 * margin + 2), np.uint8)
        for letter, place in zip(words, start + places[:-1], strict=True):
            found = _letter(letter, *font, int(place % 1 * PHASES))
            space = ink[:, int(place):int(place) + found.shape[1]]
            np.maximum(space, found[:, :space.shape[1]], out=space)
        picture = np.empty((*ink.shape, 4), np.uint8)
        picture[..., :3], picture[..., 3] = np.round(255 * np.array(to_rgb(self.get_color()))), ink
        baseline = round(self._made_for[3] - MIDDLE * font[0] * dpi / 72)
        return int(left - start) - margin, baseline - below, picture[::-1]    # draw_image begins with the lowest row


def _frame(font):
    """Pixels left of a letter's start, above its baseline, and below it."""
    pixels = font[0] * font[2] / 72
    return ceil(0.25 * pixels), ceil(1.1 * pixels), ceil(0.35 * pixels)


@lru_cache(4096)
def _letter(letter, size, weight, dpi, phase):
    """(height, width) bytes: how much ink a letter puts on each pixel."""
    margin, above, below = _frame((size, weight, dpi))
    canvas = RendererAgg(2 * margin + ceil(_advance(letter, size, weight, dpi)) + 1, above + below, dpi)
    font = FontProperties(family=FAMILY, size=size, weight=weight)
    canvas.draw_text(canvas.new_gc(), margin + phase / PHASES, above, letter, font, 0)
    return np.asarray(canvas.buffer_rgba())[..., 3].copy()


@lru_cache(4096)
def _advance(letter, size, weight, dpi):
    """Pixels from a letter's start to the next one's."""
    canvas, font = RendererAgg(1, 1, dpi), FontProperties(family=FAMILY, size=size, weight=weight)
    long, short = (canvas.get_text_width_height_descent(letter * n, font, False)[0] for n in (24, 8))
    return (long - short) / 16
