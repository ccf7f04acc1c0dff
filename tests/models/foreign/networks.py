"""Small networks that read digits, and how programs of other conventions would have kept their weights."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.digits.mnist import load_mnist
from numpen.models.foreign.conventions import Convention
from numpen.models.foreign.naming import Parameters
from numpen.models.model import Model
from numpen.training.recipe import Recipe
from numpen.training.trainer import train

Matrices = list[NDArray[np.float64]]


@cache
def trained(layers: str = "784-30-10", activation: str = "sigmoid", output: str = "softmax") -> Model:
    """A network that has seen 6,000 training pictures four times."""
    few = load_mnist("train").take(np.arange(0, 60_000, 10))
    rate = 0.5 if activation == "sigmoid" else 0.1
    recipe = Recipe(
        layers=layers, activation=activation, output=output, learning_rate=rate, batch_size=32, weights="glorot"
    )
    return train(recipe, few)


def kept_by(model: Model, convention: Convention) -> tuple[Matrices, Matrices]:
    """The model's matrices and biases as a program of that convention would hold them, in float64."""
    layers = [tensors for layer in model.network.layers if (tensors := layer.tensors())]
    weights = [tensors["W"].astype(np.float64) for tensors in layers]
    weights[0] *= convention.pixel_divisor / model.pixel_divisor
    sign = 1 if convention.biases == "added" else -1
    biases = [sign * tensors["b"].astype(np.float64) for tensors in layers]
    return [W if convention.matrices == "in-out" else W.T for W in weights], biases


def parameters_of(weights: Matrices, biases: Matrices) -> Parameters:
    return Parameters({f"W{i}": W for i, W in enumerate(weights, 1)}, {f"b{i}": b for i, b in enumerate(biases, 1)})


def answers(
    weights: Matrices, biases: Matrices, convention: Convention, images: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """What the other program would say, worked out plainly in float64: the probabilities (N, 10)."""
    bends: dict[str, Any] = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
    }
    a: NDArray[np.float64] = images.reshape(len(images), -1) / convention.pixel_divisor
    for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
        product = a @ (W if convention.matrices == "in-out" else W.T)
        z = product + b if convention.biases == "added" else product - b
        a = bends[convention.activation](z) if i < len(weights) - 1 else z
    a = np.exp(a - a.max(axis=1, keepdims=True)) if convention.output == "softmax" else 1 / (1 + np.exp(-a))
    a /= a.sum(axis=1, keepdims=True)
    return a
