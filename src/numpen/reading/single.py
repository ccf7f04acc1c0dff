"""A picture of one digit: which of its ink the digit is, as one or more views that the network may choose from.

And whether it stands on paper at all: the gap between the legs of trousers is shaped like a 1, too.
"""

import numpy as np
from numpy.typing import NDArray

from numpen.pictures.framing import Ink
from numpen.reading.morphology import largest_around
from numpen.reading.pieces import Pieces

SPECK = 0.06  # of the ink of the largest piece; less is dust
AROUND = 0.25  # of the ink's longer side: so far around it paper is looked for
DARK_AROUND = 0.3  # of what is there is as dark as the ink, where it stands on none
NEAR = 0.15  # of the largest piece's longer side: so near are the loose parts of one digit


def views(ink: Ink, pieces: Pieces) -> list[Ink]:
    """All the ink without dust; then, if it is in pieces apart, the largest with what is near it, and that alone.

    `pieces` are those of the ink.
    """
    if len(pieces) < 2:
        return [ink]
    masses = pieces.sums(ink)
    largest = int(masses.argmax())
    stays = masses >= SPECK * masses[largest]
    left, top, right, bottom = pieces.boxes.T
    across = np.maximum(0, np.maximum(left - right[largest], left[largest] - right))
    down = np.maximum(0, np.maximum(top - bottom[largest], top[largest] - bottom))
    reach = NEAR * max(right[largest] - left[largest], bottom[largest] - top[largest])
    near = stays & (np.hypot(across, down) <= reach)
    alone = np.arange(len(pieces)) == largest
    chosen = [stays]
    for view in (near, alone):
        if not np.array_equal(view, chosen[-1]):
            chosen.append(view)
    return [ink * pieces.mask(view) for view in chosen]


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
    between = (_quantile(grey[mask], 2) + _quantile(fringe, 3)) / 2
    return max(0.0, 1 - np.count_nonzero(around < between) / len(around) / DARK_AROUND)


def _quantile(values: NDArray[np.uint8], quarters: int) -> float:
    """What so many quarters of the values lie below, as `np.percentile` has it, which takes ten times as long."""
    below, rest = divmod((len(values) - 1) * quarters, 4)
    two = np.partition(values, (below, min(below + 1, len(values) - 1)))[below : below + 2].tolist()
    return float(two[0] + (two[-1] - two[0]) * rest / 4)
