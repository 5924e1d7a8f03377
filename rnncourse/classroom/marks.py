"""Points for one function, for a graded cell that runs in the student's own kernel: the plain way, without a sandbox.

nbgrader gives such a cell full points where it neither raises nor ends in a number, and none where anything was written
to stderr. So `points` always gives a number, whatever the student's function is or does, and keeps stderr empty.
"""

import contextlib
import importlib
import io


def points(topic, name, fn, *, out_of, seed):
    """Judge `fn` on the hidden inputs of an exercise; prints the verdict and returns `out_of` or 0.

    topic   the module of exercises, as "lstm"
    name    the exercise
    fn      what the student wrote; None where there is nothing of that name
    out_of  the points for a correct one
    seed    of the hidden inputs, a whole number
    """
    with contextlib.redirect_stderr(io.StringIO()):
        status, message = _verdict(topic, name, fn, seed)
    print(f"{name}: {status}. {message}")
    return out_of if status == "correct" else 0


def _verdict(topic, name, fn, seed):
    """(status, message); the message tells no hidden input."""
    try:
        exercise = getattr(importlib.import_module(f"rnncourse.exercises.{topic}"), name)
        verdict = exercise.check(fn, exercise.hidden_cases(seed))
        return verdict.status, verdict.message
    except KeyboardInterrupt:
        raise
    except BaseException as error:    # whatever a student's object does when it is looked at
        return "not yet", f"It could not be judged: {type(error).__name__}."
