"""Recurrent cells in NumPy: `rnn`, `lstm`, `gru`, each with init, step, forward and backward.

Beside them what one does with a run: `bptt` (the gradient taken apart), `jacobians`, `unrolling`.
"""

from rnncourse.cells import gru, lstm, rnn

__all__ = ["gru", "lstm", "rnn"]
