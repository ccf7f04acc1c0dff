"""Pictures of digits as one sheet of colours (height, width, 3), and a sheet as PNG or text."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.evaluation.painting import GAP, Sheet, grey, grid

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
    return grid(grey(sheet.reshape(-1, 28, 28)), across)


def mean_digits(dataset: Dataset, across: int = ACROSS) -> Sheet:
    """The mean of all pictures of each digit."""
    means = np.zeros((10, 28, 28), np.uint8)
    for digit in range(10):
        if (of_digit := dataset.labels == digit).any():
            means[digit] = dataset.images[of_digit].mean(axis=0)
    return grid(grey(means), across)


def enlarged(sheet: Sheet) -> Image.Image:
    """The sheet as an image, three times as large, its pixels still to be told apart."""
    height, width, _ = sheet.shape
    return Image.fromarray(sheet).resize((3 * width, 3 * height), Image.Resampling.NEAREST)


def captioned(images: NDArray[np.uint8], captions: Sequence[Sequence[str]], *, colour: bool) -> str:
    """A row of pictures (N, 28, 28) as text with lines of words below each; words longer than a picture are cut."""
    wide = (28 + GAP) // 2  # characters
    lines = ["".join(f"{words[: wide - 1]:{wide}}" for words in line).rstrip() for line in zip(*captions, strict=True)]
    return "\n".join([half_blocks(grid(grey(images), len(images)), colour=colour), *(line for line in lines if line)])


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
