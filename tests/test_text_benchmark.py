"""The race of benchmarks.text is fair: its three ways compute the same, with a state that they carry on."""

import pytest

from benchmarks import text as race
from rnncourse import training
from rnncourse.datasets import text
from rnncourse.training import models


@pytest.mark.parametrize("cell, layers", [("rnn", 1), ("lstm", 2)])
def test_the_ways_give_the_same_losses_batch_after_batch(cell, layers, monkeypatch):
    monkeypatch.setattr(race, "LEARNING_RATE", 1e-9)       # the weights stay; only the state goes on
    start = training.seeded(0, lambda: models.TextModel(hidden_size=12, layers=layers, cell=cell, embedding_size=5))
    batches = list(text.short().batches("test", 3, 20))
    assert len(batches) > 3
    losses = {name: list(make(start, cell)(batches)) for name, make in race.WAYS.items()}
    forgetful = [list(race.fit(start, cell)([batch]))[0] for batch in batches]
    for name in losses:
        assert losses[name] == pytest.approx(losses["loop"], abs=1e-5)
    assert max(abs(a - b) for a, b in zip(losses["fit"][1:], forgetful[1:], strict=True)) > 1e-4


def test_a_row(monkeypatch):
    monkeypatch.setattr(race, "CHARACTERS", 120)
    row, = race.run(cases=[("rnn", 1, 3, 20)], seconds=0)
    assert row["fit / loop"] == row["fit"] / row["loop"] > 0 and row["NumPy median"] > 0
    with pytest.raises(AssertionError, match="the losses on the first batch differ"):
        race._same({"loop": 4.5, "fit": 4.6}, row["case"])
