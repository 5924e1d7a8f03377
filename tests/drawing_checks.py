"""What holds for every drawn cell, whatever its numbers."""

from matplotlib.backends.backend_agg import FigureCanvasAgg

from rnncourse.plots.stamp import Stamp


def nothing_leaves_the_sheet_and_no_two_numbers_touch(figure):
    """Each text and each moving number lies within the figure, and clear of all others."""
    FigureCanvasAgg(figure).draw()
    ax = figure.axes[0]
    written = ax.texts + [artist for artist in ax.artists if isinstance(artist, Stamp)]
    boxes = [(text.get_text(), text.get_window_extent()) for text in written if text.get_text()]
    width, height = figure.bbox.size
    for k, (words, box) in enumerate(boxes):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, words
        clash = [other for other, o in boxes[k + 1:] if box.shrunk(0.9, 0.6).overlaps(o.shrunk(0.9, 0.6))]
        assert not clash, (words, clash)
