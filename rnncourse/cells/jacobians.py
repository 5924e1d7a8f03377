"""State Jacobians: how a small change of the state before a step, or many steps ago, changes the state after it.

The state s is h, for the LSTM (h, c) side by side, S = H or 2H numbers, as a column: J[m, n] = ∂s_m / ∂s_prev_n.
"""

from dataclasses import dataclass

import numpy as np

from rnncourse import activations
from rnncourse.cells import _check


def state_jacobians(trace):
    """J (T, B, S, S): J[t] = ∂(state after step t) / ∂(state before step t), for each row of the batch."""
    _check.whole_forward(trace, "rnn", "lstm", "gru")
    return {"rnn": _rnn, "lstm": _lstm, "gru": _gru}[trace.cell](trace)


def products(jacobians):
    """P (T, …, S, S) for jacobians J (T, …, S, S): P[t] = J[T−1] ⋯ J[t], the latest on the left.

    P[t] = ∂(last state) / ∂(state before step t); P[0] is the way from the start, P[T−1] = J[T−1].
    """
    jacobians = _check.jacobians(jacobians)
    found = np.empty_like(jacobians)
    later = np.broadcast_to(np.eye(jacobians.shape[-1], dtype=jacobians.dtype), jacobians.shape[1:])
    for t in reversed(range(len(jacobians))):
        later = found[t] = later @ jacobians[t]
    return found


@dataclass(frozen=True, eq=False)
class Fading:
    """How large a small change of the state is by the end of a run, made that many steps before it.

    exact       (T,)  ‖∂s_T/∂s_t‖₂ = ‖J_T ⋯ J_{t+1}‖₂, for t = 0 … T − 1: first the change made T steps before the end
    one_by_one  (T,)  Π ‖J_k‖₂ ≥ exact: the most it could be, from each step's Jacobian by itself
    bound       (T,)  (γ σ_max)^(T−t) ≥ one_by_one: the most it could be, from the weights alone; RNN only, else None
    """

    exact: np.ndarray
    one_by_one: np.ndarray
    bound: np.ndarray | None

    @property
    def steps_back(self):
        """(T,): T, …, 2, 1: how many steps before the end each change was made."""
        return np.arange(len(self.exact), 0, -1)


def fading(trace, row=0):
    """The `Fading` of one row of a Trace's batch (Pascanu, Mikolov & Bengio 2013)."""
    J = state_jacobians(trace)[:, row]
    exact = np.linalg.norm(products(J), 2, axis=(-2, -1))
    one_by_one = np.cumprod(np.linalg.norm(J, 2, axis=(-2, -1))[::-1])[::-1]
    if trace.cell != "rnn":
        return Fading(exact, one_by_one, None)
    steepest = activations.named(trace.activation).steepest * np.linalg.norm(trace.params["W_hh"], 2)
    return Fading(exact, one_by_one, steepest ** np.arange(len(J), 0, -1.0))


def lyapunov_exponents(jacobians):
    """λ (…, S), largest first: how fast small changes grow along jacobians (T, …, S, S), per step in nats.

    λ > 0 grows, λ < 0 fades. A product of many Jacobians overflows or leaves one direction only, so the
    directions are made orthogonal anew at each step: J[t] Q = Q' R, λ = mean log |diag R| (Benettin et al. 1980).
    A singular J gives −∞ for the direction that it removes.
    """
    jacobians = _check.jacobians(jacobians)
    Q = np.broadcast_to(np.eye(jacobians.shape[-1]), jacobians.shape[1:])
    total = np.zeros(jacobians.shape[1:-1])
    with np.errstate(divide="ignore"):
        for J in jacobians:
            Q, R = np.linalg.qr(J @ Q)
            total += np.log(np.abs(np.diagonal(R, axis1=-2, axis2=-1)))
    return -np.sort(-total / len(jacobians), axis=-1)


def _rnn(trace):
    # h = f(a) with a = h_prev W_hh + …, so J = diag(f'(a)) W_hhᵀ
    slope = activations.named(trace.activation).slope_at(trace.h)
    return _rows(slope, trace.params["W_hh"].T)


def _lstm(trace):
    i, f, g, o, tanh_c = trace.i, trace.f, trace.g, trace.o, np.tanh(trace.c)
    W_i, W_f, W_g, W_o = (W.T for W in np.split(trace.params["W_h"], 4, axis=1))
    # c = f c_prev + i g
    dc_dh = (_rows(trace.c_prev * f * (1 - f), W_f) + _rows(g * i * (1 - i), W_i) + _rows(i * (1 - g * g), W_g))
    dc_dc = _rows(f, np.eye(trace.hidden_size, dtype=f.dtype))
    # h = o tanh(c)
    through_c = o * (1 - tanh_c * tanh_c)
    dh_dh = _rows(tanh_c * o * (1 - o), W_o) + _rows(through_c, dc_dh)
    dh_dc = _rows(through_c, dc_dc)
    return np.block([[dh_dh, dh_dc], [dc_dh, dc_dc]])


def _gru(trace):
    r, z, n, h_prev = trace.r, trace.z, trace.n, trace.h_prev
    W_r, W_z, W_n = (W.T for W in np.split(trace.params["W_h"], 3, axis=1))
    h_n = h_prev @ W_n.T + trace.params["b_hn"]
    # n = tanh(… + r h_n)
    dn_dh = _rows(1 - n * n, _rows(r, W_n) + _rows(h_n * r * (1 - r), W_r))
    # h = (1 − z) n + z h_prev
    return (_rows(1 - z, dn_dh) + _rows((h_prev - n) * z * (1 - z), W_z)
            + _rows(z, np.eye(trace.hidden_size, dtype=z.dtype)))


def _rows(scale, matrix):
    """diag(scale) @ matrix, for scale (T, B, H) and a matrix (H, H) or (T, B, H, H)."""
    return scale[..., :, None] * matrix
