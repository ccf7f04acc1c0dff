"""When a run ends and which weights it leaves is decided by the validation, and as the recipe says."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.nn.arrays import Array
from numpen.training.recipe import Recipe
from numpen.training.trainer import Epoch, Trainer, until_enough

# what the validation shall say after each epoch: best after the second, again as good after the fourth
ACCURACIES = [0.5, 0.7, 0.6, 0.7, 0.65, 0.6, 0.5, 0.4]


def run(few: Dataset, accuracies: Sequence[float] = ACCURACIES, **values: Any) -> tuple[Trainer, list[Array]]:
    """The trainer after a run whose validation says so, and the parameters after each epoch."""
    first: dict[str, Any] = {"layers": "784-5-10", "epochs": 8, "validation": 100, "validation_split": "random"}
    trainer, thetas, said = Trainer(Recipe(**first | values), few), list[Array](), iter(accuracies)
    trainer._validate = lambda: next(said)  # type: ignore[method-assign]
    for record in until_enough(trainer):
        if isinstance(record, Epoch):
            thetas.append(trainer.network.theta.copy())
    assert len(np.unique(thetas, axis=0)) == len(thetas)
    return trainer, thetas


def test_the_last_weights_are_kept_unless_another_wish_is_told(few: Dataset) -> None:
    trainer, thetas = run(few)
    assert len(thetas) == 8
    assert np.array_equal(trainer.network.theta, thetas[-1])


def test_the_best_weights_are_kept_on_request_the_first_of_equals(few: Dataset) -> None:
    trainer, thetas = run(few, keep_best=True)
    assert len(thetas) == 8
    assert np.array_equal(trainer.network.theta, thetas[1])


def test_the_best_may_be_the_first_or_the_last(few: Dataset) -> None:
    trainer, thetas = run(few, sorted(ACCURACIES), keep_best=True)
    assert np.array_equal(trainer.network.theta, thetas[6])  # 0.7, the first of them
    trainer, thetas = run(few, sorted(ACCURACIES, reverse=True), keep_best=True)
    assert np.array_equal(trainer.network.theta, thetas[0])
    trainer, thetas = run(few, [0, 0, 0, 0, 0, 0, 0, 0.1], keep_best=True)
    assert np.array_equal(trainer.network.theta, thetas[7])


@pytest.mark.parametrize(("patience", "epochs"), [(1, 3), (2, 4), (3, 5), (6, 8), (7, 8)])
def test_patience_counts_the_epochs_since_the_best(few: Dataset, patience: int, epochs: int) -> None:
    trainer, thetas = run(few, patience=patience)
    assert len(thetas) == epochs
    assert np.array_equal(trainer.network.theta, thetas[-1])


def test_a_better_epoch_makes_patient_again(few: Dataset) -> None:
    assert len(run(few, [0.1, 0.0, 0.2, 0.1, 0.3, 0.1, 0.2, 0.1], patience=2)[1]) == 7


def test_patience_and_the_best_go_together(few: Dataset) -> None:
    trainer, thetas = run(few, patience=3, keep_best=True)
    assert len(thetas) == 5
    assert np.array_equal(trainer.network.theta, thetas[1])
