"""A picture of one digit: which of its ink the digit is, as one or more views that the network may choose from."""

import numpy as np

from numpen.pictures.framing import Ink
from numpen.reading.pieces import Pieces

SPECK = 0.06  # of the ink of the largest piece; less is dust
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
    chosen += [view for view in (near, alone) if not np.array_equal(view, chosen[-1])]
    return [ink * pieces.mask(view) for view in chosen]
