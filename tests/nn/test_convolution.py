"""Convolution and pooling are the sums of the textbook, forward and backward, and run in place."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from numpen.digits.dataset import Dataset
from numpen.errors import NetworkError
from numpen.nn import losses
from numpen.nn.activations import ELU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.arrays import Array
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.network import Network
from numpen.nn.normalization import BatchNormalization
from tests import textbook
from tests.nn.networks import Checked
from tests.nn.test_steps import OPTIMIZERS, network_of, peak, steps

# What a step may take at its highest: a buffer of 8,192 numbers, NumPy's own, for each of up to four arrays that
# are not contiguous. The smallest array that grows with the batch, after the last convolution, has 590 kB.
ALLOWED, BATCH = 4 * 33 << 10, 2048  # bytes, pictures

SHAPES = some.tuples(some.integers(1, 7), some.integers(1, 7), some.integers(1, 2))


def placed(layer: Layer, shape: tuple[int, ...], batch: int) -> Layer:
    """The layer in float64 with random weights, bound."""
    rng = np.random.default_rng(0)
    layer.place(rng.normal(size=(2, layer.n_weights)), rng.normal(size=(2, layer.n_biases)))
    layer.bind(batch, shape, np.dtype(np.float64), first=False)
    return layer


@settings(max_examples=60)
@given(SHAPES, some.integers(1, 3), some.integers(1, 5), some.integers(1, 4), some.integers(0, 3), some.integers(1, 3))
def test_a_convolution_is_the_sum_of_the_textbook(
    shape: tuple[int, int, int], maps: int, kernel: int, stride: int, padding: int, batch: int
) -> None:
    assume(padding < kernel <= min(shape[:2]) + 2 * padding)
    layer = Convolution(shape[2], maps, kernel, stride, padding)
    placed(layer, shape, 3)  # a batch may be shorter than the buffers
    rng = np.random.default_rng(1)
    x = rng.normal(size=(batch, *shape))
    W, b = layer.tensors()["W"].astype(np.float64), layer.b.astype(np.float64)
    z = layer.forward(x)
    expected = np.array([textbook.convolve(picture, W, b, stride, padding) for picture in x])
    np.testing.assert_allclose(z, expected, atol=1e-12)
    assert z.shape[1:] == layer.shape_after(shape)
    dz = rng.normal(size=z.shape)
    layer.learn(dz)
    dx = layer.backward(dz)
    each = [textbook.convolve_back(picture, W, error, stride, padding) for picture, error in zip(x, dz, strict=True)]
    np.testing.assert_allclose(dx, [own for own, _, _ in each], atol=1e-12)
    np.testing.assert_allclose(layer.dW.reshape(W.shape), sum(dW for _, dW, _ in each), atol=1e-12)
    np.testing.assert_allclose(layer.db, sum(db for _, _, db in each), atol=1e-12)
    assert dx.flags.c_contiguous  # or the layer below would copy it


@given(SHAPES, some.integers(1, 4), some.integers(1, 3))
def test_pooling_is_that_of_the_textbook_and_equals_share_nothing(
    shape: tuple[int, int, int], size: int, batch: int
) -> None:
    assume(size <= min(shape[:2]))
    layer = placed(MaxPooling(size), shape, 3)
    rng = np.random.default_rng(1)
    x = rng.integers(0, 3, (batch, *shape)).astype(float)  # with many equal numbers
    a = layer.forward(x)
    np.testing.assert_array_equal(a, [textbook.pool(picture, size) for picture in x])
    da = rng.normal(size=a.shape)
    expected = [textbook.pool_back(picture, error, size) for picture, error in zip(x, da, strict=True)]
    np.testing.assert_array_equal(layer.backward(da.copy()), expected)


def test_the_slow_peer_of_the_benchmark_computes_the_same() -> None:
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(2, 9, 9, 3)), rng.normal(size=(3, 3, 3, 4)), rng.normal(size=4)
    peer = textbook.Im2col(W.transpose(3, 2, 0, 1), b, 2)
    z = peer.forward(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(z, [textbook.convolve(picture, W, b, 2, 0) for picture in x], atol=1e-12)
    dz = rng.normal(size=z.shape)
    dx, dW, db = peer.backward(dz.transpose(0, 3, 1, 2))
    each = [textbook.convolve_back(picture, W, error, 2, 0) for picture, error in zip(x, dz, strict=True)]
    np.testing.assert_allclose(dx.transpose(0, 2, 3, 1), [own for own, _, _ in each], atol=1e-12)
    np.testing.assert_allclose(dW.transpose(2, 3, 1, 0), sum(own for _, own, _ in each), atol=1e-12)
    np.testing.assert_allclose(db, sum(own for _, _, own in each), atol=1e-12)


NETWORKS: dict[str, list[Layer]] = {
    "strides": [
        *(Unflatten(9, 8, 1), Convolution(1, 3, 3), Tanh(), Convolution(3, 2, 4, 3), Sigmoid()),
        *(Flatten(), Dense(4, 4), Softmax()),
    ],
    "padding": [
        *(Unflatten(9, 9, 1), Convolution(1, 3, 5, 2, 2), ELU(), Convolution(3, 2, 5, 2, 2), ELU()),
        *(Flatten(), Dense(18, 5), Tanh(), Dropout(0.3), Dense(5, 4), Softmax()),
    ],
    "pooling": [
        *(Unflatten(7, 8, 2), Convolution(2, 3, 3, 1, 1), Tanh(), MaxPooling(2), Convolution(3, 2, 2, 1, 1), Tanh()),
        *(Flatten(), Dense(40, 4), Softmax()),
    ],
    "batch normalisation": [
        *(Unflatten(9, 9, 1), Convolution(1, 3, 5, 2, 2), BatchNormalization(3), Tanh(), Convolution(3, 2, 5, 2)),
        *(BatchNormalization(2), Sigmoid(), Flatten(), Dense(2, 5), BatchNormalization(5), Tanh(), Dense(5, 4)),
        Softmax(),
    ],
    "a convolution of a hidden layer": [
        *(Dense(6, 18), Tanh(), Unflatten(3, 3, 2), Convolution(2, 3, 2), Sigmoid()),
        *(Flatten(), Dense(12, 4), Softmax()),
    ],
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("seed", range(4))
def test_gradients_are_the_slopes_that_a_tiny_step_shows(name: str, seed: int) -> None:
    checked = Checked(NETWORKS[name], losses.SoftmaxCrossEntropy(), l2=0.1, seed=seed)
    assert checked.gradient_error() < 1e-6


def convnet() -> list[Layer]:
    """All kinds of layers over real pictures."""
    return [
        *(Unflatten(28, 28), Convolution(1, 4, 5, 2, 2), ReLU(), MaxPooling(2), Convolution(4, 8, 3, 2)),
        *(BatchNormalization(8), ReLU(), Flatten(), Dense(72, 20), BatchNormalization(20), ReLU(), Dense(20, 10)),
        Softmax(),
    ]


def test_no_array_is_made_in_a_step(mnist: Dataset) -> None:
    network = network_of(convnet(), BATCH)
    walk = steps(mnist.take(slice(2 * BATCH + 500)), network, losses.SoftmaxCrossEntropy(), OPTIMIZERS["adam"](network))
    assert peak(walk) < ALLOWED


class Padding(Convolution):
    """A convolution that makes its padding anew each time."""

    def _framed(self, x: Array) -> Array:
        return np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))


def test_and_one_that_makes_an_array_is_noticed(mnist: Dataset) -> None:
    network = network_of([Unflatten(28, 28), Padding(1, 4, 5, 2, 2), *convnet()[2:]], BATCH)
    walk = steps(mnist.take(slice(2 * BATCH + 500)), network, losses.SoftmaxCrossEntropy(), OPTIMIZERS["adam"](network))
    assert peak(walk) > ALLOWED


def test_more_pictures_than_are_scattered_at_a_time_give_the_same_gradient() -> None:
    rng = np.random.default_rng(0)
    layers = [Unflatten(28, 28), Convolution(1, 8, 3), ReLU(), Convolution(8, 4, 3), ReLU(), Flatten()]
    network = Network([*layers, Dense(24 * 24 * 4, 10), Softmax()], 40, np.float64)
    network.theta[:] = rng.normal(0, 0.1, network.theta.shape)
    convolution = network.layers[3]
    assert isinstance(convolution, Convolution)
    assert len(convolution.dpatches) < 40
    x, y = rng.random((40, 784)), np.eye(10)[rng.integers(0, 10, 40)]
    loss = losses.SoftmaxCrossEntropy()
    loss.bind(40, 10, np.dtype(np.float64))
    whole_loss, whole = network.learn(x, y, loss), network.grad.copy()
    each = [(network.learn(x[i : i + 1], y[i : i + 1], loss), network.grad.copy()) for i in range(40)]
    assert whole_loss == pytest.approx(np.mean([value for value, _ in each]))
    np.testing.assert_allclose(whole, np.mean([grad for _, grad in each], axis=0), atol=1e-12)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([Unflatten(28, 28), Convolution(2, 4, 3), Flatten(), Dense(1, 10)], "pictures of 2 channels"),
        ([Unflatten(3, 3), Convolution(1, 4, 5), Flatten(), Dense(1, 10)], "at least 5x5"),
        ([Unflatten(3, 3), MaxPooling(4), Flatten(), Dense(1, 10)], "at least 4x4 to pool"),
        ([Dense(10, 9), Unflatten(2, 5)], "10 numbers to make a picture of"),
        ([Dense(10, 9), Convolution(1, 1, 1)], "for a convolution"),
        ([Unflatten(4, 4), Convolution(1, 2, 1), MaxPooling(2), ReLU(), Flatten(), Dense(8, 2)], "got max-pooling"),
        ([Unflatten(4, 4), ReLU(), Flatten(), Dense(16, 2)], "got the pixels"),
        ([Unflatten(4, 4), Convolution(1, 2, 1), ReLU(), Flatten(), ReLU(), Dense(32, 2)], "got relu"),
        ([Unflatten(4, 4), Flatten()], "with a dense layer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_layers_that_do_not_fit_are_refused(layers: list[Layer], words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        Network(layers)


@pytest.mark.parametrize("sizes", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1, 0), (1, 1, 2, 1, 2), (1, 1, 2, 1, -1)])
def test_a_convolution_that_cannot_be_is_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(NetworkError, match="expected a convolution"):
        Convolution(*sizes)


def test_buffers_for_pictures_are_as_many_as_are_handy() -> None:
    assert Network([Dense(784, 10), Softmax()]).batch == 1024
    heavy = [Unflatten(28, 28), Convolution(1, 32, 3), ReLU(), Convolution(32, 32, 3), Flatten(), Dense(18432, 10)]
    assert 16 <= Network(heavy).batch <= 128
    with pytest.raises(NetworkError, match="16,000,000 numbers for a picture"):
        Network([Unflatten(2000, 2000), Convolution(1, 8, 1), Flatten(), Dense(32_000_000, 1)])
