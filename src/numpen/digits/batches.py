"""Minibatches: a few pictures at a time, as floats, in buffers that are used again and again."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from numpen.digits.augmentation import PIXELS, Augmentation
from numpen.digits.dataset import Dataset
from numpen.nn.arrays import Array, zeros


class Buffers:
    """Where a few pictures become x (B, 784), pixels divided by `divisor`, and targets y (B, 10).

    Targets are one-hot, or smoothed: 1 - smoothing for the digit, and the rest for all ten alike (Szegedy et
    al. 2016, section 7). With an augmentation, every picture is distorted each time it is dealt.
    """

    def __init__(
        self,
        size: int,
        divisor: float = 255.0,
        dtype: DTypeLike = np.float32,
        smoothing: float = 0.0,
        augmentation: Augmentation | None = None,
    ) -> None:
        """Bind the buffers for `size` pictures at a time."""
        self.size, self.augmentation = size, augmentation
        self.factor = np.array(1 / divisor, dtype)  # for one picture NumPy spends long on making an array of a number
        self.targets = (np.eye(10, dtype=dtype) * (1 - smoothing) + smoothing / 10).astype(dtype)  # (10, 10)
        self.x = zeros((size, PIXELS), dtype)  # (B, 784)
        self.y = zeros((size, 10), dtype)  # (B, 10)

    def fill(self, pixels: NDArray[np.uint8], labels: NDArray[np.uint8]) -> tuple[Array, Array]:
        """(x, y) of these pixels (n, 784) and labels (n,), n at most `size`; valid until the next."""
        x, y = self.x[: len(pixels)], self.y[: len(pixels)]
        # mode="clip" spares a copy: without it NumPy fills a buffer first, in case a row is out of range
        self.targets.take(labels, axis=0, out=y, mode="clip")
        if self.augmentation:
            self.augmentation.distort(pixels, x)
        else:
            x[...] = pixels
        x *= self.factor
        return x, y


class Batches(Buffers):
    """Deals a dataset out in batches of x (B, 784) and targets y (B, 10); see Buffers."""

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
        super().__init__(min(size, len(dataset)), divisor, dtype, smoothing, augmentation)
        self.pixels = np.ascontiguousarray(dataset.images).reshape(len(dataset), PIXELS)  # (N, 784)
        self.labels = dataset.labels  # (N,)
        self.some_pixels = np.empty((self.size, PIXELS), np.uint8)  # (B, 784)
        self.some_labels = np.empty(self.size, np.uint8)  # (B,)

    def __len__(self) -> int:
        """How many batches an epoch has; the last one may be short."""
        return -(-len(self.pixels) // self.size)

    def deal(self, order: NDArray[Any]) -> Iterator[tuple[Array, Array]]:
        """One epoch in this order of rows: (x, y) again and again, valid until the next."""
        for start in range(0, len(order), self.size):
            yield self.take(order[start : start + self.size])

    def take(self, rows: NDArray[Any]) -> tuple[Array, Array]:
        """The pictures and targets of these rows, at most `size`; valid until the next."""
        return self.fill(*self.gather(rows))

    def gather(self, rows: NDArray[Any]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The pixels (n, 784) and labels (n,) of these rows, at most `size`, as they are; valid until the next."""
        pixels, labels = self.some_pixels[: len(rows)], self.some_labels[: len(rows)]
        self.pixels.take(rows, axis=0, out=pixels, mode="clip")
        self.labels.take(rows, out=labels, mode="clip")
        return pixels, labels
