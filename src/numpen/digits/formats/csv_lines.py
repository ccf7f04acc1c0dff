"""A CSV file in blocks of whole lines, and a block of whole numbers as an array without a loop over its cells."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError
from numpen.unpacking import read_pieces

BLOCK = 1 << 20  # bytes, about
LONGEST_LINE = 1 << 20  # bytes
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ZERO, NEWLINE = ord("0"), ord("\n")


def read_blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks of whole lines that all end in \\n, whatever they ended in; a byte order mark is left out.

    Raises DataError for a line that is far too long and for text in UTF-16, FileFormatError as read_pieces does.
    """
    held, parts = 0, []
    for number, piece in enumerate(read_pieces(path)):
        if number == 0:
            if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise DataError(f"expected CSV in UTF-8, got {path} in UTF-16: save it as UTF-8")
            piece = piece.removeprefix(BYTE_ORDER_MARK)
        parts.append(piece)
        held += len(piece)
        if held >= BLOCK:
            lines, rest = _whole_lines(b"".join(parts))
            if len(rest) > LONGEST_LINE:
                raise DataError(f"expected rows of 785 numbers in {path}, got one of more than {LONGEST_LINE >> 20} MB")
            held, parts = len(rest), [rest]
            if lines:
                yield lines
    rest = b"".join(parts).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if rest:
        yield rest if rest.endswith(b"\n") else rest + b"\n"


def _whole_lines(text: bytes) -> tuple[bytes, bytes]:
    """The lines that are whole, and the rest; a \\r at the very end may be half of a \\r\\n."""
    end = max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1)) + 1
    lines = text[:end]
    if b"\r" in lines:
        lines = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return lines, text[end:]


def whole_numbers(block: bytes, delimiter: bytes, columns: int) -> NDArray[np.uint8] | None:
    """The block (rows, columns), if it is made of numbers from 0 to 255 and delimiters alone; else None.

    No cell is looked at by itself: a cell ends where a separator stands, its last digit counts one, the one
    before ten, the one before that a hundred.
    """
    text = np.frombuffer(block, np.uint8)
    is_end = (text == delimiter[0]) | (text == NEWLINE)
    ends = np.flatnonzero(is_end)
    digits = text - ZERO  # anything but a digit wraps to 10 or more
    if np.count_nonzero(digits < 10) + len(ends) != len(text) or len(ends) % columns:
        return None
    # each row has its newline in the last column, and there are no others
    rows = len(ends) // columns
    if np.count_nonzero(text == NEWLINE) != rows or (text[ends[columns - 1 :: columns]] != NEWLINE).any():
        return None
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.min() < 1 or lengths.max() > 3:
        return None
    values = digits[ends - 1].astype(np.uint16)
    of_two = np.flatnonzero(lengths >= 2)
    values[of_two] += 10 * digits[ends[of_two] - 2].astype(np.uint16)
    of_three = np.flatnonzero(lengths == 3)
    values[of_three] += 100 * digits[ends[of_three] - 3].astype(np.uint16)
    if values.max() > 255:
        return None
    return values.astype(np.uint8).reshape(rows, columns)
