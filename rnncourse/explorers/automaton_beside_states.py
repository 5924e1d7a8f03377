"""Explorer of chapter 13: a network's states in their plane, beside the automaton drawn out of their clusters."""

import warnings
from functools import lru_cache

import numpy as np

from rnncourse.cells.networks import Network
from rnncourse.datasets import checkpoints, formal
from rnncourse.explain import extraction, simplify
from rnncourse.explain.recogniser import Recogniser
from rnncourse.explorers.base import Explorer, choice, entry, slider
from rnncourse.plots.simpler import Beside, BesideScene

LONGEST, MOST, START = 80, 24, "0100110001"
WATCHED = 6       # the network is watched over all words of so many letters, and some longer ones
LETTERS, SILENCE = {"0": [1.0, 0.0], "1": [0.0, 1.0]}, [0.0, 0.0]


def beside(reader, extracted, language, word, at, plane, limits=None, points=None):
    """`Beside`: a word read by a network and by the automaton `extracted` from it (an `Extraction`), side by side.

    reader   a `Recogniser`; language: what is true; plane: `simplify.Components`, of which two are shown
    points   (N, S), states that are shown as well
    """
    states = reader.run([word])[0][:, 0]
    points = states if points is None else points
    lit = extracted.automaton.path(word)
    verdicts = {"language": np.array([language.accepting[state] for state in language.path(word)]),
                "network": reader.verdicts(states),
                "automaton": np.array([extracted.automaton.accepting[state] for state in lit])}
    xy = plane.of(points, 2)
    limits = _limits(xy) if limits is None else limits
    return Beside(word, at, limits, xy, extracted.state(points), plane.of(states, 2), extracted.state(states),
                  extracted.automaton, np.array(lit), verdicts)


def _limits(xy):
    low, high = xy.min(0), xy.max(0)
    room = 0.2 * (high - low)    # a run may leave the states that were watched
    return tuple(zip((low - room).tolist(), (high + room).tolist(), strict=True))


class AutomatonBesideStates(Explorer):
    """A word, letter by letter: `AutomatonBesideStates({4: network}, clusters=6)`.

    networks  {number of one of Tomita's languages: a `Recogniser` of the letters 0 and 1, or a model that reads them
              as the course's do}
    """

    language = choice("4: no 000", [repr(n) for n in formal.NUMBERS], label="language")
    clusters = slider(6, low=1, high=MOST, step=1, label="clusters", unit="of states")
    components = slider(12, low=1, high=12, step=1, label="components", unit="of 12", signal="h")
    word = entry(START, label=f"a word of 0s and 1s, up to {LONGEST} letters", longest=LONGEST)
    letters = slider(len(START), low=0, high=len(START), step=1, label="letters read", unit="letters")

    size, narrowest = (9, 5.6), 215

    def __init__(self, networks, **state):
        self.networks = {_title(n): _reader(network) for n, network in networks.items()}
        self._languages = {_title(n): formal.tomita(n) for n in networks}
        self._plane, self._watched = lru_cache(16)(self._plane), lru_cache(128)(self._watched)
        self._extracted = lru_cache(2048)(self._extracted)
        titles, T = list(self.networks), len(state.get("word", START))
        first = state.setdefault("language", _title(4) if _title(4) in titles else titles[0])
        S = max(len(network.start) for network in self.networks.values())
        super().__init__(controls={
            "language": choice(first, titles, label="language"),
            "components": slider(S, 1, S, 1, label="components", unit=f"of {S}", signal="h"),
            "letters": slider(max(T, 1), 0, max(T, 1), 1, label="letters read", unit=f"of {T}")}, **state)
        for k in range(1, S + 1):               # made beforehand: where the two sliders lead from here
            self._extracted(first, k, int(self.clusters))
        for count in range(1, MOST + 1):
            self._extracted(first, int(self.components), count)

    @classmethod
    def example(cls):
        """The course's seven trained GRUs."""
        tensors = checkpoints.tensors("tomita")
        return cls({n: Network.from_tensors({name.removeprefix(f"{n}/"): value for name, value in tensors.items()
                                             if name.startswith(f"{n}/")}) for n in formal.NUMBERS})

    def scene(self, figure):
        """The picture, with room for the longest word."""
        return BesideScene(figure, LONGEST)

    def objection(self, word, **_):
        """What in the word is no letter."""
        if not word:
            return "The word is empty. Type at least one letter, 0 or 1; what is said of the empty word stands at ·."
        wrong = next(((place, letter) for place, letter in enumerate(word, 1) if letter not in LETTERS), None)
        return "" if wrong is None else (f"“{wrong[1]}”, letter {wrong[0]} of the word, is not in the alphabet. The "
                                         "languages here have the letters 0 and 1.")

    def compute(self, language, clusters, components, word, letters):
        """The network's and the automaton's reading of the word, as a `Beside`."""
        reader, watched = self._watched(language, int(components))
        extracted = self._extracted(language, int(components), int(clusters))
        return beside(reader, extracted, self._languages[language], word, min(int(letters), len(word)),
                      *self._plane(language), watched.states)

    def describe(self, found):
        """What was extracted, how true it is to the network, and where the word stands."""
        k, at = int(self.components), found.at
        extracted, watched = self._extracted(self.language, k, int(self.clusters)), self._watched(self.language, k)[1]
        whole, count = k == len(self._plane(self.language)[0].mean), len(extracted.centres)
        seen, lit = found.seen[at], found.lit[at]
        heap = f"the clusters of state {seen}" if seen >= 0 else "a cluster that the automaton never reaches"
        says = ", ".join(f"{who} {'yes' if verdicts[at] else 'no'}" for who, verdicts in found.verdicts.items())
        part, give = "" if whole else f" in {_many(k, 'component')}", "gives" if count == 1 else "give"
        return (f"Language {self.language}. {_many(count, 'cluster')} of the network{part} {give} an automaton of "
                f"{_many(found.automaton.states, 'state')}; it says what the network says on {extracted.agreement:.1%} "
                f"of {len(watched.words)} words. After {_read(found)} the network's state lies in {heap}, and the "
                f"automaton is in state {lit}. Does it belong? {says.replace('language', 'Truth')}.")

    def __repr__(self):
        shown = super().__repr__()
        for name in ("clusters", "components", "letters"):
            shown = shown.replace(f"{name}={getattr(self, name)!r}", f"{name}={int(getattr(self, name))}")
        return shown

    # -- kept ----------------------------------------------------------------------------------------
    def _plane(self, language):
        """(`Components` of the network's states over the watched words, the limits of their plane)."""
        padded = formal.padded(self._languages[language], self._words(language))
        basis = simplify.components(self.networks[language].net, padded.x, padded.lengths)
        return basis, _limits(basis.of(self._watched(language, len(basis.mean), basis)[1].states, 2))

    def _watched(self, language, components, basis=None):
        """(the reader in its first components, what it does over the words: `Watched`)."""
        reader = self.networks[language]
        basis = self._plane(language)[0] if basis is None else basis
        if components < len(basis.mean):
            reader = reader.within(lambda states: basis.project(states, components))
        return reader, extraction.watch(reader, self._words(language))

    def _extracted(self, language, components, clusters):
        watched = self._watched(language, components)[1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")    # of clusters that hold one state, and of constant answers: both are seen
            return extraction.from_clusters(self.networks[language], watched, min(clusters, len(watched.states)))

    def _words(self, language):
        longer = formal.balanced(self._languages[language], np.random.default_rng(0), 24, 20, WATCHED + 1)
        return [*formal.every_word(WATCHED), *longer]

    def _on_move(self, change):
        with self.hold():    # a new word is read to its end; one picture for both
            if change["name"] == "word" and self.word:
                slide, T = self.controls["letters"], len(self.word)
                slide.max, slide.unit = T, f"of {T}"
                self.letters = T
            super()._on_move(change)


def _title(number):
    return f"{number}: {formal.tomita(number).name}"


def _reader(network):
    return network if isinstance(network, Recogniser) else Recogniser(network, LETTERS, begin=SILENCE)


def _many(number, what):
    return f"{number} {what}{'s' * (number != 1)}"


def _read(found):
    """The letters read so far, in words."""
    if not found.at:
        return f"0 of {_many(len(found.word), 'letter')}"
    read = found.word[:found.at]
    shown = read if len(read) <= 24 else f"…{read[-20:]}"
    return f"“{shown}” ({found.at} of {_many(len(found.word), 'letter')})"
