"""`make site`: the course as a web page in build/site, which works from a server and by opening index.html."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tools.site import pages, repository

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "build" / "site"


def build(target=TARGET, where=None, built=None, quiet=True):
    """Build the web page into `target`, which it replaces; returns Sphinx's exit code, 0 where there was no warning.

    where   a Repository, or None: no Binder, no Colab
    built   the folder with slides and hand-out; None: without them
    """
    from sphinx.cmd.build import main as sphinx

    target = Path(target)
    with tempfile.TemporaryDirectory() as folder:
        sources, extra, new = (Path(folder, name) for name in ("sources", "extra", "site"))
        pages.lay(sources, extra, where, built)
        pages.mathjax(extra / "_static" / "mathjax")
        os.environ["RNNCOURSE_SITE_EXTRA"] = str(extra)
        code = sphinx([*(["-q"] if quiet else []), "-b", "html", "-W", "--keep-going", "-n", "-j", "2",
                       "-c", str(ROOT / "site"), "-d", str(Path(folder, "doctrees")), str(sources), str(new)])
        if code == 0:
            shutil.rmtree(new / "_sources", ignore_errors=True)    # left empty, as no copies are asked for
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(new, target)
    return code


def main(words=None):
    """Build; say where it lies and what it lacks."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("target", nargs="?", type=Path, default=TARGET, help="the folder; what is in it is replaced")
    parser.add_argument("--alone", action="store_true", help="without slides and hand-out, even where they are built")
    chosen = parser.parse_args(words)
    where, start = repository.found(), time.perf_counter()
    code = build(chosen.target, where, built=None if chosen.alone else ROOT / "build")
    if code:
        print("the web page was not built; the warnings above count as errors", file=sys.stderr)
        return code
    if where is None:
        print(f"No repository is set, so the chapters have no Binder and no Colab button. To set it, {repository.HOW}")
    count = len(list(chosen.target.rglob("*.html")))
    print(f"{chosen.target / 'index.html'}: {count} pages in {time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
