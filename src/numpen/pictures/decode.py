"""Any picture in, grey values out, safely: few formats, limits checked before a pixel is unpacked.

What comes out is what a black-and-white photo of it would show: turned as its EXIF entry says, and with
what is transparent laid on white paper, or on black if what is drawn is white itself.
"""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from numpen.errors import PictureError

Grey: TypeAlias = NDArray[np.uint8]  # (height, width), 0 black to 255 white
Colours: TypeAlias = NDArray[np.uint8]  # (height, width, 1 or 3), 0 dark to 255 light
Picture: TypeAlias = str | Path | bytes | BinaryIO | Image.Image | NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
LARGEST_FILE = 40_000_000  # bytes
MOST_PIXELS = 24_000_000
LIGHT = 200  # grey from which on, on average, what is drawn on a transparent ground is laid on black


def decode(picture: Picture) -> Grey:
    """The grey values (height, width) of a path, bytes, an open file, a Pillow image, or an array.

    Arrays are (height, width) grey or (height, width, 3 or 4) colour, uint8. Of an animation the first
    frame counts. Raises PictureError for what is missing, damaged, too large, or not one of FORMATS.
    """
    return _decoded(picture, _grey)


def decode_colours(picture: Picture) -> Colours:
    """The same picture with its colours, (height, width, 3), or (height, width, 1) if it has none."""
    return _decoded(picture, _colours)


def _decoded(picture: Picture, values: Callable[[Image.Image], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    if isinstance(picture, np.ndarray):
        picture = _image_of(picture)
    if isinstance(picture, Image.Image):
        _check_size(picture, "the picture")
        return values(picture)
    name = str(picture) if isinstance(picture, str | Path) else "the picture"
    content = _content(picture, name)
    try:
        with warnings.catch_warnings(action="error"), Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(image, name)
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
                content = file.read(LARGEST_FILE + 1)
        else:
            content = picture if isinstance(picture, bytes) else picture.read(LARGEST_FILE + 1)
    except OSError as error:
        raise PictureError(f"expected a readable picture, got {name}: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise PictureError(f"expected a picture of at most {LARGEST_FILE // 1_000_000} MB, got {name}, which is larger")
    return content


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
    return np.asarray(_upright(image).convert("L"))


def _colours(image: Image.Image) -> Colours:
    upright = _upright(image)
    grey = upright.mode in ("1", "L")
    return np.atleast_3d(np.asarray(upright.convert("L" if grey else "RGB")))


def _is_light(colours: Image.Image) -> bool:
    """Whether what is drawn on a transparent ground is so light that it would not be seen on white paper."""
    opaque = np.asarray(colours.getchannel("A"), np.float32)
    grey = np.asarray(colours.convert("RGB").convert("L"), np.float32)
    clear = bool((opaque < 128).any())
    return clear and float((grey * opaque).sum()) > LIGHT * float(opaque.sum())


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF entry says, of 8 bits, with what is transparent laid on paper."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # 16 or 32 bits a pixel: brought to 8
        deep = np.asarray(image, np.float64)
        white = 255 if deep.max() < 256 else max(float(deep.max()), 65_535)
        return Image.fromarray((deep * (255 / white)).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "black" if _is_light(colours) else "white")
        paper.alpha_composite(colours)
        return paper.convert("RGB")
    return image
