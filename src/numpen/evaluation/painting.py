"""Numbers as pictures: ink as grey, signed numbers in orange and blue, many of them side by side."""

import base64
import io
import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.nn.arrays import Array

Sheet: TypeAlias = NDArray[np.uint8]  # (height, width, 3)

ORANGE, BLUE = np.array([230, 97, 1]), np.array([33, 102, 172])  # told apart by the colour-blind, too
GAP = 2  # pixels between pictures
FRAME = 64  # the grey of the gaps
SIDE = 28  # of a digit
ROW = 32  # numbers of a long vector in a row


def grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey pictures (..., height, width) as colours (..., height, width, 3)."""
    return np.repeat(images[..., np.newaxis], 3, axis=-1)


def signed(array: Array, largest: Array | float | None = None) -> NDArray[np.uint8]:
    """Numbers as colours: white is zero, orange positive, blue negative, full where they are as large as `largest`."""
    top = np.abs(array).max(initial=0) if largest is None else largest
    strength = (array / np.maximum(top, np.finfo(np.float64).tiny))[..., np.newaxis]  # -1 to 1
    ink = np.where(strength > 0, ORANGE, BLUE)
    colours: NDArray[np.uint8] = (255 + np.abs(strength) * (ink - 255)).astype(np.uint8)
    return colours


def grid(images: NDArray[np.uint8], across: int) -> Sheet:
    """Pictures (N, height, width, 3) in rows, with gaps between and around them."""
    n, height, width, _ = images.shape
    across = min(across, n)
    down = -(-n // across)
    sheet = np.full((down * (height + GAP) + GAP, across * (width + GAP) + GAP, 3), FRAME, np.uint8)
    for i, image in enumerate(images):
        top, left = GAP + i // across * (height + GAP), GAP + i % across * (width + GAP)
        sheet[top : top + height, left : left + width] = image
    return sheet


def weights(units: Array, across: int) -> Sheet:
    """Weights (units, side, side) as pictures of 28x28, each unit to its own scale."""
    nearest = np.arange(SIDE) * units.shape[1] // SIDE  # kernels are small: each weight becomes a block of pixels
    largest = np.abs(units).max(axis=(1, 2), keepdims=True)
    return grid(signed(units, largest)[:, nearest][:, :, nearest], across)


def layout(array: Array) -> Array:
    """An array of any shape as pictures (N, height, width): 784 numbers are 28x28 pixels, a long vector has rows.

    A matrix with 784 rows is a picture for each of its columns; maps (height, width, maps) are a picture each, and
    kernels (height, width, channels, maps) one for each channel of each map.
    """
    if array.shape[0] == SIDE * SIDE and array.ndim <= 2:
        return array.T.reshape(-1, SIDE, SIDE)
    if array.ndim == 2:
        return (array if array.shape[0] <= array.shape[1] else array.T)[np.newaxis]
    if array.ndim >= 3:
        return np.moveaxis(array.reshape(*array.shape[:2], -1), -1, 0)
    rows = -(-array.size // ROW)
    across = -(-array.size // rows)
    filled = np.zeros(rows * across, array.dtype)
    filled[: array.size] = array
    return filled.reshape(1, rows, across)


def painted(array: Array, most: int = 40) -> Sheet:
    """An array of any shape as one sheet: its pictures, the first `most` of them, side by side."""
    pictures = layout(array)
    if len(pictures) == 1:
        return signed(pictures[0])
    kept = pictures[:most]
    return grid(signed(kept, np.abs(kept).max(axis=(1, 2), keepdims=True)), math.ceil(math.sqrt(2 * len(kept))))


def as_data_uri(sheet: Sheet) -> str:
    """The sheet as a PNG that lies in the page itself; a palette makes it a third as large."""
    png = io.BytesIO()
    Image.fromarray(sheet).quantize(256, Image.Quantize.FASTOCTREE).save(png, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
