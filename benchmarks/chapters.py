"""What a chapter costs: seconds, its slowest cell, peak memory; and what `import rnncourse` adds to `import numpy`.

`python -m benchmarks.chapters` prints two tables; `run()` and `run_imports()` give their rows.
"""

import statistics
import subprocess
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import notebooks

SECONDS_GOAL, CELL_GOAL, GIGABYTES_GOAL, COURSE_GOAL = 45, 20, 1.5, 360
IMPORT_GOAL = 0.1    # seconds
MEASURE = ("import resource, sys; "
           "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == 'darwin' else 1024))")
IMPORTS = ("rnncourse", "rnncourse.cells")


def run():
    """Yield rows {"chapter", "seconds", "slowest cell", "GB"}: each chapter executed once in a kernel of its own.

    A chapter with a cell that fails has no figures: its row is {"chapter", "error"}.
    """
    for source in notebooks.sources():
        try:
            yield _chapter(source)
        except CellExecutionError as error:
            yield {"chapter": source.stem, "error": f"{error.ename}: {error.evalue}"}


def _chapter(source):
    notebook, times, started = notebooks.paired(source), [], []
    notebook.cells.append(nbformat.v4.new_code_cell(MEASURE))
    client = NotebookClient(notebook, kernel_name="python3", timeout=300, store_widget_state=False,
                            resources={"metadata": {"path": str(source.parent)}},
                            on_cell_start=lambda **_: started.append(time.perf_counter()),
                            on_cell_executed=lambda **_: times.append(time.perf_counter() - started[-1]))
    start = time.perf_counter()
    with notebooks.isolated_jupyter():
        client.execute()
    peak = int(notebook.cells[-1].outputs[0].text) / 1e9
    return {"chapter": source.stem, "seconds": time.perf_counter() - start, "slowest cell": max(times), "GB": peak}


def run_imports(rounds=10):
    """Rows {"import", "seconds"}: the median of what an import takes in a new Python that has NumPy already."""
    times = {name: [] for name in IMPORTS}
    for _ in range(rounds):
        for name in IMPORTS:
            code = f"import numpy, time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
            times[name].append(float(subprocess.check_output([sys.executable, "-c", code])))
    return [{"import": name, "seconds": statistics.median(found)} for name, found in times.items()]


def main():
    """Both tables, each figure beside its goal."""
    print(f"{'a chapter, run from the top':28}{'seconds':>14}{'slowest cell':>18}{'peak memory':>20}")
    rows = []
    for row in run():
        rows.append(row)
        print(f"{row['chapter']:28}{row.get('error') or _figures(row)}", flush=True)
    together = sum(row.get("seconds", 0) for row in rows)
    print(f"{'together':28}{together:6.1f} (the whole course ≤ {COURSE_GOAL})\n")
    for row in run_imports():
        print(f"import {row['import']} beyond import numpy: {row['seconds']:.3f} s (≤ {IMPORT_GOAL})")
    return 1 if any("error" in row for row in rows) else 0


def _figures(row):
    return (f"{row['seconds']:6.1f} (≤ {SECONDS_GOAL}){row['slowest cell']:11.1f} (≤ {CELL_GOAL})"
            f"{row['GB']:10.2f} GB (≤ {GIGABYTES_GOAL})")


if __name__ == "__main__":
    sys.exit(main())
