"""The helper that shows a chapter's figures: alt text, caption, true colours, small pictures."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from rnncourse import notebook
from rnncourse.plots.palette import LOOK


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(notebook, "display", lambda bundle, raw: outputs.append(bundle))
    return outputs


def drawn():
    fig, ax = plt.subplots()
    ax.fill_between([0, 1], [1, 1], color=LOOK["c"].colour)
    return fig


def test_a_figure_is_shown_with_its_escaped_alt_text_and_caption(shown):
    notebook.show(drawn(), alt='a bar "c" < 2', caption="The bar & nothing else.")
    page = shown[0]["text/html"]
    assert 'alt="a bar &quot;c&quot; &lt; 2"' in page and "The bar &amp; nothing else." in page
    assert re.search(r'src="data:image/png;base64,([^"]+)"', page)[1] == shown[0]["image/png"]
    assert shown[0]["text/plain"] == "[figure: The bar & nothing else.]"


def test_the_figure_is_closed_afterwards(shown):
    fig = drawn()
    notebook.show(fig, alt="a bar", caption="A bar.")
    assert not plt.fignum_exists(fig.number)


@pytest.mark.parametrize("missing", ["alt", "caption"])
def test_a_figure_without_words_is_refused(missing):
    with pytest.raises(ValueError, match="a figure needs both"):
        notebook.show(drawn(), **{"alt": "a", "caption": "b", missing: " "})


def test_the_small_picture_keeps_its_colours():
    fig = drawn()
    full = io.BytesIO()
    fig.savefig(full, dpi=notebook.SHARPNESS)
    exact = np.asarray(Image.open(full).convert("RGB")).astype(int)
    small = notebook.small_png(fig)
    near = np.asarray(Image.open(io.BytesIO(small)).convert("RGB")).astype(int)
    assert np.abs(near - exact).max() <= 24
    assert len(small) < len(full.getvalue())
    assert base64.b64encode(small)


def test_begin_fixes_the_number_of_threads():
    from threadpoolctl import threadpool_info

    notebook.begin(threads=1)
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
