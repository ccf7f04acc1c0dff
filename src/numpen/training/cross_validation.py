"""Cross-validation: how well a recipe does on pictures, or hands, that it has not seen, and how much that varies.

k folds: the pictures are dealt into k parts, and k networks are trained, each tested on the part that it has
not seen. Folds of writers are the honest ones: a network does better on a hand that it knows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.evaluation.metrics import evaluate
from numpen.training.recipe import Recipe
from numpen.training.trainer import train
from numpen.workers.local import on_all_cores

Rows = NDArray[np.intp]
WAYS = ("random", "stratified", "writers")


@dataclass(frozen=True)
class Fold:
    """What one network made of the pictures that were held out from it."""

    accuracy: float  # 0 to 1
    count: int  # pictures held out


@dataclass(frozen=True)
class CrossValidation:
    """What came of all folds."""

    folds: Sequence[Fold]

    @property
    def mean(self) -> float:
        """The mean accuracy of the folds."""
        return mean(fold.accuracy for fold in self.folds)

    @property
    def standard_deviation(self) -> float:
        """How far the folds lie apart (of a sample, by n - 1); 0 for a single one."""
        return stdev(fold.accuracy for fold in self.folds) if len(self.folds) > 1 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain numbers, as `numpen cross-validate --json` prints it."""
        return {
            "folds": [vars(fold) for fold in self.folds],
            "mean": self.mean,
            "standard_deviation": self.standard_deviation,
        }


def cross_validate(
    recipe: Recipe, dataset: Dataset, parts: Sequence[Rows], processes: int | None = None
) -> Iterator[Fold]:
    """Train a network for each part, on all rows that are not in it, and test it on the part; as they come.

    `parts` is what `folds` or `held_out` has made. Works on all cores, or on as many `processes`.
    Raises DivergenceError, and DataError as `train` does.
    """
    return on_all_cores(_fold, (recipe, dataset), parts, processes)


def folds(dataset: Dataset, count: int, by: str = "writers", seed: int = 0) -> list[Rows]:
    """The rows of `count` parts of about the same size; every row is in one of them.

    "random" deals rows, "stratified" gives every part its share of each digit, and "writers" keeps what a hand has
    written in one part. Raises DataError for fewer than 2 parts, or more than there are rows or writers.
    """
    if not 2 <= count <= len(dataset):
        raise DataError(f"expected between 2 and {len(dataset)} folds, got {count}")
    rng = np.random.default_rng(seed)
    order, place = rng.permutation(len(dataset)), np.arange(len(dataset)) % count
    fold_of_row = np.empty(len(dataset), np.intp)
    if by == "random":
        fold_of_row[order] = place
    elif by == "stratified":
        fold_of_row[order[np.argsort(dataset.labels[order], kind="stable")]] = place
    elif by == "writers":
        fold_of_row = _fold_of_row_by_writer(dataset, count, rng)
    else:
        raise DataError(f"expected folds {', '.join(WAYS)}, got {by}")
    parts = [np.flatnonzero(fold_of_row == fold) for fold in range(count)]
    if not all(map(len, parts)):
        raise DataError(f"expected writers enough for {count} folds, got too few: take fewer folds")
    return parts


def held_out(dataset: Dataset, count: int, by: str = "writers", seed: int = 0) -> list[Rows]:
    """A single part of about `count` rows; see `Dataset.rows_to_hold_out`."""
    return [dataset.rows_to_hold_out(count, by, seed)]


def _fold_of_row_by_writer(dataset: Dataset, count: int, rng: np.random.Generator) -> Rows:
    if dataset.writers is None:
        source = dataset.source or "one that does not"
        raise DataError(f"expected a dataset that knows its writers, got {source}: deal its rows at random instead")
    names, writer_of_row, sizes = np.unique(dataset.writers, return_inverse=True, return_counts=True)
    order = rng.permutation(len(names))
    # shuffled writers in a row, each as wide as what they have written; the row is cut into parts of one width
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    fold_of_writer = np.empty(len(names), np.intp)
    fold_of_writer[order] = middle * count // len(dataset)
    return fold_of_writer[writer_of_row]


def _fold(shared: tuple[Recipe, Dataset], rows: Rows) -> Fold:
    recipe, dataset = shared
    is_out = np.zeros(len(dataset), bool)
    is_out[rows] = True
    model = train(recipe, dataset.take(np.flatnonzero(~is_out)))
    return Fold(evaluate(model, dataset.take(rows)).accuracy, len(rows))
