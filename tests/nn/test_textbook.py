"""The quick code computes what the books say: it stays with the slow twin through 20 steps of training."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import DTypeLike

from numpen.nn import optimizers
from numpen.nn.arrays import Array
from numpen.nn.layers import Dense
from numpen.nn.losses import Penalty
from numpen.nn.network import Network
from tests import textbook
from tests.nn.networks import LOSSES, stack

SIZES = (6, 7, 5, 4)
COUNT, BATCH, STEPS = 27, 8, 20  # the fourth batch of each epoch has 3 pictures

# the quick one, the slow one of a weight matrix, the slow one of a bias, and a learning rate that gets somewhere
Pair = tuple[Callable[[Network], optimizers.Optimizer], Callable[[], textbook.Optimizer], float]
OPTIMIZERS: dict[str, Pair] = {
    "gradient-descent": (lambda n: optimizers.GradientDescent(n.theta, n.grad), textbook.Optimizer, 0.5),
    "momentum": (lambda n: optimizers.Momentum(n.theta, n.grad, 0.8), lambda: textbook.Momentum(0.8), 0.1),
    "nesterov": (lambda n: optimizers.Nesterov(n.theta, n.grad, 0.8), lambda: textbook.Nesterov(0.8), 0.1),
    "rmsprop": (lambda n: optimizers.RMSprop(n.theta, n.grad, 0.95), lambda: textbook.RMSprop(0.95), 0.003),
    "adam": (lambda n: optimizers.Adam(n.theta, n.grad), textbook.Adam, 0.01),
    "adamw": (
        lambda n: optimizers.AdamW(n.theta, n.grad, 0.3, n.n_weights),
        lambda: textbook.Adam(decay=0.3),
        0.01,
    ),
}
ENDINGS = [("softmax", "softmax-cross-entropy"), ("sigmoid", "sigmoid-cross-entropy"), ("sigmoid", "half-squares")]


class Twins:
    """The same network twice, with the same first weights and the same pictures."""

    def __init__(self, hidden: str, output: str, loss: str, dtype: DTypeLike, l1: float = 0, l2: float = 0) -> None:
        rng = np.random.default_rng(1)
        weights = [rng.normal(0, 0.7, (o, i)) for i, o in pairwise(SIZES)]
        biases = [rng.normal(0, 0.3, o) for o in SIZES[1:]]
        self.x, self.y = rng.random((COUNT, SIZES[0])), np.eye(SIZES[-1])[rng.integers(0, SIZES[-1], COUNT)]
        self.slow = textbook.Network(weights, biases, [hidden, hidden, output], loss, l1, l2)
        self.quick = Network(stack(SIZES, [hidden, hidden], output), BATCH, dtype)
        self.quick.theta[...] = self.theta_of_slow()
        self.loss = LOSSES[loss]()
        self.loss.bind(BATCH, SIZES[-1], self.quick.theta.dtype)
        self.penalty = Penalty(l1, l2, *self.quick.weights)

    def theta_of_slow(self) -> Array:
        """All weights and then all biases, as numpen orders them; W is the transpose of w."""
        return np.concatenate([w.T.ravel() for w in self.slow.weights] + self.slow.biases)

    def train(self, name: str) -> tuple[list[float], list[float]]:
        """20 steps of both; their losses."""
        quick_optimizer, slow_optimizer, rate = OPTIMIZERS[name]
        optimizer = quick_optimizer(self.quick)
        # AdamW shrinks weights, not biases
        of_biases: Callable[[], textbook.Optimizer] = textbook.Adam if name == "adamw" else slow_optimizer
        many = [slow_optimizer() for _ in self.slow.weights] + [of_biases() for _ in self.slow.biases]
        quick, slow = [], []
        for step in range(STEPS):
            start = step % 4 * BATCH
            x, y = self.x[start : start + BATCH], self.y[start : start + BATCH]
            slow.append(self.slow.train(x, y, many, rate))
            quick.append(self.learn(x, y))
            optimizer.step(rate)
        return quick, slow

    def learn(self, x: Array, y: Array) -> float:
        dtype = self.quick.theta.dtype
        return self.quick.learn(x.astype(dtype), y.astype(dtype), self.loss) + self.penalty.add()

    def agree(self, losses: tuple[Sequence[float], Sequence[float]], tolerance: float) -> None:
        before, after = losses[1][0], losses[1][-1]
        assert abs(before - after) > 0.01, "nothing was learnt, so nothing was compared"
        np.testing.assert_allclose(*losses, rtol=0, atol=tolerance)
        np.testing.assert_allclose(self.quick.theta, self.theta_of_slow(), rtol=0, atol=tolerance)
        slow = np.array([self.slow.predict(x) for x in self.x])
        np.testing.assert_allclose(self.quick.predict(self.x.astype(self.quick.theta.dtype)), slow, atol=tolerance)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("hidden", ["sigmoid", "relu"])
@pytest.mark.parametrize(("output", "loss"), ENDINGS)
def test_every_optimizer_agrees_in_float32(name: str, hidden: str, output: str, loss: str) -> None:
    twins = Twins(hidden, output, loss, np.float32, l2=0.01)
    twins.agree(twins.train(name), 1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(("output", "loss"), ENDINGS)
def test_every_optimizer_agrees_to_the_last_digits_in_float64(name: str, output: str, loss: str) -> None:
    twins = Twins("tanh", output, loss, np.float64, l1=0.01)
    twins.agree(twins.train(name), 1e-12)


@pytest.mark.parametrize("hidden", sorted({*textbook.FUNCTIONS, "softmax"} - {"identity"}))
@pytest.mark.parametrize(
    ("output", "loss"), [*ENDINGS, ("tanh", "sum-of-squares"), ("softmax", "mean-squares"), ("elu", "half-squares")]
)
def test_every_activation_agrees_under_every_loss(hidden: str, output: str, loss: str) -> None:
    twins = Twins(hidden, output, loss, np.float64, l1=0.001, l2=0.01)
    twins.agree(twins.train("nesterov"), 1e-12)


def test_adamw_shrinks_every_number_unless_told_how_many_are_weights() -> None:
    theta, grad = np.ones((2, 4))
    grad[:] = 0  # then Adam's own step is zero
    optimizers.AdamW(theta, grad, decay=0.5).step(0.1)
    assert theta.tolist() == [0.95] * 4
    optimizers.AdamW(theta, grad, decay=0.5, n_weights=1).step(0.1)
    assert theta.tolist() == [0.95 * 0.95, 0.95, 0.95, 0.95]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_vector_longer_than_a_block_is_walked_through_to_its_end(name: str) -> None:
    quick_optimizer, slow_optimizer, rate = OPTIMIZERS[name]
    network = Network([Dense(400, 400)], dtype=np.float64)
    assert network.theta.size > 2 * optimizers.BLOCK
    rng = np.random.default_rng(0)
    network.theta[:], network.grad[:] = rng.normal(size=(2, network.theta.size))
    optimizer, slow, n = quick_optimizer(network), slow_optimizer(), network.n_weights
    expected = network.theta[:n].copy()
    for _ in range(2):
        expected = slow.stepped(expected, network.grad[:n], rate)
        optimizer.step(rate)
    np.testing.assert_allclose(network.theta[:n], expected, rtol=0, atol=1e-14)
