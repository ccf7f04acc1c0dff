"""Space: which recipes a search may try. A TOML file says what may be turned and how far.

recipe = "fast"                                   what is not turned, and what trials are compared with
[dials]
batch_size = [64, 128, 256]                       one of these
epochs = { from = 2, to = 8 }                     any between, both included
l2 = { from = 1e-6, to = 1e-3, log = true }       any between, by its size
[dials.optimizer.adam]                            one of the tables of optimizer, each with dials of its own
learning_rate = { from = 0.0005, to = 0.02, log = true }
[dials.layers."784-{units}-10"]                   units of layers are dials, too
units = { from = 32, to = 512, log = true }
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from numpen.training.recipe import Recipe

if TYPE_CHECKING:
    from optuna.trial import Trial

POINTS = 3  # of a range, in a grid
KINDS = {each.name: type(each.default) for each in fields(Recipe)}

Value = str | int | float | bool
Values = dict[str, Any]


@dataclass(frozen=True)
class Range:
    """A number between two others, both included; `log`: each size as likely as another."""

    low: float
    high: float
    log: bool = False
    whole: bool = False
    points: int = POINTS

    def grid(self) -> list[float]:
        """So many of its numbers, as far apart as may be."""
        spread = np.geomspace if self.log else np.linspace
        found = [self.tidy(float(each)) for each in spread(self.low, self.high, self.points)]
        return sorted(set(found))

    def tidy(self, number: float) -> float:
        """The number with three digits, as a person would write it."""
        if self.whole:
            return round(number)
        return min(max(float(f"{number:.3g}"), self.low), self.high)


@dataclass(frozen=True)
class Choice:
    """One of some values, each with the dials that come with it."""

    branches: Mapping[Value, "Dials"]


Dials = Mapping[str, Range | Choice]


@dataclass(frozen=True)
class Space:
    """Dials around a recipe, the base; `as_dict` is what its file said of them."""

    name: str
    base: Recipe
    dials: Dials
    as_dict: Mapping[str, Any]

    def turn(self, trial: "Trial", *, grid: bool = False) -> Values:
        """The fields of a recipe, as Optuna's trial suggests them; with `grid`, ranges have a few points alone."""
        return _filled(_turn(self.dials, trial, "", grid=grid))

    def recipe(self, values: Mapping[str, Any]) -> Recipe:
        """The base with these fields. Raises RecipeError, as for a network that is too large."""
        return self.base.changed(**values)

    def names(self) -> list[str]:
        """The fields of a recipe that are turned, in the order of the file."""
        found = dict.fromkeys(name for name, _ in _walk(self.dials))
        return [name for name in found if name in KINDS]

    def positions(self, recipe: Recipe) -> Values | None:
        """What Optuna's parameters are for this recipe; None if it is not in the space."""
        return _positions(self.dials, recipe.as_dict(), "")

    def grid_size(self) -> int:
        """How many recipes the grid has."""
        return _grid_size(self.dials)


def _turn(dials: Dials, trial: "Trial", path: str, *, grid: bool) -> Values:
    values: Values = {}
    for name, dial in dials.items():
        here = path + name
        if isinstance(dial, Choice):
            value: Any = trial.suggest_categorical(here, list(dial.branches))
            values |= {name: value} | _turn(dial.branches[value], trial, f"{here}={value}/", grid=grid)
        elif grid:
            values[name] = trial.suggest_categorical(here, dial.grid())
        elif dial.whole:
            values[name] = trial.suggest_int(here, int(dial.low), int(dial.high), log=dial.log)
        else:
            values[name] = dial.tidy(trial.suggest_float(here, dial.low, dial.high, log=dial.log))
    return values


def _filled(values: Values) -> Values:
    """The values with the units put into the layers."""
    units = {name: value for name, value in values.items() if name not in KINDS}
    rest = {name: value for name, value in values.items() if name in KINDS}
    return rest | {"layers": rest["layers"].format_map(units)} if units else rest


def _positions(dials: Dials, values: Values, path: str) -> Values | None:
    found: Values = {}
    for name, dial in dials.items():
        here, value = path + name, values[name]
        if isinstance(dial, Range):
            if not dial.low <= value <= dial.high:
                return None
            found[here] = value
            continue
        for choice, inner in dial.branches.items():
            match = _match(str(choice), str(value)) if name == "layers" else {} if choice == value else None
            below = None if match is None else _positions(inner, values | match, f"{here}={choice}/")
            if below is not None:
                found |= {here: choice} | below
                break
        else:
            return None
    return found


def _match(template: str, layers: str) -> Values | None:
    """The units that make these layers of the template."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\d{1,8})", re.escape(template))
    match = re.fullmatch(pattern, layers, re.ASCII)
    return None if match is None else {name: int(units) for name, units in match.groupdict().items()}


def _walk(dials: Dials) -> Iterator[tuple[str, Range | Choice]]:
    for name, dial in dials.items():
        yield name, dial
        if isinstance(dial, Choice):
            for inner in dial.branches.values():
                yield from _walk(inner)


def _grid_size(dials: Dials) -> int:
    size = 1
    for dial in dials.values():
        ways = len(dial.grid()) if isinstance(dial, Range) else sum(map(_grid_size, dial.branches.values()))
        size *= ways
    return size
