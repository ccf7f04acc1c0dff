"""Ink is told from paper whatever the light, the paper and the pen."""

import numpy as np
import pytest
from benchmarks.pages import string
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.reading import light
from numpen.reading.cleaning import clean
from numpen.reading.light import lift_ink
from numpen.reading.polarity import dark_on_light
from tests.reading.shapes import Colour, in_colours, on_paper, ring


@pytest.mark.parametrize("thickness", [4, 12, 24])
def test_ink_is_what_there_is_less_of_where_something_is_drawn(thickness: int) -> None:
    picture = on_paper(ring(200, thickness))
    for each in (picture, picture[20:180, 20:180]):  # the second touches the border, as in a tight crop
        assert np.array_equal(dark_on_light(each), each)
        assert np.array_equal(dark_on_light(255 - each), each)


def test_a_shadow_over_most_of_the_picture_does_not_turn_it() -> None:
    picture = on_paper(ring(200, 6)).astype(float)
    picture[:, 60:] *= 0.4
    assert np.array_equal(dark_on_light(picture.astype(np.uint8)), picture.astype(np.uint8))


def test_uneven_light_and_shadows_are_no_ink() -> None:
    ink = ring(200, 8)
    light = np.linspace(0.4, 1, 200)[None, :, None] * np.where(np.arange(200) < 70, 0.6, 1.0)[:, None, None]
    found = lift_ink((on_paper(ink) * light).astype(np.uint8))
    assert found[ink > 0].min() > 0.5 and np.quantile(found[ink == 0], 0.9) < 0.12  # at the hard edge something stays


@pytest.mark.parametrize("pen", [(30, 40, 160), (170, 30, 30), (20, 20, 20)])
@pytest.mark.parametrize("paper", [(250, 250, 250), (240, 220, 130)])
def test_a_pen_of_any_colour_on_paper_of_any_colour_counts(pen: Colour, paper: Colour) -> None:
    ink = ring(200, 10)
    found = lift_ink(dark_on_light(in_colours(ink, paper, pen)))
    assert found[ink > 0].mean() > 0.35 and found[ink == 0].max() < 0.02


@pytest.mark.parametrize(
    ("paper", "pen"), [((40, 60, 200), (220, 40, 40)), ((200, 60, 60), (60, 190, 60)), ((200, 60, 60), (60, 200, 60))]
)
def test_a_pen_with_more_of_one_colour_and_less_of_another_than_its_paper_counts(paper: Colour, pen: Colour) -> None:
    ink = ring(200, 20)
    found = lift_ink(dark_on_light(in_colours(ink, paper, pen)))
    assert found[ink > 0].min() > 0.4 and found[ink == 0].max() < 0.02


def test_a_box_around_a_thick_pen_is_not_taken_for_its_strokes() -> None:
    ink = np.pad(ring(220, 22), 50)
    picture = on_paper(ink)
    picture[[20, 21, 22, -21, -22, -23], 20:-20] = picture[20:-20, [20, 21, 22, -21, -22, -23]] = 90
    assert lift_ink(picture)[ink > 0].min() > 0.5


def test_rulings_of_another_colour_count_less_than_the_pen() -> None:
    picture = np.full((200, 200, 3), 245, np.uint8)
    picture[20::40] = (150, 190, 245)  # light blue
    picture[ring(200, 10) > 0] = (150, 20, 30)  # red
    found = lift_ink(picture)
    assert found[20, 5] < 0.5 * found[ring(200, 10) > 0].mean()


def test_a_shadow_darker_than_the_pen_does_not_turn_a_strip_of_writing() -> None:
    ink = np.concatenate([np.pad(ring(60, 5), 20) for _ in range(8)], axis=1)
    y, x = np.indices(ink.shape)
    light = np.where(y > 40 + 0.06 * x, 1.0, 0.35)
    picture = (on_paper(ink) * light[..., None]).astype(np.uint8)
    assert np.array_equal(dark_on_light(picture), picture)
    assert np.array_equal(dark_on_light(255 - picture), picture)


def test_rulings_do_not_hide_a_pen_that_is_thicker() -> None:
    ink = np.pad(ring(120, 12), 90)
    picture = on_paper(ink)
    picture[10::50] = np.minimum(picture[10::50], 110)
    picture[:, 10::50] = np.minimum(picture[:, 10::50], 110)
    assert lift_ink(picture)[ink > 0].min() > 0.5


def test_a_thick_pen_in_a_tight_crop_does_not_turn_it() -> None:
    rows, columns = np.indices((100, 100)) - 49.5
    eight = (np.abs(np.hypot(rows + 22, columns) - 22) < 11) | (np.abs(np.hypot(rows - 22, columns) - 22) < 11)
    picture = on_paper(np.pad(eight[:, 11:89], 14).astype(np.float32))  # its holes are narrower than its strokes
    assert np.array_equal(dark_on_light(picture), picture)
    assert np.array_equal(dark_on_light(255 - picture), picture)


@pytest.mark.parametrize("seed", [13, 246])
def test_a_shadow_broader_than_any_stroke_is_no_pen(seed: int) -> None:
    rng = np.random.default_rng([seed, 4242, 0])
    digits = load_mnist("train").split(10_000, "writers", 0)[1]
    written = string(digits, int(rng.integers(1, 13)), rng)
    assert len(clean(lift_ink(written.picture)).pieces) >= len(written.text)


@pytest.mark.parametrize("seed", [101, 133])  # a blot with gaps in a hard shadow; a faint pen in uneven light
def test_neither_gaps_in_a_blot_nor_grain_turn_a_picture(seed: int) -> None:
    written = string(load_mnist("train"), 2, np.random.default_rng([seed, True, 77]), touching=True).picture
    scale = 800 / max(written.shape)  # as a page that is as small is enlarged
    size = round(written.shape[1] * scale), round(written.shape[0] * scale)
    large = np.asarray(Image.fromarray(written).resize(size, Image.Resampling.BICUBIC))
    assert np.array_equal(dark_on_light(large), large)
    assert np.array_equal(dark_on_light(255 - large), large)


@pytest.mark.parametrize("seed", [17, 71, 139])
def test_a_shadow_across_coloured_paper_is_not_taken_for_a_broad_pen(seed: int) -> None:
    rng = np.random.default_rng([9000 + seed, False])
    picture = string(load_mnist("train"), int(rng.integers(1, 13)), rng).picture
    ink = lift_ink(dark_on_light(picture))
    assert np.mean(ink > 0.3) < 0.08  # digits and no shadow
    assert np.mean(ink > 0.3) > 0.01


@pytest.mark.parametrize("side", [112, 200])
def test_evenly_lit_paper_is_told_quickly_and_as_any_other_is(side: int, mnist: Dataset) -> None:
    quick = 0
    for row in range(40):
        grey = np.asarray(Image.fromarray(255 - mnist.images[row]).resize((side, side), Image.Resampling.BICUBIC))
        red = in_colours((1 - grey / 255).astype(np.float32), (255, 250, 245), (160, 20, 20))
        for colours in (grey[..., None], red):
            channels = list(np.moveaxis(colours, 2, 0))
            if even := light._missing_even_light(channels):
                quick += 1
                assert np.array_equal(even, light._missing_uneven_light(colours, channels))
    assert quick > 70


def test_what_stands_in_a_shaded_box_is_ink_and_the_box_is_none(mnist: Dataset) -> None:
    digit = np.asarray(Image.fromarray(mnist.images[0]).resize((40, 40)), float) / 255
    page = np.full((200, 200), 255.0)
    page[80:120, 80:120] = 200 * (1 - 0.9 * digit)
    ink = lift_ink(page.astype(np.uint8)[..., None])[84:116, 84:116]
    assert ink[digit[4:36, 4:36] == 0].mean() < 0.1 and ink[digit[4:36, 4:36] == 1].mean() > 0.7
