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
# # 12 · What does the state know?
#
# A network that reads text letter by letter keeps some hundred numbers between one letter and the next. Chapter 06
# found that they must hold whether a bracket is open. What else do they hold? And how would one find out? The usual
# instrument is a **probe** (Alain and Bengio 2016): a small classifier that is given the state and has to say what
# holds in the text. It is quickly made, it nearly always answers yes, and it is easily misread. This chapter builds
# one, then takes it apart: what did the *probe* learn, what did the *network* know, and what does the network *use*?
#
# After it you can
#
# - read a property out of a state with a linear probe, held out by whole texts, and show why by letters will not do;
# - say what the answer is worth: beside the majority, the last few letters, and a network that has learnt nothing;
# - unmask a probe with a control task, and name its selectivity;
# - tell knowing from using: hold a unit, or take a direction out of the state, and measure what the output loses;
# - look up an embedding's neighbours, and say whether they mean anything.
#
# To have read: chapters 04 and 06. Time: about 90 minutes, a third of them for the exercises; running it all
# takes about forty seconds, longer on a busy machine.

# %%
import matplotlib.pyplot as plt
import numpy as np

from rnncourse.datasets import checkpoints, source_code, text
from rnncourse.notebook import begin, show
from rnncourse.plots import probe as drawing

begin()
rng = np.random.default_rng(12)

# %% [markdown] tags=["slide: it knows right ... the vowels | What would you want ... words? | how well would"]
# **Predict first.** The text model of chapter 06, two layers of 128 units, was trained to guess the next letter of
# Python's own source. Somebody trains a probe on its states and reports: *it knows, right in more than 98 of 100 cases,
# whether the word just read is a Python keyword, an English word or a name; it also knows the vowels*. What would you
# want to ask before you believe that the network has learnt kinds of words? And: how well would the same probe do on a
# network with random weights?
#
# ## A text that it has never read
#
# The model learnt from Python's standard library. We ask it about source code by other people, which came with the
# course's installation: pieces of scikit-learn, one from each of some modules and tests. Each begins with a function.

# %%
pieces = source_code.pieces(count=64, characters=721)
print(source_code.describe())
print(f"--- {pieces[4].module}\n{pieces[4].text[:330]} …")

# %% [markdown]
# Before anything is explained: does the model work on this text? It reads 720 letters of each piece, from an empty
# state, and at each letter it says how likely each next one is. Beside it the rival of chapter 06, a 5-gram counted on
# the text that the model has learnt from.

# %%
from rnncourse.cells.networks import Network
from rnncourse.losses import softmax

network = Network.from_tensors(checkpoints.tensors("text_lstm2"))
x, y = (np.stack([text.encode(piece.text[k:720 + k]) for piece in pieces], axis=1) for k in (0, 1))
T, B = x.shape


def states(network, x):
    """(T, B, 4H): h and c of layer 0, h and c of layer 1, after each letter of x (T, B)."""
    kept, below = [], network.inputs(x)
    for layer in (0, 1):
        trace = network.trace(below, layer)
        kept, below = [*kept, trace.h, trace.c], trace.h
    return np.concatenate(kept, axis=-1)


def all_states(network):
    """The same for all pieces, some at a time, which saves memory."""
    return np.concatenate([states(network, x[:, k:k + 32]) for k in range(0, B, 32)], axis=1)


state = all_states(network)
h_top = state[..., 256:384]                                       # h of the upper layer, which the read-out reads


def surprise(h, y):
    """(…,) bits: how surprised the read-out is by y (…), the letters that came, from h (…, 128)."""
    return -np.log2(np.take_along_axis(softmax(network.predict(h)), y[..., None], -1)[..., 0])


print(network, f"\n{T} letters of {B} pieces: {surprise(h_top, y).mean():.2f} bits per character; "
      f"the blind guess {np.log2(97):.2f}")

# %% tags=["nbval-ignore-output"]
from rnncourse.validate import ngram

five = ngram.fit(text.standard_library().numbers("train"), order=5)
by_counting = np.mean([five.bits_per_character(column) for column in x.T])
print(f"5-gram {by_counting:.2f} bits per character")
assert surprise(h_top, y).mean() < by_counting - 0.1

# %% [markdown] tags=["slide: the hidden state ... is left"]
# On foreign text it is worse than at home, and clearly better than counting. It is worth a look inside.
#
# ## The state, and what could be known
#
# All that the network carries from one letter to the next are the hidden state $h$ and the cell state $c$ of both
# layers. Side by side they are the **state** $s_t$, our `state`: nothing else of the past is left.

# %%
print("state s", state.shape, "= (T, B, h and c of layer 0, h and c of layer 1)")

# %% [markdown]
# And what could it know? Something that holds at each letter and can be told from what was read so far. The course has
# some such properties ready, each a function from a text to a number a letter.

# %%
from rnncourse.datasets.properties import PROPERTIES

line = 'f(a, [1]) + "(" # )'
print("text            ", line)
for name in ("inside brackets", "inside a string", "place in the line"):
    print(f"{name:17}", "".join(f"{value % 10:.0f}" for value in PROPERTIES[name].of(line)))

# %%
def values(name):
    """(T, B): a property at each letter of the pieces."""
    return np.stack([PROPERTIES[name].of(piece.text)[:T] for piece in pieces], axis=1)


holds = values("inside brackets")
print(f"inside brackets: {holds.mean():.1%} of the letters")

# %% [markdown] tags=["slide: eq 1 | The simplest reader"]
# ## A probe in five lines
#
# The simplest reader is a weighted sum. It has a weight $w_j$ for each of the 512 numbers, and a bias:
#
# $$\hat z_t = {\color{#5865f2}s_t}\, w + b \qquad
#   \min_{w, b}\; \sum_t (\hat z_t - z_t)^2 + \lambda \sum_j (\sigma_j w_j)^2$$
#
# $z_t$ is 1 where the property holds and 0 where not; where $\hat z_t > ½$ the probe says *yes*. The small penalty
# $\lambda$ keeps the weights finite where two units say the same. It is laid on weights *per spread* $\sigma_j$ of the
# unit, or a network whose numbers are small would be hindered, and we want to compare networks. Set the slopes to 0,
# and the minimum is the solution of linear equations. Standardised, $S = (s - \bar s) / \sigma$:
#
# $$(S^\top S + \lambda I)\, v = S^\top (z - \bar z) \qquad w = v / \sigma \qquad b = \bar z - \bar s\, w$$

# %%
def fit(s, z, penalty=1.0):
    """A linear probe by least squares. s (N, D) states, z (N,) or (N, K) targets: w (D,) or (D, K), and b."""
    mean, spread = s.mean(0), s.std(0)
    spread = np.where(spread > 0, spread, 1.0)                    # a number that never moves
    S = (s - mean) / spread
    v = np.linalg.solve(S.T @ S + penalty * np.eye(len(mean)), S.T @ (z - z.mean(0)))
    w = (v.T / spread).T
    return w, z.mean(0) - mean @ w


from sklearn.linear_model import Ridge

s, z = state[:, :3].reshape(-1, 512), holds[:, :3].ravel()
w, b = fit(s, z)
standard = (s - s.mean(0)) / s.std(0)                             # no unit of ours stands still
apart = np.abs(s @ w + b - Ridge(alpha=1.0).fit(standard, z).predict(standard)).max()
print("ours = scikit-learn's Ridge on standardised states, readings within 1e-8:", apart < 1e-8)
assert apart < 1e-8

# %% [markdown]
# ### Held out, by whole pieces
#
# A probe has 513 numbers to adjust; on letters that it was fitted to, it would look good in any case. So it is fitted
# on some pieces and asked about others. A quarter of the pieces is held out, *each as a whole*.

# %%
held = np.isin(np.arange(B), rng.permutation(B)[:B // 4])         # (B,) which pieces are held out
fourth = np.arange(T)[:, None] % 4 == 0                           # for the lesson every fourth letter will do
learn, ask = (~held & fourth).ravel(), np.broadcast_to(held, (T, B)).ravel()


def right(s, z, learn=learn, ask=ask):
    """The share of held-out letters at which a probe fitted on other pieces is right: a number, or (K,).

    s (T, B, D) states; z (T, B) or (T, B, K), 0 or 1. The left side of the equations is the same for all K.
    """
    s, z = s.reshape(T * B, -1), z.reshape(T * B, *z.shape[2:])
    w, b = fit(s[learn], z[learn])
    return ((s[ask] @ w + b > 0.5) == (z[ask] > 0.5)).mean(0)


def majority(z):
    """The share of held-out letters at which it is right to say always what is more frequent."""
    return max(z[:, held].mean(), 1 - z[:, held].mean())


print(f"inside brackets: probe {right(state, holds):.1%} right, always the same answer {majority(holds):.1%}")

# %% [markdown]
# It knows, it seems. Let us look over the probe's shoulder, in a piece that it was not fitted to.

# %% tags=["slide"]
w, b = fit(state.reshape(-1, 512)[learn], holds.ravel()[learn])
most = {(k, t): np.abs(np.diff(holds[t:t + 90, k])).sum() for k in np.flatnonzero(held) for t in range(0, 600, 30)}
column, start = max(most, key=most.get)                           # where the most brackets open and close
part = slice(start, start + 90)
fig, ax = plt.subplots(figsize=(11, 2.5))
drawing.reading(ax, pieces[column].text[part], (state[:, column] @ w + b)[part], holds[part, column])
ax.set(ylabel="probe's reading", yticks=[0, 0.5, 1], title="It sees the brackets open and close")
show(fig, alt="A curve of the probe's reading over the letters of a line of code, with the stretches inside brackets "
     "shaded. The curve jumps up at an opening bracket, stays high, and falls at the closing one.",
     caption="The probe's reading after each letter; above the dotted line it says “inside”. Shaded: inside brackets, "
     "in truth.")

# %% [markdown]
# The library's `linear_probe` does the same, draws its held-out texts itself, and brings the constant guesser along.
# Asked for a *number*, it is our least squares; asked for *classes*, it is a logistic regression, which is slower and
# here no better.

# %%
from rnncourse.explain import probes

thin = np.arange(0, T, 5)                                         # every fifth letter will do here
s, z = state[thin].reshape(-1, 512), holds[thin].ravel()
group = np.tile(np.arange(B), len(thin))
theirs = probes.linear_probe(s, z, group, rng=np.random.default_rng(0), kind="number")
known = ~np.isin(group, theirs.groups)
w, b = fit(s[known], z[known])
print("ours, per spread = the library's within 1e-8:", np.abs(w * theirs.spread - theirs.weights).max() < 1e-8)
print(f"least squares:       accuracy {((s[~known] @ w + b > 0.5) == (z[~known] > 0.5)).mean():.1%}")
print("logistic regression:", probes.linear_probe(s, z, group, rng=np.random.default_rng(0)))
assert np.abs(w * theirs.spread - theirs.weights).max() < 1e-8

# %% [markdown]
# ### Why not hold out letters?
#
# Most tools split at random: a quarter of the *letters*. Here is what that does. We toss a coin for each *piece*, heads
# or tails, and ask the probe for the coin. There is nothing to know: no state can hold a coin that we toss now.

# %% tags=["slide: print"]
by_letters = rng.random(T * B) < 0.25
lesson = ~by_letters & np.repeat(fourth, B)
coins = np.stack([rng.permutation(np.arange(B) % 2) for _ in range(20)], axis=1)        # (B, 20), one for each piece
indented = (values("indentation") >= 8).astype(float)
z = np.concatenate([np.broadcast_to(coins, (T, B, 20)), indented[..., None]], axis=-1)
whole, mixed = right(state, z), right(state, z, lesson, by_letters)
for told, share in (("whole pieces", whole), ("letters", mixed)):
    coin = share[:20]
    print(f"held out by {told:12}: 20 coins {coin.mean():.1%} ({coin.min():.0%} to {coin.max():.0%}); "
          f"indented by 8 or more {share[20]:.1%}")
assert mixed[:20].min() > 0.6 and whole[:20].mean() < 0.55

# %% [markdown] tags=["part: It has learnt what ... same indentation", "slide: **the same network ... at all"]
# Held out by letters, the probe finds the coin far more often than chance. It has learnt what each piece is *about*,
# for the neighbours of every held-out letter were in its lesson: the same words, the same indentation. Then whatever is
# constant in a piece looks known, and what is nearly constant looks better known than it is. Held out as wholes, the
# coin is guessed, more or less badly. (With 16 pieces held out, "more or less" is wide; that is the honest width.)
#
# ## Compared with what?
#
# *95 % right* is no finding by itself. A reader of the last letter alone knows something, too; a reader of the last
# five knows more. And there is a stronger rival: **the same network with random weights**, which has learnt nothing at
# all. It is a machine that mixes the letters it reads into 512 numbers; some of the past is in them because *it was put
# in*, not because it was found useful (Zhang and Bowman 2018). What a probe finds there, training is not to be
# thanked for.
#
# Which random weights? As PyTorch draws them the forget gates stand near ½, and a cell has lost half of what it held
# at the next letter. To be fair, the rival gets a long memory, too: the same draw, with 2 added to the forget gates'
# bias. Nothing is learnt by that.

# %%
from rnncourse.training import models, seeded


def untrained(remembering=0.0):
    """all_states of a network with random weights, with `remembering` added to the forget gates' bias."""
    model = seeded(0, lambda: models.TextModel(hidden_size=128, layers=2, cell="lstm", embedding_size=64))
    for layer in (0, 1):
        getattr(model.recurrent, f"bias_ih_l{layer}").data[128:256] += remembering
    return all_states(Network.of(model))


def last(count):
    """(T, B, 97 · count): the last letters, one-hot, side by side; zeros before the first."""
    letter = np.eye(97)[x]
    return np.concatenate([np.concatenate([np.zeros((k, B, 97)), letter[:T - k]]) for k in range(count)], axis=-1)


blank = untrained()
sources = {"last letter": lambda: last(1), "last five": lambda: last(5),
           "untrained": lambda: blank, "untrained, remembering": lambda: untrained(2.0), "trained": lambda: state}

# %%
def earlier(kind, back):
    """(T, B): whether the letter `back` places ago is of a kind, a test on one character."""
    found = np.array([[kind(c) for c in piece.text[:T]] for piece in pieces], float).T
    return np.concatenate([np.zeros((back, B)), found[:T - back]])


asked = {"inside brackets": holds, "inside a string": values("inside a string"),
         "past column 30": (values("place in the line") > 30).astype(float), "indented by 8 or more": indented,
         "letter before was a vowel": earlier(lambda c: c in "aeiou", 1),
         "this letter is a capital": earlier(str.isupper, 0)}

# %%
z_all = np.stack(list(asked.values()), axis=-1)                   # (T, B, 6)
found = np.array([right(read(), z_all) for read in sources.values()])     # (sources, properties)
table = {name: [majority(asked[name]), *found[:, k]] for k, name in enumerate(asked)}
print(f"{'right, in %':26}" + "".join(f"{name.split(', ')[-1]:>12}" for name in ("majority", *sources)))
for name, shares in table.items():
    print(f"{name:26}" + "".join(f"{100 * share:12.1f}" for share in shares))

# %% tags=["slide: picture | Look for rows ... Three do"]
fig, ax = plt.subplots(figsize=(8.6, 3.1))
drawing.sources(ax, table, ["majority", *sources])
ax.set(title="What the state knows, and what everybody knows")
show(fig, alt="A row for each of six properties with six marks for how often a probe on each source is right. For "
     "brackets, strings and indentation the trained state is furthest to the right, by some points. For the column an "
     "untrained state that remembers stands level with it. In the lowest two rows nearly all stand near 100 percent.",
     caption="Look for rows in which the blue dot stands apart from *every* other mark. Three do. Past column 30 an "
     "untrained state that remembers knows as well; in the lowest two rows so does nearly every source.")
gain = {name: shares[-1] - max(shares[:-1]) for name, shares in table.items()}
findings = ("inside brackets", "inside a string", "indented by 8 or more")
assert min(gain[name] for name in findings) > 0.02 and max(gain[name] for name in asked if name not in findings) < 0.01

# %% [markdown]
# Three findings and three non-findings. Brackets, strings and indentation can be read off the trained state better than
# off anything that it could have got for nothing: by a few points. *Past column 30* would have been the proudest of
# all beside the first untrained network; beside one that remembers, nothing is left of it. To count letters, random
# weights and a long memory will do. *This letter is a capital* is read off almost without error, and so it is from the
# letter itself: true, and no news about training. How strong the rivals were that one has thought of decides what
# counts as found.
#
# ## A control task
#
# Random weights are one control. Hewitt and Liang (2019) proposed another, which puts the *probe* to the test: might it
# have learnt the property by itself? Take the claim from the top of the page: the state after the last letter of a word
# knows the **kind** of the word.

# %%
import keyword
import re

ENGLISH = set(re.findall(r"\w+", """the of to is a in and for be or as with are that from by used on this an it will not
    at we which should has have can each when than no all any if else"""))
ends = [(b, found.end() - 1, found.group()) for b, piece in enumerate(pieces)
        for found in re.finditer(r"[A-Za-z_]\w*", piece.text[:T - 1])]
piece_of, at, words = (np.array(column) for column in zip(*ends, strict=True))
kinds = np.array([1 if keyword.iskeyword(word) else 2 if word in ENGLISH else 0 for word in words])
_, type_of, times = np.unique(words, return_inverse=True, return_counts=True)
often = times[type_of] >= 5                                       # words that come at least 5 times in all
piece_of, at, words, kinds = (column[often] for column in (piece_of, at, words, kinds))
print(f"{len(words)} words, {len(set(words))} different ones")
for kind, told in enumerate(("a name", "a keyword of Python", "a common English word")):
    print(f"  {told:22} {np.mean(kinds == kind):4.0%}  ", *list(dict.fromkeys(words[kinds == kind]))[:14])

# %% [markdown]
# Two probes: the linear one, here with a target for each kind, and scikit-learn's network with one hidden layer of 100
# units (an *MLP*), which can bend. Both read $h$ of the upper layer after a word's last letter.

# %%
h_end = h_top[at, piece_of]                               # (words, 128)
seen, new = ~held[piece_of], held[piece_of]


def linear(s, kinds, learn=seen, ask=new):
    """Share right at held-out words, by our linear probe: the kind with the highest reading."""
    w, b = fit(s[learn], np.eye(3)[kinds[learn]])
    return ((s[ask] @ w + b).argmax(1) == kinds[ask]).mean()


def bending(s, kinds):
    """The same by a probe with a hidden layer."""
    from sklearn.neural_network import MLPClassifier

    made = MLPClassifier((100,), learning_rate_init=0.003, max_iter=400, tol=0.001, random_state=0)
    return made.fit(s[seen], kinds[seen]).score(s[new], kinds[new])


print(f"always the most frequent kind: {np.mean(kinds[new] == 0):.1%}, linear probe {linear(h_end, kinds):.1%}")

# %% tags=["slide: print", "nbval-ignore-output"]
rivals = {"trained, h": h_end, "untrained, h": blank[at, piece_of, 256:384], "last five letters": last(5)[at, piece_of]}
rows = {name: linear(each, kinds) for name, each in rivals.items()}
print(*(f"{name:18} linear probe {share:.1%} right" for name, share in rows.items()), sep="\n")
task = {"linear": rows["trained, h"], "MLP": bending(h_end, kinds)}
blind = bending(rivals["untrained, h"], kinds)
print(f"{'trained, h':18} MLP          {task['MLP']:.1%} right\n{'untrained, h':18} MLP          {blind:.1%} right")
assert min(task.values()) > 0.95 and task["MLP"] > 0.98 and blind > 0.95 and rows["last five letters"] > 0.9

# %% [markdown] tags=["slide: eq | A probe that gets them"]
# There it is, the report from the top of the page, and the answer to what was asked there: on random weights the same
# MLP is right nearly as often, and even the last five letters, with no network below, take a linear probe most of the
# way. So much for "the network has learnt kinds of words".
#
# Now the control. It gives every *word* (each different one, a **type**) a kind by lot, drawn so that the true kinds'
# shares are expected, and every time the word comes it has that kind. "self" is, say, English, "the" a name. Nothing
# about the text is in these kinds, and no network can know them. A probe that gets them right on held-out pieces has
# done one thing: it has found out *which word* it was, and learnt a list by heart.
#
# $$\text{selectivity} = \text{accuracy on the task} - \text{accuracy on its control}$$

# %%
def control(words, kinds, rng):
    """(N,): a kind by lot for each type, as often as the true kinds come; the same wherever the type stands."""
    types, type_of = np.unique(words, return_inverse=True)
    return rng.choice(kinds, size=len(types))[type_of]


lots = [control(words, kinds, np.random.default_rng(seed)) for seed in range(5)]
assert (lots[0] == probes.control_task(words, kinds, rng=np.random.default_rng(0))).all()
for lot in lots[:2]:
    print("by lot:", *(f"{word} → {lot[words == word][0]}" for word in ("self", "the", "return", "X", "np")),
          f"   linear probe {linear(h_end, lot):.1%} right")

# %% [markdown] tags=["slide: Predict the MLP's ... on these"]
# **Predict** the MLP's number on these. Then look, and look at the published pair beside it: Hewitt and Liang asked
# ELMo, a large recurrent language model, for parts of speech (45 kinds, English newspaper text). Their numbers are
# those of their Table 1, first layer, default settings.

# %% tags=["nbval-ignore-output"]
by_lot = {name: np.mean([probe(h_end, lot) for lot in lots]) for name, probe in (("linear", linear), ("MLP", bending))}
both = {f"ours, {name}": (task[name], by_lot[name]) for name in task}
both |= {"H&L 2019, linear": (0.972, 0.712), "H&L 2019, MLP-1": (0.973, 0.928)}       # Table 1, default settings
print(f"{'':18} task   control  selectivity")
for name, (right_at_task, right_at_lot) in both.items():
    print(f"{name:18} {right_at_task:5.1%}   {right_at_lot:5.1%}   {right_at_task - right_at_lot:6.1%}")
ours = {name: task[name] - by_lot[name] for name in task}
assert ours["MLP"] < 0.09 < ours["linear"] and task["MLP"] > task["linear"]
most = [max(np.bincount(lot[new])) / new.sum() for lot in lots]
print(f"five lots; always their most frequent kind: {np.mean(most):.0%} ({min(most):.0%} to {max(most):.0%}); "
      f"of the held-out words {np.mean(~np.isin(words[new], words[seen])):.1%} are types that no lesson had")

# %% tags=["slide: picture | The crosses", "nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(8.4, 2.5))
drawing.selectivity(ax, both)
ax.set(xlim=(0.68, 1.005))
ax.set_title("Equally right, and not equally selective", pad=26)
show(fig, alt="Four rows, each with a dot for the accuracy on the task and a cross for that on the control. All dots "
     "are near 100 percent. The crosses of the linear probes are far to the left of theirs, those of the MLPs "
     "close beside them.",
     caption="All four dots say “it knows”. The crosses tell the probes apart: where the grey bar is short, the probe "
     "is nearly as good at kinds that were drawn by lot.")

# %% [markdown] tags=["slide: What it has shown ... does not follow"]
# The MLP is *better* at the task, and unmasked: it learns kinds that mean nothing nearly as well. What it has shown is
# that a state says **which word** was read. That the network sorts words into kinds does not follow, for a list of
# kinds that is learnt by heart in the probe does it. The linear probe finds lots much harder, and its accuracy, a
# little lower, is worth more. Hewitt and Liang's two probes differ in the same way, in another network, in another
# language, with another task. The *sizes* should not be compared across the line: selectivity depends on the probe's
# size, on how long it is fitted, on the number of kinds, and on how often each type comes.
#
# Is the linear probe cleared, then? One more question, the hardest: whole *types* held out, besides the pieces. Can it
# tell the kind of a word that was never in its lesson?

# %%
def of_new_types(rng):
    """(probe's, majority's) share right at held-out words whose types, a third of all, were in no lesson."""
    types = rng.permutation(np.unique(words))
    strange = np.isin(words, types[:len(types) // 3])
    ask = new & strange
    return linear(h_end, kinds, seen & ~strange, ask), max(np.bincount(kinds[ask])) / ask.sum()


probed, guessed = np.array([of_new_types(np.random.default_rng(seed)) for seed in range(20)]).T
print(f"types held out, 20 draws: linear probe {probed.mean():.0%} ± {probed.std():.0%}, "
      f"majority {guessed.mean():.0%} ± {guessed.std():.0%}")
assert 0.03 < probed.mean() - guessed.mean() < 0.2 and probed.mean() < task["linear"] - 0.1

# %% [markdown] tags=["slide: Suppose all controls | Does the network *do*"]
# A little above the majority, and far below what it reached on words that it knew. The linear probe, too, had learnt
# words by heart; it is *more selective*, not cleared.
#
# Selectivity is the probe's, not only the network's. And a control task needs a property that *could* be learnt by
# heart, one that a word has wherever it stands. For "inside brackets" there is no such list: the same letter stands in
# and out. There the rivals of the last section are the right question.
#
# ## Knowing is not using
#
# Suppose all controls are passed, as for the brackets. The knowledge is there. Does the network *do* anything with it?
# No probe can tell, for a probe only looks. To find a cause one has to reach in.
#
# Is there one unit that knows? The library ranks all 512 numbers by how well each follows the property, chosen on some
# pieces, scored on others (chapter 09 tells more about it). The *sign* says whether a unit is higher or lower inside,
# *AUC* how often it tells one letter inside from one outside, both drawn at random, where ½ is a toss of a coin;
# *chance* is what the best of all units stays below, 19 times in 20, for a property that has nothing to do with them.

# %%
from rnncourse.explain import ablation, tracking
from rnncourse.explain.model import Explained

half = slice(0, T, 2)                                             # every second letter is enough
in_a_row = state[half].swapaxes(0, 1).reshape(-1, 512)            # piece after piece
series = {(name, layer): in_a_row[:, 256 * layer + 128 * (name == "c"):][:, :128]
          for layer in (0, 1) for name in "hc"}
of_step = np.repeat(held, T // 2)
net = Explained.of(network)
ranking = tracking.which_unit(series, holds[half].T.ravel(), ~of_step, of_step, count=8)
print(ranking)

# %% [markdown]
# One cell stands apart, and a crowd follows. (Such cells were first found by eye: Karpathy, Johnson and Li 2015.) Do
# they matter? We **hold** a cell's state at its mean, from the first
# letter to the last, and let the network run. What that costs is measured where it should matter: in the surprise at
# *closing brackets*. To do it for all 256 cells in a moment, we take the heads of eight functions only.

# %%
heads = [b for b in np.flatnonzero(~held) if ")" in pieces[b].text[15:41]][:8]
head = x[:40, heads]
closing = np.where(np.isin(y[:40, heads], text.encode(")]}")), y[:40, heads], -1)     # −1: not asked
print(f"{(closing >= 0).sum()} closing brackets in", *(repr(pieces[b].text[:40]) for b in heads[:3]), "…", sep="\n  ")

# %%
lost = {layer: ablation.each_cost(net, head, closing, layer=layer, how="mean", signal="c") for layer in (0, 1)}
known = {layer: np.abs(np.corrcoef(series["c", layer][~of_step].T, holds[half].T.ravel()[~of_step])[-1, :-1])
         for layer in (0, 1)}
chief, crowd = int(np.argmax(lost[0])), int(np.argmax(known[1]))
for layer, unit in ((0, chief), (1, crowd)):
    print(f"cell {unit:2} of layer {layer}: |r| {known[layer][unit]:.2f}, held it costs {lost[layer][unit]:+.2f} bits "
          "at each closing bracket")

# %% tags=["slide: picture | To the right: | Up:"]
fig, ax = plt.subplots(figsize=(8, 3.6))
drawing.cause(ax, known, lost, {(0, chief): f"cell {chief} of layer 0", (1, crowd): f"cell {crowd} of layer 1"})
ax.set(xlabel="how well a cell goes with “inside brackets”: |r|", ylabel="bits lost at each\nclosing bracket",
       title="Many cells know, one is needed")
show(fig, alt="A cloud of 256 marks, a cell each. One mark stands alone at the upper right: high correlation and some "
     "bits lost. A band of marks of layer 1 with correlations of about 0.4 lies near zero: little is lost.",
     caption="To the right: goes with the property. Up: closing brackets become a surprise without it. One cell is "
     "both. Many others go with brackets, and holding one of them costs next to nothing; and what costs a bit need not "
     "go with brackets.")
assert known[0][chief] > 0.6 and lost[0][chief] > 1.2
assert known[1][crowd] > 0.35 and abs(lost[1][crowd]) < 0.3

# %% [markdown]
# "It costs bits" needs its control as well: holding *any* cell that moves much may cost bits. `ablation.cost` holds,
# besides, other cells of the layer that are *pushed as hard*: holding moves them about as far from what they would be.
# We ask it on held-out pieces (the cell was found on others), once about `)` and once about everything else.

# %%
def costs(unit, layer, which, letters=120):
    """What it costs to hold a cell at its mean, at the letters `which` (T, B) of some held-out pieces."""
    some = np.flatnonzero(held & which[:letters].any(0))
    target = np.where(which, y, -1)[:letters, some]
    return ablation.cost(net, x[:letters, some], target, [unit], layer, "mean", "c", controls=4)


is_close = np.isin(y, text.encode(")]}"))
print("closing ):", costs(chief, 0, y == text.encode(")")[0], letters=400), "\nall else: ",
      costs(chief, 0, ~is_close, letters=60))

# %% [markdown]
# Not all that is known well is needed. There is a cell that follows the *place in the line* closely. Where should the
# network use it? At the ends of lines.

# %%
place = values("place in the line")[half].T.ravel()
best = tracking.which_unit(series, place, ~of_step, of_step, count=3)
print(best, "\n")
print("line ends:", costs(best[0].unit, best[0].layer, y == text.encode("\n")[0]))

# %% [markdown] tags=["slide: eq | Let $d$ be"]
# It follows the place over whole pieces that nobody chose it on, and held still it costs next to nothing, where the
# bracket cell cost several bits. There are two possible reasons, and this measurement cannot tell them apart: the
# network does not use the place; or it has it more than once (the next in the ranking is nearly as good), and another
# cell steps in. So far we took a *unit*. To take the *knowledge*, all copies of it have to go.
#
# ## Taking a direction out of the state
#
# What a linear probe reads may lie in many units, each with a share. Elazar, Ravfogel, Jacovi and Goldberg (2021) take
# it out and look what the network can no longer do; they call that *amnesic probing*. They take out the probe's
# weights, fit a new probe, take out its weights, and so on until none finds anything (INLP, iterated nullspace
# projection). One step will do, if the direction is another. Our probe reads $r = (s - \bar s)\, w$. Let $d$ be the
# direction in which the state goes, on average, when $z$ goes up:
#
# $$d = \frac{\overline{(z - \bar z)(s - \bar s)}}{\,\overline{(z - \bar z)\, r}\,} \qquad
#   s' = s - r\, d$$
#
# $d$ is scaled so that $d\, w = 1$. Then $s'$ reads 0 everywhere. More than that: $s'$ has no correlation with $z$ in
# *any* of its numbers, since $\overline{(z - \bar z)(s' - \bar s)} = \overline{(z - \bar z)(s - \bar s)} -
# \overline{(z - \bar z)\, r}\; d = 0$. So no other linear probe finds anything either. Among all linear changes (with a
# constant) of which that is true, on the letters fitted, it is the smallest on average (Belrose and others 2023, who
# named it LEACE, if $w$ has no penalty).

# %%
def erasers(s, z):
    """From states (N, D) and z (N, K): K functions, each of which takes out of any (…, D) what is linear in one z."""
    (w, _), mean = fit(s, z, penalty=1e-3), s.mean(0)
    d = (z - z.mean(0)).T @ (s - mean)                            # (K, D)
    d /= (d * w.T).sum(1, keepdims=True)
    return [lambda s, w=w[:, k], d=d[k]: s - (s @ w - mean @ w)[..., None] * d for k in range(len(d))]


forget_brackets, = erasers(state.reshape(-1, 512)[learn], holds.ravel()[learn, None])
print(f"a new probe on the erased state: {right(forget_brackets(state), holds):.1%} right, always the same answer "
      f"{majority(holds):.1%}")

# %% [markdown] tags=["slide: which of the six"]
# First the read-out alone. It sees $h$ of the upper layer. We take one property after the other out of that, in the
# held-out pieces, and look how much more surprised the read-out is by the letters that come. The control is to take out
# *another piece's* property, which has the same rhythm and nothing to do with this text; there are many other pieces,
# and so eight such controls. **Predict:** which of the six properties will the read-out miss most?

# %%
def elsewhere(z, rolls=(1, 3, 7, 12, 20, 31, 40, 55)):
    """(T, B, 1 + rolls): a property (T, B), and beside it that of pieces further on in the row."""
    return np.stack([z, *(np.roll(z, k, axis=1) for k in rolls)], axis=-1)


h_held, y_held = h_top[::2, held], y[::2, held]                   # every second letter of the held-out pieces


def lost_at_readout(z):
    """Bits lost (1 + rolls,) when the read-out sees h without z, or another piece's z; how far that moves h (rms)."""
    each = [erase(h_held) for erase in erasers(h_top.reshape(-1, 128)[learn], elsewhere(z).reshape(T * B, -1)[learn])]
    as_it_is = surprise(h_held, y_held).mean()
    return (np.array([surprise(h, y_held).mean() - as_it_is for h in each]),
            np.sqrt([((h - h_held) ** 2).sum(-1).mean() for h in each]))


known_in_h, used = dict(zip(asked, right(h_top, z_all), strict=True)), {}
print(f"{'':26} probe on h  majority   bits lost   (h moved)   another piece's (h moved)")
for name, each in asked.items():
    (bits, *others), (far, *others_far) = lost_at_readout(each)
    used[name] = bits, np.array(others)
    print(f"{name:26} {known_in_h[name]:9.1%} {majority(each):9.1%} {bits:11.3f} {far:9.2f}  {np.mean(others):9.3f} "
          f"from {min(others):6.3f} to {max(others):.3f} {np.mean(others_far):7.2f}")

# %% tags=["slide"]
fig, ax = plt.subplots(figsize=(8, 3.8))
drawing.known_and_used(ax, {name: (100 * (known_in_h[name] - majority(asked[name])), *used[name]) for name in asked})
ax.set(xlabel="known: probe on h, points above the majority", ylabel="used: bits lost per letter\nwhen it is taken out")
ax.set_title("Better known is not more used", loc="left")
show(fig, alt="Six dots, how well a property is known against how much the read-out loses without it. They do not lie "
     "on a rising line: the column and indentation are highest, and one of them is known well, the other not; the "
     "vowel before, known well, lies low. In each place a short grey bar near zero: the controls. Only for brackets "
     "and capitals does it reach the dot.",
     caption="If knowing were using, the dots would rise to the right. Compare indentation with the vowel before: one "
     "is known less well and missed more. Grey bars: from the least to the most that was lost with another piece's.")
least, more = "letter before was a vowel", "indented by 8 or more"
assert known_in_h[least] - majority(asked[least]) > 1.3 * (known_in_h[more] - majority(asked[more]))
assert used[more][0] > 2 * used[least][0] and used["past column 30"][0] > 2 * used[least][0]

# %% [markdown]
# Which is missed most? The column, and not far behind it the indentation. The column is also among the best known, so
# it speaks for "better known, more used"; the vowel and the indentation speak against it. That the letter before was a
# vowel is easier to read off $h$ than how deep the line is indented, and the read-out misses it less than half as much.
# Elazar and colleagues found the same on a large scale: how well a probe does and how much is lost without do not go
# together. (The controls move $h$ less far, so a part of each loss may be the size of the push. And the mean over all
# letters has its own blind side: brackets hardly show in it, no more than the unluckiest of their controls, for there
# are few to close.)
#
# Is the vowel *unused*, then? By the read-out, at this letter, nearly. But the state goes on. So the second experiment
# takes it out of the *whole* state, after *every* letter, and the network has to run on with what is left.

# %%
from rnncourse.cells import lstm


def run_without(erase, x):
    """h (T, B, 128) of the upper layer when all that the network carries on goes through `erase` after each letter."""
    s, tops = np.zeros((x.shape[1], 512)), []
    for below in network.inputs(x):
        h0, c0, h1, c1 = np.split(s, 4, axis=-1)
        h0, c0 = lstm.step(network.layers[0]["forward"], below, h0, c0)
        h1, c1 = lstm.step(network.layers[1]["forward"], h0, h1, c1)
        tops.append(h1)
        s = erase(np.concatenate([h0, c0, h1, c1], axis=-1))
    return np.array(tops)


few = np.ix_(np.arange(200), np.flatnonzero(held))                # the first 200 letters of the held-out pieces
before = surprise(run_without(lambda s: s, x[few]), y[few])
print("nothing erased, the run is the network's own, within 1e-9:",
      np.abs(before - surprise(h_top[few], y[few])).max() < 1e-9)
assert np.abs(before - surprise(h_top[few], y[few])).max() < 1e-9

# %%
asked_of = {"inside brackets": holds, least: asked[least]}
goals = np.concatenate([elsewhere(each, (1, 7, 20)) for each in asked_of.values()], axis=-1)      # (T, B, 2 · 4)
missed = []
for erase in erasers(state.reshape(-1, 512)[learn], goals.reshape(T * B, -1)[learn]):
    after = surprise(run_without(erase, x[few]), y[few]) - before
    missed.append((after.mean(), after[is_close[few]].mean()))
missed = dict(zip(asked_of, np.reshape(missed, (2, 4, 2)), strict=True))          # own and three controls; where asked
print(f"{'bits lost':26} at all letters: own, of three other pieces       at closing brackets")
for name, bits in missed.items():
    told = (f"{own:6.3f},  " + " ".join(f"{other:6.3f}" for other in others) for own, *others in bits.T)
    print(f"{name:26}", *told, sep="     ")
assert missed["inside brackets"][0, 1] > 1 and np.abs(missed["inside brackets"][1:, 1]).max() < 0.5
assert missed[least][0, 0] > 4 * max(missed[least][1:, 0].max(), used[least][0])

# %% [markdown] tags=["slide: even \"unused\" has ... and when"]
# Without brackets the network is what one would hope: nearly as good as before on the whole, and lost at the closing
# ones. That is knowledge which is there *and* used, and the controls say that it is not the operation that hurts. And
# the vowel? Out of the whole state, all the time, it is missed after all, and not at brackets only, and another piece's
# vowel is not: the *next steps* need it. So even "unused" has to be said with an address: unused by whom, and when.
#
# ## Neighbours in an embedding
#
# Before any state there is the embedding, a row of numbers for each symbol. A popular look into it is to list, for a
# symbol, those whose rows point in nearly the same direction (the largest cosine).

# %%
def nearest(vectors, which, count=4):
    """The numbers of the `count` rows (V, E) with the largest cosine to row `which`, itself left out."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit[which]
    cosine[which] = -np.inf
    return np.argsort(-cosine)[:count]


E = network.embedding                                             # (97, 64)
for symbol in "[\"93+z":
    ours = [text.VOCABULARY[k] for k in nearest(E, text.VOCABULARY.index(symbol))]
    print(repr(symbol), "beside", *map(repr, ours))
    assert tuple(ours) == probes.neighbours(E, text.VOCABULARY, symbol, count=4).names

# %% [markdown]
# `[` beside `{`, one quote beside the other: how sensible! Or did we look at the sensible ones? Lists of neighbours
# invite that. So count: for how many symbols is the *nearest* one of the same sort? And the control: deal the sorts out
# anew, by lot, over the same symbols. We ask three models: this one, the names' model of chapter 08 (vowels and
# consonants), and a model that tells praise from blame in short reviews (chapter 11 has its story).

# %%
from rnncourse.datasets import names, sentiment

def beside_its_like(vectors, sorts, rng, draws=1000):
    """Share of rows whose nearest has the same sort; mean and 95 % point of that with the sorts dealt out by lot."""
    near, sorts = np.array([nearest(vectors, k, 1)[0] for k in range(len(vectors))]), np.array(sorts)
    lots = [rng.permutation(sorts) for _ in range(draws)]
    dealt = [(lot[near] == lot).mean() for lot in lots]
    return (sorts[near] == sorts).mean(), np.mean(dealt), np.quantile(dealt, 0.95)


def sort(c):
    """Of a character: digit, capital, vowel, consonant, or other."""
    small = "vowel" if c in "aeiou" else "consonant"
    return "digit" if c.isdigit() else "capital" if c.isupper() else small if c.islower() else "other"


people, reviews = names.load(), checkpoints.tensors("sentiment")["gru 0/embedding.weight"][1:].astype(float)
letters = "".join(people.decode([k]) for k in range(1, people.symbols))
opinions = [k for k, word in enumerate(sentiment.VOCABULARY) if word in sentiment.PRAISE + sentiment.BLAME]
tables = {"text, sorts of characters": (E, [sort(c) for c in text.VOCABULARY]),
          "names, vowel or consonant": (checkpoints.tensors("names_lstm")["embedding.weight"][1:].astype(float),
                                        [c in "aeiouyàáäåèéëíîòóôõöùúüýąęěőůűəı" for c in letters]),
          "reviews, praise or blame": (reviews[opinions],
                                       [sentiment.VOCABULARY[k] in sentiment.PRAISE for k in opinions])}

# %%
beside = {name: beside_its_like(*each, np.random.default_rng(0)) for name, each in tables.items()}
for name, (share, by_lot_share, rare) in beside.items():
    print(f"{name:26} nearest is its like: {share:.0%};  dealt by lot: {by_lot_share:.0%}, "
          f"and above {rare:.0%} in one deal of twenty")
for word in ("good", "dull", "film"):
    found = nearest(reviews, sentiment.VOCABULARY.index(word))
    print(f"{word} beside", ", ".join(sentiment.VOCABULARY[k] for k in found))

# %% [markdown]
# In two tables neighbours mean something: sorts of characters in the text model, and praise and blame, which that model
# must tell apart. In the names' table they cannot be told from chance, whatever a list of them may look like.
# And even in
# the table of reviews *film* stands beside words that have nothing to do with it. A list always looks like something; a
# count with a control says whether it is.
#
# ## Explorer: read and hold
#
# A text of your own, a probe, and a cell. The probe's reading is drawn letter by letter, grey as the network reads the
# text, blue with the cell held; below, the cell itself, and what the network says comes next. The probes are those of
# this page, fitted on its pieces; how good each is on held-out pieces is printed first. Cell 39 of layer 0 is the one
# that we found.

# %%
from rnncourse.explorers.probe_and_clamp import ProbeAndClamp

s = state[thin].reshape(-1, 512)
readers = {name: probes.linear_probe(s, values(name)[thin].ravel(), group, rng=np.random.default_rng(0), kind="number")
           for name in ("inside brackets", "inside a string", "inside a comment")}
print("readings, held out:", *(f"{name} R² {probe.score:.2f}" for name, probe in readers.items()), sep="  ")
explorer = ProbeAndClamp(network, readers)
explorer

# %% tags=["slide"]
show(explorer.still(), alt=explorer.words, caption="The explorer, standing still: while the cell is held at 0, the "
     "probe no longer sees the bracket, and the closing one is expected less.")

# %% [markdown]
# Things to try, with a guess before each:
#
# 1. Hold cell 39 at 2 and type `print a + b`, without a bracket. What does the network expect now? What does the probe
#    say?
# 2. `print(a, b[1`: hold the cell at 0. Does the network still expect `]`?
# 3. Layer 1, unit 20: it goes with brackets, too. Hold it far down, where it often is, and then from 0 upward.
# 4. The probe for strings, on `x = "a (b`, and cell 39 held at 2, then at −4. Does it mind the other one's cell?
# 5. Type `if x == (1,` and hold unit after unit at 0 with the arrow keys. How many move the reading, and how many the
#    bars?
#
# <details><summary>What there is to see</summary>
#
# (1) A closing bracket becomes the likeliest, though nothing was opened, and the probe's reading rises: the cell is
# believed. (2) Yes. The square bracket is carried by something else; "brackets" was our word, not the network's. (3)
# Nothing much to the left. From 0 upward, where it hardly ever is by itself, `)` becomes *more* likely, and yet the
# probe does not change its mind: a cell pushed to where it does not belong does what it never does by itself. (4)
# Hardly, and at −4 not much either, though there the bars move: the cell speaks of brackets, and the probe for strings
# does not mind. (5) Held at 0, none of the
# 256 moves the bars by much, not even cell 39: right after a comma no bracket is about to close. And few move the
# reading. Knowledge that sits in one cell is the exception.
# </details>
#
# ## Exercises
#
# A check answers at once, and can be run as often as you like. `.hint()` gives the next hint, `.solution()` shows ours.
# All are in NumPy.
#
# **1. A probe, scored where it has not learnt.** Whole texts are held out.

# %%
from rnncourse.exercises import probes as exercises


def held_out_accuracy(s, z, groups, held):
    """How often is a linear probe right, on texts that it has not learnt from?

    The probe is the least-squares fit of z by s and a bias, without a penalty, over all steps of the other texts.
    It says yes where its reading is above one half.

    s        (N, D)  states
    z        (N,)    1.0 where the property holds, 0.0 where not
    groups   (N,)    the number of the text that each step is from
    held     (G,)    numbers of the texts that are held out
    returns  a number: the share of the held-out steps at which the probe is right
    """
    ...    # about 6 lines


exercises.held_out_accuracy.check(held_out_accuracy)

# %%
# exercises.held_out_accuracy.hint()
# exercises.held_out_accuracy.solution()

# %% [markdown]
# **2. A control task.** A class by lot for each *type*, and not for each place.

# %%
def control_labels(words, lots):
    """The labels of a control task: each type of word has one class, drawn by lot, wherever it comes.

    words    (N,)  numbers of words, as in a dictionary; equal numbers are of one type
    lots     (V,)  whole numbers, a class for each of the V types that come. They were drawn already: the first is for
             the type with the lowest number, the second for the next, and so on
    returns  (N,)  the class of each word
    """
    ...    # about 2 lines


exercises.control_labels.check(control_labels)

# %%
# exercises.control_labels.hint()
# exercises.control_labels.solution()

# %% [markdown]
# **3. Selectivity.** Two accuracies, in the right order, in the right places.

# %%
def selectivity(said, truth, control_said, control, held):
    """Selectivity of a probe (Hewitt and Liang 2019): accuracy on its task less accuracy on its control task.

    said          (N,)  the probe's classes, and truth (N,) the right ones
    control_said  (N,)  the same kind of probe's classes when it was fitted to the control, and control (N,) the lots
    held          (N,)  booleans: which places were held out, of both
    returns       a number from −1 to 1, over the held-out places
    """
    ...    # about 2 lines


exercises.selectivity.check(selectivity)

# %%
# exercises.selectivity.hint()
# exercises.selectivity.solution()

# %% [markdown]
# **4. A unit held.** What the read-out loses, in bits.

# %%
def lost_without(h, W_hy, b_y, y, unit):
    """Bits that a read-out loses, for each letter, when one unit is held at its mean.

    h        (N, H)  hidden states; scores are h W_hy + b_y, and a softmax makes probabilities of them
    W_hy     (H, K), and b_y (K,)
    y        (N,)    the class that was right at each place
    unit     which unit of h is held, at its mean over the N places
    returns  a number: mean surprise in bits (−log2 p of what was right) with the unit held, less the same without
    """
    ...    # about 6 lines


exercises.lost_without.check(lost_without)

# %%
# exercises.lost_without.hint()
# exercises.lost_without.solution()

# %% [markdown]
# **5. A direction taken out.** Not the probe's weights: the direction in which the state goes with the property.

# %%
def erase(s, z, w):
    """Take out of states what a linear probe reads, so that no linear probe finds anything any more.

    With S = s − s̄ and r = S w, the state changes by −r d, where d = (z − z̄) S, scaled so that d · w = 1.
    (Where w is the least-squares probe, the result is as the chapter says; here any w will do.)

    s        (N, D)  states
    z        (N,)    1.0 where the property holds, 0.0 where not
    w        (D,)    the probe's weights
    returns  (N, D)
    """
    ...    # about 5 lines


exercises.erase.check(erase)

# %%
# exercises.erase.hint()
# exercises.erase.solution()

# %% [markdown]
# When it is correct, see why the direction matters: take the *weights* out instead, and fit a new probe.

# %%
s, z = state.reshape(-1, 512), holds
w, _ = fit(s[learn], z.ravel()[learn])
along_w = (s - (s @ w - s[learn].mean(0) @ w)[:, None] * (w / (w @ w))).reshape(T, B, 512)
print(f"the weights taken out: a new probe is {right(along_w, z):.1%} right, the first one was "
      f"{table['inside brackets'][-1]:.1%}; always the same answer {majority(z):.1%}")

# %% [markdown] tags=["slide: Ravichander ... all the same"]
# The old probe reads nothing there, and a new one nearly as much as before. Whoever takes "the probe's direction" out
# and finds that nothing is lost may have taken out nothing. (That is why INLP goes on and on.)
#
# ## Where this misleads
#
# **A limit.** Our controls speak about *linear* knowledge, in one network, on one kind of text. A property that is
# there in a bent form goes unseen by a linear probe, and an erased one may be back for a reader that can bend. And to
# hold a cell or erase a direction puts the network into states that it never meets by itself. Part of a loss may be the
# shock; that is why each loss stood beside a control, and not alone.
#
# **A common mistake in print: "the probe finds it, so the model uses it".** (Belinkov 2022 collects what else can go
# wrong.) Ravichander, Belinkov and Hovy (2021) trained networks for which a property was *of no use* to their task, and
# probes found it all the same. On this page it was quicker: here are *copies* of properties that the read-out cannot
# use, by its own weights. The read-out maps 128 numbers to 97 scores; some directions of $h$ it does not see at all,
# and adding the same amount to all scores changes no probability either.

# %%
W = network.readout["W_hy"] - network.readout["W_hy"].mean(axis=1, keepdims=True)      # what can move a probability
unseen = np.linalg.svd(W)[0][:, np.linalg.matrix_rank(W):]        # (128, n): directions that W does not see
h_unseen, moved = h_top @ unseen, rng.normal(size=h_top.shape[:2] + unseen.shape[1:])
print(f"{unseen.shape[1]} directions; moved at random along them, the surprise changes by less than 1e-9:",
      np.abs(surprise(h_top + 9 * moved @ unseen.T, y) - surprise(h_top, y)).max() < 1e-9)
for name, share in zip(asked, right(h_unseen, z_all), strict=True):
    print(f"  {name:26} probe on the unseen part {share:6.1%}, majority {majority(asked[name]):6.1%}")
assert right(h_unseen, asked[least]) > majority(asked[least]) + 0.04

# %% [markdown] tags=["slide: And knowing is not using | To say that a network"]
# The vowel before is found there, the column a little, the rest not. Whatever a probe reads there, this read-out has no
# part in: it uses other copies, or none. Had a report given these shares as "knowledge that the prediction rests on",
# it would be wrong by construction. (The next steps do read all of $h$.)
#
# ## Recap: what does the state know?
#
# More than its last letters, and by a few points more than random weights with a long memory: brackets, strings and
# indentation can be read off it on text that nobody has shown it. Much else can be read off as well, and off anything:
# the letter itself, the letters before, the column. So the answer is worth what stands beside it: whole texts held out,
# a majority, an untrained network that is no straw man, and, where a list could be learnt by heart, a control task; of
# our two probes one was unmasked by it, and the other by words that it had never met. And knowing is not using. One
# cell of 256 carries the round bracket, and the network is lost without it; others go with it nearly as well and nobody
# asks them. What is best known may be least used. To say that a network *uses* something, one has to take it away.
#
# ## References
#
# - Guillaume Alain, Yoshua Bengio (2016). Understanding intermediate layers using linear classifier probes.
#   arXiv:1610.01644.
# - John Hewitt, Percy Liang (2019). Designing and interpreting probes with control tasks. *EMNLP-IJCNLP*, 2733–2743.
#   (Our two published rows: Table 1, part-of-speech, "default hyperparameters".)
# - Kelly W. Zhang, Samuel R. Bowman (2018). Language modeling teaches you more than translation does: lessons learned
#   through auxiliary syntactic task analysis. *BlackboxNLP*. (Untrained networks as a rival.)
# - Yanai Elazar, Shauli Ravfogel, Alon Jacovi, Yoav Goldberg (2021). Amnesic probing: behavioral explanation with
#   amnesic counterfactuals. *TACL* 9, 160–175.
# - Abhilasha Ravichander, Yonatan Belinkov, Eduard Hovy (2021). Probing the probing paradigm: does probing accuracy
#   entail task relevance? *EACL*, 3363–3377.
# - Nora Belrose, David Schneider-Joseph, Shauli Ravfogel, Ryan Cotterell, Edward Raff, Stella Biderman (2023). LEACE:
#   perfect linear concept erasure in closed form. *NeurIPS*.
# - Yonatan Belinkov (2022). Probing classifiers: promises, shortcomings, and advances. *Computational Linguistics*
#   48(1), 207–219.
# - Andrej Karpathy, Justin Johnson, Li Fei-Fei (2015). Visualizing and understanding recurrent networks.
#   arXiv:1506.02078.
# - The text: scikit-learn's source, BSD 3-Clause.
