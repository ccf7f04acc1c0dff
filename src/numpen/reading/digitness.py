"""Is it a digit at all? A small network has seen what is none: letters, signs, scribbles, halves, pairs.

A network that tells ten digits apart has to call everything one of them, and is often sure of it. So a second
one, of eleven answers, is asked for the eleventh alone. Its non-digits are drawn and cut by a program
(`python -m benchmarks.digitness`); it has seen no real picture of any.
"""

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from numpen.models import modelfile
from numpen.models.committee import looks
from numpen.nn.arrays import Array
from numpen.reading.answers import LOOK_AGAIN

SHIPPED = Path(__file__).parent / "digitness.numpen"
NO_DIGIT = 10  # the place of the eleventh answer
BEST = 3  # of nine looks: how many count


class Digitness:
    """How much what stands in MNIST's frame looks like a digit. Safe to ask from many threads."""

    def __init__(self, path: Path = SHIPPED) -> None:
        """Raise ModelFileError unless the file is whole and unchanged."""
        self._network, divisor, self.card = modelfile.load(path)
        self._factor = 1 / divisor
        self._lock = threading.Lock()  # a network has one set of buffers

    def __call__(self, frames: NDArray[np.uint8]) -> Array:
        """How much each of the frames (N, 28, 28) looks like one digit and nothing else, 0 to 1, (N,).

        Where one look leaves a doubt it is the mean of the best three of nine. A plain digit in a hand that the network
        has not seen may be none to it where it lies, and one a pixel beside; what is none is none wherever it lies.
        """
        digitness = self._glance(frames)
        unsure = digitness < LOOK_AGAIN
        if unsure.any():
            moved = np.stack(list(looks(frames[unsure], 1)))  # (9, n, 28, 28)
            each = self._glance(moved.reshape(-1, 28, 28)).reshape(len(moved), -1)  # (9, n)
            digitness[unsure] = np.sort(each, axis=0)[-BEST:].mean(axis=0)
        return digitness

    def _glance(self, frames: NDArray[np.uint8]) -> Array:
        """The probability (N,) that each shows a digit, by one look."""
        pixels = frames.reshape(-1, 784).astype(np.float32)
        pixels *= self._factor
        with self._lock:
            answers = self._network.predict(pixels)
        digits: Array = 1 - answers[:, NO_DIGIT]
        return digits
