"""How far back a network looks: by how much a score would move if an earlier input moved a little.

    looking_back(net, numbers, step=40)             # which of the letters so far the next one hangs on

‖∂ score_target at step s / ∂x_t‖ for every t ≤ s, x_t being what the first layer reads: a letter's embedding, or its
one-hot vector. It speaks of small changes at this very text, as every gradient does.
"""

from dataclasses import dataclass

import numpy as np

from rnncourse.explain import _inputs
from rnncourse.explain._gradient import project, runs, through_input, through_runs

AT_ONCE = 1_000_000    # numbers in one array of gates


@dataclass(frozen=True, eq=False, repr=False)
class LookingBack:
    """What one score at one step hangs on; or, with a leading S in every shape, the scores at S steps.

    norms   (step + 1,) the length of ∂score/∂x_t at t = 0 … step; of many steps (S, T), 0 beyond each one's own
    step    at which step the score is read, counted from 0
    target  which score it is
    score   that score, before any softmax
    """

    norms: np.ndarray
    step: np.ndarray
    target: np.ndarray
    score: np.ndarray

    def __repr__(self):
        if self.norms.ndim > 1:
            return f"LookingBack: {len(self.step)} scores over {self.norms.shape[1]} steps"
        far = self.step - np.argmax(self.norms)
        return (f"LookingBack: score {self.target} at step {self.step} is {self.score:.3g}; it hangs most on the input "
                f"{far} step{'' if far == 1 else 's'} back (length of the gradient {self.norms.max():.3g})")


def looking_back(net, x, step, target=None):
    """The `LookingBack` from one step of one text, or from many of its steps at once.

    net     an `explain.model.Explained`, of any cell and any number of layers, reading forward
    x       one text: (T,) numbers of tokens or (T, D) features; (T, 1) and (T, 1, D) are read as such, too
    step    a whole number from −T to T − 1, or S of them
    target  which score, 0 to K − 1: one, or one for each of the S steps; where None, the largest at each step

    Nothing after a step has an effect on it. Many steps at once cost less than one after the other.
    """
    x = _one_text(net, x)
    steps = _steps(step, len(x))
    T, x = len(x), x[:steps.max() + 1]
    kept = runs(net, {"forward": project(net, 0, "forward", x)}, np.array([len(x)]))
    scores = net.predict(kept[-1]["forward"]["h"][1 + steps, 0])                     # (S, K)
    target = scores.argmax(-1) if target is None else _inputs.targets(net, target, len(steps))
    norms = np.zeros((len(steps), T))
    order, most = np.argsort(-steps, kind="stable"), max(1, AT_ONCE // (len(x) * net.gates))
    for here in np.split(order, range(most, len(order), most)):
        norms[here, :steps[here[0]] + 1] = _norms(net, kept, steps[here], target[here])
    score = scores[np.arange(len(steps)), target]
    if np.ndim(step):
        return LookingBack(norms, steps, target, score)
    return LookingBack(norms[0, :steps[0] + 1], int(steps[0]), int(target[0]), float(score[0]))


def _norms(net, kept, steps, target):
    """(N, steps[0] + 1): lengths of the gradients of N scores, `steps` falling; 0 beyond each row's own step."""
    lengths = steps + 1
    rows = [{"forward": {name: np.repeat(values[:lengths[0] + (name in "hc")], len(steps), axis=1)
                         for name, values in layer["forward"].items()}} for layer in kept]
    da = through_runs(net, rows, lengths, target)
    return np.linalg.norm(through_input(net, 0, da, lengths), axis=-1).T


def _one_text(net, x):
    """(T, 1, D) of one text."""
    if net.directions != ("forward",):
        raise ValueError("this network also reads backward, so its score at a step hangs on all that comes after, too; "
                         "expected one that reads forward. For such a one, try attribution.gradient")
    x = _inputs.plain("x", x)
    whole = x.dtype.kind in "iu"
    x = x[:, None] if x.ndim == (1 if whole else 2) else x
    batch = _inputs.read(net, x, None)
    if batch.rows != 1:
        raise ValueError(f"x holds {batch.rows} texts; expected one: numbers of tokens (T,), or features (T, D)")
    return batch.x


def _steps(step, T):
    """(S,) whole numbers from 0 to T − 1."""
    steps = np.atleast_1d(_inputs.plain("step", step))
    if steps.ndim != 1 or steps.dtype.kind not in "iu" or not steps.size:
        raise ValueError(f"step is {steps.dtype} of shape {np.shape(step)}; expected a whole number, or several")
    wrong = steps[(steps < -T) | (steps >= T)]
    if wrong.size:
        raise ValueError(f"step is {wrong[0]}; this text has steps 0 to {T - 1}")
    return steps % T
