"""Pages that look photographed: MNIST's digits in rows, of a known writer, on any paper, in any light, with any pen.

Everything is drawn by a seed, so a page can be made again.
"""

import io
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from numpen.digits.dataset import Dataset
from numpen.reading.pieces import pieces_of

Colours = NDArray[np.uint8]  # (height, width, 3)
Ink = NDArray[np.float32]  # (height, width), 0 to 1

DARK_PENS = (20, 20, 25), (30, 40, 120), (150, 30, 30), (20, 90, 40), (90, 90, 95)
EDGES = 0.5, 0.4, 0.3, 0.2  # of MNIST's brightest: where a stroke's edge is; the first that breaks none
PAPERS = (250, 250, 248), (235, 228, 210), (205, 205, 205), (240, 225, 160), (200, 220, 240)


@dataclass(frozen=True, eq=False)
class Written:
    """A picture and what is written on it."""

    picture: Colours
    text: str
    rows: NDArray[np.intp]  # of the dataset, which pictures its digits are


def string(digits: Dataset, count: int, rng: Generator, *, touching: bool = False) -> Written:
    """A photo-like picture of `count` digits in a row, apart from each other, or each touching the next."""
    height = int(rng.integers(28, 110))
    line, rows = row(digits, count, height, rng, touching=touching)
    turned = Image.fromarray((line * 255).astype(np.uint8)).rotate(
        float(rng.uniform(-10, 10)), Image.Resampling.BICUBIC, expand=True
    )
    ink = np.asarray(turned, np.float32) / np.float32(255)
    margins = rng.integers(height // 3, 3 * height, 4)
    ink = np.pad(ink, (margins[:2], margins[2:]))
    return Written(photographed(ink, rng), text_of(digits, rows), rows)


def row(
    digits: Dataset, count: int, height: int, rng: Generator, *, touching: bool = False
) -> tuple[Ink, NDArray[np.intp]]:
    """The ink of `count` digits in a row, each about so many pixels tall, and which of the pictures they are."""
    rows = rng.integers(0, len(digits), count)
    each = [enlarged(digits.images[row], height * rng.uniform(0.85, 1.15), rng) for row in rows]
    return _row(each, height, rng, touching=touching), rows


def text_of(digits: Dataset, rows: NDArray[np.intp]) -> str:
    """What pictures of the dataset say, side by side."""
    return "".join(str(digits.labels[row]) for row in rows)


def enlarged(image: NDArray[np.uint8], height: float, rng: Generator) -> Ink:
    """The ink of a picture of MNIST, cropped, about so many pixels tall, by a pen that is now and then thin."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    tight = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = height / max(20, *tight.size)
    size = max(3, round(tight.width * scale)), max(3, round(tight.height * scale))
    large = tight.resize(size, Image.Resampling.BICUBIC)
    ink = _crisp(large)
    if rng.random() < 0.3 and height > 60:  # a thin pen
        thin = _crisp(large.filter(ImageFilter.MinFilter(3)))
        ink = thin if _parts(thin > 0.5) == _parts(ink > 0.5) else ink
    return ink


def _crisp(large: Image.Image) -> Ink:
    """MNIST's strokes are soft; a pen's are not. Nor has a pen gaps where MNIST's strokes are faint."""
    soft = np.asarray(large, np.float32) / np.float32(255)
    level = next((each for each in EDGES if _parts(soft > each) == _parts(soft > EDGES[-1])), EDGES[-1])
    return ((soft - level) * 2.5 + 0.5).clip(0, 1)


def _parts(mask: NDArray[np.bool_]) -> int:
    return len(pieces_of(mask))


def _row(digits: list[Ink], height: int, rng: Generator, *, touching: bool) -> Ink:
    room = sum(each.shape[1] for each in digits) + len(digits) * height + height
    row = np.zeros((2 * height, room), np.float32)
    right = height // 2
    for number, digit in enumerate(digits):
        top = int((2 * height - digit.shape[0]) / 2 + rng.uniform(-0.08, 0.08) * height)
        left = right + int(rng.uniform(0.15, 0.8) * height)
        if touching and number:
            left = _where_it_touches(row, digit, top, right)
        place = row[top : top + digit.shape[0], left : left + digit.shape[1]]
        np.maximum(place, digit, out=place)
        right = left + digit.shape[1]
    return row[:, : right + height // 2]


def _where_it_touches(row: Ink, digit: Ink, top: int, right: int) -> int:
    """The rightmost column at which the digit's ink overlaps what is there, by a pixel or two."""
    there, own = row[top : top + digit.shape[0]] > 0.5, digit > 0.5
    for left in range(right, max(0, right - digit.shape[1]), -1):
        if (there[:, left : left + digit.shape[1]] & own).sum() > 1:
            return left
    return right


def photographed(ink: Ink, rng: Generator) -> Colours:
    """The ink on paper, by a pen, in uneven light, with a soft or hard shadow, grain, blur and JPEG's traces."""
    height, width = ink.shape
    paper = np.array(PAPERS[rng.integers(len(PAPERS))], np.float32)
    pen = np.array(DARK_PENS[rng.integers(len(DARK_PENS))], np.float32)
    if rng.random() < 0.15:  # chalk on a board
        paper, pen = np.array([45, 60, 50], np.float32), np.array([235, 235, 230], np.float32)
    strength = ink[..., None] * np.float32(rng.uniform(0.7, 1))
    picture = paper * (1 - strength) + pen * strength
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    across = (x - width / 2) * np.cos(angle) / width + (y - height / 2) * np.sin(angle) / height
    light = 1 - rng.uniform(0, 0.4) * (across + 0.5)
    if rng.random() < 0.4:
        softness = rng.uniform(0.02, 0.2)
        light *= 1 - rng.uniform(0.15, 0.5) / (1 + np.exp(-(across - rng.uniform(-0.3, 0.3)) / softness))
    picture = picture * light[..., None] + rng.normal(0, rng.uniform(0, 6), picture.shape)
    image = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=int(rng.integers(45, 96)))
    return np.asarray(Image.open(jpeg).convert("RGB"))


def full_page(digits: Dataset, rng: Generator, *, width: int = 4000, height: int = 3000, count: int = 100) -> Written:
    """A 12-megapixel photo of `count` digits in rows of ten."""
    ink = np.zeros((height, width), np.float32)
    text, rows = [], []
    for number in range(count):
        row = int(rng.integers(len(digits)))
        digit = enlarged(digits.images[row], 130, rng)
        top, left = 150 + number // 10 * (height - 300) // (count // 10), 250 + number % 10 * (width - 500) // 10
        ink[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
        text.append(str(digits.labels[row]))
        rows.append(row)
    lines = ("".join(text[start : start + 10]) for start in range(0, count, 10))
    return Written(photographed(ink, rng), "\n".join(lines), np.array(rows))
