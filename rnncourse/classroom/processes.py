"""A process and all that stem from it, as Linux tells of them: memory, threads, seconds of computing, files."""

import os
from pathlib import Path


def family(pid):
    """The ids of a process and of all that stem from it."""
    found, new = [], [pid]
    while new:
        found += new
        new = [int(child) for one in new for child in _read(f"/proc/{one}/task/{one}/children").split()]
    return found


def used(family):
    """(bytes of memory, threads) of all of them together."""
    memory = threads = 0
    for pid in family:
        pages = _read(f"/proc/{pid}/statm").split()
        memory += int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if pages else 0
        threads += len(os.listdir(f"/proc/{pid}/task")) if os.path.isdir(f"/proc/{pid}/task") else 0
    return memory, threads


def computed(family):
    """Seconds of computing of all of them together."""
    fields = [_read(f"/proc/{pid}/stat").rpartition(")")[2].split() for pid in family]
    return sum(int(one[11]) + int(one[12]) for one in fields if one) / os.sysconf("SC_CLK_TCK")


def files(pid):
    """Files in the sandbox's own folder, once it is there; 0 before."""
    try:
        if os.stat(f"/proc/{pid}/root/tmp").st_dev == os.stat("/tmp").st_dev:
            return 0
        folder = os.statvfs(f"/proc/{pid}/root/tmp")
        return folder.f_files - folder.f_ffree
    except OSError:
        return 0


def _read(path):
    try:
        return Path(path).read_text()
    except OSError:
        return ""
