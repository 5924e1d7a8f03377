"""The README keeps its word: its links lead somewhere, its ten lines run, its chapters are the ones there are."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rnncourse.cli import classroom

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, flags=re.S)


def test_each_relative_link_leads_to_a_file_that_git_knows():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert links and set(links) <= set(known.splitlines())


def printed(code):
    """What a piece of the README prints."""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_ten_lines_run_as_printed():
    code = EXAMPLES[0]
    assert "the equations agree with torch: True" in printed(code)
    assert len(code.splitlines()) <= 14


def test_a_classifier_of_ones_own_is_explained_in_ten_lines_and_three_of_four_methods_find_the_7():
    _, classifier, explained = EXAMPLES
    assert len([line for line in explained.splitlines() if line]) <= 10
    accuracy, *methods, conservation = printed(classifier + explained).splitlines()
    assert float(accuracy.split("%")[0].removeprefix("right on ")) > 95
    strongest = [max(line.split()[:12], key=lambda pair: abs(float(pair.split(":")[1]))) for line in methods]
    assert [pair[0] for pair in strongest[1:]] == ["7"] * 3 and strongest[0][0] != "7"
    assert float(conservation.split("largest gap ")[1].split()[0]) < 1e-12


def test_make_knows_each_target():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", README, flags=re.M))
    assert {"lab", "test", "slides", "handout", "site"} <= named <= targets


def test_what_a_teacher_needs_stands_in_one_section_that_fits_on_a_screen():
    section = README.split("## Teach a class")[1].split("\n## ")[0]
    assert len(section.splitlines()) < 45
    for one in ("teaching/README.md", "classroom/README.md", "make slides", "make handout", "make site"):
        assert one in section


@pytest.mark.parametrize("page", ["README.md", "rnncourse/classroom/templates/README.md"])
def test_each_command_that_a_teacher_is_told_to_type_is_one(page):
    text = (ROOT / page).read_text()
    typed = re.findall(r"(?:`|^)rnncourse classroom ([^`\n#]+?)(?:`|\s*#|\n)", text, flags=re.M)
    given = [words for words in map(shlex.split, typed) if len(words) > 1 or words == ["grade"]]
    assert len(given) >= 3 and all(classroom._parsed(words) for words in given)


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "chapters").glob("[0-9]*.py")))
def test_each_chapter_stands_in_the_table_with_its_question(name):
    title, = re.findall(r"^# # \d\d · (.+)$", (ROOT / "chapters" / f"{name}.py").read_text(), flags=re.M)
    assert f"| {name[:2]} | {title} |" in README
