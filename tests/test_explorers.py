"""Explorers in Python: state, sliders and picture move together; what is kept equals what is drawn anew."""

import io
import math

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from rnncourse.cells import rnn
from rnncourse.explorers import every, widgets
from rnncourse.explorers.base import Explorer, choice, slider, toggle
from rnncourse.explorers.one_unit import OneUnit, pulses, remember
from rnncourse.plots.kept import KeptCanvas, png
from rnncourse.plots.style import styled

EXPLORERS = every()


def made(name):
    found = EXPLORERS[name]
    return found.example() if hasattr(found, "example") else found()


@pytest.fixture(scope="module", params=sorted(EXPLORERS))
def any_explorer(request):
    return made(request.param)


@pytest.fixture(autouse=True)
def start_again(request):
    yield
    if "any_explorer" in request.fixturenames:
        request.getfixturevalue("any_explorer").reset()


def picture(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.picture.png)))


def sliders(explorer):
    return {name: w for name, w in explorer.controls.items() if isinstance(w, widgets.Slider)}


def drawn_anew(figure, dpi):
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    with styled():
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def drawn_on(figure):
    """The identity of each line, patch, text, image and collection: what must not pile up (ticks may)."""
    return {id(artist) for ax in figure.axes for artist in ax.get_children()}


def places(explorer):
    """States to visit: all sliders at their low ends, their high ends, and between; each word of each choice."""
    for share in (0, 1, 0.4):
        yield {name: w.min + w.step * round(share * (w.max - w.min) / w.step) for name, w in sliders(explorer).items()}
    for name, widget in explorer.controls.items():
        if isinstance(widget, widgets.Choice):
            yield from ({name: value} for value in widget.options)
        elif isinstance(widget, widgets.Toggle):
            yield {name: not widget.value}
        elif isinstance(widget, widgets.Entry):
            yield from ({name: text} for text in (widget.value[:1], widget.value[::-1], widget.value[:widget.longest]))


def go_to(explorer, state):
    with explorer.hold():
        for name, value in state.items():
            setattr(explorer, name, min(value, explorer.controls[name].max) if name in sliders(explorer) else value)


# -- every explorer --------------------------------------------------------------------------------
def test_kept_picture_equals_a_new_figure_pixel_for_pixel(any_explorer):
    for state in list(places(any_explorer)):
        go_to(any_explorer, state)
        assert any_explorer.error is None, (state, any_explorer.picture.problem)
        new = drawn_anew(any_explorer.still(), any_explorer._canvas.figure.dpi)
        kept = picture(any_explorer)
        assert kept.shape == new.shape
        assert (kept != new).sum() == 0, f"{state}: {(kept != new).any(-1).sum()} pixels differ"


def test_each_slider_goes_to_both_ends_and_each_move_changes_picture_and_words(any_explorer):
    for name, widget in sliders(any_explorer).items():
        if widget.disabled:
            continue
        seen = {}
        for end in (widget.min, widget.max):
            setattr(any_explorer, name, end)
            assert any_explorer.error is None and getattr(any_explorer, name) == widget.value == end
            seen[end] = any_explorer.picture.png, any_explorer.words
        (low_png, low_words), (high_png, high_words) = seen.values()
        assert low_png != high_png and low_words != high_words, name
        any_explorer.reset()


def test_reset_brings_back_the_first_picture(any_explorer):
    first = any_explorer.picture.png, any_explorer.words, any_explorer.state
    for state in list(places(any_explorer)):
        go_to(any_explorer, state)
    any_explorer.reset_button.clicks += 1
    assert (any_explorer.picture.png, any_explorer.words, any_explorer.state) == first


def test_each_key_typed_changes_picture_and_words_and_what_cannot_be_shown_is_said(any_explorer):
    for name, widget in any_explorer.controls.items():
        if not isinstance(widget, widgets.Entry):
            continue
        text, seen = widget.value, set()
        for end in range(1, len(text) + 1):
            widget.value = text[:end]
            assert any_explorer.error is None and any_explorer.picture.problem == ""
            seen.add((any_explorer.picture.png, any_explorer.words))
        assert len(seen) == len(text)
        for bad in ("", text[:3] + "☃"):
            widget.value = bad
            said = any_explorer.picture.problem
            assert said and said.rstrip()[-1] in ".!?" and "Error" not in said and ("☃" in said) == ("☃" in bad)
            assert any_explorer.error is None and (any_explorer.picture.png, any_explorer.words) in seen
        with pytest.raises(traitlets.TraitError, match=f"expected at most {widget.longest}"):
            setattr(any_explorer, name, "a" * (widget.longest + 1))
        with pytest.raises(traitlets.TraitError, match="expected a text"):
            setattr(any_explorer, name, 3)
        any_explorer.reset()
        assert any_explorer.picture.problem == ""


def test_moves_make_no_figures_no_artists_and_no_canvases(any_explorer):
    name = next(iter(sliders(any_explorer)))
    widget, canvas = any_explorer.controls[name], any_explorer._canvas
    open_before, artists = plt.get_fignums(), drawn_on(canvas.figure)
    kept = id(canvas.figure), id(canvas.canvas)
    for value in np.linspace(widget.min, widget.max, 12):
        setattr(any_explorer, name, value)
    assert plt.get_fignums() == open_before == []
    assert kept == (id(canvas.figure), id(canvas.canvas))
    any_explorer.reset()
    assert drawn_on(canvas.figure) == artists


def test_repr_and_words_are_stable(any_explorer):
    again = made(type(any_explorer).__name__)
    assert repr(again) == repr(any_explorer) and again.words == any_explorer.words
    assert again.picture.png == any_explorer.picture.png
    assert "0x" not in repr(again) and len(repr(again).splitlines()) == 1


def test_words_say_something_and_end_as_a_sentence(any_explorer):
    assert len(any_explorer.words) > 20 and any_explorer.words.rstrip()[-1] in ".!?"
    assert any_explorer.picture.alt == any_explorer.words


def test_each_slider_has_a_name_and_a_unit(any_explorer):
    for name, widget in any_explorer.controls.items():
        assert widget.description.strip(), f"{name} has no label"
    for name, widget in sliders(any_explorer).items():
        assert widget.unit.strip(), f"the slider {name} has no unit"


def test_values_outside_and_nan_are_refused_and_nothing_moves(any_explorer):
    before = any_explorer.state, any_explorer.picture.png
    for name, widget in sliders(any_explorer).items():
        for bad, message in ((widget.max + 1, "ends of its slider"), (widget.min - 1, f"expected {widget.min:g} to"),
                             (math.nan, "expected a finite number"), (math.inf, "finite"), ("much", "'much'")):
            with pytest.raises(traitlets.TraitError, match=message):
                setattr(any_explorer, name, bad)
    assert (any_explorer.state, any_explorer.picture.png) == before


# -- one of them, closely ----------------------------------------------------------------------------
def test_trait_and_slider_move_together():
    explorer = OneUnit()
    explorer.w_hh = 0.5
    assert explorer.controls["w_hh"].value == 0.5
    explorer.controls["w_hh"].value = -0.5
    assert explorer.w_hh == -0.5 and explorer.numbers.h[3] == pytest.approx(np.tanh(-0.5 * np.tanh(1)))
    explorer.activation = "relu"
    assert explorer.controls["activation"].value == "relu"
    with pytest.raises(traitlets.TraitError, match="expected one of 'tanh', 'sigmoid', 'relu', 'linear'"):
        explorer.activation = "swish"


def test_observe_and_link_reach_an_explorer():
    explorer, heard, outside = OneUnit(), [], ipywidgets.FloatSlider(value=0.2, min=-1.5, max=1.5)
    explorer.observe(lambda change: heard.append(change["new"]), "w_hh")
    traitlets.link((outside, "value"), (explorer, "w_hh"))
    outside.value = 0.7
    assert heard == [0.2, 0.7] and explorer.controls["w_hh"].value == 0.7


def test_a_slider_works_with_interact_and_interactive_output():
    called = []
    own = widgets.Slider(0.5, min=0, max=1, step=0.1, description="w", unit="×")
    box = ipywidgets.interactive(lambda w: called.append(w), w=own)
    assert box.children[0] is own
    ipywidgets.interactive_output(lambda w: called.append(w), {"w": own})
    own.value = 0.9
    assert called.count(0.9) == 2


def test_hold_draws_once_however_many_controls_move():
    asked = []

    def counted(**state):
        asked.append(state)
        return remember(**state)

    explorer = OneUnit(compute=counted)
    del asked[:]
    with explorer.hold():
        explorer.w_xh, explorer.w_hh, explorer.b = 2.0, 0.1, 0.5
        with explorer.hold():
            explorer.activation = "linear"
        assert asked == []
    assert asked == [{"w_xh": 2.0, "w_hh": 0.1, "b": 0.5, "activation": "linear", "kind": "one pulse"}]
    explorer.reset()
    assert len(asked) == 2
    explorer.w_hh = 0.9    # where it stands already
    assert len(asked) == 2


def test_start_values_are_what_reset_leads_back_to():
    explorer = OneUnit(w_hh=0.3)
    explorer.w_hh = 1.0
    explorer.reset()
    assert explorer.w_hh == 0.3
    with pytest.raises(TypeError, match="OneUnit has no control 'w_yy'; it has w_xh, w_hh, b, activation, kind"):
        OneUnit(w_yy=1)
    with pytest.raises(traitlets.TraitError, match="w_hh is 9; expected -1.5 to 1.5"):
        OneUnit(w_hh=9)


def test_an_error_in_compute_is_said_and_the_next_good_value_heals_it():
    def touchy(**state):
        if state["w_hh"] > 1:
            raise ValueError("too strong for me")
        return remember(**state)

    explorer = OneUnit(compute=touchy)
    before = explorer.picture.png
    explorer.controls["w_hh"].value = 1.2
    assert isinstance(explorer.error, ValueError) and explorer.picture.png == before
    assert "w_hh=1.2" in explorer.picture.problem and "ValueError: too strong for me" in explorer.picture.problem
    explorer.w_hh = 0.8
    assert explorer.error is None and explorer.picture.problem == "" and explorer.picture.png != before
    with pytest.raises(ValueError, match="too strong"):
        OneUnit(compute=touchy, w_hh=1.5)


def test_moves_redraw_no_static_part_unless_one_changes():
    explorer = OneUnit()
    redraws = explorer._canvas.redraws
    for value in np.linspace(-1.5, 1.5, 25):
        explorer.w_hh = value
        explorer.w_xh = value
    assert explorer._canvas.redraws == redraws
    with explorer.hold():
        explorer.activation, explorer.w_hh = "linear", 1.2    # leaves the axis: its limits change
    assert explorer._canvas.redraws == redraws + 1


def test_a_finer_screen_gets_a_finer_picture():
    explorer = OneUnit()
    coarse = picture(explorer)
    explorer.picture.pixel_ratio = 2.0
    fine = picture(explorer)
    assert fine.shape[0] == 2 * coarse.shape[0] and fine.shape[1] == 2 * coarse.shape[1]
    assert (fine == drawn_anew(explorer.still(), explorer._canvas.figure.dpi)).all()
    explorer.picture.pixel_ratio = 1.0
    assert (picture(explorer) == coarse).all()


def test_remember_is_the_recurrence_and_counts_right():
    memory = remember(w_xh=1.0, w_hh=0.5, b=0.0, activation="linear")
    expected = [0.5 ** (t - 2) if t >= 2 else 0.0 for t in range(30)]
    np.testing.assert_allclose(memory.h, expected, atol=1e-15)
    assert memory.remembered == 5 and memory.peak == 1    # 0.5^4 = 6.25 % counts as held, 0.5^5 = 3.1 % as gone
    h, params = np.zeros((1, 1)), {"W_xh": np.full((1, 1), 0.7), "W_hh": np.full((1, 1), 1.1), "b_h": np.full(1, -0.2)}
    for t, x_t in enumerate(pulses("a pulse and its opposite")):
        h = rnn.step(params, np.full((1, 1), x_t), h)
        assert remember(0.7, 1.1, -0.2, kind="a pulse and its opposite").h[t] == pytest.approx(h.item(), abs=1e-15)


@pytest.mark.parametrize(("state", "says", "never"), [
    ({}, "remembers for 24 steps", "sign"), ({"w_xh": 0}, "With w_xh = 0", "flat"),
    ({"w_hh": 1.4}, "still remembers at the end", "grows"), ({"w_hh": 0}, "forgets at once: one step after", "sign"),
    ({"w_hh": 1.5, "activation": "linear"}, "does not fade but grows: after 27", "sign"),
    ({"w_hh": -1.5, "activation": "linear"}, "grows: after 27 more steps it is at its largest. Up and down", "fades"),
    ({"w_hh": -1, "activation": "linear"}, "100% of this effect is left. Up and down", "grows"),
    ({"w_hh": 1, "b": 0.5, "activation": "linear"}, "by 1.00 at most: to 2.50, where it would have been 1.50", "grows"),
    ({"w_hh": -0.5}, "at each step this effect changes its sign", "grows"),
    ({"w_hh": -0.9, "activation": "relu"}, "forgets at once", "sign"),
    ({"w_hh": -0.9, "b": 0.5, "activation": "relu"}, "changes its sign", "at once"),
    ({"w_xh": -1, "activation": "relu"}, "relu is flat below 0: there is nothing to remember", "w_xh"),
    ({"activation": "sigmoid"}, "moves h by 0.19 at most: to 0.82, where it would have been 0.63", "peak"),
    ({"activation": "sigmoid"}, "less than 5% of this effect is left, so h is within 0.0095 of where", "sign"),
    ({"w_hh": 1, "activation": "linear", "kind": "a pulse and its opposite"}, "at once: from the last pulse", "sign"),
    ({"kind": "two pulses"}, "two pulses", "at once")])
def test_the_words_of_the_one_unit(state, says, never):
    words = OneUnit(**state).words
    assert says in words and never not in words


@pytest.mark.parametrize(("state", "says", "heads"), [
    ({"w_hh": 1.5}, "still growing at the end; ▲ h is beyond this axis", (20, 0)),
    ({"w_hh": -1.5}, "still growing at the end; ▲▼ h is beyond this axis", (10, 10)),
    ({"w_hh": 1.0}, "still there at the end", (0, 0)), ({"w_hh": -1.0}, "still there at the end", (0, 0)),
    ({"w_hh": 1.5, "w_xh": 0, "b": -1}, "▼ h is beyond this axis", (0, 24)),
    ({"w_hh": 0}, "forgotten at once", (0, 0))])
def test_the_curve_of_the_one_unit_stays_clear_of_its_remark(state, says, heads):
    explorer = OneUnit(activation="linear", **state)
    scene = explorer._canvas.scene
    assert scene.remark.get_text() == says
    assert (len(scene.above_it.get_xdata()), len(scene.below_it.get_xdata())) == heads
    explorer._canvas.figure.canvas.draw()
    remark = scene.remark.get_window_extent()
    shown = [line.get_transform().transform(np.column_stack(line.get_data()))
             for line in (scene.h, scene.silent, scene.above_it)]
    assert np.nanmax(np.concatenate(shown)[:, 1]) + 2 < remark.y0
    assert remark.y1 < scene.below.get_window_extent().y1 and remark.x1 < scene.below.get_window_extent().x1
    if says:
        assert np.nansum(np.isfinite(scene.h.get_ydata())) + sum(heads) == 30


# -- the parts ---------------------------------------------------------------------------------------
class _Crossing:
    """Moving artists under, between and over static ones, in one axes and in an inset on it."""

    def __init__(self, figure):
        ax = figure.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1), title="static")
        self.line, = ax.plot([], [], linewidth=12, zorder=2)
        ax.plot([0, 1], [0, 1], linewidth=8, color="red", alpha=0.5, zorder=3)
        ax.legend(["moves"], loc="center")
        self.words = ax.text(0.4, 0.5, "", fontsize=30, zorder=4)
        inset = ax.inset_axes([0.2, 0.2, 0.3, 0.3])
        self.bars = inset.bar([0, 1], [1, 1])
        inset.set_ylim(0, 2)
        self.moving = [self.words, self.line, *self.bars]

    def update(self, value):
        self.line.set_data([0, 1], [value, 1 - value])
        self.words.set_text(f"{value:.1f}")
        for bar in self.bars:
            bar.set_height(2 * value)


def test_kept_canvas_keeps_the_drawing_order():
    canvas = KeptCanvas(_Crossing, (4, 3))
    for value in (0.1, 0.7, 0.3):
        canvas.show(value)
        kept = canvas.pixels().copy()
        for artist in canvas.figure.findobj():
            artist.set_animated(False)
        with styled():
            canvas.canvas.draw()
        assert (kept == canvas.pixels()).all()
        canvas._leave_out([])    # as before
    assert canvas.redraws == 1


def test_a_scene_that_forgets_its_artists_is_told():
    class Lost(_Crossing):
        def __init__(self, figure):
            super().__init__(figure)
            self.line.remove()

    with pytest.raises(ValueError, match="not in its figure"):
        KeptCanvas(Lost, (4, 3)).show(0.1)


def test_png_is_read_back_as_it_was():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 4), dtype=np.uint8)
    assert (np.asarray(Image.open(io.BytesIO(png(pixels)))) == pixels).all()


def test_controls_say_what_is_wrong():
    with pytest.raises(ValueError, match="w goes from 1 to 1 in steps of 0.01; expected min < max and step > 0"):
        widgets.Slider(min=1, max=1, description="w")
    with pytest.raises(traitlets.TraitError, match="w is 2; expected 0 to 1, the ends of its slider"):
        widgets.Slider(2, description="w")
    with pytest.raises(traitlets.TraitError, match="'c' is not|is 'c'; expected one of 'a', 'b'"):
        widgets.Choice(["a", "b"], "c", description="which")
    with pytest.raises(ValueError, match="no colour for signal 'q'; plots.palette.LOOK has x, h, c"):
        widgets.Slider(description="w", signal="q")
    own = widgets.Slider(5, min=0, max=10, description="t")
    own.max = 3
    assert own.value == 3


class Small(Explorer):
    """The pattern of base.py, with controls of its own from data."""

    w = slider(0.9, low=0, high=1, step=0.01, label="w_hh", unit="×", signal="h", group=("hidden", "h"))
    loud = toggle(False, label="loud", group="rest")
    size = (4, 2)

    def __init__(self, steps):
        super().__init__(controls={"t": slider(0, 0, steps - 1, 1, label="t", unit=f"of {steps}", group="rest"),
                                   "which": choice("a", ["a", "b"], label="which")})

    def compute(self, w, t, loud, which):
        return w * t if loud else w

    def scene(self, figure):
        return _Crossing(figure)

    def describe(self, value):
        return f"It is {value:.2f} at {self.t:.0f}."


def test_controls_may_depend_on_data_and_stand_in_groups():
    small = Small(steps=10)
    small.t = 9
    small.loud = True
    assert small.numbers == pytest.approx(8.1) and list(small.controls) == ["w", "loud", "t", "which"]
    with pytest.raises(traitlets.TraitError, match="t is 10; expected 0 to 9"):
        small.t = 10
    with pytest.raises(traitlets.TraitError, match="loud is 3; expected True or False"):
        small.loud = 3
    small.controls["t"].max = 4
    assert small.t == 4 and Small(steps=20).controls["t"].max == 19
    headings = [box.children[0].description for box in small.children[0].children if hasattr(box, "children")]
    assert headings == ["hidden", "rest"]
