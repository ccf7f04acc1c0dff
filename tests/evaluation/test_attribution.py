"""The parts of the pixels add up to the difference of the scores: exactly, or with the remainder that is shown."""

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.evaluation.attribution import attribute
from numpen.evaluation.walk import Walk
from numpen.nn.gradient_check import numerical_gradient
from numpen.nn.layers import Dense
from tests.evaluation.models import HIDDEN, initialized, model


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("output", ["softmax", "sigmoid", None])
def test_the_parts_add_up(hidden: str, output: str | None, mnist_test: Dataset) -> None:
    asked = model(hidden, output, seed=3)
    for image in mnist_test.images[:5]:
        why = attribute(asked, image, 7, 2)
        scores = Walk(asked, image).passages[4].out
        assert why.difference == pytest.approx(scores[7] - scores[2], abs=1e-12)
        assert why.pixels.sum() + why.constant + why.remainder == pytest.approx(why.difference, abs=1e-12)
        assert not why.pixels[image == 0].any()
        assert why.exact == (hidden in ("relu", "leaky-relu"))
        assert abs(why.remainder) < (1e-12 if why.exact else 1e-3)


def test_the_other_way_round_it_is_the_opposite(mnist_test: Dataset) -> None:
    for hidden in ("relu", "tanh"):
        one, other = (attribute(model(hidden), mnist_test.images[0], *pair) for pair in ((1, 8), (8, 1)))
        assert np.allclose(one.pixels, -other.pixels, atol=1e-14)


def test_without_a_hidden_layer_it_is_weights_times_pixels(mnist_test: Dataset) -> None:
    asked = initialized([Dense(784, 10)])
    (dense,) = asked.network.layers
    why = attribute(asked, mnist_test.images[0], 3, 5)
    weights, biases = dense.tensors().values()
    x = mnist_test.images[0] / 255
    assert np.allclose(why.pixels, x * (weights[:, 3] - weights[:, 5].astype(float)).reshape(28, 28), atol=1e-7)
    assert why.constant == pytest.approx(float(biases[3] - biases[5]), abs=1e-7)


def test_an_exact_part_is_the_slope_of_the_pixel(mnist_test: Dataset) -> None:
    asked, image = model("relu"), mnist_test.images[0]
    walk, why = Walk(asked, image), attribute(asked, image, 7, 2)

    def difference() -> float:
        x = walk.x.copy()
        for layer in walk.network.layers[:-1]:
            x = layer.forward(x)
        return float(x[0, 7] - x[0, 2])

    assert np.allclose(why.slopes.reshape(-1), numerical_gradient(difference, walk.x[0]), atol=1e-8)


def test_a_blank_sheet_has_only_the_part_that_no_pixel_has() -> None:
    why = attribute(model("tanh"), np.zeros((28, 28), np.uint8), 0, 1)
    assert not why.pixels.any() and why.constant == pytest.approx(why.difference, abs=1e-12)


def test_in_plain_values_it_says_how_exact_it_is(mnist_test: Dataset) -> None:
    told = attribute(model("sigmoid"), mnist_test.images[0], 0, 1).as_dict()
    assert told["method"] == "integrated gradients" and told["exact"] is False
    assert np.shape(told["pixels"]) == np.shape(told["slopes"]) == (28, 28)


@pytest.mark.parametrize("pair", [(1, 1), (0, 10), (-1, 3)])
def test_two_digits_are_compared(pair: tuple[int, int]) -> None:
    with pytest.raises(DataError, match="two different digits"):
        attribute(model(), np.zeros((28, 28), np.uint8), *pair)
