"""Which parts of a line are which digit: the row of groups whose logarithms of probability add up to the most.

What a network cannot know of a group adds its cost, in nats: whether ink was cut for it, how far its parts are from
each other, whether it is as tall as the line, and what is left over. The costs were fitted to rows of MNIST's training
digits and of other hands', apart and touching.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np

from numpen.pictures.framing import Ink
from numpen.reading.cuts import Columns, between

SOLID = 0.25  # ink from which on pieces are connected
MOST_PARTS = 14  # that a digit is put together from
CUT_COST = 0.3, 0.3  # for each cut, and for each stroke's width that it crosses
LEFT_OUT = 4.0  # for a part as tall as the line to be no digit; lower ones cost less
AMONG_DIGITS = 1.6  # times as much where most of the line is digits
SLICE_OUT = 2.5  # more for a slice: half a piece is seldom a digit when the other half is none
JOIN_COST = 1.5, 4.2  # to put two separate tall parts together, and for each typical height between them
BROAD = 1.0, 4.0  # width over height from which on a digit is less likely, and for each unit more
SMALL = 0.6, 30.0  # typical heights: a digit whose longer side is shorter is less likely, and for each height less
SURE = 0.5  # what looks so much like a digit or more says that the line is one of digits

Span = tuple[int, int]  # parts first to after of a line, the latter not in it


@dataclass(frozen=True, eq=False)
class Part:
    """Some ink with its place on the picture."""

    left: int
    top: int
    ink: Ink
    piece: int  # the connected piece that it is, or was cut from
    is_slice: bool = False
    cut: float | None = None  # strokes that the seam at its left crosses; None at the side of a piece
    sides: "Sides | None" = None  # of a slice

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom; the latter two the first that lie outside."""
        return self.left, self.top, self.left + self.ink.shape[1], self.top + self.ink.shape[0]


@dataclass(frozen=True, eq=False)
class Sides:
    """The seams at the sides of a slice, in the part that was cut."""

    whole: Part
    left: Columns
    right: Columns

    def to(self, last: "Sides") -> Part:
        """All ink from here to the right side of a later slice."""
        return replace(self.whole, ink=between(self.whole.ink, self.left, last.right))


@dataclass(frozen=True, eq=False)
class Found:
    """A digit that was found: its ink and its box (left, top, right, bottom)."""

    ink: Ink
    box: tuple[int, int, int, int]
    is_cut: bool  # from a digit that it touches, or from what was taken for one


def together(parts: list[Part]) -> Found:
    """Parts as one: their ink in the box that holds them all."""
    pieces = [list(same) for _, same in groupby(parts, lambda part: part.piece)]
    is_cut = any(map(_is_cut, pieces))
    if len(parts) > 1:
        parts = _joined(pieces)
    lefts, tops, rights, bottoms = zip(*(part.box for part in parts), strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    ink = np.zeros((bottom - top, right - left), np.float32)
    for part in parts:
        window = ink[part.top - top :, part.left - left :][: part.ink.shape[0], : part.ink.shape[1]]
        np.maximum(window, part.ink, out=window)
    return Found(ink, (left, top, right, bottom), is_cut)


def _is_cut(same: list[Part]) -> bool:
    """Whether parts of one piece that follow each other are not all of it."""
    first, last = same[0].sides, same[-1].sides
    if first is None or last is None:
        return False
    return bool(first.left.any() or (last.right < last.whole.ink.shape[1]).any())


def _joined(pieces: list[list[Part]]) -> list[Part]:
    """The same with slices of one piece that follow each other as one, between the first's seam and the last's.

    What the seams between them, which may cross these, have done to their ink is undone.
    """
    joined = []
    for same in pieces:
        first, last = same[0].sides, same[-1].sides
        joined += [tight(first.to(last), same[0])] if first and last else same
    return joined


def tight(part: Part, like: Part) -> Part:
    """The part without the empty rows and columns at its sides; where all of it is faint, the other."""
    rows, columns = (np.flatnonzero((part.ink > SOLID).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return like
    top, left = int(rows[0]), int(columns[0])
    ink = part.ink[top : rows[-1] + 1, left : columns[-1] + 1]
    return replace(part, left=part.left + left, top=part.top + top, ink=ink)


def best_way(
    parts: list[Part], looks: Mapping[Span, float], boxes: Mapping[Span, tuple[int, int]], typical: float
) -> list[Span]:
    """The spans of parts that are digits, from left to right; the others are left out.

    `looks`: the logarithm of how much each span that may be one looks like a digit; `boxes`: its height and width.
    Where most of what is tall turns out to be digits, the rest probably is, too, and leaving it out costs more.
    """
    spans = _way(parts, looks, boxes, typical, LEFT_OUT)
    heights = [_share(part, typical) for part in parts]
    sure = sum(sum(heights[first:after]) for first, after in spans if looks[first, after] > np.log(SURE))
    if sure > sum(heights) / 2:
        spans = _way(parts, looks, boxes, typical, LEFT_OUT * AMONG_DIGITS)
    return spans


def _way(
    parts: list[Part],
    looks: Mapping[Span, float],
    boxes: Mapping[Span, tuple[int, int]],
    typical: float,
    left_out: float,
) -> list[Span]:
    """Dynamic programming from left to right."""
    best = [0.0] + [-np.inf] * len(parts)
    back: list[tuple[int, bool]] = [(0, False)] * (len(parts) + 1)
    for after in range(1, len(parts) + 1):
        last = parts[after - 1]
        out = left_out * _share(last, typical) + SLICE_OUT * last.is_slice
        best[after], back[after] = best[after - 1] - out - _cut_cost(last), (after - 1, False)
        for first in range(max(0, after - MOST_PARTS), after):
            if (first, after) not in looks:
                continue
            cost = _cut_cost(parts[first]) + _joins(parts[first:after], typical) + _shape(boxes[first, after], typical)
            value = best[first] + looks[first, after] - cost
            if value > best[after]:
                best[after], back[after] = value, (first, True)
    spans, after = [], len(parts)
    while after:
        first, is_digit = back[after]
        if is_digit:
            spans.append((first, after))
        after = first
    return spans[::-1]


def _share(part: Part, typical: float) -> float:
    """How much of a digit a part may be, 0 to 1, by its longer side."""
    return float(min(1.0, max(part.ink.shape) / typical) ** 2)


def _cut_cost(part: Part) -> float:
    return 0.0 if part.cut is None else CUT_COST[0] + CUT_COST[1] * part.cut


def _shape(box: tuple[int, int], typical: float) -> float:
    """What it costs that a digit is much smaller than the others, or broader than it is tall."""
    height, width = box
    return SMALL[1] * max(0.0, SMALL[0] - max(height, width) / typical) + BROAD[1] * max(0.0, width / height - BROAD[0])


def _joins(parts: list[Part], typical: float) -> float:
    """What it costs to take parts for one digit: the bar of a 5 is low, two digits are about as tall."""
    cost = 0.0
    tall = 0.6 * min(typical, max(part.ink.shape[0] for part in parts))
    for part, following in pairwise(parts):
        if part.piece != following.piece and min(part.ink.shape[0], following.ink.shape[0]) > tall:
            cost += JOIN_COST[0] + JOIN_COST[1] * max(0, following.left - part.box[2]) / typical
    return cost
