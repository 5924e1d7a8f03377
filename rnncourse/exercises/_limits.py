"""Stop a call that does not end, keep what it prints, and leave signals, tracing and random state as they were."""

import contextlib
import io
import random
import signal
import sys
import threading
import time

import numpy as np


class TimeUp(BaseException):
    """The time limit has passed. Not an Exception, so that a learner's `except Exception` lets it through."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TimeUp inside the block when it runs longer than `seconds`.

    In the main thread of Linux and macOS an alarm does it, which also ends a sleep. Elsewhere (Windows, other
    threads, Pyodide) Python's own tracing looks at the clock; it cannot end a single call into C.
    """
    main = threading.current_thread() is threading.main_thread()
    with _alarm(seconds) if main and hasattr(signal, "setitimer") else _watched(seconds):
        yield


@contextlib.contextmanager
def _alarm(seconds):
    armed, rings = True, 0
    trace_before = sys.gettrace()

    def ring(signum, frame):
        nonlocal rings
        if not armed:
            return
        rings += 1
        if rings > 1:                            # a bare `except:` swallowed the first one
            _raise_again_in_handlers(frame)
        raise TimeUp

    handler_before = signal.signal(signal.SIGALRM, ring)
    started = time.monotonic()
    left_before, interval_before = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), 0.05)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler_before)
        if rings > 1:
            sys.settrace(trace_before)
        if left_before:                          # somebody's own alarm goes on, less the time that passed
            left = max(left_before - (time.monotonic() - started), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left, interval_before)


def _raise_again_in_handlers(frame):
    """Raise TimeUp once more on the first line of whatever `except:` catches it, which is outside of its `try`."""
    caught = False

    def watch(frame, event, arg):
        nonlocal caught
        if event == "exception" and isinstance(arg[1], TimeUp):
            caught = True
        elif event == "line" and caught:
            raise TimeUp
        return watch

    while frame is not None and frame.f_code.co_filename != __file__:
        frame.f_trace, frame = watch, frame.f_back
    sys.settrace(watch)


@contextlib.contextmanager
def _watched(seconds):
    before, deadline = sys.gettrace(), time.monotonic() + seconds

    def watch(frame, event, arg):
        frame.f_trace_opcodes = True             # `while True: pass` on one line has no further line events
        if time.monotonic() > deadline and frame.f_code.co_filename != __file__:
            raise TimeUp
        return watch

    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)


class _Printed(io.TextIOBase):
    """Somewhere to print to that keeps the first 600 characters."""

    def __init__(self):
        self.text = ""

    def writable(self):
        return True

    def write(self, text):
        if len(self.text) < 600:
            self.text += text[:600]
        return len(text)


@contextlib.contextmanager
def printing_kept():
    """Gives an object whose `text` holds the start of what the block printed."""
    printed = _Printed()
    with contextlib.redirect_stdout(printed):
        yield printed


@contextlib.contextmanager
def random_state_kept():
    """Leave the global random state of Python, NumPy and (where it is loaded) torch as it was found."""
    torch = sys.modules.get("torch")
    python, numpy = random.getstate(), np.random.get_state()
    torch_state = torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        if torch:
            torch.set_rng_state(torch_state)
