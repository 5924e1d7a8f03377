"""The course's matplotlib style."""

import matplotlib.style

from rnncourse import assets


def use_style():
    """Give every figure from here on the course's look."""
    matplotlib.style.use(assets.path("rnncourse.mplstyle"))


def styled():
    """A `with` block in which figures are made and drawn with the course's look, whatever is set outside."""
    return matplotlib.style.context(assets.path("rnncourse.mplstyle"))
