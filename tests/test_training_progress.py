"""The progress bar: a line in a terminal, silence in a file, in a notebook nothing that stays."""

import os
import subprocess
import sys
import threading

import pytest

from rnncourse.training import progress
from tools import notebooks

TRAINING = """
import time, torch
from rnncourse import training
def slow(rng):
    for _ in range(4):
        time.sleep(0.06)
        yield torch.ones(1, 1), torch.ones(1, 1)
print("before")
run = training.fit(torch.nn.Linear(1, 1), slow, torch.nn.functional.mse_loss, epochs=3, seed=7,
                   validate=lambda model: {"bits": 1.5})
print(run.stopped)
"""


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal is a thing of Unix")
def test_a_terminal_gets_a_line():
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    try:
        done = subprocess.run([sys.executable, "-c", TRAINING], stdout=subprocess.PIPE, stderr=theirs, text=True,
                              timeout=60)
        os.write(theirs, b"END")
        seen = b""
        while not seen.endswith(b"END"):
            seen += os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    seen = seen.decode()
    assert done.returncode == 0 and done.stdout == "before\ndone\n"
    assert "seed 7, epoch 1 of 3" in seen and "seed 7, epoch 3 of 3: 100%" in seen and "12/12" in seen
    assert "bits 1.5" in seen


def test_a_file_gets_nothing():
    done = subprocess.run([sys.executable, "-c", TRAINING], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("before\ndone\n", "")


def test_a_notebook_keeps_nothing_of_it(tmp_path):
    source = tmp_path / "bar.py"
    fails = "try:\n    training.fit(torch.nn.Linear(1, 1), [7], abs)\nexcept TypeError as error:\n    print(error)"
    source.write_text(f"# %%{TRAINING}\n# %%\n{fails}\n")
    first, second = notebooks.execute(notebooks.paired(source), folder=tmp_path).cells
    assert [o.output_type for o in first.outputs] == ["stream", "display_data"]
    assert first.outputs[0].text == "before\ndone\n"
    for cell in (first, second):
        shown, = (o for o in cell.outputs if o.output_type == "display_data")
        assert dict(shown.data) == {"text/html": "", "text/plain": ""}
    assert not any(o.get("name") == "stderr" for cell in (first, second) for o in cell.outputs)


class Page:
    """Stands for a cell's output; keeps all that was shown."""

    def __init__(self, monkeypatch):
        self.shown = []
        monkeypatch.setattr("IPython.display.display", lambda data, **_: self.shown.append(data) or self)
        monkeypatch.setattr(progress, "_in_notebook", lambda: True)

    def update(self, data, raw):
        self.shown.append(data)


def test_what_the_notebook_shows_meanwhile(monkeypatch):
    page = Page(monkeypatch)
    with progress.bar(2, seed=3) as bar:
        bar.start(0)                       # how many batches an epoch has is not known yet
        for _ in range(5):
            bar.batch()
        assert "max=" not in page.shown[1]["text/html"]
        bar.end({"loss": 0.5, "a < b": 1})
        bar.start(1)
        bar.batch()
        bar.line.refresh()
        assert 'value="6" max="10"' in page.shown[-1]["text/html"] and "60% 6/10" in page.shown[-1]["text/plain"]
        assert "seed 3, epoch 2 of 2" in page.shown[-1]["text/plain"] and "a &lt; b 1" in page.shown[-1]["text/html"]
    assert page.shown[0] == page.shown[-1] == {"text/html": "", "text/plain": ""}


def test_it_does_not_flood_the_page(monkeypatch):
    page = Page(monkeypatch)
    with progress.bar(1) as bar:
        bar.start(0, 50_000)
        for _ in range(50_000):
            bar.batch()
    assert len(page.shown) < 60


def test_no_thread_is_left_running(monkeypatch):
    Page(monkeypatch)
    before = threading.active_count()
    for shown in (True, False):
        with progress.bar(1, shown=shown) as bar:
            bar.start(0, 3)
            assert threading.active_count() == before
