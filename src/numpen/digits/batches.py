"""Minibatches: a few pictures at a time, as floats, in buffers that are used again and again."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from numpen.digits.augmentation import Augmentation
from numpen.digits.dataset import Dataset
from numpen.nn.arrays import Array, zeros


class Batches:
    """Deals a dataset out in batches of x (B, 784), pixels divided by `divisor`, and targets y (B, 10).

    Targets are one-hot, or smoothed: 1 - smoothing for the digit, and the rest for all ten alike (Szegedy et
    al. 2016, section 7). With an augmentation, every picture is distorted each time it is dealt.
    """

    def __init__(
        self,
        dataset: Dataset,
        size: int,
        divisor: float = 255.0,
        dtype: DTypeLike = np.float32,
        smoothing: float = 0.0,
        augmentation: Augmentation | None = None,
    ) -> None:
        """Bind the buffers for `size` pictures at a time; the pictures themselves stay bytes."""
        self.size, self.augmentation = min(size, len(dataset)), augmentation
        self.factor = np.array(1 / divisor, dtype)  # for one picture NumPy spends long on making an array of a number
        self.pixels = np.ascontiguousarray(dataset.images).reshape(len(dataset), -1)  # (N, 784)
        one_hot = np.eye(10, dtype=dtype) * (1 - smoothing) + smoothing / 10
        self.targets = one_hot.astype(dtype)[dataset.labels]  # (N, 10)
        self.bytes = np.empty((self.size, self.pixels.shape[1]), np.uint8)  # (B, 784)
        self.x = zeros((self.size, self.pixels.shape[1]), dtype)  # (B, 784)
        self.y = zeros((self.size, 10), dtype)  # (B, 10)

    def __len__(self) -> int:
        """How many batches an epoch has; the last one may be short."""
        return -(-len(self.pixels) // self.size)

    def deal(self, order: NDArray[Any]) -> Iterator[tuple[Array, Array]]:
        """One epoch in this order of rows: (x, y) again and again, valid until the next."""
        for start in range(0, len(order), self.size):
            yield self.take(order[start : start + self.size])

    def take(self, rows: NDArray[Any]) -> tuple[Array, Array]:
        """The pictures and targets of these rows, at most `size`; valid until the next."""
        n = len(rows)
        x, y, pixels = self.x[:n], self.y[:n], self.bytes[:n]
        # mode="clip" spares a copy: without it NumPy fills a buffer first, in case a row is out of range
        self.pixels.take(rows, axis=0, out=pixels, mode="clip")
        self.targets.take(rows, axis=0, out=y, mode="clip")
        if self.augmentation:
            self.augmentation.distort(pixels, x)
        else:
            x[...] = pixels
        x *= self.factor
        return x, y
