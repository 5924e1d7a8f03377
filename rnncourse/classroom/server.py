"""The process in the sandbox: runs a student's cells, then answers calls of the student's functions.

It shares its memory with the student's code, which can read and change all of it. So nothing that it says is believed:
it knows no expected answer, no hidden input before it is asked, and gives no verdict.
"""

import json
import os
import resource
import sys
import traceback

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from rnncourse.classroom import wire
from rnncourse.exercises._run import call, untouched


def main():
    """Serve the pipe on standard input and output until it is closed. Limits come as JSON in the first argument."""
    limits = json.loads(sys.argv[1])
    pipe = _taken_away()
    _bounded(limits)
    shell = _shell(limits)
    wire.send(pipe[1], wire.packed(("ready",)))
    while True:
        kind, nonce, *rest = wire.receive(pipe[0], wire.TO_THEM, function=lambda place: _Asked(pipe, place))
        _Asked.nonce = nonce
        answer = {"cell": _cell, "call": _call}[kind](shell, *rest)
        wire.send(pipe[1], _frame((kind, nonce, *answer)))


def _taken_away():
    """Standard input and output as other descriptors; in their place stands nothing."""
    pipe, nothing = (os.dup(0), os.dup(1)), os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    return pipe


def _bounded(limits):
    for what, most in (("AS", limits["memory"]), ("CPU", limits["cpu"]), ("FSIZE", limits["file"]), ("CORE", 0),
                       ("NOFILE", 256), ("NPROC", limits["processes"])):
        resource.setrlimit(getattr(resource, f"RLIMIT_{what}"), (most, most))


def _frame(value):
    """The frame of an answer; where it cannot be sent, the frame of an error that says so."""
    kind, nonce = value[:2]
    try:
        frame = wire.packed(value)
        header, body = wire.LENGTHS.unpack(frame[:wire.LENGTHS.size])
        if header <= wire.TO_US.header and body <= wire.TO_US.body:
            return frame
        error = ("ValueError", f"the answer is {(header + body) >> 20} MB large", "")
    except Exception as caught:                  # an object of the student's that looks like what it is not
        error = _described(caught)
    return wire.packed((kind, nonce, None, error, "", {}) if kind == "call" else (kind, nonce, []))


# -- cells -------------------------------------------------------------------------------------------
class _Outputs:
    """What a cell shows: text and pictures, in order, up to the limits."""

    def __init__(self, limits):
        self.parts, self.left, self.pictures = [], limits["output"] // 10, limits["pictures"]
        self.encoding = "utf-8"

    def write(self, text):
        piece = text[:self.left]
        self.left -= len(piece)
        if piece and self.parts and self.parts[-1][0] == "text":
            self.parts[-1] = ("text", self.parts[-1][1] + piece)
        elif piece:
            self.parts.append(("text", piece))
        if len(piece) < len(text) and (not self.parts or self.parts[-1][0] != "cut"):
            self.parts.append(("cut",))
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False

    def show(self, data):
        picture = data.get("image/png")
        if picture and self.pictures:
            self.pictures -= 1
            if isinstance(picture, str):
                import binascii

                picture = binascii.a2b_base64(picture)
            self.parts.append(("png", picture))
        elif "text/plain" in data:
            self.write(f"{data['text/plain']}\n")


class _Hook(DisplayHook):
    def __call__(self, result=None):
        if result is not None and not self.quiet():
            data, _ = self.shell.display_formatter.format(result)
            self.shell.shown.show(data)
            self.update_user_ns(result)


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **_):
        self.shell.shown.show(data)


class _Shell(InteractiveShell):
    displayhook_class, display_pub_class = _Hook, _Publisher

    def _showtraceback(self, etype, evalue, stb):
        self.shown.parts.append(("error", *_described(evalue)[:2]))
        self.shown.write("\n".join(stb) + "\n")


def _shell(limits):
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.update(colors="nocolor", xmode="Context", cache_size=0, autoindent=False)
    shell = _Shell.instance(config=settings)
    shell.limits = limits
    return shell


def _cell(shell, source):
    shell.shown = outputs = _Outputs(shell.limits)
    before, sys.stdout, sys.stderr = (sys.stdout, sys.stderr), outputs, outputs
    try:
        shell.run_cell(source, store_history=True)
    finally:
        sys.stdout, sys.stderr = before
    return (outputs.parts,)


# -- calls -------------------------------------------------------------------------------------------
class _Asked:
    """A function that lives outside: calling it asks there."""

    nonce = None

    def __init__(self, pipe, place):
        self._pipe, self._place = pipe, place

    def __call__(self, *given):
        wire.send(self._pipe[1], wire.packed(("ask", self.nonce, self._place, given)))
        _, _, value, error = wire.receive(self._pipe[0], wire.TO_THEM)
        if error:
            kind = getattr(__import__("builtins"), error[0], None)
            raise (kind if isinstance(kind, type) and issubclass(kind, Exception) else RuntimeError)(error[1])
        return value


def _call(shell, name, inputs, seconds):
    """(value, error or None, printed, changed) of one call, as the ordinary check notes it."""
    fn = shell.user_ns.get(name)
    if fn is None or fn is ...:
        return None, ("NotImplementedError", "", ""), "", {}
    if not callable(fn):
        return None, ("TypeError", f"{name} is no function, but of type {type(fn).__name__}", ""), "", {}
    outcome = call(fn, inputs, seconds)
    value = ... if outcome.value is None and not outcome.error and untouched(fn) else outcome.value
    return value, outcome.error and _described(outcome.error, fn), outcome.printed, dict(outcome.changed)


def _described(error, fn=None):
    """(type name, text, line of the student's own code) of an error."""
    try:
        text = str(error)[:300]
    except Exception:
        text = "an error that cannot be shown"
    code = getattr(fn, "__code__", None)
    theirs = [step for step in traceback.extract_tb(getattr(error, "__traceback__", None))
              if code and step.filename == code.co_filename]
    return type(error).__name__, text, f"line {theirs[-1].lineno}: `{theirs[-1].line}`"[:200] if theirs else ""


if __name__ == "__main__":
    main()
