"""Committee: several models, or several looks at a picture, asked as one.

Answers are means of probabilities, so members that are sure outvote members that waver. A committee of
one model that looks at a picture shifted by a pixel to every side is nine opinions for the price of one
training.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from numpen.errors import DataError
from numpen.models.model import Model
from numpen.nn.arrays import Array


class Committee:
    """Models whose probabilities are averaged, over every shift of a picture by up to `reach` pixels."""

    def __init__(self, members: Sequence[Model], reach: int = 0) -> None:
        """Raise DataError without a member, or for a reach below 0 or above 3."""
        if not members or not 0 <= reach <= 3:
            raise DataError(f"expected a model or more and shifts of 0 to 3 pixels, got {len(members)} and {reach}")
        self.members, self.reach = tuple(members), reach

    def probabilities(self, images: NDArray[np.uint8]) -> Array:
        """How likely each digit is, (N, 10), for images (N, 28, 28); see `Model.probabilities`."""
        total = np.zeros((len(images), 10), np.float32)
        for moved in looks(images, self.reach):
            for member in self.members:
                total += member.probabilities(moved)
        total /= len(self.members) * (2 * self.reach + 1) ** 2
        return total

    def opinion(self, images: NDArray[np.uint8], rng: Generator) -> Array:
        """What one member, drawn at random, says by one look, (N, 10): in the mean of many, `probabilities`."""
        down, right = rng.integers(-self.reach, self.reach, 2, endpoint=True).tolist()
        member = self.members[rng.integers(len(self.members))]
        return member.probabilities(shifted(images, down, right))

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.intp]:
        """The most likely digit of each image, (N,)."""
        digits: NDArray[np.intp] = self.probabilities(images).argmax(axis=1)
        return digits

    def copy(self) -> "Committee":
        """The same opinions with buffers of their own, for another thread."""
        return Committee([member.copy() for member in self.members], self.reach)


def looks(images: NDArray[np.uint8], reach: int) -> Iterator[NDArray[np.uint8]]:
    """The images (N, 28, 28) moved by every shift of up to `reach` pixels down and right."""
    for down, right in product(range(-reach, reach + 1), repeat=2):
        yield shifted(images, down, right)


def shifted(images: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    """The images (N, 28, 28) moved by whole pixels; what leaves on one side does not come back on the other."""
    moved = np.zeros_like(images)
    height, width = images.shape[-2:]
    there = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
    here = slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0))
    moved[:, *there] = images[:, *here]
    return moved
