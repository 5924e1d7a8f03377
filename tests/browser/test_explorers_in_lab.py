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


def letters_for(text):
    """Something to type where `text` stands: letters, or 0s and 1s where only those are read."""
    return "01001" if set(text) <= set("01") else "abria"


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


def test_each_key_typed_is_shown_and_what_cannot_be_shown_is_said(explorer, shot):
    for line in explorer.entries.all():
        name, before, text = explorer.name_of(line), explorer.first, line.input_value()
        line.press("Control+End")
        letters = letters_for(text)[:2]
        for key in ("Backspace", *letters):
            line.press(key)
            before = explorer.changed(before, f"{key} in {name!r}")
        assert line.input_value() == text[:-1] + letters
        line.press("Control+Home")
        line.press("Delete")
        explorer.changed(before, f"Delete at the start of {name!r}")
        assert line.evaluate("e => e.selectionStart") == 0, "the caret moved away"
        explorer.page.keyboard.insert_text("☃")
        explorer.page.wait_for_function("root => root.querySelector('.rnnc-problem').textContent.includes('☃')",
                                        arg=explorer.root.element_handle())
        shot(explorer.notebook.locator(".jp-OutputArea-child").last, f"{explorer.name}_unknown")
        assert axe_findings(explorer.page, ".jp-OutputArea-output") == []
        line.fill("")
        explorer.page.wait_for_function("root => root.querySelector('.rnnc-problem').textContent.includes('empty')",
                                        arg=explorer.root.element_handle())
        explorer.reset(explorer.first)
        assert explorer.problem() == "" and line.input_value() == text


def test_a_burst_of_typing_ends_with_what_was_typed(explorer):
    for line in explorer.entries.all():
        typing = letters_for(line.input_value())
        line.fill("")
        line.press_sequentially(typing, delay=5)
        explorer.settled()
        assert line.input_value() == typing and explorer.problem() == ""
        typed = explorer.look()
        explorer.reset(explorer.first)
        line.fill(typing)
        explorer.wait_until(lambda *now, typed=typed: now == typed, "the burst did not end with what was typed")
        explorer.reset(explorer.first)


def test_text_is_written_while_sliders_stay_live(lab, explorer, shot):
    if not explorer.writer.count():
        return
    explorer.writer.press("Enter")
    explorer.grown(10)
    assert explorer.writer.inner_text() == "Stop" and explorer.page_text.get_attribute("aria-busy") == "true"
    slider = explorer.sliders.first
    slider.press("ArrowLeft")
    explorer.wait_until(lambda *now: now != explorer.first, "the slider was not heard while text was written")
    explorer.grown(20)
    shot(explorer.notebook.locator(".jp-OutputArea-child").last, f"{explorer.name}_writing")
    explorer.writer.press("Enter")
    explorer.page.wait_for_function("e => e.getAttribute('aria-busy') == 'false'",
                                    arg=explorer.page_text.element_handle())
    text = explorer.page_text.inner_text()
    explorer.page.wait_for_timeout(300)
    assert explorer.page_text.inner_text() == text and explorer.writer.inner_text() == "Write on"
    assert axe_findings(lab.page, ".jp-OutputArea-output") == []
    explorer.writer.press("Enter")
    assert explorer.grown(10).startswith(text), "it did not write on from where it stood"
    explorer.reset(explorer.first)
    explorer.page.wait_for_timeout(300)
    assert explorer.writer.inner_text() == "Write on" and len(explorer.page_text.inner_text()) < len(text)
    assert error_outputs(explorer.notebook) == []
    assert explorer.notebook.locator(".jp-OutputArea-child").count() == 1, "something leaked into a cell's output"


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
    low, high, step = (float(slider.get_attribute(name)) for name in ("min", "max", "step"))
    there = min(10, round((high - low) / step))
    for key in [*[away] * there, *[back] * (there - 1)]:
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
