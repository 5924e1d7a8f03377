"""Exercise: a function to write, with a check that answers at once, hints in steps, and a solution."""

import ast
import inspect
import itertools
import re
import textwrap
import time
import zlib

import numpy as np

from rnncourse.exercises._compare import equal, first_difference, inputs_shown
from rnncourse.exercises._explain import explain
from rnncourse.exercises._hidden import drawn_cases
from rnncourse.exercises._limits import TimeUp, random_state_kept
from rnncourse.exercises._pages import Hint, Solution, Verdict
from rnncourse.exercises._run import Outcome, call, fresh, names_from_outside, same, untouched


def exercise(*, cases, size, hints, after, returns=None, tolerance=1e-9, seconds=5.0, hidden=None, rebuilds=()):
    """Turn the solution below it into an Exercise of the same name.

    The solution stands once: its signature and docstring make the stub, its answers are what a check
    compares with, and `.solution()` shows its source.

        @exercise(cases=_steps, size=2, hints=("…", "…"), after="…")
        def backward_step(params, h_t, dh_t): ...

        @backward_step.wrong("Correct but for the first step: dh_next is dropped.")
        def _dh_next_dropped(params, h_t, dh_t): ...

    cases      function: rng -> the inputs to try, each a dict from argument to value, the smallest first
    size       lines that a solution takes, about
    hints      one to four, each nearer to the solution
    after      one sentence for whoever got it right: what it is good for
    returns    the names of what is returned, for messages
    tolerance  of the comparison, absolute and relative at once
    seconds    that all the calls of a check may take together
    hidden     function: rng -> inputs for grading, of other sizes than `cases` has. Where `cases` takes the sizes as
               its second argument, with a default, it can be left out: it is called with others
    rebuilds   dotted names of what the library has for the same: a grader takes them away, so that nobody hands them in
    """
    return lambda solution: Exercise(solution, cases, size, hints, after, returns or "the answer", tolerance, seconds,
                                     hidden, rebuilds)


class Exercise:
    """A function to write. `check(yours)` judges it, `hint()` helps, `solution()` shows one way."""

    def __init__(self, solution, cases, size, hints, after, returns, tolerance, seconds, hidden=None, rebuilds=()):
        self.name, self.reference, self.size = solution.__name__, solution, size
        self.hints, self.after, self.returns = tuple(hints), after, returns
        self.tolerance, self.seconds = tolerance, seconds
        self.mistakes = {}                       # message -> the function that makes the mistake
        self.notes = {}                          # advice -> (outcome, expected) -> whether it is the one to give
        self.rebuilds = tuple(rebuilds)
        self._cases, self._hidden, self._hints_given = cases, hidden, 0

    # -- for the learner -------------------------------------------------------------------------
    def check(self, fn, cases=None):
        """Try `fn` on inputs of many shapes, or on these `cases`; returns a Verdict. Leaves the global random state."""
        if fn is None or fn is ...:
            return self._not_attempted()
        cases = self.cases() if cases is None else cases
        with random_state_kept():
            return self._not_a_fit(fn) or self.judge(lambda inputs, left: call(fn, inputs, left), cases, fn)

    def hint(self):
        """The next hint; after the last one, the last one again."""
        self._hints_given = min(self._hints_given + 1, len(self.hints))
        return Hint(self.name, self.hints[self._hints_given - 1], self._hints_given, len(self.hints))

    def solution(self):
        """One way to write it: the one that the check compares with."""
        return Solution(self.name, self.source)

    def __repr__(self):
        return f"Exercise {self.name}: {self.task} About {self._lines}. Then run .check({self.name})"

    # -- for the chapter -------------------------------------------------------------------------
    def wrong(self, message):
        """Decorator: a known wrong answer, which a check recognises and answers with `message`."""
        def known(fn):
            self.mistakes[message] = fn
            return fn
        return known

    def note(self, advice):
        """Decorator over (Outcome, expected) -> bool: where True, `advice` stands in the place of the general notes.

        For a wrong answer or error that is no single known mistake, and of which the general notes say too little.
        """
        def known(applies):
            self.notes[advice] = applies
            return applies
        return known

    @property
    def task(self):
        """The first paragraph of the solution's docstring."""
        return " ".join(inspect.getdoc(self.reference).split("\n\n")[0].split())

    @property
    def source(self):
        """The solution's source, without its decorator."""
        source = textwrap.dedent(inspect.getsource(self.reference))
        return "\n".join(source.splitlines()[_tree(source).lineno - 1:])

    @property
    def stub(self):
        """What stands in the chapter: signature, docstring and an ellipsis."""
        lines, doc = self.source.splitlines(), _tree(self.source).body[0]
        return "\n".join([*lines[:doc.end_lineno], f"    ...    # about {self._lines}"])

    def cases(self):
        """The inputs of a check, the same each time: a list of dicts from argument to value."""
        names = list(inspect.signature(self.reference).parameters)
        inputs = self._cases(np.random.default_rng(zlib.crc32(self.name.encode())))
        return [{name: case[name] for name in names} for case in inputs]

    def hidden_cases(self, seed):
        """Inputs for grading: like `cases()`, of other sizes and numbers, the same each time for one whole number."""
        return drawn_cases(self, self._cases, self._hidden, seed)

    @property
    def _lines(self):
        return f"{self.size} line{'s' if self.size > 1 else ''}"

    # -- judging ---------------------------------------------------------------------------------
    def _not_attempted(self):
        return Verdict(self.name, "not attempted", "Write it in the place of the `...`, and run the cell again.")

    def _not_yet(self, message, details=(), inputs=None, mistake=None):
        return Verdict(self.name, "not yet", message, tuple(details), fresh(inputs or {}), mistake)

    def _not_a_fit(self, fn):
        """A Verdict where `fn` cannot even be called."""
        wanted = ", ".join(inspect.signature(self.reference).parameters)
        if not callable(fn):
            return self._not_yet(f"Give the function itself, without calling it: `.check({self.name})`.",
                                 [("came", f"a value of type {type(fn).__name__}")])
        try:
            signature = inspect.signature(fn)
        except ValueError:                       # some functions written in C tell nothing
            return None
        try:
            signature.bind(*wanted.split(", "))
        except TypeError:
            return self._not_yet("It takes other arguments than the check gives.",
                                 [("came", f"{self.name}{signature}"), ("expected", f"{self.name}({wanted})")])
        return None

    def judge(self, run, cases, fn=None):
        """A Verdict on whatever `run` runs: a function of this process, or one far away.

        run      (inputs, seconds) -> Outcome; inputs is one of `cases`, from argument to value
        cases    the inputs to try
        fn       the function itself, where it is at hand: its source makes some messages more exact
        """
        outcomes = _outcomes(run, cases, self.seconds)
        if isinstance(outcomes[0].error, NotImplementedError) or _unfinished(fn, outcomes[0]):
            return self._not_attempted()
        expected = [self.reference(*fresh(case).values()) for case in cases]
        first = next((k for k, o in enumerate(outcomes) if self._unlike(o, expected[k])), None)
        if first is None:
            return self._unsteady(run, cases, outcomes) or self._correct(cases)
        mistake = self._known_mistake(cases, outcomes, expected)
        return self._explained(fn, first, cases, outcomes[first], expected[first], mistake)

    def _unlike(self, outcome, expected):
        return outcome.error or outcome.changed or not equal(outcome.value, expected, self.tolerance)

    def _correct(self, cases):
        return Verdict(self.name, "correct", f"{self.after} ({len(cases)} inputs tried.)")

    def _unsteady(self, run, cases, outcomes):
        """A Verdict where a second round gives other answers than the first."""
        again = _outcomes(run, cases, self.seconds)
        for case, one, other in zip(cases, outcomes, again, strict=False):
            if other.error or not same(one.value, other.value):
                return self._not_yet("The same input, given twice, got two different answers.", [
                    ("input", inputs_shown(case)),
                    ("note", "whatever it keeps between calls (a global list or array) or draws at random")], case)
        return None

    def _known_mistake(self, cases, outcomes, expected):
        """The message of the known mistake that gives the learner's answer on every input, or None."""
        right = [equal(o.value, e, self.tolerance) for o, e in zip(outcomes, expected, strict=False)]
        if all(good or o.error for good, o in zip(right, outcomes, strict=False)):
            return None                          # an error alone is no sign of a particular mistake
        for message, mistaken in self.mistakes.items():
            theirs = (call(mistaken, case, self.seconds) for case in cases)
            if all(map(self._alike, outcomes, theirs)):
                return message
        return None

    def _alike(self, one, other):
        if one.error or other.error:
            return type(one.error) is type(other.error)
        return equal(one.value, other.value, self.tolerance)

    def _explained(self, fn, k, cases, outcome, expected, mistake):
        message, details = self._what(fn, cases[k], outcome, expected)
        if mistake:                              # it says all that a note could
            message, details = mistake, [("where", message), *(row for row in details if row[0] != "note")]
        details.insert(0, ("input", f"{k + 1} of {len(cases)}: {inputs_shown(cases[k])}"))
        if outcome.printed:
            details.append(("printed", _start(outcome.printed)))
        return self._not_yet(message, details, cases[k], mistake)

    def _what(self, fn, case, outcome, expected):
        """(message, details) for one outcome that is not as expected."""
        outside = [f"Your function reads `{name}` from the notebook; should it come from its arguments?"
                   for name in names_from_outside(fn)]
        if isinstance(outcome.error, TimeUp):
            outside.append(f"It may take {self.seconds:g} seconds for all inputs together.")
        if outcome.error:
            headline, line, advice = explain(outcome.error, fn, case)
            notes = (*line, *(self._own_notes(outcome, expected) or advice), *outside)
            return f"On this input {headline}.", [("note", note) for note in notes]
        if outcome.value is None:
            why = "What it prints, nobody can compute with" if outcome.printed else "Some way through it ends without"
            return "Nothing came back: `return` is missing.", [("note", f"{why}; end with `return …`.")]
        if outcome.changed:
            return _changes_an_input(case, outcome.changed)
        difference = first_difference(outcome.value, expected, self.tolerance, self.returns)
        capital = re.match("(the|an?|still) ", difference.says)    # a name such as dh_prev stays as it is
        return f"{difference.says[0].upper() if capital else difference.says[0]}{difference.says[1:]}.", [
            ("came", difference.came), ("expected", difference.expected),
            *(("note", note) for note in (*(self._own_notes(outcome, expected) or difference.notes), *outside))]

    def _own_notes(self, outcome, expected):
        def fits(applies):
            try:
                return bool(applies(outcome, expected))
            except (TypeError, ValueError, IndexError, AttributeError):    # whatever it is that came, not this
                return False

        return tuple(advice for advice, applies in self.notes.items() if fits(applies))


def _changes_an_input(case, changed):
    """(message, details) where a function wrote into what it was given."""
    name, now = next(iter(changed.items()))
    if same(now, case[name], within=1e-12):
        return f"It changes its input {name}. You put it back, but rounding leaves a trace; work on a copy.", [
            ("note", f"`{name}.copy()` is one. What is left of the change is in the last digits.")]
    instead = ("make a new dict" if isinstance(case[name], dict) else "make new arrays"
               if isinstance(case[name], list) else f"start from `{name}.copy()`")
    return f"It changes its input {name}, which belongs to the caller.", [
        ("note", f"`+=`, `*=` and `{name}[…] = …` write into it; {instead}.")]


def _outcomes(run, cases, seconds):
    """One Outcome a case; the first that takes too long is the last."""
    end, found = time.monotonic() + seconds, []
    for case in cases:
        left = end - time.monotonic()
        found.append(run(case, left) if left > 0 else Outcome(error=TimeUp()))
        if isinstance(found[-1].error, TimeUp):
            break
    return found


def _unfinished(fn, outcome):
    """Whether nothing but `...` came back, or nothing at all from a body that does nothing."""
    value = outcome.value
    if value is None and not outcome.error:
        return untouched(fn)
    return value is ... or (isinstance(value, tuple) and value and all(entry is ... for entry in value))


def _start(text, lines=4):
    kept = text.strip("\n").splitlines()
    return "\n".join([*itertools.islice(kept, lines), *(["…"] if len(kept) > lines else [])])


def _tree(source):
    return ast.parse(source).body[0]
