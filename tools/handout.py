"""`make handout`: teaching/handout.md printed on one page of A4, by Chromium and the local MathJax."""

import html
import json
import re
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

from rnncourse.plots.palette import LOOK
from tests.browser.lab import FLAGS, chromium
from tools.formulas import MATHJAX, NODE_MODULES, Formulas

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "teaching" / "handout.md"
BUILT = ROOT / "build" / "handout.pdf"
LAYOUT = ROOT / "assets" / "slides" / "handout.html"
FONTS = NODE_MODULES / "reveal.js" / "dist" / "theme" / "fonts" / "source-sans-pro" / "source-sans-pro.css"
SETTINGS = {"loader": {"load": ["[tex]/color"]}, "tex": {"packages": {"[+]": ["color"]}},
            "options": {"enableMenu": False}, "chtml": {"scale": 0.98, "displayAlign": "left", "displayIndent": "0"}}
ON_A_LINE = 46    # px that a sample of a line is long


def page(source=SOURCE):
    """The hand-out as a page of HTML, its formulas still as TeX."""
    formulas, markdown = Formulas(), MarkdownIt("commonmark", {"html": True}).enable("table")
    body = markdown.render(formulas.taken_out(source.read_text(encoding="utf-8")))
    body = re.sub("\ue000(\\d+)\ue001", lambda m: _tex(*formulas.found[int(m[1])]), body)
    body = body.replace("<p>{signals}</p>", signals())
    body = re.sub(r"(<h2>.*?)(?=<h2>|\Z)", r"<section>\1</section>", body, flags=re.S)
    told = {"settings": json.dumps(SETTINGS), "mathjax": (MATHJAX / "tex-chtml.js").as_uri(),
            "fonts": FONTS.as_uri(), "body": body}
    return re.sub(r"@(\w+)@", lambda m: told[m[1]], LAYOUT.read_text(encoding="utf-8"))


def _tex(tex, display):
    r"""One formula for MathJax; \Sc{…} is … in the colour of the signal c, and so for the others."""
    tex = re.sub(r"\\S([a-z])\{((?:[^{}]|\{[^{}]*\})*)\}", lambda m: rf"{{\color{{{LOOK[m[1]].colour}}}{m[2]}}}", tex)
    return html.escape(rf"\[{tex}\]" if display else rf"\({tex}\)")


def signals():
    """Every signal's letter, line and name; the dashes tell them apart in grey print."""
    rows = [f'<span class="signal"><i style="color:{look.colour}">{name}</i>'
            f'<svg width="{ON_A_LINE}" height="8" aria-hidden="true"><line x1="0" y1="4" x2="{ON_A_LINE}" y2="4" '
            f'stroke="{look.colour}" stroke-width="2.4" {_dashes(look.linestyle)}/></svg>{look.words}</span>'
            for name, look in LOOK.items()]
    return f'<div class="signals">{"".join(rows)}</div>'


def _dashes(linestyle, width=2.4):
    """matplotlib's line style as an attribute of SVG."""
    named = {"-": (), "-.": (6.4, 1.6, 1, 1.6)}
    lengths = named[linestyle] if isinstance(linestyle, str) else linestyle[1]
    return f'stroke-dasharray="{" ".join(f"{length * width:.1f}" for length in lengths)}"' if lengths else ""


def build(target=BUILT, browser=None):
    """Print the page, by the Chromium that playwright has open or one of its own; a RuntimeError says what is wrong."""
    if not MATHJAX.is_dir():
        raise RuntimeError(f"MathJax is not in {MATHJAX.relative_to(ROOT)}: run `npm ci --prefix tools/node`")
    if browser is None:
        return _by_own_browser(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, "handout.html")
        written.write_text(page(), encoding="utf-8")
        shown = browser.new_page()
        shown.goto(written.as_uri())
        shown.wait_for_function("window.MathJax?.startup?.promise")
        shown.evaluate("Promise.all([MathJax.startup.promise, document.fonts.ready])")
        shown.emulate_media(media="print")
        found = shown.evaluate("window.faults()")
        shown.pdf(path=target, prefer_css_page_size=True, print_background=True)
        shown.close()
    if found:
        raise RuntimeError("the hand-out is not printed as it should be: " + "; ".join(found))
    return target


def _by_own_browser(target):
    if chromium() is None:
        raise RuntimeError("no Chromium or Chrome here to print the page. On Debian and Ubuntu: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            return build(target, browser)
        finally:
            browser.close()


def main():
    """Print it and say where it is."""
    try:
        print(build().relative_to(ROOT))
    except RuntimeError as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
