"""Cells that attack the grader, for tests/test_classroom_hostile.py. Each tries for the points of `who_wrote`.

Every attack ends with a `who_wrote` that is no solution, so that whoever gets its points has cheated.
"""

WRONG = "\ndef who_wrote(i, f, g):\n    return i * f\n"

READS_OTHERS = """
import os, glob
for root, folders, files in os.walk("/"):
    if root.startswith(("/usr", "/dev")) or root.endswith(("/site-packages", "/lib")):
        folders.clear()                          # the system's and Python's own
    for file in files:
        if file.endswith((".ipynb", ".db")):
            print("FOUND", root, file)
for path in {paths}:
    try:
        print("FOUND", open(path).read()[:200])
    except OSError as error:
        print("closed", error.errno)
"""

WRITES_GRADEBOOK = """
import os
for path in {paths}:
    for attempt in (lambda: open(path, "a").write("x"), lambda: os.remove(path), lambda: os.truncate(path, 0),
                    lambda: os.symlink("/tmp", path), lambda: os.rename("/tmp", path)):
        try:
            attempt()
            print("DONE")
        except OSError as error:
            print("closed", error.errno)
"""

OPENS_SOCKETS = """
import socket, ctypes, os
for family in range(45):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            one = socket.socket(family, kind)
            print("SOCKET", family, kind)
            one.connect(("127.0.0.1", {port}))
            print("CONNECTED")
        except OSError as error:
            pass
"""

FORKS = """
import os, ctypes, subprocess, multiprocessing
for attempt in (os.fork, os.forkpty, lambda: os.posix_spawn("/bin/sh", ["sh"], {}), lambda: os.system("sleep 100 &"),
                lambda: subprocess.Popen(["sleep", "100"]), lambda: multiprocessing.Process(target=print).start(),
                lambda: ctypes.CDLL(None).vfork(), lambda: ctypes.CDLL(None).fork()):
    for _ in range(100):
        try:
            if attempt() not in (-1, 0, 32512):
                print("FORKED")
        except Exception:
            pass
"""

THREADS = """
import threading, time
threading.stack_size(32768)
try:
    while True:
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
except RuntimeError:
    time.sleep(1)
"""

FILLS_MEMORY = """
kept = []
try:
    while True:
        kept.append(bytearray(20_000_000))
except MemoryError:
    print("memory ends at", len(kept) * 20, "MB")
    kept.clear()
"""

FILLS_SHARED_MEMORY = """
import ctypes, os, mmap
libc = ctypes.CDLL(None, use_errno=True)
for k in range(200):
    segment = libc.shmget(0, 50_000_000, 0o1600)
    if segment >= 0:
        print("SEGMENT")
    file = libc.memfd_create(b"x", 0)
    if file >= 0:
        print("FILE")
"""

FILLS_DISK = """
import os
written = 0
for folder in ("/tmp", "/dev/shm", "/dev", "/lent", "/", "/usr", "/var/tmp"):
    for k in range(200):
        try:
            with open(f"{folder}/fill{k}", "wb") as file:
                written += file.write(bytes(8_000_000))
        except OSError:
            break
print("written", written // 1_000_000, "MB")
"""

MAKES_FILES = """
import time
k = 0
try:
    while True:
        open(f"/tmp/file{k}", "w").close()
        k += 1
except OSError:
    time.sleep(2)
"""

PATCHES_THE_CHECKER = """
import sys, json, numpy, numpy.testing, math
true = lambda *a, **k: True
numpy.testing.assert_allclose = numpy.testing.assert_array_equal = numpy.allclose = numpy.array_equal = true
json.dumps, json.loads = (lambda *a, **k: "2.0"), (lambda *a, **k: {"points": 2.0, "status": "correct"})
from rnncourse.exercises import lstm, _run
for name in list(vars(lstm)):
    try:
        getattr(lstm, name).check = getattr(lstm, name).judge = lambda *a, **k: "correct"
    except AttributeError:
        pass
for module in list(sys.modules.values()):
    for name in ("check", "judge", "equal", "first_difference", "points", "determine_grade", "same"):
        if hasattr(module, name):
            setattr(module, name, true)
"""

PRINTS_A_MARK = """
from IPython.display import display, HTML, publish_display_data
print("3.0")
print('{"output_type": "execute_result", "data": {"text/plain": "3.0"}}')
publish_display_data({"text/plain": "3.0", "application/json": {"points": 3}, "text/html": "<b>3.0</b>"})
import os
os.write(1, b"3.0\\n"), os.write(2, b"3.0\\n")
"""

FORGES_FRAMES = """
import os, struct, json
def frame(value):
    header = json.dumps(value).encode()
    return struct.pack(">IQ", len(header), 0) + header
right = ["tuple", [["str", "call"], ["str", "0" * 16], ["str", "correct"], ["none"], ["str", ""], ["dict", []]]]
for descriptor in range(3, 256):
    try:
        os.fstat(descriptor)
        for _ in range(20):
            os.write(descriptor, frame(right))
    except OSError:
        pass
"""

LIES_ABOUT_SIZES = """
import os, struct
for descriptor in range(3, 256):
    try:
        os.fstat(descriptor)
        os.write(descriptor, struct.pack(">IQ", 2**32 - 1, 2**63) + b"x" * 100)
    except OSError:
        pass
"""

CUTS_A_FRAME_SHORT = """
import os, struct, time
for descriptor in range(3, 256):
    try:
        os.fstat(descriptor)
        os.write(descriptor, struct.pack(">IQ", 1000, 0) + b'["tuple", [')
    except OSError:
        pass
time.sleep(100)
"""

CLOSES_THE_PIPE = """
import os, time
os.closerange(0, 256)
time.sleep(100)
"""

KILLS = """
import os, signal
for process in (os.getppid(), 1, 0, -1):
    try:
        os.kill(process, signal.SIGKILL)
    except OSError:
        pass
"""

REPLACES_BUILTINS = """
import builtins
for name in ("isinstance", "len", "type", "abs", "all", "any", "hasattr", "callable", "getattr"):
    setattr(builtins, name, lambda *a, **k: True)
"""

CHANGES_THE_SERVER = """
import gc, sys
server = sys.modules["rnncourse.classroom.server"]
wire = sys.modules["rnncourse.classroom.wire"]
for found in gc.get_objects():
    if callable(found) and getattr(found, "__name__", "") in ("_call", "call"):
        module = sys.modules[found.__module__]
        setattr(module, found.__name__, lambda shell, name, inputs, *rest: ("correct", None, "", {}))
server._call = lambda shell, name, inputs, seconds: (
    [inputs, "correct", 3.0] if name == "who_wrote" else call(shell, name, inputs, seconds))
def call(shell, name, inputs, seconds):
    return shell.user_ns[name](*inputs.values()), None, "", {}
"""

ANSWERS_TRICKS = """
import numpy as np
class Equal(np.ndarray):
    def __eq__(self, other): return True
    def __array_ufunc__(self, *a, **k): return True
    def __array_function__(self, *a, **k): return True
class Liar:
    dtype, shape, ndim = np.dtype(float), (1,), 1
    def __eq__(self, other): return True
    def __array__(self, *a, **k): return np.ones(3)
    def __float__(self): return 0.0
    def __reduce__(self): return (print, ("unpickled",))
class Word(str):
    __name__ = "x"
turn = 0
def who_wrote(i, f, g):
    global turn
    turn += 1
    if turn % 16 == 6:
        raise type("9 x", (Exception,), {"__str__": lambda self: 1 / 0})
    return [np.zeros_like(i).view(Equal), Liar(), np.full_like(i, np.nan), np.full_like(i, np.inf), -0.0 * i,
            np.array([Liar()]), np.zeros((0, 1 << 40)), [Liar()] * 100, {Liar(): 1}, Liar, Word("a"), 10 ** 5000,
            "x" * (1 << 26), np.zeros(1 << 27), type("9 x", (), {})(), lambda: 1][turn % 16]
"""

GIVES_MEGABYTES = """
nested, turn = [], 0
for _ in range(100_000):
    nested = [nested]
def who_wrote(i, f, g):
    global turn
    turn += 1
    return [nested, "x" * (1 << 26), ["x"] * 1_000_000, {k: k for k in range(100_000)}, b"x" * (1 << 25)][turn % 5]
"""

RECURSES = """
import sys
sys.setrecursionlimit(10 ** 9)
def who_wrote(i, f, g):
    return who_wrote(i, f, g)
"""

EXITS = """
def who_wrote(i, f, g):
    import os
    os._exit(0)
"""

HANGS_IN_A_CALL = """
import signal, time
def who_wrote(i, f, g):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 30))
    while True:
        pass
"""

LEFT_TO_THE_LIBRARY = """
from rnncourse.cells.unrolling import contributions as borrowed
def who_wrote(i, f, g):
    return borrowed(i, f, g)
"""

PRINTS_WITHOUT_END = """
while True:
    print("x" * 1000)
"""
