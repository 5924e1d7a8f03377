"""`rnncourse classroom`: lay out a course for nbgrader, enter students, collect hand-ins, grade them."""

import argparse
import importlib.util
import sys

from rnncourse.classroom import Trouble as ClassroomTrouble
from rnncourse.cli import Trouble

USAGE = """usage: rnncourse classroom new DIR [--students FILE.csv]
       rnncourse classroom students FILE.csv [--course DIR]
       rnncourse classroom collect ASSIGNMENT FROM [--newer] [--course DIR]
       rnncourse classroom grade [ASSIGNMENT] [--jobs 2] [--again STUDENT] [--unsafe] [--course DIR]

new       lay out a course for nbgrader in the new or empty folder DIR: one assignment a chapter
students  enter the students of a CSV file (id,first_name,last_name,email); those known before are brought up to date
collect   put hand-ins where nbgrader looks for them. FROM is a folder or a zip file with STUDENT.ipynb,
          STUDENT_anything.ipynb or STUDENT/NN_topic.ipynb, or as Moodle and Canvas make it. One that was collected
          before stays, unless --newer is given and the other is newer
grade     grade what was collected, of one assignment or all, each submission in a sandbox. Goes on where it stopped;
          --again grades one student's anew. --unsafe runs students' code with your rights: see README.md in DIR

Everything else is nbgrader's own, typed in DIR: nbgrader generate_assignment, generate_feedback, export.
Without --course: the course around the folder that you stand in.
"""


def run(words):
    """Run one of the four; returns the exit code."""
    if not words or words[0] in ("-h", "--help", "help") or {"-h", "--help"} & set(words):
        print(USAGE, end="")
        return 0 if words else 2
    given = _parsed(words)
    if given is None:
        return 2
    if importlib.util.find_spec("nbgrader") is None:
        raise Trouble("nbgrader is not installed in this Python. Mend: "
                      f"{sys.executable} -m pip install \"rnncourse[class]\" (in a clone: pip install -e \".[class]\")")
    try:
        return {"new": _new, "students": _students, "collect": _collect, "grade": _grade}[given.command](given)
    except ClassroomTrouble as trouble:
        raise Trouble(str(trouble)) from None


def _parsed(words):
    """The words as a namespace; None, after a message, where they are no command."""
    parser = argparse.ArgumentParser(prog="rnncourse classroom", usage=USAGE.removeprefix("usage: "), add_help=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Quiet)
    new = commands.add_parser("new")
    new.add_argument("dir")
    new.add_argument("--students")
    students, collect, grade = (commands.add_parser(name) for name in ("students", "collect", "grade"))
    students.add_argument("file")
    collect.add_argument("assignment")
    collect.add_argument("source")
    collect.add_argument("--newer", action="store_true")
    grade.add_argument("assignment", nargs="?")
    grade.add_argument("--jobs", type=int, default=2)
    grade.add_argument("--again", action="append", default=[])
    grade.add_argument("--unsafe", action="store_true")
    for one in (students, collect, grade):
        one.add_argument("--course")
    parser.error = _wrong
    try:
        return parser.parse_args(words)
    except _Wrong as wrong:
        print(f"rnncourse classroom: {wrong}\n\n{USAGE}", end="", file=sys.stderr)
        return None


class _Wrong(Exception):
    """What was typed is no command."""


def _wrong(message):
    raise _Wrong(message)


class _Quiet(argparse.ArgumentParser):
    def __init__(self, **options):
        super().__init__(**options, add_help=False)

    def error(self, message):
        raise _Wrong(message)


# -- the four ----------------------------------------------------------------------------------------
def _new(given):
    from rnncourse.classroom import course, roster

    entered = roster.read(given.students) if given.students else None    # before anything is made
    folder = course.new(given.dir)
    print(f"A course with {len(list((folder / 'source').iterdir()))} assignments lies in {folder}")
    if entered:
        _say_entered(*roster.add(folder, entered[0]), entered[1])
    print("What to type next stands in its README.md")
    return 0


def _students(given):
    from rnncourse.classroom import course, roster

    folder = course.find(given.course)
    students, notices = roster.read(given.file)
    _say_entered(*roster.add(folder, students), notices)
    return 0


def _say_entered(new, known, notices):
    up_to_date = f"; known before, now up to date: {len(known)}" if known else ""
    print(f"{len(new)} student{'s' * (len(new) != 1)} entered{up_to_date}")
    for notice in notices:
        print(f"  note: {notice}")


def _collect(given):
    from rnncourse.classroom import collect, course

    found = collect.collect(course.find(given.course), given.assignment, given.source, given.newer)
    print(found)
    return 1 if found.refused else 0


def _grade(given):
    from rnncourse.classroom import course, grading

    folder = course.find(given.course)
    if given.assignment:
        course.known_assignment(folder, given.assignment)
    course.check_gradebook(folder / course.GRADEBOOK)
    if given.unsafe:
        print("--unsafe: students' code runs with your rights. It can read your files and use your network, and it can "
              "forge its own marks.", file=sys.stderr)
    with course.tools_on_path():
        reports = grading.grade(folder, given.assignment, jobs=given.jobs, again=given.again, unsafe=given.unsafe)
    for report in reports:
        print(report)
    print(f"The same again, a file for each assignment: {folder / '.rnncourse' / 'report'}")
    return 1 if any(report.failed for report in reports) else 0
