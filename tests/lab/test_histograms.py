"""What is told of each layer, against plain counting."""

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.lab.histograms import BINS, look
from numpen.nn.activations import ReLU, Sigmoid, Softmax
from numpen.nn.convolution import Convolution, Flatten, Unflatten
from numpen.nn.initializers import initializer
from numpen.nn.layers import Dense, Layer
from numpen.nn.losses import SoftmaxCrossEntropy
from numpen.nn.network import Network


def network(*layers: Layer) -> Network:
    made = Network([*layers, Softmax()], 64)
    made.initialize(initializer("he"), initializer("zeros"), np.random.default_rng(0))
    return made


def test_dead_and_stuck_units_are_named(few: Dataset) -> None:
    relu, sigmoid = Dense(784, 12), Dense(12, 6)
    made = network(relu, ReLU(), sigmoid, Sigmoid(), Dense(6, 10))
    relu.b[[3, 7]], sigmoid.b[[0, 5]] = -1e6, (1e6, -1e6)
    first, second, answers = look(made, few.images[:200], 255.0)
    hidden = np.maximum(few.images[:200].reshape(-1, 784) / np.float32(255) @ relu.W + relu.b, 0)
    assert first.dead == np.flatnonzero(~(hidden > 0).any(axis=0)).tolist()
    assert {3, 7} <= set(first.dead) and first.stuck == []
    assert {0, 5} <= set(second.stuck) and second.dead == []
    told = first.as_dict()
    assert np.isclose(told["activations"]["zero"], np.mean(hidden == 0), atol=1e-6)
    assert sum(told["activations"]["counts"]) == np.count_nonzero(hidden)
    assert np.isclose(told["activations"]["high"], hidden.max(), rtol=1e-5)
    assert first.lost == {"units": 12, "dead": len(first.dead), "stuck": 0}
    assert answers.as_dict()["units"] == 10


def test_gradients_are_counted_by_their_size(few: Dataset) -> None:
    made = network(Dense(784, 12), ReLU(), Dense(12, 10))
    before = look(made, few.images[:64], 255.0)[0].as_dict()["gradients"]
    assert (before["zero"], before["median"], sum(before["counts"])) == (1.0, None, 0)
    loss, targets = SoftmaxCrossEntropy(), np.eye(10, dtype=np.float32)[few.labels[:64]]
    loss.bind(64, 10, np.dtype(np.float32))
    made.learn(few.images[:64].reshape(-1, 784) / np.float32(255), targets, loss)
    for units, layer in zip(look(made, few.images[:64], 255.0), (made.layers[0], made.layers[2]), strict=True):
        sizes, dW = units.as_dict()["gradients"], np.abs(layer.dW)  # type: ignore[attr-defined]
        assert len(sizes["counts"]) == BINS and sum(sizes["counts"]) == np.count_nonzero(dW)
        assert np.isclose(sizes["median"], np.median(dW[dW > 0]), rtol=1e-5)


def test_of_a_convolution_every_place_counts(few: Dataset) -> None:
    convolution = Convolution(1, 4, 5, 2)
    made = network(Unflatten(28, 28), convolution, ReLU(), Flatten(), Dense(12 * 12 * 4, 10))
    convolution.b[2] = -1e6
    units = look(made, few.images[:64], 255.0)[0]
    assert units.dead == [2] and units.count == 4


def test_numbers_without_end_are_left_out(few: Dataset) -> None:
    made = network(Dense(784, 12), ReLU(), Dense(12, 10))
    made.theta *= np.float32(1e38)
    with np.errstate(all="ignore"):
        for units in look(made, few.images[:64], 255.0):
            assert np.isfinite(units.as_dict()["activations"]["high"])
