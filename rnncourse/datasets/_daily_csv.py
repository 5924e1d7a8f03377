"""A CSV file with one line a day -> dates and columns of numbers; what is wrong with it is named by line and column."""

import csv
import math

import numpy as np

MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "?"}


def read(path, date="date", wanted=None):
    """(dates (N,), {column: (N,) float64}, names left out): `wanted` columns, or all that hold numbers.

    A column in which no value is a number is text and is left out, unless it is wanted.
    Raises FileNotFoundError, and ValueError with the line, the column and the date of what is wrong.
    """
    lines, rows, header = _rows(path)
    missing = [name for name in (date, *(wanted or ())) if name not in header]
    if missing:
        raise ValueError(f"{path.name} lacks the column(s) {', '.join(sorted(missing))}; its first line has "
                         f"{', '.join(header)}" + _separator(header))
    if not rows:
        raise ValueError(f"{path.name} has a first line with names and no days after it")
    dates = np.array([_date(path, line, row[date]) for line, row in zip(lines, rows, strict=True)], "datetime64[D]")
    names = list(wanted) if wanted else [name for name in header if name != date and _any_number(rows, name)]
    columns = {name: _column(path, lines, dates, rows, name) for name in names}
    return dates, columns, tuple(name for name in header if name not in (date, *names))


def _rows(path):
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            numbered = [(reader.line_num, row) for row in reader]
            header = [name for name in reader.fieldnames or () if name]
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is not UTF-8 (byte {error.start}); save it as UTF-8 text first") from None
    if not header:
        raise ValueError(f"{path.name} is empty; expected a first line with the columns' names, then a line a day")
    return [line for line, _ in numbered], [row for _, row in numbered], header


def _date(path, line, text):
    try:
        day = np.datetime64(text.strip().replace("/", "-"), "D")
    except ValueError:
        day = np.datetime64("NaT")
    if np.isnat(day) or len(text.strip()) < len("2012-01-31"):
        raise ValueError(f"line {line} of {path.name}: {text!r} is not a date; expected year-month-day, "
                         "as 2012-01-31 or 2012/01/31")
    return day


def _column(path, lines, dates, rows, name):
    """(N,): a column's numbers, or an error that names the first that is none and says how many there are."""
    numbers = [_number(row[name]) for row in rows]
    bad = [place for place, number in enumerate(numbers) if number is None or not math.isfinite(number)]
    if bad:
        place = bad[0]
        raise ValueError(f"line {lines[place]} of {path.name}, {dates[place]}: {name} is {rows[place][name]!r}; "
                         f"expected a number. {len(bad)} of {len(rows)} days have none in this column. "
                         + _decimal_comma(rows[place][name])
                         + "Try filling them first, or leave the column out with columns=[…]")
    return np.array(numbers)


def _any_number(rows, name):
    """True where a column is meant as numbers: one value is a number, or all that it holds are signs for "missing"."""
    return any(_number(row[name]) is not None for row in rows)


def _number(text):
    """The number in a text; nan for the usual signs of a missing one; None for anything else."""
    try:
        return math.nan if text.strip().lower() in MISSING else float(text)
    except ValueError:
        return None


def _decimal_comma(text):
    pointed = text.strip().replace(",", ".")
    comma = text.count(",") == 1 and _number(pointed) is not None
    return f"A decimal comma? Write {pointed}. " if comma else ""


def _separator(header):
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and sign in header[0]:
            return f" (separated by {name}? Expected commas)"
    return ""
