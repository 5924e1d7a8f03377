"""Explorer of chapter 09: a text of your own, coloured by one unit of a trained text model, and what it says next."""

from functools import lru_cache

import numpy as np

from rnncourse.cells.networks import Network
from rnncourse.datasets import checkpoints, text
from rnncourse.explorers.base import Explorer, choice, entry, slider
from rnncourse.explorers.reading import Reading
from rnncourse.losses import softmax
from rnncourse.plots.coloured_text import COLUMNS, GUESSES, LINES, ColouredText, ColouredTextScene
from rnncourse.plots.gates import shown
from rnncourse.plots.palette import LOOK
from rnncourse.trace import SIGNALS

LONGEST = 180
GATES = "ifozr"    # from 0 to 1
START = ("def read(path, names=()):⏎    if not names:⏎        raise ValueError('no name')⏎"
         "    return [table[name] for name in names]⏎")


class UnitPicker(Explorer):
    """A text coloured by one unit: pick layer, signal and unit, type a text, and point at a letter.

    model       a `Network`, or a torch TextModel, which is copied
    vocabulary  str: the character of each number
    """

    typed = entry(START, label=f"a text of yours, up to {LONGEST} characters", longest=LONGEST, lines=4)
    layer = choice("lower", ["lower", "upper"], label="layer")
    signal = choice("c: cell state", ["c: cell state"], label="signal")
    unit = slider(24, low=0, high=127, step=1, label="unit", unit="of 127", signal="h")
    letter = slider(60, low=1, high=100, step=1, label="point at letter", unit="of 100", signal="x")

    size, narrowest = (10, 6.4), 200

    def __init__(self, model, vocabulary=text.VOCABULARY, **state):
        self.model, self.vocabulary = Network.of(model), vocabulary
        self._last, self._back, self._next = None, lru_cache(512)(self._back), lru_cache(4)(self._next)
        if self.model.classes != len(vocabulary):
            raise ValueError(f"the model tells {self.model.classes} symbols apart and the vocabulary has "
                             f"{len(vocabulary)}; expected the vocabulary that it was trained on")
        self._layers = _layer_names(len(self.model.layers))
        self._signals = {f"{name}: {LOOK[name].words}": name for name in reversed(SIGNALS[self.model.cell])}
        H, N = self._read(START).signals[0]["h"].shape[-1], max(2, len(state.get("typed", START)))
        first = next((words for words, name in self._signals.items() if name == "c"), next(iter(self._signals)))
        super().__init__(controls={
            "layer": choice(self._layers[0], self._layers, label="layer"),
            "signal": choice(first, self._signals, label="signal"),
            "unit": slider(min(24, H - 1), 0, H - 1, 1, label="unit", unit=f"of {H - 1}", signal="h"),
            "letter": slider(min(60, N), 1, N, 1, label="point at letter", unit=f"of {N}", signal="x")}, **state)

    @classmethod
    def example(cls):
        """The course's trained text model."""
        return cls(Network.from_tensors(checkpoints.tensors("text_lstm2")))

    def scene(self, figure):
        """The picture."""
        return ColouredTextScene(figure)

    def objection(self, typed, **_):
        """Which characters the model has never seen."""
        if not typed:
            return "The text is empty. Type at least one character: the unit has a value after each that was read."
        unknown = [(place, sign) for place, sign in enumerate(typed.replace("⏎", "\n"), 1)
                   if sign not in self.vocabulary]
        if not unknown:
            return ""
        which = ", ".join(f"{'a tab' if sign == chr(9) else f'“{sign}”'} (at place {place})"
                          for place, sign in unknown[:5])
        return (f"The model does not know {which}{' and more' if unknown[5:] else ''}. It knows the "
                f"{len(self.vocabulary)} characters of its vocabulary: letters without accents, digits, and the signs "
                "of a plain keyboard.")

    def compute(self, typed, layer, signal, unit, letter):
        """The text as this unit colours it, as a `ColouredText`."""
        found, name = self._read(typed), self._signals[signal]
        values = found.signals[self._layers.index(layer)][name][:, 0, int(unit)]
        at = min(int(letter), len(values)) - 1
        return ColouredText(typed.replace("⏎", "\n"), values, max(1.0, np.abs(values).max()),
                            f"unit {int(unit)} of the {layer} layer, {LOOK[name].words} {name}",
                            *self._next(typed), self._back(typed, at), at, lowest=0.0 if name in GATES else None)

    def describe(self, found):
        """Where the unit is highest and lowest, what comes next, and over how many letters that is decided."""
        high, low = int(found.values.argmax()), int(found.values.argmin())
        ends = (f"from {_number(found.values[low])} after letter {low + 1}, “{shown(found.text[low])}”, to "
                f"{_number(found.values[high])} after letter {high + 1}, “{shown(found.text[high])}”")
        says = ", ".join(f"“{shown(guess)}” {100 * share:.0f}%" for guess, share in
                         zip(found.guesses[found.at][:3], found.shares[found.at], strict=False))
        came = found.text[found.at + 1:found.at + 2]
        back = found.back[found.at::-1]
        half = int(np.searchsorted(back.cumsum(), 0.5 * back.sum())) + 1
        next_one = f" (“{shown(came)}” came)" if came else ""
        return (f"{found.name[0].upper()}{found.name[1:]}, over {len(found.text)} letter{'s' * (len(found.text) > 1)}: "
                f"{ends}. After letter "
                f"{found.at + 1}, “{shown(found.text[found.at])}”, the model says {says}{next_one}; half of what its "
                f"first guess hangs on lies in the last {half} letter{'s' if half > 1 else ''}.")

    def __repr__(self):
        return (super().__repr__().replace(f"unit={self.unit!r}", f"unit={int(self.unit)}")
                .replace(f"letter={self.letter!r}", f"letter={int(self.letter)}"))

    def _read(self, typed):
        """The `Reading` of what was typed."""
        numbers = np.array([self.vocabulary.index(character) for character in typed.replace("⏎", "\n")])
        if self._last is None or not np.array_equal(self._last.numbers, numbers):
            self._last = Reading.of(self.model, numbers, self._last)
        return self._last

    def _next(self, typed):
        """(N, 5) the likeliest next characters after each letter, and how likely they are."""
        scores = self._read(typed).scores
        first = np.argsort(-scores, axis=1, kind="stable")[:, :GUESSES]
        return np.array(list(self.vocabulary))[first], np.take_along_axis(softmax(scores), first, 1)

    def _back(self, typed, at):
        found = self._read(typed)
        return found.back(at, int(found.scores[at].argmax()))

    def _on_move(self, change):
        with self.hold():    # what is typed is pointed at where it ends; one picture for both
            if change["name"] == "typed" and self.typed:
                slide = self.controls["letter"]
                slide.max, slide.unit = max(2, len(self.typed)), f"of {len(self.typed)}"
                self.letter = len(self.typed)
            super()._on_move(change)


def _number(value):
    return f"{value:.2f}".replace("-", "−")


def _layer_names(count):
    return {1: ["only"], 2: ["lower", "upper"]}.get(count, [f"{k + 1}." for k in range(count)])


assert len(START) <= LONGEST <= COLUMNS * LINES
