"""Holding units is torch with its weights edited: every cell, signal, layer and direction; and what it costs."""

import copy

import numpy as np
import pytest
import torch
from explain_checks import LENGTHS, NETS, D, H, K, Lab, Twin, close
from planting import plant
from torch.nn.functional import cross_entropy

from benchmarks import probes as race
from rnncourse.cells import rnn
from rnncourse.cells.networks import Network
from rnncourse.explain import _holding, _surprise, ablation
from rnncourse.explain.model import Explained

KINDS = ("tanh", "relu", "lstm", "gru")
GATES = {"lstm": "ifgo", "gru": "rzn", "tanh": "", "relu": ""}
PLACES = [(kind, *net, layer, way) for kind in KINDS for net in NETS for layer in range(net[0])
          for way in ("forward", "backward")[:1 + net[1]]]


class Rooms:
    """The modules of ablation, with bugs in some: Rooms(_holding=[(old, new)])."""

    def __init__(self, **bugs):
        self.ablation = plant(ablation)
        made = {name: plant(room, *bugs.get(name, [])) for name, room in
                (("_holding", _holding), ("_surprise", _surprise))}
        self.ablation.Run, self.ablation.Predictions = made["_holding"].Run, made["_surprise"].Predictions


# -- torch with its weights edited ----------------------------------------------------------------------------
class Edited:
    """A copy of a Twin's torch modules in which some units of one layer are held at a value, by their weights."""

    def __init__(self, twin, kind, layer, way, signal, units, value):
        self.twin = twin
        self.recurrent, self.readout = copy.deepcopy(twin.recurrent), copy.deepcopy(twin.readout)
        self.end = f"_l{layer}" + "_reverse" * (way == "backward")
        for unit in units:
            with torch.no_grad():
                if signal == "h":
                    self.hold_h(layer, way, unit, value)
                elif signal == "c":    # c = 0 · c + 1 · value
                    for gate, to in zip("ifg", (1, 0, value), strict=True):
                        self.hold_gate("ifgo", gate, unit, to)
                else:
                    self.hold_gate(GATES[kind], signal, unit, value)

    def weight(self, name, end=None):
        return getattr(self.recurrent, name + (end or self.end))

    def hold_h(self, layer, way, unit, value):
        """What reads this h reads the value: a column of weights is 0, and the bias has the column times the value."""
        readers = [(self.weight("weight_hh"), self.weight("bias_hh"), unit)]
        column = unit + H * (way == "backward")
        if layer + 1 < self.recurrent.num_layers:
            for end in ("", "_reverse")[:1 + self.recurrent.bidirectional]:
                above = f"_l{layer + 1}{end}"
                readers.append((self.weight("weight_ih", above), self.weight("bias_ih", above), column))
        else:
            readers.append((self.readout.weight, self.readout.bias, column))
        for weight, bias, place in readers:
            bias += value * weight[:, place]
            weight[:, place] = 0

    def hold_gate(self, gates, gate, unit, value):
        row = gates.index(gate) * H + unit
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            self.weight(name)[row] = 0
        value = torch.tensor(float(value), dtype=torch.float64)
        wanted = torch.atanh(value) if gate in "gn" else torch.logit(value).clamp(-1e3, 1e3)
        self.weight("bias_ih")[row] = wanted

    def each_step(self, b):
        """(length, K): the scores of row b at each of its steps."""
        state = tuple(torch.tensor(s)[:, None] for s in self.twin.state)
        x = torch.tensor(self.twin.x[:self.twin.lengths[b], b:b + 1])
        with torch.no_grad():
            return self.readout(self.recurrent(x, state if len(state) == 2 else state[0])[0])[:, 0]

    def ends(self):
        """(B, K): the scores read at each row's end."""
        twin = copy.copy(self.twin)
        twin.recurrent, twin.readout = self.recurrent, self.readout
        with torch.no_grad():
            return twin.scores(torch.tensor(twin.x))


def check_holding_is_editing_weights(rooms):
    for kind, layers, both, layer, way in PLACES:
        twin = Twin(kind, layers, both)
        net = twin.explained(Lab())
        cases = [("h", 0.0), ("h", 0.6)] + [("c", 0.0), ("c", -0.7)] * (kind == "lstm")
        cases += [(gate, value) for gate in GATES[kind] for value in (0.0, 0.3, *((1.0,) * (gate not in "gn")))]
        for signal, value in cases:
            for units in ([2], [4, 0]):
                edited = Edited(twin, kind, layer, way, signal, units, value)
                how = "zero" if value == 0 else value
                ours = rooms.ablation.ablate(net, twin.x, units, layer, how, signal, twin.lengths, way)
                for b, end in enumerate(twin.lengths):
                    close(ours[:end, b], edited.each_step(b), 1e-12,
                          f"{kind}, {layers} layers, {signal} of {units} in layer {layer}, {way}, at {value}, row {b}")


def check_holding_nothing_changes_nothing(rooms):
    for kind, layers, both, layer, way in PLACES:
        twin = Twin(kind, layers, both)
        net = twin.explained(Lab())
        free = net.predict(net.trace(twin.x, twin.lengths).output)
        mask = twin.mask[..., 0] > 0
        for units in ([], np.array([], int)):
            ours = rooms.ablation.ablate(net, twin.x, units, layer, "mean", "h", twin.lengths, way)
            close(ours[mask], free[mask], 1e-14, f"nothing held in {kind}, {layers}, {both}")
        assert ours.shape == (7, 4, K)


def check_the_mean_is_of_valid_steps_and_numbers_are_one_a_unit(rooms):
    for kind in KINDS:
        twin = Twin(kind, 2, True)
        net = twin.explained(Lab())
        part = net.trace(twin.x, twin.lengths).at(1, "backward")
        means = np.concatenate([part.row(b).h[:, 0] for b in range(4)]).mean(0)
        given = net, twin.x, [3, 1], 1
        by_name = rooms.ablation.ablate(*given, "mean", "h", twin.lengths, "backward")
        close(by_name, rooms.ablation.ablate(*given, means[[3, 1]], "h", twin.lengths, "backward"), 1e-14, "mean")
        swapped = rooms.ablation.ablate(*given, means[[1, 3]], "h", twin.lengths, "backward")
        assert np.abs(by_name - swapped).max() > 1e-3


# -- what it costs ------------------------------------------------------------------------------------------------
def check_the_cost_is_torchs_cross_entropy(rooms):
    rng = np.random.default_rng(0)
    for kind, layers, both, layer, way in PLACES[::3]:
        twin = Twin(kind, layers, both)
        net, target = twin.explained(Lab()), rng.integers(K, size=(7, 4))
        target[1, :2] = target[6] = target[:, 3] = -1    # nothing to be said there
        before = Edited(twin, kind, layer, way, "h", [], 0)
        after = Edited(twin, kind, layer, way, "h", [1], 0.4)
        for measure, nats in (("nats", 1), ("bits", np.log(2))):
            found = rooms.ablation.cost(net, twin.x, target, [1], layer, 0.4, "h", twin.lengths, measure,
                                        direction=way)
            for theirs, ours in ((before, found.before), (after, found.after)):
                for b, end in enumerate(twin.lengths):
                    loss = cross_entropy(theirs.each_step(b), torch.tensor(target[:end, b]), ignore_index=-1)
                    assert np.isnan(ours[b]) == bool(loss.isnan()) == (b == 3)    # it has nothing to say
                    close(np.nan_to_num(ours[b]), loss.nan_to_num() / nats, 1e-12, f"{measure} of {kind}, row {b}")
            valid = (target >= 0) & (twin.mask[..., 0] > 0)
            assert found.counted.tolist() == valid.sum(0).tolist()
            lost = np.nansum((found.after - found.before) * found.counted) / valid.sum()
            close(found.lost, lost, 1e-14, "lost over all predictions")
            found = rooms.ablation.cost(net, twin.x, twin.target, [1], layer, 0.4, "h", twin.lengths, measure,
                                        direction=way)
            loss = cross_entropy(after.ends(), torch.tensor(twin.target), reduction="none")
            close(found.after, loss / nats, 1e-12, f"{measure} at the end of {kind}, {layers}, {both}")


def check_controls_are_the_units_pushed_most_alike(rooms):
    for how in ("zero", "mean", 0.2):
        twin = Twin("gru", 2)
        net = twin.explained(Lab())
        states = net.trace(twin.x, twin.lengths).at(1)
        states = np.concatenate([states.row(b).h[:, 0] for b in range(4)])
        to = {"zero": 0, "mean": states.mean(0)}.get(how, how)
        push = np.sqrt(np.mean((states - to)**2, axis=0))
        found = rooms.ablation.cost(net, twin.x, twin.target, [2], 1, how, lengths=twin.lengths)
        nearest = sorted({0, 1, 3, 4}, key=lambda unit: abs(push[unit] - push[2]))
        assert found.others.ravel().tolist() == nearest
        close(found.pushes, push[nearest] / push[2], 1e-13, "pushes")
        for unit, after in zip(nearest, found.others_after, strict=True):
            alone = rooms.ablation.cost(net, twin.x, twin.target, [unit], 1, how, lengths=twin.lengths)
            close(after, alone.after, 1e-14, f"the control {unit} at {how}")
        assert found.as_much == sum(lost >= found.lost for lost in found.others_lost)
        few = rooms.ablation.cost(net, twin.x, twin.target, [2], 1, how, lengths=twin.lengths, controls=2)
        assert few.others.ravel().tolist() == nearest[:2]
        pairs = rooms.ablation.cost(net, twin.x, twin.target, [2, 0], 1, how, lengths=twin.lengths)
        assert pairs.others.shape == (2, 2)
        assert all(len({2, 0, *pair}) == 4 for pair in pairs.others.tolist())
        both = np.linalg.norm(push[pairs.others], axis=1) / np.linalg.norm(push[[2, 0]])
        close(pairs.pushes, both, 1e-13, "pushes of pairs")
        each = rooms.ablation.each_cost(net, twin.x, twin.target, 1, how, lengths=twin.lengths)
        close(each[2], found.lost, 1e-14, "each unit's own cost")
        assert each.shape == (H,)


CHECKS = [check_holding_is_editing_weights, check_holding_nothing_changes_nothing,
          check_the_mean_is_of_valid_steps_and_numbers_are_one_a_unit, check_the_cost_is_torchs_cross_entropy,
          check_controls_are_the_units_pushed_most_alike]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test(check):
    check(Rooms())


@pytest.mark.parametrize("changes, by", [
    ({"_holding": [('hold("h", np.tile(part.h0, times))', "np.tile(part.h0, times)")]}, CHECKS[:1]),
    ({"_holding": [('c = hold("c", f_t * c + i', 'c = (lambda name, value: value)("c", f_t * c + i')]}, CHECKS[:1]),
    ({"_holding": [('(a_h[:, 2 * H:] + p["b_hn"])', "a_h[:, 2 * H:]")]},
     CHECKS[:2]),
    ({"_holding": [("(1 - z) * n + z * h", "z * n + (1 - z) * h")]}, CHECKS[:2]),
    ({"_holding": [("turn(_held(", "(lambda h, lengths: h)(_held(")]}, CHECKS[:2]),
    ({"_holding": [("self.part[signal][batch.mask]", "self.part[signal].reshape(-1, net.hidden_size)")]},
     CHECKS[2:3]),
    ({"_holding": [("range(self.layer + 1, len", "range(self.layer + 2, len")]}, CHECKS[:2]),
    ({"_holding": [("((values - to) ** 2).mean(0)", "(values ** 2).mean(0)")]}, CHECKS[4:]),
    ({"_holding": [("if n not in taken]", "]")]}, CHECKS[4:]),
    ({"_surprise": [("batch.mask & (target >= 0)", "batch.mask")]}, CHECKS[3:4]),
    ({"_surprise": [("/ NATS_PER[self.measure]", "* NATS_PER[self.measure]")]}, CHECKS[3:4]),
    ({"_surprise": [('"backward": np.zeros_like', '"backward": lambda lengths: lengths - 1')]}, CHECKS[3:4]),
    ({"_surprise": [('lambda lengths: lengths - 1, "', 'lambda lengths: lengths * 0 + lengths.max() - 1, "')]},
     CHECKS[3:4]),
], ids=["h0 is not held", "c is not held", "b_hn dropped", "z turned round", "not turned back", "mean over padding",
        "a layer left out", "push is not from where it is held", "a control twice", "−1 is a target", "bits for nats",
        "backward read at its last step", "read in the padding"])
def test_the_checks_catch(changes, by):
    rooms = Rooms(**changes)
    for check in by:
        with pytest.raises((AssertionError, ValueError, IndexError)):
            check(rooms)


# -- the rest -----------------------------------------------------------------------------------------------------
def test_many_interventions_in_pieces_are_the_same(monkeypatch):
    twin = Twin("lstm", 2, True)
    net = twin.explained(Lab())
    given = net, twin.x, twin.target, 0, "mean", "c", twin.lengths
    whole = ablation.each_cost(*given)
    monkeypatch.setattr(_holding, "AT_ONCE", 1)
    np.testing.assert_array_equal(ablation.each_cost(*given), whole)


def test_the_text_model_loses_what_torch_loses(monkeypatch):
    """The race of benchmarks.probes is fair: equal losses, of the shipped model, with torch's weights edited."""
    monkeypatch.setattr(race, "SHORT", 20)
    for row in race.holding(rounds=1, others=2):
        assert row["gap"] < 1e-12


def test_networks_and_torch_models_are_taken_as_they_are():
    rng = np.random.default_rng(0)
    params, readout = rnn.init(rng, D, H), {"W_hy": rng.normal(size=(H, K)), "b_y": rng.normal(size=K)}
    network, x = Network("rnn", ({"forward": params},), readout), rng.normal(size=(6, 2, D))
    for activation in ("tanh", "sigmoid", "linear", "relu"):
        without = dict(params, W_hh=np.where(np.arange(H)[:, None] == 3, 0, params["W_hh"]))
        h = rnn.forward(without, x, activation=activation).h
        expected = np.where(np.arange(H) == 3, 0, h) @ readout["W_hy"] + readout["b_y"]
        close(ablation.ablate(Explained.of(network, activation), x, [3]), expected, 1e-13, activation)
        if activation == "tanh":
            close(ablation.ablate(network, x, [3]), expected, 1e-13, "a Network")
    twin = Twin("gru")
    whole = torch.nn.ModuleDict({"cell": twin.recurrent, "out": twin.readout})
    close(ablation.ablate(whole, twin.x, [1]), ablation.ablate(Explained.of(whole), twin.x, [1]), 0, "a torch model")


def test_it_says_what_it_cost():
    twin = Twin("lstm")
    found = ablation.cost(twin.explained(Lab()), twin.x, twin.target, [1], lengths=twin.lengths)
    assert "holding h of unit 1 of layer 0 at zero" in repr(found) and "bits" in repr(found)
    assert "times as hard" in repr(found)
    assert "of 4 lose as much" in repr(found) and f"{found.lost:+.3f} for each of 4 predictions" in repr(found)
    alone = ablation.cost(twin.explained(Lab()), twin.x, twin.target, range(H), lengths=twin.lengths, measure="nats")
    assert "no other units to compare with" in repr(alone) and "units 0, 1, 2, 3, 4" in repr(alone)
    assert alone.others.shape == (0, H) and alone.others_after.shape == (0, len(LENGTHS))


@pytest.mark.parametrize("change, error, message", [
    ({"units": [5]}, ValueError, r"units are \[5\]; expected whole numbers from 0 to 4"),
    ({"units": [-1]}, ValueError, r"units are \[-1\]"),
    ({"units": [0.5]}, ValueError, r"units are \[0.5\]"),
    ({"units": [1, 1]}, ValueError, "expected each of them once"),
    ({"units": []}, ValueError, "units is empty; expected at least one unit"),
    ({"layer": 2}, ValueError, "layer is 2; this network has 2, so expected 0 to 1"),
    ({"signal": "z"}, ValueError, "no signal 'z' to hold in cell 'lstm'; it has i, f, g, o, c, h"),
    ({"direction": "backward"}, ValueError, "direction is 'backward'; this network has forward"),
    ({"how": "median"}, ValueError, "how is 'median'; expected 'zero', 'mean', a number"),
    ({"how": np.nan}, ValueError, "expected one finite number, or 1, one a unit"),
    ({"how": [0.1, 0.2]}, ValueError, "expected one finite number, or 1, one a unit"),
    ({"how": 1.5}, ValueError, "h is to be held at 1.5; expected -1 to 1, all that a cell can give it"),
    ({"how": -0.1, "signal": "f"}, ValueError, "f is to be held at -0.1; expected 0 to 1"),
    ({"measure": "bans"}, ValueError, "unknown measure 'bans'; choose one of nats, bits"),
    ({"target": [0, 1, 2, 9]}, ValueError, r"target is 9; this network has 4 score\(s\)"),
    ({"target": np.full((7, 4), -1)}, ValueError, "every target is -1, or stands in the padding"),
    ({"target": [0.5] * 4}, ValueError, "target is float64"),
    ({"x": np.full((7, 4, D), np.nan)}, ValueError, "x holds NaN"),
])
def test_bad_input(change, error, message):
    twin = Twin("lstm", 2)
    given = {"net": twin.explained(Lab()), "x": twin.x, "target": twin.target, "units": [1], "lengths": twin.lengths}
    with pytest.raises(error, match=message):
        ablation.cost(**given | change)


def test_a_network_with_one_score_has_no_bits():
    rng = np.random.default_rng(0)
    network = Network("rnn", ({"forward": rnn.init(rng, D, H)},), {"W_hy": np.ones((H, 1)), "b_y": np.zeros(1)})
    with pytest.raises(ValueError, match="this network has one score"):
        ablation.cost(network, rng.normal(size=(6, 2, D)), [0, 0], [1])
