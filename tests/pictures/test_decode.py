"""Every kind of picture comes out as the same grey values, and what is no picture as one error."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numpen.errors import PictureError
from numpen.pictures.decode import MOST_PIXELS, decode

GREY = np.zeros((40, 30), np.uint8)
GREY[5:20, 10:15] = 200  # off the middle both ways, so that every turn shows


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "TIFF"])
def test_lossless_formats_keep_every_value(kind: str) -> None:
    assert np.array_equal(decode(encoded(Image.fromarray(GREY), kind)), GREY)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_formats_keep_values_nearly(kind: str) -> None:
    difference = decode(encoded(Image.fromarray(GREY), kind, quality=95)).astype(int) - GREY
    assert np.abs(difference).mean() < 4


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "I;16"])
def test_every_mode_shows_the_same_bright_spot(mode: str) -> None:
    deep = Image.fromarray(GREY.astype(np.uint16) * 256)
    grey = decode(deep if mode == "I;16" else Image.fromarray(GREY).convert(mode))
    assert grey.dtype == np.uint8 and grey.shape == GREY.shape
    assert grey[10, 12] > 150 and grey[30, 5] < 30


def test_path_file_bytes_image_and_array_are_alike(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(GREY), "PNG")
    path = tmp_path / "picture.jpg"  # the content counts, not the name
    path.write_bytes(content)
    for picture in (path, str(path), content, io.BytesIO(content), Image.fromarray(GREY), GREY, GREY[..., None]):
        assert np.array_equal(decode(picture), GREY)


def test_exif_turns_the_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # "rotate by 90 degrees clockwise to see it upright"
    turned = decode(encoded(Image.fromarray(GREY), "PNG", exif=exif))
    assert np.array_equal(turned, np.rot90(GREY, -1))


def test_what_is_transparent_lies_on_white_paper() -> None:
    clear = np.zeros((8, 8, 4), np.uint8)
    clear[2:4, 2:4, 3] = 255
    grey = decode(clear)
    assert grey[0, 0] == 255 and grey[2, 2] == 0


def test_white_on_transparent_lies_on_black_paper() -> None:
    image = Image.new("RGBA", (8, 8), (255, 255, 255, 0))
    image.putpixel((3, 2), (255, 255, 255, 255))
    grey = decode(encoded(image, "PNG"))
    assert grey[2, 3] == 255 and grey.sum() == 255
    assert decode(encoded(Image.new("RGBA", (8, 8), (255, 255, 255, 255)), "PNG")).min() == 255


def test_of_an_animation_the_first_frame_counts() -> None:
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    assert np.array_equal(decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])), GREY)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is this large and has a few bytes of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"%PDF-1.7",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        png_header(5000, MOST_PIXELS // 5000 + 1),
        png_header(13_000, 13_000),
        png_header(2**31 - 1, 2**31 - 1),
        png_header(0, 5),
        encoded(Image.fromarray(GREY), "PNG")[:-40],
        encoded(Image.fromarray(GREY), "JPEG")[:200],
        encoded(Image.fromarray(GREY), "PCX"),
    ],
    ids=range(11),
)
def test_what_is_no_picture_or_too_large_is_one_line(content: bytes) -> None:
    with pytest.raises(PictureError) as caught:
        decode(content)
    assert str(caught.value).startswith("expected") and "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(0, 5), (5,), (5, 5, 2), (2, 5, 5, 3)])
def test_arrays_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(PictureError, match="expected an array"):
        decode(np.zeros(shape, np.uint8))


def test_mutated_files_raise_nothing_but_our_error() -> None:
    rng = np.random.default_rng(1)
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"):
        whole = encoded(Image.fromarray(GREY), kind)
        for _ in range(150):
            content = bytearray(whole)
            for place in rng.integers(0, len(content), 3):
                content[place] = rng.integers(0, 256)
            try:
                assert decode(bytes(content)).dtype == np.uint8
            except PictureError as error:
                assert "\n" not in str(error)
