"""Run a command with the network unplugged, by two means.

1. Linux, where allowed: a network namespace of its own, with nothing in it but the loopback device.
2. Everywhere: in every Python started below, connecting to or looking up another machine raises Unplugged
   (site/sitecustomize.py), with the address in the message.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHIM = Path(__file__).resolve().parent / "site"
UNSHARE = ["unshare", "--map-root-user", "--net"]
SET_FLAGS, UP, RUNNING = 0x8914, 0x1, 0x40    # Linux: SIOCSIFFLAGS, IFF_UP, IFF_RUNNING


def can_isolate():
    """True where a network namespace can be made."""
    return bool(shutil.which("unshare")) and subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0


def environment():
    """The environment below: this one, with the shim first on the path of every Python."""
    behind = os.environ.get("PYTHONPATH")
    return dict(os.environ, PYTHONPATH=os.pathsep.join([str(SHIM), *([behind] if behind else [])]))


def raise_loopback():
    """Switch the loopback device on, which is off in a new network namespace: kernels talk to notebooks over it."""
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SET_FLAGS, struct.pack("16sH14s", b"lo", UP | RUNNING, b""))


def main(words):
    """Replace this process by the command; --within says that the namespace is there already."""
    if not words:
        sys.exit("usage: python -m tools.unplugged COMMAND …")
    if words[0] == "--within":
        raise_loopback()
        words = words[1:]
    elif can_isolate():
        again = [sys.executable, str(Path(__file__).resolve()), "--within", *words]
        os.execvp("unshare", [*UNSHARE, *again])
    os.execvpe(words[0], words, environment())


if __name__ == "__main__":
    main(sys.argv[1:])
