"""Question: everything that decides what a search finds, apart from how long it goes on and on how many workers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpen.digits.dataset import Dataset
from numpen.training.recipe import Recipe
from numpen.training.search.space import Space

Sampler = Literal["tpe", "random", "grid"]
Objective = Literal["accuracy", "accuracy,seconds", "accuracy,size"]
SAMPLERS: tuple[Sampler, ...] = ("tpe", "random", "grid")
OBJECTIVES: tuple[Objective, ...] = ("accuracy", "accuracy,seconds", "accuracy,size")

HALVING = 2  # at each rung, the better one of so many trials goes on
RUNGS = (0.25, 0.5, 1.0)  # shares of a trial's own run, each HALVING times the one before


@dataclass(frozen=True)
class Question:
    """Which recipe of a space does best on held-out pictures of a dataset, and what `best` means."""

    space: Space
    dataset: Dataset
    held_out: int  # pictures
    by: str = "writers"
    sampler: Sampler = "tpe"
    objective: Objective = "accuracy"
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise DataError if so many pictures cannot be held out, RecipeError for a seed that is none."""
        recipe = self.recipe(self.base_values())
        self.dataset.rows_to_hold_out(recipe.validation, recipe.validation_split, recipe.seed)

    @property
    def rungs(self) -> tuple[float, ...]:
        """Where trials are judged, as shares of their runs; the last is the end.

        With two objectives nobody is sent home: a small network that is good for its size would be, by its accuracy.
        """
        return RUNGS if self.objective == "accuracy" else RUNGS[-1:]

    def recipe(self, values: Mapping[str, Any]) -> Recipe:
        """The recipe with these fields, and with the search's seed and held-out pictures. Raises RecipeError."""
        own = {"validation": self.held_out, "validation_split": self.by, "seed": self.seed}
        return self.space.recipe({"name": self.space.name, "summary": ""} | own | dict(values))

    def base_values(self) -> dict[str, Any]:
        """What the space's own recipe has in the fields that are turned."""
        return {name: getattr(self.space.base, name) for name in self.space.names()}

    def as_dict(self) -> dict[str, Any]:
        """The question in plain values, for the journal."""
        return {
            "space": dict(self.space.as_dict),
            "base": self.recipe(self.base_values()).as_dict(),
            "data": self.dataset.checksum,
            "held_out": self.held_out,
            "by": self.by,
            "sampler": self.sampler,
            "objective": self.objective,
            "seed": self.seed,
        }
