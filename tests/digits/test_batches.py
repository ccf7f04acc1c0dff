"""An epoch deals every row once, in the order that was asked for, as floats and one-hot truth."""

import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from numpen.digits.batches import Batches
from numpen.digits.dataset import Dataset


@pytest.fixture
def marked() -> Dataset:
    """Fifty pictures; each has its row number in every pixel."""
    images = np.repeat(np.arange(50, dtype=np.uint8), 784).reshape(50, 28, 28)
    return Dataset(images, (np.arange(50) * 7 % 10).astype(np.uint8))


def rows_dealt(batches: Batches, order: NDArray[np.int64]) -> list[list[int]]:
    """The row numbers of each batch of an epoch, read from the pixels."""
    return [np.rint(x[:, 300] / batches.factor).astype(int).tolist() for x, _ in batches.deal(order)]


@pytest.mark.parametrize("size", [1, 7, 10, 49, 50, 51, 1000])
def test_every_row_comes_once_in_an_epoch_and_in_its_order(marked: Dataset, size: int) -> None:
    batches = Batches(marked, size)
    order = np.random.default_rng(0).permutation(50)
    dealt = rows_dealt(batches, order)
    assert [row for rows in dealt for row in rows] == order.tolist()
    assert len(dealt) == len(batches) == -(-50 // size)
    assert {len(rows) for rows in dealt[:-1]} <= {min(size, 50)}


def test_two_epochs_in_two_orders_have_other_batches(marked: Dataset) -> None:
    batches, rng = Batches(marked, 10), np.random.default_rng(0)
    one, two = (rows_dealt(batches, rng.permutation(50)) for _ in range(2))
    # not the same batches in another order, either
    assert {frozenset(rows) for rows in one}.isdisjoint(frozenset(rows) for rows in two)


def test_the_last_batch_is_short_and_whole(marked: Dataset) -> None:
    *_, (x, y) = ((x.copy(), y.copy()) for x, y in Batches(marked, 16).deal(np.arange(50)))
    assert x.shape == (2, 784)
    assert y.shape == (2, 10)
    assert np.allclose(x, np.array([[48], [49]]) / 255)


def test_the_truth_is_one_hot_and_belongs_to_its_picture(marked: Dataset) -> None:
    batches = Batches(marked, 16)
    for x, y in batches.deal(np.random.default_rng(0).permutation(50)):
        rows = np.rint(x[:, 0] * 255).astype(int)
        assert np.array_equal(y.argmax(axis=1), marked.labels[rows])
        assert np.array_equal(np.sort(y, axis=1), np.repeat([[0] * 9 + [1]], len(y), axis=0))


@pytest.mark.parametrize("divisor", [255.0, 256.0, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pixels_are_divided_by_the_divisor(few: Dataset, divisor: float, dtype: DTypeLike) -> None:
    (x, y) = next(Batches(few, 100, divisor, dtype).deal(np.arange(100)))
    assert x.dtype == y.dtype == dtype
    np.testing.assert_allclose(x, few.images[:100].reshape(100, 784) / divisor, rtol=1e-6)
    assert x.max() == pytest.approx(255 / divisor)


def test_the_same_two_buffers_are_dealt_again_and_again(marked: Dataset) -> None:
    (x1, y1), (x2, y2), *_ = Batches(marked, 16).deal(np.arange(50))
    assert np.shares_memory(x1, x2)
    assert np.shares_memory(y1, y2)


def test_the_dataset_is_left_alone(marked: Dataset) -> None:
    before = marked.checksum
    for x, y in Batches(marked, 16).deal(np.arange(50)):
        x[:], y[:] = -1, -1
    assert marked.checksum == before


def test_rows_that_do_not_lie_back_to_back_are_dealt_rightly(marked: Dataset) -> None:
    backwards = marked.take(slice(None, None, -2))
    dealt = rows_dealt(Batches(backwards, 8), np.arange(25))
    assert [row for rows in dealt for row in rows] == list(range(49, 0, -2))
