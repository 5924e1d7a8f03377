"""What a grading run says when it is done: a line a submission, and what each one ran into."""

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from rnncourse.classroom import one_line
from rnncourse.classroom.judge import PREFIX


@dataclass(frozen=True)
class Line:
    """One submission in the report.

    marks    grade_id -> points as they stand in the gradebook;  said: grade_id -> the judge's status
    met      what its code ran into: a limit, a refused answer, a crash
    refused  why it is no notebook of this assignment (0 points);  failed: why no mark was entered at all
    """

    student: str
    marks: Mapping = field(default_factory=dict)
    said: Mapping = field(default_factory=dict)
    out_of: Mapping = field(default_factory=dict)
    met: tuple = ()
    refused: str = ""
    failed: str = ""

    @property
    def points(self):
        return sum(points or 0 for points in self.marks.values())

    def __str__(self):
        if self.failed:
            return one_line(f"{self.student}: NOT GRADED. {self.failed}")
        head = f"{self.student}: {self.points:g} of {sum(self.out_of.values()):g}"
        if self.refused:
            return one_line(f"{head}. Not a notebook of this assignment: {self.refused}")
        rows = [f"    {name.removeprefix(PREFIX)}: {points:g} of {self.out_of[name]:g}"
                f"{', ' + self.said[name] if name in self.said else ''}" for name, points in self.marks.items()]
        return "\n".join(one_line(line) for line in [head, *rows, *(f"    ! {met}" for met in self.met)])


@dataclass(frozen=True)
class Report:
    """A run over one assignment."""

    assignment: str
    lines: tuple
    unsafe: bool = False

    @property
    def failed(self):
        """The students without a mark, through no fault of theirs."""
        return [line.student for line in self.lines if line.failed]

    def __str__(self):
        counts = {"graded": sum(not (line.failed or line.refused) for line in self.lines),
                  "not a notebook of this assignment, 0 points": sum(bool(line.refused) for line in self.lines),
                  "not graded": len(self.failed)}
        ran = sum(bool(line.met) for line in self.lines)
        how = "WITHOUT a sandbox (--unsafe)" if self.unsafe else "in a sandbox"
        head = [f"{self.assignment}: {len(self.lines)} submissions, {how}",
                *(f"    {count} {what}" for what, count in counts.items() if count),
                *([f"    {ran} ran into a limit or tried what is not allowed (marked with !)"] if ran else []),
                *self._full()]
        return "\n".join([*head, "", *map(str, self.lines), ""])

    def _full(self):
        """For each function, how many of the class have all its points: what the next lesson may begin with."""
        marked = [line for line in self.lines if line.marks]
        names = dict.fromkeys(name for line in marked for name in line.marks)
        counts = [f"{name.removeprefix(PREFIX)} {sum(line.marks.get(name) == line.out_of[name] for line in marked)}"
                  for name in names]
        return [f"    all points, of {len(self.lines)}: {', '.join(counts)}"] if counts else []

    def write(self, folder):
        """Write it to folder/ASSIGNMENT.txt, whole; returns the path."""
        folder.mkdir(parents=True, exist_ok=True)
        path, unfinished = folder / f"{self.assignment}.txt", folder / f".{self.assignment}.{os.getpid()}"
        now = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
        unfinished.write_text(f"{now}\n{self}", encoding="utf-8")
        os.replace(unfinished, path)
        return path
