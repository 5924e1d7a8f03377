"""Tasks that only memory solves: adding, copy, delayed recall, flip-flop. Drawn from `rng`, time-major, float64.

Each function returns a `Task` with the inputs, the targets, a mask that says at which steps the loss counts, and
`baseline`: what the best constant guess scores, which is what a network without memory can reach.
"""

from dataclasses import dataclass

import numpy as np

from rnncourse.datasets._frozen import freeze


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """A batch of a memory task.

    x         (T, B, D) float64
    target    (T, B, K) float64 where `loss` is "squared error"; (T, B) whole numbers 0 to K − 1 where it is
              "cross-entropy". Steps that the mask leaves out hold 0.
    mask      (T, B) booleans: where the loss counts
    baseline  the loss of the best constant guess, as a mean over the masked steps: squared error (over K too), or nats
    loss      "squared error" or "cross-entropy"
    classes   K, the width of the read-out that the task needs
    """

    name: str
    question: str
    x: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    baseline: float
    loss: str
    classes: int

    def __post_init__(self):
        freeze(self, "x", "target", "mask")

    def __repr__(self):
        unit = "nats" if self.loss == "cross-entropy" else "mean squared error"
        counted = int(self.mask.any(axis=1).sum())
        return (f"Task {self.name}: {self.question}\n"
                f"  x {self.x.shape}, target {self.target.shape}, loss on {counted} of {len(self.x)} steps; "
                f"best constant guess {self.baseline:.4f} ({unit})")


def adding(rng, steps=100, batch=32):
    """The adding problem (Hochreiter & Schmidhuber 1997): the sum of the two numbers that carry a marker.

    x (T, B, 2): a number drawn evenly from 0 to 1, and a marker that is 1 at one step of the first half and at one
    of the second. target (T, B, 1) and mask: at the last step alone. The best constant guess is 1, the mean of a
    sum of two; its squared error is the sum's variance, 2 × 1/12 = 1/6.
    """
    _at_least("adding", steps=(steps, 2), batch=(batch, 1))
    rows, half = np.arange(batch), steps // 2
    first, second = rng.integers(0, half, batch), rng.integers(half, steps, batch)
    x, target = np.zeros((steps, batch, 2)), np.zeros((steps, batch, 1))
    x[:, :, 0] = rng.random((steps, batch))
    x[first, rows, 1] = x[second, rows, 1] = 1
    target[-1, :, 0] = x[first, rows, 0] + x[second, rows, 0]
    return Task("adding", "what is the sum of the two marked numbers?", x, target, _last_steps(1, steps, batch),
                1 / 6, "squared error", 1)


def copy(rng, length=10, delay=50, batch=32, symbols=8):
    """The copy task (Hochreiter & Schmidhuber 1997, as in Arjovsky et al. 2016): repeat `length` symbols after a wait.

    T = 2 length + delay. x (T, B, symbols + 2), one-hot: `length` symbols, `delay` steps of which the last is the
    signal to go (channel symbols + 1) and the others are blank (channel `symbols`), then `length` blanks.
    target (T, B): the symbols again in their order, at the last `length` steps, which are the ones that count.
    All symbols are equally likely, so the best constant guess scores log(symbols) nats.
    """
    _at_least("copy", length=(length, 1), delay=(delay, 1), batch=(batch, 1), symbols=(symbols, 2))
    steps = 2 * length + delay
    shown = np.full((steps, batch), symbols)
    shown[:length] = rng.integers(0, symbols, (length, batch))
    shown[length + delay - 1] = symbols + 1
    target = np.zeros((steps, batch), np.int64)
    target[-length:] = shown[:length]
    question = f"which {length} symbols came before the wait of {delay} steps?"
    return Task("copy", question, np.eye(symbols + 2)[shown], target,
                _last_steps(length, steps, batch), float(np.log(symbols)), "cross-entropy", symbols)


def delayed_recall(rng, delay=50, batch=32, symbols=4):
    """Recall the first symbol after `delay` others that do not matter.

    T = delay + 2. x (T, B, symbols + 2): a one-hot symbol at each step but the last; channel `symbols` is 1 at the
    first step ("keep this one"), channel symbols + 1 at the last ("which was it?"). target (T, B): the first symbol,
    at the last step alone. All symbols are equally likely, so the best constant guess scores log(symbols) nats.
    """
    _at_least("delayed_recall", delay=(delay, 0), batch=(batch, 1), symbols=(symbols, 2))
    steps = delay + 2
    shown = rng.integers(0, symbols, (steps - 1, batch))
    x, target = np.zeros((steps, batch, symbols + 2)), np.zeros((steps, batch), np.int64)
    x[:-1, :, :symbols] = np.eye(symbols)[shown]
    x[0, :, symbols] = x[-1, :, symbols + 1] = 1
    target[-1] = shown[0]
    return Task("delayed recall", f"which symbol came first, {delay + 1} steps ago?", x, target,
                _last_steps(1, steps, batch), float(np.log(symbols)), "cross-entropy", symbols)


def flip_flop(rng, bits=3, steps=48, batch=32, p=0.25):
    """The flip-flop (Sussillo & Barak 2013): for each bit, the sign of the latest pulse.

    x (T, B, bits): at each step and for each bit a pulse of +1 or −1, equally likely, with probability p, else 0.
    The first step pulses every bit, so that there is always something to remember. target (T, B, bits): the latest
    pulse of each bit. Every step counts. The best constant guess is 0, with a squared error of 1.
    """
    _at_least("flip_flop", bits=(bits, 1), steps=(steps, 1), batch=(batch, 1))
    if not 0 <= p <= 1:
        raise ValueError(f"flip_flop: p is {p}; expected a probability between 0 and 1")
    shape = (steps, batch, bits)
    x = rng.choice([-1.0, 1.0], shape) * (rng.random(shape) < p)
    x[0] = rng.choice([-1.0, 1.0], shape[1:])
    pulse_at = np.where(x != 0, np.arange(steps)[:, None, None], 0)
    target = np.take_along_axis(x, np.maximum.accumulate(pulse_at, axis=0), axis=0)
    return Task("flip-flop", f"for each of {bits} bits, what sign had the latest pulse?", x, target,
                _last_steps(steps, steps, batch), 1.0, "squared error", bits)


def _last_steps(count, steps, batch):
    return np.broadcast_to(np.arange(steps)[:, None] >= steps - count, (steps, batch))


def _at_least(task, **given):
    for name, (value, least) in given.items():
        if int(value) != value or value < least:
            raise ValueError(f"{task}: {name} is {value}; expected a whole number ≥ {least}")
