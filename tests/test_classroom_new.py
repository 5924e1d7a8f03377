"""`rnncourse classroom new`, and the course that stands: where it may lie, what is in it, and its gradebook."""

import contextlib
import os
import shutil
import sqlite3
import stat

import pytest

from rnncourse.classroom import Trouble, assignment, course
from rnncourse.cli import main


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A course as it is laid out."""
    return course.new(tmp_path_factory.mktemp("school") / "RNN 2026!")


@pytest.fixture
def laid(whole, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(whole, tmp_path / "course")


def everything(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_assignment_a_chapter_and_what_a_teacher_reads(whole):
    assert sorted(path.name for path in (whole / "source").iterdir()) == assignment.chapters()
    assert all((whole / "source" / name / f"{name}.ipynb").is_file() for name in assignment.chapters())
    assert {"README.md", "written_answers.md", "nbgrader_config.py"} <= {path.name for path in whole.iterdir()}
    assert not list(whole.parent.glob(".*"))                      # nothing half-made is left beside it


def test_the_secret_is_long_drawn_anew_and_for_its_owner_alone(whole, tmp_path):
    seed = whole / course.SEED
    assert len(bytes.fromhex(course.secret(whole))) == 32
    assert stat.S_IMODE(seed.stat().st_mode) == 0o600 and stat.S_IMODE(seed.parent.stat().st_mode) == 0o700
    other = course.new(tmp_path / "other")
    assert course.secret(other) != course.secret(whole)
    one, two = ((folder / "source/04_lstm/04_lstm.ipynb").read_text() for folder in (whole, other))
    assert one != two


def test_the_configuration_is_python_and_knows_its_course(whole):
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(whole)).load_config()
    assert config.CourseDirectory.course_id == "RNN-2026" == course.course_id(whole)
    assert config.CourseDirectory.root == str(whole)
    assert config.Autograde.autograde_preprocessors[0].__name__ == "Isolated"


def test_an_empty_folder_will_do_and_so_does_one_whose_parent_is_missing(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "a" / "b"):
        assert (course.new(folder) / course.CONFIG).exists()


def test_a_folder_with_something_in_it_stays_as_it_is(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("years")
    assert main(["classroom", "new", str(tmp_path)]) == 1
    assert f"{tmp_path} is not empty; nothing was changed" in capsys.readouterr().err
    assert everything(tmp_path) == {next(iter(tmp_path.iterdir())).relative_to(tmp_path): b"years"}


def test_a_course_is_not_laid_over_a_course(laid, capsys):
    before = everything(laid)
    assert main(["classroom", "new", str(laid)]) == 1
    assert "is a course already; nothing was changed" in capsys.readouterr().err
    assert everything(laid) == before


def test_a_file_is_no_folder(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert main(["classroom", "new", str(tmp_path / "file")]) == 1
    assert "is a file, not a folder; nothing was changed" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")])
def test_where_nothing_can_be_written_it_says_so(tmp_path, capsys, monkeypatch, error):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(course.tempfile, "mkdtemp", refuse)
    assert main(["classroom", "new", str(tmp_path / "course")]) == 1
    said = capsys.readouterr().err
    assert f"cannot make {tmp_path / 'course'} ({error.strerror}). Give a folder that you may write into" in said


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path, capsys):
    tmp_path.chmod(0o500)
    try:
        assert main(["classroom", "new", str(tmp_path / "course")]) == 1
    finally:
        tmp_path.chmod(0o700)
    assert "Give a folder that you may write into" in capsys.readouterr().err


def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(course.nbformat, "write", full)
    with pytest.raises(Trouble, match="No space left on device"):
        course.new(tmp_path / "course")
    assert list(tmp_path.iterdir()) == []


def test_students_are_read_before_anything_is_made(tmp_path, capsys):
    (tmp_path / "class.csv").write_text("id\nada\nada\n")
    assert main(["classroom", "new", str(tmp_path / "course"), "--students", str(tmp_path / "class.csv")]) == 1
    assert "lines 2 and 3 have the same id" in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


# -- finding it --------------------------------------------------------------------------------------------
def test_it_is_found_from_inside_and_by_name(laid, monkeypatch):
    monkeypatch.chdir(laid / "source" / "04_lstm")
    assert course.find() == laid and course.find(laid) == laid


def test_where_there_is_none_it_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["classroom", "collect", "04_lstm", "x.zip"]) == 1
    said = capsys.readouterr().err
    assert f"no course in {tmp_path}" in said and "rnncourse classroom new DIR" in said


def test_a_course_without_its_secret_is_none(laid):
    (laid / course.SEED).unlink()
    with pytest.raises(Trouble, match="its hidden folder was not copied along"):
        course.find(laid)


def test_an_assignment_that_is_not_there_is_answered_with_those_that_are(laid, capsys):
    for command in (["collect", "4_lstm", "x.zip"], ["grade", "../../etc"]):
        assert main(["classroom", *command, "--course", str(laid)]) == 1
        said = capsys.readouterr().err
        assert f"there is no assignment {command[1]!r}" in said and "04_lstm" in said


# -- its gradebook -----------------------------------------------------------------------------------------
def made_by(path, revision):
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        base.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        base.commit()


@pytest.mark.parametrize("revision, says", [
    ("beef00000000", "tables are of revision beef00000000, which nbgrader 0.9"),
    ("167914646830", "nbgrader db upgrade")])
@pytest.mark.parametrize("command", [["students", "class.csv"], ["collect", "04_lstm", "."], ["grade", "04_lstm"]])
def test_a_gradebook_of_another_version_is_named_and_left_as_it_is(laid, monkeypatch, capsys, revision, says, command):
    monkeypatch.chdir(laid)
    made_by(laid / "gradebook.db", revision)
    (laid / "class.csv").write_text("id\nada\n")
    before = (laid / "gradebook.db").read_bytes()
    assert main(["classroom", *command]) == 1
    said = capsys.readouterr().err
    assert says in said and "it was left as it is" in said
    assert (laid / "gradebook.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0 cut short"])
def test_what_is_no_gradebook_is_left_as_it_is(laid, content, capsys):
    (laid / "gradebook.db").write_bytes(content)
    (laid / "class.csv").write_text("id\nada\n")
    assert main(["classroom", "students", str(laid / "class.csv"), "--course", str(laid)]) == 1
    assert "gradebook.db is no gradebook of nbgrader" in capsys.readouterr().err
    assert (laid / "gradebook.db").read_bytes() == content


def test_another_program_s_database_is_none(laid):
    with contextlib.closing(sqlite3.connect(laid / "gradebook.db")) as base:
        base.execute("CREATE TABLE recipes (name TEXT)")
        base.commit()
    with pytest.raises(Trouble, match="is no gradebook of nbgrader"):
        course.check_gradebook(laid / "gradebook.db")


# -- what is typed -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", [["frobnicate"], ["new"], ["new", "a", "b"], ["collect", "04_lstm"],
                                   ["grade", "04_lstm", "--jobs", "many"]])
def test_what_is_no_command_is_answered_with_the_usage(words, capsys):
    assert main(["classroom", *words]) == 2
    assert "usage: rnncourse classroom new DIR" in capsys.readouterr().err


def test_the_usage_names_every_command(capsys):
    assert main(["classroom", "--help"]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("new", "students", "collect", "grade", "--again", "--jobs", "--unsafe"))


def test_nobody_else_on_the_machine_sees_into_a_course(whole):
    assert stat.S_IMODE(whole.stat().st_mode) == 0o700
