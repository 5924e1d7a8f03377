"""What the tests of exercises share: oracles by exercise, how answers are compared, and a verdict in one string."""

import numpy as np

from rnncourse.exercises._exercise import Exercise


def exercises(*modules):
    """Every exercise that the modules declare."""
    return [e for module in modules for e in vars(module).values() if isinstance(e, Exercise)]


def module_and_name(exercise):
    """bptt.backward_step: for the ids of tests."""
    return f"{exercise.reference.__module__.split('.')[-1]}.{exercise.name}"


class Oracles(dict):
    """Exercise -> another way from its inputs to the answer; `@oracles.of(exercise)` registers one."""

    def of(self, exercise):
        """Register the decorated function as the oracle of `exercise`."""
        def keep(fn):
            self[exercise] = fn
            return fn
        return keep

    def agree(self, exercise, tolerance=1e-9):
        """Assert that solution and oracle give the same on every input of the exercise's check."""
        for case in exercise.cases():
            assert close(exercise.reference(**case), self[exercise](**case), tolerance), case


def close(a, b, tolerance=1e-10):
    """Equal shapes and keys all the way down, numbers within `tolerance`, words equal."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key], tolerance) for key in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(close(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, list):
        return a == b
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=0, atol=tolerance)


def told(verdict):
    """All of a verdict in one string."""
    return f"{verdict.message} " + " ".join(f"{label}: {text}" for label, text in verdict.details)


def said(exercise, fn):
    """What the check says to a wrong answer."""
    verdict = exercise.check(fn)
    assert verdict.status == "not yet", verdict
    return told(verdict)
