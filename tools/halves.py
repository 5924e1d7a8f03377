"""One half of a picture with two panels, or two rows of them, cut where nothing is drawn: a slide shows it larger."""

import io

import numpy as np
from PIL import Image

SIDES = ("left", "right", "top", "bottom")
MIDDLE = 0.2, 0.8    # the cut lies between these shares of the width, or height
AROUND = 12          # pixels left empty around what is drawn
LEAST = 3            # pixels that an empty band has
UNSEEN = 10          # a difference of brightness, of 255, that is no drawing


def half(png, side, near=None):
    """That half of a picture, bytes of a PNG, its margins cut off: cut in the widest empty band of the middle part.

    near  a share of the width, or height: cut in the empty band that is nearest to it instead
    """
    whole = Image.open(io.BytesIO(png)).convert("RGB")
    values = np.asarray(whole).astype(int)
    drawn = np.abs(values - values[0, 0]).max(axis=2) > UNSEEN
    across = side in ("left", "right")
    cut = _cut(drawn.any(axis=0 if across else 1), near)
    frame = {"left": (0, 0, cut, whole.height), "top": (0, 0, whole.width, cut),
             "right": (cut, 0, *whole.size), "bottom": (0, cut, *whole.size)}[side]
    part = drawn[frame[1]:frame[3], frame[0]:frame[2]]
    rows, columns = np.flatnonzero(part.any(axis=1)) + frame[1], np.flatnonzero(part.any(axis=0)) + frame[0]
    piece = whole.crop((max(columns[0] - AROUND, frame[0]), max(rows[0] - AROUND, frame[1]),
                        min(columns[-1] + 1 + AROUND, frame[2]), min(rows[-1] + 1 + AROUND, frame[3])))
    written = io.BytesIO()
    piece.save(written, "PNG")
    return written.getvalue()


def _cut(drawn, near):
    """The middle of the longest run of False in the middle of a line; ValueError where there is none."""
    first, last = (int(share * len(drawn)) for share in MIDDLE)
    edges = [first - 1, *(first + np.flatnonzero(drawn[first:last])), last]
    bands = [(start, end) for start, end in zip(edges, edges[1:], strict=False) if end - start > LEAST]
    if not bands:
        raise ValueError("no empty band in the middle of this picture: show it whole")
    start, end = (max(bands, key=lambda band: band[1] - band[0]) if near is None
                  else min(bands, key=lambda band: abs(sum(band) / 2 - near * len(drawn))))
    return (start + end) // 2
