"""A file's bytes in pieces of a bounded size, plain or gzipped, and what they may honestly grow to."""

import zlib
from collections.abc import Iterator
from pathlib import Path

from numpen.errors import FileFormatError

SLICE = 32 << 10  # bytes read at a time; a gzip of this size unpacks to 33 MB at the most
BASE = 16 << 20  # bytes that any file may hold
TIMES = 32  # how many times its own size a file may hold: pictures of digits pack ten to twenty times


def most_memory(path: Path, times: int = TIMES) -> int:
    """How many bytes of memory what is in the file may take: more, and it is a bomb rather than data.

    It is told from the size on the disk, so a small file costs little, whatever its header says.
    """
    return BASE + times * path.stat().st_size


def read_pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked if it is gzip (told by its content), checksums and all.

    Raises FileFormatError if it cannot be read, is damaged, or is gzip that unpacks to a hundred times its size.
    """
    try:
        most, total = BASE + 100 * path.stat().st_size, 0
        for piece in _unpacked(path):
            total += len(piece)
            if total > most:
                raise FileFormatError(
                    f"expected data in {path}, got gzip of more than {most >> 20} MB of next to nothing"
                )
            yield piece
    except OSError as error:
        raise FileFormatError(f"expected a readable file, got {path}: {error.strerror}") from error
    except zlib.error as error:
        raise FileFormatError(f"expected a whole gzip file, got {path}, which is damaged: get it again") from error


def _unpacked(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        piece = file.read(SLICE)
        if not piece.startswith(b"\x1f\x8b"):
            while piece:
                yield piece
                piece = file.read(SLICE)
            return
        gzip = zlib.decompressobj(wbits=31)
        while piece:
            # at most 1 MB at a time: whoever takes the pieces can stop before the next
            if unpacked := gzip.decompress(piece, 1 << 20):
                yield unpacked
            piece = gzip.unconsumed_tail or gzip.unused_data or file.read(SLICE)
            if gzip.eof and piece:
                gzip = zlib.decompressobj(wbits=31)
        if not gzip.eof:
            raise zlib.error("the file ends early")
