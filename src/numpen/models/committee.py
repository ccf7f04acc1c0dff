"""Committee: several models, or several looks at a picture, asked as one.

Answers are means of probabilities, so members that are sure outvote members that waver. A committee of
one model that looks at a picture shifted by a pixel to every side is nine opinions for the price of one
training; one that also sees it turned and stretched a little has as many as one has the time for.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from numpen.digits.augmentation import PIXELS, TOGETHER, Augmentation, affine
from numpen.digits.distortions import Distortions
from numpen.errors import DataError
from numpen.models.model import Model
from numpen.nn.arrays import Array

SLIGHT = Distortions.parse("shift(1) rotate(5) scale(0.06) shear(0.08)")  # half of what `convnet` learns with


class Committee:
    """Models whose probabilities are averaged over looks at a picture: the one, or several.

    Several are every shift by up to `reach` pixels; or so many `distorted` slightly, each in a way of its own that is
    the same for all pictures and at all times.
    """

    def __init__(self, members: Sequence[Model], reach: int = 0, distorted: int = 0) -> None:
        """Raise DataError without a member, for a reach below 0 or above 3, or for looks of both kinds."""
        if not members or not 0 <= reach <= 3:
            raise DataError(f"expected a model or more and shifts of 0 to 3 pixels, got {len(members)} and {reach}")
        if distorted < 0 or (reach and distorted):
            raise DataError(f"expected looks that are shifted or distorted, got {reach} pixels and {distorted} looks")
        self.members, self.reach, self.distorted = tuple(members), reach, distorted

    def probabilities(self, images: NDArray[np.uint8]) -> Array:
        """How likely each digit is, (N, 10), for images (N, 28, 28); see `Model.probabilities`."""
        total = np.zeros((len(images), 10), np.float32)
        seen = distorted_looks(images, self.distorted) if self.distorted else looks(images, self.reach)
        for look in seen:
            for member in self.members:
                total += member.probabilities(look)
        total /= len(self.members) * (self.distorted or (2 * self.reach + 1) ** 2)
        return total

    def opinion(self, images: NDArray[np.uint8], rng: Generator) -> Array:
        """What one member, drawn at random, says by one look, (N, 10): in the mean of many, `probabilities`.

        A look of a distorted kind is the picture as it is: whoever learns from it is shown distorted ones.
        """
        down, right = rng.integers(-self.reach, self.reach, 2, endpoint=True).tolist()
        member = self.members[rng.integers(len(self.members))]
        return member.probabilities(shifted(images, down, right))

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.intp]:
        """The most likely digit of each image, (N,)."""
        digits: NDArray[np.intp] = self.probabilities(images).argmax(axis=1)
        return digits

    def copy(self) -> "Committee":
        """The same opinions with buffers of their own, for another thread."""
        return Committee([member.copy() for member in self.members], self.reach, self.distorted)


def looks(images: NDArray[np.uint8], reach: int) -> Iterator[NDArray[np.uint8]]:
    """The images (N, 28, 28) moved by every shift of up to `reach` pixels down and right."""
    for down, right in product(range(-reach, reach + 1), repeat=2):
        yield shifted(images, down, right)


def distorted_looks(images: NDArray[np.uint8], count: int) -> Iterator[NDArray[np.uint8]]:
    """The images (N, 28, 28) so many times, each time all moved, turned and stretched a little in the same way."""
    rng, pixels = np.random.default_rng(0), images.reshape(-1, PIXELS)
    maps, augmentation = affine(SLIGHT, rng, count), Augmentation(SLIGHT, rng)  # (2, count, 3)
    warped = np.empty((len(images), PIXELS), np.float32)
    for look in maps.swapaxes(0, 1):  # (2, 3)
        for start in range(0, len(images), TOGETHER):
            some = pixels[start : start + TOGETHER]
            same = np.broadcast_to(look[:, None], (2, len(some), 3))
            augmentation.warp(some, same, warped[start : start + TOGETHER])
        yield np.rint(warped).astype(np.uint8).reshape(images.shape)


def shifted(images: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    """The images (N, 28, 28) moved by whole pixels; what leaves on one side does not come back on the other."""
    moved = np.zeros_like(images)
    height, width = images.shape[-2:]
    there = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
    here = slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0))
    moved[:, *there] = images[:, *here]
    return moved
