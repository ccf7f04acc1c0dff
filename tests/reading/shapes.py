"""Ink in shapes that are easy to say: what the tests of this room draw with."""

import numpy as np

from numpen.pictures.framing import Ink

Colour = tuple[int, int, int]


def ring(side: int, thickness: int) -> Ink:
    """Ink in the shape of a 0."""
    rows, columns = np.indices((side, side)) - (side - 1) / 2
    distance = np.hypot(rows, columns)
    ink: Ink = (np.abs(distance - side * 0.35) < thickness / 2).astype(np.float32)
    return ink


def on_paper(ink: Ink, paper: float = 220, pen: float = 40) -> "np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]":
    """The ink as a picture (height, width, 1)."""
    return (paper + (pen - paper) * ink).astype(np.uint8)[..., None]


def in_colours(ink: Ink, paper: Colour, pen: Colour) -> "np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]":
    """The ink of a pen on paper (height, width, 3)."""
    picture = np.zeros((*ink.shape, 3), np.uint8)
    picture[...] = np.array(paper) + (np.array(pen) - np.array(paper)) * ink[..., None]
    return picture
