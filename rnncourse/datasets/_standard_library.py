"""The text that every Python brings along: the source of its standard library, and its built-in documentation.

Read from the Python that runs, never copied into the course: the texts of two versions differ.
"""

import hashlib
import importlib
import sys
import sysconfig
from importlib.machinery import PathFinder

PIECE = 8000        # the most characters that one module, or one piece of documentation, gives
REPEATED = 40       # a paragraph of documentation of more characters than this is taken once


def pieces():
    """[(kind, name, text), …] of all there is, in an order that only the names decide.

    kind is "source" or "documentation". A module gives its opening, so that no module stands in two pieces, and
    what is held out at the end of the text is source that training never saw. Both kinds are spread evenly.
    """
    kinds = {"source": list(_in_order(_openings())), "documentation": list(_in_order(_documentation()))}
    placed = [((place + 0.5) / len(found), kind, name, text)
              for kind, found in kinds.items() for place, (name, text) in enumerate(found)]
    return [piece[1:] for piece in sorted(placed)]


def _in_order(named):
    return sorted(named, key=lambda pair: hashlib.sha256(pair[0].encode()).hexdigest())


def _openings():
    found = [(name, _cut(source)[0]) for name, source in sources() if source.strip()]
    if not found:
        raise FileNotFoundError(
            f"this Python has no source of its standard library under {sysconfig.get_path('stdlib')}. Try a Python "
            "from python.org or conda, or text.from_file with a text of your own")
    return found


def sources():
    """(name, source) of each top-level module of the standard library that is written in Python and present."""
    folder = sysconfig.get_path("stdlib")
    for name in sorted(sys.stdlib_module_names):
        spec = PathFinder.find_spec(name, [folder])
        if spec is None or not spec.has_location or spec.submodule_search_locations is not None:
            continue                                          # built in, left out of this Python, or a package
        source = spec.loader.get_source(name) if spec.origin.endswith(".py") else None
        if source is not None:                                # None: compiled, without its source
            yield name, source


def topics():
    """{topic: text}, what `help("topic")` prints."""
    try:
        return importlib.import_module("pydoc_data.topics").topics
    except ImportError as error:
        raise ModuleNotFoundError(
            "this Python has no pydoc_data.topics, its built-in documentation; some Linux distributions leave it out, "
            "or keep it in a package of its own. Try a Python from python.org or conda, or text.from_file with a text "
            "of your own") from error


def _documentation():
    """(name, text) of pieces of the topics, every long paragraph once: many a topic contains others whole."""
    seen = set()
    for name, topic in _in_order(topics().items()):
        kept = [paragraph for paragraph in topic.split("\n\n") if _is_new(paragraph, seen)]
        for number, text in enumerate(_cut("\n\n".join(kept))):
            yield f"{name} {number}", text


def _is_new(paragraph, seen):
    words = " ".join(paragraph.split())
    is_new = words not in seen
    if len(words) > REPEATED:
        seen.add(words)
    return is_new


def _cut(text):
    """The text in pieces of whole paragraphs; only a paragraph longer than PIECE is cut short."""
    found = [""]
    for paragraph in text.strip("\n").split("\n\n"):
        if found[-1] and len(found[-1]) + len(paragraph) + 2 > PIECE:
            found.append("")
        found[-1] += paragraph[:PIECE - 2] + "\n\n"
    return found
