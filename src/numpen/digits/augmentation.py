"""Augmentation: the pictures of a batch, each distorted in its own way, as other hands might have written them.

A pixel's ink comes from a place between four pixels of the original (bilinear interpolation). The places
are the pixels' own, moved by an affine map and by a smooth random field (elastic distortion: Simard,
Steinkraus & Platt 2003, section 2). Each picture gets another window of one large field, which repeats at
its edges: to draw and smooth a field for each would take longer than to learn from the picture.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from numpen.digits.distortions import Distortions
from numpen.nn.arrays import Array, zeros

SIDE, EDGE = 28, 14  # pixels of a picture, and of the blank border around it that a place may lie in
WIDE, PIXELS = SIDE + 2 * EDGE, SIDE**2
FIELD = 512  # pixels of the large field, in each direction
TOGETHER = 64  # pictures worked on at a time: with few, NumPy's calls are so short that threads wait for each other


class Augmentation:
    """Distorts pictures; owns its buffers and its random numbers, so each thread needs one of its own."""

    def __init__(self, distortions: Distortions, rng: Generator) -> None:
        """Draw the large field and make the buffers."""
        self.rng, self.distortions = rng, distortions
        alpha, sigma = distortions.elastic
        self.field = smooth_field(alpha, sigma, rng).ravel() if alpha else None  # ((FIELD + SIDE)²,)
        rows, columns = np.mgrid[:SIDE, :SIDE].reshape(2, -1)  # (784,), (784,)
        self.window = rows * (FIELD + SIDE) + columns  # (784,), where in the field its first window lies
        middle = (SIDE - 1) / 2
        self.grid = np.stack([rows - middle, columns - middle, np.ones(PIXELS)]).astype(np.float32)  # (3, 784)
        self.wide = zeros((TOGETHER, WIDE, WIDE), np.float32)  # the originals, each with its border
        self.first = np.arange(TOGETHER)[:, None] * WIDE**2  # (n, 1), where in `wide` a picture begins
        self.places = np.empty(2 * TOGETHER * PIXELS, np.intp)  # (2n784,)
        self.scratch = zeros((3, 2 * TOGETHER * PIXELS), np.float32)  # (3, 2n784)

    def distort(self, pixels: NDArray[np.uint8], out: Array) -> None:
        """Write the pictures pixels (B, 784), 0 to 255, distorted over out (B, 784), float32, 0 to 255."""
        for start in range(0, len(pixels), TOGETHER):
            some = slice(start, start + TOGETHER)
            handful = pixels[some]
            self.warp(handful, affine(self.distortions, self.rng, len(handful)), out[some])
            self._strokes(out[some].reshape(-1, SIDE, SIDE))
            self._spoil(out[some])

    def warp(self, pixels: NDArray[np.uint8], maps: Array, out: Array) -> None:
        """Write n pictures, TOGETHER at most, over out (n, 784), by affine maps (2, n, 3) and the elastic field.

        Both axes go through every call together: the fewer calls, the less often two threads wait for each other.
        """
        n = len(pixels)
        place, ink, right = self.scratch[:, : 2 * n * PIXELS].reshape(3, 2, n, PIXELS)
        places = self.places[: 2 * n * PIXELS].reshape(2, n, PIXELS)
        np.matmul(maps, self.grid, out=place)
        self._find(place, ink, places)
        self.wide[:n, EDGE:-EDGE, EDGE:-EDGE] = pixels.reshape(n, SIDE, SIDE)
        # ink = (1 - y)((1 - x) i₀₀ + x i₀₁) + y((1 - x) i₁₀ + x i₁₁)
        (y, x), flat = place, self.wide.reshape(-1)
        np.take(flat, places, out=ink, mode="clip")
        np.take(flat[1:], places, out=right, mode="clip")
        right -= ink
        right *= x
        ink += right
        np.subtract(ink[1], ink[0], out=out)
        out *= y
        out += ink[0]

    def _find(self, place: Array, whole: Array, places: NDArray[np.intp]) -> None:
        """Bend the places that the ink of n pictures comes from, and write where they are.

        `place` (2, n, 784) has the row and the column of each, and in the end how far below and right they lie of the
        pixel that goes into `places` (2, n, 784), as a number into `wide`; with it goes the one below.
        """
        n = places.shape[1]
        if self.field is not None:
            row, column = self.rng.integers(0, FIELD, (2, 2, n, 1)).swapaxes(0, 1)  # (2, n, 1) each
            np.add(self.window, row * (FIELD + SIDE) + column, out=places)
            place += np.take(self.field, places, out=whole, mode="clip")
        np.clip(place, 0, WIDE - 2, out=place)
        np.floor(place, out=whole)
        place -= whole
        (row, column), (above, below) = whole, places
        row *= WIDE
        row += column
        np.copyto(above, row, casting="unsafe")
        above += self.first[:n]
        np.add(above, WIDE, out=below)

    def _strokes(self, out: Array) -> None:
        """Thickness and blur of pictures (n, 28, 28): every pixel becomes more like its four neighbours."""
        d, n = self.distortions, len(out)
        near, share = self.scratch[0, : out.size].reshape(out.shape), self.rng.random((2, n, 1, 1), np.float32)
        if d.thickness[0]:  # the first of them grow, the others shrink
            growing = self.rng.binomial(n, 0.5)
            np.copyto(near, out)
            for extreme, some in ((np.maximum, slice(growing)), (np.minimum, slice(growing, None))):
                for here, there in NEIGHBOURS:
                    extreme(near[some][here], out[some][there], out=near[some][here])
            _lean(out, near, share[0] * np.float32(d.thickness[0]))
        if d.blur[0]:
            near.fill(0)
            for here, there in NEIGHBOURS:
                near[here] += out[there]
            near *= 1 / len(NEIGHBOURS)
            _lean(out, near, share[1] * np.float32(d.blur[0]))

    def _spoil(self, out: Array) -> None:
        """Noise and cut-out of pictures (n, 784)."""
        d, n = self.distortions, len(out)
        if d.noise[0]:
            noise = self.rng.standard_normal(out=self.scratch[0, : out.size].reshape(out.shape), dtype=np.float32)
            noise *= self.rng.random((n, 1), np.float32) * np.float32(255 * d.noise[0])
            out += noise
            np.clip(out, 0, 255, out=out)
        if side := int(d.cutout[0]):
            corners = self.rng.integers(1 - side, SIDE, (n, 2))
            for picture, (top, left) in zip(out.reshape(n, SIDE, SIDE), corners.tolist(), strict=True):
                picture[max(top, 0) : top + side, max(left, 0) : left + side] = 0


ALL, BUT_LAST, BUT_FIRST = slice(None), slice(None, -1), slice(1, None)
NEIGHBOURS = [
    ((ALL, BUT_LAST), (ALL, BUT_FIRST)),  # from below
    ((ALL, BUT_FIRST), (ALL, BUT_LAST)),  # from above
    ((ALL, ALL, BUT_LAST), (ALL, ALL, BUT_FIRST)),  # from the right
    ((ALL, ALL, BUT_FIRST), (ALL, ALL, BUT_LAST)),  # from the left
]


def affine(distortions: Distortions, rng: Generator, n: int) -> Array:
    """For n pictures the maps (2, n, 3) from a pixel to the row its ink comes from, and to the column."""
    d, draw = distortions, rng.uniform
    angle = np.radians(draw(-1, 1, n) * d.rotate[0])
    shear = draw(-1, 1, n) * d.shear[0]
    height, width = np.exp(draw(-1, 1, (2, n)) * d.scale[0])
    down, right = draw(-1, 1, (2, n)) * d.shift[0] + (WIDE - 1) / 2
    sine, cosine = np.sin(angle), np.cos(angle)
    # rotation · shear · scale, for (row, column)
    to_rows = (cosine - sine * shear) * height, -sine * width, down
    to_columns = (sine + cosine * shear) * height, cosine * width, right
    return np.array([to_rows, to_columns], np.float32).swapaxes(1, 2)


def _lean(out: Array, near: Array, share: Array) -> None:
    """Move out by a share of the way to near, which is written over."""
    near -= out
    near *= share
    out += near


def smooth_field(alpha: float, sigma: float, rng: Generator) -> NDArray[np.float32]:
    """A random field (FIELD + SIDE, FIELD + SIDE) of displacements in pixels, which repeats after FIELD.

    Uniform noise in ±α, smoothed by a Gaussian of standard deviation σ. Smoothing is a product of spectra:
    that of the Gaussian is e^(-2π²σ²f²).
    """
    noise = rng.uniform(-alpha, alpha, (FIELD, FIELD))
    frequencies = np.fft.fftfreq(FIELD)
    gaussian = np.exp(-2 * (np.pi * sigma * frequencies) ** 2)  # (FIELD,)
    smooth = np.fft.ifft2(np.fft.fft2(noise) * np.multiply.outer(gaussian, gaussian)).real
    return np.pad(smooth, (0, SIDE), mode="wrap").astype(np.float32)
