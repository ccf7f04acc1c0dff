"""From colours to ink: how far each pixel departs from its paper, whatever the light, the paper and the pen."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from numpen.pictures.decode import Colours
from numpen.pictures.framing import Ink
from numpen.reading.morphology import largest_around, smallest_around

PLACES = 7  # along each side, at which the median of the neighbourhood is taken
GLANCE = 48  # pixels of the longer side of the small copy on which polarity is decided
LEAST_CONTRAST = 0.08  # of the paper's light; less is the grain of an empty sheet
STROKES = 5  # a dark place wider than so many strokes is a shadow, and the paper in it is judged by itself


def dark_on_light(colours: Colours) -> Colours:
    """The same picture with dark ink on light paper: of the two, ink is what there is less of.

    Each pixel is compared with the median of a wide neighbourhood, so that light which changes over the
    picture takes no part.
    """
    height, width = colours.shape[:2]
    scale = min(1.0, GLANCE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    grey = colours.mean(axis=2).astype(np.uint8) if colours.shape[2] > 1 else colours[..., 0]
    image = Image.fromarray(grey).resize(size, Image.Resampling.BOX)
    small = np.asarray(image, np.float32)
    departure = small - _medians(small)
    threshold = otsu_threshold(np.asarray(np.abs(departure), np.uint8))
    light, dark = departure > threshold, departure < -threshold
    inverted: Colours = 255 - colours
    return inverted if light.sum() > dark.sum() else colours


def _medians(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """The median of the square around each pixel that is half as wide as the picture; between some places, smooth."""
    edge = max(grey.shape) // 4
    padded = np.pad(grey, edge, mode="symmetric")
    windows = sliding_window_view(padded, (2 * edge + 1, 2 * edge + 1))
    rows, columns = (np.linspace(0, size - 1, min(size, PLACES)).astype(np.intp) for size in grey.shape)
    some = windows[np.ix_(rows, columns)].reshape(len(rows), len(columns), -1)
    coarse = Image.fromarray(np.median(some, axis=2).astype(np.float32))
    return np.asarray(coarse.resize((grey.shape[1], grey.shape[0]), Image.Resampling.BILINEAR), np.float32)


def otsu_threshold(grey: NDArray[np.uint8]) -> int:
    """The value that parts a histogram into two sides as different as can be (Otsu 1979, equation 18)."""
    counts = np.bincount(grey.reshape(-1), minlength=256).astype(np.float64)
    share = np.cumsum(counts) / counts.sum()
    mean = np.cumsum(counts * np.arange(256)) / counts.sum()
    # σ² between the sides = (μ ω - μ(k))² / (ω (1 - ω))
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mean[-1] * share - mean) ** 2 / (share * (1 - share))
    return int(np.argmax(np.nan_to_num(between, posinf=0)))


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
    together = np.mean(missing, axis=0, dtype=np.float32)
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
    """The median length of the stretches of rows on which the mask is; 0 if there are none."""
    changes = np.diff(mask, axis=1, prepend=False, append=False)
    places = np.flatnonzero(changes)
    lengths = places[1::2] - places[::2]
    return int(np.median(lengths)) if len(lengths) else 0


def _missing_light(channel: NDArray[np.uint8], stroke: int) -> Ink:
    paper = _closing(channel, STROKES * stroke)
    missing: Ink = np.subtract(1, channel / np.maximum(paper, 1), dtype=np.float32)
    return missing.clip(0, 1)


def _closing(channel: NDArray[np.uint8], window: int) -> NDArray[np.float32]:
    """The picture without its dark places narrower than the window, smoothed: the light on the paper."""
    height, width = channel.shape
    cell = max(1, window // 4)
    tall, wide = -(-height // cell), -(-width // cell)
    padded = np.pad(channel, ((0, tall * cell - height), (0, wide * cell - width)), mode="edge")
    lightest = padded.reshape(tall, cell, wide, cell).max(axis=(1, 3))
    # what the cells and the larger filter have spread, the smaller takes back, and one cell more
    small = smallest_around(largest_around(lightest, 2), 3).astype(np.float32)
    smooth = Image.fromarray(small).resize((wide * cell, tall * cell), Image.Resampling.BICUBIC)
    return np.asarray(smooth)[:height, :width]
