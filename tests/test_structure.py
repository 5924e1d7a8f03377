"""A model's structure: sizes and counts are those of its own tensors, whatever the model; the drawing shows them."""

import matplotlib.pyplot as plt
import pytest
import torch
from planting import plant
from torch import nn

from rnncourse.plots import structure as drawing
from rnncourse.plots.palette import LOOK
from rnncourse.recording import structure as room
from rnncourse.recording.structure import structure
from rnncourse.training import models


class Own(nn.Module):
    """A model as readers write them: parts within parts, a weight of its own, one shared, one not trained."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.encoder = nn.ModuleDict({"gru": nn.GRU(6, 6, 2, bidirectional=True), "norm": nn.LayerNorm(12)})
        self.scale = nn.Parameter(torch.ones(3))
        self.middle, self.out = nn.Linear(12, 6), nn.Linear(6, 11, bias=False)
        self.out.weight = self.embedding.weight
        self.middle.weight.requires_grad_(False)


def all_kinds():
    yield from (kind(3, 5, layers, bias=bias, bidirectional=both) for kind in (nn.RNN, nn.LSTM, nn.GRU)
                for layers in (1, 3) for bias in (True, False) for both in (True, False))
    yield from (models.TextModel(20, 8, 2), models.ForecastModel(3), models.NameModel(9, 4), models.StepModel(2, 3))
    yield nn.LSTM(3, 5, 2, proj_size=2)


def check_counts_are_those_of_the_tensors(read):
    for model in all_kinds():
        found, named = read(model), dict(model.named_parameters())
        assert found.total == sum(p.numel() for p in model.parameters()) == sum(p.parameters for p in found.parts)
        shapes = {f"{part.name}.{name}".lstrip("."): shape
                  for part in found.parts for name, shape in part.weights.items()}
        assert shapes == {name: tuple(value.shape) for name, value in named.items()}
        assert found.still == 0


def check_sizes_are_those_that_run(read):
    for model in all_kinds():
        stack = model if isinstance(model, nn.RNNBase) else model.recurrent
        layers = read(stack).recurrent
        assert [part.layer for part in layers] == list(range(stack.num_layers))
        assert layers[0].reads == stack.input_size
        out, _ = stack(torch.zeros(2, 1, stack.input_size))
        assert all(part.gives == out.shape[-1] for part in layers)
        assert all(part.reads == out.shape[-1] for part in layers[1:])
        assert all(part.hidden_size == stack.hidden_size for part in layers)
        assert all(len(part.directions) == 1 + stack.bidirectional for part in layers)


CHECKS = [check_counts_are_those_of_the_tensors, check_sizes_are_those_that_run]


pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check):
    check(structure)


@pytest.mark.parametrize("changes, by", [
    ([('+ [f"_l{layer}_reverse"] * module.bidirectional', "")], CHECKS[0]),
    ([("width if layer else module.input_size", "module.input_size")], CHECKS[1]),
    ([("module.proj_size or module.hidden_size", "module.hidden_size")], CHECKS[1]),
    ([("for layer in range(module.num_layers)", "for layer in range(1)")], CHECKS[0]),
], ids=["one direction counts", "every layer reads the input", "no projection", "the lowest layer alone"])
def test_the_checks_catch(changes, by):
    mutant = plant(room, *changes)
    with pytest.raises(AssertionError):
        by(mutant.structure)


def test_a_readers_own_model():
    model = Own()
    found = structure(model)
    assert [(part.name, part.kind, part.layer) for part in found.parts] == [
        ("", "Own", None), ("embedding", "embedding", None), ("encoder.gru", "gru", 0), ("encoder.gru", "gru", 1),
        ("encoder.norm", "LayerNorm", None), ("middle", "linear", None), ("out", "linear", None)]
    assert found.total == sum(p.numel() for p in model.parameters())
    assert sum(part.parameters for part in found.parts) == found.total + 66    # the embedding, read out again
    assert found.still == 72
    assert found.parts[0].weights == {"scale": (3,)}
    text = repr(found)
    assert f"Own: {found.total:,} parameters, 72 of them not trained" in text
    assert "encoder.gru   GRU, layer 1: 12 -> 6 units in both directions" in text
    assert "66 of these are shared by layers, and counted once above" in text


def test_states_and_gates():
    assert {kind: (p.states, p.gates) for kind, module in (("lstm", nn.LSTM), ("gru", nn.GRU), ("rnn", nn.RNN))
            for p in structure(module(2, 3)).parts} == {
        "lstm": (("h", "c"), tuple("ifgo")), "gru": (("h",), tuple("rzn")), "rnn": (("h",), ())}
    assert structure(nn.Linear(2, 3)).parts[0].states == ()


def test_what_has_no_structure():
    with pytest.raises(TypeError, match="the model is dict; expected a torch.nn.Module.*training.read"):
        structure({})
    with pytest.raises(ValueError, match="this ModuleList has no layers and no weights"):
        structure(nn.ModuleList([nn.ModuleList()]))


# -- the drawing -----------------------------------------------------------------------------------------
@pytest.fixture
def draw():
    figures = []

    def drawn(model, **options):
        figures.append(plt.figure(figsize=(9, 5)))
        ax = drawing.structure(figures[-1].subplots(), structure(model), **options)
        figures[-1].canvas.draw()
        return ax, [text.get_text() for text in ax.texts]

    yield drawn
    for figure in figures:
        plt.close(figure)


def test_each_layer_stands_at_each_step_with_its_sizes(draw):
    ax, words = draw(models.TextModel(20, 8, 2, embedding_size=4), steps=4)
    assert words.count("LSTM") == 2 * 4 and words.count("look up") == words.count("$Wh+b$") == 4
    assert [f"$y_{{{t}}}$" in words and f"$x_{{{t}}}$" in words for t in (1, 4)] == [True, True]
    assert "LSTM, layer 1: 8 → 8 units" in words and "576 parameters" in words and "Embedding: 20 tokens → 4" in words
    colours = {patch.get_edgecolor() for patch in ax.patches}
    from matplotlib.colors import to_rgba
    assert {to_rgba(LOOK["h"].colour), to_rgba(LOOK["c"].colour)} <= colours


def test_a_read_out_of_the_last_step_stands_there_alone(draw):
    _, words = draw(models.ForecastModel(3, 4), output="last")
    assert words.count("$Wh+b$") == 1 and words.count("LSTM") == 3
    assert "$y_{3}$" in words and "$y_{1}$" not in words
    with pytest.raises(ValueError, match="output is 'all'; expected 'each' or 'last'"):
        draw(models.ForecastModel(3, 4), output="all")


def test_both_directions_are_two_rows_that_read_the_same(draw):
    ax, words = draw(nn.GRU(2, 3, 2, bidirectional=True))
    assert words.count("GRU") == 3 * 4 and words.count("… and its backward direction") == 2
    heights = sorted({round(text.get_position()[1], 3) for text in ax.texts if text.get_text() == "GRU"})
    assert heights == [1, 2, 3, 4] and "$h_{1}$" in words
    arrows = [patch for patch in ax.patches if hasattr(patch, "_posA_posB") and patch._posA_posB[0][1] == 2]
    assert arrows and all(patch._posA_posB[1][0] < patch._posA_posB[0][0] for patch in arrows)    # to the left


def test_nothing_is_cut_off_or_overlaps(draw):
    for model in (models.TextModel(), models.NameModel(75, 20), nn.LSTM(1000, 1000, 1, bidirectional=True)):
        ax, _ = draw(model)
        boxes = [(t.get_text(), t.get_window_extent()) for t in ax.texts]
        page = ax.figure.bbox
        for k, (words, box) in enumerate(boxes):
            assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, words
            assert not [other for other, o in boxes[k + 1:] if box.shrunk(0.9, 0.6).overlaps(o.shrunk(0.9, 0.6))], words
