"""The other end of a PipedModel (see benchmarks/piped.py): pictures come in as bytes, digits go out as bytes.

A question is the number of pictures, in 4 bytes (the least significant first), and 784 bytes for each; the
answer is a byte for each.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def answer(predict: Callable[[NDArray[np.uint8]], NDArray[Any]]) -> None:
    """Answer for pixels (N, 784), 0 to 255, with digits (N,), until the input ends."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while count := int.from_bytes(questions.read(4), "little"):
        pixels = np.frombuffer(questions.read(784 * count), np.uint8).reshape(count, 784)
        answers.write(predict(pixels).astype(np.uint8).tobytes())
        answers.flush()
