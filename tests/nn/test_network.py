"""Layers that do not fit are refused in a line; those that do can be described and made again from the description."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from numpen.errors import NetworkError
from numpen.nn import losses
from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.initializers import Normal
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.network import LAYERS, Network, layers_from
from numpen.nn.normalization import BatchNormalization
from tests.nn.networks import Checked


@pytest.mark.parametrize(
    "layers",
    [
        [],
        [ReLU()],
        [ReLU(), Dense(3, 2)],
        [Dropout(), ReLU()],
        [Dense(3, 4), Dense(5, 2)],
        [Dense(3, 4), ReLU(), Dense(3, 2)],
        [Dropout(), Dense(3, 4), Dropout(), Dense(5, 2), Softmax()],
    ],
    ids=lambda layers: "-".join(layer.name for layer in layers) or "nothing",
)
def test_layers_that_do_not_fit_are_refused_in_one_line(layers: list[Layer]) -> None:
    with pytest.raises(NetworkError) as caught:
        Network(layers)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    assert "got" in str(caught.value)


def test_the_message_names_the_layer_and_what_it_was_given() -> None:
    with pytest.raises(NetworkError, match=r"expected 5 inputs for a 5-2 layer, got \(4,\)"):
        Network([Dense(3, 4), Dense(5, 2)])


@pytest.mark.parametrize(
    ("loss", "last"),
    [
        (losses.SoftmaxCrossEntropy, Sigmoid),
        (losses.SigmoidCrossEntropy, Softmax),
        (losses.SoftmaxCrossEntropy, Dropout),
    ],
)
def test_a_cross_entropy_wants_its_own_closing_layer(loss: type[losses.Loss], last: Callable[[], Layer]) -> None:
    checked = Checked([Dense(3, 4), last()], losses.HalfSquares())
    with pytest.raises(NetworkError, match="expected a network that ends with"):
        checked.network.learn(checked.x, checked.y, loss())


def test_two_activations_in_a_row_are_refused_or_learn_rightly() -> None:
    # the second writes over the answer of which the first makes its slope
    try:
        checked = Checked([Dense(3, 4), Sigmoid(), Tanh(), Dense(4, 2)], losses.HalfSquares())
    except NetworkError:
        return
    assert checked.gradient_error() < 1e-6


@pytest.mark.parametrize("layers", [[Dense(3, 2)], [Dropout(), Dense(3, 2)], [Dropout(), Sigmoid(), Dense(3, 2)]])
def test_an_asked_network_leaves_its_question_alone(layers: list[Layer]) -> None:
    try:
        network = Network(layers)
    except NetworkError:
        return
    x = np.full((4, 3), 3, np.float32)
    network.predict(x)
    assert (x == 3).all()


def test_all_weights_come_before_all_biases() -> None:
    network = Network([Dense(2, 3), ReLU(), Dense(3, 1)])
    network.theta[:] = np.arange(13)
    first, second = network.layers[0].tensors(), network.layers[2].tensors()
    assert first["W"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert second["W"].tolist() == [[6], [7], [8]]
    assert [first["b"].tolist(), second["b"].tolist()] == [[9, 10, 11], [12]]
    weights, gradient = network.weights
    assert weights.tolist() == list(range(9))
    assert np.shares_memory(weights, network.theta)
    assert np.shares_memory(gradient, network.grad)


def test_any_number_of_pictures_can_be_asked_about() -> None:
    network = Network([Dense(3, 4), Tanh(), Dense(4, 2), Softmax()], batch=5, dtype=np.float64)
    network.initialize(Normal(1), Normal(1), np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(23, 3))
    whole = network.predict(x)
    assert whole.shape == (23, 2)
    for n in (0, 1, 4, 5, 6, 10):
        np.testing.assert_allclose(network.predict(x[:n]), whole[:n], rtol=1e-12)


def test_pixels_of_any_type_can_be_asked_about() -> None:
    network = Network([Dense(3, 2)], batch=4)
    network.initialize(Normal(1), Normal(1), np.random.default_rng(0))
    x = np.arange(15).reshape(5, 3)
    expected = network.predict(x.astype(np.float32))
    for dtype in (np.uint8, np.int64, np.float64):
        assert np.array_equal(network.predict(x.astype(dtype)), expected)


def test_a_network_can_be_bound_anew_and_keeps_what_it_knows() -> None:
    network = Network([Dense(3, 4), ELU(), Dense(4, 2)], batch=2, dtype=np.float64)
    network.initialize(Normal(1), Normal(1), np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(9, 3))
    before = network.predict(x)
    network.bind(9)
    np.testing.assert_allclose(network.predict(x), before, rtol=1e-12)


def test_the_description_makes_the_same_network_again() -> None:
    layers = [Dropout(0.1), Dense(3, 4), LeakyReLU(0.2), Dense(4, 4), ELU(0.5), Dense(4, 4), ReLU(), Dense(4, 3)]
    layers += [Sigmoid(), Dense(3, 16), Unflatten(4, 4), Convolution(1, 2, 3, padding=1), Tanh(), MaxPooling(2)]
    layers += [Flatten(), Dense(8, 3), BatchNormalization(3), Tanh(), Dropout(0.25), Dense(3, 2), Softmax()]
    assert {layer.name for layer in layers} == set(LAYERS)
    network = Network(layers)
    specs = network.specs()
    again = Network(layers_from(json.loads(json.dumps(specs))))
    assert again.specs() == specs
    network.initialize(Normal(1), Normal(1), np.random.default_rng(0))
    again.theta[:] = network.theta
    x = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    assert np.array_equal(again.predict(x), network.predict(x))


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"layer": "magic"},
        {"layer": None},
        {"layer": []},
        {"layer": "dense"},
        {"layer": "dense", "inputs": 3},
        {"layer": "dense", "inputs": 0, "outputs": 2},
        {"layer": "dense", "inputs": "3", "outputs": 2},
        {"layer": "dense", "inputs": 3.5, "outputs": 2},
        {"layer": "dense", "inputs": 3, "outputs": 2, "rng": None},
        {"layer": "dropout", "rate": 1},
        {"layer": "dropout", "rate": "0.5"},
        {"layer": "leaky-relu", "slope": "steep"},
        {"layer": "elu", "alpha": None},
        {"layer": "dropout", "rate": 0.5, "rng": 3},
        {"layer": "relu", "slope": 0.1},
        {"layer": "__class__"},
    ],
    ids=str,
)
def test_junk_describes_no_layer(spec: dict[str, Any]) -> None:
    with pytest.raises(NetworkError) as caught:
        layers_from([spec])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec", [{"layer": "leaky-relu", "slope": 2.0}, {"layer": "leaky-relu", "slope": -1.0}])
def test_a_setting_outside_its_formula_is_refused_or_learns_rightly(spec: dict[str, Any]) -> None:
    # a = max(z, slope z) is the leaky ReLU for a slope between 0 and 1 only
    try:
        layers = [Dense(3, 4), *layers_from([spec]), Dense(4, 2)]
    except NetworkError:
        return
    assert Checked(layers, losses.HalfSquares()).gradient_error() < 1e-6
