"""Bytes that are too many for memory: in a file without a name, which goes when nobody looks at it any more."""

import contextlib
import mmap
import tempfile
import weakref
from collections.abc import Iterator
from typing import IO

from numpen.errors import DataError

MANY = 1 << 20  # bytes: fewer stay in memory


class Spool:
    """What is written one after the other and read as a whole: in memory while it is little, then on the disk.

    The disk is where temporary files are ($TMPDIR). Raises DataError if there is no room.
    """

    def __init__(self) -> None:
        self.at_hand = bytearray()
        self.file: IO[bytes] | None = None

    def write(self, data: bytes) -> None:
        """Write behind what has been written."""
        self.at_hand += data
        if len(self.at_hand) >= MANY:
            self._store()

    def content(self) -> bytearray | mmap.mmap:
        """All that has been written, which must be all that will be: the bytes themselves, or a map of the file."""
        if self.file is None:
            return self.at_hand
        self._store()
        with room_on_disk():
            self.file.flush()
            return mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)

    def _store(self) -> None:
        with room_on_disk():
            if self.file is None:
                self.file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when the spool goes
                weakref.finalize(self, _close, self.file)
            self.file.write(self.at_hand)
        self.at_hand.clear()


def _close(file: IO[bytes]) -> None:
    with contextlib.suppress(OSError):  # a full disk has been told already
        file.close()


@contextlib.contextmanager
def room_on_disk() -> Iterator[None]:
    """What a disk has against a temporary file is a DataError."""
    try:
        yield
    except OSError as error:
        try:
            place = tempfile.gettempdir()
        except OSError:  # there is none
            place = "a folder for temporary files"
        raise DataError(
            f"expected room for pictures in {place}, got: {error.strerror}; name a larger place: TMPDIR"
        ) from error
