"""The largest and the smallest value around each pixel (grey dilation and erosion), of squares, by running maxima."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Values = TypeVar("Values", np.uint8, np.float32)


def largest_around(image: NDArray[Values], reach: int) -> NDArray[Values]:
    """The largest value within `reach` pixels to all sides; beyond the border it goes on as on it."""
    for axis in (0, 1):
        image = _running_maximum(image, reach, axis)
    return image


def smallest_around(image: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    """The smallest value within `reach` pixels to all sides."""
    return 255 - largest_around(255 - image, reach)


def _running_maximum(image: NDArray[Values], reach: int, axis: int) -> NDArray[Values]:
    """The maximum of windows of 2 reach + 1 pixels, from windows of 1, 2, 4, 8, ... pixels."""
    size, window, span = image.shape[axis], 2 * reach + 1, 1
    edges = [(reach, reach) if each == axis else (0, 0) for each in (0, 1)]
    longest = np.moveaxis(np.pad(image, edges, mode="edge"), axis, 0)
    while 2 * span <= window:
        longest = np.maximum(longest[:-span], longest[span:])
        span *= 2
    rest = window - span
    return np.moveaxis(np.maximum(longest[:size], longest[rest : rest + size]), 0, axis)
