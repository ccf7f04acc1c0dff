"""Where a run stood when a record was looked at, so that another run may set out from there.

With the same recipe it goes the same way, to the same bits; with another it is the fork in the road. Unlike a
checkpoint it stays in memory and is small: the order of an epoch is drawn again, the epochs before are not told of,
and of the best weights so far it knows only that they were not these.
"""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.errors import RecipeError
from numpen.nn.arrays import Array
from numpen.training.recipe import Recipe
from numpen.training.state import Position
from numpen.training.trainer import Trainer

if TYPE_CHECKING:
    from numpy.random import Generator

SHARED = (
    "layers",
    "batch_normalization",
    "seed",
    "validation",
    "validation_split",
)  # what both sides of a fork have in common
Drawn = dict[str, Any]  # the state of a generator


@dataclass(frozen=True)
class Origin:
    """A run between two groups of steps. The arrays are copies."""

    recipe: Recipe
    theta: Array  # (P,)
    slots: Array  # (n_slots, P), what the optimizer remembers
    average: Array  # (P,), or (0,) for a run without one
    position: dict[str, Any]
    average_steps: int
    generators: list[Drawn]
    before_order: Drawn | None  # the trainer's generator before it drew the order of the epoch; None: not drawn
    origin: dict[str, Any] | None  # where the run itself set out from, as its card says

    @classmethod
    def of(cls, trainer: Trainer) -> "Origin":
        """Where a trainer stands while one of its records is looked at, or before it has begun."""
        return cls(
            recipe=trainer.recipe,
            theta=trainer.network.theta.copy(),
            slots=trainer.optimizer.slots.copy(),
            average=trainer.average.mean.copy() if trainer.average else np.empty(0, np.float32),
            position=asdict(trainer.position) | {"seconds": trainer.seconds()},
            average_steps=trainer.average.steps if trainer.average else 0,
            generators=[_drawn(generator) for generator in trainer.generators()],
            before_order=None if trainer.order is None else trainer.before_order,
            origin=trainer.model.card.get("origin"),
        )

    @property
    def nbytes(self) -> int:
        """The bytes of its arrays."""
        return self.theta.nbytes + self.slots.nbytes + self.average.nbytes

    def check(self, recipe: Recipe) -> None:
        """Raise RecipeError for a recipe by which nobody can set out from here.

        It has other layers, another seed or other held-out pictures (it would learn from what the first run was
        judged by), or no more epochs than were walked through.
        """
        for name in SHARED:
            own, wanted = getattr(self.recipe, name), getattr(recipe, name)
            if own != wanted:
                raise RecipeError(f"expected a fork to keep its {name} ({own}), got {wanted}: begin a new run with it")
        if self.position["epoch"] > recipe.epochs:
            done = self.position["epoch"] - 1
            raise RecipeError(f"expected more epochs than the {done} that are behind this moment, got {recipe.epochs}")

    def set_out(self, recipe: Recipe, dataset: Dataset) -> Trainer:
        """A trainer that stands there and goes on by the recipe, which may be another; its card says so.

        Raises RecipeError.
        """
        self.check(recipe)
        trainer = Trainer(recipe, dataset)
        self._draw(trainer)
        self._stand(trainer)
        trainer.model.card["origin"] = {
            "epoch": self.position["epoch"],
            "recipe": self.recipe.as_dict(),
            "origin": self.origin,
        }
        return trainer

    def _draw(self, trainer: Trainer) -> None:
        """Draw the order of the epoch once more, and leave the generators as they were."""
        if self.before_order is not None:
            trainer.rng.bit_generator.state = self.before_order
            trainer.draw_order()
        own = trainer.generators()
        states = self.generators if len(own) == len(self.generators) else self.generators[:1]
        for generator, state in zip(own, states, strict=False):
            generator.bit_generator.state = state

    def _stand(self, trainer: Trainer) -> None:
        """Put the weights and the position where they were; a batch of another size begins where one can begin."""
        average = trainer.average.mean if trainer.average else None
        for array in (trainer.network.theta, trainer.last_good, trainer.best, average):
            if array is not None:
                np.copyto(array, self.theta)
        if self.recipe.optimizer == trainer.recipe.optimizer:
            np.copyto(trainer.optimizer.slots, self.slots)
        position = Position(**self.position)
        position.best_epoch, position.best_accuracy = position.epoch - 1, -1.0
        position.averaged = position.averaged and bool(trainer.average)
        if trainer.average and self.average.size:
            np.copyto(trainer.average.mean, self.average)
            trainer.average.steps = self.average_steps
        if position.row < len(trainer.batches.pixels):
            position.row -= position.row % trainer.size
        done = math.ceil(position.row / trainer.size)
        trainer.optimizer.steps = (position.epoch - 1) * trainer.steps_an_epoch + done
        trainer.go_on_from(position, [])


def _drawn(generator: "Generator") -> Drawn:
    return dict(generator.bit_generator.state)
