"""Fixed points against known numbers, the plane of two units, and counts that must come out; slopes by differences."""

import sys

import numpy as np
import pytest
from planting import plant

from rnncourse import recording
from rnncourse.cells import gru, lstm, rnn
from rnncourse.explain import _newton, _patterns, autonomous, dynamics, plane
from rnncourse.explain.autonomous import Autonomous
from rnncourse.explain.model import Explained

CELLS = {"tanh": rnn, "sigmoid": rnn, "gru": gru, "lstm": lstm}
each_kind = pytest.mark.parametrize("kind", CELLS)


def plain(W_hh, b_h=0.0, activation="tanh"):
    """h ← f(h W_hh + b_h), as an Autonomous."""
    W_hh = np.atleast_2d(np.asarray(W_hh, float))
    params = {"W_xh": np.zeros((1, len(W_hh))), "W_hh": W_hh, "b_h": np.zeros(len(W_hh)) + b_h}
    return Autonomous("rnn", params, np.zeros(1), activation)


def drawn(kind, seed=0, D=3, H=5, scale=3.0):
    rng = np.random.default_rng(seed)
    params = {name: scale * value for name, value in CELLS[kind].init(rng, D, H).items()}
    activation = kind if kind in ("tanh", "sigmoid") else None
    return Autonomous("rnn" if activation else kind, params, rng.normal(size=D), activation)


def copies(kind, w, H):
    """H independent units, each h ← tanh(w h) at its fixed points; for the LSTM c ← ½ c + ½ tanh(w tanh(c))."""
    eye, nothing = w * np.eye(H), np.zeros((H, H))
    if kind == "tanh":
        return plain(eye)
    if kind == "gru":      # r = 1, z = ½
        params = {"W_x": np.zeros((1, 3 * H)), "W_h": np.hstack([nothing, nothing, eye]),
                  "b": np.repeat([60.0, 0, 0], H), "b_hn": np.zeros(H)}
        return Autonomous("gru", params, np.zeros(1))
    params = {"W_x": np.zeros((1, 4 * H)), "W_h": np.hstack([nothing, nothing, eye, nothing]),
              "b": np.repeat([0.0, 0, 0, 60], H)}      # i = f = ½, o = 1
    return Autonomous("lstm", params, np.zeros(1))


def root(f, low, high):
    """Where f changes sign, by bisection."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (f(middle) > 0) == (f(low) > 0) else (low, middle)
    return middle


# -- known numbers --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("w, point, slope", [(2, 0.957504, 0.166372), (1.5, 0.858560, 0.394313)])
def test_one_unit(w, point, slope):
    found = dynamics.fixed_points(plain(w))
    np.testing.assert_allclose(found.points[:, 0], [-point, point, 0], atol=6e-7)
    np.testing.assert_allclose(found.eigenvalues[:, 0], [slope, slope, w], atol=6e-7)
    assert found.points[1, 0] == pytest.approx(root(lambda h: np.tanh(w * h) - h, 0.1, 1), abs=1e-13)
    assert found.kinds == ("stable", "stable", "unstable") and found.index == 1 and not found.incomplete
    assert found.q.max() < 1e-28 and found.arrived == 1 and found.counts == {0: 2, 1: 1}


def test_the_pitchfork_is_at_one():
    below, at, above = (dynamics.fixed_points(plain(w)) for w in (0.99, 1.0, 1.01))
    assert (len(below), len(at), len(above)) == (1, 1, 3)
    assert at.kinds == ("borderline",) and at.index is None
    assert "nothing tells whether a point is missing" in repr(at)


@pytest.mark.parametrize("kind", ["tanh", "gru", "lstm"])
def test_three_copies(kind):
    found = dynamics.fixed_points(copies(kind, 2.0, 3))
    assert len(found) == 27 and found.counts == {0: 8, 1: 12, 2: 6, 3: 1} and found.index == 1
    h = root(lambda h: np.tanh(2 * h) - h if kind != "lstm" else np.tanh(np.tanh(2 * h)) - h, 0.1, 1)
    np.testing.assert_allclose(np.abs(found.stable[:, :3]), h, atol=1e-12)
    codes = {tuple(code) for code in np.sign(found.stable[:, :3])}
    assert len(codes) == 8
    if kind == "lstm":     # h = tanh(c), so one eigenvalue a unit: ½ + ½ w g'(w h) (1 − h²), and 0
        slope = 0.5 + 0.5 * 2 * (1 - np.tanh(2 * h) ** 2) * (1 - h * h)
        np.testing.assert_allclose(found.eigenvalues[0], [slope] * 3 + [0] * 3, atol=1e-9)
        np.testing.assert_allclose(np.tanh(found.points[:, 3:]), found.points[:, :3], atol=1e-12)


@pytest.mark.parametrize("activation, size", [("tanh", 3.0), ("sigmoid", 10.0), ("relu", 1.5), ("linear", 1.5)])
def test_two_units_as_in_the_plane(activation, size):
    rng = np.random.default_rng(5)
    seen = set()
    for _ in range(12):
        W, b = rng.uniform(-size, size, (2, 2)) + size / 2 * np.eye(2), rng.uniform(-0.5, 0.5, 2)
        b = b - W.sum(0) / 2 * (activation == "sigmoid")
        expected = plane.fixed_points(W, b, activation)
        found = dynamics.fixed_points(plain(W, b, activation), starts=200)
        order = np.lexsort(np.round(found.points, 9).T[::-1])
        np.testing.assert_allclose(found.points[order], expected.points, atol=1e-8)
        assert sorted(found.kinds) == sorted(expected.kinds)
        assert found.exact == (activation in ("relu", "linear"))
        assert found.index == (None if found.exact else 1)
        seen.add(len(found))
    assert len(seen) > (activation != "linear")


# -- the map and its slopes -----------------------------------------------------------------------------------
def check_slopes(autonomous_class, kind):
    """J and ∂F/∂x against central differences; F against the cell run by itself."""
    net = drawn(kind)
    net = autonomous_class(net.cell, net.params, net.x, net.activation)
    rng = np.random.default_rng(1)
    s, e = rng.uniform(-0.8, 0.8, (4, net.size)), 6e-6
    J, B = net.jacobian(s), net.input_jacobian(s)
    for m in range(net.size):
        change = e * np.eye(net.size)[m]
        np.testing.assert_allclose(J[:, :, m], (net.step(s + change) - net.step(s - change)) / (2 * e), atol=1e-8)
    for d in range(len(net.x)):
        more, less = (autonomous_class(net.cell, net.params, net.x + sign * e * np.eye(len(net.x))[d], net.activation)
                      for sign in (1, -1))
        np.testing.assert_allclose(B[:, :, d], (more.step(s) - less.step(s)) / (2 * e), atol=1e-8)
    H = net.hidden_size
    state = (s[:, :H], s[:, H:]) if kind == "lstm" else (s,)
    options = {"activation": kind} if net.cell == "rnn" else {}
    alone = CELLS[kind].step(net.params, np.tile(net.x, (4, 1)), *state, **options)
    np.testing.assert_allclose(net.step(s), np.hstack(alone) if kind == "lstm" else alone, atol=1e-14)
    assert net.run(s, 3).shape == (4, 4, net.size) and np.array_equal(net.run(s, 3)[2], net.step(net.step(s)))
    np.testing.assert_allclose(net.q(s), [0.5 * np.linalg.norm(net.step(r[None])[0] - r) ** 2 for r in s])


@each_kind
def test_slopes(kind):
    check_slopes(Autonomous, kind)


@each_kind
def test_search_on_drawn_networks(kind):
    """Every point steps to itself, lies within the bounds, and the index never gives a missing point away."""
    many = 0
    for seed in range(6):
        net = drawn(kind, seed, H=6, scale=4.0 if kind != "gru" else 1.0)
        if kind == "gru":
            net.params["W_h"][:, 12:] *= 8       # steep where the new state is made, gates half open
        found = dynamics.fixed_points(net, starts=200)
        assert np.abs(net.step(found.points) - found.points).max() < 1e-10
        low, high = net.bounds
        assert (found.points >= low).all() and (found.points <= high).all()
        assert found.index == 1
        np.testing.assert_allclose(np.sort(np.abs(found.eigenvalues), axis=1)[:, ::-1], np.abs(found.eigenvalues))
        assert (found.unstable == (np.abs(np.linalg.eigvals(found.jacobians)) > 1).sum(1)).all()
        assert (np.diff(found.unstable) >= 0).all()
        many += len(found) > 1
        for point in found.stable:         # stable means: what starts near comes back
            near = net.run(point + 1e-4 * np.random.default_rng(0).normal(size=(5, net.size)), 3000)[-1]
            assert np.abs(near - point).max() < 1e-6
    assert many or kind == "sigmoid"


def test_the_index_gives_a_missing_point_away():
    net = copies("tanh", 2.0, 2)
    whole = dynamics.fixed_points(net)
    for missing in range(9):
        kept = np.delete(whole.points, missing, axis=0)
        found = dynamics.fixed_points(net, starts=kept, rounds=0)
        assert len(found) == 8 and found.incomplete and "at least one is missing" in repr(found)
    stable, saddle = 0, 4
    assert whole.unstable[[stable, saddle]].tolist() == [0, 1]
    unseen = dynamics.fixed_points(net, starts=np.delete(whole.points, [stable, saddle], axis=0), rounds=0)
    assert len(unseen) == 7 and not unseen.incomplete          # a pair of opposite sign: the sum cannot tell


def test_nothing_found_is_incomplete():
    found = dynamics.fixed_points(copies("tanh", 2.0, 2), starts=np.full((1, 2), 0.45), rounds=0)
    stuck = dynamics._described(found.net, np.empty((0, 2)), exact=False)
    assert stuck.index == 0 and stuck.incomplete and stuck.counts == {}


def test_a_shut_gate_makes_no_fixed_points():
    """With z = 1 − 2e-9 every state nearly stands still; only h = n is a fixed point. At 2e-15 rounding decides."""
    net = copies("gru", 2.0, 2)
    nearly, quite = ({**net.params, "b": np.repeat([60.0, shut, 0.0], 2)} for shut in (20.0, 34.0))
    assert len(dynamics.fixed_points(Autonomous("gru", nearly, np.zeros(1)))) == 9
    assert set(dynamics.fixed_points(Autonomous("gru", quite, np.zeros(1))).kinds) <= {"borderline"}


def test_real_states_as_starts():
    net = drawn("lstm", 2)
    trace = net.trace(np.zeros((3, net.size)))
    states = autonomous.states_of(trace)
    assert states.shape == (1, 3, net.size) and np.array_equal(states[0], net.step(np.zeros((3, net.size))))
    found = dynamics.fixed_points(net, states=states, starts=100)
    assert found.index == 1


def test_same_rng_same_points():
    net = drawn("tanh", 3, H=8, scale=5.0)
    first, again = (dynamics.fixed_points(net, rng=np.random.default_rng(2)).points for _ in range(2))
    assert np.array_equal(first, again)


# -- ReLU, exactly --------------------------------------------------------------------------------------------
def one_by_one(W, b):
    """Slow: every pattern by itself."""
    found = []
    for number in range(2 ** len(b)):
        S = np.diag([(number >> k) & 1 for k in range(len(b))]).astype(float)
        A = np.eye(len(b)) - S @ W.T
        if abs(np.linalg.det(A)) > 1e-12:
            h = np.linalg.solve(A, S @ b)
            if np.allclose(np.maximum(h @ W + b, 0), h, atol=1e-9, rtol=0):
                found.append(h)
    return np.unique(np.round(found, 8), axis=0)


def test_every_pattern_of_relu():
    counts = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        W, b = rng.normal(size=(6, 6)) * 1.2, rng.normal(size=6) * 0.3 - 0.1 * (seed % 2)
        found = dynamics.fixed_points(plain(W, b, "relu"))
        expected = one_by_one(W, b)
        order = np.lexsort(np.round(found.points, 7).T[::-1])
        assert len(found) == len(expected)
        np.testing.assert_allclose(found.points[order], expected.reshape(-1, 6), atol=1e-7)
        counts.add(len(found))
    assert max(counts) >= 3 and found.exact and found.index is None


def test_a_line_of_fixed_points_is_said():
    W, b = np.diag([1.0, 0.5, 0.5]), np.array([0.0, 0.2, -1.0])
    found = dynamics.fixed_points(plain(W, b, "relu"))
    assert len(found) == 0 and len(found.still) == 1
    np.testing.assert_allclose(np.sort(found.still[0].ends, axis=0), [[0, 0.4, 0], [100, 0.4, 0]], atol=1e-9)
    assert "and a line of fixed points" in repr(found)
    inside = found.still[0].point + 3 * found.still[0].directions[0]
    np.testing.assert_allclose(found.net.step(inside[None])[0], inside, atol=1e-9)
    whole = dynamics.fixed_points(plain(W, b, "linear"))
    np.testing.assert_allclose(np.sort(whole.still[0].ends, axis=0), [[-100, 0.4, -2], [100, 0.4, -2]], atol=1e-9)
    drift = dynamics.fixed_points(plain(W, b + [0.1, 0, 0], "relu"))
    assert len(drift) == 0 and drift.still == ()


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_a_plane_of_fixed_points_is_said(activation):
    found = dynamics.fixed_points(plain(np.diag([1.0, 1.0, 0.5]), [0, 0, 0.2], activation))
    assert [each.directions.shape for each in found.still] == [(2, 3)] and len(found) == 0
    at = found.still[0].point + 0.1 * found.still[0].directions[0]
    np.testing.assert_allclose(found.net.step(at[None])[0], at, atol=1e-9)
    assert "and a plane of fixed points" in repr(found)


def test_kinks_have_no_eigenvalues():
    found = dynamics.fixed_points(plain(2 * np.eye(2), 0.0, "relu"))
    assert found.kinds == ("kink",) and np.isnan(found.eigenvalues).all() and found.counts == {}
    with pytest.raises(ValueError, match="lies on a kink of ReLU"):
        found.slow()


def test_relu_searched_agrees_with_relu_enumerated():
    net = plain(np.array([[2.0, -1.5], [-1.5, 2.0]]), [-0.2, -0.2], "relu")
    exact, searched = dynamics.fixed_points(net), dynamics.fixed_points(net, exact=False)
    assert len(searched) <= len(exact) == 3
    for point in searched.points:
        assert np.abs(exact.points - point).max(1).min() < 1e-8


# -- linear near a point --------------------------------------------------------------------------------------
@each_kind
def test_linearised_is_right_to_second_order(kind):
    net = drawn(kind, 1)
    at = net.run(np.zeros((1, net.size)), 3)[-1, 0]
    near, rng = dynamics.linearise(net, at), np.random.default_rng(0)
    ds, dx = rng.normal(size=(2, net.size)), rng.normal(size=(2, 3))
    errors = []
    for e in (1e-3, 1e-4):
        moved = [Autonomous(net.cell, net.params, net.x + e * d, net.activation) for d in dx]
        true = np.concatenate([m.step((at + e * s)[None]) for m, s in zip(moved, ds, strict=True)])
        errors.append(np.abs(near.step(at + e * ds, net.x + e * dx) - true).max())
    assert errors[0] < 1e-3 and 60 < errors[0] / errors[1] < 140            # ten times nearer, a hundred times better
    np.testing.assert_allclose(near.step(at[None]), net.step(at[None]), atol=1e-14)


def check_modes(module):
    rng = np.random.default_rng(4)
    V, turn = rng.normal(size=(5, 5)), 0.97 * np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])
    D = np.diag([0.995, 0, 0, 0.3, 1.5])
    D[1:3, 1:3] = turn
    J = V @ D @ np.linalg.inv(V)
    modes = module.slow_modes(J, 5)
    np.testing.assert_allclose(np.abs(modes.eigenvalues), [0.995, 0.97, 0.97, 1.5, 0.3], atol=1e-10)
    np.testing.assert_allclose(modes.steps, 1 / np.abs(np.log([0.995, 0.97, 0.97, 1.5, 0.3])), rtol=1e-8)
    np.testing.assert_allclose(np.linalg.norm(modes.directions, axis=1), 1)
    np.testing.assert_allclose(modes.readers @ modes.directions.T, np.eye(5), atol=1e-9)
    d = modes.directions
    for k in (0, 3, 4):
        np.testing.assert_allclose(J @ d[k], modes.eigenvalues[k].real * d[k], atol=1e-10)
    plane_of_pair = d[1:3].T
    assert np.abs(J @ plane_of_pair - plane_of_pair @ np.linalg.lstsq(plane_of_pair, J @ plane_of_pair,
                                                                      rcond=None)[0]).max() < 1e-10
    change = rng.normal(size=5)                                # any change is the sum of its parts
    np.testing.assert_allclose((modes.readers @ change) @ d, change, atol=1e-9)


def test_slow_modes():
    check_modes(dynamics)
    found = dynamics.fixed_points(copies("tanh", 1.02, 3))
    slowest = found.slow(point=len(found) - 1, count=1)
    assert slowest.eigenvalues[0] == pytest.approx(1.02) and slowest.steps[0] == pytest.approx(1 / np.log(1.02))


# -- planted bugs ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("old, new", [
    ("found = dynamics", "found = dynamics"),
    ("(trace.h, trace.c)", "(trace.c, trace.h)"),
    ("states[:, :H], states[:, H:]) if layer", "states[:, H:], states[:, :H]) if layer"),
    ("wanted[None, :, :H], wanted[:, H:]", "wanted[None, :, :H], 0 * wanted[:, H:]"),
], ids=["none", "h and c swapped in the state", "h and c swapped at the start", "∂c/∂x forgotten"])
def test_slope_bugs_are_caught(old, new):
    if old == new:
        check_slopes(plant(autonomous).Autonomous, "lstm")
        return
    with pytest.raises(AssertionError):
        check_slopes(plant(autonomous, (old, new)).Autonomous, "lstm")


def counts_27(module):
    found = module.fixed_points(copies("gru", 2.0, 3), starts=60)
    assert (len(found), found.counts, found.index) == (27, {0: 8, 1: 12, 2: 6, 3: 1}, 1)


@pytest.mark.parametrize("module, old, new", [
    (_newton, "np.eye(J.shape[-1]) - J", "np.eye(J.shape[-1]) - J * 0"),
    (_newton, "return distinct(points, radius(margin))", "return points"),
    (_newton, "_between(points, rng, len(starts))", "points"),
    (dynamics, "(np.abs(eigenvalues) > 1).sum(1))", "(np.abs(eigenvalues) < 1).sum(1))"),
    (dynamics, "np.linalg.slogdet(np.eye(net.size) - jacobians)", "np.linalg.slogdet(np.eye(net.size) + jacobians)"),
], ids=["plain iteration instead of Newton", "copies kept", "nothing begins between the points",
        "stability the wrong way round", "index of I + J"])
def test_search_bugs_are_caught(module, old, new, monkeypatch):
    counts_27(plant(dynamics))
    bad = plant(module, (old, new))
    if module is _newton:
        monkeypatch.setattr(dynamics, "_newton", bad)
    with pytest.raises(AssertionError):
        counts_27(dynamics if module is _newton else bad)


@pytest.mark.parametrize("old, new", [("-2 * left[order].imag", "2 * left[order].imag"), ("* length\n", "\n")])
def test_mode_bugs_are_caught(old, new):
    with pytest.raises(AssertionError):
        check_modes(plant(dynamics, (old, new)))


# -- from networks, and errors --------------------------------------------------------------------------------
def torch_model(cell="gru", layers=1, both=False):
    import torch

    torch.manual_seed(0)
    recurrent = {"gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell](2, 4, layers, bidirectional=both)
    return torch.nn.ModuleDict({"recurrent": recurrent, "readout": torch.nn.Linear(4 * (1 + both), 2)})


def test_from_a_torch_model():
    import torch

    model = torch_model()
    net = Autonomous.of(model, x=np.array([0.5, -1.0]))
    x = torch.tensor([0.5, -1.0]).repeat(1, 1, 1)
    h = recording.record(model["recurrent"], x).h[-1]
    np.testing.assert_allclose(net.step(np.zeros((1, 4))), h, atol=1e-6)
    assert Autonomous.of(net) is net and dynamics.fixed_points(model).index == 1
    assert np.array_equal(Autonomous.of(Explained.of(model)).x, [0, 0])


def test_a_token_held():
    import torch

    torch.manual_seed(0)
    embedding = torch.nn.Embedding(5, 2)
    net = Explained(torch.nn.RNN(2, 3), torch.nn.Linear(3, 1), embedding)
    np.testing.assert_allclose(Autonomous.of(net, 3).x, embedding.weight[3].detach())


def test_errors():
    net = plain(2 * np.eye(2))
    for act, says in [
            (lambda: net.step(np.zeros(2)), r"states are \(2,\); expected \(N, S\) with S = 2. For one state"),
            (lambda: drawn("lstm").step(np.zeros((1, 5))), r"with S = 10 \(h and c side by side\)"),
            (lambda: net.step(np.full((1, 2), np.nan)), "NaN or infinity"),
            (lambda: Autonomous.of(net, np.zeros(1)), "stands still already"),
            (lambda: Autonomous.of(torch_model(layers=2)), r"has 2 layer\(s\); expected one layer"),
            (lambda: Autonomous.of(torch_model(both=True)), "in both directions"),
            (lambda: Autonomous.of(torch_model(), np.zeros(3)), r"x is \(3,\); expected \(D,\) = \(2,\)"),
            (lambda: dynamics.fixed_points(net, starts=0), "starts is 0; expected at least one"),
            (lambda: dynamics.fixed_points(net, exact=True), "only ReLU and linear networks can be enumerated"),
            (lambda: dynamics.fixed_points(plain(np.eye(17), 0, "relu"), exact=True), r"17 units have 2\^17 patterns")]:
        with pytest.raises(ValueError, match=says):
            act()
    assert not dynamics.fixed_points(plain(0.5 * np.eye(17), 0.1, "relu"), starts=20).exact
    assert _patterns.MOST == 16


def test_nothing_here_loads_torch_or_sklearn():
    import subprocess

    code = ("import sys\nfrom rnncourse.explain import automata, dynamics, extraction, lstar, recogniser, simplify\n"
            "print([m for m in ('torch', 'sklearn', 'scipy', 'matplotlib') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_nan_weights_are_refused():
    import torch

    model = torch_model()
    with torch.no_grad():
        model["recurrent"].weight_hh_l0[0, 0] = float("nan")
    with pytest.raises(ValueError, match="holds NaN or infinity"):
        dynamics.fixed_points(model)
