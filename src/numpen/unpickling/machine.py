"""The machine: a stack, a memo, and the instructions on a tape."""

import codecs
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from numpen.errors import FileFormatError
from numpen.spooling import Spool
from numpen.unpickling.arrays import Name, ObjectType, RawType
from numpen.unpickling.instructions import INSTRUCTIONS
from numpen.unpickling.rows import Forgotten
from numpen.unpickling.tape import WINDOW, Tape

ROOM = 64  # bytes that an entry of a dict takes, about
STOP = ord(".")
LONG = 255  # bytes of a string that is data rather than a name
BULKY = (tuple, np.ndarray, mmap.mmap)
FORGOTTEN = object()  # stands in the memo for what was there
MOVED = object()  # stands in a list before what the list has become


def load_plain(path: Path, limit: int = 2 << 30, content: bytes | None = None) -> object:
    """What was pickled into a file, plain or gzipped, by protocols 0 to 5 or Python 2, as data alone.

    A list of 16 or more floats, or whole numbers from 0 to 255, comes as an `array.array`: the same numbers in
    little room. Python 2's strings are str if they are short and ASCII, else bytes. At most `limit` bytes are
    built, and no more than is in keeping with the size of the file. Raises FileFormatError for everything else.
    `content` is a pickle that lies inside the file, as in a `.npy` of objects.
    """
    return _run(path, limit, content, packing=False)


def load_packed(path: Path, limit: int = 2 << 30) -> object:
    """As load_plain, in little memory: a list of rows that have one shape comes as Rows.

    What is long lies on the disk, and an array of it is a map. Where a pickle has rows of several shapes, or the
    same row twice, it is read once more and all of it comes as load_plain gives it.
    """
    try:
        return _run(path, limit, None, packing=True)
    except Forgotten:
        pass  # and only then, when all that was read is gone
    return load_plain(path, limit)


def _run(path: Path, limit: int, content: bytes | None, *, packing: bool) -> object:
    try:
        return Machine(path, limit, content, packing=packing).run()
    except (ArithmeticError, LookupError, TypeError, ValueError, struct.error, MemoryError) as error:
        raise FileFormatError(f"expected a whole pickle, got {path}, which is damaged or none") from error
    except OSError as error:
        raise FileFormatError(f"expected a readable file, got {path}: {error.strerror}") from error


class Machine(Tape):
    """One pass over one pickle.

    A packing machine lets go of what is put into rows, and does not remember it. So its memory is that of the rows;
    asked for such a thing again, it gives up with Forgotten.
    """

    def __init__(self, path: Path, limit: int, content: bytes | None = None, *, packing: bool = False) -> None:
        super().__init__(path, limit, content)
        self.packing = packing
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: list[Any] = []
        self.far_memo: dict[int, Any] = {}  # what was not put under the next number
        self.last_put = -1
        self.unpacked: dict[int, list[Any]] = {}  # what an array has become since it was put into the memo

    def run(self) -> object:
        """Obey until STOP; the one thing on the stack is what was pickled."""
        while True:
            if len(self.window) - self.at < WINDOW // 2 and not self.ended:
                self.refill(WINDOW)
            code = self.window[self.at]
            self.at += 1
            if code == STOP:
                (value,) = self.stack
                if isinstance(value, Name | RawType | ObjectType):
                    raise self.refused("a type")
                for _ in self.pieces:  # to the end, where gzip has its checksum
                    pass
                return value
            if code not in INSTRUCTIONS:
                raise self.refused(f"the instruction {code:#04x}")
            INSTRUCTIONS[code](self)

    def refused(self, what: str) -> FileFormatError:
        """The error for what no plain data needs."""
        return FileFormatError(
            f"expected a pickle of lists, tuples, dicts, numbers, strings and numeric arrays, got {what} "
            f"in {self.path}: a pickle can be a program, and numpen runs none"
        )

    def push_long(self, pieces: Iterator[bytes], encoding: str = "") -> None:
        """Lay a long string on the stack, in a map if it is very long: bytes, or text whose letters are bytes."""
        spool, decoder = Spool(), codecs.getincrementaldecoder(encoding or "latin1")()
        for piece in pieces:
            try:
                spool.write(decoder.decode(piece).encode("latin1") if encoding else piece)
            except UnicodeError:
                raise Forgotten from None
        decoder.decode(b"", final=True)  # which refuses half a letter
        value: Any = spool.content()
        if isinstance(value, bytearray):
            value = value.decode("latin1") if encoding else bytes(value)
        self.push(value)

    def push(self, value: Any, room: int = 16) -> None:
        """Lay a value that takes so much room on the stack."""
        self.spend(room)
        self.stack.append(value)

    def pop(self) -> Any:
        """Take the uppermost value from the stack, if it lies above the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise IndexError("nothing on the stack")
        return self.stack.pop()

    def pop_mark(self) -> list[Any]:
        """Take all values above the last mark."""
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def put(self, key: int) -> None:
        """Remember the uppermost value under a number."""
        value = self.stack[-1]
        if self.packing and (type(value) in BULKY or (type(value) in (bytes, str) and len(value) > LONG)):
            value = FORGOTTEN
        if len(self.memo) < key <= len(self.memo) + 1:  # Python 2 counts from 1
            self.memo.append(None)
        if key == len(self.memo):
            self.spend(16)
            self.memo.append(value)
        elif 0 <= key < len(self.memo):
            self.memo[key] = value
        else:
            self.spend(2 * ROOM)
            self.far_memo[key] = value
        self.last_put = key

    def replace(self, value: Any) -> None:
        """Lay another value in the place of the empty list on top of the stack, which the memo may know."""
        target, self.stack[-1] = self.stack[-1], value
        kept = FORGOTTEN if self.packing else value
        memo = self.memo if 0 <= self.last_put < len(self.memo) else self.far_memo
        if self.last_put >= 0 and memo[self.last_put] is target:
            memo[self.last_put] = kept
        target += MOVED, kept  # for whatever other number it has

    def get(self, key: int) -> None:
        """Lay what was remembered on the stack."""
        value = self.memo[key] if 0 <= key < len(self.memo) else self.far_memo[key]
        if type(value) is list and value and value[0] is MOVED:
            value = value[1]
        if value is FORGOTTEN:
            raise Forgotten
        self.push(self.unpacked.get(id(value), value))
