"""Where the course's files lie: beside the package in a clone, inside it in an installed wheel."""

from pathlib import Path

_INSTALLED = Path(__file__).parent / "_course"
ROOT = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[1]


def path(name) -> Path:
    """The file or folder `name` below assets/, for example "checkpoints/lstm_weather.npz"."""
    found = ROOT / "assets" / name
    if not found.exists():
        raise FileNotFoundError(f"no asset {name!r} in {ROOT / 'assets'}; a reinstall of rnncourse brings it back")
    return found
