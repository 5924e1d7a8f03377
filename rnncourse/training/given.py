"""What `fit` was given: checked, and turned into tensors."""

import numbers

import numpy as np
import torch


def check(model, batches, validate, epochs, learning_rate, optimizer, clip, patience, watch):
    """TypeError or ValueError where an argument of `fit` cannot work."""
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model is a {type(model).__name__}; expected a torch.nn.Module. "
                        "For a new one each run, see training.several")
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError(f"{type(model).__name__} has no weights to train: {_why_none(model)}")
    if hasattr(batches, "__next__"):
        raise TypeError(f"batches is a {type(batches).__name__}, which can be run through only once; expected a list, "
                        "an object to run through again each epoch, or a function of rng. Try lambda rng: …")
    if not callable(batches) and not hasattr(batches, "__iter__"):
        raise TypeError(f"batches is a {type(batches).__name__}; expected batches to run through, or a function of rng")
    if isinstance(optimizer, torch.optim.Optimizer) or not callable(optimizer):
        raise TypeError(f"optimizer is {_kind(optimizer)}; expected what makes one: torch.optim.SGD, or "
                        "functools.partial(torch.optim.SGD, momentum=0.9). It is called as optimizer(weights, lr=…)")
    if watch is not None and not callable(watch):
        raise TypeError(f"watch is {_kind(watch)}; expected a function of (model, updates), such as a watching.Watch")
    _whole("epochs", epochs)
    _positive("learning_rate", learning_rate)
    if clip is not None:
        _positive("clip", clip)
    if patience is not None:
        _whole("patience", patience)
        if validate is None:
            raise ValueError(f"patience={patience} came without validate; early stopping needs data that are not "
                             "trained on. Try validate=lambda model: …, which returns a number")


def _why_none(model):
    count = sum(1 for _ in model.parameters())
    return f"all {count} have requires_grad=False" if count else "it has no parameters"


def _kind(value):
    return f"a {type(value).__name__}" if value is not None else "None"


def _whole(name, value):
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is {value!r}; expected a whole number from 1")


def _positive(name, value):
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not 0 < value < float("inf"):
        raise ValueError(f"{name} is {value!r}; expected a positive number")


def passes(batches, seed, epoch):
    """What to run through in an epoch; a function gets a Generator of its own, made from seed and epoch."""
    return batches(np.random.default_rng([seed, epoch])) if callable(batches) else batches


def length(batches):
    """How many batches there are, or None where they do not say."""
    try:
        return len(batches)
    except TypeError:
        return None


def tensors(batch, like):
    """A batch (input, …, target) as a list of tensors on the device of the weight `like`.

    NumPy's floats take the dtype of the weights, its whole numbers become int64; tensors keep their dtype.
    """
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        came = f"a tuple of {len(batch)}" if isinstance(batch, (tuple, list)) else f"a {type(batch).__name__}"
        raise TypeError(f"a batch is {came}; expected a tuple (input, …, target)")
    return [tensor(part, like) for part in batch]


def tensor(part, like):
    """One array or tensor of a batch, as `tensors` makes it."""
    if isinstance(part, torch.Tensor):
        return part.to(like.device)
    array = np.asarray(part)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a batch holds {_kind(part)} of {array.dtype}; expected arrays or tensors of numbers")
    if not array.flags.writeable or any(step < 0 for step in array.strides):
        array = array.copy()    # torch warns at arrays that are read-only, and refuses those that run backwards
    kept = {"f": like.dtype, "b": torch.bool}.get(array.dtype.kind, torch.int64)
    return torch.from_numpy(array).to(like.device, kept)


def describe(value):
    """A tensor, or a tuple of them, in words: float32 (64, 32, 97)."""
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}: {', '.join(map(describe, value))}"
    return _kind(value)


def scores(said):
    """What validate returned as {name: float}."""
    found = said if isinstance(said, dict) else {"validation": said}
    if not found or said is None:
        raise ValueError(f"validate returned {'nothing' if said is None else 'an empty dict'}; expected a number, or "
                         "{name: number} of which the first is watched. Does the function end with return?")
    return {name: _number(name, value) for name, value in found.items()}


def _number(name, value):
    if name in ("loss", "gradient norm", "seconds"):
        raise ValueError(f"validate returned {name!r}, which the history keeps for the training itself; "
                         f"try {'validation ' + name!r}")
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"validate returned {name!r}: {describe(value)}; expected one number") from None
    if number != number:
        raise FloatingPointError(f"validate returned NaN as {name!r}; look at what it divides by, or try a smaller "
                                 "learning rate")
    return number
