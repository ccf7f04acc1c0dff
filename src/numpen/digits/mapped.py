"""Pictures that lie on the disk: as many as there is room for there, in as little memory as one likes.

The array is a map of a file: what is looked at comes into memory, and goes again when it is let go.
"""

import mmap
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from numpen.spooling import room_on_disk

SIDE = 28
TOGETHER = 4096  # pictures that are copied at a time: 3 MB

Images = NDArray[np.uint8]  # (N, 28, 28)


def on_disk(parts: Iterable[Images]) -> Images:
    """All these pictures in a file without a name, which goes when the array goes.

    It lies where temporary files do ($TMPDIR) and takes 784 bytes for a picture. Raises DataError if there is no room.
    """
    with room_on_disk(), tempfile.TemporaryFile() as file:
        for part in parts:
            file.write(np.ascontiguousarray(part).data)
        file.flush()
        return mapped(file)


class Map(mmap.mmap):
    """A map of a file whose rows can also be read, without a page of the map in memory."""

    file: int  # its descriptor

    def read_rows(self, rows: NDArray[Any], start: int, out: NDArray[np.uint8]) -> None:
        """Read the pictures of these rows, of which the first of all lies at `start`, into out (n, 784).

        A map would bring more: one that is asked for at random brings a whole neighbourhood, up to 2 MB, each time.
        """
        size = out.shape[1]
        for row, into in zip(rows.tolist(), out, strict=True):
            os.preadv(self.file, [into], start + row * size)


def mapped(file: IO[bytes]) -> Images:
    """The pictures in a file."""
    map_ = Map(file.fileno(), 0, access=mmap.ACCESS_READ)
    map_.file = os.dup(file.fileno())
    weakref.finalize(map_, os.close, map_.file)
    return np.frombuffer(map_, np.uint8).reshape(-1, SIDE, SIDE)


def map_of(images: NDArray[Any]) -> Map | None:
    """The map of pictures that an array is a view of, if it is of one."""
    owner = owner_of(images)
    return owner if isinstance(owner, Map) else None


def owner_of(array: NDArray[Any]) -> object:
    """What the memory of an array belongs to: a map, say, or bytes."""
    base: Any = array
    while isinstance(base, np.ndarray | memoryview):
        base = base.base if isinstance(base, np.ndarray) else base.obj
    return base


def start_of(images: NDArray[Any], map_: Map) -> int:
    """How many bytes of the map lie before the array."""
    return images.ctypes.data - np.frombuffer(map_, np.uint8).ctypes.data


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
