"""A loss says in one number how wrong the network's answers are, and which way is better.

`loss.gradient(out, y)` takes what the network put out and the truth y, both (B, K) for B pictures and
K classes; a row of y is one-hot, or any distribution over the classes. It returns the loss, a mean over
the pictures, and its derivative by `out`, in an array that is borrowed until the next call.

Both cross-entropies stand for the network's closing layer as well: they take the scores z below it, and
write the derivative over them. The layer's exponential and their logarithm cancel, so nothing overflows
and no epsilon is needed.
"""

from typing import Any, ClassVar

import numpy as np

from numpen.nn.activations import Sigmoid, Softmax
from numpen.nn.arrays import Array, zeros
from numpen.nn.layers import Layer


class Loss:
    """What every loss is."""

    closing: ClassVar[type[Layer] | None] = None  # the network's last layer, where the loss contains it

    def bind(self, batch: int, classes: int, dtype: np.dtype[Any]) -> None:
        """Make every buffer for `batch` pictures: the only place where a loss allocates."""
        self.scratch = zeros((batch, classes), dtype)  # (B, K)

    def gradient(self, out: Array, y: Array) -> tuple[float, Array]:
        """Return the loss and its derivative by `out`."""
        raise NotImplementedError


class SoftmaxCrossEntropy(Loss):
    """L = -Σ y log softmax(z): the surprise at the right answer, for classes that exclude each other.

    Worked out lying on its side, (K, B): NumPy is quick along the last axis, and ten classes are too few.
    """

    closing = Softmax

    def bind(self, batch: int, classes: int, dtype: np.dtype[Any]) -> None:
        super().bind(batch, classes, dtype)
        self.row = zeros((batch,), dtype)  # (B,)

    def gradient(self, out: Array, y: Array) -> tuple[float, Array]:
        z, row = out, self.row[: len(out)]
        side = self.scratch.reshape(-1)[: out.size].reshape(out.shape[::-1])  # (K, B)
        # the largest z of each picture is taken off: p stays the same, and e^z stays finite
        np.copyto(side, z.T)
        side -= np.maximum.reduce(side, axis=0, out=row)
        np.copyto(z, side.T)
        score = np.vdot(y, z)
        # p = e^z / Σ e^z
        np.exp(side, out=side)
        side /= np.add.reduce(side, axis=0, out=row)
        np.copyto(z, side.T)
        # L = mean of (log Σ e^z - z·y), since the y of a picture add up to one
        loss = (np.add.reduce(np.log(row, out=row)) - score) / len(z)
        # dL/dz = (p - y) / B    (Nielsen's equation 67, for softmax)
        z -= y
        z *= 1 / len(z)
        return float(loss), z


class SigmoidCrossEntropy(Loss):
    """L = -Σ (y log a + (1 - y) log(1 - a)) with a = σ(z): K yes-or-no questions (Nielsen's equation 63)."""

    closing = Sigmoid

    def gradient(self, out: Array, y: Array) -> tuple[float, Array]:
        z, s = out, self.scratch[: len(out)]
        # L = mean of Σ (max(z, 0) - z y + log(1 + e^-|z|))
        score = np.vdot(y, z)
        np.abs(z, out=s)
        np.negative(s, out=s)
        np.log1p(np.exp(s, out=s), out=s)
        s += np.maximum(z, 0, out=self.positive[: len(z)])
        loss = (np.add.reduce(s, axis=None) - score) / len(z)
        # dL/dz = (σ(z) - y) / B, with σ(z) = (1 + tanh(z/2)) / 2    (Nielsen's equation 61)
        z *= 0.5
        np.tanh(z, out=z)
        z *= 0.5
        z += 0.5
        z -= y
        z *= 1 / len(z)
        return float(loss), z

    def bind(self, batch: int, classes: int, dtype: np.dtype[Any]) -> None:
        super().bind(batch, classes, dtype)
        self.positive = zeros((batch, classes), dtype)  # (B, K)


class _Quadratic(Loss):
    """L = factor · Σ (a - y)², a mean over the pictures; the books differ in the factor alone."""

    def factor(self, classes: int) -> float:
        raise NotImplementedError

    def bind(self, batch: int, classes: int, dtype: np.dtype[Any]) -> None:
        super().bind(batch, classes, dtype)
        self.scale = np.zeros((), dtype)  # a number as the array that NumPy would else make of it in every step

    def gradient(self, out: Array, y: Array) -> tuple[float, Array]:
        # L = factor · mean of Σ (a - y)²; written beside a, which the closing layer's slope is made of
        a, factor = out, self.factor(out.shape[1])
        da = np.subtract(a, y, out=self.scratch[: len(a)])
        loss = factor * np.vdot(da, da) / len(a)
        # dL/da = 2 factor (a - y) / B
        self.scale.fill(2 * factor / len(a))
        da *= self.scale
        return float(loss), da


class HalfSquares(_Quadratic):
    """L = ½ Σ (a - y)²: the quadratic cost of the books (Nielsen's equation 6)."""

    def factor(self, classes: int) -> float:
        return 0.5


class SumOfSquares(_Quadratic):
    """L = Σ (a - y)²: the cost of 3Blue1Brown's lessons."""

    def factor(self, classes: int) -> float:
        return 1.0


class MeanSquares(_Quadratic):
    """L = Σ (a - y)² / K: the mean over the classes too, as the frameworks' MSE."""

    def factor(self, classes: int) -> float:
        return 1 / classes


class Penalty:
    """L1 and L2 regularisation: l1 Σ|w| + ½ l2 Σw² over the weights (not the biases) is added to the loss."""

    def __init__(self, l1: float, l2: float, weights: Array, gradient: Array) -> None:
        """Bind the network's weights and their gradient, both (n_weights,)."""
        self.l1, self.l2, self.w, self.dw = l1, l2, weights, gradient
        self.scratch = zeros(weights.shape, weights.dtype)  # (n_weights,)

    def add(self) -> float:
        """Add the penalty's gradient to that of the weights; return what it adds to the loss."""
        w, s, loss = self.w, self.scratch, 0.0
        if self.l2:
            # dL/dw += l2 w
            self.dw += np.multiply(w, self.l2, out=s)
            loss += 0.5 * self.l2 * float(np.vdot(w, w))
        if self.l1:
            # dL/dw += l1 sign(w)
            loss += self.l1 * float(np.add.reduce(np.abs(w, out=s), axis=None))
            np.sign(w, out=s)
            s *= self.l1
            self.dw += s
        return loss
