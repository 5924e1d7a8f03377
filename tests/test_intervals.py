"""Intervals against scipy, against formulas, and by counting how often they hold the truth."""

import numpy as np
import pytest
from scipy import stats

from rnncourse.validate import intervals
from rnncourse.validate.intervals import Interval, combined, over_seeds, paired_blocks, verdict


def rng(seed=0):
    return np.random.default_rng(seed)


def autoregressive(generator, series, days, phi):
    """(series, days) of d_t = φ d_(t−1) + noise, mean 0, begun long before."""
    d = np.zeros((series, days + 200))
    noise = generator.normal(size=d.shape)
    for t in range(1, d.shape[1]):
        d[:, t] = phi * d[:, t - 1] + noise[:, t]
    return d[:, 200:]


# -- over seeds -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_over_seeds_is_scipys_t_interval(level):
    values = rng().normal(2, 0.1, 6)
    low, high = stats.t.interval(level, 5, values.mean(), stats.sem(values))
    got = over_seeds(values, level)
    np.testing.assert_allclose([got.low, got.middle, got.high], [low, values.mean(), high], rtol=1e-12)


def test_over_seeds_by_hand():
    got = over_seeds([2.0, 4.0])               # s = √2, s/√2 = 1, t(1) at 97.5 % = 12.706
    np.testing.assert_allclose([got.low, got.high], [3 - 12.7062, 3 + 12.7062], atol=1e-4)


def test_over_seeds_holds_the_truth_as_often_as_it_says():
    draws = rng(1).normal(size=(2000, 5))
    held = np.mean([got.low <= 0 <= got.high for got in map(over_seeds, draws)])
    assert 0.935 < held < 0.965


# -- over blocks of days ---------------------------------------------------------------------------------------------
def slow_block_means(values, days, draws, generator):
    """As `block_means`, day by day, from the same draws of first days."""
    count = len(values)
    starts = generator.integers(0, count, (draws, count // days + 1))
    means = []
    for row in starts:
        drawn = [values[(first + k) % count] for first in row for k in range(days)]
        means.append(np.mean(drawn[:count]))
    return np.array(means)


@pytest.mark.parametrize("count, days", [(40, 1), (40, 7), (41, 20), (40, 40), (30, 4)])
def test_block_means_equal_a_slow_reading(count, days):
    values = rng(2).normal(size=count)
    np.testing.assert_allclose(intervals.block_means(values, days, 50, rng(3)),
                               slow_block_means(values, days, 50, rng(3)), atol=1e-13)


def test_drawing_in_portions_changes_the_numbers_drawn_but_not_how_many(monkeypatch):
    values = rng(2).normal(size=60)
    whole = intervals.block_means(values, 5, 1000, rng(3))
    monkeypatch.setattr(intervals, "AT_ONCE", 13 * 300)
    np.testing.assert_array_equal(intervals.block_means(values, 5, 1000, rng(3)), whole)


def test_every_day_is_drawn_as_often_as_any_other():
    marked = [intervals.block_means(np.eye(20)[day], 6, 40_000, rng(4)).mean() for day in (0, 1, 10, 18, 19)]
    np.testing.assert_allclose(marked, 1 / 20, atol=6e-4)


def test_blocks_of_one_day_give_the_classical_width():
    d = rng(5).normal(size=400)
    got = paired_blocks(d, np.zeros(400), rng=rng(6), days=1, draws=40_000)
    half = stats.t.ppf(0.975, 399) * d.std(ddof=1) / np.sqrt(400)
    np.testing.assert_allclose([got.low, got.high], [d.mean() - half, d.mean() + half], atol=0.04 * half)


@pytest.mark.parametrize("phi, days, least, most", [
    (0.6, 1, 0.55, 0.75),           # single days: far too sure of themselves
    (0.6, 14, 0.88, 0.97),
    (0.8, 1, 0.36, 0.56),
    (0.8, 28, 0.87, 0.97),
    (0.0, 14, 0.91, 0.98),          # nothing hangs together: blocks cost little
])
def test_coverage_of_95_percent(phi, days, least, most):
    """How often 0, the true mean, lies inside, for errors that hang together by φ from day to day."""
    generator = rng(8)
    held = [not paired_blocks(d, np.zeros(337), rng=generator, days=days, draws=400).excludes_zero
            for d in autoregressive(rng(7), 400, 337, phi)]
    assert least < np.mean(held) < most


def test_pairing_narrows_what_unpaired_days_would_hide():
    hard = rng(9).gamma(2, 1, 350)                                             # a hard day is hard for both
    a, b = hard + rng(10).normal(0.15, 0.3, 350), hard + rng(11).normal(0, 0.3, 350)
    paired, unpaired = (paired_blocks(one, b, rng=rng(0), days=7) for one in (a, a[rng(1).permutation(350)]))
    assert paired.excludes_zero and not unpaired.excludes_zero


def test_swapping_the_methods_swaps_the_signs():
    a, b = rng(12).normal(2, 1, (2, 200))
    one, other = paired_blocks(a, b, rng=rng(1)), paired_blocks(b, a, rng=rng(1))
    np.testing.assert_allclose([-one.high, -one.middle, -one.low], [other.low, other.middle, other.high], atol=1e-13)
    assert -one == Interval(-one.high, -one.middle, -one.low, 0.95, one.what, difference=True)


def test_same_rng_same_interval_and_a_higher_level_is_wider():
    a, b = rng(13).normal(2, 1, (2, 200))
    assert paired_blocks(a, b, rng=rng(1)) == paired_blocks(a, b, rng=rng(1))
    assert paired_blocks(a, b, rng=rng(1)) != paired_blocks(a, b, rng=rng(2))
    narrow, wide = (paired_blocks(a, b, rng=rng(1), level=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.middle < narrow.high < wide.high


def test_equal_errors_show_no_difference():
    got = paired_blocks(np.ones(200), np.ones(200), rng=rng())
    assert (got.low, got.middle, got.high) == (0, 0, 0) and not got.excludes_zero


# -- the verdict ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("low, middle, high, sentence", [
    (-0.2, -0.1, -0.05, "LSTM is better than ridge: error of LSTM − error of ridge is −0.10 [−0.20, −0.05] °C, "
                        "and 0 lies outside (95%)."),
    (0.05, 0.1, 0.2, "ridge is better than LSTM: error of LSTM − error of ridge is +0.10 [+0.05, +0.20] °C, "
                     "and 0 lies outside (95%)."),
    (-0.09, 0.02, 0.15, "No difference can be shown between LSTM and ridge: "
                        "error of LSTM − error of ridge is +0.02 [−0.09, +0.15] °C."),
    (0.0, 0.1, 0.2, "No difference can be shown between LSTM and ridge: "
                    "error of LSTM − error of ridge is +0.10 [0.00, +0.20] °C."),
    (0.004, 0.1, 0.2, "ridge is better than LSTM: error of LSTM − error of ridge is +0.100 [+0.004, +0.200] °C, "
                      "and 0 lies outside (95%)."),
    (-0.2, -0.1, 0.0, "No difference can be shown between LSTM and ridge: "
                      "error of LSTM − error of ridge is −0.10 [−0.20, 0.00] °C."),
])
def test_verdict_names_a_winner_only_where_0_lies_outside(low, middle, high, sentence):
    assert verdict(Interval(low, middle, high, 0.95, "x"), "LSTM", "ridge") == sentence


def test_a_level_near_100_is_not_rounded_up_to_it():
    many = Interval(0.1, 0.2, 0.3, 1 - 0.05 / 24, "x")
    assert verdict(many, "LSTM", "ridge").endswith("(99.79%).") and "(99.79% interval" in repr(many)


def test_prints_what_it_is():
    got = paired_blocks(np.arange(140.0) % 3, np.zeros(140), rng=rng(), days=7)
    assert repr(got).endswith("(95% interval of the mean difference over 140 days, drawn in blocks of 7)")
    assert repr(over_seeds([1, 2, 3])) == "2.00 [−0.48, 4.48] (95% interval of the mean over 3 seeds)"


# -- doors ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ask, message", [
    (lambda: paired_blocks(np.ones(200), np.ones(199), rng=rng()), r"errors_a are \(200,\) and errors_b \(199,\)"),
    (lambda: paired_blocks(np.ones((200, 1)), np.ones((200, 1)), rng=rng()), r"errors_a are \(200, 1\).*\[:, 0\]"),
    (lambda: paired_blocks([1.0, np.nan] * 99, np.ones(198), rng=rng()), r"errors_a\[1\] is nan; .*\(99 of 198 are"),
    (lambda: paired_blocks(np.ones(198), [1.0, np.inf] * 99, rng=rng()), r"errors_b\[1\] is inf"),
    (lambda: paired_blocks(np.ones(139), np.ones(139), rng=rng()), "139 days make 9 .* of 14; expected at least 10"),
    (lambda: paired_blocks(np.ones(200), np.ones(200), rng=rng(), days=0), "days is 0"),
    (lambda: paired_blocks(np.ones(200), np.ones(200), rng=rng(), days=2.5), "days is 2.5"),
    (lambda: paired_blocks(np.ones(200), np.ones(200), rng=rng(), draws=0), "draws is 0"),
    (lambda: paired_blocks(np.ones(200), np.ones(200), rng=rng(), level=95), "level is 95; expected a share"),
    (lambda: over_seeds([2.1]), r"1 seed\(s\) have no spread; expected at least 2"),
    (lambda: over_seeds([2.1, np.nan]), r"values\[1\] is nan"),
    (lambda: over_seeds([]), r"values are \(0,\)"),
    (lambda: over_seeds([1, 2], level=1), "level is 1"),
])
def test_bad_input_says_what_came(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()


# -- both doubts ------------------------------------------------------------------------------------------------------
def test_combined_adds_the_sides_like_a_right_angle_each_by_itself():
    days = Interval(-0.4, -0.1, 0.3, 0.95, "days", difference=True)
    seeds = [Interval(2.0 - w, 2.0, 2.0 + w, 0.95, "seeds") for w in (0.4, 1.2)]
    got = combined(days, *seeds)
    np.testing.assert_allclose([got.low, got.middle, got.high],
                               [-0.1 - np.sqrt(0.09 + 0.16 + 1.44), -0.1, -0.1 + np.sqrt(0.16 + 0.16 + 1.44)])
    assert got.difference and got.level == 0.95 and "seeds" in got.what
    alone = combined(days)
    np.testing.assert_allclose([alone.low, alone.middle, alone.high], [days.low, days.middle, days.high])


def test_combined_holds_the_truth_where_seeds_and_days_differ_and_the_days_alone_do_not():
    """Two kinds of model without a difference: each seed has an offset of its own, days are hard for both."""
    generator, held, days_alone, runs = rng(8), 0, 0, 300
    for _ in range(runs):
        a, b = (generator.normal(0, 0.2, (5, 1)) + generator.normal(size=(5, 140)) for _ in "ab")
        days = paired_blocks(a.mean(0), b.mean(0), rng=generator, days=1, draws=400)
        both = combined(days, over_seeds(a.mean(1)), over_seeds(b.mean(1)))
        held, days_alone = held + (not both.excludes_zero), days_alone + (not days.excludes_zero)
    assert days_alone / runs < 0.85 and held / runs > 0.93


def test_combined_refuses_unlike_levels():
    with pytest.raises(ValueError, match="the levels are 0.9, 0.95; expected one level"):
        combined(Interval(-1, 0, 1, 0.9, "days"), Interval(1, 2, 3, 0.95, "seeds"))
