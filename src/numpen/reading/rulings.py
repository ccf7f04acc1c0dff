"""Nearly level lines among the points of a picture: counted for each slope once, found and taken away one by one."""

import math

import numpy as np
from numpy.typing import NDArray

STEEPEST = 0.1  # tangent of the angle up to which a line counts as a ruling
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
