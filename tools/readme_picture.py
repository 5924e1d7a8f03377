"""The README's picture, from a screenshot of chapter 04's explorer in a real JupyterLab.

    RNNCOURSE_SHOTS=shots make test ARGS=browser
    .venv/bin/python -m tools.readme_picture shots/LSTMCell_light.png
"""

import sys
from pathlib import Path

from PIL import Image, ImageChops

TARGET = Path(__file__).parents[1] / "assets" / "pictures" / "lstm_cell.png"
PROMPT, MARGIN = 56, 10    # pixels: the cell's number at the left, and what is left around the explorer


def main(shot):
    """Cut the prompt and the empty border away, and keep the picture small."""
    page = Image.open(shot).convert("RGB")
    page = page.crop((PROMPT, 0, *page.size))
    left, top, right, bottom = ImageChops.difference(page, Image.new("RGB", page.size, "white")).getbbox()
    box = (left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)
    TARGET.parent.mkdir(exist_ok=True)
    page.crop((max(box[0], 0), max(box[1], 0), *box[2:])).save(TARGET, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
