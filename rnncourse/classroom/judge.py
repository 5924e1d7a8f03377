"""The verdict on one submission. It is made here, outside of the sandbox, and nothing of it is known in there.

    python -m rnncourse.classroom.judge < JOB      judges one submission in a process of its own, keeps the verdict
"""

import base64
import builtins
import contextlib
import ctypes
import hashlib
import json
import os
import re
import resource
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import rnncourse
from rnncourse.classroom import restore
from rnncourse.classroom.lent import exercises
from rnncourse.classroom.limits import Limits
from rnncourse.classroom.sandbox import Ended, Sandbox
from rnncourse.exercises._limits import TimeUp, random_state_kept
from rnncourse.exercises._run import Outcome

MEMORY = 4 << 30           # bytes that comparing one submission's answers may take, in the judge's own process
PREFIX = "mark-"
LONGEST = 4_000


@dataclass(frozen=True)
class Mark:
    """What one graded cell gets, and why."""

    points: float
    out_of: float
    status: str
    text: str


class SandboxEnded(Exception):
    """What a call is said to have raised where it ended the sandbox."""


# -- one submission ----------------------------------------------------------------------------------
def judge(raw, topic, given, seed, sandbox):
    """The verdict on the notebook `raw`: a dict for JSON with marks, outputs of cells, and what was run into.

    raw      the bytes that were handed in
    topic    the chapter's exercises, as "lstm"
    given    the release's cells (restore.Given)
    seed     exercise name -> the seed of its hidden inputs
    sandbox  a Sandbox that has not been started

    Raises restore.Unreadable where `raw` is no notebook.
    """
    started, known = time.monotonic(), exercises(topic)
    submission = _Submission(restore.run(restore.restored(restore.cells(raw), given), given), sandbox)
    outputs = submission.outputs()
    marks = {}
    for one in given:
        if one.judged:
            name = one.id.removeprefix(PREFIX)
            marks[one.id] = asdict(_mark(submission, known.get(name), name, seed(name), one.points))
    sandbox.close()
    return {"marks": marks, "outputs": outputs, "met": submission.met, "seconds": time.monotonic() - started,
            "computed": sandbox.computed}


def _mark(submission, exercise, name, seed, out_of):
    if exercise is None:
        return Mark(0.0, out_of, "not yet", f"{name} is no exercise of this chapter: tell your teacher.")
    try:
        with random_state_kept():
            verdict = exercise.judge(submission.runner(name), exercise.hidden_cases(seed))
    except Exception as error:                   # an answer so strange that even the comparison stumbles
        submission.met.append(f"{name}: the answer could not be compared ({type(error).__name__})")
        return Mark(0.0, out_of, "not yet", f"{name}: its answer could not be compared with the expected one.")
    if verdict.status == "not attempted" and (stopped := submission.stopped(name)):
        return Mark(0.0, out_of, "not yet", f"{name}: not yet. The cell that defines it stopped with {stopped}")
    right = verdict.status == "correct"
    return Mark(out_of if right else 0.0, out_of, verdict.status, plain(repr(verdict), LONGEST))


def plain(text, most):
    """Text for a page: no control characters, no more than `most` letters."""
    kept = "".join(letter for letter in text[:most] if letter.isprintable() or letter == "\n")
    return kept + (" …" if len(text) > most else "")


class _Submission:
    """A student's cells in a sandbox that is started again when it ends, without the cell that ended it."""

    def __init__(self, sources, sandbox):
        self.sources, self.sandbox, self.met = sources, sandbox, []
        self.left_out, self.lost = set(), None
        self.errors = {}                         # place of a cell -> what it stopped with
        self.starts, self.end = sandbox.limits.starts, time.monotonic() + sandbox.limits.whole
        self.text, self.pictures = sandbox.limits.output, sandbox.limits.pictures

    def outputs(self):
        """For each cell what it shows, as nbformat's outputs."""
        shown = [[] for _ in self.sources]
        self._replayed(shown)
        return [{"source": source_digest(source), "outputs": parts} for source, parts in zip(self.sources, shown,
                                                                                       strict=True)]

    def _replayed(self, shown=None):
        """Run all cells but those left out; a cell that ends the sandbox is left out from then on."""
        while True:
            cell = None
            try:
                self._start()
                for cell, source in enumerate(self.sources):
                    self._in_time()
                    if cell not in self.left_out:
                        parts = self.sandbox.run(source)
                        if errors := [part for part in parts if part[0] == "error"]:
                            self.errors[cell] = f"{errors[-1][1]}: {errors[-1][2]}"
                        if shown:
                            shown[cell] = self._outputs(parts)
                return
            except Ended as ended:
                self.met.append(f"cell {cell + 1}: {ended}" if cell is not None else f"the start: {ended}")
                if cell is None:
                    raise _Lost(str(ended)) from None
                self.left_out.add(cell)
                if shown:
                    shown[cell] = [_stream(f"This cell was stopped and left out: {ended}.")]
            except _Lost as lost:
                self.lost = lost
                return

    def stopped(self, name):
        """What the last cell that begins to define `name` stopped with; None where it did not."""
        begun = [place for place, source in enumerate(self.sources) if re.search(rf"^def {name}\b", source, re.M)]
        return plain(self.errors[begun[-1]], 300) if begun and begun[-1] in self.errors else None

    def _start(self):
        self._in_time()
        if self.starts <= 0:
            raise _Lost(f"it was started {self.sandbox.limits.starts} times, and ended each time")
        self.starts -= 1
        try:
            self.sandbox.start()
        except Ended as ended:
            raise _Lost(str(ended)) from None

    def _in_time(self):
        """Give it up where its time on the clock has passed."""
        if not self.lost and time.monotonic() > self.end:
            self.lost = _Lost(f"it took more than {self.sandbox.limits.whole:g} seconds in all")
            self.met.append(str(self.lost))
        if self.lost:
            raise self.lost

    def runner(self, name):
        """What Exercise.judge calls for an answer; once it has ended the sandbox, it is not asked again."""
        stopped = []

        def run(inputs, seconds):
            if not self.sandbox.running and not stopped:
                self._replayed()
            try:
                self._in_time()
            except _Lost as lost:
                return Outcome(error=SandboxEnded(str(lost)))
            if stopped:
                return Outcome(error=stopped[0])
            try:
                value, error, printed, changed = self.sandbox.call(name, inputs, seconds)
            except Ended as ended:
                self.met.append(f"{name}: {ended}")
                late = "no answer within" in str(ended)
                stopped.append(TimeUp() if late else SandboxEnded(str(ended)))
                return Outcome(error=stopped[0])
            return Outcome(value, _error(error), plain(printed, 600), changed)

        return run

    def _outputs(self, parts):
        made = []
        for kind, *words in parts:
            if kind == "png" and self.pictures > 0:
                self.pictures -= 1
                made.append({"output_type": "display_data", "metadata": {},
                             "data": {"image/png": base64.b64encode(words[0]).decode(), "text/plain": "a picture"}})
            elif kind == "text" and self.text > 0:
                made.append(_stream(plain(words[0], self.text)))
                self.text -= len(words[0])
            elif kind != "error":
                made.append(_stream("… more was shown than is kept"))
        return made


class _Lost(Exception):
    """The sandbox is not started any more."""


def _stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def _error(described):
    """The exception that a student's function raised, made of its name and text."""
    if described is None:
        return None
    word, text, line = described
    known = {"TimeUp": TimeUp, "SystemExit": SystemExit}.get(word) or getattr(builtins, word, None)
    if not (isinstance(known, type) and issubclass(known, (Exception, TimeUp, SystemExit))):
        known = type(word[:60] if word.isidentifier() else "Error", (Exception,), {})
    try:
        error = known(plain(text, 300))
    except TypeError:                            # UnicodeDecodeError and the like want more
        error = Exception(plain(text, 300))
    error.where = plain(line, 200)
    return error


def source_digest(text):
    """What a cell's outputs are found by."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


# -- seeds and digests ---------------------------------------------------------------------------------
def seeds(secret, assignment):
    """Exercise name -> the seed of its hidden inputs, from the course's secret."""
    def seed(name):
        return int.from_bytes(hashlib.sha256(f"{secret}/{assignment}/{name}".encode()).digest()[:8], "big")

    return seed


def digest(raw, topic, given, secret):
    """What a verdict is known by: another submission, secret, release or course gives another one."""
    folder = Path(rnncourse.__file__).parent
    whole = hashlib.sha256(rnncourse.__version__.encode())
    rooms = [folder / "exercises" / f"{topic}.py", *sorted((folder / "exercises").glob("_*.py")),
             *(folder / "classroom" / f"{name}.py" for name in ("judge", "restore", "wire", "server"))]
    for part in (secret.encode(), json.dumps([asdict(one) for one in given]).encode(),
                 *(room.read_bytes() for room in rooms), raw):
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


# -- a process of its own --------------------------------------------------------------------------------
def main():
    """Judge the job on standard input: JSON with path, topic, assignment, secret, given, lent, hidden, limits, to."""
    _die_with(os.getppid())
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    job = json.load(sys.stdin)
    to, given = Path(job["to"]), [restore.Given(**one) for one in job["given"]]
    found = {"student": job["student"], "assignment": job["assignment"]}
    try:
        raw = restore.handed_in(job["path"])
        found["digest"] = digest(raw, job["topic"], given, job["secret"])
        with Sandbox(job["lent"], Limits(**job["limits"]), job["hidden"]) as sandbox:
            found |= judge(raw, job["topic"], given, seeds(job["secret"], job["assignment"]), sandbox)
    except restore.Unreadable as unreadable:
        found["unreadable"] = str(unreadable)
    write(to, found)


def write(to, found):
    """The verdict file, whole or not at all."""
    to.parent.mkdir(parents=True, exist_ok=True)
    unfinished = to.with_name(f".{to.name}.{os.getpid()}")
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, to)


def _die_with(parent):
    """End when the process that started this one ends, however it ends (Linux: PR_SET_PDEATHSIG)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    main()
