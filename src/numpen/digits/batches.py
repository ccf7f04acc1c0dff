"""Minibatches: a few pictures at a time, as floats, in buffers that are used again and again."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from numpen.digits.dataset import Dataset
from numpen.nn.arrays import Array, zeros


class Batches:
    """Deals a dataset out in batches of x (B, 784), pixels divided by `divisor`, and one-hot y (B, 10)."""

    def __init__(self, dataset: Dataset, size: int, divisor: float = 255.0, dtype: DTypeLike = np.float32) -> None:
        """Bind the buffers for `size` pictures at a time; the pictures themselves stay bytes."""
        self.size, self.factor = min(size, len(dataset)), np.array(1 / divisor, dtype)
        self.pixels = np.ascontiguousarray(dataset.images).reshape(len(dataset), -1)  # (N, 784)
        self.targets = np.eye(10, dtype=dtype)[dataset.labels]  # (N, 10)
        self.bytes = np.empty((self.size, self.pixels.shape[1]), np.uint8)  # (B, 784)
        self.x = zeros((self.size, self.pixels.shape[1]), dtype)  # (B, 784)
        self.y = zeros((self.size, 10), dtype)  # (B, 10)

    def __len__(self) -> int:
        """How many batches an epoch has; the last one may be short."""
        return -(-len(self.pixels) // self.size)

    def deal(self, order: NDArray[Any]) -> Iterator[tuple[Array, Array]]:
        """One epoch in this order of rows: (x, y) again and again, valid until the next."""
        for start in range(0, len(order), self.size):
            rows = order[start : start + self.size]
            n = len(rows)
            # mode="clip" spares a copy: without it NumPy fills a buffer first, in case a row is out of range
            x, y, pixels = self.x[:n], self.y[:n], self.bytes[:n]
            self.pixels.take(rows, axis=0, out=pixels, mode="clip")
            self.targets.take(rows, axis=0, out=y, mode="clip")
            x[...] = pixels
            x *= self.factor
            yield x, y
