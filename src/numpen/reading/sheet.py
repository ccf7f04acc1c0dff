"""The sheet that is written on, where it lies on something of another tone: a note on a table, a plot in its margin.

What lies around such a sheet says nothing, and its edges would be read as 1s. So it is painted as the sheet goes on.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.pictures.decode import Colours, image_of
from numpen.reading.light import histogram, otsu_threshold
from numpen.reading.morphology import smallest_around
from numpen.reading.pieces import Mask, pieces_of

GLANCE = 150  # pixels of the longer side of the small copy on which it is looked for
BORDER = 0.9  # of the picture's border is not of the sheet
LEAST_SIDE = 0.5  # of each side of the picture is the sheet's at least
LEAST_BLANK, MOST_BLANK = 0.75, 0.997  # of the sheet is paper and no ink
SQUARE = 0.88  # of the smallest box around it the sheet fills: an ellipse, as a broad 0 is, fills 0.79
TILTS = np.radians(np.arange(-45, 45, 3))
EDGE = 2  # pixels of the copy, by which the sheet is taken for smaller
REACH = 24  # pixels of the copy: the mean light so far around is how the sheet goes on


def alone(colours: Colours) -> Colours:
    """The picture (height, width, 1 or 3) with its sheet going on to all sides; unchanged if no sheet can be told."""
    height, width = colours.shape[:2]
    scale = min(1.0, GLANCE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = image_of(colours).resize(size, Image.Resampling.BOX)
    sheet = _sheet(np.asarray(small.convert("L")))
    if sheet is None:
        return colours
    inside = Image.fromarray(sheet.view(np.uint8) * 255)
    on = _going_on(np.atleast_3d(np.asarray(small)), sheet).resize((width, height), Image.Resampling.BILINEAR)
    stays = np.asarray(inside.resize((width, height), Image.Resampling.BILINEAR)) > 127
    return np.where(stays[..., None], colours, np.atleast_3d(np.asarray(on)))


def _sheet(grey: NDArray[np.uint8]) -> Mask | None:
    """Where the sheet is, without its edges, in grey values (height, width); None if there is none."""
    is_light = grey > otsu_threshold(histogram(grey))
    border = np.concatenate([is_light[0], is_light[-1], is_light[:, 0], is_light[:, -1]]).mean()
    if max(border, 1 - border) < BORDER:
        return None
    other = is_light if border < 0.5 else ~is_light
    if np.count_nonzero(other) < LEAST_SIDE**2 * LEAST_BLANK * SQUARE * other.size:  # most pictures: it is the ink
        return None
    pieces = pieces_of(other)
    largest = int(pieces.areas.argmax())
    left, top, right, bottom = pieces.boxes[largest].tolist()
    if right - left < LEAST_SIDE * grey.shape[1] or bottom - top < LEAST_SIDE * grey.shape[0]:
        return None
    runs = pieces.runs_of(largest)
    rows, firsts = np.unique(pieces.rows[runs], return_index=True)
    starts = np.minimum.reduceat(pieces.starts[runs], firsts)  # of each row, (rows,)
    stops = np.maximum.reduceat(pieces.stops[runs], firsts)
    whole = int((stops - starts).sum())
    blank = pieces.areas[largest] / whole
    if not LEAST_BLANK <= blank <= MOST_BLANK or whole < SQUARE * _smallest_box(rows, starts, stops):
        return None
    sheet, columns = np.zeros(grey.shape, np.uint8), np.arange(grey.shape[1])
    sheet[rows] = (columns >= starts[:, None]) & (columns < stops[:, None])
    return smallest_around(sheet, EDGE).view(bool)


def _smallest_box(rows: NDArray[np.intp], starts: NDArray[np.intp], stops: NDArray[np.intp]) -> float:
    """The area of the smallest box, at any tilt, around stretches of rows."""
    x = np.concatenate([starts, stops, starts, stops])  # the corners of all
    y = np.concatenate([rows, rows, rows + 1, rows + 1])
    along = np.multiply.outer(np.cos(TILTS), x) + np.multiply.outer(np.sin(TILTS), y)  # (tilts, corners)
    across = np.multiply.outer(np.cos(TILTS), y) - np.multiply.outer(np.sin(TILTS), x)
    return float((np.ptp(along, axis=1) * np.ptp(across, axis=1)).min())


def _going_on(small: Colours, sheet: Mask) -> Image.Image:
    """The light of the sheet everywhere: the mean of what is near, and far from it that of all."""
    weight = _blurred(sheet.astype(np.float32)) + 1e-3  # (height, width)
    channels = []
    for channel in np.moveaxis(small, 2, 0):
        paper = np.float32(np.median(channel[sheet]))
        seen = np.where(sheet, channel, 0).astype(np.float32)
        channels.append(((_blurred(seen) + 1e-3 * paper) / weight).clip(0, 255).astype(np.uint8))
    return image_of(np.stack(channels, axis=2))


def _blurred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    coarse = max(1, values.shape[1] // REACH), max(1, values.shape[0] // REACH)
    image = Image.fromarray(values).resize(coarse, Image.Resampling.BOX)
    return np.asarray(image.resize(values.shape[::-1], Image.Resampling.BILINEAR))
