"""The sandbox: what it shows and hides, what ends it, and what is said where it cannot be made. The whole on hostile
notebooks stands in test_classroom_hostile.py.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import pytest

from rnncourse.classroom import Trouble, bubblewrap, lent, limits, processes, sandbox
from rnncourse.classroom.limits import Limits
from rnncourse.classroom.sandbox import Ended, Sandbox


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return lent.package(tmp_path_factory.mktemp("lent"), "start_here")


@pytest.fixture(scope="module")
def box(package):
    os.environ["A_SECRET_OF_THE_TEACHER"] = "8471"
    with Sandbox(package, Limits(cell=20), hidden=(Path(__file__).parent,)) as made:
        made.start()
        yield made
    del os.environ["A_SECRET_OF_THE_TEACHER"]


def shown(box, source):
    return "".join(part[1] for part in box.run(source) if part[0] == "text")


# -- what it shows ---------------------------------------------------------------------------------------
def test_what_a_cell_shows_comes_out_in_order(box):
    parts = box.run("print('one')\nfrom IPython.display import display, HTML\ndisplay(HTML('<b>two</b>'))\n"
                    "import sys\nprint('three', file=sys.stderr)\n2 + 2")
    assert parts == [("text", "one\n<IPython.core.display.HTML object>\nthree\n4\n")]


def test_magics_awaiting_and_a_semicolon(box):
    assert "loop" in shown(box, "%timeit -n1 -r1 1 + 1")
    assert shown(box, "import asyncio\nawait asyncio.sleep(0)\n5") == "5\n"
    assert box.run("6;") == []


def test_a_figure_comes_out_as_a_png(box):
    parts = box.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert [part[0] for part in parts] == ["png"] and parts[0][1].startswith(b"\x89PNG")


def test_much_text_is_cut(box):
    parts = box.run("for k in range(1000): print('x' * 100)")
    assert len(parts[0][1]) == box.limits.output // 10 and parts[-1] == ("cut",)


def test_an_error_comes_out_as_text(box):
    assert "ZeroDivisionError" in shown(box, "1 / 0") and "SyntaxError" in shown(box, "1 +")


# -- what it hides ---------------------------------------------------------------------------------------
def test_the_environment_is_not_seen(box):
    assert "8471" not in shown(box, "import os\nprint(dict(os.environ))")


def test_only_pythons_and_the_systems_folders_are_seen(box):
    folders = shown(box, "import os\nprint(*sorted(os.listdir('/')))").split()
    assert set(folders) <= {"bin", "dev", "etc", "lent", "lib", "lib32", "lib64", "tmp", "usr",
                            *(Path(prefix).parts[1] for prefix in (sys.prefix, sys.base_prefix))}
    for hidden in (Path(__file__), Path.home() / ".bashrc", Path("/proc/self/status"), Path("/etc/passwd")):
        assert shown(box, f"import os\nos.path.exists({str(hidden)!r})") == "False\n"


def test_nothing_is_written_but_in_its_own_folder(box):
    for folder in ("/", "/lent", "/lent/rnncourse", "/usr", "/dev", "/dev/shm", "/etc", sys.prefix):
        assert "OSError" in shown(box, f"open({folder + '/written'!r}, 'w')")
    assert shown(box, "open('/tmp/written', 'w').write('x')") == "1\n" and not Path("/tmp/written").exists()


def test_it_is_nobody_alone_and_without_rights(box):
    assert shown(box, "import os\nos.getuid(), os.getgid(), os.getppid() < 10, os.uname().nodename") == \
        "(65534, 65534, True, 'sandbox')\n"
    for attempt in ("os.setuid(0)", "os.chroot('/tmp')", "os.mknod('/tmp/x', 0o60600)", "os.fork()",
                    "__import__('socket').socket()"):
        assert "[Errno " in shown(box, attempt)
    assert shown(box, "os.system('true') == 0") == "False\n"


def test_limits_are_set_and_cannot_be_raised(box):
    for what, most in (("AS", box.limits.memory), ("CPU", box.limits.cpu), ("FSIZE", box.limits.file), ("CORE", 0)):
        assert shown(box, f"import resource\nresource.getrlimit(resource.RLIMIT_{what})") == f"({most}, {most})\n"
        assert "ValueError" in shown(box, f"resource.setrlimit(resource.RLIMIT_{what}, (-1, -1))")


def test_the_lent_package_stands_where_the_real_one_is_installed(tmp_path, monkeypatch):
    """Where rnncourse is installed as a wheel, it lies among the packages that the sandbox sees."""
    installed = tmp_path / "site-packages" / "rnncourse"
    monkeypatch.setattr(bubblewrap, "__file__", str(installed / "classroom" / "bubblewrap.py"))
    assert bubblewrap.installed((tmp_path,)) == [installed] and bubblewrap.installed((Path("/usr"),)) == []


# -- what ends it ----------------------------------------------------------------------------------------
def marked(mark):
    """The ids of all processes whose command line holds `mark`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def gone(mark, seconds=10):
    end = time.monotonic() + seconds
    while marked(mark) and time.monotonic() < end:
        time.sleep(0.05)
    return not marked(mark)


def test_nothing_is_left_of_it(package, tmp_path):
    shutil.copytree(package, tmp_path / "its own")
    with Sandbox(tmp_path / "its own") as made:
        made.run("import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()")
        assert marked(str(tmp_path))
    assert gone(str(tmp_path))


def test_nothing_is_left_of_one_that_is_ended_while_it_is_made(package, tmp_path):
    shutil.copytree(package, tmp_path / "its own")
    for pause in (0, 0.002, 0.005, 0.01, 0.02):
        command, passed = bubblewrap.command(tmp_path / "its own", Limits(), ())
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=passed,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        for descriptor in passed:
            os.close(descriptor)
        time.sleep(pause)
        sandbox._kill(process)
        process.wait()
        process.stdin.close()
    assert gone(str(tmp_path))


def test_nothing_is_left_of_it_where_its_owner_is_killed(package, tmp_path):
    shutil.copytree(package, tmp_path / "its own")
    owner = subprocess.Popen([sys.executable, "-c", f"""
from rnncourse.classroom.sandbox import Sandbox
made = Sandbox({str(tmp_path / "its own")!r})
made.start()
print("started", flush=True)
made.run("while True: pass")"""], stdout=subprocess.PIPE, text=True)
    assert owner.stdout.readline() == "started\n"
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert gone(str(tmp_path))


def test_files_are_counted_only_where_its_folder_is_its_own(package, monkeypatch):
    """While a sandbox is being made, its root is still the system's, with all the system's files."""
    monkeypatch.setattr(processes, "files", lambda pid: 1_000_000)
    with Sandbox(package) as made:
        made.start()
        with pytest.raises(Ended, match="wrote more than 5000 files"):
            made.run("import time; time.sleep(5)")


def test_all_its_processes_together_are_watched(package, monkeypatch):
    with Sandbox(package) as made:
        made.start()
        monkeypatch.setattr(processes, "used", lambda family: (made.limits.memory + made.limits.disk + 1, 1))
        with pytest.raises(Ended, match="1600 MB of memory"):
            made.run("import time; time.sleep(5)")


def test_computing_ends(package):
    with Sandbox(package, Limits(cpu=2, cell=60)) as made, pytest.raises(Ended, match="2 seconds of computing"):
        made.run("while True: pass")


# -- where it cannot be made -----------------------------------------------------------------------------
@pytest.fixture
def untried():
    bubblewrap.trial.cache_clear()
    yield
    bubblewrap.trial.cache_clear()


def test_without_bubblewrap_it_is_said_which_package_it_is_and_what_unsafe_means(untried, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Trouble, match="(?s)`bwrap` is missing.*apt install bubblewrap.*--unsafe.*runs as you do"):
        bubblewrap.trial()


def test_a_bubblewrap_that_is_not_allowed_to_is_told_with_its_own_words(untried, monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for attempt in (bubblewrap.trial, Sandbox(tmp_path).start):
        with pytest.raises(Trouble, match="(?s)setting up uid map: Permission denied.*--unsafe"):
            attempt()


def test_a_python_below_tmp_is_seen_though_tmp_is_the_sandboxs_own(untried, monkeypatch):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        venv.create(folder, symlinks=True)
        monkeypatch.setattr(sys, "prefix", folder)
        monkeypatch.setattr(sys, "executable", f"{folder}/bin/python")
        bubblewrap.system.cache_clear()
        try:
            bubblewrap.trial()
        finally:
            bubblewrap.system.cache_clear()


def test_a_course_inside_of_python_is_refused(package):
    with pytest.raises(Trouble, match="Move the course elsewhere"):
        Sandbox(package, hidden=(Path(sys.prefix) / "lib",)).start()


def test_a_python_that_would_show_the_home_is_refused(monkeypatch):
    bubblewrap.system.cache_clear()
    monkeypatch.setattr(Path, "home", lambda: Path(sys.base_prefix).resolve() / "home")
    try:
        with pytest.raises(Trouble, match="show your whole home"):
            bubblewrap.system()
    finally:
        bubblewrap.system.cache_clear()


# -- system calls ----------------------------------------------------------------------------------------
def answer(program, number, flags=0, architecture=0xC000003E):
    """What the kernel's packet filter makes of a system call."""
    data = struct.pack("=IIQQ", number, architecture, 0, flags)
    steps, at, held = [struct.unpack_from("=HBBI", program, k) for k in range(0, len(program), 8)], 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            held = struct.unpack_from("=I", data, value)[0]
        else:
            at += yes if {0x15: held == value, 0x35: held >= value, 0x45: held & value}[code] else no


ALLOWED, REFUSED, ABSENT, KILLED = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000


@pytest.mark.parametrize("machine, architecture, read, clone", [
    ("x86_64", 0xC000003E, 0, 56), ("aarch64", 0xC00000B7, 63, 220)])
def test_the_filter_lets_threads_through_and_no_process(machine, architecture, read, clone):
    program = limits.system_calls(machine)

    def asked(number, flags=0):
        return answer(program, number, flags, architecture)

    assert asked(read) == ALLOWED and asked(435) == ABSENT
    assert asked(clone, 0x003D0F00) == ALLOWED and asked(clone, 0x01200011) == REFUSED    # pthread_create, fork
    for numbers in limits.DENIED.values():
        number = numbers[machine == "aarch64"]
        assert number is None or asked(number) == REFUSED
    assert asked(0x40000000 + 57) == REFUSED
    assert answer(program, read, architecture=0x40000003) == KILLED


def test_a_machine_that_is_not_known_has_no_filter():
    assert limits.system_calls("riscv64") is None
