"""Notebooks that attack the grader: nothing is gained, the others' marks stand, and the report tells each verdict.

All of them are handed in to one course and graded in one run, as a class would be.
"""

import html
import html.parser
import json
import re
import socket
import sqlite3

import classroom_checks as checks
import hostile_notebooks as hostile
import nbformat
import pytest
from nbgrader.apps import NbGraderAPI

from rnncourse.classroom import grading, judge, preprocessor, restore
from rnncourse.classroom.limits import MEGABYTE, Limits

FULL = {"who_wrote": 3.0, "cell_backward": 1.0, "held_step": 4.0, "peephole_step": 3.0, "forget_bias_for": 1.0}
NOTHING = dict.fromkeys(FULL, 0.0)
BUT_ONE = FULL | {"who_wrote": 0.0}
SECRET = "a line that only Anna wrote, 8471"
SHORT = Limits(memory=700 * MEGABYTE, disk=32 * MEGABYTE, cell=4.0, call=1.0, cpu=20, whole=60.0, starts=4)

# In the place of who_wrote. The other four functions are right, and get their points.
IN_THEIR_CELL = {
    "reads_others": hostile.READS_OTHERS, "writes_gradebook": hostile.WRITES_GRADEBOOK,
    "opens_sockets": hostile.OPENS_SOCKETS, "forks": hostile.FORKS, "fills_memory": hostile.FILLS_MEMORY,
    "fills_shared_memory": hostile.FILLS_SHARED_MEMORY, "fills_disk": hostile.FILLS_DISK,
    "prints_a_mark": hostile.PRINTS_A_MARK, "patches_the_checker": hostile.PATCHES_THE_CHECKER,
    "changes_the_server": hostile.CHANGES_THE_SERVER, "answers_tricks": hostile.ANSWERS_TRICKS,
    "gives_megabytes": hostile.GIVES_MEGABYTES, "recurses": hostile.RECURSES, "exits": hostile.EXITS,
    "hangs_in_a_call": hostile.HANGS_IN_A_CALL, "left_to_the_library": hostile.LEFT_TO_THE_LIBRARY}

# A cell before all others, which ends the sandbox: it is left out, and the rest is judged without it.
ENDS = {
    "threads": (hostile.THREADS, "processes"), "makes_files": (hostile.MAKES_FILES, "files"),
    "forges_frames": (hostile.FORGES_FRAMES, "answer to another question"),
    "lies_about_sizes": (hostile.LIES_ABOUT_SIZES, "refused"),
    "cuts_a_frame_short": (hostile.CUTS_A_FRAME_SHORT, "no answer"),
    "closes_the_pipe": (hostile.CLOSES_THE_PIPE, "no answer"), "kills": (hostile.KILLS, "killed"),
    "exits_in_a_cell": ("import os; os._exit(7)", "exit code 7"),
    "prints_without_end": (hostile.PRINTS_WITHOUT_END, "no answer"),
    "replaces_builtins": (hostile.REPLACES_BUILTINS, "ended Python")}


# -- what is changed in the notebook itself ------------------------------------------------------------
def points_of_her_own(notebook):
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader |= {"points": 1000, "locked": False, "schema_version": 99, "checksum": "0" * 32}
    checks.cell(notebook, "who_wrote").source = hostile.WRONG


def ids_swapped(notebook):
    checks.cell(notebook, "who_wrote").source = hostile.WRONG
    one, other = (checks.cell(notebook, f"mark-{name}") for name in ("who_wrote", "forget_bias_for"))
    one.metadata.nbgrader.grade_id, other.metadata.nbgrader.grade_id = "mark-forget_bias_for", "mark-who_wrote"
    one, other = (checks.cell(notebook, name) for name in ("who_wrote", "cell_backward"))
    one.metadata.nbgrader.grade_id, other.metadata.nbgrader.grade_id = "cell_backward", "who_wrote"


def graded_cells_of_her_own(notebook):
    checks.cell(notebook, "who_wrote").source = hostile.WRONG
    mine = checks.cell(notebook, "mark-who_wrote")
    mine.source, mine.outputs = "3.0", [nbformat.v4.new_output("execute_result", {"text/plain": "3.0"})]
    notebook.cells += [mine, nbformat.from_dict(mine | {"cell_type": "markdown"})]
    invented = nbformat.from_dict(mine | {"metadata": {"nbgrader": mine.metadata.nbgrader | {"grade_id": "mark-x"}}})
    notebook.cells.insert(0, invented)


def metadata_of_other_kinds(notebook):
    checks.cell(notebook, "who_wrote").source = hostile.WRONG
    for cell, strange in zip(notebook.cells, ({"nbgrader": "x"}, {"nbgrader": {"grade_id": ["x"]}}, {"tags": 3},
                                              {"nbgrader": {"grade_id": 7, "grade": "yes"}}), strict=False):
        cell.metadata = nbformat.from_dict(strange)
    notebook.metadata |= {"kernelspec": {"name": "../x", "display_name": 3}, "widgets": {"x": "</script>"}}
    notebook.nbformat_minor = 99


def no_graded_cells(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")]


def answers_at_the_end(notebook):
    own = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    notebook.cells = [cell for cell in notebook.cells if cell not in own] + own


SCRIPT = ('<script>alert("MARK")</script> <img src=x onerror=alert("MARK")> [a](javascript:alert("MARK")) '
          '![a photo](https://images.example/seen.png) '
          '<a href="java&#115;cript:alert()">b</a> ![x](y" onerror="alert(1)) <iframe srcdoc="<script>"></iframe> '
          '[c](java&#115;cript:alert(1)) [c](java&amp#115;cript:alert(1)) '
          '[d](<javascript:alert(1)>) [e](JavaScript\\:alert(1)) [f][g] '
          '[h](data:text/html,<script>alert(1)</script>)\n\n[g]: javascript:alert(1)\n\n'
          '<svg/onload=alert(1)> ``` <b onclick=alert(1)> ``` $<i onmouseover=alert(1)>$ \n\n    <p onload=x>\n')


def scripts(notebook):
    page = {"text/html": SCRIPT, "text/plain": SCRIPT, "image/svg+xml": "<svg onload='alert(1)'/>",
            "application/javascript": "alert('MARK')", "text/latex": SCRIPT, "text/markdown": SCRIPT}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("display_data", page)]
    for one in (nbformat.v4.new_markdown_cell(SCRIPT), nbformat.v4.new_raw_cell(SCRIPT)):
        one.metadata = nbformat.from_dict({"raw_mimetype": "text/html", "format": "text/html", "tags": ["\"><script>"]})
        one.attachments = {"x": {'image/png" onerror="alert(1)': "AAAA"}}
        notebook.cells.append(one)
    checks.cell(notebook, "written").source = SCRIPT
    notebook.cells.append(nbformat.v4.new_code_cell(
        "from IPython.display import HTML, SVG, Javascript, Markdown, Latex, display\n"
        f"for kind in (HTML, Javascript, Markdown, Latex): display(kind({SCRIPT!r}))\n"
        f"print({SCRIPT!r})\nraise ValueError({SCRIPT!r})"))
    notebook.metadata |= {"title": SCRIPT, "language_info": {"name": SCRIPT, "pygments_lexer": SCRIPT}}


CHANGED = {"points_of_her_own": (points_of_her_own, BUT_ONE), "ids_swapped": (ids_swapped, BUT_ONE),
           "graded_cells_of_her_own": (graded_cells_of_her_own, BUT_ONE), "no_graded_cells": (no_graded_cells, FULL),
           "metadata_of_other_kinds": (metadata_of_other_kinds, BUT_ONE),
           "answers_at_the_end": (answers_at_the_end, FULL), "scripts": (scripts, FULL)}

UNREADABLE = {"empty": (b"", "empty"), "no_json": (b"\x80PK\x03", "no JSON"), "deep": (b"[" * 300_000, "no JSON"),
              "no_cells": (b'{"cells": 3}', "list of cells"), "odd_cells": (b'{"cells": [3]}', "place of a cell"),
              "large": (b" " * (21 << 20), "large; at most 20 MB"),
              "wordy": (json.dumps({"cells": [{"cell_type": "markdown", "source": "```\n~~~\n" * 65_000}]}).encode(),
                        "at most 500000 are read"),
              "a_link": (None, "a link"), "a_folder_s_link": (None, "its folder is a link")}


# -- the class -----------------------------------------------------------------------------------------
class Class:
    """A course with everybody's hand-ins, graded once."""

    def __init__(self, folder):
        self.folder = checks.lay(folder)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.anna = checks.hand_in(folder, "anna", checks.answered(
            folder, who_wrote=f"# {SECRET}\n{checks.exercises('lstm')['who_wrote'].source}"))
        self.hand_in_all()
        self.report = grading.grade(self.folder, checks.ASSIGNMENT, limits=SHORT)[0]
        self.lines = {line.student: line for line in self.report.lines}

    def hand_in_all(self):
        paths = [str(self.anna), str(self.folder / "gradebook.db"), str(self.folder / ".rnncourse" / "seed"),
                 str(self.folder / "source" / "04_lstm" / "04_lstm.ipynb"), "/etc/passwd"]
        for name, source in IN_THEIR_CELL.items():
            source = source.replace("{paths}", repr(paths)).replace("{port}", str(self.listener.getsockname()[1]))
            own = source if "def who_wrote" in source else source + hostile.WRONG
            checks.hand_in(self.folder, name, checks.answered(self.folder, who_wrote=own))
        for name, (source, _) in ENDS.items():
            whole = checks.answered(self.folder)
            whole.cells.insert(0, nbformat.v4.new_code_cell(source))
            checks.hand_in(self.folder, name, whole)
        for name, (change, _) in CHANGED.items():
            whole = checks.answered(self.folder)
            change(whole)
            checks.hand_in(self.folder, name, whole)
        for name, (raw, _) in UNREADABLE.items():
            path = checks.hand_in(self.folder, name, raw or b"")
            if raw is None:
                path.unlink()
                if name == "a_link":
                    path.symlink_to(self.anna)
                else:
                    path.parent.rmdir()
                    path.parent.symlink_to(self.anna.parent)

    def shown(self, student):
        """What the student's own cells showed, and the verdicts."""
        notebook = nbformat.reads(checks.autograded(self.folder, student), as_version=4)
        return "".join(str(cell.get("outputs", "")) for cell in notebook.cells)


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return Class(tmp_path_factory.mktemp("hostile") / "course")


@pytest.mark.parametrize("name", IN_THEIR_CELL)
def test_nothing_is_gained(room, name):
    assert checks.marks(room.folder, name) == BUT_ONE
    assert room.lines[name].said["mark-who_wrote"] in ("not yet", "not attempted")
    assert f"{name}: 9 of 12" in str(room.report)


@pytest.mark.parametrize("name", ENDS)
def test_a_cell_that_ends_the_sandbox_is_left_out_and_told_of(room, name):
    assert checks.marks(room.folder, name) == FULL
    assert ENDS[name][1] in " ".join(room.lines[name].met)
    assert "left out" in room.shown(name)


@pytest.mark.parametrize("name", CHANGED)
def test_what_is_changed_in_the_notebook_changes_no_mark(room, name):
    assert checks.marks(room.folder, name) == CHANGED[name][1]


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_notebook_gets_nothing_and_the_reason_is_told(room, name):
    assert checks.marks(room.folder, name) == NOTHING
    assert UNREADABLE[name][1] in room.lines[name].refused
    assert not (room.folder / "autograded" / name).exists()


def test_the_others_marks_stand(room):
    assert checks.marks(room.folder, "anna") == FULL
    assert not room.report.failed
    assert sqlite3.connect(room.folder / "gradebook.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_another_students_work_is_not_to_be_seen(room):
    shown = room.shown("reads_others")
    assert "FOUND" not in shown and SECRET not in shown and shown.count("closed 2") == 5
    assert "DONE" not in room.shown("writes_gradebook")
    assert SECRET in room.anna.read_text()


def test_there_is_no_network(room):
    room.listener.settimeout(0.1)
    with pytest.raises(TimeoutError):
        room.listener.accept()
    assert "SOCKET" not in room.shown("opens_sockets")


def test_no_process_is_made_and_memory_and_disk_end(room):
    assert "FORKED" not in room.shown("forks") and room.lines["forks"].met == ()
    shown = room.shown("fills_memory")
    assert 100 < int(shown.split("memory ends at ")[1].split(" MB")[0]) < 700
    assert "SEGMENT" not in room.shown("fills_shared_memory") and "FILE" not in room.shown("fills_shared_memory")
    assert int(room.shown("fills_disk").split("written ")[1].split(" MB")[0]) <= 32


def test_a_forged_mark_is_only_text(room):
    notebook = nbformat.reads(checks.autograded(room.folder, "prints_a_mark"), as_version=4)
    own = checks.cell(notebook, "who_wrote").outputs
    assert {output.output_type for output in own} == {"stream"} and "3.0" in own[0].text
    kinds = {key for cell in notebook.cells for output in cell.get("outputs", []) for key in output.get("data", {})}
    assert kinds == {"text/plain"}


def test_who_borrows_from_the_library_is_told_why_not(room):
    assert "is what this exercise asks you to write" in room.shown("left_to_the_library")


def test_no_hidden_input_or_seed_reaches_the_students_process(room):
    seen = json.dumps([room.shown(name) for name in IN_THEIR_CELL])
    assert (room.folder / ".rnncourse" / "seed").read_text().strip() not in seen


class _Page(html.parser.HTMLParser):
    """Collects what would run: handlers, addresses that are scripts, and the text of scripts."""

    def __init__(self, text):
        super().__init__()
        self.runs, self.tag = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tag = tag
        for name, value in attributes:
            if name.startswith("on") or "script:" in (value or "").lower() or name == "srcdoc":
                self.runs.append((tag, name, value))

    def handle_data(self, data):
        if self.tag == "script" and ("MARK" in data or "alert(1)" in data):
            self.runs.append(("script", data[:80]))

    def handle_endtag(self, tag):
        self.tag = None


@pytest.fixture(scope="module")
def page(room):
    result = NbGraderAPI(config=grading._config(room.folder)).generate_feedback(checks.ASSIGNMENT, "scripts")
    assert result["success"], result
    return (room.folder / "feedback" / "scripts" / checks.ASSIGNMENT / f"{checks.ASSIGNMENT}.html").read_text()


def test_feedback_gives_no_seed_away(room, page):
    """Who has it and the library has all the hidden inputs, for a second hand-in or for a friend's."""
    for place in ("source", "autograded/scripts"):
        path = room.folder / place / checks.ASSIGNMENT / f"{checks.ASSIGNMENT}.ipynb"
        graded = checks.cell(nbformat.read(path, as_version=4), "mark-who_wrote").source
        assert bool(re.search(r"seed=\d", graded)) == (place == "source")
    seed = judge.seeds((room.folder / ".rnncourse/seed").read_text().strip(), checks.ASSIGNMENT)("who_wrote")
    assert str(seed) not in page and "seed=..." in html.unescape(re.sub("<[^>]*>", "", page))


def test_feedback_asks_for_no_picture_from_elsewhere(page):
    assert "images.example" not in "".join(re.findall("<img[^>]*>", page)) and "a photo" in page


def test_a_page_of_one_long_text_is_made_in_seconds():
    cell = restore.Cell("markdown", "```\n~~~\n" * 60_000)
    made = preprocessor.made([cell], ())
    assert len(made.cells[0].source) < 20_100 and "The text goes on" in made.cells[0].source


def test_feedback_carries_no_script_of_the_students(page):
    assert "MARK" in page                        # it is shown, as text
    assert _Page(page).runs == []
    assert _Page(SCRIPT).runs                    # the parser would notice
