"""`make bench`: every table of benchmarks/, one after the other; `make bench ONLY=cells` for one."""

import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def tables():
    """The names of what can be measured: the files of this folder."""
    return sorted(p.stem for p in FOLDER.glob("[!_]*.py"))


def main(words):
    """Measure each table in a Python of its own, so that none disturbs another; 1 where one failed."""
    unknown = set(words) - set(tables())
    if unknown:
        sys.exit(f"no table {', '.join(sorted(unknown))}; there are {', '.join(tables())}")
    environment, failed = dict(os.environ, OMP_NUM_THREADS="1"), []
    for name in words or tables():
        print(f"\n== {name}", flush=True)
        start = time.perf_counter()
        if subprocess.call([sys.executable, "-m", f"benchmarks.{name}"], cwd=FOLDER.parent, env=environment):
            failed.append(name)
        print(f"   ({time.perf_counter() - start:.0f} s)", flush=True)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
