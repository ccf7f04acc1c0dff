"""The only calls that a pickle can make: NumPy's arrays, numbers and their types, and the bytes in them.

What they are asked for is checked before anything is made: types of 1 to 8 bytes without objects in them, and
shapes that hold exactly the bytes that came with them.
"""

import math
import mmap
import re
from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.unpickling.rows import Forgotten, Rows

# the same things have had two addresses in NumPy, and bytes in Python 2
NAMES = {
    **{(f"numpy.{core}.multiarray", "_reconstruct"): "array" for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): "scalar" for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): "buffer" for core in ("core", "_core")},
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "type",
    ("_codecs", "encode"): "encode",
    ("__builtin__", "bytes"): "bytes",
    ("builtins", "bytes"): "bytes",
}
MOST_AXES = 8


class Name:
    """One of the known names, as a mark on the stack; it is nothing that could be called."""

    def __init__(self, name: str) -> None:
        self.name = name


class RawType:
    """A type of numbers whose byte order comes after it."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Take the byte order; all else that a type may have (fields, objects) is refused with a ValueError."""
        version, order, base, names, fields, *sizes = state
        if version not in (3, 4) or (base, names, fields) != (None, None, None) or tuple(sizes[:3]) != (-1, -1, 0):
            raise ValueError("no plain type")
        if order not in ("<", ">", "|", "="):
            raise ValueError("no byte order")
        self.dtype = self.dtype.newbyteorder(order)


class ObjectType:
    """The type of an array of other values (matrices of several sizes, say), all from the same pickle."""

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Look at the type's state; fields are refused with a ValueError."""
        _, _, base, names, fields, *_ = state
        if (base, names, fields) != (None, None, None):
            raise ValueError("no plain type")


def called(name: str, arguments: tuple[Any, ...]) -> Any:
    """What the call of a known name makes; raises ValueError or TypeError for arguments that make no plain data."""
    if name == "type":
        return _type(*arguments)
    if name == "array":
        kind, shape, _ = arguments
        if not (type(kind) is Name and kind.name == "ndarray") or shape != (0,):
            raise ValueError("no plain array")
        return np.empty(0, np.uint8)
    if name == "scalar":
        kind, data = arguments
        return array_of(kind, (), data, fortran=False)[()]
    if name == "buffer":
        data, kind, shape, order = arguments
        return array_of(kind, shape, data, fortran={"C": False, "F": True}[order])
    if name == "encode":  # how Python 3 writes bytes for Python 2
        text, encoding = arguments
        if type(text) is mmap.mmap:
            return text
        if type(text) is not str or encoding not in ("latin1", "latin-1"):
            raise ValueError("no bytes")
        return text.encode("latin1")
    if name == "bytes" and arguments == ():
        return b""
    raise ValueError("nothing to call")


def set_array_state(target: NDArray[Any], state: tuple[Any, ...]) -> NDArray[Any]:
    """Fill an array that was made empty, in its place, since the memo may know it already; but a map is an array."""
    version, shape, kind, fortran, data = state
    if version != 1 or target.shape != (0,):
        raise ValueError("no state of an array")
    if type(kind) is ObjectType:
        if type(data) is Rows:
            raise Forgotten
        if type(data) is array:
            data = data.tolist()
        # NumPy trusts the shape, and would read behind the end of the list
        if type(data) is not list or not _is_shape(shape) or math.prod(shape) != len(data):
            raise ValueError("a shape that is not that of the values")
        target.__setstate__((1, shape, np.dtype(object), bool(fortran), data))  # type: ignore[arg-type]
        return target
    filled = array_of(kind, shape, data, fortran=bool(fortran))
    if type(data) is mmap.mmap:
        return filled
    target.__setstate__((1, filled.shape, filled.dtype, bool(fortran), _bytes(data)))  # type: ignore[arg-type]
    return target


def array_of(kind: Any, shape: Any, data: Any, *, fortran: bool) -> NDArray[Any]:
    """The array of exactly these bytes; raises ValueError if the shape needs more or fewer."""
    raw = _bytes(data)
    if type(kind) is not RawType or not _is_shape(shape):
        raise ValueError("no plain array")
    if math.prod(shape) * kind.dtype.itemsize != len(raw) or math.prod(max(n, 1) for n in shape) > 1 << 40:
        raise ValueError("a shape that is not that of the numbers")
    return np.ndarray(shape, kind.dtype, raw, order="F" if fortran else "C")


def _is_shape(shape: Any) -> bool:
    return (
        type(shape) is tuple
        and len(shape) <= MOST_AXES
        and all(type(length) is int and length >= 0 for length in shape)
    )


def _bytes(data: Any) -> bytes | mmap.mmap:
    """The bytes of an array, which Python 2 kept in a string."""
    if type(data) is str:
        return data.encode("ascii")
    if type(data) is bytes or type(data) is mmap.mmap:
        return data
    raise TypeError("no bytes")


def _type(code: Any, *flags: Any) -> RawType | ObjectType:
    if type(code) is bytes:
        code = code.decode("ascii")
    if code in ("O8", "O4", "O"):
        return ObjectType()
    if type(code) is not str or not re.fullmatch(r"b1|[iu][1248]|f[248]", code) or len(flags) > 2:
        raise ValueError("no plain type")
    return RawType(np.dtype(code))
