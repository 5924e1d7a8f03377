"""Losses: each returns (loss, gradient), the mean over the valid steps and what it is differentiated by.

The gradient belongs to the number returned: in bits it is 1/ln 2 times the one in nats, at masked steps it is 0.
A masked step counts for nothing, whatever stands in its target (−1, NaN).
"""

import numpy as np

NATS_PER = {"nats": 1.0, "bits": float(np.log(2))}


def softmax(logits):
    """Probabilities over the last axis, in the shape of `logits`: exp(a_k) / Σ_j exp(a_j)."""
    powers = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax_cross_entropy(logits, targets, mask=None, unit="nats"):
    """Surprise at the right class, −log softmax(logits)[target], as a mean over the valid steps.

    logits  (..., K), mostly (T, B, K): one score for each class
    targets (...) whole numbers 0 to K − 1
    mask    (...) booleans, False where a step is padding
    unit    "nats" (torch's) or "bits"
    Returns the loss, a float, and dlogits (..., K).
    """
    logits, targets = np.asarray(logits), np.asarray(targets)
    if unit not in NATS_PER:
        raise ValueError(f"unknown unit {unit!r}; choose one of {', '.join(NATS_PER)}")
    mask = _valid(mask, logits.shape[:-1])
    _check_floats("logits", logits, mask)
    _check_targets(targets, logits, mask)

    scores, rows, right = logits[mask], np.arange(mask.sum()), targets[mask]
    shifted = scores - scores.max(axis=-1, keepdims=True)
    # −log softmax(a)[k] = log Σ_j exp(a_j) − a_k
    surprise = np.log(np.exp(shifted).sum(axis=-1)) - shifted[rows, right]
    # d/da_j = softmax(a)_j − [j is the target]
    slope = softmax(scores)
    slope[rows, right] -= 1

    dlogits = np.zeros_like(logits)
    dlogits[mask] = slope / (len(rows) * NATS_PER[unit])
    return float(surprise.mean() / NATS_PER[unit]), dlogits


def squared_error(prediction, target, mask=None):
    """Mean of (prediction − target)² over all numbers at the valid steps, in the target's unit squared.

    prediction, target  equal shapes, (T, B) or (T, B, K)
    mask                booleans over the leading axes, mostly (T, B), False where a step is padding
    Returns the loss, a float, and dprediction in the shape of `prediction`.
    """
    prediction, target = np.asarray(prediction), np.asarray(target)
    if prediction.shape != target.shape:
        raise ValueError(f"prediction is {prediction.shape} and target {target.shape}; expected equal shapes. "
                         "For one number a step, try prediction[..., 0]")
    mask = _valid(mask, prediction.shape[:np.ndim(mask)] if mask is not None else prediction.shape)
    _check_floats("prediction", prediction, mask)
    _check_floats("target", target, mask)

    error = prediction[mask] - target[mask].astype(prediction.dtype)
    dprediction = np.zeros_like(prediction)
    dprediction[mask] = 2 * error / error.size
    return float((error * error).mean()), dprediction


def _valid(mask, shape):
    mask = np.ones(shape, bool) if mask is None else np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(f"mask is {mask.dtype}; expected booleans, True where a step counts. Try mask > 0")
    if mask.shape != shape:
        raise ValueError(f"mask is {mask.shape}; expected {shape}, one value for each step")
    if not mask.any():
        raise ValueError(f"no valid step among {mask.size}; a mean needs at least one. Look at the mask or the lengths")
    return mask


def _check_floats(name, array, mask):
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} is {array.dtype}; expected float32 or float64. Try {name}.astype(np.float64)")
    if not np.isfinite(array[mask]).all():
        raise ValueError(f"{name} holds NaN or infinity at a valid step. Mask gaps in the data; where training "
                         "has diverged, try a smaller learning rate or clip_by_norm")


def _check_targets(targets, logits, mask):
    classes = logits.shape[-1]
    if targets.dtype.kind not in "iu":
        raise TypeError(f"targets are {targets.dtype}; expected whole numbers, 0 to {classes - 1}. "
                        "For one-hot rows, try targets.argmax(-1)")
    if targets.shape != logits.shape[:-1]:
        raise ValueError(f"targets are {targets.shape}; expected {logits.shape[:-1]}, "
                         f"the shape of logits {logits.shape} without its last axis, the classes")
    low, high = targets[mask].min(), targets[mask].max()
    if low < 0 or high >= classes:
        raise ValueError(f"targets go from {low} to {high}; logits of {classes} classes expect 0 to {classes - 1}. "
                         "Mask the steps that have no target")
