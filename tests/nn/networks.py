"""Small float64 networks, and how far their gradients are from what a tiny step shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from numpen.nn import losses
from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.arrays import Array
from numpen.nn.gradient_check import numerical_gradient, relative_error
from numpen.nn.initializers import Normal
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.losses import Loss, Penalty
from numpen.nn.network import Network

ACTIVATIONS: dict[str, type[Layer]] = {layer.name: layer for layer in (Sigmoid, Tanh, ReLU, LeakyReLU, ELU, Softmax)}
LOSSES: dict[str, type[Loss]] = {
    "softmax-cross-entropy": losses.SoftmaxCrossEntropy,
    "sigmoid-cross-entropy": losses.SigmoidCrossEntropy,
    "half-squares": losses.HalfSquares,
    "sum-of-squares": losses.SumOfSquares,
    "mean-squares": losses.MeanSquares,
}
KINKED = (ReLU, LeakyReLU, ELU)


def stack(sizes: Sequence[int], hidden: Sequence[str], output: str | None, dropout: float = 0.0) -> list[Layer]:
    """Dense layers of these sizes, the hidden ones each with an activation and, if asked for, dropout."""
    layers: list[Layer] = []
    for (inputs, outputs), name in zip(pairwise(sizes[:-1]), hidden, strict=True):
        layers += [Dense(inputs, outputs), ACTIVATIONS[name]()]
        layers += [Dropout(dropout)] if dropout else []
    layers.append(Dense(*sizes[-2:]))
    return layers + ([ACTIVATIONS[output]()] if output else [])


@dataclass
class Checked:
    """A network with random weights and three random pictures, in float64."""

    layers: list[Layer]
    loss: Loss
    l1: float = 0.0
    l2: float = 0.0
    seed: int = 0
    network: Network = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.network = Network(self.layers, batch=3, dtype=np.float64)
        self.network.initialize(Normal(0.8), Normal(0.5), rng)
        self.x = rng.normal(size=(3, self.network.inputs))  # (B, I)
        self.y = np.eye(self.network.outputs)[rng.integers(0, self.network.outputs, 3)]  # (B, K)
        self.loss.bind(3, self.network.outputs, np.dtype(np.float64))
        self.penalty = Penalty(self.l1, self.l2, *self.network.weights)

    def learn(self) -> float:
        """The loss, with the penalty; its gradient is in `network.grad`. Dropout draws the same mask each time."""
        self._reseed()
        return self.network.learn(self.x, self.y, self.loss) + self.penalty.add()

    def gradient_error(self) -> float:
        """How far the gradient is from the slopes that central differences show."""
        self.learn()
        gradient = self.network.grad.copy()
        return relative_error(gradient, numerical_gradient(self.learn, self.network.theta))

    def nearest_kink(self) -> float:
        """How near any sum comes to a kink of its activation, or, with L1, a weight to that of |w|."""
        self._reseed()
        distances = [np.inf] + ([float(np.abs(self.network.weights[0]).min())] if self.l1 else [])
        x: Array = self.x
        for layer in self.layers:
            if isinstance(layer, KINKED):
                distances.append(float(np.abs(x).min()))
            x = layer.forward(x)
        return min(distances)

    def _reseed(self) -> None:
        for layer in self.layers:
            if isinstance(layer, Dropout):
                layer.rng = np.random.default_rng(self.seed)
