"""The course's matplotlib style."""

import matplotlib

from rnncourse import assets


def use_style():
    """Give every figure from here on the course's look."""
    matplotlib.style.use(assets.path("rnncourse.mplstyle"))
