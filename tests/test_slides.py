"""The slides: every chapter has a deck, its words are the chapter's own, and no slide is a page of prose."""

import io
import re

import nbformat
import numpy as np
import pytest
from PIL import Image

from tools import notebooks, slides
from tools.deck import MOST_LINES, Unclear, slides_of
from tools.halves import half
from tools.picking import Words

SOURCES = notebooks.sources()
each_chapter = pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
MOST_WORDS = {"exercises": 120, "list": 100, "table": 100}    # items of a line or two; elsewhere:
MOST = 70


@pytest.fixture(scope="module")
def decks():
    """stem -> (the chapter's notebook, its slides)."""
    found = {}
    for source in SOURCES:
        notebook = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
        found[source.stem] = notebook, slides_of(notebook)
    return found


def bare(text):
    """A text by its letters and digits alone."""
    return re.sub(r"[\W_]", "", text.lower())


@each_chapter
def test_a_deck_begins_with_the_question_and_ends_with_exercises_and_recap(source, decks):
    notebook, deck = decks[source.stem]
    assert 12 <= len(deck) <= 26
    assert deck[0].kind == "title" and deck[0].heading in notebook.cells[0].source
    kinds, headings = [slide.kind for slide in deck], [slide.heading for slide in deck]
    assert kinds.count("exercises") == 1 and kinds.index("exercises") >= len(deck) - 4
    assert headings[-1].startswith("Recap") and "question" in kinds and kinds.count("picture") >= 2
    checks = sum(".check(" in cell.source and cell.cell_type == "code" for cell in notebook.cells)
    assert len(deck[kinds.index("exercises")].cells) == checks


@each_chapter
def test_every_tag_is_a_slide_and_every_slide_has_its_cell(source, decks):
    notebook, deck = decks[source.stem]
    ids = {cell.id for cell in notebook.cells}
    assert all(set(slide.cells) <= ids and slide.cells for slide in deck)
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", ())]
    assert len(deck) == sum(tag.startswith("slide") for tag in tags) + 3
    assert all(re.match(r"(slide|part)(: \S|$)|nbval-ignore-output$", tag) for tag in tags)


@each_chapter
def test_no_slide_is_a_page_of_prose(source, decks):
    for slide in decks[source.stem][1]:
        count = slides.words_of(slide)
        assert count <= MOST_WORDS.get(slide.kind, MOST), f"{slide.heading}: {count} words"
        for part in slide.parts:
            if part.kind in ("code", "printed"):
                lines = [line for line in part.text.splitlines() if line.strip()]
                assert len(lines) <= MOST_LINES and max(map(len, lines)) <= 84, f"{slide.heading}: {part.text}"
        assert sum(part.kind == "picture" for part in slide.parts) <= 1


@each_chapter
def test_the_words_on_a_slide_are_the_chapters_own(source, decks):
    notebook, deck = decks[source.stem]
    cells = {cell.id: cell for cell in notebook.cells}
    for slide in deck[1:]:
        own = bare("".join(cells[k].source + "".join(map(str, cells[k].get("outputs", ()))) for k in slide.cells))
        for part in slide.parts:
            if part.kind in ("words", "equation", "code", "table") and slide.kind != "exercises":
                spoken = bare(part.text) if part.kind != "code" else bare(part.text.splitlines()[0])
                assert spoken in own or bare(part.text.replace("\n", "\\n")) in own, part.text


@each_chapter
def test_a_picture_keeps_its_text_alternative(source, decks):
    notebook, deck = decks[source.stem]
    pages = "".join(output["data"].get("text/html", "") for cell in notebook.cells
                    for output in cell.get("outputs", ()) if "data" in output)
    pictures = [part for slide in deck for part in slide.parts if part.kind == "picture"]
    assert pictures
    for part in pictures:
        assert len(part.alt) > 40 and slides.html.escape(part.alt) in pages and part.png.startswith(b"\x89PNG")


@each_chapter
def test_the_notes_hold_all_of_the_chapters_prose(source, decks):
    notebook, deck = decks[source.stem]
    notes = "\n\n".join(slide.notes for slide in deck)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert not [text[:60] for text in prose if text not in notes]


# -- what a tag may ask for -------------------------------------------------------------------------
PROSE = """# 00 · Why?

For instance:

- one thing;
- another.

**Predict first.** It is $x$, isn't it? Or is it `y. Z`? Guess.

## Next

The first sentence has $a. B$ in it. The second *one*, with a comma, is
long. The **third** ends.

$$a = b$$
$$c = d$$"""
CODE = 'import math\n\n\ndef f(x):\n    """Told."""\n    return x\n\n\nprint(f(1))'


def deck_of(tags, kind="markdown", source=PROSE):
    cell = (nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell)(source)
    cell.metadata["tags"] = tags
    if kind == "code":
        cell.outputs = [nbformat.v4.new_output("stream", text="1\n2\n3\n")]
    return slides_of(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(PROSE), cell]))[2:]


@pytest.mark.parametrize("tag, kind, heading, parts", [
    ("slide", "question", "Predict first", ["It is $x$, isn't it? Or is it `y. Z`? Guess."]),
    ("slide: eq 2 | The second one ... comma", "equation", "Next", ["c = d", "The second *one*, with a comma."]),
    ("slide: eq | head The first", "equation", "The first sentence has $a. B$ in it", ["a = b", "c = d"]),
    ("slide: a comma ... is | eq 1", "equation", "Next", ["A comma, is:", "a = b"]),
    ("slide: The first sentence", "words", "Next", ["The first sentence has $a. B$ in it."]),
    ("slide: ends | list", "list", "Next", ["Ends.", "- one thing;\n- another.\n"]),
    ("slide: Or is it", "question", "Predict first", ["Or is it `y. Z`?"])])
def test_what_a_tag_picks_out_of_prose(tag, kind, heading, parts):
    slide, = deck_of([tag])
    assert (slide.kind, slide.heading) == (kind, heading)
    assert [part.text for part in slide.parts] == parts


@pytest.mark.parametrize("tag, parts", [
    ("slide: code def f", ["def f(x):\n    return x"]), ("slide: print 2-3", ["2\n3"]),
    ("slide: code def ... print", ["def f(x):\n    return x\n\n\nprint(f(1))"])])
def test_what_a_tag_picks_out_of_code(tag, parts):
    slide, = deck_of([tag], "code", CODE)
    assert [part.text for part in slide.parts] == parts


def test_a_part_joins_the_slide_before_it():
    slide, = deck_of(["slide: The first sentence", "part: eq 1"])
    assert [part.kind for part in slide.parts] == ["words", "equation"] and slide.kind == "equation"


@pytest.mark.parametrize("kind, tag, said", [
    ("markdown", "slide: no such words at all", "no such words"), ("markdown", "slide: eq 3", "3 to 3 of 2"),
    ("markdown", "slide: table", "no table 1"), ("code", "slide: code class", "no statement begins"),
    ("code", "slide: print 2-4", "2 to 4 of 3"), ("code", "slide: words", "no such words")])
def test_a_tag_that_asks_for_what_is_not_there_says_so(kind, tag, said):
    with pytest.raises(Unclear, match=f"cell 2, tag .*{said}"):
        deck_of([tag], kind, PROSE if kind == "markdown" else CODE)


def test_a_sentence_ends_where_it_ends():
    words = Words("As in e.g. this *one*. **Bold.** Then $x. Y$ goes on (so). Last")
    assert [words.pick(start)[0] for start in ("As in", "Then", "Last")] \
        == ["As in e.g. this *one*.", "Then $x. Y$ goes on (so).", "Last."]


# -- larger on the wall ----------------------------------------------------------------------------
def drawing(*boxes, size=(100, 60)):
    """A PNG of that width and height: black boxes (left, top, right, bottom) on paper."""
    picture, written = Image.new("RGB", size, "#fdfdfb"), io.BytesIO()
    for box in boxes:
        picture.paste("black", box)
    picture.save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize("side, near, kept", [
    ("left", None, (30, 40)), ("right", None, (20, 10)), ("top", 0.5, (70, 10)), ("bottom", None, (6, 20))])
def test_half_a_picture_is_cut_between_its_panels(side, near, kept):
    panels = drawing((20, 15, 40, 25), (44, 35, 50, 55), (70, 15, 90, 25))   # two things left, one right; two rows
    shown = Image.open(io.BytesIO(half(panels, side, near)))
    around = np.asarray(shown.convert("L")) < 128
    rows, columns = np.nonzero(around)
    assert (columns.max() - columns.min() + 1, rows.max() - rows.min() + 1) == kept
    assert min(shown.size) <= 60 and around.any() and not around[0].any() and not around[:, 0].any()


def test_a_picture_without_two_panels_is_not_cut():
    with pytest.raises(ValueError, match="no empty band"):
        half(drawing((5, 5, 95, 55)), "left")


@pytest.mark.parametrize("tex, apart", [
    (r"a=b\qquad c", ["a=b", "c"]), (r"\text{x\qquad y}\qquad z", [r"\text{x\qquad y}", "z"]),
    (r"\begin{aligned}a\qquad b\end{aligned}", [r"\begin{aligned}a\qquad b\end{aligned}"])])
def test_formulas_of_one_line_may_stand_in_two(tex, apart):
    assert slides._apart(tex) == apart


# -- tags into the notebook -------------------------------------------------------------------------
def test_tags_are_written_into_a_notebook_without_executing_it(tmp_path):
    source = tmp_path / "00_a.py"
    source.write_text("# %% [markdown]\n# # Why?\n\n# %%\nx = 1\n")
    stored = notebooks.paired(source)
    stored.cells[1].execution_count = 7
    source.with_suffix(".ipynb").write_text(notebooks.text_of(stored))
    source.write_text(source.read_text().replace("# %%\n", '# %% tags=["slide: code"]\n'))
    notebooks.retag(source)
    found = nbformat.read(source.with_suffix(".ipynb"), as_version=4).cells[1]
    assert found.metadata.tags == ["slide: code"] and found.execution_count == 7
    source.write_text(source.read_text().replace("x = 1", "x = 2"))
    with pytest.raises(ValueError, match="differ in more than tags"):
        notebooks.retag(source)
