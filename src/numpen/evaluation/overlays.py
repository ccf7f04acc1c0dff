"""What lies over a picture: fog, spatters, lines. Layers (n, 28, 28), drawn for n pictures at once."""

from itertools import pairwise

import numpy as np
from numpy.random import Generator

from numpen.nn.arrays import Array

SIDE = 28
CLOUD = 256  # pixels of a whole cloud in each direction, of which a picture gets a corner
TOGETHER = 8  # clouds drawn at a time: what is worked on stays in a processor's second cache
REACH = 2.3  # pixels from a line in which its ink fades to nothing


def clouds(n: int, decay: float, rng: Generator) -> Array:
    """Plasma by the diamond-square algorithm: corners of n clouds whose lightest point is 0 and whose densest is 1.

    The cloud repeats at its edges. From one step to the next, half as wide, what is random becomes smaller
    by `decay`, and its amplitude by the square of that.
    """
    corners = np.empty((n, SIDE, SIDE), np.float32)
    for start in range(0, n, TOGETHER):
        part = corners[start : start + TOGETHER]
        cloud = _diamond_square(len(part), decay, rng)
        least, most = (extreme(cloud, axis=(1, 2), keepdims=True) for extreme in (np.min, np.max))
        part[...] = (cloud[:, :SIDE, :SIDE] - least) / (most - least)
    return corners


def _diamond_square(n: int, decay: float, rng: Generator) -> Array:
    """Clouds (n, 256, 256) of whatever range."""

    def fill(places: Array, total: Array) -> None:
        noise = rng.random(total.shape, np.float32)
        places[...] = total / 4 + (2 * noise - 1) * np.float32(amplitude**2)

    cloud = np.zeros((n, CLOUD, CLOUD), np.float32)
    step, amplitude = CLOUD, 100.0
    while step >= 2:
        half = step // 2
        corner, middle = cloud[:, ::step, ::step], cloud[:, half::step, half::step]
        pairs = corner + np.roll(corner, -1, 1)
        fill(middle, pairs + np.roll(pairs, -1, 2))
        # between two corners beside each other, with the middles above and below; and the other way round
        fill(cloud[:, ::step, half::step], middle + np.roll(middle, 1, 1) + corner + np.roll(corner, -1, 2))
        fill(cloud[:, half::step, ::step], middle + np.roll(middle, 1, 2) + corner + np.roll(corner, -1, 1))
        step, amplitude = half, amplitude / decay
    return cloud


def spatters(n: int, rng: Generator) -> Array:
    """How thick mud lies, 0 to 1: noise smoothed into blobs, and their edges smoothed again."""
    from scipy import ndimage

    noise = rng.normal(0.65, 0.3, (n, SIDE, SIDE)).astype(np.float32)
    wet = ndimage.gaussian_filter(noise, (0, 1, 1), mode="nearest") > 0.65
    thickness: Array = ndimage.gaussian_filter(wet.astype(np.float32), (0, 1.5, 1.5), mode="nearest")
    return np.where(thickness < 0.8, np.float32(0), thickness)


def strokes(start: tuple[Array, Array], end: tuple[Array, Array]) -> Array:
    """Straight lines from (column, row) to (column, row), n of each, whose ink is 1 + log(1 - distance / 2.3).

    The distance is measured up and down. A line fills whole columns, up to that in which it ends.
    """
    (c0, r0), (c1, r1) = ([np.asarray(each)[:, None, None] for each in point] for point in (start, end))
    row, column = np.mgrid[:SIDE, :SIDE]
    distance = np.abs(row - (r0 + (column - c0) * (r1 - r0) / (c1 - c0)))
    with np.errstate(divide="ignore"):
        ink = np.maximum(1 + np.log(1 - np.minimum(distance, REACH) / REACH), 0)
    return np.where((column >= np.floor(c0)) & (column < np.ceil(c1)), ink, 0)


def dotted_lines(n: int, rng: Generator) -> Array:
    """Lines from the left edge to the right, at random heights, two columns of every four left out."""
    left, right = rng.integers(0, 27, (2, n))
    ink = strokes((np.zeros(n), left), (np.full(n, 27.0), right))
    ink[:, :, np.arange(SIDE) // 2 % 2 == 0] = 0
    return ink


def zigzags(n: int, rng: Generator) -> Array:
    """Lines that go up and down by 2 pixels every 4, about an axis that rises or falls by at most 5."""
    first = rng.integers(0, 27, n)
    rise = rng.integers(-5, 5, n)
    angle = np.arctan(rise / 23)  # from column 2 to column 25
    length = 23 / np.cos(angle)  # 23 to 23.54
    along = [np.zeros(n), *(np.full(n, float(at)) for at in range(2, 23, 4)), length]
    beside = [np.zeros(n), *(np.full(n, side) for side in 3 * (2.0, -2.0)), -1 / (length - 20)]
    points = [
        (2 + np.cos(angle) * c - np.sin(angle) * r, first + np.sin(angle) * c + np.cos(angle) * r)
        for c, r in zip(along, beside, strict=True)
    ]
    ink = np.zeros((n, SIDE, SIDE))
    for start, end in pairwise(points):
        ink += strokes(start, end)
    return ink
