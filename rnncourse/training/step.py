"""One batch of a training: forward, loss, backward, clipping, update; and what to say where one of them fails."""

import math
import warnings

import torch
from torch.nn.utils import clip_grad_norm_, get_total_norm

from rnncourse.training import given


def step(job, batch, state, where, first):
    """One batch: forward, backward, update. Returns loss, the gradient's norm before clipping, the state to carry."""
    *inputs, target = given.tensors(batch, job.weights[0])
    output, state = _ran(job, inputs, state)
    loss = _loss(job, output, target, where, first)
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(_not_finite(job, "the loss", value, where, (*inputs, target)))
    job.optimizer.zero_grad()
    loss.backward()
    _watched(job)
    norm = _clipped(job).item()
    if not math.isfinite(norm):
        raise FloatingPointError(_not_finite(job, "the gradient's norm", norm, where, (*inputs, target)))
    job.optimizer.step()
    return value, norm, _detached(state)


def _ran(job, inputs, state):
    """The model's output, and the state to carry or None."""
    given_state = (state,) if job.carry else ()
    try:
        output = job.model(*inputs, *given_state)
    except Exception as error:
        error.add_note(f"the model was called with {', '.join(map(given.describe, inputs))}"
                       + (f" and, since carry=True, with the state {given.describe(state)}" if job.carry else ""))
        raise
    if not job.carry:
        return output, None
    if not isinstance(output, (tuple, list)) or len(output) != 2:
        raise TypeError(f"carry=True expects model(input, …, state) to return the pair (output, state); "
                        f"{type(job.model).__name__} returned {given.describe(output)}. Without a state, try "
                        "carry=False")
    return output


def _loss(job, output, target, where, first):
    """The loss as a scalar tensor; ValueError says what came where output and target do not fit."""
    came = f"output is {given.describe(output)}, target {given.describe(target)}"
    try:
        loss = _strictly(job.loss, output, target) if first else job.loss(output, target)
    except (TypeError, ValueError, IndexError, AttributeError, RuntimeError, UserWarning) as error:
        advice = ". The model returned a pair: try carry=True, or a loss that takes its first"
        raise ValueError(f"loss(output, target) failed in {where}: {came}{advice * isinstance(output, tuple)}. "
                         f"It said: {error}") from error
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        raise ValueError(f"loss gave {given.describe(loss)} in {where}; expected one number as a tensor, the mean over "
                         f"the batch. {came}")
    if not loss.requires_grad:
        raise ValueError(f"the loss in {where} depends on no weight, so there is nothing to follow back. Is it "
                         "computed from the model's output, with torch and without .detach(), .item() or .numpy()?")
    return loss


def _strictly(loss, output, target):
    """loss(output, target), where torch's warning that two shapes were stretched to fit is an error."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Using a target size", UserWarning)
        return loss(output, target)


def _watched(job):
    """Let the onlooker look, so that the training goes on as if nobody had: its dice and its modes are as they were."""
    if job.watch is None:
        return
    modes = [(module, module.training) for module in job.model.modules()]
    with torch.random.fork_rng():
        job.watch(job.model, len(job.ledger.losses))
    for module, training in modes:
        module.training = training


def _clipped(job):
    """The norm of the whole gradient, a tensor; the gradient is then at most `clip` long."""
    if job.clip is None:
        return get_total_norm([w.grad for w in job.weights if w.grad is not None])
    return clip_grad_norm_(job.weights, job.clip)


def _not_finite(job, what, value, where, batch):
    if any(t.is_floating_point() and not t.isfinite().all() for t in batch):
        advice = "The batch itself holds NaN or infinity: fill or drop these values first"
    else:
        advice = (f"Try a smaller learning rate (it was {job.optimizer.param_groups[0]['lr']:g})"
                  + (", or clip=1.0" if job.clip is None else f", or a smaller clip (it was {job.clip:g})"))
    kept = f"those after epoch {job.best + 1}" if job.best is not None else "those from before the training"
    return f"{what} is {value} in {where}. {advice}. The weights are {kept}"


def _detached(state):
    """The state's values without their past, so that no gradient goes back beyond this batch."""
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, (tuple, list)):
        return type(state)(_detached(part) for part in state)
    if isinstance(state, dict):
        return {name: _detached(part) for name, part in state.items()}
    return state
