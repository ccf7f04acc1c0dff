"""However a digit is shown, it is found: each way in which `benchmarks.presentations` shows one."""

import numpy as np
import pytest
from benchmarks.presentations import WAYS

from numpen.digits.dataset import Dataset
from numpen.reading.reader import Reader

READER = Reader()
ROWS = 48690, 5138, 10766, 10881, 48076  # of MNIST's training digits: 4, 4, 2, 8, 3


@pytest.mark.parametrize("way", WAYS)
def test_a_digit_is_read_however_it_is_shown(way: str, mnist: Dataset) -> None:
    readings = [READER.read(WAYS[way](mnist.images[row], np.random.default_rng(row))) for row in ROWS]
    assert sum(reading.digit == mnist.labels[row] for reading, row in zip(readings, ROWS, strict=True)) >= 4


@pytest.mark.parametrize(
    ("way", "row"),
    [("a thick marker", 44270), ("a thick marker", 38912), ("dark corners", 14208), ("dark corners", 25987)],
)
def test_what_fills_the_picture_or_fades_towards_its_corners_is_read(way: str, row: int, mnist: Dataset) -> None:
    reading = READER.read(WAYS[way](mnist.images[row], np.random.default_rng(row)))
    assert reading.digit == mnist.labels[row]


@pytest.mark.parametrize(
    ("way", "rows"),
    [
        ("a pen that runs dry", (2586, 8355, 17052, 25837)),
        ("under a stamp", (1820, 2363, 5647, 14680)),
        ("in a shaded box", (4615, 28278, 38912, 58407)),
    ],
)
def test_where_a_reading_leaves_a_doubt_fainter_and_darker_ink_is_looked_at(
    way: str, rows: tuple[int, ...], mnist: Dataset
) -> None:
    readings = [READER.read(WAYS[way](mnist.images[row], np.random.default_rng(row))) for row in rows]
    assert [reading.digit for reading in readings] == mnist.labels[list(rows)].tolist()
