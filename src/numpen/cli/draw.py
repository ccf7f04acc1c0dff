"""Pictures of digits and weights as one sheet of colours (height, width, 3), and the sheet as PNG or text."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.nn.arrays import Array

Sheet: TypeAlias = NDArray[np.uint8]  # (height, width, 3)

ORANGE, BLUE = np.array([230, 97, 1]), np.array([33, 102, 172])  # told apart by the colour-blind, too
GAP = 2  # pixels between pictures
ACROSS = 10  # pictures in a row of a PNG


def fitting(columns: int) -> int:
    """How many pictures fit side by side into a terminal of so many columns: 10, 5 or 2, so that digits line up."""
    return next((across for across in (10, 5) if across * (28 + GAP) + GAP <= 2 * columns), 2)


def examples(dataset: Dataset, rows: int, across: int = ACROSS) -> Sheet:
    """The digits from 0 to 9, `rows` times, each time with the next picture of each."""
    sheet = np.zeros((rows, 10, 28, 28), np.uint8)
    for digit in range(10):
        found = dataset.images[np.flatnonzero(dataset.labels == digit)[:rows]]
        sheet[: len(found), digit] = found
    return _grid(_grey(sheet.reshape(-1, 28, 28)), across)


def mean_digits(dataset: Dataset, across: int = ACROSS) -> Sheet:
    """The mean of all pictures of each digit."""
    means = np.zeros((10, 28, 28), np.uint8)
    for digit in range(10):
        if (of_digit := dataset.labels == digit).any():
            means[digit] = dataset.images[of_digit].mean(axis=0)
    return _grid(_grey(means), across)


def weights(units: Array, across: int = ACROSS) -> Sheet:
    """Weights (units, side, side): white is zero, orange positive, blue negative, each unit to its own scale."""
    largest = np.abs(units).max(axis=(1, 2), keepdims=True)
    strength = (units / np.maximum(largest, 1e-12))[..., np.newaxis]  # (units, side, side, 1), -1 to 1
    nearest = np.arange(28) * units.shape[1] // 28  # kernels are small: each weight becomes a block of pixels
    strength = strength[:, nearest][:, :, nearest]
    ink = np.where(strength > 0, ORANGE, BLUE)
    return _grid((255 + np.abs(strength) * (ink - 255)).astype(np.uint8), across)


def single(image: NDArray[np.uint8]) -> Sheet:
    """One picture (28, 28), in a size at which text shows every pixel."""
    return np.kron(image[..., np.newaxis], np.ones((2, 2, 3), np.uint8))


def enlarged(sheet: Sheet) -> Image.Image:
    """The sheet as an image, three times as large, its pixels still to be told apart."""
    height, width, _ = sheet.shape
    return Image.fromarray(sheet).resize((3 * width, 3 * height), Image.Resampling.NEAREST)


def half_blocks(sheet: Sheet, *, colour: bool) -> str:
    """The sheet at half its size as text: each character holds two pixels, one above the other."""
    height, width, _ = sheet.shape
    small = np.asarray(Image.fromarray(sheet).resize((width // 2, height // 4 * 2), Image.Resampling.BOX))
    upper, lower = small[0::2].tolist(), small[1::2].tolist()
    paint = _coloured if colour else _plain
    return "\n".join("".join(map(paint, *rows)).rstrip() for rows in zip(upper, lower, strict=True))


def _coloured(above: list[int], below: list[int]) -> str:
    return "\x1b[38;2;{};{};{};48;2;{};{};{}m▀\x1b[0m".format(*above, *below)


def _plain(above: list[int], below: list[int]) -> str:
    bright = sum(above) > 3 * 96, sum(below) > 3 * 96
    return {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}[bright]


def _grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(images[..., np.newaxis], 3, axis=-1)


def _grid(images: NDArray[np.uint8], across: int) -> Sheet:
    """Images (N, 28, 28, 3) in rows, with gaps between them."""
    across = min(across, len(images))
    down = -(-len(images) // across)
    side = 28 + GAP
    sheet = np.full((down * side + GAP, across * side + GAP, 3), 64, np.uint8)
    for i, image in enumerate(images):
        top, left = GAP + i // across * side, GAP + i % across * side
        sheet[top : top + 28, left : left + 28] = image
    return sheet
