"""The explorer of chapter 12: its readings are the probe's, its held cell is `ablation`'s, and its words are right."""

import numpy as np
import pytest
import torch

from rnncourse.cells.networks import Network
from rnncourse.datasets import text
from rnncourse.datasets.properties import PROPERTIES
from rnncourse.explain import ablation
from rnncourse.explorers.probe_and_clamp import LONGEST, ProbeAndClamp, fit_readers, run_held
from rnncourse.training import models

LINE = 'f(a, "b c" + d[1]) # (x) \n'


def made(layers=2, hidden_size=6, cell="lstm"):
    torch.manual_seed(3)
    model = models.TextModel(97, hidden_size, layers, cell, 5).double()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.6)
    return model.eval()


@pytest.fixture(scope="module")
def network():
    return Network.of(made())


@pytest.fixture(scope="module")
def readers(network):
    pages = [(LINE[k:] + LINE * 9)[:200] for k in range(0, 16, 2)]
    return fit_readers(network, pages)


@pytest.fixture(scope="module")
def explorer(network, readers):
    return ProbeAndClamp(network, readers, page="print(a[0", unit=2, value=1.5)


@pytest.fixture(autouse=True)
def again(explorer):
    explorer.reset()


def test_the_free_run_is_torchs():
    model, numbers = made(), text.encode(LINE)
    states, scores = run_held(Network.of(model), numbers)
    with torch.no_grad():
        theirs, _ = model(torch.tensor(numbers)[:, None])
        h, (h_n, c_n) = model.recurrent(model.embedding(torch.tensor(numbers)[:, None]))
    np.testing.assert_allclose(scores, theirs[:, 0], atol=1e-12)
    np.testing.assert_allclose(states[:, 12:18], h[:, 0], atol=1e-12)
    np.testing.assert_allclose(states[-1], np.concatenate([h_n[0, 0], c_n[0, 0], h_n[1, 0], c_n[1, 0]]), atol=1e-12)


@pytest.mark.parametrize(("layer", "unit", "value"), [(0, 2, 1.5), (1, 5, -3.0), (0, 0, 0.0)])
def test_holding_a_cell_is_what_ablation_does(network, layer, unit, value):
    numbers = text.encode(LINE)
    states, scores = run_held(network, numbers, layer, unit, value)
    theirs = ablation.ablate(network, numbers[:, None], [unit], layer, how=value, signal="c")
    np.testing.assert_allclose(scores, theirs[:, 0], atol=1e-12)
    assert (states[:, (2 * layer + 1) * 6 + unit] == value).all()


def test_readings_are_the_probes_and_the_truth_is_the_propertys(explorer, network, readers):
    found, probe = explorer.numbers, readers["inside brackets"]
    states, scores = run_held(network, text.encode("print(a[0"))
    np.testing.assert_array_equal(found.reading, probe.scores(states))
    held, _ = run_held(network, text.encode("print(a[0"), 0, 2, 1.5)
    np.testing.assert_array_equal(found.reading_held, probe.scores(held))
    np.testing.assert_array_equal(found.holds, PROPERTIES["inside brackets"].of("print(a[0"))
    np.testing.assert_array_equal(found.c, states[:, 6 + 2])
    assert (found.c_held == 1.5).all() and found.p.sum() == pytest.approx(1) == found.p_held.sum()
    powers = np.exp(scores[-1])
    np.testing.assert_allclose(found.p, powers / powers.sum(), atol=1e-12)


def test_not_held_both_are_the_same(explorer):
    explorer.held = False
    found = explorer.numbers
    assert (found.reading == found.reading_held).all() and (found.p == found.p_held).all()
    assert explorer.words.endswith("Nothing is held.")


def test_the_words_say_what_is_read_held_and_next(explorer):
    found = explorer.numbers
    likely = text.VOCABULARY[found.p.argmax()].replace(" ", "␣").replace("\n", "⏎")
    assert "After “print(a[0” the probe for “inside brackets” reads" in explorer.words
    assert f"({'yes' if found.reading[-1] > 0.5 else 'no'}); in truth it holds. Next: {likely} " in explorer.words
    assert "With c of unit 2, layer 0, held at 1.5: reads" in explorer.words
    moved = 100 * np.abs(found.p_held - found.p).sum() / 2
    assert f"{moved:.0f}% of the probability has moved." in explorer.words
    explorer.value = -2
    explorer.page = "print(a[0])  # something long"
    assert "held at −2.0" in explorer.words and "After “…thing long”" in explorer.words
    assert "in truth it does not hold" in explorer.words


def test_the_repr_can_be_typed(explorer):
    assert "unit=2, value=1.5)" in repr(explorer)


def test_a_newline_is_typed_as_its_sign(explorer):
    explorer.page = "a⏎b"
    assert explorer.numbers.letters == ("a", "\n", "b")


@pytest.mark.parametrize(("page", "says"), [("", "text is empty. Type at least one character"),
                                            ("naïve", "does not know “ï”, letter 3 of the text")])
def test_what_cannot_be_read_is_answered_and_the_last_picture_stays(explorer, network, readers, page, says):
    before = explorer.picture.png, explorer.words
    explorer.controls["page"].value = page
    assert says in explorer.picture.problem and explorer.error is None
    assert (explorer.picture.png, explorer.words) == before
    with pytest.raises(ValueError, match=says):
        ProbeAndClamp(network, readers, page=page)


def test_layers_units_and_readers_are_those_of_the_network(readers, explorer):
    assert explorer.controls["unit"].max == 5 and list(explorer.controls["layer"].options) == ["layer 0", "layer 1"]
    assert list(explorer.controls["reader"].options) == list(readers)
    explorer.layer, explorer.unit = "layer 1", 5
    np.testing.assert_array_equal(explorer.numbers.c, run_held(explorer.network, text.encode("print(a[0"))[0][:, 23])


def test_the_slider_goes_as_far_as_the_layers_cells(explorer, network, readers):
    explorer.layer, explorer.value = "layer 1", -36
    slider, (low, high) = explorer.controls["value"], explorer._canvas.scene.ends
    assert (slider.min, slider.max) == (-40, 40) and (low.get_text(), high.get_text()) == ("≤ −40", "≥ 40")
    np.testing.assert_allclose(explorer._canvas.scene.c_held.get_ydata(), -0.9)
    explorer.layer = "layer 0"
    assert (slider.min, slider.max, explorer.value) == (-6, 6, -6) and high.get_text() == "≥ 6"
    assert ProbeAndClamp(network, readers, layer="layer 1", unit=2, value=-36).value == -36


def test_a_network_or_readers_that_do_not_fit_are_refused(network, readers):
    with pytest.raises(ValueError, match="expected layers of LSTM that read symbols"):
        ProbeAndClamp(made(cell="gru"), readers)
    for wrong in ({}, {"is it nice": readers["inside brackets"]}):
        with pytest.raises(ValueError, match="the readers are of .*; expected some of inside a string"):
            ProbeAndClamp(network, wrong)


def test_the_scene_shows_what_it_is_given(explorer):
    scene, found = explorer._canvas.scene, explorer.numbers
    np.testing.assert_array_equal(scene.c.get_xydata(), np.stack([np.arange(9), np.clip(found.c / 6, -1, 1)], axis=1))
    assert [stamp.get_text() for stamp in scene.letters] == [*"print(a[0", *[""] * (LONGEST - 9)]
    order = np.argsort(-np.maximum(found.p, found.p_held), kind="stable")[:18]
    np.testing.assert_allclose([line[1][1] for line in scene.p_held.get_segments()], found.p_held[order])
    truth, = scene.truth.get_segments()
    assert truth[:, 0].tolist() == [4.5, 8.5]


def test_the_courses_probes_know_and_its_bracket_cell_matters():
    explorer = ProbeAndClamp.example()
    assert all(probe.score > 0.3 > probe.baseline for probe in explorer.readers.values())
    close = text.VOCABULARY.index(")")
    assert explorer.unit == 39 and explorer.numbers.p[close] > 2 * explorer.numbers.p_held[close] > 0
