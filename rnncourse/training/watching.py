"""Watching a training: what goes on inside the network on one fixed batch, at chosen updates; the training as without.

    watch = watching.Watch(numbers, at=[0, 10, 100, 1000])
    run = training.fit(model, batches, loss, watch=watch)
    gates = watching.distribution(watch.snapshots, "f")        # rnncourse.plots.distributions draws it
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch

from rnncourse.cells import jacobians
from rnncourse.recording import modules, record
from rnncourse.trace import Trace
from rnncourse.training import given

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
WHOLE = dict.fromkeys("iforz", (0.0, 1.0)) | dict.fromkeys("gn", (-1.0, 1.0))    # the range of these signals


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot:
    """A network between two updates.

    update     how many updates it has had
    trace      Trace of its recurrent layers on the probe
    gradients  {parameter: array} of the training's batch at this update, before clipping; empty outside a training
    """

    update: int
    trace: Trace
    gradients: Mapping

    @property
    def norms(self):
        """{parameter: the length of its gradient}."""
        return {name: float(np.linalg.norm(value)) for name, value in self.gradients.items()}

    def exponents(self, layer=-1, row=0):
        """(S,): the Lyapunov exponents of one layer's state along one row of the probe, largest first, nats a step.

        S = H, for an LSTM 2H. What the layer reads is held as it was. A QR of (S, S) for each step: for S = 256 and
        100 steps about a second.
        """
        run = self.trace.at(layer).row(row)
        return jacobians.lyapunov_exponents(jacobians.state_jacobians(run))[0]

    def __repr__(self):
        length = np.sqrt(sum(norm**2 for norm in self.norms.values()))
        seen = f"gradient of length {length:.3g}" if self.gradients else "no gradient"
        return f"Snapshot after {self.update} updates: {seen}; {self.trace!r}"


class Watch:
    """What `fit(watch=…)` takes: makes a `Snapshot` at the updates it was told, on a probe that never changes.

    probe      what the model is called with, but no target: an array or tensor, or a tuple of them
    at         the updates at which to look: whole numbers, 0 before the first; or one number n, for every n-th
    recurrent  the name of the recurrent stack, where the model has more than one

    `snapshots` is a tuple. A snapshot keeps every signal of the probe and every gradient: (signals × T × B × H + the
    model's size) numbers; the probe may be small. A Watch is for one training.
    """

    def __init__(self, probe, at, recurrent=None):
        self.probe, self.recurrent = probe, recurrent
        self.at, self.snapshots, self._seen = _moments(at), (), -1

    def __call__(self, model, updates):
        """Look, where this update is one of those asked for."""
        if updates <= self._seen:
            raise ValueError(f"this Watch has seen {self._seen + 1} updates of a training, and now comes update "
                             f"{updates}; expected a new Watch for each training")
        self._seen = updates
        if updates % self.at == 0 if isinstance(self.at, int) else updates in self.at:
            self.snapshots += (look(model, self.probe, updates, self.recurrent),)

    def __repr__(self):
        return f"Watch: {len(self.snapshots)} snapshots, after {[s.update for s in self.snapshots]} updates"


def look(model, probe, update=0, recurrent=None):
    """The `Snapshot` of a model as it is; its mode, weights, gradients and torch's dice stay as they are.

    The model runs in evaluation mode. What its recurrent stack is given then, goes through `recording.record`.
    """
    weights = next(model.parameters())
    probe = [given.tensor(part, weights) for part in (probe if isinstance(probe, (tuple, list)) else (probe,))]
    stack, calls = _stack(model, recurrent), []
    hook = stack.register_forward_pre_hook(lambda _, args, options: calls.append((args, options)), with_kwargs=True)
    try:
        with modules.at_rest(model), torch.random.fork_rng():
            model(*probe)
    finally:
        hook.remove()
    if len(calls) != 1:
        raise ValueError(f"the model called its {type(stack).__name__} {len(calls)} times; expected once, on a whole "
                         "sequence")
    x, state = _called_with(*calls[0])
    gradients = {name: p.grad.detach().numpy().copy() for name, p in model.named_parameters() if p.grad is not None}
    return Snapshot(update, record(stack, x, state=state), MappingProxyType(gradients))


def _called_with(args, options):
    named = dict(zip(("input", "hx"), args, strict=False)) | options
    return named["input"], named.get("hx")


def _stack(model, name):
    """The recurrent stack of that name, or the only one."""
    found = {place: m for place, m in model.named_modules() if modules.base_of(m)}
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name not in found:
        raise ValueError(f"this {type(model).__name__} has {', '.join(map(repr, found)) or 'no recurrent stack'}; "
                         f"expected one torch.nn.RNN, LSTM or GRU{f', and none is named {name!r}' * (name is not None)}"
                         + ". Say which: recurrent='…'" * (len(found) > 1))
    return found[name]


def _moments(at):
    if isinstance(at, Iterable):
        at = [int(n) if isinstance(n, (int, np.integer)) else n for n in at]
    each = at if isinstance(at, list) else [at]
    if not each or not all(type(n) is int and n >= (at is not each) for n in each):
        raise ValueError(f"at is {at!r}; expected whole numbers of updates, such as [0, 10, 100], or one number n from "
                         "1, for every n-th")
    return frozenset(at) if isinstance(at, list) else at


# -- over the training -----------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Distribution:
    """How one thing is distributed at each of N snapshots.

    name       the signal ("f"), or the parameter whose gradient it is
    updates    (N,)
    levels     (L,) and quantiles (N, L): below quantiles[:, k] lies the share levels[k] of the values
    edges      (E + 1,) of the histogram's bins, the same at all snapshots; shares (N, E), which sum to 1
    logarithmic  whether these are sizes |g|, with bins of equal width in log |g|; values of exactly 0 are left out
    """

    name: str
    updates: np.ndarray
    levels: np.ndarray
    quantiles: np.ndarray
    edges: np.ndarray
    shares: np.ndarray
    logarithmic: bool = False


def distribution(snapshots, signal, layer=-1, direction="forward", bins=40):
    """The `Distribution` of a signal of one layer over all units, steps and rows of the probe, padding left out."""
    parts = [s.trace.at(layer, direction) for s in _some(snapshots)]
    values = [part[signal][part.mask].ravel() for part in parts]
    reach = max(1e-12, *(float(np.abs(v).max()) for v in values))
    low, high = WHOLE.get(signal, (-reach, reach))
    return _distribution(signal, snapshots, values, np.linspace(low, high, bins + 1), False)


def gradient_distribution(snapshots, parameter, bins=40):
    """The `Distribution` of |g| over one parameter's gradient; what is exactly 0 (an unread embedding) is left out."""
    for snapshot in _some(snapshots):
        if parameter not in snapshot.gradients:
            raise ValueError(f"no gradient of {parameter!r} after {snapshot.update} updates; there are "
                             f"{', '.join(snapshot.gradients) or 'none, for it was not taken in a training'}")
    sizes = [np.abs(s.gradients[parameter]).ravel() for s in snapshots]
    sizes = [v[v > 0] for v in sizes]
    if not all(v.size for v in sizes):
        raise ValueError(f"the gradient of {parameter!r} is 0 everywhere in a snapshot; its sizes have no distribution")
    low, high = (np.log10(float(end)) for end in (min(v.min() for v in sizes), max(v.max() for v in sizes)))
    edges = np.logspace(low - 1e-3, high + 1e-3, bins + 1)
    return _distribution(parameter, snapshots, sizes, edges, True)


def gradient_norms(snapshots):
    """{parameter: (N,)}: the length of each parameter's gradient at each snapshot."""
    norms = [snapshot.norms for snapshot in _some(snapshots)]
    return {name: np.array([each[name] for each in norms]) for name in norms[0] if all(name in each for each in norms)}


def exponents(snapshots, layer=-1, row=0):
    """(N, S): the Lyapunov exponents at each snapshot; see `Snapshot.exponents`."""
    return np.stack([snapshot.exponents(layer, row) for snapshot in _some(snapshots)])


def _distribution(name, snapshots, values, edges, logarithmic):
    shares = [np.histogram(v, edges)[0] / v.size for v in values]
    return Distribution(name, np.array([s.update for s in snapshots]), np.array(LEVELS),
                        np.stack([np.quantile(v, LEVELS) for v in values]), edges, np.stack(shares), logarithmic)


def _some(snapshots):
    if isinstance(snapshots, Watch):
        raise TypeError("snapshots is a Watch; expected its snapshots: try watch.snapshots")
    if not len(snapshots):
        raise ValueError("there are no snapshots; did the training reach one of the updates asked for?")
    return snapshots
