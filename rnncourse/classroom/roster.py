"""Students: a CSV file -> nbgrader's gradebook. An id names folders later, so it has to be one."""

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rnncourse.classroom import Trouble
from rnncourse.classroom.course import gradebook

ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
COLUMNS = ("id", "first_name", "last_name", "email")
LARGEST = 5 << 20
ALSO = {"id_number": "id", "student_id": "id", "surname": "last_name", "email_address": "email", "e-mail": "email"}
EXAMPLE = "id,first_name,last_name,email"


@dataclass(frozen=True)
class Student:
    """One line of the file; `line` is its number there."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    line: int = 0

    @property
    def name(self):
        """First and last name, as far as they are known."""
        return f"{self.first_name} {self.last_name}".strip()


def read(path):
    """(students, notices) of a CSV file with a line of column names, of which `id` must be one.

    Raises Trouble for what cannot be an id, for two lines with one id, and for what is no such file.
    """
    path = Path(path)
    rows = _rows(path)
    students = [_student(path, line, row) for line, row in rows]
    if not students:
        raise Trouble(f"{path} names no students: it has only its first line")
    lines = defaultdict(list)
    for student in students:
        lines[student.id.lower()].append(student)
    for twice in lines.values():
        if len(twice) > 1:
            one, other = twice[:2]
            raise Trouble(f"{path}: lines {one.line} and {other.line} have the same id, {one.id!r}"
                          + (f" and {other.id!r} (some file systems do not tell them apart)" * (one.id != other.id))
                          + f": {one.name or 'no name'} and {other.name or 'no name'}. Give each student one of their "
                            "own; nobody was added")
    return students, _same_names(students)


def add(course, students):
    """Put the students into the course's gradebook; returns (new, known before). Nobody is taken out."""
    with gradebook(course) as book:
        before = {student.id for student in book.students}
        for one in students:
            given = {column: getattr(one, column) for column in COLUMNS[1:] if getattr(one, column)}
            book.update_or_create_student(one.id, **given)
    return ([one for one in students if one.id not in before], [one for one in students if one.id in before])


def names(course):
    """id -> (first name, last name) of all students in the gradebook, "" where it has none."""
    with gradebook(course) as book:
        return {one.id: (one.first_name or "", one.last_name or "") for one in book.students}


def why_no_id(text):
    """Why `text` cannot be an id, or None where it can."""
    if not text:
        return "it is empty"
    if ".." in text or "/" in text or "\\" in text:
        return "it would lead out of the course's folder"
    if not ID.fullmatch(text) or len(text) > 100:
        return "an id is made of A–Z, a–z, 0–9, '.', '_' and '-', does not begin with '.', and has at most 100 letters"
    return None


def _rows(path):
    try:
        size = path.stat().st_size
        if path.is_dir() or size > LARGEST:
            raise Trouble(f"{path} is {'a folder' if path.is_dir() else f'{size / 1e6:.0f} MB large'}; expected a CSV "
                          f"file with the columns {EXAMPLE}, of at most {LARGEST / 1e6:.0f} MB")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Trouble(f"cannot read {path} ({error.strerror or error})") from None
    except UnicodeDecodeError:
        raise Trouble(f"{path} is not text in UTF-8; save the table as CSV (UTF-8) and try again") from None
    if "\0" in text:
        raise Trouble(f"{path} is not a CSV file: it holds zero bytes. Save the table as CSV (UTF-8)")
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",",
                            skipinitialspace=True)
    columns = [(name or "").strip().lower().replace(" ", "_") for name in reader.fieldnames or ()]
    columns = [ALSO.get(name, name) for name in columns]
    if "id" not in columns:
        raise Trouble(f"{path} has no column id: its first line is {first.strip()[:80]!r}; expected {EXAMPLE}")
    if twice := {name for name in columns if name in COLUMNS and columns.count(name) > 1}:
        raise Trouble(f"{path} has two columns that could be {', '.join(sorted(twice))}: its first line is "
                      f"{first.strip()[:80]!r}; leave one of them")
    reader.fieldnames = columns
    try:
        return [(reader.line_num, row) for row in reader if any(isinstance(v, str) and v.strip() for v in row.values())]
    except csv.Error as error:
        raise Trouble(f"{path}, line {reader.line_num}: {error}. Save the table as CSV (UTF-8)") from None


def _student(path, line, row):
    if None in row:
        raise Trouble(f"{path}, line {line}: more entries than columns. A comma inside a name needs quotes round it")
    fields = {column: (row.get(column) or "").strip() for column in COLUMNS}
    if why := why_no_id(fields["id"]):
        raise Trouble(f"{path}, line {line}: {fields['id']!r} cannot be a student's id: {why}. Nobody was added")
    for column, entry in fields.items():
        if column != "id" and (entry.startswith(("=", "+", "-", "@")) or not entry.isprintable()):
            raise Trouble(f"{path}, line {line}: {column} is {entry!r}: a spreadsheet could take that for a formula, a "
                          "terminal for a command, once marks are exported. Mend it in the file; nobody was added")
    return Student(**fields, line=line)


def _same_names(students):
    named = defaultdict(list)
    for student in students:
        if student.name:
            named[student.name.casefold()].append(student)
    return [f"{same[0].name} is the name of {len(same)} students; their ids tell them apart: "
            f"{', '.join(one.id for one in same)}" for same in named.values() if len(same) > 1]
