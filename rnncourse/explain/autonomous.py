"""A recurrent layer whose input stands still: s ← F(s). What it does from there on is its own affair: autonomous.

The state s is h, for the LSTM (h, c) side by side: S = H or 2H numbers, as in `cells.jacobians`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnncourse.cells import gru, lstm, rnn
from rnncourse.cells.jacobians import state_jacobians
from rnncourse.explain.model import Explained

ROOMS = {"rnn": rnn, "lstm": lstm, "gru": gru}
RECURRENT = {"rnn": "W_hh", "lstm": "W_h", "gru": "W_h"}
BOUNDS = {None: (-1.0, 1.0), "tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "relu": (0.0, np.inf),
          "linear": (-np.inf, np.inf)}    # of h; None: the gated cells


@dataclass(frozen=True, eq=False, repr=False)
class Autonomous:
    """s ← F(s): one layer with the input x (D,) at every step.

    cell        "rnn", "lstm" or "gru"
    params      as `rnncourse.cells` names them, float64
    activation  of an RNN: "tanh", "relu", "sigmoid" or "linear"
    """

    cell: str
    params: Mapping
    x: np.ndarray
    activation: str | None = None

    @classmethod
    def of(cls, net, x=None):
        """From an `Explained`, or what `Explained.of` takes: one layer, read forward. An Autonomous stays itself.

        x  (D,) numbers, the number of a token where there is an embedding, or None: no input, zeros
        """
        if isinstance(net, cls):
            if x is not None:
                raise ValueError("this input stands still already, as net.x; leave x out, or give the network itself")
            return net
        net = one_layer(net)
        return cls(net.cell, net.layers[0]["forward"], held(net, x), net.activation)

    @property
    def hidden_size(self):
        """H, the number of units."""
        return len(self.params[RECURRENT[self.cell]])

    @property
    def size(self):
        """S, the numbers in a state: H, or 2H for an LSTM."""
        return self.hidden_size * (1 + (self.cell == "lstm"))

    # -- one step --------------------------------------------------------------------------------
    def step(self, states):
        """F(s) of states (N, S), one step later."""
        return end(self.trace(states))

    def jacobian(self, states):
        """J (N, S, S): J[k] = ∂F/∂s at states[k], columns as in `cells.jacobians`."""
        return state_jacobians(self.trace(states))[0]

    def both(self, states):
        """F(s) (N, S) and J (N, S, S), from one run."""
        trace = self.trace(states)
        return end(trace), state_jacobians(trace)[0]

    def q(self, states):
        """(N,): q = ½ ‖F(s) − s‖², the speed at which a state moves (Sussillo & Barak 2013); 0 at a fixed point."""
        states = self.checked(states)
        return 0.5 * ((self.step(states) - states) ** 2).sum(-1)

    def input_jacobian(self, states):
        """(N, S, D): ∂F/∂x at each of `states`: how a small change of the input would enter."""
        states, H = self.checked(states), self.hidden_size
        N, S = states.shape
        trace, wanted = self.trace(np.repeat(states, S, axis=0)), np.tile(np.eye(S), (N, 1))
        outside = (wanted[None, :, :H], wanted[:, H:]) if self.cell == "lstm" else (wanted[None],)
        return ROOMS[self.cell].backward(self.params, trace, *outside)[1][0].reshape(N, S, -1)

    @property
    def bounds(self):
        """(low, high), (S,) each: where all fixed points lie; infinite for linear, and upward for ReLU.

        |h| ≤ 1 wherever a tanh is last, also in the GRU: h = n there. In the LSTM c = i g / (1 − f), with f at most
        σ(a) for the largest pre-activation a that |h| ≤ 1 allows, so |c| ≤ 1 / (1 − σ(a)) = 1 + eᵃ.
        """
        low, high = BOUNDS[self.activation]
        low, high = np.full(self.size, low), np.full(self.size, high)
        if self.cell == "lstm":
            H, p = self.hidden_size, self.params
            a = (self.x @ p["W_x"] + p["b"] + np.abs(p["W_h"]).sum(0))[H:2 * H]
            high[H:] = 1 + np.exp(np.minimum(a, 700))
            low[H:] = -high[H:]
        return low, high

    def trace(self, states):
        """The Trace of one step from each of `states` (N, S): T = 1, B = N."""
        states = self.checked(states)
        return run(self, np.broadcast_to(self.x, (1, len(states), len(self.x))), states)

    # -- many steps ------------------------------------------------------------------------------
    def run(self, states, steps):
        """(steps + 1, N, S): where the states go, the starts first."""
        path = [self.checked(states)]
        for _ in range(steps):
            path.append(self.step(path[-1]))
        return np.stack(path)

    def checked(self, states):
        """States as float64 (N, S); ValueError where they are not."""
        states = np.asarray(states, float)
        if states.ndim != 2 or states.shape[1] != self.size:
            side = " (h and c side by side)" if self.cell == "lstm" else ""
            raise ValueError(f"states are {states.shape}; expected (N, S) with S = {self.size}{side}. "
                             "For one state, try s[None]")
        if not np.isfinite(states).all():
            raise ValueError("the states hold NaN or infinity; expected finite numbers")
        return states

    def __repr__(self):
        kind = f"{self.cell} ({self.activation})" if self.activation else self.cell
        came = "no input" if not self.x.any() else "x = " + np.array2string(self.x, precision=3, threshold=6)
        return f"Autonomous: {kind} of {self.hidden_size} units, state of {self.size} numbers; {came} at every step"


def one_layer(net):
    """The `Explained` of net, which must have one layer, read forward: only then is the state h (or h, c) alone."""
    net = net if isinstance(net, Explained) else Explained.of(net)
    if len(net.layers) > 1 or len(net.directions) > 1:
        both = " in both directions" if len(net.directions) > 1 else ""
        raise ValueError(f"this network has {len(net.layers)} layer(s){both}; expected one layer, read forward: a "
                         "state that steps on by itself. Try Explained with one layer of it")
    return net


def held(net, x):
    """The input x of `Autonomous.of` as (D,) float64."""
    if x is None:
        return np.zeros(net.input_size)
    if isinstance(x, (int, np.integer)) and not isinstance(x, bool):
        return net.read(np.array([[x]]), None).x[0, 0]
    x = np.asarray(x, float)
    if x.shape != (net.input_size,) or not np.isfinite(x).all():
        raise ValueError(f"x is {x.shape}; expected (D,) = ({net.input_size},) finite numbers: the input that stays")
    return x


class Layer:
    """What `run` needs of an `Explained` of one layer."""

    def __init__(self, net):
        self.cell, self.params, self.activation = net.cell, net.layers[0]["forward"], net.activation


def run(layer, x, states):
    """The Trace of a `Layer` or `Autonomous` over x (T, B, D) from states (B, S)."""
    H = len(layer.params[RECURRENT[layer.cell]])
    start = (states[:, :H], states[:, H:]) if layer.cell == "lstm" else (states,)
    options = {"activation": layer.activation} if layer.cell == "rnn" else {}
    return ROOMS[layer.cell].forward(layer.params, x, *start, **options)


def states_of(trace):
    """(T, B, S): the states of a Trace: h, for an LSTM h and c side by side."""
    return np.concatenate([trace.h, trace.c], axis=-1) if trace.cell == "lstm" else trace.h


def end(trace):
    """(B, S): the state after the last step."""
    return states_of(trace)[-1]
