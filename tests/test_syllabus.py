"""The syllabus: its courses have their weeks, meet what chapters ask for, add up, and cite what chapters cite."""

import re
from functools import cache

import pytest

from rnncourse.classroom import assignment
from tests.teaching_page import ROOT, cells, places, squeezed

SYLLABUS = (ROOT / "teaching" / "syllabus.md").read_text()
STEMS = {path.stem[:2]: path.stem for path in sorted((ROOT / "chapters").glob("[0-9]*.py"))}
WEEKS = (6, 10, 14)
A_WEEK = 135                                        # minutes: a double lesson and a single one


# -- what the chapters say of themselves ------------------------------------------------------------
@cache
def asks_for(number):
    """(numbers of the chapters to have read before, the chapter's own minutes), from its first cell."""
    top = squeezed(cells(STEMS[number])[0][1])
    read, minutes = re.search(r"To have read: (.+?)\bTime: about (\d+) minutes", top).groups()
    ranges = re.findall(r"\b(\d\d) to (\d\d)\b", read)
    between = {f"{k:02}" for first, last in ranges for k in range(int(first), int(last) + 1)}
    return set(re.findall(r"\b\d\d\b", read)) | between, int(minutes)


def references(number):
    """The entries of a chapter's list of references, squeezed and small."""
    found = [source for _, source, _ in cells(STEMS[number]) if "## References" in source][-1]
    return [squeezed(entry).lower() for entry in re.split(r"^- ", found.split("## References")[1], flags=re.M)[1:]]


@cache
def points_of(name):
    """(points for an assignment's functions, points for what is written), from its notebook's nbgrader cells."""
    marked = [cell.metadata.nbgrader for cell in assignment.notebook(name, lambda exercise: 0).cells
              if cell.metadata.get("nbgrader", {}).get("grade")]
    by_hand = [cell.points for cell in marked if cell.grade_id == assignment.WRITTEN]
    return sum(cell.points for cell in marked) - sum(by_hand), sum(by_hand)


# -- what the syllabus says -------------------------------------------------------------------------
def section(text, name):
    return re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", text, flags=re.M | re.S)[1]


def rows(text):
    """The rows of the first table in a text, as lists of cells, its head left out."""
    return [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\|(.*)\|$", text, flags=re.M)][2:]


def lessons(cell):
    """[(stem or word, link or "", minutes)] of what a week has in class."""
    return [(name or word, link, int(minutes)) for name, link, word, minutes in
            re.findall(r"(?:\[(\w+)\]\(([^)]+)\)|(workshop|closing|reports)) (\d+)", cell)]


def plan(text, weeks):
    """[(week, lessons, minutes at home, what is due)] of one course."""
    return [(int(week), lessons(there), int(home), due)
            for week, there, home, due in rows(section(text, f"{weeks} weeks"))]


def chapter_faults(text, weeks):
    """What is wrong with the weeks, and with which chapters are in them, in which order."""
    course, seen = plan(text, weeks), []
    if [week for week, *_ in course] != list(range(1, weeks + 1)):
        yield f"its weeks are {[week for week, *_ in course]}"
    for week, there, *_ in course:
        for name, link, minutes in there:
            if not link:
                continue
            if name not in STEMS.values() or link != f"{name}.md" or name in seen:
                yield f"week {week}: {name} ({link}) is no chapter with a page, or it came before"
                continue
            page = ROOT / "teaching" / link
            if not page.exists() or f"## Plan for {minutes} minutes" not in page.read_text():
                yield f"week {week}: {name} has no plan for {minutes} minutes"
            missing = asks_for(name[:2])[0] - {stem[:2] for stem in seen}
            if missing:
                yield f"week {week}: {name} wants {sorted(missing)} to have been read"
            seen.append(name)
    left_out = re.findall(r"\d\d_\w+", section(text, f"{weeks} weeks").split("**Left out.**")[1])
    if sorted(left_out) != sorted(set(STEMS.values()) - set(seen)):
        yield f"it says that {left_out} are left out"


def due_faults(text, weeks):
    """What is wrong with the assignments: `rnncourse classroom new` lays each, due in the weeks after its chapter."""
    course, all_due = plan(text, weeks), []
    taught = {name: week for week, there, *_ in course for name, link, _ in there if link}
    for week, *_, due in course:
        if not due:
            continue
        if due not in assignment.chapters() or due not in taught:
            yield f"week {week}: there is no assignment {due}, or its chapter is not taught"
        elif not 1 <= week - taught[due] <= 2 or due in all_due:
            yield f"week {week}: {due} was taught in week {taught[due]}, or was due before"
        all_due.append(due)
    for due in set(all_due) & set(assignment.chapters()):
        functions, written = points_of(due)
        if not functions > written > 0:
            yield f"{due} gives {functions} points for functions and {written} for the written question"
    last, week = max((taught.get(due, 0), week) for week, *_, due in course if due)
    if last != week - 1 or week != weeks:
        yield f"the last assignment is due in week {week}; expected one of the week before, in week {weeks}"


def minute_faults(text, weeks):
    """What is wrong with the sums of minutes, in class and at home."""
    course = plan(text, weeks)
    for week, there, home, _ in course:
        if sum(minutes for *_, minutes in there) != A_WEEK:
            yield f"week {week} has {sum(minutes for *_, minutes in there)} minutes in class"
        own = sum(asks_for(name[:2])[1] for name, link, _ in there if link)
        if home != own:
            yield f"week {week}: {home} minutes at home; the chapters say {own}"
    said = tuple(map(int, re.search(r"Together (\d+) minutes in class and (\d+) at home",
                                    section(text, f"{weeks} weeks")).groups()))
    added = (sum(minutes for _, there, *_ in course for *_, minutes in there), sum(home for *_, home, _ in course))
    if said != added:
        yield f"it says {said} minutes; they add up to {added}"


def point_faults(text, weeks):
    """What is wrong with the points of one course."""
    column = 1 + WEEKS.index(weeks)
    table = {row[0]: float(row[column]) for row in rows(section(text, "Assessment by points"))}
    due = sum(bool(due) for *_, due in plan(text, weeks))
    count = table["of these, the best that count"]
    parts = [table[name] for name in ("assignments", "predictions", "closing test", "report on one's own data")]
    if table["assignments due"] != due or count > due:
        yield f"{due} assignments are due"
    if count * table["points for each"] != table["assignments"]:
        yield f"{count} assignments give {count * table['points for each']} points"
    if sum(parts) != table["together"] or table["together"] != 100:
        yield f"the parts add up to {sum(parts)}"


def reading_faults(text, _=None):
    """Entries of the reading list that the chapter they name does not cite: authors, year and title."""
    listed = [squeezed(entry) for entry in re.split(r"^- ", section(text, "Reading list"), flags=re.M)[1:]]
    if len(listed) < 10:
        yield f"{len(listed)} entries"
    for entry in listed:
        parts = re.match(r"(\d\d) · (.+?) \((\d{4})\)\. \*(.+?)\.?\*", entry)
        if not parts:
            yield f"{entry[:60]!r} is not written as 'NN · Authors (year). *Title.*'"
            continue
        number, authors, year, title = parts.groups()
        surnames = [author.split()[-1].lower() for author in authors.removesuffix(" and others").split(", ")]
        wanted = (*surnames, year, title.lower())
        if not any(all(part in cited.replace("*", "") for part in wanted) for cited in references(number)):
            yield f"chapter {number} does not cite {wanted}"


FAULTS = [chapter_faults, due_faults, minute_faults, point_faults]


@pytest.mark.parametrize("weeks", WEEKS)
@pytest.mark.parametrize("faults", FAULTS)
def test_each_course_holds_together(faults, weeks):
    assert not list(faults(SYLLABUS, weeks))


def test_the_reading_list_is_what_the_chapters_cite():
    assert not list(reading_faults(SYLLABUS))


def test_what_it_says_of_the_chapters_is_so():
    assert "Your own data" in places("07_weather")
    assert assignment.chapters()[0] == "00_start_here" and "| 00_start_here |" not in SYLLABUS     # no course counts it
    assert "singular values, at least by name" in squeezed(cells(STEMS["03"])[0][1])
    assert "eigenvalues, at least by name" in squeezed(cells(STEMS["10"])[0][1])
    assert asks_for("04") == ({"01", "02", "03"}, 110) and asks_for("00") == (set(), 30)
    assert max(map(len, re.sub(r"^\|.*$", "", SYLLABUS, flags=re.M).splitlines())) <= 120


# -- the checker itself: each of these is noticed ---------------------------------------------------
SIX_3 = "[04_lstm](04_lstm.md) 90, [05_gru](05_gru.md) 45"
SIX_5 = "[06_text](06_text.md) 45, [08_names](08_names.md) 90"
SPOILED = {
    "a week lost": (chapter_faults, "| 6 | [11_attribution]", "| 7 | [11_attribution]"),
    "no such chapter": (chapter_faults, "[03_gradients](03_gradients.md)", "[03_slopes](03_slopes.md)"),
    "a lesson of an hour": (chapter_faults, "(02_bptt.md) 90", "(02_bptt.md) 60"),
    "the GRU before the LSTM": (chapter_faults, SIX_3, "[05_gru](05_gru.md) 45, [04_lstm](04_lstm.md) 90"),
    "names before n-grams": (chapter_faults, SIX_5, "[08_names](08_names.md) 90, [06_text](06_text.md) 45"),
    "left out and not said": (chapter_faults, "**Left out.** 09_states, ", "**Left out.** "),
    "due before it is taught": (due_faults, "| 100 | 04_lstm |", "| 100 | 08_names |"),
    "no such assignment": (due_faults, "| 205 | 02_bptt |", "| 205 | 02_backwards |"),
    "the last one never due": (due_faults, "| 110 | 08_names |", "| 110 | |"),
    "due twice": (due_faults, "| 205 | 02_bptt |", "| 205 | 01_recurrence |"),
    "a single lesson too long": (minute_faults, "(05_gru.md) 45", "(05_gru.md) 90"),
    "another time at home": (minute_faults, "| 205 |", "| 200 |"),
    "another sum": (minute_faults, "Together 810", "Together 800"),
    "an assignment uncounted": (point_faults, "| assignments due | 5 |", "| assignments due | 6 |"),
    "points that do not add up": (point_faults, "| predictions | 10 |", "| predictions | 15 |"),
    "more than there is for each": (point_faults, "| points for each | 12 |", "| points for each | 10 |"),
    "an author added": (reading_faults, "- 02 · P. J. Werbos", "- 02 · P. J. Werbos, J. Peng"),
    "another year": (reading_faults, "(1990). *Finding", "(1991). *Finding"),
    "read in another chapter": (reading_faults, "- 06 · Claude", "- 07 · Claude"),
    "a paper that nobody cites": (reading_faults, "*Long short-term memory.*", "*Attention is all you need.*"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_syllabus_is_noticed(case):
    faults, old, new = SPOILED[case]
    assert old in SYLLABUS
    assert list(faults(SYLLABUS.replace(old, new, 1), 6))
