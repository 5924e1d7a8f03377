"""Bugs planted in the explanations, one at a time: the checks must catch each, and a copy without a bug must pass."""

import decomposition_checks
import explain_checks
import lrp_checks
import pytest
from explain_checks import Lab

CHECKS = (*explain_checks.ATTRIBUTION, *lrp_checks.LRP, *decomposition_checks.DECOMPOSITION)
ALL = {check.__name__: check for check in CHECKS}
BATCH = "each_row_of_a_batch_is_that_row_alone"
GRAPH = "relevance_is_gradient_times_input_of_the_linearised_graph"
PAPER = "decomposition_is_that_of_the_papers_own_way"
PADDING = "padding_gets_exactly_zero_and_has_no_effect"


def bug(name, by, **rooms):
    """A pytest.param of the source changes {room: [(old, new), …]} and the checks that must catch each of them."""
    return pytest.param(rooms, [ALL[f"check_{check}"] for check in by.split()], id=name)


BUGS = [
    # the network
    bug("read at the padding", "scores_are_torchs", model=[("trace.at(-1, direction).last()", "trace.at(-1).h[-1]")]),
    bug("backward layer read at its first step", "scores_are_torchs",
        model=[("trace.at(-1, direction).last()", "trace.at(-1, direction).as_read().h[0]")]),
    bug("the start is ignored", "scores_are_torchs", model=[("np.tile(s, (", "np.tile(0 * s, (")]),
    bug("backward reads the padding first", "scores_are_torchs",
        model=[("return reverse_rows if", "return (lambda a, n: a[::-1]) if")]),
    bug("what the gates hold in the padding is taken for blame", f"{PADDING} gradient_is_torchs",
        _gradient=[('run["gates"][t, n:] = 0', "pass")]),
    # gradients
    bug("tanh' missing", "gradient_is_torchs", _gradient=[("(1 - tanh_c * tanh_c)", "1")]),
    bug("tanh' of n missing", "gradient_is_torchs", _gradient=[("* (1 - new * new)", "")]),
    bug("reset gate past the state's matmul", "gradient_is_torchs", _gradient=[("da_z, da_n * r", "da_z, da_n")]),
    bug("the start is not where the gates begin", "gradient_is_torchs",
        _gradient=[("states[-1][0] = start", "states[-1][0] = 0")]),
    bug("rows end at the last step of the longest", "gradient_is_torchs",
        _gradient=[("ends = _counts(lengths), lengths - 1", "ends = _counts(lengths), lengths * 0 + lengths[0] - 1")]),
    bug("the targets change places with their rows", f"gradient_is_torchs {BATCH}",
        attribution=[("np.repeat(self.target[here], nodes)", "np.repeat(self.target[:len(here)], nodes)")]),
    bug("the upper layer's direction is turned once", "gradient_is_torchs",
        _gradient=[("dh = {d: turned(d)(part, lengths)", "dh = {d: part")]),
    # the line and its nodes
    bug("gradient × x instead of x − baseline", "integrated_gradients_are_torchs an_affine_score_has_one_answer",
        attribution=[("(batch.x - base) * _gradient", "batch.x * _gradient"),
                     ("self.batch.x[:, rows] - self.base[:, rows]", "self.batch.x[:, rows]"),
                     ("line.batch.x[:, rows] - line.base[:, rows]", "line.batch.x[:, rows]")]),
    bug("nodes on −1 to 1", "integrated_gradients_sum_to_the_change",
        attribution=[("return (places + 1) / 2, weights / 2", "return places, weights / 2")]),
    bug("nodes weighed alike", "integrated_gradients_sum_to_the_change",
        attribution=[("(places + 1) / 2, weights / 2", "(places + 1) / 2, np.full(nodes, 1 / nodes)")]),
    bug("the line begins at zero", "integrated_gradients_are_torchs",
        attribution=[("start, end = self.base[:T, here]", "start, end = 0 * self.base[:T, here]")]),
    bug("the bias is on the line", "integrated_gradients_are_torchs",
        attribution=[("way, bias=False)", "way)")]),
    bug("both halves are the first", "a_line_that_jumps_is_cut_where_it_must",
        attribution=[("np.concatenate([low, middle]), np.concatenate([middle, high])",
                      "np.concatenate([low, low]), np.concatenate([middle, middle])")]),
    bug("nothing is cut", "a_line_that_jumps_is_cut_where_it_must", attribution=[("<= SHORTEST)", "<= 1)")]),
    bug("a row's halves are not added up", "a_line_that_jumps_is_cut_where_it_must",
        attribution=[("np.add.at(values, (slice(None), rows[done]), found[:, done])",
                      "values[:, rows[done]] += found[:, done]")]),
    bug("midpoint at the right", "the_rules_errors_fall_as_they_must",
        attribution=[("shift = 0.5 if", "shift = 0.0 if")]),
    bug("nodes and rows change places", f"integrated_gradients_are_torchs {BATCH}",
        attribution=[("np.repeat(self.target[here], nodes)", "np.tile(self.target[here], nodes)")]),
    # occlusion
    bug("put to zero instead of the baseline", "occlusion_is_what_the_score_loses",
        attribution=[("without[t, place] = base[t, b]", "without[t, place] = 0")]),
    bug("all that is left out stays out", "occlusion_is_what_the_score_loses",
        attribution=[("without[t, place] = base", "without[:, place] = base")]),
    bug("the sign turned", "occlusion_is_what_the_score_loses an_affine_score_has_one_answer",
        attribution=[("lost = scores[b] - ", "lost = -scores[b] + ")]),
    bug("another row's score", "occlusion_is_what_the_score_loses",
        attribution=[("lost = scores[b]", "lost = scores[0]")]),
    # relevance
    bug("the input gate gets a half", f"{GRAPH} relevance_is_conserved",
        lrp=[("half, second * share + half", "half, (second * share + half) / 2")]),
    bug("c splits by c instead of c_prev", GRAPH, lrp=[("trace.f * trace.c_prev", "trace.f * trace.c")]),
    bug("tanh passes its slope", GRAPH,
        lrp=[("R_c = R_c_next + R_h[t] + R_next ", "R_c = R_c_next + (R_h[t] + R_next) * (1 - trace.c[t]**2) ")]),
    bug("h_prev is h", f"relevance_is_conserved {GRAPH}",
        lrp=[("h_prev[t] * (share[t] @ W_hg.T)", "trace.h[t] * (share[t] @ W_hg.T)")]),
    bug("what goes past the update gate dropped", f"relevance_is_conserved {GRAPH}",
        lrp=[("R_next = R_kept + h_prev", "R_next = h_prev")]),
    bug("the reset gate missing", GRAPH, lrp=[("(trace.r[t] * share[t]) @", "share[t] @")]),
    bug("b_hn past the reset gate", "relevance_is_conserved",
        lrp=[("b_n + trace.r * trace", "b_n + trace.r**0 * trace")]),
    bug("fan-in H into the gates", "relevance_is_conserved relevance_is_that_of_the_papers_own_way",
        lrp=[("trace.x.shape[-1] + trace.hidden_size", "trace.hidden_size")]),
    bug("fan-in 1 into c", "relevance_is_conserved", lrp=[("share * extra / 2", "share * extra")]),
    bug("ε's share of c not handed on", "relevance_is_conserved", lrp=[("share * extra / 2", "0 * extra")]),
    bug("ε's share of the gates not handed on", "relevance_is_conserved", lrp=[("b_g + extra", "b_g")]),
    bug("fan-in D + H into the score", "relevance_is_conserved",
        lrp=[("b + extra, h_last.shape[1])", "b + extra, h_last.shape[1] + 3)")]),
    bug("the read-out's bias forgotten", "relevance_is_conserved", lrp=[("share, b + extra", "share, extra")]),
    bug("ε always added", "relevance_is_that_of_the_papers_own_way",
        lrp=[("np.where(z < 0, -self.epsilon, self.epsilon)", "np.where(z < 0, self.epsilon, self.epsilon)")]),
    bug("the layer below gets a mirrored row", GRAPH, lrp=[("turn(R_h[direction], batch.lengths)", "R_h[direction]")]),
    bug("relevance enters at the longest row's end", "relevance_is_conserved rows_and_padding_of_relevance",
        lrp=[("trace.at(-1).lengths - 1 if", "trace.steps - 1 if")]),
    bug("another target's score", "relevance_is_conserved",
        lrp=[("np.arange(batch.rows), target]", "np.arange(batch.rows), 0 * target]")]),
    # contextual decomposition
    bug("the bias of the phrase's last step goes to γ", "a_whole_phrase_leaves_nothing",
        decomposition=[("inside = turn(phrase, batch.lengths)[..., None]",
                        "inside = np.roll(turn(phrase, batch.lengths), -1, 0)[..., None] & phrase[..., None]")]),
    bug("b·b always to γ", "a_whole_phrase_leaves_nothing",
        decomposition=[("return beta + bias * inside, gamma + bias * ~inside", "return beta, gamma + bias")]),
    bug("b·b always to β", "an_empty_phrase_makes_nothing",
        decomposition=[("return beta + bias * inside, gamma + bias * ~inside", "return beta + bias, gamma")]),
    bug("the start belongs to β", "an_empty_phrase_makes_nothing",
        decomposition=[("beta, gamma, sigmoid = 0 * h0, h0", "beta, gamma, sigmoid = h0, 0 * h0")]),
    bug("β·γ to β", f"{PAPER} an_empty_phrase_makes_nothing",
        decomposition=[("return (u_beta * (v_beta + v_bias) + u_bias * v_beta,",
                        "return (u_beta * (v_beta + v_bias) + (u_bias + u_gamma) * v_beta + u_bias * v_gamma,"),
                       ("u_gamma * (v_beta + v_gamma + v_bias) + without_gamma * v_gamma",
                        "u_gamma * (v_gamma + v_bias) + u_beta * v_gamma")]),
    bug("β comes first in a gate", PAPER,
        decomposition=[("return ((without_gamma - of_bias + whole - without_beta) / 2, (without_beta - of_bias + whole "
                        "- without_gamma) / 2,", "return (without_gamma - of_bias, whole - without_gamma,")]),
    bug("β alone through tanh", f"{PAPER}", decomposition=[("(f(beta) + whole - f(gamma)) / 2", "f(beta)")]),
    bug("a half dropped", "beta_and_gamma_sum_to_h",
        decomposition=[("(without_beta - of_bias + whole - without_gamma) / 2", "0 * whole")]),
    bug("o of the phrase alone", "beta_and_gamma_sum_to_h",
        decomposition=[("a_beta[3] + a_gamma[3] + b_o", "a_beta[3] + b_o")]),
    bug("the reset gate's γ forgotten", f"beta_and_gamma_sum_to_h {PAPER}",
        decomposition=[("_times(r, (hn_b", "_times((r[0], 0, r[2]), (hn_b")]),
    bug("the 1 of 1 − z belongs to β", f"{PAPER} an_empty_phrase_makes_nothing",
        decomposition=[("(-z[0], -z[1], 1 - z[2])", "(1 - z[0], -z[1], -z[2])")]),
    bug("the phrase is not turned for a backward layer", "a_whole_phrase_leaves_nothing",
        decomposition=[("inside = turn(phrase, batch.lengths)", "inside = phrase[::-1]")]),
    bug("read at the padding, β and γ", "rows_and_padding_of_decomposition",
        decomposition=[('"forward": batch.lengths - 1', '"forward": len(batch.x) - 1')]),
    bug("each word is the first", "words_are_phrases_of_one", decomposition=[("[:, None] == t", "[:, None] == 0 * t")]),
]


@pytest.mark.parametrize("rooms, checks", BUGS)
def test_the_checks_catch(rooms, checks):
    lab = Lab(**rooms)
    missed = [check.__name__ for check in checks if not catches(check, lab)]
    assert not missed, f"goes unnoticed by {missed}"


def catches(check, lab):
    """Whether a check finds fault; any other error than its AssertionError counts as none."""
    try:
        check(lab)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_copy_without_a_bug_passes(check):
    """It is the bug that is caught, not the planting."""
    check(Lab(model=[]))
