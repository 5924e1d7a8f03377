"""The gradient taken apart: items sum to the whole, and truncation is the same sum masked."""

import cell_checks
import numpy as np
import pytest
import torch

from rnncourse.cells import bptt, gru, lstm, rnn

CELLS = [rnn, lstm, gru]
T, B, D, H = 7, 2, 3, 4


def run(cell, steps=T, activation="tanh"):
    params, x, state, dh = cell_checks.random_run(cell, (steps, B, D, H), seed=3)
    return cell.forward(params, x, *state, **({"activation": activation} if cell is rnn else {})), dh


@pytest.mark.parametrize("steps", [1, T])
@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_items_sum_to_the_gradient(cell, steps):
    trace, dh = run(cell, steps)
    G, whole = bptt.itemised_gradient(trace, dh), cell.backward(trace.params, trace, dh)[0]
    assert set(G) == set(whole)
    for name in whole:
        assert G[name].shape == (steps, steps, *whole[name].shape)
        cell_checks.assert_close(G[name].sum((0, 1)), whole[name], 1e-14, name)


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_no_use_is_blamed_by_an_earlier_loss_and_each_by_every_later_one(cell):
    trace, dh = run(cell)
    k, t = np.mgrid[:T, :T]
    for name, G in bptt.itemised_gradient(trace, dh).items():
        size = np.abs(G).reshape(T, T, -1).max(axis=-1)
        assert (size[t > k] == 0).all(), name
        assert (size[t <= k] > 0).all(), name


def test_items_are_torchs_gradients_by_one_copy_of_the_weight_a_step():
    """An independent oracle: torch with its own W_hh at each step, differentiated loss by loss."""
    trace, dh = run(rnn)
    p = {name: torch.tensor(a) for name, a in trace.params.items()}
    copies = [p["W_hh"].clone().requires_grad_() for _ in range(T)]
    h, losses = torch.tensor(trace.h0), []
    for t in range(T):
        h = torch.tanh(torch.tensor(trace.x[t]) @ p["W_xh"] + h @ copies[t] + p["b_h"])
        losses.append((h * torch.tensor(dh[t])).sum())
    G = bptt.itemised_gradient(trace, dh)["W_hh"]
    for k in range(T):
        items = torch.autograd.grad(losses[k], copies[:k + 1], retain_graph=True)
        for t, item in enumerate(items):
            cell_checks.assert_close(G[k, t], item.numpy(), 1e-13, f"G[{k}, {t}]")


@pytest.mark.parametrize("size", [1, 2, 3, T, T + 5])
@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_truncation_is_the_sum_masked(cell, size):
    trace, dh = run(cell)
    G = bptt.itemised_gradient(trace, dh)
    k, t = np.mgrid[:T, :T]
    kept = {bptt.truncated_by_chunk: k // size == t // size, bptt.truncated_by_window: k - t < size}
    for truncated, mask in kept.items():
        found = truncated(trace, dh, size)
        for name in G:
            expected = G[name][mask & (t <= k)].sum(0)
            cell_checks.assert_close(found[name], expected, 1e-13, f"{truncated.__name__}, {name}")


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_chunk_and_window_differ_and_neither_is_the_whole(cell):
    trace, dh = run(cell)
    whole = cell.backward(trace.params, trace, dh)[0]
    chunk, window = bptt.truncated_by_chunk(trace, dh, 3), bptt.truncated_by_window(trace, dh, 3)
    name = list(whole)[1]
    pairs = [(chunk, window), (chunk, whole), (window, whole)]
    assert all(np.abs(a[name] - b[name]).max() > 1e-4 for a, b in pairs)


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_chunks_equal_torchs_detached_states(cell):
    trace, dh = run(cell)
    net = cell_checks.torch_twin(cell, trace.params)
    state = [torch.tensor(s[None]) for s in (trace.h0, trace.c0) if s is not None]
    for start in range(0, T, 3):
        state = tuple(s.detach() for s in state)
        out, last = net(torch.tensor(trace.x[start:start + 3]), state if len(state) == 2 else state[0])
        (out * torch.tensor(dh[start:start + 3])).sum().backward()
        state = last if len(state) == 2 else (last,)
    ours = bptt.truncated_by_chunk(trace, dh, 3)
    for name, parameter in zip(list(ours)[:2], net.parameters(), strict=False):
        cell_checks.assert_close(ours[name], parameter.grad.numpy().T, 1e-12, name)


@pytest.mark.parametrize("cell", CELLS, ids=cell_checks.name_of)
def test_a_piece_is_the_run_from_the_state_it_had_there(cell):
    trace, dh = run(cell)
    part = bptt.piece(trace, 2, 5)
    start = (trace.h[1], trace.c[1]) if cell is lstm else (trace.h[1],)
    alone = cell.forward(trace.params, trace.x[2:5], *start)
    assert part.steps == 3
    for name in trace.signals:
        cell_checks.assert_close(part[name], alone[name], 1e-15, name)
        if name not in "hc":
            cell_checks.assert_close(part[f"a_{name}"], trace[f"a_{name}"][2:5], 1e-14, f"a_{name}")
    ours, expected = (cell.backward(trace.params, tr, dh[2:5]) for tr in (part, alone))
    for name in ours[0]:
        cell_checks.assert_close(ours[0][name], expected[0][name], 1e-14, name)


@pytest.mark.parametrize("start, stop", [(-1, 2), (2, 2), (3, 1), (0, T + 1)])
def test_a_piece_that_is_not_there(start, stop):
    with pytest.raises(ValueError, match=f"no steps from {start} to {stop} in a Trace of {T}; expected 0 <= start"):
        bptt.piece(run(rnn)[0], start, stop)


@pytest.mark.parametrize("size", [0, -2, 1.5])
@pytest.mark.parametrize("truncated", [bptt.truncated_by_chunk, bptt.truncated_by_window])
def test_a_size_that_is_none(truncated, size):
    with pytest.raises(ValueError, match=f"size is {size}; expected a whole number of steps, at least 1"):
        truncated(*run(rnn), size)


@pytest.mark.parametrize("function", [bptt.itemised_gradient, lambda *a: bptt.truncated_by_chunk(*a, 2),
                                      lambda *a: bptt.truncated_by_window(*a, 2)])
def test_dh_of_the_wrong_shape(function):
    trace, dh = run(lstm)
    with pytest.raises(ValueError, match=r"dh is \(7, 2, 3\); expected \(7, 2, 4\)"):
        function(trace, dh[:, :, :3])
    with pytest.raises(ValueError, match=r"dh is \(6, 2, 4\); expected \(7, 2, 4\)"):
        function(trace, dh[:6])
