"""One picture through every layer and back, in float64, with a copy of every number on the way.

A network's own buffers are written over as it goes (see nn/layers.py), and a model may be asked by others
at the same time: so the walk is taken by a copy of the network, and every number is copied as it is born.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError
from numpen.models.model import Model
from numpen.nn import losses
from numpen.nn.arrays import Array, Shape
from numpen.nn.gradient_check import directional_slope, numerical_gradient
from numpen.nn.layers import Layer
from numpen.nn.losses import Loss
from numpen.nn.network import Network, layers_from
from numpen.nn.optimizers import GradientDescent

QUADRATIC: dict[str, type[Loss]] = {
    "half-squares": losses.HalfSquares,
    "sum-of-squares": losses.SumOfSquares,
    "mean-squares": losses.MeanSquares,
}
CROSS_ENTROPY: dict[str, type[Loss]] = {
    "softmax": losses.SoftmaxCrossEntropy,
    "sigmoid": losses.SigmoidCrossEntropy,
}


@dataclass(frozen=True, eq=False)
class Passage:
    """The picture at one layer; every array is of this one picture, without an axis for the batch."""

    layer: Layer
    x: Array  # what the layer was given
    out: Array  # its answer
    dx: Array  # dL/dx, what it hands on to the layer below
    dout: Array | None  # dL/dout, what came from above; None for a closing layer that the loss contains
    tensors: dict[str, Array]  # the layer's parameters by their symbols
    gradients: dict[str, Array]  # dL by each of them, under the same symbols


class Walk:
    """A picture's way through a copy of a model's network, and what the picture would teach it."""

    def __init__(self, model: Model, picture: NDArray[np.uint8], truth: int | None = None) -> None:
        """Walk forward and back with the picture (28, 28); without a truth, as if the answer were right.

        Raises DataError for an array of another kind, and for a truth that is no digit.
        """
        if picture.shape != (28, 28) or picture.dtype != np.uint8:
            raise DataError(f"expected a picture (28, 28) of uint8, got {picture.shape} of {picture.dtype}")
        if truth is not None and not 0 <= truth <= 9:
            raise DataError(f"expected a digit from 0 to 9 for the truth, got {truth}")
        self.network, self.loss = float64_copy(model), loss_of(model)
        self.loss.bind(1, self.network.outputs, self.network.theta.dtype)
        self.x = fed(model, picture)  # (1, 784)
        forward = _forward(self.network, self.x)
        self.answer = int(np.argmax(forward[-1]))
        self.truth = self.answer if truth is None else truth
        self.y = np.eye(self.network.outputs)[[self.truth]]  # (1, 10)
        self.value, backward = self._backward()
        above = [*(dout[0] for dout in backward[1:]), None]  # None: nothing comes into a layer that the loss contains
        self.passages = tuple(
            Passage(layer, x[0], out[0], dx[0], dout, *_parameters(layer))
            for layer, x, out, dx, dout in zip(self.network.layers, forward, forward[1:], backward, above, strict=False)
        )
        self.gradient = self.network.grad.copy()  # (P,)

    def _backward(self) -> tuple[float, list[Array]]:
        """The loss, and the derivative by what goes into each layer; last, by what the loss is given."""
        layers, x = self.network.layers_below(self.loss), self.x.copy()
        for layer in layers:
            x = layer.forward(x)
        value, dout = self.loss.gradient(x, self.y)
        kept = [dout.copy()]
        for layer in reversed(layers):
            layer.learn(dout)
            dout = layer.backward(dout)
            kept.insert(0, dout.copy())
        return value, kept

    def loss_now(self) -> float:
        """The loss at the network's weights as they now stand."""
        x = self.x.copy()
        for layer in self.network.layers_below(self.loss):
            x = layer.forward(x)
        return self.loss.gradient(x, self.y)[0]

    def loss_after(self, learning_rate: float) -> float:
        """The loss after one plain step, θ ← θ - η dL/dθ; the weights are put back."""
        theta = self.network.theta.copy()
        GradientDescent(self.network.theta, self.gradient.copy()).step(learning_rate)
        after = self.loss_now()
        np.copyto(self.network.theta, theta)
        return after

    def slope(self, parameters: Array, index: tuple[int, ...]) -> float:
        """The loss's slope by one number of a layer's parameters: central differences, two walks with a tiny step."""
        one = parameters[index[:-1]][index[-1] : index[-1] + 1]  # (1,), a view
        return float(numerical_gradient(self.loss_now, one)[0])

    def slope_along(self, parameters: Array, direction: Array) -> float:
        """How fast the loss grows when all these parameters move in a direction (of their shape) at once."""
        return directional_slope(self.loss_now, parameters, direction)


def float64_copy(model: Model, batch: int = 1) -> Network:
    """The model's network as it answers, in float64, with buffers of its own and a way back to the pixels."""
    layers = [layer for layer in layers_from(model.network.specs()) if not layer.only_when_learning]
    network = Network(layers, batch, np.float64)
    np.copyto(network.theta, model.network.theta)
    shape: Shape = (network.inputs,)
    for layer in layers:  # a network in training never asks for the gradient of the pixels; here it is wanted
        layer.bind(batch, shape, network.theta.dtype, first=False)
        shape = layer.shape_after(shape)
    return network


def fed(model: Model, picture: NDArray[np.uint8]) -> Array:
    """The picture (28, 28) as the model's network sees it, (1, 784) in float64."""
    return picture.reshape(1, -1).astype(np.float64) / model.pixel_divisor


def loss_of(model: Model) -> Loss:
    """The loss that the model's card says it was trained with, without its penalty; else the one that fits."""
    recipe, closing = model.card.get("recipe"), model.network.layers[-1].name
    name = recipe.get("loss") if isinstance(recipe, dict) else None
    kind = QUADRATIC.get(name) if isinstance(name, str) else None
    return (kind or CROSS_ENTROPY.get(closing, losses.HalfSquares))()


def _forward(network: Network, x: Array) -> list[Array]:
    """What goes into each layer, and last, what comes out of the network."""
    kept, x = [x], x.copy()
    for layer in network.layers:
        x = layer.forward(x)
        kept.append(x.copy())
    return kept


def _parameters(layer: Layer) -> tuple[dict[str, Array], dict[str, Array]]:
    """The layer's parameters, as views, and a copy of the gradient of each."""
    tensors = layer.tensors()
    return tensors, {
        symbol: getattr(layer, f"d{symbol}").reshape(array.shape).copy() for symbol, array in tensors.items()
    }
