"""`rnncourse doctor`: one line for each thing the course needs: fine, or what is wrong and the mend."""

import importlib
import importlib.metadata
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rnncourse import assets
from rnncourse.cli import Trouble, check_python, python_version

TESTED_PYTHON = "3.11"
NEEDED_MEMORY = 1.5    # gigabytes that a chapter may take at its peak
KERNEL_SECONDS = 60
LAB_EXTENSIONS = {"@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets", "anywidget": "anywidget"}
PROBE = "import sys, rnncourse; print('kernel of', sys.executable)"


def run(checks=None):
    """Print one line for each check; returns 0 where nothing is wrong, else 1."""
    wrong = 0
    for check in checks or (python, packages, torch_works, widgets, course, kernel, memory):
        try:
            mark, line = "ok   ", check()
        except Trouble as trouble:
            mark, line, wrong = "WRONG", trouble, wrong + 1
        except Exception as error:    # a doctor that falls over helps nobody: say it and go on to the next check
            mark, line, wrong = "WRONG", f"{check.__name__}: {type(error).__name__}: {error}", wrong + 1
        print(f"{mark} {line}")
    print(f"{wrong} of these {'needs' if wrong == 1 else 'need'} mending" if wrong else "All is well.")
    return 1 if wrong else 0


def python():
    """Python is new enough."""
    check_python()
    return f"Python {python_version()} at {sys.executable} (tested with {TESTED_PYTHON})"


def packages():
    """Every package the course depends on is there, and new enough; tells which differ from the tested versions."""
    tested, differing, amiss = tested_versions(), [], []
    for name, oldest in requirements().items():
        try:
            found = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            amiss.append(_pinned(name, tested))
            continue
        if numbers(found) < numbers(oldest):
            amiss.append(_pinned(name, tested))
        elif found != tested.get(name, found):
            differing.append(f"{name} {found}, not {tested[name]}")
    if amiss:
        raise Trouble(f"missing or too old: {', '.join(amiss)}. "
                      f"Mend: {sys.executable} -m pip install {' '.join(amiss)}")
    return f"{len(requirements())} packages, " + (f"other than tested: {'; '.join(differing)}" if differing
                                                 else "in the versions that were tested")


def torch_works():
    """torch loads and computes."""
    torch = _imported("torch")
    if torch.ones(2, 3).sum().item() != 6:
        raise Trouble(f"torch {torch.__version__} adds six ones to something else. {_again('torch')}")
    tested = tested_versions().get("torch", "an unknown version")
    return f"torch {torch.__version__} computes (tested: the CPU build of {tested}; the course needs no graphics card)"


def widgets():
    """The explorers' packages load, and JupyterLab knows how to show them."""
    for name in ("ipywidgets", "anywidget"):
        _imported(name)
    folders = _imported("jupyter_core.paths", "jupyter_core").jupyter_path("labextensions")
    for extension, package in LAB_EXTENSIONS.items():
        if not any(Path(folder, extension, "package.json").exists() for folder in folders):
            raise Trouble(f"JupyterLab lacks the extension {extension}, so sliders would not show. "
                          f"{_again(package)}, then close JupyterLab and open it again")
    return "widgets load, and JupyterLab has their extensions"


def course():
    """The chapters are there."""
    found = sorted(assets.chapters().glob("[0-9][0-9]_*.ipynb"))
    if not found:
        raise Trouble(f"no chapters in {assets.chapters()}. Mend: in a clone, git checkout chapters; elsewhere, "
                      "install rnncourse again from where you had it")
    return f"{len(found)} chapters in {assets.chapters()}"


def kernel():
    """A kernel starts, is this Python, and can import the course."""
    manager_module = _imported("jupyter_client.manager", "jupyter_client")
    with tempfile.TemporaryFile() as log:
        try:
            manager, client = manager_module.start_new_kernel(kernel_name="python3", startup_timeout=KERNEL_SECONDS,
                                                              stdout=log, stderr=subprocess.STDOUT)
        except Exception as error:
            raise Trouble(f"no kernel starts ({type(error).__name__}: {error}). {_again('ipykernel')}") from error
        try:
            answer = _said(client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    if answer != f"kernel of {sys.executable}":
        raise Trouble(f"the kernel python3 is not this Python: {answer}. Mend: {sys.executable} -m ipykernel install "
                      "--sys-prefix, and remove the other one with: jupyter kernelspec remove python3")
    return "a kernel starts, is this Python, and imports the course"


def memory():
    """Enough memory is free for a chapter."""
    free = free_memory()
    if free < NEEDED_MEMORY:
        raise Trouble(f"{free:.1f} GB of memory are free; a chapter may take {NEEDED_MEMORY} GB. Mend: close other "
                      "programs, or shut down kernels you no longer use (in JupyterLab: Kernel, Shut Down All Kernels)")
    return f"{free:.1f} GB of memory are free (a chapter takes at most {NEEDED_MEMORY} GB)"


def tested_versions():
    """name -> version, as constraints.txt lists what was tested; empty where the file is missing."""
    if not assets.constraints().exists():
        return {}
    lines = assets.constraints().read_text(encoding="utf-8").splitlines()
    return {canonical(name): version for name, _, version in (line.partition("==") for line in lines) if version}


def requirements():
    """name -> oldest version, of the packages that rnncourse itself depends on."""
    try:
        listed = importlib.metadata.requires("rnncourse") or []
    except importlib.metadata.PackageNotFoundError:
        raise Trouble("rnncourse itself is not installed in this Python. Mend: in a clone, "
                      f"{sys.executable} -m pip install -e . -c constraints.txt") from None
    parts = [re.match(r"([\w.-]+)\s*>=\s*([\d.]+)", line) for line in listed if "extra ==" not in line]
    return {canonical(part[1]): part[2] for part in parts if part}


def free_memory():
    """Gigabytes free on this machine, or within the limit of the container that this runs in."""
    free = _imported("psutil").virtual_memory().available
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.exists() and used.exists() and limit.read_text().strip().isdigit():
        free = min(free, int(limit.read_text()) - int(used.read_text()))
    return free / 1e9


def canonical(name):
    """A package's name as it is compared: vega-datasets for vega_datasets."""
    return re.sub(r"[-_.]+", "-", name).lower()


def numbers(version):
    """The leading numbers of a version, to compare by: (2, 13, 0) for 2.13.0+cpu."""
    return tuple(int(part) for part in re.match(r"[\d.]*\d", version)[0].split("."))


def _said(client):
    said = []
    client.execute_interactive(PROBE, timeout=KERNEL_SECONDS, output_hook=lambda m: said.append(m["content"]))
    texts = [c.get("text") or c.get("evalue") for c in said if "text" in c or "evalue" in c]
    return " ".join(texts).strip() or "it said nothing"


def _imported(module, package=None):
    try:
        return importlib.import_module(module)
    except Exception as error:    # a broken build can raise anything while it loads
        raise Trouble(f"{package or module} does not load ({type(error).__name__}: {error}). "
                      f"{_again(package or module)}") from error


def _again(package):
    return f"Mend: {sys.executable} -m pip install --force-reinstall --no-deps {_pinned(package, tested_versions())}"


def _pinned(name, tested):
    version = tested.get(canonical(name))
    return f"{name}=={version}" if version else name
