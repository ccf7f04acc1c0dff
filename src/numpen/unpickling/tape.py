"""The tape: a file's bytes as the machine takes them, and the memory that they may still take."""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpen.errors import FileFormatError
from numpen.unpacking import most_memory, read_pieces

WINDOW = 128 << 10  # bytes at hand, so that whole batches of numbers are seen at once
TIMES = 56  # how many times its own size a file may hold: lists of floats take the most


class Tape:
    """A file, plain or gzipped, or a pickle that lies inside it."""

    def __init__(self, path: Path, limit: int, content: bytes | None = None) -> None:
        self.path, self.left = path, min(limit, most_memory(path, TIMES))
        self.pieces = read_pieces(path) if content is None else iter((content,))
        self.window, self.at, self.ended = b"", 0, False

    def spend(self, size: int) -> None:
        """Count memory; raises FileFormatError when there is more than the file can honestly hold."""
        self.left -= size
        if self.left < 0:
            raise FileFormatError(f"expected a pickle of digits or weights, got {self.path}, which unpacks to far more")

    def refill(self, size: int) -> None:
        """Have so many bytes at hand, or all that are left."""
        parts = [self.window[self.at :]]
        at_hand = len(parts[0])
        while at_hand < size and not self.ended:
            piece = next(self.pieces, b"")
            self.ended = not piece
            parts.append(piece)
            at_hand += len(piece)
        self.window, self.at = b"".join(parts), 0

    def take(self, size: int) -> bytes:
        """The next so many bytes, never asking for more memory than there are."""
        if size <= len(self.window) - self.at:
            self.at += size
            return self.window[self.at - size : self.at]
        taken = io.BytesIO()  # which gives its content away without a copy
        for piece in self.pieces_of(size):
            taken.write(piece)
        return taken.getvalue()

    def pieces_of(self, size: int) -> Iterator[bytes]:
        """The same as they come."""
        piece = self.window[self.at :]
        self.window, self.at = b"", 0
        while len(piece) < size:
            yield piece
            size -= len(piece)
            piece = next(self.pieces, b"")
            if not piece:
                raise ValueError("the file ends early")
            self.spend(len(piece))
        self.window = piece[size:]
        yield piece[:size]

    def number(self, form: str) -> Any:
        """A number in a form of `struct`."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> bytes:
        """The bytes to the next end of line."""
        end = self.window.find(b"\n", self.at)
        if end < 0:
            return b"".join(self.pieces_of_line())
        line, self.at = self.window[self.at : end], end + 1
        return line

    def pieces_of_line(self) -> Iterator[bytes]:
        """The same as they come."""
        while (end := self.window.find(b"\n", self.at)) < 0:
            if self.ended:
                raise ValueError("the file ends early")
            piece, self.at = self.window[self.at :], len(self.window)
            yield piece
            self.refill(WINDOW)
            self.spend(len(self.window))
        piece, self.at = self.window[self.at : end], end + 1
        yield piece
