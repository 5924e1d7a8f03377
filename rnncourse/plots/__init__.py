"""Drawing: a Trace or a result on given axes, which are returned. Nothing is computed here."""

from rnncourse.plots.palette import LOOK
from rnncourse.plots.style import use_style

__all__ = ["LOOK", "use_style"]
