"""A trained network as a reader of words: letter by letter, then yes or no. What automata are compared with."""

import copy
from collections.abc import Mapping

import numpy as np

from rnncourse.explain.autonomous import Layer, held, one_layer, run, states_of

BATCH = 1024        # words that are read at a time


class Recogniser:
    """A network that reads a word letter by letter and says yes or no.

    net       an `Explained`, or what `Explained.of` takes: one layer, read forward
    inputs    {letter: what stands for it}: (D,) numbers, or the number of a token where there is an embedding
    begin     what it reads before the first letter, likewise; None for nothing
    yes       which class says yes; 1 where there are two. With one score, above 0 says yes
    """

    def __init__(self, net, inputs, begin=None, yes=None):
        self.net = one_layer(net)
        if not isinstance(inputs, Mapping) or not inputs:
            raise TypeError(f"inputs is {inputs!r}; expected {{letter: numbers or a token}}, at least one letter")
        self.inputs = {letter: held(self.net, given) for letter, given in inputs.items()}
        self.alphabet = tuple(inputs)
        self.begin = None if begin is None else held(self.net, begin)
        K = self.net.classes
        if yes is None and K > 2:
            raise ValueError(f"the network has {K} scores; say which of them is a yes: yes=0 to {K - 1}")
        if yes is not None and not 0 <= yes < K:
            raise ValueError(f"yes is {yes}; the network has the scores 0 to {K - 1}")
        self.yes, self.project = K - 1 if yes is None else yes, None

    def within(self, project):
        """The same reader, each state that it comes to put through `project` ((N, S) -> (N, S)) before it goes on.

        With `simplify.Components.project` it reads in its first components only.
        """
        made = copy.copy(self)
        made.project = project
        return made

    @property
    def start(self):
        """(S,): the state before the first letter, `begin` read."""
        state = np.concatenate(self.net.start[0, "forward"])
        return state if self.begin is None else self._read(self.begin, state[None])[0]

    def step(self, states, letter):
        """(N, S): the states after a letter."""
        return self._read(self.inputs[letter], states)

    def margin(self, states):
        """(N,): by how much the yes is above the other scores, from states (N, S); at 0 the network wavers."""
        scores = self.net.predict(states[:, :self.net.hidden_size])
        others = np.delete(scores, self.yes, axis=1)
        return scores[:, self.yes] - (others.max(1) if others.shape[1] else 0)

    def verdicts(self, states):
        """(N,) booleans: whether it says yes in these states."""
        return self.margin(states) > 0

    def accepts(self, words):
        """(N,) booleans: what the network says of each word."""
        words = list(words)
        said = np.zeros(len(words), bool)
        order = np.argsort([len(word) for word in words], kind="stable")
        for start in range(0, len(words), BATCH):
            chosen = order[start:start + BATCH]
            states, lengths = self.run([words[k] for k in chosen])
            said[chosen] = self.verdicts(states[lengths, np.arange(len(chosen))])
        return said

    def run(self, words):
        """states (T + 1, B, S) while it reads B words, T the longest's length, the start first; lengths (B,)."""
        lengths = np.array([len(word) for word in words], int)
        x = np.zeros((int(lengths.max(initial=0)), len(words), self.net.input_size))
        for b, word in enumerate(words):
            for t, letter in enumerate(word):
                if letter not in self.inputs:
                    raise ValueError(f"letter {t} of word {b} is {letter!r}; expected one of "
                                     f"{', '.join(map(repr, self.alphabet))}")
                x[t, b] = self.inputs[letter]
        start = np.tile(self.start, (1, len(words), 1))
        if self.project is None:
            return (np.concatenate([start, states_of(self._trace(x, start[0]))]) if len(x) else start), lengths
        states = [start[0]]
        for x_t in x:
            states.append(self._read(x_t, states[-1]))
        return np.stack(states), lengths

    def _read(self, x, states):
        after = states_of(self._trace(np.broadcast_to(x, (1, len(states), x.shape[-1])), states))[-1]
        return after if self.project is None else self.project(after)

    def _trace(self, x, states):
        return run(Layer(self.net), x, states)

    def __repr__(self):
        return f"Recogniser of {', '.join(map(repr, self.alphabet))}: {self.net!r}"
