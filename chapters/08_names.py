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
# # 08 · Which language is this name from?
#
# Rossi, Kowalczyk, O'Neill: a few letters, and most readers have a guess. This chapter lets networks guess, from the
# classic beginner's classifier, taken apart until one sees exactly what it can and cannot say, to an LSTM that reads a
# name from both ends. Then it does what is easily left out: it sets them against a table of counts, looks at each kind
# of mistake, and says what nobody should decide with such a guess.
#
# After it you can
#
# - write the classic name classifier, show that it only adds up votes of single letters, and measure what that costs;
# - put names of unequal length into one batch, pad it and pack it, and prove that the padding is not read;
# - say where the *last* state of each direction stands, and why `out[-1]` is the wrong place;
# - judge a classifier of many classes: top-2, accuracy by class, confusion matrix, an interval against a strong
#   baseline;
# - say for whom it is wrong, and what a name does not tell.
#
# To have read: chapters 01, 02 and 04; from 06 what an n-gram is and what surprise is, from 07 the bootstrap and its
# verdict. (Each of these has a sentence here, for those who come by another way.) Time: about 100 minutes, a third of
# them for the exercises; running it all takes less than a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rnncourse.notebook import begin, show
from rnncourse.plots.palette import LOOK, QUIET, REFERENCE

begin()
rng = np.random.default_rng(8)

# %% [markdown] tags=["slide: How often will each ... network? | And which two"]
# **Predict first.** There are twenty languages below. How often will each of these find the right one, for names that
# it has never seen: always saying the most frequent language; counting which letters follow one another; a recurrent
# network? And which two languages will be taken for one another most? Write your guesses down.
#
# ## The names

# %%
from rnncourse.datasets import names

people = names.load()
print(people.describe())

# %% [markdown]
# Read the notes on the right before you train anything. The labels say "language", and the lists are of names that are
# on record *in a country*. That will matter at the end. Two more looks at the data. Is there a name that stands in the
# training part and in the test part? And which names do several languages share?

# %%
from itertools import combinations

spelled = {part: {tuple(people.encode(name)) for name in people.part(part)[0]} for part in names.SHARES}
twice = [spelled[a] & spelled[b] for a, b in combinations(spelled, 2)]
print("names that stand in two parts:", sum(map(len, twice)))
assert not any(twice)
print(f"shared: {len(people.shared)} names. Those in most languages:")
for name, languages in sorted(people.shared.items(), key=lambda entry: -len(entry[1]))[:7]:
    print(f"  {name:10} {', '.join(languages)}")
print("and the three from the top of the page:")
for name in ("Rossi", "Kowalczyk", "O'Neill"):
    on = [language for language in people.languages if name in people.lists[language]]
    print(f"  {name:10} {', '.join(on) or 'on no list'}")

# %% [markdown] tags=["slide: eq | Letter and state"]
# For a shared name there is no right answer, only several. Whatever we build, it cannot reach 100 %. And "right" will
# mean no more than *on this list*: Rossi, to most ears Italian, is on two lists here, and the Italian one is not among
# them.
#
# The parts are not drawn name by name but by a name's stem, so that Novák and Nováková, or García and Garcia, stand in
# the same part. Otherwise a network could learn the one and be praised for finding the other.
#
# ## The classic classifier
#
# A tutorial that very many people have met (Robertson 2017) does it like this. A letter is a **one-hot** row $x_t$:
# zeros, and a one at the letter's place. Letter and state are put side by side, *joined*, and two linear layers read
# the joined row: `i2h` makes the next state, `i2o` the scores of the languages. At the end a log-softmax.
#
# $${\color{#5865f2}h_t} = [\,{\color{#857d92}x_t}, {\color{#5865f2}h_{t-1}}]\, W_{ih} + b_h \qquad
#   s_t = [\,{\color{#857d92}x_t}, {\color{#5865f2}h_{t-1}}]\, W_{io} + b_o \qquad
#   \log p = s_T - \log \textstyle\sum_k e^{s_{T,k}}$$

# %%
class Joined(nn.Module):
    """The classic classifier: one name at a time, letter and state joined. `activation` is ours; it has none."""

    def __init__(self, symbols, hidden_size, classes, activation=lambda a: a):
        super().__init__()
        self.i2h = nn.Linear(symbols + hidden_size, hidden_size)
        self.i2o = nn.Linear(symbols + hidden_size, classes)
        self.hidden_size, self.activation = hidden_size, activation

    def step(self, x_t, h):
        joined = torch.cat([x_t, h], dim=-1)                       # (D + H,)
        return self.activation(self.i2h(joined)), self.i2o(joined)

    def forward(self, x):                                          # (T, D): one name
        h = x.new_zeros(self.hidden_size)
        for x_t in x:
            h, scores = self.step(x_t, h)
        return torch.log_softmax(scores, dim=-1)                   # (K,)


def one_hot(name):
    return torch.eye(people.symbols)[torch.tensor(people.encode(name))]


# %%
from rnncourse import training

K = len(people.languages)
classic = training.seeded(0, lambda: Joined(people.symbols, 64, K))
log_p = classic(one_hot("Rossi"))
print("a name", tuple(one_hot("Rossi").shape), "(T, D)   log-probabilities", tuple(log_p.shape),
      f"  their exponentials add up to {log_p.exp().sum().item():.3f}")

# %% [markdown]
# Joining is nothing new. One matrix that reads $[x, h]$ is two matrices on top of one another, so the step is that of
# chapter 01, $x_t W_{xh} + h_{t-1} W_{hh} + b_h$, without the tanh:

# %%
D = people.symbols


def halves(layer):
    """A linear layer over [x, h] as W_x (D, …), W_h (H, …) and its bias, in our row form and float64."""
    W = layer.weight.detach().double().numpy().T
    return W[:D], W[D:], layer.bias.detach().double().numpy()


W_xh, W_hh, b_h = halves(classic.i2h)
x_t, h_prev = rng.normal(size=D), rng.normal(size=64)
joined = classic.double().i2h(torch.tensor(np.concatenate([x_t, h_prev]))).detach().numpy()
print("joined = two matrices within 1e-12:", np.abs(joined - (x_t @ W_xh + h_prev @ W_hh + b_h)).max() < 1e-12)
assert np.abs(joined - (x_t @ W_xh + h_prev @ W_hh + b_h)).max() < 1e-12

# %% [markdown]
# The tutorial shows the network one name, takes one step of gradient descent, and goes on to the next. We do that with
# a thousand names.

# %% tags=["nbval-ignore-output"]
import time

train_names, train_labels = people.part("train")
check_names, check_labels = people.part("validation")
classic = classic.float()
optimizer, began = torch.optim.SGD(classic.parameters(), lr=0.005), time.perf_counter()
for k in rng.permutation(len(train_names))[:1000]:
    loss = -classic(one_hot(train_names[k]))[train_labels[k]]      # −log p of the right language: the surprise at it
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
rate = 1000 / (time.perf_counter() - began)

with torch.no_grad():
    guesses = np.array([classic(one_hot(name)).argmax().item() for name in check_names])
share = (guesses == check_labels).mean()
most = np.bincount(train_labels).argmax()
print(f"{rate:.0f} names a second;  {share:.0%} of the validation names right,  "
      f"always {people.languages[most]}: {(check_labels == most).mean():.0%}")
assert share > 1.25 * (check_labels == most).mean()

# %% [markdown] tags=["slide: look for the activation ... tutorial | Is that a network", "slide: eq | So each letter"]
# It learns, slowly. Before we make it faster: look for the activation in the equations above. There is none, and none
# in the code of the tutorial. Is that a network at all?
#
# ## What a classifier without an activation can say
#
# Put the step into itself, as often as there are letters. Nothing but matrix products and sums comes out. With $d$ for
# the distance of a letter from the name's end ($d = 0$ for the last one):
#
# $$s_T = b_o + \sum_{d=0}^{T-1} {\color{#857d92}x_{T-d}}\, V_d + \sum_{d=1}^{T-1} b_h C_d
#   \qquad V_0 = W_{xo} \qquad V_d = W_{xh} C_d \qquad C_d = W_{hh}^{d-1} W_{ho}$$
#
# A one-hot row picks a row of $V_d$. So each letter casts a **vote** for each language, which depends on the letter
# and on its distance from the end, and on nothing else. The scores are the sum of the votes, plus a number that
# depends on the length. We build the tables of votes, and then never run the network again:

# %%
def votes(model, longest):
    """V (longest, D, K): the vote of each letter at each distance from the end; b (longest, K): of the biases."""
    (W_xh, W_hh, b_h), (W_xo, W_ho, b_o) = halves(model.i2h), halves(model.i2o)
    V, b, C = [W_xo], [b_o], W_ho
    for _ in range(longest - 1):
        V.append(W_xh @ C)
        b.append(b_h @ C)
        C = W_hh @ C
    return np.array(V), np.array(b)


V, b = votes(classic, longest=30)


def votes_of(name):
    """(T, K): what each letter of the name says, first letter first; and (K,): what the length says."""
    distance = np.arange(len(people.encode(name)))[::-1]
    return V[distance, people.encode(name)], b[:len(distance)].sum(0)


# %% tags=["nbval-ignore-output"]
sums = np.array([votes_of(name)[0].sum(0) + votes_of(name)[1] for name in check_names[::3]])
with torch.no_grad():
    run = np.array([classic.double()(one_hot(name).double()).numpy() for name in check_names[::3]])
log_p = sums - np.log(np.exp(sums).sum(1, keepdims=True))
print(f"log-probabilities of {len(run)} names = sums of votes, within 1e-9:", np.abs(log_p - run).max() < 1e-9)
assert np.abs(log_p - run).max() < 1e-9

# %% [markdown] tags=["slide: eq | So this is"]
# So this is a *bag of letters, weighted by their place from the end*. It can learn that an *i* at the end speaks for
# Italian and a *z* for Spanish (once it is trained, we shall look). It cannot learn anything about two letters
# *together*. Take the pair *ch*: in any network of this kind, what c and h say together is what each says alone. In
# numbers, for four made-up names with *c* or *s* in one place and *h* or *k* in the next,
#
# $$s(\text{acha}) + s(\text{aska}) - s(\text{acka}) - s(\text{asha}) = 0 \quad\text{for every language,}$$
#
# because each of the votes occurs once with plus and once with minus. So no training, however long, can make it say
# language A for *ch* and *sk*, and B for *ck* and *sh*. With a tanh in the step this sum need not be 0:

# %%
def together(model):
    """The largest joint effect of the two letters on a score, beyond what each says alone."""
    h, score = {}, {}
    for name in ("acha", "aska", "acka", "asha"):
        h = torch.zeros(model.hidden_size, dtype=torch.float64)
        for x_t in one_hot(name).double():
            h, score[name] = model.step(x_t, h)
    return (score["acha"] + score["aska"] - score["acka"] - score["asha"]).abs().max().item()


bent = training.seeded(0, lambda: Joined(people.symbols, 64, K, torch.tanh)).double()
straight = training.seeded(0, lambda: Joined(people.symbols, 64, K)).double()
print("linear: no joint effect, within 1e-12:", together(straight) < 1e-12)
print("tanh:   a joint effect above 1e-6:    ", together(bent) > 1e-6)
assert together(straight) < 1e-12 and together(bent) > 1e-6

# %% [markdown] tags=["slide"]
# **Predict.** That sounds like a serious defect. How much better will the same classifier be with a tanh? To measure
# it we need more training than that, and for that we need batches.
#
# ## Many names at once
#
# Names have unequal lengths, and an array has not. So the shorter ones are **padded** with a number that stands for no
# letter, here 0, and the lengths are kept. Time comes first, as everywhere in this course: `x` is $(T, B)$.

# %%
some = ["rossi", "o'neill", "ek", "kowalczyk"]
x, lengths = people.padded(some)
print("x", x.shape, " lengths", lengths)
print("its columns:", *(f"{column}" for column in x.T), sep="\n  ")

# %% [markdown]
# A network must not read that padding: a state that has gone through four zeros after *rossi* is not the state after
# *rossi*. There are two ways. Either one runs over everything and then takes, for each name, the state at *its* last
# letter. Or one does not compute on the padding at all: torch **packs** the batch. It sorts the names by length,
# longest first, and keeps for each step only the names that still have a letter there.

# %%
from torch.nn.utils.rnn import pack_padded_sequence

packed = pack_padded_sequence(torch.tensor(x), torch.tensor(lengths), enforce_sorted=False)
print("data       ", people.decode(packed.data.numpy()))
print("batch_sizes", packed.batch_sizes.tolist())

# %% tags=["slide"]
from rnncourse.plots import name_batch

fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 2.9))
name_batch.padded(left, some)
name_batch.packed(right, some)
show(fig, alt="Left: four names as rows of letter cells, filled up with zeros to nine steps. Right: the same names "
     "sorted by length, without the zeros; small numbers count the letters column by column, and under each step "
     "stands how many names are read there: 4 4 3 3 3 2 2 1 1.",
     caption="The same four names. Left, padded: every row has nine cells. Right, packed: the small numbers are the "
     "order in which the letters stand in the packed data, the blue ones below are its batch sizes.")

# %% [markdown]
# Now the classic classifier for batches, by the first way: run over everything, then take for each name the joined row
# at its own last letter, and make the scores of that.

# %%
class JoinedBatch(Joined):
    """The same for a batch: x (T, B) numbers and lengths (B,) -> scores (B, K)."""

    def forward(self, x, lengths):
        x = nn.functional.one_hot(x, self.i2h.in_features - self.hidden_size).to(self.i2h.weight.dtype)
        h, joined = x.new_zeros(x.shape[1], self.hidden_size), []
        for x_t in x:
            joined.append(torch.cat([x_t, h], dim=1))
            h = self.activation(self.i2h(joined[-1]))
        return self.i2o(torch.stack(joined)[lengths - 1, torch.arange(len(lengths))])    # scores at last letters only


batched = JoinedBatch(people.symbols, 64, K).double()
alone = Joined(people.symbols, 64, K).double()
alone.load_state_dict(batched.state_dict())
with torch.no_grad():
    together_p = torch.log_softmax(batched(torch.tensor(x), torch.tensor(lengths)), dim=1)
    one_by_one = torch.stack([alone(one_hot(name).double()) for name in some])
print("batch = one by one within 1e-12:", (together_p - one_by_one).abs().max().item() < 1e-12)
assert (together_p - one_by_one).abs().max() < 1e-12

# %% [markdown]
# ### Does the missing tanh matter?
#
# The same classifier, linear and with tanh, trained alike, five times each from different random weights, and
# compared on the test names. `training.several` is a loop like that of chapter 02 round torch's gradients; its steps
# are those of Adam (chapter 03), which learns faster here than the plain steps above.

# %%
test_names, test_labels = people.part("test")


shuffled = [list(people.batches("train", batch=256, rng=rng)) for _ in range(5)]    # made once, as encoding takes time


def batches(rng):
    """The batches of one time through the names: one of the five shuffles."""
    return shuffled[rng.integers(len(shuffled))]


def scores_of(model, names):
    """(B, K): a model's scores for a list of names, all in one batch."""
    x, lengths = people.padded(names)
    with torch.no_grad():
        return model(torch.tensor(x), torch.tensor(lengths)).numpy()


# %% tags=["nbval-ignore-output"]
wrong, trained, began = {}, {}, time.perf_counter()
for name, activation in (("linear", lambda a: a), ("tanh", torch.tanh)):
    runs = training.several(lambda f=activation: JoinedBatch(D, 64, K, f), seeds=range(5), batches=batches,
                            loss=training.cross_entropy, epochs=3, learning_rate=0.02, progress=False)
    trained[name] = [model for model, _ in runs]
    wrong[name] = np.array([scores_of(model, test_names).argmax(1) != test_labels for model in trained[name]])
    print(f"{name:7} wrong on", ", ".join(f"{share:.1%}" for share in wrong[name].mean(1)), "of the test names")
print(f"{10 * 3 * len(train_names) / (time.perf_counter() - began):.0f} names a second, instead of {rate:.0f}")
assert all(0.3 < share < 0.7 for share in np.concatenate([wrong[name].mean(1) for name in wrong]))

# %% [markdown]
# The two lie close together, and runs of one kind differ by as much. Is there a difference? There are two doubts.
#
# *Would other names have said the same?* We compare name by name, since a hard name is hard for both, and let the
# bootstrap of chapter 07 draw as many test names anew, with repetitions, ten thousand times: between which bounds do
# 95 % of the differences lie? (It draws stretches of ten neighbours in the list, not single names: Novák and Nováková
# stand beside one another, and are hardly two pieces of evidence.) *Would other starts have said the same?* For that
# we take one difference for each seed, and ask how far their mean can be trusted. Our question is about two *kinds*
# of network, so the verdict needs both doubts in one interval.

# %% tags=["nbval-ignore-output"]
import textwrap

from rnncourse.validate import intervals


def compare(wrong_a, wrong_b, a, b):
    """The paired interval of two methods' errors in percentage points, printed with its verdict."""
    found = intervals.paired_blocks(100.0 * wrong_a, 100.0 * wrong_b, rng=np.random.default_rng(8),
                                    days=10)    # here: ten neighbours in the list are drawn together
    print(textwrap.fill(intervals.verdict(found, a, b, unit="points"), 100))
    return found


each = 100 * (wrong["tanh"].mean(1) - wrong["linear"].mean(1))                      # points, one for each seed
print("tanh − linear, seed by seed:", "  ".join(f"{points:+.1f}" for points in each), end="\n\n")
print("Other names, these starts.", end=" ")
other_names = compare(wrong["tanh"].mean(0), wrong["linear"].mean(0), "with tanh", "linear")
other_starts = intervals.over_seeds(each)
print("Other starts, these names.", other_starts, "points")
both = intervals.combined(other_names, other_starts)
print("Both doubts.", textwrap.fill(intervals.verdict(both, "with tanh", "linear", unit="points"), 100))
assert both.low <= min(other_names.low, other_starts.low) and abs(both.middle - each.mean()) < 1e-9

# %% [markdown]
# The last sentence is the verdict. The first interval alone is too narrow for our question: it takes these ten networks
# for given, and may name a winner that other seeds depose. Try some, and compare it with the last.
#
# So a bag of placed letters goes a long way with names. The tanh is not superfluous for that: with it a network *can*
# learn pairs, and in so short a training it made little of them; without it, no training will ever mend it. The lesson
# is a double one. A missing activation crashes nothing and hardly shows in the score; and what a model *could* say
# tells little about what it does say.
#
# The linear one has a virtue, too. What it says can be read, to the last digit, from its votes:

# %% tags=["slide", "nbval-ignore-output"]
from rnncourse.plots.signals import units_by_steps

V, b = votes(trained["linear"][0], longest=30)
for letter, language in (("i", "Italian"), ("z", "Spanish")):
    vote = V[0, people.encode(letter)[0]]
    own = vote[people.languages.index(language)]
    print(f"{letter} as the last letter: its vote for {language} {own - vote.mean():+.1f}, "
          f"its strongest {vote.max() - vote.mean():+.1f} for {people.languages[vote.argmax()]}")
name = "Kowalczyk"
letters, length = votes_of(name)
total = letters.sum(0) + length
first = np.argsort(-total)[:6]
shown = np.vstack([letters, length])[:, first] - np.vstack([letters, length]).mean(1, keepdims=True)
t, k = np.unravel_index(np.abs(shown[:-1]).argmax(), shown[:-1].shape)
strongest = f"{name[t]}, {len(name) - 1 - t} from the end, {'for' if shown[t, k] > 0 else 'against'} " \
            f"{people.languages[first[k]]}"
fig, ax = plt.subplots(figsize=(8.5, 2.9))
units_by_steps(ax, shown, tokens=[*name, "length"], label="", bar="vote")
ax.set_yticks(range(6), [f"{people.languages[k]} {total[k] - total.mean():+.1f}" for k in first])
show(fig, alt=f"Heat map: the letters of {name} and its length to the right, six languages as rows, red for votes in "
     "favour and blue for votes against. A few letters have strong colours, most are pale.",
     caption=f"Each letter's vote in {name}, less the mean over all twenty languages; a row's sum is the score at its "
     f"left, without remainder. The strongest vote is that of {strongest}.")

# %% [markdown]
# ## An embedding, an LSTM, both directions
#
# Three steps up. First, the one-hot row. A one-hot row times a matrix *is* a row of the matrix, so nobody multiplies
# by zeros: an **embedding** keeps the matrix and picks rows.

# %%
embedding = nn.Embedding(people.symbols, 5).double()
rows = embedding(torch.tensor(x))                                    # (T, B) numbers -> (T, B, E)
product = nn.functional.one_hot(torch.tensor(x), people.symbols).double() @ embedding.weight
print(x.shape, "->", tuple(rows.shape), "  rows picked = one-hot rows times the matrix:", torch.equal(rows, product))
assert torch.equal(rows, product)

# %% [markdown] tags=["slide: A layer in both directions ... 2H)$. | For the whole name"]
# Second, the LSTM of chapter 04 in the place of the step. Third, a second LSTM with weights of its own that reads each
# name **from its last letter to its first**. What it is for: at a name's end, a state has forgotten much of the
# beginning, and *O'* or *Mac* stand there; a reader from the other side has just met them. A layer in both directions
# gives for each step both states, side by side, $(T, B, 2H)$. For the whole name we want the last state of each. But
# where does it stand?

# %% tags=["slide"]
fig, (upper, lower) = plt.subplots(2, 1, figsize=(8.2, 5.6))
name_batch.both_directions(upper, "rossi", 9)
name_batch.both_directions(lower, "kowalczyk", 9)
show(fig, alt="Two drawings of a name under two rows of states. Forward arrows run to the right, backward arrows to "
     "the left. The filled boxes are the forward state over the last letter and the backward state over the first. A "
     "dashed frame marks out[-1]: for rossi it holds padding only, for kowalczyk the forward state that has read "
     "everything and a backward state that has read one letter.",
     caption="Full boxes have read the whole name: the forward state at its last letter, the backward state at its "
     "first, which is step 0. The output at the last step, out[-1], is right for half of the state of the longest "
     "name, and for nothing else.")

# %%
from rnncourse.training.models import NameModel

model = training.seeded(1, lambda: NameModel(people.symbols, K, embedding_size=5, hidden_size=4)).double()
packed = pack_padded_sequence(model.embedding(torch.tensor(x)), torch.tensor(lengths), enforce_sorted=False)
with torch.no_grad():
    out, (h_n, c_n) = model.recurrent(packed)
    out, _ = nn.utils.rnn.pad_packed_sequence(out)
H, each = 4, np.arange(len(some))
print("out", tuple(out.shape), " h_n", tuple(h_n.shape), "(directions, B, H)")
print("forward:  h_n[0] stands at each name's last letter:", torch.equal(h_n[0], out[lengths - 1, each, :H]))
print("backward: h_n[1] stands at step 0:                 ", torch.equal(h_n[1], out[0, :, H:]))
assert torch.equal(h_n[0], out[lengths - 1, each, :H]) and torch.equal(h_n[1], out[0, :, H:])

# %% [markdown]
# `NameModel` is what we have just put together: embedding, an LSTM in both directions over the packed batch, and a
# linear read-out of the two last states. Three claims about it, checked at once: packed, padded with a mask, and one
# name at a time give the same scores. The masked loop is short. Where a name has no letter, the state stays as it is;
# and the *same* loop, run from the last step to the first, is the backward direction. It meets the padding first, and
# with nothing read the state stays 0.

# %%
def masked(layer, suffix, x, mask, order):
    """The last state (B, H) of one direction of an LSTM: states move only where the mask (T, B) is True."""
    cell = nn.LSTMCell(layer.input_size, layer.hidden_size).double()
    cell.load_state_dict({name: getattr(layer, f"{name}_l0{suffix}")
                          for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")})
    h = c = x.new_zeros(x.shape[1], layer.hidden_size)
    for t in order:
        h_new, c_new = cell(x[t], (h, c))
        h, c = (torch.where(mask[t][:, None], new, old) for new, old in ((h_new, h), (c_new, c)))
    return h


T = len(x)
mask, read = torch.arange(T)[:, None] < torch.tensor(lengths), model.embedding(torch.tensor(x))
with torch.no_grad():
    ends = [masked(model.recurrent, "", read, mask, range(T)),
            masked(model.recurrent, "_reverse", read, mask, reversed(range(T)))]
    by_mask = model.readout(torch.cat(ends, dim=1)).numpy()
by_packing = scores_of(model, some)
by_itself = np.concatenate([scores_of(model, [name]) for name in some])
gaps = np.abs(by_mask - by_packing).max(), np.abs(by_itself - by_packing).max()
print("packed = padded and masked = one by one, within 1e-12:", max(gaps) < 1e-12)
assert max(gaps) < 1e-12

# %% [markdown]
# And the mistake? `out[-1]` from a batch that was padded but not packed: the forward state has gone on through the
# zeros; and the backward state at the last step has read one letter. For names of equal length that end alike its
# backward half is one and the same, however they begin:

# %%
alike, _ = people.padded(["rossi", "bassi", "verdi"])
with torch.no_grad():
    out, _ = model.recurrent(model.embedding(torch.tensor(alike)))
print("backward half of out[-1] equal for all three:", torch.equal(out[-1, :1, H:].expand(3, H), out[-1, :, H:]))
print("backward half of out[0] equal for any two:   ", any(torch.equal(*two) for two in combinations(out[0, :, H:], 2)))
assert torch.equal(out[-1, :1, H:].expand(3, H), out[-1, :, H:]) and not torch.equal(out[0, 0, H:], out[0, 1, H:])

# %% [markdown]
# Nothing crashes: all shapes are right, and a read-out can still learn something from the forward half. That is why
# one finds it so often.
#
# ### Training it
#
# A small one, in view: four times through the names. After each time through, the share of wrong validation names is
# printed, and the weights of the best are kept.

# %% tags=["nbval-ignore-output"]
def wrong_share(model):
    return {"wrong": float((scores_of(model, check_names).argmax(1) != check_labels).mean())}


small = training.seeded(0, lambda: NameModel(people.symbols, K, embedding_size=24, hidden_size=48))
run = training.fit(small, batches, training.cross_entropy, validate=wrong_share, epochs=4, learning_rate=0.01)
print(run)
print("wrong on the validation names after each time through:", ", ".join(f"{v:.1%}" for v in run.history["wrong"]))
assert 0.2 < run.history["wrong"][run.best] < 0.4

# %% [markdown]
# A larger one lies in the repository with the command that made it. It was trained for longer, with one trick against
# learning names by heart: in each batch a part of the letters was hidden, others each time, so that it could not rely
# on any of them. All that follows is about this one, in float64, so that you see the numbers that are printed here.

# %%
reader = training.shipped("names_lstm").double()
print(reader)

# %% [markdown] tags=["slide: eq | Which language then? ... turns it round"]
# ## Is it any good?
#
# Two baselines. The first always says the most frequent language. The second counts. For each language we fit an
# **n-gram** model on its names, as chapter 06 does for a text: how likely is this letter after those $n - 1$?
# Multiplied along a name, to the mark that ends it, this gives $P(\text{name} \mid \text{language})$. Which language,
# then? Bayes' rule turns it round:
#
# $$P(\text{language} \mid \text{name}) \;\propto\; P(\text{language}) \cdot P(\text{name} \mid \text{language}),$$
#
# where $P(\text{language})$, the **prior**, is the share of a language among the training names. In logarithms the
# product is a sum. (Number 0, which stands for no letter, marks the end.)

# %%
from rnncourse.validate import ngram

log_prior = np.log(np.bincount(train_labels) / len(train_labels))


def marked(names):
    return [np.append(people.encode(name), 0) for name in names]


of_language = [marked([train_names[b] for b in np.flatnonzero(train_labels == k)]) for k in range(K)]


def log_likelihood(models, names):
    """(B, K): log P(name | language), the surprise at each letter and at the end taken together."""
    read = marked(names)
    return np.array([[-np.log(2) * bits.sum() for bits in model.bits(read)] for model in models]).T


# %%
counted = {n: [ngram.fit(those, n, classes=people.symbols) for those in of_language] for n in range(1, 6)}
found = {n: np.mean((log_likelihood(models, check_names) + log_prior).argmax(1) == check_labels)
         for n, models in counted.items()}
best, best_share = max(found.items(), key=lambda entry: entry[1])
for n, share in found.items():
    print(f"n = {n}: {share:.1%} of the validation names right")

# %% [markdown]
# Counting single letters ($n = 1$) is a bag of letters, without places this time. Pairs add much, triples a little
# more, and then it levels off. We take the best of these, and now look at the test names for the first time with it.
# Three scores for each: how often it is right; how often the right language is among its **two** first; and the
# **macro** accuracy, for which the share is taken in each language first and then averaged, so that each *language*
# counts the same and not each name.

# %% tags=["slide: print"]
from sklearn.metrics import balanced_accuracy_score, top_k_accuracy_score

counts = log_likelihood(counted[best], test_names) + log_prior
network = scores_of(reader, test_names)


def score(scores, labels=test_labels):
    """Accuracy, top-2 accuracy, macro accuracy of scores (B, K)."""
    return (np.mean(scores.argmax(1) == labels), top_k_accuracy_score(labels, scores, k=2),
            balanced_accuracy_score(labels, scores.argmax(1)))


def table(rows):
    print(f"{'':28} accuracy  top-2  macro")
    for name, scores in rows.items():
        print(f"{name:28}" + "{:9.1%} {:6.1%} {:6.1%}".format(*score(scores)))


rows = {"the most frequent language": np.tile(log_prior, (len(test_labels), 1)),
        "letters alone, n = 1": log_likelihood(counted[1], test_names) + log_prior,
        f"counts, n = {best}": counts, "LSTM, both directions": network}
table(rows)

# %% tags=["nbval-ignore-output"]
table({"classic, linear": scores_of(trained["linear"][0], test_names),
       "classic with tanh": scores_of(trained["tanh"][0], test_names),
       "small LSTM, trained above": scores_of(small, test_names)})
wrong_small, wrong_counts = (scores.argmax(1) != test_labels for scores in (scores_of(small, test_names), counts))
found = compare(wrong_small, wrong_counts, "the small LSTM", "counting")
assert found.low > 0

# %% [markdown]
# Compare with your guesses. Counting is ahead of everything that we trained on this page, and the verdict on the best
# of them says that this is not by chance. And the large LSTM? Before anyone says "better": would other test names have
# said the same?

# %% tags=["slide: print 3"]
wrong_network, wrong_counts = network.argmax(1) != test_labels, counts.argmax(1) != test_labels
found = compare(wrong_network, wrong_counts, "the LSTM", "counting")
assert not found.excludes_zero
right = {"both": ~wrong_network & ~wrong_counts, "only the LSTM": ~wrong_network & wrong_counts,
         "only counting": wrong_network & ~wrong_counts, "neither": wrong_network & wrong_counts}
print("right are:", ",  ".join(f"{who} {them.mean():.1%}" for who, them in right.items()))

# %% [markdown] tags=["part: But they are not"]
# The table of counts is not a toy. Names are short, there are few of them, and what tells a language is mostly which
# two or three letters stand together: exactly what it counts. The LSTM has to find out by itself that this is what
# matters, and with all its effort it draws level. But they are not the same: each is right on names on which the other
# is wrong. So let both vote, by adding their log-probabilities:

# %%
from scipy.special import log_softmax, softmax

added = log_softmax(network, axis=1) + log_softmax(counts, axis=1)
table({f"counts, n = {best}": counts, "LSTM, both directions": network, "both, added": added})
for wrong_alone, alone in ((wrong_network, "the LSTM alone"), (wrong_counts, "counting alone")):
    assert compare(added.argmax(1) != test_labels, wrong_alone, "the sum", alone).high < 0

# %% [markdown]
# ### How firm is the verdict?
#
# A verdict is about two methods, and each could have come out a little differently. First, the baseline. We might as
# well have put a mark before each name, not only after it. What would the verdict have been?

# %%
def with_two_marks(names):
    """(B, K): the scores by counts of the same n, with a mark before each name too; the mark itself is not guessed."""
    models = [ngram.fit([np.append(0, name) for name in those], best, classes=D) for those in of_language]
    read = [np.append(0, name) for name in marked(names)]
    return np.array([[-np.log(2) * bits[1:].sum() for bits in model.bits(read)] for model in models]).T + log_prior


two_share = (with_two_marks(check_names).argmax(1) == check_labels).mean()
print(f"validation names right: {two_share:.1%} with two marks, {best_share:.1%} with one; "
      f"a difference of {abs(two_share - best_share) * len(check_names):.0f} names among {len(check_names)}")
wrong_two = with_two_marks(test_names).argmax(1) != test_labels
compare(wrong_network, wrong_counts, "the LSTM", "counting (one mark)")
compare(wrong_network, wrong_two, "the LSTM", "counting (two marks)")
assert abs(two_share - best_share) < 0.01

# %% [markdown]
# Two tables that validation can hardly tell apart, and two verdicts: no difference from the one, and a win over the
# other by a hair. Nothing about the network has changed. So the verdict is not firm: it hangs on a choice that nobody
# could have made on good grounds, and whoever reports only one of the two has picked it. What can be said is that the
# network is about level with good counting, perhaps a little ahead.
#
# Second, the start. Was that a lucky network? The command that made it trained it from several seeds, shipped the
# first, and noted how each did on the test names:

# %%
told = training.shipped_metadata("names_lstm")
by_seed = np.array([100 * found["accuracy"] for found in told["test by seed"].values()])
by_counting = 100 * score(counts)[0]
print("accuracy by seed:", ", ".join(f"{share:.1f} %" for share in by_seed), f"  counting: {by_counting:.1f} %")
found = intervals.over_seeds(by_seed - by_counting)
print("their mean, minus counting:", found, "points")
assert abs(by_seed[0] - 100 * score(network)[0]) < 0.1 and not found.excludes_zero

# %% [markdown] tags=["slide: Again two doubts ... have given"]
# The starts agree: about level with counting, and not shown to be ahead. Again two doubts: the verdicts of `compare`
# ask what *other names* would have said, this interval what *other starts* would have given, and with three of them it
# is wide.
#
# ## Which mistakes?
#
# A single number hides what kind of mistakes there are. The **confusion matrix** counts them: a row for each language
# as it is, a column for each as it was said.

# %% tags=["slide: picture | A row is ... found"]
from sklearn.metrics import confusion_matrix

from rnncourse.plots.confusion import matrix as draw_matrix

said = network.argmax(1)
matrix = confusion_matrix(test_labels, said, labels=range(K))
fig, ax = plt.subplots(figsize=(8.6, 7.4))
draw_matrix(ax, matrix, people.languages)
show(fig, alt="Confusion matrix of twenty languages on the test names, shares of each row. A bright diagonal with "
     "gaps at Czech, Slovenian and English. The brightest cell beside it says that Czech names are taken for Slovak.",
     caption="Held-out names. A row is a language, its bright cell on the diagonal the share that was found. What "
     "shines beside it: neighbours in spelling, and a few lists that overlap. Numbers are per cent; below 1 a cell "
     "is blank.")

# %%
def mixed_up(matrix):
    """(share, i, j) of each pair: how many of both languages' names were taken for the other one."""
    sizes = matrix.sum(1)
    pairs = [((matrix[i, j] + matrix[j, i]) / (sizes[i] + sizes[j]), i, j) for i in range(K) for j in range(i)]
    return sorted(pairs, reverse=True)


lists_of = people.shared
also = np.array([people.languages[k] in lists_of.get(people.decode(people.encode(name)), ())
                 for k, name in zip(said, test_names, strict=True)])    # does the language said list this name, too?
pairs = mixed_up(matrix)
overlap = next(pair for pair in pairs if {people.languages[k] for k in pair[1:]} == {"Finnish", "Swedish"})
for share, i, j in [*pairs[:6], overlap]:
    both = [f"{people.languages[a]} ({matrix[a, b]} of {matrix[a].sum()})" for a, b in ((i, j), (j, i))]
    here = ((test_labels == i) & (said == j)) | ((test_labels == j) & (said == i))
    print(f"{share:5.1%} mixed up: {', '.join(both):44} on both lists: {also[here].sum()} of {here.sum()}")
unfair = wrong_network & also
print(f"of all {wrong_network.sum()} mistakes, {unfair.sum()} ({unfair.sum() / wrong_network.sum():.1%}) are names "
      "that the language said lists as well")
assert {people.languages[k] for k in mixed_up(matrix)[0][1:]} == {"Czech", "Slovak"}

# %% [markdown]
# Two kinds of mistake. That Finnish names are taken for Swedish is mostly *overlap*: the same names stand on both
# lists, for the country speaks two languages, and these are mistakes only because one row of each name must be wrong.
# But that is the exception. Most mistakes are about names of one list only. Czech and Slovak names are *spelt alike*,
# and then the longer list wins; English and French, Italian and Spanish, German and Dutch share endings and pairs of
# letters, much less the names themselves. Those are the network's own mistakes.
#
# ### Large lists, small lists
#
# Look at the rows of the short lists. Some do badly, Czech and Slovenian before all: those that look like a longer
# neighbour. Azerbaijani and Chinese, as short, look like nobody else and are found. The network has learnt
# $P(\text{language} \mid \text{name})$ from lists of unequal length, so a language with many names has a head start,
# the prior. Is that right? It depends on the question. The lengths of our lists say nothing about the world: Faker
# has many Slovak names and few Slovenian ones. With Bayes' rule the prior can be taken out again afterwards, without
# any training: subtract its logarithm from the scores. (Or train with weights in the loss that make each language
# count the same, `people.weights`; they have the same aim.)

# %%
rows = {"LSTM": network, "LSTM without the prior": network - log_prior,
        f"counts, n = {best}": counts, "counts without the prior": counts - log_prior}
table(rows)
print()
sizes, right = np.bincount(train_labels), {name: scores.argmax(1) == test_labels for name, scores in rows.items()}
for k in np.argsort(sizes, kind="stable")[:5]:
    with_prior, without = (right[name][test_labels == k].mean() for name in ("LSTM", "LSTM without the prior"))
    print(f"{people.languages[k]:12} {sizes[k]} names to learn from: found {with_prior:.0%}, "
          f"without the prior {without:.0%}")
assert score(network - log_prior)[2] > score(network)[2] and score(network - log_prior)[0] < score(network)[0]

# %% [markdown]
# Without the prior the short lists gain much and the long ones pay
# for it: macro accuracy rises, plain accuracy falls. Neither of the two is *the* accuracy. The question to ask is: in
# which proportions will names come when this is used? If nobody knows, say at least which prior you took.
#
# ## Belief, letter by letter
#
# What does the reader think *on the way*? We stop it after each letter, as if the name ended there: the forward
# direction just reads on, and the backward one must begin anew at each letter.

# %%
from rnncourse.explorers.name_belief import NameBelief, beliefs

name = "Martinová"
assert names.part_of(name) == "test"
belief = beliefs(reader, people.encode(name)).both                   # (T + 1, K): row t after t letters
for t, p in enumerate(belief):
    first = np.argsort(-p)[:3]
    print(f"{name[:t]:10}", "  ".join(f"{people.languages[k]} {p[k]:.0%}" for k in first))
whole = log_softmax(scores_of(reader, [name])[0])
print("the last row is what the model says of the whole name:", np.abs(np.log(belief[-1]) - whole).max() < 1e-9)
assert np.abs(np.log(belief[-1]) - whole).max() < 1e-9

# %%
explorer = NameBelief(reader, people, name=name)
explorer

# %% tags=["slide"]
show(explorer.still(), alt=explorer.words,
     caption="The explorer, standing still. Left: a column for each letter read, bright where the belief is. Middle: "
     "the belief at the mark. Right: what each direction's last state adds to each language's score.")

# %% [markdown]
# Things to try, with a guess before each:
#
# 1. Your own name. At which letter does it decide? Does it keep its opinion?
# 2. `Martin`, then `Martini`, `Martinsson`, `Martinović`. One stem, and the ending decides.
# 3. Take the accents away: `Martínez` and `Martinez`. What does the model lean on?
# 4. `O'Brien`, and then `Ó Briain`. Which is on whose list?
# 5. `Martinova`, and switch to *left to right alone*. Do both directions agree?
#
# <details><summary>What there is to see</summary>
#
# (1) On the way the belief often swings to languages that have nothing to do with it: each beginning is read as if it
# was a whole name, and *Marti* could be one. (2) French, Italian, Swedish, Croatian in turn: the last letters overturn
# everything before them. (3) With the accent it is nearly sure of Spanish; without it, French comes close. Whoever
# fills in a form without accents gets another guess. (4) The first goes to Dutch with much confidence, the second to
# Irish. The Irish list holds names as they are written in Irish, *Ó* and *Mac*; it never met *O'Brien*, which is on
# the British one. (5) They do not: read from the left alone it is thought Azerbaijani, where *-ova* is a frequent
# ending. The model was not trained to be read in this way, so this is a look inside, not another model.
# </details>
#
# ### Names it cannot read
#
# The alphabet is fixed. What lies outside is refused, with a word about which letter it is and what to do. (The
# alternative, to drop unknown letters silently, gives a confident answer to another name.)

# %%
for name in ("Ștefănescu", "Иванов", "R2-D2", " "):
    try:
        people.encode(name)
    except ValueError as error:
        print(textwrap.fill(f"{name!r}: {error}", 116, subsequent_indent="    "), end="\n\n")

# %% [markdown] tags=["slide: A name is not ... name is spelt"]
# ## What must not be decided with this
#
# A name is not an origin. It says how somebody's family name is spelt, and it got to them through ancestors,
# marriages, adoptions, officials' spelling, and borders that moved. Our labels say even less: on whose list the name
# stands. Three looks at what it would mean to act on such a guess.
#
# **Shared names.** For these the guess is not wrong now and then; it has no right answer.

# %%
p_test = softmax(network, axis=1)
shared = {name: lists for name, lists in people.shared.items() if names.part_of(name) == "test"}
print(f"{len(shared)} of the shared names are test names. Those in most languages:")
for name in sorted(shared, key=lambda name: (-len(shared[name]), name))[:6]:
    p = softmax(scores_of(reader, [name])[0])
    print(f"  {name:10} listed as {', '.join(shared[name])}; said: "
          + ", ".join(f"{people.languages[k]} {p[k]:.0%}" for k in np.argsort(-p)[:2]))

# %% [markdown]
# **Sure, and wrong.** "Use it only where it is sure" is the usual answer. How sure is sure? To be fair, we leave out
# the mistakes that are none: names that the language said has on its list as well.

# %% tags=["slide: print 2-4"]
print(f"left out: {unfair.sum()} of {len(unfair)} names")
for least in (0.5, 0.9, 0.99):
    sure = (p_test.max(1) >= least) & ~unfair
    print(f"belief of {least:.0%} and more: {sure.sum() / (~unfair).sum():4.0%} of the names, of these "
          f"{wrong_network[sure].mean():5.1%} wrong: {(sure & wrong_network).sum()} names")
worst = np.argsort(-np.where(wrong_network & ~unfair, p_test.max(1), 0))[:8]
for k in worst:
    print(f"  {test_names[k]:16} {people.languages[said[k]]} {p_test[k].max():.1%}; on the list of "
          f"{people.languages[test_labels[k]]} names")

# %% [markdown]
# **The mistakes are not spread evenly.** The accuracy is an average. Who bears the mistakes?

# %% tags=["slide: picture | Nobody's chance"]
share = matrix.diagonal() / matrix.sum(1)
order = np.argsort(share)
fig, ax = plt.subplots(figsize=(8.5, 4.6))
ax.barh([people.languages[k] for k in order], share[order], color=LOOK["h"].colour)
ax.axvline((said == test_labels).mean(), color=REFERENCE, linestyle="--")
ax.text((said == test_labels).mean(), -0.9, " all names", color=QUIET, fontsize=9)
ax.set(xlim=(0, 1), xlabel="share of the test names that is found")
ax.grid(axis="x")
ax.grid(False, axis="y")
show(fig, alt="Bars, one for each language, sorted: the share of its test names that is found. Irish, Azerbaijani "
     "and Zulu stand at the top, English, Slovenian and Czech far down; a dashed line marks all names together.",
     caption="From Irish at the top, nearly always found, down to Czech, mostly not; the dashed line is all names "
     "together. Nobody's chance of being read rightly is the average.")

# %% [markdown]
# So: not who is invited to an interview, a flat or a country; not whose papers are looked at twice; not in which
# language somebody is spoken to, when asking takes ten seconds. In each of these the mistakes fall on the same
# people: those whose name is on several lists, and those whose list is short beside a longer one that looks like it.
# They do not see the guess and cannot contradict it. And where the guess is *right* it is no better, for then a name
# was used in the place of a person. That people decide by names has been measured: CVs were sent out under names
# drawn at random, and the names changed who was called back (Bertrand and Mullainathan 2004). A classifier only does
# it faster. What one like ours is good for: studying spelling, proposing a pronunciation that its bearer corrects,
# and learning how classifiers fail.
#
# ## Exercises
#
# A check answers at once, and can be run as often as you like. `.hint()` gives the next hint, `.solution()` shows
# ours. All are in NumPy.

# %%
from rnncourse.exercises import names as exercises

# %% [markdown]
# **1. Padding.** What `people.padded` does.

# %%
def pad(names):
    """Put names of unequal length into one array, a column each, with 0 after a name's end.

    names    a list of B arrays (T_b,) of letter numbers, whole numbers from 1 on; 0 is no letter
    returns  x (T, B), T the length of the longest; and lengths (B,), how many letters each name has
    """
    ...    # about 5 lines


exercises.pad.check(pad)

# %%
# exercises.pad.hint()
# exercises.pad.solution()

# %% [markdown]
# **2. The classic, for a batch.** Names of equal length this time, so nothing is padded. Mind the last scores: which
# state do they read?

# %%
def joined_classifier(W_ih, b_h, W_io, b_o, x):
    """Log-probabilities of the languages after the last letter: input and state joined, no activation.

    At each letter the joined row [x_t, h_{t−1}] gives the next state, [x_t, h_{t−1}] W_ih + b_h, and the scores,
    [x_t, h_{t−1}] W_io + b_o. The state starts at 0. A log-softmax over the languages follows the last scores.

    W_ih     (D + H, H), and b_h (H,)
    W_io     (D + H, K), and b_o (K,)
    x        (T, B, D)  names of T letters
    returns  (B, K)
    """
    ...    # about 6 lines


exercises.joined_classifier.check(joined_classifier)

# %%
# exercises.joined_classifier.hint()
# exercises.joined_classifier.solution()

# %% [markdown]
# **3. Where is the last state?** torch hands out `h_n`. From the outputs alone, one has to know where to look.

# %%
def last_states(out, lengths):
    """The last state of both directions, side by side: what each holds when it has read the whole name.

    out      (T, B, 2H)  outputs of a layer that reads both ways: first the forward direction's H numbers, then
             the backward one's; each letter's states stand at that letter's step, and padding is 0
    lengths  (B,)       letters in each name, from 1 to T
    returns  (B, 2H)    forward first
    """
    ...    # about 4 lines


exercises.last_states.check(last_states)

# %%
# exercises.last_states.hint()
# exercises.last_states.solution()

# %% [markdown]
# **4. Among the first $k$.** What scikit-learn's `top_k_accuracy_score` does, in two lines.

# %%
def top_k_accuracy(scores, labels, k):
    """The share of names whose own language is among the k that got the highest scores. No two scores are equal.

    scores   (B, K)  one score for each language
    labels   (B,)    the number of each name's own language
    k        from 1 to K
    returns  a number from 0 to 1
    """
    ...    # about 2 lines


exercises.top_k_accuracy.check(top_k_accuracy)

# %%
# exercises.top_k_accuracy.hint()
# exercises.top_k_accuracy.solution()

# %% [markdown]
# **5. Who is taken for whom.** What scikit-learn's `confusion_matrix` does. One of the short ways counts wrongly.

# %%
def confusion(labels, guesses, classes):
    """Count who is taken for whom: entry [i, j] says how many names of language i were guessed to be of j.

    labels   (B,)  the number of each name's own language
    guesses  (B,)  the number of the language guessed
    classes  K, how many languages there are; some may have no name here
    returns  (K, K) whole numbers
    """
    ...    # about 4 lines


exercises.confusion.check(confusion)

# %%
# exercises.confusion.hint()
# exercises.confusion.solution()

# %% [markdown]
# ## Where this misleads
#
# **A limit: a closed world.** The softmax shares out 100 % among twenty languages. There is no "none of these". What
# does the reader say to names from languages that it has never met?

# %%
for name in ("Yamamoto", "Nagy", "Papadopoulos", "Nguyen", "Yılmaz", "Xyzxyz"):
    p = softmax(scores_of(reader, [name])[0])
    print(f"  {name:13}", ", ".join(f"{people.languages[k]} {p[k]:.0%}" for k in np.argsort(-p)[:3]))

# %% [markdown] tags=["slide: A probability from"]
# It names one of its twenty each time, sometimes with great confidence. A probability from a softmax is not "how
# likely is it that this is a Spanish name" but "which of my twenty, if it must be one of them".
#
#
# **A common mistake in print: a score on the names that were learnt.** In its first versions the tutorial draws its
# confusion matrix from training names, chosen at random; there is no other part. What does that do?

# %%
some_learnt = train_names[::4]
rows = {"LSTM": (scores_of(reader, some_learnt), network),
        "counting": (log_likelihood(counted[best], some_learnt) + log_prior, counts)}
learnt, new = ({who: score(both[0], train_labels[::4])[0] for who, both in rows.items()},
               {who: score(both[1])[0] for who, both in rows.items()})
for who in rows:
    print(f"{who:9} names that it learnt from: {learnt[who]:.1%} right; names that it never saw: {new[who]:.1%}")
assert all(learnt[who] - new[who] > 5 * abs(new["LSTM"] - new["counting"]) for who in rows)

# %% [markdown]
# In each row it is one and the same model. A score on learnt names flatters it by far more than lies between the LSTM
# and counting, and it flatters most whoever has the best memory: by that score counting would win with ease.
#
# The second mistake is `out[-1]`. We train the small network once more, all alike but for this: padded and not packed,
# and the output of the batch's last step is read. Then we ask it for the same test names twice, in batches of names of
# like length, as it learnt, and all in one batch.

# %% tags=["nbval-ignore-output"]
class LastStep(NameModel):
    """The mistake: it reads the padding, and takes out[-1] for the last states."""

    def forward(self, x, lengths):
        return self.readout(self.recurrent(self.embedding(x))[0][-1])


mistaken = training.seeded(0, lambda: LastStep(people.symbols, K, embedding_size=24, hidden_size=48))
training.fit(mistaken, batches, training.cross_entropy, epochs=4, learning_rate=0.01, progress=False)
alike, right = list(people.batches("test", batch=128, rng=np.random.default_rng(8))), {}
for name, model in (("packed, last states", small), ("padded, out[-1]", mistaken)):
    with torch.no_grad():
        found = [model(torch.tensor(x), torch.tensor(n)).argmax(1).numpy() == y for x, n, y in alike]
    right[name] = np.concatenate(found).mean(), score(scores_of(model, test_names))[0]
    print(f"{name:20} right: {right[name][0]:.1%} in batches of like length, {right[name][1]:.1%} all in one batch")
assert abs(np.subtract(*right["packed, last states"])) < 0.005 < 0.05 < np.subtract(*right["padded, out[-1]"])

# %% [markdown] tags=["slide: A table of counts ... in four. | And as far"]
# Packed, a name gets the same answer in any company. With `out[-1]` it depends on *who else is in the batch*, for the
# longest name decides how much padding all the others must read. All shapes are as they should be, it learns, and
# there is no word of complaint.
#
# ## Recap: which language is this name from?
#
# As far as spelling tells. A table of counts and an LSTM, read from both ends, each find the right list for about
# three new names in four. Which of the two is ahead cannot be said: the verdict changes between two ways of counting
# that are equally good. Together they do better than either. The classic classifier adds up votes of letters by their
# place, can say nothing about two of them together, and gets surprisingly far with it. In a batch, padding must not be
# read, and the last state of the backward direction stands at the first letter. And as far as the question is about a
# person: a name does not say.
#
# ## References
#
# - Sean Robertson (2017). Classifying names with a character-level RNN. Tutorial, pytorch.org. (The classifier with
#   input and hidden state joined; later versions use `nn.RNN` and hold names back.)
# - Mike Schuster, Kuldip K. Paliwal (1997). Bidirectional recurrent neural networks. *IEEE Transactions on Signal
#   Processing* 45(11), 2673–2681.
# - William B. Cavnar, John M. Trenkle (1994). N-gram-based text categorization. *Symposium on Document Analysis and
#   Information Retrieval*, 161–175. (Languages told apart by counting.)
# - Ian H. Witten, Timothy C. Bell (1991). The zero-frequency problem. *IEEE Transactions on Information Theory* 37(4),
#   1085–1094. (How our n-grams treat what they never saw.)
# - Marco Saerens, Patrice Latinne, Christine Decaestecker (2002). Adjusting the outputs of a classifier to new a
#   priori probabilities. *Neural Computation* 14(1), 21–41. (Taking the prior out.)
# - Marianne Bertrand, Sendhil Mullainathan (2004). Are Emily and Greg more employable than Lakisha and Jamal?
#   *American Economic Review* 94(4), 991–1013. (What happens to people when others decide by their names.)
# - Names: the Python package Faker, `faker.providers.person`, MIT licence.
