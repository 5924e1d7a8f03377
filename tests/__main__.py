"""Everything that must pass, in order: `make test`. `make test ARGS=lint,unit` runs some of it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.browser.lab import chromium
from tools.notebooks import jupyter_environment

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
LONGEST = 30 * 60    # seconds that a stage may run
PARALLEL = ["-n", "2", "--dist", "loadfile"]    # loadfile: the cells of one notebook stay together
BY_GROUP = ["-n", "2", "--dist", "loadgroup"]    # an explorer, a chapter or a file: tests/browser/conftest.py
IGNORED = '"nbval-ignore-output"'


def notebooks():
    """The chapters' notebooks, as words for a command."""
    return [str(p.relative_to(ROOT)) for p in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb"))]


def nbval(*words):
    """The command that executes notebooks and compares their outputs with the stored ones, strictly."""
    return [*PYTEST, "--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg",
            "--nbval-cell-timeout", "120", *words]


def unplugged(command):
    """The command, run with no network."""
    return [sys.executable, "-m", "tools.unplugged", *command]


def stages():
    """name -> command, or None where there is nothing to run. The chapters run unplugged, which proves them offline."""
    browser_tests = list((ROOT / "tests" / "browser").glob("test_*.py"))
    return {
        "lint": [sys.executable, "-m", "ruff", "check", "."],
        "unit": [*PYTEST, *PARALLEL, "tests", "--ignore", "tests/browser"],
        "notebooks": unplugged(nbval(*PARALLEL, *notebooks())) if notebooks() else None,
        "browser": [*PYTEST, *BY_GROUP, "tests/browser"] if browser_tests and chromium() else None,
    }


def run(chosen):
    """Run the stages in order, each to its end; returns name -> (passed, seconds)."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, OMP_NUM_THREADS="1", MPLCONFIGDIR=folder, **jupyter_environment(folder))
        for name, command in stages().items():
            if command and (not chosen or name in chosen):
                print(f"\n== {name}: {' '.join(['python', *command[1:]])}", flush=True)
                start = time.perf_counter()
                passed = succeeds(command, environment)
                results[name] = (passed, time.perf_counter() - start)
    return results


def succeeds(command, environment):
    """Run one stage; one that hangs is ended, with all that it started, and has failed."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(LONGEST) == 0
    except subprocess.TimeoutExpired:
        print(f"ended: it ran for more than {LONGEST / 60:.0f} minutes", flush=True)
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def marked():
    """How many cells of all notebooks have outputs that are not compared, because they time or train."""
    return sum((ROOT / name).read_text(encoding="utf-8").count(IGNORED) for name in notebooks())


def summary(results):
    """The last lines: each stage, the cells that are not compared, and what did not run and why."""
    lines = [f"{name}: {'passed' if passed else 'FAILED'} in {seconds:.0f} s"
             for name, (passed, seconds) in results.items()]
    lines.append(f"cells whose outputs are not compared (nbval-ignore-output): {marked()} "
                 f"in {len(notebooks())} notebooks")
    if not chromium():
        lines.append("The browser tests did NOT run: there is no Chromium here. On Debian and Ubuntu: "
                     "apt install chromium; elsewhere an installed Chrome will do. Then: make test ARGS=browser")
    return lines


def main(words):
    """Exit code 0 where all that had to run passed. Under CI a missing browser is a failure."""
    chosen = [name for word in words for name in word.split(",")]
    unknown = set(chosen) - set(stages())
    if unknown:
        sys.exit(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(stages())}")
    results = run(chosen)
    print("\n" + "\n".join(summary(results)), flush=True)
    without_browser = bool(os.environ.get("CI")) and not chromium()
    return 0 if all(passed for passed, _ in results.values()) and not without_browser else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
