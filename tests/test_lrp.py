"""Relevance propagation: it is conserved, it is the linearised graph's gradient × input, it is the paper's own way."""

import explain_checks
import lrp_checks
import numpy as np
import pytest
import torch

from rnncourse.explain.lrp import lrp
from rnncourse.explain.model import Explained
from rnncourse.training import models

LAB = explain_checks.Lab()


@pytest.mark.parametrize("check", lrp_checks.LRP, ids=lambda check: check.__name__)
def test(check):
    check(LAB)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Explained.of(models.NameModel(20, 4, 5, 7))


def test_texts(net):
    x, lengths = np.random.default_rng(0).integers(1, 20, size=(6, 3)), np.array([6, 2, 4])
    found = lrp(net, x, [0, 1, 3], lengths, bias_factor=1)
    assert found.values.shape == (6, 3, 5) and found.conservation.largest < 1e-13
    text = repr(found)
    assert "LRP (bias_factor 1, ε 0.001)" in text and "Σ R + R of the start + R of the biases = F(x)" in text
    assert "start" in text and "biases" in text


def test_a_sum_of_exactly_zero_loses_its_relevance_and_says_so():
    """No bias, x = 0: every sum is 0, and ε = 0 leaves nothing to share by. ε keeps the shares finite."""
    recurrent, readout = torch.nn.LSTM(2, 3, bias=False), torch.nn.Linear(3, 2)
    still = Explained(recurrent, readout)
    for epsilon in (0.0, 0.001):
        found = lrp(still, np.zeros((4, 1, 2)), 0, epsilon=epsilon)
        assert (found.values == 0).all() and found.conservation.largest < 1e-12    # the read-out's bias has it all
        np.testing.assert_allclose(found.parts["biases"], readout.bias[0].item(), rtol=1e-6)
    lost = lrp(still, np.zeros((4, 1, 2)), 0, bias_factor=1, epsilon=0.0)
    assert lost.conservation.largest == pytest.approx(abs(readout.bias[0].item()), rel=1e-6)
    assert lrp(still, np.zeros((4, 1, 2)), 0, bias_factor=1).conservation.largest < 1e-12


@pytest.mark.parametrize("options, message", [
    ({"bias_factor": 2}, "bias_factor is 2; expected 0"), ({"bias_factor": -0.1}, "bias_factor is -0.1"),
    ({"epsilon": -1}, "epsilon is -1; expected 0 or more"), ({"epsilon": np.nan}, "epsilon is nan"),
    ({"target": 4}, "target is 4"), ({"lengths": [0, 2, 4]}, "row 0 has length 0")])
def test_bad_input_says_what_came(net, options, message):
    with pytest.raises(ValueError, match=message):
        lrp(**({"net": net, "x": np.ones((6, 3), int), "target": 1, "lengths": [6, 2, 4]} | options))
