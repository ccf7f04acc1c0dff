"""Layers in a row, over one vector θ of all parameters and one vector of their gradients.

The weights of all layers come first in θ, then all biases: an optimizer is a formula over two vectors,
weight decay concerns `theta[:n_weights]`, and saving is writing θ. Each layer holds views into both.

A network owns its buffers, so it does one thing at a time: what `forward` returns is borrowed until the
next call, and two threads need two networks (or a lock, as `Model` has). `predict` returns a copy.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from numpen.errors import NetworkError
from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.arrays import Array, Shape, vectors
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.initializers import Initializer
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.losses import Loss
from numpen.nn.normalization import BatchNormalization

LAYERS: dict[str, type[Layer]] = {
    layer.name: layer
    for layer in (
        *(Dense, Sigmoid, Tanh, ReLU, LeakyReLU, ELU, Softmax, Dropout),
        *(Convolution, MaxPooling, Flatten, Unflatten, BatchNormalization),
    )
}
ROOM = 16_000_000  # numbers in the buffers of a network that is not told its batch: 64 MB


class Network:
    """A network of layers that fit each other; P parameters in all."""

    def __init__(self, layers: Sequence[Layer], batch: int | None = None, dtype: DTypeLike = np.float32) -> None:
        """Make room for the parameters (all zero) and for `batch` pictures at a time; None: as many as are handy.

        Raises NetworkError if a layer does not fit the one below it.
        """
        self.layers = tuple(layers)
        self.answering = tuple(layer for layer in layers if not layer.only_when_learning)
        _check_order(self.layers)
        _check_order(self.answering)
        self.inputs = next(layer.inputs for layer in layers if layer.inputs)
        self.lowest = next(i for i, layer in enumerate(layers) if layer.n_weights)  # nothing below it learns
        self.n_weights = sum(layer.n_weights for layer in layers)
        n_biases = sum(layer.n_biases for layer in layers)
        values_and_gradients = vectors(2, self.n_weights + n_biases, dtype)
        self.theta, self.grad = values_and_gradients  # (P,), (P,)
        weight, bias = 0, self.n_weights
        for layer in layers:
            own_weights = values_and_gradients[:, weight : weight + layer.n_weights]
            own_biases = values_and_gradients[:, bias : bias + layer.n_biases]
            layer.place(own_weights, own_biases)
            weight, bias = weight + layer.n_weights, bias + layer.n_biases
        self.bind(batch or self.handy_batch())

    def handy_batch(self) -> int:
        """A power of two, at most 1,024, for which the buffers are small; raises NetworkError if none is."""
        shape: Shape = (self.inputs,)
        numbers = 0
        for layer in self.layers:
            numbers, shape = numbers + layer.numbers(shape), layer.shape_after(shape)
        if numbers > ROOM:
            raise NetworkError(f"expected a network of at most {ROOM:,} numbers for a picture, got {numbers:,}")
        return 1 << min(ROOM // numbers, 1024).bit_length() - 1

    def bind(self, batch: int) -> None:
        """Make the buffers of every layer anew, for `batch` pictures at a time."""
        self.batch = batch
        shape: Shape = (self.inputs,)
        for i, layer in enumerate(self.layers):
            after = layer.shape_after(shape)
            layer.bind(batch, shape, self.theta.dtype, first=i <= self.lowest)
            shape = after
        (self.outputs,) = shape

    def initialize(self, weights: Initializer, biases: Initializer, rng: "np.random.Generator") -> None:
        """Draw first values for all weights and biases."""
        for layer in self.layers:
            layer.initialize(weights, biases, rng)

    @property
    def weights(self) -> tuple[Array, Array]:
        """The part of θ that holds the weights, without the biases, and its gradient; both (n_weights,)."""
        return self.theta[: self.n_weights], self.grad[: self.n_weights]

    def forward(self, x: Array) -> Array:
        """The answers (B, outputs) to x (B, inputs), B at most `batch`; borrowed until the next call."""
        for layer in self.answering:
            x = layer.answer(x)
        return x

    def predict(self, x: Array) -> Array:
        """The answers (N, outputs) to x (N, inputs), for any N; a copy."""
        answers = np.empty((len(x), self.outputs), self.theta.dtype)  # (N, O)
        for start in range(0, len(x), self.batch):
            rows = slice(start, start + self.batch)
            answers[rows] = self.forward(np.asarray(x[rows], answers.dtype))
        return answers

    def learn(self, x: Array, y: Array, loss: Loss) -> float:
        """Return the loss at x (B, inputs) and y (B, outputs), and leave its gradient in `grad`."""
        layers = self.layers_below(loss)
        for layer in layers:
            x = layer.forward(x)
        value, dout = loss.gradient(x, y)
        for layer in reversed(layers[self.lowest + 1 :]):
            layer.learn(dout)
            dout = layer.backward(dout)
        layers[self.lowest].learn(dout)  # the pixels themselves need no gradient
        return value

    def loss_at(self, x: Array, y: Array, loss: Loss) -> float:
        """The loss of the answers to x (B, inputs) where y (B, outputs) is right; nothing is learned from it."""
        for layer in self.layers_below(loss):
            x = x if layer.only_when_learning else layer.answer(x)
        value, _ = loss.gradient(x, y)
        return value

    def layers_below(self, loss: Loss) -> tuple[Layer, ...]:
        """The layers whose output the loss takes: all, or all but the closing one that the loss contains."""
        if loss.closing is None:
            return self.layers
        if not isinstance(self.layers[-1], loss.closing):
            raise NetworkError(
                f"expected a network that ends with {loss.closing.name} for this loss, got {self.layers[-1].name}"
            )
        return self.layers[:-1]

    def copy(self) -> "Network":
        """The same network with parameters and buffers of its own; their gradient is zero."""
        network = Network(layers_from(self.specs()), self.batch, self.theta.dtype)
        np.copyto(network.theta, self.theta)
        return network

    def specs(self) -> list[dict[str, Any]]:
        """The layers in plain words, as the model file keeps them."""
        return [layer.spec() for layer in self.layers]


def _check_order(layers: tuple[Layer, ...]) -> None:
    """Raise NetworkError if a layer would write over the question, or over an answer that is still needed."""
    if not any(layer.n_weights for layer in layers) or not any(layer.inputs for layer in layers):
        raise NetworkError("expected a network with a dense layer, got none")
    for below, layer in pairwise((None, *(layer for layer in layers if not layer.passes_on))):
        if layer is not None and layer.writes_over and (below is None or below.answer_is_needed):
            got = "the pixels" if below is None else below.name
            raise NetworkError(f"expected a dense layer below {layer.name}, which writes over its argument, got {got}")


def layers_from(specs: Iterable[dict[str, Any]]) -> list[Layer]:
    """The layers that `Network.specs` has described; raises NetworkError for any other description."""
    layers = []
    for spec in specs:
        try:
            settings = dict(spec)
            kind = LAYERS[settings.pop("layer")]
            if set(settings) != set(kind.settings):
                raise KeyError(kind.name)
            layers.append(kind(**settings))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise NetworkError(f"expected a layer ({', '.join(LAYERS)}) with its settings, got {spec}") from error
    return layers
