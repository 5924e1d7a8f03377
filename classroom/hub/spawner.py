"""A student's JupyterLab in a bubblewrap sandbox: own files, own processes, own network, and limits that hold.

Why not JupyterHub's own: LocalProcessSpawner needs an account of the machine for each student, its mem_limit limits
nothing, and all students share the loopback, where the kernels' messages can be listened to. Containers need an engine.

Inside, a student sees the system, Python and the course (to be read only), the own home, and the own processes. There
is no network, not even the server's loopback: the hub opens the server's port out here and hands the open socket in,
and the hub's own API is one Unix socket. Where the hub runs as root, each student is a user id of its own besides.
"""

import asyncio
import os
import pwd
import re
import shutil
import socket
import sys
from pathlib import Path
from subprocess import Popen
from typing import NamedTuple

import limits
import settings
from jupyterhub.app import JupyterHub
from jupyterhub.spawner import LocalProcessSpawner
from tornado.netutil import bind_unix_socket
from traitlets import Unicode

NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,31}\Z")    # a folder's name, so no slash, and no dot in front
FIRST_UID = 300_000                                   # for students without an account of the machine
INSIDE = Path(__file__).resolve().parent / "inside.py"
HUB_SOCKET, SHELF = "/run/hub.sock", "/run/shelf"
MEGABYTE = 2**20


class Account(NamedTuple):
    """Who a student is on this machine; `home` is the folder out here, `seen_as` its path inside the sandbox."""

    uid: int
    gid: int
    home: Path
    seen_as: str


class Sandboxed(LocalProcessSpawner):
    """Starts a student's server in a sandbox; mem_limit and cpu_limit are enforced (limits.py says how)."""

    state_folder = Unicode(config=True, help="The hub's folder; homes lie in it, unless the machine has accounts.")

    async def start(self):
        """Start the server; returns (ip, port)."""
        account = account_of(self.user.name, Path(self.state_folder))
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
            environment = self.get_env() | self._environment(account, listening.fileno())
            self._open_hub_socket()
            words = sandbox(account, Path(self.state_folder), environment["PATH"])
            words += [sys.executable, "-I", str(INSIDE), *self.get_args()]
            room = limits.Room.made(self.user.name, self.mem_limit, self.cpu_limit)
            self.log.info("Starting the server of %s; limits: %s", self.user.name, room)
            self.proc = Popen(words, env=environment, preexec_fn=room.enter, start_new_session=True,
                              pass_fds=[listening.fileno()])
        self.pid = self.proc.pid
        limits.watch(self.pid, room)
        await self._answers()
        return "127.0.0.1", self.port

    async def _answers(self):
        """Wait until the server answers; RuntimeError where it ended first, so that nobody waits for the dead."""
        while (status := self.proc.poll()) is None:
            if await _first_byte(self.port, self.server.base_url):
                return
            await asyncio.sleep(0.2)
        raise RuntimeError(f"the server of {self.user.name} ended at once with status {status}; the hub's log has its "
                           "last words")

    async def stop(self, now=False):
        """End the sandbox: its first process takes all others along. What is saved lies in the home."""
        pid = self.pid
        await super().stop(now)
        await asyncio.sleep(0)
        limits.forget(pid)

    def user_env(self, env):
        """Nothing of the machine's accounts: _environment says it all."""
        return env

    def _environment(self, account, door):
        threads = str(max(1, round(self.cpu_limit or 1)))
        return {
            "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), "/usr/local/bin", "/usr/bin", "/bin"]),
            "USER": self.user.name, "LOGNAME": self.user.name, "HOME": account.seen_as, "SHELL": "/bin/bash",
            "TMPDIR": "/tmp", "JUPYTER_PREFER_ENV_PATH": "1", "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads,
            "RNNCOURSE_DOOR": str(door), "RNNCOURSE_HUB_SOCKET": HUB_SOCKET, "RNNCOURSE_HUB_SHELF": SHELF,
            "RNNCOURSE_PROCESS_BYTES": str(self.mem_limit or 0),
        }

    def _open_hub_socket(self):
        """The hub's API as a Unix socket: the one thing outside that a sandbox can talk to. Made once."""
        path = Path(self.state_folder) / "hub.sock"
        server = JupyterHub.instance().http_server
        if not getattr(server, "rnncourse_socket", None):
            path.unlink(missing_ok=True)
            server.rnncourse_socket = bind_unix_socket(str(path), mode=0o666)
            server.add_socket(server.rnncourse_socket)


async def _first_byte(port, base_url):
    """Does a server answer behind the port? Waits at most a second: before it listens, the open socket only holds."""
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {base_url}api HTTP/1.0\r\n\r\n".encode())
            answer = await reader.read(1)
            writer.close()
            return bool(answer)
    except OSError:    # a time-out is one too
        return False


def account_of(name, state):
    """The Account of a student: the machine's own where accounts are PAM's, else a folder and a user id of its own."""
    if not NAME.match(name):
        raise ValueError(f"{name!r} cannot be a folder's name; expected a-z, 0-9, and . _ - within, up to 32")
    if settings.accounts() == "pam":
        entry = pwd.getpwnam(name)
        if entry.pw_uid == 0:
            raise PermissionError("root has no server here")
        return Account(entry.pw_uid, entry.pw_gid, Path(entry.pw_dir), entry.pw_dir)
    home = state / "homes" / name
    home.parent.mkdir(mode=0o700, exist_ok=True)
    if not home.exists():
        uid = _next_uid(home.parent)
        home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(home, uid, uid)
    found = home.lstat()
    return Account(found.st_uid, found.st_gid, home, f"/home/{name}")


def _next_uid(homes):
    """A user id that no home belongs to yet: who owns a home is who its student is."""
    return 1 + max([FIRST_UID, *(home.lstat().st_uid for home in homes.iterdir())])


def sandbox(account, state, path):
    """The words before a command that run it in the student's sandbox."""
    words = ["bwrap", "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
             "--unshare-net", "--unshare-cgroup-try", "--hostname", "course", "--cap-drop", "ALL"]
    own = ["--perms", "1777", "--size", str(256 * MEGABYTE), "--tmpfs"]
    words += [*own, "/tmp"]                      # before what is shown, which may lie below it
    shown = settings.shown_to_students()
    for folder in _parents([*shown, Path(account.seen_as), Path(HUB_SOCKET), Path("/etc/fonts")]):
        words += ["--perms", "0755", "--dir", str(folder)]    # bubblewrap's own would be closed to the student
    for folder in shown:
        words += ["--ro-bind", str(folder), str(folder)]
    for folder in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(folder):
            words += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            words += ["--ro-bind", folder, folder]
    for part in ("ld.so.cache", "localtime", "fonts", "alternatives", "nsswitch.conf", "bash.bashrc"):
        words += ["--ro-bind-try", f"/etc/{part}", f"/etc/{part}"]
    words += ["--proc", "/proc", "--dev", "/dev", *own, "/dev/shm"]
    words += ["--bind", str(account.home), account.seen_as, "--ro-bind", str(state / "hub.sock"), HUB_SOCKET,
              "--ro-bind-try", str(state / "shelf"), SHELF, "--remount-ro", "/", "--chdir", "/"]
    if os.geteuid() != 0:
        return words
    become = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    setpriv = shutil.which("setpriv", path=path) or "setpriv"
    return [*words, *become, setpriv, f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups",
            "--inh-caps=-all", "--ambient-caps=-all", "--"]


def _parents(paths):
    """All folders above the paths, each once, from the top down; without the root."""
    return sorted({parent for path in paths for parent in path.parents} - {Path("/")})
