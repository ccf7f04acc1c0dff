"""Affine maps of whole batches: the same turn, shear, size or shift for every picture, as one matrix product.

Bilinear interpolation is linear in the ink: what a pixel becomes is a sum of the original's pixels, each by a
weight that the map alone decides. So a map of 28x28 places is a matrix of 784x784 weights, at most four in a
row. A sparse product adds them up in one order, so that the same map gives the same bytes on every machine.
"""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from numpen.nn.arrays import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SIDE = 28
MIDDLE = (SIDE - 1) / 2  # between the 14th and the 15th pixel


def turn(angle: float) -> NDArray[np.float64]:
    """The map of `warp` that turns a picture by so many radians, anticlockwise as one looks at it."""
    sine, cosine = math.sin(angle), math.cos(angle)
    return np.array([[cosine, sine], [-sine, cosine]])


def size(factor: float) -> NDArray[np.float64]:
    """The map of `warp` that makes a picture so many times as large."""
    return np.eye(2) / factor


def warp(pictures: Array, map_: NDArray[np.float64], shift: tuple[float, float] = (0, 0)) -> Array:
    """Pictures (N, 28, 28) whose pixel at (row, column) has the ink from middle + map_ (place - middle) - shift.

    The map (2, 2) leads back from the new picture to the old one, about its middle (13.5, 13.5); the shift is
    how many pixels down and to the right the ink then moves. Between four pixels ink is interpolated
    (bilinear); around the picture there is none.
    """
    pixels = pictures.reshape(-1, SIDE**2).T
    warped: Array = _weights(map_, shift).astype(pictures.dtype) @ pixels
    return warped.T.reshape(pictures.shape)


def _weights(map_: NDArray[np.float64], shift: tuple[float, float]) -> "csr_array":
    """How much of each old pixel (columns) goes into each new one (rows), (784, 784)."""
    from scipy.sparse import csr_array

    places = np.mgrid[:SIDE, :SIDE].reshape(2, -1)  # (2, 784)
    # what is a whole number but for rounding shall be one: its neighbour has no part in it
    sources = (map_ @ (places - MIDDLE) + MIDDLE - np.reshape(shift, (2, 1))).round(9)
    first = np.floor(sources).astype(int)
    rest = sources - first
    total = csr_array((SIDE**2, SIDE**2))
    for down in (0, 1):
        for right in (0, 1):
            row, column = first[0] + down, first[1] + right
            share = np.abs(1 - down - rest[0]) * np.abs(1 - right - rest[1])
            inside = (row >= 0) & (row < SIDE) & (column >= 0) & (column < SIDE)
            where = np.flatnonzero(inside), (row * SIDE + column)[inside]
            total = total + csr_array((share[inside], where), total.shape)
    return total
