"""`rnncourse lab`: lay out the chapters and open JupyterLab on the first one."""

import importlib.util
import itertools
import os
import socket
import subprocess
import sys
from pathlib import Path

from rnncourse import assets
from rnncourse.cli import Trouble
from rnncourse.cli.lay import lay

FIRST = "00_start_here.ipynb"
FOLDER = "rnncourse-chapters"


def run(words):
    """Lay out the chapters and become JupyterLab. `words`: [DIR] and arguments that are passed on to JupyterLab."""
    given = words[0] if words and not words[0].startswith("-") else None
    passed_on = words[1:] if given else words
    _check_jupyterlab()
    _check_port(passed_on)
    folder = _folder(given)
    return _become(command(folder, passed_on), folder)


def _become(words, folder):
    """Be JupyterLab from here on, so that Ctrl-C and signals reach it; Windows knows no such thing and waits."""
    if os.name == "nt":
        return subprocess.call(words, env=environment(), cwd=folder)
    sys.stdout.flush()
    os.chdir(folder)
    os.execve(words[0], words, environment())


def command(folder, passed_on):
    """The words that start JupyterLab in `folder`, quiet about news and updates: nothing leaves this machine."""
    words = [sys.executable, "-m", "jupyterlab"]
    first = folder / FIRST
    words.append(str(first) if first.exists() else str(folder))
    words += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    if port(passed_on):
        words.append("--ServerApp.port_retries=0")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")    # a container: JupyterLab would refuse to start
    return words + passed_on


def environment():
    """The environment for JupyterLab: this Python's kernel comes before one of the same name in the home folder."""
    return dict(os.environ, JUPYTER_PREFER_ENV_PATH="1")


def port(words):
    """The port asked for among JupyterLab's arguments, or None."""
    for word, following in itertools.pairwise([*words, ""]):
        name, _, value = word.partition("=")
        if name in ("--port", "--ServerApp.port"):
            value = value or following
            return int(value) if value.isdigit() else None
    return None


def _check_port(words):
    wanted = port(words)
    if wanted is None:
        return
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", wanted))
        except OverflowError:
            raise Trouble(f"there is no port {wanted}; ports go from 1 to 65535") from None
        except OSError as error:
            raise Trouble(f"port {wanted} cannot be used ({error.strerror}); is another JupyterLab open there? "
                          f"Try --port {min(wanted + 1, 65535)}, or leave --port out") from None


def _check_jupyterlab():
    if importlib.util.find_spec("jupyterlab") is None:
        raise Trouble(f"JupyterLab is not installed in this Python. Install it: {sys.executable} -m pip install "
                      "jupyterlab (`rnncourse doctor` checks the other packages too)")


def _folder(given):
    """The folder to work in, with the chapters in it."""
    if given is None and assets.in_clone():
        return assets.chapters()
    folder = Path(given or FOLDER).expanduser().absolute()
    if folder == assets.chapters():
        return folder
    report = lay(folder)
    print(f"{len(report['laid'])} chapters lie in {folder}")
    for name, what in report["kept"].items():
        print(f"  {name}: {what}")
    return folder
