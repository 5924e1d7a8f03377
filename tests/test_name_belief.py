"""The belief under the explorer of chapter 08 is the model's own on each beginning of the name, in both directions."""

import numpy as np
import pytest
import torch

from rnncourse.datasets import names
from rnncourse.explorers.name_belief import FORWARD, NameBelief, beliefs
from rnncourse.training import models

NAMES = names.load()
K = len(NAMES.languages)


def made(both=True, cell="lstm"):
    torch.manual_seed(1)
    model = models.NameModel(NAMES.symbols, K, 8, 12, both, cell).double()
    torch.nn.init.normal_(model.recurrent.weight_ih_l0, std=0.7)
    return model.eval()


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_belief_is_torchs_on_each_beginning(both, cell):
    model, name = made(both, cell), "O'Sullivan"
    x, lengths = NAMES.padded([name[:end] for end in range(1, len(name) + 1)])
    with torch.no_grad():
        theirs = model(torch.from_numpy(x), torch.from_numpy(lengths)).softmax(-1).numpy()
    found = beliefs(model, NAMES.encode(name))
    np.testing.assert_allclose(found.both[1:], theirs, atol=1e-12)
    bias = model.readout.bias.detach().softmax(-1).numpy()
    np.testing.assert_allclose(found.both[0], bias, atol=1e-12)
    assert (found.backward == 0).all() != both and (both or (found.both == found.left_to_right).all())


def test_the_left_to_right_part_knows_nothing_of_what_comes_later():
    model = made()
    one, other = (beliefs(model, NAMES.encode(name)) for name in ("Rossi", "Rossmann"))
    np.testing.assert_allclose(one.forward[:5], other.forward[:5], atol=1e-14)
    assert np.abs(one.forward[5] - other.forward[5]).max() > 1e-3
    np.testing.assert_allclose(one.both[:5], other.both[:5], atol=1e-14)    # a beginning is read as a whole name


def test_a_name_of_one_letter_is_read():
    assert beliefs(made(), NAMES.encode("O")).both.shape == (2, K)
    explorer = NameBelief(made(), NAMES, name="O")
    assert explorer.letters == 1 and "“o” (1 of 1 letter)" in explorer.words
    explorer.letters = 0
    assert "Before the first letter" in explorer.words


@pytest.fixture(scope="module")
def explorer():
    return NameBelief(made(), NAMES, name="Rossi")


@pytest.fixture(autouse=True)
def again(explorer):
    explorer.reset()


def test_typing_reads_the_name_to_its_end_in_one_picture(explorer, monkeypatch):
    drawn = []
    monkeypatch.setattr(explorer, "_draw", lambda numbers: drawn.append(numbers))
    explorer.controls["name"].value = "Bianchi"
    assert explorer.letters == 7 and explorer.controls["letters"].max == 7 and len(drawn) == 1 and drawn[0].at == 7
    explorer.controls["letters"].value = 3
    explorer.controls["name"].value = "Bianch"
    assert explorer.letters == 6 and len(drawn) == 3 and drawn[-1].at == 6
    explorer.reset()
    assert explorer.name == "Rossi" and explorer.letters == explorer.controls["letters"].max == 5


def test_what_it_shows_is_beliefs(explorer):
    found = beliefs(explorer.model, NAMES.encode("Rossi"))
    np.testing.assert_array_equal(explorer.numbers.belief, found.both)
    explorer.letters = 2
    np.testing.assert_array_equal(explorer.numbers.forward, found.forward[2])
    explorer.reading = FORWARD
    np.testing.assert_array_equal(explorer.numbers.belief, found.left_to_right)
    first = int(found.left_to_right[2].argmax())
    assert f"“ro” (2 of 5 letters), left to right alone: {NAMES.languages[first]}" in explorer.words


@pytest.mark.parametrize(("name", "says"), [
    ("Szőke", "“ő”, letter 3 of “Szőke”, is not in the model's alphabet. Try 'o' in its place"),
    ("Szo\u030bke", "“ő”, letter 3"), ("漢字", "“漢”, letter 1 of “漢字”.*Latin letters"), ("R2D2", "“2”, letter 2"),
    ("", "name is empty. Type at least one letter"), ("   ", "name is empty")])
def test_what_cannot_be_read_is_answered_and_the_last_picture_stays(explorer, name, says):
    before = explorer.picture.png, explorer.words, explorer.controls["letters"].max
    explorer.controls["name"].value = name
    with pytest.raises(ValueError, match=says):
        NameBelief(explorer.model, NAMES, name=name)
    assert explorer.picture.problem and explorer.error is None
    assert (explorer.picture.png, explorer.words, explorer.controls["letters"].max) == before
    explorer.controls["name"].value = "Rossi"
    assert explorer.picture.problem == "" and explorer.picture.png == before[0]


def test_since_when_the_first_one_leads_is_counted_in_letters(explorer):
    lead = explorer.numbers.belief.argmax(1)
    last = lead[-1]
    since = max((t for t in range(1, 6) if lead[t] != last), default=0) + 1
    assert f"leads from letter {since} on" in explorer.words
    explorer.letters = 0
    assert "leads" not in explorer.words and "Nothing has been read" in explorer.words


def test_the_words_fit_a_single_letter_a_single_direction_and_the_repr(explorer):
    explorer.reading = FORWARD
    assert "from the right" not in explorer.words and np.isnan(explorer.numbers.backward).all()
    explorer.name = "O"
    assert "(1 of 1 letter)" in explorer.words and "letters=1," in repr(explorer)


def test_a_model_of_other_classes_or_more_layers_is_refused():
    with pytest.raises(ValueError, match="tells 3 classes apart and there are 20 languages"):
        NameBelief(models.NameModel(NAMES.symbols, 3), NAMES)
    with pytest.raises(ValueError, match=r"2 layer\(s\)"):
        beliefs(models.TextModel(20, 8, 2), NAMES.encode("abc"))
    with pytest.raises(ValueError, match=r"numbers are \(0,\)"):
        beliefs(made(), np.zeros(0, int))
