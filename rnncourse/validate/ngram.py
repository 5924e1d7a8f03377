"""What counting reaches: an interpolated n-gram, the baseline of every network that guesses the next symbol.

Witten–Bell smoothing (Witten & Bell 1991, their method C; interpolated as in Chen & Goodman 1999, section 2.4). It
has nothing to tune. An order-n model asks what followed the last n − 1 symbols in training, and trusts the answer
the less, the more different symbols it saw there for how often it looked:

    p_k(s | context) = (count(context s) + kinds(context) · p_{k−1}(s | shorter)) / (count(context) + kinds(context))

The context is the last k − 1 symbols, the shorter one the last k − 2; kinds(context) is how many different symbols
followed it; p_0 is uniform. Where a context never came, p_k = p_{k−1}.

References: I. H. Witten and T. C. Bell (1991), The zero-frequency problem, IEEE Transactions on Information Theory
37(4); S. F. Chen and J. Goodman (1999), An empirical study of smoothing techniques for language modeling, Computer
Speech & Language 13(4).
"""

from dataclasses import dataclass

import numpy as np

from rnncourse import sampling


def fit(numbers, order=5, classes=97):
    """An `NGram` from whole numbers (N,), or from a list of such sequences, across whose ends nothing is counted.

    order 1 is the unigram, 0 the uniform guess. A gram of n symbols is kept as one number in base `classes`, so that
    order · log2(classes) must stay below 63: order 9 for 97 classes.
    """
    if classes != int(classes) or classes < 1:
        raise ValueError(f"classes is {classes}; expected a whole number ≥ 1")
    most = _longest(classes)
    if order != int(order) or not 0 <= order <= most:
        raise ValueError(f"order is {order}; expected a whole number from 0 to {most} for {classes} classes")
    flat, place = _joined(numbers, classes)
    if not len(flat):
        raise ValueError("there is nothing to count: the text has no symbols")
    return NGram(tuple(_count(_grams(flat, length, classes)[place >= length - 1], classes)
                       for length in range(1, int(order) + 1)), int(classes))


@dataclass(frozen=True, repr=False, eq=False)
class NGram:
    """An interpolated n-gram model; make one by `fit`. `levels` are its counts, of grams of 1, 2, … symbols."""

    levels: tuple
    classes: int

    @property
    def order(self):
        """n: the model looks at the last n − 1 symbols."""
        return len(self.levels)

    def probabilities(self, context=()):
        """(K,) probabilities of the next symbol after `context`, whole numbers of any length; they sum to 1."""
        context = _symbols(context, self.classes)
        p = np.full(self.classes, 1 / self.classes)
        code = 0                                                    # the last `length` symbols, in base `classes`
        for length, level in enumerate(self.levels[:len(context) + 1]):
            code += int(context[-length]) * self.classes ** (length - 1) if length else 0
            followers, counts = level.after(code)
            if not len(followers):
                break                                               # then no longer context came either
            # p_k = (count + kinds · p_{k−1}) / (total + kinds)
            p *= len(followers)
            p[followers] += counts
            p /= counts.sum() + len(followers)
        return p

    def bits(self, numbers):
        """(N,) bits of each symbol given those before it, −log2 p; for a list of sequences, a list of such."""
        flat, place = _joined(numbers, self.classes)
        p = np.full(len(flat), 1 / self.classes)
        for length, level in enumerate(self.levels, start=1):
            here = np.flatnonzero(place >= length - 1)              # where so much has gone before
            count, total, kinds = level.look_up(_grams(flat, length, self.classes)[here])
            known = total > 0
            here, kinds = here[known], kinds[known]
            p[here] = (count[known] + kinds * p[here]) / (total[known] + kinds)
        bits = -np.log2(p)
        return _apart(bits, numbers) if _is_list(numbers) else bits

    def bits_per_character(self, numbers):
        """The mean of `bits`, over all symbols of all sequences."""
        bits = self.bits(numbers)
        bits = np.concatenate([[], *bits]) if _is_list(numbers) else bits
        if not len(bits):
            raise ValueError("there is nothing to guess: the text has no symbols")
        return float(bits.mean())

    def sample(self, rng, context, length, temperature=1.0, top_k=None):
        """(length,) whole numbers that go on after `context`, each drawn given those before it."""
        if length != int(length) or length < 0:
            raise ValueError(f"length is {length}; expected a whole number ≥ 0")
        known = _symbols(context, self.classes).tolist()
        start = len(known)
        for _ in range(int(length)):
            p = self.probabilities(known[-self.order:])             # more than it looks at, so nothing is lost
            known.append(sampling.draw(rng, sampling.next_probabilities(np.log(p), temperature, top_k)))
        return np.array(known[start:], np.int64)

    def __repr__(self):
        grams = ", ".join(f"{len(level.grams):,} of {n}" for n, level in enumerate(self.levels, start=1))
        return f"NGram of order {self.order} over {self.classes} symbols; different grams by length: {grams or 'none'}"


# -- counts -----------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Level:
    """Counts of grams of one length. grams (G,) ascending with counts (G,); a context is its gram // classes.

    contexts (C,) ascending, each with the `starts` of its grams (C + 1,) and its `totals` (C,).
    """

    grams: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    starts: np.ndarray
    totals: np.ndarray
    classes: int

    def after(self, context):
        """(symbols, counts) of what followed a context; empty where it never came."""
        at = np.searchsorted(self.contexts, context)
        if at == len(self.contexts) or self.contexts[at] != context:
            return self.grams[:0], self.counts[:0]
        found = slice(self.starts[at], self.starts[at + 1])
        return self.grams[found] % self.classes, self.counts[found]

    def look_up(self, grams):
        """For each gram its count, its context's total and its context's kinds; 0 where they never came."""
        at, seen = _find(self.contexts, grams // self.classes)
        place, known = _find(self.grams, grams)
        kinds = np.diff(self.starts)
        return self.counts[place] * known, self.totals[at] * seen, kinds[at] * seen


def _count(grams, classes):
    found, counts = np.unique(grams, return_counts=True)
    contexts, starts = np.unique(found // classes, return_index=True)
    totals = np.add.reduceat(counts, starts) if len(starts) else counts
    return Level(found, counts, contexts, np.append(starts, len(found)), totals, classes)


def _find(table, wanted):
    """Where each wanted number stands in an ascending table, and whether it does."""
    if not len(table):
        return np.zeros(len(wanted), int), np.zeros(len(wanted), bool)
    places = np.searchsorted(table, wanted).clip(max=len(table) - 1)
    return places, table[places] == wanted


def _grams(flat, length, classes):
    """(N,): the `length` symbols that end at each place, as one number in base `classes`."""
    grams = np.zeros(len(flat), np.int64)
    for back in range(min(length, len(flat))):
        grams[back:] += flat[:len(flat) - back] * classes**back
    return grams


def _longest(classes):
    length = 1
    while length < 62 and classes ** (length + 1) < 2**63:
        length += 1
    return length


# -- what is given ----------------------------------------------------------------------------------
def _is_list(numbers):
    """Is it a list of sequences, rather than one?"""
    return isinstance(numbers, (list, tuple)) and (not len(numbers) or np.ndim(numbers[0]) == 1)


def _joined(numbers, classes):
    """All symbols in one array, and for each how many of its own sequence went before."""
    sequences = [_symbols(one, classes) for one in numbers] if _is_list(numbers) else [_symbols(numbers, classes)]
    flat = np.concatenate(sequences) if sequences else np.zeros(0, np.int64)
    place = np.concatenate([np.arange(len(one)) for one in sequences]) if sequences else flat
    return flat, place


def _apart(values, sequences):
    """A list with the values of each sequence."""
    ends = np.cumsum([len(one) for one in sequences], dtype=int)
    return [values[end - len(one):end] for one, end in zip(sequences, ends, strict=True)]


def _symbols(numbers, classes):
    array = np.asarray(numbers)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"the symbols are {array.dtype} of shape {array.shape}; expected whole numbers (N,), or a "
                         "list of such sequences. For a text, try text.encode(…)")
    if array.size and not (array.min() >= 0 and array.max() < classes):
        raise ValueError(f"the symbols run from {array.min()} to {array.max()}; expected 0 to {classes - 1}, "
                         f"as classes={classes}")
    return array.astype(np.int64)
