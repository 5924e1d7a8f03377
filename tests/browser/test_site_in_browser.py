"""The web page as it is built: every page in Chromium, from a server on this machine that may not ask for more."""

import os
import re
import subprocess
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "https://github.com/OWNER/NAME"
IN_DARK = ("index.html", "chapters/01_recurrence.html", "reference/recording.html", "teach.html", "search.html")
SECONDS = 600    # for the build, on a machine with other work
LOADING = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("use", "href"),
           ("video", "src"), ("audio", "src"), ("object", "data"), ("embed", "src"), ("form", "action")}

# axe looks at every element against every other, and would take a minute for a chapter: code tokens of a kind that was
# seen, the strokes inside a formula, and all but the first entries of long lists of one making are taken out before.
THIN = """() => {
    const seen = new Set();
    for (const pre of document.querySelectorAll('.highlight pre')) {
        const kinds = [...pre.querySelectorAll('span[class]')].map(e => e.className).filter(kind => !seen.has(kind));
        if (kinds.length) kinds.forEach(kind => seen.add(kind)); else pre.textContent = pre.textContent;
    }
    document.querySelectorAll('mjx-container svg').forEach(e => { e.innerHTML = ''; });
    document.querySelectorAll('em.sig-param').forEach(e => { e.textContent = e.textContent; });
    document.querySelectorAll('.indextable li:nth-child(n+6), .bd-sidenav li:nth-child(n+4)').forEach(e => e.remove());
    document.querySelectorAll('section > dl.py:nth-of-type(n+4)').forEach(e => e.remove());
}"""
# Contrast takes most of axe's time: it is measured once for each pair of colours, size and weight that the page has.
AXE = """async () => {
    const kinds = new Map();
    for (const e of document.body.querySelectorAll('*')) {
        if (![...e.childNodes].some(n => n.nodeType == 3 && n.textContent.trim()) || !e.checkVisibility()) continue;
        const look = getComputedStyle(e), under = [];
        for (let up = e; up; up = up.parentElement) {
            const {backgroundColor, opacity} = getComputedStyle(up);
            if (opacity != 1) under.push(opacity);
            if (backgroundColor != 'rgba(0, 0, 0, 0)') { under.push(backgroundColor); break; }
        }
        const kind = [look.color, look.fontSize, look.fontWeight, ...under].join(' ');
        if (!kinds.has(kind) || e.closest('.bd-article') && !kinds.get(kind).closest('.bd-article')) kinds.set(kind, e);
    }
    const found = [await axe.run(document, {resultTypes: ['violations'], rules: {'color-contrast': {enabled: false}}}),
                   await axe.run({include: [...kinds.values()]},
                                 {resultTypes: ['violations'], runOnly: ['color-contrast']})];
    return found.flatMap(f => f.violations).flatMap(
        v => v.nodes.map(n => `${v.id}: ${v.help}: ${n.html.slice(0, 200)}`));
}"""
FORMULAS = """async () => {
    if (!document.querySelector('.math')) return [];
    await MathJax.startup.promise;
    const left = [...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container svg'));
    const wrong = [...document.querySelectorAll('[data-mjx-error], mjx-merror, [data-mml-node="merror"]')];
    return [...left, ...wrong].map(e => `${e.className?.baseVal ?? e.className}: ${e.textContent.slice(0, 100)}`);
}"""


class Page(HTMLParser):
    """What a page's HTML names: links, ids, pictures, and what it loads."""

    def __init__(self, file):
        super().__init__()
        self.links, self.ids, self.pictures, self.loads = [], [], [], []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Note one element."""
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "img":
            self.pictures.append(found)
        if tag == "link" and found.get("rel") in ("index", "search", "next", "prev", "canonical"):
            return
        self.loads += [found[name] for kind, name in LOADING if kind == tag and found.get(name)]


def broken_links(root, parsed):
    """Every link and every loaded file that leads nowhere, in words. parsed: {path below root: Page}."""
    found = []
    for path, page in parsed.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme in ("mailto", "data"):
                continue
            if parts.scheme or parts.netloc:
                if link in page.loads or parts.scheme != "https" or not re.fullmatch(r"[\w.-]+\.[a-z]+", parts.netloc):
                    found.append(f"{path}: {link} is loaded from elsewhere or no address")
                continue
            target = unquote(urlsplit(urljoin(f"http://x/{path}", link)).path).lstrip("/")
            target += "index.html" if not target or target.endswith("/") else ""
            if not (root / target).is_file():
                found.append(f"{path}: {link} leads to no file")
            elif parts.fragment and target in parsed and unquote(parts.fragment) not in parsed[target].ids:
                found.append(f"{path}: {link} leads to no place on that page")
    return found


def unnamed_pictures(parsed):
    """Every picture without a text alternative, in words."""
    return [f"{path}: {picture.get('src', '')[:80]}" for path, page in parsed.items() for picture in page.pictures
            if not (picture.get("alt") or "").strip()]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of a site that was built now, as if published in a repository; without slides and hand-out."""
    folder = tmp_path_factory.mktemp("web") / "site"
    made = subprocess.run([sys.executable, "-m", "tools.site", str(folder), "--alone"], cwd=ROOT, timeout=SECONDS,
                          env=os.environ | {"RNNCOURSE_REPOSITORY": ADDRESS}, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


@pytest.fixture(scope="session")
def parsed(site):
    """{path: Page} of the whole site."""
    return {file.relative_to(site).as_posix(): Page(file) for file in sorted(site.rglob("*.html"))
            if "_static" not in file.relative_to(site).parts}


@pytest.fixture(scope="session")
def address(site):
    """The site on a free port of this machine."""
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Visitor:
    """A tab that notes what a reader would not see: errors on the console, and requests that fail or go elsewhere."""

    def __init__(self, chromium, address, scheme="light", width=1280):
        self.address, self.noted = address, []
        self.context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.page.on("console", lambda said: said.type == "error" and self.noted.append(f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self.noted.append(f"error: {error}"))
        self.page.on("response", lambda got: got.status >= 400 and self.noted.append(f"{got.status}: {got.url}"))
        self.page.on("request", lambda asked: asked.url.startswith((address, "data:"))
                     or self.noted.append(f"leaves the machine: {asked.url}"))

    def open(self, path):
        """Load a page and wait for its formulas; what was wrong with it, in words."""
        self.noted.clear()
        self.page.goto(self.address + path, wait_until="load")
        unset = self.page.evaluate(FORMULAS)
        return [f"{path}: {said}" for said in [*self.noted, *(f"no formula: {formula}" for formula in unset)]]

    def axe(self):
        """What axe-core finds on the page, which is thinned for it."""
        self.page.evaluate(THIN)
        self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
        return self.page.evaluate(AXE)


@pytest.fixture
def visitor(chromium, address):
    """visitor(**how): a new Visitor; closed at the end of the test."""
    made = []
    yield lambda **how: made.append(Visitor(chromium, address, **how)) or made[-1]
    for one in made:
        one.context.close()


def test_the_site_has_its_pages_and_each_says_what_it_is(parsed, site):
    chapters = [f"chapters/{file.stem}.html" for file in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb"))]
    teaching = [f"teaching/{file.stem}.html" for file in sorted((ROOT / "teaching").glob("*.md"))]
    wanted = ["index.html", "teach.html", "search.html", "genindex.html", "reference/index.html",
              "reference/cells.html", *chapters, *teaching]
    assert len(chapters) >= 14 and set(wanted) <= set(parsed)
    for path in wanted:
        text = (site / path).read_text(encoding="utf-8")
        assert '<html lang="en-GB"' in text and len(re.search(r"<title>(.+?)</title>", text, re.S)[1]) > 8, path
        if path not in ("search.html", "genindex.html"):
            assert re.search(r'<meta name="description" content="[^"]{40,}"', text), path
    assert not (site / "_sources").exists()


def test_no_link_is_broken_nothing_is_loaded_from_elsewhere_and_every_picture_has_words(parsed, site):
    assert not broken_links(site, parsed)
    assert not unnamed_pictures(parsed)
    doubled = {path: {name for name in page.ids if page.ids.count(name) > 1} for path, page in parsed.items()}
    assert not {path: names for path, names in doubled.items() if names}
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(https?:)?//|@import [\"'u]", sheet.read_text(encoding="utf-8")), sheet.name


def test_the_tests_above_see_a_dead_link_a_dead_anchor_a_missing_alt_and_a_script_from_elsewhere(tmp_path):
    (tmp_path / "a.html").write_text('<p id="here"><a href="b.html">b</a><a href="#gone">c</a><a href="#here">d</a>'
                                     '<img src="a.html"><script src="https://cdn.example.org/x.js"></script>')
    parsed = {"a.html": Page(tmp_path / "a.html")}
    assert sorted(fault.split(": ", 1)[1] for fault in broken_links(tmp_path, parsed)) == [
        "#gone leads to no place on that page", "b.html leads to no file",
        "https://cdn.example.org/x.js is loaded from elsewhere or no address"]
    assert unnamed_pictures(parsed) == ["a.html: a.html"]


def test_a_tab_notes_what_is_planted_in_a_page(visitor):
    tab = visitor()
    assert not tab.open("teach.html")
    tab.page.evaluate("""() => {
        console.error('planted');
        document.querySelector('.bd-article h1').insertAdjacentHTML(
            'afterend', '<p style="color:#999">pale</p><img src="favicon.ico">');
        document.body.append(Object.assign(document.createElement('script'), {src: 'https://cdn.invalid/x.js'})); }""")
    tab.page.wait_for_timeout(300)
    noted = " ".join(tab.noted)
    assert "console: planted" in noted and "leaves the machine: https://cdn.invalid/x.js" in noted and "404" in noted
    found = " ".join(tab.axe())
    assert "image-alt: " in found and "color-contrast: " in found


def test_every_page_opens_quietly_and_axe_finds_nothing(visitor, parsed):
    tab, faults = visitor(), []
    for path in parsed:
        faults += tab.open(path)
        faults += [f"{path}: {found}" for found in tab.axe()]
    assert not faults, "\n".join(faults)


def test_in_the_dark_as_well(visitor):
    tab, faults = visitor(scheme="dark"), []
    for path in IN_DARK:
        faults += tab.open(path)
        assert tab.page.evaluate("document.documentElement.dataset.theme") == "dark"
        faults += [f"{path}: {found}" for found in tab.axe()]
    assert not faults, "\n".join(faults)


def test_on_a_telephone_no_page_is_wider_than_the_screen(visitor, parsed):
    tab = visitor(width=400)
    for path in ("index.html", "chapters/04_lstm.html", "reference/cells.html", "teaching/04_lstm.html"):
        assert not tab.open(path)
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 400, path


def test_a_search_finds_the_forget_gate(visitor):
    tab = visitor()
    assert not tab.open("search.html?q=forget+gate")
    tab.page.locator("#search-results li a", has_text="What do the gates hold?").first.wait_for()
    assert not tab.noted


def test_hints_and_solution_are_folded_and_open_by_keyboard(visitor):
    tab = visitor()
    assert not tab.open("chapters/04_lstm.html")
    fold = tab.page.locator(".rnnc-help").first.locator("details").last
    code = fold.locator("pre")
    assert not code.is_visible()
    fold.locator("summary").focus()
    tab.page.keyboard.press("Enter")
    code.wait_for(state="visible")
    assert "def who_wrote(" in code.inner_text()
    assert tab.page.locator(".rnnc-help details[open]").count() == 1


def test_what_scrolls_sideways_is_reached_by_keyboard_and_the_explorers_say_where_they_move(visitor):
    tab = visitor(width=400)
    assert not tab.open("chapters/04_lstm.html")
    wide = tab.page.evaluate("""() => new Promise(done => setTimeout(() => done([...document.querySelectorAll(
        '.bd-article pre')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.tabIndex)), 300))""")
    assert wide and set(wide) == {0}
    assert tab.page.locator(".rnnc-note", has_text="Move it in the notebook").count() == 3


def test_the_page_works_from_the_file_system_too(chromium, site):
    context = chromium.new_context()
    page, noted = context.new_page(), []
    page.on("pageerror", lambda error: noted.append(str(error)))
    page.on("requestfailed", lambda asked: noted.append(asked.url))
    page.goto((site / "chapters" / "04_lstm.html").as_uri(), wait_until="load")
    assert page.evaluate(FORMULAS) == [] and not noted
    assert page.evaluate("[...document.images].filter(i => i.loading != 'lazy').every(i => i.naturalWidth > 0)")
    page.goto((site / "search.html").as_uri() + "?q=forget+gate", wait_until="load")
    page.locator("#search-results li a", has_text="What do the gates hold?").first.wait_for()
    context.close()
