"""record: every gate and state of a torch module, and the module left as it was found."""

import copy
import inspect
import itertools
import textwrap

import numpy as np
import pytest
import recording_checks as checks
import torch
from recording_checks import BATCHES, KINDS, NETS, draw, make, parts
from torch import nn
from torch.nn.utils import parametrizations, prune
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from rnncourse import recording, trace
from rnncourse.cells import gru, lstm, rnn
from rnncourse.recording import gates, inputs, modules, params_from_torch, params_to_torch, record, weights

RAGGED = BATCHES[3]


# -- the numbers ------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("net", NETS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_every_signal_is_that_of_a_step_by_step_run(kind, net, dtype):
    for seed, batch in enumerate(BATCHES):
        checks.check_every_signal_is_that_of_a_step_by_step_run(kind, net, batch, dtype, seed)
        checks.check_output_and_ends_are_the_modules_own(kind, net, batch, dtype, seed)


@pytest.mark.parametrize("net", NETS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_the_cells_give_the_same(kind, net):
    for batch in BATCHES:
        checks.check_the_cells_give_the_same(kind, net, batch)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_on_a_recorded_trace_are_torchs(kind, bidirectional):
    for batch in BATCHES:
        checks.check_gradients_are_torchs(kind, batch, bidirectional)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_leave_no_seam(kind, monkeypatch):
    for block in (1, 4, 7, 1000):
        monkeypatch.setattr(gates, "BLOCK", block)
        checks.check_every_signal_is_that_of_a_step_by_step_run(kind, NETS[4], RAGGED)
        checks.check_every_signal_is_that_of_a_step_by_step_run(kind, NETS[1], BATCHES[0])


@pytest.mark.parametrize("net", NETS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_pieces_leave_no_seam(kind, net, monkeypatch):
    for piece, batch in itertools.product((1, 4), BATCHES):
        monkeypatch.setattr(modules, "PIECE", piece)
        checks.check_every_signal_is_that_of_a_step_by_step_run(kind, net, batch)
        checks.check_output_and_ends_are_the_modules_own(kind, net, batch)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_a_long_run_is_the_modules_own_to_the_last_step(kind):
    torch.manual_seed(0)
    module, x = kind(5, 16, 2), torch.randn(3 * modules.PIECE + 77, 1, 5)
    trace = record(module, x)
    with torch.no_grad():
        h, last = module(x)
    checks.close(trace.output, h.numpy(), 1e-5, "h")
    for name, own in zip("hc", last if isinstance(last, tuple) else (last,), strict=False):
        for layer in (0, 1):
            checks.close(trace.at(layer).last(name), own[layer].numpy(), 1e-5, f"last {name} of layer {layer}")


def test_of_a_long_stack_the_module_itself_is_asked_too(monkeypatch):
    """Layers that run by themselves and give another h than the module does are caught, though they fit their gates."""
    module = make("gru", (2, False, False, True))
    other = make("gru", (2, False, False, True), seed=1)
    monkeypatch.setattr(modules, "PIECE", 5)
    x = draw(module, (9, 2, 3, 4, None))[0]
    record(module, x)
    real = modules.single_layer
    monkeypatch.setattr(modules, "single_layer", lambda _, layer: real(other, layer))
    monkeypatch.setattr(recording, "params_from_torch", lambda _, *place: params_from_torch(other, *place))
    with pytest.raises(RuntimeError, match="h of the layers one by one and the module's own h differ in the first 5"):
        record(module, x)


@pytest.mark.parametrize("kind, names", [("tanh", "h"), ("lstm", "ifgo"), ("gru", "rzn")])
def test_preactivations_come_when_asked_for(kind, names):
    module = make(kind, NETS[4], *RAGGED[2:4])
    for part in parts(record(module, draw(module, RAGGED)[0], RAGGED[4])):
        for name in names:
            a = part["a_" + name][part.mask]
            value = np.tanh(a) if name in "hgn" else 1 / (1 + np.exp(-a))
            checks.close(value, part[name][part.mask], 1e-12, name)


def test_a_long_float32_recording_passes_its_own_check():
    module = make("lstm", NETS[3], 5, 16, torch.float32)
    x = torch.randn(3000, 2, 5, generator=torch.Generator().manual_seed(0))
    assert record(module, x).steps == 3000


# -- the ways to give an input ----------------------------------------------------------------------
@pytest.mark.parametrize("enforce_sorted", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_packed_is_padded_and_cut(kind, enforce_sorted):
    module = make(kind, NETS[4], 3, 4)
    lengths = (6, 4, 4, 1) if enforce_sorted else (4, 1, 6, 4)
    x = pad_sequence([torch.randn(n, 3, dtype=torch.float64) for n in lengths])
    packed = record(module, pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=enforce_sorted))
    padded = record(module, x, torch.tensor(lengths, dtype=torch.int32))
    for ours, theirs in zip(parts(packed), parts(padded), strict=True):
        np.testing.assert_array_equal(ours.lengths, lengths)
        for name in ("x", *ours.signals):
            np.testing.assert_array_equal(ours[name], theirs[name])


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_the_padding_has_no_effect(kind):
    module = make(kind, NETS[5], *RAGGED[2:4])
    x, state = draw(module, RAGGED)
    clean = record(module, x, RAGGED[4], state)
    x = x.clone()
    for b, length in enumerate(RAGGED[4]):
        x[b, length:] = float("nan")
    for ours, theirs in zip(parts(record(module, x, list(RAGGED[4]), state)), parts(clean), strict=True):
        for name in ("x", *ours.signals):
            np.testing.assert_array_equal(ours[name], theirs[name])
            assert (ours[name][~ours.mask] == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_one_sequence_without_a_batch(kind):
    module = make(kind, NETS[1], 3, 4)    # batch_first has no say here
    x, state = draw(module, (5, 1, 3, 4, None))
    alone = tuple(s[:, 0] for s in state) if kind == "lstm" else state[:, 0]
    ours, theirs = record(module, x[0], state=alone), record(module, x, state=state)
    assert ours.x.shape == (5, 1, 3)
    for one, other in zip(parts(ours), parts(theirs), strict=True):
        np.testing.assert_array_equal(one.h, other.h)


def test_numpy_arrays_tokens_and_autograd_inputs_are_welcome():
    module = make("lstm", NETS[4], 3, 4)
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    plain = record(module, x, tokens=["abcd", "efgh"])
    assert plain.at(1, "backward").tokens == plain.tokens == ("abcd", "efgh")
    np.testing.assert_array_equal(record(module, x.numpy()).output, plain.output)
    np.testing.assert_array_equal(record(module, (x.requires_grad_() * 1)).output, plain.output)


def test_shape_of_what_comes_back():
    one = record(nn.GRU(2, 3), torch.zeros(4, 1, 2))
    assert repr(one) == "Trace of gru: T=4, B=1, D=2, H=3, float32; signals r z n h"
    both = record(nn.RNN(2, 3, bidirectional=True, nonlinearity="relu"), torch.zeros(4, 1, 2))
    assert repr(both) == "Trace of rnn, relu: T=4, B=1, D=2, H=3, float32; 1 layer, forward and backward; signals h"


def test_a_trace_keeps_the_weights_and_state_that_made_it():
    module, state = nn.GRU(2, 3), torch.zeros(1, 1, 3)
    recorded = record(module, torch.ones(4, 1, 2), state=state)
    a_r = recorded["a_r"].copy()
    with torch.no_grad():
        module.weight_hh_l0.zero_(), module.bias_ih_l0.fill_(9), state.fill_(7)
    np.testing.assert_array_equal(recorded["a_r"], a_r)


# -- the module is left as found --------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_the_module_is_left_as_found(kind):
    module = make(kind, NETS[4], *RAGGED[2:4], dtype=torch.float32)
    module.dropout = 0.5
    x, state = draw(module, RAGGED)
    module.weight_hh_l0.requires_grad_(False)
    module(x, state)[0].sum().backward()
    calls = []
    module.register_forward_hook(lambda *_: calls.append("after"))
    module.register_forward_pre_hook(lambda *_: calls.append("before"))
    module.register_full_backward_hook(lambda *_: calls.append("backward"))

    def look():
        return {"state": {k: v.clone() for k, v in module.state_dict().items()},
                "grads": {k: p.grad is not None and p.grad.clone() for k, p in module.named_parameters()},
                "same": {k: (id(p), p.requires_grad, p._version) for k, p in module.named_parameters()},
                "fields": {k: str(v) for k, v in vars(module).items() if k != "_flat_weight_refs"},
                "random": torch.get_rng_state(), "numpy": str(np.random.get_state()), "calls": list(calls),
                "modes": (module.training, torch.is_grad_enabled(), torch.get_num_threads()), "x": x.clone()}

    for mode in (True, False):
        module.train(mode)
        before = look()
        record(module, x, RAGGED[4], state)
        params_from_torch(module, 1, "backward")
        with pytest.raises(ValueError):
            record(module, x[:, :, :1])
        _assert_same(before, look())
    assert not calls


def _assert_same(before, after):
    if isinstance(before, dict):
        assert before.keys() == after.keys()
        for key in before:
            _assert_same(before[key], after[key])
    elif isinstance(before, torch.Tensor):
        assert torch.equal(before, after)
    else:
        assert before == after


def test_the_mode_comes_back_even_when_the_run_fails(monkeypatch):
    module = nn.LSTM(2, 3).train()
    monkeypatch.setattr(modules, "run", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        record(module, torch.zeros(4, 1, 2))
    assert module.training and torch.is_grad_enabled()


def test_dropout_between_layers_is_off_as_in_evaluation():
    module = nn.LSTM(3, 4, 3, dropout=0.7).train()
    x = torch.randn(5, 2, 3)
    recorded = record(module, x).output
    with torch.no_grad():
        checks.close(recorded, module.eval()(x)[0], 1e-6, "output")


def test_weights_that_torch_computes_are_followed():
    x = torch.randn(6, 2, 3)
    module = parametrizations.weight_norm(nn.LSTM(3, 4, 2), "weight_hh_l1")
    with torch.no_grad():
        module.parametrizations.weight_hh_l1.original0.mul_(3)
    pruned = prune.random_unstructured(nn.GRU(3, 4), "weight_hh_l0", 0.5)
    for net in (module, pruned):
        checks.close(record(net, x).output, net(x)[0].detach(), 1e-6, "output")


def test_autocast_around_it_changes_nothing():
    module, x = nn.GRU(3, 4), torch.randn(5, 2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = record(module, x)
    np.testing.assert_array_equal(inside.h, record(module, x).h)


# -- weights ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("cell", [rnn, lstm, gru])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_go_to_torch_and_come_back(cell, dtype):
    rng, random = np.random.default_rng(0), torch.get_rng_state()
    params, x = cell.init(rng, 3, 4, dtype=dtype), rng.normal(size=(5, 2, 3)).astype(dtype)
    module = params_to_torch(params)
    back = params_from_torch(module)
    assert back.keys() == params.keys() and all(np.array_equal(back[k], params[k]) for k in params)
    assert torch.equal(torch.get_rng_state(), random)
    tolerance = 1e-6 if dtype == np.float32 else 1e-12
    checks.close(module(torch.from_numpy(x))[0].detach(), cell.forward(params, x).h, tolerance, "h")
    back[next(iter(back))][:] = 0    # copies: the module does not follow
    assert record(module, torch.from_numpy(x)).h.any()


def test_weights_go_into_any_layer_and_direction():
    module = make("gru", NETS[4], 3, 4)
    before = copy.deepcopy(module.state_dict())
    params = gru.init(np.random.default_rng(1), 8, 4)
    assert params_to_torch(params, module, 1, "backward") is module
    for name, array in params_from_torch(module, 1, "backward").items():
        np.testing.assert_array_equal(array, params[name])
    changed = {name for name, value in module.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {f"{n}_l1_reverse" for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    assert not module.bias_hh_l1_reverse[:8].any() and module.bias_hh_l1_reverse[8:].all()


def test_an_rnn_is_made_with_its_activation():
    params = rnn.init(np.random.default_rng(0), 3, 4)
    assert params_to_torch(params, activation="relu").nonlinearity == "relu"
    assert params_to_torch(params).nonlinearity == "tanh"


PARAMS = lstm.init(np.random.default_rng(0), 3, 4)
BAD_PARAMS = [
    (lambda: params_to_torch({"W": np.ones(3)}), r"parameters are \['W'\]; expected those of cells.rnn, lstm or gru"),
    (lambda: params_to_torch(PARAMS, nn.GRU(3, 4).double()), r"a torch.nn.GRU takes \['W_h', 'W_x', 'b', 'b_hn'\]"),
    (lambda: params_to_torch(PARAMS, nn.LSTM(2, 4).double()), r"W_x is \(3, 16\); this layer of the module takes \("),
    (lambda: params_to_torch(PARAMS, nn.LSTM(3, 4)), r"W_x is float64; the module is float32. Try W_x.astype\(np.fl"),
    (lambda: params_to_torch(PARAMS, nn.LSTM(3, 4, bias=False).double()), "bias=False and a bias here is not 0"),
    (lambda: params_to_torch(PARAMS, nn.LSTM(3, 4).double(), 1), "no layer 1 in direction 'forward'; this LSTM has"),
    (lambda: params_from_torch(nn.LSTM(3, 4), direction="backward"), "no layer 0 in direction 'backward'"),
    (lambda: params_from_torch(nn.Linear(3, 4)), "expected a torch.nn.RNN, LSTM or GRU; got Linear"),
    (lambda: params_to_torch(rnn.init(np.random.default_rng(0), 3, 4), activation="linear"), "no activation 'linear'"),
]


@pytest.mark.parametrize("act, message", BAD_PARAMS, ids=[str(i) for i in range(len(BAD_PARAMS))])
def test_weights_that_do_not_fit(act, message):
    with pytest.raises((ValueError, TypeError), match=message):
        act()


# -- input that does not fit ------------------------------------------------------------------------
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict({"rnn": nn.LSTM(3, 4)})
        self.head = nn.GRU(4, 2)


class Own(nn.LSTM):
    def forward(self, x, hx=None):
        return super().forward(2 * x, hx)


X, NET, BOTH = torch.zeros(5, 2, 3), nn.LSTM(3, 4), nn.GRU(3, 4, 2, bidirectional=True, batch_first=True)
NAN = X.index_fill(0, torch.tensor(2), float("nan"))
S = torch.zeros(1, 2, 4)
BAD = [
    (lambda: record(nn.GRUCell(3, 4), X), "got GRUCell, which runs one step and no sequence. Try a torch.nn.GRU with"),
    (lambda: record(nn.LSTM(3, 4, proj_size=2), X), "projects its h to proj_size=2; expected proj_size=0"),
    (lambda: record(nn.Linear(3, 4), X), "expected a torch.nn.RNN, LSTM or GRU; got Linear and found none inside it"),
    (lambda: record(Model(), X), r"got Model, which holds 'encoder.rnn' \(LSTM\), 'head' \(GRU\). "
                                 r"Try record\(model.get_submodule\('encoder.rnn'\), x\)"),
    (lambda: record(PARAMS, X), "got dict. Give the module itself"),
    (lambda: record(nn.LSTM, X), "got type. Give the module itself"),
    (lambda: record(Own(3, 4), X), "Own has a forward of its own"),
    (lambda: record(nn.LSTM(3, 4).half(), X), r"weight_ih_l0 is torch.float16; .* Try copy.deepcopy\(module\).floa"),
    (lambda: record(nn.GRU(3, 4).bfloat16(), X), "weight_ih_l0 is torch.bfloat16; expected float32 or float64"),
    (lambda: record(nn.LSTM(3, 4, device="meta"), X), "on device meta; expected the CPU. Try copy.deepcopy"),
    (lambda: record(NET, X.to("meta")), r"x is on device meta; expected the CPU. Try x.cpu\(\)"),
    (lambda: record(NET, X.long()), r"x is torch.int64; .*float32. Numbers of tokens need an embedding, or torch.nn"),
    (lambda: record(NET, X.double()), r"x is torch.float64; the module's weights are torch.float32. Try x.to\("),
    (lambda: record(NET, X.half()), "x is torch.float16; the module's weights are torch.float32"),
    (lambda: record(NET, X.tolist()), r"x is a list; expected a tensor. Try torch.as_tensor\(x\)"),
    (lambda: record(NET, NAN), "x holds NaN or infinity; expected finite numbers. Fill or drop the gaps first"),
    (lambda: record(NET, NAN, [5, 2]), "x holds NaN or infinity"),
    (lambda: record(NET, X + float("inf")), "x holds NaN or infinity"),
    (lambda: record(NET, X[:0]), r"x has shape \(0, 2, 3\); expected at least one step, one row and one feature"),
    (lambda: record(NET, X[:, :0]), r"x has shape \(5, 0, 3\); expected at least one step"),
    (lambda: record(NET, X[0, 0]), r"x has shape \(3,\); this LSTM expects \(T, B, D\), time first, or \(T, D\)"),
    (lambda: record(NET, X[..., :2]), r"x has 2 features; this LSTM expects D = 3. It reads \(T, B, D\), time first"),
    (lambda: record(BOTH, X[..., :2]), r"GRU expects D = 3. It reads \(B, T, D\), batch first, and x, time first, is"),
    (lambda: record(NET, X, [6, 2]), "row 0 has length 6; expected 1 to T = 5"),
    (lambda: record(NET, X, [5, 0]), "row 1 has length 0; expected 1 to T = 5. Leave empty sequences out of the batch"),
    (lambda: record(NET, X, [5, -1]), "row 1 has length -1"),
    (lambda: record(NET, X, [5]), r"lengths have shape \(1,\); expected one for each row, \(B,\) = \(2,\)"),
    (lambda: record(NET, X, [5.0, 2.0]), r"lengths are float64; expected whole numbers"),
    (lambda: record(NET, pack_padded_sequence(X, [5, 2]), [5, 2]), "a PackedSequence knows its lengths"),
    (lambda: record(NET, pack_padded_sequence(X.long(), [5, 2])), "x is torch.int64"),
    (lambda: record(NET, X, state=S), r"state is one tensor; this LSTM expects the pair \(h0, c0\)"),
    (lambda: record(NET, X, state=(S, S, S)), r"state is a tuple of 3; this LSTM expects the pair \(h0, c0\)"),
    (lambda: record(BOTH, X, state=(S, S)), "state is a tuple of 2; this GRU expects the tensor h0 alone"),
    (lambda: record(BOTH, X, state=S), r"h0 is \(1, 2, 4\); expected \(layers × directions, B, H\) = \(4, 5, 4\)"),
    (lambda: record(NET, X[:, 0], state=(S, S)), r"h0 is \(1, 2, 4\); expected \(layers × directions, H\) = \(1, 4\)"),
    (lambda: record(NET, X, state=(S, S[0])), r"c0 is \(2, 4\); expected"),
    (lambda: record(NET, X, state=(S, S / 0)), "c0 holds NaN or infinity"),
    (lambda: record(NET, X, state=(S.double(), S)), "h0 is torch.float64; the module's weights are torch.float32"),
    (lambda: record(NET, X, tokens=["abcde"]), r"tokens hold 1 rows; expected B = 2"),
    (lambda: record(NET, X, [5, 2], tokens=["abcde", "abcde"]), "row 1 has 5 tokens and 2 steps"),
]


@pytest.mark.parametrize("act, message", BAD, ids=[str(i) for i in range(len(BAD))])
def test_input_that_does_not_fit(act, message):
    with pytest.raises((ValueError, TypeError), match=message):
        act()


def test_a_module_that_overflows_is_named_as_such():
    module = nn.RNN(1, 1, nonlinearity="relu")
    params_to_torch({"W_xh": np.ones((1, 1), "f"), "W_hh": 1e3 * np.ones((1, 1), "f"), "b_h": np.ones(1, "f")}, module)
    with pytest.raises(ValueError, match="own h holds NaN or infinity at layer 0, forward; .* Either it overflows"):
        record(module, torch.ones(50, 1, 1))
    with torch.no_grad():
        module.weight_ih_l0.fill_(float("nan"))
    with pytest.raises(ValueError, match="or a weight is not finite"):
        record(module, torch.ones(5, 1, 1))


# -- the check that every call makes ----------------------------------------------------------------
@pytest.mark.parametrize("dtype, off, caught", [(torch.float32, 3e-5, True), (torch.float32, 1e-6, False),
                                                (torch.float64, 1e-11, True), (torch.float64, 1e-15, False)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_module_that_gives_something_else_is_caught_and_the_gap_told(kind, dtype, off, caught, monkeypatch):
    real, (x, _) = modules.run, draw(module := make(kind, NETS[3], dtype=dtype), (6, 2, 3, 4, None))

    def run(*args):
        out, last = real(*args)
        return out + off * (torch.arange(len(out)) == 2)[:, None, None], last    # one step of all is off

    monkeypatch.setattr(modules, "run", run)
    if caught:
        with pytest.raises(RuntimeError, match=r"differ at layer 0, forward: by \d.\de-\d+, and float\d+ allows \d+e-"):
            record(module, x)
    else:
        record(module, x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_cell_state_that_grew_large_is_no_false_alarm_and_hides_no_mistake(dtype, monkeypatch):
    """A unit that counts far up carries its rounding to where it crosses 0; the others are held as closely."""
    T, H = 12_000, 2
    b = np.array([40, 40, 40, 40, 0, 0, 0, 0.0])    # i = f = 1 and o = ½: c is the sum of tanh(x w)
    W_x = np.array([[0, 0, 0, 0, 0.5, 0.001, 0, 0]])
    module = params_to_torch({"W_x": W_x, "W_h": np.zeros((H, 4 * H)), "b": b}, nn.LSTM(1, H).double()).to(dtype)
    up = 1 + torch.rand(T // 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x = torch.cat([up, -up.flip(0)]).to(dtype)[:, None, None]    # as far down again as up
    assert np.abs(record(module, x).c[:, 0]).max(axis=0)[0] > 500
    real = modules.run
    off = 1e-3 if dtype == torch.float32 else 1e-9

    def run(*args):
        out, last = real(*args)
        return out + off * torch.tensor([0, 1]).to(dtype), last    # the unit that stayed small is off

    monkeypatch.setattr(modules, "run", run)
    with pytest.raises(RuntimeError, match="differ at layer 0"):
        record(module, x)


PLANTED = {    # where, which function, what is planted
    "gate order f, i swapped": (gates, "_lstm", "i, f, g, o = np.split", "f, i, g, o = np.split"),
    "gates swapped in name only": (gates, "_lstm", '"i": i, "f": f', '"i": f, "f": i'),
    "gate order r, z swapped": (gates, "_gru", "r, z, n = np.split", "z, r, n = np.split"),
    "reset gate without effect": (gates, "_gru", "r[now] * (from_h", "(from_h"),
    "reset does not reach the bias": (gates, "_gru", 'r[now] * (from_h[..., 2 * H:] + p["b_hn"])',
                                      'r[now] * from_h[..., 2 * H:] + p["b_hn"]'),
    "h0 ignored": (gates, "_blocks", "[h0[None], h", "[0 * h0[None], h"),
    "c0 ignored": (gates, "_lstm", "c0, []", "0 * c0, []"),
    "blocks begin a step late": (gates, "_blocks", "h[start - 1:now.stop - 1] if", "h[start:now.stop] if"),
    "read at the padding": (modules, "run", "if lengths is not None", "if False"),
    "padding not cleared": (gates, "_clear", "if mask is not None", "if False"),
    "reversed with its padding": (trace, "reverse_rows", "if lengths is None", "if True"),
    "backward layer not reversed": (recording, "_part", 'if direction == "backward"', "if False"),
    "bidirectional read at the wrong end": (trace.Trace, "last", "return values[0]", "return values[-1]"),
    "last read at the padding": (trace.Trace, "last", "if self.lengths is None", "if True"),
    "forward weights for the backward layer": (weights, "_names", "'_reverse' *", "0 * '_reverse' *"),
    "one bias forgotten": (weights, "params_from_torch", "b = b_ih + b_hh", "b = b_ih + 0"),
    "bias of n added twice": (weights, "params_from_torch", "b[2 * H:] = b_ih[2 * H:]", "pass"),
    "batch_first forgotten": (inputs, "_time_major", "if module.batch_first", "if False"),
    "every layer starts from the first state": (recording, "_layers", "s[len(found):len(found) + ", "s[0:"),
    "the layer's input is the network's": (recording, "_part", "gates.recompute(cell, params, turn(x, lengths)",
                                           "gates.recompute(cell, params, 0 * turn(x, lengths)"),
    "rows left in the order of packing": (modules, "run", "out, _ = pad_packed_sequence(out, total",
                                          "out, _ = pad_packed_sequence(out._replace(unsorted_indices=None), total"),
    "pieces start anew": (modules, "_piece_by_piece", "None, state)", "None, [0 * s for s in state])"),
    "the last piece is left out": (modules, "_piece_by_piece", "range(0, len(x), PIECE)",
                                   "range(0, len(x) - 3, 3)"),
    "the ends of the layers change places": (recording, "_layers", "torch.cat(each)", "torch.cat(each).flip(0)"),
    "the module itself starts elsewhere": (recording, "_own", "run(module, x, lengths, state)",
                                         "run(module, x, lengths, [s + 1 for s in state])"),
    "every layer is the first": (modules, "single_layer", 'f"_l{layer}"', '"_l0"'),
    "relu taken for tanh": (gates, "recompute", "activations.named(activation)", "activations.named('tanh')"),
}


def suite():
    """A few seconds' worth of the checks above, in one piece and in pieces of three steps."""
    for kind, piece in itertools.product(KINDS, (2048, 3)):
        for net, batch in ((NETS[4], RAGGED), (NETS[1], BATCHES[0]), (NETS[3], BATCHES[0])):
            modules.PIECE = piece
            checks.check_every_signal_is_that_of_a_step_by_step_run(kind, net, batch)
            checks.check_output_and_ends_are_the_modules_own(kind, net, batch)


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_caught(bug, monkeypatch):
    home, name, old, new = PLANTED[bug]
    source = textwrap.dedent(inspect.getsource(getattr(home, name)))
    assert old in source, f"the line to break is gone from {name}; mend this test"
    monkeypatch.setattr(gates, "BLOCK", 12)
    monkeypatch.setattr(modules, "PIECE", modules.PIECE)    # put back whatever suite sets
    suite()
    names = dict(vars(inspect.getmodule(getattr(home, name))))
    exec(source.replace(old, new), names)
    for place in (home, recording, checks):    # where it is defined, and where it was imported to
        if hasattr(place, name):
            monkeypatch.setattr(place, name, names[name])
    with pytest.raises((AssertionError, RuntimeError, ValueError)):
        suite()
