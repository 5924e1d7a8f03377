"""The shipped architectures: what the NumPy cells compute, a row alone as in the batch, recordable, made again."""

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse import recording, training
from rnncourse.cells import gru, lstm, rnn
from rnncourse.training import models

CELLS = {"lstm": lstm, "gru": gru, "rnn": rnn}
each_cell = pytest.mark.parametrize("cell", CELLS)


def double(make, seed=0):
    return training.seeded(seed, make).double()


def text(cell="lstm"):
    return double(lambda: models.TextModel(11, 5, 2, cell, embedding_size=4))


def names(both=True, cell="lstm"):
    return double(lambda: models.NameModel(9, 4, 3, 5, both, cell))


def readout(layer, h):
    return h @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()


def numpy_layers(module, cell, x):
    for layer in range(module.num_layers):
        x = CELLS[cell].forward(recording.params_from_torch(module, layer), x)["h"]
    return x


def ints(high, shape, seed=0, low=0):
    return np.random.default_rng(seed).integers(low, high, shape)


# -- text -------------------------------------------------------------------------------------------
@each_cell
def test_the_text_model_is_what_the_cells_compute(cell):
    model, x = text(cell), ints(11, (6, 3))
    logits, _ = model(torch.from_numpy(x))
    h = numpy_layers(model.recurrent, cell, model.embedding.weight.detach().numpy()[x])
    np.testing.assert_allclose(logits.detach(), readout(model.readout, h), rtol=0, atol=1e-12)
    assert logits.shape == (6, 3, 11)


@each_cell
def test_one_run_is_two_runs_with_the_state_carried(cell):
    model, x = text(cell), torch.from_numpy(ints(11, (7, 2)))
    whole, last = model(x)
    first, state = model(x[:3])
    second, end = model(x[3:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole, rtol=0, atol=1e-14)
    for a, b in zip(last if cell == "lstm" else (last,), end if cell == "lstm" else (end,), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-14)
    forgetful, _ = model(x[3:])
    assert (forgetful - second).abs().max() > 1e-4


@each_cell
def test_its_recurrent_layers_can_be_recorded(cell):
    model, x = text(cell), torch.from_numpy(ints(11, (6, 3)))
    trace = recording.record(model.recurrent, model.embedding(x))
    np.testing.assert_allclose(readout(model.readout, trace.at(1)["h"]), model(x)[0].detach(), rtol=0, atol=1e-12)


def test_the_text_model_is_causal():
    model, x = text(), torch.from_numpy(ints(11, (6, 1)))
    changed = x.clone()
    changed[4] = (x[4] + 1) % 11
    gap = (model(x)[0] - model(changed)[0]).abs().amax(dim=(1, 2))
    assert (gap[:4] == 0).all() and (gap[4:] > 0).all()


def test_the_text_model_fits_where_it_ships():
    count = sum(p.numel() for p in models.TextModel().parameters())
    assert 4 * count < 2e6


# -- forecast ---------------------------------------------------------------------------------------
@each_cell
def test_the_forecast_reads_its_last_h(cell):
    model = double(lambda: models.ForecastModel(3, 5, 2, cell))
    x = np.random.default_rng(0).normal(size=(6, 4, 3))
    h = numpy_layers(model.recurrent, cell, x)
    np.testing.assert_allclose(model(torch.from_numpy(x)).detach(), readout(model.readout, h[-1]), rtol=0, atol=1e-12)


# -- names ------------------------------------------------------------------------------------------
LENGTHS = [3, 7, 1, 5]


def padded(padding=0):
    x = ints(9, (7, 4), low=1)
    x[np.arange(7)[:, None] >= np.array(LENGTHS)] = padding
    return torch.from_numpy(x), torch.tensor(LENGTHS)


both_ways = pytest.mark.parametrize("both", [True, False])


@each_cell
@both_ways
def test_a_name_alone_is_the_name_in_the_batch(cell, both):
    model, (x, lengths) = names(both, cell), padded()
    together = model(x, lengths)
    assert together.shape == (4, 4)
    for b, length in enumerate(LENGTHS):
        alone = model(x[:length, b:b + 1], lengths[b:b + 1])
        torch.testing.assert_close(alone[0], together[b], rtol=0, atol=1e-14)


@both_ways
def test_padding_has_no_effect(both):
    model, (x, lengths) = names(both), padded()
    torch.testing.assert_close(model(*padded(padding=8)), model(x, lengths), rtol=0, atol=0)
    longer = torch.cat([x, torch.zeros(5, 4, dtype=torch.int64)])
    torch.testing.assert_close(model(longer, lengths), model(x, lengths), rtol=0, atol=0)


def by_hand(model, x, lengths, backward_end="first letter"):
    """Each name by the NumPy cells, forward and reversed within its own length; the two last h joined."""
    rows, params = [], [recording.params_from_torch(model.recurrent, 0, d) for d in ("forward", "backward")]
    for b, length in enumerate(lengths):
        letters = model.embedding.weight.detach().numpy()[x[:length, b:b + 1]]
        forward, backward = (lstm.forward(p, e)["h"] for p, e in zip(params, (letters, letters[::-1]), strict=True))
        rows.append(np.concatenate([forward[-1, 0], backward[-1 if backward_end == "first letter" else 0, 0]]))
    return readout(model.readout, np.array(rows))


def test_the_backward_direction_starts_at_each_names_own_end():
    model, (x, lengths) = names(), padded()
    found = model(x, lengths).detach().numpy()
    np.testing.assert_allclose(found, by_hand(model, x.numpy(), LENGTHS), rtol=0, atol=1e-12)


def test_a_planted_reading_at_the_wrong_end_is_caught():
    """The usual mistake, out[-1] of the padded output: the backward direction has read one letter, or padding."""
    model, (x, lengths) = names(), padded()

    def planted(x, lengths):
        out, _ = model.recurrent(model.embedding(x))
        return model.readout(out[-1])
    right = by_hand(model, x.numpy(), LENGTHS)
    assert np.abs(planted(x, lengths).detach().numpy() - right).max(axis=1).min() > 1e-3
    at_the_end = by_hand(model, x.numpy(), LENGTHS, backward_end="last letter")
    differs = np.abs(at_the_end - right).max(axis=1) > 1e-3
    assert differs.tolist() == [length > 1 for length in LENGTHS]


def test_padding_is_never_learnt():
    model, (x, lengths) = training.seeded(0, lambda: models.NameModel(9, 4)), padded()
    assert (model.embedding.weight[0] == 0).all()
    training.fit(model, [(x, lengths, torch.arange(4))], training.cross_entropy, epochs=3, progress=False)
    assert (model.embedding.weight[0] == 0).all()


def test_both_directions_can_be_recorded():
    model, (x, lengths) = names(), padded()
    trace = recording.record(model.recurrent, model.embedding(x), lengths=LENGTHS)
    last = np.concatenate([trace.at(0, "forward").last("h"), trace.at(0, "backward").last("h")], axis=-1)
    np.testing.assert_allclose(readout(model.readout, last), model(x, lengths).detach(), rtol=0, atol=1e-12)


# -- made again, and refusals -----------------------------------------------------------------------
@pytest.mark.parametrize("model", [models.TextModel(5, 4, 1, "rnn"), models.ForecastModel(3, 4, 7, "gru"),
                                   models.NameModel(9, 4, both=False), models.NameModel(9, 4, both=True)])
def test_a_model_is_made_again_from_its_metadata(model):
    again = models.build(model.metadata())
    assert {n: v.shape for n, v in again.state_dict().items()} == {n: v.shape for n, v in model.state_dict().items()}
    assert str(again) == str(model) and again.metadata() == model.metadata()


@pytest.mark.parametrize("ask, message", [
    (lambda: models.TextModel(cell="transformer"), "no cell 'transformer'; choose one of lstm, gru, rnn"),
    (lambda: models.TextModel(hidden_size=0), "hidden_size is 0; expected a whole number from 1"),
    (lambda: models.ForecastModel(2.0), "features is 2.0; expected a whole number"),
    (lambda: models.TextModel(layers=65), "layers is 65; expected a whole number from 1 to 64"),
    (lambda: models.NameModel(9, 4, both="yes"), "both is 'yes'; expected True or False"),
    (lambda: models.build({"kind": "TextModel", "wings": 2}), "a TextModel cannot be made from {'wings': 2}"),
    (lambda: models.build({}), "no model of kind None; there are TextModel, ForecastModel, StepModel, NameModel"),
    (lambda: text()(torch.zeros(3, dtype=torch.int64)), r"x is int64 \(3,\); expected whole numbers \(T, B\)"),
    (lambda: text()(torch.zeros(3, 2)), r"x is float32 \(3, 2\); expected whole numbers"),
    (lambda: text()(torch.full((3, 2), 11)), "x runs from 11 to 11; expected 0 to 10"),
    (lambda: models.ForecastModel(3)(torch.zeros(5, 2, 4)), r"x is \(5, 2, 4\); expected \(T, B, D\) with D = 3"),
    (lambda: names()(padded()[0], torch.tensor([3, 8, 1, 5])), r"lengths are \[3, 8, 1, 5\]; expected \(4,\) whole"),
    (lambda: names()(padded()[0], torch.tensor([0, 7, 1, 5])), r"from 1 to 7, the letters in each row"),
    (lambda: names()(padded()[0], torch.tensor([3, 7, 1])), r"lengths are \[3, 7, 1\]"),
    (lambda: training.cross_entropy(torch.zeros(3, 4), torch.zeros(4, dtype=torch.int64)), r"logits are \(3, 4\)"),
])
def test_bad_input_says_what_came(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()


def test_cross_entropy_is_that_of_the_numpy_losses():
    from rnncourse.losses import softmax_cross_entropy

    logits, target = np.random.default_rng(0).normal(size=(5, 3, 7)), ints(7, (5, 3))
    found = training.cross_entropy(torch.from_numpy(logits), torch.from_numpy(target)).item()
    assert found == pytest.approx(softmax_cross_entropy(logits, target)[0], abs=1e-14)
    assert isinstance(models.TextModel(5, 4, cell="gru").recurrent, nn.GRU)


# -- an answer at each step -------------------------------------------------------------------------------
@each_cell
def test_the_step_model_is_what_the_cells_compute(cell):
    model = double(lambda: models.StepModel(3, 2, 5, cell))
    x = np.random.default_rng(0).normal(size=(6, 4, 3))
    h = numpy_layers(model.recurrent, cell, x)
    y = model(torch.from_numpy(x))
    np.testing.assert_allclose(y.detach(), readout(model.readout, h), rtol=0, atol=1e-12)
    assert y.shape == (6, 4, 2)
    again = models.build(model.metadata()).double()
    again.load_state_dict(model.state_dict())
    assert torch.equal(again(torch.from_numpy(x)), y)
    with pytest.raises(ValueError, match=r"x is \(6, 4\); expected \(T, B, D\) with D = 3"):
        model(torch.zeros(6, 4))
