"""The few torch models that the course ships: a text model, a forecaster, an answer at each step, a
classifier of names.

Each is an embedding or a plain input, `recurrent` (a torch.nn.LSTM, GRU or RNN, which rnncourse.recording can record)
and `readout`, a linear layer: y = h W_hy + b_y. `metadata()` tells what `build` needs to make the same again.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
LARGEST = {"layers": 64}    # and for every other size:
LARGEST_SIZE = 1_000_000


class _Model(nn.Module):
    """Keeps the sizes that a model was made with."""

    def _remember(self, **made_with):
        for name, value in made_with.items():
            if name == "cell":
                if value not in CELLS:
                    raise ValueError(f"no cell {value!r}; choose one of {', '.join(CELLS)}")
            elif name == "both":
                if value not in (True, False):
                    raise ValueError(f"both is {value!r}; expected True or False, whether to read backward too")
            elif not (type(value) is int and 1 <= value <= LARGEST.get(name, LARGEST_SIZE)):
                raise ValueError(f"{name} is {value!r}; expected a whole number from 1 to "
                                 f"{LARGEST.get(name, LARGEST_SIZE)}")
        self._made_with = made_with

    def metadata(self):
        """{"kind": …, and each size by its name}: numbers and words, for a checkpoint."""
        return {"kind": type(self).__name__, **self._made_with}


class TextModel(_Model):
    """The next character's scores from those so far: embedding, recurrent layers, linear read-out.

    forward(x (T, B) whole numbers, state=None) -> logits (T, B, K), state; K = classes. The state is torch's, h_n or
    (h_n, c_n): give it back to continue the same text.
    """

    def __init__(self, classes=97, hidden_size=128, layers=2, cell="lstm", embedding_size=64):
        super().__init__()
        self._remember(classes=classes, hidden_size=hidden_size, layers=layers, cell=cell,
                       embedding_size=embedding_size)
        self.embedding = nn.Embedding(classes, embedding_size)
        self.recurrent = CELLS[cell](embedding_size, hidden_size, layers)
        self.readout = nn.Linear(hidden_size, classes)

    def forward(self, x, state=None):
        _check_numbers(x, self.embedding.num_embeddings, "(T, B)")
        h, state = self.recurrent(self.embedding(x), state)
        return self.readout(h), state


class ForecastModel(_Model):
    """The days ahead from the days before: a recurrent layer, and a linear read-out of its last h.

    forward(x (T, B, D)) -> (B, horizons); D = features.
    """

    def __init__(self, features, hidden_size=32, horizons=1, cell="lstm"):
        super().__init__()
        self._remember(features=features, hidden_size=hidden_size, horizons=horizons, cell=cell)
        self.recurrent = CELLS[cell](features, hidden_size)
        self.readout = nn.Linear(hidden_size, horizons)

    def forward(self, x):
        _check_features(x, self.recurrent.input_size)
        h, _ = self.recurrent(x)
        return self.readout(h[-1])


class StepModel(_Model):
    """Answers at every step from numbers so far: a recurrent layer and a linear read-out, for flip-flops and words.

    forward(x (T, B, D)) -> (T, B, K); D = features, K = outputs.
    """

    def __init__(self, features, outputs, hidden_size=16, cell="gru"):
        super().__init__()
        self._remember(features=features, outputs=outputs, hidden_size=hidden_size, cell=cell)
        self.recurrent = CELLS[cell](features, hidden_size)
        self.readout = nn.Linear(hidden_size, outputs)

    def forward(self, x):
        _check_features(x, self.recurrent.input_size)
        return self.readout(self.recurrent(x)[0])


class NameModel(_Model):
    """A class from a whole sequence: embedding, an LSTM (in both directions), a linear read-out of its last h.

    forward(x (T, B) whole numbers, lengths (B,)) -> logits (B, K); K = classes. Number 0 is padding. The rows are
    packed, so each ends at its own length: there the backward direction starts, and padding has no effect. Read out
    are the forward direction's h at the last letter beside the backward one's at the first, (B, 2H).
    """

    def __init__(self, symbols, classes, embedding_size=32, hidden_size=64, both=True, cell="lstm"):
        super().__init__()
        self._remember(symbols=symbols, classes=classes, embedding_size=embedding_size, hidden_size=hidden_size,
                       both=both, cell=cell)
        self.embedding = nn.Embedding(symbols, embedding_size, padding_idx=0)
        self.recurrent = CELLS[cell](embedding_size, hidden_size, bidirectional=both)
        self.readout = nn.Linear(hidden_size * (1 + both), classes)

    def forward(self, x, lengths):
        _check_numbers(x, self.embedding.num_embeddings, "(T, B)")
        _check_lengths(lengths, x)
        packed = pack_padded_sequence(self.embedding(x), lengths.cpu(), enforce_sorted=False)
        _, last = self.recurrent(packed)
        h_last = last[0] if isinstance(last, tuple) else last     # (directions, B, H)
        return self.readout(torch.cat(list(h_last), dim=-1))


KINDS = {kind.__name__: kind for kind in (TextModel, ForecastModel, StepModel, NameModel)}


def build(metadata):
    """A new model from what its `metadata()` said; its weights are drawn from torch's random numbers."""
    sizes = dict(metadata)
    kind = sizes.pop("kind", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"no model of kind {kind!r}; there are {', '.join(KINDS)}")
    try:
        return KINDS[kind](**sizes)
    except TypeError as error:
        raise ValueError(f"a {kind} cannot be made from {sizes}: {error}") from None


def _check_numbers(x, count, shape):
    if x.ndim != 2 or x.dtype not in (torch.int64, torch.int32) or 0 in x.shape:
        raise ValueError(f"x is {str(x.dtype).removeprefix('torch.')} {tuple(x.shape)}; expected whole numbers {shape}")
    low, high = x.aminmax()
    if low < 0 or high >= count:
        raise ValueError(f"x runs from {low} to {high}; expected 0 to {count - 1}")


def _check_features(x, features):
    if x.ndim != 3 or x.shape[-1] != features:
        raise ValueError(f"x is {tuple(x.shape)}; expected (T, B, D) with D = {features}")


def _check_lengths(lengths, x):
    T, B = x.shape
    if lengths.shape != (B,) or lengths.is_floating_point() or lengths.min() < 1 or lengths.max() > T:
        raise ValueError(f"lengths are {lengths.tolist() if lengths.numel() < 9 else tuple(lengths.shape)}; expected "
                         f"({B},) whole numbers from 1 to {T}, the letters in each row")
