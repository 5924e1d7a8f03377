"""Contextual decomposition: how much of a score one phrase made, with all its words together.

    a ("not", "good") is not what "not" does plus what "good" does: mark the phrase, run once, read β

Every state is kept in two parts, h = β + γ: β is what the phrase made, alone and with the biases; γ is all else, what
phrase and context made together included. A sum splits by itself. A function of a sum is split by its mean effect over
the orders in which the parts can come, the bias always first:

    f(β + γ)      β gets ½ [f(β) − f(0) + f(β + γ) − f(γ)],                                          f(0) = 0
    f(β + γ + b)  b gets f(b), β gets ½ [f(β + b) − f(b) + f(β + γ + b) − f(γ + b)], γ the same way round

A product of two such sums: β·β, β·b and b·β go to β, whatever has a γ in it to γ, and b·b to β where the step lies in
the phrase, else to γ. h0 and c0 belong to γ.

Source: Murdoch, Liu, Yu 2018, "Beyond word importance: contextual decomposition to extract interactions from LSTMs".
The RNN's and the GRU's are ours, by the same rules; so are stacks (β of one layer's h is β of the next one's input).
"""

from dataclasses import dataclass

import numpy as np

from rnncourse import activations
from rnncourse.cells import _steps
from rnncourse.explain import _inputs
from rnncourse.explain._result import Attribution, Conservation
from rnncourse.explain.model import FIRST, turned

AT_ONCE = 500_000    # numbers in one array of gates


@dataclass(frozen=True, eq=False, repr=False)
class Decomposition:
    """A score in three: F(x) = beta + gamma + bias, row by row.

    beta    (B,) what the phrase made; gamma (B,) what all else made; bias (B,) the read-out's own
    phrase  (T, B) booleans; target (B,); scores (B,) F(x)
    """

    beta: np.ndarray
    gamma: np.ndarray
    bias: np.ndarray
    phrase: np.ndarray
    target: np.ndarray
    scores: np.ndarray

    @property
    def conservation(self):
        """β + γ + the read-out's bias = F(x), and the gap."""
        return Conservation("β + γ + b_y", "F(x)", self.beta + self.gamma + self.bias, self.scores)

    def __repr__(self):
        rows = "".join(f"\n  row {b:<4d} steps {np.flatnonzero(self.phrase[:, b]).tolist()}: "
                       f"β {self.beta[b]:+.4g}, γ {self.gamma[b]:+.4g}, b_y {self.bias[b]:+.4g} = "
                       f"score {self.scores[b]:.4g} of target {self.target[b]}" for b in range(min(3, len(self.beta))))
        return f"Decomposition of {len(self.beta)} row(s){rows}\n  {self.conservation}"


def of_phrase(net, x, target, phrase, lengths=None):
    """The `Decomposition` of each row's score into what `phrase` made and what all else made.

    x       (T, B) numbers of tokens or (T, B, D) features; target for all rows or one for each; lengths (B,)
    phrase  (T, B) booleans, or (start, stop): steps start to stop − 1 of every row
    """
    batch = net.read(x, lengths)
    target, phrase = _inputs.targets(net, target, batch.rows), _phrase(phrase, batch)
    beta, gamma = _ends(net, batch, phrase)
    columns, scores = net.W_hy.T[target], net.scores(batch)[np.arange(batch.rows), target]
    return Decomposition((beta * columns).sum(1), (gamma * columns).sum(1), net.b_y[target], phrase, target, scores)


def of_words(net, x, target, lengths=None):
    """Each step as a phrase of its own, as an `Attribution`: values (T, B, 1), the β of that one step.

    The words' β need not sum to the score: what two words do together is in the β of neither. `conservation` tells
    the largest gap in β + γ + b_y = F(x) among each row's words.
    """
    batch = net.read(x, lengths)
    target = _inputs.targets(net, target, batch.rows)
    scores, values = net.scores(batch)[np.arange(batch.rows), target], np.zeros((*batch.mask.shape, 1))
    words, total = np.argwhere(batch.mask), np.array(scores)    # (N, 2): t, b
    at_once = max(1, AT_ONCE // (len(batch.x) * net.gates))
    for some in (words[k:k + at_once] for k in range(0, len(words), at_once)):
        t, b = some.T
        one = np.arange(len(batch.x))[:, None] == t
        beta, gamma = _ends(net, _inputs.Batch(batch.x[:, b], batch.lengths[b]), one)
        columns = net.W_hy.T[target[b]]
        values[t, b, 0] = (beta * columns).sum(1)
        whole = values[t, b, 0] + (gamma * columns).sum(1) + net.b_y[target[b]]
        for row, sum_here in zip(b, whole, strict=True):    # keep the worst of each row
            if abs(sum_here - scores[row]) >= abs(total[row] - scores[row]):
                total[row] = sum_here
    report = Conservation("β + γ + b_y of each word", "F(x)", total, scores)
    return Attribution("contextual decomposition, word by word", values, target, scores, batch.lengths, report)


def states(net, x, phrase, lengths=None):
    """(β, γ) of the top layer's h, (T, B, H × directions) each, 0 in the padding: β + γ = h at every step."""
    batch = net.read(x, lengths)
    parts = _states(net, batch, _phrase(phrase, batch))
    return tuple(np.where(batch.mask[..., None], part, 0) for part in parts)


# -- running in two parts -----------------------------------------------------------------------------------
def _states(net, batch, phrase):
    """β and γ (T, B, H × directions) of the top layer's h, in the order of x; anything in the padding."""
    beta, gamma = batch.x * phrase[..., None], batch.x * ~phrase[..., None]
    for layer in range(len(net.layers)):
        parts = []
        for direction in net.directions:
            turn = turned(direction)
            p = net.layers[layer][direction]
            W_x = p[FIRST[net.cell][0]]
            start = [np.tile(s, (batch.rows, 1)) for s in net.start[layer, direction]]
            through = [_steps.times(turn(part, batch.lengths), W_x) for part in (beta, gamma)]
            inside = turn(phrase, batch.lengths)[..., None]
            split = CELLS[net.cell](net, p, *through, inside, *start)
            parts.append([turn(part, batch.lengths) for part in split])
        beta, gamma = (np.concatenate(each, axis=-1) for each in zip(*parts, strict=True))
    return beta, gamma


def _ends(net, batch, phrase):
    """β and γ (B, H × directions) of what the read-out reads: each row's last step, its first of a backward layer."""
    rows, H = np.arange(batch.rows), net.hidden_size
    where = {"forward": batch.lengths - 1, "backward": 0}
    return [np.concatenate([part[where[d], rows, k * H:(k + 1) * H] for k, d in enumerate(net.directions)], axis=-1)
            for part in _states(net, batch, phrase)]


def _rnn(net, p, x_beta, x_gamma, inside, h0):
    f, beta, gamma = activations.named(net.activation).value, 0 * h0, h0
    out = np.empty((2, *x_beta.shape[:2], net.hidden_size))
    for t in range(len(x_beta)):
        h = _three(f, x_beta[t] + beta @ p["W_hh"], x_gamma[t] + gamma @ p["W_hh"], p["b_h"])
        beta, gamma = out[:, t] = _bias_to(inside[t], *h)
    return out


def _lstm(net, p, x_beta, x_gamma, inside, h0, c0):
    beta, gamma, beta_c, gamma_c, sigmoid = 0 * h0, h0, 0 * c0, c0, activations.sigmoid.value
    out, (b_i, b_f, b_g, b_o) = np.empty((2, *x_beta.shape[:2], net.hidden_size)), np.split(p["b"], 4)
    for t in range(len(x_beta)):
        a_beta = np.split(x_beta[t] + beta @ p["W_h"], 4, axis=-1)
        a_gamma = np.split(x_gamma[t] + gamma @ p["W_h"], 4, axis=-1)
        i = _three(sigmoid, a_beta[0], a_gamma[0], b_i)
        f = _three(sigmoid, a_beta[1], a_gamma[1], b_f)
        g = _three(np.tanh, a_beta[2], a_gamma[2], b_g)
        o = sigmoid(a_beta[3] + a_gamma[3] + b_o)
        kept, new = _times(f, (beta_c, gamma_c, 0)), _bias_to(inside[t], *_times(i, g))    # c = f c_prev + i g
        beta_c, gamma_c = kept[0] + new[0], kept[1] + new[1]
        beta, gamma = out[:, t] = [o * part for part in _two(np.tanh, beta_c, gamma_c)]    # h = o tanh(c)
    return out


def _gru(net, p, x_beta, x_gamma, inside, h0):
    beta, gamma, sigmoid = 0 * h0, h0, activations.sigmoid.value
    out, (b_r, b_z, b_n) = np.empty((2, *x_beta.shape[:2], net.hidden_size)), np.split(p["b"], 3)
    for t in range(len(x_beta)):
        (xr_b, xz_b, xn_b), (xr_c, xz_c, xn_c) = (np.split(x[t], 3, axis=-1) for x in (x_beta, x_gamma))
        (hr_b, hz_b, hn_b), (hr_c, hz_c, hn_c) = (np.split(h @ p["W_h"], 3, axis=-1) for h in (beta, gamma))
        r = _three(sigmoid, xr_b + hr_b, xr_c + hr_c, b_r)
        z = _three(sigmoid, xz_b + hz_b, xz_c + hz_c, b_z)
        from_h = _times(r, (hn_b, hn_c, p["b_hn"]))                 # r (h_prev W_hn + b_hn)
        n = _three(np.tanh, xn_b + from_h[0], xn_c + from_h[1], b_n + from_h[2])
        kept = _times(z, (beta, gamma, 0))                          # h = z h_prev + (1 − z) n
        new = _bias_to(inside[t], *_times((-z[0], -z[1], 1 - z[2]), n))
        beta, gamma = out[:, t] = kept[0] + new[0], kept[1] + new[1]
    return out


CELLS = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}


# -- the rules ------------------------------------------------------------------------------------------------
def _two(f, beta, gamma):
    """f(β + γ) in two, for f(0) = 0."""
    whole = f(beta + gamma)
    of_beta = (f(beta) + whole - f(gamma)) / 2
    return of_beta, whole - of_beta


def _three(f, beta, gamma, b):
    """f(β + γ + b) in three: what β, γ and the bias make."""
    of_bias, whole, without_gamma, without_beta = f(b), f(beta + gamma + b), f(beta + b), f(gamma + b)
    return ((without_gamma - of_bias + whole - without_beta) / 2, (without_beta - of_bias + whole - without_gamma) / 2,
            of_bias)


def _times(u, v):
    """(β, γ, bias) of a product of two sums of three."""
    (u_beta, u_gamma, u_bias), (v_beta, v_gamma, v_bias) = u, v
    without_gamma = u_beta + u_bias
    return (u_beta * (v_beta + v_bias) + u_bias * v_beta,
            u_gamma * (v_beta + v_gamma + v_bias) + without_gamma * v_gamma,
            u_bias * v_bias)


def _bias_to(inside, beta, gamma, bias):
    """(β, γ): the bias goes to β where the step lies in the phrase, else to γ. `inside` (B, 1) booleans."""
    return beta + bias * inside, gamma + bias * ~inside


def _phrase(phrase, batch):
    """(T, B) booleans from what `of_phrase` takes."""
    mask = batch.mask
    if isinstance(phrase, tuple) and len(phrase) == 2 and all(isinstance(p, (int, np.integer)) for p in phrase):
        start, stop = phrase
        if not 0 <= start <= stop <= batch.lengths.min():
            row = int(np.argmin(batch.lengths))
            raise ValueError(f"the phrase runs from {start} to {stop}; expected 0 <= start <= stop <= "
                             f"{batch.lengths[row]}, the length of row {row}, the shortest")
        return np.broadcast_to(((np.arange(len(mask)) >= start) & (np.arange(len(mask)) < stop))[:, None], mask.shape)
    phrase = np.asarray(phrase)
    if phrase.dtype != bool or phrase.shape != mask.shape:
        raise ValueError(f"the phrase is {phrase.dtype} of shape {phrase.shape}; expected booleans (T, B) = "
                         f"{mask.shape}, or (start, stop) for every row")
    if (phrase & ~mask).any():
        step, row = np.argwhere(phrase & ~mask)[0]
        raise ValueError(f"the phrase holds step {step} of row {row}, whose length is {batch.lengths[row]}; "
                         "expected no step of the padding")
    return phrase
