"""Shape and value checks that the cells share: what came, what was expected, what to try."""

import numpy as np


def floats(name, array):
    """`array` as a float32 or float64 array without NaN or infinity."""
    array = np.asarray(array)
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} is {array.dtype}; expected float32 or float64. Try {name}.astype(np.float64)")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; expected finite numbers. Fill or drop the gaps first")
    return array


def sequence(x, input_size):
    """`x` as a (T, B, D) array with T ≥ 1, B ≥ 1 and D = input_size."""
    x = floats("x", x)
    if x.ndim != 3:
        raise ValueError(f"x has shape {x.shape}; expected (T, B, D): time, batch, features. "
                         "For one sequence (T, D), try x[:, None, :]")
    if x.shape[2] != input_size:
        raise ValueError(f"x has {x.shape[2]} features (shape {x.shape}); these parameters expect D = {input_size}")
    if 0 in x.shape:
        raise ValueError(f"x has shape {x.shape}; expected at least one step, one row and one feature")
    return x


def state(name, array, batch, hidden_size, dtype):
    """`array` as a (B, H) state; zeros where it is None."""
    if array is None:
        return np.zeros((batch, hidden_size), dtype)
    array = floats(name, array)
    if array.shape != (batch, hidden_size):
        raise ValueError(f"{name} is {array.shape}; expected (B, H) = {(batch, hidden_size)}")
    return array.astype(dtype, copy=True)


def gradient(name, array, shape, dtype):
    """`array` as a gradient of the given shape; zeros where it is None."""
    if array is None:
        return np.zeros(shape, dtype)
    array = floats(name, array)
    if array.shape != shape:
        raise ValueError(f"{name} is {array.shape}; expected {shape}, the shape of what it is the gradient of")
    return array.astype(dtype, copy=False)


def parameters(params, shapes):
    """Check that `params` holds exactly the arrays of `shapes`: name -> (shape, its meaning)."""
    if set(params) != set(shapes):
        raise ValueError(f"parameters are {sorted(params)}; expected {sorted(shapes)}")
    for name, (shape, meaning) in shapes.items():
        if np.shape(params[name]) != shape:
            raise ValueError(f"{name} is {np.shape(params[name])}; expected {meaning} = {shape}")
    if len({np.asarray(p).dtype for p in params.values()}) > 1:
        raise TypeError(f"parameters mix {sorted({str(np.asarray(p).dtype) for p in params.values()})}; use one dtype")


def whole_forward(trace, *cells):
    """One layer of one of `cells`, read forward, every row T steps long."""
    if trace.parts:
        raise ValueError(f"this Trace has {trace.layers} layer(s) in {len(trace.directions)} direction(s); "
                         "pick one, as in trace.at(layer=0)")
    if trace.cell not in cells:
        raise ValueError(f"this is a Trace of cell {trace.cell!r}; expected {' or '.join(cells)}")
    if trace.direction != "forward":
        raise ValueError("this Trace was read backward; expected direction 'forward'. "
                         "Reverse x in time and run it forward")
    if trace.lengths is not None and (trace.lengths < trace.steps).any():
        raise ValueError(f"this Trace is padded, lengths {trace.lengths.min()} to {trace.lengths.max()}; expected "
                         f"rows of {trace.steps} steps each. Run each row alone, cut to its length")


def jacobians(array):
    """`array` as (T, …, S, S) with T ≥ 1."""
    array = floats("jacobians", array)
    if array.ndim < 3 or array.shape[-1] != array.shape[-2] or 0 in array.shape:
        raise ValueError(f"jacobians are {array.shape}; expected (T, …, S, S), as state_jacobians gives them")
    return array
