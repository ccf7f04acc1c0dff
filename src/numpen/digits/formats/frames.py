"""A picture file as MNIST's 28x28 pixels: as it is where it is such a picture already, else by a framing from above."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.errors import DataError
from numpen.pictures.decode import Grey, PictureFile, decode

# from grey values (height, width) to 28x28 pixels of ink, or None if nothing is drawn
Frame: TypeAlias = Callable[[Grey], NDArray[np.uint8] | None]

SIDE = 28


class Framer:
    """Brings pictures to 28x28 and counts how.

    A picture of 28x28 pixels, most of them dark, is taken as it is: it has MNIST's form already. Any other goes
    through `frame`; without one, it must be of 28x28 pixels, and is taken as it is whatever is light in it.
    """

    def __init__(self, frame: Frame | None) -> None:
        self.frame, self.as_they_are, self.framed_ones = frame, 0, 0

    def framed(self, picture: Path | bytes, name: str) -> NDArray[np.uint8]:
        """The 28x28 pixels of a picture; raises PictureError if it is none, DataError if it cannot be brought there."""
        grey = decode(PictureFile(name, picture) if isinstance(picture, bytes) else picture)
        fits = grey.shape == (SIDE, SIDE)
        if fits and (self.frame is None or grey.mean() < 128):
            self.as_they_are += 1
            return grey
        if self.frame is None:
            raise DataError(
                f"expected pictures of {SIDE}x{SIDE} pixels, got {grey.shape[1]}x{grey.shape[0]} in {name}: "
                "let it be framed"
            )
        framed = self.frame(grey)
        if framed is None:
            raise DataError(f"expected a digit in {name}, got a picture on which nothing is drawn")
        self.framed_ones += 1
        return framed

    def __str__(self) -> str:
        """How the pictures were brought to 28x28, in words."""
        return f"{self.as_they_are} of 28x28 taken as they are, {self.framed_ones} framed"


def png(image: NDArray[np.uint8]) -> bytes:
    """A picture as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()
