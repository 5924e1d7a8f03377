"""rnncourse: the library behind the course. Importing it loads NumPy and nothing heavier."""

__version__ = "0.1.0"
