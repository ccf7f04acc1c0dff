"""Digits of one row as the reader cuts them apart, rightly and wrongly: what a page asks the networks about.

Two or three of MNIST's digits are set so near that they touch, the reader's own seams cut them, and each group of
parts that could be a digit is framed as the reader frames it. Whose ink is in it says whether it is one.
"""

from itertools import pairwise

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from benchmarks.handwriting import FAINTEST, LARGE, Frame, distorted, enlarged
from numpen.digits.dataset import Dataset
from numpen.pictures.framing import Ink, crop
from numpen.reading.cleaning import stroke_width
from numpen.reading.cuts import Columns, seams
from numpen.reading.pieces import Mask
from numpen.reading.reader import frame

WHOLE, CLEAN = 0.95, 0.04  # of a digit's ink is in its group at least; of the group's ink another's is at most
BROKEN, DIRTY = 0.8, 0.15  # with less of its own or more of another's ink it is none
LOWEST, BROADEST = 0.3, 1.7  # of the row's height: what is lower or broader is not asked about
MOST_PARTS = 6
SIZES = 50, 140  # pixels of a digit's height


def cut_digits(digits: Dataset, rng: Generator) -> tuple[list[tuple[Frame, int]], list[Frame]]:
    """The groups of parts of a row of touching digits: those that are one digit, with which it is, and the others."""
    rows = rng.integers(0, len(digits), 2 if rng.random() < 0.7 else 3)
    owners = _touching([_written(digits.images[row], rng) for row in rows], rng)
    ink = owners.max(axis=0)
    sums = owners.sum(axis=(1, 2))
    ways = seams(ink, stroke_width(ink))
    if not ways or not sums.all():
        return [], []
    masks = _slices(ink.shape[1], [columns for _, columns in ways])
    right, wrong = [], []
    for first in range(len(masks)):
        for after in range(first + 1, min(first + MOST_PARTS, len(masks)) + 1):
            mask = np.any(masks[first:after], axis=0)
            held = (owners * mask).sum(axis=(1, 2))
            owner, total = int((held / sums).argmax()), float(held.sum())
            inside = crop(np.where(mask & (ink > FAINTEST), ink, 0).astype(np.float32))
            if inside.shape[0] < LOWEST * len(ink) or not 4 < inside.shape[1] < BROADEST * len(ink):
                continue
            own, foreign = held[owner] / sums[owner], 1 - held[owner] / total
            if own >= WHOLE and foreign <= CLEAN:
                right.append((frame(inside), int(digits.labels[rows[owner]])))
            elif own < BROKEN or foreign > DIRTY:
                wrong.append(frame(inside))
    return right, wrong


def _written(image: Frame, rng: Generator) -> Ink:
    """A digit of some size by a hand of its own, cropped."""
    large = distorted(enlarged(image), rng)
    size = max(8, round(float(rng.uniform(*SIZES)) * large.width / LARGE))
    ink = np.asarray(large.resize((size, size), Image.Resampling.BICUBIC), np.float32) / np.float32(255)
    crisp = ((ink - 0.5) * rng.uniform(1, 4) + 0.5).clip(0, 1)
    return crop(np.where(crisp > FAINTEST, crisp, 0).astype(np.float32))


def _touching(inks: list[Ink], rng: Generator) -> NDArray[np.float32]:
    """The ink of each digit on a row (digits, height, width), each pushed to the left until it touches what is there,
    now and then a little further or not so far."""
    tallest = max(ink.shape[0] for ink in inks)
    scale = [tallest * rng.uniform(0.75, 1) / ink.shape[0] for ink in inks]  # about as tall as each other
    inks = [_scaled(ink, by) for ink, by in zip(inks, scale, strict=True)]
    height = round(1.2 * tallest) + 2
    owners = np.zeros((len(inks), height, sum(ink.shape[1] for ink in inks) + 2 * height), np.float32)
    right = 0
    for number, ink in enumerate(inks):
        top = int(rng.integers(0, height - ink.shape[0] + 1))
        left = right
        if number:
            left = _contact(owners.max(axis=0)[top : top + ink.shape[0]], ink, right)
            left = max(0, left + int(rng.normal(0, 0.02) * tallest))
        owners[number, top : top + ink.shape[0], left : left + ink.shape[1]] = ink
        right = max(right, left + ink.shape[1])
    every = np.flatnonzero(owners.any(axis=(0, 1)))
    return owners[:, :, every[0] : every[-1] + 1]


def _scaled(ink: Ink, by: float) -> Ink:
    size = max(3, round(ink.shape[1] * by)), max(3, round(ink.shape[0] * by))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR), np.float32)


def _contact(there: Ink, ink: Ink, right: int) -> int:
    """How far to the left the ink can go until it meets what is there: the smallest gap of any row."""
    columns = np.arange(there.shape[1])
    ends = np.where(there > 0.5, columns + 1, 0).max(axis=1)
    starts = np.where(ink > 0.5, np.arange(ink.shape[1]), ink.shape[1] + right).min(axis=1)
    met = ends > 0
    if not met.any():
        return right
    return int(max(0, (ends - starts)[met].max() - 1))


def _slices(width: int, ways: list[Columns]) -> list[Mask]:
    """The masks (height, width) of the parts between the seams, from left to right; none is in two."""
    height = len(ways[0])
    borders = np.stack([np.zeros(height, np.intp), *ways, np.full(height, width)])  # (seams + 2, height)
    borders = np.maximum.accumulate(borders, axis=0)
    column = np.arange(width)
    return [(column >= left[:, None]) & (column < right[:, None]) for left, right in pairwise(borders)]
