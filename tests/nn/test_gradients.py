"""Every gradient is the slope of its loss: proven against central differences, in float64."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from numpen.nn.activations import ELU, LeakyReLU, Sigmoid
from numpen.nn.arrays import Array
from numpen.nn.gradient_check import directional_slope, numerical_gradient, relative_error
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.losses import HalfSquares, SoftmaxCrossEntropy
from tests.nn.networks import ACTIVATIONS, LOSSES, Checked, stack

HIDDEN = sorted(ACTIVATIONS)
SQUARES = ["half-squares", "sum-of-squares", "mean-squares"]
# which losses go with which closing layer: a cross-entropy with its own, a quadratic one with any or none
ENDINGS = [
    ("softmax", "softmax-cross-entropy"),
    ("sigmoid", "sigmoid-cross-entropy"),
    *((output, loss) for output in [*HIDDEN, None] for loss in SQUARES),
]
FAR = 1e-3  # from a kink: a hundred times the checker's step


@st.composite
def random_networks(draw: st.DrawFn) -> Checked:
    """1 to 4 dense layers of 1 to 8 units with everything that may stand between and behind them."""
    sizes = draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))
    hidden = draw(st.lists(st.sampled_from(HIDDEN), min_size=len(sizes) - 1, max_size=len(sizes) - 1))
    output, loss = draw(st.sampled_from(ENDINGS))
    dropout = draw(st.sampled_from([0.0, 0.0, 0.3]))
    l1, l2 = draw(st.sampled_from([0.0, 0.01])), draw(st.sampled_from([0.0, 0.1]))
    # at least two classes: one that is certain teaches nothing, and its gradient is zero but for rounding
    layers = stack([*sizes, draw(st.integers(2, 8))], hidden, output, dropout)
    return Checked(layers, LOSSES[loss](), l1, l2, seed=draw(st.integers(0, 2**32)))


@settings(max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
@given(random_networks())
def test_the_gradient_of_any_network_is_the_slope_of_its_loss(checked: Checked) -> None:
    # where a sum is next to a kink, a tiny step sees both sides of it, and there is no one slope to compare with
    assume(checked.nearest_kink() > FAR)
    assert checked.gradient_error() < 1e-6


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(("output", "loss"), ENDINGS)
def test_every_layer_learns_under_every_loss(hidden: str, output: str | None, loss: str) -> None:
    assert away_from_kinks([5, 4, 3], [hidden], output, loss).gradient_error() < 1e-6


@pytest.mark.parametrize(("l1", "l2", "dropout"), [(0.1, 0.0, 0.0), (0.0, 0.1, 0.0), (0.1, 0.1, 0.0), (0.1, 0.1, 0.5)])
def test_penalties_and_dropout_are_part_of_the_gradient(l1: float, l2: float, dropout: float) -> None:
    checked = away_from_kinks([5, 6, 3], ["relu"], "softmax", "softmax-cross-entropy", l1, l2, dropout)
    assert checked.gradient_error() < 1e-6


@pytest.mark.parametrize(
    "layer", [ELU(0.3), ELU(2.0), ELU(0.0), LeakyReLU(0.3), LeakyReLU(0.0)], ids=lambda layer: str(layer.spec())
)
def test_an_activation_learns_with_another_setting(layer: Layer) -> None:
    layers = [Dense(5, 4), layer, *stack([4, 3], [], "softmax")]
    made = (Checked(layers, SoftmaxCrossEntropy(), seed=seed) for seed in range(100))
    assert next(checked for checked in made if checked.nearest_kink() > FAR).gradient_error() < 1e-6


def away_from_kinks(
    sizes: list[int],
    hidden: list[str],
    output: str | None,
    loss: str,
    l1: float = 0.0,
    l2: float = 0.0,
    dropout: float = 0.0,
) -> Checked:
    """Such a network, its weights drawn again until no sum is next to a kink."""
    made = (Checked(stack(sizes, hidden, output, dropout), LOSSES[loss](), l1, l2, seed) for seed in range(100))
    return next(checked for checked in made if checked.nearest_kink() > FAR)


def test_dropout_may_stand_in_front_of_the_first_layer_and_behind_another_dropout() -> None:
    layers = [Dropout(0.2), Dense(6, 5), Dropout(0.3), Dropout(0.1), Sigmoid(), Dense(5, 4), *stack([4, 3], [], None)]
    assert Checked(layers, HalfSquares()).gradient_error() < 1e-6


class WrongSigmoid(Sigmoid):
    """dz = da a (1 + a): a sign that is easily mistaken."""

    def backward(self, dout: Array) -> Array:
        dout *= self.a * (1 + self.a)
        return dout


class WrongDense(Dense):
    """Forgets the last picture of the batch in the gradient of the biases."""

    def learn(self, dout: Array) -> None:
        super().learn(dout)
        np.sum(dout[:-1], axis=0, out=self.db)


@pytest.mark.parametrize(
    "layers",
    [
        [Dense(5, 4), WrongSigmoid(), *stack([4, 3], [], "softmax")],
        [WrongDense(5, 4), Sigmoid(), *stack([4, 3], [], "softmax")],
    ],
    ids=["sign", "bias"],
)
def test_the_check_notices_a_wrong_derivative(layers: list[Layer]) -> None:
    assert Checked(layers, SoftmaxCrossEntropy()).gradient_error() > 1e-3


def test_the_numerical_gradient_of_a_parabola_is_known_and_theta_is_put_back() -> None:
    theta = np.array([1.0, -2.0, 0.0])
    slopes = numerical_gradient(lambda: float(theta @ theta), theta)
    assert np.allclose(slopes, [2, -4, 0], atol=1e-9)
    assert theta.tolist() == [1, -2, 0]


def test_the_relative_error_is_zero_for_equals_and_one_for_strangers() -> None:
    a, nothing = np.array([3.0, 4.0]), np.zeros(2)
    assert relative_error(a, a) == relative_error(nothing, nothing) == 0
    assert relative_error(a, nothing) == 1
    assert relative_error(a, -a) == 2
    assert relative_error(a, 1.1 * a) == pytest.approx(0.1 / 1.1)


def test_along_its_own_gradient_a_loss_grows_by_the_gradients_length() -> None:
    theta = np.array([[1.0, -2.0], [0.5, 3.0]])
    kept = theta.copy()

    def loss() -> float:
        return float(np.sum(theta**3))

    gradient = 3 * kept**2
    assert directional_slope(loss, theta, gradient) == pytest.approx(np.linalg.norm(gradient))
    assert directional_slope(loss, theta, np.array([[0.0, 5.0], [0.0, 0.0]])) == pytest.approx(12)
    assert directional_slope(loss, theta, np.zeros((2, 2))) == 0
    assert np.array_equal(theta, kept)
