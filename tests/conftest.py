"""Figures are drawn in memory, never in a window, and closed after each test; one thread, as small matrices like it."""

import os

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    """A figure that one test leaves open, and the style that it sets, is no other test's business."""
    import matplotlib.pyplot as plt

    with plt.rc_context():
        yield
    plt.close("all")
