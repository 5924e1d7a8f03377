"""How long a move takes: from value to finished picture in the kernel, from key press to new pixels in the browser.

python -m benchmarks.explorers [name …]
"""

import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

import numpy as np

from rnncourse.explorers import every
from rnncourse.explorers.widgets import Entry, Slider

KERNEL_GOAL, BROWSER_GOAL, BROWSER_AIM = 33, 60, 33    # ms: p95, median, and what would be better still
MOVES, KEYS = 200, 40
HARNESS = Path(__file__).resolve().parents[1] / "tests" / "browser"

# From a key press to the first frame that holds the new picture: the two images change places, then a frame is drawn.
STOPWATCH = """(root) => { window.rnncTimes = []; let pressed = null;
    root.addEventListener('keydown', (event) => { pressed = event.timeStamp; }, true);
    const shown = () => requestAnimationFrame(() => {
        const after = new MessageChannel();    // a message from within a frame arrives after that frame is drawn
        after.port1.onmessage = () => {
            if (pressed !== null) window.rnncTimes.push(performance.now() - pressed); pressed = null; };
        after.port2.postMessage(0); });
    new MutationObserver(shown).observe(root.querySelector('.rnnc-picture figure'),
        {attributes: true, attributeFilter: ['hidden'], subtree: true}); }"""


def run(names=None, browser=True):
    """Name -> {"kernel": {control: ms of each move}, "browser": ms of each key press or None}."""
    found = {name: cls for name, cls in sorted(every().items()) if not names or name in names}
    results = {name: {"kernel": in_kernel(made(cls)), "browser": None} for name, cls in found.items()}
    if browser:
        for name, times in in_browser(found).items():
            results[name]["browser"] = times
    return results


def made(cls):
    """The explorer as its chapter shows it first."""
    return cls.example() if hasattr(cls, "example") else cls()


def in_kernel(explorer, moves=MOVES):
    """Control name -> milliseconds from a value to the PNG's bytes, for each of so many moves back and forth."""
    times = {}
    for name, widget in explorer.controls.items():
        values = values_of(widget)
        if values and not widget.disabled:
            way = cycle([*values, *values[::-1]])
            times[name] = [_one_move(explorer, name, next(way)) for _ in range(moves)]
            explorer.reset()
    return times


def values_of(widget):
    """Where a slider is moved to, or what is typed: key by key, and taken back; [] for what is chosen from a list."""
    if isinstance(widget, Slider):
        return np.linspace(widget.min, widget.max, 24).tolist()
    return [widget.value[:end] for end in range(1, len(widget.value) + 1)] if isinstance(widget, Entry) else []


def _one_move(explorer, name, value):
    start = time.perf_counter()
    setattr(explorer, name, value)
    return 1e3 * (time.perf_counter() - start)


def in_browser(found, keys=KEYS):
    """Name -> milliseconds from each key press to the frame with the new picture; {} without Chromium."""
    sys.path.insert(0, str(HARNESS))
    try:
        import lab
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {}
    if lab.chromium() is None:
        return {}
    with tempfile.TemporaryDirectory() as folder, lab.lab_server(folder) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=lab.chromium(), args=lab.FLAGS)
        shown = lab.Lab(chromium.new_page(viewport={"width": 1200, "height": 1000}), address)
        times = {name: _press(lab, shown, Path(folder), name, cls, keys) for name, cls in found.items()}
        chromium.close()
    return times


def _press(lab, shown, folder, name, cls, keys):
    call = "example()" if hasattr(cls, "example") else ""
    code = f"from {cls.__module__} import {name}\n{name}" + (f".{call}" if call else "()")
    lab.write_notebook(folder / f"{name}.ipynb", code)
    with shown.notebook(f"{name}.ipynb") as notebook:
        root = notebook.locator(".rnnc-explorer")
        root.locator(".rnnc-picture img:not([hidden])").wait_for()
        shown.page.wait_for_timeout(500)
        root.evaluate(STOPWATCH)
        for control, key in _presses(root, keys):
            control.press(key)
            shown.page.wait_for_timeout(160)
        return shown.page.evaluate("window.rnncTimes")


def _presses(root, keys):
    """(control, key) so many times: typed and taken back where something can be typed, else a slider's arrows."""
    line = root.locator('input[type="text"]:not([disabled]), textarea:not([disabled])').first
    slider = root.locator('input[type="range"]:not([disabled])').first
    if not line.count():
        return [(slider, key) for key in _back_and_forth(slider, keys)]
    line.evaluate("e => e.setSelectionRange(e.value.length, e.value.length)")
    letter = line.input_value()[0]    # one that it surely reads
    return [(line, key) for key in [letter, "Backspace"] * (keys // 2)]


def _back_and_forth(slider, keys):
    at_end = slider.input_value() == slider.get_attribute("max")
    there, back = ("ArrowLeft", "ArrowRight") if at_end else ("ArrowRight", "ArrowLeft")
    return [*[there] * 3, *[back, back, there, there] * (keys // 4)]


def report(results):
    """The table, one line an explorer, with the slowest control named."""
    lines = [f"kernel: value to picture, ms (goal: p95 of each control within {KERNEL_GOAL}); browser: key press to "
             f"new pixels, ms (goal: median within {BROWSER_GOAL}, aim {BROWSER_AIM})"]
    for name, result in results.items():
        p95 = {control: np.percentile(times, 95) for control, times in result["kernel"].items()}
        slowest = max(p95, key=p95.get)
        median = np.median(np.concatenate(list(result["kernel"].values())))
        said = f"{name:<18} kernel: median {median:5.1f}, p95 of the slowest control ({slowest}) {p95[slowest]:5.1f}"
        said += "  ok" if p95[slowest] <= KERNEL_GOAL else "  ABOVE THE GOAL"
        if result["browser"]:
            half, most = np.percentile(result["browser"], [50, 90])
            said += f"   browser: median {half:5.1f}, p90 {most:5.1f}, {len(result['browser'])} presses"
            said += "  ok" if half <= BROWSER_GOAL else "  ABOVE THE GOAL"
        lines.append(said if result["browser"] else said + "   browser: no Chromium here, not measured")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(run(sys.argv[1:])))
