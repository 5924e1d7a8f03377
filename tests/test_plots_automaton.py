"""Automata as graphs: no edge through a state, no letters on one, every state and arrow there; the plane of states."""

import numpy as np
import pytest
from drawing_checks import nothing_leaves_the_sheet_and_no_two_numbers_touch
from matplotlib.figure import Figure

from rnncourse.datasets import formal
from rnncourse.explain.automata import Automaton, minimise
from rnncourse.explain.simplify import Lost
from rnncourse.plots import simpler
from rnncourse.plots.automaton import COLOURS, MOST, Graph, automaton, colour_of, layout
from rnncourse.plots.simpler import Beside, BesideScene
from tests.test_plots_text_weather_names import nothing_unlisted_moves

TOMITA = [minimise(Automaton.of(formal.tomita(n))) for n in formal.NUMBERS]


def drawn(rng, n):
    return Automaton("01", rng.integers(0, n, (n, 2)), rng.random(n) < 0.4, int(rng.integers(n)))


def many():
    rng = np.random.default_rng(0)
    return TOMITA + [drawn(rng, n) for n in range(1, 9) for _ in range(6)]


def far(points, others):
    return np.linalg.norm(points[:, None] - others, axis=2).min(1)


@pytest.mark.parametrize("machine", many(), ids=lambda machine: f"{machine.states} states")
def test_edges_run_clear_of_states_and_letters_stand_clear_of_both(machine):
    found = layout(machine)
    for edge in found.edges:
        others = np.delete(found.places, [edge.source, edge.target], axis=0)
        assert not len(others) or far(edge.line, others).min() > found.radius + 0.02
        assert far(edge.place[None], found.places).min() > found.radius + 0.04
        assert far(edge.place[None], edge.line).min() > 0.06
        for end, state in ((edge.line[0], edge.source), (edge.line[-1], edge.target)):
            assert np.linalg.norm(end - found.places[state]) == pytest.approx(found.radius, abs=0.06)


@pytest.mark.parametrize("machine", TOMITA, ids=lambda machine: f"{machine.states} states")
def test_letters_of_the_seven_stand_apart(machine):
    places = np.array([edge.place for edge in layout(machine).edges])
    apart = np.linalg.norm(places[:, None] - places, axis=2)[~np.eye(len(places), dtype=bool)]
    assert not len(apart) or apart.min() > 0.15
    figure = Figure(figsize=(3.6, 3.6))
    automaton(figure.subplots(), machine)
    nothing_leaves_the_sheet_and_no_two_numbers_touch(figure)


@pytest.mark.parametrize("machine", TOMITA, ids=lambda machine: f"{machine.states} states")
def test_letters_of_the_seven_stand_nearest_to_their_own_arrow(machine):
    edges = layout(machine).edges
    for edge in edges:
        others = [other.line for other in edges if other is not edge]
        if others:
            assert far(edge.place[None], np.concatenate(others)).min() > far(edge.place[None], edge.line).min()


def test_an_arrow_across_the_ring_keeps_clear_of_those_between_neighbours():
    lines = {(edge.source, edge.target): edge.line for edge in layout(TOMITA[2]).edges}
    assert far(lines[2, 4], lines[3, 2]).min() > 0.06


def test_every_arrow_is_there_once_with_its_letters():
    for machine in many():
        told = {(edge.source, edge.target): set(edge.says.split(", ")) for edge in layout(machine).edges}
        steps = {(s, row[k], letter) for s, row in enumerate(machine.step) for k, letter in enumerate("01")}
        assert {(s, t, letter) for (s, t), letters in told.items() for letter in letters} == steps


def test_the_start_stands_at_the_left_and_neighbours_are_near():
    for machine in many():
        found = layout(machine)
        start = found.places[machine.start]
        assert start[0] == pytest.approx(found.places[:, 0].min()) and found.start[0][0, 0] < start[0]
    chain = Automaton("0", [[2], [3], [1], [3]], [False] * 4)      # 0 → 2 → 1 → 3: each beside the next
    places = layout(chain).places
    assert max(np.linalg.norm(places[a] - places[b]) for a, b in ((0, 2), (2, 1), (1, 3))) < 1.5


def test_accepting_states_have_a_second_rim_and_one_is_lit():
    graph, machine = Graph(Figure().subplots()), TOMITA[3]
    graph.update(machine)
    assert len(graph.rings.get_segments()) == 3 and len(graph.discs.get_paths()) == 4
    assert [stamp.get_text() for stamp in graph.names][:5] == ["0", "1", "2", "3", ""]
    full = graph.discs.get_facecolors().copy()
    graph.update(machine, lit=3, names="abcd")
    now = graph.discs.get_facecolors()
    assert (now[3] == full[3]).all() and (now[:3] != full[:3]).any(1).all()
    assert [stamp.get_text() for stamp in graph.names][:4] == list("abcd")
    written = [stamp.get_text() for stamp in graph.letters if stamp.get_text()]
    assert len(written) == len(graph.heads.get_paths()) - 1        # the start arrow bears no letter


def test_too_many_states_are_counted_instead():
    graph = Graph(Figure().subplots())
    for n in (MOST, MOST + 1):
        graph.update(drawn(np.random.default_rng(1), n))
        assert len(graph.discs.get_paths()) == (n if n <= MOST else 0)
        assert (f"{n} states" in graph.note.get_text()) == (n > MOST)
    graph.update(TOMITA[0])
    assert graph.note.get_text() == "" and len(graph.discs.get_paths()) == 2


def test_colours_are_all_different_and_end_in_grey():
    assert len({colour_of(state) for state in range(len(COLOURS))}) == len(COLOURS) >= 8
    assert colour_of(-1) == colour_of(len(COLOURS)) != colour_of(0)


# -- the pictures of chapter 13 ---------------------------------------------------------------------------------
def test_what_is_lost_is_drawn_where_it_is_with_its_name():
    lost = Lost(np.array([1, 2, 4]), np.array([0.3, 0.5, 0.9]), 1.0, np.array([0.5, 0.7, 1.0]))
    ax = simpler.lost_lines(Figure().subplots(), {"text": lost}, {"text": {"color": "#000000"}})
    line, = ax.lines
    assert line.get_xydata().tolist() == [[1, 0.3], [2, 0.5], [4, 0.9]]
    assert ax.texts[0].get_text() == "text" and ax.texts[0].xy == (1, 0.3)
    assert ax.get_xlim()[0] < 0.2 and list(ax.get_xticks()) == [1, 2, 4]


def test_places_paths_and_margins():
    ax = Figure().subplots()
    xy, states = np.array([[0, 0], [0.1, 0], [0, 0.1], [2.0, 2]]), np.array([1, 1, 1, -1])
    simpler.places(ax, xy, states)
    assert [len(line.get_xdata()) for line in ax.lines] == [1, 3]
    number, = ax.texts
    assert number.get_text() == "1" and any((xy[:3] == number.get_position()).all(1))
    simpler.path(ax, xy)
    assert ax.lines[-2].get_xydata().tolist() == [[0, 0]] and ax.lines[-1].get_xydata().tolist() == [[2, 2]]
    held = simpler.held(Figure().subplots(), np.array([1.0, -2, 3]), turns=2)
    assert held.lines[1].get_ydata().tolist() == [1, -2, 3] and held.lines[2].get_xdata() == [2, 2]


def shown(word="0110", at=2, machine=TOMITA[3], seed=0):
    rng, T = np.random.default_rng(seed), len(word)
    lit = np.array(machine.path(word))
    truth = np.array([machine.accepting[state] for state in lit])
    network = truth.copy()
    network[-1] = ~network[-1]
    return Beside(word, at, ((-1.0, 1.0), (-2.0, 2.0)), rng.random((9, 2)), np.array([0, 0, 0, 1, 2, 3, 3, -1, 11]),
                  rng.random((T + 1, 2)), lit, machine, lit,
                  {"language": truth, "network": network, "automaton": truth})


def test_the_scene_shows_groups_path_verdicts_and_the_lit_state():
    scene, found = BesideScene(Figure(), 20), shown()
    scene.update(found)
    assert [len(drawn.get_xdata()) for drawn in scene.groups.values()] == [2, 3, 1, 1, 2, 0, 0, 0, 0]    # grey first
    assert [stamp.get_text() for stamp in scene.numbers][:5] == ["0", "1", "2", "3", ""]
    np.testing.assert_array_equal(scene.way.get_xydata(), found.path[:3])
    assert scene.here.get_xydata().tolist() == found.path[2:3].tolist()
    assert sum(len(dots.get_xdata()) for dots in scene.dots.values()) == 3 * 5
    said = found.verdicts["network"][-1]
    assert scene.dots[said, False].get_ydata().tolist() == [1] and not len(scene.dots[not said, False].get_xdata())
    assert scene.mark.get_xdata()[0] == scene.letters[2].get_position()[0]
    assert "".join(stamp.get_text() for stamp in scene.letters) == "·0110"
    pale = scene.graph.discs.get_facecolors()
    assert (pale[found.lit[2]] == scene.graph.discs.get_edgecolors()[found.lit[2]]).all()


def test_the_scene_lists_what_moves():
    figure = Figure()
    scene = BesideScene(figure, 20).update(shown())
    nothing_unlisted_moves(scene, figure, lambda: scene.update(shown("1" * 20, 20, TOMITA[6], 1)))
