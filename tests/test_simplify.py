"""A network in its first components against a slow loop and scikit-learn's PCA; a linear network against its kernel."""


import numpy as np
import pytest
from planting import plant

from rnncourse.cells import gru, lstm, rnn
from rnncourse.cells.networks import Network
from rnncourse.explain import simplify
from rnncourse.explain.model import Explained

CELLS = {"tanh": rnn, "gru": gru, "lstm": lstm}
each_kind = pytest.mark.parametrize("kind", CELLS)
LENGTHS = np.array([7, 3, 9, 9, 1])


def drawn(kind, D=3, H=5, K=2, seed=0, scale=1.5):
    rng = np.random.default_rng(seed)
    params = {name: scale * value for name, value in CELLS[kind].init(rng, D, H).items()}
    cell = "rnn" if kind == "tanh" else kind
    network = Network(cell, ({"forward": params},), {"W_hy": rng.normal(size=(H, K)), "b_y": rng.normal(size=K)})
    start = [rng.normal(size=(1, H)) * 0.5 for _ in range(1 + (kind == "lstm"))]
    return Explained.of(network, state=start), rng.normal(size=(9, 5, D))


def linear(D=3, H=6, K=2, rank=None, seed=0):
    rng = np.random.default_rng(seed)
    inside = np.eye(H) if rank is None else rng.normal(size=(H, rank)) @ rng.normal(size=(rank, H)) / H
    params = {"W_xh": rng.normal(size=(D, H)) @ inside, "W_hh": 0.4 * rng.normal(size=(H, H)) @ inside,
              "b_h": rng.normal(size=H) @ inside}
    network = Network("rnn", ({"forward": params},), {"W_hy": rng.normal(size=(H, K)), "b_y": rng.normal(size=K)})
    return Explained.of(network, activation="linear", state=rng.normal(size=(1, H)) if rank is None else None)


def states_by_hand(net, x, project=lambda state: state, lengths=None):
    """Row by row, step by step, with the cells' own step: [(T_b, S), …]."""
    rows, options = [], {"activation": net.activation} if net.cell == "rnn" else {}
    for b in range(x.shape[1]):
        state, path = [s[None] for s in net.start[0, "forward"]], []
        for x_t in x[:len(x) if lengths is None else lengths[b], b]:
            new = {"rnn": rnn, "gru": gru, "lstm": lstm}[net.cell].step(net.layers[0]["forward"], x_t[None], *state,
                                                                      **options)
            whole = project(np.concatenate(new if isinstance(new, tuple) else [new], axis=1)[0])
            path.append(whole)
            state = np.split(whole[None], len(state), axis=1)
        rows.append(np.array(path))
    return rows


# -- components -------------------------------------------------------------------------------------------------
def check_components(module):
    from sklearn.decomposition import PCA

    for kind in CELLS:
        net, x = drawn(kind)
        states = np.concatenate(states_by_hand(net, x, lengths=LENGTHS))
        found, peer = module.components(net, x, LENGTHS), PCA().fit(states)
        np.testing.assert_allclose(found.mean, peer.mean_, atol=1e-12)
        np.testing.assert_allclose(found.variance, peer.explained_variance_, atol=1e-12)
        np.testing.assert_allclose(found.shares, np.cumsum(peer.explained_variance_ratio_), atol=1e-12)
        np.testing.assert_allclose(np.abs(np.sum(found.directions * peer.components_, axis=1)), 1, atol=1e-9)
        np.testing.assert_allclose(np.abs(found.of(states, 2)), np.abs(peer.transform(states)[:, :2]), atol=1e-9)
        np.testing.assert_allclose(found.project(states, len(found.mean)), states, atol=1e-12)
        residue = states - found.project(states, 2)
        np.testing.assert_allclose((residue**2).sum() / (len(states) - 1), found.variance[2:].sum(), atol=1e-12)


def test_components():
    check_components(simplify)


def test_fewer_states_than_directions():
    net, x = drawn("lstm")
    found = simplify.components(net, x[:2, :1])
    assert found.directions.shape == (10, 10) and (found.variance[1:] < 1e-25).all()
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(10), atol=1e-12)


# -- running in them ----------------------------------------------------------------------------------------------
def check_run_in(module):
    for kind in CELLS:
        net, x = drawn(kind)
        basis = simplify.components(net, x)
        for k in (0, 1, 2, len(basis.mean)):
            rows = states_by_hand(net, x, lambda state, k=k, basis=basis: basis.project(state, k))
            expected = np.stack([net.predict(row[:, :5]) for row in rows], axis=1)
            np.testing.assert_allclose(module.run_in(net, x, basis, k), expected, atol=1e-12)


def test_run_in():
    check_run_in(simplify)


@each_kind
def test_all_components_are_the_network_itself(kind):
    net, x = drawn(kind)
    basis = simplify.components(net, x, LENGTHS)
    all_of_it = simplify.run_in(net, x, basis, len(basis.mean), LENGTHS)
    np.testing.assert_allclose(all_of_it[LENGTHS - 1, np.arange(5)], net.scores(x, LENGTHS), atol=1e-12)
    fewer = simplify.run_in(net, x, basis, 1, LENGTHS)
    assert np.abs(fewer[LENGTHS - 1, np.arange(5)] - net.scores(x, LENGTHS)).max() > 1e-3
    nothing = simplify.run_in(net, x, basis, 0)
    np.testing.assert_allclose(nothing, np.broadcast_to(net.predict(basis.mean[:5]), nothing.shape), atol=1e-12)


def test_a_network_of_rank_two_needs_two():
    net = linear(rank=2)
    x = np.random.default_rng(1).normal(size=(12, 20, 3))
    truth = net.predict(net.trace(x).h)

    def score(scores):
        return 1 - ((scores - truth) ** 2).mean() / truth.var()

    lost = simplify.lost_by_component(net, x, score)
    assert lost.full == 1 and lost.ks.tolist() == [1, 2, 3, 4, 5, 6]
    assert lost.lost[0] > 0.01 and np.abs(lost.lost[1:]).max() < 1e-10
    assert lost.enough(1e-6) == 2 and lost.enough(2.0) == 1 and lost.enough(-1.0) is None
    assert lost.shares[0] < 0.999 and lost.shares[1] == pytest.approx(1, abs=1e-12)
    assert "the whole network scores 1.0000" in repr(lost)
    other = simplify.components(net, np.random.default_rng(2).normal(size=(12, 20, 3)))
    again = simplify.lost_by_component(net, x, score, ks=[2, 0], basis=other)
    assert abs(again.lost[0]) < 1e-10 and again.lost[1] > 0.2 and again.shares[1] == 0


def test_enough_asks_for_every_larger_k_too():
    lost = simplify.Lost(np.array([1, 2, 3, 4]), np.array([0.5, 0.99, 0.7, 0.99]), 1.0, np.ones(4))
    assert lost.enough(0.02) == 4


# -- a linear network ---------------------------------------------------------------------------------------------
def check_kernel(module):
    net = linear()
    x = np.random.default_rng(1).normal(size=(10, 4, 3))
    found = module.kernel(net, 12)
    np.testing.assert_allclose(found.scores(x), net.predict(net.trace(x).h), atol=1e-12)
    p = net.layers[0]["forward"]
    np.testing.assert_allclose(found.weights[3], p["W_xh"] @ np.linalg.matrix_power(p["W_hh"], 3) @ net.W_hy,
                               atol=1e-12)
    pulse = np.zeros((10, 1, 3))                    # a single pulse writes the kernel into the scores
    nothing = net.predict(net.trace(pulse).h)
    pulse[0, 0, 1] = 1
    np.testing.assert_allclose((net.predict(net.trace(pulse).h) - nothing)[:, 0], found.weights[:10, 1], atol=1e-12)
    np.testing.assert_allclose(nothing[:, 0], found.constant[:10], atol=1e-12)


def test_kernel():
    check_kernel(simplify)
    assert "2 score(s) from 3 feature(s)" in repr(simplify.kernel(linear(), 4))


# -- planted bugs and errors -----------------------------------------------------------------------------------
@pytest.mark.parametrize("old, new, check", [
    ("[batch.mask]", "[batch.mask | True]", check_components),
    ("svd(states - mean,", "svd(states,", check_components),
    ("(len(states) - 1)", "len(states)", check_components),
    ("        states = project(states_of(run(layer, x_t[None], states))[-1])\n        scores[t] = net.predict("
     "states[:, :H])", "        states = states_of(run(layer, x_t[None], states))[-1]\n        scores[t] = net.predict("
     "project(states)[:, :H])", check_run_in),
    ('np.concatenate(net.start[0, "forward"])', '0 * np.concatenate(net.start[0, "forward"])', check_run_in),
    ("run(layer, x_t[None], states)", "run(layer, x_t[None], project(states))", None),
    ("weights.append(enters @ net.W_hy)\n        enters = enters @ p[\"W_hh\"]",
     "enters = enters @ p[\"W_hh\"]\n        weights.append(enters @ net.W_hy)", check_kernel),
    ("enters @ p[\"W_hh\"]", "enters @ p[\"W_hh\"].T", check_kernel),
    ("state @ p[\"W_hh\"] + p[\"b_h\"]", "state @ p[\"W_hh\"]", check_kernel),
    ("net.start[0, \"forward\"][0], [], []", "0 * net.start[0, \"forward\"][0], [], []", check_kernel),
])
def test_planted_bugs_are_caught(old, new, check):
    check = check or check_run_in
    check(plant(simplify))
    with pytest.raises(AssertionError):
        check(plant(simplify, (old, new)))


def test_errors():
    net, x = drawn("gru")
    basis = simplify.components(net, x)
    for act, says in [
            (lambda: simplify.run_in(net, x, basis, 6), "k is 6; expected how many components to keep, 0 to 5"),
            (lambda: simplify.run_in(net, x, basis, 1.5), "k is 1.5"),
            (lambda: simplify.components(net, x[:1, :1]), r"x has 1 state\(s\); expected at least two"),
            (lambda: simplify.kernel(net, 5), "this network is a GRU; only a linear one has a kernel"),
            (lambda: simplify.kernel(drawn("tanh")[0], 5), "this network is an RNN with tanh"),
            (lambda: simplify.kernel(linear(), 0), "steps is 0"),
            (lambda: simplify.kernel(linear(), 2).scores(x), "x has 9 steps and the kernel 2; try"),
            (lambda: simplify.components(net, x[:, :, :2]), "D = 3")]:
        with pytest.raises(ValueError, match=says):
            act()
