"""A list of rows of numbers that all have one shape, however deep, as one row of bytes."""

import math
from array import array
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from numpen.spooling import Spool

Form: TypeAlias = tuple[np.dtype[Any], tuple[int, ...]]  # of one row

LONGEST = 1 << 16  # bytes of a row: a picture is one, all pictures are not
MOST_AXES = 8
TYPES: dict[str, np.dtype[Any]] = {code: np.dtype(code) for code in "Bd"}


class Forgotten(Exception):  # noqa: N818 - it says what happened
    """A machine that packs rows is asked for something that it did not keep."""


class Rows:
    """N rows of one form, bit for bit as they were appended; many of them lie on the disk."""

    def __init__(self, form: Form) -> None:
        self.dtype, self.shape = form
        self.count = 0
        self.spool = Spool()

    def __len__(self) -> int:
        return self.count

    def extend(self, rows: list[Any]) -> int:
        """Append rows of this form; how many bytes they were."""
        for row in rows:
            self.spool.write(row.tobytes())
        self.count += len(rows)
        return len(rows) * self.dtype.itemsize * math.prod(self.shape)

    def tobytes(self) -> bytes:
        """The bytes of few rows, as arrays give theirs."""
        return bytes(self.spool.content())

    def __getitem__(self, index: int) -> Any:
        """A row, as an array."""
        return self.array()[index]

    def array(self) -> NDArray[Any]:
        """All rows (N, *shape), of a list that will not grow any more."""
        return np.frombuffer(self.spool.content(), self.dtype).reshape(self.count, *self.shape)


def form_of(value: Any) -> Form | None:
    """The form of a value that can be a row among others: a few numbers, an array, or rows; None of all else."""
    shape: tuple[int, ...]
    if type(value) is array:
        dtype, shape = TYPES[value.typecode], (len(value),)
    elif type(value) is np.ndarray and not value.dtype.hasobject:
        dtype, shape = value.dtype, value.shape
    elif type(value) is Rows:
        dtype, shape = value.dtype, (value.count, *value.shape)
    else:
        return None
    size = dtype.itemsize * math.prod(shape)
    return (dtype, shape) if 0 < size <= LONGEST and len(shape) < MOST_AXES else None
