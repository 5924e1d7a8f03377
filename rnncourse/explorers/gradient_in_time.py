"""Explorer of chapter 03: an RNN's spectral radius, activation and matrix; what becomes of a gradient on its way."""

import numpy as np

from rnncourse.cells import jacobians, rnn
from rnncourse.explorers.base import Explorer, choice, slider
from rnncourse.plots.fading import FLOOR, FadingScene

H, STEPS = 16, 50
MATRICES = ("random", "orthogonal", "non-normal")


def recurrent_weights(matrix, spectral_radius, size=H, seed=0):
    """W_hh (H, H) whose largest eigenvalue has the size `spectral_radius`.

    matrix  "random": normal numbers; "orthogonal": every singular value is the spectral radius;
            "non-normal": each unit feeds itself and, as strongly, the next one
    """
    A = np.random.default_rng(seed).normal(size=(size, size))
    if matrix == "orthogonal":
        return spectral_radius * np.linalg.qr(A)[0]
    if matrix == "non-normal":
        return spectral_radius * (np.eye(size) + np.eye(size, k=1))
    if matrix != "random":
        raise ValueError(f"matrix is {matrix!r}; expected one of {', '.join(MATRICES)}")
    return spectral_radius * A / np.abs(np.linalg.eigvals(A)).max()


def gradient_in_time(W_hh, activation="tanh", loudness=0.5, bias=0.0, steps=STEPS, seed=1):
    """The `Fading` of an RNN with these recurrent weights, run over normal noise of standard deviation `loudness`."""
    noise = np.random.default_rng(seed).normal(0, 1, (steps, 1, len(W_hh)))
    params = {"W_xh": np.eye(len(W_hh)), "W_hh": W_hh, "b_h": np.full(len(W_hh), bias)}
    return jacobians.fading(rnn.forward(params, loudness * noise, activation=activation))


def short(size):
    """A size in two digits for a sentence: "0.26", "3.6 × 10⁹"; below 10⁻¹² it is nothing to float64."""
    if size < FLOOR:
        return "nothing" if size == 0 else "less than 10⁻¹²"
    if 0.01 <= size < 1000:
        return f"{size:.2g}"
    digits, power = f"{size:.1e}".split("e")
    return f"{digits} × 10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


class GradientInTime(Explorer):
    """How much of a gradient is left after walking back, while spectral radius, activation, matrix and input move."""

    spectral_radius = slider(1.0, low=0, high=2, step=0.02, label="spectral radius", unit="× a step", signal="h")
    loudness = slider(0.5, low=0, high=3, step=0.05, label="input", unit="std. dev.", signal="x")
    activation = choice("tanh", options=("tanh", "relu", "sigmoid", "linear"), label="activation")
    matrix = choice("random", options=MATRICES, label="kind of matrix")

    scene, size = FadingScene, (9, 3.8)

    def compute(self, spectral_radius, loudness, activation, matrix):
        """The plain functions, one after the other."""
        return gradient_in_time(recurrent_weights(matrix, spectral_radius), activation, loudness)

    def describe(self, fading):
        """What happens to the gradient, in words."""
        far = fading.exact[0]
        fate = "fades" if far < 0.1 else "explodes" if far > 10 else "keeps its length, roughly"
        return (f"Of a gradient that walks back {len(fading.exact)} steps at most {short(far)} arrives: it {fate}. "
                f"The steps' own limits, multiplied, would allow {short(fading.one_by_one[0])}, "
                f"the weights' {short(fading.bound[0])}.")
