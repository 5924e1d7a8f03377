"""`rnncourse lab` never writes over a learner's work, and every trouble is one clear line with its mend."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from rnncourse import assets, cli
from rnncourse.cli import doctor, lab, lay
from tools.notebooks import jupyter_environment


@pytest.fixture(autouse=True)
def no_lab_in_this_process(monkeypatch):
    """A check that lets something through fails its test, and does not turn it into a JupyterLab."""
    def opened(words, folder):
        raise AssertionError(f"JupyterLab would have been opened in {folder}")
    monkeypatch.setattr(lab, "_become", opened)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two chapters, as an installed wheel would hold it; the fixture is its folder."""
    root = tmp_path / "_course"
    (root / "chapters").mkdir(parents=True)
    monkeypatch.setattr(assets, "IN_WHEEL", root)
    for name in ("00_start_here", "01_recurrence"):
        publish(root, name, "first")
    return root


def publish(root, name, text):
    """Put a version of a chapter into the course."""
    notebook = {"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": [text]}],
                "metadata": {"jupytext": {"formats": "ipynb,py:percent"}, "kernelspec": {"name": "python3"}},
                "nbformat": 4, "nbformat_minor": 5}
    (root / "chapters" / f"{name}.ipynb").write_text(json.dumps(notebook))


def said(folder, name):
    return json.loads((folder / f"{name}.ipynb").read_text())["cells"][0]["source"][0]


def answer_in(folder):
    """The learner writes an answer into chapter 00."""
    path = folder / "00_start_here.ipynb"
    path.write_text(path.read_text().replace("first", "my answer"))


# -- laying out -------------------------------------------------------------------------------------
def test_chapters_are_laid_out_without_pairing_metadata(course, tmp_path):
    report = lay.lay(tmp_path / "mine")
    assert report == {"laid": ["00_start_here.ipynb", "01_recurrence.ipynb"], "kept": {}}
    metadata = json.loads((tmp_path / "mine" / "00_start_here.ipynb").read_text())["metadata"]
    assert metadata == {"kernelspec": {"name": "python3"}}


def test_what_the_learner_changed_stays_and_the_rest_is_brought_up_to_date(course, tmp_path):
    mine = tmp_path / "mine"
    lay.lay(mine)
    answer_in(mine)
    publish(course, "00_start_here", "second")
    publish(course, "01_recurrence", "second")
    report = lay.lay(mine)
    assert said(mine, "00_start_here") == "my answer"
    assert said(mine, "00_start_here.new") == "second"
    assert said(mine, "01_recurrence") == "second"
    assert "00_start_here.new.ipynb" in report["kept"]["00_start_here.ipynb"]


def test_a_changed_chapter_is_left_alone_while_the_course_has_nothing_newer(course, tmp_path):
    mine = tmp_path / "mine"
    lay.lay(mine)
    answer_in(mine)
    for _ in range(2):
        assert lay.lay(mine)["kept"] == {"00_start_here.ipynb": "your version stays"}
    assert sorted(p.name for p in mine.iterdir()) == [lay.MANIFEST, "00_start_here.ipynb", "01_recurrence.ipynb"]


def test_the_copy_laid_beside_is_the_learners_too_once_changed(course, tmp_path):
    mine = tmp_path / "mine"
    lay.lay(mine)
    answer_in(mine)
    publish(course, "00_start_here", "second")
    lay.lay(mine)
    publish(course, "00_start_here", "third")
    lay.lay(mine)
    assert said(mine, "00_start_here.new") == "third"
    beside = mine / "00_start_here.new.ipynb"
    beside.write_text(beside.read_text().replace("third", "my second answer"))
    publish(course, "00_start_here", "fourth")
    assert "changed too" in lay.lay(mine)["kept"]["00_start_here.ipynb"]
    assert (said(mine, "00_start_here"), said(mine, "00_start_here.new")) == ("my answer", "my second answer")


def test_a_file_of_that_name_that_was_there_before_stays(course, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "00_start_here.ipynb").write_text("something of mine")
    lay.lay(mine)
    assert (mine / "00_start_here.ipynb").read_text() == "something of mine"


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"laid": 3}'])
def test_with_an_unreadable_list_every_file_counts_as_the_learners(course, tmp_path, broken):
    mine = tmp_path / "mine"
    lay.lay(mine)
    answer_in(mine)
    (mine / lay.MANIFEST).write_text(broken)
    publish(course, "00_start_here", "second")
    lay.lay(mine)
    assert said(mine, "00_start_here") == "my answer"


def test_a_deleted_chapter_comes_back(course, tmp_path):
    lay.lay(tmp_path)
    (tmp_path / "00_start_here.ipynb").unlink()
    lay.lay(tmp_path)
    assert said(tmp_path, "00_start_here") == "first"


def test_power_lost_in_the_middle_of_writing_leaves_the_old_file_whole(course, tmp_path, monkeypatch):
    lay.lay(tmp_path / "mine")
    publish(course, "00_start_here", "second")

    def cut(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", cut)
    with pytest.raises(cli.Trouble, match="No space left on device"):
        lay.lay(tmp_path / "mine")
    assert said(tmp_path / "mine", "00_start_here") == "first"


# -- where the folder cannot be written -------------------------------------------------------------
def as_owner_without_privileges(words):
    """The command as a user to whom a folder's permissions apply, which they do not for root."""
    if os.geteuid() != 0:
        return words
    return [shutil.which("setpriv"), "--bounding-set=-dac_override", "--inh-caps=-dac_override", *words]


def test_a_read_only_folder_is_one_clear_line(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    words = as_owner_without_privileges([sys.executable, "-m", "rnncourse", "lab", str(folder), "--no-browser"])
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"cannot write the chapters into {folder} (Permission denied). Name a folder of your own" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(folder.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_one_clear_line(tmp_path, capsys):
    (tmp_path / "taken").write_text("mine")
    assert cli.main(["lab", str(tmp_path / "taken")]) == 1
    assert f"cannot write the chapters into {tmp_path / 'taken'} (File exists)" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "mine"


# -- opening JupyterLab -----------------------------------------------------------------------------
@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("words", [["--port", "{}"], ["--port={}"], ["--no-browser", "--ServerApp.port={}"]])
def test_a_port_in_use_is_one_clear_line_and_nothing_is_laid(words, taken_port, tmp_path, capsys):
    assert cli.main(["lab", str(tmp_path / "mine"), *(word.format(taken_port) for word in words)]) == 1
    assert f"port {taken_port} cannot be used (Address already in use)" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


def test_a_port_that_does_not_exist_is_told(capsys):
    assert cli.main(["lab", "--port", "99999"]) == 1
    assert "ports go from 1 to 65535" in capsys.readouterr().err


def test_a_missing_jupyterlab_is_told_with_the_mend(monkeypatch, capsys):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else real(name))
    assert cli.main(["lab"]) == 1
    assert f"JupyterLab is not installed in this Python. Install it: {sys.executable} -m pip" in capsys.readouterr().err


def test_arguments_are_passed_on_and_the_first_chapter_is_opened(course, monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr(lab, "_become", lambda words, folder: started.append((words, folder)))
    cli.main(["lab", str(tmp_path / "mine"), "--no-browser", "--port", "9998"])
    words, folder = started[0]
    assert words[:4] == [sys.executable, "-m", "jupyterlab", str(folder / "00_start_here.ipynb")]
    assert words[-3:] == ["--no-browser", "--port", "9998"]
    assert folder == tmp_path / "mine"


def test_without_a_folder_a_clone_serves_its_own_chapters_and_a_wheel_lays_them_here(course, monkeypatch, tmp_path):
    folders = []
    monkeypatch.setattr(lab, "_become", lambda words, folder: folders.append(folder))
    monkeypatch.chdir(tmp_path)
    cli.main(["lab", "--no-browser"])
    monkeypatch.setattr(assets, "IN_WHEEL", tmp_path / "not there")
    cli.main(["lab", "--no-browser"])
    assert folders == [tmp_path / "rnncourse-chapters", assets.PACKAGE.parent / "chapters"]


def test_jupyterlab_really_opens_in_the_folder(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    words = [sys.executable, "-m", "rnncourse", "lab", str(tmp_path / "mine"), "--no-browser", f"--port={port}",
             "--IdentityProvider.token=t"]
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | jupyter_environment(tmp_path))
    try:
        listed = wait_for(f"http://127.0.0.1:{port}/api/contents?token=t", process)
        names = {entry["name"] for entry in listed["content"]}
    finally:
        process.terminate()    # `rnncourse lab` has become JupyterLab, so this ends it
        process.wait(20)
    assert names == {p.name for p in assets.chapters().glob("*.ipynb")}


def wait_for(address, process, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            return json.load(urllib.request.urlopen(address, timeout=5))
        except OSError:
            time.sleep(0.2)
    raise AssertionError("JupyterLab did not start")


def test_a_wrong_word_is_told(capsys):
    assert cli.main(["lap"]) == 2
    assert "no command 'lap'; there are lab, doctor and classroom" in capsys.readouterr().err
    assert cli.main([]) == 2
    assert cli.main(["--help"]) == 0


# -- an old Python ----------------------------------------------------------------------------------
@pytest.mark.parametrize("command", ["lab", "doctor"])
def test_an_old_python_is_told(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    monkeypatch.setattr(doctor, "kernel", lambda: "")
    assert cli.main([command]) == 1
    out = capsys.readouterr()
    assert "this is Python 3.10.13; the course needs 3.11 or later" in out.out + out.err


# -- assets -----------------------------------------------------------------------------------------
def test_a_missing_asset_is_told_with_what_lies_there():
    assert assets.path("rnncourse.mplstyle").is_file()
    with pytest.raises(FileNotFoundError, match=r"no asset 'rnncourse.css'.* assets/ holds .*rnncourse.mplstyle"):
        assets.path("rnncourse.css")
    with pytest.raises(FileNotFoundError, match="assets/ holds"):
        assets.path("nowhere/at/all.npz")
