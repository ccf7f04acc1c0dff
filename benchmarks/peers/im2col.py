"""Convolution as most tutorials write it, around `tests/textbook.py`: 784-32c5s2-96c5s2-160-10, ReLU, Adam.

Everything is made anew in every step, and patches go in and out one place of the kernel at a time.
"""

import sys
import time
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tests.textbook import Adam, Im2col

from benchmarks.peers.mnist import load
from benchmarks.serve import serve

Floats: TypeAlias = NDArray[Any]
BATCH, RATE = 128, 0.001


class Side:
    """The network, its pictures, and an epoch of them."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(0)
        shapes = [(32, 1, 5, 5), (96, 32, 5, 5), (1536, 160), (160, 10)]
        fans = [25, 800, 1536, 160]
        self.weights: list[Any] = [
            rng.normal(0, (2 / fan) ** 0.5, shape).astype(np.float32) for shape, fan in zip(shapes, fans, strict=True)
        ]
        self.biases: list[Any] = [np.zeros(size, np.float32) for size in (32, 96, 160, 10)]
        self.optimizers = [Adam() for _ in (*self.weights, *self.biases)]
        x, labels = load(folder, "train")
        self.x, self.y, self.rng = x.reshape(-1, 1, 28, 28), np.eye(10, dtype=np.float32)[labels], rng

    def epoch(self) -> float:
        """Seconds of an epoch."""
        began = time.perf_counter()
        order = self.rng.permutation(len(self.x))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            self.step(self.x[rows], self.y[rows])
        return time.perf_counter() - began

    def step(self, x: Floats, y: Floats) -> None:
        """Forward, back, and down the slope."""
        (w1, w2, w3, w4), (b1, b2, b3, b4) = self.weights, self.biases
        one, two = Im2col(w1, b1, 2), Im2col(w2, b2, 2)
        a1 = np.maximum(one.forward(x), 0)
        a2 = np.maximum(two.forward(a1), 0)
        flat = a2.reshape(len(x), -1)
        a3 = np.maximum(flat @ w3 + b3, 0)
        z = a3 @ w4 + b4
        e = np.exp(z - z.max(axis=1, keepdims=True))
        d4 = (e / e.sum(axis=1, keepdims=True) - y) / np.float32(len(x))
        d3 = (d4 @ w4.T) * (a3 > 0)
        d2 = (d3 @ w3.T).reshape(a2.shape) * (a2 > 0)
        da1, dw2, db2 = two.backward(d2)
        _, dw1, db1 = one.backward(da1 * (a1 > 0))
        gradients = [dw1, dw2, flat.T @ d3, a3.T @ d4, db1, db2, d3.sum(axis=0), d4.sum(axis=0)]
        changed = [
            np.asarray(optimizer.stepped(theta, g, RATE), np.float32)
            for optimizer, theta, g in zip(self.optimizers, self.weights + self.biases, gradients, strict=True)
        ]
        self.weights, self.biases = changed[:4], changed[4:]


if __name__ == "__main__":
    serve({"epoch": Side(Path(sys.argv[1])).epoch})
