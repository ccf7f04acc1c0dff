"""Each layer answers as its formula says, on numbers worked by hand; each is bound, placed and described rightly."""

import math

import numpy as np
import pytest

from numpen.errors import NetworkError
from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.arrays import Array
from numpen.nn.initializers import Normal, Zeros
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.network import Network

E = math.e
Z = [-1.0, 0.0, 2.0]


def answers(layer: Layer, z: list[float]) -> list[float]:
    """What the layer makes of one picture's sums."""
    layer.bind(1, (len(z),), np.dtype(np.float64), first=False)
    return [float(a) for a in layer.forward(np.array([z]))[0]]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Sigmoid(), [1 / (1 + E), 0.5, 1 / (1 + E**-2)]),
        (Tanh(), [-(E**2 - 1) / (E**2 + 1), 0, (E**4 - 1) / (E**4 + 1)]),
        (ReLU(), [0, 0, 2]),
        (LeakyReLU(), [-0.01, 0, 2]),
        (LeakyReLU(0.2), [-0.2, 0, 2]),
        (ELU(), [1 / E - 1, 0, 2]),
        (ELU(0.5), [(1 / E - 1) / 2, 0, 2]),
        (Softmax(), [n / (1 / E + 1 + E**2) for n in (1 / E, 1, E**2)]),
    ],
    ids=lambda value: value.name if isinstance(value, Layer) else "",
)
def test_an_activation_is_its_formula(layer: Layer, expected: list[float]) -> None:
    assert answers(layer, Z) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), ReLU(), LeakyReLU(), ELU(), Softmax()], ids=lambda v: v.name)
def test_no_activation_overflows(layer: Layer) -> None:
    # warnings are errors here, so an overflow on the way would be seen too
    assert np.isfinite(answers(layer, [-1e4, -1e2, 1e2, 1e4])).all()


def test_a_dense_layer_is_a_product_and_a_sum() -> None:
    network = Network([Dense(2, 3)], batch=2, dtype=np.float64)
    (dense,) = network.layers
    dense.tensors()["W"][...] = [[1, 2, 3], [4, 5, 6]]
    dense.tensors()["b"][...] = [0.5, 0, -1]
    assert network.predict(np.array([[1.0, 10.0], [0.0, 1.0]])).tolist() == [[41.5, 52, 62], [4.5, 5, 5]]


def test_a_dense_layer_draws_its_weights_and_its_biases() -> None:
    network = Network([Dense(30, 20)], dtype=np.float64)
    network.initialize(Normal(1), Zeros(), np.random.default_rng(0))
    assert 0.9 < network.theta[:600].std() < 1.1
    assert not network.theta[600:].any()


class TestDropout:
    """Only while learning, each number is kept and made up for, or zero."""

    @staticmethod
    def kept(rate: float, seed: int = 0) -> Array:
        layer = Dropout(rate, np.random.default_rng(seed))
        layer.bind(100, (200,), np.dtype(np.float32), first=False)
        return layer.forward(np.full((100, 200), 3, np.float32)).copy()

    def test_the_share_left_out_is_the_rate_and_the_rest_makes_up_for_it(self) -> None:
        kept = self.kept(0.25)
        assert np.unique(kept).tolist() == [0, 4]  # 4 = 3 / (1 - 0.25)
        assert 0.24 < np.mean(kept == 0) < 0.26
        assert 2.95 < kept.mean() < 3.05

    def test_the_error_takes_the_way_of_the_answer(self) -> None:
        layer = Dropout(0.5)
        layer.bind(4, (6,), np.dtype(np.float64), first=False)
        answer = layer.forward(np.ones((4, 6))).copy()
        assert np.array_equal(layer.backward(np.ones((4, 6))), answer)

    def test_every_call_draws_anew_and_a_seed_draws_the_same(self) -> None:
        layer = Dropout(0.5, np.random.default_rng(7))
        layer.bind(100, (200,), np.dtype(np.float32), first=False)
        one, two = (layer.forward(np.full((100, 200), 3, np.float32)).copy() for _ in range(2))
        assert not np.array_equal(one, two)
        assert np.array_equal(one, self.kept(0.5, seed=7))

    def test_a_rate_of_zero_changes_nothing(self) -> None:
        assert (self.kept(0.0) == 3).all()

    def test_an_answering_network_leaves_nothing_out(self) -> None:
        network = Network([Dense(3, 50), Dropout(0.9), Dense(50, 2)])
        network.theta[:] = 1
        assert network.predict(np.ones((1, 3), np.float32)).tolist() == [[201, 201]]

    @pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, math.nan])
    def test_a_rate_that_cannot_be_is_refused(self, rate: float) -> None:
        with pytest.raises(NetworkError, match="dropout rate"):
            Dropout(rate)


@pytest.mark.parametrize(("inputs", "outputs"), [(0, 5), (5, 0), (-1, 5)])
def test_a_layer_without_inputs_or_outputs_is_refused(inputs: int, outputs: int) -> None:
    with pytest.raises(NetworkError, match="at least 1 input"):
        Dense(inputs, outputs)
