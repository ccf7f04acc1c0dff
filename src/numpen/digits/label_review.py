"""What people said of the hundred most doubtful labels of MNIST's test pictures.

cleanlab found them by disagreement between networks, and asked five people about each (Northcutt, Athalye &
Mueller 2021, "Pervasive Label Errors in Test Sets"; Apache-2.0, see NOTICE). For fifteen of them fewer than
three of the five saw the digit that the label names.
"""

import csv
import functools
import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numpen.digits.mnist import FOLDER, load_mnist
from numpen.errors import DataError

NAME = "t10k-label-review.csv"
CHECKSUM = "3ffb19c15a0d0a4cd511e6f716caf44a2f188d1edf516ea3784a91ece371ed93"
MAJORITY = 3  # of the five people


@dataclass(frozen=True)
class Review:
    """One test picture, its label, what the networks took it for, and how many of five people agree with which."""

    row: int  # of the test part
    label: int
    guess: int  # of the networks; the label itself for a few
    for_label: int
    for_guess: int
    for_neither: int

    @property
    def doubtful(self) -> bool:
        """Whether fewer than three of the five saw the digit that the label names."""
        return self.for_label < MAJORITY

    @property
    def verdict(self) -> str:
        """What the people said, in a few words."""
        said = f"{self.for_label} of 5 people see {_a(self.label)}"
        if self.guess != self.label and self.for_guess:
            said += f", {self.for_guess} {_a(self.guess)}"
        return said + (f", {self.for_neither} neither" if self.for_neither else "")


def _a(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


def load_reviews() -> list[Review]:
    """The hundred reviews in the order of the pictures; raises DataError if the file is not the published one."""
    path = FOLDER / NAME
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != CHECKSUM:
        raise DataError(f"expected {NAME} as it was published, got another file: install numpen again")
    rows = csv.reader(path.read_text("utf-8").splitlines()[1:])
    return [Review(*map(int, row)) for row in rows]


def review_of(image: NDArray[np.uint8]) -> Review | None:
    """The review of an image (28, 28), if it is one of those test pictures, wherever it was read from."""
    return _by_picture().get(image.tobytes())


@functools.cache
def _by_picture() -> dict[bytes, Review]:
    images = load_mnist("test").images
    return {images[review.row].tobytes(): review for review in load_reviews()}
