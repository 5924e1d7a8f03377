"""The solutions of chapter 08's exercises against torch and scikit-learn, on every input of their checks."""

import numpy as np
import pytest
import torch
from exercise_checks import Oracles, exercises
from sklearn.metrics import confusion_matrix, top_k_accuracy_score
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from rnncourse.exercises import names as ex

oracles = Oracles()


@pytest.mark.parametrize("exercise", exercises(ex), ids=lambda e: e.name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-12)


@oracles.of(ex.pad)
def _(names):
    return pad_sequence([torch.tensor(name) for name in names]).numpy(), np.array(list(map(len, names)))


@oracles.of(ex.joined_classifier)
def _(W_ih, b_h, W_io, b_o, x):
    i2h, i2o = (torch.nn.Linear(*W.shape).double() for W in (W_ih, W_io))
    for layer, W, b in ((i2h, W_ih, b_h), (i2o, W_io, b_o)):
        layer.load_state_dict({"weight": torch.tensor(W.T), "bias": torch.tensor(b)})
    rows = []
    with torch.no_grad():
        for name in torch.tensor(x).unbind(1):           # one name at a time, as the tutorial does
            h = torch.zeros(1, len(b_h), dtype=torch.float64)
            for x_t in name:
                joined = torch.cat([x_t[None], h], dim=1)
                h, out = i2h(joined), torch.nn.LogSoftmax(dim=1)(i2o(joined))
            rows.append(out[0].numpy())
    return np.array(rows)


def test_a_row_of_log_probabilities_adds_up_to_1():
    for case in ex.joined_classifier.cases():
        assert np.exp(ex.joined_classifier.reference(**case)).sum(1) == pytest.approx(1)


@oracles.of(ex.last_states)
def _(out, lengths):
    rows = [np.concatenate([name[:n][-1, :H], name[:n][0, H:]])
            for name, n, H in zip(out.swapaxes(0, 1), lengths, [out.shape[2] // 2] * len(lengths), strict=True)]
    return np.array(rows)


def test_the_last_states_are_those_that_torch_hands_out():
    """A packed layer of both directions: h_n is what our solution picks from its outputs."""
    torch.manual_seed(0)
    layer, lengths = torch.nn.LSTM(3, 4, bidirectional=True).double(), np.array([2, 5, 1, 5])
    packed = pack_padded_sequence(torch.randn(5, 4, 3).double(), torch.tensor(lengths), enforce_sorted=False)
    with torch.no_grad():
        out, (h_n, _) = layer(packed)
    ours = ex.last_states.reference(pad_packed_sequence(out)[0].numpy(), lengths)
    assert np.abs(ours - np.concatenate([h_n[0], h_n[1]], axis=1)).max() == 0


@oracles.of(ex.top_k_accuracy)
def _(scores, labels, k):
    if k == scores.shape[1]:
        return 1.0                                       # scikit-learn warns there, and says 1
    if scores.shape[1] == 2:
        raise AssertionError("scikit-learn wants other shapes for two classes")
    return top_k_accuracy_score(labels, scores, k=k, labels=range(scores.shape[1]))


@oracles.of(ex.confusion)
def _(labels, guesses, classes):
    return confusion_matrix(labels, guesses, labels=range(classes))


def _counted_at_once(labels, guesses, classes):
    table = np.zeros((classes, classes))                 # real numbers, and each pair once at most: the second matters
    table[labels, guesses] += 1
    return table


def _a_whole_batch_each(out, lengths):
    H = out.shape[2] // 2
    return np.concatenate([out[lengths - 1, :, :H], out[0, :, H:]], axis=1)


def _argsort_for_ranks(scores, labels, k):
    return float((np.argsort(-scores, axis=1)[np.arange(len(labels)), labels] < k).mean())


@pytest.mark.parametrize(("exercise", "answer", "says"), [
    (ex.confusion, _counted_at_once, "Every pair is counted once at most"),
    (ex.last_states, _a_whole_batch_each, "takes a whole batch for each name"),
    (ex.top_k_accuracy, _argsort_for_ranks, "`np.argsort` does not give ranks")])
def test_a_likely_slip_is_named(exercise, answer, says):
    assert says in " ".join(str(exercise.check(answer)).split())
