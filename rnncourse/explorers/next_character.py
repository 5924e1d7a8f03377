"""Explorer of chapter 06: type the beginning of a text, see what comes next, and let the model write on."""

from functools import lru_cache

import numpy as np

from rnncourse.cells.networks import Network
from rnncourse.datasets import checkpoints, text
from rnncourse.explorers.base import Explorer, entry, slider
from rnncourse.losses import softmax
from rnncourse.plots.gates import shown
from rnncourse.plots.next_character import NextCharacterScene, NextSymbols, percent
from rnncourse.sampling import draw, next_probabilities

LONGEST = 40
PROMPT = 'def read(self):⏎    """Return the '


def _said(scores, numbers, temperature, top_k, vocabulary):
    """`NextSymbols` from scores (T, K), those after each symbol of the prompt."""
    p = softmax(scores)
    surprise = np.concatenate([[np.nan], -np.log2(p[np.arange(len(numbers) - 1), numbers[1:]])])
    return NextSymbols(tuple(vocabulary[n] for n in numbers), surprise, tuple(vocabulary), p[-1],
                       next_probabilities(scores[-1], temperature, top_k))


class NextCharacter(Explorer):
    """A prompt, temperature and top-k: the likeliest next characters, and a button to let the model write on.

    model       a `Network`, or a torch TextModel, which is copied
    vocabulary  str: the character of each number
    seed        of what is written: `write(80)` gives the same text again after `reset()`
    """

    prompt = entry(PROMPT, label=f"prompt (at most {LONGEST} characters; a newline is ⏎)", longest=LONGEST)
    temperature = slider(1.0, low=0.1, high=2, step=0.05, label="temperature", unit="(1: its own)")
    top_k = slider(97, low=1, high=97, step=1, label="top k", unit="of 97 stay")

    size, narrowest = (9, 4.5), 240

    def __init__(self, model, vocabulary=text.VOCABULARY, seed=0, **state):
        self.model, self.vocabulary, self._seed = Network.of(model), vocabulary, seed
        self._read = lru_cache(256)(self._read)
        K = len(vocabulary)
        if self.model.classes != K:
            raise ValueError(f"the model tells {self.model.classes} symbols apart and the vocabulary has {K}; expected "
                             "the vocabulary that it was trained on")
        super().__init__(controls={"top_k": slider(K, 1, K, 1, label="top k", unit=f"of {K} stay")}, **state)
        self.observe(lambda _: self._new_page(), "prompt")

    @classmethod
    def example(cls):
        """The course's trained text model."""
        return cls(Network.from_tensors(checkpoints.tensors("text_lstm2")))

    def write(self, count):
        """Write so many characters on, and return them: the same ones after each `reset()`."""
        return self.writing.write(count)

    def reset(self):
        """Put every control back, and begin what is written anew."""
        super().reset()
        self._new_page()

    def scene(self, figure):
        """The picture, with room for the longest prompt."""
        return NextCharacterScene(figure, LONGEST)

    def objection(self, prompt, **_):
        """Which characters the model has never seen."""
        if not prompt:
            return "The prompt is empty. Type at least one character: the model guesses what comes after something."
        typed = prompt.replace("⏎", "\n")
        unknown = [(place, character) for place, character in enumerate(typed, 1) if character not in self.vocabulary]
        if not unknown:
            return ""
        which = ", ".join(f"{_named(character)} (at place {place})" for place, character in unknown[:5])
        it = "them" if unknown[1:] else "it"
        return (f"The model does not know {which}{' and more' if unknown[5:] else ''}. It knows the "
                f"{len(self.vocabulary)} characters of its vocabulary: letters without accents, digits, and the signs "
                f"of a plain keyboard. Take {it} out, or write {it} otherwise.")

    def compute(self, prompt, temperature, top_k):
        """What comes after the prompt, as `NextSymbols`."""
        numbers, scores, _ = self._read(prompt)
        return _said(scores, numbers, temperature, int(top_k), self.vocabulary)

    def describe(self, found):
        """What comes next, before and after, and what surprised."""
        first = [f"{shown(found.symbols[n])} {percent(found.own[n])}%" for n in found.order[:3]]
        now = [f"{shown(found.symbols[n])} {percent(found.now[n])}%" for n in found.order[:3] if found.now[n] > 0]
        bits = found.surprise[1:]
        told = f" The prompt cost {bits.mean():.1f} bits a character." if len(bits) else ""
        if len(bits) > 1:
            worst = int(np.argmax(bits)) + 1
            told = told[:-1] + f", most of all “{shown(found.prompt[worst])}” at place {worst + 1}: {bits.max():.1f}."
        return (f"After {_quoted(found.prompt)} the model says {', '.join(first)} ({_entropy(found.own):.2f} bits "
                f"uncertain). At temperature {self.temperature:.2f} with the {int(self.top_k)} likeliest: "
                f"{', '.join(now)} ({_entropy(found.now):.2f} bits).{told}")

    def continuation(self):
        """One character after the other, each drawn as the sliders stand at that moment."""
        _, scores, state = self._read(self.prompt)
        scores = scores[-1]
        while True:
            number = draw(self._rng, next_probabilities(scores, self.temperature, int(self.top_k)))
            yield self.vocabulary[number]
            h, state = self.model.run(np.array([[number]]), state)
            scores = self.model.predict(h[0, 0])

    def _read(self, prompt):
        """The prompt's numbers (T,), the scores (T, K) after each, and the state after the last."""
        numbers = np.array([self.vocabulary.index(character) for character in prompt.replace("⏎", "\n")])
        h, state = self.model.run(numbers[:, None])
        return numbers, self.model.predict(h[:, 0]), state

    def _new_page(self):
        self._rng = np.random.default_rng(self._seed)
        self.writing.clear(given=self.prompt.replace("⏎", "\n"))


def _named(character):
    """A character in quotation marks, or by name where one would not see it."""
    return "a tab" if character == "\t" else f"“{character}”" if character.isprintable() else f"U+{ord(character):04X}"


def _quoted(prompt):
    end = "".join(map(shown, prompt[-12:])).replace("␣", " ")
    return f"“{'…' if len(prompt) > 12 else ''}{end}”"


def _entropy(p):
    """Bits of uncertainty: Σ p log2 1/p."""
    kept = p[p > 0]
    return float(-(kept * np.log2(kept)).sum() + 0.0)
