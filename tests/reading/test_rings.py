"""What is drawn around a number is found, and numbers are read in it; a digit with a hole is no ring."""

import numpy as np
import pytest
from benchmarks.pages import enlarged
from benchmarks.presentations import in_a_ring
from PIL import Image, ImageDraw

from numpen.digits.dataset import Dataset
from numpen.reading.pieces import Pieces, pieces_of
from numpen.reading.reader import Reader
from numpen.reading.rings import around_others

READER = Reader()


def drawn(*ellipses: tuple[int, int, int, int], arc: tuple[int, int] = (0, 360)) -> Pieces:
    """Pieces of a picture with ellipses (left, top, right, bottom), the first of which may be open."""
    image = Image.new("1", (200, 200))
    draw = ImageDraw.Draw(image)
    draw.arc(ellipses[0], *arc, fill=1, width=4)
    for each in ellipses[1:]:
        draw.ellipse(each, outline=1, width=4)
    return pieces_of(np.asarray(image))


OUTER, INNER, SPECK = (10, 10, 190, 190), (70, 60, 120, 140), (90, 90, 110, 110)


@pytest.mark.parametrize(
    ("pieces", "rings"),
    [
        (drawn(OUTER), [False]),
        (drawn(OUTER, INNER), [True, False]),
        (drawn(OUTER, INNER, arc=(250, 570)), [True, False]),
        (drawn(OUTER, SPECK), [False, False]),
        (drawn(OUTER, (50, 110, 90, 150), arc=(90, 180)), [False, False]),
        (drawn((10, 10, 90, 190), (110, 60, 160, 140)), [False, False]),
        (drawn((4, 4, 196, 196), (30, 30, 170, 170), INNER), [True, True, False]),
        (pieces_of(np.zeros((5, 5), bool)), []),
    ],
)
def test_a_ring_is_what_has_something_inside(pieces: Pieces, rings: list[bool]) -> None:
    assert around_others(pieces).tolist() == rings


def test_ringed_digits_of_a_page_are_read(mnist: Dataset) -> None:
    rng = np.random.default_rng(1)
    page, rows = Image.new("L", (900, 400), 245), rng.integers(0, len(mnist), 8)
    draw = ImageDraw.Draw(page)
    for number, row in enumerate(rows):
        ink = enlarged(mnist.images[row], 60, rng)
        left, top = 60 + number % 4 * 210, 60 + number // 4 * 170
        place = left + (90 - ink.shape[1]) // 2, top + (90 - ink.shape[0]) // 2
        page.paste(40, place, Image.fromarray((ink * 255).astype(np.uint8)))
        draw.ellipse((left - 14, top - 14, left + 104, top + 104), outline=40, width=4)
    assert READER.read_page(page).text.replace("\n", "") == "".join(str(mnist.labels[row]) for row in rows)


def test_a_ringed_digit_alone_is_read(mnist: Dataset) -> None:
    rows = 5138, 10766, 14208, 2363, 37273, 9584
    readings = [READER.read(in_a_ring(mnist.images[row], np.random.default_rng(row))) for row in rows]
    assert [reading.digit for reading in readings] == mnist.labels[list(rows)].tolist()
