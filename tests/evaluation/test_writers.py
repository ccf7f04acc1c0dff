"""Accuracy writer by writer: each counts alike, and the worst are looked at on their own."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.evaluation.metrics import accuracy_by_writer


class Answers:
    """Gives the answers it was told to."""

    def __init__(self, digits: list[int]) -> None:
        self.digits = np.array(digits)

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.int64]:
        return self.digits[: len(images)]


def dataset(writers: list[int]) -> Dataset:
    """Sevens by these writers."""
    n = len(writers)
    return Dataset(np.zeros((n, 28, 28), np.uint8), np.full(n, 7, np.uint8), np.array(writers, np.int32))


def test_every_writer_counts_alike() -> None:
    by_writer = accuracy_by_writer(Answers([7, 7, 7, 1, 7, 1]), dataset([5, 5, 5, 5, 2, 9]))
    assert by_writer.writers.tolist() == [2, 5, 9]
    assert by_writer.counts.tolist() == [1, 4, 1]
    assert by_writer.accuracies.tolist() == [1, 0.75, 0]
    assert by_writer.mean == pytest.approx(1.75 / 3)
    assert by_writer.as_dict() == {"count": 3, "mean": by_writer.mean, "worst_tenth": 0}


@pytest.mark.parametrize(("count", "worst"), [(1, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_the_worst_tenth_is_rounded_up(count: int, worst: int) -> None:
    # writer i has 4 pictures, of which i % 4 are right; as many writers as `worst` have none right
    writers, right = np.repeat(np.arange(count), 4), []
    for i in range(count):
        right += [7] * 4 if i >= worst else [0] * 4
    assert accuracy_by_writer(Answers(right), dataset(writers.tolist())).worst_tenth == 0
    right[:4] = [7, 7, 0, 0]
    told = accuracy_by_writer(Answers(right), dataset(writers.tolist())).worst_tenth
    assert told == pytest.approx(0.5 / worst)


def test_the_writers_of_mnist_are_known(mnist_test: Dataset) -> None:
    by_writer = accuracy_by_writer(Answers(mnist_test.labels.tolist()), mnist_test)
    assert len(by_writer.writers) == 297 and by_writer.counts.sum() == 10_000
    assert by_writer.mean == by_writer.worst_tenth == 1


def test_without_writers_there_is_nothing_to_tell(mnist_test: Dataset) -> None:
    unknown = replace(mnist_test.take(slice(10)), writers=None)
    with pytest.raises(DataError, match="expected a dataset that knows its writers, got mnist:test"):
        accuracy_by_writer(Answers([1] * 10), unknown)
