"""BatchNormalization: the sums of a layer, brought to the same mean and spread in every batch.

A layer then need not follow how the sums below it drift while all learn at once, so that steps may be longer; and as
a picture's numbers depend on who else is in its batch, they are never twice the same, which keeps from learning by
heart. What is learned is an ordinary network: see folding.py.
"""

import operator
from typing import Any

import numpy as np

from numpen.errors import NetworkError
from numpen.nn.arrays import Array, Shape, zeros
from numpen.nn.initializers import Initializer
from numpen.nn.layers import Layer

EPSILON = 1e-5  # beside the variance, which may be zero
NEWS = 0.1  # share of a batch in the running averages


class BatchNormalization(Layer):
    """y = γ x̂ + β with x̂ = (x - μ) / √(σ² + ε), for each of C units or maps (Ioffe & Szegedy 2015, algorithm 1).

    x is (B, C), or (B, P, Q, C) behind a convolution; μ and σ² (C,) are the mean and the variance of the batch, over
    its pictures and places, while something is learned from it. An answer takes their running averages. These are
    parameters whose gradient is zero: kept, averaged and gone on from with all others. x̂ is written over x.
    """

    name = "batch-normalization"
    settings = ("units",)
    writes_over = True

    def __init__(self, units: int) -> None:
        self.units = operator.index(units)
        if self.units < 1:
            raise NetworkError(f"expected at least 1 unit to normalise, got {units}")
        self.n_biases = 4 * self.units

    def shape_after(self, shape: Shape) -> Shape:
        if shape[-1] != self.units:
            raise NetworkError(f"expected {self.units} units or maps to normalise, got {shape}")
        return shape

    def place(self, weights: Array, biases: Array) -> None:
        values, gradients = biases.reshape(2, 4, self.units)
        self.gamma, self.beta, self.mean, self.variance = values  # (C,)
        self.dgamma, self.dbeta = gradients[:2]  # (C,)

    def initialize(self, weights: Initializer, biases: Initializer, rng: "np.random.Generator") -> None:
        for array, value in (self.gamma, 1), (self.beta, 0), (self.mean, 0), (self.variance, 1):
            array.fill(value)

    def tensors(self) -> dict[str, Array]:
        return {"gamma": self.gamma, "beta": self.beta, "mean": self.mean, "variance": self.variance}

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        self.y = zeros((batch, *shape), dtype)  # (B, P, Q, C)
        self.ones = zeros((self.y.size // self.units,), dtype)  # (BPQ,)
        self.ones += 1
        self.of_batch = zeros((2, self.units), dtype)  # μ and σ², then 1 / √(σ² + ε)
        self.scratch = zeros((self.units,), dtype)  # (C,)

    def forward(self, x: Array) -> Array:
        rows, y, ones = self._rows(x), self._rows(self.y[: len(x)]), self.ones[: x.size // self.units]
        mu, sigma2 = self.of_batch
        # μ = 1ᵀx / BPQ,  σ² = 1ᵀ(x - μ)² / BPQ
        np.matmul(ones, rows, out=mu)
        mu /= len(rows)
        rows -= mu
        np.matmul(ones, np.square(rows, out=y), out=sigma2)
        sigma2 /= len(rows)
        self._remember(self.mean, mu, 1)
        self._remember(self.variance, sigma2, len(rows) / max(len(rows) - 1, 1))  # what all pictures vary by
        # x̂ = (x - μ) / √(σ² + ε),  y = γ x̂ + β
        sigma2 += EPSILON
        np.sqrt(sigma2, out=sigma2)
        np.divide(1, sigma2, out=sigma2)
        rows *= sigma2
        self.x_hat = rows  # (BPQ, C)
        np.multiply(rows, self.gamma, out=y)
        y += self.beta
        return self.y[: len(x)]

    def answer(self, x: Array) -> Array:
        # y = γ (x - μ̄) / √(σ̄² + ε) + β
        scale, shift = self.as_scale_and_shift()
        x *= scale
        x += shift
        return x

    def as_scale_and_shift(self) -> tuple[Array, Array]:
        """What an answer is multiplied by, and what is added to it; both (C,)."""
        scale = self.gamma / np.sqrt(self.variance + EPSILON)
        return scale, self.beta - self.mean * scale

    def learn(self, dout: Array) -> None:
        # dγ = Σ dy x̂,  dβ = Σ dy, over pictures and places
        dy, products, ones = self._rows(dout), self._rows(self.y[: len(dout)]), self.ones[: dout.size // self.units]
        np.matmul(ones, np.multiply(dy, self.x_hat, out=products), out=self.dgamma)
        np.matmul(ones, dy, out=self.dbeta)

    def backward(self, dout: Array) -> Array:
        # dx = γ / √(σ² + ε) (dy - (dβ + x̂ dγ) / BPQ), since μ and σ² depend on x, too
        dy, x_hat = self._rows(dout), self.x_hat
        x_hat *= np.divide(self.dgamma, len(dy), out=self.scratch)
        x_hat += np.divide(self.dbeta, len(dy), out=self.scratch)
        dy -= x_hat
        dy *= np.multiply(self.gamma, self.of_batch[1], out=self.scratch)
        return dout

    def _remember(self, running: Array, news: Array, factor: float) -> None:
        running *= 1 - NEWS
        running += np.multiply(news, NEWS * factor, out=self.scratch)

    def _rows(self, x: Array) -> Array:
        """A row of C numbers for each place of each picture; a view."""
        return x.reshape(-1, self.units)
