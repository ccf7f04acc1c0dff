"""Who learns from a batch: one network, or two that take half of it each, in a thread of their own.

A convolution spends much of its time outside matrix products, where NumPy keeps to one core. Two halves of
a batch keep two cores busy with everything there is to do: distorting the pictures, gathering patches,
multiplying matrices. The gradient of the batch is the mean of theirs.

A half of thousands is learned from a block at a time: a block's floats stay in the cache between two looks at
them, where those of all MNIST are 185 MB, read from memory again for every line of a formula. (Not without
halves: there a matrix product is shared by two cores, and the larger it is, the less they wait for each other.)
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from numpen.digits.batches import Batches
from numpen.models.committee import Committee
from numpen.nn.arrays import Array
from numpen.nn.layers import Dropout
from numpen.nn.losses import Loss
from numpen.nn.network import Network

Rows = NDArray[np.intp]


class Learner(Protocol):
    """Anybody who learns from a batch."""

    network: Network  # keeps the weights

    def learn(self, rows: Rows) -> float:
        """The loss on the pictures of these rows; its gradient is left in the network's `grad`."""

    def generators(self) -> list[Generator]:
        """Everything random that learning draws from, always in the same order."""


class Alone:
    """One network that learns from whole batches; matrix products may use every core."""

    def __init__(self, network: Network, loss: Loss, batches: Batches) -> None:
        self.network, self.loss, self.batches = network, loss, batches

    def learn(self, rows: Rows) -> float:
        """See Learner."""
        return self.learn_from(*self.batches.take(rows))

    def learn_from(self, x: Array, y: Array) -> float:
        """The same for pictures x (B, 784) and targets y (B, 10)."""
        return self.network.learn(x, y, self.loss)

    def generators(self) -> list[Generator]:
        """See Learner."""
        of_layers = [layer.rng for layer in self.network.layers if isinstance(layer, Dropout)]
        return of_layers + ([self.batches.augmentation.rng] if self.batches.augmentation else [])

    def draw_from(self, rng: Generator) -> None:
        """Let everything random that learning draws from be this generator."""
        for layer in self.network.layers:
            if isinstance(layer, Dropout):
                layer.rng = rng
        if self.batches.augmentation:
            self.batches.augmentation.rng = rng


class Pupil(Alone):
    """One that learns what a teacher thinks of the pictures it is shown, not what their labels say.

    (Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural network", at temperature 1.) Of a committee one
    member is asked at a time, by one look: over many epochs its pupil learns the mean, which all would take far longer
    to tell.
    """

    def __init__(self, network: Network, loss: Loss, batches: Batches, teacher: Committee, rng: Generator) -> None:
        """`rng` draws who is asked."""
        super().__init__(network, loss, batches)
        self.teacher, self.rng = teacher.copy(), rng

    def learn_from(self, x: Array, y: Array) -> float:
        """See Alone."""
        images = np.rint(x * (1 / self.batches.factor)).astype(np.uint8).reshape(-1, 28, 28)
        return self.network.learn(x, self.teacher.opinion(images, self.rng), self.loss)

    def generators(self) -> list[Generator]:
        """See Learner."""
        return [*super().generators(), self.rng]

    def draw_from(self, rng: Generator) -> None:
        """See Alone."""
        super().draw_from(rng)
        self.rng = rng


class Shared:
    """Two networks with the same weights, each with half of every batch, by which alone it normalises."""

    def __init__(self, first: Learner, second: Learner) -> None:
        """Let `first` keep the weights and the gradient; `second` gets a copy of the weights in every step."""
        self.first, self.second, self.network = first, second, first.network
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="numpen-half")

    def learn(self, rows: Rows) -> float:
        """See Learner."""
        half = -(-len(rows) // 2)
        if half == len(rows):  # one picture
            return self.first.learn(rows)
        share = half / len(rows)
        there = self.thread.submit(self._learn_second, rows[half:], 1 - share)
        loss = _counted(self.first, rows[:half], share)
        loss += there.result()
        self.network.grad += self.second.network.grad
        return loss

    def generators(self) -> list[Generator]:
        """See Learner."""
        return self.first.generators() + self.second.generators()

    def _learn_second(self, rows: Rows, share: float) -> float:
        np.copyto(self.second.network.theta, self.network.theta)
        with np.errstate(all="ignore"):  # of this thread; what overflows shows in the loss
            return _counted(self.second, rows, share)


class InBlocks:
    """A learner that takes a batch a block at a time; the gradient of the batch is the mean of theirs."""

    def __init__(self, learner: Learner, size: int) -> None:
        """Let the learner take `size` pictures at a time, all but the last time."""
        self.learner, self.size, self.network = learner, size, learner.network
        self.sum = np.zeros_like(self.network.grad)  # (P,)

    def learn(self, rows: Rows) -> float:
        """See Learner."""
        loss = 0.0
        self.sum.fill(0)
        for start in range(0, len(rows), self.size):
            block = rows[start : start + self.size]
            loss += _counted(self.learner, block, len(block) / len(rows))
            self.sum += self.network.grad
        np.copyto(self.network.grad, self.sum)
        return loss

    def generators(self) -> list[Generator]:
        """See Learner."""
        return self.learner.generators()


def _counted(learner: Learner, rows: Rows, share: float) -> float:
    """Learn from a part of a batch; the loss is a mean over pictures, so a part counts by how many it has."""
    loss = share * learner.learn(rows)
    learner.network.grad *= share
    return loss
