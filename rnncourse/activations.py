"""Activation functions: each gives its value and its slope together."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Activation:
    """An activation f: `h, slope = f(a)` for a pre-activation `a` of any shape.

    `slope_at(h)` gives the same slope from the value h = f(a) alone, which is all that a
    backward pass has kept. `steepest` is the largest slope anywhere (the γ of chapter 03).
    """

    name: str
    value: Callable[[np.ndarray], np.ndarray]
    slope_at: Callable[[np.ndarray], np.ndarray]
    steepest: float

    def __call__(self, a):
        h = self.value(np.asarray(a))
        return h, self.slope_at(h)


def _sigmoid(a):
    # σ(a) = ½ + ½ tanh(a/2): the same function, and it cannot overflow
    return 0.5 + 0.5 * np.tanh(0.5 * a)


tanh = Activation("tanh", np.tanh, lambda h: 1 - h * h, 1.0)
sigmoid = Activation("sigmoid", _sigmoid, lambda h: h * (1 - h), 0.25)
relu = Activation("relu", lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(h.dtype), 1.0)
linear = Activation("linear", lambda a: a, np.ones_like, 1.0)

ACTIVATIONS = {f.name: f for f in (tanh, relu, sigmoid, linear)}


def named(name) -> Activation:
    """The activation called `name`: "tanh", "relu", "sigmoid" or "linear"."""
    try:
        return ACTIVATIONS[name]
    except (KeyError, TypeError):
        raise ValueError(f"unknown activation {name!r}; choose one of {', '.join(ACTIVATIONS)}") from None
