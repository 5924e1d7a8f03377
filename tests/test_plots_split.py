"""Windows at a split stand where their days are; those that cross it are marked."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgba

from rnncourse.plots.palette import WARNING
from rnncourse.plots.split import windows_at_split


@pytest.fixture
def ax():
    figure = plt.figure()
    yield windows_at_split(figure.subplots(), history=4, horizon=1, last_days=[-2, -1, 1, 3])
    plt.close(figure)


def test_bars_cover_the_history_and_diamonds_stand_on_the_target(ax):
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches if bar.get_height() == 0.5]
    assert bars == [(-5.5, 4), (-4.5, 4), (-2.5, 4), (-0.5, 4)]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"] == [-1, 0, 2, 4]


def test_only_a_target_beyond_the_split_is_red_and_what_crosses_is_hollow(ax):
    """Last days −2 and 3 lie in one part with their targets; −1 has its target, 1 its history in the other."""
    bars = [bar for bar in ax.patches if bar.get_height() == 0.5]
    assert [bar.get_edgecolor() == to_rgba(WARNING) for bar in bars] == [False, True, False, False]
    assert [bar.get_facecolor()[3] == 0 for bar in bars] == [False, True, True, False]
    said = {text.get_position()[1]: text.get_text() for text in ax.texts if text.get_position()[1] >= 0}
    assert "leak, if" in said[1] and "no leak" in said[2] and set(said) == {1, 2}
