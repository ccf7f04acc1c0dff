"""A page on its side is turned; what stands there stays where it was on the picture that came."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.pages import string
from PIL import Image

import numpen
from numpen.reading import orientation
from numpen.reading.answers import Digit, Line, Page

PAGES = Path(__file__).parents[1] / "pictures" / "number"


def page_of(*looks: float) -> Page:
    """A page of a line of digits that look so much like some."""
    probabilities = np.eye(10, dtype=np.float32)[7]
    frame = np.zeros((28, 28), np.uint8)
    return Page((Line(tuple(Digit(7, probabilities, each, (0, 0, 10, 20), frame) for each in looks)),))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_is_read_whichever_way_it_lies_and_boxes_are_those_of_the_picture(quarters: int) -> None:
    with Image.open(PAGES / "hypjudy_5.png") as image:
        picture = np.asarray(image.convert("RGB"))
    reader = numpen.Reader()
    want, lying = reader.read_page(picture), np.rot90(picture, -quarters)
    got = reader.read_page(lying)
    assert got.text == want.text
    # lines that fall by 90 degrees on a page that has been turned right by a quarter, and so on around
    assert abs((got.tilt - want.tilt - 90 * quarters + 180) % 360 - 180) < 1e-9
    for before, now in zip(want.lines, got.lines, strict=True):
        for one, other in zip(before.digits, now.digits, strict=True):
            left, top, width, height = one.box
            marked = np.zeros(picture.shape[:2], bool)
            marked[top : top + height, left : left + width] = True
            rows, columns = np.nonzero(np.rot90(marked, -quarters))
            box = columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1
            assert np.array_equal(other.box, box)


@pytest.mark.parametrize("seed", range(4))
def test_a_page_that_lies_as_it_should_is_left_alone(seed: int) -> None:
    written = string(numpen.load_mnist("train"), 7, np.random.default_rng([seed, 98]))
    assert abs(numpen.Reader().read_page(written.picture).tilt) < 20


def test_only_what_reads_badly_is_doubtful() -> None:
    assert not orientation.is_doubtful(Page(()))
    assert not orientation.is_doubtful(page_of(0.9, 0.9, 0.85))
    assert orientation.is_doubtful(page_of(0.9, 0.9, 0.4))


def test_a_side_is_taken_only_if_it_reads_well() -> None:
    came = page_of(0.9, 0.9, 0.4)
    good, fair, short = page_of(1.0, 0.9, 0.95), page_of(0.9, 0.9, 0.85), page_of(1.0, 1.0)
    assert orientation.better(came, [fair, good, Page(())]) is good
    assert orientation.better(came, [fair, fair, Page(())]) is came
    assert orientation.better(came, [fair, short, Page(())]) is came  # two strokes may look like 1s from any side
    assert orientation.better(came, [short, good, Page(())]) is good
    more = page_of(1.0, 1.0, 1.0, 1.0, 0.1, 0.1)
    assert orientation.is_doubtful(more) and orientation.better(more, [good, Page(()), Page(())]) is more
