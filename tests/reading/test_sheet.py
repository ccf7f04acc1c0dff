"""A sheet that lies on something is told from what it lies on, and from a digit that is as light as one."""

import numpy as np
import pytest

from numpen.digits.mnist import load_mnist
from numpen.reading.reader import Reader
from numpen.reading.sheet import alone
from tests.reading.shapes import on_paper, ring


def note(paper: int = 230, table: int = 60) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """A sheet with a ring on it, tilted, on a table (300, 300, 1)."""
    rows, columns = np.indices((300, 300)) - 150
    x, y = columns * 0.99 + rows * 0.14, rows * 0.99 - columns * 0.14
    picture = np.where((np.abs(x) < 100) & (np.abs(y) < 110), paper, table).astype(np.uint8)
    picture[100:200, 100:200][ring(100, 10) > 0] = table
    return picture[..., None]


@pytest.mark.parametrize(("paper", "table"), [(230, 60), (30, 220)])
def test_a_sheet_goes_on_over_what_it_lies_on(paper: int, table: int) -> None:
    picture = note(paper, table)
    found = alone(picture)
    assert np.array_equal(found[60:240, 75:225], picture[60:240, 75:225])  # what is on it stays
    around = np.ones((300, 300), bool)
    around[60:240, 75:225] = False
    assert np.abs(found[around].astype(int) - paper).max() < 30  # of table and edges nothing is left


def test_what_is_no_sheet_stays_as_it_is() -> None:
    thick = on_paper(np.pad(ring(200, 58), 20), 20, 240)  # a digit light on dark, with a small hole
    page = on_paper(np.pad(ring(100, 8), 60))
    empty = note()
    empty[100:200, 100:200] = 230
    corner = np.roll(note(), 120, axis=1)  # a sheet that leaves the picture
    for picture in (thick, page, empty, corner, np.full((50, 80, 3), 200, np.uint8)):
        assert alone(picture) is picture


def test_mnist_s_digits_are_no_sheets() -> None:
    for image in load_mnist("train").images[:500]:
        assert alone(image[..., None]).tobytes() == image.tobytes()


def test_a_page_on_a_table_has_no_ones_along_its_edges() -> None:
    picture = np.kron(note()[..., 0], np.ones((2, 2), np.uint8))
    assert Reader().read_page(picture).text == "0"
