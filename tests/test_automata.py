"""Automata: smallest sizes, counter-examples by brute force, L* against the truth, networks of known insides."""

import warnings

import numpy as np
import pytest
from planting import plant

from rnncourse.datasets import formal
from rnncourse.explain import automata, extraction, lstar, simplify
from rnncourse.explain.automata import Automaton, equivalent, minimise
from rnncourse.explain.model import Explained
from rnncourse.explain.recogniser import Recogniser

SIZES = {1: 2, 2: 3, 3: 5, 4: 4, 5: 4, 6: 3, 7: 5}
each = pytest.mark.parametrize("number", formal.NUMBERS)


def drawn(rng, most=9, alphabet="ab"):
    n = int(rng.integers(1, most))
    return Automaton(alphabet, rng.integers(0, n, (n, len(alphabet))), rng.random(n) < 0.4, rng.integers(n))


def padded_out(automaton, rng):
    """The same language with every state twice, shuffled, and some states that no word reaches."""
    n = automaton.states
    total = 2 * n + 3
    step = np.array([[s + n * rng.integers(2) for s in automaton.step[k % n]] for k in range(2 * n)]
                    + rng.integers(0, total, (3, len(automaton.alphabet))).tolist())
    accepting = np.array([automaton.accepting[k % n] for k in range(2 * n)] + [True, False, True])
    order = rng.permutation(total)                 # order[new] = old
    new = np.argsort(order)
    return Automaton(automaton.alphabet, new[step[order]], accepting[order], new[automaton.start])


# -- the smallest automaton -----------------------------------------------------------------------------------
def check_minimise(module):
    rng = np.random.default_rng(0)
    for number, size in SIZES.items():
        truth = Automaton.of(formal.tomita(number))
        small = module.minimise(module.Automaton.of(padded_out(truth, rng)))
        assert small.states == size
        assert all(small.accepts(word) == truth.accepts(word) for word in formal.every_word(8))
    for _ in range(60):
        a = drawn(rng)
        small = module.minimise(module.Automaton.of(a))
        words = module.every_word("ab", 7)
        assert all(small.accepts(word) == a.accepts(word) for word in words)
        ends = {state: tuple(small.accepting[small.path(word, state)[-1]] for word in words)
                for state in range(small.states)}
        assert len(set(ends.values())) == small.states == len(small.words())       # told apart, and all reached
        assert module.minimise(module.Automaton.of(padded_out(a, rng))) == small   # numbered alike


def check_equivalent(module):
    rng = np.random.default_rng(1)
    words, different = automata.every_word("ab", 8), 0
    for _ in range(150):
        a, b = (module.Automaton.of(drawn(rng, 5)) for _ in range(2))
        first = next((word for word in words if a.accepts(word) != b.accepts(word)), None)
        found = module.equivalent(a, b)
        different += found is not None
        assert (found is None) == (first is None)
        if found is not None:
            assert len(found) == len(first) and a.accepts(found) != b.accepts(found)
        assert module.equivalent(a, module.Automaton.of(padded_out(a, rng))) is None
    assert 20 < different < 150


def test_minimise():
    check_minimise(automata)


def test_equivalent():
    check_equivalent(automata)


def test_letters_in_another_order():
    a = Automaton("01", [[0, 1], [1, 0]], [True, False])
    b = Automaton("10", [[1, 0], [0, 1]], [True, False])
    assert equivalent(a, b) is None and equivalent(a, Automaton("10", b.step[::-1], b.accepting)) == "0"


def test_letters_may_be_words():
    a = Automaton(("not", "good"), [[1, 0], [0, 1]], [True, False])
    assert a.accepts(["not", "good", "not"]) and a.path(("good", "not")) == [0, 0, 1]
    assert equivalent(a, Automaton(a.alphabet, [[0, 0]], [True])) == ("not",)


@each
def test_two_languages_differ(number):
    a = Automaton.of(formal.tomita(number))
    assert a.states == SIZES[number] and minimise(a).states == a.states
    for other in formal.NUMBERS:
        word = equivalent(a, Automaton.of(formal.tomita(other)))
        assert (word is None) == (other == number)
        if word is not None:
            assert formal.tomita(number).accepts(word) != formal.tomita(other).accepts(word)


def test_shortest_words_to_states():
    a = Automaton.of(formal.tomita(4))
    assert a.words() == {0: "", 1: "0", 2: "00", 3: "000"}
    assert "start 0" in repr(a) and "3: 0 → 3, 1 → 3" in repr(a)


# -- L* -----------------------------------------------------------------------------------------------------------
def check_lstar(module):
    rng = np.random.default_rng(2)
    cases = [Automaton.of(formal.tomita(number)) for number in formal.NUMBERS]
    cases += [drawn(rng, 12, "ab"[:k] + "cd") for k in (0, 1, 2) for _ in range(25)]
    for truth in cases:
        asked = []

        def member(words, truth=truth, asked=asked):
            asked.extend(words)
            return [truth.accepts(word) for word in words]

        learnt = module.lstar(truth.alphabet, member, lambda guess, truth=truth: equivalent(guess, truth))
        smallest = minimise(truth)
        assert learnt.finished and equivalent(learnt.automaton, truth) is None
        assert learnt.automaton.states == smallest.states and minimise(learnt.automaton) == smallest
        assert len(learnt.guesses) == len(learnt.surprises) + 1 <= smallest.states
        sizes = [guess.states for guess in learnt.guesses]
        assert sizes == sorted(set(sizes))                       # every counter-example buys a state
        for guess, word in zip(learnt.guesses, learnt.surprises, strict=False):
            assert guess.accepts(word) != truth.accepts(word)


def test_lstar():
    check_lstar(lstar)


def test_long_counter_examples_do_no_harm():
    """Rivest and Schapire's one ending a counter-example: a word of 300 letters costs no 300 rows."""
    truth, rng = Automaton.of(formal.tomita(3)), np.random.default_rng(0)
    words = formal.long_words(formal.tomita(3), rng, 60, 200, 300) + list(formal.every_word(6))

    def counter_example(guess):
        return next((word for word in words if guess.accepts(word) != truth.accepts(word)), None)

    learnt = lstar.lstar("01", lambda ws: [truth.accepts(w) for w in ws], counter_example)
    assert minimise(learnt.automaton) == minimise(truth) and learnt.asked < 2500
    assert max(len(word) for word in learnt.surprises) >= 200


def test_what_is_no_automaton_is_cut_short():
    """As many 0s as 1s: no finite automaton knows that."""
    def member(words):
        return [word.count("0") == word.count("1") for word in words]

    def counter_example(guess):
        return next(word for word in automata.every_word("01", 16) if guess.accepts(word) != member([word])[0])

    learnt = lstar.lstar("01", member, counter_example, most_states=6)
    assert not learnt.finished and learnt.automaton.states <= 6 and "cut short" in repr(learnt)
    assert len(learnt.surprises) == len(learnt.guesses)


def test_a_false_counter_example_is_refused():
    truth = Automaton.of(formal.tomita(4))
    with pytest.raises(ValueError, match="the counter-example '11' is none"):
        lstar.lstar("01", lambda ws: [truth.accepts(w) for w in ws], lambda guess: "11")
    with pytest.raises(ValueError, match="member answered 1 of 3 words"):
        lstar.lstar("01", lambda ws: [True], lambda guess: None)


# -- planted bugs ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("module, old, new, check", [
    (automata, "int(automaton.accepting[state])", "0", check_minimise),
    (automata, "    reached = list(automaton.words())", "    reached = list(range(automaton.states))", check_minimise),
    (automata, "(group[state], *(group[after] for after in automaton.step[state]))",
     "(group[state], group[automaton.step[state][0]])", check_minimise),
    (automata, "        group = divided\n", "        return divided\n", check_minimise),
    (automata, "state = queue.popleft()", "state = queue.pop()", check_minimise),
    (automata, "in_a, in_b = pair = queue.popleft()", "in_a, in_b = pair = queue.pop()", check_equivalent),
    (automata, "b.step[in_b][places[k]]", "b.step[in_b][0]", check_equivalent),
    (automata, "first = (a.start, b.start)", "first = (0, 0)", check_equivalent),
    (lstar, "tuple(word[turn + 1:])", "tuple(word[turn:])", check_lstar),
    (lstar, "self.short[state] + tuple(word[k:])", "tuple(word[:k]) + tuple(word[k:])", check_lstar),
    (lstar, "most_states=64", "most_states=3", check_lstar),
    (lstar, "word + ending", "ending + word", check_lstar),
])
def test_planted_bugs_are_caught(module, old, new, check):
    check(plant(module))
    with pytest.raises((AssertionError, ValueError, KeyError)):
        check(plant(module, (old, new)))


# -- a network whose insides are known ----------------------------------------------------------------------------
def network_of(language, noise=0.0, seed=0):
    """A tanh network that runs the language's automaton: one unit for each pair (state, letter), far from its slope.

    Unit (q, k) is on after letter k was read in state q. Read-out: on where the state after it accepts.
    """
    rng, n = np.random.default_rng(seed), language.states
    pairs = [(q, k) for q in range(n) for k in (0, 1)]
    H = len(pairs) + 1                                     # the last unit is on after silence: the start
    after = [language.step[q][k] for q, k in pairs] + [language.start]
    W_hh, W_xh, b_h = np.zeros((H, H)), np.zeros((3, H)), np.full(H, -3.0)
    for m, (q, k) in enumerate(pairs):
        W_hh[:, m] = [4.0 * (after[j] == q) for j in range(H)]
        b_h[m] = 4.0 * sum(after[j] == q for j in range(H)) - 12        # a = 8 [state is q] + 8 [letter is k] − 12
        W_xh[k, m], W_xh[2, m] = 8.0, -20.0
    W_xh[:, -1] = [-6, -6, 9]
    W_hh += noise * rng.normal(size=W_hh.shape)
    W_hy = np.array([[1.0 if language.accepting[a] else -1.0] for a in after])
    readout = {"W_hy": W_hy, "b_y": np.array([W_hy.sum()])}
    from rnncourse.cells.networks import Network
    net = Network("rnn", ({"forward": {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h}},), readout)
    return Recogniser(net, {"0": [1.0, 0, 0], "1": [0, 1.0, 0]}, begin=[0, 0, 1.0])


@each
def test_the_known_network_is_read(number):
    language = formal.tomita(number)
    network, words = network_of(language, noise=0.02), list(formal.every_word(9))
    assert network.accepts(words).tolist() == [language.accepts(word) for word in words]


@each
def test_both_ways_give_the_language_back(number):
    language = formal.tomita(number)
    network, truth = network_of(language, noise=0.05), Automaton.of(language)
    words = list(formal.every_word(8))
    labels = np.array([language.accepts(word) for word in words])
    found = extraction.from_clusters(network, words, labels=labels)
    assert found.automaton == minimise(truth) and found.agreement == 1 and found.accuracy == 1
    asked = extraction.from_questions(network, words)
    assert minimise(asked.automaton) == minimise(truth)
    long = formal.long_words(language, np.random.default_rng(0), 40)
    trial = automata.falsify(found.automaton, network, long)
    assert trial.counter_example is None and 0.4 < trial.accepted < 0.6
    states, lengths = network.run(words)
    for b in (3, 100, len(words) - 1):         # the network's states, named by the automaton's
        path = found.state(states[:lengths[b] + 1, b])
        assert path.tolist() == found.automaton.path(words[b])


@pytest.mark.filterwarnings("ignore:.*hold a single state")
def test_words_once_watched_give_the_same_automata():
    network, words = network_of(formal.tomita(4), noise=0.05), list(formal.every_word(6))
    seen = extraction.watch(network, words)
    assert seen.said.tolist() == network.accepts(words).tolist() and "through" in repr(seen)
    np.testing.assert_allclose(seen.after["1"], network.step(seen.states, "1"))
    for clusters in (None, 9):
        one, other = (extraction.from_clusters(network, given, clusters) for given in (seen, words))
        assert one.automaton == other.automaton and one.raw == other.raw and one.agreement == other.agreement


def test_a_reader_within_a_projection_is_a_run_within_it():
    network, words = network_of(formal.tomita(3), noise=0.1), ["0110", "", "1"]
    basis = simplify.components(network.net, np.random.default_rng(0).random((9, 5, 3)))
    inside = network.within(lambda states: basis.project(states, 2))
    states, lengths = inside.run(words)
    x = np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [1, 0, 0]])[:, None]
    scores = simplify.run_in(network.net, x, basis, 2)
    np.testing.assert_allclose(network.net.predict(states[:, :1]), scores, atol=1e-12)
    np.testing.assert_allclose(inside.step(states[1, :1], "1"), states[2, :1], atol=1e-14)
    assert lengths.tolist() == [4, 0, 1] and inside.start.tolist() == basis.project(network.start[None], 2)[0].tolist()
    assert network.project is None and np.abs(network.run(words)[0] - states).max() > 0.01
    assert inside.accepts(words).tolist() == inside.verdicts(states[lengths, np.arange(3)]).tolist()


def test_a_run_is_its_steps():
    network = network_of(formal.tomita(3), noise=0.1)
    states, lengths = network.run(["0110", "", "1"])
    assert states.shape[:2] == (5, 3) and lengths.tolist() == [4, 0, 1]
    state = network.start[None]
    for t, letter in enumerate("0110"):
        np.testing.assert_allclose(states[t, 0], state[0], atol=1e-14)
        state = network.step(state, letter)
    np.testing.assert_allclose(states[4, 0], state[0], atol=1e-14)
    one_by_one = [bool(network.accepts([word])[0]) for word in ["0110", "", "1"]]
    assert network.accepts(["0110", "", "1"]).tolist() == one_by_one


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gated_cells_and_two_scores(cell):
    import torch

    torch.manual_seed(0)
    recurrent = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](2, 4).double()
    readout = torch.nn.Linear(4, 3).double()
    network = Recogniser(Explained(recurrent, readout), {"a": [1, 0], "b": [0, 1]}, begin=[1, 1], yes=2)
    word = "abbab"
    x = torch.tensor([[1, 1], *([1, 0] if letter == "a" else [0, 1] for letter in word)])[:, None].double()
    with torch.no_grad():
        scores = readout(recurrent(x)[0])[:, 0]
    states, _ = network.run([word])
    wanted = scores[:, 2] - scores[:, :2].max(1).values
    np.testing.assert_allclose(network.margin(states[:, 0]), wanted, atol=1e-12)
    assert states.shape == (6, 1, 4 if cell == "gru" else 8)
    assert bool(network.accepts([word])[0]) == bool(wanted[-1] > 0)


# -- what must be said ------------------------------------------------------------------------------------------
def small(scale=1.0, scores=2, seed=0):
    import torch

    torch.manual_seed(seed)
    recurrent, readout = torch.nn.GRU(2, 4), torch.nn.Linear(4, scores)
    with torch.no_grad():
        for weight in recurrent.parameters():
            weight *= scale
        readout.bias[-1] = 9.0
    return Explained(recurrent, readout)


INPUTS = {"0": [1, 0], "1": [0, 1]}


def test_an_untrained_network_is_said_to_be_one():
    network = Recogniser(small(), INPUTS, begin=[0, 0])
    with pytest.warns(UserWarning, match="the network accepts all 63 words: an untrained network does so"):
        found = extraction.from_clusters(network, automata.every_word("01", 5))
    assert found.automaton.states == 1


def test_an_inaccurate_network_is_said_to_be_one():
    network, words = network_of(formal.tomita(4)), automata.every_word("01", 6)
    wrong = [formal.tomita(3).accepts(word) for word in words]
    with pytest.warns(UserWarning, match=r"the network is right on \d\d.\d% of the words: its automaton tells what it"):
        found = extraction.from_clusters(network, words, labels=wrong)
    assert 0.3 < found.accuracy < 0.9 and found.automaton == minimise(Automaton.of(formal.tomita(4)))


def test_a_trained_one_draws_no_warning():
    network, words = network_of(formal.tomita(4)), automata.every_word("01", 6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = extraction.from_clusters(network, words, labels=[formal.tomita(4).accepts(word) for word in words])
    assert "4 states when minimised; it says what the network says on 100.0%" in repr(found)


def test_too_few_clusters_are_said():
    network, words = network_of(formal.tomita(5)), automata.every_word("01", 6)
    found = extraction.from_clusters(network, words, clusters=3)
    assert found.agreement < 1 and found.purity < 1


def test_no_clusters_are_said(monkeypatch):
    monkeypatch.setattr(extraction, "COUNTS", (2, 3))
    with pytest.warns(UserWarning, match="no automaton from 2 to 3 clusters says what the network says on every word"):
        extraction.from_clusters(network_of(formal.tomita(5)), automata.every_word("01", 6))


def test_lonely_clusters_are_said():
    network, words = network_of(formal.tomita(4), noise=0.1), automata.every_word("01", 4)
    distinct = len(extraction.watch(network, words).states)
    with pytest.warns(UserWarning, match="clusters hold a single state"):
        found = extraction.from_clusters(network, words, clusters=distinct)
    assert found.lonely == distinct and found.purity == 1


def test_errors():
    network, words = network_of(formal.tomita(4)), automata.every_word("01", 5)
    truth, truth7 = Automaton.of(formal.tomita(4)), Automaton.of(formal.tomita(1))
    zeros = [0.0, 0.0]
    for act, says in [
            (lambda: extraction.from_clusters(network, words, clusters=5000), r"clusters is 5000 and the network goes "
             r"through \d+ distinct states"),
            (lambda: extraction.from_clusters(network, words, clusters=0), "clusters is 0"),
            (lambda: extraction.from_clusters(network, []), "words is empty"),
            (lambda: extraction.from_clusters(network, words, labels=[1]), r"labels are \(1,\); expected \(63,\)"),
            (lambda: network.accepts(["012"]), "letter 2 of word 0 is '2'; expected one of '0', '1'"),
            (lambda: Recogniser(small(scores=4), INPUTS), "has 4 scores; say which of them is a yes"),
            (lambda: Recogniser(small(), INPUTS, yes=2), "yes is 2"),
            (lambda: Recogniser(small(), {"0": [1, 0, 0]}), r"x is \(3,\); expected \(D,\) = \(2,\)"),
            (lambda: automata.falsify(truth7, network_of(formal.tomita(1)), ["0110", "010"]), "automaton and network "
             "reject all 2 words: so would a constant answer. Give words built to be accepted"),
            (lambda: automata.falsify(truth, network, []), "words is empty"),
            (lambda: truth.accepts("01x"), "letter 2 of the word is 'x'"),
            (lambda: Automaton("00", [[0, 0]], [True]), "the alphabet is"),
            (lambda: Automaton("01", [[0, 0]], [True, False]), "step has 1 states and accepting 2"),
            (lambda: Automaton("01", [[0, 2], [0, 0]], [True, False]), r"step\[0\] is \(0, 2\); expected 2 states"),
            (lambda: Automaton("01", [[0, 0]], [True], 1), "start is 1"),
            (lambda: equivalent(truth, Automaton("ab", [[0, 0]], [True])), "the alphabets are")]:
        with pytest.raises(ValueError, match=says):
            act()
    with pytest.raises(TypeError, match="inputs is"):
        Recogniser(small(), [zeros])
    with pytest.raises(ValueError, match="all one point, nothing to cluster"):
        extraction.from_clusters(Recogniser(small(scale=1e-6), INPUTS), words)


def test_nan_weights_are_refused():
    import torch

    recurrent = torch.nn.GRU(2, 4)
    with torch.no_grad():
        recurrent.weight_ih_l0[0, 0] = float("nan")
    model = torch.nn.ModuleDict({"recurrent": recurrent, "readout": torch.nn.Linear(4, 2)})
    with pytest.raises(ValueError, match="NaN or infinity"):
        Recogniser(model, INPUTS)


def test_a_disagreement_is_found_and_the_shortest_comes_first():
    network = network_of(formal.tomita(4))
    trial = automata.falsify(Automaton.of(formal.tomita(3)), network, automata.every_word("01", 7))
    first = next(w for w in formal.every_word(7) if formal.tomita(3).accepts(w) != formal.tomita(4).accepts(w))
    assert len(trial.counter_example) == len(first) and trial.counter_example in repr(trial)
    assert len(trial.disagreements) == sum(formal.tomita(3).accepts(w) != formal.tomita(4).accepts(w)
                                           for w in formal.every_word(7))
