"""The course works with the network unplugged: `make test` executes every chapter so; here it is shown to bite."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests import __main__ as everything
from tools import notebooks
from tools.unplugged import __main__ as unplugged

ROOT = Path(__file__).resolve().parents[1]
FAR = "192.0.2.1"    # an address set aside for documentation: nobody's machine


def below(*words, **options):
    """Run a command under tools.unplugged and return what it said."""
    return subprocess.run(everything.unplugged(words), cwd=ROOT, capture_output=True, text=True, timeout=120, **options)


def shim_only(code):
    """Run Python code with the shim alone, without a namespace."""
    return subprocess.run([sys.executable, "-c", code], env=unplugged.environment(), capture_output=True, text=True)


def test_every_chapter_is_executed_unplugged_by_make_test():
    command = everything.stages()["notebooks"]
    stored = [p.relative_to(ROOT).as_posix() for p in sorted((ROOT / "chapters").glob("*.ipynb"))]
    assert command[1:3] == ["-m", "tools.unplugged"]
    assert "--nbval" in command and command[-len(stored):] == stored


@pytest.mark.parametrize("attempt", [
    f"socket.create_connection(('{FAR}', 80), 2)",
    f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'?', ('{FAR}', 53))",
    "socket.getaddrinfo('data.example', 443)",
    "socket.gethostbyname('data.example')",
    "urllib.request.urlopen('https://data.example/weather.csv')",
    "import pandas; pandas.read_csv('https://data.example/weather.csv')",
])
def test_what_would_leave_the_machine_raises_and_names_it(attempt):
    done = shim_only(f"import socket, urllib.request\n{attempt}")
    assert done.returncode == 1
    assert "the network is unplugged here" in done.stderr
    assert FAR in done.stderr or "data.example" in done.stderr


def test_this_machine_itself_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].sendall(b"here"), daemon=True).start()
        port = server.getsockname()[1]
        done = shim_only(f"import socket; print(socket.create_connection(('localhost', {port})).recv(4))")
    assert done.stdout.strip() == "b'here'", done.stderr


@pytest.mark.skipif(not unplugged.can_isolate(), reason="this system makes no network namespaces; the shim is tested")
def test_other_programs_have_no_network_either():
    devices = below("cat", "/proc/net/dev").stdout.splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]


def chapter_that(tmp_path, line):
    """A notebook whose second cell runs `line`, stored as if it had worked; what nbval says of it, unplugged."""
    source = tmp_path / "00_a.py"
    source.write_text(f"# %%\nfirst = 1\n\n# %%\n{line}\n")
    source.with_suffix(".ipynb").write_text(notebooks.text_of(notebooks.paired(source)))
    return below(*everything.nbval(str(source.with_suffix(".ipynb"))),
                 env=os.environ | notebooks.jupyter_environment(tmp_path))


def test_a_planted_download_fails_the_chapter(tmp_path):
    done = chapter_that(tmp_path, "import urllib.request; urllib.request.urlopen('http://data.example/weather.csv')")
    assert "1 failed, 1 passed" in done.stdout
    assert "the network is unplugged here, and something looked up data.example" in done.stdout


def test_a_chapter_that_stays_here_passes(tmp_path):
    done = chapter_that(tmp_path, "x = 1")
    assert "2 passed" in done.stdout, done.stdout + done.stderr
