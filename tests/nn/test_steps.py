"""A training step runs in place: it makes no array, keeps its type, and lends nothing that a caller keeps."""

import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import DTypeLike

from numpen.digits.batches import Batches
from numpen.digits.dataset import Dataset
from numpen.models.model import Model
from numpen.nn import arrays, optimizers
from numpen.nn.activations import ReLU, Softmax
from numpen.nn.arrays import Array
from numpen.nn.initializers import He, Zeros
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.losses import Loss, Penalty
from numpen.nn.network import Network
from tests.nn.networks import ACTIVATIONS, LOSSES, stack

# What a step may take at its highest. NumPy's own buffers of 8,192 numbers, 33 kB, come and go whatever one does.
ALLOWED = 64 << 10  # bytes
# With this many pictures the smallest array that grows with the batch, a (B, 10), has 164 kB; the first
# layer's weights have 401 kB. Only biases, the last weights and (B, 1) columns could hide below the limit.
BATCH = 4096

OPTIMIZERS: dict[str, Callable[[Network], optimizers.Optimizer]] = {
    "gradient-descent": lambda n: optimizers.GradientDescent(n.theta, n.grad),
    "momentum": lambda n: optimizers.Momentum(n.theta, n.grad),
    "nesterov": lambda n: optimizers.Nesterov(n.theta, n.grad),
    "rmsprop": lambda n: optimizers.RMSprop(n.theta, n.grad),
    "adam": lambda n: optimizers.Adam(n.theta, n.grad),
    "adamw": lambda n: optimizers.AdamW(n.theta, n.grad, 0.01, n.n_weights),
}


def network_of(layers: list[Layer], batch: int, dtype: DTypeLike = np.float32) -> Network:
    network = Network(layers, batch, dtype)
    network.initialize(He(), Zeros(), np.random.default_rng(0))
    return network


def bound(loss: Loss, batch: int, dtype: DTypeLike = np.float32) -> Loss:
    loss.bind(batch, 10, np.dtype(dtype))
    return loss


def steps(dataset: Dataset, network: Network, loss: Loss, optimizer: optimizers.Optimizer) -> Iterator[float]:
    """One step after the other, three batches an epoch, the last of them short, yielding the losses."""
    batches, penalty = Batches(dataset, network.batch), Penalty(1e-5, 1e-4, *network.weights)
    bound(loss, network.batch)
    order = np.random.default_rng(0).permutation(len(dataset))
    while True:
        for x, y in batches.deal(order):
            value = network.learn(x, y, loss) + penalty.add()
            optimizer.step(0.01)
            yield value


def peak(walk: Iterator[float]) -> int:
    """The most memory that four steps, behind a warm-up of two, take at any moment, in bytes."""
    next(walk), next(walk)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        losses = [next(walk) for _ in range(4)]
        highest = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.isfinite(losses).all()
    return highest - before


@pytest.fixture(scope="module")
def many(mnist: Dataset) -> Dataset:
    return mnist.take(slice(2 * BATCH + 1000))


class TestNoArrayIsMadeInAStep:
    """For every activation, every optimizer and every loss, with dropout and both penalties."""

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_whatever_the_activation(self, many: Dataset, activation: str) -> None:
        network = network_of(stack((784, 128, 10), [activation], "softmax", dropout=0.2), BATCH)
        walk = steps(many, network, LOSSES["softmax-cross-entropy"](), OPTIMIZERS["nesterov"](network))
        assert peak(walk) < ALLOWED

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_whatever_the_optimizer(self, many: Dataset, name: str) -> None:
        network = network_of(stack((784, 128, 10), ["relu"], "softmax"), BATCH)
        assert peak(steps(many, network, LOSSES["softmax-cross-entropy"](), OPTIMIZERS[name](network))) < ALLOWED

    @pytest.mark.parametrize("name", LOSSES)
    def test_whatever_the_loss(self, many: Dataset, name: str) -> None:
        output = "softmax" if name == "softmax-cross-entropy" else "sigmoid"
        network = network_of(stack((784, 128, 10), ["relu"], output), BATCH)
        assert peak(steps(many, network, LOSSES[name](), OPTIMIZERS["adam"](network))) < ALLOWED

    def test_and_one_that_makes_an_array_is_noticed(self, many: Dataset) -> None:
        network = network_of([Dense(784, 128), CopyingReLU(), Dense(128, 10), Softmax()], BATCH)
        optimizer = OPTIMIZERS["nesterov"](network)
        assert peak(steps(many, network, LOSSES["softmax-cross-entropy"](), optimizer)) > ALLOWED

    def test_nor_does_an_optimizer_that_makes_one_go_unnoticed(self, many: Dataset) -> None:
        network = network_of(stack((784, 128, 10), ["relu"], "softmax"), BATCH)
        optimizer = CopyingDescent(network.theta, network.grad)
        assert peak(steps(many, network, LOSSES["softmax-cross-entropy"](), optimizer)) > ALLOWED


class CopyingReLU(ReLU):
    """max(z, 0), but not over z."""

    def forward(self, x: Array) -> Array:
        self.a = np.maximum(x, 0)
        return self.a


class CopyingDescent(optimizers.GradientDescent):
    """θ ← θ - ηg, with a vector made for ηg."""

    def update(self, rate: float, theta: Array, g: Array, slots: Array, s: Array) -> None:
        theta -= rate * g


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parameters_keep_their_place_and_their_type(few: Dataset, name: str) -> None:
    network = network_of(stack((784, 20, 10), ["elu"], "softmax", dropout=0.1), 64)
    theta, start = network.theta, network.theta.copy()
    walk = steps(few, network, LOSSES["softmax-cross-entropy"](), OPTIMIZERS[name](network))
    for _ in range(3):
        next(walk)
    assert network.theta is theta
    assert theta.dtype == network.grad.dtype == network.predict(np.zeros((1, 784), np.float32)).dtype == np.float32
    assert np.mean(theta != start) > 0.5
    assert all(np.shares_memory(array, theta) for layer in network.layers for array in layer.tensors().values())


def test_what_predict_returns_is_the_callers(few: Dataset) -> None:
    network = network_of(stack((784, 20, 10), ["relu"], "softmax"), 64)
    x = few.images.reshape(-1, 784).astype(np.float32)
    asked = x.copy()
    first = network.predict(x[:64])
    kept = first.copy()
    second = network.predict(x[64:128])
    assert not np.shares_memory(first, second)
    assert np.array_equal(first, kept)
    assert np.array_equal(x, asked)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_short_batch_gives_the_numbers_of_a_full_one(few: Dataset, name: str, activation: str) -> None:
    layers = [stack((784, 12, 10), [activation], name.split("-")[0] if "cross" in name else "sigmoid") for _ in "ab"]
    roomy, exact = network_of(layers[0], 64, np.float64), network_of(layers[1], 5, np.float64)
    (x, y) = next(Batches(few, 5, dtype=np.float64).deal(np.arange(5)))
    # what a longer batch has left behind in the buffers must not matter
    for x_long, y_long in Batches(few, 64, dtype=np.float64).deal(np.arange(64)):
        roomy.learn(x_long, y_long, bound(LOSSES[name](), 64, np.float64))
    one = roomy.learn(x, y, bound(LOSSES[name](), 64, np.float64))
    two = exact.learn(x, y, bound(LOSSES[name](), 5, np.float64))
    assert one == pytest.approx(two, rel=1e-12)
    np.testing.assert_allclose(roomy.grad, exact.grad, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (128, 784), (2, 3, 4), (0, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_start_where_a_line_of_the_cache_starts(shape: tuple[int, ...], dtype: DTypeLike) -> None:
    made = [arrays.zeros(shape, dtype) for _ in range(5)]
    assert all(array.ctypes.data % 64 == 0 for array in made if array.size)
    assert all(array.shape == shape and array.dtype == dtype and not array.any() for array in made)
    rows = arrays.vectors(3, shape[-1], dtype)
    assert rows.shape == (3, shape[-1])
    assert all(row.ctypes.data % 64 == 0 and row.flags.c_contiguous for row in rows)


def test_the_arrays_of_a_network_do_so_too() -> None:
    network = network_of([Dense(7, 5), ReLU(), Dropout(), Dense(5, 3), Softmax()], 3)
    slots = OPTIMIZERS["adam"](network).slots
    buffers = [value for layer in network.layers for name, value in vars(layer).items() if name in ("z", "dx", "mask")]
    assert len(buffers) == 4
    assert all(array.ctypes.data % 64 == 0 for array in [network.theta, network.grad, *slots, *buffers])


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads that take turns every few microseconds, not milliseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless_threads")
def test_two_models_answer_sixteen_threads_at_once(few: Dataset) -> None:
    models = [Model(network_of(stack((784, 64, 10), ["relu"], "softmax"), 32)) for _ in "ab"]
    models[1].network.theta[:] *= -1
    # every thread asks for other pictures, so that a mix-up shows; alone, each has its own answer
    shares = [few.images[start : start + 60] for start in range(0, 960, 60)]
    alone = [models[i % 2].probabilities(share) for i, share in enumerate(shares)]
    ready = threading.Barrier(16)

    def ask(i: int) -> bool:
        ready.wait()
        return all(np.allclose(models[i % 2].probabilities(shares[i]), alone[i], atol=1e-6) for _ in range(3))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(16)))
