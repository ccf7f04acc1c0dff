"""Running maxima are SciPy's filters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import ndimage

from numpen.reading.morphology import largest_around, largest_in_cells, smallest_around


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12))), st.integers(0, 7))
def test_the_largest_and_the_smallest_around_each_pixel(image: NDArray[np.uint8], reach: int) -> None:
    size = 2 * reach + 1
    assert np.array_equal(largest_around(image, reach), ndimage.maximum_filter(image, size, mode="nearest"))
    assert np.array_equal(smallest_around(image, reach), ndimage.minimum_filter(image, size, mode="nearest"))


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9))), st.integers(0, 5))
def test_several_images_are_as_each_by_itself(images: NDArray[np.uint8], reach: int) -> None:
    for around in (largest_around, smallest_around):
        assert np.array_equal(around(images, reach), [around(image, reach) for image in images])


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12))), st.integers(1, 7))
def test_the_largest_in_each_cell(image: NDArray[np.uint8], cell: int) -> None:
    rows, columns = (range(0, size, cell) for size in image.shape)
    want = [[image[top : top + cell, left : left + cell].max() for left in columns] for top in rows]
    assert np.array_equal(largest_in_cells(image, cell), want)
