"""Optimizers: from parameters and gradients to new parameters, in new mappings; nothing is written in place.

    optimizer, state = optimizers.Adam(learning_rate=0.01), None
    ...
    params, state = optimizer.update(params, grads, state)

`params` and `grads` are mappings of arrays with equal keys and shapes, and may be nested:
{"lstm": {"W_x": …, "W_h": …, "b": …}, "W_hy": …, "b_y": …}. So a Trace keeps the parameters that made it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent: θ ← θ − η dθ, with η the learning rate."""

    learning_rate: float

    def update(self, params, grads, state=None):
        """New (params, state); the state stays None."""
        _check(params, grads)
        return _map(lambda p, d: p - float(self.learning_rate) * d, params, grads), None


@dataclass(frozen=True)
class Momentum:
    """Gradient descent with a velocity (Polyak 1964, as in torch): v ← μ v + dθ, θ ← θ − η v."""

    learning_rate: float
    momentum: float = 0.9

    def update(self, params, grads, state=None):
        """New (params, state); the state is v, None before the first update."""
        _check(params, grads)
        v = _map(np.zeros_like, params) if state is None else state
        v = _map(lambda v, d: self.momentum * v + d, v, grads)
        return _map(lambda p, v: p - float(self.learning_rate) * v, params, v), v


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015): each number moves by its mean gradient over the root of its mean square.

    m ← β₁ m + (1 − β₁) dθ and s ← β₂ s + (1 − β₂) dθ² start at 0; after k updates both are too small by
    1 − βᵏ, which is divided out: θ ← θ − η (m / (1 − β₁ᵏ)) / (√(s / (1 − β₂ᵏ)) + ε).
    """

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def update(self, params, grads, state=None):
        """New (params, state); the state is (k, m, s), None before the first update."""
        _check(params, grads)
        k, m, s = state or (0, _map(np.zeros_like, params), _map(np.zeros_like, params))
        k = k + 1
        m = _map(lambda m, d: self.beta1 * m + (1 - self.beta1) * d, m, grads)
        s = _map(lambda s, d: self.beta2 * s + (1 - self.beta2) * d * d, s, grads)
        rate, scale = float(self.learning_rate) / (1 - self.beta1 ** k), 1 / (1 - self.beta2 ** k)
        return _map(lambda p, m, s: p - rate * m / (np.sqrt(scale * s) + self.eps), params, m, s), (k, m, s)


def norm(grads):
    """The length of all gradients taken as one long vector, √Σ d², a float."""
    return float(np.sqrt(sum(float(np.vdot(d, d)) for d in _arrays(grads))))


def clip_by_norm(grads, limit):
    """(grads, norm): all gradients scaled by one factor so that their norm is at most `limit`.

    The direction stays (Pascanu, Mikolov & Bengio 2013). `norm` is the norm before clipping, a float.
    """
    if not limit > 0:
        raise ValueError(f"limit is {limit}; expected a number above 0")
    size = norm(grads)
    if not np.isfinite(size):
        raise ValueError(f"the gradients' norm is {size}, which no factor can shorten; look for an overflow in "
                         "forward or backward, or try a smaller learning rate")
    factor = min(1.0, limit / size) if size else 1.0
    return _map(lambda d: factor * d, grads), size


def _map(f, first, *others):
    """`f` over the arrays of equal mappings, nested ones too, as a new mapping."""
    if isinstance(first, Mapping):
        return {name: _map(f, first[name], *(other[name] for other in others)) for name in first}
    return f(first, *others)


def _arrays(tree):
    return [a for value in tree.values() for a in _arrays(value)] if isinstance(tree, Mapping) else [np.asarray(tree)]


def _check(params, grads, path=""):
    """Equal keys and shapes, finite gradients, all through the nesting."""
    if isinstance(params, Mapping) and isinstance(grads, Mapping):
        if set(params) != set(grads):
            raise ValueError(f"gradients{path} are {sorted(grads)}; expected {sorted(params)}, as the parameters")
        for name in params:
            _check(params[name], grads[name], f"{path}[{name!r}]")
    elif isinstance(params, Mapping) or isinstance(grads, Mapping) or np.shape(params) != np.shape(grads):
        raise ValueError(f"the gradient{path} is {_kind(grads)}; expected {_kind(params)}, as the parameter")
    elif not np.isfinite(grads).all():
        raise ValueError(f"the gradient{path} holds NaN or infinity: training has diverged. Try a smaller "
                         "learning rate, or clip_by_norm while the norm is still finite")


def _kind(value):
    return f"a mapping of {sorted(value)}" if isinstance(value, Mapping) else f"an array {np.shape(value)}"
