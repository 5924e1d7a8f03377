"""What the log holds, read back by TensorBoard's own reader: every number of the run, every value of a signal once."""

import subprocess
import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from planting import plant
from torch import nn

from rnncourse import training
from rnncourse.training import models, tensorboard, watching


def trained():
    """A classifier of padded rows in both directions, watched: (model, run, snapshots, example)."""
    rng = np.random.default_rng(0)
    x, lengths = rng.integers(1, 9, (6, 4)), np.array([6, 2, 4, 1])
    model = training.seeded(0, lambda: models.NameModel(9, 3, 4, 5))
    watch = watching.Watch((x, lengths), at=[0, 5])
    run = training.fit(model, [(x, lengths, rng.integers(3, size=4))] * 3, nn.functional.cross_entropy, epochs=2,
                       progress=False, watch=watch, validate=lambda model: {"wrong names": 0.25})
    return model, run, watch.snapshots, (x, lengths)


@pytest.fixture(scope="module")
def lesson():
    return trained()


def check_scalars(room, lesson, folder):
    _, run, snapshots, _ = lesson
    found = room.contents(room.log(folder, run, snapshots=snapshots)).scalars
    bias = watching.gradient_norms(snapshots)["readout.bias"]
    for tag, values, steps in (("epoch/loss", run.history["loss"], [1, 2]),
                               ("epoch/wrong_names", run.history["wrong names"], [1, 2]),
                               ("update/loss", run.iterations["loss"], range(6)),
                               ("update/gradient_norm", run.iterations["gradient norm"], range(6)),
                               ("gradient_norm/readout.bias", bias, [0, 5])):
        assert found[tag][0].tolist() == list(steps), tag
        np.testing.assert_allclose(found[tag][1], values, rtol=1e-6)


def check_histograms(room, lesson, folder):
    snapshots = lesson[2]
    found = room.contents(room.log(folder, snapshots=snapshots)).histograms
    assert len(found) == 2 * 6 + len(snapshots[0].gradients)
    for k, snapshot in enumerate(snapshots):
        for direction, place in (("forward", "layer_0"), ("backward", "layer_0_backward")):
            for name in "ifgoch":
                values = snapshot.trace.at(0, direction)[name]
                values = np.concatenate([values[:end, b].ravel() for b, end in enumerate((6, 2, 4, 1))])
                steps, bins = found[f"{place}/{name}"]
                assert steps.tolist() == [0, 5]
                np.testing.assert_array_equal(bins[k][1], np.histogram(values, bins[k][0])[0])
                assert bins[k][1].sum() == values.size
        steps, bins = found["gradient/recurrent.weight_hh_l0"]
        assert steps.tolist() == [0, 5]
        edges, counts = bins[k]
        np.testing.assert_array_equal(counts, np.histogram(snapshot.gradients["recurrent.weight_hh_l0"], edges)[0])


CHECKS = [check_scalars, check_histograms]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check, lesson, tmp_path):
    check(tensorboard, lesson, tmp_path / "log")


@pytest.mark.parametrize("changes, by", [
    ([('"epoch", run.history, 1', '"epoch", run.history, 0')], check_scalars),
    ([("part[name][part.mask]", "part[name]")], check_histograms),
    ([("value, snapshot.update)\n ", "value, 0)\n ")], check_histograms),
    ([("part[name][part.mask]", "trace.at(0)[name][part.mask]")], check_histograms),
    ([("value.bucket[1:]", "value.bucket[:-1]")], check_histograms),
], ids=["epochs from 0", "padding", "all at once", "one direction twice", "bins beside their counts"])
def test_the_checks_catch(changes, by, lesson, tmp_path):
    with pytest.raises(AssertionError):
        by(plant(tensorboard, *changes), lesson, tmp_path / "log")


def test_graph_and_figures_quietly_and_all_is_left_as_found(lesson, tmp_path, capsys):
    model, _, _, example = lesson
    model.train()
    model.readout.eval()    # a mode of its own
    figure, dice = plt.figure(figsize=(2, 1)), torch.get_rng_state()
    canvas = figure.canvas
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensorboard.log(tmp_path, model=model, example=example, figures={"two words": figure})
    found = tensorboard.contents(tmp_path)
    nodes = " ".join(found.graph)
    assert "NameModel/LSTM[recurrent]" in nodes and "NameModel/Linear[readout]" in nodes and "Embedding" in nodes
    assert found.images["two_words"].tolist() == [0] and not found.scalars
    assert model.training and model.recurrent.training and not model.readout.training
    assert torch.equal(dice, torch.get_rng_state()) and figure.canvas is canvas and plt.fignum_exists(figure.number)
    assert capsys.readouterr() == ("", "")
    plt.close(figure)


def test_a_bare_lstm_has_a_graph_too(tmp_path):
    found = tensorboard.contents(tensorboard.log(tmp_path, model=nn.LSTM(3, 4, 2), example=np.zeros((5, 2, 3))))
    assert any("weight_hh_l1" in name for name in found.graph)


def test_it_tells_what_it_holds_and_how_to_open_it(lesson, tmp_path):
    text = repr(tensorboard.contents(tensorboard.log(tmp_path / "my run", lesson[1])))
    assert "Logged in my run: 6 scalars, 0 histograms, 0 images, no nodes of a graph" in text
    assert "update/loss: 6 values" in text
    assert f"tensorboard --logdir '{tmp_path / 'my run'}'" in text


def test_a_log_is_whole_or_not_there(lesson, tmp_path):
    class Breaks(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, x):
            raise ArithmeticError("no")

    with pytest.raises(ArithmeticError) as error:
        tensorboard.log(tmp_path, lesson[1], model=Breaks(), example=np.zeros((2, 3)))
    assert "a call of the model with a tuple of 1: float32 (2, 3)" in error.value.__notes__[0]
    assert not list(tmp_path.iterdir())
    tensorboard.log(tmp_path, lesson[1])
    assert len(list(tmp_path.iterdir())) == 1    # the log, and nothing beside it
    with pytest.raises(FileExistsError, match="holds a log already.*expected a new folder"):
        tensorboard.log(tmp_path, lesson[1])


def test_what_cannot_be_logged(lesson, tmp_path):
    with pytest.raises(ValueError, match="there is nothing to log"):
        tensorboard.log(tmp_path)
    with pytest.raises(ValueError, match="model and example come together"):
        tensorboard.log(tmp_path, model=lesson[0])
    with pytest.raises(FileNotFoundError, match="holds no log"):
        tensorboard.contents(tmp_path)


def test_training_alone_does_not_load_it():
    code = ("import sys, rnncourse.training, rnncourse.training.tensorboard\n"
            "print([m for m in sys.modules if m.split('.')[0] == 'tensorboard'])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
