"""A course for nbgrader: laid out once, found again from inside it, and its gradebook opened with care."""

import contextlib
import os
import re
import secrets
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import nbformat

from rnncourse.classroom import Trouble, assignment
from rnncourse.classroom.judge import seeds

CONFIG, SEED, GRADEBOOK = "nbgrader_config.py", Path(".rnncourse", "seed"), "gradebook.db"
TEMPLATES = Path(__file__).parent / "templates"


def new(folder):
    """Lay a ready nbgrader course into `folder`, which is made, or is empty; returns its absolute path.

    It is made beside it and then moved to its place as a whole: no half-made course is left behind.
    """
    folder = Path(folder).expanduser().absolute()
    _check_free(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _cannot_write(folder, error) from None
    try:
        _lay(unfinished, folder.name)
        unfinished.chmod(0o700)                  # solutions, seeds, hand-ins and marks: for nobody else on this machine
        os.rename(unfinished, folder)
    except OSError as error:
        raise _cannot_write(folder, error) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _check_free(folder):
    if folder.is_symlink() or folder.exists() and not folder.is_dir():
        raise Trouble(f"{folder} is a file, not a folder; nothing was changed. Give the name of a new folder")
    try:
        filled = folder.is_dir() and any(folder.iterdir())
    except OSError as error:
        raise _cannot_write(folder, error) from None
    if filled:
        what = "a course already" if (folder / CONFIG).exists() else "not empty"
        raise Trouble(f"{folder} is {what}; nothing was changed. Give the name of a new folder, or empty this one")


def _cannot_write(folder, error):
    return Trouble(f"cannot make {folder} ({error.strerror or error}). Give a folder that you may write into")


def _lay(folder, name):
    secret = secrets.token_hex(32)
    (folder / SEED).parent.mkdir(mode=0o700)
    (folder / SEED).touch(mode=0o600)
    (folder / SEED).write_text(secret + "\n", encoding="utf-8")
    for chapter in assignment.chapters():
        path = folder / "source" / chapter / f"{chapter}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(assignment.notebook(chapter, seeds(secret, chapter)), path)
    (folder / "exchange").mkdir()
    (folder / "exchange").chmod(0o777)
    course_id = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "course"
    config = (TEMPLATES / "nbgrader_config.py.txt").read_text(encoding="utf-8")
    (folder / CONFIG).write_text(config.replace("COURSE_ID", repr(course_id)), encoding="utf-8")
    for page in ("README.md", "written_answers.md"):
        shutil.copyfile(TEMPLATES / page, folder / page)


# -- a course that stands ------------------------------------------------------------------------------
def find(given=None):
    """The course's folder: the one that was named, or the one around the folder that you stand in."""
    start = Path(given or ".").expanduser().absolute()
    for folder in [start] if given else [start, *start.parents]:
        if (folder / CONFIG).is_file():
            if not (folder / SEED).is_file():
                raise Trouble(f"{folder} has {CONFIG} and no {SEED}: it was not made by rnncourse classroom new, or "
                              "its hidden folder was not copied along")
            return folder
    raise Trouble(f"no course in {start}: no {CONFIG} there. Make one with rnncourse classroom new DIR, or name one "
                  "with --course DIR")


def secret(course):
    """What the hidden inputs of a course are drawn from."""
    return (Path(course) / SEED).read_text(encoding="utf-8").strip()


def known_assignment(course, name):
    """Check that the course has the assignment; returns its name."""
    there = sorted(path.name for path in (Path(course) / "source").glob("*") if path.is_dir())
    if name not in there:
        raise Trouble(f"there is no assignment {name!r}; there are {', '.join(there) or 'none'}")
    return name


# -- its gradebook ---------------------------------------------------------------------------------------
@contextlib.contextmanager
def gradebook(course):
    """nbgrader's Gradebook of the course. Raises Trouble where another version made it, and leaves it as it is."""
    from nbgrader.api import Gradebook

    path = Path(course) / GRADEBOOK
    check_gradebook(path)
    with tools_on_path(), Gradebook(f"sqlite:///{path}", course_id(course)) as book:
        yield book


def course_id(course):
    """The name under which the gradebook knows the course, as its configuration says."""
    text = (Path(course) / CONFIG).read_text(encoding="utf-8")
    found = re.search(r"^c\.CourseDirectory\.course_id\s*=\s*[\"'](.+?)[\"']", text, re.M)
    return found[1] if found else "default_course"


def check_gradebook(path):
    """Raise Trouble where `path` is no gradebook of this nbgrader. It is read, and never written."""
    path = Path(path)
    if not path.exists() or not path.stat().st_size:
        return
    found, (known, newest) = _revision(path), _revisions()
    if found == newest:
        return
    from nbgrader import __version__

    if found in known:
        raise Trouble(f"{path} was made by an older nbgrader (its tables are of revision {found}, those of nbgrader "
                      f"{__version__} of {newest}); it was left as it is. Type: nbgrader db upgrade. It keeps a copy "
                      "of the old file beside the new one")
    raise Trouble(f"{path} was made by another nbgrader (its tables are of revision {found}, which nbgrader "
                  f"{__version__} does not know); it was left as it is. Install the nbgrader that made it, or a newer "
                  "one")


def _revision(path):
    """What the gradebook says of its own version."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            row = base.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise Trouble(f"{path} is no gradebook of nbgrader ({error}); it was left as it is. Move it elsewhere, or put "
                      "back a copy") from None
    return row[0] if row else "unknown"


def _revisions():
    """All revisions of its tables that this nbgrader knows, and the newest."""
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    script = ScriptDirectory(ALEMBIC_DIR)
    return {one.revision for one in script.walk_revisions()}, script.get_current_head()


@contextlib.contextmanager
def tools_on_path():
    """nbgrader calls the program alembic; it lies beside this Python, wherever that is."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
