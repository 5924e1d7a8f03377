"""Properties of a text: beside Python's own tokenizer on its own modules, case by case, and never a look ahead."""

import io
import re
import sys
import tokenize

import numpy as np
import pytest
from planting import plant

from rnncourse.datasets import _standard_library, modules, properties, text
from rnncourse.datasets.properties import PROPERTIES

SYNTAX = ("inside a string", "inside a comment", "bracket depth")
NUMBERS = ("indentation", "place in the line", "place in the word")


def sources(every=3, longest=60_000):
    """Sources of real modules, as this Python has them."""
    return [(name, source) for name, source in list(_standard_library.sources())[::every] if len(source) < longest]


# -- what the tokenizer says ------------------------------------------------------------------------------
class Tokenizer:
    """The same properties from Python's own tokens: an independent reader, which sees the whole text at once."""

    def __init__(self, source):
        self.source = source
        self.starts = np.cumsum([0, *(len(line) + 1 for line in source.split("\n"))])
        self.string, self.comment, self.change = (np.zeros(len(source) + 1, int) for _ in range(3))
        self.indentation, f_strings = {}, []
        first = True    # of a line
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            kind, start, end = tokenize.tok_name[token.type], self.place(token.start), self.place(token.end)
            if kind == "FSTRING_START":                       # Python 3.12 and later
                f_strings.append(start)
            elif kind == "FSTRING_END":
                begin = f_strings.pop()
                self.quoted(begin, end)
            elif f_strings:
                continue
            elif kind == "STRING":
                self.quoted(start, end)
            elif kind == "COMMENT":
                self.comment[start:end] = 1
            elif kind == "OP" and token.string in "()[]{}":
                self.change[start] = 1 if token.string in "([{" else -1
            if first and kind not in ("INDENT", "DEDENT", "NL", "NEWLINE", "ENDMARKER", "COMMENT"):
                self.indentation[start] = token.start[1]
            first = kind in ("NEWLINE", "NL", "INDENT", "DEDENT", "COMMENT")

    def place(self, row_column):
        return self.starts[row_column[0] - 1] + row_column[1]

    def quoted(self, start, end):
        """A string from its prefix to behind its closing quote or quotes."""
        opening = start + re.match("[a-zA-Z]*", self.source[start:]).end()
        self.string[opening:end - 1] = 1
        if self.source[opening:opening + 3] in ('"""', "'" * 3):
            self.string[opening + 1] = 0    # no reader can know, at the second quote, that a third will come

    def values(self, name):
        found = {"inside a string": self.string, "inside a comment": self.comment,
                 "bracket depth": np.cumsum(self.change)}
        return found[name][:len(self.source)]


def nests_quotes(source):
    """f"{x["a"]}", which Python reads since 3.12 and the course does not."""
    return sys.version_info >= (3, 12) and re.search(r"""f"[^"\n]*\{[^}"\n]*"|f'[^'\n]*\{[^}'\n]*'""", source)


def check_the_tokenizer_agrees(room):
    read = 0
    for name, source in sources():
        if nests_quotes(source):
            continue
        tokens = Tokenizer(source)
        for what in SYNTAX:
            ours = room.PROPERTIES[what].of(source)
            different = np.flatnonzero(ours != tokens.values(what))
            assert not different.size, f"{what} in {name}: {source[max(0, different[0] - 60):different[0] + 20]!r}"
        if "\t" not in source and "\f" not in source:
            ours = room.PROPERTIES["indentation"].of(source)
            for place, column in tokens.indentation.items():
                assert ours[place] == column, f"indentation in {name} at {place}"
        read += len(source)
    assert read > 500_000


def check_lines_and_words(room):
    for _, source in sources(every=20):
        lines = [row for line in source.split("\n") for row in (*range(1, len(line) + 1), 0)][:-1]
        np.testing.assert_array_equal(room.PROPERTIES["place in the line"].of(source), lines)
        words = np.zeros(len(source))
        for word in re.finditer(r"\w+", source):
            words[word.start():word.end()] = np.arange(1, 1 + len(word.group()))
        np.testing.assert_array_equal(room.PROPERTIES["place in the word"].of(source), words)


# -- case by case -------------------------------------------------------------------------------------------
CASES = [    # a text, and below each character whether it is inside a string
    ("x = 'a'",              "0000110"),
    ('"a\'b"c',              "111100"),
    ("''x",                  "100"),
    ('""" "" \\""" """ "',   "10111111111111001"),
    ("'''a''b''''c'",        "1011111110110"),
    ("r'\\'a' b",            "01111000"),
    (r"'\\' 'b'",           "11100110"),
    (r"'\'' x",              "111000"),
    ("# 'a'\n'b'",           "000000110"),
    ("'a#b' # 'c",           "1111000000"),
    ("'ab\ncd'",             "1110000"),
    ("'a\\\nb'c",            "1111100"),
    ("don't 'a'",            "000000110"),
    ("rb'a' x",              "0011000"),
    ("x in'a'",              "0000110"),
    ('f"{a}" ',              "0111100"),
    ("''''a'''",             "10111110"),
]


def check_strings(room):
    for source, expected in CASES:
        found = room.PROPERTIES["inside a string"].of(source).astype(int)
        assert "".join(map(str, found)) == expected, source


def check_brackets_and_comments(room):
    source = "f([1, ')', {}]  # (\n)))("
    depth = room.PROPERTIES["bracket depth"].of(source).astype(int)
    assert "".join(map(str, depth)) == "01222222222321111111" + "0001"
    np.testing.assert_array_equal(room.PROPERTIES["inside brackets"].of(source), depth > 0)
    comment = room.PROPERTIES["inside a comment"].of("a # b # c\n'#' d").astype(int)
    assert "".join(map(str, comment)) == "0011111110" + "00000"


def check_indentation(room):
    found = room.PROPERTIES["indentation"].of("  a b\n    c  d\n\n e").astype(int)
    assert "".join(map(str, found)) == "12222" "0" "1234" "4444" "0" "0" "11"


def check_nothing_looks_ahead(room):
    """Whatever comes after n, the value at n is that of the text up to n."""
    rng, alphabet = np.random.default_rng(0), "'\"\\#([)]\n  ab_r"
    for _ in range(300):
        texts = ["".join(rng.choice(list(alphabet), 30)) for _ in range(2)]
        cut = int(rng.integers(1, 30))
        other = texts[0][:cut] + texts[1]
        for name, one in room.PROPERTIES.items():
            first, second, alone = (one.of(t)[:cut] for t in (texts[0], other, texts[0][:cut]))
            np.testing.assert_array_equal(first, second, err_msg=f"{name} of {texts[0]!r} and {other!r}")
            np.testing.assert_array_equal(first, alone, err_msg=name)


CHECKS = [check_the_tokenizer_agrees, check_lines_and_words, check_strings, check_brackets_and_comments,
          check_indentation, check_nothing_looks_ahead]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check):
    check(properties)


@pytest.mark.parametrize("changes, by", [
    ([("self._escaped, self._quotes = True, 0", "self._quotes = 0")], [CHECKS[0], CHECKS[2]]),
    ([("third = self._empty and", "third = False and")], [CHECKS[0], CHECKS[2]]),
    ([('character == "\\n" and not self._triple', "False")], [CHECKS[2]]),
    ([('elif character == "#":', 'elif character == "~":')], [CHECKS[0], CHECKS[3]]),
    ([("self._quotes = 0\n            ends", "ends")], [CHECKS[0], CHECKS[2]]),
    ([("max(0, self.depth - 1)", "self.depth - 1")], [CHECKS[3]]),
    ([(" or keyword.iskeyword(self._word)", "")], [CHECKS[2]]),
    ([("return not self._word or", "return True or")], [CHECKS[2]]),
    ([("at_start = _since(~blank) >= place", "at_start = blank")], [CHECKS[0], CHECKS[4]]),
    ([("return np.where(last >= 0, place[last], 0)", "return place[np.append(last[1:], last[-1])]")],
     [CHECKS[4], CHECKS[5]]),
], ids=["no escapes", "no triple quotes", "strings over lines", "no comments", "quotes need not be in a row",
        "negative depth", "no string behind a keyword", "don't opens a string", "blanks within the line",
        "indentation looks ahead"])
def test_the_checks_catch(changes, by):
    mutant = plant(properties, *changes)
    for check in by:
        with pytest.raises(AssertionError):
            check(mutant)


# -- doors ------------------------------------------------------------------------------------------------
def test_kinds_values_and_words():
    source = modules.held_out(1)[0].text
    for name, one in PROPERTIES.items():
        values = one.of(source)
        assert values.dtype == np.float64 and values.shape == (len(source),) and not values.flags.writeable
        assert one.name == name and one.says and repr(one).startswith(f"{name} ({one.kind})")
        assert (set(np.unique(values)) <= {0, 1}) == (one.kind == "yes/no")
        assert one.of("").shape == (0,)
        with pytest.raises(TypeError, match="the text is int; expected str"):
            one.of(3)


def test_held_out_modules_were_not_in_the_training_part():
    corpus, found = text.standard_library(), modules.held_out()
    trained, rest = corpus.parts["train"], corpus.parts["validation"] + corpus.parts["test"]
    assert len(found) > 20 and len({one.name for one in found}) == len(found)
    inside = 0
    for one in found:
        assert one.text not in trained and 0 < len(one.text) <= 9000
        inside += one.text in rest
    assert 0 < inside < len(found)                     # some in the held-out end of the corpus, some behind it
    assert modules.held_out(3) == found[:3] and repr(found[0]).startswith(f"Module {found[0].name}: ")
    with pytest.raises(ValueError, match="count is 1000; this Python has"):
        modules.held_out(1000)
