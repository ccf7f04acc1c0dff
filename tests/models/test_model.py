"""A model answers with probabilities for whole pictures, in any number, and refuses what is not a picture."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DataError, ModelFileError, NumpenError
from numpen.models.model import Model
from numpen.nn.activations import ReLU, Sigmoid, Softmax
from numpen.nn.convolution import Convolution, Flatten, Unflatten
from numpen.nn.initializers import He, Normal, Zeros
from numpen.nn.layers import Dense, Layer
from numpen.nn.network import Network


def model_of(closing: Layer, seed: int = 0, batch: int = 16) -> Model:
    network = Network([Dense(784, 12), ReLU(), Dense(12, 10), closing], batch)
    network.initialize(Normal(0.1), Zeros(), np.random.default_rng(seed))
    return Model(network)


@pytest.mark.parametrize("closing", [Softmax, Sigmoid])
def test_answers_are_probabilities(few: Dataset, closing: type[Layer]) -> None:
    p = model_of(closing()).probabilities(few.images)
    assert p.shape == (len(few), 10)
    assert ((p >= 0) & (p <= 1)).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)


def test_a_sigmoids_answers_keep_their_proportions(few: Dataset) -> None:
    model = model_of(Sigmoid())
    answers = model.network.predict(few.images[:20].reshape(20, 784).astype(np.float32) / 255)
    np.testing.assert_allclose(
        model.probabilities(few.images[:20]), answers / answers.sum(axis=1, keepdims=True), rtol=1e-5
    )


def test_sigmoids_that_all_say_no_are_still_shared_out(few: Dataset) -> None:
    model = model_of(Sigmoid())
    model.network.theta[-10:] = -200  # the closing biases: every answer is below the smallest float
    p = model.probabilities(few.images[:3])
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 100])
def test_any_number_of_pictures_gets_the_same_answers(few: Dataset, count: int) -> None:
    model = model_of(Softmax())
    whole = model.probabilities(few.images[:100])
    np.testing.assert_allclose(model.probabilities(few.images[:count]), whole[:count], rtol=1e-5)


def test_one_picture_needs_no_third_axis(few: Dataset) -> None:
    model = model_of(Softmax())
    assert np.array_equal(model.probabilities(few.images[7]), model.probabilities(few.images[7:8]))
    assert model.predict(few.images[7]).shape == (1,)


def test_the_answer_is_the_most_likely_digit(few: Dataset) -> None:
    model = model_of(Softmax())
    assert np.array_equal(model.predict(few.images), model.probabilities(few.images).argmax(axis=1))


def test_pixels_are_divided_before_the_network_sees_them(few: Dataset) -> None:
    one, other = model_of(Softmax()), model_of(Softmax())
    other.pixel_divisor = 510.0
    other.network.layers[0].tensors()["W"][...] *= 2
    np.testing.assert_allclose(one.probabilities(few.images), other.probabilities(few.images), rtol=1e-4)


def test_pictures_are_left_alone_and_answers_are_the_callers(few: Dataset) -> None:
    model, before = model_of(Softmax()), few.checksum
    first = model.probabilities(few.images[:16])
    kept = first.copy()
    model.probabilities(few.images[16:32])
    assert np.array_equal(first, kept)
    assert few.checksum == before


@pytest.mark.parametrize(
    "images",
    [
        *(np.zeros(shape, np.uint8) for shape in [(784,), (3, 784), (3, 27, 28), (2, 2, 28, 28)]),
        *(np.zeros((3, 28, 28), dtype) for dtype in (np.float32, np.int64, bool)),
    ],
    ids=lambda images: f"{images.shape} {images.dtype}",
)
def test_what_is_no_picture_is_refused(images: NDArray[np.uint8]) -> None:
    with pytest.raises(DataError, match=r"expected images \(N, 28, 28\) of uint8"):
        model_of(Softmax()).probabilities(images)


def test_a_network_that_does_not_look_at_784_pixels_is_refused(few: Dataset) -> None:
    with pytest.raises(NumpenError):
        Model(Network([Dense(9, 10), Softmax()])).probabilities(few.images)


def test_the_first_layers_weights_are_pictures_of_their_own() -> None:
    model = model_of(Softmax())
    pictures = model.first_layer()
    assert pictures.shape == (12, 28, 28)
    # the weight of unit 3 for the pixel in row 5, column 9
    assert pictures[3, 5, 9] == model.network.layers[0].tensors()["W"][5 * 28 + 9, 3]
    assert not np.shares_memory(pictures, model.network.theta)


def test_the_kernels_of_a_convolution_are_pictures_too() -> None:
    convolution = Convolution(1, 3, 5)
    network = Network([Unflatten(28, 28), convolution, Flatten(), Dense(24 * 24 * 3, 10), Softmax()])
    network.initialize(He(), Zeros(), np.random.default_rng(0))
    pictures = Model(network).first_layer()
    assert pictures.shape == (3, 5, 5)
    assert pictures[2, 1, 4] == convolution.tensors()["W"][1, 4, 0, 2]
    assert not np.shares_memory(pictures, network.theta)


class TestKeeping:
    def test_a_loaded_model_answers_as_the_saved_one(self, few: Dataset, tmp_path: Path) -> None:
        model = model_of(Sigmoid())
        model.card["note"] = "Größe"
        size = model.save(tmp_path / "a.numpen")
        assert size == (tmp_path / "a.numpen").stat().st_size
        again = Model.load(str(tmp_path / "a.numpen"))
        assert again.card == {"note": "Größe"}
        np.testing.assert_allclose(again.probabilities(few.images), model.probabilities(few.images), rtol=1e-5)

    def test_a_missing_file_is_no_model(self, tmp_path: Path) -> None:
        with pytest.raises(ModelFileError, match="expected a model file, got"):
            Model.load(tmp_path / "nowhere.numpen")

    def test_two_models_do_not_share_a_card(self) -> None:
        model_of(Softmax()).card["note"] = "mine"
        assert model_of(Softmax()).card == {}


def test_a_model_goes_to_another_process_and_answers_the_same(few: Dataset) -> None:
    model = model_of(Softmax())
    model.card["test"] = {"accuracy": 0.5}
    there = pickle.loads(pickle.dumps(model))
    assert np.array_equal(there.probabilities(few.images), model.probabilities(few.images))
    assert there.card == model.card and np.shares_memory(there.network.theta, there.network.layers[0].tensors()["W"])
