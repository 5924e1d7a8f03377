"""Pieces of an installed package: as many as asked, from beginnings of functions, and always the same."""

import importlib.util
from pathlib import Path

import pytest

from rnncourse.datasets import source_code, text


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An importable package `toy`: three modules with functions, one without, one too short, and doors."""
    inner = tmp_path / "toy" / "rooms"
    inner.mkdir(parents=True)
    for folder in (inner.parent, inner):
        (folder / "__init__.py").write_text("def door():\n    pass\n" + "# a long line\n" * 20)
    for name in "abc":
        body = f"x = '{name}'\n\ndef first():\n    return 1\n\n    def {name}_last():\n\treturn 'é'\n"
        (inner / f"{name}.py").write_text(body + "# padding\n" * 20, encoding="utf-8")
    (inner / "none.py").write_text("x = 1\n" * 50)
    (inner / "short.py").write_text("def f():\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    return "toy"


def test_each_piece_begins_at_the_last_function_that_leaves_room(package):
    found = source_code.pieces(3, 60, package)
    assert [piece.module for piece in found] == ["rooms/a.py", "rooms/b.py", "rooms/c.py"]
    assert all(piece.text.startswith(f"    def {name}_last():\n        return") for piece, name in
               zip(found, "abc", strict=True))
    assert all(len(piece.text) == 60 and text.OTHER in piece.text and "\t" not in piece.text for piece in found)
    assert source_code.pieces(1, 250, package)[0].text.startswith("def first():")


def test_fewer_than_asked_for_are_spread_evenly(package):
    assert [piece.module for piece in source_code.pieces(2, 60, package)] == ["rooms/a.py", "rooms/b.py"]


def test_scikit_learn_gives_what_the_chapter_needs():
    found = source_code.pieces(64, 721)
    assert found == source_code.pieces(64, 721)
    assert len({piece.module for piece in found}) == 64 and {len(piece.text) for piece in found} == {721}
    assert all(piece.text.lstrip(" ").startswith("def ") for piece in found)
    for piece in found[:8]:
        text.encode(piece.text)
        folder = Path(importlib.util.find_spec("sklearn").origin).parent
        assert piece.text[:40].split("\n")[0] in (folder / piece.module).read_text(encoding="utf-8").expandtabs(8)
    assert "scikit-learn" in source_code.describe() and "BSD" in source_code.describe()


@pytest.mark.parametrize(("call", "says"), [
    ({"count": 4}, "toy has 3 modules with 60 characters after a function, and 4 are asked for; try fewer"),
    ({"characters": 9000}, "toy has 0 modules"), ({"count": 0}, "count is 0"),
    ({"characters": -1}, "characters are -1"),
    ({"package": "no_such_package"}, "no installed package 'no_such_package'")])
def test_what_cannot_be_had_is_told(package, call, says):
    with pytest.raises(ValueError, match=says):
        source_code.pieces(**{"count": 3, "characters": 60, "package": package} | call)
