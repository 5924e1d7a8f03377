"""Whose a hand-in is, by its name: the student's id, or their name as Moodle and Canvas write it.

A name that points to two students points to nobody.
"""

import re
import unicodedata
from pathlib import PurePosixPath

from rnncourse.classroom.assignment import chapters

DEPTH = 2                    # STUDENT/NN_topic.ipynb
EXPECTED = ("expected STUDENT.ipynb, STUDENT_….ipynb or STUDENT/NN_topic.ipynb, where STUDENT is the id or the name in "
            "your class list")


def owner(name, students):
    """The id of the student whose hand-in an entry of this name is; None where it is nobody's, or could be two's.

    name      a path in the folder or zip file of hand-ins, as "ada_04_lstm.ipynb" or "Kim Lee_17_file_/04_lstm.ipynb"
    students  id -> (first_name, last_name)
    """
    path = PurePosixPath(name)
    if len(path.parts) > DEPTH:
        return None
    label = path.parts[0] if len(path.parts) == DEPTH else path.name.split(".ipynb")[0].removesuffix(path.suffix)
    whose = _by_id(label, students) | _by_name(label, students)
    return whose.pop() if len(whose) == 1 else None


def _by_id(label, students):
    """The longest id that a label is or begins with, or that follows the assignment's name in it."""
    label = label.casefold()
    for chapter in chapters():
        label = re.sub(f"^{chapter}[-_ ](?=.)", "", label)
    fits = [one for one in students if re.match(re.escape(one.casefold()) + r"(?=$|[-_ ])", label)]
    return {one for one in fits if len(one) == max(map(len, fits))}


def _by_name(label, students):
    """Students with the name that stands before a label's first _: "Kim Lee_17_assignsubmission…", "leekim_17_…"."""
    said = _letters(label.split("_")[0])
    return {one for one, (first, last) in students.items()
            if first and last and said in (_letters(first + last), _letters(last + first))}


def _letters(text):
    """What is left where a platform drops accents, spaces and hyphens."""
    return "".join(one for one in unicodedata.normalize("NFKD", text).casefold() if one.isalnum())


def without_top(names, students):
    """The length of the folder's name that stands before all names, as in a zip file of a folder; 0 where none does."""
    tops = {PurePosixPath(name).parts[0] if "/" in name else None for name in names}
    top = tops.pop() if len(tops) == 1 else None
    return len(top) + 1 if top and owner(f"{top}/x", students) is None else 0
