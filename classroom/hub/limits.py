"""Limits of one student's processes, together: the kernel's where it lets us (cgroup 2), else a watch of our own.

With a cgroup (systemd's Delegate=yes, or root with cgroup 2) the kernel limits memory, processors and processes, for
all of a student's processes together, temporary files included. Without one, the kernel limits each single process
(inside.py), and a watch looks every second at what a student's processes hold together, and ends the largest.
"""

import asyncio
import contextlib
import functools
import logging
import os
import signal
from pathlib import Path
from typing import NamedTuple

CGROUPS = Path("/sys/fs/cgroup")
CONTROLLERS = {"memory", "cpu", "pids"}
SECONDS = 1          # between two looks of the watch
PERIOD = 100_000     # microseconds, the kernel's usual
PROCESSES = 512
log = logging.getLogger("rnncourse.hub")
_watched = {}        # pid of a sandbox -> Room


class Room(NamedTuple):
    """What one student may hold: bytes of memory, processors; `cgroup` is the kernel's folder for it, or None."""

    name: str
    memory: int | None
    cpu: float | None
    cgroup: Path | None

    @classmethod
    def made(cls, name, memory, cpu):
        """A room for the processes of student `name`, its cgroup made where this machine lets us."""
        base = own_cgroup()
        return cls(name, memory, cpu, _make_cgroup(base / f"student-{name}", memory, cpu) if base else None)

    def enter(self):
        """Move this process in, with all that it will start."""
        if self.cgroup:
            (self.cgroup / "cgroup.procs").write_text("0")

    def __str__(self):
        who = f"by the kernel, in {self.cgroup}" if self.cgroup else \
            "memory of a process by the kernel, of all together by the hub's watch; processors only by priority"
        return f"{self.memory} bytes, {self.cpu} processors ({who})"


@functools.cache
def own_cgroup():
    """The cgroup in which we may make others, or None. The hub's own processes move into a leaf of it, as they must."""
    try:
        line = next(x for x in Path("/proc/self/cgroup").read_text().splitlines() if x.startswith("0::"))
        return prepare(CGROUPS / line[3:].lstrip("/"))
    except (OSError, StopIteration) as error:
        log.warning("no cgroup of our own (%s): student's processors are shared by priority, not limited", error)
        return None


def prepare(base):
    """Make the cgroup `base` ready to hold one for each student; returns it, or raises OSError where it cannot."""
    missing = CONTROLLERS - set((base / "cgroup.controllers").read_text().split())
    if missing:
        raise OSError(f"{base} has no controller for {', '.join(sorted(missing))}")
    hub = base / "hub"
    hub.mkdir(exist_ok=True)
    for pid in (base / "cgroup.procs").read_text().split():
        (hub / "cgroup.procs").write_text(pid)
    (base / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in sorted(CONTROLLERS)))
    return base


def _make_cgroup(folder, memory, cpu):
    folder.mkdir(exist_ok=True)
    (folder / "memory.max").write_text(str(memory or "max"))
    if (folder / "memory.swap.max").exists():
        (folder / "memory.swap.max").write_text("0")
    (folder / "cpu.max").write_text(f"{int(cpu * PERIOD)} {PERIOD}" if cpu else f"max {PERIOD}")
    (folder / "pids.max").write_text(str(PROCESSES))
    return folder


# -- the watch, where the kernel does not add up -----------------------------------------------------------------
def watch(pid, room):
    """Keep the processes below `pid`, together, within the room's memory, as long as they live."""
    if room.cgroup or not room.memory:
        return
    if not _watched:
        asyncio.get_running_loop().create_task(_watch_all())
    _watched[pid] = room


def forget(pid):
    """Watch this sandbox no more."""
    _watched.pop(pid, None)


async def _watch_all():
    await asyncio.sleep(0)
    while _watched:
        parents = _parents()
        for pid, room in list(_watched.items()):
            if pid not in parents:
                forget(pid)
            elif too_many := overweight(held_below(pid, parents), room.memory):
                log.warning("%s holds more than %d bytes; ending process %d", room.name, room.memory, too_many)
                _end(too_many)
        await asyncio.sleep(SECONDS)


def overweight(held, most):
    """The pid of the largest of {pid: bytes} where they hold more than `most` together, else None."""
    return max(held, key=held.get) if sum(held.values()) > most else None


def held_below(pid, parents):
    """{pid: bytes of memory of its own} for all descendants of `pid`; parents: {pid: parent}."""
    children = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    below, found = list(children.get(pid, [])), {}
    while below:
        one = below.pop()
        found[one] = _held(one)
        below += children.get(one, [])
    return found


def _parents():
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue    # ended meanwhile
    return found


def _held(pid):
    """Bytes that the process holds beyond files on disk: its own memory and what it shares with its siblings."""
    try:
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    except OSError:
        return 0
    return 1024 * sum(int(lines.get(name, "0").split()[0]) for name in ("RssAnon", "RssShmem", "VmSwap"))


def _end(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
