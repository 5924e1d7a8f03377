"""Students from a CSV file: two with one id are refused, two with one name told apart, and an id leads nowhere else."""

import contextlib
import sqlite3

import pytest

from rnncourse.classroom import Trouble, course, roster
from rnncourse.cli import main


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    """A course of one assignment: students do not depend on how many there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course.assignment, "chapters", lambda: ["04_lstm"])
        return course.new(tmp_path_factory.mktemp("school") / "course")


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "class.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path
    return write


def test_students_are_entered_and_brought_up_to_date(laid, table, capsys):
    from nbgrader.api import Gradebook

    first = table("id,first_name,last_name,email\nada,Ada,Byron,\nkim.2,Kim,Lee,kim@school.example\n")
    assert main(["classroom", "students", str(first), "--course", str(laid)]) == 0
    assert "2 students entered\n" in capsys.readouterr().out
    second = table("id,last_name\nada,Lovelace\nzoe,Z\n")
    assert main(["classroom", "students", str(second), "--course", str(laid)]) == 0
    assert "1 student entered; known before, now up to date: 1" in capsys.readouterr().out
    with Gradebook(f"sqlite:///{laid / 'gradebook.db'}", "course") as book:
        found = {one.id: (one.first_name, one.last_name, one.email) for one in book.students if one.id != "max"}
    assert found == {"ada": ("Ada", "Lovelace", None), "kim.2": ("Kim", "Lee", "kim@school.example"),
                     "zoe": (None, "Z", None)}


def test_two_with_one_id_are_refused_with_both_lines_and_nobody_is_entered(laid, table, capsys):
    roster.add(laid, [roster.Student("max")])
    before = students(laid)
    path = table("id,first_name\nnew1,Ann\nnew2,Ben\nnew1,Cem\n")
    assert main(["classroom", "students", str(path), "--course", str(laid)]) == 1
    said = capsys.readouterr().err
    assert "lines 2 and 4 have the same id, 'new1': Ann and Cem" in said and "nobody was added" in said
    assert students(laid) == before


def students(laid):
    with contextlib.closing(sqlite3.connect(laid / "gradebook.db")) as base:
        return base.execute("SELECT id FROM student ORDER BY id").fetchall()


def test_ids_that_only_differ_in_case_are_one_folder_on_some_systems(table):
    with pytest.raises(Trouble, match="lines 2 and 3 have the same id, 'ada' and 'ADA' .some file systems"):
        roster.read(table("id\nada\nADA\n"))


def test_two_with_one_name_are_told_apart_by_their_ids(table):
    found, notices = roster.read(table("id,first_name,last_name\na1,Kim,Lee\na2,kim,LEE\na3,Kim,Li\n"))
    assert [one.id for one in found] == ["a1", "a2", "a3"]
    assert notices == ["Kim Lee is the name of 2 students; their ids tell them apart: a1, a2"]


@pytest.mark.parametrize("id, why", [
    ("../../etc", "would lead out of the course's folder"), ("a/b", "would lead out of the course's folder"),
    ("a..b", "would lead out of the course's folder"), ("..", "would lead out of the course's folder"),
    ("C:\\x", "would lead out of the course's folder"), (".hidden", "does not begin with '.'"),
    ("a b", "an id is made of"), ("añe", "an id is made of"), ("*", "an id is made of"), ("x" * 101, "at most 100"),
    ("", "it is empty")])
def test_what_cannot_be_an_id_is_refused_with_its_line(table, id, why):
    with pytest.raises(Trouble) as trouble:
        roster.read(table(f'id,first_name\nada,Ada\n"{id}",Someone\n'))
    assert f"line 3: {id!r} cannot be a student's id" in str(trouble.value) and why in str(trouble.value)
    assert "Nobody was added" in str(trouble.value)


@pytest.mark.parametrize("text, says", [
    ("name,mail\nada,x\n", "has no column id: its first line is 'name,mail'; expected id,first_name,last_name,email"),
    ("", "has no column id"), ("id,first_name\n", "names no students"),
    ("id,first_name\nada,Ada,Byron\n", "line 2: more entries than columns"),
    (b"PK\x03\x04\0\0spreadsheet", "is not a CSV file"), ("id\nJos\xe9".encode("latin-1"), "is not text in UTF-8"),
    (b"id,\"first\nada", "names no students")])
def test_what_is_no_such_table_is_refused(table, text, says):
    with pytest.raises(Trouble) as trouble:
        roster.read(table(text))
    assert says in str(trouble.value)


def test_a_spreadsheet_s_semicolons_byte_order_mark_and_empty_lines_are_fine(table):
    found, _ = roster.read(table("\ufeffid; first_name\n\nada; Ada\n ;\n"))
    assert [(one.id, one.first_name) for one in found] == [("ada", "Ada")]


def test_columns_as_a_platform_s_own_list_has_them(table):
    text = "First name,Surname,ID number,Email address,Group\nAda,Byron,s07,ada@school.example,2\n"
    found, = roster.read(table(text))[0]
    assert (found.id, found.name, found.email) == ("s07", "Ada Byron", "ada@school.example")
    with pytest.raises(Trouble, match="two columns that could be id: its first line is 'ID,id number'; leave one"):
        roster.read(table("ID,id number\n1,2\n"))


def test_a_file_of_200_mb_a_folder_and_none_at_all(tmp_path):
    with open(tmp_path / "large.csv", "wb") as file:
        file.truncate(200_000_000)
    for path, says in ((tmp_path / "large.csv", "is 200 MB large"), (tmp_path, "is a folder"),
                       (tmp_path / "none.csv", "cannot read")):
        with pytest.raises(Trouble) as trouble:
            roster.read(path)
        assert says in str(trouble.value) and str(path) in str(trouble.value)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "A\x1b[2Jda", "A\u202eda"])
def test_a_name_that_a_spreadsheet_or_terminal_would_carry_out_is_refused(table, name):
    for column in ("first_name", "email"):
        with pytest.raises(Trouble, match=f"line 2: {column} is .*; nobody was added"):
            roster.read(table(f"id,{column}\nada,{name}\n"))
