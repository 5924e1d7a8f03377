"""From scores to one symbol: softmax with a temperature, the k likeliest only, and the draw."""

import numpy as np

from rnncourse.losses import softmax


def next_probabilities(logits, temperature=1.0, top_k=None):
    """Probabilities (..., K) of the next symbol from logits (..., K); each row sums to 1.

    temperature  1 leaves the model's own probabilities, p^(1/temperature) made to sum to 1 elsewhere: below 1 the
                 likely become likelier, 0 leaves the likeliest alone (ties: the lowest number)
    top_k        exactly so many symbols stay, the likeliest; of equals the lower number stays. None: all stay

    Logarithms of probabilities are logits too, −inf (never) included.
    """
    logits = np.asarray(logits, float)
    _check(logits, temperature, top_k)
    order = np.argsort(-logits, axis=-1, kind="stable")
    keep = 1 if temperature == 0 else top_k or logits.shape[-1]
    kept = np.full(logits.shape, -np.inf)
    stay = order[..., :keep]
    np.put_along_axis(kept, stay, np.take_along_axis(logits, stay, -1), -1)
    highest = kept.max(-1, keepdims=True)
    # p_k = exp(a_k / temperature) / Σ_j exp(a_j / temperature), with the highest taken off before it can overflow
    return softmax((kept - highest) / (temperature or 1.0))


def draw(rng, probabilities):
    """The number of one symbol, drawn with `probabilities` (K,)."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng is {rng!r}; expected a random generator. Try np.random.default_rng(0)")
    probabilities = np.asarray(probabilities, float)
    if probabilities.ndim != 1 or not (probabilities >= 0).all() or abs(probabilities.sum() - 1) > 1e-6:
        raise ValueError(f"probabilities are {probabilities.shape} and sum to {probabilities.sum():g}; "
                         "expected (K,), none below 0, with sum 1")
    reached = np.cumsum(probabilities)
    place = int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))
    return min(place, int(np.flatnonzero(probabilities)[-1]))    # rounding must not reach past the last possible one


def _check(logits, temperature, top_k):
    if logits.ndim < 1 or not logits.shape[-1]:
        raise ValueError(f"logits are {logits.shape}; expected (..., K), a score for each symbol")
    if np.isnan(logits).any() or not np.isfinite(logits.max(-1)).all():
        raise ValueError("logits hold NaN or +inf, or a row of −inf only; expected at least one finite score a row")
    if not (np.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"temperature is {temperature}; expected 0 (always the likeliest) or more; 1 changes nothing")
    if top_k is not None and not (top_k == int(top_k) and 1 <= top_k <= logits.shape[-1]):
        raise ValueError(f"top_k is {top_k}; expected a whole number from 1 to {logits.shape[-1]}, or None for all")
