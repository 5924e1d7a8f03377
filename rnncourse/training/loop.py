"""The loop: batches in, a trained model and its history out. What a bare loop does, and what one must not forget."""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from rnncourse.training import given, progress
from rnncourse.training.history import OWN, Ledger
from rnncourse.training.step import step


def fit(model, batches, loss, *, validate=None, epochs=10, learning_rate=1e-3, optimizer=torch.optim.Adam, clip=1.0,
        patience=None, carry=False, seed=0, progress=True, watch=None):
    """Train `model`, a torch.nn.Module, in place and return its `Run`.

    batches   tuples (input, …, target) of arrays or tensors, to be run through once an epoch; or a function of rng that
              gives them (for shuffling: rng is a NumPy Generator made from seed and epoch). NumPy's floats take the
              dtype of the weights.
    loss      loss(output, target) -> a scalar tensor, the mean over the batch; output = model(input, …)
    carry     output, state = model(input, …, state): the state, None at the start of an epoch, is carried to the next
              batch and cut from its past there. This is truncated backpropagation through time, by chunks.
    validate  validate(model) -> a number or {name: number}, called after each epoch in evaluation mode, without
              gradients. The first is watched, smaller is better: the model is left with the weights of its best epoch.
              Without validate it is left with the last.
    patience  stop when so many epochs in a row brought nothing better
    optimizer called as optimizer(weights, lr=learning_rate)
    clip      the largest norm that a gradient keeps; a longer one is made this long. None: no clipping
    seed      torch's random numbers (dropout) and rng start here: same seed, same numbers. Make the model under a seed
              too, by `seeded`.
    progress  show a bar
    watch     watch(model, updates so far), called at each batch between the backward pass and the clipping, to look and
              not to touch: `training.watching.Watch`. It gets dice of its own

    Ctrl-C (in a notebook: Kernel, Interrupt) ends the training, not the program: the best weights so far are put
    back, or the last ones where no epoch was validated, and `run.stopped` says "interrupted".
    FloatingPointError where the loss or its gradient is not finite; any error leaves the model with its best weights,
    without validate with those of the last complete epoch, at worst with those it came with. Left as found: torch's
    random state, each module's mode, requires_grad; gradients are None afterwards.
    """
    given.check(model, batches, validate, epochs, learning_rate, optimizer, clip, patience, watch)
    weights = [p for p in model.parameters() if p.requires_grad]
    job = _Job(model, weights, optimizer(weights, lr=learning_rate), batches, loss, validate, clip, carry, seed,
               watch)
    start = time.perf_counter()
    with _as_found(model), torch.random.fork_rng():
        torch.manual_seed(seed)
        stopped = _train(job, epochs, patience, progress)
    return job.ledger.run(job.best, stopped, time.perf_counter() - start, job.watched, seed)


@dataclass
class _Job:
    """One call of fit: what it was given, and how far it has come. `kept` are the weights to put back."""

    model: torch.nn.Module
    weights: list
    optimizer: torch.optim.Optimizer
    batches: object
    loss: object
    validate: object
    clip: float | None
    carry: bool
    seed: int
    watch: object = None
    ledger: Ledger = field(default_factory=Ledger)
    kept: dict = None
    best: int | None = None
    watched: str | None = None


def _train(job, epochs, patience, shown):
    """Run the epochs; "done", "early" or "interrupted". The model ends with the weights it is to be left with."""
    job.kept = _copy(job.model)
    stopped = "done"
    try:
        with progress.bar(epochs, job.seed, shown) as bar:
            for epoch in range(epochs):
                _epoch(job, epoch, bar)
                if patience is not None and epoch - job.best >= patience:
                    stopped = "early"
                    break
    except KeyboardInterrupt:
        stopped = "interrupted"
        if job.validate is None or job.best is None:    # what has been learnt since is worth keeping
            job.best, job.kept = None, _copy(job.model)
    finally:
        job.model.load_state_dict(job.kept)
    return stopped


def _epoch(job, epoch, bar):
    """Train on all batches once, validate, and keep the weights if they are the best so far."""
    job.model.train()
    batches = given.passes(job.batches, job.seed, epoch)
    bar.start(epoch, given.length(batches))
    start, count, state = time.perf_counter(), 0, None
    for batch in batches:
        where = f"epoch {epoch + 1}, batch {count + 1}"
        loss, norm, state = step(job, batch, state, where, first=not job.ledger.losses)
        job.ledger.batch(loss, norm)
        bar.batch()
        count += 1
    if not count:
        raise ValueError(f"batches gave nothing in epoch {epoch + 1}; expected at least one batch, each epoch anew. "
                         "Is there enough data for one? A generator is empty the second time: try lambda rng: …")
    seconds = time.perf_counter() - start
    found = _validated(job)
    job.ledger.epoch(seconds, count, found)
    _keep_if_better(job, epoch, found)
    bar.end({"loss": job.ledger.epochs[-1]["loss"]} | found)


def _validated(job):
    """{name: number} from validate, in evaluation mode, without gradients and without touching the training's dice."""
    if job.validate is None:
        return {}
    job.model.eval()
    with torch.no_grad(), torch.random.fork_rng():
        found = given.scores(job.validate(job.model))
    if job.ledger.epochs and list(found) != (before := list(job.ledger.epochs[0])[len(OWN):]):
        raise ValueError(f"validate returned {', '.join(found)}, and before that {', '.join(before)}; expected the "
                         "same names each epoch")
    return found


def _keep_if_better(job, epoch, found):
    """Copy the weights where the watched number fell; without validate, always."""
    if found:
        job.watched = next(iter(found))
    values = job.ledger.epochs
    if not found or job.best is None or found[job.watched] < values[job.best][job.watched]:
        kept = _copy(job.model)
        job.kept, job.best = kept, epoch


def _copy(model):
    return {name: value.detach().clone() if isinstance(value, torch.Tensor) else value
            for name, value in model.state_dict().items()}


@contextmanager
def _as_found(model):
    """Afterwards each module has the mode it had, and no weight keeps a gradient."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
        model.zero_grad(set_to_none=True)
