"""Every row is tested on once, by a network that has not seen it, nor its writer where that is asked for."""

from statistics import mean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numpen.digits.dataset import Dataset
from numpen.errors import DataError, DivergenceError
from numpen.evaluation.metrics import evaluate
from numpen.training.cross_validation import WAYS, CrossValidation, Fold, cross_validate, folds, held_out
from numpen.training.recipe import Recipe
from numpen.training.trainer import train

QUICK = Recipe(layers="784-12-10", epochs=1, batch_size=50)


def pictures(labels: list[int], writers: list[int] | None = None) -> Dataset:
    images = np.zeros((len(labels), 28, 28), np.uint8)
    return Dataset(images, np.array(labels, np.uint8), None if writers is None else np.array(writers, np.int32))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 200)), min_size=60, max_size=300),
    st.integers(2, 5),
    st.sampled_from(("random", "stratified")),
    st.integers(0, 9),
)
def test_every_row_is_in_one_part_and_parts_are_alike(
    rows: list[tuple[int, int]], count: int, by: str, seed: int
) -> None:
    dataset = pictures([label for label, _ in rows])
    parts = folds(dataset, count, by, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(rows)))
    sizes = [len(part) for part in parts]
    assert len(parts) == count and max(sizes) - min(sizes) <= 1
    if by == "stratified":
        of_digit = np.array([dataset.take(part).counts() for part in parts])
        assert (of_digit.max(axis=0) - of_digit.min(axis=0)).max() <= 1


@pytest.mark.parametrize("count", [2, 5, 10])
def test_a_writer_is_in_one_part(mnist: Dataset, count: int) -> None:
    assert mnist.writers is not None
    parts = folds(mnist, count, "writers", seed=3)
    assert sorted(np.concatenate(parts).tolist()) == list(range(60_000))
    hands = [set(mnist.writers[part].tolist()) for part in parts]
    assert sum(map(len, hands)) == len(set(mnist.writers.tolist())) == 539
    assert max(abs(len(part) - 60_000 / count) for part in parts) < 400  # a writer has about 111 pictures


@pytest.mark.parametrize("by", WAYS)
def test_another_seed_deals_otherwise_and_the_same_alike(few: Dataset, by: str) -> None:
    one, again, other = (folds(few, 4, by, seed)[0].tolist() for seed in (0, 0, 1))
    assert one == again != other


def test_rows_are_not_dealt_in_the_order_of_the_file(few: Dataset) -> None:
    for by in ("random", "stratified"):
        part = folds(few, 4, by)[0]
        assert not set(part) <= set(range(0, 1000, 4)) and part.max() - part.min() > 500


def test_what_cannot_be_dealt_is_refused(few: Dataset) -> None:
    for count in (-1, 0, 1, 1001):
        with pytest.raises(DataError, match="between 2 and 1000 folds"):
            folds(few, count)
    with pytest.raises(DataError, match="random, stratified, writers, got hands"):
        folds(few, 2, "hands")
    with pytest.raises(DataError, match="knows its writers"):
        folds(pictures([1, 2, 3]), 2, "writers")
    with pytest.raises(DataError, match="writers enough for 3 folds"):
        folds(pictures([1, 2, 3, 4], [7, 7, 8, 8]), 3, "writers")


@pytest.mark.parametrize("processes", [1, 2])
def test_each_part_is_tested_on_what_the_rest_has_taught(few: Dataset, processes: int) -> None:
    parts = folds(few, 3, "random")
    expected = []
    for part in parts:
        rest = np.setdiff1d(np.arange(len(few)), part)
        expected.append(Fold(evaluate(train(QUICK, few.take(rest)), few.take(part)).accuracy, len(part)))
    assert list(cross_validate(QUICK, few, parts, processes)) == expected


def test_the_spread_is_that_of_a_sample() -> None:
    shares = [0.9, 0.95, 0.97]
    result = CrossValidation([Fold(share, 10) for share in shares])
    assert (result.mean, result.standard_deviation) == (mean(shares), stdev(shares))
    assert CrossValidation([Fold(0.5, 10)]).standard_deviation == 0
    facts = result.as_dict()
    assert set(facts) == {"folds", "mean", "standard_deviation"}
    assert facts["folds"][1] == {"accuracy": 0.95, "count": 10}


@pytest.mark.parametrize("by", WAYS)
def test_a_held_out_part_is_the_one_that_a_training_would_hold_out(few: Dataset, by: str) -> None:
    (rows,) = held_out(few, 100, by, seed=2)
    _, out = few.split(100, by, seed=2)
    assert np.array_equal(few.take(np.sort(rows)).images, out.images)
    assert abs(len(rows) - 100) <= (5 if by == "writers" else 0)


def test_a_diverged_fold_is_told(few: Dataset) -> None:
    wild = Recipe(layers="784-12-10", epochs=1, learning_rate=1e30)
    with pytest.raises(DivergenceError):
        list(cross_validate(wild, few, folds(few, 2), 1))
