"""Rings and boxes that are drawn around numbers: a piece of ink that has another inside."""

import numpy as np
from numpy.typing import NDArray

from numpen.reading.pieces import Mask, Pieces, Whole

TALL = 0.3  # of a ring's height is what stands in it at least; a speck in a 0 makes it none
SIDES = 2.9  # of four sides of what stands in it does the ring face at least; it may be open
MOST = 600  # pieces, the tallest, that are looked at


def around_others(pieces: Pieces) -> NDArray[np.bool_]:
    """Which pieces (N,) stand around another."""
    around = np.zeros(len(pieces), bool)
    heights = pieces.boxes[:, 3] - pieces.boxes[:, 1]
    tallest = np.argsort(-heights, kind="stable")[:MOST]
    left, top, right, bottom = pieces.boxes[tallest].T
    within = (left > left[:, None]) & (right < right[:, None])  # (outer, inner)
    within &= (top > top[:, None]) & (bottom < bottom[:, None])
    within &= heights[tallest] >= TALL * heights[tallest][:, None]
    for outer in np.flatnonzero(within.any(axis=1)):
        ring = pieces.cut_out(int(tallest[outer]))
        corner = np.array([left[outer], top[outer]] * 2)
        boxes = pieces.boxes[tallest[within[outer]]] - corner
        around[tallest[outer]] = any(_faces(ring, box) for box in boxes)
    return around


def _faces(ring: Mask, box: Whole) -> bool:
    """Whether a mask has something on most sides of a box (left, top, right, bottom) in it."""
    left, top, right, bottom = box
    rows, columns = ring[top:bottom], ring[:, left:right].T
    sides = rows[:, :left], rows[:, right:], columns[:, :top], columns[:, bottom:]
    return bool(sum(side.any(axis=1).mean() for side in sides) >= SIDES)
