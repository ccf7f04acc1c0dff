"""Where each digit is: pieces of ink put together or cut apart as the network likes them best.

A line of writing is first cut into parts that are surely not larger than a digit. Every group of
neighbouring parts that could be one digit is framed and shown to the network, and the row of groups whose
logarithms of probability add up to the most is the reading (Casey and Lecolinet 1996 call it
recognition-based segmentation).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from numpen.pictures.framing import Ink
from numpen.reading.cuts import STIFF, between, seams
from numpen.reading.lattice import MOST_PARTS, SOLID, Found, Part, Sides, Span, best_way, tight, together
from numpen.reading.lines import lines_of, typical_height
from numpen.reading.morphology import largest_around
from numpen.reading.pieces import Pieces, Whole, pieces_of
from numpen.reading.rings import around_others
from numpen.reading.words import without_words

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
TALLER = 1.4  # times as tall as the others is a row that is judged by its own height
FRAME = 0.8  # of the picture's width: what is so broad is a frame and no ring, and digits may touch it
FEW, SURELY = 3, 0.9  # digits at least, and how much they look like some, are a line of another size
SMALLEST, OTHER_SIZES = 0.25, 2  # typical heights: what is lower is none, and how many other sizes are looked for


def find_digits(ink: Ink, stroke: float, judge: Judge) -> tuple[list[list[Found]], float]:
    """The digits on a page of strokes, line by line in reading order, and the tangent of the lines' tilt."""
    pieces = pieces_of(ink > SOLID)
    if not len(pieces):
        return [], 0.0
    whole = pieces.boxes[:, 2] - pieces.boxes[:, 0] >= FRAME * ink.shape[1]
    pieces = pieces.only(whole | ~around_others(pieces))
    writing = _writing(pieces, np.arange(len(pieces)), stroke)
    if (pieces.boxes[writing.kept, 2:] - pieces.boxes[writing.kept, :2]).prod(axis=1).sum() > OVERLAP * ink.size:
        return [], 0.0
    found = _read_rows(ink, pieces, writing, judge)
    heights = pieces.boxes[:, 3] - pieces.boxes[:, 1]
    used = np.concatenate([writing.kept[:0], *writing.rows])  # there may be no rows
    rest = np.setdiff1d(np.flatnonzero(heights >= SMALLEST * writing.typical), used)
    found += _other_rows(ink, pieces, rest, stroke, judge)
    return sorted(found, key=lambda row: float(np.median([_level(each, writing.tilt) for each in row]))), writing.tilt


class _Writing(NamedTuple):
    """Pieces of writing of about one size, in lines."""

    rows: list[Whole]  # of labels of pieces, from left to right
    typical: float  # height, in pixels
    tilt: float
    stroke: float  # width, in pixels
    kept: Whole  # the labels of those that are not too small or too large for it


def _writing(pieces: Pieces, labels: Whole, stroke: float) -> _Writing:
    """The lines among some pieces, by the height of most of them."""
    boxes = pieces.boxes[labels]
    sides = boxes[:, 2:] - boxes[:, :2]  # (N, 2): widths, heights
    typical = typical_height(boxes, stroke)
    plausible = (sides.max(axis=1) > SPECK * typical) & (sides[:, 1] < TALLEST * typical)
    kept = np.flatnonzero(plausible & (sides[:, 0] < WIDEST * typical))
    tallest = np.sort(kept[np.argsort(-sides[kept, 1], kind="stable")[:MOST]])
    rows, tilt = lines_of(boxes[tallest], typical)
    return _Writing([labels[tallest[row]] for row in rows], typical, tilt, stroke, labels[kept])


def _other_rows(ink: Ink, pieces: Pieces, rest: Whole, stroke: float, judge: Judge) -> list[list[Found]]:
    """The lines of digits that are much smaller or larger than the others; stains, drawings and print are none."""
    found = []
    for _ in range(OTHER_SIZES):
        if not FEW <= len(rest) <= MOST:
            break
        writing = _writing(pieces, rest, stroke)
        rest = np.setdiff1d(rest, writing.kept)
        rows = _read_rows(ink, pieces, writing._replace(rows=[row for row in writing.rows if len(row) >= FEW]), judge)
        found += [row for row in rows if len(row) >= FEW and np.median(judge([each.ink for each in row])) >= SURELY]
    return found


def _level(found: Found, tilt: float) -> float:
    """How far down the page the middle of a digit is, along lines of this tilt."""
    left, top, right, bottom = found.box
    return (top + bottom) / 2 - tilt * (left + right) / 2


def _read_rows(ink: Ink, pieces: Pieces, writing: _Writing, judge: Judge) -> list[list[Found]]:
    """The digits in rows of pieces, each row read by itself."""
    whole = [[_part(ink, pieces, int(each)) for each in row] for row in writing.rows]
    flat = [part for row in whole for part in row]
    looks = dict(zip((part.piece for part in flat), judge([part.ink for part in flat]), strict=True))
    heights = [_own_height(pieces.boxes[row], writing.typical, writing.stroke) for row in writing.rows]
    parts = [
        [each for part in row for each in _cut(part, looks[part.piece], own, writing.stroke)]
        for row, own in zip(whole, heights, strict=True)
    ]
    return _best_rows(parts, judge, heights)


def _own_height(boxes: Whole, typical: float, stroke: float) -> float:
    """The typical height of a row where it is taller than most of the page, as a number below print is."""
    own = typical_height(boxes, stroke) if len(boxes) >= FEW else typical
    return own if own > TALLER * typical else typical


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


def _best_rows(rows: list[list[Part]], judge: Judge, heights: list[float]) -> list[list[Found]]:
    """For each line, of a typical height of its own, the row of groups that the network likes best."""
    groups: list[dict[Span, Found]] = [_groups(*each) for each in zip(rows, heights, strict=True)]
    looks = iter(np.log(judge([each.ink for row in groups for each in row.values()]).clip(1e-4)).tolist())
    chosen = []
    for parts, row, typical in zip(rows, groups, heights, strict=True):
        boxes = {span: (found.ink.shape[0], found.ink.shape[1]) for span, found in row.items()}
        spans = without_words(parts, best_way(parts, {span: next(looks) for span in row}, boxes, typical), typical)
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
