"""Heat maps of a Trace: each pixel is the signal's own number, each map has its signal's range and look."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from explain_checks import Lab, Twin

from rnncourse.cells import rnn
from rnncourse.plots import heat
from rnncourse.plots.palette import DIVERGING, LOOK, SEQUENTIAL
from rnncourse.trace import SIGNALS


@pytest.fixture
def figure():
    fig = plt.figure(figsize=(9, 7))
    yield fig
    plt.close(fig)


def trace_of(kind, layers=1):
    twin = Twin(kind, layers)
    return twin.explained(Lab()).trace(twin.x, twin.lengths)


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
def test_every_signal_of_the_cell_has_its_map(figure, kind):
    trace = trace_of(kind)
    axes = heat.signals(figure, trace, row=3)
    assert len(axes) == len(SIGNALS[trace.cell])
    for ax, name in zip(axes, SIGNALS[trace.cell], strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), trace.row(3)[name][:, 0].T)    # 6 of 7 steps
        low, high = ax.images[0].get_clim()
        gate = name in "iforz"
        assert (low, high) == (0, 1) if gate else low == -high
        assert ax.images[0].get_cmap().name == (SEQUENTIAL if gate else DIVERGING)
        assert LOOK[name].words in ax.get_ylabel() and ax.yaxis.label.get_color() == LOOK[name].colour
    assert axes[-1].get_xlabel() == "step t"


def test_chosen_signals_and_units_keep_their_numbers(figure):
    trace = trace_of("lstm")
    x, a_f, c = heat.signals(figure, trace, ["x", "a_f", "c"], units=[4, 1])
    np.testing.assert_array_equal(x.images[0].get_array(), trace.x[:4, 0].T)
    np.testing.assert_array_equal(a_f.images[0].get_array(), trace.row(0)["a_f"][:, 0, [4, 1]].T)
    assert [t.get_text() for t in c.get_yticklabels()] == ["4", "1"]
    reach = np.abs(trace.row(0)["a_f"][:, 0, [4, 1]]).max()
    assert a_f.images[0].get_clim() == (-reach, reach) and "before σ" in a_f.get_ylabel()


def test_an_rnn_without_bounds_is_not_cut_off_at_one(figure):
    params = rnn.init(np.random.default_rng(0), 2, 3)
    trace = rnn.forward(params, 9 + np.zeros((4, 1, 2)), activation="relu")
    ax, = heat.signals(figure, trace)
    assert ax.images[0].get_clim()[1] == trace.h.max() > 1


@pytest.mark.parametrize("text, shown", [("a b\nc", ["a", "␣", "b", "⏎", "c"]), ("x" * 200, None)])
def test_letters_stand_where_they_fit(figure, text, shown):
    params = rnn.init(np.random.default_rng(0), 2, 3)
    from dataclasses import replace
    trace = replace(rnn.forward(params, np.zeros((len(text), 1, 2))), tokens=[text])
    ax, = heat.signals(figure, trace)
    figure.canvas.draw()
    if shown:
        assert [t.get_text() for t in ax.get_xticklabels()] == shown
    else:
        assert ax.get_xlabel() == "step t: one a token"


def test_a_stack_is_asked_for_one_layer(figure):
    with pytest.raises(ValueError, match=r"this Trace has 2 layer\(s\) in 1 direction\(s\); pick one"):
        heat.signals(figure, trace_of("gru", 2))
