"""Is there a simpler network inside? One that lives in a few directions of its state; and a linear one, read off whole.

    plane = components(net, x)                       # the directions in which its states vary, by SVD
    scores = run_in(net, x, plane, 2)                # as if the state had two numbers only
    lost = lost_by_component(net, x, accuracy)       # what that costs, for each k

The state is h, for the LSTM (h, c) side by side, as in `cells.jacobians`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnncourse.explain.autonomous import Layer, one_layer, run, states_of


@dataclass(frozen=True, eq=False, repr=False)
class Components:
    """The principal components of a network's states (PCA): directions of largest variance, each at right angles.

    mean        (S,) of the states
    directions  (S, S), one a row, the one of largest variance first
    variance    (S,) along each
    """

    mean: np.ndarray
    directions: np.ndarray
    variance: np.ndarray

    @property
    def shares(self):
        """(S,): the share of the whole variance that the first 1, 2, … S components hold."""
        total = self.variance.sum()
        return np.cumsum(self.variance) / total if total else np.ones_like(self.variance)

    def of(self, states, k=None):
        """(…, k): where the states (…, S) lie along the first k components."""
        return (states - self.mean) @ self.directions[:k].T

    def back(self, places):
        """(…, S): the states at these places (…, k), nothing in the other components."""
        return self.mean + places @ self.directions[:places.shape[-1]]

    def project(self, states, k):
        """(…, S): the nearest states that the first k components reach."""
        return self.back(self.of(states, k))

    def __repr__(self):
        told = ", ".join(f"{k} {share:.1%}" for k, share in enumerate(self.shares[:4], 1))
        return f"Components: {len(self.mean)} directions; share of the variance held by the first {told}, …"


def components(net, x, lengths=None):
    """`Components` of the states that a network goes through over x (T, B) or (T, B, D), padding left out.

    By SVD: the states less their mean are U diag(s) V; the rows of V are the directions, s² / (N − 1) the variances.
    """
    net, batch = _read(net, x, lengths)
    states = states_of(net.trace(batch))[batch.mask]
    if len(states) < 2:
        raise ValueError(f"x has {len(states)} state(s); expected at least two, to see how they vary")
    mean = states.mean(0)
    few = len(states) < states.shape[1]                  # all of V, without an (N, N) U where the states are many
    _, s, V = np.linalg.svd(states - mean, full_matrices=few)
    variance = np.zeros(states.shape[1])
    variance[:len(s)] = s**2 / (len(states) - 1)
    return Components(mean, V, variance)


def run_in(net, x, basis, k, lengths=None):
    """Scores (T, B, K) at every step of a run whose state is projected onto the first k components after each step.

    Nothing outside these k numbers is carried on. k = S is the network itself; k = 0 keeps the mean alone.
    """
    return run_within(net, x, lambda states: basis.project(states, _checked(basis, k)), lengths)


def run_within(net, x, project, lengths=None):
    """Scores (T, B, K) of a run in which `project` ((B, S) -> (B, S)) acts on the state after each step.

    In the padding they mean nothing.
    """
    net, batch = _read(net, x, lengths)
    H, layer = net.hidden_size, Layer(net)
    states = np.tile(np.concatenate(net.start[0, "forward"]), (batch.rows, 1))
    scores = np.empty((*batch.x.shape[:2], net.classes))
    for t, x_t in enumerate(batch.x):
        states = project(states_of(run(layer, x_t[None], states))[-1])
        scores[t] = net.predict(states[:, :H])
    return scores


@dataclass(frozen=True, eq=False, repr=False)
class Lost:
    """What a network is worth in its first k components.

    ks      (n,) how many components
    scores  (n,) what `score` said of each
    full    what it said of the network itself
    shares  (n,) share of the states' variance that these components hold
    """

    ks: np.ndarray
    scores: np.ndarray
    full: float
    shares: np.ndarray

    @property
    def lost(self):
        """(n,): full − scores."""
        return self.full - self.scores

    def enough(self, within=0.01):
        """The smallest k that loses at most `within`, there and for every larger k that was tried; None where none."""
        order = np.argsort(self.ks)
        bad = np.flatnonzero(~(self.lost[order] <= within))
        good = order[bad[-1] + 1:] if len(bad) else order
        return int(self.ks[good[0]]) if len(good) else None

    def __repr__(self):
        rows = "".join(f"\n  {k:4d}{score:12.4f}{share:12.1%}" for k, score, share in
                       zip(self.ks, self.scores, self.shares, strict=True))
        return f"Lost: the whole network scores {self.full:.4f}\n     k       score    variance{rows}"


def lost_by_component(net, x, score: Callable, ks=None, lengths=None, basis=None):
    """`Lost`: the network run in its first k components, for each k.

    score  scores (T, B, K) -> a number, larger is better, such as an accuracy at the steps that count
    ks     1 … S where None
    basis  `Components`; those of x itself where None. From other data of the same kind the loss is an honest one
    """
    net, batch = _read(net, x, lengths)
    basis = components(net, batch) if basis is None else basis
    ks = np.arange(1, len(basis.mean) + 1) if ks is None else np.atleast_1d(np.asarray(ks))
    full = float(score(net.predict(net.trace(batch).h)))
    found = [float(score(run_in(net, batch, basis, int(k)))) for k in ks]
    return Lost(ks, np.array(found), full, np.where(ks > 0, basis.shares[ks - 1], 0.0))


# -- a linear network ----------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Kernel:
    """A linear recurrent network as what it is: one weight for each input, by how long ago it came.

    weights   (T, D, K): weights[k] is what an input k steps before the end adds to the scores, W_xh W_hhᵏ W_hy
    constant  (T, K): constant[t] is what biases and start add to the scores after t + 1 steps
    """

    weights: np.ndarray
    constant: np.ndarray

    def scores(self, x):
        """(T, B, K): the network's scores at every step of x (T, B, D), without a network: Σ_k x_{t−k} weights[k]."""
        T = len(x)
        if len(self.weights) < T:
            raise ValueError(f"x has {T} steps and the kernel {len(self.weights)}; try kernel(net, steps={T})")
        by_age = [np.concatenate([np.zeros((k, *x.shape[1:])), x[:T - k]]) for k in range(T)]
        return np.einsum("ktbd,kdo->tbo", by_age, self.weights[:T]) + self.constant[:T, None]

    def __repr__(self):
        T, D, K = self.weights.shape
        return f"Kernel: {K} score(s) from {D} feature(s), each input of the last {T} steps with a weight of its own"


def kernel(net, steps):
    """The `Kernel` of a linear RNN, for as many steps: exact. ValueError for any other network.

    y_t = Σ_k x_{t−k} W_xh W_hhᵏ W_hy + (h0 W_hhᵗ + b_h Σ_k W_hhᵏ) W_hy + b_y.
    """
    net = one_layer(net)
    if net.activation != "linear":
        kind = net.cell.upper() if net.cell != "rnn" else f"RNN with {net.activation}"
        raise ValueError(f"this network is {'a ' if kind == 'GRU' else 'an '}{kind}; only a linear one has a kernel. "
                         "Near one state, dynamics.linearise gives a linear network")
    if not isinstance(steps, (int, np.integer)) or steps < 1:
        raise ValueError(f"steps is {steps!r}; expected a whole number, at least 1")
    p = net.layers[0]["forward"]
    enters, state, weights, constant = p["W_xh"], net.start[0, "forward"][0], [], []
    for _ in range(steps):
        weights.append(enters @ net.W_hy)
        enters = enters @ p["W_hh"]
        state = state @ p["W_hh"] + p["b_h"]
        constant.append(net.predict(state))
    return Kernel(np.stack(weights), np.stack(constant))


def _read(net, x, lengths):
    net = one_layer(net)
    return net, net.read(x, lengths)


def _checked(basis, k):
    if not isinstance(k, (int, np.integer)) or not 0 <= k <= len(basis.mean):
        raise ValueError(f"k is {k!r}; expected how many components to keep, 0 to {len(basis.mean)}")
    return k
