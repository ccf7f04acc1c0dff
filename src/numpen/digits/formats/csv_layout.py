"""How a CSV file is laid out, told from what is in it: delimiter, header, place of the label, kind of pixels."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from numpen.digits.formats.csv_cells import Scale, ScaleFinder, bare, is_number, unscaled
from numpen.digits.formats.csv_lines import read_blocks
from numpen.errors import DataError, printable
from numpen.unpacking import most_memory

PIXELS = 784
DELIMITERS = {b",": "commas", b";": "semicolons", b"\t": "tabs"}
MOST_EMPTY = 1000  # rows at the end of a file
LABEL_NAMES = frozenset((b"label", b"labels", b"digit", b"class", b"target", b"y"))
KINDS = {1: "labels", 10: "labels", PIXELS: "pixels", PIXELS + 1: "a label and pixels"}


@dataclass(frozen=True)
class Layout:
    """What must be known to read a file."""

    delimiter: bytes
    columns: int
    header: bool
    label: str | None  # "first", "last", or None: the labels are in a file of their own
    scale: Scale

    def __str__(self) -> str:
        header = "a header" if self.header else "no header"
        label = "the label in a file of its own" if self.label is None else f"the label {self.label}"
        pixels = "pixels 0 to 255" if self.scale == 1 else f"pixels divided by {self.scale}"
        return f"CSV with {DELIMITERS[self.delimiter]}, {header}, {label}, {pixels}"


def rows_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers from 1; only at its end may lines be empty."""
    number, empty, most = 0, 0, most_memory(path) // PIXELS
    for block in read_blocks(path):
        for line in block[:-1].split(b"\n"):
            number += 1
            if not line.strip(b" "):
                empty = empty or number
                if number - empty > MOST_EMPTY:
                    raise DataError(f"expected numbers in {path}, row {empty}, got many empty rows")
                continue
            if empty:
                raise DataError(f"expected numbers in {path}, row {empty}, got an empty row")
            if number > most:
                raise DataError(
                    f"expected as many rows as {path} can hold, got more than {most}: it unpacks to nothing"
                )
            yield number, line


def dialect(path: Path) -> tuple[bytes, int, bool]:
    """The delimiter, the number of columns and whether there is a header; raises DataError for other text."""
    first = next(rows_of(path), None)
    if first is None:
        raise DataError(f"expected rows of numbers in {path}, got an empty file")
    delimiter = max(DELIMITERS, key=first[1].count)
    cells = [bare(cell) for cell in first[1].split(delimiter)]
    if len(cells) not in KINDS:
        raise DataError(
            f"expected 785 columns (a label and 784 pixels), or 784, or labels in 1 or 10, in {path}, "
            f"row 1, got {len(cells)}"
        )
    return delimiter, len(cells), _is_header(cells, path)


def _is_header(cells: list[bytes], path: Path) -> bool:
    """Whether the first row holds names; numbers count as names only if they count the columns."""
    numbers = [cell for cell in cells if is_number(cell)]
    if not numbers:
        return True
    counting = numbers in ([b"%d" % (first + i) for i in range(len(numbers))] for first in (0, 1))
    if len(numbers) >= PIXELS and counting:
        return True
    for column, cell in enumerate(cells, 1):
        if not is_number(cell):
            raise DataError(f"expected a number in {path}, row 1, column {column}, got {shown(cell)}")
    return False


def layout_of(path: Path) -> Layout:
    """The layout of a file of pictures; raises DataError, naming row and column, where there is doubt."""
    delimiter, columns, header = dialect(path)
    if columns < PIXELS:
        raise DataError(f"expected pictures in {path}, got {columns} columns, which are labels: name the other file")
    label = None if columns == PIXELS else _label_place(path, delimiter, header)
    return Layout(delimiter, columns, header, label, _scale(path, delimiter, header, label))


def _data_rows(path: Path, header: bool) -> Iterator[tuple[int, bytes]]:
    rows = rows_of(path)
    if header:
        next(rows)
    return rows


def _label_place(path: Path, delimiter: bytes, header: bool) -> str:
    """Whether the label stands first or last: by its name, or since only there are numbers that can be labels."""
    if header:
        names = [bare(cell).lower() in LABEL_NAMES for cell in next(rows_of(path))[1].split(delimiter)]
        if names[0] != names[-1]:
            return "first" if names[0] else "last"
        if any(names[1:-1]):
            raise DataError(
                f"expected the label in column 1 or 785 of {path}, got it in column {names.index(True) + 1}: move it"
            )
    digits, strange = _edges(path, delimiter, header)
    can_be = [not each for each in strange]
    if can_be[0] and can_be[1] and (digits[0] == {0}) != (digits[1] == {0}):
        can_be = [digits[0] != {0}, digits[1] != {0}]  # the corner of a picture is empty
    if can_be[0] == can_be[1] or digits[can_be.index(True)] == {0}:
        # a corner that is empty is no label because the label is wrong
        if can_be[0] and can_be[1]:
            what = f"columns of which both could be the label (from row {1 + header} on)"
        else:
            places = (each or f"only 0 in column {785 if i else 1}" for i, each in enumerate(strange))
            what = ", and ".join(places)
        raise DataError(
            f"expected the label in column 1 or 785 of {path}, got {what}: give it a header with the word label"
        )
    return "first" if can_be[0] else "last"


def _edges(path: Path, delimiter: bytes, header: bool) -> tuple[list[set[int]], list[str]]:
    """The labels that the first and the last column could be, and the first cell in each that is none."""
    seen: list[set[bytes]] = [set(), set()]
    digits: list[set[int]] = [set(), set()]
    strange = ["", ""]
    for row, line in _data_rows(path, header):
        for i, cell in enumerate((line.partition(delimiter)[0], line.rpartition(delimiter)[2])):
            if cell not in seen[i]:
                seen[i].add(cell)
                digit = unscaled(cell, 1)
                if digit is not None and digit <= 9:
                    digits[i].add(digit)
                else:
                    strange[i] = strange[i] or f"{shown(cell)} in row {row}, column {785 if i else 1}"
        if max(map(len, seen)) > 100:  # ways to write ten digits: more are pixels
            strange = [
                each or "many numbers" if len(cells) > 100 else each for each, cells in zip(strange, seen, strict=True)
            ]
            break
    return digits, strange


def _scale(path: Path, delimiter: bytes, header: bool, label: str | None) -> Scale:
    """What the pixels were divided by: read until a single answer is left."""
    finder, where, before, clue = ScaleFinder(), "", b"", ""
    first = 1 if label == "first" else 0
    for row, line in _data_rows(path, header):
        if line == before:
            continue
        before, cells = line, line.split(delimiter)[first : -1 if label == "last" else None]
        for cell in sorted(set(cells) - finder.seen.keys(), key=cells.index):
            place = f"row {row}, column {cells.index(cell) + first + 1}"
            ways = len(finder.possible)
            if not finder.fits(cell):
                raise DataError(
                    f"expected pixels from 0 to 255, or all of them divided by 255 or by 256, in {path}, {place}, "
                    f"got {shown(cell)}{clue}"
                )
            if len(finder.possible) < ways:
                clue = f" after {shown(cell)} in {place}"
            where = where or (place if any(finder.seen[cell].values()) else "")
        if len(finder.possible) == 1:
            return finder.possible.pop()
    scale = finder.answer()
    if scale is None:
        raise DataError(
            f"expected pixels that tell what they were divided by in {path}, got some that fit 1, 255 or 256 as well, "
            f"from {where} on: multiply them"
        )
    return scale


def shown(cell: bytes) -> str:
    """A cell as it can stand in an error: short, and on one line."""
    return printable(bare(cell)[:40].decode("utf-8", "replace")) or "nothing"
