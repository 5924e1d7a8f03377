"""Losses: torch's values and gradients, masks, units, numerical gradients, and what is refused."""

import numpy as np
import pytest
import torch

from rnncourse import gradcheck, losses

T, B, K = 5, 3, 4
RNG = np.random.default_rng(0)
LOGITS, TARGETS = RNG.normal(size=(T, B, K)) * 3, RNG.integers(0, K, (T, B))
PREDICTION, TARGET = RNG.normal(size=(2, T, B, K))
MASK = np.arange(T)[:, None] < np.array([5, 2, 1])


def check_cross_entropy_is_torchs(losses=losses):
    """As a plain function of the module, so that test_planted_bugs.py can run it on a mutant."""
    for shape in ((T, B, K), (K, K), (6, K)):    # with T = K a wrong axis has the right shape
        rng = np.random.default_rng(1)
        logits, targets = rng.normal(size=shape) * 3, rng.integers(0, K, shape[:-1])
        ours, dlogits = losses.softmax_cross_entropy(logits, targets)
        tl = torch.tensor(logits, requires_grad=True)
        theirs = torch.nn.functional.cross_entropy(tl.reshape(-1, K), torch.tensor(targets).reshape(-1))
        theirs.backward()
        np.testing.assert_allclose(ours, theirs.item(), rtol=1e-14)
        np.testing.assert_allclose(dlogits, tl.grad.numpy(), atol=1e-15)
        np.testing.assert_allclose(losses.softmax(logits), torch.softmax(tl, -1).detach().numpy(), atol=1e-15)


def test_cross_entropy_is_torchs():
    check_cross_entropy_is_torchs()


def test_masked_cross_entropy_is_torchs_with_ignored_targets():
    ignored = np.where(MASK, TARGETS, -100)
    tl = torch.tensor(LOGITS, requires_grad=True)
    theirs = torch.nn.functional.cross_entropy(tl.reshape(-1, K), torch.tensor(ignored).reshape(-1))
    theirs.backward()
    ours, dlogits = losses.softmax_cross_entropy(LOGITS, ignored, MASK)
    assert ours == pytest.approx(theirs.item(), rel=1e-14)
    np.testing.assert_allclose(dlogits, tl.grad.numpy(), atol=1e-15)
    assert (dlogits[~MASK] == 0).all()


def test_squared_error_is_torchs():
    tp = torch.tensor(PREDICTION, requires_grad=True)
    theirs = torch.nn.functional.mse_loss(tp, torch.tensor(TARGET))
    theirs.backward()
    ours, dprediction = losses.squared_error(PREDICTION, TARGET)
    assert ours == pytest.approx(theirs.item(), rel=1e-14)
    np.testing.assert_allclose(dprediction, tp.grad.numpy(), atol=1e-16)


@pytest.mark.parametrize("unit", ["nats", "bits"])
def test_gradients_are_central_differences(unit):
    for mask in (None, MASK):
        ours = losses.softmax_cross_entropy(LOGITS, TARGETS, mask, unit)[1]
        numerical = gradcheck.numerical(lambda a, m=mask: losses.softmax_cross_entropy(a, TARGETS, m, unit)[0], LOGITS)
        assert gradcheck.relative_error(ours, numerical) < 1e-8
        ours = losses.squared_error(PREDICTION, TARGET, mask)[1]
        numerical = gradcheck.numerical(lambda a, m=mask: losses.squared_error(a, TARGET, m)[0], PREDICTION)
        assert gradcheck.relative_error(ours, numerical) < 1e-8


def test_a_blind_guess_among_eight_costs_three_bits():
    assert losses.softmax_cross_entropy(np.zeros((2, 8)), np.array([1, 7]), unit="bits")[0] == pytest.approx(3)
    assert losses.softmax_cross_entropy(np.zeros((2, 8)), np.array([1, 7]))[0] == pytest.approx(np.log(8))


def test_what_is_masked_does_not_count():
    """The mean is over the valid steps; the rest may hold anything, and gets gradient 0."""
    logits, targets, prediction, target = LOGITS.copy(), TARGETS.copy(), PREDICTION.copy(), TARGET.copy()
    logits[~MASK], targets[~MASK], prediction[~MASK], target[~MASK] = np.nan, -7, np.inf, np.nan
    valid = losses.softmax_cross_entropy(LOGITS[MASK], TARGETS[MASK])
    masked = losses.softmax_cross_entropy(logits, targets, MASK)
    assert masked[0] == valid[0]
    assert (masked[1][MASK] == valid[1]).all()
    assert (masked[1][~MASK] == 0).all()
    valid, masked = losses.squared_error(PREDICTION[MASK], TARGET[MASK]), losses.squared_error(prediction, target, MASK)
    assert masked[0] == valid[0]
    assert (masked[1][~MASK] == 0).all()


def test_one_number_a_step_without_a_last_axis():
    loss, d = losses.squared_error(PREDICTION[..., 0], TARGET[..., 0], MASK)
    assert loss == pytest.approx(((PREDICTION - TARGET)[..., 0][MASK] ** 2).mean())
    assert d.shape == (T, B)


def test_float32_stays_and_large_scores_are_finite():
    with np.errstate(all="raise", under="ignore"):
        loss, d = losses.softmax_cross_entropy(np.array([[1e4, -1e4, 0]], np.float32), np.array([1]))
    assert loss == pytest.approx(2e4)
    assert d.dtype == np.float32
    assert isinstance(loss, float)
    for target in (TARGET, TARGET.astype(np.float32)):
        assert losses.squared_error(PREDICTION.astype(np.float32), target)[1].dtype == np.float32


def test_nothing_is_written_to():
    copies = LOGITS.copy(), TARGETS.copy(), PREDICTION.copy(), TARGET.copy()
    losses.softmax_cross_entropy(LOGITS, TARGETS, MASK)
    losses.squared_error(PREDICTION, TARGET, MASK)
    assert all((a == b).all() for a, b in zip(copies, (LOGITS, TARGETS, PREDICTION, TARGET), strict=True))


def broken(array, value):
    array = array.copy()
    array[0, 0] = value
    return array


REFUSED = [
    ((LOGITS, TARGETS, None, "nits"), ValueError, "unknown unit 'nits'; choose one of nats, bits"),
    ((LOGITS.astype(int), TARGETS), TypeError, "logits is int64; expected float32 or float64"),
    ((broken(LOGITS, np.nan), TARGETS), ValueError, "logits holds NaN or infinity at a valid step.*clip_by_norm"),
    ((LOGITS, TARGETS * 1.0), TypeError, "targets are float64; expected whole numbers, 0 to 3.*argmax"),
    ((LOGITS, TARGETS[:3]), ValueError, r"targets are \(3, 3\); expected \(5, 3\), the shape of logits \(5, 3, 4\)"),
    ((LOGITS, broken(TARGETS, 4)), ValueError, "targets go from 0 to 4; logits of 4 classes expect 0 to 3"),
    ((LOGITS, broken(TARGETS, -1)), ValueError, "targets go from -1 to 3; .*Mask the steps that have no target"),
    ((LOGITS, TARGETS, MASK[:4]), ValueError, r"mask is \(4, 3\); expected \(5, 3\), one value for each step"),
    ((LOGITS, TARGETS, MASK * 1.0), TypeError, "mask is float64; expected booleans.*Try mask > 0"),
    ((LOGITS, TARGETS, MASK & False), ValueError, "no valid step among 15; a mean needs at least one"),
    ((LOGITS[:0], TARGETS[:0]), ValueError, "no valid step among 0"),
]


@pytest.mark.parametrize("arguments, kind, message", REFUSED, ids=[r[2][:24] for r in REFUSED])
def test_cross_entropy_refuses(arguments, kind, message):
    with pytest.raises(kind, match=message):
        losses.softmax_cross_entropy(*arguments)


def test_squared_error_refuses():
    with pytest.raises(ValueError, match=r"prediction is \(5, 3, 4\) and target \(5, 3\); expected equal shapes"):
        losses.squared_error(PREDICTION, TARGET[..., 0])
    with pytest.raises(ValueError, match="target holds NaN or infinity at a valid step"):
        losses.squared_error(PREDICTION, broken(TARGET, np.nan))
    with pytest.raises(ValueError, match=r"mask is \(3, 5\); expected \(5, 3\)"):
        losses.squared_error(PREDICTION, TARGET, MASK.T)
