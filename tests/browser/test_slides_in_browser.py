"""The slides and the hand-out in a real browser: offline, nothing clipped, nothing small, no formula left as TeX."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pypdf
import pytest
from seen import axe_findings

from tools import handout, notebooks, slides

STEMS = [source.stem for source in notebooks.sources()]

FAULTS = r"""() => {
  const slide = Reveal.getCurrentSlide(), found = [], frame = slide.getBoundingClientRect();
  const told = (e) => `${e.tagName.toLowerCase()} "${(e.textContent || e.alt || '').trim().slice(0, 40)}"`;
  const shown = (e) => !e.closest('.notes, .heard');
  if (slide.scrollHeight > slide.clientHeight + 1 || slide.scrollWidth > slide.clientWidth + 1)
    found.push(`overflows: ${slide.scrollWidth} × ${slide.scrollHeight}`);
  for (const e of [...slide.querySelectorAll('h1, h2, p, li, td, th, pre, img, svg, .body > *')].filter(shown)) {
    const box = e.getBoundingClientRect();
    if (box.left < frame.left + 20 || box.right > frame.right - 20 || box.top < frame.top
        || box.bottom > frame.bottom - 28)
      found.push(`${told(e)} leaves the slide`);
    if (e.clientWidth && e.scrollWidth > e.clientWidth + 1) found.push(`${told(e)} is wider than its place`);
  }
  const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data, e = walker.currentNode.parentElement;
    if (!text.trim() || !shown(e)) continue;
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (size < (e.closest('pre, code') ? 22 : 24)) found.push(`${told(e)} is ${size} px`);
    if (!e.closest('pre, code') && /\$|\\[a-zA-Z]|\*\*|[\ue000\ue001]/.test(text))
      found.push(`raw: ${text.slice(0, 40)}`);
  }
  for (const e of slide.querySelectorAll('.formula'))
    if (shown(e) && parseFloat(getComputedStyle(e).fontSize) < 24) found.push(`a small formula: ${told(e)}`);
  for (const img of slide.querySelectorAll('img')) {
    const box = img.getBoundingClientRect(), shape = img.naturalWidth / img.naturalHeight;
    const height = Math.min(box.height, box.width / shape);
    if (!img.alt || !img.naturalWidth) found.push('a picture without alt text, or none');
    if (height < 0.59 * 720 && height * shape < 0.84 * 1280) found.push(`small: ${Math.round(height)} px high`);
  }
  const boxes = [...slide.querySelectorAll('h2, .body > *')].map(e => e.getBoundingClientRect());
  const meet = (a, b, low, high) => Math.min(a[high], b[high]) > Math.max(a[low], b[low]) + 1;
  boxes.forEach((a, j) => boxes.slice(j + 1).forEach(b => {
    if (meet(a, b, 'left', 'right') && meet(a, b, 'top', 'bottom')) found.push('parts lie over one another');
  }));
  return found;
}"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with all decks."""
    folder = tmp_path_factory.mktemp("slides")
    slides.build(notebooks.sources(), folder)
    return folder


@pytest.fixture(scope="module")
def page(chromium):
    """A page of 1280 × 720 without network, with what went wrong on it as `page.wrong`."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    page.wrong = []
    page.on("console", lambda said: said.type in ("error", "warning") and page.wrong.append(said.text))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("requestfailed", lambda request: page.wrong.append(request.url))
    page.on("request", lambda request: request.url.startswith(("file:", "data:", "about:", "blob:"))
            or page.wrong.append(f"left the machine: {request.url}"))
    yield page
    context.close()


def opened(page, address):
    page.goto(address)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("Promise.all([document.fonts.ready, ...[...document.images].map(i => i.decode())])")
    return page.evaluate("Reveal.getTotalSlides()")


def faults(page):
    found = []
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({number})")
        found += [f"slide {number + 1}: {fault}" for fault in page.evaluate(FAULTS)]
    return found


@pytest.mark.parametrize("stem", STEMS)
def test_every_slide_fits_and_can_be_read(built, page, stem):
    assert opened(page, (built / stem / "index.html").as_uri()) >= 12
    assert not faults(page)
    assert not page.wrong


@pytest.mark.parametrize("harm, fault", [
    ("body.style.fontSize = '20px'", "20 px"), ("body.querySelector('li').textContent = '$x_t$'", "raw"),
    ("body.style.height = '900px'; body.style.flex = 'none'", "overflows"),
    ("const li = body.querySelector('li'); li.style.whiteSpace = 'nowrap'; li.append('long '.repeat(99))", "wider")])
def test_a_slide_that_went_wrong_is_caught(built, page, harm, fault):
    opened(page, (built / STEMS[4] / "index.html").as_uri())
    page.evaluate("Reveal.slide(1)")
    page.evaluate(f"() => {{ const body = Reveal.getCurrentSlide().querySelector('.body'); {harm}; }}")
    assert any(fault in found for found in page.evaluate(FAULTS))


def test_the_keyboard_moves_on_and_the_speakers_window_has_the_text(built, page):
    opened(page, (built / STEMS[4] / "index.html").as_uri() + "#/0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert page.evaluate("Reveal.getIndices().h") == 2
    with page.expect_popup() as window:
        page.keyboard.press("s")
    notes = window.value.locator(".speaker-controls-notes .value")
    notes.get_by_text("Then 28 quiet days follow").wait_for()
    assert notes.locator("math").count() > 1
    window.value.close()
    assert not page.wrong


def test_a_key_enlarges_a_picture_piece_by_piece(built, page):
    opened(page, (built / STEMS[4] / "index.html").as_uri())
    page.evaluate("Reveal.slide(document.querySelector('[data-kind=explorer], [data-kind=picture]').id.slice(1) - 1)")
    picture = page.evaluate("document.querySelector('.present .body img').getBoundingClientRect().width")
    seen = []
    for _ in range(2):
        page.keyboard.press("z")
        box = page.evaluate("""(e => ({size: parseFloat(e.style.backgroundSize), at: e.style.backgroundPositionX,
            box: e.getBoundingClientRect().toJSON()}))(document.querySelector('.loupe'))""")
        assert box["size"] > 1.4 * picture and box["box"]["left"] >= -1 and box["box"]["right"] <= 1281
        seen.append(box["at"])
    assert len(set(seen)) == 2 and "piece 2 of" in page.locator(".loupe").get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    assert not page.locator(".loupe").count() and not page.wrong


def test_nothing_stands_in_the_way_of_those_who_cannot_see_it(built, page):
    opened(page, (built / STEMS[4] / "index.html").as_uri())
    kinds = page.evaluate("""() => {    // one slide of a kind, without its notes: axe looks at all that is in the page
        const seen = new Set();
        for (const s of document.querySelectorAll('.slides > section'))
            seen.has(s.dataset.kind) ? s.remove() : seen.add(s.dataset.kind);
        document.querySelectorAll('.notes').forEach(e => e.remove());
        Reveal.sync();
        return [...seen]; }""")
    assert {"title", "question", "picture", "equation", "explorer", "exercises"} <= set(kinds)
    for number in range(len(kinds)):
        page.evaluate(f"Reveal.slide({number})")
        assert not axe_findings(page, "body")
    page.goto((built / "index.html").as_uri())
    assert not axe_findings(page, "body") and page.locator("li a").count() == len(STEMS)
    page.locator("li a").first.click()
    page.wait_for_function("window.Reveal && Reveal.isReady()")


def test_a_server_shows_the_same(built, chromium):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=built))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page, missing = chromium.new_page(viewport={"width": 1280, "height": 720}), []
    page.on("response", lambda answer: answer.status >= 400 and missing.append(answer.url))
    opened(page, f"http://127.0.0.1:{server.server_port}/{STEMS[1]}/")
    assert not missing and not page.evaluate(FAULTS)
    page.close()
    server.shutdown()
    server.server_close()


# -- the hand-out -----------------------------------------------------------------------------------
def test_the_handout_is_one_page_of_a4_with_its_fonts(chromium, tmp_path):
    reader = pypdf.PdfReader(handout.build(tmp_path / "handout.pdf", chromium))
    sheet, = reader.pages
    assert [round(float(side) / 72 * 25.4) for side in sheet.mediabox[2:]] == [210, 297]
    text = sheet.extract_text()
    for heading in ("RNN", "LSTM", "GRU: two reset conventions", "Why gradients fade", "Translation", "a Trace"):
        assert heading in text
    assert "i f g o" in text and "r z n" in text
    for font in sheet["/Resources"]["/Font"].values():
        font = font.get_object()
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        assert font["/Subtype"] == "/Type3" or "/FontFile2" in inner["/FontDescriptor"]


def test_a_handout_that_does_not_fit_is_refused(chromium, tmp_path, monkeypatch):
    longer = tmp_path / "handout.md"
    text = handout.SOURCE.read_text(encoding="utf-8")
    longer.write_text(text + "\n\n## More\n\n" + "Too much. " * 600, encoding="utf-8")
    whole = handout.page(longer)
    monkeypatch.setattr(handout, "page", lambda: whole)
    with pytest.raises(RuntimeError, match="cut off"):
        handout.build(tmp_path / "handout.pdf", chromium)
