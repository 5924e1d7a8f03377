"""Gate attention: row by row what cells.unrolling gives; padded, stacked, backward; sums that must come out."""

import explain_checks
import numpy as np
import pytest
from explain_checks import Twin, close
from planting import plant

from rnncourse.cells import unrolling
from rnncourse.explain import gate_attention as room
from rnncourse.explain.gate_attention import gate_attention

CASES = [(kind, *net) for kind in ("lstm", "gru") for net in explain_checks.NETS]


def traces(case):
    """Each layer's Trace, in each direction."""
    twin = Twin(*case)
    net = twin.explained(explain_checks.Lab())
    whole = net.trace(twin.x, twin.lengths)
    return [whole.at(layer, direction) for layer in range(len(net.layers)) for direction in net.directions]


def check_rows_are_those_of_the_unrolling(read):
    for case in CASES:
        for trace in traces(case):
            found = read(trace)
            for b, end in enumerate(trace.lengths):
                alone = trace.row(b).as_read()
                turn = slice(None, None, -1 if trace.direction == "backward" else 1)
                weights, start = unrolling.weights(alone)
                written, from_start = unrolling.contributions(alone)
                close(found.weights[:end, b], weights[turn, 0], 1e-14, f"weights of {case}, row {b}")
                close(found.written[:end, b], written[turn, 0], 1e-14, f"written of {case}, row {b}")
                close(found.start[b], start[0], 1e-14, "start")
                close(found.from_start[b], from_start[0], 1e-14, "from the start")


def check_sums_and_padding(read):
    for case in CASES:
        for trace in traces(case):
            found, past = read(trace), ~trace.mask
            state = trace.last("c" if trace.cell == "lstm" else "h")
            close(found.state, state, 0, "the final state")
            close(found.written.sum(0) + found.from_start, state, 1e-14, f"Σ written of {case}")
            assert (found.weights[past] == 0).all() and (found.written[past] == 0).all()
            assert found.conservation.largest < 1e-14
            if trace.cell == "gru":
                close(found.weights.sum(0) + found.start, np.ones_like(state), 1e-14, f"Σ weights of {case}")
                assert "1, in every unit" in found.conservation.right
            else:
                assert np.abs(found.weights.sum(0) + found.start - 1).max() > 0.1    # no shares there


CHECKS = [check_rows_are_those_of_the_unrolling, check_sums_and_padding]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check):
    check(gate_attention)


@pytest.mark.parametrize("changes, by", [
    ([("(part.z, 1 - part.z,", "(1 - part.z, part.z,")], CHECKS),
    ([("from_here[1:], np.ones_like(from_here[:1])", "from_here[:-1], np.ones_like(from_here[:1])")], CHECKS),
    ([("np.where(mask, keep, 1)", "np.where(mask, keep, 0)")], CHECKS),
    ([("np.where(mask, write, 0)", "write")], CHECKS[1:]),
    ([("state[lengths - 1,", "state[len(state) - 1,")], CHECKS[1:]),
    ([("GateAttention(part.cell, turn(weights, lengths)", "GateAttention(part.cell, weights")], CHECKS[:1]),
], ids=["z = 1 takes the new state", "a step later", "padding forgets", "padding writes", "read at the padding",
        "not turned back"])
def test_the_checks_catch(changes, by):
    mutant = plant(room, *changes)
    for check in by:
        with pytest.raises(AssertionError):
            check(mutant.gate_attention)


def test_it_says_what_it_is():
    text = repr(gate_attention(traces(CASES[4])[0]))
    assert "GateAttention of gru: 4 row(s) of 1 to 7 steps, 5 units" in text
    assert "mean weight of each step" in text and "Σ weights + weight of the start = 1, in every unit" in text


def test_what_has_no_gate_attention():
    with pytest.raises(TypeError, match="the trace is int; expected a Trace"):
        gate_attention(3)
    with pytest.raises(ValueError, match="an RNN has no gates"):
        gate_attention(traces(("tanh",))[0])
    twin = Twin("gru", 2)
    whole = twin.explained(explain_checks.Lab()).trace(twin.x, twin.lengths)
    with pytest.raises(ValueError, match=r"this Trace has 2 layer\(s\) in 1 direction\(s\); pick one"):
        gate_attention(whole)
