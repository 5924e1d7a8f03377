"""The command `rnncourse`: `lab` lays out the chapters and opens them, `doctor` says what is wrong here and the mend,
`classroom` is for whoever teaches the course.

Nothing but the standard library is imported before it is needed, so that they can tell what is missing.
"""

import sys

OLDEST_PYTHON = (3, 11)

USAGE = """usage: rnncourse lab [DIR] [arguments for JupyterLab]
       rnncourse doctor
       rnncourse classroom new | students | collect | grade    (rnncourse classroom --help says more)

lab      put the chapters into the folder DIR (never over a file that you changed) and open JupyterLab there.
         Without DIR: in a clone the clone's own chapters, else the folder rnncourse-chapters.
         Arguments for JupyterLab come after DIR: rnncourse lab my-course --no-browser --port 9999
doctor   check Python, packages, torch, widgets, kernel and memory, and say in one line each what is wrong and the mend
classroom  for teachers: assignments, hand-ins and grading with nbgrader
"""


class Trouble(Exception):
    """Something that the person at the keyboard can mend; the message says what is wrong and how."""


def main(argv=None):
    """Run one command; returns the exit code: 0 done, 1 something is wrong, 2 not a command."""
    words = sys.argv[1:] if argv is None else list(argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if words else 2
    try:
        return _run(words[0], words[1:])
    except Trouble as trouble:
        print(f"rnncourse: {trouble}", file=sys.stderr)
        return 1


def _run(command, rest):
    if command == "lab":
        check_python()
        from rnncourse.cli import lab

        return lab.run(rest)
    if command == "doctor":
        from rnncourse.cli import doctor

        return doctor.run()
    if command == "classroom":
        check_python()
        from rnncourse.cli import classroom

        return classroom.run(rest)
    print(f"rnncourse: no command {command!r}; there are lab, doctor and classroom\n\n{USAGE}", end="", file=sys.stderr)
    return 2


def check_python():
    """Raise Trouble where Python is too old for the course."""
    if sys.version_info < OLDEST_PYTHON:
        raise Trouble(f"this is Python {python_version()}; the course needs {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or "
                      "later. Install a newer Python and make the environment with it: python3.12 -m venv .venv")


def python_version():
    """The version of the running Python, as 3.11.7."""
    return ".".join(str(part) for part in sys.version_info[:3])
