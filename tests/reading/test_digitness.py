"""How much a frame looks like a digit: one look, or of nine the best."""

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.nn.arrays import Array
from numpen.reading.digitness import Digitness


class OfTheMiddle(Digitness):
    """What it thinks of a frame is the ink of its middle pixel."""

    def _glance(self, frames: NDArray[np.uint8]) -> Array:
        middle: Array = frames[:, 14, 14] / np.float32(255)
        return middle


def test_a_doubt_is_the_mean_of_the_best_three_of_nine_looks() -> None:
    frames = np.zeros((3, 28, 28), np.uint8)
    frames[0, 13:16, 13:16] = np.array([[255, 0, 51], [102, 10, 204], [0, 0, 153]])
    frames[1, 13:16, 13:16] = 7  # and a sure one, whatever is beside it
    frames[1, 14, 14] = 254
    frames[2, 12, 14] = 255  # out of reach
    expected = [(255 + 204 + 153) / 3 / 255, 254 / 255, 0]
    np.testing.assert_allclose(OfTheMiddle()(frames), expected, rtol=1e-6)


def test_digits_look_like_digits_and_halves_and_pairs_less_so(few: Dataset) -> None:
    digits, digitness = few.images, Digitness()
    halves, pairs = digits.copy(), np.roll(digits, 6, axis=2)
    halves[:, 14:] = 0
    pairs = np.maximum(pairs, np.roll(np.roll(digits, 1, axis=0), -6, axis=2))
    whole, half, pair = (np.median(digitness(each)) for each in (digits, halves, pairs))
    assert whole > 0.99 > 0.5 > half
    assert pair < 0.5
