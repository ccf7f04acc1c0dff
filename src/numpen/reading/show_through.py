"""What shows through from the other side of a paper: faint, and writing in a mirror.

How faint it is does not tell it from a pencil beside a pen. The network does: what was written on the other side looks
more like digits if it is mirrored. Faint pieces stay or go together, as the ones that are whole look in their sum: a 0
alone is the same in a mirror.
"""

import numpy as np

from numpen.pictures.framing import Ink
from numpen.reading.cleaning import Strokes, only, stroke_width
from numpen.reading.segmentation import Judge

FAINT = 0.6  # of how dark the pen is: what is fainter may show through
TALL = 0.6  # of how tall dark pieces are: what is lower, the bar of a 5, says nothing in a mirror
MOST = 100  # pieces, the ones with most ink, that are looked at


def without_show_through(strokes: Strokes, dark: Ink, judge: Judge) -> Strokes:
    """The strokes without faint ones that are writing in a mirror; `dark` (height, width) is how dark the paper is."""
    ink, _, pieces = strokes
    weights = pieces.sums(ink)
    darkness = pieces.sums(dark * ink) / weights
    # counted by the cube, as in cleaning: a little of the pen outweighs much that is faint
    faint = darkness < FAINT * np.average(darkness, weights=weights * darkness**3)
    if not faint.any():
        return strokes
    heights = (pieces.boxes[:, 3] - pieces.boxes[:, 1]).astype(np.float64)
    whole = np.flatnonzero(faint & (heights >= TALL * np.average(heights[~faint], weights=weights[~faint])))
    inks = [_cut_out(strokes, int(label)) for label in whole[np.argsort(-weights[whole], kind="stable")[:MOST]]]
    if judge([each[:, ::-1] for each in inks]).sum() <= judge(inks).sum():
        return strokes
    ink, pieces = only(ink, pieces, ~faint)
    return Strokes(ink, stroke_width(ink), pieces)


def _cut_out(strokes: Strokes, label: int) -> Ink:
    left, top, right, bottom = strokes.pieces.boxes[label]
    return strokes.ink[top:bottom, left:right] * strokes.pieces.cut_out(label)
