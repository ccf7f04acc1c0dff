"""Distortions are as strong as they say, and accuracy is counted after each."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import numpen
from numpen.digits.dataset import Dataset
from numpen.evaluation.corruptions import CORRUPTIONS, Images, corrupt
from numpen.evaluation.robustness import DISTORTIONS, Distortion, Robustness, distorted, robustness
from numpen.models.model import Model

BY_NAME = {each.name: each for each in DISTORTIONS}


class Ones:
    """Takes everything for a one, and remembers what it has seen."""

    def __init__(self) -> None:
        self.seen: list[Images] = []

    def predict(self, images: Images) -> NDArray[np.intp]:
        self.seen.append(images)
        return np.ones(len(images), np.intp)


@pytest.fixture(scope="module")
def two_hundred(mnist_test: Dataset) -> Dataset:
    return mnist_test.take(slice(200))


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(Path(numpen.__file__).parent / "models" / "shipped.numpen")


@pytest.fixture(scope="module")
def measured(model: Model, two_hundred: Dataset) -> Robustness:
    return robustness(model, two_hundred)


def bars() -> Images:
    """Eight times a bar through the middle, 4 pixels wide and 12 long."""
    pictures = np.zeros((8, 28, 28), np.uint8)
    pictures[:, 8:20, 12:16] = 255
    return pictures


def strengthened(name: str, images: Images) -> list[NDArray[np.float64]]:
    """The images at each strength."""
    return [each.astype(float) for each in distorted(images, BY_NAME[name])]


def centres(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each centre of mass lies from the middle, (N, 2)."""
    grid = np.arange(28) - 13.5
    moments = np.einsum("nij,i->n", images, grid), np.einsum("nij,j->n", images, grid)
    return np.asarray(np.stack(moments, 1) / images.sum((1, 2))[:, None])


def test_every_curve_starts_at_the_plain_accuracy(measured: Robustness, model: Model, two_hundred: Dataset) -> None:
    plain = float(np.mean(model.predict(two_hundred.images) == two_hundred.labels))
    assert measured.accuracy == plain > 0.95
    assert [curve.name for curve in measured.curves] == [each.name for each in DISTORTIONS]
    for curve in measured.curves:
        assert curve.accuracies[0] == plain
        assert len(curve.accuracies) == len(curve.strengths)
        assert curve.accuracies[-1] < plain


def test_every_corruption_is_measured_and_their_mean(measured: Robustness, model: Model, two_hundred: Dataset) -> None:
    assert list(measured.corruptions) == list(CORRUPTIONS)
    fogged = model.predict(corrupt(two_hundred.images, "fog"))
    assert measured.corruptions["fog"] == np.mean(fogged == two_hundred.labels)
    assert measured.mean_corrupted == pytest.approx(sum(measured.corruptions.values()) / 15)


def test_anything_that_predicts_will_do(two_hundred: Dataset) -> None:
    heard: list[str] = []
    ones = Ones()
    told = robustness(ones, two_hundred, heard.append).as_dict()
    share = float(np.mean(two_hundred.labels == 1))
    assert {point["accuracy"] for curve in told["curves"] for point in curve["points"]} == {share}
    assert {each["accuracy"] for each in told["corruptions"]} == {share}
    assert told["accuracy"] == share == pytest.approx(told["mean_corrupted"])
    assert heard == [*BY_NAME, *CORRUPTIONS]
    assert len(ones.seen) == 1 + 15 + sum(len(each.strengths) for each in DISTORTIONS)
    assert all(images.dtype == np.uint8 and images.shape == (200, 28, 28) for images in ones.seen)


@pytest.mark.parametrize("distortion", DISTORTIONS, ids=lambda each: each.name)
def test_the_first_strength_leaves_the_pictures_as_they_are(distortion: Distortion, two_hundred: Dataset) -> None:
    images = two_hundred.images.copy()
    images.flags.writeable = False
    first, *others = distorted(images, distortion)
    assert np.array_equal(first, images)
    seen = [first]
    for other in others:
        assert all((other != each).any() for each in seen)
        seen.append(other)


def test_rotation_turns_one_to_the_left_and_the_next_to_the_right() -> None:
    grid = np.arange(28) - 13.5
    for degrees, images in zip(BY_NAME["rotation"].strengths, strengthened("rotation", bars()), strict=True):
        down, right = np.einsum("nij,i->n", images, grid**2), np.einsum("nij,j->n", images, grid**2)
        both = np.einsum("nij,i,j->n", images, grid, grid)
        # a bar whose top has gone to the left leans along down-right: its moment is positive
        turned = np.degrees(0.5 * np.arctan2(2 * both, down - right))
        np.testing.assert_allclose(turned, degrees * np.array([1, -1] * 4), atol=0.5)


def test_shift_moves_down_right_up_and_left() -> None:
    ways = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)] * 2)
    for pixels, images in zip(BY_NAME["shift"].strengths, strengthened("shift", bars()), strict=True):
        np.testing.assert_allclose(centres(images), pixels * ways, atol=1e-9)


@pytest.mark.parametrize("name", ["smaller", "larger"])
def test_scale_changes_every_length(name: str) -> None:
    grid = np.arange(28) - 13.5
    blob = np.multiply.outer(np.exp(-((grid / 3) ** 2) / 2), np.exp(-((grid / 4) ** 2) / 2))
    for factor, (image,) in zip(
        BY_NAME[name].strengths, strengthened(name, (255 * blob[None]).astype(np.uint8)), strict=True
    ):
        down, right = (np.sqrt((image.sum(axis) * grid**2).sum() / image.sum()) for axis in (1, 0))
        assert (down / 3, right / 4) == pytest.approx((factor, factor), rel=0.05 if factor < 1.3 else 0.15)


def test_strokes_grow_by_so_many_pixels_at_each_side() -> None:
    for pixels, images in zip(BY_NAME["thicker"].strengths, strengthened("thicker", bars()), strict=True):
        assert images[0, 14].sum() / 255 == pytest.approx(4 + 2 * pixels, abs=0.01)
    for pixels, images in zip(BY_NAME["thinner"].strengths, strengthened("thinner", bars()), strict=True):
        assert images[0, 14].sum() / 255 == pytest.approx(4 - 2 * pixels, abs=0.01)


def test_noise_has_the_deviation_it_says() -> None:
    grey = np.full((100, 28, 28), 128, np.uint8)
    for deviation, images in zip(BY_NAME["noise"].strengths[:3], strengthened("noise", grey), strict=False):
        assert images.std() / 255 == pytest.approx(deviation, abs=0.005)


def test_blur_spreads_the_ink_and_keeps_it() -> None:
    grid = np.arange(28) - 13.5
    spread = []
    for images in strengthened("blur", bars())[:4]:
        np.testing.assert_allclose(images.sum((1, 2)), 255 * 48, rtol=0.01)
        spread.append(np.einsum("nij,j->n", images, grid**2)[0] / images[0].sum())
    # variances add up
    np.testing.assert_allclose(np.array(spread) - spread[0], np.array([0, 0.5, 1, 1.5]) ** 2, atol=0.05)


def test_contrast_shrinks_about_the_mean(two_hundred: Dataset) -> None:
    first, *others = strengthened("contrast", two_hundred.images)
    for factor, images in zip(BY_NAME["contrast"].strengths[1:], others, strict=True):
        np.testing.assert_allclose(images.mean((1, 2)), first.mean((1, 2)), atol=0.5)
        np.testing.assert_allclose(images.std((1, 2)), factor * first.std((1, 2)), atol=0.5)
