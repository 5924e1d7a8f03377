"""What the explanations must satisfy: plain functions of a `Lab` that raise AssertionError where it does not hold.

test_attribution.py and its neighbours run them on the real modules, test_explain_planted_bugs.py on copies with a bug
in them. The oracles are torch's autograd, captum, and sums that must come out.
"""

import numpy as np
import torch
from captum.attr import IntegratedGradients, Occlusion
from planting import plant
from recording_checks import make
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from rnncourse.cells import rnn
from rnncourse.cells.networks import Network
from rnncourse.explain import _gradient, _inputs, attribution, decomposition, lrp, model

KINDS = ("tanh", "relu", "lstm", "gru")
NETS = [(1, False), (2, False), (1, True), (2, True)]    # layers, both directions
LENGTHS = (4, 7, 1, 6)
D, H, K = 3, 5, 4


class Lab:
    """The modules of rnncourse.explain, with the source changes of a bug in some of them: Lab(lrp=[(old, new)])."""

    rooms = {"_inputs": _inputs, "model": model, "_gradient": _gradient, "attribution": attribution, "lrp": lrp,
             "decomposition": decomposition}
    users = {"_inputs": ("model", "attribution", "lrp", "decomposition"), "_gradient": ("attribution",),
             "model": ("_gradient", "attribution", "lrp", "decomposition")}

    def __init__(self, **bugs):
        made = {name: plant(room, *bugs.get(name, [])) if bugs else room for name, room in self.rooms.items()}
        for name, users in self.users.items():
            for user in users:
                if bugs:
                    _hand_over(self.rooms[name], made[name], made[user])
        vars(self).update(made)


def _hand_over(real, planted, user):
    """What `user` imported from `real`, or `real` itself, becomes the planted copy's."""
    for name, value in list(vars(user).items()):
        if value is real:
            setattr(user, name, planted)
        elif getattr(value, "__module__", None) == real.__name__ and hasattr(planted, name):
            setattr(user, name, getattr(planted, name))


# -- networks and inputs ---------------------------------------------------------------------------------
class Twin:
    """A torch network, the same as torch sees it, and a batch for it: T = 7 and lengths 4, 7, 1, 6."""

    def __init__(self, kind, layers=1, both=False, seed=0, strong=True, start=True, lengths=LENGTHS):
        torch.manual_seed(seed)
        self.recurrent = make(kind, (layers, both, False, True), D, H, seed=seed)
        if not strong:    # as torch draws them: a network whose scores bend gently
            self.recurrent = type(self.recurrent)(D, H, layers, bidirectional=both, dtype=torch.float64)
        self.readout = nn.Linear(H * (1 + both), K, dtype=torch.float64)
        self.lengths, rng = np.array(lengths), np.random.default_rng(seed)
        self.x = rng.normal(size=(max(lengths), len(lengths), D))
        self.target = rng.integers(K, size=len(lengths))
        rows = layers * (1 + both)
        self.state = [rng.normal(size=(rows, H)) * start for _ in range(1 + (kind == "lstm"))]

    def explained(self, lab):
        return lab.model.Explained(self.recurrent, self.readout, state=tuple(self.state))

    def scores(self, x, lengths=None):
        """(B, K) of a tensor x (T, B, D), by torch alone: packed, read at each row's own end."""
        lengths = torch.as_tensor(self.lengths if lengths is None else lengths)
        state = tuple(torch.tensor(s)[:, None].repeat(1, x.shape[1], 1) for s in self.state)
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        _, last = self.recurrent(packed, state if len(state) == 2 else state[0])
        h = last[0] if isinstance(last, tuple) else last
        top = h[-1 - self.recurrent.bidirectional:]
        return self.readout(torch.cat(list(top), -1))

    def batch_first(self, x):
        """What captum calls: x (B, T, D) -> scores (B, K). It stacks the rows as often as it likes."""
        lengths = np.tile(self.lengths, len(x) // len(self.lengths))
        return self.scores(x.transpose(0, 1), lengths)

    def captum(self, explainer, baseline, **options):
        x, base = (torch.tensor(v).transpose(0, 1) for v in (self.x * self.mask, baseline * self.mask))
        found = explainer(self.batch_first).attribute(x, baselines=base, target=torch.as_tensor(self.target), **options)
        return found.transpose(0, 1).detach().numpy()

    @property
    def mask(self):
        return (np.arange(len(self.x))[:, None] < self.lengths)[..., None].astype(float)


def linear_rnn(lab, seed=0):
    """An RNN without activation, with a bias and a start: its score is affine in x."""
    rng = np.random.default_rng(seed)
    params = rnn.init(rng, D, H)
    readout = {"W_hy": rng.normal(size=(H, K)), "b_y": rng.normal(size=K)}
    return lab.model.Explained.of(Network("rnn", ({"forward": params},), readout), "linear", rng.normal(size=(1, H)))


def close(ours, theirs, tolerance, what):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, expected {theirs.shape}"
    gap = np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max())
    assert gap <= tolerance, f"{what}: off by {gap:.1e}, allowed {tolerance:.0e}"


def everywhere():
    """Every kind of network."""
    return [(kind, *net) for kind in KINDS for net in NETS]


# -- the network itself --------------------------------------------------------------------------------------
def check_scores_are_torchs(lab):
    for case in everywhere():
        twin = Twin(*case)
        net = twin.explained(lab)
        with torch.no_grad():
            own = twin.scores(torch.tensor(twin.x))
        close(net.scores(twin.x, twin.lengths), own, 1e-13, f"scores of {case}")
        assert net.verify(twin.x, own, twin.lengths) < 1e-12


# -- gradients -------------------------------------------------------------------------------------------------
def check_gradient_is_torchs(lab):
    for case in everywhere():
        twin = Twin(*case)
        x = torch.tensor(twin.x, requires_grad=True)
        scores = twin.scores(x)
        scores[np.arange(len(twin.target)), twin.target].sum().backward()
        net = twin.explained(lab)
        found = lab.attribution.gradient(net, twin.x, twin.target, twin.lengths)
        close(found.values, x.grad, 1e-12, f"gradient of {case}")
        times = lab.attribution.gradient_times_input(net, twin.x, twin.target, twin.lengths)
        close(times.values, x.grad.numpy() * twin.x, 1e-12, f"gradient × input of {case}")


def check_integrated_gradients_sum_to_the_change(lab):
    for kind in ("tanh", "lstm", "gru"):
        for layers, both in NETS:
            twin = Twin(kind, layers, both, strong=False)
            base = np.random.default_rng(1).normal(size=D) / 2
            found = lab.attribution.integrated_gradients(twin.explained(lab), twin.x, twin.target, twin.lengths, base)
            own = [_own(twin, x) for x in (twin.x, np.broadcast_to(base, twin.x.shape).copy())]
            close(found.tokens.sum(0), own[0] - own[1], 1e-13, f"Σ integrated gradients of {kind}, {layers}, {both}")
            assert found.conservation.largest < 1e-13
            close(found.conservation.expected, own[0] - own[1], 1e-13, "F(x) − F(baseline)")


def check_the_rules_errors_fall_as_they_must(lab):
    """The right Riemann sum's error × n is constant, the midpoint's × n²; Gauss–Legendre is at rounding by 20."""
    twin = Twin("lstm", strong=False)
    net = twin.explained(lab)

    def error(rule, nodes):
        run = lab.attribution.integrated_gradients(net, twin.x, twin.target, twin.lengths, nodes=nodes, rule=rule,
                                                   tolerance=None)
        return run.conservation.gap

    for rule, power in (("right", 1), ("midpoint", 2)):
        errors = np.array([error(rule, n) * n**power for n in (64, 128, 256)])
        assert np.abs(errors).max() > 1e-4
        np.testing.assert_allclose(errors[1:], errors[:-1], rtol=0.05, atol=2e-4)
    assert np.abs(error("gauss-legendre", 20)).max() < 2e-15


def check_integrated_gradients_are_captums(lab):
    for case in everywhere():
        twin = Twin(*case)
        base, net = np.random.default_rng(2).normal(size=twin.x.shape), twin.explained(lab)
        for rule, theirs in (("gauss-legendre", "gausslegendre"), ("midpoint", "riemann_middle"),
                             ("right", "riemann_right")):
            found = lab.attribution.integrated_gradients(net, twin.x, twin.target, twin.lengths, base, 9, rule, None)
            peer = twin.captum(IntegratedGradients, base, n_steps=9, method=theirs)
            close(found.values, peer, 1e-6, f"captum's of {case}, {rule}")    # it weighs its nodes in float32


def check_integrated_gradients_are_torchs(lab):
    """The mean gradient on the line, node by node with autograd."""
    for case in everywhere():
        twin = Twin(*case)
        base, net = np.random.default_rng(2).normal(size=twin.x.shape), twin.explained(lab)
        places, weights = np.polynomial.legendre.leggauss(6)
        mean = np.zeros_like(twin.x)
        for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
            x = torch.tensor(base + place * (twin.x - base), requires_grad=True)
            twin.scores(x)[np.arange(4), twin.target].sum().backward()
            mean += weight * x.grad.numpy()
        found = lab.attribution.integrated_gradients(net, twin.x, twin.target, twin.lengths, base, 6, tolerance=None)
        close(found.values, mean * (twin.x - base) * twin.mask, 1e-12, f"integrated gradients of {case}")


def check_a_line_that_jumps_is_cut_where_it_must(lab):
    """Input weights 30 times as large: 20 nodes for the whole line miss by far, 20 for each piece do not."""
    for case in (("lstm",), ("gru",), ("tanh", 2, True)):
        twin = Twin(*case, start=False)
        with torch.no_grad():
            twin.recurrent.weight_ih_l0.mul_(30)
        net, given = twin.explained(lab), (twin.x, twin.target, twin.lengths, np.full(D, 0.2))
        plain = lab.attribution.integrated_gradients(net, *given, tolerance=None)
        assert plain.conservation.largest > 1e-3
        fine = lab.attribution.integrated_gradients(net, *given, nodes=1500, tolerance=None)
        for tolerance in (1e-4, 1e-9):
            cut = lab.attribution.integrated_gradients(net, *given, tolerance=tolerance)
            assert 0 < cut.conservation.largest < 20 * tolerance
            close(cut.values, fine.values, 100 * tolerance, f"integrated gradients of {case}, cut at {tolerance}")
        rough = lab.attribution.integrated_gradients(net, *given, nodes=2, rule="midpoint", tolerance=1e-4)
        close(rough.values, fine.values, 1e-2, f"integrated gradients of {case}, by two nodes a stretch")


# -- occlusion ---------------------------------------------------------------------------------------------------
def check_occlusion_is_captums(lab):
    for case in everywhere():
        twin = Twin(*case)
        base, net = np.random.default_rng(2).normal(size=twin.x.shape), twin.explained(lab)
        step = lab.attribution.occlusion(net, twin.x, twin.target, twin.lengths, base)
        feature = lab.attribution.occlusion(net, twin.x, twin.target, twin.lengths, base, each="feature")
        peer = twin.captum(Occlusion, base, sliding_window_shapes=(1, D))[..., :1]    # it works in float32
        close(step.values, peer, 1e-6, f"captum's, by step, {case}")
        close(feature.values, twin.captum(Occlusion, base, sliding_window_shapes=(1, 1)), 1e-6, f"by feature, {case}")


def check_occlusion_is_what_the_score_loses(lab):
    for case in everywhere():
        twin = Twin(*case)
        net, own = twin.explained(lab), lambda x, twin=twin: _own(twin, x)
        step = lab.attribution.occlusion(net, twin.x, twin.target, twin.lengths, np.full(D, 0.7))
        feature = lab.attribution.occlusion(net, twin.x, twin.target, twin.lengths, np.full(D, 0.7), each="feature")
        for t in range(len(twin.x)):
            for columns, found in ((slice(None), step.values[t, :, 0]), (2, feature.values[t, :, 2])):
                without = twin.x.copy()
                without[t, :, columns] = 0.7
                close(found, (own(twin.x) - own(without)) * twin.mask[t, :, 0], 1e-13, f"{case}, step {t}")


def _own(twin, x):
    with torch.no_grad():
        return twin.scores(torch.tensor(x)).numpy()[np.arange(len(twin.target)), twin.target]


# -- an affine score -----------------------------------------------------------------------------------------------
def check_an_affine_score_has_one_answer(lab):
    """From zero three methods agree, whatever bias and h0; from elsewhere gradient × x is another thing."""
    net, rng = linear_rnn(lab), np.random.default_rng(3)
    x, target, lengths = rng.normal(size=(7, 4, D)), np.array([0, 3, 1, 2]), np.array(LENGTHS)
    methods = lab.attribution
    for base in (None, rng.normal(size=D)):
        integrated = methods.integrated_gradients(net, x, target, lengths, base)
        occluded = methods.occlusion(net, x, target, lengths, base, each="feature")
        times = methods.gradient_times_input(net, x, target, lengths, base)
        close(integrated.values, occluded.values, 1e-13, "integrated gradients and occlusion")
        close(integrated.values, times.values, 1e-13, "integrated gradients and gradient × input")
        whole = methods.occlusion(net, x, target, lengths, base).tokens
        close(integrated.tokens, whole, 1e-13, "a step's features and the step")
        assert integrated.conservation.largest < 1e-13
        zero = np.broadcast_to(0.0 if base is None else base, x.shape)
        change = (net.scores(x, lengths) - net.scores(zero, lengths))[np.arange(4), target]
        close(integrated.tokens.sum(0), change, 1e-13, "Σ = F(x) − F(baseline)")
        assert np.abs(integrated.tokens.sum(0) - integrated.scores).min() > 0.01    # and not F(x)
    from_zero = methods.gradient_times_input(net, x, target, lengths).values
    assert np.abs(from_zero - integrated.values).max() > 0.1


# -- batches, lengths, padding ----------------------------------------------------------------------------------
def methods_of(lab):
    """Each method as a function (net, x, target, lengths) -> Attribution."""
    a = lab.attribution
    return {"gradient": a.gradient, "gradient × input": a.gradient_times_input,
            "integrated gradients": lambda *given: a.integrated_gradients(*given, baseline=np.full(D, 0.3), nodes=5),
            "occlusion": a.occlusion,
            "occlusion by feature": lambda *given: a.occlusion(*given, np.full(D, 0.3), each="feature")}


def check_each_row_of_a_batch_is_that_row_alone(lab):
    for case in everywhere():
        twin = Twin(*case)
        net = twin.explained(lab)
        for name, method in methods_of(lab).items():
            together = method(net, twin.x, twin.target, twin.lengths)
            for b, end in enumerate(twin.lengths):
                alone = method(net, twin.x[:end, b:b + 1], twin.target[b], None)
                close(together.values[:end, b:b + 1], alone.values, 1e-13, f"{name} of {case}, row {b}")


def check_padding_gets_exactly_zero_and_has_no_effect(lab):
    for case in everywhere():
        twin = Twin(*case)
        net, other = twin.explained(lab), np.where(twin.mask, twin.x, np.nan)
        for name, method in methods_of(lab).items():
            first = method(net, twin.x, twin.target, twin.lengths)
            second = method(net, other, twin.target, twin.lengths)
            assert (first.values[~np.broadcast_to(twin.mask > 0, first.values.shape)] == 0).all(), (name, case)
            assert np.array_equal(first.values, second.values), (name, case)


ATTRIBUTION = [check_scores_are_torchs, check_gradient_is_torchs, check_integrated_gradients_sum_to_the_change,
               check_the_rules_errors_fall_as_they_must, check_integrated_gradients_are_captums,
               check_integrated_gradients_are_torchs, check_a_line_that_jumps_is_cut_where_it_must,
               check_occlusion_is_captums,
               check_occlusion_is_what_the_score_loses, check_an_affine_score_has_one_answer,
               check_each_row_of_a_batch_is_that_row_alone, check_padding_gets_exactly_zero_and_has_no_effect]
