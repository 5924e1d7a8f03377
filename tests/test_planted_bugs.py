"""Bugs planted in the real source, one at a time: the checks that the suite runs on the cells must catch each.

Many are planted wherever they belong (step, forward, backward), so that the cell still agrees with itself and only
an oracle from outside can tell. A check that catches none of them would be no check.
"""

import types
from dataclasses import dataclass

import cell_checks
import numpy as np
import pytest
import test_losses
from planting import plant

from rnncourse import losses, trace
from rnncourse.cells import gru, lstm, rnn


@dataclass
class Bug:
    """A bug, the source changes that plant it, and the checks that are there to catch it."""

    name: str
    module: types.ModuleType
    changes: tuple
    caught_by: tuple

    def __str__(self):
        return f"{cell_checks.name_of(self.module)}: {self.name}"


def bug(name, module, *changes, by):
    return Bug(name, module, changes, tuple(getattr(cell_checks, check) for check in by.split()))


GRADIENT = "equals_torch matches_central_differences"
TIME = f"{GRADIENT} two_pieces_give_the_whole_gradient"
BUGS = [
    # the activation's slope
    bug("tanh' missing", rnn, ("activations.named(trace.activation).slope_at(trace.h)", "np.ones_like(trace.h)"),
        by=GRADIENT),
    bug("tanh' missing in g", lstm, ("i, tanh.slope_at(g)", "i, np.ones_like(g)"), by=GRADIENT),
    bug("tanh' missing on the way from h to c", lstm, ("into_c = o * tanh.slope_at(tanh_c)", "into_c = o"),
        by=GRADIENT),
    bug("tanh' missing in n", gru, ("(1 - z) * tanh.slope_at(n)", "1 - z"), by=GRADIENT),
    # blame from later steps
    *(bug("dh_next dropped", cell, ("dh[t] + dh_next", "dh[t] + 0"), by=TIME) for cell in (rnn, lstm, gru)),
    bug("dc_next dropped", lstm, ("dc_next + dh_t * into_c[t]", "dh_t * into_c[t]"), by=GRADIENT),
    bug("dc_last ignored", lstm, ('"dc_last", dc_last,', '"dc_last", None,'), by=TIME),
    bug("dh past the gates dropped", gru, ("dh_next = dh_t * z[t] + da_t", "dh_next = da_t"), by=GRADIENT),
    # the reset gate
    bug("reset gate without effect", gru, ("r[t] * (a_h", "(a_h"), ("r * (h_n + params", "(h_n + params"),
        by="equals_torch"),
    bug("reset before the matmul", gru,
        ("r[t] * (a_h[:, 2 * H:] + b_hn)", "(r[t] * h_prev) @ W_h[:, 2 * H:] + b_hn"),
        ("r * (h_n + params", "((r * h_prev) @ params['W_h'][:, 2 * len(params['W_h']):] + params"),
        by="equals_torch matches_central_differences"),
    bug("reset past b_hn", gru, ("r[t] * (a_h[:, 2 * H:] + b_hn)", "r[t] * a_h[:, 2 * H:] + b_hn"),
        by="equals_torch forward_is_repeated_step"),
    # the order of the gates, the same in step, forward and backward
    bug("gate order f, i swapped", lstm, ("a_i, a_f, a_g, a_o =", "a_f, a_i, a_g, a_o ="),
        ("    i, f, g, o = _steps", "    f, i, g, o = _steps"),
        ("da_i, da_f, da_g, da_o =", "da_f, da_i, da_g, da_o ="), by="equals_torch"),
    bug("gate order z, r swapped, as in Keras", gru, ("x_r, x_z, x_n =", "x_z, x_r, x_n ="),
        ("h_r, h_z, h_n =", "h_z, h_r, h_n ="), ("    r, z, n = _steps", "    z, r, n = _steps"),
        ("da_r, da_z, da_hn =", "da_z, da_r, da_hn ="), by="equals_torch"),
    bug("z = 1 takes the new state", gru, ("(1 - z) * n + z * h_prev", "z * n + (1 - z) * h_prev"),
        ("(1 - z[t]) * n[t] + z[t] * h_prev", "z[t] * n[t] + (1 - z[t]) * h_prev"), by="equals_torch"),
    # the state
    *(bug("h0 ignored", cell, ("    h_prev = h0\n", "    h_prev = np.zeros_like(h0)\n"),
          by="equals_torch starts_from_the_given_state one_run_is_two_runs forward_is_repeated_step")
      for cell in (rnn, gru)),
    bug("h0 ignored", lstm, ("h_prev, c_prev = h0, c0", "h_prev, c_prev = 0 * h0, c0"),
        by="equals_torch starts_from_the_given_state one_run_is_two_runs"),
    bug("c0 ignored", lstm, ("h_prev, c_prev = h0, c0", "h_prev, c_prev = h0, 0 * c0"),
        by="equals_torch starts_from_the_given_state one_run_is_two_runs"),
    bug("state carried between sequences that start at zero", lstm,
        ("h_prev, c_prev = h0, c0", "h_prev, c_prev = (h0, c0) if h0.any() else _left.get(h0.shape, (h0, c0))"),
        ('return Trace("lstm"', '_left[h0.shape] = h_prev, c_prev\n    return Trace("lstm"'),
        ("LAYOUT = {", "_left = {}\nLAYOUT = {"), by="rows_do_not_meet"),
    *(bug("state reset in the middle", cell, ("    for t in range(len(x)):\n",
                                              "    for t in range(len(x)):\n        h_prev = h_prev * (t != 5)\n"),
          by="equals_torch one_run_is_two_runs forward_is_repeated_step") for cell in (rnn, lstm, gru)),
    bug("state reset in the middle, c", lstm,
        ("        a = gates[t]\n", "        a, c_prev = gates[t], c_prev * (t != 5)\n"),
        by="equals_torch one_run_is_two_runs forward_is_repeated_step"),
    bug("every step starts anew", rnn, ("h[t] + h_prev @ W_hh", "h[t] + h0 @ W_hh"),
        by="equals_torch first_input_reaches_the_last_state"),
    bug("the run is centred over time", rnn, ("h = _steps.times(x, ", "h = _steps.times(x - x.mean(0), "),
        by="future_changes_nothing_before_it equals_torch"),
    bug("the batch is centred", gru,
        ("gates = _steps.times(x, ", "gates = _steps.times(x - x.mean(1, keepdims=True), "),
        by="rows_do_not_meet equals_torch"),
    # the bias
    bug("bias added twice", rnn, ('params["b_h"]', '2 * params["b_h"]'), by="equals_torch"),
    bug("bias added twice", lstm, ('+ params["b"], 4', '+ 2 * params["b"], 4'), ('gates += params["b"]',
        'gates += 2 * params["b"]'), by="equals_torch matches_central_differences"),
    bug("bias added twice", gru, ('x_t @ params["W_x"] + params["b"]', 'x_t @ params["W_x"] + 2 * params["b"]'),
        ('gates += params["b"]', 'gates += 2 * params["b"]'), by="equals_torch matches_central_differences"),
    # gradients of the weights
    *(bug("the weights' gradient takes h instead of h_prev", cell, ("trace.h_prev", "trace.h"), by=GRADIENT)
      for cell in (rnn, lstm, gru)),
    bug("dW_x with the reset gate in it", gru, ("    da_hn[:] = da_n", "    pass"), by=GRADIENT),
]


def catches(check, module):
    """Whether a check finds fault; any other error than its AssertionError counts as none."""
    try:
        check(module)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_checks_catch(bug):
    mutant = plant(bug.module, *bug.changes)
    missed = [check.__name__ for check in bug.caught_by if not catches(check, mutant)]
    assert not missed, f"{bug} goes unnoticed by {missed}"


def test_each_check_is_there_for_some_bug():
    used = {check for bug in BUGS for check in bug.caught_by}
    assert {check.__name__ for check in cell_checks.ALL} == {check.__name__ for check in used}


@pytest.mark.parametrize("cell", [rnn, lstm, gru], ids=cell_checks.name_of)
def test_a_copy_without_a_bug_passes(cell):
    """It is the bug that is caught, not the planting."""
    for check in cell_checks.ALL:
        check(plant(cell))


# -- the loss ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("old, new", [
    ("powers / powers.sum(axis=-1", "powers / powers.sum(axis=0"),
    ("slope[rows, right] -= 1", "slope[rows, right] -= 0"),
    ("slope / (len(rows) *", "slope / (targets.size * len(mask) *"),
], ids=["softmax over the wrong axis", "target missing in the gradient", "mean over too many"])
def test_the_loss_check_catches(old, new):
    test_losses.check_cross_entropy_is_torchs(plant(losses))
    assert catches(test_losses.check_cross_entropy_is_torchs, plant(losses, (old, new)))


# -- which step is the last ------------------------------------------------------------------------------------
LENGTHS = np.array([6, 2, 4])


def last_is_each_rows_own(trace_module):
    """`last` of a padded run, read forward or from each row's end, is what each row gives run alone."""
    params, x, (h0,), _ = cell_checks.random_run(rnn, (6, 3, 2, 4))
    for direction in ("forward", "backward"):
        h, expected = np.zeros((6, 3, 4)), np.empty((3, 4))
        for row, length in enumerate(LENGTHS):
            order = slice(None, length) if direction == "forward" else slice(length - 1, None, -1)
            alone = rnn.forward(params, x[order, row:row + 1], h0[row:row + 1]).h[:, 0]
            h[order, row], expected[row] = alone, alone[-1]
        run = trace_module.Trace("rnn", params, x, {"h": h}, h0, activation="tanh", lengths=LENGTHS,
                                 direction=direction)
        cell_checks.assert_close(run.last(), expected, 1e-13, f"last, read {direction}")


def test_last_is_each_rows_own():
    last_is_each_rows_own(trace)


@pytest.mark.parametrize("old, new", [
    ("values[-1] if self.lengths is None else values[self._ends - 1, np.arange(self.batch)]", "values[-1]"),
    ("return values[0]", "return values[-1]"),
    ("return values[0]", "return values[self._ends - 1, np.arange(self.batch)]"),
], ids=["sequences read at the padding", "bidirectional output read at the wrong end, in the padding",
        "bidirectional output read at the wrong end"])
def test_the_check_of_last_catches(old, new):
    assert catches(last_is_each_rows_own, plant(trace, (old, new)))
