"""IDX, the format MNIST is published in: a header of sizes, then the numbers, plain or gzipped.

2 bytes of zero · 1 byte type · 1 byte number of axes · 4 bytes for each axis · the numbers, big-endian
"""

import itertools
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LARGEST = 4 << 30  # bytes: what a header may ask for
MOST_AXES = 32
LONGEST_HEADER = 4 + 4 * 255  # bytes
SLICE = 32 << 10  # bytes read at a time; a gzip of this size unpacks to 33 MB at the most


def read_idx(path: Path) -> NDArray[Any]:
    """The array in an IDX file, plain or gzipped (told by its content).

    Nothing is allocated before the header has been checked, and no more than it says, so a lying file
    costs an error and no memory. Raises DataError for a file that is missing, damaged, or not IDX.
    """
    try:
        with path.open("rb") as file:
            return _array(_unpacked(file), path)
    except OSError as error:
        raise DataError(f"expected a readable IDX file, got {path}: {error.strerror}") from error
    except zlib.error as error:
        raise DataError(f"expected a whole gzip file, got {path}, which is damaged: get it again") from error


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes, unpacked if it is gzip, in pieces of a bounded size."""
    piece = file.read(SLICE)
    if not piece.startswith(b"\x1f\x8b"):
        while piece:
            yield piece
            piece = file.read(SLICE)
        return
    gzip = zlib.decompressobj(wbits=31)
    while piece:
        if unpacked := gzip.decompress(piece):
            yield unpacked
        piece = gzip.unused_data or file.read(SLICE)
        if gzip.eof and piece:
            gzip = zlib.decompressobj(wbits=31)
    if not gzip.eof:
        raise zlib.error("the file ends early")


def _array(pieces: Iterator[bytes], path: Path) -> NDArray[Any]:
    """Put the pieces behind the header into an array of the size that the header says."""
    head = b""
    while len(head) < LONGEST_HEADER and (piece := next(pieces, b"")):
        head += piece
    dtype, shape, offset = _header(head, path)
    array = np.empty(shape, dtype)
    into, filled = array.reshape(-1).view(np.uint8), 0
    for piece in itertools.chain([head[offset:]], pieces):
        if filled + len(piece) > len(into):
            raise DataError(f"expected {len(into)} bytes behind the header of {path}, got more: its header is wrong")
        into[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
        filled += len(piece)
    if filled < len(into):
        raise DataError(f"expected {len(into)} bytes behind the header of {path}, got {filled}: it ends early")
    return array


def _header(data: bytes, path: Path) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """The type, the shape and the length of the header; raises DataError unless all three make sense."""
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in TYPES or len(data) < 4 + 4 * data[3]:
        raise DataError(f"expected an IDX file (it starts with two zero bytes, a type and a size), got {path}")
    dtype, axes = np.dtype(TYPES[data[2]]), data[3]
    shape = tuple(int.from_bytes(data[4 + 4 * i : 8 + 4 * i]) for i in range(axes))
    if math.prod(max(length, 1) for length in shape) * dtype.itemsize > LARGEST or axes > MOST_AXES:
        raise DataError(
            f"expected an IDX file of at most {LARGEST >> 30} GB, got {path}, whose header says {shape[:8]}"
        )
    return dtype, shape, 4 + 4 * axes
