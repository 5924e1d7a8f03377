# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Which input decided?
#
# A network reads *the plot was silly but the music was not at all boring* and says: praise. Why? Chapter 10 watched the
# state; here we ask about the words. There are many methods that give each word a number, they do not agree, and each
# looks convincing in a coloured picture. So this chapter builds six of them in a few lines each, says of each what its
# numbers must add up to, and then does what the pictures leave out: it holds them against answers that are known.
#
# After it you can
#
# - write gradient × input, occlusion and integrated gradients for any model that gives a score;
# - hand a score back through an LSTM by LRP, and split it by phrases with contextual decomposition;
# - read a conservation report, and know which sums must be exact and which need not be;
# - test an explanation: against known answers, over several seeds, by deletion, and on shuffled weights;
# - say what the choice of a baseline does, and what an attribution does not say.
#
# To have read: chapters 02 and 04; from 08 embeddings and padding. Time: about 110 minutes, a third of them for the
# exercises; running it all takes less than a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from rnncourse import training
from rnncourse.notebook import begin, show
from rnncourse.plots import attribution as draw

begin()
rng = np.random.default_rng(11)

# %% [markdown]
# **Predict first.** In *the plot was silly but the music was not at all boring*: which words made the network say
# praise? Does *boring* speak for praise or against it? And if three methods that are in every textbook are asked, will
# they agree on the sign of *boring*? Write down your answers.
#
# ## A reader that is worth explaining
#
# The reviews come from a small grammar, written for this course, so that for each of them we *know* what it means.
# Each adjective counts; *not* and *never* turn it round; *but* sets aside all that was said before it.

# %%
from rnncourse.datasets import sentiment

reviews = sentiment.sample(np.random.default_rng(1), 3000)
print(reviews.describe())

# %% [markdown]
# The repository holds ten networks that have learnt to read them, LSTMs and GRUs of 32 units with five seeds each. The
# embedding, the recurrent layer, and a linear read-out of the last state: two scores, *blame* and *praise*. Never
# explain a model before you know that it works. Does it, on reviews that it has never seen? And could it get there
# without the order of the words, by knowing good ones from bad ones?

# %%
from rnncourse.explain import faithfulness
from rnncourse.explain.model import Explained

made, told = training.shipped("sentiment"), training.shipped_metadata("sentiment")
model = made["lstm 0"].double()
net = Explained.of(model)
texts, labels = reviews.part("test")
print(net)
read, ends = reviews.padded(texts)                                    # (T, B) numbers of words, (B,) lengths
print(faithfulness.worth_explaining(net, read, labels, ends))
print(f"a regression on how often each word occurs: {told['baselines']['word counts']:.1%}")

# %% [markdown]
# It works, and counting words is far behind: the network must have learnt what *not* and *but* do to other words. That
# is what we want to see an explanation show. `Explained` is the same network in NumPy, float64, opened for the methods
# of the library; `verify` makes sure that it is the same.
#
# Here is our review, with the words that decide, by the rules of the grammar: those without which, one at a time, its
# meaning would be another number.

# %%
said = "the plot was silly but the music was not at all boring"
words, PRAISE = said.split(), 1
x, lengths = reviews.padded([said])                                   # (T, 1), (1,)
with torch.no_grad():
    net.verify(x, model(torch.tensor(x), torch.tensor(lengths)), lengths)
decides = sentiment.responsible(words)
print("its meaning so far:", *(f"{word} {far:+g}" for word, far in zip(words, sentiment.read(words), strict=True)))
print("the words that decide:", *(word for word, known in zip(words, decides, strict=True) if known))
print("scores for blame and praise:", net.scores(x, lengths)[0].round(2))

# %% [markdown]
# What we explain is $F$, the score for praise, before any softmax: scores add up, probabilities do not. And the input,
# for a method that takes derivatives, is not the word's number but its embedding, a row ${\color{#857d92}x_t}$ of 16
# numbers. As a function in torch:

# %%
def F(rows):
    """The score for praise of one review, from its embeddings (T, D)."""
    h, _ = model.recurrent(rows[:, None])
    return model.readout(h[-1, 0])[PRAISE]


rows = model.embedding(torch.tensor(x[:, 0])).detach()
print("embeddings", tuple(rows.shape), f"(T, D)   F = {F(rows).item():.3f}")

# %% [markdown]
# ## 1. A nudge: the gradient
#
# If one number of the input grows a little, how much does the score grow? That is the gradient, and backpropagation
# gives it for all inputs at once (chapter 02).
#
# $$\frac{\partial F}{\partial {\color{#857d92}x_t}} \qquad (T, D): \text{ a row of slopes for each word}$$

# %%
def gradient(rows):
    rows = rows.clone().requires_grad_(True)
    return torch.autograd.grad(F(rows), rows)[0]


slopes = gradient(rows)
for word, length in zip(words, slopes.norm(dim=1), strict=True):
    print(f"{word:8} {length:.2f} {'▪' * int(20 * length / slopes.norm(dim=1).max())}")

# %% [markdown]
# The length of a row says how *sensitive* the score is to that word. It has no sign, so it cannot say for or against.
# It is about small changes, and there are no small changes of words. And a slope can be tiny where the score is
# saturated, though the word has decided everything: a door that stands wide open does not react to a push either.
#
# ## 2. Slope times way: gradient × input
#
# To get a share of the score, multiply the slope by the way that was gone, from "nothing" to this word. Nothing, for
# the moment, is a row of zeros: the *baseline*.
#
# $$R_t = \sum_d ({\color{#857d92}x_{t,d}} - 0)\, \frac{\partial F}{\partial {\color{#857d92}x_{t,d}}}$$
#
# If $F$ were a straight line, slope times way would be exactly what the score has gained along it. So the numbers
# should add up to $F(x) - F(0)$. Do they?

# %%
nothing = torch.zeros_like(rows)
gxi = (rows * gradient(rows)).sum(1)
change = (F(rows) - F(nothing)).item()
print(f"our review: sum of gradient × input {gxi.sum().item():.2f},   F(x) − F(0) = {change:.2f}")
for text in texts[:4]:
    other = model.embedding(torch.tensor(reviews.encode(text))).detach()
    total, gained = (other * gradient(other)).sum().item(), (F(other) - F(0 * other)).item()
    print(f"   {total:6.2f} and {gained:6.2f}   {' '.join(text)}")

# %% [markdown]
# For our review they nearly do. That is luck: on others it is far off, since $F$ is not a straight line. The gap is a
# first honest number about a method, and we shall ask each method for its own, on more than one review.
#
# ## 3. Taking away: occlusion
#
# No derivative: put one word to the baseline and see what the score loses.
#
# $$R_t = F(x) - F(x \text{ with } {\color{#857d92}x_t} = 0)$$

# %%
lost = []
for t in range(len(rows)):
    without = rows.clone()
    without[t] = 0
    lost.append((F(rows) - F(without)).item())
print(" ".join(f"{word} {value:+.2f}" for word, value in zip(words, lost, strict=True)))
print(f"sum {sum(lost):.2f}, F(x) − F(0) = {change:.2f}")

# %% [markdown]
# Each number answers a clear question, what would the score be without this word, but the numbers need not add up
# either. Where two words are needed *together*, each of them takes the whole effect with it, and it is counted twice.
# Where two words say *the same*, neither is missed, and the effect is hardly counted at all. You can see both in two
# short reviews:

# %%
from rnncourse.explain import attribution

for short in ("the film was not bad", "good and great and lovely"):
    found = attribution.occlusion(net, reviews.padded([short])[0], PRAISE)
    total, gained = found.row(0).sum(), found.conservation.expected[0]
    print(f"{short:26}", " ".join(f"{word} {v:+.1f}" for word, v in zip(short.split(), found.row(0), strict=True)),
          f"  sum {total:.1f}, change of F {gained:.1f}")

# %% [markdown]
# ## 4. Along the whole way: integrated gradients
#
# Gradient × input takes the slope at the end of the way and pretends that it was the same all along. So take the slope
# everywhere on the way, and average (Sundararajan, Taly, Yan 2017):
#
# $$R_{t,d} = (x_{t,d} - 0) \int_0^1 \frac{\partial F}{\partial x_{t,d}}(\alpha x)\, d\alpha
#   \qquad\text{and now}\qquad \sum_{t,d} R_{t,d} = F(x) - F(0)$$
#
# The sum is exact by the fundamental theorem of calculus: $\frac{d}{d\alpha} F(\alpha x) = \sum_{t,d} x_{t,d}\,
# \partial F / \partial x_{t,d}$, so the integral of the right side is the change of $F$. The integral itself is done
# by a *rule*: a weighted sum over a few places, its nodes. Gauss and Legendre chose the best places and weights.

# %%
def integrated_gradients(rows, baseline, nodes=20):
    places, weights = np.polynomial.legendre.leggauss(nodes)                  # on −1 to 1
    way = rows - baseline
    return way * sum(w / 2 * gradient(baseline + (p + 1) / 2 * way) for p, w in zip(places, weights, strict=True))


ig = integrated_gradients(rows, nothing).sum(1)
print(f"sum {ig.sum().item():.6f}\nF(x) − F(0) = {change:.6f}")
print("equal within 1e-3:", abs(ig.sum().item() - change) < 1e-3)
assert abs(ig.sum().item() - change) < 1e-3

# %% [markdown]
# The library has all four, for whole batches. Its results are those of our few lines:

# %%
theirs = {"gradient": (slopes.numpy(), attribution.gradient(net, x, PRAISE).values[:, 0]),
          "gradient × input": (gxi.numpy(), attribution.gradient_times_input(net, x, PRAISE).tokens[:, 0]),
          "occlusion": (np.array(lost), attribution.occlusion(net, x, PRAISE).tokens[:, 0]),
          "integrated gradients": (ig.numpy(), attribution.integrated_gradients(net, x, PRAISE, tolerance=None)
                                   .tokens[:, 0])}
for name, (ours, library) in theirs.items():
    print(f"{name:22} ours = the library's within 1e-10: {np.abs(ours - library).max() < 1e-10}")
    assert np.abs(ours - library).max() < 1e-10

# %%
fig, axes = plt.subplots(1, 4, figsize=(10.5, 3.7), sharey=True)
bars = {"gradient (length)": slopes.norm(dim=1), "gradient × input": gxi, "occlusion": lost, "integrated gradients": ig}
for ax, (name, values) in zip(axes, bars.items(), strict=True):
    draw.beside_words(ax, words, np.asarray(values), decides, signed="length" not in name)
    ax.set_title(name)
show(fig, alt="Four panels of bars beside the twelve words of the review. Words with a dot decide by the grammar: but, "
     "not, at, all, boring. All panels give almost nothing to the words before but; the gradient's longest bars and "
     "occlusion's are at boring, integrated gradients shares its bars among not, all and boring.",
     caption="One review, four methods, each on its own scale. Red speaks for praise, blue against it; a dot marks "
     "the words that decide. They agree that what stands before but hardly matters, and on little else.")

# %% [markdown]
# *Boring* speaks **for** praise here: without it, there would be nothing for *not at all* to turn round. Were you
# right? Hold on to your answer for a while: of the methods to come, two will say the opposite.
#
# ### How many nodes?
#
# How the score moves on the line decides how many nodes a rule needs. We follow it for some reviews, and compare three
# rules: Gauss–Legendre, the midpoint rule (nodes in the middle of equal pieces), and the right Riemann sum (nodes at
# their ends), which is what one finds in most code.

# %%
some = [text for text in texts if 6 <= len(text) <= 20][:40]
some_x, some_lengths = reviews.padded(some)
COUNTS, RULES = (5, 10, 20, 40, 80, 160), {"right": "right Riemann", "midpoint": "midpoint",
                                           "gauss-legendre": "Gauss–Legendre"}
gaps = {}
for rule, name in RULES.items():
    gaps[name] = [np.median(np.abs(attribution.integrated_gradients(
        net, some_x, PRAISE, some_lengths, nodes=n, rule=rule, tolerance=None).conservation.gap)) for n in COUNTS]
for n, right, middle in zip(COUNTS, gaps["right Riemann"], gaps["midpoint"], strict=True):
    print(f"{n:4} nodes: right Riemann gap × n = {right * n:.3f},  midpoint gap × n² = {middle * n * n:.3f}")

# %%
five = [Explained.of(made[f"lstm {seed}"]) for seed in range(5)]
alphas, whole = np.linspace(0, 1, 201), five[1].read(some_x, some_lengths).x
on_the_way = np.array([five[1].scores(a * whole, some_lengths)[:, PRAISE] for a in alphas])           # (201, B)
steepest = np.abs(np.diff(on_the_way, axis=0)).max(0)
order = np.argsort(steepest)
fig, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.3))
draw.along_the_line(left, alphas, on_the_way[:, order[[5, 20, -1]]], (np.polynomial.legendre.leggauss(20)[0] + 1) / 2)
left.set_title("One score bends, another jumps")
draw.rule_errors(right, COUNTS, {rule: np.maximum(gap, 1e-15) for rule, gap in gaps.items()},
                 {"right Riemann": 1, "midpoint": 2})
right.set_title("Better rules get there with fewer nodes")
show(fig, alt="Left: three curves of the score from baseline to review; two bend gently, the third, drawn thicker, "
     "rises steeply within a short stretch and then falls. Right: gaps of three rules against the number of nodes, "
     "both axes logarithmic. Right Riemann falls slowly, the midpoint rule twice as steeply; Gauss–Legendre is at "
     "rounding by 40.",
     caption="Left: the score of three reviews on the way from nothing to the review, ticks at the 20 nodes (network "
     "of seed 1). Right: the median gap over forty reviews; dotted, 1/n and 1/n². Gauss–Legendre is in another class.")

# %% [markdown]
# The right Riemann sum's gap times $n$ settles to a constant, the midpoint rule's times $n^2$: to be ten times more
# exact, the one needs ten times the nodes, the other about three. But these are medians, of one network. Where a score
# jumps between two nodes, any rule misses it; so the library looks at the gap, and cuts the line in halves, row by row,
# until each sum is right:

# %%
print("largest gap of the forty reviews, Gauss–Legendre")
for seed, one in enumerate(five):
    plain = attribution.integrated_gradients(one, some_x, PRAISE, some_lengths, tolerance=None)
    cut = attribution.integrated_gradients(one, some_x, PRAISE, some_lengths)
    print(f"seed {seed}: 20 nodes {plain.conservation.largest:.1e}   with cuts, below 1e-4: "
          f"{cut.conservation.largest < 1e-4}")
    assert cut.conservation.largest < 1e-4

# %% [markdown]
# Every method of the library comes with such a report: what must sum to what, and by how much it does not.
#
# ### Where they must all agree
#
# If $F$ *is* a straight line, slope, way and loss are one and the same. A recurrent network whose activation is
# $f(a) = a$ is such a case, whatever its weights and its bias. It is the sharpest test of an implementation, yours or
# somebody's: with baseline zero, three methods and one answer.

# %%
from rnncourse.cells.networks import Network

params = {"W_xh": rng.normal(size=(3, 5)), "W_hh": rng.normal(size=(5, 5)) / 3, "b_h": rng.normal(size=5)}
straight = Explained.of(Network("rnn", ({"forward": params},), {"W_hy": rng.normal(size=(5, 2)), "b_y": np.ones(2)}),
                        activation="linear")
inputs = rng.normal(size=(7, 4, 3))
three = [method(straight, inputs, 0) for method in (attribution.gradient_times_input, attribution.occlusion,
                                                    attribution.integrated_gradients)]
apart = max(np.abs(one.tokens - three[0].tokens).max() for one in three[1:])
print("gradient × input = occlusion = integrated gradients, within 1e-12:", apart < 1e-12)
print("their sum is F(x) − F(0), not F(x):", three[0].conservation.largest < 1e-12,
      np.abs(three[0].tokens.sum(0) - three[0].scores).max() > 0.1)
assert apart < 1e-12 and three[0].conservation.largest < 1e-12

# %% [markdown]
# So where the methods differ, it is because the network is not straight. That is what one wants to hear about, and
# what each of them has to put into words per word, although it does not belong to any single one.
#
# ## 5. Handing the score back: LRP
#
# Layer-wise relevance propagation (Bach et al. 2015; for LSTMs Arras et al. 2017) hands the score back, step by step,
# to what it was summed from. At a sum $z = \sum_i z_i + b$ each part takes the share that it has of it, with a small
# $\varepsilon$ so that sums near 0 give no huge shares:
#
# $$R_i = \frac{z_i}{z + \varepsilon\, \mathrm{sign}\, z}\, R$$
#
# Inside an LSTM there are two sums on the way, ${\color{#e8500b}c_t} = f c_{t-1} + i g$ and $a_g = x W_{xg} + h_{t-1}
# W_{hg} + b_g$. And where a gate multiplies a signal, it is decided by fiat: the gate gets 0, the signal all. Tanh
# passes on what it gets.

# %%
def share(z, R, epsilon=0.001):
    return R / (z + np.where(z < 0, -epsilon, epsilon))


def lrp_lstm(trace, w, F):
    """Relevance (T, D) of each input, and what is left at the start (H,); trace of one row."""
    x, i, f, g, a_g, c, h_prev, c_prev = (v[:, 0] for v in (trace.x, trace.i, trace.f, trace.g, trace["a_g"], trace.c,
                                                            trace.h_prev, trace.c_prev))
    H = c.shape[1]
    W_xg, W_hg = trace.params["W_x"][:, 2 * H:3 * H], trace.params["W_h"][:, 2 * H:3 * H]
    R_x, R_h, R_c = np.zeros_like(x), trace.h[-1, 0] * w * share(F, F), np.zeros(H)    # F = h_T w + b_y
    for t in reversed(range(len(x))):
        R_c = R_c + R_h                              # h = o tanh(c): the gate o gets nothing
        each = share(c[t], R_c)                      # c = f c_prev + i g
        R_c, R_g = f[t] * c_prev[t] * each, i[t] * g[t] * each
        each = share(a_g[t], R_g)                    # a_g = x W_xg + h_prev W_hg + b_g
        R_x[t], R_h = x[t] * (W_xg @ each), h_prev[t] * (W_hg @ each)
    return R_x, R_h + R_c


# %%
from rnncourse.explain import lrp

score = net.scores(x)[0, PRAISE]
R, left_at_start = lrp_lstm(net.trace(x), net.W_hy[:, PRAISE], score)
found = lrp.lrp(net, x, PRAISE)
print("ours = the library's within 1e-10:", np.abs(R - found.values[:, 0]).max() < 1e-10)
print(" ".join(f"{word} {value:+.2f}" for word, value in zip(words, R.sum(1), strict=True)))
print(f"words {R.sum():.3f} + start {left_at_start.sum():.3f} + kept by biases and ε {found.parts['biases'][0]:.3f} = "
      f"score {score:.3f}, within 1e-12:", found.conservation.largest < 1e-12)
assert np.abs(R - found.values[:, 0]).max() < 1e-10 and found.conservation.largest < 1e-12

# %% [markdown]
# *Boring* has turned blue: by LRP it speaks **against** praise. The report is exact: words, start, and what the biases
# and $\varepsilon$ kept, together are the score. But that the sum is right says little. The sum would be right for
# *any* way of sharing out. LRP's rules about gates are a decision, and whether it is a good one no sum can tell. The
# shares of the biases may also be handed on to the words (`bias_factor=1`); that makes the sum of the words look
# better, and gives a share to the start, too, in which there is nothing but zeros:

# %%
for factor in (0, 1):
    found = lrp.lrp(net, x, PRAISE, bias_factor=factor)
    print(f"bias_factor {factor}: words {found.tokens.sum():+.2f}, start {found.parts['start'][0]:+.2f}, "
          f"biases {found.parts['biases'][0]:+.2f}, together {found.conservation.total[0]:.2f} = score {score:.2f}")
    assert found.conservation.largest < 1e-10

# %% [markdown]
# ## 6. Phrase by phrase: contextual decomposition
#
# *Not at all boring* is not what *not* does, plus what *boring* does. Contextual decomposition (Murdoch, Liu, Yu 2018)
# asks about a **phrase**. It keeps every state in two parts, ${\color{#5865f2}h_t} = \beta_t + \gamma_t$: $\beta$ is
# what the phrase made, $\gamma$ all else. A sum splits by itself. A function of a sum is split by its mean effect over
# the orders in which the parts can come, the bias always first; and in a product, everything in which there is a
# $\gamma$ belongs to $\gamma$.

# %%
def three_parts(f, beta, gamma, b):
    """f(β + γ + b): the parts of β, of γ, and of the bias."""
    alone, whole = f(b), f(beta + gamma + b)
    of_beta = (f(beta + b) - alone + whole - f(gamma + b)) / 2
    return of_beta, whole - alone - of_beta, alone


def product(u, v):
    """(β, γ, bias) of a product of two such triples: β·β, β·bias and bias·β go to β, bias·bias stays."""
    of_beta, of_bias = u[0] * (v[0] + v[2]) + u[2] * v[0], u[2] * v[2]
    return of_beta, sum(u) * sum(v) - of_beta - of_bias, of_bias


# %%
def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def decompose(params, rows, phrase):
    """β and γ (H,) of the last h of an LSTM; rows (T, D), phrase a range of steps."""
    b = np.split(params["b"], 4)
    beta, gamma, beta_c, gamma_c = np.zeros((4, len(b[0])))
    for t, row in enumerate(rows):
        inside = t in phrase
        a = [np.split(part @ params["W_h"] + mine * (row @ params["W_x"]), 4)          # of i, f, g, o
             for part, mine in ((beta, inside), (gamma, not inside))]
        i, f = (three_parts(sigmoid, a[0][k], a[1][k], b[k]) for k in (0, 1))
        new = product(i, three_parts(np.tanh, a[0][2], a[1][2], b[2]))                  # i g
        kept = product(f, (beta_c, gamma_c, 0))                                         # f c_prev
        beta_c = kept[0] + new[0] + inside * new[2]             # bias × bias: the phrase's own, within it
        gamma_c = kept[1] + new[1] + (not inside) * new[2]
        o = sigmoid(a[0][3] + a[1][3] + b[3])                   # the output gate is not split
        beta, gamma, _ = (o * part for part in three_parts(np.tanh, beta_c, gamma_c, 0))
    return beta, gamma


# %%
from rnncourse.explain import decomposition

lstm = net.layers[0]["forward"]
beta, gamma = decompose(lstm, net.embedding[x[:, 0]], range(8, 12))
found = decomposition.of_phrase(net, x, PRAISE, (8, 12))
print("ours = the library's within 1e-12:", abs(beta @ net.W_hy[:, PRAISE] - found.beta[0]) < 1e-12)
print("β + γ = h within 1e-12:           ", np.abs(beta + gamma - net.last(net.trace(x))[0]).max() < 1e-12)
print(f"β {found.beta[0]:+.3f} of the phrase, γ {found.gamma[0]:+.3f} of the rest, {found.bias[0]:+.3f} of the "
      f"read-out's bias: together {found.scores[0]:.3f}, the score")
assert abs(beta @ net.W_hy[:, PRAISE] - found.beta[0]) < 1e-12

# %% [markdown]
# Now the phrases of our review, from single words to the halves on either side of *but*:

# %%
spans = [(k, k + 1) for k in range(12)] + [(2, 4), (8, 11), (8, 12), (0, 4), (4, 12)]
spans = [(a, b, decomposition.of_phrase(net, x, PRAISE, (a, b)).beta[0]) for a, b in spans]
fig, ax = plt.subplots(figsize=(9.5, 3))
draw.phrases(ax, words, spans)
ax.set_title("boring alone speaks against, not at all boring for praise")
show(fig, alt="Bars over the words of the review, one above the other. boring alone is blue, not at all boring "
     "together is red and large, the second half of the sentence too; the first half, the plot was silly, pale blue.",
     caption="β of words (bottom row) and of longer phrases above them, for the score of praise. What a phrase makes "
     "is not the sum of what its words make: that is the point of asking phrase by phrase.")
of = {(a, b): beta for a, b, beta in spans}
assert of[11, 12] < 0 < of[8, 12]

# %% [markdown]
# That is negation as one would wish to see it. Does it hold for other seeds, too? And what about *but*? By the grammar,
# what stands before it counts nothing. We turn an adjective before *but* into its opposite, which is the plainest
# question one can ask, and see what the score does; and what β says.

# %%
good, bad = (reviews.padded([f"the acting was {word} but the ending was dull"])[0] for word in ("good", "awful"))
print("seed   not at all boring: β      good → awful before but: score moves by     β of 'the acting was good'")
moves, before = [], []
for seed, one in enumerate(five):
    moves.append(abs(one.scores(good)[0, PRAISE] - one.scores(bad)[0, PRAISE]))
    before.append(decomposition.of_phrase(one, good, PRAISE, (0, 4)).beta[0])
    print(f"{seed}    {decomposition.of_phrase(one, x, PRAISE, (8, 12)).beta[0]:+15.2f} {moves[-1]:30.2f} "
          f"{before[-1]:+30.2f}")
assert all(beta > 5 * move for beta, move in zip(before, moves, strict=True))

# %% [markdown]
# In every network the phrase before *but* gets a solid β, though for the score it makes next to no difference whether
# *good* or *awful* stands there. The sum $\beta + \gamma$ is exact all the same: γ holds the opposite. The phrase was
# read, it was written into the state, and what came later undid it; the bookkeeping keeps the debit and the credit in
# two different books. So β is not "the score would be lower by this without it".
#
# ## 7. Who wrote the state: gate attention
#
# Chapter 04 unrolled the cell state exactly: $c_T = \sum_j (\prod_{k>j} f_k)\, i_j\, g_j$. So gates pay a kind of
# attention to each step, and nothing was trained for it. It is tempting to read those weights as "what the network
# looked at".

# %%
from rnncourse.explain.gate_attention import gate_attention

attended = gate_attention(net.trace(x))
trace, T = net.trace(x), len(words)
weights = np.array([trace.f[j + 1:, 0].prod(0) * trace.i[j, 0] for j in range(T)])                 # (T, H)
print("ours = the library's within 1e-12:", np.abs(weights - attended.weights[:, 0]).max() < 1e-12)
print("Σ weight × written = c_T within 1e-12:",
      np.abs((weights * trace.g[:, 0]).sum(0) - trace.c[-1, 0]).max() < 1e-12)
print(*(f"{word} {weight:.2f}" for word, weight in zip(words, attended.tokens[:, 0], strict=True)), sep="  ")
assert np.abs(weights - attended.weights[:, 0]).max() < 1e-12

# %% [markdown]
# The weights are exact, and they say who *wrote* the last state. They do not say who *decided*: the gates that forget
# and let in were themselves moved by other words, and what was written may not matter for this score. Keep them in
# mind for the control below.
#
# ## The same sentence under all methods

# %%
from rnncourse.explorers.attribution_comparer import AttributionComparer

comparer = AttributionComparer.example()
comparer

# %%
show(comparer.still(), alt=comparer.words,
     caption="The same review under all methods: a row for each word, a column for each method. A dot marks the words "
     "that decide by the grammar. Under each column: the sum, and what it must be, or need not be.")

# %% [markdown]
# Same network, same review, and not even the sign of *boring* is agreed on. Occlusion and gradient × input paint it
# red, LRP and decomposition blue. They answer different questions: what the score would be without *boring*, and what
# *boring* by itself brought into the sums. Both answers are right. Neither question is "which input decided?".

# %% [markdown]
# Things to try:
#
# - Type *good and great and lovely*. Which methods give each word its share, and which find none of them important?
# - Change *not at all boring* into *never boring*, and the seed from 0 to 4. What stays, what changes?
# - Set the weights to *shuffled*. Which column does not care?
# - Change the baseline to *the word was*. What happens to *boring*?
#
# <details><summary>What there is to see</summary>
#
# Occlusion's bars add up to half of what there is to share out, since any two of the three words nearly suffice;
# integrated gradients shares out all of it. From seed to seed the large bars stay at the same words, but their
# order changes, and with it the story one would tell. Gate attention looks the same on shuffled weights. And with
# another baseline integrated gradients may turn *boring* from red to blue: more of that below.
#
# </details>

# %% [markdown]
# ## Whom to believe?
#
# All these pictures look reasonable, which is the problem. What helps is a task whose answer is known. We have two.
# For the reviews, the grammar says which words decide. For the second, networks were trained on the **adding problem**
# of chapter 03: twenty numbers, two of them marked, and the answer is the sum of these two. Are *they* worth
# explaining?

# %%
from rnncourse.datasets import memory

adders, adders_told = training.shipped("addition"), training.shipped_metadata("addition")
sums = memory.adding(np.random.default_rng(11), steps=20, batch=100)
marked = sums.x[..., 1] > 0                                            # (T, B): the two that decide
adding = [Explained.of(adders[f"lstm {seed}"]) for seed in range(5)]
for seed, one in enumerate(adding):
    error = np.mean((one.scores(sums.x) - sums.target[-1]) ** 2)
    print(f"seed {seed}: mean squared error {error:.5f}; always saying 1: {adders_told['baseline']:.3f}")
    assert error < 0.001

# %% [markdown]
# The measure: take one element that decides and one that does not. How often does the method give the first one the
# larger number, sign aside? That is the *area under ROC*: 1 is perfect, ½ is guessing. Beside our methods runs one
# that must not be good: *later is more*, which ranks the words by their place and looks at neither words nor network.
#
# **Predict.** Which method will be best on the reviews, which on the sums? Will it be the same one, for all five seeds?

# %%
from rnncourse.explain import known_answers


def later(net, x, target, lengths):
    return np.arange(len(x))[:, None] * np.ones(x.shape[1])


methods = {"gradient": lambda *given: attribution.gradient(*given).norms,
           "gradient × input": attribution.gradient_times_input, "occlusion": attribution.occlusion,
           "integrated gradients": attribution.integrated_gradients, "LRP": lrp.lrp,
           "decomposition": decomposition.of_words,
           "gate attention": lambda net, x, target, lengths: gate_attention(net.trace(x, lengths)).tokens,
           "later is more": later}
known = [sentiment.responsible(text) for text in some]
on_reviews = known_answers.compare(five, methods, some_x, PRAISE, known, some_lengths)
print(on_reviews)

# %%
on_sums = known_answers.compare(adding, methods, sums.x, 0, marked)
print(on_sums)

# %%
fig, ax = plt.subplots(figsize=(8.5, 4.6))
draw.two_tasks(ax, on_reviews.auc, on_sums.auc, ["reviews: the words that decide", "sums: the marked numbers"])
ax.set_title("The gradient: among the last on one task, the first on the other")
show(fig, alt="Two columns of dots, five seeds for each of eight methods, the means joined by lines. On the reviews "
     "occlusion is highest and the gradient lies at the height of later is more. On the sums the gradient is on top "
     "with 1.00, later is more at one half, and contextual decomposition spreads far between seeds.",
     caption="Eight methods on two tasks with known answers, five LSTMs each; dotted, guessing. The red line crosses "
     "nearly all others: no method is the best one, and a ranking from one task does not carry over to the next.")
left, right = on_reviews.auc, on_sums.auc
assert all(np.mean(right["gradient"]) > np.mean(values) for name, values in right.items() if name != "gradient")
assert np.mean(left["gradient"]) < np.mean(left["later is more"]) + 0.05 < np.mean(left["occlusion"])

# %% [markdown]
# Look at it for a while.
#
# - **The ranking flips.** On the reviews the plain gradient is no better than *later is more*, which knows nothing. On
#   the sums it is perfect for every seed, and no other method is.
# - **Also between seeds.** Behind the first, the places change from network to network (the next cell counts).
# - **The winner had an advantage.** *Responsible* was defined as "leave the word out, and the meaning changes". That
#   is occlusion's own question. Who sets the question chooses the winner.
# - *Where* is not *how much*. On the sums we know more: an element with the number 0.7 should get 0.7.

# %%
place = np.argsort(np.argsort([-values for values in on_reviews.auc.values()], axis=0), axis=0) + 1
for name, row in zip(on_reviews.auc, place, strict=True):
    print(f"{name:22} place on the reviews, seed by seed: {'  '.join(map(str, row))}")
assert len(set(np.array(list(on_reviews.auc))[(place == 2).argmax(0)])) > 1

# %%
def of_size(method):
    """Correlation of an element's attribution with its number, over all marked elements; one for each network."""
    tokens = [getattr(found, "tokens", found) for found in (method(one, sums.x, 0, None) for one in adding)]
    return [np.corrcoef(each[marked], sums.x[..., 0][marked])[0, 1] for each in tokens]


correlation = {name: of_size(method) for name, method in methods.items() if name != "later is more"}
for name, found in sorted(correlation.items(), key=lambda item: -np.mean(item[1])):
    print(f"{name:22}", "  ".join(f"{value:+.2f}" for value in found), f"   mean {np.mean(found):+.2f}")
assert np.mean(correlation["gradient"]) < 0 < 0.97 < np.mean(correlation["occlusion"])

# %% [markdown]
# The gradient, perfect at *where*, is worst at *how much*: it gets smaller where the number gets larger. Arras, Osman,
# Müller and Samek (2019) did this experiment on LSTMs of a single cell; there gradient × input, occlusion and LRP all
# correlate with the numbers above 0.99. Ours have sixteen cells, and numbers and markers of another form. Occlusion,
# gradient × input and integrated gradients come out as there or nearly so; LRP for some of our seeds, and for others
# not. A published ranking is a ranking of methods *on those networks*.
#
# ### Without known answers: deletion
#
# On real texts nobody knows the responsible words. What one can do: take the words away, the most important first
# *according to the method*, and watch the score. If the method is right, it falls at once. Each curve needs its
# control, here a random order.

# %%
target = net.scores(some_x, some_lengths).argmax(1)                     # each review's own verdict
orders = {name: method(net, some_x, target, some_lengths) for name, method in methods.items()
          if name in ("gradient", "occlusion", "integrated gradients", "LRP", "decomposition")}
orders["random"] = rng.random(some_x.shape)
orders = {name: getattr(found, "tokens", found) for name, found in orders.items()}
deleted, inserted = ({name: curve(net, some_x, target, order, some_lengths) for name, order in orders.items()}
                     for curve in (faithfulness.deletion, faithfulness.insertion))
print(f"{'':22} mean loss by deletion   mean gain by insertion")
for name in orders:
    print(f"{name:22} {deleted[name].area.mean():13.2f} {inserted[name].area.mean():22.2f}")
lost, gained = ({name: curve.area.mean() for name, curve in curves.items()} for curves in (deleted, inserted))
assert min(lost["LRP"], lost["decomposition"]) > lost["occlusion"] > lost["random"]
assert gained["occlusion"] > max(gained["LRP"], gained["decomposition"]) > gained["random"]

# %%
fig, ax = plt.subplots(figsize=(8, 3.4))
draw.falling(ax, deleted["random"].share, {name: curve.scores.mean(1) for name, curve in deleted.items()}, "random")
ax.set_title("The words named first bring the score down; the gradient's hardly more than any")
show(fig, alt="Mean score against the share of words taken away. For all methods the curve falls steeply within the "
     "first words to below 0 and comes back at the end; for the gradient it falls slower, for a random order slowest.",
     caption="Words go in the order that each method names, and the score of the review's own verdict is watched. "
     "Grey: a random order. All end where nothing is left.")

# %% [markdown]
# By deletion, LRP and decomposition are ahead of occlusion. By insertion, the same test run from the other end, they
# are behind it. So is there a best method? For each test there is one. And all these tests ask the network about
# sentences with holes, such as it has never met. Report the test with the method, always.
#
# ## The control: would another network get the same explanation?
#
# The cheapest test of all, and the one most often left out (Adebayo et al. 2018, for images): **shuffle the weights**.
# A network with shuffled weights has learnt nothing. If its explanation looks like the one before, the explanation was
# not about what the network has learnt. We compare the order of the words: 1 would say that weights make no difference.

# %%
control = {name: faithfulness.against_shuffled_weights(net, method, some_x[:, :20], PRAISE, some_lengths[:20],
                                                       rng=np.random.default_rng(0), draws=3)
           for name, method in methods.items()}
for name, found in sorted(control.items(), key=lambda item: item[1].mean):
    print(f"{name:22} {found.mean:+.2f} ± {found.spread:.2f} {'▪' * round(40 * max(found.mean, 0))}")
assert control["gate attention"].mean > 0.9 > 0.6 > control["LRP"].mean

# %% [markdown]
# **Gate attention fails.** It hands out almost the same order whatever the weights, as *later is more* does, because
# products of gates fade with distance in any network. Go back to the ranking: on the reviews it did as well as *later
# is more*, and no better. Its weights are exact, its sum is exact, and as an explanation of this decision it is worth
# nothing. The gradient does not do well either. (The others are not at 0, since in any network what was read last
# counts for more.)
#
# ## What is "nothing"? The baseline
#
# Occlusion and integrated gradients compare with a baseline, zeros so far. Is a row of zeros "no word"? The network has
# never met it within a sentence. Let us take others: the mean of all words, and some words that are there.

# %%
def base(word):
    return net.embedding[reviews.encode(word)[0]]


baselines = {"zeros": np.zeros(16), "mean of all words": net.embedding[1:].mean(0), "the word was": base("was"),
             "the word good": base("good"), "the word bad": base("bad")}
by_baseline = {name: attribution.integrated_gradients(net, x, PRAISE, baseline=row) for name, row in baselines.items()}
for name, found in by_baseline.items():
    print(f"{name:18} F(baseline) {found.scores[0] - found.conservation.expected[0]:+.2f}   boring "
          f"{found.tokens[11, 0]:+.2f}   sums right: {found.conservation.largest < 1e-4}")
assert by_baseline["the word was"].tokens[11, 0] < 0 < by_baseline["zeros"].tokens[11, 0]

# %%
fig, axes = plt.subplots(1, 5, figsize=(10.5, 3.7), sharey=True)
for ax, (name, found) in zip(axes, by_baseline.items(), strict=True):
    draw.beside_words(ax, words, found.tokens[:, 0], decides, reach=4.2, numbers=False)
    ax.set_title(name)
show(fig, alt="Integrated gradients of the review with five baselines, bars on one scale. boring is red with "
     "zeros and with good, blue with was and with bad; not and all change their length several times over.",
     caption="Integrated gradients of one review and one network, five baselines. All five add up exactly, each to "
     "its own change of the score. Look at boring: the sign depends on what it is compared with.")

# %% [markdown]
# None of them is wrong. "Why praise?" always means *rather than what?*, and the baseline is the *what*. Compared with
# a sentence full of *was*, *boring* speaks against; compared with one full of zeros, for it. An attribution without its
# baseline is an answer without its question.
#
# ## Once more on real input: names
#
# The classifier of chapter 08 reads a name from both ends. Which letters made it say what it says? Here zeros are a
# fair baseline: in its training letters were hidden at random, and a hidden letter *is* a row of zeros.

# %%
from rnncourse.datasets import names

people, reader = names.load(), training.shipped("names_lstm")
by_name = Explained.of(reader)
listed, their_labels = people.part("test")
print(by_name)
letters, count = people.padded(listed[::4])
print(faithfulness.worth_explaining(by_name, letters, their_labels[::4], count))

# %%
asked = ["Kowalczyk", "O'Neill", "Papadopoulos"]
fig, axes = plt.subplots(1, 3, figsize=(9.5, 3.9))
for ax, name in zip(axes, asked, strict=True):
    letters, count = people.padded([name])
    says = int(by_name.scores(letters, count).argmax())
    found = attribution.integrated_gradients(by_name, letters, says, count)
    draw.beside_words(ax, list(name), found.row(0))
    ax.set_title(f"{name}: {people.languages[says]}")
    assert found.conservation.largest < 1e-4 and "Greek" not in people.languages
show(fig, alt="Three names, a bar for each letter. In Kowalczyk c and k towards the end have the longest red bars, in "
     "O'Neill the apostrophe. Papadopoulos, a Greek name, is called Spanish, mostly for its last letter.",
     caption="Integrated gradients for the language that the network names, letter by letter. Papadopoulos is Greek, "
     "Greek is not among its twenty, and it has its reasons nevertheless.")

# %% [markdown]
# The network reads each name in both directions, and its score is a sum: a part from the state that has read from the
# left, a part from the other, and a bias. Integrated gradients of a sum are the sum of the integrated gradients, so
# each letter's share can be told by direction. We put one half of the read-out to 0, then the other:

# %%
whole = Network.of(reader)
half = len(whole.readout["W_hy"]) // 2
letters, count = people.padded(["O'Neill"])
says, shares = int(by_name.scores(letters, count).argmax()), {}
for side, keep in (("from the left", slice(half)), ("from the right", slice(half, None))):
    W_hy = np.zeros_like(whole.readout["W_hy"])
    W_hy[keep] = whole.readout["W_hy"][keep]
    one_way = Explained.of(Network(whole.cell, whole.layers, {"W_hy": W_hy, "b_y": whole.readout["b_y"]},
                                   whole.embedding))
    shares[side] = attribution.integrated_gradients(one_way, letters, says, count).row(0)
    print(f"{side:15}", *(f"{letter} {value:+.2f} " for letter, value in zip("O'Neill", shares[side], strict=True)))
both = attribution.integrated_gradients(by_name, letters, says, count).row(0)
print("their sum is that of both, within 1e-4:", np.abs(sum(shares.values()) - both).max() < 1e-4)
assert np.abs(sum(shares.values()) - both).max() < 1e-4

# %% [markdown]
# Each direction leans on what it has read *last*: from the left on the two *l*, from the right on the apostrophe.
#
# Now look at the third name again. There the network has reasons, too, as neat as for the others, and it is wrong.
# **An explanation tells how the score came about, not whether it is right.** What must not be concluded: that these
# letters *are* Polish; that a person with them in the name is; that the network uses "the reason" a linguist would
# give. The bars are about one score among twenty lists of names (chapter 08), and about nobody's origin.
#
# ## Exercises

# %%
from rnncourse.exercises import attribution as exercises

# %% [markdown]
# **1. Occlusion.** For a tanh RNN, in NumPy, with a baseline of your choice.

# %%
def occlude(W_xh, W_hh, b_h, w, x, baseline):
    """What the score of a tanh RNN loses when a step is put to the baseline, one step at a time.

    The score is F(x) = h_T w, with h_t = tanh(x_t W_xh + h_{t−1} W_hh + b_h) from h_0 = 0.

    W_xh     (D, H), W_hh (H, H), b_h (H,), w (H,)
    x        (T, D)  one sentence
    baseline (D,)    what stands in the place of a step that is taken away
    returns  (T,)    F(x) − F(x with step t at the baseline)
    """
    ...    # about 10 lines


exercises.occlude.check(occlude)

# %%
# exercises.occlude.hint()
# exercises.occlude.solution()

# %% [markdown]
# **2. The last line of integrated gradients.** The gradients at the nodes are given.

# %%
def integrate(gradients, weights, x, baseline):
    """Integrated gradients from the gradients at the nodes: the way times their weighted mean.

    gradients  (N, T, D)  ∂F/∂x at each of N nodes on the line from the baseline to x
    weights    (N,)       of the nodes, on a line of length 1: they add up to 1
    x          (T, D), and baseline (T, D)
    returns    (T, D)     the attributions
    """
    ...    # about 2 lines


exercises.integrate.check(integrate)

# %%
# exercises.integrate.hint()
# exercises.integrate.solution()

# %% [markdown]
# **3. One rule of LRP.** Relevance through one linear layer.

# %%
def relevance(W, b, x, R, epsilon):
    """Relevance through a linear layer z = x W + b by the ε-rule: each input gets its share of every sum.

    R_i = Σ_j x_i W_ij / (z_j + ε sign z_j) · R_j; the shares of b_j and ε stay where they are (bias_factor 0).

    W        (N, M), b (M,)
    x        (B, N)  what the layer read
    R        (B, M)  the relevance of its outputs z
    epsilon  above 0
    returns  (B, N)  the relevance of its inputs
    """
    ...    # about 3 lines


exercises.relevance.check(relevance)

# %%
# exercises.relevance.hint()
# exercises.relevance.solution()

# %% [markdown]
# **4. Which part made tanh?** The heart of contextual decomposition.

# %%
def split_tanh(beta, gamma):
    """tanh(β + γ) in two parts, as contextual decomposition has it: each part's mean effect over both orders.

    beta     an array, what the phrase made; gamma of the same shape, what all else made
    returns  (of_beta, of_gamma), which add up to tanh(beta + gamma)
    """
    ...    # about 3 lines


exercises.split_tanh.check(split_tanh)

# %%
# exercises.split_tanh.hint()
# exercises.split_tanh.solution()

# %% [markdown]
# **5. Does it point at the words that decide?** The measure that we have judged by.

# %%
def area_under_roc(values, decides):
    """The chance that a word that decides is ranked above one that does not: 1 is perfect, ½ is guessing.

    values   (T,) what an explanation gives to each word; its strength is its size without sign
    decides  (T,) booleans, some of each kind
    returns  a number from 0 to 1; a pair of equal strength counts a half
    """
    ...    # about 3 lines


exercises.area_under_roc.check(area_under_roc)

# %%
# exercises.area_under_roc.hint()
# exercises.area_under_roc.solution()

# %% [markdown]
# ## Where this misleads
#
# **A limit: one number a word.** *Not* does nothing without *boring*, and *boring* the opposite without *not*. What two
# words do together belongs to neither, and each method has to put it somewhere: occlusion gives it to both,
# integrated gradients divides it along a line, contextual decomposition keeps it out until both are in the phrase. That
# they differ is not a sign that one of them is broken. It is a question that has no answer in this form. And all the
# known answers here are of *our* making: a small grammar, a sum. A method that passes them can fail on your text.
#
# **A common mistake in print: twenty steps, taken for exact.** The paper on integrated gradients found that somewhere
# between 20 and 300 steps come within 5 % of the change of the score, and asked its readers to check the sum and to
# take more steps where it is off. In code the first half survived: a right Riemann sum of a fixed number of steps, and
# no look at the gap. What would that be here, in our five LSTMs?

# %%
print("share of reviews whose right Riemann sum is within 5 % of F(x) − F(0), five networks; the largest gap")
for steps in (20, 300):
    reports = [attribution.integrated_gradients(one, some_x, PRAISE, some_lengths, nodes=steps, rule="right",
                                                tolerance=None).conservation for one in five]
    within = [np.mean(np.abs(report.gap) < 0.05 * np.abs(report.expected)) for report in reports]
    print(f"{steps:4} steps: " + "  ".join(f"{part:4.0%}" for part in within)
          + f"     {max(report.largest for report in reports):.2g}")
    assert steps > 20 or max(within) < 0.9

# %% [markdown]
# With 20 steps, in each of the five networks a good part of the reviews is off by more; even 300 steps do not bring
# all of them within. (Where the score hardly changes, 5 % of it is little.) The cure is the sentence that was dropped:
# compute the gap, print it, and take more nodes, or better ones, where it is large.
#
# ## Recap: which input decided?
#
# The question has several exact meanings. How sensitive is the score here: the gradient. What would it be without this
# word: occlusion. How does the change from a baseline share out along a line: integrated gradients. How was the score
# summed up, if gates are taken for given: LRP. What did this phrase make: contextual decomposition. Who wrote the
# state: gate attention. Where a network is straight, three of them agree but for rounding; elsewhere they differ, and
# none is best: the gradient was among the last on one task and first on the other. So an explanation comes with five
# things: the model's accuracy, the baseline, the gap of its sum, several seeds, and a control. One of the seven failed
# the control. And even a faithful explanation says how a score came about, not that it is right.
#
# ## References
#
# - Mukund Sundararajan, Ankur Taly, Qiqi Yan (2017). Axiomatic attribution for deep networks. *ICML*. (Integrated
#   gradients; the 20 to 300 steps.)
# - Sebastian Bach and others (2015). On pixel-wise explanations for non-linear classifier decisions by layer-wise
#   relevance propagation. *PLoS ONE* 10(7).
# - Leila Arras, Grégoire Montavon, Klaus-Robert Müller, Wojciech Samek (2017). Explaining recurrent neural network
#   predictions in sentiment analysis. *WASSA at EMNLP*. (LRP for LSTMs.)
# - Leila Arras, Ahmed Osman, Klaus-Robert Müller, Wojciech Samek (2019). Evaluating recurrent neural network
#   explanations. *BlackboxNLP at ACL*. (Methods on the addition of marked numbers.)
# - W. James Murdoch, Peter J. Liu, Bin Yu (2018). Beyond word importance: contextual decomposition to extract
#   interactions from LSTMs. *ICLR*.
# - Julius Adebayo and others (2018). Sanity checks for saliency maps. *NeurIPS*. (Shuffled weights as a control.)
# - Sarthak Jain, Byron C. Wallace (2019). Attention is not explanation. *NAACL*. (The same doubt about attention that
#   was trained.)
# - Sepp Hochreiter, Jürgen Schmidhuber (1997). Long short-term memory. *Neural Computation* 9(8), 1735–1780. (The
#   adding problem.)
