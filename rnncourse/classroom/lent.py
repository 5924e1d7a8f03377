"""The course's package as the sandbox gets it: without solutions, known mistakes, hidden inputs and marks.

What an exercise asks the learner to write is cut out of the library's source, so that no trick brings it back.
"""

import ast
import compileall
import importlib
import shutil
from pathlib import Path

from rnncourse.exercises._exercise import Exercise

PACKAGE = Path(__file__).resolve().parents[1]
KEPT = ("exercises/_run.py", "exercises/_limits.py", "classroom/wire.py", "classroom/server.py")
LEFT_OUT = ("exercises", "classroom", "cli", "_course", "__main__.py")

OUTSIDE = '''"""What an exercise is while it is graded: it answers, and judges nothing."""


class JudgedOutside:
    """Stands in an exercise's place: takes whatever it is asked, and says where the verdict comes from."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"{self.name}: the verdict stands in the next cell, the graded one."

    def check(self, fn=None):
        return self

    def hint(self):
        return self

    def solution(self):
        return self


class NotToBeUsed(RuntimeError):
    """What an exercise asks for is not to be had from the library."""
'''
MARKS = '''"""Points are given outside."""


def points(*_, **__):
    """Nothing: no cell that runs here gives points."""
'''


def package(folder, *topics):
    """Write the package for the exercises of some chapters, as "lstm", into `folder`; returns `folder`.

    Raises LookupError where something that an exercise rebuilds does not stand in the library's source.
    """
    folder = Path(folder)
    target = folder / "rnncourse"
    shutil.copytree(PACKAGE, target, ignore=_left_out)
    for name in KEPT:
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(PACKAGE / name, target / name)
    (target / "_course" / "assets").mkdir(parents=True)    # where the sandbox shows the real assets
    _write(target / "exercises" / "__init__.py", '"""Exercises, without what judges them."""\n')
    _write(target / "exercises" / "_outside.py", OUTSIDE)
    for path in (PACKAGE / "exercises").glob("[!_]*.py"):
        _write(target / "exercises" / path.name, _judged_outside(path.stem))
    _write(target / "classroom" / "__init__.py", '"""What serves the sandbox\'s pipe."""\n')
    _write(target / "classroom" / "marks.py", MARKS)
    for name in sorted({name for topic in topics for name in rebuilt(topic)}):
        _cut_out(target, name)
    compileall.compile_dir(target, quiet=2, workers=1)
    return folder


def exercises(topic):
    """name -> Exercise of a chapter, in their order."""
    module = importlib.import_module(f"rnncourse.exercises.{topic}")
    return {name: value for name, value in vars(module).items() if isinstance(value, Exercise)}


def rebuilt(topic):
    """The dotted names of the library's functions that a chapter's exercises ask for."""
    return sorted({name for exercise in exercises(topic).values() for name in exercise.rebuilds})


def _left_out(folder, names):
    top = Path(folder) == PACKAGE
    return [name for name in names if name == "__pycache__" or top and name in LEFT_OUT]


def _judged_outside(topic):
    names = (f'{name} = JudgedOutside("{name}")' for name in exercises(topic))
    return "\n".join(['"""Judged outside."""\n\nfrom rnncourse.exercises._outside import JudgedOutside\n', *names, ""])


def _write(path, text):
    path.write_text(text, encoding="utf-8")


# -- cutting out -------------------------------------------------------------------------------------
def _cut_out(target, name):
    """Replace the body of the function `name` in the copy by one that raises."""
    path, inside = _file(target, name)
    source = path.read_text(encoding="utf-8")
    node = _found(ast.parse(source).body, inside)
    if isinstance(node, ast.ImportFrom):         # it only passes through here
        return _cut_out(target, f"{node.module}.{_alias(node, inside[0])}")
    if node is None:
        raise LookupError(f"{name}, which an exercise rebuilds, is not defined in {path.name}")
    text = ast.unparse(_raising(node, name, inside[-1]))
    lines, first = source.splitlines(), min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    indent = " " * node.col_offset
    lines[first - 1:node.end_lineno] = [indent + line for line in text.splitlines()]
    _write(path, "\n".join(lines) + "\n")


def _file(target, name):
    """The file of the module in which `name` stands, and the parts of the name inside of it."""
    parts = name.split(".")[1:]
    for count in range(len(parts) - 1, 0, -1):
        base = target.joinpath(*parts[:count])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.exists():
                return path, parts[count:]
    raise LookupError(f"{name}, which an exercise rebuilds, is in no module of the library")


def _found(body, parts):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == parts[0]:
            return node if len(parts) == 1 else _found(node.body, parts[1:])
        if isinstance(node, ast.ImportFrom) and _alias(node, parts[0]):
            return node
        if isinstance(node, ast.Assign) and any(getattr(to, "id", None) == parts[0] for to in node.targets):
            return node
    return None


def _alias(node, name):
    return next((alias.name for alias in node.names if (alias.asname or alias.name) == name), None)


def _raising(node, name, own):
    why = f"{name} is what this exercise asks you to write; it cannot be used while it is graded"
    made = ast.parse(f"def {own}(*_, **__):\n    from rnncourse.exercises._outside import NotToBeUsed\n"
                     f"    raise NotToBeUsed({why!r})").body[0]
    if isinstance(node, ast.FunctionDef):
        made.decorator_list = node.decorator_list
    return made
