"""The solutions of chapter 11's exercises against torch, scikit-learn and the library, on every input of a check."""

import itertools

import numpy as np
import pytest
import torch
from exercise_checks import Oracles, exercises
from sklearn.metrics import roc_auc_score

from rnncourse.cells.networks import Network
from rnncourse.exercises import attribution as ex
from rnncourse.explain import attribution, lrp
from rnncourse.explain.model import Explained

oracles = Oracles()


@pytest.mark.parametrize("exercise", exercises(ex), ids=lambda e: e.name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-10)


@oracles.of(ex.occlude)
def _(W_xh, W_hh, b_h, w, x, baseline):
    params = {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h}
    net = Explained.of(Network("rnn", ({"forward": params},), {"W_hy": w[:, None], "b_y": np.zeros(1)}))
    return attribution.occlusion(net, x[:, None], 0, baseline=baseline).tokens[:, 0]


@oracles.of(ex.integrate)
def _(gradients, weights, x, baseline):
    return sum(weight * gradient * (x - baseline) for weight, gradient in zip(weights, gradients, strict=True))


def test_integrate_gives_the_librarys_integrated_gradients():
    rng = np.random.default_rng(0)
    case = next(iter(ex.occlude.cases()))
    params = {name: case[name] for name in ("W_xh", "W_hh", "b_h")}
    net = Explained.of(Network("rnn", ({"forward": params},), {"W_hy": case["w"][:, None], "b_y": np.zeros(1)}))
    x, base = rng.normal(size=(3, 1, 2)), rng.normal(size=(3, 1, 2))
    places, weights = np.polynomial.legendre.leggauss(8)
    at = [attribution.gradient(net, base + (place + 1) / 2 * (x - base), 0).values[:, 0] for place in places]
    ours = ex.integrate.reference(np.array(at), weights / 2, x[:, 0], base[:, 0])
    theirs = attribution.integrated_gradients(net, x, 0, baseline=base, nodes=8, tolerance=None)
    np.testing.assert_allclose(ours, theirs.values[:, 0], atol=1e-12)


@oracles.of(ex.relevance)
def _(W, b, x, R, epsilon):
    rows = []
    for x_b, R_b in zip(x, R, strict=True):                    # number by number, as the equation stands
        z = [sum(x_b[i] * W[i, j] for i in range(len(x_b))) + b[j] for j in range(len(b))]
        rows.append([sum(x_b[i] * W[i, j] / (z[j] + (epsilon if z[j] >= 0 else -epsilon)) * R_b[j]
                         for j in range(len(b))) for i in range(len(x_b))])
    return np.array(rows)


def test_relevance_is_the_rule_that_lrp_uses():
    """A network of one step whose tanh passes relevance on: LRP there is the rule twice."""
    rng = np.random.default_rng(1)
    W, b, w, x = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=(4, 1)), rng.normal(size=(2, 3))
    params = {"W_xh": W, "W_hh": np.zeros((4, 4)), "b_h": b}
    net = Explained.of(Network("rnn", ({"forward": params},), {"W_hy": w, "b_y": np.zeros(1)}))
    h = np.tanh(x @ W + b)
    R = ex.relevance.reference(w, np.zeros(1), h, h @ w, 0.01)
    theirs = lrp.lrp(net, x[None], 0, epsilon=0.01).values[0]
    np.testing.assert_allclose(ex.relevance.reference(W, b, x, R, 0.01), theirs, atol=1e-12)


@oracles.of(ex.split_tanh)
def _(beta, gamma):
    """By the definition: the mean over all orders of what each adds when it comes."""
    got, parts, orders = {"beta": 0.0, "gamma": 0.0}, {"beta": beta, "gamma": gamma}, [*itertools.permutations(
        ("beta", "gamma"))]
    for order in orders:
        so_far = torch.zeros(beta.shape, dtype=torch.float64)
        for name in order:
            more = so_far + torch.tensor(parts[name])
            got[name] = got[name] + (torch.tanh(more) - torch.tanh(so_far)).numpy() / len(orders)
            so_far = more
    return got["beta"], got["gamma"]


@oracles.of(ex.area_under_roc)
def _(values, decides):
    return roc_auc_score(decides, np.abs(values))


def test_some_inputs_of_the_area_have_equal_values_in_both_groups():
    assert any(set(np.abs(case["values"][case["decides"]])) & set(np.abs(case["values"][~case["decides"]]))
               for case in ex.area_under_roc.cases())
