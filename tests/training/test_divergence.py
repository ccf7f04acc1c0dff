"""A run whose loss leaves the finite numbers ends at once, in an error, and leaves weights no worse than its first."""

from typing import Any

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import DivergenceError
from numpen.evaluation.metrics import evaluate
from numpen.training.recipe import Recipe
from numpen.training.trainer import Epoch, Progress, Record, Trainer, train

AT_ONCE: dict[str, Any] = {"learning_rate": 1e30, "schedule": "constant"}
# the weights grow ninefold with every step: their squares leave float32 after some twenty
SLOWLY: dict[str, Any] = {"learning_rate": 10.0, "l2": 1.0, "schedule": "constant", "optimizer": "gradient-descent"}


def recipe(**values: Any) -> Recipe:
    first: dict[str, Any] = {"layers": "784-20-10", "batch_size": 20, "epochs": 4}
    return Recipe(**first | values)


@pytest.mark.parametrize("values", [AT_ONCE, SLOWLY], ids=["at once", "slowly"])
def test_the_run_ends_at_the_first_loss_that_is_no_number(few: Dataset, values: dict[str, Any]) -> None:
    trainer, records = Trainer(recipe(**values), few), list[Record]()
    with pytest.raises(DivergenceError, match=r"at step (\d+) of 200, learning rate .*: try a lower one") as caught:
        records.extend(trainer.run())
    step = int(str(caught.value).split("at step ")[1].split()[0])
    assert step < 40
    # no more steps have been taken than those whose loss was finite
    assert trainer.optimizer.steps == step - 1
    assert not any(isinstance(each, Epoch) for each in records)
    assert all(np.isfinite(each.loss) for each in records if isinstance(each, Progress))


@pytest.mark.parametrize("values", [AT_ONCE, SLOWLY], ids=["at once", "slowly"])
@pytest.mark.parametrize("batch_size", [20, 3], ids=["one step a group", "seven steps a group"])
def test_what_is_left_is_no_worse_than_what_the_run_began_with(
    few: Dataset, values: dict[str, Any], batch_size: int
) -> None:
    trainer = Trainer(recipe(**values, batch_size=batch_size), few)
    before = evaluate(trainer.model, few).mean_loss
    with pytest.raises(DivergenceError):
        list(trainer.run())
    assert np.isfinite(trainer.network.theta).all()
    assert evaluate(trainer.model, few).mean_loss <= before * 1.000001


def test_the_last_step_of_a_run_may_be_the_one_that_diverges(few: Dataset) -> None:
    # one step, whose loss is looked at before it is taken: nobody looks at where it leads
    with pytest.raises(DivergenceError):
        train(recipe(**AT_ONCE, batch_size=0, epochs=1), few)


def test_so_may_the_last_step_before_a_validation(few: Dataset) -> None:
    with pytest.raises(DivergenceError):
        train(recipe(**AT_ONCE, batch_size=0, epochs=3, validation=100, validation_split="random"), few)


def test_a_finite_run_raises_nothing(few: Dataset) -> None:
    model = train(recipe(learning_rate=0.1), few)
    assert np.isfinite(model.network.theta).all()
