"""Edited copies of a model: which units are switched off and which biases are set, and the copy that this makes."""

import math
from dataclasses import dataclass
from typing import Any

from numpen.errors import LabError
from numpen.models.model import Model
from numpen.nn.surgery import set_bias, switch_off

MOST = 500  # changes at once


@dataclass(frozen=True)
class Edits:
    """Changes to a model, in an order that does not depend on how they were told."""

    off: tuple[tuple[int, int], ...]  # layer and unit
    biases: tuple[tuple[int, int, float], ...]  # layer, unit and value

    def applied(self, model: Model) -> Model:
        """A copy of the model with the changes; raises NetworkError for a unit that there is not.

        What was measured of the model is not true of the copy, so its card does not say it.
        """
        edited = model.copy()
        for layer, unit, value in self.biases:
            set_bias(edited.network, layer, unit, value)
        for layer, unit in self.off:
            switch_off(edited.network, layer, unit)
        said = {"off": [list(each) for each in self.off], "bias": [list(each) for each in self.biases]}
        edited.card = {key: value for key, value in model.card.items() if key != "test"} | {"edits": said}
        return edited


def edits_from(told: dict[str, Any]) -> Edits:
    """The changes in {"off": [[layer, unit], ...], "bias": [[layer, unit, value], ...]}; raises LabError."""
    off, biases = told.get("off", []), told.get("bias", [])
    if not (isinstance(off, list) and isinstance(biases, list) and len(off) + len(biases) <= MOST):
        raise LabError(f"expected at most {MOST} changes in two lists, off and bias, got something else")
    if not all(_is_unit(each, 2) for each in off) or not all(_is_unit(each, 3) for each in biases):
        raise LabError("expected [layer, unit] to switch off and [layer, unit, value] for a bias, got something else")
    latest = {(layer, unit): float(value) for layer, unit, value in biases}
    return Edits(
        tuple(sorted({(layer, unit) for layer, unit in off})),
        tuple((*place, value) for place, value in sorted(latest.items())),
    )


def _is_unit(told: Any, length: int) -> bool:
    if not (isinstance(told, list) and len(told) == length and all(type(each) is int for each in told[:2])):
        return False
    return all(type(each) in (int, float) and math.isfinite(each) and abs(each) < 1000 for each in told)
