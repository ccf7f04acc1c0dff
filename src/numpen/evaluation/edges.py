"""Edges of pictures: Canny's detector (IEEE PAMI 8, 1986) for a whole batch."""

import numpy as np
from numpy.typing import NDArray

from numpen.nn.arrays import Array

SIGMA, LOW, HIGH = 1.0, 0.1, 0.2  # smoothing in pixels; thresholds of the slope where ink is 1


def canny(pictures: Array) -> NDArray[np.bool_]:
    """Where the edges of pictures (N, 28, 28), of ink 0 to 1, run: lines one pixel wide.

    Smooth by a Gaussian; take the slope by Sobel's operators; keep the pixels whose slope is not less than
    on either side of the edge; of the lines that these make, keep those that are steep somewhere. The
    outermost pixels are never edges. Settings and details are those of `skimage.feature.canny`.
    """
    from scipy import ndimage

    around = {"mode": "constant", "axes": (1, 2)}
    # the share of the Gaussian that lies on the picture, so that its edge is none
    share = ndimage.gaussian_filter(np.ones((1, *pictures.shape[1:])), SIGMA, **around)
    smooth = ndimage.gaussian_filter(pictures.astype(np.float64), SIGMA, **around) / share
    down, right = _slopes(smooth, 1, 2), _slopes(smooth, 2, 1)
    slope = np.hypot(down, right)
    faint = _ridges(down, right, slope)
    # 8-connected lines within each picture
    within = np.zeros((3, 3, 3), bool)
    within[1] = True
    lines, count = ndimage.label(faint, within)
    is_steep = np.zeros(count + 1, bool)
    is_steep[lines[faint & (slope >= HIGH)]] = True
    kept: NDArray[np.bool_] = is_steep[lines]
    return kept


def _slopes(pictures: Array, axis: int, across: int) -> Array:
    """Sobel's operator along one axis; `ndimage.sobel` would smooth from picture to picture, too."""
    from scipy import ndimage

    differences = ndimage.correlate1d(pictures, [-1, 0, 1], axis)
    slopes: Array = ndimage.correlate1d(differences, [1, 2, 1], across)
    return slopes


def _ridges(down: Array, right: Array, slope: Array) -> NDArray[np.bool_]:
    """The pixels whose slope is at least LOW, and at least that of the places one step up and down the slope.

    Such a place lies between two of the eight neighbours, one of them a diagonal one: their slopes are
    interpolated.
    """
    ridges = np.zeros(slope.shape, bool)
    ridges[:, 1:-1, 1:-1] = slope[:, 1:-1, 1:-1] >= LOW
    n, row, column = np.nonzero(ridges)
    gy, gx, here = down[n, row, column], right[n, row, column], slope[n, row, column]
    y, x = np.where(gy > 0, 1, -1), np.where(gx > 0, 1, -1)
    upright = np.abs(gy) > np.abs(gx)
    share = np.minimum(np.abs(gy), np.abs(gx)) / np.maximum(np.abs(gy), np.abs(gx))  # of the diagonal neighbour
    straight_y, straight_x = np.where(upright, y, 0), np.where(upright, 0, x)
    for way in (1, -1):
        diagonal = slope[n, row + way * y, column + way * x]
        straight = slope[n, row + way * straight_y, column + way * straight_x]
        ridges[n, row, column] &= diagonal * share + straight * (1 - share) <= here
    return ridges
