"""From the words of a recipe to the parts of a training run: literal tables and a row of layers."""

from typing import Any

import numpy as np
from numpy.random import Generator

from numpen.digits.dataset import Dataset
from numpen.nn import losses, optimizers, schedules
from numpen.nn.initializers import initializer
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.network import LAYERS, Network
from numpen.training.recipe import Recipe
from numpen.version import __version__

SQUARES: dict[str, type[losses.Loss]] = {
    "half-squares": losses.HalfSquares,
    "sum-of-squares": losses.SumOfSquares,
    "mean-squares": losses.MeanSquares,
}
CROSS_ENTROPIES: dict[str, type[losses.Loss]] = {
    "softmax": losses.SoftmaxCrossEntropy,
    "sigmoid": losses.SigmoidCrossEntropy,
}


def network(recipe: Recipe, batch: int, rng: Generator) -> Network:
    """The recipe's network with its first weights, bound for `batch` pictures at a time."""
    layers: list[Layer] = []
    for inputs, outputs in zip(recipe.sizes[:-2], recipe.sizes[1:-1], strict=True):
        layers += [Dense(inputs, outputs), LAYERS[recipe.activation]()]
        if recipe.dropout:
            layers.append(Dropout(recipe.dropout, rng))
    layers += [Dense(*recipe.sizes[-2:]), LAYERS[recipe.output]()]
    whole = Network(layers, batch)
    whole.initialize(initializer(recipe.weights), initializer(recipe.biases), rng)
    return whole


def loss(recipe: Recipe, batch: int) -> losses.Loss:
    """The recipe's loss, bound for `batch` pictures; cross-entropy is the one that fits the output."""
    made = (SQUARES.get(recipe.loss) or CROSS_ENTROPIES[recipe.output])()
    made.bind(batch, recipe.sizes[-1], np.dtype(np.float32))
    return made


def optimizer(recipe: Recipe, network: Network) -> optimizers.Optimizer:
    """The recipe's optimizer, bound to the network."""
    theta, grad, mu = network.theta, network.grad, recipe.momentum
    match recipe.optimizer:
        case "gradient-descent":
            return optimizers.GradientDescent(theta, grad)
        case "momentum":
            return optimizers.Momentum(theta, grad, mu)
        case "nesterov":
            return optimizers.Nesterov(theta, grad, mu)
        case "rmsprop":
            return optimizers.RMSprop(theta, grad)
        case "adam":
            return optimizers.Adam(theta, grad)
        case _:
            return optimizers.AdamW(theta, grad, recipe.weight_decay, network.n_weights)


def schedule(recipe: Recipe, steps: int, steps_an_epoch: int) -> schedules.Schedule:
    """The recipe's learning rate over a run of so many steps."""
    rate = recipe.learning_rate
    match recipe.schedule:
        case "constant":
            return schedules.constant(rate)
        case "step":
            return schedules.step_decay(rate, recipe.decay_epochs * steps_an_epoch, recipe.decay)
        case "cosine":
            return schedules.cosine(rate, steps)
        case _:
            return schedules.one_cycle(rate, steps, recipe.warm_up)


def card(recipe: Recipe, dataset: Dataset) -> dict[str, Any]:
    """Where a model comes from: what its card says before anything has been measured."""
    return {
        "recipe": recipe.as_dict(),
        "data": {"source": dataset.source, "count": len(dataset), "sha256": dataset.checksum},
        "versions": {"numpen": __version__, "numpy": np.__version__},
    }
