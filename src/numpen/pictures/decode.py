"""Any picture in, grey values out, safely: few formats, limits checked before a pixel is unpacked.

What comes out is what a black-and-white photo of it would show: turned as its EXIF entry says, and with
what is transparent laid on white paper, or on black if what is drawn is white itself.
"""

import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from numpen.errors import PictureError
from numpen.pictures.halftone import merged

Grey: TypeAlias = NDArray[np.uint8]  # (height, width), 0 black to 255 white
Colours: TypeAlias = NDArray[np.uint8]  # (height, width, 1 or 3), 0 dark to 255 light

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
LARGEST_FILE = 40_000_000  # bytes
PIECE = 65_536  # bytes that are read at a time
MOST_PIXELS = 24_000_000
STRIP = 500_000  # pixels that are worked on at a time where that takes many bytes for each
LIGHT = 200  # grey from which on, on average, what is drawn on a transparent ground is laid on black
ORIENTATION = 0x0112  # of EXIF: which way up the camera was held


@dataclass(frozen=True)
class PictureFile:
    """A file that was read somewhere else: what was in it, and the name it has there."""

    name: str
    content: bytes


Picture: TypeAlias = str | Path | bytes | PictureFile | BinaryIO | Image.Image | NDArray[np.uint8]


def picture_file(path: str | Path) -> PictureFile:
    """The file at a path; raises PictureError if it cannot be read, or is too large."""
    return PictureFile(str(path), _content(path, str(path)))


def decode(picture: Picture) -> Grey:
    """The grey values (height, width) of a path, bytes, an open file, a Pillow image, or an array.

    Arrays are (height, width) grey or (height, width, 3 or 4) colour, uint8. Of an animation the first
    frame counts. Raises PictureError for what is missing, damaged, too large, or not one of FORMATS.
    """
    return _decoded(picture, _grey)


def decode_colours(picture: Picture) -> Colours:
    """The same picture with its colours, (height, width, 3), or (height, width, 1) if it has none."""
    return _decoded(picture, _colours)


def decode_at_most(picture: Picture, longest: int) -> tuple[Colours, tuple[int, int]]:
    """The same, with its longer side so many pixels at most, each the mean of what it covers; and its whole size.

    The size is (height, width). Large pictures never are an array as a whole, which spares most of the memory.
    """
    whole = []

    def values(image: Image.Image) -> Colours:
        upright = merged(_upright(image))
        whole.append((upright.height, upright.width))
        return _colours_of(_shrunk(upright, longest))

    return _decoded(picture, values), whole[0]


def image_of(colours: Colours) -> Image.Image:
    """A decoded picture as Pillow has it."""
    return Image.fromarray(colours if colours.shape[2] > 1 else colours[..., 0])


def _decoded(picture: Picture, values: Callable[[Image.Image], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    if isinstance(picture, np.ndarray):
        picture = _image_of(picture)
    if isinstance(picture, Image.Image):
        _check_size(picture, "the picture")
        return values(picture)
    if isinstance(picture, PictureFile):
        name, content = picture.name, picture.content
    else:
        name = str(picture) if isinstance(picture, str | Path) else "the picture"
        content = _content(picture, name)
    try:
        with warnings.catch_warnings(action="error"), Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(image, name)
            image.load()  # some formats have their EXIF entries behind the pixels
            ImageOps.exif_transpose(image, in_place=True)
            return values(image)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureError(f"expected a picture that fits into memory, got {name}") from error
    except Exception as error:  # Pillow's parsers raise whatever their files make them raise
        raise PictureError(f"expected a {', '.join(FORMATS)} picture, got {name}, which is none or damaged") from error


def _content(picture: str | Path | bytes | BinaryIO, name: str) -> bytes:
    try:
        if isinstance(picture, str | Path):
            with Path(picture).open("rb") as file:
                content = _read(file)
        else:
            content = picture if isinstance(picture, bytes) else _read(picture)
    except OSError as error:
        raise PictureError(f"expected a readable picture, got {name}: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise PictureError(f"expected a picture of at most {LARGEST_FILE // 1_000_000} MB, got {name}, which is larger")
    return content


def _read(file: BinaryIO) -> bytes:
    """What is in a file, up to one byte too many; a piece at a time: Python makes room at once for all it may read."""
    pieces = [file.read(PIECE)]
    while pieces[-1] and (left := LARGEST_FILE + 1 - sum(map(len, pieces))):
        pieces.append(file.read(min(PIECE, left)))
    return b"".join(pieces)


def _image_of(array: NDArray[np.uint8]) -> Image.Image:
    colours = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or colours not in (1, 3, 4) or 0 in array.shape:
        raise PictureError(
            f"expected an array (height, width) or (height, width, 3) of uint8, got {array.shape} of {array.dtype}"
        )
    return Image.fromarray(array.reshape(array.shape[:2]) if colours == 1 else array)


def _check_size(image: Image.Image, name: str) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise PictureError(
            f"expected a picture of at most {MOST_PIXELS // 1_000_000} megapixels, "
            f"got {image.width}x{image.height} in {name}"
        )


def _grey(image: Image.Image) -> Grey:
    return _values(_upright(image), "L")


def _colours(image: Image.Image) -> Colours:
    return _colours_of(_upright(image))


def _colours_of(image: Image.Image) -> Colours:
    values = _values(image, "L" if image.mode in ("1", "L") else "RGB")
    return values.reshape(*values.shape[:2], -1)


def _values(image: Image.Image, mode: str) -> NDArray[np.uint8]:
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    scale = longest / max(image.size)
    if scale >= 1:
        return image
    grey_or_colours = image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return grey_or_colours.resize(size, Image.Resampling.BOX)


def _is_light(image: Image.Image) -> bool:
    """Whether what is drawn on a transparent ground is so light that it would not be seen on white paper."""
    drawn, light, clear = 0, 0, False
    for _, rows in _strips(image):
        colours = rows.convert("RGBA")
        opaque = np.asarray(colours.getchannel("A"), np.int32)
        light += int((np.asarray(colours.convert("RGB").convert("L")) * opaque).sum())
        drawn, clear = drawn + int(opaque.sum()), clear or bool((opaque < 128).any())
    return clear and light > LIGHT * drawn


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF entry says, of 8 bits, with what is transparent laid on paper."""
    if image.getexif().get(ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        return _of_8_bits(image)
    return _on_paper(image) if image.has_transparency_data else image


def _of_8_bits(image: Image.Image) -> Image.Image:
    """A picture of 16 or 32 bits a pixel, some rows at a time."""
    largest = float(image.getextrema()[1])  # type: ignore[arg-type]  # there is one band
    white = 255 if largest < 256 else max(largest, 65_535)
    grey = np.empty((image.height, image.width), np.uint8)
    for top, rows in _strips(image):
        deep = np.asarray(rows, np.float64)
        grey[top : top + len(deep)] = (deep * (255 / white)).clip(0, 255)
    return Image.fromarray(grey)


def _on_paper(image: Image.Image) -> Image.Image:
    """A picture that is transparent in places, laid on white, or on black if it is light; some rows at a time."""
    colours, ground = Image.new("RGB", image.size), "black" if _is_light(image) else "white"
    for top, rows in _strips(image):
        paper = Image.new("RGBA", rows.size, ground)
        paper.alpha_composite(rows.convert("RGBA"))
        colours.paste(paper.convert("RGB"), (0, top))
    return colours


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """So many rows of a picture at a time that they take little memory, and where they begin."""
    tall = max(1, STRIP // image.width)
    for top in range(0, image.height, tall):
        yield top, image.crop((0, top, image.width, min(top + tall, image.height)))
