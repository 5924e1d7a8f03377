"""The loss of every classifier in the course, for torch tensors with the classes on the last axis."""

from torch.nn import functional


def cross_entropy(logits, target):
    """Mean surprise at the right class in nats, −log softmax(logits)[target]: a scalar tensor.

    logits (…, K) scores, target (…) whole numbers 0 to K − 1; divide by ln 2 for bits. ValueError where the shapes
    do not fit.
    """
    if logits.ndim < 1 or target.shape != logits.shape[:-1]:
        raise ValueError(f"logits are {tuple(logits.shape)} and target {tuple(target.shape)}; expected (…, K) and (…), "
                         "a class number for each row of scores")
    return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1))
