"""Rulings, squares and frames: straight lines across a picture, found among its thin strokes and taken out of the ink.

Nearly level lines among points are counted for each slope once, found and taken away one by one.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from numpen.pictures.framing import Ink
from numpen.reading.morphology import largest_around
from numpen.reading.pieces import Mask, pieces_of

ALONE = 0.12  # of the picture's longer side: how tall a digit that stands alone is at least
BORDER = 0.03  # of a side of the picture: so near its end a ruling ends, and a table may show
HAIR = 0.4  # of the pen's width; what is thinner all along was not drawn by it
NARROW = 15  # strokes: a narrower picture is a crop of a digit, and shows no rulings
FRAMED = 0.15  # of a frame's height is what stands in it at least
COVERED = 0.5  # of the picture's width is what a ruling covers at least
NEARLY, MOST = 0.1, 0.6  # of it: so near its sides, and over so much of it, a line runs that a lone digit stands on
STEEPEST = 0.1  # tangent of the angle up to which a line counts as a ruling
SOFT = 3  # pixels beside a line in which what is fainter goes with it
SLOPES = np.linspace(-STEEPEST, STEEPEST, 41)

Whole = NDArray[np.intp]


class Lines:
    """Points (N,) of a picture, among which lines are looked for; a page of rulings has hundreds of thousands."""

    def __init__(self, rows: Whole, columns: Whole, shape: tuple[int, int]) -> None:
        """`rows` are in order, as np.nonzero finds them; `shape` is that of the picture."""
        self.rows, self.columns, self.wide = rows, columns, shape[1]
        self.left = np.ones(len(rows), bool)  # (N,), which points belong to no line yet
        self.margin = int(STEEPEST * shape[1]) + 2
        self.counts = np.zeros((len(SLOPES), shape[0] + 2 * self.margin), np.intp)  # points of each slope at each level
        self._count(rows, columns, 1)

    def best(self, least: float) -> tuple[float, float] | None:
        """The slope, and the row at column 0, of the line that covers the most columns; None if that is below least."""
        best, line = 0, None
        for number, slope in enumerate(SLOPES):
            two = self.counts[number, :-1] + self.counts[number, 1:]
            where = int(two.argmax())
            if two[where] < max(least, best + 1):  # it covers no more columns than it has points
                continue
            points = self.near(slope, where + 0.5 - self.margin, 2)
            level = self._level(self.rows[points], self.columns[points], slope)
            covered = len(np.unique(self.columns[points][(level == where) | (level == where + 1)]))
            if covered > best:
                best, line = covered, (float(slope), where + 0.5 - self.margin)
        return line if best >= least else None

    def near(self, slope: float, at: float, reach: float) -> Whole:
        """The points that are left within `reach` rows of a line, and some further away, as places in `rows`."""
        ends = at, at + slope * self.wide
        between = math.floor(min(ends) - reach), math.ceil(max(ends) + reach) + 1
        first, after = np.searchsorted(self.rows, between)
        points: Whole = first + np.flatnonzero(self.left[first:after])
        return points

    def drop(self, points: Whole) -> None:
        """Take points away."""
        self.left[points] = False
        self._count(self.rows[points], self.columns[points], -1)

    def _count(self, rows: Whole, columns: Whole, sign: int) -> None:
        for counts, slope in zip(self.counts, SLOPES, strict=True):
            counts += sign * np.bincount(self._level(rows, columns, slope), minlength=len(counts))

    def _level(self, rows: Whole, columns: Whole, slope: float) -> Whole:
        level: Whole = np.rint(rows - columns * slope).astype(np.intp) + self.margin
        return level


def drop_rulings(ink: Ink, width: float) -> Ink:
    """The ink without straight lines that run across the picture, level or upright; strokes that cross them stay."""
    return _without_lines(ink, width, NARROW, _is_ruled)


def drop_all_lines(ink: Ink, width: float) -> Ink:
    """The same, but every such line goes, be it the bar of a 7: whoever asks has to judge what is left."""
    mask = ink > 0.5
    if not mask.any() or not (_is_across(mask) or _is_across(mask.T)):
        return ink
    return _without_lines(ink, width, 0, lambda lines, *_: _is_across(lines))


def _without_lines(ink: Ink, width: float, narrow: float, go: Callable[[Mask, Mask, Mask, float], bool]) -> Ink:
    mask = ink > 0.5
    level, upright = _lines(mask, width, narrow), _lines(mask.T, width, narrow).T
    rest = mask & ~(level | upright)
    left = pieces_of(rest)
    rest &= left.mask(left.thicknesses > HAIR * width)  # what is beside a line, where it is a little thicker, is none
    if not (level.any() or upright.any()) or not rest.any():
        return ink
    squared = _several(level, width) and _several(upright.T, width) and _holds_a_digit(rest, upright)
    boxed = False
    for lines in (level, upright):
        turned = (lines, rest, mask) if lines is level else (lines.T, rest.T, mask.T)
        if lines.any() and (squared or go(*turned, width) or (boxed and _is_along_the_border(turned[0]))):
            boxed = True  # where one side of a box is, what stands along the border is another
            beside = largest_around(lines.view(np.uint8), SOFT).astype(bool) & ~mask
            ink = np.where(lines | beside, 0, ink)
    return ink


def _several(lines: Mask, width: float) -> bool:
    """Whether level lines are more than one, well apart: so are the first and the last ink of most columns."""
    columns = lines[:, lines.any(axis=0)]
    if not columns.size:
        return False
    first, last = columns.argmax(axis=0), len(columns) - 1 - columns[::-1].argmax(axis=0)
    return bool(np.median(last - first) > 6 * width)


def _holds_a_digit(mask: Mask, upright: Mask) -> bool:
    """Whether something is as tall as a digit is that stands alone: squares have been drawn around it; or a frame."""
    pieces = pieces_of(mask)
    tallest = (pieces.boxes[:, 3] - pieces.boxes[:, 1]).max()
    return bool(tallest > min(ALONE * max(mask.shape), FRAMED * int(upright.any(axis=1).sum())))


def _lines(mask: Mask, width: float, narrow: float) -> Mask:
    """Where the mask belongs to a nearly level line across the picture, and to nothing that crosses it.

    In a picture narrower than so many strokes none are looked for.
    """
    found = np.zeros_like(mask)
    least = COVERED * mask.shape[1]
    if mask.shape[1] < narrow * width:
        return found
    lengths = _run_lengths(mask)
    thickest = max(3.0, 1.6 * width)
    thin_rows, thin_columns = np.nonzero((lengths > 0) & (lengths <= thickest))
    lines = Lines(thin_rows, thin_columns, mask.shape)
    while line := lines.best(least):
        tilt, at = line
        near = lines.near(tilt, at, thickest / 2 + 1.5)
        rows, columns = lines.rows[near], lines.columns[near]
        distance = np.abs(rows - columns * tilt - at)
        # a stroke that crosses the line is longer, measured along columns, than the line is thick
        thickness = float(np.median(lengths[rows, columns][distance <= 1]))
        beside = distance > thickness / 2 + 1.5
        drawn = ~beside & (lengths[rows, columns] <= 1.3 * thickness + 1)
        found[rows[drawn], columns[drawn]] = True
        lines.drop(near[~beside])
    return found


def _is_ruled(lines: Mask, remaining: Mask, mask: Mask, width: float) -> bool:
    """Whether level lines are rulings and no strokes.

    They go from border to border and are longer than what else there is would explain. In a tight crop the
    bar of a 7 does so too; but rulings are several, or thinner than the pen, or touch nothing, or have three digits
    beside them. What is not so long is the side of a box if it is thin and lies along the picture's border.
    """
    covered = np.flatnonzero(lines.any(axis=0))
    rest = pieces_of(remaining)
    across = covered[0] <= BORDER * lines.shape[1] and covered[-1] >= (1 - BORDER) * lines.shape[1]
    heights = rest.boxes[:, 3] - rest.boxes[:, 1]
    longer = (covered[-1] - covered[0]) / heights.max()
    thin = lines.sum() / len(covered) < 0.6 * width
    if not across or longer < 1.5:
        return bool((longer > 6 and len(rest) > 2) or (thin and _is_along_the_border(lines)))
    apart = len(pieces_of(mask)) >= len(rest) + len(pieces_of(lines))
    row = (heights > heights.max() / 2).sum() > 2
    return bool(_several(lines, width) or thin or apart or row)


def _is_across(lines: Mask) -> bool:
    """Whether level lines, or whatever a mask holds, run across most of the picture, nearly from border to border."""
    covered, wide = np.flatnonzero(lines.any(axis=0)), lines.shape[1]
    return bool(covered[0] <= NEARLY * wide and covered[-1] >= (1 - NEARLY) * wide and len(covered) > MOST * wide)


def _is_along_the_border(lines: Mask) -> bool:
    """Whether level lines run along the picture's border, as those of a box do that it was cut out with."""
    rows = np.flatnonzero(lines.any(axis=1))
    return _is_across(lines) and bool(np.minimum(rows, len(lines) - 1 - rows).max() <= BORDER * len(lines))


def _run_lengths(mask: Mask) -> NDArray[np.int32]:
    """For each pixel of the mask how long the stretch of its column is that it lies in; 0 elsewhere."""
    line, place = np.nonzero(np.diff(mask.T, axis=1, prepend=False, append=False))
    starts, stops, line = place[::2], place[1::2], line[::2]
    steps = np.zeros((mask.shape[1], mask.shape[0] + 1), np.int32)
    steps[line, starts] += stops - starts
    steps[line, stops] -= stops - starts
    lengths: NDArray[np.int32] = steps.cumsum(axis=1, dtype=np.int32)[:, :-1].T
    return lengths
