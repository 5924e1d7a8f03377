"""The chapters: each .ipynb is what its .py gives, executed, small and clean; each chapter has its parts in order."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from tests import latex
from tools import notebooks

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
SOURCES = notebooks.sources()
STORED = sorted(CHAPTERS.glob("*.ipynb"))
each_chapter = pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
each_notebook = pytest.mark.parametrize("stored", STORED, ids=lambda p: p.stem)

MEGABYTE = 1_000_000
LONGEST_CELL = 25
LONGEST_SET_UP = 8
FORBIDDEN = ("nbval-skip", "nbval-raises-exception", "raises-exception", "NBVAL_SKIP", "NBVAL_RAISES_EXCEPTION",
             "%%capture", "nbval-ignore-output-but")


def pairs_differ(source, stored):
    """Where a .py and its .ipynb differ in cell type, source or tags: a sentence, or None."""
    ours, theirs = ([(c.cell_type, c.source, tuple(c.metadata.get("tags", ()))) for c in jupytext.read(p).cells]
                    for p in (source, stored))
    for number, (a, b) in enumerate(zip(ours, theirs, strict=False), 1):
        if a != b:
            return f"cell {number} differs:\n{source.name}: {a}\n{stored.name}: {b}"
    return None if len(ours) == len(theirs) else f"{len(ours)} cells in {source.name}, {len(theirs)} in {stored.name}"


def code_lines(source):
    """The lines of a cell that are code: no blank lines, comments or docstrings of several lines."""
    text = re.sub(r'"""[^"]*\n[^"]*"""', '""', source)
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def faults_of(stored):
    """What is wrong with a stored notebook, in words."""
    text = stored.read_text(encoding="utf-8")
    notebook, found = json.loads(text), []
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if len(text.encode()) > MEGABYTE:
        found.append(f"{len(text.encode())} bytes; at most {MEGABYTE}")
    run = [cell for cell in cells if "".join(cell["source"]).strip()]
    if [cell["execution_count"] for cell in run] != list(range(1, len(run) + 1)):
        found.append("not executed from top to bottom in one go")
    outputs = [output for cell in cells for output in cell["outputs"]]
    if any(output["output_type"] == "error" for output in outputs):
        found.append("holds an error")
    if any(output.get("name") == "stderr" for output in outputs):
        found.append("prints to stderr (a warning?)")
    if any("execution" in cell["metadata"] for cell in cells) or "widgets" in notebook["metadata"]:
        found.append("holds times or the state of widgets")
    if "version" in notebook["metadata"].get("language_info", {}) or "jupytext" in notebook["metadata"]:
        found.append("holds the version of the Python that wrote it, or pairing metadata")
    if re.search(r"<[\w. ]+ (object )?at 0x[0-9a-f]+>", text):
        found.append("shows an address in memory, which changes with each run")
    return found


# -- pairs ------------------------------------------------------------------------------------------
def test_every_notebook_has_its_source_and_the_other_way_round():
    assert [p.stem for p in SOURCES] == [p.stem for p in STORED]


@each_chapter
def test_a_pair_says_the_same(source):
    difference = pairs_differ(source, source.with_suffix(".ipynb"))
    assert difference is None, f"{difference}\nrun: make notebooks ONLY={source.stem}"


A_CHAPTER = "# %% [markdown]\n# # Why?\n\n# %%\nx = 1\nprint(x)\n"


@pytest.mark.parametrize("old, new", [("x = 1", "x = 2"), ("# # Why?", "# # How?"), ("# %%\nx", '# %% tags=["a"]\nx'),
                                      ("print(x)\n", "print(x)\n\n# %%\ny = 2\n"), ("# %%\nx", "# %% [raw]\nx")])
def test_a_pair_that_drifted_is_caught(tmp_path, old, new):
    source = tmp_path / "00_a.py"
    source.write_text(A_CHAPTER)
    stored = source.with_suffix(".ipynb")
    stored.write_text(notebooks.text_of(notebooks.paired(source)))
    assert pairs_differ(source, stored) is None
    source.write_text(A_CHAPTER.replace(old, new))
    assert pairs_differ(source, stored)


# -- what is stored ---------------------------------------------------------------------------------
@each_notebook
def test_a_stored_notebook_is_executed_small_and_clean(stored):
    assert not faults_of(stored)


@pytest.mark.parametrize("last_line, fault", [
    ("print(('a' * 99 + '\\n') * 11_000)", "bytes"), ("import sys; print(1, file=sys.stderr)", "stderr"),
    ("object()", "address")])
def test_a_fault_in_a_stored_notebook_is_caught(tmp_path, last_line, fault):
    source = tmp_path / "00_a.py"
    source.write_text(A_CHAPTER + last_line)
    stored = source.with_suffix(".ipynb")
    stored.write_text(notebooks.text_of(notebooks.execute(notebooks.paired(source), tmp_path)))
    assert any(fault in found for found in faults_of(stored))


def test_a_notebook_run_out_of_order_is_caught(tmp_path):
    source = tmp_path / "00_a.py"
    source.write_text(A_CHAPTER)
    stored = source.with_suffix(".ipynb")
    stored.write_text(notebooks.text_of(notebooks.paired(source)))
    assert faults_of(stored) == ["not executed from top to bottom in one go"]


def test_the_same_chapter_gives_the_same_bytes_and_a_failing_cell_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "CHAPTERS", tmp_path)
    source = tmp_path / "00_a.py"
    source.write_text(A_CHAPTER + "import ipywidgets\nipywidgets.IntSlider()\n")
    assert notebooks.main(["00"]) == 0
    first = source.with_suffix(".ipynb").read_bytes()
    assert notebooks.main(["00_a"]) == 0
    assert source.with_suffix(".ipynb").read_bytes() == first
    assert b"IntSlider(value=0)" in first and b"model_id" not in first
    source.write_text(A_CHAPTER + "1 / 0")
    assert notebooks.main([]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert source.with_suffix(".ipynb").read_bytes() == first


# -- what a chapter is made of ----------------------------------------------------------------------
PARTS = ["predict first", "where this misleads", "recap", "references"]


@each_chapter
def test_a_chapter_has_its_parts_in_order(source):
    notebook = jupytext.read(source)
    text = prose(notebook)
    assert all(cell.source.strip() for cell in notebook.cells), "an empty cell"
    title = notebook.cells[0].source.splitlines()[0]
    assert re.fullmatch(r"# .+\?", title), f"the title asks a question: {title}"
    places = [text.lower().find(part) for part in PARTS]
    assert -1 not in places and places == sorted(places), dict(zip(PARTS, places, strict=True))
    assert re.search(r"\b(minutes?|hours?)\b", notebook.cells[0].source), "the first cell says how long it takes"


@each_chapter
def test_a_chapter_sets_up_in_a_few_lines(source):
    first = code(jupytext.read(source))[0]
    assert "begin()" in first.source
    assert len(code_lines(first.source)) <= LONGEST_SET_UP


@each_chapter
def test_no_cell_is_long(source):
    long = [c.source.splitlines()[0] for c in code(jupytext.read(source)) if len(code_lines(c.source)) > LONGEST_CELL]
    assert not long


@each_chapter
def test_no_line_is_long_but_that_of_a_cells_tags(source):
    lines = source.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if len(line) > 120 and not line.startswith("# %%")]


@each_chapter
def test_nothing_is_skipped(source):
    text = source.read_text(encoding="utf-8")
    assert not [word for word in FORBIDDEN if word in text]


@each_chapter
def test_a_chapter_has_an_explorer_and_its_still_picture(source):
    text = "\n".join(cell.source for cell in code(jupytext.read(source)))
    assert "from rnncourse.explorers" in text
    assert ".still()" in text


@each_chapter
def test_a_chapter_has_three_to_five_exercises(source):
    text = "\n".join(cell.source for cell in code(jupytext.read(source)))
    checks = re.findall(r"^exercises\.(\w+)\.check\(", text, flags=re.M)
    assert 3 <= len(set(checks)) <= 5 and len(checks) == len(set(checks))


@each_chapter
def test_every_figure_is_shown_by_the_one_helper(source):
    text = "\n".join(cell.source for cell in code(jupytext.read(source)))
    assert not re.search(r"plt\.show\(|savefig\(|%matplotlib", text)
    figures = len(re.findall(r"plt\.(?:subplots|figure|subplot_mosaic)\(", text))
    assert figures <= len(re.findall(r"\bshow\(", text))


@each_chapter
def test_prose_points_at_nothing_that_a_copy_of_the_notebook_lacks(source):
    targets = re.findall(r"\]\(([^)\s]+)", prose(jupytext.read(source)))
    local = [t for t in targets if not t.startswith(("http://", "https://", "#", "attachment:", "data:"))]
    assert not [t for t in local if not (CHAPTERS / t.split("#")[0]).exists() or "/" in t]


@each_chapter
def test_formulas_are_well_formed(source):
    assert not latex.faults(prose(jupytext.read(source)))


@pytest.mark.parametrize("text, fault", [
    (r"$x_{t$", "brace"), (r"$$\frac{a}{b}", "unpaired"), (r"$\sofmax(a)$", "unknown"), (r"$\left( a$", "left"),
    (r"$$\begin{aligned} a \end{align}$$", "begin"), ("$a_{t}}$", "brace")])
def test_a_malformed_formula_is_caught(text, fault):
    assert any(fault in found for found in latex.faults(text))


@pytest.mark.parametrize("text", [r"costs \$5 and $x_t$", "$$\n\\begin{aligned}a &= b\\\\ c &= d\\end{aligned}\n$$",
                                  "`$HOME` and ```\n$x{\n```", r"$\left\{ a \right.$ and $\{a\}$", r"$\text{if } b$"])
def test_a_good_formula_passes(text):
    assert latex.faults(text) == []


# -- the kernel -------------------------------------------------------------------------------------
def test_a_kernel_of_the_same_name_in_the_home_folder_is_not_used(tmp_path):
    home = tmp_path / "data" / "kernels" / "python3"
    home.mkdir(parents=True)
    (home / "kernel.json").write_text(json.dumps({"argv": ["false"], "display_name": "Another", "language": "python"}))
    source = tmp_path / "00_a.py"
    source.write_text("# %%\nimport sys\nprint(sys.executable)\n")
    program = ("import sys; from pathlib import Path; from tools import notebooks as n; p = Path(sys.argv[1]);"
               "print(n.execute(n.paired(p), p.parent).cells[0].outputs[0].text)")
    environment = notebooks.jupyter_environment(tmp_path) | {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program, str(source)], env=environment, cwd=ROOT,
                          capture_output=True, text=True)
    assert done.stdout.strip() == sys.executable, done.stderr
