"""What the sandbox costs: seconds a submission, judged outside of it, against nbgrader's own way of running it.

`python -m benchmarks.grading` grades the same hand-ins both ways, two at a time: ours with `--jobs 2`, nbgrader's in
two processes with half of the class each, as it does one after the other. Everything counts that a teacher waits for:
start, judging, entering the marks.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbgrader.apps import NbGraderAPI

from rnncourse.classroom import bubblewrap, course, grading
from rnncourse.classroom.lent import exercises

ASSIGNMENT, STUDENTS, GOAL = "04_lstm", 12, 1.3
GRADE = ("import json, resource, sys; from rnncourse.classroom import grading\n"
         "grading.grade(sys.argv[1], jobs=2, unsafe=sys.argv[2] == 'unsafe')\n"
         "used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
         "print(json.dumps(sum(one.ru_utime + one.ru_stime for one in used)))")


def run(rounds=2):
    """Rows {"way", "seconds", "computing"} a submission: the better of some rounds, one way after the other."""
    with tempfile.TemporaryDirectory() as room:
        whole = _course(Path(room) / "course", range(STUDENTS))
        halves = [_course(Path(room) / f"half{k}", range(k, STUDENTS, 2)) for k in range(2)]
        found = {"nbgrader's own": [], "in the sandbox": []}
        for number in range(rounds):
            found["nbgrader's own"].append(_timed(halves, number, "unsafe"))
            found["in the sandbox"].append(_timed([whole], number, "safe"))
    return [{"way": way, "seconds": min(times)[0] / STUDENTS, "computing": min(used for _, used in times) / STUDENTS}
            for way, times in found.items()]


def _course(folder, students):
    course.new(folder)
    with course.tools_on_path():
        NbGraderAPI(config=grading._config(folder)).generate_assignment(ASSIGNMENT, create=True)
    whole = nbformat.read(folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    known = exercises(ASSIGNMENT.partition("_")[2])
    for cell in whole.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = known[name].source if name in known else cell.source
    for student in students:
        path = folder / "submitted" / f"student{student}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(whole, path)
    return folder


def _timed(folders, number, way):
    """(seconds on the clock, seconds of computing) of grading copies of some courses at once, each in a process."""
    copies = [shutil.copytree(folder, folder.with_name(f"{folder.name}-{number}")) for folder in folders]
    start = time.perf_counter()
    graders = [subprocess.Popen([sys.executable, "-c", GRADE, str(copy), way], stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.DEVNULL, env=dict(os.environ, OMP_NUM_THREADS="1"))
               for copy in copies]
    used = sum(json.loads(grader.communicate()[0]) for grader in graders)
    seconds = time.perf_counter() - start
    verdicts = (json.loads(path.read_text()) for copy in copies for path in copy.glob(".rnncourse/verdicts/*/*.json"))
    return seconds, used + sum(verdict["computed"] for verdict in verdicts)


def main():
    """Print the table and the ratio beside its goal."""
    bubblewrap.trial()
    plain, safe = run()
    print(f"{STUDENTS} hand-ins of {ASSIGNMENT}, two at a time; per hand-in")
    for row in (plain, safe):
        print(f"{row['way']:16} {row['seconds']:6.2f} s   {row['computing']:6.2f} s of computing")
    print(f"ratio {safe['seconds'] / plain['seconds']:.2f} on the clock (goal at most {GOAL}), "
          f"{safe['computing'] / plain['computing']:.2f} of computing")


if __name__ == "__main__":
    main()
