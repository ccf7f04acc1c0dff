"""Distortions do what their names say, to every picture in its own way, and again for the same seed."""

import re
from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.digits.augmentation import EDGE, FIELD, SIDE, Augmentation, smooth_field
from numpen.digits.batches import Batches
from numpen.digits.dataset import Dataset
from numpen.digits.distortions import Distortions
from numpen.errors import RecipeError

EVERYTHING = "shift(2) rotate(12) scale(0.15) shear(0.2) elastic(34,4) thickness(0.5) blur(0.5) noise(0.1) cutout(8)"


def distorted(words: str, pixels: NDArray[np.uint8], seed: int = 0) -> NDArray[np.float32]:
    """The pictures (N, 784) distorted, (N, 28, 28)."""
    out = np.full(pixels.shape, np.nan, np.float32)
    Augmentation(Distortions.parse(words), np.random.default_rng(seed)).distort(pixels, out)
    return out.reshape(-1, SIDE, SIDE)


@pytest.fixture
def pixels(few: Dataset) -> NDArray[np.uint8]:
    return few.images[:100].reshape(-1, 784)


def bar(upright: bool = True) -> NDArray[np.uint8]:
    """A hundred pictures of the same bar through the middle, 2 pixels wide and 16 long."""
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[6:22, 13:15] = 255
    return np.tile((picture if upright else picture.T).reshape(1, -1), (100, 1))


def centres(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """The centre of mass of each, (N, 2)."""
    rows = np.einsum("nij,i->n", pictures, np.arange(SIDE))
    columns = np.einsum("nij,j->n", pictures, np.arange(SIDE))
    centres: NDArray[np.float32] = np.stack([rows, columns], axis=1) / pictures.sum((1, 2))[:, None]
    return centres


def test_nothing_asked_for_changes_nothing(pixels: NDArray[np.uint8]) -> None:
    np.testing.assert_allclose(distorted("", pixels).reshape(-1, 784), pixels, atol=1e-3)


@pytest.mark.parametrize("words", EVERYTHING.split())
def test_every_picture_is_distorted_in_its_own_way(words: str) -> None:
    original = np.full((100, 784), 255, np.uint8) if "cutout" in words else bar()
    pictures = distorted(words, original).reshape(100, -1)
    assert len(np.unique(pictures.round(2), axis=0)) > 90
    assert pictures.min() >= 0
    assert pictures.max() <= 255.01


@pytest.mark.parametrize("words", [EVERYTHING, *EVERYTHING.split()])
def test_the_same_seed_distorts_in_the_same_way_and_another_in_another(pixels: NDArray[np.uint8], words: str) -> None:
    once, again, other = (distorted(words, pixels, seed) for seed in (3, 3, 4))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_shift_moves_as_far_as_it_is_told_to_each_side() -> None:
    moved = centres(distorted("shift(3)", bar())) - 13.5
    assert np.abs(moved).max() <= 3.001
    assert (moved.max(axis=0) > 2).all()
    assert (moved.min(axis=0) < -2).all()


def test_rotate_turns_about_the_middle_by_as_much_as_it_is_told() -> None:
    pictures = distorted("rotate(30)", bar())
    np.testing.assert_allclose(centres(pictures), 13.5, atol=0.05)
    # the angle of the longest axis, from the second moments
    grid = np.arange(SIDE) - 13.5
    xx, yy = np.einsum("nij,j->n", pictures, grid**2), np.einsum("nij,i->n", pictures, grid**2)
    xy = np.einsum("nij,i,j->n", pictures, grid, grid)
    angles = np.degrees(0.5 * np.arctan2(2 * xy, yy - xx))
    assert 25 < angles.max() < 31
    assert -31 < angles.min() < -25


def test_shear_leans_upright_bars_and_leaves_lying_ones() -> None:
    lying = distorted("shear(0.5)", bar(upright=False))
    np.testing.assert_allclose(lying[:, :12].sum() + lying[:, 16:].sum(), 0, atol=1)
    upright = distorted("shear(0.5)", bar())
    ends = centres(upright * (np.arange(SIDE) < 9)[:, None])[:, 1] - 13.5
    assert ends.max() > 2
    assert ends.min() < -2


def test_scale_changes_width_and_height_by_themselves() -> None:
    lengths = (distorted("scale(0.3)", bar()).max(axis=2) > 127).sum(axis=1)
    widths = distorted("scale(0.3)", bar())[:, 13].sum(axis=1) / 255
    assert 11 <= lengths.min() < 14 < 18 < lengths.max() <= 22
    assert 1.4 < widths.min() < 1.7 < 2.3 < widths.max() < 2.8
    assert abs(np.corrcoef(lengths, widths)[0, 1]) < 0.4


def test_the_elastic_field_is_as_strong_and_as_smooth_as_simards() -> None:
    field = smooth_field(34, 4, np.random.default_rng(0))
    # uniform noise in ±α has a standard deviation of α/√3, a Gaussian filter leaves 1 / (2σ√π) of it
    assert field.std() == pytest.approx(34 / 3**0.5 / (8 * np.pi**0.5), rel=0.1)
    # and correlates places r apart by e^(-r² / 4σ²)
    here, there = field[:FIELD, :FIELD].ravel(), field[:FIELD, 8 : FIELD + 8].ravel()
    assert np.corrcoef(here, there)[0, 1] == pytest.approx(np.exp(-64 / 64), abs=0.1)
    assert np.array_equal(field[:SIDE], field[FIELD:])


def test_thickness_makes_strokes_thicker_and_thinner() -> None:
    ink = distorted("thickness(1)", bar()).sum((1, 2)) / bar()[0].sum()
    assert ink.max() > 1.8
    assert ink.min() < 0.3


def test_blur_keeps_the_ink_and_noise_keeps_to_its_strength(pixels: NDArray[np.uint8]) -> None:
    blurred = distorted("blur(1)", bar())
    np.testing.assert_allclose(blurred.sum((1, 2)), bar()[0].sum(), rtol=1e-3)
    assert (blurred.max((1, 2)) < 255).all()
    assert blurred.max((1, 2)).min() < 200
    grey = np.full((200, 784), 128, np.uint8)
    noise = distorted("noise(0.1)", grey).std((1, 2)) / 255
    assert 0.08 < noise.max() < 0.11
    assert noise.min() < 0.02


def test_cutout_leaves_a_square_blank() -> None:
    white = np.full((500, 784), 255, np.uint8)
    blank = (distorted("cutout(5)", white) == 0).reshape(500, SIDE, SIDE)
    assert blank.sum((1, 2)).max() == 25
    assert blank.any(axis=2).sum(axis=1).max() == 5
    assert blank.any((0,)).all()  # anywhere, edges and corners too


def test_ink_leaves_the_picture_on_one_side_and_does_not_come_back_on_the_other() -> None:
    edge = np.zeros((64, SIDE, SIDE), np.uint8)
    edge[:, :, -1] = 255
    pictures = distorted("shift(10) rotate(180) scale(1) shear(1)", edge.reshape(64, -1))
    corner = np.zeros((64, SIDE, SIDE), np.uint8)
    assert EDGE >= SIDE / 2
    assert np.isfinite(pictures).all()
    assert not distorted("shift(10) elastic(200,14)", corner.reshape(64, -1)).any()


def test_batches_are_distorted_anew_every_time_and_the_dataset_stays(few: Dataset) -> None:
    before = few.images.copy()
    augmentation = Augmentation(Distortions.parse(EVERYTHING), np.random.default_rng(0))
    batches = Batches(few, 50, augmentation=augmentation)
    rows = np.arange(50)
    first, second = batches.take(rows)[0].copy(), batches.take(rows)[0].copy()
    assert not np.array_equal(first, second)
    assert np.array_equal(few.images, before)
    assert 0.5 < first.max() <= 1.0001


def test_smoothed_targets_add_up_to_one(few: Dataset) -> None:
    _, y = Batches(few, 50, smoothing=0.1).take(np.arange(50))
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(y.max(axis=1), 0.91, rtol=1e-6)
    np.testing.assert_array_equal(y.argmax(axis=1), few.labels[:50])


@pytest.mark.parametrize(
    "words",
    [
        *("twist(1)", "shift", "shift()", "shift(1,2)", "elastic(34)", "shift(-1)", "shift(11)", "shift(1) shift(1)"),
        *("rotate(nan)", "rotate(1", "rotate(1e9)", "shift(1),rotate(2)", "cutout(.)", "Shift(1)"),
    ],
)
def test_other_words_are_refused_in_a_line_that_names_the_known_ones(words: str) -> None:
    with pytest.raises(RecipeError, match=r"expected distortions.*shift\(10\).*elastic\(200,14\)") as caught:
        Distortions.parse(words)
    assert "\n" not in str(caught.value)


def test_every_distortion_is_one_of_those_above() -> None:
    assert re.findall(r"[a-z]+", EVERYTHING) == [each.name for each in fields(Distortions)]
