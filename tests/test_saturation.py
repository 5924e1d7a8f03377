"""Saturation: fractions counted one by one; stacks, directions, padding; the scatter shows these numbers."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from explain_checks import NETS, Lab, Twin, close, linear_rnn
from planting import plant

from rnncourse.explain import saturation as room
from rnncourse.explain.saturation import saturation
from rnncourse.plots.palette import LOOK
from rnncourse.plots.saturation import layer_looks
from rnncourse.plots.saturation import saturation as scatter

CASES = [(kind, *net) for kind in ("lstm", "gru") for net in NETS]


def trace_of(case):
    twin = Twin(*case)
    return twin.explained(Lab()).trace(twin.x, twin.lengths)


def check_fractions_are_those_counted_one_by_one(read):
    for case in CASES:
        trace = trace_of(case)
        for gate in room.GATES[trace.cell]:
            found = read(trace, gate, high=0.7, low=0.45)
            for k in range(len(found.above)):
                values = trace.at(int(found.layer[k]), str(found.direction[k]))[gate][:, :, found.unit[k]]
                kept = [values[t, b] for b, end in enumerate(trace.lengths) for t in range(end)]
                close(found.above[k], sum(v > 0.7 for v in kept) / len(kept), 1e-15, f"open, {case}, {gate}")
                close(found.below[k], sum(v < 0.45 for v in kept) / len(kept), 1e-15, f"shut, {case}, {gate}")
                assert found.steps == len(kept) == 18


def check_each_unit_stands_once(read):
    found = read(trace_of(("lstm", 2, True)), "f")
    places = set(zip(found.layer.tolist(), found.direction.tolist(), found.unit.tolist(), strict=True))
    assert len(places) == len(found.above) == 2 * 2 * 5
    close(found.above + found.below + found.between, np.ones(20), 1e-15, "all steps")


CHECKS = [check_fractions_are_those_counted_one_by_one, check_each_unit_stands_once]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check):
    check(saturation)


@pytest.mark.parametrize("changes, by", [
    ([("happens & mask[..., None]", "happens")], CHECKS[:1]),
    ([("/ mask.sum()", "/ mask.size")], CHECKS[:1]),
    ([("part[gate] > high", "part[gate] < high")], CHECKS[:1]),
    ([("np.tile(np.arange(H), len(parts))", "np.repeat(np.arange(H), len(parts))")], CHECKS),
], ids=["padding counts", "over all places", "the wrong way", "units change places"])
def test_the_checks_catch(changes, by):
    mutant = plant(room, *changes)
    for check in by:
        with pytest.raises(AssertionError):
            check(mutant.saturation)


def test_it_says_what_it_is():
    text = repr(saturation(trace_of(("gru", 2, False)), "z"))
    assert "Saturation of z: 10 units over 18 steps; open: above 0.9, shut: below 0.1" in text
    assert "layer 0  mean fraction open" in text and "layer 1" in text and "of 5, shut:" in text


def test_what_has_no_such_gate():
    lstm = trace_of(("lstm",))
    with pytest.raises(TypeError, match="the trace is list; expected a Trace"):
        saturation([], "f")
    with pytest.raises(ValueError, match="'g' is no gate of a LSTM that opens and shuts; expected one of i, f, o"):
        saturation(lstm, "g")
    with pytest.raises(ValueError, match="a Trace of cell 'rnn' has no gates"):
        saturation(linear_rnn(Lab()).trace(np.zeros((2, 1, 3))), "f")
    with pytest.raises(ValueError, match="low is 0.9 and high 0.1"):
        saturation(lstm, "f", high=0.1, low=0.9)


# -- the scatter -----------------------------------------------------------------------------------------
def test_a_dot_a_unit_at_its_own_place_in_the_colour_of_its_layer():
    found = saturation(trace_of(("lstm", 2, False)), "f", high=0.6, low=0.4)
    ax = scatter(plt.figure(figsize=(4, 4)).subplots(), found)
    looks = layer_looks(found.layer)
    for layer, dots in enumerate(ax.collections):
        here = found.layer == layer
        np.testing.assert_array_equal(dots.get_offsets(), np.stack([found.above[here], found.below[here]], 1))
        np.testing.assert_allclose(dots.get_facecolor()[0, :3], looks[layer][0][:3])
    assert len(ax.collections) == 2 and looks[0][1] != looks[1][1]    # apart in grey print, too
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["layer 0", "layer 1"]
    assert "0.6" in ax.get_xlabel() and "0.4" in ax.get_ylabel() and LOOK["f"].words in ax.get_title()
    plt.close(ax.figure)
