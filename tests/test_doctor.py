"""`rnncourse doctor`: one line for each thing the course needs; what is wrong is told with its mend."""

import importlib.metadata
import sys
from types import SimpleNamespace

from rnncourse import assets
from rnncourse.cli import doctor


def test_the_doctor_finds_this_environment_well(capsys):
    checks = [doctor.python, doctor.packages, doctor.torch_works, doctor.widgets, doctor.kernel]
    assert doctor.run(checks) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out) == len(checks) + 1 and all(line.startswith("ok ") for line in out[:-1])
    assert "tested with 3.11" in out[0] and "tested: the CPU build of 2.13.0" in out[2]


def diagnosis(check, capsys):
    """What the doctor prints for one check that must go wrong."""
    assert doctor.run([check]) == 1
    return capsys.readouterr().out.splitlines()[0]


def test_a_missing_package_is_told_with_the_tested_version(monkeypatch, capsys):
    real = importlib.metadata.version

    def version(name):
        if name == "anywidget":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    line = diagnosis(doctor.packages, capsys)
    tested = doctor.tested_versions()["anywidget"]
    assert line == (f"WRONG missing or too old: anywidget=={tested}. "
                    f"Mend: {sys.executable} -m pip install anywidget=={tested}")


def test_a_package_that_is_too_old_is_wrong_and_one_that_differs_is_only_told(monkeypatch, capsys):
    real = importlib.metadata.version
    found = {"numpy": "1.26.4"}
    monkeypatch.setattr(importlib.metadata, "version", lambda name: found.get(name) or real(name))
    assert "numpy==" in diagnosis(doctor.packages, capsys)
    found["numpy"] = "2.99.0"
    assert doctor.run([doctor.packages]) == 0
    assert "other than tested: numpy 2.99.0, not" in capsys.readouterr().out


def test_a_torch_that_does_not_load_is_told(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "WRONG torch does not load (ModuleNotFoundError" in diagnosis(doctor.torch_works, capsys)


def test_a_torch_that_computes_nonsense_is_told(monkeypatch, capsys):
    five = SimpleNamespace(sum=lambda: SimpleNamespace(item=lambda: 5.0))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(ones=lambda *_: five, __version__="2.13.0"))
    assert "adds six ones to something else" in diagnosis(doctor.torch_works, capsys)


def test_a_missing_lab_extension_is_told(monkeypatch, capsys, tmp_path):
    import jupyter_core.paths

    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *_: [str(tmp_path)])
    assert "JupyterLab lacks the extension @jupyter-widgets/jupyterlab-manager" in diagnosis(doctor.widgets, capsys)


def test_a_kernel_that_is_another_python_is_told(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PROBE", "print('kernel of /usr/bin/another')")
    assert "the kernel python3 is not this Python: kernel of /usr/bin/another" in diagnosis(doctor.kernel, capsys)


def test_a_kernel_that_cannot_import_the_course_is_told(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PROBE", "import rnncourse_that_is_missing")
    assert "No module named 'rnncourse_that_is_missing'" in diagnosis(doctor.kernel, capsys)


def test_too_little_memory_is_told(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "free_memory", lambda: 0.4)
    assert "WRONG 0.4 GB of memory are free" in diagnosis(doctor.memory, capsys)


def test_missing_chapters_are_told(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(assets, "chapters", lambda: tmp_path)
    assert f"WRONG no chapters in {tmp_path}" in diagnosis(doctor.course, capsys)


def test_a_check_that_falls_over_does_not_stop_the_others(capsys):
    def broken():
        raise RuntimeError("unforeseen")

    assert doctor.run([broken, doctor.python]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "WRONG broken: RuntimeError: unforeseen" and out[1].startswith("ok ")
