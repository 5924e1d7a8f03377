"""`make slides`: each chapter as slides in build/slides, with reveal.js and drawn formulas beside them; no network."""

import argparse
import html
import re
import shutil
import sys
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from rnncourse.plots.palette import LOOK
from tools import notebooks
from tools.deck import Unclear, slides_of
from tools.formulas import NODE_MODULES, Formulas, width_in_em

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "build" / "slides"
OURS = ROOT / "assets" / "slides"
REVEAL = NODE_MODULES / "reveal.js"
VENDORED = ["dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js", "plugin/zoom/zoom.js",
            "LICENSE", "dist/theme/fonts/source-sans-pro"]
SUBTITLE = "Recurrent neural networks, from the equations to what a trained one knows"

WIDE = 1168        # px between the margins of a slide of 1280 × 720
LETTER = 0.61      # the width of a monospaced letter, in its size
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def build(sources, folder=BUILT):
    """Write the decks of these chapters, the shared files and a page that lists all decks; returns {stem: slides}."""
    decks = {}
    for source in sources:
        stem = source.stem
        try:
            decks[stem] = slides_of(nbformat.read(source.with_suffix(".ipynb"), as_version=4))
        except Unclear as trouble:
            raise SystemExit(f"{source.name}: {trouble}") from None
    _vendor(folder)
    formulas = Formulas()
    pages = {stem: _page(stem, slides, formulas, folder / stem) for stem, slides in decks.items()}
    joined = formulas.put_back("\f".join(pages.values()), _formula)
    for stem, page in zip(pages, joined.split("\f"), strict=True):
        (folder / stem / "index.html").write_text(page, encoding="utf-8")
    (folder / "index.html").write_text(_contents(folder), encoding="utf-8")
    return decks


def _vendor(folder):
    if not REVEAL.is_dir():
        raise SystemExit(f"reveal.js is not in {REVEAL.relative_to(ROOT)}: run `npm ci --prefix tools/node`")
    for name in VENDORED:
        source, target = REVEAL / name, folder / "reveal" / Path(name).name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    for name in ("slides.css", "slides.js"):
        shutil.copyfile(OURS / name, folder / name)


def _page(stem, slides, formulas, folder):
    """One deck's page, with marks for its formulas; its pictures are written beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    number, _, question = slides[0].heading.partition(" · ")
    sections = [_section(slide, k, formulas, folder) for k, slide in enumerate(slides, 1)]
    return (OURS / "deck.html").read_text(encoding="utf-8").format(
        title=html.escape(f"{number} · {question}"), slides="\n".join(sections))


def _section(slide, number, formulas, folder):
    notes = MARKDOWN.render(formulas.taken_out(re.sub(r"^(#+) ", r"#\1 ", slide.notes, flags=re.M)))
    body = _title(slide) if slide.kind == "title" else _body(slide, number, formulas, folder)
    return (f'<section id="s{number}" data-kind="{slide.kind}" data-cells="{" ".join(slide.cells)}">\n{body}\n'
            f'<aside class="notes">\n{notes}</aside>\n</section>')


def _title(slide):
    number, _, question = slide.heading.partition(" · ")
    strip = "".join(f'<i style="background:{look.colour}"></i>' for look in LOOK.values())
    return (f'<div class="strip" aria-hidden="true">{strip}</div><p class="number">{number}</p>\n<h1>'
            f'{html.escape(question)}</h1>\n<p class="course"><b>rnncourse</b><br>{SUBTITLE}</p>')


def _body(slide, number, formulas, folder):
    heading = MARKDOWN.renderInline(formulas.taken_out(slide.heading))
    label = '<span class="label">explorer</span>' if slide.kind == "explorer" else ""
    beside_code = any(part.kind in ("code", "printed") for part in slide.parts)
    parts = [_part(part, f"{number}-{k}", formulas, folder, beside_code) for k, part in enumerate(slide.parts)]
    shape = _shape(slide)
    if shape == "tall":
        parts = [parts[0], '<div class="beside">', *parts[1:], "</div>"]
    return f'<h2>{heading}{label}</h2>\n<div class="body {_size(slide)} {shape}">\n' + "\n".join(parts) + "\n</div>"


def words_of(slide):
    """How many words of prose stand on a slide, its heading not counted."""
    prose = " ".join(part.text for part in slide.parts if part.kind in ("words", "list", "table"))
    return len(re.findall(r"(?<!\S)[^\s\w]*[^\W\d]\S*", prose))


def _size(slide):
    """The size class of a slide's prose: the fewer words, the larger."""
    count = words_of(slide)
    return "few" if count <= 24 else "some" if count <= 42 else "many"


def _shape(slide):
    """How a picture shares the room with its words: the words beside a tall one, larger under a wide one."""
    shapes = [int.from_bytes(part.png[16:20]) / int.from_bytes(part.png[20:24]) for part in slide.parts if part.png]
    if not shapes:
        return ""
    return "tall" if shapes[0] < 1.62 else "wide" if shapes[0] > 2.6 else "even"


def _part(part, name, formulas, folder, crowded=False):
    if part.kind == "picture":
        (folder / f"{name}.png").write_bytes(part.png)
        return f'<img src="{name}.png" alt="{html.escape(part.alt)}">'
    if part.kind == "equation":
        marks = [formulas.mark(tex, True) for tex in ([part.text] if crowded else _apart(part.text))]
        return f'<div class="equation">{"".join(marks)}</div>'
    if part.kind in ("code", "printed"):
        text = part.text.rstrip()
        inner = _coloured(text) if part.kind == "code" else html.escape(text)
        return f'<pre class="{part.kind}" style="font-size:{_letter_size(text)}px"><code>{inner}</code></pre>'
    return f'<div class="{part.kind}">{MARKDOWN.render(formulas.taken_out(part.text))}</div>'


def _apart(tex):
    r"""Formulas that stand in one line, \qquad between them, each by itself: a slide puts them where there is room."""
    if "\\begin" in tex:
        return [tex]
    pieces = []
    for piece in re.split(r"\\qquad(?![a-zA-Z])", tex):
        whole = not pieces or pieces[-1].count("{") == pieces[-1].count("}")
        pieces = [*pieces, piece] if whole else [*pieces[:-1], pieces[-1] + r"\qquad" + piece]
    return [piece.strip() for piece in pieces if piece.strip()]


def _coloured(text):
    return highlight(text, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip("\n")


def _letter_size(text):
    """The size of code, in px, at which its longest line fits: from 22 to 32."""
    longest = max(len(line) for line in text.splitlines())
    return max(22, min(32, int((WIDE - 48) / (LETTER * longest))))


def _formula(svg, mathml, display):
    """A drawn formula, with its MathML for those who listen; a displayed one as large as fits."""
    style = ""
    if display:
        style = f' style="font-size:{min(50, int(WIDE / width_in_em(svg)))}px"'
    return f'<span class="formula"{style}>{svg}<span class="heard">{mathml}</span></span>'


def _contents(folder):
    titles = {page.parent.name: re.search(r"<title>(.*?)</title>", page.read_text(encoding="utf-8"))[1]
              for page in sorted(folder.glob("[0-9][0-9]_*/index.html"))}
    rows = "\n".join(f'<li><a href="{stem}/index.html">{title}</a></li>' for stem, title in titles.items())
    return (OURS / "contents.html").read_text(encoding="utf-8").format(rows=rows, subtitle=SUBTITLE)


def main(words=None):
    """Build the decks asked for and say where they are."""
    parser = argparse.ArgumentParser(prog="make slides", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="one chapter: 04_lstm, or 04")
    for stem, slides in build(notebooks.sources(parser.parse_args(words).only)).items():
        print(f"{stem}: {len(slides)} slides, build/slides/{stem}/index.html", flush=True)
    print("Arrows or space move on, S opens the notes, Z enlarges a picture, Esc shows all slides, "
          "F fills the screen.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
