"""CSV: one picture a row, its 784 pixels and its label, or the labels in a file beside it."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.digits.formats.csv_cells import Pixels, unscaled
from numpen.digits.formats.csv_layout import PIXELS, Layout, dialect, layout_of, rows_of, shown
from numpen.digits.formats.csv_lines import read_blocks, whole_numbers
from numpen.digits.formats.parts import beside, labels_beside
from numpen.errors import DataError
from numpen.unpacking import most_memory

ROWS = 2000  # written at a time

# each pixel as its cell, a comma in front and zeros behind, which are taken out again
CELLS = np.array([int.from_bytes(f",{pixel}".encode().ljust(4, b"\0"), "little") for pixel in range(256)], "<u4")
HEADER = ",".join(["label", *(f"pixel{i}" for i in range(PIXELS))]) + "\n"


def read_csv(path: Path) -> Dataset:
    """The pictures of a CSV file, with the labels in it or beside it.

    Raises DataError that names file, row and column for whatever is no number, does not fit, or leaves doubt.
    """
    layout = layout_of(path)
    pixels, labels = _read_rows(path, layout)
    found = str(layout)
    if layout.label is None:
        labels_path = beside(path)
        labels = _read_labels(labels_path)
        if len(labels) != len(pixels):
            raise DataError(f"expected {len(pixels)} labels in {labels_path}, one a row of {path}, got {len(labels)}")
        found += f" ({labels_path.name})"
    return Dataset(pixels.reshape(-1, 28, 28), labels, source=str(path), found=found)


def _read_rows(path: Path, layout: Layout) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The pixels (rows, 784) and the labels (rows,), if they are in the same file, in arrays that grow in place."""
    pixels, labels = np.empty((0, PIXELS), np.uint8), np.empty(0, np.uint8)
    row, count, most = 1, 0, most_memory(path) // PIXELS
    first = 1 if layout.label == "first" else 0
    for block in read_blocks(path):
        table = _table(block, layout, path, row)
        row += block.count(b"\n")
        if row > most:
            raise DataError(f"expected as many rows as {path} can hold, got more than {most}: it unpacks to nothing")
        if count + len(table) > len(pixels):
            room = count + len(table) + count // 8
            pixels.resize((room, PIXELS), refcheck=False)
            labels.resize(room, refcheck=False)
        pixels[count : count + len(table)] = table[:, first : first + PIXELS]
        labels[count : count + len(table)] = table[:, 0 if layout.label == "first" else -1]
        count += len(table)
    pixels.resize((count, PIXELS), refcheck=False)
    labels.resize(count, refcheck=False)
    return pixels, labels


def has_labels(path: Path) -> bool:
    """Whether the pictures in a CSV file have labels in it or beside it: those that Kaggle tests with have none."""
    return dialect(path)[1] == PIXELS + 1 or labels_beside(path) is not None


def _table(block: bytes, layout: Layout, path: Path, row: int) -> NDArray[np.uint8]:
    """The numbers of a block of lines that begins with this row (rows, columns)."""
    if row == 1 and layout.header:
        block, row = block.partition(b"\n")[2], 2
    fast = whole_numbers(block, layout.delimiter, layout.columns) if block and layout.scale == 1 else None
    if fast is None:
        return _table_by_cells(block, layout, path, row)
    if layout.label is not None:
        at = 0 if layout.label == "first" else layout.columns - 1
        wrong = np.flatnonzero(fast[:, at] > 9)
        if len(wrong):
            raise _bad_label(path, row + int(wrong[0]), at + 1, str(fast[wrong[0], at]))
    return fast


def _table_by_cells(block: bytes, layout: Layout, path: Path, row: int) -> NDArray[np.uint8]:
    """The same, cell by cell: for quotes, spaces, fractions and errors."""
    pixels, lines = Pixels(layout.scale), block.split(b"\n")
    while lines and not lines[-1].strip(b" "):
        lines.pop()
    table = np.empty((len(lines), layout.columns), np.uint8)
    at = {"first": 0, "last": layout.columns - 1, None: -1}[layout.label]
    for i, line in enumerate(lines):
        cells = line.split(layout.delimiter)
        if len(cells) != layout.columns:
            raise DataError(f"expected {layout.columns} columns in {path}, row {row + i}, got {len(cells)}")
        label = b""
        if at >= 0:
            label, cells[at] = cells[at], b"0"
        try:
            table[i] = list(map(pixels.__getitem__, cells))
        except ValueError:
            raise _bad_pixel(path, row + i, cells, layout) from None
        if at >= 0:
            table[i, at] = _label(label, path, row + i, at + 1)
    return table


def _bad_pixel(path: Path, row: int, cells: list[bytes], layout: Layout) -> DataError:
    column = next(i for i, cell in enumerate(cells) if unscaled(cell, layout.scale) is None)
    kind = "a pixel from 0 to 255" if layout.scale == 1 else f"a pixel divided by {layout.scale}"
    return DataError(
        f"expected {kind}, as in the rows before, in {path}, row {row}, column {column + 1}, got {shown(cells[column])}"
    )


def _bad_label(path: Path, row: int, column: int, found: str) -> DataError:
    return DataError(f"expected a label from 0 to 9 in {path}, row {row}, column {column}, got {found}")


def _label(cell: bytes, path: Path, row: int, column: int) -> int:
    label = unscaled(cell, 1)
    if label is None or label > 9:
        raise _bad_label(path, row, column, shown(cell))
    return label


def _read_labels(path: Path) -> NDArray[np.uint8]:
    """The labels of a file of one column, or of ten with a single 1 among zeros."""
    delimiter, columns, header = dialect(path)
    if columns > 10:
        raise DataError(f"expected labels in 1 column, or in 10 of zeros and a 1, in {path}, got {columns} columns")
    labels = bytearray()
    for row, line in rows_of(path):
        if row == 1 and header:
            continue
        cells = line.split(delimiter)
        if len(cells) != columns:
            raise DataError(f"expected {columns} columns in {path}, row {row}, got {len(cells)}")
        labels.append(_label(cells[0], path, row, 1) if columns == 1 else _one_hot(cells, path, row))
    return np.frombuffer(labels, np.uint8)


def _one_hot(cells: list[bytes], path: Path, row: int) -> int:
    values = [unscaled(cell, 1) for cell in cells]
    for column, value in enumerate(values, 1):
        if value not in (0, 1):
            raise DataError(f"expected 0 or 1 in {path}, row {row}, column {column}, got {shown(cells[column - 1])}")
    if values.count(1) != 1:
        raise DataError(f"expected a single 1 in {path}, row {row}, column 1 to 10, got {values.count(1)}")
    return values.index(1)


def write_csv(dataset: Dataset, file: BinaryIO) -> None:
    """Write the label and the pixels of each picture as a row, below a header."""
    file.write(HEADER.encode())
    for start in range(0, len(dataset), ROWS):
        labels = dataset.labels[start : start + ROWS]
        cells = np.empty((len(labels), PIXELS + 2), "<u4")  # (rows, label + pixels + end of line)
        cells[:, 0] = labels + np.uint8(ord("0"))
        cells[:, 1:-1] = CELLS[dataset.images[start : start + ROWS].reshape(-1, PIXELS)]
        cells[:, -1] = ord("\n")
        file.write(cells.tobytes().translate(None, b"\0"))
