"""A figure that is kept: its static parts are drawn once, and each move redraws only what moved.

A *scene* draws one subject. `Scene(figure)` draws the parts that stay and makes the artists that move;
`scene.moving` lists those; `scene.update(numbers)` sets them. A moved line costs 1 ms instead of the
50 to 200 ms of a whole figure. What the kept canvas shows equals a full drawing, pixel for pixel.
"""

import struct
import zlib
from operator import attrgetter

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from rnncourse.plots.style import styled

DOTS_PER_INCH = 84    # one dot for each CSS pixel, as notebook.show has it


class KeptCanvas:
    """A scene on a canvas that is kept.

    KeptCanvas(Scene, size=(9, 4.5)); then for each move `canvas.show(numbers)` and `canvas.png()`.
    `size` is in inches, at 84 CSS pixels each. A static part that the scene changes (a limit of an axis, a tick)
    is noticed through matplotlib's own `figure.stale`, and everything is drawn again; `redraws` counts that.
    """

    def __init__(self, scene, size):
        self._made_from = scene, size
        self.figure, self.scene = _set_up(scene, size)
        self.canvas = FigureCanvasAgg(self.figure)
        self.redraws = 0
        self._background, self._over = None, []

    @property
    def pixel_ratio(self):
        """Dots for each CSS pixel: 1 on a plain screen, 2 on a fine one."""
        return self.figure.dpi / DOTS_PER_INCH

    @pixel_ratio.setter
    def pixel_ratio(self, ratio):
        self.figure.set_dpi(DOTS_PER_INCH * ratio)
        self.invalidate()

    def invalidate(self):
        """Draw the static parts again at the next `show`."""
        self._background = None

    def show(self, numbers):
        """Set the scene to `numbers` and draw what moved."""
        self.scene.update(numbers)
        if self._background is None or self.figure.stale:
            self._draw_background()
        self.canvas.restore_region(self._background)
        renderer = self.canvas.get_renderer()
        for artist in self._over:
            artist.draw(renderer)
        self.figure.stale = False    # an axis drawn over a picture refreshes its ticks, and would pass for a change

    def pixels(self):
        """(height, width, 4) bytes: red, green, blue, alpha. A view that the next `show` overwrites."""
        return np.asarray(self.canvas.buffer_rgba())

    def png(self):
        """The canvas as the bytes of a PNG."""
        return png(self.pixels())

    def still(self, numbers):
        """A new Figure of the scene at `numbers`, equal to what this canvas shows of them."""
        figure = still(*self._made_from, numbers)
        figure.set_layout_engine("none")
        for new, kept in zip(figure.axes, self.figure.axes, strict=True):
            new.set_position(kept.get_position(original=True))
        return figure

    def _draw_background(self):
        with styled():
            if not self.redraws:
                self._lay_out()
            before, self._over = self._over, _with_what_covers_them(self.figure, self.scene.moving)
            self._leave_out(before)
            self.canvas.draw()
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.redraws += 1

    def _lay_out(self):
        """Once, at the first picture: afterwards the axes stay where they are, or they would jump under the mouse."""
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")

    def _leave_out(self, before):
        for artist in before:
            artist.set_animated(False)
        for artist in self._over:
            artist.set_animated(True)    # matplotlib leaves these out of its own drawing


def still(scene, size, numbers):
    """A new Figure of `scene` at `numbers`, without any canvas kept."""
    figure, drawn = _set_up(scene, size)
    drawn.update(numbers)
    return figure


def png(pixels):
    """(height, width, 4) bytes as a PNG: each row as its difference to the row above, zlib level 1.

    Pillow, which tries five filters on every row, takes more than twice as long on the same picture.
    """
    height, width = pixels.shape[:2]
    flat = pixels.reshape(height, -1)
    rows = np.empty((height, 1 + flat.shape[1]), np.uint8)
    rows[:, 0], rows[0, 1:] = 2, flat[0]    # filter 2 of the PNG standard: "up"
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks)


def _set_up(scene, size):
    with styled():
        figure = Figure(figsize=size, dpi=DOTS_PER_INCH)
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.09)    # inches: a margin, as the picture stands on a page
        drawn = scene(figure)
    for artist in drawn.moving:
        artist.set_in_layout(False)
    return figure, drawn


def _with_what_covers_them(figure, moving):
    """The moving artists and, in drawing order, every static one that is drawn later on the same place."""
    moving, boxes, over = set(moving), [], []
    for artist, box in _in_drawing_order(figure, figure.bbox, moving):
        if isinstance(artist, Text) and artist not in moving:
            box = artist.get_window_extent()    # texts are slow to draw: only those that truly stand in the way
        if artist in moving or any(Bbox.intersection(box, other) for other in boxes):
            over.append(artist)
        if artist in moving and box not in boxes:
            boxes.append(box)
    missing = moving - set(over)
    if missing:
        raise ValueError(f"the scene's `moving` holds {len(missing)} artist(s) that are not in its figure, such as "
                         f"{next(iter(missing))}; make it on `figure` or its axes, and keep it")
    return over


def _in_drawing_order(parent, box, moving):
    """(artist, the box of its axes) for all that matplotlib draws or might (moving ones), first drawn first."""
    frame = not isinstance(parent, Axes) or (parent.axison and parent.get_frame_on())
    if frame:
        yield parent.patch, box
    for child in sorted(parent.get_children(), key=attrgetter("zorder")):
        if child is parent.patch or not (child.get_visible() or child in moving):
            continue
        if isinstance(child, Axes):
            yield from _in_drawing_order(child, child.get_window_extent(), moving)
        elif isinstance(child, Spine) and not frame or isinstance(child, Axis) and not parent.axison:
            continue
        else:
            yield child, box
