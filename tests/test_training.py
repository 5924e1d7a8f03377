"""The training loop: steps as written by hand, state carried and cut, the best weights kept, all left as found."""

import functools
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from rnncourse import training
from rnncourse.training import loop
from rnncourse.training import step as one_step

SGD = torch.optim.SGD
quick = functools.partial(training.fit, loss=nn.functional.mse_loss, progress=False)


class Tiny(nn.Module):
    """A tanh RNN with a read-out, float64 where asked; gives its state back."""

    def __init__(self, features=2, hidden_size=3, stateful=True):
        super().__init__()
        self.recurrent, self.readout = nn.RNN(features, hidden_size), nn.Linear(hidden_size, 1)
        self.stateful = stateful

    def forward(self, x, state=None):
        h, state = self.recurrent(x, state)
        return (self.readout(h), state) if self.stateful else self.readout(h)


def tiny(seed=0, **options):
    return training.seeded(seed, lambda: Tiny(**options).double())


def data(count=4, T=5, B=3, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(T, B, 2)), rng.normal(size=(T, B, 1))) for _ in range(count)]


def weights(model):
    return torch.cat([p.detach().ravel() for p in model.parameters()])


def line(value=0.0):
    """A model of one weight: y = w x."""
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, value)
    return model


ONE = [(np.ones((1, 1)), np.ones((1, 1)))]


# -- one step ---------------------------------------------------------------------------------------
def test_a_step_is_the_hand_written_one():
    x, y = data(1)[0]
    model, by_hand = tiny(stateful=False), tiny(stateful=False)
    run = quick(model, [(x, y)], epochs=1, learning_rate=0.1, optimizer=SGD, clip=None)
    loss = ((by_hand(torch.from_numpy(x)) - torch.from_numpy(y)) ** 2).mean()
    loss.backward()
    norm = torch.cat([p.grad.ravel() for p in by_hand.parameters()]).norm()
    for ours, p in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(ours, p - 0.1 * p.grad, rtol=0, atol=1e-15)
    assert run.iterations["loss"][0] == pytest.approx(loss.item(), abs=1e-15)
    assert run.iterations["gradient norm"][0] == pytest.approx(norm.item(), abs=1e-14)


@pytest.mark.parametrize("optimizer, by_hand", [
    (torch.optim.Adam, lambda p: torch.optim.Adam(p, lr=0.02)),
    (functools.partial(SGD, momentum=0.9), lambda p: SGD(p, lr=0.02, momentum=0.9)),
])
def test_epochs_are_those_of_a_bare_loop(optimizer, by_hand):
    batches, model, bare = data(), tiny(stateful=False), tiny(stateful=False)
    quick(model, batches, epochs=3, learning_rate=0.02, optimizer=optimizer, clip=0.5)
    steps = by_hand(list(bare.parameters()))
    for x, y in batches * 3:
        steps.zero_grad()
        nn.functional.mse_loss(bare(torch.from_numpy(x)), torch.from_numpy(y)).backward()
        nn.utils.clip_grad_norm_(bare.parameters(), 0.5)
        steps.step()
    assert torch.equal(weights(model), weights(bare))


def test_clipping_shortens_the_step_and_the_history_holds_the_norm_before():
    moved = {}
    for clip in (None, 0.01):
        model = line()
        run = quick(model, ONE, epochs=1, learning_rate=1.0, optimizer=SGD, clip=clip)
        moved[clip] = model.weight.item()
        assert run.iterations["gradient norm"].tolist() == run.history["gradient norm"].tolist() == [2.0]
    assert moved[None] == 2.0
    assert 0.0099 < moved[0.01] <= 0.01


def test_a_short_gradient_keeps_its_length():
    model = line()
    quick(model, ONE, epochs=1, learning_rate=1.0, optimizer=SGD, clip=5.0)
    assert model.weight.item() == 2.0


def test_what_the_history_says():
    batches = data(4)
    scores = iter([3.0, 1.0, 2.0])
    run = quick(tiny(stateful=False), batches, epochs=3, validate=lambda model: {"error": next(scores), "twice": 7})
    assert list(run.history) == ["loss", "gradient norm", "seconds", "error", "twice"]
    assert run.epochs == 3 and len(run.iterations["loss"]) == 12 == len(run.iterations["gradient norm"])
    for name in ("loss", "gradient norm"):
        np.testing.assert_allclose(run.history[name], run.iterations[name].reshape(3, 4).mean(axis=1), rtol=1e-15)
    assert run.history["error"].tolist() == [3, 1, 2] and run.history["twice"].tolist() == [7, 7, 7]
    assert (run.best, run.watched, run.stopped) == (1, "error", "done")
    assert 0 < run.history["seconds"].sum() < run.seconds
    assert "error 1 at its best, after epoch 2" in repr(run) and "second" not in repr(run)
    with pytest.raises(ValueError, match="read-only"):
        run.history["loss"][0] = 0
    with pytest.raises(TypeError):
        run.history["loss"] = None


# -- truncated backpropagation through time ---------------------------------------------------------
def chunk_gradient(model, x, y, ends, detach=True):
    """The summed gradients of the chunks, by hand: state carried, and cut from its past where `detach`."""
    model.zero_grad()
    h, total, start = torch.zeros(1, x.shape[1], 3, dtype=x.dtype), 0, 0
    for end in ends:
        out, h = model(x[start:end], h.detach() if detach else h)
        total, start = total + nn.functional.mse_loss(out, y[start:end]), end
    total.backward()
    return torch.cat([p.grad.ravel() for p in model.parameters()])


class Gatherer(torch.optim.Optimizer):
    """Changes nothing, sums the gradients."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})
        self.total = 0

    def step(self):
        self.total = self.total + torch.cat([p.grad.ravel() for g in self.param_groups for p in g["params"]])


def carried_gradient(model, x, y, pieces):
    made = []
    batches = [(x[i:j], y[i:j]) for i, j in pieces]
    run = quick(model, batches, epochs=1, carry=True, clip=None,
                optimizer=lambda p, lr: made.append(Gatherer(p, lr)) or made[0])
    return made[0].total, run


PIECES = [(0, 4), (4, 8), (8, 12)]


def test_carried_state_is_cut_and_the_gradient_is_the_masked_sum_of_chunks():
    (x, y), = data(1, T=12)
    model = tiny()
    found, run = carried_gradient(model, x, y, PIECES)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    torch.testing.assert_close(found, chunk_gradient(tiny(), x, y, (4, 8, 12)), rtol=0, atol=1e-14)
    whole = chunk_gradient(tiny(), x, y, (4, 8, 12), detach=False)
    assert (found - whole).abs().max() > 1e-3    # truncation is not the whole gradient
    with torch.no_grad():                        # and the state is: the losses are those of one run over all steps
        out, _ = model(x)
        losses = [nn.functional.mse_loss(out[i:j], y[i:j]).item() for i, j in PIECES]
    np.testing.assert_allclose(run.iterations["loss"], losses, rtol=0, atol=1e-14)


def test_the_masked_sum_is_that_of_the_itemised_gradient():
    """Against the NumPy cells: G[k, t] summed over the t in k's own chunk."""
    from rnncourse import recording
    from rnncourse.cells import rnn

    (x, y), = data(1, T=12)
    model = tiny()
    found, _ = carried_gradient(model, x, y, PIECES)
    params = recording.params_from_torch(model.recurrent)
    trace, summed, W_hy = rnn.forward(params, x), 0, model.readout.weight.detach().numpy()
    for i, j in PIECES:
        out = trace["h"][i:j] @ W_hy.T + model.readout.bias.detach().numpy()
        h0 = None if i == 0 else trace["h"][i - 1]
        piece = rnn.forward(params, x[i:j]) if h0 is None else rnn.forward(params, x[i:j], h0)
        dparams, *_ = rnn.backward(params, piece, 2 * (out - y[i:j]) / out.size @ W_hy)
        summed = summed + dparams["W_hh"].T.ravel()
    ours = found[model.recurrent.weight_ih_l0.numel():][:9]    # weight_hh_l0 comes second
    np.testing.assert_allclose(ours, summed, rtol=0, atol=1e-14)


def test_a_planted_missing_cut_is_caught(monkeypatch):
    monkeypatch.setattr(one_step, "_detached", lambda state: state)
    (x, y), = data(1, T=12)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        carried_gradient(tiny(), x, y, PIECES)


def test_the_state_starts_anew_each_epoch_and_any_nesting_is_cut():
    seen = []

    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(1))

        def forward(self, x, state):
            seen.append(state)
            total = self.w * x.sum() + (0 if state is None else state["pair"][0])
            return total[None], {"pair": (total, [total]), "step": 3}

    quick(Nested(), [(np.ones((1, 1)), np.ones((1, 1)))] * 3, epochs=2, carry=True)
    assert [s is None for s in seen] == [True, False, False] * 2
    for state in seen[1:3]:
        assert not state["pair"][0].requires_grad and not state["pair"][1][0].requires_grad and state["step"] == 3


# -- the best weights -------------------------------------------------------------------------------
def watching(values, found):
    """validate that gives these values in turn, and keeps the weight that it saw."""
    left = iter(values)

    def validate(model):
        found.append(model.weight.item())
        return next(left)
    return validate


def test_early_stopping_puts_the_best_weights_back():
    seen, model = [], line()
    run = quick(model, ONE, validate=watching([5, 3, 4, 3, 9, 9], seen), patience=2, epochs=6, learning_rate=0.1)
    assert (run.stopped, run.best, run.epochs) == ("early", 1, 4)
    assert model.weight.item() == seen[1] != seen[-1]
    assert model.weight.requires_grad and model.weight.is_leaf


def test_a_planted_last_weights_kept_is_caught(monkeypatch):
    monkeypatch.setattr(loop, "_copy", lambda model: model.state_dict())    # no copy: it goes on changing
    seen, model = [], line()
    quick(model, ONE, validate=watching([5, 3, 4, 3], seen), patience=2, epochs=6)
    assert model.weight.item() != seen[1]


def test_without_patience_the_best_of_all_epochs_is_kept():
    seen, model = [], line()
    run = quick(model, ONE, validate=watching([5, 3, 4, 2, 9], seen), epochs=5)
    assert (run.stopped, run.best) == ("done", 3) and model.weight.item() == seen[3]


def test_without_validate_the_last_are_kept():
    model, again = line(), line()
    run = quick(model, ONE, epochs=4)
    quick(again, ONE * 4, epochs=1)
    assert run.best == 3 and run.watched is None and torch.equal(model.weight, again.weight)


def test_buffers_go_back_with_the_weights():
    model, seen = nn.Sequential(nn.BatchNorm1d(1), nn.Linear(1, 1)).double(), []

    def validate(model):
        seen.append(model[0].running_mean.item())
        return len(seen)
    quick(model, [(np.full((2, 1), 5.0), np.ones((2, 1)))], validate=validate, epochs=3)
    assert model[0].running_mean.item() == seen[0] != seen[2]


# -- seeds ------------------------------------------------------------------------------------------
class Dropped(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 16), nn.Dropout(0.5), nn.Linear(16, 1))

    def forward(self, x):
        return self.layers(x)


def shuffled(rng):
    return [(rng.normal(size=(5, 2)), rng.normal(size=(5, 1))) for _ in range(3)]


def trained(seed, make=Dropped, **options):
    torch.rand(1)    # torch's own random state is another one each time
    model = training.seeded(seed, make)
    torch.rand(1)
    return model, quick(model, shuffled, epochs=3, seed=seed, **options)


def test_same_seed_same_numbers_and_another_seed_others():
    (one, run), (two, again), (other, third) = trained(3), trained(3), trained(4)
    assert torch.equal(weights(one), weights(two)) and not torch.equal(weights(one), weights(other))
    assert run.iterations["loss"].tolist() == again.iterations["loss"].tolist() != third.iterations["loss"].tolist()


def test_rng_of_an_epoch_comes_from_seed_and_epoch():
    drawn = []
    for seed in (1, 1, 2):
        quick(line(), lambda rng: [drawn.append(rng.random()) or ONE[0]], epochs=2, seed=seed)
    assert drawn[:2] == drawn[2:4] and len(set(drawn)) == 4


def test_validate_does_not_touch_the_dice_of_the_training():
    plain, _ = trained(0)
    better = iter([3, 2, 1])
    drawing, _ = trained(0, validate=lambda model: next(better) + 0 * torch.rand(7).sum())
    assert torch.equal(weights(plain), weights(drawing))


def test_several_are_the_lone_runs():
    runs = training.several(Dropped, [5, 6], batches=shuffled, loss=nn.functional.mse_loss, epochs=3, progress=False)
    for (model, run), seed in zip(runs, (5, 6), strict=True):
        lone, alone = trained(seed)
        assert torch.equal(weights(model), weights(lone)) and run.seed == seed
        assert run.iterations["loss"].tolist() == alone.iterations["loss"].tolist()


def test_an_interrupt_ends_the_list_of_several():
    calls = []

    def batches(rng):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return ONE
    runs = training.several(line, [0, 1, 2], batches=batches, loss=nn.functional.mse_loss, epochs=1, progress=False)
    assert [run.stopped for _, run in runs] == ["done", "interrupted"]


# -- left as found ----------------------------------------------------------------------------------
def test_random_state_modes_and_requires_grad_are_left_as_found():
    model = Dropped()
    model.layers[1].eval()
    model.layers[0].weight.requires_grad_(False)
    frozen = model.layers[0].weight.clone()
    torch.manual_seed(8)
    torch.rand(3)
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    quick(model, shuffled, epochs=2, validate=lambda m: torch.rand(1))
    training.seeded(1, Dropped)
    assert torch.equal(torch.get_rng_state(), state) and (np.random.get_state()[1] == numpy_state).all()
    assert [m.training for m in model.modules()] == [True, True, True, False, True]
    assert not model.layers[0].weight.requires_grad and model.layers[2].weight.requires_grad
    assert torch.equal(model.layers[0].weight, frozen) and all(p.grad is None for p in model.parameters())
    assert torch.is_grad_enabled()


def test_left_as_found_after_an_error_too():
    model = Dropped().eval()
    torch.manual_seed(8)
    state = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError):
        quick(model, shuffled, validate=lambda m: 1 / 0)
    assert torch.equal(torch.get_rng_state(), state) and not any(m.training for m in model.modules())


def test_dropout_is_on_in_training_and_off_in_validation():
    seen, outputs, x = {True: [], False: []}, [], torch.ones(5, 2)

    class Watched(Dropped):
        def forward(self, x):
            seen[self.training].append(torch.is_grad_enabled())
            return super().forward(x)

    def validate(model):
        outputs.append(torch.equal(model(x), model(x)))
        model.train()    # whatever validate does to the mode
        return 0.0
    quick(Watched().eval(), shuffled, epochs=2, validate=validate)
    assert seen == {True: [True] * 6, False: [False] * 4} and outputs == [True, True]


def test_dropout_makes_a_difference():
    def without():
        model = Dropped()
        model.layers[1].p = 0.0
        return model
    assert trained(0)[1].iterations["loss"][0] != trained(0, without)[1].iterations["loss"][0]


def test_arrays_are_not_changed_and_may_be_read_only_reversed_or_of_another_dtype():
    x, y = np.ones((4, 2), np.float32)[::-1], np.zeros((4, 1))
    y.flags.writeable = False
    quick(Dropped(), [(x, y), [x, y], (torch.ones(4, 2), torch.zeros(4, 1))], epochs=1)
    assert (x == 1).all() and (y == 0).all()
    model = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 2))
    training.fit(model, [(np.array([[0, 4]], np.uint8), np.array([[1, 0]], np.int32))], training.cross_entropy,
                 epochs=1, progress=False)


# -- interrupts -------------------------------------------------------------------------------------
def interrupting(after):
    """Batches of which the `after`-th, counted over all epochs, is an interrupt."""
    count = [0]

    def batches(rng):
        for batch in ONE * 3:
            count[0] += 1
            if count[0] == after:
                raise KeyboardInterrupt
            yield batch
    return batches


def test_an_interrupt_keeps_the_best_weights():
    seen, model = [], line()
    run = quick(model, interrupting(11), validate=watching([5, 3, 4], seen), epochs=9)
    assert (run.stopped, run.best, run.epochs, len(run.iterations["loss"])) == ("interrupted", 1, 3, 10)
    assert model.weight.item() == seen[1] and "interrupted" in repr(run)
    assert {len(values) for values in run.history.values()} == {3}


def test_an_interrupt_before_any_validation_keeps_what_was_learnt():
    for validate in (None, lambda model: 1.0):
        model, same = line(), line()
        run = quick(model, interrupting(3), validate=validate, epochs=9)
        quick(same, ONE * 2, epochs=1)
        assert (run.stopped, run.best, run.epochs) == ("interrupted", None, 0)
        assert torch.equal(model.weight, same.weight) and repr(run) == "Run: 0 epochs, 2 batches, interrupted"


def test_an_interrupt_in_validate_or_in_the_model():
    def stop(*_):
        raise KeyboardInterrupt
    model = line()
    assert quick(model, ONE, validate=stop).stopped == "interrupted" and model.training
    model.register_forward_hook(stop)
    assert quick(model, ONE).stopped == "interrupted"


def test_a_second_interrupt_during_the_clean_up_is_raised(monkeypatch):
    model = line()
    monkeypatch.setattr(model, "load_state_dict", lambda kept: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        quick(model, interrupting(2))
    assert model.weight.grad is None


CTRL_C = """
import signal, time, torch
signal.signal(signal.SIGINT, signal.default_int_handler)    # a job in the background inherits a deaf ear
from torch import nn
from rnncourse import training
model = nn.Linear(1, 1)
def validate(model):
    print("epoch", flush=True)
    return model.weight.item() ** 2
def slow(rng):
    for _ in range(3):
        time.sleep(0.02)
        yield torch.ones(1, 1), torch.ones(1, 1)
run = training.fit(model, slow, nn.functional.mse_loss, validate=validate, epochs=10_000)
best = run.history["validation"][run.best]
print(run.stopped, run.epochs > 0, best == model.weight.item() ** 2 == min(run.history["validation"]), flush=True)
"""


def test_ctrl_c_ends_the_training_and_not_the_program():
    process = subprocess.Popen([sys.executable, "-c", CTRL_C], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    try:
        assert process.stdout.readline() == process.stdout.readline() == "epoch\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert out.splitlines()[-1] == "interrupted True True" and err == "" and process.returncode == 0
