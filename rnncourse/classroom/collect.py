"""Hand-ins as they come, from a folder or a zip file, into nbgrader's places: submitted/STUDENT/NAME/NAME.ipynb.

A hand-in is refused, with the reason, rather than guessed at; and what was collected is never lost.
"""

import contextlib
import datetime
import os
import stat
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from rnncourse.classroom import Trouble, one_line, owners, restore, roster
from rnncourse.classroom.assignment import MARK, chapters, topic
from rnncourse.classroom.course import known_assignment
from rnncourse.classroom.lent import exercises

MOST = 5_000                             # entries that are looked at
KEPT = Path(".rnncourse", "replaced")    # where a hand-in goes that a newer one takes the place of


@dataclass
class Collected:
    """What was done: students by what happened to their hand-in, entry -> why it was left, and who has none yet."""

    assignment: str
    new: list = field(default_factory=list)
    newer: list = field(default_factory=list)
    same: list = field(default_factory=list)
    refused: dict = field(default_factory=dict)
    missing: list = field(default_factory=list)
    bare: list = field(default_factory=list)

    def __str__(self):
        def told(what, students):
            return [f"{len(students)} {what}: {', '.join(sorted(students))}"] if students else []

        lines = [*told("collected", self.new), *told("put in the place of an older one", self.newer),
                 *told("as collected before", self.same),
                 *told("of them without the assignment's own cells (the chapter itself? its functions will be graded, "
                       "the question has no answer)", self.bare),
                 *(f"NOT collected: {entry}: {why}" for entry, why in sorted(self.refused.items()))]
        return "\n".join(one_line(line) for line in [*(lines or ["no notebooks there"]),
                          *told(f"without a hand-in of {self.assignment}", self.missing)])


@dataclass(frozen=True)
class Entry:
    """One file that was handed in: its name there, when it was changed, and a function that reads its bytes."""

    name: str
    changed: float
    read: object


def collect(course, name, source, newer=False):
    """Collect the hand-ins of assignment `name` from the folder or zip file `source`; returns Collected.

    newer   whether a hand-in may take the place of one that was collected before, where it is newer. The older one is
            kept in .rnncourse/replaced

    Raises Trouble where nothing can be collected at all.
    """
    course, source = Path(course), Path(source).expanduser()
    known_assignment(course, name)
    students = roster.names(course)
    if not students:
        raise Trouble("the course has no students yet. Add them first: rnncourse classroom students FILE.csv")
    found = Collected(name)
    with _opened(source, found) as entries:
        for student, theirs in _by_student(entries, students, found).items():
            _take(course, name, student, theirs, newer, found)
    found.missing = [one for one in students if not (course / "submitted" / one / name / f"{name}.ipynb").exists()]
    return found


def _by_student(entries, students, found):
    """student -> their notebooks, [] where they handed in other files only; what is nobody's is refused."""
    theirs = defaultdict(list)
    top = owners.without_top([entry.name for entry in entries], students)
    for entry in entries:
        student = owners.owner(entry.name[top:], students)
        if student:
            theirs[student].append(entry)
        elif _notebook(entry):
            found.refused[entry.name] = f"no student of the class list has this id or name; {owners.EXPECTED}"
    for student, several in theirs.items():
        notebooks = [entry for entry in several if _notebook(entry)]
        if not notebooks:
            found.refused |= {entry.name: "its name does not end in .ipynb; ask for the notebook itself, as JupyterLab "
                              "saves it" for entry in several}
        theirs[student] = notebooks
    return dict(sorted(theirs.items()))


def _notebook(entry):
    return PurePosixPath(entry.name).suffix == ".ipynb"


# -- one hand-in -------------------------------------------------------------------------------------
def _take(course, name, student, entries, newer, found):
    """Put the one of a student's entries that is of this assignment to its place; the others are refused."""
    fit = []
    for entry in entries:
        try:
            raw = entry.read()
            fit.append((entry, raw, _check(restore.cells(raw), name)))
        except restore.Unreadable as unreadable:
            found.refused[entry.name] = str(unreadable)
    if len(fit) > 1:
        names = ", ".join(sorted(entry.name for entry, *_ in fit))
        found.refused |= {entry.name: f"{student} has {len(fit)} hand-ins here ({names}); leave only the one that "
                          "counts" for entry, *_ in fit}
    elif fit:
        entry, raw, marked = fit[0]
        _settle(course, name, student, entry, raw, newer, found)
        if not marked and entry.name not in found.refused:
            found.bare.append(student)


def _settle(course, name, student, entry, raw, newer, found):
    target = course / "submitted" / student / name / f"{name}.ipynb"
    try:
        before = target.read_bytes() if target.exists() else None
        if before == raw:
            found.same.append(student)
        elif before is None:
            _put(target, raw, entry.changed)
            found.new.append(student)
        elif not newer or entry.changed <= _when(target):
            found.refused[entry.name] = ("another one was collected before, and stays" + (
                "; this one is not newer" if newer else "; --newer takes this one, where it is newer"))
        else:
            _keep(course, name, student, before)
            _put(target, raw, entry.changed)
            found.newer.append(student)
    except OSError as error:
        raise Trouble(f"cannot write {target} ({error.strerror or error}); what was collected before stands") from None


def _check(cells, name):
    """Whether cells of the assignment are in it. Refuses a notebook of another; one without any is the grader's."""
    marked = {cell.id for cell in cells if cell.id}
    if not marked or marked & _names(name):
        return bool(marked)
    for other in chapters():
        if marked & _names(other):
            raise restore.Unreadable(f"this is {other}, not {name}")
    return False


def _names(name):
    """The grade_ids by which an assignment is known."""
    known = exercises(topic(name))
    return {*known, *(MARK + one for one in known)}


def _put(target, raw, changed):
    """Write a hand-in whole or not at all, with the time that nbgrader compares."""
    target.parent.mkdir(parents=True, exist_ok=True)
    when = datetime.datetime.fromtimestamp(changed, datetime.UTC)
    for path, content in ((target.with_name("timestamp.txt"), f"{when:%Y-%m-%d %H:%M:%S.%f} UTC".encode()),
                          (target, raw)):
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    os.utime(target, (changed, changed))


def _when(target):
    return target.stat().st_mtime


def _keep(course, name, student, before):
    now = datetime.datetime.now(datetime.UTC)
    path = course / KEPT / name / f"{student}-{now:%Y%m%d-%H%M%S-%f}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)


# -- where they come from ------------------------------------------------------------------------------
@contextlib.contextmanager
def _opened(source, found):
    if source.is_dir():
        yield list(_in_folder(source, found))
    elif zipfile.is_zipfile(source):
        try:
            with zipfile.ZipFile(source) as archive:
                yield list(_in_zip(archive, found))
        except zipfile.BadZipFile as error:
            raise Trouble(f"{source} is a broken zip file ({error}); what was collected before stands") from None
    elif source.exists():
        raise Trouble(f"{source} is neither a folder nor a zip file of hand-ins")
    else:
        raise Trouble(f"there is no {source}")


def _in_folder(source, found):
    for count, path in enumerate(sorted(source.rglob("*"))):
        name = path.relative_to(source).as_posix()
        if count > MOST:
            raise Trouble(f"{source} holds more than {MOST} files; is it the folder of hand-ins?")
        if path.is_symlink():
            found.refused[name] = "it is a link, and links are not followed"
        elif _wanted(name) and path.is_file():
            yield Entry(name, path.stat().st_mtime, lambda path=path: restore.content(path))


def _in_zip(archive, found):
    members = archive.infolist()
    if len(members) > MOST:
        raise Trouble(f"the zip file holds more than {MOST} files; is it the one of hand-ins?")
    for member in members:
        name = member.filename
        if why := _strange(member):
            found.refused[name] = why
        elif not member.is_dir() and _wanted(name):
            yield Entry(name, _changed(member), lambda member=member: _member(archive, member))


def _strange(member):
    """Why a member of a zip file is refused by its name or kind; None where it is not."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    if ".." in parts or member.filename.startswith(("/", "\\")) or "\\" in member.filename or ":" in member.filename:
        return "its name leads out of the zip file"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link, and links are not followed"
    return None


def _wanted(name):
    """Whether an entry is looked at: not too deep, nothing hidden (checkpoints, a Mac's shadow files)."""
    path = PurePosixPath(name)
    return (len(path.parts) <= owners.DEPTH + 1    # one for the folder that a zip file may begin with
            and not any(part.startswith((".", "__MACOSX")) for part in path.parts))


def _changed(member):
    with contextlib.suppress(ValueError, OverflowError):
        return datetime.datetime(*member.date_time).timestamp()
    return 0.0


def _member(archive, member):
    if member.file_size > restore.LARGEST:
        raise restore.Unreadable(f"it is {member.file_size / 1e6:.0f} MB large; at most {restore.LARGEST / 1e6:.0f} MB "
                                 "are read")
    try:
        with archive.open(member) as file:
            raw = file.read(restore.LARGEST + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise restore.Unreadable(f"it cannot be unpacked ({error})") from None
    if len(raw) > restore.LARGEST:
        raise restore.Unreadable(f"it is more than {restore.LARGEST / 1e6:.0f} MB large")
    return raw
