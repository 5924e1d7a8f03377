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
# looks convincing in a coloured picture. So this chapter builds seven of them in a few lines each, says of each what
# its numbers must add up to, and then does what the pictures leave out: it holds them against answers that are known.
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
# exercises; running it all takes about half a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from rnncourse import training
from rnncourse.notebook import begin, show
from rnncourse.plots import attribution as draw

begin()
rng = np.random.default_rng(11)

# %% [markdown] tags=["slide"]
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

# %% tags=["slide: print 2-3"]
from rnncourse.explain import faithfulness
from rnncourse.explain.model import Explained

made, told = training.shipped("sentiment"), training.shipped_metadata("sentiment")
model = made["lstm 0"].double()
five = [Explained.of(made[f"lstm {seed}"]) for seed in range(5)]
net = five[0]                                                         # the one that we look at most
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

# %% [markdown] tags=["slide: eq | If one number"]
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

# %% [markdown] tags=["slide: eq | To get a share"]
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

# %% [markdown] tags=["slide: eq | put one word"]
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

# %% [markdown] tags=["slide: eq 1 | So take the slope ... average"]
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

# %% tags=["slide: picture | Red speaks ... decide"]
fig, axes = plt.subplots(1, 4, figsize=(10.5, 3.7), sharey=True)
bars = {"gradient (length)": slopes.norm(dim=1), "gradient × input": gxi, "occlusion": lost, "integrated gradients": ig}
for ax, (name, values) in zip(axes, bars.items(), strict=True):
    draw.beside_words(ax, words, np.asarray(values), decides, signed="length" not in name)
    ax.set_title(name)
show(fig, alt="Four panels of bars beside the twelve words of the review. Words with a dot decide by the grammar: but, "
     "not, at, all, boring. All panels give almost nothing to the words before but; the gradient's longest bars and "
     "occlusion's are at boring, integrated gradients shares its bars among not, all and boring.",
     caption="One review, one network, four methods, each on its own scale. Red speaks for praise, blue against it; a "
     "dot marks the words that decide. In this network they agree that what stands before but hardly matters.")

# %% [markdown]
# *Boring* speaks **for** praise, by these methods: without it, there would be nothing for *not at all* to turn round.
# Keep your answer: of the methods to come, two will say the opposite. And before you take anything else from the
# picture: it shows *one* network. Four more have learnt the same task, with the same success. Do they tell the same?

# %%
print("          silly: gradient × input, occlusion, integrated gradients      boring: the same three")
for seed, one in enumerate(five):
    found = [method(one, x, PRAISE).tokens[:, 0] for method in
             (attribution.gradient_times_input, attribution.occlusion, attribution.integrated_gradients)]
    print(f"seed {seed}" + "".join(f"{each[3]:+15.2f}" for each in found)
          + " " * 15 + "".join(f"{each[11]:+9.2f}" for each in found))
    assert all(each[11] > 0 for each in found) and (seed == 0 or -found[2][3] > found[2][11])

# %% [markdown]
# *Boring* is for praise in all five. But "what stands before *but* hardly matters" was a story about seed 0: in the
# other four, integrated gradients give *silly*, before *but*, more weight than *boring*.
#
# ### How many nodes?
#
# How the score moves on the line decides how many nodes a rule needs. We follow it for some reviews, and compare three
# rules: Gauss–Legendre, the midpoint rule (nodes in the middle of equal pieces), and the right Riemann sum (nodes at
# their ends), which is how the paper writes the method down.

# %%
some = [text for text in texts if 6 <= len(text) <= 20][:40]
some_x, some_lengths = reviews.padded(some)
COUNTS, RULES = (5, 10, 20, 40, 80), {"right": "right Riemann", "midpoint": "midpoint",
                                           "gauss-legendre": "Gauss–Legendre"}
gaps = {}
for rule, name in RULES.items():
    gaps[name] = [np.median(np.abs(attribution.integrated_gradients(
        net, some_x, PRAISE, some_lengths, nodes=n, rule=rule, tolerance=None).conservation.gap)) for n in COUNTS]
for n, right, middle in zip(COUNTS, gaps["right Riemann"], gaps["midpoint"], strict=True):
    print(f"{n:4} nodes: right Riemann gap × n = {right * n:.3f},  midpoint gap × n² = {middle * n * n:.3f}")

# %%
alphas, embedded = np.linspace(0, 1, 101), five[1].read(some_x, some_lengths).x
on_the_way = np.array([five[1].scores(a * embedded, some_lengths)[:, PRAISE] for a in alphas])        # (101, B)
steepest = np.abs(np.diff(on_the_way, axis=0)).max(0)
order = np.argsort(steepest)
fig, (way, rules) = plt.subplots(1, 2, figsize=(9.5, 3.3))
draw.along_the_line(way, alphas, on_the_way[:, order[[5, 20, -1]]], (np.polynomial.legendre.leggauss(20)[0] + 1) / 2)
way.set_title("One score bends, another rises steeply")
draw.rule_errors(rules, COUNTS, {rule: np.maximum(gap, 1e-15) for rule, gap in gaps.items()},
                 {"right Riemann": 1, "midpoint": 2})
rules.set_title("Better rules get there with fewer nodes")
show(fig, alt="Left: three curves of the score from baseline to review; two bend gently, the third, drawn thicker, "
     "rises steeply within a short stretch and then falls. Right: gaps of three rules against the number of nodes, "
     "both axes logarithmic. Right Riemann falls slowly, the midpoint rule twice as steeply; Gauss–Legendre is at "
     "rounding by 40.",
     caption="Left: the score of three reviews on the way from nothing to the review, ticks at the 20 nodes (network "
     "of seed 1). Right: the median gap over forty reviews (network of seed 0); dotted, 1/n and 1/n². Gauss–Legendre "
     "is in another class.")

# %% [markdown]
# The right Riemann sum's gap times $n$ settles to a constant, the midpoint rule's times $n^2$: to be ten times more
# exact, the one needs ten times the nodes, the other about three. But these are medians, of one network. Where a score
# rises steeply between two nodes, any rule misses it; so the library looks at the gap, and cuts the line in halves, row
# by row, until each sum is right:

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

# %% [markdown] tags=["slide: eq | At a sum $z = ... has of it"]
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
# There are three sums on the way: the read-out, $F = h_T w + b_y$, and in each step of an LSTM
# ${\color{#e8500b}c_t} = f c_{t-1} + i g$ and $a_g = x W_{xg} + h_{t-1} W_{hg} + b_g$. And where a gate multiplies a
# signal, it is decided by fiat: the gate gets 0, the signal all. Tanh passes on what it gets.

# %%
def one_unit(z, R, epsilon=0.001):
    """What one unit of the sum z gets."""
    return R / (z + np.where(z < 0, -epsilon, epsilon))


def lrp_lstm(trace, w, score):
    """Relevance (T, D) of each input, and what is left at the start (H,); trace of one row."""
    x, i, f, g, a_g, c, h_prev, c_prev = (v[:, 0] for v in (trace.x, trace.i, trace.f, trace.g, trace["a_g"], trace.c,
                                                            trace.h_prev, trace.c_prev))
    H = c.shape[1]
    W_xg, W_hg = trace.params["W_x"][:, 2 * H:3 * H], trace.params["W_h"][:, 2 * H:3 * H]
    R_x, R_h, R_c = np.zeros_like(x), trace.h[-1, 0] * w * one_unit(score, score), np.zeros(H)
    for t in reversed(range(len(x))):
        R_c = R_c + R_h                              # h = o tanh(c): the gate o gets nothing
        each = one_unit(c[t], R_c)                   # c = f c_prev + i g
        R_c, R_g = f[t] * c_prev[t] * each, i[t] * g[t] * each
        each = one_unit(a_g[t], R_g)                 # a_g = x W_xg + h_prev W_hg + b_g
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
by_lrp = [lrp.lrp(one, x, PRAISE).tokens[11, 0] for one in five]
print("boring by LRP, seed by seed:", *(f"{value:+.2f}" for value in by_lrp))
assert np.abs(R - found.values[:, 0]).max() < 1e-10 and found.conservation.largest < 1e-12
assert [value < 0 for value in by_lrp] == [True, True, True, True, False]

# %% [markdown]
# *Boring* has changed sides: by LRP it speaks **against** praise in four networks of the five, though not by much, and
# a little for it in the last. The report is exact: words, start, and what the biases
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

# %% [markdown] tags=["slide: *Not at all boring* is not ... does. | It keeps every ... all else"]
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

# %% tags=["slide"]
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
# That is negation as one would wish to see it. Does β hold for other seeds, too? And what about *but*? By the grammar,
# what stands before it counts nothing. We turn an adjective before *but* into its opposite, which is the plainest
# question one can ask, and see what the score does; and what β says.

# %%
pair = reviews.padded([f"the acting was {word} but the ending was dull" for word in ("good", "awful")])[0]    # (T, 2)
print("seed   not at all boring      before but, good → awful:   β           γ        score")
for seed, one in enumerate(five):
    split = decomposition.of_phrase(one, pair, PRAISE, (0, 4))
    of_beta, of_gamma, moves = (np.diff(part)[0] for part in (split.beta, split.gamma, split.scores))
    print(f"{seed}    {decomposition.of_phrase(one, x, PRAISE, (8, 12)).beta[0]:+10.2f}        "
          f"{split.beta[0]:+.2f} → {split.beta[1]:+.2f}, moves {of_beta:+7.2f} {of_gamma:+11.2f} {moves:+11.2f}")
    assert split.beta[0] > 5 * abs(moves) and of_beta < -1 and abs(of_beta + of_gamma - moves) < 1e-9

# %% [markdown] tags=["slide: Chapter 04 unrolled ... g_j$. | It is tempting"]
# In every network the phrase before *but* gets a solid β, and another one with *awful*, though for the score it makes
# next to no difference which of the two stands there. The sum is exact all the same: what β loses, γ gains. The phrase
# was read, it was written into the state, and what came later undid it; the bookkeeping keeps the debit and the credit
# in two different books. So β is not "the score would be lower by this without it".
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

# %% [markdown] tags=["part: they say who ... *decided*"]
# The weights are exact, and they say who *wrote* the last state. They do not say who *decided*: the gates that forget
# and let in were themselves moved by other words, and what was written may not matter for this score. Keep them in
# mind for the control below.
#
# ## The same sentence under all methods

# %%
from rnncourse.explorers.attribution_comparer import AttributionComparer

comparer = AttributionComparer.example()
comparer

# %% tags=["slide: picture | a row for ... the grammar"]
show(comparer.still(), alt=comparer.words,
     caption="The same review under all methods: a row for each word, a column for each method. A dot marks the words "
     "that decide by the grammar. Under each column: the sum, and what it must be, or need not be.")

# %% [markdown]
# Same network, same review, and not even the sign of *boring* is agreed on. Occlusion and gradient × input paint it
# red, LRP and decomposition blue. They answer different questions: what the score would be without *boring*, and what
# *boring* by itself brought into the sums. Both answers are right, each to its own question. Neither
# question is "which input decided?".

# %% [markdown]
# Things to try:
#
# - Type *good and great and lovely*. What must the bars of occlusion have added up to, and what do they?
# - Change *not at all boring* into *never boring*, and the seed from 0 to 4. What stays, what changes?
# - Set the weights to *shuffled*. Which column does not care?
# - Change the baseline to *the word was*. What happens to *boring*?
#
# <details><summary>What there is to see</summary>
#
# Occlusion's bars add up to half of what there is to share out, since any two of the three adjectives nearly suffice;
# and a good part of that half stands at the two *and*. Integrated gradients shares out all of it. From seed to seed
# *boring* stays among the longest bars of occlusion and of gradient × input; those of integrated gradients move from
# word to word, and with them the story one would tell. Gate attention looks the same on shuffled weights. And with
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

# %% [markdown] tags=["slide"]
# The measure: take one element that decides and one that does not. How often does the method give the first one the
# larger number, sign aside? That is the *area under ROC*: 1 is perfect, ½ is guessing. On the sums even a perfect
# method may stay below 1: a marked 0.02 *should* get nearly nothing, and the measure counts that as a mistake. Beside
# our seven methods runs an eighth, which must not be good: *later is more*, which ranks the words by their place and
# looks at neither words nor network.
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
verdict = net.scores(some_x, some_lengths).argmax(1)                    # praise or blame, (B,)
assert all((one.scores(some_x, some_lengths).argmax(1) == verdict).all() for one in five)


def explain(nets, x, target, lengths=None):
    """{method: what it gives to each element, (T, B) for each network}: made once here, judged in several ways."""
    return {name: [np.asarray(getattr(found, "tokens", found)) for found in
                   (method(one, x, target, lengths) for one in nets)] for name, method in methods.items()}


def judge(explained, known, lengths=None):
    """The mean area under ROC of each method in each network."""
    return known_answers.Ranking({name: np.array([np.nanmean(known_answers.agreement(one, known, lengths).auc)
                                                  for one in each]) for name, each in explained.items()})


# %%
of_reviews = explain(five, some_x, verdict, some_lengths)               # why this verdict?
on_reviews = judge(of_reviews, [sentiment.responsible(text) for text in some], some_lengths)
print(on_reviews)

# %%
of_sums = explain(adding, sums.x, 0)
on_sums = judge(of_sums, marked)
print(on_sums)

# %% tags=["slide: picture | A dot is ... level with it"]
fig, axes = plt.subplots(1, 2, figsize=(10, 4.4))
draw.two_tasks(axes, on_reviews.auc, on_sums.auc, ["Reviews: the words that decide", "Sums: the marked numbers"])
fig.suptitle("The gradient: among the last on one task, the first on the other")
show(fig, alt="Two panels, a row for each of seven methods and the control, five dots in each row. On the reviews all "
     "red dots are occlusion's, and the gradient lies at the height of later is more. On the sums all five dots of the "
     "gradient are red at 1.00, others are level with it in some networks; contextual decomposition spreads far.",
     caption="A dot is one of five LSTMs, seed 0 on top of each row; red: the best in its network, or level with it. "
     "Short lines and numbers: the mean. Dashed: guessing. Rows in the order of the reviews: the gradient moves up to "
     "the top, the other methods nearly keep their places.")
mean = {name: (np.mean(on_reviews.auc[name]), np.mean(on_sums.auc[name])) for name in methods}
assert all(mean["gradient"][1] > other[1] for name, other in mean.items() if name != "gradient")
assert mean["gradient"][0] < mean["later is more"][0] + 0.05 < mean["occlusion"][0]

# %% [markdown]
# Look at it for a while.
#
# - **One method flips.** On the reviews the plain gradient is no better than *later is more*, which knows nothing; on
#   the sums it is perfect for every seed. The other methods nearly keep their order: it is not a shuffled ranking, it
#   is one method that suits one task. (Why this one? See below.)
# - **The best is the same for all five seeds, on each task.** On the sums it shares its place, though: the next cell
#   says with whom. Behind the best, the places change from network to network.
# - **The winner had an advantage.** *Responsible* was defined as "leave the word out, and the meaning changes". That
#   is occlusion's own question. Who sets the question chooses the winner.

# %%
names_of = np.array(list(methods))
for task, ranking in (("reviews", on_reviews), ("sums", on_sums)):
    table = np.array(list(ranking.auc.values()))
    for seed, column in enumerate(table.T):
        best = column > column.max() - 1e-9
        print(f"{task:8} seed {seed}: first {', '.join(names_of[best])};"
              f" then {names_of[~best][column[~best].argmax()]}")
        assert names_of[best][0] == ("occlusion" if task == "reviews" else "gradient")

# %% [markdown]
# (`known_answers.compare` does both, explaining and judging, in one call; we keep the explanations for more tests.)
#
# ### Where is not how much
#
# On the sums we know more than *where*: an element with the number 0.7 put 0.7 into the answer, and should get 0.7.
# What do the marked numbers near 0.7 get, on average? And do the values at least go up and down with the numbers?

# %%
number = sums.x[..., 0]
near = marked & (np.abs(number - 0.7) < 0.05)
print(f"{'':22} mean of the marked numbers near {number[near].mean():.2f}, seed by seed      correlation")
for name, each in of_sums.items():
    along = [np.corrcoef(one[marked], number[marked])[0, 1] for one in each]
    if name != "later is more":
        print(f"{name:22}", "".join(f"{one[near].mean():+9.2f}" for one in each), f"{np.mean(along):+15.2f}")
nothing_read = [one.scores(np.zeros((20, 1, 2)))[0, 0] for one in adding]
print(f"{'F of twenty zeros':22}", "".join(f"{score:+9.2f}" for score in nothing_read))
assert all(abs(one[near].mean() - 0.7) > 0.3 for one in of_sums["integrated gradients"])

# %% [markdown]
# Nothing near 0.7, in any network; for integrated gradients and occlusion the number 0.7 even counts *against* the sum
# in two of them, and for little in the others. And yet their correlation is nearly 1. It hides it: a correlation
# forgives any slope and any offset. Whence the offset? From the baseline. Zeros take away the number *and its marker*,
# and twenty elements without a marker are nothing that the network has ever met; it says anything, between 0.9 and 2.3
# here. So ask again, rather than *what*? Rather than a marked 0: put the numbers to 0, and keep the markers.

# %%
marked_zeros = sums.x * [0, 1]                                          # (T, B, 2): numbers 0, markers as they are
for name, method in (("integrated gradients", attribution.integrated_gradients), ("occlusion", attribution.occlusion)):
    for seed, one in enumerate(adding):
        found = method(one, sums.x, 0, baseline=marked_zeros).tokens
        slope, offset = np.polyfit(number[marked], found[marked], 1)
        print(f"{name:22} seed {seed}: {slope:.2f} · number {offset:+.2f}, others at most "
              f"{np.abs(found[~marked]).max():.2f}; near 0.7: {found[near].mean():.2f}")
        assert 0.95 < slope < 1.02 and abs(offset) < 0.03 and abs(found[near].mean() - 0.68) < 0.02

# %% [markdown]
# Same networks, same methods, and now an element gets its number, in all five. Nothing about the methods has improved;
# the question has. We come back to baselines below.
#
# And the gradient? Its length goes *down* where the number goes up. But an element has two features, and a length
# mixes their slopes. Look at the number's alone:

# %%
print("        slope by the number:  marked   others    correlation with the number: this slope, |slope by marker|")
for seed, one in enumerate(adding):
    by_number, by_marker = np.moveaxis(attribution.gradient(one, sums.x, 0).values, -1, 0)          # (T, B) each
    at, elsewhere = by_number[marked].mean(), np.abs(by_number[~marked]).mean()
    flat, falls = (np.corrcoef(slope[marked], number[marked])[0, 1] for slope in (by_number, np.abs(by_marker)))
    print(f"seed {seed} {at:29.2f} {elsewhere:8.3f} {flat:20.2f} {falls:24.2f}")
    assert 0.95 < at < 1 and elsewhere < 0.02 and abs(flat) < 0.2 and falls < -0.8

# %% [markdown]
# A sum's slope is 1 at each of its two numbers, whatever they are, and 0 at all others. So the gradient tells *where*,
# perfectly, and for the very same reason it cannot tell *how much*: there is nothing in it to tell. On the reviews
# there is no such slope.
#
# Arras, Osman, Müller and Samek (2019) put methods to this test before us, on LSTMs of a single cell. There, as we read
# their table, gradient × input and occlusion follow the numbers, as here, and so do two methods that in our networks
# follow them less well: contextual decomposition, and LRP (the variant that hands the whole to the signal, which is the
# one we use). Our LSTMs have sixteen cells, and our numbers and markers another form. A published ranking is a ranking
# of methods *on those networks*.
#
# ### Without known answers: deletion
#
# On real texts nobody knows the responsible words. What one can do: take the words away, the most important first
# *according to the method*, and watch the score of the verdict. If the method is right, it falls at once. Or begin with
# nothing and put them in, the most important first: it should rise at once. Each curve needs its control, here the mean
# of three random orders. And one handicap should be made visible: in this test words that speak *against* the verdict
# must go last, and the gradient's lengths have no sign to say so. What would occlusion be without its own?

# %%
judged = ("gradient", "occlusion", "integrated gradients", "LRP", "decomposition")
orders = {name: of_reviews[name] for name in judged}
orders["|occlusion|"] = [np.abs(one) for one in orders["occlusion"]]
randoms = rng.random((3, 1, *some_x.shape)).repeat(5, axis=1)           # three orders, for all five networks


def curves(test):
    """{order: one curve for each network}, three for a random order."""
    return {name: [test(one, some_x, verdict, order, some_lengths) for one, order in zip(five, each, strict=True)]
            for name, each in orders.items()} | {"random": [test(one, some_x, verdict, order, some_lengths)
                                                            for each in randoms
                                                            for one, order in zip(five, each, strict=True)]}


deleted, inserted = curves(faithfulness.deletion), curves(faithfulness.insertion)
areas = {name: np.array([[curve.area.mean() for curve in test[name]] for test in (deleted, inserted)])
         for name in deleted}                                           # (2, S)
print(f"{'mean over the networks':22} loss by deletion, gain by insertion")
for name, area in areas.items():
    print(f"{name:22} {area[0].mean():16.2f} {area[1].mean():18.2f}")

# %%
print("network by network: deletion, insertion")
for seed in range(5):
    print(f"seed {seed}", *(f" {name} {areas[name][0, seed]:.2f}, {areas[name][1, seed]:.2f}" for name in judged[1:]))
    by_deletion, by_insertion = ({name: areas[name][k, seed] for name in judged} for k in (0, 1))
    print("        first by deletion:", max(by_deletion, key=by_deletion.get),
          "  first by insertion:", max(by_insertion, key=by_insertion.get))
    assert all(areas["occlusion"][0, seed] < areas[name][0, seed] for name in judged[2:])
    assert all(areas["occlusion"][1, seed] > areas[name][1, seed] for name in judged[2:])
assert areas["occlusion"][0].mean() > areas["|occlusion|"][0].mean() + 1 and areas["gradient"][1].mean() > 2.2

# %% tags=["slide: picture | Words go in"]
fig, ax = plt.subplots(figsize=(8, 3.4))
share = deleted["random"][0].share
draw.falling(ax, share, {name: np.mean([curve.scores.mean(1) for curve in each], axis=0)
                         for name, each in deleted.items() if name != "|occlusion|"}, "random")
ax.set_title("The words named first bring the score down")
show(fig, alt="Mean score against the share of words taken away. For the four methods with a sign the curve falls "
     "steeply within the first words to below 0 and comes back at the end; for the gradient it falls slower, for a "
     "random order slowest.",
     caption="Words go in the order that each method names, and the score of the review's own verdict is watched; mean "
     "over forty reviews and five networks. Grey: random orders. All end where nothing is left. The first words of "
     "occlusion do as much as the others'; what puts it behind comes later.")

# %% [markdown]
# Here the ranking flips indeed, on the same networks and the same reviews: by deletion occlusion is behind the three
# other signed methods in *every* network, by insertion, the same test run from the other end, it is ahead of all three
# in every network (in the first by next to nothing). And which is best by deletion depends on the seed; those leads are
# small. Integrated gradients are level with the best from both ends, or nearly so. The gradient does better than a
# random order, and by insertion by a good deal; but take the sign away from occlusion, and it loses much of its lead,
# too. So is there a best method? For each test there is one, or two. And all these tests ask the network about
# sentences with holes, such as it has never met. Report the test with the method, always.
#
# ## The control: would another network get the same explanation?
#
# The cheapest test of all, and the one most often left out: **shuffle the weights**. A network with shuffled weights
# has learnt nothing. If its explanation looks like the one before, the explanation was not about what the network has
# learnt. We compare the order of the words: 1 would say that weights make no difference. And for something to compare
# *that* with: how like are the explanations of two networks that have both learnt the task?

# %%
from itertools import combinations

from scipy.stats import rankdata


def alike(a, b, lengths):
    """Mean rank correlation of two explanations (T, B), sign aside."""
    return np.mean([np.corrcoef(rankdata(np.abs(a[:end, k])), rankdata(np.abs(b[:end, k])))[0, 1]
                    for k, end in enumerate(lengths)])


def control(nets, explained, x, target, lengths):
    """{method: (like the same network shuffled (S,), like another that was trained)}"""
    noise = [faithfulness.shuffled(one, np.random.default_rng(seed)) for seed, one in enumerate(nets)]
    shuffled = explain(noise, x, target, lengths)
    return {name: (np.array([alike(a, b, lengths) for a, b in zip(explained[name], shuffled[name], strict=True)]),
                   np.mean([alike(a, b, lengths) for a, b in combinations(explained[name], 2)])) for name in explained}


twenty = np.full(20, 20)
controls = (control(five, of_reviews, some_x, verdict, some_lengths),
            control(adding, {name: [one[:, :20] for one in each] for name, each in of_sums.items()}, sums.x[:, :20],
                    0, twenty))

# %%
print(f"{'':22} {'reviews':>7}: shuffled  (lowest, highest)  trained    sums: shuffled  (lowest, highest)  trained")
for name in methods:
    print(f"{name:22}" + "".join(f"{noise.mean():17.2f}    ({noise.min():+.2f}, {noise.max():+.2f}) {trained:9.2f}"
                                 for noise, trained in (found[name] for found in controls)))
on_words, on_numbers = (found["gate attention"][0] for found in controls)
assert on_words.min() > 0.9 and on_numbers.min() > 0.85
theirs = faithfulness.against_shuffled_weights(net, lrp.lrp, some_x, verdict, some_lengths, draws=1,
                                               rng=np.random.default_rng(0))
print("seed 0, LRP: ours = the library's within 1e-12:", abs(theirs.mean - controls[0]["LRP"][0][0]) < 1e-12)
assert abs(theirs.mean - controls[0]["LRP"][0][0]) < 1e-12
assert controls[0]["gradient"][0].min() > 0.5 and controls[1]["gradient"][0].max() < 0.3

# %% [markdown] tags=["slide: Gate attention fails ... any network"]
# **Gate attention fails**, on both tasks and in all ten networks: almost the same order whatever the weights, as *later
# is more* has it, because products of gates fade with distance in any network. Go back to the ranking. On the reviews
# it did as well as *later is more*, and no better; on the sums it did better. So there is something in it on the one
# task, and on the other nothing that we could find; its exact weights and its exact sum do not tell you which.
#
# The gradient does badly on the reviews: shuffled, it is as like itself as two trained networks are. On the sums it
# passes. (Others are not at 0 either, since in any network what was read last counts for more; decomposition comes
# nearest to failing there. But two trained networks are closer than that.) Passing is not much: it says that an
# explanation depends on the weights, not that it is right.
#
# Adebayo and others (2018) made this a test, for images, and did it otherwise: they drew the weights anew, layer by
# layer from the top, and trained networks on permuted labels; there the plain gradient passed. Binder and others (2023)
# show what can go wrong with it: drawing the upper layers anew leaves much of what the lower ones pass on as it was,
# and comparing maps favours methods whose maps are noisy. We shuffle all arrays at once. Again: report the test.
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
was = [attribution.integrated_gradients(one, x, PRAISE, baseline=one.embedding[reviews.encode("was")[0]]).tokens[11, 0]
       for one in five]
print("boring, compared with was, seed by seed:", *(f"{value:+.2f}" for value in was))
assert by_baseline["the word was"].tokens[11, 0] < 0 < by_baseline["zeros"].tokens[11, 0] and max(was) > 1

# %% tags=["slide"]
fig, axes = plt.subplots(1, 5, figsize=(10.5, 3.7), sharey=True)
for ax, (name, found) in zip(axes, by_baseline.items(), strict=True):
    draw.beside_words(ax, words, found.tokens[:, 0], decides, reach=4.2, numbers=False)
    ax.set_title(name)
show(fig, alt="Integrated gradients of the review with five baselines, bars on one scale. boring is red with "
     "zeros, with the mean and with good, blue with was and with bad; not and all change their lengths, too.",
     caption="Integrated gradients of one review and one network, five baselines; all panels share one scale. All five "
     "add up exactly, each to its own change of the score. Look at boring: its sign depends on the baseline.")

# %% [markdown] tags=["slide: \"Why praise?\" always | An attribution without"]
# None of them is wrong. "Why praise?" always means *rather than what?*, and the baseline is the *what*. Compared with
# a sentence full of *was*, *boring* speaks against praise in this network; compared with one full of zeros, for it. (In
# the other networks *was* does other things: what a word is to a network, its seed decides.) An attribution without its
# baseline is an answer without its question. On the sums we could even tell which question was meant: there, "nothing"
# was the number 0 under a marker that stays.
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

# %% tags=["slide"]
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
both_ways = Network.of(reader)
half = len(both_ways.readout["W_hy"]) // 2


def one_way(keep):
    """The reader of names with only a part of its read-out."""
    W_hy = np.zeros_like(both_ways.readout["W_hy"])
    W_hy[keep] = both_ways.readout["W_hy"][keep]
    return Explained.of(Network(both_ways.cell, both_ways.layers, {"W_hy": W_hy, "b_y": both_ways.readout["b_y"]},
                                both_ways.embedding))


sides = {"from the left": one_way(slice(half)), "from the right": one_way(slice(half, None))}
letters, count = people.padded(["O'Neill"])
says, parts = int(by_name.scores(letters, count).argmax()), {}
for side, reader_of_one in sides.items():
    parts[side] = attribution.integrated_gradients(reader_of_one, letters, says, count).row(0)
    print(f"{side:15}", *(f"{letter} {value:+.2f} " for letter, value in zip("O'Neill", parts[side], strict=True)))
both = attribution.integrated_gradients(by_name, letters, says, count).row(0)
print("their sum is that of both, within 1e-4:", np.abs(sum(parts.values()) - both).max() < 1e-4)
assert np.abs(sum(parts.values()) - both).max() < 1e-4

# %% [markdown]
# Does each direction lean on what it has read *last*, towards its own end of the name? In *O'Neill* the one from the
# right leans on the apostrophe, nearly the last that it reads, and hardly on the *O*. One name is no answer; take a
# hundred, and ask where the middle of the bars lies, all of them without sign.

# %%
letters, count = people.padded(listed[::25])
says = by_name.scores(letters, count).argmax(1)
for side, reader_of_one in sides.items():
    found = attribution.integrated_gradients(reader_of_one, letters, says, count, nodes=10, tolerance=None)
    size = np.abs(found.tokens)
    middle = np.array([np.average(np.arange(end), weights=size[:end, k]) / (end - 1) for k, end in enumerate(count)])
    print(f"{side:15} middle of the bars in the second half of the name: {np.mean(middle > 0.5):.0%} of {len(count)}")
    assert np.mean(middle > 0.5) > 0.8 if side == "from the left" else np.mean(middle > 0.5) < 0.25

# %% [markdown]
# Mostly, yes: each direction leans towards its own end, as the reader of reviews leans on the last words.
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

# %% [markdown] tags=["slide: *Not* does nothing ... without *not* | What two words do ... somewhere", "slide: \"we used 50 steps\" names"]
# ## Where this misleads
#
# **A limit: one number a word.** *Not* does nothing without *boring*, and *boring* the opposite without *not*. What two
# words do together belongs to neither, and each method has to put it somewhere: occlusion gives it to both,
# integrated gradients divides it along a line, contextual decomposition keeps it out until both are in the phrase. That
# they differ is not a sign that one of them is broken. It is a question that has no answer in this form. And all the
# known answers here are of *our* making: a small grammar, a sum. A method that passes them can fail on your text.
#
# **A common mistake in print: a fixed number of steps, taken for exact.** The paper on integrated gradients writes the
# integral as a right Riemann sum. It found that somewhere between 20 and 300 steps come within 5 % of the change of the
# score, and asked its readers to check the sum and to take more steps where it is off. Libraries have better rules by
# now (Captum takes 50 nodes of Gauss and Legendre unless told otherwise) and hand over the gap, if one asks. What
# gets lost is the asking: "we used 50 steps" names a number of steps, and no gap. What is it in our five LSTMs?

# %%
print("share of reviews whose sum is within 5 % of F(x) − F(0), five networks; the largest gap")
for rule, steps in (("right", 20), ("right", 300), ("gauss-legendre", 50)):
    reports = [attribution.integrated_gradients(one, some_x, PRAISE, some_lengths, nodes=steps, rule=rule,
                                                tolerance=None).conservation for one in five]
    within = [np.mean(np.abs(report.gap) < 0.05 * np.abs(report.expected)) for report in reports]
    print(f"{rule:15} {steps:4} steps: " + "  ".join(f"{part:4.0%}" for part in within)
          + f"     {max(report.largest for report in reports):.1g}")
    assert max(within) < 0.9 if steps == 20 else min(within) > 0.9

# %% [markdown] tags=["slide: So an explanation comes | And even a faithful"]
# With 20 steps of the right Riemann sum, in each of the five networks a good part of the reviews is off by more; in
# four of the five even 300 steps do not bring all of them within. (Where the score hardly changes, 5 % of it is
# little.) Fifty of Gauss and Legendre's nodes do, here. The cure is the sentence that gets lost: compute the gap, print
# it, and take more nodes, or better ones, where it is large.
#
# ## Recap: which input decided?
#
# The question has several exact meanings. How sensitive is the score here: the gradient. What would it be without this
# word: occlusion. How does the change from a baseline share out along a line: integrated gradients. How was the score
# summed up, if gates are taken for given: LRP. What did this phrase make: contextual decomposition. Who wrote the
# state: gate attention. Where a network is straight, three of them agree but for rounding; elsewhere they differ, and
# none is best everywhere: the gradient was among the last on one task and first on the other, and occlusion behind
# others by deletion and ahead of them by insertion. So an explanation comes with five things: the model's accuracy, the
# baseline, the gap of its sum, several seeds, and a control. One of the seven failed the control on both tasks, and the
# gradient on one. And even a faithful explanation says how a score came about, not that it is right.
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
# - Julius Adebayo and others (2018). Sanity checks for saliency maps. *NeurIPS*. (Weights drawn anew, and permuted
#   labels, as controls.)
# - Alexander Binder, Leander Weber, Sebastian Lapuschkin, Grégoire Montavon, Klaus-Robert Müller, Wojciech Samek
#   (2023). Shortcomings of top-down randomization-based sanity checks for evaluations of deep neural network
#   explanations. *CVPR*; arXiv 2211.12486.
# - Sarthak Jain, Byron C. Wallace (2019). Attention is not explanation. *NAACL*. (The same doubt about attention that
#   was trained.)
# - Sepp Hochreiter, Jürgen Schmidhuber (1997). Long short-term memory. *Neural Computation* 9(8), 1735–1780. (The
#   adding problem.)
