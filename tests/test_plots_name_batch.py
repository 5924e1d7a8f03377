"""Drawings of a batch of names: every letter, length, count and last state stands where torch has it."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch, Rectangle
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from rnncourse.plots import name_batch
from rnncourse.plots.palette import LOOK

NAMES = ["rossi", "ek", "kowalczyk", "o'neill"]


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def written(ax):
    return [(t.get_text(), tuple(np.round(t.get_position(), 2))) for t in ax.texts]


def test_padded_has_each_letter_at_its_step_and_zeros_after_it(ax):
    found = written(name_batch.padded(ax, NAMES))
    for row, name in enumerate(NAMES):
        for t in range(9):
            assert (name[t] if t < len(name) else "0", (t, row)) in found
        assert (str(len(name)), (8.8, row)) in found
    assert ax.get_title() == "padded: 9 × 4 cells, 13 of them padding"
    assert len(ax.patches) == 36


def test_packed_counts_the_letters_as_torch_lays_them(ax):
    """The small numbers are places in `PackedSequence.data`, the numbers below are its `batch_sizes`."""
    codes = [torch.tensor([ord(letter) for letter in name]) for name in NAMES]
    packed = pack_padded_sequence(pad_sequence(codes), torch.tensor([5, 2, 9, 7]), enforce_sorted=False)
    found = written(name_batch.packed(ax, NAMES))
    letters = {at: text for text, at in found if text.isalpha() and len(text) == 1 or text == "'"}
    for number, code in enumerate(packed.data.tolist()):
        (t, row), = [at for text, at in found if text == str(number) and at[0] % 1 == pytest.approx(0.4)]
        assert letters[round(t - 0.4), round(row + 0.24)] == chr(code)
    below = {at[0]: int(text) for text, at in found if at[1] == 3.8 and text.isdigit()}
    assert [below[t] for t in range(9)] == packed.batch_sizes.tolist()
    assert len(ax.patches) == 23                 # no cell for padding


def full_boxes(ax):
    return sorted((round(p.get_x() + 0.26), round(p.get_y() + 0.22)) for p in ax.patches
                  if isinstance(p, FancyBboxPatch) and to_hex(p.get_facecolor()) == LOOK["h"].colour
                  and p.get_facecolor()[3] == 1)


@pytest.mark.parametrize("name", ["rossi", "ek", "kowalczyk", "o"])
def test_the_full_boxes_stand_where_each_direction_ends(ax, name):
    name_batch.both_directions(ax, name, 9)
    assert full_boxes(ax) == sorted([(0, 0), (len(name) - 1, 1)])
    frame, = (p for p in ax.patches if isinstance(p, Rectangle) and p.get_linestyle() == "--")
    assert frame.get_x() < 8 < frame.get_x() + frame.get_width()


def test_a_name_longer_than_the_batch_is_refused(ax):
    with pytest.raises(ValueError, match="'kowalczyk' has 9 letters and the batch 5 steps"):
        name_batch.both_directions(ax, "kowalczyk", 5)


@pytest.mark.parametrize("draw", [name_batch.padded, name_batch.packed,
                                  lambda ax, names: name_batch.both_directions(ax, names[0], 9),
                                  lambda ax, names: name_batch.both_directions(ax, names[1], 9)])
def test_no_two_texts_touch(draw):
    fig, ax = plt.subplots(figsize=(5.4, 2.9))
    draw(ax, NAMES)
    fig.canvas.draw()
    boxes = [(t.get_text(), t.get_window_extent()) for t in ax.texts]
    for k, (words, box) in enumerate(boxes):
        clash = [other for other, o in boxes[k + 1:] if box.shrunk(0.9, 0.6).overlaps(o.shrunk(0.9, 0.6))]
        assert not clash, (words, clash)
    plt.close(fig)
