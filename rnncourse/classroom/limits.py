"""What a submission may use, and the system calls that it may not make."""

import platform
import struct
from dataclasses import dataclass

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Bytes and seconds.

    memory      of the sandbox's process; all its processes together are watched from outside as well
    disk        of its only writable folder, which lies in memory and is gone afterwards
    processes   threads, that is: it can start no other process
    file        the largest file, and files that may stand in the folder
    output      text of all cells; a cell may have a tenth of it
    cell, call  seconds of computing for a cell, and for one answer beyond what its exercise allows
    patience    how many times as long it may take on the clock: the machine may be busy, a student may sleep
    cpu         seconds of computing for each start of the sandbox; whole: seconds on the clock for all of it
    starts      how often the sandbox may be started again after it was ended
    asks        how often a function under test may call a function that it was given
    """

    memory: int = 1536 * MEGABYTE
    disk: int = 64 * MEGABYTE
    processes: int = 128
    files: int = 5_000
    file: int = 16 * MEGABYTE
    output: int = 200_000
    pictures: int = 8
    picture: int = MEGABYTE
    start: float = 30.0
    cell: float = 10.0
    call: float = 2.0
    patience: float = 4.0
    cpu: int = 60
    whole: float = 180.0
    starts: int = 6
    asks: int = 5_000


# -- system calls ------------------------------------------------------------------------------------
# name: number on x86_64, on aarch64. A sandbox without them starts no process, opens no socket, mounts nothing, holds
# no memory outside of its own address space, and leaves the kernel's rarer doors shut.
DENIED = {
    "fork": (57, None), "vfork": (58, None), "socket": (41, 198), "ptrace": (101, 117), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsmount": (432, 432), "mount_setattr": (442, 442), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "init_module": (175, 105), "finit_module": (313, 273),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "open_by_handle_at": (304, 265), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427)}
CLONE, CLONE3, CLONE_THREAD = (56, 220), 435, 0x10000
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}    # column above, the kernel's word for it
EPERM, ENOSYS = 1, 38

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000


def system_calls(machine=None):
    """The filter for bubblewrap's --seccomp, as bytes; None where this kind of machine is not known.

    A program for the kernel's packet filter: if the call is one of the denied, give an error, else let it through.
    clone is let through where it makes a thread; clone3, whose flags a filter cannot see, is said not to exist,
    whereupon the C library uses clone.
    """
    if (machine or platform.machine()) not in MACHINES:
        return None
    column, architecture = MACHINES[machine or platform.machine()]
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0),
             (_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _ERROR | EPERM)]    # the second table of x86_64
    for numbers in DENIED.values():
        if numbers[column] is not None:
            steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _ERROR | EPERM)]
    steps += [(_EQUAL, 0, 1, CLONE3), (_RETURN, 0, 0, _ERROR | ENOSYS),
              (_EQUAL, 0, 3, CLONE[column]), (_LOAD, 0, 0, 16), (_ANY_BIT, 1, 0, CLONE_THREAD),
              (_RETURN, 0, 0, _ERROR | EPERM), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
