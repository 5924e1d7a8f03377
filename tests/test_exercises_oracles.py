"""The solutions themselves, on every input of their checks: against the library, torch or a numerical gradient."""

import numpy as np
import pytest
import torch
from exercise_checks import Oracles, close, exercises, module_and_name

from rnncourse import gradcheck, optimizers
from rnncourse.cells import bptt, gru, jacobians, lstm, rnn, unrolling
from rnncourse.exercises import bptt as ex_bptt
from rnncourse.exercises import gradients as ex_gradients
from rnncourse.exercises import gru as ex_gru
from rnncourse.exercises import lstm as ex_lstm
from rnncourse.exercises import recurrence as ex_recurrence
from rnncourse.exercises import start_here as ex_start
from rnncourse.trace import Trace

oracles = Oracles()


def tensor(array):
    return torch.tensor(array, dtype=torch.float64)


EXERCISES = exercises(ex_start, ex_recurrence, ex_bptt, ex_gradients, ex_lstm, ex_gru)


@pytest.mark.parametrize("exercise", EXERCISES, ids=module_and_name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-6 if exercise is ex_bptt.numerical_gradient else 1e-9)


# -- 00 ------------------------------------------------------------------------------------------
@oracles.of(ex_start.one_step)
def _(x_t, h_prev, w_xh, w_hh, b):
    params = {"W_xh": np.array([[w_xh]]), "W_hh": np.array([[w_hh]]), "b_h": np.array([b])}
    return rnn.step(params, np.array([[x_t]]), np.array([[h_prev]])).item()


@oracles.of(ex_start.steps_until)
def _(keep, share):
    return int(np.argmax(keep ** np.arange(2000.0) <= share))


@oracles.of(ex_start.last_input)
def _(x, row):
    return tensor(x).transpose(0, 1)[row, -1].numpy()


@oracles.of(ex_start.project)
def _(x_t, W):
    return torch.nn.functional.linear(tensor(x_t), tensor(W)).numpy()


# -- 01 ------------------------------------------------------------------------------------------
@oracles.of(ex_recurrence.read_out)
def _(h, lengths, W_hy, b_y):
    places = torch.tensor(lengths - 1)[None, :, None].expand(1, -1, h.shape[2])
    last = tensor(h).gather(0, places)[0]
    return torch.nn.functional.linear(last, tensor(W_hy.T), tensor(b_y)).numpy()


@oracles.of(ex_recurrence.run_in_pieces)
def _(params, pieces, h0):
    return rnn.forward(params, np.concatenate(pieces), h0).h


@oracles.of(ex_recurrence.count_parameters)
def _(input_size, hidden_size, output_size, steps):
    network = torch.nn.RNN(input_size, hidden_size), torch.nn.Linear(hidden_size, output_size)
    return sum(p.numel() for part in network for p in part.parameters()) - hidden_size    # torch's second bias


@oracles.of(ex_recurrence.run_on_its_own)
def _(params, W_hy, b_y, h0, y0, steps):
    cell, out = torch.nn.RNNCell(*params["W_xh"].shape).double(), []
    cell.load_state_dict({"weight_ih": tensor(params["W_xh"].T), "weight_hh": tensor(params["W_hh"].T),
                          "bias_ih": tensor(params["b_h"]), "bias_hh": 0 * tensor(params["b_h"])})
    y, h = tensor(y0), tensor(h0)
    for _ in range(steps):
        h = cell(y, h)
        y = h @ tensor(W_hy) + tensor(b_y)
        out.append(y)
    return torch.stack(out).detach().numpy()


@oracles.of(ex_recurrence.from_columns)
def _(W, U, b):
    params = ex_recurrence.from_columns.reference(W, U, b)
    rng = np.random.default_rng(0)
    x, h = rng.normal(size=(W.shape[1], 5)), rng.normal(size=(len(U), 5))
    assert close(rnn.step(params, x.T, h.T), np.tanh(W @ x + U @ h + b).T)    # the same network, run
    return {"W_xh": np.einsum("hd->dh", W), "W_hh": np.einsum("hd->dh", U), "b_h": b.reshape(-1)}


# -- 02 ------------------------------------------------------------------------------------------
@oracles.of(ex_bptt.masked_blame)
def _(y, target, mask):
    y = tensor(y).requires_grad_()
    ((y - tensor(target))[torch.tensor(mask)] ** 2).mean().backward()
    return y.grad.numpy()


@oracles.of(ex_bptt.sigmoid_backward_step)
def _(params, x_t, h_prev, h_t, dh_t):
    leaves = {name: tensor(p).requires_grad_() for name, p in params.items()}
    state = tensor(h_prev).requires_grad_()
    h = torch.sigmoid(tensor(x_t) @ leaves["W_xh"] + state @ leaves["W_hh"] + leaves["b_h"])
    assert close(h.detach().numpy(), h_t)
    h.backward(tensor(dh_t))
    return {name: leaf.grad.numpy() for name, leaf in leaves.items()}, state.grad.numpy()


def a_run(W_hh, h, h0=None):
    """A linear input and a start that give exactly the states h: x = atanh(h) − h_prev W_hh, W_xh = 1."""
    h0 = np.zeros_like(h[0]) if h0 is None else h0
    before = np.concatenate([h0[None], h[:-1]])
    params = {"W_xh": np.eye(h.shape[-1]), "W_hh": W_hh, "b_h": np.zeros(h.shape[-1])}
    return params, np.arctanh(h) - before @ W_hh, h0


@oracles.of(ex_bptt.start_gradient)
def _(W_hh, h, dh_out):
    params, x, h0 = a_run(W_hh, h)
    return gradcheck.numerical(lambda start: float((rnn.forward(params, x, start).h * dh_out).sum()), h0)




@oracles.of(ex_bptt.chunked_gradient)
def _(W_hh, h, h0, dh_out, size):
    params, x, h0 = a_run(W_hh, h, h0)
    return bptt.truncated_by_chunk(rnn.forward(params, x, h0), dh_out, size)["W_hh"]


@oracles.of(ex_bptt.numerical_gradient)
def _(f, w, step):
    w = tensor(w).requires_grad_()
    names = {"cubic": lambda w: (w ** 3).sum() / 3 + w.sum() ** 2, "wave": lambda w: torch.sin(w).prod() + w.ravel()[0]}
    names[f.__name__](w).backward()
    return w.grad.numpy()


# -- 03 ------------------------------------------------------------------------------------------
@oracles.of(ex_gradients.jacobian_from_start)
def _(W_hh, h):
    params, x, h0 = a_run(W_hh, h[:, None])
    return jacobians.products(jacobians.state_jacobians(rnn.forward(params, x, h0)))[0, 0]


@oracles.of(ex_gradients.norms_to_the_end)
def _(J):
    chain = [torch.linalg.multi_dot([*tensor(J).flip(0)[:len(J) - t]]) if len(J) - t > 1 else tensor(J[-1])
             for t in range(len(J))]
    return np.array([torch.linalg.svdvals(P).max().item() for P in chain])


@oracles.of(ex_gradients.growth)
def _(W_hh):
    in_one_step = np.sqrt(np.linalg.eigvalsh(W_hh @ W_hh.T).max())
    radius = torch.linalg.eigvals(tensor(W_hh)).abs().max().item()
    return in_one_step, radius


def test_the_spectral_radius_is_what_remains_after_very_many_steps():
    for case in ex_gradients.growth.cases():
        W, radius = case["W_hh"], ex_gradients.growth.reference(**case)[1]
        log_length, P = 0.0, np.eye(len(W))
        for _ in range(1000):
            P = P @ W
            log_length, P = log_length + np.log(np.linalg.norm(P, 2)), P / np.linalg.norm(P, 2)
        assert np.exp(log_length / 1000) == pytest.approx(radius, rel=1e-2)


@oracles.of(ex_gradients.clip_together)
def _(grads, limit):
    ours, length = optimizers.clip_by_norm(grads, limit)
    return dict(ours), length > limit


@oracles.of(ex_gradients.nearest_orthogonal)
def _(A):
    Q = A / np.linalg.norm(A, 2)
    for _ in range(200):                         # Newton's iteration for the polar factor
        Q = (Q + np.linalg.inv(Q).T) / 2
    return Q


# -- 04 ------------------------------------------------------------------------------------------
@oracles.of(ex_lstm.who_wrote)
def _(i, f, g):
    T, B, H = i.shape
    params = {"W_x": np.zeros((1, 4 * H)), "W_h": np.zeros((H, 4 * H)), "b": np.zeros(4 * H)}
    c, states = np.zeros((B, H)), []
    for t in range(T):
        c = f[t] * c + i[t] * g[t]
        states.append(c)
    signals = {"i": i, "f": f, "g": g, "o": i, "c": np.stack(states), "h": i}
    return unrolling.contributions(Trace("lstm", params, np.zeros((T, B, 1)), signals, c * 0, c * 0))[0]


@oracles.of(ex_lstm.cell_backward)
def _(f, o, c, dh_t, dc_next):
    c_prev = tensor(c / f).requires_grad_()      # any c_prev and i g with f c_prev + i g = c
    c_t = tensor(f) * c_prev
    c_t.retain_grad()
    (tensor(dh_t) * tensor(o) * torch.tanh(c_t) + tensor(dc_next) * c_t).sum().backward()
    return c_t.grad.numpy(), c_prev.grad.numpy()


@oracles.of(ex_lstm.held_step)
def _(params, x_t, h_prev, c_prev, gate, value):
    a = tensor(x_t @ params["W_x"] + h_prev @ params["W_h"] + params["b"]).chunk(4, dim=-1)
    i, f, g, o = (torch.full_like(part, value) if name == gate else torch.tanh(part) if name == "g" else part.sigmoid()
                  for name, part in zip("ifgo", a, strict=True))
    c = f * tensor(c_prev) + i * g
    return (o * torch.tanh(c)).numpy(), c.numpy()


@oracles.of(ex_lstm.peephole_step)
def _(params, p_i, p_f, p_o, x_t, h_prev, c_prev):
    h, c = [], []                                # row by row, a peephole is a bias
    for row in range(len(x_t)):
        one = x_t[[row]], h_prev[[row]], c_prev[[row]]
        bias = params["b"] + np.concatenate([p_i * c_prev[row], p_f * c_prev[row], 0 * p_i, 0 * p_o])
        _, c_new = lstm.step(params | {"b": bias}, *one)
        bias[-len(p_o):] += p_o * c_new[0]
        h_new, c_new = lstm.step(params | {"b": bias}, *one)
        h, c = [*h, h_new], [*c, c_new]
    return np.concatenate(h), np.concatenate(c)


@oracles.of(ex_lstm.forget_bias_for)
def _(steps, share):
    low, high = -50.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + np.exp(-middle))) ** steps < share else (low, middle)
    return middle


# -- 05 ------------------------------------------------------------------------------------------
@oracles.of(ex_gru.papers_step)
def _(W_x, W_h, b, x_t, h_prev):
    x_r, x_z, x_n = tensor(x_t @ W_x + b).chunk(3, dim=-1)
    W_r, W_z, W_n = tensor(W_h).chunk(3, dim=-1)
    h = tensor(h_prev)
    r, z = torch.sigmoid(x_r + h @ W_r), torch.sigmoid(x_z + h @ W_z)
    return torch.lerp(h, torch.tanh(x_n + (r * h) @ W_n), z).numpy()


def test_with_the_reset_gate_open_the_papers_step_is_ours_with_z_turned():
    for case in ex_gru.papers_step.cases():
        H = case["W_h"].shape[0]
        b, turned = case["b"].copy(), np.repeat([1, -1, 1], H)    # 1 − σ(a) = σ(−a)
        b[:H] = 1e3                                               # r = 1: before or after the matmul is the same
        params = {"W_x": case["W_x"] * turned, "W_h": case["W_h"] * turned, "b": b * turned, "b_hn": np.zeros(H)}
        papers = ex_gru.papers_step.reference(**case | {"b": b})
        assert close(papers, gru.step(params, case["x_t"], case["h_prev"]))


@oracles.of(ex_gru.state_backward)
def _(z, n, h_prev, dh_t):
    z, n, h_prev = (tensor(a).requires_grad_() for a in (z, n, h_prev))
    (z * h_prev + (1 - z) * n).backward(tensor(dh_t))
    return z.grad.numpy(), n.grad.numpy(), h_prev.grad.numpy()


@oracles.of(ex_gru.to_onnx)
def _(params):
    (D, H3), rng = params["W_x"].shape, np.random.default_rng(0)
    H = H3 // 3
    found = ex_gru.to_onnx.reference(params)
    x, h = rng.normal(size=(4, D)), rng.normal(size=(4, H))
    (W_z, W_r, W_h), (R_z, R_r, R_h) = (np.split(found[name], 3) for name in ("W", "R"))
    Wb_z, Wb_r, Wb_h, Rb_z, Rb_r, Rb_h = np.split(found["B"], 6)
    z, r = (1 / (1 + np.exp(-a)) for a in (x @ W_z.T + h @ R_z.T + Wb_z + Rb_z, x @ W_r.T + h @ R_r.T + Wb_r + Rb_r))
    theirs = (1 - z) * np.tanh(x @ W_h.T + Wb_h + r * (h @ R_h.T + Rb_h)) + z * h
    assert close(gru.step(params, x, h), theirs)                  # their step, our step: one number
    rows = np.concatenate([np.arange(H, 2 * H), np.arange(H), np.arange(2 * H, 3 * H)])
    b = np.concatenate([params["b"][rows], np.zeros(2 * H), params["b_hn"]])
    return {"W": params["W_x"].T[rows], "R": params["W_h"].T[rows], "B": b}


@oracles.of(ex_gru.weights_of_steps)
def _(z):
    T, B, H = z.shape
    params = gru.init(np.random.default_rng(0), 1, H)
    trace = Trace("gru", params, np.zeros((T, B, 1)), {"r": z, "z": z, "n": z, "h": z}, np.zeros((B, H)))
    weights, start = unrolling.weights(trace)
    assert close(weights.sum(0) + start, np.ones((B, H)))
    return np.concatenate([start[None], weights])


@oracles.of(ex_gru.same_budget)
def _(input_size, lstm_hidden):
    rng = np.random.default_rng(0)

    def size(cell, H):
        return sum(p.size for p in cell.init(rng, input_size, H).values())

    return max(H for H in range(lstm_hidden, 2 * lstm_hidden + 2) if size(gru, H) <= size(lstm, lstm_hidden))
