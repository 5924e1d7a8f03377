"""Explorer of chapter 08: type a name and watch the belief move, letter by letter."""

from functools import lru_cache
from unicodedata import normalize

import numpy as np

from rnncourse.cells.networks import Network
from rnncourse.datasets import checkpoints, names
from rnncourse.datasets._spelling import UNKNOWN
from rnncourse.explorers.base import Explorer, choice, entry, slider
from rnncourse.plots.belief import Beliefs, BeliefScene, NameRead

LONGEST, REACH, START = 20, 12.0, "Kowalski"
BOTH, FORWARD = "both directions", "left to right alone"


def beliefs(model, numbers):
    """What a name classifier says after each letter of `numbers` (T,), as `Beliefs`: as if the name ended there.

    model  a torch NameModel, or a `Network` of one layer, in one direction or both

    The forward direction reads on from letter to letter. The backward one starts at the last letter, so it reads each
    beginning of the name anew.
    """
    network, numbers = Network.of(model), np.asarray(numbers)
    if len(network.layers) != 1 or numbers.ndim != 1 or not len(numbers):
        raise ValueError(f"the model has {len(network.layers)} layer(s) and numbers are {numbers.shape}; expected a "
                         "model of one layer, and a name (T,) of at least one letter")
    T, (W_hy, b_y) = len(numbers), (network.readout["W_hy"], network.readout["b_y"])
    there = network.trace(network.inputs(numbers[:, None])).h[:, 0]                      # (T, H)
    H, none = there.shape[1], np.zeros((1, len(b_y)))
    forward = np.concatenate([none, there @ W_hy[:H]])
    if "backward" not in network.layers[0]:
        return Beliefs(forward, np.zeros_like(forward), b_y)
    t = np.arange(T)
    anew = numbers[np.maximum(t - t[:, None], 0)]           # (T, T): column j reads letters j, j − 1, … 0, and stops
    back = network.trace(network.inputs(anew), direction="backward").h[t, t]              # (T, H): column j, step j
    return Beliefs(forward, np.concatenate([none, back @ W_hy[H:]]), b_y)


class NameBelief(Explorer):
    """A name, letter by letter: `NameBelief(model, names.load(), name="Rossi")`.

    model  a torch NameModel, which is copied, or a `Network`; languages: the `Names` that it was trained on
    """

    name = entry(START, label=f"a last name, up to {LONGEST} letters", longest=LONGEST)
    letters = slider(len(START), low=0, high=len(START), step=1, label="letters read", unit="letters")
    reading = choice(BOTH, [BOTH, FORWARD], label="belief from")

    size, narrowest = (9, 5.4), 200

    def __init__(self, model, languages, **state):
        self.model, self.languages = Network.of(model), languages
        self._read = lru_cache(64)(self._read)
        if self.model.classes != len(languages.languages):
            raise ValueError(f"the model tells {self.model.classes} classes apart and there are "
                             f"{len(languages.languages)} languages; expected the names that it was trained on")
        T = max(1, self._length(state.get("name", START)))
        super().__init__(controls={"letters": slider(T, 0, T, 1, label="letters read", unit=f"of {T}")}, **state)

    @classmethod
    def example(cls):
        """The course's trained model of names."""
        return cls(Network.from_tensors(checkpoints.tensors("names_lstm")), names.load())

    def scene(self, figure):
        """The picture, a row for each language."""
        return BeliefScene(figure, self.languages.languages, LONGEST, REACH)

    def objection(self, name, **_):
        """What the model cannot read in this name."""
        if not name.strip():
            return "The name is empty. Type at least one letter."
        for place, letter in enumerate(normalize("NFC", name), 1):    # é as one letter, not as e and an accent
            try:
                self.languages.encode(letter if letter.strip() else "a")
            except ValueError as error:
                advice = str(error).rpartition(UNKNOWN)[2]
                return f"“{letter}”, letter {place} of “{name}”, is not in the model's alphabet. {advice}."
        return ""

    def compute(self, name, letters, reading):
        """The belief after each letter, as a `NameRead`."""
        spelling, found = self._read(name)
        at = min(int(letters), len(spelling))
        if reading == BOTH:
            return NameRead(spelling, found.both, at, found.forward[at], found.backward[at])
        return NameRead(spelling, found.left_to_right, at, found.forward[at], np.full_like(found.backward[at], np.nan))

    def describe(self, found):
        """The likeliest languages, since when the first one leads, and what each direction gave it."""
        belief, languages = found.belief[found.at], self.languages.languages
        first = np.argsort(-belief, kind="stable")[:3]
        told = ", ".join(f"{languages[k]} {100 * belief[k]:.0f}%" for k in first if belief[k] >= 0.005)
        read = "".join(found.letters[:found.at])
        if not read:
            return f"Before the first letter, {self.reading}: {told}. Nothing has been read: the read-out's bias."
        T = len(found.letters)
        lead = found.belief[1:found.at + 1].argmax(1)
        since = int(np.flatnonzero(lead != first[0]).max(initial=-1)) + 2
        left, right = (part[first[0]] - part.mean() for part in (found.forward, found.backward))
        parts = f"reading from the left adds {left:+.1f} to its score"
        parts += f", from the right {right:+.1f}" if self.reading == BOTH else "; the right has no say"
        return (f"After “{read}” ({found.at} of {T} letter{'s' if T > 1 else ''}), {self.reading}: {told}. "
                f"{languages[first[0]]} leads from letter {since} on; {parts.replace('-', '−')}.")

    def __repr__(self):
        return super().__repr__().replace(f"letters={self.letters!r}", f"letters={int(self.letters)}")

    def _read(self, name):
        """The letters as the model reads them, and its `Beliefs`."""
        numbers = self.languages.encode(name)
        return tuple(self.languages.decode(numbers)), beliefs(self.model, numbers)

    def _on_move(self, change):
        with self.hold():    # a new name is read to its end; one picture for both
            if change["name"] == "name" and (T := self._length(self.name)):
                slide = self.controls["letters"]
                slide.max, slide.unit = T, f"of {T}"
                self.letters = T
            super()._on_move(change)

    def _length(self, name):
        """How many letters are read; 0 where it cannot be read."""
        try:
            return len(self.languages.encode(name))
        except ValueError:
            return 0
