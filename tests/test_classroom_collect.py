"""Hand-ins from folders and zip files: whose they are, what is refused and why, and that nothing collected is lost."""

import os
import stat
import zipfile

import nbformat
import pytest

from rnncourse.classroom import Trouble, assignment, course, roster
from rnncourse.classroom.collect import collect
from rnncourse.classroom.judge import seeds
from rnncourse.classroom.owners import owner
from rnncourse.cli import main

NAME = "04_lstm"
STUDENTS = {"ada": ("Ada", "Byron"), "ben": ("Ben", "Lee"), "ben_2": ("Ben", "Lee"), "zoe": ("Zoé", "van Dyk"),
            "bea": ("Ada", "Bea"), "nil": ("", "")}


@pytest.fixture
def laid(tmp_path, monkeypatch):
    """A course of one assignment with four students."""
    with monkeypatch.context() as patch:
        patch.setattr(assignment, "chapters", lambda: [NAME])
        folder = course.new(tmp_path / "course")
    monkeypatch.setattr(roster, "names", lambda _: STUDENTS)
    return folder


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def notebook(name=NAME, note=""):
    whole = assignment.notebook(name, seeds("5" * 64, name))
    whole.cells.append(nbformat.v4.new_markdown_cell(note, id="note"))
    return nbformat.writes(whole).encode()


def put(path, content, when=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if when:
        os.utime(path, (when, when))


def collected(laid):
    return {path.relative_to(laid / "submitted").as_posix() for path in (laid / "submitted").rglob("*.ipynb")}


def of(student):
    return f"{student}/{NAME}/{NAME}.ipynb"


@pytest.mark.parametrize("name, whose", [
    ("ada.ipynb", "ada"), ("ada_04_lstm.ipynb", "ada"), ("ada/04_lstm.ipynb", "ada"), ("ben_2.ipynb", "ben_2"),
    ("ben_2_lstm.ipynb", "ben_2"), ("ben_3.ipynb", "ben"), ("adalbert.ipynb", None), ("eve.ipynb", None),
    ("eve/ada.ipynb", None), ("04_lstm.ipynb", None), ("x/y/ada.ipynb", None),
    ("ada (1).ipynb", "ada"), ("ada-04_lstm.ipynb", "ada"), ("04_lstm_ada.ipynb", "ada"), ("Ada.ipynb", "ada"),
    ("ada.ipynb.txt", "ada"), ("ada.html", "ada"),
    ("Ada Byron_1234_assignsubmission_file_04_lstm.ipynb", "ada"),        # Moodle, files and folders
    ("Ada Byron_1234_assignsubmission_file_/04_lstm.ipynb", "ada"),
    ("byronada_77_8_04_lstm.ipynb", "ada"), ("vandykzoe_LATE_77_8_04_lstm-1.ipynb", "zoe"),    # Canvas
    ("Ben Lee_1234_assignsubmission_file_/04_lstm.ipynb", None),          # the name of two
    ("bea ada_1234_04_lstm.ipynb", "bea"), ("ada bea_1_04_lstm.ipynb", None)])    # one's name begins with another's id
def test_whose_a_hand_in_is(name, whose):
    assert owner(name, STUDENTS) == whose


def test_a_folder_is_collected(laid, inbox, capsys):
    put(inbox / "ada.ipynb", notebook(), when=1_700_000_000)
    put(inbox / "ben" / f"{NAME}.ipynb", notebook())
    put(inbox / "notes.txt", b"hello")
    put(inbox / "ada" / ".ipynb_checkpoints" / "ada.ipynb", b"old")
    assert main(["classroom", "collect", NAME, str(inbox), "--course", str(laid)]) == 0
    assert capsys.readouterr().out == ("2 collected: ada, ben\n"
                                       "4 without a hand-in of 04_lstm: bea, ben_2, nil, zoe\n")
    assert collected(laid) == {of("ada"), of("ben")}
    folder = laid / "submitted" / "ada" / NAME
    assert (folder / f"{NAME}.ipynb").read_bytes() == notebook()
    assert (folder / "timestamp.txt").read_text() == "2023-11-14 22:13:20.000000 UTC"


def test_a_zip_file_is_collected(laid, inbox):
    with zipfile.ZipFile(inbox / "all.zip", "w") as archive:
        archive.writestr("ada_x.ipynb", notebook())
        archive.writestr("ben_2/04_lstm.ipynb", notebook())
        archive.writestr("__MACOSX/._ada_x.ipynb", b"shadow")
    found = collect(laid, NAME, inbox / "all.zip")
    assert (sorted(found.new), found.refused) == (["ada", "ben_2"], {})


def test_a_hand_in_without_the_assignment_s_cells_is_taken_and_told(laid, inbox, capsys):
    put(inbox / "ada.ipynb", nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])).encode())
    put(inbox / "ben.ipynb", notebook())
    for _ in range(2):
        assert main(["classroom", "collect", NAME, str(inbox), "--course", str(laid)]) == 0
        assert "1 of them without the assignment's own cells (the chapter itself?" in capsys.readouterr().out
    assert collect(laid, NAME, inbox).bare == ["ada"]


def test_the_folder_that_a_zip_file_begins_with_is_nobody_s_name(laid, inbox):
    with zipfile.ZipFile(inbox / "all.zip", "w") as archive:
        archive.writestr("hand-ins/ada.ipynb", notebook())
        archive.writestr("hand-ins/Zoe van Dyk_12_assignsubmission_file_/04_lstm.ipynb", notebook())
        archive.writestr("hand-ins/eve.ipynb", notebook())
    found = collect(laid, NAME, inbox / "all.zip")
    assert (sorted(found.new), list(found.refused)) == (["ada", "zoe"], ["hand-ins/eve.ipynb"])


def test_what_else_a_student_hands_in_is_told_where_the_notebook_is_missing(laid, inbox):
    put(inbox / "ada.html", b"<html>")
    put(inbox / "ben.ipynb", notebook())
    put(inbox / "ben.pdf", b"%PDF")
    found = collect(laid, NAME, inbox)
    assert found.new == ["ben"] and list(found.refused) == ["ada.html"]
    assert "its name does not end in .ipynb; ask for the notebook itself" in found.refused["ada.html"]
    assert found.missing == ["ada", "ben_2", "zoe", "bea", "nil"]


# -- refused, with the reason --------------------------------------------------------------------------------
@pytest.mark.parametrize("content, why", [
    (b"", "it is empty"), (b"I had no time.", "it is not a notebook: no JSON"), (b"{}", "it has no list of cells"),
    (b'{"cells": [3]}', "something stands in the place of a cell"), (b"\xff\xfe\0", "it is not a notebook: no JSON"),
    (b'{"cells": ' + b"[" * 5_000, "it is not a notebook")])
def test_a_notebook_that_is_none(laid, inbox, content, why):
    put(inbox / "ada.ipynb", content)
    put(inbox / "ben.ipynb", notebook())
    found = collect(laid, NAME, inbox)
    assert why in found.refused["ada.ipynb"] and found.new == ["ben"]
    assert collected(laid) == {of("ben")}


def test_a_file_of_200_mb_is_not_read(laid, inbox):
    with open(inbox / "ada.ipynb", "wb") as file:
        file.truncate(200_000_000)
    found = collect(laid, NAME, inbox)
    assert list(found.refused) == ["ada.ipynb"] and "it is 200 MB large; at most" in found.refused["ada.ipynb"]


def test_a_large_zip_member_is_not_unpacked(laid, inbox):
    with zipfile.ZipFile(inbox / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive, \
            archive.open("ada.ipynb", "w", force_zip64=True) as member:
        for _ in range(30):
            member.write(bytes(1_000_000))
    assert (inbox / "all.zip").stat().st_size < 1_000_000
    found = collect(laid, NAME, inbox / "all.zip")
    assert "it is 30 MB large" in found.refused["ada.ipynb"] and not collected(laid)


@pytest.mark.parametrize("name", ["../ada.ipynb", "ada/../../ben.ipynb", "/etc/ada.ipynb", "..\\ada.ipynb",
                                  "C:\\ada.ipynb", "ada\\04_lstm.ipynb"])
def test_a_zip_member_whose_name_leads_out(laid, inbox, name):
    before = set(laid.parent.rglob("*"))
    with zipfile.ZipFile(inbox / "all.zip", "w") as archive:
        archive.writestr(name, notebook())
        archive.writestr("zoe.ipynb", notebook())
    found = collect(laid, NAME, inbox / "all.zip")
    assert list(found.refused.values()) == ["its name leads out of the zip file"] and found.new == ["zoe"]
    new = set(laid.parent.rglob("*")) - before - {inbox / "all.zip"}
    assert all((laid / "submitted") in (path, *path.parents) for path in new)


def test_links_in_a_folder_are_not_followed(laid, inbox, tmp_path):
    put(tmp_path / "secret.ipynb", notebook())
    put(tmp_path / "elsewhere" / f"{NAME}.ipynb", notebook())
    (inbox / "ada.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (inbox / "ben").symlink_to(tmp_path / "elsewhere")
    found = collect(laid, NAME, inbox)
    assert found.refused == dict.fromkeys(("ada.ipynb", "ben"), "it is a link, and links are not followed")
    assert not collected(laid)


def test_links_in_a_zip_file_are_not_followed(laid, inbox):
    member = zipfile.ZipInfo("ada.ipynb")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(inbox / "all.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    assert "it is a link" in collect(laid, NAME, inbox / "all.zip").refused["ada.ipynb"]


def test_two_hand_ins_of_one_student_are_the_teacher_s_to_choose_from(laid, inbox):
    put(inbox / "ada.ipynb", notebook())
    put(inbox / "ada_final.ipynb", notebook(note="final"))
    found = collect(laid, NAME, inbox)
    assert set(found.refused) == {"ada.ipynb", "ada_final.ipynb"} and not collected(laid)
    assert "ada has 2 hand-ins here (ada.ipynb, ada_final.ipynb)" in found.refused["ada.ipynb"]


def test_a_hand_in_of_another_chapter_beside_the_right_one_does_not_count(laid, inbox):
    put(inbox / "ada_02_bptt.ipynb", notebook("02_bptt"))
    put(inbox / "ada_04_lstm.ipynb", notebook())
    found = collect(laid, NAME, inbox)
    assert (found.new, found.refused) == (["ada"], {"ada_02_bptt.ipynb": "this is 02_bptt, not 04_lstm"})


def test_a_stranger_is_not_entered(laid, inbox, capsys):
    put(inbox / "eve.ipynb", notebook())
    assert main(["classroom", "collect", NAME, str(inbox), "--course", str(laid)]) == 1
    assert "NOT collected: eve.ipynb: no student of the class list has this id" in capsys.readouterr().out


def test_another_chapter_is_named(laid, inbox):
    put(inbox / "ada.ipynb", notebook("02_bptt"))
    assert collect(laid, NAME, inbox).refused == {"ada.ipynb": "this is 02_bptt, not 04_lstm"}


# -- nothing collected is lost ---------------------------------------------------------------------------------
def test_a_collected_one_stays_unless_a_newer_one_is_asked_for(laid, inbox):
    target = laid / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
    put(inbox / "ada.ipynb", notebook(note="one"), when=1_700_000_000)
    collect(laid, NAME, inbox)
    assert collect(laid, NAME, inbox).same == ["ada"]

    put(inbox / "ada.ipynb", notebook(note="two"), when=1_700_000_100)
    assert "--newer takes this one" in collect(laid, NAME, inbox).refused["ada.ipynb"]
    assert target.read_bytes() == notebook(note="one")

    assert collect(laid, NAME, inbox, newer=True).newer == ["ada"]
    assert target.read_bytes() == notebook(note="two")
    kept, = (laid / ".rnncourse" / "replaced" / NAME).iterdir()
    assert kept.name.startswith("ada-") and kept.read_bytes() == notebook(note="one")

    put(inbox / "ada.ipynb", notebook(note="three"), when=1_700_000_050)
    assert "this one is not newer" in collect(laid, NAME, inbox, newer=True).refused["ada.ipynb"]
    assert target.read_bytes() == notebook(note="two")


# -- nothing to collect from ------------------------------------------------------------------------------------
def test_what_is_neither_folder_nor_zip(laid, inbox):
    (inbox / "x.tar").write_bytes(b"tar")
    for source, says in ((inbox / "x.tar", "neither a folder nor a zip file"), (inbox / "none", "there is no")):
        with pytest.raises(Trouble, match=says):
            collect(laid, NAME, source)


def test_a_zip_file_that_was_cut_short_or_is_damaged(laid, inbox):
    with zipfile.ZipFile(inbox / "all.zip", "w") as archive:
        archive.writestr("ada.ipynb", notebook())
        archive.writestr("ben.ipynb", notebook())
    whole = (inbox / "all.zip").read_bytes()
    (inbox / "cut.zip").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(Trouble, match="neither a folder nor a zip file"):
        collect(laid, NAME, inbox / "cut.zip")
    (inbox / "all.zip").write_bytes(whole[:200] + b"XXXX" + whole[204:])
    found = collect(laid, NAME, inbox / "all.zip")
    assert "it cannot be unpacked" in found.refused["ada.ipynb"] and found.new == ["ben"]


def test_without_students_it_says_what_to_do_first(laid, inbox, monkeypatch):
    monkeypatch.setattr(roster, "names", lambda _: {})
    with pytest.raises(Trouble, match="no students yet. Add them first: rnncourse classroom students FILE.csv"):
        collect(laid, NAME, inbox)


def test_where_nothing_can_be_written_it_says_so(laid, inbox):
    put(inbox / "ada.ipynb", notebook())
    (laid / "submitted").write_text("a file in the way")
    with pytest.raises(Trouble, match="cannot write .*; what was collected before stands"):
        collect(laid, NAME, inbox)


def test_a_file_s_name_commands_no_terminal_and_forges_no_line(laid, inbox, capsys):
    put(inbox / "eve\x1b[2K\n1 collected: eve.ipynb", notebook())
    put(inbox / os.fsdecode(b"max\xff.ipynb"), notebook())       # no letter in UTF-8: printing it would raise
    main(["classroom", "collect", NAME, str(inbox), "--course", str(laid)])
    said = capsys.readouterr().out
    assert "eve\\u001b[2K\\u000a1 collected: eve.ipynb" in said and "max\\udcff.ipynb" in said
    assert "\x1b" not in said and not any(line.startswith("1 collected") for line in said.splitlines())
    said.encode()
