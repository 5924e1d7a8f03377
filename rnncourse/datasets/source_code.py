"""Pieces of Python source that came with the course's own installation and that no network of it has learnt from.

The text models learnt from Python's standard library. What a network makes of text by other people is better asked
of an installed package: with the tested versions it is the same text everywhere, so numbers can be compared.
"""

import re
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from rnncourse.datasets import text

PACKAGE = "sklearn"
LICENCES = {"sklearn": "BSD 3-Clause"}
A_FUNCTION = re.compile(r"^ *def ", re.MULTILINE)


@dataclass(frozen=True)
class Piece:
    """So many characters of one module, from the first letter of a line that begins a function. Over text.VOCABULARY.

    module  where it stands, as in "linear_model/_ridge.py"
    """

    module: str
    text: str


def pieces(count=48, characters=800, package=PACKAGE):
    """A list of `count` Pieces of the package, one a module, spread evenly over its modules.

    Each begins at the last function of its module that leaves so many characters after it.
    """
    if count < 1 or characters < 1:
        raise ValueError(f"count is {count} and characters are {characters}; expected at least 1 of each")
    found = [piece for path in _modules(package) if (piece := _last_function(path, characters, _folder(package)))]
    if len(found) < count:
        raise ValueError(f"{package} has {len(found)} modules with {characters} characters after a function, and "
                         f"{count} are asked for; try fewer pieces, or shorter ones")
    return [found[k * len(found) // count] for k in range(count)]


def describe(package=PACKAGE):
    """Package, version and licence, in a line."""
    name = {"sklearn": "scikit-learn"}.get(package, package)
    licence = LICENCES.get(package, "its own")
    return f"{name} {metadata.version(name)}, {len(_modules(package))} modules; licence: {licence}"


def _folder(package):
    found = util.find_spec(package)    # finds it without running it
    if found is None or not found.submodule_search_locations:
        raise ValueError(f"no installed package {package!r}; expected the name by which Python imports it")
    return Path(found.submodule_search_locations[0])


def _modules(package):
    """Its modules and their tests, in the order of their names."""
    return [path for path in sorted(_folder(package).glob("*/**/*.py")) if path.name != "__init__.py"]


def _last_function(path, characters, folder):
    source = path.read_text(encoding="utf-8", errors="replace").expandtabs(text.TAB)
    starts = [found.start() for found in A_FUNCTION.finditer(source) if found.start() + characters <= len(source)]
    if not starts:
        return None
    return Piece(path.relative_to(folder).as_posix(), text.from_text(source[starts[-1]:][:characters]).text)
