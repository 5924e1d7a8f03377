"""`make notebooks`: execute chapters/NN_topic.py and write NN_topic.ipynb, the same bytes for the same outputs."""

import argparse
import contextlib
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python",
                      "pygments_lexer": "ipython3"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def sources(only=""):
    """The chapters' .py files in order; with `only`, the one of that name ("04_lstm") or number ("04")."""
    found = sorted(CHAPTERS.glob("[0-9][0-9]_*.py"))
    if not only:
        return found
    chosen = [p for p in found if p.stem == only or p.stem.split("_")[0] == only]
    if not chosen:
        raise SystemExit(f"no chapter {only!r}; there are: {', '.join(p.stem for p in found) or 'none'}")
    return chosen


def paired(source):
    """A chapter's .py as a notebook without outputs: stable cell ids, no metadata but tags."""
    notebook = jupytext.read(source)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen = set()
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        cell.id = _cell_id(cell, seen)
    return notebook


def execute(notebook, folder=CHAPTERS, timeout=120):
    """Run all cells in a new kernel, in `folder`; raises CellExecutionError at the first cell that fails."""
    with isolated_jupyter():
        NotebookClient(notebook, kernel_name="python3", timeout=timeout, record_timing=False, coalesce_streams=True,
                       store_widget_state=False, resources={"metadata": {"path": str(folder)}}).execute()
    notebook.metadata = nbformat.from_dict(METADATA)    # the kernel adds its Python's version
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        _drop_widget_views(cell)
    return notebook


@contextlib.contextmanager
def isolated_jupyter():
    """Within `with`: Jupyter and IPython see no settings or kernels of this user, and leave nothing at home."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(jupyter_environment(folder))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def jupyter_environment(folder):
    """Environment variables that keep Jupyter and IPython inside `folder`."""
    names = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
             "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "lab/settings",
             "JUPYTERLAB_WORKSPACES_DIR": "lab/workspaces"}
    return {name: str(Path(folder, part)) for name, part in names.items()} | {"JUPYTER_PREFER_ENV_PATH": "1"}


def text_of(notebook):
    """The .ipynb's text, as it is stored."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def build(source):
    """Execute one chapter and write its .ipynb; returns (seconds, bytes)."""
    start = time.perf_counter()
    text = text_of(execute(paired(source)))
    target = source.with_suffix(".ipynb")
    target.write_text(text, encoding="utf-8")
    return time.perf_counter() - start, len(text.encode())


def retag(source):
    """Write the tags of a chapter's .py into its .ipynb without executing; a ValueError where more than tags differ."""
    target, ours = source.with_suffix(".ipynb"), paired(source)
    stored = nbformat.read(target, as_version=4)
    if [(c.cell_type, c.source) for c in ours.cells] != [(c.cell_type, c.source) for c in stored.cells]:
        raise ValueError(f"{source.name} and {target.name} differ in more than tags; run: make notebooks "
                         f"ONLY={source.stem}")
    for mine, theirs in zip(ours.cells, stored.cells, strict=True):
        theirs.metadata = mine.metadata
    target.write_text(text_of(stored), encoding="utf-8")


def _cell_id(cell, seen):
    """An id made of the cell's own text, so that a cell put in before it changes nothing."""
    again = 0
    while True:
        digest = hashlib.sha256(f"{cell.cell_type} {again} {cell.source}".encode()).hexdigest()[:8]
        if digest not in seen:
            seen.add(digest)
            return digest
        again += 1


def _drop_widget_views(cell):
    """A stored widget view names a model that is gone; what a reader can use is the text beside it."""
    for output in cell.get("outputs", []):
        output.get("data", {}).pop(WIDGET_VIEW, None)


def main(words=None):
    """Build the chapters asked for; exit code 1 if one failed."""
    parser = argparse.ArgumentParser(prog="make notebooks", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="one chapter: 04_lstm, or 04")
    parser.add_argument("--tags", action="store_true", help="write changed tags into the .ipynb; execute nothing")
    given, failed = parser.parse_args(words), []
    for source in sources(given.only):
        if given.tags:
            retag(source)
            continue
        try:
            seconds, size = build(source)
            print(f"{source.stem}: {seconds:.1f} s, {size / 1e3:.0f} kB", flush=True)
        except CellExecutionError as error:
            failed.append(source.stem)
            print(f"{source.stem}: a cell failed; its .ipynb stays as it was\n{error}", file=sys.stderr, flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
