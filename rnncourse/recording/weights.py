"""Weights between torch and the cells: torch stores the transpose and two biases, and only this file knows."""

import numpy as np
import torch

from rnncourse.recording import modules

NAMES = {"rnn": ("W_xh", "W_hh", "b_h"), "lstm": ("W_x", "W_h", "b"), "gru": ("W_x", "W_h", "b")}


def params_from_torch(module, layer=0, direction="forward"):
    """The weights of one layer of a torch.nn.RNN, LSTM or GRU as `rnncourse.cells` takes them: a dict of copies.

    W_ih and W_hh are transposed, the two biases are added; of the GRU's b_hh the part of n stays apart, as b_hn.
    Gates keep their order (i f g o; r z n). Without biases in the module they are 0.
    """
    modules.check(module)
    with modules.at_rest(module):
        weights = {name: getattr(module, full).detach().numpy()
                   for name, full in _names(module, layer, direction).items()}
    W_x, W_h = weights["weight_ih"].T.copy(), weights["weight_hh"].T.copy()
    none = np.zeros(W_h.shape[1], W_h.dtype)
    b_ih, b_hh = weights.get("bias_ih", none), weights.get("bias_hh", none)
    cell, H = modules.cell_of(module), module.hidden_size
    b = b_ih + b_hh
    if cell == "gru":
        b[2 * H:] = b_ih[2 * H:]
    params = dict(zip(NAMES[cell], (W_x, W_h, b), strict=True))
    return params | {"b_hn": b_hh[2 * H:].copy()} if cell == "gru" else params


def params_to_torch(params, module=None, layer=0, direction="forward", activation="tanh"):
    """Write `params` into one layer of a torch module, in place, and return the module.

    Without a module, a new one is made: a torch.nn.RNN (with `activation` "tanh" or "relu"), LSTM or GRU of one
    layer, in the dtype of `params`. The bias goes into b_ih and b_hh becomes 0 (the GRU's b_hn apart). torch trains
    both: to train a module beside a cell, freeze b_hh at 0.
    """
    module = _new_module(params, activation) if module is None else module
    modules.check(module)
    cell, names = modules.cell_of(module), _names(module, layer, direction)
    expected = params_from_torch(module, layer, direction)
    _check_params(params, expected, cell)
    b_hh = np.zeros_like(expected[NAMES[cell][2]])
    if cell == "gru":
        b_hh[2 * module.hidden_size:] = params["b_hn"]
    W_x, W_h, b = (np.asarray(params[name]) for name in NAMES[cell])
    with torch.no_grad():
        for name, value in {"weight_ih": W_x.T, "weight_hh": W_h.T, "bias_ih": b, "bias_hh": b_hh}.items():
            if name in names:
                getattr(module, names[name]).copy_(torch.from_numpy(value.copy()))
    found = params_from_torch(module, layer, direction)
    if not all(np.array_equal(found[name], params[name]) for name in found):
        raise ValueError("the module did not keep these weights: it has bias=False and a bias here is not 0, or a "
                         "parametrization computes its weights. Try without a module: params_to_torch(params)")
    return module


def _names(module, layer, direction):
    """{"weight_ih": "weight_ih_l0", …} for one layer in one direction."""
    if layer not in range(module.num_layers) or direction not in modules.directions(module):
        raise ValueError(f"no layer {layer} in direction {direction!r}; this {type(module).__name__} has layers 0 to "
                         f"{module.num_layers - 1}, {' and '.join(modules.directions(module))}")
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh") if module.bias else ("weight_ih", "weight_hh")
    return {kind: f"{kind}_l{layer}{'_reverse' * (direction == 'backward')}" for kind in kinds}


def _new_module(params, activation):
    known = {("W_hh", "W_xh", "b_h"): 1, ("W_h", "W_x", "b"): 4, ("W_h", "W_x", "b", "b_hn"): 3}
    gates = known.get(tuple(sorted(params)))
    if gates is None:
        raise ValueError(f"parameters are {sorted(params)}; expected those of cells.rnn, lstm or gru, as `init` gives")
    if gates == 1 and activation not in ("tanh", "relu"):
        raise ValueError(f"torch.nn.RNN has no activation {activation!r}; expected tanh or relu")
    W_x, W_h = (params["W_xh"], params["W_hh"]) if gates == 1 else (params["W_x"], params["W_h"])
    kind = {1: torch.nn.RNN, 3: torch.nn.GRU, 4: torch.nn.LSTM}[gates]
    options = {"nonlinearity": activation} if gates == 1 else {}
    dtype = torch.from_numpy(np.asarray(W_x).copy()).dtype
    # made without weights, so that nothing is drawn from torch's random numbers; 0, since unset memory may overflow
    module = kind(len(W_x), len(W_h), dtype=dtype, device="meta", **options).to_empty(device="cpu")
    with torch.no_grad():
        for weight in module.parameters():
            weight.zero_()
    return module


def _check_params(params, expected, cell):
    if set(params) != set(expected):
        raise ValueError(f"parameters are {sorted(params)}; a torch.nn.{cell.upper()} takes {sorted(expected)}")
    for name, like in expected.items():
        value = np.asarray(params[name])
        if value.shape != like.shape:
            raise ValueError(f"{name} is {value.shape}; this layer of the module takes {like.shape}")
        if value.dtype != like.dtype:
            raise TypeError(f"{name} is {value.dtype}; the module is {like.dtype}. Try {name}.astype(np.{like.dtype})")
