"""Attribution: what each input did to one score, with a report of what must sum to what."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class Conservation:
    """What must sum to what, row by row.

    total     (B,), what `left` stands for: the sum of the values (and of what else the method gives away)
    expected  (B,), what `right` stands for
    only      the condition under which they must be equal; None: always
    """

    left: str
    right: str
    total: np.ndarray
    expected: np.ndarray
    only: str | None = None

    @property
    def gap(self):
        """(B,): total − expected."""
        return self.total - self.expected

    @property
    def largest(self):
        """The largest gap of any row, without its sign."""
        return float(np.abs(self.gap).max())

    def __repr__(self):
        condition = f" (equal {self.only})" if self.only else ""
        return f"{self.left} = {self.right}{condition}: largest gap {self.largest:.1e} of {len(self.total)} row(s)"


@dataclass(frozen=True, eq=False, repr=False)
class Attribution:
    """What each input did to the score of one target, by one method; arrays are read-only.

    method        its name, with its settings
    values        (T, B, D), or (T, B, 1) where the method takes each step as a whole; exactly 0 in the padding
    target        (B,) the score that is explained, 0 to K − 1
    scores        (B,) F(x), that score
    lengths       (B,)
    conservation  what must sum to what and the gap, or None where nothing must
    parts         name -> (B,): what the method gave to no input (the start, the biases)
    """

    method: str
    values: np.ndarray
    target: np.ndarray
    scores: np.ndarray
    lengths: np.ndarray
    conservation: Conservation | None = None
    parts: dict = field(default_factory=dict)

    def __post_init__(self):
        for name in ("values", "target", "scores", "lengths"):
            view = np.array(getattr(self, name))
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def tokens(self):
        """(T, B): the values of each step, summed over its features."""
        return self.values.sum(-1)

    @property
    def norms(self):
        """(T, B): the length of each step's values, √Σ values²."""
        return np.sqrt((self.values**2).sum(-1))

    def row(self, b):
        """(length,): the tokens' values of row b, without its padding."""
        if not 0 <= b < len(self.lengths):
            raise IndexError(f"no row {b}; this Attribution has rows 0 to {len(self.lengths) - 1}")
        return self.tokens[:self.lengths[b], b]

    def __repr__(self):
        T, B, D = self.values.shape
        shown = self.row(0)[:8]
        row = " ".join(f"{value:+.3g}" for value in shown) + " …" * bool(self.lengths[0] > len(shown))
        lines = [f"Attribution by {self.method}: {B} row(s) of {self.lengths.min()} to {self.lengths.max()} steps, "
                 f"values {self.values.shape}",
                 f"  row 0         target {self.target[0]}, score {self.scores[0]:.4g}; each step: {row}",
                 f"  conservation  {self.conservation or 'nothing must sum to anything'}"]
        lines += [f"  {name:13s} row 0: {values[0]:+.4g}" for name, values in self.parts.items()]
        return "\n".join(lines)
