"""Pictures that lie on the disk: as many as there is room for there, in as little memory as one likes.

The array is a map of a file: what is looked at comes into memory, and goes again when it is let go.
"""

import mmap
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError

SIDE = 28
TOGETHER = 4096  # pictures that are copied at a time: 3 MB

Images = NDArray[np.uint8]  # (N, 28, 28)


def on_disk(parts: Iterable[Images]) -> Images:
    """All these pictures in a file without a name, which goes when the array goes.

    It lies where temporary files do ($TMPDIR) and takes 784 bytes for a picture. Raises DataError if there is no room.
    """
    try:
        with tempfile.TemporaryFile() as file:
            for part in parts:
                file.write(np.ascontiguousarray(part).data)
            file.flush()
            return mapped(file)
    except OSError as error:
        raise DataError(
            f"expected room for pictures in {tempfile.gettempdir()}, got: {error.strerror}; name a larger place: TMPDIR"
        ) from error


def mapped(file: IO[bytes] | Path, offset: int = 0) -> Images:
    """The pictures in a file, behind so many bytes."""
    return np.asarray(np.memmap(file, np.uint8, "r", offset)).reshape(-1, SIDE, SIDE)


def map_of(images: NDArray[Any]) -> mmap.mmap | None:
    """The map that an array is a view of, if it is of one."""
    base: Any = images
    while isinstance(base, np.ndarray):
        base = base.base
    return base if isinstance(base, mmap.mmap) else None


def let_go(map_: mmap.mmap) -> None:
    """Give back the memory of what has been looked at; looked at again, it comes again."""
    if hasattr(map_, "madvise"):  # Windows does so by itself when memory is short
        map_.madvise(mmap.MADV_DONTNEED)


def pieces(images: Images, rows: NDArray[Any] | None = None) -> Iterator[Images]:
    """All pictures, or those of some rows, a few at a time; those on the disk are let go behind them."""
    map_ = map_of(images)
    for start in range(0, len(images) if rows is None else len(rows), TOGETHER):
        some = slice(start, start + TOGETHER)
        yield images[some] if rows is None else images[rows[some]]
        if map_:
            let_go(map_)
