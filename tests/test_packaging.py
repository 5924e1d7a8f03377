"""What is installed: the wheel, the exact versions, conda's file, and the Makefile's own care."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests import __main__ as everything
from tools import notebooks

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = PROJECT["optional-dependencies"]
FOR_TESTS = [Requirement(line) for extra in EXTRAS.values() for line in extra if not line.startswith("rnncourse[")]


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


# -- versions ---------------------------------------------------------------------------------------
def test_constraints_are_exact_and_of_no_particular_build():
    for name, version in constraints().items():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", name) and re.fullmatch(r"[0-9][0-9A-Za-z.]*", version), (name, version)
    assert constraints()["torch"] == "2.13.0"


def test_everything_needed_has_a_tested_version_that_is_new_enough():
    tested = {canonical(name): version for name, version in constraints().items()}
    for requirement in NEEDED + FOR_TESTS:
        assert requirement.specifier.contains(tested[canonical(requirement.name)]), str(requirement)


def test_the_tests_install_every_extra():
    assert EXTRAS["test"][0] == f"rnncourse[{','.join(sorted(set(EXTRAS) - {'test'}))}]"


def test_these_tests_run_on_the_versions_that_constraints_name():
    differing = {name: found for name, version in constraints().items()
                 if (found := importlib.metadata.version(name).split("+")[0]) != version}
    assert not differing


def test_conda_and_binder_get_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *plain, with_pip = environment["dependencies"]
    assert plain == ["python=3.11", "pip"]
    assert SpecifierSet(PROJECT["requires-python"]).contains("3.11")
    assert with_pip == {"pip": ["-c constraints.txt", "-e ."]}    # so all else stands in pyproject.toml alone
    assert environment["name"] == PROJECT["name"]
    assert "# - --extra-index-url URL\n" in (ROOT / "environment.yml").read_text()


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"] == importlib.metadata.version("rnncourse")
    from rnncourse import __version__
    assert __version__ == PROJECT["version"]


# -- the wheel --------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
                   check=True, capture_output=True, text=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_package_chapters_assets_and_versions_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    course = {name.removeprefix("rnncourse/_course/") for name in names if name.startswith("rnncourse/_course/")}
    chapters = {f"chapters/{p.name}" for p in (ROOT / "chapters").glob("*.ipynb")}
    assets = {p.relative_to(ROOT).as_posix() for p in (ROOT / "assets").rglob("*") if p.is_file()}
    assert course == chapters | assets | {"constraints.txt"}
    package = {p.relative_to(ROOT).as_posix() for p in (ROOT / "rnncourse").rglob("*") if p.is_file()
               and "__pycache__" not in p.parts}
    rest = {name for name in names if not name.startswith("rnncourse/_course/") and ".dist-info/" not in name}
    assert rest == package


@pytest.fixture(scope="module")
def empty_environment(wheel, tmp_path_factory):
    """A new environment with the wheel in it. Other packages are lent from this one; the clone is out of its sight."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
                    "--no-index", str(wheel)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")    # plain: its .pth files are not read
    return folder


def in_it(empty_environment, *words):
    """Run a command of the environment, from a folder where the clone cannot be seen."""
    environment = os.environ | notebooks.jupyter_environment(empty_environment / "jupyter")
    environment["JUPYTER_PATH"] = os.path.join(sys.prefix, "share", "jupyter")
    environment.pop("PYTHONPATH", None)
    words = [str(empty_environment / "bin" / words[0]), *words[1:]]
    return subprocess.run(words, cwd=empty_environment, env=environment, capture_output=True, text=True, timeout=120)


def test_an_installed_wheel_finds_itself_and_not_the_clone(empty_environment):
    done = in_it(empty_environment, "python", "-c", "from rnncourse import assets; print(assets.in_clone(), "
                 "assets.root(), assets.path('rnncourse.mplstyle').exists(), assets.constraints().exists())")
    inside = next(empty_environment.glob("lib/python*/site-packages")) / "rnncourse" / "_course"
    assert done.stdout.split() == ["False", str(inside), "True", "True"], done.stderr


def test_an_installed_wheel_lays_out_the_chapters_and_hands_over_to_jupyterlab(empty_environment):
    done = in_it(empty_environment, "rnncourse", "lab", "mine", "--version")
    laid = {p.name for p in (empty_environment / "mine").glob("*.ipynb")}
    assert laid == {p.name for p in (ROOT / "chapters").glob("*.ipynb")}
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == importlib.metadata.version("jupyterlab")


def test_the_doctor_finds_an_installed_wheel_well(empty_environment):
    done = in_it(empty_environment, "rnncourse", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "All is well."


# -- make lab, make test ----------------------------------------------------------------------------
@pytest.fixture
def clone(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def make(folder, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *words], cwd=folder, env=environment, capture_output=True, text=True)


def test_make_lab_tells_an_old_python_and_makes_nothing(clone):
    script(clone / "old", 'case "$1" in -V) echo Python 3.10.13;; *) exit 1;; esac')
    done = make(clone, "lab", "PYTHON=./old")
    assert done.returncode and "needs Python 3.11 or later; ./old is Python 3.10.13." in done.stdout
    assert not (clone / ".venv").exists()


def test_make_lab_tells_a_missing_python(clone):
    done = make(clone, "lab", "PYTHON=python-that-is-missing")
    assert done.returncode and "No python-that-is-missing here. Install Python 3.11 or later" in done.stdout


def test_make_lab_installs_once_and_again_when_the_versions_change(clone):
    script(clone / ".venv" / "bin" / "python", 'echo "$@" >> calls')

    def calls(*words):
        (clone / "calls").write_text("")
        assert make(clone, "lab", *words).returncode == 0
        return (clone / "calls").read_text().splitlines()

    opened = "-m rnncourse lab --no-browser --port 9999"
    first = calls("ARGS=--no-browser --port 9999", "TORCH_INDEX=https://torch.example/cpu")
    assert first == ["-m pip install --disable-pip-version-check -c constraints.txt "
                     "--extra-index-url https://torch.example/cpu -e .", opened]
    assert calls("ARGS=--no-browser --port 9999") == [opened]
    with open(clone / "constraints.txt", "a") as file:
        file.write("# a change\n")
    assert [line.split()[1] for line in calls()] == ["pip", "rnncourse"]


def test_a_failed_installation_is_tried_again(clone):
    script(clone / ".venv" / "bin" / "python", 'echo "$@" >> calls; exit 1')
    for _ in range(2):
        assert make(clone, "lab").returncode
    assert (clone / "calls").read_text().count("pip install") == 2


@pytest.mark.parametrize("on_ci, code", [("", 0), ("true", 1)])
def test_without_a_browser_the_last_line_tells_and_ci_fails(on_ci, code, monkeypatch, capsys):
    monkeypatch.setattr(everything, "chromium", lambda: None)
    monkeypatch.setattr(everything, "run", lambda chosen: {"unit": (True, 1.0)})
    monkeypatch.setenv("CI", on_ci)
    assert everything.main([]) == code
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("The browser tests did NOT run") and "apt install chromium" in last


def test_one_failed_stage_fails_all_and_the_marked_cells_are_counted(monkeypatch, capsys, tmp_path):
    source = tmp_path / "chapters" / "00_a.py"
    source.parent.mkdir()
    source.write_text('# %% tags=["nbval-ignore-output"]\n1\n\n# %%\n2\n\n# %% tags=["nbval-ignore-output"]\n3\n')
    source.with_suffix(".ipynb").write_text(notebooks.text_of(notebooks.paired(source)))
    monkeypatch.setattr(everything, "ROOT", tmp_path)
    monkeypatch.setattr(everything, "chromium", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(everything, "run", lambda chosen: {"lint": (True, 1.0), "unit": (False, 2.0)})
    assert everything.main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:-1] == ["lint: passed in 1 s", "unit: FAILED in 2 s"]
    assert lines[-1] == "cells whose outputs are not compared (nbval-ignore-output): 2 in 1 notebooks"


def test_a_stage_that_hangs_is_ended_with_all_it_started(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(everything, "LONGEST", 1)
    hangs = ["sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; wait"]
    assert not everything.succeeds(hangs, dict(os.environ))
    assert "ended: it ran for more than" in capsys.readouterr().out
    sleeper = Path("/proc") / (tmp_path / "pid").read_text().strip() / "cmdline"
    deadline = time.monotonic() + 10    # a killed process takes a moment to go
    while sleeper.exists() and sleeper.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not sleeper.exists() or not sleeper.read_text()    # gone, or dead and not yet collected


def test_a_stage_that_does_not_exist_is_told():
    with pytest.raises(SystemExit, match="no stage units; there are lint, unit, notebooks, browser"):
        everything.main(["units"])
