"""Pictures that somebody sends to do harm, and pictures that were damaged on their way."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

FORMATS = "PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG that says it is this large, of 8-bit grey, whatever its pixels are."""
    header = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")


def made() -> dict[str, bytes]:
    """Those that are made by hand, each with a name."""
    digit = Image.new("L", (40, 60), 230)
    digit.paste(20, (18, 8, 24, 52))
    frames = [digit, Image.new("L", (40, 60), 0)] * 20
    return {
        "empty": b"",
        "text": b"no picture",
        "page of a book": b"%PDF-1.7\n1 0 obj",
        "drawing": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "bomb": png(20_000, 20_000, bytes(20_001 * 200)),
        "bomb that keeps its word": png(5000, 4000, bytes(5001 * 4000)),
        "larger than can be": png(2**31 - 1, 2**31 - 1, b""),
        "nothing wide": png(0, 5, b""),
        "one line": png(65_535, 1, bytes(65_536)),
        "one column": png(1, 65_535, bytes(2 * 65_535)),
        "cut off": encoded(digit, "PNG")[:-30],
        "cut off photo": encoded(digit, "JPEG")[:150],
        "animation": encoded(digit, "GIF", save_all=True, append_images=frames),
        "another format": encoded(digit, "PCX"),
        "zeros": bytes(10_000),
        "noise": np.random.default_rng(0).integers(0, 256, 10_000).astype(np.uint8).tobytes(),
    }


def mutated(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Files of every format with a few bytes changed, or cut off."""
    rng = np.random.default_rng(seed)
    digit = Image.new("RGB", (48, 64), (230, 228, 220))
    digit.paste((20, 20, 40), (20, 8, 27, 56))
    whole = [encoded(digit, kind) for kind in FORMATS]
    for number in range(count):
        content = bytearray(whole[number % len(whole)])
        for place in rng.integers(0, len(content), rng.integers(1, 6)):
            content[place] = rng.integers(0, 256)
        if rng.random() < 0.2:
            del content[int(rng.integers(1, len(content))) :]
        yield f"{FORMATS[number % len(whole)]}-{number}", bytes(content)


def absurd() -> dict[str, bytes]:
    """Pictures that are sound but for what stands beside their pixels, or that are meant to wear a reader out."""
    digit = Image.new("L", (40, 60), 230)
    digit.paste(20, (18, 8, 24, 52))
    turned = Image.Exif()
    turned[0x0112] = 99
    whole = png(40, 60, b"".join(b"\0" + bytes(40) for _ in range(60)))
    head, tail = whole[:33], whole[33:]  # what may stand behind IHDR
    wide = Image.new("RGB", (3000, 2000), "white")
    return {
        "turned by nonsense": encoded(digit, "JPEG", exif=turned.tobytes()),
        "EXIF that is noise": encoded(digit, "JPEG", exif=b"Exif\0\0MM\0*" + bytes(range(256)) * 200),
        "ICC profile that is noise": encoded(digit, "PNG", icc_profile=bytes(range(256)) * 1000),
        "ICC profile that is a bomb": head + chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200_000_000), 9)) + tail,
        "text that is a bomb": head + chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(200_000_000), 9)) + tail,
        "ten thousand chunks": head + chunk(b"tEXt", b"a\0b") * 10_000 + tail,
        "a hundred frames of TIFF": encoded(digit, "TIFF", save_all=True, append_images=[digit] * 99),
        "animated WebP": encoded(digit, "WEBP", save_all=True, append_images=[digit.rotate(9)] * 20),
        "colours that keep their word": encoded(wide, "PNG"),
        "a large JPEG of nothing": encoded(wide, "JPEG"),
        "CMYK": encoded(digit.convert("CMYK"), "JPEG"),
        "sixteen bits": encoded(Image.new("I;16", (400, 300), 60_000), "PNG"),
        "one bit": encoded(digit.convert("1"), "TIFF", compression="group4"),
    }
