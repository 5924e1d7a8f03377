"""Explorer of chapter 04: a trained LSTM over a real sequence, each gate free, forced open, forced shut, or held."""

from dataclasses import dataclass

import numpy as np

from rnncourse import losses
from rnncourse.cells import lstm
from rnncourse.cells.clamping import run_clamped
from rnncourse.datasets import checkpoints, short_text, weather
from rnncourse.explorers.base import Explorer, choice, slider
from rnncourse.plots.clamped_run import ClampedRun, ClampedScene, Frame

FREE, OPEN, SHUT, HELD = "its own", "forced open", "forced shut", "held at"
ALL, ONE = "of all units", "of this unit only"
WORDS = {"f": "forget gate f", "i": "input gate i", "g": "candidate g", "o": "output gate o"}


@dataclass(frozen=True, eq=False)
class WeatherTask:
    """Stretches of days of the validation year: what the model says of tomorrow, in °C.

    model  a Checkpoint; data  a Weather. x is (T, N, D): N stretches of T days.
    """

    model: object
    data: object
    output, unit, ends, what = "tomorrow's\nmaximum\n°C", "°C", (-6, 42), "stretch of 28 days"

    def __post_init__(self):
        stretches = self.data.next_day("validation", days=28)
        for name, value in (("x", stretches.x), ("stretches", stretches)):
            object.__setattr__(self, name, value)

    def read(self, h, n):
        """(T,) the prediction in °C for each day of stretch n."""
        return self.data.unscale(self.model.predict(h))[:, 0, 0]

    def truth(self, n):
        """(T,) tomorrow's maximum temperature, °C."""
        return self.stretches.celsius[:, n, 0]

    def score(self, values, n):
        """Mean absolute error, °C."""
        return float(np.abs(values - self.truth(n)).mean())

    def say(self, untouched, held, n):
        """The scores in a line, beside persistence."""
        same = self.score(self.stretches.persistence[:, n, 0], n)
        return f"mean error: as trained {untouched:.2f} °C,  held {held:.2f} °C,  \"as today\" {same:.2f} °C"

    def where(self, n):
        """Which stretch it is, in words."""
        return f"28 days from {self._date(0, n)}"

    def _date(self, t, n):
        return f"{self.stretches.dates[t, n].astype(object):%-d %b %Y}"

    def labels(self, n):
        """The date under every seventh day."""
        return tuple(self._date(t, n) if t % 7 == 3 else "" for t in range(len(self.x)))


@dataclass(frozen=True, eq=False)
class TextTask:
    """Pieces of the held-out text: how surprised the model is by each character, in bits."""

    model: object
    text: object
    steps: int = 48
    output, unit, ends, what = "surprise\nat this\ncharacter\nbits", "bits", (0, 13), "piece of the text"

    def __post_init__(self):
        page = self.text.parts["validation"].replace("\n", " ")
        starts = [k for k in range(1, len(page) - self.steps) if page[k - 1] == " " and page[k] != " "][::6]
        pieces = [page[k:k + self.steps] for k in starts]
        numbers = np.stack([self.text.encode(piece) for piece in pieces], axis=1)
        for name, value in (("pieces", pieces), ("numbers", numbers), ("x", self.text.one_hot(numbers))):
            object.__setattr__(self, name, value)

    def read(self, h, n):
        """(T,) bits for each character, given those before it; none for the first."""
        p = losses.softmax(self.model.predict(h[:-1, 0]))
        return np.concatenate([[np.nan], -np.log2(p[np.arange(len(p)), self.numbers[1:, n]])])

    def truth(self, n):
        """Nothing to hit: less surprise is better."""
        return None

    def score(self, values, n):
        """Bits per character."""
        return float(np.nanmean(values))

    def say(self, untouched, held, n):
        """The scores in a line, beside guessing blindly."""
        blind = np.log2(len(self.text.vocabulary))
        return f"bits a character: as trained {untouched:.2f},  held {held:.2f},  blind guess {blind:.2f}"

    def where(self, n):
        """Which piece it is, in words."""
        return f"the piece “{self.pieces[n][:20].strip()} …”"

    def labels(self, n):
        """The characters; a space as an open box."""
        return tuple(self.pieces[n].replace(" ", "␣"))


def _how(gate):
    ways = [FREE, HELD] if gate == "g" else [FREE, OPEN, SHUT, HELD]
    return choice(FREE, ways, label="is", group=(WORDS[gate], gate))


def _at(gate):
    low, start = (-1, 0.0) if gate == "g" else (0, 0.5)
    return slider(start, low=low, high=1, step=0.05, label="held at", signal=gate, group=(WORDS[gate], gate))


class LSTMSequence(Explorer):
    """A trained LSTM with its gates in the reader's hands: `LSTMSequence.weather()` or `LSTMSequence.text()`."""

    stretch = slider(0, low=0, high=12, step=1, label="stretch", group="look at")
    unit = slider(0, low=0, high=19, step=1, label="unit", signal="h", group="look at")
    units = choice(ALL, [ALL, ONE], label="gates are held", group="look at")
    f, f_at = _how("f"), _at("f")
    i, i_at = _how("i"), _at("i")
    g, g_at = _how("g"), _at("g")
    o, o_at = _how("o"), _at("o")

    size, narrowest = (10, 7.2), 140

    def __init__(self, task, **state):
        self.task = task
        self._free = [lstm.forward(task.model.params, task.x[:, [n]]) for n in range(task.x.shape[1])]
        ends = {"stretch": len(self._free) - 1, "unit": self._free[0].hidden_size - 1}
        labels = {"stretch": task.what, "unit": "unit"}
        signals = {"stretch": None, "unit": "h"}
        super().__init__(controls={name: slider(0, low=0, high=high, step=1, label=labels[name], signal=signals[name],
                                                group="look at") for name, high in ends.items()}, **state)
        for gate in WORDS:
            self.observe(self._enable, gate)
        self._enable()

    @classmethod
    def weather(cls, **state):
        """The model that says how warm tomorrow will be, over four weeks at a time of the validation year."""
        return cls(WeatherTask(checkpoints.load("lstm_weather"), weather.load()), **state)

    @classmethod
    def text(cls, **state):
        """The model that guesses the next character, over pieces of the text's held-out end."""
        return cls(TextTask(checkpoints.load("lstm_text"), short_text.load()), **state)

    example = weather

    def scene(self, figure):
        """The picture for this task."""
        reach = max(float(np.abs(trace.c).max()) for trace in self._free)
        return ClampedScene(figure, Frame(self.task.x.shape[0], reach, self.task.output, self.task.ends,
                                          self.task.truth(0) is not None))

    def compute(self, stretch, unit, units, **gates):
        """Both runs of that stretch, as a `ClampedRun` of that unit."""
        n, unit, holds = int(stretch), int(unit), clamp(gates)
        free = self._free[n]
        held = run_clamped(self.task.model.params, free.x, holds, [unit] if units == ONE else None)
        signals = [{name: trace[name][:, 0, unit] for name in "ifgoch"} | {"output": self.task.read(trace.h, n)}
                   for trace in (free, held)]
        self._scores = [self.task.score(found["output"], n) for found in signals]
        return ClampedRun(*signals, self.task.truth(n), self.task.labels(n), holds, self.task.say(*self._scores, n))

    def describe(self, run):
        """What is held, and what it costs."""
        held = [f"The {WORDS[name]} {self.units} is held at {value:.2f}." for name, value in run.holds.items()]
        gates = " ".join(held or ["Every gate is its own."]).replace("-", "−")
        return (f"Unit {int(self.unit)} of the LSTM over {self.task.where(int(self.stretch))}. {gates} "
                f"{run.score[0].upper()}{run.score[1:]}.")

    def _enable(self, _=None):
        for gate in WORDS:
            self.controls[f"{gate}_at"].disabled = getattr(self, gate) != HELD


def clamp(gates):
    """Name -> value for `run_clamped`, out of the states of the controls: {"f": "forced open", "f_at": 0.5, …}."""
    values = {FREE: lambda gate: None, OPEN: lambda gate: 1.0, SHUT: lambda gate: 0.0,
              HELD: lambda gate: gates[f"{gate}_at"]}
    found = {gate: values[gates[gate]](gate) for gate in WORDS}
    return {gate: value for gate, value in found.items() if value is not None}
