"""From colours to ink: how far each pixel departs from its paper, whatever the light, the paper and the pen."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.pictures.decode import Colours
from numpen.pictures.framing import Ink
from numpen.reading.morphology import largest_around, largest_in_cells, smallest_around

GLANCE = 56, 600, 0.3  # pixels of the longer side, at least and at most, of the small copy on which polarity is
# decided, and its share of the picture's
REACHES = 1, 3, 9  # pixels of that copy
AS_NARROW = 3.0  # times as much is seen of the ink as of the paper between its strokes, if they can be told by that
BORDER = 0.9  # of the border of a tight crop is paper
SEEN = 0.05  # of what the best window sees is much
LEAST_CONTRAST = 0.08  # of the paper's light; less is the grain of an empty sheet
DIM = 64.0  # of 255: paper with less light is measured as if it had as much, since what is left there is grain
BROADEST = 6  # a stroke is at most that part of the picture's longer side thick
GREYS = np.arange(256)
WINDOWS = 4, 8, 16, 32  # of the longer side is how wide the windows are in which strokes are looked for
LEAST_WINDOW = 10  # pixels; smaller ones see the edges of strokes and not the strokes
CORNERS = 0.02  # of the dark places in the window that sees most; less is all that small ones see of thick strokes
MOST_SEEN = 0.7  # of the most contrast that any of them shows has to be seen in the smallest that counts
RULING = 3  # times as wide as most dark runs are the pen's strokes at least, if those are rulings
PEN = 0.15  # of all ink is the pen's at least
STROKES = 5  # a dark place wider than so many strokes is a shadow, and the paper in it is judged by itself


def dark_on_light(colours: Colours) -> Colours:
    """The same picture with dark ink on light paper: ink is what is narrow, be it darker or lighter than its paper.

    Dark places narrower than a window are what a closing fills, light ones what an opening takes away. The smallest
    window counts in which much more is seen of one than of the other: in larger ones the paper between strokes is
    narrow, too, and in smaller ones grain and the gaps in a blot are all there is. A shadow is narrow in none, so it
    has no vote. Where a thick pen fills a tight crop, both are about as narrow, and what most of the picture and all of
    its border is like is paper.
    """
    height, width = colours.shape[:2]
    longer = max(height, width)
    scale = min(max(GLANCE[0], GLANCE[2] * longer), GLANCE[1], longer) / longer
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(colours if colours.shape[2] > 1 else colours[..., 0])
    grey = np.asarray(image.resize(size, Image.Resampling.BOX).convert("L"))
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


def histogram(grey: NDArray[np.uint8]) -> NDArray[np.intp]:
    """How often each value is there (256,)."""
    return np.bincount(grey.reshape(-1), minlength=256)


def otsu_threshold(counts: NDArray[np.intp]) -> int:
    """The value that parts a histogram (256,) into two sides as different as can be (Otsu 1979, equation 18)."""
    share, mean = counts.cumsum(dtype=np.float64), (counts * GREYS).cumsum(dtype=np.float64)
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
    threshold = otsu_threshold(histogram((together * 255).astype(np.uint8))) / 255
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
    """About how wide the strokes are, in pixels: the median length of the dark runs, of rows or of columns.

    They are looked for in a window that is as small as shows most of the contrast: a shadow is dark in larger ones
    only, and the corners of thick strokes are all that is dark in smaller ones.
    """
    grey = colours[..., 0] if colours.shape[2] == 1 else colours.min(axis=2)
    windows = [max(grey.shape) // share for share in WINDOWS]
    seen = [_seen(grey, each) for each in windows if each >= LEAST_WINDOW] or [_seen(grey, max(1, windows[0]))]
    least = CORNERS * max(each.places for each in seen)
    seen = [each for each in seen if each.places >= least]
    most = max(each.contrast for each in seen)
    best = next(each for each in reversed(seen) if each.contrast >= MOST_SEEN * most)
    dark = best.missing > best.bar
    width = max(1, min(_median_run(dark), _median_run(dark.T)))
    return _thick(best.missing, dark, width) or width


class _Seen(NamedTuple):
    """What is dark in windows of one size."""

    missing: NDArray[np.uint8]  # (height, width), which share of the light around each place, in 255
    bar: int  # of what is dark more is missing
    places: int  # so many are dark
    contrast: float  # what is missing there, in the mean


def _seen(grey: NDArray[np.uint8], window: int) -> _Seen:
    """What is darker than the light around it, in a shadow as beside it: as a share of that light."""
    around = _closing(grey, window)
    missing = ((around - grey).clip(0) * (255 / np.maximum(around, DIM))).astype(np.uint8)
    counts = histogram(missing)
    bar = max(otsu_threshold(counts), int(255 * LEAST_CONTRAST))
    places = int(counts[bar + 1 :].sum())
    return _Seen(missing, bar, places, float(counts[bar + 1 :] @ GREYS[bar + 1 :]) / max(places, 1))


def _thick(missing: NDArray[np.uint8], dark: NDArray[np.bool_], width: int) -> int:
    """How wide the pen's strokes are where most dark runs are those of rulings, much thinner ones; 0 if they are not.

    Squares that fit into what is dark have room in the pen's strokes only; enough of the ink has to be in them. Where
    squares have room that are broader than any stroke, it is a shadow that is dark, and says nothing of the pen.
    """
    side, broadest = round(RULING * width), max(missing.shape) / BROADEST
    if 2 * (side // 2) + 1 > broadest:
        return 0
    missing = missing * dark
    total = np.square(missing, dtype=np.float32).sum()
    found = 0
    while found <= broadest:
        reach = side // 2
        opened = largest_around(smallest_around(missing, reach), reach)
        if np.square(opened, dtype=np.float32).sum() < PEN * total:
            return found
        found, side = 2 * reach + 1, side * 2
    return 0


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
    lightest = largest_in_cells(channel, cell) if cell > 1 else channel
    tall, wide = lightest.shape
    spread = largest_around(lightest, 2)
    if spread.min() == spread.max():  # paper of one light, and so it stays
        return np.full(channel.shape, spread[0, 0], np.float32)
    # what the cells and the larger filter have spread, the smaller takes back, and one cell more
    small = smallest_around(spread, 3).astype(np.float32)
    if cell == 1:
        return small
    smooth = Image.fromarray(small).resize((wide * cell, tall * cell), Image.Resampling.BICUBIC)
    return np.asarray(smooth)[:height, :width]
