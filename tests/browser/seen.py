"""What the tests look at in an explorer that is open in the browser."""

from importlib.resources import files

LOOK = """async (root) => {    // picture and words of one moment: both are read before anything is waited for
    const img = root.querySelector('.rnnc-picture img:not([hidden])'), words = img.alt;
    const canvas = new OffscreenCanvas(img.naturalWidth, img.naturalHeight), context = canvas.getContext('2d');
    context.drawImage(img, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', pixels));
    return [[...digest].map(b => b.toString(16).padStart(2, '0')).join(''), words];
}"""

OVERFLOWING = """(root) => {
    const told = (e) => `${e.tagName}.${e.className} "${(e.textContent || '').slice(0, 40)}"`;
    const found = [root, ...root.querySelectorAll('*')]
        .filter(e => e.clientWidth > 0 && (e.scrollWidth > e.clientWidth + 1))
        .map(e => `${told(e)} is ${e.scrollWidth} wide in ${e.clientWidth}`);
    for (const slider of root.querySelectorAll('.rnnc-slider')) {
        const [name, value] = ['.rnnc-name', '.rnnc-value'].map(s => slider.querySelector(s).getBoundingClientRect());
        if (name.right > value.left + 1) found.push(`${told(slider)}: its name runs into its value`);
    }
    const picture = root.querySelector('.rnnc-picture img:not([hidden])').getBoundingClientRect();
    const box = root.getBoundingClientRect();
    const inView = [...root.querySelectorAll('.rnnc-picture img')].filter(e => e.getBoundingClientRect().height > 0);
    if (inView.length != 1) found.push(`${inView.length} pictures in view, expected one`);
    if (picture.right > box.right + 1) found.push('the picture is wider than the explorer');
    return found;
}"""

FRAMES = """(root) => { window.rnncFrames = []; window.rnncWatch = true;
    const context = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const look = () => {
        const img = root.querySelector('.rnnc-picture img:not([hidden])'), box = img.getBoundingClientRect();
        context.clearRect(0, 0, 1, 1);
        context.drawImage(img, 0, 0, 1, 1);
        window.rnncFrames.push([context.getImageData(0, 0, 1, 1).data[3] == 255, Math.round(box.height)]);
        if (window.rnncWatch) requestAnimationFrame(look); };
    requestAnimationFrame(look); }"""


class Seen:
    """An explorer in an open notebook."""

    def __init__(self, page, root):
        self.page, self.root = page, root
        self.picture = root.locator(".rnnc-picture img:not([hidden])")
        self.sliders = root.locator('input[type="range"]:not([disabled])')
        self.choices = root.locator("select:not([disabled])")
        self.entries = root.locator('input[type="text"]:not([disabled]), textarea:not([disabled])')
        self.page_text, self.writer = root.locator(".rnnc-page pre"), root.locator(".rnnc-writing button")
        self.toggles = root.locator('input[type="checkbox"]:not([disabled])')
        self.picture.wait_for()
        while not self.picture.evaluate("img => img.naturalWidth > 0"):
            self.page.wait_for_timeout(50)

    def look(self):
        """(a digest of the picture's pixels, its alt text)."""
        return tuple(self.root.evaluate(LOOK))

    def wait_until(self, holds, what, seconds=10):
        """Look again until holds(pixels, alt); an AssertionError naming `what` after so many seconds."""
        for _ in range(seconds * 20):
            now = self.look()
            if holds(*now):
                return now
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{what}; the explorer says: {self.root.locator('.rnnc-words').inner_text()!r} "
                             f"{self.problem()!r}")

    def changed(self, before, what):
        """Wait until both the pixels and the words are others than before, and stand still."""
        self.wait_until(lambda pixels, alt: pixels != before[0] and alt != before[1],
                        f"pixels and words did not both change after {what}")
        return self.settled()

    def settled(self):
        """What it shows once it has stood still for a fifth of a second."""
        now, last = self.look(), None
        while now != last:
            self.page.wait_for_timeout(200)
            now, last = self.look(), now
        return now

    def reset(self, first):
        """Press Reset by keyboard and wait for the first picture."""
        self.root.get_by_role("button", name="Reset").press("Enter")
        self.wait_until(lambda *now: now == first, "Reset did not bring the first picture back")

    def problem(self):
        """What it says is wrong, or ""."""
        return " ".join(self.root.locator(".rnnc-picture .rnnc-problem").all_inner_texts()).strip()

    def grown(self, more, seconds=15):
        """Wait until so many more characters have been written; all of them."""
        before = self.page_text.inner_text()
        for _ in range(seconds * 20):
            if len(now := self.page_text.inner_text()) >= len(before) + more:
                return now
            self.page.wait_for_timeout(50)
        raise AssertionError(f"nothing more was written after {before!r}; button: {self.writer.inner_text()!r}")

    def name_of(self, control):
        """The accessible name, from the label that belongs to it."""
        return control.evaluate("e => e.labels[0].textContent")

    def overflowing(self):
        """What is wider than its place, in words."""
        return self.root.evaluate(OVERFLOWING)


def axe_findings(page, selector):
    """What axe-core finds within the elements of that selector, in words."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = page.evaluate("async (selector) => (await axe.run({include: [[selector]]})).violations", selector)
    return [f"{v['id']}: {v['help']}: {node['html'][:200]}" for v in found for node in v["nodes"]]
