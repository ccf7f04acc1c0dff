"""From the words of a recipe to the parts of a training run: literal tables and a row of layers."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import DTypeLike

from numpen.digits.augmentation import Augmentation
from numpen.digits.batches import Batches
from numpen.digits.dataset import Dataset
from numpen.digits.distortions import Distortions
from numpen.models.committee import Committee
from numpen.nn import losses, optimizers, schedules
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.initializers import initializer
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.network import LAYERS, Network
from numpen.nn.normalization import BatchNormalization
from numpen.training.architecture import SIDE, Maps, Pool, Units, parse
from numpen.training.learners import Alone, InBlocks, Learner, Pupil, Shared
from numpen.training.recipe import Recipe
from numpen.version import __version__

BLOCK = 1024  # pictures that a half learns from at once
SQUARES: dict[str, type[losses.Loss]] = {
    "half-squares": losses.HalfSquares,
    "sum-of-squares": losses.SumOfSquares,
    "mean-squares": losses.MeanSquares,
}
CROSS_ENTROPIES: dict[str, type[losses.Loss]] = {
    "softmax": losses.SoftmaxCrossEntropy,
    "sigmoid": losses.SigmoidCrossEntropy,
}


def learner(
    recipe: Recipe, dataset: Dataset, size: int, rng: Generator, teacher: Committee | None = None
) -> tuple[Learner, Alone]:
    """Who learns from batches of `size` pictures, and the one of them whose network keeps the weights."""
    if not recipe.halves:
        first = _alone(recipe, dataset, size, rng, 0, teacher)
        return first, first
    half = math.ceil(size / 2)
    block = min(half, BLOCK)
    first = _alone(recipe, dataset, block, rng, 0, teacher)
    second = _alone(recipe, dataset, block, np.random.default_rng((recipe.seed, 1)), 1, teacher)
    if half > block:
        return Shared(InBlocks(first, block), InBlocks(second, block)), first
    return Shared(first, second), first


def _alone(
    recipe: Recipe, dataset: Dataset, size: int, rng: Generator, number: int, teacher: Committee | None
) -> Alone:
    distorting = augmentation(recipe, np.random.default_rng((recipe.seed, 2 + number)))
    batches = Batches(dataset, size, recipe.pixel_divisor, smoothing=recipe.label_smoothing, augmentation=distorting)
    parts = network(recipe, batches.size, rng), loss(recipe, batches.size), batches
    if teacher:
        return Pupil(*parts, teacher, np.random.default_rng((recipe.seed, 4 + number)))
    return Alone(*parts)


def augmentation(recipe: Recipe, rng: Generator) -> Augmentation | None:
    """How the recipe's pictures are distorted, if they are."""
    return Augmentation(Distortions.parse(recipe.distortions), rng) if recipe.distortions else None


def threads(recipe: Recipe) -> Callable[[], AbstractContextManager[Any]]:
    """What to take steps within: with halves, which have a thread each, a matrix product is left to one thread."""
    if not recipe.halves:
        return nullcontext
    from threadpoolctl import ThreadpoolController

    return partial(ThreadpoolController().limit, limits=1, user_api="blas")


def network(recipe: Recipe, batch: int, rng: Generator, dtype: DTypeLike = np.float32) -> Network:
    """The recipe's network with its first weights, bound for `batch` pictures at a time."""
    whole = Network(layers(recipe, rng), batch, dtype)
    whole.initialize(initializer(recipe.weights), initializer(recipe.biases), rng)
    return whole


def layers(recipe: Recipe, rng: Generator) -> list[Layer]:
    """The recipe's layers in a row; dropout, drawn from rng, follows the hidden dense ones."""
    stages = parse(recipe.layers)
    flat = all(isinstance(stage, Units) for stage in stages)
    made: list[Layer] = [] if flat else [Unflatten(SIDE, SIDE)]
    for stage in stages:
        match stage:
            case Maps():
                made += [Convolution(*stage), *_bend(recipe, stage.maps)]
            case Pool():
                made.append(MaxPooling(*stage))
            case Units():
                made += [Dense(*stage)] if flat else [Flatten(), Dense(*stage)]
                if stage is stages[-1]:
                    made.append(LAYERS[recipe.output]())
                else:
                    made += _bend(recipe, stage.units)
                    made += [Dropout(recipe.dropout, rng)] if recipe.dropout else []
                flat = True
    return made


def _bend(recipe: Recipe, units: int) -> list[Layer]:
    """What follows the sums of a hidden layer."""
    normal = [BatchNormalization(units)] if recipe.batch_normalization else []
    return [*normal, LAYERS[recipe.activation]()]


def loss(recipe: Recipe, batch: int, dtype: DTypeLike = np.float32) -> losses.Loss:
    """The recipe's loss, bound for `batch` pictures; cross-entropy is the one that fits the output."""
    made = (SQUARES.get(recipe.loss) or CROSS_ENTROPIES[recipe.output])()
    made.bind(batch, 10, np.dtype(dtype))
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
