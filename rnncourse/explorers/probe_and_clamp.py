"""Explorer of chapter 12: what probes read out of a text model's state, and what a cell that is held does to it."""

from functools import lru_cache

import numpy as np

from rnncourse.cells.clamping import run_clamped
from rnncourse.cells.networks import Network
from rnncourse.datasets import checkpoints, source_code, text
from rnncourse.datasets.properties import PROPERTIES
from rnncourse.explain import probes
from rnncourse.explorers.base import Explorer, choice, entry, slider, toggle
from rnncourse.losses import softmax
from rnncourse.plots.gates import shown
from rnncourse.plots.next_character import percent
from rnncourse.plots.probe import ProbeScene, ReadAndHeld

LONGEST, REACH = 48, (6, 40)    # c of the lowest layer stays near 0, c of those above goes far
START = "x = max(a, b"
READERS = ("inside brackets", "inside a string")


def run_held(network, numbers, layer=0, unit=0, value=None):
    """States (T, 2 H L) and scores (T, K) of a network of LSTM layers, c of one unit held at `value` (None: not held).

    numbers  (T,) whole numbers of symbols. The states are h and c of layer 0, h and c of layer 1, …, side by side
    """
    below, states = network.inputs(np.asarray(numbers)[:, None]), []
    for n, parts in enumerate(network.layers):
        trace = run_clamped(parts["forward"], below, {} if value is None or n != layer else {"c": value}, [unit])
        states += [trace.h[:, 0], trace.c[:, 0]]
        below = trace.h
    return np.concatenate(states, axis=1), network.predict(below[:, 0])


def fit_readers(network, pieces, properties=READERS):
    """{property: Probe} of yes/no properties, from all states of `network` on texts: least squares on 0 and 1.

    pieces  texts of one length, over text.VOCABULARY; a quarter of them is held out
    """
    x = np.stack([text.encode(piece) for piece in pieces], axis=1)
    kept, below = [], network.inputs(x)
    for layer in range(len(network.layers)):
        trace = network.trace(below, layer)
        kept, below = [*kept, trace.h, trace.c], trace.h
    states = np.concatenate(kept, axis=-1).reshape(x.size, -1)
    groups, found = np.tile(np.arange(x.shape[1]), len(x)), {}
    for name in properties:
        holds = np.stack([PROPERTIES[name].of(piece) for piece in pieces], axis=1).ravel()
        found[name] = probes.linear_probe(states, holds, groups, rng=np.random.default_rng(0), kind="number")
    return found


class ProbeAndClamp(Explorer):
    """A text of one's own, a probe's reading after each letter, and a cell that can be held: what moves?

    network  a `Network` of LSTM layers over text.VOCABULARY, or a torch TextModel, which is copied
    readers  {property: Probe} of all its states, as `fit_readers` makes them; the names are those of PROPERTIES
    """

    page = entry(START, label=f"text (at most {LONGEST} characters; a newline is ⏎)", longest=LONGEST)
    reader = choice(READERS[0], READERS, label="the probe reads")
    held = toggle(True, label="hold the cell")
    layer = choice("layer 0", ["layer 0", "layer 1"], label="layer")
    unit = slider(39, low=0, high=127, step=1, label="unit", unit="of 128")
    value = slider(0, low=-REACH[0], high=REACH[0], step=0.1, label="its cell state c", unit="if held", signal="c")

    size, narrowest = (9, 5.2), 240

    def __init__(self, network, readers, **state):
        self.network, self.readers = Network.of(network), dict(readers)
        self._read = lru_cache(256)(self._read)
        if self.network.cell != "lstm" or self.network.embedding is None:
            raise ValueError(f"the network is {self.network!r}; expected layers of LSTM that read symbols")
        if not readers or set(readers) - set(PROPERTIES):
            raise ValueError(f"the readers are of {', '.join(readers) or 'nothing'}; expected some of "
                             f"{', '.join(PROPERTIES)}")
        H = len(self.network.layers[0]["forward"]["W_h"])
        layers = [f"layer {n}" for n in range(len(self.network.layers))]
        first = next(iter(self.readers))
        super().__init__(controls={
            "reader": choice(first, list(self.readers), label="the probe reads"),
            "layer": choice(layers[0], layers, label="layer"),
            "unit": slider(min(39, H - 1), 0, H - 1, 1, label="unit", unit=f"of {H}")}, **state)

    @classmethod
    @lru_cache(1)
    def _of_the_course(cls):
        network = Network.from_tensors(checkpoints.tensors("text_lstm2"))
        return network, fit_readers(network, [piece.text for piece in source_code.pieces(40, 300)])

    @classmethod
    def example(cls):
        """The course's text model, with probes fitted on some of scikit-learn's source."""
        return cls(*cls._of_the_course())

    def scene(self, figure):
        """The picture, with room for the longest text."""
        return ProbeScene(figure, LONGEST)

    def objection(self, page, **_):
        """What the model cannot read in this text."""
        if not page:
            return "The text is empty. Type at least one character."
        unknown = [c for c in page.replace("⏎", "\n") if c not in text.VOCABULARY]
        return "" if not unknown else (
            f"The model does not know “{unknown[0]}”, letter {page.index(unknown[0]) + 1} of the text. It knows "
            "letters without accents, digits, and the signs of a plain keyboard. Take it out, or write it otherwise.")

    def compute(self, page, reader, held, layer, unit, value):
        """The text read twice, as the network does and with the cell held, as a `ReadAndHeld`."""
        layer, unit, letters = int(layer.split()[1]), int(unit), page.replace("⏎", "\n")
        runs = self._read(letters), self._read(letters, layer, unit, value) if held else self._read(letters)
        H = len(self.network.layers[0]["forward"]["W_h"])
        cell = (2 * layer + 1) * H + unit
        readings = (self.readers[reader].scores(states) for states, _ in runs)
        cells, likely = (states[:, cell] for states, _ in runs), (softmax(scores[-1]) for _, scores in runs)
        return ReadAndHeld(tuple(letters), PROPERTIES[reader].of(letters), *readings, *cells, *likely,
                           tuple(text.VOCABULARY), reader, REACH[min(layer, 1)])

    def describe(self, found):
        """The last reading and the likeliest next characters, before and after."""
        def says(reading):
            return f"{reading:.2f} ({'yes' if reading > 0.5 else 'no'})".replace("-", "−")

        def first(p):
            return ", ".join(f"{shown(found.symbols[k])} {percent(p[k])}%" for k in np.argsort(-p, kind="stable")[:3])

        end = "".join(map(shown, found.letters[-10:])).replace("␣", " ")
        truth = "holds" if found.holds[-1] else "does not hold"
        told = (f"After “{'…' if len(found.letters) > 10 else ''}{end}” the probe for “{found.reader}” reads "
                f"{says(found.reading[-1])}; in truth it {truth}. Next: {first(found.p)}.")
        if not self.held:
            return f"{told} Nothing is held."
        changed = int(((found.reading > 0.5) != (found.reading_held > 0.5)).sum())
        moved = 0.5 * np.abs(found.p_held - found.p).sum()
        return (f"{told} With c of unit {int(self.unit)}, {self.layer}, held at {self.value:.1f}: reads "
                f"{says(found.reading_held[-1])}, other than before at {changed} of {len(found.letters)} letters; "
                f"next: {first(found.p_held)}; {100 * moved:.0f}% of the probability has moved."
                ).replace("at -", "at −")

    def __repr__(self):
        return super().__repr__().replace(f"unit={self.unit!r}", f"unit={int(self.unit)}")

    def _build(self):
        super()._build()
        self.observe(self._follow_layer, "layer")

    def _follow_layer(self, change):
        """The slider's ends, and the value within them, as far as cells of this layer go."""
        reach = REACH[min(int(change["new"].split()[1]), 1)]
        slider = self.controls["value"]
        with self.hold():
            slider.min, slider.max = min(slider.min, -reach), max(slider.max, reach)
            self.value = float(np.clip(self.value, -reach, reach))
            slider.min, slider.max = -reach, reach

    def _read(self, letters, layer=0, unit=0, value=None):
        return run_held(self.network, text.encode(letters), layer, unit, value)
