"""Operations on a network: a unit that is switched off is as if it had never been."""

import numpy as np
import pytest

from numpen.errors import NetworkError
from numpen.nn.activations import ReLU, Sigmoid, Softmax
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.initializers import initializer
from numpen.nn.layers import Dense, Dropout
from numpen.nn.network import Network, layers_from
from numpen.nn.surgery import NEVER, set_bias, switch_off, units_of

RNG = np.random.default_rng(3)
X = RNG.random((7, 784)).astype(np.float32)


def networks() -> dict[str, Network]:
    dense = [Dense(784, 12), Sigmoid(), Dropout(0.5), Dense(12, 8), ReLU(), Dense(8, 10), Softmax()]
    seeing = [Unflatten(28, 28), Convolution(1, 4, 5, 2), ReLU(), Convolution(4, 6, 3), ReLU(), MaxPooling(2)]
    made = {"dense": Network(dense), "seeing": Network([*seeing, Flatten(), Dense(6 * 5 * 5, 10), Softmax()])}
    for network in made.values():
        network.initialize(initializer("he"), initializer("normal(0.5)"), RNG)
        network.theta[network.n_weights :] += 2  # so that no unit is silent
    return made


def without(network: Network, number: int, unit: int) -> np.ndarray:
    """The answers when the layer's output is set to 0 at this unit, by hand."""
    x: np.ndarray = X.copy()
    layers = network.answering
    last = number
    while not layers[last + 1].n_weights and not layers[last + 1].passes_on:
        last += 1
    for i, layer in enumerate(layers):
        x = layer.forward(x)
        if i == last:
            x = x.copy()
            x[..., unit] = 0
    return x.copy()


@pytest.mark.parametrize(
    ("kind", "number", "unit"), [("dense", 0, 3), ("dense", 2, 4), ("seeing", 1, 2), ("seeing", 3, 5)]
)
def test_what_is_switched_off_is_heard_of_no_more(kind: str, number: int, unit: int) -> None:
    network = networks()[kind]
    wanted, before = without(network, number, unit), network.predict(X)
    switch_off(network, number, unit)
    assert np.abs(network.predict(X) - wanted).max() < 1e-6
    assert np.abs(before - wanted).max() > 1e-4


def test_an_answer_that_is_switched_off_is_never_given() -> None:
    network = networks()["dense"]
    switch_off(network, 4, 6)
    answers = network.predict(X)
    assert answers[:, 6].max() < 1e-30
    assert network.answering[4].tensors()["b"][6] == NEVER
    assert np.abs(answers.sum(axis=1) - 1).max() < 1e-6


def test_a_bias_is_set_and_nothing_else() -> None:
    network = networks()["seeing"]
    before = network.theta.copy()
    set_bias(network, 3, 4, -2.5)
    (changed,) = np.flatnonzero(network.theta != before)
    assert network.theta[changed] == -2.5
    assert units_of(network, 3) == 6


@pytest.mark.parametrize(("number", "unit"), [(0, 0), (2, 0), (-1, 0), (99, 0), (1, 4), (1, -1)])
def test_what_there_is_not_is_refused(number: int, unit: int) -> None:
    network = networks()["seeing"]
    words = r"^expected (the number of a layer|a unit from)"
    with pytest.raises(NetworkError, match=words):
        switch_off(network, number, unit)
    with pytest.raises(NetworkError, match=words):
        set_bias(network, number, unit, 0.0)


def test_a_row_that_becomes_a_picture_again_is_refused() -> None:
    layers = [
        Dense(784, 16),
        ReLU(),
        Unflatten(4, 4),
        Convolution(1, 2, 2),
        ReLU(),
        Flatten(),
        Dense(18, 10),
        Softmax(),
    ]
    with pytest.raises(NetworkError, match="inputs for each of 16 units, got 1"):
        switch_off(Network(layers_from(Network(layers).specs())), 0, 3)
