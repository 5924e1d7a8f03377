"""Names by language: parts that share no name, letters to numbers and back, balance, and errors that help."""

import json
import subprocess
import sys
import unicodedata
from collections import Counter

import numpy as np
import pytest

from rnncourse.datasets import _name_lists, _spelling, names
from rnncourse.datasets.names import Names, part_of

PARTS = ("train", "validation", "test")
SMALL = {"Left": [f"{a}{b}le" for a in "bcdfgkl" for b in "aeiou"],
         "Right": [f"{a}{b}rt" for a in "mnprstv" for b in "aeiou"]}


@pytest.fixture(scope="module")
def n():
    return names.load()


def letters_alone(name):
    """An independent fold: a to z, accents taken away, all else dropped; four letters have no accent to take."""
    apart = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss").translate(str.maketrans("łđıə", "ldie")))
    return "".join(letter for letter in apart if letter in "abcdefghijklmnopqrstuvwxyz")


# -- what is in it ---------------------------------------------------------------------------------
def test_languages_are_many_and_long_enough(n):
    assert len(n.languages) == 20 and list(n.languages) == sorted(n.languages)
    for language, found in n.lists.items():
        assert 150 <= len(found) <= _name_lists.MOST, language
        assert len({name.lower() for name in found}) == len(found), language
    assert len(n) == sum(len(n.part(part)[0]) for part in PARTS) == sum(map(len, n.lists.values()))
    assert set(n.odd) <= set(n.languages)


def test_names_that_everyone_knows_stand_in_their_language(n):
    for name, language in [("Russo", "Italian"), ("Gajewski", "Polish"), ("Virtanen", "Finnish"), ("Zhang", "Chinese"),
                           ("Smith", "English"), ("Ó Catháin", "Irish"), ("Hsu", "Chinese"), ("Dlamini", "Zulu")]:
        assert name in n.lists[language]
    assert "Hsu" in n.lists["Chinese"] and "HSU" not in n.lists["Chinese"]       # the list shouts, ours does not


def test_parts_hold_what_the_lists_hold_and_nothing_twice(n):
    together = Counter((name, int(label)) for part in PARTS for name, label in zip(*n.part(part), strict=True))
    assert together == Counter((name, k) for k, language in enumerate(n.languages) for name in n.lists[language])
    shares = [len(n.part(part)[0]) / len(n) for part in PARTS]
    np.testing.assert_allclose(shares, [0.7, 0.1, 0.2], atol=0.02)
    for part in PARTS:
        assert set(n.part(part)[1].tolist()) == set(range(20))


@pytest.mark.parametrize("fold", [str.lower, letters_alone], ids=["case", "accents"])
def test_no_name_stands_in_two_parts(n, fold):
    sets = [{fold(name) for name in n.part(part)[0]} for part in PARTS]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert not {x for x in sets[a] & sets[b] if x}


def test_forms_of_one_name_stand_in_one_part(n):
    pairs = [("Horák", "Horáková"), ("Němec", "Němcová"), ("Kučera", "Kučerová"), ("Novotný", "Novotná"),
             ("Vaněk", "Vaňková"), ("Dvorský", "Dvorská"), ("Hüseynov", "Hüseynova"), ("García", "Garcia")]
    assert all(_spelling.stem(a) == _spelling.stem(b) and part_of(a) == part_of(b) for a, b in pairs)
    assert len({_spelling.stem(a) for a, _ in pairs}) == len(pairs)              # not by putting all into one
    from faker.providers.person import cs_CZ, sk_SK
    for provider, alone in ((cs_CZ.Provider, 4), (sk_SK.Provider, 4)):           # women's names with no man's beside
        men = {_spelling.stem(name) for name in provider.last_names_male}
        assert sum(_spelling.stem(name) not in men for name in provider.last_names_female) <= alone


def test_stems_do_not_put_everything_together(n):
    every = {_spelling.spell(name) for found in n.lists.values() for name in found}
    stems = {_spelling.stem(name) for name in every}
    assert all(stems) and len(stems) > 0.85 * len(every)


def test_a_name_keeps_its_part_whatever_else_is_listed():
    some = ["Novak", "Nováková", "O'Neill", "Garcia", "Li", "Schmidt", "Rossi"]
    assert list(map(part_of, some)) == ["test", "test", "train", "train", "train", "train", "validation"]
    grown = Names({"Left": [*SMALL["Left"], "Extra", "Other"], "Right": SMALL["Right"]})
    small = Names(SMALL)
    for part in PARTS:
        assert set(small.part(part)[0]) <= set(grown.part(part)[0])


def test_the_cap_hardly_moves_when_a_list_grows():
    many = [f"name{'abcdefghij'[k % 10]}{k}" for k in range(1500)]
    kept = set(_name_lists._first(many))
    assert len(kept) == _name_lists.MOST
    assert len(kept - set(_name_lists._first([*many, "newcomer"]))) <= 1


def test_shared_names_are_reported_and_cost_what_ceiling_says(n):
    assert set(n.shared["martin"]) >= {"English", "French", "German", "Spanish"}
    slow = {}
    for language in n.languages:
        for name in n.lists[language]:
            slow.setdefault(name.lower().replace("i̇", "i"), []).append(language)
    assert n.shared == {name: tuple(found) for name, found in slow.items() if len(found) > 1}
    test_names, labels = n.part("test")
    rows = [(_spelling.spell(name), label) for name, label in zip(test_names, labels, strict=True)]
    knows = dict(rows)                                        # the answers themselves, but one for each spelling
    right = np.mean([knows[name] == label for name, label in rows])
    assert n.ceiling("test") == pytest.approx(right) and 0.95 < right < 1


# -- letters and numbers -----------------------------------------------------------------------------
def test_the_alphabet_is_fixed_and_covers_the_lists(n):
    assert len(n.alphabet) == len(set(n.alphabet)) == n.symbols - 1
    assert _spelling.spell("x" + n.alphabet)[1:].replace(" ", "") == n.alphabet.replace(" ", "")
    seen = set("".join(map(_spelling.spell, n.part("train")[0])))
    assert seen == set(n.alphabet)                             # no letter that a network never learns
    left_out = [name for found in n.left_out.values() for name in found]
    assert len(left_out) == 3 and all(set(name.lower()) - set(n.alphabet) for name in left_out)


def test_no_letter_has_the_number_of_padding(n):
    numbers = n.encode(n.alphabet.strip() + " x")
    assert numbers.min() >= 1 and numbers.max() == n.symbols - 1 and names.PADDING == 0
    assert len({int(n.encode(letter)[0]) for letter in n.alphabet if letter != " "}) == len(n.alphabet) - 1


@pytest.mark.parametrize("name, spelling", [
    ("O\u2019Neill", "o'neill"), ("  de  Vries ", "de vries"), ("MÜLLER", "müller"), ("Mu\u0308ller", "müller"),
    ("İbrahimov", "ibrahimov"), ("STRAẞE", "straße"), ("Łoś-Ńa", "łoś-ńa"), ("Əliyev", "əliyev")])
def test_encode_and_decode(n, name, spelling):
    numbers = n.encode(name)
    assert numbers.dtype == np.int64 and numbers.shape == (len(spelling),)
    assert n.decode(numbers) == spelling
    assert [n.alphabet[k - 1] for k in numbers] == list(spelling)


def test_padded_columns_are_names_and_then_zeros(n):
    some = ["Li", "van den Berg", "Ó Néill"]
    x, lengths = n.padded(some)
    assert x.dtype == lengths.dtype == np.int64 and x.shape == (12, 3) and lengths.tolist() == [2, 12, 7]
    for b, name in enumerate(some):
        assert (x[:lengths[b], b] == n.encode(name)).all() and (x[lengths[b]:, b] == 0).all()
    assert ((x > 0).sum(0) == lengths).all()
    assert n.decode(x[:, 0]) == "li"


def test_batches_hold_each_name_once_with_its_label(n):
    rng, found = np.random.default_rng(3), []
    for x, lengths, y in n.batches("validation", batch=100, rng=rng):
        assert x.shape == (lengths.max(), len(y)) and y.dtype == np.int64 and len(y) <= 100
        found += [(n.decode(x[:, b]), int(y[b])) for b in range(len(y))]
    spelt = [(_spelling.spell(name), int(label)) for name, label in zip(*n.part("validation"), strict=True)]
    assert Counter(found) == Counter(spelt) and found != spelt
    in_order = [n.decode(x[:, b]) for x, _, _ in n.batches("validation", 64) for b in range(x.shape[1])]
    assert in_order == [name for name, _ in spelt]


def test_the_order_of_batches_follows_the_seed(n):
    first, again, other = (next(n.batches("train", 32, np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert first[0].shape != other[0].shape or (first[0] != other[0]).any()


def test_balanced_batches_and_weights_count_each_language_the_same(n):
    labels = n.part("train")[1]
    assert n.weights.shape == (20,) and n.weights[labels].mean() == pytest.approx(1)
    np.testing.assert_allclose(np.bincount(labels, n.weights[labels]), len(labels) / 20)
    drawn = np.concatenate([y for _, _, y in n.batches("train", 256, np.random.default_rng(0), balanced=True)])
    count = np.bincount(drawn, minlength=20)
    assert len(drawn) == len(labels) and abs(count - len(drawn) / 20).max() < 5 * np.sqrt(len(drawn) / 20)
    assert np.bincount(labels).max() > 4 * np.bincount(labels).min()


def test_names_of_like_length_share_a_batch_and_batches_change(n):
    def epoch(seed):
        return list(n.batches("train", 64, np.random.default_rng(seed)))

    def padding(batches):
        return sum((x == 0).sum() for x, _, _ in batches) / sum(x.size for x, _, _ in batches)

    assert padding(epoch(0)) < 0.2 < 0.4 < padding(list(n.batches("train", 64)))
    lengths = [lengths.mean() for _, lengths, _ in epoch(0)]
    assert np.mean(np.diff(lengths) > 0) < 0.7                                            # short ones do not come first
    sets = [{frozenset(n.decode(x[:, b]) for b in range(x.shape[1])) for x, _, _ in epoch(seed)} for seed in (0, 1)]
    assert not sets[0] & sets[1]


# -- errors and manners ------------------------------------------------------------------------------
@pytest.mark.parametrize("ask, message", [
    (lambda n: n.encode("漢"), "'漢', letter 1 of '漢', is not in the alphabet. Try the name in Latin letters"),
    (lambda n: n.encode("Szőke"), "'ő', letter 3 of 'Szőke', .* Try 'o' in its place; the network has never met 'ő'"),
    (lambda n: n.encode("Sørensen"), "Try 'o' in its place"),
    (lambda n: n.encode("R2D2"), "'2', letter 2 .* Try the name without it"),
    (lambda n: n.encode(""), "the name is empty"),
    (lambda n: n.encode("  "), "the name is empty"),
    (lambda n: n.decode([0.5]), "whole numbers"),
    (lambda n: n.decode([1, 999]), "run from 1 to 999; expected 0 to"),
    (lambda n: n.decode([[1]]), r"shape \(1, 1\)"),
    (lambda n: n.padded([]), "expected a list of names"),
    (lambda n: n.padded("Li"), r"try \['Li'\]"),
    (lambda n: n.padded(["Li", ""]), "the name is empty"),
    (lambda n: n.batches("train", 0), "batch is 0"),
    (lambda n: n.batches("train", 8, balanced=True), "try rng="),
    (lambda n: Names({"Left": SMALL["Left"]}), r"1 language\(s\): Left; expected at least two"),
    (lambda n: Names({}), r"0 language\(s\): none"),
    (lambda n: Names({**SMALL, "Greek": ["Παπαδόπουλος"]}), "Greek has no name that fits the alphabet.*Παπαδόπουλος"),
    (lambda n: Names({**SMALL, "Brief": ["Anna"]}), "no name of Brief fell into the part .*; try longer lists"),
])
def test_bad_input_says_what_came(n, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(n)


def test_other_mistakes(n):
    with pytest.raises(KeyError, match="no part 'dev'; these names have train, validation, test"):
        n.part("dev")
    with pytest.raises(KeyError, match="no part"):
        n.batches("dev")
    with pytest.raises(TypeError, match="a name is a str; 7 is int"):
        n.encode(7)


def test_a_missing_faker_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "faker.providers.person.fr_DZ", None)
    with pytest.raises(ModuleNotFoundError, match="pip install 'Faker"):
        _name_lists.read()


def test_importing_the_module_does_not_load_faker():
    code = ("import rnncourse.datasets.names, sys, json\n"
            "print(json.dumps([m for m in ('faker', 'torch', 'pandas', 'sklearn') if m in sys.modules]))")
    assert json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) == []


def test_the_reader_s_own_lists():
    own = Names({**SMALL, "Right": [*SMALL["Right"], "MART", "mårt", "Ωmega"]})
    assert own.languages == ("Left", "Right") and own.left_out["Right"] == ("Ωmega",)
    assert own.lists["Right"].count("mart") == 1 and "MART" not in own.lists["Right"]
    assert part_of("mårt") == part_of("mart") and own.source == "the reader's own lists"
    assert Names(SMALL).fingerprint == Names(SMALL).fingerprint != own.fingerprint


def test_what_it_hands_out_cannot_be_changed(n):
    found, labels = n.part("train")
    found.clear()
    with pytest.raises(ValueError, match="read-only"):
        labels[0] = 5
    assert len(n.part("train")[0]) == len(labels)


def test_it_tells_what_it_is(n):
    text = n.describe()
    assert "Faker 40" in text and "MIT" in text and f"{len(n)} last names in 20 languages" in text
    assert all(language in text for language in n.languages) and f"{len(n.shared)} spellings stand in several" in text
    assert "Names: " in repr(n) and "Zulu" in repr(n)
