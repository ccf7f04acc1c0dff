"""The stages that a picture walks through until its strokes are seen: the sheet alone, dark ink, even light, ink."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numpen.pictures.decode import Colours, image_of
from numpen.reading import sheet
from numpen.reading.cleaning import DropLines, Levels, Strokes, clean
from numpen.reading.light import lift_ink
from numpen.reading.polarity import dark_on_light
from numpen.reading.rulings import drop_rulings

ONE_DIGIT = 112, 400  # pixels of the longer side, at least and at most, on which one digit is looked for
A_PAGE = 800, 2000  # and on which lines of digits are
ENLARGED = 4  # times at most
BEFORE_INK = "grey", "dark ink", "even light"  # stages

Stages = dict[str, NDArray[Any]]


class Ready(NamedTuple):
    """A picture that is ready to be cleaned."""

    colours: Colours
    dark: Colours  # the same with dark ink on light paper
    drop_lines: DropLines | None = drop_rulings  # what takes out lines that the digits were written on


def ready(colours: Colours, least: int) -> Ready:
    """A picture with its sheet alone, its longer side of so many pixels at least, and with its ink dark."""
    large = _enlarged(sheet.alone(colours), least)
    return Ready(large, dark_on_light(large))


def ready_for_one(colours: Colours) -> Ready:
    """A picture of one digit; where it is small, at first no lines are looked for that it may have been written on."""
    one = ready(colours, ONE_DIGIT[0])
    return one._replace(drop_lines=None) if max(colours.shape[:2]) < ONE_DIGIT[0] else one


def strokes_of(pictures: Sequence[Ready]) -> list[tuple[Stages, Strokes]]:
    """Each picture's stages up to its strokes, and these."""
    missing = [lift_ink(each.dark) for each in pictures]
    strokes = [clean(each, one.drop_lines) for each, one in zip(missing, pictures, strict=True)]
    return [
        ({"grey": _grey(one.colours), "dark ink": _grey(one.dark), "even light": even, "ink": drawn.ink}, drawn)
        for one, even, drawn in zip(pictures, missing, strokes, strict=True)
    ]


def cleaned_otherwise(stages: Stages, drop_lines: DropLines | None, levels: Levels) -> tuple[Stages, Strokes]:
    """The same picture in the same even light, with its strokes by other means."""
    strokes = clean(stages["even light"], drop_lines, levels)
    return {name: stages[name] for name in BEFORE_INK} | {"ink": strokes.ink}, strokes


def _grey(colours: Colours) -> NDArray[np.uint8]:
    """The mean of the colours (height, width), rounded down."""
    if colours.shape[2] == 1:
        return colours[..., 0]
    total = colours[..., 0].astype(np.uint16)
    for channel in (1, 2):  # takes a tenth of the time of a sum along the three of each pixel
        total += colours[..., channel]
    total //= 3
    return total.astype(np.uint8)


def _enlarged(colours: Colours, least: int) -> Colours:
    """The same picture with its longer side of so many pixels at least: strokes are best measured and widened so."""
    height, width = colours.shape[:2]
    longer = max(height, width)
    scale = min(max(longer, least) / longer, max(ENLARGED, ONE_DIGIT[0] / longer))
    if scale == 1:
        return colours
    image = image_of(colours)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.atleast_3d(np.asarray(image.resize(size, Image.Resampling.BICUBIC)))
