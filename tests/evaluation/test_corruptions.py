"""Each corruption does what its formula says, to every picture apart, and again for the same seed."""

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.evaluation.corruptions import CORRUPTIONS, TOGETHER, Images, corrupt

FIXED = {"scale", "brightness", "stripe", "canny_edges"}  # nothing random about them
ROWS, COLUMNS = np.mgrid[:28, :28] - 13.5


@pytest.fixture
def images(few: Dataset) -> Images:
    chosen = few.images[:200].copy()
    chosen.flags.writeable = False  # a corruption that writes into its input fails
    return chosen


def bars(n: int = 50, length: int = 16) -> Images:
    """The same upright bar through the middle, 2 pixels wide."""
    pictures = np.zeros((n, 28, 28), np.uint8)
    pictures[:, 14 - length // 2 : 14 + length // 2, 13:15] = 255
    return pictures


def moments(images: Images) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Second moments about the middle, by down-down, right-right and down-right, (N,) each."""
    ink = images / images.sum(axis=(1, 2), keepdims=True)
    down, right, both = ((ink * by).sum((1, 2)) for by in (ROWS * ROWS, COLUMNS * COLUMNS, ROWS * COLUMNS))
    return down, right, both


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_picture_changes_and_remains_a_picture(name: str, images: Images) -> None:
    before = images.copy()
    out = corrupt(images, name)
    assert out.shape == images.shape and out.dtype == np.uint8
    assert (out != images).any(axis=(1, 2)).all()
    assert np.array_equal(images, before) and not np.shares_memory(out, images)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_seed_does_it_again_and_another_in_another_way(name: str, images: Images) -> None:
    once, again, other = (corrupt(images, name, seed) for seed in (3, 3, 4))
    assert np.array_equal(once, again)
    assert np.array_equal(once, other) == (name in FIXED)


@pytest.mark.parametrize("name", sorted(CORRUPTIONS.keys() - FIXED))
def test_equal_pictures_are_corrupted_each_in_its_own_way(name: str, images: Images) -> None:
    ways = {"shear": 2, "rotate": 2, "translate": 4}.get(name, 30)
    assert len(np.unique(corrupt(np.tile(images[:1], (50, 1, 1)), name), axis=0)) >= ways


@pytest.mark.parametrize("name", sorted(FIXED))
def test_a_picture_has_nothing_of_its_neighbours(name: str, images: Images) -> None:
    together = corrupt(images, name)
    assert np.array_equal(together[::20], np.concatenate([corrupt(images[i : i + 1], name) for i in range(0, 200, 20)]))


def test_more_pictures_than_are_worked_on_at_a_time() -> None:
    assert (corrupt(np.zeros((TOGETHER + 3, 28, 28), np.uint8), "brightness") == 128).all()
    assert corrupt(np.zeros((0, 28, 28), np.uint8), "fog").shape == (0, 28, 28)


def test_others_are_refused(images: Images) -> None:
    with pytest.raises(DataError, match=r"expected a corruption \(shot_noise, .*\), got snow"):
        corrupt(images, "snow")
    with pytest.raises(DataError, match=r"expected images \(N, 28, 28\) of uint8, got \(28, 28\) of uint8"):
        corrupt(images[0], "fog")
    with pytest.raises(DataError, match="of float32"):
        corrupt(images.astype(np.float32), "fog")


def test_shot_noise_counts_quanta_where_there_is_ink(images: Images) -> None:
    noisy = corrupt(images, "shot_noise")
    assert set(np.unique(noisy)) == {0, 85, 170, 255}
    assert not noisy[images == 0].any()
    grey = corrupt(np.full((200, 28, 28), 51, np.uint8), "shot_noise")  # Poisson(0.6)
    assert (grey == 0).mean() == pytest.approx(np.exp(-0.6), abs=0.01)
    assert (grey == 85).mean() == pytest.approx(0.6 * np.exp(-0.6), abs=0.01)


def test_impulse_noise_blackens_and_whitens_alike() -> None:
    noisy = corrupt(np.full((200, 28, 28), 100, np.uint8), "impulse_noise")
    assert (noisy == 0).mean() == pytest.approx(0.085, abs=0.005)
    assert (noisy == 255).mean() == pytest.approx(0.085, abs=0.005)
    assert set(np.unique(noisy)) == {0, 100, 255}


def test_glass_blur_swaps_as_a_loop_would(images: Images) -> None:
    from scipy import ndimage

    def smooth(ink: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(ndimage.gaussian_filter(ink, (0.7, 0), mode="nearest"))

    rng = np.random.default_rng((0, list(CORRUPTIONS).index("glass_blur")))
    x = (smooth(images[0] / 255) * 255 + 1e-6).astype(np.uint8)
    for _ in range(2):
        for h in range(27, 1, -1):
            swaps, up, left = rng.integers(0, 2, (3, 28, 1))[..., 0]
            for w in range(27, 1, -1):
                if swaps[w]:
                    to = h - up[w], w - left[w]
                    x[h, w], x[to] = x[to], x[h, w]
    expected = np.clip(smooth(x / 255), 0, 1) * 255
    np.testing.assert_allclose(corrupt(images[:1], "glass_blur")[0], expected, atol=1.51)


def test_motion_blur_smears_a_dot_along_one_way() -> None:
    dots = np.zeros((50, 28, 28), np.uint8)
    dots[:, 14, 20] = 255
    blurred = corrupt(dots, "motion_blur")
    kernel = np.exp(-(np.arange(21) ** 2) / 18)
    assert (blurred[:, 14, 20] == round(255 * kernel[0] / kernel.sum())).all()
    assert not blurred[:, :, 21:].any()
    np.testing.assert_allclose(blurred.sum((1, 2), dtype=int), 255, atol=6)
    at = (blurred * np.arange(28)[:, None]).sum((1, 2)) / blurred.sum((1, 2))
    assert at.min() < 13 and at.max() > 15


def test_shear_moves_rows_by_the_sine_of_its_angle() -> None:
    slanted = corrupt(bars(), "shear")
    down, _, both = moments(slanted)
    slant = both / down  # columns to the right for each row down
    assert set(np.sign(slant)) == {-1, 1}
    np.testing.assert_allclose(np.abs(slant), np.tan(np.arcsin(0.3894)) * np.cos(0.4), atol=0.02)


def test_scale_leaves_seven_tenths_about_the_middle() -> None:
    before, after = moments(bars(1)), moments(corrupt(bars(1), "scale"))
    assert np.sqrt(after[0] / before[0])[0] == pytest.approx(0.7, abs=0.02)
    np.testing.assert_array_equal(corrupt(bars(1), "scale"), corrupt(bars(1), "scale")[:, ::-1, ::-1])


def test_rotate_turns_by_four_tenths_of_a_radian_about_the_middle() -> None:
    turned = corrupt(bars(), "rotate")
    down, right, both = moments(turned)
    angles = 0.5 * np.arctan2(2 * both, down - right)
    assert set(np.sign(angles)) == {-1, 1}
    np.testing.assert_allclose(np.abs(angles), 0.4, atol=0.01)
    np.testing.assert_allclose(turned, turned[:, ::-1, ::-1], atol=1)


def test_brightness_adds_half_of_full_ink(images: Images) -> None:
    expected = np.minimum(images + 127.5, 255)
    np.testing.assert_allclose(corrupt(images, "brightness"), expected, atol=0.51)


def test_translate_moves_by_three_pixels_both_ways(images: Images) -> None:
    images = images[:, 4:24, 4:24]  # what has a border of 4 pixels is lost nowhere
    images = np.pad(images, ((0, 0), (4, 4), (4, 4)))
    ways = [np.roll(images, (down, right), (1, 2)) for down in (3, -3) for right in (3, -3)]
    same = [(corrupt(images, "translate") == way).all(axis=(1, 2)) for way in ways]
    assert (np.sum(same, axis=0) == 1).all()
    assert np.min([way.mean() for way in same]) > 0.15


def test_stripe_exchanges_black_and_white_at_the_sides(images: Images) -> None:
    striped = corrupt(images, "stripe")
    assert np.array_equal(striped[:, :, 7:21], images[:, :, 7:21])
    assert np.array_equal(striped[:, :, [0, 6, 21, 27]], 255 - images[:, :, [0, 6, 21, 27]])


def test_fog_pales_the_ink_and_keeps_its_range(images: Images) -> None:
    fogged = corrupt(images, "fog").astype(int)
    assert (fogged.max((1, 2)) <= images.max((1, 2))).all()
    assert (fogged.mean((1, 2)) > images.mean((1, 2))).mean() > 0.95
    contrast = [np.std(picture) for picture in (images, fogged - fogged.min((1, 2), keepdims=True))]
    assert contrast[1] < contrast[0]
    assert not corrupt(np.zeros((3, 28, 28), np.uint8), "fog").any()


def test_spatter_is_dark_mud_in_blobs() -> None:
    on_black = corrupt(np.zeros((50, 28, 28), np.uint8), "spatter")
    on_white = corrupt(np.full((50, 28, 28), 255, np.uint8), "spatter")
    muddy: NDArray[np.bool_] = on_black > 0
    assert on_black.max() == 63 and on_black[muddy].min() >= 50  # mud is at least 0.8 thick, or not at all
    assert 0.05 < muddy.mean() < 0.5
    assert np.array_equal(on_white < 255, muddy) and on_white.min() == 63


def test_dotted_lines_go_straight_from_edge_to_edge() -> None:
    lines = corrupt(np.zeros((50, 28, 28), np.uint8), "dotted_line")
    inked = np.asarray(lines.any(axis=1))  # (50, 28)
    assert not inked[:, np.arange(28) // 2 % 2 == 0].any() and not inked[:, 27].any()
    assert inked[:, [2, 3, 22, 23, 26]].all()
    level = np.argmax(lines, axis=1)[:, [2, 14, 26]].astype(int)  # the row of the most ink
    assert np.abs(level[:, 0] + level[:, 2] - 2 * level[:, 1]).max() <= 2


def test_zigzags_go_up_and_down_between_the_sides() -> None:
    lines = corrupt(np.zeros((300, 28, 28), np.uint8), "zigzag")
    assert not lines[:, :, :2].any() and not lines[:, :, 27:].any()
    inside = lines[lines[:, [0, 27]].sum((1, 2)) == 0]  # those that leave the picture nowhere
    assert len(inside) > 100
    rows = np.argmax(inside[:, :, 2:25], axis=1).astype(int)
    level = rows - np.linspace(rows[:, 0], rows[:, -1], 23, axis=1)
    assert (np.ptp(level, axis=1) >= 3).all()
    turns = np.sign(np.diff(level[:, [2, 6, 10, 14, 18]], axis=1))  # low, high, low, high, low
    assert (turns == [-1, 1, -1, 1]).mean() > 0.95


def test_impossible_seeds_are_impossible(images: Images) -> None:
    with pytest.raises(ValueError):
        corrupt(images, "fog", -1)
