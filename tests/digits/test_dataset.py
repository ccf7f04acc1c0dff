"""A dataset holds only what it should, and its splits are partitions that keep the order of the rows."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DataError

WAYS = ["random", "stratified", "writers"]


def numbered(count: int, n_writers: int = 20, seed: int = 0) -> Dataset:
    """Pictures with their row number in the first pixels, by writers of unequal diligence, digits in unequal number."""
    rng = np.random.default_rng(seed)
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(count), 256)
    labels = np.minimum(rng.integers(0, 14, count), 9).astype(np.uint8)
    writers = (rng.random(count) ** 2 * n_writers).astype(np.int32) * 7
    return Dataset(images, labels, writers, source="a test")


def rows_of(dataset: Dataset) -> NDArray[np.int64]:
    return dataset.images[:, 0, 0].astype(np.int64) * 256 + dataset.images[:, 0, 1]


class TestSplits:
    @pytest.mark.parametrize("by", WAYS)
    @pytest.mark.parametrize("held_out", [1, 2, 37, 500, 950])
    def test_the_two_sides_are_a_partition_in_the_order_of_the_rows(self, by: str, held_out: int) -> None:
        whole = numbered(1000)
        rest, out = whole.split(held_out, by)
        assert np.array_equal(np.sort(np.concatenate([rows_of(rest), rows_of(out)])), np.arange(1000))
        for side in (rest, out):
            rows = rows_of(side)
            assert (np.diff(rows) > 0).all()
            assert np.array_equal(side.labels, whole.labels[rows])
            assert side.writers is not None
            assert whole.writers is not None
            assert np.array_equal(side.writers, whole.writers[rows])
            assert side.source == whole.source

    @pytest.mark.parametrize("by", ["random", "stratified"])
    @pytest.mark.parametrize("held_out", [1, 100, 333, 999])
    def test_exactly_so_many_are_held_out(self, by: str, held_out: int) -> None:
        assert [len(side) for side in numbered(1000).split(held_out, by)] == [1000 - held_out, held_out]

    @pytest.mark.parametrize("held_out", [10, 100, 333, 900])
    def test_stratified_keeps_the_share_of_each_digit(self, held_out: int) -> None:
        whole = numbered(1000)
        _, out = whole.split(held_out, "stratified")
        assert np.abs(out.counts() - whole.counts() * held_out / 1000).max() <= 1

    def test_random_does_not(self) -> None:
        whole = numbered(1000)
        shares = [whole.split(100, "random", seed)[1].counts() - whole.counts() / 10 for seed in range(20)]
        assert np.abs(shares).max() > 3

    @pytest.mark.parametrize("seed", range(20))
    def test_no_writer_is_on_both_sides(self, seed: int) -> None:
        whole = numbered(1000)
        rest, out = whole.split(300, "writers", seed)
        assert rest.writers is not None
        assert out.writers is not None
        assert not set(rest.writers) & set(out.writers)
        # the number is met to within half of the most diligent writer, who wrote some 220
        assert abs(len(out) - 300) <= np.bincount(whole.writers if whole.writers is not None else []).max() / 2

    @pytest.mark.parametrize("by", WAYS)
    def test_the_seed_decides(self, by: str) -> None:
        one, same, other = (rows_of(numbered(1000).split(300, by, seed)[1]) for seed in (1, 1, 2))
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)

    @pytest.mark.parametrize("by", ["random", "stratified"])
    def test_every_row_may_be_held_out(self, by: str) -> None:
        held_out = {row for seed in range(60) for row in rows_of(numbered(300).split(60, by, seed)[1])}
        assert held_out == set(range(300))

    def test_mnist_is_split_by_its_writers(self, mnist: Dataset) -> None:
        rest, out = mnist.split(6000, "writers")
        assert rest.writers is not None
        assert out.writers is not None
        assert abs(len(out) - 6000) < 150
        assert len(set(rest.writers)) + len(set(out.writers)) == 539

    @pytest.mark.parametrize("held_out", [-1, 0, 50, 51])
    @pytest.mark.parametrize("by", WAYS)
    def test_a_side_without_pictures_is_refused(self, by: str, held_out: int) -> None:
        with pytest.raises(DataError, match="expected between 1 and 49 pictures to hold out"):
            numbered(50).split(held_out, by)

    def test_one_writer_cannot_be_on_two_sides(self) -> None:
        with pytest.raises(DataError, match="expected writers enough for two sides"):
            numbered(50, n_writers=1).split(10, "writers")

    def test_writers_must_be_known(self) -> None:
        whole = numbered(50)
        with pytest.raises(DataError, match="expected a dataset that knows its writers, got a test"):
            Dataset(whole.images, whole.labels, source="a test").split(10, "writers")

    def test_another_word_is_refused(self) -> None:
        with pytest.raises(DataError, match=r"random, stratified or writers.* got by hand"):
            numbered(50).split(10, "by hand")


class TestWhatADatasetIs:
    images, labels = np.zeros((3, 28, 28), np.uint8), np.array([1, 2, 9], np.uint8)

    @pytest.mark.parametrize(
        ("images", "labels", "words"),
        [
            (np.zeros((3, 784), np.uint8), labels, "expected images"),
            (np.zeros((3, 28, 27), np.uint8), labels, "expected images"),
            (np.zeros((3, 28, 28), np.float32), labels, "expected images"),
            (images, labels[:2], "expected 3 labels"),
            (images, labels.astype(np.int64), "expected 3 labels"),
            (images, labels[:, None], "expected 3 labels"),
            (images, labels + np.uint8(1), "expected labels from 0 to 9"),
            (images[:0], labels[:0], "expected at least one picture"),
        ],
    )
    def test_anything_else_is_refused(self, images: NDArray[np.uint8], labels: NDArray[np.uint8], words: str) -> None:
        with pytest.raises(DataError, match=words):
            Dataset(images, labels)

    def test_there_is_a_writer_for_every_picture_or_none(self) -> None:
        with pytest.raises(DataError, match="expected 3 writers"):
            Dataset(self.images, self.labels, np.zeros(2, np.int32))

    def test_counts_are_those_of_the_digits(self) -> None:
        assert Dataset(self.images, self.labels).counts().tolist() == [0, 1, 1, 0, 0, 0, 0, 0, 0, 1]

    def test_the_checksum_is_that_of_pictures_and_labels(self) -> None:
        dataset = Dataset(self.images, self.labels)
        expected = hashlib.sha256(bytes(3 * 784) + bytes([1, 2, 9])).hexdigest()
        assert (
            dataset.checksum == Dataset(self.images, self.labels, np.zeros(3, np.int32), "mnist").checksum == expected
        )
        assert dataset.take(np.array([1, 0, 2])).checksum != expected

    def test_the_checksum_is_that_of_the_rows_in_their_order(self) -> None:
        whole = numbered(20)
        every_second = whole.take(slice(None, None, 2))
        assert every_second.checksum == whole.take(np.arange(0, 20, 2)).checksum

    def test_a_slice_is_a_view_and_rows_are_a_copy_in_their_order(self) -> None:
        whole = numbered(20)
        assert np.shares_memory(whole.take(slice(5, 9)).images, whole.images)
        picked = whole.take(np.array([7, 3, 3]))
        assert rows_of(picked).tolist() == [7, 3, 3]
        assert not np.shares_memory(picked.images, whole.images)
