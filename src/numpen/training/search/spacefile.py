"""The file of a space: TOML, told in `space`; those that ship lie in `spaces/`."""

import math
import string
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpen.errors import RecipeError, SearchError
from numpen.training.named import names_in, told_by
from numpen.training.recipe import Recipe, load_recipe
from numpen.training.search.space import KINDS, POINTS, Choice, Dials, Range, Space, Value

FOLDER = Path(__file__).with_name("spaces")
OWN = {"name", "summary", "seed", "validation", "validation_split", "patience", "keep_best", "halves"}
LARGEST = 2**31  # of a whole number


def load_space(name_or_file: str) -> Space:
    """The space that ships under this name, or the one in this TOML file.

    Raises SearchError if there is neither, or if what it says cannot be searched.
    """
    told, path = told_by(FOLDER, name_or_file, "space", SearchError)
    return space_from(told, path.stem, str(path))


def space_names() -> list[str]:
    """The spaces that ship."""
    return names_in(FOLDER)


def space_from(told: Mapping[str, Any], name: str, source: str) -> Space:
    """The space that a file's tables tell of; raises SearchError, which calls the file `source`."""
    unknown = told.keys() - {"summary", "recipe", "dials"}
    if unknown:
        raise SearchError(f"expected only summary, recipe and dials in {source}, got {', '.join(sorted(unknown))}")
    tables = told.get("dials")
    if not isinstance(tables, dict) or not tables or not isinstance(told.get("recipe", "fast"), str):
        raise SearchError(f"expected a table [dials] in {source}, and recipe as a string, got none")
    try:
        base = replace(load_recipe(told.get("recipe", "fast")), halves=False, patience=0, keep_best=False)
        dials = _dials(tables, units=set(), source=source)
        _check(dials, base)
    except RecipeError as error:
        raise SearchError(f"expected a space of recipes in {source}, got one where {error}") from error
    return Space(name, base, dials, {"recipe": base.name, "dials": tables})


def _dials(tables: Mapping[str, Any], units: set[str], source: str) -> Dials:
    """The dials of a table; `units` are those that the layers it belongs to must have."""
    for name in tables:
        if name not in (KINDS.keys() - OWN) | units:
            raise SearchError(f"expected dials that are fields of a recipe in {source}, got {name}")
    if missing := units - tables.keys():
        raise SearchError(f"expected units for {', '.join(sorted(missing))} of the layers in {source}, got none")
    return {name: _dial(name, told, source) for name, told in tables.items()}


def _dial(name: str, told: Any, source: str) -> Range | Choice:
    kind = KINDS.get(name, int)
    if isinstance(told, list) and told and all(_is(kind, each) for each in told):
        return Choice({each: _dials({}, _units(name, each), source) for each in told})
    if isinstance(told, dict) and told.keys() & {"from", "to"} and kind in (int, float):
        return _range(name, told, kind, source)
    if isinstance(told, dict) and told and kind is str and all(isinstance(each, dict) for each in told.values()):
        return Choice({each: _dials(inner, _units(name, each), source) for each, inner in told.items()})
    raise SearchError(f"expected a list, from and to, or tables for {name} in {source}, got {told!r:.60}")


def _is(kind: type, value: Any) -> bool:
    return type(value) is kind or (kind is float and type(value) is int)


def _units(name: str, value: Value) -> set[str]:
    """What stands in braces in a choice of layers; raises SearchError for braces that do not close."""
    if name != "layers":
        return set()
    try:
        parts = list(string.Formatter().parse(str(value)))
    except ValueError as error:
        raise SearchError(f"expected layers as 784-{{units}}-10, got {value}: {error}") from error
    if any((unit is not None and not unit.isidentifier()) or spec or turned for _, unit, spec, turned in parts):
        raise SearchError(f"expected layers as 784-{{units}}-10, got {value}")
    return {unit for _, unit, _, _ in parts if unit is not None}


def _range(name: str, told: Mapping[str, Any], kind: type, source: str) -> Range:
    low: Any = told.get("from")
    high: Any = told.get("to")
    log, points = told.get("log", False), told.get("points", POINTS)
    is_told = told.keys() <= {"from", "to", "log", "points"} and _is(kind, low) and _is(kind, high)
    if not (is_told and type(log) is bool and type(points) is int and 2 <= points <= 1000):
        raise SearchError(f"expected from and to, and perhaps log and points, for {name} in {source}, got {dict(told)}")
    if not (math.isfinite(low) and math.isfinite(high) and low <= high and max(abs(low), abs(high)) < LARGEST):
        raise SearchError(f"expected {name} from a number to a larger one in {source}, got {low} to {high}")
    if log and low <= 0:
        raise SearchError(f"expected {name} to start above 0 in {source}, since log is true, got {low}")
    return Range(low, high, log, kind is int, points)


def _check(dials: Dials, base: Recipe) -> None:
    """Raise RecipeError for a value that no recipe may have; a range is looked at where it begins and ends."""
    for name, dial in dials.items():
        if name not in KINDS:
            continue  # units, which are looked at with their layers
        if isinstance(dial, Range):
            for end in (dial.low, dial.high):
                base.changed(**{name: end})
            continue
        for value, inner in dial.branches.items():
            least = {unit: _least(inner[unit]) for unit in inner.keys() - KINDS.keys()}
            _check(inner, base.changed(**{name: str(value).format_map(least) if least else value}))


def _least(units: Range | Choice) -> Any:
    return units.low if isinstance(units, Range) else min(units.branches)
