"""The scripts of assets/checkpoints as modules, for tests that compute anew what they recorded."""

import importlib
import sys

from rnncourse import assets

FOLDER = assets.path("checkpoints")


def load(name):
    """The module `name`, such as "make_names"; sys.path is as before afterwards."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))
