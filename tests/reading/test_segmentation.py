"""Digits are looked for in any ink, also in ink that is no writing."""

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.pictures.framing import Ink
from numpen.reading.segmentation import find_digits


def sure(inks: list[Ink]) -> NDArray[np.float64]:
    return np.ones(len(inks))


@pytest.mark.parametrize(
    "places",
    [
        [],
        [(slice(50, 56), slice(20, 880))],  # broader than any writing
        [(slice(50, 56), slice(20, 880)), (slice(80, 84), slice(20, 880))],
        [(slice(0, 100), slice(0, 900))],
        [(slice(row, row + 1), slice(row, row + 1)) for row in range(0, 100, 7)],
        [(slice(5, 95), slice(left, left + 3)) for left in range(0, 900, 6)],
    ],
)
def test_what_is_no_writing_is_looked_through_without_a_fault(places: list[tuple[slice, slice]]) -> None:
    ink = np.zeros((100, 900), np.float32)
    for place in places:
        ink[place] = 1
    rows, _ = find_digits(ink, 6.0, sure)
    assert all(row for row in rows)
