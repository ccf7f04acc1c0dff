"""The largest and the smallest value around each pixel (grey dilation and erosion), of squares, by running maxima."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Values = TypeVar("Values", np.uint8, np.float32)


def largest_around(image: NDArray[Values], reach: int) -> NDArray[Values]:
    """The largest value within `reach` pixels to all sides; beyond the border it goes on as on it."""
    return _extreme_around(np.maximum, image, reach)


def smallest_around(image: NDArray[Values], reach: int) -> NDArray[Values]:
    """The smallest value within `reach` pixels to all sides."""
    return _extreme_around(np.minimum, image, reach)


def _extreme_around(extreme: np.ufunc, image: NDArray[Values], reach: int) -> NDArray[Values]:
    """The extreme of windows of 2 reach + 1 pixels each way, from windows of 1, 2, 4, 8, ... pixels."""
    window = 2 * reach + 1
    for axis in (0, 1):
        size, span = image.shape[axis], 1
        longest = bordered(image, (reach, reach), axis).swapaxes(axis, 0)
        while 2 * span <= window:
            longest = extreme(longest[:-span], longest[span:])
            span *= 2
        rest = window - span
        image = extreme(longest[:size], longest[rest : rest + size]).swapaxes(axis, 0)
    return image


def bordered(image: NDArray[Values], more: tuple[int, int], axis: int) -> NDArray[Values]:
    """The image with so many pixels more before and behind it along an axis, as those on its border.

    `np.pad(..., mode="edge")` takes ten times as long for a small picture.
    """
    before, after = more
    shape, size = list(image.shape), image.shape[axis]
    shape[axis] = before + size + after
    wide = np.empty(shape, image.dtype)
    into, out_of = wide.swapaxes(axis, 0), image.swapaxes(axis, 0)
    into[:before], into[before : before + size], into[before + size :] = out_of[:1], out_of, out_of[-1:]
    return wide
