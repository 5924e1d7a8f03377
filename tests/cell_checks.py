"""What every cell must satisfy: plain functions of a cell's module that raise AssertionError where it does not hold.

test_cells.py runs them on the real cells, test_planted_bugs.py on the same cells with a bug planted.
"""

import numpy as np
import torch

from rnncourse import gradcheck

SHAPES = [(1, 1, 2, 3), (1, 3, 4, 2), (6, 1, 3, 5), (9, 4, 5, 3), (4, 2, 3, 3), (12, 3, 1, 4)]    # T, B, D, H


def name_of(cell):
    return cell.__name__.rpartition(".")[2]


def options_of(cell):
    """Every way to run a cell: the activations of the RNN, nothing to choose for the others."""
    return [{"activation": a} for a in ("tanh", "relu", "sigmoid", "linear")] if name_of(cell) == "rnn" else [{}]


def random_run(cell, shape, seed=0, dtype=np.float64):
    """params, x, state (h0) or (h0, c0), dh: random, the states far from zero."""
    T, B, D, H = shape
    rng = np.random.default_rng(seed)
    params = cell.init(rng, D, H, dtype=dtype)
    state = tuple(rng.normal(size=(B, H)).astype(dtype) for _ in range(2 if name_of(cell) == "lstm" else 1))
    return params, rng.normal(size=(T, B, D)).astype(dtype), state, rng.normal(size=(T, B, H)).astype(dtype)


def states(trace):
    """[h] or [h, c], each (T, B, H)."""
    return [trace.h, trace.c] if trace.cell == "lstm" else [trace.h]


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


def assert_close(ours, theirs, tolerance, what):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, expected {theirs.shape}"
    gap = np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max())
    assert gap < tolerance, f"{what}: off by {gap:.1e}, allowed {tolerance:.0e}"


# -- torch's module as a twin ------------------------------------------------------------------------
def torch_twin(cell, params, activation="tanh"):
    """torch's own module with these weights, its two biases split at random so that their sum is ours."""
    name, rng = name_of(cell), np.random.default_rng(99)
    W_x, W_h, b = (params[k] for k in (("W_xh", "W_hh", "b_h") if name == "rnn" else ("W_x", "W_h", "b")))
    options = {"nonlinearity": activation} if name == "rnn" else {}
    net = getattr(torch.nn, name.upper())(W_x.shape[0], W_h.shape[0], dtype=getattr(torch, str(W_x.dtype)), **options)
    b_hh = rng.normal(size=b.shape).astype(b.dtype)
    b_ih = b - b_hh
    if name == "gru":    # the bias of n at the state's matmul stands alone
        H = W_h.shape[0]
        b_ih[2 * H:], b_hh[2 * H:] = b[2 * H:], params["b_hn"]
    with torch.no_grad():
        for parameter, value in zip(net.parameters(), (W_x.T, W_h.T, b_ih, b_hh), strict=True):
            parameter.copy_(torch.tensor(value))
    return net


def torch_results(cell, params, x, state, dh, dc_last=None, activation="tanh"):
    """(h, last states, dparams, dx, dstate) by torch's module and autograd."""
    net = torch_twin(cell, params, activation)
    tx, start = torch.tensor(x, requires_grad=True), [torch.tensor(s[None], requires_grad=True) for s in state]
    out, last = net(tx, tuple(start) if len(start) == 2 else start[0])
    loss = (out * torch.tensor(dh)).sum()
    if dc_last is not None:
        loss = loss + (last[1][0] * torch.tensor(dc_last)).sum()
    loss.backward()
    dW_x, dW_h, db, db_hh = (p.grad.numpy() for p in net.parameters())
    values = [dW_x.T, dW_h.T, db] + ([db_hh[2 * len(db) // 3:]] if name_of(cell) == "gru" else [])
    dparams = dict(zip(params, values, strict=True))
    last = [s[0].detach().numpy() for s in (last if len(start) == 2 else (last,))]
    return out.detach().numpy(), last, dparams, tx.grad.numpy(), [s.grad[0].numpy() for s in start]


def equals_torch(cell, dtype=np.float64, forward_gap=1e-12, gradient_gap=1e-10):
    """Values and every gradient as torch's own module gives them, from states that are not zero."""
    for seed, shape in enumerate(SHAPES):
        for options in options_of(cell):
            if options.get("activation") in ("sigmoid", "linear"):
                continue    # torch.nn.RNN has tanh and relu; the numerical gradient covers the others
            params, x, state, dh = random_run(cell, shape, seed, dtype)
            dc = {"dc_last": np.random.default_rng(seed + 50).normal(size=state[0].shape).astype(dtype)} \
                if name_of(cell) == "lstm" else {}
            h, last, dparams, dx, dstate = torch_results(cell, params, x, state, dh, **dc, **options)
            trace = cell.forward(params, x, *state, **options)
            ours, our_dx, our_dstate = cell.backward(params, trace, dh, **dc)
            where = f"{name_of(cell)} {options} {shape}"
            assert_close(trace.h, h, forward_gap, f"h of {where}")
            for s, torchs in zip(states(trace), last, strict=True):
                assert_close(s[-1], torchs, forward_gap, f"last state of {where}")
            assert set(ours) == set(params), f"gradients of {where} have the keys {sorted(ours)}"
            for k in params:
                assert_close(ours[k], dparams[k], gradient_gap, f"d{k} of {where}")
            assert_close(our_dx, dx, gradient_gap, f"dx of {where}")
            for s, torchs in zip(as_tuple(our_dstate), dstate, strict=True):
                assert_close(s, torchs, gradient_gap, f"dstate of {where}")


# -- the numerical gradient ---------------------------------------------------------------------------
def matches_central_differences(cell, tolerance=1e-7):
    """Every gradient (parameters, x, h0, c0) is the slope of the loss Σ dh·h, for the LSTM + Σ dc_last·c_T."""
    for seed, shape in enumerate(SHAPES[:5]):
        for options in options_of(cell):
            for name, error in gradient_errors(cell, shape, seed, options).items():
                assert error < tolerance, f"d{name} of {name_of(cell)} {options} {shape}: relative error {error:.1e}"


def gradient_errors(cell, shape, seed, options):
    params, x, state, dh = _away_from_kinks(cell, shape, seed, options)
    dc_last = np.random.default_rng(seed + 50).normal(size=state[0].shape)
    starts = dict(zip(("h0", "c0"), state, strict=False))

    def loss(arrays):
        trace = cell.forward({k: arrays[k] for k in params}, arrays["x"], *(arrays[k] for k in starts), **options)
        return (trace.h * dh).sum() + ((trace.c[-1] * dc_last).sum() if trace.cell == "lstm" else 0)

    trace = cell.forward(params, x, *state, **options)
    dparams, dx, dstate = cell.backward(params, trace, dh, **({"dc_last": dc_last} if "c0" in starts else {}))
    ours = {**dparams, "x": dx, **dict(zip(starts, as_tuple(dstate), strict=True))}
    return gradcheck.relative_errors(loss, {**params, "x": x, **starts}, ours)


def _away_from_kinks(cell, shape, seed, options):
    """A random run; for ReLU one whose pre-activations all keep their side of 0 under the small steps."""
    while True:
        params, x, state, dh = random_run(cell, shape, seed)
        trace = cell.forward(params, x, *state, **options)
        if options.get("activation") != "relu" or np.abs(trace["a_h"]).min() > 1e-3:
            return params, x, state, dh
        seed += 1000


# -- properties of a recurrence -------------------------------------------------------------------------
def forward_is_repeated_step(cell):
    """forward gives what step gives, called again and again from h0 (and c0)."""
    for seed, shape in enumerate(SHAPES):
        for options in options_of(cell):
            params, x, state, _ = random_run(cell, shape, seed)
            trace, now = cell.forward(params, x, *state, **options), state
            for t in range(len(x)):
                now = as_tuple(cell.step(params, x[t], *now, **options))
                for s, expected in zip(states(trace), now, strict=True):
                    assert_close(s[t], expected, 1e-13, f"{name_of(cell)} {options} {shape}, state after step {t}")


def starts_from_the_given_state(cell):
    """Another h0 (or c0) changes the last state; none given means zeros."""
    params, x, state, _ = random_run(cell, (5, 2, 3, 4))
    for options in options_of(cell):
        usual = cell.forward(params, x, *state, **options).h
        for k in range(len(state)):
            moved = [s + 0.5 * (j == k) for j, s in enumerate(state)]
            gap = np.abs(cell.forward(params, x, *moved, **options).h[-1] - usual[-1]).max()
            assert gap > 1e-6, f"{name_of(cell)} {options}: start {k} has no effect on the last state"
        zeros = [np.zeros_like(s) for s in state]
        assert_close(cell.forward(params, x, **options).h, cell.forward(params, x, *zeros, **options).h, 1e-15,
                     f"{name_of(cell)} without h0")


def first_input_reaches_the_last_state(cell):
    for options in options_of(cell):
        params, x, state, _ = random_run(cell, (8, 2, 3, 4))
        moved = x.copy()
        moved[0] += 0.5
        gap = np.abs(cell.forward(params, moved, *state, **options).h[-1]
                     - cell.forward(params, x, *state, **options).h[-1]).max(axis=-1)
        assert (gap > 1e-9).all(), f"{name_of(cell)} {options}: x[0] has no effect on h[-1]"


def future_changes_nothing_before_it(cell):
    """Nor does padding: whatever stands after a step, the states up to it stay bit for bit."""
    params, x, state, _ = random_run(cell, (8, 2, 3, 4))
    for options in options_of(cell):
        usual = states(cell.forward(params, x, *state, **options))
        for t in range(1, 8):
            moved = x.copy()
            moved[t:] = np.random.default_rng(t).normal(size=moved[t:].shape)
            for s, changed in zip(usual, states(cell.forward(params, moved, *state, **options)), strict=True):
                assert_close(changed[:t], s[:t], 1e-15, f"{name_of(cell)} {options}: states before step {t}")


def one_run_is_two_runs(cell):
    """The second of two runs starts from the first one's last state."""
    params, x, state, _ = random_run(cell, (9, 3, 2, 4))
    for options in options_of(cell):
        whole = states(cell.forward(params, x, *state, **options))
        for cut in (1, 4, 8):
            first = states(cell.forward(params, x[:cut], *state, **options))
            second = states(cell.forward(params, x[cut:], *(s[-1] for s in first), **options))
            for all_of_it, a, b in zip(whole, first, second, strict=True):
                assert_close(np.concatenate([a, b]), all_of_it, 1e-13, f"{name_of(cell)} {options} cut at {cut}")


def rows_do_not_meet(cell):
    """Each row of a batch gives what it gives alone, values and gradients; and a second call gives the same."""
    params, x, state, dh = random_run(cell, (6, 4, 3, 5))
    for options in options_of(cell):
        def run(rows, options=options):
            trace = cell.forward(params, x[:, rows], **options)
            from_start = cell.forward(params, x[:, rows], *(s[rows] for s in state), **options)
            return [trace.h, from_start.h, *cell.backward(params, from_start, dh[:, rows])[1:2]]
        together, again = run(slice(None)), run(slice(None))
        alone = [run(slice(row, row + 1)) for row in range(4)]
        for k, everything in enumerate(together):
            assert_close(again[k], everything, 1e-15, f"{name_of(cell)} {options}: the same call twice")
            rows = np.concatenate([a[k] for a in alone], axis=1)
            assert_close(rows, everything, 1e-13, f"{name_of(cell)} {options}: a row alone")


def two_pieces_give_the_whole_gradient(cell):
    """backward over the whole = over two pieces, the second's dh0 (and dc0) handed to the first."""
    params, x, state, dh = random_run(cell, (9, 3, 2, 4))
    for options in options_of(cell):
        whole, whole_dx, whole_dstate = cell.backward(params, cell.forward(params, x, *state, **options), dh)
        for cut in (1, 4, 8):
            first = cell.forward(params, x[:cut], *state, **options)
            second = cell.forward(params, x[cut:], *(s[-1] for s in states(first)), **options)
            later, later_dx, dstate = cell.backward(params, second, dh[cut:])
            dh0, *dc0 = as_tuple(dstate)
            dh_first = dh[:cut].copy()
            dh_first[-1] += dh0
            earlier, earlier_dx, dstate = cell.backward(params, first, dh_first, *dc0)
            where = f"{name_of(cell)} {options} cut at {cut}"
            for k in params:
                assert_close(earlier[k] + later[k], whole[k], 1e-12, f"d{k} of {where}")
            assert_close(np.concatenate([earlier_dx, later_dx]), whole_dx, 1e-12, f"dx of {where}")
            for s, expected in zip(as_tuple(dstate), as_tuple(whole_dstate), strict=True):
                assert_close(s, expected, 1e-12, f"dstate of {where}")


ALL = [equals_torch, matches_central_differences, forward_is_repeated_step, starts_from_the_given_state,
       first_input_reaches_the_last_state, future_changes_nothing_before_it, one_run_is_two_runs, rows_do_not_meet,
       two_pieces_give_the_whole_gradient]
