"""The largest and the smallest value around each pixel (grey dilation and erosion), of squares, by running maxima."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Values = TypeVar("Values", np.uint8, np.float32)


def largest_around(image: NDArray[Values], reach: int) -> NDArray[Values]:
    """The largest value within `reach` pixels to all sides; what lies beyond the border does not count.

    The image is (height, width), or several of them (N, height, width).
    """
    return _extreme_around(np.maximum, image, reach, 0 if image.dtype == np.uint8 else -np.inf)


def smallest_around(image: NDArray[Values], reach: int) -> NDArray[Values]:
    """The smallest value within `reach` pixels to all sides."""
    return _extreme_around(np.minimum, image, reach, 255 if image.dtype == np.uint8 else np.inf)


def largest_in_cells(image: NDArray[np.uint8], cell: int) -> NDArray[np.uint8]:
    """The largest value in each square of so many pixels a side; those at the right and at the foot may stick out."""
    height, width = image.shape
    tall, wide = -(-height // cell), -(-width // cell)
    whole = np.zeros((tall * cell, wide * cell), np.uint8)
    whole[:height, :width] = image
    rows = np.maximum.reduce(whole.reshape(tall, cell, wide * cell), axis=1)  # (tall, wide * cell)
    # on its side, (cell, tall * wide): NumPy is quick along the last axis, and a cell is too few
    side = np.ascontiguousarray(rows.reshape(tall * wide, cell).T)
    largest: NDArray[np.uint8] = np.maximum.reduce(side, axis=0).reshape(tall, wide)
    return largest


def _extreme_around(extreme: np.ufunc, image: NDArray[Values], reach: int, beyond: float) -> NDArray[Values]:
    """The extreme of windows of 2 reach + 1 pixels each way.

    All rows lie in one line, so far apart that no window sees two: each step is one call, whatever the axis.
    """
    height, width = image.shape[-2:]
    window, row = 2 * reach + 1, width + 2 * reach  # numbers from one row to the next
    rows = image.size // (height * width) * (height + 2 * reach)
    line = np.full(rows * row + 2 * reach * (row + 1), beyond, image.dtype)
    whole = line[: rows * row].reshape(-1, height + 2 * reach, row)
    whole[:, reach : reach + height, reach : reach + width] = image
    line = _running(extreme, _running(extreme, line, 1, window), row, window)
    found = line[: rows * row].reshape(-1, height + 2 * reach, row)[:, :height, :width]
    return np.ascontiguousarray(found).reshape(image.shape)


def _running(extreme: np.ufunc, line: NDArray[Values], step: int, window: int) -> NDArray[Values]:
    """The extreme of so many numbers, `step` apart, from each on; from windows of 1, 2, 4, 8, ... of them."""
    span = 1
    while 2 * span <= window:
        line = extreme(line[: -span * step], line[span * step :])
        span *= 2
    rest = window - span
    return extreme(line[: -rest * step], line[rest * step :]) if rest else line
