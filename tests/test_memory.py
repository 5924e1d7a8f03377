"""The memory tasks against slow, obvious code: targets, masks, baselines, and randomness from `rng` alone."""

import numpy as np
import pytest

from rnncourse import losses
from rnncourse.datasets import memory

TASKS = {
    "adding": lambda rng, batch=16: memory.adding(rng, steps=31, batch=batch),
    "copy": lambda rng, batch=16: memory.copy(rng, length=5, delay=7, batch=batch, symbols=6),
    "delayed recall": lambda rng, batch=16: memory.delayed_recall(rng, delay=9, batch=batch, symbols=4),
    "flip-flop": lambda rng, batch=16: memory.flip_flop(rng, bits=3, steps=40, batch=batch, p=0.25),
}


@pytest.fixture(params=TASKS)
def draw(request):
    return TASKS[request.param]


# -- slow, obvious readings of the targets ------------------------------------------------------------
def test_adding_sums_the_marked_numbers():
    task = memory.adding(np.random.default_rng(1), steps=31, batch=50)
    for b in range(50):
        marked = [t for t in range(31) if task.x[t, b, 1] == 1]
        assert len(marked) == 2 and marked[0] < 15 <= marked[1]
        assert task.target[-1, b, 0] == sum(task.x[t, b, 0] for t in marked)
    assert set(np.unique(task.x[:, :, 1])) == {0, 1}
    assert task.x[:, :, 0].min() >= 0 and task.x[:, :, 0].max() < 1
    assert (task.target[:-1] == 0).all() and task.mask[-1].all() and not task.mask[:-1].any()


def test_adding_puts_markers_everywhere_in_their_half():
    task = memory.adding(np.random.default_rng(2), steps=10, batch=2000)
    counts = task.x[:, :, 1].sum(1)
    assert counts.min() > 320 and counts.max() < 480          # 2000 / 5 = 400 each, standard deviation 18


def test_copy_asks_for_the_symbols_in_their_order():
    length, delay, symbols = 5, 7, 6
    task = memory.copy(np.random.default_rng(1), length=length, delay=delay, batch=20, symbols=symbols)
    assert task.x.shape == (2 * length + delay, 20, symbols + 2) and (task.x.sum(-1) == 1).all()
    for b in range(20):
        shown = [int(np.flatnonzero(row)[0]) for row in task.x[:, b]]
        word, wait, answer = shown[:length], shown[length:length + delay], shown[length + delay:]
        assert max(word) < symbols
        assert wait == [symbols] * (delay - 1) + [symbols + 1] and answer == [symbols] * length
        assert list(task.target[-length:, b]) == word
    assert task.mask.sum(0).tolist() == [length] * 20 and task.mask[-length:].all()


def test_delayed_recall_asks_for_the_first_symbol():
    task = memory.delayed_recall(np.random.default_rng(1), delay=9, batch=40, symbols=4)
    assert task.x.shape == (11, 40, 6)
    for b in range(40):
        assert task.target[-1, b] == task.x[0, b, :4].argmax()
    assert (task.x[:-1, :, :4].sum(-1) == 1).all() and (task.x[-1, :, :4] == 0).all()
    assert task.x[0, :, 4].all() and not task.x[1:, :, 4].any()
    assert task.x[-1, :, 5].all() and not task.x[:-1, :, 5].any()
    assert task.mask[-1].all() and not task.mask[:-1].any()
    agree = (task.x[1:-1, :, :4].argmax(-1) == task.target[-1]).mean()       # the others tell nothing: 1 in 4 agrees
    assert 0.15 < agree < 0.35


def test_flip_flop_remembers_the_latest_pulse():
    task = memory.flip_flop(np.random.default_rng(1), bits=3, steps=40, batch=8, p=0.25)
    for b in range(8):
        for bit in range(3):
            held = None
            for t in range(40):
                held = task.x[t, b, bit] if task.x[t, b, bit] != 0 else held
                assert task.target[t, b, bit] == held
    assert set(np.unique(task.x)) == {-1, 0, 1} and (task.x[0] != 0).all() and task.mask.all()


def test_flip_flop_pulses_with_probability_p():
    task = memory.flip_flop(np.random.default_rng(3), bits=4, steps=501, batch=20, p=0.1)
    assert abs((task.x[1:] != 0).mean() - 0.1) < 0.005                        # 40,000 draws, standard deviation 0.0015
    assert abs(task.x[task.x != 0].mean()) < 0.1
    assert (memory.flip_flop(np.random.default_rng(3), p=0.0).x[1:] == 0).all()
    assert (memory.flip_flop(np.random.default_rng(3), p=1.0).x != 0).all()


# -- baselines ------------------------------------------------------------------------------------------
def score_of_constant(task, guess):
    prediction = np.broadcast_to(guess, (*task.mask.shape, task.classes)).astype(float)
    loss = losses.squared_error if task.loss == "squared error" else losses.softmax_cross_entropy
    return loss(prediction, task.target, task.mask)[0]


@pytest.mark.parametrize("name, best", [("adding", 1.0), ("copy", 0.0), ("delayed recall", 0.0), ("flip-flop", 0.0)])
def test_baseline_is_what_the_best_constant_guess_scores(name, best):
    task = TASKS[name](np.random.default_rng(5), batch=4_000)
    assert abs(score_of_constant(task, best) - task.baseline) < 0.05 * task.baseline
    tilt = np.arange(task.classes) + 1.0
    for other in (best + 0.3 * tilt, best - 0.3 * tilt):
        assert score_of_constant(task, other) > task.baseline


def test_the_documented_baselines():
    rng = np.random.default_rng(0)
    assert memory.adding(rng).baseline == 1 / 6
    assert memory.copy(rng, symbols=8).baseline == np.log(8)
    assert memory.delayed_recall(rng, symbols=4).baseline == np.log(4)
    assert memory.flip_flop(rng).baseline == 1


# -- what all of them share --------------------------------------------------------------------------
def test_randomness_comes_from_rng_alone(draw):
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    one, two, three = draw(np.random.default_rng(7)), draw(np.random.default_rng(7)), draw(np.random.default_rng(8))
    np.testing.assert_array_equal(one.x, two.x)
    np.testing.assert_array_equal(one.target, two.target)
    assert not np.array_equal(one.x, three.x)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_shapes_types_and_words(draw):
    task = draw(np.random.default_rng(1))
    T, B = task.mask.shape
    assert task.x.shape[:2] == (T, B) == (T, 16) and task.x.dtype == np.float64 and task.mask.dtype == bool
    if task.loss == "squared error":
        assert task.target.shape == (T, B, task.classes) and task.target.dtype == np.float64
    else:
        assert task.target.shape == (T, B) and task.target.dtype == np.int64 and task.target.max() < task.classes
    assert f"Task {task.name}" in repr(task) and f"{task.baseline:.4f}" in repr(task) and "?" in repr(task)
    for array in (task.x, task.target, task.mask):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("ask, message", [
    (lambda rng: memory.adding(rng, steps=1), "adding: steps is 1; expected a whole number ≥ 2"),
    (lambda rng: memory.adding(rng, batch=0), "adding: batch is 0"),
    (lambda rng: memory.copy(rng, length=2.5), "copy: length is 2.5; expected a whole number"),
    (lambda rng: memory.copy(rng, delay=0), "copy: delay is 0; expected a whole number ≥ 1"),
    (lambda rng: memory.delayed_recall(rng, symbols=1), "delayed_recall: symbols is 1; expected a whole number ≥ 2"),
    (lambda rng: memory.flip_flop(rng, bits=0), "flip_flop: bits is 0"),
    (lambda rng: memory.flip_flop(rng, p=1.5), "p is 1.5; expected a probability"),
])
def test_bad_sizes_say_what_came(ask, message):
    with pytest.raises(ValueError, match=message):
        ask(np.random.default_rng(0))


def test_smallest_sizes_work():
    rng = np.random.default_rng(0)
    assert memory.adding(rng, steps=2, batch=1).target[-1, 0, 0] > 0
    assert memory.copy(rng, length=1, delay=1, batch=1, symbols=2).x.shape == (3, 1, 4)
    assert memory.delayed_recall(rng, delay=0, batch=1, symbols=2).x.shape == (2, 1, 4)
    assert memory.flip_flop(rng, bits=1, steps=1, batch=1).target.shape == (1, 1, 1)
