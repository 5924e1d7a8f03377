"""Exercises of chapter 11: occlusion, integrated gradients, one rule of LRP, tanh in two parts, area under ROC."""

import numpy as np

from rnncourse.exercises._exercise import exercise
from rnncourse.exercises._hidden import other_sizes

SIZES = ((3, 2, 2), (1, 3, 2), (4, 1, 3), (6, 3, 4))    # T, D, H


# -- occlusion ---------------------------------------------------------------------------------------------
def _sentences(rng, sizes=SIZES):
    for T, D, H in sizes:
        yield {"W_xh": rng.normal(size=(D, H)), "W_hh": rng.normal(size=(H, H)) / 2, "b_h": rng.normal(size=H) / 2,
               "w": rng.normal(size=H), "x": rng.normal(size=(T, D)), "baseline": rng.normal(size=D)}


@exercise(cases=_sentences, size=10, rebuilds=("rnncourse.explain.attribution.occlusion",), hints=(
    "You need the score of many inputs, so write a small function first: run the RNN over an x, and read out h w.",
    "For each step t: copy x, put the baseline at t, and ask what the score has lost, F(x) − F(without).",
    "Almost the solution: `lost[t] = whole - score(without)`, where whole is the score of x itself."),
    after="Nothing in it looks inside the network: it works for any model that gives a score.")
def occlude(W_xh, W_hh, b_h, w, x, baseline):
    """What the score of a tanh RNN loses when a step is put to the baseline, one step at a time.

    The score is F(x) = h_T w, with h_t = tanh(x_t W_xh + h_{t−1} W_hh + b_h) from h_0 = 0.

    W_xh     (D, H), W_hh (H, H), b_h (H,), w (H,)
    x        (T, D)  one sentence
    baseline (D,)    what stands in the place of a step that is taken away
    returns  (T,)    F(x) − F(x with step t at the baseline)
    """
    def score(x):
        h = np.zeros(len(b_h))
        for x_t in x:
            h = np.tanh(x_t @ W_xh + h @ W_hh + b_h)
        return h @ w
    lost, whole = np.zeros(len(x)), score(x)
    for t in range(len(x)):
        without = x.copy()
        without[t] = baseline
        lost[t] = whole - score(without)
    return lost


def _score(W_xh, W_hh, b_h, w, x):
    h = np.zeros(len(b_h))
    for x_t in x:
        h = np.tanh(x_t @ W_xh + h @ W_hh + b_h)
    return h @ w


def _lost(weights, x, without):
    return np.array([_score(*weights, x) - _score(*weights, without(t)) for t in range(len(x))])


def _put(x, where, what):
    changed = x.copy()
    changed[where] = what
    return changed


@occlude.wrong("Correct but for the sign: *lost* is F(x) − F(without), so a step that helps comes out positive.")
def _gained(W_xh, W_hh, b_h, w, x, baseline):
    return -occlude.reference(W_xh, W_hh, b_h, w, x, baseline)


@occlude.wrong("The steps stay away: each time one more is at the baseline. Copy x anew for each t.")
def _never_put_back(W_xh, W_hh, b_h, w, x, baseline):
    return _lost((W_xh, W_hh, b_h, w), x, lambda t: _put(x, slice(t + 1), baseline))


@occlude.wrong("Step t is put to zeros. Here the baseline is given, and it is not 0.")
def _zeros_for_the_baseline(W_xh, W_hh, b_h, w, x, baseline):
    return occlude.reference(W_xh, W_hh, b_h, w, x, 0 * baseline)


@occlude.wrong("Step t is cut out, so that what follows comes a step earlier. It should be *replaced* by the baseline.")
def _cut_out(W_xh, W_hh, b_h, w, x, baseline):
    return _lost((W_xh, W_hh, b_h, w), x, lambda t: np.delete(x, t, axis=0))


@occlude.wrong("All steps from t on are at the baseline, as if the sentence ended there. Replace step t alone.")
def _all_from_here(W_xh, W_hh, b_h, w, x, baseline):
    return _lost((W_xh, W_hh, b_h, w), x, lambda t: _put(x, slice(t, None), baseline))


@occlude.wrong("All steps but t are at the baseline: that asks what t does alone. Replace step t, and keep the others.")
def _alone(W_xh, W_hh, b_h, w, x, baseline):
    return _lost((W_xh, W_hh, b_h, w), x, lambda t: _put(x, np.arange(len(x)) != t, baseline))


@occlude.wrong("These are the scores without each step; what is lost is the whole score minus them.")
def _scores_without(W_xh, W_hh, b_h, w, x, baseline):
    return _score(W_xh, W_hh, b_h, w, x) - occlude.reference(W_xh, W_hh, b_h, w, x, baseline)


@occlude.wrong("The network runs without its bias here; h_t = tanh(x_t W_xh + h_{t−1} W_hh + b_h).")
def _without_its_bias(W_xh, W_hh, b_h, w, x, baseline):
    return occlude.reference(W_xh, W_hh, 0 * b_h, w, x, baseline)


@occlude.wrong("One feature at a time goes to the baseline, and the losses are added up. Replace the whole row x[t] at "
               "once: what its features do together belongs to the step.")
def _feature_by_feature(W_xh, W_hh, b_h, w, x, baseline):
    return sum(_lost((W_xh, W_hh, b_h, w), x, lambda t, d=d: _put(x, (t, d), baseline[d])) for d in range(x.shape[1]))


# -- integrated gradients ----------------------------------------------------------------------------------
def _nodes(rng, sizes=((2, 3, 2), (1, 1, 3), (4, 2, 1), (5, 4, 3))):
    for N, T, D in sizes:
        weights = np.polynomial.legendre.leggauss(N)[1] / 2
        yield {"gradients": rng.normal(size=(N, T, D)), "weights": weights, "x": rng.normal(size=(T, D)),
               "baseline": rng.normal(size=(T, D))}


@exercise(cases=_nodes, size=2, rebuilds=("rnncourse.explain.attribution.integrated_gradients",), hints=(
    "Two steps: the gradient's mean along the line, each node with its weight; then times the way that x has come.",
    "A weighted sum over the first axis: `np.tensordot` with `axes=1` makes one, or a loop over the nodes.",
    "Almost the solution: the way is `x - baseline`; it multiplies the mean, feature by feature."),
    after="The weights add up to 1, so with one node in the middle this is gradient × input, taken half way.")
def integrate(gradients, weights, x, baseline):
    """Integrated gradients from the gradients at the nodes: the way times their weighted mean.

    gradients  (N, T, D)  ∂F/∂x at each of N nodes on the line from the baseline to x
    weights    (N,)       of the nodes, on a line of length 1: they add up to 1
    x          (T, D), and baseline (T, D)
    returns    (T, D)     the attributions
    """
    mean = np.tensordot(weights, gradients, axes=1)
    return (x - baseline) * mean


@integrate.wrong("The nodes count alike here. Gauss–Legendre's do not: each gradient goes in with its weight.")
def _plain_mean(gradients, weights, x, baseline):
    return (x - baseline) * gradients.mean(0)


@integrate.wrong("This is the mean gradient. It still has to be multiplied by the way, x − baseline.")
def _mean_gradient(gradients, weights, x, baseline):
    return np.tensordot(weights, gradients, axes=1)


@integrate.wrong("Multiplied by x; the line starts at the baseline, which is not 0 here: the way is x − baseline.")
def _times_x(gradients, weights, x, baseline):
    return x * np.tensordot(weights, gradients, axes=1)


@integrate.wrong("Correct but for the sign: the way leads from the baseline to x, so it is x − baseline.")
def _backwards(gradients, weights, x, baseline):
    return -integrate.reference(gradients, weights, x, baseline)


@integrate.wrong("This uses the last node alone, which is gradient × input with another name. Take the mean over all.")
def _last_node(gradients, weights, x, baseline):
    return (x - baseline) * gradients[-1]


@integrate.wrong("Weighted, and divided by the number of nodes as well. The weights add up to 1 already.")
def _divided_twice(gradients, weights, x, baseline):
    return integrate.reference(gradients, weights, x, baseline) / len(weights)


@integrate.note("The weights are (N,) and the gradients (N, T, D): `weights[:, None, None]` lines them up.")
def _not_lined_up(outcome, expected):
    return "broadcast" in str(outcome.error) or (not outcome.error and np.size(outcome.value) > expected.size)


# -- relevance through one linear layer --------------------------------------------------------------------
LAYERS = ((2, 3, 2, 0.01), (1, 1, 3, 0.5), (3, 4, 1, 0.001), (4, 5, 6, 0.1))    # B, N, M, epsilon


def _layers(rng, sizes=LAYERS):
    for B, N, M, epsilon in sizes:
        yield {"W": rng.normal(size=(N, M)), "b": rng.normal(size=M), "x": rng.normal(size=(B, N)),
               "R": rng.normal(size=(B, M)), "epsilon": epsilon}


def _other_layers(rng):
    epsilons = rng.uniform(0.02, 0.6, len(LAYERS))
    return _layers(rng, [(*row[:3], float(e)) for row, e in zip(other_sizes(rng, LAYERS), epsilons, strict=True)])


@exercise(cases=_layers, hidden=_other_layers, size=3, rebuilds=("rnncourse.explain.lrp.lrp",), hints=(
    "Compute the sums z = x W + b again: relevance is shared out as the sums were made up.",
    "One unit of each sum gets `R / (z + …)`, where ε has the sign of z, so that it never makes the sum smaller.",
    "Almost the solution: `np.where(z < 0, -epsilon, epsilon)` is ε with its sign, and `x * (share @ W.T)` adds up, "
    "for each input, what it gets from all sums."),
    after="With W_xg and W_hg this is the one step of LRP that reaches the words of an LSTM; all else is passing on.")
def relevance(W, b, x, R, epsilon):
    """Relevance through a linear layer z = x W + b by the ε-rule: each input gets its share of every sum.

    R_i = Σ_j x_i W_ij / (z_j + ε sign z_j) · R_j; the shares of b_j and ε stay where they are (bias_factor 0).

    W        (N, M), b (M,)
    x        (B, N)  what the layer read
    R        (B, M)  the relevance of its outputs z
    epsilon  above 0
    returns  (B, N)  the relevance of its inputs
    """
    z = x @ W + b
    share = R / (z + np.where(z < 0, -epsilon, epsilon))
    return x * (share @ W.T)


def _through(W, x, R, whole):
    return x * ((R / whole) @ W.T)


@relevance.wrong("ε is always added. Where z is negative that makes the sum smaller, or 0: give it the sign of z.")
def _epsilon_without_sign(W, b, x, R, epsilon):
    return _through(W, x, R, x @ W + b + epsilon)


@relevance.wrong("ε is taken away here, z − ε sign z, so the sum comes nearer to 0 and the shares grow. Add it: "
                 "z + ε sign z.")
def _epsilon_taken_away(W, b, x, R, epsilon):
    z = x @ W + b
    return _through(W, x, R, z - np.where(z < 0, -epsilon, epsilon))


@relevance.wrong("The shares of b and ε are spread over the inputs here, which is bias_factor 1. They should stay "
                 "where they are.")
def _bias_spread(W, b, x, R, epsilon):
    z = x @ W + b
    signed = np.where(z < 0, -epsilon, epsilon)
    return relevance.reference(W, b, x, R, epsilon) + ((b + signed) / len(W) / (z + signed) * R).sum(1, keepdims=True)


@relevance.wrong("Correct without ε; with it the denominator is z + ε sign z.")
def _without_epsilon(W, b, x, R, epsilon):
    return _through(W, x, R, x @ W + b)


@relevance.wrong("The bias is a part of the sum, too: z = x W + b. Left out, the inputs get its share as well.")
def _without_bias(W, b, x, R, epsilon):
    z = x @ W
    return _through(W, x, R, z + np.where(z < 0, -epsilon, epsilon))


@relevance.wrong("This is what one unit of each input would get. Its part of the sum is x_i W_ij: multiply by x.")
def _without_x(W, b, x, R, epsilon):
    z = x @ W + b
    return (R / (z + np.where(z < 0, -epsilon, epsilon))) @ W.T


@relevance.wrong("R goes back through the weights as a gradient would. LRP divides by the sums: R / (z + ε sign z).")
def _gradient_times_input(W, b, x, R, epsilon):
    return x * (R @ W.T)


@relevance.wrong("Shared out by size, |x W|, so no share is ever negative. In this rule shares keep their sign.")
def _by_size(W, b, x, R, epsilon):
    parts = np.abs(x[:, :, None] * W)
    return (parts / (parts.sum(1, keepdims=True) + epsilon) * R[:, None]).sum(2)


# -- tanh of two parts ----------------------------------------------------------------------------------------
def _parts(rng, shapes=((2,), (1,), (3, 2), (4, 5))):
    for shape in shapes:
        yield {"beta": rng.normal(size=shape), "gamma": rng.normal(size=shape)}


@exercise(cases=_parts, size=3, returns=("of_beta", "of_gamma"),
          rebuilds=("rnncourse.explain.decomposition.of_phrase", "rnncourse.explain.decomposition.of_words",
                    "rnncourse.explain.decomposition.states", "rnncourse.explain.decomposition._two"), hints=(
    "The parts can come in two orders. β first: it makes tanh(β) − tanh(0). β last: it makes tanh(β + γ) − tanh(γ).",
    "β gets the mean of the two. And γ? It goes the same way round.",
    "Almost the solution: with `whole = np.tanh(beta + gamma)`, what β does not get is γ's, so the sum is exact."),
    after="This is a Shapley value of two players: neither order is the right one, so it takes the mean of both.")
def split_tanh(beta, gamma):
    """tanh(β + γ) in two parts, as contextual decomposition has it: each part's mean effect over both orders.

    beta     an array, what the phrase made; gamma of the same shape, what all else made
    returns  (of_beta, of_gamma), which add up to tanh(beta + gamma)
    """
    whole = np.tanh(beta + gamma)
    of_beta = (np.tanh(beta) + whole - np.tanh(gamma)) / 2
    return of_beta, whole - of_beta


@split_tanh.wrong("β comes first here, always, and γ gets the rest. The sum is right; take the mean over both orders.")
def _beta_first(beta, gamma):
    return np.tanh(beta), np.tanh(beta + gamma) - np.tanh(beta)


@split_tanh.wrong("β comes last here, always. The sum is right; take the mean over both orders.")
def _beta_last(beta, gamma):
    return np.tanh(beta + gamma) - np.tanh(gamma), np.tanh(gamma)


@split_tanh.wrong("β's part is right. γ stands alone here, tanh(γ), and the two do not add up: γ gets the mean over "
                  "both orders as well, which is what β leaves of the whole.")
def _beta_alone_averaged(beta, gamma):
    return split_tanh.reference(beta, gamma)[0], np.tanh(gamma)


@split_tanh.wrong("tanh(β) and tanh(γ) do not add up to tanh(β + γ): what both do together is missing.")
def _each_alone(beta, gamma):
    return np.tanh(beta), np.tanh(gamma)


@split_tanh.wrong("Shared out in proportion to β and γ: the sum is right, and near β + γ = 0 the shares explode. "
                  "Take the mean effect over both orders.")
def _in_proportion(beta, gamma):
    share = np.tanh(beta + gamma) / (beta + gamma)
    return beta * share, gamma * share


@split_tanh.wrong("Correct but for the order: β's part first.")
def _swapped(beta, gamma):
    return split_tanh.reference(beta, gamma)[::-1]


@split_tanh.wrong("Both get half of the whole, whatever they are.")
def _halves(beta, gamma):
    return np.tanh(beta + gamma) / 2, np.tanh(beta + gamma) / 2


# -- does it point at the words that decide? ------------------------------------------------------------------
def _pointed(rng):
    yield from _words_that_decide(rng, ((4, 2), (2, 1), (6, 1), (8, 5)))
    yield {"values": np.array([1.0, -2.0, 0.0, 0.0, -1.0]), "decides": np.array([False, True, False, True, True])}


def _other_pointed(rng):
    return _words_that_decide(rng, [(T, int(rng.integers(1, T))) for T in (3, 7, 9, 11, 13)])


def _words_that_decide(rng, sizes):
    for T, k in sizes:
        values, decides = np.round(2 * rng.normal(size=T)) / 2, np.zeros(T, bool)    # some of them equal
        decides[rng.choice(T, k, replace=False)] = True
        yield {"values": values, "decides": decides}


@exercise(cases=_pointed, hidden=_other_pointed, size=3,
          rebuilds=("rnncourse.explain.known_answers.agreement", "rnncourse.explain.tracking.area"), hints=(
    "Without sign first: a word that turns the score round decides as much as one that speaks for it.",
    "Compare each deciding word with each other word: how often is it the stronger? An equal pair counts a half.",
    "Almost the solution: `strength[decides][:, None] - strength[~decides]` holds all the pairs' differences, and "
    "`np.sign` turns each of them into 1, 0 or −1."),
    after="It asks for the order alone, so methods of quite different units can be compared by it.")
def area_under_roc(values, decides):
    """The chance that a word that decides is ranked above one that does not: 1 is perfect, ½ is guessing.

    values   (T,) what an explanation gives to each word; its strength is its size without sign
    decides  (T,) booleans, some of each kind
    returns  a number from 0 to 1; a pair of equal strength counts a half
    """
    strength = np.abs(values)
    above = strength[decides][:, None] - strength[~decides]
    return float((np.sign(above) / 2 + 0.5).mean())


def _pairs(values, decides):
    return np.abs(values)[decides][:, None] - np.abs(values)[~decides]


@area_under_roc.wrong("The sign counts here: a word that speaks strongly *against* would be last. Take the size first.")
def _with_sign(values, decides):
    return float((np.sign(values[decides][:, None] - values[~decides]) / 2 + 0.5).mean())


@area_under_roc.wrong("A pair of equal strength counts 1 here; it counts a half, or all-equal values would be perfect.")
def _ties_are_right(values, decides):
    return float((_pairs(values, decides) >= 0).mean())


@area_under_roc.wrong("A pair of equal strength counts 0 here; it counts a half, as a guess would.")
def _ties_are_wrong(values, decides):
    return float((_pairs(values, decides) > 0).mean())


@area_under_roc.wrong("By ranks, and words of equal strength got different ranks, as argsort gives them: which of them "
                      "comes first is an accident. An equal pair counts a half.")
def _ranks_that_break_ties(values, decides):
    rank, k = np.argsort(np.argsort(np.abs(values), kind="stable"), kind="stable"), decides.sum()
    return float((rank[decides].sum() - k * (k - 1) / 2) / (k * (~decides).sum()))


@area_under_roc.wrong("The other way round: this is the chance that a word that does *not* decide is ranked above.")
def _other_way_round(values, decides):
    return 1 - area_under_roc.reference(values, decides)


@area_under_roc.wrong("This is the share of hits among the k strongest. Asked for is a chance over all pairs.")
def _hits(values, decides):
    return float(decides[np.argsort(-np.abs(values), kind="stable")[:decides.sum()]].mean())


@area_under_roc.wrong("This is the mean difference in strength; asked for is how often it is above 0.")
def _mean_difference(values, decides):
    return float(_pairs(values, decides).mean())
