"""L*: an automaton learnt by asking (Angluin 1987). A teacher says whether a word belongs, and where a guess is wrong.

    learnt = lstar("01", member=lambda words: [w.count("1") % 2 == 0 for w in words],
                   counter_example=lambda guess: equivalent(guess, truth))

A network is a teacher too: `extraction.Recogniser.accepts` answers the first question, a search over words the second.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from rnncourse.explain.automata import Automaton


@dataclass(frozen=True, eq=False, repr=False)
class Learnt:
    """What L* came to.

    automaton  the last guess: the smallest automaton that fits all answers
    guesses    every guess, the last one included
    asked      how many words were asked about
    surprises  the counter-examples that came, one fewer than the guesses, or as many where it was cut short
    finished   False where the guess grew beyond `most_states`: what the teacher knows is no small automaton
    """

    automaton: Automaton
    guesses: tuple
    asked: int
    surprises: tuple
    finished: bool

    def __repr__(self):
        end = "" if self.finished else "; cut short, the teacher knows of no automaton this small"
        return (f"Learnt: {self.automaton.states} states after {len(self.guesses)} guesses, {self.asked} words asked, "
                f"counter-examples {', '.join(map(repr, self.surprises)) or 'none'}{end}")


@dataclass
class _Table:
    """Angluin's table. A row is a word that leads somewhere, a column an ending; in it stands whether both belong.

    Two rows that look the same are taken to lead to the same state. `short` holds the rows that have a state each.
    """

    alphabet: tuple
    member: Callable
    written: Callable
    short: list = field(default_factory=lambda: [()])
    endings: list = field(default_factory=lambda: [()])
    answers: dict = field(default_factory=dict)

    def row(self, word):
        return tuple(self.answers[word + ending] for ending in self.endings)

    def after(self, word):
        return [(*word, letter) for letter in self.alphabet]

    def ask(self):
        """Fill every gap of the table, in one question."""
        words = [word for short in self.short for word in (short, *self.after(short))]
        gaps = list(dict.fromkeys(word + e for word in words for e in self.endings if word + e not in self.answers))
        if gaps:
            said = list(self.member([self.written(word) for word in gaps]))
            if len(said) != len(gaps):
                raise ValueError(f"member answered {len(said)} of {len(gaps)} words; expected one bool for each")
            self.answers |= zip(gaps, map(bool, said), strict=True)

    def close(self, most):
        """Until each row's next rows are known states: a new look gets a state of its own. False above `most`."""
        self.ask()
        while True:
            looks, longer = {self.row(word) for word in self.short}, [w for s in self.short for w in self.after(s)]
            new = next((word for word in longer if self.row(word) not in looks), None)
            if new is None:
                return True
            if len(self.short) == most:
                return False
            self.short.append(new)
            self.ask()

    def guess(self):
        state = {self.row(word): k for k, word in enumerate(self.short)}
        step = [[state[self.row(word)] for word in self.after(short)] for short in self.short]
        return Automaton(self.alphabet, step, [self.answers[short] for short in self.short])

    def learn_from(self, word, guess):
        """Add the ending of a counter-example that tells two words of one state apart (Rivest & Schapire 1993).

        Read the first k letters with the guess, replace them by that state's own short word, and ask about the whole.
        At k = 0 the answer is the truth, at the end the guess's, which is wrong: somewhere it turns.
        """
        states = guess.path(word)
        mixed = [self.short[state] + tuple(word[k:]) for k, state in enumerate(states)]
        said = self.member([self.written(each) for each in mixed])
        turn = next((k for k in range(len(word)) if said[k] != said[k + 1]), None)
        ending = None if turn is None else tuple(word[turn + 1:])
        if ending is None or ending in self.endings:
            raise ValueError(f"the counter-example {self.written(word)!r} is none: on it the teacher agrees with the "
                             "guess, or it answers differently each time. Expected a word on which they differ")
        self.answers |= zip(mixed, map(bool, said), strict=True)
        self.endings.append(ending)


def lstar(alphabet, member, counter_example, most_states=64):
    """Learn the smallest automaton of a teacher's language: `Learnt`.

    member           words -> one bool for each: does it belong? A list of words at a time, as networks like it
    counter_example  guess (Automaton) -> a word on which the teacher and it differ, or None: then it is done
    most_states      to stop at: what a network knows need not be an automaton at all

    With a teacher of a regular language and true counter-examples it ends with the smallest automaton, after at most
    as many guesses as that has states.
    """
    alphabet = tuple(alphabet)
    empty = Automaton(alphabet, [[0] * len(alphabet)], [False])           # checks the alphabet
    table, guesses, surprises = _Table(alphabet, member, empty.written), [], []
    while table.close(most_states):
        guesses.append(table.guess())
        word = counter_example(guesses[-1])
        if word is None:
            return Learnt(guesses[-1], tuple(guesses), len(table.answers), tuple(surprises), True)
        surprises.append(word)
        table.learn_from(word, guesses[-1])
        table.ask()
    last = guesses[-1] if guesses else empty
    return Learnt(last, tuple(guesses), len(table.answers), tuple(surprises), False)
