"""The progress bar of a training in a real JupyterLab: it moves, has a name, and leaves nothing behind."""

from lab import error_outputs, write_notebook
from seen import axe_findings

WATCH = """() => { window.bars = [];
    new MutationObserver(() => {
        const bar = document.querySelector('.jp-OutputArea-output progress');
        if (bar) window.bars.push([bar.value, bar.max, bar.parentElement.innerText]);
    }).observe(document.body, {childList: true, subtree: true}); }"""

TRAINING = """import time, torch
from rnncourse import training

def slow(rng):
    for _ in range(10):
        time.sleep(0.05)
        yield torch.ones(1, 1), torch.ones(1, 1)

print("before")
run = training.fit(torch.nn.Linear(1, 1), slow, torch.nn.functional.mse_loss, epochs=3,
                   validate=lambda model: {"bits": 1.5})
print(run.stopped)"""

LEFT_OPEN = """from rnncourse.training import progress
bar = progress.bar(4)
bar.start(1, 10)
for _ in range(15):
    bar.batch()
bar.end({"loss": 0.25})"""


def test_the_bar_moves_and_is_gone_at_the_end(lab, lab_folder, shot):
    write_notebook(lab_folder / "bar.ipynb", TRAINING)
    lab.page.evaluate(WATCH)
    with lab.notebook("bar.ipynb") as notebook:
        seen = lab.page.evaluate("window.bars")
        assert error_outputs(notebook) == []
        assert len({value for value, _, _ in seen}) > 5 and seen[-1][0] > 20, seen
        words = " / ".join(text for _, _, text in seen)
        assert "epoch 1 of 3" in words and "epoch 3 of 3" in words and "bits 1.5" in words, words
        assert notebook.locator("progress").count() == 0
        texts = [text.strip() for text in notebook.locator(".jp-OutputArea-output").all_inner_texts()]
        assert [text for text in texts if text] == ["before", "done"]
        shot(notebook, "bar_gone")


def test_the_bar_has_a_name_in_both_themes(lab, lab_folder, shot):
    write_notebook(lab_folder / "open_bar.ipynb", LEFT_OPEN)
    with lab.notebook("open_bar.ipynb") as notebook:
        bar = notebook.locator("progress")
        assert (bar.get_attribute("aria-label"), bar.get_attribute("value")) == ("training", "15")
        assert "loss 0.25" in notebook.locator(".jp-OutputArea-output").inner_text()
        for theme in ("dark", "light"):
            lab.theme(theme)
            assert axe_findings(lab.page, ".jp-OutputArea-output") == []
            shot(notebook, f"bar_{theme}")
