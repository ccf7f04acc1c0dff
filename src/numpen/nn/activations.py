"""The activations: what bends a layer's sums z into its answers a, each with its derivative next to it.

Each writes its answer over z, and its backward writes its slope over the answer, which nobody needs any
more (see layers.py). z, a, dz, da are (B, O): O numbers for each of B pictures.
"""

import math
from typing import Any

import numpy as np

from numpen.errors import NetworkError
from numpen.nn.arrays import Array, Shape, zeros
from numpen.nn.layers import Layer


class Sigmoid(Layer):
    """a = 1 / (1 + e⁻ᶻ), between 0 and 1."""

    name = "sigmoid"
    writes_over = answer_is_needed = True

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        # for one picture NumPy spends longer on turning a number into an array than on the arithmetic
        self.half, self.one = np.array(0.5, dtype), np.array(1, dtype)

    def forward(self, x: Array) -> Array:
        # 1 / (1 + e⁻ᶻ) = (1 + tanh(z/2)) / 2, which cannot overflow
        x *= self.half
        np.tanh(x, out=x)
        x *= self.half
        x += self.half
        self.a = x
        return x

    def backward(self, dout: Array) -> Array:
        # dz = da a (1 - a)
        dout *= self.a
        dout *= np.subtract(self.one, self.a, out=self.a)
        return dout


class Tanh(Layer):
    """a = tanh z, between -1 and 1."""

    name = "tanh"
    writes_over = answer_is_needed = True

    def forward(self, x: Array) -> Array:
        self.a = np.tanh(x, out=x)
        return self.a

    def backward(self, dout: Array) -> Array:
        # dz = da (1 - a²)
        np.square(self.a, out=self.a)
        dout *= np.subtract(1, self.a, out=self.a)
        return dout


class ReLU(Layer):
    """a = max(z, 0)."""

    name = "relu"
    writes_over = answer_is_needed = True

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        # NumPy's maximum is twice as fast against an array of zeros as against the number 0
        self.zeros = zeros((batch, *shape), dtype)  # (B, O)

    def forward(self, x: Array) -> Array:
        self.a = np.maximum(x, self.zeros[: len(x)], out=x)
        return self.a

    def backward(self, dout: Array) -> Array:
        # dz = da [a > 0]
        dout *= np.greater(self.a, 0, out=self.a)
        return dout


class LeakyReLU(Layer):
    """a = z where z > 0, else slope · z."""

    name = "leaky-relu"
    writes_over = answer_is_needed = True
    settings = ("slope",)

    def __init__(self, slope: float = 0.01) -> None:
        if not 0 <= slope < 1:
            raise NetworkError(f"expected a slope of at least 0 and less than 1, got {slope}")
        self.slope = float(slope)

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        self.scratch = zeros((batch, *shape), dtype)  # (B, O)

    def forward(self, x: Array) -> Array:
        # a = max(z, slope z), since slope < 1
        self.a = np.maximum(x, np.multiply(x, self.slope, out=self.scratch[: len(x)]), out=x)
        return self.a

    def backward(self, dout: Array) -> Array:
        # dz = da ([a > 0] (1 - slope) + slope)
        slope = np.greater(self.a, 0, out=self.a)
        slope *= 1 - self.slope
        slope += self.slope
        dout *= slope
        return dout


class ELU(Layer):
    """a = z where z > 0, else α (eᶻ - 1) (Clevert et al. 2016, equation 15)."""

    name = "elu"
    writes_over = answer_is_needed = True
    settings = ("alpha",)

    def __init__(self, alpha: float = 1.0) -> None:
        if not 0 <= alpha < math.inf:
            raise NetworkError(f"expected an alpha of at least 0, got {alpha}")
        self.alpha = float(alpha)

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        self.scratch = zeros((batch, *shape), dtype)  # (B, O)

    def forward(self, x: Array) -> Array:
        # a = max(z, 0) + α (e^min(z, 0) - 1)
        below = np.minimum(x, 0, out=self.scratch[: len(x)])
        np.expm1(below, out=below)
        below *= self.alpha
        self.a = np.maximum(x, 0, out=x)
        self.a += below
        return self.a

    def backward(self, dout: Array) -> Array:
        # dz = da · (1 where a > 0, else a + α) = da ([a > 0] (1 - α) + min(a, 0) + α)
        slope = np.greater(self.a, 0, out=self.scratch[: len(dout)])
        slope *= 1 - self.alpha
        slope += np.minimum(self.a, 0, out=self.a)
        slope += self.alpha
        dout *= slope
        return dout


class Softmax(Layer):
    """aₖ = e^zₖ / Σ e^z: K numbers that are positive and add up to one."""

    name = "softmax"
    writes_over = answer_is_needed = True

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        (classes,) = shape
        self.scratch = zeros((batch * classes,), dtype)  # (B, K) or, on its side, (K, B)
        self.row = zeros((batch,), dtype)  # (B,)

    def forward(self, x: Array) -> Array:
        # on its side, (K, B): NumPy is quick along the last axis, and ten classes are too few
        side, row = self.scratch[: x.size].reshape(x.shape[::-1]), self.row[: len(x)]
        np.copyto(side, x.T)
        # the largest z of a picture is taken off first: the quotient is the same, and e^z stays finite
        side -= np.maximum.reduce(side, axis=0, out=row)
        np.exp(side, out=side)
        side /= np.add.reduce(side, axis=0, out=row)
        np.copyto(x, side.T)
        self.a = x
        return x

    def backward(self, dout: Array) -> Array:
        # dz = a (da - Σ a da)
        product = np.multiply(self.a, dout, out=self.scratch[: dout.size].reshape(dout.shape))
        dout -= np.add.reduce(product, axis=1, out=self.row[: len(dout)])[:, np.newaxis]
        dout *= self.a
        return dout
