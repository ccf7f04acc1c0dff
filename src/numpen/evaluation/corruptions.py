"""The fifteen corruptions of MNIST-C: digits as bad light, bad paper or a bad camera might leave them.

Norman Mu and Justin Gilmer: MNIST-C: A Robustness Benchmark for Computer Vision (2019, arXiv 1906.02337).
Rebuilt from the formulas and default severities that they published (github.com/google-research/mnist-c),
for whole batches and with NumPy and SciPy alone. The random numbers are others, so pictures are alike, not
equal. Of the rest:

rotate, shear, scale   are scikit-image's `warp` up to rounding. It sheared as it did before its 0.19: rows
                       move by the sine of the angle, and are drawn together by its cosine.
canny_edges            are scikit-image's, pixel by pixel (edges.py).
motion_blur            ImageMagick reckons with 16-bit numbers, ours with float32.
glass_blur             blurs along the columns alone, since the published call takes the second axis of a
                       grey picture for its colours.
all of them            return fractions of grey levels as published; here they are rounded.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from numpen.errors import DataError
from numpen.evaluation import overlays
from numpen.evaluation.edges import canny
from numpen.evaluation.warping import size, turn, warp
from numpen.nn.arrays import Array

Images: TypeAlias = NDArray[np.uint8]  # (N, 28, 28)
Corruption: TypeAlias = Callable[[Array, Generator], Array]  # of ink 0 to 1; what it returns is clipped to that

SIDE = 28
TOGETHER = 500  # pictures worked on at a time: a few megabytes each array


def corrupt(images: Images, name: str, seed: int = 0) -> Images:
    """New images (N, 28, 28) of uint8, corrupted in the way of that name, each at random; a seed does it again.

    Raises DataError for another name, or for arrays of another kind.
    """
    if name not in CORRUPTIONS:
        raise DataError(f"expected a corruption ({', '.join(CORRUPTIONS)}), got {name}")
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise DataError(f"expected images (N, 28, 28) of uint8, got {images.shape} of {images.dtype}")
    rng = np.random.default_rng((seed, list(CORRUPTIONS).index(name)))
    out = np.empty_like(images)
    for start in range(0, len(images), TOGETHER):
        some = slice(start, start + TOGETHER)
        ink = CORRUPTIONS[name](images[some].astype(np.float32) / 255, rng)
        out[some] = np.rint(np.clip(ink, 0, 1) * 255)
    return out


def shot_noise(ink: Array, rng: Generator) -> Array:
    """Light so faint that its quanta can be counted: Poisson(3 x) / 3."""
    return rng.poisson(ink * 3) / 3


def impulse_noise(ink: Array, rng: Generator) -> Array:
    """Salt and pepper: 17 % of the pixels become black or white."""
    chance = rng.random((2, *ink.shape), np.float32)
    return np.where(chance[0] < 0.17, (chance[1] < 0.5).astype(np.float32), ink)


def glass_blur(ink: Array, rng: Generator) -> Array:
    """Seen through frosted glass: blur, swap pixels with neighbours above and to the left, twice, and blur again.

    The blurs have a standard deviation of 0.7 pixels. Half the pixels are swapped, from the last to the first, one
    after the other, so that ink can travel far.
    """
    n = len(ink)
    # a pixel of all pictures lies in one row, (784, n)
    pixels = np.floor(_blurred(ink, 0.7) * 255).reshape(n, -1).T.copy()
    every = np.arange(n)
    for _ in range(2):
        for row in range(SIDE - 1, 1, -1):
            swaps, up, left = rng.integers(0, 2, (3, SIDE, n))
            for column in range(SIDE - 1, 1, -1):
                here = row * SIDE + column
                there = here - swaps[column] * (up[column] * SIDE + left[column])
                swapped = pixels[there, every]
                pixels[there, every] = pixels[here]
                pixels[here] = swapped
    return _blurred(pixels.T.reshape(ink.shape) / 255, 0.7)


def _blurred(ink: Array, sigma: float) -> Array:
    """Smoothed along the columns."""
    from scipy import ndimage

    blurred: Array = ndimage.gaussian_filter1d(ink, sigma, axis=1, mode="nearest")
    return blurred


def motion_blur(ink: Array, rng: Generator) -> Array:
    """The camera moved, up to 45° from level: half a Gaussian of σ = 3 pixels, cut off after 20, along the way."""
    n = len(ink)
    angle = np.radians(rng.uniform(-45, 45, n))
    far = np.arange(21)
    kernel = np.exp(-(far**2) / (2 * 3**2))
    kernel /= kernel.sum()
    # whole pixels, halves rounded down as ImageMagick does, (21, n)
    right = np.ceil(np.multiply.outer(far, np.cos(angle)) - 0.5).astype(int)
    down = np.ceil(np.multiply.outer(far, np.sin(angle)) - 0.5).astype(int)
    blurred, every, place = np.zeros_like(ink), np.arange(n)[:, None, None], np.arange(SIDE)
    for i, weight in enumerate(kernel.tolist()):
        rows = np.clip(place + down[i][:, None], 0, SIDE - 1)  # (n, 28); what lies outside is like the edge
        columns = np.clip(place + right[i][:, None], 0, SIDE - 1)
        blurred += weight * ink[every, rows[:, :, None], columns[:, None, :]]
    return blurred


def shear(ink: Array, rng: Generator) -> Array:
    """Slanted by 0.4 radians to either side."""
    cosine, sine = np.cos(0.4), np.sin(0.4)
    return _either(ink, rng, *(np.array([[cosine, 0], [-side * sine, 1]]) for side in (1, -1)))


def scale(ink: Array, rng: Generator) -> Array:
    """Seven tenths as large."""
    return warp(ink, size(0.7))


def rotate(ink: Array, rng: Generator) -> Array:
    """Turned by 0.4 radians, 23°, to either side."""
    return _either(ink, rng, turn(0.4), turn(-0.4))


def brightness(ink: Array, rng: Generator) -> Array:
    """Half of full ink everywhere, on top of what is there."""
    return ink + np.float32(0.5)


def translate(ink: Array, rng: Generator) -> Array:
    """Moved by 3 pixels up or down and by 3 to the left or right."""
    corner, moved = rng.integers(0, 4, len(ink)), np.empty_like(ink)
    for i, shift in enumerate([(3, 3), (3, -3), (-3, 3), (-3, -3)]):
        moved[corner == i] = warp(ink[corner == i], np.eye(2), shift)
    return moved


def _either(ink: Array, rng: Generator, one: NDArray[np.float64], other: NDArray[np.float64]) -> Array:
    """Each picture warped by one of two maps, as a coin falls."""
    coin = rng.random((len(ink), 1, 1)) < 0.5
    return np.where(coin, warp(ink, one), warp(ink, other))


def stripe(ink: Array, rng: Generator) -> Array:
    """Black and white exchanged in the 7 columns at each side."""
    is_middle = (np.arange(SIDE) >= 7) & (np.arange(SIDE) < 21)
    return np.where(is_middle, ink, 1 - ink)


def fog(ink: Array, rng: Generator) -> Array:
    """Clouds three times as strong as the ink, and all of it brought back to the range it had."""
    most = ink.max(axis=(1, 2), keepdims=True)
    fogged: Array = (ink + 3 * overlays.clouds(len(ink), 1.4, rng)) * most / (most + 3)
    return fogged


def spatter(ink: Array, rng: Generator) -> Array:
    """Mud of a quarter of full ink hides what is under it."""
    mud = overlays.spatters(len(ink), rng)
    return ink * (1 - mud) + mud * np.float32(63 / 255)


def dotted_line(ink: Array, rng: Generator) -> Array:
    """A dotted line from edge to edge."""
    return ink + overlays.dotted_lines(len(ink), rng)


def zigzag(ink: Array, rng: Generator) -> Array:
    """A zigzag from side to side."""
    return ink + overlays.zigzags(len(ink), rng)


def canny_edges(ink: Array, rng: Generator) -> Array:
    """The edges alone, full ink on none."""
    return canny(ink).astype(np.float32)


CORRUPTIONS: dict[str, Corruption] = {
    "shot_noise": shot_noise,
    "impulse_noise": impulse_noise,
    "glass_blur": glass_blur,
    "motion_blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "brightness": brightness,
    "translate": translate,
    "stripe": stripe,
    "fog": fog,
    "spatter": spatter,
    "dotted_line": dotted_line,
    "zigzag": zigzag,
    "canny_edges": canny_edges,
}
