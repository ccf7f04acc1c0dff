"""From colours to ink: how far each pixel departs from its paper, whatever the light, the paper and the pen."""

from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.pictures.decode import Colours
from numpen.pictures.framing import Ink
from numpen.reading.morphology import largest_around, largest_in_cells, smallest_around

LEAST_CONTRAST = 0.08  # of the paper's light; less is the grain of an empty sheet
DIM = 64.0  # of 255: paper with less light is measured as if it had as much, since what is left there is grain
BROADEST = 6  # a stroke is at most that part of the picture's longer side thick
GREYS = np.arange(256)
WINDOWS = 4, 8, 16, 32  # of the longer side is how wide the windows are in which strokes are looked for
LEAST_WINDOW = 10  # pixels; smaller ones see the edges of strokes and not the strokes
CORNERS = 0.02  # of the dark places in the window that sees most; less is all that small ones see of thick strokes
MOST_SEEN = 0.7  # of the most contrast that any of them shows has to be seen in the smallest that counts
MORE, DARKER = 1.5, 1.05  # times as many places are dark, and as dark, where a window sees a pen that another does not
GRAIN = 3  # times the median by which paper differs from its median, about two standard deviations
RULING = 3  # times as wide as most dark runs are the pen's strokes at least, if those are rulings
PEN = 0.15  # of all ink is the pen's at least
STROKES = 5  # a dark place wider than so many strokes is a shadow, and the paper in it is judged by itself
STEEP = 3  # the same in a photo whose light fades so quickly, as towards its corners, that most paper would look dark
A_PHOTO = 150  # pixels of its longer side, at least


def histogram(grey: NDArray[np.uint8]) -> NDArray[np.intp]:
    """How often each value is there (256,)."""
    return np.bincount(grey.reshape(-1), minlength=256)


def otsu_threshold(counts: NDArray[np.intp]) -> int:
    """The value that parts a histogram (256,) into two sides as different as can be (Otsu 1979, equation 18)."""
    return int(_between(counts).argmax())


def separation(counts: NDArray[np.intp]) -> float:
    """How much of the variance of a histogram (256,) is between its two sides, 0 to 1 (Otsu 1979, equation 16: η)."""
    mean = counts @ GREYS / counts.sum()
    variance = counts @ (GREYS - mean) ** 2 / counts.sum()
    return float(_between(counts).max() / variance) if variance else 0.0


def _between(counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """The variance between the two sides of each value (256,)."""
    share, mean = counts.cumsum(dtype=np.float64), (counts * GREYS).cumsum(dtype=np.float64)
    total = share[-1]
    share /= total
    mean /= total
    # σ² between the sides = (μ ω - μ(k))² / (ω (1 - ω)), where there are two sides
    sides = share * (1 - share)
    between: NDArray[np.float64] = np.divide((mean[-1] * share - mean) ** 2, sides, out=np.zeros(256), where=sides > 0)
    return between


def lift_ink(colours: Colours) -> Ink:
    """How much of the paper's light is missing at each pixel, 0 to about 1, where ink is dark on light.

    Paper is what a closing leaves that is wider than the strokes: it follows shadows and their edges, but
    not the pen. Ink is measured along the mean colour by which the dark places differ from their paper, so
    that a pen of any colour counts in full and rulings of another colour count less.
    """
    channels = [colours[..., channel] for channel in range(colours.shape[2])]
    missing = _missing_even_light(channels) or _missing_uneven_light(colours, channels)
    if len(missing) == 1:
        return missing[0]
    together: Ink = missing[0] + missing[1]  # their mean, as np.mean has it, without a copy of all three
    together += missing[2]
    together /= len(missing)
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


def _missing_even_light(channels: list[NDArray[np.uint8]]) -> list[Ink] | None:
    """Of channels whose paper has one light all over, which windows as wide as several strokes see as well; or None.

    Most drawings and screenshots are such. `_missing_uneven_light` says the same of them, in several times the time.
    """
    window = max(channels[0].shape) // WINDOWS[0]
    papers = [_spread(channel, max(1, window // 4)) for channel in channels]
    if any(paper.min() != paper.max() for paper in papers):
        return None
    missing = [
        _share_missing(channel, np.float32(paper[0, 0])) for channel, paper in zip(channels, papers, strict=True)
    ]
    most = (reduce(np.maximum, missing) * 255).astype(np.uint8)
    dark = most > max(otsu_threshold(histogram(most)), int(255 * LEAST_CONTRAST))
    return missing if STROKES * min(_median_run(dark), _median_run(dark.T)) >= window else None


def _missing_uneven_light(colours: Colours, channels: list[NDArray[np.uint8]]) -> list[Ink]:
    """Of channels whose light is told from their strokes by how wide these are."""
    width = _stroke_guess(colours)
    # the fewer strokes, the closer paper follows the light
    for strokes in (STROKES, STEEP) if max(colours.shape) >= A_PHOTO else (STROKES,):
        missing = [_share_missing(channel, _closing(channel, strokes * width)) for channel in channels]
        if 2 * np.count_nonzero(missing[0] > LEAST_CONTRAST) < missing[0].size:
            break
    return missing


def _stroke_guess(colours: Colours) -> int:
    """About how wide the strokes are, in pixels: the median length of the dark runs, of rows or of columns.

    They are looked for in a window that is as small as shows most of the contrast: a shadow is dark in larger ones
    only, and the corners of thick strokes are all that is dark in smaller ones.
    """
    grey = _darkest_channel(colours)
    windows = [max(grey.shape) // share for share in WINDOWS]
    seen = [_seen(grey, each) for each in windows if each >= LEAST_WINDOW] or [_seen(grey, max(1, windows[0]))]
    least = CORNERS * max(each.places for each in seen)
    seen = [each for each in seen if each.places >= least]
    most = max(each.contrast for each in seen)
    best = next(each for each in reversed(seen) if each.contrast >= MOST_SEEN * most)
    # what more is seen in a larger one is a shadow, and lighter; or the pen, where the smallest sees a box around it
    best = next((each for each in reversed(seen) if each.is_more_and_darker(best)), best)
    dark = best.missing > best.bar
    width = max(1, min(_median_run(dark), _median_run(dark.T)))
    return _thick(best.missing, dark, width) or width


def _darkest_channel(colours: Colours) -> NDArray[np.uint8]:
    """At each place the least of the channels (height, width), but of none in which the whole picture is dark."""
    lightest = colours[::8, ::8].max(axis=(0, 1))
    counts = lightest >= lightest.max() / 2
    # one channel after the other takes a twentieth of the time of `min` along the three of each pixel
    return reduce(np.minimum, [colours[..., channel] for channel in np.flatnonzero(counts)])


class _Seen(NamedTuple):
    """What is dark in windows of one size."""

    missing: NDArray[np.uint8]  # (height, width), which share of the light around each place, in 255
    bar: int  # of what is dark more is missing
    places: int  # so many are dark
    contrast: float  # what is missing there, in the mean

    def is_more_and_darker(self, other: "_Seen") -> bool:
        """Whether so much more is dark here than in other windows, and darker, that it cannot be a shadow."""
        return self.places > MORE * other.places and self.contrast > DARKER * other.contrast


def _seen(grey: NDArray[np.uint8], window: int) -> _Seen:
    """What is darker than the light around it, in a shadow as beside it: as a share of that light."""
    around = _closing(grey, window)
    missing = ((around - grey).clip(0) * (255 / np.maximum(around, DIM))).astype(np.uint8)
    counts = histogram(missing)
    bar = max(otsu_threshold(counts), int(255 * LEAST_CONTRAST), _above_grain(counts))
    places = int(counts[bar + 1 :].sum())
    return _Seen(missing, bar, places, float(counts[bar + 1 :] @ GREYS[bar + 1 :]) / max(places, 1))


def _above_grain(counts: NDArray[np.intp]) -> int:
    """What of a histogram (256,), most of which is paper, rises above its grain."""
    middle = _median_of(counts)
    away = np.abs(GREYS - middle)
    spread = _median_of(np.bincount(away, weights=counts, minlength=256))
    return min(255, middle + round(GRAIN * spread))


def _median_of(counts: NDArray[Any]) -> int:
    total = counts.cumsum()
    return int(np.searchsorted(total, total[-1] / 2))


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


def _share_missing(channel: NDArray[np.uint8], paper: NDArray[np.float32] | np.float32) -> Ink:
    missing: Ink = np.subtract(1, channel / np.maximum(paper, 1), dtype=np.float32)
    return missing.clip(0, 1)


def _closing(channel: NDArray[np.uint8], window: int) -> NDArray[np.float32]:
    """The picture without its dark places narrower than the window, smoothed: the light on the paper."""
    height, width = channel.shape
    cell = max(1, window // 4)
    spread = _spread(channel, cell)
    tall, wide = spread.shape
    if spread.min() == spread.max():  # paper of one light, and so it stays
        return np.full(channel.shape, spread[0, 0], np.float32)
    # what the cells and the larger filter have spread, the smaller takes back, and one cell more
    small = smallest_around(spread, 3).astype(np.float32)
    if cell == 1:
        return small
    smooth = Image.fromarray(small).resize((wide * cell, tall * cell), Image.Resampling.BICUBIC)
    return np.asarray(smooth)[:height, :width]


def _spread(channel: NDArray[np.uint8], cell: int) -> NDArray[np.uint8]:
    """The lightest of each cell of so many pixels and its neighbours: of a window of five cells."""
    return largest_around(largest_in_cells(channel, cell) if cell > 1 else channel, 2)
