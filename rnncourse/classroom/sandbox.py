"""One submission's process, alone: no network, no other files, little memory, little time. Linux, by bubblewrap."""

import contextlib
import os
import secrets
import signal
import subprocess
import threading
import time
from pathlib import Path

from rnncourse.classroom import Trouble, bubblewrap, processes, wire
from rnncourse.classroom.limits import MEGABYTE, Limits


class Ended(Exception):
    """The sandbox came to its end before it answered; the message says why."""


class Sandbox:
    """The kernel of one submission. `run(source)` and `call(name, inputs, seconds)` ask it; `close()` ends it.

    lent      the folder with the package for the sandbox (lent.package)
    hidden    folders that must not be seen in it: the course
    """

    def __init__(self, lent, limits=None, hidden=()):
        self.lent, self.limits, self.hidden = Path(lent), limits or Limits(), tuple(hidden)
        self._process = self._why = self._budget = None
        self.ready = False                       # made, and its folder its own: before, its root is still the system's
        self.computed = 0.0                      # seconds, of all that have been started and closed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def running(self):
        return self._process is not None

    def start(self):
        """Start it anew; raises Trouble where bubblewrap cannot, Ended where the limits leave no room for Python."""
        self.close()
        self._why, self._budget, self.ready = None, None, False
        command, passed = bubblewrap.command(self.lent, self.limits, self.hidden)
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={},
                                             stderr=subprocess.PIPE, pass_fds=passed, bufsize=0, cwd="/",
                                             start_new_session=True)
        finally:
            for descriptor in passed:
                os.close(descriptor)
        threading.Thread(target=_watch, args=(self, self._process), daemon=True).start()
        ready = self._answer(time.monotonic() + self.limits.start)
        if ready != ("ready",):
            self._end("it sent something before it was asked")
            raise Ended(self._why)
        self.ready = True

    def run(self, source):
        """What a cell shows: ("text", str), ("png", bytes), ("error", type, text) and ("cut",) parts, checked."""
        answer = self._asked(("cell", source), self.limits.cell)
        if len(answer) != 1 or type(answer[0]) is not list:
            self._refuse("outputs that are none")
        parts = [_part(part, self.limits) for part in answer[0]]
        if not all(parts):
            self._refuse("an output that is none")
        return parts

    def call(self, name, inputs, seconds):
        """(value, error or None, printed, changed) of one call of the function `name`."""
        functions = []
        answer = self._asked(("call", name, inputs, seconds), seconds + self.limits.call, functions)
        if len(answer) != 4:
            self._refuse("an answer of another form")
        value, error, printed, changed = answer
        if error is not None and not (type(error) is tuple and [type(word) for word in error] == [str] * 3):
            self._refuse("an error of another form")
        if type(printed) is not str or type(changed) is not dict or not set(changed) <= set(inputs):
            self._refuse("notes of another form")
        return value, error, printed[:600], changed

    def close(self):
        """End it, with everything in it."""
        process, self._process = self._process, None
        if process:
            self.computed += processes.computed(processes.family(process.pid))
            _kill(process)
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()

    # -- asking ----------------------------------------------------------------------------------
    def _asked(self, question, seconds, functions=None):
        if not self.running:
            self.start()
        nonce, seconds_on_the_clock = secrets.token_hex(8), seconds * self.limits.patience
        deadline = time.monotonic() + seconds_on_the_clock
        frame = wire.packed((question[0], nonce, *question[1:]), functions)
        self._budget = (processes.computed(processes.family(self._process.pid)) + seconds, seconds)
        self._send(frame, deadline)
        for _ in range(self.limits.asks):
            answer = self._answer(deadline, seconds_on_the_clock)
            if type(answer) is not tuple or len(answer) < 2 or answer[1] != nonce:
                self._refuse("an answer to another question")
            if answer[0] == question[0]:
                self._budget = None
                return answer[2:]
            self._send(self._told(answer, nonce, functions), deadline)
        self._end(f"it asked more than {self.limits.asks} times")
        raise Ended(self._why)

    def _told(self, answer, nonce, functions):
        """The frame that answers a function's question to one that it was given."""
        if len(answer) != 4 or answer[0] != "ask" or type(answer[2]) is not int or type(answer[3]) is not tuple or \
                not functions or not 0 <= answer[2] < len(functions):
            self._refuse("a question of another form")
        if not _small(answer[3]):
            return wire.packed(("told", nonce, None, ("ValueError", "it was given something far too large")))
        try:
            return wire.packed(("told", nonce, functions[answer[2]](*answer[3]), None))
        except Exception as error:
            return wire.packed(("told", nonce, None, (type(error).__name__, str(error)[:300])))

    def _send(self, frame, deadline):
        try:
            wire.send(self._process.stdin.fileno(), frame, deadline)
        except (OSError, TimeoutError):
            self._gone()

    def _answer(self, deadline, seconds=None):
        try:
            return wire.receive(self._process.stdout.fileno(), wire.TO_US, deadline)
        except TimeoutError:
            self._end(f"it gave no answer within {seconds or self.limits.start:g} seconds")
        except wire.Refused as refused:
            self._end(f"its answer was refused: {refused}")
        except (EOFError, OSError):
            self._gone()
        raise Ended(self._why)

    def _refuse(self, why):
        self._end(f"its answer was refused: {why}")
        raise Ended(self._why)

    def _end(self, why):
        self._why = self._why or why
        self.close()

    def _gone(self):
        """It is gone by itself, or the watcher ended it."""
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:        # it lives, and has closed the pipe
            self._refuse("it closed its pipe")
        said = self._process.stderr.read(2000).decode(errors="replace").strip()
        never_ran = said.startswith("bwrap:")
        self._end(_ended(code, self.limits))
        if never_ran:
            raise Trouble(f"bubblewrap cannot make a sandbox here: {said}\n{bubblewrap.UNSAFE}")
        raise Ended(self._why)


def _ended(code, limits):
    if code in (128 + 24, 128 + 9):
        return f"it was killed: by itself, for more than {limits.cpu} seconds of computing, or for want of memory"
    if code > 128:
        return f"Python itself was ended (signal {code - 128})"
    return f"it ended Python (exit code {code})"


def _part(part, limits):
    """An output as it may stand in a notebook, or None."""
    if type(part) is not tuple or not part or part[0] not in ("text", "png", "error", "cut"):
        return None
    kinds = {"text": (str,), "png": (bytes,), "error": (str, str), "cut": ()}[part[0]]
    if [type(word) for word in part[1:]] != list(kinds):
        return None
    if part[0] == "png" and (not part[1].startswith(b"\x89PNG\r\n\x1a\n") or len(part[1]) > limits.picture):
        return ("cut",)
    return (part[0], *(word[:limits.output] if isinstance(word, str) else word for word in part[1:]))


def _small(given):
    def size(value):
        if isinstance(value, (list, tuple)):
            return sum(map(size, value))
        if isinstance(value, dict):
            return sum(map(size, value.values()))
        return getattr(value, "nbytes", 100)

    return size(given) <= wire.SMALL.body


# -- watching from outside -----------------------------------------------------------------------------
def _watch(sandbox, process):
    """End the sandbox where all its processes together use too much; also where its own limits do not hold."""
    limits = sandbox.limits
    while process.poll() is None:
        family = processes.family(process.pid)
        (memory, threads), budget = processes.used(family), sandbox._budget
        why = (f"it used more than {(limits.memory + limits.disk) // MEGABYTE} MB of memory"
               if memory > limits.memory + limits.disk else f"it made more than {limits.processes} processes"
               if threads > limits.processes + 2 else f"it wrote more than {limits.files} files"
               if sandbox.ready and family and processes.files(family[-1]) > limits.files else
               f"it gave no answer within {budget[1]:g} seconds of computing"
               if budget and processes.computed(family) > budget[0] else None)
        if why and sandbox._process is process:
            sandbox._why = sandbox._why or why
            _kill(process)
        time.sleep(0.05)


def _kill(process):
    """End bubblewrap and its child, the first process in the sandbox, which takes all others along.

    The child by itself as well, and all that are still in bubblewrap's own group: while the sandbox is being made, it
    does not yet end with its parent.
    """
    family = processes.family(process.pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for child in family[1:2]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    process.kill()
