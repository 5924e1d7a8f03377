"""The phase portrait: its numbers are the cell's, and its words say what the numbers show."""

import numpy as np
import pytest

from rnncourse.cells import rnn
from rnncourse.explorers import phase_portrait
from rnncourse.explorers.phase_portrait import PhasePortrait, portrait

TURNS = {"w_11": 0.0, "w_12": 1.2, "w_21": -1.2, "w_22": 0.0}


def words(**state):
    return PhasePortrait.describe(None, portrait(**state))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "linear"])
def test_the_two_runs_and_the_arrows_are_the_cell_s_own(activation):
    found = portrait(0.7, -0.4, 0.3, 0.5, 0.1, -0.2, activation)
    params = {"W_xh": np.zeros((1, 2)), "W_hh": np.array([[0.7, -0.4], [0.3, 0.5]]), "b_h": np.array([0.1, -0.2])}
    h0 = np.stack([found.paths[name][0] for name in "AB"])
    trace = rnn.forward(params, np.zeros((phase_portrait.SHOWN, 2, 1)), h0=h0, activation=activation)
    np.testing.assert_allclose(np.stack([found.paths[name][1:] for name in "AB"], axis=1), trace.h, atol=1e-12)
    states, moves = found.arrows
    stepped = rnn.step(params, np.zeros((len(states), 1)), states, activation) - states
    shorter = np.linalg.norm(moves, axis=1) / np.linalg.norm(stepped, axis=1)
    np.testing.assert_allclose(moves, stepped * shorter[:, None], atol=1e-12)
    assert shorter.max() <= 1 + 1e-12


def test_runs_that_explode_stay_drawable():
    found = portrait(6.0, 6.0, 6.0, 6.0, 3.0, 3.0, "relu")
    assert all(np.nanmax(np.abs(path)) <= 1e3 for path in found.paths.values())
    assert "it runs away" in words(w_11=6.0, w_22=6.0, activation="linear")


def test_a_run_that_has_left_does_not_come_back_into_the_picture():
    """Held within ±1e9, −6·(−1e9 + 1e9) = 0 would show this run at 0 on every second step."""
    found = portrait(w_11=-6.0, w_21=-6.0, w_22=2.0, w_12=0.0, activation="linear")
    assert (found.runs.paths[30:41, -2:, 0] == 0).any()
    for path in found.paths.values():
        gone = np.isnan(path).all(1)
        first = int(np.argmax(gone))
        assert 0 < first < 40 and gone[first:].all() and not np.isnan(path[:first]).any()
        assert 100 < np.abs(path[first - 1]).max() <= 1e3


def test_it_counts_fixed_points_and_ends_and_says_what_is_remembered():
    assert PhasePortrait().words == words() == (
        "Found: 9 fixed points (4 stable, 4 saddles, 1 unstable). "
        "From all 49 starts on a grid it settles at 4 different ends. "
        "A ends at (0.96, 0.96), B at (−0.96, −0.96): which one it was, is remembered.")


@pytest.mark.parametrize(("state", "part"), [
    ({"w_11": 0.5, "w_22": 0.5}, "Found: 1 fixed point (1 stable). From all 49 starts on a grid it settles at one end"),
    ({"w_11": 0.5, "w_22": 0.5}, "which one it was, is forgotten"),
    (TURNS, "From all 49 starts on a grid it cycles with period 4. A and B are still apart."),
    ({"w_11": 1.2, "w_12": 0.9, "w_21": -0.9, "w_22": 1.2}, "it is still moving after 240 steps and has not repeated"),
    ({"w_11": -2.0, "w_22": 0.5}, "it cycles with period 2"),
    ({"w_11": 1.0, "w_22": 0.5, "activation": "linear"}, "Found: 1 straight line of fixed points."),
    ({"w_11": 1.0, "w_22": 1.0, "activation": "relu"}, "Every state in reach is a fixed point."),
    ({"activation": "relu"}, "Found: 1 fixed point (1 at a kink)."),
    ({"w_11": 1.0, "w_22": 1.0}, "Found: 1 fixed point (1 borderline)."),
    ({"activation": "relu", "w_11": 0.5, "w_22": 2.0, "b_2": -0.5}, "from 35 it runs away, from 14 it settles at one"),
    ({"w_11": 0.9}, "it settles at 2 different ends. A ends at (0.00, 0.96), B at (0.00, −0.96): which one it was, is"),
    ({"w_11": 1.0, "w_22": 0.5, "activation": "linear"}, "it settles at 7 different ends"),
    ({"activation": "relu", "w_11": 0.5, "w_22": 2.0, "b_2": -1.0}, "A runs out of the picture"),
])
def test_each_kind_of_ending_has_its_words(state, part):
    assert part in words(**state)


def test_the_chapter_s_things_to_try_show_what_it_says():
    """Each line stands, in words, under "What there is to see" in chapter 01."""
    assert "Found: 9" in words(w_11=1.1) and "Found: 3 fixed points (2 stable, 1 saddle)" in words(w_11=0.9)
    at_one = portrait(w_11=1.0)
    assert at_one.fixed.kinds == ("borderline",) * 3 and "still moving after 240 steps" in words(w_11=1.0)
    sizes = np.abs(at_one.runs.paths[:, :, 0])
    assert (np.diff(sizes, axis=0) < 0).all() and sizes[-1].max() < 0.1       # it fades all the same
    held = words(w_11=0.0, w_22=0.0, w_12=2.0, w_21=2.0)
    assert "(2 stable, 1 unstable)" in held and "from 25 it cycles with period 2, from 24 it settles at 2 diff" in held
    for w_12 in (2.0, -2.0):
        one_negative = words(w_11=0.0, w_22=0.0, w_12=w_12, w_21=-w_12)
        assert "Found: 1 fixed point (1 unstable)" in one_negative and "it cycles with period 4" in one_negative
    for sign in (1, -1):
        assert "9 fixed points" in words(b_1=0.5 * sign) and "3 fixed points (2 stable" in words(b_1=0.6 * sign)
    assert "A and B both end at (0.00, 0.00)" in words(w_11=0.9, w_22=0.5, activation="linear")
    assert "it runs away" in words(w_11=1.1, w_22=0.5, activation="linear")


def test_no_fixed_point_is_said_as_such():
    assert words(w_11=1.0, w_22=0.5, b_1=0.1, activation="linear").startswith("Found: 0 fixed points. ")


def test_every_end_of_every_slider_gives_a_picture():
    explorer = PhasePortrait()
    for activation in ("tanh", "sigmoid", "relu", "linear"):
        for end in ("min", "max"):
            with explorer.hold():
                explorer.activation = activation
                for name, control in explorer.controls.items():
                    if hasattr(control, end):
                        setattr(explorer, name, getattr(control, end))
            assert explorer.error is None and explorer.words.startswith("Found: ")
