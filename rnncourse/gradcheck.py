"""Gradient check: is a gradient the slope of its loss? Central differences answer, slowly and independently.

    errors = gradcheck.relative_errors(loss, {"W": W, "b": b}, {"W": dW, "b": db})    # about 1e-10 where right
"""

import numpy as np

STEP = 6e-6    # the cube root of float64's rounding, 2.2e-16: rounding and curvature cost about the same here


def numerical(f, array, step=STEP):
    """dLoss/darray by central differences: (f(a + step) − f(a − step)) / (2 step) for each number a of it.

    f      takes an array shaped like `array` and returns the loss, one number
    array  float64, of any shape; it is not written to
    Returns the gradient, in the shape of `array`. It costs two calls of f for each number.
    """
    array = np.asarray(array)
    if array.dtype != np.float64:
        raise TypeError(f"the array is {array.dtype}; expected float64, as float32 rounds the difference away. "
                        "Try array.astype(np.float64), for the parameters too")
    moved, gradient = array.copy(), np.empty_like(array)
    for place in np.ndindex(array.shape):
        moved[place] = array[place] + step
        above = f(moved)
        moved[place] = array[place] - step
        gradient[place] = (_number(above) - _number(f(moved))) / (2 * step)
        moved[place] = array[place]
    return gradient


def relative_error(ours, reference):
    """‖reference − ours‖ / ‖ours‖, a float: 0 where both are all 0, infinity where only ours is."""
    ours, reference = np.asarray(ours), np.asarray(reference)
    if ours.shape != reference.shape:
        raise ValueError(f"our gradient is {ours.shape} and the reference {reference.shape}; expected equal shapes")
    gap, size = np.linalg.norm(reference - ours), np.linalg.norm(ours)
    if size == 0:
        return 0.0 if gap == 0 else float("inf")
    return float(gap / size)


def relative_errors(loss, arrays, gradients, step=STEP):
    """{name: relative error} of each gradient against central differences.

    loss       takes a mapping like `arrays` and returns one number
    arrays     name -> float64 array: parameters, inputs, states, whatever the loss depends on
    gradients  name -> dLoss/darray; only the names in it are checked
    """
    unknown = sorted(set(gradients) - set(arrays))
    if unknown:
        raise ValueError(f"gradients hold {unknown}, which are not among the arrays {sorted(arrays)}")

    def along(name):
        return numerical(lambda array: loss({**arrays, name: array}), arrays[name], step)

    return {name: relative_error(ours, along(name)) for name, ours in gradients.items()}


def _number(value):
    if np.size(value) != 1:
        raise ValueError(f"the loss is an array {np.shape(value)}; expected one number. Try .sum() or .mean()")
    return float(np.asarray(value).reshape(()))
