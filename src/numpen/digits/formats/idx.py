"""IDX, the format MNIST is published in: a header of sizes, then the numbers, plain or gzipped.

2 bytes of zero · 1 byte type · 1 byte number of axes · 4 bytes for each axis · the numbers, big-endian
"""

import contextlib
import gzip
import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.digits.formats.parts import beside
from numpen.errors import DataError, FileFormatError
from numpen.unpacking import most_memory, read_pieces

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LARGEST = 4 << 30  # bytes: what a header may ask for
MOST_AXES = 32
LONGEST_HEADER = 4 + 4 * 255  # bytes


def read_idx(path: Path) -> NDArray[Any]:
    """The array in an IDX file, plain or gzipped (told by its content).

    Nothing is allocated before the header has been checked, and no more than it says, so a lying file
    costs an error and no memory. Raises DataError for a file that is missing, damaged, or not IDX.
    """
    try:
        return _array(read_pieces(path), path)
    except FileFormatError as error:
        raise DataError(str(error)) from error


def is_idx_of_pictures(path: Path) -> bool:
    """Whether a file begins as IDX of pictures does: with three axes, where labels and writers have one."""
    try:
        head = next(read_pieces(path), b"")
    except FileFormatError:
        return False
    return head[:2] == b"\0\0" and head[2:3] == b"\x08" and head[3:4] == b"\x03"


def read_idx_pair(path: Path) -> Dataset:
    """The pictures in a file, with the labels in the file that is called alike, and the writers if they are known.

    Raises DataError unless they are 28x28 bytes each, and as many labels.
    """
    images = read_idx(path)
    if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise DataError(f"expected images of 28x28 bytes in {path}, got {images.shape} of {images.dtype}")
    labels_path = beside(path)
    labels = read_idx(labels_path)
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
        raise DataError(f"expected {len(images)} labels in {labels_path}, got {labels.shape} of {labels.dtype}")
    writers_path = labels_path.with_name(labels_path.name.replace("labels", "writers").replace("ubyte", "int"))
    writers = None
    if writers_path != labels_path and writers_path.is_file():
        writers = read_idx(writers_path).astype(np.int32)
        if writers.shape != labels.shape:
            raise DataError(f"expected {len(images)} writers in {writers_path}, got {writers.shape}")
    return Dataset(images, labels, writers, str(path), f"IDX, labels in {labels_path.name}")


def write_idx(dataset: Dataset, folder: Path, stem: str, *, packed: bool) -> None:
    """Write images, labels and (if known) writers into a folder, under MNIST's names, as "train" or "t10k"."""
    arrays = {"images-idx3-ubyte": dataset.images, "labels-idx1-ubyte": dataset.labels}
    if dataset.writers is not None:
        arrays["writers-idx1-int"] = dataset.writers.astype(">i4")
    for name, array in arrays.items():
        code = 0x08 if array.dtype == np.uint8 else 0x0C
        header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        path = folder / f"{stem}-{name}{'.gz' if packed else ''}"
        with path.open("wb") as file, _packed(file) if packed else contextlib.nullcontext(file) as out:
            out.write(header)
            out.write(np.ascontiguousarray(array).data.cast("B"))


def _packed(file: BinaryIO) -> gzip.GzipFile:
    """A gzip without time and name in its header: the same data gives the same bytes."""
    return gzip.GzipFile("", "wb", 6, file, 0)


def _array(pieces: Iterator[bytes], path: Path) -> NDArray[Any]:
    """Put the pieces behind the header into an array of the size that the header says."""
    head = b""
    while len(head) < LONGEST_HEADER and (piece := next(pieces, b"")):
        head += piece
    dtype, shape, offset = _header(head, path)
    if math.prod(shape) * dtype.itemsize > most_memory(path):
        raise DataError(f"expected as many numbers as {path} can hold, got a header that says {shape}: it is wrong")
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
