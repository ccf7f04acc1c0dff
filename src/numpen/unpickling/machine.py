"""The machine: the file's bytes, a stack, a memo, and the memory that it may still take."""

import io
import struct
from pathlib import Path
from typing import Any

from numpen.errors import FileFormatError
from numpen.unpacking import most_memory, read_pieces
from numpen.unpickling.arrays import Name, ObjectType, RawType
from numpen.unpickling.instructions import INSTRUCTIONS

WINDOW = 128 << 10  # bytes at hand, so that whole batches of numbers are seen at once
TIMES = 56  # how many times its own size a file may hold: lists of floats take the most
ROOM = 64  # bytes that an entry of a dict takes, about
STOP = ord(".")


def load_plain(path: Path, limit: int = 2 << 30, content: bytes | None = None) -> object:
    """What was pickled into a file, plain or gzipped, by protocols 0 to 5 or Python 2, as data alone.

    A list of 16 or more floats, or whole numbers from 0 to 255, comes as an `array.array`: the same numbers in
    little room. Python 2's strings are str if they are short and ASCII, else bytes. At most `limit` bytes are
    built, and no more than is in keeping with the size of the file. Raises FileFormatError for everything else.
    `content` is a pickle that lies inside the file, as in a `.npy` of objects.
    """
    try:
        return Machine(path, limit, content).run()
    except (ArithmeticError, LookupError, TypeError, ValueError, struct.error, MemoryError) as error:
        raise FileFormatError(f"expected a whole pickle, got {path}, which is damaged or none") from error
    except OSError as error:
        raise FileFormatError(f"expected a readable file, got {path}: {error.strerror}") from error


class Machine:
    """One pass over one pickle."""

    def __init__(self, path: Path, limit: int, content: bytes | None = None) -> None:
        self.path, self.left = path, min(limit, most_memory(path, TIMES))
        self.pieces = read_pieces(path) if content is None else iter((content,))
        self.window, self.at, self.ended = b"", 0, False
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
        missing = size - taken.write(self.window[self.at :])
        self.window, self.at = b"", 0
        while missing > 0:
            piece = next(self.pieces, b"")
            if not piece:
                raise ValueError("the file ends early")
            self.spend(len(piece))
            taken.write(piece[:missing])
            self.window = piece[missing:]
            missing -= len(piece)
        return taken.getvalue()

    def number(self, form: str) -> Any:
        """A number in a form of `struct`."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> bytes:
        """The bytes to the next end of line."""
        end = self.window.find(b"\n", self.at)
        while end < 0:
            if self.ended:
                raise ValueError("the file ends early")
            at_hand = len(self.window) - self.at
            self.refill(2 * at_hand + WINDOW)
            self.spend(len(self.window) - at_hand)
            end = self.window.find(b"\n", self.at)
        line, self.at = self.window[self.at : end], end + 1
        return line

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

    def get(self, key: int) -> None:
        """Lay what was remembered on the stack."""
        value = self.memo[key] if 0 <= key < len(self.memo) else self.far_memo[key]
        self.push(self.unpacked.get(id(value), value))
