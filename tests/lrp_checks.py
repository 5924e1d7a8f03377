"""What relevance propagation must satisfy, as functions of a `Lab`; the oracle is torch's autograd on another graph."""

import numpy as np
import torch
from explain_checks import H, Twin, close, everywhere
from torch.nn.functional import linear

from benchmarks import _plain

SETTINGS = [(0, 0.0), (0, 0.001), (1, 0.0), (1, 0.001), (1, 0.3), (0.4, 0.01)]    # bias_factor, ε


def check_relevance_is_conserved(lab):
    """With bias_factor 1 Σ R + R of the start is the score for any ε; with less, biases and ε keep the rest."""
    for case in everywhere():
        for start in (True, False):
            twin = Twin(*case, start=start)
            net = twin.explained(lab)
            scores = net.scores(twin.x, twin.lengths)[np.arange(4), twin.target]
            for bias_factor, epsilon in SETTINGS:
                found = lab.lrp.lrp(net, twin.x, twin.target, twin.lengths, bias_factor, epsilon)
                close(found.conservation.expected, scores, 1e-13, "F(x)")
                scale = max(1.0, np.abs(found.values).max())
                close(found.conservation.gap / scale, np.zeros(4), 1e-11, f"gap of {case}, {bias_factor}, {epsilon}")
                if bias_factor == 1:
                    total = found.tokens.sum(0) + found.parts["start"]
                    close((total - scores) / scale, np.zeros(4), 1e-11, f"Σ R of {case}, ε = {epsilon}")
                    assert np.abs(found.parts["start"]).max() > 1e-6    # even from zero
                elif not start:
                    assert bias_factor or np.abs(found.parts["start"]).max() < 1e-12


def check_relevance_is_gradient_times_input_of_the_linearised_graph(lab):
    """bias_factor 0, ε = 0: inputs, start and biases get what torch finds where gates and slopes are constants."""
    for case in everywhere():
        twin = Twin(*case)
        found = lab.lrp.lrp(twin.explained(lab), twin.x, twin.target, twin.lengths, 0, 0.0)
        for b, end in enumerate(twin.lengths):
            values, start, biases = linearised(twin, b)
            scale = max(1.0, np.abs(values).max())
            close(found.values[:end, b] / scale, values / scale, 1e-11, f"R of {case}, row {b}")
            close(found.parts["start"][b] / scale, start / scale, 1e-11, f"R of the start of {case}, row {b}")
            close(found.parts["biases"][b] / scale, biases / scale, 1e-11, f"R of the biases of {case}, row {b}")


def linearised(twin, b):
    """x ∂F/∂x (T, D), Σ start ∂F/∂start, Σ b ∂F/∂b of row b, on the graph with gates and slopes detached."""
    recurrent, end = twin.recurrent, twin.lengths[b]
    leaves = {name: getattr(recurrent, name).detach().clone().requires_grad_() for name, _ in
              recurrent.named_parameters()}
    starts = [torch.tensor(s, requires_grad=True) for s in twin.state]
    x = h = torch.tensor(twin.x[:end, b], requires_grad=True)
    for layer in range(recurrent.num_layers):
        outs = []
        for d in range(1 + recurrent.bidirectional):
            tail, place = f"_l{layer}{'_reverse' * d}", layer * (1 + recurrent.bidirectional) + d
            weights = [leaves[f"{name}{tail}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            out = _run(twin, weights, h.flip(0) if d else h, [s[place] for s in starts])
            outs.append(out.flip(0) if d else out)
        h = torch.cat(outs, -1)
    last = torch.cat([out[0] if d else out[-1] for d, out in enumerate(outs)])
    target, b_y = twin.target[b], twin.readout.bias.detach()
    (last @ twin.readout.weight.detach()[target]).backward()
    biases = sum((v * v.grad).sum().item() for name, v in leaves.items() if "bias" in name and v.grad is not None)
    return ((x * x.grad).detach().numpy(), sum((s * s.grad).sum().item() for s in starts),
            biases + b_y[target].item())


def _run(twin, weights, x, state):
    W_ih, W_hh, b_ih, b_hh = weights
    kind, outs, h = type(twin.recurrent).__name__, [], state[0]
    c = state[-1]
    for x_t in x:
        from_x, from_h = linear(x_t, W_ih, b_ih), linear(h, W_hh, b_hh)
        if kind == "RNN":
            h = _straight(torch.relu if twin.recurrent.nonlinearity == "relu" else torch.tanh, from_x + from_h)
        elif kind == "LSTM":
            i, f, g, o = (from_x + from_h).chunk(4)
            c = f.sigmoid().detach() * c + i.sigmoid().detach() * _straight(torch.tanh, g)
            h = o.sigmoid().detach() * _straight(torch.tanh, c)
        else:
            (x_r, x_z, x_n), (h_r, h_z, h_n) = from_x.chunk(3), from_h.chunk(3)
            r, z = (x_r + h_r).sigmoid().detach(), (x_z + h_z).sigmoid().detach()
            h = (1 - z) * _straight(torch.tanh, x_n + r * h_n) + z * h
        outs.append(h)
    return torch.stack(outs)


def _straight(f, a):
    """f(a) as a straight line through 0, its slope a constant; slope 1 where a = 0."""
    slope = torch.where(a == 0, torch.ones_like(a), f(a) / torch.where(a == 0, torch.ones_like(a), a))
    return slope.detach() * a


def check_relevance_is_that_of_the_papers_own_way(lab):
    """One text, one step, one connection at a time, with the shares of biases and ε handed on."""
    for kind in ("tanh", "lstm", "gru"):
        twin = Twin(kind, start=False)
        net = twin.explained(lab)
        for bias_factor, epsilon in SETTINGS:
            found = lab.lrp.lrp(net, twin.x, twin.target, twin.lengths, bias_factor, epsilon)
            for b, end in enumerate(twin.lengths):
                R, start = _plain.lrp(net.cell, net.layers[0]["forward"], net.W_hy, net.b_y, twin.x[:end, b],
                                      twin.target[b], epsilon, bias_factor)
                scale = max(1.0, np.abs(R).max())
                close(found.values[:end, b] / scale, R / scale, 1e-11, f"R of {kind}, {bias_factor}, {epsilon}")
                close(found.parts["start"][b] / scale, start / scale, 1e-11, f"R of the start of {kind}")


def check_rows_and_padding_of_relevance(lab):
    for case in everywhere():
        twin = Twin(*case)
        net, other = twin.explained(lab), np.where(twin.mask, twin.x, np.nan)
        found = lab.lrp.lrp(net, twin.x, twin.target, twin.lengths, 1, 0.01)
        assert (found.values[twin.mask[..., 0] == 0] == 0).all()
        assert np.array_equal(found.values, lab.lrp.lrp(net, other, twin.target, twin.lengths, 1, 0.01).values)
        for b, end in enumerate(twin.lengths):
            alone = lab.lrp.lrp(net, twin.x[:end, b:b + 1], twin.target[b], None, 1, 0.01)
            close(found.values[:end, b:b + 1], alone.values, 1e-11, f"row {b} of {case}")
            close(found.parts["start"][b:b + 1], alone.parts["start"], 1e-11, f"start of row {b} of {case}")


def check_in_a_linear_network_relevance_is_gradient_times_input(lab):
    from explain_checks import linear_rnn
    net, rng = linear_rnn(lab), np.random.default_rng(3)
    x = rng.normal(size=(6, 2, 3))
    found = lab.lrp.lrp(net, x, [1, 2], [6, 4], 0, 0.0)
    close(found.values, lab.attribution.gradient_times_input(net, x, [1, 2], [6, 4]).values, 1e-11, f"linear, H = {H}")


LRP = [check_relevance_is_conserved, check_relevance_is_gradient_times_input_of_the_linearised_graph,
       check_relevance_is_that_of_the_papers_own_way, check_rows_and_padding_of_relevance,
       check_in_a_linear_network_relevance_is_gradient_times_input]
