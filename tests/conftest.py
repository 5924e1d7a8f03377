"""Figures are drawn in memory, never in a window."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")
