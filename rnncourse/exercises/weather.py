"""Exercises of chapter 07: windows round gaps, persistence at every horizon, a baseline of one number, a verdict."""

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

# -- windows from a station with gaps ------------------------------------------------------------------
NO_VALUE = -99.9                               # what some stations write where nothing was measured


def _with_gaps(rng, sizes=((7, 2, 1, [2]), (4, 1, 1, [0]), (12, 3, 2, [4]), (15, 1, 4, [3, 9]),
                           (30, 5, 7, [8, 21, 29]))):
    for days, history, horizon, gaps in sizes:
        measured = ~np.isin(np.arange(days), gaps)
        yield {"values": np.where(measured, rng.normal(15, 5, days).round(1), NO_VALUE), "measured": measured,
               "history": history, "horizon": horizon}


def _cut(values, history, horizon, keep=None, days=None):
    """(x, y) of the windows that end with a day d, for those d where keep(d) holds."""
    days = range(history - 1, len(values) - horizon) if days is None else days
    kept = [d for d in days if keep is None or keep(d)]
    x = [values[d - history + 1:d + 1] for d in kept]
    return np.array(x).reshape(-1, history), np.array([values[d + horizon] for d in kept])


def _clean(measured, history, horizon):
    return lambda d: measured[d - history + 1:d + 1].all() and measured[d + horizon]


def _other_gaps(rng):
    """Gaps anywhere but in one window, so that this one is left."""
    sizes = []
    for days in rng.choice([8, 9, 10, 11, *range(16, 30), *range(31, 45)], 6, replace=False):
        history, horizon = (int(n) for n in rng.integers(1, (4, 3) if days < 16 else (7, 8)))
        last = rng.integers(history - 1, days - horizon)
        free = np.setdiff1d(np.arange(days), [*range(last - history + 1, last + 1), last + horizon])
        sizes.append((int(days), history, horizon, rng.choice(free, rng.integers(1, 4), replace=False)))
    return _with_gaps(rng, sizes)


@exercise(cases=_with_gaps, hidden=_other_gaps, size=7, returns=("x", "y"),
          rebuilds=("rnncourse.datasets._windows.windows",), hints=(
    "Walk over the days d on which a forecast can be made. The first is d = history − 1, and the last is the one whose "
    "target, day d + horizon, is still in the data.",
    "The window of day d is `values[d - history + 1:d + 1]`: it ends *with* d. Take the same piece of `measured`, and "
    "ask of its target too.",
    "Almost the solution: collect window and target in two lists where `measured[past].all() and "
    "measured[d + horizon]`, with `past = slice(d - history + 1, d + 1)`; then `np.array(…)` of each."),
    after="A day that was not measured costs a few windows. Glueing the days around it together would cost the truth.")
def windows_with_gaps(values, measured, history, horizon):
    """Cut a series with gaps into windows, and give only those in which every day was measured, the target too.

    values    (N,)  one number a day; on a day without a measurement it means nothing
    measured  (N,)  True where the station measured
    history   how many days a window has; the forecast is made on its last day
    horizon   how many days after that day the target lies: 1 is the next day
    returns   x (M, history), oldest day first, and y (M,), in the order of the days. At least one window is left.
    """
    x, y = [], []
    for d in range(history - 1, len(values) - horizon):
        past = slice(d - history + 1, d + 1)
        if measured[past].all() and measured[d + horizon]:
            x.append(values[past])
            y.append(values[d + horizon])
    return np.array(x), np.array(y)


@windows_with_gaps.wrong("The gaps are cut out first, which glues together days that do not follow each other: "
                         "some windows jump over a day, and some targets lie further off than the horizon.")
def _glued(values, measured, history, horizon):
    return _cut(values[measured], history, horizon)


@windows_with_gaps.wrong("The target lies one day too early, `values[d + horizon - 1]`. With horizon 1 that is the "
                         "window's own last day, and any model will look brilliant.")
def _target_in_the_window(values, measured, history, horizon):
    return _cut(values, history, horizon - 1, _clean(measured, history, horizon - 1))


@windows_with_gaps.wrong("The target lies one day too late. Was the window's last day left out of it? "
                         "`values[d - history + 1:d + 1]` ends with day d.")
def _one_day_late(values, measured, history, horizon):
    return _cut(values, history, horizon + 1, _clean(measured, history, horizon + 1))


@windows_with_gaps.wrong("The horizon is counted from the window's first day; it counts from its last, the day on "
                         "which the forecast is made.")
def _from_the_first_day(values, measured, history, horizon):
    days = [d for d in range(history - 1, len(values)) if d - history + 1 + horizon < len(values)]
    kept = [d for d in days if measured[d - history + 1:d + 1].all() and measured[d - history + 1 + horizon]]
    x = np.array([values[d - history + 1:d + 1] for d in kept])
    return x, np.array([values[d - history + 1 + horizon] for d in kept])


@windows_with_gaps.wrong("Correct but for the end: the last day with a target in the data is left out (or "
                         "each window and its target lie a day too early); `range` stops before its end by itself.")
def _last_one_lost(values, measured, history, horizon):
    days = range(history - 1, len(values) - horizon - 1)
    return _cut(values, history, horizon, _clean(measured, history, horizon), days)


@windows_with_gaps.wrong("Correct but for the start: the first forecast can be made on day history − 1, counted "
                         "from 0.")
def _first_one_lost(values, measured, history, horizon):
    days = range(history, len(values) - horizon)
    return _cut(values, history, horizon, _clean(measured, history, horizon), days)


@windows_with_gaps.wrong("Correct where the targets were measured; but some were not, and those mean nothing.")
def _target_not_looked_at(values, measured, history, horizon):
    return _cut(values, history, horizon, lambda d: measured[d - history + 1:d + 1].all())


@windows_with_gaps.wrong("Correct where the histories were measured; but some windows hold a day that was not.")
def _window_not_looked_at(values, measured, history, horizon):
    return _cut(values, history, horizon, lambda d: measured[d + horizon])


@windows_with_gaps.wrong("Only the day of the forecast and its target were asked for; every day of the window has to "
                         "have been measured.")
def _last_day_looked_at(values, measured, history, horizon):
    return _cut(values, history, horizon, lambda d: measured[d] and measured[d + horizon])


@windows_with_gaps.wrong("`measured` is not used: days without a measurement are in the windows as if they were cold.")
def _gaps_left_in(values, measured, history, horizon):
    return _cut(values, history, horizon)


@windows_with_gaps.wrong("Correct but for the direction: the oldest day comes first in a window.")
def _newest_first(values, measured, history, horizon):
    x, y = windows_with_gaps.reference(values, measured, history, horizon)
    return x[:, ::-1], y


@windows_with_gaps.wrong("Too many windows are lost: only the window and its one target must be measured, not the "
                         "days between them.")
def _days_between(values, measured, history, horizon):
    return _cut(values, history, horizon, lambda d: measured[d - history + 1:d + horizon + 1].all())


@windows_with_gaps.wrong("The gaps are filled with the mean of the days that were measured: that makes days up, in the "
                         "windows and in the targets. Leave out each window that has one.")
def _filled_with_the_mean(values, measured, history, horizon):
    return _cut(np.where(measured, values, values[measured].mean()), history, horizon)


@windows_with_gaps.note("As many windows came as if each day had been measured: a window with a gap in it, or with a "
                        "target that was not measured, is to be left out.")
def _all_days_kept(outcome, expected):
    x, y = outcome.value
    return len(x) == len(y) > len(expected[1]) and not np.isfinite(np.c_[x, y]).all()


# -- the error of persistence, horizon by horizon --------------------------------------------------------
def _series(rng, sizes=((4, 2), (2, 1), (9, 4), (20, 3), (40, 14))):
    for days, furthest in sizes:
        yield {"values": np.cumsum(rng.normal(0, 2, days)) + 15, "furthest": furthest}


def _other_series(rng):
    lengths = rng.choice([3, 5, 6, 7, 8, *range(10, 20), *range(21, 40)], 5, replace=False)
    return _series(rng, [(int(days), int(rng.integers(1, days))) for days in lengths])


@exercise(cases=_series, hidden=_other_series, size=3, rebuilds=("rnncourse.validate.forecasts.persistence",), hints=(
    "The forecast for day d + k, made on day d, is `values[d]`. How far off it is: `abs(values[d + k] - values[d])`.",
    "The same days for every k: the d from which even the furthest target is in the data, d < N − furthest.",
    "Almost the solution: with `n = len(values) - furthest`, the targets k days later are `values[k:k + n]`; "
    "take the mean of the absolute differences to `values[:n]`."),
    after="Drawn over k, this is the curve that every forecast of this series has to stay under.")
def persistence_by_horizon(values, furthest):
    """The mean absolute error of "as today", 1, 2, … furthest days ahead, each on the same days of forecast.

    values    (N,)  one number a day
    furthest  the largest horizon; smaller than N
    returns   (furthest,)  entry k − 1: the error k days ahead, over those days from which
              the target *furthest* days ahead is still in the data
    """
    n = len(values) - furthest
    return np.array([np.abs(values[k:k + n] - values[:n]).mean() for k in range(1, furthest + 1)])


def _by_horizon(values, furthest, error):
    n = len(values) - furthest
    return np.array([error(values[k:k + n] - values[:n]) for k in range(1, furthest + 1)])


@persistence_by_horizon.wrong("Correct for the furthest horizon; each of the others is on more days than that one, "
                              "and errors on different days cannot be compared.")
def _each_on_its_own_days(values, furthest):
    return np.array([np.abs(values[k:] - values[:-k]).mean() for k in range(1, furthest + 1)])


@persistence_by_horizon.wrong("The absolute value is taken after the mean, so being too warm on one day makes up for "
                              "being too cold on another. First `np.abs`, then the mean.")
def _absolute_after_the_mean(values, furthest):
    return _by_horizon(values, furthest, lambda e: np.abs(e.mean()))


@persistence_by_horizon.wrong("A difference of two means: being too warm on one day makes up for being too cold on "
                              "another. First the difference of each day, `np.abs`, then the mean.")
def _difference_of_means(values, furthest):
    return np.array([np.abs(values[k:].mean() - values[:-k].mean()) for k in range(1, furthest + 1)])


@persistence_by_horizon.wrong("The sign was never taken off: this is the mean error (how far the forecasts lie too low "
                              "on average).")
def _signed(values, furthest):
    return _by_horizon(values, furthest, np.mean)


@persistence_by_horizon.wrong("It starts with horizon 0: a forecast of today, made today, is never wrong. "
                              "The first entry is for k = 1.")
def _from_horizon_zero(values, furthest):
    n = len(values) - furthest
    return np.array([np.abs(values[k:k + n] - values[:n]).mean() for k in range(furthest)])


@persistence_by_horizon.wrong("`np.roll` puts the first days behind the last ones, as if the data were a ring.")
def _round_the_end(values, furthest):
    return np.array([np.abs(np.roll(values, -k) - values).mean() for k in range(1, furthest + 1)])


@persistence_by_horizon.wrong("These are root mean squared errors; asked for is the mean of the absolute ones.")
def _squared(values, furthest):
    return _by_horizon(values, furthest, lambda e: np.sqrt((e ** 2).mean()))


@persistence_by_horizon.wrong("These are mean squared errors, in °C²; asked for is the mean of the absolute ones.")
def _squared_without_root(values, furthest):
    return _by_horizon(values, furthest, lambda e: (e ** 2).mean())


@persistence_by_horizon.wrong("This is how much each day differs from the day before it, k days on: the forecast is "
                              "always the value of the day it is made on.")
def _yesterday_each_day(values, furthest):
    n = len(values) - furthest
    return np.array([np.abs(values[k:k + n] - values[k - 1:k - 1 + n]).mean() for k in range(1, furthest + 1)])


@persistence_by_horizon.wrong("These are medians; asked for is the mean.")
def _median(values, furthest):
    return _by_horizon(values, furthest, lambda e: np.median(np.abs(e)))


@persistence_by_horizon.wrong("The days that are forecast are the same for each horizon, and those on which the "
                              "forecasts are made are not. Start from the same days d < N − furthest.")
def _same_targets(values, furthest):
    return np.array([np.abs(values[furthest:] - values[furthest - k:len(values) - k]).mean()
                     for k in range(1, furthest + 1)])


@persistence_by_horizon.wrong("Sums; a mean divides by the number of days.")
def _sums(values, furthest):
    return _by_horizon(values, furthest, lambda e: np.abs(e).sum())


@persistence_by_horizon.note("One day too few: the days of forecast are d = 0, …, N − furthest − 1, which are "
                             "N − furthest of them.")
def _one_day_too_few(outcome, expected):
    return np.shape(outcome.value) == expected.shape and np.isnan(outcome.value).any()


# -- a baseline of one number ---------------------------------------------------------------------------
def _anomalies(rng, sizes=((6, 4, 1), (5, 3, 1), (20, 12, 2), (40, 25, 7), (60, 30, 3))):
    for days, train, horizon in sizes:
        normal = 15 + 8 * np.sin(np.arange(days) / 9 + rng.uniform(0, 6))
        away = rng.normal(0, 3, days)
        for d in range(1, days):
            away[d] += 0.6 * away[d - 1]
        yield {"values": normal + away, "normal": normal, "train": train, "horizon": horizon}


def _other_anomalies(rng):
    sizes = []
    for days in rng.choice([7, 8, 9, *range(10, 20), *range(21, 40)], 5, replace=False):
        train = int(rng.integers(days // 2 + 1, days))
        sizes.append((int(days), train, int(rng.integers(1, max(2, train // 2)))))
    return _anomalies(rng, sizes)


@exercise(cases=_anomalies, hidden=_other_anomalies, size=5, hints=(
    "Work with the deviations: for each day, how far its value is from the normal of that day.",
    "The share s that fits Σ (away[d + horizon] − s · away[d])² best is Σ away[d] · away[d + horizon] / Σ away[d]². "
    "Both days of a pair have to be training days.",
    "Almost the solution: with `away = values - normal`, the pairs are `away[:train - horizon]` and "
    "`away[horizon:train]`. "
    "Then add the share of today's deviation to the normal of the day that is forecast."),
    after="One number, fitted in one line: whatever is bigger should at least beat this one.")
def damped_persistence(values, normal, train, horizon):
    """Persistence towards the normal: "what is unusual today will have faded to a share of itself by then".

    The forecast, made on day d, is normal[d + horizon] + share · (values[d] − normal[d]). The share is the one that
    makes the sum of the squared errors smallest, over all pairs (d, d + horizon) that both lie in the training days.

    values   (N,)  one number a day
    normal   (N,)  what is usual on that day of the year
    train    the first `train` days are the training days; train > horizon
    horizon  days ahead, 1 or more
    returns  (N − horizon,)  the forecasts made on the days 0, 1, …, N − horizon − 1
    """
    away = values - normal
    before, after = away[:train - horizon], away[horizon:train]
    share = (before * after).sum() / (before ** 2).sum()
    return normal[horizon:] + share * away[:-horizon]


def _damped(values, normal, horizon, share):
    return normal[horizon:] + share * (values - normal)[:-horizon]


def _share(away, horizon, end):
    before, after = away[:end - horizon], away[horizon:end]
    return (before * after).sum() / (before ** 2).sum()


@damped_persistence.wrong("The share is fitted on all days, those to be tested on among them: that is a leak.")
def _share_from_all_days(values, normal, train, horizon):
    return _damped(values, normal, horizon, _share(values - normal, horizon, len(values)))


@damped_persistence.wrong("Correct but for the end of training: the last pairs have their target after it. Both days "
                          "of a pair must be training days.")
def _targets_after_training(values, normal, train, horizon):
    return _damped(values, normal, horizon, _share(values - normal, horizon, min(train + horizon, len(values))))


@damped_persistence.wrong("The normal that was added is today's; the forecast is for `horizon` days later, so it "
                          "starts from the normal of that day.")
def _normal_of_today(values, normal, train, horizon):
    return normal[:-horizon] + _share(values - normal, horizon, train) * (values - normal)[:-horizon]


@damped_persistence.wrong("The share is fitted to the temperatures themselves, which are all far above 0, so it comes "
                          "out near 1. Fit it to the deviations from normal.")
def _share_of_the_values(values, normal, train, horizon):
    return _damped(values, normal, horizon, _share(values, horizon, train))


@damped_persistence.wrong("The share of the day before is used whatever the horizon is: fit it to pairs that are "
                          "`horizon` days apart.")
def _share_of_one_day(values, normal, train, horizon):
    return _damped(values, normal, horizon, _share(values - normal, 1, train))


@damped_persistence.wrong("Nothing has faded: the share is 1, so all of today's deviation is carried on. It has to be "
                          "fitted.")
def _share_of_one(values, normal, train, horizon):
    return _damped(values, normal, horizon, 1.0)


@damped_persistence.wrong("This share is the correlation. The one with the smallest squared error is "
                          "Σ before · after / Σ before².")
def _correlation(values, normal, train, horizon):
    away = values - normal
    return _damped(values, normal, horizon, np.corrcoef(away[:train - horizon], away[horizon:train])[0, 1])


@damped_persistence.wrong("Correct but for the share, in which the divisor is the sum of the *later* days' squares; "
                          "it is the earlier days that are multiplied by it.")
def _divided_by_the_later(values, normal, train, horizon):
    away = values - normal
    before, after = away[:train - horizon], away[horizon:train]
    return _damped(values, normal, horizon, (before * after).sum() / (after ** 2).sum())


@damped_persistence.wrong("The deviation that is carried on is that of the day to be forecast: the answer stands in "
                          "the question. On day d only day d is known, `away[:-horizon]`.")
def _deviation_of_the_target(values, normal, train, horizon):
    away = values - normal
    return normal[horizon:] + _share(away, horizon, train) * away[horizon:]


@damped_persistence.wrong("Correct but for the share, which was fitted with a constant beside it. There is none in the "
                          "forecast; one number is all.")
def _fitted_with_a_constant(values, normal, train, horizon):
    away = values - normal
    before, after = away[:train - horizon], away[horizon:train]
    before_centred = before - before.mean()
    return _damped(values, normal, horizon, (before_centred * after).sum() / (before_centred ** 2).sum())


@damped_persistence.wrong("Correct but for the share's divisor: it sums over the same days as above the line, the "
                          "earlier days of the pairs, not over all training days.")
def _divisor_over_all(values, normal, train, horizon):
    away = (values - normal)[:train]
    return _damped(values, normal, horizon, (away[:-horizon] * away[horizon:]).sum() / (away ** 2).sum())


@damped_persistence.wrong("The mean of the pairs' own ratios: one day that was nearly normal outweighs all others. The "
                          "share is a ratio of two sums.")
def _mean_of_ratios(values, normal, train, horizon):
    away = values - normal
    return _damped(values, normal, horizon, (away[horizon:train] / away[:train - horizon]).mean())


@damped_persistence.wrong("This is the deviation that is expected; add the normal of the day that is forecast.")
def _normal_forgotten(values, normal, train, horizon):
    return damped_persistence.reference(values, normal, train, horizon) - normal[horizon:]


@damped_persistence.wrong("The roles are turned round: the share belongs to today's deviation, 1 − share of it fades. "
                          "With share 1, all of it would be left.")
def _share_turned_round(values, normal, train, horizon):
    return _damped(values, normal, horizon, 1 - _share(values - normal, horizon, train))


@damped_persistence.wrong("The share moves from today's value towards the normal; it is the share of the deviation "
                          "that is left, not of the way back: normal of that day + share · deviation of today.")
def _share_of_the_way_back(values, normal, train, horizon):
    share = _share(values - normal, horizon, train)
    return values[:-horizon] + share * (normal[horizon:] - values[:-horizon])


@damped_persistence.wrong("Fitted with a constant beside the share, and the constant added. The forecast has one "
                          "number: a deviation of 0 stays 0.")
def _constant_added(values, normal, train, horizon):
    away = values - normal
    share, constant = np.polyfit(away[:train - horizon], away[horizon:train], 1)
    return _damped(values, normal, horizon, share) + constant


@damped_persistence.wrong("The share was multiplied with today's value; it belongs to today's deviation from normal.")
def _share_of_todays_value(values, normal, train, horizon):
    return normal[horizon:] + _share(values - normal, horizon, train) * values[:-horizon]


@damped_persistence.wrong("The share of one day, to the power of the horizon, assumes that it fades by the same share "
                          "each day. Fit it to pairs that are `horizon` days apart.")
def _power_of_the_share_of_one_day(values, normal, train, horizon):
    return _damped(values, normal, horizon, _share(values - normal, 1, train) ** horizon)


# -- skill, with an interval over blocks of days ------------------------------------------------------------
ERROR_PAIRS = ((6, 2, 3, 5, 0.5), (4, 1, 4, 6, 0.8), (20, 5, 4, 40, 0.9), (30, 7, 5, 100, 0.95),
               (50, 10, 5, 200, 0.95))    # days, length, blocks, draws, level


def _error_pairs(rng, sizes=ERROR_PAIRS):
    for days, length, blocks, draws, level in sizes:
        hard = rng.gamma(2, 1, days)                                        # a hard day is hard for both
        yield {"errors_a": 0.8 * hard + rng.uniform(0.1, 1, days), "errors_b": hard + rng.uniform(0.1, 1, days),
               "starts": rng.integers(0, days, (draws, blocks)), "length": length, "level": level}


def _other_error_pairs(rng):
    levels = rng.choice((0.6, 0.7, 0.75, 0.85, 0.99), 5, replace=False)
    return _error_pairs(rng, [(*row[:4], float(level)) for row, level in
                              zip(other_sizes(rng, ERROR_PAIRS), levels, strict=True)])


@exercise(cases=_error_pairs, hidden=_other_error_pairs, size=6, returns=("low", "high"),
          rebuilds=("rnncourse.validate.intervals.paired_blocks", "rnncourse.validate.intervals.block_means"), hints=(
    "The days of one draw: each start and the `length` − 1 days that follow it, `starts[..., None] + "
    "np.arange(length)`, taken modulo the number of days. Lay the blocks of a draw in one row.",
    "The *same* days for both methods. In each draw: the mean error of each on those days, and one minus their ratio.",
    "Almost the solution: with `days` (draws, blocks · length), `errors_a[days].mean(1)` has one number a draw. "
    "`np.quantile` of the skills at (1 − level) / 2 and at 1 − (1 − level) / 2."),
    after="Skill is what weather services report. An interval that holds 0 says: no better, as far as this year shows.")
def skill_interval(errors_a, errors_b, starts, length, level):
    """An interval for the skill of a over b, 1 − (mean error of a) / (mean error of b), by resampling blocks of days.

    errors_a, errors_b  (N,)  how far each forecast was off on the same N days, all above 0
    starts    (R, K)  for each of R draws the first days of K blocks; a block runs over the end to day 0
    length    days in a block; all K · length days of a draw count, even where they are more than N
    level     share of the draws that lie in the interval, in the middle, such as 0.95
    returns   low and high, two numbers
    """
    days = (starts[..., None] + np.arange(length)) % len(errors_a)
    days = days.reshape(len(starts), -1)
    skill = 1 - errors_a[days].mean(1) / errors_b[days].mean(1)
    tail = (1 - level) / 2
    low, high = np.quantile(skill, [tail, 1 - tail])
    return low, high


@skill_interval.note("Near the end a block runs on with day 0: take the days modulo N, `% len(errors_a)`.")
def _over_the_end(outcome, expected):
    return isinstance(outcome.error, IndexError)


def _skills(errors_a, errors_b, starts, length, skill):
    days = ((starts[..., None] + np.arange(length)) % len(errors_a)).reshape(len(starts), -1)
    return skill(errors_a[days], errors_b[days])


def _middle(values, level):
    return tuple(np.quantile(values, [(1 - level) / 2, 1 - (1 - level) / 2]))


def _skill(a, b):
    return 1 - a.mean(1) / b.mean(1)


@skill_interval.wrong("The two methods are resampled apart from each other. A hard day is hard for both: on the same "
                      "days most of that cancels, so pair them. This interval is far too wide.")
def _unpaired(errors_a, errors_b, starts, length, level):
    a, b = (_middle(_skills(e, e, starts, length, lambda e, _: e.mean(1)), level) for e in (errors_a, errors_b))
    return 1 - a[1] / b[0], 1 - a[0] / b[1]


@skill_interval.wrong("The blocks are ignored: only their first days are used. Days that follow each other are alike, "
                      "and that is what the blocks keep.")
def _blocks_ignored(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, 1, _skill), level)


@skill_interval.wrong("The mean of the days' own ratios: one day on which b was almost right outweighs all others. "
                      "First the means, then their ratio.")
def _ratio_of_each_day(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, length, lambda a, b: 1 - (a / b).mean(1)), level)


@skill_interval.wrong("Correct but for the roles: a is the one that is judged, b the one that it has to beat.")
def _turned_round(errors_a, errors_b, starts, length, level):
    return skill_interval.reference(errors_b, errors_a, starts, length, level)


@skill_interval.wrong("This is the difference of the mean errors in °C; skill is 1 minus their ratio.")
def _difference(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, length, lambda a, b: a.mean(1) - b.mean(1)), level)


@skill_interval.wrong("Correct but for the tails: 1 − level was left out on *each* side; half of it belongs to each.")
def _both_tails_whole(errors_a, errors_b, starts, length, level):
    return tuple(np.quantile(_skills(errors_a, errors_b, starts, length, _skill), [1 - level, level]))


@skill_interval.wrong("Correct but for the blocks at the end: they are cut off there, or repeat the last day. They run "
                      "on with day 0, or the first and last days would count less than the others.")
def _last_day_repeated(errors_a, errors_b, starts, length, level):
    days = np.minimum(starts[..., None] + np.arange(length), len(errors_a) - 1).reshape(len(starts), -1)
    return _middle(_skill(errors_a[days], errors_b[days]), level)


@skill_interval.wrong("The ratio alone; the skill is 1 minus it: 0 means no better, 1 means never wrong.")
def _ratio_alone(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, length, lambda a, b: a.mean(1) / b.mean(1)), level)


@skill_interval.wrong("The mean was taken over the blocks only, so that a number for each day in a block is left; lay "
                      "the blocks of a draw in one row first: `days.reshape(len(starts), -1)`.")
def _mean_over_blocks_only(errors_a, errors_b, starts, length, level):
    days = (starts[..., None] + np.arange(length)) % len(errors_a)
    return _middle(_skill(errors_a[days], errors_b[days]), level)


@skill_interval.wrong("Correct but for the percentiles: `np.percentile` counts to 100, `np.quantile` to 1.")
def _hundredth(errors_a, errors_b, starts, length, level):
    tail = (1 - level) / 2
    return tuple(np.percentile(_skills(errors_a, errors_b, starts, length, _skill), [tail, 1 - tail]))


@skill_interval.wrong("b is taken on all days, a on the drawn ones. Draw the same days for both: a hard day is hard "
                      "for both.")
def _b_on_all_days(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_a, starts, length, lambda a, _: 1 - a.mean(1) / errors_b.mean()), level)


@skill_interval.wrong("One mean over all draws together leaves one number, and no interval: the mean of each draw is "
                      "`.mean(1)`.")
def _one_mean_for_all(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, length, lambda a, b: 1 - a.mean() / b.mean()), level)


@skill_interval.wrong("Correct but for the days that were cut off: all K · length days of a draw count here, even "
                      "where they are more than N.")
def _cut_to_the_year(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, length, lambda a, b: _skill(a[:, :len(errors_a)],
                                                                                   b[:, :len(errors_a)])), level)


@skill_interval.wrong("Correct but for the sign: skill is 1 minus the ratio, and not the ratio minus 1. Above 0 "
                      "means that a is the better one.")
def _sign_turned(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, length, lambda a, b: a.mean(1) / b.mean(1) - 1), level)


@skill_interval.wrong("In percent; the skill is a share, 1 for never wrong.")
def _in_percent(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, length, lambda a, b: 100 * _skill(a, b)), level)


@skill_interval.wrong("Each block was taken for a draw of its own. A draw is K blocks, laid in one row; then the "
                      "means.")
def _each_block_alone(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts.reshape(-1, 1), length, _skill), level)


@skill_interval.wrong("Medians of the days' errors; skill compares the mean errors.")
def _of_medians(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts, length, lambda a, b: 1 - np.median(a, 1) / np.median(b, 1)),
                   level)


@skill_interval.wrong("The blocks start a day late: the first day of a block is its start, `np.arange(length)`.")
def _starts_one_late(errors_a, errors_b, starts, length, level):
    return _middle(_skills(errors_a, errors_b, starts + 1, length, _skill), level)


@skill_interval.wrong("Mean ± 1.96 spreads, whatever the level. Asked for are the percentiles of the draws: "
                      "`np.quantile`.")
def _bell_curve(errors_a, errors_b, starts, length, level):
    skill = _skills(errors_a, errors_b, starts, length, _skill)
    return skill.mean() - 1.96 * skill.std(), skill.mean() + 1.96 * skill.std()


# -- the verdict -------------------------------------------------------------------------------------------
NOTHING_SHOWN = "no difference can be shown"


DIFFERENCES = ((2, 40, 0.9), (1, 30, 0.8), (3, 200, 0.95), (6, 400, 0.95), (4, 100, 0.5))    # methods, draws, level


def _differences(rng, sizes=DIFFERENCES):
    for methods, draws, level in sizes:
        centre = np.linspace(-2.4, 2.4, methods) + rng.normal(0, 0.2, methods) if methods > 1 else np.array([-1.5])
        yield {"draws": centre[:, None] + rng.normal(size=(methods, draws)), "level": level}


def _other_differences(rng):
    levels = rng.choice((0.6, 0.7, 0.75, 0.85, 0.92), 5, replace=False)
    return _differences(rng, [(*row[:2], float(level)) for row, level in
                              zip(other_sizes(rng, DIFFERENCES), levels, strict=True)])


@exercise(cases=_differences, hidden=_other_differences, size=5, hints=(
    "A method whose interval lies wholly below 0 has smaller errors: \"better\". Wholly above: \"worse\". "
    "Otherwise 0 is in it.",
    "With M comparisons, each may be wrong with probability 1 − level; so that *all* hold with probability `level` at "
    "least, each gets the M-th part of that: tails of (1 − level) / M / 2.",
    "Almost the solution: `low, high = np.quantile(draws, [tail, 1 - tail], axis=1)`, and then a word for each pair."),
    after="A verdict for each comparison, and the number of comparisons is paid for.")
def verdicts(draws, level):
    """Judge M methods against the same baseline, so that all M verdicts hold together with probability `level`.

    Each method's interval leaves out (1 − level) / M, one half of it on each side. (This is Bonferroni's correction.)

    draws    (M, R)  for each method R resampled differences (its error − the baseline's error)
    level    such as 0.95
    returns  a list of M words: "better" (interval below 0), "worse" (above 0), or "no difference can be shown"
    """
    tail = (1 - level) / len(draws) / 2
    words = []
    for low, high in np.quantile(draws, [tail, 1 - tail], axis=1).T:
        words.append("better" if high < 0 else "worse" if low > 0 else "no difference can be shown")
    return words


def _words(draws, tail, better="better", worse="worse"):
    ends = np.quantile(draws, [tail, 1 - tail], axis=1).T
    return [better if high < 0 else worse if low > 0 else NOTHING_SHOWN for low, high in ends]


@verdicts.wrong("Correct for a single comparison. With M of them, some leave 0 by luck alone: each gets only the M-th "
                "part of 1 − level.")
def _not_corrected(draws, level):
    return _words(draws, (1 - level) / 2)


@verdicts.wrong("Correct but for the direction: these are errors, so a difference below 0 is the good one.")
def _more_is_better(draws, level):
    return _words(draws, (1 - level) / len(draws) / 2, better="worse", worse="better")


@verdicts.wrong("There is always a winner, whatever the luck: either the interval is not asked, and the sign of the "
                "middle decides; or its width was divided by √R. The draws are resampled *means* already, and more of "
                "them do not make the doubt smaller.")
def _sign_of_the_middle(draws, level):
    return ["better" if middle < 0 else "worse" for middle in draws.mean(1)]


@verdicts.wrong("Correct but for the tails: half of (1 − level) / M belongs to each side.")
def _whole_on_each_side(draws, level):
    return _words(draws, (1 - level) / len(draws))


@verdicts.wrong("The level itself was divided by M; it is 1 − level, the part that may go wrong, that is shared out.")
def _level_divided(draws, level):
    return _words(draws, (1 - level / len(draws)) / 2)


@verdicts.wrong("The ends are mixed up: a method is better where even the *high* end lies below 0, and worse where "
                "even the low end lies above it.")
def _tails_turned(draws, level):
    tail = (1 - level) / len(draws) / 2
    ends = np.quantile(draws, [1 - tail, tail], axis=1).T
    return ["better" if high < 0 else "worse" if low > 0 else NOTHING_SHOWN for low, high in ends]


@verdicts.wrong("1 − level was shared out among the draws; it is the M methods that share it, `len(draws)`.")
def _shared_among_the_draws(draws, level):
    return _words(draws, (1 - level) / draws.shape[1] / 2)


@verdicts.wrong("A winner wherever more than `level` of the draws lie on one side: that puts the whole of 1 − level "
                "into one tail, and does not pay for the number of methods.")
def _share_on_one_side(draws, level):
    return ["better" if (row < 0).mean() > level else "worse" if (row > 0).mean() > level else NOTHING_SHOWN
            for row in draws]


def _strange_words(outcome):
    """The words that are none of the three answers; an error where no list of them came."""
    if not isinstance(outcome.value, list):
        raise TypeError("no list")
    return {str(word) for word in outcome.value} - {"better", "worse", NOTHING_SHOWN}


@verdicts.note('The third answer, word for word: "no difference can be shown".')
def _another_third_word(outcome, expected):
    strange = _strange_words(outcome)
    return bool(strange) and all(word.lower().startswith("no") for word in strange)


@verdicts.note('The three answers are the texts "better", "worse" and "no difference can be shown", written like this.')
def _other_words(outcome, expected):
    return any(not word.lower().startswith("no") for word in _strange_words(outcome))


@verdicts.note("A list is asked for; `.tolist()` makes one of an array.")
def _array_of_words(outcome, expected):
    return isinstance(outcome.value, np.ndarray)
