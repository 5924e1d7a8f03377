"""Shape and value checks that the cells share: what came, what was expected, what to try."""

from collections.abc import Mapping

import numpy as np

from rnncourse.trace import Trace

FLOATS = {np.dtype(np.float32), np.dtype(np.float64)}


def sizes(rng, input_size, hidden_size):
    """What `init` is given: a random generator, and whole numbers of at least 1."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng is {rng!r}; expected a random generator. Try np.random.default_rng(0)")
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if not isinstance(size, (int, np.integer)) or size < 1:
            raise ValueError(f"{name} is {size!r}; expected a whole number, at least 1")


def floats(name, array):
    """`array` as a float32 or float64 array without NaN or infinity."""
    array = np.asarray(array)
    if array.dtype not in FLOATS:
        raise TypeError(f"{name} is {array.dtype}; expected float32 or float64. Try {name}.astype(np.float64)")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; expected finite numbers. Fill or drop the gaps first")
    return array


def parameters(params, layout):
    """(D, H), the sizes of `params`, whose arrays must fit `layout`: name -> (multiple, axis) for each of its axes."""
    if not isinstance(params, Mapping) or set(params) != set(layout):
        found = sorted(params) if isinstance(params, Mapping) else type(params).__name__
        raise ValueError(f"parameters are {found}; expected a mapping of {sorted(layout)}. Try this cell's own init")
    arrays = {name: np.asarray(params[name]) for name in layout}
    W_x, W_h, *_ = arrays.values()
    size = {"D": W_x.shape[0] if W_x.ndim else 0, "H": W_h.shape[0] if W_h.ndim else 0}
    for name, axes in layout.items():
        if arrays[name].shape != tuple(count * size[axis] for count, axis in axes):
            axes = ", ".join(f"{count if count > 1 else ''}{axis}" for count, axis in axes)
            raise ValueError(f"{name} is {arrays[name].shape}; expected ({axes}) with D = {size['D']}, "
                             f"H = {size['H']}, the rows of {' and '.join(list(layout)[:2])}")
    kinds = {a.dtype for a in arrays.values()}
    if len(kinds) > 1 or not kinds <= FLOATS:
        raise TypeError(f"parameters are {' and '.join(sorted(map(str, kinds)))}; "
                        "expected all float32 or all float64")
    return size["D"], size["H"]


def run(params, layout, x, **states):
    """x (T, B, D) and each of `states` (B, H) or None, checked; states as copies of their own, zeros where None."""
    (D, H), x = parameters(params, layout), floats("x", x)
    if x.ndim != 3:
        raise ValueError(f"x has shape {x.shape}; expected (T, B, D): time, batch, features. "
                         "For one sequence (T, D), try x[:, None, :]")
    if 0 in x.shape:
        raise ValueError(f"x has shape {x.shape}; expected at least one step, one row and one feature")
    _fits(x, params, layout, D)
    return x, *(_state(name, state, (x.shape[1], H), x.dtype) for name, state in states.items())


def one_step(params, layout, x_t, **states):
    """x_t (B, D) and each of `states` (B, H), checked."""
    (D, H), x_t = parameters(params, layout), floats("x_t", x_t)
    if x_t.ndim != 2:
        raise ValueError(f"x_t has shape {x_t.shape}; expected (B, D): batch, features. For one row, try x_t[None, :]")
    _fits(x_t, params, layout, D)
    for name, state in states.items():
        _state(name, np.asarray(state), (len(x_t), H), x_t.dtype)
    return x_t, *map(np.asarray, states.values())


def gradient(name, array, shape, dtype):
    """`array` as a gradient of the given shape and dtype; zeros where it is None."""
    if array is None:
        return np.zeros(shape, dtype)
    array = floats(name, array)
    if array.shape != shape:
        raise ValueError(f"{name} is {array.shape}; expected {shape}, the shape of what it is the gradient of")
    return array.astype(dtype, copy=False)


def whole_forward(trace, *cells):
    """One layer of one of `cells`, read forward, every row T steps long."""
    if not isinstance(trace, Trace):
        raise TypeError(f"the trace is {type(trace).__name__}; expected a Trace, as forward returns it")
    if trace.parts:
        raise ValueError(f"this Trace has {trace.layers} layer(s) in {len(trace.directions)} direction(s); "
                         "pick one, as in trace.at(layer=0)")
    if trace.cell not in cells:
        raise ValueError(f"this is a Trace of cell {trace.cell!r}; expected {' or '.join(cells)}")
    if trace.direction != "forward":
        raise ValueError("this Trace was read backward; expected direction 'forward'. "
                         "Try trace.as_read(), which turns it round")
    if trace.lengths is not None and (trace.lengths < trace.steps).any():
        raise ValueError(f"this Trace is padded, lengths {trace.lengths.min()} to {trace.lengths.max()}; expected "
                         f"rows of {trace.steps} steps each. Try trace.row(b): one row, cut to its length")


def own_trace(params, layout, trace, cell):
    """A Trace that this cell made, with these parameters or others of the same sizes."""
    whole_forward(trace, cell)
    given, made_with = parameters(params, layout), (trace.x.shape[2], trace.hidden_size)
    if given != made_with:
        raise ValueError(f"the parameters have (D, H) = {given}, the Trace {made_with}; "
                         "expected those that made it. Try trace.params")


def jacobians(array):
    """`array` as (T, …, S, S) with T ≥ 1."""
    array = floats("jacobians", array)
    if array.ndim < 3 or array.shape[-1] != array.shape[-2] or 0 in array.shape:
        raise ValueError(f"jacobians are {array.shape}; expected (T, …, S, S), as state_jacobians gives them")
    return array


def _fits(x, params, layout, input_size):
    if x.shape[-1] != input_size:
        raise ValueError(f"x has {x.shape[-1]} features (shape {x.shape}); these parameters expect D = {input_size}")
    dtype = np.asarray(params[next(iter(layout))]).dtype
    if x.dtype != dtype:
        raise TypeError(f"x is {x.dtype} and the parameters are {dtype}; expected one dtype. Try x.astype(np.{dtype})")


def _state(name, array, shape, dtype):
    if array is None:
        return np.zeros(shape, dtype)
    array = floats(name, array)
    if array.shape != shape:
        raise ValueError(f"{name} is {array.shape}; expected (B, H) = {shape}")
    return array.astype(dtype, copy=True)
