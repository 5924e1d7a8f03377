"""Imports go one way (DESIGN: a floor knows those below it), and the light floors stay light."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "rnncourse"
HEAVY = ("torch", "matplotlib", "ipywidgets", "pandas", "IPython")

GROUND = {"activations", "trace", "assets"}
CELLS = {"cells", "losses", "optimizers", "gradcheck", "sampling"}
MODELS = {"recording", "training"}
RESULTS = {"explain", "validate"}
BELOW_PLOTS = GROUND | CELLS | MODELS | RESULTS | {"datasets"}

# room -> the rooms it may import, itself apart. A file `_name` belongs to the ground floor.
MAY_IMPORT = {
    "activations": set(), "assets": set(), "trace": {"activations"}, "_ground": set(), "__init__": set(),
    "losses": GROUND, "optimizers": GROUND, "gradcheck": GROUND, "sampling": GROUND | {"losses"},
    "cells": GROUND,
    "recording": GROUND | CELLS,
    "training": GROUND | CELLS | {"recording"},
    "explain": GROUND | CELLS | MODELS, "validate": GROUND | CELLS | MODELS,
    "plots": GROUND | CELLS | MODELS | RESULTS,
    "explorers": BELOW_PLOTS | {"plots"},    # datasets: for the trained network that an explorer opens with
    "datasets": {"assets"},
    "exercises": BELOW_PLOTS,
    "notebook": {"plots", "assets"},
    "classroom": BELOW_PLOTS | {"plots", "explorers", "exercises", "notebook"},
    "cli": {"assets", "classroom", "__init__"}, "__main__": {"cli"},
}
FOR_ALL = {"_ground", "__init__"}


def room(path):
    """The room a file of the package belongs to: cells for rnncourse/cells/lstm.py, trace for rnncourse/trace.py."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return _room(first)


def _room(name):
    return "_ground" if name.startswith("_") and not name.startswith("__") else name


def rooms_imported(source):
    """The rooms of rnncourse that a source text imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute: from rnncourse.cells import lstm"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {_named(name.split(".")) for name in names if name.split(".")[0] == "rnncourse"}
    return found


def _named(parts):
    second = parts[1] if len(parts) > 1 else "__init__"
    known = (PACKAGE / second).is_dir() or (PACKAGE / f"{second}.py").exists() or second in MAY_IMPORT
    return _room(second) if known else "__init__"    # `from rnncourse import __version__`


def breaches(name, source):
    """The rooms that a file of room `name` imports and must not."""
    return rooms_imported(source) - MAY_IMPORT[name] - FOR_ALL - {name}


def files():
    return sorted(PACKAGE.rglob("*.py"))


def module(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", files(), ids=module)
def test_a_room_imports_only_the_rooms_below_it(path):
    assert room(path) in MAY_IMPORT, f"a new room {room(path)!r}: say in MAY_IMPORT what it may import"
    assert not breaches(room(path), path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name, source", [
    ("cells", "from rnncourse.plots import palette"),
    ("cells", "from rnncourse import recording"),
    ("activations", "import rnncourse.trace"),
    ("explain", "def lazily():\n    from rnncourse.explorers import base"),
    ("plots", "from rnncourse.datasets import weather"),
    ("exercises", "from rnncourse.plots.palette import LOOK"),
    ("datasets", "from rnncourse.cells import lstm"),
])
def test_a_planted_breach_is_caught(name, source):
    assert breaches(name, source)


@pytest.mark.parametrize("name, source", [
    ("plots", "from rnncourse.explain import plane\nimport numpy as np"),
    ("cells", "from rnncourse.cells import _check\nfrom rnncourse import activations"),
    ("cli", "from rnncourse import __version__, assets"),
])
def test_what_is_allowed_passes(name, source):
    assert not breaches(name, source)


def loaded_after(statement):
    """Which of the heavy packages are loaded in a new Python after the statement."""
    code = f"{statement}\nimport sys, json\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return json.loads(out.splitlines()[-1])


LIGHT = ["rnncourse", "rnncourse.cells", "rnncourse.trace", "rnncourse.losses", "rnncourse.optimizers",
         "rnncourse.gradcheck", "rnncourse.sampling", "rnncourse.explain", "rnncourse.assets", "rnncourse.cli"]


@pytest.mark.parametrize("name", LIGHT)
def test_light_rooms_load_nothing_heavy(name):
    assert loaded_after(f"import {name}") == []


FIRST_SIX = ("start_here", "recurrence", "bptt", "gradients", "lstm", "gru")
EXERCISES = [p for p in (PACKAGE / "exercises" / f"{name}.py" for name in FIRST_SIX) if p.exists()]


@pytest.mark.parametrize("path", EXERCISES, ids=module)
def test_exercises_of_the_numpy_chapters_load_no_torch(path):
    assert "torch" not in loaded_after(f"import {module(path)}")


def test_pictures_and_explorers_load_no_torch():
    assert "torch" not in loaded_after("import rnncourse.notebook, rnncourse.plots, rnncourse.explorers")
    assert "torch" not in loaded_after("from rnncourse.explorers import every; every()")


def test_shipped_networks_run_without_torch():
    assert "torch" not in loaded_after("from rnncourse.explorers.next_character import NextCharacter\n"
                                       "NextCharacter.example().write(3)")


def test_heavy_loading_is_noticed():
    assert loaded_after("import matplotlib") == ["matplotlib"]


EACH_ALONE = """
import importlib, os, sys, traceback
import anywidget, IPython.display, ipywidgets, matplotlib.pyplot, nbgrader.apps, pandas, torch    # once, for speed
failed = 0
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
        except BaseException:
            print(name, file=sys.stderr)
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    failed += os.waitpid(child, 0)[1] != 0
sys.exit(failed)
"""


def test_every_module_imports_by_itself():
    names = [module(path) for path in files() if path.name != "__main__.py"]
    done = subprocess.run([sys.executable, "-c", EACH_ALONE, *names], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
