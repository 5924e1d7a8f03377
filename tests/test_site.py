"""The web page's pieces: what becomes of a notebook, a docstring, a link; where solutions may stand; the buttons."""

import ast
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import pytest

from tools.site import chapters, links, pages, reference, repository, text

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "site"
NOTEBOOKS = sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb"))
OURS = repository.Repository("https://github.com/OWNER/NAME")


@pytest.fixture(scope="module")
def lstm():
    """Chapter 04 as a notebook."""
    return nbformat.read(ROOT / "chapters" / "04_lstm.ipynb", as_version=4)


@pytest.fixture(scope="module")
def lstm_page(lstm):
    """The page made of it, and its figures."""
    return chapters.page(lstm, "04_lstm", OURS)


def test_figures_are_files_with_the_alt_text_and_the_size_of_the_notebook(lstm, lstm_page):
    page, figures = lstm_page
    shown = [output for cell in lstm.cells for output in cell.get("outputs", [])
             if "image/png" in output.get("data", {})]
    html = "".join(output.data["text/html"] for cell in page.cells for output in cell.get("outputs", [])
                   if "text/html" in output.get("data", {}))
    assert len(figures) == len(shown) > 5 and "data:image" not in html
    assert set(re.findall(r'src="\.\./figures/([^"]+)"', html)) == set(figures)
    for output in shown:
        assert re.search(r'alt="([^"]+)"', output.data["text/html"])[1] in html
    assert all(png.startswith(b"\x89PNG") for png in figures.values())
    assert not any(cell.metadata.get("tags") for cell in page.cells)


def test_the_notebook_itself_stays_as_it_was(lstm):
    before = nbformat.writes(lstm)
    chapters.page(lstm, "04_lstm", OURS)
    assert nbformat.writes(lstm) == before


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_exercise_has_its_hints_and_its_solution_and_both_are_folded(notebook):
    page, _ = chapters.page(nbformat.read(notebook, as_version=4), notebook.stem)
    checked, topic = [], None
    for cell in page.cells:
        topic = match[1] if (match := chapters.IMPORT.search(cell.source)) else topic
        if cell.cell_type == "code" and (match := chapters.CHECK.search(cell.source)):
            checked.append(chapters._exercise(topic, match[1]))
    everything = "\n".join(cell.source for cell in page.cells)
    open_to_all = re.sub(r"<details>.*?</details>", "", everything, flags=re.S)
    assert checked, "no exercise was found"
    for exercise in checked:
        assert exercise.source in everything and all(hint in everything for hint in exercise.hints)
        assert _body(exercise.source) not in open_to_all
        assert not any(hint in open_to_all for hint in exercise.hints)
    assert ".hint()\n" not in "".join(cell.source for cell in page.cells if cell.cell_type == "code")
    assert "not attempted" not in "".join(str(cell.get("outputs")) for cell in page.cells)


def test_no_solution_stands_in_the_reference():
    written = "\n".join(reference.pages().values())
    for file in sorted((ROOT / "rnncourse" / "exercises").glob("[a-z]*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and reference._is_exercise(node):
                assert f"{{py:function}} {node.name}(" in written
                assert ast.unparse(node.body[-1]) not in written, f"{file.name}: {node.name}"
            elif isinstance(node, ast.FunctionDef):
                assert f"{{py:function}} {node.name}(" not in written, f"{file.name}: {node.name} is no exercise"


def test_the_reference_has_every_public_module_and_what_is_public_in_it():
    written = "\n".join(reference.pages().values())
    for file in (ROOT / "rnncourse").rglob("*.py"):
        relative = file.relative_to(ROOT / "rnncourse")
        if any(part.startswith("_") and part != "__init__.py" for part in relative.parts):
            continue
        dotted = ".".join(("rnncourse", *relative.with_suffix("").parts)).removesuffix(".__init__")
        if dotted == "rnncourse":
            continue
        assert f"{{py:module}} {dotted}\n" in written
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if reference._documented(node) and "exercises" not in relative.parts:
                kind = "class" if isinstance(node, ast.ClassDef) else "function"
                assert f"{{py:{kind}}} {node.name}" in written, dotted


def test_a_dead_explorer_is_a_note_that_says_where_its_still_picture_stands(lstm_page):
    page, _ = lstm_page
    notes = [output.data["text/html"] for cell in page.cells for output in cell.get("outputs", [])
             if "rnnc-note" in output.get("data", {}).get("text/html", "")]
    assert len(notes) == 3 and sum("stands below" in note for note in notes) == 1
    assert not any(re.match(r"[A-Z]\w+\(", output.data.get("text/plain", "")) for cell in page.cells
                   for output in cell.get("outputs", []) if "data" in output)


def test_columns_of_a_docstring_become_terms():
    written = text.docstring("Runs it.\n\nx         (T, B, D)  what it reads,\n          time first\noptimiser one\n"
                             "Returns h, with a_f * 2.")
    assert written.split("\n\n") == ["Runs it\\.", "`x`\n: \\(T\\, B\\, D\\) · what it reads\\, time first",
                                     "`optimiser`\n: one", "Returns h\\, with a\\_f \\* 2\\."]


def test_indented_lines_and_equations_of_a_docstring_stay_as_they_stand():
    example = "As in\n\n    a = f(x)    # a remark\n    b = 2"
    assert text.docstring(example) == "As in\n\n```text\n    a = f(x)    # a remark\n    b = 2\n```"


def test_a_table_without_a_word_in_its_corner_gets_one():
    assert "|  | a |" not in text.headed("|  | a |\n|---|---|\n| 1 |  |")
    assert text.headed("|  | a |\n|---|---|\n| 1 |  |").endswith("| a |\n|---|---|\n| 1 |  |")
    assert '>where</span>  $z$ |' in text.headed("| a | $z$ |\n|---|---|\n| $z$ | 1 |")


def test_buttons_without_a_repository_are_the_download_alone():
    row = chapters.buttons("04_lstm")
    assert 'href="../downloads/04_lstm.ipynb" download' in row and "binder" not in row and "colab" not in row


def test_buttons_with_a_repository_lead_to_binder_and_colab():
    row = chapters.buttons("04_lstm", OURS)
    assert "https://mybinder.org/v2/gh/OWNER/NAME/main?urlpath=lab%2Ftree%2Fchapters%2F04_lstm.ipynb" in row
    assert "https://colab.research.google.com/github/OWNER/NAME/blob/gh-pages/downloads/04_lstm.colab.ipynb" in row
    assert all(f'<img src="../_static/badge_{kind}.svg" alt="' in row for kind in ("download", "binder", "colab"))


def test_binder_knows_other_hosts_and_colab_only_github():
    lab = repository.Repository("https://gitlab.com/group/sub/name.git", branch="course/2")
    assert lab.binder("a.ipynb").startswith("https://mybinder.org/v2/gl/group%2Fsub%2Fname/course%2F2?")
    other = repository.Repository("https://git.example.org/OWNER/NAME")
    assert other.binder("a.ipynb").startswith("https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2FOWNER%2FNAME/")
    assert lab.colab("a.ipynb") is other.colab("a.ipynb") is None
    assert "colab" not in chapters.buttons("04_lstm", lab)


def test_the_copy_for_colab_installs_the_library_first_and_is_the_chapter_otherwise(lstm):
    copy = chapters.for_colab(lstm, OURS)
    assert "%pip install --quiet \"rnncourse @ git+https://github.com/OWNER/NAME@main\"" in copy.cells[0].source
    assert copy.cells[1:] == lstm.cells and len(lstm.cells) == len(copy.cells) - 1
    nbformat.validate(copy)


def test_the_repository_is_set_by_the_citation_or_by_the_environment():
    assert repository.found({}, "title: a") is None
    assert repository.found({}, 'repository-code: "https://github.com/A/B"\n').plain == "https://github.com/A/B"
    chosen = repository.found({"RNNCOURSE_REPOSITORY": "https://github.com/C/D", "RNNCOURSE_BRANCH": "x"},
                              "repository-code: https://github.com/A/B")
    assert (chosen.plain, chosen.branch, chosen.pages) == ("https://github.com/C/D", "x", "gh-pages")


@pytest.mark.parametrize("address", ["github.com/A/B", "http://github.com/A/B", "https://github.com/A", "https://a/b?c/d",
                                     "https://github.com/A/B\"><script>"])
def test_an_address_that_is_no_repository_is_refused_with_the_way_to_set_it(address):
    with pytest.raises(ValueError, match=r"expected https://HOST/OWNER/NAME.*CITATION\.cff"):
        repository.Repository(address)


def test_the_badges_are_drawings_of_ours_that_load_nothing():
    for name in ("badge_download", "badge_binder", "badge_colab", "favicon"):
        drawing = (SITE / "_static" / f"{name}.svg").read_text(encoding="utf-8")
        ElementTree.fromstring(drawing)
        assert not re.search(r"(href|src|url\()", drawing.replace("http://www.w3.org/2000/svg", "")), name


def test_links_stay_on_the_site_where_the_target_is_a_page():
    on_site = {"chapters/04_lstm.ipynb": "chapters/04_lstm.ipynb"}
    page = ("See [it](../chapters/04_lstm.ipynb#exercises), [code](../rnncourse/trace.py), [web](https://x.org), "
            "[here](#a).")
    assert links.rewritten(page, "teaching/04_lstm.md", on_site) == (
        "See [it](/chapters/04_lstm.ipynb#exercises), code, [web](https://x.org), [here](#a).")
    assert ("[code](https://github.com/OWNER/NAME/blob/main/rnncourse/trace.py)"
            in links.rewritten(page, "teaching/04_lstm.md", on_site, OURS))


def test_a_link_to_no_file_stops_the_build_and_one_in_a_fence_does_not():
    with pytest.raises(ValueError, match=r"teaching/a\.md: the link \[gone\]\(\.\./gone\.md\) leads to no file"):
        links.rewritten("[gone](../gone.md)", "teaching/a.md", {})
    fenced = "```sh\n[gone](../gone.md)\n```"
    assert links.rewritten(fenced, "teaching/a.md", {}) == fenced


def test_the_front_page_lists_every_chapter_of_the_readme():
    rows = pages.chapter_rows((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [number for number, *_ in rows] == [file.stem[:2] for file in NOTEBOOKS]


def test_mathjax_that_is_missing_is_said_with_the_command(tmp_path):
    with pytest.raises(SystemExit, match="npm ci --prefix tools/node"):
        pages.mathjax(tmp_path, source=tmp_path / "none")


def test_nothing_of_ours_asks_for_an_address_elsewhere():
    for file in [*SITE.rglob("*.css"), *SITE.rglob("*.js"), *SITE.rglob("*.html"), SITE / "conf.py"]:
        assert not re.search(r"https?://|@import\s*[\"'u]|//cdn", file.read_text(encoding="utf-8")), file.name


def _body(source):
    """A solution's lines below its docstring."""
    function = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[function.body[0].end_lineno:])
