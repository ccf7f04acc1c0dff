"""Where each digit is: pieces of ink put together or cut apart as the network likes them best.

A line of writing is first cut into parts that are surely not larger than a digit. Every group of
neighbouring parts that could be one digit is framed and shown to the network, and the row of groups whose
logarithms of probability add up to the most is the reading (Casey and Lecolinet 1996 call it
recognition-based segmentation).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from numpen.pictures.framing import Ink
from numpen.reading.cuts import seams, slices
from numpen.reading.lines import lines_of, typical_height
from numpen.reading.morphology import largest_around
from numpen.reading.pieces import Pieces, pieces_of

# inks of single digits -> how likely each is the digit that it looks like most, and a digit at all, (N,)
Judge = Callable[[list[Ink]], NDArray[np.float64]]

SOLID = 0.25  # ink from which on pieces are connected
SPECK = 0.15  # of the typical height: what is smaller both ways is dust
TALLEST, WIDEST = 2.6, 12.0  # typical heights: what is larger is a drawing, not writing
CUT_BELOW = 0.8  # a piece that looks like a digit with this probability is not cut
MOST_PARTS = 5  # that a digit is put together from
BROADEST = 1.7  # typical heights
GAP = 0.3  # typical heights between the parts of a digit
CUT_COST = 0.5, 0.6  # nats for each cut, and for each stroke's width that it crosses
LEFT_OUT = 4.0  # nats for a part as tall as the line to be no digit; lower ones cost less
JOIN_COST = 0.3, 4.0  # nats to put two separate tall parts together, and for each typical height between them
LOWEST = 0.35  # of the typical height: digits that are lower are less likely


@dataclass(frozen=True, eq=False)
class Part:
    """Some ink with its place on the picture."""

    left: int
    top: int
    ink: Ink
    piece: int  # the connected piece that it was cut from
    cut: float = 0.0  # nats that the cut at its left side costs

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom; the latter two the first that lie outside."""
        return self.left, self.top, self.left + self.ink.shape[1], self.top + self.ink.shape[0]


@dataclass(frozen=True, eq=False)
class Found:
    """A digit that was found: its ink and its box (left, top, right, bottom)."""

    ink: Ink
    box: tuple[int, int, int, int]


def find_digits(ink: Ink, stroke: float, judge: Judge) -> tuple[list[list[Found]], float]:
    """The digits on a page of strokes, line by line in reading order, and the tangent of the lines' tilt."""
    pieces = pieces_of(ink > SOLID)
    if not len(pieces):
        return [], 0.0
    sides = pieces.boxes[:, 2:] - pieces.boxes[:, :2]  # (N, 2): widths, heights
    typical = typical_height(pieces.boxes, stroke)
    plausible = (sides.max(axis=1) > SPECK * typical) & (sides[:, 1] < TALLEST * typical)
    kept = np.flatnonzero(plausible & (sides[:, 0] < WIDEST * typical))
    rows, tilt = lines_of(pieces.boxes[kept], typical)
    whole = [[_part(ink, pieces, int(kept[each])) for each in row] for row in rows]
    flat = [part for row in whole for part in row]
    looks = dict(zip((part.piece for part in flat), judge([part.ink for part in flat]), strict=True))
    parts = [[each for part in row for each in _cut(part, looks[part.piece], typical, stroke)] for row in whole]
    return _best_rows(parts, judge, typical), tilt


def _part(ink: Ink, pieces: Pieces, label: int) -> Part:
    left, top, right, bottom = pieces.boxes[label]
    mask = largest_around(np.pad(pieces.cut_out(label), 1).view(np.uint8), 1).astype(bool)
    above, before = min(1, top), min(1, left)  # a pixel more on each side, for the soft edge
    area = ink[top - above : bottom + 1, left - before : right + 1]
    inside = mask[1 - above :, 1 - before :][: area.shape[0], : area.shape[1]]
    return Part(int(left - before), int(top - above), np.where(inside, area, 0).astype(np.float32), label)


def _cut(part: Part, looks: float, typical: float, stroke: float) -> list[Part]:
    """The part as it is, or cut at every seam that may part two digits."""
    height, width = part.ink.shape
    if looks > CUT_BELOW or width < 0.5 * max(height, 0.7 * typical) or height < 0.5 * typical:
        return [part]
    ways = seams(part.ink, stroke)
    if not ways:
        return [part]
    cut = []
    costs = [0.0, *(CUT_COST[0] + CUT_COST[1] * crossed for crossed, _ in ways)]
    for cost, mask in zip(costs, slices(width, [columns for _, columns in ways]), strict=True):
        ink = np.where(mask, part.ink, 0)
        rows, columns = np.flatnonzero((ink > SOLID).any(axis=1)), np.flatnonzero((ink > SOLID).any(axis=0))
        if len(rows):
            top, left = int(rows[0]), int(columns[0])
            inside = ink[top : rows[-1] + 1, left : columns[-1] + 1]
            cut.append(Part(part.left + left, part.top + top, inside, part.piece, cost))
    return cut or [part]


def together(parts: list[Part]) -> Found:
    """Parts as one: their ink in the box that holds them all."""
    lefts, tops, rights, bottoms = zip(*(part.box for part in parts), strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    ink = np.zeros((bottom - top, right - left), np.float32)
    for part in parts:
        window = ink[part.top - top :, part.left - left :][: part.ink.shape[0], : part.ink.shape[1]]
        np.maximum(window, part.ink, out=window)
    return Found(ink, (left, top, right, bottom))


def _best_rows(rows: list[list[Part]], judge: Judge, typical: float) -> list[list[Found]]:
    """For each line the row of groups that the network likes best."""
    groups: dict[tuple[int, int, int], Found] = {}
    for number, parts in enumerate(rows):
        for first in range(len(parts)):
            for after in range(first + 1, min(first + MOST_PARTS, len(parts)) + 1):
                found = together(parts[first:after])
                if after - first > 1 and not _may_be_one(parts[first:after], found, typical):
                    continue
                groups[number, first, after] = found
    scores = dict(zip(groups, np.log(judge([each.ink for each in groups.values()]).clip(1e-4)), strict=True))
    chosen = []
    for number, parts in enumerate(rows):
        options = {key[1:]: value for key, value in scores.items() if key[0] == number}
        row = [groups[number, *span] for span in _best_way(parts, options, groups, number, typical)]
        if row:
            chosen.append(row)
    return chosen


def _may_be_one(parts: list[Part], found: Found, typical: float) -> bool:
    height, width = found.ink.shape
    if width > BROADEST * typical or height > TALLEST * typical:
        return False
    reach = parts[0].box[2]
    for part in parts[1:]:
        if part.left - reach > GAP * typical:
            return False
        reach = max(reach, part.box[2])
    return True


def _joins(parts: list[Part], typical: float) -> float:
    """What it costs, in nats, to take parts for one digit: the bar of a 5 is low, two digits are about as tall."""
    cost = 0.0
    tallest = max(part.ink.shape[0] for part in parts)
    for part, following in pairwise(parts):
        if part.piece != following.piece and min(part.ink.shape[0], following.ink.shape[0]) > 0.6 * tallest:
            cost += JOIN_COST[0] + JOIN_COST[1] * max(0, following.left - part.box[2]) / typical
    return cost


def _best_way(
    parts: list[Part],
    scores: dict[tuple[int, int], float],
    groups: dict[tuple[int, int, int], Found],
    number: int,
    typical: float,
) -> list[tuple[int, int]]:
    """The spans of parts that are digits (dynamic programming from left to right); other parts are left out."""
    best = [0.0] + [-np.inf] * len(parts)
    back: list[tuple[int, bool]] = [(0, False)] * (len(parts) + 1)
    for after in range(1, len(parts) + 1):
        last = parts[after - 1]
        height = last.ink.shape[0] / typical
        best[after] = best[after - 1] - LEFT_OUT * min(1.0, height) ** 2 - last.cut
        back[after] = after - 1, False
        for first in range(max(0, after - MOST_PARTS), after):
            if (first, after) not in scores:
                continue
            low = max(0.0, LOWEST - groups[number, first, after].ink.shape[0] / typical)
            value = (
                best[first] + scores[first, after] - parts[first].cut - 10 * low - _joins(parts[first:after], typical)
            )
            if value > best[after]:
                best[after], back[after] = value, (first, True)
    spans, after = [], len(parts)
    while after:
        first, is_digit = back[after]
        if is_digit:
            spans.append((first, after))
        after = first
    return spans[::-1]
