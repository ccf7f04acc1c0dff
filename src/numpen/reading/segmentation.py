"""Where each digit is: pieces of ink put together or cut apart as the network likes them best.

A line of writing is first cut into parts that are surely not larger than a digit. Every group of
neighbouring parts that could be one digit is framed and shown to the network, and the row of groups whose
logarithms of probability add up to the most is the reading (Casey and Lecolinet 1996 call it
recognition-based segmentation).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from numpen.pictures.framing import Ink
from numpen.reading.cuts import STIFF, between, seams
from numpen.reading.lattice import MOST_PARTS, SOLID, Found, Part, Sides, Span, best_way, tight, together
from numpen.reading.lines import lines_of, typical_height
from numpen.reading.morphology import largest_around
from numpen.reading.pieces import Pieces, pieces_of
from numpen.reading.rings import around_others

# inks of single digits -> how likely each is the digit that it looks like most, and a digit at all, (N,)
Judge = Callable[[list[Ink]], NDArray[np.float64]]

SPECK = 0.15  # of the typical height: what is smaller both ways is dust
TALLEST, WIDEST = 2.6, 12.0  # typical heights: what is larger is a drawing, not writing
CUT_BELOW = 0.9  # a piece that looks like a digit with this probability is not cut, unless it is wide
SLIM, WIDE = 0.4, 1.0  # of its height: how narrow a piece is never cut, how broad one may be two digits anyway
MOST = 600  # pieces; the tallest are looked at of a picture full of specks
OVERLAP = 3.0  # times the picture is what boxes of writing never take together; those of stripes and hatching do
BROADEST = 1.7  # typical heights
GAP = 0.3  # typical heights between the parts of a digit


def find_digits(ink: Ink, stroke: float, judge: Judge) -> tuple[list[list[Found]], float]:
    """The digits on a page of strokes, line by line in reading order, and the tangent of the lines' tilt."""
    pieces = pieces_of(ink > SOLID)
    if not len(pieces):
        return [], 0.0
    pieces = pieces.only(~around_others(pieces))
    sides = pieces.boxes[:, 2:] - pieces.boxes[:, :2]  # (N, 2): widths, heights
    typical = typical_height(pieces.boxes, stroke)
    plausible = (sides.max(axis=1) > SPECK * typical) & (sides[:, 1] < TALLEST * typical)
    kept = np.flatnonzero(plausible & (sides[:, 0] < WIDEST * typical))
    if sides[kept].prod(axis=1).sum() > OVERLAP * ink.size:
        return [], 0.0
    kept = np.sort(kept[np.argsort(-sides[kept, 1], kind="stable")[:MOST]])
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
    slim = width < SLIM * max(height, 0.7 * typical)
    if slim or height < 0.5 * typical or (looks > CUT_BELOW and width < WIDE * height):
        return [part]
    ways = seams(part.ink, stroke, STIFF if looks < CUT_BELOW else STIFF[:1])
    borders = [np.zeros(height, np.intp), *(columns for _, columns in ways), np.full(height, width)]
    crossings = [None, *(crossed for crossed, _ in ways)]
    cut: list[Part] = []
    left = borders[0]
    for crossed, right in zip(crossings, borders[1:], strict=True):
        ink = between(part.ink, left, right)
        if (ink > SOLID).any():
            sides = Sides(part, left, right)
            piece = Part(part.left, part.top, ink, part.piece, True, crossed if cut else None, sides)
            cut.append(tight(piece, piece))
            left = right
    return cut if len(cut) > 1 else [part]


def _best_rows(rows: list[list[Part]], judge: Judge, typical: float) -> list[list[Found]]:
    """For each line the row of groups that the network likes best."""
    groups: list[dict[Span, Found]] = [_groups(parts, typical) for parts in rows]
    looks = iter(np.log(judge([each.ink for row in groups for each in row.values()]).clip(1e-4)).tolist())
    chosen = []
    for parts, row in zip(rows, groups, strict=True):
        boxes = {span: (found.ink.shape[0], found.ink.shape[1]) for span, found in row.items()}
        spans = best_way(parts, {span: next(looks) for span in row}, boxes, typical)
        chosen += [[row[span] for span in spans]] if spans else []
    return chosen


def _groups(parts: list[Part], typical: float) -> dict[Span, Found]:
    """Every group of neighbouring parts that may be one digit."""
    groups = {}
    for first in range(len(parts)):
        for after in range(first + 1, min(first + MOST_PARTS, len(parts)) + 1):
            found = together(parts[first:after])
            if after - first == 1 or _may_be_one(parts[first:after], found, typical):
                groups[first, after] = found
    return groups


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
