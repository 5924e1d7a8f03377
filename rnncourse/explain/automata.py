"""Finite automata: reading words, the smallest automaton of a language, are two the same, and if not, where.

    a = Automaton("01", step=((0, 1), (1, 0)), accepting=(True, False))     # an even number of 1s
    a.accepts("0110")
    smallest = minimise(a)
    equivalent(a, b)                 # None, or the shortest word that only one of them accepts
"""

import itertools
from collections import deque
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, repr=False)
class Automaton:
    """A deterministic finite automaton: each letter leads from one state to another, and the last one says yes or no.

    alphabet   letters, each once: a text, or any values that can stand in a tuple
    step       step[state][k] is the state after letter k of the alphabet
    accepting  for each state, whether a word that ends there is accepted
    start      the state before the first letter
    """

    alphabet: tuple
    step: tuple
    accepting: tuple
    start: int = 0

    def __post_init__(self):
        object.__setattr__(self, "alphabet", tuple(self.alphabet))
        object.__setattr__(self, "step", tuple(tuple(int(state) for state in row) for row in self.step))
        object.__setattr__(self, "accepting", tuple(bool(yes) for yes in self.accepting))
        object.__setattr__(self, "start", int(self.start))
        _check(self)

    @classmethod
    def of(cls, language):
        """From anything with alphabet, step, accepting and start, as `datasets.formal` has it."""
        return cls(language.alphabet, language.step, language.accepting, language.start)

    @property
    def states(self):
        """How many states there are."""
        return len(self.step)

    def path(self, word, state=None):
        """The states that a word leads through, one more than it has letters; from `start`, or from another state."""
        places = {letter: k for k, letter in enumerate(self.alphabet)}
        path = [self.start if state is None else state]
        for at, letter in enumerate(word):
            if letter not in places:
                raise ValueError(f"letter {at} of the word is {letter!r}; expected one of "
                                 f"{', '.join(map(repr, self.alphabet))}")
            path.append(self.step[path[-1]][places[letter]])
        return path

    def accepts(self, word):
        """Whether the word is accepted."""
        return self.accepting[self.path(word)[-1]]

    def words(self):
        """{state: a shortest word that leads there}, of all states that a word can reach, nearest first."""
        found, queue = {self.start: ()}, deque([self.start])
        while queue:
            state = queue.popleft()
            for letter, after in zip(self.alphabet, self.step[state], strict=True):
                if after not in found:
                    found[after] = (*found[state], letter)
                    queue.append(after)
        return {state: self.written(word) for state, word in found.items()}

    def written(self, letters):
        """Letters as a word: a text where the alphabet is one of single characters, else a tuple."""
        texts = all(isinstance(letter, str) and len(letter) == 1 for letter in self.alphabet)
        return "".join(letters) if texts else tuple(letters)

    def __repr__(self):
        lines = [f"Automaton: {self.states} states, {sum(self.accepting)} accepting, start {self.start}"]
        for state, row in enumerate(self.step):
            goes = ", ".join(f"{letter} → {after}" for letter, after in zip(self.alphabet, row, strict=True))
            lines.append(f"  {state}{' (accepting)' if self.accepting[state] else ''}: {goes}")
        return "\n".join(lines)


def minimise(automaton):
    """The smallest automaton of the same language; its states are numbered as a walk from the start meets them.

    Two automata of one language give equal results.
    """
    group = groups(automaton)
    first = {k: state for state, k in reversed(group.items())}             # of each group, to speak for it
    chosen = [first[k] for k in range(len(first))]
    return Automaton(automaton.alphabet, [[group[after] for after in automaton.step[state]] for state in chosen],
                     [automaton.accepting[state] for state in chosen])


def groups(automaton):
    """{state: its group} of all states that a word can reach: one group, one state of the smallest automaton.

    Moore's refinement: put the states that accept into one group, the others into another. While two states of a group
    go, by some letter, into different groups, they must be told apart: divide.
    """
    reached = list(automaton.words())
    group = {state: int(automaton.accepting[state]) for state in reached}
    while True:
        looks = {state: (group[state], *(group[after] for after in automaton.step[state])) for state in reached}
        numbers = {look: k for k, look in enumerate(dict.fromkeys(looks.values()))}    # in the order of the walk
        divided = {state: numbers[look] for state, look in looks.items()}
        if len(numbers) == len(set(group.values())):
            return divided
        group = divided


def equivalent(a, b):
    """None where both accept the same words; else a shortest word that one accepts and the other rejects.

    Both read at once, from their starts: a pair of states of which one accepts is reached by such a word.
    """
    if set(a.alphabet) != set(b.alphabet):
        raise ValueError(f"the alphabets are {a.alphabet} and {b.alphabet}; expected the same letters")
    places = [b.alphabet.index(letter) for letter in a.alphabet]
    first = (a.start, b.start)
    words, queue = {first: ()}, deque([first])
    while queue:
        in_a, in_b = pair = queue.popleft()
        if a.accepting[in_a] != b.accepting[in_b]:
            return a.written(words[pair])
        for k, letter in enumerate(a.alphabet):
            after = a.step[in_a][k], b.step[in_b][places[k]]
            if after not in words:
                words[after] = (*words[pair], letter)
                queue.append(after)
    return None


@dataclass(frozen=True, eq=False, repr=False)
class Trial:
    """An automaton and a network on the same words.

    words         how many
    accepted      share of them that the automaton accepts
    disagreements the words on which they differ, shortest first
    """

    words: int
    accepted: float
    disagreements: tuple

    @property
    def counter_example(self):
        """A shortest word on which they differ, or None."""
        return self.disagreements[0] if self.disagreements else None

    def __repr__(self):
        found = (f"they differ on {len(self.disagreements)}, such as {self.counter_example!r}" if self.disagreements
                 else "they agree on all")
        return f"Trial: {self.words} words, {self.accepted:.0%} of them accepted; {found}"


def falsify(automaton, recogniser, words):
    """`Trial`: try to find a word on which automaton and network differ.

    ValueError where they agree and all verdicts are the same: so would a constant answer, the words test nothing.
    Random long words are such for many languages; build some to be accepted.
    """
    words = sorted(words, key=len)
    if not words:
        raise ValueError("words is empty; expected words to try automaton and network on")
    by_automaton = np.array([automaton.accepts(word) for word in words])
    differ = np.flatnonzero(by_automaton != recogniser.accepts(words))
    if not len(differ) and automaton.states > 1 and (by_automaton.all() or not by_automaton.any()):
        all_say = "accept" if by_automaton[0] else "reject"
        raise ValueError(f"automaton and network {all_say} all {len(words)} words: so would a constant answer. Give "
                         f"words built to be {'rejected' if by_automaton[0] else 'accepted'} as well")
    return Trial(len(words), float(by_automaton.mean()), tuple(words[k] for k in differ))


def every_word(alphabet, longest):
    """All words of length 0 … longest over an alphabet, the shorter first."""
    written = Automaton(alphabet, [[0] * len(tuple(alphabet))], [False]).written
    return [written(word) for length in range(longest + 1) for word in itertools.product(alphabet, repeat=length)]


def _check(automaton):
    n, letters = len(automaton.step), automaton.alphabet
    if not letters or len(set(letters)) < len(letters):
        raise ValueError(f"the alphabet is {letters}; expected at least one letter, each once")
    if not n or len(automaton.accepting) != n:
        raise ValueError(f"step has {n} states and accepting {len(automaton.accepting)}; expected the same number, at "
                         "least one")
    for state, row in enumerate(automaton.step):
        if len(row) != len(letters) or not all(0 <= after < n for after in row):
            raise ValueError(f"step[{state}] is {row}; expected {len(letters)} states, one for each letter, from 0 to "
                             f"{n - 1}")
    if not 0 <= automaton.start < n:
        raise ValueError(f"start is {automaton.start}; expected a state from 0 to {n - 1}")
