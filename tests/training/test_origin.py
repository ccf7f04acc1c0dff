"""A run that sets out from where another stood: the same way with the same recipe, and another way with another."""

from typing import Any

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.errors import RecipeError
from numpen.training.origin import Origin
from numpen.training.recipe import Recipe
from numpen.training.trainer import Epoch, Trainer, until_enough

VARIANTS: dict[str, dict[str, Any]] = {
    "nesterov": {},
    "adam": {"optimizer": "adam", "learning_rate": 0.01},
    "dropout": {"dropout": 0.3},
    "distorted": {"distortions": "shift(2) rotate(12)"},
    "averaged": {"average": 0.9},
    "normalised": {"batch_normalization": True, "average": 0.9},
    "halves": {"halves": True, "dropout": 0.2},
    "held out": {"validation": 40, "validation_split": "random"},
}


@pytest.fixture(scope="module")
def pictures() -> Dataset:
    return load_mnist("train").take(np.arange(300) * 150)


def recipe(**values: Any) -> Recipe:
    plain: dict[str, Any] = {"layers": "784-8-10", "batch_size": 16, "epochs": 3, "learning_rate": 0.1}
    return Recipe(**plain | values)


def origins(trainer: Trainer) -> list[Origin]:
    """Where it stood before it began and at every record, until its end."""
    found = [Origin.of(trainer)]
    found += [Origin.of(trainer) for _ in until_enough(trainer)]
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_with_the_same_recipe_it_goes_the_same_way(pictures: Dataset, variant: str) -> None:
    same = recipe(**VARIANTS[variant])
    whole = Trainer(same, pictures)
    found = origins(whole)
    for origin in (*found[:-1:9], found[-2]):  # the last is the end
        fork = origin.set_out(same, pictures)
        assert fork.optimizer.steps <= whole.optimizer.steps
        records = list(until_enough(fork))
        assert fork.network.theta.tobytes() == whole.network.theta.tobytes()
        assert fork.optimizer.slots.tobytes() == whole.optimizer.slots.tobytes()
        own = [(each.epoch, each.train_loss) for each in records if isinstance(each, Epoch)]
        assert own == [(each.epoch, each.train_loss) for each in whole.history[-len(own) :]]
        assert fork.model.card["origin"]["recipe"] == same.as_dict()


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.02},
        {"optimizer": "adam", "learning_rate": 0.01},
        {"batch_size": 40},
        {"batch_size": 0},
        {"activation": "leaky-relu"},
        {"dropout": 0.4},
        {"average": 0.9},
        {"epochs": 5},
        {"shuffle": False},
    ],
    ids=str,
)
def test_with_another_recipe_it_goes_another_way(pictures: Dataset, change: dict[str, Any]) -> None:
    whole = Trainer(recipe(average=0.5 if "shuffle" in change else 0.0), pictures)
    found = origins(whole)
    for origin in (found[0], found[5], found[-2]):
        fork = origin.set_out(recipe(**change), pictures)
        assert fork.network.theta.tobytes() == origin.theta.tobytes()
        done = (fork.position.epoch - 1) * fork.steps_an_epoch + -(-fork.position.row // fork.size)
        assert fork.optimizer.steps == done
        list(until_enough(fork))
        assert fork.optimizer.steps == fork.steps
        assert np.isfinite(fork.network.theta).all()
        if origin is not found[-2] or "epochs" in change:
            assert fork.network.theta.tobytes() != whole.network.theta.tobytes()


def test_what_both_sides_must_share_is_said(pictures: Dataset) -> None:
    found = origins(Trainer(recipe(epochs=1), pictures))
    for change in ({"layers": "784-9-10"}, {"seed": 1}, {"validation": 20, "validation_split": "random"}):
        with pytest.raises(RecipeError, match="expected a fork to keep its"):
            found[3].set_out(recipe(**change), pictures)
    with pytest.raises(RecipeError, match="expected more epochs than the 1 that are behind"):
        found[-1].set_out(recipe(epochs=1), pictures)
    fork = found[-1].set_out(recipe(epochs=2), pictures)
    again = Origin.of(fork).set_out(recipe(epochs=2, learning_rate=0.2), pictures)
    assert again.model.card["origin"]["origin"] == fork.model.card["origin"]
