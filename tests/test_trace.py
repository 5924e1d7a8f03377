"""Trace: what it holds, in which order it reads, what it says when asked for what it has not."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from rnncourse._trace_show import MEANINGS
from rnncourse.cells import gru, lstm, rnn
from rnncourse.trace import SIGNALS, Trace, reverse_rows

CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}
T, B, D, H = 6, 3, 2, 4


def forward(cell="lstm", seed=0, steps=T):
    rng = np.random.default_rng(seed)
    params = CELLS[cell].init(rng, D, H)
    return CELLS[cell].forward(params, rng.normal(size=(steps, B, D)), rng.normal(size=(B, H)))


def padded(trace, lengths):
    """The same Trace with the padding of `lengths` cleared, as a recording has it."""
    lengths = np.array(lengths)
    clear = (np.arange(trace.steps)[:, None] < lengths)[..., None]
    return replace(trace, x=trace.x * clear, lengths=lengths,
                   signals={name: values * clear for name, values in trace.signals.items()})


def backward_of(trace):
    """The Trace that a backward layer would leave, whose reading order is that of `trace`."""
    turn = {name: reverse_rows(values, trace.lengths) for name, values in trace.signals.items()}
    return replace(trace, x=reverse_rows(trace.x, trace.lengths), signals=turn, direction="backward")


def stack(lengths=None):
    """Two layers, both directions; the numbers of each part differ, the network they make is nonsense."""
    parts = [forward(seed=s) for s in range(4)]
    parts = [p if lengths is None else padded(p, lengths) for p in parts]
    places = [(0, "forward"), (0, "backward"), (1, "forward"), (1, "backward")]
    return Trace.stack([replace(p, layer=n, direction=d) for p, (n, d) in zip(parts, places, strict=True)])


@pytest.mark.parametrize("cell", CELLS)
def test_signals_by_attribute_and_by_name(cell):
    trace = forward(cell)
    for name in SIGNALS[cell]:
        assert getattr(trace, name) is trace[name] is trace.signals[name]
        assert trace[name].shape == (T, B, H) and name in dir(trace) and name in MEANINGS
    assert trace["x"] is trace.x and (trace.steps, trace.batch, trace.hidden_size) == (T, B, H)
    assert trace.output is trace.h and trace.at() is trace.at(0) is trace


@pytest.mark.parametrize("cell, gates", [("rnn", "h"), ("lstm", "ifgo"), ("gru", "rzn")])
@pytest.mark.parametrize("lengths", [None, (6, 2, 4)])
def test_preactivations_go_through_the_activation(cell, gates, lengths):
    trace = forward(cell) if lengths is None else padded(forward(cell), lengths)
    for gate in gates:
        f = np.tanh if gate in "hgn" else lambda a: 1 / (1 + np.exp(-a))
        np.testing.assert_allclose(f(trace["a_" + gate])[trace.mask], trace[gate][trace.mask], rtol=0, atol=1e-14)
        assert (trace["a_" + gate][~trace.mask] == 0).all()


def test_arrays_and_fields_cannot_be_written():
    x, params = np.ones((T, B, D)), lstm.init(np.random.default_rng(0), D, H)
    trace = lstm.forward(params, x)
    for array in (trace.x, trace.h, trace.h0, trace.c0, trace.params["W_x"], trace["f"]):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(FrozenInstanceError):
        trace.h0 = np.zeros((B, H))
    with pytest.raises(TypeError):
        trace.params["W_x"] = 0
    x[0] = params["b"][0] = 2    # what the caller owns stays writable


def test_previous_states_read_forward_and_backward():
    for trace in (forward(), padded(forward(), (6, 2, 4))):
        ends = [T] * B if trace.lengths is None else trace.lengths
        for t, b in np.ndindex(T, B):
            h, c = (trace.h0[b], trace.c0[b]) if t == 0 else (trace.h[t - 1, b], trace.c[t - 1, b])
            inside = t < ends[b]
            np.testing.assert_array_equal(trace.h_prev[t, b], h * inside)
            np.testing.assert_array_equal(trace.c_prev[t, b], c * inside)
        turned = backward_of(trace)
        for t, b in np.ndindex(T, B):
            h = trace.h0[b] if t == ends[b] - 1 else turned.h[min(t + 1, T - 1), b]
            np.testing.assert_array_equal(turned.h_prev[t, b], h * (t < ends[b]))


def test_last_is_where_each_row_was_read_to_its_end():
    trace = padded(forward(), (6, 2, 4))
    expected = np.stack([trace.c[5, 0], trace.c[1, 1], trace.c[3, 2]])
    np.testing.assert_array_equal(trace.last("c"), expected)
    np.testing.assert_array_equal(backward_of(trace).last("c"), expected)
    np.testing.assert_array_equal(forward().last(), forward().h[-1])


@pytest.mark.parametrize("lengths", [None, (6, 2, 4)])
def test_as_read_turns_a_backward_layer_round(lengths):
    trace = forward() if lengths is None else padded(forward(), lengths)
    trace = replace(trace, tokens=["abcdef"[:n] for n in lengths or (T, T, T)])
    again = replace(backward_of(trace), tokens=[row[::-1] for row in trace.tokens]).as_read()
    assert again.direction == "forward" and again.tokens == trace.tokens and trace.as_read() is trace
    for name in ("x", *SIGNALS["lstm"]):
        np.testing.assert_array_equal(again[name], trace[name])
    np.testing.assert_array_equal(again.h_prev, trace.h_prev)


def test_a_row_alone_is_cut_to_its_length():
    trace = replace(padded(forward(), (6, 2, 4)), tokens=["abcdef", "gh", "ijkl"])
    alone = trace.row(2)
    assert (alone.steps, alone.batch, alone.lengths, alone.tokens) == (4, 1, None, ("ijkl",))
    again = lstm.forward(trace.params, trace.x[:4, 2:], trace.h0[2:], trace.c0[2:])
    for name in ("x", "a_f", *SIGNALS["lstm"]):
        np.testing.assert_allclose(alone[name], again[name], rtol=0, atol=1e-14)
    both = stack((6, 2, 4))
    np.testing.assert_array_equal(both.row(1).output, both.output[:2, 1:2])
    np.testing.assert_array_equal(both.row(1).at(1, "backward").h_prev, both.at(1, "backward").h_prev[:2, 1:2])
    with pytest.raises(IndexError, match="no row 3; this Trace has rows 0 to 2"):
        trace.row(3)


def test_mask_is_true_inside_each_row():
    assert forward().mask.all() and forward().mask.shape == (T, B)
    np.testing.assert_array_equal(padded(forward(), (6, 2, 4)).mask.sum(0), (6, 2, 4))


def test_a_stack_picks_its_parts():
    trace = stack((6, 2, 4))
    assert (trace.layers, trace.directions) == (2, ("forward", "backward"))
    for part in trace.parts:
        assert trace.at(part.layer, part.direction) is part is trace.at(part.layer - 2, part.direction)
        assert part.at(part.layer, part.direction) is part is part.at(-1, part.direction)
        assert trace.params[part.layer, part.direction] is part.params
    assert trace.at() is trace.parts[2] and trace.x.shape == (T, B, D) and trace.h0.shape == (4, B, H)
    np.testing.assert_array_equal(trace.output, np.concatenate([trace.parts[2].h, trace.parts[3].h], axis=-1))
    np.testing.assert_array_equal(trace.c0[3], trace.parts[3].c0)
    np.testing.assert_array_equal(trace.mask, trace.parts[0].mask)


def test_copies_and_pickles():
    for trace in (forward(), stack((6, 2, 4))):
        for again in (copy.deepcopy(trace), pickle.loads(pickle.dumps(trace)), copy.copy(trace)):
            assert repr(again) == repr(trace)
            np.testing.assert_array_equal(again.output, trace.output)
            np.testing.assert_array_equal(again.at().h_prev, trace.at().h_prev)


@pytest.mark.parametrize("ask", [lambda t: t["h"], lambda t: t["a_f"], lambda t: t.c, lambda t: t.h_prev,
                                 lambda t: t.c_prev, lambda t: t.last(), lambda t: t.last("f")])
def test_a_stack_says_that_a_signal_alone_is_ambiguous(ask):
    with pytest.raises((KeyError, AttributeError), match="ambiguous: this Trace has 2 layers, forward and backward; "
                                                         r"try trace.at\(layer=0, direction='forward'\)"):
        ask(stack())


def test_what_is_missing_is_named():
    for ask in (lambda t: t["i"], lambda t: t.i, lambda t: t["a_f"], lambda t: t.c_prev):
        with pytest.raises((KeyError, AttributeError), match="in a Trace of cell 'gru'; it has x, r, z, n, h, and a_"):
            ask(forward("gru"))
    with pytest.raises(KeyError, match="made without `preactivations`"):
        replace(forward("gru"), preactivations=None)["a_r"]
    with pytest.raises(ValueError, match="no layer 2 in direction .forward.; this Trace has layer 0 and 1, forw"):
        stack().at(2)
    with pytest.raises(ValueError, match="no layer -1 in direction 'backward'; this Trace has layer 0, forward"):
        forward().at(direction="backward")
    with pytest.raises(ValueError, match="no layer 0 in direction 'forward'; this Trace has layer 1, backward"):
        stack().at(1, "backward").at(0)
    with pytest.raises(ValueError, match="as_read needs one layer in one direction; this Trace has 2 layers"):
        stack().as_read()
    assert not hasattr(forward("gru"), "i") and not hasattr(forward(), "_ipython_display_")


WRONG = [    # what is changed, what the message says
    ({"cell": "elman"}, "unknown cell 'elman'; expected one of rnn, lstm, gru"),
    ({"x": np.ones((T, D))}, r"x has shape \(6, 2\); expected \(T, B, D\)"),
    ({"x": np.ones((0, B, D))}, "each at least 1"),
    ({"x": np.ones((T + 1, B, D))}, r"i is \(6, 3, 4\); expected \(T, B, H\) = \(7, 3, 4\)"),
    ({"signals": {"h": np.ones((T, B, H))}}, "signals are h; a Trace of cell 'lstm' has i, f, g, o, c, h"),
    ({"h0": np.ones((H, B))}, r"h0 is \(4, 3\); expected \(B, H\) = \(3, 4\)"),
    ({"h0": None}, "h0 is missing"),
    ({"c0": np.ones((1, B, H))}, r"c0 is \(1, 3, 4\); expected \(B, H\) = \(3, 4\)"),
    ({"c0": None}, "c0 is missing for cell 'lstm'; an LSTM starts from h0 and c0"),
    ({"activation": "tanh"}, "activation is 'tanh' for cell 'lstm'; an RNN has one"),
    ({"direction": "backwards"}, "unknown direction 'backwards'; expected one of forward, backward"),
    ({"lengths": np.array([6, 7, 1])}, "row 1 has length 7; expected 1 to T = 6"),
    ({"lengths": np.array([6, 5, 0])}, "row 2 has length 0; expected 1 to T = 6. Leave empty sequences out"),
    ({"lengths": np.array([6, 5])}, r"lengths have shape \(2,\); expected one for each row, \(B,\) = \(3,\)"),
    ({"lengths": np.array([6.0, 5, 4])}, r"lengths are float64; expected whole numbers. Try lengths.astype\(int\)"),
    ({"tokens": "abcdef"}, r"tokens hold 6 rows; expected B = 3, .* try tokens=\[sequence\]"),
    ({"tokens": ["abcdef", "abc", "abcdef"]}, "row 1 has 3 tokens and 6 steps; expected one token for each step"),
]


@pytest.mark.parametrize("change, message", WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_a_trace_that_contradicts_itself_is_refused(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        replace(forward(), **change)


def test_an_rnn_needs_its_activation():
    with pytest.raises(ValueError, match="activation is None for cell 'rnn'; an RNN has one, as in activation='tanh'"):
        replace(forward("rnn"), activation=None)


def test_parts_must_be_one_network_on_one_batch():
    with pytest.raises(ValueError, match="expected each layer and direction once"):
        Trace.stack([forward(), forward()])
    with pytest.raises(ValueError, match="parts differ in cell: gru, lstm"):
        Trace.stack([forward(), replace(forward("gru"), layer=1)])
    with pytest.raises(ValueError, match="parts differ in steps: 5, 6"):
        Trace.stack([forward(), replace(forward(steps=5), layer=1)])


def test_it_says_what_it_is():
    assert repr(forward("rnn")) == "Trace of rnn, tanh: T=6, B=3, D=2, H=4, float64; signals h"
    assert repr(stack((6, 2, 4))) == ("Trace of lstm: T=6, B=3, D=2, H=4, float64; 2 layers, forward and backward; "
                                      "lengths 2 to 6; signals i f g o c h")
    assert repr(stack().at(1, "backward")) == ("Trace of lstm: T=6, B=3, D=2, H=4, float64; layer 1, backward; "
                                               "signals i f g o c h")


def test_its_table_names_every_signal_and_works_when_typed_in():
    for trace in (forward(), stack((6, 2, 4)), replace(forward("gru"), direction="backward")):
        html = trace._repr_html_()
        assert html.count("<tr>") == 2 + len(SIGNALS[trace.cell]) and "object at 0x" not in html
        for name in SIGNALS[trace.cell]:
            assert MEANINGS[name] in html
        for code in html.split("<code>")[1:]:
            eval(code.partition("</code>")[0], {"trace": trace})
