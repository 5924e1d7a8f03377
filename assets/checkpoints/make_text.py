"""Train a character LSTM on the course's short text: `python assets/checkpoints/make_text.py`.

The text runs in parallel columns, 64 characters at a time, and the state is carried from one piece to the next.
The last tenth of the text is held out; the parameters with the fewest bits per character there are kept.
"""

import fitting
import numpy as np

from rnncourse import losses
from rnncourse.datasets import short_text

PIECE, COLUMNS = 64, 8


def bits(model, text, part):
    """Bits per character over `part`, read as one sequence from a zero state."""
    x, y = text.stream(part, batch=1)
    return losses.softmax_cross_entropy(fitting.run(model, "lstm", text.one_hot(x))[1], y, unit="bits")[0]


def frequency_bits(text, part):
    """Bits per character of guessing by the frequencies of the training part alone (each count plus one)."""
    counts = np.bincount(text.encode(text.parts["train"]), minlength=len(text.vocabulary)) + 1
    return float(-np.log2(counts / counts.sum())[text.stream(part, batch=1)[1]].mean())


def train(text, hidden_size, iterations, rng, learning_rate=0.01):
    """(model, curves) after so many pieces, the text read again and again."""
    x, y = text.stream("train", COLUMNS)
    x, starts, state = text.one_hot(x, np.float32), np.arange(0, len(x), PIECE), {}
    model = fitting.new_model(rng, "lstm", x.shape[2], hidden_size, x.shape[2], np.float32, forget_bias=1)

    def step(model, k):
        piece = slice(starts[k % len(starts)], starts[k % len(starts)] + PIECE)
        if piece.start == 0:
            state.clear()
        value, grads, trace = fitting.gradients(
            model, "lstm", x[piece], lambda y_hat: losses.softmax_cross_entropy(y_hat, y[piece], unit="bits"), **state)
        state.update(h0=trace.last("h"), c0=trace.last("c"))
        return value, grads

    return fitting.fit(model, step, iterations, learning_rate, every=len(starts),
                       watch=lambda model: bits(fitting.as_kept(model), text, "validation"))


def main(arguments=None):
    """Train, score and write lstm_text.npz."""
    parser = fitting.options(__doc__, iterations=800)
    parser.add_argument("--hidden-size", type=int, default=56)
    asked, text, clock = parser.parse_args(arguments), short_text.load(), fitting.Clock()
    model, curves = train(text, asked.hidden_size, asked.iterations, np.random.default_rng(asked.seed))
    model = fitting.as_kept(model)
    scores = {f"{part} bits per character": bits(model, text, part) for part in text.parts}
    scores |= {f"{part} bits, frequencies alone": frequency_bits(text, part) for part in text.parts}
    metadata = {"cell": "lstm", "scores": scores, "data": text.fingerprint, "seed": asked.seed,
                "iterations": asked.iterations, "seconds": clock.seconds(), "inputs": list(text.vocabulary),
                "task": "the next character of the short text; bits per character, each part as one sequence",
                "command": "python assets/checkpoints/make_text.py"}
    fitting.keep(asked.folder, "lstm_text", metadata, model, curves)


if __name__ == "__main__":
    main()
