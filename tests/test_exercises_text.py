"""The solutions of chapter 06's exercises against torch and the library; answers as learners really give them."""

import math

import numpy as np
import pytest
import torch
from exercise_checks import Oracles, exercises, said

from rnncourse import losses
from rnncourse.datasets import text
from rnncourse.exercises import text as ex

oracles = Oracles()


@pytest.mark.parametrize("exercise", exercises(ex), ids=lambda e: e.name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-12)


@oracles.of(ex.bits_per_character)
def _(log_p, targets):
    nats = torch.nn.functional.nll_loss(torch.tensor(log_p).flatten(0, 1), torch.tensor(targets).flatten())
    assert losses.softmax_cross_entropy(log_p, targets, unit="bits")[0] == pytest.approx(nats.item() / np.log(2))
    return nats.item() / np.log(2)


@oracles.of(ex.column_batch)
def _(numbers, batch, steps, k):
    return list(text.Batches(numbers, batch, steps))[k]


def test_a_column_goes_on_in_the_next_batch():
    numbers = text.encode(text.short().parts["train"])[:200]
    pieces = [ex.column_batch.reference(numbers, 3, 11, k)[0] for k in range(6)]
    columns = np.concatenate(pieces).T
    assert all(np.array_equal(column, numbers[66 * b:66 * b + 66]) for b, column in enumerate(columns))


@oracles.of(ex.carried_bits)
def _(run, x, y, steps):
    log_p, state = [], None
    for x_t in x:                                            # the other way to cut: each character a piece
        one, state = run(x_t[None], state)
        log_p.append(one[0])
    return losses.softmax_cross_entropy(np.array(log_p), y, unit="bits")[0]


@oracles.of(ex.mixed_bits)
def _(p, q, weights):
    return [np.mean([math.log2(1 / (w * one + (1 - w) * other)) for one, other in zip(p, q, strict=True)])
            for w in weights]


@oracles.of(ex.nucleus)
def _(logits, temperature, p):
    rows = []
    for q in torch.softmax(torch.tensor(logits) / temperature, dim=-1):
        left, total = torch.zeros_like(q), 0.0
        for k in q.argsort(descending=True):                 # the likeliest first, until p is reached
            if total < p:
                left[k], total = q[k], total + q[k].item()
        rows.append((left / total).numpy())
    return np.array(rows)


# -- what learners write -------------------------------------------------------------------------------
def log_likelihood(log_p, targets):
    return np.array([log_p[t, b, targets[t, b]] for t, b in np.ndindex(targets.shape)])


def columns(numbers, batch, steps, k, order=None, length=None):
    L = length or (len(numbers) - 1) // batch
    x, y = (numbers[start:start + L * batch].reshape(batch, L) for start in (0, 1))
    if order is not None:
        x, y = (numbers[start:start + L * batch].reshape(L, batch).T for start in (0, 1))
    return x.T[k * steps:(k + 1) * steps], y.T[k * steps:(k + 1) * steps]


def pieces(run, x, y, steps, carry=True, divide=None):
    total, state = 0.0, None
    for start in range(0, len(x), steps):
        log_p, after = run(x[start:start + steps], state)
        state = after if carry else state
        total += log_likelihood(log_p, y[start:start + steps]).sum()
    return -total / np.log(2) / (divide or y.size)


def overlapping(run, x, y, steps):
    total, state = 0.0, None
    for start in range(len(x)):
        log_p, state = run(x[start:start + steps], state)
        total += log_likelihood(log_p, y[start:start + steps]).sum()
    return -total / np.log(2) / y.size


def mixed(p, q, weights):
    return np.array([-np.log2(w * p + (1 - w) * q).mean() for w in weights])


def softmax(a, axis=-1):
    return np.exp(a) / np.exp(a).sum(axis, keepdims=True)


def kept(q, p, cross=True, scale=True):
    out = np.zeros_like(q)
    for row, into in zip(q, out, strict=True):
        total = 0.0
        for k in np.argsort(row)[::-1]:
            if total >= p or (not cross and total + row[k] > p):
                break
            into[k], total = row[k], total + row[k]
    return out / out.sum(-1, keepdims=True) if scale else out


def scaled(a):
    return a / a.sum(-1, keepdims=True)


def down(q):
    return np.sort(q, -1)[:, ::-1]


def in_order(q, p):
    return np.where(np.cumsum(q, -1) - q < p, q, 0)


def undone_by(q, p, back):
    order = np.argsort(-q, -1)
    return scaled(np.take_along_axis(in_order(np.take_along_axis(q, order, -1), p), back(order), -1))


def one_threshold(q, p):
    large = down(q)
    return scaled(np.where(q >= np.where(np.cumsum(large, -1) - large < p, large, 1).min(), q, 0))


def top(q, n):
    return scaled(np.where(q >= down(q)[:, n - 1:n], q, 0))


@pytest.mark.parametrize("exercise, fn", [
    (ex.nucleus, lambda a, t, p: undone_by(softmax(a / t), p, lambda order: np.argsort(order, -1))),
    (ex.bits_per_character, lambda p, y: -np.log2(np.exp(log_likelihood(p, y))).mean()),
    (ex.column_batch, columns), (ex.carried_bits, pieces), (ex.mixed_bits, mixed),
    (ex.nucleus, lambda a, t, p: kept(softmax(a / t), p))])
def test_a_right_answer_by_another_way_is_correct(exercise, fn):
    assert exercise.check(fn).status == "correct"


@pytest.mark.parametrize("exercise, fn, words", [
    (ex.bits_per_character, lambda p, y: -log_likelihood(p, y).mean(), "these are nats"),
    (ex.bits_per_character, lambda p, y: -np.log2(log_likelihood(p, y)).mean(), "holds logarithms already"),
    (ex.bits_per_character, lambda p, y: -log_likelihood(p, y) / np.log(2), "shape"),
    (ex.bits_per_character, lambda p, y: -np.take_along_axis(p, y[..., None], -1) / np.log(2), "the mean over all"),
    (ex.bits_per_character, lambda p, y: -np.log2(p).mean(), "holds logarithms already"),
    (ex.bits_per_character, lambda p, y: 2 ** (-log_likelihood(p, y).mean() / np.log(2)), "perplexity"),
    (ex.bits_per_character, lambda p, y: -log_likelihood(p, y).sum() / len(y) / np.log(2), "Divided by T"),
    (ex.bits_per_character, lambda p, y: np.take_along_axis(p, y, -1), "`targets[..., None]`"),
    (ex.column_batch, lambda n, b, s, k: columns(n, b, s, k, order="side by side"), "interleaved"),
    (ex.column_batch, lambda n, b, s, k: columns(n, b, s, 0), "This is batch 0"),
    (ex.column_batch, lambda n, b, s, k: (columns(n, b, s, k)[0],) * 2, "The targets are not shifted"),
    (ex.column_batch, lambda n, b, s, k: columns(n, b, s, k)[0], "expected 2 things"),
    (ex.carried_bits, lambda r, x, y, s: pieces(r, x, y, s, carry=False), "an empty state again"),
    (ex.carried_bits, lambda r, x, y, s: pieces(r, x, y, s, divide=len(y)), "Divided by N where it is N · B"),
    (ex.carried_bits, lambda r, x, y, s: r(x[:s], None).mean(), "`run` gives two things"),
    (ex.carried_bits, lambda r, x, y, s: -log_likelihood(r(x, None)[0], y).mean() / np.log(2), "at most steps = "),
    (ex.carried_bits, overlapping, "The pieces overlap"),
    (ex.carried_bits, lambda r, x, y, s: r(x[:s], 0), "expected None at the start"),
    (ex.carried_bits, lambda r, x, y, s: np.take_along_axis(r(x[:s], None)[0], y[..., None], -1), "Is y cut as x is?"),
    (ex.carried_bits, lambda r, x, y, s: np.mean([x[:s], x[:1]]), "the last one may be shorter"),
    (ex.carried_bits, lambda r, x, y, s: pieces(r, x[:len(x) // s * s], y, s), "The short last piece is dropped"),
    (ex.mixed_bits, lambda p, q, w: mixed(q, p, w), "have changed places"),
    (ex.mixed_bits, lambda p, q, w: w * -np.log2(p).mean() - (1 - w) * np.log2(q).mean(), "The bits are mixed"),
    (ex.mixed_bits, lambda p, q, w: -np.log2(w * p + (1 - w) * q).mean(), "`weights[:, None]` is (M, 1)"),
    (ex.mixed_bits, lambda p, q, w: -np.log2(np.outer(w, p) + np.outer(1 - w, q)), "take the mean over the places"),
    (ex.mixed_bits, lambda p, q, w: mixed(p, q, w).min(), "One number came for all M weights"),
    (ex.nucleus, lambda a, t, p: kept(softmax(a) / t, p), ""),
    (ex.nucleus, lambda a, t, p: scaled(in_order(softmax(a / t), p)), "sort each row from large to small first"),
    (ex.nucleus, lambda a, t, p: scaled((in_order(down(softmax(a / t)), p) > 0) * softmax(a / t)), "places differ"),
    (ex.nucleus, lambda a, t, p: undone_by(softmax(a / t), p, lambda order: order), "The sorting is not undone"),
    (ex.nucleus, lambda a, t, p: one_threshold(softmax(a / t), p), "One threshold for all rows"),
    (ex.nucleus, lambda a, t, p: top(softmax(a / t), (in_order(down(softmax(a / t)), p) > 0).sum(-1).max()),
     "the one that needs most"),
    (ex.nucleus, lambda a, t, p: a + np.zeros((len(a), 0)), "`axis=-1, keepdims=True`"),
    (ex.nucleus, lambda a, t, p: kept(softmax(a * t), p), "Multiplied by the temperature"),
    (ex.nucleus, lambda a, t, p: kept(softmax(a), p), "The temperature changed nothing"),
    (ex.nucleus, lambda a, t, p: kept(softmax(a / t), p, cross=False), "The one that crosses p is left out"),
    (ex.nucleus, lambda a, t, p: kept(softmax(a / t), p, scale=False), "Scale it again"),
    (ex.nucleus, lambda a, t, p: softmax(a / t), "The cut is not made"),
    (ex.nucleus, lambda a, t, p: softmax(np.where(softmax(a / t) >= p, a / t, -np.inf)), "one for their sum"),
    (ex.nucleus, lambda a, t, p: kept(softmax(a / t), p).argmax(-1), "drawn already?"),
])
def test_text_as_learners_write_it(exercise, fn, words):
    assert words in said(exercise, fn)
