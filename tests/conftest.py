"""Figures are drawn in memory, never in a window; one thread, as small matrices are slower on more."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")
