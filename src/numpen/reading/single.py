"""A picture of one digit: which of its ink the digit is, as one or more views that the network may choose from.

And whether it stands on paper at all: the gap between the legs of trousers is shaped like a 1, too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from numpen.pictures.framing import Ink
from numpen.reading.cleaning import only
from numpen.reading.morphology import largest_around
from numpen.reading.pieces import Pieces
from numpen.reading.rings import around_others

SPECK = 0.06  # of the ink of the largest piece; less is dust
AROUND = 0.25  # of the ink's longer side: so far around it paper is looked for
DARK_AROUND = 0.3  # of what is there is as dark as the ink, where it stands on none
AS_DARK = 0.25  # of the way from the ink to its fringe: what is darker is as dark as the ink; paper in a shadow is not
WITHOUT_BORDER, A_PART = -0.05, 0.3  # handicaps of views: of what does not reach the border, and of other parts
NEAR = 0.15  # of the largest piece's longer side: so near are the loose parts of one digit


class View(NamedTuple):
    """Ink that may be the digit."""

    ink: Ink
    handicap: float = 0.0  # by which the network has to like it better than all ink


def views(ink: Ink, pieces: Pieces) -> list[View]:
    """All the ink without dust and rings around it; then, if it is in pieces apart, some of them.

    First those that do not reach the picture's border, where fingers and tables come in; then the largest with what is
    near it, and that alone. `pieces` are those of the ink.
    """
    if len(pieces) < 2:
        return [View(ink)]
    ink, pieces = only(ink, pieces, ~around_others(pieces))
    masses = pieces.sums(ink)
    largest = int(masses.argmax())
    stays = masses >= SPECK * masses[largest]
    left, top, right, bottom = pieces.boxes.T
    across = np.maximum(0, np.maximum(left - right[largest], left[largest] - right))
    down = np.maximum(0, np.maximum(top - bottom[largest], top[largest] - bottom))
    reach = NEAR * max(right[largest] - left[largest], bottom[largest] - top[largest])
    near = stays & (np.hypot(across, down) <= reach)
    alone = np.arange(len(pieces)) == largest
    height, width = ink.shape
    inside = stays & (left > 0) & (top > 0) & (right < width) & (bottom < height)
    chosen = [(stays, 0.0)]
    for some, handicap in ((inside, WITHOUT_BORDER), (near, A_PART), (alone, A_PART)):
        if some.any() and not any(np.array_equal(some, other) for other, _ in chosen):
            chosen.append((some, handicap))
    return [View(ink * pieces.mask(some), handicap) for some, handicap in chosen]


def on_paper(grey: NDArray[np.uint8], ink: Ink) -> float:
    """How much the ink of grey values (height, width), dark on light, stands on paper, 0 to 1.

    A stroke has paper around it. A gap in a thing has the thing, and behind it what shows through the gap: what is
    as dark as the ink, and no part of it.
    """
    mask = ink > 0.5
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return 1.0
    reach = round(AROUND * max(np.ptp(rows), np.ptp(columns)))
    near = (
        slice(max(0, rows[0] - reach), rows[-1] + 1 + reach),
        slice(max(0, columns[0] - reach), columns[-1] + 1 + reach),
    )
    grey, mask = grey[near], mask[near]
    fringed = largest_around(mask.view(np.uint8), max(1, reach // 4)).view(bool)
    fringe, around = grey[fringed & ~mask], grey[~fringed]
    if not len(fringe) or not len(around):
        return 1.0
    darkest, lightest = _quantile(grey[mask], 2), _quantile(fringe, 3)
    as_dark = around < darkest + AS_DARK * (lightest - darkest)
    return max(0.0, 1 - np.count_nonzero(as_dark) / len(around) / DARK_AROUND)


def _quantile(values: NDArray[np.uint8], quarters: int) -> float:
    """What so many quarters of the values lie below, as `np.percentile` has it, which takes ten times as long."""
    below, rest = divmod((len(values) - 1) * quarters, 4)
    two = np.partition(values, (below, min(below + 1, len(values) - 1)))[below : below + 2].tolist()
    return float(two[0] + (two[-1] - two[0]) * rest / 4)
