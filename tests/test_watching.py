"""Watching changes nothing, bit by bit; what it keeps is what record, autograd and the Jacobians say at that update."""

import functools

import numpy as np
import pytest
import torch
from planting import plant
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from rnncourse import training
from rnncourse.cells import jacobians
from rnncourse.recording import record
from rnncourse.training import loop, models, watching
from rnncourse.training import step as one_step

SGD = functools.partial(torch.optim.SGD, momentum=0.5)


class Dicing(nn.Module):
    """A classifier with dropout before, between and behind its layers: any die too many would show."""

    def __init__(self, kind=nn.GRU):
        super().__init__()
        self.before, self.recurrent = nn.Dropout(0.3), kind(3, 5, 2, dropout=0.3)
        self.behind, self.readout = nn.Dropout(0.3), nn.Linear(5, 2)

    def forward(self, x, lengths=None):
        x = self.before(x)
        x = x if lengths is None else pack_padded_sequence(x, lengths, enforce_sorted=False)
        _, last = self.recurrent(x)
        return self.readout(self.behind(last[0][-1] if isinstance(last, tuple) else last[-1]))


def data(count=6, T=7, B=4):
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(T, B, 3)), rng.integers(2, size=B)) for _ in range(count)]


PROBE = np.random.default_rng(1).normal(size=(9, 3, 3))


def trained(watch=None, clip=0.05, model=None):
    model = model or training.seeded(0, Dicing)
    run = training.fit(model, data(), nn.functional.cross_entropy, epochs=3, clip=clip, learning_rate=0.1,
                       optimizer=SGD, progress=False, watch=watch)
    return model, run


def check_the_training_goes_as_without(room):
    model, run = trained()
    watch = room.Watch(PROBE, at=1)
    other, watched = trained(watch)
    assert [s.update for s in watch.snapshots] == list(range(18))
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
    for name, values in run.iterations.items():
        assert np.array_equal(values, watched.iterations[name]), name


def check_a_snapshot_is_the_network_between_two_updates(room):
    """At update n: the model of a training that ended after n, recorded on the probe without dropout."""
    watch = room.Watch(PROBE, at=[6, 12])
    trained(watch)
    for epochs, snapshot in zip((1, 2), watch.snapshots, strict=True):
        model = training.seeded(0, Dicing)
        training.fit(model, data(), nn.functional.cross_entropy, epochs=epochs, clip=0.05, learning_rate=0.1,
                     optimizer=SGD, progress=False)
        trace = record(model.recurrent, torch.tensor(PROBE).float())
        for layer in (0, 1):
            for name in "rznh":
                assert np.array_equal(snapshot.trace.at(layer)[name], trace.at(layer)[name]), (epochs, layer, name)


def check_gradients_are_those_of_the_batch_before_clipping(room):
    watch = room.Watch(PROBE, at=[0])
    model = training.seeded(0, Dicing)
    model.before.p = model.behind.p = model.recurrent.dropout = 0.0
    by_hand = training.seeded(0, Dicing)
    by_hand.load_state_dict(model.state_dict())
    by_hand.eval()
    x, y = data()[0]
    nn.functional.cross_entropy(by_hand(torch.tensor(x).float()), torch.tensor(y)).backward()
    _, run = trained(watch, model=model)
    first, = watch.snapshots
    assert set(first.gradients) == {name for name, _ in by_hand.named_parameters()}
    for name, parameter in by_hand.named_parameters():
        np.testing.assert_allclose(first.gradients[name], parameter.grad, atol=1e-7)
        assert first.norms[name] == pytest.approx(float(parameter.grad.norm()), rel=1e-5)
    whole = np.sqrt(sum(norm**2 for norm in first.norms.values()))
    assert whole == pytest.approx(run.iterations["gradient norm"][0], rel=1e-5) and whole > 0.05


CHECKS = [check_the_training_goes_as_without, check_a_snapshot_is_the_network_between_two_updates,
          check_gradients_are_those_of_the_batch_before_clipping]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check):
    check(watching)


@pytest.mark.parametrize("changes, by", [
    ([("with modules.at_rest(model), torch.random.fork_rng():\n", "if True:\n"),
      ("record(stack, x, state=state)", "record(stack, x.detach(), state=state)")], CHECKS[1]),
    ([("p.grad.detach().numpy().copy()", "p.grad.detach().zero_().numpy().copy()")], CHECKS[0]),
    ([("p.grad.detach().numpy().copy()", "p.grad.detach().numpy()")], CHECKS[2]),
    ([("for name, p in model.named_parameters()", "for name, p in stack.named_parameters()")], CHECKS[2]),
], ids=["runs as in training", "touches a gradient", "keeps a view of a gradient", "of the stack alone"])
def test_the_checks_catch(changes, by):
    with pytest.raises((AssertionError, ValueError)):
        by(plant(watching, *changes))


@pytest.mark.parametrize("changes", [
    [("    with torch.random.fork_rng():\n        job.watch", "    if True:\n        job.watch")],
    [("module.training = training", "pass")],
    [("    loss.backward()\n    _watched(job)\n    norm = _clipped(job).item()",
      "    loss.backward()\n    norm = _clipped(job).item()\n    _watched(job)")],
], ids=["fit lends its dice", "fit leaves modes changed", "after the clipping"])
def test_the_checks_catch_a_door_that_leaks(changes, monkeypatch):
    class Clumsy(watching.Watch):
        """Throws dice and leaves the model in evaluation mode."""

        def __call__(self, model, updates):
            torch.rand(3)
            super().__call__(model, updates)
            model.eval()

    room = type("Room", (), {"Watch": Clumsy})
    for check in CHECKS:
        check(room)
    monkeypatch.setattr(loop, "step", plant(one_step, *changes).step)
    with pytest.raises(AssertionError):
        for check in CHECKS:
            check(room)


@pytest.mark.parametrize("at, expected", [(5, [0, 5, 10, 15]), (range(2, 5), [2, 3, 4]), (np.array([17, 3]), [3, 17]),
                                          ([99], [])])
def test_it_looks_at_the_updates_it_was_told(at, expected):
    watch = watching.Watch(PROBE, at)
    trained(watch)
    assert [s.update for s in watch.snapshots] == expected
    assert repr(watch) == f"Watch: {len(expected)} snapshots, after {expected} updates"


def test_it_reads_what_the_recurrent_stack_reads():
    """Embeddings, packed rows, batch first, an LSTM's own start: the Trace is that of the model's own run."""
    names = training.seeded(0, lambda: models.NameModel(9, 4, 3, 5))
    x, lengths = torch.tensor([[1, 2], [3, 4], [5, 0]]), torch.tensor([3, 2])
    trace = watching.look(names, (x, lengths)).trace
    own = record(names.recurrent, names.embedding(x).detach(), lengths=lengths)
    assert trace.lengths.tolist() == [3, 2] and np.array_equal(trace.output, own.output)

    class Starting(nn.Module):
        def __init__(self):
            super().__init__()
            self.start, self.lstm = nn.Parameter(torch.ones(2, 1, 1, 4)), nn.LSTM(3, 4, batch_first=True)

        def forward(self, x):
            return self.lstm(x, hx=tuple(self.start.expand(2, 1, len(x), 4).contiguous()))[0]

    model = training.seeded(0, Starting)
    snapshot = watching.look(model, np.zeros((2, 6, 3)))
    assert snapshot.trace.x.shape == (6, 2, 3) and (snapshot.trace.h0 == 1).all() and (snapshot.trace.c0 == 1).all()
    assert snapshot.update == 0 and not snapshot.gradients and "no gradient" in repr(snapshot)


# -- over the training -----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def snapshots():
    watch = watching.Watch((PROBE, np.array([9, 2, 5])), at=6)
    trained(watch)
    return watch.snapshots


def test_a_distribution_counts_each_value_once(snapshots):
    found = watching.distribution(snapshots, "z", layer=0, bins=10)
    assert found.updates.tolist() == [0, 6, 12] and not found.logarithmic
    np.testing.assert_allclose(found.edges, np.linspace(0, 1, 11))
    for k, snapshot in enumerate(snapshots):
        z = snapshot.trace.at(0).z
        values = np.concatenate([z[:end, b].ravel() for b, end in enumerate((9, 2, 5))])
        np.testing.assert_allclose(found.shares[k], np.histogram(values, found.edges)[0] / values.size)
        np.testing.assert_allclose(found.quantiles[k], np.quantile(values, found.levels))
        assert found.shares[k].sum() == pytest.approx(1)
    h = watching.distribution(snapshots, "h")
    assert h.edges[0] == -h.edges[-1] and h.shares.sum() == pytest.approx(3)


def test_sizes_of_a_gradient_lie_between_its_bins(snapshots):
    name = "recurrent.weight_hh_l1"
    found = watching.gradient_distribution(snapshots, name)
    assert found.logarithmic and found.shares.sum(1) == pytest.approx(1)
    sizes = np.abs(snapshots[1].gradients[name])
    np.testing.assert_allclose(found.quantiles[1], np.quantile(sizes, found.levels))
    norms = watching.gradient_norms(snapshots)
    assert norms[name][2] == pytest.approx(np.linalg.norm(snapshots[2].gradients[name])) and len(norms) == 10


def test_exponents_are_those_of_the_jacobians_along_a_row(snapshots):
    found = watching.exponents(snapshots, layer=1, row=2)
    assert found.shape == (3, 5)
    run = snapshots[2].trace.at(1).row(2)
    assert run.steps == 5    # not through the padding
    np.testing.assert_allclose(found[2], jacobians.lyapunov_exponents(jacobians.state_jacobians(run))[0])


# -- bad input ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("at", [0, -3, [], [-1], [1.5], "10", True, None])
def test_updates_that_do_not_exist(at):
    with pytest.raises(ValueError, match="expected whole numbers of updates"):
        watching.Watch(PROBE, at)


def test_one_watch_for_two_trainings():
    watch = watching.Watch(PROBE, at=100)
    trained(watch)
    with pytest.raises(ValueError, match="this Watch has seen 18 updates of a training, and now comes update 0"):
        trained(watch)


def test_models_without_one_stack():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.GRU(3, 5), nn.GRU(5, 5)

        def forward(self, x):
            return self.two(self.one(self.one(x)[0][..., :3])[0])[0]

    with pytest.raises(ValueError, match=r"this Two has 'one', 'two'; expected one.*Say which: recurrent='…'"):
        watching.look(Two(), PROBE)
    with pytest.raises(ValueError, match="and none is named 'three'"):
        watching.look(Two(), PROBE, recurrent="three")
    with pytest.raises(ValueError, match="the model called its GRU 2 times; expected once"):
        watching.look(Two(), PROBE, recurrent="one")
    assert watching.look(Two(), PROBE, recurrent="two").trace.hidden_size == 5
    with pytest.raises(ValueError, match="this Linear has no recurrent stack"):
        watching.look(nn.Linear(3, 3), PROBE)


def test_what_cannot_watch_and_what_was_not_seen(snapshots):
    with pytest.raises(TypeError, match=r"watch is a list; expected a function of \(model, updates\)"):
        trained([])
    with pytest.raises(TypeError, match="try watch.snapshots"):
        watching.distribution(watching.Watch(PROBE, 1), "h")
    with pytest.raises(ValueError, match="there are no snapshots"):
        watching.gradient_norms(())
    with pytest.raises(ValueError, match="no gradient of 'weight' after 0 updates; there are recurrent.weight_ih_l0"):
        watching.gradient_distribution(snapshots, "weight")
    model = training.seeded(0, Dicing)
    with pytest.raises(ValueError, match="not taken in a training"):
        watching.gradient_distribution([watching.look(model, PROBE)], "weight")
