"""Optimizers: torch.optim step by step, nothing written in place, clipping, and what is refused."""

import numpy as np
import pytest
import torch

from rnncourse import optimizers

PAIRS = {
    "sgd": (optimizers.SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (optimizers.Momentum(0.05, 0.8), lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8)),
    "adam": (optimizers.Adam(0.03), lambda p: torch.optim.Adam(p, lr=0.03)),
    "adam, other betas": (optimizers.Adam(0.03, 0.7, 0.95, 1e-3),
                          lambda p: torch.optim.Adam(p, lr=0.03, betas=(0.7, 0.95), eps=1e-3)),
}


def start(dtype=np.float64):
    rng = np.random.default_rng(0)
    return {"W": rng.normal(size=(3, 4)).astype(dtype), "b": rng.normal(size=4).astype(dtype)}


def gradients(params):
    """Of Σ cos(W) + Σ b³, so that they change on the way."""
    return {"W": -np.sin(params["W"]), "b": 3 * params["b"] ** 2}


@pytest.mark.parametrize("name", PAIRS)
def test_ten_steps_as_torch_takes_them(name):
    optimizer, torchs = PAIRS[name]
    params, state = start(), None
    theirs = {k: torch.tensor(p, requires_grad=True) for k, p in params.items()}
    twin = torchs(list(theirs.values()))
    for _ in range(10):
        twin.zero_grad()
        (theirs["W"].cos().sum() + (theirs["b"] ** 3).sum()).backward()
        twin.step()
        params, state = optimizer.update(params, gradients(params), state)
        for k in params:
            np.testing.assert_allclose(params[k], theirs[k].detach().numpy(), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", PAIRS)
def test_nothing_is_written_in_place(name):
    optimizer, params, state = PAIRS[name][0], start(), None
    for _ in range(3):
        grads = gradients(params)
        held = [*params.values(), *grads.values()]
        copies = [a.copy() for a in held]
        new, new_state = optimizer.update(params, grads, state)
        assert all((a == c).all() for a, c in zip(held, copies, strict=True))
        assert not any(np.shares_memory(new[k], a) for k in new for a in held)
        again, _ = optimizer.update(params, grads, state)    # the old state was not used up
        assert all((again[k] == new[k]).all() for k in new)
        params, state = new, new_state


@pytest.mark.parametrize("name", PAIRS)
def test_nested_mappings_give_the_same_numbers(name):
    optimizer = PAIRS[name][0]
    flat, nested, s, n = start(), {"cell": {"W": start()["W"]}, "b": start()["b"]}, None, None
    for _ in range(3):
        d = gradients(flat)
        flat, s = optimizer.update(flat, d, s)
        nested, n = optimizer.update(nested, {"cell": {"W": d["W"]}, "b": d["b"]}, n)
    assert (nested["cell"]["W"] == flat["W"]).all()
    assert (nested["b"] == flat["b"]).all()


@pytest.mark.parametrize("name", PAIRS)
def test_float32_stays_float32(name):
    optimizer, params, state = PAIRS[name][0], start(np.float32), None
    for _ in range(2):
        params, state = optimizer.update(params, gradients(params), state)
    assert {p.dtype for p in params.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("kind", [optimizers.SGD, optimizers.Momentum, optimizers.Adam])
def test_a_numpy_number_as_learning_rate_does_not_widen_float32(kind):
    params = start(np.float32)
    moved, _ = kind(np.float64(0.1)).update(params, gradients(params), None)
    assert {p.dtype for p in moved.values()} == {np.dtype(np.float32)}


def test_clipping_scales_all_gradients_together():
    grads = {"W": np.full((2, 2), 3.0), "cell": {"b": np.full(4, 4.0)}}
    assert optimizers.norm(grads) == pytest.approx(10)
    clipped, size = optimizers.clip_by_norm(grads, 1)
    assert size == pytest.approx(10)
    assert optimizers.norm(clipped) == pytest.approx(1)
    assert (clipped["W"] == pytest.approx(0.3)) and (clipped["cell"]["b"] == pytest.approx(0.4))
    assert (grads["W"] == 3).all()


def test_clipping_leaves_short_gradients_and_zero_alone():
    grads = {"W": np.array([0.3, 0.4], np.float32)}
    clipped, size = optimizers.clip_by_norm(grads, 1)
    assert size == pytest.approx(0.5)
    assert (clipped["W"] == grads["W"]).all()
    assert clipped["W"].dtype == np.float32
    assert (optimizers.clip_by_norm({"W": np.zeros(3)}, 1)[0]["W"] == 0).all()


def test_clipping_is_torchs():
    params = [torch.tensor(p, requires_grad=True) for p in start().values()]
    for p, d in zip(params, gradients(start()).values(), strict=True):
        p.grad = torch.tensor(d)
    theirs = torch.nn.utils.clip_grad_norm_(params, 0.5).item()
    clipped, size = optimizers.clip_by_norm(gradients(start()), 0.5)
    assert size == pytest.approx(theirs, rel=1e-14)
    for p, d in zip(params, clipped.values(), strict=True):
        np.testing.assert_allclose(d, p.grad.numpy(), rtol=1e-5)    # torch divides by the norm + 1e-6


@pytest.mark.parametrize("name", PAIRS)
def test_what_update_refuses(name):
    optimizer, params, d = PAIRS[name][0], start(), gradients(start())
    for grads, message in [
        ({"W": d["W"]}, r"gradients are \['W'\]; expected \['W', 'b'\]"),
        ({**d, "W": d["W"].T}, r"the gradient\['W'\] is an array \(4, 3\); expected an array \(3, 4\)"),
        ({**d, "b": {"x": d["b"]}}, r"the gradient\['b'\] is a mapping of \['x'\]; expected an array \(4,\)"),
        ({**d, "b": d["b"] * np.nan}, r"the gradient\['b'\] holds NaN or infinity: training has diverged"),
    ]:
        with pytest.raises(ValueError, match=message):
            optimizer.update(params, grads)


def test_what_clipping_refuses():
    for limit in (0, -1, float("nan")):
        with pytest.raises(ValueError, match=f"limit is {limit}; expected a number above 0"):
            optimizers.clip_by_norm({"W": np.ones(2)}, limit)
    with pytest.raises(ValueError, match="the gradients' norm is inf, which no factor can shorten"):
        optimizers.clip_by_norm({"W": np.array([np.inf])}, 1)
