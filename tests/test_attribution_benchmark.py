"""The race of benchmarks.attribution is fair: each way finds the same, on every kind of case."""

import pytest

from benchmarks import attribution as race


@pytest.mark.parametrize("cell, layers", [("rnn", 1), ("lstm", 2), ("gru", 1)])
def test_ours_and_captums_are_the_same(cell, layers):
    made = race.Case(cell, 7, 3, 4, 5, layers)
    assert sorted(made.lengths, reverse=True) == list(made.lengths) and made.lengths[0] == 7
    race._same(made.captum(6), made.ours(nodes=6, tolerance=None), 1e-6, cell)
    with pytest.raises(AssertionError, match="the two differ by"):
        race._same(made.captum(6), made.ours(nodes=6, tolerance=None) + 1e-3, 1e-6, cell)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_ours_and_the_plain_loops_are_the_same(cell):
    made = race.Case(cell, 7, 3, 4, 5)
    for ways in (race._lrp_ways(made), race._decomposition_ways(made)):
        race._same(ways["loop"](), ways["ours"](), 1e-10, cell)
