"""A network as books first write it: one example after the other, a matrix product with one column at a time.

In the manner of the first chapter of Michael Nielsen's "Neural Networks and Deep Learning", in own words:
784-30-10, sigmoid, half the squares, gradient descent on batches of 10. As there, numbers are float64, and
every example gets its own gradients, which the batch adds up.
"""

import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.mnist import load
from benchmarks.serve import serve

Matrix: TypeAlias = NDArray[np.float64]
Column: TypeAlias = NDArray[np.float64]  # (n, 1)
BATCH, RATE, PART = 10, 3.0, 10


def sigmoid(z: Column) -> Column:
    a: Column = 1.0 / (1.0 + np.exp(-z))
    return a


class BookNetwork:
    """Weights (outputs, inputs) and biases (outputs, 1), layer by layer."""

    def __init__(self, sizes: tuple[int, ...], rng: np.random.Generator) -> None:
        self.weights = [rng.normal(size=(outputs, inputs)) for inputs, outputs in pairwise(sizes)]
        self.biases = [rng.normal(size=(outputs, 1)) for outputs in sizes[1:]]

    def gradients(self, x: Column, y: Column) -> tuple[list[Matrix], list[Column]]:
        """Of one example, by backpropagation."""
        activations = [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            activations.append(sigmoid(w @ activations[-1] + b))
        above = activations[-1]
        delta = (above - y) * above * (1 - above)
        of_weights, of_biases = [delta @ activations[-2].T], [delta]
        for w, a, below in zip(self.weights[:0:-1], activations[-2:0:-1], activations[-3::-1], strict=True):
            delta = (w.T @ delta) * a * (1 - a)
            of_weights.insert(0, delta @ below.T)
            of_biases.insert(0, delta)
        return of_weights, of_biases

    def step(self, batch: list[tuple[Column, Column]]) -> None:
        """Down the slope of a batch, whose gradients are added up example by example."""
        sum_w = [np.zeros(w.shape) for w in self.weights]
        sum_b = [np.zeros(b.shape) for b in self.biases]
        for x, y in batch:
            of_weights, of_biases = self.gradients(x, y)
            sum_w = [total + one for total, one in zip(sum_w, of_weights, strict=True)]
            sum_b = [total + one for total, one in zip(sum_b, of_biases, strict=True)]
        pace = RATE / len(batch)
        self.weights = [w - pace * total for w, total in zip(self.weights, sum_w, strict=True)]
        self.biases = [b - pace * total for b, total in zip(self.biases, sum_b, strict=True)]


class Side:
    """The network and its pairs of columns."""

    def __init__(self, folder: Path) -> None:
        self.rng = np.random.default_rng(0)
        self.network = BookNetwork((784, 30, 10), self.rng)
        x, labels = load(folder, "train")
        targets = np.eye(10)[labels]
        self.pairs = [(x[i].reshape(784, 1).astype(float), targets[i].reshape(10, 1)) for i in range(len(x) // PART)]

    def epoch(self) -> float:
        """Seconds of an epoch: ten times those of its tenth part."""
        began = time.perf_counter()
        order = self.rng.permutation(len(self.pairs))
        for start in range(0, len(order), BATCH):
            self.network.step([self.pairs[row] for row in order[start : start + BATCH]])
        return PART * (time.perf_counter() - began)


if __name__ == "__main__":
    serve({"epoch": Side(Path(sys.argv[1])).epoch})
