"""Recipe: everything that decides a training run, in one frozen object; from TOML, and told to the model.

The command line's training options are made from these fields: their names, help and choices stand here
and nowhere else.
"""

import json
import math
import operator
import sys
from collections.abc import Callable
from dataclasses import Field, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from numpen.digits.distortions import Distortions
from numpen.errors import NetworkError, RecipeError
from numpen.nn.initializers import initializer
from numpen.training.architecture import parse
from numpen.training.named import names_in, told_by

FOLDER = Path(__file__).with_name("recipes")
LARGEST_FLOAT = sys.float_info.max  # TOML's whole numbers have no end
MOST_EPOCHS = 1_000_000_000  # so that steps can still be counted in floats


def option(default: Any, help: str, **limits: Any) -> Any:
    """A field with its help, and `choices`, `above`, `least`, `below` or `most` as its limits."""
    return field(default=default, metadata={"help": help, **limits})


@dataclass(frozen=True)
class Recipe:
    """What to train and how; raises RecipeError for values that cannot be."""

    name: str = option("fast", "What the recipe is called.")
    summary: str = option("", "What it is, in a line.")
    layers: str = option(
        "784-256-10", "Pixels, layers, digits: 256 units; 32c5s2 are 32 maps, kernel 5x5, stride 2; m2 pools 2x2."
    )
    activation: str = option(
        "relu", "What bends the hidden layers.", choices=("sigmoid", "tanh", "relu", "leaky-relu", "elu")
    )
    output: str = option("softmax", "What makes answers of the last layer's sums.", choices=("softmax", "sigmoid"))
    loss: str = option(
        "cross-entropy",
        "What is made small; half-squares is the books' quadratic cost.",
        choices=("cross-entropy", "half-squares", "sum-of-squares", "mean-squares"),
    )
    weights: str = option("he", "First weights: glorot, he, lecun, uniform(A) or normal(S).")
    biases: str = option("zeros", "First biases: zeros, uniform(A) or normal(S).")
    batch_normalization: bool = option(
        False, "Bring every hidden layer's sums to the same mean and spread in each batch; not with workers."
    )
    dropout: float = option(0.0, "Share of hidden units left out while learning.", least=0, below=1)
    l1: float = option(0.0, "L1 regularisation of the weights.", least=0)
    l2: float = option(0.0, "L2 regularisation of the weights.", least=0)
    distortions: str = option(
        "", "How pictures are distorted: shift(2) rotate(12) scale(0.15) shear(0.2) elastic(34,4) and others."
    )
    label_smoothing: float = option(0.0, "Share of the target that all ten digits get alike.", least=0, below=1)
    optimizer: str = option(
        "nesterov",
        "How the weights take a step.",
        choices=("gradient-descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"),
    )
    momentum: float = option(0.9, "Of momentum and nesterov.", least=0, below=1)
    weight_decay: float = option(0.01, "Of adamw.", least=0)
    learning_rate: float = option(0.3, "Length of a step, at the schedule's highest.", above=0)
    clip: float = option(0.0, "Longest gradient, as the norm of all its numbers; 0: any.", least=0)
    average: float = option(0.0, "What the running average of the weights keeps in a step; 0: none.", least=0, below=1)
    schedule: str = option(
        "one-cycle", "How the learning rate changes.", choices=("constant", "step", "cosine", "one-cycle")
    )
    warm_up: float = option(0.3, "Of one-cycle: the share of the run in which the rate climbs.", above=0, below=1)
    decay_epochs: int = option(1, "Of step: the rate falls every so many epochs.", least=1, most=MOST_EPOCHS)
    decay: float = option(0.5, "Of step: what the rate is multiplied by.", above=0)
    batch_size: int = option(128, "Pictures a step; 1 is online training, 0 takes all at once.", least=0)
    halves: bool = option(
        False, "Two threads learn from half of every batch each; pays with convolutions or large batches."
    )
    epochs: int = option(4, "Walks through the training pictures.", least=1, most=MOST_EPOCHS)
    shuffle: bool = option(True, "Deal the pictures in a new order every epoch, or in the file's.")
    pixel_divisor: float = option(255.0, "What pixels, 0 to 255, are divided by.", above=0)
    validation: int = option(0, "Training pictures held out to validate on.", least=0)
    validation_split: str = option(
        "writers", "How they are chosen; writers: nobody on both sides.", choices=("random", "stratified", "writers")
    )
    patience: int = option(0, "Stop after so many epochs without a better validation; 0: never.", least=0)
    keep_best: bool = option(False, "Keep the weights of the epoch with the best validation.")
    seed: int = option(0, "Of everything random.", least=0)

    def __post_init__(self) -> None:
        for each in fields(self):
            _check(each, getattr(self, each.name))
        parse(self.layers)
        Distortions.parse(self.distortions)
        try:
            initializer(self.weights)
            initializer(self.biases)
        except NetworkError as error:
            raise RecipeError(str(error)) from error
        if (self.patience or self.keep_best) and not self.validation:
            raise RecipeError(
                "expected pictures held out to judge the epochs by, got none: add validation (6000, for example)"
            )

    def changed(self, **values: Any) -> "Recipe":
        """The recipe with other values; unless only the seed is another, its name says so."""
        name = self.name if values.keys() <= {"seed"} else f"{self.name} (changed)"
        return replace(self, **{"name": name} | values)

    def as_dict(self) -> dict[str, Any]:
        """Every field by its name, for a model's card."""
        return asdict(self)

    def as_toml(self) -> str:
        """Every field but its name, which is that of the file; `load_recipe` reads it."""
        # a string of TOML is written like one of JSON, and a number like one of Python
        values = {key: value for key, value in self.as_dict().items() if key != "name"}
        return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def load_recipe(name_or_file: str) -> Recipe:
    """The recipe that ships under this name, or the one in this TOML file.

    Raises RecipeError if there is neither, or if the file says something that no recipe says.
    """
    values, path = told_by(FOLDER, name_or_file, "recipe", RecipeError)
    unknown = values.keys() - {each.name for each in fields(Recipe)}
    if unknown:
        raise RecipeError(f"expected only a recipe's fields in {path}, got {', '.join(sorted(unknown))}")
    return Recipe(**{"name": path.stem} | values)


def recipe_names() -> list[str]:
    """The recipes that ship."""
    return names_in(FOLDER)


def _check(each: "Field[Any]", value: Any) -> None:
    """Raise RecipeError unless the value has the field's type and keeps its limits."""
    kind, limits = type(each.default), each.metadata
    if type(value) not in ((float, int) if kind is float else (kind,)) or (
        kind is float and abs(value) > LARGEST_FLOAT
    ):
        raise RecipeError(f"expected {each.name} to be of type {kind.__name__}, got {value!r}")
    if "choices" in limits and value not in limits["choices"]:
        raise RecipeError(f"expected {each.name} to be one of {', '.join(limits['choices'])}, got {value}")
    is_finite = type(value) is int or (kind is float and math.isfinite(value))
    for key, (words, keeps) in LIMITS.items():
        if key in limits and not (is_finite and keeps(value, limits[key])):
            raise RecipeError(f"expected {each.name} to be {words} {limits[key]}, got {value}")


LIMITS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "above": ("above", operator.gt),
    "least": ("at least", operator.ge),
    "below": ("below", operator.lt),
    "most": ("at most", operator.le),
}
