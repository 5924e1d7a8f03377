"""The explorer of chapter 09: its states, guesses and slopes are torch's, whatever was typed before."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from rnncourse.cells.networks import Network
from rnncourse.datasets import text
from rnncourse.explorers.reading import WINDOW, Reading
from rnncourse.explorers.unit_picker import LONGEST, UnitPicker
from rnncourse.plots import coloured_text as plot
from rnncourse.recording import record
from rnncourse.training import models

PAGE = "def f(x):\n    return [x, 'a']\n"


def made(cell="lstm", layers=2):
    torch.manual_seed(3)
    model = models.TextModel(97, 6, layers, cell, 5).double()
    torch.nn.init.normal_(model.embedding.weight, std=1.5)
    return model.eval()


def slopes(model, numbers, step, target):
    """‖∂ score / ∂ embedding of each letter‖ by torch."""
    x = model.embedding(torch.tensor(numbers)[:, None]).detach().requires_grad_()
    model.readout(model.recurrent(x)[0])[step, 0, target].backward()
    return x.grad[:, 0].norm(dim=-1).numpy()


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_reading_is_torchs_and_goes_on_where_two_texts_part(cell, layers):
    model, before = made(cell, layers), None
    for typed in (PAGE[:9], PAGE, PAGE[:12], PAGE[:12], "x" + PAGE, PAGE[:3] + "!" + PAGE[3:]):
        numbers = text.encode(typed)
        found = before = Reading.of(Network.of(model), numbers, before)
        with torch.no_grad():
            trace = record(model.recurrent, model.embedding(torch.tensor(numbers)[:, None]))
            scores = model(torch.tensor(numbers)[:, None])[0][:, 0].numpy()
        np.testing.assert_allclose(found.scores, scores, atol=1e-12)
        for layer in range(layers):
            for name, values in trace.at(layer).signals.items():
                np.testing.assert_allclose(found.signals[layer][name], values, atol=1e-12)
        for step in (0, len(numbers) // 2, len(numbers) - 1):
            theirs = slopes(model, numbers, step, 7)
            np.testing.assert_allclose(found.back(step, 7), theirs, atol=1e-12)
            assert (found.back(step, 7)[step + 1:] == 0).all()


def test_beyond_the_window_nothing_is_followed_and_within_it_the_slopes_are_exact():
    model, numbers = made(), text.encode((PAGE * 5)[:100])
    found, theirs = Reading.of(Network.of(model), numbers).back(90, 3), slopes(model, numbers, 90, 3)
    start = 91 - WINDOW
    np.testing.assert_allclose(found[start:], theirs[start:], atol=1e-12)
    assert (found[:start] == 0).all() and (theirs[:start] > 0).any()


def test_a_network_that_reads_both_ways_is_refused():
    with pytest.raises(ValueError, match="both directions"):
        Reading.of(Network.of(models.NameModel(20, 3, 4, 5, True)), [1, 2])


@pytest.fixture(scope="module")
def explorer():
    return UnitPicker(made(), typed=PAGE, unit=2)


@pytest.fixture(autouse=True)
def again(explorer):
    explorer.reset()


def test_what_it_shows_is_the_units_signal_and_the_likeliest_next(explorer):
    found, reading = explorer.numbers, Reading.of(explorer.model, text.encode(PAGE))
    np.testing.assert_array_equal(found.values, reading.signals[0]["c"][:, 0, 2])
    explorer.layer, explorer.signal, explorer.unit = "upper", "f: forget gate", 5
    np.testing.assert_array_equal(explorer.numbers.values, reading.signals[1]["f"][:, 0, 5])
    order = np.argsort(-reading.scores, axis=1)[:, :5]
    assert found.guesses.tolist() == [[text.VOCABULARY[k] for k in row] for row in order]
    p = np.exp(reading.scores) / np.exp(reading.scores).sum(1, keepdims=True)
    np.testing.assert_allclose(found.shares, np.take_along_axis(p, order, 1), atol=1e-12)
    explorer.letter = 4
    np.testing.assert_allclose(explorer.numbers.back, slopes(made(), text.encode(PAGE), 3, order[3, 0]), atol=1e-12)


def test_the_key_of_a_gate_begins_at_0_and_that_of_a_state_at_minus_its_reach(explorer):
    scene = plot.ColouredTextScene(Figure())
    for signal, lowest in (("f: forget gate", 0.0), ("c: cell state", -1.0), ("o: output gate", 0.0)):
        explorer.signal = signal
        found = explorer.numbers
        scene.update(found)
        assert scene.key.get_array()[0, 0] == lowest and scene.key.get_array()[0, -1] == 1
        assert scene.low.get_text() == ("0.0" if lowest == 0 else f"−{found.reach:.1f}")


def test_one_letter_is_one_letter(explorer):
    explorer.controls["typed"].value = "a"
    assert "over 1 letter:" in explorer.words
    explorer.controls["typed"].value = PAGE


def test_the_words_name_ends_letter_guess_and_half(explorer):
    explorer.letter = 10
    found = explorer.numbers
    low, high = found.values.argmin(), found.values.argmax()
    assert f"from {found.values[low]:.2f}".replace("-", "−") + f" after letter {low + 1}," in explorer.words
    assert f"to {found.values[high]:.2f}".replace("-", "−") + f" after letter {high + 1}," in explorer.words
    assert "After letter 10, “⏎”, the model says" in explorer.words and "(“␣” came)" in explorer.words
    half = next(n for n in range(1, 11) if found.back[10 - n:10].sum() >= found.back.sum() / 2)
    assert f"lies in the last {half} letter" in explorer.words
    explorer.letter = len(PAGE)
    assert "came)" not in explorer.words
    assert repr(explorer).endswith(f"unit=2, letter={len(PAGE)})")


def test_typing_moves_the_slider_of_letters_and_draws_once(explorer, monkeypatch):
    drawn = []
    monkeypatch.setattr(explorer, "_draw", lambda numbers: drawn.append(numbers))
    explorer.letter = len(PAGE)
    explorer.controls["typed"].value = "ab\ncd"
    assert explorer.typed == "ab⏎cd" and explorer.controls["letter"].max == 5 == explorer.letter
    assert drawn[-1].text == "ab\ncd" and drawn[-1].at == 4
    explorer.controls["typed"].value = "a"
    assert drawn[-1].at == 0 and len(drawn[-1].values) == 1


@pytest.mark.parametrize(("typed", "says"), [
    ("", "text is empty"), ("naïve", "“ï” .at place 3"), ("a\tb", "a tab .at")])
def test_what_cannot_be_read_is_answered_and_the_last_picture_stays(explorer, typed, says):
    before = explorer.picture.png, explorer.words
    explorer.controls["typed"].value = typed
    assert explorer.picture.problem and explorer.error is None
    assert (explorer.picture.png, explorer.words) == before
    with pytest.raises(ValueError, match=says):
        UnitPicker(explorer.model, typed=typed)
    explorer.controls["typed"].value = PAGE
    assert explorer.picture.problem == ""


def test_a_vocabulary_of_another_size_is_refused_and_the_longest_text_fits():
    with pytest.raises(ValueError, match="97 symbols apart and the vocabulary has 3"):
        UnitPicker(made(), "abc")
    assert len(plot.broken("x\n" * (LONGEST // 2), plot.COLUMNS, plot.LINES)) <= plot.LINES
    with pytest.raises(Exception, match=f"expected at most {LONGEST}"):
        UnitPicker(made(), typed="x" * (LONGEST + 1))


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_other_cells_offer_their_own_signals(cell):
    explorer = UnitPicker(made(cell, 3), typed="ab")
    assert explorer.controls["signal"].options[0].startswith("h") and explorer.controls["layer"].options[2] == "3."
    assert len(explorer.controls["signal"].options) == {"gru": 4, "rnn": 1}[cell]


# -- the drawing --------------------------------------------------------------------------------------
def test_lines_break_at_newlines_where_these_fit_and_else_where_a_line_is_full():
    assert plot.broken("ab\ncd", 10, 4) == [(0, 3), (3, 5)]
    assert plot.broken("abcdefg", 3, 4) == [(0, 3), (3, 6), (6, 7)]
    assert plot.broken("a\nb\nc", 3, 2) == [(0, 3), (3, 5)]
    assert plot.broken("", 3, 2) == []


def sheet_of(found, width=200, height=160, dpi=84, lines=2):
    ax = Figure(figsize=(width / dpi, height / dpi), dpi=dpi).add_axes((0, 0, 1, 1))
    sheet = plot.Sheet(ax, 10, lines, plot.BAR + plot.LETTER + 5 * plot.GUESS + plot.GAP)
    sheet.take(found)
    return sheet.picture(width, height, dpi)


def colouring(**other):
    rng = np.random.default_rng(0)
    return plot.ColouredText(**{"text": "ab c", "values": np.array([-1.0, 0, 0.5, 1]), "reach": 1.0, "at": 1,
                                "guesses": rng.choice(list("xyz"), (4, 5)), "shares": rng.random((4, 5)),
                                "back": np.array([0.5, 1, 0, 0])} | other)


def test_colours_follow_the_values_bars_the_slopes_and_shades_the_shares():
    picture, row = sheet_of(colouring()).astype(int), 80 / 8.2
    corner = picture[round(plot.BAR * row) + 1, [2, 22, 42, 62], :3]      # a corner of each cell; one is framed
    assert corner[0, 2] > corner[0, 0] + 50 and corner[3, 0] > corner[3, 2] + 50 and (corner[1] < 60).all()
    bars = picture[:round(plot.BAR * row) - 1, [10, 30, 50, 70], 0] < 200
    assert bars[:, 0].sum() < bars[:, 1].sum() and bars[:, 2:].sum() <= 2
    sure, unsure = (sheet_of(colouring(shares=np.full((4, 5), p)))[round(4 * row), :80].max(0) for p in (1, 0))
    assert (sure[:3] < unsure[:3] - 30).all()


def test_the_kept_guesses_are_those_of_the_text_that_is_shown():
    ax = Figure(figsize=(3, 3), dpi=84).add_axes((0, 0, 1, 1))
    sheet = plot.Sheet(ax, 10, 2, 8.2)
    for found in (colouring(), colouring(guesses=np.full((4, 5), "w")), colouring(shares=np.ones((4, 5))),
                  colouring(text="a\nbc")):
        sheet.take(found)
        fresh = plot.Sheet(ax, 10, 2, 8.2)
        fresh.take(found)
        assert (sheet.picture(200, 160, 84) == fresh.picture(200, 160, 84)).all()


def test_without_guesses_and_bars_the_letters_stand_alone():
    ax = plot.coloured_text(Figure().subplots(), colouring(guesses=None, shares=None, back=None, at=None), columns=10)
    ax.figure.canvas.draw()
    assert not ax.axison
