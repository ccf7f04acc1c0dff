"""From grey values to ink: what was drawn, on paper that is white and even, in strokes of MNIST's thickness."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from numpen.pictures.decode import Grey
from numpen.pictures.framing import Ink

SMALLEST, LARGEST = 112, 400  # pixels of the longer side: what strokes are best measured and widened at
LEAST_CONTRAST = 0.08  # of the paper's brightness; less is the grain of an empty sheet
PIECES_SIDE = 64  # cells along the longer side, in which pieces are told apart
SPECK = 0.06  # of the ink of the largest piece
PATCHES = 12  # the light on the paper is measured in so many patches along the longer side


def resize(grey: Grey) -> Grey:
    """The same picture with its longer side between SMALLEST and LARGEST."""
    longer = max(grey.shape)
    scale = min(max(longer, SMALLEST), LARGEST) / longer
    if scale == 1:
        return grey
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(grey).resize(size, method))


def darken_ink(grey: Grey) -> Grey:
    """The same picture with dark ink on light paper: of the two, ink is what there is less of."""
    dark = grey <= otsu_threshold(grey)
    return 255 - grey if np.mean(dark) > 0.5 else grey


def lift_ink(grey: Grey) -> Ink:
    """How much of the paper's light is missing at each pixel, 0 to 1; the paper's light may be uneven."""
    height, width = grey.shape
    side = max(height, width) / PATCHES
    rows, columns = max(1, round(height / side)), max(1, round(width / side))
    patches = [np.array_split(row, columns, axis=1) for row in np.array_split(grey, rows, axis=0)]
    # most of a patch is paper, so its upper quarter is
    light = np.array([[np.percentile(patch, 75) for patch in row] for row in patches], np.float32)
    paper = np.asarray(Image.fromarray(light).resize((width, height), Image.Resampling.BICUBIC), np.float32)
    ink: Ink = np.clip(1 - grey / np.maximum(paper, 1), 0, 1, dtype=np.float32)
    return ink


def separate(ink: Ink) -> Ink:
    """Paper at exactly 0 and full strokes at 1, with soft edges between; all 0 if nothing stands out."""
    scaled = np.rint(ink * 255).astype(np.uint8)
    threshold = otsu_threshold(scaled)
    above, below = ink[scaled > threshold], ink[scaled <= threshold]
    if not len(above) or above.mean() - below.mean() < LEAST_CONTRAST:
        return np.zeros_like(ink)
    low, high = (float(below.mean()) + threshold / 255) / 2, float(np.median(above))
    separated: Ink = np.clip((ink - low) / max(high - low, 1e-3), 0, 1, dtype=np.float32)
    return separated


def drop_specks(ink: Ink) -> Ink:
    """The same without the pieces that hold less than SPECK of the ink of the largest: dust, not strokes."""
    height, width = ink.shape
    grain = -(-max(height, width) // PIECES_SIDE)
    padded = np.pad(ink, ((0, -height % grain), (0, -width % grain)))
    cells = padded.reshape(padded.shape[0] // grain, grain, -1, grain)  # (rows, grain, columns, grain)
    pieces = label_pieces(cells.max(axis=(1, 3)) > 0)
    masses = np.bincount(pieces.reshape(-1), weights=cells.sum(axis=(1, 3)).reshape(-1))
    masses[0] = 0  # the paper
    stays = (masses >= SPECK * masses.max())[pieces].repeat(grain, axis=0).repeat(grain, axis=1)
    without: Ink = ink * stays[:height, :width]
    return without


def label_pieces(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A number for each connected piece (corners connect), the same on all its cells; 0 where the mask is not."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        # each cell takes the largest number among its neighbours, until nothing changes
        tall = np.pad(labels, 1)
        tall = np.maximum(np.maximum(tall[:-2], tall[1:-1]), tall[2:])
        grown = np.maximum(np.maximum(tall[:, :-2], tall[:, 1:-1]), tall[:, 2:]) * mask
        if np.array_equal(grown, labels):
            return labels
        labels = grown


def otsu_threshold(grey: Grey) -> int:
    """The value that parts a histogram into two sides as different as can be (Otsu 1979, equation 18)."""
    counts = np.bincount(grey.reshape(-1), minlength=256).astype(np.float64)
    share = np.cumsum(counts) / counts.sum()
    mean = np.cumsum(counts * np.arange(256)) / counts.sum()
    # σ² between the sides = (μ ω - μ(k))² / (ω (1 - ω))
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mean[-1] * share - mean) ** 2 / (share * (1 - share))
    return int(np.argmax(np.nan_to_num(between, posinf=0)))


def stroke_width(ink: Ink) -> float:
    """About how thick the strokes are, in pixels: twice the area over the length of the outline."""
    inside = np.pad(ink > 0.5, 1)
    outline = int(np.diff(inside, axis=0).sum()) + int(np.diff(inside, axis=1).sum())
    return 2 * int(inside.sum()) / max(outline, 1)


def thicken(ink: Ink, width: float) -> Ink:
    """Strokes at least `width` pixels thick, thinner ones widened evenly on all sides."""
    missing = round((width - stroke_width(ink)) / 2)
    if missing < 1:
        return ink
    wide = np.pad(ink, missing)
    return np.asarray(Image.fromarray(wide).filter(ImageFilter.MaxFilter(2 * missing + 1)))
