"""Attribution: values are torch's and captum's, sums come out, bad input is named, the model stays as it was."""

import copy

import explain_checks
import numpy as np
import pytest
import torch
from torch import nn

from rnncourse.cells.networks import Network
from rnncourse.explain import attribution, model
from rnncourse.explain.model import Explained
from rnncourse.training import models

LAB = explain_checks.Lab()


@pytest.mark.parametrize("check", explain_checks.ATTRIBUTION, ids=lambda check: check.__name__)
def test(check):
    check(LAB)


# -- texts ---------------------------------------------------------------------------------------------------
@pytest.fixture
def classifier():
    torch.manual_seed(0)
    return models.NameModel(20, 4, 5, 7)


@pytest.fixture
def texts():
    rng = np.random.default_rng(0)
    return rng.integers(1, 20, size=(6, 3)), np.array([6, 2, 4])


def test_numbers_of_tokens_are_explained_through_their_embedding(classifier, texts):
    x, lengths = texts
    net = Explained.of(classifier)
    embedded = net.embedding[x]
    assert np.array_equal(net.scores(x, lengths), net.scores(embedded, lengths))
    by_number = attribution.integrated_gradients(net, x, 1, lengths)
    assert by_number.values.shape == (6, 3, 5)
    assert np.array_equal(by_number.values, attribution.integrated_gradients(net, embedded, 1, lengths).values)


def test_padding_may_hold_any_number(classifier, texts):
    x, lengths = texts
    wild = np.where(np.arange(6)[:, None] < lengths, x, -99)
    net = Explained.of(classifier)
    assert np.array_equal(net.scores(x, lengths), net.scores(wild, lengths))


def test_tensors_serve_as_arrays(classifier, texts):
    x, lengths = texts
    net = Explained.of(classifier)
    found = attribution.occlusion(net, torch.as_tensor(x), torch.tensor([1, 0, 3]), torch.as_tensor(lengths))
    assert np.array_equal(found.values, attribution.occlusion(net, x, [1, 0, 3], lengths).values)


def test_many_rows_in_pieces_are_the_same(classifier, texts, monkeypatch):
    x, lengths = texts
    net = Explained.of(classifier)
    whole = [method(net, x, 2, lengths).values for method in (attribution.integrated_gradients, attribution.occlusion)]
    monkeypatch.setattr(attribution, "AT_ONCE", 100)
    for method, values in zip((attribution.integrated_gradients, attribution.occlusion), whole, strict=True):
        np.testing.assert_allclose(method(net, x, 2, lengths).values, values, atol=1e-15)


# -- models ------------------------------------------------------------------------------------------------------
def test_the_model_is_left_as_found(classifier, texts):
    x, lengths = texts
    classifier.train()
    before, random = copy.deepcopy(classifier.state_dict()), torch.random.get_rng_state()
    net = Explained.of(classifier)
    attribution.integrated_gradients(net, x, 1, lengths)
    assert classifier.training and torch.equal(torch.random.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in classifier.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in classifier.parameters())
    with torch.no_grad():
        classifier.readout.bias += 1
    assert np.array_equal(net.b_y, before["readout.bias"].double().numpy())    # a copy
    with pytest.raises(ValueError, match="read-only"):
        net.W_hy[:] = 0


class Own(nn.Module):
    """A user's classifier, batch first, with names of its own and a dropout."""

    def __init__(self, extra=None):
        super().__init__()
        self.words, self.drop = nn.Embedding(12, 4), nn.Dropout(0.5)
        self.lstm, self.out = nn.LSTM(4, 6, num_layers=2, dropout=0.3, batch_first=True), nn.Linear(6, 2)
        self.extra = extra or nn.Identity()

    def forward(self, x):
        h, _ = self.lstm(self.drop(self.words(x)))
        return self.out(self.extra(h)[:, -1])


def test_a_users_own_model_is_found_and_verified():
    own = Own().eval()
    x = torch.randint(12, (3, 5))
    net = Explained.of(own)
    assert net.verify(x.T, own(x)) < 1e-6
    again = Explained(own.lstm, own.out, own.words)
    assert np.array_equal(net.scores(x.T), again.scores(x.T))
    with pytest.raises(ValueError, match="differ from this network's by up to .* reads? h at each row's own last step"):
        net.verify(x.T, own.out(own.lstm(own.words(x))[0].mean(1)))
    with pytest.raises(ValueError, match=r"own scores are \(3, 1\); expected \(B, K\) = \(3, 2\)"):
        net.verify(x.T, own(x)[:, :1])


def test_networks_and_checkpoints_as_numbers(classifier, texts):
    x, lengths = texts
    assert np.array_equal(Explained.of(Network.of(classifier)).scores(x, lengths),
                          Explained.of(classifier).scores(x, lengths))
    from rnncourse.datasets import checkpoints
    shipped = checkpoints.load("lstm_weather")
    net, rng = Explained.of(shipped), np.random.default_rng(0)
    days = rng.normal(size=(9, 2, net.input_size))
    from rnncourse.cells import lstm
    assert np.array_equal(net.scores(days), shipped.predict(lstm.forward(shipped.params, days).h[-1]))


def test_a_read_out_without_bias_and_one_inside_a_sequential():
    recurrent, linear = nn.GRU(3, 4), nn.Linear(4, 2, bias=False)
    x = torch.randn(5, 2, 3)
    own = linear(recurrent(x)[0][-1])
    assert Explained(recurrent, linear).verify(x, own) < 1e-6
    assert Explained(recurrent, nn.Sequential(nn.Dropout(), linear)).verify(x, own) < 1e-6


def weight_norm(linear):
    return nn.utils.parametrizations.weight_norm(linear)


def test_a_weight_that_a_parametrization_computes_is_the_computed_one():
    recurrent, linear = nn.GRU(3, 4), weight_norm(nn.Linear(4, 2))
    x = torch.randn(5, 2, 3)
    assert Explained(recurrent, linear).verify(x, linear(recurrent(x)[0][-1])) < 1e-6


class Scaled(Own):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))


@pytest.mark.parametrize("make, message", [
    (lambda: Own(nn.LayerNorm(6)), r"cannot be explained exactly, for it also has 'extra' \(LayerNorm\)"),
    (lambda: Own(nn.ReLU()), r"'extra' \(ReLU\)"),
    (lambda: Own(nn.Linear(6, 6)), r"'extra' \(Linear\)"),
    (lambda: Own(nn.LSTM(6, 6)), r"'extra' \(LSTM\); expected one recurrent stack, one Linear"),
    (lambda: Scaled(), "has weights outside its layers: scale"),
    (lambda: nn.LSTM(3, 4), r"this is a torch.nn.LSTM alone; .* Try Explained\(recurrent, readout\)"),
    (lambda: nn.Sequential(nn.Linear(3, 4)), r"has no recurrent layer; it holds '0' \(Linear\)"),
])
def test_models_that_cannot_be_explained_are_told_which_layer(make, message):
    with pytest.raises(ValueError, match=message):
        Explained.of(make())


@pytest.mark.parametrize("make, error, message", [
    (lambda: Explained(nn.LSTM(3, 4), nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))), TypeError,
     r"readout is Sequential, which holds '0' \(Linear\), '1' \(ReLU\), '2' \(Linear\); only a linear read-out"),
    (lambda: Explained(nn.LSTM(3, 4), nn.Tanh()), TypeError, "readout is Tanh"),
    (lambda: Explained(nn.LSTM(3, 4, proj_size=2), nn.Linear(2, 2)), ValueError, "proj_size=2"),
    (lambda: Explained(nn.TransformerEncoderLayer(4, 2), nn.Linear(4, 2)), TypeError, "got TransformerEncoderLayer"),
    (lambda: Explained(nn.LSTMCell(3, 4), nn.Linear(4, 2)), TypeError, "runs one step"),
    (lambda: Explained(nn.LSTM(3, 4), nn.Linear(5, 2)), ValueError, "read-out reads 5 features and this LSTM gives 4"),
    (lambda: Explained(nn.LSTM(3, 4, bidirectional=True), nn.Linear(4, 2)), ValueError, "this LSTM gives 8"),
    (lambda: Explained(nn.LSTM(3, 4), nn.Linear(4, 2), nn.Embedding(9, 5)), ValueError, "embedding gives 5 features"),
    (lambda: Explained(nn.LSTM(3, 4), nn.Linear(4, 2), nn.EmbeddingBag(9, 3)), TypeError, "embedding is EmbeddingBag"),
    (lambda: Explained(nn.LSTM(3, 4), nn.Linear(4, 2), nn.Embedding(9, 3, max_norm=1.0)), ValueError, "max_norm=1.0"),
    (lambda: Explained(nn.LSTM(3, 4), nn.Linear(4, 2), state=np.zeros((1, 4))), ValueError, "expected h0 and c0"),
    (lambda: Explained(nn.GRU(3, 4), nn.Linear(4, 2), state=np.zeros((2, 4))), ValueError, r"h0 is \(2, 4\); expected"),
    (lambda: Explained.of("model.pt"), TypeError, "the model is str; expected a torch module"),
])
def test_parts_that_do_not_fit(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("name", ["recurrent.weight_hh_l0", "readout.weight", "embedding.weight"])
def test_weights_that_are_not_finite(classifier, name):
    with torch.no_grad():
        classifier.get_parameter(name)[1, 2] = torch.nan
    with pytest.raises(ValueError, match="holds NaN or infinity: 1 of .* did the training diverge"):
        Explained.of(classifier)


# -- bad input -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ask, message", [
    (lambda net, x, n: net.scores(np.where(x == x[3, 0], 20, x), n), r"token 20 \(row 0, step 3\) is outside the voca"),
    (lambda net, x, n: net.scores(x - 25, n), "is outside the vocabulary; expected 0 to 19"),
    (lambda net, x, n: net.scores(x[:0], n), "an empty text, or none"),
    (lambda net, x, n: net.scores(x[:, :0]), "an empty text, or none"),
    (lambda net, x, n: net.scores(x, [6, 0, 4]), "row 1 has length 0; .* Leave empty sequences out"),
    (lambda net, x, n: net.scores(x, [6, 7, 4]), "row 1 has length 7; expected 1 to T = 6"),
    (lambda net, x, n: net.scores(x, [6, 4]), r"lengths have shape \(2,\)"),
    (lambda net, x, n: net.scores(x[:, 0]), r"For one text, try x\[:, None\]"),
    (lambda net, x, n: net.scores(np.ones((6, 3, 4)), n), "x has 4 features; this network expects D = 5"),
    (lambda net, x, n: net.scores(np.full((6, 3, 5), np.inf), n), "x holds NaN or infinity"),
    (lambda net, x, n: attribution.gradient(net, x, 4, n), r"target is 4; this network has 4 score\(s\), so expe"),
    (lambda net, x, n: attribution.gradient(net, x, [0, -1, 1], n), "target is -1"),
    (lambda net, x, n: attribution.gradient(net, x, [0, 1], n), r"target is int64 of shape \(2,\); expected a whole"),
    (lambda net, x, n: attribution.gradient(net, x, 1.0, n), "target is float64"),
    (lambda net, x, n: attribution.integrated_gradients(net, x, 1, n, np.zeros(4)), r"baseline is float64 of"),
    (lambda net, x, n: attribution.integrated_gradients(net, x, 1, n, np.nan), "baseline holds NaN"),
    (lambda net, x, n: attribution.integrated_gradients(net, x, 1, n, nodes=0), "nodes is 0"),
    (lambda net, x, n: attribution.integrated_gradients(net, x, 1, n, nodes=2.5), "nodes is 2.5"),
    (lambda net, x, n: attribution.integrated_gradients(net, x, 1, n, rule="left"), "no rule 'left'; choose one"),
    (lambda net, x, n: attribution.integrated_gradients(net, x, 1, n, tolerance=0), "tolerance is 0; expected a"),
    (lambda net, x, n: attribution.occlusion(net, x, 1, n, each="word"), "each is 'word'; expected 'step'"),
    (lambda net, x, n: attribution.gradient(net, x, 1, n).row(3), "no row 3; this Attribution has rows 0 to 2"),
])
def test_bad_input_says_what_came(classifier, texts, ask, message):
    with pytest.raises((ValueError, IndexError), match=message):
        ask(Explained.of(classifier), *texts)


def test_words_are_no_numbers(classifier):
    with pytest.raises(TypeError, match="For words, encode them first"):
        Explained.of(classifier).scores(np.array([["good"], ["film"]]))


def test_numbers_need_an_embedding():
    net = Explained(nn.LSTM(3, 4), nn.Linear(4, 2))
    with pytest.raises(ValueError, match="this network has no embedding; expected features"):
        net.scores(np.zeros((5, 2), int))


# -- the result ------------------------------------------------------------------------------------------------------
def test_an_attribution_is_frozen_and_says_what_it_is(classifier, texts):
    x, lengths = texts
    found = attribution.integrated_gradients(Explained.of(classifier), x, [1, 0, 2], lengths)
    with pytest.raises(AttributeError):
        found.values = 0
    for name in ("values", "target", "scores", "lengths"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found, name)[:] = 0
    assert found.row(1).shape == (2,) and np.array_equal(found.row(1), found.tokens[:2, 1])
    assert np.array_equal(found.norms, np.linalg.norm(found.values, axis=-1))
    text = repr(found)
    assert "integrated gradients (20 nodes, gauss-legendre): 3 row(s) of 2 to 6 steps, values (6, 3, 5)" in text
    assert f"target 1, score {found.scores[0]:.4g}" in text and f"{found.tokens[0, 0]:+.3g}" in text
    assert "Σ values = F(x) − F(baseline): largest gap" in text
    assert "nothing must sum" in repr(attribution.gradient(Explained.of(classifier), x, 1, lengths))
    assert "equal where F is affine in x" in repr(attribution.occlusion(Explained.of(classifier), x, 1, lengths))


def test_a_network_says_what_it_is(classifier):
    assert repr(Explained.of(classifier)) == ("Explained: 20 tokens -> 5 features -> 1 × lstm of 7 units in both "
                                              "directions -> h of the last step -> 4 scores")
    assert "2 × rnn (relu) of 4 units" in repr(Explained(nn.RNN(3, 4, 2, nonlinearity="relu"), nn.Linear(4, 1)))


def test_a_trace_of_it_is_what_recording_gives(classifier, texts):
    from rnncourse.recording import record
    x, lengths = texts
    double = copy.deepcopy(classifier).double()
    theirs = record(double.recurrent, double.embedding(torch.as_tensor(x)), lengths)
    ours = Explained.of(double).trace(x, lengths)
    for direction in ("forward", "backward"):
        for name in "ifgoch":
            np.testing.assert_allclose(ours.at(0, direction)[name], theirs.at(0, direction)[name], atol=1e-14)
    assert model.turned("forward")(x, lengths) is x
