"""Which is ink, the dark or the light: pictures of both kinds become dark ink on light paper."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.pictures.decode import Colours, image_of
from numpen.reading.light import histogram, otsu_threshold
from numpen.reading.morphology import largest_around, smallest_around

GLANCE = 56, 600, 0.3  # pixels of the longer side, at least and at most, of the small copy on which polarity is
# decided, and its share of the picture's
REACHES = 1, 3, 9  # pixels of that copy
AS_NARROW = 3.0  # times as much is seen of the ink as of the paper between its strokes, if they can be told by that
BORDER = 0.9  # of the border of a tight crop is paper
SEEN = 0.05  # of what the best window sees is much
ONE_AXIS = 0.8  # of all differences in colour lie along one axis, if they are those of ink and paper
AGAINST = 0.25  # of the largest difference of a channel is that of one that goes against it


def dark_on_light(colours: Colours) -> Colours:
    """The same picture with dark ink on light paper: ink is what is narrow, be it darker or lighter than its paper.

    Dark places narrower than a window are what a closing fills, light ones what an opening takes away. The smallest
    window counts in which much more is seen of one than of the other: in larger ones the paper between strokes is
    narrow, too, and in smaller ones grain and the gaps in a blot are all there is. A shadow is narrow in none, so it
    has no vote. Where a thick pen fills a tight crop, both are about as narrow, and what most of the picture and all of
    its border is like is paper. A channel in which ink is lighter than paper where it is darker in the others is turned
    first: red on blue.
    """
    height, width = colours.shape[:2]
    longer = max(height, width)
    scale = min(max(GLANCE[0], GLANCE[2] * longer), GLANCE[1], longer) / longer
    size = max(1, round(width * scale)), max(1, round(height * scale))
    glance = image_of(colours).resize(size, Image.Resampling.BOX)
    if colours.shape[2] == 3 and (against := _against(np.asarray(glance))).any():
        turn = against * np.uint8(255)  # v ^ 255 is 255 - v
        colours, glance = colours ^ turn, Image.fromarray(np.asarray(glance) ^ turn)
    grey = np.asarray(glance.convert("L"))
    reaches = [reach for reach in REACHES if 2 * reach < max(grey.shape)]
    most = max(_narrow(grey, reaches[-1]))  # a larger window sees more
    for reach in reaches:
        dark, light = _narrow(grey, reach)
        if abs(dark - light) >= SEEN * most:
            break
    inverted: Colours = 255 - colours
    is_light = light > dark
    if max(light, dark) < AS_NARROW * min(light, dark):
        is_light = _is_framed_in_dark(grey, is_light)
    return inverted if is_light else colours


def _against(colours: Colours) -> NDArray[np.bool_]:
    """Which of three channels (3,) are lighter where the others are darker, along the axis of most difference."""
    values = colours.reshape(-1, 3).astype(np.float32)
    values -= values.mean(axis=0)
    spread, axes = np.linalg.eigh(values.T @ values)
    axis = axes[:, -1] * np.copysign(1, axes[:, -1].sum())
    against: NDArray[np.bool_] = axis < -AGAINST * np.abs(axis).max()
    return against & bool(spread[-1] > ONE_AXIS * spread.sum())


def _is_framed_in_dark(grey: NDArray[np.uint8], otherwise: bool) -> bool:
    """Whether nearly all of the border, and more than half of the grey values (height, width), are on the dark side."""
    is_dark = grey <= otsu_threshold(histogram(grey))
    border = np.concatenate([is_dark[0], is_dark[-1], is_dark[:, 0], is_dark[:, -1]]).mean()
    if max(border, 1 - border) < BORDER or (border > 0.5) != (is_dark.mean() > 0.5):
        return otherwise
    return bool(border > 0.5)


def _narrow(grey: NDArray[np.uint8], reach: int) -> tuple[float, float]:
    """The mean square by which places narrower than a window are darker, and lighter, than what is around them."""
    both = np.empty((2, *grey.shape), np.uint8)  # what a closing fills in the one an opening takes from the other
    both[0] = grey
    np.subtract(255, grey, out=both[1])
    filled = smallest_around(largest_around(both, reach), reach) - both
    whole = filled.reshape(2, -1).astype(np.float64)  # in which sums of so small whole numbers are exact
    dark, light = (float(each.dot(each)) / grey.size for each in whole)
    return dark, light
