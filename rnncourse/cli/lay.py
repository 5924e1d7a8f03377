"""Lay the chapters into a learner's folder: what the learner changed is never written over."""

import hashlib
import json
import os
from pathlib import Path

from rnncourse import __version__, assets
from rnncourse.cli import Trouble

MANIFEST = ".rnncourse.json"    # name -> sha256 of what was laid, so that a changed file can be told


def lay(folder):
    """Put every chapter into `folder` (made if missing); returns {"laid": names, "kept": {name: what was done}}.

    A notebook that the learner changed stays. If the course has a newer version of it, that one is put beside it as
    NN_topic.new.ipynb, unless the learner has changed that too. Raises Trouble where the folder cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        laid_before = _read_manifest(folder)
        return _lay_all(folder, laid_before)
    except OSError as error:
        raise Trouble(f"cannot write the chapters into {folder} ({error.strerror or error}). "
                      f"Name a folder of your own: rnncourse lab {Path.home() / 'rnncourse-chapters'}") from error


def _lay_all(folder, laid_before):
    manifest, report = dict(laid_before), {"laid": [], "kept": {}}
    for source in sorted(assets.chapters().glob("*.ipynb")):
        content = copy_of(source)
        name, beside = source.name, f"{source.stem}.new.ipynb"
        if _ours(folder / name, content, manifest.get(name)):
            _write(folder / name, content)
            manifest[name] = _digest(content)
            report["laid"].append(name)
        elif manifest.get(name) == _digest(content):
            report["kept"][name] = "your version stays"
        elif _ours(folder / beside, content, manifest.get(beside)):
            _write(folder / beside, content)
            manifest[beside] = _digest(content)
            report["kept"][name] = f"your version stays; the course's lies beside it as {beside}"
        else:
            report["kept"][name] = f"your version stays, and so does {beside}, which you changed too"
    _write(folder / MANIFEST, _manifest_text(manifest))
    return report


def copy_of(source):
    """The bytes of a learner's copy of a notebook: without pairing metadata, which could write over a source."""
    notebook = json.loads(Path(source).read_text(encoding="utf-8"))
    notebook["metadata"].pop("jupytext", None)
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _ours(path, content, laid):
    """May `path` be written? Yes if nothing is there, or what we laid, or already the new content."""
    if not path.exists():
        return True
    return _digest(path.read_bytes()) in (laid, _digest(content))


def _write(path, content):
    """Write in one move, so that a full disk or a power cut leaves the old file whole."""
    if path.exists() and path.read_bytes() == content:
        return
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _manifest_text(manifest):
    return (json.dumps({"version": __version__, "laid": manifest}, indent=1) + "\n").encode()


def _read_manifest(folder):
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["laid"])
    except (ValueError, KeyError, TypeError):
        return {}    # an unreadable list is no reason to stop: every file then counts as the learner's own
