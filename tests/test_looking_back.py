"""Looking back: the lengths of torch's own gradients, every cell and depth, letters or numbers, one or many."""

import numpy as np
import pytest
import torch
from explain_checks import KINDS, D, H, K, Lab, Twin, close
from planting import plant
from recording_checks import make
from torch import nn

from rnncourse.explain import _gradient
from rnncourse.explain import looking_back as room
from rnncourse.explain.looking_back import looking_back
from rnncourse.explain.model import Explained

CASES = [(kind, layers) for kind in KINDS for layers in (1, 3)]


def by_torch(twin, x, step, target):
    """(step + 1,): autograd through the whole text, up to the score of one step; and all scores of that step."""
    x = torch.tensor(x, requires_grad=True)
    state = tuple(torch.tensor(s)[:, None] for s in twin.state)
    h, _ = twin.recurrent(x[:, None], state if len(state) == 2 else state[0])
    scores = twin.readout(h[step, 0])
    scores[target].backward()
    assert (x.grad[step + 1:] == 0).all()
    return x.grad.norm(dim=-1).numpy()[:step + 1], scores.detach().numpy()


def check_lengths_are_those_of_torchs_gradients(look):
    for case in CASES:
        twin = Twin(*case)
        net, x = twin.explained(Lab()), twin.x[:, 1]
        for step in range(len(x)):
            found = look(net, x, step, target=step % K)
            norms, scores = by_torch(twin, x, step, step % K)
            close(found.norms, norms, 1e-12, f"norms of {case}, step {step}")
            close(found.score, scores[step % K], 1e-12, "the score")


def check_many_steps_are_each_alone(look):
    for case in CASES:
        net, x = Twin(*case).explained(Lab()), Twin(*case).x[:, 1]
        steps = np.array([3, 0, 6, 3, -1])
        found = look(net, x, steps)
        assert found.norms.shape == (5, 7) and found.step.tolist() == [3, 0, 6, 3, 6]
        for k, step in enumerate(found.step):
            alone = look(net, x, int(step))
            close(found.norms[k, :step + 1], alone.norms, 1e-13, f"step {step} of {case}")
            assert (found.norms[k, step + 1:] == 0).all() and found.target[k] == alone.target
            close(found.score[k], alone.score, 1e-13, "score")


def check_without_a_target_it_is_the_likeliest(look):
    twin = Twin("gru", 2)
    net, x = twin.explained(Lab()), twin.x[:, 1]
    for step in range(7):
        found = look(net, x, step)
        scores = by_torch(twin, x, step, 0)[1]
        assert found.target == scores.argmax() and found.score == pytest.approx(scores.max(), abs=1e-12)


CHECKS = [check_lengths_are_those_of_torchs_gradients, check_many_steps_are_each_alone,
          check_without_a_target_it_is_the_likeliest]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check):
    check(looking_back)


@pytest.mark.parametrize("changes, by", [
    ([('["h"][1 + steps, 0]', '["h"][steps, 0]')], CHECKS[:1] + CHECKS[2:]),
    ([("lengths = steps + 1", "lengths = np.maximum(steps, 1)")], CHECKS[:1]),
    ([("norms[here, :steps[here[0]] + 1]", "norms[np.sort(here), :steps[here[0]] + 1]")], CHECKS[1:2]),
    ([("through_input(net, 0, da, lengths)", 'da["forward"]')], CHECKS[:1]),
    ([("scores.argmax(-1)", "scores.argmin(-1)")], CHECKS[2:]),
], ids=["the score before the step", "a step short", "rows change places", "not back to the input", "the least likely"])
def test_the_checks_catch(changes, by):
    mutant = plant(room, *changes)
    for check in by:
        with pytest.raises((AssertionError, IndexError, ValueError)):
            check(mutant.looking_back)


def test_the_runs_that_it_shares_with_attribution_are_watched(monkeypatch):
    mutant = plant(_gradient, ("dc_next_now = dc * f", "dc_next_now = dc"))
    monkeypatch.setattr(room, "through_runs", mutant.through_runs)
    with pytest.raises(AssertionError, match="norms of"):
        check_lengths_are_those_of_torchs_gradients(looking_back)


def test_letters_are_their_embeddings_and_one_hot_vectors_are_numbers():
    torch.manual_seed(0)
    embedding, recurrent = nn.Embedding(9, D, dtype=torch.float64), make("lstm", (2, False, False, True), D, H)
    readout, letters = nn.Linear(H, K, dtype=torch.float64), np.array([3, 8, 0, 3, 5])
    vectors = embedding(torch.tensor(letters)).detach().requires_grad_()
    readout(recurrent(vectors[:, None])[0][3, 0])[2].backward()
    found = looking_back(Explained(recurrent, readout, embedding), letters, 3, 2)
    close(found.norms, vectors.grad.norm(dim=-1)[:4], 1e-12, "through the embedding")
    wide = make("gru", (2, False, False, True), 9, H)
    one_hot = np.eye(9)[letters]
    x = torch.tensor(one_hot, requires_grad=True)
    readout(wide(x[:, None])[0][4, 0])[1].backward()
    close(looking_back(Explained(wide, readout), one_hot, 4, 1).norms, x.grad.norm(dim=-1), 1e-12, "of one-hot vectors")


def test_many_steps_go_in_pieces_that_fit_memory(monkeypatch):
    twin = Twin("lstm", 2)
    net, x = twin.explained(Lab()), twin.x[:, 1]
    whole = looking_back(net, x, np.arange(7))
    monkeypatch.setattr(room, "AT_ONCE", 2 * 7 * 4 * H)
    close(looking_back(net, x, np.arange(7)).norms, whole.norms, 1e-14, "in pieces of two rows")


def test_it_says_what_it_is():
    net, x = Twin("lstm").explained(Lab()), Twin("lstm").x[:, 1]
    found = looking_back(net, x, 4)
    assert f"score {found.target} at step 4 is {found.score:.3g}; it hangs most on the input" in repr(found)
    assert repr(looking_back(net, x, [1, 2])) == "LookingBack: 2 scores over 7 steps"


def test_what_it_cannot_read():
    net, x = Twin("gru").explained(Lab()), Twin("gru").x
    with pytest.raises(ValueError, match="also reads backward.*expected one that reads forward"):
        looking_back(Twin("gru", 1, True).explained(Lab()), x[:, 0], 2)
    with pytest.raises(ValueError, match="x holds 4 texts; expected one"):
        looking_back(net, x, 2)
    with pytest.raises(ValueError, match="step is 7; this text has steps 0 to 6"):
        looking_back(net, x[:, 0], 7)
    with pytest.raises(ValueError, match="step is float64 of shape"):
        looking_back(net, x[:, 0], 1.5)
    with pytest.raises(ValueError, match="target is 4; this network has 4"):
        looking_back(net, x[:, 0], 1, 4)
    with pytest.raises(ValueError, match="an empty text"):
        looking_back(net, x[:0, 0], 0)
