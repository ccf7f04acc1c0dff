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
from numpen.nn.arrays import Array

SHIPPED = Path(__file__).parent / "digitness.numpen"
NO_DIGIT = 10  # the place of the eleventh answer


class Digitness:
    """How much what stands in MNIST's frame looks like a digit. Safe to ask from many threads."""

    def __init__(self, path: Path = SHIPPED) -> None:
        """Raise ModelFileError unless the file is whole and unchanged."""
        self._network, divisor, self.card = modelfile.load(path)
        self._factor = 1 / divisor
        self._lock = threading.Lock()  # a network has one set of buffers

    def __call__(self, frames: NDArray[np.uint8]) -> Array:
        """The probability (N,) that each of the frames (N, 28, 28) shows one digit and nothing else."""
        pixels = frames.reshape(-1, 784).astype(np.float32)
        pixels *= self._factor
        with self._lock:
            answers = self._network.predict(pixels)
        digitness: Array = 1 - answers[:, NO_DIGIT]
        return digitness
