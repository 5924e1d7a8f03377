"""What contextual decomposition must satisfy, as functions of a `Lab`: sums, both ends, and the paper's own loop."""

import numpy as np
from explain_checks import Twin, close, everywhere

from benchmarks import _plain


def phrases(twin, seed=0):
    """Every row's phrase at random, none in the padding, (T, B)."""
    inside = np.random.default_rng(seed).random(twin.x.shape[:2]) < 0.5
    return inside & (twin.mask[..., 0] > 0)


def check_beta_and_gamma_sum_to_h(lab):
    for case in everywhere():
        twin = Twin(*case)
        net, phrase = twin.explained(lab), phrases(Twin(*case))
        beta, gamma = lab.decomposition.states(net, twin.x, phrase, twin.lengths)
        close(beta + gamma, net.trace(twin.x, twin.lengths).output, 1e-13, f"β + γ of {case}")
        found = lab.decomposition.of_phrase(net, twin.x, twin.target, phrase, twin.lengths)
        close(found.conservation.total, net.scores(twin.x, twin.lengths)[np.arange(4), twin.target], 1e-13, f"{case}")
        assert found.conservation.largest < 1e-12
        inside = phrase & (np.abs(beta).max(-1) < 1e-6)
        assert not inside.any() or "relu" in case    # a phrase makes something


def check_an_empty_phrase_makes_nothing(lab):
    for case in everywhere():
        twin = Twin(*case)
        net = twin.explained(lab)
        beta, _ = lab.decomposition.states(net, twin.x, (0, 0), twin.lengths)
        assert (beta == 0).all(), case
        assert (lab.decomposition.of_phrase(net, twin.x, twin.target, (0, 0), twin.lengths).beta == 0).all(), case


def check_a_whole_phrase_leaves_nothing(lab):
    """γ is 0 from a start of 0, at every step; from another start it is not."""
    for case in everywhere():
        for start in (False, True):
            twin = Twin(*case, start=start)
            net, whole = twin.explained(lab), twin.mask[..., 0] > 0
            _, gamma = lab.decomposition.states(net, twin.x, whole, twin.lengths)
            found = lab.decomposition.of_phrase(net, twin.x, twin.target, whole, twin.lengths)
            assert ((gamma == 0).all() and (found.gamma == 0).all()) == (not start), case
            if not start:
                close(found.beta + found.bias, found.scores, 1e-13, f"β + b_y of {case}")


def check_decomposition_is_that_of_the_papers_own_way(lab):
    for kind in ("tanh", "lstm", "gru"):
        for seed in range(3):
            twin = Twin(kind, start=False, seed=seed)
            net, phrase = twin.explained(lab), phrases(twin, seed)
            beta, gamma = lab.decomposition.states(net, twin.x, phrase, twin.lengths)
            for b, end in enumerate(twin.lengths):
                theirs = _plain.decompose(net.cell, net.layers[0]["forward"], twin.x[:end, b], phrase[:end, b])
                close([beta[end - 1, b], gamma[end - 1, b]], theirs, 1e-13, f"β, γ of {kind}, row {b}")


def check_words_are_phrases_of_one(lab):
    for case in everywhere():
        twin = Twin(*case)
        net = twin.explained(lab)
        words = lab.decomposition.of_words(net, twin.x, twin.target, twin.lengths)
        assert words.conservation.largest < 1e-12
        for t in range(len(twin.x)):
            one = (np.arange(len(twin.x))[:, None] == t) & (twin.mask[..., 0] > 0)
            found = lab.decomposition.of_phrase(net, twin.x, twin.target, one, twin.lengths)
            close(words.tokens[t], found.beta, 1e-13, f"word {t} of {case}")
        assert (words.values[twin.mask[..., 0] == 0] == 0).all()


def check_rows_and_padding_of_decomposition(lab):
    for case in everywhere():
        twin = Twin(*case)
        net, phrase = twin.explained(lab), phrases(twin)
        wild = np.where(twin.mask, twin.x, np.nan)
        found = lab.decomposition.of_phrase(net, wild, twin.target, phrase, twin.lengths)
        for b, end in enumerate(twin.lengths):
            alone = lab.decomposition.of_phrase(net, twin.x[:end, b:b + 1], twin.target[b], phrase[:end, b:b + 1])
            close([found.beta[b], found.gamma[b]], [alone.beta[0], alone.gamma[0]], 1e-13, f"row {b} of {case}")


DECOMPOSITION = [check_beta_and_gamma_sum_to_h, check_an_empty_phrase_makes_nothing,
                 check_a_whole_phrase_leaves_nothing, check_decomposition_is_that_of_the_papers_own_way,
                 check_words_are_phrases_of_one, check_rows_and_padding_of_decomposition]
