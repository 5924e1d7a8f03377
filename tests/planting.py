"""Bugs on purpose: a copy of a module with its source changed, for tests that show that a test would notice."""

import inspect
import sys
import types


def plant(module, *changes):
    """A copy of `module` with each (old, new) of `changes` made everywhere in its source; without changes, a twin."""
    source = inspect.getsource(module)
    for old, new in changes:
        assert old in source, f"{module.__name__} has no {old!r} any more; plant this bug anew"
        source = source.replace(old, new)
    mutant = types.ModuleType(f"{module.__name__} with a bug")
    sys.modules[mutant.__name__] = mutant    # dataclasses look their own module up while it is being made
    try:
        exec(compile(source, f"<{mutant.__name__}>", "exec"), mutant.__dict__)
    finally:
        del sys.modules[mutant.__name__]
    mutant.__name__ = module.__name__
    return mutant
