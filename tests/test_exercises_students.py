"""Answers as learners really give them, chapter by chapter: what a check says to each must help with just that."""

import math

import numpy as np
import pytest

from rnncourse.exercises import bptt, start_here


def told(verdict):
    """All of a verdict in one string."""
    return f"{verdict.message} " + " ".join(f"{label}: {text}" for label, text in verdict.details)


def said(exercise, fn):
    """What the check says to a wrong answer."""
    verdict = exercise.check(fn)
    assert verdict.status == "not yet", verdict
    return told(verdict)


# -- 00 ------------------------------------------------------------------------------------------
def test_a_rounded_number_is_seen_as_rounded():
    def rounded(x_t, h_prev, w_xh, w_hh, b):
        return round(float(np.tanh(w_xh * x_t + w_hh * h_prev + b)), 3)

    assert "Rounded? Return it as it is." in said(start_here.one_step, rounded)
    assert "float32" not in said(start_here.one_step, rounded)
    assert "Rounded?" in said(start_here.project, lambda x_t, W: (x_t @ W.T).round(1))
    assert "Rounded?" not in said(start_here.project, lambda x_t, W: (x_t @ W.T) + 0.1)


def test_a_count_that_comes_out_between_two_steps_is_rounded_up():
    def logs(keep, share):
        return math.log(share) / math.log(keep)

    between = said(start_here.steps_until, logs)
    assert "round up: `math.ceil(…)`" in between and "`//`" not in between
    assert "`int(np.ceil(…))`" in said(start_here.steps_until, lambda k, s: np.ceil(logs(k, s)))
    for rounding in (int, round, lambda value: int(value // 1)):
        assert "Round up: `math.ceil`" in start_here.steps_until.check(lambda k, s, r=rounding: r(logs(k, s))).message
    right = start_here.steps_until.check(lambda k, s: math.ceil(logs(k, s)))
    assert right.status == "correct"


def test_a_transposed_answer_is_called_so_once():
    assert said(start_here.project, lambda x_t, W: W @ x_t.T).count("transposed") == 1


# -- 02 ------------------------------------------------------------------------------------------
def test_a_mask_as_an_index_loses_the_padding():
    answer = said(bptt.masked_blame, lambda y, t, mask: 2 * (y - t)[mask] / (mask.sum() * y.shape[2]))
    assert "leaves the padding out; it must stay, as 0" in answer and "axis too many" not in answer
    assert "input: 1 of 5" in answer and "mask (3, 2) = [[ True True] [ True" in answer and "False" in answer


def test_the_first_input_of_masked_blame_has_padding():
    first = bptt.masked_blame.cases()[0]["mask"]
    assert first.any() and not first.all()


def moved_in_place(f, w, step):
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        w[place] += step
        up = f(w)
        w[place] -= 2 * step
        slopes[place] = (up - f(w)) / (2 * step)
        w[place] += step
    return slopes


def two_names(f, w, step):
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        up = w
        down = w
        up[place] += step
        down[place] -= step
        slopes[place] = (f(up) - f(down)) / (2 * step)
    return slopes


def two_names_one_after_the_other(f, w, step):
    slopes = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        up = w
        up[place] += step
        above = f(up)
        down = w
        down[place] -= step
        slopes[place] = (above - f(down)) / (2 * step)
    return slopes


def test_an_input_put_back_leaves_a_trace_of_rounding():
    assert "You put it back, but rounding leaves a trace; work on a copy." in said(bptt.numerical_gradient,
                                                                                   moved_in_place)


@pytest.mark.parametrize("fn, words", [(two_names, "`up = w` is no copy: both names are one array"),
                                       (two_names_one_after_the_other, "`down = w` is no copy")])
def test_a_second_name_is_no_copy(fn, words):
    verdict = bptt.numerical_gradient.check(fn)
    assert verdict.mistake and words in verdict.message


def in_chunks(W_hh, h, h0, dh_out, size, end=min, before=None, skip=False):
    """The way by chunks from front to back, as most write it first."""
    total, T = np.zeros_like(W_hh), len(h)
    for start in range(0, T, size):
        if skip and start + size > T:
            break
        dh_next = np.zeros_like(h0)
        for t in range(end(start + size, T) - 1, start - 1, -1):
            da_t = (dh_out[t] + dh_next) * (1 - h[t] ** 2)
            h_prev = h0 if t == 0 or (before and t == start) else h[t - 1]
            total += h_prev.T @ da_t
            dh_next = da_t @ W_hh.T
    return total


def test_chunks_as_learners_write_them():
    def check(**change):
        return bptt.chunked_gradient.check(lambda W_hh, h, h0, dh_out, size: in_chunks(W_hh, h, h0, dh_out, size,
                                                                                       **change))

    assert check().status == "correct"
    assert "at a cut the state before is h[t − 1], not h0" in check(before=True).message
    beyond = told(check(end=lambda stop, T: stop))
    assert "IndexError" in beyond and "last chunk may be shorter" in beyond and "`min(start + size, T)`" in beyond
    assert "single step or row" not in beyond
    assert "The last chunk is left out" in check(skip=True).message


def test_blame_from_outside_goes_through_the_slope_as_well():
    def after_the_step(W_hh, h, dh_out):
        dh_next = np.zeros_like(h[0])
        for t in reversed(range(len(h))):
            dh_next = (dh_next * (1 - h[t] ** 2)) @ W_hh.T
            dh_next = dh_next + dh_out[t]
        return dh_next

    def after_the_slope(W_hh, h, dh_out):
        dh_next = np.zeros_like(h[0])
        for t in reversed(range(len(h))):
            dh_next = (dh_out[t] + (1 - h[t] ** 2) * dh_next) @ W_hh.T
        return dh_next

    for fn in (after_the_step, after_the_slope):
        assert "add `dh_out[t]` before the slope" in bptt.start_gradient.check(fn).message


def test_two_names_of_the_backward_step_are_in_its_messages():
    answer = said(bptt.sigmoid_backward_step, lambda params, x_t, h_prev, h_t, dh_t: params)
    assert "blame and dh_prev" in answer and "`return blame, dh_prev`" in answer
