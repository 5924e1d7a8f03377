"""Every explorer in a real JupyterLab: moved by key and by mouse, looked at in light and dark, read by axe-core."""

import pytest
from lab import error_outputs, write_notebook
from seen import FRAMES, Seen, axe_findings

from rnncourse.explorers import every

EXPLORERS = every()


@pytest.fixture(scope="module", params=sorted(EXPLORERS))
def explorer(request, lab, lab_folder):
    """One explorer on a page of its own, moved by nobody yet."""
    found, name = EXPLORERS[request.param], request.param
    made = f"{name}.example()" if hasattr(found, "example") else f"{name}()"
    write_notebook(lab_folder / f"{name}.ipynb", f"from {found.__module__} import {name}\n{made}")
    with lab.notebook(f"{name}.ipynb") as notebook:
        assert error_outputs(notebook) == []
        seen = Seen(lab.page, notebook.locator(".rnnc-explorer"))
        seen.name, seen.notebook, seen.first = name, notebook, seen.look()
        yield seen
        assert error_outputs(notebook) == []
        assert lab.left_the_machine == [], "a request left the machine"


def test_each_slider_moves_picture_and_words_by_keyboard(explorer):
    for slider in explorer.sliders.all():
        name, before = explorer.name_of(slider), explorer.first
        for key, end in (("End", "max"), ("Home", "min")):
            if slider.input_value() != slider.get_attribute(end):
                slider.press(key)
                before = explorer.changed(before, f"{key} on {name!r}")
        explorer.reset(explorer.first)


def test_sliders_move_picture_and_words_by_mouse(explorer):
    for slider in explorer.sliders.all()[:5]:    # one kind of slider; by keyboard, each is moved
        slider.scroll_into_view_if_needed()
        box, start = slider.bounding_box(), float(slider.input_value())
        low, high = float(slider.get_attribute("min")), float(slider.get_attribute("max"))
        aim = 0.15 if start > (low + high) / 2 else 0.85
        x, y = box["x"] + 8 + (box["width"] - 16) * (start - low) / (high - low), box["y"] + box["height"] / 2
        explorer.page.mouse.move(x, y)
        explorer.page.mouse.down()
        explorer.page.mouse.move(box["x"] + box["width"] * aim, y, steps=5)
        explorer.page.mouse.up()
        explorer.changed(explorer.first, f"dragging {explorer.name_of(slider)!r}")
        explorer.reset(explorer.first)


def test_choices_and_toggles_move_it_by_keyboard(explorer):
    for control, key in [*((c, "ArrowDown") for c in explorer.choices.all()),
                         *((t, "Space") for t in explorer.toggles.all())]:
        name = explorer.name_of(control)
        control.press("ArrowUp" if key == "ArrowDown" and control.evaluate(
            "e => e.selectedIndex == e.options.length - 1") else key)
        explorer.wait_until(lambda *now: now != explorer.first, f"nothing changed after {key} on {name!r}")
        explorer.settled()
        explorer.reset(explorer.first)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_clipped(lab, explorer, shot, theme):
    lab.theme(theme)
    try:
        shot(explorer.notebook.locator(".jp-OutputArea-child").last, f"{explorer.name}_{theme}")
        assert axe_findings(lab.page, ".jp-OutputArea-output") == []
        assert explorer.overflowing() == []
    finally:
        lab.theme("light")


def test_fits_a_narrow_page(lab, explorer, shot):
    lab.page.set_viewport_size({"width": 720, "height": 1000})
    try:
        lab.page.wait_for_timeout(300)
        shot(explorer.notebook.locator(".jp-OutputArea-child").last, f"{explorer.name}_narrow")
        assert explorer.overflowing() == []
    finally:
        lab.page.set_viewport_size({"width": 1200, "height": 1000})


def test_a_burst_of_keys_never_blanks_the_picture_and_ends_where_the_last_key_led(explorer):
    slider = explorer.sliders.first
    at_the_top = slider.input_value() == slider.get_attribute("max")
    away, back = ("ArrowLeft", "ArrowRight") if at_the_top else ("ArrowRight", "ArrowLeft")
    slider.press(away)
    once = explorer.wait_until(lambda *now: now != explorer.first, f"nothing changed after {away}")
    assert explorer.settled() == once, "pixels and words did not change together"
    explorer.reset(explorer.first)
    explorer.root.evaluate(FRAMES)
    for key in [*[away] * 10, *[back] * 9]:
        slider.press(key)
    explorer.wait_until(lambda *now: now == once, "the burst did not end where its last key led")
    assert explorer.settled() == once
    frames = explorer.page.evaluate("() => { window.rnncWatch = false; return window.rnncFrames; }")
    assert len(frames) > 10 and all(whole for whole, _ in frames), "a frame without a picture"
    assert len({height for _, height in frames}) == 1, "the picture changed its height"
    explorer.reset(explorer.first)


def test_labs_own_shortcuts_leave_the_controls_alone(lab, explorer):
    cells = explorer.notebook.locator(".jp-Cell").count()
    for key in ("ArrowDown", "ArrowUp", "a", "b", "d", "d", "x", "m"):
        explorer.sliders.first.press(key)
    assert explorer.notebook.locator(".jp-Cell").count() == cells
    explorer.reset(explorer.first)
