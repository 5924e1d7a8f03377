"""Recurrent cells in NumPy: `rnn`, `lstm`, `gru`, each with init, step, forward and backward."""

from rnncourse.cells import gru, lstm, rnn

__all__ = ["gru", "lstm", "rnn"]
