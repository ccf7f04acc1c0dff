"""The MNIST frame: ink in a box of 20x20 pixels, its aspect kept, its centre of mass in the middle of 28x28.

MNIST's own pictures were made this way (LeCun et al. 1998, section III.A), so this is where a network
that learnt from them expects to find a digit.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Ink: TypeAlias = NDArray[np.float32]  # (height, width), 0 paper to 1 full ink

BOX, SIDE, MIDDLE = 20, 28, 14.5  # pixels


def crop(ink: Ink) -> Ink:
    """The smallest part that holds all ink; nothing at all (0, 0) if there is none."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def shrink(ink: Ink) -> Ink:
    """The cropped ink in a box of 20x20 at the most, one side 20, each pixel the mean of what it covers."""
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(ink).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)
    small: Ink = np.asarray(image, np.float32)
    return small.clip(0, 1)


def centre(ink: Ink) -> NDArray[np.uint8]:
    """A box of ink (20, 20) at most in (28, 28), 0 to 255, its centre of mass on the pixel [14, 14].

    That pixel is where MNIST has it, half a pixel right of and below the middle of the frame.
    """
    height, width = ink.shape
    mass = float(ink.sum()) or 1.0
    row = float(ink.sum(axis=1) @ (np.arange(height) + 0.5)) / mass
    column = float(ink.sum(axis=0) @ (np.arange(width) + 0.5)) / mass
    top = min(max(round(MIDDLE - row), 0), SIDE - height)
    left = min(max(round(MIDDLE - column), 0), SIDE - width)
    frame = np.zeros((SIDE, SIDE), np.uint8)
    frame[top : top + height, left : left + width] = np.rint(ink * 255)
    return frame
