"""The state space explorer: its numbers are the library's, its view is a turn, its words say what is shown."""

import numpy as np
import pytest

from rnncourse import training
from rnncourse.explain import dynamics, simplify
from rnncourse.explain.autonomous import Autonomous, states_of
from rnncourse.explain.model import Explained
from rnncourse.explain.view import EYE, View
from rnncourse.explorers import state_space
from rnncourse.explorers.state_space import CELLS, STEPS, StateSpace, flight, world

NAMES = [(cell, seed) for cell in CELLS.values() for seed in range(4)]


@pytest.fixture(scope="module")
def shipped():
    return {name: Explained.of(model) for name, model in training.shipped("flip_flop").items()}


# -- the view ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("azimuth", [-180, -35, 0, 90, 170])
@pytest.mark.parametrize("elevation", [-85, 0, 30])
def test_a_view_is_a_turn(azimuth, elevation):
    axes = View(azimuth, elevation).axes
    assert np.allclose(axes @ axes.T, np.eye(3)) and np.linalg.det(axes) == pytest.approx(1)
    assert axes[0, 2] == 0 and axes[1, 2] >= 0                                # the third axis points up


def test_what_is_near_is_larger_and_zoom_and_radius_scale():
    view = View(azimuth=0, elevation=0, zoom=2, radius=3)
    places, near = view.of([[3.0, 0, 0], [-3.0, 0, 0], [0, 3.0, 0], [0, 0, 3.0]])
    assert near == pytest.approx([1, -1, 0, 0])
    assert np.allclose(places, [[0, 0], [0, 0], [2, 0], [0, 2]])              # from the first axis: right is the second
    assert view.larger(1) == EYE / (EYE - 1) > 1 > view.larger(-1)
    front, back = view.of([[3.0, 1, 0], [-3.0, 1, 0]])[0]
    assert front[0] > back[0] > 0


def test_from_above_and_from_behind():
    assert np.allclose(View(elevation=90).of([0, 1.0, 0])[0], [1, 0], atol=1e-12)
    assert View(azimuth=180).of([1.0, 0, 0])[1] == pytest.approx(-1)
    with pytest.raises(ValueError, match=r"points are \(4, 2\); expected \(…, 3\)"):
        View().of(np.zeros((4, 2)))


# -- the world -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("cell", "seed"), NAMES)
def test_the_kept_points_are_the_fixed_points(shipped, cell, seed):
    here, net = world(cell, seed), shipped[f"{cell} {seed}"]
    autonomous = Autonomous.of(net)
    assert np.abs(autonomous.step(here.found.points) - here.found.points).max() < 1e-12
    assert here.found.counts == {0: 8, 1: 12, 2: 6, 3: 1} and here.found.index == 1
    assert len(np.unique(np.sign(here.codes[:8]), axis=0)) == 8 and len(here.edges) == 12
    assert np.allclose(here.points, here.basis.of(here.found.points, 3))
    assert np.linalg.norm(here.points, axis=1).max() < here.radius


def test_a_fresh_search_finds_the_kept_points(shipped):
    found = dynamics.fixed_points(shipped["gru 3"], states=world("gru", 3).found.points, starts=256)
    apart = np.abs(found.points[:, None] - world("gru", 3).found.points).max(2)
    assert len(found) == 27 and apart.min(1).max() < 1e-9


def test_components_are_the_library_s_but_for_the_sign(shipped):
    from rnncourse.datasets import memory
    x = memory.flip_flop(np.random.default_rng(11), 3, STEPS, state_space.CROWD, 0.25).x
    theirs, ours = simplify.components(shipped["lstm 1"], x), world("lstm", 1).basis
    assert np.allclose(np.abs((theirs.directions * ours.directions).sum(1)), 1)
    assert (ours.directions.max(1) == np.abs(ours.directions).max(1)).all()
    assert np.allclose(theirs.of(np.ones((1, 32))) ** 2, ours.of(np.ones((1, 32))) ** 2)


@pytest.mark.parametrize(("cell", "seed"), [("rnn", 0), ("lstm", 2)])
def test_arms_are_the_growing_directions_or_the_slowest_one(cell, seed):
    here = world(cell, seed)
    for k, modes in enumerate(here.found.unstable):
        drawn = here.arms[k][~np.isnan(here.arms[k, :, 0, 0])]
        assert len(drawn) == max(modes, 1)
        assert np.allclose(drawn.mean(1), here.points[k])
        values, V = np.linalg.eig(here.found.jacobians[k])
        wanted = V[:, np.abs(values) > 1] if modes else V[:, [np.abs(values).argmax()]]
        for start, end in drawn:
            along = (end - start) / np.linalg.norm(end - start)
            seen = here.basis.directions[:3] @ wanted.real
            cosines = np.abs(along @ (seen / np.linalg.norm(seen, axis=0)))
            assert cosines.max() == pytest.approx(1, abs=1e-6) or np.iscomplex(wanted).any()


# -- the flight ----------------------------------------------------------------------------------------
def test_the_run_is_the_network_s(shipped):
    for cell, name in (("RNN", "rnn 0"), ("LSTM", "lstm 0"), ("GRU", "gru 0")):
        found, net = flight(cell=cell, strength=0.5), shipped[name]
        trace = net.trace(found.x[:, None])
        assert np.allclose(found.y, net.predict(trace.h)[:, 0])
        assert np.allclose(found.path, found.world.basis.of(states_of(trace)[:, 0], 3))
        away = np.linalg.norm(found.world.found.points - states_of(trace)[found.step - 1, 0], axis=1)
        assert found.away == away.min() and found.nearest == away.argmin()


def test_strength_scales_all_pulses_but_the_first_step_s():
    full, half = flight(), flight(strength=0.5)
    assert np.array_equal(full.x[0], half.x[0]) and np.allclose(full.x[1:] / 2, half.x[1:])
    assert (np.abs(full.x[0]) == 1).all() and (full.x[1:] != 0).sum() > 4
    assert (np.sign(full.y) == full.target).all()


@pytest.mark.parametrize(("chosen", "count"), [
    ({}, 27), ({"stable": False}, 19), ({"saddles": False}, 15), ({"higher": False}, 20),
    ({"stable": False, "saddles": False, "higher": False}, 0)])
def test_fixed_points_are_shown_by_stability(chosen, count):
    found = flight(**chosen)
    assert found.shown.sum() == count
    explorer = StateSpace(**chosen)
    assert f"{count} of 27 fixed points shown" in explorer.words and explorer.error is None


def test_words_say_side_step_and_place():
    said = StateSpace(azimuth=-35, elevation=-10, zoom=2, step=1).words
    assert "Seen from azimuth −35°, elevation −10°, zoom 2.0." in said
    assert "Step 1: pulse +1.00 on bit 1, +1.00 on bit 2, −1.00 on bit 3" in said
    assert "no pulse; the network answers +1.00 −0.99 +1.00; nearest is a stable" in StateSpace().words
    assert "slowest direction" in StateSpace(arms=True).words and "slowest" not in StateSpace().words


def test_a_planted_bug_would_be_seen(monkeypatch, shipped):
    """With h alone for the LSTM's state, the points are no fixed points of what is drawn."""
    monkeypatch.setattr(state_space.autonomous, "states_of", lambda trace: trace.h)
    with pytest.raises(ValueError):
        world.__wrapped__("lstm", 0)


def test_half_a_pulse_hesitates_from_step_19_on():
    """Under "What there is to see" in chapter 10."""
    found = [flight(strength=0.5, step=step) for step in range(18, 25)]
    assert [int(each.world.found.unstable[each.nearest]) for each in found] == [0, 1, 1, 1, 1, 1, 1]
    answers = np.abs(found[0].y[18:24, 2])
    assert answers.max() < 0.3 and (np.diff(answers) > 0).all()
