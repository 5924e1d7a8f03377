"""Whole networks in NumPy give what torch gives: each cell, layers, directions, embedding, state carried on."""

import numpy as np
import pytest
import torch

from rnncourse.cells.networks import Network
from rnncourse.recording import params_from_torch

CELLS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


class Model(torch.nn.Module):
    """What training.models make: embedding, recurrent, readout."""

    def __init__(self, cell, layers=1, both=False, symbols=7, classes=5, **options):
        super().__init__()
        self.embedding = torch.nn.Embedding(symbols, 4) if symbols else None
        self.recurrent = CELLS[cell](4, 6, layers, bidirectional=both, **options)
        self.readout = torch.nn.Linear(12 if both else 6, classes)


def made(cell, seed=0, **options):
    torch.manual_seed(seed)
    return Model(cell, **options).double()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_it_gives_what_torch_gives_and_carries_its_state(cell, layers):
    model = made(cell, layers=layers)
    x = np.random.default_rng(1).integers(0, 7, (9, 3))
    with torch.no_grad():
        theirs = model.readout(model.recurrent(model.embedding(torch.from_numpy(x)))[0]).numpy()
    network = Network.of(model)
    h, after = network.run(x)
    np.testing.assert_allclose(network.predict(h), theirs, atol=1e-12)
    first, state = network.run(x[:4])
    rest, end = network.run(x[4:], state)
    np.testing.assert_allclose(np.concatenate([first, rest]), h, atol=1e-14)
    np.testing.assert_allclose(np.concatenate([s for layer in end for s in layer]),
                               np.concatenate([s for layer in after for s in layer]), atol=1e-14)


@pytest.mark.parametrize("cell", CELLS)
def test_its_params_are_those_of_recording(cell):
    model = made(cell, layers=2, both=True)
    network = Network.of(model)
    assert network.cell == cell and len(network.layers) == 2
    for layer in (0, 1):
        for direction in ("forward", "backward"):
            for name, value in params_from_torch(model.recurrent, layer, direction).items():
                assert (network.layers[layer][direction][name] == value).all(), (layer, direction, name)


def test_both_directions_by_hand_are_torchs():
    model = made("lstm", both=True)
    network, x = Network.of(model), np.array([[3], [1], [4]])
    inputs = network.inputs(x)
    there = network.trace(inputs).h
    back = network.trace(inputs[::-1], direction="backward").h[::-1]
    with torch.no_grad():
        theirs = model.recurrent(model.embedding(torch.from_numpy(x)))[0].numpy()
    np.testing.assert_allclose(np.concatenate([there, back], -1), theirs, atol=1e-14)
    with pytest.raises(ValueError, match="both directions"):
        network.run(x)


def test_without_embedding_and_without_bias():
    model = made("gru", symbols=0, bias=False)
    x = np.random.default_rng(0).normal(size=(5, 2, 4))
    with torch.no_grad():
        theirs = model.recurrent(torch.from_numpy(x))[0].numpy()
    np.testing.assert_allclose(Network.of(model).run(x)[0], theirs, atol=1e-14)


def test_the_model_is_left_as_it_was_and_the_copy_is_its_own():
    model = made("lstm")
    network = Network.of(model)
    before = network.run(np.zeros((3, 1), int))[0]
    assert Network.of(network) is network and model.readout.weight.requires_grad
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2)
    assert (network.run(np.zeros((3, 1), int))[0] == before).all()


def test_it_says_what_it_is_and_what_is_wrong():
    assert repr(Network.of(made("lstm", layers=2))) == "Network: 7 symbols -> 2 × lstm of 6 units -> 5 scores"
    assert "numbers -> 1 × gru of 6 units in both directions" in repr(Network.of(made("gru", symbols=0, both=True)))
    with pytest.raises(TypeError, match="the model is dict; expected a Network"):
        Network.of({})
    with pytest.raises(ValueError, match="lack readout.bias, readout.weight, recurrent.weight_hh_l0, rec.*there are a"):
        Network.from_tensors({"a": np.zeros(3)})
    tensors = {name: value.numpy() for name, value in made("lstm").state_dict().items()}
    with pytest.raises(ValueError, match=r"weight_hh_l0 is \(23, 6\); expected \(H, H\), \(3H, H\)"):
        Network.from_tensors(tensors | {"recurrent.weight_hh_l0": np.zeros((23, 6))})
    network = Network.of(made("lstm"))
    with pytest.raises(ValueError, match="x runs from 0 to 7; expected 0 to 6"):
        network.run(np.array([[0], [7]]))
    with pytest.raises(ValueError, match=r"float64 of shape \(2, 1\); expected the numbers of symbols"):
        network.run(np.zeros((2, 1)))
