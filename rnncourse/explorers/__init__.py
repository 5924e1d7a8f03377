"""Explorers: sliders around a function that the reader has already called. One file each; `every()` lists them."""

import importlib
import pkgutil


def every():
    """Name -> class, of every explorer in this folder; for tests, benchmarks and a page that shows them all."""
    from rnncourse.explorers.base import Explorer

    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {name: value for module in modules for name, value in vars(module).items()
            if isinstance(value, type) and issubclass(value, Explorer) and value.__module__ == module.__name__
            and value is not Explorer}
