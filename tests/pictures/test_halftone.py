"""Dots that stand for grey become grey; what has none stays as it is."""

import numpy as np
import pytest
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.pictures.decode import decode_at_most
from numpen.pictures.halftone import merged


def digit(mnist: Dataset, row: int) -> Image.Image:
    return Image.fromarray(255 - mnist.images[row]).resize((200, 200), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
@pytest.mark.parametrize("inverted", [False, True])
def test_dots_merge_to_the_grey_that_they_stand_for(mode: str, inverted: bool, mnist: Dataset) -> None:
    grey = np.asarray(digit(mnist, 0)) * 0.8 + 10
    wanted = 255 - grey if inverted else grey
    dots = Image.fromarray(wanted.astype(np.uint8)).convert("1").convert(mode)
    got = np.asarray(merged(dots), float)
    away = np.abs(got - wanted)
    assert np.median(away) < 12 and np.mean(away) < 16
    shown = decode_at_most(dots, 400)[0]
    assert np.array_equal(shown[..., 0], got)


def test_writing_in_black_and_white_stays_as_it_is(mnist: Dataset) -> None:
    for row in range(20):
        plain = digit(mnist, row).point(lambda grey: 255 * (grey > 128))
        assert merged(plain) is plain
    blank = Image.new("1", (50, 50), 1)
    assert merged(blank) is blank
