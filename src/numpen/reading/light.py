"""From colours to ink: how far each pixel departs from its paper, whatever the light, the paper and the pen."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.pictures.decode import Colours
from numpen.pictures.framing import Ink
from numpen.reading.morphology import bordered, largest_around, smallest_around

NEIGHBOURHOOD = 5  # of the longer side is how far a neighbourhood reaches
GLANCE = 80  # pixels of the longer side of the small copy on which polarity is decided
LEAST_CONTRAST = 0.08  # of the paper's light; less is the grain of an empty sheet
BROADEST = 6  # a stroke is at most that part of the picture's longer side thick
GREYS = np.arange(256)
STROKES = 5  # a dark place wider than so many strokes is a shadow, and the paper in it is judged by itself


def dark_on_light(colours: Colours) -> Colours:
    """The same picture with dark ink on light paper: where something is drawn, ink is what there is less of.

    Only places near a strong contrast vote, each for the lighter or the darker side of its neighbourhood, so
    that neither light which changes over the picture nor a shadow, which has as much on either side, decides.
    """
    height, width = colours.shape[:2]
    scale = min(1.0, GLANCE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(colours if colours.shape[2] > 1 else colours[..., 0])
    grey = np.asarray(image.resize(size, Image.Resampling.BOX).convert("L"))
    reach = max(1, max(grey.shape) // NEIGHBOURHOOD)
    lightest, darkest = largest_around(grey, reach), smallest_around(grey, reach)
    contrast = lightest - darkest
    drawn = contrast > otsu_threshold(contrast)
    # -1 where a place is as dark as its neighbourhood gets, +1 where it is as light
    side = (2.0 * grey - lightest - darkest) / np.maximum(contrast, 1)
    inverted: Colours = 255 - colours
    return inverted if (side * contrast)[drawn].sum() < 0 else colours


def otsu_threshold(grey: NDArray[np.uint8]) -> int:
    """The value that parts a histogram into two sides as different as can be (Otsu 1979, equation 18)."""
    counts = np.bincount(grey.reshape(-1), minlength=256).astype(np.float64)
    share, mean = counts.cumsum(), (counts * GREYS).cumsum()
    total = share[-1]
    share /= total
    mean /= total
    # σ² between the sides = (μ ω - μ(k))² / (ω (1 - ω)), where there are two sides
    sides = share * (1 - share)
    between = np.divide((mean[-1] * share - mean) ** 2, sides, out=np.zeros(256), where=sides > 0)
    return int(between.argmax())


def lift_ink(colours: Colours) -> Ink:
    """How much of the paper's light is missing at each pixel, 0 to about 1, where ink is dark on light.

    Paper is what a closing leaves that is wider than the strokes: it follows shadows and their edges, but
    not the pen. Ink is measured along the mean colour by which the dark places differ from their paper, so
    that a pen of any colour counts in full and rulings of another colour count less.
    """
    width = _stroke_guess(colours)
    missing = [_missing_light(channel, width) for channel in np.moveaxis(colours, 2, 0)]
    if len(missing) == 1:
        return missing[0]
    together: Ink = np.stack(missing).mean(axis=0, dtype=np.float32)
    threshold = otsu_threshold((together * 255).astype(np.uint8)) / 255
    dark = together > max(threshold, LEAST_CONTRAST)
    if not dark.any():
        return together
    direction = np.array([channel[dark].mean(dtype=np.float64) for channel in missing])
    direction /= (direction**2).sum() / direction.mean()  # black ink keeps its value
    ink: Ink = np.zeros_like(together)
    for channel, share in zip(missing, direction, strict=True):
        ink += channel * np.float32(share)
    return ink.clip(0, 1)


def _stroke_guess(colours: Colours) -> int:
    """About how wide the strokes are, in pixels: the median length of the dark runs, of rows or of columns."""
    grey = np.asarray(colours.min(axis=2))
    around = _closing(grey, max(grey.shape) // 4)
    missing = np.clip(around - grey, 0, 255).astype(np.uint8)
    dark = missing > max(otsu_threshold(missing), 255 * LEAST_CONTRAST)
    return max(1, min(_median_run(dark), _median_run(dark.T)))


def _median_run(mask: NDArray[np.bool_]) -> int:
    """The median length of the stretches of rows on which the mask is, each counted by its length; 0 for none.

    So grain, which has many short ones, counts little; those too long for a stroke do not count.
    """
    wide = np.zeros((mask.shape[0], mask.shape[1] + 2), bool)
    wide[:, 1:-1] = mask
    places = np.flatnonzero(wide[:, 1:] != wide[:, :-1])
    lengths = np.sort(places[1::2] - places[::2])
    lengths = lengths[lengths <= max(mask.shape) / BROADEST]
    if not len(lengths):
        return 0
    total = np.cumsum(lengths)
    return int(lengths[np.searchsorted(total, total[-1] / 2)])


def _missing_light(channel: NDArray[np.uint8], stroke: int) -> Ink:
    paper = _closing(channel, STROKES * stroke)
    missing: Ink = np.subtract(1, channel / np.maximum(paper, 1), dtype=np.float32)
    return missing.clip(0, 1)


def _closing(channel: NDArray[np.uint8], window: int) -> NDArray[np.float32]:
    """The picture without its dark places narrower than the window, smoothed: the light on the paper."""
    height, width = channel.shape
    cell = max(1, window // 4)
    tall, wide = -(-height // cell), -(-width // cell)
    whole = bordered(bordered(channel, (0, tall * cell - height), 0), (0, wide * cell - width), 1)
    lightest = whole.reshape(tall, cell, wide * cell).max(axis=1).reshape(tall, wide, cell).max(axis=2)
    # what the cells and the larger filter have spread, the smaller takes back, and one cell more
    small = smallest_around(largest_around(lightest, 2), 3).astype(np.float32)
    smooth = Image.fromarray(small).resize((wide * cell, tall * cell), Image.Resampling.BICUBIC)
    return np.asarray(smooth)[:height, :width]
