"""The README keeps its word: its links lead somewhere, its ten lines run, its chapters are the ones there are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_each_relative_link_leads_to_a_file_that_git_knows():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert links and set(links) <= set(known.splitlines())


def test_the_ten_lines_run_as_printed():
    code, = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "the equations agree with torch: True" in run.stdout
    assert len(code.splitlines()) <= 14


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "chapters").glob("[0-9]*.py")))
def test_each_chapter_stands_in_the_table_with_its_question(name):
    title, = re.findall(r"^# # \d\d · (.+)$", (ROOT / "chapters" / f"{name}.py").read_text(), flags=re.M)
    assert f"| {name[:2]} | {title} |" in README
