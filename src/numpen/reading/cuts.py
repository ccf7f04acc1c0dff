"""Where digits that touch may be cut apart: seams from top to bottom that cross as little ink as they can.

A seam goes down, and aside as far as it likes. Ink is cheaper in the corners where two strokes meet, so of all
the ways through a stroke, the one where it touches another is preferred.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from numpen.pictures.framing import Ink
from numpen.reading.morphology import largest_around

PAPER = 0.02  # what a pixel of paper costs a seam, where a pixel of ink costs 1: of two free ways, the short one
STIFF = 0.0, 0.15  # what a pixel aside costs more, for each kind of seam: where two digits lie along each other, the
# stiff kind goes between them, the loose one around, through a stroke of one
CORNER = 0.8  # of its cost is what ink in a corner is cheaper
SHARP = 0.3  # more than half the surroundings of a corner is ink; by so much more it counts in full
THICKEST = 5.0  # strokes: a seam that crosses more ink than that cuts no touching digits apart
SIDE = 0.06  # of the ink at least is on either side of a seam
TALL = 0.4  # of the height at least is what is on either side
APART = 0.03  # of the ink at least is what two seams share out differently
MOST = 6, 3  # seams through a piece as wide as tall, and for each width more
TRIED = 100  # places, the cheapest ones, that a seam is laid through: a sheet of stripes has thousands
LEVELS = np.linspace(0.1, 0.9, 9)  # of the height: where the places are that a seam is laid through

Columns = NDArray[np.intp]  # (height,), where in each row the right part begins


def seams(ink: Ink, stroke: float, kinds: tuple[float, ...] = STIFF[:1]) -> list[tuple[float, Columns]]:
    """The ways to cut the ink (height, width) in two, from left to right: (ink crossed in strokes, its columns).

    `kinds` are how stiff they are, of STIFF.
    """
    height, width = ink.shape
    stroke = max(stroke, 1.0)
    cost = ink * (1 - CORNER * _corners(ink, stroke)) + np.float32(PAPER)
    before = np.zeros((height, width + 1), np.float32)
    np.cumsum(ink, axis=1, out=before[:, 1:])
    mass = float(before[:, -1].sum())
    chosen: list[tuple[float, Columns, Ink]] = []
    for stiff in kinds:
        most = len(chosen) + MOST[0] + MOST[1] * max(0.0, width / height - 1)
        for crossed, columns in _ways(cost, stroke, stiff):
            left = before[np.arange(height), columns]
            apart = all(np.abs(left - other).sum() >= APART * mass for *_, other in chosen)
            if apart and SIDE < left.sum() / mass < 1 - SIDE and _both_tall(left, before[:, -1] - left):
                chosen.append((crossed, columns, left))
            if len(chosen) >= most:
                break
    chosen.sort(key=lambda each: float(each[2].sum()))
    return [(max(0.0, crossed), columns) for crossed, columns, _ in chosen]


def _ways(cost: Ink, stroke: float, stiff: float) -> Iterator[tuple[float, Columns]]:
    """Seams through the places that are cheapest to go through: (ink crossed in strokes, columns)."""
    height = len(cost)
    above, came = _cheapest(cost, stiff)
    from_below, goes = _cheapest(cost[::-1], stiff)
    below, goes = from_below[::-1], goes[::-1]
    for crossed, row, place in _places(above + below - cost - PAPER * height, stroke)[:TRIED]:
        columns = np.concatenate([_trace(came[: row + 1], place)[::-1], _trace(goes[row:][::-1], place)[1:]])
        aside = float(np.abs(np.diff(columns)).sum())
        yield crossed - (stiff + PAPER) * aside / stroke, columns


def _corners(ink: Ink, stroke: float) -> Ink:
    """How much each place is beside a corner between strokes, 0 to 1: paper with more ink around it than at an edge."""
    soft = Image.fromarray((ink * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(0.8 * stroke))
    around = np.asarray(soft, np.float32) / np.float32(255)
    sharp = ((around - 0.5) / SHARP).clip(0, 1) * (ink < 0.5)
    return largest_around(sharp.astype(np.float32), max(1, round(0.4 * stroke)))


def _places(crossed: Ink, stroke: float) -> list[tuple[float, int, int]]:
    """(ink crossed in strokes, row, column) of the places whose seams cross less than those beside, the least first."""
    height, width = crossed.shape
    reach = max(2, int(stroke / 3))
    rows = np.unique((LEVELS * height).astype(np.intp))
    along = np.pad(crossed[rows], ((0, 0), (reach, reach)), constant_values=np.inf)
    least = np.min([along[:, by : by + width] for by in range(2 * reach + 1)], axis=0)
    low = (crossed[rows] <= least + 1e-4) & (crossed[rows] < THICKEST * stroke)
    low[:, 1:] &= ~low[:, :-1]  # the first of a stretch that costs the same
    level, column = np.nonzero(low)
    values = crossed[rows[level], column] / stroke
    order = np.argsort(values, kind="stable")
    return [(float(values[each]), int(rows[level[each]]), int(column[each])) for each in order]


def _both_tall(left: Ink, right: Ink) -> bool:
    """Whether the ink in the rows (height,) of either part reaches over enough of the height."""
    spans = [np.flatnonzero(part > 0.5) for part in (left, right)]
    return all(len(span) and span[-1] - span[0] >= TALL * len(left) for span in spans)


def _cheapest(cost: Ink, stiff: float) -> tuple[Ink, NDArray[np.intp]]:
    """What the cheapest way from the first row to each place costs, and the column at which it left the row above.

    A way enters a row from above and goes along it in one direction, paying for each pixel, and `stiff` more for each
    pixel aside (dynamic programming).
    """
    height, width = cost.shape
    total, came = np.empty_like(cost), np.zeros((height, width), np.intp)
    along = np.zeros((height, width + 1), np.float32)
    np.cumsum(cost + np.float32(stiff), axis=1, out=along[:, 1:])
    total[0] = cost[0]
    for row in range(1, height):
        line, start, stop = total[row - 1], along[row, :-1], along[row, 1:]
        rightward, from_left = _least_so_far(line - start)
        leftward, from_right = _least_so_far((line + stop)[::-1])
        rightward, leftward = rightward + stop - stiff, leftward[::-1] - start - stiff
        total[row] = np.minimum(rightward, leftward)
        came[row] = np.where(leftward < rightward, width - 1 - from_right[::-1], from_left)
    return total, came


def _least_so_far(values: Ink) -> tuple[Ink, NDArray[np.intp]]:
    least = np.minimum.accumulate(values)
    return least, np.maximum.accumulate(np.where(values == least, np.arange(len(values)), 0))


def _trace(came: NDArray[np.intp], place: int) -> Columns:
    """The columns of the way that ends at `place`, from the last row back to the first."""
    columns = [place]
    for row in range(len(came) - 1, 0, -1):
        place = int(came[row, place])
        columns.append(place)
    return np.array(columns, np.intp)


def between(ink: Ink, left: Columns, right: Columns) -> Ink:
    """The ink (height, width) from one seam to another; nothing where they have crossed."""
    column = np.arange(ink.shape[1])
    inside: Ink = np.where((column >= left[:, None]) & (column < right[:, None]), ink, 0)
    return inside
