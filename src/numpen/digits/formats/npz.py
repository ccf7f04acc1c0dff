"""NPZ, NumPy's archive: `x_train`, `y_train`, `x_test` and `y_test` as Keras has them, or `images` and `labels`."""

import math
import zipfile
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.digits.formats.numbers import chunked, images_of, labels_of
from numpen.digits.formats.parts import Part
from numpen.errors import DataError, NumpenError, printable
from numpen.unpacking import most_memory

# the names of images and labels; the first are those that are written
NAMES: dict[Part, tuple[tuple[str, str], ...]] = {
    "train": (("x_train", "y_train"), ("X_train", "y_train"), ("train_images", "train_labels")),
    "test": (("x_test", "y_test"), ("X_test", "y_test"), ("test_images", "test_labels")),
}
ONE_PART = (("images", "labels"), ("x", "y"), ("X", "y"))


def pair_of(names: set[str], part: Part) -> tuple[str, str] | None:
    """The names of the images and labels of a part, if they are there; what has but one part is any part."""
    pairs = NAMES[part] + (() if names_both(names) else ONE_PART)
    return next((pair for pair in pairs if names.issuperset(pair)), None)


def names_both(names: set[str]) -> bool:
    """Whether there are pictures for testing among these names, apart from those to learn from."""
    return any(names.issuperset(pair) for pair in NAMES["test"])


def read_npz(path: Path, part: Part) -> Dataset:
    """A part of an archive; raises DataError for what is missing, damaged or lying, before it costs memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = _names(archive)
            pair = pair_of(names, part)
            if pair is None:
                known = "x_train and y_train, x_test and y_test, or images and labels"
                raise DataError(f"expected {known} in {path}, got {printable(', '.join(sorted(names))) or 'nothing'}")
            arrays = [_array(archive, name, path) for name in pair]
    except NumpenError:
        raise
    except Exception as error:  # zipfile and NumPy's header raise whatever a damaged file makes them raise
        raise DataError(f"expected a whole .npz file, got {path}, which is damaged or none") from error
    images, pixels = images_of(chunked(arrays[0]), len(arrays[0]), f"{pair[0]} of {path}", arrays[0])
    labels = labels_of(arrays[1], f"{pair[1]} of {path}")
    return Dataset(images, labels, source=str(path), found=f"NPZ with {pair[0]} and {pair[1]}, {pixels}")


def has_test_npz(path: Path) -> bool:
    """Whether an archive holds pictures for testing; raises DataError if it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return names_both(_names(archive))
    except Exception as error:
        raise DataError(f"expected a whole .npz file, got {path}, which is damaged or none") from error


def _names(archive: zipfile.ZipFile) -> set[str]:
    return {name.removesuffix(".npy") for name in archive.namelist()}


def _array(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[Any]:
    """An array of plain numbers; its header is believed only as far as the file is large enough for it."""
    with archive.open(f"{name}.npy") as member:
        version = np.lib.format.read_magic(member)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read_header(member)
        if dtype.kind not in "iuf" or not 1 <= len(shape) <= 4:
            raise DataError(f"expected an array of numbers in {name} of {path}, got {shape} of {dtype}")
        size = math.prod(shape) * dtype.itemsize
        if size > min(archive.getinfo(f"{name}.npy").file_size, most_memory(path)):
            raise DataError(f"expected as many numbers as {path} can hold, got a header in {name} that says {shape}")
        array = np.empty(math.prod(shape), dtype)
        _fill(member, array.view(np.uint8), name, path)
    return array.reshape(shape, order="F" if fortran else "C")


def _fill(member: IO[bytes], into: NDArray[np.uint8], name: str, path: Path) -> None:
    """Read exactly so many bytes; the archive's checksum is looked at where the member ends."""
    filled = 0
    while piece := member.read(1 << 20):
        if filled + len(piece) > len(into):
            raise DataError(f"expected {len(into)} bytes behind the header of {name} in {path}, got more")
        into[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
        filled += len(piece)
    if filled < len(into):
        raise DataError(f"expected {len(into)} bytes behind the header of {name} in {path}, got {filled}")


def write_npz(parts: dict[Part, Dataset], file: BinaryIO) -> None:
    """Write both parts by Keras' names, or one as `images` and `labels`."""
    arrays = {}
    for part, dataset in parts.items():
        x, y = NAMES[part][0] if len(parts) > 1 else ONE_PART[0]
        arrays[x], arrays[y] = dataset.images, dataset.labels
    np.savez_compressed(file, allow_pickle=False, **arrays)
