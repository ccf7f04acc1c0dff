"""Connected pieces of a mask, found from the runs of its rows: a page has a thousand times fewer runs than pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Whole = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces of a mask; corners connect. A run is a stretch of a row, its pixels start:stop."""

    shape: tuple[int, int]
    rows: Whole  # (runs,)
    starts: Whole  # (runs,)
    stops: Whole  # (runs,)
    labels: Whole  # (runs,), the number of the piece that a run belongs to, 0 to N - 1
    boxes: Whole  # (N, 4): left, top, right, bottom; right and bottom are the first that lie outside
    areas: Whole  # (N,) pixels

    def __len__(self) -> int:
        return len(self.areas)

    def only(self, chosen: NDArray[np.bool_]) -> "Pieces":
        """The pieces that are chosen (N,), numbered anew in the same order."""
        if chosen.all():
            return self
        runs, numbers = chosen[self.labels], np.cumsum(chosen) - 1
        rows, starts, stops, labels = self.rows[runs], self.starts[runs], self.stops[runs], numbers[self.labels[runs]]
        return Pieces(self.shape, rows, starts, stops, labels, self.boxes[chosen], self.areas[chosen])

    @property
    def thicknesses(self) -> NDArray[np.float64]:
        """How thick each piece is (N,), in pixels, if it is one straight stroke; else its strokes are thinner."""
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        thicknesses: NDArray[np.float64] = self.areas / sides.max(axis=1, initial=1)
        return thicknesses

    def mask(self, chosen: NDArray[np.bool_]) -> Mask:
        """A mask (height, width) of the pieces that are chosen (N,)."""
        return _painted(self.shape, self.rows, self.starts, self.stops, chosen[self.labels])

    def sums(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of an image (height, width) over each piece (N,)."""
        line = np.zeros(values.size + 1)  # one more: a run may end with the last
        line[:-1] = values.reshape(-1)
        ends = self.rows * self.shape[1] + np.stack([self.starts, self.stops])
        runs = np.add.reduceat(line, ends.T.reshape(-1))[::2]  # each run, and then what lies before the next
        return np.bincount(self.labels, weights=runs, minlength=len(self)).astype(np.float64)

    def runs_of(self, label: int) -> slice:
        """Where the runs of a piece are; they are sorted by piece."""
        first, after = np.searchsorted(self.labels, [label, label + 1])
        return slice(int(first), int(after))

    def cut_out(self, label: int) -> Mask:
        """The mask of one piece in its own box."""
        left, top, right, bottom = self.boxes[label]
        runs = self.runs_of(label)
        rows, starts, stops = self.rows[runs] - top, self.starts[runs] - left, self.stops[runs] - left
        return _painted((bottom - top, right - left), rows, starts, stops, np.ones(len(rows), bool))


def pieces_of(mask: Mask) -> Pieces:
    """The connected pieces of a mask (height, width), from the top down."""
    height, width = mask.shape
    edges = np.zeros((height, width + 2), bool)
    edges[:, 1:-1] = mask
    changes = np.flatnonzero(edges[:, 1:] != edges[:, :-1])  # a run begins, ends, begins, ends, ...
    rows, starts = np.divmod(changes[::2], width + 1)
    stops = changes[1::2] - rows * (width + 1)
    labels = _joined(len(rows), *_neighbours(rows, starts, stops, width))
    order = np.argsort(labels, kind="stable")
    rows, starts, stops, labels = rows[order], starts[order], stops[order], labels[order]
    if not len(rows):
        return Pieces(mask.shape, rows, starts, stops, labels, np.zeros((0, 4), np.intp), rows)
    firsts = np.flatnonzero(np.diff(labels, prepend=-1))
    sides = (
        np.minimum.reduceat(starts, firsts),
        np.minimum.reduceat(rows, firsts),
        np.maximum.reduceat(stops, firsts),
        np.maximum.reduceat(rows, firsts) + 1,
    )
    return Pieces(
        mask.shape, rows, starts, stops, labels, np.stack(sides, axis=1), np.add.reduceat(stops - starts, firsts)
    )


def _neighbours(rows: Whole, starts: Whole, stops: Whole, width: int) -> tuple[Whole, Whole]:
    """Pairs of runs in adjacent rows that touch, be it at a corner."""
    line = width + 2  # so far apart in one long row that the end of a row touches no start
    # in the row below, a run that touches ends at or behind our start and starts at or before our end
    first = np.searchsorted(rows * line + stops, (rows + 1) * line + starts, "left")
    after = np.searchsorted(rows * line + starts, (rows + 1) * line + stops, "right")
    counts = np.maximum(after - first, 0)
    upper = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(upper)) - np.repeat(np.cumsum(counts) - counts, counts)
    return upper, np.repeat(first, counts) + within


def _joined(count: int, one: Whole, other: Whole) -> Whole:
    """A number for each of `count` things, 0 upwards, the same for all that the pairs connect."""
    labels = np.arange(count)
    while True:
        a, b = labels[one], labels[other]
        apart = a != b
        if not apart.any():
            is_root = labels == np.arange(count)
            numbers: Whole = is_root.cumsum() - 1
            return numbers[labels]
        one, other, a, b = one[apart], other[apart], a[apart], b[apart]
        np.minimum.at(labels, np.maximum(a, b), np.minimum(a, b))  # hang the larger root below the smaller
        while (labels != (parents := labels[labels])).any():
            labels = parents


def _painted(shape: tuple[int, int], rows: Whole, starts: Whole, stops: Whole, chosen: NDArray[np.bool_]) -> Mask:
    steps = np.zeros((shape[0], shape[1] + 1), np.int8)
    steps[rows[chosen], starts[chosen]] += 1
    steps[rows[chosen], stops[chosen]] -= 1
    return steps.cumsum(axis=1, dtype=np.int8)[:, : shape[1]].astype(bool)
