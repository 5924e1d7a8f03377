"""How far a mean can be trusted: over seeds, and over days whose errors hang together; and a verdict that may say no.

Two different doubts, two intervals. `over_seeds`: would other starting weights have done as well? `paired_blocks`:
would other days have said the same? The second compares two methods on the same days, day by day, because a day
that is hard for one is hard for the other; and it draws whole blocks of days, because errors of neighbouring days
are alike, and drawing single days would pretend to more evidence than there is. `combined` has both doubts in one:
whoever compares *kinds* of network, and not trained ones, needs it.
"""

from dataclasses import dataclass, replace

import numpy as np

FEWEST_BLOCKS = 10
AT_ONCE = 2_000_000                     # starts of blocks drawn in one array


@dataclass(frozen=True)
class Interval:
    """low ≤ middle ≤ high, `level` of confidence, what it is an interval of; a `difference` is printed with signs."""

    low: float
    middle: float
    high: float
    level: float
    what: str
    difference: bool = False

    @property
    def excludes_zero(self):
        """True where 0 lies outside: neither inside nor on an edge."""
        return self.low > 0 or self.high < 0

    def __neg__(self):
        return replace(self, low=-self.high, middle=-self.middle, high=-self.low)

    def __str__(self):
        digits = 2                                          # more where an edge beside 0 would be printed as 0
        while self.excludes_zero and digits < 6 and min(abs(self.low), abs(self.high)) < 0.5 * 10**-digits:
            digits += 1
        middle, low, high = (_text(number, digits, "+" if self.difference else "")
                             for number in (self.middle, self.low, self.high))
        return f"{middle} [{low}, {high}]"

    def __repr__(self):
        return f"{self} ({100 * self.level:.4g}% interval of {self.what})"


def over_seeds(values, level=0.95):
    """The t interval of a mean: values (S,), one score for each seed. It says where the mean lies, not the next seed.

    mean ± t(S − 1) · s / √S, s the standard deviation with S − 1 below (Student 1908). It treats the scores as drawn
    independently from one bell-shaped spread; with few seeds it is wide, as it should be.
    """
    from scipy.stats import t

    values, level = _numbers("values", values), _level(level)
    if len(values) < 2:
        raise ValueError(f"{len(values)} seed(s) have no spread; expected at least 2, better 5")
    middle = float(values.mean())
    half = float(t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(middle - half, middle, middle + half, level, f"the mean over {len(values)} seeds")


def paired_blocks(errors_a, errors_b, *, rng, days=14, level=0.95, draws=10_000):
    """The block bootstrap interval of mean(errors_a − errors_b), both (N,), of the same days in the same order.

    Blocks of `days` neighbouring days, wrapped round the end so that each day is drawn as often as any other, are
    laid end to end until they make N days, `draws` times (Politis & Romano 1992, "A circular block-resampling
    procedure for stationary data"). The interval is cut out of the drawn means at percentiles a little further out
    than `level` says, as t is wider than the normal, with N / days for the number of cases (the expanded percentile
    interval: Hesterberg 2015, "What teachers should know about the bootstrap"). `days` should be longer than errors
    hang together: at least the horizon, better twice. days=1 is the bootstrap of independent days.
    Same rng, same interval. Raises ValueError for unlike lengths, numbers that are none, fewer than 10 blocks.
    """
    a, b = _numbers("errors_a", errors_a), _numbers("errors_b", errors_b)
    if len(a) != len(b):
        raise ValueError(f"errors_a are {a.shape} and errors_b {b.shape}; expected the same days for both. "
                         "Try windows.on(the other's dates)")
    difference, level = a - b, _level(level)
    _blocks_fit(len(difference), days, draws)
    tail = _tail(level, len(difference) / days)
    low, high = np.quantile(block_means(difference, days, draws, rng), [tail, 1 - tail])
    return Interval(float(low), float(difference.mean()), float(high), level,
                    f"the mean difference over {len(difference)} days, drawn in blocks of {days}", difference=True)


def combined(days, *seeds):
    """Both doubts in one interval of a difference: `days` of `paired_blocks`, `seeds` of `over_seeds`, one a method.

    They are of different origin and add up like the sides of a right angle, on each side of the middle by itself:

        low = middle − √((middle − low)²_days + Σ (middle − low)²_seeds),    high likewise

    (Zou & Donner 2008, "Construction of confidence limits about effect measures: a general approach".) A method
    without seeds adds nothing: leave it out. Raises ValueError for unlike levels.
    """
    levels = {interval.level for interval in (days, *seeds)}
    if len(levels) > 1:
        raise ValueError(f"the levels are {', '.join(f'{level:g}' for level in sorted(levels))}; expected one level "
                         "for all")
    below, above = (float(np.sqrt(sum(side(interval) ** 2 for interval in (days, *seeds)))) for side in
                    (lambda one: one.middle - one.low, lambda one: one.high - one.middle))
    return replace(days, low=days.middle - below, high=days.middle + above, what=f"{days.what}, and over seeds")


def block_means(values, days, draws, rng):
    """(draws,): means of N values, drawn as blocks of `days` neighbours round the circle, the last block cut to fit."""
    count = len(values)
    whole, rest = divmod(count, days)
    running = np.cumsum(np.concatenate([[0.0], values, values[:days]]))
    block, piece = (running[size:size + count] - running[:count] for size in (days, rest))     # sums from each start
    means, rows = np.empty(draws), max(1, AT_ONCE // (whole + 1))
    for first in range(0, draws, rows):
        start = rng.integers(0, count, (min(rows, draws - first), whole + 1))
        means[first:first + rows] = (block[start[:, :whole]].sum(1) + piece[start[:, whole]]) / count
    return means


def _tail(level, cases):
    """The share to cut off on each side: Φ(−√(n/(n − 1)) t), t the Student quantile of `level` with n − 1 freedoms."""
    from scipy.stats import norm, t

    return float(norm.cdf(-np.sqrt(cases / (cases - 1)) * t.ppf((1 + level) / 2, cases - 1)))


def verdict(interval, a, b, unit="°C"):
    """A sentence on mean(error of a − error of b): a winner only where 0 lies outside the interval.

    a, b  the two methods' names, in the order in which their errors were given
    """
    span = f"{replace(interval, difference=True)} {unit}".rstrip()
    if not interval.excludes_zero:
        return f"No difference can be shown between {a} and {b}: error of {a} − error of {b} is {span}."
    better, worse = (a, b) if interval.high < 0 else (b, a)
    return (f"{better} is better than {worse}: error of {a} − error of {b} is {span}, "
            f"and 0 lies outside ({100 * interval.level:.4g}%).")


def _text(number, digits, plus):
    """"+0.02" or "−0.09", and "0.00" for what rounds to nothing."""
    text = f"{abs(number):.{digits}f}"
    return text if float(text) == 0 else (plus if number > 0 else "−") + text


def _numbers(name, values):
    values = np.asarray(values, float)
    if values.ndim != 1 or not values.size:
        raise ValueError(f"{name} are {values.shape}; expected one number each, (N,). Try [:, 0] for one horizon, or "
                         ".mean(0) over seeds")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(f"{name}[{bad[0]}] is {values[bad[0]]}; expected numbers ({len(bad)} of "
                         f"{len(values)} are none)")
    return values


def _level(level):
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}; expected a share between 0 and 1, as 0.95")
    return level


def _blocks_fit(count, days, draws):
    for name, number in (("days", days), ("draws", draws)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
            raise ValueError(f"{name} is {number!r}; expected a whole number, at least 1")
    if count < FEWEST_BLOCKS * days:
        raise ValueError(f"{count} days make {count // days} block(s) of {days}; expected at least {FEWEST_BLOCKS}, or "
                         "the interval is far too narrow. Try more days (of one's own data two and a half years or "
                         "more, if a fifth of them are for the test), or shorter blocks")
