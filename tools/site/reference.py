"""The library's reference from its docstrings. Sources are parsed and nothing is imported, so no solution gets out."""

import ast
import re
from pathlib import Path

from tools.site.text import docstring, inline

PACKAGE = Path(__file__).resolve().parents[2] / "rnncourse"
FIRST = "trace"
GROUND = "ground"    # the page of the modules that stand alone


def pages(package=PACKAGE):
    """{page name: MyST}: one page a room of the package, `ground` for the single files, `index` for the list."""
    rooms = {folder.name: sorted(folder.glob("*.py")) for folder in sorted(package.iterdir())
             if (folder / "__init__.py").exists()}
    alone = [file for file in sorted(package.glob("*.py")) if _public(file) and file.stem != "__init__"]
    written = {name: _room(name, files) for name, files in rooms.items()}
    written[GROUND] = _alone(sorted(alone, key=lambda file: (file.stem != FIRST, file.stem)))
    written["index"] = _index(package, {name: _first_line(package / name / "__init__.py") for name in rooms})
    return written


def module(file, package=PACKAGE):
    """One module as MyST: its docstring, then its public functions and classes."""
    tree = _tree(file)
    name = _dotted(file, package)
    parts = [f"```{{py:module}} {name}\n```", docstring(ast.get_docstring(tree) or "")]
    return "\n\n".join([*parts, *(_entry(node) for node in tree.body if _documented(node))])


def _room(name, files):
    files = [file for file in files if _public(file)]
    if name == "exercises":
        files = [*files, PACKAGE / "exercises" / "_exercise.py"]
    init, rest = files[0], sorted(files[1:], key=lambda file: (not file.stem.startswith("_"), file.stem))
    sections = [f"## {_title(file)}\n\n{_exercises(file) if name == 'exercises' else module(file)}" for file in rest]
    return "\n\n".join([f"# rnncourse.{name}", module(init), *sections])


def _alone(files):
    head = ("# Single modules\n\nWhat the rooms share, beside them: the Trace, activations, losses, optimisers, "
            "checks, sampling, and what a chapter's set-up cell calls.")
    return "\n\n".join([head, *(f"## {_title(file)}\n\n{module(file)}" for file in files)])


def _index(package, rooms):
    rows = [f"[rnncourse.{name}]({name}.md)\n: {inline(said)}" for name, said in rooms.items()]
    alone = f"[Single modules]({GROUND}.md)\n: Trace, activations, losses, optimisers, checks, sampling, notebook."
    toctree = "\n".join(["```{toctree}", ":hidden:", "", GROUND, *rooms, "```"])
    return "\n\n".join(["# The library", docstring(ast.get_docstring(_tree(package / "__init__.py"))), alone, *rows,
                        "Shapes stand beside each name: T steps, B rows of the batch, D inputs, H hidden units. "
                        "Time comes first.", toctree])


def _exercises(file):
    """A chapter's exercises: what is asked, and never how it is done. Of `_exercise.py`, what a learner calls."""
    tree = _tree(file)
    if file.stem == "_exercise":
        (cls,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Exercise")
        cls.body = [node for node in cls.body if not isinstance(node, ast.FunctionDef)
                    or node.name in ("check", "hint", "solution")]
        return _entry(cls, "rnncourse.exercises._exercise.")
    asked = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_exercise(node)]
    return "\n\n".join([f"```{{py:module}} {_dotted(file, PACKAGE)}\n```", docstring(ast.get_docstring(tree) or ""),
                        *map(_entry, asked)])


def _is_exercise(node):
    return any(isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "exercise"
               for mark in node.decorator_list)


def _entry(node, prefix="", inside=""):
    """A function, class, method or property as a directive of Sphinx's Python domain."""
    kind = "class" if isinstance(node, ast.ClassDef) else "method" if inside else "function"
    fence, options, signature = "::::" if inside else ":::::", "", _signature(node)
    marks = {getattr(mark, "id", getattr(mark, "attr", "")) for mark in getattr(node, "decorator_list", [])}
    if marks & {"property", "cached_property"}:
        kind, signature = "property", ""
    elif marks & {"classmethod", "staticmethod"}:
        options = f":{(marks & {'classmethod', 'staticmethod'}).pop()}:\n"
    body = [docstring(ast.get_docstring(node) or "")]
    if kind == "class":
        body += [_entry(child, inside=node.name) for child in node.body if _documented(child)]
    text = "\n\n".join(body)
    return f"{fence}{{py:{kind}}} {prefix}{node.name}{signature}\n{options}\n{text}\n{fence}"


def _signature(node):
    """(a, b=1): no annotations, `self` left out; of a class what its constructor or its fields ask for."""
    if isinstance(node, ast.ClassDef):
        made = next((child for child in node.body if getattr(child, "name", "") == "__init__"), None)
        if made is not None:
            return _signature(made)
        marks = {getattr(mark, "id", getattr(getattr(mark, "func", None), "id", "")) for mark in node.decorator_list}
        return f"({', '.join(filter(None, map(_field, node.body)))})" if "dataclass" in marks else ""
    arguments = node.args
    for group in (arguments.posonlyargs, arguments.args):
        if group and group[0].arg in ("self", "cls"):
            del group[0]
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return f"({ast.unparse(arguments)})"


def _field(node):
    """A field of a dataclass as it stands in the signature, or None."""
    if not isinstance(node, ast.AnnAssign) or node.target.id.startswith("_"):
        return None
    if node.value is None:
        return node.target.id
    plain = isinstance(node.value, ast.Constant)
    return f"{node.target.id}={ast.unparse(node.value) if plain else '...'}"


def _documented(node):
    return (isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            and bool(ast.get_docstring(node)))


def _public(file):
    return file.stem == "__init__" or not file.stem.startswith("_")


def _title(file):
    """A section's heading: cells.lstm."""
    if file.stem == "_exercise":
        return "exercises: what each of them can do"
    return _dotted(file, PACKAGE).split(".", 1)[1]


def _dotted(file, package):
    parts = file.relative_to(package.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _first_line(file):
    return re.split(r"\n\s*\n", ast.get_docstring(_tree(file)) or "")[0]


def _tree(file):
    return ast.parse(file.read_text(encoding="utf-8"))
