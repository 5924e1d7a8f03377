"""Explorer of chapter 11: one review under all methods, with the sum of each beside what it must be."""

import difflib
from functools import lru_cache

import numpy as np

from rnncourse.cells.networks import Network
from rnncourse.datasets import checkpoints, sentiment
from rnncourse.explain import attribution, decomposition, faithfulness, lrp
from rnncourse.explain.gate_attention import gate_attention
from rnncourse.explain.model import Explained
from rnncourse.explorers.base import Explorer, choice, entry, slider
from rnncourse.plots.compared import Column, Compared, ComparedScene

LONGEST, START = 20, "the plot was silly but the music was not at all boring"
TARGETS = {"praise": 1, "blame": 0}
ZEROS, MEAN = "zeros", "mean of all words"
BASELINES = (ZEROS, MEAN, "the word was", "the word good", "the word bad")
TRAINED, SHUFFLED = "trained", "shuffled"
METHODS = ("gradient", "gradient × input", "occlusion", "integrated grad.", "LRP", "decomposition", "gate attention")
PUNCTUATION = ",.!?;:"                           # between words, and no part of them
LETTERS = "abcdefghijklmnopqrstuvwxyz '" + PUNCTUATION
LONGEST_WORD = 10                                # letters that there is room for beside the bars
REVIEWS = sentiment.Reviews(())


def split(review):
    """(words, known): all words of a review, and for each (T,) whether the networks have learnt it."""
    words = tuple(review.lower().translate(dict.fromkeys(map(ord, PUNCTUATION), " ")).split())
    return words, np.array([word in sentiment.NUMBER for word in words], bool)


def baseline(net, name):
    """(D,): what stands for "nothing there": zeros, the mean embedding of all words, or "the word …"."""
    if name == ZEROS:
        return np.zeros(net.input_size)
    return net.embedding[1:].mean(0) if name == MEAN else net.embedding[REVIEWS.encode(name.split()[-1])[0]]


def all_methods(net, numbers, target, base):
    """{name: `Column`} for one review of numbers (T,): what each method gives to each word, and the sums.

    base (D,)  the baseline of gradient × input, occlusion and integrated gradients; the others have none
    """
    x = np.asarray(numbers)[:, None]
    attended, relevance = gate_attention(net.trace(x)), lrp.lrp(net, x, target)
    to_baseline = (attribution.gradient_times_input(net, x, target, baseline=base),
                   attribution.occlusion(net, x, target, baseline=base),
                   attribution.integrated_gradients(net, x, target, baseline=base, tolerance=1e-4))
    rest = relevance.parts["start"][0] + relevance.parts["biases"][0]
    found = [Column(attribution.gradient(net, x, target).norms[:, 0], False, ("length of the", "slope: no sum"))]
    for one, word in zip(to_baseline, ("need not be", "need not be", "must be"), strict=True):
        found.append(_column(one, f"{word} {_plain(one.conservation.expected[0])}"))
    found += [_column(relevance, f"{_plain(rest)} rest = {_plain(relevance.scores[0])}"),
              _column(decomposition.of_words(net, x, target), "need not sum"),
              Column(attended.tokens[:, 0], False, _written(attended))]
    return dict(zip(METHODS, found, strict=True))


def _column(one, below):
    return Column(one.tokens[:, 0], True, (f"Σ {_plain(one.tokens.sum())}", below))


def _written(attended):
    """The sum of the mean weights; a GRU's and the start's add up to 1, an LSTM's need not sum to anything."""
    total, start = attended.tokens.sum(), attended.start.mean()
    return f"Σ {total:.2f}", f"+ start {start:.2f} = 1" if attended.cell == "gru" else "need not sum"


def _plain(number):
    return f"{number:+.2f}".replace("-", "−")


class AttributionComparer(Explorer):
    """A review under all methods: `AttributionComparer({("lstm", 0): net, …}, review="never boring")`.

    nets  (cell, seed) -> Explained readers of reviews, as many seeds for each cell
    """

    review = entry(START, label="a review, in words of the grammar", longest=150)
    cell = choice("lstm", ["lstm", "gru"], label="network")
    seed = slider(0, low=0, high=4, step=1, label="seed", unit="of 0 to 4")
    target = choice("praise", list(TARGETS), label="the score of")
    base = choice(ZEROS, list(BASELINES), label="baseline")
    weights = choice(TRAINED, [TRAINED, SHUFFLED], label="weights")
    numbers_of = choice(METHODS[3], list(METHODS), label="numbers of")

    size, narrowest = (9.6, 5), 190

    def __init__(self, nets, **state):
        self.nets, cells = dict(nets), list(dict.fromkeys(cell for cell, _ in nets))
        self._read = lru_cache(256)(self._read)
        most = max(seed for _, seed in nets)
        super().__init__(controls={"cell": choice(cells[0], cells, label="network"),
                                   "seed": slider(0, 0, most, 1, label="seed", unit=f"of 0 to {most}")}, **state)

    @classmethod
    def example(cls):
        """The course's ten readers of reviews."""
        tensors, nets = checkpoints.tensors("sentiment"), {}
        for name in sorted({key.partition("/")[0] for key in tensors}, key=lambda name: (name[0] != "l", name)):
            cell, seed = name.split()
            own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
            nets[cell, int(seed)] = Explained.of(Network.from_tensors(own))
        return cls(nets)

    def scene(self, figure):
        """The picture, a panel for each method."""
        return ComparedScene(figure, METHODS, LONGEST)

    def objection(self, review, **_):
        """What cannot be read at all; a word that is only unknown is left out, and said so."""
        words, _ = split(review)
        if not words:
            return "The review is empty. Type a few words, such as: not at all boring."
        if len(words) > LONGEST:
            return f"The review has {len(words)} words; there is room for {LONGEST}. Leave some out."
        odd = next((letter for letter in review.lower() if letter not in LETTERS), None)
        return f"“{odd}” is in no English word. Type words, such as: not at all boring." if odd else ""

    def compute(self, review, cell, seed, target, base, weights, numbers_of):
        """All methods on the words that are known, as a `Compared`; an unknown word gets a row, and no bars."""
        words, known = split(review)
        read = tuple(word for word, there in zip(words, known, strict=True) if there)
        columns, score = self._read(read, cell, int(seed), target, base, weights)
        decides = sentiment.responsible(read) if read else np.zeros(0, bool)
        columns = {name: Column(_among(known, column.values), column.signed, column.below)
                   for name, column in columns.items()}
        shown = tuple(word if there else f"{_short(word)}?" for word, there in zip(words, known, strict=True))
        return Compared(shown, _among(known, decides) > 0, columns, numbers_of, score)

    def describe(self, found):
        """The score, what the grammar says, each method's two strongest words, and what was left out."""
        words, known = split(self.review)
        read = [word for word, there in zip(words, known, strict=True) if there]
        left_out = ", ".join(map(_with_advice, dict.fromkeys(word for word in words if word not in read)))
        who = f"{self.cell.upper()} of seed {int(self.seed)}{' with shuffled weights' * (self.weights == SHUFFLED)}"
        more = f" Left out, as the networks have not learnt it: {left_out}." if left_out else ""
        if not read:
            return f"“{self.review}”, {who}: nothing is read yet.{more}"
        meaning = sentiment.read(read)[-1]
        verdict = "praise" if meaning > 0 else "blame" if meaning < 0 else "neither"
        by_grammar = ", ".join(word for word, decides in zip(words, found.decides, strict=True) if decides)
        strongest = "; ".join(f"{name} {_two(read, column.values[known], column.signed)}"
                              for name, column in found.columns.items())
        return (f"“{self.review}”, {who}: score for {self.target} {_plain(found.score)}; the grammar says {verdict} "
                f"({meaning:+g}), decided by {by_grammar or 'no single word'}. Strongest words, baseline {self.base}: "
                f"{strongest}.{more}").replace("-", "−")

    def __repr__(self):
        return super().__repr__().replace(f"seed={self.seed!r}", f"seed={int(self.seed)}")

    def _read(self, words, cell, seed, target, base, weights):
        """({name: Column}, score); kept, as it takes some 30 ms."""
        net = self.nets[cell, seed]
        if weights == SHUFFLED:
            net = faithfulness.shuffled(net, np.random.default_rng(seed))
        if not words:
            nothing = {name: Column(np.zeros(0), True, ("", "")) for name in METHODS}
            return nothing, float(net.b_y[TARGETS[target]])
        numbers = REVIEWS.encode(words)
        return (all_methods(net, numbers, TARGETS[target], baseline(net, base)),
                float(net.scores(numbers[:, None])[0, TARGETS[target]]))


def _among(known, values):
    """(T,) values at the words that are known, 0 elsewhere."""
    spread = np.zeros(len(known))
    spread[known] = values
    return spread


def _with_advice(word):
    """The unknown word, and one that it may have been meant to be."""
    meant = [known for known in sentiment.VOCABULARY if known.startswith(word)][:1] or difflib.get_close_matches(
        word, sentiment.VOCABULARY, 1)
    return f"“{_short(word)}”" + (f" (try “{meant[0]}”)" if meant else "")


def _short(word):
    """The word, or its beginning where it would run out of the picture."""
    return word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD - 1]}…"


def _two(words, values, signed):
    """The two words with the largest values, sign aside; with their sign where the method gives one."""
    first = np.argsort(-np.abs(values), kind="stable")[:2]
    return " and ".join(f"{words[k]} {values[k]:{'+' if signed else ''}.2f}" for k in first)
