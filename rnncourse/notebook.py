"""What a chapter's set-up cell calls: `begin` once, and `show` for every figure."""

import base64
import html
import io
import os

import matplotlib.pyplot as plt
from IPython.display import display
from PIL import Image

from rnncourse import plots

SHARPNESS = 130    # dots per inch in the stored picture
ON_SCREEN = 84     # CSS pixels per inch


def begin(threads=1):
    """Set the course's style and fix the number of threads, so that the same cell gives the same numbers.

    Holds for NumPy's linear algebra at once and for torch, whether loaded already or later.
    """
    from threadpoolctl import threadpool_limits

    os.environ["OMP_NUM_THREADS"] = str(threads)
    threadpool_limits(threads)
    plots.use_style()


def show(fig, alt, caption):
    """Show a figure with its text alternative and a caption that says what to see; then close it.

    alt      what the picture shows, for those who cannot see it: what a reader would describe on the phone
    caption  one or two sentences under the picture
    """
    if not alt.strip() or not caption.strip():
        raise ValueError("a figure needs both: alt=… says what it shows, caption=… what to see in it")
    width = round(fig.get_figwidth() * ON_SCREEN)
    png = small_png(fig)
    plt.close(fig)
    picture = base64.b64encode(png).decode()
    page = (f'<figure style="margin:0.6em 0"><img alt="{html.escape(alt)}" width="{width}" '
            f'style="max-width:100%;height:auto;border-radius:6px" src="data:image/png;base64,{picture}">'
            f'<figcaption style="max-width:{width}px;color:var(--jp-ui-font-color1,#333);font-size:0.95em">'
            f"{html.escape(caption)}</figcaption></figure>")
    display({"text/html": page, "image/png": picture, "text/plain": f"[figure: {caption}]"}, raw=True)


def small_png(fig):
    """The figure as the bytes of a PNG with a palette: a quarter of the size, no difference to the eye."""
    buffer, small = io.BytesIO(), io.BytesIO()
    fig.savefig(buffer, format="png", dpi=SHARPNESS)
    whole = Image.open(buffer).convert("RGB")
    image = whole.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image.save(small, format="png", optimize=True)
    return small.getvalue()
