"""Distributions over a training: bands, hills and lines stand at the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba

from rnncourse.plots import distributions
from rnncourse.plots.palette import INK, LOOK
from rnncourse.plots.style import styled
from rnncourse.training.watching import Distribution

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


def found(name="f", logarithmic=False):
    rng = np.random.default_rng(0)
    edges = np.logspace(-4, 0, 9) if logarithmic else np.linspace(0, 1, 9)
    shares = rng.dirichlet(np.ones(8), size=3)
    return Distribution(name, np.array([0, 10, 1000]), LEVELS, np.sort(rng.random((3, 5)), axis=1), edges, shares,
                        logarithmic)


@pytest.fixture
def ax():
    with styled():
        figure = plt.figure()
        yield figure.subplots()
        plt.close(figure)


def test_bands_run_from_quantile_to_quantile(ax):
    given = found()
    distributions.bands(ax, given)
    outer, inner = ax.collections
    for band, (low, high) in zip((outer, inner), ((0, 4), (1, 3)), strict=True):
        corners = band.get_paths()[0].vertices
        for k, update in enumerate(given.updates):
            heights = corners[corners[:, 0] == update, 1]
            assert heights.min() == given.quantiles[k, low] and heights.max() == given.quantiles[k, high]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), given.quantiles[:, 2])
    assert ax.lines[0].get_color() == LOOK["f"].colour and LOOK["f"].words in ax.get_title(loc="left")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["5 to 95 %", "25 to 75 %", "median"]
    low, high = ax.get_ylim()
    assert low < 0 and high > 1    # the gate's whole range


def test_hills_are_as_high_as_their_bins_and_the_first_stands_at_the_top(ax):
    given = found()
    distributions.ridges(ax, given, overlap=2)
    assert len(ax.lines) == 3
    for k, line in enumerate(ax.lines):
        np.testing.assert_allclose(line.get_ydata(), 2 - k + 2 * given.shares[k] / given.shares.max())
        np.testing.assert_allclose(line.get_xdata(), (given.edges[1:] + given.edges[:-1]) / 2)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0", "10", "1,000"]
    assert list(ax.get_yticks()) == [2, 1, 0] and to_rgba(ax.lines[0].get_color()) == to_rgba(LOOK["f"].colour)


def test_gradients_have_a_logarithmic_scale_and_no_signals_colour(ax):
    distributions.bands(ax, found("recurrent.weight_hh_l0", True))
    assert ax.get_yscale() == "log" and ax.lines[0].get_color() == INK
    assert ax.get_title(loc="left") == "gradient of recurrent.weight_hh_l0" and "size" in ax.get_ylabel()
    other = ax.figure.add_subplot()
    distributions.ridges(other, found("recurrent.weight_hh_l0", True))
    assert other.get_xscale() == "log" and "size" in other.get_xlabel()


def test_the_largest_exponent_is_told_from_the_others(ax):
    values = np.array([[0.1, -0.2, -1.0], [0.3, -0.1, -np.inf]])
    distributions.exponents(ax, np.array([0, 5]), values)
    thick = max(ax.lines, key=lambda line: line.get_linewidth())
    np.testing.assert_array_equal(thick.get_ydata(), values[:, 0])
    assert any(set(line.get_ydata()) == {0} for line in ax.lines) and len(ax.lines) == 4
    assert "nats" in ax.get_ylabel() and np.isfinite(ax.get_ylim()).all()
