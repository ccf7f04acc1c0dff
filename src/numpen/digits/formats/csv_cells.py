"""The cells of a CSV file: which number each is, and which way of writing pixels it fits.

A pixel from 0 to 255 is written as it is, or divided by 255 or by 256. Which of the three is told from the
cells themselves, and only a cell that leads back to exactly one whole number fits.
"""

import re
from typing import Literal, TypeAlias

Scale: TypeAlias = Literal[1, 255, 256]  # what the pixels were divided by

SCALES: tuple[Scale, ...] = (1, 255, 256)
NUMBER = re.compile(rb"(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?|\.(\d+)")
LONGEST = 40  # bytes of a cell
MOST_KNOWN = 1 << 16  # different cells that are remembered

FLOAT32 = 2.0**-24  # what the nearest float32 is off by at the most, relatively


def bare(cell: bytes) -> bytes:
    """The cell without the spaces and the quotes around it."""
    cell = cell.strip(b" ")
    return cell[1:-1] if len(cell) >= 2 and cell[:1] == cell[-1:] == b'"' else cell


def is_number(cell: bytes) -> bool:
    """Whether the cell is a number as pixels and labels are written."""
    return len(cell) <= LONGEST and NUMBER.fullmatch(bare(cell)) is not None


def unscaled(cell: bytes, scale: Scale) -> int | None:
    """The whole number from 0 to 255 that was divided by `scale` and written into this cell; None if there is none.

    The digits that were written leave room for half a unit of the last one. Where that room holds more than one
    whole number the cell fits only if it is exact.
    """
    found = NUMBER.fullmatch(bare(cell)) if len(cell) <= LONGEST else None
    if found is None:
        return None
    value = float(found.group())
    if not value <= 255:
        return None
    if scale == 1:
        return int(value) if value == int(value) else None
    number = round(value * scale)
    decimals = max(len(found[2] or found[4] or b"") - int(found[3] or 0), 0)
    off = abs(value - number / scale)
    room = 0.5 * 10.0**-decimals
    exact = off <= value * FLOAT32
    fits = exact or (room < 0.5 / 256 and off <= room + value * FLOAT32)
    return number if number <= 255 and fits else None


class Pixels(dict[bytes, int]):
    """From a cell to its pixel, each different cell parsed once; a cell that is none raises a ValueError."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    def __missing__(self, cell: bytes) -> int:
        pixel = unscaled(cell, self.scale)
        if pixel is None:
            raise ValueError("no pixel")
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[cell] = pixel
        return pixel


class ScaleFinder:
    """Rules out ways of writing pixels, cell by cell, until one is left."""

    def __init__(self) -> None:
        self.possible = set(SCALES)
        self.seen: dict[bytes, dict[Scale, int]] = {}

    def fits(self, cell: bytes) -> bool:
        """Take a cell into account; whether any way of writing fits it and all cells before."""
        if cell not in self.seen:
            pixels = {scale: unscaled(cell, scale) for scale in self.possible}
            self.possible = {scale for scale, pixel in pixels.items() if pixel is not None}
            if len(self.seen) >= MOST_KNOWN:
                self.seen.clear()
            self.seen[cell] = {scale: pixel for scale, pixel in pixels.items() if pixel is not None}
        return bool(self.possible)

    def answer(self) -> Scale | None:
        """What the pixels were divided by, or None if it makes a difference and cannot be told."""
        ways = {tuple(pixels[scale] for pixels in self.seen.values()) for scale in self.possible}
        return min(self.possible) if len(ways) == 1 else None
