"""The hand-out: what it says of gate orders, resets and backward passes is what the cells and a Trace do."""

import re

import numpy as np
import pytest

from rnncourse.activations import sigmoid
from rnncourse.cells import gru, lstm
from rnncourse.plots.palette import LOOK
from tests import latex
from tools import handout

TEXT = handout.SOURCE.read_text(encoding="utf-8")
T, B, D, H = 4, 2, 3, 5


def row(who):
    """A row of the translation table, as a list of its cells."""
    found = next(line for line in TEXT.splitlines() if line.startswith(f"| {who} |"))
    return [cell.strip() for cell in found.strip("|").split("|")]


def trace_of(cell):
    rng = np.random.default_rng(3)
    params = cell.init(rng, D, H)
    start = [rng.normal(size=(B, H)) for _ in range(2 if cell is lstm else 1)]
    return params, cell.forward(params, rng.normal(size=(T, B, D)), *start), rng.normal(size=(T, B, H))


@pytest.mark.parametrize("who", ["this course", "torch"])
@pytest.mark.parametrize("cell, column", [(lstm, 1), (gru, 2)])
def test_the_order_of_the_gates_is_that_of_the_packed_weights(who, cell, column):
    order, (params, trace, _) = row(who)[column].split(), trace_of(cell)
    assert len(order) == params["b"].size // H
    for k, gate in enumerate(order[:-1] if cell is gru else order):
        block = slice(k * H, (k + 1) * H)
        a = trace.x @ params["W_x"][:, block] + trace.h_prev @ params["W_h"][:, block] + params["b"][block]
        np.testing.assert_allclose(np.tanh(a) if gate == "g" else sigmoid.value(a), trace[gate], atol=1e-12)


def test_the_translations_are_those_of_chapter_05():
    chapter = (handout.ROOT / "chapters" / "05_gru.py").read_text(encoding="utf-8")
    names = {"this course": "this course", "torch": "torch, cuDNN", "Keras": "Keras", "ONNX": "ONNX"}
    for ours, theirs in names.items():
        line = next(one for one in chapter.splitlines() if one.startswith(f"# | {theirs} |"))
        said = [re.sub(r" \(\d\)", "", cell.strip()) for cell in line.strip("# |").split("|")]
        assert row(ours)[1:3] == said[1:3] and row(ours)[5:] == said[5:]
    assert row("Chung 2014")[6] == "takes" and "takes the new" in chapter


def test_the_reset_called_ours_is_ours():
    after = TEXT.index(r"\Sr{r_t}\odot(h_{t-1}W_{hn}+b_{hn})")
    before = TEXT.index(r"(\Sr{r_t}\odot h_{t-1})W_{hn}+b_{hn}")
    assert TEXT.index("**After** the matrix (here") < after < before
    params, trace, _ = trace_of(gru)
    x_n, h_n = trace.x @ params["W_x"][:, 2 * H:] + params["b"][2 * H:], trace.h_prev @ params["W_h"][:, 2 * H:]
    np.testing.assert_allclose(np.tanh(x_n + trace.r * (h_n + params["b_hn"])), trace.n, atol=1e-12)
    np.testing.assert_allclose(trace.z * trace.h_prev + (1 - trace.z) * trace.n, trace.h, atol=1e-12)


def test_the_backward_pass_along_the_cell_is_the_librarys():
    for said in (r"dc_t=dc_{\text{next}}+dh_t\odot o_t\odot(1-\tanh^2 c_t)",
                 r"dc_{\text{next}}\leftarrow dc_t\odot f_t", r"dh_{\text{next}}\leftarrow da\,W_h^\top",
                 r"da_i=dc_t\odot g\odot i(1-i)", r"da_f=dc_t\odot c_{t-1}\odot f(1-f)",
                 r"da_g=dc_t\odot i\odot(1-g^2)",
                 r"da_o=dh_t\odot\tanh(c_t)\odot o(1-o)"):
        assert said in TEXT
    params, s, dh_out = trace_of(lstm)
    dc_next, dh_next, da = np.zeros((B, H)), np.zeros((B, H)), np.zeros((T, B, 4 * H))
    for t in reversed(range(T)):
        i, f, g, o, c, c_prev = s.i[t], s.f[t], s.g[t], s.o[t], s.c[t], s.c_prev[t]
        dh = dh_out[t] + dh_next
        dc = dc_next + dh * o * (1 - np.tanh(c) ** 2)
        da[t] = np.concatenate([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i * (1 - g ** 2),
                                dh * np.tanh(c) * o * (1 - o)], axis=-1)
        dc_next, dh_next = dc * f, da[t] @ params["W_h"].T
    dparams = lstm.backward(params, s, dh_out)[0]
    np.testing.assert_allclose(np.einsum("tbd,tbh->dh", s.x, da), dparams["W_x"], atol=1e-12)
    np.testing.assert_allclose(da.sum((0, 1)), dparams["b"], atol=1e-12)


def test_all_that_is_said_of_a_trace_can_be_asked():
    _, trace, _ = trace_of(lstm)
    asked = re.findall(r'`trace((?:\.\w+|\["\w+"\])[^`]*)`', TEXT)
    assert len(asked) >= 8
    for what in asked:
        try:
            assert eval("trace" + what, {"trace": trace, "b": 0, "layer": 0, "direction": "forward"}) is not None
        except AttributeError:
            pytest.fail(f"a Trace has no trace{what}")


def test_formulas_are_well_formed_and_every_signal_has_its_look():
    assert not latex.faults(re.sub(r"\\S([a-z])\{", r"\\text{", TEXT))
    page = handout.page()
    assert set(re.findall(r"\\S([a-z])\{", TEXT)) <= set(LOOK) and r"\S" not in page.replace(r"\Sigma", "")
    for look in LOOK.values():
        assert f'stroke="{look.colour}"' in page and look.words in page
    dashes = re.findall(r'stroke-width="2.4" (?:stroke-dasharray="([^"]*)")?', page)
    for cell in ("xhcifgo", "xhrzn"):    # in grey print the lines of one cell are still told apart
        assert len({dashes[list(LOOK).index(name)] for name in cell}) == len(cell)
