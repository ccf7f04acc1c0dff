"""Where digits that touch may be cut apart: seams from top to bottom that cross as little ink as they can."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from numpen.pictures.framing import Ink
from numpen.reading.pieces import Mask

PAPER = 0.02  # what a pixel of paper costs a seam, where a pixel of ink costs 1: of two free ways, the straight one
ASIDE = 0.03  # what a step aside costs
THICKEST = 3.0  # strokes: a seam that crosses more ink than that cuts no touching digits apart
APART = 0.16  # of the height, at least, from seam to seam


def seams(ink: Ink, stroke: float) -> list[tuple[float, NDArray[np.intp]]]:
    """The ways to cut the ink (height, width) in two, from left to right: (ink crossed in strokes, its columns).

    The columns (height,) are where the right part begins. Each is the cheapest way through its place in the
    middle row (dynamic programming from the top and from the bottom).
    """
    height, width = ink.shape
    cost = ink + PAPER
    middle = height // 2
    above, steps_up = _cheapest(cost[: middle + 1])
    below, steps_down = _cheapest(cost[middle:][::-1])
    total = above + below - cost[middle]
    crossed = (total - PAPER * height) / max(stroke, 1.0)
    chosen: list[int] = []
    for place in np.argsort(total, kind="stable"):
        if crossed[place] > THICKEST or len(chosen) > 3 * width / height:
            break
        beside = all(abs(place - other) >= APART * height for other in chosen)
        if beside and APART / 2 * height <= place <= width - APART / 2 * height:
            chosen.append(int(place))
    found = []
    for place in sorted(chosen):
        columns = np.concatenate([_trace(steps_up, place)[::-1], _trace(steps_down, place)[1:]])
        found.append((max(0.0, float(crossed[place])), columns))
    return found


def _cheapest(cost: Ink) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """What the cheapest way from the first row to each place of the last costs, and the step that led to each place."""
    height, width = cost.shape
    steps = np.zeros((height, width), np.int8)
    line = cost[0].copy()
    ways = np.full((3, width), np.inf, np.float32)
    for row in range(1, height):
        ways[0, 1:], ways[1], ways[2, :-1] = line[:-1] + ASIDE, line, line[1:] + ASIDE
        best = ways.argmin(axis=0)
        steps[row] = best - 1
        line = ways[best, np.arange(width)] + cost[row]
    return line, steps


def _trace(steps: NDArray[np.int8], place: int) -> NDArray[np.intp]:
    """The columns of the way that ends at `place`, from the last row back to the first."""
    columns = [place]
    for row in range(len(steps) - 1, 0, -1):
        place += int(steps[row, place])
        columns.append(place)
    return np.array(columns, np.intp)


def slices(width: int, ways: list[NDArray[np.intp]]) -> list[Mask]:
    """The masks (height, width) of the parts between the seams, from left to right; none is in two."""
    height = len(ways[0])
    borders = np.stack([np.zeros(height, np.intp), *ways, np.full(height, width)])  # (seams + 2, height)
    borders = np.maximum.accumulate(borders, axis=0)
    column = np.arange(width)
    return [(column >= left[:, None]) & (column < right[:, None]) for left, right in pairwise(borders)]
