"""Where the course's files lie: assets, chapters and the tested versions, in a clone and in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
IN_WHEEL = PACKAGE / "_course"


def root():
    """The folder that holds chapters/ and assets/: the clone's own, or rnncourse/_course in a wheel."""
    return IN_WHEEL if IN_WHEEL.is_dir() else PACKAGE.parent


def in_clone():
    """True where rnncourse runs from a clone (its chapters can be worked on in place)."""
    return root() != IN_WHEEL


def path(name):
    """The file or folder `name` under assets/, as a pathlib.Path: path("checkpoints/lstm_weather.npz").

    Raises FileNotFoundError, naming what lies in that folder instead.
    """
    wanted = root() / "assets" / name
    if wanted.exists():
        return wanted
    raise FileNotFoundError(f"no asset {str(name)!r} under {root() / 'assets'}; {_neighbours(wanted)}")


def chapters():
    """The folder of the chapters' notebooks."""
    return root() / "chapters"


def constraints():
    """The file that lists the exact versions that were tested, one `name==version` a line."""
    return root() / "constraints.txt"


def _neighbours(wanted):
    folder = wanted.parent
    while not folder.is_dir():
        folder = folder.parent
    found = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    return f"{folder.name}/ holds {', '.join(found) or 'nothing'}. In a clone, try `git status` for a deleted file"
