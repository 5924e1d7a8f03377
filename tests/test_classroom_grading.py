"""A grading run: marks and report, killed and gone on, plain nbgrader as safe, and clear words where it cannot be."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import classroom_checks as checks
import nbformat
import pytest
from nbgrader.apps import NbGraderAPI
from test_classroom_sandbox import gone

from rnncourse.classroom import Trouble, bubblewrap, grading, judge, verdicts

FULL = {"who_wrote": 3.0, "cell_backward": 1.0, "held_step": 4.0, "peephole_step": 3.0, "forget_bias_for": 1.0}
ONE_WRONG = {"who_wrote": "def who_wrote(i, f, g):\n    return i * g"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with three hand-ins, graded: `whole`, `wrong` with one mistake, `stub`."""
    folder = checks.lay(tmp_path_factory.mktemp("graded") / "course")
    checks.hand_in(folder, "whole", checks.answered(folder))
    checks.hand_in(folder, "wrong", checks.answered(folder, **ONE_WRONG))
    checks.hand_in(folder, "stub", checks.release(folder))
    grading.grade(folder)
    return folder


@pytest.fixture
def course(graded, tmp_path):
    """A copy of it of one's own."""
    return shutil.copytree(graded, tmp_path / "course")


def nobody_judges(monkeypatch):
    def judged(task, student):
        raise AssertionError(f"{student} is judged again")

    monkeypatch.setattr(verdicts.Task, "judged", judged)


def all_marks(folder):
    return {student: checks.marks(folder, student) for student in ("whole", "wrong", "stub")}


AS_GRADED = {"whole": FULL, "wrong": FULL | {"who_wrote": 0.0}, "stub": dict.fromkeys(FULL, 0.0)}


def test_marks_verdicts_and_the_report(graded):
    assert all_marks(graded) == AS_GRADED
    report = (graded / ".rnncourse" / "report" / "04_lstm.txt").read_text(encoding="utf-8")
    assert "3 submissions, in a sandbox" in report and "wrong: 9 of 12\n    who_wrote: 0 of 3, not yet" in report
    assert "    all points, of 3: who_wrote 1, cell_backward 2, held_step 2, " in report
    notebook = nbformat.reads(checks.autograded(graded, "wrong"), as_version=4)
    said, points = checks.cell(notebook, "mark-who_wrote").outputs
    assert said.text.startswith("◐ who_wrote: not yet.") and points.data["text/plain"] == "0.0"


def test_a_second_run_judges_nobody_and_changes_nothing(course, monkeypatch):
    nobody_judges(monkeypatch)
    before = (course / "autograded" / "whole" / "04_lstm" / "04_lstm.ipynb").stat()
    grading.grade(course)
    assert all_marks(course) == AS_GRADED
    assert (course / "autograded" / "whole" / "04_lstm" / "04_lstm.ipynb").stat().st_mtime_ns == before.st_mtime_ns


def test_again_judges_those_who_are_named(course, monkeypatch):
    seen = []
    real = verdicts.Task.judged
    monkeypatch.setattr(verdicts.Task, "judged", lambda task, student: seen.append(student) or real(task, student))
    grading.grade(course, "04_lstm", again=["wrong"])
    assert seen == ["wrong"] and all_marks(course) == AS_GRADED


def test_another_hand_in_or_a_broken_verdict_is_judged_anew(course):
    path = course / "submitted" / "wrong" / "04_lstm" / "04_lstm.ipynb"
    path.write_text(json.dumps(checks.answered(course)), encoding="utf-8")
    (course / ".rnncourse" / "verdicts" / "04_lstm" / "stub.json").write_text('{"digest": "', encoding="utf-8")
    grading.grade(course)
    assert all_marks(course) == AS_GRADED | {"wrong": FULL}


def test_what_was_half_entered_is_entered_anew(course, monkeypatch):
    """nbgrader writes a notebook twice; killed in between, it leaves one without marks."""
    nobody_judges(monkeypatch)
    path = course / "autograded" / "whole" / "04_lstm" / "04_lstm.ipynb"
    notebook = nbformat.reads(path.read_text(), as_version=4)
    del notebook.metadata["rnncourse"]
    for cell in notebook.cells:
        cell.outputs = [] if cell.cell_type == "code" else None
    path.chmod(0o644)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    shutil.rmtree(course / "autograded" / "stub")
    grading.grade(course)
    assert all_marks(course) == AS_GRADED and '"3.0"' in checks.autograded(course, "whole")


RUN = "import sys; from rnncourse.classroom import grading; grading.grade(sys.argv[1], jobs=1)"


def test_a_run_that_is_killed_goes_on_where_it_stopped(course, monkeypatch):
    shutil.rmtree(course / ".rnncourse" / "verdicts")
    environment = checks.environment() | {"TMPDIR": str(course.parent)}
    first = subprocess.Popen([sys.executable, "-c", RUN, str(course)], env=environment, stderr=subprocess.DEVNULL)
    kept = course / ".rnncourse" / "verdicts" / "04_lstm"
    end = time.monotonic() + 120
    while not list(kept.glob("[!.]*.json")) and time.monotonic() < end:
        time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert gone(str(course.parent))              # judge and sandbox end with it
    done = {path.stem: path.stat().st_mtime_ns for path in kept.glob("[!.]*.json")}
    assert 1 <= len(done) < 3
    judged = []
    real = verdicts.Task.judged
    monkeypatch.setattr(verdicts.Task, "judged", lambda task, student: judged.append(student) or real(task, student))
    grading.grade(course)
    assert sorted([*judged, *done]) == ["stub", "whole", "wrong"] and all_marks(course) == AS_GRADED
    assert all((kept / f"{name}.json").stat().st_mtime_ns == when for name, when in done.items())


def test_a_verdict_file_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "anna.json"
    judge.write(path, {"digest": "old"})
    monkeypatch.setattr(json, "dump", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        judge.write(path, {"digest": "new"})
    assert json.loads(path.read_text()) == {"digest": "old"}


def test_a_judge_that_fails_costs_no_mark(course, monkeypatch):
    def judged(task, student):
        raise Trouble("no memory left")

    monkeypatch.setattr(verdicts.Task, "judged", judged)
    report = grading.grade(course, again=["whole"])[0]
    assert report.failed == ["whole"] and "whole: NOT GRADED. not judged: no memory left" in str(report)
    assert all_marks(course) == AS_GRADED


def test_progress_is_shown_with_names(course, capfd):
    grading.grade(course, again=["whole"])
    shown = capfd.readouterr().err
    assert "04_lstm: judged: 100%" in shown and "whole" in shown and "marks entered: 100%" in shown


# -- plain nbgrader --------------------------------------------------------------------------------------
def test_plain_nbgrader_runs_no_code_itself_and_gives_the_same_marks(course, tmp_path):
    trace = tmp_path / "trace"
    own = f"open({str(trace)!r}, 'w')\n{checks.exercises('lstm')['who_wrote'].source}"
    checks.hand_in(course, "zoe", checks.answered(course, who_wrote=own))
    result = NbGraderAPI(config=grading._config(course)).autograde("04_lstm", "zoe")
    assert result["success"], result
    assert checks.marks(course, "zoe") == FULL | {"who_wrote": 0.0} and not trace.exists()


def test_unsafe_runs_it_in_this_users_name_and_says_so(course, tmp_path, monkeypatch):
    trace = tmp_path / "trace"
    own = f"{checks.exercises('lstm')['who_wrote'].source}\nopen({str(trace)!r}, 'w')"
    for student in ("whole", "wrong", "stub"):
        shutil.rmtree(course / "submitted" / student)
    checks.hand_in(course, "zoe", checks.answered(course, who_wrote=own))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    report = grading.grade(course, unsafe=True)[0]
    assert "WITHOUT a sandbox (--unsafe)" in str(report)
    assert checks.marks(course, "zoe") == FULL and trace.exists()


# -- where it cannot be ----------------------------------------------------------------------------------
def test_without_bubblewrap_nothing_is_graded(course, monkeypatch):
    bubblewrap.trial.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (course / ".rnncourse" / "report" / "04_lstm.txt").unlink()
    try:
        with pytest.raises(Trouble, match="`bwrap` is missing.*apt install bubblewrap"):
            grading.grade(course)
    finally:
        bubblewrap.trial.cache_clear()
    assert not (course / ".rnncourse" / "report" / "04_lstm.txt").exists() and all_marks(course) == AS_GRADED


def test_clear_words(course, tmp_path):
    for attempt, words in (
            (lambda: grading.grade(tmp_path), "no course: it has no nbgrader_config.py"),
            (lambda: grading.grade(course, "05_gru"), "nothing is handed in for 05_gru"),
            (lambda: grading.grade(course, again=["nobody"]), "by nobody: there are stub, whole")):
        with pytest.raises(Trouble, match=words):
            attempt()


def test_what_is_not_given_out_from_this_course(course):
    checks.hand_in(course, "zoe", b"{}").parent.rename(course / "submitted" / "zoe" / "05_gru")
    with pytest.raises(Trouble, match="gradebook knows no 05_gru. `nbgrader generate_assignment 05_gru`"):
        grading.grade(course, "05_gru")


def test_a_course_without_hand_ins(course):
    shutil.rmtree(course / "submitted")
    with pytest.raises(Trouble, match="nothing is handed in"):
        grading.grade(course)


def test_a_course_without_its_secret(course):
    (course / ".rnncourse" / "seed").unlink()
    with pytest.raises(Trouble, match="seed is missing: the hidden inputs are drawn from it"):
        grading.grade(course)


def test_another_notebooks_name_gets_nothing_and_is_told(course):
    path = checks.hand_in(course, "zoe", checks.answered(course))
    path.rename(path.with_name("05_gru.ipynb"))
    line = next(one for one in grading.grade(course)[0].lines if one.student == "zoe")
    assert "no 04_lstm.ipynb was handed in, but 05_gru.ipynb" in str(line) and line.points == 0
