"""Small models with random weights, one of each kind, and the layers that no table knows."""

from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from numpen.models.model import Model
from numpen.nn.arrays import Array, Shape
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.initializers import LeCun, Normal
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.network import Network
from tests.nn.networks import ACTIVATIONS

HIDDEN = ("sigmoid", "tanh", "relu", "leaky-relu", "elu")


def model(hidden: str = "relu", output: str | None = "softmax", loss: str = "cross-entropy", seed: int = 0) -> Model:
    """784-9-7-10 with dropout, as a recipe would make it, its weights drawn at random."""
    layers: list[Layer] = []
    for inputs, outputs in pairwise((784, 9, 7)):
        layers += [Dense(inputs, outputs), ACTIVATIONS[hidden](), Dropout(0.5)]
    layers += [Dense(7, 10), *([ACTIVATIONS[output]()] if output else [])]
    return initialized(layers, loss, seed)


def convolutional(hidden: str = "relu") -> Model:
    """Two convolutions, padded and strided, and pooling: 28x28 to 13x13x3 to 13x13x4 to 6x6x4 to 10."""
    activation = ACTIVATIONS[hidden]
    first = [Unflatten(28, 28), Convolution(1, 3, 5, stride=2, padding=1), activation()]
    second = [Convolution(3, 4, 3, padding=1), activation(), MaxPooling(2), Flatten()]
    return initialized([*first, *second, Dense(6 * 6 * 4, 10), ACTIVATIONS["softmax"]()])


def initialized(layers: list[Layer], loss: str = "cross-entropy", seed: int = 0) -> Model:
    network = Network(layers)
    network.initialize(LeCun(), Normal(0.3), np.random.default_rng(seed))
    return Model(network, 255.0, {"recipe": {"loss": loss}})


class Fold(Layer):
    """The pixels as four pictures of 14x14: a layer that the explanation has never heard of."""

    name = "fold"
    inputs = 784

    def shape_after(self, shape: Shape) -> Shape:
        return (4, 14, 14)

    def forward(self, x: Array) -> Array:
        return x.reshape(-1, 4, 14, 14).copy()

    def backward(self, dout: Array) -> Array:
        return dout.reshape(-1, 784)


class Scale(Layer):
    """Each of four pictures times a number of its own."""

    name = "scale"
    n_weights: ClassVar[int] = 4  # type: ignore[misc]

    def place(self, weights: Array, biases: Array) -> None:
        self.W, self.dW = weights  # (4,)

    def initialize(self, weights: Any, biases: Any, rng: np.random.Generator) -> None:
        self.W[...] = rng.normal(1, 0.3, 4)

    def tensors(self) -> dict[str, Array]:
        return {"W": self.W}

    def forward(self, x: Array) -> Array:
        self.x = x
        out: Array = x * self.W[:, np.newaxis, np.newaxis]
        return out

    def learn(self, dout: Array) -> None:
        self.dW[...] = (self.x * dout).sum(axis=(0, 2, 3))

    def backward(self, dout: Array) -> Array:
        dx: Array = dout * self.W[:, np.newaxis, np.newaxis]
        return dx


class Unfold(Layer):
    """The pictures as a row of numbers again."""

    name = "unfold"

    def shape_after(self, shape: Shape) -> Shape:
        return (784,)

    def forward(self, x: Array) -> Array:
        return x.reshape(-1, 784)

    def backward(self, dout: Array) -> Array:
        return dout.reshape(-1, 4, 14, 14)
