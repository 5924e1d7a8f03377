"""Fly through the state space of a flip-flop: a run, the fixed points, their stability and their directions."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from rnncourse.cells.networks import Network
from rnncourse.datasets import checkpoints, memory
from rnncourse.explain import autonomous, dynamics, simplify
from rnncourse.explain.model import Explained
from rnncourse.explain.view import View
from rnncourse.explorers.base import Explorer, choice, slider, toggle
from rnncourse.plots.state_space import StateSpaceScene

CELLS, SEEDS, STEPS, CROWD = {"RNN": "rnn", "LSTM": "lstm", "GRU": "gru"}, ("0", "1", "2", "3"), 40, 8
ARM = 0.16    # of the radius: how long a direction is drawn


@dataclass(frozen=True, eq=False)
class World:
    """What does not change with the view: one network, its fixed points, its first three principal components.

    net      `Explained`
    basis    `simplify.Components` of states under random pulses
    radius   of a ball round the mean that holds the fixed points, and a little more
    found    `dynamics.FixedPoints` without input, P of them
    points   (P, 3) where they lie in the first three components
    codes    (P, 3) what the network answers there
    edges    (E, 2, 3) from stable point to stable point where the answers differ in one bit
    arms     (P, 3, 2, 3) up to three directions at each point, as segments (start, end); NaN where there is none:
             those that grow at a saddle, the slowest one at a stable point
    crowd    (C, 40, 3) the states of other runs, faint
    """

    net: Explained
    basis: simplify.Components
    radius: float
    found: dynamics.FixedPoints
    points: np.ndarray
    codes: np.ndarray
    edges: np.ndarray
    arms: np.ndarray
    crowd: np.ndarray


@lru_cache(maxsize=len(CELLS) * len(SEEDS))
def world(cell="rnn", seed=0):
    """The `World` of one of the twelve shipped flip-flops."""
    name = f"{cell} {seed}"
    tensors = {key.partition("/")[2]: array for key, array in _tensors().items() if key.startswith(f"{name}/")}
    net = Explained.of(Network.from_tensors(tensors))
    x = memory.flip_flop(np.random.default_rng(11), 3, STEPS, CROWD, 0.25).x
    basis = _turned(simplify.components(net, x))
    found = dynamics.fixed_points(net, starts=checkpoints.load("flip_flop_points").curves[name], rounds=0)
    points, crowd = basis.of(found.points, 3), basis.of(autonomous.states_of(net.trace(x)), 3).swapaxes(0, 1)
    codes = net.predict(found.points[:, :net.hidden_size])
    radius = 1.15 * np.linalg.norm(points, axis=1).max()
    stable, bits = np.flatnonzero(found.unstable == 0), np.sign(codes)
    edges = [(points[a], points[b]) for a in stable for b in stable if a < b and (bits[a] != bits[b]).sum() == 1]
    return World(net, basis, radius, found, points, codes, np.array(edges), _arms(found, basis, points, radius), crowd)


def _turned(basis):
    """The same components, each with its largest entry positive: an SVD may give either sign."""
    largest = np.take_along_axis(basis.directions, np.abs(basis.directions).argmax(1)[:, None], axis=1)
    return replace(basis, directions=basis.directions * np.sign(largest))


@lru_cache(maxsize=1)
def _tensors():
    return checkpoints.tensors("flip_flop")


def _arms(found, basis, points, radius):
    """(P, 3, 2, 3): directions as segments through each point, as long as their share within three components."""
    arms = np.full((len(points), 3, 2, 3), np.nan)
    for k, J in enumerate(found.jacobians):
        modes = dynamics.slow_modes(J, len(J))
        growing = np.flatnonzero(np.abs(modes.eigenvalues) > 1)
        for place, mode in enumerate(growing[:3] if len(growing) else [0]):
            seen = basis.directions[:3] @ modes.directions[mode]
            arms[k, place] = points[k] + ARM * radius * np.outer([-1, 1], seen)
    return arms


@dataclass(frozen=True, eq=False)
class Flight:
    """What the explorer shows at once.

    world    `World`
    view     `View`
    shown    (P,) booleans: which fixed points
    arms     whether their directions are drawn
    step     which step of the run is looked at, from 1
    path     (40, 3) the run in the first three components
    x, y     (40, 3) its pulses and what the network answers
    target   (40, 3) what it should answer
    nearest  which fixed point is nearest to the state at `step`, in all its numbers
    away     how far that is
    """

    world: World
    view: View
    shown: np.ndarray
    arms: bool
    step: int
    path: np.ndarray
    x: np.ndarray
    y: np.ndarray
    target: np.ndarray
    nearest: int
    away: float


def flight(cell="RNN", seed="0", azimuth=-80.0, elevation=25.0, zoom=1.0, strength=1.0, step=28.0, stable=True,
           saddles=True, higher=True, arms=False):
    """The `Flight` over one run; `strength` scales its pulses after the first, which sets all three bits."""
    here = world(CELLS[cell], int(seed))
    task = memory.flip_flop(np.random.default_rng(4), 3, STEPS, 1, 0.08)
    x = task.x.copy()
    x[1:] *= strength
    trace, at = here.net.trace(x), int(step) - 1
    states = autonomous.states_of(trace)[:, 0]
    away = np.linalg.norm(here.found.points - states[at], axis=1)
    modes = here.found.unstable
    shown = (stable & (modes == 0)) | (saddles & (modes == 1)) | (higher & (modes > 1))
    return Flight(here, View(azimuth, elevation, zoom, here.radius), shown, arms, int(step),
                  here.basis.of(states, 3), x[:, 0], here.net.predict(trace.h)[:, 0], task.target[:, 0],
                  int(away.argmin()), float(away.min()))


class StateSpace(Explorer):
    """Choose a flip-flop, turn its first three components, walk along a run, show fixed points by stability."""

    cell = choice("RNN", CELLS, label="cell", group="network")
    seed = choice("0", SEEDS, label="seed", group="network")
    azimuth = slider(-80, low=-180, high=175, step=5, label="azimuth", unit="degrees", group="view")
    elevation = slider(25, low=-85, high=85, step=5, label="elevation", unit="degrees", group="view")
    zoom = slider(1, low=0.5, high=4, step=0.1, label="zoom", unit="times", group="view")
    step = slider(28, low=1, high=STEPS, step=1, label="step", unit="of the run", signal="h", group="run")
    strength = slider(1, low=0, high=1, step=0.02, label="pulses", unit="of full strength", signal="x", group="run")
    stable = toggle(True, label="stable points", group="fixed points")
    saddles = toggle(True, label="saddles, one way out", group="fixed points")
    higher = toggle(True, label="two or three ways out", group="fixed points")
    arms = toggle(False, label="directions", group="fixed points")

    compute = staticmethod(flight)
    scene, size, narrowest = StateSpaceScene, (9, 4.9), 190

    @classmethod
    def example(cls):
        """As chapter 10 shows it first."""
        return cls()

    def describe(self, found):
        """Which network and side, how many fixed points are shown, and where the state is at this step."""
        return f"{network_in_words(self.cell, self.seed, found)} {view_in_words(found)} {step_in_words(found)}"


def network_in_words(cell, seed, found):
    """How many fixed points of which stability are shown, and how much of the variance the picture holds."""
    modes, shown = found.world.found.unstable, found.shown
    words = [("stable", modes == 0), ("with one way out", modes == 1), ("with two or three", modes > 1)]
    each = ", ".join(f"{(shown & chosen).sum()} {word}" for word, chosen in words if (shown & chosen).any())
    share = found.world.basis.shares[2]
    arms = {False: "", True: ", the growing or else the slowest direction at each"}[found.arms]
    return (f"{cell}, seed {seed}: {shown.sum()} of {len(shown)} fixed points shown{f' ({each}{arms})' if each else ''}"
            f"; the picture's three components hold {share:.0%} of the variance.")


def view_in_words(found):
    """From where one looks."""
    view = found.view
    return (f"Seen from azimuth {view.azimuth:.0f}°, elevation {view.elevation:.0f}°, "
            f"zoom {view.zoom:.1f}.").replace("-", "−")


def step_in_words(found):
    """What came in at this step, what the network answers, and the nearest fixed point."""
    x, y = found.x[found.step - 1], found.y[found.step - 1]
    pulses = [f"{_signed(value)} on bit {bit}" for bit, value in enumerate(x, 1) if value]
    modes = int(found.world.found.unstable[found.nearest])
    kind = ["a stable point", "a saddle with one way out"][modes] if modes < 2 else f"a point with {modes} ways out"
    return (f"Step {found.step}: {'pulse ' + ', '.join(pulses) if pulses else 'no pulse'}; the network answers "
            f"{' '.join(map(_signed, y))}; nearest is {kind}, {found.away:.2f} away.")


def _signed(value):
    return f"{value:+.2f}".replace("-", "−")
