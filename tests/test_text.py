"""The text: a fixed vocabulary, columns that go on, nothing of the test in training, and clear words for bad files."""

import platform
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rnncourse.datasets import _standard_library, short_text, text
from rnncourse.datasets.text import OTHER, VOCABULARY, Batches, Text


@pytest.fixture(scope="module")
def library():
    return text.standard_library()


@pytest.fixture(scope="module")
def story():
    return text.short()


# -- the vocabulary ---------------------------------------------------------------------------------
def test_the_vocabulary_is_what_checkpoints_were_trained_with():
    assert len(VOCABULARY) == 97 == len(set(VOCABULARY)) and list(VOCABULARY) == sorted(VOCABULARY)
    assert VOCABULARY[0] == "\n" and VOCABULARY[96] == "\ufffd"
    assert [ord(c) for c in VOCABULARY[1:96]] == list(range(32, 127))
    assert text.encode("\n ~A\ufffd").tolist() == [0, 1, 95, 34, 96]


def test_encode_and_decode_are_inverse(story):
    numbers = text.encode(VOCABULARY)
    assert numbers.dtype == np.int64 and numbers.tolist() == list(range(97)) and text.decode(numbers) == VOCABULARY
    assert text.decode(text.encode(story.text)) == story.text
    assert text.encode("").shape == (0,) and text.decode(text.encode("")) == ""


def test_one_hot(story):
    numbers = next(iter(story.batches("train", batch=3, steps=5)))[0]
    x = story.one_hot(numbers, np.float32)
    assert x.shape == (5, 3, 97) and x.dtype == np.float32 and (x.sum(-1) == 1).all()
    np.testing.assert_array_equal(x.argmax(-1), numbers)


# -- texts ------------------------------------------------------------------------------------------
def test_what_lies_outside_is_mapped_and_counted():
    found = text.from_text("“Ja”, said Özge:\tcafé…\r\nNo\rYes \U0001f600“", source="a note")
    assert found.text == f"{OTHER}Ja{OTHER}, said {OTHER}zge:        caf{OTHER}{OTHER}\nNo\nYes {OTHER}{OTHER}"
    assert found.mapped == {"“": 2, "”": 1, "Ö": 1, "é": 1, "…": 1, "\U0001f600": 1}
    assert next(iter(found.mapped)) == "“" and sum(found.mapped.values()) == found.text.count(OTHER)
    assert "7 (" in found.describe() and "'“' 2" in found.describe() and "a note" in found.describe()


def test_tabs_reach_the_next_of_eight_columns():
    assert text.from_text("a\tb\n\tc").text == "a       b\n        c"


def test_plain_text_stays_as_it_is(story):
    assert story.text == short_text.load().text and not story.mapped
    assert "written for this course" in story.describe() and "CC BY 4.0" in story.describe()
    assert "now U+FFFD    0 (0.00%)\n" in story.describe()


def test_fingerprint_changes_with_any_character(story):
    assert text.short().fingerprint == story.fingerprint != text.from_text(story.text[:-1] + "!").fingerprint


def test_a_file_of_ones_own(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_bytes("\ufeffdéf f():\r\n\treturn 1\r\n".encode())
    found = text.from_file(file)
    assert found.text == f"d{OTHER}f f():\n        return 1\n" and "mine.txt" in found.source
    assert "yours to say" in found.licence and str(tmp_path) not in found.describe()


# -- the standard library ---------------------------------------------------------------------------
def test_the_library_tells_what_it_is(library):
    assert len(library) == 1_000_000 == len(library.text) and set(library.text) <= set(VOCABULARY)
    for said in (platform.python_version(), "PSF", "pydoc_data.topics", library.fingerprint, "1,000,000 characters",
                 "train 900,000, validation 50,000, test 50,000", f"{sum(library.mapped.values())} ("):
        assert said in library.describe()
    assert sum(library.mapped.values()) == library.text.count(OTHER) < 0.005 * len(library)


def test_the_library_is_this_pythons_own(library):
    import queue

    opening = Path(queue.__file__).read_text(encoding="utf-8")[:1000]
    assert opening in text.standard_library(1_200_000).text
    topics = "\n\n".join(_standard_library.topics().values())
    paragraphs = [p for kind, _, piece in _standard_library.pieces() if kind == "documentation"
                  for p in piece.strip("\n").split("\n\n")]
    assert all(paragraph in topics for paragraph in paragraphs)


def test_the_library_is_the_same_each_time_and_a_shorter_one_is_its_beginning(library):
    assert text.standard_library().fingerprint == library.fingerprint
    few = text.standard_library(50_000)
    assert few.text == library.text[:50_000] and few.fingerprint != library.fingerprint


def test_each_part_holds_source_and_documentation(library):
    """By what only source has ("self." and "def " at a line's start) and what only topics have (ruled headings)."""
    for part in library.parts.values():
        thousands = len(part) / 1000
        assert part.count("self.") > thousands and part.count("\n    def ") > 0.3 * thousands
        assert part.count("***\n") > 0.02 * thousands


def test_what_is_held_out_was_hardly_read_before(library):
    """Of all stretches of 80 characters of the test part, those that stand in the training part."""
    width, train = 80, library.parts["train"]
    known = {train[i:i + width] for i in range(len(train) - width + 1)}
    for part in ("validation", "test"):
        held = library.parts[part]
        assert np.mean([held[i:i + width] in known for i in range(len(held) - width + 1)]) < 0.01


def test_no_module_and_no_long_paragraph_stands_twice():
    pieces = _standard_library.pieces()
    modules = [name for kind, name, _ in pieces if kind == "source"]
    assert len(set(modules)) == len(modules) > 100 and max(len(piece) for _, _, piece in pieces) <= 8000
    long = [" ".join(p.split()) for kind, _, piece in pieces if kind == "documentation" for p in piece.split("\n\n")]
    long = [paragraph for paragraph in long if len(paragraph) > 40]
    assert len(set(long)) == len(long) > 500


def test_pieces_are_whole_paragraphs_in_an_order_that_names_decide(monkeypatch):
    told = {"b": "one\n\n" + "two " * 1500 + "\n\n" + "three " * 500 + "\n", "a": "just this", "c": "z" * 9000}
    monkeypatch.setattr(_standard_library, "topics", lambda: told)
    monkeypatch.setattr(_standard_library, "sources", lambda: [("m", "x = 1\n"), ("n", "y = 2\n"), ("empty", "\n")])
    found = _standard_library.pieces()
    assert found == _standard_library.pieces()
    assert {name: piece for kind, name, piece in found if kind == "source"} == {"m": "x = 1\n\n", "n": "y = 2\n\n"}
    documents = {name: piece for kind, name, piece in found if kind == "documentation"}
    assert documents == {"a 0": "just this\n\n", "b 0": "one\n\n" + "two " * 1500 + "\n\n",
                         "b 1": "three " * 500 + "\n\n", "c 0": "z" * 7998 + "\n\n"}


def test_a_topic_inside_another_is_taken_once(monkeypatch):
    shared = "A paragraph that is long enough to be noticed when it comes again."
    both = {name: f"{name}\n\n{shared}\n\nshort" for name in "XY"}
    monkeypatch.setattr(_standard_library, "topics", lambda: both)
    told = "".join(piece for _, piece in _standard_library._documentation())
    assert told.count(shared) == 1 and "X" in told and "Y" in told


# -- batches ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(30))
def test_columns_go_on_and_give_back_the_text(seed):
    rng = np.random.default_rng(seed)
    batch, steps = int(rng.integers(1, 6)), int(rng.integers(1, 9))
    numbers = rng.integers(0, 97, batch * steps + 1 + int(rng.integers(0, 60)))
    batches = Batches(numbers, batch, steps)
    pairs = list(batches)
    assert len(pairs) == len(batches) and batches.characters == sum(x.size for x, _ in pairs)
    assert {x.shape for x, _ in pairs[:-1]} <= {(steps, batch)} and 1 <= len(pairs[-1][0]) <= steps
    for x, y in pairs:
        assert x.dtype == y.dtype == np.int64 and x.shape == y.shape
        np.testing.assert_array_equal(y[:-1], x[1:])
    for (_, y), (x, _) in zip(pairs, pairs[1:], strict=False):
        np.testing.assert_array_equal(x[0], y[-1])          # what was to be guessed last is what is read next
    x, y = (np.concatenate(side).T.ravel() for side in zip(*pairs, strict=True))
    np.testing.assert_array_equal(x, numbers[:x.size])
    np.testing.assert_array_equal(y, numbers[1:x.size + 1])
    assert 0 <= len(numbers) - 1 - x.size < batch           # only what fills no row is left out


def test_batches_can_be_read_again_and_written_to(story):
    batches = story.batches("train", batch=4, steps=50)
    first = [x.copy() for x, _ in batches]
    for x, _ in batches:
        x[:] = 0
    for before, (x, _) in zip(first, batches, strict=True):
        np.testing.assert_array_equal(before, x)
    assert "(50, 4)" in repr(batches)


def test_parts_follow_one_another_and_batches_stay_within(story):
    parts = story.parts
    assert list(parts) == ["train", "validation", "test"] and "".join(parts.values()) == story.text
    assert [round(len(part) / len(story), 2) for part in parts.values()] == [0.9, 0.05, 0.05]
    for name, part in parts.items():
        read = np.concatenate([x for x, _ in story.batches(name, batch=1, steps=40)])
        guessed = np.concatenate([y for _, y in story.batches(name, batch=1, steps=40)])
        assert text.decode(read[:, 0]) == part[:-1] and text.decode(guessed[:, 0]) == part[1:]
        np.testing.assert_array_equal(story.numbers(name), text.encode(part))


# -- bad input --------------------------------------------------------------------------------------
@pytest.mark.parametrize("ask, message", [
    (lambda t: text.encode("café €"), r"unknown character\(s\) 'é' '€', first at position 3; .*from_file map"),
    (lambda t: text.encode("a\tb"), r"'\\t', first at position 1"),
    (lambda t: text.encode("\ud800"), r"'\\ud800', first at position 0"),
    (lambda t: text.encode("".join(map(chr, range(200, 230)))), "and 20 more, first at position 0"),
    (lambda t: text.decode([97]), "numbers run from 97 to 97; expected 0 to 96"),
    (lambda t: t.one_hot(np.array([[97]])), "numbers run from 97"),
    (lambda t: t.one_hot(np.array([[-1]])), "numbers run from -1"),
    (lambda t: t.one_hot(np.array([1, 2])), r"try numbers\[:, None\]"),
    (lambda t: text.from_text(""), r"0 character\(s\); expected at least 2"),
    (lambda t: text.from_text("a"), r"1 character\(s\); expected at least 2"),
    (lambda t: Text("é!", "here", "mine"), "unknown character"),
    (lambda t: t.batches("test", 32, 64), r"\d+ characters are too few for batch=32 columns of steps=64 .* 2049"),
    (lambda t: t.batches("train", 0), "batch is 0; expected a whole number ≥ 1"),
    (lambda t: t.batches("train", 2, 1.5), "steps is 1.5"),
    (lambda t: text.standard_library(1), "characters is 1; expected a whole number ≥ 2"),
    (lambda t: text.standard_library(10**9), r"characters is 1000000000, but this Python gives \d+; ask for fewer"),
])
def test_bad_input_says_what_came(story, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(story)


def test_wrong_kinds(story):
    with pytest.raises(KeyError, match="no part 'training'; this text has train, validation, test"):
        story.numbers("training")
    with pytest.raises(TypeError, match=r"the text is bytes; expected str. For a file, try text.from_file"):
        text.from_text(b"abc")


@pytest.mark.parametrize("data, message", [
    (b"", "mine.txt is empty; expected a text of at least 2"),
    ("\ufeff".encode(), "mine.txt is empty"),
    (b"a", "mine.txt has one character"),
    (b"Sch\xf6n ist's", "mine.txt is not UTF-8: byte 0xf6 at position 3. Save it as UTF-8"),
    ("\ufeffab".encode("utf-16-le"), "mine.txt is UTF-16: it begins with its mark, FF FE"),
    ("\ufeffab".encode("utf-16-be"), "FE FF.*encoding='utf-16'"),
])
def test_bad_files_say_what_is_wrong(tmp_path, data, message):
    (tmp_path / "mine.txt").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        text.from_file(tmp_path / "mine.txt")
    with pytest.raises(FileNotFoundError, match="no file .*other.txt seen from"):
        text.from_file(tmp_path / "other.txt")
    with pytest.raises(FileNotFoundError, match="is a folder; name a file in it"):
        text.from_file(tmp_path)


def test_the_home_folder_may_be_written_as_a_wave(tmp_path, monkeypatch):
    (tmp_path / "mine.txt").write_text("a note")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert text.from_file("~/mine.txt").text == "a note"


def test_an_empty_part_is_named():
    with pytest.raises(ValueError, match="the validation part is empty: it is 5% of a text of 15.*at least 20"):
        text.from_text("x" * 15).numbers("validation")
    for length in range(text.ENOUGH, 200):
        assert all(len(text.from_text("x" * length).numbers(part)) for part in text.SPLIT)


def test_a_text_that_is_mostly_outside_the_vocabulary_is_described_with_a_warning():
    assert "CAREFUL       75%" in text.from_text("äöüx" * 20).describe()
    assert "CAREFUL" not in text.from_text("a" * 99 + "ä").describe()


def test_the_way_out_that_the_error_names_works(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_bytes(b"Sch\xf6n")
    with pytest.raises(ValueError) as raised:
        text.from_file(file)
    advice = str(raised.value).split("try ")[-1]
    assert eval(advice, {"text": text, "Path": Path}).text == f"Sch{OTHER}n"


def test_a_python_without_its_documentation(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(ModuleNotFoundError, match="has no pydoc_data.topics.*Linux distributions.*text.from_file"):
        text.standard_library()


def test_a_python_without_its_source(monkeypatch, tmp_path):
    monkeypatch.setattr(_standard_library, "sysconfig", SimpleNamespace(get_path=lambda name: str(tmp_path)))
    with pytest.raises(FileNotFoundError, match="no source of its standard library under .*text.from_file"):
        text.standard_library()
    (tmp_path / "queue.pyc").write_bytes(b"compiled")          # some images carry bytecode only
    with pytest.raises(FileNotFoundError, match="no source of its standard library"):
        text.standard_library()


def test_modules_that_are_missing_or_no_text_are_passed_over(monkeypatch, tmp_path):
    monkeypatch.setattr(_standard_library, "sysconfig", SimpleNamespace(get_path=lambda name: str(tmp_path)))
    (tmp_path / "queue.py").write_text("# coding: latin-1\r\nx = '\xe9'\r\n", encoding="latin-1", newline="")
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text("y = 2\n")
    (tmp_path / "sitecustomize.py").write_text("z = 3\n")
    assert dict(_standard_library.sources()) == {"queue": "# coding: latin-1\nx = 'é'\n"}
