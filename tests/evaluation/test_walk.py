"""The walk's numbers are those of the network itself, and its gradient is what a tiny step shows."""

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.evaluation.walk import Walk, loss_of
from numpen.models.model import Model
from numpen.nn.gradient_check import numerical_gradient, relative_error
from numpen.nn.losses import HalfSquares, MeanSquares, SigmoidCrossEntropy, SoftmaxCrossEntropy, SumOfSquares
from numpen.nn.network import Network, layers_from
from tests.evaluation.models import HIDDEN, convolutional, model

LOSSES = [
    ("softmax", "cross-entropy", SoftmaxCrossEntropy),
    ("sigmoid", "cross-entropy", SigmoidCrossEntropy),
    ("softmax", "half-squares", HalfSquares),
    ("tanh", "sum-of-squares", SumOfSquares),
    ("sigmoid", "mean-squares", MeanSquares),
    (None, "cross-entropy", HalfSquares),
]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(("output", "loss", "kind"), LOSSES)
def test_the_gradient_is_that_of_the_network(
    hidden: str, output: str | None, loss: str, kind: type, mnist_test: Dataset
) -> None:
    asked = model(hidden, output, loss)
    assert type(loss_of(asked)) is kind
    walk = Walk(asked, mnist_test.images[0], 3)
    layers = [layer for layer in layers_from(asked.network.specs()) if layer.name != "dropout"]
    network, x = Network(layers, 1, np.float64), mnist_test.images[0].reshape(1, -1) / 255
    network.theta[:] = asked.network.theta
    its = kind()
    its.bind(1, 10, np.dtype(np.float64))
    value = network.learn(x, np.eye(10)[[3]], its)
    assert walk.value == pytest.approx(value, rel=1e-12)
    assert np.allclose(walk.gradient, network.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("output", "loss"), [("softmax", "cross-entropy"), ("sigmoid", "half-squares")])
def test_the_gradient_is_what_tiny_steps_show(output: str, loss: str, mnist_test: Dataset) -> None:
    walk = Walk(model("tanh", output, loss), mnist_test.images[1], 5)
    assert relative_error(walk.gradient, numerical_gradient(walk.loss_now, walk.network.theta)) < 1e-7


def test_so_is_that_of_convolutions() -> None:
    # noise, since blank paper has equals everywhere, and the largest of equals has no slope
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    walk = Walk(convolutional("tanh"), noise, 5)
    assert relative_error(walk.gradient, numerical_gradient(walk.loss_now, walk.network.theta)) < 1e-7
    assert relative_error(walk.passages[0].dx, numerical_gradient(walk.loss_now, walk.x[0])) < 1e-7


def test_every_layer_hands_on_what_the_one_below_receives(mnist_test: Dataset) -> None:
    walk = Walk(model("sigmoid", "softmax", "half-squares"), mnist_test.images[2], 1)
    for below, above in zip(walk.passages, walk.passages[1:], strict=False):
        assert np.array_equal(below.out, above.x) and below.dout is not None
        assert np.array_equal(below.dout, above.dx)


def test_the_pixels_too_have_a_gradient(mnist_test: Dataset) -> None:
    walk = Walk(model("tanh"), mnist_test.images[3], 4)
    shown = numerical_gradient(walk.loss_now, walk.x[0])
    assert relative_error(walk.passages[0].dx, shown) < 1e-7


def test_the_answers_are_the_models_own(mnist_test: Dataset) -> None:
    asked = model("relu")
    for image in mnist_test.images[:20]:
        walk = Walk(asked, image)
        assert np.allclose(walk.passages[-1].out, asked.probabilities(image)[0], atol=1e-6)
        assert walk.answer == walk.truth == asked.predict(image)[0]


def test_neither_the_model_nor_the_copy_is_changed(mnist_test: Dataset) -> None:
    asked = model("elu")
    before = asked.network.theta.copy(), asked.network.grad.copy()
    walk = Walk(asked, mnist_test.images[0], 2)
    theta = walk.network.theta.copy()
    after = walk.loss_after(0.01)
    parameters = walk.passages[0].tensors["W"]
    walk.slope(parameters, (100, 3))
    walk.slope_along(parameters, walk.passages[0].gradients["W"])
    assert np.array_equal(walk.network.theta, theta) and after < walk.value
    assert np.array_equal(asked.network.theta, before[0]) and np.array_equal(asked.network.grad, before[1])


def test_a_plain_step_lowers_the_loss_as_the_gradient_promises(mnist_test: Dataset) -> None:
    walk = Walk(model("tanh"), mnist_test.images[0], 2)
    rate = 1e-6
    promised = rate * float(walk.gradient @ walk.gradient)
    assert walk.value - walk.loss_after(rate) == pytest.approx(promised, rel=1e-3)


@pytest.mark.parametrize("card", [{}, {"recipe": 3}, {"recipe": {"loss": ["half-squares"]}}, {"recipe": {"loss": "x"}}])
def test_a_card_that_names_no_loss_is_no_obstacle(card: dict[str, object]) -> None:
    assert type(loss_of(Model(model().network, 255.0, card))) is SoftmaxCrossEntropy


def test_what_cannot_be_walked_is_refused(mnist_test: Dataset) -> None:
    with pytest.raises(DataError, match="expected a picture"):
        Walk(model(), mnist_test.images[:2])
    with pytest.raises(DataError, match="from 0 to 9 for the truth, got 10"):
        Walk(model(), mnist_test.images[0], 10)
