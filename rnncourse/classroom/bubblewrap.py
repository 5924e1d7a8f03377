"""bubblewrap's command line for a sandbox, and a trial of whether it works here."""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rnncourse import assets
from rnncourse.classroom import Trouble
from rnncourse.classroom.limits import Limits, system_calls

INSTALL = "It comes from the package `bubblewrap` (Debian, Ubuntu: apt install bubblewrap)."
UNSAFE = ("With --unsafe the students' code runs as you do: it can read and change the other submissions, the "
          "gradebook and your files, and can give itself any mark.")
START = "import sys; sys.path.insert(0, '/lent'); from rnncourse.classroom import server; server.main()"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def command(lent, limits, hidden):
    """bubblewrap's command line, and the descriptors it needs."""
    program = shutil.which("bwrap")
    if not program:
        raise Trouble(f"Students' code is run in a sandbox, and `bwrap` is missing. {INSTALL}\n{UNSAFE}")
    seen, words = system()
    for folder in hidden:
        _outside(Path(folder).resolve(), seen)
    words = [program, "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--die-with-parent",
             "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox",
             "--size", str(limits.disk), "--tmpfs", "/tmp",    # before Python's folders, which may lie below it
             *words, "--ro-bind", str(lent), "/lent",
             "--ro-bind", str(assets.root() / "assets"), "/lent/rnncourse/_course/assets"]
    for package in installed(seen):
        words += ["--ro-bind", str(lent / "rnncourse"), str(package)]
    words += ["--dev", "/dev", "--chdir", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/"]
    passed = ()
    if (calls := system_calls()) is not None:
        passed = (_descriptor(calls),)
        words += ["--seccomp", str(passed[0])]
    for name, value in {"HOME": "/tmp", "USER": "student", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
                        "MPLBACKEND": "module://matplotlib_inline.backend_inline", "MPLCONFIGDIR": "/tmp",
                        "IPYTHONDIR": "/tmp", **dict.fromkeys(THREADS, "1")}.items():
        words += ["--setenv", name, value]
    return [*words, sys.executable, "-I", "-B", "-c", START, json.dumps(asdict(limits))], passed


@functools.cache
def system():
    """(the folders that are seen, bubblewrap's words for them): the system's and Python's, read-only."""
    words, seen = ["--ro-bind", "/usr", "/usr"], [Path("/usr")]
    for name in ("bin", "lib", "lib32", "lib64"):
        folder = Path("/", name)
        if folder.is_symlink():
            words += ["--symlink", os.readlink(folder), str(folder)]
        elif folder.is_dir():
            words += ["--ro-bind", str(folder), str(folder)]
            seen.append(folder)
    for name in ("ld.so.cache", "localtime", "fonts", "alternatives"):
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for prefix in dict.fromkeys((sys.base_prefix, sys.base_exec_prefix, sys.prefix)):
        folder = Path(prefix).resolve()
        if folder == Path.home() or folder in Path.home().parents:
            raise Trouble(f"Python lies in {folder}, which would show your whole home to the students' code. "
                          "Grade from a virtual environment: python3 -m venv somewhere/.venv")
        for place in dict.fromkeys((folder, Path(prefix))):
            if not any(place.is_relative_to(one) for one in seen):
                words += ["--ro-bind", str(folder), str(place)]
                seen.append(place)
    return tuple(seen), words


def _outside(folder, seen):
    for one in seen:
        if folder.is_relative_to(one):
            raise Trouble(f"the course lies in {one}, which the students' code must see to run Python. "
                          "Move the course elsewhere, to your home for example")


def installed(seen):
    """Where this package itself would be seen in the sandbox: the lent one is laid over it."""
    package = Path(__file__).resolve().parents[1]
    return [package] if any(package.is_relative_to(one) for one in seen) else []


def _descriptor(content):
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        return os.dup(file.fileno())


@functools.cache
def trial():
    """Raise Trouble where no sandbox can be made here; the message says what is missing."""
    with tempfile.TemporaryDirectory() as empty:
        Path(empty, "rnncourse", "_course", "assets").mkdir(parents=True)
        words, passed = command(Path(empty), Limits(), ())
        done = subprocess.run([*words[:words.index(sys.executable)], sys.executable, "-I", "-S", "-c", ""], env={},
                              cwd="/", pass_fds=passed, capture_output=True, text=True)
        for descriptor in passed:
            os.close(descriptor)
    if done.returncode:
        raise Trouble(f"Students' code is run in a sandbox, and bubblewrap cannot make one here: {done.stderr.strip()}"
                      f"\nIt needs version 0.7 or later, and user namespaces allowed. {INSTALL}\n{UNSAFE}")
