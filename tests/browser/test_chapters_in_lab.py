"""Every chapter in a real JupyterLab: Restart Kernel and Run All Cells, no error, each explorer moves by keyboard."""

import pytest
from lab import ROOT, error_outputs
from seen import Seen, axe_findings

CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_runs_and_its_explorers_move(lab, chapter, shot):
    with lab.notebook(f"chapters/{chapter}.ipynb") as notebook:
        assert error_outputs(notebook) == []
        prompts = notebook.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        assert [p for p in prompts if not p.strip("[]:").isdigit()] == [], "some cells did not run"
        for root in notebook.locator(".rnnc-explorer").all():
            _moves_by_keyboard(Seen(lab.page, root))
        shot(notebook, f"chapter_{chapter}")
        assert axe_findings(lab.page, ".jp-OutputArea-output") == []
        assert lab.left_the_machine == [], "a request left the machine"


def _moves_by_keyboard(explorer):
    first, slider = explorer.look(), explorer.sliders.first
    slider.press("Home" if slider.input_value() != slider.get_attribute("min") else "End")
    explorer.changed(first, "a key")
    explorer.reset(first)
