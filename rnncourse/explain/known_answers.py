"""Does an explanation point at what decides? Methods held to tasks whose answer is known by construction.

    found = attribution.integrated_gradients(net, x, target, lengths)
    known_answers.agreement(found.tokens, reviews.responsible[…], lengths)

One network proves little: which method is best differs between seeds, so `compare` takes several and shows the spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnncourse._trace_check import check_lengths
from rnncourse.explain import _inputs


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """How well an explanation points at the steps that are known to decide.

    auc   (B,) the chance that a deciding step is ranked above another: 1 is perfect, ½ is guessing; NaN for a row in
          which all steps decide, or none
    hits  (B,) of the k highest ranked steps, how many are among the k that decide, as a share; NaN where k = 0
    """

    auc: np.ndarray
    hits: np.ndarray

    def __repr__(self):
        left_out = int(np.isnan(self.auc).sum())
        return (f"Agreement on {len(self.auc) - left_out} row(s): area under ROC {np.nanmean(self.auc):.3f} "
                f"(guessing .5), hits {np.nanmean(self.hits):.1%}; {left_out} row(s) without a contrast")


def agreement(tokens, responsible, lengths=None):
    """The `Agreement` of |tokens| (T, B) with `responsible` (T, B) booleans, or a sequence of (length,) for each row.

    Without sign: a word that turns the score round decides as much as one that speaks for it.
    """
    tokens, lengths, known = _compared(tokens, responsible, lengths)
    auc, hits = np.full((2, len(lengths)), np.nan)
    for b, end in enumerate(lengths):
        strength, decides = np.abs(tokens[:end, b]), known[:end, b]
        k = int(decides.sum())
        if 0 < k < end:
            above = strength[decides][:, None] - strength[~decides]
            auc[b] = (np.sign(above) / 2 + 0.5).mean()    # ties count a half
        if k:
            hits[b] = decides[np.argsort(-strength, kind="stable")[:k]].mean()
    return Agreement(auc, hits)


def _compared(tokens, responsible, lengths):
    tokens = _inputs.plain("tokens", tokens).astype(float)
    if tokens.ndim != 2 or 0 in tokens.shape:
        raise ValueError(f"tokens are {tokens.shape}; expected (T, B), as found.tokens")
    T, B = tokens.shape
    lengths = np.full(B, T) if lengths is None else _inputs.plain("lengths", lengths)
    check_lengths(lengths, T, B)
    known = responsible
    if not isinstance(responsible, np.ndarray):
        known = np.zeros((T, B), bool)
        sizes = [len(row) for row in responsible]
        if sizes != lengths.tolist():
            raise ValueError(f"responsible holds {len(sizes)} rows of {', '.join(map(str, sizes[:5]))} … steps; "
                             f"expected {B} of {', '.join(map(str, lengths[:5]))} …, each as long as its row")
        for b, row in enumerate(responsible):
            known[:len(row), b] = row
    if known.dtype != bool or known.shape != (T, B):
        raise ValueError(f"responsible is {known.dtype} of shape {known.shape}; expected booleans (T, B) = {(T, B)}")
    if not np.isfinite(tokens[np.arange(T)[:, None] < lengths]).all():
        raise ValueError("tokens hold NaN or infinity; expected finite numbers")
    return tokens, lengths, known


@dataclass(frozen=True, eq=False, repr=False)
class Ranking:
    """Methods on known answers, over several networks: name -> (S,) mean area under ROC of each network."""

    auc: Mapping

    @property
    def best(self):
        """Name -> on how many of the networks this method is ahead of all others."""
        names, table = list(self.auc), np.array(list(self.auc.values()))
        first = table.argmax(0)
        return {name: int((first == k).sum()) for k, name in enumerate(names)}

    @property
    def flips(self):
        """Whether another method is best on another network."""
        return sum(count > 0 for count in self.best.values()) > 1

    def __repr__(self):
        seeds = len(next(iter(self.auc.values())))
        rows = sorted(self.auc, key=lambda name: -np.mean(self.auc[name]))
        lines = [f"  {name:24s} {np.mean(self.auc[name]):.3f} ± {np.std(self.auc[name], ddof=min(1, seeds - 1)):.3f}   "
                 f"{np.min(self.auc[name]):.3f} to {np.max(self.auc[name]):.3f}   best of {self.best[name]}"
                 for name in rows]
        return "\n".join([f"Area under ROC, {seeds} network(s): mean ± spread, range, how often best", *lines,
                          f"  the best method {'differs between networks' if self.flips else 'is always the same'}"])


def compare(nets, methods, x, target, responsible, lengths=None):
    """The `Ranking` of methods on known answers: the same texts, explained on each of several networks.

    nets     a sequence of Explained, as of several seeds
    methods  name -> a function (net, x, target, lengths) that gives an Attribution, or (T, B)
    target   as for the methods; or a function net -> target, as for the class that each network itself chooses
    """
    auc = {name: [] for name in methods}
    for net in nets:
        asked = target(net) if callable(target) else target
        for name, method in methods.items():
            found = method(net, x, asked, lengths)
            found = agreement(getattr(found, "tokens", found), responsible, lengths)
            auc[name].append(np.nanmean(found.auc))
    return Ranking({name: np.array(values) for name, values in auc.items()})
