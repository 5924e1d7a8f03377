"""Explorer of chapter 04: a trained LSTM over a real sequence, each gate its own, or held: open, shut, anywhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rnncourse import losses
from rnncourse.cells import lstm
from rnncourse.cells.clamping import run_clamped
from rnncourse.explorers.base import Explorer, choice, slider
from rnncourse.plots.clamped_run import ClampedRun, ClampedScene, Frame
from rnncourse.plots.gates import shown

FREE, OPEN, SHUT, HELD = "its own", "held open", "held shut", "held at"
ALL, ONE = "of all units", "of this unit only"
WORDS = {"f": "forget gate f", "i": "input gate i", "g": "candidate g", "o": "output gate o"}


@dataclass(frozen=True, eq=False)
class Task:
    """A trained LSTM, N real sequences of T steps for it, and how to read what comes out.

    params  of the LSTM; x (T, N, D)
    read    (h (T, 1, H), n) -> (T,) what is drawn at each step of sequence n; NaN where there is nothing
    truth   (T, N) what it should have been, or None where small is good
    says    the score in a line, with {before} (as trained), {now} (gates held) and {other} (a yardstick)
    others  (N,) the yardstick's own scores
    labels, places  for each sequence: T texts under the steps; where it is, in words
    output, ends    name and ends of the output's axis; what: one sequence, in a word or two
    """

    params: Mapping
    x: np.ndarray
    read: Callable
    truth: np.ndarray | None
    says: str
    others: np.ndarray
    labels: list
    places: list
    output: str
    ends: tuple
    what: str

    def score(self, values, n):
        """Mean distance from the truth; the mean itself where there is none."""
        return float(np.nanmean(values if self.truth is None else np.abs(values - self.truth[:, n])))


def weather_task(model, data):
    """What the `Checkpoint` says of tomorrow's maximum temperature, over the validation year of a `Weather`."""
    found = data.next_day("validation", days=28)
    days = [[f"{day.day} {day:%b %Y}" for day in column] for column in found.dates.T.astype(object)]
    return Task(
        model.params, found.x, lambda h, n: data.unscale(model.predict(h))[:, 0, 0], found.celsius[..., 0],
        "mean error: as trained {before:.2f} °C,  held {now:.2f} °C,  \"as today\" {other:.2f} °C",
        np.abs(found.persistence - found.celsius).mean(0)[:, 0],
        [tuple(day if t % 7 == 3 else "" for t, day in enumerate(column)) for column in days],
        [f"28 days from {column[0]}" for column in days], "tomorrow's\nmaximum\n°C", (-6, 42), "four weeks")


def text_task(model, text, steps=48):
    """How surprised the `Checkpoint` is by each character, over pieces of the held-out end of a `ShortText`."""
    page = text.parts["validation"]
    starts = [k for k in range(1, len(page) - steps) if page[k - 1].isspace() and not page[k].isspace()][::6]
    pieces = [page[k:k + steps] for k in starts]
    numbers = np.stack([text.encode(piece) for piece in pieces], axis=1)

    def surprise(h, n):
        p = losses.softmax(model.predict(h[:-1, 0]))
        return np.concatenate([[np.nan], -np.log2(p[np.arange(steps - 1), numbers[1:, n]])])

    return Task(
        model.params, text.one_hot(numbers), surprise, None,
        "bits a character: as trained {before:.2f},  held {now:.2f},  blind guess {other:.2f}",
        np.full(len(pieces), np.log2(len(text.vocabulary))), [tuple(map(shown, piece)) for piece in pieces],
        [f"the piece that begins “{' '.join(piece[:20].split())}”" for piece in pieces],
        "surprise\nat this\ncharacter\nbits", (0, 17), "piece of text")


def _how(gate):
    ways = [FREE, HELD] if gate == "g" else [FREE, OPEN, SHUT, HELD]
    return choice(FREE, ways, label="is", group=(WORDS[gate], gate))


def _at(gate):
    low, start, unit = (-1, 0.0, "(±1)") if gate == "g" else (0, 0.5, "open")
    return slider(start, low=low, high=1, step=0.05, label="held at", unit=unit, signal=gate, group=(WORDS[gate], gate))


class LSTMSequence(Explorer):
    """A trained LSTM with its gates in the reader's hands: `LSTMSequence.weather(…)`, `LSTMSequence.text(…)`."""

    stretch = slider(0, low=0, high=12, step=1, label="stretch", unit="of 12", group="look at")
    unit = slider(0, low=0, high=19, step=1, label="unit", unit="of 19", signal="h", group="look at")
    units = choice(ALL, [ALL, ONE], label="gates are held", group="look at")
    f, f_at = _how("f"), _at("f")
    i, i_at = _how("i"), _at("i")
    g, g_at = _how("g"), _at("g")
    o, o_at = _how("o"), _at("o")

    size, narrowest = (10, 6.4), 140

    def __init__(self, task, **state):
        self.task = task
        self._free = [lstm.forward(task.params, task.x[:, [n]]) for n in range(task.x.shape[1])]
        self._c_reach = np.max([np.abs(trace.c[:, 0]).max(0) for trace in self._free], axis=0)    # (H,)
        most = {"stretch": len(self._free) - 1, "unit": self._free[0].hidden_size - 1}
        names = {"stretch": (task.what, None), "unit": ("unit", "h")}
        super().__init__(controls={name: slider(0, low=0, high=most[name], step=1, label=label, signal=signal,
                                                unit=f"of {most[name]}", group="look at")
                                   for name, (label, signal) in names.items()}, **state)
        for gate in WORDS:
            self.observe(self._enable, gate)
        self._enable()

    @classmethod
    def weather(cls, model, data, **state):
        """A model that says how warm tomorrow will be, over four weeks at a time of the validation year."""
        return cls(weather_task(model, data), **state)

    @classmethod
    def text(cls, model, text, **state):
        """A model that guesses the next character, over pieces of the text's held-out end."""
        return cls(text_task(model, text), **state)

    @classmethod
    def example(cls):
        """Random weights over random numbers, as large as the weather's."""
        rng, T, N = np.random.default_rng(0), 28, 13
        truth, W_hy = rng.normal(15, 5, (T, N)), rng.normal(size=20)
        return cls(Task(lstm.init(rng, 5, 20), rng.normal(size=(T, N, 5)), lambda h, n: 15 + 5 * h[:, 0] @ W_hy, truth,
                        "mean error: free {before:.2f},  held {now:.2f},  always 15: {other:.2f}",
                        np.abs(15 - truth).mean(0), [tuple(map(str, range(T)))] * N,
                        [f"random stretch {n}" for n in range(N)], "output", (0, 30), "stretch"))

    def scene(self, figure):
        """The picture for this task."""
        task = self.task
        return ClampedScene(figure, Frame(len(task.x), task.output, task.ends, task.truth is not None))

    def compute(self, stretch, unit, units, **gates):
        """Both runs of that stretch, as a `ClampedRun` of that unit."""
        n, unit, holds, task = int(stretch), int(unit), clamp(gates), self.task
        free = self._free[n]
        held = run_clamped(task.params, free.x, holds, [unit] if units == ONE else None)
        signals = [{name: trace[name][:, 0, unit] for name in "ifgoch"} | {"output": task.read(trace.h, n)}
                   for trace in (free, held)]
        before, now = (task.score(found["output"], n) for found in signals)
        return ClampedRun(*signals, None if task.truth is None else task.truth[:, n], task.labels[n], holds,
                          float(self._c_reach[unit]), task.says.format(before=before, now=now, other=task.others[n]))

    def describe(self, run):
        """What is held, and what it costs."""
        held = [f"The {WORDS[name]} {self.units} is held at {value:.2f}." for name, value in run.holds.items()]
        gates = " ".join(held or [f"Every gate is its own; a hold would be {self.units}."]).replace("-", "−")
        return (f"Unit {int(self.unit)} of the LSTM over {self.task.places[int(self.stretch)]}. {gates} "
                f"{run.score[0].upper()}{run.score[1:]}.")

    def _enable(self, _=None):
        for gate in WORDS:
            self.controls[f"{gate}_at"].disabled = getattr(self, gate) != HELD


def clamp(gates):
    """Name -> value for `run_clamped`, out of the states of the controls: {"f": "held open", "f_at": 0.5, …}."""
    values = {FREE: lambda gate: None, OPEN: lambda gate: 1.0, SHUT: lambda gate: 0.0,
              HELD: lambda gate: gates[f"{gate}_at"]}
    found = {gate: values[gates[gate]](gate) for gate in WORDS}
    return {gate: value for gate, value in found.items() if value is not None}
