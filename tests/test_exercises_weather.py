"""The solutions of chapter 07's exercises, on every input of their checks: against other ways to the same answer."""

import numpy as np
import pytest
from exercise_checks import Oracles, exercises
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error

from rnncourse.exercises import weather as ex

oracles = Oracles()


@pytest.mark.parametrize("exercise", exercises(ex), ids=lambda e: e.name)
def test_the_solution_agrees_with_its_oracle(exercise):
    oracles.agree(exercise, 1e-9)


@oracles.of(ex.windows_with_gaps)
def _(values, measured, history, horizon):
    spans = np.lib.stride_tricks.sliding_window_view(np.where(measured, values, np.nan), history + horizon)
    x, y = spans[:, :history], spans[:, -1]
    kept = np.isfinite(x).all(1) & np.isfinite(y)
    return x[kept], y[kept]


@oracles.of(ex.persistence_by_horizon)
def _(values, furthest):
    spans = np.lib.stride_tricks.sliding_window_view(values, furthest + 1)
    return mean_absolute_error(spans[:, 1:], np.repeat(spans[:, :1], furthest, axis=1), multioutput="raw_values")


@oracles.of(ex.damped_persistence)
def _(values, normal, train, horizon):
    away, days = values - normal, np.arange(train - horizon)
    line = LinearRegression(fit_intercept=False).fit(away[days, None], away[days + horizon])
    return normal[horizon:] + line.predict(away[:-horizon, None])


@oracles.of(ex.skill_interval)
def _(errors_a, errors_b, starts, length, level):
    skills = []
    for draw in starts:
        days = [(first + k) % len(errors_a) for first in draw for k in range(length)]
        skills.append(1 - sum(errors_a[d] for d in days) / sum(errors_b[d] for d in days))
    return tuple(np.percentile(skills, [50 - 50 * level, 50 + 50 * level]))


@oracles.of(ex.verdicts)
def _(draws, level):
    words, wrong = [], (1 - level) / len(draws)
    for row in draws:
        low, high = np.percentile(row, 100 * wrong / 2), np.percentile(row, 100 - 100 * wrong / 2)
        words.append({(True, True): "better", (False, False): "worse"}.get((low < 0, high < 0), ex.NOTHING_SHOWN))
    return words


def test_all_three_verdicts_are_asked_for():
    given = [word for case in ex.verdicts.cases() for word in ex.verdicts.reference(**case)]
    assert set(given) == {"better", "worse", ex.NOTHING_SHOWN}


def test_the_word_for_no_difference_is_the_one_that_the_library_says():
    assert f'"{ex.NOTHING_SHOWN}"' in ex.verdicts.source


def test_every_series_of_the_first_exercise_has_a_gap_and_a_window():
    for case in ex.windows_with_gaps.cases():
        x, y = ex.windows_with_gaps.reference(**case)
        assert not case["measured"].all() and len(x) == len(y) >= 1 and x.min() > ex.NO_VALUE < y.min()


def test_pairing_makes_the_interval_narrower():
    """Otherwise the exercise would teach nothing: on each input, the same days for both give less width than not."""
    unpaired = next(f for f in ex.skill_interval.mistakes.values() if f.__name__ == "_unpaired")
    for case in ex.skill_interval.cases()[2:]:
        (low, high), (wide_low, wide_high) = ex.skill_interval.reference(**case), unpaired(**case)
        assert high - low < wide_high - wide_low


# -- what a check says to answers that are nearly right ----------------------------------------------------------------
def test_two_numbers_in_one_array_are_two_numbers():
    assert ex.skill_interval.check(lambda *case: np.array(ex.skill_interval.reference(*case))).status == "correct"


def as_learners(change):
    """The right words, each changed."""
    return lambda draws, level: [change(word) for word in ex.verdicts.reference(draws, level)]


@pytest.mark.parametrize("change, third", [(lambda w: w.replace(" can be shown", ""), True), (str.capitalize, False),
                                           (lambda w: w == "better", False)])
def test_the_note_on_the_third_answer_comes_for_the_third_answer_alone(change, third):
    told = repr(ex.verdicts.check(as_learners(change)))
    assert ("The third answer, word for word" in told) == third and ("The three answers are" in told) != third


def test_a_width_divided_by_the_root_of_the_draws_is_named():
    def narrow(draws, level):
        half = 1.96 * draws.std(1) / np.sqrt(draws.shape[1])
        return ["better" if m + h < 0 else "worse" if m - h > 0 else ex.NOTHING_SHOWN
                for m, h in zip(draws.mean(1), half, strict=True)]
    assert "divided by √R" in ex.verdicts.check(narrow).message


def test_gaps_left_in_as_nan_are_told():
    def as_nan(values, measured, history, horizon):
        return ex._cut(np.where(measured, values, np.nan), history, horizon)
    assert "with a gap in it" in repr(ex.windows_with_gaps.check(as_nan))


def test_days_cut_off_a_draw_are_named():
    def cut(errors_a, errors_b, starts, length, level):
        days = ((starts[..., None] + np.arange(length)) % len(errors_a)).reshape(len(starts), -1)[:, :len(errors_a)]
        skill = 1 - errors_a[days].mean(1) / errors_b[days].mean(1)
        return np.quantile(skill, [(1 - level) / 2, (1 + level) / 2])
    assert "cut off" in ex.skill_interval.check(cut).message
