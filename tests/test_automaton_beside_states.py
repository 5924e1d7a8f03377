"""The explorer of chapter 13: it shows the library's extraction and the network's own run, in any components."""

import numpy as np
import pytest

from rnncourse.cells import gru
from rnncourse.cells.networks import Network
from rnncourse.datasets import formal
from rnncourse.explain import extraction, simplify
from rnncourse.explorers.automaton_beside_states import AutomatonBesideStates, beside


@pytest.fixture(scope="module")
def explorer():
    return AutomatonBesideStates.example()


@pytest.fixture(autouse=True)
def again(explorer):
    explorer.reset()


def test_what_it_shows_is_the_networks_run_and_the_automatons(explorer):
    explorer.word = "0100010"
    found, network, language = explorer.numbers, explorer.networks["4: no 000"], formal.tomita(4)
    words = ["0100010"[:t] for t in range(8)]
    assert found.verdicts["network"].tolist() == network.accepts(words).tolist()
    assert found.verdicts["language"].tolist() == [language.accepts(word) for word in words]
    assert found.verdicts["automaton"].tolist() == [found.automaton.accepts(word) for word in words]
    assert found.lit.tolist() == found.automaton.path("0100010") == found.seen.tolist()
    basis = explorer._plane("4: no 000")[0]
    np.testing.assert_allclose(found.path, basis.of(network.run(["0100010"])[0][:, 0], 2), atol=1e-12)


@pytest.mark.filterwarnings("ignore:.*hold a single state")
def test_clusters_and_components_extract_anew(explorer):
    network, words = explorer.networks["4: no 000"], explorer._words("4: no 000")
    basis = explorer._plane("4: no 000")[0]
    for clusters, components in ((4, 12), (9, 12), (6, 2)):
        explorer.clusters, explorer.components = clusters, components
        reader = network.within(lambda states, k=components: basis.project(states, k))
        expected = extraction.from_clusters(reader, words, clusters)
        assert explorer.numbers.automaton == expected.automaton
        np.testing.assert_array_equal(explorer.numbers.verdicts["network"][-1:], reader.accepts([explorer.word]))
        assert f"on {expected.agreement:.1%} of {len(words)} words" in explorer.words
        assert (f"in {components} components" in explorer.words) == (components < 12)
        assert f"{clusters} clusters of the network" in explorer.words
    states = explorer._watched("4: no 000", 2)[1].states
    np.testing.assert_allclose(states, basis.project(states, 2), atol=1e-9)    # all of them lie in the plane


def test_every_language_can_be_shown_in_any_number_of_components(explorer):
    for language in explorer.networks:
        for components in (1, 3, 12):
            for clusters in (1, 24):
                with explorer.hold():
                    explorer.language, explorer.components, explorer.clusters = language, components, clusters
                assert explorer.error is None and explorer.picture.problem == "", (language, components, clusters)
        assert f"Language {language}." in explorer.words
    explorer.clusters = 1
    assert "1 cluster of the network gives" in explorer.words and "automaton of 1 state;" in explorer.words


def test_stepping_through_a_word(explorer):
    explorer.word = "000"
    assert explorer.controls["letters"].max == explorer.letters == 3
    explorer.letters = 0
    assert "After 0 of 3 letters the network's state lies in the clusters of state 0" in explorer.words
    assert explorer.words.endswith("Truth yes, network yes, automaton yes.")
    explorer.letters = 3
    assert "After “000” (3 of 3 letters)" in explorer.words and explorer.words.endswith("no, network no, automaton no.")
    assert "letters=3" in repr(explorer) and "clusters=6," in repr(explorer)


def test_a_long_word_shows_the_network_leaving_its_state(explorer):
    explorer.word = "000" + 65 * "1"
    assert "(68 of 68 letters)" in explorer.words and "…1111" in explorer.words
    assert explorer.words.endswith("Truth no, network yes, automaton no.")
    assert explorer.numbers.seen[30] == explorer.numbers.lit[30] == 3 and explorer.numbers.lit[-1] == 3


@pytest.mark.parametrize(("word", "says"), [
    ("", "The word is empty. Type at least one letter, 0 or 1"),
    ("0120", "“2”, letter 3 of the word, is not in the alphabet"), ("0 1", "“ ”, letter 2")])
def test_what_is_no_word_is_answered_and_the_last_picture_stays(explorer, word, says):
    before = explorer.picture.png, explorer.words
    explorer.controls["word"].value = word
    assert explorer.picture.problem.startswith(says) and explorer.error is None
    assert (explorer.picture.png, explorer.words) == before
    with pytest.raises(ValueError, match="word"):
        AutomatonBesideStates({4: explorer.networks["4: no 000"]}, word=word)
    explorer.controls["word"].value = "01"
    assert explorer.picture.problem == "" and explorer.letters == 2


def test_nothing_is_extracted_twice(explorer, monkeypatch):
    explorer.language = "2: (10)*"
    for clusters in (3, 5, 3):
        explorer.clusters = clusters
    monkeypatch.setattr(extraction, "from_clusters", lambda *_: pytest.fail("extracted again"))
    explorer.clusters = 5
    explorer.letters, explorer.word = 2, "0011"
    explorer.reset()
    for name in ("clusters", "components"):    # made beforehand
        for value in range(1, int(explorer.controls[name].max) + 1):
            setattr(explorer, name, value)
        explorer.reset()
    assert explorer.error is None


def test_a_network_of_ones_own():
    rng = np.random.default_rng(0)
    params = {name: 3 * value for name, value in gru.init(rng, 2, 5).items()}
    network = Network("gru", ({"forward": params},), {"W_hy": rng.normal(size=(5, 2)), "b_y": np.zeros(2)})
    explorer = AutomatonBesideStates({2: network}, clusters=3, word="10")
    assert explorer.language == "2: (10)*" and explorer.components == explorer.controls["components"].max == 5
    assert "3 clusters" in explorer.words


def test_the_compute_function_alone(explorer):
    network, language = explorer.networks["3: no odd 1s, then odd 0s"], formal.tomita(3)
    words = list(formal.every_word(7))
    padded = formal.padded(language, words)
    found = beside(network, extraction.from_clusters(network, words), language, "1001", 4,
                   simplify.components(network.net, padded.x, padded.lengths))
    assert found.points.shape == found.path.shape == (5, 2) and found.lit.tolist() == [0, 1, 2, 3, 3]
    (low, high), _ = found.limits
    assert low < found.path[:, 0].min() and high > found.path[:, 0].max()
