"""From how dark it is to strokes: paper at exactly 0, full strokes at 1; dust, table edges and rulings gone."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from numpen.pictures.framing import Ink
from numpen.reading.light import LEAST_CONTRAST, histogram, otsu_threshold, separation
from numpen.reading.morphology import largest_around, largest_in_cells
from numpen.reading.pieces import Mask, Pieces, pieces_of
from numpen.reading.rulings import ALONE, BORDER, HAIR, drop_rulings

NOISE = 5.0  # standard deviations of the paper's grain that ink must rise above
TWO_SIDES = 0.77  # of all differences lie between ink and paper, if both can be told however much of each there is
FAINT = 0.35  # of the pen's darkness on the picture: what is fainter everywhere is no stroke of this page
TOGETHER = 0.025  # of the picture's longer side: how tall each of several digits is at least
CONTACT = 0.25  # of a side of the picture: what lies along its border so far is a table or a page's end
FILLED = 0.7  # the same of its left and right, where one row of digits is as high as the picture
MARGIN, LARGE = 0.12, 0.3  # of a side, and of the shorter one: so near its end a paper ends, if digits are lower
WHOLE = 0.6  # of the digits' height: how tall at least what lies there is, if it is one of them
THIN = 0.75  # of a stroke: such a line is the end of a paper

DropLines = Callable[[Ink, float], Ink]  # takes lines out of ink with strokes of a width in pixels


class Levels(NamedTuple):
    """Shares of the darkness of the strokes nearby."""

    edge: float  # where ink begins
    full: float  # where it is full
    least: float  # of the darkness of all strokes: strokes nearby that are fainter are measured as if they were so dark


USUAL = Levels(0.3, 0.8, FAINT)
DRY_PEN = Levels(0.07, 0.2, FAINT)  # which leaves faint places in its strokes
DARKEST = Levels(0.55, 0.85, 1.0)  # a pen over a stamp, or in a shaded box


class Strokes(NamedTuple):
    """What was drawn."""

    ink: Ink  # (height, width), 0 to 1
    width: float  # pixels, of a typical stroke; 0 where nothing was drawn
    pieces: Pieces  # of the ink


def separate(dark: Ink, drop_lines: DropLines | None = None, levels: Levels = USUAL) -> Strokes:
    """Strokes from how dark the picture is; all 0 if nothing stands out.

    Each place is compared with the darkest strokes near it, so that two pens on one page both count in
    full, and rulings fainter than the pen that crosses them go. Those that `drop_lines` finds go first: where nothing
    is written, they would count in full.
    """
    sample = dark.reshape(-1)[:: max(1, dark.size // 100_000)]
    sample, paper = _paper(sample)
    # the standard deviation, whatever the outliers; half of a sample without negative values may be 0, and so is this
    grain = 1.4826 * _median(np.abs(sample - paper)) if paper else 0.0
    raised: Ink = (dark - np.float32(paper)).clip(0, 1)
    stands_out = raised[raised > NOISE * grain]
    if not len(stands_out):
        return _nothing(dark.shape)
    # the mean, each place counted by its darkness cubed: a few strokes count more than much grain
    cubes = stands_out * stands_out.astype(np.float64) ** 2
    darkness = float((cubes * stands_out).sum() / cubes.sum())
    if darkness < max(LEAST_CONTRAST, NOISE * grain):
        return _nothing(dark.shape)
    width = _pen_width(raised > darkness / 2)
    if drop_lines:
        faint = (raised / np.float32(FAINT * darkness)).clip(0, 1)
        raised = np.where(drop_lines(faint, width) < faint, 0, raised)
    darkest = np.maximum(_darkest_near(raised, width), levels.least * darkness)
    share = raised / darkest
    ink: Ink = ((share - levels.edge) / (levels.full - levels.edge)).clip(0, 1).astype(np.float32, copy=False)
    pieces = pieces_of(ink > 0)
    dark_enough = pieces.sums(raised * ink) >= FAINT * darkness * pieces.sums(ink)
    ink, pieces = only(ink, pieces, dark_enough)
    return Strokes(ink, width, pieces)


def _nothing(shape: tuple[int, ...]) -> Strokes:
    ink = np.zeros(shape, np.float32)
    return Strokes(ink, 0, pieces_of(ink > 0))


def only(ink: Ink, pieces: Pieces, chosen: NDArray[np.bool_]) -> tuple[Ink, Pieces]:
    """The ink of the pieces that are chosen (N,), and these."""
    return (ink, pieces) if chosen.all() else (ink * pieces.mask(chosen), pieces.only(chosen))


def _pen_width(mask: Mask) -> float:
    """How thick the strokes of a mask are, but for those of a table or a page's end along its border."""
    down, across = (int(BORDER * side) + 1 for side in mask.shape)
    if any(edge.any() for edge in (mask[:down], mask[-down:], mask[:, :across], mask[:, -across:])):
        pieces = pieces_of(mask)
        stay = drop_borders(pieces)
        mask = pieces.mask(stay) if stay.any() else mask
    return _width(mask)


def _paper(sample: Ink) -> tuple[Ink, float]:
    """The values most of which are paper, and their median: all, or the lighter side if half is ink or nearly.

    So it is in a tight crop, and between dark bars.
    """
    median = _median(sample)
    if median <= LEAST_CONTRAST:
        return sample, median
    counts = histogram((sample * 255).astype(np.uint8))
    threshold = otsu_threshold(counts) / 255
    lighter: Ink = sample[sample <= threshold]
    if len(lighter) and (median > threshold or separation(counts) > TWO_SIDES):
        return lighter, _median(lighter)
    return sample, median


def _median(values: Ink) -> float:
    """The median; `np.median` takes three times as long where there are few."""
    if 2 * np.count_nonzero(values) < len(values):
        return 0.0  # no value is negative
    middle = len(values) // 2
    two = np.partition(values, (middle - 1 + len(values) % 2, middle))
    return float(two[middle - 1 + len(values) % 2 : middle + 1].mean())


def _darkest_near(raised: Ink, width: float) -> Ink:
    """The darkness of the strokes within a digit's size or so of each place; (1, 1) if it is the same everywhere."""
    height, wide = raised.shape
    cell = max(2, round(2 * width))
    cells = largest_in_cells(_soft((raised * 255).astype(np.uint8), width / 6), cell)
    rows, columns = cells.shape
    spread = largest_around(cells, 2)
    if spread.min() == spread.max():  # and so it stays when it is smoothed
        everywhere: Ink = spread[:1, :1].astype(np.float32) / np.float32(255)
        return everywhere
    near = Image.fromarray(spread).filter(ImageFilter.BoxBlur(1))
    image = Image.fromarray(np.asarray(near, np.float32) / 255).resize((columns * cell, rows * cell), 2)
    return np.asarray(image)[:height, :wide]


def _soft(dark: NDArray[np.uint8], reach: float) -> NDArray[np.uint8]:
    """Each value the mean of what is within so many pixels; where nothing is, nothing has to be done."""
    rows, columns, beyond = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0)), int(reach) + 2
    soft = np.zeros_like(dark)
    if len(rows):
        drawn = (
            slice(max(0, rows[0] - beyond), rows[-1] + 1 + beyond),
            slice(max(0, columns[0] - beyond), columns[-1] + 1 + beyond),
        )
        soft[drawn] = np.asarray(Image.fromarray(dark[drawn]).filter(ImageFilter.BoxBlur(reach)))
    return soft


def stroke_width(ink: Ink) -> float:
    """About how thick the strokes are, in pixels: twice the area over the length of the outline."""
    return _width(ink > 0.5)


def _width(mask: Mask) -> float:
    inside = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), bool)
    inside[1:-1, 1:-1] = mask
    outline = int(np.count_nonzero(inside[1:] != inside[:-1])) + int(np.count_nonzero(inside[:, 1:] != inside[:, :-1]))
    return 2 * int(np.count_nonzero(inside)) / max(outline, 1)


def drop_borders(pieces: Pieces, stroke: float = 0) -> NDArray[np.bool_]:
    """Which pieces stay (N,): all but those that lie along the picture's border, if anything else is there.

    A digit in a tight crop lies along the border too, with its foot or bar; it stays when there is nothing else.
    On a page the end of the paper, which is seen as a line thinner than a `stroke`, goes as well.
    """
    if len(pieces) == 1:
        return np.ones(1, bool)
    height, width = pieces.shape
    lengths, labels, count = pieces.stops - pieces.starts, pieces.labels, len(pieces)
    sides = (
        np.where(pieces.rows == 0, lengths, 0),
        np.where(pieces.rows == height - 1, lengths, 0),
        pieces.starts == 0,
        pieces.stops == width,
    )
    contact = np.array([np.bincount(labels, weights=side, minlength=count) for side in sides])  # (4, N) pixels
    wide, tall = pieces.boxes[:, 2] - pieces.boxes[:, 0], pieces.boxes[:, 3] - pieces.boxes[:, 1]
    high = tall[tall > TOGETHER * max(height, width)]
    fills = len(high) > 1 and bool(np.median(high) > 0.5 * height)  # one row fills the picture
    at_the_sides = FILLED if fills else CONTACT
    limits = np.array([CONTACT * width, CONTACT * width, at_the_sides * height, at_the_sides * height])
    short: NDArray[np.bool_] = contact < limits[:, None]
    inside = np.asarray(short.all(axis=0), np.bool_)
    heights = tall[inside] / max(height, width)
    if (heights > TOGETHER).sum() >= 3:  # a page: of the table, too, what lies along the border with most of itself
        left, top, right, bottom = pieces.boxes.T
        beside: NDArray[np.bool_] = (right <= BORDER * width) | (left >= (1 - BORDER) * width)
        beside |= (bottom <= BORDER * height) | (top >= (1 - BORDER) * height)
        if np.median(tall[inside][heights > TOGETHER]) < LARGE * min(height, width):
            outer = (left <= MARGIN * width) | (right >= (1 - MARGIN) * width)
            outer |= (top <= MARGIN * height) | (bottom >= (1 - MARGIN) * height)
            beside |= outer & (pieces.thicknesses <= THIN * stroke)
        beside |= (contact >= 0.5 * np.stack([wide, wide, tall, tall])).any(axis=0)
        if fills:  # a row cut out tightly: digits of it lie along the border, too
            beside &= (tall < WHOLE * np.median(high)) | (pieces.thicknesses <= THIN * stroke)
        inside = inside & ~beside
    elif not (heights > ALONE).any():
        inside = np.ones(count, bool)
    return inside


def thicken(ink: Ink, width: float) -> Ink:
    """Strokes at least `width` pixels thick, thinner ones widened evenly on all sides."""
    missing = round((width - stroke_width(ink)) / 2)
    if missing < 1:
        return ink
    wide = np.zeros((ink.shape[0] + 2 * missing, ink.shape[1] + 2 * missing), np.float32)
    wide[missing:-missing, missing:-missing] = ink
    return largest_around(wide, missing)


def clean(dark: Ink, drop_lines: DropLines | None = drop_rulings, levels: Levels = USUAL) -> Strokes:
    """The strokes without rulings, without what lies along the border, and without the grain of the paper.

    `drop_lines` takes rulings out; None if the picture has none.
    """
    ink, width, pieces = separate(dark, drop_lines, levels)
    if not width:
        return Strokes(ink, 0, pieces)
    if drop_lines and (unruled := drop_lines(ink, width)) is not ink:
        ink, pieces = unruled, pieces_of(unruled > 0)
    ink, pieces = only(
        ink, pieces, drop_borders(pieces, width) & _full(ink, pieces) & (pieces.thicknesses > HAIR * width)
    )
    return Strokes(ink, stroke_width(ink) if len(pieces) else 0, pieces)


def _full(ink: Ink, pieces: Pieces) -> NDArray[np.bool_]:
    """Which pieces (N,) are about as dark as strokes are, not just darker than paper: half or more of their ink is."""
    total, squares = (pieces.sums(each) for each in (ink, ink * ink))
    full: NDArray[np.bool_] = squares > 0.5 * total
    return full
