"""The teaching pages: one a chapter, in one layout, and what they say of the chapter stands in it."""

import re

import pytest

from tests import latex, teaching_page
from tests.teaching_page import ROOT, SECTIONS, Page, checks, fails, loose_numbers, places, wrong_quotes

PAGES = sorted((ROOT / "teaching").glob("[0-9][0-9]_*.md"))
CHAPTERS = [path.stem for path in sorted((ROOT / "chapters").glob("[0-9]*.py"))]
COUNTED = re.compile(r"\bstudies show|\d ?%? (?:of|out of) (?:the )?(?:students|learners|class)|most frequent slip"
                     r"|\b(?:most|many|few|fewer|nobody|hardly anyone|half)(?: of them)? (?:students|say|name|think|ask"
                     r"|answer|guess|expect|forget|had|has|have)\b", re.I)
TURNS = ("**What students usually answer.**", "**What the page then shows.**")
each_page = pytest.mark.parametrize("page", [Page.of(path.stem, path.read_text()) for path in PAGES],
                                    ids=[path.stem for path in PAGES])


def layout_faults(page):
    """What is wrong with title, first line and sections."""
    title, *rest = [line for line in page.head.splitlines() if line.strip()]
    if title.removeprefix("# ") not in places(page.stem):
        yield f"the title is {title!r}, and not the chapter's"
    if not re.fullmatch(r"\*[^*].*\*", " ".join(rest)) or f"../chapters/{page.stem}.ipynb" not in " ".join(rest):
        yield "below the title stands one line in italics, with a link to the chapter"
    if tuple(page.sections) not in (SECTIONS, SECTIONS[:-1]):
        yield f"the sections are {list(page.sections)}"
    goals = re.findall(r"^- ", page.sections["Goals"], flags=re.M)
    if not 3 <= len(goals) <= 5:
        yield f"{len(goals)} goals; expected three to five"


def plan_faults(page):
    """What is wrong with the two plans."""
    for minutes, longest in ((45, 15), (90, 25)):
        rows = page.plan(minutes)
        if any(len(row) != 3 or not row[0].isdigit() or not all(row) for row in rows):
            yield f"plan for {minutes}: each row is minutes | what happens | with what, and the minutes a number"
            continue
        if sum(int(row[0]) for row in rows) != minutes:
            yield f"plan for {minutes}: its minutes sum to {sum(int(row[0]) for row in rows)}"
        if max(int(row[0]) for row in rows) > longest:
            yield f"plan for {minutes}: a row is longer than {longest} minutes"
        if sum("*§" in row[2] for row in rows) < 3:
            yield f"plan for {minutes}: fewer than three rows name a place in the chapter"


def exercise_faults(page):
    """Rows that say "exercise 3" and do not name the chapter's third."""
    for minutes in (45, 90):
        for _, happens, place in page.plan(minutes):
            told = re.search(r"[Ee]xercises? (\d[^.]*)", happens)
            numbers = [int(number) for number in re.findall(r"\b\d\b", told[1])] if told else []
            for number, name in enumerate(teaching_page.exercises(page.stem), 1):
                if number in numbers and f"`{name}`" not in place:
                    yield f"plan for {minutes}: exercise {number} is {name}; came {place}"


def hearsay_faults(page):
    """Sentences that count students, in numbers or in words: nobody has counted them."""
    for name, text in (("head", page.head), *page.sections.items()):
        yield from (f"{name}: who has counted? {found[0]!r}" for found in COUNTED.finditer(text))


def prediction_faults(page):
    """What is wrong with the prediction: its question, the usual answers, where the page answers."""
    text = page.sections["Ask for a prediction"]
    if not re.search(r"^> .+", text, flags=re.M):
        yield "the prediction's question stands in a quotation, word for word, `> …`"
    if [text.count(turn) for turn in TURNS] != [1, 1] or "*§" not in text.split(TURNS[1])[-1]:
        yield f"the prediction has {TURNS[0]} and {TURNS[1]}, and the latter says where"
    if "*§" not in page.sections["The misconception"]:
        yield "the misconception says what on the page refutes it: *§ …*"


def quiz_faults(page):
    """What is wrong with the quiz."""
    questions = page.questions()
    if len(questions) != 5:
        yield f"{len(questions)} questions; expected five"
    for number, question in enumerate(questions, 1):
        if sorted(question.options) != list("ABCD") or len(set(question.options.values())) != 4:
            yield f"question {number}: four different options, A to D"
        if len(question.right) != 1:
            yield f"question {number}: one answer; came {question.right}"
        elif set(question.tempts) != set("ABCD") - set(question.right) or min(map(len, question.tempts.values())) < 20:
            yield f"question {number}: each wrong option, and no other, says why it tempts; came {question.tempts}"
    right = [question.right[0] for question in questions if question.right]
    if len(set(right)) < 3:
        yield f"the right letters are {right}; vary them"
    longest = sum(max(q.options, key=lambda letter: len(q.options[letter])) in q.right for q in questions)
    if longest > 3:
        yield f"in {longest} of five questions the longest option is right: one can guess"


def check_faults(page):
    """What is wrong with the numbers that the page works out."""
    if "On the board" not in [name for name, _ in checks(page)]:
        yield "the board's answer is checked nowhere: <!-- check: … -->"
    yield from filter(None, (fails(page, name, code) for name, code in checks(page)))


def test_there_is_a_page_for_each_chapter():
    assert [path.stem for path in PAGES] == CHAPTERS


@each_page
@pytest.mark.parametrize("faults", [layout_faults, plan_faults, exercise_faults, prediction_faults, hearsay_faults,
                                    quiz_faults, check_faults, wrong_quotes, loose_numbers])
def test_the_page_keeps_to_the_layout_and_to_its_chapter(page, faults):
    assert not list(faults(page))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_formulas_links_and_words(path):
    text = path.read_text()
    assert not latex.faults(text)
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    assert all((path.parent / link).exists() for link in links)
    assert 80 <= len(text.splitlines()) <= 200
    assert max(map(len, re.sub(r"^\|.*$", "", text, flags=re.M).splitlines())) <= 120


def test_the_readme_leads_somewhere_and_names_what_there_is():
    text = (ROOT / "teaching" / "README.md").read_text()
    assert all((ROOT / "teaching" / link).exists() for link in re.findall(r"\]\(([^)]+)\)", text))
    headings = {heading.rstrip(".") for stem in CHAPTERS for heading in places(stem)}
    assert {"Predict first", "Where this misleads"} <= headings
    assert all((ROOT / quoted).exists() for quoted in re.findall(r"`(tests/[^`]+)`", text))
    assert all(f"{target}:" in (ROOT / "Makefile").read_text() for target in re.findall(r"`make (\w+)`", text))
    assert not COUNTED.search(text)


@pytest.mark.parametrize("stem", CHAPTERS)
def test_an_exercise_needs_two_cells_only(stem):
    """As the README tells teachers: the chapter's first, and the first below *Exercises*; then each check answers."""
    sources = [source for kind, source, _ in teaching_page.cells(stem) if kind == "code" or "## Exercises" in source]
    heading = next(k for k, source in enumerate(sources) if "## Exercises" in source)
    learner = {}
    for source in (sources[0], *sources[heading + 1:]):
        if source in (sources[0], sources[heading + 1]) or re.search(r"^exercises\.\w+\.check", source, flags=re.M):
            exec(source, learner)
    assert set(teaching_page.exercises(stem)) <= set(learner)


# -- the checker itself: each of these is noticed ----------------------------------------------------
FIRST = "00_start_here"
SPOILED = {
    "another title": (layout_faults, "Does everything work here?", "Does it work?"),
    "a section lost": (layout_faults, "## The misconception", "### The misconception"),
    "a minute too many": (plan_faults, "| 5 |", "| 6 |"),
    "another exercise": (exercise_faults, "| Exercise 1.", "| Exercise 2."),
    "students counted": (hearsay_faults, "usually answer.** ", "usually answer.** Many say: "),
    "no question": (prediction_faults, "\n> ", "\n"),
    "no second answer": (quiz_faults, "Answer: **B**.", "Answer: **B** or **C**."),
    "an option twice": (quiz_faults, "- D. ", "- C. "),
    "one reason missing": (quiz_faults, "- *A*: ", "- A is wrong: "),
    "a place that is not": (wrong_quotes, "*§ The smallest memory*", "*§ The largest memory*"),
    "a quote elsewhere": (wrong_quotes, "`below it 22", "`2.562` and `below it 22"),
    "a quote from nowhere": (wrong_quotes, "where 0.098 is left`", "where 0.0981 is left`"),
    "a number by itself": (loose_numbers, "`5.486`", "5.486"),
    "a sum that fails": (check_faults, "<!-- check: ", "<!-- check: False and "),
    "an answer not given": (check_faults, "2.44", "2.45"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_page_is_noticed(case):
    faults, old, new = SPOILED[case]
    text = (ROOT / "teaching" / f"{FIRST}.md").read_text()
    assert old in text
    spoiled = re.sub(r"(?<!== )" + re.escape(old), new.replace("\\", r"\\"), text)    # what a check says is left alone
    assert list(faults(Page.of(FIRST, spoiled)))
