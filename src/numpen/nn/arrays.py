"""The one kind of array the mathematics knows, and the one place that makes it.

All floats of a network have one type: float32 for speed, or float64 for proof.

Arrays start where a line of the processor's cache starts. NumPy alone aligns to 16 bytes, and wide
arithmetic takes up to 1.6 times as long where its loads straddle two lines.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Shape: TypeAlias = tuple[int, ...]

CACHE_LINE = 64  # bytes


def zeros(shape: Shape, dtype: DTypeLike) -> Array:
    """Zeros of `shape`, contiguous, the first of them at the start of a cache line."""
    n_bytes = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
    raw = np.zeros(n_bytes + CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + n_bytes].view(dtype).reshape(shape)


def vectors(count: int, size: int, dtype: DTypeLike) -> Array:
    """Zeros (count, size), each row at the start of a cache line (so rows are not back to back)."""
    in_line = CACHE_LINE // np.dtype(dtype).itemsize
    return zeros((count, -(-size // in_line) * in_line), dtype)[:, :size]
