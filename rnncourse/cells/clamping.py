"""An LSTM with some of its gates or states held: an intervention, for asking what one does, not only how it looks."""

import numpy as np

from rnncourse.activations import sigmoid
from rnncourse.cells import lstm
from rnncourse.trace import Trace

RANGE = {"i": (0, 1), "f": (0, 1), "g": (-1, 1), "o": (0, 1), "c": (-np.inf, np.inf), "h": (-1, 1)}


def run_clamped(params, x, clamp=None, units=None, h0=None, c0=None):
    """Run an LSTM as `lstm.forward` does, with the signals in `clamp` held at a value whatever x and h say.

    params  as of `lstm`; x (T, B, D); h0, c0 (B, H) or None for zeros
    clamp   name -> the value it is held at: {"f": 1.0} keeps everything, {"o": 0.0} hides everything.
            i, f, o lie in 0 to 1, the candidate g and the state h in −1 to 1, and c may be any number; one number,
            or (H,) one for each unit. h0 and c0 stay as given: they stand before the first step
    units   which units are held, as a list of their numbers; None holds all of them

    Returns a Trace; with nothing to clamp, the same as `lstm.forward`. What the weights asked for is in its a_f etc.
    `lstm.backward` does not know that the gates were held, so its gradients are not those of this run.
    """
    free = lstm.forward(params, x, h0, c0)    # checks the input
    clamp = {name: _checked(name, value, free) for name, value in (clamp or {}).items()}
    if not clamp:
        return free
    held = _held(units, free.hidden_size)
    signals = {name: np.empty_like(free.h) for name in "ifgoch"}
    h, c = free.h0, free.c0
    for t, x_t in enumerate(free.x):
        a_i, a_f, a_g, a_o = np.split(x_t @ params["W_x"] + h @ params["W_h"] + params["b"], 4, axis=-1)
        now = {"i": sigmoid.value(a_i), "f": sigmoid.value(a_f), "g": np.tanh(a_g), "o": sigmoid.value(a_o)}
        for name in clamp.keys() & now.keys():
            now[name] = np.where(held, clamp[name], now[name])
        c = now["f"] * c + now["i"] * now["g"]
        c = np.where(held, clamp["c"], c) if "c" in clamp else c
        h = now["o"] * np.tanh(c)
        h = np.where(held, clamp["h"], h) if "h" in clamp else h
        for name, value in (*now.items(), ("c", c), ("h", h)):
            signals[name][t] = value
    return Trace("lstm", params, free.x, signals, free.h0, free.c0, preactivations=lstm.preactivations)


def _checked(name, value, free):
    """`value` as an array of the run's own dtype, where gate `name` can be held at it."""
    if name not in RANGE:
        raise ValueError(f"nothing to hold called {name!r}; an LSTM has the gates i, f, o, the candidate g, and the "
                         "states c and h")
    (low, high), value = RANGE[name], np.asarray(value, free.h.dtype)
    if not np.all((low <= value) & (value <= high)):
        raise ValueError(f"{name} is to be held at {value}; expected {low} to {high}, all that a cell can give it")
    if value.shape not in ((), (free.hidden_size,)):
        raise ValueError(f"{name} is to be held at values of shape {value.shape}; expected one number, or "
                         f"(H,) = {(free.hidden_size,)}, one for each unit")
    return value


def _held(units, hidden_size):
    """(H,) booleans: which units are held."""
    if units is None:
        return np.ones(hidden_size, bool)
    units = np.asarray(units, int).reshape(-1)
    if units.size and not (units.min() >= 0 and units.max() < hidden_size):
        raise ValueError(f"units are {units.tolist()}; expected numbers from 0 to {hidden_size - 1}")
    return np.isin(np.arange(hidden_size), units)
